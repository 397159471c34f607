//go:build !js

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"

	"trialbox/app/numjson"
	"trialbox/stats/boot"
	"trialbox/stats/formula"
	"trialbox/stats/mixed"
)

// num is a number in JSON with full precision, object a JSON object whose keys keep their order.
type (
	num    = numjson.Num
	object = numjson.Object
	member = numjson.Member
)

func nums(x []float64) []num {
	out := make([]num, len(x))
	for k, v := range x {
		out[k] = num(v)
	}
	return out
}

// fitResult is what fit prints; its keys are those of the headless command's contract.
type fitResult struct {
	Formula       string            `json:"formula"`
	Family        string            `json:"family"`
	Method        string            `json:"method"`
	N             int               `json:"n_obs"`
	Dropped       int               `json:"n_dropped"`
	Groups        object            `json:"groups"`
	LogLik        num               `json:"loglik"`
	Criterion     num               `json:"criterion"`
	AIC           num               `json:"aic"`
	BIC           num               `json:"bic"`
	Converged     bool              `json:"converged"`
	Singular      bool              `json:"singular"`
	Warnings      []string          `json:"warnings"`
	Fixed         []fitEstimate     `json:"fixed"`
	Vcov          [][]num           `json:"vcov"`
	VcovTerms     []string          `json:"vcov_terms"`
	Thresholds    []fitThreshold    `json:"thresholds"`
	Random        []fitComponent    `json:"random"`
	Residual      num               `json:"residual_variance"`
	ICC           *object           `json:"icc"`
	Integration   *fitIntegration   `json:"integration"`
	Event         string            `json:"event,omitempty"`
	Categories    []string          `json:"categories,omitempty"`
	Separation    *fitSeparation    `json:"separation,omitempty"`
	Probabilities []fitProbability  `json:"probability_differences,omitempty"`
	Proportional  []fitProportional `json:"proportional_odds,omitempty"`
	Bootstrap     *fitBootstrap     `json:"bootstrap"`
	Contrasts     []fitEstimate     `json:"contrasts"`
	Replicates    *[]fitReplicate   `json:"replicates,omitempty"`
	fitLinear
}

// fitEstimate is one fixed effect (Term) or contrast (Name).
type fitEstimate struct {
	Term      string `json:"term,omitempty"`
	Name      string `json:"name,omitempty"`
	Estimate  num    `json:"estimate"`
	SE        num    `json:"se"`
	DF        num    `json:"df"`
	Statistic num    `json:"statistic"`
	P         num    `json:"p"`
	CI        [2]num `json:"ci"`

	OddsRatio *num    `json:"odds_ratio,omitempty"`
	ORCI      *[2]num `json:"or_ci,omitempty"`
}

type fitComponent struct {
	Group    string `json:"group"`
	Term     string `json:"term"`
	Variance num    `json:"variance"`
	SD       num    `json:"sd"`
	Corr     any    `json:"corr"` // with the earlier terms of its block: a number, or a list of them

}

type fitBootstrap struct {
	Scheme     string        `json:"scheme"`
	Replicates int           `json:"replicates"`
	Converged  int           `json:"converged"`
	Boundary   int           `json:"boundary"`
	Failed     int           `json:"failed"`
	Reasons    object        `json:"reasons"`
	Seed       *uint64       `json:"seed"`
	Terms      []fitInterval `json:"terms"`
	Contrasts  []fitInterval `json:"contrasts"`

	Allocation *fitAllocation `json:"allocation,omitempty"`
}

type fitInterval struct {
	Term       string  `json:"term,omitempty"`
	Name       string  `json:"name,omitempty"`
	Estimate   num     `json:"estimate"`
	SE         num     `json:"se"`
	MCSE       num     `json:"mc_se"`
	Statistic  num     `json:"statistic"`
	P          num     `json:"p"`
	Normal     [2]num  `json:"ci_normal"`
	Percentile [2]num  `json:"ci_percentile"`
	Basic      [2]num  `json:"ci_basic"`
	BC         [2]num  `json:"ci_bc"`
	BCa        [2]num  `json:"ci_bca"`
	Inverted   *[2]num `json:"ci,omitempty"` // by inversion of a test
	Used       int     `json:"used"`
	Unbounded  int     `json:"without_finite_estimate,omitempty"`
}

type fitReplicate struct {
	Replicate string `json:"replicate"`
	Converged bool   `json:"converged"`
	LogLik    num    `json:"loglik"`
	Fixed     []num  `json:"fixed"`
	Contrasts []num  `json:"contrasts"`
	Variances []num  `json:"variances"`
	Reason    string `json:"reason,omitempty"`
}

// MarshalJSON writes the replicate's name as a number where it is one.
func (r fitReplicate) MarshalJSON() ([]byte, error) {
	type plain fitReplicate
	var name any = r.Replicate
	if n, err := strconv.Atoi(r.Replicate); err == nil && strconv.Itoa(n) == r.Replicate {
		name = n
	}
	return json.Marshal(struct {
		Replicate any `json:"replicate"`
		plain
	}{name, plain(r)})
}

