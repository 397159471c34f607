package mixed

import "math"

// Profile is the profile likelihood interval of one variance parameter: the values at which the criterion, minimised
// over everything else, is within χ²(1).95 of its minimum (under REML the restricted one). Values on the outcome's scale.
type Profile struct {
	Group, Term, Parameter string // Parameter: sd, corr or icc; Group is Residual for the residual SD
	With                   string // the other term of a correlation
	Estimate, Low, High    float64
}

const chi95 = 3.841458820694124

// target is a parameter to profile: the criterion over the other parameters y with the parameter held.
type target struct {
	estimate  float64
	low, high float64 // its range
	scale     float64 // an ordinary change
	y         []float64
	held      func(value float64) objective
}

// Profiles are the intervals of all SDs and correlations and of the residual SD.
func (inf *Inference) Profiles() []Profile {
	defer inf.settle()
	var out []Profile
	scale := inf.m.basis.scale
	add := func(p Profile, t target, unit float64) {
		low, high := inf.interval(t)
		p.Estimate, p.Low, p.High = unit*t.estimate, unit*low, unit*high
		out = append(out, p)
	}
	for k := range inf.l.blocks {
		b := &inf.l.blocks[k]
		group := inf.d.Groups[b.group].Name
		for i, term := range b.terms {
			add(Profile{Group: group, Term: term, Parameter: "sd"}, inf.sdTarget(b, i), scale)
			for j := range i {
				if psi := b.covariance(inf.theta); psi[i*b.q+i] > 0 && psi[j*b.q+j] > 0 {
					add(Profile{Group: group, Term: term, Parameter: "corr", With: b.terms[j]}, inf.corrTarget(b, j, i), 1)
				}
			}
		}
	}
	if inf.l.structure == Independent {
		add(Profile{Group: "Residual", Parameter: "sd"}, inf.residualTarget(), scale)
	}
	return out
}

// ICCProfiles are the intervals of the intraclass correlations; none where Fit.ICC has none.
func (inf *Inference) ICCProfiles() []Profile {
	defer inf.settle()
	var out []Profile
	for k, v := range inf.f.ICC {
		low, high := inf.interval(inf.iccTarget(k))
		out = append(out, Profile{Group: v.Group, Parameter: "icc", Estimate: v.Value, Low: low, High: high})
	}
	return out
}

// interval finds the ends by the secant method on the root of the criterion's rise.
func (inf *Inference) interval(t target) (low, high float64) {
	inf.settle()
	least := inf.c.d
	rise := func(value float64, y []float64) (root float64, at []float64) {
		s := bfgs(t.held(value), y, nil, tolerance{1e-8, 1e-13}, 300)
		if !s.ok {
			return math.Inf(1), y
		}
		return math.Sqrt(max(0, s.d-least)) - math.Sqrt(chi95), s.x
	}
	end := func(sign, bound float64) float64 {
		inside, y := t.estimate, t.y
		fIn := -math.Sqrt(chi95)
		step := t.scale
		var outside, fOut float64
		for try := 0; ; try++ {
			outside = inside + sign*step
			if sign < 0 && outside <= bound || sign > 0 && outside >= bound {
				outside = bound
			}
			f, at := rise(outside, y)
			if f >= 0 {
				fOut = f
				break
			}
			if outside == bound || try > 60 {
				return bound
			}
			inside, fIn, y = outside, f, at
			step *= 2
		}
		for range 60 {
			if math.Abs(outside-inside) <= 1e-7*(t.scale+math.Abs(inside)) {
				break
			}
			next := (inside + outside) / 2
			if !math.IsInf(fOut, 0) {
				next = inside - fIn*(outside-inside)/(fOut-fIn)
				margin := 0.05 * (outside - inside)
				if math.Abs(next-inside) < math.Abs(margin) {
					next = inside + margin
				} else if math.Abs(outside-next) < math.Abs(margin) {
					next = outside - margin
				}
			}
			f, at := rise(next, y)
			if math.Abs(f) < 1e-7 {
				return next
			}
			if f >= 0 {
				outside, fOut = next, f
			} else {
				inside, fIn, y = next, f, at
			}
		}
		return (inside + outside) / 2
	}
	return end(-1, t.low), end(1, t.high)
}

// residualTarget holds σ; y is θ.
func (inf *Inference) residualTarget() target {
	return target{
		estimate: inf.sigma, low: 1e-6 * inf.sigma, high: 1e6 * inf.sigma, scale: 0.1 * inf.sigma, y: inf.nudged(),
		held: func(sigma float64) objective {
			return func(y []float64) (float64, []float64, bool) {
				inf.c.sigma = sigma
				ok := inf.c.evaluate(y, true)
				return inf.c.d, inf.c.grad, ok
			}
		},
	}
}

