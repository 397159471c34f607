package stats

import (
	"fmt"
	"math"
	"slices"
)

// Summary describes the values of one group.
type Summary struct {
	N, Missing int
	Mean       float64 // NaN without values
	SD         float64 // divisor n−1; NaN with fewer than two values
	Min, Max   float64
	Skewness   float64 // adjusted Fisher–Pearson, as in SPSS; NaN with fewer than three values or without spread
}

// Describe summarises x; NaN is missing.
func Describe(x []float64) Summary {
	v := present(x)
	nan := math.NaN()
	s := Summary{N: len(v), Missing: len(x) - len(v), Mean: nan, SD: nan, Min: nan, Max: nan, Skewness: nan}
	if s.N == 0 {
		return s
	}
	s.Mean, s.Min, s.Max = mean(v), slices.Min(v), slices.Max(v)
	if s.N > 1 {
		s.SD = math.Sqrt(variance(v))
	}
	if s.N > 2 && s.SD > 0 {
		n, sum := float64(s.N), 0.0
		for _, y := range v {
			z := (y - s.Mean) / s.SD
			sum += z * z * z
		}
		s.Skewness = n / ((n - 1) * (n - 2)) * sum
	}
	return s
}

// QuantileType is one of the definitions of Hyndman and Fan 1996, The American Statistician 50:361–365.
type QuantileType int

// Type2 is Stata's summarize and tabstat, Type6 SPSS (HAVERAGE) and Stata's centile, Type7 R's and Excel's default.
const (
	Type2 QuantileType = 2 // the inverse of the empirical distribution, averaged at its steps
	Type6 QuantileType = 6 // position p(n+1)
	Type7 QuantileType = 7 // position 1 + p(n−1)
)

// ParseQuantileType reads 2, 6 or 7.
func ParseQuantileType(n int) (QuantileType, error) {
	if n != 2 && n != 6 && n != 7 {
		return 0, fmt.Errorf("quantiles of type %d are not known: 6 is SPSS's, 2 is Stata's, 7 is R's", n)
	}
	return QuantileType(n), nil
}

// fuzz is how far a position may be from a whole number by rounding alone and still be taken for it (R's quantile).
const fuzz = 4 * 0x1p-52

// Quantile is the p-quantile of x, 0 ≤ p ≤ 1; NaN is missing, and the result without values.
func (kind QuantileType) Quantile(x []float64, p float64) float64 {
	v := present(x)
	slices.Sort(v)
	return kind.ofSorted(v, p)
}

// Quartiles are the lower quartile, the median and the upper quartile.
func (kind QuantileType) Quartiles(x []float64) (low, median, high float64) {
	v := present(x)
	slices.Sort(v)
	return kind.ofSorted(v, 0.25), kind.ofSorted(v, 0.5), kind.ofSorted(v, 0.75)
}

func (kind QuantileType) ofSorted(v []float64, p float64) float64 {
	if !(p >= 0 && p <= 1) {
		panic(fmt.Sprintf("stats: no quantile %v", p))
	}
	n := float64(len(v))
	if n == 0 {
		return math.NaN()
	}
	at := func(k float64) float64 { return v[int(max(1, min(k, n)))-1] } // k counts from 1
	switch kind {
	case Type2:
		h := n * p
		k := math.Floor(h + fuzz*max(1, h))
		if h > k+fuzz*max(1, h) {
			return at(k + 1)
		}
		return (at(k) + at(k+1)) / 2
	case Type6, Type7:
		h := p * (n + 1)
		if kind == Type7 {
			h = 1 + p*(n-1)
		}
		k := math.Floor(h + fuzz*max(1, h))
		part := h - k
		if math.Abs(part) < fuzz*max(1, h) || at(k) == at(k+1) {
			return at(k)
		}
		return (1-part)*at(k) + part*at(k+1)
	}
	panic(fmt.Sprintf("stats: no quantiles of type %d", kind))
}

// present is a copy of x without NaN.
func present(x []float64) []float64 {
	v := make([]float64, 0, len(x))
	for _, y := range x {
		if !math.IsNaN(y) {
			v = append(v, y)
		}
	}
	return v
}

// mean of x; x is not empty.
func mean(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s / float64(len(x))
}

// variance of x with divisor n−1, in two passes; exactly 0 when all values are equal.
func variance(x []float64) float64 {
	if constant(x) {
		return 0
	}
	return squares(x, mean(x)) / float64(len(x)-1)
}

// squares is the sum of squared distances from m.
func squares(x []float64, m float64) float64 {
	s := 0.0
	for _, v := range x {
		s += (v - m) * (v - m)
	}
	return s
}

// constant says that no value differs from the first.
func constant(x []float64) bool {
	for _, v := range x {
		if v != x[0] {
			return false
		}
	}
	return true
}
