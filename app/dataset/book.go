package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/dataset/xlsx"
)

const (
	// firstRows of a sheet are looked at to find its header.
	firstRows = 40
	// unpackRatio: what a workbook may unpack to, in limits of a file.
	unpackRatio = 10
	// maxBlanks is how many blank cells there may be for a byte of the file:
	// blanks cost it nothing, but memory.
	maxBlanks = 1000
)

// sheet is the reading of one sheet of a workbook.
type sheet struct {
	*reading
	outline xlsx.Outline
	first   []sheetRow // held back until the header is found
	begun   bool
	told    []stored
	hidden  int // rows
	last    int // row that was read
}

type sheetRow struct {
	row   int
	cells []xlsx.Cell
}

// stored is what a column's cells were stored as.
type stored struct {
	numbers, fractions int
	numerals           int // texts that are numbers
	row                int // of the first of them
	example            string
	broken             []string // error values
}

// readBook reads a sheet of an Excel workbook.
func (r *reading) readBook(src io.ReaderAt, size int64) error {
	s := &sheet{reading: r}
	err := s.read(src, size)
	var bad *xlsx.Fault
	if errors.As(err, &bad) {
		return refuse(r.name, bad.Kind, "%s", bad.Text)
	}
	var refusal *Refusal
	if err != nil && !errors.As(err, &refusal) {
		return r.failed(err)
	}
	return err
}

func (s *sheet) read(src io.ReaderAt, size int64) error {
	book, err := xlsx.Open(src, size, unpackRatio*s.meter.limit)
	if err != nil {
		return err
	}
	i, err := s.choose(book)
	if err != nil {
		return err
	}
	s.d.Encoding = UTF8
	if s.outline, err = book.Look(i, false); err != nil {
		return err
	}
	if err := book.Rows(i, MaxColumns, s.row); err != nil {
		return err
	}
	if err := s.begin(); err != nil {
		return err
	}
	if s.filled == 0 {
		return refuse(s.name, "no rows", "the sheet “%s” has a header and no rows; check that the export was finished and save it again", shorten(s.d.Sheet))
	}
	return s.end()
}

// choose picks the sheet and says why.
func (s *sheet) choose(book *xlsx.Book) (int, error) {
	d := s.d
	d.Format = "xlsx"
	chosen, shown, named, err := s.pick(book)
	if err != nil {
		return 0, err
	}
	list := strings.Join(named[:min(len(named), 12)], ", ")
	switch {
	case s.opt.Sheet != "" && chosen < 0:
		return 0, refuse(s.name, "no such sheet", "the workbook has no sheet “%s”; those with cells are %s", shorten(s.opt.Sheet), list)
	case chosen < 0:
		return 0, refuse(s.name, "empty file", "no sheet of the workbook holds anything; check that it was saved")
	}
	d.Sheet = book.Sheets[chosen].Name
	why := "the only one with cells"
	switch {
	case s.opt.Sheet != "":
		why = "as chosen from " + list
	case len(named) > 1:
		why = "the first shown of those with cells, " + list
	}
	if s.opt.Sheet == "" && shown > 1 {
		s.found.add(Problem{Kind: "sheet choice", Severity: Warning, Value: shorten(d.Sheet),
			Text: fmt.Sprintf("the workbook has %d sheets with cells (%s) and “%s” was read; choose another if that is meant", len(named), list, shorten(d.Sheet))})
	}
	d.Evidence = append(d.Evidence, fmt.Sprintf("Excel workbook, sheet “%s”: %s. Numbers are read as they are stored, not as they are shown.", shorten(d.Sheet), why))
	if book.Date1904 {
		d.Evidence = append(d.Evidence, "Days are counted from 1904 in this workbook.")
	}
	return chosen, nil
}