// nudged is the fit with zeros moved off the boundary, where derivatives vanish.
func (inf *Inference) nudged() []float64 {
	x := append([]float64{}, inf.theta...)
	for k := range inf.l.blocks {
		b := &inf.l.blocks[k]
		for i := range b.q {
			if at := b.at2(i, i); math.Abs(x[at]) < 0.02 {
				x[at] = 0.02
			}
		}
	}
	return x
}

// blockHolder is the criterion with one block given as an absolute Cholesky factor of its terms in some order. y: θ (the
// block's own elements unused), log σ, then what makes the factor.
type blockHolder struct {
	inf   *Inference
	b     *block
	order []int
	l, g  []float64 // the factor and D's derivative by it
	w     []float64
	theta []float64
}

func (inf *Inference) holder(b *block, first ...int) *blockHolder {
	h := &blockHolder{inf: inf, b: b, order: append([]int{}, first...)}
	for i := range b.q {
		if i != first[0] && (len(first) < 2 || i != first[1]) {
			h.order = append(h.order, i)
		}
	}
	n := b.q * b.q
	h.l, h.g, h.w = make([]float64, n), make([]float64, n), make([]float64, n)
	h.theta = make([]float64, len(inf.theta))
	return h
}

// factor is the Cholesky factor of the block at the fit, in this order and in units of basis.scale.
func (h *blockHolder) factor() []float64 {
	q := h.b.q
	psi, mixed, l := h.b.covariance(h.inf.theta), make([]float64, q*q), make([]float64, q*q)
	s2 := h.inf.sigma * h.inf.sigma
	for i, a := range h.order {
		for j, b := range h.order {
			mixed[i*q+j] = s2 * psi[a*q+b]
		}
	}
	semidefinite(l, mixed, q)
	for i := range q {
		if l[i*q+i] == 0 {
			l[i*q+i] = 0.02 * h.inf.sigma / math.Abs(h.b.r[h.order[i]*q+h.order[i]])
		}
	}
	return l
}

// evaluate computes D with the block's factor h.l; h.g and the other derivatives follow.
func (h *blockHolder) evaluate(y []float64) bool {
	q, c := h.b.q, h.inf.c
	n := len(h.theta)
	sigma := math.Exp(y[n])
	copy(h.theta, y[:n])
	// W = rP'L/σ
	for i := range q {
		for j := range q {
			s := 0.0
			for k, of := range h.order {
				s += h.b.r[i*q+of] * h.l[k*q+j]
			}
			h.w[i*q+j] = s / sigma
		}
	}
	psi, l := make([]float64, q*q), make([]float64, q*q)
	multiplyT(psi, h.w, h.w, q, q, q)
	semidefinite(l, psi, q)
	for i := range q {
		for j := range i + 1 {
			h.theta[h.b.at2(i, j)] = l[i*q+j]
		}
	}
	c.sigma = sigma
	if !c.evaluate(h.theta, true) {
		return false
	}
	g, t := make([]float64, q*q), make([]float64, q*q)
	c.covGradient(h.b, g)
	multiply(t, g, h.w, q, q, q) // G W
	for k, of := range h.order {
		for j := range q {
			s := 0.0
			for i := range q {
				s += h.b.r[i*q+of] * t[i*q+j]
			}
			h.g[k*q+j] = 2 * s / sigma
		}
	}
	for i := range psi {
		c.bySig -= 2 * g[i] * psi[i]
	}
	return true
}

// gradient collects the derivatives by θ (none by the block's own) and log σ, before those by extra.
func (h *blockHolder) gradient(grad []float64) {
	n := len(h.theta)
	copy(grad, h.inf.c.grad)
	for i := range h.b.q {
		for j := range i + 1 {
			grad[h.b.at2(i, j)] = 0
		}
	}
	grad[n] = h.inf.c.bySig
}

