package analysis

import (
	"trialbox/app/trial"
	"trialbox/stats/boot"
	"trialbox/stats/mixed"
)

// Status is how far an outcome has come.
type Status string

// An outcome waits, is fitted, gathers replicates, and ends settled (all
// replicates), stopped (cancelled: what is done is kept) or failed (it has a
// Reason and the others go on).
const (
	Waiting Status = "waiting"
	Fitted  Status = "fitted"
	Running Status = "running"
	Settled Status = "settled"
	Stopped Status = "stopped"
	Failed  Status = "failed"
)

// Result is every number of an outcome table with what it rests on.
type Result struct {
	Arms     [2]string // control, intervention
	Units    [2]int    // units with rows in the data, by arm
	Patients [2]int
	Options  Options
	Outcomes []OutcomeResult
}

// OutcomeResult is one outcome at every visit.
type OutcomeResult struct {
	Outcome  Outcome
	Status   Status
	Reason   string // of Failed, a sentence
	Formula  string // in lme4's form
	Words    string // the model in words
	Adjusted bool   // covariates are in the model
	N        int    // rows in the model
	Dropped  int    // rows with the outcome but without a covariate
	Patients int
	Units    int
	Visits   []VisitResult
	Fit      *mixed.Fit
	Summary  *boot.Summary // nil before the first replicate
	Done     int           // replicates so far
	Target   int
	Warnings []string
}

// VisitResult is one outcome at one visit.
type VisitResult struct {
	Visit    trial.Visit
	Baseline bool           // the reference visit of the model
	Arms     [2]Describe    // raw, all answers: control, intervention
	Model    *boot.Estimate // the contrast, model-based
	Boot     *boot.Interval // the contrast, from the bootstrap
}

// Describe is the raw mean of one arm at one visit, with the t interval of
// the mean that the trajectory figure draws.
type Describe struct {
	N         int
	Mean, SD  float64 // NaN when N is 0, SD when N is 1
	Low, High float64 // 95 % t interval of the mean; NaN when N < 2
}

// Settled reports whether the interval shown will not move any more.
func (o OutcomeResult) Settled() bool { return o.Status == Settled || o.Status == Stopped }

// Interval gives the contrast's interval and P as the options ask: from the
// bootstrap when there are replicates enough, else model-based.
func (v VisitResult) Interval(kind string) (low, high, p float64, fromBoot bool) {
	if v.Boot == nil || v.Boot.Used < MinReplicates {
		if v.Model == nil {
			nan := nan()
			return nan, nan, nan, false
		}
		return v.Model.Low, v.Model.High, v.Model.P, false
	}
	ends := v.Boot.Normal
	switch kind {
	case "percentile":
		ends = v.Boot.Percentile
	case "basic":
		ends = v.Boot.Basic
	case "bc":
		ends = v.Boot.BC
	}
	return ends[0], ends[1], v.Boot.P, true
}

// MinReplicates are needed before a bootstrap interval is shown at all: below
// that the standard error itself is known to a fifth only (1/sqrt(2·25)).
const MinReplicates = 25
