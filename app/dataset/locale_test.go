package dataset

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
)

// locale is one way of writing a table.
type locale struct {
	delimiter, decimal, thousands, encoding, end, quoting string
}

// locales are all combinations that can be written: an encoding of one byte has
// no thin spaces, and ISO-8859-15 no typographic apostrophe.
func locales() (list []locale) {
	for _, delimiter := range []string{",", ";", "\t", "|"} {
		for _, decimal := range []string{".", ","} {
			for _, thousands := range []string{"", " ", "\u00A0", "\u2009", "\u202F", "'", "’", ".", ","} {
				for _, encoding := range []string{UTF8, "BOM", Windows1252, Latin9, UTF16LE, UTF16BE} {
					single := encoding == Windows1252 || encoding == Latin9
					if thousands == decimal || single && strings.ContainsAny(thousands, "\u2009\u202F") || encoding == Latin9 && thousands == "’" {
						continue
					}
					for _, end := range []string{"\n", "\r\n", "\r"} {
						for _, quoting := range []string{"least", "all", "texts", "breaks"} {
							list = append(list, locale{delimiter, decimal, thousands, encoding, end, quoting})
						}
					}
				}
			}
		}
	}
	return list
}

// cell writes one cell: in quotes where the style or its content wants them.
func (l locale) cell(s string, text bool) string {
	quoted := l.quoting == "all" || l.quoting == "texts" && text || strings.ContainsAny(s, l.delimiter+"\"\r\n")
	if !quoted {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// write makes a file of columns; those of numbers are given as float64.
func (l locale) write(t *testing.T, names []string, columns ...[]any) string {
	var b strings.Builder
	line := func(cell func(i int) string) {
		for i := range names {
			if i > 0 {
				b.WriteString(l.delimiter)
			}
			b.WriteString(cell(i))
		}
		b.WriteString(l.end)
	}
	line(func(i int) string { return l.cell(names[i], true) })
	for row := range columns[0] {
		line(func(i int) string {
			if v, ok := columns[i][row].(float64); ok {
				return l.cell(localNumber(v, l.decimal, l.thousands), false)
			}
			return l.cell(l.text(columns[i][row].(string)), true)
		})
	}
	return encode(t, b.String(), l.encoding)
}

// text is a text of the table as this style has it.
func (l locale) text(s string) string {
	if l.quoting == "breaks" {
		return strings.ReplaceAll(s, " / ", l.end)
	}
	return s
}

func list(values ...any) []any { return values }

// TestLocales writes tables in every combination of delimiter, decimal mark,
// thousands, encoding, line end and quoting, and holds that every value comes
// out exact, or its column in doubt where a number of it can be read in two
// ways; and that nothing else is in doubt.
func TestLocales(t *testing.T) {
	exact, asked := 0, 0
	for _, l := range locales() {
		marked := l.thousands == "." || l.thousands == ","
		for _, c := range []struct {
			name    string
			numbers []any
			two     bool // can be read in two ways
		}{
			{"mixed", list(0.5, -12.25, 1234.5, 1234567.0, 12345.75, 3.0, 999999.125, 21.6), false},
			{"whole", list(1234567.0, 2345.0, 12.0, 999.0, 12345678.0, 0.0, 7.0, 100.0), false},
			{"thousands", list(1234.0, 2345.0, 56789.0, 123456.0, 7.0, 8.0, 9.0, 10.0), marked},
			{"three decimals", list(1.234, 2.345, 56.789, 123.456, 7.891, 8.912, 9.123, 10.234), true},
			{"small", list(0.796, 1.0, 0.812, 0.125, -0.25, 0.5, 0.75, 0.625), false},
		} {
			texts := list("Hämeensaari", "says \"no\"", "a"+l.delimiter+" b", "x / y", "Šö", "Ähtäri", "", "Åbo")
			if l.encoding == Latin9 || l.encoding == Windows1252 {
				texts[4] = "Sö" // where the two differ is asked: TestLatin9
			}
			d := table(t, l.write(t, []string{"yksikkö", "x", "n" + l.delimiter + " kpl"}, texts, c.numbers, list(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)))
			at := fmt.Sprintf("%q %s", l, c.name)
			if len(d.Columns) != 3 || d.Rows != 8 || string(d.Delimiter) != l.delimiter {
				t.Fatalf("%s: %d columns, %d rows, delimiter %q\n%s", at, len(d.Columns), d.Rows, d.Delimiter, cells(d))
			}
			x := d.Columns[1]
			for row, want := range c.numbers {
				if s := d.Columns[0].RawText(row); s != l.text(texts[row].(string)) {
					t.Errorf("%s: text %q, want %q", at, s, l.text(texts[row].(string)))
				}
				if d.Columns[2].Num(row) != float64(row+1) {
					t.Errorf("%s: number %v", at, d.Columns[2].Num(row))
				}
				switch got := x.Num(row); {
				case got == want:
				case x.Doubt == "":
					t.Errorf("%s: %q is silently %v, want %v", at, x.RawText(row), got, want)
				}
			}
			if x.Doubt == "" {
				exact++
				if c.two {
					t.Errorf("%s: nothing is asked", at)
				}
			} else if asked++; !c.two {
				t.Errorf("%s: asked without need: %s", at, x.Doubt)
			}
			if d.Columns[0].Name != "yksikkö" || d.Columns[0].Doubt != "" || d.Columns[2].Doubt != "" {
				t.Errorf("%s: %q %q %q", at, d.Columns[0].Name, d.Columns[0].Doubt, d.Columns[2].Doubt)
			}
			for _, p := range d.Problems {
				if p.Severity > Note && !c.two {
					t.Errorf("%s: %v", at, p)
				}
			}
		}
	}
	t.Logf("%d tables exact, %d asked", exact, asked)
	if want := len(locales()) * 5; exact+asked != want || want < 20000 || asked > exact {
		t.Errorf("%d tables exact, %d asked of %d", exact, asked, want)
	}
}

// localNumber writes a number with the marks of a locale.
func localNumber(v float64, decimal, thousands string) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', -1, 64)
	whole, rest, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + thousands + whole[i:]
	}
	if rest != "" {
		whole += decimal + rest
	}
	if v < 0 {
		whole = "-" + whole
	}
	return whole
}

func encode(t *testing.T, s, name string) string {
	t.Helper()
	var order binary.AppendByteOrder = binary.LittleEndian
	switch name {
	case UTF8:
		return s
	case "BOM":
		return "\uFEFF" + s
	case Windows1252, Latin9:
		m := charmap.Windows1252
		if name == Latin9 {
			m = charmap.ISO8859_15
		}
		s, err := m.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return s
	case UTF16BE:
		order = binary.BigEndian
	}
	var b []byte
	for _, u := range utf16.Encode([]rune("\uFEFF" + s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}
