package analysis

import (
	"math"
	"slices"
	"sort"

	"trialbox/app/dataset"
	"trialbox/app/instrument"
	"trialbox/app/trial"
)

// NewRecipe is the recipe a file starts with: what was detected, nothing
// decided.
func NewRecipe(d *dataset.Dataset, m trial.Mapping) Recipe {
	r := Recipe{Schema: RecipeSchema, Product: "trialbox", Name: d.Name, Mapping: m, Options: DefaultOptions()}
	r.Data = NameData(d)
	return r
}

// NameData says which file a recipe belongs to.
func NameData(d *dataset.Dataset) DataName {
	n := DataName{File: d.Name, SHA256: d.SHA256}
	for _, c := range d.Columns {
		n.Columns = append(n.Columns, c.Name)
		n.Kinds = append(n.Kinds, c.Kind.String())
	}
	return n
}

// minDistinct different values make a variable a candidate for a mean: below
// that it is a category or a yes/no, whatever its coding.
const minDistinct = 5

// ProposeOutcomes lists what a table of means could show: every scored scale,
// and every outcome column of numbers with five values or more, answered at a
// follow-up. What before names stays as it was decided, in its order, and
// whatever its values are; what it does not name is offered unchosen, except
// in a first proposal.
func ProposeOutcomes(t *trial.Trial, m trial.Mapping, before []Outcome) []Outcome {
	var out []Outcome
	taken := map[string]bool{}
	offer := func(o Outcome, fit bool) {
		k := slices.IndexFunc(before, func(b Outcome) bool { return b.Variable == o.Variable })
		v := t.Variable(o.Variable)
		if taken[o.Variable] || v == nil || v.Num == nil || k < 0 && !(fit && v.Text == nil && followedUp(t, v.Num)) {
			return
		}
		taken[o.Variable] = true
		if k >= 0 {
			o = before[k]
		} else if len(before) > 0 {
			o.Chosen = false
		}
		out = append(out, o)
	}
	for _, s := range usedScales(m) {
		offer(Outcome{Variable: s.Variable, Label: s.Label, Decimals: min(s.Decimals, 2), Chosen: true}, s.Kind == instrument.Number && !s.Alternative)
	}
	items := itemColumns(m)
	for _, name := range m.Outcomes {
		if v := t.Variable(name); v != nil && !items[name] {
			offer(NewOutcome(v), distinct(v.Num) >= minDistinct)
		}
	}
	for _, d := range m.Derived {
		if v := t.Variable(d.Name); v != nil && !v.Baseline {
			o := NewOutcome(v)
			o.Chosen = false
			offer(o, v.Scale != nil && v.Scale.Kind == instrument.Number)
		}
	}
	return inOrderOf(out, before)
}

// NewOutcome is a variable as an outcome, chosen.
func NewOutcome(v *trial.Variable) Outcome {
	label := v.Label
	if label == "" {
		label = v.Name
	}
	return Outcome{Variable: v.Name, Label: label, Decimals: decimalsFor(v.Num), Chosen: true}
}

func itemColumns(m trial.Mapping) map[string]bool {
	items := map[string]bool{}
	for _, u := range m.Instruments {
		for _, item := range u.Items {
			items[item] = true
		}
	}
	return items
}

// inOrderOf keeps the order of a recipe for the outcomes it names; new ones
// follow.
func inOrderOf(out, before []Outcome) []Outcome {
	place := func(o Outcome) int {
		if k := slices.IndexFunc(before, func(b Outcome) bool { return b.Variable == o.Variable }); k >= 0 {
			return k
		}
		return len(before)
	}
	sort.SliceStable(out, func(i, j int) bool { return place(out[i]) < place(out[j]) })
	return out
}

// usedScales are the scales of the instruments that are scored.
func usedScales(m trial.Mapping) []instrument.Scale {
	var out []instrument.Scale
	lib, err := m.Library()
	if err != nil { // said by Build
		return nil
	}
	for _, u := range m.Instruments {
		if d, ok := lib.Get(u.Instrument); ok {
			out = append(out, d.Scales()...)
		}
	}
	return out
}

// distinct counts different values, up to minDistinct.
func distinct(x []float64) int {
	seen := map[float64]bool{}
	for _, v := range x {
		if !math.IsNaN(v) {
			seen[v] = true
			if len(seen) >= minDistinct {
				break
			}
		}
	}
	return len(seen)
}

// followedUp reports an answer after the first visit, or at the only one.
func followedUp(t *trial.Trial, x []float64) bool {
	for i, v := range x {
		if !math.IsNaN(v) && (t.Visit[i] > 0 || len(t.Visits) == 1) {
			return true
		}
	}
	return false
}
