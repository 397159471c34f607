package logit

// taylor is the log-likelihood of every unit about the fit, to the third order. A resample's is their weighted sum, so its
// maximum and its information there are known closely before a row is looked at.
type taylor struct {
	dim        int
	free       []int
	grad, hess []float64 // of a resample at a point, padded to fours
	units      []float64 // by unit: gradient, Hessian and, where there is room, the Hessian's differences by each parameter
	sum        []float64 // the same of a resample
	work       []float64
}

const (
	thirdStep = 0.02    // over which Hessians are differenced: a tenth of a standard error or less
	mostThird = 1 << 23 // third derivatives that are kept
)

// newTaylor differentiates the likelihood of every unit at ψ, where the nodes are placed.
func newTaylor(c *criterion, psi []float64, units []int32) *taylor {
	dim := c.dim
	n, square := (dim+3)&^3, (dim*dim+3)&^3
	t := &taylor{dim: dim, free: c.free(), grad: make([]float64, n), hess: make([]float64, square), work: make([]float64, square)}
	size := n + square
	if len(units)*dim*square <= mostThird {
		size += dim * square
	}
	t.units, t.sum = make([]float64, len(units)*size), make([]float64, size)
	moved := append([]float64(nil), psi...)
	for i := range units {
		u := t.units[i*size:][:size]
		c.second(psi, units[i:i+1])
		hess := u[copy(u, c.grad[:n]):][:square]
		copy(hess, c.hess[:square])
		for _, k := range t.free {
			at := n + (k+1)*square
			if moved[k] += thirdStep; at < size && c.second(moved, units[i:i+1]) {
				third := u[at:][:square]
				copy(third, c.hess[:square])
				addScaled(third, hess, -1)
			}
			moved[k] = psi[k]
		}
	}
	return t
}

// second sets grad and hess at ψ, the nodes where they are.
func (c *criterion) second(psi []float64, units []int32) bool {
	if c.sharp = sharpest; c.laplace {
		return c.evaluateLaplace(psi, nil, units) && c.differenced(psi, nil, units)
	}
	return c.evaluate(psi, nil, units, true)
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
	x := t.sum[copy(t.grad, t.sum):]
	copy(t.hess, x)
	t.ascend(d)
	for k := range d {
		if x = x[len(t.hess):]; len(x) == 0 {
			break
		}
		addScaled(t.hess, x[:len(t.hess)], d[k]/thirdStep)
	}
	t.ascend(d)
}

// ascend adds half the Hessian times d to the gradient.
func (t *taylor) ascend(d []float64) {
	for a := range d {
		t.grad[a] += dot(d, t.hess[a*t.dim:]) / 2
	}
}
