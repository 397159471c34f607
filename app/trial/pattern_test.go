package trial

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// wideNaming is a way of naming the columns of a wide table: an item of a
// questionnaire (item 0: a variable of its own) at the visits.
type wideNaming struct {
	name   string
	codes  []string // of the visits, as they stand in names
	column func(instrument string, item int, code string) string
	months []float64 // what the codes say; nil: they say the order only
}

// number writes an item behind its instrument.
func number(format string) func(string, int) string {
	return func(instrument string, item int) string {
		if item == 0 {
			return instrument
		}
		return fmt.Sprintf(format, instrument, item)
	}
}

func namings() []wideNaming {
	plain, under, padded := number("%s%d"), number("%s_%d"), number("%s_%02d")
	after := func(mark string, item func(string, int) string) func(string, int, string) string {
		return func(s string, i int, code string) string { return item(s, i) + mark + code }
	}
	before := func(mark string, item func(string, int) string) func(string, int, string) string {
		return func(s string, i int, code string) string { return code + mark + item(s, i) }
	}
	between := func(s string, i int, code string) string {
		if i == 0 {
			return s + code
		}
		return fmt.Sprintf("%s%s_%d", s, code, i)
	}
	divided := func(mark string) func(s string, i int, code string) string {
		return func(s string, i int, code string) string {
			if i == 0 {
				return s + mark + code
			}
			return fmt.Sprintf("%s%s%s%s%d", s, mark, code, mark, i)
		}
	}
	upper := func(f func(string, int, string) string) func(string, int, string) string {
		return func(s string, i int, code string) string { return f(strings.ToUpper(s), i, code) }
	}
	at := []float64{0, 3, 12}
	return []wideNaming{
		{"odi1_0", []string{"0", "3", "12"}, after("_", plain), at},
		{"odi_1_0", []string{"0", "3", "12"}, after("_", under), at},
		{"ODI_01_0", []string{"0", "3", "12"}, upper(after("_", padded)), at},
		{"odi1_t0", []string{"t0", "t1", "t2"}, after("_", plain), nil},
		{"odi_1_t0", []string{"t0", "t1", "t2"}, after("_", under), nil},
		{"odi1_T1", []string{"T1", "T2", "T3"}, after("_", plain), nil},
		{"T1.odi1", []string{"T1", "T2", "T3"}, before(".", plain), nil},
		{"t0_odi_1", []string{"t0", "t3", "t12"}, before("_", under), nil},
		{"odi.3mo", []string{"0mo", "3mo", "12mo"}, after(".", plain), at},
		{"odi_3mo with bl", []string{"bl", "3mo", "12mo"}, after("_", plain), at},
		{"odi_1_3kk", []string{"0kk", "3kk", "12kk"}, after("_", under), at},
		{"odi_1_alku", []string{"alku", "3kk", "12kk"}, after("_", under), at},
		{"odi_bl odi_fu1", []string{"bl", "fu1", "fu2"}, after("_", plain), nil},
		{"ODI_baseline ODI_3months", []string{"baseline", "3months", "12months"}, upper(after("_", under)), at},
		{"odi1_3_months", []string{"baseline", "3_months", "12_months"}, after("_", plain), at},
		{"odi_1_month_3", []string{"baseline", "month_3", "month_12"}, after("_", under), at},
		{"odi3m_1", []string{"0m", "3m", "12m"}, between, at},
		{"odi_3m_1", []string{"0m", "3m", "12m"}, divided("_"), at},
		{"odi.bl.1", []string{"bl", "3mo", "12mo"}, divided("."), at},
		{"odi_0_1", []string{"0", "3", "12"}, divided("_"), at},
		{"odi1.0", []string{"0", "3", "12"}, after(".", plain), at},
		{"odi_1.0", []string{"0", "3", "12"}, after(".", under), at},
		{"odi_1_m12", []string{"m0", "m3", "m12"}, after("_", under), at},
		{"BL_odi1", []string{"BL", "V1", "V2"}, before("_", plain), nil},
		{"V1_odi1", []string{"V1", "V2", "V3"}, before("_", plain), nil},
		{"baseline.odi_1", []string{"baseline", "3mo", "12mo"}, before(".", under), at},
		{"odi_1_v1", []string{"v1", "v2", "v3"}, after("_", under), nil},
		{"odi1 (3 months)", []string{"baseline", "3 months", "12 months"}, func(s string, i int, code string) string { return plain(s, i) + " " + code }, at},
		{"odi1_1", []string{"1", "2", "3"}, after("_", plain), nil},
		{"odi1_w6", []string{"w0", "w6", "w26"}, after("_", plain), []float64{0, 6 * weekMonths, 26 * weekMonths}},
		{"odi1_1y", []string{"0y", "1y", "2y"}, after("_", plain), []float64{0, 12, 24}},
		{"odi1_pre", []string{"pre", "post"}, after("_", plain), nil},
		{"odi1_d30", []string{"d0", "d30", "d365"}, after("_", plain), []float64{0, 30 * weekMonths / 7, 365 * weekMonths / 7}},
		{"odi1-3", []string{"0", "3", "12"}, after("-", plain), at},
		{"odi1@3", []string{"0", "3", "12"}, after("@", plain), at},
	}
}

