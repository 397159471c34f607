package mixed

import "math"

// A unit's space has three dimensions where a trial has three visits and units by visit; written out, its small matrices
// cost a quarter of what loops over them cost in WebAssembly.

// three says whether a pattern's matrices are written out: two effects of a patient in a unit's space of three.
func (g *general) three(p *pattern) bool {
	return g.du == 3 && p.k == 2 && g.nested && g.structure == Independent
}

// woodbury3 is woodburyFactor for k = 3 with Γ = QQ' and HQ besides.
func woodbury3(q, gam, hq, f, h *[9]float64) (logdet float64) {
	f0, f1, f2, f3, f4, f5, f6, f7, f8 := f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8]
	h0, h1, h2, h4, h5, h8 := h[0], h[1], h[2], h[4], h[5], h[8]
	// t = HF
	t0, t1, t2 := h0*f0+h1*f3+h2*f6, h0*f1+h1*f4+h2*f7, h0*f2+h1*f5+h2*f8
	t3, t4, t5 := h1*f0+h4*f3+h5*f6, h1*f1+h4*f4+h5*f7, h1*f2+h4*f5+h5*f8
	t6, t7, t8 := h2*f0+h5*f3+h8*f6, h2*f1+h5*f4+h8*f7, h2*f2+h5*f5+h8*f8
	// CC' = I + F't
	c0 := math.Sqrt(1 + f0*t0 + f3*t3 + f6*t6)
	i0 := 1 / c0
	c3 := (f1*t0 + f4*t3 + f7*t6) * i0
	c4 := math.Sqrt(1 + f1*t1 + f4*t4 + f7*t7 - c3*c3)
	i4 := 1 / c4
	c6 := (f2*t0 + f5*t3 + f8*t6) * i0
	c7 := (f2*t1 + f5*t4 + f8*t7 - c6*c3) * i4
	c8 := math.Sqrt(1 + f2*t2 + f5*t5 + f8*t8 - c6*c6 - c7*c7)
	i8 := 1 / c8
	// rows of Q = FC⁻ᵀ
	a0 := f0 * i0
	a1 := (f1 - c3*a0) * i4
	a2 := (f2 - c6*a0 - c7*a1) * i8
	b0 := f3 * i0
	b1 := (f4 - c3*b0) * i4
	b2 := (f5 - c6*b0 - c7*b1) * i8
	d0 := f6 * i0
	d1 := (f7 - c3*d0) * i4
	d2 := (f8 - c6*d0 - c7*d1) * i8
	q[0], q[1], q[2], q[3], q[4], q[5], q[6], q[7], q[8] = a0, a1, a2, b0, b1, b2, d0, d1, d2
	g1, g2, g5 := a0*b0+a1*b1+a2*b2, a0*d0+a1*d1+a2*d2, b0*d0+b1*d1+b2*d2
	gam[0], gam[1], gam[2] = a0*a0+a1*a1+a2*a2, g1, g2
	gam[3], gam[4], gam[5] = g1, b0*b0+b1*b1+b2*b2, g5
	gam[6], gam[7], gam[8] = g2, g5, d0*d0+d1*d1+d2*d2
	hq[0], hq[1], hq[2] = h0*a0+h1*b0+h2*d0, h0*a1+h1*b1+h2*d1, h0*a2+h1*b2+h2*d2
	hq[3], hq[4], hq[5] = h1*a0+h4*b0+h5*d0, h1*a1+h4*b1+h5*d1, h1*a2+h4*b2+h5*d2
	hq[6], hq[7], hq[8] = h2*a0+h5*b0+h8*d0, h2*a1+h5*b1+h8*d1, h2*a2+h5*b2+h8*d2
	return 2 * math.Log(c0*c4*c8)
}

// rows3 sets three rows (3×dim) to Q'U.
func rows3(rows, u []float64, q *[9]float64, dim int) {
	r0, r1, r2 := rows[:dim], rows[dim:2*dim], rows[2*dim:3*dim]
	u0, u1, u2 := u[:dim], u[dim:2*dim], u[2*dim:3*dim]
	for j := 0; j+4 <= dim; j += 4 {
		x, y, z := u0[j:j+4:j+4], u1[j:j+4:j+4], u2[j:j+4:j+4]
		a, b, c := r0[j:j+4:j+4], r1[j:j+4:j+4], r2[j:j+4:j+4]
		x0, x1, x2, x3, y0, y1, y2, y3 := x[0], x[1], x[2], x[3], y[0], y[1], y[2], y[3]
		z0, z1, z2, z3 := z[0], z[1], z[2], z[3]
		a[0] = q[0]*x0 + q[3]*y0 + q[6]*z0
		a[1] = q[0]*x1 + q[3]*y1 + q[6]*z1
		a[2] = q[0]*x2 + q[3]*y2 + q[6]*z2
		a[3] = q[0]*x3 + q[3]*y3 + q[6]*z3
		b[0] = q[1]*x0 + q[4]*y0 + q[7]*z0
		b[1] = q[1]*x1 + q[4]*y1 + q[7]*z1
		b[2] = q[1]*x2 + q[4]*y2 + q[7]*z2
		b[3] = q[1]*x3 + q[4]*y3 + q[7]*z3
		c[0] = q[2]*x0 + q[5]*y0 + q[8]*z0
		c[1] = q[2]*x1 + q[5]*y1 + q[8]*z1
		c[2] = q[2]*x2 + q[5]*y2 + q[8]*z2
		c[3] = q[2]*x3 + q[5]*y3 + q[8]*z3
	}
}

