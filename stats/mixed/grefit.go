package mixed

import (
	"math"
	"slices"
)

// gscratch refits the general model to resamples.
type gscratch struct {
	*gsearch
	c     *gcriterion
	f     objective
	whole []float64 // Hessian of D at the fit on all rows
	known []int     // the parameters whose curvature the fit tells: not those at zero
	// r and log|V| of each unit at the fit, the coefficients held, with their gradients and Hessians (r, r', l', r'', l''),
	// so that a resample's own first Newton step needs no look at its statistics. nil where there are too many units.
	units, sum []float64
	beside     []float64 // what the coefficients, when not held, add to the Hessian
	stays      []bool    // parameters at zero by which the derivatives vanish
}

// boundaryTolerance is the decrease promised by the last step near the boundary of a block.
var boundaryTolerance = tolerance{1e-8, 1e-13}

// manyUnits is how many units a replicate's first step is computed from one by one.
const manyUnits = 2000

// newGscratch prepares replicates of a fit of this model.
func (m *Model) newGscratch(f *Fit) *gscratch {
	s := m.newGcriterion(f.Method).newGscratch(f)
	if m.levels[0] <= manyUnits { // looking at each alone would else cost more than it saves
		m.drawGeneral(s.c.x, nil)
		s.c.evaluate(f.Theta, true)
		s.split()
	}
	return s
}

func (c *gcriterion) newGscratch(f *Fit) *gscratch {
	s := &gscratch{gsearch: c.newSearch(f.Theta), c: c, f: c.objective()}
	s.curvature(f)
	return s
}

// curvature is the Hessian of D at the fit on all rows, from the inverse that the fit had. A parameter at zero gets the
// number of its groups, which is about what a φ has.
func (s *gscratch) curvature(f *Fit) {
	n, c := len(s.fit), s.c
	s.whole = make([]float64, n*n)
	s.stays = c.free(f.Theta)
	for k := range n {
		s.stays[k] = !s.stays[k] && s.share[k] == 0
		s.whole[k*n+k] = float64(c.model.levels[0])
	}
	if f.Inverse == nil {
		return
	}
	for k := range n {
		if !s.stays[k] && (s.share[k] == 0 || s.fit[k] > 0) {
			s.known = append(s.known, k)
		}
	}
	q := len(s.known)
	part := make([]float64, q*q)
	for a, i := range s.known {
		for b, j := range s.known {
			part[a*q+b] = f.Inverse[i*n+j]
		}
	}
	h, ok := inverse(part, q)
	if !ok {
		s.known = nil
		return
	}
	by := func(k int) float64 { // dθ/dφ
		if c := s.share[k]; c > 0 {
			return math.Exp(s.fit[k]) / (2 * c * f.Theta[k])
		}
		return 1
	}
	for a, i := range s.known {
		for b, j := range s.known {
			s.whole[i*n+j] = by(i) * h[a*q+b] * by(j)
		}
	}
}

// split takes the criterion at the fit apart, unit by unit: gradients of r and of log|V| with z held, and their
// differences for the second derivatives.
func (s *gscratch) split() {
	c := s.c
	m, n := c.model, len(s.fit)
	z := slices.Clone(c.z)
	method := c.method
	c.method, c.hold = ML, true
	size := (1 + 2*n + 2*n*n + 3) &^ 3
	s.units, s.sum = make([]float64, m.levels[0]*size), make([]float64, size)
	weights := make([]float64, m.levels[0])
	for i := range weights {
		weights[i] = 1
		m.drawGeneral(c.x, weights)
		weights[i] = 0
		copy(c.z, z)
		s.look(s.units[i*size : (i+1)*size])
	}
	c.method, c.hold = method, false
	m.drawGeneral(c.x, nil)
	s.start()
	s.beside = make([]float64, n*n)
	for _, i := range s.known {
		for _, j := range s.known {
			s.beside[i*n+j] = s.whole[i*n+j] - s.h[i*n+j]
		}
	}
}

