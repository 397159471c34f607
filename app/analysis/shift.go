package analysis

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"trialbox/app/trial"
	"trialbox/stats/formula"
	"trialbox/stats/impute"
)

// Shift says how missing outcomes that are means are drawn from the fitted
// model and moved by a number delta before the completed data are analysed
// (package stats/impute). The zero value runs none.
type Shift struct {
	Chosen bool `json:"chosen"`
	// Arm is whose missing answers at follow-up are moved: "intervention" (also
	// "") or "both".
	Arm string `json:"arm,omitempty"`
	// Most is how far they are moved either way in the outcome's units; 0 = twice
	// its important change, or without one the standard deviation at baseline.
	Most float64 `json:"most,omitempty"`
	// Steps are the values of delta on either side of 0; 0 = 10.
	Steps int `json:"steps,omitempty"`
	// Imputations is m; 0 = 50.
	Imputations int `json:"imputations,omitempty"`
	// Outcomes are the variables it is done for; none = the primary outcome.
	Outcomes []string `json:"outcomes,omitempty"`
}

// Defaults of a shift.
const (
	shiftSteps       = 10
	shiftImputations = 50
)

func (s Shift) validate() error {
	switch {
	case s.Arm != "" && s.Arm != "intervention" && s.Arm != "both":
		return fmt.Errorf("sensitivity.shift.arm is %q; it must be intervention or both", s.Arm)
	case !(s.Most >= 0) || math.IsInf(s.Most, 0):
		return fmt.Errorf("sensitivity.shift.most is %v; the largest shift is over 0, or 0 for the proposed one", s.Most)
	case s.Steps < 0 || s.Steps > 100:
		return fmt.Errorf("sensitivity.shift.steps is %d; it must lie between 1 and 100, or be 0 for %d", s.Steps, shiftSteps)
	case s.Imputations < 0 || s.Imputations == 1 || s.Imputations > 1000:
		return fmt.Errorf("sensitivity.shift.imputations is %d; it must lie between 2 and 1000, or be 0 for %d", s.Imputations, shiftImputations)
	}
	return nil
}

// M is the number of imputations.
func (s Shift) M() int {
	if s.Imputations == 0 {
		return shiftImputations
	}
	return s.Imputations
}

// Deltas are the shifts of an outcome, by rising value, 0 among them.
func (s Shift) Deltas(main *Job) []float64 {
	most, steps := s.Most, s.Steps
	if steps == 0 {
		steps = shiftSteps
	}
	if most == 0 {
		most = 2 * main.Outcome.Important
	}
	if most == 0 && len(main.Visits) > 0 {
		a, b := main.Visits[0].Arms[0], main.Visits[0].Arms[1]
		most = max(a.SD, b.SD)
		if scale := math.Pow(10, math.Floor(math.Log10(most))); scale > 0 {
			most = math.Ceil(most/scale) * scale // a round number
		}
	}
	if !(most > 0) || math.IsInf(most, 0) {
		most = 1
	}
	var out []float64
	for k := -steps; k <= steps; k++ {
		out = append(out, most*float64(k)/float64(steps))
	}
	return out
}

// Shifted is one outcome whose missing answers are drawn and shifted.
type Shifted struct {
	Main    *Job
	Arm     string // "intervention" or "both"
	Target  int    // imputations
	Key     string
	Curve   *impute.Curve // nil where Err says why
	Visits  []trial.Visit // of the contrasts
	Drawn   int           // outcomes that are drawn
	Moved   int           // of them, shifted
	Without int           // missed visits of patients without all covariates: not drawn
	Batches []*impute.Batch
	Err     string
	Stopped bool
}

// PlanShift builds the imputations of an outcome's main job.
func PlanShift(main *Job, m trial.Mapping, s Shift) *Shifted {
	x := &Shifted{Main: main, Target: s.M(), Arm: s.Arm}
	if x.Arm == "" {
		x.Arm = "intervention"
	}
	if err := x.plan(m, s); err != nil {
		x.Err, x.Curve = err.Error(), nil
	}
	return x
}

// ShiftJobs are the main jobs whose missing outcomes are to be shifted.
func (s *Sensitivity) ShiftJobs(main []Checked) []*Job {
	var out []*Job
	if !s.Shift.Chosen {
		return nil
	}
	for _, c := range main {
		in := c.Job.Outcome.Primary
		if len(s.Shift.Outcomes) > 0 {
			in = slices.Contains(s.Shift.Outcomes, c.Job.Outcome.Variable)
		}
		if in {
			out = append(out, c.Job)
		}
	}
	if out == nil && len(s.Shift.Outcomes) == 0 { // no primary outcome
		for _, c := range main {
			if !c.Job.Outcome.Logit() {
				return []*Job{c.Job}
			}
		}
	}
	return out
}