// combine32 is combine for n = 3 and k = 2.
func combine32(u, f, t []float64, dim int) {
	u0, u1, u2 := u[:dim], u[dim:2*dim], u[2*dim:3*dim]
	t0, t1 := t[:dim], t[dim:2*dim]
	f0, f1, f2, f3, f4, f5 := f[0], f[1], f[2], f[3], f[4], f[5]
	for j := 0; j+4 <= dim; j += 4 {
		x, y := t0[j:j+4:j+4], t1[j:j+4:j+4]
		a, b, c := u0[j:j+4:j+4], u1[j:j+4:j+4], u2[j:j+4:j+4]
		x0, x1, x2, x3, y0, y1, y2, y3 := x[0], x[1], x[2], x[3], y[0], y[1], y[2], y[3]
		a[0] += f0*x0 + f1*y0
		a[1] += f0*x1 + f1*y1
		a[2] += f0*x2 + f1*y2
		a[3] += f0*x3 + f1*y3
		b[0] += f2*x0 + f3*y0
		b[1] += f2*x1 + f3*y1
		b[2] += f2*x2 + f3*y2
		b[3] += f2*x3 + f3*y3
		c[0] += f4*x0 + f5*y0
		c[1] += f4*x1 + f5*y1
		c[2] += f4*x2 + f5*y2
		c[3] += f4*x3 + f5*y3
	}
}

// gradient3 is one unit's part of unitsGradientML for du = 3: ũ, what it adds to dD/dΦ, and ω(Γ + scale·ũũ').
func gradient3(tilde *[3]float64, both, gphi, h, gam, hq *[9]float64, uz *[3]float64, om, scale float64) {
	x, y, z := uz[0], uz[1], uz[2]
	t0, t1, t2 := gam[0]*x+gam[1]*y+gam[2]*z, gam[1]*x+gam[4]*y+gam[5]*z, gam[2]*x+gam[5]*y+gam[8]*z
	tilde[0], tilde[1], tilde[2] = t0, t1, t2
	q0 := x - (h[0]*t0 + h[1]*t1 + h[2]*t2)
	q1 := y - (h[1]*t0 + h[4]*t1 + h[5]*t2)
	q2 := z - (h[2]*t0 + h[5]*t1 + h[8]*t2)
	a0, a1, a2, b0, b1, b2, c0, c1, c2 := hq[0], hq[1], hq[2], hq[3], hq[4], hq[5], hq[6], hq[7], hq[8]
	g1 := om * (h[1] - (a0*b0 + a1*b1 + a2*b2) - scale*q0*q1)
	g2 := om * (h[2] - (a0*c0 + a1*c1 + a2*c2) - scale*q0*q2)
	g5 := om * (h[5] - (b0*c0 + b1*c1 + b2*c2) - scale*q1*q2)
	gphi[0] += om * (h[0] - (a0*a0 + a1*a1 + a2*a2) - scale*q0*q0)
	gphi[4] += om * (h[4] - (b0*b0 + b1*b1 + b2*b2) - scale*q1*q1)
	gphi[8] += om * (h[8] - (c0*c0 + c1*c1 + c2*c2) - scale*q2*q2)
	gphi[1] += g1
	gphi[3] += g1
	gphi[2] += g2
	gphi[6] += g2
	gphi[5] += g5
	gphi[7] += g5
	k1, k2, k5 := om*(gam[1]+scale*t0*t1), om*(gam[2]+scale*t0*t2), om*(gam[5]+scale*t1*t2)
	both[0], both[1], both[2] = om*(gam[0]+scale*t0*t0), k1, k2
	both[3], both[4], both[5] = k1, om*(gam[4]+scale*t1*t1), k5
	both[6], both[7], both[8] = k2, k5, om*(gam[8]+scale*t2*t2)
}

// cell32 adds one cell's part of unitsGradientML to K and L of its pattern, for du = 3 and k = 2.
func cell32(kk, both *[9]float64, ll *[6]float64, tilde *[3]float64, m, f, e0, e1 float64) {
	addScaled3(kk, both, m)
	e0 *= f
	e1 *= f
	ll[0] += tilde[0] * e0
	ll[1] += tilde[0] * e1
	ll[2] += tilde[1] * e0
	ll[3] += tilde[1] * e1
	ll[4] += tilde[2] * e0
	ll[5] += tilde[2] * e1
}

