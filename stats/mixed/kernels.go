package mixed

import "math"

// The kernels work on a tiled lower triangle: a symmetric P×P matrix, P a multiple of four, kept as 4×4 tiles on and
// below the diagonal. Block row B (rows 4B to 4B+3) starts at 8B(B+1); its rows are 4(B+1) long and follow each other.
// Tiles on the diagonal are stored in full, so every inner loop runs over whole quadruples and has no remainder.
//
// They are written out by hand because Go's WebAssembly code pays for every call and every turn of a loop: a
// twelve-element dot product as a function costs more in the call than in the arithmetic.

// triangle is the length of the tiled lower triangle of a dim×dim matrix.
func triangle(dim int) int {
	b := dim >> 2
	return 8 * b * (b + 1)
}

// rowAt is where row r of a tiled lower triangle starts.
func rowAt(r int) int {
	b := r >> 2
	return 8*b*(b+1) + (r&3)*4*(b+1)
}

// gather sets dst to Σ w[i]·block(idx[i]), the blocks being the len(dst)-long pieces of src.
func gather(dst, src []float64, idx []int32, w []float64) {
	size := len(dst)
	i := 0
	switch {
	case len(idx) == 0:
		clear(dst)
		return
	case len(idx)&1 == 1:
		w0, x0 := w[0], src[int(idx[0])*size:][:size]
		for j := 0; j+4 <= size; j += 4 {
			d, a := dst[j:j+4:j+4], x0[j:j+4:j+4]
			d[0] = w0 * a[0]
			d[1] = w0 * a[1]
			d[2] = w0 * a[2]
			d[3] = w0 * a[3]
		}
		i = 1
	default:
		w0, x0 := w[0], src[int(idx[0])*size:][:size]
		w1, x1 := w[1], src[int(idx[1])*size:][:size]
		for j := 0; j+4 <= size; j += 4 {
			d, a, b := dst[j:j+4:j+4], x0[j:j+4:j+4], x1[j:j+4:j+4]
			d[0] = w0*a[0] + w1*b[0]
			d[1] = w0*a[1] + w1*b[1]
			d[2] = w0*a[2] + w1*b[2]
			d[3] = w0*a[3] + w1*b[3]
		}
		i = 2
	}
	if (len(idx)-i)&2 != 0 {
		w0, x0 := w[i], src[int(idx[i])*size:][:size]
		w1, x1 := w[i+1], src[int(idx[i+1])*size:][:size]
		for j := 0; j+4 <= size; j += 4 {
			d, a, b := dst[j:j+4:j+4], x0[j:j+4:j+4], x1[j:j+4:j+4]
			d[0] += w0*a[0] + w1*b[0]
			d[1] += w0*a[1] + w1*b[1]
			d[2] += w0*a[2] + w1*b[2]
			d[3] += w0*a[3] + w1*b[3]
		}
		i += 2
	}
	for ; i+4 <= len(idx); i += 4 {
		w0, x0 := w[i], src[int(idx[i])*size:][:size]
		w1, x1 := w[i+1], src[int(idx[i+1])*size:][:size]
		w2, x2 := w[i+2], src[int(idx[i+2])*size:][:size]
		w3, x3 := w[i+3], src[int(idx[i+3])*size:][:size]
		for j := 0; j+4 <= size; j += 4 {
			d, a, b := dst[j:j+4:j+4], x0[j:j+4:j+4], x1[j:j+4:j+4]
			e, f := x2[j:j+4:j+4], x3[j:j+4:j+4]
			d[0] += w0*a[0] + w1*b[0] + w2*e[0] + w3*f[0]
			d[1] += w0*a[1] + w1*b[1] + w2*e[1] + w3*f[1]
			d[2] += w0*a[2] + w1*b[2] + w2*e[2] + w3*f[2]
			d[3] += w0*a[3] + w1*b[3] + w2*e[3] + w3*f[3]
		}
	}
}

