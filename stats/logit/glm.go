package logit

import "math"

// glmEnd is how plain logistic regression ended.
type glmEnd struct {
	gamma     []float64
	logLik    float64
	separated []bool // logistic rows that the covariates predict perfectly; nil when there are none
}

// glm maximises the likelihood without random effects by Newton's method, the unit weights one: the start of a fit,
// and the test for separation.
//
// Where no finite maximum exists, γ runs along a direction d in which no logistic row loses, s z'd >= 0, and some
// gain for ever. Near the end each Newton step then lengthens the margin of those rows by one (the likelihood falls
// off as e^{−margin}) while the others converge quadratically, so the steps show the direction and its rows, and the
// inequality is checked for every row: a certificate, not a guess (Geyer 2009, Electronic Journal of Statistics 3,
// 259-289; Albert and Anderson 1984).
func (m *Model) glm() glmEnd {
	q := m.q
	e := glmEnd{gamma: make([]float64, q)}
	m.marginalThresholds(e.gamma)
	grad, info := make([]float64, q), make([]float64, q*q)
	e.logLik = m.glmDerivatives(e.gamma, grad, info)
	step, trial := make([]float64, q), make([]float64, q)
	for range 60 {
		copy(step, grad)
		if !solveRidged(info, step, q) {
			return e
		}
		gain := dot(step, grad)
		if rows := m.perfect(step); rows != nil {
			e.separated = rows
			return e
		}
		if gain < 1e-14 {
			return e
		}
		better := false
		for scale := 1.0; scale > 1e-6 && !better; scale /= 2 {
			for j := range trial {
				trial[j] = e.gamma[j] + scale*step[j]
			}
			ll := m.glmDerivatives(trial, grad, info)
			if better = ll >= e.logLik-1e-12*(1+math.Abs(ll)); better {
				e.logLik = ll
				copy(e.gamma, trial)
			}
		}
		if !better {
			e.logLik = m.glmDerivatives(e.gamma, grad, info)
			return e
		}
	}
	return e
}

// perfect says which logistic rows a step separates: every margin grows, or stays within 1e-7.
func (m *Model) perfect(step []float64) []bool {
	rows := make([]bool, len(m.up))
	any := false
	for r := range m.up {
		gain := 0.0
		for j, v := range m.z[r*m.stride:][:m.q] {
			gain += v * step[j]
		}
		if m.up[r] == 0 {
			gain = -gain
		}
		switch {
		case math.Abs(gain) < 1e-7:
		case gain > 1e-3:
			rows[r], any = true, true
		default:
			return nil
		}
	}
	if !any {
		return nil
	}
	return rows
}

// marginalThresholds sets the thresholds to the logits of the cumulative shares.
func (m *Model) marginalThresholds(gamma []float64) {
	total, below := float64(len(m.sourceRow)), 0.0
	count := make([]float64, len(m.categories))
	for _, row := range m.sourceRow {
		count[m.y[row]]++
	}
	for c := range m.cuts {
		below += count[c]
		gamma[c] = math.Log((below + 0.5) / (total - below + 0.5))
	}
}

// glmDerivatives is the log-likelihood without random effects, its gradient and minus its Hessian.
func (m *Model) glmDerivatives(gamma, grad, info []float64) float64 {
	q := m.q
	clear(grad)
	clear(info)
	ll := 0.0
	for r, up := range m.up {
		z := m.z[r*m.stride:][:q]
		lp := dot(z, gamma)
		mu := 1 / (1 + math.Exp(-lp))
		if up == 1 {
			ll -= log1pExp(-lp)
		} else {
			ll -= log1pExp(lp)
		}
		e, w := up-mu, mu*(1-mu)
		for i, v := range z {
			if v == 0 {
				continue
			}
			grad[i] += e * v
			wv := w * v
			for j := range i + 1 {
				info[i*q+j] += wv * z[j]
			}
		}
	}
	total := make([]float64, m.cuts)
	for k := range m.gaps {
		total[k%m.cuts] += m.gaps[k]
	}
	ll += addGaps(total, 1, gamma, grad, info, q, -1)
	for i := range q {
		for j := range i {
			info[j*q+i] = info[i*q+j]
		}
	}
	return ll
}

// addGaps adds Σ_k n_k log(1 − e^{−(α_k − α_{k−1})}), the part of the log-likelihood of interior categories that is
// free of the linear predictor, and its derivatives to the gradient and (times sign, lower triangle) to the Hessian;
// −∞ where thresholds are not in ascending order. hess may be nil.
func addGaps(n []float64, weight float64, gamma, grad, hess []float64, dim int, sign float64) float64 {
	ll := 0.0
	for k := 1; k < len(n); k++ {
		gap := gamma[k] - gamma[k-1]
		if !(gap > 0) {
			return math.Inf(-1)
		}
		c := weight * n[k]
		if c == 0 {
			continue
		}
		em := math.Expm1(gap)
		ll += c * math.Log(-math.Expm1(-gap))
		d := c / em
		grad[k] += d
		grad[k-1] -= d
		if hess != nil {
			dd := -sign * d * (1 + 1/em) // −e^g/(e^g−1)²
			hess[k*dim+k] += dd
			hess[(k-1)*dim+k-1] += dd
			hess[k*dim+k-1] -= dd
		}
	}
	return ll
}

func log1pExp(x float64) float64 {
	if x > 0 {
		return x + math.Log1p(math.Exp(-x))
	}
	return math.Log1p(math.Exp(x))
}
