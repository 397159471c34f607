package logit

import "math"

// evaluate sets ll, grad and, if second, hess at ψ with the nodes where place put them: equations (9) to (14). weights
// are over units, nil for ones. false when the thresholds are out of order. With frozen nodes grad and hess are the
// exact derivatives of ll.
func (c *criterion) evaluate(psi, weights []float64, units []int32, second bool) bool {
	m := c.m
	c.ll = 0
	clear(c.grad)
	if second {
		clear(c.hess)
	}
	for _, i := range units {
		weight := 1.0
		if weights != nil {
			weight = weights[i]
		}
		if m.cuts > 1 {
			c.ll += addGaps(m.gaps[int(i)*m.cuts:(int(i)+1)*m.cuts], weight, psi, c.grad, c.hessOr(second), c.dim, 1)
			if math.IsInf(c.ll, -1) {
				return false
			}
		}
		if m.members[i] < m.members[i+1] {
			c.evaluateUnit(int(i), psi, weight)
			if second {
				c.information(int(i), psi, weight)
			}
		}
	}
	if second {
		for i := range c.dim {
			for j := range i {
				c.hess[j*c.dim+i] = c.hess[i*c.dim+j]
			}
		}
		c.bend()
	}
	return !math.IsNaN(c.ll)
}

// bend gives the Hessian a curvature along directions in which the likelihood is level, so that steps leave them alone.
func (c *criterion) bend() {
	for _, d := range c.flat {
		for i, x := range d {
			for j, y := range d {
				c.hess[i*c.dim+j] -= x * y
			}
		}
	}
}

func (c *criterion) hessOr(second bool) []float64 {
	if second {
		return c.hess
	}
	return nil
}

// evaluateUnit adds unit i: (9) to (11).
func (c *criterion) evaluateUnit(i int, psi []float64, weight float64) {
	m, nu, nv := c.m, c.nu, c.nv
	su, sp := c.sigmas(psi)
	c.predict(i, psi)
	from, to := int(m.members[i]), int(m.members[i+1])
	base := int(m.first[from])
	for k := range nu {
		c.logL[k], c.prod[k], c.sumE[k], c.sumVE[k] = c.lwu[i*nu+k], 1, 0, 0
	}
	size := (to - from) * nu * nv
	t := c.t[:size]
	v := c.v[from*nu*nv:][:size]
	c.shifts(i, su, sp)
	constant := 0.0
	for j := from; j < to; j++ {
		r0, r1 := int(m.first[j]), int(m.first[j+1])
		if r1-r0 > maxShort {
			c.long(i, j, base)
			continue
		}
		successes := 0
		for r := r0; r < r1; r++ {
			if m.up[r] == 1 {
				successes++
				constant += c.lp[r-base]
			}
		}
		x := (j - from) * nu * nv
		raise(c.w[x:x+nu*nv], c.wv[j*nu*nv:(j+1)*nu*nv], t[x:x+nu*nv], successes)
		n := r1 - r0
		failures := float64(n - successes)
		a := c.a[r0-base : r1-base]
		mean := c.mean[(r0-base)*nu:]
		line := c.short(a, failures, t[x:x+nu*nv], c.w[x:x+nu*nv], v[x:x+nu*nv])
		for k := range nu {
			sums := c.sum[k*line:][:n+2]
			g := sums[0]
			inv := 1 / g
			sum := -failures
			for r, f := range sums[2:] {
				f *= inv
				mean[r*nu+k] = f
				sum += f
			}
			c.sumE[k] += sum
			c.sumVE[k] += sums[1] * inv
			if c.prod[k] *= g; c.prod[k] < 1e-150 || c.prod[k] > 1e150 {
				c.logL[k] += math.Log(c.prod[k])
				c.prod[k] = 1
			}
		}
	}
	c.ll += weight * (constant + c.posterior())
	c.gradient(i, weight)
}

// shifts sets t to e^{σ_u u_k + σ_p v_kl} for the patients of unit i. The patient's nodes lie in pairs about their mode,
// so that half the exponentials and a division a patient and unit node make them all.
func (c *criterion) shifts(i int, su, sp float64) {
	m, nu, nv := c.m, c.nu, c.nv
	from, to := int(m.members[i])*nu, int(m.members[i+1])*nu
	pairs := nv / 2
	line := pairs + 1
	e := c.half[:(to-from)*line]
	up := c.pat.x[nv-pairs:] // the positive abscissae
	for at, vm := range c.vm[from:to] {
		x := e[at*line:][:line]
		x[0] = su*c.u[i*nu+at%nu] + sp*vm
		scale := sp * c.vt[from+at]
		if nv == 7 {
			x[1], x[2], x[3] = scale*up[0], scale*up[1], scale*up[2]
			continue
		}
		for l, y := range up {
			x[l+1] = scale * y
		}
	}
	expAll(e)
	t := c.t[:(to-from)*nv]
	if nv == 7 {
		for at := range to - from {
			x, y := e[at*4:at*4+4:at*4+4], t[at*7:at*7+7:at*7+7]
			mid, e1, e2, e3 := x[0], x[1], x[2], x[3]
			e12 := e1 * e2
			d := mid / (e12 * e3)
			d3 := d * e3
			y[0], y[1], y[2], y[3] = d*e12, d3*e1, d3*e2, mid
			y[4], y[5], y[6] = mid*e1, mid*e2, mid*e3
		}
		return
	}
	for at := range to - from {
		x, y := e[at*line:][:line], t[at*nv:][:nv]
		mid := x[0]
		if nv&1 == 1 {
			y[pairs] = mid
		}
		for l, f := range x[1:] {
			y[nv-pairs+l] = mid * f
			y[pairs-1-l] = mid / f
		}
	}
}

