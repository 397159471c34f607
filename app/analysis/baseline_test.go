package analysis

import (
	"encoding/csv"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trialbox/app/dataset"
	"trialbox/app/trial"
	"trialbox/stats"
)

// records reads a table of testdata as maps from its heads.
func records(t *testing.T, file string) []map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, l := range lines[1:] {
		m := map[string]string{}
		for i, head := range lines[0] {
			m[head] = l[i]
		}
		out = append(out, m)
	}
	return out
}

func figure(t *testing.T, s string) float64 {
	t.Helper()
	if s == "" || s == "NA" {
		return math.NaN()
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// near compares at 1e-9, relative above 1; the reference's files have 14
// digits.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(want) {
		return
	}
	if d := math.Abs(got - want); !(d <= 1e-9*math.Max(1, math.Abs(want))) {
		t.Errorf("%s: %v, the reference has %v", what, got, want)
	}
}

func trialOfScores(t *testing.T) *trial.Trial {
	t.Helper()
	f, err := os.Open("../trial/testdata/scored_long.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, _ := f.Stat()
	d, err := dataset.Read("scored_long.csv", f, info.Size(), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := ExampleRecipe().Mapping
	m.Instruments, m.Covariates = nil, nil
	m.Outcomes = []string{"odi"}
	tr, err := trial.Build(d, m)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// linesOf computes one variable by both roads of the tables.
func linesOf(t *testing.T, tr *trial.Trial, b Baseline, variable, statistic string) []BaselineLine {
	t.Helper()
	b.Tables = []BaselineTable{{Rows: []BaselineRow{{Variable: variable, Label: variable, Statistic: statistic}}}}
	return BaselineTables(tr, &b).Tables[0].Lines
}

// The means, tests and quartiles of the reference (R 4.2.2: t.test,
// wilcox.test without and with continuity correction, quantile).
func TestBaselineContinuous(t *testing.T) {
	tr := trialOfScores(t)
	all := records(t, "testdata/baseline_continuous.csv")
	if len(all) != 20 {
		t.Fatalf("%d variables", len(all))
	}
	for _, ref := range all {
		name := ref["variable"]
		want := func(column string) float64 { return figure(t, ref[column]) }
		l := linesOf(t, tr, Baseline{}, name, "mean")[0]
		near(t, name+" n", float64(l.Groups[1].N), want("n_int"))
		near(t, name+" n control", float64(l.Groups[0].N), want("n_ctl"))
		for g, suffix := range []string{"ctl", "int"} {
			near(t, name+" mean "+suffix, l.Groups[g].Value, want("mean_"+suffix))
			near(t, name+" sd "+suffix, l.Groups[g].SD, want("sd_"+suffix))
		}
		near(t, name+" mean", l.All.Value, want("mean_all"))
		near(t, name+" sd", l.All.SD, want("sd_all"))
		near(t, name+" t", l.Test.Statistic, want("t_welch"))
		near(t, name+" df", l.Test.DF, want("df_welch"))
		near(t, name+" P", l.Test.P, want("p_welch"))
		l = linesOf(t, tr, Baseline{TTest: "pooled"}, name, "mean")[0]
		near(t, name+" pooled t", l.Test.Statistic, want("t_pooled"))
		near(t, name+" pooled P", l.Test.P, want("p_pooled"))
		for statistic, b := range map[string]Baseline{"median": {}, "range": {}} {
			l = linesOf(t, tr, b, name, statistic)[0]
			near(t, name+" z", l.Test.Statistic, want("mw_z"))
			near(t, name+" Mann-Whitney P", l.Test.P, want("mw_p_no_cc"))
		}
		l = linesOf(t, tr, Baseline{Continuity: true}, name, "median")[0]
		near(t, name+" Mann-Whitney P with correction", l.Test.P, want("mw_p_cc"))
	}
	for _, ref := range records(t, "testdata/baseline_quantiles.csv") {
		p := figure(t, ref["p"])
		if p != 0.25 && p != 0.5 && p != 0.75 {
			continue
		}
		for _, kind := range []int{2, 6, 7} {
			l := linesOf(t, tr, Baseline{Quartiles: kind}, ref["variable"], "median")[0]
			c := map[string]stats.Cell{"all": l.All, "control": l.Groups[0], "intervention": l.Groups[1]}[ref["group"]]
			got := map[float64]float64{0.25: c.Low, 0.5: c.Value, 0.75: c.High}[p]
			near(t, ref["variable"]+" quantile of type "+strconv.Itoa(kind), got, figure(t, ref["type"+strconv.Itoa(kind)]))
		}
	}
}

// Counts, percentages and tests of categories (R: chisq.test, fisher.test).
func TestBaselineCategorical(t *testing.T) {
	tr := trialOfScores(t)
	all := records(t, "testdata/baseline_categorical.csv")
	if len(all) != 19 {
		t.Fatalf("%d variables", len(all))
	}
	for _, ref := range all {
		name := ref["variable"]
		for counts, column := range map[string]string{"pearson": "p_chi2_no_cc", "yates": "p_chi2_yates", "fisher": "p_fisher"} {
			l := linesOf(t, tr, Baseline{Counts: counts}, name, "percent")[0]
			near(t, name+" "+counts, l.Test.P, figure(t, ref[column]))
		}
		if n := len(linesOf(t, tr, Baseline{}, name, "percent")); n != 1 && ref["rows"] != strconv.Itoa(n) {
			t.Errorf("%s has %d lines for %s categories", name, n, ref["rows"])
		}
	}
	for _, ref := range records(t, "testdata/baseline_counts.csv") {
		lines := linesOf(t, tr, Baseline{}, ref["variable"], "percent")
		k := slices.IndexFunc(lines, func(l BaselineLine) bool { return l.Level == ref["level"] || l.Level == "" && ref["level"] == "1" })
		if k < 0 {
			if ref["level"] != "0" {
				t.Errorf("%s has no line for %s", ref["variable"], ref["level"])
			}
			continue
		}
		c := lines[k].Groups[0]
		if ref["arm"] == "intervention" {
			c = lines[k].Groups[1]
		}
		near(t, ref["variable"]+" n", float64(c.Count), figure(t, ref["n"]))
		near(t, ref["variable"]+" of", float64(c.N), figure(t, ref["N"]))
		near(t, ref["variable"]+" per cent", c.Value, figure(t, ref["percent"]))
	}
}

// The P values that the model paper prints in its Tables 1 and 2 for counts
// come out of the example's own tables, to the printed digit; only strong
// opioids is Fisher's.
func TestPrintedP(t *testing.T) {
	recipe := ExampleRecipe()
	_, tr := exampleTrial(t, "trial_long.csv", recipe.Mapping)
	got := map[string]BaselineLine{}
	for _, table := range BaselineTables(tr, recipe.Baseline).Tables {
		for _, l := range table.Lines {
			if l.First {
				got[l.Row.Variable] = l
			}
		}
	}
	named := map[string]string{"omp_group": "ompsq_group"}
	for _, ref := range records(t, "testdata/paper_tables12_counts_check.csv") {
		name := ref["item"]
		if n, ok := named[name]; ok {
			name = n
		}
		l, ok := got[name]
		if !ok || math.Abs(l.Test.P-figure(t, ref["paper_p"])) > 0.0005 {
			t.Errorf("%s: P %.4f, the paper prints %s", name, l.Test.P, ref["paper_p"])
		}
		if fisher := l.Test.Name == "Fisher exact"; fisher != (name == "strong_opioid") {
			t.Errorf("%s is tested by %s", name, l.Test.Name)
		}
	}
	if note := got["working"].Test.Note; note != "smallest expected count 4.4" {
		t.Errorf("the note of actively working is %q", note)
	}
	var marked []string
	for _, table := range BaselineTables(tr, recipe.Baseline).Tables {
		for _, l := range table.Lines {
			if l.Imbalanced {
				marked = append(marked, l.Row.Variable)
			}
			if l.Reason != "" || l.First && l.Test.Status != stats.OK {
				t.Errorf("%s: %s %s", l.Row.Variable, l.Reason, l.Test.Status)
			}
		}
	}
	if want := []string{"delay_days", "pain_duration", "fabq_pa"}; !slices.Equal(marked, want) {
		t.Errorf("marked as imbalanced: %v, the authors adjusted for %v", marked, want)
	}
}

// The list proposed for the example holds every row of the paper's tables with
// the paper's statistic where the distribution decides it.
func TestProposeBaseline(t *testing.T) {
	recipe := ExampleRecipe()
	_, tr := exampleTrial(t, "trial_long.csv", recipe.Mapping)
	b := ProposeBaseline(tr, nil, nil)
	proposed := map[string]string{}
	for _, table := range b.Tables {
		for _, row := range table.Rows {
			proposed[row.Variable] = row.Statistic
		}
	}
	for _, table := range recipe.Baseline.Tables {
		for _, row := range table.Rows {
			if proposed[row.Variable] == "" {
				t.Errorf("%s is not proposed", row.Variable)
			}
		}
	}
	for name, want := range map[string]string{"age": "mean", "bmi": "mean", "female": "percent", "pain_duration": "percent", "sbt_group": "percent", "delay_days": "range",
		"sick_leave_days": "median", "eq_vas": "median", "nrs_back": "median", "odi": "median", "eq5d3l": "median", "provider": "", "unit_name": "", "visit_date": "", "odi1": "", "stratum": ""} {
		if proposed[name] != want {
			t.Errorf("%s is proposed as %q, not %q", name, proposed[name], want)
		}
	}
	if err := b.Validate(); err != nil {
		t.Error(err)
	}
}

// smallTrial builds a trial of a few lines of CSV.
func smallTrial(t *testing.T, text string) *trial.Trial {
	t.Helper()
	d, err := dataset.Read("small.csv", strings.NewReader(text), int64(len(text)), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, _ := trial.Guess(d)
	tr, err := trial.Build(d, m)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// Doubtful variables have a sentence and no P value, and the others stand.
func TestBaselineRefusals(t *testing.T) {
	head := "unit,patient,arm,visit,y,same,empty,one_arm,none,word\n"
	lines := []string{}
	for i := range 8 {
		arm, unit, one := "control", "A", ""
		if i >= 4 {
			arm, unit, one = "intervention", "B", strconv.Itoa(i)
		}
		for _, visit := range []string{"0", "3"} {
			lines = append(lines, strings.Join([]string{unit, "p" + strconv.Itoa(i), arm, visit, strconv.Itoa(i * i), "5", "", one, "0", "w" + strconv.Itoa(i%3)}, ","))
		}
	}
	tr := smallTrial(t, head+strings.Join(lines, "\n")+"\n")
	for _, c := range []struct{ variable, statistic, want string }{
		{"same", "mean", "do not vary"},
		{"same", "median", ""},
		{"empty", "mean", "Nobody has a value of empty"},
		{"one_arm", "mean", "Nobody in the group “control” has a value of one_arm"},
		{"one_arm", "median", "Nobody in the group “control” has a value of one_arm"},
		{"none", "percent", "no events"},
		{"empty", "percent", "Nobody has a value"},
		{"word", "mean", "holds words, not numbers"},
		{"gone", "mean", "no column or score “gone”"},
		{"y", "mean", ""},
	} {
		l := linesOf(t, tr, Baseline{Clustered: true}, c.variable, c.statistic)[0]
		said := l.Reason + string(l.Test.Status)
		if c.want == "" && c.variable == "same" { // a median without spread: said by the test
			if said == "" || !math.IsNaN(l.Test.P) {
				t.Errorf("%s %s: P %v, %q", c.variable, c.statistic, l.Test.P, said)
			}
			continue
		}
		if !strings.Contains(said, c.want) || c.want == "" && said != "" || c.want != "" && l.Reason == "" && !math.IsNaN(l.Test.P) || l.Imbalanced && c.want != "" {
			t.Errorf("%s %s: P %v, %q", c.variable, c.statistic, l.Test.P, said)
		}
		if c.variable == "y" && l.Clustered.Status == stats.OK {
			t.Errorf("one unit an arm has a cluster-adjusted test: %+v", l.Clustered)
		}
	}
	if w := BaselineTables(tr, &Baseline{}).Warnings; len(w) != 1 || !strings.Contains(w[0], "Each arm has one unit") {
		t.Errorf("warnings: %q", w)
	}
}

// A patient without the first visit has the values that are repeated on every
// row, and lacks the answers.
func TestBaselineOfLatecomer(t *testing.T) {
	tr := smallTrial(t, `unit,patient,arm,visit,age,score
A,1,control,0,40,5
A,1,control,3,40,4
A,2,control,0,50,6
A,2,control,3,50,7
B,3,intervention,3,60,8
B,4,intervention,0,70,9
B,4,intervention,3,70,2
`)
	age, score := linesOf(t, tr, Baseline{}, "age", "mean")[0], linesOf(t, tr, Baseline{}, "score", "mean")[0]
	if age.All.N != 4 || age.Groups[1].Value != 65 {
		t.Errorf("age: %+v", age)
	}
	if score.Groups[1].N != 1 || score.Groups[1].Missing != 1 || score.Groups[1].Value != 9 {
		t.Errorf("score: %+v", score)
	}
}

// A recipe with a table that cannot be computed is refused with its path, and
// a good one is the same after writing and reading.
func TestBaselineRecipe(t *testing.T) {
	r := ExampleRecipe()
	again, err := ParseRecipe(r.JSON())
	if err != nil {
		t.Fatal(err)
	}
	if string(again.JSON()) != string(r.JSON()) || again.Baseline == nil || *again.Flow.Approached != 10 {
		t.Error("the recipe changes when it is read again")
	}
	for from, path := range map[string]string{
		`"statistic": "mean"`:   "baseline.tables[0].rows[0].statistic",
		`"variable": "age"`:     "baseline.tables[0].rows[0].variable",
		`"approached": 10`:      "flow.approached",
		`"bodies": "providers"`: "flow.lost[0].arm",
	} {
		to := map[string]string{`"statistic": "mean"`: `"statistic": "mode"`, `"variable": "age"`: `"variable": ""`, `"approached": 10`: `"approached": -1`,
			`"bodies": "providers"`: `"bodies": "x", "lost": [{"arm": 2, "visit": "3", "reason": "moved", "people": 1}]`}[from]
		text := strings.Replace(string(r.JSON()), from, to, 1)
		if _, err := ParseRecipe([]byte(text)); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
