package dataset

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What haven writes, in each of the three ways of packing.
func TestSPSSFromHaven(t *testing.T) {
	for _, file := range []string{"small.sav", "small_plain.sav", "small.zsav"} {
		t.Run(file, func(t *testing.T) {
			d := openFile(t, "sheets/"+file, Options{})
			want := `id|arm|pain|stage|day|at|clock|share|a_very_long_name_of_a_variable_that_spss_shortens|note
A1|0|3|I|2017-11-01|2017-11-01 13:30|13:30:00|0.1|1|` + strings.TrimSpace(strings.Repeat("long text ", 60)) + `
Ä2|1|99|II|1899-12-31|2017-11-01|00:00:00|0.3333333333333333|2|
b3|1|-8.5|X|||||3|ä
c4|0|10||2024-02-29|2024-02-29 23:59:59|25:01:01|1E-07|4|short
`
			if got := piped(d); got != want {
				t.Errorf("read\n%s\nwant\n%s", got, want)
			}
			arm, pain, stage := d.Column("arm"), d.Column("pain"), d.Column("stage")
			if arm.Label != "Arm as randomised" || !strings.Contains(arm.Why, "“0 control”, “1 intervention”") {
				t.Errorf("arm: label %q, %s", arm.Label, arm.Why)
			}
			if !pain.IsMissing(1) || !pain.IsMissing(2) || pain.N != 2 || !stage.IsMissing(2) || stage.N != 2 {
				t.Errorf("missing values: pain %v, stage %v", pain.MissingCodes, stage.MissingCodes)
			}
			for _, p := range d.Problems {
				if p.Kind == "no choice" { // two names on a scale are not all its answers
					t.Error(p)
				}
			}
			d.Interpret(Options{Columns: map[string]ColumnRule{"pain": {Present: []string{"99"}, Missing: []string{"3"}}, "arm": {Label: "Group"}}})
			if pain := d.Column("pain"); !pain.IsMissing(0) || pain.IsMissing(1) || !pain.IsMissing(2) || d.Column("arm").Label != "Group" {
				t.Errorf("the user's rules do not come first: %v, %q", pain.MissingCodes, d.Column("arm").Label)
			}
		})
	}
}

// spssFile writes files by the published layout, with nothing checked, so that
// wrong ones can be written too.
type spssFile struct {
	order   binary.ByteOrder
	packing int
	cases   int
	parts   bytes.Buffer
}

func (f *spssFile) ints(list ...int) *spssFile {
	for _, v := range list {
		binary.Write(&f.parts, f.order, int32(v))
	}
	return f
}

func (f *spssFile) floats(list ...float64) *spssFile {
	for _, v := range list {
		binary.Write(&f.parts, f.order, v)
	}
	return f
}

// text writes a text of fixed length.
func (f *spssFile) text(s string, length int) *spssFile {
	f.parts.WriteString(s + strings.Repeat(" ", length-len(s)))
	return f
}

// variable writes record 2, with a label and missing values where they are
// given, and those that fill the room of a long text.
func (f *spssFile) variable(name string, width, format int, label string, n int, missing ...float64) *spssFile {
	labelled := min(len(label), 1)
	f.ints(2, width, labelled, n, format<<16|8<<8, format<<16|8<<8).text(name, 8)
	if labelled == 1 {
		f.ints(len(label)).text(label, (len(label)+3)/4*4)
	}
	f.floats(missing...)
	for range (width+7)/8 - 1 {
		f.ints(2, -1, 0, 0, 0, 0).text("", 8)
	}
	return f
}

func (f *spssFile) more(kind, size int, body []byte) *spssFile {
	f.ints(7, kind, size, len(body)/size)
	f.parts.Write(body)
	return f
}

// end closes the description and adds the cases.
func (f *spssFile) end(data []byte) []byte {
	var head bytes.Buffer
	magic := "$FL2"
	if f.packing == 2 {
		magic = "$FL3"
	}
	head.WriteString(magic + "@(#) SPSS DATA FILE" + strings.Repeat(" ", 41))
	for _, v := range []any{int32(2), int32(-1), int32(f.packing), int32(0), int32(f.cases), 100.0} {
		binary.Write(&head, f.order, v)
	}
	head.WriteString("01 Jan 1800:00:00" + strings.Repeat(" ", 64) + "\x00\x00\x00")
	f.ints(999, 0)
	return append(append(head.Bytes(), f.parts.Bytes()...), data...)
}

func (f *spssFile) words(list ...any) []byte {
	var b bytes.Buffer
	for _, v := range list {
		switch v := v.(type) {
		case string:
			b.WriteString(v + strings.Repeat(" ", (8-len(v)%8)%8))
		default:
			binary.Write(&b, f.order, v)
		}
	}
	return b.Bytes()
}

func newSPSS(order binary.ByteOrder, packing, cases int) *spssFile {
	return &spssFile{order: order, packing: packing, cases: cases}
}

