package logit

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestExpansion: the gradient and the information of a resample near the fit, by the expansion, are those of its rows, and
// the third order leaves a small part of what the second leaves.
func TestExpansion(t *testing.T) {
	for name, opt := range map[string]Options{"binary": {Nodes: 7}, "ordinal": {Ordinal: true, Nodes: 7}, "Laplace": {Laplace: true}} {
		categories := 2
		if opt.Ordinal {
			categories = 4
		}
		m := model(t, simulate(3, 12, 8, 3, categories, 0.7, 1), opt)
		f, err := m.Fit()
		if err != nil {
			t.Fatal(err)
		}
		s, r := m.NewScratch(f), rand.New(rand.NewPCG(5, 5))
		e := s.expand()
		weights, all := make([]float64, m.Units()), m.allUnits()
		for range weights {
			weights[r.IntN(len(weights))]++
		}
		e.weigh(weights)
		d, psi := make([]float64, e.dim), append([]float64(nil), f.Psi...)
		for k := range d {
			d[k] = 0.2 * (2*r.Float64() - 1)
			psi[k] += d[k]
		}
		if opt.Laplace {
			s.c.evaluateLaplace(psi, weights, all)
			s.c.differenced(psi, weights, all)
		} else {
			s.c.evaluate(psi, weights, all, true)
		}
		off := func() (grad, hess float64) {
			e.at(d)
			for a := range e.dim {
				grad += math.Abs(e.grad[a] - s.c.grad[a])
				for b := range a + 1 {
					hess += math.Abs(e.hess[a*e.dim+b] - s.c.hess[a*e.dim+b])
				}
			}
			return grad, hess
		}
		g3, h3 := off()
		clear(e.sum[len(e.grad)+len(e.hess):])
		g2, h2 := off()
		t.Logf("%s: gradient off by %.3g, %.3g without the third order; Hessian %.3g, %.3g", name, g3, g2, h3, h2)
		if !(g3 < g2/4 && h3 < h2/3) {
			t.Errorf("%s: gradient off by %.3g, %.3g without the third order; Hessian %.3g, %.3g", name, g3, g2, h3, h2)
		}
	}
}
