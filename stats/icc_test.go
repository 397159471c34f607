package stats

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// icc.json: aov components and lme4 of R 4.2.2 on the simulated trial.
func TestICC(t *testing.T) {
	type components struct {
		N          int
		Clusters   int
		N0         float64
		MeanSize   float64 `json:"mean_size"`
		CV         float64 `json:"cv_size"`
		MSB        float64 `json:"ms_between"`
		MSBWithin  float64 `json:"ms_between_within_arm"`
		MSW        float64 `json:"ms_within"`
		ICC        float64
		Low        float64 `json:"ci_low_F"`
		High       float64 `json:"ci_high_F"`
		F          float64
		P          float64 `json:"p_F"`
		VarCluster float64 `json:"var_unit"`
	}
	var want struct {
		Single []struct {
			Outcome  string
			Visit    int
			Anova    components
			Adjusted components `json:"anova_adjusted_for_arm"`
			ML       components `json:"lmm_null_ML"`
			REML     components `json:"lmm_null_REML"`
			ArmML    components `json:"lmm_arm_ML"`
			ArmREML  components `json:"lmm_arm_REML"`
			Equal    float64    `json:"design_effect_equal"`
			Unequal  float64    `json:"design_effect_unequal_eldridge"`
		} `json:"single_visit"`
	}
	reference(t, "icc.json", &want)
	visits := map[int][]record{0: patients(t, "0"), 12: patients(t, "12")}
	for _, w := range want.Single {
		y, unit, arm := clustered(t, visits[w.Visit], w.Outcome)
		near := func(what string, got, want float64) {
			t.Helper()
			near(t, w.Outcome+" "+what, got, want, 1e-10)
		}
		a, b := AnovaICC(y, unit, nil), AnovaICC(y, unit, arm)
		near("n", float64(a.N), float64(w.Anova.N))
		near("clusters", float64(a.Clusters), float64(w.Anova.Clusters))
		near("n0", a.N0, w.Anova.N0)
		near("mean size", a.MeanSize, w.Anova.MeanSize)
		near("cv", a.CV, w.Anova.CV)
		near("MSB", a.MSBetween, w.Anova.MSB)
		near("MSW", a.MSWithin, w.Anova.MSW)
		near("icc", a.Value, w.Anova.ICC)
		near("low", a.Low, w.Anova.Low)
		near("high", a.High, w.Anova.High)
		near("F", a.F, w.Anova.F)
		near("P", a.P, w.Anova.P)
		near("n0 within arms", b.N0, w.Adjusted.N0)
		near("MSB within arms", b.MSBetween, w.Adjusted.MSBWithin)
		near("icc within arms", b.Value, w.Adjusted.ICC)
		near("equal sizes", DesignEffect(a.MeanSize, 0, a.Value), w.Equal)
		near("unequal sizes", DesignEffect(a.MeanSize, a.CVOfDesign, a.Value), w.Unequal)
		s := clusterSizes(y, unit)
		means, within := s.means(present(y))
		adjusted, _ := s.arms(arm)
		for _, c := range []struct {
			icc        float64
			restricted bool
			arm        []int
			arms       clusterArms
		}{{w.ML.ICC, false, nil, s.oneArm()}, {w.REML.ICC, true, nil, s.oneArm()}, {w.ArmML.ICC, false, arm, adjusted}, {w.ArmREML.ICC, true, arm, adjusted}} {
			d := func(rho float64) float64 { return s.criterion(means, within, c.arms, c.restricted, max(0, rho)) }
			if d(c.icc) > d(c.icc-1e-4) || d(c.icc) > d(c.icc+1e-4) {
				t.Errorf("%s at %d: %v is not where the criterion is least (restricted %v)", w.Outcome, w.Visit, c.icc, c.restricted)
			}
			low, high := ProfileICC(y, unit, c.arm, c.restricted, c.icc)
			off := func(end float64) bool { return math.Abs(d(end)-d(c.icc)-z975*z975) > 1e-8 }
			if low > c.icc || high < c.icc || low < 0 || high >= 1 || low > 0 && off(low) || off(high) {
				t.Errorf("%s at %d: interval %v to %v about %v", w.Outcome, w.Visit, low, high, c.icc)
			}
		}
	}
}

// clustered are the values of a variable with the numbers of their units and arms.
func clustered(t *testing.T, rows []record, variable string) (y []float64, unit, arm []int) {
	t.Helper()
	var units []string
	for _, r := range rows {
		k := slices.Index(units, r["unit_id"])
		if k < 0 {
			k = len(units)
			units = append(units, r["unit_id"])
		}
		y, unit = append(y, r.num(t, variable)), append(unit, k)
		arm = append(arm, map[string]int{"control": 0, "intervention": 1}[r["arm"]])
	}
	return y, unit, arm
}

func TestICCEdges(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name         string
		y            []float64
		cluster, arm []int
		says         string
	}{
		{"nothing", nil, nil, nil, "no values"},
		{"all missing", []float64{nan, nan}, []int{1, 2}, nil, "no values"},
		{"one cluster", []float64{1, 2, 3}, []int{4, 4, 4}, nil, "one cluster"},
		{"one value a cluster", []float64{1, 2, 3}, []int{1, 2, 3}, nil, "one value"},
		{"constant", []float64{2, 2, 2, 2}, []int{1, 1, 2, 2}, nil, "the same"},
		{"one unit an arm", []float64{1, 2, 3, 5}, []int{1, 1, 2, 2}, []int{0, 0, 1, 1}, "one cluster an arm"},
		{"a unit in both arms", []float64{1, 2, 3, 5, 4, 4}, []int{1, 1, 2, 2, 3, 3}, []int{0, 1, 1, 1, 0, 0}, "more than one arm"},
		{"arms alone differ", []float64{1, 1, 1, 1, 2, 2, 2, 2}, []int{1, 1, 2, 2, 3, 3, 4, 4}, []int{0, 0, 0, 0, 1, 1, 1, 1}, "between the arms only"},
		{"infinite", []float64{1, 2, 3, math.Inf(1)}, []int{1, 1, 2, 2}, nil, "infinite"},
	} {
		got := AnovaICC(c.y, c.cluster, c.arm)
		if !strings.Contains(string(got.Status), c.says) || !math.IsNaN(got.Value) || !math.IsNaN(got.VarCluster) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	whole := AnovaICC([]float64{1, 1, 2, 2, 5, 5}, []int{1, 1, 2, 2, 3, 3}, nil)
	if whole.Value != 1 || whole.Low != 1 || whole.High != 1 || whole.Note == "" {
		t.Errorf("no variation within: %+v", whole)
	}
	negative := AnovaICC([]float64{1, 5, 2, 4, 1, 6}, []int{1, 1, 2, 2, 3, 3}, nil)
	if !(negative.Value < 0) || !strings.Contains(negative.Note, "negative") {
		t.Errorf("negative: %+v", negative)
	}
}

// Shift, scale, order and the numbers of the clusters do not matter.
func TestICCProperties(t *testing.T) {
	y, unit, arm := clustered(t, patients(t, "0"), "odi")
	a := AnovaICC(y, unit, arm)
	for i := range y {
		y[i] = 1e4 - 3*y[i]
		unit[i] = 7 - unit[i]
	}
	slices.Reverse(y)
	slices.Reverse(unit)
	slices.Reverse(arm)
	b := AnovaICC(y, unit, arm)
	near(t, "icc", b.Value, a.Value, 1e-10)
	near(t, "high", b.High, a.High, 1e-10)
}
