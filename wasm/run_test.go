//go:build !js

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trialbox/app/dataset"
)

const exampleRecipe = "../app/analysis/example.recipe.json"

func runInto(t *testing.T, dir string, args ...string) (status int, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = dispatch(append([]string{"run"}, append(args, "-o", dir)...), &out, &errs)
	return status, errs.String()
}

// quickRecipe is the example's with few replicates.
func quickRecipe(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(exampleRecipe)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "quick.recipe.json")
	b = bytes.Replace(b, []byte(`"replicates": 2000`), []byte(`"replicates": 50`), 1)
	b = bytes.Replace(b, []byte(`"logit_replicates": 1000`), []byte(`"logit_replicates": 5`), 1)
	b = bytes.Replace(b, []byte("\"shift\": {"), []byte("\"shift\": {\n   \"imputations\": 2,"), 1)
	b = bytes.Replace(b, []byte("\"few_clusters\": {"), []byte("\"few_clusters\": {\n  \"draws\": 199,"), 1)
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Decisions about rows change the numbers of a run; a recipe made with them is
// not run without them, nor with others, nor on other data.
func TestRunWithCorrections(t *testing.T) {
	dir := t.TempDir()
	data := "../app/dataset/testdata/broken_long.csv"
	d, err := readDataset(data, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, list []dataset.Correction) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, dataset.DecisionsCSV(d.Name, d.SHA256, list), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	list := []dataset.Correction{{Decision: dataset.CorrectCell, Line: 91, Column: "nrs_back", Before: "3-4", After: "3", Reason: "source form"}}
	corrections, others := write("c.csv", list), write("o.csv", append(list, dataset.Correction{Decision: dataset.ExcludeRow, Line: 2, Reason: "x"}))
	recipe := quickRecipe(t)
	run := func(name string, args ...string) string {
		t.Helper()
		if status, errs := runInto(t, filepath.Join(dir, name), args...); status != 0 {
			return errs
		}
		return ""
	}
	if errs := run("plain", recipe, data); errs != "" {
		t.Fatal(errs)
	}
	if errs := run("with", recipe, data, "-corrections", corrections, "-units", "../app/trial/testdata/units.csv"); errs != "" {
		t.Fatal(errs)
	}
	plain, _ := os.ReadFile(filepath.Join(dir, "plain", "table3.csv"))
	with, _ := os.ReadFile(filepath.Join(dir, "with", "table3.csv"))
	if bytes.Equal(plain, with) {
		t.Error("the correction changed no number")
	}
	written := filepath.Join(dir, "with", "recipe.json")
	body, _ := os.ReadFile(written)
	if !strings.Contains(string(body), `"count": 1`) || strings.Contains(string(body), "source form") {
		t.Error("the recipe does not count the decision, or holds it")
	}
	for name, c := range map[string]struct {
		want string
		args []string
	}{
		"without":    {"-corrections", []string{written, data}},
		"others":     {"other decisions", []string{written, data, "-corrections", others}},
		"other data": {"with other bytes", []string{recipe, "../static/example/trial_long.csv", "-corrections", corrections}},
		"again":      {"", []string{written, data, "-corrections", corrections}},
	} {
		if errs := run(name, c.args...); !strings.Contains(errs, c.want) || c.want == "" && errs != "" || c.want != "" && errs == "" {
			t.Errorf("%s: %q", name, errs)
		}
	}
}

func TestRunCommand(t *testing.T) {
	recipe := quickRecipe(t)
	one, two := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")
	for _, dir := range []string{one, two} {
		if status, errs := runInto(t, dir, recipe, "../static/example/trial_long.csv"); status != 0 {
			t.Fatalf("status %d: %s", status, errs)
		}
	}
	names, err := os.ReadDir(one)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		a, errA := os.ReadFile(filepath.Join(one, n.Name()))
		b, errB := os.ReadFile(filepath.Join(two, n.Name()))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs between two runs of the same input", n.Name())
		}
	}
	var result struct {
		Data     struct{ SHA256 string }
		Outcomes []struct {
			Variable  string
			Kind      string
			Status    string
			LogLik    float64
			Bootstrap struct{ Replicates int }
		}
	}
	text, err := os.ReadFile(filepath.Join(one, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &result); err != nil {
		t.Fatal(err)
	}
	if len(result.Outcomes) != 27 || len(result.Data.SHA256) != 64 {
		t.Errorf("%d outcomes, hash %q", len(result.Outcomes), result.Data.SHA256)
	}
	for _, o := range result.Outcomes {
		want := 50
		if o.Kind == "binary" || o.Kind == "ordinal" {
			want = 5
		}
		if o.Status != "settled" || o.Bootstrap.Replicates != want {
			t.Errorf("%s: %s, %d replicates", o.Variable, o.Status, o.Bootstrap.Replicates)
		}
		// lme4 1.1-31, model odi_base_ML of the reference.
		if o.Variable == "odi" && (o.LogLik < -2576.816207 || o.LogLik > -2576.816205) {
			t.Errorf("the ODI model has log-likelihood %v, lme4 has -2576.816206", o.LogLik)
		}
	}
}

