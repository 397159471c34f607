package stats

import (
	"fmt"
	"math"
	"slices"
)

// Correction is a way to adjust several P values for each other.
type Correction string

// Bonferroni, Holm (1979), Hochberg (1988) and Hommel (1988, Biometrika 75:383–386) hold the chance of any false
// finding; Hochberg and Hommel assume that the tests do not depend on each other negatively. BH (Benjamini and Hochberg
// 1995) and BY (Benjamini and Yekutieli 2001, under any dependence) hold the share of false findings.
const (
	Bonferroni Correction = "bonferroni"
	Holm       Correction = "holm"
	Hochberg   Correction = "hochberg"
	Hommel     Correction = "hommel"
	BH         Correction = "BH"
	BY         Correction = "BY"
)

// Corrections are all of them.
var Corrections = []Correction{Bonferroni, Holm, Hochberg, Hommel, BH, BY}

// Adjust returns adjusted P values in the order given; NaN stays NaN and is not counted among the tests. P values
// outside [0, 1] are a broken contract. R's p.adjust.
func (c Correction) Adjust(p []float64) []float64 {
	var order []int // of the values that are there, rising
	for i, x := range p {
		if x < 0 || x > 1 {
			panic(fmt.Sprintf("stats: %v is no P value", x))
		}
		if !math.IsNaN(x) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case p[i] < p[j]:
			return -1
		case p[i] > p[j]:
			return 1
		}
		return 0
	})
	sorted := make([]float64, len(order))
	for k, i := range order {
		sorted[k] = p[i]
	}
	out := slices.Clone(p)
	for k, x := range c.sorted(sorted) {
		out[order[k]] = min(1, x)
	}
	return out
}

// sorted adjusts rising P values.
func (c Correction) sorted(p []float64) []float64 {
	n := float64(len(p))
	switch c {
	case Bonferroni:
		return scaled(p, func(int) float64 { return n })
	case Holm:
		out := scaled(p, func(k int) float64 { return n - float64(k) })
		for k := 1; k < len(out); k++ {
			out[k] = max(out[k], out[k-1])
		}
		return out
	case Hochberg:
		return stepUp(scaled(p, func(k int) float64 { return n - float64(k) }))
	case Hommel:
		return hommel(p)
	case BH:
		return stepUp(scaled(p, func(k int) float64 { return n / float64(k+1) }))
	case BY:
		h := 0.0
		for k := range p {
			h += 1 / float64(k+1)
		}
		return stepUp(scaled(p, func(k int) float64 { return h * n / float64(k+1) }))
	}
	panic(fmt.Sprintf("stats: no correction %q", string(c)))
}

func scaled(p []float64, by func(k int) float64) []float64 {
	out := make([]float64, len(p))
	for k, x := range p {
		out[k] = by(k) * x
	}
	return out
}

// stepUp lets no value exceed the next.
func stepUp(x []float64) []float64 {
	for k := len(x) - 2; k >= 0; k-- {
		x[k] = min(x[k], x[k+1])
	}
	return x
}

// hommel follows Wright 1992, Biometrics 48:1005–1013, appendix: for each number m of tests that might be true, Simes'
// bound of m values.
func hommel(p []float64) []float64 {
	n := len(p)
	if n == 0 {
		return nil
	}
	// simes is min over k of m p_k / k for the m largest values
	simes := func(m, from, first int) float64 {
		s := math.Inf(1)
		for k := from; k < n; k++ {
			s = min(s, float64(m)*p[k]/float64(k-from+first))
		}
		return s
	}
	out := make([]float64, n)
	whole := simes(n, 0, 1)
	for k := range out {
		out[k] = max(whole, p[k])
	}
	for m := n - 1; m > 1; m-- {
		c := simes(m, n-m+1, 2)
		for k := range out {
			q := c
			if k < n-m+1 {
				q = min(float64(m)*p[k], c)
			}
			out[k] = max(out[k], q)
		}
	}
	return out
}
