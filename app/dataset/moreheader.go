package dataset

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// moreHeader counts the records below the header that are names too: the
// wording of the questions, and identifiers, as survey services write them, or
// units such as kg. No cell of such a record is a number, at least two stand
// over columns of numbers only, and none is a text that the data below have.
func moreHeader(head []byte, delim byte, whole bool) int {
	rows := firstCells(head, delim, whole)
	if len(rows) < 5 {
		return 0
	}
	width, data := len(rows[0]), rows[3:]
	numbers := make([]bool, width) // columns in which every filled cell is one
	for i := range numbers {
		n := 0
		all := !slices.ContainsFunc(data, func(row []string) bool {
			if i >= len(row) || row[i] == "" {
				return false
			}
			n++
			return !looksNumeric(row[i])
		})
		numbers[i] = all && n > 1
	}
	names := func(row []string) bool {
		over := ""
		different := false
		for i, cell := range row {
			switch {
			case cell == "":
			case i >= width || looksNumeric(cell) || alwaysMissing(cell):
				return false
			case numbers[i]:
				different = different || over != "" && over != cell
				over = cell
			case slices.ContainsFunc(data, func(other []string) bool { return i < len(other) && other[i] == cell }):
				return false
			}
		}
		return different && len(row) == width
	}
	switch {
	case !names(rows[1]):
		return 0
	case names(rows[2]):
		return 2
	}
	return 1
}

// firstCells are the cells of the first records that hold any.
func firstCells(head []byte, delim byte, whole bool) (rows [][]string) {
	s := newScannerOver(head, delim)
	for s.more() && len(rows) < 60 {
		var row []string
		any := false
		for last := false; !last; {
			cell, _, l, err := s.field()
			if err != nil {
				return rows
			}
			last = l
			cell = bytes.TrimSpace(cell)
			any = any || len(cell) > 0
			row = append(row, string(cell))
		}
		if !whole && s.r == s.w {
			break // may be cut
		}
		if any {
			rows = append(rows, row)
		}
	}
	return rows
}

// remember writes the header as it may come again.
func (r *reading) remember(delim byte) {
	if len(r.header) < 2 || r.shift {
		return
	}
	between := string(delim)
	for _, raw := range []string{strings.Join(r.header, between), `"` + strings.Join(r.header, `"`+between+`"`) + `"`} {
		r.repeats = append(r.repeats, raw, "\ufeff"+raw)
	}
}

// skipMore reads the further records of names; the first gives the columns
// their labels, and names to those that have none.
func (r *reading) skipMore(s *scanner) error {
	for n := 0; n < r.more && s.more(); n++ {
		line := s.line
		var row []string
		for last := false; !last; {
			cell, _, l, err := s.field()
			if err != nil {
				return r.explain(s, err)
			}
			last = l
			row = append(row, strings.TrimSpace(string(cell)))
		}
		s.stray = s.stray[:0]
		if n == 0 {
			r.labels = row
		}
		texts := slices.DeleteFunc(slices.Clone(row), func(text string) bool { return text == "" })
		if len(texts) == 0 { // a blank line between
			n--
			continue
		}
		r.found.add(Problem{Line: line, Kind: "header", Severity: Warning, Value: shorten(texts[0]),
			Text: fmt.Sprintf("this line was taken as names too, not as data, since it has texts over columns of numbers: %s; if it is a patient's, correct the texts in it", quoteList(texts, 3))})
	}
	return nil
}

// again reports whether the record that begins is the header once more, as where
// exports were joined one behind the other, and passes over it.
func (r *reading) again(s *scanner) (bool, error) {
	for _, raw := range r.repeats {
		if !s.begins(raw) {
			continue
		}
		line := s.line
		for last := false; !last; {
			var err error
			if _, _, last, err = s.field(); err != nil {
				return false, err
			}
		}
		s.stray = s.stray[:0]
		r.found.add(Problem{Line: line, Kind: "header again", Severity: Warning, Text: "this line repeats the names of the columns, as where two files were joined; it was left out"})
		return true, nil
	}
	return false, nil
}

// begins reports whether what is not yet consumed begins with a whole line.
func (s *scanner) begins(line string) bool {
	for {
		window := s.buf[s.r:s.w]
		switch {
		case len(window) > len(line):
			c := window[len(line)]
			return string(window[:len(line)]) == line && (c == '\n' || c == '\r')
		case line[:len(window)] != string(window):
			return false
		case !s.fill():
			return len(window) == len(line)
		}
	}
}
