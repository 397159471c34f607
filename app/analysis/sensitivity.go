package analysis

import (
	"fmt"
	"slices"
	"strings"

	"trialbox/app/trial"
	"trialbox/stats/formula"
)

// Sensitivity is what is shown beside the main result: other people, other
// models, and missing outcomes that are shifted.
type Sensitivity struct {
	Variants []Variant `json:"variants"`
	// Outcomes are the variables looked at; none = the primary outcome and every
	// other chosen one that is a mean.
	Outcomes  []string `json:"outcomes,omitempty"`
	Bootstrap bool     `json:"bootstrap,omitempty"` // intervals as in the outcome tables, else model-based
	Shift     Shift    `json:"shift,omitzero"`
}

// Variant is one other way of analysing an outcome. What it leaves empty is as
// in the main analysis.
type Variant struct {
	ID     string `json:"id"`
	Label  string `json:"label"`
	Chosen bool   `json:"chosen"`
	// Where is a condition on the rows, in the language of -where; a column's
	// name with the months of a visit behind it is the patient's value then
	// (sbt_group_0).
	Where        string `json:"where,omitempty"`
	AsRandomised bool   `json:"as_randomised,omitempty"`
	Complete     bool   `json:"complete,omitempty"` // patients with an answer at every visit
	Own          Own    `json:"own,omitzero"`
}

// People reports a variant of other people, or of the same in another arm;
// the others are other models for the same people.
func (v Variant) People() bool { return v.Where != "" || v.AsRandomised || v.Complete }

// MainVariant is the id of the main analysis among the variants.
const MainVariant = "main"

// Validate says with its path what a recipe cannot hold, or nil.
func (s *Sensitivity) Validate() error {
	if s == nil {
		return nil
	}
	seen := map[string]bool{MainVariant: true}
	for i, v := range s.Variants {
		path := fmt.Sprintf("sensitivity.variants[%d]", i)
		switch {
		case v.ID == "":
			return fmt.Errorf("%s.id is empty", path)
		case seen[v.ID]:
			return fmt.Errorf("%s.id is %q, which another has", path, v.ID)
		case strings.TrimSpace(v.Label) == "":
			return fmt.Errorf("%s.label is empty", path)
		}
		seen[v.ID] = true
		if v.Where != "" {
			if _, err := formula.ParseCondition(v.Where); err != nil {
				return fmt.Errorf("%s.where: %w", path, err)
			}
		}
		if err := DefaultOptions().with(v.Own).Validate(); err != nil {
			return fmt.Errorf("%s.own: %w", path, err)
		}
	}
	return s.Shift.validate()
}

// Looked are the outcomes that the variants are run for, in the order of the
// tables.
func (s *Sensitivity) Looked(outcomes []Outcome) []Outcome {
	var out []Outcome
	for _, o := range outcomes {
		in := o.Primary || o.Chosen && !o.Logit()
		if len(s.Outcomes) > 0 {
			in = slices.Contains(s.Outcomes, o.Variable)
		}
		if in {
			o.Chosen, o.Responders = true, false
			out = append(out, o)
		}
	}
	return out
}

// Checked is one outcome under one variant. Job is nil, and Why says why, where
// the variant is nothing for this outcome.
type Checked struct {
	Variant Variant
	Job     *Job
	Why     string
	Same    bool // it is the main analysis again
}

// MainJobs are the jobs of the main analysis that the variants are held
// against, one an outcome looked at.
func (s *Sensitivity) MainJobs(t *trial.Trial, m trial.Mapping, outcomes []Outcome, o Options) []Checked {
	var out []Checked
	for _, j := range Plan(t, m, s.Looked(outcomes), o) {
		out = append(out, Checked{Variant: Variant{ID: MainVariant, Label: "Main analysis", Chosen: true}, Job: j})
	}
	return out
}

