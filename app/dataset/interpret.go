package dataset

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// numericShare is the share of a column's cells that must be numbers (or
// dates) for the rest to count as odd cells in a numeric column rather than
// the column as text.
const numericShare = 0.9

// Interpret understands the columns anew by other rules, from the texts that
// are already here. Encoding and delimiter need the file and are not looked at.
func (d *Dataset) Interpret(opt Options) {
	d.Problems = d.Problems[:d.reading:d.reading]
	d.Evidence = d.Evidence[:d.evidence:d.evidence]
	d.index()
	studies := make([]*study, len(d.Columns))
	for i, c := range d.Columns {
		studies[i] = newStudy(d, c, opt)
	}
	d.settleDecimal(studies, opt)
	for i, s := range studies {
		s.understand()
		studies[i] = nil // its marks are not needed any more
		d.Problems = append(d.Problems, s.found.all(d.Name)...)
	}
	d.settle1904(opt)
	d.askEncoding()
	d.reportMissing()
}

// study is one column while it is being understood.
type study struct {
	d     *Dataset
	c     *Column
	rule  ColumnRule
	marks []marks
	// rows by what their texts are
	values, numbers int
	tally           [commaEither + 1]int
	found           problems
	decided         bool  // numbers of the file decide its decimal mark, or the analyst
	held            []int // texts that may say that there is no value
	spaces          bool  // blanks around texts were taken off
	bare            bool  // a sign or unit is taken off numbers
}

// newStudy resets the column and finds what is missing and what is a number.
func newStudy(d *Dataset, c *Column, opt Options) *study {
	s := &study{d: d, c: c, rule: opt.Columns[c.Name].Or(c.File)}
	if len(c.File.Missing) > 0 && len(s.rule.Missing) > 0 {
		s.rule.Missing = slices.Concat(s.rule.Missing, c.File.Missing)
	}
	n := len(c.Raw)
	*c = Column{Name: c.Name, Label: s.rule.Label, File: c.File, Codes: c.Codes, Raw: c.Raw, Clean: c.Raw,
		Missing: make([]bool, n), Number: make([]float64, n), Count: make([]int32, n)}
	c.Codes.Tally(c.Count)
	s.marks = make([]marks, n)
	if s.rule.Kind == Number.String() || s.rule.Kind == Integer.String() {
		found, _, _ := s.signed()
		s.bare = len(found) == 1
	}
	for i, raw := range c.Raw {
		c.Number[i] = math.NaN()
		text := strings.TrimSpace(raw)
		switch why := s.missing(text, opt.MissingCodes); {
		case why != "":
			s.miss(i, text, why)
			continue
		case c.Count[i] == 0:
			continue
		case len(text) < len(raw):
			s.spaces = true
			s.clean(i, text)
		}
		s.marks[i] = numeralMarks(s.numeral(text))
		if s.marks[i] == noNumber && s.hold(i, text) {
			continue
		}
		rows := int(c.Count[i])
		s.values += rows
		s.tally[s.marks[i]] += rows
	}
	s.numbers = s.values - s.tally[noNumber]
	return s
}

// clean sets what a text was understood as. Clean shares Raw's memory until
// the first difference.
func (s *study) clean(i int, text string) {
	c := s.c
	if c.Clean[i] == text {
		return
	}
	if &c.Clean[0] == &c.Raw[0] {
		c.Clean = slices.Clone(c.Raw)
	}
	c.Clean[i] = text
}

// numeric reports whether so many cells are numbers that the rest are odd.
func (s *study) numeric() bool {
	return s.values > 0 && float64(s.numbers) >= numericShare*float64(s.values)
}

// understand gives the column its kind.
func (s *study) understand() {
	c := s.c
	asked := s.rule.Kind
	if s.values == 0 {
		s.release()
	}
	switch {
	case s.values == 0:
		c.Kind, c.Why = Empty, "No row has a value."
	case asked == Date.String() || asked == "" && s.datesByText():
		if !s.dates() {
			s.text()
		}
	case asked == Number.String() || asked == Integer.String() || asked == "" && s.numeric():
		s.number()
	case asked == YesNo.String() || asked == "":
		if !s.yesNo() {
			s.text()
		}
	default:
		s.text()
	}
	if asked != "" && s.values > 0 {
		for k, name := range kindNames {
			if name == asked && (c.Kind != Number && c.Kind != Integer || !Kind(k).Numeric()) {
				c.Kind = Kind(k)
			}
		}
		c.Why = strings.TrimSpace("Kind as chosen. " + c.Why)
	}
	s.settleHeld()
	s.heed()
	s.finish()
}

// example is the first text of that form and its line.
func (s *study) example(form marks) (text string, line int) {
	for i, m := range s.marks {
		if m == form && s.c.Count[i] > 0 && !s.c.Missing[i] {
			return s.c.Raw[i], s.line(int32(i))
		}
	}
	return "", 0
}

// line is where a text occurs first.
func (s *study) line(code int32) int {
	if row := s.c.firstRow(code); row >= 0 {
		return int(s.d.Line[row])
	}
	return 0
}

// say adds a Problem of this column.
func (s *study) say(severity Severity, kind, value string, line int, format string, args ...any) {
	s.found.add(Problem{Line: line, Column: s.c.Name, Value: shorten(value), Kind: kind, Severity: severity, Text: fmt.Sprintf(format, args...)})
}

// ask adds a Problem that is a question and marks the column as doubtful.
func (s *study) ask(kind, value string, line int, format string, args ...any) {
	s.say(Warning, kind, value, line, format, args...)
	s.c.Doubt = strings.TrimSpace(s.c.Doubt + " " + sentence(fmt.Sprintf(format, args...)))
}

// sentence gives a phrase its capital letter and full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	r := []rune(s)
	return strings.ToUpper(string(r[:1])) + string(r[1:]) + "."
}

// finish counts, and picks the examples.
func (s *study) finish() {
	c := s.c
	if s.spaces {
		c.Why += " Blanks around the text were left out."
	}
	if i := slices.IndexFunc(c.MissingCodes, func(m MissingCode) bool { return m.Code == "" }); i > 0 {
		blank := c.MissingCodes[i]
		copy(c.MissingCodes[1:], c.MissingCodes[:i])
		c.MissingCodes[0] = blank
	}
	c.count()
}
