package logit

import "math"

// taylor is the log-likelihood of every unit about the fit, to the third order. A resample's is their weighted sum, so its
// maximum and its information there are known closely before a row is looked at.
type taylor struct {
	dim, size  int
	free       []int
	units      []float64 // by unit: gradient, Hessian's lower triangle, third derivatives a ≥ b ≥ k; the last where there is room
	sum        []float64 // the same of a resample
	work       []float64
	grad, hess []float64 // of a resample at a point: dim, dim×dim (lower triangle)
}

const (
	thirdStep = 0.02    // over which Hessians are differenced: a tenth of a standard error or less
	mostThird = 1 << 22 // third derivatives that are kept
)

// newTaylor differentiates the likelihood of every unit at ψ, where the nodes are placed.
func newTaylor(c *criterion, psi []float64, units []int32) *taylor {
	dim := c.dim
	t := &taylor{dim: dim, free: c.free(), grad: make([]float64, dim), hess: make([]float64, dim*dim), work: make([]float64, dim*dim)}
	t.size = dim + dim*(dim+1)/2
	second := t.size
	if third := dim * (dim + 1) * (dim + 2) / 6; third*len(units) <= mostThird {
		t.size += third
	}
	t.units, t.sum = make([]float64, len(units)*t.size), make([]float64, t.size)
	moved := append([]float64(nil), psi...)
	for i := range units {
		one := units[i : i+1]
		u := t.units[i*t.size:][:t.size]
		c.second(psi, one)
		copy(u, c.grad)
		hess := u[dim:second]
		for a := range dim {
			copy(hess[a*(a+1)/2:], c.hess[a*dim:a*dim+a+1])
		}
		if t.size == second {
			continue
		}
		for _, k := range t.free {
			moved[k] += thirdStep
			c.second(moved, one)
			moved[k] = psi[k]
			for a := k; a < dim; a++ {
				for b := k; b <= a; b++ {
					u[second+a*(a+1)*(a+2)/6+b*(b+1)/2+k] = (c.hess[a*dim+b] - hess[a*(a+1)/2+b]) / thirdStep
				}
			}
		}
	}
	return t
}

// second sets grad and hess at ψ, the nodes where they are.
func (c *criterion) second(psi []float64, units []int32) {
	if c.laplace {
		c.evaluateLaplace(psi, nil, units)
		c.differenced(psi, nil, units)
	} else {
		c.evaluate(psi, nil, units, true)
	}
}

// weigh sums over the units of a resample.
func (t *taylor) weigh(weights []float64) {
	clear(t.sum)
	for i, w := range weights {
		if w == 0 {
			continue
		}
		x := t.units[i*t.size:][:len(t.sum)]
		for k := range t.sum {
			t.sum[k] += w * x[k]
		}
	}
}

// at sets grad and hess of the resample at the fit moved by d.
func (t *taylor) at(d []float64) {
	dim := t.dim
	x := t.sum[copy(t.grad, t.sum):]
	for a := range dim {
		x = x[copy(t.hess[a*dim:a*dim+a+1], x):]
	}
	t.ascend(d) // half of H d, then half of (H + T d) d
	for a := 0; a < dim && len(x) > 0; a++ {
		for b := range a + 1 {
			for k, v := range x[:b+1] {
				t.hess[b*dim+k] += v * d[a]
				if b != a {
					t.hess[a*dim+k] += v * d[b]
				}
				if k != b {
					t.hess[a*dim+b] += v * d[k]
				}
			}
			x = x[b+1:]
		}
	}
	t.ascend(d)
}

// ascend adds half the Hessian times d to the gradient.
func (t *taylor) ascend(d []float64) {
	for a := range t.dim {
		row := t.hess[a*t.dim : a*t.dim+a]
		t.grad[a] += t.hess[a*t.dim+a] * d[a] / 2
		for b, v := range row {
			t.grad[a] += v * d[b] / 2
			t.grad[b] += v * d[a] / 2
		}
	}
}

// information is minus the Hessian over the free parameters, its diagonal raised by a share.
func (t *taylor) information(share float64) []float64 {
	n := len(t.free)
	a := t.work[:n*n]
	for i, k := range t.free {
		for j, l := range t.free[:i+1] {
			a[i*n+j], a[j*n+i] = -t.hess[k*t.dim+l], -t.hess[k*t.dim+l]
		}
		if share > 0 {
			a[i*n+i] += share*math.Abs(a[i*n+i]) + 1e-3
		}
	}
	return a
}
