package dataset

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Codes that questionnaires use for "no answer", "does not apply", "refused".
var (
	negativeCodes = []float64{-1, -7, -8, -9, -66, -77, -88, -97, -98, -99, -666, -777, -888, -997, -998, -999, -9997, -9998, -9999, -99999}
	positiveCodes = []float64{7, 8, 9, 66, 77, 88, 97, 98, 99, 666, 777, 888, 997, 998, 999, 9997, 9998, 9999, 99999, 99.9, 99.99, 999.9, 999.99}
)

// spread is the range of the values of a column that are no candidates.
type spread struct {
	low, high float64
	whole     bool // all of them whole numbers
	any       bool
}

func candidate(v float64) bool {
	list := positiveCodes
	if v < 0 {
		list = negativeCodes
	}
	for _, c := range list {
		if v == c {
			return true
		}
	}
	return false
}

// verdict says whether a candidate code, held by so many rows, is to be read as
// missing (apply), asked about (ask), or is a value, and why. It lies outside
// the plausible range when it is further from the other values than they are
// spread. Where it stands nearer it may be a value: ages reach 99 and steps 999.
func (s spread) verdict(v float64, rows int) (apply, ask bool, why string) {
	text := strconv.FormatFloat(v, 'g', -1, 64)
	if !s.any {
		return v < -9, v < -1 && v >= -9, text + " is the only value here"
	}
	if v >= s.low && v <= s.high {
		return false, false, ""
	}
	why = fmt.Sprintf("%s lies outside the other values, which run from %s to %s", text, short(s.low), short(s.high))
	width, gap := s.high-s.low, v-s.high
	if v == -1 { // a value beside 0 and 1, hardly below a longer scale
		return false, s.whole && s.low >= 0 && s.high >= 4, why
	}
	far := v > s.high+width && v >= 2*s.high
	kind := s.whole || v != math.Trunc(v) // 99 among 21.6, 27.4 would be 99.0
	switch {
	case v < 0 && s.low >= 0:
		return v < -9 || s.whole, v >= -9 && !s.whole, why
	case v < 0:
		far := v < s.low-width && v < 2*s.low
		return far, !far && (v < -9 || 2*(s.low-v) > width), why
	case v < s.low:
		return v >= 100 && s.low-v > 3*width && width > 0, s.low-v > width && width > 0 && kind, why
	case v < 10: // 7, 8, 9 are values of many scales
		return false, s.whole && width > 0 && (v == 9 && s.high <= 5 || gap >= 3 && gap > width), why
	case v < 100: // and people reach 99
		apply = far && (s.high <= 11 || s.high <= 20 && rows > 1)
		return apply, !apply && kind && (far || gap > width/2 || rows > 2 && gap > width/5), why
	default:
		if far && !s.whole && rows == 1 && v/10 <= s.high && v/10 >= s.low { // 777 may be 77.7
			return false, true, why
		}
		return far, !far && (gap > width/4 || rows > 2 && gap > width/20), why
	}
}

