package mixed

import (
	"fmt"
	"math"
)

// sandwich is a cluster-robust covariance of the fixed effects with clusters = units and the fitted covariance V as
// the working model (clubSandwich; Pustejovsky and Tipton 2018, J Bus Econ Stat 36, 672):
//
//	Cov = A [Σ X_i'V_i⁻¹A_i e_i e_i'A_i'V_i⁻¹X_i] A,  A = (X'V⁻¹X)⁻¹
//	CR0: A_i = I;  CR1: CR0 times G/(G−1)
//	CR2: A_i = L (B_i)^(−1/2) L', V_i = LL', B_i = L'(V_i − X_iAX_i')L
//
// and Satterthwaite degrees of freedom (Bell and McCaffrey 2002) for l'β under the working model:
// with t_i = A_i'V_i⁻¹X_iAl and p_ij = [i=j] t_i'V_it_i − t_i'X_iAX_j't_j, df = (Σp_ii)²/Σp_ij².
type sandwich struct {
	factor float64
	units  []sandwichUnit
}

// sandwichUnit holds, per unit, the p×p matrices with which t_i enters, so that any l can be tested.
type sandwichUnit struct {
	score []float64 // X_i'V_i⁻¹A_ie_i
	tvt   []float64 // X_i'V_i⁻¹A_i V_i A_i'V_i⁻¹X_i
	xt    []float64 // X_i'A_i'V_i⁻¹X_i
}

func (inf *Inference) sandwichOf(kind Robust) (*sandwich, error) {
	if s := inf.robust[kind]; s != nil {
		return s, nil
	}
	units := len(inf.units)
	s := &sandwich{factor: 1}
	switch kind {
	case CR0, CR2:
	case CR1:
		s.factor = float64(units) / float64(units-1)
	default:
		return nil, fmt.Errorf("the robust covariance %s is not known; known are cr0, cr1, cr2", kind)
	}
	if err := inf.dense("the robust covariance"); err != nil {
		return nil, err
	}
	for u, rows := range inf.units {
		unit, ok := inf.sandwichUnit(rows, kind)
		if !ok {
			return nil, fmt.Errorf("the robust covariance cannot be computed: the covariance of the rows of %s %s is singular", inf.d.Groups[0].Name, inf.d.Groups[0].Levels[u])
		}
		s.units = append(s.units, unit)
	}
	inf.robust[kind] = s
	return s, nil
}

func (inf *Inference) sandwichUnit(rows []int32, kind Robust) (out sandwichUnit, ok bool) {
	v := inf.covarianceOf(rows)
	x, e := inf.rowsOf(rows)
	if kind == CR2 { // for its eigenvalues only
		v, x, e = inf.inSpan(rows, v, x, e)
	}
	n, p := len(e), len(inf.m.basis.kept)
	if !cholesky(v, n) {
		return out, false
	}
	xw, ew := append([]float64{}, x...), append([]float64{}, e...)
	whiten(v, xw, n, p)
	whiten(v, ew, n, 1)
	out = sandwichUnit{score: make([]float64, p), tvt: make([]float64, p*p), xt: make([]float64, p*p)}
	left := xw // rows of L'A_i'V_i⁻¹X_i, so that tvt = left'left and score = left'ẽ
	if kind == CR2 {
		left = inf.adjust(v, x, xw, n, p)
	}
	transposedMultiply(out.tvt, left, left, n, p, p)
	transposedMultiply(out.xt, xw, left, n, p, p)
	transposedMultiply(out.score, left, ew, n, p, 1)
	return out, true
}

// inSpan carries a unit's covariance, covariates and residuals into the span of its covariates and random effects. Outside
// of it V_i and B_i are the identity and X_i is zero, so nothing else enters, and the span has far fewer dimensions than
// the unit has rows. Residuals that are correlated over visits leave no such rest: all rows stay.
func (inf *Inference) inSpan(rows []int32, v, x, e []float64) (vq, xq, eq []float64) {
	n := len(rows)
	if inf.l.structure != Independent {
		return v, x, e
	}
	q := inf.span(rows, x)
	m, p := len(q)/n, len(x)/n
	if m >= n {
		return v, x, e
	}
	half := make([]float64, m*n)
	vq, xq, eq = make([]float64, m*m), make([]float64, m*p), make([]float64, m)
	multiplyT(half, q, v, m, n, n) // v is symmetric
	multiplyT(vq, half, q, m, n, m)
	multiply(xq, q, x, m, n, p)
	multiply(eq, q, e, m, n, 1)
	return vq, xq, eq
}

