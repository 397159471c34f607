//go:build !js

package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

const (
	trialFolder  = "../stats/testdata/trial/"
	scoredLong   = trialFolder + "scored_long.csv"
	baseFormula  = "~ arm*factor(visit) + delay_days + factor(pain_duration) + fabq_pa_0 + (1|unit_id/patient_id)"
	contrastAt12 = "12 months: 1*armintervention + 1*armintervention:factor(visit)12"
)

// fitOutput is what a reader of the JSON sees.
type fitOutput struct {
	Method    string
	N         int `json:"n_obs"`
	Dropped   int `json:"n_dropped"`
	Groups    map[string]int
	LogLik    *float64
	Converged bool
	Singular  bool
	Warnings  []string
	Fixed     []fitEntry
	Contrasts []fitEntry
	Vcov      [][]float64
	VcovTerms []string `json:"vcov_terms"`
	Random    []struct {
		Group, Term  string
		Variance, SD float64
	}
	Residual  float64 `json:"residual_variance"`
	ICC       map[string]float64
	Bootstrap *struct {
		Scheme                                  string
		Replicates, Converged, Boundary, Failed int
		Reasons                                 map[string]int
		Seed                                    *uint64
		Contrasts                               []struct {
			Name string
			SE   float64
			MCSE float64    `json:"mc_se"`
			CI   [2]float64 `json:"ci_normal"`
		}
	}
	Replicates []struct {
		Replicate any
		Converged bool
		LogLik    *float64
		Fixed     []*float64
		Contrasts []*float64
		Variances []*float64
		Reason    string
	}
}

type fitEntry struct {
	Term, Name      string
	Estimate, SE, P float64
	DF              *float64
	CI              [2]float64
}

func runFit(t *testing.T, args ...string) (out fitOutput, text string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := fitCommand(args, &stdout, &stderr); status != 0 {
		t.Fatalf("status %d: %s", status, stderr.String())
	}
	if err := json.Unmarshal(stdout.Bytes(), &out); err != nil {
		t.Fatalf("%v in\n%s", err, stdout.String())
	}
	return out, stdout.String()
}

// TestFitBase: the Oswestry base model gives lme4's log-likelihood, and every key is there.
func TestFitBase(t *testing.T) {
	out, text := runFit(t, "-formula", "odi "+baseFormula, "-contrast", contrastAt12, scoredLong)
	close := func(what string, got, want, tolerance float64) {
		t.Helper()
		if !(math.Abs(got-want) <= tolerance) {
			t.Errorf("%s %.9g, want %.9g", what, got, want)
		}
	}
	close("logLik", *out.LogLik, -2576.816206, 1e-6)
	close("contrast", out.Contrasts[0].Estimate, 4.30954019633847, 1e-6)
	close("its SE", out.Contrasts[0].SE, 2.05907839857836, 1e-6)
	close("its P", out.Contrasts[0].P, 0.0363539623465877, 1e-7)
	close("its interval", out.Contrasts[0].CI[0], 0.27382069378047, 1e-6)
	close("icc of unit_id", out.ICC["unit_id"], 2.12272487/(2.12272487+50.22232757+80.08056293), 1e-6)
	close("icc of patient_id", out.ICC["patient_id"], (2.12272487+50.22232757)/(2.12272487+50.22232757+80.08056293), 1e-6)
	if out.N != 677 || out.Dropped != 6 || out.Groups["unit_id"] != 22 || out.Groups["patient_id"] != 312 || len(out.Vcov) != 11 {
		t.Errorf("%d rows, %d dropped, groups %v", out.N, out.Dropped, out.Groups)
	}
	if out.Random[0].Group != "unit_id" || out.Random[1].Group != "patient_id" || out.Contrasts[0].DF != nil {
		t.Errorf("random %v, df %v", out.Random, out.Contrasts[0].DF)
	}
	if out.Contrasts[0].Name != "12 months" || out.Fixed[10].Term != "armintervention:factor(visit)12" {
		t.Errorf("names %q, %q", out.Contrasts[0].Name, out.Fixed[10].Term)
	}
	var keys map[string]any
	if err := json.Unmarshal([]byte(text), &keys); err != nil {
		t.Fatal(err)
	}
	for _, key := range strings.Fields("formula family method n_obs n_dropped groups loglik criterion aic bic converged singular warnings fixed vcov vcov_terms thresholds random residual_variance icc integration bootstrap contrasts") {
		if _, ok := keys[key]; !ok {
			t.Errorf("no key %s", key)
		}
	}
}

