package logit

import "math"

// evaluateLaplace sets ll and grad to Laplace's approximation at ψ and its exact gradient: equations (15) to (19).
// Modes are searched from where they were left, to 1e-8.
func (c *criterion) evaluateLaplace(psi, weights []float64, units []int32) bool {
	m := c.m
	c.ll = 0
	clear(c.grad)
	for _, i := range units {
		weight := 1.0
		if weights != nil {
			weight = weights[i]
		}
		if m.cuts > 1 {
			c.ll += addGaps(m.gaps[int(i)*m.cuts:(int(i)+1)*m.cuts], weight, psi, c.grad, nil, c.dim, 1)
			if math.IsInf(c.ll, -1) {
				return false
			}
		}
		if m.members[i] < m.members[i+1] {
			c.predict(int(i), psi)
			su, sp := c.sigmas(psi)
			c.modes(int(i), su, sp, 1e-8)
			c.laplaceUnit(int(i), su, sp, weight)
		}
	}
	return !math.IsNaN(c.ll)
}

// laplaceUnit adds unit i at its mode. The implicit dependence of the mode on ψ enters by the adjoint a = H⁻¹e, with e
// the derivative of ½ log|H| by the effects.
func (c *criterion) laplaceUnit(i int, su, sp, weight float64) {
	m, q := c.m, c.m.q
	from, to := int(m.members[i]), int(m.members[i+1])
	base := int(m.first[from])
	bu := c.bu[i]
	ll, schur := -0.5*bu*bu, 1.0
	shift := c.tmp[:to-from]
	for j := range shift {
		shift[j] = su*bu + sp*c.bp[from+j]
	}
	expAll(shift)
	work := c.laplaceWork(to - from)
	S, W, V := work[0], work[1], work[2] // by patient: Σe, Σw, Σw'
	for j, t := range shift {
		r0, r1 := int(m.first[from+j]), int(m.first[from+j+1])
		S[j], W[j], V[j] = 0, 0, 0
		product := 1.0
		for r := r0; r < r1; r++ {
			x := c.a[r-base] * t
			f := 1 / (1 + x)
			w := f - f*f
			S[j] += m.up[r] - 1 + f
			W[j] += w
			V[j] += w * (2*f - 1)
			if m.up[r] == 1 {
				f *= x
			}
			if product *= f; product < 1e-200 {
				ll += math.Log(product)
				product = 1
			}
		}
		d := 1 + sp*sp*W[j]
		c.dp[from+j], c.cp[from+j] = d, su*sp*W[j]
		schur += su * su * W[j] / d
		ll += math.Log(product) - 0.5*c.bp[from+j]*c.bp[from+j] - 0.5*math.Log(d)
	}
	ll -= 0.5 * math.Log(schur)
	c.ll += weight * ll

	huu := 1 / schur
	eu, along := 0.0, 0.0
	h, qj, e := work[3], work[4], work[5]
	for j := range shift {
		d, cj := c.dp[from+j], c.cp[from+j]
		huj, hjj := -cj/(d*schur), 1/d+cj*cj/(d*d*schur)
		qj[j] = su*su*huu + 2*su*sp*huj + sp*sp*hjj
		h[j] = 0.5 * qj[j] * V[j]
		e[j] = sp * h[j]
		eu += su * h[j]
		along += cj * e[j] / d
	}
	au := (eu - along) / schur
	gu, gp := 0.0, 0.0
	for j, t := range shift {
		d, cj, bj := c.dp[from+j], c.cp[from+j], c.bp[from+j]
		huj, hjj := -cj/(d*schur), 1/d+cj*cj/(d*d*schur)
		aj := (e[j] - cj*au) / d
		zeta := su*au + sp*aj
		gp += S[j]*bj - h[j]*bj - W[j]*(sp*hjj+su*huj) - aj*S[j] + W[j]*bj*zeta
		gu += S[j]*bu - h[j]*bu - W[j]*(su*huu+sp*huj) - au*S[j] + W[j]*bu*zeta
		for r := int(m.first[from+j]); r < int(m.first[from+j+1]); r++ {
			f := 1 / (1 + c.a[r-base]*t)
			w := f - f*f
			g := weight * (m.up[r] - 1 + f - 0.5*qj[j]*w*(2*f-1) + w*zeta)
			z := m.z[r*m.stride:][:q]
			for b, x := range z {
				c.grad[b] += g * x
			}
		}
	}
	if !c.held[0] {
		c.grad[q] += weight * gu
	}
	if !c.held[1] {
		c.grad[q+1] += weight * gp
	}
}

func (c *criterion) laplaceWork(n int) *[6][]float64 {
	if len(c.lwork[0]) < n {
		for k := range c.lwork {
			c.lwork[k] = make([]float64, n)
		}
	}
	return &c.lwork
}
