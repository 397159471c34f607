package mixed_test

import (
	"fmt"
	"math"
	"testing"

	"trialbox/stats/formula"
	"trialbox/stats/internal/trialdata"
	"trialbox/stats/mixed"
)

// TestICC compares intraclass correlations with R's (icc.json: lmer at one visit, and the base model's at both levels)
// and holds the ends of their intervals against the criterion: there twice the log-likelihood is 3.84 below its maximum.
func TestICC(t *testing.T) {
	type variances struct {
		Unit  float64 `json:"var_unit"`
		Resid float64 `json:"var_resid"`
		ICC   float64
	}
	var ref struct {
		SingleVisit []struct {
			Outcome  string
			Visit    int
			NullML   variances `json:"lmm_null_ML"`
			NullREML variances `json:"lmm_null_REML"`
			ArmML    variances `json:"lmm_arm_ML"`
			ArmREML  variances `json:"lmm_arm_REML"`
		} `json:"single_visit"`
		ThreeLevel []struct {
			Outcome string
			Unit    float64 `json:"icc_unit"`
			Patient float64 `json:"icc_patient_in_unit"`
		} `json:"three_level"`
	}
	trialdata.JSON(t, "icc.json", &ref)
	fr := trialdata.Trial(t)
	for _, r := range ref.SingleVisit {
		for right, want := range map[string][2]variances{"1": {r.NullML, r.NullREML}, "arm": {r.ArmML, r.ArmREML}} {
			for k, method := range []mixed.Method{mixed.ML, mixed.REML} {
				t.Run(fmt.Sprint(r.Outcome, r.Visit, right, method), func(t *testing.T) { iccAt(t, fr, r.Outcome, r.Visit, right, method, want[k].ICC) })
			}
		}
	}
	for _, r := range ref.ThreeLevel {
		inf := inferenceOf(t, trialdata.Design(t, fr, r.Outcome+" ~ "+rightSides["base"]), mixed.REML)
		ps := inf.ICCProfiles()
		near(t, r.Outcome+" unit", ps[0].Estimate, r.Unit, 1e-4)
		near(t, r.Outcome+" patient", ps[1].Estimate, r.Patient, 1e-4)
		for _, p := range ps {
			if !(p.Low <= p.Estimate && p.Estimate < p.High && p.Low >= 0 && p.High < 1) {
				t.Errorf("%s: %+v", r.Outcome, p)
			}
		}
	}
}

func iccAt(t *testing.T, fr *formula.Frame, outcome string, visit int, right string, method mixed.Method, want float64) {
	where, err := formula.ParseCondition(fmt.Sprint("visit == ", visit))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := where.Rows(fr)
	if err != nil {
		t.Fatal(err)
	}
	f, err := formula.Parse(outcome + " ~ " + right + " + (1|unit_id)")
	if err != nil {
		t.Fatal(err)
	}
	d, err := f.BuildWhere(fr, rows)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mixed.New(d)
	if err != nil {
		t.Fatal(err)
	}
	fit, err := m.Fit(method)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "ICC", fit.ICC[0].Value, want, 1e-4)
	inf, err := m.NewInference(d, fit)
	if err != nil {
		t.Fatal(err)
	}
	p := inf.ICCProfiles()[0]
	s := m.NewScratch(fit)
	ones := make([]float64, m.Units())
	for k := range ones {
		ones[k] = 1
	}
	rise := func(icc float64) float64 { return 2 * (fit.LogLik - s.LogLikAt(ones, math.Sqrt(icc/(1-icc)), 0)) }
	near(t, "rise at the upper end", rise(p.High), 3.841459, 1e-4)
	if p.Low > 0 {
		near(t, "rise at the lower end", rise(p.Low), 3.841459, 1e-4)
	} else if rise(0) > 3.8415 {
		t.Errorf("the interval reaches zero, where the criterion has risen by %v", rise(0))
	}
}
