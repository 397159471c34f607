package mixed

import (
	"math"
	"slices"
)

// The search of a replicate. Diagonal elements θ of Λ are searched as φ = log(1 + cθ²), c the rows that share the effect:
// there the criterion is nearer to a parabola than by θ (newton.go). That of a single effect, or of the last of a block, may
// be zero, where the derivative by φ does not vanish: it is the one by the variance. The others, which turn with those
// below them, are kept away from zero. Other parameters stay as they are. The step is the minimiser of the parabola within
// the bounds, its Hessian what the drawn units have at the fit on all rows, then BFGS.

// gsearch is the state of one search.
type gsearch struct {
	share       []float64 // c of each parameter, 0 where it is not searched as φ
	low         []float64 // bounds
	fit         []float64 // the fit on all rows
	p, g, h     []float64 // point, gradient and Hessian of D
	step, next  []float64
	y, hs       []float64
	held        []bool
	part, right []float64
	index       []int
	theta       []float64
	d           float64
	narrow      bool // the fit has a block of nearly lower rank
}

const (
	searchLimit = 60  // evaluations
	searchStep  = 1.5 // no parameter moves further at once, or by its own size
)

// generalTolerance is the decrease promised by the last step of a replicate, which is taken.
var generalTolerance = tolerance{5e-6, 1e-12}

func (c *gcriterion) newSearch(theta []float64) *gsearch {
	n := len(theta)
	v := func(n int) []float64 { return make([]float64, n) }
	s := &gsearch{narrow: c.g.narrow(theta, 2*nearZero), share: v(n), low: v(n), fit: slices.Clone(theta), p: v(n), g: v(n), h: v(n * n), step: v(n), next: v(n), y: v(n),
		hs: v(n), held: make([]bool, n), part: v(n * n), right: v(n), index: make([]int, 0, n), theta: v(n)}
	for k := range s.low {
		s.low[k] = math.Inf(-1)
	}
	for k := range c.g.blocks {
		b := &c.g.blocks[k]
		rows := c.model.n / float64(c.model.levels[b.group])
		if b.level != patientLevel || !c.g.nested {
			rows /= 2
		}
		for i := range b.q {
			at := b.at2(i, i)
			t := theta[at]
			if t < 1e-3 && b.q > 1 && (i < b.q-1 || s.narrow) {
				continue // stays at zero until gscratch.leave looks
			}
			if i < b.q-1 {
				s.low[at] = math.Log1p(rows * 0.16 * t * t)
			} else {
				s.low[at] = 0
			}
			s.share[at], s.fit[at] = rows, math.Log1p(rows*t*t)
		}
	}
	return s
}

// parameters are θ of a point.
func (s *gsearch) parameters(p []float64) []float64 {
	for k, v := range p {
		if c := s.share[k]; c > 0 {
			v = math.Sqrt(math.Expm1(v) / c)
		}
		s.theta[k] = v
	}
	return s.theta
}

// gradient sets g to the derivatives of D at p, after evaluate there.
func (s *gsearch) gradient(g, p []float64, c *gcriterion) {
	copy(g, c.grad)
	for k := range c.g.blocks {
		b := &c.g.blocks[k]
		for i := range b.q {
			at := b.at2(i, i)
			if rows := s.share[at]; rows > 0 && i == b.q-1 {
				g[at] = c.corner[k] * math.Exp(p[at]) / rows
			} else if rows > 0 {
				g[at] *= math.Exp(p[at]) / (2 * rows * c.theta[at])
			}
		}
	}
}

// run minimises D from s.p, where s.g and s.h are its derivatives (or s.g zero). The last step is taken, but not
// evaluated.
func (s *gsearch) run(c *gcriterion) (out descent) {
	s.d = math.Inf(1)
	s.solve()
	for out.evaluations < searchLimit && !out.converged {
		s.move()
		out.evaluations++
		if c.evaluate(s.parameters(s.next), true) && c.d <= s.d+noise(s.d) {
			s.accept(c)
			out.ok = true
			out.converged = s.solve() < generalTolerance.absolute+generalTolerance.relative*math.Abs(s.d)
			continue
		}
		if !out.ok {
			return out
		}
		for k := range s.step {
			s.step[k] /= 4
		}
	}
	s.move()
	out.x, out.d, out.grad = s.parameters(s.next), s.d, s.right[:len(s.p)]
	return out
}