// subtract sets dst to s − Σ c[n]·block n of q.
func subtract(dst, s, q, c []float64) {
	size := len(dst)
	s = s[:size]
	n := 0
	if len(c) >= 3 {
		c0, c1, c2 := c[0], c[1], c[2]
		x0, x1, x2 := q[:size], q[size:2*size], q[2*size:3*size]
		for j := 0; j+4 <= size; j += 4 {
			d, e := dst[j:j+4:j+4], s[j:j+4:j+4]
			x, y, z := x0[j:j+4:j+4], x1[j:j+4:j+4], x2[j:j+4:j+4]
			d[0] = e[0] - (c0*x[0] + c1*y[0] + c2*z[0])
			d[1] = e[1] - (c0*x[1] + c1*y[1] + c2*z[1])
			d[2] = e[2] - (c0*x[2] + c1*y[2] + c2*z[2])
			d[3] = e[3] - (c0*x[3] + c1*y[3] + c2*z[3])
		}
		n = 3
	} else {
		copy(dst, s)
	}
	for ; n < len(c); n++ {
		c0, x0 := c[n], q[n*size:][:size]
		for j := 0; j+4 <= size; j += 4 {
			d, x := dst[j:j+4:j+4], x0[j:j+4:j+4]
			d[0] -= c0 * x[0]
			d[1] -= c0 * x[1]
			d[2] -= c0 * x[2]
			d[3] -= c0 * x[3]
		}
	}
}

// unitSums sets row i of dst (units×dim) to Σ k[count of cell]·(row of t of that cell) over the cells of unit i.
func unitSums(dst, t, k []float64, count, first []int32, dim int) {
	for i := 0; i+1 < len(first); i++ {
		c, end := int(first[i]), int(first[i+1])
		d := dst[i*dim:][:dim]
		switch end - c {
		case 3:
			k0, k1, k2 := k[count[c]], k[count[c+1]], k[count[c+2]]
			x0, x1, x2 := t[c*dim:][:dim], t[(c+1)*dim:][:dim], t[(c+2)*dim:][:dim]
			for j := 0; j+4 <= dim; j += 4 {
				d, x, y, z := d[j:j+4:j+4], x0[j:j+4:j+4], x1[j:j+4:j+4], x2[j:j+4:j+4]
				d[0] = k0*x[0] + k1*y[0] + k2*z[0]
				d[1] = k0*x[1] + k1*y[1] + k2*z[1]
				d[2] = k0*x[2] + k1*y[2] + k2*z[2]
				d[3] = k0*x[3] + k1*y[3] + k2*z[3]
			}
		case 2:
			k0, k1 := k[count[c]], k[count[c+1]]
			x0, x1 := t[c*dim:][:dim], t[(c+1)*dim:][:dim]
			for j := 0; j+4 <= dim; j += 4 {
				d, x, y := d[j:j+4:j+4], x0[j:j+4:j+4], x1[j:j+4:j+4]
				d[0] = k0*x[0] + k1*y[0]
				d[1] = k0*x[1] + k1*y[1]
				d[2] = k0*x[2] + k1*y[2]
				d[3] = k0*x[3] + k1*y[3]
			}
		default:
			clear(d)
			for ; c < end; c++ {
				k0, x0 := k[count[c]], t[c*dim:][:dim]
				for j := 0; j+4 <= dim; j += 4 {
					d, x := d[j:j+4:j+4], x0[j:j+4:j+4]
					d[0] += k0 * x[0]
					d[1] += k0 * x[1]
					d[2] += k0 * x[2]
					d[3] += k0 * x[3]
				}
			}
		}
	}
}

