package mixed

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// objective is the criterion as a function of its parameters.
func (c *gcriterion) objective() objective {
	return func(x []float64) (float64, []float64, bool) {
		ok := c.evaluate(x, true)
		return c.d, c.grad, ok
	}
}

// startAt are parameters with SDs of unit, middle and patient effects relative to the residual SD, and visits of a
// residual covariance correlated by rho.
func (g *general) startAt(unit, patient, rho float64) []float64 {
	x := make([]float64, g.np)
	for k := range g.blocks {
		b := &g.blocks[k]
		sd := unit
		if b.level == patientLevel {
			sd = patient
		}
		for i := range b.q {
			x[b.par+i*(i+1)/2+i] = sd
			if i > 0 && b.level == patientLevel {
				sd = patient / 2
			}
		}
	}
	if g.structure != Independent {
		copy(x[g.residual:], residualStart(g.structure, g.visits, rho))
	}
	return x
}

// generalStarts are where a fit on all rows begins: the criterion can have several minima, most of them on the boundary.
var generalStarts = [][3]float64{{0.2, 0.7, 0.4}, {0.05, 0.2, 0.1}, {1, 2, 0.7}, {0.7, 0.05, 0.2}}

// fitGeneral minimises the general criterion on all rows.
func (m *Model) fitGeneral(method Method) (*Fit, error) {
	c := m.newGcriterion(method)
	m.drawGeneral(c.x, nil)
	best, inverse, reason := c.search()
	if reason != "" {
		return nil, errors.New(m.response + ": " + reason)
	}
	c.evaluate(best.x, true)
	return m.reportGeneral(c, &best, inverse), nil
}

// search runs from every start, restarts where a variance held at zero would like to grow, and makes zeros exact.
func (c *gcriterion) search() (best descent, inverse []float64, reason string) {
	f := c.objective()
	evaluations := 0
	tried := map[string]bool{}
	for _, s := range generalStarts {
		x := c.g.startAt(s[0], s[1], s[2])
		for restart := 0; restart < 6; restart++ {
			run := bfgs(f, x, nil, tolerance{1e-9, 1e-14}, 400)
			evaluations += run.evaluations
			if !run.ok {
				break
			}
			c.snap(&run)
			if best.x == nil || run.d < best.d-1e-9*(1+math.Abs(best.d)) || run.d < best.d && run.converged && !best.converged {
				best = run
			}
			escape, found := c.escape(&run)
			key := fmt.Sprintf("%.2f", run.d)
			if !found || tried[key] {
				break
			}
			tried[key] = true
			x = escape
		}
	}
	if best.x == nil {
		c.evaluate(c.g.startAt(0.2, 0.7, 0.4), false)
		return best, nil, strings.ReplaceAll(c.explain(), " in the resample", "")
	}
	free := c.free(best.x)
	inverse = polish(f, &best, free)
	if inverse == nil {
		best.converged = false
	}
	beyond := 3e4 // of the residual SD
	if !best.converged {
		beyond /= 10 // rounding ends the descent earlier
	}
	if slices.ContainsFunc(best.x, func(v float64) bool { return math.Abs(v) > beyond }) {
		return best, nil, noResidual
	}
	best.evaluations = evaluations
	return best, inverse, ""
}

// explain says which covariate a vanishing pivot belongs to.
func (c *gcriterion) explain() string { return c.model.explain(c.bad) }

// free says which parameters move: not those of columns of Λ that are zero, by which the derivatives vanish.
func (c *gcriterion) free(x []float64) []bool {
	free := make([]bool, len(x))
	for k := range free {
		free[k] = true
	}
	for k := range c.g.blocks {
		b := &c.g.blocks[k]
		for j := range b.q {
			zero := true
			for i := j; i < b.q; i++ {
				zero = zero && x[b.at2(i, j)] == 0
			}
			for i := j; i < b.q && zero; i++ {
				free[b.at2(i, j)] = false
			}
		}
	}
	return free
}

// at2 is the parameter of element (i, j) of Λ.
func (b *block) at2(i, j int) int { return b.par + i*(i+1)/2 + j }

// snap makes exact what the search left near zero: a column of Λ that the criterion does not miss. A later column may
// be rotated into an empty earlier one, so that the rank is what Λ shows.
func (c *gcriterion) snap(s *descent) {
	for k := range c.g.blocks {
		b := &c.g.blocks[k]
		canonical(b, s.x)
		for j := b.q - 1; j >= 0; j-- {
			size := 0.0
			for i := j; i < b.q; i++ {
				size = max(size, math.Abs(s.x[b.at2(i, j)]))
			}
			if size == 0 || size > 0.05 {
				continue
			}
			trial := slices.Clone(s.x)
			for i := j; i < b.q; i++ {
				trial[b.at2(i, j)] = 0
			}
			if c.evaluate(trial, true) && c.d <= s.d+1e-7 && c.willing(b, trial) >= -1e-6*c.x.rows {
				s.x, s.d = trial, c.d
				copy(s.grad, c.grad)
			}
		}
	}
	if c.evaluate(s.x, true) {
		s.d = c.d
		copy(s.grad, c.grad)
	}
}

