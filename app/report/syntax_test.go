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

// rRow is a line of the table that the script prints.
type rRow struct {
	outcome, visit string
	estimate, se   float64
}

// runR runs a script beside the long form, with these variables of the
// environment, and gives its table. The test is skipped where R lacks what the
// script needs; make test-r installs it and fails then.
func runR(t *testing.T, script string, long []byte, env ...string) []rRow {
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
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
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
	var got []rRow
	for _, row := range rows[1:] {
		got = append(got, rRow{row[at["outcome"]], row[at["visit"]], number(row[at["estimate"]]), number(row[at["se"]])})
	}
	return got
}

// analysis.R, run on the long form that the page saves, gives the contrasts of
// the outcome tables. One outcome of each kind; all of them with TRIALBOX_R=1
// (make test-r), which takes R three minutes.
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
	var names []string
	for _, j := range jobs {
		names = append(names, j.Outcome.Variable)
	}
	sameInR(t, tr, jobs, names, o)
}
