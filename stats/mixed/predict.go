package mixed

import "math"

var nan = math.NaN()

// Prediction is one random effect predicted from the data (BLUP), with the square root of its variance given the data
// and the estimated parameters (lme4's condVar).
type Prediction struct {
	Group, Level, Term string
	Value, SE          float64
}

// Predictions are the random effects of all groups, in the order of Fit.Random and, within, of the groups' levels:
// b̂ = ΨZ'V⁻¹(y − Xβ̂), Var(b|y) = σ²(Ψ − ΨZ'V⁻¹ZΨ).
func (inf *Inference) Predictions() []Prediction {
	e := inf.predict()
	var out []Prediction
	for k := range inf.l.blocks {
		b := &inf.l.blocks[k]
		levels := inf.d.Groups[b.group].Levels
		for g, level := range levels {
			x := e.block[k][g]
			for i, term := range b.terms {
				out = append(out, Prediction{inf.d.Groups[b.group].Name, level, term, x.value[i], x.se[i]})
			}
		}
	}
	return out
}

// Residuals are the residuals of every row of the design, in its order.
type Residuals struct {
	SourceRow    []int32
	Fitted       []float64 // Xβ̂ + Zb̂
	Marginal     []float64 // y − Xβ̂
	Conditional  []float64 // y − Xβ̂ − Zb̂
	Standardised []float64 // Conditional over the residual SD (of its visit, in an MMRM)
}

// Residuals computes them.
func (inf *Inference) Residuals() Residuals {
	e := inf.predict()
	n := len(inf.d.Y)
	out := Residuals{SourceRow: inf.d.SourceRow, Fitted: make([]float64, n), Marginal: make([]float64, n), Conditional: make([]float64, n), Standardised: make([]float64, n)}
	w := make([]float64, len(inf.z))
	for row, y := range inf.d.Y {
		inf.m.basis.row(w, inf.d, row)
		r := 0.0
		for k, v := range w {
			r += v * inf.z[k]
		}
		r *= inf.m.basis.scale
		out.Marginal[row] = r
		out.Conditional[row] = r - e.row[row]
		out.Fitted[row] = y - out.Conditional[row]
		sd := inf.sigma * inf.m.basis.scale
		if inf.l.structure != Independent {
			t := int(inf.l.visit[row])
			sd *= math.Sqrt(inf.c.sigma0[t*inf.l.visits+t])
		}
		out.Standardised[row] = out.Conditional[row] / sd
	}
	return out
}

type predictedGroup struct{ value, se []float64 }

type predicted struct {
	block [][]predictedGroup // per block, per level of its group
	row   []float64          // Zb̂
}

// predict computes unit by unit, without the covariance of its rows: in the unit's space b̂ = Φq with q = u − HΓu, and
// given b the patients' effects G(F'e − A'b).
func (inf *Inference) predict() *predicted {
	inf.settle()
	l, c, p := inf.l, inf.c, &predicted{row: make([]float64, len(inf.d.Y))}
	scale := inf.m.basis.scale
	for k := range l.blocks {
		p.block = append(p.block, make([]predictedGroup, len(inf.d.Groups[l.blocks[k].group].Levels)))
	}
	du := l.du
	patients := inf.patientRows()
	zu := make([]float64, max(du, 1))
	for u, rows := range inf.units {
		b := make([]float64, du)
		gam := make([]float64, du*du)
		if l.nested && du > 0 {
			h, gu := c.h[u*du*du:(u+1)*du*du], c.gam[u*du*du:(u+1)*du*du]
			copy(gam, gu)
			uz := make([]float64, du)
			dots(uz, c.u[u*du*inf.m.dim:(u+1)*du*inf.m.dim], c.z, inf.m.dim)
			multiply(b, gam, uz, du, du, 1)
			q, hgh := make([]float64, du), make([]float64, du*du) // q, H − HΓH
			t := make([]float64, du*du)
			multiply(q, h, b, du, du, 1)
			for i := range q {
				q[i] = uz[i] - q[i]
			}
			multiply(t, h, gam, du, du, du)
			multiply(hgh, t, h, du, du, du)
			for i := range hgh {
				hgh[i] = h[i] - hgh[i]
			}
			inf.unitEffects(p, u, rows, q, hgh)
			for _, row := range rows {
				l.unitRow(zu, int(row))
				s := 0.0
				for i := range du {
					s += zu[i] * b[i]
				}
				p.row[row] += scale * s
			}
		}
		if l.qp == 0 {
			continue
		}
		for _, j := range inf.patientsOf(rows) {
			inf.patientEffects(p, j, patients[j], b, gam)
		}
	}
	return p
}

func (inf *Inference) patientRows() [][]int32 {
	out := make([][]int32, len(inf.d.Groups[inf.l.lowest].Levels))
	for row, j := range inf.l.patient {
		out[j] = append(out[j], int32(row))
	}
	return out
}

// patientsOf lists the patients of rows, each once.
func (inf *Inference) patientsOf(rows []int32) (out []int32) {
	seen := map[int32]bool{}
	for _, r := range rows {
		if j := inf.l.patient[r]; !seen[j] {
			seen[j] = true
			out = append(out, j)
		}
	}
	return out
}