func short(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// spreadOf looks at the values with at least one row that are no candidates,
// then takes in the candidates inside their range.
func (c *Column) spreadOf() spread {
	s := spread{low: math.Inf(1), high: math.Inf(-1), whole: true}
	for i, v := range c.Number {
		if c.Missing[i] || c.Count[i] == 0 || math.IsNaN(v) || candidate(v) {
			continue
		}
		s.any = true
		s.low, s.high = math.Min(s.low, v), math.Max(s.high, v)
		s.whole = s.whole && v == math.Trunc(v)
	}
	return s
}

// missing says why a text is no value in this column, "" when it is one.
func (s *study) missing(text string, codes []string) string {
	switch {
	case slices.Contains(s.rule.Present, text) && text != "":
		return ""
	case text == "":
		return "blank"
	case slices.Contains(s.rule.Missing, text):
		for _, k := range s.rule.Choices {
			if k.Code == text || k.Label == text {
				return fmt.Sprintf("the dictionary calls it “%s”", shorten(k.Label))
			}
		}
		if slices.Contains(s.c.File.Missing, text) {
			return "the file itself says that it stands for no value"
		}
		return "as chosen for this column"
	case slices.Contains(codes, text):
		return "as chosen for all columns"
	case alwaysMissing(text):
		return "it never stands for a value"
	}
	return ""
}

// hold sets a text apart that says in words that there is no value, until the
// kind of the column is known: among numbers and dates it can be nothing else.
// One “?” among hundreds of numbers is no code but a slip, to be named.
func (s *study) hold(i int, text string) bool {
	rows := int(s.c.Count[i])
	sure, maybe := saysNoValue(text)
	maybe = maybe && (rows > 2 || 20*rows > s.c.Codes.Len())
	if !sure && !maybe || slices.Contains(s.rule.Present, text) {
		return false
	}
	s.held = append(s.held, i)
	s.c.Missing[i] = true
	return true
}

// release gives back to a column of texts those that were held: words that never
// are an answer are missing there too, others are proposed.
func (s *study) release() {
	c, answers := s.c, s.values > 0
	for _, i := range s.held {
		text, rows := strings.TrimSpace(c.Raw[i]), int(c.Count[i])
		sure, _ := saysNoValue(text)
		if sure && answers {
			s.miss(i, text, "it says that there is no answer")
			continue
		}
		c.Missing[i] = false
		s.values += rows
		s.tally[noNumber] += rows
		if answers {
			c.MissingCodes = append(c.MissingCodes, MissingCode{text, rows, false, "it may be an answer, or say that there is none"})
		}
	}
	s.held = nil
}

// settleHeld reads as missing what is still held: the column has numbers, dates
// or yes and no.
func (s *study) settleHeld() {
	for _, i := range s.held {
		s.miss(i, strings.TrimSpace(s.c.Raw[i]), "it says that there is no answer")
	}
	s.held = nil
}

func (s *study) miss(i int, code, why string) {
	c := s.c
	c.Missing[i] = true
	c.Number[i] = math.NaN()
	s.clean(i, "")
	if c.Count[i] == 0 {
		return
	}
	for j, m := range c.MissingCodes {
		if m.Code == code {
			c.MissingCodes[j].Count += int(c.Count[i])
			return
		}
	}
	c.MissingCodes = append(c.MissingCodes, MissingCode{code, int(c.Count[i]), true, why})
}

// codes finds the numbers that stand for "no answer".
func (s *study) codes() {
	c := s.c
	others := c.spreadOf()
	for i, v := range c.Number {
		if c.Missing[i] || c.Count[i] == 0 || math.IsNaN(v) || !candidate(v) {
			continue
		}
		text := strings.TrimSpace(c.Raw[i])
		if slices.Contains(s.rule.Present, text) {
			continue
		}
		apply, ask, why := others.verdict(v, int(c.Count[i]))
		switch {
		case apply:
			s.miss(i, text, why)
		case ask:
			c.MissingCodes = append(c.MissingCodes, MissingCode{text, int(c.Count[i]), false, why})
			s.ask("missing code", text, s.line(int32(i)), "%s; if it stands for “no answer”, mark it as missing (%s)", why, several(int(c.Count[i]), "cell", "cells"))
		}
	}
}

// textCodes takes a number that only stands for "no answer" out of texts.
func (s *study) textCodes() {
	c := s.c
	if s.numbers == 0 || s.numbers == s.values {
		return
	}
	for i := range c.Raw {
		if c.Missing[i] || c.Count[i] == 0 || s.marks[i] != plain {
			continue
		}
		text := strings.TrimSpace(c.Raw[i])
		v := parseCanonical(canonical(text, '.'))
		if candidate(v) && (v < -1 || v >= 99) && !slices.Contains(s.rule.Present, text) {
			s.miss(i, text, text+" is a number among texts")
		}
	}
}

// reportMissing says once for each code, not once for each column, what was
// read as missing beside blanks.
func (d *Dataset) reportMissing() {
	type use struct{ cells, columns int }
	uses := map[string]*use{}
	var order []string
	for _, c := range d.Columns {
		for _, m := range c.MissingCodes {
			if m.Code == "" || !m.Applied {
				continue
			}
			if uses[m.Code] == nil {
				uses[m.Code] = &use{}
				order = append(order, m.Code)
			}
			uses[m.Code].cells += m.Count
			uses[m.Code].columns++
		}
	}
	for _, code := range order {
		u := uses[code]
		d.Problems = append(d.Problems, Problem{File: d.Name, Value: code, Kind: "missing code", Severity: Note,
			Text: fmt.Sprintf("“%s” was read as missing in %s of %s; the columns show why", shorten(code), several(u.cells, "cell", "cells"), several(u.columns, "column", "columns"))})
	}
}
