package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// countsOf tabulates a variable of the trial at baseline by arm, control first, levels in their order.
func countsOf(t *testing.T, rows []record, variable string) (levels []string, out Table) {
	t.Helper()
	for _, r := range rows {
		if !slices.Contains(levels, r[variable]) && r[variable] != "" {
			levels = append(levels, r[variable])
		}
	}
	slices.Sort(levels)
	out = make(Table, len(levels))
	for k := range out {
		out[k] = make([]int, 2)
	}
	for _, r := range rows {
		if k := slices.Index(levels, r[variable]); k >= 0 {
			out[k][map[string]int{"control": 0, "intervention": 1}[r["arm"]]]++
		}
	}
	return levels, out
}

// baseline_categorical.csv and baseline_counts.csv: chisq.test, fisher.test and counts of R 4.2.2. R finds the
// conditional odds ratio and its interval with a tolerance of 1e-4 only (uniroot's default).
func TestBaselineCategorical(t *testing.T) {
	rows := patients(t, "0")
	counts := map[string]record{}
	for _, r := range records(t, "numbers/baseline_counts.csv") {
		counts[r["variable"]+r["level"]+r["arm"]] = r
	}
	for _, r := range records(t, "numbers/baseline_categorical.csv") {
		name := r["variable"]
		levels, tab := countsOf(t, rows, name)
		hold := func(column string, got, tolerance float64) {
			t.Helper()
			near(t, name+" "+column, got, r.num(t, column), tolerance)
		}
		p := Pearson(tab)
		hold("rows", float64(len(tab)), 0)
		hold("chi2", p.Statistic, 1e-9)
		hold("df", p.DF, 0)
		hold("p_chi2_no_cc", p.P, 1e-9)
		hold("lr_chi2", LikelihoodRatio(tab).Statistic, 1e-9)
		hold("p_lr", LikelihoodRatio(tab).P, 1e-9)
		hold("p_fisher", Fisher(tab).P, 1e-9)
		low, _ := tab.sparse()
		hold("min_expected", low, 1e-9)
		if len(tab) == 2 {
			hold("chi2_yates", Yates(tab).Statistic, 1e-9)
			hold("p_chi2_yates", Yates(tab).P, 1e-9)
			o := FisherOddsRatio(tab)
			hold("or_cmle_fisher", o.Estimate, 1e-4)
			hold("or_ci_low", o.Low, 1e-4)
			hold("or_ci_high", o.High, 1e-4)
		}
		if r["linear_by_linear"] != "" {
			hold("linear_by_linear", LinearByLinear(tab, nil, nil).Statistic, 1e-9)
		}
		_, columns, _ := tab.margins()
		for k, level := range levels {
			for j, arm := range []string{"control", "intervention"} {
				c := counts[name+level+arm]
				near(t, name+level+arm+" n", float64(tab[k][j]), c.num(t, "n"), 0)
				near(t, name+level+arm+" percent", 100*float64(tab[k][j])/float64(columns[j]), c.num(t, "percent"), 1e-9)
			}
		}
	}
}

// exact_tables.json: fisher.test and chisq.test on tables made by hand, by columns.
func TestExactTables(t *testing.T) {
	var tables []struct {
		Name    string
		Columns [][]int
		Fisher  float64 `json:"p_fisher"`
		Pearson any     `json:"p_chi2_no_cc"`
	}
	reference(t, "exact_tables.json", &tables)
	for _, c := range tables {
		tab := Table(c.Columns).transposed()
		if c.Name == "zero_row" {
			for _, test := range []Test{Fisher(tab), Pearson(tab), Yates(tab), LikelihoodRatio(tab), Categories(tab, FisherWhenSparse)} {
				if !math.IsNaN(test.P) || !strings.Contains(string(test.Status), "no events") {
					t.Errorf("zero row: %+v", test)
				}
			}
			continue
		}
		near(t, c.Name+" Fisher", Fisher(tab).P, c.Fisher, 1e-12)
		near(t, c.Name+" Fisher, transposed", Fisher(tab.transposed()).P, c.Fisher, 1e-12)
		near(t, c.Name+" Pearson", Pearson(tab).P, c.Pearson.(float64), 1e-12)
	}
}