// canonical replaces Λ by the lower Cholesky factor of ΛΛ' with a diagonal that is not negative; where Ψ is singular
// the empty columns are zero.
func canonical(b *block, x []float64) {
	q := b.q
	var l, psi [maxEffects * maxEffects]float64
	for i := range q {
		for j := range i + 1 {
			l[i*q+j] = x[b.at2(i, j)]
		}
	}
	multiplyT(psi[:q*q], l[:q*q], l[:q*q], q, q, q)
	semidefinite(l[:q*q], psi[:q*q], q)
	for i := range q {
		for j := range i + 1 {
			x[b.at2(i, j)] = l[i*q+j]
		}
	}
}

// willing is the smallest derivative of D by a variance added in a direction in which the block has none, after
// evaluate with derivatives; 0 when it has all. Negative: the variance would like to grow.
func (c *gcriterion) willing(b *block, x []float64) float64 {
	value, _ := c.willingDirection(b, x)
	return value
}

func (c *gcriterion) willingDirection(b *block, x []float64) (least float64, v []float64) {
	q := b.q
	var l, psi, grad [maxEffects * maxEffects]float64
	for i := range q {
		for j := range i + 1 {
			l[i*q+j] = x[b.at2(i, j)]
		}
	}
	multiplyT(psi[:q*q], l[:q*q], l[:q*q], q, q, q)
	w, vec := eigen(psi[:q*q], q)
	c.covGradient(b, grad[:])
	largest := slices.Max(w)
	var null []int
	for k, e := range w {
		if e <= 1e-9*max(largest, 1e-3) {
			null = append(null, k)
		}
	}
	n := len(null)
	if n == 0 {
		return 0, nil
	}
	part := make([]float64, n*n)
	for a, s := range null {
		for d, t := range null {
			for i := range q {
				for j := range q {
					part[a*n+d] += vec[i*q+s] * grad[i*q+j] * vec[j*q+t]
				}
			}
		}
	}
	e, u := eigen(part, n)
	best := 0
	for k := range e {
		if e[k] < e[best] {
			best = k
		}
	}
	v = make([]float64, q)
	for i := range q {
		for a, s := range null {
			v[i] += vec[i*q+s] * u[a*n+best]
		}
	}
	return e[best], v
}

// escape is a start beyond a boundary at which the criterion would still fall; found is false at a true minimum.
func (c *gcriterion) escape(s *descent) (x []float64, found bool) {
	c.evaluate(s.x, true)
	x = slices.Clone(s.x)
	for k := range c.g.blocks {
		b := &c.g.blocks[k]
		least, v := c.willingDirection(b, s.x)
		if v == nil || least >= -1e-6*c.x.rows {
			continue
		}
		found = true
		q := b.q
		var l, psi [maxEffects * maxEffects]float64
		for i := range q {
			for j := range i + 1 {
				l[i*q+j] = x[b.at2(i, j)]
			}
		}
		multiplyT(psi[:q*q], l[:q*q], l[:q*q], q, q, q)
		for i := range q {
			for j := range q {
				psi[i*q+j] += 0.01 * v[i] * v[j]
			}
		}
		semidefinite(l[:q*q], psi[:q*q], q)
		for i := range q {
			for j := range i + 1 {
				x[b.at2(i, j)] = l[i*q+j]
			}
		}
	}
	return x, found
}

// covariance is Ψ of a block in the units of its columns, over σ²: r⁻¹ΛΛ'r⁻ᵀ.
func (b *block) covariance(x []float64) []float64 {
	q := b.q
	f := make([]float64, q*q) // r⁻¹Λ
	for j := range q {
		for i := q - 1; i >= 0; i-- {
			v := 0.0
			if i >= j {
				v = x[b.at2(i, j)]
			}
			for k := i + 1; k < q; k++ {
				v -= b.r[i*q+k] * f[k*q+j]
			}
			f[i*q+j] = v / b.r[i*q+i]
		}
	}
	out := make([]float64, q*q)
	multiplyT(out, f, f, q, q, q)
	// A variance that is nothing beside what the other effects carry is an exact zero.
	for i := range q {
		scale := 0.0
		for k := range q {
			scale = max(scale, math.Abs(b.r[k*q+i]))
		}
		if out[i*q+i]*scale*scale < 1e-10 {
			for k := range q {
				out[i*q+k], out[k*q+i] = 0, 0
			}
		}
	}
	return out
}

