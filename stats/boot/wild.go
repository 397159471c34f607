package boot

import (
	"errors"
	"math"

	"trialbox/stats/mixed"
)

/*
The wild cluster bootstrap of a linear contrast θ = l'β (Cameron, Gelbach and Miller 2008, Review of Economics and
Statistics 90, 414; Webb's weights: Webb 2014, Queen's Economics Department working paper 1315), for generalised least
squares with the fitted covariance V:

	β̃ = β̂ − q (θ̂ − c)/(l'q),  q = Cl, C = (X'V⁻¹X)⁻¹       restricted by l'β = c: the null is imposed
	y* = Xβ̃ + v_i (y_i − X_iβ̃)                               v_i one of ±√½, ±1, ±√(3/2), one a unit
	t* = (l'β* − c) / CR1 standard error of l'β*              β* from y* with V as it was fitted

and P = (1 + #{|t*| ≥ |t|})/(B+1), t = (θ̂ − c)/CR1 standard error. With r_i = X_i'V_i⁻¹(y_i − X_iβ̂),
P_i = X_i'V_i⁻¹X_i and d = θ̂ − c, the score of unit i at β̃ is r_i + P_iq d/(l'q), so

	l'β* − c = n0 + n1 d,   CR1 variance = q0 + q1 d + q2 d²

with five numbers a draw that do not depend on c: the interval, all c that are not rejected, needs no further draw.
*/

const (
	wildNumbers  = 5 // n0, n1, q0, q1, q2
	wildObserved = 2 // θ̂, its CR1 variance
)

// wild is shared by the clones of a Runner; replicate allocates its own scratch.
type wild struct {
	tests    []wildTest // terms, then contrasts
	score    [][]float64
	cov      []float64
	p        int
	factor   float64 // G/(G−1)
	observed []float64
}

// wildTest is what a contrast needs: nil q when it has no estimate.
type wildTest struct {
	q        []float64   // Cl
	a0, a1   []float64   // per unit: q'r_i, q'P_iq/(l'q)
	b        [][]float64 // per unit: CP_iq
	pq       [][]float64 // per unit: P_iq/(l'q)
	estimate float64
}

func newWild(r *Runner) (*wild, error) {
	if r.units() < 2 {
		return nil, errors.New("the wild bootstrap needs at least two units")
	}
	inf, err := r.Inference()
	if err != nil {
		return nil, err
	}
	s := inf.UnitSums()
	g := float64(len(s.XX))
	w := &wild{score: s.Score, cov: s.Cov(), p: s.P, factor: g / (g - 1)}
	for n, l := range r.combinations() {
		t := wildTest{}
		if l != nil {
			t = newWildTest(s, inf.ToBasis(l))
			t.estimate = r.estimateOf(n)
		}
		v := math.NaN()
		if t.q != nil {
			v = 0
			for _, a := range t.a0 {
				v += w.factor * a * a
			}
		}
		w.tests = append(w.tests, t)
		w.observed = append(w.observed, t.estimate, v)
	}
	return w, nil
}

func newWildTest(s *mixed.UnitSums, l []float64) wildTest {
	p := s.P
	t := wildTest{q: times(s.Cov(), l, p)}
	lq := dot(l, t.q)
	for i, xx := range s.XX {
		pq := times(xx, t.q, p)
		t.b = append(t.b, times(s.Cov(), pq, p))
		for k := range pq {
			pq[k] /= lq
		}
		t.pq = append(t.pq, pq)
		t.a0 = append(t.a0, dot(t.q, s.Score[i]))
		t.a1 = append(t.a1, dot(t.q, pq))
	}
	return t
}

// webb are the six values of a weight: mean 0, variance 1, third moment 0.
var webb = [6]float64{-math.Sqrt(1.5), -1, -math.Sqrt(0.5), math.Sqrt(0.5), 1, math.Sqrt(1.5)}

