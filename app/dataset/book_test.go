package dataset

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// testdata/sheets holds what R, Python and LibreOffice wrote; make.sh there is
// how.

func openFile(t *testing.T, name string, opt Options) *Dataset {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(name))
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	d, err := Read(filepath.Base(path), f, info.Size(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// differences are the cells whose values are not those of the other table, by
// the names of its columns.
func differences(got, want *Dataset) (list []string) {
	if got.Rows != want.Rows {
		return []string{fmt.Sprintf("%d rows, want %d", got.Rows, want.Rows)}
	}
	for _, w := range want.Columns {
		g := got.Column(w.Name)
		if g == nil {
			list = append(list, "no column "+w.Name)
			continue
		}
		if g.Kind != w.Kind {
			list = append(list, fmt.Sprintf("%s is %s, want %s", w.Name, g.Kind, w.Kind))
		}
		for row := range want.Rows {
			a, b := g.Num(row), w.Num(row)
			if g.IsMissing(row) != w.IsMissing(row) || a != b && (a == a || b == b) || a != a && g.Text(row) != w.Text(row) {
				list = append(list, fmt.Sprintf("%s, row %d: %q, want %q", w.Name, row+1, g.RawText(row), w.RawText(row)))
			}
		}
	}
	return list[:min(len(list), 20)]
}

// The trial as R's openxlsx and haven write it holds the values of the CSV, cell
// by cell, and no doubt that the CSV has not.
func TestTrialFromOtherPrograms(t *testing.T) {
	want := openFile(t, "trial_long.csv", Options{})
	for file, format := range map[string]string{"trial_long.xlsx": "xlsx", "trial_long.zsav": "sav"} {
		t.Run(file, func(t *testing.T) {
			got := openFile(t, "sheets/"+file, Options{})
			for _, s := range differences(got, want) {
				t.Error(s)
			}
			if len(got.Columns) != len(want.Columns) || got.Format != format {
				t.Errorf("%d columns, format %q", len(got.Columns), got.Format)
			}
			doubts := func(d *Dataset) (n int) {
				for _, p := range d.Problems {
					if p.Severity != Note {
						n++
					}
				}
				return n
			}
			if doubts(got) != doubts(want) {
				t.Errorf("problems %v, those of the CSV %v", got.Problems, want.Problems)
			}
		})
	}
}

// XlsxWriter in its mode of constant memory writes texts into the cells, and
// this workbook counts days from 1904 in a format of its own.
func TestBookInline(t *testing.T) {
	all := openFile(t, "trial_long.csv", Options{})
	got := openFile(t, "sheets/inline.xlsx", Options{})
	if got.Rows != 29 || len(got.Columns) != 14 {
		t.Fatalf("%d rows of %d", got.Rows, len(got.Columns))
	}
	for _, c := range got.Columns {
		for row := range got.Rows {
			if a, b := c.RawText(row), all.Column(c.Name).RawText(row); a != b {
				t.Errorf("%s, row %d: %q, want %q", c.Name, row+1, a, b)
			}
		}
	}
}

// TestBookMixed: a hidden sheet, an empty one, lines above the header, blank
// rows and columns, every type of cell; as openpyxl writes it, and as
// LibreOffice saves that again with its formulas worked out.
func TestBookMixed(t *testing.T) {
	want := `id,day,time,n,share,ok,note,sum,text number
A1,2017-11-01,13:30:00,1,0.1,TRUE," spaced  ",%s,"1,5"
Ä2,2017-11-02 08:15,00:00:01,-2,%s,FALSE,"a < b & ""c""",%s,2.5
b3,1900-01-01,,1E+21,1E-07,,"two
lines",%s,3
c4,2024-02-29,23:59:59,%s,100,TRUE,%s,%s,4
`
	for _, c := range []struct {
		file     string
		holes    []any
		problems []string
	}{
		{"mixed.xlsx", []any{"", "0.3333333333333333", "", "", "12345678901234570", "A 😀", ""},
			[]string{"sheet choice", "lines above the header", "no result 4 sum", "no result 5 sum", "no result 7 sum", "no result 8 sum", "hidden rows", "blank columns", "number as text", "hidden column", "blank rows"}},
		{"mixed_libreoffice.xlsx", []any{"43041", "0.333333333333333", "#DIV/0!", "#N/A", "12345678901234600", "_x0041_ 😀", "45351"},
			[]string{"sheet choice", "lines above the header", "error in a cell 5 sum", "error in a cell 7 sum", "hidden rows", "blank columns", "number as text", "hidden column", "blank rows", "missing code", "missing code"}},
	} {
		t.Run(c.file, func(t *testing.T) {
			d := openFile(t, "sheets/"+c.file, Options{})
			plain, err := Read("t.csv", strings.NewReader(fmt.Sprintf(want, c.holes...)), -1, Options{Delimiter: ','})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := cells(d), cells(plain); got != want {
				t.Errorf("read\n%s\nwant\n%s", got, want)
			}
			if !slices.Equal(d.Line, []int32{4, 5, 7, 8}) || d.Sheet != "Answers & more" || !slices.Equal(d.Sheets, []string{"Notes", "Answers & more", "Codes"}) {
				t.Errorf("lines %v, sheet %q of %q", d.Line, d.Sheet, d.Sheets)
			}
			var kinds []string
			for _, p := range d.Problems {
				kind := p.Kind
				if kind == "no result" || kind == "error in a cell" {
					kind = fmt.Sprintf("%s %d %s", kind, p.Line, p.Column)
				}
				kinds = append(kinds, kind)
			}
			if got, want := strings.Join(kinds, "\n"), strings.Join(c.problems, "\n"); got != want {
				t.Errorf("problems\n%s\nwant\n%s", got, want)
			}
			if sum := d.Column("sum"); !sum.IsMissing(1) || !sum.IsMissing(2) {
				t.Error("an error is a value")
			}
		})
	}
}

func TestBookSheetChosen(t *testing.T) {
	b, err := os.ReadFile("testdata/sheets/mixed.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Read("t.xlsx", bytes.NewReader(b), int64(len(b)), Options{Sheet: "codes"}); err == nil || !strings.Contains(err.Error(), "“Codes” has a header and no rows") {
		t.Errorf("sheet Codes: %v", err)
	}
	if _, err := Read("t.xlsx", bytes.NewReader(b), int64(len(b)), Options{Sheet: "Empty"}); err == nil || !strings.Contains(err.Error(), "holds nothing") {
		t.Errorf("sheet Empty: %v", err)
	}
	if _, err := Read("t.xlsx", bytes.NewReader(b), int64(len(b)), Options{Sheet: "Data"}); err == nil || !strings.Contains(err.Error(), "no sheet “Data”; those with cells are “Notes” (not shown in Excel), “Answers & more”, “Codes”") {
		t.Errorf("sheet Data: %v", err)
	}
	d, err := Read("t.xlsx", bytes.NewReader(b), int64(len(b)), Options{Sheet: "answers & MORE"})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Problems {
		if p.Kind == "sheet choice" {
			t.Error("a sheet that was chosen is asked about")
		}
	}
}

// archive packs parts, in the order of their names unless they are given as
// pairs.
func archive(parts ...string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		f, err := w.Create(parts[i])
		if err != nil {
			panic(err)
		}
		io.WriteString(f, parts[i+1])
	}
	w.Close()
	return b.Bytes()
}

const (
	bookPart = `<?xml version="1.0"?><workbook xmlns:r="r"><workbookPr/><sheets><sheet name="S&amp;1" sheetId="1" r:id="rId1"/></sheets></workbook>`
	relsPart = `<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://x/sharedStrings" Target="/xl/sharedStrings.xml"/><Relationship Id="rId3" Type="http://x/styles" Target="styles.xml"/></Relationships>`
	textPart = `<sst><si><t>id</t></si><si><r><t xml:space="preserve">pa</t></r><r><rPr><b/></rPr><t>in</t></r><rPh sb="0" eb="1"><t>not this</t></rPh></si><si><t/></si><si><t>&#228;&lt;&#x41;&unknown;</t></si></sst>`
	formPart = `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="&quot;day&quot; dd/mm/yyyy"/><numFmt numFmtId="165" formatCode="0.00 &quot;days&quot;"/><numFmt numFmtId="166" formatCode="[h]:mm"/><numFmt numFmtId="167" formatCode="[Red]#,##0;[Blue]-0"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="167"/></cellXfs></styleSheet>`
)

// book is a workbook with one sheet of these rows.
func book(rows string, behind ...string) []byte {
	return archive("xl/workbook.xml", bookPart, "xl/_rels/workbook.xml.rels", relsPart, "xl/sharedStrings.xml", textPart, "xl/styles.xml", formPart,
		"xl/worksheets/sheet1.xml", `<worksheet><sheetData>`+rows+`</sheetData>`+strings.Join(behind, "")+`</worksheet>`)
}

func readBytes(t *testing.T, b []byte, opt Options) *Dataset {
	t.Helper()
	d, err := Read("t.xlsx", bytes.NewReader(b), int64(len(b)), opt)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestBookCells: what writers may write and Excel hardly does.
func TestBookCells(t *testing.T) {
	for _, c := range []struct{ name, rows, want string }{
		{"shared texts: runs, no reading aid, entities", `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row><row r="2"><c r="A2" t="s"><v>3</v></c><c r="B2"><v>1</v></c></row>`,
			"id|pain\nä<A&unknown;|1\n"},
		{"no places: cells one after another", `<row><c t="str"><v>a</v></c><c t="str"><v>b</v></c></row><row><c><v>1</v></c><c/></row><row><c><v>2</v></c><c><v>3</v></c></row>`,
			"a|b\n1|\n2|3\n"},
		{"sparse", `<row r="1"><c r="A1" t="str"><v>a</v></c><c r="C1" t="str"><v>c</v></c></row><row r="9"><c r="C9"><v>7</v></c></row>`,
			"a|column 2|c\n||7\n"},
		{"a column without a name", `<row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="2"><c r="A2"><v>1</v></c></row><row r="3"><c r="C3"><v>2</v></c></row>`,
			"a|column 2|column 3\n1||\n||2\n"},
		{"prefixes, comments, CDATA, quotes", `<!-- <row> --><x:row r='1'><x:c r='A1' t='inlineStr'><x:is><x:t><![CDATA[a<b>&amp;]]></x:t></x:is></x:c></x:row><x:row r="2"><x:c a=">" r="A2"><x:v>1.50</x:v></x:c></x:row>`,
			"a<b>&amp;\n1.5\n"},
		{"numbers", `<row><c t="str"><v>n</v></c></row><row><c><v>0.1</v></c></row><row><c><v>0.30000000000000004</v></c></row><row><c><v>1E-3</v></c></row><row><c><v>-0</v></c></row><row><c><v>007</v></c></row><row><c><v>1.7976931348623157E+308</v></c></row><row><c t="n"><v> 5 </v></c></row>`,
			"n\n0.1\n0.30000000000000004\n0.001\n0\n7\n1.7976931348623157E+308\n5\n"},
		{"dates by format", `<row><c t="str"><v>d</v></c></row><row><c s="1"><v>43040</v></c></row><row><c s="2"><v>1</v></c></row><row><c s="2"><v>59</v></c></row><row><c s="1"><v>61</v></c></row><row><c s="1"><v>43040.75</v></c></row><row><c t="d"><v>2017-11-01T00:00:00</v></c></row>`,
			"d\n2017-11-01\n1900-01-01\n1900-02-28\n1900-03-01\n2017-11-01 18:00\n2017-11-01\n"},
		{"no dates", `<row><c t="str"><v>d</v></c></row><row><c s="3"><v>43040</v></c></row><row><c s="4"><v>1.5</v></c></row><row><c s="5"><v>2</v></c></row><row><c s="99"><v>3</v></c></row><row><c s="1"><v>60</v></c></row><row><c s="1"><v>-1</v></c></row>`,
			"d\n43040\n36:00:00\n2\n3\n60\n-1\n"},
		{"escapes", `<row><c t="str"><v>a</v></c></row><row><c t="str"><v>x_x000D_y_x00e4_</v></c></row>`, "a\nx\ry_x00e4_\n"},
		{"truth", `<row><c t="str"><v>a</v></c></row><row><c t="b"><v>1</v></c></row><row><c t="b"><v>0</v></c></row>`, "a\nTRUE\nFALSE\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := piped(readBytes(t, book(c.rows), Options{})); got != c.want {
				t.Errorf("read\n%q\nwant\n%q", got, c.want)
			}
		})
	}
}

