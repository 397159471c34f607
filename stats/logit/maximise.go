package logit

import "math"

// peak is where a search ended.
type peak struct {
	psi        []float64
	ll         float64
	hess       []float64 // dim×dim; zero rows for held standard deviations
	converged  bool
	failure    string
	iterations int
	held       [2]bool
	edge       bool      // a standard deviation was vanishing
	inverse    []float64 // of the information, as a replicate's climb knows it
}

const (
	maxIterations = 100
	settled       = 25   // steps after which slow progress is the quadrature's
	maxDecrement  = 60.0 // Newton decrement g'H⁻¹g beyond which a step is shortened
	edgeSD        = 0.01 // a standard deviation that shrinks below this ends the climb: the boundary is tried
	runaway       = 40.0 // a coefficient or standard deviation beyond this, in working units, has no finite estimate
)

// at sets ll, grad and hess at ψ, the nodes placed there.
func (c *criterion) at(psi, weights []float64, units []int32) bool {
	if c.moving {
		return c.numeric(psi, weights, units)
	}
	if !c.laplace {
		c.place(psi, units)
		return c.evaluate(psi, weights, units, true)
	}
	if !c.evaluateLaplace(psi, weights, units) {
		return false
	}
	return c.differenced(psi, weights, units)
}

// differenced sets hess to central differences of Laplace's exact gradient.
func (c *criterion) differenced(psi, weights []float64, units []int32) bool {
	const h = 1e-4
	ll, grad := c.ll, append([]float64(nil), c.grad...)
	moved := append([]float64(nil), psi...)
	clear(c.hess)
	for _, k := range c.free() {
		moved[k] = psi[k] + h
		ok := c.evaluateLaplace(moved, weights, units)
		up := append([]float64(nil), c.grad...)
		moved[k] = psi[k] - h
		ok = c.evaluateLaplace(moved, weights, units) && ok
		moved[k] = psi[k]
		if !ok {
			return false
		}
		for j := range up {
			c.hess[k*c.dim+j] = (up[j] - c.grad[j]) / (2 * h)
		}
	}
	for i := range c.dim {
		for j := range i {
			v := (c.hess[i*c.dim+j] + c.hess[j*c.dim+i]) / 2
			c.hess[i*c.dim+j], c.hess[j*c.dim+i] = v, v
		}
	}
	c.ll = ll
	copy(c.grad, grad)
	c.bend()
	return true
}

// fewNodes is the number of points at a level below which the score of frozen nodes is too far from the derivative of
// the criterion, the nodes moving with the parameters, which other programs maximise.
const fewNodes = 7

// numeric sets ll, grad and hess to central differences of the criterion with nodes that move.
func (c *criterion) numeric(psi, weights []float64, units []int32) bool {
	const h = 1e-3
	moved := append([]float64(nil), psi...)
	f := func() float64 {
		c.place(moved, units)
		if !c.evaluate(moved, weights, units, false) {
			return math.NaN()
		}
		return c.ll
	}
	free := c.free()
	ll := f()
	up, down := make([]float64, c.dim), make([]float64, c.dim)
	for _, k := range free {
		moved[k] = psi[k] + h
		up[k] = f()
		moved[k] = psi[k] - h
		down[k] = f()
		moved[k] = psi[k]
	}
	hess, grad := make([]float64, c.dim*c.dim), make([]float64, c.dim)
	for n, k := range free {
		grad[k] = (up[k] - down[k]) / (2 * h)
		hess[k*c.dim+k] = (up[k] - 2*ll + down[k]) / (h * h)
		for _, l := range free[:n] {
			moved[k], moved[l] = psi[k]+h, psi[l]+h
			both := f()
			moved[k], moved[l] = psi[k]-h, psi[l]-h
			both += f()
			moved[k], moved[l] = psi[k], psi[l]
			v := (both - up[k] - up[l] + 2*ll - down[k] - down[l]) / (2 * h * h)
			hess[k*c.dim+l], hess[l*c.dim+k] = v, v
		}
	}
	c.ll = ll
	copy(c.grad, grad)
	copy(c.hess, hess)
	return !math.IsNaN(ll + dot(grad, grad))
}

// free lists the parameters that are not held.
//
//go:noinline
func (c *criterion) free() []int {
	out := make([]int, 0, c.dim)
	for k := range c.dim {
		if k < c.m.q || !c.held[k-c.m.q] {
			out = append(out, k)
		}
	}
	return out
}