// look fills u with what the one unit drawn has.
func (s *gscratch) look(u []float64) {
	n := len(s.fit)
	s.both(s.fit, u[1:1+2*n])
	u[0] = s.c.r
	up, down, p := make([]float64, 2*n), make([]float64, 2*n), slices.Clone(s.fit)
	for k := range n {
		if s.stays[k] {
			continue
		}
		e := 1e-4 * max(math.Abs(p[k]), 0.1)
		if s.share[k] > 0 {
			p[k] = max(p[k], e)
		}
		at := p[k]
		p[k] = at + e
		s.both(p, up)
		p[k] = at - e
		s.both(p, down)
		p[k] = s.fit[k]
		for j := range 2 * n { // made symmetric
			v, h := (up[j]-down[j])/(4*e), u[1+2*n+j/n*n*n:]
			h[j%n*n+k] += v
			h[k*n+j%n] += v
		}
	}
}

// both are the gradients of r and of log|V|, one after the other. With z held, D at a fixed σ is N log 2πσ² + r/σ² + log|V|:
// two σ give both.
func (s *gscratch) both(p, out []float64) {
	c, n := s.c, len(s.fit)
	r, l := out[:n], out[n:]
	c.sigma = 1
	c.evaluate(s.parameters(p), true)
	s.gradient(l, p, c)
	c.sigma = math.Sqrt(0.5)
	c.evaluate(s.theta, true)
	s.gradient(r, p, c)
	c.sigma = 0
	for k := range n {
		r[k] -= l[k]
		l[k] -= r[k]
	}
}

// start puts the search at the fit on all rows, with the resample's derivatives there.
func (s *gscratch) start() {
	n := len(s.fit)
	copy(s.p, s.fit)
	clear(s.g)
	if s.units == nil {
		copy(s.h, s.whole)
		return
	}
	gather(s.sum, s.units, s.c.x.index, s.c.x.omega)
	r, dr, dl, d2 := s.sum[0], s.sum[1:1+n], s.sum[1+n:1+2*n], s.sum[1+2*n:]
	f := s.c.df() / r
	for i := range n {
		s.g[i] = f*dr[i] + dl[i]
		for j := range n {
			s.h[i*n+j] = f*(d2[i*n+j]-dr[i]*dr[j]/r) + d2[n*n+i*n+j]
			if s.beside != nil {
				s.h[i*n+j] += s.beside[i*n+j]
			}
		}
		if s.stays[i] {
			s.h[i*n+i] = s.whole[i*n+i]
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
	var got descent
	if !s.narrow {
		s.start()
		got = s.run(c)
		out.Evaluations = got.evaluations
	}
	if s.narrow || got.ok && s.pinned() {
		s.start()
		got = s.careful()
		out.Evaluations += got.evaluations
	}
	if !got.ok && c.bad < 0 || got.ok && !got.converged {
		again := bfgs(s.f, c.g.startAt(0.2, 0.7, 0.4), nil, boundaryTolerance, 300)
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

// narrow says whether an effect of a block, other than its last, has hardly any variance of its own.
func (g *general) narrow(x []float64, least float64) bool {
	for k := range g.blocks {
		b := &g.blocks[k]
		for i := range b.q - 1 {
			if math.Abs(x[b.at2(i, i)]) < least {
				return true
			}
		}
	}
	return false
}

// careful is the search where a block is nearly of lower rank: the first step, then BFGS over θ, so that Λ may turn.
func (s *gscratch) careful() descent {
	n := len(s.p)
	s.solve()
	s.move()
	x := slices.Clone(s.parameters(s.next))
	h, ok := inverse(s.h, n) // nil if it has none
	for i := range n {
		f := 1.0 // dθ/dφ
		if c := s.share[i]; s.low[i] == 0 && x[i] < nearZero/4 {
			x[i], f = 0, 0 // out of the search: leave looks whether it should have stayed
		} else if c > 0 {
			f = (1 + c*x[i]*x[i]) / (2 * c * max(x[i], nearZero/2))
		}
		for j := 0; j < n && ok; j++ {
			h[i*n+j] *= f
			h[j*n+i] *= f
		}
	}
	got := bfgs(s.f, x, h, generalTolerance, 200)
	if got.ok {
		got = s.leave(got)
	}
	return got
}

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