// asked says at which visits the variables of a trial are asked: some at one
// only, as in the model paper.
var asked = []struct {
	instrument string
	items      int
	at         []int
}{
	{"odi", 10, []int{0, 1, 2}}, {"vas", 0, []int{0, 1, 2}}, {"eq_vas", 0, []int{0, 1, 2}}, {"work_ability", 0, []int{0, 2}},
	{"bbq", 14, []int{1}}, {"rmdq", 24, []int{0, 2}}, {"deps", 10, []int{0}}, {"pf", 20, []int{0, 1, 2}},
}

// TestWideNamings writes a wide table by each naming and holds that every
// value is found at its variable and visit, and that the columns without a
// visit stay out of it.
func TestWideNamings(t *testing.T) {
	for _, n := range namings() {
		t.Run(n.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, 5))
			header := []string{"patient_id", "clinic", "arm", "age", "sbt1", "sbt2", "sbt3", "sbt4", "sbt5", "sbt6", "sbt7", "sbt8", "sbt9", "comorb___1", "comorb___2", "comorb___3"}
			type cell struct {
				instrument string
				item       int
				visit      int
			}
			var cells []cell
			for _, a := range asked {
				for _, v := range a.at {
					for i := min(1, a.items); i <= a.items; i++ {
						if v < len(n.codes) {
							cells = append(cells, cell{a.instrument, i, v})
							header = append(header, n.column(a.instrument, i, n.codes[v]))
						}
					}
				}
			}
			text := strings.Join(header, ",") + "\n"
			var want [][]string
			for p := range 24 {
				row := []string{fmt.Sprintf("p%02d", p), "clinic " + string(rune('A'+p/3)), []string{"control", "intervention"}[p/3%2], strconv.Itoa(30 + p)}
				for range len(header) - len(cells) - len(row) {
					row = append(row, strconv.Itoa(rng.IntN(2)))
				}
				var own []string
				for range cells {
					own = append(own, strconv.Itoa(rng.IntN(4)))
				}
				text += strings.Join(append(row, own...), ",") + "\n"
				want = append(want, own)
			}
			d := table(t, text)
			m, reasons := Guess(d)
			if m.Shape != "wide" || len(m.Visits) != len(n.codes) {
				t.Fatalf("shape %s, pattern %q, visits %+v", m.Shape, m.Pattern, m.Visits)
			}
			at := map[string]WideColumn{}
			for _, w := range m.Wide {
				at[w.Column] = w
			}
			if len(at) != len(cells) {
				for _, w := range m.Wide {
					if !slices.Contains(header[len(header)-len(cells):], w.Column) {
						t.Errorf("%s: column %s was taken as %s at %s", m.Pattern, w.Column, w.Stem, w.Visit)
					}
				}
			}
			stems := map[string]string{} // of the naming: of the table
			for k, c := range cells {
				w, ok := at[header[len(header)-len(cells)+k]]
				if !ok {
					t.Fatalf("%s: column %s has no visit", m.Pattern, header[len(header)-len(cells)+k])
				}
				if w.Visit != m.Visits[c.visit].Code || w.Visit != strings.ToLower(n.codes[c.visit]) && !strings.Contains(strings.ToLower(n.codes[c.visit]), w.Visit) {
					t.Errorf("%s: %s is at %q, want %q of %+v", m.Pattern, w.Column, w.Visit, n.codes[c.visit], m.Visits)
				}
				own := fmt.Sprint(c.instrument, c.item)
				if s := stems[own]; s != "" && s != w.Stem {
					t.Errorf("%s: %s is called %q and %q", m.Pattern, own, s, w.Stem)
				}
				stems[own] = w.Stem
			}
			sure := slices.ContainsFunc(reasons, func(r Reason) bool { return r.Field == "visits" && r.Sure })
			if sure != (n.months != nil) {
				t.Errorf("%s: times sure: %v, visits %+v", m.Pattern, sure, m.Visits)
			}
			for v, months := range n.months {
				if math.Abs(m.Visits[v].Months-months) > 1e-9 {
					t.Errorf("%s: visit %+v, want %v months", m.Pattern, m.Visits[v], months)
				}
			}
			again, err := WithPattern(d, m, m.Pattern)
			if err != nil || len(again.Visits) != len(m.Visits) {
				t.Errorf("%s by hand: %v, visits %+v", m.Pattern, err, again.Visits)
			}
			trial := build(t, d, m)
			for k, c := range cells {
				v := trial.Variable(stems[fmt.Sprint(c.instrument, c.item)])
				if v == nil {
					t.Fatalf("no variable %q", stems[fmt.Sprint(c.instrument, c.item)])
				}
				for i, p := range trial.Patient {
					if int(trial.Visit[i]) == c.visit && strconv.FormatFloat(v.Num(i), 'g', -1, 64) != want[p][k] && v.From != "score of NRS" {
						t.Fatalf("%s: %s of patient %d at visit %d is %v, want %s", m.Pattern, v.Name, p, c.visit, v.Num(i), want[p][k])
					}
				}
			}
			if trial.Variable("age") == nil {
				t.Error("age is no variable")
			}
			if !slices.ContainsFunc(m.Instruments, func(u Use) bool { return u.Instrument == "odi" }) {
				t.Errorf("%s: the ODI was not recognised among %v", m.Pattern, m.Instruments)
			}
		})
	}
}

