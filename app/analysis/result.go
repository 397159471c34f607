package analysis

import (
	"fmt"
	"math"

	"trialbox/app/trial"
	"trialbox/stats"
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

// Result is every number of the outcome tables with what it rests on.
type Result struct {
	Arms     [2]string // control, intervention
	Units    [2]int    // units with rows in the data, by arm
	Patients [2]int
	Options  Options
	Outcomes []OutcomeResult
	// Sensitivity stands beside them where it was run.
	Sensitivity *SensitivityResult
	Few         []FewResult // the methods for few units, where they were compared
}

// OutcomeResult is one outcome at every visit.
type OutcomeResult struct {
	Outcome     Outcome
	ResponderOf string // the variable whose improvement this is
	Status      Status
	Reason      string // of Failed, a sentence
	Formula     string // in lme4's form
	Words       string // the model in words
	Adjusted    bool   // covariates are in the model
	N           int    // rows in the model
	Dropped     int    // rows with the outcome but without a covariate
	Patients    int
	Units       int
	Categories  []string // of a binary outcome the event is the second; nil for means
	Better      string   // "lower", "higher" or ""
	Visits      []VisitResult
	Fit         *mixed.Fit
	Logit       *boot.LogitFit // of a binary or ordinal outcome
	Behind      *boot.Diagnosis
	Summary     *boot.Summary  // nil before the first replicate
	At          []int          // visit of each contrast, index into Visits
	Trace       [][]TracePoint // by contrast: how the standard error settled
	Done        int            // replicates so far
	Target      int
	Warnings    []string
}

// VisitResult is one outcome at one visit.
type VisitResult struct {
	Visit    trial.Visit
	Baseline bool           // the first visit of the trial
	Arms     [2]Describe    // raw, all answers: control, intervention
	Model    *boot.Estimate // the contrast, model-based; nil before the fit, and where the model has none
	Boot     *boot.Interval // the contrast, from the bootstrap
	Analytic *boot.Estimate // the contrast by the method By of Resamplings that needs none
	By       string
	Preview  *boot.Interval // of a logit outcome, until the replicates come
	// NotEstimable says why the contrast has no estimate, with the counts.
	NotEstimable  string
	Penalised     *boot.Estimate // offered then: Firth's, without patients and units
	Few           string         // what makes a contrast doubtful though it has an estimate
	Probabilities []Probability  // of a logit outcome: the event, or each category
	// The contrast over the model's standard deviation (the root of all its
	// variances) and over the pooled one at baseline.
	EffectModel, EffectBaseline stats.Effect
	PAdjusted                   float64 // by Options.Multiplicity; NaN without
	FamilySize                  int     // P values that were adjusted together
}

// Probability is the difference of marginal probabilities that a contrast
// makes, in one category.
type Probability struct {
	boot.Marginal
	Boot *boot.Interval
}

// Describe is the raw figures of one arm at one visit, with the t interval of
// the mean that the trajectory figure draws.
type Describe struct {
	N              int
	Mean, SD       float64 // NaN when N is 0, SD when N is 1, both for categories
	Low, High      float64 // 95 % t interval of the mean; NaN when N < 2
	Q1, Median, Q3 float64 // type 6
	Counts         []int   // by category; nil for means
}

// Settled reports whether the interval shown will not move any more.
func (o OutcomeResult) Settled() bool { return o.Status == Settled || o.Status == Stopped }

// Shown is the contrast as a table prints it.
type Shown struct {
	Estimate, SE, Low, High, P float64
	// Source is "bootstrap", "preview" (the expansion's maximum, a replicate), "model",
	// "satterthwaite", "kenward-roger", "cr2", or "" where there is nothing yet.
	Source string
}

// Shown gives the contrast with its interval and P as the options ask: from
// the bootstrap when there are replicates enough and few of them without a
// finite estimate, from its preview before, else model-based.
func (v VisitResult) Shown(kind string) Shown {
	switch {
	case v.Model == nil:
		return Shown{nan(), nan(), nan(), nan(), nan(), ""}
	case v.Boot != nil && v.Boot.Used+v.Boot.Unbounded >= MinReplicates && !math.IsNaN(v.Boot.SE):
		return shown(v.Boot, kind, "bootstrap")
	case v.Preview != nil && v.tooUnbounded() == 0 && !math.IsNaN(v.Preview.SE):
		return shown(v.Preview, "normal", "preview")
	}
	e, source := v.Model, "model"
	if v.Analytic != nil {
		e, source = v.Analytic, v.By
	}
	return Shown{e.Estimate, e.SE, e.Low, e.High, e.P, source}
}

func shown(b *boot.Interval, kind, source string) Shown {
	ends := b.Normal
	switch kind {
	case "percentile":
		ends = b.Percentile
	case "basic":
		ends = b.Basic
	case "bc":
		ends = b.BC
	case "bca":
		ends = b.BCa
	}
	return Shown{b.Estimate, b.SE, ends[0], ends[1], b.P, source}
}

// tooUnbounded is the number of replicates without a finite estimate where it
// is too large for a bootstrap standard error, else 0.
func (v VisitResult) tooUnbounded() int {
	if v.Boot != nil && v.Boot.Used+v.Boot.Unbounded >= MinReplicates && math.IsNaN(v.Boot.SE) {
		return v.Boot.Unbounded
	}
	return 0
}

// Unbounded is in how many of the replicates fitted the contrast has no finite
// estimate, and whether these are too many for a bootstrap standard error.
func (v VisitResult) Unbounded() (n, of int, tooMany bool) {
	if v.Boot == nil || v.Model == nil || math.IsNaN(v.Model.Estimate) {
		return 0, 0, false
	}
	return v.Boot.Unbounded, v.Boot.Used + v.Boot.Unbounded, v.tooUnbounded() > 0
}

// MinReplicates are needed before a bootstrap interval is shown at all: below
// that the standard error itself is known to a fifth only (1/sqrt(2·25)).
const MinReplicates = 25

// fewEvents is the number of events, or of answers without it, at a visit up
// to which a contrast is marked as resting on too little.
const fewEvents = 5

// judge says what the counts of a binary or ordinal outcome at a visit mean
// for its contrast.
func (v *VisitResult) judge(o *OutcomeResult) {
	if len(o.Categories) == 0 || v.Model == nil {
		return
	}
	all, counts := v.Arms[0].N+v.Arms[1].N, make([]int, len(o.Categories))
	for _, a := range v.Arms {
		for k, n := range a.Counts {
			counts[k] += n
		}
	}
	if math.IsNaN(v.Model.Estimate) {
		v.NotEstimable = v.counted(o)
		return
	}
	if o.Outcome.Is(Binary) && min(counts[1], all-counts[1]) <= fewEvents {
		what := "events"
		if counts[1] > all/2 {
			what = "answers without the event"
		}
		v.Few = fmt.Sprintf("The contrast rests on %d %s at %s (%s): too few to be relied on.", min(counts[1], all-counts[1]), what, v.Visit.Label, v.fractions(1))
	}
}

// fractions are the arms' counts of a category, intervention first.
func (v *VisitResult) fractions(k int) string {
	return fmt.Sprintf("%d of %d and %d of %d", v.Arms[1].Counts[k], v.Arms[1].N, v.Arms[0].Counts[k], v.Arms[0].N)
}

// counted says why the contrast has no estimate, with the counts.
func (v *VisitResult) counted(o *OutcomeResult) string {
	k := len(o.Categories) - 1
	if !o.Outcome.Is(Binary) {
		for c := range o.Categories {
			if v.Arms[0].Counts[c]+v.Arms[1].Counts[c] > v.Arms[0].Counts[k]+v.Arms[1].Counts[k] {
				k = c
			}
		}
	}
	event := ""
	if o.Outcome.Is(Ordinal) {
		event = " " + o.Categories[k]
	}
	return fmt.Sprintf("Not estimable at %s: %s%s, so the log odds ratio has no finite value; the other visits are estimated without it.", v.Visit.Label, v.fractions(k), event)
}

// effects standardises a difference of means.
func (v *VisitResult) effects(o *OutcomeResult, kind string) {
	v.EffectModel, v.EffectBaseline = stats.StandardisedContrast(nan(), nan(), 0), stats.StandardisedContrast(nan(), nan(), 0)
	if v.Model == nil || len(o.Categories) > 0 || math.IsNaN(v.Model.Estimate) || v.Baseline {
		return
	}
	s := v.Shown(kind)
	total := o.Fit.Residual
	for _, c := range o.Fit.Random {
		if c.Term != "(Intercept)" {
			total = nan() // with slopes the variance is not one number
		}
		total += c.Variance
	}
	v.EffectModel = stats.StandardisedContrast(s.Estimate, s.SE, math.Sqrt(total))
	if first := o.Visits[0]; first.Baseline {
		a, b := first.Arms[0], first.Arms[1]
		pooled := (float64(a.N-1)*a.SD*a.SD + float64(b.N-1)*b.SD*b.SD) / float64(a.N+b.N-2)
		v.EffectBaseline = stats.StandardisedContrast(s.Estimate, s.SE, math.Sqrt(pooled))
	}
}

// adjust corrects the P values of the follow-ups for each other, as the
// options ask.
func (r *Result) adjust() {
	families := map[string][]*VisitResult{}
	var names []string
	for i := range r.Outcomes {
		for k := range r.Outcomes[i].Visits {
			v := &r.Outcomes[i].Visits[k]
			v.PAdjusted = nan()
			if v.Baseline || v.Model == nil || r.Outcomes[i].Status == Failed || math.IsNaN(v.Shown(r.Options.Interval).P) {
				continue
			}
			name := v.Visit.Code
			if r.Options.Family == "all" {
				name = ""
			}
			if families[name] == nil {
				names = append(names, name)
			}
			families[name] = append(families[name], v)
		}
	}
	if r.Options.Multiplicity == "" {
		return
	}
	for _, name := range names {
		var p []float64
		for _, v := range families[name] {
			p = append(p, v.Shown(r.Options.Interval).P)
		}
		for k, x := range stats.Correction(r.Options.Multiplicity).Adjust(p) {
			families[name][k].PAdjusted, families[name][k].FamilySize = x, len(p)
		}
	}
}
