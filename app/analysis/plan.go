package analysis

import (
	"fmt"
	"hash/fnv"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/pack"
	"trialbox/app/trial"
	"trialbox/stats/boot"
	"trialbox/stats/formula"
	"trialbox/stats/logit"
	"trialbox/stats/mixed"
)

// Spec is one analysis of one outcome: all that its job depends on beside the
// trial. The tables have one of each outcome; another model, other covariates
// or other rows of the same outcome are other Specs.
type Spec struct {
	Outcome     Outcome
	ResponderOf string  // the outcome is improvement of this variable
	Options     Options // the outcome's own choices in place; what only the display needs is empty
	Covariates  []trial.Covariate
	Rows        []bool // of the trial; nil = all
}

// Job is one outcome ready to run: what the screen can show before anything is
// fitted, and the boot.Job that a worker runs.
type Job struct {
	Spec
	Key        string // names the numbers: two jobs of one key have the same
	Formula    string
	Words      string
	Adjusted   bool // covariates are in the model
	N          int
	Dropped    int
	Patients   int
	Units      int
	Visits     []VisitResult
	Categories []string // of a binary outcome the event is the second; nil for means
	Better     string   // "lower", "higher" or ""
	Warnings   []string
	Err        string    // why the outcome cannot be run, a sentence; Boot is nil
	Boot       *boot.Job // its contrasts are those of the visits At
	At         []int

	trial *trial.Trial
	y     *answers
}

// Specs are the analyses the tables are made of, in the order of the recipe.
func Specs(m trial.Mapping, outcomes []Outcome, o Options) []Spec {
	var specs []Spec
	for _, outcome := range outcomes {
		if !outcome.Chosen {
			continue
		}
		s := Spec{Outcome: outcome, Options: o.with(outcome.Own), Covariates: m.Covariates}
		if outcome.Own.OwnCovariates {
			s.Covariates = outcome.Own.Covariates
		}
		s.Options.Interval, s.Options.Multiplicity, s.Options.Family, s.Options.EffectSize = "", "", "", ""
		s.Options.Replicates, s.Options.LogitReplicates = 0, 0
		specs = append(specs, s.settled())
		if outcome.Responders && outcome.Important > 0 && !outcome.Logit() {
			specs = append(specs, s.responders())
		}
	}
	return specs
}

// settled is the analysis with what its standard error asks for: Kenward and Roger's is of a REML
// fit.
func (s Spec) settled() Spec {
	if s.Options.analytic() == boot.KenwardRogerT && !s.Outcome.Logit() {
		s.Options.Method = "reml"
	}
	return s
}

// responders is the share that improved by the important change, as a binary
// outcome of its own.
func (s Spec) responders() Spec {
	o := s.Outcome
	s.ResponderOf = o.Variable
	s.Outcome = Outcome{Variable: o.Variable + "_responder", Label: fmt.Sprintf("%s: improved by %s or more", o.Label, numberText(o.Important)),
		Kind: Binary, Chosen: true, Better: o.Better, Important: o.Important, Visits: o.Visits}
	return s
}

// Plan builds one job for every chosen outcome, in order. An outcome that
// cannot be run keeps its row with the reason and never stops the others.
func Plan(t *trial.Trial, m trial.Mapping, outcomes []Outcome, o Options) []*Job {
	return Replan(nil, t, m, outcomes, o)
}

// Replan is Plan that takes over the jobs of before that nothing has changed
// for.
func Replan(before []*Job, t *trial.Trial, m trial.Mapping, outcomes []Outcome, o Options) []*Job {
	var jobs []*Job
	for _, s := range Specs(m, outcomes, o) {
		k := slices.IndexFunc(before, func(j *Job) bool { return j.trial == t && reflect.DeepEqual(j.Spec, s) })
		if k >= 0 {
			jobs = append(jobs, before[k])
			continue
		}
		jobs = append(jobs, PlanOne(t, m, s))
	}
	return jobs
}

// PlanOne builds the job of one analysis.
func PlanOne(t *trial.Trial, m trial.Mapping, s Spec) *Job {
	j := &Job{Spec: s, trial: t}
	if err := j.plan(t, m); err != nil {
		j.Err = err.Error()
		j.Boot = nil
	}
	return j
}