// piped is a table as text.
func piped(d *Dataset) string {
	var b strings.Builder
	for i, c := range d.Columns {
		b.WriteString(strings.Repeat("|", min(i, 1)) + c.Name)
	}
	for row := range d.Rows {
		b.WriteByte('\n')
		for i, c := range d.Columns {
			b.WriteString(strings.Repeat("|", min(i, 1)) + c.RawText(row))
		}
	}
	return b.String() + "\n"
}

// TestBookHeader: merged cells above and beside each other.
func TestBookHeader(t *testing.T) {
	row := func(r int, cells ...string) string {
		var b strings.Builder
		fmt.Fprintf(&b, `<row r="%d">`, r)
		for i, s := range cells {
			if s != "" {
				kind := ` t="str"`
				if looksNumeric(s) {
					kind = ""
				}
				fmt.Fprintf(&b, `<c r="%c%d"%s><v>%s</v></c>`, 'A'+i, r, kind, s)
			}
		}
		return b.String() + "</row>"
	}
	data := row(3, "p1", "1", "2") + row(4, "p2", "3", "4")
	for _, c := range []struct{ name, rows, merged, want string }{
		{"two rows, the first name over both", row(1, "id", "pain", "") + row(2, "", "before", "after") + data, "A1:A2 B1:C1", "id|pain before|pain after"},
		{"two rows, names beside each other only", row(1, "", "pain", "") + row(2, "id", "before", "after") + data, "B1:C1", "id|pain before|pain after"},
		{"one row", row(1, "id", "pain", "") + data, "B1:C1", "id|pain|pain (2)"},
		{"merged below the header", row(1, "id", "a", "b") + data, "B3:C3", "id|a|b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var merged strings.Builder
			for ref := range strings.FieldsSeq(c.merged) {
				merged.WriteString(`<mergeCell ref="` + ref + `"/>`)
			}
			d := readBytes(t, book(c.rows, "<mergeCells>", merged.String(), "</mergeCells>"), Options{})
			if got := piped(d); got != c.want+"\np1|1|2\np2|3|4\n" {
				t.Errorf("read %q", got)
			}
		})
	}
}

