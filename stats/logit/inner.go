package logit

// The inner loops: a patient at each unit node, over its own nodes. With t = e^{shift} and a_r = e^{z_r'γ},
//
//	1 − μ_r = 1/(1 + a_r t) = f_r,   Π_r F = (Π_{successes} a_r) t^{successes} Π_r f_r
//
// so the rows of a patient share one division and need no exponential of their own. w holds weight × t^successes, the
// product of the a_r is added as a logarithm once a patient. Left in sum, a line a unit node: G = Σ_l p_l, p_l = w_l Π f;
// Σ_l p_l v_l E_l with E_l = Σ_r e_r = Σ_r f_r − failures; Σ_l p_l f_r for each row.
//
// Written out for one to six rows because Go's WebAssembly pays for every turn of a loop and every call. Five rows are
// six, the last with a = 0 and f = 1.

func (c *criterion) one(a0, failures float64, t, w, v []float64) {
	nv := c.nv
	for k := range c.nu {
		tk := t[k*nv : (k+1)*nv : (k+1)*nv]
		wk, vk := w[k*nv:][:len(tk)], v[k*nv:][:len(tk)]
		g, i0, ve := 0.0, 0.0, 0.0
		for l, x := range tk {
			f0 := 1 / (1 + a0*x)
			p := wk[l] * f0
			g += p
			i0 += p * f0
			ve += p * vk[l] * (f0 - failures)
		}
		s := c.sum[k*3 : (k+1)*3 : (k+1)*3]
		s[0], s[1], s[2] = g, ve, i0
	}
}

func (c *criterion) two(a0, a1, failures float64, t, w, v []float64) {
	nv := c.nv
	for k := range c.nu {
		tk := t[k*nv : (k+1)*nv : (k+1)*nv]
		wk, vk := w[k*nv:][:len(tk)], v[k*nv:][:len(tk)]
		g, i0, i1, ve := 0.0, 0.0, 0.0, 0.0
		for l, x := range tk {
			n0, n1 := 1+a0*x, 1+a1*x
			d := 1 / (n0 * n1)
			f0, f1 := d*n1, d*n0
			p := wk[l] * d
			g += p
			i0 += p * f0
			i1 += p * f1
			ve += p * vk[l] * (f0 + f1 - failures)
		}
		s := c.sum[k*4 : (k+1)*4 : (k+1)*4]
		s[0], s[1], s[2], s[3] = g, ve, i0, i1
	}
}

func (c *criterion) three(a0, a1, a2, failures float64, t, w, v []float64) {
	nv := c.nv
	for k := range c.nu {
		tk := t[k*nv : (k+1)*nv : (k+1)*nv]
		wk, vk := w[k*nv:][:len(tk)], v[k*nv:][:len(tk)]
		g, i0, i1, i2, ve := 0.0, 0.0, 0.0, 0.0, 0.0
		for l, x := range tk {
			n0, n1, n2 := 1+a0*x, 1+a1*x, 1+a2*x
			n01 := n0 * n1
			d := 1 / (n01 * n2)
			dn := d * n2
			f0, f1, f2 := dn*n1, dn*n0, d*n01
			p := wk[l] * d
			g += p
			i0 += p * f0
			i1 += p * f1
			i2 += p * f2
			ve += p * vk[l] * (f0 + f1 + f2 - failures)
		}
		s := c.sum[k*5 : (k+1)*5 : (k+1)*5]
		s[0], s[1], s[2], s[3], s[4] = g, ve, i0, i1, i2
	}
}

func (c *criterion) four(a []float64, failures float64, t, w, v []float64) {
	a0, a1, a2, a3 := a[0], a[1], a[2], a[3]
	nv := c.nv
	for k := range c.nu {
		tk := t[k*nv : (k+1)*nv : (k+1)*nv]
		wk, vk := w[k*nv:][:len(tk)], v[k*nv:][:len(tk)]
		g, i0, i1, i2, i3, ve := 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
		for l, x := range tk {
			n0, n1, n2, n3 := 1+a0*x, 1+a1*x, 1+a2*x, 1+a3*x
			n01, n23 := n0*n1, n2*n3
			d := 1 / (n01 * n23)
			d01, d23 := d*n23, d*n01 // 1/n01, 1/n23
			f0, f1, f2, f3 := d01*n1, d01*n0, d23*n3, d23*n2
			p := wk[l] * d
			g += p
			i0 += p * f0
			i1 += p * f1
			i2 += p * f2
			i3 += p * f3
			ve += p * vk[l] * (f0 + f1 + f2 + f3 - failures)
		}
		s := c.sum[k*6 : (k+1)*6 : (k+1)*6]
		s[0], s[1], s[2], s[3], s[4], s[5] = g, ve, i0, i1, i2, i3
	}
}

func (c *criterion) six(a0, a1, a2, a3, a4, a5, failures float64, t, w, v []float64) {
	nv := c.nv
	for k := range c.nu {
		tk := t[k*nv : (k+1)*nv : (k+1)*nv]
		wk, vk := w[k*nv:][:len(tk)], v[k*nv:][:len(tk)]
		g, i0, i1, i2, i3, i4, i5, ve := 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
		for l, x := range tk {
			n0, n1, n2, n3, n4, n5 := 1+a0*x, 1+a1*x, 1+a2*x, 1+a3*x, 1+a4*x, 1+a5*x
			n01, n34 := n0*n1, n3*n4
			n012, n345 := n01*n2, n34*n5
			d := 1 / (n012 * n345)
			d012, d345 := d*n345, d*n012
			e01, e34 := d012*n2, d345*n5
			f0, f1, f2 := e01*n1, e01*n0, d012*n01
			f3, f4, f5 := e34*n4, e34*n3, d345*n34
			p := wk[l] * d
			g += p
			i0 += p * f0
			i1 += p * f1
			i2 += p * f2
			i3 += p * f3
			i4 += p * f4
			i5 += p * f5
			ve += p * vk[l] * (f0 + f1 + f2 + f3 + f4 + f5 - failures)
		}
		s := c.sum[k*8 : (k+1)*8 : (k+1)*8]
		s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7] = g, ve, i0, i1, i2, i3, i4, i5
	}
}

// short runs the loop for a patient of up to six rows and returns the length of sum's lines.
func (c *criterion) short(a []float64, failures float64, t, w, v []float64) int {
	switch len(a) {
	case 1:
		c.one(a[0], failures, t, w, v)
	case 2:
		c.two(a[0], a[1], failures, t, w, v)
	case 3:
		c.three(a[0], a[1], a[2], failures, t, w, v)
	case 4:
		c.four(a, failures, t, w, v)
	case 5:
		c.six(a[0], a[1], a[2], a[3], a[4], 0, failures+1, t, w, v)
		return 8
	case 6:
		c.six(a[0], a[1], a[2], a[3], a[4], a[5], failures, t, w, v)
	}
	return len(a) + 2
}
