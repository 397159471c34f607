package logit

import "math"

// taylor is the log-likelihood of every unit about the fit, to the third order. A resample's is their weighted sum, so its
// maximum and its information there are known closely before a row is looked at.
type taylor struct {
	dim        int
	free       []int
	grad, hess []float64 // of a resample at a point: dim, lower triangle
	units      []float64 // by unit: gradient, Hessian and, where there is room, the Hessian's derivative by each parameter
	sum        []float64 // the same of a resample
	work       []float64
}

const (
	thirdStep = 0.02    // over which Hessians are differenced: a tenth of a standard error or less
	mostThird = 1 << 22 // third derivatives that are kept
)

// newTaylor differentiates the likelihood of every unit at ψ, where the nodes are placed.
func newTaylor(c *criterion, psi []float64, units []int32) *taylor {
	dim := c.dim
	n, tri := (dim+3)&^3, (dim*(dim+1)/2+3)&^3
	t := &taylor{dim: dim, free: c.free(), grad: make([]float64, n), hess: make([]float64, tri), work: make([]float64, dim*dim)}
	size := n + tri
	if len(units)*dim*tri <= mostThird {
		size += dim * tri
	}
	t.units, t.sum = make([]float64, len(units)*size), make([]float64, size)
	moved := append([]float64(nil), psi...)
	for i := range units {
		one, u := units[i:i+1], t.units[i*size:][:size]
		c.second(psi, one)
		copy(u, c.grad)
		hess := u[n : n+tri]
		c.triangle(hess)
		if size == n+tri {
			continue
		}
		for _, k := range t.free {
			moved[k] += thirdStep
			if c.second(moved, one) {
				third := u[n+(k+1)*tri:][:tri]
				c.triangle(third)
				for at, h := range hess {
					third[at] = (third[at] - h) / thirdStep
				}
			}
			moved[k] = psi[k]
		}
	}
	return t
}

// second sets grad and hess at ψ, the nodes where they are.
func (c *criterion) second(psi []float64, units []int32) bool {
	if c.laplace {
		return c.evaluateLaplace(psi, nil, units) && c.differenced(psi, nil, units)
	}
	return c.evaluate(psi, nil, units, true)
}

// triangle copies the Hessian's lower triangle.
func (c *criterion) triangle(to []float64) {
	for a := range c.dim {
		copy(to[a*(a+1)/2:], c.hess[a*c.dim:a*c.dim+a+1])
	}
}

// weigh sums over the units of a resample.
func (t *taylor) weigh(weights []float64) {
	clear(t.sum)
	for i, w := range weights {
		if w != 0 {
			addScaled(t.sum, t.units[i*len(t.sum):][:len(t.sum)], w)
		}
	}
}

// at sets grad and hess of the resample at the fit moved by d: half of H d, and half of (H + T d) d.
func (t *taylor) at(d []float64) {
	tri := len(t.hess)
	x := t.sum[copy(t.grad, t.sum):]
	x = x[copy(t.hess, x):]
	t.ascend(d)
	for k := 0; k < t.dim && len(x) > 0; k++ {
		addScaled(t.hess, x[:tri], d[k])
		x = x[tri:]
	}
	t.ascend(d)
}

// ascend adds half the Hessian times d to the gradient.
func (t *taylor) ascend(d []float64) {
	h := t.hess
	for a := range t.dim {
		own, s := d[a]/2, 0.0
		for b, v := range h[:a] {
			s += v * d[b]
			t.grad[b] += v * own
		}
		t.grad[a] += s/2 + h[a]*own
		h = h[a+1:]
	}
}

// information is minus the Hessian over the free parameters, its diagonal raised by a share.
func (t *taylor) information(share float64) []float64 {
	n := len(t.free)
	a := t.work[:n*n]
	for i, k := range t.free {
		for j, l := range t.free[:i+1] {
			v := -t.hess[k*(k+1)/2+l]
			a[i*n+j], a[j*n+i] = v, v
		}
		if share > 0 {
			a[i*n+i] += share*math.Abs(a[i*n+i]) + 1e-3
		}
	}
	return a
}
