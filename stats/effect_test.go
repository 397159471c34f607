package stats

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// effect_sizes_cluster.csv: formulas of Hedges 2007 in R 4.2.2, with the REML intraclass correlation given.
func TestEffects(t *testing.T) {
	for _, r := range records(t, "numbers/effect_sizes_cluster.csv") {
		rows := patients(t, r["visit"])
		name := r["outcome"]
		x, y := byArm(t, rows, name)
		all, unit, arm := clustered(t, rows, name)
		var units [2][]int
		for i := range all {
			units[arm[i]] = append(units[arm[i]], unit[i])
		}
		hold := func(column string, got float64) {
			t.Helper()
			near(t, name+" "+column, got, r.num(t, column), 1e-10)
		}
		d, g, c := CohenD(x, y), HedgesG(x, y), HedgesClusterD(x, y, units[1], units[0], r.num(t, "icc_reml"))
		hold("d_unadjusted", d.D)
		hold("var_d_unadjusted", d.SE*d.SE)
		hold("hedges_g", g.D)
		hold("J", g.D/d.D)
		hold("d_cluster", c.D)
		hold("se_d_cluster", c.SE)
		hold("ci_low", c.Low)
		hold("ci_high", c.High)
		independent := HedgesClusterD(x, y, units[1], units[0], 0)
		near(t, name+" without clusters", independent.D, d.D, 1e-12)
		near(t, name+" SE without clusters", independent.SE, d.SE, 1e-12)
	}
}

// effect_sizes_model.csv: REML contrasts over the model's SD and the baseline SD.
func TestStandardisedContrast(t *testing.T) {
	for _, r := range records(t, "numbers/effect_sizes_model.csv") {
		e := StandardisedContrast(r.num(t, "contrast"), r.num(t, "se"), r.num(t, "total_sd_model"))
		near(t, "d", e.D, r.num(t, "d_model"), 1e-12)
		near(t, "low", e.Low, r.num(t, "d_model_low"), 1e-12)
		near(t, "high", e.High, r.num(t, "d_model_high"), 1e-12)
		x, y := byArm(t, patients(t, "0"), r["outcome"])
		sd := pooledSD(present(x), present(y))
		near(t, "baseline SD", sd, r.num(t, "baseline_sd_pooled"), 1e-12)
		near(t, "d by the baseline", StandardisedContrast(r.num(t, "contrast"), 1, sd).D, r.num(t, "d_baseline_sd"), 1e-12)
	}
}

// odds_ratios.csv: glmmTMB's contrasts.
func TestOddsOf(t *testing.T) {
	for _, r := range records(t, "numbers/odds_ratios.csv") {
		o := OddsOf(r.num(t, "log_or"), r.num(t, "se"), r.num(t, "var_random_total"))
		near(t, "or", o.OR, r.num(t, "or"), 1e-12)
		near(t, "low", o.Low, r.num(t, "or_low"), 1e-12)
		near(t, "high", o.High, r.num(t, "or_high"), 1e-12)
		near(t, "marginal", o.Marginal, r.num(t, "log_or_marginal_approx"), 1e-12)
	}
}

func TestEffectEdges(t *testing.T) {
	for name, e := range map[string]Effect{
		"an empty arm":    CohenD(nil, []float64{1, 2, 3}),
		"constant":        HedgesG([]float64{1, 1}, []float64{2, 2}),
		"one unit an arm": HedgesClusterD([]float64{1}, []float64{2}, []int{1}, []int{2}, 0.1),
		"ICC of 1":        HedgesClusterD([]float64{1, 2}, []float64{2, 4}, []int{1, 1}, []int{2, 2}, 1),
		"ICC below 0":     HedgesClusterD([]float64{1, 2}, []float64{2, 4}, []int{1, 1}, []int{2, 2}, -0.1),
		"infinite":        CohenD([]float64{1, math.Inf(1)}, []float64{1, 2}),
		"SD of 0":         StandardisedContrast(1, 1, 0),
	} {
		if e.Status == OK || !math.IsNaN(e.D) || !math.IsNaN(e.Low) {
			t.Errorf("%s: %+v", name, e)
		}
	}
	for _, c := range []struct {
		name string
		got  Imbalance
		want float64
		says string
	}{
		{"same constants", ImbalanceOfMeans([]float64{1, 1}, []float64{1, 1}), 0, ""},
		{"other constants", ImbalanceOfMeans([]float64{1, 1}, []float64{2, 2}), math.NaN(), "do not vary"},
		{"one value", ImbalanceOfMeans([]float64{1}, []float64{2, 3}), math.NaN(), "two values"},
		{"no events", ImbalanceOfShares(Table{{5, 9}, {0, 0}}), 0, ""},
		{"apart", ImbalanceOfShares(Table{{5, 0}, {0, 9}}), math.NaN(), "one category"},
		{"three categories apart", ImbalanceOfShares(Table{{5, 0}, {0, 9}, {0, 3}}), math.NaN(), "share no category"},
		{"an empty category", ImbalanceOfShares(Table{{5, 10}, {0, 0}, {5, 10}}), 0, ""},
		{"an empty arm", ImbalanceOfShares(Table{{5, 0}, {3, 0}}), math.NaN(), "two groups"},
		{"three arms", ImbalanceOfShares(Table{{5, 1, 1}, {3, 2, 1}}), math.NaN(), "two groups"},
	} {
		if !strings.Contains(string(c.got.Status), c.says) || (c.says == "") != (c.got.Status == OK) || c.got.Value != c.want && !math.IsNaN(c.want) || math.IsNaN(c.want) != math.IsNaN(c.got.Value) {
			t.Errorf("%s: %+v", c.name, c.got)
		}
	}
}

