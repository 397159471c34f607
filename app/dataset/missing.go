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
	negativeCodes = []float64{-7, -8, -9, -66, -77, -88, -97, -98, -99, -666, -777, -888, -997, -998, -999, -9999, -99999}
	positiveCodes = []float64{7, 8, 9, 66, 77, 88, 97, 98, 99, 666, 777, 888, 997, 998, 999, 9999, 99999}
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

// verdict says whether a candidate code is to be read as missing (apply),
// asked about (ask), or is a value, and why. It lies outside the plausible
// range when it is further from the other values than they are spread.
func (s spread) verdict(v float64) (apply, ask bool, why string) {
	text := strconv.FormatFloat(v, 'g', -1, 64)
	if !s.any {
		return v < -9, v < 0 && v >= -9, text + " is the only value here"
	}
	if v >= s.low && v <= s.high {
		return false, false, ""
	}
	why = fmt.Sprintf("%s lies outside the other values, which run from %s to %s", text, short(s.low), short(s.high))
	width := s.high - s.low
	switch {
	case v < 0 && s.low >= 0:
		return v < -9 || s.whole, v >= -9 && !s.whole, why
	case v < 0:
		far := v < s.low-width && v < 2*s.low
		return far, !far && v < -9, why
	case v < 10: // 7, 8, 9 are values of many scales
		return false, v == 9 && s.whole && s.high <= 5 && s.high > s.low, why
	case v < 100: // and people reach 99
		far := v > s.high+width && v >= 2*s.high
		return far && s.high <= 20, far && s.high > 20 && s.whole, why
	default:
		far := v > s.high+width && v >= 2*s.high
		return far, !far, why
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
		apply, ask, why := others.verdict(v)
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
		if candidate(v) && (v < 0 || v >= 99) && !slices.Contains(s.rule.Present, text) {
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
