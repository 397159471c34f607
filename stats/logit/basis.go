package logit

import "math"

// rankTolerance is the share of a column's length that must be left after the columns before it; R's lm and lme4 use
// the same.
const rankTolerance = 1e-7

// basis carries coefficients between the terms and the coordinates in which the criterion is maximised: x = R'z with
// Z'Z = n I over the rows used, so that a step of one is a step of one standard deviation in every direction and a
// finite difference needs no scale. Under the cumulative logit the constant is the first column and is then taken by
// the thresholds.
type basis struct {
	p        int       // columns given
	kept     []int     // columns kept, ascending
	r        []float64 // kept×kept, row-major upper triangle: x = R'z
	null     [][]float64
	constant bool // the first column is a constant that is not among the terms
}

// column of x that is column j of the basis's input; the constant, if there is one, comes first.
func (b *basis) at(x []float64, p, row, j int) float64 {
	if b.constant {
		if j == 0 {
			return 1
		}
		j--
	}
	return x[row*p+j]
}

// newBasis orthonormalises the columns of x (n×p, rows listed) by Gram and Schmidt, each column twice. Columns that
// those before them determine are left out; null holds one vector v of length p a column left out, with x'v = 0 in
// every row listed. z is rows×kept.
func newBasis(x []float64, p int, rows []int32, constant bool) (b *basis, z []float64) {
	b = &basis{p: p, constant: constant}
	total := p
	if constant {
		total++
	}
	n := len(rows)
	var q [][]float64
	var coef [][]float64 // of every kept column, and in the end of every column, on the q
	for j := range total {
		c := make([]float64, n)
		length := 0.0
		for k, row := range rows {
			c[k] = b.at(x, p, int(row), j)
			length += c[k] * c[k]
		}
		on := make([]float64, len(q), len(q)+1)
		for range 2 {
			for i, v := range q {
				dot := 0.0
				for k := range c {
					dot += v[k] * c[k]
				}
				dot /= float64(n)
				on[i] += dot
				for k := range c {
					c[k] -= dot * v[k]
				}
			}
		}
		rest := 0.0
		for _, v := range c {
			rest += v * v
		}
		if rest <= rankTolerance*rankTolerance*length || rest == 0 {
			b.null = append(b.null, b.dependence(coef, on, j))
			continue
		}
		scale := math.Sqrt(rest / float64(n))
		for k := range c {
			c[k] /= scale
		}
		q, b.kept = append(q, c), append(b.kept, j)
		coef = append(coef, append(on, scale))
	}
	k := len(q)
	b.r = make([]float64, k*k)
	for j, on := range coef {
		for i, v := range on {
			b.r[i*k+j] = v
		}
	}
	z = make([]float64, n*k)
	for j, c := range q {
		for row, v := range c {
			z[row*k+j] = v
		}
	}
	return b, z
}

// dependence is the vector v with x'v = 0 that says how column j follows from the columns kept.
func (b *basis) dependence(coef [][]float64, on []float64, j int) []float64 {
	k := len(coef)
	t := append([]float64(nil), on...)
	for i := k - 1; i >= 0; i-- { // R t = on
		t[i] /= coef[i][i]
		for l := range i {
			t[l] -= coef[i][l] * t[i]
		}
	}
	total := b.p
	if b.constant {
		total++
	}
	v := make([]float64, total)
	v[j] = 1
	for i, c := range b.kept {
		v[c] = -t[i]
	}
	for i, x := range v { // dust of the arithmetic
		if math.Abs(x) < 1e-9 {
			v[i] = 0
		}
	}
	return v
}

// solve sets out (kept) to R⁻¹γ: the coefficients of the kept columns of x.
func (b *basis) solve(out, gamma []float64) {
	k := len(b.kept)
	for i := k - 1; i >= 0; i-- {
		v := gamma[i]
		for j := i + 1; j < k; j++ {
			v -= b.r[i*k+j] * out[j]
		}
		out[i] = v / b.r[i*k+i]
	}
}
