package mixed

import "math"

// objective is a function to minimise: its value and its gradient (valid until the next call); false where it is not
// defined.
type objective func(x []float64) (d float64, grad []float64, ok bool)

// descent is one run of the BFGS method.
type descent struct {
	x, grad     []float64
	d           float64
	evaluations int
	converged   bool
	ok          bool // the starting point was defined
	inverse     []float64
}

// bfgs minimises f from x0 by the BFGS method with backtracking. inverse, if not nil, is the inverse Hessian to begin
// with. It stops when the next step promises a decrease of less than tol, and takes that step; d and grad stay those before
// it.
func bfgs(f objective, x0, inverse []float64, tol tolerance, limit int) descent {
	n := len(x0)
	out := descent{x: append([]float64{}, x0...)}
	d, g, ok := f(out.x)
	out.evaluations++
	if !ok {
		return out
	}
	out.d, out.ok, out.grad = d, true, append([]float64{}, g...)
	h := make([]float64, n*n)
	out.inverse = h
	fresh := inverse == nil
	if fresh {
		resetInverse(h, out.grad, n)
	} else {
		copy(h, inverse)
	}
	step, trial, y, hy := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for out.evaluations < limit {
		slope := direction(step, h, out.grad)
		if slope >= 0 {
			resetInverse(h, out.grad, n)
			slope, fresh = direction(step, h, out.grad), true
		}
		if -slope/2 < tol.absolute+tol.relative*math.Abs(out.d) && !fresh {
			for k := range out.x { // the last step is as good as taken
				out.x[k] += step[k]
			}
			out.converged = true
			return out
		}
		scale := shorten(step, out.x)
		moved := false
		for try := 0; try < 30; try++ {
			for k := range trial {
				trial[k] = out.x[k] + scale*step[k]
			}
			d, g, ok = f(trial)
			out.evaluations++
			if ok && d <= out.d+1e-4*scale*slope+noise(out.d) {
				moved = true
				break
			}
			next := 0.25
			if ok && try < 4 { // minimum of the parabola through both values and the slope
				next = min(max(-scale*slope/(2*(d-out.d-scale*slope)), 0.1), 0.5)
			}
			scale *= next
		}
		if !moved {
			if fresh {
				out.converged = -slope < 1e-6*(1+math.Abs(out.d))*1e-3
				return out
			}
			resetInverse(h, out.grad, n)
			fresh = true
			continue
		}
		sy, yy := 0.0, 0.0
		for k := range y {
			y[k] = g[k] - out.grad[k]
			sy += y[k] * scale * step[k]
			yy += y[k] * y[k]
		}
		for k := range step {
			step[k] *= scale
		}
		copy(out.x, trial)
		copy(out.grad, g)
		if fresh && sy > 0 {
			for k := range h {
				h[k] = 0
			}
			for k := range n {
				h[k*n+k] = sy / yy
			}
		}
		fresh = false
		gain := out.d - d
		out.d = d
		if sy > 1e-12*math.Sqrt(yy) && yy > 0 {
			update(h, step, y, hy, sy, n)
		} else if gain < tol.absolute+tol.relative*math.Abs(d) {
			out.converged = true
			return out
		}
	}
	return out
}

// resetInverse starts the inverse Hessian so that the first step is a tenth long.
func resetInverse(h, grad []float64, n int) {
	length := 0.0
	for _, g := range grad {
		length += g * g
	}
	f := 0.1 / max(math.Sqrt(length), 1e-10)
	clear(h)
	for k := range n {
		h[k*n+k] = min(f, 1)
	}
}

// direction sets step to −H g and returns the slope g's.
func direction(step, h, grad []float64) (slope float64) {
	n := len(grad)
	for i := range n {
		s := 0.0
		for j, g := range grad {
			s -= h[i*n+j] * g
		}
		step[i] = s
		slope += s * grad[i]
	}
	return slope
}

// shorten is the scale of a step that no parameter moves further by than 1, or by its own size.
func shorten(step, x []float64) float64 {
	scale := 1.0
	for k, s := range step {
		if most := max(1, math.Abs(x[k])); math.Abs(s)*scale > most {
			scale = most / math.Abs(s)
		}
	}
	return scale
}

// update is the BFGS update of the inverse Hessian h for a step s and a change of gradient y with s'y > 0.
func update(h, s, y, hy []float64, sy float64, n int) {
	yhy := 0.0
	for i := range n {
		v := 0.0
		for j := range n {
			v += h[i*n+j] * y[j]
		}
		hy[i] = v
		yhy += v * y[i]
	}
	f := (1 + yhy/sy) / sy
	for i := range n {
		for j := range n {
			h[i*n+j] += f*s[i]*s[j] - (hy[i]*s[j]+s[i]*hy[j])/sy
		}
	}
}

// hessianOf is the Hessian by central differences of the gradient, symmetrised.
func hessianOf(f objective, x []float64, free []bool) ([]float64, bool) {
	n := len(x)
	h := make([]float64, n*n)
	at := append([]float64{}, x...)
	for k := range n {
		if free != nil && !free[k] {
			continue
		}
		e := 1e-4 * max(math.Abs(x[k]), 0.1)
		at[k] = x[k] + e
		_, g, ok := f(at)
		if !ok {
			return nil, false
		}
		up := append([]float64{}, g...)
		at[k] = x[k] - e
		_, down, ok := f(at)
		if !ok {
			return nil, false
		}
		for j := range n {
			h[j*n+k] = (up[j] - down[j]) / (2 * e)
		}
		at[k] = x[k]
	}
	for i := range n {
		for j := range i {
			v := (h[i*n+j] + h[j*n+i]) / 2
			h[i*n+j], h[j*n+i] = v, v
		}
	}
	return h, true
}

// polish takes Newton steps, with the Hessian by differences, in the free parameters until they no longer help. It
// returns the inverse Hessian (zero in fixed directions) when the last one was positive definite.
func polish(f objective, s *descent, free []bool) (inverseHessian []float64) {
	n := len(s.x)
	var index []int
	for k := range n {
		if free[k] {
			index = append(index, k)
		}
	}
	q := len(index)
	for range 8 {
		h, ok := hessianOf(f, s.x, free)
		if !ok {
			return nil
		}
		part := make([]float64, q*q)
		for a, i := range index {
			for b, j := range index {
				part[a*q+b] = h[i*n+j]
			}
		}
		inv, ok := inverse(part, q)
		if !ok {
			return nil
		}
		inverseHessian = make([]float64, n*n)
		for a, i := range index {
			for b, j := range index {
				inverseHessian[i*n+j] = inv[a*q+b]
			}
		}
		step := make([]float64, n)
		slope := direction(step, inverseHessian, s.grad)
		trial := make([]float64, n)
		scale := shorten(step, s.x)
		for k := range trial {
			trial[k] = s.x[k] + scale*step[k]
		}
		d, g, ok := f(trial)
		s.evaluations += 2*q + 1
		if !ok || d > s.d+noise(s.d) {
			break
		}
		s.d = d
		copy(s.x, trial)
		copy(s.grad, g)
		s.converged = s.converged || -slope < 1e-8*(1+math.Abs(d))
		if -slope < 1e-13 {
			break
		}
	}
	return inverseHessian
}
