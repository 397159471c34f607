package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// QQ is a normal quantile plot of a sample.
type QQ struct {
	Index       []int     // place of each point's value in the sample
	Normal      []float64 // expected standard normal quantile, ascending
	Value       []float64 // the sample in ascending order
	Low, High   []float64 // pointwise band on the scale of the sample
	Centre, Per float64   // reference line: Centre + Per × Normal
	Beyond      int       // points outside their band
}

// NormalQQ sets a sample against the quantiles of the normal distribution.
// Expected quantiles are those of (k − 1/2)/n (Hazen). The reference line goes
// through the quartiles, as R's qqline does, so that tails do not move it. The
// band is pointwise: the k-th of n ordered uniform values has a Beta(k, n−k+1)
// distribution (David and Nagaraja, Order Statistics, 3rd ed., section 2.1),
// whose (1−level)/2 and (1+level)/2 quantiles are put through the normal
// quantile and the line. Values that are not finite are left out; with fewer
// than three values or equal quartiles there is no line and no band (NaN).
func NormalQQ(x []float64, level float64) QQ {
	var q QQ
	for i, v := range x {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			q.Index = append(q.Index, i)
		}
	}
	slices.SortStableFunc(q.Index, func(a, b int) int {
		if x[a] < x[b] {
			return -1
		} else if x[a] > x[b] {
			return 1
		}
		return 0
	})
	n := len(q.Index)
	for k, i := range q.Index {
		q.Value = append(q.Value, x[i])
		q.Normal = append(q.Normal, normalQuantile((float64(k)+0.5)/float64(n)))
	}
	q.line()
	for k := range n {
		a, b := float64(k+1), float64(n-k)
		low := q.Centre + q.Per*normalQuantile(mathext.InvRegIncBeta(a, b, (1-level)/2))
		high := q.Centre + q.Per*normalQuantile(mathext.InvRegIncBeta(a, b, (1+level)/2))
		q.Low, q.High = append(q.Low, low), append(q.High, high)
		if q.Value[k] < low || q.Value[k] > high {
			q.Beyond++
		}
	}
	return q
}

// line goes through the quartiles (R's default, type 7).
func (q *QQ) line() {
	q.Centre, q.Per = math.NaN(), math.NaN()
	if len(q.Value) < 3 {
		return
	}
	at := func(p float64) float64 {
		h := p * float64(len(q.Value)-1)
		i := min(int(h), len(q.Value)-2)
		return q.Value[i] + (h-float64(i))*(q.Value[i+1]-q.Value[i])
	}
	first, third := at(0.25), at(0.75)
	if !(third > first) {
		return
	}
	q.Per = (third - first) / (2 * normalQuantile(0.75))
	q.Centre = (first + third) / 2
}
