package xlsx

import (
	"fmt"
	"math"
	"strconv"

	"trialbox/app/dataset/cell"
)

// Kind is what a cell holds.
type Kind uint8

// The kinds of cells.
const (
	Text Kind = iota
	Number
	Date   // as yyyy-mm-dd, with the time behind it, or hh:mm:ss
	NoDay  // a number that is shown as a date and is none
	Truth  // TRUE or FALSE
	Broken // #N/A and the like
	Undone // a formula that was never worked out; its text is empty
)

// Cell is one cell with something in it.
type Cell struct {
	Column int // from 0
	Kind   Kind
	Text   []byte // valid until the next row
}

// Range is a rectangle of cells, its ends included, counted from 0; rows are
// counted from 1, as Excel shows them.
type Range struct{ Column, Row, LastColumn, LastRow int }

// Excel's own limits.
const (
	maxRow    = 1 << 20
	maxMerges = 10000
)

// Outline is what a sheet is beside its cells.
type Outline struct {
	Filled  bool    // some cell holds something
	Merged  []Range // in the first rows
	Columns []Range // hidden ones; their rows are 0
}

// Look reads the outline of a sheet. With onlyFilled it stops at the first
// cell that holds something.
func (b *Book) Look(sheet int, onlyFilled bool) (Outline, error) {
	var o Outline
	src, err := b.zip.open(b.Sheets[sheet].part)
	if err != nil {
		return o, err
	}
	s := newScanner(src)
	depth, inValue := 0, false
	for t := s.next(); t != ended; t = s.next() {
		switch {
		case t == text && inValue && len(trim(s.chars)) > 0:
			if o.Filled = true; onlyFilled {
				return o, nil
			}
			s.skipTo("sheetData", depth)
			inValue = false
		case t != text && (s.is("v") || s.is("t")):
			inValue = t == opening
		case t != opening:
		case s.is("sheetData"):
			depth = s.depth
		case s.is("col") && s.flag("hidden"):
			from, _ := strconv.Atoi(string(s.attr("min")))
			to, _ := strconv.Atoi(string(s.attr("max")))
			if from > 0 && to >= from && len(o.Columns) < maxMerges {
				o.Columns = append(o.Columns, Range{Column: from - 1, LastColumn: to - 1})
			}
		case s.is("mergeCell") && len(o.Merged) < maxMerges:
			if r, ok := parseRange(string(s.attr("ref"))); ok && r.Row <= 100 {
				o.Merged = append(o.Merged, r)
			}
		}
	}
	return o, s.fault()
}

// skipTo goes on to the close of an outer tag, which was opened at that depth,
// without looking at what lies between.
func (s *scanner) skipTo(name string, depth int) {
	s.lone = false
	for s.err == nil {
		n := s.find("</")
		if n < 0 {
			return
		}
		s.r += n
		m := s.find(">")
		if m < 0 {
			return
		}
		if string(local(trim(s.buf[s.r+2:s.r+m]))) == name {
			s.depth = depth
			return
		}
		s.r += 2
	}
}

func parseRange(ref string) (Range, bool) {
	column, row, rest := parseRef(ref)
	r := Range{column, row, column, row}
	if rest != "" {
		if rest[0] != ':' {
			return r, false
		}
		if r.LastColumn, r.LastRow, rest = parseRef(rest[1:]); rest != "" {
			return r, false
		}
	}
	return r, r.Column >= 0 && r.Row > 0 && r.LastColumn >= r.Column && r.LastRow >= r.Row
}

// parseRef reads “AB12” as column 27 and row 12; column -1 when it is none.
func parseRef(ref string) (column, row int, rest string) {
	i := 0
	for ; i < len(ref) && i < 4 && ref[i]|32 >= 'a' && ref[i]|32 <= 'z'; i++ {
		column = column*26 + int(ref[i]|32-'a') + 1
	}
	for ; i < len(ref) && row <= maxRow && ref[i] >= '0' && ref[i] <= '9'; i++ {
		row = row*10 + int(ref[i]-'0')
	}
	return column - 1, row, ref[i:]
}

// walk is one pass over the cells of a sheet.
type walk struct {
	*scanner
	b      *Book
	row    int
	column int
	cells  []Cell
	ends   []int // of each cell's text in all
	all    []byte
	value  []byte
}

// Rows calls do for every row that holds something, with its number in the
// sheet and its cells from left to right. hidden is set for rows that Excel
// does not show.
func (b *Book) Rows(sheet, maxColumns int, do func(row int, hidden bool, cells []Cell) error) error {
	if err := b.loadShared(); err != nil {
		return err
	}
	src, err := b.zip.open(b.Sheets[sheet].part)
	if err != nil {
		return err
	}
	w := &walk{scanner: newScanner(src), b: b}
	for t := w.next(); t != ended; t = w.next() {
		if t != opening || !w.is("row") {
			continue
		}
		hidden := w.flag("hidden")
		if err := w.readRow(maxColumns); err != nil {
			return err
		}
		if len(w.cells) == 0 {
			continue
		}
		if err := do(w.row, hidden, w.cells); err != nil {
			return err
		}
	}
	return w.fault()
}