// Without a correlation within clusters the tests are the ordinary ones; with one they are more careful; empty and odd
// inputs are said.
func TestClusteredEdges(t *testing.T) {
	y, unit, arm := clustered(t, patients(t, "0"), "nrs_leg") // its correlation is negative
	x, z := byArm(t, patients(t, "0"), "nrs_leg")
	got := ClusteredMeans(y, unit, arm)
	near(t, "t", got.Statistic, PooledT(x, z).Statistic, 5e-3) // the variance within units for that within arms
	if got.DF != 20 {
		t.Errorf("df %v of 22 units", got.DF)
	}
	levels, tab := countsOf(t, patients(t, "0"), "sector")
	category := make([]int, len(y))
	for i, r := range patients(t, "0") {
		if r["sector"] == levels[1] {
			category[i] = 1
		}
	}
	if got := ClusteredCategories(category, unit, arm); got.Status != OK || got.Statistic > 0.5*Pearson(tab).Statistic {
		t.Errorf("a variable of the units: %+v", got)
	}
	flipped := make([]int, len(arm))
	for i, a := range arm {
		flipped[i] = 1 - a
	}
	near(t, "arms exchanged", ClusteredMeans(y, unit, flipped).Statistic, -got.Statistic, 1e-12)
	for name, c := range map[string]struct {
		test Test
		says string
	}{
		"one arm":         {ClusteredMeans([]float64{1, 2, 3, 4}, []int{1, 1, 2, 2}, []int{0, 0, 0, 0}), "two arms"},
		"one unit an arm": {ClusteredMeans([]float64{1, 2, 3, 4}, []int{1, 1, 2, 2}, []int{0, 0, 1, 1}), "one cluster an arm"},
		"mixed unit":      {ClusteredRanks([]float64{1, 2, 3, 4}, []int{1, 1, 2, 2}, []int{0, 1, 1, 1}), "more than one arm"},
		"all missing":     {ClusteredMeans([]float64{math.NaN()}, []int{1}, []int{0}), "two arms"},
		"no events":       {ClusteredCategories([]int{0, 0, 0, 0}, []int{1, 1, 2, 2}, []int{0, 0, 1, 1}), "same category"},
		"missing":         {ClusteredCategories([]int{-1, -1}, []int{1, 2}, []int{0, 1}), "no answers"},
	} {
		if !strings.Contains(string(c.test.Status), c.says) || !math.IsNaN(c.test.P) {
			t.Errorf("%s: %+v", name, c.test)
		}
	}
}

// Of 2,000 simulated trials without an effect, 6 and 6 clusters of 5 to 30 patients and an intraclass correlation of 0.1,
// the tests that allow for clusters find one in about 5 of 100 (within 3 standard errors of 0.05, the chi-square by its
// normal approximation up to 0.09), those that do not in more than 15.
func TestClusteredErrorRate(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	const trials = 2000
	var means, ranked, shares, naive int
	for range trials {
		var y []float64
		var x [2][]float64
		var category, cluster, arm []int
		for c := range 12 {
			u := math.Sqrt(0.1) * random.NormFloat64()
			for range 5 + random.IntN(26) {
				v := u + math.Sqrt(0.9)*random.NormFloat64()
				y, cluster, arm, category = append(y, v), append(cluster, c), append(arm, c%2), append(category, 0)
				x[c%2] = append(x[c%2], v)
				if v > 0.3 {
					category[len(category)-1] = 1
				}
			}
		}
		count := func(n *int, p float64) {
			if p < 0.05 {
				*n++
			}
		}
		count(&means, ClusteredMeans(y, cluster, arm).P)
		count(&ranked, ClusteredRanks(y, cluster, arm).P)
		count(&shares, ClusteredCategories(category, cluster, arm).P)
		count(&naive, PooledT(x[0], x[1]).P)
	}
	t.Logf("of %d trials: t %d, ranks %d, chi-square %d; t without clusters %d", trials, means, ranked, shares, naive)
	for name, n := range map[string]int{"t": means, "ranks": ranked} {
		if rate := float64(n) / trials; math.Abs(rate-0.05) > 0.0147 {
			t.Errorf("%s: %v", name, rate)
		}
	}
	if rate := float64(shares) / trials; rate < 0.03 || rate > 0.09 {
		t.Errorf("chi-square: %v", rate)
	}
	if naive < trials*15/100 {
		t.Errorf("without clusters: %d", naive)
	}
}
