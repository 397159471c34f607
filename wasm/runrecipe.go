//go:build !js

package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/analysis"
	"trialbox/app/dataset"
	"trialbox/app/trial"
)

// parseRecipe reads a recipe that may have been written by hand: beside what
// ParseRecipe refuses, a field that does not exist and a value of another kind
// are errors with their path, not left out silently.
func parseRecipe(text []byte) (analysis.Recipe, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // of Windows' editors
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return analysis.Recipe{}, fmt.Errorf("this is not a recipe: it is no JSON: line %d: %w", jsonLine(text, err), err)
	}
	if m, _ := tree.(map[string]any); m["product"] == "trialbox" && m["schema"] == float64(analysis.RecipeSchema) {
		if err := checkFields(tree, reflect.TypeFor[analysis.Recipe](), ""); err != nil {
			return analysis.Recipe{}, err
		}
	}
	r, err := analysis.ParseRecipe(text)
	if err == nil {
		err = checkRecipe(r)
	}
	return r, err
}

// jsonLine is the line on which the text stops to be JSON.
func jsonLine(text []byte, err error) int {
	at := len(text)
	if syntax, ok := err.(*json.SyntaxError); ok {
		at = min(at, int(syntax.Offset))
	}
	return 1 + bytes.Count(text[:at], []byte("\n"))
}

// checkFields holds a value as JSON has it against the type it is read into.
func checkFields(value any, t reflect.Type, path string) error {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) || value == nil {
		return nil
	}
	want := ""
	switch t.Kind() {
	case reflect.Pointer:
		return checkFields(value, t.Elem(), path)
	case reflect.Struct:
		if m, ok := value.(map[string]any); ok {
			return checkObject(m, t, path)
		}
		want = "an object {…}"
	case reflect.Slice, reflect.Array:
		if list, ok := value.([]any); ok {
			for i, v := range list {
				if err := checkFields(v, t.Elem(), fmt.Sprintf("%s[%d]", path, i)); err != nil {
					return err
				}
			}
			return nil
		}
		want = "a list […]"
	case reflect.Map:
		if m, ok := value.(map[string]any); ok {
			for _, key := range sortedKeys(m) {
				if err := checkFields(m[key], t.Elem(), path+"."+key); err != nil {
					return err
				}
			}
			return nil
		}
		want = "an object {…}"
	default:
		want = wantPlain(value, t.Kind())
	}
	if want == "" {
		return nil
	}
	written, _ := json.Marshal(value)
	if len(written) > 40 {
		written = append(written[:40], "…"...)
	}
	if path == "" {
		return fmt.Errorf("this is not a recipe: it must be %s", want)
	}
	return fmt.Errorf("%s must be %s, not %s", path, want, bytes.ToValidUTF8(written, nil))
}

// wantPlain says what a text, number or truth value should be when it is none.
func wantPlain(value any, kind reflect.Kind) string {
	x, isNumber := value.(float64)
	whole := isNumber && x == float64(int64(x))
	switch kind {
	case reflect.String:
		if _, ok := value.(string); !ok {
			return "a text in quotes"
		}
	case reflect.Bool:
		if _, ok := value.(bool); !ok {
			return "true or false"
		}
	case reflect.Float64:
		if !isNumber {
			return "a number"
		}
	case reflect.Uint64:
		if !whole || x < 0 {
			return "a whole number, 0 or more"
		}
	default:
		if !whole {
			return "a whole number"
		}
	}
	return ""
}

func checkObject(m map[string]any, t reflect.Type, path string) error {
	fields := map[string]reflect.Type{}
	var names []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		switch name {
		case "-":
			continue
		case "":
			name = t.Field(i).Name
		}
		fields[strings.ToLower(name)] = t.Field(i).Type
		names = append(names, name)
	}
	for _, key := range sortedKeys(m) {
		at := strings.TrimPrefix(path+"."+key, ".")
		field, ok := fields[strings.ToLower(key)]
		if !ok {
			return fmt.Errorf("%s: there is no such field; here can stand %s", at, strings.Join(names, ", "))
		}
		if err := checkFields(m[key], field, at); err != nil {
			return err
		}
	}
	return nil
}

