package analysis

import (
	"fmt"
	"runtime"
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
	Batches   []*boot.Batch
	Summary   *boot.Summary
	Target    int
	Err       string
	Stopped   bool

	summarised int // replicates behind Summary
}

// NewProgress starts an outcome; target 0 means no bootstrap.
func NewProgress(j *Job, target int) *Progress {
	return &Progress{Job: j, Target: target, Err: j.Err}
}

// Done is the number of replicates that have come back, failed ones included.
func (p *Progress) Done() int {
	n := 0
	for _, b := range p.Batches {
		n += b.N
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
// stopped in the middle goes on exactly where it was.
func (p *Progress) Missing() [][2]int {
	have := make([]bool, p.Target)
	for _, b := range p.Batches {
		for r := b.From; r < b.From+b.N && r < p.Target; r++ {
			have[r] = true
		}
	}
	var out [][2]int
	for r := 0; r < p.Target; r++ {
		if have[r] {
			continue
		}
		from := r
		for r < p.Target && !have[r] {
			r++
		}
		out = append(out, [2]int{from, r})
	}
	return out
}

// Summarise brings Summary up to date with the batches. While a long run goes
// on it waits until a twelfth more has come, since an interval hardly moves for
// less and sorting 100,000 replicates takes a page a tenth of a second.
func (p *Progress) Summarise() {
	done := p.Done()
	growing := p.summarised > 0 && done < p.Target && !p.Stopped && done-p.summarised < p.summarised/12
	if p.Fit == nil || done == p.summarised || growing {
		return
	}
	p.Summary = boot.SummarizeContrasts(p.Job.Boot, p.Fit, p.Batches)
	p.summarised = done
}

// Assemble gathers every outcome into the result that is drawn and written.
func Assemble(t *trial.Trial, o Options, all []*Progress) *Result {
	r := &Result{Arms: t.Arms, Options: o}
	r.Units, r.Patients = countByArm(t)
	for _, p := range all {
		p.Summarise()
		r.Outcomes = append(r.Outcomes, p.result())
	}
	return r
}

func (p *Progress) result() OutcomeResult {
	j := p.Job
	out := OutcomeResult{
		Outcome: j.Outcome, Status: p.Status(), Reason: p.Err, Formula: j.Formula, Words: j.Words, Adjusted: j.Adjusted,
		N: j.N, Dropped: j.Dropped, Patients: j.Patients, Units: j.Units,
		Fit: p.Fit, Summary: p.Summary, Done: p.Done(), Target: p.Target,
		Visits:   append([]VisitResult(nil), j.Visits...),
		Warnings: append([]string(nil), j.Warnings...),
	}
	if p.Fit != nil {
		out.Warnings = append(out.Warnings, p.Fit.Warnings...)
	}
	for i := range out.Visits {
		if i < len(p.Contrasts) {
			out.Visits[i].Model = &p.Contrasts[i]
		}
		if p.Summary != nil && i < len(p.Summary.Contrasts) {
			out.Visits[i].Boot = &p.Summary.Contrasts[i]
		}
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
	target := o.Replicates
	if o.Resample == "none" {
		target = 0
	}
	all := make([]*Progress, len(jobs))
	gate := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, j := range jobs {
		p := NewProgress(j, target)
		all[i] = p
		if j.Boot == nil {
			continue
		}
		wg.Add(1)
		gate <- struct{}{}
		go func() {
			defer func() { <-gate; wg.Done() }()
			p.run()
		}()
	}
	wg.Wait()
	return all
}

func (p *Progress) run() {
	runner, err := boot.NewRunner(p.Job.Boot)
	if err != nil {
		p.Err = err.Error()
		return
	}
	p.Fit, p.Contrasts = runner.Fit(), runner.Contrasts()
	if p.Target > 0 {
		p.Batches = append(p.Batches, runner.Run(0, p.Target))
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
