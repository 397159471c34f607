package formula_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"trialbox/stats/formula"
	"trialbox/stats/internal/trialdata"
)

// frame is a small table: text a (3 levels), text b (2), numbers x, v (0, 3, 12), z with a gap, odd names.
func frame() *formula.Frame {
	fr := &formula.Frame{Rows: 24}
	text := func(name string, levels ...string) {
		c := formula.Column{Name: name, IsText: true}
		for k := range fr.Rows {
			c.Text = append(c.Text, levels[(k+k/6+k/11)%len(levels)])
		}
		fr.Columns = append(fr.Columns, c)
	}
	number := func(name string, f func(k int) float64) {
		c := formula.Column{Name: name}
		for k := range fr.Rows {
			c.Num = append(c.Num, f(k))
		}
		fr.Columns = append(fr.Columns, c)
	}
	text("a", "one", "two", "three")
	text("b", "p", "q")
	number("x", func(k int) float64 { return float64(k*k%7) + 0.5 })
	number("v", func(k int) float64 { return []float64{0, 3, 12}[(k/2)%3] })
	number("z", func(k int) float64 {
		if k == 5 {
			return math.NaN()
		}
		return float64(k % 5)
	})
	number("big", func(k int) float64 { return []float64{100000, 123456, 0.1}[k%3] })
	text("my group", "g", "h")
	number("my x", func(k int) float64 { return float64(k % 4) })
	text("Büro.ä_1", "ö", "z", "Z", "É")
	number("y", func(k int) float64 { return float64((k*5)%11) / 3 })
	number("empty", func(k int) float64 { return math.NaN() })
	text("words", "yes", "no", "maybe")
	number("unit", func(k int) float64 { return float64(k / 6) })
	number("patient", func(k int) float64 { return float64(k / 2 % 3) })
	number("person", func(k int) float64 { return float64(k / 2) })
	return fr
}