// TestFitReading: the same model from exports with other delimiters, decimal marks, line ends and missing codes.
func TestFitReading(t *testing.T) {
	dir := t.TempDir()
	all, err := os.ReadFile(scoredLong)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(all)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, delimiter, decimal, missing, eol string) string {
		var b strings.Builder
		for n, row := range rows {
			for k, cell := range row {
				if k > 0 {
					b.WriteString(delimiter)
				}
				if cell == "" {
					cell = missing
				}
				if _, err := strconv.ParseFloat(cell, 64); err == nil && n > 0 {
					cell = strings.Replace(cell, ".", decimal, 1)
				}
				b.WriteString(cell)
			}
			b.WriteString(eol)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	want, _ := runFit(t, "-formula", "pf20_t "+baseFormula, scoredLong)
	for _, args := range [][]string{
		{write("semicolon.csv", ";", ",", "NA", "\r\n")},
		{write("tab.tsv", "\t", ".", "-77", "\n"), "-missing", "-77,888"},
	} {
		got, _ := runFit(t, append([]string{"-formula", "pf20_t " + baseFormula}, args...)...)
		if len(got.Warnings) != len(want.Warnings) {
			t.Errorf("%v: warnings %q", args, got.Warnings)
		}
		if got.N != want.N || math.Abs(*got.LogLik-*want.LogLik) > 1e-9 {
			t.Errorf("%v: %d rows, logLik %v; want %d, %v", args, got.N, *got.LogLik, want.N, *want.LogLik)
		}
	}
}

// TestFitCodes: numbers that are taken for missing unasked are said.
func TestFitCodes(t *testing.T) {
	data := "g,y,x\n"
	for k := range 60 {
		y := strconv.Itoa(k * k % 11)
		if k%9 == 4 {
			y = "-99"
		}
		data += strings.Join([]string{"g" + strconv.Itoa(k/5), y, strconv.Itoa(k % 3)}, ",") + "\n"
	}
	path := filepath.Join(t.TempDir(), "codes.csv")
	if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
	said := func(out fitOutput) bool {
		return strings.Contains(strings.Join(out.Warnings, " "), "y: -99 is taken as missing")
	}
	unasked, _ := runFit(t, "-formula", "y ~ x + (1|g)", path)
	asked, _ := runFit(t, "-formula", "y ~ x + (1|g)", "-missing", "-99", path)
	if asked.Dropped == 0 || said(asked) {
		t.Errorf("asked: %d dropped, warnings %q", asked.Dropped, asked.Warnings)
	}
	if said(unasked) != (unasked.Dropped > 0) {
		t.Errorf("unasked: %d dropped, warnings %q", unasked.Dropped, unasked.Warnings)
	}
}

// TestFitWords: yes and no, or the two sexes in a column named after one, are words of the file: levels of a factor named
// as R's model.matrix names them, found by -where, and the event of a binary outcome. Spellings of one word are one level.
func TestFitWords(t *testing.T) {
	data := "g,y,smoker,female\n"
	for k := range 40 {
		smoker := []string{"No", "Yes", "no", "Yes"}[k*k%7%4]
		data += strings.Join([]string{strconv.Itoa(k / 5), strconv.Itoa(k * k % 11), smoker, []string{"Female", "Male"}[k*k%5%2]}, ",") + "\n"
	}
	path := filepath.Join(t.TempDir(), "words.csv")
	if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
	both, _ := runFit(t, "-formula", "y ~ smoker*female + (1|g)", path)
	var terms []string
	for _, f := range both.Fixed {
		terms = append(terms, f.Term)
	}
	if got := strings.Join(terms, " "); got != "(Intercept) smokerYes femaleMale smokerYes:femaleMale" {
		t.Errorf("terms %s", got)
	}
	some, _ := runFit(t, "-formula", "y ~ female + (1|g)", "-where", `smoker == "No"`, path)
	if some.N == 0 || some.N == both.N {
		t.Errorf("%d of %d rows have smoker == \"No\"", some.N, both.N)
	}
	_, text := runFit(t, "-family", "binary", "-formula", "smoker ~ y + (1|g)", path)
	if !strings.Contains(text, `"event": "Yes"`) {
		t.Error("the event is not named Yes")
	}
}

// TestFitTorn: rows that do not fit the header, and two columns of one name, are said beside the estimates.
func TestFitTorn(t *testing.T) {
	data := "g,y,x,y\n"
	for k := range 30 {
		row := []string{strconv.Itoa(k / 5), strconv.Itoa(k * k % 11), strconv.Itoa(k % 3), "1"}
		if k == 7 {
			row = append(row, "more")
		}
		data += strings.Join(row, ",") + "\n"
	}
	path := filepath.Join(t.TempDir(), "torn.csv")
	if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
	for formula, want := range map[string][]string{"y ~ x + (1|g)": {"torn.csv, line 1", "line 9: this row has 5 cells"}, "x ~ 1 + (1|g)": {"line 9: this row has 5 cells"}} {
		out, _ := runFit(t, "-formula", formula, path)
		said := strings.Join(out.Warnings, " ")
		for _, w := range want {
			if !strings.Contains(said, w) {
				t.Errorf("%s: warnings %q, want %q", formula, out.Warnings, w)
			}
		}
		if strings.Contains(said, "two columns") != (len(want) == 2) {
			t.Errorf("%s: warnings %q", formula, out.Warnings)
		}
	}
}

// TestFitReplay replays the reference's draws: contrasts within 1e-4 but where that engine stopped short (see
// TestReplayTrial of stats/mixed).
func TestFitReplay(t *testing.T) {
	weights := trialFolder + "boot_replicates_nrs_leg_cluster_by_arm.csv"
	out, _ := runFit(t, "-formula", "nrs_leg "+baseFormula, "-contrast", contrastAt12, "-weights", weights, scoredLong)
	file, err := os.Open(weights)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Replicates) != 200 || out.Bootstrap.Replicates != 200 || out.Bootstrap.Scheme != "given draws" || out.Bootstrap.Seed != nil {
		t.Fatalf("%d replicates, bootstrap %+v", len(out.Replicates), out.Bootstrap)
	}
	for k, r := range out.Replicates {
		want, _ := strconv.ParseFloat(rows[k+1][25], 64)
		if !r.Converged || r.Replicate != float64(k+1) || len(r.Fixed) != 11 || len(r.Variances) != 3 || math.Abs(*r.Contrasts[0]-want) > 1e-4 {
			t.Errorf("replicate %v: %v, want %v", r.Replicate, *r.Contrasts[0], want)
		}
	}
}