// TestSPSSLayout: what haven does not write.
func TestSPSSLayout(t *testing.T) {
	read := func(t *testing.T, b []byte) *Dataset {
		t.Helper()
		d, err := Read("t.sav", bytes.NewReader(b), int64(len(b)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	t.Run("big-endian, Windows-1252 by its code page, cases not counted", func(t *testing.T) {
		f := newSPSS(binary.BigEndian, 0, -1)
		f.variable("ID", 3, 1, "", 0).variable("PAIN", 0, 5, "Selk\xE4", -3, -math.MaxFloat64, -1, 9)
		f.ints(3, 2).floats(0).text("\x04ei\xE4", 8).floats(9).text("\x0cei vastausta", 16).ints(4, 1, 2)
		machine := make([]byte, 32)
		binary.BigEndian.PutUint32(machine[28:], 1252)
		f.more(3, 4, machine)
		d := read(t, f.end(f.words("\xC4", 1.0, "b", -5.0, "c", 9.0, "d", -math.MaxFloat64)))
		if got, want := piped(d), "ID|PAIN\nÄ|1\nb|-5\nc|9\nd|\n"; got != want || d.Encoding != Windows1252 {
			t.Errorf("read %q in %s", got, d.Encoding)
		}
		c := d.Columns[1]
		if c.Label != "Selkä" || c.N != 1 || !c.IsMissing(1) || !c.IsMissing(2) || !c.IsMissing(3) || c.File.Choices[1].Label != "ei vastausta" {
			t.Errorf("label %q, %v, %v", c.Label, c.MissingCodes, c.File.Choices)
		}
	})
	t.Run("packed by bytes, an own sysmis, long names", func(t *testing.T) {
		f := newSPSS(binary.LittleEndian, 1, 3)
		f.variable("V1", 0, 5, "", 0).variable("V2", 12, 1, "", 0)
		f.more(4, 8, f.words(-999.0, 0.0, 0.0)).more(13, 1, []byte("V1=Ikä_vuosina\tV2=Nimi")).more(20, 1, []byte("UTF-8"))
		data := f.words([]byte{101, 253, 254, 255, 254, 253, 99, 253}, "Äiti", "yy", "a", []byte{254, 252, 0, 0, 0, 0, 0, 0})
		d := read(t, f.end(data))
		if got, want := piped(d), "Ikä_vuosina|Nimi\n1|Äiti\n|        yy\n-1|a\n"; got != want {
			t.Errorf("read %q, want %q", got, want)
		}
	})
	t.Run("labels and missing values of long texts", func(t *testing.T) {
		f := newSPSS(binary.LittleEndian, 0, 2)
		f.variable("A", 10, 1, "", 0)
		body := f.words(int32(1), []byte("A"), int32(10), int32(1), int32(10), []byte("control   "), int32(3), []byte("old"))
		f.more(21, 1, body)
		f.more(22, 1, f.words(int32(1), []byte("A"), []byte{1}, int32(8), []byte("unknown ")))
		d := read(t, f.end(f.words("control         ", "unknown         ")))
		c := d.Columns[0]
		if len(c.File.Choices) != 1 || c.File.Choices[0] != (Choice{"control", "old"}) || !c.IsMissing(1) || c.IsMissing(0) {
			t.Errorf("%+v", c.File)
		}
	})
	t.Run("dates", func(t *testing.T) {
		f := newSPSS(binary.LittleEndian, 0, 2)
		f.variable("D", 0, 20, "", 0).variable("T", 0, 22, "", 0).variable("H", 0, 21, "", 0).variable("W", 0, 26, "", 0)
		// 1582-10-15 is day 1 of the Gregorian calendar, 86400 seconds after SPSS's epoch.
		d := read(t, f.end(f.words(86400.0, 13728873600.0+3661.5, 90061.0, 3.0, -5.0, 13728873600.0, -60.0, 7.0)))
		if got, want := piped(d), "D|T|H|W\n1582-10-15|2017-11-01 01:01:01.500|25:01:01|3\n-5|2017-11-01|-00:01:00|7\n"; got != want {
			t.Errorf("read %q, want %q", got, want)
		}
		hasProblem(t, d, "no date", 2, "D")
	})
	t.Run("an encoding that is not read", func(t *testing.T) {
		f := newSPSS(binary.LittleEndian, 0, 1)
		f.variable("A", 3, 1, "", 0).variable("B", 0, 5, "", 0).more(20, 1, []byte("windows-1251"))
		hasProblem(t, read(t, f.end(f.words("\xE4", 1.0))), "encoding", 0, "")
	})
}

// packSPSS is the data of a .zsav file whose description is this long.
func packSPSS(f *spssFile, description int, data []byte) []byte {
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	w.Write(data)
	w.Close()
	head := f.words(int64(description), int64(description+24+packed.Len()), int64(48))
	return append(append(head, packed.Bytes()...), make([]byte, 48)...)
}

// TestSPSSRefused: each has a sentence, within a second and without the memory
// that it asks for.
func TestSPSSRefused(t *testing.T) {
	little := binary.LittleEndian
	columns := func(n int) *spssFile {
		f := newSPSS(little, 0, 1)
		for range n {
			f.variable("V", 0, 5, "", 0)
		}
		return f
	}
	bomb := func() []byte {
		f := newSPSS(little, 2, -1)
		f.variable("V", 0, 5, "", 0)
		d := len(f.end(nil))
		g := newSPSS(little, 2, -1)
		g.variable("V", 0, 5, "", 0)
		return g.end(packSPSS(g, d, bytes.Repeat([]byte{101}, 64<<20)))
	}
	for _, c := range []struct {
		name string
		in   []byte
		want string
	}{
		{"nothing but its name", []byte("$FL2"), "ends in the middle of its description"},
		{"another layout", append([]byte("$FL2"), make([]byte, 300)...), "another layout"},
		{"no variable", newSPSS(little, 0, 0).end(nil), "describes no variable"},
		{"no case", columns(2).end(nil), "promises 1 cases and has 0"},
		{"no case, none promised", newSPSS(little, 0, 0).variable("V", 0, 5, "", 0).end(nil), "has no case"},
		{"half a case", columns(2).end(make([]byte, 9)), "ends in the middle of case 1"},
		{"a million columns", columns(1_000_000).end(nil), "more variables than can be read"},
		{"20,001 columns", columns(20_001).end(nil), "20001 variables and the limit is 20000"},
		{"too wide", newSPSS(little, 0, 1).variable("V", 70000, 1, "", 0).end(nil), "70000 letters wide"},
		{"too narrow a room", newSPSS(little, 0, 1).ints(2, 16, 0, 0, 0, 0).text("V", 8).end(make([]byte, 80)), "another room than its width"},
		{"negative label", newSPSS(little, 0, 1).ints(2, 0, 1, 0, 0, 0).text("V", 8).ints(-5).end(nil), "is negative"},
		{"a label of 2 GB", newSPSS(little, 0, 1).ints(2, 0, 1, 0, 0, 0).text("V", 8).ints(math.MaxInt32).end(nil), "ends in the middle of its description"},
		{"labels without end", newSPSS(little, 0, 1).variable("V", 0, 5, "", 0).ints(3, math.MaxInt32).end(nil), "ends in the middle of its description"},
		{"labels of a variable that is not there", newSPSS(little, 0, 1).variable("V", 0, 5, "", 0).ints(3, 0, 4, 1, 9).end(nil), "a variable that is not there"},
		{"a record of 4 EB", newSPSS(little, 0, 1).variable("V", 0, 5, "", 0).ints(7, 20, math.MaxInt32, math.MaxInt32).end(nil), "is said to have"},
		{"notes without end", newSPSS(little, 0, 1).variable("V", 0, 5, "", 0).ints(6, math.MaxInt32).end(nil), "ends in the middle of its description"},
		{"unknown record", newSPSS(little, 0, 1).ints(55).end(nil), "unknown kind 55"},
		{"nine missing values", newSPSS(little, 0, 1).variable("V", 0, 5, "", 9).end(nil), "9 missing values"},
		{"a long text without its parts", newSPSS(little, 0, 1).variable("V", 255, 1, "", 0).more(14, 1, []byte("V=1000\x00\t")).end(nil), "lacks its later parts"},
		{"packed garbage", newSPSS(little, 2, -1).variable("V", 0, 5, "", 0).end(bytes.Repeat([]byte{7}, 200)), "where its packed cases lie"},
		{"a bomb", bomb(), "unpack to more than can be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			_, err := Read("t.sav", bytes.NewReader(c.in), int64(len(c.in)), Options{})
			took := time.Since(start)
			var refusal *Refusal
			if !errors.As(err, &refusal) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if took > 3*time.Second { // a second on a machine with nothing else to do
				t.Errorf("it took %v", took)
			}
		})
	}
}

// A file that was cut anywhere is refused.
func TestSPSSCut(t *testing.T) {
	for _, file := range []string{"small.sav", "small_plain.sav", "small.zsav"} {
		good, err := os.ReadFile(filepath.Join("testdata", "sheets", file))
		if err != nil {
			t.Fatal(err)
		}
		end := len(good)
		if file == "small.zsav" {
			end -= 80 // the list of blocks at the end is not needed
		}
		for n := 4; n < end; n += 5 {
			d, err := Read("t.sav", bytes.NewReader(good[:n]), int64(n), Options{})
			var refusal *Refusal
			if err == nil || !errors.As(err, &refusal) {
				t.Errorf("%s cut at %d of %d: %v, %v", file, n, len(good), d, err)
			}
		}
	}
}

// FuzzSAV: whatever the bytes, a table or a refusal.
func FuzzSAV(f *testing.F) {
	for _, name := range []string{"small.sav", "small_plain.sav", "small.zsav"} {
		b, err := os.ReadFile(filepath.Join("testdata", "sheets", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	s := newSPSS(binary.BigEndian, 0, -1)
	s.variable("A", 10, 1, "label", 1, 5).variable("B", 0, 22, "", -2, 1, 2)
	f.Add(s.end(s.words("control         ", 5.0)))
	f.Fuzz(func(t *testing.T, b []byte) { readAnything(t, b, "$FL") })
}
