package stats

import (
	"math"
	"strings"
	"testing"
)

// planned is the paper's plan: 4 points with SD 8, clusters of 6, ICC 0.05, on ODI's scale of 0 to 50.
var planned = Plan{Diff: 4, SD: 8, ICC: 0.05, ClusterSize: 6}

// updated is the plan with the ICC found on the way, and three of ten lost.
var updated = Plan{Diff: 4, SD: 8, ICC: 0.011, ClusterSize: 5, Dropout: 0.3}

func byT(p Plan) Plan { p.T = true; return p }

// sample_size.json: qnorm, power.t.test and pt of R 4.2.2, and the paper's 162, 135 and 192. power.t.test finds n to six
// digits only with its default tolerance; the other numbers are equal to the digits written.
func TestSampleSize(t *testing.T) {
	var want struct {
		Planned struct {
			NArm     float64 `json:"n_arm"`
			Total    float64
			Clusters int
			Patients int
			WithT    struct {
				NArm     float64 `json:"n_arm"`
				Clusters int
			} `json:"with_t"`
			PerArm int `json:"rounding_per_arm_gives"`
		} `json:"paper_162"`
		Updated struct {
			TotalZ   float64 `json:"total_z"`
			Clusters int
			Patients int
			PerArm   int `json:"rounding_per_arm_gives"`
		} `json:"paper_135"`
		Lost  struct{ Ceiling int } `json:"paper_192"`
		Power struct {
			Z       float64
			T25     float64 `json:"t_df25"`
			Z135    float64 `json:"z_135"`
			T25of5  float64 `json:"t_df25_135"`
			TPlenty float64 `json:"t_df160"`
		} `json:"power_of_paper_design"`
		Detectable float64 `json:"min_detectable_paper_design_z"`
		Unequal    struct {
			Example struct {
				Eldridge float64 `json:"eldridge_DE"`
				RE       float64
			}
		}
		Ratio struct {
			K3 struct {
				Control float64 `json:"n_ctl"`
				Treated float64 `json:"n_int"`
			}
		} `json:"allocation_ratio"`
		Binary struct {
			Unpooled          float64 `json:"n_unpooled"`
			Pooled            float64 `json:"n_pooled"`
			ClusteredUnpooled float64 `json:"n_arm_clustered_unpooled"`
			ClusteredPooled   float64 `json:"n_arm_clustered_pooled"`
		}
		Longitudinal struct{ Factor float64 }
	}
	reference(t, "sample_size.json", &want)
	const digits = 1e-13
	z := planned.Size()
	near(t, "n per arm", z.NUnadjusted/2, want.Planned.NArm, digits)
	near(t, "total", z.NTotal, want.Planned.Total, digits)
	near(t, "clusters", float64(z.Clusters), float64(want.Planned.Clusters), 0)
	near(t, "patients", float64(z.NRounded), float64(want.Planned.Patients), 0)
	near(t, "per arm", float64(z.EqualArms*6), float64(want.Planned.PerArm), 0)
	near(t, "power", z.PowerAtClusters, want.Power.Z, digits)
	near(t, "detectable", z.Detectable, want.Detectable, digits)
	s := byT(planned).Size()
	near(t, "n per arm by t", s.NUnadjusted/2, want.Planned.WithT.NArm, 1e-7)
	near(t, "clusters by t", float64(s.Clusters), float64(want.Planned.WithT.Clusters), 0)
	near(t, "power by t", s.PowerAtClusters, want.Power.T25, 1e-11) // both stop at 1e-12
	u := updated.Size()
	near(t, "updated total", u.NTotal, want.Updated.TotalZ, digits)
	near(t, "updated clusters", float64(u.Clusters), float64(want.Updated.Clusters), 0)
	near(t, "updated patients", float64(u.NRounded), float64(want.Updated.Patients), 0)
	near(t, "updated per arm", float64(u.EqualArms*5), float64(want.Updated.PerArm), 0)
	near(t, "with drop-out", float64(u.NWithDropout), float64(want.Lost.Ceiling), 0)
	near(t, "updated power", u.PowerAtClusters, want.Power.Z135, digits)
	near(t, "updated power by t", byT(updated).Size().PowerAtClusters, want.Power.T25of5, 1e-11)
	near(t, "power by t on 160", tPower(4/math.Sqrt(4*64*1.25/162), 160, 0.05, true), want.Power.TPlenty, 1e-11)
	near(t, "unequal clusters", DesignEffect(6, 0.65, 0.05), want.Unequal.Example.Eldridge, digits)
	near(t, "relative efficiency", RelativeEfficiency(6, 0.65, 0.05), want.Unequal.Example.RE, digits)
	three := planned
	three.Ratio = 3
	near(t, "ratio 3 to 1", three.Size().NTotal, want.Ratio.K3.Control+want.Ratio.K3.Treated, digits)
	binary := Plan{Binary: true, Control: 0.2, Treated: 0.35, ICC: 0.05, ClusterSize: 6}
	near(t, "binary", binary.Size().NUnadjusted/2, want.Binary.Unpooled, digits)
	near(t, "binary in clusters", binary.Size().NTotal/2, want.Binary.ClusteredUnpooled, digits)
	binary.PooledNull = true
	near(t, "binary, pooled", binary.Size().NUnadjusted/2, want.Binary.Pooled, digits)
	near(t, "binary in clusters, pooled", binary.Size().NTotal/2, want.Binary.ClusteredPooled, digits)
	baseline := planned
	baseline.Before, baseline.Correlation = 1, 0.5
	near(t, "adjusted for the baseline", baseline.Size().VisitFactor, want.Longitudinal.Factor, 0)
	near(t, "and its total", baseline.Size().NTotal, want.Longitudinal.Factor*z.NTotal, digits)
}

