package mixed

// UnitSums are what each unit adds to the normal equations of the fixed effects at a covariance V/σ² of its rows, in an
// orthonormal basis of the p columns: X_i'V_i⁻¹X_i, X_i'V_i⁻¹y_i and X_i'V_i⁻¹e_i, e the residuals from the fixed effects
// (y and e in the outcome's units). They come from the units' sufficient statistics, so
// units of any number of rows have them.
type UnitSums struct {
	P     int
	XX    [][]float64 // per unit, P×P
	XY    [][]float64 // per unit, P
	Score [][]float64 // per unit, P; they add up to zero

	inf *Inference
}

// UnitSums computes them at the fit's covariance.
func (inf *Inference) UnitSums() *UnitSums {
	m, c := inf.m, inf.c
	p, units := len(m.basis.kept), m.levels[0]
	s := &UnitSums{P: p, inf: inf}
	weights := make([]float64, units)
	method := c.method
	c.sigma, c.method, c.hold = 0, ML, true // hold: M is left as it is, not factored
	at := func(r, k int) float64 { return c.m[rowAt(m.pad+max(r, k))+m.pad+min(r, k)] }
	for i := range units {
		weights[i] = 1
		m.drawGeneral(c.x, weights)
		weights[i] = 0
		c.evaluate(inf.theta, false)
		xx, xy, score := make([]float64, p*p), make([]float64, p), make([]float64, p)
		for r := range p {
			xy[r] = m.basis.scale * at(r, p)
			score[r] = xy[r]
			for k := range p {
				xx[r*p+k] = at(r, k)
				score[r] += m.basis.scale * xx[r*p+k] * inf.z[k]
				xy[r] += xx[r*p+k] * m.basis.ols[k]
			}
		}
		s.XX, s.XY, s.Score = append(s.XX, xx), append(s.XY, xy), append(s.Score, score)
	}
	c.method, c.hold = method, false
	m.drawGeneral(c.x, nil)
	inf.settle()
	return s
}

// ToBasis carries a linear combination of the kept terms to the orthonormal basis: R⁻ᵀl, X'X = R'R.
func (inf *Inference) ToBasis(l []float64) []float64 { return inf.toBasis(l) }

// Sigma is the residual SD (in an MMRM: the scale of its covariance) in the outcome's units.
func (inf *Inference) Sigma() float64 { return inf.sigma * inf.m.basis.scale }

// Cov is (X'V⁻¹X)⁻¹, P×P.
func (s *UnitSums) Cov() []float64 { return s.inf.a }

// Coordinates are those, in the orthonormal basis, of columns over the rows of the design that lie in its span: one of
// length P a column. at gives the columns' values in a row.
func (s *UnitSums) Coordinates(columns int, at func(row int, values []float64)) [][]float64 {
	out, w, values := make([][]float64, columns), make([]float64, s.P+1), make([]float64, columns)
	for k := range out {
		out[k] = make([]float64, s.P)
	}
	for row := range s.inf.d.Y {
		s.inf.m.basis.row(w, s.inf.d, row)
		at(row, values)
		for k, v := range values {
			axpy(out[k], w[:s.P], v)
		}
	}
	return out
}
