package boot

import (
	"trialbox/stats/logit"
	"trialbox/stats/mixed"
)

// Contrast is a linear combination of fixed effects.
type Contrast struct {
	Name string
	L    []float64 // one coefficient per Design.Terms
}

// Job is everything the numbers depend on: the same function of (design, options, seed) on screen, in a worker
// and in the headless command. It crosses the wire as gob.
type Job struct {
	Design    mixed.Design
	Method    mixed.Method
	Marginal  bool           // replicates of a logit model also give differences of marginal probabilities
	Logit     *logit.Options // a binary or ordinal model instead of a linear one; nil = linear
	Contrasts []Contrast
	Strata    []int32 // stratum of each level of Design.Groups[0]; nil = none
	Seed      uint64
	Scheme    Scheme      // "" = Units
	By        string      // Analytic: the one method wanted; "" = all
	Allocated *Allocation // the arms of a Permutation
}

// Scheme says what a replicate is.
type Scheme string

const (
	Units       Scheme = ""            // units drawn whole, within strata
	Patients    Scheme = "patients"    // patients drawn within strata of units, each staying in its unit
	TwoStage    Scheme = "two-stage"   // units drawn within strata, then patients within every unit drawn
	Parametric  Scheme = "parametric"  // outcomes drawn from the fitted model, the rows as they are
	Wild        Scheme = "wild"        // wild.go; linear models
	Permutation Scheme = "permutation" // permute.go; linear models
)

// Redraws says whether a replicate of the scheme is a fit, from whose spread standard errors and intervals are taken; the
// others are tests.
func (s Scheme) Redraws() bool { return s != Wild && s != Permutation }

// Estimate is one fixed effect or contrast with its model-based inference.
type Estimate struct {
	Name                                      string
	Estimate, SE, DF, Statistic, P, Low, High float64 // DF is NaN when the normal distribution is used
}

// Status of one replicate.
const (
	Converged uint8 = iota // all variance components positive
	Boundary               // converged with a variance component at exactly zero
	Failed                 // could not be fitted; the reason is kept
)

// Batch is a run of replicates with consecutive numbers. Number −k leaves something out: the jackknife (Runner.Jackknife).
type Batch struct {
	From, N   int
	Status    []uint8   // N: Converged, Boundary or Failed
	Fixed     []float64 // N×p over the terms kept in the fit (Fit.Terms); NaN in failed replicates
	Variances []float64 // N×(groups+1) in the order of Fit.Random, then the residual variance
	LogLik    []float64 // N
	Reason    []int32   // N: index into Reasons, -1 for replicates that were fitted
	Reasons   []string
	Marginal  []float64 // N×differences, in the order of Runner.Marginal; NaN in failed replicates; nil unless Job.Marginal
	Tests     []float64 // Wild, Permutation: N×(p+contrasts)×(5 or 1) numbers of a test; these have Status and Reason beside, no fits
	Observed  []float64 // Wild, Permutation: (p+contrasts)×(2 or 1), of the data as they are
	All       bool      // Permutation: the replicates are all allocations there are
	Inverted  []float64 // Permutation, number −k: N×2 ends of the interval of the k-th last contrast
	Unbounded []int8    // N×(p+contrasts): a term or contrast without finite estimate runs to +1 or -1 times infinity, 2 either; nil = none
}

// Interval is what the replicates say about one term or contrast.
type Interval struct {
	Name                          string
	Estimate                      float64
	SE, MCSE                      float64 // bootstrap standard error and its own Monte Carlo standard error
	Statistic, P                  float64 // Estimate/SE and its two-sided normal P value
	Normal, Percentile, Basic, BC [2]float64
	BCa                           [2]float64 // NaN without the jackknife
	Inverted                      [2]float64 // the values not rejected at 5 %: Wild, and Permutation where asked for
	Used                          int        // replicates with a finite value
	Unbounded                     int        // replicates fitted in which this has no finite estimate
}

// ReasonCount says how many replicates failed for one reason.
type ReasonCount struct {
	Reason string
	Count  int
}

// Summary is the state of the bootstrap after any number of batches.
type Summary struct {
	Replicates, Converged, Boundary, Failed int
	Reasons                                 []ReasonCount
	Terms, Contrasts                        []Interval
}