// sample_size.csv: the same plans with unequal clusters.
func TestSampleSizeTable(t *testing.T) {
	for _, r := range records(t, "numbers/sample_size.csv") {
		p := Plan{Diff: 4, SD: 8, ICC: r.num(t, "icc"), ClusterSize: r.num(t, "mean_cluster_size"), CV: r.num(t, "cv")}
		z, s := p.Size(), byT(p).Size()
		hold := func(column string, got, tolerance float64) {
			t.Helper()
			near(t, r["case"]+" "+column, got, r.num(t, column), tolerance)
		}
		hold("design_effect", z.DesignEffect, 1e-13)
		hold("n_arm_individual_z", z.NUnadjusted/2, 1e-13)
		hold("n_arm_individual_t", s.NUnadjusted/2, 1e-7)
		hold("n_total_z", z.NTotal, 1e-13)
		hold("n_total_t", s.NTotal, 1e-7)
		hold("clusters_total_z", float64(z.Clusters), 0)
		hold("clusters_total_t", float64(s.Clusters), 0)
		hold("patients_z", float64(z.NRounded), 0)
		hold("patients_t", float64(s.NRounded), 0)
		hold("clusters_per_arm_z", float64(z.EqualArms)/2, 0)
	}
}

// sample_size.json, achieved: what the sizes of the simulated trial can show.
func TestPowerOfSizes(t *testing.T) {
	var want struct {
		Sizes struct {
			Intervention, Control []int
			CVAll                 float64 `json:"cv_pop_all"`
			Achieved              []struct {
				ICC     float64
				EffectA float64 `json:"design_effect_int"`
				EffectB float64 `json:"design_effect_ctl"`
				SE      float64 `json:"se_patient_mean"`
				Power   float64 `json:"power_z_patient_mean"`
				Best    float64 `json:"se_optimal_weights"`
				BestZ   float64 `json:"power_z_optimal"`
				BestT   float64 `json:"power_t20_optimal"`
			}
		} `json:"trial_sizes"`
	}
	reference(t, "sample_size.json", &want)
	for _, w := range want.Sizes.Achieved {
		got := PowerOfSizes(want.Sizes.Intervention, want.Sizes.Control, 4, 8, w.ICC, 0.05)
		near(t, "design effect", got.DesignEffect[0], w.EffectA, 1e-13)
		near(t, "design effect", got.DesignEffect[1], w.EffectB, 1e-13)
		near(t, "SE", got.SE, w.SE, 1e-13)
		near(t, "power", got.Power, w.Power, 1e-13)
		near(t, "best SE", got.BestSE, w.Best, 1e-13)
		near(t, "best power", got.BestPower, w.BestZ, 1e-13)
		near(t, "best power by t", got.BestPowerT, w.BestT, 1e-11)
		near(t, "CV", got.VariationSizes, want.Sizes.CVAll, 1e-13)
	}
}

