package analysis

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"trialbox/app/trial"
)

// answers are an outcome's answers, a number for each row of the trial: as they
// are, or for a binary or ordinal outcome the index of the category.
type answers struct {
	num        []float64 // NaN where missing
	categories []string  // lowest first; of a binary outcome the event is the second; nil for means
	levels     []string  // as the formula codes them; nil = the variable's own numbers
	better     string    // by the scale, where the recipe does not say
	made       bool      // num is no variable of the trial: it stands in the model's frame
}

// answersOf reads an outcome as its kind asks. The errors are sentences.
func answersOf(t *trial.Trial, o Outcome, responderOf string) (*answers, error) {
	if responderOf != "" {
		return responders(t, o, responderOf)
	}
	v := t.Variable(o.Variable)
	switch {
	case v == nil:
		return nil, fmt.Errorf("the data have no column or score %q", o.Variable)
	case o.Is(Binary):
		return binaryValues(v, o)
	case o.Is(Ordinal):
		return ordinalValues(v, o)
	case v.Words:
		return nil, fmt.Errorf("%s holds words, not numbers, so it has no mean; analyse it as binary or ordinal, or give its answers as numbers", o.Variable)
	}
	out := &answers{num: v.Numbers()}
	if v.Scale != nil {
		out.better = string(v.Scale.Better)
	}
	return out, nil
}

// texts are the different answers of a variable, as written, in their order.
func texts(v *trial.Variable) []string {
	if v.Words {
		return v.Levels
	}
	var out []string
	for _, x := range v.Different() {
		out = append(out, numberText(x))
	}
	return out
}

func numberText(x float64) string { return strconv.FormatFloat(x, 'g', 15, 64) }

// Values are the different answers of a variable as they are written, in their
// order; nil for what is no variable.
func Values(t *trial.Trial, name string) []string {
	v := t.Variable(name)
	if v == nil {
		return nil
	}
	return texts(v)
}

// answer is one row's answer as written; "" where missing.
func answer(v *trial.Variable, row int) string {
	switch {
	case v.Words:
		return v.Text(row)
	case math.IsNaN(v.Num(row)):
		return ""
	}
	return numberText(v.Num(row))
}

// coded turns answers into the index of their category.
func coded(v *trial.Variable, categories []string) ([]float64, error) {
	at := map[string]float64{}
	for k, c := range categories {
		at[c] = float64(k)
	}
	out := make([]float64, v.Rows())
	for row := range out {
		s := answer(v, row)
		out[row] = math.NaN()
		if s == "" {
			continue
		}
		k, ok := at[s]
		if !ok {
			return nil, fmt.Errorf("%s holds %q, which is not among its categories (%s)", v.Name, s, andList(categories))
		}
		out[row] = k
	}
	return out, nil
}

// binaryValues takes an outcome of two values; the event is the one named, or
// the second: 1 of 0 and 1, "yes" of "no" and "yes".
func binaryValues(v *trial.Variable, o Outcome) (*answers, error) {
	found := texts(v)
	pair := found
	if !v.Words && len(found) == 1 && (found[0] == "0" || found[0] == "1") {
		pair = []string{"0", "1"}
	}
	switch {
	case len(found) == 0:
		return nil, fmt.Errorf("every value of %s is missing", o.Variable)
	case len(pair) != 2:
		return nil, fmt.Errorf("%s has %s, and a binary outcome has two; choose another kind, or make a variable of two values", o.Variable, counted(len(pair), "value", "different values"))
	case o.Event != "" && !slices.Contains(pair, o.Event):
		return nil, fmt.Errorf("%s has the values %s; the event %q is not among them", o.Variable, andList(pair), o.Event)
	}
	out := &answers{categories: slices.Clone(pair)}
	if o.Event == pair[0] {
		slices.Reverse(out.categories)
	}
	if v.Words || out.categories[0] != pair[0] {
		out.levels = out.categories
	}
	var err error
	out.num, err = coded(v, out.categories)
	return out, err
}

// mostOrdered is how many ordered categories stats/logit takes.
const mostOrdered = 30

// ordinalValues takes ordered categories: numbers by size, a score by its
// scale's levels, words in the order the recipe or the file gives.
func ordinalValues(v *trial.Variable, o Outcome) (*answers, error) {
	out := &answers{categories: texts(v)}
	if v.Words {
		if len(o.Levels) > 0 {
			out.categories = o.Levels
		}
		out.levels = out.categories
	}
	switch n := len(out.categories); {
	case n == 0:
		return nil, fmt.Errorf("every value of %s is missing", o.Variable)
	case n > mostOrdered:
		return nil, fmt.Errorf("%s has %d different values, and ordered categories are at most %d; analyse it as continuous, or make bands of it", o.Variable, n, mostOrdered)
	}
	var err error
	if out.num, err = coded(v, out.categories); err != nil {
		return nil, err
	}
	if v.Scale != nil {
		out.better = string(v.Scale.Better)
	}
	if !v.Words && v.Levels != nil { // a score: 1, 2, … are names
		for k, s := range out.categories {
			if n, err := strconv.Atoi(s); err == nil && n >= 1 && n <= len(v.Levels) {
				out.categories[k] = v.Levels[n-1]
			}
		}
	}
	return out, nil
}

// responders are the patients whose outcome improved from baseline by the
// smallest important change or more: 1, else 0; missing where either value is.
func responders(t *trial.Trial, o Outcome, of string) (*answers, error) {
	v := t.Variable(of)
	if v == nil || v.Words {
		return nil, fmt.Errorf("%s holds no numbers, so nobody's change can be told", of)
	}
	better := o.Better
	if better == "" && v.Scale != nil {
		better = string(v.Scale.Better)
	}
	if better != "lower" && better != "higher" || !(o.Important > 0) {
		return nil, fmt.Errorf("responders of %s need its direction and its smallest important change", of)
	}
	first := make([]float64, len(t.Patients))
	for p := range first {
		first[p] = nan()
	}
	for i, p := range t.Patient {
		if t.Visit[i] == 0 {
			first[p] = v.Num(i)
		}
	}
	out := &answers{num: make([]float64, t.Rows), categories: []string{"no", "yes"}, made: true, better: "higher"}
	for i, p := range t.Patient {
		out.num[i] = nan()
		change := v.Num(i) - first[p]
		if t.Visit[i] == 0 || math.IsNaN(change) {
			continue
		}
		if better == "lower" {
			change = -change
		}
		out.num[i] = 0
		if change >= o.Important-1e-9*math.Max(1, o.Important) { // 0.3 of 0.7 and 0.4, say
			out.num[i] = 1
		}
	}
	return out, nil
}
