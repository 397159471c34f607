package mixed

// differentiate fills grad: derivatives of D first by B of each pattern, by Φ and by the patients' covariances, then by
// the parameters. scale is df/r, or 1/σ² where σ is held.
func (c *gcriterion) differentiate(scale float64) {
	g := c.g
	reml := c.method == REML && !c.hold
	if reml {
		invertXX(c.v, c.root, c.m, c.inv, c.model.pad, c.model.dim)
		expand(c.square, c.v, c.model.dim)
	}
	clear(c.gphi)
	for k := range c.pat {
		clear(c.pat[k].gb)
		clear(c.pat[k].kk)
		clear(c.pat[k].ll)
	}
	c.squaresGradient(scale, reml)
	switch {
	case g.du == 0 || !g.nested:
	case reml:
		c.unitsGradient(scale, reml)
	default:
		c.unitsGradientML(scale)
	}
	clear(c.gpsi)
	clear(c.gres)
	for k := range g.patterns {
		if c.x.m[k] != 0 {
			c.patternGradient(&g.patterns[k], &c.pat[k], c.x.m[k])
		}
	}
	c.chain()
}

// squaresGradient: dM/dB of (G1), traced against scale·zz' and, under REML, M_xx⁻¹.
func (c *gcriterion) squaresGradient(scale float64, reml bool) {
	g, dim := c.g, c.model.dim
	tri := triangle(dim)
	square(c.zz, c.z, dim)
	for k := range g.patterns {
		p, w := &g.patterns[k], &c.pat[k]
		if c.x.m[k] == 0 || p.loose {
			continue
		}
		n := 0
		for a := range p.k {
			for b := range a + 1 {
				s := c.x.c[k][n*tri : (n+1)*tri]
				v := scale * dot4(s, c.zz)
				if reml {
					v += inner(c.v, s, dim)
				}
				if a != b {
					v /= 2
				}
				w.gb[a*p.k+b], w.gb[b*p.k+a] = v, v
				n++
			}
		}
	}
	if !g.loose {
		return
	}
	e := c.w[0]
	for u, i := range c.x.index {
		for n := g.first[i]; n < g.first[i+1]; n++ {
			cell := &g.cells[n]
			p, w := &g.patterns[cell.pattern], &c.pat[cell.pattern]
			if !p.loose {
				continue
			}
			t := g.t[cell.at*dim : (cell.at+p.k)*dim]
			dots(e[:p.k], t, c.z, dim)
			if reml {
				times(c.tv[:p.k*dim], t, c.square, dim)
			}
			for a := range p.k {
				for b := range p.k {
					v := scale * e[a] * e[b]
					if reml {
						v += dot4(c.tv[a*dim:(a+1)*dim], t[b*dim:(b+1)*dim])
					}
					w.gb[a*p.k+b] = c.x.omega[u] * v
				}
			}
		}
	}
}

// unitsGradientML is unitsGradient where W = scale·uu' has rank one: with ũ = Γu and q = u − Hũ,
// dD/dΦ += ω[H − (HQ)(HQ)' − scale·qq'], K += ωm(Γ + scale·ũũ'), L += ω·scale·ũe'.
func (c *gcriterion) unitsGradientML(scale float64) {
	dim, du := c.model.dim, c.g.du
	dots(c.uz[:len(c.x.index)*du], c.u, c.z, dim)
	var tilde, q [maxMiddle + maxEffects]float64
	both := c.w[3][:du*du]
	for n, i := range c.x.index {
		om := c.x.omega[n]
		h, gam, hq := c.h[n*du*du:(n+1)*du*du], c.gam[n*du*du:(n+1)*du*du], c.hq[n*du*du:(n+1)*du*du]
		uz := c.uz[n*du : (n+1)*du]
		if du == 3 {
			gradient3((*[3]float64)(tilde[:]), (*[9]float64)(both), (*[9]float64)(c.gphi), (*[9]float64)(h), (*[9]float64)(gam), (*[9]float64)(hq), (*[3]float64)(uz), om, scale)
			c.cellsGradientML(i, both, tilde[:], om, scale)
			continue
		}
		for a := range du {
			s := 0.0
			for b, v := range gam[a*du : (a+1)*du] {
				s += v * uz[b]
			}
			tilde[a] = s
		}
		for a := range du {
			s := uz[a]
			for b, v := range h[a*du : (a+1)*du] {
				s -= v * tilde[b]
			}
			q[a] = s
		}
		for a := range du {
			x, f := hq[a*du:(a+1)*du], scale*q[a]
			for b := range a + 1 {
				y := hq[b*du : (b+1)*du]
				s := h[a*du+b] - f*q[b]
				for k, v := range x {
					s -= v * y[k]
				}
				s *= om
				c.gphi[a*du+b] += s
				if a != b {
					c.gphi[b*du+a] += s
				}
			}
			f = scale * tilde[a]
			for b, v := range gam[a*du : (a+1)*du] {
				both[a*du+b] = om * (v + f*tilde[b])
			}
		}
		c.cellsGradientML(i, both, tilde[:], om, scale)
	}
}

