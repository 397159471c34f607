package mixed

import (
	"errors"
	"math"
)

// kenwardRoger is the adjusted covariance and the degrees of freedom of Kenward and Roger (1997, Biometrics 53, 983),
// as pbkrtest: V linear in its variances and covariances ψ_r,
//
//	P_r = −X'V⁻¹V_rV⁻¹X,  Q_rs = X'V⁻¹V_rV⁻¹V_sV⁻¹X,  Φ = (X'V⁻¹X)⁻¹
//	I_rs = tr(V⁻¹V_rV⁻¹V_s) − 2tr(ΦQ_rs) + tr(ΦP_rΦP_s),  W = 2I⁻¹
//	Φ_A = Φ + 2Φ[Σ W_rs (Q_rs − P_rΦP_s)]Φ
//	df = 2(l'Φl)² / Σ W_rs (l'ΦP_rΦl)(l'ΦP_sΦl)
//
// for one linear combination. Where the residual covariance is not linear in its parameters (ar1h, cs and their like)
// second derivatives are left out.
type kenwardRoger struct {
	adjusted []float64 // p×p, over basis.scale²
	phi      []float64
	pp       [][]float64 // ΦP_rΦ
	w        []float64
}

func (inf *Inference) kenwardRoger() (*kenwardRoger, error) {
	if inf.kr != nil {
		return inf.kr, nil
	}
	if inf.f.Method != REML {
		return nil, errors.New("Kenward-Roger needs REML")
	}
	if err := inf.dense("Kenward-Roger"); err != nil {
		return nil, err
	}
	ds := inf.derivatives()
	n, p := len(ds), len(inf.m.basis.kept)
	k := &kenwardRoger{phi: make([]float64, p*p)}
	s2 := inf.sigma * inf.sigma
	for j, v := range inf.a {
		k.phi[j] = s2 * v
	}
	info := make([]float64, n*n)
	pr, qrs := make([][]float64, n), make([][]float64, n*n)
	for r := range n {
		pr[r] = make([]float64, p*p)
		for s := range r + 1 {
			qrs[r*n+s] = make([]float64, p*p)
		}
	}
	for _, rows := range inf.units {
		inf.unitInformation(rows, ds, info, pr, qrs)
	}
	inf.kr = k
	return k, k.finish(info, pr, qrs, n, p)
}

// finish puts the sums over units together.
func (k *kenwardRoger) finish(info []float64, pr, qrs [][]float64, n, p int) error {
	t, pf := make([]float64, p*p), make([][]float64, n)
	for r := range n {
		pf[r] = make([]float64, p*p)
		multiply(pf[r], k.phi, pr[r], p, p, p) // ΦP_r
		pp := make([]float64, p*p)
		multiply(pp, pf[r], k.phi, p, p, p)
		k.pp = append(k.pp, pp)
	}
	for r := range n {
		for s := range r + 1 {
			v := info[r*n+s]
			for i := range p {
				for j := range p {
					v += pf[r][i*p+j]*pf[s][j*p+i] - k.phi[i*p+j]*(qrs[r*n+s][j*p+i]+qrs[r*n+s][i*p+j])
				}
			}
			info[r*n+s], info[s*n+r] = v, v
		}
	}
	k.w = scaledInverse(info, n)
	if k.w == nil {
		return errors.New("the expected information of the variances is singular: Kenward-Roger cannot be computed")
	}
	u := make([]float64, p*p)
	for r := range n {
		for s := range r + 1 {
			f := 2 * k.w[r*n+s]
			if r != s {
				f *= 2
			}
			multiply(t, pr[r], pf[s], p, p, p) // P_rΦP_s
			for i := range p {
				for j := range p {
					u[i*p+j] += f * ((qrs[r*n+s][i*p+j]+qrs[r*n+s][j*p+i])/2 - (t[i*p+j]+t[j*p+i])/2)
				}
			}
		}
	}
	for j := range k.w {
		k.w[j] *= 2
	}
	k.adjusted = make([]float64, p*p)
	multiply(t, k.phi, u, p, p, p)
	multiply(k.adjusted, t, k.phi, p, p, p)
	for j := range k.adjusted {
		k.adjusted[j] = k.phi[j] + 2*k.adjusted[j]
	}
	return nil
}

// scaledInverse inverts a symmetric positive definite matrix whose rows may differ in scale; nil when it is singular.
func scaledInverse(x []float64, n int) []float64 {
	s := make([]float64, n)
	for i := range n {
		if !(x[i*n+i] > 0) {
			return nil
		}
		s[i] = 1 / math.Sqrt(x[i*n+i])
	}
	y := make([]float64, n*n)
	for i := range n {
		for j := range n {
			y[i*n+j] = x[i*n+j] * s[i] * s[j]
		}
	}
	out, ok := inverse(y, n)
	if !ok {
		return nil
	}
	for i := range n {
		for j := range n {
			out[i*n+j] *= s[i] * s[j]
		}
	}
	return out
}

