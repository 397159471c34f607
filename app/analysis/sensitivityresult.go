package analysis

import (
	"math"
	"runtime"
	"slices"
	"sync"

	"trialbox/app/trial"
	"trialbox/stats/impute"
)

// SensitivityRun is everything asked for on its way: for each outcome the main
// analysis and its variants, and the shifts.
type SensitivityRun struct {
	Options Options // SensitivityOptions
	Trial   *trial.Trial
	Columns []CheckedColumn // the main analysis first
	Shifts  []*Shifted
}

// CheckedColumn is one variant of all outcomes looked at.
type CheckedColumn struct {
	Variant         Variant
	Patients, Units int // with a row in the trial; of complete cases those of the first outcome
	Checked         []Checked
	All             []*Progress // of Checked; nil where there is no job
}

// PlanSensitivity plans it all. Plan in steps with NewSensitivityRun and
// AddVariant where a thread must not be held up.
func PlanSensitivity(t *trial.Trial, m trial.Mapping, outcomes []Outcome, o Options, s *Sensitivity, allocated []int32) *SensitivityRun {
	r := NewSensitivityRun(t, m, outcomes, o, s)
	for _, v := range s.Chosen() {
		r.AddVariant(v, m, allocated)
	}
	return r
}

// NewSensitivityRun plans the main analyses and the shifts.
func NewSensitivityRun(t *trial.Trial, m trial.Mapping, outcomes []Outcome, o Options, s *Sensitivity) *SensitivityRun {
	r := &SensitivityRun{Options: s.SensitivityOptions(o), Trial: t}
	main := s.MainJobs(t, m, outcomes, o)
	c := CheckedColumn{Variant: Variant{ID: MainVariant, Label: "Main analysis"}, Checked: main}
	c.Patients, c.Units = CountPopulation(t, nil)
	r.Columns = append(r.Columns, c)
	for _, j := range s.ShiftJobs(main) {
		r.Shifts = append(r.Shifts, PlanShift(j, m, s.Shift))
	}
	return r
}

// AddVariant plans one variant more.
func (r *SensitivityRun) AddVariant(v Variant, m trial.Mapping, allocated []int32) {
	for !r.PlanSome(v, m, allocated, len(r.Columns[0].Checked)) {
	}
}

// PlanSome plans a variant, or goes on with it, for n outcomes at most, and
// reports whether all are planned.
func (r *SensitivityRun) PlanSome(v Variant, m trial.Mapping, allocated []int32, n int) bool {
	main := r.Columns[0].Checked
	last := len(r.Columns) - 1
	if r.Columns[last].Variant.ID != v.ID {
		r.Columns, last = append(r.Columns, CheckedColumn{Variant: v}), last+1
	}
	c := &r.Columns[last]
	from := len(c.Checked)
	c.Checked = append(c.Checked, PlanVariant(main[from:min(from+n, len(main))], v, r.Trial, m, allocated)...)
	for _, x := range c.Checked {
		if x.Job != nil && c.Patients == 0 {
			c.Patients, c.Units = CountPopulation(r.Trial, x.Job.Rows)
		}
	}
	return len(c.Checked) >= len(main)
}

// Start begins every job, going on from what before and kept hold of the same
// numbers.
func (r *SensitivityRun) Start(before []*Progress, shifts []*Shifted, kept Keeping) {
	settled := append(slices.Clone(kept.Checked), kept.Outcomes...)
	for k := range r.Columns {
		c := &r.Columns[k]
		c.All = make([]*Progress, len(c.Checked))
		for i, x := range c.Checked {
			if x.Job != nil {
				c.All[i] = StartAll([]*Job{x.Job}, r.Options, before, settled)[0]
			}
		}
	}
	for _, x := range r.Shifts {
		for _, old := range kept.Shifts {
			if old.Key == x.Key && x.Curve != nil {
				x.Batches = old.Batches
			}
		}
		for _, old := range shifts {
			if old.Key == x.Key && x.Curve != nil && old.Err == "" {
				x.Batches = old.Batches
			}
		}
	}
}