// TestTerms holds the names and the order of columns against R's model.matrix, by the rules of its sources (TermCode
// and modelmatrix in stats/src/model.c).
func TestTerms(t *testing.T) {
	for _, c := range []struct{ right, want string }{
		{"x", "(Intercept)|x"},
		{"1", "(Intercept)"},
		{"a", "(Intercept)|athree|atwo"},
		{"a*b", "(Intercept)|athree|atwo|bq|athree:bq|atwo:bq"},
		{"b*a", "(Intercept)|bq|athree|atwo|bq:athree|bq:atwo"},
		{"a + x + a:x", "(Intercept)|athree|atwo|x|athree:x|atwo:x"},
		{"x:a + a", "(Intercept)|athree|atwo|x:aone|x:athree|x:atwo"},
		{"a:b", "(Intercept)|aone:bp|athree:bp|atwo:bp|aone:bq|athree:bq|atwo:bq"},
		{"a + a:b", "(Intercept)|athree|atwo|aone:bq|athree:bq|atwo:bq"},
		{"a/b", "(Intercept)|athree|atwo|aone:bq|athree:bq|atwo:bq"},
		{"x:a", "(Intercept)|x:aone|x:athree|x:atwo"},
		{"a - 1", "aone|athree|atwo"},
		{"0 + a + b", "aone|athree|atwo|bq"},
		{"x + a - 1", "x|aone|athree|atwo"},
		{"0 + x", "x"},
		{"a:b - 1", "aone:bp|athree:bp|atwo:bp|aone:bq|athree:bq|atwo:bq"},
		{"a:b + x", "(Intercept)|x|aone:bp|athree:bp|atwo:bp|aone:bq|athree:bq|atwo:bq"},
		{"(a + b + x)^2", "(Intercept)|athree|atwo|bq|x|athree:bq|atwo:bq|athree:x|atwo:x|bq:x"},
		{"a*b*x - a:b:x", "(Intercept)|athree|atwo|bq|x|athree:bq|atwo:bq|athree:x|atwo:x|bq:x"},
		{"b*factor(v)", "(Intercept)|bq|factor(v)3|factor(v)12|bq:factor(v)3|bq:factor(v)12"},
		{"b *factor( v )", "(Intercept)|bq|factor(v)3|factor(v)12|bq:factor(v)3|bq:factor(v)12"},
		{"factor(big)", "(Intercept)|factor(big)1e+05|factor(big)123456"},
		{"I(x/10) + I( x^2 ) + I(2*x+1)", "(Intercept)|I(x/10)|I(x^2)|I(2 * x + 1)"},
		{"I(-x) + log( x )", "(Intercept)|I(-x)|log(x)"},
		{"I(v==3)", "(Intercept)|I(v == 3)TRUE"},
		{"I(v==3):x", "(Intercept)|I(v == 3)FALSE:x|I(v == 3)TRUE:x"},
		{"I(a=='two' & x>1)", "(Intercept)|I(a == \"two\" & x > 1)TRUE"},
		{`relevel(a,"two")`, `(Intercept)|relevel(a, "two")one|relevel(a, "two")three`},
		{`relevel(a, ref='two')`, `(Intercept)|relevel(a, ref = "two")one|relevel(a, ref = "two")three`},
		{`relevel(factor(v), "12")`, `(Intercept)|relevel(factor(v), "12")0|relevel(factor(v), "12")3`},
		{"`my group` + `my x`", "(Intercept)|`my group`h|`my x`"},
		{"`x`", "(Intercept)|x"},
		{"Büro.ä_1", "(Intercept)|Büro.ä_1z|Büro.ä_1É|Büro.ä_1ö"},
		{"x + x", "(Intercept)|x"},
		{"x + a - x", "(Intercept)|athree|atwo"},
		{"b %in% a", "(Intercept)|bp:aone|bq:aone|bp:athree|bq:athree|bp:atwo|bq:atwo"},
	} {
		t.Run(c.right, func(t *testing.T) {
			d := trialdata.Design(t, frame(), "y ~ "+c.right+" + (1|unit)")
			if got := strings.Join(d.Terms, "|"); got != c.want {
				t.Errorf("terms\n%s, want\n%s", got, c.want)
			}
			if len(d.X) != 24*len(d.Terms) {
				t.Errorf("%d numbers for %d terms", len(d.X), len(d.Terms))
			}
		})
	}
}

// TestValues checks the columns themselves: a product is the product, a dummy the indicator.
func TestValues(t *testing.T) {
	fr := frame()
	d := trialdata.Design(t, fr, "I(y*2) ~ a*x + I(v == 3) + relevel(b, 'q') + (1|unit/patient)")
	p := len(d.Terms)
	a, x, v, b := fr.Columns[0].Text, fr.Columns[2].Num, fr.Columns[3].Num, fr.Columns[1].Text
	is := func(yes bool) float64 {
		if yes {
			return 1
		}
		return 0
	}
	for row := range d.Y {
		want := []float64{1, is(a[row] == "three"), is(a[row] == "two"), x[row], is(v[row] == 3), is(b[row] == "p"),
			is(a[row] == "three") * x[row], is(a[row] == "two") * x[row]}
		if got := d.X[row*p : (row+1)*p]; !slices.Equal(got, want) {
			t.Fatalf("row %d: %v, want %v", row, got, want)
		}
		if d.Y[row] != 2*fr.Columns[9].Num[row] {
			t.Fatalf("outcome %v in row %d", d.Y[row], row)
		}
	}
}

