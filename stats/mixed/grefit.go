package mixed

import (
	"math"
	"slices"
)

// gscratch refits the general model to resamples.
type gscratch struct {
	c       *gcriterion
	theta   []float64 // the fit on all rows
	free    []bool
	inverse []float64
	units   []gunitPart // what each unit adds at the fit
	share   []float64   // rows that share an effect, where its SD is searched as φ
	keep    []float64   // the share of it that a first step must leave
	f       objective
}

// gunitPart is r and log|V| of one unit at the fit, the coefficients held, with their derivatives: so a resample's own
// first Newton step needs no look at its statistics.
type gunitPart struct {
	r        float64
	dr, dl   []float64
	d2r, d2l []float64
}

// generalTolerance is the decrease promised by the last step of a replicate, which is taken.
var (
	generalTolerance  = tolerance{1e-5, 1e-12}
	boundaryTolerance = tolerance{1e-8, 1e-13}
)

func (m *Model) newGscratch(f *Fit) *gscratch {
	c := m.newGcriterion(f.Method)
	s := &gscratch{c: c, theta: f.Theta, inverse: f.Inverse}
	s.f = c.objective()
	s.free = c.free(s.theta)
	s.shares()
	m.drawGeneral(c.x, nil)
	c.evaluate(s.theta, true)
	s.split()
	return s
}

// split takes the criterion at the fit apart, unit by unit: gradients of r and of log|V| with z held, and their
// differences for the second derivatives.
func (s *gscratch) split() {
	c := s.c
	m, n := c.model, len(s.theta)
	z := slices.Clone(c.z)
	method := c.method
	c.method, c.hold = ML, true
	defer func() { c.method, c.hold = method, false }()
	if m.levels[0] > manyUnits { // looking at each alone would cost more than it saves
		return
	}
	weights := make([]float64, m.levels[0])
	s.units = make([]gunitPart, m.levels[0])
	x := slices.Clone(s.theta)
	// With z held, D at a fixed σ is N log 2πσ² + r/σ² + log|V|: two σ give both gradients.
	both := func(x []float64) (r float64, dr, dl []float64) {
		c.sigma = 1
		c.evaluate(x, true)
		r = c.r
		one := slices.Clone(c.grad)
		c.sigma = math.Sqrt(0.5)
		c.evaluate(x, true)
		dr, dl = make([]float64, n), make([]float64, n)
		for k := range n {
			dr[k] = c.grad[k] - one[k]
			dl[k] = one[k] - dr[k]
		}
		c.sigma = 0
		return r, dr, dl
	}
	for i := range weights {
		weights[i] = 1
		m.drawGeneral(c.x, weights)
		weights[i] = 0
		copy(c.z, z)
		u := &s.units[i]
		u.r, u.dr, u.dl = both(x)
		u.d2r, u.d2l = make([]float64, n*n), make([]float64, n*n)
		for k := range n {
			if !s.free[k] {
				continue
			}
			e := 1e-4 * max(math.Abs(x[k]), 0.1)
			x[k] = s.theta[k] + e
			_, ur, ul := both(x)
			x[k] = s.theta[k] - e
			_, dr, dl := both(x)
			x[k] = s.theta[k]
			for j := range n {
				u.d2r[j*n+k] = (ur[j] - dr[j]) / (2 * e)
				u.d2l[j*n+k] = (ul[j] - dl[j]) / (2 * e)
			}
		}
	}
}

// start is the fit moved by one Newton step of the resample's criterion, the coefficients held, and the inverse Hessian
// there; the fit itself and its own Hessian where the resample's is not positive definite.
func (s *gscratch) start(weights []float64) (x, inverseHessian []float64) {
	if s.units == nil {
		return slices.Clone(s.theta), s.inverse
	}
	n := len(s.theta)
	r, df := 0.0, s.c.df()
	dr, dl, h := make([]float64, n), make([]float64, n), make([]float64, n*n)
	d2l := make([]float64, n*n)
	for i, w := range weights {
		if w == 0 {
			continue
		}
		u := &s.units[i]
		r += w * u.r
		axpy(dr, u.dr, w)
		axpy(dl, u.dl, w)
		axpy(h, u.d2r, w)
		axpy(d2l, u.d2l, w)
	}
	var index []int
	for k := range n {
		if s.free[k] {
			index = append(index, k)
		}
	}
	q := len(index)
	g, part := make([]float64, q), make([]float64, q*q)
	for a, i := range index {
		g[a] = df*dr[i]/r + dl[i]
		for b, j := range index {
			part[a*q+b] = df*((h[i*n+j]+h[j*n+i])/2/r-dr[i]*dr[j]/(r*r)) + (d2l[i*n+j]+d2l[j*n+i])/2
		}
	}
	x = slices.Clone(s.theta)
	s.stabilise(index, x, g, part)
	inv, ok := inverse(part, q)
	if !ok {
		return x, s.inverse
	}
	step, slope := make([]float64, q), make([]float64, q)
	s.boundedStep(step, index, g, part, inv)
	for a, i := range index {
		x[i], slope[a] = s.moved(i, x[i], step[a])
	}
	inverseHessian = make([]float64, n*n)
	full := inverseHessian
	for a, i := range index {
		for b, j := range index {
			full[i*n+j] = slope[a] * inv[a*q+b] * slope[b]
		}
	}
	for k := range n { // parameters at zero may leave it: a diagonal to begin with
		if !s.free[k] {
			full[k*n+k] = 1 / s.c.x.units
		}
	}
	s.floor(x, full)
	return x, full
}

