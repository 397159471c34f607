package analysis

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"

	"trialbox/app/trial"
	"trialbox/stats/boot"
	"trialbox/stats/mixed"
)

// Progress is one outcome on its way: its job and what has come back so far.
type Progress struct {
	Job       *Job
	Fit       *mixed.Fit
	Contrasts []boot.Estimate
	Methods   []boot.Method // those of a linear outcome without replicates
	Logit     *boot.LogitFit
	Preview   []boot.Interval // of the contrasts of a logit outcome
	Batches   []*boot.Batch   // those of negative numbers are the jackknife, for BCa intervals
	Summary   *boot.Summary
	Marginal  []boot.Interval // of the probabilities of a logit outcome
	Target    int
	Behind    *boot.Diagnosis // what the model page shows; nil until it was asked for
	Err       string
	Stopped   bool

	penalised  []boot.Estimate
	trace      [][]TracePoint
	kept       int  // replicates behind a Summary that came without them (Kept)
	summarised int  // replicates behind Summary, the jackknife's among them
	accelerate bool // the jackknife is in it
}

// NewProgress starts an outcome; target 0 means no bootstrap.
func NewProgress(j *Job, target int) *Progress {
	return &Progress{Job: j, Target: target, Err: j.Err}
}

// Take files what the fit gave.
func (p *Progress) Take(f *boot.Fitted) {
	p.Fit, p.Contrasts, p.Logit, p.Preview, p.Methods = f.Fit, f.Contrasts, f.Logit, f.Preview, f.Methods
	p.penalise()
}

// penalise offers Firth's estimates where a cell is separated: a dozen sums over
// the rows, some milliseconds for the trials that have such cells. Ordered
// categories take a hundred times as many.
func (p *Progress) penalise() {
	p.penalised = nil
	if p.Logit == nil || p.Logit.Separation == nil {
		return
	}
	limit := 10_000
	if p.Logit.Ordinal {
		limit = 1_000
	}
	if job := p.Job.Boot; len(job.Design.Y) <= limit {
		if _, terms := boot.Penalised(job); terms != nil {
			p.penalised = boot.Contrasts(job, terms)
		}
	}
}

// With is the progress with an answer of a worker filed.
func (p *Progress) With(f *boot.Fitted, b *boot.Batch, err string) *Progress {
	next := *p
	switch {
	case err != "":
		next.Err = err
	case f != nil:
		next.Take(f)
	case b != nil:
		next.Batches = append(slices.Clone(p.Batches), b)
	}
	return &next
}

// StartAll begins every job, going on from what before holds of the same
// numbers: a fit whose job has not changed is not fitted again, and of its
// replicates only those missing are asked for.
func StartAll(jobs []*Job, o Options, before []*Progress, kept []Kept) []*Progress {
	all := make([]*Progress, len(jobs))
	for i, j := range jobs {
		target := o.target(j.Outcome)
		p := NewProgress(j, target)
		for _, q := range before {
			if j.Boot != nil && q.Job.Key == j.Key && q.Err == "" {
				p = q.goOn(j, target, o.Interval)
			}
		}
		if p.Fit == nil && j.Boot != nil {
			p.recall(kept, o.Interval)
		}
		all[i] = p
	}
	return all
}

// goOn is a Progress of the same numbers for another target.
func (p *Progress) goOn(j *Job, target int, interval string) *Progress {
	q := *p
	q.Job, q.Target, q.Stopped = j, target, false
	again := q.kept != 0 && (q.kept != target || interval == "bca" && !q.accelerate) // the replicates are not here
	if again || target == 0 {
		q.kept, q.Summary, q.Marginal, q.trace = 0, nil, nil, nil
	}
	q.Batches = nil
	for _, b := range p.Batches {
		if b = upTo(b, target); b != nil && target > 0 {
			q.Batches = append(q.Batches, b)
		}
	}
	if target != p.Target && q.kept == 0 {
		q.summarised = 0
	}
	return &q
}

// upTo is a batch without the replicates from number to on; nil when none are
// left. B replicates are the same numbers whether more were drawn before or not.
func upTo(b *boot.Batch, to int) *boot.Batch {
	n := min(b.N, to-b.From)
	switch {
	case n <= 0:
		return nil
	case n == b.N:
		return b
	}
	c := *b
	c.N = n
	c.Status, c.LogLik, c.Reason = b.Status[:n], b.LogLik[:n], b.Reason[:n]
	c.Fixed, c.Variances = b.Fixed[:len(b.Fixed)/b.N*n], b.Variances[:len(b.Variances)/b.N*n]
	c.Marginal, c.Unbounded = b.Marginal[:len(b.Marginal)/b.N*n], b.Unbounded[:len(b.Unbounded)/b.N*n]
	return &c
}