func (m *Model) reportGeneral(c *gcriterion, s *descent, inverseHessian []float64) *Fit {
	p := len(m.basis.kept)
	f := &Fit{
		Method: c.method, N: m.rows, Terms: m.basis.terms, DroppedTerms: m.basis.dropped,
		Beta: make([]float64, p), SE: make([]float64, p), Cov: make([]float64, p*p),
		Converged: s.converged, Evaluations: s.evaluations, Theta: s.x, Inverse: inverseHessian,
	}
	for k, name := range m.names {
		f.GroupCounts = append(f.GroupCounts, GroupCount{name, m.levels[k]})
	}
	df := c.df()
	f.Criterion = s.d + m.shiftOf(df, c.method)
	f.LogLik = -f.Criterion / 2
	npar := float64(p + c.g.np + 1)
	f.Parameters = int(npar)
	f.AIC = f.Criterion + 2*npar
	f.BIC = f.Criterion + npar*math.Log(m.n)
	m.basis.coefficients(f.Beta, c.z[m.pad:])
	sigma2 := c.r / df * m.basis.scale * m.basis.scale
	f.Residual = sigma2
	m.covarianceFrom(f, c.m, c.inv)
	m.blocksOf(f, c.g, s.x, sigma2)
	m.residualOf(f, c.g, s.x, sigma2)
	m.iccGeneral(f, c.g)
	m.warn(f)
	return f
}

// blocksOf fills Random, upper groups first, and says which variances or combinations are zero.
func (m *Model) blocksOf(f *Fit, g *general, x []float64, sigma2 float64) {
	f.Random = nil
	for k := range g.blocks {
		b := &g.blocks[k]
		psi := b.covariance(x)
		var zero []string
		for i, term := range b.terms {
			v := psi[i*b.q+i]
			comp := Component{Group: m.names[b.group], Term: term, Variance: v * sigma2, SD: math.Sqrt(v * sigma2)}
			for j := range i {
				comp.Corr = append(comp.Corr, psi[i*b.q+j]/math.Sqrt(v*psi[j*b.q+j]))
			}
			f.Random = append(f.Random, comp)
			if v == 0 || b.q == 1 && math.Sqrt(v)*b.r[0] < zeroSD {
				zero = append(zero, term)
			}
		}
		if singularBlock(b, x) {
			f.Singular = true
			f.Warnings = append(f.Warnings, singularNote(m.names[b.group], b.terms, zero))
		}
	}
}

// singularBlock is lme4's isSingular for one block: a diagonal element of Λ at (nearly) zero.
func singularBlock(b *block, x []float64) bool {
	for i := range b.q {
		if math.Abs(x[b.at2(i, i)]) < zeroSD {
			return true
		}
	}
	return false
}

func singularNote(group string, terms, zero []string) string {
	switch {
	case len(zero) == len(terms) && len(terms) == 1 && terms[0] == "(Intercept)":
		return fmt.Sprintf("The variance between %s groups is estimated as zero; the result is valid and equals that of the model without this effect.", group)
	case len(zero) > 0:
		return fmt.Sprintf("The variance of %s between %s groups is estimated as zero; the result is valid and equals that of the model without this effect.", strings.Join(zero, ", "), group)
	}
	return fmt.Sprintf("The random effects of %s (%s) are estimated as perfectly correlated: the data do not support all of them; consider independent effects, as (1|%s) + (0 + t|%s), or fewer.", group, strings.Join(terms, ", "), group, group)
}

// residualOf fills ResidualCov of an MMRM.
func (m *Model) residualOf(f *Fit, g *general, x []float64, sigma2 float64) {
	if g.structure == Independent {
		return
	}
	cov := make([]float64, g.visits*g.visits)
	residualCov(cov, x[g.residual:], g.structure, g.visits)
	for k := range cov {
		cov[k] *= sigma2
	}
	f.ResidualCov = &ResidualCovariance{Structure: g.structure, Group: m.names[g.lowest], Visits: m.visitNames, Cov: cov}
	if g.structure == Unstructured || heterogeneous(g.structure) {
		f.Residual = math.NaN()
	}
}

// iccGeneral: with intercepts only, the variances of a group and of those that hold it over the total.
func (m *Model) iccGeneral(f *Fit, g *general) {
	if g.structure != Independent {
		return
	}
	total := f.Residual
	for _, c := range f.Random {
		if c.Term != "(Intercept)" {
			return
		}
		total += c.Variance
	}
	for k, c := range f.Random {
		sum := c.Variance
		for j := range k {
			if m.holds(f.Random[j].Group, c.Group) {
				sum += f.Random[j].Variance
			}
		}
		f.ICC = append(f.ICC, GroupValue{c.Group, sum / total})
	}
}

// holds says whether every group of lower lies in one of upper.
func (m *Model) holds(upper, lower string) bool {
	u, l := slices.Index(m.names, upper), slices.Index(m.names, lower)
	return u == 0 || m.nests[u*len(m.names)+l]
}
