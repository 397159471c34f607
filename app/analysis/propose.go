package analysis

import (
	"math"
	"slices"
	"sort"
	"strings"

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

// meanLevels different values make a column a mean, and medianLevels a median:
// fewer are categories. A rating from 0 to 10 has eleven.
const (
	medianLevels = 5
	meanLevels   = 12
)

// ratings are instruments of single ratings with few levels and a ceiling,
// shown as medians though each has eleven values, as in the model paper.
var ratings = []string{"satisfaction"}

// ProposeOutcomes lists what the outcome tables could show: every scored scale
// and every outcome column answered at a follow-up, as the kind its values
// suggest. What before names stays as it was decided, in its order, and
// whatever its values are; what it does not name is offered unchosen, except
// in a first proposal.
func ProposeOutcomes(t *trial.Trial, m trial.Mapping, before []Outcome) []Outcome {
	var out []Outcome
	taken := map[string]bool{}
	offer := func(o Outcome, fit bool) {
		k := slices.IndexFunc(before, func(b Outcome) bool { return b.Variable == o.Variable })
		v := t.Variable(o.Variable)
		if taken[o.Variable] || v == nil || k < 0 && !(fit && followedUp(t, v)) {
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
		if v := t.Variable(s.Variable); v != nil {
			offer(scaleOutcome(s), !s.Worded && !s.Alternative)
		}
	}
	items := itemColumns(m)
	for _, name := range m.Outcomes {
		if v := t.Variable(name); v != nil && !items[name] {
			o, n := newOutcome(v)
			offer(o, n >= 2 && (!v.Words || n < meanLevels))
		}
	}
	for _, d := range m.Derived {
		if v := t.Variable(d.Name); v != nil && !v.Baseline {
			o := NewOutcome(v)
			o.Chosen = false
			offer(o, v.Scale != nil && !v.Scale.Worded)
		}
	}
	return inOrderOf(out, before)
}

// ClaimOutcomes gives the columns that a recipe's outcomes name the role of an
// outcome, so that one written by hand need not say it twice.
func (r *Recipe) ClaimOutcomes(t *trial.Trial) {
	for _, o := range r.Outcomes {
		v := t.Variable(o.Variable)
		if v != nil && strings.HasPrefix(v.From, "column ") && !slices.Contains(r.Mapping.Outcomes, o.Variable) && !itemColumns(r.Mapping)[o.Variable] {
			r.Mapping.Outcomes = append(slices.Clip(r.Mapping.Outcomes), o.Variable)
		}
	}
}

// scaleOutcome is a scored scale as an outcome, chosen.
func scaleOutcome(s instrument.Scale) Outcome {
	o := Outcome{Variable: s.Variable, Label: s.Label, Decimals: min(s.Decimals, 2), Chosen: true}
	switch {
	case s.Kind == instrument.YesNo:
		o.Kind = Binary
	case s.Kind == instrument.Ordinal:
		o.Kind = Ordinal
	case slices.Contains(ratings, s.Instrument):
		o.Kind = Median
	}
	o.fromScale(s)
	return o
}

// fromScale takes over which end is the good one and, where a source gives it
// in points, the smallest change that matters.
func (o *Outcome) fromScale(s instrument.Scale) {
	if s.Better != instrument.Neither {
		o.Better = string(s.Better)
	}
	if o.Logit() {
		return
	}
	for _, i := range s.Important {
		if i.Unit == "points" && !strings.HasPrefix(i.Kind, "MDC") { // what matters, not what can be measured
			o.Important = i.Low
			return
		}
	}
}

// NewOutcome is a variable as an outcome, chosen, of the kind that its values
// suggest: two are binary, few are categories, up to eleven ratings with a
// median.
func NewOutcome(v *trial.Variable) Outcome {
	o, _ := newOutcome(v)
	return o
}

// newOutcome is NewOutcome that tells how many different values there are.
func newOutcome(v *trial.Variable) (o Outcome, n int) {
	label := v.Label
	if label == "" {
		label = v.Name
	}
	numbers := v.Different()
	if n = len(numbers); v.Words {
		n = len(v.Levels)
	}
	o = Outcome{Variable: v.Name, Label: label, Decimals: decimalsFor(numbers), Chosen: true}
	if v.Scale != nil && (v.Scale.Kind != "" || v.Scale.Better != "") {
		k := scaleOutcome(*v.Scale)
		o.Kind, o.Better, o.Important = k.Kind, k.Better, k.Important
		return o, n
	}
	switch {
	case n == 2:
		o.Kind = Binary
	case v.Words:
		o.Kind, o.Levels = Ordinal, slices.Clone(v.Levels)
		o.Chosen = false // the order of words is the analyst's to say
	case n < medianLevels && n > 2:
		o.Kind = Ordinal
	case n < meanLevels && n > 2 && whole(numbers):
		o.Kind = Median
	}
	return o, n
}

func whole(x []float64) bool {
	return !slices.ContainsFunc(x, func(v float64) bool { return v != math.Trunc(v) && !math.IsNaN(v) })
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

// followedUp reports an answer after the first visit, or at the only one.
func followedUp(t *trial.Trial, v *trial.Variable) bool {
	for i, visit := range t.Visit {
		if (visit > 0 || len(t.Visits) == 1) && !math.IsNaN(v.Num(i)) {
			return true
		}
	}
	return false
}
