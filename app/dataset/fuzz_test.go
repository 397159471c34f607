package dataset

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// write is the plainest writer there is: every cell in quotes, comma, LF.
func write(d *Dataset) []byte {
	var b bytes.Buffer
	line := func(cell func(c *Column) string) {
		for i, c := range d.Columns {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`"` + strings.ReplaceAll(cell(c), `"`, `""`) + `"`)
		}
		b.WriteByte('\n')
	}
	line(func(c *Column) string { return c.Name })
	for row := range d.Rows {
		line(func(c *Column) string { return c.RawText(row) })
	}
	return b.Bytes()
}

// seeds are the reference files' first lines and one of each form.
func seeds(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.[ct]sv"))
	if err != nil || len(files) < 6 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:min(len(b), 5000)])
	}
	for _, s := range []string{
		"a,b\n1,2\n", "a;b\r\n1,5;\"x\r\ny\"\r\n", "sep=|\na|b\n1|2\n", "a,b\r1,2\r", "\uFEFFa\tb\n\"1\"\"\"\t2\n",
		"a,b\n\"x,1\n2,3\n", "a,b\n\"x\"y,1\n", "a\n\n1\n", "a,b,,\n1,2,,\n,,,\n", "d,x\n1.2.2020,1.234\n2.3.2020,1,5\n",
		"\xFF\xFEa\x00,\x00b\x00\n\x001\x00,\x002\x00", "k\xE4ynti,b\n\xE4,1\n", "a,b\n1,-99\n2,999\n3,NA\n", "a,a\n,\n\"\",\"\"\n", "\n\x00,\n1,2\n",
	} {
		f.Add([]byte(s))
	}
}

// FuzzRead holds that no bytes make the reader panic, that every answer is in
// order, and that what was read, written and read again is the same.
func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		d, err := Read("f.csv", bytes.NewReader(in), int64(len(in)), Options{})
		if err != nil {
			if d != nil || err.Error() == "" {
				t.Fatalf("%v with %v", d, err)
			}
			return
		}
		inOrder(t, d)
		out := write(d)
		again, err := Read("f.csv", bytes.NewReader(out), int64(len(out)), Options{Encoding: UTF8, Delimiter: ','})
		if err != nil && (blankFrom(d, 0) || notText(out)) {
			return // what is left after zero bytes is nothing, or at the border of what counts as text
		}
		if err != nil {
			t.Fatalf("%v\nreading again %q", err, out)
		}
		if slices.ContainsFunc(again.Problems, func(p Problem) bool { return p.Kind == "header" && strings.Contains(p.Text, "as names too") }) {
			return // short rows were made whole, so that a first one can be a line of names
		}
		if again.Rows < d.Rows && !blankFrom(d, again.Rows) || len(again.Columns) != len(d.Columns) {
			t.Fatalf("%d rows of %d columns became %d of %d:\n%q", d.Rows, len(d.Columns), again.Rows, len(again.Columns), out)
		}
		for i, c := range d.Columns {
			for row := range again.Rows {
				if a, b := c.RawText(row), again.Columns[i].RawText(row); a != b {
					t.Fatalf("row %d, column %d: %q became %q", row, i, a, b)
				}
			}
		}
		packed, err := d.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var same Dataset
		if err := same.UnmarshalBinary(packed); err != nil {
			t.Fatal(err)
		}
		if repacked, _ := same.MarshalBinary(); !bytes.Equal(packed, repacked) {
			t.Fatal("the binary form changes")
		}
	})
}

// blankFrom reports whether all rows from there on are blank, which a second
// reading leaves out (a first may keep one that held blanks and zero bytes).
func blankFrom(d *Dataset, row int) bool {
	for ; row < d.Rows; row++ {
		for _, c := range d.Columns {
			if c.RawText(row) != "" {
				return false
			}
		}
	}
	return true
}