// cellsGradientML adds the parts of one unit's cells to K and L of their patterns.
func (c *gcriterion) cellsGradientML(i int32, both, tilde []float64, om, scale float64) {
	g, dim, du := c.g, c.model.dim, c.g.du
	from, to := g.first[i], g.first[i+1]
	first, last := &g.cells[from], &g.cells[to-1]
	rows := last.at + g.patterns[last.pattern].k - first.at
	dots(c.e[:rows], g.t[first.at*dim:], c.z, dim)
	for k := from; k < to; k++ {
		cell := &g.cells[k]
		w, width := &c.pat[cell.pattern], g.patterns[cell.pattern].k
		e := c.e[cell.at-first.at : cell.at-first.at+width]
		if du == 3 && width == 2 {
			cell32((*[9]float64)(w.kk), (*[9]float64)(both), (*[6]float64)(w.ll), (*[3]float64)(tilde), cell.m, om*scale, e[0], e[1])
			continue
		}
		for a, v := range both {
			w.kk[a] += cell.m * v
		}
		for a := range du {
			f, l := om*scale*tilde[a], w.ll[a*width:(a+1)*width]
			for j, v := range e {
				l[j] += f * v
			}
		}
	}
}

// unitsGradient: (G5) to (G7).
func (c *gcriterion) unitsGradient(scale float64, reml bool) {
	g, dim, du := c.g, c.model.dim, c.g.du
	dots(c.uz[:len(c.x.index)*du], c.u, c.z, dim)
	ww, hg, gw, t0 := c.w[0][:du*du], c.w[1][:du*du], c.w[2][:du*du], c.w[3][:du*du]
	for n, i := range c.x.index {
		om := c.x.omega[n]
		u, h, gam := c.u[n*du*dim:(n+1)*du*dim], c.h[n*du*du:(n+1)*du*du], c.gam[n*du*du:(n+1)*du*du]
		uz := c.uz[n*du : (n+1)*du]
		for a := range du {
			for b := range du {
				ww[a*du+b] = scale * uz[a] * uz[b]
			}
		}
		if reml {
			times(c.uv, u, c.square, dim)
			for a := range du {
				for b := range du {
					ww[a*du+b] += dot4(c.uv[a*dim:(a+1)*dim], u[b*dim:(b+1)*dim])
				}
			}
		}
		multiply(hg, h, gam, du, du, du)
		multiply(gw, gam, ww, du, du, du)
		// dD/dΦ += ω[H − HΓH − (I−HΓ)W(I−ΓH)]
		for a := range du {
			for b := range du { // t0 = (I − HΓ)W
				s := ww[a*du+b]
				for k := range du {
					s -= hg[a*du+k] * ww[k*du+b]
				}
				t0[a*du+b] = s
			}
		}
		for a := range du {
			for b := range du {
				s := h[a*du+b] - t0[a*du+b]
				for k := range du {
					s += t0[a*du+k]*hg[b*du+k] - hg[a*du+k]*h[k*du+b]
				}
				c.gphi[a*du+b] += om * s
			}
		}
		// ω(Γ + ΓWΓ)
		for a := range du {
			for b := range du {
				s := gam[a*du+b]
				for k := range du {
					s += gw[a*du+k] * gam[k*du+b]
				}
				t0[a*du+b] = om * s
			}
		}
		for k := g.first[i]; k < g.first[i+1]; k++ {
			c.cellGradient(&g.cells[k], t0, gam, uz, om, scale, reml)
		}
	}
}

