package dataset

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
)

// Decision is what was decided about a row of a file.
type Decision string

// The decisions.
const (
	CorrectCell Decision = "cell"    // one cell holds another text
	ExcludeRow  Decision = "exclude" // the row is left out, for a reason
	AcceptAsIs  Decision = "accept"  // a finding was looked at and stays as it is
)

// Correction is one decision about one row. It holds a patient's values, so it
// belongs to a project and never to a recipe.
type Correction struct {
	Decision Decision `json:"decision"`
	Line     int      `json:"line,omitempty"`    // of the file, where the row starts; 0: of the file as a whole (accept only)
	Column   string   `json:"column,omitempty"`  // of the cell; "" for a row
	Before   string   `json:"before,omitempty"`  // the cell as it stands in the file; of a finding, its value
	After    string   `json:"after,omitempty"`   // of a corrected cell
	Finding  string   `json:"finding,omitempty"` // kind of the finding that it answers, "" for none
	Reason   string   `json:"reason,omitempty"`
}

// With understands the table anew by other rules and with decisions about its
// rows. The receiver stays as it is; both share the texts of the file.
//
// A decision that does not fit, because the file has no such line or column
// or another text in the cell, is a Problem and changes nothing.
func (d *Dataset) With(opt Options, decisions []Correction) *Dataset {
	base := d
	if d.pristine != nil {
		base = d.pristine
	}
	next := *base
	next.pristine = base
	next.Columns = make([]*Column, len(base.Columns))
	recoded := make([][]Merge, len(base.Columns))
	for i, c := range base.Columns {
		own := *c
		recoded[i] = own.recode(opt.Columns[c.Name].Recode)
		next.Columns[i] = &own
	}
	next.Problems = slices.Clone(base.Problems[:base.reading])
	next.decide(decisions)
	next.reading = len(next.Problems)
	next.Interpret(opt)
	for i, c := range next.Columns {
		c.Recoded = recoded[i]
	}
	return &next
}

// decide applies the decisions.
func (d *Dataset) decide(decisions []Correction) {
	d.excluded = nil
	changes := map[*Column]map[int]int32{}
	for _, x := range decisions {
		row := d.Row(x.Line)
		switch {
		case x.Decision == AcceptAsIs:
		case row < 0:
			d.unfit(x, "the file has no row that starts on line %d", x.Line)
		case x.Decision == ExcludeRow:
			if d.excluded == nil {
				d.excluded = map[int32]string{}
			}
			d.excluded[int32(row)] = x.Reason
		case x.Decision == CorrectCell:
			d.correctCell(x, row, changes)
		default:
			d.unfit(x, "“%s” is no decision", string(x.Decision))
		}
	}
	for c, change := range changes {
		c.Codes = c.Codes.With(change)
	}
}

func (d *Dataset) correctCell(x Correction, row int, changes map[*Column]map[int]int32) {
	i := slices.IndexFunc(d.Columns, func(c *Column) bool { return c.Name == x.Column })
	if i < 0 {
		d.unfit(x, "the file has no column “%s”", x.Column)
		return
	}
	if text := d.pristine.Columns[i].RawText(row); sameEnds(text) != sameEnds(x.Before) {
		d.unfit(x, "the cell holds “%s” and not “%s”", shorten(text), shorten(x.Before))
		return
	}
	c := d.Columns[i]
	if changes[c] == nil {
		changes[c] = map[int]int32{}
	}
	changes[c][row] = c.codeOf(x.After)
}

// sameEnds is a text with one kind of line end: a file of decisions does not
// keep the others apart.
func sameEnds(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

func (d *Dataset) unfit(x Correction, format string, args ...any) {
	d.Problems = append(d.Problems, Problem{File: d.Name, Line: x.Line, Column: x.Column, Value: shorten(x.Before), Kind: "decision does not fit", Severity: Warning,
		Text: "a decision about this place was not used: " + fmt.Sprintf(format, args...) + "; take the decision back or open the file it was made for"})
}

// Row is the row that starts on a line of the file, or -1.
func (d *Dataset) Row(line int) int {
	i := sort.Search(len(d.Line), func(i int) bool { return int(d.Line[i]) >= line })
	if i == len(d.Line) || int(d.Line[i]) != line {
		return -1
	}
	return i
}

// Excluded tells whether a row was left out by decision, and why.
func (d *Dataset) Excluded(row int) (reason string, out bool) {
	reason, out = d.excluded[int32(row)]
	return reason, out
}

// FileText is a cell as it stands in the file, whatever was decided about it.
func (d *Dataset) FileText(column, row int) string {
	if d.pristine != nil {
		return d.pristine.Columns[column].RawText(row)
	}
	return d.Columns[column].RawText(row)
}

// recode replaces texts by others, as if the file had them, and tells which.
func (c *Column) recode(rules map[string]string) []Merge {
	if len(rules) == 0 {
		return nil
	}
	move := make([]int32, len(c.Raw), len(c.Raw)+len(rules))
	var done []Merge
	for i := range move {
		move[i] = int32(i)
		from := strings.TrimSpace(c.Raw[i])
		to, ok := rules[from]
		if !ok || to == from {
			continue
		}
		move[i] = c.codeOf(to)
		if k := slices.IndexFunc(done, func(m Merge) bool { return m.To == to }); k >= 0 {
			done[k].From = append(done[k].From, c.Raw[i])
		} else {
			done = append(done, Merge{To: to, From: []string{c.Raw[i]}})
		}
	}
	if len(done) == 0 {
		return nil
	}
	c.Codes = c.Codes.Mapped(move)
	return done
}

// codeOf is the code of a text, which is added when the column lacks it.
func (c *Column) codeOf(text string) int32 {
	if i := slices.Index(c.Raw, text); i >= 0 {
		return int32(i)
	}
	c.Raw = append(slices.Clip(c.Raw), text)
	return int32(len(c.Raw) - 1)
}

// Recodes reports whether the options replace texts.
func (opt Options) Recodes() bool {
	for _, rule := range opt.Columns {
		if len(rule.Recode) > 0 {
			return true
		}
	}
	return false
}

// WithoutRecodes is the options for a first reading, whose texts are still
// those of the file.
func (opt Options) WithoutRecodes() Options {
	if !opt.Recodes() {
		return opt
	}
	opt.Columns = maps.Clone(opt.Columns)
	for name, rule := range opt.Columns {
		rule.Recode = nil
		opt.Columns[name] = rule
	}
	return opt
}
