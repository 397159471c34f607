package impute

import (
	"math"

	"trialbox/stats/mixed"
)

// Pooled is what the completed data sets say about a contrast together.
type Pooled struct {
	Estimate, SE, DF, Statistic, P, Low, High float64
	Missing                                   float64 // share of the variance that is due to the missing outcomes, λ
	Used                                      int     // completed data sets that could be fitted
}

// Pool joins estimates by Rubin's rules with the degrees of freedom of Barnard and Rubin; complete is those of the
// completed data, +Inf for none. Fewer than two finite estimates give NaN.
func Pool(estimates []Estimate, complete float64) Pooled {
	nan := math.NaN()
	out := Pooled{nan, nan, nan, nan, nan, nan, nan, nan, 0}
	mean, within := 0.0, 0.0
	for _, e := range estimates {
		if !math.IsNaN(e.Value) && !math.IsNaN(e.SE) {
			out.Used++
			mean += e.Value
			within += e.SE * e.SE
		}
	}
	if out.Used < 2 {
		return out
	}
	m := float64(out.Used)
	mean /= m
	within /= m
	between := 0.0
	for _, e := range estimates {
		if !math.IsNaN(e.Value) && !math.IsNaN(e.SE) {
			between += (e.Value - mean) * (e.Value - mean)
		}
	}
	between /= m - 1
	total := within + (1+1/m)*between
	out.Estimate, out.SE = mean, math.Sqrt(total)
	out.Missing = (1 + 1/m) * between / total
	out.DF = barnardRubin(m, out.Missing, complete)
	out.Statistic = mean / out.SE
	out.P = mixed.TwoSidedT(out.Statistic, out.DF)
	t := mixed.QuantileT(0.975, out.DF)
	out.Low, out.High = mean-t*out.SE, mean+t*out.SE
	return out
}

func barnardRubin(m, lambda, complete float64) float64 {
	old := (m - 1) / (lambda * lambda) // +Inf when the draws agree
	if math.IsInf(complete, 1) {
		return old
	}
	observed := (complete + 1) / (complete + 3) * complete * (1 - lambda)
	return 1 / (1/old + 1/observed)
}

// Tipping is the delta nearest to 0 at which a two-sided P value reaches level, by straight lines between the deltas of
// the curve; ok is false when it does not within it. deltas ascend; p belong to them.
func Tipping(deltas, p []float64, level float64) (delta float64, ok bool) {
	best := math.Inf(1)
	for k := 1; k < len(deltas); k++ {
		a, b := p[k-1]-level, p[k]-level
		if math.IsNaN(a) || math.IsNaN(b) || a*b > 0 || a == b {
			continue
		}
		at := deltas[k-1] + (deltas[k]-deltas[k-1])*a/(a-b)
		if math.Abs(at) < math.Abs(best) {
			best = at
		}
	}
	return best, !math.IsInf(best, 1)
}
