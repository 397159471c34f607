package dataset

import (
	"fmt"
	"math"
	"strconv"
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
