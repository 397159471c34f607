package analysis

import (
	"bytes"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"trialbox/app/dataset"
	"trialbox/app/trial"
	"trialbox/stats/formula"
)

// exampleTrial reads a shipped example file and builds its trial.
func exampleTrial(t *testing.T, file string, m trial.Mapping) (*dataset.Dataset, *trial.Trial) {
	t.Helper()
	path := filepath.Join("../../static/example", file)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	d, err := dataset.Read(file, f, info.Size(), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tr, err := trial.Build(d, m)
	if err != nil {
		t.Fatal(err)
	}
	return d, tr
}

// inReference gives the outcome's name in the reference's files. PROMIS is
// left out: the reference uses an illustrative map, the product the official
// table.
var inReference = map[string]string{
	"nrs_back": "nrs_back", "nrs_leg": "nrs_leg", "odi": "odi", "eq5d3l": "eq5d_uk", "eq_vas": "eq_vas", "work_ability": "work_ability",
	"ompsq": "omp", "rmdq": "rmdq", "fabq_w": "fabq_w", "fabq_pa": "fabq_pa", "pseq": "pseq", "bbq": "bbq",
}

type reference struct{ estimate, se, p, logLik float64 }

func readReference(t *testing.T) map[string]reference {
	t.Helper()
	text, err := os.ReadFile("testdata/lmm_contrasts.csv")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]reference{}
	number := func(s string) float64 {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for _, l := range lines[1:] { // outcome, variant, method, visit, estimate, se, p_z, logLik
		key := strings.Join([]string{l[0], l[2], l[3]}, " ")
		if l[1] != "base" {
			key = l[1] + " " + key
		}
		out[key] = reference{number(l[4]), number(l[5]), number(l[6]), number(l[7])}
	}
	return out
}

// The whole road, from the answers in the CSV through scoring to the contrast,
// gives lme4's numbers for every linear outcome of the paper's table: estimates
// within 1e-4 of a standard error, standard errors within 1e-4, log-likelihoods
// within 1e-5 (the tolerances of the reference).
func TestExampleAgainstLme4(t *testing.T) {
	want := readReference(t)
	recipe := ExampleRecipe()
	_, tr := exampleTrial(t, "trial_long.csv", recipe.Mapping)
	for _, method := range []string{"ml", "reml"} {
		o := recipe.Options
		o.Method, o.Resample = method, "none"
		for _, p := range RunAll(Plan(tr, recipe.Mapping, recipe.Outcomes, o), o) {
			name, known := inReference[p.Job.Outcome.Variable]
			if !known {
				continue
			}
			if p.Err != "" {
				t.Errorf("%s %s: %s", name, method, p.Err)
				continue
			}
			for i, c := range p.Contrasts {
				key := strings.Join([]string{name, strings.ToUpper(method), p.Job.Visits[i].Visit.Code}, " ")
				w, ok := want[key]
				if !ok {
					t.Errorf("no reference for %s", key)
					continue
				}
				if math.Abs(c.Estimate-w.estimate) > 1e-4*w.se || math.Abs(c.SE/w.se-1) > 1e-4 || math.Abs(c.P-w.p) > 1e-3*w.p+1e-6 {
					t.Errorf("%s: %.9g (SE %.9g, P %.6g), lme4 %.9g (SE %.9g, P %.6g)", key, c.Estimate, c.SE, c.P, w.estimate, w.se, w.p)
				}
				if math.Abs(p.Fit.LogLik-w.logLik) > 1e-5 {
					t.Errorf("%s: log-likelihood %.8f, lme4 %.8f", key, p.Fit.LogLik, w.logLik)
				}
				delete(want, key)
			}
		}
	}
	for key := range want {
		name := strings.Fields(key)[0] // of another variant: the variant's
		for _, used := range inReference {
			if used == name {
				t.Errorf("%s was not computed", key)
			}
		}
	}
}

// A wide export of the same trial gives the same numbers.
func TestWideEqualsLong(t *testing.T) {
	recipe := ExampleRecipe()
	o := recipe.Options
	o.Replicates, o.LogitReplicates = 40, 10
	d, err := readFile("trial_wide.csv")
	if err != nil {
		t.Fatal(err)
	}
	m, _ := trial.Guess(d)
	m.Covariates, m.Instruments = recipe.Mapping.Covariates, recipe.Mapping.Instruments
	wide, err := trial.Build(d, m)
	if err != nil {
		t.Fatal(err)
	}
	_, long := exampleTrial(t, "trial_long.csv", recipe.Mapping)
	a := RunAll(Plan(long, recipe.Mapping, recipe.Outcomes, o), o)
	b := RunAll(Plan(wide, m, recipe.Outcomes, o), o)
	if len(a) != len(b) {
		t.Fatalf("%d outcomes long, %d wide", len(a), len(b))
	}
	for i := range a {
		if a[i].Err != b[i].Err || len(a[i].Contrasts) != len(b[i].Contrasts) {
			t.Errorf("%s: %q long, %q wide", a[i].Job.Outcome.Variable, a[i].Err, b[i].Err)
			continue
		}
		for k := range a[i].Contrasts {
			x, y := a[i].Contrasts[k], b[i].Contrasts[k]
			if math.Abs(x.Estimate-y.Estimate) > 1e-8 || math.Abs(x.SE-y.SE) > 1e-8 {
				t.Errorf("%s visit %d: %v (%v) long, %v (%v) wide", a[i].Job.Outcome.Variable, k, x.Estimate, x.SE, y.Estimate, y.SE)
			}
		}
	}
}

func readFile(file string) (*dataset.Dataset, error) {
	b, err := os.ReadFile(filepath.Join("../../static/example", file))
	if err != nil {
		return nil, err
	}
	return dataset.Read(file, bytes.NewReader(b), int64(len(b)), dataset.Options{})
}

// Two runs of one recipe give the same bytes.
func TestSameBytes(t *testing.T) {
	recipe := ExampleRecipe()
	recipe.Options.Replicates, recipe.Options.LogitReplicates = 60, 10
	_, tr := exampleTrial(t, "trial_long.csv", recipe.Mapping)
	run := func() []byte {
		jobs := Plan(tr, recipe.Mapping, recipe.Outcomes, recipe.Options)
		return ResultJSON(Assemble(tr, recipe.Options, RunAll(jobs, recipe.Options)), recipe, nil)
	}
	if !bytes.Equal(run(), run()) {
		t.Error("two runs differ")
	}
}

func TestRecipeRoundTrip(t *testing.T) {
	r := ExampleRecipe()
	again, err := ParseRecipe(r.JSON())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.JSON(), r.JSON()) {
		t.Error("a recipe changes when it is written and read")
	}
	for bad, says := range map[string]string{
		`{`:                                  "not a recipe",
		`{"product":"other"}`:                "product",
		`{"product":"trialbox"}`:             "schema",
		`{"product":"trialbox","schema":99}`: "newer",
		`{"product":"trialbox","schema":1,"options":{"method":"lasso"}}`:        "options.method",
		`{"product":"trialbox","schema":1,"options":{"replicates":1000000000}}`: "options.replicates",
		`{"product":"trialbox","schema":1,"outcomes":[{"label":"nameless"}]}`:   "outcomes[0].variable",
	} {
		if _, err := ParseRecipe([]byte(bad)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// Progress counts what is missing exactly, whatever came in whatever order.
func TestMissing(t *testing.T) {
	recipe := ExampleRecipe()
	_, tr := exampleTrial(t, "trial_long.csv", recipe.Mapping)
	job := Plan(tr, recipe.Mapping, recipe.Outcomes[:1], recipe.Options)[0]
	p := NewProgress(job, 100)
	r := runnerOf(t, job)
	p.Batches = append(p.Batches, r.Run(50, 70), r.Run(0, 10))
	got := p.Missing("normal")
	want := [][2]int{{10, 50}, {70, 100}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("missing %v, want %v", got, want)
	}
}

func TestQuoted(t *testing.T) {
	for name, want := range map[string]string{"odi": "odi", "a.b": "a.b", "kipu ä": "`kipu ä`", "2nd": "`2nd`", "päivä": "päivä", "x`y": "`x\\`y`", "_a": "`_a`", "": "``", `a\b`: "`a\\\\b`", "TRUE": "`TRUE`", "a–b": "`a–b`"} {
		if got := formula.Name(name); got != want {
			t.Errorf("%q is written %s, want %s", name, got, want)
		}
	}
}

// A column of any name stands in a model: what R could not read bare is in
// back-ticks, as ?Quotes and ?Reserved of R say.
func TestNamesInFormulas(t *testing.T) {
	for name, want := range map[string]string{
		"odi": "odi", "x.1": "x.1", ".x": ".x", ".": ".", "tämä": "tämä", "Ärm_2": "Ärm_2", "年": "年",
		"a b": "`a b`", ".2x": "`.2x`", "2x": "`2x`", "_x": "`_x`", "t°": "`t°`", "a–b": "`a–b`", "if": "`if`", "NA": "`NA`", "": "``", "a`b": "`a\\`b`",
	} {
		if got := formula.Name(name); got != want {
			t.Errorf("%q is written %s, not %s", name, got, want)
		}
		if name == "" || name == "." {
			continue
		}
		if _, err := formula.Parse("y ~ " + formula.Name(name) + " + (1|u)"); err != nil {
			t.Errorf("%s: %v", want, err)
		}
	}
}