// pick finds the sheet asked for, else the first that is shown and holds
// something; -1 when there is none. named are all that hold something, shown is
// how many of them Excel shows.
func (s *sheet) pick(book *xlsx.Book) (chosen, shown int, named []string, err error) {
	chosen = -1
	for i, x := range book.Sheets {
		o, err := book.Look(i, true)
		if err != nil {
			return 0, 0, nil, err
		}
		if s.opt.Sheet != "" && chosen < 0 && strings.EqualFold(x.Name, s.opt.Sheet) {
			chosen = i
		}
		if !o.Filled {
			continue
		}
		if s.opt.Sheet == "" && (chosen < 0 || book.Sheets[chosen].Hidden && !x.Hidden) {
			chosen = i
		}
		s.d.Sheets = append(s.d.Sheets, x.Name)
		text := "“" + shorten(x.Name) + "”"
		if x.Hidden {
			text += " (not shown in Excel)"
		} else {
			shown++
		}
		named = append(named, text)
	}
	return chosen, shown, named, nil
}

// row takes a row of the sheet.
func (s *sheet) row(row int, hidden bool, cells []xlsx.Cell) error {
	if hidden {
		s.hidden++
	}
	if s.begun {
		return s.add(row, cells)
	}
	own := slices.Clone(cells)
	for i := range own {
		own[i].Text = bytes.Clone(own[i].Text)
	}
	s.first = append(s.first, sheetRow{row, own})
	if len(s.first) < firstRows {
		return nil
	}
	return s.begin()
}

// begin finds the header among the first rows and adds those below it.
func (s *sheet) begin() error {
	switch {
	case s.begun:
		return nil
	case len(s.first) == 0:
		return refuse(s.name, "empty file", "the sheet “%s” holds nothing; check that the workbook was saved", shorten(s.d.Sheet))
	}
	s.begun = true
	at := s.aboveHeader()
	if at > 0 {
		var texts []string
		for _, x := range s.first[:at] {
			texts = append(texts, string(x.cells[0].Text))
		}
		s.found.add(Problem{Line: s.first[0].row, Kind: "lines above the header", Severity: Note, Value: shorten(texts[0]),
			Text: fmt.Sprintf("%s above the header were left out: %s", several(at, "row", "rows"), quoteList(texts, 5))})
		s.d.Evidence = append(s.d.Evidence, fmt.Sprintf("Header in row %d: the rows above it have hardly a cell, and it has a name for each cell of the rows below.", s.first[at].row))
	}
	rest := s.readNames(s.first[at:])
	s.first = nil
	for _, x := range rest {
		if err := s.add(x.row, x.cells); err != nil {
			return err
		}
	}
	return nil
}

// aboveHeader is how many of the first rows say what the sheet is: as they
// would in a file of text.
func (s *sheet) aboveHeader() int {
	low, high := MaxColumns, 0
	for _, x := range s.first {
		low, high = min(low, x.cells[0].Column), max(high, x.cells[len(x.cells)-1].Column)
	}
	var b []byte
	for _, x := range s.first {
		if len(b) > headBytes {
			break
		}
		i := low
		for _, c := range x.cells {
			for ; i < c.Column; i++ {
				b = append(b, '\t')
			}
			b = append(b, strings.Map(plainRune, strings.ReplaceAll(string(c.Text), `"`, "'"))...)
		}
		for ; i < high; i++ {
			b = append(b, '\t')
		}
		b = append(b, '\n')
	}
	length, _ := preamble(b, '\t', true)
	at := lineEnds(b[:length])
	for at > 0 && s.first[at-1].row+1 == s.first[at].row && s.grouped(s.first[at-1].row, low, high) {
		at--
	}
	return at
}

// grouped reports whether a row has cells that are merged side by side, over a
// part of the table's columns: names of groups, not a title.
func (s *sheet) grouped(row, low, high int) bool {
	return slices.ContainsFunc(s.outline.Merged, func(m xlsx.Range) bool {
		return m.Row == row && m.LastRow == row && m.LastColumn > m.Column && (m.Column > low || m.LastColumn < high)
	})
}

