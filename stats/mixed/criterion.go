package mixed

import "math"

// point is the criterion at one pair of variance ratios. Numbers in parentheses are the equations of doc.go.
type point struct {
	a, b float64
	d    float64 // D, without Model.shift
	r    float64 // residual sum of squares, in units of basis.scale²
	grad [2]float64
	hess [3]float64 // aa, ab, bb
}

// criterion evaluates D over one sample. It owns all working memory, so evaluating allocates nothing.
type criterion struct {
	model  *Model
	x      *sample
	method Method

	m   []float64 // M, then its Cholesky factor
	inv []float64 // reciprocal diagonal of the factor
	z   []float64 // (−β, 1)

	k, c         []float64 // per count: k_n, c_n
	k1, k2       []float64 // derivatives by a: k', k''
	c1, c2       []float64 // c', c''
	h, h1, h2, g []float64 // per unit: h, h', h'' and g
	t            []float64 // units × dim: t_i
	s            []float64 // units: weights of outer
	e            []float64 // per cell: T·z
	va, vb       []float64 // v_a, v_b
	ca, cb       []float64 // per cell: their coefficients
	qz           []float64
	plain, whole sums
	bad          int // row of the pivot that failed
	*restricted
}

func newCriterion(m *Model, method Method) *criterion {
	dim, counts := m.dim, len(m.counts)
	units, cells := 0, 0
	if m.nested {
		units, cells = (m.levels[0]+3)&^3, len(m.cells)
	}
	v := func(n int) []float64 { return make([]float64, n) }
	c := &criterion{
		model: m, x: m.newSample(), method: method,
		m: v(triangle(dim)), inv: v(dim), z: v(dim),
		k: v(counts), c: v(counts), k1: v(counts), k2: v(counts), c1: v(counts), c2: v(counts),
		h: v(units), h1: v(units), h2: v(units), g: v(units), t: v(units * dim), s: v(units),
		e: v(cells), ca: v(cells), cb: v(cells), va: v(dim), vb: v(dim), qz: v(dim),
	}
	if method == REML {
		c.restricted = newRestricted(m, units)
	}
	return c
}

// evaluate computes D at (a, b), and with derivatives its gradient and Hessian by (a, b). It reports false when a
// pivot of M vanishes: a covariate cannot be estimated in this sample (c.bad is its row).
func (c *criterion) evaluate(pt *point, derivatives bool) bool {
	ld := c.scalars(pt.a, derivatives)
	ld += c.units(pt.b)
	c.assemble(pt.b)
	x, dim := c.x, c.model.dim
	if c.bad = factor(c.m, c.inv, x.limit, dim); c.bad >= 0 {
		return false
	}
	pivot := c.m[rowAt(dim-1)+dim-1]
	pt.r = pivot * pivot // (3)
	df := c.model.residualDF(x, c.method)
	pt.d = df*(math.Log(2*math.Pi*pt.r/df)+1) + ld // (4)
	if c.method == REML {
		pt.d += logDetXX(c.inv, dim) // (5)
	}
	residualVector(c.z, c.m, c.inv, dim)
	if derivatives {
		c.differentiate(pt, df)
	}
	return true
}

// scalars prepares the numbers that depend on a and the count only, and returns the patients' part of (2).
func (c *criterion) scalars(a float64, derivatives bool) float64 {
	ld := 0.0
	for j, n := range c.model.counts {
		d := 1 + a*n
		k := 1 / d
		c.k[j], c.c[j] = k, a*k
		if derivatives {
			k2 := k * k
			c.k1[j], c.k2[j] = -n*k2, 2*n*n*k2*k
			c.c1[j], c.c2[j] = k2, -2*n*k2*k
		}
		ld += c.x.m[j] * math.Log(d)
	}
	return ld
}

// units sums h, h', h” and g over the cells of each unit and returns the units' part of (2).
func (c *criterion) units(b float64) float64 {
	x, ld, product := c.x, 0.0, 1.0
	k, k1, k2, first := c.k, c.k1, c.k2, x.first
	k1, k2 = k1[:len(k)], k2[:len(k)]
	for i, w := range x.weight[:c.active()] {
		h, h1, h2 := 0.0, 0.0, 0.0
		from, to := int(first[i]), int(first[i+1])
		count, rows := x.count[from:to], x.rowsOf[from:to]
		for at, j := range count {
			mn := rows[at]
			h += mn * k[j]
			h1 += mn * k1[j]
			h2 += mn * k2[j]
		}
		d := 1 + b*h
		c.h[i], c.h1[i], c.h2[i], c.g[i] = h, h1, h2, b/d
		if product > 1e100 || d > 1e20 || w > 8 || w != math.Trunc(w) { // rarely: too large to multiply on
			ld += w * math.Log(d)
			continue
		}
		for ; w > 0; w-- {
			product *= d
		}
	}
	return ld + math.Log(product)
}

// active is the number of units with effects of their own: none with one grouping factor.
func (c *criterion) active() int {
	if !c.model.nested {
		return 0
	}
	return len(c.x.weight)
}

// assemble makes M (1) and the unit sums t_i.
func (c *criterion) assemble(b float64) {
	x, dim := c.x, c.model.dim
	subtract(c.m, x.s, x.q, c.c)
	n := c.active()
	if n == 0 || b == 0 {
		return
	}
	unitSums(c.t, x.t, c.k, x.count, x.first, dim)
	padded := (n + 3) &^ 3
	for i, w := range x.weight {
		c.s[i] = -w * c.g[i]
	}
	clear(c.s[n:padded])
	clear(c.t[n*dim : padded*dim])
	outer(c.m, c.t, c.s[:padded], dim)
}

