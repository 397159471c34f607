package dataset

import (
	"fmt"
	"strings"
)

// yesNo reads two words as 1 and 0 where their meaning is sure.
func (s *study) yesNo() bool {
	c := s.c
	yes, _, why := s.yesNoWords()
	if yes == "" {
		return false
	}
	var one, zero string
	for i := range c.Raw {
		if c.Missing[i] || c.Count[i] == 0 {
			continue
		}
		text := strings.TrimSpace(c.Raw[i])
		if fold(text) == yes {
			c.Number[i], one = 1, text
			s.clean(i, "1")
		} else {
			c.Number[i], zero = 0, text
			s.clean(i, "0")
		}
	}
	c.Kind = YesNo
	var parts []string
	if one != "" {
		parts = append(parts, one+" = 1")
	}
	if zero != "" {
		parts = append(parts, zero+" = 0")
	}
	c.Why = fmt.Sprintf("%s: %s.", why, strings.Join(parts, ", "))
	return true
}

// yesNoWords returns the folded words for 1 and 0, "" when the column's texts
// are no such pair.
func (s *study) yesNoWords() (yes, no, why string) {
	c := s.c
	seen := map[string]bool{}
	for i, raw := range c.Raw {
		if c.Missing[i] || c.Count[i] == 0 {
			continue
		}
		if seen[fold(raw)] = true; len(seen) > 2 {
			return "", "", ""
		}
	}
	match := func(a, b string, both bool) bool {
		n := 0
		for _, w := range []string{a, b} {
			if seen[w] {
				n++
			}
		}
		return n == len(seen) && n > 0 && (n == 2 || !both)
	}
	for _, p := range yesNoPairs {
		if match(p.yes, p.no, p.short) {
			return p.yes, p.no, "Yes and no in " + p.language
		}
	}
	for _, p := range sexPairs {
		short := len(p.female) == 1
		switch {
		case named(c.Name, femaleNames) && match(p.female, p.male, short):
			return p.female, p.male, "The column is named after one of its two values"
		case named(c.Name, maleNames) && match(p.female, p.male, short):
			return p.male, p.female, "The column is named after one of its two values"
		}
	}
	return "", "", ""
}

// text reads the column as categories, labels or sentences.
func (s *study) text() {
	c := s.c
	s.release()
	s.textCodes()
	distinct, length, spaces, lines := 0, 0, 0, false
	for i, raw := range c.Raw {
		if c.Missing[i] || c.Count[i] == 0 {
			continue
		}
		distinct++
		length += len(raw)
		spaces += strings.Count(strings.TrimSpace(raw), " ")
		lines = lines || strings.ContainsAny(raw, "\r\n")
	}
	if distinct == 0 {
		c.Kind, c.Why = Empty, "No row has a value."
		return
	}
	if s.rule.Kind == "" && !named(c.Name, idNames) {
		s.askSigns()
	}
	switch {
	case named(c.Name, idNames):
		c.Kind, c.Why = Label, "The name says that it identifies."
	case lines || length > 40*distinct || spaces >= 3*distinct && 2*distinct > s.values:
		c.Kind, c.Why = FreeText, "Long texts that hardly repeat."
	case distinct <= max(20, s.values/10) && (2*distinct <= s.values || distinct <= 3):
		c.Kind, c.Why = Category, fmt.Sprintf("%s in %s.", several(distinct, "text", "different texts"), several(s.values, "row", "rows"))
		s.merge()
		s.order()
	default:
		c.Kind, c.Why = Label, fmt.Sprintf("%d different texts in %s.", distinct, several(s.values, "row", "rows"))
	}
}

// merge takes spellings that differ in blanks and capital letters only as one
// category, under the spelling that most rows have.
func (s *study) merge() {
	c := s.c
	if s.rule.Apart {
		return
	}
	first := map[string][]int{} // folded text: codes
	var order []string
	for i := range c.Raw {
		if c.Missing[i] || c.Count[i] == 0 {
			continue
		}
		key := fold(c.Raw[i])
		if first[key] == nil {
			order = append(order, key)
		}
		first[key] = append(first[key], i)
	}
	for _, key := range order {
		codes := first[key]
		if len(codes) < 2 {
			continue
		}
		rows := map[string]int{}
		to := ""
		for _, i := range codes {
			text := strings.TrimSpace(c.Raw[i])
			rows[text] += int(c.Count[i])
			if to == "" || rows[text] > rows[to] {
				to = text
			}
		}
		m := Merge{To: to}
		rare := codes[0]
		for _, i := range codes {
			m.From = append(m.From, c.Raw[i])
			s.clean(i, to)
			if c.Count[i] <= c.Count[rare] {
				rare = i
			}
		}
		c.Merged = append(c.Merged, m)
		s.say(Note, "spelling", c.Raw[rare], s.line(int32(rare)), "%s differ only in blanks and capital letters and were taken as one value, “%s”", quoteList(m.From, 5), to)
	}
}
