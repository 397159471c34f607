package dataset

import (
	"bytes"
	"fmt"
	"strings"
)

// finish settles what needed the whole file: the encoding, what to do with
// blank ends, the names.
func (r *reading) finish() error {
	d := r.d
	if r.filled == 0 {
		if len(r.header) == 1 {
			return refuse(r.name, "not a table", "the file has one line of text and nothing that looks like columns; check that it is a CSV file")
		}
		return refuse(r.name, "no rows", "the file has a header of %d columns and no rows; check that the export was finished and save it again", len(r.header))
	}
	if n := len(d.Line) - r.filled; n > 0 {
		r.found.add(Problem{Line: int(d.Line[r.filled]), Kind: "blank rows", Severity: Note, Text: fmt.Sprintf("%s at the end of the file hold nothing and were left out", several(n, "row", "rows"))})
	}
	d.Line = d.Line[:r.filled:r.filled]
	d.Rows = r.filled
	if r.blankLines > 0 {
		r.found.add(Problem{Kind: "blank rows", Severity: Note, Text: fmt.Sprintf("%s without any cell were left out", several(r.blankLines, "line", "lines"))})
	}
	r.trimColumns()
	for i := range r.columns {
		r.columns[i].slots, r.columns[i].one, r.columns[i].two = nil, nil, nil // no text is looked for any more
	}
	r.settleEncoding()
	dec := newDecoder(d.Encoding)
	for i := range r.columns {
		t := &r.columns[i]
		c := &Column{Codes: t.codes(r.filled)}
		r.decode(c, t, dec)
		*t = texts{} // its memory is free before the next column's codes are made
		d.Columns = append(d.Columns, c)
	}
	r.nameColumns(dec)
	r.locate()
	if len(d.Columns) == 1 && d.Format == "" {
		r.found.add(Problem{Line: r.firstLine, Kind: "one column", Severity: Warning, Text: "only one column was found; if the file has more, tell which character divides them"})
	}
	d.Problems = r.found.all(d.Name)
	d.reading, d.evidence = len(d.Problems), len(d.Evidence)
	return nil
}