// span is an orthonormal basis, a row a vector, of the space of a unit's random effects and covariates x (n×p).
func (inf *Inference) span(rows []int32, x []float64) (q []float64) {
	l, n := inf.l, len(rows)
	vector, first := make([]float64, n), 0
	add := func() { // what is new in vector, against the basis from its first one on
		before := math.Sqrt(dot(vector, vector))
		for range 2 {
			for k := first; k < len(q); k += n {
				axpy(vector, q[k:k+n], -dot(vector, q[k:k+n]))
			}
		}
		if after := math.Sqrt(dot(vector, vector)); after > 1e-9*before {
			for a := range vector {
				vector[a] /= after
			}
			q = append(q, vector...)
		}
	}
	patients := map[int32][]int{} // rows of a patient
	for a, r := range rows {
		patients[l.patient[r]] = append(patients[l.patient[r]], a)
	}
	for a, r := range rows {
		of := patients[l.patient[r]]
		if of[0] != a {
			continue
		}
		first = len(q) // patients share no row
		for k := range l.qp {
			clear(vector)
			for _, b := range of {
				vector[b] = l.zp[int(rows[b])*l.qp+k]
			}
			add()
		}
	}
	first = 0
	columns := func(z func(a int) []float64, k int) {
		for j := range k {
			for a := range vector {
				vector[a] = z(a)[j]
			}
			add()
		}
	}
	if l.nested {
		zu := inf.unitRows(rows)
		columns(func(a int) []float64 { return zu[a] }, l.du)
	}
	p := len(x) / n
	columns(func(a int) []float64 { return x[a*p : (a+1)*p] }, p)
	return q
}

func dot(x, y []float64) float64 {
	s := 0.0
	for k, v := range x {
		s += v * y[k]
	}
	return s
}

// adjust is L'A_i'V_i⁻¹X_i for CR2: with A_i = L S L', S = B^(−1/2) symmetric, A_i'V_i⁻¹X_i = L S L'L⁻ᵀL⁻¹X = L S X̃, so
// L'L S X̃.
func (inf *Inference) adjust(l, x, xw []float64, n, p int) []float64 {
	ll := make([]float64, n*n) // L'L
	for i := range n {
		for j := range i + 1 {
			s := 0.0
			for k := i; k < n; k++ {
				s += l[k*n+i] * l[k*n+j]
			}
			ll[i*n+j], ll[j*n+i] = s, s
		}
	}
	b := make([]float64, n*n) // (L'L)² − (L'X)A(L'X)'
	multiplyT(b, ll, ll, n, n, n)
	lx, lxa := make([]float64, n*p), make([]float64, n*p)
	transposedMultiply(lx, l, x, n, n, p)
	multiply(lxa, lx, inf.a, n, p, p)
	for i := range n {
		for j := range n {
			s := 0.0
			for k := range p {
				s += lxa[i*p+k] * lx[j*p+k]
			}
			b[i*n+j] -= s
		}
	}
	w, v := eigen(b, n)
	t, out := make([]float64, n*p), make([]float64, n*p)
	transposedMultiply(t, v, xw, n, n, p)
	for i := range n {
		f := 0.0
		if w[i] > 1e-12 {
			f = 1 / math.Sqrt(w[i])
		}
		for j := range p {
			t[i*p+j] *= f
		}
	}
	multiply(out, v, t, n, n, p)
	copy(t, out)
	multiply(out, ll, t, n, n, p)
	return out
}

// test is the robust variance of l'β_z (over basis.scale²) and its degrees of freedom; a is (X'V⁻¹X)⁻¹.
func (s *sandwich) test(l, a []float64) (variance, df float64) {
	p := len(l)
	al := make([]float64, p)
	multiply(al, a, l, p, p, 1)
	g := len(s.units)
	diagonal, xt := make([]float64, g), make([]float64, g*p)
	for i := range s.units {
		u := &s.units[i]
		c := 0.0
		for k, v := range u.score {
			c += al[k] * v
		}
		variance += c * c
		diagonal[i] = bilinear(al, u.tvt, al)
		multiply(xt[i*p:(i+1)*p], u.xt, al, p, p, 1)
	}
	sum, squares := 0.0, 0.0
	axt := make([]float64, p)
	for i := range g {
		multiply(axt, a, xt[i*p:(i+1)*p], p, p, 1)
		for j := range g {
			v := 0.0
			for k, x := range axt {
				v -= x * xt[j*p+k]
			}
			if i == j {
				v += diagonal[i]
				sum += v
			}
			squares += v * v
		}
	}
	return s.factor * variance, sum * sum / squares
}

// covariance sets out to the robust covariance of β_z (over basis.scale²).
func (s *sandwich) covariance(out, a []float64) {
	p := int(math.Sqrt(float64(len(a))))
	as := make([]float64, p)
	clear(out)
	for i := range s.units {
		multiply(as, a, s.units[i].score, p, p, 1)
		for j := range p {
			axpy(out[j*p:(j+1)*p], as, s.factor*as[j])
		}
	}
}
