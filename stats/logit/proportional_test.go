package logit

import (
	"math"
	"testing"

	"trialbox/stats/mixed"
)

// TestProportional: the score statistic of the extended model's δ, checked against the definition: its likelihood by
// brute force, differenced.
func TestProportional(t *testing.T) {
	d := simulate(8, 10, 8, 3, 4, 0.5, 1)
	m := model(t, d, Options{Ordinal: true, Nodes: 15})
	f, err := m.Fit()
	if err != nil {
		t.Fatal(err)
	}
	terms := []int{1} // time
	got := m.Proportional(f, terms)
	thresholds := make([]float64, 3)
	for c := range thresholds {
		thresholds[c] = f.Thresholds[c].Estimate
	}
	// The profile of the likelihood in δ by one Newton step is S'(I⁻¹)S: here from differences of the whole surface.
	n := 3 + len(f.Beta) + 2 + 2
	x := append(append(append([]float64(nil), thresholds...), f.Beta...), f.Random[0].SD, f.Random[1].SD, 0, 0)
	value := func(x []float64) float64 {
		return nominalLikelihood(d, x[:3], append([]float64{0}, x[3:3+len(f.Beta)]...), x[n-2:], x[n-4], x[n-3])
	}
	const h = 1e-3
	base := value(x)
	up, down := make([]float64, n), make([]float64, n)
	moved := func(s float64, at ...int) float64 {
		y := append([]float64(nil), x...)
		for _, k := range at {
			y[k] += s * h
		}
		return value(y)
	}
	info, score := make([]float64, n*n), make([]float64, n)
	for k := range n {
		up[k], down[k] = moved(1, k), moved(-1, k)
		score[k] = (up[k] - down[k]) / (2 * h)
		info[k*n+k] = -(up[k] - 2*base + down[k]) / (h * h)
		for l := range k {
			v := -(moved(1, k, l) + moved(-1, k, l) - up[k] - up[l] + 2*base - down[k] - down[l]) / (2 * h * h)
			info[k*n+l], info[l*n+k] = v, v
		}
	}
	s := append([]float64(nil), score...)
	if !cholesky(info, n) {
		t.Fatal("information")
	}
	backsolve(info, s, n)
	near(t, "statistic", got.Statistic, dot(score, s), 2e-3*(1+got.Statistic))
	if got.DF != 2 || !(got.P > 0 && got.P < 1) {
		t.Errorf("%+v", got)
	}
}

// nominalLikelihood is bruteForce with another coefficient of time at every threshold but the first.
func nominalLikelihood(d *mixed.Design, thresholds, beta, delta []float64, su, sp float64) float64 {
	rule := hermite(25)
	F := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	rows := map[int32][]int{}
	for row, j := range d.Groups[1].Of {
		rows[j] = append(rows[j], row)
	}
	w := make([]float64, len(rule.x))
	for k, x := range rule.x {
		w[k] = rule.lam[k] * math.Exp(-x*x) / math.Sqrt(math.Pi)
	}
	ll := 0.0
	for i := range d.Groups[0].Levels {
		sum := 0.0
		for k := range w {
			product := w[k]
			for j := range d.Groups[1].Levels {
				if int(d.Groups[0].Of[rows[int32(j)][0]]) != i {
					continue
				}
				inner := 0.0
				for l := range w {
					p := w[l]
					for _, row := range rows[int32(j)] {
						eta := math.Sqrt2 * (su*rule.x[k] + sp*rule.x[l])
						for c, b := range beta {
							eta += b * d.X[row*4+c]
						}
						cum := func(c int) float64 {
							switch {
							case c < 0:
								return 0
							case c == len(thresholds):
								return 1
							case c == 0:
								return F(thresholds[0] - eta)
							}
							return F(thresholds[c] - eta - delta[c-1]*d.X[row*4+2])
						}
						p *= cum(int(d.Y[row])) - cum(int(d.Y[row])-1)
					}
					inner += p
				}
				product *= inner
			}
			sum += product
		}
		ll += math.Log(sum)
	}
	return ll
}

// TestChiSquared: R 4.2.2, pchisq(x, df, lower.tail = FALSE).
func TestChiSquared(t *testing.T) {
	for _, c := range []struct {
		x    float64
		df   int
		want float64
	}{{3.841458820694124, 1, 0.05}, {3.174977099747, 3, 0.36543}, {0.566740268382, 3, 0.90400}, {30, 4, 4.894437e-06}} {
		near(t, "tail", chiSquaredTail(c.x, c.df), c.want, 6e-6)
	}
}
