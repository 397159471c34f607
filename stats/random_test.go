package stats

import (
	"math"
	"testing"
)

// The answers of R 4.2.2 to random inputs; testdata/random/random.R makes both.

// byCase puts the rows of a file together by their case.
func byCase(t *testing.T, file string) map[string][]record {
	t.Helper()
	out := map[string][]record{}
	for _, r := range records(t, "random/"+file) {
		out[r["case"]] = append(out[r["case"]], r)
	}
	return out
}

func TestRandomSamples(t *testing.T) {
	samples := byCase(t, "samples.csv")
	exact := 0
	for _, r := range records(t, "random/samples_r.csv") {
		var groups [][]float64
		var all []float64
		for _, s := range samples[r["case"]] {
			g := int(s.num(t, "group"))
			for len(groups) < g {
				groups = append(groups, nil)
			}
			groups[g-1] = append(groups[g-1], s.num(t, "value"))
			all = append(all, s.num(t, "value"))
		}
		hold := func(column string, got float64) {
			t.Helper()
			near(t, "case "+r["case"]+" "+column, got, r.num(t, column), 1e-9)
		}
		w, p, m := Means(groups, false), Means(groups, true), RankGroups(groups, RankOptions{})
		hold("welch", w.Statistic)
		hold("welch_p", w.P)
		hold("pooled", p.Statistic)
		hold("pooled_p", p.P)
		hold("ranks_p", m.P)
		hold("levene_mean", Levene(groups, false).Statistic)
		hold("levene_mean_p", Levene(groups, false).P)
		hold("levene_median_p", Levene(groups, true).P)
		hold("skewness", Describe(groups[1]).Skewness)
		hold("q2", Type2.Quantile(all, 0.3))
		hold("q6", Type6.Quantile(all, 0.3))
		hold("q7", Type7.Quantile(all, 0.3))
		if len(groups) > 2 {
			hold("welch_df", w.DF2)
			hold("ranks", m.Statistic)
			continue
		}
		hold("welch_df", w.DF)
		u := MannWhitney(groups[1], groups[0], RankOptions{})
		hold("ranks", u.U)
		hold("ranks_cc_p", MannWhitney(groups[1], groups[0], RankOptions{Continuity: true}).P)
		hold("d", CohenD(groups[1], groups[0]).D)
		hold("smd", ImbalanceOfMeans(groups[1], groups[0]).Value)
		e := MannWhitney(groups[1], groups[0], RankOptions{Exact: true})
		if r["exact_p"] != "" {
			hold("exact_p", e.P)
			exact++
		} else if e.Note == "" || e.P != u.P {
			t.Errorf("case %s: not exact, and not said: %+v", r["case"], e)
		}
	}
	if exact < 3 {
		t.Errorf("only %d exact tests", exact)
	}
}

func TestRandomTables(t *testing.T) {
	tables := byCase(t, "tables.csv")
	for _, r := range records(t, "random/tables_r.csv") {
		var tab Table
		for _, c := range tables[r["case"]] {
			if c.num(t, "row") > float64(len(tab)) {
				tab = append(tab, nil)
			}
			last := len(tab) - 1
			tab[last] = append(tab[last], int(c.num(t, "count")))
		}
		hold := func(column string, got, tolerance float64) {
			t.Helper()
			near(t, "case "+r["case"]+" "+column, got, r.num(t, column), tolerance)
		}
		hold("chi2", Pearson(tab).Statistic, 1e-10)
		hold("p", Pearson(tab).P, 1e-10)
		hold("fisher_p", Fisher(tab).P, 1e-10)
		hold("trend", LinearByLinear(tab, nil, nil).Statistic, 1e-10)
		hold("lr", LikelihoodRatio(tab).Statistic, 1e-7) // R's comes from an iterative fit
		if r["yates_p"] != "" {
			hold("yates_p", Yates(tab).P, 1e-10)
			hold("cmle", FisherOddsRatio(tab).Estimate, 1e-4) // R's root finder
		}
		if r["smd"] != "" {
			hold("smd", ImbalanceOfShares(tab).Value, 1e-10)
		}
	}
}

