package stats

import "math"

// OddsRatio is a conditional estimate with its exact 95 % interval.
type OddsRatio struct {
	Estimate, Low, High float64 // 0 and +Inf where a cell is empty
	Status              Status
}

// FisherOddsRatio estimates the odds ratio t[0][0] t[1][1] / (t[0][1] t[1][0]) of a table of 2×2 by conditional maximum
// likelihood, with the exact interval: the estimate that R's fisher.test prints, which is not the ratio of the counts.
// Agrees with R to the 1e-4 of its root finder, and solves the equations to 1e-12.
func FisherOddsRatio(t Table) OddsRatio {
	if len(t) != 2 || len(t[0]) != 2 {
		return OddsRatio{math.NaN(), math.NaN(), math.NaN(), "An odds ratio needs two rows and two columns."}
	}
	if bad := t.empty(fisherName); bad.Status != OK {
		return OddsRatio{math.NaN(), math.NaN(), math.NaN(), bad.Status}
	}
	rows, columns, n := t.margins()
	h := hypergeometric{low: max(0, rows[0]-columns[1]), high: min(rows[0], columns[0])}
	logFactorial := logFactorials(n)
	for x := h.low; x <= h.high; x++ {
		h.weight = append(h.weight, -logFactorial[x]-logFactorial[rows[0]-x]-logFactorial[columns[0]-x]-logFactorial[columns[1]-rows[0]+x])
	}
	x := t[0][0]
	out := OddsRatio{Estimate: 0, Low: 0, High: math.Inf(1)}
	if x > h.low {
		out.Low = h.solve(func(p []float64) float64 { return sumOf(p[x-h.low:]) - 0.025 })
	}
	if x < h.high {
		out.High = h.solve(func(p []float64) float64 { return 0.025 - sumOf(p[:x-h.low+1]) })
	}
	switch {
	case x == h.high && x > h.low:
		out.Estimate = math.Inf(1)
	case x > h.low:
		out.Estimate = h.solve(func(p []float64) float64 {
			mean := 0.0
			for k, q := range p {
				mean += float64(h.low+k) * q
			}
			return mean - float64(x)
		})
	}
	return out
}

// hypergeometric is the distribution of the first cell given the margins, with an odds ratio.
type hypergeometric struct {
	low, high int
	weight    []float64 // log, of each value at odds ratio 1
}

// solve finds the odds ratio at which a rising function of the probabilities is zero, by halving on the log scale.
func (h hypergeometric) solve(f func(p []float64) float64) float64 {
	p := make([]float64, len(h.weight))
	low, high := -700.0, 700.0
	for range 200 {
		mid := (low + high) / 2
		top := math.Inf(-1)
		for k, w := range h.weight {
			p[k] = w + mid*float64(k)
			top = max(top, p[k])
		}
		total := 0.0
		for k := range p {
			p[k] = math.Exp(p[k] - top)
			total += p[k]
		}
		for k := range p {
			p[k] /= total
		}
		if f(p) < 0 {
			low = mid
		} else {
			high = mid
		}
	}
	return math.Exp((low + high) / 2)
}

func sumOf(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}
