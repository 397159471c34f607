package logit

import (
	"fmt"
	"math"

	"trialbox/stats/mixed"
)

// Penalised is a fit without random effects that has finite estimates also where cells are separated. It is offered
// beside a mixed model, marked as what it is: it does not know that answers of a patient or a unit belong together, so
// its standard errors are too small.
type Penalised struct {
	Thresholds []mixed.Coefficient
	Terms      []string // thresholds, then terms; so are the following
	Beta, SE   []float64
	Cov        []float64
	LogLik     float64 // unpenalised, at the estimates
	Iterations int
}

// Firth maximises ℓ(γ) + ½ log|I(γ)| with I the expected information (Firth 1993, Biometrika 80, 27-38; Heinze and
// Schemper 2002, Statistics in Medicine 21, 2409-2419): finite under separation, and of a binary outcome with a bias of
// smaller order. For ordered categories the same penalty (Jeffreys' prior) keeps the estimates finite, though the
// bias-reducing adjustment is another one there. Standard errors are from I at the estimates, as brglm2 prints them.
// All rows enter, also those that the mixed model has to put aside.
func Firth(d *mixed.Design, opt Options) (*Penalised, error) {
	m, err := plain(d, opt)
	if err != nil {
		return nil, err
	}
	q := m.q
	gamma := make([]float64, q)
	m.marginalThresholds(gamma)
	value, grad, info := m.penalised(gamma)
	out := &Penalised{Terms: m.parameters()}
	for out.Iterations = 1; out.Iterations < 200; out.Iterations++ {
		step := append([]float64(nil), grad...)
		if !solveRidged(info, step, q) {
			break
		}
		gain := dot(step, grad)
		scale := 1.0
		for _, s := range step {
			scale = min(scale, 2/max(math.Abs(s), 1e-300))
		}
		for try := 0; ; try++ {
			trial := make([]float64, q)
			for j := range trial {
				trial[j] = gamma[j] + scale*step[j]
			}
			v, g, i := m.penalised(trial)
			if v >= value-1e-12*(1+math.Abs(value)) {
				gamma, value, grad, info = trial, v, g, i
				break
			}
			if scale /= 2; try > 40 {
				return nil, fmt.Errorf("%s: the penalised likelihood has no maximum that could be found", m.response)
			}
		}
		if gain < 1e-14 {
			return m.reportPenalised(out, gamma, info), nil
		}
	}
	return nil, fmt.Errorf("%s: the penalised likelihood did not converge", m.response)
}

// plain is New without the search for separation and without groups' requirements.
func plain(d *mixed.Design, opt Options) (*Model, error) {
	y, categories, err := outcome(d, &opt)
	if err != nil {
		return nil, err
	}
	m := &Model{opt: opt, response: d.Response, categories: categories, n: len(d.Y), y: y, levels: []int{1}, unitOf: make([]int32, len(d.Y))}
	if opt.Ordinal {
		m.cuts = len(categories) - 1
	}
	order, patient := make([]int32, m.n), make([]int32, m.n)
	for k := range order {
		order[k], patient[k] = int32(k), int32(k)
	}
	m.columns(d, order)
	return m, m.load(order, patient)
}

// penalised is the criterion, its gradient and I. The derivative of log|I| of a binary outcome is Σ h(1 − 2μ)z with the
// leverages h = μ(1 − μ) z'I⁻¹z (Firth 1993); of ordered categories it is taken by central differences.
func (m *Model) penalised(gamma []float64) (value float64, grad, info []float64) {
	q := m.q
	grad, observed := make([]float64, q), make([]float64, q*q)
	ll := m.glmDerivatives(gamma, grad, observed)
	if math.IsInf(ll, -1) || math.IsNaN(ll) {
		return math.Inf(-1), nil, nil
	}
	info = m.expected(gamma)
	if inv := inverse(info, q); !m.opt.Ordinal && inv != nil {
		_, z := newBasisLike(m)
		for at := range m.sourceRow {
			row := z[at*q : (at+1)*q]
			mu := 1 / (1 + math.Exp(-dot(row, gamma)))
			h := 0.0
			for i, x := range row {
				h += x * dot(inv[i*q:(i+1)*q], row)
			}
			for j, x := range row {
				grad[j] += h * mu * (1 - mu) * (0.5 - mu) * x
			}
		}
		return ll + logDet(info, q)/2, grad, info
	}
	const h = 1e-4
	x := append([]float64(nil), gamma...)
	for k := range x {
		x[k] = gamma[k] + h
		up := logDet(m.expected(x), q)
		x[k] = gamma[k] - h
		down := logDet(m.expected(x), q)
		x[k] = gamma[k]
		grad[k] += (up - down) / (4 * h)
	}
	return ll + logDet(info, q)/2, grad, info
}