// outer adds Σ s[i]·t_i t_i' to the tiled triangle m; t is len(s)×dim and len(s) a multiple of four (pad with zeros).
func outer(m, t, s []float64, dim int) {
	for i := 0; i+4 <= len(s); i += 4 {
		t0, t1 := t[i*dim:][:dim], t[(i+1)*dim:][:dim]
		t2, t3 := t[(i+2)*dim:][:dim], t[(i+3)*dim:][:dim]
		s0, s1, s2, s3 := s[i], s[i+1], s[i+2], s[i+3]
		at := 0
		for r := 0; r+2 <= dim; r += 2 {
			width := r&^3 + 4
			f0, f1, f2, f3 := s0*t0[r], s1*t1[r], s2*t2[r], s3*t3[r]
			g0, g1, g2, g3 := s0*t0[r+1], s1*t1[r+1], s2*t2[r+1], s3*t3[r+1]
			m0, m1 := m[at:at+width], m[at+width:at+2*width]
			at += 2 * width
			for j := 0; j+4 <= width; j += 4 {
				x, y, z, v := t0[j:j+4:j+4], t1[j:j+4:j+4], t2[j:j+4:j+4], t3[j:j+4:j+4]
				d, e := m0[j:j+4:j+4], m1[j:j+4:j+4]
				d[0] += f0*x[0] + f1*y[0] + f2*z[0] + f3*v[0]
				e[0] += g0*x[0] + g1*y[0] + g2*z[0] + g3*v[0]
				d[1] += f0*x[1] + f1*y[1] + f2*z[1] + f3*v[1]
				e[1] += g0*x[1] + g1*y[1] + g2*z[1] + g3*v[1]
				d[2] += f0*x[2] + f1*y[2] + f2*z[2] + f3*v[2]
				e[2] += g0*x[2] + g1*y[2] + g2*z[2] + g3*v[2]
				d[3] += f0*x[3] + f1*y[3] + f2*z[3] + f3*v[3]
				e[3] += g0*x[3] + g1*y[3] + g2*z[3] + g3*v[3]
			}
		}
	}
}

// factor replaces the tiled triangle m by its Cholesky factor (the part of the diagonal tiles above the diagonal is
// left undefined) and writes the reciprocal of its diagonal to inv. A pivot that is not above limit[r] stops it: the
// row is returned, or -1 when all went well. In-place, block column by block column.
func factor(m, inv, limit []float64, dim int) int {
	for j := 0; j < dim; j += 4 { // block column j/4
		diagonal := rowAt(j)
		wj := j + 4
		p0, p1 := m[diagonal:diagonal+wj], m[diagonal+wj:diagonal+2*wj]
		p2, p3 := m[diagonal+2*wj:diagonal+3*wj], m[diagonal+3*wj:diagonal+4*wj]
		at := diagonal
		var i0, i1, i2, i3, l10, l20, l21, l30, l31, l32 float64
		for r := j; r < dim; r += 2 { // two rows at a time, of this block row and of those below
			width := r&^3 + 4
			q0, q1 := m[at:at+width], m[at+width:at+2*width]
			at += 2 * width
			d, e := q0[j:j+4:j+4], q1[j:j+4:j+4]
			a0, a1, a2, a3 := d[0], d[1], d[2], d[3]
			b0, b1, b2, b3 := e[0], e[1], e[2], e[3]
			for k := 0; k+4 <= j; k += 4 { // minus the columns already done
				x, y := q0[k:k+4:k+4], q1[k:k+4:k+4]
				u, v, w, z := p0[k:k+4:k+4], p1[k:k+4:k+4], p2[k:k+4:k+4], p3[k:k+4:k+4]
				a0 -= x[0]*u[0] + x[1]*u[1] + x[2]*u[2] + x[3]*u[3]
				b0 -= y[0]*u[0] + y[1]*u[1] + y[2]*u[2] + y[3]*u[3]
				a1 -= x[0]*v[0] + x[1]*v[1] + x[2]*v[2] + x[3]*v[3]
				b1 -= y[0]*v[0] + y[1]*v[1] + y[2]*v[2] + y[3]*v[3]
				a2 -= x[0]*w[0] + x[1]*w[1] + x[2]*w[2] + x[3]*w[3]
				b2 -= y[0]*w[0] + y[1]*w[1] + y[2]*w[2] + y[3]*w[3]
				a3 -= x[0]*z[0] + x[1]*z[1] + x[2]*z[2] + x[3]*z[3]
				b3 -= y[0]*z[0] + y[1]*z[1] + y[2]*z[2] + y[3]*z[3]
			}
			switch r - j {
			case 0: // first two rows of the diagonal tile
				if !(a0 > limit[j]) {
					return j
				}
				l := math.Sqrt(a0)
				i0 = 1 / l
				l10 = b0 * i0
				b1 -= l10 * l10
				if !(b1 > limit[j+1]) {
					return j + 1
				}
				c := math.Sqrt(b1)
				i1 = 1 / c
				d[0], e[0], e[1] = l, l10, c
				inv[j], inv[j+1] = i0, i1
			case 2: // last two
				l20 = a0 * i0
				l21 = (a1 - l20*l10) * i1
				a2 -= l20*l20 + l21*l21
				if !(a2 > limit[j+2]) {
					return j + 2
				}
				l := math.Sqrt(a2)
				i2 = 1 / l
				l30 = b0 * i0
				l31 = (b1 - l30*l10) * i1
				l32 = (b2 - l30*l20 - l31*l21) * i2
				b3 -= l30*l30 + l31*l31 + l32*l32
				if !(b3 > limit[j+3]) {
					return j + 3
				}
				c := math.Sqrt(b3)
				i3 = 1 / c
				d[0], d[1], d[2] = l20, l21, l
				e[0], e[1], e[2], e[3] = l30, l31, l32, c
				inv[j+2], inv[j+3] = i2, i3
			default:
				a0 *= i0
				a1 = (a1 - a0*l10) * i1
				a2 = (a2 - a0*l20 - a1*l21) * i2
				a3 = (a3 - a0*l30 - a1*l31 - a2*l32) * i3
				b0 *= i0
				b1 = (b1 - b0*l10) * i1
				b2 = (b2 - b0*l20 - b1*l21) * i2
				b3 = (b3 - b0*l30 - b1*l31 - b2*l32) * i3
				d[0], d[1], d[2], d[3] = a0, a1, a2, a3
				e[0], e[1], e[2], e[3] = b0, b1, b2, b3
			}
		}
	}
	return -1
}