// cellGradient adds a cell's part to the sums K and L of its pattern.
func (c *gcriterion) cellGradient(cell *patternCell, both, gam, uz []float64, om, scale float64, reml bool) {
	g, dim, du := c.g, c.model.dim, c.g.du
	p, w := &g.patterns[cell.pattern], &c.pat[cell.pattern]
	for a, v := range both {
		w.kk[a] += cell.m * v
	}
	t := g.t[cell.at*dim : (cell.at+p.k)*dim]
	y := c.w[4]
	for j := range p.k {
		x := t[j*dim : (j+1)*dim]
		e := scale * dot4(x, c.z)
		for a := range du {
			v := uz[a] * e
			if reml {
				v += dot4(c.uv[a*dim:(a+1)*dim], x)
			}
			y[a*p.k+j] = v
		}
	}
	for a := range du {
		for j := range p.k {
			s := 0.0
			for b := range du {
				s += gam[a*du+b] * y[b*p.k+j]
			}
			w.ll[a*p.k+j] += om * s
		}
	}
}

// patternGradient completes dD/dB of a pattern and carries it to the covariance of the patients.
func (c *gcriterion) patternGradient(p *pattern, w *patWork, m float64) {
	g, du, k := c.g, c.g.du, p.k
	if g.three(p) {
		w.patternGradient32((*[4]float64)(c.gpsi), (*[4]float64)(p.n), (*[6]float64)(p.a), m)
		return
	}
	if du > 0 && g.nested {
		ka := c.w[0][:du*k]
		multiply(ka, w.kk, p.a, du, du, k)
		for a := range k {
			for b := range k {
				s := 0.0
				for i := range du {
					s += p.a[i*k+a]*(ka[i*k+b]-w.ll[i*k+b]) - w.ll[i*k+a]*p.a[i*k+b]
				}
				w.gb[a*k+b] += s
			}
		}
	}
	j, t := c.w[1][:k*k], c.w[2][:k*k]
	if g.structure != Independent { // dD/dΣ = m B − B (dD/dB) B
		multiply(t, w.b, w.gb, k, k, k)
		multiply(j, t, w.b, k, k, k)
		for a, u := range p.visits {
			for b, v := range p.visits {
				c.gres[int(u)*g.visits+int(v)] += m*w.b[a*k+b] - j[a*k+b]
			}
		}
		return
	}
	// dD/dΨ = m(N − NGN) − J (dD/dB) J' with J = I − NG; w.b is −G
	multiply(j, p.n, w.b, k, k, k)
	for a := range k {
		j[a*k+a]++
	}
	multiply(t, j, w.gb, k, k, k)
	for a := range k {
		for b := range k {
			s := 0.0
			for i := range k {
				s += m*j[a*k+i]*p.n[i*k+b] - t[a*k+i]*j[b*k+i]
			}
			c.gpsi[a*k+b] += s
		}
	}
}

// covGradient is dD/dΨ of a block (q×q).
func (c *gcriterion) covGradient(b *block, out []float64) {
	g := c.g
	for i := range b.q {
		for j := range b.q {
			s := 0.0
			switch {
			case b.level == patientLevel:
				s = c.gpsi[(b.at+i)*g.qp+b.at+j]
			case b.level == middleLevel:
				for a := range g.du {
					if g.mask[a] {
						s += c.gphi[a*g.du+a]
					}
				}
			case g.e == nil:
				s = c.gphi[(b.at+i)*g.du+b.at+j]
			default: // E' (dD/dΦ) E
				for a := range g.du {
					for d := range g.du {
						s += g.e[a*g.qu+b.at+i] * c.gphi[a*g.du+d] * g.e[d*g.qu+b.at+j]
					}
				}
			}
			out[i*b.q+j] = s
		}
	}
}

// chain carries the derivatives by covariances to the parameters: dD/dΛ = 2 (dD/dΨ) Λ.
func (c *gcriterion) chain() {
	g := c.g
	clear(c.grad)
	var cov, lam [maxEffects * maxEffects]float64
	for k := range g.blocks {
		b := &g.blocks[k]
		c.covGradient(b, cov[:])
		c.corner[k] = cov[b.q*b.q-1]
		lam = [maxEffects * maxEffects]float64{}
		n := b.par
		for i := range b.q {
			for j := range i + 1 {
				lam[i*b.q+j] = c.theta[n]
				n++
			}
		}
		n = b.par
		for i := range b.q {
			for j := range i + 1 {
				s := 0.0
				for a := range b.q {
					s += cov[i*b.q+a] * lam[a*b.q+j]
				}
				c.grad[n] = 2 * s
				n++
			}
		}
	}
	if g.structure != Independent {
		residualGradient(c.grad[g.residual:], c.gres, c.theta[g.residual:], g.structure, g.visits)
	}
}
