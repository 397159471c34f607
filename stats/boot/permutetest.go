package boot

import "math"

// statistic is the contrasts' estimates and standard errors (without σ) at one allocation; room is reused.
type statistic struct {
	a, h, x []float64
	held    []bool
}

func newStatistic(n int) *statistic {
	return &statistic{a: make([]float64, n*n), h: make([]float64, n), x: make([]float64, n)}
}

// solve prepares an allocation; false when the arms cannot be told from the other terms in it.
func (s *statistic) solve(w *weighted, arm []int32) bool {
	clear(s.a)
	clear(s.h)
	for i, k := range arm {
		for j, v := range w.xx[i][k] {
			s.a[j] += v
		}
		for j, v := range w.xy[i][k] {
			s.h[j] += v
		}
	}
	s.held = semidefiniteFactor(s.a, w.p)
	for _, h := range s.held {
		if h {
			return false
		}
	}
	forward(s.a, s.held, s.h, w.p)
	return true
}

// contrast is l'β and √(l'Cl) after solve.
func (s *statistic) contrast(l []float64) (estimate, se float64) {
	copy(s.x, l)
	forward(s.a, s.held, s.x, len(l))
	return dot(s.x, s.h), math.Sqrt(dot(s.x, s.x))
}

// along is l'C h for another right-hand side.
func (s *statistic) along(l, h []float64) float64 {
	copy(s.x, l)
	forward(s.a, s.held, s.x, len(l))
	forward(s.a, s.held, h, len(l))
	return dot(s.x, h)
}

// allocate sets arm to allocation number: that of the list of all, or drawn.
func (p *permute) allocate(r *Runner, arm []int32, number int) {
	if p.total == 0 {
		r.seed(number)
		for _, units := range p.strata {
			for k, i := range units {
				arm[i] = p.a.Of[i]
				other := units[r.random.IntN(k+1)]
				arm[i], arm[other] = arm[other], arm[i]
			}
		}
		return
	}
	for s, units := range p.strata {
		n := int(arrangements(p.counts[s]))
		unrank(arm, units, p.counts[s], number%n)
		number /= n
	}
}

// unrank gives the units of a stratum the arms of arrangement number, in lexicographic order.
func unrank(arm, units []int32, counts []int, number int) {
	left := append([]int(nil), counts...)
	for _, i := range units {
		for k := range left {
			if left[k] == 0 {
				continue
			}
			left[k]--
			n := int(arrangements(left))
			if number < n {
				arm[i] = int32(k)
				break
			}
			number -= n
			left[k]++
		}
	}
}

const notSeparable = "the arms cannot be told from the other terms in this allocation"

// replicate puts the t of every test into its place.
func (p *permute) replicate(r *Runner, b *Batch, k, number int) {
	tests := len(p.l)
	if b.Tests == nil {
		b.Tests, b.Observed = make([]float64, b.N*tests), p.observed()
		b.All = p.total > 0
	}
	s := newStatistic(len(p.kept))
	arm := make([]int32, len(p.a.Of))
	p.allocate(r, arm, number)
	if !s.solve(p.at, arm) {
		b.fail(k, notSeparable)
		return
	}
	for n, l := range p.l {
		if p.shift[n] == nil {
			continue
		}
		estimate, se := s.contrast(l)
		b.Tests[k*tests+n] = estimate / (se * p.at.sigma)
	}
}

// observed is t of the actual allocation, NaN where a term or contrast does not compare the arms.
func (p *permute) observed() []float64 {
	s := newStatistic(len(p.kept))
	out := make([]float64, len(p.l))
	ok := s.solve(p.at, p.a.Of)
	for n, l := range p.l {
		if out[n] = math.NaN(); ok && p.shift[n] != nil {
			estimate, se := s.contrast(l)
			out[n] = estimate / (se * p.at.sigma)
		}
	}
	return out
}