// Done is the number of replicates that have come back, failed ones included.
func (p *Progress) Done() int {
	n := p.kept
	for _, b := range p.Batches {
		if b.From >= 0 {
			n += b.N
		}
	}
	return n
}

// Status tells how far the outcome has come.
func (p *Progress) Status() Status {
	done := p.Done()
	switch {
	case p.Err != "":
		return Failed
	case p.Fit == nil && p.Stopped:
		return Stopped
	case p.Fit == nil:
		return Waiting
	case done >= p.Target:
		return Settled
	case p.Stopped:
		return Stopped
	case done > 0:
		return Running
	}
	return Fitted
}

// Missing gives the ranges of replicates not yet back, in order, so that a run
// stopped in the middle goes on exactly where it was. What was kept without
// its replicates is drawn again, from the first, once more are wanted. An
// interval that needs the jackknife has it before, by negative numbers.
func (p *Progress) Missing(interval string) [][2]int {
	first := 0
	if interval == "bca" && p.Target > 0 && p.Job.Boot != nil {
		first = -boot.Beside(p.Job.Boot)
	}
	if p.kept > 0 && p.kept >= p.Target {
		return nil
	}
	have := make([]bool, p.Target-first)
	for _, b := range p.Batches {
		for r := max(b.From, first); r < b.From+b.N && r < p.Target; r++ {
			have[r-first] = true
		}
	}
	var out [][2]int
	for r := first; r < p.Target; r++ {
		if have[r-first] {
			continue
		}
		from := r
		for r < p.Target && !have[r-first] && (from >= 0 || r < 0) {
			r++
		}
		out = append(out, [2]int{from, r})
		r--
	}
	return out
}

// Summarise brings Summary up to date with the batches. While a long run goes
// on it waits until a quarter more has come, since an interval hardly moves for
// less and sorting 100,000 replicates takes a page a tenth of a second.
func (p *Progress) Summarise() {
	n := 0
	for _, b := range p.Batches {
		n += b.N
	}
	done := p.Done()
	growing := p.summarised > 0 && done < p.Target && !p.Stopped && n-p.summarised < p.summarised/4
	if p.Fit == nil || n == p.summarised || growing || done == 0 || len(p.Batches) == 0 {
		return
	}
	p.Summary = boot.SummarizeContrasts(p.Job.Boot, p.Fit, p.Batches)
	p.accelerate = len(p.Summary.Contrasts) > 0 && n-done == boot.Beside(p.Job.Boot)
	if p.Logit != nil {
		p.Marginal = boot.MarginalIntervals(p.Job.Boot, p.Logit.Marginal, p.Batches)
	}
	p.trace = nil
	p.summarised = n
}

// Assemble gathers every outcome into the result that is drawn and written.
func Assemble(t *trial.Trial, o Options, all []*Progress) *Result {
	r := &Result{Arms: t.Arms, Options: o}
	r.Units, r.Patients = countByArm(t)
	for _, p := range all {
		p.Summarise()
		r.Outcomes = append(r.Outcomes, p.result(o.Interval))
	}
	r.adjust()
	return r
}

