package mixed

import (
	"math"
	"slices"
)

// RefitRows fits the model of f to other rows with the same terms: patients drawn with replacement, or other outcomes.
// d has copies as groups of their own. It looks at every row, which Scratch.Refit does not; it is for resamples that
// are more than weights of units. The result depends on d and f only.
func RefitRows(d *Design, f *Fit) *Replicate {
	s := &Scratch{}
	s.out.Beta, s.out.Variances = make([]float64, len(f.Terms)), make([]float64, f.Variances())
	m, err := New(d)
	if err != nil {
		return s.fail(err.Error())
	}
	for k, term := range f.Terms {
		if k >= len(m.basis.terms) || m.basis.terms[k] != term {
			return s.fail(term + " cannot be estimated in the resample: its values there are determined by the other terms")
		}
	}
	s.model = m
	if m.general != nil {
		return s.refitGeneral(f)
	}
	fit, err := m.Fit(f.Method)
	if err != nil {
		return s.fail(err.Error())
	}
	copy(s.out.Beta, fit.Beta)
	for k, c := range fit.Random {
		s.out.Variances[k] = c.Variance
		if c.Variance == 0 {
			s.out.Status = Boundary
		}
	}
	s.out.Variances[len(fit.Random)] = fit.Residual
	s.out.LogLik, s.out.Evaluations = fit.LogLik, fit.Evaluations
	return &s.out
}

// refitGeneral starts the general search from the fit on all rows.
func (s *Scratch) refitGeneral(f *Fit) *Replicate {
	c := s.model.newGcriterion(f.Method)
	if len(f.Theta) != c.g.np {
		return s.fail("a visit has no row in the resample")
	}
	if reason := c.newGscratch(f).refit(&s.out, nil); reason != "" {
		return s.fail(reason)
	}
	return &s.out
}

// PatientGroup is the grouping factor of a design whose groups have rows of their own and no group below them: the
// patient. It is the unit itself in a design with one grouping factor.
func PatientGroup(d *Design) int {
	if len(d.Groups) < 3 {
		return len(d.Groups) - 1
	}
	_, lowest, err := chooseMiddle(d)
	if err != nil {
		return len(d.Groups) - 1
	}
	return lowest
}

// Simulate draws an outcome for every row of the design from the fitted model: Xβ + Zb + e with normal effects of the
// fitted covariances. normal gives independent standard normal numbers, taken block by block, group by group in the
// order of their levels, then for the residuals.
func Simulate(d *Design, f *Fit, normal func() float64) []float64 {
	y := make([]float64, len(d.Y))
	p := len(d.Terms)
	for j, at := range positions(f.Terms, d.Terms) {
		for row := range y {
			y[row] += d.X[row*p+at] * f.Beta[j]
		}
	}
	next := f.Random
	for _, e := range effects(d) {
		q := len(e.Terms)
		factor := blockRoot(next[:q])
		next = next[q:]
		b := make([]float64, len(d.Groups[e.Group].Levels)*q)
		multiplyDraws(b, factor, q, normal)
		for row, g := range d.Groups[e.Group].Of {
			for i := range q {
				y[row] += e.Z[row*q+i] * b[int(g)*q+i]
			}
		}
	}
	if r := f.ResidualCov; r != nil {
		t := len(r.Visits)
		factor := slices.Clone(r.Cov)
		cholesky(factor, t)
		g := d.Groups[d.Residual.Group]
		e := make([]float64, len(g.Levels)*t)
		multiplyDraws(e, factor, t, normal)
		for row, j := range g.Of {
			y[row] += e[int(j)*t+int(d.Residual.Visit.Of[row])]
		}
		return y
	}
	sd := math.Sqrt(f.Residual)
	for row := range y {
		y[row] += sd * normal()
	}
	return y
}

// positions are the places of names in a list that holds them all.
func positions(names, in []string) []int {
	out := make([]int, len(names))
	for k, name := range names {
		out[k] = slices.Index(in, name)
	}
	return out
}

// blockRoot is the lower triangle L with LL' the covariance of one block of effects.
func blockRoot(c []Component) []float64 {
	q := len(c)
	cov := make([]float64, q*q)
	for i := range q {
		cov[i*q+i] = c[i].Variance
		for j := range i {
			if v := c[i].Corr[j] * c[i].SD * c[j].SD; !math.IsNaN(v) { // no correlation where a variance is zero
				cov[i*q+j], cov[j*q+i] = v, v
			}
		}
	}
	root := make([]float64, q*q)
	semidefinite(root, cov, q)
	return root
}

// multiplyDraws fills b with groups of n correlated draws, factor times independent ones; factor's upper part is
// disregarded.
func multiplyDraws(b, factor []float64, n int, normal func() float64) {
	z := make([]float64, n)
	for at := 0; at < len(b); at += n {
		for i := range z {
			z[i] = normal()
			for j := range i + 1 {
				b[at+i] += factor[i*n+j] * z[j]
			}
		}
	}
}
