package boot

import (
	"math"
	"slices"

	"trialbox/stats/logit"
	"trialbox/stats/mixed"
)

// logitRunner is what a Runner has of a binary or ordinal model.
type logitRunner struct {
	model     *logit.Model
	fit       *logit.Fit
	scratch   *logit.Scratch
	contrasts [][]float64 // terms, then contrasts, over the terms kept
	pairs     []*logit.Pairs
	marginal  []Marginal
}

// Marginal is a difference of marginal probabilities that a contrast makes: of the event, or of one category.
type Marginal struct {
	Contrast string
	logit.Difference
}

func newLogitRunner(job *Job) (*Runner, error) {
	model, err := logit.New(&job.Design, *job.Logit)
	if err != nil {
		return nil, err
	}
	fit, err := model.Fit()
	if err != nil {
		return nil, err
	}
	l := &logitRunner{model: model, fit: fit}
	for k := range fit.Terms {
		unit := make([]float64, len(fit.Terms))
		unit[k] = 1
		l.contrasts = append(l.contrasts, unit)
	}
	for _, c := range job.Contrasts {
		k, ok := kept(job, &fit.Fit, c)
		l.contrasts = append(l.contrasts, k)
		if !ok {
			continue
		}
		if found := model.Marginal(fit, k); found != nil {
			l.pairs = append(l.pairs, model.Pairs(k))
			for _, d := range found {
				l.marginal = append(l.marginal, Marginal{c.Name, d})
			}
		}
	}
	return (&Runner{job: job, fit: &fit.Fit, logit: l}).prepare()
}

func (l *logitRunner) clone() *logitRunner {
	c := *l
	c.scratch = l.model.NewScratch(l.fit)
	return &c
}

// Logit is the fit of a binary or ordinal job with what a linear one does not have; nil for a linear job.
func (r *Runner) Logit() *logit.Fit {
	if r.logit == nil {
		return nil
	}
	return r.logit.fit
}

// units is the length of a weight vector.
func (r *Runner) units() int {
	if r.logit != nil {
		return r.logit.model.Units()
	}
	return r.model.Units()
}

// refit fits one resample into replicate k of a batch.
func (r *Runner) refit(b *Batch, k int, weights []float64) {
	if r.logit == nil {
		r.fill(b, k, r.scratch.Refit(weights))
		return
	}
	r.fill(b, k, r.logit.scratch.Refit(weights))
	r.logit.fillMarginal(b, k, r.job.Marginal, r.logit.scratch.Differences)
	r.logit.fillUnbounded(b, k, r.logit.scratch.Unbounded(r.logit.contrasts))
}

// fillMarginal puts a replicate's differences of probabilities into its place.
func (l *logitRunner) fillMarginal(b *Batch, k int, wanted bool, differences func(*logit.Pairs) []float64) {
	if !wanted || l.pairs == nil {
		return
	}
	if b.Marginal == nil {
		b.Marginal = make([]float64, b.N*len(l.marginal))
	}
	at := b.Marginal[k*len(l.marginal):]
	for _, p := range l.pairs {
		at = at[copy(at, differences(p)):]
	}
}

// fillUnbounded does it for what has no finite estimate in it.
func (l *logitRunner) fillUnbounded(b *Batch, k int, unbounded []int8) {
	for n, s := range unbounded {
		if s == 0 {
			continue
		}
		if b.Unbounded == nil {
			b.Unbounded = make([]int8, b.N*len(l.contrasts))
		}
		b.Unbounded[k*len(l.contrasts)+n] = s
	}
}

// Marginal are the differences of marginal probabilities of a logit job's contrasts, with delta-method intervals.
func (r *Runner) Marginal() []Marginal {
	if r.logit == nil {
		return nil
	}
	return r.logit.marginal
}