// A number that a text looks like is said, and read with the mark it has.
func TestBookNumberAsText(t *testing.T) {
	d := readBytes(t, book(`<row><c t="str"><v>n</v></c></row><row><c><v>1.234</v></c></row><row><c t="str"><v>1,5</v></c></row><row><c><v>2</v></c></row>`), Options{})
	c := d.Columns[0]
	if c.Num(0) != 1.234 || c.Num(1) != 1.5 || c.Num(2) != 2 {
		t.Errorf("read %v %v %v", c.Num(0), c.Num(1), c.Num(2))
	}
	hasProblem(t, d, "number as text", 3, "n")
}

// streamed hides that a reader can be read anywhere.
type streamed struct{ io.Reader }

// However the bytes come, the table is the same, its hash that of all bytes, and
// progress is told up to the end. So it is after the binary form and when it is
// understood anew.
func TestBookRoads(t *testing.T) {
	for _, file := range []string{"trial_long.xlsx", "mixed_libreoffice.xlsx", "small.sav", "small.zsav", "trial_long.zsav"} {
		t.Run(file, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join("testdata", "sheets", file))
			if err != nil {
				t.Fatal(err)
			}
			var told int64
			opt := Options{Progress: func(n int64) {
				if n < told || n > int64(len(b)) {
					t.Errorf("progress %d after %d of %d", n, told, len(b))
				}
				told = n
			}}
			want, err := Read(file, bytes.NewReader(b), int64(len(b)), opt)
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(b)
			if told != int64(len(b)) || want.Size != int64(len(b)) || want.SHA256 != hex.EncodeToString(sum[:]) {
				t.Errorf("told %d, size %d, hash %s", told, want.Size, want.SHA256)
			}
			stream, err := Read(file, streamed{bytes.NewReader(b)}, -1, Options{})
			if err != nil {
				t.Fatal(err)
			}
			packed, err := want.MarshalBinary()
			if err != nil {
				t.Fatal(err)
			}
			if again, err := stream.MarshalBinary(); err != nil || !bytes.Equal(again, packed) {
				t.Errorf("as a stream it is another table: %v", err)
			}
			var back Dataset
			if err := back.UnmarshalBinary(packed); err != nil {
				t.Fatal(err)
			}
			back.Interpret(Options{})
			if got, want := piped(&back), piped(want); got != want || len(back.Problems) != len(stream.Problems) {
				t.Errorf("after the binary form\n%.300s\nwant\n%.300s", got, want)
			}
			for i, c := range back.Columns {
				if w := want.Columns[i]; c.Why != w.Why || !reflect.DeepEqual(c.File, w.File) || !reflect.DeepEqual(c.MissingCodes, w.MissingCodes) || c.Kind != w.Kind {
					t.Errorf("column %s is %+v, want %+v", c.Name, c.File, w.File)
				}
			}
		})
	}
}

