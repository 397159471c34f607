package logit

import "math"

// information adds the Hessian of unit i (lower triangle) after evaluateUnit: (12) to (14). Given its nodes a unit's
// likelihood is that of a logistic regression on z̃ = (z, u_k, v_kl), so by Louis (1982, Journal of the Royal
// Statistical Society B 44, 226-233)
//
//	∂²ℓ_i = E[ −Σ w z̃ z̃' ] + Cov[ Σ e z̃ ]
//
// and the covariance is that of the patients within a unit node plus that of the unit nodes.
func (c *criterion) information(i int, psi []float64, weight float64) {
	m, nu, dim, q := c.m, c.nu, c.dim, c.m.q
	from, to := int(m.members[i]), int(m.members[i+1])
	base := int(m.first[from])
	for j := from; j < to; j++ {
		if int(m.first[j+1]-m.first[j]) > maxShort {
			c.longInformation(i, j, base, weight)
		} else {
			c.patientInformation(i, j, base, weight)
		}
	}
	// Between unit nodes: S_k = Σ_j E[S_j | k].
	clear(c.score)
	r0, r1 := m.rowsOf(i)
	for r := r0; r < r1; r++ {
		mean := c.mean[(r-r0)*nu:][:nu]
		z := m.z[r*m.stride:][:q]
		e := m.up[r] - 1
		for j, x := range z {
			s := c.score[j*nu:][:nu]
			for k, f := range mean {
				s[k] += x * (e + f)
			}
		}
	}
	for k := range nu {
		if !c.held[0] {
			c.score[q*nu+k] = c.u[i*nu+k] * c.sumE[k]
		}
		if !c.held[1] {
			c.score[(q+1)*nu+k] = c.sumVE[k]
		}
	}
	for a := range dim {
		sa := c.score[a*nu:][:nu]
		mean := 0.0
		for k, p := range c.post[:nu] {
			mean += p * sa[k]
		}
		for k := range sa {
			sa[k] -= mean
		}
		for b := range a + 1 {
			sb, s := c.score[b*nu:][:nu], 0.0
			for k, p := range c.post[:nu] {
				s += p * sa[k] * sb[k]
			}
			c.hess[a*dim+b] += weight * s
		}
	}
}

// patientInformation adds patient j of unit i, averaged over the unit nodes: with f_r = 1−μ_r and E = Σ e_r,
//
//	zz: Cov(f_r, f_s) − δ_rs E[w_r],  zv: E[v E f_r] − E[vE] E[f_r] − E[v w_r],  vv: Var(vE) − E[v² Σ w]
//
// and u_k times the sums of these for the pairs with u.
func (c *criterion) patientInformation(i, j, base int, weight float64) {
	m, nu, nv := c.m, c.nu, c.nv
	r0, r1 := int(m.first[j]), int(m.first[j+1])
	n := r1 - r0
	a, up := c.a[r0-base:r1-base], m.up[r0:r1]
	var zz [maxShort * maxShort]float64
	var zu, zv [maxShort]float64
	uu, uv, vv := 0.0, 0.0, 0.0
	x := (j - int(m.members[i])) * nu * nv
	p := c.pi[:nv]
	for k := range nu {
		t, w, v := c.t[x+k*nv:][:nv], c.w[x+k*nv:][:nv], c.v[(j*nu+k)*nv:][:nv]
		g := 0.0
		copy(p, w)
		for r, ar := range a {
			f := c.inv[r*nv:][:nv]
			for l, y := range t {
				f[l] = 1 / (1 + ar*y)
				p[l] *= f[l]
			}
		}
		for l := range p {
			g += p[l]
		}
		u, pk := c.u[i*nu+k], c.post[k]/g
		cvv, sumVE := 0.0, 0.0
		ve := c.tmp[:nv] // v E
		for l := range p {
			e, ws := 0.0, 0.0
			for r := range n {
				f := c.inv[r*nv+l]
				e += up[r] - 1 + f
				ws += f - f*f
			}
			ve[l] = v[l] * e
			sumVE += p[l] * ve[l]
			cvv += p[l] * (ve[l]*ve[l] - v[l]*v[l]*ws)
		}
		meanVE := sumVE / g
		vv += pk * (cvv - meanVE*sumVE)
		for r := range n {
			f := c.inv[r*nv:][:nv]
			mr := c.mean[(r0-base+r)*nu+k]
			zvk := 0.0
			for l, y := range f {
				zvk += p[l] * ((ve[l]-meanVE)*y - v[l]*(y-y*y))
			}
			zv[r] += pk * zvk
			uv += pk * u * zvk
			for s := range r + 1 {
				h, cov := c.inv[s*nv:][:nv], 0.0
				for l, y := range f {
					cov += p[l] * y * h[l]
				}
				if s == r { // Var(f) − E[f − f²] = 2E[f²] − E[f]² − E[f]
					cov = 2*cov - g*mr*(mr+1)
				} else {
					cov -= g * mr * c.mean[(r0-base+s)*nu+k]
				}
				zz[r*maxShort+s] += pk * cov
				zu[r] += pk * u * cov
				uu += pk * u * u * cov
				if s != r {
					zu[s] += pk * u * cov
					uu += pk * u * u * cov
				}
			}
		}
	}
	c.spread(r0, n, weight, &zz, &zu, &zv, uu, uv, vv)
}