func (w *walk) readRow(maxColumns int) error {
	number := w.row + 1
	if r := w.attr("r"); r != nil {
		number, _ = strconv.Atoi(string(r))
	}
	if number <= w.row || number > 16*maxRow {
		return damaged(fmt.Sprintf("the rows of the sheet are not in order behind row %d", w.row))
	}
	w.row, w.column = number, -1
	w.cells, w.ends, w.all = w.cells[:0], w.ends[:0], w.all[:0]
	depth := w.depth
	for t := w.next(); t != ended && w.depth >= depth; t = w.next() {
		if t != opening || !w.is("c") {
			continue
		}
		if err := w.readCell(maxColumns); err != nil {
			return err
		}
	}
	from := 0
	for i, to := range w.ends {
		w.cells[i].Text = w.all[from:to]
		from = to
	}
	return w.fault()
}

func (w *walk) readCell(maxColumns int) error {
	column := w.column + 1
	if r := w.attr("r"); r != nil {
		column, _, _ = parseRef(string(r))
	}
	switch {
	case column <= w.column:
		return damaged(fmt.Sprintf("the cells of row %d are not in order", w.row))
	case column >= maxColumns:
		return fault("too many columns", fmt.Sprintf("row %d has more than %d columns, the limit; check that the sheet has a row for each patient (and visit), and leave out columns that are not needed", w.row, maxColumns))
	}
	w.column = column
	kind := string(w.attr("t"))
	style, _ := strconv.Atoi(string(w.attr("s")))
	from := len(w.all)
	w.value = w.value[:0]
	depth := w.depth
	inValue, formula := false, false
	for t := w.next(); t != ended && w.depth >= depth; t = w.next() {
		switch {
		case t == opening && w.is("f"):
			formula = true
		case t == opening && w.is("is"):
			w.all = w.richText(w.all)
		case t != text && w.is("v"):
			inValue = t == opening
		case t == text && inValue:
			w.value = w.appendText(w.value)
		}
	}
	c := Cell{Column: column}
	if err := w.take(&c, kind, style); err != nil {
		return err
	}
	if formula && len(w.value) == 0 && kind != "str" {
		c.Kind = Undone
	}
	if len(w.all) > from || c.Kind == Undone {
		w.cells, w.ends = append(w.cells, c), append(w.ends, len(w.all))
	}
	return nil
}

// take appends the text of a cell and tells its kind.
func (w *walk) take(c *Cell, kind string, style int) error {
	switch kind {
	case "inlineStr":
	case "s":
		i, err := strconv.Atoi(string(trim(w.value)))
		if len(w.value) == 0 {
			return nil
		}
		if err != nil || i < 0 || i >= len(w.b.shared.ends) {
			return damaged(fmt.Sprintf("a cell of row %d names a text that the workbook does not have", w.row))
		}
		w.all = append(w.all, w.b.shared.text(i)...)
	case "str":
		w.all = append(w.all, unescape(w.value)...)
	case "b":
		c.Kind = Truth
		switch v := string(trim(w.value)); v {
		case "1", "true":
			w.all = append(w.all, "TRUE"...)
		case "0", "false":
			w.all = append(w.all, "FALSE"...)
		default:
			w.all = append(w.all, v...)
		}
	case "e":
		c.Kind = Broken
		w.all = append(w.all, trim(w.value)...)
	case "d":
		c.Kind = Date
		v := trim(w.value)
		for _, midnight := range []string{"T00:00:00", "T00:00:00.000", "T00:00:00Z"} {
			if len(v) == 10+len(midnight) && string(v[10:]) == midnight {
				v = v[:10]
			}
		}
		w.all = append(w.all, v...)
	default:
		w.number(c, style)
	}
	return nil
}

func (w *walk) number(c *Cell, style int) {
	c.Kind = Number
	value := trim(w.value)
	f := plain
	if style >= 0 && style < len(w.b.formats) {
		f = w.b.formats[style]
	}
	if len(value) == 0 || f == plain && short(value) {
		w.all = append(w.all, value...)
		return
	}
	v, err := strconv.ParseFloat(string(value), 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		c.Kind = Text // no number after all; it is shown as it stands
		w.all = append(w.all, value...)
		return
	}
	if f != plain {
		if s, ok := f.show(v, w.b.Date1904); ok {
			c.Kind = Date
			w.all = append(w.all, s...)
			return
		}
		c.Kind = NoDay
	}
	w.all = cell.Number(w.all, v)
}

// short reports whether a numeral is its own shortest form: up to 15 digits
// without a nought too many.
func short(b []byte) bool {
	if b[0] == '-' && string(b) != "-0" {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 15 || b[0] < '0' || b[0] > '9' || b[0] == '0' && (len(b) == 1 || b[1] != '.') && len(b) > 1 {
		return false
	}
	points := 0
	for _, c := range b {
		if c == '.' {
			points++
		} else if c < '0' || c > '9' {
			return false
		}
	}
	last := b[len(b)-1]
	return points == 0 || points == 1 && last != '0' && last != '.'
}

func trim(b []byte) []byte {
	for len(b) > 0 && blank(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && blank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}
