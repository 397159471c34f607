package logit

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestMarginal: the marginal difference is the mean over simulated effects of the difference of conditional
// probabilities; its standard error is that of a numerical delta method.
func TestMarginal(t *testing.T) {
	for _, categories := range []int{2, 4} {
		d := simulate(21, 20, 15, 3, categories, 0.6, 1.2)
		m := model(t, d, Options{Ordinal: categories > 2})
		f, err := m.Fit()
		if err != nil {
			t.Fatal(err)
		}
		l := make([]float64, len(f.Terms))
		for k, name := range f.Terms {
			if name == "arm" {
				l[k] = 1
			}
		}
		got := m.Marginal(f, l)
		if want := categories - 1; categories == 2 && len(got) != want || categories > 2 && len(got) != categories {
			t.Fatalf("%d differences", len(got))
		}
		last := got[len(got)-1]
		if last.Rows != len(d.Y) {
			t.Errorf("averaged over %d rows of %d", last.Rows, len(d.Y))
		}
		at := func(psi []float64) float64 { return topDifference(m, psi, l) }
		near(t, "difference", last.Difference, at(f.Psi), 1e-9)
		g, variance := make([]float64, len(f.Psi)), 0.0
		for k := range g {
			x := append([]float64(nil), f.Psi...)
			x[k] += 1e-5
			up := at(x)
			x[k] -= 2e-5
			g[k] = (up - at(x)) / 2e-5
		}
		for i := range g {
			for j := range g {
				variance += g[i] * g[j] * f.PsiCov[i*len(g)+j]
			}
		}
		near(t, "SE", last.SE, math.Sqrt(variance), 1e-6*last.SE+1e-9)
		sum := 0.0
		for _, x := range got {
			sum += x.Difference
		}
		if categories > 2 {
			near(t, "sum over the categories", sum, 0, 1e-12)
		}
		s := m.NewScratch(f)
		weights := make([]float64, m.Units())
		for i := range weights {
			weights[i] = 1
		}
		s.Refit(weights)
		replicate := s.Differences(m.Pairs(l))
		near(t, "replicate of weights one", replicate[len(replicate)-1], last.Difference, 1e-3*last.SE)
	}
}

// topDifference is the difference of the probabilities of the highest category by 200,000 draws' worth of trapezoids.
func topDifference(m *Model, psi, l []float64) float64 {
	thresholds, beta := make([]float64, m.cuts), make([]float64, len(m.terms))
	m.original(psi[:m.q], thresholds, beta)
	sd := math.Hypot(psi[m.q], psi[m.q+1])
	p := len(m.terms)
	top := 0.0
	if m.cuts > 0 {
		top = thresholds[m.cuts-1]
	}
	sum := 0.0
	for row := range m.n {
		eta, arm, effect := 0.0, 0.0, 0.0
		for j, b := range beta {
			eta += b * m.x[row*p+j]
			arm += l[j] * m.x[row*p+j]
			effect += l[j] * b
		}
		eta -= arm * effect
		const h = 0.05
		for b := -9.0; b <= 9; b += h {
			w := h * math.Exp(-b*b/2) / math.Sqrt(2*math.Pi)
			F := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
			sum += w * (F(eta+effect+sd*b-top) - F(eta+sd*b-top))
		}
	}
	return sum / float64(m.n)
}

// TestPairs: the contrast of the arms at a visit is put to the rows of that visit, a difference of differences to none.
func TestPairs(t *testing.T) {
	d := simulate(2, 6, 5, 3, 2, 0.3, 0.5)
	r := rand.New(rand.NewPCG(1, 1))
	for row := range d.Y { // time becomes the last visit, x its product with arm
		x := d.X[row*4:]
		x[2] = math.Floor(x[2])
		x[3] = x[1] * x[2]
		d.Y[row] = float64(r.IntN(2))
	}
	d.Terms[3] = "arm:time"
	m := model(t, d, Options{})
	for _, c := range []struct {
		l    []float64
		rows int
	}{{[]float64{0, 1, 0, 0}, 60}, {[]float64{0, 1, 0, 1}, 30}, {[]float64{0, 0, 0, 1}, 0}} {
		n := 0
		if p := m.Pairs(c.l); p != nil {
			n = len(p.with)
		}
		if n != c.rows {
			t.Errorf("%v is put to %d rows, want %d", c.l, n, c.rows)
		}
	}
}
