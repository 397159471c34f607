package mixed

import "math"

// gcriterion evaluates D of the general model over one sample (generaldoc.go has the equations). It owns all working
// memory.
type gcriterion struct {
	model  *Model
	g      *general
	x      *gsample
	method Method

	theta []float64
	grad  []float64 // derivatives of D by theta
	d, r  float64
	sigma float64 // if positive, σ is held there instead of being profiled out (in units of basis.scale)
	bySig float64 // dD/dlog σ then

	m, inv, z []float64
	blocks    []int32   // of the sample that M is made of
	factors   []float64 // theirs
	zz        []float64 // zz', elements off the diagonal tiles twice
	bad       int
	hold      bool // keep z as it is instead of solving for the coefficients

	psi    []float64 // du×du factor of the unit's covariance (columns beyond its rank are zero)
	pp     []float64 // k×k factor Λ of the patients' covariance
	sigma0 []float64 // residual covariance T×T
	pat    []patWork
	h, u   []float64 // per drawn unit: H (du×du), U (du×dim)
	gam    []float64 // Γ (du×du)
	hq     []float64 // HQ (du×du), Γ = QQ'
	e      []float64 // of the cells of one unit: T z
	rows   []float64 // rows for rank updates of M
	rowW   []float64
	uz     []float64 // per drawn unit: U z
	gphi   []float64 // dD/dΦ
	gpsi   []float64 // dD/dΨ of patients
	gres   []float64 // dD/dΣ
	corner []float64 // dD/dΨ of the last effect of each block
	w      [8][]float64

	v, square, root []float64 // REML: M_xx⁻¹ as a triangle and in full
	uv              []float64 // du×dim
	tv              []float64
}

// patWork is what depends on the parameters and the pattern only.
type patWork struct {
	q      []float64 // k×k: B = ±QQ'
	b      []float64 // k×k
	ab     []float64 // du×k: A B
	ha     []float64 // du×du: A B A'
	logdet float64
	gb     []float64 // dD/dB
	kk     []float64 // du×du
	ll     []float64 // du×k
}

func (m *Model) newGcriterion(method Method) *gcriterion {
	g, dim := m.general, m.dim
	v := func(n int) []float64 { return make([]float64, n) }
	units := m.levels[0]
	du, k := g.du, g.largest
	most := max(du, k, 4)
	c := &gcriterion{
		model: m, g: g, x: m.newGsample(), method: method, theta: v(g.np), grad: v(g.np),
		m: v(triangle(dim)), inv: v(dim), z: v(dim), zz: v(triangle(dim)),
		psi: v(du * du), pp: v(g.qp * g.qp), sigma0: v(g.visits * g.visits),
		h: v(units * du * du), u: v(units * du * dim), gam: v(units * du * du), hq: v(units * du * du), e: v(g.widest()), uz: v(units * du),
		gphi: v(du * du), gpsi: v(g.qp * g.qp), gres: v(g.visits * g.visits), corner: v(len(g.blocks)),
	}
	for n := range c.w {
		c.w[n] = v(most * most)
	}
	rows := (units*du + 3) &^ 3
	if g.loose {
		rows += (k + 3) &^ 3
	}
	c.rows, c.rowW = v(max(rows, 4)*dim), v(max(rows, 4))
	for n := range g.patterns {
		k := g.patterns[n].k
		c.pat = append(c.pat, patWork{q: v(k * k), b: v(k * k), ab: v(du * k), ha: v(du * du), gb: v(k * k), kk: v(du * du), ll: v(du * k)})
	}
	if method == REML {
		c.v, c.square, c.root = v(triangle(dim)), v(dim*dim), v(dim*dim)
		c.uv, c.tv = v(du*dim), v(k*dim)
	}
	return c
}

// evaluate computes D at theta, and its gradient; false when a pivot of M vanishes.
func (c *gcriterion) evaluate(theta []float64, derivatives bool) bool {
	copy(c.theta, theta)
	c.unpack()
	ld, ok := c.patients()
	if !ok {
		c.bad = c.model.dim - 1
		return false
	}
	c.addSquares()
	ld += c.unitsPart()
	dim := c.model.dim
	df := c.df()
	if c.hold {
		c.r = quadratic(c.m, c.z, dim)
	} else {
		if c.bad = factor(c.m, c.inv, c.x.limit, dim); c.bad >= 0 {
			return false
		}
		pivot := c.m[rowAt(dim-1)+dim-1]
		c.r = pivot * pivot
		residualVector(c.z, c.m, c.inv, dim)
	}
	scale := df / c.r
	if c.sigma > 0 {
		s2 := c.sigma * c.sigma
		c.d = df*math.Log(2*math.Pi*s2) + c.r/s2 + ld
		scale, c.bySig = 1/s2, 2*df-2*c.r/s2
	} else {
		c.d = df*(math.Log(2*math.Pi*c.r/df)+1) + ld
	}
	if c.method == REML && !c.hold {
		c.d += logDetXX(c.inv, dim)
	}
	if derivatives {
		c.differentiate(scale)
	}
	return !math.IsNaN(c.d) && !math.IsInf(c.d, 0)
}

