package logit

import "math"

// dot is x'y. It stands apart as some others here do: in thirty places its loop would weigh more than the calls cost.
//
//go:noinline
func dot(x, y []float64) float64 {
	s := 0.0
	for i, v := range x {
		s += v * y[i]
	}
	return s
}

// addScaled adds f x to y, whose lengths are the same multiple of four.
func addScaled(y, x []float64, f float64) {
	for j := 0; j+4 <= len(x) && j+4 <= len(y); j += 4 {
		a, b := y[j:j+4:j+4], x[j:j+4:j+4]
		a[0] += f * b[0]
		a[1] += f * b[1]
		a[2] += f * b[2]
		a[3] += f * b[3]
	}
}

// cholesky factors the n×n symmetric a, row-major, in place (lower triangle); false when it is not positive definite.
func cholesky(a []float64, n int) bool {
	for i := range n {
		ri := a[i*n : i*n+n]
		for j := 0; j <= i; j++ {
			rj := a[j*n : j*n+n]
			s := ri[j]
			for k := range j {
				s -= ri[k] * rj[k]
			}
			if i > j {
				ri[j] = s / rj[j]
				continue
			}
			if !(s > 1e-13*math.Abs(ri[i])) {
				return false
			}
			ri[i] = math.Sqrt(s)
		}
	}
	return true
}

// backsolve overwrites b with (LL')⁻¹ b.
func backsolve(l, b []float64, n int) {
	for i := range n {
		s := b[i]
		for k := range i {
			s -= l[i*n+k] * b[k]
		}
		b[i] = s / l[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		s := b[i]
		for k := i + 1; k < n; k++ {
			s -= l[k*n+i] * b[k]
		}
		b[i] = s / l[i*n+i]
	}
}

// inverse of the positive definite n×n a; nil when it is not.
func inverse(a []float64, n int) []float64 {
	l := append([]float64(nil), a...)
	if !cholesky(l, n) {
		return nil
	}
	out := make([]float64, n*n)
	e := make([]float64, n)
	for j := range n {
		clear(e)
		e[j] = 1
		backsolve(l, e, n)
		for i := range n {
			out[i*n+j] = e[i]
		}
	}
	for i := range n {
		for j := range i {
			v := (out[i*n+j] + out[j*n+i]) / 2
			out[i*n+j], out[j*n+i] = v, v
		}
	}
	return out
}

// solveRidged overwrites b with a⁻¹b, a symmetric. Where a is not positive definite its diagonal is raised until it
// is, each element by its own share, so that the scales of the parameters do not mix.
func solveRidged(a, b []float64, n int) bool {
	work := make([]float64, n*n)
	for ridge := 0.0; ridge < 1e6; ridge = max(4*ridge, 1e-8) {
		copy(work, a)
		for i := range n {
			work[i*n+i] += ridge * max(math.Abs(a[i*n+i]), 1e-8)
		}
		if cholesky(work, n) {
			backsolve(work, b, n)
			return true
		}
	}
	return false
}