func several(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// trimColumns drops columns at the right end that have neither name nor value.
func (r *reading) trimColumns() {
	n := len(r.columns)
	for n > 1 && strings.TrimSpace(r.header[n-1]) == "" && len(bytes.TrimSpace(r.columns[n-1].arena)) == 0 {
		n--
	}
	if n < len(r.columns) {
		r.found.add(Problem{Line: r.firstLine, Kind: "blank columns", Severity: Note, Text: fmt.Sprintf("%s at the right end, without name and value, were left out", several(len(r.columns)-n, "column", "columns"))})
		r.columns, r.header = r.columns[:n], r.header[:n]
	}
}

// settleEncoding chooses between UTF-8 and Windows-1252 by all texts of the
// file. A single letter of ours in Windows-1252 is never valid UTF-8, so one
// such text and no valid one is sure.
func (r *reading) settleEncoding() {
	d := r.d
	if d.Encoding != "" { // UTF-16
		return
	}
	if r.opt.Encoding != "" {
		d.Encoding = r.opt.Encoding
		d.Evidence = append(d.Evidence, fmt.Sprintf("Encoding %s: as chosen.", d.Encoding))
		return
	}
	var n tally
	for _, name := range r.header {
		n.add([]byte(name))
	}
	for i := range r.columns {
		t := &r.columns[i]
		if ascii(t.arena) {
			n.ascii += len(t.ends)
			continue
		}
		for code := range t.ends {
			n.add(t.text(int32(code)))
		}
	}
	why := ""
	switch {
	case d.BOM:
		d.Encoding, why = UTF8, "a byte order mark stands first"
	case n.other == 0 && n.utf8 == 0:
		d.Encoding, why = UTF8, "the file holds plain ASCII only"
	case n.other == 0:
		d.Encoding, why = UTF8, fmt.Sprintf("%s with letters beyond ASCII, all valid", several(n.utf8, "text", "texts"))
	case n.utf8 == 0:
		d.Encoding, why = Windows1252, fmt.Sprintf("%s with letters beyond ASCII, none valid as UTF-8", several(n.other, "text", "texts"))
		defer r.askLatin9()
	default:
		d.Encoding, why = UTF8, fmt.Sprintf("%s valid as UTF-8, but %d are not", several(n.utf8, "text is", "texts are"), n.other)
	}
	d.Evidence = append(d.Evidence, fmt.Sprintf("Encoding %s: %s.", d.Encoding, why))
}

// decode makes the distinct texts of a column.
func (r *reading) decode(c *Column, t *texts, dec decoder) {
	if letters, ends, ok := dec.all(t); ok {
		t.arena = nil
		c.Raw = make([]string, len(ends))
		from := uint32(0)
		for i, to := range ends {
			c.Raw[i] = letters[from:to]
			from = to
		}
		return
	}
	c.Raw = make([]string, len(t.ends))
	for i := range c.Raw {
		text, clean := dec.text(t.text(int32(i)))
		kind := "encoding"
		if strings.IndexByte(text, 0) >= 0 {
			text = strings.ReplaceAll(text, "\x00", "")
			clean, kind = false, "zero byte"
		}
		text = strings.ReplaceAll(text, "\ufeff", "") // where two files were joined
		c.Raw[i] = text
		if !clean {
			p := Problem{Value: shorten(text), Kind: kind, Severity: Warning}
			if row := -1; r.found.count[kind] < problemsOfKind {
				if row = c.firstRow(int32(i)); row < 0 {
					continue // only in rows left out
				}
				p.Line = int(r.d.Line[row])
			}
			if kind == "zero byte" {
				p.Text = "this cell holds zero bytes, which were taken out; check that the export is complete"
			} else {
				p.Text = fmt.Sprintf("some letters of this cell are not written in %s; they were read as Windows-1252: check them", dec.name)
			}
			p.Column = nameless(len(r.d.Columns))
			r.found.add(p)
		}
	}
}

// nameless stands in a Problem for the name of a column until the names
// are settled.
func nameless(i int) string { return fmt.Sprintf("\x00%d", i) }

// firstRow is the first row that holds the text, or -1.
func (c *Column) firstRow(code int32) int { return c.Codes.First(code) }

// nameColumns gives every column a name of its own.
func (r *reading) nameColumns(dec decoder) {
	taken := map[string]bool{}
	numeric := 0
	for i, c := range r.d.Columns {
		name, _ := dec.text([]byte(r.header[i]))
		name = strings.TrimSpace(strings.Map(plainRune, name))
		if i < len(r.labels) {
			label, _ := dec.text([]byte(r.labels[i]))
			if label = strings.Map(plainRune, label); name == "" {
				name = label
			} else if label != name {
				c.File.Label = label
			}
		}
		if name == "" {
			name = fmt.Sprintf("column %d", i+1)
			r.found.add(Problem{Line: r.firstLine, Column: name, Kind: "no name", Severity: Warning, Text: fmt.Sprintf("column %d has no name in the header and was called “%s”", i+1, name)})
		}
		if looksNumeric(name) {
			numeric++
		}
		c.Name = name
		for n := 2; taken[c.Name]; n++ {
			c.Name = fmt.Sprintf("%s (%d)", name, n)
		}
		if c.Name != name {
			r.found.add(Problem{Line: r.firstLine, Column: c.Name, Value: name, Kind: "duplicate name", Severity: Warning,
				Text: fmt.Sprintf("two columns are called “%s”; the one at position %d was renamed “%s”: check which of them is meant", shorten(name), i+1, shorten(c.Name))})
		}
		taken[c.Name] = true
	}
	if numeric*2 > len(r.d.Columns) && numeric > 1 {
		r.found.add(Problem{Line: r.firstLine, Kind: "header", Severity: Warning,
			Text: "most names of columns are numbers, so the first line may be data and the header missing; add a line of names on top"})
	}
}

// plainRune drops control characters, which a name on the screen cannot show.
func plainRune(c rune) rune {
	switch {
	case c == '\n', c == '\r', c == '\t':
		return ' '
	case c < 0x20, c == 0x7F, c == 0xFEFF:
		return -1
	}
	return c
}

// locate puts the settled names into problems found before.
func (r *reading) locate() {
	names := map[string]string{}
	for i, c := range r.d.Columns {
		names[nameless(i)] = c.Name
	}
	for i, p := range r.found.list {
		if name, ok := names[p.Column]; ok {
			r.found.list[i].Column = name
		}
	}
}