// readNames makes the header of the first row, or of the first few where merged
// cells say that it has more, and returns the rows below.
func (s *sheet) readNames(rows []sheetRow) []sheetRow {
	top := rows[0].row
	var merged []xlsx.Range
	bottom := top
	for _, m := range s.outline.Merged {
		if m.Row == top && m.Column < MaxColumns {
			merged = append(merged, m)
			bottom = max(bottom, min(m.LastRow, top+4))
		}
	}
	if bottom == top && underMerged(rows, merged) {
		bottom++
	}
	n := 1
	for n < len(rows) && rows[n].row <= bottom {
		n++
	}
	for _, m := range s.outline.Merged {
		if m.Row > top && m.Row <= bottom {
			merged = append(merged, m)
		}
	}
	for _, x := range rows[:n] {
		var over []xlsx.Range
		for _, m := range merged {
			if m.Row == x.row {
				over = append(over, m)
			}
		}
		s.nameBy(x.cells, over)
	}
	if len(merged) > 0 {
		s.found.add(Problem{Line: top, Kind: "merged cells", Severity: Warning,
			Text: fmt.Sprintf("the header has merged cells over %s; a column's name was made of all texts above it: check the names", several(n, "row", "rows"))})
	}
	s.firstLine, s.last = top, rows[n-1].row
	s.columns, s.told = make([]texts, len(s.header)), make([]stored, len(s.header))
	return rows[n:]
}

// underMerged reports whether the row below a header with cells merged side by
// side holds names too: a text under each of them, and no number.
func underMerged(rows []sheetRow, merged []xlsx.Range) bool {
	if len(rows) < 3 || rows[1].row != rows[0].row+1 {
		return false
	}
	under := 0
	for _, m := range merged {
		for _, c := range rows[1].cells {
			if m.LastColumn > m.Column && c.Column >= m.Column && c.Column <= m.LastColumn {
				under++
			}
		}
	}
	return under > 1 && !slices.ContainsFunc(rows[1].cells, func(c xlsx.Cell) bool { return c.Kind != xlsx.Text || looksNumeric(string(c.Text)) })
}

// nameBy adds a row of the header to the names of the columns.
func (s *sheet) nameBy(cells []xlsx.Cell, merged []xlsx.Range) {
	for _, c := range cells {
		last := c.Column
		for _, m := range merged {
			if m.Column == c.Column {
				last = min(m.LastColumn, MaxColumns-1)
			}
		}
		for i := c.Column; i <= last; i++ {
			for len(s.header) <= i {
				s.header = append(s.header, "")
			}
			s.header[i] = strings.TrimSpace(s.header[i] + " " + string(c.Text))
		}
	}
}

// add adds a row below the header to the columns. A cell beyond the last name
// begins a column without one.
func (s *sheet) add(row int, cells []xlsx.Cell) error {
	s.blankLines += row - s.last - 1
	s.last = row
	s.d.Line = append(s.d.Line, int32(row))
	s.filled = len(s.d.Line)
	i := 0
	for _, c := range cells {
		for len(s.columns) <= c.Column {
			if err := s.widen(); err != nil {
				return err
			}
		}
		s.padded += int64(c.Column - i)
		for ; i < c.Column; i++ {
			s.columns[i].add(nil)
		}
		s.columns[i].add(c.Text)
		s.note(row, c)
		i++
	}
	s.padded += int64(len(s.columns) - i)
	for ; i < len(s.columns); i++ {
		s.columns[i].add(nil)
	}
	return s.tooBlank(row)
}

// widen adds a column without a name, blank in the rows so far.
func (s *sheet) widen() error {
	s.header, s.columns, s.told = append(s.header, ""), append(s.columns, texts{}), append(s.told, stored{})
	t := &s.columns[len(s.columns)-1]
	for range len(s.d.Line) - 1 {
		t.add(nil)
	}
	s.padded += int64(len(s.d.Line) - 1)
	return s.tooBlank(s.last)
}

// tooBlank refuses a sheet that is nothing but blanks: they cost a workbook no
// byte.
func (s *sheet) tooBlank(row int) error {
	if s.padded <= maxBlanks*(s.size+1<<10) && s.padded <= s.meter.limit {
		return nil
	}
	e := refuse(s.name, "too many columns", "the %d columns and %d rows of the sheet are blank nearly everywhere; leave out the columns that are not needed and save it again", len(s.columns), row)
	e.Problem.Line = row
	return e
}

