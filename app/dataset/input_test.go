package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"

	"trialbox/app/dataset/cell"
)

func cells(d *Dataset) string {
	var b strings.Builder
	for _, c := range d.Columns {
		b.WriteString("[" + c.Name + "]")
	}
	for row := range d.Rows {
		b.WriteByte('\n')
		for _, c := range d.Columns {
			b.WriteString("[" + c.RawText(row) + "]")
		}
	}
	return b.String()
}

// TestReadForms holds the cells read from the ways a table may be written.
func TestReadForms(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"LF", "a,b\n1,2\n3,4\n", "[a][b]\n[1][2]\n[3][4]"},
		{"CRLF", "a,b\r\n1,2\r\n3,4\r\n", "[a][b]\n[1][2]\n[3][4]"},
		{"CR", "a,b\r1,2\r3,4\r", "[a][b]\n[1][2]\n[3][4]"},
		{"no last line end", "a,b\n1,2\n3,4", "[a][b]\n[1][2]\n[3][4]"},
		{"semicolon", "a;b\n1,5;2\n3,5;4", "[a][b]\n[1,5][2]\n[3,5][4]"},
		{"tab", "a\tb\n1,5\t2;0\n", "[a][b]\n[1,5][2;0]"},
		{"bar", "a|b\n1|2\n", "[a][b]\n[1][2]"},
		{"sep line", "sep=;\na;b,c\n1;2,3\n", "[a][b,c]\n[1][2,3]"},
		{"quotes", "a,b\n\"x, y\",\"he said \"\"no\"\"\"\n", "[a][b]\n[x, y][he said \"no\"]"},
		{"line breaks in quotes", "a,b\n\"x\ny\",\"\r\n\"\n1,2\n", "[a][b]\n[x\ny][\r\n]\n[1][2]"},
		{"quote inside", "a,b\n5\" pipe,2\n", "[a][b]\n[5\" pipe][2]"},
		{"blank after quote", "a,b\n\"1\" ,2\n", "[a][b]\n[1][2]"},
		{"empty lines", "\n\na,b\n1,2\n\n3,4\n\n", "[a][b]\n[1][2]\n[3][4]"},
		{"blank ends", "a,b,,\n1,2,,\n3,4,,\n,,,\n,,,\n", "[a][b]\n[1][2]\n[3][4]"},
		{"quoted header", "\"a\",\" b \"\n1,2\n", "[a][b]\n[1][2]"},
		{"names", "a,,a,A\n1,2,3,4\n", "[a][column 2][a (2)][A]\n[1][2][3][4]"},
		{"row names", "a,b\nx,1,2\ny,3,4\n", "[row name][a][b]\n[x][1][2]\n[y][3][4]"},
		{"short and long", "a,b,c\n1\n1,2,3,4,,\n1,2,3\n", "[a][b][c]\n[1][][]\n[1][2][3]\n[1][2][3]"},
		{"one column", "a\n1\n2\n", "[a]\n[1]\n[2]"},
		{"zero byte", "a,b\n1\x002,3\n4,5\n" + strings.Repeat("6,7\n", 100), "[a][b]\n[12][3]\n[4][5]" + strings.Repeat("\n[6][7]", 100)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := cells(table(t, c.in)); got != c.want {
				t.Errorf("read\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestEncodings writes one table in every encoding.
func TestEncodings(t *testing.T) {
	const text = "yksikkö;määrä\nHämeensaari – “Å”;1,5\nMäntykoski €;2,5\n"
	wide := func(order binary.AppendByteOrder, bom bool) string {
		var b []byte
		if bom {
			b = order.AppendUint16(b, 0xFEFF)
		}
		for _, u := range utf16.Encode([]rune(text)) {
			b = order.AppendUint16(b, u)
		}
		return string(b)
	}
	single, err := charmap.Windows1252.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	want := cells(table(t, text))
	for _, c := range []struct{ name, in, encoding string }{
		{"UTF-8", text, UTF8},
		{"UTF-8 with BOM", "\uFEFF" + text, UTF8},
		{"Windows-1252", single, Windows1252},
		{"UTF-16LE with BOM", wide(binary.LittleEndian, true), UTF16LE},
		{"UTF-16BE with BOM", wide(binary.BigEndian, true), UTF16BE},
		{"UTF-16LE", wide(binary.LittleEndian, false), UTF16LE},
		{"UTF-16BE", wide(binary.BigEndian, false), UTF16BE},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := table(t, c.in)
			if d.Encoding != c.encoding {
				t.Errorf("encoding %s", d.Encoding)
			}
			if got := cells(d); got != want {
				t.Errorf("read\n%q\nwant\n%q", got, want)
			}
			if v := d.Columns[1].Num(1); v != 2.5 {
				t.Errorf("number %v", v)
			}
		})
	}
	t.Run("mixed", func(t *testing.T) {
		d := table(t, "a,b\nHäme,1\nH\xE4me,2\n")
		if got := d.Columns[0].RawText(1); got != "Häme" {
			t.Errorf("read %q", got)
		}
		hasProblem(t, d, "encoding", 3, "a")
	})
}

func hasProblem(t *testing.T, d *Dataset, kind string, line int, column string) {
	t.Helper()
	for _, p := range d.Problems {
		if p.Kind == kind && p.Line == line && p.Column == column {
			return
		}
	}
	t.Errorf("no problem %q on line %d, column %q, among %v", kind, line, column, d.Problems)
}

// TestRefused holds the files of which nothing is usable, and that the
// sentence says what they are.
func TestRefused(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", "the file is empty"},
		{"blank", " \n\n ", "the file is empty"},
		{"header only", "a,b,c\n", "a header of 3 columns and no rows"},
		{"one line", "hello world\n", "one line of text"},
		{"archive, cut", "PK\x03\x04....xl/workbook.xml", "the end of the file is missing"},
		{"pdf", "%PDF-1.4\n", "PDF"},
		{"sav, cut", "$FL2@(#) SPSS DATA FILE", "the file ends in the middle of its description"},
		{"por", strings.Repeat("0", 200) + "ASCII SPSS PORT FILE", "portable SPSS file (.por)"},
		{"binary", "\x00\x01\x02\x03\x04abc\x05\x06\x07\x08", "not text"},
		{"html", "<!DOCTYPE html><table>", "web page"},
		{"too many columns", strings.Repeat("a,", 20001) + "\n1\n", "more than 20000 columns"},
		{"one cell of 2 MB", "a,b\n1," + strings.Repeat("x", 2<<20), "longer than 1 MB"},
		{"rows far too short", strings.Repeat("a,", 19998) + "a\n" + strings.Repeat("1\n", 1000000), "far fewer cells"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read("t.csv", strings.NewReader(c.in), int64(len(c.in)), Options{})
			var refusal *Refusal
			if !errors.As(err, &refusal) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	t.Run("too large, size known", func(t *testing.T) {
		_, err := Read("t.csv", failing{t}, 300<<20, Options{})
		if err == nil || !strings.Contains(err.Error(), "300 MB or more and the limit is 100 MB") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("too large, size unknown", func(t *testing.T) {
		_, err := Read("t.csv", strings.NewReader("a,b\n"+strings.Repeat("1,2\n", 1000)), -1, Options{MaxBytes: 1000})
		if err == nil || !strings.Contains(err.Error(), "the limit is") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("reader fails", func(t *testing.T) {
		broken := errors.New("disk gone")
		_, err := Read("t.csv", io.MultiReader(strings.NewReader("a,b\n1,2\n"), errReader{broken}), 100, Options{})
		if !errors.Is(err, broken) {
			t.Errorf("error %v", err)
		}
	})
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// failing is a source that must not be read.
type failing struct{ t *testing.T }

func (f failing) Read([]byte) (int, error) { f.t.Error("the file was read"); return 0, io.EOF }

// TestPlaces holds that problems name their line and column.
func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		name, in, kind string
		line           int
		column, cells  string
	}{
		{"short row", "a,b,c\n1,2,3\n4,5\n", "short row", 3, "", ""},
		{"long row", "a,b\n1,2\n3,4,x\n", "long row", 3, "", ""},
		{"line after a broken cell", "a,b\n\"x\ny\",1\n3\n", "short row", 4, "", ""},
		{"duplicate name", "a,b,a\n1,2,3\n", "duplicate name", 1, "a (2)", ""},
		{"no name", "a,,c\n1,2,3\n", "no name", 1, "column 2", ""},
		{"unclosed at the end", "a,b\n1,2\n3,\"x\n4,5\n", "unclosed quote", 3, "b", "[a][b]\n[1][2]\n[3][\"x]\n[4][5]"},
		{"unclosed before another", "a,b\n3,\"x\n\"4\",5\n6,7\n", "unclosed quote", 2, "b", "[a][b]\n[3][\"x]\n[4][5]\n[6][7]"},
		{"text after a quote", "a,b\n\"x\"y,5\n", "unclosed quote", 2, "a", "[a][b]\n[\"x\"y][5]"},
		{"text in a number", "a,b\n" + strings.Repeat("1,2\n", 20) + "x,3-4\n", "text in a number", 22, "b", ""},
		{"one column", "a\n1\n", "one column", 1, "", ""},
		{"no header", "1,2,3\n4,5,6\n", "header", 1, "", ""},
		{"no date", "a,b\n" + strings.Repeat("1,2020-01-31\n", 20) + "1,2020-02-31\n", "no date", 22, "b", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := table(t, c.in)
			hasProblem(t, d, c.kind, c.line, c.column)
			if c.cells != "" && cells(d) != c.cells {
				t.Errorf("read\n%s\nwant\n%s", cells(d), c.cells)
			}
		})
	}
}

// TestUnclosedInLargeFile holds that one stray quote costs one cell, not the
// rest of the file.
func TestUnclosedInLargeFile(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,note,x\n")
	for i := range 200000 {
		note := "fine"
		if i == 1000 {
			note = "\"stray"
		}
		fmt.Fprintf(&b, "%d,%s,%d\n", i, note, i%7)
	}
	d := table(t, b.String())
	if d.Rows != 200000 {
		t.Errorf("%d rows", d.Rows)
	}
	hasProblem(t, d, "unclosed quote", 1002, "note")
}

// TestNumbers holds how numerals are understood, column by column. A question
// is a column with doubt.
func TestNumbers(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name, delimiter, cells string
		want                   []float64
		doubt                  bool
	}{
		{"point", ";", "1.5 -2.25 3", []float64{1.5, -2.25, 3}, false},
		{"comma", ";", "1,5 -2,25 3", []float64{1.5, -2.25, 3}, false},
		{"thousands by point", ";", "1.234,5 12.345,75 3", []float64{1234.5, 12345.75, 3}, false},
		{"thousands by comma", ";", "1,234.5 12,345.75 1,234,567", []float64{1234.5, 12345.75, 1234567}, false},
		{"thousands by apostrophe", ";", "1'234.5 12'345 3", []float64{1234.5, 12345, 3}, false},
		{"thousands by thin space", ";", "1\u2009234,5 12\u202F345 3", []float64{1234.5, 12345, 3}, false},
		{"three decimals, leading zero", ";", "0,796 1,000 0,812", []float64{.796, 1, .812}, false},
		{"ambiguous in a semicolon file", ";", "1,234 2,345 5,678", []float64{1.234, 2.345, 5.678}, true},
		{"ambiguous in a comma file", ",", "\"1,234\" \"2,345\" \"5,678\"", []float64{1234, 2345, 5678}, true},
		{"three decimals or thousands", ",", "1.234 2.345 5.678", []float64{1.234, 2.345, 5.678}, true},
		{"both marks", ";", "1,5 1.5 2", []float64{1.5, 1.5, 2}, true},
		{"signs", ";", "+1 −2 -3", []float64{1, -2, -3}, false},
		{"exponents", ";", "1e3 1.5E-2 2", []float64{1000, .015, 2}, false},
		{"more than 15 digits", ",", "0.1234567890123456789 12345678901234567890 1", []float64{0.1234567890123456789, 12345678901234567890, 1}, false},
		{"missing words", ",", "NA . 3 n/a NaN null 4", []float64{nan, nan, 3, nan, nan, nan, 4}, false},
		{"code below", ",", "0 1 2 3 -99 -9", []float64{0, 1, 2, 3, nan, nan}, false},
		{"code above", ",", "0 55 100 999 7", []float64{0, 55, 100, nan, 7}, false},
		{"99 in a percentage", ",", "0 55 100 99 7", []float64{0, 55, 100, 99, 7}, false},
		{"9 in a short scale is asked", ",", "0 1 2 3 9", []float64{0, 1, 2, 3, 9}, true},
		{"99 years is asked", ",", "20 30 40 99", []float64{20, 30, 40, 99}, true},
		{"negative changes", ",", "-20 -9 15 8", []float64{-20, -9, 15, 8}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := "x" + c.delimiter + "k\n"
			for _, cell := range strings.Split(c.cells, " ") {
				in += cell + c.delimiter + "a\n"
			}
			x := table(t, in).Columns[0]
			for row, want := range c.want {
				if got := x.Num(row); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
					t.Errorf("%q is %v, want %v (%s)", x.RawText(row), got, want, x.Why)
				}
			}
			if (x.Doubt != "") != c.doubt {
				t.Errorf("doubt %q, want one: %v", x.Doubt, c.doubt)
			}
		})
	}
}

// TestDecimalOfFile holds that an ambiguous column follows the file's evidence
// and says so.
func TestDecimalOfFile(t *testing.T) {
	d := table(t, "a\tb\n1,5\t1,234\n2,5\t2,345\n")
	b := d.Column("b")
	if v := b.Num(0); v != 1.234 {
		t.Errorf("1,234 is %v in a file of decimal commas", v)
	}
	if !strings.Contains(b.Doubt, "as 1.234, because the file's decimal mark is the comma") {
		t.Errorf("doubt %q", b.Doubt)
	}
	hasProblem(t, d, "ambiguous number", 2, "b")
	d.Interpret(Options{Columns: map[string]ColumnRule{"b": {Decimal: "."}}})
	if v := d.Column("b").Num(0); v != 1234 || d.Column("b").Doubt != "" {
		t.Errorf("1,234 is %v with the point chosen, doubt %q", v, d.Column("b").Doubt)
	}
}

// TestKinds holds the kind of columns.
func TestKinds(t *testing.T) {
	for _, c := range []struct {
		name, cells string
		kind        Kind
		clean       string
	}{
		{"x", "1 2 3", Integer, "1 2 3"},
		{"x", "1 2.5 3", Number, "1 2.5 3"},
		{"x", "- - -", Category, "- - -"},
		{"x", "NA . na", Empty, "  "},
		{"arm", "_Intervention CONTROL control_", Category, "Intervention CONTROL CONTROL"},
		{"x", "yes no YES", YesNo, "1 0 1"},
		{"x", "Kyllä Ei Ei", YesNo, "1 0 0"},
		{"x", "ja nej ja", YesNo, "1 0 1"},
		{"x", "Ja Nein Ja", YesNo, "1 0 1"},
		{"female", "Nainen Mies Mies", YesNo, "1 0 0"},
		{"male", "Nainen Mies Mies", YesNo, "0 1 1"},
		{"sex", "Nainen Mies Mies", Category, "Nainen Mies Mies"},
		{"d", "2020-02-29 2021-01-01 NA", Date, "2020-02-29 2021-01-01 "},
		{"d", "1.2.2020 29.2.2020 31.12.1999", Date, "2020-02-01 2020-02-29 1999-12-31"},
		{"d", "13/2/2020 1/12/2020 3/3/2020", Date, "2020-02-13 2020-12-01 2020-03-03"},
		{"d", "2/13/2020 1/12/2020 3/3/2020", Date, "2020-02-13 2020-01-12 2020-03-03"},
		{"visit_date", "43040 43005 43103", Date, "2017-11-01 2017-09-27 2018-01-03"},
		{"cost", "43040 43005 43103", Integer, "43040 43005 43103"},
		{"visit_date", "20171101 20170927 20180103", Date, "2017-11-01 2017-09-27 2018-01-03"},
		{"x", "007 008 123", Label, "007 008 123"},
		{"patient_id", "1 2 3", Label, "1 2 3"},
	} {
		in := c.name + ",k\n"
		for _, cell := range strings.Split(c.cells, " ") {
			in += strings.ReplaceAll(cell, "_", " ") + ",a\n"
		}
		x := table(t, in).Columns[0]
		var clean []string
		for row := range strings.Split(c.cells, " ") {
			clean = append(clean, x.Text(row))
		}
		if got := strings.Join(clean, " "); x.Kind != c.kind || got != c.clean {
			t.Errorf("%s: %s is %v %q, want %v %q", c.name, c.cells, x.Kind, got, c.kind, c.clean)
		}
		if x.Why == "" {
			t.Errorf("%s: %s has no reason", c.name, c.cells)
		}
	}
	t.Run("ambiguous dates are asked", func(t *testing.T) {
		d := table(t, "d,k\n1/2/2020,a\n3/4/2020,b\n")
		if c := d.Columns[0]; c.Kind == Date || c.Doubt == "" {
			t.Errorf("kind %v, doubt %q", c.Kind, c.Doubt)
		}
		d.Interpret(Options{Columns: map[string]ColumnRule{"d": {Order: "mdy"}}})
		if c := d.Columns[0]; c.Kind != Date || c.Text(0) != "2020-01-02" {
			t.Errorf("kind %v, %q", c.Kind, c.Text(0))
		}
	})
}

// TestDates runs over four centuries and back.
func TestDates(t *testing.T) {
	for n := dayNumber(1800, 1, 1); n <= dayNumber(2200, 12, 31); n++ {
		if y, m, d := cell.Civil(n); dayNumber(y, m, d) != n || d < 1 || d > monthDays(y, m) {
			t.Fatalf("day %d is %d-%d-%d", n, y, m, d)
		}
	}
	if n := dayNumber(1970, 1, 1); n != 0 {
		t.Errorf("1970-01-01 is day %d", n)
	}
	if days, ok := parseDate("61", serialForm); !ok || FormatDate(days) != "1900-03-01" {
		t.Errorf("Excel's day 61 is %s", FormatDate(days))
	}
	if days, ok := parseDate("2017-11-01T06:30:00Z", isoForm); !ok || FormatDate(days) != "2017-11-01 06:30" {
		t.Errorf("time of day: %s", FormatDate(days))
	}
}

// TestRules holds what the analyst may overrule, and that it can be taken back.
func TestRules(t *testing.T) {
	d := table(t, "x,y\n1,a\n2,A\n-99,b\n999,unknown\n")
	before, _ := d.MarshalBinary()
	d.Interpret(Options{MissingCodes: []string{"unknown"}, Columns: map[string]ColumnRule{
		"x": {Present: []string{"-99"}, Missing: []string{"1"}}, "y": {Apart: true}}})
	x, y := d.Column("x"), d.Column("y")
	if !x.IsMissing(0) || x.IsMissing(2) || x.Num(2) != -99 || !y.IsMissing(3) || y.Distinct != 3 {
		t.Errorf("rules were not followed: %+v %+v", x, y)
	}
	d.Interpret(Options{})
	if after, _ := d.MarshalBinary(); string(after) != string(before) {
		t.Error("taking the rules back does not give the first understanding")
	}
}

// TestProgress holds that progress is told about every megabyte.
func TestProgress(t *testing.T) {
	in := "a,b\n" + strings.Repeat("1,2\n", 1<<20)
	var told []int64
	if _, err := Read("t.csv", strings.NewReader(in), int64(len(in)), Options{Progress: func(n int64) { told = append(told, n) }}); err != nil {
		t.Fatal(err)
	}
	if len(told) < 3 || told[len(told)-1] != int64(len(in)) {
		t.Errorf("told %v", told)
	}
}
