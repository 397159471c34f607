package analysis

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"trialbox/app/trial"
	"trialbox/stats/boot"
	"trialbox/stats/formula"
)

// Job is one outcome ready to run: what the screen can show before anything is
// fitted, and the boot.Job that a worker runs.
type Job struct {
	Outcome  Outcome
	Key      string // names the job to the pool; changes when any number of it does
	Formula  string
	Words    string
	Adjusted bool // covariates are in the model
	N        int
	Dropped  int
	Patients int
	Units    int
	Visits   []VisitResult
	Warnings []string
	Err      string    // why the outcome cannot be run, a sentence; Boot is nil
	Boot     *boot.Job // contrasts in the order of Visits
}

// Plan builds one job for every chosen outcome, in order. An outcome that
// cannot be run keeps its row with the reason and never stops the others.
func Plan(t *trial.Trial, m trial.Mapping, outcomes []Outcome, o Options) []*Job {
	var jobs []*Job
	for _, outcome := range outcomes {
		if outcome.Chosen {
			jobs = append(jobs, planOne(t, m, outcome, o))
		}
	}
	return jobs
}

func planOne(t *trial.Trial, m trial.Mapping, outcome Outcome, o Options) *Job {
	j := &Job{Outcome: outcome}
	if err := j.plan(t, m, o); err != nil {
		j.Err = err.Error()
		j.Boot = nil
	}
	return j
}

func (j *Job) plan(t *trial.Trial, m trial.Mapping, o Options) error {
	y := t.Variable(j.Outcome.Variable)
	if y == nil {
		return fmt.Errorf("the data have no column or score %q", j.Outcome.Variable)
	}
	if y.Num == nil {
		return fmt.Errorf("%s holds words, not numbers, so it has no mean; give its answers as numbers to analyse it here", j.Outcome.Variable)
	}
	if err := j.describe(t, y.Num); err != nil {
		return err
	}
	rows := j.usableRows(t, y.Num)
	patientLevel := o.Model == "unit/patient" && repeated(t.Patient, rows)
	if o.Model == "unit/patient" && !patientLevel {
		j.Warnings = append(j.Warnings, "Every patient has one answer, so a patient effect cannot be told from the residual; the model has the unit effect only.")
	}
	covariates := m.Covariates
	for _, c := range covariates {
		if c.Baseline && c.Column == j.Outcome.Variable && j.Visits[0].Baseline {
			j.Warnings = append(j.Warnings, "The outcome's own baseline value is both an outcome row and a covariate here, as in the model paper; read the difference as adjusted for it twice.")
		}
	}
	j.Formula = j.formula(t, m, covariates, patientLevel)
	j.Adjusted = len(covariates) > 0
	j.Words = words(t, m, covariates, o, patientLevel, len(j.Visits) > 1)
	return j.build(t, m, covariates, o, rows)
}