func (c *gcriterion) df() float64 {
	if c.method == REML {
		return c.x.rows - float64(len(c.model.basis.kept))
	}
	return c.x.rows
}

// blockFactor copies Λ of a block into the factor of its level.
func blockFactor(into []float64, width int, b *block, theta []float64) {
	k := b.par
	for i := range b.q {
		for j := range i + 1 {
			into[(b.at+i)*width+b.at+j] = theta[k]
			k++
		}
	}
}

// unpack makes the covariance factors of theta.
func (c *gcriterion) unpack() {
	g := c.g
	clear(c.psi)
	clear(c.pp)
	phi := 0.0
	unit := c.psi
	width := g.du
	if g.middle != nil {
		unit, width = c.w[0][:g.qu*g.qu], g.qu
		clear(unit)
	}
	for k := range g.blocks {
		switch b := &g.blocks[k]; b.level {
		case unitLevel:
			blockFactor(unit, width, b, c.theta)
		case patientLevel:
			blockFactor(c.pp, g.qp, b, c.theta)
		case middleLevel:
			phi = c.theta[b.par] * c.theta[b.par]
		}
	}
	if g.middle != nil {
		c.middleFactor(unit, phi)
	}
	if g.structure != Independent {
		residualCov(c.sigma0, c.theta[g.residual:], g.structure, g.visits)
	}
}

// middleFactor factors Φ = EΨE' + φ·mask into c.psi.
func (c *gcriterion) middleFactor(unit []float64, phi float64) {
	g := c.g
	el := c.w[1][:g.du*g.qu]
	multiply(el, g.e, unit, g.du, g.qu, g.qu)
	if phi == 0 {
		for i := range g.du {
			copy(c.psi[i*g.du:], el[i*g.qu:(i+1)*g.qu])
		}
		return
	}
	phiMatrix := c.w[2][:g.du*g.du]
	multiplyT(phiMatrix, el, el, g.du, g.qu, g.du)
	for i := range g.du {
		if g.mask[i] {
			phiMatrix[i*g.du+i] += phi
		}
	}
	semidefinite(c.psi, phiMatrix, g.du)
}

// patients prepares each pattern and returns its part of log|V|.
func (c *gcriterion) patients() (ld float64, ok bool) {
	g := c.g
	for k := range g.patterns {
		if c.x.m[k] == 0 {
			continue
		}
		p, w := &g.patterns[k], &c.pat[k]
		if g.three(p) {
			w.prepare32((*[4]float64)(c.pp), (*[4]float64)(p.n), (*[6]float64)(p.a))
			ld += c.x.m[k] * w.logdet
			continue
		}
		sign := -1.0
		if g.structure != Independent {
			sign = 1
			if !c.visitFactor(p, w) {
				return 0, false
			}
		} else {
			c.effectFactor(p, w)
		}
		multiplyT(w.b, w.q, w.q, p.k, p.k, p.k)
		for i := range w.b {
			w.b[i] *= sign
		}
		if g.nested {
			multiply(w.ab, p.a, w.b, g.du, p.k, p.k)
			multiplyT(w.ha, w.ab, p.a, g.du, p.k, g.du)
		}
		ld += c.x.m[k] * w.logdet
	}
	return ld, true
}

// effectFactor: G = Λ(I + Λ'NΛ)⁻¹Λ' = QQ' with Q = ΛC⁻ᵀ, CC' = I + Λ'NΛ; log|V| = log|CC'|.
func (c *gcriterion) effectFactor(p *pattern, w *patWork) {
	if p.k == 1 {
		l := c.pp[0]
		d := 1 + l*l*p.n[0]
		w.q[0], w.logdet = l/math.Sqrt(d), math.Log(d)
		return
	}
	w.logdet = woodburyFactor(w.q, c.pp, p.n, c.w[0], c.w[1], p.k)
}

// woodburyFactor sets q = FC⁻ᵀ for CC' = I + F'HF and returns log|CC'|.
func woodburyFactor(q, f, h, t, s []float64, k int) (logdet float64) {
	t, s = t[:k*k], s[:k*k]
	multiply(t, h, f, k, k, k)
	transposedMultiply(s, f, t, k, k, k)
	product := 1.0
	for i := range k {
		s[i*k+i]++
	}
	cholesky(s, k)
	for i := range k {
		product *= s[i*k+i]
	}
	for i := range k { // row i of q solves C x = row i of F
		x := q[i*k : (i+1)*k]
		copy(x, f[i*k:(i+1)*k])
		for a := range k {
			v := x[a]
			for b := range a {
				v -= s[a*k+b] * x[b]
			}
			x[a] = v / s[a*k+a]
		}
	}
	return 2 * math.Log(product)
}

