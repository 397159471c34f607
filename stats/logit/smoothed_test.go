package logit

import (
	"math"
	"testing"
)

// Between the points of its grid and beyond it, F is what 61 points of quadrature give.
func TestSmoothed(t *testing.T) {
	r := hermite(marginalNodes)
	var s smoothed
	for _, sd := range []float64{0, 0.3, 1, 2} {
		s.at(sd)
		for x := -16.0; x <= 16; x += 0.0371 {
			want := 0.0
			for n, node := range r.x {
				want += r.lam[n] * math.Exp(-node*node) / math.Sqrt(math.Pi) / (1 + math.Exp(sd*math.Sqrt2*node-x))
			}
			if got := s.value(x); math.Abs(got-want) > 1e-6 {
				t.Fatalf("F(%.3f) with SD %v is %.9f, by quadrature %.9f", x, sd, got, want)
			}
		}
	}
}