// note keeps what the column must know of how a cell was stored.
func (s *sheet) note(row int, c xlsx.Cell) {
	t := &s.told[c.Column]
	problem := func(kind, format string, args ...any) {
		s.found.add(Problem{Line: row, Column: nameless(c.Column), Value: shorten(string(c.Text)), Kind: kind, Severity: Warning, Text: fmt.Sprintf(format, args...)})
	}
	switch c.Kind {
	case xlsx.Number:
		t.numbers++
		if bytes.IndexByte(c.Text, '.') >= 0 {
			t.fractions++
		}
	case xlsx.Text:
		if len(c.Text) > 0 && (c.Text[0] < 'A' || c.Text[0] > 0x7F) && looksNumeric(string(c.Text)) {
			if t.numerals++; t.numerals == 1 {
				t.row, t.example = row, string(c.Text)
			}
		}
	case xlsx.Broken:
		if text := string(c.Text); !slices.Contains(t.broken, text) && len(t.broken) < 20 {
			t.broken = append(t.broken, text)
		}
		problem("error in a cell", "the formula of this cell failed (%s); the cell was read as missing: correct it in Excel", shorten(string(c.Text)))
	case xlsx.Undone:
		problem("no result", "this cell holds a formula whose result was not saved; it was read as missing: open the workbook in Excel and save it there")
	case xlsx.NoDay:
		problem("no date", "the cell is shown as a date and its number, %s, is no day; it was read as the number: correct it in Excel", shorten(string(c.Text)))
	}
}

// end says what the sheet hides and gives the columns what was noted.
func (s *sheet) end() error {
	if s.hidden > 0 {
		s.found.add(Problem{Kind: "hidden rows", Severity: Warning, Text: fmt.Sprintf("Excel does not show %s (hidden, or left out by a filter); they were read like the others: delete them in Excel if they do not belong to the table", several(s.hidden, "row", "rows"))})
	}
	left := s.trimLeft()
	for i, t := range s.told {
		if t.numbers > 0 && t.numerals > 0 {
			s.found.add(Problem{Line: t.row, Column: nameless(i), Value: shorten(t.example), Kind: "number as text", Severity: Warning,
				Text: fmt.Sprintf("numbers are stored as text in %s, such as “%s”, among cells that hold numbers; check how they were read", several(t.numerals, "cell", "cells"), shorten(t.example))})
		}
	}
	for _, h := range s.outline.Columns {
		for i := max(0, h.Column-left); i <= h.LastColumn-left && i < len(s.told); i++ {
			s.found.add(Problem{Column: nameless(i), Kind: "hidden column", Severity: Note, Text: "Excel does not show this column; it was read like the others"})
		}
	}
	if err := s.finish(); err != nil {
		return err
	}
	for i, c := range s.d.Columns {
		c.File.Missing = s.told[i].broken
		if s.told[i].fractions > 0 {
			c.File.Decimal = "."
		}
	}
	return nil
}

// trimLeft leaves out columns at the left end without name and value, and
// tells how many.
func (s *sheet) trimLeft() int {
	n := 0
	for n < len(s.columns)-1 && strings.TrimSpace(s.header[n]) == "" && len(bytes.TrimSpace(s.columns[n].arena)) == 0 {
		n++
	}
	if n == 0 {
		return 0
	}
	s.header, s.columns, s.told = s.header[n:], s.columns[n:], s.told[n:]
	for i, p := range s.found.list {
		if number, ok := strings.CutPrefix(p.Column, "\x00"); ok {
			at, _ := strconv.Atoi(number)
			s.found.list[i].Column = nameless(at - n)
		}
	}
	s.found.add(Problem{Line: s.firstLine, Kind: "blank columns", Severity: Note, Text: fmt.Sprintf("%s at the left end, without name and value, were left out", several(n, "column", "columns"))})
	return n
}