// sdTarget holds the SD of effect i: the first element of the factor. Extra: the other elements row by row.
func (inf *Inference) sdTarget(b *block, i int) target {
	h := inf.holder(b, i)
	q, n := b.q, len(inf.theta)
	l := h.factor()
	y := append(inf.nudged(), math.Log(inf.sigma))
	for r := 1; r < q; r++ {
		y = append(y, l[r*q:r*q+r+1]...)
	}
	size := inf.sigma / math.Sqrt(math.Abs(b.meanSquare(i)))
	estimate := inf.sigma * math.Sqrt(b.covariance(inf.theta)[i*q+i])
	return target{
		estimate: estimate, low: 0, high: 1e6 * size, scale: max(0.2*estimate, 0.05*size), y: y,
		held: func(value float64) objective {
			grad := make([]float64, len(y))
			return func(y []float64) (float64, []float64, bool) {
				h.l[0] = value
				at := n + 1
				for r := 1; r < q; r++ {
					copy(h.l[r*q:r*q+r+1], y[at:])
					at += r + 1
				}
				ok := h.evaluate(y)
				h.gradient(grad)
				at = n + 1
				for r := 1; r < q; r++ {
					copy(grad[at:], h.g[r*q:r*q+r+1])
					at += r + 1
				}
				return inf.c.d, grad, ok
			}
		},
	}
}

// meanSquare is the mean square over rows of column i of the block's terms.
func (b *block) meanSquare(i int) float64 {
	s := 0.0
	for k := range b.q {
		s += b.r[k*b.q+i] * b.r[k*b.q+i]
	}
	return s
}

// corrTarget holds the correlation of effects i and j: factor rows (a), (ρt, √(1−ρ²)t). Extra: a, t, the third row.
func (inf *Inference) corrTarget(b *block, i, j int) target {
	h := inf.holder(b, i, j)
	q, n := b.q, len(inf.theta)
	psi := b.covariance(inf.theta)
	y := append(inf.nudged(), math.Log(inf.sigma), inf.sigma*math.Sqrt(psi[i*q+i]), inf.sigma*math.Sqrt(psi[j*q+j]))
	if q == 3 {
		y = append(y, h.factor()[6:9]...)
	}
	return target{
		estimate: psi[i*q+j] / math.Sqrt(psi[i*q+i]*psi[j*q+j]), low: -1, high: 1, scale: 0.1, y: y,
		held: func(rho float64) objective {
			grad := make([]float64, len(y))
			return func(y []float64) (float64, []float64, bool) {
				a, t, left := y[n+1], y[n+2], math.Sqrt(max(0, 1-rho*rho))
				h.l[0], h.l[q], h.l[q+1] = a, rho*t, left*t
				if q == 3 {
					copy(h.l[6:9], y[n+3:])
				}
				ok := h.evaluate(y)
				h.gradient(grad)
				grad[n+1], grad[n+2] = h.g[0], rho*h.g[q]+left*h.g[q+1]
				if q == 3 {
					copy(grad[n+3:], h.g[6:9])
				}
				return inf.c.d, grad, ok
			}
		},
	}
}

// iccTarget holds the ICC of the k-th group: the variances of the groups that hold it (itself with them) sum to κ = ρ/(1−ρ)
// times the sum of the others and the residual's. y: θ, those of the upper groups as a direction only.
func (inf *Inference) iccTarget(k int) target {
	f, n := inf.f, len(inf.theta)
	upper := make([]bool, n)
	for b := range inf.l.blocks {
		bl := &inf.l.blocks[b]
		name := inf.d.Groups[bl.group].Name
		upper[bl.par] = name == f.ICC[k].Group || inf.m.holds(name, f.ICC[k].Group)
	}
	theta, grad := make([]float64, n), make([]float64, n)
	return target{
		estimate: f.ICC[k].Value, low: 0, high: 1 - 1e-9, scale: 0.02, y: inf.nudged(),
		held: func(rho float64) objective {
			return func(y []float64) (float64, []float64, bool) {
				length, rest := 0.0, 1.0
				for j, v := range y {
					if upper[j] {
						length += v * v
					} else {
						rest += v * v
					}
				}
				length = math.Sqrt(length)
				kappa := rho / (1 - rho)
				root := math.Sqrt(kappa * rest)
				for j, v := range y {
					theta[j] = v
					if upper[j] {
						theta[j] = root * v / length
					}
				}
				inf.c.sigma = 0
				ok := inf.c.evaluate(theta, true)
				along := 0.0
				for j, v := range y {
					if upper[j] {
						along += inf.c.grad[j] * v / length
					}
				}
				for j, v := range y {
					if upper[j] {
						grad[j] = root / length * (inf.c.grad[j] - along*v/length)
					} else {
						grad[j] = inf.c.grad[j] + along*math.Sqrt(kappa/rest)*v
					}
				}
				return inf.c.d, grad, ok
			}
		},
	}
}