func (x *Shifted) plan(m trial.Mapping, s Shift) error {
	switch {
	case x.Main.Err != "":
		return errors.New(x.Main.Err)
	case x.Main.Outcome.Logit():
		return errors.New("missing answers are drawn for outcomes that are means only")
	}
	t := x.Main.trial
	scratch := *x.Main // form adds remarks, which the main job has already
	d := scratch.form(t, m)
	if d.model != "unit/patient" && d.model != "unit" { // stats/impute knows no others
		return errors.New("missing answers are drawn from models with random intercepts of unit and patient; choose one of these as the main model")
	}
	f, err := formula.Parse(d.formula())
	if err != nil {
		return err
	}
	frame, of := everyVisit(t, d)
	design, err := f.Build(frame)
	if err != nil {
		return err
	}
	job := impute.Job{Design: *design, Missing: make([]bool, len(design.Y)), Shifted: make([]bool, len(design.Y)), Method: x.Main.Options.method(), Seed: x.Main.Options.Seed}
	first := len(t.Visits) > 0 && x.Main.Visits[0].Baseline
	kept := 0
	for i, row := range design.SourceRow {
		r := of[row]
		if !r.missing {
			continue
		}
		kept++
		job.Missing[i] = true
		job.Shifted[i] = !(first && r.visit == 0) && (x.Arm == "both" || r.arm == 1)
		if job.Shifted[i] {
			x.Moved++
		}
	}
	for _, r := range of {
		if r.missing {
			x.Without++
		}
	}
	x.Without -= kept
	x.Drawn = kept
	for _, v := range d.at {
		if x.Main.Visits[v].Baseline {
			continue
		}
		c, err := d.contrast(design.Terms, v)
		if err != nil {
			return err
		}
		job.Contrasts = append(job.Contrasts, c.L)
		x.Visits = append(x.Visits, x.Main.Visits[v].Visit)
	}
	if kept == 0 {
		return errors.New("no outcome is missing among the patients of the model, so there is nothing to shift")
	}
	x.Curve = &impute.Curve{Job: job, Deltas: s.Deltas(x.Main)}
	x.Key = "shift " + keyOf(x.Curve)
	return nil
}

// rowOf is where a row of the completed frame comes from.
type rowOf struct {
	visit, arm int32 // visit of the trial
	missing    bool
}

// everyVisit is the frame of a model with a row for every patient and visit
// modelled. A visit that a patient did not come to has the values that are the
// same on all of the patient's rows, and none of the others.
func everyVisit(t *trial.Trial, d *modelForm) (*formula.Frame, []rowOf) {
	whole := t.Frame(d.variables())
	modelled := make([]bool, len(t.Visits))
	for _, v := range d.at {
		for k := range t.Visits {
			modelled[k] = modelled[k] || t.Visits[k].Code == d.j.Visits[v].Visit.Code
		}
	}
	came := make([][]int, len(t.Patients)) // row + 1 by visit
	for p := range came {
		came[p] = make([]int, len(t.Visits))
	}
	first := make([]int, len(t.Patients))
	var rows []int
	var of []rowOf
	for i, p := range t.Patient {
		if d.j.Rows != nil && !d.j.Rows[i] {
			continue
		}
		if first[p] == 0 {
			first[p] = i + 1
		}
		if v := t.Visit[i]; modelled[v] && came[p][v] == 0 {
			came[p][v] = i + 1
			rows = append(rows, i)
			of = append(of, rowOf{v, t.Arm[i], math.IsNaN(d.j.y.num[i])})
		}
	}
	var added []int // row that a missed visit is copied from
	var at []int32
	for p := range t.Patients {
		for v := range t.Visits {
			if modelled[v] && first[p] > 0 && came[p][v] == 0 {
				added, at = append(added, first[p]-1), append(at, int32(v))
				of = append(of, rowOf{int32(v), t.Arm[first[p]-1], true})
			}
		}
	}
	frame := subset(whole, rows)
	frame.Rows += len(added)
	for k := range frame.Columns {
		c := &frame.Columns[k]
		same := constantWithin(t.Patient, &whole.Columns[k])
		for n, r := range added {
			switch {
			case c.Name == d.names.visit:
				c.Num = append(c.Num, t.Visits[at[n]].Months)
			case c.Name == d.j.Outcome.Variable:
				c.Num = append(c.Num, 0)
			case c.IsText && same[t.Patient[r]]:
				c.Text = append(c.Text, whole.Columns[k].Text[r])
			case c.IsText:
				c.Text = append(c.Text, "")
			case same[t.Patient[r]]:
				c.Num = append(c.Num, whole.Columns[k].Num[r])
			default:
				c.Num = append(c.Num, math.NaN())
			}
		}
		if c.Name == d.j.Outcome.Variable {
			c.Num = slices.Clone(c.Num)
			for i := range c.Num {
				if of[i].missing {
					c.Num[i] = 0 // not looked at
				}
			}
		}
	}
	return frame, of
}

// constantWithin tells by patient whether a column is the same on all of the
// patient's rows.
func constantWithin(patient []int32, c *formula.Column) map[int32]bool {
	first := map[int32]int{}
	same := map[int32]bool{}
	for i, p := range patient {
		k, seen := first[p]
		switch {
		case !seen:
			first[p], same[p] = i, true
		case c.IsText && c.Text[i] != c.Text[k], !c.IsText && c.Num[i] != c.Num[k] && !(math.IsNaN(c.Num[i]) && math.IsNaN(c.Num[k])):
			same[p] = false
		}
	}
	return same
}