// TestMissing: rows with a gap in any variable are left out and counted; rows not chosen are not counted.
func TestMissing(t *testing.T) {
	f, err := formula.Parse("y ~ z + (1|unit)")
	if err != nil {
		t.Fatal(err)
	}
	d, err := f.Build(frame())
	if err != nil || len(d.Y) != 23 || d.Dropped != 1 || d.SourceRow[5] != 6 {
		t.Fatalf("%d rows, %d dropped, source %v, error %v", len(d.Y), d.Dropped, d.SourceRow, err)
	}
	where, err := formula.ParseCondition("v > 0 & unit != 3")
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := where.Rows(frame())
	if err != nil {
		t.Fatal(err)
	}
	d, err = f.BuildWhere(frame(), chosen)
	if err != nil || len(d.Y) != 11 || d.Dropped != 1 || len(d.Groups[0].Levels) != 3 {
		t.Fatalf("%d rows, %d dropped, groups %v, error %v", len(d.Y), d.Dropped, d.Groups[0].Levels, err)
	}
}

// TestGroups: nesting in every way of writing it; the upper grouping comes first.
func TestGroups(t *testing.T) {
	for _, c := range []struct {
		random        string
		names         string
		upper, lower  int
		lowest, first string
	}{
		{"(1|unit/patient)", "unit patient", 4, 12, "0:0", "0"},
		{"(1|unit) + (1|person)", "unit person", 4, 12, "0", "0"},
		{"(1|person) + (1|unit)", "unit person", 4, 12, "0", "0"},
		{"(1|unit:patient) + (1|unit)", "unit unit:patient", 4, 12, "0:0", "0"},
		{"(1 | factor(unit)/person)", "unit person", 4, 12, "0:0", "0"},
	} {
		t.Run(c.random, func(t *testing.T) {
			d := trialdata.Design(t, frame(), "y ~ x + "+c.random)
			upper, lower := d.Groups[0], d.Groups[1]
			if upper.Name+" "+lower.Name != c.names || len(upper.Levels) != c.upper || len(lower.Levels) != c.lower {
				t.Errorf("groups %s %v, %s %v", upper.Name, upper.Levels, lower.Name, lower.Levels)
			}
			if upper.Levels[0] != c.first || lower.Levels[0] != c.lowest {
				t.Errorf("first levels %s, %s", upper.Levels[0], lower.Levels[0])
			}
		})
	}
}

// TestEffects: random slopes, their blocks and their columns, and the covariance of a patient's rows.
func TestEffects(t *testing.T) {
	for _, c := range []struct{ random, want string }{
		{"(x|unit)", "unit: (Intercept) x"},
		{"(1 + x|unit)", "unit: (Intercept) x"},
		{"(0 + x|unit)", "unit: x"},
		{"(x - 1|unit)", "unit: x"},
		{"(x||unit)", "unit: (Intercept); unit: x"},
		{"(1|unit) + (0 + x|unit)", "unit: (Intercept); unit: x"},
		{"(b|unit/patient)", "unit: (Intercept) bq; patient: (Intercept) bq"},
		{"(0 + b|unit)", "unit: bp bq"},
		{"(I(x/10) + v|person) + (1|unit)", "unit: (Intercept); person: (Intercept) I(x/10) v"},
		{"(1|unit) + (1|unit:v) + (1|person)", "unit: (Intercept); unit:v: (Intercept); person: (Intercept)"},
		{"(1|unit) + us(v|person)", "unit: (Intercept); us person by v 3"},
		{"ar1h(factor(v)|unit/patient)", "ar1h patient by v 3"},
	} {
		d := trialdata.Design(t, frame(), "y ~ x + "+c.random)
		var got []string
		for _, e := range d.Random {
			got = append(got, d.Groups[e.Group].Name+": "+strings.Join(e.Terms, " "))
			if len(e.Z) != len(d.Y)*len(e.Terms) {
				t.Errorf("%s: %d numbers", c.random, len(e.Z))
			}
		}
		if r := d.Residual; r.Structure != "" {
			got = append(got, fmt.Sprintf("%s %s by %s %d", r.Structure, d.Groups[r.Group].Name, r.Visit.Name, len(r.Visit.Levels)))
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %s, want %s", c.random, strings.Join(got, "; "), c.want)
		}
	}
}

