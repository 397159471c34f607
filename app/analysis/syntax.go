package analysis

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/trial"
)

// The analysis as syntax of other programs. Both scripts read the long form
// that report.LongCSV writes: the visits stand there by their codes, the arms
// by their labels, scores with levels by the levels' names, and what is missing
// is an empty cell. They hold names of columns and labels, never a value of a
// patient.

// syntax is a job's model as it was settled, for writing it elsewhere.
type syntax struct {
	*Job
	names      names
	covariates []trial.Covariate
	at         []int // visits modelled, indices into Job.Visits
	model      string
	baseline   string // "", "clda" or "ancova"
	own        string // ANCOVA: the outcome at baseline
}

// syntax settles the model again, without its warnings.
func (j *Job) syntax() syntax {
	c := *j
	c.Warnings = nil
	d := c.form(j.trial, j.trial.Mapping())
	return syntax{j, d.names, d.covariates, d.at, d.model, d.baseline, d.own}
}

// kindOf is what sort of model an outcome has.
func (j *Job) kindOf() string {
	switch {
	case j.Outcome.Is(Binary):
		return "binary"
	case j.Outcome.Is(Ordinal):
		return "ordinal"
	}
	return "linear"
}

// writable says why a job is left out of a script, "" for none.
func (j *Job) writable() string {
	switch {
	case j.Boot == nil:
		return j.Err
	case j.Rows != nil:
		return "it takes part of the rows"
	}
	return ""
}

// variable is one column that a script makes of the long form.
type variable struct {
	name   string
	of     string // the column it is the baseline value of; "" = a column itself
	text   bool
	levels []string // of a score: 1, 2, … are written as these
}

// variables are the covariates and the outcome's own baseline, each once.
func variablesOf(jobs []*Job) []variable {
	var out []variable
	add := func(t *trial.Trial, name string) {
		if slices.ContainsFunc(out, func(v variable) bool { return v.name == name }) {
			return
		}
		x := variable{name: name}
		if v := t.Variable(name); v != nil {
			if x.text = v.Words; !x.text {
				x.levels = v.Levels
			}
		}
		out = append(out, x)
	}
	for _, j := range jobs {
		if j.writable() != "" {
			continue
		}
		s := j.syntax()
		source := j.Outcome.Variable
		if j.ResponderOf != "" {
			source = j.ResponderOf
		}
		add(j.trial, source)
		baseline := func(of, name string) {
			add(j.trial, of)
			if !slices.Contains(j.trial.LongNames(), name) && !slices.ContainsFunc(out, func(v variable) bool { return v.name == name }) {
				x := variable{name: name, of: of}
				if v := j.trial.Variable(of); v != nil {
					x.text = v.Words
				}
				out = append(out, x)
			}
		}
		for _, c := range s.covariates {
			name := covariateName(j.trial, c)
			if name != c.Column {
				baseline(c.Column, name)
			}
			add(j.trial, name)
		}
		if s.own != "" {
			baseline(j.Outcome.Variable, s.own)
			add(j.trial, s.own) // where the data have it as a column
		}
	}
	return out
}

// Equation is the model as an equation in words.
func (j *Job) Equation() string {
	if j.Boot == nil {
		return ""
	}
	s := j.syntax()
	arm := upperFirst(j.trial.Arms[1])
	var b strings.Builder
	switch j.kindOf() {
	case "binary":
		fmt.Fprintf(&b, "logit P(%s = %s) = β₀", j.Outcome.Label, j.Categories[1])
	case "ordinal":
		fmt.Fprintf(&b, "logit P(%s ≤ c) = κ(c) − η, η =", j.Outcome.Label)
	default:
		b.WriteString(j.Outcome.Label + " = β₀")
	}
	plus := func(s string) {
		if !strings.HasSuffix(b.String(), "=") {
			b.WriteString(" +")
		}
		b.WriteString(" " + s)
	}
	reads := ""
	switch {
	case s.baseline == "clda" && len(s.at) > 1:
		plus("βₜ visit")
		plus("δₜ " + arm + " × follow-up visit")
		reads = "difference at visit t: δₜ"
	case len(s.at) > 1:
		plus("β₁ " + arm)
		plus("βₜ visit")
		plus("δₜ " + arm + " × visit")
		reads = "difference at visit t: β₁ + δₜ (δ = 0 at " + j.Visits[s.at[0]].Visit.Label + ")"
	default:
		plus("β₁ " + arm)
		reads = "difference: β₁"
	}
	if s.own != "" {
		plus("γ₀ " + j.Outcome.Label + " at baseline")
	}
	for k, c := range s.covariates {
		plus(fmt.Sprintf("γ%s %s", subscript(k+1), covariateTitle(c)))
	}
	plus(map[string]string{"unit": "u(unit)", "slope": "u(unit) + v(patient) + w(patient) × months", "slope-independent": "u(unit) + v(patient) + w(patient) × months",
		"unit-visit": "u(unit) + s(unit, visit) + v(patient)", "mmrm": "u(unit)", "unit/patient": "u(unit) + v(patient)"}[s.model])
	switch {
	case j.Outcome.Logit():
	case s.model == "mmrm":
		plus("e, correlated between the visits of a patient")
	default:
		plus("e")
	}
	return b.String() + "; " + reads + ". Random effects are normal with mean 0 and independent of each other" + map[bool]string{true: "; v and w are correlated"}[s.model == "slope"] + "."
}

func subscript(n int) string {
	return strings.Map(func(r rune) rune { return '₀' + r - '0' }, strconv.Itoa(n))
}

// noEvents are the cells of visit and arm whose answers are all alike, for a
// comment: the log odds ratio has no finite value there.
func (s syntax) noEvents() (out []string) {
	if s.kindOf() != "binary" {
		return nil
	}
	for _, at := range s.at {
		v := s.Visits[at]
		for a, d := range v.Arms {
			if n := d.Counts[1]; n == 0 || n == d.N {
				out = append(out, fmt.Sprintf("At %s %d of %d have the event in the %s arm: the log odds ratio has no finite value, and what is printed for it means nothing.", v.Visit.Label, n, d.N, s.trial.Arms[a]))
			}
		}
	}
	return out
}

// literal is a number as both languages read it.
func literal(x float64) string {
	if math.IsNaN(x) {
		return "."
	}
	return strconv.FormatFloat(x, 'g', 17, 64)
}

// comment keeps a label in its line: in Stata /* begins a comment within a
// comment and /// joins the next line to it.
func comment(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, strings.NewReplacer("*/", "* /", "/*", "/ *", "//", "/ /", "`", "'").Replace(s))
}
