package analysis

import (
	"os"
	"strings"
	"testing"

	"trialbox/app/dataset"
	"trialbox/app/trial"
)

func readText(t *testing.T, text string) *dataset.Dataset {
	t.Helper()
	d, err := dataset.Read("next.csv", strings.NewReader(text), int64(len(text)), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func exampleText(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../static/example/trial_long.csv")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func kindsOf(list []Difference) string {
	var out []string
	for _, d := range list {
		out = append(out, d.Kind+" "+d.Column)
	}
	return strings.Join(out, "; ")
}

func TestDifferences(t *testing.T) {
	text := exampleText(t)
	d := readText(t, text)
	m, _ := trial.Guess(d)
	r := NewRecipe(d, m)
	header, body, _ := strings.Cut(text, "\n")
	for _, c := range []struct{ name, text, want string }{
		{"the same", text, ""},
		{"half the rows", header + "\n" + body[:strings.LastIndex(body[:len(body)/2], "\n")+1], ""},
		{"a column renamed", strings.Replace(header, "unit_id", "Unit.ID", 1) + "\n" + body, "column missing unit_id; column new Unit.ID"},
		{"an item gone", strings.Replace(header, "odi3", "odd3", 1) + "\n" + body, "column missing odi3; column new odd3"},
		{"arms in other words", header + "\n" + strings.ReplaceAll(body, "intervention", "active"), "arm missing arm"},
	} {
		next := readText(t, c.text)
		if got := kindsOf(r.Differences(next)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A recipe fitted to a file that lacks one item leaves that questionnaire out
// and keeps the others; a role whose column is gone is asked about.
func TestFitTo(t *testing.T) {
	text := exampleText(t)
	d := readText(t, text)
	m, _ := trial.Guess(d)
	r := NewRecipe(d, m)
	header, body, _ := strings.Cut(text, "\n")
	next := readText(t, strings.Replace(strings.Replace(header, "odi3", "odd3", 1), "unit_id", "clinic", 1)+"\n"+body)
	fit, reasons := r.FitTo(next)
	if len(fit.Mapping.Instruments) != len(m.Instruments)-1 {
		t.Errorf("%d instruments left of %d", len(fit.Mapping.Instruments), len(m.Instruments))
	}
	if fit.Mapping.Unit != "clinic" || len(reasons) != 1 || reasons[0].Sure {
		t.Errorf("unit %q, reasons %+v", fit.Mapping.Unit, reasons)
	}
	if fit.Data.SHA256 != next.SHA256 {
		t.Error("the fitted recipe names the old file")
	}
	if r.Mapping.Unit != "unit_id" {
		t.Error("fitting changed the recipe itself")
	}
	same, _ := r.FitTo(d)
	if len(same.Mapping.Instruments) != len(m.Instruments) || len(same.Mapping.Outcomes) != len(m.Outcomes) {
		t.Error("fitting to the same file lost something")
	}
}

func TestReadingRules(t *testing.T) {
	low := 0.0
	r := Reading{
		Columns:    map[string]dataset.ColumnRule{"a": {Kind: "category"}},
		Dictionary: &DictionaryUse{Rules: map[string]dataset.ColumnRule{"a": {Kind: "number", Label: "A"}, "b": {Min: &low}}},
	}
	opt := r.DatasetOptions()
	if a := opt.Columns["a"]; a.Kind != "category" || a.Label != "A" {
		t.Errorf("a: %+v", a)
	}
	if opt.Columns["b"].Min == nil || r.Columns["a"].Label != "" {
		t.Error("the dictionary's rule is lost, or the analyst's was edited")
	}
}