// TestRefuses: every refusal names what is wrong, where, and where it helps what is supported.
func TestRefuses(t *testing.T) {
	for _, c := range []struct{ formula, want string }{
		{"", "is empty"},
		{"y", "no ~"},
		{"~ x + (1|unit)", "outcome is missing"},
		{"y ~ x ~ z", "position 7"},
		{"y ~ x + (1|unit", "position 9 is not closed"},
		{"y ~ x + + (1|unit)", ""},
		{"y ~ x * * z + (1|unit)", `"*" at position 9`},
		{"y ~ x + @ + (1|unit)", `"@" at position 9`},
		{"y ~ x + 'a", "position 9 is not closed"},
		{"y ~ x +", "ends at position 8"},
		{"y ~ x", "no random effect"},
		{"y ~ x + 1|unit", "parentheses"},
		{"y ~ x + (1|a) + (1|b) + (1|unit)", "crossed groupings are not supported"},
		{"y ~ x + (1|a/b/unit) + (1|person)", "4 grouping factors"},
		{"y ~ x + (0|unit)", "no random effect before the bar"},
		{"y ~ x + (1|unit) + (x|unit)", "two random intercepts for unit"},
		{"y ~ x + us(v|person) + (1|person)", "already holds what varies between its groups"},
		{"y ~ x + us(v|person) + cs(v|unit)", "second covariance of the rows"},
		{"y ~ x + us(v + x|person)", "the column that holds the visit"},
		{"y ~ x + toep(v|person)", "is not known"},
		{"y ~ x + us(v)", "added as a term of its own"},
		{"y ~ x + (1|unit) + (1|unit)", "two random intercepts for unit"},
		{"y ~ poly(x, 2) + (1|unit)", "poly() at position 5 is not supported"},
		{"y ~ . + (1|unit)", "dot at position 5"},
		{"y ~ 3*x + (1|unit)", "3 at position 5 is not a term"},
		{"y ~ x^z + (1|unit)", "whole number"},
		{"y ~ f(x) + (1|unit)", "function f at position 5 is not known"},
		{"y ~ factor(a, b) + (1|unit)", "takes 1 argument"},
		{"y ~ nothing + (1|unit)", "no column nothing"},
		{"y ~ word + (1|unit)", "similar: words"},
		{"y ~ x + (1|team)", "no column team"},
		{"words ~ x + (1|unit)", "holds text (maybe, no, yes)"},
		{"y ~ I(words*2) + (1|unit)", "cannot be used in a calculation"},
		{"y ~ relevel(a, 'four') + (1|unit)", `no value "four"`},
		{"empty ~ x + (1|unit)", "missing in all 24 rows"},
		{"y ~ empty + (1|unit)", "empty is missing in all 24 rows"},
		{"y ~ x + (1|unit) + (1|patient)", "write (1|unit/patient)"},
		{"y ~ I(x == 99) + (1|unit)", "only the value FALSE"},
		{"y ~ (a+b+x+v+z+y+I(x+1)+I(x+2)+I(x+3)+I(x+4)+I(x+5)+I(x+6))^8 + (1|unit)", "more than 2000 terms"},
		{"y ~ factor(person):factor(x):a:v:factor(z):factor(v) + (1|unit)", "is it an identifier"},
	} {
		t.Run(c.formula, func(t *testing.T) {
			f, err := formula.Parse(c.formula)
			if err == nil {
				_, err = f.Build(frame())
			}
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// TestReuse: labels used again in another unit are nested under a/b and refused, with the way out, otherwise.
func TestReuse(t *testing.T) {
	for groups, want := range map[string]string{ // what is written first is the upper one, whichever has more labels
		"(1|unit) + (1|patient)": "write (1|unit/patient); crossed groupings are not supported",
		"(1|patient) + (1|unit)": "write (1|patient/unit); crossed groupings are not supported",
	} {
		f, err := formula.Parse("y ~ x + " + groups)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = f.Build(frame()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", groups, err)
		}
	}
}

func TestCondition(t *testing.T) {
	fr := frame()
	count := func(s string) int {
		t.Helper()
		c, err := formula.ParseCondition(s)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := c.Rows(fr)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, yes := range rows {
			if yes {
				n++
			}
		}
		return n
	}
	for _, c := range []struct {
		s    string
		want int
	}{
		{"v > 0", 16},
		{"v == 0 | v == 12", 16},
		{"!(v > 0)", 8},
		{"v>0&v<12", 8},
		{"is.na(z)", 1},
		{"!is.na(z) & z >= 0", 23},
		{"z == 0", 4},
		{"z != 0", 19},
		{"z == 0 | TRUE", 24},
		{"b == 'p'", count("b != \"q\"")},
		{"b == \"p\" & b == \"q\"", 0},
		{"v == '3'", 8},
		{"v + 1 >= 4 && unit <= 1", count("v >= 3 & (unit == 0 | unit == 1)")},
		{"`my x` == 2", 6},
	} {
		if got := count(c.s); got != c.want {
			t.Errorf("%s: %d rows, want %d", c.s, got, c.want)
		}
	}
	for s, want := range map[string]string{
		"":           "is empty",
		"v >":        "ends at position 4",
		"v":          "not a comparison",
		"w > 1":      "no column w",
		"(v > 1":     "not closed",
		"v > 1 & & ": "not expected",
	} {
		c, err := formula.ParseCondition(s)
		if err == nil {
			_, err = c.Rows(fr)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", s, err, want)
		}
	}
	if c, _ := formula.ParseCondition("z > 1 & `my x` == 2 | is.na(z)"); strings.Join(c.Variables(), " ") != "z my x" {
		t.Errorf("variables %v", c.Variables())
	}
}

func TestParseContrast(t *testing.T) {
	terms := []string{"(Intercept)", "arm", "arm:factor(visit)12", "I(x - 1)", "armB"}
	for _, c := range []struct {
		s    string
		name string
		l    []float64
	}{
		{"12 months: 1*arm + 1*arm:factor(visit)12", "12 months", []float64{0, 1, 1, 0, 0}},
		{"d:arm:factor(visit)12 - arm", "d", []float64{0, -1, 1, 0, 0}},
		{"half : 0.5 * armB+.5*arm", "half", []float64{0, .5, 0, 0, .5}},
		{"i: -2e-1*I(x - 1) + (Intercept)", "i", []float64{1, 0, 0, -.2, 0}},
		{"twice: arm + arm", "twice", []float64{0, 2, 0, 0, 0}},
	} {
		got, err := formula.ParseContrast(c.s, terms)
		if err != nil || got.Name != c.name || !slices.Equal(got.L, c.l) {
			t.Errorf("%q: %+v, error %v", c.s, got, err)
		}
	}
	for s, want := range map[string]string{
		"no colon":         "name, a colon",
		": arm":            "name, a colon",
		"x: other":         `"other" does not begin with a term`,
		"x: arm arm":       "+ or - is missing",
		"x: 2 arm":         "number, * and a term",
		"x:":               "does not begin with a term",
		"x: armC":          `"armC" does not begin`,
		"x: arm +":         "does not begin with a term",
		"x: 1*arm + 1*foo": `"foo" does not begin`,
	} {
		if _, err := formula.ParseContrast(s, terms); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", s, err, want)
		}
	}
}

// FuzzParse: no text makes the parser panic, and what it accepts it can build or refuse.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"y ~ a*factor(v) + I(x/10) + (1|unit/patient)", "y~-1+(a+b)^2-a:b+(1|unit)", "y ~ relevel(a,'two')+`my x`+(1|person)", "y ~ 1e5", "((((", "y~x|", "-~-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if parsed, err := formula.Parse(s); err == nil {
			parsed.Variables()
			parsed.Build(frame())
		}
		if c, err := formula.ParseCondition(s); err == nil {
			c.Rows(frame())
		}
	})
}