// TestFitBoot: the same output for any number of processors; another seed gives another.
func TestFitBoot(t *testing.T) {
	args := func(seed string) []string {
		return []string{scoredLong, "-formula", "odi " + baseFormula, "-contrast", contrastAt12, "-boot", "500", "-by", "arm", "-seed", seed}
	}
	out, one := runFit(t, args("5")...)
	if se := out.Bootstrap.Contrasts[0].SE; out.Bootstrap.Replicates != 500 || *out.Bootstrap.Seed != 5 || math.Abs(se-1.77) > 0.25 {
		t.Errorf("bootstrap %+v", out.Bootstrap)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if _, again := runFit(t, args("5")...); again != one {
		t.Error("one processor gives another output")
	}
	if _, other := runFit(t, args("6")...); other == one {
		t.Error("another seed gives the same output")
	}
}

// TestFitErrors: one sentence, status 1 for the data and 2 for the command line, nothing on standard output.
// TestFitLinear runs what linear models have beside estimates, on R's sleepstudy: lmerTest's degrees of freedom (17 for
// the slope in a balanced design), lme4's correlation and profile intervals, its likelihood ratio test.
func TestFitLinear(t *testing.T) {
	const file = "../stats/mixed/testdata/public/sleepstudy.csv"
	var out struct {
		fitOutput
		ICC     map[string]float64
		Random  []struct{ Corr *float64 }
		Profile []struct {
			Group, Term, Parameter string
			CI                     [2]float64
		}
		LRT         struct{ Statistic, P float64 }
		Diagnostics struct {
			RandomEffects []struct{ Value, SE float64 } `json:"random_effects"`
			Fitted        []float64
		}
	}
	run := func(args ...string) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if status := fitCommand(append([]string{"-formula", "Reaction ~ Days + (Days|Subject)", file}, args...), &stdout, &stderr); status != 0 {
			t.Fatal(stderr.String())
		}
		if err := json.Unmarshal(stdout.Bytes(), &out); err != nil {
			t.Fatal(err)
		}
	}
	run("-method", "reml", "-df", "kr", "-diagnostics", "-lrt", "Reaction ~ Days + (1|Subject)")
	near := func(what string, got, want, tolerance float64) {
		t.Helper()
		if !(math.Abs(got-want) <= tolerance) {
			t.Errorf("%s = %v, want %v", what, got, want)
		}
	}
	near("SE", out.Fixed[1].SE, 1.5457896, 1e-4)
	near("df", *out.Fixed[1].DF, 17, 1e-3)
	near("correlation", *out.Random[1].Corr, 0.0655512, 1e-4)
	near("likelihood ratio", out.LRT.Statistic, 42.8369, 1e-3)
	if out.ICC != nil || len(out.Diagnostics.RandomEffects) != 36 || len(out.Diagnostics.Fitted) != 180 {
		t.Errorf("icc %v, %d random effects, %d rows", out.ICC, len(out.Diagnostics.RandomEffects), len(out.Diagnostics.Fitted))
	}
	run("-profile", "-robust", "cr2")
	near("slope SD, lower end", out.Profile[1].CI[0], 3.801, 0.01)
	near("correlation, upper end", out.Profile[1].CI[1]+out.Profile[2].CI[1], 0.685+8.753, 0.1)
	near("df", *out.Fixed[1].DF, 17, 1e-3)
}

