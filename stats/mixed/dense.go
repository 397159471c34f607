package mixed

import "math"

// Small dense matrices, row-major. They are the size of a group's random effects or of one group's rows.

// multiply sets out (n×p) to x (n×k) y (k×p).
func multiply(out, x, y []float64, n, k, p int) {
	for i := range n {
		for j := range p {
			s := 0.0
			for a := range k {
				s += x[i*k+a] * y[a*p+j]
			}
			out[i*p+j] = s
		}
	}
}

// multiplyT sets out (n×p) to x (n×k) y', y p×k.
func multiplyT(out, x, y []float64, n, k, p int) {
	for i := range n {
		for j := range p {
			s := 0.0
			for a := range k {
				s += x[i*k+a] * y[j*k+a]
			}
			out[i*p+j] = s
		}
	}
}

// transposedMultiply sets out (k×p) to x' y for x n×k and y n×p.
func transposedMultiply(out, x, y []float64, n, k, p int) {
	for i := range k {
		for j := range p {
			s := 0.0
			for a := range n {
				s += x[a*k+i] * y[a*p+j]
			}
			out[i*p+j] = s
		}
	}
}

// cholesky replaces x (n×n) by its lower Cholesky factor; false when it is not positive definite.
func cholesky(x []float64, n int) bool {
	for i := range n {
		for j := range i + 1 {
			s := x[i*n+j]
			for k := range j {
				s -= x[i*n+k] * x[j*n+k]
			}
			if i > j {
				x[i*n+j] = s / x[j*n+j]
				continue
			}
			if !(s > 0) {
				return false
			}
			x[i*n+i] = math.Sqrt(s)
		}
		clear(x[i*n+i+1 : (i+1)*n])
	}
	return true
}

// semidefinite sets l to a lower factor of a positive semidefinite x; a direction without variance is a zero column.
func semidefinite(l, x []float64, n int) {
	clear(l)
	for j := range n {
		d := x[j*n+j]
		for k := range j {
			d -= l[j*n+k] * l[j*n+k]
		}
		if !(d > 1e-14*x[j*n+j]) {
			continue
		}
		l[j*n+j] = math.Sqrt(d)
		for i := j + 1; i < n; i++ {
			s := x[i*n+j]
			for k := range j {
				s -= l[i*n+k] * l[j*n+k]
			}
			l[i*n+j] = s / l[j*n+j]
		}
	}
}

// choleskySolve solves LL'x = b in place.
func choleskySolve(l, b []float64, n int) {
	forwardSolve(l, b, n)
	for i := n - 1; i >= 0; i-- {
		s := b[i]
		for k := i + 1; k < n; k++ {
			s -= l[k*n+i] * b[k]
		}
		b[i] = s / l[i*n+i]
	}
}

// forwardSolve solves Lx = b in place.
func forwardSolve(l, b []float64, n int) {
	for i := range n {
		s := b[i]
		row := l[i*n : i*n+i]
		for k, v := range row {
			s -= v * b[k]
		}
		b[i] = s / l[i*n+i]
	}
}

// eigen decomposes a symmetric x (n×n): x = V diag(w) V', the columns of V the vectors, w ascending is not promised.
// Cyclic Jacobi: slow beyond a few hundred rows, exact to rounding always.
func eigen(x []float64, n int) (w, v []float64) {
	a := make([]float64, n*n)
	copy(a, x)
	v = make([]float64, n*n)
	for i := range n {
		v[i*n+i] = 1
	}
	for range 60 {
		off, on := 0.0, 0.0
		for i := range n {
			on += a[i*n+i] * a[i*n+i]
			for j := range i {
				off += a[i*n+j] * a[i*n+j]
			}
		}
		if off <= 1e-30*on || off == 0 {
			break
		}
		for p := range n {
			for q := p + 1; q < n; q++ {
				rotate(a, v, n, p, q)
			}
		}
	}
	w = make([]float64, n)
	for i := range n {
		w[i] = a[i*n+i]
	}
	return w, v
}

// rotate makes element (p, q) of a zero.
func rotate(a, v []float64, n, p, q int) {
	apq := a[p*n+q]
	if apq == 0 {
		return
	}
	theta := (a[q*n+q] - a[p*n+p]) / (2 * apq)
	t := 1 / (math.Abs(theta) + math.Sqrt(theta*theta+1))
	if theta < 0 {
		t = -t
	}
	c := 1 / math.Sqrt(t*t+1)
	s := t * c
	for k := range n {
		x, y := a[k*n+p], a[k*n+q]
		a[k*n+p], a[k*n+q] = c*x-s*y, s*x+c*y
	}
	for k := range n {
		x, y := a[p*n+k], a[q*n+k]
		a[p*n+k], a[q*n+k] = c*x-s*y, s*x+c*y
		x, y = v[k*n+p], v[k*n+q]
		v[k*n+p], v[k*n+q] = c*x-s*y, s*x+c*y
	}
}

// inverse of a symmetric positive definite x (n×n); false when it is not.
func inverse(x []float64, n int) ([]float64, bool) {
	l := append([]float64{}, x...)
	if !cholesky(l, n) {
		return nil, false
	}
	out := make([]float64, n*n)
	e := make([]float64, n)
	for j := range n {
		clear(e)
		e[j] = 1
		choleskySolve(l, e, n)
		for i := range n {
			out[i*n+j] = e[i]
		}
	}
	return out, true
}