// describe fills Visits with the raw means of both arms, and leaves out visits
// at which an arm has no answer, saying so.
func (j *Job) describe(t *trial.Trial, y []float64) error {
	total := 0
	for v, visit := range t.Visits {
		var arms [2]Describe
		for a := range arms {
			arms[a] = describe(t, y, int32(v), int32(a))
		}
		n := arms[0].N + arms[1].N
		total += n
		switch {
		case n == 0:
			if rowsAt(t, int32(v)) > 0 {
				j.Warnings = append(j.Warnings, fmt.Sprintf("At %s there is no answer.", visit.Label))
			}
		case arms[0].N == 0 || arms[1].N == 0:
			empty := t.Arms[0]
			if arms[1].N == 0 {
				empty = t.Arms[1]
			}
			j.Warnings = append(j.Warnings, fmt.Sprintf("At %s the %s arm has no answer; that visit is left out.", visit.Label, empty))
		default:
			j.Visits = append(j.Visits, VisitResult{Visit: visit, Arms: arms})
		}
	}
	if total == 0 {
		return fmt.Errorf("every value of %s is missing", j.Outcome.Variable)
	}
	if len(j.Visits) == 0 {
		return fmt.Errorf("there is no visit at which both arms have an answer to %s, so the arms cannot be compared", j.Outcome.Variable)
	}
	j.Visits[0].Baseline = len(t.Visits) > 1 && j.Visits[0].Visit == t.Visits[0]
	if len(j.Visits) == 1 && j.Visits[0].Baseline {
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

// usableRows are those of the visits kept, with an answer.
func (j *Job) usableRows(t *trial.Trial, y []float64) []int {
	kept := map[string]bool{}
	for _, v := range j.Visits {
		kept[v.Visit.Code] = true
	}
	var rows []int
	for i := range t.Rows {
		if !math.IsNaN(y[i]) && t.Visit[i] >= 0 && kept[t.Visits[t.Visit[i]].Code] {
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

func (j *Job) formula(t *trial.Trial, m trial.Mapping, covariates []trial.Covariate, patientLevel bool) string {
	n := namesOf(m)
	var b strings.Builder
	b.WriteString(quoted(j.Outcome.Variable) + " ~ " + armTerm(t, n))
	if len(j.Visits) > 1 {
		b.WriteString("*factor(" + quoted(n.visit) + ")")
	}
	for _, c := range covariates {
		name := quoted(covariateName(t, c))
		if c.Factor {
			name = "factor(" + name + ")"
		}
		b.WriteString(" + " + name)
	}
	b.WriteString(" + (1|" + quoted(n.unit))
	if patientLevel {
		b.WriteString("/" + quoted(n.patient))
	}
	return b.String() + ")"
}

// armTerm makes the control arm the reference, whatever the labels are: R
// takes the first by code point, so relevel is written only where needed.
func armTerm(t *trial.Trial, n names) string {
	name := quoted(n.arm)
	if t.Arms[0] < t.Arms[1] {
		return name
	}
	return "relevel(" + name + ", " + strconv.Quote(t.Arms[0]) + ")"
}

// build makes the design and the contrast of every visit.
func (j *Job) build(t *trial.Trial, m trial.Mapping, covariates []trial.Covariate, o Options, rows []int) error {
	n := namesOf(m)
	wanted := []string{j.Outcome.Variable, n.arm, n.visit, n.unit, n.patient}
	for _, c := range covariates {
		wanted = append(wanted, covariateName(t, c))
	}
	f, err := formula.Parse(j.Formula)
	if err != nil {
		return err
	}
	design, err := f.Build(subset(t.Frame(wanted), rows))
	if err != nil {
		return err
	}
	j.N, j.Dropped = len(design.Y), design.Dropped
	j.Units, j.Patients = len(design.Groups[0].Levels), countPatients(t, design.SourceRow, rows)
	job := &boot.Job{Design: *design, Method: o.method(), Seed: o.Seed}
	for i := range j.Visits {
		c, err := j.contrast(t, n, design.Terms, i)
		if err != nil {
			return err
		}
		job.Contrasts = append(job.Contrasts, c)
	}
	strata, perArm := unitArms(t, design.SourceRow, design.Groups[0].Of, j.Units, rows)
	if err := enoughUnits(t, perArm); err != nil {
		return err
	}
	if o.Resample == "units by arm" {
		job.Strata = strata
		for a, n := range perArm {
			if n == 1 {
				j.Warnings = append(j.Warnings, fmt.Sprintf("The %s arm has one unit in this model; resampling within arm always draws it, so the bootstrap does not see its variation.", t.Arms[a]))
			}
		}
	}
	j.Boot = job
	j.Key = fmt.Sprintf("%s|%s|%s|%s|%d", j.Formula, o.Method, o.Resample, j.Outcome.Variable, o.Seed)
	return nil
}

// contrast is arm + arm:visit: the difference between the arms at a visit.
func (j *Job) contrast(t *trial.Trial, n names, terms []string, visit int) (boot.Contrast, error) {
	arm := armTerm(t, n) + t.Arms[1]
	c := boot.Contrast{Name: j.Visits[visit].Visit.Code, L: make([]float64, len(terms))}
	found := 0
	for k, term := range terms {
		if term == arm {
			c.L[k] = 1
			found++
		}
	}
	if visit > 0 {
		want := arm + ":factor(" + quoted(n.visit) + ")" + formatCode(j.Visits[visit].Visit.Months)
		for k, term := range terms {
			if term == want {
				c.L[k] = 1
				found += 2
			}
		}
	}
	if found != 1 && !(visit > 0 && found == 3) {
		return c, fmt.Errorf("the difference between the arms at %s cannot be estimated: a covariate stands for the same thing as the arm there", j.Visits[visit].Visit.Label)
	}
	return c, nil
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

// quoted puts a name that R could not read bare into back-ticks.
func quoted(name string) string {
	for i, r := range name {
		letter := r == '.' || r == '_' && i > 0 || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 127
		if !letter && !(i > 0 && r >= '0' && r <= '9') {
			return "`" + strings.ReplaceAll(name, "`", "\\`") + "`"
		}
	}
	if name == "" {
		return "``"
	}
	return name
}

// words says the model in a sentence, for the footnote and the methods.
func words(t *trial.Trial, m trial.Mapping, covariates []trial.Covariate, o Options, patientLevel, repeated bool) string {
	var b strings.Builder
	b.WriteString("Linear mixed model with random intercept")
	if patientLevel {
		b.WriteString("s for unit and patient")
	} else {
		b.WriteString(" for unit")
	}
	b.WriteString(", " + strings.ToUpper(o.Method) + ", all available data")
	if repeated {
		b.WriteString(", baseline in the outcome vector, visit as a factor")
	}
	if len(covariates) == 0 {
		return b.String() + "; no covariates"
	}
	var labels []string
	for _, c := range covariates {
		labels = append(labels, covariateTitle(c))
	}
	return b.String() + "; covariates " + andList(labels)
}

func andList(s []string) string {
	if len(s) < 2 {
		return strings.Join(s, "")
	}
	return strings.Join(s[:len(s)-1], ", ") + " and " + s[len(s)-1]
}
