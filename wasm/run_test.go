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
