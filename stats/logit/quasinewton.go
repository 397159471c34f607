package logit

import "math"

const (
	replicateDecrement = 1e-7 // g'Bg that a replicate's last step leaves: 3e-4 of a standard error
	farDecrement       = 0.5  // a replicate that began further away has its nodes placed once more,
	nearDecrement      = 0.02 // once it is this near
	maxEvaluations     = 60
	vanishingSD        = 0.06 // a standard deviation below this that wants to lose most of itself is tried as zero
)

const noStep = "no step leads upwards in the resample"

// quasiNewton maximises with frozen nodes by BFGS (Laplace: with moving modes) from ψ. inverse is that of the information, to
// begin with; nil for the exact one at ψ.
func (c *criterion) quasiNewton(psi, inverse, weights []float64, units []int32) *peak {
	p := &peak{psi: append([]float64(nil), psi...), held: c.held}
	for k, held := range c.held {
		if held {
			p.psi[c.m.q+k] = 0
		}
	}
	p.inverse = append(p.inverse, inverse...)
	for placed := 1; ; placed++ {
		if !c.laplace {
			c.place(p.psi, units)
		}
		again := !c.laplace && placed < 4
		far := c.ascend(p, again, weights, units)
		if p.failure == noStep && inverse != nil { // once more, with the information where it ended
			p.failure, p.inverse, inverse = "", nil, nil
			continue
		}
		if p.failure != "" || p.edge || p.converged && (far < farDecrement || !again) {
			return p
		}
	}
}

// ascend is one run of BFGS; it returns the Newton decrement at its start. With again it ends early when it began far away
// and is near.
func (c *criterion) ascend(p *peak, again bool, weights []float64, units []int32) (far float64) {
	dim := c.dim
	value := func(x []float64, second bool) bool {
		p.iterations++
		if !c.laplace {
			return c.evaluate(x, weights, units, second)
		}
		c.sharp = 1e-4
		if second {
			c.sharp = sharpest
		}
		return c.evaluateLaplace(x, weights, units) && (!second || c.differenced(x, weights, units))
	}
	work := make([]float64, 5*dim)
	x, g, step, trial, y, by := p.psi, work[:dim], work[dim:2*dim], work[2*dim:3*dim], work[3*dim:4*dim], work[4*dim:]
	first := p.inverse == nil
	if !value(x, first) {
		p.failure = "the criterion cannot be evaluated in the resample"
		return 0
	}
	if first {
		p.inverse = make([]float64, dim*dim)
		if !c.inverseInformation(p.inverse) {
			p.failure = "no estimate in the resample: its information matrix is singular"
			return 0
		}
	}
	b, ll, before := p.inverse, c.ll, 0.0
	copy(g, c.grad)
	for p.iterations < maxEvaluations {
		decrement := 0.0
		for i := range step {
			step[i] = dot(b[i*dim:(i+1)*dim], g)
			decrement += step[i] * g[i]
		}
		if far == 0 {
			far = decrement
		}
		p.ll = ll
		left := 0.1 * decrement // by the step: as it was by the last, or better
		if before > 0 {
			left = decrement * decrement / before
		}
		before = decrement
		if left < replicateDecrement {
			for i := range x {
				x[i] += step[i]
			}
			p.converged = true
			return far
		}
		if p.edge = c.vanishing(x, step); p.edge || again && far >= farDecrement && decrement < nearDecrement {
			return far
		}
		scale := 1.0
		if decrement > maxDecrement {
			scale = math.Sqrt(maxDecrement / decrement)
		}
		copy(trial, step)
		if !c.bound(x, step, b) || dot(step, g) <= 0 {
			copy(step, trial)
			scale = c.shorten(x, step, decrement)
		}
		slope, better := dot(step, g), false
		for range 8 {
			for i := range trial {
				trial[i] = x[i] + scale*step[i]
			}
			if better = value(trial, false) && c.ll > ll+1e-4*scale*slope-1e-8; better {
				break
			}
			scale /= 3
		}
		if !better {
			p.failure = noStep
			return far
		}
		sy := 0.0
		for i := range y {
			step[i] = trial[i] - x[i]
			y[i] = g[i] - c.grad[i]
			sy += step[i] * y[i]
		}
		copy(x, trial)
		copy(g, c.grad)
		ll = c.ll
		if c.ranAway(x) {
			p.failure = "no finite estimate in the resample"
			return far
		}
		update(b, step, y, by, sy)
	}
	p.failure = "no convergence in the allowed number of steps"
	return far
}

// vanishing says whether a small standard deviation is on its way to zero.
func (c *criterion) vanishing(x, step []float64) bool {
	for k, held := range c.held {
		if sd, move := x[c.m.q+k], step[c.m.q+k]; !held && (sd < edgeSD && move < 0 || sd < vanishingSD && move < -2*sd/3) {
			return true
		}
	}
	return false
}

// bound keeps a standard deviation from losing more than two thirds at a step, or growing by more than one; the other
// parameters follow as the inverse information b says. false where that takes the other standard deviation too far.
func (c *criterion) bound(x, step, b []float64) bool {
	for k, held := range c.held {
		a := c.m.q + k
		if want := min(max(step[a], -2*x[a]/3), 1); !held && want != step[a] {
			f := (want - step[a]) / b[a*c.dim+a]
			for i := range step {
				step[i] += f * b[i*c.dim+a]
			}
			step[a] = want
		}
	}
	first := c.m.q
	return c.held[0] || step[first] <= 1 && step[first] >= -2*x[first]/3
}

// update is the BFGS update of the inverse information: y is the fall of the gradient over the step.
func update(b, step, y, by []float64, sy float64) {
	n := len(step)
	yby := 0.0
	for i := range n {
		by[i] = dot(b[i*n:(i+1)*n], y)
		yby += by[i] * y[i]
	}
	if !(sy > 1e-10*math.Sqrt(yby*dot(step, step))) {
		return
	}
	f := (1 + yby/sy) / sy
	for i := range n {
		for j := range n {
			b[i*n+j] += f*step[i]*step[j] - (by[i]*step[j]+step[i]*by[j])/sy
		}
	}
}

// inverseInformation sets b to (−hess)⁻¹ over the free parameters, made positive definite where it is not.
func (c *criterion) inverseInformation(b []float64) bool {
	free := c.free()
	n := len(free)
	a := make([]float64, n*n)
	for i, k := range free {
		for j, l := range free {
			a[i*n+j] = -c.hess[k*c.dim+l]
		}
	}
	inv := inverse(a, n)
	for ridge := 1e-6; inv == nil; ridge *= 8 {
		if ridge > 1e6 {
			return false
		}
		w := append([]float64(nil), a...)
		for i := range n {
			w[i*n+i] += ridge * max(math.Abs(a[i*n+i]), 1e-6)
		}
		inv = inverse(w, n)
	}
	for i, k := range free {
		for j, l := range free {
			b[k*c.dim+l] = inv[i*n+j]
		}
	}
	return true
}
