package dataset

import (
	"fmt"
	"math"
	"strings"
)

// number reads the column as numbers.
func (s *study) number() {
	c := s.c
	s.columnDecimal()
	if s.bare {
		found, example, line := s.signed()
		s.say(Note, "number with a sign", example, line, "“%s” was left off numbers such as “%s”", found[0], example)
	}
	for i := range c.Raw {
		if c.Missing[i] || c.Count[i] == 0 {
			continue
		}
		text := s.numeral(c.Raw[i])
		mark := byte(c.Decimal)
		switch s.marks[i] {
		case point:
			mark = '.'
		case comma:
			mark = ','
		}
		v := math.NaN()
		if s.marks[i] != noNumber {
			text = canonical(text, mark)
			v = parseCanonical(text)
		}
		if math.IsNaN(v) {
			c.Odd = append(c.Odd, int32(i))
			c.Missing[i] = true
			s.clean(i, "")
			continue
		}
		c.Number[i] = v
		s.clean(i, text)
	}
	if s.serialDates() {
		return
	}
	s.codes()
	s.odd("text in a number", "“%s” is not a number, though %s; it was left out as missing: correct it in the file or leave it so")
	if s.identifier() {
		return
	}
	c.Kind = Integer
	for i, v := range c.Number {
		if !math.IsNaN(v) && c.Count[i] > 0 && v != math.Trunc(v) {
			c.Kind = Number
			break
		}
	}
	kind := "whole numbers"
	if c.Kind == Number {
		kind = "numbers"
	}
	left := s.values
	for _, m := range c.MissingCodes {
		if m.Why != "blank" && m.Applied && looksNumeric(m.Code) {
			left -= m.Count
		}
	}
	c.Why = fmt.Sprintf("All %d values are %s", left, kind)
	if len(c.Odd) > 0 {
		c.Why = fmt.Sprintf("%d of %d values are %s", left-s.tally[noNumber], left, kind)
	}
	if s.tally[point]+s.tally[comma]+s.tally[pointEither]+s.tally[commaEither] > 0 {
		c.Why += ", with decimal " + markName(c.Decimal)
	}
	c.Why += "."
}

// odd reports, row by row, the cells that the column's kind cannot hold.
func (s *study) odd(kind, format string) {
	c := s.c
	if len(c.Odd) == 0 {
		return
	}
	share := fmt.Sprintf("%d of the column's %d values are", s.values-s.tally[noNumber], s.values)
	is := make([]bool, len(c.Raw))
	for _, code := range c.Odd {
		is[code] = true
	}
	for row, code := range c.Codes.All() {
		if is[code] {
			s.say(Warning, kind, c.Raw[code], int(s.d.Line[row]), format, shorten(c.Raw[code]), share)
		}
	}
}

// identifier recognises numbers that are names: by the column's name, or by
// zeros in front that a number would lose.
func (s *study) identifier() bool {
	c := s.c
	byName := named(c.Name, idNames)
	padded, length, long := false, 0, s.numbers > 0
	for i, raw := range c.Raw {
		if c.Missing[i] || c.Count[i] == 0 {
			continue
		}
		text := strings.TrimSpace(raw)
		if length == 0 {
			length = len(text)
		}
		long = long && len(text) > 15 && onlyDigits(text)
		if len(text) != length || !onlyDigits(text) {
			length = -1
		}
		padded = padded || len(text) > 1 && text[0] == '0'
	}
	padded = padded && length > 0
	if !byName && !padded && !long || len(c.Odd) > 0 {
		return false
	}
	c.Kind, c.Why = Label, "The name says that it identifies."
	if long {
		c.Why = "Numbers of more than 15 digits, of which a number would lose the last."
	}
	if padded {
		c.Why = fmt.Sprintf("Numbers of %d digits with zeros in front, as in identifiers.", length)
	}
	for i, raw := range c.Raw {
		if !c.Missing[i] && c.Count[i] > 0 {
			s.clean(i, strings.TrimSpace(raw))
		}
	}
	return true
}
