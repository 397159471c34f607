package dataset

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// signs that may touch a number; other words after it need a blank between.
var signs = []string{"%", "‰", "€", "$", "£", "kr", "eur", "kg", "mg", "g", "ml", "dl", "cm", "mm"}

// bare takes the sign or unit off a number: 12 %, $3.10, 75 kg, and (12,5),
// 12,5- or an en dash for one below zero. sign is "" when the text is no such
// number.
func bare(text string) (numeral, sign string) {
	t := strings.TrimSpace(text)
	below := ""
	switch {
	case len(t) > 2 && t[0] == '(' && t[len(t)-1] == ')':
		t, below, sign = t[1:len(t)-1], "-", "(…)"
	case len(t) > 1 && t[len(t)-1] == '-':
		t, below, sign = t[:len(t)-1], "-", "…-"
	case strings.HasPrefix(t, "–"):
		t, below, sign = t[len("–"):], "-", "–…"
	case len(t) == 0:
		return "", ""
	default:
		first, size := utf8.DecodeRuneInString(t)
		if strings.ContainsRune("€$£", first) {
			t, sign = t[size:], string(first)
			break
		}
		number := strings.TrimRightFunc(t, func(c rune) bool { return unicode.IsLetter(c) || strings.ContainsRune("%‰€$£", c) })
		sign = strings.ToLower(t[len(number):])
		if len(sign) > 12 || !slices.Contains(signs, sign) && strings.TrimSpace(number) == number {
			return "", ""
		}
		t = number
	}
	t = below + strings.TrimSpace(t)
	if numeralMarks(t) == noNumber {
		return "", ""
	}
	return t, sign
}

// signed are the different signs of a column in which nearly every text is a
// number, bare or with one.
func (s *study) signed() (found []string, example string, line int) {
	rows, others := 0, 0
	for i, raw := range s.c.Raw {
		n := int(s.c.Count[i])
		if n == 0 || s.c.Missing[i] {
			continue
		}
		if _, sign := bare(raw); sign != "" {
			if rows += n; example == "" {
				example, line = raw, s.line(int32(i))
			}
			if !slices.Contains(found, sign) {
				found = append(found, sign)
			}
		} else if !looksNumeric(raw) {
			if others += n; others > 100 && len(found) == 0 {
				return nil, "", 0
			}
		}
	}
	if len(found) > 5 || others > 0 && float64(others) > (1-numericShare)*float64(rows+others) {
		return nil, "", 0
	}
	return found, example, line
}

// fewTexts are too few to tell a measurement by; fewWords is how many numbers
// with a word behind them may be the names of visits, 3 months and 12 months.
const fewTexts, fewWords = 2, 12

// askSigns asks about texts that are numbers but for a sign or unit.
func (s *study) askSigns() {
	found, example, line := s.signed()
	if len(s.c.Raw) <= fewTexts || len(s.c.Raw) <= fewWords && !slices.ContainsFunc(found, func(sign string) bool { return !unicode.IsLetter([]rune(sign)[0]) || slices.Contains(signs, sign) }) {
		return
	}
	switch {
	case len(found) == 1:
		s.ask("number with a sign", example, line, "texts such as “%s” are numbers but for “%s”; they were left as texts: choose “number” as the kind of the column to count with them, without the sign", example, found[0])
	case len(found) > 1:
		s.ask("number with a sign", example, line, "texts such as “%s” are numbers but for signs or units (%s); they were left as texts: write them alike in the file to count with them", example, quoteList(found, 3))
	}
}

// numeral is the text of a cell as a number is read from it.
func (s *study) numeral(raw string) string {
	if s.bare {
		if t, sign := bare(raw); sign != "" {
			return t
		}
	}
	return strings.TrimSpace(raw)
}