func inOrder(t *testing.T, d *Dataset) {
	t.Helper()
	names := map[string]bool{}
	for _, c := range d.Columns {
		n := len(c.Raw)
		if c.Codes.Len() != d.Rows || len(c.Clean) != n || len(c.Number) != n || len(c.Missing) != n || len(c.Count) != n {
			t.Fatalf("column %q has slices of different lengths", c.Name)
		}
		if c.N+c.MissingCount != d.Rows || c.Why == "" || c.Name == "" || names[c.Name] {
			t.Fatalf("column %q: %d values, %d missing of %d, %q", c.Name, c.N, c.MissingCount, d.Rows, c.Why)
		}
		names[c.Name] = true
		for i := range c.Raw {
			if c.Missing[i] && (c.Number[i] == c.Number[i] || c.Clean[i] != "") {
				t.Fatalf("column %q: missing %q has a value", c.Name, c.Raw[i])
			}
		}
	}
	if len(d.Line) != d.Rows {
		t.Fatalf("%d lines for %d rows", len(d.Line), d.Rows)
	}
	for i, l := range d.Line {
		if l < 1 || i > 0 && l <= d.Line[i-1] {
			t.Fatalf("row %d starts on line %d", i, l)
		}
	}
	for _, p := range d.Problems {
		if p.Text == "" || p.Kind == "" || p.File == "" || p.Column != "" && !names[p.Column] {
			t.Fatalf("problem %+v", p)
		}
	}
}

// FuzzUnmarshal holds that damaged bytes give an error, never a panic.
func FuzzUnmarshal(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a;b\n1,5;x\n-99;X\n", "d,x\n1.2.2020,NA\n"} {
		d, err := Read("f.csv", strings.NewReader(s), int64(len(s)), Options{})
		if err != nil {
			f.Fatal(err)
		}
		b, _ := d.MarshalBinary()
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var d Dataset
		if d.UnmarshalBinary(b) != nil {
			return
		}
		for _, c := range d.Columns {
			for row := range d.Rows {
				c.Num(row)
				c.Text(row)
			}
		}
		d.Interpret(Options{})
	})
}

// TestBinary holds that the page gets what the worker read, and that every
// shortened or bent form is refused or harmless.
func TestBinary(t *testing.T) {
	for _, name := range []string{"messy_long_codes_excel.tsv", "broken_long.csv", "messy_wide_semicolon_cp1252.csv"} {
		d := open(t, name)
		b, err := d.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var got Dataset
		if err := got.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		for i, c := range d.Columns {
			g := got.Columns[i]
			// NaN is not equal to itself: compare the numbers through the binary form.
			a, b := *c, *g
			a.Number, b.Number = nil, nil
			if !reflect.DeepEqual(a, b) {
				t.Fatalf("%s: column %s came back as\n%+v\nnot\n%+v", name, c.Name, b, a)
			}
		}
		d.Columns, got.Columns = nil, nil
		if !reflect.DeepEqual(d, &got) {
			t.Errorf("%s came back as\n%+v\nnot\n%+v", name, got, *d)
		}
	}
	small := table(t, "a,b\n1,x\n-99,X\n2.5,\n")
	b, _ := small.MarshalBinary()
	for i := range b {
		var d Dataset
		if d.UnmarshalBinary(b[:i]) == nil {
			t.Errorf("the first %d of %d bytes were taken for a table", i, len(b))
		}
		bent := bytes.Clone(b)
		bent[i] ^= 0xFF
		d.UnmarshalBinary(bent)
	}
	t.Logf("binary form: %d bytes", len(b))
}

// BenchmarkRead reads ten megabytes of two kinds of table, and a hundred of the
// first.
func BenchmarkRead(b *testing.B) {
	long, err := os.ReadFile(filepath.Join("testdata", "trial_long.csv"))
	if err != nil {
		b.Fatal(err)
	}
	head, rows, _ := bytes.Cut(long, []byte("\n"))
	trial := append(append(bytes.Clone(head), '\n'), bytes.Repeat(rows, 10<<20/len(rows))...)
	var unique bytes.Buffer
	unique.WriteString("id,x,y,z\n")
	for i := 0; unique.Len() < 10<<20; i++ {
		for k := range 3 {
			unique.WriteString(itoa(i*7919+k) + "." + itoa(i%1000+1000) + ",")
		}
		unique.WriteString(itoa(i) + "\n")
	}
	for _, c := range []struct {
		name string
		in   []byte
	}{{"trial", trial}, {"distinct", unique.Bytes()}, {"100 MB", append(bytes.Clone(trial), bytes.Repeat(trial[len(head)+1:], 9)...)}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.in)))
			for b.Loop() {
				if _, err := Read("b.csv", bytes.NewReader(c.in), int64(len(c.in)), Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func itoa(n int) string {
	var b [20]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return string(b[i:])
		}
	}
}