// spread adds a patient's blocks to the Hessian: Σ_rs z_r zz_rs z_s' and the pairs with u and v.
func (c *criterion) spread(r0, n int, weight float64, zz *[maxShort * maxShort]float64, zu, zv *[maxShort]float64, uu, uv, vv float64) {
	m, dim, q := c.m, c.dim, c.m.q
	hu, hv := c.hess[q*dim:][:dim], c.hess[(q+1)*dim:][:dim]
	row := c.grad0()
	for r := range n {
		z := m.z[(r0+r)*m.stride:][:q]
		clear(row)
		for s := range n {
			v := zz[max(r, s)*maxShort+min(r, s)]
			for b, y := range m.z[(r0+s)*m.stride:][:q] {
				row[b] += v * y
			}
		}
		for a, x := range z {
			if x == 0 {
				continue
			}
			xw := x * weight
			h := c.hess[a*dim:][: a+1 : a+1]
			for b := range h {
				h[b] += xw * row[b]
			}
			if !c.held[0] {
				hu[a] += xw * zu[r]
			}
			if !c.held[1] {
				hv[a] += xw * zv[r]
			}
		}
	}
	if !c.held[0] {
		hu[q] += weight * uu
	}
	if !c.held[1] {
		hv[q+1] += weight * vv
	}
	if !c.held[0] && !c.held[1] {
		hv[q] += weight * uv
	}
}

// grad0 is a vector of length q to work in.
func (c *criterion) grad0() []float64 {
	if len(c.longRows) < c.dim {
		c.longRows = make([]float64, c.dim*(c.nv+1))
	}
	return c.longRows[:c.m.q]
}

// longInformation is patientInformation for a patient of many rows: scores are formed node by node.
func (c *criterion) longInformation(i, j, base int, weight float64) {
	m, nu, nv, dim, q := c.m, c.nu, c.nv, c.dim, c.m.q
	r0, r1 := int(m.first[j]), int(m.first[j+1])
	a, up := c.a[r0-base:r1-base], m.up[r0:r1]
	x := (j - int(m.members[i])) * nu * nv
	c.grad0()
	score := c.longRows[:dim*nv] // by parameter, node
	n := r1 - r0
	mean := make([]float64, n*3) // of w, of w v, over all nodes; w by row
	wAll, wU, wV := mean[:n], mean[n:2*n], mean[2*n:]
	uu, uv, vv := 0.0, 0.0, 0.0
	for k := range nu {
		t, v := c.t[x+k*nv:][:nv], c.v[(j*nu+k)*nv:][:nv]
		c.longWeights(a, up, t, c.wv[(j*nu+k)*nv:][:nv], c.pi)
		u, pk := c.u[i*nu+k], c.post[k]
		clear(score)
		for r, ar := range a {
			z := m.z[(r0+r)*m.stride:][:q]
			for l, y := range t {
				f := 1 / (1 + ar*y)
				e, w := up[r]-1+f, (f-f*f)*c.pi[l]*pk
				for b, zb := range z {
					score[b*nv+l] += e * zb
				}
				score[q*nv+l] += e * u
				score[(q+1)*nv+l] += e * v[l]
				wAll[r] += w
				wU[r] += w * u
				wV[r] += w * v[l]
				uu += w * u * u
				uv += w * u * v[l]
				vv += w * v[l] * v[l]
			}
		}
		c.addCovariance(score, weight*pk)
	}
	for r := range n {
		z := m.z[(r0+r)*m.stride:][:q]
		for b, zb := range z {
			h := c.hess[b*dim:][:dim]
			for d := range b + 1 {
				h[d] -= weight * wAll[r] * zb * z[d]
			}
			if !c.held[0] {
				c.hess[q*dim+b] -= weight * wU[r] * zb
			}
			if !c.held[1] {
				c.hess[(q+1)*dim+b] -= weight * wV[r] * zb
			}
		}
	}
	if !c.held[0] {
		c.hess[q*dim+q] -= weight * uu
	}
	if !c.held[1] {
		c.hess[(q+1)*dim+q+1] -= weight * vv
	}
	if !c.held[0] && !c.held[1] {
		c.hess[(q+1)*dim+q] -= weight * uv
	}
}

// addCovariance adds the covariance over a patient's nodes of a score, by parameter and node.
func (c *criterion) addCovariance(score []float64, weight float64) {
	nv := c.nv
	for a := range c.dim {
		if a >= c.m.q && c.held[a-c.m.q] {
			continue
		}
		sa, mean := score[a*nv:][:nv], 0.0
		for l, p := range c.pi {
			mean += p * sa[l]
		}
		for l := range sa {
			sa[l] -= mean
		}
		for b := range a + 1 {
			if b >= c.m.q && c.held[b-c.m.q] {
				continue
			}
			sb, s := score[b*nv:][:nv], 0.0
			for l, p := range c.pi {
				s += p * sa[l] * sb[l]
			}
			if math.Abs(s) > 0 {
				c.hess[a*c.dim+b] += weight * s
			}
		}
	}
}
