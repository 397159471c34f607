package power

import (
	"fmt"
	"math"
)

// Family is the kind of outcome.
type Family uint8

// The three models.
const (
	Linear Family = iota
	Binary
	Ordinal
)

// Job is a plan to simulate. It crosses the wire as plain values.
type Job struct {
	Family      Family
	Treated     int     // clusters of the intervention arm
	Control     int     // and of the control arm; at least 1 each, 3 in all
	Size        float64 // people recruited a cluster, on average; at least 1
	CV          float64 // of the cluster sizes
	Visits      int     // 1: after the intervention only; otherwise the first is before it
	Constrained bool    // the model has one mean for both arms at the first visit
	Dropout     float64 // share without the last visit, 0 to less than 1
	ICC         float64 // 0 to less than 1
	Correlation float64 // of two visits of a person, from ICC to less than 1; not used with one visit
	Null        bool    // no difference: the share detected is that of false alarms

	Diff, SD float64   // Linear
	Shares   []float64 // Binary: of the event, control and intervention; Ordinal: of the categories in the control arm, lowest first
	Odds     float64   // Ordinal: the odds ratio of a higher category, intervention against control

	REML      bool    // Linear: otherwise ML
	Alpha     float64 // two-sided
	T         bool    // the test by t on clusters − 2, otherwise normal
	Bootstrap int     // replicates a trial, clusters resampled within arm; 0: standard errors of the model
	Seed      uint64
}

// Check says in a sentence what cannot be simulated, and which field is to blame; "" is nothing.
func (j *Job) Check() (field, why string) {
	share := func(x float64) bool { return x >= 0 && x < 1 }
	switch {
	case j.Treated < 1 || j.Control < 1:
		return "units", "Each arm needs at least one unit."
	case j.Treated+j.Control < 3:
		return "units", "With one unit in each arm the difference between the arms cannot be told from that between the units: at least 3 units are needed."
	case j.Bootstrap > 0 && min(j.Treated, j.Control) < 2:
		return "units", "The bootstrap draws units within each arm and needs at least two in each."
	case j.Treated+j.Control > 100_000:
		return "units", "More than 100,000 units cannot be simulated here."
	case !(j.Size >= 1) || j.Size*float64(j.Treated+j.Control)*float64(max(j.Visits, 1)) > 1e6:
		return "people", "A unit needs at least one person, and a trial at most a million rows."
	case !(j.CV >= 0 && j.CV <= 5):
		return "cv", "The variation of the unit sizes must lie between 0 and 5."
	case j.Visits < 1 || j.Visits > 12:
		return "visits", "There can be 1 to 12 visits."
	case !share(j.Dropout):
		return "dropout", "The share of drop-outs must be 0 or more and less than 1: 0.3 for 30 %."
	case !share(j.ICC):
		return "icc", "The intraclass correlation must be 0 or more and less than 1."
	case j.Visits > 1 && !(j.Correlation >= j.ICC && j.Correlation < 1):
		return "correlation", fmt.Sprintf("Two visits of a person are at least as alike as two persons of a unit: the correlation must lie between the ICC, %g, and 1.", j.ICC)
	case !(j.Alpha > 0 && j.Alpha < 1):
		return "alpha", "The significance level must lie between 0 and 1: 0.05 for 5 %."
	case j.Bootstrap < 0 || j.Bootstrap == 1 || j.Bootstrap > 10_000:
		return "bootstrap", "The bootstrap takes 2 to 10,000 replicates a trial."
	}
	return j.checkOutcome()
}

func (j *Job) checkOutcome() (field, why string) {
	switch j.Family {
	case Linear:
		if !(j.SD > 0) || math.IsInf(j.SD, 0) {
			return "sd", "The standard deviation must be above 0."
		}
		if math.IsNaN(j.Diff) || math.IsInf(j.Diff, 0) {
			return "diff", "The difference must be a number."
		}
	case Binary:
		if len(j.Shares) != 2 {
			return "control", "The shares of both arms are needed."
		}
		for k, p := range j.Shares {
			if !(p > 0 && p < 1) {
				return []string{"control", "treated"}[k], "The share must lie between 0 and 1, without either end."
			}
		}
		return j.checkCorrelations()
	case Ordinal:
		return j.checkCategories()
	}
	return "", ""
}

func (j *Job) checkCategories() (field, why string) {
	total := 0.0
	for _, p := range j.Shares {
		if !(p > 0) {
			return "categories", "Each category needs a share above 0."
		}
		total += p
	}
	switch {
	case len(j.Shares) < 3 || len(j.Shares) > 12:
		return "categories", "3 to 12 categories are needed, such as 50, 30, 20."
	case math.Abs(total-1) > 1e-6:
		return "categories", fmt.Sprintf("The shares of the categories add up to %.4g %%, not 100 %%.", 100*total)
	case !(j.Odds > 0) || math.IsInf(j.Odds, 0):
		return "odds", "The odds ratio must be above 0."
	}
	return "", ""
}

// checkCorrelations: on the scale of 0 and 1 a strong correlation needs random effects that no logit model can be fitted with.
func (j *Job) checkCorrelations() (field, why string) {
	if j.Visits > 1 && j.Correlation > 0.9 {
		return "correlation", "A correlation of visits above 0.9 of answers of yes and no cannot be simulated."
	}
	if j.ICC > 0.8 {
		return "icc", "An intraclass correlation above 0.8 of answers of yes and no cannot be simulated."
	}
	return "", ""
}

// Batch is a run of simulated trials with consecutive numbers.
type Batch struct {
	From, N  int
	Estimate []float64 // of the difference at the last visit (log odds ratio for Binary and Ordinal); NaN without one
	SE       []float64 // NaN without one
	Status   []uint8
	People   []int32 // recruited
	Reason   []int32 // index into Reasons, -1 for trials that were fitted
	Reasons  []string
}

// Status of one trial.
const (
	Fitted     uint8 = iota
	Boundary         // fitted, with a variance component of zero
	NoEstimate       // the difference runs off to infinity: a cell without events, or without others
	Failed
)