// Progresses are all jobs that can be run, in order.
func (r *SensitivityRun) Progresses() []*Progress {
	var out []*Progress
	for _, c := range r.Columns {
		for _, p := range c.All {
			if p != nil {
				out = append(out, p)
			}
		}
	}
	return out
}

// Done counts what has come back: models and imputations.
func (r *SensitivityRun) Done() (done, target int) {
	for _, p := range r.Progresses() {
		target += 1 + p.Target
		done += p.Done()
		if p.Err != "" {
			done += 1 + p.Target - p.Done()
		} else if p.Fit != nil {
			done++
		}
	}
	for _, x := range r.Shifts {
		target += x.Target
		done += x.Done()
	}
	return done, target
}

// Done counts the imputations that have come back; of what cannot be imputed
// all.
func (x *Shifted) Done() int {
	if x.Err != "" {
		return x.Target
	}
	n := 0
	for _, b := range x.Batches {
		n += b.N
	}
	return n
}

// Missing are the imputations not yet back, one after the other.
func (x *Shifted) Missing() []int {
	if x.Curve == nil || x.Err != "" {
		return nil
	}
	have := make([]bool, x.Target)
	for _, b := range x.Batches {
		for k := b.From; k < min(b.From+b.N, x.Target); k++ {
			have[k] = true
		}
	}
	var out []int
	for k, yes := range have {
		if !yes {
			out = append(out, k)
		}
	}
	return out
}

// SensitivityResult is every number of the sensitivity tables.
type SensitivityResult struct {
	Arms      [2]string
	Options   Options
	Bootstrap bool
	Columns   []SensitivityColumn // the main analysis first
	Outcomes  []SensitivityOutcome
	Shifts    []ShiftResult
}

// SensitivityColumn is a variant with how many people it is of.
type SensitivityColumn struct {
	Variant         Variant
	Patients, Units int
}

// SensitivityOutcome is one outcome under every variant, the columns' order.
type SensitivityOutcome struct {
	Outcome Outcome
	Visits  []trial.Visit // follow-ups of the main analysis
	Rows    []SensitivityRow
}

// SensitivityRow is one variant of one outcome: a cell for each visit.
type SensitivityRow struct {
	Result OutcomeResult
	Same   bool   // it is the main analysis again
	Why    string // there is no analysis: the reason
	Cells  []SensitivityCell
}

// SensitivityCell is one contrast. Moved and Crossed say how it differs from
// the main result: by more than one of its standard errors, and with P on the
// other side of 0.05.
type SensitivityCell struct {
	Shown
	Moved, Crossed bool
}

// ShiftResult is one outcome at one visit over the shifts.
type ShiftResult struct {
	Outcome      Outcome
	Visit        trial.Visit
	Arm          string
	Main         Shown // model-based
	Points       []impute.Point
	Tip          float64 // the shift at which P reaches 0.05; NaN for none
	Drawn, Moved int
	Without      int
	Done, Target int
	Imputed      float64 // share of the variance due to the missing answers, at no shift
	Err          string
	Stopped      bool
}

// Settled reports a curve that will not move any more.
func (s ShiftResult) Settled() bool { return s.Done >= s.Target }

// AssembleSensitivity gathers what has come so far.
func AssembleSensitivity(r *SensitivityRun) *SensitivityResult {
	out := &SensitivityResult{Arms: r.Trial.Arms, Options: r.Options, Bootstrap: r.Options.Resample != "none"}
	for _, c := range r.Columns {
		out.Columns = append(out.Columns, SensitivityColumn{c.Variant, c.Patients, c.Units})
	}
	for i := range r.Columns[0].Checked {
		out.Outcomes = append(out.Outcomes, r.outcome(i))
	}
	for _, x := range r.Shifts {
		out.Shifts = append(out.Shifts, x.results(r.mainShown(x.Main))...)
	}
	return out
}