func TestRunRefusals(t *testing.T) {
	recipe := quickRecipe(t)
	other := filepath.Join(t.TempDir(), "other.csv")
	if err := os.WriteFile(other, []byte("a,b\n1,2\n3,4\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{recipe}, 2, "usage"},
		{[]string{recipe, "absent.csv"}, 1, "absent.csv"},
		{[]string{other, "../static/example/trial_long.csv"}, 1, "not a recipe"},
		{[]string{recipe, other}, 1, "unit_id"},
	} {
		dir := filepath.Join(t.TempDir(), "out")
		status, errs := runInto(t, dir, c.args...)
		if status != c.status || !strings.Contains(errs, c.says) {
			t.Errorf("%v: status %d, %s", c.args, status, errs)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%v: something was written", c.args)
		}
	}
}

func TestHelp(t *testing.T) {
	var out, errs bytes.Buffer
	if status := dispatch([]string{"help"}, &out, &errs); status != 0 {
		t.Fatalf("status %d", status)
	}
	for _, c := range commands {
		if !strings.Contains(out.String(), "  "+c.name) {
			t.Errorf("help does not list %s", c.name)
		}
	}
	if status := dispatch([]string{"guess"}, &out, &errs); status != 2 || !strings.Contains(errs.String(), `"guess"`) {
		t.Errorf("an unknown command: status %d, %s", status, errs.String())
	}
}

// What run writes before the models: the flow, the baseline tables and the
// answers, and in result.json the numbers that describe prints.
func TestRunBefore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	if status, errs := runInto(t, dir, quickRecipe(t), "../static/example/trial_long.csv", "-units", "../static/example/units.csv"); status != 0 {
		t.Fatal(errs)
	}
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for name, want := range map[string]string{"flow.svg": "5 units recruited nobody", "baseline1.html": "Demographic features", "baseline2.md": "0.054<sup>*</sup>", "baseline-units.csv": "Revontuli", "answered.md": "58.4 (184)", "missing.csv": "not_begun", "answered-12-2.html": "those who answered at 12 months"} {
		if !strings.Contains(read(name), want) {
			t.Errorf("%s does not hold %q", name, want)
		}
	}
	var result struct {
		Before struct {
			Flow struct {
				Randomised int   `json:"units_randomised"`
				Nobody     []int `json:"units_that_recruited_nobody"`
				Analysed   []struct {
					Variable string
					People   []int
					Rows     int
				}
			}
			Baseline []struct {
				Variable, Statistic, Level string
				Test                       *struct{ P float64 }
				All                        struct{ Value float64 }
			}
			Disagreements []any
		} `json:"before_the_models"`
		Outcomes []struct {
			Variable string
			Rows     int `json:"n_obs"`
			Patients int
		}
	}
	if err := json.Unmarshal([]byte(read("result.json")), &result); err != nil {
		t.Fatal(err)
	}
	b := result.Before
	if b.Flow.Randomised != 27 || len(b.Flow.Nobody) != 2 || b.Flow.Nobody[0] != 5 || len(b.Disagreements) != 0 || len(b.Flow.Analysed) != len(result.Outcomes) {
		t.Errorf("flow: %+v, disagreements %v", b.Flow, b.Disagreements)
	}
	for k, a := range b.Flow.Analysed {
		if o := result.Outcomes[k]; a.Rows != o.Rows || a.People[0]+a.People[1] != o.Patients {
			t.Errorf("%s: the chart has %v people and %d rows, the model %d and %d", a.Variable, a.People, a.Rows, o.Patients, o.Rows)
		}
	}
	var out, errs bytes.Buffer
	if status := dispatch([]string{"describe", "-by", "arm", "-where", "visit == 0", "-mean", "age,bmi", "-median", "sick_leave_days,delay_days", "-percent", "female,strong_opioid,pain_duration", "../static/example/trial_long.csv"}, &out, &errs); status != 0 {
		t.Fatal(errs.String())
	}
	var described []struct {
		Variable string
		P        *float64
		All      struct{ Value float64 }
	}
	if err := json.Unmarshal(out.Bytes(), &described); err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, d := range described {
		for _, r := range b.Baseline {
			if d.P != nil && r.Variable == d.Variable && r.Test != nil {
				found++
				if r.Test.P != *d.P || r.All.Value != d.All.Value {
					t.Errorf("%s: P %v and %v, describe has %v and %v", r.Variable, r.Test.P, r.All.Value, *d.P, d.All.Value)
				}
			}
		}
	}
	if found != 7 {
		t.Errorf("%d of 7 variables were compared", found)
	}
}
