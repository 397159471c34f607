package mixed

import (
	"fmt"
	"math"
)

// basis carries rows of a design to the coordinates the criterion works in and coefficients back.
//
// The covariates are made orthonormal, so that every later Cholesky factor is safe whatever their units; the outcome
// is replaced by its residual from ordinary regression in units of its SD, so that an outcome of 1,000,000 ± 1 loses
// no digits. Both are exact: the criterion only shifts by a constant (Model.shift) and β_x = R⁻¹(β_ols + scale·β_z).
type basis struct {
	terms   []string // kept
	dropped []string
	kept    []int     // columns of the design that are kept
	columns int       // columns of the design
	r       []float64 // p×p, row-major upper triangle with positive diagonal: X'X = R'R
	ols     []float64 // p: coefficients of the ordinary regression in the orthonormal basis
	scale   float64   // residual SD of that regression
	logDet  float64   // log|R|
	z       []float64 // the rows in the orthonormal basis, while a model of few rows is made
}

// maxKept is how many numbers of z are kept meanwhile: a megabyte.
const maxKept = 1 << 17

// rankTolerance is the share of a column's length that must be left after the columns before it; R's lm and lme4 use
// the same.
const rankTolerance = 1e-7

func newBasis(d *Design) (*basis, error) {
	p := len(d.Terms)
	b := &basis{columns: p}
	full := triangularise(d.X, len(d.Y), p)
	b.keep(full, d.Terms)
	for j := range b.terms {
		b.logDet += math.Log(b.r[j*len(b.terms)+j])
	}
	b.ols = make([]float64, len(b.kept))
	if k := len(b.kept); k*len(d.Y) <= maxKept {
		z := make([]float64, k*len(d.Y))
		for row := range d.Y {
			b.orthonormal(z[row*k:(row+1)*k], d.X[row*p:(row+1)*p])
		}
		b.z = z
	}
	w := make([]float64, len(b.kept))
	for row, y := range d.Y {
		b.covariates(w, d, row)
		for j, z := range w {
			b.ols[j] += z * y
		}
	}
	mean, rss, tss := 0.0, 0.0, 0.0
	for _, y := range d.Y {
		mean += y
	}
	mean /= float64(len(d.Y))
	for row, y := range d.Y {
		b.covariates(w, d, row)
		e := y
		for j, z := range w {
			e -= b.ols[j] * z
		}
		rss += e * e
		tss += (y - mean) * (y - mean)
	}
	if rss <= 1e-18*tss {
		return nil, fmt.Errorf("the covariates explain %s exactly: nothing is left to estimate variances from; is the outcome among the covariates?", d.Response)
	}
	b.scale = math.Sqrt(rss / float64(len(d.Y)))
	return b, nil
}

// triangularise returns the p×p upper triangle R of the QR factorisation of the n×p matrix x, block of rows by block
// of rows, by Householder reflections: as exact as a factorisation of the whole, in little memory.
func triangularise(x []float64, n, p int) []float64 {
	const block = 64
	r := make([]float64, p*p)
	if p == 0 {
		return r
	}
	work := make([]float64, (p+block)*p)
	for from := 0; from < n; from += block {
		rows := min(block, n-from)
		copy(work, r)
		copy(work[p*p:], x[from*p:(from+rows)*p])
		householder(work[:(p+rows)*p], p+rows, p)
		copy(r, work[:p*p])
	}
	return r
}

// householder reduces the n×p matrix a, row-major, to upper triangular form in place (zeros below).
func householder(a []float64, n, p int) {
	dot := make([]float64, p)
	for j := 0; j < p && j < n; j++ {
		norm := 0.0
		for i := j; i < n; i++ {
			norm = math.Hypot(norm, a[i*p+j])
		}
		if norm == 0 {
			continue
		}
		if a[j*p+j] > 0 {
			norm = -norm
		}
		v0 := a[j*p+j] - norm
		top, d := a[j*p+j+1:(j+1)*p], dot[:p-j-1]
		for k, x := range top {
			d[k] = v0 * x
		}
		for i := j + 1; i < n; i++ { // row by row: the columns' products side by side
			axpy(d, a[i*p+j+1:(i+1)*p], a[i*p+j])
		}
		for k := range d {
			d[k] /= norm * v0
			top[k] += d[k] * v0
		}
		a[j*p+j] = norm
		for i := j + 1; i < n; i++ {
			axpy(a[i*p+j+1:(i+1)*p], d, a[i*p+j])
			a[i*p+j] = 0
		}
	}
}

// keep chooses, in order, the columns that those before do not determine, and makes R of them. full is the p×p
// triangle of all columns, which has the same inner products as the design.
func (b *basis) keep(full []float64, terms []string) {
	p := len(terms)
	var unit [][]float64 // orthonormal columns so far
	var coef [][]float64 // column j of R
	for j := range p {
		v := make([]float64, p)
		for i := range p {
			v[i] = full[i*p+j]
		}
		length := norm(v)
		c := make([]float64, len(unit)+1)
		for range 2 { // twice is enough (Kahan, Parlett)
			for k, u := range unit {
				dot := 0.0
				for i := range u {
					dot += u[i] * v[i]
				}
				c[k] += dot
				for i := range u {
					v[i] -= dot * u[i]
				}
			}
		}
		left := norm(v)
		if !(left > rankTolerance*length) {
			b.dropped = append(b.dropped, terms[j])
			continue
		}
		for i := range v {
			v[i] /= left
		}
		c[len(unit)] = left
		unit, coef = append(unit, v), append(coef, c)
		b.kept, b.terms = append(b.kept, j), append(b.terms, terms[j])
	}
	k := len(b.kept)
	b.r = make([]float64, k*k)
	for j, c := range coef {
		for i, x := range c {
			b.r[i*k+j] = x
		}
	}
}

func norm(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s = math.Hypot(s, x)
	}
	return s
}

// orthonormal sets w[:p] to z with R'z = x, x a full row of the design.
func (b *basis) orthonormal(w, x []float64) {
	k := len(b.kept)
	for j, column := range b.kept {
		w[j] = x[column]
	}
	for j := range k {
		r, z := b.r[j*k+j:(j+1)*k], w[j:k]
		z[0] /= r[0]
		axpy(z[1:], r[1:], -z[0])
	}
}

// covariates sets w[:p] to z of a row of the design.
func (b *basis) covariates(w []float64, d *Design, row int) {
	if k := len(b.kept); b.z != nil {
		copy(w, b.z[row*k:(row+1)*k])
		return
	}
	b.orthonormal(w, d.X[row*b.columns:(row+1)*b.columns])
}

// row sets w to the augmented row (z', y) of a row of the design.
func (b *basis) row(w []float64, d *Design, row int) {
	k := len(b.kept)
	b.covariates(w, d, row)
	y := d.Y[row]
	for j := range k {
		y -= w[j] * b.ols[j]
	}
	w[k] = y / b.scale
}

// coefficients sets beta to the coefficients of the kept terms, given z = (−β_z, 1) without padding.
func (b *basis) coefficients(beta, z []float64) {
	k := len(b.kept)
	for i := k - 1; i >= 0; i-- {
		row := b.r[i*k : (i+1)*k]
		v := b.ols[i] - b.scale*z[i]
		for j := i + 1; j < k; j++ {
			v -= row[j] * beta[j]
		}
		beta[i] = v / row[i]
	}
}
