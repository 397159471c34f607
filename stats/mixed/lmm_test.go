package mixed_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"trialbox/stats/formula"
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
		Group, Var1, Var2 string
		Vcov, SDCor       float64
	}
	VarUnit          float64     `json:"var_unit"`
	MMRMCov          [][]float64 `json:"mmrm_cov"`
	LogLik, AIC, BIC float64
	NPar             float64
	Singular         bool
}

const (
	covariates = "delay_days + factor(pain_duration) + fabq_pa_0"
	base       = "arm*factor(visit) + " + covariates
)

var rightSides = map[string]string{
	"base":      base + " + (1|unit_id) + (1|patient_id)",
	"unadj":     "arm*factor(visit) + (1|unit_id/patient_id)",
	"unitonly":  base + " + (1|unit_id)",
	"slope":     base + " + (1|unit_id) + (visit|patient_id)",
	"slope_ind": base + " + (1|unit_id) + (1|patient_id) + (0 + visit|patient_id)",
	"unitvisit": base + " + (1|unit_id) + (1|unit_id:visit) + (1|patient_id)",
	"clda":      "factor(visit) + iv3 + iv12 + " + covariates + " + (1|unit_id/patient_id)",
	"ancova":    "y0 + arm*factor(visit) + " + covariates + " + (1|unit_id/patient_id)",
	"mmrm":      base + " + (1|unit_id) + us(visit|patient_id)",
}