// move sets next to p + step, shortened as a whole when it is too long.
func (s *gsearch) move() {
	scale := 1.0
	for k, v := range s.step {
		if most := max(searchStep, math.Abs(s.p[k])); math.Abs(v)*scale > most {
			scale = most / math.Abs(v)
		}
	}
	for k, v := range s.step {
		s.step[k] = scale * v
		s.next[k] = s.p[k] + scale*v
		if s.next[k] < s.low[k]+1e-13 {
			s.next[k] = s.low[k]
		}
	}
}

// pinned says whether the search ended at a bound that is not a variance's own.
func (s *gsearch) pinned() bool {
	for k, v := range s.next {
		if s.low[k] > 0 && v == s.low[k] {
			return true
		}
	}
	return false
}

// accept makes next the point, and carries the Hessian on by the BFGS update, damped where the gradient did not grow
// along the step as a convex function's would (Powell 1978).
func (s *gsearch) accept(c *gcriterion) {
	n := len(s.p)
	first := math.IsInf(s.d, 1)
	s.gradient(s.right, s.next, c)
	sy, shs := 0.0, 0.0
	for i := range n {
		v := 0.0
		for j, h := range s.h[i*n : (i+1)*n] {
			v += h * (s.next[j] - s.p[j])
		}
		move := s.next[i] - s.p[i]
		s.hs[i], s.y[i] = v, s.right[i]-s.g[i]
		sy += move * s.y[i]
		shs += move * v
	}
	if !first && shs > 0 {
		if sy < 0.1*shs {
			f := 0.9 * shs / (shs - sy)
			for i := range n {
				s.y[i] = f*s.y[i] + (1-f)*s.hs[i]
			}
			sy = 0.1 * shs
		}
		for i := range n {
			a, b := s.y[i]/sy, s.hs[i]/shs
			for j := range n {
				s.h[i*n+j] += a*s.y[j] - b*s.hs[j]
			}
		}
	}
	s.d = c.d
	copy(s.p, s.next)
	copy(s.g, s.right)
}

// solve sets step to the minimiser of g's + s'Hs/2 within the bounds and returns the decrease. Parameters are
// put on their bound one at a time, the worst first, and let go where the parabola then falls inwards.
func (s *gsearch) solve() (gain float64) {
	n := len(s.p)
	for k := range n {
		s.held[k] = s.p[k] == s.low[k] && s.g[k] > 0
	}
	for range 4 * n {
		s.free()
		worst, most := -1, 0.0
		for k := range n {
			if beyond := s.low[k] - s.p[k] - s.step[k]; !s.held[k] && beyond > most {
				worst, most = k, beyond
			}
		}
		if worst >= 0 {
			s.held[worst] = true
			continue
		}
		most = 0
		for k := range n {
			if slope := s.slope(k); s.held[k] && slope < most-1e-12*math.Abs(s.g[k]) {
				worst, most = k, slope
			}
		}
		if worst < 0 {
			break
		}
		s.held[worst] = false
	}
	for k, v := range s.step {
		gain -= (s.g[k] + s.slope(k)) / 2 * v
	}
	return gain
}

// slope is the derivative of the parabola at step.
func (s *gsearch) slope(k int) float64 {
	v := s.g[k]
	for j, h := range s.h[k*len(s.p) : (k+1)*len(s.p)] {
		v += h * s.step[j]
	}
	return v
}

// free solves for the parameters that are not held; a Hessian that is not positive definite is made so by its diagonal.
func (s *gsearch) free() {
	n := len(s.p)
	s.index = s.index[:0]
	for k := range n {
		if s.held[k] {
			s.step[k] = s.low[k] - s.p[k]
		} else {
			s.index = append(s.index, k)
		}
	}
	q := len(s.index)
	for ridge := 0.0; ; ridge = max(4*ridge, 1e-3) {
		for a, i := range s.index {
			v := -s.g[i]
			for k := range n {
				if s.held[k] {
					v -= s.h[i*n+k] * s.step[k]
				}
			}
			s.right[a] = v
			for b, j := range s.index {
				s.part[a*q+b] = s.h[i*n+j]
			}
			s.part[a*q+a] += ridge * (math.Abs(s.h[i*n+i]) + 1)
		}
		if cholesky(s.part[:q*q], q) || ridge > 1e6 {
			break
		}
	}
	choleskySolve(s.part[:q*q], s.right, q)
	for a, i := range s.index {
		s.step[i] = s.right[a]
	}
}