// stabilise carries a gradient and a Hessian from SDs θ to φ = log(1 + cθ²), c the rows that share the effect: there the
// criterion is nearer to a parabola (newton.go). Only the diagonal of Λ is so changed.
func (s *gscratch) stabilise(index []int, x, g, h []float64) {
	q := len(index)
	for a, i := range index {
		c := s.share[i]
		if c == 0 {
			continue
		}
		t := x[i]
		j := (1 + c*t*t) / (2 * c * t) // dθ/dφ
		curve := j * (0.5 - 1/(2*c*t*t))
		for b := range q {
			h[a*q+b] *= j
			h[b*q+a] *= j
		}
		h[a*q+a] += g[a] * curve
		g[a] *= j
	}
}

// boundedStep is the Newton step with every φ held within its bounds: those that would leave them are put there and the
// others solved for again. A long step is shortened as a whole.
func (s *gscratch) boundedStep(step []float64, index []int, g, h, inv []float64) {
	q := len(index)
	low := make([]float64, q)
	for a, i := range index {
		low[a] = math.Inf(-1)
		if c := s.share[i]; c > 0 { // a single SD may become zero, one of a block is kept away from it
			t := s.keep[i] * s.theta[i]
			low[a] = math.Log((1 + c*t*t) / (1 + c*s.theta[i]*s.theta[i]))
		}
	}
	direction(step, inv, g)
	held := make([]bool, q)
	for range q {
		again := false
		for a := range q {
			if !held[a] && step[a] < low[a] {
				held[a], again = true, true
			}
		}
		if !again || !solveHeld(step, low, held, g, h, q) {
			break
		}
	}
	longest := 0.0
	for a, v := range step {
		if !held[a] {
			longest = max(longest, math.Abs(v))
		}
	}
	if longest > 1.5 {
		for a := range step {
			step[a] *= 1.5 / longest
		}
	}
}

// solveHeld minimises the parabola with the held steps at low.
func solveHeld(step, low []float64, held []bool, g, h []float64, q int) bool {
	var free []int
	for a := range q {
		if held[a] {
			step[a] = low[a]
		} else {
			free = append(free, a)
		}
	}
	n := len(free)
	part, right := make([]float64, n*n), make([]float64, n)
	for k, a := range free {
		right[k] = -g[a]
		for b := range q {
			if held[b] {
				right[k] -= h[a*q+b] * low[b]
			}
		}
		for m, b := range free {
			part[k*n+m] = h[a*q+b]
		}
	}
	if !cholesky(part, n) {
		return false
	}
	choleskySolve(part, right, n)
	for k, a := range free {
		step[a] = right[k]
	}
	return true
}

// moved is parameter i after a step, of φ where it is one, and dθ/dφ there.
func (s *gscratch) moved(i int, t, step float64) (value, slope float64) {
	c := s.share[i]
	if c == 0 {
		return t + step, 1
	}
	square := ((1+c*t*t)*math.Exp(step) - 1) / c
	if square <= 1e-12 {
		return 0, 1
	}
	value = math.Sqrt(square)
	return value, (1 + c*square) / (2 * c * max(value, nearZero/2))
}

// shares are, for the diagonal elements of Λ, the rows that share an effect; 0 for other parameters.
func (s *gscratch) shares() {
	c := s.c
	s.share, s.keep = make([]float64, len(s.theta)), make([]float64, len(s.theta))
	for k := range c.g.blocks {
		b := &c.g.blocks[k]
		rows := c.model.n / float64(c.model.levels[b.group])
		if b.level != patientLevel || !c.g.nested {
			rows /= 2
		}
		for i := range b.q {
			if at := b.at2(i, i); s.theta[at] > 1e-3 {
				s.share[at] = rows
				if b.q > 1 {
					s.keep[at] = 0.4
				}
			}
		}
	}
}

