package stats

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// baseline_continuous.csv: t.test, wilcox.test, Levene and d of R 4.2.2 on the simulated trial; tolerance 1e-9, most
// agree to the 14 digits written.
func TestBaselineContinuous(t *testing.T) {
	rows := patients(t, "0")
	for _, r := range records(t, "numbers/baseline_continuous.csv") {
		name := r["variable"]
		x, y := byArm(t, rows, name)
		hold := func(column string, got float64) {
			t.Helper()
			near(t, name+" "+column, got, r.num(t, column), 1e-9)
		}
		a, b, all := Describe(x), Describe(y), Describe(slices.Concat(x, y))
		hold("n_int", float64(a.N))
		hold("n_ctl", float64(b.N))
		hold("mean_int", a.Mean)
		hold("sd_int", a.SD)
		hold("mean_ctl", b.Mean)
		hold("sd_ctl", b.SD)
		hold("mean_all", all.Mean)
		hold("sd_all", all.SD)
		w, p := WelchT(x, y), PooledT(x, y)
		hold("t_welch", w.Statistic)
		hold("df_welch", w.DF)
		hold("p_welch", w.P)
		hold("ci_low_welch", w.Low)
		hold("ci_high_welch", w.High)
		hold("t_pooled", p.Statistic)
		hold("df_pooled", p.DF)
		hold("p_pooled", p.P)
		hold("ci_low_pooled", p.Low)
		hold("ci_high_pooled", p.High)
		m := MannWhitney(x, y, RankOptions{})
		hold("mw_U_min", m.UMin)
		hold("mw_U_int", m.U)
		hold("mw_rank_sum_int", m.RankSum)
		hold("mw_z", m.Statistic)
		hold("mw_p_no_cc", m.P)
		hold("mw_p_cc", MannWhitney(x, y, RankOptions{Continuity: true}).P)
		l := Levene([][]float64{x, y}, false)
		hold("levene_mean_F", l.Statistic)
		hold("levene_mean_p", l.P)
		hold("cohen_d", CohenD(x, y).D)
	}
}

// baseline_quantiles.csv: R's quantile(type = 2, 6, 7).
func TestBaselineQuantiles(t *testing.T) {
	rows := patients(t, "0")
	for _, r := range records(t, "numbers/baseline_quantiles.csv") {
		x, y := byArm(t, rows, r["variable"])
		switch r["group"] {
		case "control":
			x = y
		case "all":
			x = append(x, y...)
		}
		what := r["variable"] + " " + r["group"] + " " + r["p"] + " type "
		p := r.num(t, "p")
		near(t, what+"2", Type2.Quantile(x, p), r.num(t, "type2"), 1e-12)
		near(t, what+"6", Type6.Quantile(x, p), r.num(t, "type6"), 1e-12)
		near(t, what+"7", Type7.Quantile(x, p), r.num(t, "type7"), 1e-12)
	}
}

// paper_table1_ttests_check.csv: the P values of age and BMI in the paper's Table 1 lie in the range that the rounding
// of its means and SDs leaves; two samples with the printed mean, SD and n give R's P values.
func TestPaperMeans(t *testing.T) {
	sample := func(mean, sd float64, n int) []float64 {
		x := make([]float64, n) // n−1 equal values and one apart, scaled
		x[0] = 1
		s := Describe(x)
		for i := range x {
			x[i] = mean + (x[i]-s.Mean)/s.SD*sd
		}
		return x
	}
	arms := map[string][2][]float64{
		"age": {sample(44.6, 9.4, 234), sample(45.9, 11.2, 81)},
		"bmi": {sample(27.7, 5.3, 234), sample(27.3, 4.3, 81)},
	}
	for _, r := range records(t, "numbers/paper_table1_ttests_check.csv") {
		x := arms[r["item"]]
		near(t, r["item"]+" Welch", WelchT(x[0], x[1]).P, r.num(t, "welch_p"), 1e-9)
		near(t, r["item"]+" pooled", PooledT(x[0], x[1]).P, r.num(t, "pooled_p"), 1e-9)
		if p := r.num(t, "paper_p"); p < r.num(t, "welch_low") || p > r.num(t, "welch_high") {
			t.Errorf("%s: the paper's P %v is outside what Welch can give", r["item"], p)
		}
	}
}

