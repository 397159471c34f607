//go:build !js

package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const numbersFolder = "../stats/testdata/numbers/"

// described is a row as a reader of the JSON sees it.
type described struct {
	Variable  string
	Level     *string
	Statistic string
	All       describedCell
	Groups    map[string]describedCell
	Test      *string
	Value     *float64 `json:"statistic_value"`
	DF, P     *float64
	Note      string
	SMD       *float64
	Clustered *struct {
		Test  *string
		P, DF *float64
		Note  string
	}
}

type describedCell struct {
	N, Missing         int
	Value, SD          *float64
	Low, High          *float64
	Count, Denominator *int
}

// ran runs a command and gives what it writes.
func ran(run func(args []string, stdout, stderr *bytes.Buffer) int, args ...string) (status int, stdout, stderr string) {
	var out, bad bytes.Buffer
	status = run(args, &out, &bad)
	return status, out.String(), bad.String()
}

func runDescribe(t *testing.T, args ...string) []described {
	t.Helper()
	status, stdout, stderr := ran(func(a []string, o, e *bytes.Buffer) int { return describeCommand(a, o, e) }, args...)
	if status != 0 || stderr != "" {
		t.Fatalf("status %d: %s", status, stderr)
	}
	var out []described
	if err := json.Unmarshal([]byte(stdout), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// references reads a file of package stats's reference numbers.
func references(t *testing.T, name string) []map[string]string {
	t.Helper()
	b, err := os.ReadFile(numbersFolder + name)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		r := map[string]string{}
		for k, name := range rows[0] {
			r[name] = row[k]
		}
		out = append(out, r)
	}
	return out
}

// holds compares with a reference cell, 1e-9; a null must be an empty cell.
func holds(t *testing.T, what string, got *float64, want string) {
	t.Helper()
	w, err := strconv.ParseFloat(want, 64)
	if err != nil || got == nil || math.Abs(*got-w) > 1e-9*max(1, math.Abs(w)) {
		t.Errorf("%s: %v, want %s", what, got, want)
	}
}

const baselineVisit = "visit == 0"

// baseline_continuous.csv and baseline_quantiles.csv, as a user gets them.
func TestDescribeContinuous(t *testing.T) {
	refs := references(t, "baseline_continuous.csv")
	var names []string
	for _, r := range refs {
		names = append(names, r["variable"])
	}
	list := strings.Join(names, ",")
	means := runDescribe(t, "-by", "arm", "-mean", list, "-where", baselineVisit, scoredLong)
	pooled := runDescribe(t, "-by", "arm", "-t", "pooled", "-mean", list, "-where", baselineVisit, scoredLong)
	medians := runDescribe(t, "-by", "arm", "-median", list, "-where", baselineVisit, scoredLong)
	corrected := runDescribe(t, "-by", "arm", "-median", list, "-continuity", "-where", baselineVisit, scoredLong)
	for k, r := range refs {
		name, m := names[k], means[k]
		if m.Variable != name || m.Statistic != "mean" || m.Level != nil || *m.Test != "Welch t" || *pooled[k].Test != "pooled t" || *medians[k].Test != "Mann-Whitney" {
			t.Errorf("row %d is %+v", k, m)
		}
		holds(t, name+" mean", m.Groups["intervention"].Value, r["mean_int"])
		holds(t, name+" SD", m.Groups["control"].SD, r["sd_ctl"])
		holds(t, name+" all", m.All.Value, r["mean_all"])
		holds(t, name+" t", m.Value, r["t_welch"])
		holds(t, name+" df", m.DF, r["df_welch"])
		holds(t, name+" P", m.P, r["p_welch"])
		holds(t, name+" pooled", pooled[k].P, r["p_pooled"])
		holds(t, name+" z", medians[k].Value, r["mw_z"])
		holds(t, name+" ranks", medians[k].P, r["mw_p_no_cc"])
		holds(t, name+" corrected", corrected[k].P, r["mw_p_cc"])
		if n, _ := strconv.Atoi(r["n_ctl"]); m.Groups["control"].N != n || n+m.Groups["control"].Missing != 81 {
			t.Errorf("%s: %+v", name, m.Groups["control"])
		}
	}
	for _, kind := range []string{"2", "6", "7"} {
		rows := runDescribe(t, "-by", "arm", "-quantile", kind, "-median", list, "-where", baselineVisit, scoredLong)
		for _, r := range references(t, "baseline_quantiles.csv") {
			row := rows[slices.Index(names, r["variable"])]
			cell := row.All
			if r["group"] != "all" {
				cell = row.Groups[r["group"]]
			}
			switch r["p"] {
			case "0.25":
				holds(t, r["variable"]+" low", cell.Low, r["type"+kind])
			case "0.5":
				holds(t, r["variable"]+" median", cell.Value, r["type"+kind])
			case "0.75":
				holds(t, r["variable"]+" high", cell.High, r["type"+kind])
			}
		}
	}
}

// baseline_categorical.csv and baseline_counts.csv.
func TestDescribeCategorical(t *testing.T) {
	refs := references(t, "baseline_categorical.csv")
	tests := map[string]map[string]string{}
	var names []string
	for _, r := range refs {
		names = append(names, r["variable"])
		tests[r["variable"]] = r
	}
	rows := runDescribe(t, "-by", "arm", "-percent", strings.Join(names, ","), "-where", baselineVisit, scoredLong)
	at, compared := map[string]described{}, map[string]described{}
	for _, r := range rows {
		at[r.Variable+"="+*r.Level] = r
		if _, seen := compared[r.Variable]; !seen {
			compared[r.Variable] = r
		} else if r.Test != nil || r.P != nil {
			t.Errorf("%s has its test twice", r.Variable)
		}
	}
	for _, r := range references(t, "baseline_counts.csv") {
		row, ok := at[r["variable"]+"="+r["level"]]
		if r["level"] == "0" {
			if ok {
				t.Errorf("%s has a row for 0", r["variable"])
			}
			continue
		}
		cell := row.Groups[r["arm"]]
		holds(t, r["variable"]+r["level"], cell.Value, r["percent"])
		if strconv.Itoa(*cell.Count) != r["n"] || strconv.Itoa(*cell.Denominator) != r["N"] {
			t.Errorf("%s: %d of %d", r["variable"], *cell.Count, *cell.Denominator)
		}
	}
	for _, name := range names {
		got, want := compared[name], tests[name]["p_chi2_no_cc"]
		if *got.Test == "Fisher exact" {
			want = tests[name]["p_fisher"]
		} else {
			holds(t, name+" chi-square", got.Value, tests[name]["chi2"])
			holds(t, name+" df", got.DF, tests[name]["df"])
		}
		holds(t, name, got.P, want)
		if (*got.Test == "Fisher exact") != (name == "strong_opioid") {
			t.Errorf("%s by %s", name, *got.Test)
		}
	}
	if compared["working"].Note != "smallest expected count 4.4" {
		t.Errorf("working: %q", compared["working"].Note)
	}
	for rule, column := range map[string]string{"fisher": "p_fisher", "yates": "p_chi2_yates", "any5": "p_fisher"} {
		for _, r := range runDescribe(t, "-by", "arm", "-percent", "working,strong_opioid", "-table", rule, "-where", baselineVisit, scoredLong) {
			holds(t, r.Variable+" "+rule, r.P, tests[r.Variable][column])
		}
	}
}

// Every key is there, in the order of the contract, whatever the statistic.
func TestDescribeKeys(t *testing.T) {
	_, text, _ := ran(func(a []string, o, e *bytes.Buffer) int { return describeCommand(a, o, e) }, "-by", "arm", "-mean", "age", "-percent", "sbt_group", "-median", "bmi", "-where", baselineVisit, scoredLong)
	want := []string{"variable", "level", "statistic", "all", "n", "missing", "value", "sd", "low", "high", "count", "denominator", "groups",
		"control", "n", "missing", "value", "sd", "low", "high", "count", "denominator", "intervention", "n", "missing", "value", "sd", "low", "high", "count", "denominator",
		"test", "statistic_value", "df", "p", "note"}
	var got []string
	for _, line := range strings.Split(text, "\n") {
		if key, _, ok := strings.Cut(strings.TrimSpace(line), `": `); ok {
			got = append(got, strings.TrimPrefix(key, `"`))
		}
	}
	if len(got) != 5*len(want) || !slices.Equal(got[:len(want)], want) || !slices.Equal(got[2*len(want):3*len(want)], want) {
		t.Errorf("%d keys: %v", len(got), got)
	}
}

// Without events, without variation, without an arm, and with several rows a patient: a note, never a number.
func TestDescribeCannot(t *testing.T) {
	rows := runDescribe(t, "-by", "arm", "-percent", "strong_opioid", "-where", "visit == 3", scoredLong)
	if len(rows) != 1 || *rows[0].Level != "1" || *rows[0].All.Count != 0 || rows[0].Test != nil || rows[0].P != nil || !strings.Contains(rows[0].Note, "no events") {
		t.Errorf("no events: %+v", rows)
	}
	rows = runDescribe(t, "-by", "arm", "-mean", "visit,sbt_total", "-where", "visit == 3", scoredLong)
	if rows[0].Test != nil || !strings.Contains(rows[0].Note, "do not vary") {
		t.Errorf("constant: %+v", rows[0])
	}
	if rows[1].Test != nil || rows[1].All.N != 0 || rows[1].All.Value != nil || rows[1].All.Missing != 184 || rows[1].Note == "" {
		t.Errorf("all missing: %+v", rows[1])
	}
	rows = runDescribe(t, "-by", "arm", "-percent", "sbt_group", "-where", "visit == 3", scoredLong)
	if len(rows) != 1 || rows[0].Test != nil || rows[0].Groups["control"].Value != nil || *rows[0].Groups["control"].Denominator != 0 || !strings.Contains(rows[0].Note, "no answers") {
		t.Errorf("no answers: %+v", rows)
	}
	rows = runDescribe(t, "-by", "arm", "-median", "age", "-where", `visit == 0 & arm == "control"`, scoredLong)
	if len(rows[0].Groups) != 1 || rows[0].Test != nil || rows[0].Note == "" {
		t.Errorf("one arm: %+v", rows)
	}
	rows = runDescribe(t, "-by", "arm", "-mean", "age", scoredLong)
	if !strings.Contains(rows[0].Note, "683 rows of 315 patients") {
		t.Errorf("several rows a patient: %q", rows[0].Note)
	}
}

// Groups without a value, cells that are text, levels without anybody; more than two arms; the two options that add keys.
func TestDescribeOddities(t *testing.T) {
	file := filepath.Join(t.TempDir(), "odd.csv")
	text := "arm,clinic,y,word,event\nB,1,1,x,1\nB,1,2,y,1\nB,2,4,x,0\nB,2,7,x,0\nA,3,2,y,0\nA,3,2.5,y,0\nA,4,3,y,1\nA,4,,x,1\n,5,9,x,0\nC,6,5,z,0\nC,6,8,z,\nC,7,8.5,x,1\nC,7,2,z,0\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := runDescribe(t, "-by", "arm", "-mean", "y", "-percent", "word,event", "-median", "y", file)
	if rows[0].All.N != 11 || rows[0].All.Missing != 1 || *rows[0].Test != "Welch ANOVA" || !strings.Contains(rows[0].Note, "rows without arm left out: 1") || !strings.Contains(rows[0].Note, "denominator df") {
		t.Errorf("three arms: %+v", rows[0])
	}
	if len(rows) != 6 || *rows[3].Level != "z" || *rows[3].Groups["A"].Count != 0 || rows[4].Groups["C"].Missing != 1 || *rows[5].Test != "Kruskal-Wallis" {
		t.Errorf("%d rows: %+v", len(rows), rows)
	}
	rows = runDescribe(t, "-by", "arm", "-mean", "y", "-percent", "event", "-smd", "-cluster", "clinic", "-where", `arm != "C"`, file)
	// by hand: means 3.5 and 2.5, variances 7 and 0.25
	if got := *rows[0].SMD; math.Abs(got-1/math.Sqrt(3.625)) > 1e-12 {
		t.Errorf("standardised difference %v", got)
	}
	if c := rows[0].Clustered; c == nil || *c.Test != "cluster-adjusted t" || *c.DF != 2 {
		t.Errorf("clustered %+v", c)
	}
	if got := *rows[1].SMD; got != 0 {
		t.Errorf("shares alike: %v", got)
	}
}

func TestDescribeRefuses(t *testing.T) {
	for _, c := range []struct {
		args   string
		status int
		says   string
	}{
		{"-mean age FILE", 2, "-by is missing"},
		{"-by arm FILE", 2, "nothing to describe"},
		{"-by arm -mean age", 2, "one input file"},
		{"-by arm -mean age -quantile 5 FILE", 2, "type 5"},
		{"-by arm -mean age -t paired FILE", 2, "welch or pooled"},
		{"-by arm -percent age -table mcnemar FILE", 2, "fisher"},
		{"-by arm -mean age, FILE", 2, "empty name"},
		{"-by group -mean age FILE", 1, "no column group"},
		{"-by arm -mean heigth FILE", 1, "no column heigth"},
		{"-by arm -mean provider FILE", 1, "holds text"},
		{"-by patient_id -mean age FILE", 1, "too many for arms"},
		{"-by arm -percent patient_id FILE", 1, "different values"},
		{"-by arm -mean age -cluster clinic FILE", 1, "no column clinic"},
		{"-by arm -mean age -where visit==7 FILE", 1, "no row fulfils"},
		{"-by arm -mean age -where visit+1 FILE", 1, "not a comparison"},
		{"-by arm -mean age missing.csv", 1, "missing.csv"},
	} {
		status, stdout, stderr := ran(func(a []string, o, e *bytes.Buffer) int { return describeCommand(a, o, e) }, strings.Fields(strings.Replace(c.args, "FILE", scoredLong, 1))...)
		if status != c.status || stdout != "" || !strings.Contains(stderr, c.says) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d, %s%s", c.args, status, stdout, stderr)
		}
	}
}