// visitFactor: B = Σ⁻¹ = QQ' with Q = C⁻ᵀ, CC' = Σ over the patient's visits.
func (c *gcriterion) visitFactor(p *pattern, w *patWork) bool {
	k, t := p.k, c.g.visits
	s := c.w[0][:k*k]
	for a, u := range p.visits {
		for b, v := range p.visits {
			s[a*k+b] = c.sigma0[int(u)*t+int(v)]
		}
	}
	if !cholesky(s, k) {
		return false
	}
	w.logdet = 0
	for i := range k {
		w.logdet += 2 * math.Log(s[i*k+i])
	}
	clear(w.q)
	for i := range k { // row i of Q = C⁻ᵀ is column i of C⁻¹
		x := w.q[i*k : (i+1)*k]
		for a := i; a < k; a++ {
			v := 0.0
			if a == i {
				v = 1
			}
			for b := i; b < a; b++ {
				v -= s[a*k+b] * x[b]
			}
			x[a] = v / s[a*k+a]
		}
	}
	return !math.IsNaN(w.logdet)
}

// addSquares sets M to S* + Σ B∘C*.
func (c *gcriterion) addSquares() {
	g, dim := c.g, c.model.dim
	c.blocks, c.factors = append(c.blocks[:0], 0), append(c.factors[:0], 1)
	block := int32(1)
	for k := range g.patterns {
		p, w := &g.patterns[k], &c.pat[k]
		if c.x.m[k] == 0 || p.loose {
			block += int32(p.stored())
			continue
		}
		for a := range p.k {
			for b := range a + 1 {
				c.blocks, c.factors = append(c.blocks, block), append(c.factors, w.b[a*p.k+b])
				block++
			}
		}
	}
	gather(c.m, c.x.all, c.blocks, c.factors)
	if !g.loose {
		return
	}
	sign := -1.0
	if g.structure != Independent {
		sign = 1
	}
	for u, i := range c.x.index {
		for n := g.first[i]; n < g.first[i+1]; n++ {
			cell := &g.cells[n]
			p, w := &g.patterns[cell.pattern], &c.pat[cell.pattern]
			if !p.loose {
				continue
			}
			clear(c.rowW)
			rows := (p.k + 3) &^ 3
			clear(c.rows[:rows*dim])
			for a := range p.k {
				c.rowW[a] = sign * c.x.omega[u]
				for b := range p.k { // row a of Q'T
					axpy(c.rows[a*dim:][:dim], g.t[(cell.at+b)*dim:][:dim], w.q[b*p.k+a])
				}
			}
			outer(c.m, c.rows[:rows*dim], c.rowW[:rows], dim)
		}
	}
}

// unitsPart makes U, H and Γ of the units drawn, takes their part from M and returns their part of log|V|.
func (c *gcriterion) unitsPart() (ld float64) {
	g, dim, du := c.g, c.model.dim, c.g.du
	if du == 0 || !g.nested {
		return 0
	}
	at := 0
	q := c.w[3][:du*du]
	for n, i := range c.x.index {
		u, h := c.u[n*du*dim:(n+1)*du*dim], c.h[n*du*du:(n+1)*du*du]
		if g.u0 != nil {
			copy(u, g.u0[int(i)*du*dim:])
			copy(h, g.h0[int(i)*du*du:])
		} else {
			clear(u)
			clear(h)
		}
		for k := g.first[i]; k < g.first[i+1]; k++ {
			cell := &g.cells[k]
			p, w := &g.patterns[cell.pattern], &c.pat[cell.pattern]
			t := g.t[cell.at*dim : (cell.at+p.k)*dim]
			if du == 3 && p.k == 2 {
				combine32(u, w.ab, t, dim)
				addScaled3((*[9]float64)(h), (*[9]float64)(w.ha), cell.m)
				continue
			}
			combine(u, w.ab, t, du, p.k, dim)
			for a, v := range w.ha {
				h[a] += cell.m * v
			}
		}
		if du == 3 {
			ld += c.x.omega[n] * woodbury3((*[9]float64)(q), (*[9]float64)(c.gam[n*9:]), (*[9]float64)(c.hq[n*9:]), (*[9]float64)(c.psi), (*[9]float64)(h))
			rows3(c.rows[at*dim:], u, (*[9]float64)(q), dim)
			for range 3 {
				c.rowW[at] = -c.x.omega[n]
				at++
			}
			continue
		}
		ld += c.x.omega[n] * woodburyFactor(q, c.psi, h, c.w[0], c.w[1], du)
		multiplyT(c.gam[n*du*du:(n+1)*du*du], q, q, du, du, du)
		multiply(c.hq[n*du*du:(n+1)*du*du], h, q, du, du, du)
		for a := range du { // row a of Q'U
			row := c.rows[at*dim : (at+1)*dim]
			clear(row)
			any := false
			for b := range du {
				if f := q[b*du+a]; f != 0 {
					axpy4(row, u[b*dim:(b+1)*dim], f)
					any = true
				}
			}
			if any {
				c.rowW[at] = -c.x.omega[n]
				at++
			}
		}
	}
	padded := (at + 3) &^ 3
	clear(c.rowW[at:padded])
	clear(c.rows[at*dim : padded*dim])
	outer(c.m, c.rows[:padded*dim], c.rowW[:padded], dim)
	return ld
}