// TestBookRefused: each has a sentence, within a second.
func TestBookRefused(t *testing.T) {
	good := book(`<row><c t="str"><v>a</v></c></row><row><c><v>1</v></c></row>`)
	huge := func(cell string, n int) []byte { return book(strings.Repeat(cell, n)) }
	locked := bytes.ReplaceAll(bytes.ReplaceAll(good, []byte("PK\x01\x02\x14\x00\x14\x00\x08"), []byte("PK\x01\x02\x14\x00\x14\x00\x09")), []byte("PK\x03\x04\x14\x00\x08"), []byte("PK\x03\x04\x14\x00\x09"))
	header := func(n int) string {
		return `<row>` + strings.Repeat(`<c t="str"><v>a</v></c>`, n) + `</row>`
	}
	for _, c := range []struct {
		name string
		in   []byte
		want string
	}{
		{"word", archive("[Content_Types].xml", "", "word/document.xml", ""), "Word document (.docx)"},
		{"slides", archive("ppt/presentation.xml", ""), "presentation (.pptx)"},
		{"LibreOffice", archive("mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", ""), "(.ods, .odt), which is not read; open it in Excel or LibreOffice and save"},
		{"binary workbook", archive("xl/workbook.bin", ""), "(.xlsb), which is not read"},
		{"zip", archive("trial.csv", "a,b\n"), "zip archive, not a table; unpack it"},
		{"empty zip", archive(), "zip archive, not a table"},
		{"old Excel", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 600)), "old Excel or Word file (.xls, .doc), or a workbook with a password"},
		{"password", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 600) + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"), "workbook with a password, which cannot be read as a table; open it in Excel and save it without one"},
		{"password on the parts", locked, "protected by a password"},
		{"no sheet", archive("xl/workbook.xml", "<workbook/>"), "no sheet with cells"},
		{"no list of sheets", archive("xl/styles.xml", ""), "lacks its list of sheets"},
		{"empty sheet", book(""), "no sheet of the workbook holds anything"},
		{"header only", book(`<row><c t="str"><v>a</v></c></row>`), "has a header and no rows"},
		{"own entities", archive("xl/workbook.xml", `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><workbook>&b;</workbook>`), "declares a document type"},
		{"a text that is not there", book(`<row><c t="s"><v>99</v></c></row>`), "names a text that the workbook does not have"},
		{"rows out of order", book(`<row r="2"><c><v>1</v></c></row><row r="1"><c><v>1</v></c></row>`), "the rows of the sheet are not in order"},
		{"cells out of order", book(`<row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>`), "the cells of row 1 are not in order"},
		{"unfinished XML", book(`<row><c><v>1</v>`), "ends in the middle"},
		{"20,001 columns", book(header(20001) + header(1)), "more than 20000 columns"},
		{"a million columns", book(`<row><c r="ZZZZ1" t="str"><v>a</v></c></row>`), "more than 20000 columns"},
		{"blanks without end", book(header(16384) + strings.Repeat(`<row><c><v>1</v></c></row>`, 20000)), "blank nearly everywhere"},
		{"bomb of one text", huge(" ", 200<<20), "times its size"},
		{"bomb of rows", huge(`<row><c><v>1</v></c></row>`, 8<<20), "times its size"},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			_, err := Read("t.csv", bytes.NewReader(c.in), int64(len(c.in)), Options{})
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
	t.Run("declared size", func(t *testing.T) { // refused before a byte is unpacked
		b := bytes.Clone(good)
		at := bytes.LastIndex(b, []byte("PK\x01\x02"))
		copy(b[at+24:], "\xF0\xFF\xFF\x7F")
		if _, err := Read("t.xlsx", bytes.NewReader(b), int64(len(b)), Options{}); err == nil || !strings.Contains(err.Error(), "unpacks to more than 1000 MB") {
			t.Error(err)
		}
	})
	t.Run("a gigabyte", func(t *testing.T) { // refused by its size, unread
		if _, err := Read("t.xlsx", failing{t}, 1<<30, Options{}); err == nil || !strings.Contains(err.Error(), "1024 MB") {
			t.Error(err)
		}
	})
}