// reference builds the design of a reference fit.
func (ref *lmmReference) design(t testing.TB, fr *formula.Frame) *mixed.Design {
	f, err := formula.Parse(ref.Outcome + " ~ " + rightSides[ref.Variant])
	if err != nil {
		t.Fatal(err)
	}
	fr = withArmVisit(fr, ref.Outcome)
	var rows []bool
	if ref.Variant == "ancova" {
		where, err := formula.ParseCondition("visit > 0")
		if err != nil {
			t.Fatal(err)
		}
		if rows, err = where.Rows(fr); err != nil {
			t.Fatal(err)
		}
	}
	d, err := f.BuildWhere(fr, rows)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// withArmVisit adds iv3 and iv12, the arm at these visits alone, and y0, the outcome at the first visit on every row.
func withArmVisit(fr *formula.Frame, outcome string) *formula.Frame {
	column := func(name string) *formula.Column {
		for k := range fr.Columns {
			if fr.Columns[k].Name == name {
				return &fr.Columns[k]
			}
		}
		return nil
	}
	arm, visit, patient, y := column("arm"), column("visit"), column("patient_id"), column(outcome)
	first := map[string]float64{}
	for row, v := range visit.Num {
		if v == 0 {
			first[patient.Text[row]] = y.Num[row]
		}
	}
	iv3, iv12, y0 := formula.Column{Name: "iv3"}, formula.Column{Name: "iv12"}, formula.Column{Name: "y0"}
	for row, v := range visit.Num {
		is := func(at float64) float64 {
			if v == at && arm.Text[row] == "intervention" {
				return 1
			}
			return 0
		}
		iv3.Num, iv12.Num = append(iv3.Num, is(3)), append(iv12.Num, is(12))
		baseline, ok := first[patient.Text[row]]
		if !ok {
			baseline = math.NaN()
		}
		y0.Num = append(y0.Num, baseline)
	}
	return &formula.Frame{Rows: fr.Rows, Columns: append(slices.Clone(fr.Columns), iv3, iv12, y0)}
}

// rName is what our name of a term is in the reference, where visit is v and pain_duration pd.
var rName = strings.NewReplacer("factor(visit)", "v", "factor(pain_duration)", "pd", "unit_id:visit", "unit_visit", "visit", "months")

func TestFitLMM(t *testing.T) {
	var refs []lmmReference
	trialdata.JSON(t, "lmm.json", &refs)
	if len(refs) != 84 {
		t.Fatalf("%d reference fits, want 84", len(refs))
	}
	fr := trialdata.Trial(t)
	for _, ref := range refs {
		t.Run(ref.ID, func(t *testing.T) {
			m, err := mixed.New(ref.design(t, fr))
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
	if ref.Variant == "mmrm" && fit.Method == mixed.REML { // nlme's BIC takes the logarithm of n − p
		ref.BIC += ref.NPar * (math.Log(float64(ref.NObs)) - math.Log(float64(ref.NObs-len(ref.Fixed))))
	}
	near(t, "BIC", fit.BIC, ref.BIC, 2e-5)
	if !fit.Converged || ref.Variant != "mmrm" && fit.Singular != ref.Singular {
		t.Errorf("converged %v, singular %v, want true, %v", fit.Converged, fit.Singular, ref.Singular)
	}
	for _, g := range fit.GroupCounts {
		want := map[string]int{"unit_id": ref.NUnits, "patient_id": ref.NPatients}[g.Name]
		if want != 0 && want != g.Count {
			t.Errorf("%d groups of %s, want %d", g.Count, g.Name, want)
		}
	}
	if fit.N != ref.NObs {
		t.Errorf("%d rows, want %d", fit.N, ref.NObs)
	}
	if len(fit.Terms) != len(ref.Fixed) {
		t.Fatalf("terms %v", fit.Terms)
	}
	wide := 1.0
	if ref.Variant == "mmrm" { // nlme stops at five digits
		wide = 10
	}
	p := len(fit.Terms)
	for k, f := range ref.Fixed {
		if rName.Replace(fit.Terms[k]) != f.Term {
			t.Errorf("term %d is %s, want %s", k, fit.Terms[k], f.Term)
		}
		near(t, f.Term, fit.Beta[k], f.Estimate, wide*1e-4*f.SE)
		near(t, "SE "+f.Term, fit.SE[k], f.SE, wide*1e-4*f.SE)
		for j, g := range ref.Fixed {
			near(t, "vcov", fit.Cov[k*p+j], ref.Vcov[k][j], wide*2e-4*f.SE*g.SE)
		}
	}
	if ref.Variant == "mmrm" {
		compareMMRM(t, fit, ref)
		return
	}
	compareVariances(t, fit, ref)
}

// compareVariances compares variances, covariances and the residual variance.
func compareVariances(t *testing.T, fit *mixed.Fit, ref *lmmReference) {
	t.Helper()
	got := map[string]float64{"Residual  ": fit.Residual}
	total, want := fit.Residual, 0.0
	for k, c := range fit.Random {
		group := rName.Replace(c.Group)
		got[group+" "+rName.Replace(c.Term)+" "] += c.Variance
		if len(c.Corr) == 1 {
			got[group+" "+rName.Replace(fit.Random[k-1].Term)+" "+rName.Replace(c.Term)] = c.Corr[0] * c.SD * fit.Random[k-1].SD
		}
		total += c.Variance
	}
	for _, v := range ref.Varcomp {
		group := v.Group
		if group == "patient_id.1" {
			group = "patient_id"
		}
		key := group + " " + v.Var1 + " " + v.Var2
		value, ok := got[key]
		if !ok {
			t.Errorf("no variance for %q in %v", key, got)
		}
		near(t, key, value, v.Vcov, max(1e-3*math.Abs(v.Vcov), 1e-4*total))
		if v.Var2 == "" {
			want += v.Vcov
		}
		delete(got, key)
	}
	if len(got) > 0 {
		t.Errorf("variances %v are not in the reference", got)
	}
	near(t, "total variance", total, want, 1e-3*want)
}

func compareMMRM(t *testing.T, fit *mixed.Fit, ref *lmmReference) {
	t.Helper()
	total := fit.ResidualCov.Cov[0] + fit.Random[0].Variance
	near(t, "unit variance", fit.Random[0].Variance, ref.VarUnit, max(1e-3*ref.VarUnit, 1e-4*total))
	for a, row := range ref.MMRMCov {
		for b, v := range row {
			near(t, "residual covariance", fit.ResidualCov.Cov[a*len(row)+b], v, 1e-3*math.Abs(v)+1e-4*total)
		}
	}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.10g, want %.10g ± %.1g", what, got, want, tolerance)
	}
}
