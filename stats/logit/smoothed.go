package logit

import "math"

// smoothed is the logistic function integrated over a normal effect, F(x) = E 1/(1 + exp(sd Z − x)), on a grid that is
// filled where it is asked for: a replicate asks at hundreds of rows and every threshold. Between the points it is the
// cubic with F and its slope at both ends, whose error is at most h⁴/384 times the largest fourth derivative, 6e-7.
type smoothed struct {
	sd    float64
	known [2*gridSize + 1]bool
	f, d  [2*gridSize + 1]float64
	rule  rule
}

const (
	gridStep = 0.2
	gridSize = 70 // points on either side of 0; beyond ±14 nothing is interpolated
)

// at begins anew when the standard deviation is another.
func (t *smoothed) at(sd float64) {
	if t.rule.x == nil {
		t.rule = hermite(replicateNodes)
		for n, node := range t.rule.x {
			t.rule.lam[n] *= math.Exp(-node*node) / math.Sqrt(math.Pi)
		}
	}
	if t.sd != sd {
		t.sd = sd
		clear(t.known[:])
	}
}

// exact is F and its slope by quadrature.
func (t *smoothed) exact(x float64) (f, slope float64) {
	for n, node := range t.rule.x {
		v := 1 / (1 + math.Exp(t.sd*math.Sqrt2*node-x))
		f += t.rule.lam[n] * v
		slope += t.rule.lam[n] * v * (1 - v)
	}
	return f, slope
}

// point is F and its slope times the step at a point of the grid.
func (t *smoothed) point(k int) (f, d float64) {
	if !t.known[k] {
		t.f[k], t.d[k] = t.exact(float64(k-gridSize) * gridStep)
		t.d[k] *= gridStep
		t.known[k] = true
	}
	return t.f[k], t.d[k]
}

func (t *smoothed) value(x float64) float64 {
	u := x/gridStep + gridSize
	if !(u >= 0 && u < 2*gridSize) {
		f, _ := t.exact(x)
		return f
	}
	k := int(u)
	f0, d0 := t.point(k)
	f1, d1 := t.point(k + 1)
	u -= float64(k)
	v := 1 - u
	return v*v*((1+2*u)*f0+u*d0) + u*u*((1+2*v)*f1-v*d1)
}

// add adds weight times the probabilities of a row with linear combination eta: of the event where there are no
// thresholds, else of every category.
func (t *smoothed) add(out, thresholds []float64, eta, weight float64) {
	if len(thresholds) == 0 {
		out[0] += weight * t.value(eta)
		return
	}
	below := 0.0
	for c, a := range thresholds {
		f := t.value(a - eta)
		out[c] += weight * (f - below)
		below = f
	}
	out[len(thresholds)] += weight * (1 - below)
}