// addScaled3 adds m·y to x.
func addScaled3(x, y *[9]float64, m float64) {
	x[0] += m * y[0]
	x[1] += m * y[1]
	x[2] += m * y[2]
	x[3] += m * y[3]
	x[4] += m * y[4]
	x[5] += m * y[5]
	x[6] += m * y[6]
	x[7] += m * y[7]
	x[8] += m * y[8]
}

// prepare32 is effectFactor for k = 2 with the products of (G2) in a space of three.
func (w *patWork) prepare32(f, n *[4]float64, a *[6]float64) {
	f0, f1, f2, f3, n0, n1, n3 := f[0], f[1], f[2], f[3], n[0], n[1], n[3]
	t0, t1, t2, t3 := n0*f0+n1*f2, n0*f1+n1*f3, n1*f0+n3*f2, n1*f1+n3*f3
	c0 := math.Sqrt(1 + f0*t0 + f2*t2)
	c1 := (f1*t0 + f3*t2) / c0
	c2 := math.Sqrt(1 + f1*t1 + f3*t3 - c1*c1)
	q0, q2 := f0/c0, f2/c0
	q1, q3 := (f1-c1*q0)/c2, (f3-c1*q2)/c2
	w.logdet = 2 * math.Log(c0*c2)
	b0, b1, b3 := -(q0*q0 + q1*q1), -(q0*q2 + q1*q3), -(q2*q2 + q3*q3)
	q, b := (*[4]float64)(w.q), (*[4]float64)(w.b)
	q[0], q[1], q[2], q[3] = q0, q1, q2, q3
	b[0], b[1], b[2], b[3] = b0, b1, b1, b3
	x0, x1, y0, y1, z0, z1 := a[0], a[1], a[2], a[3], a[4], a[5]
	ab, ha := (*[6]float64)(w.ab), (*[9]float64)(w.ha)
	u0, u1, v0, v1, w0, w1 := x0*b0+x1*b1, x0*b1+x1*b3, y0*b0+y1*b1, y0*b1+y1*b3, z0*b0+z1*b1, z0*b1+z1*b3
	ab[0], ab[1], ab[2], ab[3], ab[4], ab[5] = u0, u1, v0, v1, w0, w1
	h1, h2, h5 := u0*y0+u1*y1, u0*z0+u1*z1, v0*z0+v1*z1
	ha[0], ha[1], ha[2] = u0*x0+u1*x1, h1, h2
	ha[3], ha[4], ha[5] = h1, v0*y0+v1*y1, h5
	ha[6], ha[7], ha[8] = h2, h5, w0*z0+w1*z1
}

// patternGradient32 is patternGradient for k = 2 in a space of three.
func (w *patWork) patternGradient32(gpsi, n *[4]float64, a *[6]float64, m float64) {
	kk, ll, g := (*[9]float64)(w.kk), (*[6]float64)(w.ll), (*[4]float64)(w.gb)
	x0, x1, y0, y1, z0, z1 := a[0], a[1], a[2], a[3], a[4], a[5]
	// KA, less L
	u0, u1 := kk[0]*x0+kk[1]*y0+kk[2]*z0-ll[0], kk[0]*x1+kk[1]*y1+kk[2]*z1-ll[1]
	v0, v1 := kk[1]*x0+kk[4]*y0+kk[5]*z0-ll[2], kk[1]*x1+kk[4]*y1+kk[5]*z1-ll[3]
	w0, w1 := kk[2]*x0+kk[5]*y0+kk[8]*z0-ll[4], kk[2]*x1+kk[5]*y1+kk[8]*z1-ll[5]
	g0 := g[0] + x0*(u0-ll[0]) + y0*(v0-ll[2]) + z0*(w0-ll[4])
	g1 := g[1] + x0*u1 + y0*v1 + z0*w1 - ll[0]*x1 - ll[2]*y1 - ll[4]*z1
	g3 := g[3] + x1*(u1-ll[1]) + y1*(v1-ll[3]) + z1*(w1-ll[5])
	g[0], g[1], g[2], g[3] = g0, g1, g1, g3
	b0, b1, b3, n0, n1, n3 := w.b[0], w.b[1], w.b[3], n[0], n[1], n[3]
	j0, j1, j2, j3 := 1+n0*b0+n1*b1, n0*b1+n1*b3, n1*b0+n3*b1, 1+n1*b1+n3*b3
	t0, t1, t2, t3 := j0*g0+j1*g1, j0*g1+j1*g3, j2*g0+j3*g1, j2*g1+j3*g3
	off := m*(j0*n1+j1*n3) - (t0*j2 + t1*j3)
	gpsi[0] += m*(j0*n0+j1*n1) - (t0*j0 + t1*j1)
	gpsi[1] += off
	gpsi[2] += off
	gpsi[3] += m*(j2*n1+j3*n3) - (t2*j2 + t3*j3)
}