func (p *Progress) result(interval string) OutcomeResult {
	j := p.Job
	out := OutcomeResult{
		Outcome: j.Outcome, ResponderOf: j.ResponderOf, Status: p.Status(), Reason: p.Err, Formula: j.Formula, Words: j.Words, Adjusted: j.Adjusted,
		N: j.N, Dropped: j.Dropped, Patients: j.Patients, Units: j.Units, Categories: j.Categories, Better: j.Better,
		Fit: p.Fit, Logit: p.Logit, Behind: p.Behind, Summary: p.Summary, At: j.At, Trace: p.SettleTrace(), Done: p.Done(), Target: p.Target,
		Visits:   append([]VisitResult(nil), j.Visits...),
		Warnings: append([]string(nil), j.Warnings...),
	}
	if p.Fit != nil {
		out.Warnings = append(out.Warnings, p.warnings()...)
	}
	var analytic []boot.Estimate
	for _, m := range p.Methods {
		if m.Err != "" {
			out.Warnings = append(out.Warnings, fmt.Sprintf("%s: %s. Interval and P are those of the model with the normal distribution.", j.Options.StandardError(), m.Err))
		}
		analytic = m.Contrasts
	}
	for k, at := range j.At {
		v := &out.Visits[at]
		if k < len(analytic) {
			v.Analytic, v.By = &analytic[k], j.Options.Resample
		}
		if k < len(p.Contrasts) {
			v.Model = &p.Contrasts[k]
		}
		if k < len(p.Preview) && p.Target > 0 { // it stands for replicates to come
			v.Preview = &p.Preview[k]
		}
		if p.Summary != nil && k < len(p.Summary.Contrasts) {
			v.Boot = &p.Summary.Contrasts[k]
		}
		v.Probabilities = p.probabilities(v.Visit.Code)
		v.judge(&out)
		if v.NotEstimable != "" && k < len(p.penalised) && !math.IsNaN(p.penalised[k].Estimate) {
			v.Penalised = &p.penalised[k]
		}
	}
	for k := range out.Visits {
		out.Visits[k].effects(&out, interval)
	}
	return out
}

// warnings are the fit's, those about separated cells put into one: a visit or
// an arm without events may come with many, and the counts stand in the table.
func (p *Progress) warnings() []string {
	if p.Logit == nil || p.Logit.Separation == nil {
		return p.Fit.Warnings
	}
	list := slices.DeleteFunc(slices.Clone(p.Fit.Warnings), func(s string) bool { return strings.Contains(s, "has no finite estimate and is left out") })
	return append(list, fmt.Sprintf("In %d of %d rows the answers of a whole cell of visit, arm or covariate are alike; what compares these with others has no finite estimate, and the rest is estimated without them.", p.Logit.Separation.Rows, p.Job.N))
}

// probabilities are the differences that the contrast of that name makes.
func (p *Progress) probabilities(contrast string) []Probability {
	if p.Logit == nil {
		return nil
	}
	var out []Probability
	for k, m := range p.Logit.Marginal {
		if m.Contrast != contrast {
			continue
		}
		x := Probability{Marginal: m}
		if k < len(p.Marginal) {
			x.Boot = &p.Marginal[k]
		}
		out = append(out, x)
	}
	return out
}

// countByArm counts the units and patients that have a row in the data.
func countByArm(t *trial.Trial) (units, patients [2]int) {
	seenUnit, seenPatient := map[int32]bool{}, map[int32]bool{}
	for i := range t.Rows {
		a := t.Arm[i]
		if a < 0 || a > 1 {
			continue
		}
		if !seenUnit[t.Unit[i]] {
			seenUnit[t.Unit[i]] = true
			units[a]++
		}
		if !seenPatient[t.Patient[i]] {
			seenPatient[t.Patient[i]] = true
			patients[a]++
		}
	}
	return units, patients
}

// RunAll is the headless road: the same jobs through the same functions, on
// all processors. The numbers do not depend on how many there are.
func RunAll(jobs []*Job, o Options) []*Progress {
	all := make([]*Progress, len(jobs))
	gate := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, j := range jobs {
		p := NewProgress(j, o.target(j.Outcome))
		all[i] = p
		if j.Boot == nil {
			continue
		}
		wg.Add(1)
		gate <- struct{}{}
		go func() {
			defer func() { <-gate; wg.Done() }()
			p.run(o)
		}()
	}
	wg.Wait()
	return all
}

func (p *Progress) run(o Options) {
	runner, err := boot.NewRunner(p.Job.Boot)
	if err != nil {
		p.Err = err.Error()
		return
	}
	p.Take(runner.Fitted(0))
	if p.Behind, err = runner.Diagnose(); err != nil {
		p.Err = err.Error()
		return
	}
	if p.Target > 0 {
		for _, gap := range p.Missing(o.Interval) {
			p.Batches = append(p.Batches, runner.Run(gap[0], gap[1]))
		}
	}
}

// Headline says in a few words how far a run has come, for the rail and headless
// output.
func Headline(all []*Progress) string {
	settled := 0
	for _, p := range all {
		if s := p.Status(); s == Settled || s == Failed {
			settled++
		}
	}
	return fmt.Sprintf("%d of %d settled", settled, len(all))
}
