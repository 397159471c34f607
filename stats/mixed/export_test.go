package mixed

import "math"

// LogLikAt is the log-likelihood of a resample at given SDs of the random intercepts, relative to the residual SD.
func (s *Scratch) LogLikAt(weights []float64, patient, unit float64) float64 {
	s.c.model.draw(s.c.x, weights)
	pt := point{a: patient * patient, b: unit * unit}
	s.c.evaluate(&pt, false)
	return -(pt.d + s.c.model.shift(s.c.x, s.c.method)) / 2
}

// Derivatives are D, its gradient and its Hessian at variance ratios (a, b) in a resample.
func (s *Scratch) Derivatives(weights []float64, a, b float64) (d float64, grad [2]float64, hess [3]float64) {
	s.c.model.draw(s.c.x, weights)
	pt := point{a: a, b: b}
	s.c.evaluate(&pt, true)
	return pt.d, pt.grad, pt.hess
}

// Parameters is how many covariance parameters the general criterion has.
func (m *Model) Parameters() int { return m.general.np }

// Criterion is D of the general model at theta on resampled rows, and its gradient.
func (m *Model) Criterion(method Method, weights []float64) func(theta []float64) (float64, []float64, bool) {
	c := m.newGcriterion(method)
	m.drawGeneral(c.x, weights)
	return func(theta []float64) (float64, []float64, bool) {
		ok := c.evaluate(theta, true)
		return c.d, append([]float64{}, c.grad...), ok
	}
}

// ChiSquareTail is the upper tail of a χ² distribution.
func ChiSquareTail(x float64, df int) float64 { return chiSquareTail(x, df) }

// Best is the log-likelihood of a resample found by the search that fits on all rows have, from every start.
func (m *Model) Best(method Method, weights []float64) float64 {
	c := m.newGcriterion(method)
	m.drawGeneral(c.x, weights)
	best, _, reason := c.search()
	if reason != "" {
		return math.NaN()
	}
	return -(best.d + m.shiftOf(c.df(), method)) / 2
}
