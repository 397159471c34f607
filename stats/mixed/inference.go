package mixed

import (
	"fmt"
	"math"
)

// Inference answers what a fit alone cannot: degrees of freedom, adjusted and robust covariances, predictions,
// residuals and profiles. It goes back to the rows of the design, so it belongs to the fit on all rows, not to
// replicates.
type Inference struct {
	m     *Model // with the general criterion, whatever the model
	d     *Design
	f     *Fit
	l     *layout
	c     *gcriterion
	theta []float64
	sigma float64   // residual SD in units of basis.scale
	a     []float64 // p×p: M_xx⁻¹ in the orthonormal basis, Cov(β_z)/σ²
	z     []float64 // (−β_z, 1) without padding

	units  [][]int32 // rows of each unit
	satt   *satterthwaite
	kr     *kenwardRoger
	robust map[Robust]*sandwich
}

// DF is how many degrees of freedom a t statistic gets.
type DF string

const (
	Normal        DF = "none"          // the normal distribution
	Satterthwaite DF = "satterthwaite" // of the model-based or the robust standard error
	KenwardRoger  DF = "kr"            // with the adjusted standard error; REML only
)

// Robust is a cluster-robust covariance, the clusters being the upper groups.
type Robust string

const (
	NotRobust Robust = ""
	CR0       Robust = "cr0"
	CR1       Robust = "cr1" // CR0 times G/(G−1), as Stata's vce(robust)
	CR2       Robust = "cr2" // bias-reduced (Bell and McCaffrey 2002; Pustejovsky and Tipton 2018)
)

// Tested is a linear combination of fixed effects with its standard error and degrees of freedom (NaN: normal).
type Tested struct{ Estimate, SE, DF float64 }

// NewInference prepares inference for the fit of a design.
func (m *Model) NewInference(d *Design, f *Fit) (*Inference, error) {
	inf := &Inference{d: d, f: f, robust: map[Robust]*sandwich{}}
	general := *m
	inf.m = &general
	inf.theta = f.Theta
	if m.general == nil {
		general.names, general.levels = nil, nil
		if err := general.reduceGeneral(d); err != nil {
			return nil, err
		}
		for _, c := range f.Random {
			inf.theta = append(inf.theta, math.Sqrt(c.Variance/f.Residual))
		}
	}
	var err error
	if inf.l, err = newLayout(d); err != nil { // with the rows, which the model has let go
		return nil, err
	}
	inf.c = inf.m.newGcriterion(f.Method)
	inf.m.drawGeneral(inf.c.x, nil)
	inf.settle()
	p := len(m.basis.kept)
	inf.z = append([]float64{}, inf.c.z[m.pad:]...)
	inf.sigma = math.Sqrt(inf.c.r / inf.c.df())
	inf.a = make([]float64, p*p)
	inf.scaledCov(inf.a)
	inf.units = make([][]int32, m.levels[0])
	for row, u := range d.Groups[0].Of {
		inf.units[u] = append(inf.units[u], int32(row))
	}
	return inf, nil
}

// settle puts the criterion back at the fit.
func (inf *Inference) settle() {
	inf.c.sigma = 0
	if !inf.c.evaluate(inf.theta, true) {
		panic("mixed: the fit does not belong to the design")
	}
}

// scaledCov sets a (p×p) to M_xx⁻¹ at the criterion's point.
func (inf *Inference) scaledCov(a []float64) {
	m, dim := inf.m, inf.m.dim
	p := len(m.basis.kept)
	v, root, square := make([]float64, triangle(dim)), make([]float64, dim*dim), make([]float64, dim*dim)
	invertXX(v, root, inf.c.m, inf.c.inv, m.pad, dim)
	expand(square, v, dim)
	for i := range p {
		copy(a[i*p:(i+1)*p], square[(m.pad+i)*dim+m.pad:])
	}
}

// Test is the linear combination l (one coefficient per kept term) with the standard error and degrees of freedom asked
// for.
func (inf *Inference) Test(l []float64, df DF, robust Robust) (Tested, error) {
	t := Tested{DF: math.NaN()}
	for k, x := range l {
		t.Estimate += x * inf.f.Beta[k]
	}
	lz := inf.toBasis(l)
	variance := inf.sigma * inf.sigma * bilinear(lz, inf.a, lz)
	switch {
	case robust != NotRobust:
		s, err := inf.sandwichOf(robust)
		if err != nil {
			return t, err
		}
		v, n := s.test(lz, inf.a)
		variance = v
		if df == Satterthwaite {
			t.DF = n
		}
	case df == Satterthwaite:
		s, err := inf.satterthwaite()
		if err != nil {
			return t, err
		}
		t.DF = s.df(lz)
	case df == KenwardRoger:
		k, err := inf.kenwardRoger()
		if err != nil {
			return t, err
		}
		variance = bilinear(lz, k.adjusted, lz)
		t.DF = k.df(lz)
	}
	t.SE = inf.m.basis.scale * math.Sqrt(max(variance, 0))
	return t, nil
}

