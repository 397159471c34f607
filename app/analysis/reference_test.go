package analysis

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trialbox/app/dataset"
	"trialbox/app/trial"
	"trialbox/stats"
	"trialbox/stats/boot"
)

// scoredTrial is the simulated trial with the reference's own scores, and the
// recipe that goes with it.
func scoredTrial(t *testing.T) (*trial.Trial, Recipe) {
	t.Helper()
	text, err := os.ReadFile("reference.recipe.json")
	if err != nil {
		t.Fatal(err)
	}
	r, err := ParseRecipe(text)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("../trial/testdata/scored_long.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	d, err := dataset.Read("scored_long.csv", f, info.Size(), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tr, err := trial.Build(d, r.Mapping)
	if err != nil {
		t.Fatal(err)
	}
	return tr, r
}

// choose leaves the outcomes named.
func choose(all []Outcome, change func(*Outcome), names ...string) []Outcome {
	var out []Outcome
	for _, o := range all {
		if slices.Contains(names, o.Variable) {
			change(&o)
			out = append(out, o)
		}
	}
	return out
}

func same(*Outcome) {}

// Every linear model an option can ask for gives R's numbers: estimates within
// 1e-4 of a standard error, standard errors within 1e-4; MMRM, by nlme, 1e-3
// (the tolerances of the reference).
func TestReferenceLinear(t *testing.T) {
	tr, r := scoredTrial(t)
	want := readReference(t)
	all := []string{"odi", "pf20_t", "eq5d_uk", "eq_vas", "work_ability", "nrs_back", "nrs_leg", "rmdq", "omp", "fabq_w", "fabq_pa", "pseq", "bbq", "sat_explained", "sat_own_means", "sat_hcp_skills", "sat_heard"}
	variants := []struct {
		name     string
		outcomes []string
		own      Own
		limit    float64
	}{
		{"", all, Own{}, 1e-4},
		{"slope", []string{"odi", "eq_vas", "nrs_leg"}, Own{Model: "slope"}, 1e-4},
		{"slope_ind", []string{"odi", "eq_vas"}, Own{Model: "slope-independent"}, 1e-4},
		{"unitvisit", []string{"odi", "eq_vas", "nrs_leg"}, Own{Model: "unit-visit"}, 1e-4},
		{"unitonly", []string{"odi", "nrs_leg"}, Own{Model: "unit"}, 1e-4},
		{"unadj", []string{"odi", "eq_vas", "nrs_leg"}, Own{OwnCovariates: true}, 1e-4},
		{"clda", []string{"odi", "eq_vas", "nrs_leg", "work_ability"}, Own{Baseline: "clda"}, 1e-4},
		{"ancova", []string{"odi", "eq_vas", "nrs_leg", "work_ability"}, Own{Baseline: "ancova"}, 1e-4},
		{"mmrm", []string{"odi", "eq_vas", "nrs_leg", "work_ability"}, Own{Model: "mmrm"}, 1e-3},
	}
	o := r.Options
	o.Resample = "none"
	for _, v := range variants {
		for _, method := range []string{"ml", "reml"} {
			outcomes := choose(r.Outcomes, func(o *Outcome) { o.Own = v.own; o.Own.Method = method }, v.outcomes...)
			for _, p := range RunAll(Plan(tr, r.Mapping, outcomes, o), o) {
				if p.Err != "" {
					t.Errorf("%s %s: %s", p.Job.Outcome.Variable, v.name, p.Err)
					continue
				}
				for k, c := range p.Contrasts {
					key := strings.Join([]string{p.Job.Outcome.Variable, strings.ToUpper(method), p.Job.Visits[p.Job.At[k]].Visit.Code}, " ")
					if v.name != "" {
						key = v.name + " " + key
					}
					w, ok := want[key]
					if !ok {
						t.Errorf("no reference for %s", key)
						continue
					}
					if math.Abs(c.Estimate-w.estimate) > v.limit*w.se || math.Abs(c.SE/w.se-1) > v.limit {
						t.Errorf("%s: %.9g (SE %.9g), R %.9g (SE %.9g); %s", key, c.Estimate, c.SE, w.estimate, w.se, p.Job.Formula)
					}
					delete(want, key)
				}
			}
		}
	}
	for key := range want {
		t.Errorf("%s was not computed", key)
	}
}

// Binary and ordinal outcomes give the numbers of three-level quadrature with
// many points: contrasts within 0.01 of a standard error, variances within 1 %,
// log-likelihoods within 1e-3 (the tolerances of the reference).
func TestReferenceLogit(t *testing.T) {
	tr, r := scoredTrial(t)
	text, err := os.ReadFile("testdata/exact_3level.json")
	if err != nil {
		t.Fatal(err)
	}
	var want []struct {
		Outcome   string
		N         int     `json:"n_obs"`
		Unit      float64 `json:"var_unit"`
		Patient   float64 `json:"var_patient"`
		LogLik    float64
		Contrasts []struct {
			Visit        string
			Estimate, SE float64
		}
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	o := r.Options
	o.Resample = "none"
	for _, w := range want {
		p := RunAll(Plan(tr, r.Mapping, choose(r.Outcomes, same, w.Outcome), o), o)[0]
		if p.Err != "" {
			t.Errorf("%s: %s", w.Outcome, p.Err)
			continue
		}
		if p.Job.N != w.N || math.Abs(p.Fit.LogLik-w.LogLik) > 1e-3 {
			t.Errorf("%s: %d rows, log-likelihood %.6f; reference %d and %.6f", w.Outcome, p.Job.N, p.Fit.LogLik, w.N, w.LogLik)
		}
		for k, v := range []float64{w.Unit, w.Patient} {
			if got := p.Fit.Random[k].Variance; math.Abs(got-v) > 0.01*v+1e-4 {
				t.Errorf("%s: variance %d is %.6f, reference %.6f", w.Outcome, k, got, v)
			}
		}
		if len(p.Contrasts) != len(w.Contrasts) {
			t.Fatalf("%s: %d contrasts, reference %d", w.Outcome, len(p.Contrasts), len(w.Contrasts))
		}
		for k, c := range w.Contrasts {
			got := p.Contrasts[k]
			if p.Job.Visits[p.Job.At[k]].Visit.Code != c.Visit || math.Abs(got.Estimate-c.Estimate) > 0.01*c.SE || math.Abs(got.SE/c.SE-1) > 0.01 {
				t.Errorf("%s at %s: %.6f (SE %.6f), reference %.6f (SE %.6f)", w.Outcome, c.Visit, got.Estimate, got.SE, c.Estimate, c.SE)
			}
		}
	}
}

// The counts of Table 4 are the model paper's own, and a visit without any
// event says so, keeps its counts, and leaves the others estimated.
func TestTable4Counts(t *testing.T) {
	tr, r := scoredTrial(t)
	o := r.Options
	o.Resample = "none"
	result := Assemble(tr, o, RunAll(Plan(tr, r.Mapping, r.Outcomes, o), o))
	counts := map[string][][2][2]int{ // by follow-up: intervention, control as count and denominator
		"lbp_daily":     {{{58, 137}, {17, 47}}, {{44, 131}, {15, 47}}},
		"med_3days":     {{{39, 137}, {13, 47}}, {{25, 131}, {11, 47}}},
		"prescription":  {{{66, 137}, {20, 47}}, {{93, 131}, {31, 47}}},
		"nsaid":         {{{41, 137}, {12, 47}}, {{69, 131}, {25, 47}}},
		"mild_opioid":   {{{21, 137}, {6, 47}}, {{35, 131}, {8, 47}}},
		"strong_opioid": {{{0, 137}, {0, 47}}, {{1, 131}, {1, 47}}},
	}
	for _, out := range result.Outcomes {
		follow := slices.DeleteFunc(slices.Clone(out.Visits), func(v VisitResult) bool { return v.Baseline })
		for i, want := range counts[out.Outcome.Variable] {
			for k, arm := range []int{1, 0} {
				if a := follow[i].Arms[arm]; a.Counts[1] != want[k][0] || a.N != want[k][1] {
					t.Errorf("%s at %s, arm %d: %d of %d, the paper has %v", out.Outcome.Variable, follow[i].Visit.Code, arm, a.Counts[1], a.N, want[k])
				}
			}
		}
		switch out.Outcome.Variable {
		case "sbt_group":
			if got := follow[0].Arms[1].Counts; !slices.Equal(got, []int{90, 28, 13}) || !slices.Equal(follow[0].Arms[0].Counts, []int{39, 6, 2}) {
				t.Errorf("STarT Back groups: %v", got)
			}
		case "strong_opioid":
			if !strings.Contains(follow[0].NotEstimable, "0 of 137 and 0 of 47") || !math.IsNaN(follow[0].Model.Estimate) {
				t.Errorf("3 months without events: %+v", follow[0])
			}
			if math.IsNaN(follow[1].Model.Estimate) || !strings.Contains(follow[1].Few, "2 events") {
				t.Errorf("12 months with two events: %+v", follow[1])
			}
		}
		if out.Status != Settled {
			t.Errorf("%s is %s: %s", out.Outcome.Variable, out.Status, out.Reason)
		}
	}
}

// The P values of one visit are adjusted as R's p.adjust does.
func TestMultiplicity(t *testing.T) {
	tr, r := scoredTrial(t)
	f, err := os.Open("testdata/multiplicity_12m_linear.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range lines[1:] {
		names = append(names, l[0])
	}
	o := r.Options
	o.Resample = "none"
	for column, name := range lines[0] {
		kind, ok := strings.CutPrefix(name, "p_")
		if !ok || !slices.Contains(stats.Corrections, stats.Correction(kind)) {
			continue
		}
		o.Multiplicity = kind
		all := RunAll(Plan(tr, r.Mapping, choose(r.Outcomes, same, names...), o), o)
		for _, out := range Assemble(tr, o, all).Outcomes {
			row := lines[1+slices.Index(names, out.Outcome.Variable)]
			want, err := strconv.ParseFloat(row[column], 64)
			if err != nil {
				t.Fatal(err)
			}
			last := out.Visits[len(out.Visits)-1]
			if math.Abs(last.PAdjusted-want) > 1e-4 || last.FamilySize != len(names) {
				t.Errorf("%s by %s: %.6f among %d, R %.6f", out.Outcome.Variable, kind, last.PAdjusted, last.FamilySize, want)
			}
		}
	}
}

// TestReferencePenalised: where a cell is separated, the contrast is offered by Firth's method without random effects, as
// brglm2 4.2 (type AS_mean) has it for the model without covariates: separation.json of the reference, strong opioids, no
// event at three months in either arm. At visits with an estimate nothing is offered.
func TestReferencePenalised(t *testing.T) {
	tr, r := scoredTrial(t)
	o := r.Options
	o.Resample = "none"
	outcomes := choose(r.Outcomes, func(o *Outcome) { o.Own = Own{OwnCovariates: true} }, "strong_opioid")
	result := Assemble(tr, o, RunAll(Plan(tr, r.Mapping, outcomes, o), o))
	if len(result.Outcomes) != 1 || result.Outcomes[0].Reason != "" {
		t.Fatalf("%+v", result.Outcomes)
	}
	offered := 0
	for _, v := range result.Outcomes[0].Visits {
		if v.Penalised == nil {
			continue
		}
		offered++
		if want := -1.93738131273039 + 0.874487133929744; v.Visit.Code != "3" || v.NotEstimable == "" || math.Abs(v.Penalised.Estimate-want) > 1e-5 {
			t.Errorf("%s: %q, Firth %v, brglm2 %v", v.Visit.Code, v.NotEstimable, v.Penalised.Estimate, want)
		}
	}
	text := string(ResultJSON(result, r, nil))
	if offered != 1 || strings.Count(text, `"penalised"`) != 1 || !strings.Contains(text, "Firth, no random effects") {
		t.Errorf("offered %d times; result.json has %d", offered, strings.Count(text, `"penalised"`))
	}
}

// TestPreviewStandsForReplicates: the one-step replicates of a logit outcome are shown until the others come, and not at all
// where none are asked for.
func TestPreviewStandsForReplicates(t *testing.T) {
	tr, r := scoredTrial(t)
	j := Plan(tr, r.Mapping, choose(r.Outcomes, same, "lbp_daily"), r.Options)[0]
	runner, err := boot.NewRunner(j.Boot)
	if err != nil {
		t.Fatal(err)
	}
	fitted := runner.Fitted(60)
	for target, want := range map[int]string{0: "model", 60: "preview"} {
		p := NewProgress(j, target)
		p.Take(fitted)
		if got := Assemble(tr, r.Options, []*Progress{p}).Outcomes[0].Visits[1].Shown("normal").Source; got != want {
			t.Errorf("of %d replicates %q is shown, not %q", target, got, want)
		}
	}
}