func (j *Job) plan(t *trial.Trial, m trial.Mapping) error {
	var err error
	if j.y, err = answersOf(t, j.Outcome, j.ResponderOf); err != nil {
		return err
	}
	j.Categories = j.y.categories
	if j.Better = j.Outcome.Better; j.Better == "" || j.ResponderOf != "" {
		j.Better = j.y.better
	}
	if err := j.describe(t); err != nil {
		return err
	}
	d := j.form(t, m)
	j.Formula = d.formula()
	j.Adjusted = len(d.covariates) > 0
	j.Words = d.words()
	return j.build(t, d)
}

// describe fills Visits with the raw figures of both arms, and leaves out
// visits at which an arm has no answer, saying so.
func (j *Job) describe(t *trial.Trial) error {
	total := 0
	for v, visit := range t.Visits {
		if len(j.Outcome.Visits) > 0 && !slices.Contains(j.Outcome.Visits, visit.Code) || j.ResponderOf != "" && v == 0 {
			continue
		}
		var arms [2]Describe
		for a := range arms {
			arms[a] = describe(t, j.y, j.Rows, int32(v), int32(a))
		}
		n := arms[0].N + arms[1].N
		total += n
		switch {
		case n == 0:
			if rowsAt(t, int32(v)) > 0 && !j.Outcome.Logit() {
				j.Warnings = append(j.Warnings, fmt.Sprintf("At %s there is no answer.", visit.Label))
			}
		case arms[0].N == 0 || arms[1].N == 0:
			empty := t.Arms[0]
			if arms[1].N == 0 {
				empty = t.Arms[1]
			}
			j.Warnings = append(j.Warnings, fmt.Sprintf("At %s the %s arm has no answer; that visit is left out.", visit.Label, empty))
		default:
			j.Visits = append(j.Visits, VisitResult{Visit: visit, Arms: arms, Baseline: len(t.Visits) > 1 && v == 0})
		}
	}
	switch {
	case total == 0:
		return fmt.Errorf("every value of %s is missing", j.Outcome.Variable)
	case len(j.Visits) == 0:
		return fmt.Errorf("there is no visit at which both arms have an answer to %s, so the arms cannot be compared", j.Outcome.Variable)
	case len(j.Visits) == 1 && j.Visits[0].Baseline:
		return fmt.Errorf("%s was answered at %s only; there is no follow-up to compare", j.Outcome.Variable, j.Visits[0].Visit.Label)
	}
	return nil
}

// rowsAt counts the rows of a visit, whatever they answer.
func rowsAt(t *trial.Trial, visit int32) int {
	n := 0
	for _, v := range t.Visit {
		if v == visit {
			n++
		}
	}
	return n
}

// usableRows are those of the visits modelled, with an answer.
func (j *Job) usableRows(t *trial.Trial, at []int) []int {
	kept := map[string]bool{}
	for _, v := range at {
		kept[j.Visits[v].Visit.Code] = true
	}
	var rows []int
	for i := range t.Rows {
		if !math.IsNaN(j.y.num[i]) && t.Visit[i] >= 0 && kept[t.Visits[t.Visit[i]].Code] && (j.Rows == nil || j.Rows[i]) {
			rows = append(rows, i)
		}
	}
	return rows
}

// repeated reports whether any patient stands in two of the rows.
func repeated(patient []int32, rows []int) bool {
	seen := make(map[int32]bool, len(rows))
	for _, r := range rows {
		if seen[patient[r]] {
			return true
		}
		seen[patient[r]] = true
	}
	return false
}

// build makes the design and the contrast of every visit.
func (j *Job) build(t *trial.Trial, d *modelForm) error {
	f, err := formula.Parse(j.Formula)
	if err != nil {
		return err
	}
	design, opt, err := j.design(t, f, d)
	if err != nil {
		return err
	}
	j.N, j.Dropped = len(design.Y), design.Dropped
	j.Units, j.Patients = len(design.Groups[0].Levels), countPatients(t, design.SourceRow, d.rows)
	o := j.Options
	job := &boot.Job{Design: *design, Method: o.method(), Seed: o.Seed, Logit: opt, Marginal: opt != nil}
	for _, v := range d.at {
		if d.baseline == "clda" && j.Visits[v].Baseline {
			continue
		}
		c, err := d.contrast(design.Terms, v)
		if err != nil {
			return err
		}
		job.Contrasts = append(job.Contrasts, c)
		j.At = append(j.At, v)
	}
	strata, perArm := unitArms(t, design.SourceRow, design.Groups[0].Of, j.Units, d.rows)
	if err := enoughUnits(t, perArm); err != nil {
		return err
	}
	scheme, byArm := o.scheme()
	if job.Scheme = scheme; byArm {
		job.Strata = strata
		for a, n := range perArm {
			if n == 1 && scheme != boot.Patients {
				j.Warnings = append(j.Warnings, fmt.Sprintf("The %s arm has one unit in this model; resampling within arm always draws it, so the bootstrap does not see its variation.", t.Arms[a]))
			}
		}
	}
	if by := o.analytic(); by != "" && opt == nil {
		job.Scheme, job.By = boot.Analytic, by
	}
	j.Boot = job
	j.Key = keyOf(job)
	return nil
}