// toBasis carries a linear combination of coefficients to the orthonormal basis: l'β_x = (R⁻ᵀl)'β_z.
func (inf *Inference) toBasis(l []float64) []float64 {
	b := &inf.m.basis
	p := len(b.kept)
	out := append([]float64{}, l...)
	for j := range p {
		out[j] /= b.r[j*p+j]
		for i := j + 1; i < p; i++ {
			out[i] -= out[j] * b.r[j*p+i]
		}
	}
	return out
}

func bilinear(x, a, y []float64) float64 {
	n, s := len(x), 0.0
	for i, u := range x {
		if u != 0 {
			for j, v := range y {
				s += u * a[i*n+j] * v
			}
		}
	}
	return s
}

// maxDense is how many rows a unit may have where its covariance is needed in full.
const maxDense = 1500

func (inf *Inference) dense(what string) error {
	for u, rows := range inf.units {
		if len(rows) > maxDense {
			return fmt.Errorf("%s needs the covariance of all rows of a unit at once; %s %s has %d rows, supported are up to %d", what, inf.d.Groups[0].Name, inf.d.Groups[0].Levels[u], len(rows), maxDense)
		}
	}
	return nil
}

// covarianceOf is V/σ² of the rows of one unit (n×n).
func (inf *Inference) covarianceOf(rows []int32) []float64 {
	n, l := len(rows), inf.l
	v := make([]float64, n*n)
	phi := make([]float64, l.du*l.du)
	multiplyT(phi, inf.c.psi, inf.c.psi, l.du, l.du, l.du)
	psi := make([]float64, l.qp*l.qp)
	multiplyT(psi, inf.c.pp, inf.c.pp, l.qp, l.qp, l.qp)
	zu := inf.unitRows(rows)
	for a, r := range rows {
		for b := range a + 1 {
			s := rows[b]
			x := 0.0
			if l.nested {
				x = bilinear(zu[a], phi, zu[b])
			}
			if l.patient[r] == l.patient[s] {
				if l.structure != Independent {
					x += inf.c.sigma0[int(l.visit[r])*l.visits+int(l.visit[s])]
				} else {
					x += bilinear(l.zp[int(r)*l.qp:int(r+1)*l.qp], psi, l.zp[int(s)*l.qp:int(s+1)*l.qp])
				}
			}
			if a == b && l.structure == Independent {
				x++
			}
			v[a*n+b], v[b*n+a] = x, x
		}
	}
	return v
}

func (inf *Inference) unitRows(rows []int32) [][]float64 {
	out := make([][]float64, len(rows))
	for a, r := range rows {
		out[a] = make([]float64, inf.l.du)
		inf.l.unitRow(out[a], int(r))
	}
	return out
}

// rowsOf are the covariates of rows in the orthonormal basis (n×p) and their residuals from the fixed effects.
func (inf *Inference) rowsOf(rows []int32) (x, e []float64) {
	p := len(inf.m.basis.kept)
	x, e = make([]float64, 0, len(rows)*p), make([]float64, len(rows))
	w := make([]float64, p+1)
	for a, r := range rows {
		inf.m.basis.row(w, inf.d, int(r))
		x = append(x, w[:p]...)
		for k, v := range w {
			e[a] += v * inf.z[k]
		}
	}
	return x, e
}

// Fit is the fit the inference is for.
func (inf *Inference) Fit() *Fit { return inf.f }

// Covariance is the covariance of the fixed effects that goes with Test: model-based, adjusted (Kenward-Roger) or
// robust; len(Terms)², row-major.
func (inf *Inference) Covariance(df DF, robust Robust) ([]float64, error) {
	p := len(inf.f.Terms)
	cz := make([]float64, p*p)
	switch {
	case robust != NotRobust:
		s, err := inf.sandwichOf(robust)
		if err != nil {
			return nil, err
		}
		s.covariance(cz, inf.a)
	case df == KenwardRoger:
		k, err := inf.kenwardRoger()
		if err != nil {
			return nil, err
		}
		copy(cz, k.adjusted)
	default:
		return append([]float64{}, inf.f.Cov...), nil
	}
	unit, basis := make([]float64, p), make([][]float64, p)
	for k := range p {
		unit[k] = 1
		basis[k] = inf.toBasis(unit)
		unit[k] = 0
	}
	out, scale := make([]float64, p*p), inf.m.basis.scale
	for i := range p {
		for j := range i + 1 {
			v := scale * scale * bilinear(basis[i], cz, basis[j])
			out[i*p+j], out[j*p+i] = v, v
		}
	}
	return out, nil
}