// floor puts single SDs that the step would take to zero or beyond there, and takes them out of the search: their
// derivatives vanish at zero, and leave looks whether they should have stayed.
func (s *gscratch) floor(x, h []float64) {
	n := len(x)
	for k := range s.c.g.blocks {
		b := &s.c.g.blocks[k]
		if b.q > 1 || x[b.par]*s.theta[b.par] > 0 && math.Abs(x[b.par]) > nearZero/4 {
			continue
		}
		x[b.par] = 0
		for j := range n {
			if j != b.par {
				h[b.par*n+j], h[j*n+b.par] = 0, 0
			}
		}
	}
}

// refit fits one resample; the scratch's Replicate is filled.
func (s *gscratch) refit(out *Replicate, weights []float64) (reason string) {
	c := s.c
	m := c.model
	m.drawGeneral(c.x, weights)
	if c.x.units == 0 {
		return "no " + m.names[0] + " drawn"
	}
	if reason := m.identifiedGeneral(c.x); reason != "" {
		return reason
	}
	if c.x.rows <= float64(len(m.basis.kept)) {
		return "fewer rows than covariates in the resample"
	}
	x, inverseHessian := s.start(weights)
	got := bfgs(s.f, x, inverseHessian, generalTolerance, 200)
	if got.ok {
		got = s.leave(got)
	}
	out.Evaluations = got.evaluations
	if !got.ok && c.bad < 0 || got.ok && !got.converged {
		again := bfgs(s.f, c.g.startAt(0.2, 0.7, 0.4), nil, generalTolerance, 300)
		out.Evaluations += again.evaluations
		if again.ok && (!got.ok || again.d < got.d) {
			got = s.leave(again)
		}
	}
	switch {
	case !got.ok:
		return c.explain()
	case !got.converged:
		return "no convergence in the allowed number of steps"
	}
	s.fill(out, &got)
	return ""
}

// smallest is the least diagonal element of any Λ that is not zero; zeros says whether there are others.
func (g *general) smallest(x []float64) (least float64, zeros bool) {
	least = 1
	for k := range g.blocks {
		b := &g.blocks[k]
		for i := range b.q {
			if v := math.Abs(x[b.at2(i, i)]); v > 0 {
				least = min(least, v)
			} else {
				zeros = true
			}
		}
	}
	return least, zeros
}

// manyUnits is how many units a replicate's first step is computed from one by one.
const manyUnits = 2000

// nearZero is the element of Λ under which a zero is tried.
const nearZero = 0.1

// leave makes zeros exact and leaves a boundary at which the criterion would still fall. Near a boundary the criterion
// is flat by symmetry, so there the search goes on to a finer tolerance first.
func (s *gscratch) leave(got descent) descent {
	evaluations := got.evaluations
	if least, _ := s.c.g.smallest(got.x); least < nearZero {
		if next := bfgs(s.f, got.x, got.inverse, boundaryTolerance, 200); next.ok {
			evaluations += next.evaluations
			got = next
		}
	}
	for range 3 {
		least, zeros := s.c.g.smallest(got.x)
		if least < nearZero {
			s.c.snap(&got)
			_, zeros = s.c.g.smallest(got.x)
		}
		if !zeros {
			break
		}
		x, found := s.c.escape(&got)
		if !found {
			break
		}
		next := bfgs(s.f, x, nil, boundaryTolerance, 200)
		evaluations += next.evaluations
		if !next.ok || next.d >= got.d-1e-7 {
			break
		}
		got = next
	}
	got.evaluations = evaluations
	return got
}

func (s *gscratch) fill(out *Replicate, got *descent) {
	c := s.c
	m := c.model
	c.evaluate(got.x, false)
	out.Status, out.Reason = Converged, ""
	df := c.df()
	sigma2 := c.r / df * m.basis.scale * m.basis.scale
	m.basis.coefficients(out.Beta, c.z[m.pad:])
	at := 0
	for k := range c.g.blocks {
		b := &c.g.blocks[k]
		psi := b.covariance(got.x)
		for i := range b.q {
			out.Variances[at] = psi[i*b.q+i] * sigma2
			at++
		}
		if singularBlock(b, got.x) {
			out.Status = Boundary
		}
	}
	if c.g.structure == Independent {
		out.Variances[at] = sigma2
	} else {
		for k := range c.g.visits {
			out.Variances[at+k] = c.sigma0[k*c.g.visits+k] * sigma2
		}
	}
	out.LogLik = -(c.d + m.shiftOf(df, c.method)) / 2
}