func TestFitErrors(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	small := "g,p,y,x,c,odd\n"
	for k := range 12 {
		small += strings.Join([]string{"g" + strconv.Itoa(k/4), strconv.Itoa(k), strconv.Itoa(k * k % 7), strconv.Itoa(k % 3), "5", strconv.Itoa(k)}, ",") + "\n"
	}
	csvFile := file("small.csv", small)
	infinite := file("infinite.csv", strings.Replace(small, "\ng0,1,1,1,", "\ng0,1,1,-Inf,", 1))
	oddFile := file("odd.csv", strings.Replace(small, ",5,10\n", ",5,ten\n", 1))
	weights := func(name, content string) []string {
		return []string{"-formula", "y ~ x + (1|g)", "-weights", file(name, content), csvFile}
	}
	fit := func(formula string, more ...string) []string {
		return append(append([]string{"-formula", formula}, more...), csvFile)
	}
	for name, c := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"infinite":         {[]string{"-formula", "y ~ x + (1|g)", infinite}, 1, `x holds "-Inf" in line 3: a model cannot use an infinite value`},
		"no formula":       {[]string{csvFile}, 2, "-formula is missing"},
		"no file":          {[]string{"-formula", "y ~ x + (1|g)"}, 2, "CSV file is missing"},
		"two files":        {fit("y ~ x + (1|g)", csvFile), 2, "one CSV file"},
		"unknown flag":     {fit("y ~ x + (1|g)", "-frobnicate"), 2, "frobnicate"},
		"binary":           {fit("y ~ x + (1|g)", "-family", "binary"), 1, "counts are not supported"},
		"kr":               {fit("y ~ x + (1|g)", "-df", "kr"), 2, "needs -method reml"},
		"kr and robust":    {fit("y ~ x + (1|g)", "-df", "kr", "-method", "reml", "-robust", "cr2"), 2, "choose one"},
		"robust kind":      {fit("y ~ x + (1|g)", "-robust", "cr7"), 2, "-robust cr7 is not known"},
		"lrt rows":         {fit("y ~ x + (1|g)", "-lrt", "c ~ x + (1|g)"), 1, "the outcome is not the same"},
		"lrt equal":        {fit("y ~ x + (1|g)", "-lrt", "y ~ x + (1|g)"), 1, "same number of parameters"},
		"agq":              {fit("y ~ x + (1|g)", "-method", "agq"), 2, "-method agq belongs to -family binary or ordinal"},
		"patients":         {fit("y ~ x + (1|g)", "-boot", "9", "-resample", "patients"), 1, "needs groups within groups"},
		"two-stage":        {fit("y ~ x + (1|g)", "-boot", "9", "-resample", "two-stage"), 1, "needs groups within groups"},
		"no such scheme":   {fit("y ~ x + (1|g)", "-boot", "9", "-resample", "rows"), 2, "available: units, patients, two-stage, parametric, wild, permutation"},
		"permute what":     {fit("y ~ x + (1|g)", "-boot", "9", "-resample", "permutation"), 2, "needs -by with the column of the arm"},
		"permute x":        {fit("y ~ x + (1|g)", "-boot", "9", "-resample", "permutation", "-by", "x"), 1, "not the same in all rows of g"},
		"permute nothing":  {fit("y ~ x + (1|g)", "-boot", "9", "-resample", "permutation", "-by", "nothing"), 1, "there is no column nothing"},
		"permute outside":  {fit("y ~ 1 + (1|g)", "-boot", "9", "-resample", "permutation", "-by", "x"), 1, "not among the fixed effects"},
		"invert units":     {fit("y ~ x + (1|g)", "-boot", "9", "-invert"), 2, "belongs to -resample permutation"},
		"strata alone":     {fit("y ~ x + (1|g)", "-strata", "x"), 2, "-boot, which is missing"},
		"strata vary":      {fit("y ~ x + (1|g)", "-boot", "9", "-strata", "x"), 1, "-strata: x is not the same in all rows of g g0"},
		"wild binary":      {fit("y ~ x + (1|g)", "-boot", "9", "-resample", "wild", "-family", "binary"), 2, "belongs to -family gaussian"},
		"nodes":            {fit("y ~ x + (1|g)", "-nodes", "9"), 2, "-nodes and -levels belong to"},
		"boot and weights": {fit("y ~ x + (1|g)", "-boot", "9", "-weights", csvFile), 2, "choose one"},
		"by without boot":  {fit("y ~ x + (1|g)", "-by", "x"), 2, "-boot, which is missing"},
		"missing file":     {[]string{"-formula", "y ~ x + (1|g)", filepath.Join(dir, "none.csv")}, 1, "none.csv"},
		"bad formula":      {fit("y ~ x + (1|g"), 1, "position 9 is not closed"},
		"no column":        {fit("yy ~ x + (1|g)"), 1, "no column yy (similar: y)"},
		"slope":            {fit("y ~ x + (c|g)"), 1, "cannot be told apart"},
		"mmrm rows":        {fit("y ~ x + us(x|g)"), 1, "has two rows at x"},
		"constant":         {fit("c ~ x + (1|g)"), 1, "constant outcome"},
		"row group":        {fit("y ~ x + (1|p)"), 1, "as many groups as there are rows"},
		"text outcome":     {[]string{"-formula", "odd ~ x + (1|g)", oddFile}, 1, `odd is text because line 12 holds "ten"`},
		"text covariate":   {[]string{"-formula", "y ~ I(odd/2) + (1|g)", oddFile}, 1, `odd is text because line 12 holds "ten"`},
		"no row":           {fit("y ~ x + (1|g)", "-where", "y > 99"), 1, "no row fulfils"},
		"bad where":        {fit("y ~ x + (1|g)", "-where", "y >"), 1, "ends at position 4"},
		"contrast":         {fit("y ~ x + (1|g)", "-contrast", "d: z"), 1, `"z" does not begin with a term`},
		"by varies":        {fit("y ~ x + (1|g)", "-boot", "9", "-by", "x"), 1, "not the same in all rows of g g0"},
		"lonely stratum":   {fit("y ~ x + (1|g)", "-boot", "9", "-by", "g"), 1, "alone in its stratum"},
		"no unit column":   {weights("w1.csv", "rep,g0,g1\n1,2,1\n"), 1, "no column for g g2"},
		"all zero":         {weights("w2.csv", "rep,g0,g1,g2\nfirst,0,0,0\n"), 1, "replicate first draws no g"},
		"negative":         {weights("w3.csv", "rep,g0,g1,g2\n1,-1,2,1\n"), 1, `line 2, column g0: "-1" is not`},
		"fraction":         {weights("w4.csv", "rep,g0,g1,g2\n1,1,1,1\n2,1,1.5,1\n"), 1, `line 3, column g1: "1.5" is not`},
		"blank":            {weights("w5.csv", "rep,g0,g1,g2\n1,1,,1\n"), 1, `column g1: "" is not`},
		"ragged":           {weights("w6.csv", "rep,g0,g1,g2\n1,1,1\n"), 1, "wrong number of fields"},
		"no replicate":     {weights("w7.csv", "rep,g0,g1,g2\n"), 1, "holds no replicate"},
		"twice":            {weights("w8.csv", "rep,g0,g1,g2,g1\n1,1,1,1,1\n"), 1, "two columns named g1"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			status := fitCommand(c.args, &stdout, &stderr)
			text := stderr.String()
			if status != c.status || !strings.Contains(text, c.want) || stdout.Len() > 0 || strings.Count(text, "\n") != 1 {
				t.Errorf("status %d, output %q, error %q; want %d, %q", status, stdout.String(), text, c.status, c.want)
			}
		})
	}
}