// checkRecipe names what a recipe says twice or in the wrong order, and words
// that are none of those known: the page never writes them.
func checkRecipe(r analysis.Recipe) error {
	for i, v := range r.Mapping.Visits {
		path := fmt.Sprintf("mapping.visits[%d]", i)
		if k := slices.IndexFunc(r.Mapping.Visits[:i], func(o trial.Visit) bool { return o.Code == v.Code }); k >= 0 {
			return fmt.Errorf("%s.code is %q, as that of visits[%d]; each visit stands there once", path, v.Code, k)
		}
		if i > 0 && v.Months < r.Mapping.Visits[i-1].Months {
			return fmt.Errorf("%s.months is %v, before the visit above it; write the visits in order, the first being the baseline", path, v.Months)
		}
	}
	for i, o := range r.Outcomes {
		if k := slices.IndexFunc(r.Outcomes[:i], func(p analysis.Outcome) bool { return p.Variable == o.Variable }); k >= 0 {
			return fmt.Errorf("outcomes[%d].variable is %q, as that of outcomes[%d]; each outcome stands there once", i, o.Variable, k)
		}
		if err := checkVisits(r, fmt.Sprintf("outcomes[%d].visits", i), o.Visits); err != nil {
			return err
		}
	}
	if c := r.FewClusters; c != nil {
		if err := cmp.Or(checkVisits(r, "few_clusters.visits", c.Visits), checkOutcomes(r, "few_clusters.outcomes", c.Outcomes)); err != nil {
			return err
		}
	}
	if s := r.Sensitivity; s != nil {
		if err := cmp.Or(checkOutcomes(r, "sensitivity.outcomes", s.Outcomes), checkOutcomes(r, "sensitivity.shift.outcomes", s.Shift.Outcomes)); err != nil {
			return err
		}
	}
	return checkReading(r.Reading)
}

func checkVisits(r analysis.Recipe, path string, codes []string) error {
	for i, code := range codes {
		if !slices.ContainsFunc(r.Mapping.Visits, func(v trial.Visit) bool { return v.Code == code }) {
			return fmt.Errorf("%s[%d] is %q, which is no code of mapping.visits", path, i, code)
		}
	}
	return nil
}

// checkOutcomes names a variable that is not among the outcomes, where they are
// listed.
func checkOutcomes(r analysis.Recipe, path string, variables []string) error {
	for i, name := range variables {
		if len(r.Outcomes) > 0 && !slices.ContainsFunc(r.Outcomes, func(o analysis.Outcome) bool { return o.Variable == name }) {
			return fmt.Errorf("%s[%d] is %q, which is no variable of outcomes", path, i, name)
		}
	}
	return nil
}

func checkReading(r analysis.Reading) error {
	if d := r.Decimal; d != "" && d != "." && d != "," {
		return fmt.Errorf("reading.decimal is %q; it can be . or ,", d)
	}
	if d := r.Delimiter; len(d) > 1 {
		return fmt.Errorf("reading.delimiter is %q; it is one character, such as ; or \\t", d)
	}
	if e := r.Encoding; e != "" && !slices.Contains(encodings, e) {
		return fmt.Errorf("reading.encoding is %q; it can be %s", e, strings.Join(encodings, ", "))
	}
	var kinds []string
	for k := dataset.Number; k.String() != "unknown"; k++ {
		kinds = append(kinds, k.String())
	}
	for _, name := range sortedKeys(r.Columns) {
		rule, path := r.Columns[name], "reading.columns."+name
		if rule.Kind != "" && !slices.Contains(kinds, rule.Kind) {
			return fmt.Errorf("%s.kind is %q; it can be %s", path, rule.Kind, strings.Join(kinds, ", "))
		}
		if d := rule.Decimal; d != "" && d != "." && d != "," {
			return fmt.Errorf("%s.decimal is %q; it can be . or ,", path, d)
		}
		if o := rule.Order; o != "" && !slices.Contains([]string{"dmy", "mdy", "1900", "1904"}, o) {
			return fmt.Errorf("%s.order is %q; it can be dmy, mdy, 1900 or 1904", path, o)
		}
	}
	return nil
}

// absentOutcome names a chosen outcome that came to nothing: it must not be
// left out of the tables in silence.
func absentOutcome(chosen, found []analysis.Outcome, t *trial.Trial) error {
	for i, o := range chosen {
		if !o.Chosen || slices.ContainsFunc(found, func(f analysis.Outcome) bool { return f.Variable == o.Variable }) {
			continue
		}
		if t.Variable(o.Variable) == nil {
			return fmt.Errorf("outcomes[%d].variable is %q, and the data have no such column or score; correct the name, or take the outcome out", i, o.Variable)
		}
		return fmt.Errorf("outcomes[%d].variable is %q, which has another role in the trial and cannot be an outcome; take it out", i, o.Variable)
	}
	return nil
}

// mostNotes is how many findings are written out on the screen.
const mostNotes = 20

// findingNotes are the findings in the data, graver ones than notes: rows that
// were left out, cells that were not understood, rules that did not fit; not of
// rows that were left out by decision.
func findingNotes(t *trial.Trial) []string {
	var notes []string
	decided := map[int]bool{}
	for _, p := range t.Findings() {
		if p.Kind == "left out by decision" {
			decided[p.Line] = true
		}
	}
	n := 0
	for _, p := range t.Findings() {
		if p.Severity == dataset.Note || decided[p.Line] && p.Line > 0 {
			continue
		}
		if n++; n <= mostNotes {
			notes = append(notes, p.String())
		}
	}
	if n > mostNotes {
		notes = append(notes, strconv.Itoa(n-mostNotes)+" more findings in the data; trialbox read lists them all")
	}
	return notes
}