func newFitResult(f *formula.Formula, job *boot.Job, runner *boot.Runner) *fitResult {
	m := runner.Fit()
	r := &fitResult{
		Formula: f.String(), Family: "gaussian", Method: m.Method.String(), N: m.N, Dropped: job.Design.Dropped,
		LogLik: num(m.LogLik), Criterion: num(m.Criterion), AIC: num(m.AIC), BIC: num(m.BIC),
		Converged: m.Converged, Singular: m.Singular, Warnings: append([]string{}, m.Warnings...),
		VcovTerms: append([]string{}, m.Terms...), Thresholds: []fitThreshold{}, Residual: num(m.Residual),
		Fixed: []fitEstimate{}, Contrasts: []fitEstimate{}, Vcov: [][]num{},
	}
	p := len(m.Terms)
	for k, e := range boot.Fixed(m) {
		r.Fixed = append(r.Fixed, estimateOf(e, true))
		r.Vcov = append(r.Vcov, nums(m.Cov[k*p:(k+1)*p]))
	}
	for _, e := range runner.Contrasts() {
		r.Contrasts = append(r.Contrasts, estimateOf(e, false))
		if math.IsNaN(e.Estimate) {
			r.Warnings = append(r.Warnings, notEstimable(e, runner.Logit()))
		}
	}
	r.addGroups(m)
	if l := runner.Logit(); l != nil {
		r.addLogit(l, job, runner)
	}
	return r
}

// fewUnits is the number of units under which the normal distribution and the bootstrap flatter the precision.
const fewUnits = 40

func (r *fitResult) addGroups(m *mixed.Fit) {
	for _, g := range m.GroupCounts {
		r.Groups = append(r.Groups, member{Key: g.Name, Value: g.Count})
	}
	for _, c := range m.Random {
		r.Random = append(r.Random, fitComponent{Group: c.Group, Term: c.Term, Variance: num(c.Variance), SD: num(c.SD), Corr: corrOf(c)})
	}
	r.ResidualCov = residualCovOf(m.ResidualCov)
	for k, c := range m.ICC {
		if k == 0 {
			r.ICC = &object{}
		}
		*r.ICC = append(*r.ICC, member{Key: c.Group, Value: num(c.Value)})
	}
	if g := m.GroupCounts[0]; g.Count < fewUnits {
		r.Warnings = append(r.Warnings, fmt.Sprintf("Only %d groups of %s: with fewer than about %d, standard errors from the normal distribution and from the bootstrap are too small.", g.Count, g.Name, fewUnits))
	}
}

func estimateOf(e boot.Estimate, term bool) fitEstimate {
	out := fitEstimate{Estimate: num(e.Estimate), SE: num(e.SE), DF: num(e.DF), Statistic: num(e.Statistic), P: num(e.P), CI: [2]num{num(e.Low), num(e.High)}}
	if term {
		out.Term = e.Name
	} else {
		out.Name = e.Name
	}
	return out
}

func (r *fitResult) summarize(job *boot.Job, runner *boot.Runner, batches []*boot.Batch, scheme string, seed *uint64) {
	s := boot.Summarize(job, runner.Fit(), batches)
	b := &fitBootstrap{Scheme: scheme, Replicates: s.Replicates, Converged: s.Converged, Boundary: s.Boundary, Failed: s.Failed,
		Reasons: object{}, Seed: seed, Terms: []fitInterval{}, Contrasts: []fitInterval{}}
	for _, x := range s.Reasons {
		b.Reasons = append(b.Reasons, member{Key: x.Reason, Value: x.Count})
	}
	for _, x := range s.Terms {
		b.Terms = append(b.Terms, intervalOf(x, true))
	}
	for _, x := range s.Contrasts {
		b.Contrasts = append(b.Contrasts, intervalOf(x, false))
	}
	r.Bootstrap = b
	if job.Logit != nil {
		r.addProbabilities(runner, batches)
	}
	r.Warnings = append(r.Warnings, withoutEstimate(s)...)
	if s.Failed > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d of %d replicates could not be fitted and are left out.", s.Failed, s.Replicates))
	}
}

func intervalOf(x boot.Interval, term bool) fitInterval {
	two := func(v [2]float64) [2]num { return [2]num{num(v[0]), num(v[1])} }
	out := fitInterval{Estimate: num(x.Estimate), SE: num(x.SE), MCSE: num(x.MCSE), Statistic: num(x.Statistic), P: num(x.P),
		Normal: two(x.Normal), Percentile: two(x.Percentile), Basic: two(x.Basic), BC: two(x.BC), BCa: two(x.BCa), Inverted: inverted(x.Inverted), Used: x.Used, Unbounded: x.Unbounded}
	if term {
		out.Term = x.Name
	} else {
		out.Name = x.Name
	}
	return out
}

// write prints the result at once, lists of numbers on one line.
func (r *fitResult) write(w io.Writer) error {
	if r.Groups == nil {
		r.Groups = object{}
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(numjson.JoinNumbers(b), '\n'))
	return err
}
