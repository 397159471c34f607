package dataset

import (
	"bytes"
	"fmt"
	"strings"
)

// delimiters in the order in which they win a tie.
var delimiters = []byte{',', ';', '\t', '|'}

func delimiterName(d rune) string {
	switch d {
	case ',':
		return "comma"
	case ';':
		return "semicolon"
	case '\t':
		return "tab"
	case '|':
		return "vertical bar"
	}
	return fmt.Sprintf("%q", d)
}

// separatorLine recognises a first line "sep=;", which Excel reads and writes,
// and returns its delimiter and length with the line end.
func separatorLine(head []byte) (delim byte, length int) {
	line := head
	if i := bytes.IndexAny(head, "\r\n"); i >= 0 {
		line = head[:i]
		length = i + 1
		if head[i] == '\r' && i+1 < len(head) && head[i+1] == '\n' {
			length++
		}
	}
	line = bytes.Trim(line, `"`)
	if len(line) != 5 || !strings.EqualFold(string(line[:4]), "sep=") || length == 0 {
		return 0, 0
	}
	return line[4], length
}

// vote is how well a delimiter divides the first lines.
type vote struct {
	delim   byte
	fields  int // in the first line
	records int
	equal   int // records with as many fields as the first line
	oneMore int // records with one field more, its last not empty
	cells   int // below the header that hold something
	foul    int // cells out of quotes with another delimiter inside, which are no numbers
	strays  int // quotes that do not pair
}

// score is the share of records of the same length, less where cells look as if
// they held several: a decimal comma divides every line of a file as evenly as
// its semicolons do.
func (v vote) score() float64 {
	return v.share() * (1 - float64(v.foul)/float64(max(v.cells, 1))) / float64(1+v.strays)
}

func (v *vote) look(cell []byte, quoted bool) {
	if len(cell) == 0 {
		return
	}
	v.cells++
	if quoted {
		return
	}
	for _, d := range delimiters {
		if d != v.delim && bytes.IndexByte(cell, d) >= 0 && !looksNumeric(string(cell)) {
			v.foul++
			return
		}
	}
}

func (v vote) share() float64 {
	if v.records == 0 {
		return 0
	}
	return float64(max(v.equal, v.oneMore)) / float64(v.records)
}

// findDelimiter tries each delimiter on the first lines, those above the header
// left out, and takes the one that gives most of them the same number of
// fields and clean cells, of equal ones the one that gives more.
func findDelimiter(head []byte, whole bool) vote {
	best := vote{delim: ',', fields: 1}
	for _, d := range delimiters {
		length, _ := preamble(head, d, whole)
		v := tryDelimiter(head[length:], d, whole)
		if v.fields < 2 {
			continue
		}
		if best.fields < 2 || v.score() > best.score()+0.05 ||
			v.score() > best.score()-0.05 && v.fields > best.fields {
			best = v
		}
	}
	return best
}

// tryDelimiter counts fields. Unless head is the whole file its last record
// may be cut and is not counted.
func tryDelimiter(head []byte, delim byte, whole bool) vote {
	v := vote{delim: delim}
	s := newScannerOver(head, delim)
	for s.more() && v.records < 500 {
		fields, filled := 0, false
		for last := false; !last; fields++ {
			cell, quoted, l, err := s.field()
			if err != nil {
				return v
			}
			if last = l; last && fields == 0 && len(cell) == 0 && !quoted {
				fields = -1 // an empty line says nothing
			}
			filled = len(cell) > 0
			if v.fields > 0 { // names hold commas too
				v.look(cell, quoted)
			}
		}
		if fields == 0 {
			continue
		}
		if !whole && s.r == s.w && v.fields > 0 {
			break
		}
		switch {
		case v.fields == 0:
			v.fields = fields
			continue
		case fields == v.fields:
			v.equal++
		case fields == v.fields+1 && filled:
			v.oneMore++
		}
		v.records++
	}
	v.strays = len(s.stray)
	return v
}

// newScannerOver scans bytes that are already here.
func newScannerOver(b []byte, delim byte) *scanner {
	s := &scanner{delim: delim, buf: b, w: len(b), eof: true, line: 1}
	s.stop[delim], s.stop['\n'], s.stop['\r'] = true, true, true
	return s
}

// foreign recognises by their first bytes files that are no text, and says
// what they are and what to do.
func foreign(head []byte) (what, do string) {
	has := func(s string) bool { return bytes.HasPrefix(head, []byte(s)) }
	inside := func(s string) bool { return bytes.Contains(head, []byte(s)) }
	const fromExcel = "open it in Excel or LibreOffice and save the sheet as “CSV UTF-8”"
	const fromStats = "export it from there as CSV"
	switch {
	case has("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") && inside("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"):
		return "an Excel workbook with a password", "open it in Excel and save it without one"
	case has("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"):
		return "an old Excel or Word file (.xls, .doc), or a workbook with a password", "open it in Excel or LibreOffice and save the sheet as “Excel workbook (.xlsx)” without a password, or as “CSV UTF-8”"
	case has("%PDF"):
		return "a PDF document", "ask for the table as a CSV file"
	case has("ASCII SPSS PORT FILE"), inside("ASCII SPSS PORT FILE"):
		return "a portable SPSS file (.por)", "open it in SPSS and save it as .sav or CSV"
	case has("<stata_dta>"), len(head) > 3 && head[0] >= 0x69 && head[0] <= 0x73 && (head[1] == 1 || head[1] == 2) && head[2] == 1 && head[3] == 0:
		return "a Stata data file (.dta)", "in Stata use: export delimited"
	case inside("SAS FILE"), has("HEADER RECORD*******"):
		return "a SAS data file", fromStats
	case has("\x1f\x8b"):
		return "a gzip archive", "unpack it and open the file inside"
	case has("RDX"), has("RDA"):
		return "an R data file", "in R use write.csv"
	case has("7z\xBC\xAF"), has("Rar!"), has("BZh"), has("\xFD7zXZ"):
		return "a packed archive", "unpack it and open the CSV file inside"
	case has("\x89PNG"), has("\xFF\xD8\xFF"), has("GIF8"):
		return "a picture", "ask for the table as a CSV file"
	case has("SQLite format 3"), has("PAR1"):
		return "a database file", fromStats
	case has("{\\rtf"):
		return "a rich text document (.rtf)", "copy the table into a spreadsheet and save it as CSV"
	}
	start := strings.ToLower(string(bytes.TrimSpace(head[:min(len(head), 256)])))
	switch {
	case strings.HasPrefix(start, "<!doctype html"), strings.HasPrefix(start, "<html"):
		return "a web page (HTML)", fromExcel
	case strings.HasPrefix(start, "<?xml"):
		return "an XML file", fromStats
	case strings.HasPrefix(start, "{\""), strings.HasPrefix(start, "[{"):
		return "a JSON file", fromStats
	}
	return "", ""
}

// notText reports whether the first bytes hold control characters that
// no text has, more than one in a hundred.
func notText(head []byte) bool {
	odd := 0
	for _, c := range head {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != 0x0C || c == 0x7F {
			odd++
		}
	}
	return odd*100 > len(head)
}
