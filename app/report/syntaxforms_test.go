package report

import (
	"bytes"
	"encoding/csv"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"trialbox/app/analysis"
	"trialbox/app/dataset"
	"trialbox/app/trial"
)

// recoded is the simulated trial with other names of its columns and other
// texts in its cells.
func recoded(t *testing.T, names map[string]string, cell func(column, text string) string) (*trial.Trial, analysis.Recipe) {
	t.Helper()
	_, r := scoredTrial(t)
	data, err := os.ReadFile("../trial/testdata/scored_long.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for k, name := range slices.Clone(rows[0]) {
		for n := range rows[1:] {
			if s := rows[n+1][k]; s != "" {
				rows[n+1][k] = cell(name, s)
			}
		}
		if other := names[name]; other != "" {
			rows[0][k] = other
		}
	}
	text := string(r.JSON())
	for name, other := range names {
		text = strings.ReplaceAll(text, `"`+name+`"`, `"`+other+`"`)
	}
	for _, k := range []string{"unit", "patient", "arm", "visit"} { // keys of the recipe, not names of columns
		if other := names[k]; other != "" {
			text = strings.ReplaceAll(text, `"`+other+`":`, `"`+k+`":`)
		}
	}
	if r, err = analysis.ParseRecipe([]byte(text)); err != nil {
		t.Fatal(err)
	}
	r.Mapping.Control, r.Mapping.Intervention = cell("arm", r.Mapping.Control), cell("arm", r.Mapping.Intervention)
	var b bytes.Buffer
	csv.NewWriter(&b).WriteAll(rows)
	d, err := dataset.Read("other.csv", bytes.NewReader(b.Bytes()), int64(b.Len()), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tr, err := trial.Build(d, r.Mapping)
	if err != nil {
		t.Fatal(err)
	}
	return tr, r
}

func asItIs(_, text string) string { return text }

// planned is one outcome of a recipe with its own choices, as a job.
func planned(t *testing.T, tr *trial.Trial, r analysis.Recipe, variable string, change func(*analysis.Outcome)) *analysis.Job {
	t.Helper()
	k := slices.IndexFunc(r.Outcomes, func(o analysis.Outcome) bool { return o.Variable == variable })
	if k < 0 {
		t.Fatalf("no outcome %s", variable)
	}
	outcome := r.Outcomes[k]
	outcome.Chosen = true
	change(&outcome)
	o := r.Options
	o.Resample, o.Integration, o.Nodes = "none", "laplace", 0
	jobs := analysis.Plan(tr, r.Mapping, []analysis.Outcome{outcome}, o)
	j := jobs[len(jobs)-1] // the responders, where they are asked for
	if j.Boot == nil {
		t.Fatalf("%s: %s", variable, j.Err)
	}
	return j
}

// form is one form of model that the page offers.
type form struct {
	name, outcome string
	change        func(*analysis.Outcome)
}

func own(model, baseline, method string, visits ...string) func(*analysis.Outcome) {
	return func(o *analysis.Outcome) {
		o.Own, o.Visits = analysis.Own{Model: model, Baseline: baseline, Method: method}, visits
	}
}

// forms are all of them, for means, binary and ordinal outcomes.
var forms = []form{
	{"unit only", "odi", own("unit", "", "")},
	{"unit only, REML", "odi", own("unit", "", "reml")},
	{"unit and patient, REML", "odi", own("", "", "reml")},
	{"slope", "odi", own("slope", "", "")},
	{"slope, REML", "eq_vas", own("slope", "", "reml")},
	{"independent slope", "odi", own("slope-independent", "", "")},
	{"unit by visit", "odi", own("unit-visit", "", "")},
	{"unit by visit, REML", "nrs_back", own("unit-visit", "", "reml")},
	{"MMRM", "odi", own("mmrm", "", "")},
	{"MMRM, REML", "odi", own("mmrm", "", "reml")},
	{"MMRM, cLDA", "odi", own("mmrm", "clda", "")},
	{"MMRM, ANCOVA", "odi", own("mmrm", "ancova", "reml")},
	{"cLDA", "odi", own("", "clda", "")},
	{"cLDA, slope", "odi", own("slope", "clda", "")},
	{"ANCOVA", "odi", own("", "ancova", "")},
	{"ANCOVA, own baseline among the covariates", "fabq_pa", own("", "ancova", "")},
	{"two of three visits", "odi", own("", "", "", "0", "12")},
	{"MMRM of two visits", "odi", own("mmrm", "", "", "0", "12")},
	{"one visit", "odi", own("", "", "", "12")},
	{"no covariates", "odi", func(o *analysis.Outcome) { o.Own.OwnCovariates = true }},
	{"binary, unit only", "lbp_daily", own("unit", "", "")},
	{"binary, cLDA", "lbp_daily", own("", "clda", "")},
	{"binary, ANCOVA", "lbp_daily", own("", "ancova", "")},
	{"binary, two visits", "lbp_daily", own("", "", "", "0", "12")},
	{"responders", "odi", func(o *analysis.Outcome) { o.Responders = true }},
	{"ordinal, unit only", "sbt_group", own("unit", "", "")},
	{"ordinal, cLDA", "sbt_group", own("", "clda", "")},
	{"ordinal, one visit", "sbt_group", own("", "", "", "12")},
	{"ordinal, no covariates", "omp_group", func(o *analysis.Outcome) { o.Own.OwnCovariates = true }},
}

// Every form of model that the page offers, written for R and run there, gives
// the differences of our own fit. The names and texts of the second trial are
// those that need quotes in R, and its control arm comes second in the
// alphabet. Only with TRIALBOX_R=1.
func TestRScriptForms(t *testing.T) {
	if os.Getenv("TRIALBOX_R") == "" {
		t.Skip("runs R for minutes: make test-r")
	}
	tr, r := scoredTrial(t)
	var jobs []*analysis.Job
	var names []string
	for _, f := range forms {
		jobs, names = append(jobs, planned(t, tr, r, f.outcome, f.change)), append(names, f.name)
	}
	sameInR(t, tr, jobs, names, r.Options)

	odd := map[string]string{"unit_id": "unit id", "patient_id": "if", "arm": "Gruppe/Ärm", "visit": "t°", "odi": "ODI (0–100), %", "lbp_daily": "LBP täglich?", "sbt_group": ".2 classes",
		"delay_days": "delay `days`", "pain_duration": "Schmerz–Dauer", "fabq_pa": "_FABQ PA", "eq_vas": "tämä"}
	tr, r = recoded(t, odd, func(column, s string) string {
		switch column {
		case "arm":
			return map[string]string{"control": `z "usual"`, "intervention": "à neuf"}[s]
		case "lbp_daily":
			return map[string]string{"0": "no", "1": "yes, sì"}[s]
		case "sbt_group":
			return map[string]string{"0": "unlikely", "1": "likely", "2": "certain"}[s]
		}
		return s
	})
	jobs, names = nil, nil
	levels := func(o *analysis.Outcome) { o.Levels = []string{"unlikely", "likely", "certain"} }
	for _, f := range []form{
		{"odd names", odd["odi"], own("", "", "")},
		{"odd names, MMRM", odd["odi"], own("mmrm", "", "reml")},
		{"odd names, MMRM, cLDA", odd["odi"], own("mmrm", "clda", "")},
		{"odd names, slope", odd["eq_vas"], own("slope", "", "")},
		{"odd names, independent slope, cLDA", odd["odi"], own("slope-independent", "clda", "")},
		{"odd names, unit by visit", odd["odi"], own("unit-visit", "", "")},
		{"odd names, ANCOVA", odd["odi"], own("", "ancova", "")},
		{"words, binary", odd["lbp_daily"], own("", "", "")},
		{"words, ordinal", odd["sbt_group"], levels},
		{"words, ordinal, cLDA", odd["sbt_group"], func(o *analysis.Outcome) { levels(o); o.Own.Baseline = "clda" }},
	} {
		jobs, names = append(jobs, planned(t, tr, r, f.outcome, f.change)), append(names, f.name)
	}
	sameInR(t, tr, jobs, names, r.Options)
	sameInR(t, tr, jobs[:1], names, r.Options, "LC_ALL=C")
}

// sameInR runs the script of jobs and holds its differences against ours, in
// order: means within 1e-4 of a standard error, binary and ordinal ones within
// 1e-3 of our fit by Laplace's approximation.
func sameInR(t *testing.T, tr *trial.Trial, jobs []*analysis.Job, names []string, o analysis.Options, env ...string) {
	t.Helper()
	o.Resample, o.Integration, o.Nodes = "none", "laplace", 0
	rows := runR(t, analysis.RScript(tr, jobs, o, "trial long.csv"), LongCSV(tr), env...)
	next := 0
	for n, p := range analysis.RunAll(jobs, o) {
		limit := 1e-4
		if p.Job.Outcome.Logit() {
			limit = 1e-3
		}
		if p.Fit == nil {
			t.Errorf("%s: %s", names[n], p.Err)
			continue
		}
		for k, c := range p.Contrasts {
			visit := p.Job.Visits[p.Job.At[k]].Visit.Code
			if next >= len(rows) || rows[next].outcome != p.Job.Outcome.Variable || rows[next].visit != visit {
				t.Errorf("%s: R gave no difference at visit %s", names[n], visit)
				break
			}
			x := rows[next]
			next++
			if p.Logit != nil && p.Logit.Separation != nil { // R fits the separated cells too
				continue
			}
			if !(math.Abs(x.estimate-c.Estimate) <= limit*c.SE) || !p.Job.Outcome.Logit() && !(math.Abs(x.se-c.SE) <= 0.02*c.SE) {
				t.Errorf("%s at visit %s: R %.7g (SE %.5g), here %.7g (SE %.5g)\n%s", names[n], visit, x.estimate, x.se, c.Estimate, c.SE, p.Job.Formula)
			}
		}
	}
	if next < len(rows) {
		t.Errorf("R gave %d differences more", len(rows)-next)
	}
}
