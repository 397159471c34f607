package mixed

import "math"

// restricted holds the working memory of what REML adds: log|M_xx| and its derivatives.
type restricted struct {
	v      []float64 // M_xx⁻¹, tiled triangle; the outcome's row and column are zero
	square []float64 // M_xx⁻¹, P×P
	root   []float64 // L⁻¹, P×P row-major, lower triangle
	ma, mb []float64 // M_a, M_b
	pa, pb []float64 // M_xx⁻¹M_a, M_xx⁻¹M_b, P×P
	full   []float64 // M_a or M_b, P×P
	t1, t2 []float64 // units × dim: t', t''
	up, dn []float64 // units × dim: t+w, t−w
	vt     []float64 // units × dim: M_xx⁻¹ t
	vt1    []float64 // units × dim: M_xx⁻¹ t'
	weight []float64
}

func newRestricted(m *Model, units int) *restricted {
	dim := m.dim
	v := func(n int) []float64 { return make([]float64, n) }
	return &restricted{
		v: v(triangle(dim)), square: v(dim * dim), root: v(dim * dim), ma: v(triangle(dim)), mb: v(triangle(dim)),
		pa: v(dim * dim), pb: v(dim * dim), full: v(dim * dim),
		t1: v(units * dim), t2: v(units * dim), up: v(units * dim), dn: v(units * dim), vt: v(units * dim), vt1: v(units * dim), weight: v(units),
	}
}

// logDetXX is log|M_xx| from the factor; the padding's pivots are 1.
func logDetXX(inv []float64, dim int) float64 {
	sum, product := 0.0, 1.0
	for r := range dim - 1 {
		product *= inv[r]
		if product > 1e100 || product < 1e-100 {
			sum += math.Log(product)
			product = 1
		}
	}
	return -2 * (sum + math.Log(product))
}

// addRestricted adds (10) and (11) to the derivatives of log|V|.
func (c *criterion) addRestricted(pt *point, y *sums) {
	x, dim, tri := c.x, c.model.dim, triangle(c.model.dim)
	c.invert()
	clear(c.ma)
	for j := range c.model.counts {
		q, c1 := x.q[j*tri:(j+1)*tri], c.c1[j]
		for k, v := range q {
			c.ma[k] -= c1 * v
		}
		y.laa -= c.c2[j] * inner(c.v, q, dim)
	}
	clear(c.mb)
	if c.active() > 0 {
		c.restrictedUnits(pt, y)
	}
	y.la += inner(c.v, c.ma, dim) // (10)
	y.lb += inner(c.v, c.mb, dim)
	c.product(c.pa, c.ma)
	y.laa -= traceOfProduct(c.pa, c.pa, dim) // (11)
	if c.active() == 0 {
		return
	}
	c.product(c.pb, c.mb)
	y.lab -= traceOfProduct(c.pa, c.pb, dim)
	y.lbb -= traceOfProduct(c.pb, c.pb, dim)
}

// restrictedUnits adds the units' part of M_a and M_b and of tr(M_xx⁻¹M_jk).
func (c *criterion) restrictedUnits(pt *point, y *sums) {
	x, dim, n := c.x, c.model.dim, c.active()
	padded := (n + 3) &^ 3
	unitSums(c.t, x.t, c.k, x.count, x.first, dim)
	unitSums(c.t1, x.t, c.k1, x.count, x.first, dim)
	unitSums(c.t2, x.t, c.k2, x.count, x.first, dim)
	times(c.vt[:n*dim], c.t, c.square, dim)
	times(c.vt1[:n*dim], c.t1, c.square, dim)
	clear(c.weight[n:padded])
	clear(c.s[n:padded])
	for _, v := range [][]float64{c.t, c.up, c.dn} {
		clear(v[n*dim : padded*dim])
	}
	b, bb := pt.b, pt.b*pt.b
	for i, w := range x.weight {
		h, h1, h2, g := c.h[i], c.h1[i], c.h2[i], c.g[i]
		u := 1 / (1 + b*h)
		u2 := u * u
		gb, ga := u2, -bb*h1*u2
		gbb, gab := -2*h*u2*u, -2*b*h1*u2*u
		gaa := -bb*h2*u2 + 2*bb*b*h1*h1*u2*u
		t, t1, t2 := c.t[i*dim:][:dim], c.t1[i*dim:][:dim], c.t2[i*dim:][:dim]
		up, dn := c.up[i*dim:][:dim], c.dn[i*dim:][:dim]
		// g_a t t' + g (t t_a' + t_a t') = t v' + v t' = ½[(t+v)(t+v)' − (t−v)(t−v)'] with v = ½ g_a t + g t_a
		for k, tk := range t {
			v := 0.5*ga*tk + g*t1[k]
			up[k], dn[k] = tk+v, tk-v
		}
		c.weight[i] = -0.5 * w
		c.s[i] = -w * gb
		var tt, tt1, t1t1, tt2 float64 // t'Vt, t'Vt', t''Vt', t'Vt'' for V = M_xx⁻¹
		vt, vt1 := c.vt[i*dim:][:dim], c.vt1[i*dim:][:dim]
		for k := 0; k+4 <= dim; k += 4 {
			p, q := vt[k:k+4:k+4], vt1[k:k+4:k+4]
			x, y, z := t[k:k+4:k+4], t1[k:k+4:k+4], t2[k:k+4:k+4]
			tt += p[0]*x[0] + p[1]*x[1] + p[2]*x[2] + p[3]*x[3]
			tt1 += p[0]*y[0] + p[1]*y[1] + p[2]*y[2] + p[3]*y[3]
			tt2 += p[0]*z[0] + p[1]*z[1] + p[2]*z[2] + p[3]*z[3]
			t1t1 += q[0]*y[0] + q[1]*y[1] + q[2]*y[2] + q[3]*y[3]
		}
		y.laa -= w * (gaa*tt + 4*ga*tt1 + 2*g*(t1t1+tt2))
		y.lab -= w * (gab*tt + 2*gb*tt1)
		y.lbb -= w * gbb * tt
	}
	if b > 0 { // otherwise v is zero
		outer(c.ma, c.up, c.weight[:padded], dim)
		for i := range c.weight[:padded] {
			c.weight[i] = -c.weight[i]
		}
		outer(c.ma, c.dn, c.weight[:padded], dim)
	}
	outer(c.mb, c.t, c.s[:padded], dim)
}

