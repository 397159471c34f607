package dataset

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trialbox/app/dataset/cell"
)

// quotedColumn makes a table of one column beside a filler and reads it.
func quotedColumn(t *testing.T, name string, cells []string) (*Dataset, *Column) {
	t.Helper()
	var b strings.Builder
	b.WriteString("\"" + name + "\";k\n")
	for _, c := range cells {
		b.WriteString("\"" + strings.ReplaceAll(c, `"`, `""`) + "\";a\n")
	}
	d := table(t, b.String())
	return d, d.Columns[0]
}

func applied(c *Column) (codes []string) {
	for _, m := range c.MissingCodes {
		if m.Applied && m.Code != "" {
			codes = append(codes, m.Code)
		}
	}
	return codes
}

func pick[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }

// TestMissingCodesAtRandom plants codes for “no answer” into 200 columns of
// each of several ranges and holds that each is read as missing, or asked; and
// that the same numbers as values of a wider range stay values.
func TestMissingCodesAtRandom(t *testing.T) {
	type scale struct {
		name     string
		value    func(rng *rand.Rand) float64
		codes    []string // beyond the range: missing or asked
		sure     []string // of them, those that must be missing
		values   []string // in the range or beside it: must stay
		decimals int
	}
	whole := func(low, high int) func(*rand.Rand) float64 {
		return func(rng *rand.Rand) float64 { return float64(low + rng.IntN(high-low+1)) }
	}
	for _, s := range []scale{
		{"odi_1", whole(0, 5), []string{"99", "-9", "-99", "999", "77", "88", "9999", "9"}, []string{"99", "-9", "-99", "999", "77", "88", "9999"}, []string{"0", "5"}, 0},
		{"nrs", whole(0, 10), []string{"99", "-9", "-99", "999", "77", "88"}, []string{"99", "-99", "999", "77", "88"}, []string{"7", "8", "9", "10"}, 0},
		{"yes", whole(0, 1), []string{"9", "99", "-9", "7", "8"}, []string{"99", "-9"}, []string{"0", "1"}, 0},
		{"likert", whole(1, 5), []string{"9", "99", "-9", "88"}, []string{"99", "-9", "88"}, []string{"1", "5"}, 0},
		{"age", whole(18, 95), []string{"999", "-99", "9999", "-9"}, []string{"999", "-99", "9999", "-9"}, []string{"99", "88", "77", "66", "97"}, 0},
		{"age", whole(20, 60), []string{"999", "-99", "9999"}, []string{"999", "-99", "9999"}, []string{"66"}, 0},
		{"vas", whole(0, 100), []string{"999", "-9", "-99"}, []string{"999", "-9", "-99"}, []string{"99", "88", "77", "9", "66"}, 0},
		{"steps", whole(500, 15000), []string{"-99", "99999"}, []string{"-99"}, []string{"999", "9999", "888", "777"}, 0},
		{"bmi", func(rng *rand.Rand) float64 { return math.Round(10*(18+20*rng.Float64())) / 10 }, []string{"999", "-99", "99.9"}, []string{"999", "-99"}, []string{"18.5"}, 1},
		{"cost", func(rng *rand.Rand) float64 { return math.Round(100*math.Exp(5+rng.NormFloat64())) / 100 }, []string{"-99"}, []string{"-99"}, []string{"99", "88", "66.5"}, 2},
		{"change", func(rng *rand.Rand) float64 { return float64(rng.IntN(61) - 30) }, []string{"-999", "999"}, []string{"-999", "999"}, []string{"-9", "-8", "9"}, 0},
		{"height", whole(150, 195), []string{"999", "-9", "-99"}, []string{"999", "-9", "-99"}, []string{"150"}, 0},
	} {
		for seed := range uint64(200) {
			rng := rand.New(rand.NewPCG(seed, 11))
			var cells []string
			for range 60 + rng.IntN(100) {
				v := s.value(rng)
				if i := slices.IndexFunc(s.codes, func(c string) bool { x, _ := strconv.ParseFloat(c, 64); return x == v }); i >= 0 {
					continue
				}
				cells = append(cells, strconv.FormatFloat(v, 'f', s.decimals, 64))
			}
			value, code := pick(rng, s.values...), pick(rng, s.codes...)
			n := 1 + rng.IntN(6)
			for range n {
				cells = append(cells, code)
			}
			cells = append(cells, value)
			rng.Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })
			_, c := quotedColumn(t, s.name, cells)
			taken := applied(c)
			asked := slices.ContainsFunc(c.MissingCodes, func(m MissingCode) bool { return m.Code == code && !m.Applied && m.Count == n })
			switch {
			case slices.Contains(taken, code):
			case slices.Contains(s.sure, code) && !(n == 1 && asked):
				t.Errorf("%s, seed %d: %d times %s is no missing code: %+v", s.name, seed, n, code, c.MissingCodes)
			case !asked:
				t.Errorf("%s, seed %d: %d times %s is a value without a question", s.name, seed, n, code)
			}
			for _, other := range taken {
				if other != code {
					t.Errorf("%s, seed %d: the value %s was taken for missing: %+v", s.name, seed, other, c.MissingCodes)
				}
			}
			for row, cell := range cells {
				want, _ := strconv.ParseFloat(cell, 64)
				if got := c.Num(row); got != want && cell != code {
					t.Fatalf("%s, seed %d: %s is %v", s.name, seed, cell, got)
				}
			}
		}
	}
}