// frame is the rows and columns of the model.
func (j *Job) frame(t *trial.Trial, d *modelForm) *formula.Frame {
	frame := subset(t.Frame(d.variables()), d.rows)
	if j.y.made {
		y := formula.Column{Name: j.Outcome.Variable}
		for _, r := range d.rows {
			y.Num = append(y.Num, j.y.num[r])
		}
		frame.Columns = append(frame.Columns, y)
	}
	return frame
}

// design is the outcome and the model's columns in the rows of the job.
func (j *Job) design(t *trial.Trial, f *formula.Formula, d *modelForm) (*mixed.Design, *logit.Options, error) {
	frame := j.frame(t, d)
	if !j.Outcome.Logit() {
		design, err := f.Build(frame)
		return design, nil, err
	}
	opt := &logit.Options{Ordinal: j.Outcome.Is(Ordinal), Laplace: j.Options.Integration == "laplace", Nodes: j.Options.Nodes}
	if opt.Laplace {
		opt.Nodes = 0
	}
	design, names, err := f.BuildCategories(frame, nil, opt.Ordinal, j.y.levels)
	opt.Levels = names
	return design, opt, err
}

// keyOf is a hash of everything the numbers depend on.
func keyOf(job any) string {
	h := fnv.New128a()
	h.Write(pack.Encode(job))
	return fmt.Sprintf("%x", h.Sum(nil))
}

// NameOf is a short name of plain values: another for other values.
func NameOf(values ...any) string {
	var all string
	for _, v := range values {
		all += keyOf(v)
	}
	return keyOf(all)
}

func formatCode(months float64) string { return strconv.FormatFloat(months, 'g', 15, 64) }

// subset takes rows out of a frame.
func subset(f *formula.Frame, rows []int) *formula.Frame {
	out := &formula.Frame{Rows: len(rows), Columns: make([]formula.Column, len(f.Columns))}
	for i, c := range f.Columns {
		d := formula.Column{Name: c.Name, IsText: c.IsText}
		if c.IsText {
			d.Text = make([]string, len(rows))
			for k, r := range rows {
				d.Text[k] = c.Text[r]
			}
		} else {
			d.Num = make([]float64, len(rows))
			for k, r := range rows {
				d.Num[k] = c.Num[r]
			}
		}
		out.Columns[i] = d
	}
	return out
}

// countPatients counts the patients behind the model's rows.
func countPatients(t *trial.Trial, source []int32, rows []int) int {
	seen := map[int32]bool{}
	for _, s := range source {
		seen[t.Patient[rows[s]]] = true
	}
	return len(seen)
}

// unitArms gives every unit of the model its arm, and the number of units an
// arm has in the model.
func unitArms(t *trial.Trial, source, unitOf []int32, units int, rows []int) (strata []int32, perArm [2]int) {
	strata = make([]int32, units)
	for i := range strata {
		strata[i] = -1
	}
	for k, s := range source {
		if strata[unitOf[k]] < 0 {
			a := t.Arm[rows[s]]
			strata[unitOf[k]] = a
			perArm[a]++
		}
	}
	return strata, perArm
}

// enoughUnits refuses what no standard error can be had for: with one unit in
// each arm, arm and unit are the same thing.
func enoughUnits(t *trial.Trial, perArm [2]int) error {
	for a, n := range perArm {
		if n == 0 {
			return fmt.Errorf("no patient of the %s arm has all of the model's variables", t.Arms[a])
		}
	}
	if perArm[0]+perArm[1] < 3 {
		return fmt.Errorf("each arm has one unit, so the difference between arms cannot be told from the difference between units; more units are needed")
	}
	return nil
}

func andList(s []string) string {
	if len(s) < 2 {
		return strings.Join(s, "")
	}
	return strings.Join(s[:len(s)-1], ", ") + " and " + s[len(s)-1]
}