// Tables of up to 3,000 patients in 2 to 5 columns.
func TestRandomLargeTables(t *testing.T) {
	tables := byCase(t, "large.csv")
	for _, r := range records(t, "random/large_r.csv") {
		cells := tables[r["case"]]
		last := cells[len(cells)-1]
		tab := make(Table, int(last.num(t, "row")))
		for i := range tab {
			tab[i] = make([]int, int(last.num(t, "column")))
		}
		for _, c := range cells {
			tab[int(c.num(t, "row"))-1][int(c.num(t, "column"))-1] = int(c.num(t, "count"))
		}
		near(t, "case "+r["case"], Fisher(tab).P, r.num(t, "fisher_p"), 1e-9)
	}
}

func TestRandomAdjust(t *testing.T) {
	for name, rows := range byCase(t, "adjust.csv") {
		var p []float64
		for _, r := range rows {
			p = append(p, r.num(t, "p"))
		}
		for _, c := range Corrections {
			for k, got := range c.Adjust(p) {
				near(t, "case "+name+" "+string(c), got, rows[k].num(t, "p_"+string(c)), 1e-12)
			}
		}
	}
}

// columns are the columns of a case of icc.csv.
func columns(t *testing.T, rows []record) (y []float64, cluster, arm []int) {
	t.Helper()
	for _, r := range rows {
		y = append(y, r.num(t, "value"))
		cluster = append(cluster, int(r.num(t, "cluster")))
		arm = append(arm, int(r.num(t, "arm")))
	}
	return y, cluster, arm
}

func TestRandomICC(t *testing.T) {
	cases := byCase(t, "icc.csv")
	for _, r := range records(t, "random/icc_r.csv") {
		y, cluster, arm := columns(t, cases[r["case"]])
		hold := func(column string, got, tolerance float64) {
			t.Helper()
			near(t, "case "+r["case"]+" "+column, got, r.num(t, column), tolerance)
		}
		a := AnovaICC(y, cluster, nil)
		hold("icc", a.Value, 1e-10)
		hold("low", a.Low, 1e-10)
		hold("high", a.High, 1e-10)
		hold("p", a.P, 1e-10)
		hold("msb_arm", AnovaICC(y, cluster, arm).MSBetween, 1e-10)
		for _, method := range []string{"ml", "reml"} {
			low, high := ProfileICC(y, cluster, nil, method == "reml", r.num(t, method))
			hold(method+"_low", low, 1e-7) // R's minimum is good to half the digits
			hold(method+"_high", high, 1e-7)
		}
	}
}

func TestRandomClustered(t *testing.T) {
	cases := byCase(t, "icc.csv")
	for _, r := range records(t, "random/clustered_r.csv") {
		y, cluster, arm := columns(t, cases[r["case"]])
		category := make([]int, len(y))
		for i, v := range y {
			if v > 1 {
				category[i] = 1
			}
		}
		m, c := ClusteredMeans(y, cluster, arm), ClusteredCategories(category, cluster, arm)
		near(t, "t", m.Statistic, r.num(t, "t"), 1e-10)
		near(t, "t P", m.P, r.num(t, "t_p"), 1e-10)
		near(t, "chi-square", c.Statistic, r.num(t, "chi2"), 1e-10)
		near(t, "chi-square P", c.P, r.num(t, "chi2_p"), 1e-10)
	}
}

func TestRandomSizes(t *testing.T) {
	for _, r := range records(t, "random/size.csv") {
		p := Plan{Diff: r.num(t, "delta"), SD: r.num(t, "sd"), Power: r.num(t, "power"), Alpha: r.num(t, "alpha"), ClusterSize: 1}
		near(t, "z", p.Size().NUnadjusted/2, r.num(t, "n_z"), 1e-12)
		if n := r.num(t, "n_t"); n > 2 {
			near(t, "t", byT(p).Size().NUnadjusted/2, n, 1e-9)
		}
		q := Plan{Binary: true, Control: r.num(t, "p1"), Treated: r.num(t, "p2"), PooledNull: true, Power: p.Power, Alpha: p.Alpha, ClusterSize: 1}
		near(t, "shares", q.Size().NUnadjusted/2, r.num(t, "n_prop"), 1e-9)
		near(t, "power by t", tPower(r.num(t, "ncp"), r.num(t, "df"), p.Alpha, true), r.num(t, "power_t"), 1e-11)
		if got := q.At(q.Size().Clusters); math.IsNaN(got.PowerAtClusters) {
			t.Errorf("no power: %+v", got)
		}
	}
}