// replicate draws the weights of replicate number and puts the five numbers of every test into their place.
func (w *wild) replicate(r *Runner, b *Batch, k, number int) {
	if b.Tests == nil {
		b.Tests, b.Observed = make([]float64, b.N*len(w.tests)*wildNumbers), w.observed
	}
	r.seed(number)
	v := r.weights
	for i := range v {
		v[i] = webb[r.random.IntN(len(webb))]
	}
	sum := make([]float64, w.p) // Σ v_i r_i
	for i, s := range w.score {
		addScaled(sum, s, v[i])
	}
	sum1 := make([]float64, w.p)
	out := b.Tests[k*len(w.tests)*wildNumbers:]
	for n := range w.tests {
		t := &w.tests[n]
		if t.q == nil {
			continue
		}
		clear(sum1) // Σ v_i P_iq/(l'q)
		for i, pq := range t.pq {
			addScaled(sum1, pq, v[i])
		}
		var n0, n1, q0, q1, q2 float64
		for i, x := range v {
			n0 += x * t.a0[i]
			n1 += x * t.a1[i]
			u0 := x*t.a0[i] - dot(t.b[i], sum)
			u1 := x*t.a1[i] - dot(t.b[i], sum1)
			q0 += u0 * u0
			q1 += 2 * u0 * u1
			q2 += u1 * u1
		}
		copy(out[n*wildNumbers:], []float64{n0, n1, w.factor * q0, w.factor * q1, w.factor * q2})
	}
}

// wildInterval is what the draws of one test say: numbers[k] are the five of draw k.
func wildInterval(e Estimate, observed []float64, numbers [][]float64) Interval {
	out := noInterval(e)
	estimate, variance := observed[0], observed[1]
	out.Used = len(numbers)
	if len(numbers) == 0 || math.IsNaN(estimate) || !(variance > 0) {
		return out
	}
	out.SE = math.Sqrt(variance)
	out.Statistic = estimate / out.SE
	p := func(c float64) float64 {
		d := estimate - c
		t2 := d * d / variance * (1 - tie)
		atLeast := 0
		for _, x := range numbers {
			n := x[0] + x[1]*d
			if n*n >= t2*(x[2]+(x[3]+x[4]*d)*d) {
				atLeast++
			}
		}
		return float64(atLeast+1) / float64(len(numbers)+1)
	}
	out.P = p(0)
	out.Inverted = [2]float64{invert(p, estimate, -out.SE), invert(p, estimate, out.SE)}
	return out
}

// tie is how much less a replicate's statistic may be and still count as equal: rounding.
const tie = 1e-9

// invert is the end of the interval of all values with P > 0.05, on the side of step from the estimate, where P is 1;
// infinite where P stays above.
func invert(p func(c float64) float64, estimate, step float64) float64 {
	inside, outside := 0.0, 1.0
	for ; p(estimate+outside*step) > 0.05; outside *= 2 {
		if inside = outside; outside > 1e4 {
			return math.Inf(int(math.Copysign(1, step)))
		}
	}
	for outside-inside > 1e-7*outside {
		if middle := (inside + outside) / 2; p(estimate+middle*step) > 0.05 {
			inside = middle
		} else {
			outside = middle
		}
	}
	return estimate + inside*step
}

// combinations are the terms and the contrasts as combinations of the terms kept; nil where there is no estimate.
func (r *Runner) combinations() [][]float64 {
	p := len(r.fit.Terms)
	out := make([][]float64, p, p+len(r.job.Contrasts))
	for k := range out {
		out[k] = make([]float64, p)
		out[k][k] = 1
	}
	for _, c := range r.job.Contrasts {
		l, ok := kept(r.job, r.fit, c)
		if !ok {
			l = nil
		}
		out = append(out, l)
	}
	return out
}

// estimateOf is the estimate of term or contrast n.
func (r *Runner) estimateOf(n int) float64 {
	if p := len(r.fit.Terms); n >= p {
		return r.Contrasts()[n-p].Estimate
	}
	return r.fit.Beta[n]
}

// times is the p×p matrix a times x.
func times(a, x []float64, p int) []float64 {
	out := make([]float64, p)
	for i := range out {
		out[i] = dot(a[i*p:(i+1)*p], x)
	}
	return out
}

func dot(x, y []float64) float64 {
	s := 0.0
	for k, v := range x {
		s += v * y[k]
	}
	return s
}

// addScaled adds f·x to y.
func addScaled(y, x []float64, f float64) {
	for k, v := range x {
		y[k] += f * v
	}
}