// residualVector solves for the coefficients: with the outcome in the last row of the factor l it sets z = (−β, 1),
// so that z'w is the residual of an augmented row w.
func residualVector(z, l, inv []float64, dim int) {
	last := rowAt(dim - 1)
	copy(z, l[last:last+dim])
	z = z[:dim]
	for r := dim - 2; r >= 0; r-- {
		at := rowAt(r)
		beta := z[r] * inv[r]
		z[r] = beta
		row := l[at : at+r&^3+4]
		c := 0
		for ; c+4 <= r; c += 4 {
			d, x := z[c:c+4:c+4], row[c:c+4:c+4]
			d[0] -= beta * x[0]
			d[1] -= beta * x[1]
			d[2] -= beta * x[2]
			d[3] -= beta * x[3]
		}
		for ; c < r; c++ {
			z[c] -= beta * row[c]
		}
	}
	for r := range z[:dim-1] {
		z[r] = -z[r]
	}
	z[dim-1] = 1
}

// forward2 solves l x = v and l y = w for two right sides in place, the last row (the outcome) left out and set to 0.
func forward2(v, w, l, inv []float64, dim int) {
	v, w = v[:dim], w[:dim]
	for r := 0; r < dim-1; r++ {
		at := rowAt(r)
		row := l[at : at+r&^3+4]
		a, b := v[r], w[r]
		c := 0
		for ; c+4 <= r; c += 4 {
			x, d, e := row[c:c+4:c+4], v[c:c+4:c+4], w[c:c+4:c+4]
			a -= x[0]*d[0] + x[1]*d[1] + x[2]*d[2] + x[3]*d[3]
			b -= x[0]*e[0] + x[1]*e[1] + x[2]*e[2] + x[3]*e[3]
		}
		for ; c < r; c++ {
			a -= row[c] * v[c]
			b -= row[c] * w[c]
		}
		v[r], w[r] = a*inv[r], b*inv[r]
	}
	v[dim-1], w[dim-1] = 0, 0
}