// sums are the parts of (7), (8) and (9) that are sums over units for a given residual vector z.
type sums struct {
	ra, rb, raa, rab, rbb float64 // z'M_j z, z'M_jk z
	la, lb, laa, lab, lbb float64 // derivatives of ld
}

// differentiate fills the gradient and the Hessian; c.m holds the factor of M and c.z the residual vector.
func (c *criterion) differentiate(pt *point, df float64) {
	var y sums
	c.sum(&y, pt.b)
	c.plain = y
	forward2(c.va, c.vb, c.m, c.inv, c.model.dim)
	for k, v := range c.va { // the second part of (8)
		w := c.vb[k]
		y.raa -= 2 * v * v
		y.rab -= 2 * v * w
		y.rbb -= 2 * w * w
	}
	if c.method == REML {
		c.addRestricted(pt, &y)
	}
	c.whole = y
	pt.derivatives(&y, df)
}

// add adds w times z.
func (y *sums) add(z *sums, w float64) {
	y.ra += w * z.ra
	y.rb += w * z.rb
	y.raa += w * z.raa
	y.rab += w * z.rab
	y.rbb += w * z.rbb
	y.la += w * z.la
	y.lb += w * z.lb
	y.laa += w * z.laa
	y.lab += w * z.lab
	y.lbb += w * z.lbb
}

// residual is z'M z for the residual vector c.z, whatever it is; scalars, units and sum must have been called for it.
func (c *criterion) residual() float64 {
	x, dim := c.x, c.model.dim
	tri := triangle(dim)
	r := symmetric(c.qz, x.s, c.z, dim)
	for j, cn := range c.c {
		r -= cn * symmetric(c.qz, x.q[j*tri:(j+1)*tri], c.z, dim)
	}
	for i, w := range x.weight[:c.active()] {
		e := 0.0
		for at := x.first[i]; at < x.first[i+1]; at++ {
			e += c.k[x.count[at]] * c.e[at]
		}
		r -= w * c.g[i] * e * e
	}
	return r
}

// derivatives are (9).
func (pt *point) derivatives(y *sums, df float64) {
	f := df / pt.r
	pt.grad = [2]float64{f*y.ra + y.la, f*y.rb + y.lb}
	pt.hess = [3]float64{
		f*(y.raa-y.ra*y.ra/pt.r) + y.laa,
		f*(y.rab-y.ra*y.rb/pt.r) + y.lab,
		f*(y.rbb-y.rb*y.rb/pt.r) + y.lbb,
	}
}

// sum adds to y and sets c.va and c.vb to v_a and v_b, for the residual vector c.z.
func (c *criterion) sum(y *sums, b float64) {
	x, dim := c.x, c.model.dim
	tri := triangle(dim)
	clear(c.va)
	clear(c.vb)
	for j, n := range c.model.counts {
		square := symmetric(c.qz, x.q[j*tri:(j+1)*tri], c.z, dim)
		c1 := c.c1[j]
		y.ra -= c1 * square
		y.raa -= c.c2[j] * square
		for k, v := range c.qz {
			c.va[k] -= c1 * v
		}
		mnk := x.m[j] * n * c.k[j]
		y.la += mnk
		y.laa -= mnk * n * c.k[j]
	}
	if c.active() > 0 {
		c.sumUnits(y, b)
	}
}

// sumUnits is the units' part of sum.
func (c *criterion) sumUnits(y *sums, b float64) {
	x, dim := c.x, c.model.dim
	cells := len(x.count)
	dots(c.e[:cells], x.t, c.z, dim)
	bb := b * b
	s := *y // a local copy, so that nothing is stored in the loop
	k, k1, k2, first := c.k, c.k1, c.k2, x.first
	k1, k2 = k1[:len(k)], k2[:len(k)]
	for i, w := range x.weight {
		h, h1, h2, g := c.h[i], c.h1[i], c.h2[i], c.g[i]
		from, to := int(first[i]), int(first[i+1])
		count, d := x.count[from:to], c.e[from:to]
		ca, cb := c.ca[from:to], c.cb[from:to]
		var e, e1, e2 float64 // e, e', e''
		for at, j := range count {
			v := d[at]
			e += k[j] * v
			e1 += k1[j] * v
			e2 += k2[j] * v
		}
		u := 1 / (1 + b*h)
		u2 := u * u
		gb, ga := u2, -bb*h1*u2
		gbb, gab := -2*h*u2*u, -2*b*h1*u2*u
		gaa := -bb*h2*u2 + 2*bb*b*h1*h1*u2*u
		s.ra -= w * (ga*e*e + 2*g*e*e1) // (12)
		s.rb -= w * gb * e * e
		s.raa -= w * (gaa*e*e + 4*ga*e*e1 + 2*g*(e1*e1+e*e2)) // (13)
		s.rab -= w * (gab*e*e + 2*gb*e*e1)
		s.rbb -= w * gbb * e * e
		s.la += w * b * h1 * u
		s.lb += w * h * u
		s.laa += w * (b*h2*u - bb*h1*h1*u2)
		s.lab += w * h1 * u2
		s.lbb -= w * h * h * u2
		t0, t1, tb := -w*(ga*e+g*e1), -w*g*e, -w*gb*e
		for at, j := range count {
			ca[at] = t0*k[j] + t1*k1[j]
			cb[at] = tb * k[j]
		}
	}
	*y = s
	combine2(c.va, c.vb, x.t, c.ca[:cells], c.cb[:cells], dim)
}
