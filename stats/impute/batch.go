package impute

import (
	"math"
	"slices"
)

// Curve is a job and the deltas it is analysed at: what a worker is given once, to be asked for any imputations of it.
type Curve struct {
	Job
	Deltas []float64 // ascending
}

// Batch holds imputations From to From+N-1. Imputation k depends on the curve and k only, so any split of the
// imputations gives the same numbers.
type Batch struct {
	From, N   int
	Estimates []Estimate // N×deltas×contrasts
}

// Batch analyses imputations from to to-1.
func (m *Imputer) Batch(from, to int, deltas []float64) *Batch {
	b := &Batch{From: from, N: to - from}
	for k := from; k < to; k++ {
		for _, list := range m.Run(k, deltas) {
			b.Estimates = append(b.Estimates, list...)
		}
	}
	return b
}

// Point is a contrast at one delta.
type Point struct {
	Delta float64
	Pooled
}

// Points pools one contrast of a curve at every delta, over the batches in the order of their numbers.
func (c *Curve) Points(batches []*Batch, contrast int) []Point {
	sorted := slices.Clone(batches)
	slices.SortFunc(sorted, func(a, b *Batch) int { return a.From - b.From })
	complete := float64(len(c.Design.Y) - len(c.Design.Terms))
	width := len(c.Contrasts)
	var out []Point
	for d, delta := range c.Deltas {
		var list []Estimate
		for _, b := range sorted {
			for k := range b.N {
				list = append(list, b.Estimates[(k*len(c.Deltas)+d)*width+contrast])
			}
		}
		out = append(out, Point{delta, Pool(list, complete)})
	}
	return out
}

// TippingPoint is the delta nearest to 0 at which P reaches level; NaN for none on the curve.
func TippingPoint(points []Point, level float64) float64 {
	var deltas, p []float64
	for _, x := range points {
		deltas, p = append(deltas, x.Delta), append(p, x.P)
	}
	if delta, ok := Tipping(deltas, p, level); ok {
		return delta
	}
	return math.NaN()
}