// symmetric sets out to m z for a tiled triangle m and returns z'm z.
func symmetric(out, m, z []float64, dim int) float64 {
	clear(out[:dim])
	total := 0.0
	for b := 0; b+4 <= dim; b += 4 {
		w := b + 4
		at := rowAt(b)
		r0, r1 := m[at:at+w], m[at+w:at+2*w]
		r2, r3 := m[at+2*w:at+3*w], m[at+3*w:at+4*w]
		z0, z1, z2, z3 := z[b], z[b+1], z[b+2], z[b+3]
		a0, a1, a2, a3 := 0.0, 0.0, 0.0, 0.0
		for c := 0; c+4 <= b; c += 4 {
			p, q, r, s := r0[c:c+4:c+4], r1[c:c+4:c+4], r2[c:c+4:c+4], r3[c:c+4:c+4]
			x, o := z[c:c+4:c+4], out[c:c+4:c+4]
			a0 += p[0]*x[0] + p[1]*x[1] + p[2]*x[2] + p[3]*x[3]
			a1 += q[0]*x[0] + q[1]*x[1] + q[2]*x[2] + q[3]*x[3]
			a2 += r[0]*x[0] + r[1]*x[1] + r[2]*x[2] + r[3]*x[3]
			a3 += s[0]*x[0] + s[1]*x[1] + s[2]*x[2] + s[3]*x[3]
			o[0] += p[0]*z0 + q[0]*z1 + r[0]*z2 + s[0]*z3
			o[1] += p[1]*z0 + q[1]*z1 + r[1]*z2 + s[1]*z3
			o[2] += p[2]*z0 + q[2]*z1 + r[2]*z2 + s[2]*z3
			o[3] += p[3]*z0 + q[3]*z1 + r[3]*z2 + s[3]*z3
		}
		p, q, r, s := r0[b:b+4:b+4], r1[b:b+4:b+4], r2[b:b+4:b+4], r3[b:b+4:b+4]
		o := out[b : b+4 : b+4]
		total += 2 * (a0*z0 + a1*z1 + a2*z2 + a3*z3)
		d0 := p[0]*z0 + p[1]*z1 + p[2]*z2 + p[3]*z3
		d1 := q[0]*z0 + q[1]*z1 + q[2]*z2 + q[3]*z3
		d2 := r[0]*z0 + r[1]*z1 + r[2]*z2 + r[3]*z3
		d3 := s[0]*z0 + s[1]*z1 + s[2]*z2 + s[3]*z3
		total += d0*z0 + d1*z1 + d2*z2 + d3*z3
		o[0] += a0 + d0
		o[1] += a1 + d1
		o[2] += a2 + d2
		o[3] += a3 + d3
	}
	return total
}

// dots sets out[i] to row i of t (rows of length dim) times z.
func dots(out, t, z []float64, dim int) {
	z = z[:dim]
	for i := range out {
		x := t[i*dim:][:dim]
		a, b := 0.0, 0.0
		for j := 0; j+4 <= dim; j += 4 {
			u, v := x[j:j+4:j+4], z[j:j+4:j+4]
			a += u[0]*v[0] + u[1]*v[1]
			b += u[2]*v[2] + u[3]*v[3]
		}
		out[i] = a + b
	}
}

// combine2 adds Σ a[i]·t_i to v and Σ b[i]·t_i to w, t_i being row i of t.
func combine2(v, w, t, a, b []float64, dim int) {
	i := 0
	for ; i+2 <= len(a); i += 2 {
		a0, a1, b0, b1 := a[i], a[i+1], b[i], b[i+1]
		x0, x1 := t[i*dim:][:dim], t[(i+1)*dim:][:dim]
		for j := 0; j+4 <= dim; j += 4 {
			d, e, x, y := v[j:j+4:j+4], w[j:j+4:j+4], x0[j:j+4:j+4], x1[j:j+4:j+4]
			d[0] += a0*x[0] + a1*y[0]
			e[0] += b0*x[0] + b1*y[0]
			d[1] += a0*x[1] + a1*y[1]
			e[1] += b0*x[1] + b1*y[1]
			d[2] += a0*x[2] + a1*y[2]
			e[2] += b0*x[2] + b1*y[2]
			d[3] += a0*x[3] + a1*y[3]
			e[3] += b0*x[3] + b1*y[3]
		}
	}
	for ; i < len(a); i++ {
		for j := range dim {
			v[j] += a[i] * t[i*dim+j]
			w[j] += b[i] * t[i*dim+j]
		}
	}
}

// inner is the sum of the products of the elements of two symmetric matrices, both tiled triangles: tr(AB).
func inner(x, y []float64, dim int) float64 {
	off, on := 0.0, 0.0
	for r := 0; r < dim; r++ {
		at, b := rowAt(r), r&^3
		p, q := x[at:at+b+4], y[at:at+b+4]
		for c := 0; c+4 <= b; c += 4 {
			u, v := p[c:c+4:c+4], q[c:c+4:c+4]
			off += u[0]*v[0] + u[1]*v[1] + u[2]*v[2] + u[3]*v[3]
		}
		u, v := p[b:b+4:b+4], q[b:b+4:b+4]
		on += u[0]*v[0] + u[1]*v[1] + u[2]*v[2] + u[3]*v[3]
	}
	return 2*off + on
}

