package dataset

import (
	"math"
	"strconv"
	"strings"
)

// marks says what one text tells about the decimal mark of its column.
type marks uint8

const (
	noNumber    marks = iota
	plain             // no mark: 12, 1 234
	point             // the point is the decimal mark: 21.6, 1,234.5, 1,234,567
	comma             // the comma is: 21,6, 1.234,5, 1.234.567
	pointEither       // 1.234 is 1.234 or 1234
	commaEither       // 1,234 is 1.234 or 1234
)

// numeralMarks reads the form of a text (without blanks around it): a sign,
// digits in groups of three or not, decimals, an exponent. It allocates
// nothing.
func numeralMarks(s string) marks {
	s = unsigned(s)
	if len(s) > 0 && 'a' <= s[0]|0x20 && s[0]|0x20 <= 'z' {
		return noNumber
	}
	body, exponent := s, false
	if i := exponentMark(s); i > 0 {
		if !isExponent(s[i+1:]) {
			return noNumber
		}
		body, exponent = s[:i], true
	}
	digits, points, commas, spaces := 0, 0, 0, 0
	last := byte(0) // last mark of the two
	for i := 0; i < len(body); {
		switch c := body[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.':
			points++
			last = c
		case c == ',':
			commas++
			last = c
		default:
			n := groupSpace(body[i:])
			if n == 0 {
				return noNumber
			}
			spaces++
			i += n - 1
		}
		i++
	}
	switch {
	case digits == 0:
		return noNumber
	case points+commas+spaces == 0:
		return plain
	}
	whole, rest := body, ""
	both := points > 0 && commas > 0
	if points+commas == 1 || both && (last == '.' && points == 1 || last == ',' && commas == 1) {
		i := strings.LastIndexByte(body, last)
		whole, rest = body[:i], body[i+1:]
	}
	if !grouped(whole) || !onlyDigits(rest) {
		return noNumber
	}
	if len(rest) > 0 || len(whole) < len(body) { // a single mark, or the last of two kinds
		if points+commas == 1 && spaces == 0 && !exponent && len(rest) == 3 &&
			len(whole) >= 1 && len(whole) <= 3 && whole[0] != '0' {
			if last == '.' {
				return pointEither
			}
			return commaEither
		}
		if last == '.' {
			return point
		}
		return comma
	}
	switch { // every mark groups
	case points > 0 && commas > 0:
		return noNumber
	case points > 0:
		return comma
	case commas > 0:
		return point
	}
	return plain
}

// unsigned drops one sign; the typographic minus counts as one.
func unsigned(s string) string {
	switch {
	case strings.HasPrefix(s, "-"), strings.HasPrefix(s, "+"):
		return s[1:]
	case strings.HasPrefix(s, "\u2212"):
		return s[len("\u2212"):]
	}
	return s
}

// exponentMark is where the first e or E stands, -1 without one.
func exponentMark(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i]|0x20 == 'e' {
			return i
		}
	}
	return -1
}

func isExponent(s string) bool {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "+"), "-")
	return len(s) > 0 && len(s) <= 4 && onlyDigits(s)
}

func onlyDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// groupSpace is the length of a blank or apostrophe that may divide thousands
// at the start of s, 0 when there is none.
func groupSpace(s string) int {
	for _, g := range [...]string{" ", "\u00A0", "\u2009", "\u202F", "\u2007", "'", "\u2019"} {
		if strings.HasPrefix(s, g) {
			return len(g)
		}
	}
	return 0
}

// grouped reports whether s is digits, whole or in groups of three divided by
// one and the same mark, the first of one to three digits; or empty (".5").
func grouped(s string) bool {
	if onlyDigits(s) {
		return true
	}
	mark, run, groups := "", 0, 0
	for i := 0; i < len(s); {
		if s[i] >= '0' && s[i] <= '9' {
			run++
			i++
			continue
		}
		n := groupSpace(s[i:])
		if n == 0 {
			n = 1
		}
		if mark == "" {
			mark = s[i : i+n]
		}
		if s[i:i+n] != mark || run == 0 || groups == 0 && run > 3 || groups > 0 && run != 3 {
			return false
		}
		i += n
		run = 0
		groups++
	}
	return run == 3 && s[0] != '0'
}

// canonical writes a numeral with a decimal point and without grouping. It
// returns s itself where nothing changes.
func canonical(s string, decimal byte) string {
	change := false
	for i := 0; i < len(s) && !change; i++ {
		c := s[i]
		change = !(c >= '0' && c <= '9' || c == '-' || c == '.' && decimal == '.' || c == 'e' || c == 'E' || i > 0 && c == '+')
	}
	if !change {
		return s
	}
	b := make([]byte, 0, len(s))
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "\u2212") {
		b = append(b, '-')
	}
	s = unsigned(s)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == decimal:
			b = append(b, '.')
		case c >= '0' && c <= '9', c == 'e', c == 'E', c == '-', c == '+':
			b = append(b, c)
		}
	}
	return string(b)
}

// powers of ten that are exact in a float64.
var powers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
	1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// parseCanonical is the float64 nearest to a canonical numeral. Up to 15
// digits one exact division rounds right (Clinger 1990); longer ones and
// exponents go to strconv. Beyond the range of float64 it is NaN.
func parseCanonical(s string) float64 {
	digits := s
	negative := strings.HasPrefix(s, "-")
	if negative {
		digits = s[1:]
	}
	mantissa, n, decimals, dot := uint64(0), 0, 0, false
	for i := 0; i < len(digits); i++ {
		c := digits[i]
		if c == '.' {
			dot = true
			continue
		}
		if c < '0' || c > '9' || n >= 15 {
			return parseSlow(s)
		}
		mantissa = mantissa*10 + uint64(c-'0')
		n++
		if dot {
			decimals++
		}
	}
	if n == 0 {
		return math.NaN()
	}
	v := float64(mantissa) / powers[decimals]
	if negative {
		v = -v
	}
	return v
}

func parseSlow(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}

func looksNumeric(s string) bool { return numeralMarks(strings.TrimSpace(s)) != noNumber }
