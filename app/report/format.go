package report

import (
	"math"
	"strconv"
	"strings"
)

const (
	minus  = "\u2212" // true minus
	enDash = "\u2013"
)

// Number prints a value with a fixed number of decimals and a true minus. A
// value that is not a number is printed as an en dash.
func Number(v float64, decimals int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return enDash
	}
	return strings.Replace(strconv.FormatFloat(v, 'f', decimals, 64), "-", minus, 1)
}

// Range prints an interval as the model paper does: "0.8–7.8", and with a
// space where the upper end is negative, "−8.9– −3.9".
func Range(low, high float64, decimals int) string {
	if math.IsNaN(low) || math.IsNaN(high) {
		return enDash
	}
	upper := end(high, decimals)
	if strings.HasPrefix(upper, minus) {
		upper = " " + upper
	}
	return end(low, decimals) + enDash + upper
}

// end is one end of an interval, which may lie at infinity.
func end(v float64, decimals int) string {
	switch {
	case math.IsInf(v, 1):
		return "∞"
	case math.IsInf(v, -1):
		return minus + "∞"
	}
	return Number(v, decimals)
}

// PValue prints a P value with three decimals, "<0.001" below that.
func PValue(p float64) string {
	switch {
	case math.IsNaN(p):
		return enDash
	case p < 0.001:
		return "<0.001"
	case p > 0.9995:
		return ">0.999"
	}
	return strconv.FormatFloat(p, 'f', 3, 64)
}

// Count prints a whole number with a comma at the thousands.
func Count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// safeCell keeps a spreadsheet from running a text cell as a formula: an
// apostrophe goes before =, +, -, @, tab and return. Numbers are left alone.
func safeCell(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}