// raise sets w to weight × t^n.
func raise(w, weight, t []float64, n int) {
	copy(w, weight)
	for range n {
		w, t := w, t[:len(w)]
		for ; len(w)&3 != 0; w, t = w[1:], t[1:] {
			w[0] *= t[0]
		}
		for l := 0; l+4 <= len(w) && l+4 <= len(t); l += 4 {
			a, b := w[l:l+4:l+4], t[l:l+4:l+4]
			a[0] *= b[0]
			a[1] *= b[1]
			a[2] *= b[2]
			a[3] *= b[3]
		}
	}
}

// posterior sets Π_k of (10) and returns the logarithm of the sum over unit nodes.
func (c *criterion) posterior() float64 {
	top := math.Inf(-1)
	for k := range c.nu {
		c.logL[k] += math.Log(c.prod[k])
		top = max(top, c.logL[k])
	}
	sum := 0.0
	for k := range c.nu {
		c.post[k] = math.Exp(c.logL[k] - top)
		sum += c.post[k]
	}
	for k := range c.nu {
		c.post[k] /= sum
	}
	return top + math.Log(sum)
}

// gradient adds (11): the posterior mean of the score.
func (c *criterion) gradient(i int, weight float64) {
	m, nu, q := c.m, c.nu, c.m.q
	from, to := m.rowsOf(i)
	post := c.post[:nu]
	for r := from; r < to; r++ {
		mean := c.mean[(r-from)*nu:][:nu]
		e := m.up[r] - 1
		if nu == 7 {
			e += post[0]*mean[0] + post[1]*mean[1] + post[2]*mean[2] + post[3]*mean[3] + post[4]*mean[4] + post[5]*mean[5] + post[6]*mean[6]
		} else {
			for k, p := range post {
				e += p * mean[k]
			}
		}
		addScaled(c.grad[:m.stride], m.z[r*m.stride:][:m.stride], weight*e)
	}
	for k, p := range post {
		if !c.held[0] {
			c.grad[q] += weight * p * c.u[i*nu+k] * c.sumE[k]
		}
		if !c.held[1] {
			c.grad[q+1] += weight * p * c.sumVE[k]
		}
	}
}

// long is evaluateUnit's loop for a patient of many rows: logarithms are summed, and the rows are looked at twice.
func (c *criterion) long(i, j, base int) {
	m, nu, nv := c.m, c.nu, c.nv
	r0, r1 := int(m.first[j]), int(m.first[j+1])
	a, up := c.a[r0-base:r1-base], m.up[r0:r1]
	x := (j - int(m.members[i])) * nu * nv
	for k := range nu {
		t, v := c.t[x+k*nv:][:nv], c.v[(j*nu+k)*nv:][:nv]
		logG := c.longWeights(a, up, t, c.wv[(j*nu+k)*nv:][:nv], c.pi)
		c.logL[k] += logG
		sum := 0.0
		for l := range nv {
			c.inv[l] = 0
		}
		for r, ar := range a {
			f := 0.0
			for l, y := range t {
				g := 1 / (1 + ar*y)
				f += c.pi[l] * g
				c.inv[l] += up[r] - 1 + g
			}
			c.mean[(r0-base+r)*nu+k] = f
			sum += up[r] - 1 + f
		}
		c.sumE[k] += sum
		for l := range nv {
			c.sumVE[k] += c.pi[l] * v[l] * c.inv[l]
		}
	}
}

// longWeights sets pi to the posterior of a patient's nodes and returns log G.
func (c *criterion) longWeights(a, up, t, weight, pi []float64) float64 {
	top := math.Inf(-1)
	for l, x := range t {
		s, p := math.Log(weight[l]), 1.0
		for r, ar := range a {
			f := 1 / (1 + ar*x)
			if up[r] == 1 {
				f *= ar * x
			}
			if p *= f; p < 1e-200 {
				s += math.Log(p)
				p = 1
			}
		}
		pi[l] = s + math.Log(p)
		top = max(top, pi[l])
	}
	sum := 0.0
	for l := range pi {
		pi[l] = math.Exp(pi[l] - top)
		sum += pi[l]
	}
	for l := range pi {
		pi[l] /= sum
	}
	return top + math.Log(sum)
}