// The questions turned round give each other's answers.
func TestSizeInverse(t *testing.T) {
	for _, p := range []Plan{planned, updated, byT(planned), {Diff: -3, SD: 8, ICC: 0.02, ClusterSize: 20, CV: 0.6, Power: 0.9, Ratio: 2, Before: 1, Visits: 2, Correlation: 0.6},
		{Binary: true, Control: 0.2, Treated: 0.35, ICC: 0.03, ClusterSize: 10}, {Binary: true, Control: 0.5, Treated: 0.3, ICC: 0.03, ClusterSize: 10, PooledNull: true}} {
		s := p.Size()
		if s.Status != OK {
			t.Fatalf("%+v: %s", p, s.Status)
		}
		at := p.At(s.Clusters)
		near(t, "power", at.PowerAtClusters, s.PowerAtClusters, 1e-14)
		fewer := p.At(s.Clusters - 1)
		if !p.T && (s.PowerAtClusters < p.defaults().Power || fewer.PowerAtClusters > p.defaults().Power+1e-4) {
			t.Errorf("%+v: power %v with %d clusters, %v with one less", p, s.PowerAtClusters, s.Clusters, fewer.PowerAtClusters)
		}
		q := p
		if p.Binary {
			side := 1
			if p.Treated < p.Control {
				side = 0
			}
			q.Treated = s.DetectableShare[side]
		} else {
			q.Diff = s.Detectable
		}
		near(t, "power for the detectable difference", q.At(s.Clusters).PowerAtClusters, p.defaults().Power, 1e-4) // the far tail
		m := p.ClusterSizeFor(s.Clusters)
		if m.Status != OK || m.ClusterSize > math.Ceil(p.ClusterSize) || !p.T && m.PowerAtClusters < p.defaults().Power {
			t.Errorf("%+v: size %v for %d clusters, power %v (%s)", p, m.ClusterSize, s.Clusters, m.PowerAtClusters, m.Status)
		}
	}
}

// More noise, correlation, variation or loss never lowers the number; scale does not matter.
func TestSizeProperties(t *testing.T) {
	base := planned.Size()
	scaled := planned
	scaled.Diff, scaled.SD = -8, 16
	near(t, "scale and sign", scaled.Size().NTotal, base.NTotal, 1e-13)
	for name, change := range map[string]func(*Plan){
		"SD":      func(p *Plan) { p.SD *= 1.1 },
		"ICC":     func(p *Plan) { p.ICC *= 1.1 },
		"CV":      func(p *Plan) { p.CV = 0.3 },
		"power":   func(p *Plan) { p.Power = 0.85 },
		"alpha":   func(p *Plan) { p.Alpha = 0.04 },
		"ratio":   func(p *Plan) { p.Ratio = 1.5 },
		"t":       func(p *Plan) { p.T = true },
		"smaller": func(p *Plan) { p.Diff = 3.9 },
	} {
		p := planned
		change(&p)
		if got := p.Size(); !(got.NTotal > base.NTotal) {
			t.Errorf("%s: %v is not more than %v", name, got.NTotal, base.NTotal)
		}
	}
	if roundUp(140/0.7) != 200 || roundUp(200.001) != 201 {
		t.Error("rounding up")
	}
	one := planned
	one.ICC = 1
	near(t, "an ICC of 1: patients of a cluster are one", one.Size().NTotal, 6*base.NUnadjusted, 1e-13)
}

