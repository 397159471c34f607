package analysis

import (
	"fmt"
	"slices"
	"strings"

	"trialbox/app/trial"
	"trialbox/stats/boot"
	"trialbox/stats/formula"
)

// modelForm is a model as it will be fitted: what was asked for, less what the data
// of this outcome cannot carry.
type modelForm struct {
	j          *Job
	t          *trial.Trial
	names      names
	covariates []trial.Covariate
	at         []int // visits modelled, indices into Job.Visits
	rows       []int // of the trial
	model      string
	baseline   string // "", "clda" or "ancova"
	own        string // ANCOVA: the outcome at baseline
}

// form settles the model and says where it differs from what was asked for.
func (j *Job) form(t *trial.Trial, m trial.Mapping) *modelForm {
	d := &modelForm{j: j, t: t, names: namesOf(m), covariates: j.Covariates, model: j.Options.Model, baseline: j.Options.Baseline}
	for v := range j.Visits {
		d.at = append(d.at, v)
	}
	note := func(format string, args ...any) { j.Warnings = append(j.Warnings, fmt.Sprintf(format, args...)) }
	measured := j.Visits[0].Baseline
	if !measured {
		d.baseline = "" // there is none to treat in another way
	}
	if d.baseline == "ancova" && t.Variable(j.Outcome.Variable).Words {
		note("A baseline in words is no covariate; it stays in the outcome vector.")
		d.baseline = ""
	}
	if d.baseline == "ancova" {
		d.at = d.at[1:]
		d.own = covariateName(t, trial.Covariate{Column: j.Outcome.Variable, Baseline: true})
	}
	for k, c := range d.covariates {
		switch {
		case !c.Baseline || c.Column != j.Outcome.Variable || !measured:
		case d.baseline == "ancova":
			d.covariates = slices.Delete(slices.Clone(d.covariates), k, k+1)
		default:
			note("The outcome's own baseline value is both an outcome row and a covariate here, as in the model paper; read the difference as adjusted for it twice. Baseline as a covariate (ANCOVA) is among the options.")
		}
		if d.baseline == "ancova" && len(d.covariates) < len(j.Covariates) {
			break
		}
	}
	d.rows = j.usableRows(t, d.at)
	d.settleRandom(note)
	return d
}

// settleRandom leaves out random effects that the rows cannot tell apart.
func (d *modelForm) settleRandom(note func(string, ...any)) {
	several := repeated(d.t.Patient, d.rows)
	switch {
	case d.j.Outcome.Logit() && d.model != "unit":
		d.model = "unit/patient"
	case (d.model == "slope" || d.model == "slope-independent") && len(d.at) < 3:
		note("With fewer than three visits a patient's slope cannot be told from the residual; the model has random intercepts.")
		d.model = "unit/patient"
	case (d.model == "unit-visit" || d.model == "mmrm") && len(d.at) < 2:
		d.model = "unit/patient"
	}
	if d.model != "unit" && !several {
		note("Every patient has one answer, so a patient effect cannot be told from the residual; the model has the unit effect only.")
		d.model = "unit"
	}
}

// variables are the trial's variables in the model.
func (d *modelForm) variables() []string {
	v := []string{d.j.Outcome.Variable, d.names.arm, d.names.visit, d.names.unit, d.names.patient}
	if d.own != "" {
		v = append(v, d.own)
	}
	for _, c := range d.covariates {
		v = append(v, covariateName(d.t, c))
	}
	return v
}

// formula writes the model in lme4's form, with the residual covariance of an
// MMRM as us().
func (d *modelForm) formula() string {
	var b strings.Builder
	visit := formula.Name(d.names.visit)
	b.WriteString(formula.Name(d.j.Outcome.Variable) + " ~ ")
	switch {
	case d.baseline == "clda" && len(d.at) > 1:
		b.WriteString("factor(" + visit + ")")
		for _, v := range d.at {
			if !d.j.Visits[v].Baseline {
				b.WriteString(" + " + d.at1(v))
			}
		}
	case len(d.at) > 1:
		b.WriteString(d.arm() + "*factor(" + visit + ")")
	default:
		b.WriteString(d.arm())
	}
	if d.own != "" {
		b.WriteString(" + " + formula.Name(d.own))
	}
	for _, c := range d.covariates {
		name := formula.Name(covariateName(d.t, c))
		if c.Factor {
			name = "factor(" + name + ")"
		}
		b.WriteString(" + " + name)
	}
	return b.String() + d.random()
}