// TestMissingWords holds the words for “no answer” in columns of each kind.
func TestMissingWords(t *testing.T) {
	fill := map[Kind]func(i int) string{
		Integer: func(i int) string { return strconv.Itoa(i % 11) },
		Number:  func(i int) string { return fmt.Sprintf("%d,%d", i%7, 1+i%9) },
		Date:    func(i int) string { return fmt.Sprintf("%d.%d.2020", 1+i%28, 1+i%12) },
		YesNo:   func(i int) string { return []string{"kyllä", "ei"}[i%2] },
	}
	for _, word := range []string{"NA", "n/a", "N/A", "NaN", ".", "", "NULL", "#N/A", "missing", "Missing", "ei vastausta", "Ei tietoa", "unknown", "saknas", "keine Angabe", "-", "?"} {
		for kind, cell := range fill {
			var cells []string
			for i := range 60 {
				cells = append(cells, cell(i))
				if i%10 == 0 {
					cells = append(cells, word)
				}
			}
			_, c := quotedColumn(t, "x", cells)
			n := 0
			for row := range cells {
				if c.IsMissing(row) {
					n++
					if cells[row] != word {
						t.Errorf("%v: %q is missing", kind, cells[row])
					}
				}
			}
			if c.Kind != kind || n != 6 || !slices.ContainsFunc(c.MissingCodes, func(m MissingCode) bool { return m.Code == word && m.Count == 6 && m.Applied }) || c.Doubt != "" {
				t.Errorf("%v with %q: kind %v, %d missing, %+v %s", kind, word, c.Kind, n, c.MissingCodes, c.Doubt)
			}
		}
	}
	cells := strings.Fields(strings.Repeat("smoker never former unknown missing ", 12))
	_, c := quotedColumn(t, "smoking", cells)
	if c.Kind != Category || !slices.Equal(applied(c), []string{"missing"}) || c.IsMissing(3) || !c.IsMissing(4) {
		t.Errorf("%v %+v", c.Kind, c.MissingCodes)
	}
	if !slices.ContainsFunc(c.MissingCodes, func(m MissingCode) bool { return m.Code == "unknown" && !m.Applied && m.Count == 12 }) {
		t.Errorf("unknown is not proposed: %+v", c.MissingCodes)
	}
}