// axpy4 adds f·x to y, whose length is a multiple of four.
func axpy4(y, x []float64, f float64) {
	y = y[:len(x)]
	for j := 0; j+4 <= len(x); j += 4 {
		d, a := y[j:j+4:j+4], x[j:j+4:j+4]
		d[0] += f * a[0]
		d[1] += f * a[1]
		d[2] += f * a[2]
		d[3] += f * a[3]
	}
}

// dot4 is x'y, the length a multiple of four.
func dot4(x, y []float64) float64 {
	y = y[:len(x)]
	a, b := 0.0, 0.0
	for j := 0; j+4 <= len(x); j += 4 {
		u, v := x[j:j+4:j+4], y[j:j+4:j+4]
		a += u[0]*v[0] + u[1]*v[1]
		b += u[2]*v[2] + u[3]*v[3]
	}
	return a + b
}

// square sets zz to the tiled triangle whose product with that of a symmetric matrix m, element by element, sums to z'mz.
func square(zz, z []float64, dim int) {
	for r, x := range z[:dim] {
		row := zz[rowAt(r):][:r&^3+4]
		for c := range row {
			if row[c] = x * z[c]; c < r&^3 {
				row[c] *= 2
			}
		}
	}
}

// combine adds to row i of u (n×dim) Σ_j f[i,j]·(row j of t), t k×dim.
func combine(u, f, t []float64, n, k, dim int) {
	for i := range n {
		d, j := u[i*dim:(i+1)*dim], 0
		for ; j+2 <= k; j += 2 {
			f0, f1 := f[i*k+j], f[i*k+j+1]
			x0, x1 := t[j*dim:][:dim], t[(j+1)*dim:][:dim]
			for c := 0; c+4 <= dim; c += 4 {
				o, x, y := d[c:c+4:c+4], x0[c:c+4:c+4], x1[c:c+4:c+4]
				o[0] += f0*x[0] + f1*y[0]
				o[1] += f0*x[1] + f1*y[1]
				o[2] += f0*x[2] + f1*y[2]
				o[3] += f0*x[3] + f1*y[3]
			}
		}
		if j < k {
			axpy4(d, t[j*dim:][:dim], f[i*k+j])
		}
	}
}

// quadratic is z'm z for a tiled triangle m.
func quadratic(m, z []float64, dim int) float64 {
	total := 0.0
	for b := 0; b+4 <= dim; b += 4 {
		w := b + 4
		at := rowAt(b)
		r0, r1 := m[at:at+w], m[at+w:at+2*w]
		r2, r3 := m[at+2*w:at+3*w], m[at+3*w:at+4*w]
		a0, a1, a2, a3 := 0.0, 0.0, 0.0, 0.0
		for c := 0; c+4 <= b; c += 4 {
			p, q, r, s, x := r0[c:c+4:c+4], r1[c:c+4:c+4], r2[c:c+4:c+4], r3[c:c+4:c+4], z[c:c+4:c+4]
			a0 += p[0]*x[0] + p[1]*x[1] + p[2]*x[2] + p[3]*x[3]
			a1 += q[0]*x[0] + q[1]*x[1] + q[2]*x[2] + q[3]*x[3]
			a2 += r[0]*x[0] + r[1]*x[1] + r[2]*x[2] + r[3]*x[3]
			a3 += s[0]*x[0] + s[1]*x[1] + s[2]*x[2] + s[3]*x[3]
		}
		p, q, r, s, x := r0[b:b+4:b+4], r1[b:b+4:b+4], r2[b:b+4:b+4], r3[b:b+4:b+4], z[b:b+4:b+4]
		total += x[0]*(2*a0+p[0]*x[0]+p[1]*x[1]+p[2]*x[2]+p[3]*x[3]) +
			x[1]*(2*a1+q[0]*x[0]+q[1]*x[1]+q[2]*x[2]+q[3]*x[3]) +
			x[2]*(2*a2+r[0]*x[0]+r[1]*x[1]+r[2]*x[2]+r[3]*x[3]) +
			x[3]*(2*a3+s[0]*x[0]+s[1]*x[1]+s[2]*x[2]+s[3]*x[3])
	}
	return total
}
