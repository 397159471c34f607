package mixed_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"trialbox/stats/internal/trialdata"
	"trialbox/stats/mixed"
)

// TestDerivatives compares the exact gradient with central differences of the criterion and the exact Hessian with
// central differences of the gradient, inside and at the boundary, for full and resampled data.
func TestDerivatives(t *testing.T) {
	fr := trialdata.Trial(t)
	for _, side := range []string{"base", "unadj", "unitonly"} {
		for _, method := range []mixed.Method{mixed.ML, mixed.REML} {
			m, err := mixed.New(trialdata.Design(t, fr, "odi ~ "+rightSides[side]))
			if err != nil {
				t.Fatal(err)
			}
			fit, err := m.Fit(method)
			if err != nil {
				t.Fatal(err)
			}
			s := m.NewScratch(fit)
			weights := make([]float64, m.Units())
			for r := range 3 {
				draw(weights, uint64(r))
				for _, at := range [][2]float64{{0.6, 0.03}, {2, 1}, {0.01, 0.4}, {0.3, 0.001}} {
					if side == "unitonly" {
						at[1] = 0
					}
					t.Run(fmt.Sprintf("%s/%v/%d/%v", side, method, r, at), func(t *testing.T) { derivatives(t, s, weights, at[0], at[1]) })
				}
			}
		}
	}
}

// draw sets weights to a resample; the first is the full data.
func draw(weights []float64, r uint64) {
	random := rand.New(rand.NewPCG(7, r))
	for k := range weights {
		weights[k] = 0
		if r == 0 {
			weights[k] = 1
		}
	}
	for range weights {
		if r > 0 {
			weights[random.IntN(len(weights))]++
		}
	}
}

func derivatives(t *testing.T, s *mixed.Scratch, weights []float64, a, b float64) {
	_, grad, hess := s.Derivatives(weights, a, b)
	for k, h := range []float64{1e-5 * (a + 0.01), 1e-5 * (b + 0.01)} {
		if k == 1 && b == 0 {
			return // one grouping factor
		}
		step := [2]float64{}
		step[k] = h
		up, gradUp, _ := s.Derivatives(weights, a+step[0], b+step[1])
		down, gradDown, _ := s.Derivatives(weights, a-step[0], b-step[1])
		near(t, fmt.Sprint("gradient ", k), grad[k], (up-down)/(2*h), 1e-5*(1+math.Abs(grad[k])))
		for j := range 2 {
			if j == 1 && b == 0 {
				continue
			}
			want := (gradUp[j] - gradDown[j]) / (2 * h)
			near(t, fmt.Sprint("Hessian ", j, k), hess[j+k], want, 1e-5*(1+math.Abs(hess[j+k])))
		}
	}
}

// TestBoundaryDerivatives: at b = 0 the gradient is the one-sided derivative, not zero.
func TestBoundaryDerivatives(t *testing.T) {
	m, fit := baseModel(t, mixed.REML)
	s := m.NewScratch(fit)
	weights := make([]float64, m.Units())
	draw(weights, 0)
	d0, grad, _ := s.Derivatives(weights, 0.6, 0)
	d1, _, _ := s.Derivatives(weights, 0.6, 1e-7)
	near(t, "gradient at b = 0", grad[1], (d1-d0)/1e-7, 1e-3*math.Abs(grad[1]))
	if math.Abs(grad[1]) < 1 {
		t.Errorf("gradient %g at b = 0 is no test", grad[1])
	}
}