// invert makes M_xx⁻¹ from the factor in c.m.
func (c *criterion) invert() {
	invertXX(c.v, c.root, c.m, c.inv, c.model.pad, c.model.dim)
	expand(c.square, c.v, c.model.dim)
}

// invertXX sets v, a tiled triangle, to M_xx⁻¹ = L⁻ᵀL⁻¹ given the factor m of M, with L⁻¹ in root. The padding's
// identity is replaced by zeros.
func invertXX(v, root, m, inv []float64, pad, dim int) {
	clear(root)
	for r := pad; r < dim-1; r++ {
		row, out := m[rowAt(r):], root[r*dim:(r+1)*dim]
		for k := pad; k < r; k++ {
			f, y := row[k], root[k*dim:k*dim+dim]
			for j := pad &^ 3; j <= k; j += 4 {
				o, v := out[j:j+4:j+4], y[j:j+4:j+4]
				o[0] -= f * v[0]
				o[1] -= f * v[1]
				o[2] -= f * v[2]
				o[3] -= f * v[3]
			}
		}
		scale := inv[r]
		for j := range out[:r] {
			out[j] *= scale
		}
		out[r] = scale
	}
	clear(v)
	outerLower(v, root, dim)
}

// outerLower adds Σ root_r root_r' over the rows of a P×P matrix to a tiled triangle; P is a multiple of four.
func outerLower(m, root []float64, dim int) {
	ones := [4]float64{1, 1, 1, 1}
	for r := 0; r < dim; r += 4 {
		outer(m, root[r*dim:(r+4)*dim], ones[:], dim)
	}
}

// expand writes a tiled triangle as a full P×P matrix.
func expand(full, m []float64, dim int) {
	for r := range dim {
		at, b := rowAt(r), r&^3
		copy(full[r*dim:r*dim+b+4], m[at:at+b+4])
		for j := range b {
			full[j*dim+r] = m[at+j]
		}
	}
}

// product sets out to M_xx⁻¹ m, P×P.
func (c *criterion) product(out, m []float64) {
	expand(c.full, m, c.model.dim)
	times(out, c.square, c.full, c.model.dim)
}

// times sets out to x y: the rows of x, as many as out has, times the P×P matrix y, P a multiple of four.
func times(out, x, y []float64, dim int) {
	for r := 0; r < len(out); r += dim {
		o, v := out[r:r+dim], x[r:r+dim]
		for j := 0; j+4 <= dim; j += 4 {
			a0, a1, a2, a3 := 0.0, 0.0, 0.0, 0.0
			at := j
			for k := 0; k+4 <= dim; k += 4 {
				w := v[k : k+4 : k+4]
				p := y[at : at+4 : at+4]
				q := y[at+dim : at+dim+4 : at+dim+4]
				s := y[at+2*dim : at+2*dim+4 : at+2*dim+4]
				t := y[at+3*dim : at+3*dim+4 : at+3*dim+4]
				at += 4 * dim
				a0 += w[0]*p[0] + w[1]*q[0] + w[2]*s[0] + w[3]*t[0]
				a1 += w[0]*p[1] + w[1]*q[1] + w[2]*s[1] + w[3]*t[1]
				a2 += w[0]*p[2] + w[1]*q[2] + w[2]*s[2] + w[3]*t[2]
				a3 += w[0]*p[3] + w[1]*q[3] + w[2]*s[3] + w[3]*t[3]
			}
			d := o[j : j+4 : j+4]
			d[0], d[1], d[2], d[3] = a0, a1, a2, a3
		}
	}
}

// traceOfProduct is tr(xy) of two P×P matrices.
func traceOfProduct(x, y []float64, dim int) float64 {
	sum := 0.0
	for r := range dim {
		row, at := x[r*dim:(r+1)*dim], r
		for k := 0; k+4 <= dim; k += 4 {
			v := row[k : k+4 : k+4]
			sum += v[0]*y[at] + v[1]*y[at+dim] + v[2]*y[at+2*dim] + v[3]*y[at+3*dim]
			at += 4 * dim
		}
	}
	return sum
}