// TestFitFailedReplicate: a draw that cannot be fitted has nulls and a reason, and the run goes on.
func TestFitFailedReplicate(t *testing.T) {
	dir := t.TempDir()
	data := "g,arm,y,x\n"
	for k := range 40 {
		data += strings.Join([]string{"g" + strconv.Itoa(k/5), strconv.Itoa(k / 20), strconv.Itoa(k * k % 11), strconv.Itoa(k % 3)}, ",") + "\n"
	}
	csvFile, weights := filepath.Join(dir, "d.csv"), filepath.Join(dir, "w.csv")
	draws := "rep,g0,g1,g2,g3,g4,g5,g6,g7,note\n1,2,2,2,2,0,0,0,0,one arm\n2,1,1,1,1,1,1,1,1,all\n3,0,2,1,1,3,1,0,0,fine\n"
	if err := os.WriteFile(csvFile, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(weights, []byte(draws), 0o644); err != nil {
		t.Fatal(err)
	}
	out, _ := runFit(t, "-formula", "y ~ arm + x + (1|g)", "-contrast", "d: arm", "-weights", weights, csvFile)
	first, second := out.Replicates[0], out.Replicates[1]
	if first.Converged || first.LogLik != nil || first.Fixed[0] != nil || first.Contrasts[0] != nil || !strings.Contains(first.Reason, "arm") {
		t.Errorf("replicate without an arm: %+v", first)
	}
	if !second.Converged || math.Abs(*second.Fixed[1]-out.Fixed[1].Estimate) > 1e-6 || math.Abs(*second.LogLik-*out.LogLik) > 1e-7 {
		t.Errorf("replicate of every unit once: %+v", second)
	}
	if out.Bootstrap.Failed != 1 || out.Bootstrap.Replicates != 3 || len(out.Bootstrap.Reasons) != 1 {
		t.Errorf("bootstrap %+v", out.Bootstrap)
	}
}
