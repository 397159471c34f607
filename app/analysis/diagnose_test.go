package analysis

import (
	"encoding/csv"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trialbox/stats/boot"
)

func diagnosed(t *testing.T, laplace bool, names ...string) []*Progress {
	t.Helper()
	tr, r := scoredTrial(t)
	o := r.Options
	o.Resample = "none"
	if laplace {
		o.Integration, o.Nodes = "laplace", 0
	}
	all := RunAll(Plan(tr, r.Mapping, choose(r.Outcomes, same, names...), o), o)
	for _, p := range all {
		if p.Err != "" || p.Behind == nil {
			t.Fatalf("%s: %q", p.Job.Outcome.Variable, p.Err)
		}
	}
	return all
}

// The units' conditional modes of Laplace fits are lme4's and ordinal's
// (testdata/unit_modes.R). clmm stops at a gradient of 1e-3 in three-level fits
// and glmer's search within 1e-3 of a standard deviation, hence 0.01 SE.
func TestUnitModes(t *testing.T) {
	f, err := os.Open("testdata/unit_modes.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, p := range diagnosed(t, true, "lbp_daily", "sbt_group", "omp_group") {
		for _, e := range p.Behind.Effects {
			k := slices.IndexFunc(rows, func(r []string) bool { return r[0] == p.Job.Outcome.Variable && r[1] == e.Level })
			mode, _ := strconv.ParseFloat(rows[k][2], 64)
			se, err := strconv.ParseFloat(rows[k][3], 64)
			if err != nil {
				continue
			}
			compared++
			if math.Abs(e.Value-mode) > 0.01*se || math.Abs(e.SE/se-1) > 0.01 {
				t.Errorf("%s %s: mode %.5g (SE %.5g), R %.5g (SE %.5g)", p.Job.Outcome.Variable, e.Level, e.Value, e.SE, mode, se)
			}
		}
	}
	if compared < 44 {
		t.Errorf("only %d units were compared", compared)
	}
}

// A unit left out by the worker is a unit left out of the data.
func TestWithoutUnit(t *testing.T) {
	for _, p := range diagnosed(t, false, "odi", "nrs_leg", "lbp_daily") {
		unit := p.Behind.Without[3].Unit
		tr, r := scoredTrial(t)
		rows := make([]bool, tr.Rows)
		for i := range rows {
			rows[i] = tr.Units[tr.Unit[i]] != unit
		}
		s := p.Job.Spec
		s.Rows = rows
		runner, err := boot.NewRunner(PlanOne(tr, r.Mapping, s).Boot)
		if err != nil {
			t.Fatal(err)
		}
		for k, c := range runner.Contrasts() {
			if got := p.Behind.Without[3].Contrasts[k]; math.Abs(got-c.Estimate) > 2e-3*c.SE {
				t.Errorf("%s without %s at %s: %.6g, fitted anew %.6g (SE %.4g)", p.Job.Outcome.Variable, unit, c.Name, got, c.Estimate, c.SE)
			}
		}
	}
}

// The words of warnings and terms; the intervals of the ICC hold its estimate.
func TestModelWords(t *testing.T) {
	for _, p := range diagnosed(t, false, "odi", "nrs_leg", "lbp_daily") {
		for _, c := range p.Behind.ICC {
			if c.Estimate > 0 && !(c.Low <= c.Estimate && c.Estimate < c.High) {
				t.Errorf("%s, %s: ICC %v in %v–%v", p.Job.Outcome.Variable, c.Group, c.Estimate, c.Low, c.High)
			}
		}
		tr, r := scoredTrial(t)
		o := Assemble(tr, r.Options, []*Progress{p}).Outcomes[0]
		words := strings.Join(o.PlainWarnings(), " ")
		if zero := p.Job.Outcome.Variable == "nrs_leg"; zero != strings.Contains(words, "estimated as zero; the result is valid and equals the two-level model") {
			t.Errorf("%s: %q", p.Job.Outcome.Variable, words)
		}
		for term, want := range map[string]string{"(Intercept)": "Intercept", "armintervention": "Intervention, baseline", "armintervention:factor(visit)12": "Intervention × 12 months", "factor(visit)3": "3 months"} {
			if got := p.Job.TermWords(r.Mapping, term); got != want {
				t.Errorf("%s in words: %q", term, got)
			}
		}
	}
}

// Stata's command in each form the options ask for.
func TestStataModel(t *testing.T) {
	tr, r := scoredTrial(t)
	for want, own := range map[string]Own{
		"mixed odi i.arm##ib1.visit delay_days i.pain_duration fabq_pa_0 if inlist(visit, 1, 2, 3) || unit: || patient:":          {Method: "ml"},
		"mixed odi i.arm##ib1.visit if inlist(visit, 1, 2, 3) || unit: || patient: months, covariance(unstructured) reml":         {Model: "slope", Method: "reml", OwnCovariates: true},
		"mixed odi ib1.visit at2 at3 if inlist(visit, 1, 2, 3) || unit: || patient:":                                              {Baseline: "clda", OwnCovariates: true},
		"mixed odi i.arm##ib2.visit odi_0 if inlist(visit, 2, 3) || unit: || patient:":                                            {Baseline: "ancova", OwnCovariates: true},
		"mixed odi i.arm##ib1.visit if inlist(visit, 1, 2, 3) || unit: || patient:, noconstant residuals(unstructured, t(visit))": {Model: "mmrm", OwnCovariates: true},
	} {
		j := Plan(tr, r.Mapping, choose(r.Outcomes, func(o *Outcome) { o.Own = own }, "odi"), r.Options)[0]
		if got := j.StataModel(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	j := Plan(tr, r.Mapping, choose(r.Outcomes, same, "sbt_group"), r.Options)[0]
	if got := j.StataModel(); got != "meologit sbt_group i.arm##ib1.visit delay_days i.pain_duration fabq_pa_0 if inlist(visit, 1, 3) || unit: || patient:, intpoints(7)" {
		t.Error(got)
	}
}
