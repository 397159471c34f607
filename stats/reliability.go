package stats

import "math"

// CronbachAlpha is the internal consistency of a scale: items[k][i] is the answer of respondent i to item k, NaN when
// missing, all items scored in one direction. Respondents who left out an item are left out (listwise, as in SPSS
// RELIABILITY); n is how many remain.
//
//	alpha = k/(k−1) · (1 − Σ var(item) / var(sum of items))
//
// Variances have divisor n−1. Alpha can be negative: items that contradict each other, often one that was not
// reversed. It is NaN with fewer than two items, fewer than two complete respondents, or when the sum never varies.
// Items of different lengths are a broken contract.
//
// Cronbach 1951, Psychometrika 16:297–334, equation 2.
func CronbachAlpha(items [][]float64) (alpha float64, n int) {
	k := len(items)
	if k == 0 {
		return math.NaN(), 0
	}
	complete := make([][]float64, k)
	var sum []float64
	for i := range items[0] {
		total := 0.0
		for _, item := range items {
			if len(item) != len(items[0]) {
				panic("stats: the items of a scale differ in length")
			}
			total += item[i]
		}
		if math.IsNaN(total) {
			continue
		}
		for j, item := range items {
			complete[j] = append(complete[j], item[i])
		}
		sum = append(sum, total)
	}
	n = len(sum)
	if k < 2 || n < 2 {
		return math.NaN(), n
	}
	whole := variance(sum)
	if whole == 0 {
		return math.NaN(), n
	}
	parts := 0.0
	for _, item := range complete {
		parts += variance(item)
	}
	return float64(k) / float64(k-1) * (1 - parts/whole), n
}