// A workbook that was cut anywhere, or in which any byte was changed, is refused
// or says the same: its parts have checksums.
func TestBookDamaged(t *testing.T) {
	good, err := os.ReadFile("testdata/sheets/inline.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	want := piped(readBytes(t, good, Options{}))
	try := func(b []byte, how string, n int) {
		d, err := Read("t.xlsx", bytes.NewReader(b), int64(len(b)), Options{})
		var refusal *Refusal
		switch {
		case err == nil && piped(d) != want:
			t.Errorf("%s %d: another table without a word", how, n)
		case err != nil && !errors.As(err, &refusal):
			t.Errorf("%s %d: %v is no refusal", how, n, err)
		}
	}
	for n := 4; n < len(good); n += 29 {
		if d, err := Read("t.xlsx", bytes.NewReader(good[:n]), int64(n), Options{}); err == nil {
			t.Errorf("cut at %d: %d rows", n, d.Rows)
		}
	}
	for n := 4; n < len(good); n += 11 {
		b := bytes.Clone(good)
		b[n] ^= 1 << (n % 8)
		try(b, "changed at", n)
	}
}

// FuzzXLSX: whatever the bytes, a table or a refusal, and no memory beyond them.
func FuzzXLSX(f *testing.F) {
	for _, name := range []string{"inline.xlsx", "mixed.xlsx", "mixed_libreoffice.xlsx"} {
		b, err := os.ReadFile(filepath.Join("testdata", "sheets", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(book(`<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" s="1"><v>43040.5</v></c></row>`, `<mergeCells><mergeCell ref="A1:C1"/></mergeCells>`))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, b []byte) { readAnything(t, b, "PK\x03\x04") })
}

// FuzzSheet is about the XML of a sheet: the checksums would hide it from
// FuzzXLSX.
func FuzzSheet(f *testing.F) {
	f.Add(`<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" s="1"><v>43040.5</v></c></row>`, `<mergeCells><mergeCell ref="A1:C1"/></mergeCells>`, textPart, formPart)
	f.Add(`<row><c t="inlineStr"><is><t>a</t></is></c><c t="e"><v>#N/A</v></c></row><row><c><f>A1</f></c></row>`, ``, ``, ``)
	f.Fuzz(func(t *testing.T, rows, behind, shared, styles string) {
		b := archive("xl/workbook.xml", bookPart, "xl/_rels/workbook.xml.rels", relsPart, "xl/sharedStrings.xml", shared, "xl/styles.xml", styles, "xl/worksheets/sheet1.xml", `<worksheet><sheetData>`+rows+`</sheetData>`+behind+`</worksheet>`)
		readAnything(t, b, "PK\x03\x04")
	})
}

// readAnything reads bytes that begin as the format does: the fuzzer is not to
// spend its time on CSV.
func readAnything(t *testing.T, b []byte, begins string) {
	if !bytes.HasPrefix(b, []byte(begins)) {
		return
	}
	d, err := Read("t", bytes.NewReader(b), int64(len(b)), Options{MaxBytes: 4 << 20})
	var refusal *Refusal
	if err != nil {
		if !errors.As(err, &refusal) || len(err.Error()) < 20 {
			t.Fatalf("%v is no refusal", err)
		}
		return
	}
	packed, err := d.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var back Dataset
	if err := back.UnmarshalBinary(packed); err != nil || back.Rows != d.Rows {
		t.Fatalf("the binary form is not read back: %v", err)
	}
	for i := 1; i < len(d.Line); i++ {
		if d.Line[i] <= d.Line[i-1] {
			t.Fatal("the lines are not in order")
		}
	}
}