// paper_tables12_counts_check.csv: the counts of the paper's Tables 1 and 2 and its printed P values, all of which come
// out to the digit by the default rule, strong opioids by Fisher.
func TestPaperTables(t *testing.T) {
	two := func(a, b int) Table { return Table{{234 - a, 81 - b}, {a, b}} }
	counts := map[string]Table{
		"female": two(128, 53), "inactive": two(23, 8), "smoker": two(35, 13), "working": two(221, 77), "sick_leave": two(115, 48),
		"part_sick_leave": two(33, 13), "lbp_daily": two(129, 44), "med_3days": two(83, 36), "prescription": two(207, 73),
		"paracetamol": two(72, 32), "nsaid": two(171, 57), "mild_opioid": two(80, 25), "strong_opioid": two(1, 3), "other_med": two(51, 24),
		"pain_duration": {{26, 16}, {77, 30}, {50, 21}, {81, 14}}, "sbt_group": {{111, 38}, {95, 30}, {28, 13}}, "omp_group": {{129, 38}, {47, 21}, {58, 22}},
	}
	for _, r := range records(t, "numbers/paper_tables12_counts_check.csv") {
		name := r["item"]
		tab := counts[name]
		near(t, name+" Pearson", Pearson(tab).P, r.num(t, "chi2_no_cc"), 1e-9)
		near(t, name+" Fisher", Fisher(tab).P, r.num(t, "fisher"), 1e-9)
		if len(tab) == 2 {
			near(t, name+" Yates", Yates(tab).P, r.num(t, "chi2_yates"), 1e-9)
		}
		got := Categories(tab, FisherWhenSparse)
		if strconv.FormatFloat(got.P, 'f', 3, 64) != strconv.FormatFloat(r.num(t, "paper_p"), 'f', 3, 64) {
			t.Errorf("%s: %s P %v, the paper prints %s", name, got.Name, got.P, r["paper_p"])
		}
		if (got.Name == fisherName) != (name == "strong_opioid") {
			t.Errorf("%s by %s", name, got.Name)
		}
		if name == "working" && got.Note != "smallest expected count 4.4" {
			t.Errorf("working: note %q", got.Note)
		}
	}
}

// Every rule on a table that expects fewer than 5 in one cell of four, and on those without a test.
func TestCategoriesRule(t *testing.T) {
	working := Table{{13, 4}, {221, 77}}
	for _, c := range []struct {
		name  string
		table Table
		rule  TableRule
		want  string // the test's name, or a part of the status
	}{
		{"a quarter of the cells", working, FisherWhenSparse, "Pearson chi-square"},
		{"any cell", working, FisherWhenAnyBelow5, fisherName},
		{"always Pearson", Table{{233, 78}, {1, 3}}, AlwaysPearson, "Pearson chi-square"},
		{"always Yates", working, AlwaysYates, yatesName},
		{"Yates of three rows", Table{{20, 20}, {20, 20}, {20, 20}}, AlwaysYates, "Pearson chi-square"},
		{"always Fisher", Table{{20, 20}, {20, 20}, {20, 20}}, AlwaysFisher, fisherName},
		{"two of four cells", Table{{4, 4}, {40, 40}}, FisherWhenSparse, fisherName},
		{"one below 1", Table{{1, 0}, {400, 40}}, FisherWhenSparse, fisherName},
		{"an empty category among three", Table{{20, 20}, {0, 0}, {20, 30}}, FisherWhenSparse, "Pearson chi-square"},
		{"no events", Table{{20, 20}, {0, 0}}, FisherWhenSparse, "no events"},
		{"all events", Table{{0, 0}, {20, 20}}, FisherWhenSparse, "Everybody has the event"},
		{"an empty arm", Table{{20, 0}, {10, 0}}, FisherWhenSparse, "Only one group"},
		{"one arm", Table{{20}, {10}}, FisherWhenSparse, "one group only"},
		{"no answers", Table{{0, 0}, {0, 0}}, FisherWhenSparse, "no answers"},
		{"no rows", nil, FisherWhenSparse, "no answers"},
		{"one of three categories", Table{{0, 0}, {5, 5}, {0, 0}}, FisherWhenSparse, "same category"},
	} {
		got := Categories(c.table, c.rule)
		if got.Status == OK && got.Name != c.want || got.Status != OK && (!strings.Contains(string(got.Status), c.want) || !math.IsNaN(got.P)) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	if got := Categories(Table{{20, 20}, {0, 0}, {20, 30}}, FisherWhenSparse); got.Note == "" || got.DF != 1 {
		t.Errorf("an empty category is not said: %+v", got)
	}
}

// Fisher against all tables with the margins, counted one by one.
func TestFisherEnumerated(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		tab := make(Table, 2+random.IntN(3))
		for i := range tab {
			for range 2 + len(tab)%2 {
				tab[i] = append(tab[i], random.IntN(5))
			}
		}
		if tab = tab.occupied(); len(tab) < 2 || len(tab[0]) < 2 {
			continue
		}
		got := Fisher(tab)
		near(t, "enumerated", got.P, enumerated(tab), 1e-12)
		slices.Reverse(tab)
		near(t, "rows reversed", Fisher(tab).P, got.P, 1e-12)
	}
}