// unitEffects: a part of the unit's space with covariance Ψ and map E has mean ΨE'q and variance Ψ − ΨE'(H − HΓH)EΨ.
func (inf *Inference) unitEffects(p *predicted, u int, rows []int32, q, hgh []float64) {
	l := inf.l
	du := l.du
	for k := range l.blocks {
		b := &l.blocks[k]
		switch b.level {
		case unitLevel:
			e := make([]float64, du*b.q)
			for a := range du {
				for i := range b.q {
					if l.e != nil {
						e[a*b.q+i] = l.e[a*l.qu+b.at+i]
					} else {
						e[a*b.q+i] = is(a == b.at+i)
					}
				}
			}
			p.block[k][u] = inf.posterior(b, e, q, hgh, du)
		case middleLevel:
			of := inf.d.Groups[b.group].Of
			for _, row := range rows {
				if p.block[k][of[row]].value != nil {
					continue
				}
				e := make([]float64, du)
				for a := range du {
					e[a] = is(l.mask[a] && a == int(l.middle[row])+du-inf.middleCount())
				}
				p.block[k][of[row]] = inf.posterior(b, e, q, hgh, du)
			}
		}
	}
}

// middleCount is how many middle groups a unit may hold.
func (inf *Inference) middleCount() int {
	n := 0
	for _, yes := range inf.l.mask {
		if yes {
			n++
		}
	}
	return n
}

func (inf *Inference) posterior(b *block, e, q, hgh []float64, du int) predictedGroup {
	n := b.q
	psi := b.scaledCovariance(inf.theta)
	eq, pe := make([]float64, n), make([]float64, n*du)
	transposedMultiply(eq, e, q, du, n, 1)
	mean := make([]float64, n)
	multiply(mean, psi, eq, n, n, 1)
	multiplyT(pe, psi, e, n, n, du) // ΨE'
	t, v := make([]float64, n*du), make([]float64, n*n)
	multiply(t, pe, hgh, n, du, du)
	multiplyT(v, t, pe, n, du, n)
	for i := range v {
		v[i] = psi[i] - v[i]
	}
	return inf.natural(b, mean, v)
}

// patientEffects: b_j has mean G(F'e − A'b) and variance G + GA'ΓAG.
func (inf *Inference) patientEffects(p *predicted, j int32, rows []int32, b, gam []float64) {
	l, du, k := inf.l, inf.l.du, inf.l.qp
	pt := inf.m.general.patternFor(l, rows)
	w := patWork{q: make([]float64, k*k)}
	work := [2][]float64{make([]float64, k*k), make([]float64, k*k)}
	woodburyFactor(w.q, inf.c.pp, pt.n, work[0], work[1], k)
	g := make([]float64, k*k)
	multiplyT(g, w.q, w.q, k, k, k)
	f := make([]float64, k)
	_, e := inf.rowsOf(rows)
	for a, row := range rows {
		for i := range k {
			f[i] += l.zp[int(row)*k+i] * e[a]
		}
	}
	ab := make([]float64, k)
	if l.nested && du > 0 {
		transposedMultiply(ab, pt.a, b, du, k, 1)
	}
	for i := range f {
		f[i] -= ab[i]
	}
	mean, v := make([]float64, k), append([]float64{}, g...)
	multiply(mean, g, f, k, k, 1)
	if l.nested && du > 0 {
		ga, t := make([]float64, k*du), make([]float64, k*du)
		multiplyT(ga, g, pt.a, k, k, du)
		multiply(t, ga, gam, k, du, du)
		add := make([]float64, k*k)
		multiplyT(add, t, ga, k, du, k)
		axpy(v, add, 1)
	}
	for n := range l.blocks {
		if bl := &l.blocks[n]; bl.level == patientLevel {
			part := make([]float64, bl.q*bl.q)
			for i := range bl.q {
				for m := range bl.q {
					part[i*bl.q+m] = v[(bl.at+i)*k+bl.at+m]
				}
			}
			p.block[n][j] = inf.natural(bl, mean[bl.at:bl.at+bl.q], part)
		}
	}
	for _, row := range rows {
		s := 0.0
		for i := range k {
			s += l.zp[int(row)*k+i] * mean[i]
		}
		p.row[row] += inf.m.basis.scale * s
	}
}

// patternFor is patternOf with a layout that still has its rows.
func (g *general) patternFor(l *layout, rows []int32) pattern {
	with := &general{layout: l}
	return with.patternOf(rows)
}

// scaledCovariance is ΛΛ' of a block.
func (b *block) scaledCovariance(x []float64) []float64 {
	l, out := make([]float64, b.q*b.q), make([]float64, b.q*b.q)
	for i := range b.q {
		for j := range i + 1 {
			l[i*b.q+j] = x[b.at2(i, j)]
		}
	}
	multiplyT(out, l, l, b.q, b.q, b.q)
	return out
}

// natural carries effects of the scaled columns and their variance to the terms and the outcome's scale: b = r⁻¹b*.
func (inf *Inference) natural(b *block, mean, v []float64) predictedGroup {
	q := b.q
	solve := func(x []float64) {
		for i := q - 1; i >= 0; i-- {
			s := x[i]
			for k := i + 1; k < q; k++ {
				s -= b.r[i*q+k] * x[k]
			}
			x[i] = s / b.r[i*q+i]
		}
	}
	scale := inf.m.basis.scale
	out := predictedGroup{value: append([]float64{}, mean...), se: make([]float64, q)}
	solve(out.value)
	for i := range q {
		out.value[i] *= scale
		row := make([]float64, q) // row i of r⁻¹
		for j := range q {
			e := make([]float64, q)
			e[j] = 1
			solve(e)
			row[j] = e[i]
		}
		out.se[i] = scale * inf.sigma * math.Sqrt(max(0, bilinear(row, v, row)))
	}
	return out
}
