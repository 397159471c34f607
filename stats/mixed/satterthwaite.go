package mixed

import (
	"errors"
	"math"
)

// satterthwaite holds what Satterthwaite's degrees of freedom need: for l'β̂ with variance v = l'Cl,
//
//	df = 2v² / (g'Ag),  g the gradient of v by the variance parameters, A their covariance
//
// (Giesbrecht and Burns 1985; as lmerTest: A is twice the inverse of the observed Hessian of the deviance in
// (θ, σ)). Parameters on the boundary have no gradient and do not enter. Gradients are exact, their differences give
// the Hessian; agreement with lmerTest is to four digits. Stata takes the expected information: a per cent apart.
type satterthwaite struct {
	c []float64   // p×p: Cov(β_z) over basis.scale²
	d [][]float64 // its derivative by each parameter
	a []float64   // covariance of the parameters
}

func (inf *Inference) satterthwaite() (*satterthwaite, error) {
	if inf.satt != nil {
		return inf.satt, nil
	}
	defer inf.settle()
	c := inf.c
	free := c.free(inf.theta)
	var index []int
	for k, f := range free {
		if f {
			index = append(index, k)
		}
	}
	n, p := len(index)+1, len(inf.m.basis.kept)
	s := &satterthwaite{c: make([]float64, p*p)}
	s2 := inf.sigma * inf.sigma
	for k, v := range inf.a {
		s.c[k] = s2 * v
	}
	h := make([]float64, n*n)
	x := append([]float64{}, inf.theta...)
	at := func(sigma float64) (grad []float64, cov []float64, ok bool) {
		c.sigma = sigma
		if ok = c.evaluate(x, true); !ok {
			return nil, nil, false
		}
		for _, k := range index {
			grad = append(grad, c.grad[k])
		}
		grad = append(grad, c.bySig)
		cov = make([]float64, p*p)
		inf.scaledCov(cov)
		return grad, cov, true
	}
	for k := range n {
		step, sUp, sDown := 1e-4, inf.sigma, inf.sigma
		if k < n-1 {
			step = 1e-4 * max(math.Abs(x[index[k]]), 0.1)
			x[index[k]] += step
		} else {
			sUp = inf.sigma * math.Exp(step)
			sDown = inf.sigma * math.Exp(-step)
		}
		up, covUp, ok := at(sUp)
		if k < n-1 {
			x[index[k]] = inf.theta[index[k]] - step
		}
		down, covDown, ok2 := at(sDown)
		if k < n-1 {
			x[index[k]] = inf.theta[index[k]]
		}
		if !ok || !ok2 {
			return nil, errors.New("the degrees of freedom cannot be computed: the criterion is not defined around the estimate")
		}
		d := make([]float64, p*p)
		for j := range d {
			d[j] = (sUp*sUp*covUp[j] - sDown*sDown*covDown[j]) / (2 * step)
		}
		s.d = append(s.d, d)
		for j := range n {
			h[j*n+k] = (up[j] - down[j]) / (2 * step)
		}
	}
	for i := range n {
		for j := range i {
			v := (h[i*n+j] + h[j*n+i]) / 2
			h[i*n+j], h[j*n+i] = v, v
		}
	}
	s.a = positiveInverse(h, n)
	for k := range s.a {
		s.a[k] *= 2
	}
	inf.satt = s
	return s, nil
}

// positiveInverse inverts a symmetric matrix on the space of its positive eigenvalues.
func positiveInverse(h []float64, n int) []float64 {
	w, v := eigen(h, n)
	largest := 0.0
	for _, e := range w {
		largest = max(largest, e)
	}
	out := make([]float64, n*n)
	for k, e := range w {
		if e <= 1e-10*largest {
			continue
		}
		for i := range n {
			for j := range n {
				out[i*n+j] += v[i*n+k] * v[j*n+k] / e
			}
		}
	}
	return out
}

func (s *satterthwaite) df(l []float64) float64 {
	g := make([]float64, len(s.d))
	for k, d := range s.d {
		g[k] = bilinear(l, d, l)
	}
	v := bilinear(l, s.c, l)
	return 2 * v * v / bilinear(g, s.a, g)
}
