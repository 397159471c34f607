package boot

import (
	"math"
	"math/rand/v2"
	"slices"

	"trialbox/stats/mixed"
)

// Runner fits a job and its replicates. It is for one goroutine; Clone makes another for a further worker.
type Runner struct {
	job     *Job
	model   *mixed.Model
	fit     *mixed.Fit
	scratch *mixed.Scratch
	logit   *logitRunner // in place of model and scratch in a logit job
	strata  [][]int32    // units of each stratum
	drawing *drawing     // of schemes that draw more than units
	wild    *wild
	permute *permute
	weights []float64
	pcg     *rand.PCG
	random  *rand.Rand
}

// NewRunner reduces the job's design to its statistics and fits it on all rows. Errors are sentences for the analyst.
func NewRunner(job *Job) (*Runner, error) {
	if job.Logit != nil {
		return newLogitRunner(job)
	}
	model, err := mixed.New(&job.Design)
	if err != nil {
		return nil, err
	}
	fit, err := model.Fit(job.Method)
	if err != nil {
		return nil, err
	}
	return (&Runner{job: job, model: model, fit: fit}).prepare()
}

// Clone is a Runner of the same fit with its own working memory.
func (r *Runner) Clone() *Runner {
	c := *r
	if r.logit != nil {
		c.logit = r.logit.clone()
	} else {
		c.scratch = r.model.NewScratch(r.fit)
	}
	c.weights = make([]float64, r.units())
	c.pcg = rand.NewPCG(0, 0)
	c.random = rand.New(c.pcg)
	return &c
}

// Fit is the fit on all rows.
func (r *Runner) Fit() *mixed.Fit { return r.fit }

// Contrasts are the job's contrasts with model-based standard errors and normal intervals. A contrast that needs a
// term left out of the fit is NaN.
func (r *Runner) Contrasts() []Estimate { return Contrasts(r.job, r.fit) }

func (r *Runner) newBatch(from, n int) *Batch {
	if !r.job.Scheme.Redraws() {
		return &Batch{From: from, N: n, Status: make([]uint8, n), Reason: make([]int32, n)}
	}
	p, v := len(r.fit.Terms), r.fit.Variances()
	return &Batch{
		From: from, N: n, Status: make([]uint8, n), Fixed: make([]float64, n*p), Variances: make([]float64, n*v),
		LogLik: make([]float64, n), Reason: make([]int32, n),
	}
}

// fill copies one replicate into its place.
func (r *Runner) fill(b *Batch, k int, x *mixed.Replicate) {
	p, v := len(x.Beta), len(x.Variances)
	b.Status[k] = uint8(x.Status)
	copy(b.Fixed[k*p:(k+1)*p], x.Beta)
	copy(b.Variances[k*v:(k+1)*v], x.Variances)
	b.LogLik[k] = x.LogLik
	b.Reason[k] = -1
	if x.Status == mixed.Failed {
		b.fail(k, x.Reason)
	}
}

// fail marks replicate k of a batch.
func (b *Batch) fail(k int, reason string) {
	at := slices.Index(b.Reasons, reason)
	if at < 0 {
		at = len(b.Reasons)
		b.Reasons = append(b.Reasons, reason)
	}
	b.Status[k], b.Reason[k] = Failed, int32(at)
}

// Fixed are the fixed effects with model-based standard errors and normal intervals; NaN where a term has no finite
// estimate.
func Fixed(fit *mixed.Fit) []Estimate {
	out := make([]Estimate, len(fit.Terms))
	unit := make([]float64, len(fit.Terms))
	for k, name := range fit.Terms {
		unit[k] = 1
		if estimable(fit, unit) {
			out[k] = normal(name, fit.Beta[k], fit.SE[k])
		} else {
			out[k] = normal(name, math.NaN(), math.NaN())
		}
		unit[k] = 0
	}
	return out
}

// Contrasts are the job's contrasts from a fit of it.
func Contrasts(job *Job, fit *mixed.Fit) []Estimate {
	p := len(fit.Terms)
	out := make([]Estimate, len(job.Contrasts))
	for n, c := range job.Contrasts {
		l, ok := kept(job, fit, c)
		if !ok {
			out[n] = normal(c.Name, math.NaN(), math.NaN())
			continue
		}
		value, variance := 0.0, 0.0
		for i := range p {
			value += l[i] * fit.Beta[i]
			for j := range p {
				variance += l[i] * l[j] * fit.Cov[i*p+j]
			}
		}
		out[n] = normal(c.Name, value, math.Sqrt(max(variance, 0)))
	}
	return out
}

// kept carries a contrast from the design's terms to those kept in the fit; ok is false when it needs another.
func kept(job *Job, fit *mixed.Fit, c Contrast) (l []float64, ok bool) {
	l = make([]float64, 0, len(fit.Terms))
	for k, term := range job.Design.Terms {
		switch {
		case len(l) < len(fit.Terms) && fit.Terms[len(l)] == term:
			l = append(l, c.L[k])
		case c.L[k] != 0:
			return nil, false
		}
	}
	return l, estimable(fit, l)
}

// z975 is the .975 quantile of the normal distribution.
const z975 = 1.959963984540054

func normal(name string, value, se float64) Estimate {
	e := Estimate{Name: name, Estimate: value, SE: se, DF: math.NaN(), Statistic: value / se}
	e.P = twoSided(e.Statistic)
	e.Low, e.High = value-z975*se, value+z975*se
	return e
}

// twoSided is the two-sided normal P value of a z statistic.
func twoSided(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }

// ContrastValues are the contrasts of replicate k of a batch; NaN where a contrast or the replicate has none.
func (r *Runner) ContrastValues(b *Batch, k int) []float64 {
	p := len(r.fit.Terms)
	out := make([]float64, len(r.job.Contrasts))
	for n, c := range r.job.Contrasts {
		l, ok := kept(r.job, r.fit, c)
		if !ok || b.Status[k] == Failed || b.runsOff(k, p+n) {
			out[n] = math.NaN()
			continue
		}
		for j, x := range l {
			if x != 0 {
				out[n] += x * b.Fixed[k*p+j]
			}
		}
	}
	return out
}