func (k *kenwardRoger) df(l []float64) float64 {
	g := make([]float64, len(k.pp))
	for r, pp := range k.pp {
		g[r] = bilinear(l, pp, l)
	}
	v := bilinear(l, k.phi, l)
	return 2 * v * v / bilinear(g, k.w, g)
}

// derivative is ∂V/∂ψ for one variance or covariance: its value at rows a and b of one unit.
type derivative func(a, b int32) float64

// derivatives lists ∂V/∂ψ_r in units of basis.scale²: of every element of every block, then of the residual.
func (inf *Inference) derivatives() []derivative {
	var out []derivative
	l := inf.l
	for k := range l.blocks {
		b := &l.blocks[k]
		if b.level == middleLevel {
			of := inf.d.Groups[b.group].Of
			out = append(out, func(r, s int32) float64 { return is(of[r] == of[s]) })
			continue
		}
		z, width, same := l.zu, l.qu, inf.d.Groups[0].Of
		if b.level == patientLevel {
			z, width, same = l.zp, l.qp, l.patient
		}
		for i := range b.q {
			for j := range i + 1 {
				out = append(out, func(r, s int32) float64 {
					if same[r] != same[s] {
						return 0
					}
					x := z[int(r)*width+b.at+i] * z[int(s)*width+b.at+j]
					if i != j {
						x += z[int(r)*width+b.at+j] * z[int(s)*width+b.at+i]
					}
					return x
				})
			}
		}
	}
	if l.structure == Independent {
		return append(out, func(r, s int32) float64 { return is(r == s) })
	}
	return append(out, inf.residualDerivatives()...)
}

func is(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func (inf *Inference) residualDerivatives() []derivative {
	l := inf.l
	t := l.visits
	within := func(d []float64) derivative {
		return func(r, s int32) float64 {
			if l.patient[r] != l.patient[s] {
				return 0
			}
			return d[int(l.visit[r])*t+int(l.visit[s])]
		}
	}
	var out []derivative
	if l.structure == Unstructured {
		for a := range t {
			for b := range a + 1 {
				d := make([]float64, t*t)
				d[a*t+b], d[b*t+a] = 1, 1
				out = append(out, within(d))
			}
		}
		return out
	}
	out = append(out, within(append([]float64{}, inf.c.sigma0...)))
	x := append([]float64{}, inf.theta[l.residual:]...)
	for k := range x {
		const h = 1e-5
		up, down := make([]float64, t*t), make([]float64, t*t)
		at := x[k]
		x[k] = at + h
		residualCov(up, x, l.structure, t)
		x[k] = at - h
		residualCov(down, x, l.structure, t)
		x[k] = at
		for j := range up {
			up[j] = inf.sigma * inf.sigma * (up[j] - down[j]) / (2 * h)
		}
		out = append(out, within(up))
	}
	return out
}

// unitInformation adds one unit's part: with V = LL', K_r = L⁻¹V_rL⁻ᵀ and X̃ = L⁻¹X, tr K_rK_s, −X̃'K_rX̃ and
// (K_rX̃)'(K_sX̃).
func (inf *Inference) unitInformation(rows []int32, ds []derivative, info []float64, pr, qrs [][]float64) {
	n, p := len(rows), len(inf.m.basis.kept)
	v := inf.covarianceOf(rows)
	s2 := inf.sigma * inf.sigma
	for k := range v {
		v[k] *= s2
	}
	if !cholesky(v, n) {
		return
	}
	x, _ := inf.rowsOf(rows)
	whiten(v, x, n, p)
	ks, kx := make([][]float64, len(ds)), make([][]float64, len(ds))
	for r, d := range ds {
		k := make([]float64, n*n)
		for a, ra := range rows {
			for b := range a + 1 {
				y := d(ra, rows[b])
				k[a*n+b], k[b*n+a] = y, y
			}
		}
		whiten(v, k, n, n)
		for a := range n { // transpose, then whiten the other side
			for b := range a {
				k[a*n+b], k[b*n+a] = k[b*n+a], k[a*n+b]
			}
		}
		whiten(v, k, n, n)
		ks[r], kx[r] = k, make([]float64, n*p)
		multiply(kx[r], k, x, n, n, p)
		t := make([]float64, p*p)
		transposedMultiply(t, x, kx[r], n, p, p)
		axpy(pr[r], t, -1)
		for s := range r + 1 {
			sum := 0.0
			for j, y := range ks[s] {
				sum += y * k[j]
			}
			info[r*len(ds)+s] += sum
			transposedMultiply(t, kx[r], kx[s], n, p, p)
			axpy(qrs[r*len(ds)+s], t, 1)
		}
	}
}

// whiten replaces x (n×p) by L⁻¹x.
func whiten(l, x []float64, n, p int) {
	for i := range n {
		row := x[i*p : (i+1)*p]
		for k := range i {
			if f := l[i*n+k]; f != 0 {
				axpy(row, x[k*p:(k+1)*p], -f)
			}
		}
		d := 1 / l[i*n+i]
		for j := range row {
			row[j] *= d
		}
	}
}