// Inversion is the interval of one contrast by inversion of the permutation test, from all allocations or
// Allocation.Draws of them; NaN where it does not compare arms. It fits the null at a handful of values.
func (r *Runner) Inversion(contrast int) [2]float64 {
	p := r.permute
	n := len(r.fit.Terms) + contrast
	out := [2]float64{math.NaN(), math.NaN()}
	if p.shift[n] == nil {
		return out
	}
	s := newStatistic(len(p.kept))
	if !s.solve(p.at, p.a.Of) {
		return out
	}
	estimate, se := s.contrast(p.l[n])
	se *= p.at.sigma
	for side, sign := range []float64{-1, 1} {
		delta := estimate + sign*2*se
		for range 10 {
			w, err := p.weigh(r, p.shift[n], delta)
			if err != nil {
				return out
			}
			next := p.end(r, w, n, delta, sign*se)
			settled := math.Abs(next-delta) < 1e-6*se || math.IsInf(next, 0)
			if delta = next; settled {
				break
			}
		}
		out[side] = delta
	}
	return out
}

// end is the value of test n next to which P crosses 0.05, on the side of step, the covariance being that of the null fit
// at delta, by which the outcomes of w are shifted.
func (p *permute) end(r *Runner, w *weighted, n int, delta, step float64) float64 {
	replicates := p.total
	if replicates == 0 {
		replicates = p.a.Draws
	}
	s := newStatistic(len(p.kept))
	arm := make([]int32, len(p.a.Of))
	var a, b []float64 // estimate and what a shift of one makes of it, over the standard error
	look := func() (x, y float64, ok bool) {
		if !s.solve(w, arm) {
			return 0, 0, false
		}
		estimate, se := s.contrast(p.l[n])
		h := make([]float64, w.p)
		for i, k := range arm {
			addScaled(h, w.shift[i][k], 1)
		}
		return estimate / se, s.along(p.l[n], h) / se, true
	}
	copy(arm, p.a.Of)
	a0, b0, _ := look()
	for number := range replicates {
		p.allocate(r, arm, number)
		if x, y, ok := look(); ok {
			a, b = append(a, x), append(b, y)
		}
	}
	pValue := func(c float64) float64 {
		limit, atLeast := math.Abs(a0-(c-delta)*b0)*(1-tie), 0
		for k, x := range a {
			if math.Abs(x-(c-delta)*b[k]) >= limit {
				atLeast++
			}
		}
		return share(atLeast, len(a), p.total > 0)
	}
	return invert(pValue, delta+a0/b0, step)
}

// share is the P value of a count: of all allocations the share, of drawn ones (b+1)/(B+1).
func share(atLeast, of int, all bool) float64 {
	if all {
		return float64(atLeast) / float64(of)
	}
	return float64(atLeast+1) / float64(of+1)
}

// permuteInterval is what the allocations say about one test.
func permuteInterval(e Estimate, observed float64, numbers [][]float64, all bool) Interval {
	out := noInterval(e)
	if math.IsNaN(observed) || len(numbers) == 0 {
		return out
	}
	out.Used, out.Statistic = len(numbers), observed
	atLeast := 0
	for _, x := range numbers {
		if math.Abs(x[0]) >= math.Abs(observed)*(1-tie) {
			atLeast++
		}
	}
	out.P = share(atLeast, len(numbers), all)
	return out
}

// semidefiniteFactor replaces a by its lower Cholesky factor; columns that those before them determine are marked and
// left out.
func semidefiniteFactor(a []float64, n int) (held []bool) {
	held = make([]bool, n)
	for i := range n {
		whole := a[i*n+i]
		for j := range i + 1 {
			v := a[i*n+j]
			for k := range j {
				v -= a[i*n+k] * a[j*n+k]
			}
			switch {
			case j < i && held[j]:
				a[i*n+j] = 0
			case j < i:
				a[i*n+j] = v / a[j*n+j]
			case !(v > 1e-9*whole):
				held[i], a[i*n+i] = true, 0
			default:
				a[i*n+i] = math.Sqrt(v)
			}
		}
	}
	return held
}

// forward solves Lx = b in place; x is 0 where held.
func forward(l []float64, held []bool, b []float64, n int) {
	for i := range n {
		if held[i] {
			b[i] = 0
			continue
		}
		v := b[i]
		for k := range i {
			v -= l[i*n+k] * b[k]
		}
		b[i] = v / l[i*n+i]
	}
}

// backward solves L'x = b in place.
func backward(l []float64, held []bool, b []float64, n int) {
	for i := n - 1; i >= 0; i-- {
		if held[i] {
			b[i] = 0
			continue
		}
		v := b[i]
		for k := i + 1; k < n; k++ {
			v -= l[k*n+i] * b[k]
		}
		b[i] = v / l[i*n+i]
	}
}