// newtonStep is the ascent step (−H)⁻¹g over the free parameters and its decrement g'(−H)⁻¹g. Where −H is not
// positive definite it is made so (solveRidged).
func (c *criterion) newtonStep(step []float64) (decrement float64, ok bool) {
	free := c.free()
	n := len(free)
	a, b := make([]float64, n*n), make([]float64, n)
	for i, k := range free {
		b[i] = c.grad[k]
		for j, l := range free {
			a[i*n+j] = -c.hess[k*c.dim+l]
		}
	}
	if !solveRidged(a, b, n) {
		return 0, false
	}
	clear(step)
	for i, k := range free {
		step[k] = b[i]
		decrement += b[i] * c.grad[k]
	}
	return decrement, true
}

// maximise climbs from ψ by Newton's method, the nodes placed anew at every point. The gradient and Hessian of the
// frozen nodes are those of the likelihood but for the quadrature's own error, so the climb converges quadratically
// also where nodes must move far (units of thousands of patients); it ends where the posterior-mean score is zero.
func (c *criterion) maximise(psi, weights []float64, units []int32) *peak {
	p := &peak{psi: append([]float64(nil), psi...), held: c.held}
	for k, held := range c.held {
		if held {
			p.psi[c.m.q+k] = 0
		}
	}
	step, trial := make([]float64, c.dim), make([]float64, c.dim)
	if !c.at(p.psi, weights, units) {
		p.failure = "the criterion cannot be evaluated at the start"
		return p
	}
	for p.iterations = 1; p.iterations <= maxIterations; p.iterations++ {
		p.ll = c.ll
		p.hess = append(p.hess[:0], c.hess...)
		decrement, ok := c.newtonStep(step)
		if !ok {
			p.failure = "the information matrix is singular"
			return p
		}
		if decrement < c.enough() {
			p.converged = true
			for k := range p.psi {
				p.psi[k] += step[k]
			}
			return p
		}
		if p.iterations > settled && decrement < 1e-2 {
			return p // the quadrature is too coarse for the score to vanish: the check with more points will tell
		}
		if p.edge = c.atEdge(p.psi, step); p.edge {
			return p
		}
		scale := c.shorten(p.psi, step, decrement)
		better := false
		for range 12 {
			for k := range trial {
				trial[k] = p.psi[k] + scale*step[k]
			}
			// Near the end, where the step is far below what the quadrature resolves, it is taken without looking.
			if better = c.at(trial, weights, units) && (c.ll >= p.ll-1e-9*(1+math.Abs(p.ll)) || decrement < 1e-4); better {
				break
			}
			scale /= 4
		}
		if !better {
			p.failure = "no step leads upwards"
			return p
		}
		copy(p.psi, trial)
		if c.ranAway(p.psi) {
			p.failure = "the estimates grow without bound"
			return p
		}
	}
	p.failure = "no convergence in the allowed number of steps"
	return p
}

// enough is the Newton decrement at which the climb ends, after the step: a thousandth of a thousandth of a standard
// error, or what differences resolve.
func (c *criterion) enough() float64 {
	if c.moving {
		return 1e-8
	}
	return 1e-12
}

// shorten is the factor for a step that is too long. A standard deviation never jumps over zero, where the likelihood
// has a stationary point by symmetry, nor loses more than two thirds at once.
func (c *criterion) shorten(psi, step []float64, decrement float64) float64 {
	scale := 1.0
	if decrement > maxDecrement {
		scale = math.Sqrt(maxDecrement / decrement)
	}
	for k, s := range step[c.m.q:] {
		if longest := scale * math.Abs(s); longest > 1 {
			scale /= longest
		}
		if sd := psi[c.m.q+k]; sd+scale*s < sd/3 {
			scale = -2 * sd / (3 * s)
		}
	}
	return scale
}

// atEdge says whether a standard deviation is about to vanish.
func (c *criterion) atEdge(psi, step []float64) bool {
	for k, held := range c.held {
		if sd := psi[c.m.q+k]; !held && sd < edgeSD && step[c.m.q+k] < 0 {
			return true
		}
	}
	return false
}

func (c *criterion) ranAway(psi []float64) bool {
	for _, v := range psi {
		if !(math.Abs(v) < runaway) {
			return true
		}
	}
	return false
}

// rising says whether the likelihood grows when standard deviation k, held at zero, leaves it: the derivative by the
// variance there is positive. By symmetry the derivative by the standard deviation at zero is zero, so it is taken at
// a small value.
func (m *Model) rising(psi, weights []float64, units []int32, k int, c *criterion) bool {
	const h = 0.02
	moved := append([]float64(nil), psi...)
	moved[m.q+k] = h
	if c.laplace {
		c.evaluateLaplace(moved, weights, units)
	} else if c.moving {
		c.numeric(moved, weights, units)
	} else {
		c.place(moved, units)
		c.evaluate(moved, weights, units, false)
	}
	return c.grad[m.q+k]/h > 1e-6
}