// PlanVariant builds the jobs of one variant, an outcome of main each.
// allocated is the arm as randomised of the trial's units by a units file, nil
// without one.
func PlanVariant(main []Checked, v Variant, t *trial.Trial, m trial.Mapping, allocated []int32) []Checked {
	people, err := v.people(t, allocated)
	var out []Checked
	for _, c := range main {
		x := Checked{Variant: v}
		switch {
		case err != nil:
			x.Why = err.Error()
		case c.Job.Err != "":
			x.Why = c.Job.Err
		default:
			if x.Why = v.unfit(c.Job); x.Why == "" {
				x.Job = people.plan(v, c.Job, m)
				x.Same = x.Job.Boot != nil && x.Job.Key == c.Job.Key
			}
		}
		out = append(out, x)
	}
	return out
}

// people are whom a variant looks at, and in which arm.
type people struct {
	trial *trial.Trial
	rows  []bool
	notes []string
}

func (v Variant) people(t *trial.Trial, allocated []int32) (*people, error) {
	p := &people{trial: t}
	if v.AsRandomised {
		other, moved, unknown := t.AsRandomised(allocated)
		if other == nil {
			return nil, fmt.Errorf("the data do not tell the arm as randomised; give the column that does, or add the list of randomised units")
		}
		if len(moved) == 0 {
			return nil, fmt.Errorf("every unit received the arm it was randomised to")
		}
		p.trial = other
		if unknown > 0 {
			p.notes = append(p.notes, fmt.Sprintf("The arm as randomised of %s is not known; there the arm received was taken.", counted(unknown, "unit", "units")))
		}
	}
	if v.Where != "" {
		rows, err := Population(p.trial, v.Where)
		if err != nil {
			return nil, err
		}
		p.rows = rows
	}
	return p, nil
}

// plan is the main job with what the variant has otherwise.
func (p *people) plan(v Variant, main *Job, m trial.Mapping) *Job {
	s := main.Spec
	s.Options = s.Options.with(v.Own)
	if v.Own.OwnCovariates {
		s.Covariates = v.Own.Covariates
	}
	s = s.settled()
	s.Rows = p.rows
	if v.Complete {
		s.Rows = both(p.rows, main.completeRows(main.trial))
	}
	j := PlanOne(p.trial, m, s)
	j.Warnings = append(j.Warnings, p.notes...)
	if j.Err != "" && s.Rows != nil {
		j.Err = "among these people " + j.Err
	}
	return j
}

// unfit says why a variant is nothing for an outcome, or "".
func (v Variant) unfit(j *Job) string {
	o := v.Own
	visits := len(j.Visits)
	measured := j.Visits[0].Baseline
	if o.Baseline == "ancova" || o.Baseline == "" && j.Options.Baseline == "ancova" {
		visits--
	}
	switch {
	case j.Outcome.Logit() && (o.Method != "" || o.Model != "" && o.Model != "unit" && o.Model != "unit/patient"):
		return "for outcomes that are means only"
	case (o.Baseline == "clda" || o.Baseline == "ancova") && !measured:
		return "the outcome has no baseline"
	case (o.Model == "slope" || o.Model == "slope-independent") && visits < 3:
		return "a slope needs three visits"
	case (o.Model == "unit-visit" || o.Model == "mmrm") && visits < 2:
		return "it needs two visits"
	case o.Model == "unit" && visits < 2:
		return "with one visit the main model has the unit effect only"
	case o.OwnCovariates && len(o.Covariates) == 0 && len(j.Covariates) == 0:
		return "the main model has no covariates"
	}
	return ""
}

// SensitivityOptions are those the variants are run with: their target is 0
// without a bootstrap, and their jobs are those of the outcome tables.
func (s *Sensitivity) SensitivityOptions(o Options) Options {
	if !s.Bootstrap && o.Bootstraps() {
		o.Resample = "none"
	}
	return o
}

// Chosen are the variants that are run.
func (s *Sensitivity) Chosen() []Variant {
	return slices.DeleteFunc(slices.Clone(s.Variants), func(v Variant) bool { return !v.Chosen })
}