// What a comparison does when its values cannot answer: a sentence, no number.
func TestCannotCompare(t *testing.T) {
	nan := math.NaN()
	same, other := []float64{3, 3, 3}, []float64{5, 5}
	for _, c := range []struct {
		name string
		test Test
		says string
	}{
		{"Welch, one value in an arm", WelchT([]float64{1, nan}, []float64{1, 2}).Test, "two values"},
		{"Welch, constant", WelchT(same, other).Test, "do not vary"},
		{"pooled, an empty arm", PooledT(nil, []float64{1, 2, 3}).Test, "a value in each group"},
		{"pooled, one unit an arm", PooledT([]float64{1}, []float64{2}).Test, "three in all"},
		{"pooled, constant", PooledT(same, same).Test, "do not vary"},
		{"Welch, infinite", WelchT([]float64{1, math.Inf(1)}, []float64{1, 2}).Test, "infinite"},
		{"ranks, an empty arm", MannWhitney([]float64{nan}, same, RankOptions{}).Test, "no value"},
		{"ranks, constant", MannWhitney(same, same, RankOptions{}).Test, "the same"},
		{"three groups, one empty", Means([][]float64{{1, 2}, {}, {2, 3}}, true), "no value"},
		{"three groups, one constant", Means([][]float64{{1, 2}, {1, 1}, {2, 3}}, false), "two different"},
		{"three groups, all constant", Means([][]float64{{1, 1}, {2, 2}, {3, 3}}, true), "do not vary"},
		{"one group", Means([][]float64{{1, 2}}, true), "one group"},
		{"Levene, one group", Levene([][]float64{{1, 2}}, false), "one group"},
		{"Levene, constant", Levene([][]float64{same, other}, true), "do not vary"},
		{"Levene, two values a group", Levene([][]float64{{0.1, 0.7}, {0.3, 1.7}}, false), "do not vary"},
		{"Welch, constant but for rounding", WelchT([]float64{0.3, 0.1 + 0.2}, []float64{0.5, 0.5}).Test, "do not vary"},
		{"Kruskal–Wallis, constant", KruskalWallis([][]float64{same, same, same}), "the same"},
	} {
		if c.test.Status == OK || !strings.Contains(string(c.test.Status), c.says) || !math.IsNaN(c.test.P) || !math.IsNaN(c.test.Statistic) {
			t.Errorf("%s: %+v", c.name, c.test)
		}
	}
}

// The order of the rows, a shift and a scale change no P value; exchanging the arms changes the sign only.
func TestCompareProperties(t *testing.T) {
	x, y := byArm(t, patients(t, "0"), "odi")
	tests := func(x, y []float64) []Test {
		return []Test{WelchT(x, y).Test, PooledT(x, y).Test, MannWhitney(x, y, RankOptions{}).Test,
			MannWhitney(x, y, RankOptions{Continuity: true}).Test, Levene([][]float64{x, y}, false)}
	}
	moved := func(x []float64) []float64 {
		out := slices.Clone(x)
		slices.Reverse(out)
		for i := range out {
			out[i] = 16*out[i] - 256
		}
		return out
	}
	for k, a := range tests(x, y) {
		b, c := tests(moved(x), moved(y))[k], tests(y, x)[k]
		near(t, a.Name+" moved", b.P, a.P, 1e-10)
		near(t, a.Name+" exchanged", c.P, a.P, 1e-10)
		if math.Abs(math.Abs(c.Statistic)-math.Abs(a.Statistic)) > 1e-10 {
			t.Errorf("%s: %v and exchanged %v", a.Name, a.Statistic, c.Statistic)
		}
	}
}