// SummarizeMarginal is what the replicates of batches say about each of Marginal; a replicate that arrives twice counts
// once.
func (r *Runner) SummarizeMarginal(batches []*Batch) []Interval {
	all := r.Marginal()
	if !r.job.Marginal || all == nil {
		return nil
	}
	return MarginalIntervals(r.job, all, batches)
}

// MarginalIntervals is what the replicates of a job's batches say about each of the differences of its fit; nil when no
// batch has them.
func MarginalIntervals(job *Job, all []Marginal, batches []*Batch) []Interval {
	replicates, beside := inOrder(batches)
	values, _ := differences(len(all), replicates)
	left, n := differences(len(all), beside)
	if !slices.ContainsFunc(values, func(x []float64) bool { return x != nil }) {
		return nil
	}
	var out []Interval
	for k, m := range all {
		if n != Beside(job) || len(left[k]) != n {
			left[k] = nil
		}
		out = append(out, interval(Estimate{Name: m.Contrast, Estimate: m.Difference.Difference}, values[k], left[k], nil))
	}
	return out
}

// differences are the replicates' values of each of n differences of probabilities, and how many replicates were fitted.
func differences(n int, batches []*Batch) (values [][]float64, fitted int) {
	values = make([][]float64, n)
	(&Summary{}).each(batches, func(b *Batch, k int) {
		fitted++
		if len(b.Marginal) != b.N*n { // a preview has none
			return
		}
		for m := range values {
			if v := b.Marginal[k*n+m]; !math.IsNaN(v) { // a resample without a category has none
				values[m] = append(values[m], v)
			}
		}
	})
	return values, fitted
}

// Preview is Run by an expansion of the likelihood about the fit, which looks at no row: logit models only, standard errors
// within about 4 %, at once. It is shown until the replicates themselves have come.
func (r *Runner) Preview(from, to int) *Batch {
	b := r.newBatch(from, max(to-from, 0))
	for k := range b.N {
		r.Draw(r.weights, from+k)
		r.fill(b, k, r.logit.scratch.OneStep(r.weights))
	}
	return b
}

// estimable says whether a combination of the kept terms has a finite estimate.
func estimable(fit *mixed.Fit, l []float64) bool {
	s := logit.Separation{Null: fit.Null}
	return s.Estimable(l)
}

// runsOff says whether term or contrast n (terms first) has no finite estimate in replicate k.
func (b *Batch) runsOff(k, n int) bool {
	return b.Unbounded != nil && b.Unbounded[k*(len(b.Unbounded)/b.N)+n] != 0
}

// FixedValues are the terms of replicate k of a batch; NaN where a term or the replicate has no estimate.
func (r *Runner) FixedValues(b *Batch, k int) []float64 {
	p := len(r.fit.Terms)
	out := append([]float64(nil), b.Fixed[k*p:(k+1)*p]...)
	unit := make([]float64, p)
	for j := range out {
		unit[j] = 1
		if b.runsOff(k, j) || !estimable(r.fit, unit) {
			out[j] = math.NaN()
		}
		unit[j] = 0
	}
	return out
}

// Proportional tests the proportional-odds assumption of an ordinal job for each term kept and, if there are contrasts,
// for all their terms together (last). nil for other jobs.
func (r *Runner) Proportional() []*logit.Proportional {
	l := r.logit
	if l == nil || !l.fit.Ordinal {
		return nil
	}
	var out []*logit.Proportional
	p := len(l.fit.Terms)
	for k, e := range Fixed(&l.fit.Fit) {
		if !math.IsNaN(e.Estimate) {
			out = append(out, l.model.Proportional(l.fit, []int{k}))
		}
	}
	var joint []int
	for k := range p {
		if slices.ContainsFunc(l.contrasts[p:], func(c []float64) bool { return c != nil && c[k] != 0 }) {
			joint = append(joint, k)
		}
	}
	if len(joint) > 1 {
		out = append(out, l.model.Proportional(l.fit, joint))
	}
	return slices.DeleteFunc(out, func(x *logit.Proportional) bool { return x == nil })
}