// TestNumberedItems holds that tables of numbered items at one visit are not
// taken for wide ones.
func TestNumberedItems(t *testing.T) {
	list := func(format string, n int) (names []string) {
		for i := range n {
			names = append(names, fmt.Sprintf(format, i+1))
		}
		return names
	}
	for _, c := range [][]string{
		list("odi_%d", 10),
		list("phq9_%d", 9),
		slices.Concat(list("odi_%d", 10), list("deps_%d", 10), list("pseq_%d", 10), list("nrs_%d", 2)),
		slices.Concat(list("odi.%d", 10), list("phq9.%d", 9), list("gad7.%d", 7), list("eq5d.%d", 5), list("fabq.%d", 16), list("rmdq.%d", 24)),
		slices.Concat(list("odi_q%d", 10), list("rmdq_q%d", 24)),
		slices.Concat(list("odi%d", 10), list("rmdq%d", 24), list("pf%02d", 20)),
		slices.Concat(list("a_%d", 10), list("b_%d", 10), list("c_%d", 10), list("d_%d", 10), list("e_%d", 10), list("f_%d", 10), list("g_%d", 10), list("h_%d", 10)),
		slices.Concat(list("comorbidity___%d", 8), list("medication___%d", 8), []string{"comorbidity___0", "medication___0"}),
		{"eq_5d", "eq_vas", "sf_36", "sf_12", "age", "weight1", "weight2"},
		{"pain_1", "pain_2", "age", "bmi"},
		{"fabq_w", "fabq_pa", "nrs_m", "nrs_w"},
	} {
		if pattern, wide := findPattern(c); pattern != "" {
			t.Errorf("%v: %s gives %v", c, pattern, wide)
		}
	}
}
