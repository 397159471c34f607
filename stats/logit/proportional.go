package logit

import (
	"math"
)

// Proportional is a score test of the proportional-odds assumption for some terms: that their effect is the same at every
// threshold.
type Proportional struct {
	Terms     []string
	Statistic float64 // chi-squared
	DF        int
	P         float64
}

// Proportional tests whether terms (indices of Fit.Terms) act alike at every threshold, against
//
//	logit P(Y <= c) = α_c − (x'β + x_t'δ_c + effects),  δ_1 = 0
//
// by the score of δ at the fit: S'(I⁻¹)_δδ S, chi-squared with (K−2)·terms degrees of freedom, the random effects
// integrated out as in the fit. Nothing is fitted anew. NaN where it cannot be computed; nil for two categories.
// Without random effects it is near the likelihood ratio of ordinal's nominal_test.
func (m *Model) Proportional(f *Fit, terms []int) *Proportional {
	if m.cuts < 2 {
		return nil
	}
	out := &Proportional{Statistic: math.NaN(), P: math.NaN()}
	for _, j := range terms {
		out.Terms = append(out.Terms, m.terms[j])
	}
	wide, extra := m.widened(terms)
	out.DF = extra
	c := newCriterion(wide, grid{max(f.UnitNodes, defaultNodes), max(f.Nodes, defaultNodes)}, f.Held, false)
	c.moving = false
	psi := append([]float64(nil), f.Psi[:m.q]...)
	psi = append(append(psi, make([]float64, extra)...), f.Psi[m.q], f.Psi[m.q+1])
	units := m.allUnits()
	c.place(psi, units)
	if !c.evaluate(psi, nil, units, true) {
		return out
	}
	m.addNominalGaps(c, psi, terms)
	free := c.free()
	n := len(free)
	a, s := make([]float64, n*n), make([]float64, n)
	for i, k := range free {
		if k >= m.q && k < m.q+extra { // at the fit the score of the others is zero
			s[i] = c.grad[k]
		}
		for j, l := range free {
			a[i*n+j] = -c.hess[k*c.dim+l]
		}
	}
	x := append([]float64(nil), s...)
	if !cholesky(a, n) {
		return out
	}
	backsolve(a, x, n)
	out.Statistic = dot(s, x)
	out.P = chiSquaredTail(out.Statistic, out.DF)
	return out
}

// widened is the model with a covariate more for every term and threshold but the first. Its γ is m's, then δ by
// threshold and term.
func (m *Model) widened(terms []int) (wide *Model, extra int) {
	extra = len(terms) * (m.cuts - 1)
	w := *m
	w.q = m.q + extra
	w.stride = (w.q + 3) &^ 3
	w.z = make([]float64, len(m.up)*w.stride)
	p := len(m.terms)
	for r := range m.up {
		from, to := m.z[r*m.stride:][:m.q], w.z[r*w.stride:][:w.stride]
		copy(to, from)
		row := int(m.sourceRow[m.of[r]])
		for c := 1; c < m.cuts; c++ {
			if from[c] == 1 {
				for k, j := range terms {
					to[m.q+(c-1)*len(terms)+k] = -m.x[row*p+j]
				}
			}
		}
	}
	return &w, extra
}

// addNominalGaps replaces the part of the likelihood that is free of effects: with δ the distance of two thresholds
// depends on the row, g = α_c − α_{c−1} − x_t'(δ_c − δ_{c−1}), and at δ = 0 only its derivatives change.
func (m *Model) addNominalGaps(c *criterion, psi []float64, terms []int) {
	p := len(m.terms)
	at := func(cut, k int) int { return m.q + (cut-1)*len(terms) + k }
	index, value := make([]int, 0, 2+2*len(terms)), make([]float64, 0, 2+2*len(terms))
	for r, up := range m.up {
		z := m.z[r*m.stride:][:m.cuts]
		cut := 0
		for z[cut] == 0 {
			cut++
		}
		answer := int(m.y[m.sourceRow[m.of[r]]])
		if up == 0 || answer == 0 || cut != answer { // once an interior answer: its success row
			continue
		}
		gap := psi[cut] - psi[cut-1]
		em := math.Expm1(gap)
		d, dd := 1/em, -(1+1/em)/em
		index, value = append(index[:0], cut, cut-1), append(value[:0], 1, -1)
		row := int(m.sourceRow[m.of[r]])
		for k, j := range terms {
			x := m.x[row*p+j]
			index, value = append(index, at(cut, k)), append(value, -x)
			if cut > 1 {
				index, value = append(index, at(cut-1, k)), append(value, x)
			}
		}
		for a, i := range index {
			if i >= m.q {
				c.grad[i] += d * value[a]
			}
			for b, j := range index {
				if i >= m.q || j >= m.q {
					c.hess[i*c.dim+j] += dd * value[a] * value[b]
				}
			}
		}
	}
}

// chiSquaredTail is P(χ²_df > x), by the regularised incomplete gamma function: series below the mean, continued
// fraction above (Press et al., Numerical recipes, section 6.2).
func chiSquaredTail(x float64, df int) float64 {
	if !(x > 0) {
		return 1
	}
	a, y := float64(df)/2, x/2
	lg, _ := math.Lgamma(a)
	front := math.Exp(a*math.Log(y) - y - lg)
	if y < a+1 {
		term := 1 / a
		sum := term
		for n := 1; n < 1000 && term > sum*1e-16; n++ {
			term *= y / (a + float64(n))
			sum += term
		}
		return 1 - front*sum
	}
	b := y + 1 - a
	c, d := 1e300, 1/b
	h := d
	for n := 1; n < 1000; n++ {
		an := -float64(n) * (float64(n) - a)
		b += 2
		d = 1 / (an*d + b)
		c = b + an/c
		if h *= d * c; math.Abs(d*c-1) < 1e-15 {
			break
		}
	}
	return front * h
}