// TestDatesAtRandom writes dates in every form, 40 columns each, and holds that
// each comes out exact, or its column is asked about where the form leaves a
// choice.
func TestDatesAtRandom(t *testing.T) {
	months := [][]string{
		{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
		{"tammikuuta", "helmikuuta", "maaliskuuta", "huhtikuuta", "toukokuuta", "kesäkuuta", "heinäkuuta", "elokuuta", "syyskuuta", "lokakuuta", "marraskuuta", "joulukuuta"},
		{"januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december"},
		{"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"},
	}
	for _, f := range []struct {
		name  string
		write func(y, m, d int) string
		asked string // the kind of question: "" none; "order" where no day is beyond 12
	}{
		{"yyyy-mm-dd", func(y, m, d int) string { return fmt.Sprintf("%04d-%02d-%02d", y, m, d) }, ""},
		{"d.m.yyyy", func(y, m, d int) string { return fmt.Sprintf("%d.%d.%d", d, m, y) }, ""},
		{"dd.mm.yyyy", func(y, m, d int) string { return fmt.Sprintf("%02d.%02d.%d", d, m, y) }, ""},
		{"d. m. yyyy", func(y, m, d int) string { return fmt.Sprintf("%d. %d. %d", d, m, y) }, ""},
		{"d.m.yy", func(y, m, d int) string { return fmt.Sprintf("%d.%d.%02d", d, m, y%100) }, "century"},
		{"d/m/yyyy", func(y, m, d int) string { return fmt.Sprintf("%d/%d/%d", d, m, y) }, "order"},
		{"m/d/yyyy", func(y, m, d int) string { return fmt.Sprintf("%d/%d/%d", m, d, y) }, "order"},
		{"dd-mm-yyyy", func(y, m, d int) string { return fmt.Sprintf("%02d-%02d-%d", d, m, y) }, "order"},
		{"m/d/yy", func(y, m, d int) string { return fmt.Sprintf("%d/%d/%02d", m, d, y%100) }, "century"},
		{"yyyy/mm/dd", func(y, m, d int) string { return fmt.Sprintf("%d/%02d/%02d", y, m, d) }, ""},
		{"yyyy.mm.dd", func(y, m, d int) string { return fmt.Sprintf("%d.%02d.%02d", y, m, d) }, ""},
		{"ddMMMyyyy", func(y, m, d int) string { return fmt.Sprintf("%02d%s%d", d, strings.ToUpper(months[0][m-1]), y) }, ""},
		{"d-MMM-yyyy", func(y, m, d int) string { return fmt.Sprintf("%d-%s-%d", d, months[0][m-1], y) }, ""},
		{"MMM d, yyyy", func(y, m, d int) string { return fmt.Sprintf("%s %d, %d", months[0][m-1], d, y) }, ""},
		{"Finnish", func(y, m, d int) string { return fmt.Sprintf("%d. %s %d", d, months[1][m-1], y) }, ""},
		{"Swedish", func(y, m, d int) string { return fmt.Sprintf("%d %s %d", d, months[2][m-1], y) }, ""},
		{"German", func(y, m, d int) string { return fmt.Sprintf("%d. %s %d", d, months[3][m-1], y) }, ""},
		{"Excel 1900", func(y, m, d int) string { return strconv.Itoa(dayNumber(y, m, d) + 25569) }, ""},
		{"yyyymmdd", func(y, m, d int) string { return fmt.Sprintf("%04d%02d%02d", y, m, d) }, ""},
	} {
		for seed := range uint64(40) {
			rng := rand.New(rand.NewPCG(seed, 13))
			var cells, want []string
			beyond := false
			for range 10 + rng.IntN(30) {
				y, m, d := cell.Civil(dayNumber(1995, 1, 1) + rng.IntN(10000))
				if seed%4 == 0 {
					d = 1 + d%12
				}
				beyond = beyond || d > 12
				cells, want = append(cells, f.write(y, m, d)), append(want, fmt.Sprintf("%04d-%02d-%02d", y, m, d))
			}
			_, c := quotedColumn(t, "visit_date", cells)
			slashes := f.asked == "order" || f.name == "m/d/yy"
			if slashes && !beyond {
				if c.Kind == Date || c.Doubt == "" {
					t.Errorf("%s: %q is %v without a question", f.name, cells[0], c.Text(0))
				}
				continue
			}
			if c.Kind != Date || (c.Doubt != "") != (f.asked == "century") {
				t.Errorf("%s: %q is %v, doubt %q", f.name, cells[0], c.Kind, c.Doubt)
				continue
			}
			for row := range cells {
				if c.Text(row) != want[row] {
					t.Fatalf("%s: %q is %s, want %s", f.name, cells[row], c.Text(row), want[row])
				}
			}
		}
	}
	for _, c := range []struct{ in, want string }{
		{"2017-11-01 06:30", "2017-11-01 06:30"}, {"2017-11-01T06:30:00+02:00", "2017-11-01 06:30"}, {"1.11.2017 6.30", "2017-11-01 06:30"},
		{"1.11.2017 klo 6.30", "2017-11-01 06:30"}, {"1.11.2017 16:30:59", "2017-11-01 16:31"}, {"13/11/2017 2:30 PM", "2017-11-13 14:30"}, {"2017-11-01 06:30:00.000", "2017-11-01 06:30"},
	} {
		if _, x := quotedColumn(t, "d", []string{c.in, c.in, "", c.in}); x.Kind != Date || x.Text(0) != c.want {
			t.Errorf("%s is %v %s, want %s", c.in, x.Kind, x.Text(0), c.want)
		}
	}
	for _, no := range []string{"1.2.3", "10.30.15", "2017-13-01", "31.2.2020", "12-5", "Mars 5", "may", "5 mg 2017", "1234-56-78", "A12-3-2017"} {
		if _, x := quotedColumn(t, "d", []string{no, no, no + " ", no}); x.Kind == Date {
			t.Errorf("%s was read as the date %s", no, x.Text(0))
		}
	}
}

// TestYesNoAtRandom holds yes and no in four languages and spellings.
func TestYesNoAtRandom(t *testing.T) {
	for _, p := range [][2]string{{"yes", "no"}, {"Y", "N"}, {"TRUE", "FALSE"}, {"kyllä", "ei"}, {"K", "E"}, {"on", "ei"}, {"ja", "nej"}, {"J", "N"}, {"ja", "nein"}, {"Checked", "Unchecked"}, {"T", "F"}, {"wahr", "falsch"}, {"sant", "falskt"}, {"tosi", "epätosi"}} {
		for seed := range uint64(20) {
			rng := rand.New(rand.NewPCG(seed, 17))
			cells, want := []string{p[0], p[1]}, []float64{1, 0}
			for range 20 {
				yes := rng.IntN(2)
				word := p[1-yes]
				word = pick(rng, word, strings.ToUpper(word), " "+word, word+" ", strings.ToLower(word))
				cells, want = append(cells, word), append(want, float64(yes))
			}
			_, c := quotedColumn(t, "x", cells)
			for row := range cells {
				if c.Kind != YesNo || c.Num(row) != want[row] {
					t.Fatalf("%q is %v %v, want %v", cells[row], c.Kind, c.Num(row), want[row])
				}
			}
		}
	}
}
