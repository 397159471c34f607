package mixed

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// starts are the variance ratios (a, b) a fit on all rows begins from. The criterion can have a second minimum, on
// the boundary or away from it, and with sufficient statistics another run costs microseconds.
var starts = [][2]float64{{0.5, 0.05}, {0, 0}, {5, 1}, {0, 1}}

// zeroSD is the SD of a random intercept, relative to the residual SD, below which the fit is called singular (as
// lme4's isSingular).
const zeroSD = 1e-4

// Fit estimates the model on all rows. A variance component estimated as zero is reported as an exact zero, marks the
// fit as singular and is no error; a criterion without minimum is one.
func (m *Model) Fit(method Method) (*Fit, error) {
	if m.n <= float64(len(m.basis.kept)) {
		return nil, errTooFewRows(m.rows, len(m.basis.kept)+len(m.names)+1)
	}
	if m.general != nil {
		return m.fitGeneral(method)
	}
	c := newCriterion(m, method)
	m.draw(c.x, nil)
	best, evaluations := search{}, 0
	for _, start := range starts {
		if !m.nested && start[1] == 1 {
			continue
		}
		s := c.minimise(start[0], start[1], fitTolerance)
		evaluations += s.evaluations
		if better(&s, &best) {
			best = s
		}
	}
	if best.failure != "" {
		return nil, errors.New(m.response + ": " + strings.ReplaceAll(best.failure, " in the resample", ""))
	}
	c.evaluate(&best.point, false)
	return m.report(c, &best, evaluations), nil
}

// better says whether s is to be preferred to the best so far; of equal minima the first is kept.
func better(s, best *search) bool {
	if best.evaluations == 0 {
		return true
	}
	if (s.failure == "") != (best.failure == "") {
		return s.failure == ""
	}
	return s.d < best.d-1e-9*(1+math.Abs(best.d))
}

func (m *Model) report(c *criterion, s *search, evaluations int) *Fit {
	p := len(m.basis.kept)
	df := m.residualDF(c.x, c.method)
	f := &Fit{
		Method: c.method, N: m.rows, Terms: m.basis.terms, DroppedTerms: m.basis.dropped,
		Beta: make([]float64, p), SE: make([]float64, p), Cov: make([]float64, p*p),
		Converged: s.converged && !s.saddle, Evaluations: evaluations,
	}
	for k, name := range m.names {
		f.GroupCounts = append(f.GroupCounts, GroupCount{name, m.levels[k]})
	}
	f.Criterion = s.d + m.shift(c.x, c.method)
	f.LogLik = -f.Criterion / 2
	npar := float64(p + len(m.names) + 1)
	f.Parameters = int(npar)
	f.AIC = f.Criterion + 2*npar
	f.BIC = f.Criterion + npar*math.Log(m.n)

	m.basis.coefficients(f.Beta, c.z[m.pad:])
	f.Residual = s.r / df * m.basis.scale * m.basis.scale
	m.covarianceFrom(f, c.m, c.inv)
	ratios := []float64{s.b, s.a}
	if !m.nested {
		ratios = ratios[1:]
	}
	m.components(f, ratios)
	m.warn(f)
	return f
}

// covarianceFrom fills Cov and SE: (6), as σ² K K' with K = R⁻¹ L⁻ᵀ, L the factor of M and inv its reciprocal diagonal.
func (m *Model) covarianceFrom(f *Fit, l, inv []float64) {
	p := len(m.basis.kept)
	k := make([]float64, p*p) // row j: L⁻¹ e, then R⁻¹ of the transposed
	for j := range p {        // column j of L⁻¹ by forward substitution
		for i := j; i < p; i++ {
			row := l[rowAt(m.pad+i):]
			v := 0.0
			if i == j {
				v = 1
			}
			for n := j; n < i; n++ {
				v -= row[m.pad+n] * k[n*p+j]
			}
			k[i*p+j] = v * inv[m.pad+i]
		}
	}
	// Row i of k is row i of L⁻¹, hence column i of L⁻ᵀ: solve R x = that.
	for i := range p {
		x := k[i*p : (i+1)*p]
		for r := p - 1; r >= 0; r-- {
			v := x[r]
			for l := r + 1; l < p; l++ {
				v -= m.basis.r[r*p+l] * x[l]
			}
			x[r] = v / m.basis.r[r*p+r]
		}
	}
	for i := range p {
		for j := range i + 1 {
			sum := 0.0
			for l := range p {
				sum += k[l*p+i] * k[l*p+j]
			}
			f.Cov[i*p+j], f.Cov[j*p+i] = f.Residual*sum, f.Residual*sum
		}
		f.SE[i] = math.Sqrt(f.Cov[i*p+i])
	}
}

// components fills the variance components and the intraclass correlations, upper group first.
func (m *Model) components(f *Fit, ratios []float64) {
	total, upper := 1.0, 0.0
	for _, v := range ratios {
		total += v
	}
	for k, v := range ratios {
		upper += v
		variance := v * f.Residual
		f.Random = append(f.Random, Component{Group: m.names[k], Term: "(Intercept)", Variance: variance, SD: math.Sqrt(variance)})
		f.ICC = append(f.ICC, GroupValue{m.names[k], upper / total})
		if math.Sqrt(v) < zeroSD {
			f.Singular = true
			f.Warnings = append(f.Warnings, fmt.Sprintf("The variance between %s groups is estimated as zero; the result is valid and equals that of the model without this effect.", m.names[k]))
		}
	}
}

func (m *Model) warn(f *Fit) {
	if len(f.DroppedTerms) > 0 {
		f.Warnings = append(f.Warnings, "Left out because the other terms determine them: "+strings.Join(f.DroppedTerms, ", ")+".")
	}
	if !f.Converged {
		f.Warnings = append(f.Warnings, "The optimiser stopped before it was sure of the minimum; treat the variance components with care.")
	}
}