// The steps of the paper's numbers, as a reader sees them.
func TestSizeSteps(t *testing.T) {
	var lines []string
	for _, s := range updated.Size().Steps {
		lines = append(lines, s.Text+" = "+show(s.Value))
	}
	text := strings.Join(lines, "\n")
	for _, want := range []string{"1 + (5 − 1) × 0.011 = 1.044", "rounded up once over both arms = 27", "27 × 5 = 135", "135 / 0.7 = 192.8571, rounded up = 193", "give 14 and 14 = 28"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// What cannot be planned is said, and holds no number.
func TestCannotPlan(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Plan)
		says   string
	}{
		"ICC below 0":        {func(p *Plan) { p.ICC = -0.01 }, "between 0 and 1"},
		"ICC above 1":        {func(p *Plan) { p.ICC = 1.01 }, "between 0 and 1"},
		"power of 1":         {func(p *Plan) { p.Power = 1 }, "no number of patients"},
		"power below alpha":  {func(p *Plan) { p.Power = 0.03 }, "above the significance level"},
		"no difference":      {func(p *Plan) { p.Diff = 0 }, "other than 0"},
		"no SD":              {func(p *Plan) { p.SD = 0 }, "above 0"},
		"half a patient":     {func(p *Plan) { p.ClusterSize = 0.5 }, "1 or more"},
		"everybody lost":     {func(p *Plan) { p.Dropout = 1 }, "less than 1"},
		"negative CV":        {func(p *Plan) { p.CV = -1 }, "0 or more"},
		"NaN":                {func(p *Plan) { p.SD = math.NaN() }, "above 0"},
		"same shares":        {func(p *Plan) { p.Binary, p.Control, p.Treated = true, 0.3, 0.3 }, "same"},
		"shares of 0 and 1":  {func(p *Plan) { p.Binary, p.Treated = true, 1 }, "nothing varies"},
		"a share of 20":      {func(p *Plan) { p.Binary, p.Control, p.Treated = true, 20, 30 }, "0.2 for 20 %"},
		"correlation of 1":   {func(p *Plan) { p.Before, p.Correlation = 1, 1 }, "already tell"},
		"a tiny difference":  {func(p *Plan) { p.Diff = 1e-9 }, "too small"},
		"a negative ratio":   {func(p *Plan) { p.Ratio = -1 }, "above 0"},
		"alpha of 5":         {func(p *Plan) { p.Alpha = 5 }, "0.05 for 5 %"},
		"minus one baseline": {func(p *Plan) { p.Before = -1 }, "none or more"},
	} {
		p := planned
		c.change(&p)
		got := p.Size()
		if !strings.Contains(string(got.Status), c.says) || !math.IsNaN(got.NTotal) || got.Clusters != 0 || len(got.Steps) > 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := planned.At(1); !strings.Contains(string(got.Status), "at least one") {
		t.Errorf("one cluster: %+v", got)
	}
	if got := byT(planned).At(2); !math.IsNaN(got.PowerAtClusters) || len(got.Warnings) == 0 {
		t.Errorf("two clusters by t: %+v", got)
	}
	got := planned.ClusterSizeFor(6)
	if !strings.Contains(string(got.Status), "at least 7 clusters") {
		t.Errorf("six clusters: %s", got.Status)
	}
	if got := planned.ClusterSizeFor(7); got.Status != OK {
		t.Errorf("seven clusters: %s", got.Status)
	}
}