func (d *modelForm) random() string {
	unit, patient, visit := formula.Name(d.names.unit), formula.Name(d.names.patient), formula.Name(d.names.visit)
	switch d.model {
	case "unit":
		return " + (1|" + unit + ")"
	case "slope":
		return " + (1|" + unit + ") + (1 + " + visit + "|" + patient + ")"
	case "slope-independent":
		return " + (1|" + unit + ") + (1|" + patient + ") + (0 + " + visit + "|" + patient + ")"
	case "unit-visit":
		return " + (1|" + unit + "/" + patient + ") + (1|" + unit + ":" + visit + ")"
	case "mmrm":
		return " + (1|" + unit + ") + us(" + visit + "|" + patient + ")"
	}
	return " + (1|" + unit + "/" + patient + ")"
}

// arm makes the control arm the reference, whatever the labels are: R takes
// the first by code point, so relevel is written only where needed.
func (d *modelForm) arm() string {
	name := formula.Name(d.names.arm)
	if d.t.Arms[0] < d.t.Arms[1] {
		return name
	}
	return "relevel(" + name + ", " + formula.Text(d.t.Arms[0]) + ")"
}

// at1 is one in the intervention arm at a visit: the term of a constrained
// baseline.
func (d *modelForm) at1(v int) string {
	return "I(" + formula.Name(d.names.arm) + " == " + formula.Text(d.t.Arms[1]) + " & " + formula.Name(d.names.visit) + " == " + formatCode(d.j.Visits[v].Visit.Months) + ")"
}

// contrast is the difference between the arms at a visit: arm + arm:visit, arm
// alone at the first visit of the model, or the visit's own term of a
// constrained baseline.
func (d *modelForm) contrast(terms []string, v int) (boot.Contrast, error) {
	visit := d.j.Visits[v].Visit
	c := boot.Contrast{Name: visit.Code, L: make([]float64, len(terms))}
	var want []string
	if d.baseline == "clda" && len(d.at) > 1 {
		want = []string{d.at1(v) + "TRUE"}
	} else {
		want = []string{d.arm() + d.t.Arms[1]}
		if v != d.at[0] {
			want = append(want, want[0]+":factor("+formula.Name(d.names.visit)+")"+formatCode(visit.Months))
		}
	}
	for _, term := range want {
		k := slices.Index(terms, term)
		if k < 0 {
			return c, fmt.Errorf("the difference between the arms at %s cannot be estimated: a covariate stands for the same thing as the arm there", visit.Label)
		}
		c.L[k] = 1
	}
	return c, nil
}

// words says the model in a sentence, for the footnote and the methods.
func (d *modelForm) words() string {
	var b strings.Builder
	o := d.j.Options
	effects := map[string]string{"unit": "random intercept for unit", "unit/patient": "random intercepts for unit and patient",
		"slope": "random intercepts for unit and patient and a patient slope over time", "slope-independent": "random intercepts for unit and patient and an independent patient slope over time",
		"unit-visit": "random intercepts for unit, patient and unit by visit", "mmrm": "a random intercept for unit and unstructured covariance of a patient's visits"}[d.model]
	switch {
	case d.j.Outcome.Logit():
		b.WriteString(map[bool]string{true: "Ordinal", false: "Binary"}[d.j.Outcome.Is(Ordinal)] + " logistic mixed model with " + effects + ", maximum likelihood by ")
		switch {
		case o.Integration == "laplace":
			b.WriteString("Laplace’s approximation")
		case o.Nodes > 0:
			fmt.Fprintf(&b, "adaptive quadrature with %d points", o.Nodes)
		default:
			b.WriteString("adaptive quadrature")
		}
	default:
		b.WriteString("Linear mixed model with " + effects + ", " + strings.ToUpper(o.Method))
	}
	b.WriteString(", all available data")
	switch {
	case d.baseline == "ancova":
		b.WriteString(", follow-up visits with the outcome at baseline as a covariate")
	case d.baseline == "clda":
		b.WriteString(", baseline in the outcome vector and constrained to be equal between the arms")
	case len(d.at) > 1 && d.j.Visits[d.at[0]].Baseline:
		b.WriteString(", baseline in the outcome vector")
	}
	if len(d.at) > 1 {
		b.WriteString(", visit as a factor")
	}
	if len(d.covariates) == 0 {
		return b.String() + "; no covariates"
	}
	var labels []string
	for _, c := range d.covariates {
		labels = append(labels, covariateTitle(c))
	}
	return b.String() + "; covariates " + andList(labels)
}
