package report

import (
	"bytes"
	"encoding/csv"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"trialbox/app/analysis"
	"trialbox/app/dataset"
	"trialbox/app/trial"
)

// scoredTrial is the simulated trial with the reference's own scores, and the
// recipe that goes with it.
func scoredTrial(t *testing.T) (*trial.Trial, analysis.Recipe) {
	t.Helper()
	text, err := os.ReadFile("../analysis/reference.recipe.json")
	if err != nil {
		t.Fatal(err)
	}
	r, err := analysis.ParseRecipe(text)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("../trial/testdata/scored_long.csv")
	if err != nil {
		t.Fatal(err)
	}
	d, err := dataset.Read("scored_long.csv", bytes.NewReader(data), int64(len(data)), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tr, err := trial.Build(d, r.Mapping)
	if err != nil {
		t.Fatal(err)
	}
	return tr, r
}

// runR runs a script beside the long form and gives its table by outcome and
// visit: estimate and standard error. The test is skipped where R lacks what
// the script needs; make test-r installs it and fails then.
func runR(t *testing.T, script string, long []byte) map[[2]string][2]float64 {
	t.Helper()
	if err := exec.Command("Rscript", "-e", "library(lme4); library(nlme); library(ordinal)").Run(); err != nil {
		if os.Getenv("TRIALBOX_R") != "" {
			t.Fatal("R with lme4 and ordinal is asked for and does not run: ", err)
		}
		t.Skip("R with lme4 and ordinal is not installed")
	}
	dir := t.TempDir()
	for name, body := range map[string][]byte{"analysis.R": []byte(script), "trial long.csv": long} {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("Rscript", "analysis.R")
	cmd.Dir = dir
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	if said.Len() > 0 {
		t.Log(said.String())
	}
	rows, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for k, name := range rows[0] {
		at[name] = k
	}
	number := func(s string) float64 {
		x, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return math.NaN()
		}
		return x
	}
	got := map[[2]string][2]float64{}
	for _, row := range rows[1:] {
		got[[2]string{row[at["outcome"]], row[at["visit"]]}] = [2]float64{number(row[at["estimate"]]), number(row[at["se"]])}
	}
	return got
}

// analysis.R, run on the long form that the page saves, gives the contrasts:
// linear ones within 1e-4 of a standard error, binary and ordinal ones within
// 1e-3 of our own Laplace fits. One outcome of each kind; all of them with
// TRIALBOX_R=1 (make test-r), which takes R three minutes.
func TestRScriptRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("runs R")
	}
	tr, r := scoredTrial(t)
	if os.Getenv("TRIALBOX_R") == "" {
		r.Outcomes = slices.DeleteFunc(r.Outcomes, func(o analysis.Outcome) bool {
			return !slices.Contains([]string{"odi", "bbq", "sat_heard", "lbp_daily", "sbt_group"}, o.Variable)
		})
	}
	o := r.Options
	o.Resample, o.Integration, o.Nodes = "none", "laplace", 0
	jobs := analysis.Plan(tr, r.Mapping, r.Outcomes, o)
	got := runR(t, analysis.RScript(tr, jobs, o, "trial long.csv"), LongCSV(tr))
	compared := 0
	for _, p := range analysis.RunAll(jobs, o) {
		limit := 1e-4
		if p.Job.Outcome.Logit() {
			limit = 1e-3
		}
		for k, c := range p.Contrasts {
			if math.IsNaN(c.Estimate) || p.Logit != nil && p.Logit.Separation != nil { // R fits the separated cells too
				continue
			}
			key := [2]string{p.Job.Outcome.Variable, p.Job.Visits[p.Job.At[k]].Visit.Code}
			x, ok := got[key]
			compared++
			if !ok || !(math.Abs(x[0]-c.Estimate) <= limit*c.SE) {
				t.Errorf("%v: R %.7g (SE %.5g), here %.7g (SE %.5g)", key, x[0], x[1], c.Estimate, c.SE)
			}
		}
	}
	if compared < 2*len(jobs) {
		t.Errorf("only %d contrasts were compared", compared)
	}
}
