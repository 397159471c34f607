package logit

import "math"

// evaluateLaplace sets ll and grad to Laplace's approximation at ψ and its exact gradient: equations (15) to (19).
// Modes are searched from where they were left, by Newton's method until a step is below sharp, whose square is left.
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
			c.modes(int(i), su, sp, c.sharp)
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
	S, W, V := c.work[0], c.work[1], c.work[2] // by patient: Σe, Σw, Σw'
	one := c.lp                                // by row: 1−μ
	product, volume := 1.0, 1.0                // of the rows' probabilities and of the D_j
	for j, t := range shift {
		s, w, v := 0.0, 0.0, 0.0
		for r := int(m.first[from+j]); r < int(m.first[from+j+1]); r++ {
			x := c.a[r-base] * t
			f := 1 / (1 + x)
			one[r-base] = f
			y := f - f*f
			s += m.up[r] - 1 + f
			w += y
			v += y * (2*f - 1)
			if m.up[r] == 1 {
				f *= x
			}
			if product *= f; product < 1e-150 {
				ll += math.Log(product)
				product = 1
			}
		}
		S[j], W[j], V[j] = s, w, v
		d := 1 + sp*sp*w
		c.dp[from+j], c.cp[from+j] = d, su*sp*w
		schur += su * su * w / d
		ll -= 0.5 * c.bp[from+j] * c.bp[from+j]
		if volume *= d; volume > 1e150 {
			ll -= 0.5 * math.Log(volume)
			volume = 1
		}
	}
	ll += math.Log(product) - 0.5*math.Log(volume*schur)
	c.ll += weight * ll

	huu := 1 / schur
	eu, along := 0.0, 0.0
	h, qj, e := c.work[3], c.work[4], c.work[5]
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
	for j := range shift {
		d, cj, bj := c.dp[from+j], c.cp[from+j], c.bp[from+j]
		huj, hjj := -cj/(d*schur), 1/d+cj*cj/(d*d*schur)
		aj := (e[j] - cj*au) / d
		zeta := su*au + sp*aj
		gp += S[j]*bj - h[j]*bj - W[j]*(sp*hjj+su*huj) - aj*S[j] + W[j]*bj*zeta
		gu += S[j]*bu - h[j]*bu - W[j]*(su*huu+sp*huj) - au*S[j] + W[j]*bu*zeta
		for r := int(m.first[from+j]); r < int(m.first[from+j+1]); r++ {
			f := one[r-base]
			w := f - f*f
			addScaled(c.grad[:m.stride], m.z[r*m.stride:][:m.stride], weight*(m.up[r]-1+f-0.5*qj[j]*w*(2*f-1)+w*zeta))
		}
	}
	if !c.held[0] {
		c.grad[q] += weight * gu
	}
	if !c.held[1] {
		c.grad[q+1] += weight * gp
	}
}
