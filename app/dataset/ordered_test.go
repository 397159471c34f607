package dataset

import (
	"strings"
	"testing"
)

// column reads cells as one column beside another.
func column(t *testing.T, name string, cells ...string) *Column {
	t.Helper()
	in := name + ";k\n"
	for _, cell := range cells {
		in += cell + ";a\n"
	}
	return table(t, in).Columns[0]
}

// TestOrder holds which categories have an order, and which.
func TestOrder(t *testing.T) {
	for _, c := range []struct{ cells, want string }{
		{"severe|mild|moderate|mild|Severe|mild|mild|mild", "mild < moderate < severe"},
		{"high|low|low|medium|high|low", "low < medium < high"},
		{"always|never|sometimes|never|never|always", "never < sometimes < always"},
		{"aina|ei koskaan|joskus|usein|harvoin|aina|aina|joskus|usein|harvoin|ei koskaan", "ei koskaan < harvoin < joskus < usein < aina"},
		{"lievä|kohtalainen|vaikea|lievä|lievä|vaikea", "lievä < kohtalainen < vaikea"},
		{"matala|korkea|kohtalainen|matala|matala|matala", "matala < kohtalainen < korkea"},
		{"alltid|aldrig|ibland|aldrig|aldrig|aldrig", "aldrig < ibland < alltid"},
		{"svår|lindrig|måttlig|svår|svår|svår", "lindrig < måttlig < svår"},
		{"immer|nie|manchmal|nie|nie|nie", "nie < manchmal < immer"},
		{"schwer|leicht|mittelschwer|leicht|leicht|leicht", "leicht < mittelschwer < schwer"},
		{"niedrig|hoch|mittel|hoch|hoch|hoch", "niedrig < mittel < hoch"},
		{"5 = always|1 = never|3 = sometimes|1 = never|1 = never|3 = sometimes", "1 = never < 3 = sometimes < 5 = always"},
		{"10: aina|2: joskus|1: ei koskaan|2: joskus|2: joskus|10: aina", "1: ei koskaan < 2: joskus < 10: aina"},
		{"(1) low|(2) high|(3) top|(1) low|(2) high|(1) low", "(1) low < (2) high < (3) top"},
		{"1 = male|2 = female|1 = male|2 = female", ""},
		{"mild|severe|unknown|mild|mild|mild", ""},
		{"private|public|private|public", ""},
		{"3 months|12 months|3 months|12 months", ""},
		{"1 = never|1 = aldrig|1 = never|1 = aldrig", ""},
		{"2-3 times|4-5 times|2-3 times|4-5 times", ""},
	} {
		x := column(t, "x", strings.Split(c.cells, "|")...)
		if got := strings.Join(x.Order, " < "); got != c.want || x.Kind != Category {
			t.Errorf("%s: %v %q, want %q", c.cells, x.Kind, got, c.want)
		}
		if (c.want != "") != strings.Contains(x.Why, "Ordered, because") {
			t.Errorf("%s: why %q", c.cells, x.Why)
		}
	}
}

// TestDayNumbers1904 holds that day numbers are counted from 1904 where other
// dates of the file say so, that this is asked, and that it can be chosen.
func TestDayNumbers1904(t *testing.T) {
	const in = "visit_date,consent_date\n41578,2017-09-25\n41634,2017-09-25\n41923,2018-01-10\n"
	d := table(t, in)
	c := d.Column("visit_date")
	if c.Text(0) != "2017-11-01" || c.Num(0) != float64(dayNumber(2017, 11, 1)) || !strings.Contains(c.Why, "counted from 1904") || c.Examples[0].After != "2017-11-01" {
		t.Errorf("read as %s: %s", c.Text(0), c.Why)
	}
	if !strings.Contains(c.Doubt, "as 2017-11-01: counted from 1900 they would be 2013-10-31") {
		t.Errorf("doubt %q", c.Doubt)
	}
	hasProblem(t, d, "day numbers", 2, "visit_date")
	d.Interpret(Options{Columns: map[string]ColumnRule{"visit_date": {Order: "1900"}}})
	if c := d.Column("visit_date"); c.Text(0) != "2013-10-31" || c.Doubt != "" {
		t.Errorf("1900 chosen: %s, doubt %q", c.Text(0), c.Doubt)
	}
	d.Interpret(Options{Columns: map[string]ColumnRule{"visit_date": {Order: "1904"}}})
	if c := d.Column("visit_date"); c.Text(0) != "2017-11-01" || c.Doubt != "" {
		t.Errorf("1904 chosen: %s, doubt %q", c.Text(0), c.Doubt)
	}
	for _, other := range []string{"visit_date,consent_date\n43040,2017-09-25\n43096,2017-09-25\n", "visit_date,birth_date\n41578,1970-01-02\n41634,1955-02-03\n", "visit_date,consent_date\n41578,41540\n41634,41540\n"} {
		if c := table(t, other).Column("visit_date"); strings.Contains(c.Why, "1904") || c.Doubt != "" {
			t.Errorf("%q: %s %s", other, c.Why, c.Doubt)
		}
	}
}

// TestEncodingChoice holds that Windows-1252 against ISO-8859-15 is asked only
// where a text differs and nothing decides.
func TestEncodingChoice(t *testing.T) {
	for _, c := range []struct {
		name, in string
		asked    bool
	}{
		{"the euro of ISO-8859-15", "a,b\nH\xE4me,\xA4 25\n", true},
		{"letters alike in both", "a,b\nH\xE4me,25\n", false},
		{"the euro of Windows", "a,b\nH\xE4me \xA4,\x80 25\n", false},
		{"ASCII", "a,b\nHame,25\n", false},
		{"UTF-8", "a,b\nHäme,¤ 25\n", false},
	} {
		d := table(t, c.in)
		asked := false
		for _, p := range d.Problems {
			if p.Kind == "encoding choice" {
				asked = true
				if p.Line != 2 || p.Column != "b" || !strings.Contains(p.Text, "“¤ 25” in Windows-1252 and “€ 25” in ISO-8859-15") {
					t.Errorf("%s: %v", c.name, p)
				}
			}
		}
		if asked != c.asked || (d.Column("b").Doubt != "") != c.asked {
			t.Errorf("%s: asked %v, doubt %q, %v", c.name, asked, d.Column("b").Doubt, d.Problems)
		}
	}
	d, err := Read("t.csv", strings.NewReader("a,b\nH\xE4me,\xA4 25\n"), -1, Options{Encoding: Latin9})
	if err != nil || d.Column("b").Text(0) != "€ 25" || d.Column("b").Doubt != "" {
		t.Errorf("chosen: %v", err)
	}
}