// enumerated is Fisher's P value in the plainest way.
func enumerated(tab Table) float64 {
	rows, columns, n := tab.margins()
	f := logFactorials(n)
	weight := func(t Table) float64 {
		w := 0.0
		for _, row := range t {
			for _, x := range row {
				w -= f[x]
			}
		}
		return w
	}
	now := make(Table, len(rows))
	for i := range now {
		now[i] = make([]int, len(columns))
	}
	total, extreme := 0.0, 0.0
	var fill func(i, j int)
	fill = func(i, j int) {
		if i == len(rows) {
			for j, c := range columns {
				for i := range rows {
					c -= now[i][j]
				}
				if c != 0 {
					return
				}
			}
			p := math.Exp(weight(now))
			total += p
			if p <= math.Exp(weight(tab))*(1+1e-7) {
				extreme += p
			}
			return
		}
		left := rows[i]
		for _, x := range now[i][:j] {
			left -= x
		}
		if j == len(columns)-1 {
			now[i][j] = left
			fill(i+1, 0)
			return
		}
		for x := 0; x <= left; x++ {
			now[i][j] = x
			fill(i, j+1)
		}
	}
	fill(0, 0)
	return extreme / total
}

// A table beyond the limit is said to be, and Pearson's test stands in.
func TestFisherTooLarge(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var tab Table
	for range 12 {
		tab = append(tab, []int{random.IntN(60), random.IntN(70), random.IntN(80), random.IntN(90), 1 + random.IntN(99)})
	}
	if got := Fisher(tab); !strings.Contains(string(got.Status), "too long") || !math.IsNaN(got.P) {
		t.Errorf("%+v", got)
	}
	got := Categories(tab, AlwaysFisher)
	if got.Name != "Pearson chi-square" || got.Status != OK || !strings.Contains(got.Note, "too long") {
		t.Errorf("%+v", got)
	}
}

// separation.json of the trial's reference: events 1/131 against 1/47, and none in an arm.
func TestFisherOddsRatio(t *testing.T) {
	o := FisherOddsRatio(Table{{46, 130}, {1, 1}})
	near(t, "estimate", o.Estimate, 0.356303811960696, 1e-4)
	near(t, "low", o.Low, 0.00448233045620447, 1e-4)
	near(t, "high", o.High, 28.3745565855584, 1e-4)
	if o := FisherOddsRatio(Table{{5, 4}, {0, 3}}); !math.IsInf(o.Estimate, 1) || !math.IsInf(o.High, 1) || o.Low <= 0 {
		t.Errorf("an empty cell: %+v", o)
	}
	if o := FisherOddsRatio(Table{{5, 4}, {0, 0}}); o.Status == OK || !math.IsNaN(o.Estimate) {
		t.Errorf("no events: %+v", o)
	}
}

func TestLinearByLinearScores(t *testing.T) {
	tab := Table{{5, 9}, {7, 3}, {8, 2}}
	a := LinearByLinear(tab, []float64{1, 2, 3}, nil)
	b := LinearByLinear(tab, []float64{10, 20, 30}, []float64{7, -4})
	near(t, "moved scores", b.Statistic, a.Statistic, 1e-12)
	if c := LinearByLinear(tab, []float64{1, 2, 9}, nil); c.Statistic == a.Statistic {
		t.Error("the scores do not matter")
	}
	if c := LinearByLinear(Table{{5, 9}, {0, 0}}, nil, nil); c.Status == OK {
		t.Errorf("one category: %+v", c)
	}
}
