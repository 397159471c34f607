package analysis

import (
	"slices"
	"strings"

	"trialbox/app/trial"
	"trialbox/stats/formula"
)

// ProposeSensitivity is what the page begins with: every other model the
// options know, patients with every visit, the arm as randomised where units
// moved, and the model paper's populations where the data have their
// variables.
func ProposeSensitivity(t *trial.Trial, m trial.Mapping, o Options, allocated []int32) *Sensitivity {
	s := &Sensitivity{}
	add := func(id, label string, v Variant) {
		v.ID, v.Label, v.Chosen = id, label, true
		s.Variants = append(s.Variants, v)
	}
	if _, moved, _ := t.AsRandomised(allocated); len(moved) > 0 {
		add("randomised", "As randomised", Variant{AsRandomised: true})
	}
	if len(t.Visits) > 1 {
		add("complete", "Complete cases", Variant{Complete: true})
	}
	for _, v := range paperPopulations(t) {
		add(v.ID, v.Label, v)
	}
	if o.Method == "reml" {
		add("ml", "ML", Variant{Own: Own{Method: "ml"}})
	} else {
		add("reml", "REML", Variant{Own: Own{Method: "reml"}})
	}
	for _, x := range []struct{ id, label, model string }{{"intercepts", "Unit and patient intercepts", "unit/patient"}, {"unit", "Unit intercept only", "unit"},
		{"slope", "Patient slope, correlated", "slope"}, {"unit-visit", "Unit-by-visit intercepts", "unit-visit"}, {"mmrm", "Unstructured visits (MMRM)", "mmrm"}} {
		if x.model != o.Model {
			add(x.id, x.label, Variant{Own: Own{Model: x.model}})
		}
	}
	for _, x := range [][3]string{{"vector", "Baseline in the outcome vector", "outcome"}, {"clda", "Constrained baseline (cLDA)", "clda"}, {"ancova", "Baseline as covariate (ANCOVA)", "ancova"}} {
		if now := o.Baseline; x[2] != now && !(now == "" && x[2] == "outcome") {
			add(x[0], x[1], Variant{Own: Own{Baseline: x[2]}})
		}
	}
	if len(m.Covariates) > 0 {
		add("unadjusted", "No covariates", Variant{Own: Own{OwnCovariates: true}})
	}
	return s
}

// paperPopulations are those of the model paper's Tables S2 to S4, where the
// data hold the duration of pain in its four classes (1 under 2 weeks, 2 up to
// 11 weeks, 3 up to 12 months, 4 longer) and the STarT Back groups.
func paperPopulations(t *trial.Trial) []Variant {
	var out []Variant
	baseline := ""
	if len(t.Visits) > 0 {
		baseline = "_" + monthsSuffix(t)
	}
	if v := t.Variable("pain_duration"); v != nil && !v.Words && slices.Equal(texts(v), []string{"1", "2", "3", "4"}) {
		out = append(out, Variant{ID: "pain", Label: "Pain 2 weeks to 12 months", Where: "pain_duration" + baseline + " >= 2 & pain_duration" + baseline + " <= 3"})
	}
	for _, v := range t.Variables {
		if len(v.Levels) != 3 && !(!v.Words && slices.Equal(texts(v), []string{"1", "2", "3"})) || !strings.HasPrefix(v.Name, "sbt_group") {
			continue
		}
		low, high := "1", "3"
		if v.Words {
			low, high = "\""+v.Levels[0]+"\"", "\""+v.Levels[2]+"\""
		}
		out = append(out, Variant{ID: "risk-high", Label: "STarT Back high risk", Where: formula.Name(v.Name+baseline) + " == " + high},
			Variant{ID: "risk-low", Label: "STarT Back low risk", Where: formula.Name(v.Name+baseline) + " == " + low})
		break
	}
	return out
}

// monthsSuffix is what stands behind a variable's name for its value at the
// first visit.
func monthsSuffix(t *trial.Trial) string {
	return strings.TrimPrefix(covariateName(t, trial.Covariate{Baseline: true}), "_")
}