// expected is the expected information: of a binary outcome Σ w zz', of ordered categories Σ_c p_c s_c s_c' with s_c the
// score of an answer in category c.
func (m *Model) expected(gamma []float64) []float64 {
	q, k := m.q, len(m.basis.kept)
	info := make([]float64, q*q)
	_, z := newBasisLike(m)
	cum := make([]float64, m.cuts+2)
	cum[m.cuts+1] = 1
	s := make([]float64, q)
	add := func(w float64) {
		for i, x := range s {
			if x == 0 {
				continue
			}
			for j, y := range s {
				info[i*q+j] += w * x * y
			}
		}
	}
	for at := range m.sourceRow {
		row := z[at*k : (at+1)*k]
		if !m.opt.Ordinal {
			mu := 1 / (1 + math.Exp(-dot(row, gamma)))
			copy(s, row)
			add(mu * (1 - mu))
			continue
		}
		eta := dot(row[1:], gamma[m.cuts:])
		for c := range m.cuts {
			cum[c+1] = 1 / (1 + math.Exp(eta-gamma[c]))
		}
		for c := range m.cuts + 1 { // d log p_c: densities at its two thresholds over p_c
			p := cum[c+1] - cum[c]
			if p <= 0 {
				continue
			}
			up, low := cum[c+1]*(1-cum[c+1]), cum[c]*(1-cum[c])
			clear(s)
			if c < m.cuts {
				s[c] += up / p
			}
			if c > 0 {
				s[c-1] -= low / p
			}
			for j, x := range row[1:] {
				s[m.cuts+j] = -(up - low) / p * x
			}
			add(p)
		}
	}
	return info
}

// newBasisLike is the model's basis with the rows in it, made once.
func newBasisLike(m *Model) (*basis, []float64) {
	if m.rows == nil {
		_, m.rows = newBasis(m.x, len(m.terms), m.sourceRow, m.opt.Ordinal)
	}
	return m.basis, m.rows
}

func logDet(a []float64, n int) float64 {
	l := append([]float64(nil), a...)
	if !cholesky(l, n) {
		return math.Inf(-1)
	}
	sum := 0.0
	for i := range n {
		sum += 2 * math.Log(l[i*n+i])
	}
	return sum
}

func (m *Model) reportPenalised(out *Penalised, gamma, info []float64) *Penalised {
	n := len(out.Terms)
	out.Beta, out.SE = make([]float64, n), make([]float64, n)
	m.original(gamma, out.Beta[:m.cuts], out.Beta[m.cuts:])
	scratch, observed := make([]float64, m.q), make([]float64, m.q*m.q)
	out.LogLik = m.glmDerivatives(gamma, scratch, observed)
	dim := m.q + 2
	hess := make([]float64, dim*dim)
	for i := range m.q {
		for j := range m.q {
			hess[i*dim+j] = -info[i*m.q+j]
		}
	}
	out.Cov = m.vcov(&peak{hess: hess, held: [2]bool{true, true}})
	for k := range out.SE {
		out.SE[k] = math.Sqrt(out.Cov[k*n+k])
		if k < m.cuts {
			out.Thresholds = append(out.Thresholds, mixed.Coefficient{Name: out.Terms[k], Estimate: out.Beta[k], SE: out.SE[k]})
		}
	}
	return out
}
