package mixed_test

import (
	"math"
	"strings"
	"testing"

	"trialbox/stats/internal/trialdata"
	"trialbox/stats/mixed"
)

// lmmReference is one lme4 fit of stats/testdata/trial/lmm.json.
type lmmReference struct {
	ID, Outcome, Variant, Method string
	NObs                         int `json:"n_obs"`
	NPatients                    int `json:"n_patients"`
	NUnits                       int `json:"n_units"`
	Fixed                        []struct {
		Term         string
		Estimate, SE float64
	}
	Vcov    [][]float64
	Varcomp []struct {
		Group string
		Vcov  float64
	}
	LogLik, AIC, BIC float64
	Singular         bool
}

const base = "arm*factor(visit) + delay_days + factor(pain_duration) + fabq_pa_0"

var rightSides = map[string]string{
	"base":     base + " + (1|unit_id) + (1|patient_id)",
	"unadj":    "arm*factor(visit) + (1|unit_id/patient_id)",
	"unitonly": base + " + (1|unit_id)",
}

// rName is what our name of a term is in the reference, where visit is v and pain_duration pd.
var rName = strings.NewReplacer("factor(visit)", "v", "factor(pain_duration)", "pd")

func TestFitLMM(t *testing.T) {
	var refs []lmmReference
	trialdata.JSON(t, "lmm.json", &refs)
	if len(refs) != 44 {
		t.Fatalf("%d reference fits, want 44", len(refs))
	}
	fr := trialdata.Trial(t)
	for _, ref := range refs {
		t.Run(ref.ID, func(t *testing.T) {
			m, err := mixed.New(trialdata.Design(t, fr, ref.Outcome+" ~ "+rightSides[ref.Variant]))
			if err != nil {
				t.Fatal(err)
			}
			method := mixed.ML
			if ref.Method == "REML" {
				method = mixed.REML
			}
			fit, err := m.Fit(method)
			if err != nil {
				t.Fatal(err)
			}
			compareFit(t, fit, &ref)
		})
	}
}

func compareFit(t *testing.T, fit *mixed.Fit, ref *lmmReference) {
	t.Helper()
	near(t, "logLik", fit.LogLik, ref.LogLik, 1e-5)
	near(t, "AIC", fit.AIC, ref.AIC, 2e-5)
	near(t, "BIC", fit.BIC, ref.BIC, 2e-5)
	if !fit.Converged || fit.Singular != ref.Singular {
		t.Errorf("converged %v, singular %v, want true, %v", fit.Converged, fit.Singular, ref.Singular)
	}
	if fit.N != ref.NObs || fit.GroupCounts[0].Count != ref.NUnits || len(fit.GroupCounts) > 1 && fit.GroupCounts[1].Count != ref.NPatients {
		t.Errorf("%d rows, groups %v, want %d, %d, %d", fit.N, fit.GroupCounts, ref.NObs, ref.NUnits, ref.NPatients)
	}
	if len(fit.Terms) != len(ref.Fixed) {
		t.Fatalf("terms %v", fit.Terms)
	}
	p := len(fit.Terms)
	for k, f := range ref.Fixed {
		if rName.Replace(fit.Terms[k]) != f.Term {
			t.Errorf("term %d is %s, want %s", k, fit.Terms[k], f.Term)
		}
		near(t, f.Term, fit.Beta[k], f.Estimate, 1e-4*f.SE)
		near(t, "SE "+f.Term, fit.SE[k], f.SE, 1e-4*f.SE)
		for j, g := range ref.Fixed {
			near(t, "vcov", fit.Cov[k*p+j], ref.Vcov[k][j], 2e-4*f.SE*g.SE)
		}
	}
	got := map[string]float64{"Residual": fit.Residual}
	total, want := fit.Residual, 0.0
	for _, c := range fit.Random {
		got[c.Group] = c.Variance
		total += c.Variance
	}
	for _, v := range ref.Varcomp {
		want += v.Vcov
		near(t, v.Group, got[v.Group], v.Vcov, max(1e-3*v.Vcov, 1e-4*total))
	}
	near(t, "total variance", total, want, 1e-3*want)
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.10g, want %.10g ± %.1g", what, got, want, tolerance)
	}
}
