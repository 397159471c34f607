package analysis

import (
	"fmt"
	"slices"
	"strings"

	"trialbox/app/trial"
	"trialbox/stats/boot"
	"trialbox/stats/formula"
)

// What the model page shows beside the numbers of the tables: the words of a
// model's terms, its warnings in plain words, the answers its figures are drawn
// from. What stands behind the fit itself is boot.Diagnosis.

// Answers are the outcome's answers, one for each row of the trial, NaN where
// missing: numbers, or for a binary or ordinal outcome indices of categories.
// nil when the outcome could not be read.
func (j *Job) Answers() []float64 {
	if j.y == nil {
		return nil
	}
	return j.y.num
}

// Replicates are one contrast's values; nil where the replicates themselves
// are not here (a kept project holds their summary only).
func (p *Progress) Replicates(contrast int) []float64 {
	if p.Fit == nil || len(p.Batches) == 0 {
		return nil
	}
	return boot.Values(p.Job.Boot, p.Fit, p.Batches, contrast)
}

// TermWords says a term of the model in words: "Intervention × 12 months".
func (j *Job) TermWords(m trial.Mapping, term string) string {
	if term == "(Intercept)" {
		return "Intercept"
	}
	n := namesOf(m)
	arms := j.trial.Arms
	armTerms := []string{formula.Name(n.arm) + arms[1], "relevel(" + formula.Name(n.arm) + ", " + formula.Text(arms[0]) + ")" + arms[1]}
	visit := "factor(" + formula.Name(n.visit) + ")"
	part := func(s string) string {
		if slices.Contains(armTerms, s) {
			return upperFirst(arms[1])
		}
		for _, v := range j.trial.Visits {
			if s == visit+formatCode(v.Months) {
				return v.Label
			}
			if s == "I("+formula.Name(n.arm)+" == "+formula.Text(arms[1])+" & "+formula.Name(n.visit)+" == "+formatCode(v.Months)+")TRUE" {
				return upperFirst(arms[1]) + " × " + v.Label
			}
		}
		for _, c := range j.Covariates {
			name, title := formula.Name(covariateName(j.trial, c)), upperFirst(covariateTitle(c))
			switch level, ok := strings.CutPrefix(s, "factor("+name+")"); {
			case ok:
				return title + ": " + level
			case s == name:
				return title
			case strings.HasPrefix(s, name) && j.isText(c):
				return title + ": " + strings.TrimPrefix(s, name)
			}
		}
		if name := formula.Name(covariateName(j.trial, trial.Covariate{Column: j.Outcome.Variable, Baseline: true})); s == name {
			return j.Outcome.Label + " at baseline"
		}
		return s
	}
	if left, right, ok := strings.Cut(term, ":"+visit); ok {
		return part(left) + " × " + part(visit+right)
	}
	words := part(term)
	if slices.Contains(armTerms, term) && len(j.At) > 1 && j.Boot != nil && slices.ContainsFunc(j.Boot.Design.Terms, func(s string) bool { return strings.HasPrefix(s, term+":") }) {
		words += ", " + j.Visits[j.At[0]].Visit.Label
	}
	return words
}

func (j *Job) isText(c trial.Covariate) bool {
	v := j.trial.Variable(covariateName(j.trial, c))
	return v != nil && v.Words
}

// PlainWarnings are what a reader should know of the fit, in plain words.
func (o *OutcomeResult) PlainWarnings() []string {
	out := slices.Clone(o.Warnings)
	if o.Fit == nil {
		return out
	}
	for k, c := range o.Fit.Random {
		if c.Variance != 0 {
			continue
		}
		smaller := "the model without that effect"
		if k == 0 && len(o.Fit.Random) == 2 {
			smaller = "the two-level model"
		}
		out = append(out, fmt.Sprintf("The variance between groups of %s is estimated as zero; the result is valid and equals %s.", c.Group, smaller))
	}
	if !o.Fit.Converged {
		out = append(out, "The search for the best fit did not settle; do not use these numbers.")
	}
	if l := o.Logit; l != nil && l.Raised {
		out = append(out, fmt.Sprintf("Seven quadrature points were too few here; the fit uses %d.", l.Nodes))
	}
	return out
}

func upperFirst(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}