func (r *SensitivityRun) outcome(i int) SensitivityOutcome {
	main := r.Columns[0].Checked[i].Job
	out := SensitivityOutcome{Outcome: main.Outcome}
	for _, v := range main.Visits {
		if !v.Baseline {
			out.Visits = append(out.Visits, v.Visit)
		}
	}
	for _, c := range r.Columns {
		row := SensitivityRow{Same: c.Checked[i].Same, Why: c.Checked[i].Why, Cells: make([]SensitivityCell, len(out.Visits))}
		if p := c.All[i]; p != nil {
			p.Summarise()
			row.Result = p.result(r.Options.Interval)
			if row.Why == "" {
				row.Why = p.Err
			}
		}
		for k, visit := range out.Visits {
			row.Cells[k].Shown = row.Result.at(visit.Code, r.Options.Interval)
			if len(out.Rows) > 0 && !row.Same {
				row.Cells[k].compare(out.Rows[0].Cells[k].Shown)
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// at is the contrast at a visit; NaN where there is none.
func (o *OutcomeResult) at(code, interval string) Shown {
	for _, v := range o.Visits {
		if v.Visit.Code == code {
			return v.Shown(interval)
		}
	}
	return VisitResult{}.Shown(interval)
}

func (c *SensitivityCell) compare(main Shown) {
	if math.IsNaN(c.Estimate) || math.IsNaN(main.Estimate) {
		return
	}
	c.Moved = math.Abs(c.Estimate-main.Estimate) > main.SE
	c.Crossed = !math.IsNaN(c.P) && !math.IsNaN(main.P) && (c.P < 0.05) != (main.P < 0.05)
}

// mainShown is the model-based contrast of a main job at every visit.
func (r *SensitivityRun) mainShown(j *Job) map[string]Shown {
	out := map[string]Shown{}
	for i, c := range r.Columns[0].Checked {
		if p := r.Columns[0].All[i]; c.Job == j && p != nil {
			for k, at := range j.At {
				if k < len(p.Contrasts) {
					v := VisitResult{Model: &p.Contrasts[k]}
					out[j.Visits[at].Visit.Code] = v.Shown("normal")
				}
			}
		}
	}
	return out
}

func (x *Shifted) results(main map[string]Shown) []ShiftResult {
	base := ShiftResult{Outcome: x.Main.Outcome, Arm: x.Arm, Drawn: x.Drawn, Moved: x.Moved, Without: x.Without, Done: x.Done(), Target: x.Target, Err: x.Err, Stopped: x.Stopped, Tip: nan(), Imputed: nan()}
	if x.Curve == nil || x.Err != "" {
		return []ShiftResult{base}
	}
	var out []ShiftResult
	for k, visit := range x.Visits {
		r := base
		r.Visit = visit
		r.Main = VisitResult{}.Shown("")
		if s, ok := main[visit.Code]; ok {
			r.Main = s
		}
		r.Points = x.Curve.Points(x.Batches, k)
		r.Tip = impute.TippingPoint(r.Points, 0.05)
		for _, p := range r.Points {
			if p.Delta == 0 {
				r.Imputed = p.Missing
			}
		}
		out = append(out, r)
	}
	return out
}

// RunSensitivity is the headless road: the same jobs through the same
// functions, on all processors. The numbers do not depend on how many there are.
func RunSensitivity(r *SensitivityRun) *SensitivityResult {
	r.Start(nil, nil, Keeping{})
	gate := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	start := func(do func()) {
		wg.Add(1)
		gate <- struct{}{}
		go func() {
			defer func() { <-gate; wg.Done() }()
			do()
		}()
	}
	for _, p := range r.Progresses() {
		if p.Job.Boot != nil {
			start(func() { p.run(r.Options) })
		}
	}
	for _, x := range r.Shifts {
		if x.Curve != nil {
			start(x.run)
		}
	}
	wg.Wait()
	return AssembleSensitivity(r)
}

func (x *Shifted) run() {
	m, err := impute.New(&x.Curve.Job)
	if err != nil {
		x.Err = err.Error()
		return
	}
	x.Batches = []*impute.Batch{m.Batch(0, x.Target, x.Curve.Deltas)}
}
