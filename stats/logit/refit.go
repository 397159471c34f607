package logit

import (
	"math"

	"trialbox/stats/mixed"
)

// Scratch is the working memory of one worker for replicates of one fit. Every replicate starts from that fit, so it
// depends on its weights only.
type Scratch struct {
	m       *Model
	fit     *Fit
	nodes   grid
	crowd   bool
	taylor  *taylor
	rise    [2][]float64
	bu, bp  []float64 // modes at the fit
	c       *criterion
	others  [12]*criterion // with other standard deviations held, or few nodes at a level; made when needed
	units   []int32
	out     mixed.Replicate
	psi     []float64 // of the last replicate
	smooth  smoothed
	cells   []cell
	off     []runoff  // cells that the last resample separates
	offset  []float64 // by logistic row
	inverse []float64
	step    []float64
	started bool // inverse is that of the resample's information at the fit
}

// NewScratch prepares replicates of a fit of this model.
func (m *Model) NewScratch(f *Fit) *Scratch {
	s := &Scratch{m: m, fit: f, nodes: grid{f.UnitNodes, f.Nodes}}
	dim := m.q + 2
	s.c = s.criterion(f.Held)
	for i := range m.levels[0] {
		s.crowd = s.crowd || m.members[i+1]-m.members[i] > crowded
	}
	s.c.slope(f.Psi, nil, m.allUnits())
	s.bu, s.bp = append([]float64(nil), s.c.bu...), append([]float64(nil), s.c.bp...)
	s.rises()
	s.cells = m.cells()
	s.out.Beta = make([]float64, len(m.terms))
	s.out.Variances = make([]float64, len(m.names)+1)
	s.inverse, s.step = make([]float64, dim*dim), make([]float64, dim)
	return s
}

// expand makes the expansion of the units' likelihoods at the fit when the first replicate asks for it.
func (s *Scratch) expand() *taylor {
	if s.taylor == nil {
		c, all := s.criterion(s.fit.Held), s.m.allUnits()
		copy(c.bu, s.bu)
		copy(c.bp, s.bp)
		if !c.laplace {
			c.place(s.fit.Psi, all) // replicates keep their nodes
		}
		s.taylor = newTaylor(c, s.fit.Psi, all)
	}
	return s.taylor
}

// criterion with these standard deviations held.
//
//go:noinline
func (s *Scratch) criterion(held [2]bool) *criterion { return s.coarse(held, -1) }

// coarse is a criterion with three nodes at one level, unless that is −1.
func (s *Scratch) coarse(held [2]bool, level int) *criterion {
	nodes, at := s.nodes, 4*(level+1)
	held[0] = held[0] || !s.m.nested
	for b, h := range held {
		if h {
			at += 1 << b
		}
		if b == level {
			nodes[b] = min(nodes[b], 3)
		}
	}
	c := s.others[at]
	if c == nil {
		c = newCriterion(s.m, nodes, held, s.m.opt.Laplace)
		c.moving = false
		s.others[at] = c
	}
	c.offset, c.flat = s.offset, c.flat[:0]
	for _, r := range s.off {
		c.flat = append(c.flat, r.flat)
	}
	return c
}

const riseSD = 0.02

// rises is, for each standard deviation at zero, twice the derivative of every unit's likelihood by the variance.
func (s *Scratch) rises() {
	m := s.m
	for k := range 2 {
		if !s.fit.Held[k] || k == 0 && !m.nested {
			continue
		}
		held := s.fit.Held
		held[k] = false
		c := s.criterion(held)
		psi := append([]float64(nil), s.fit.Psi...)
		psi[m.q+k] = riseSD
		s.rise[k] = make([]float64, m.levels[0])
		all := m.allUnits()
		for i := range all {
			c.reset()
			c.slope(psi, nil, all[i:i+1])
			s.rise[k][i] = c.grad[m.q+k] / riseSD
		}
	}
}

// slope sets ll and grad at ψ, the nodes placed there.
func (c *criterion) slope(psi, weights []float64, units []int32) bool {
	if c.laplace {
		return c.evaluateLaplace(psi, weights, units)
	}
	c.place(psi, units)
	return c.evaluate(psi, weights, units, false)
}

// OneStep sets the replicate of these weights by the maximum of the expansion at the fit, which looks at no row: a preview,
// whose standard errors are within about 4 % (a Newton step alone leaves them 10 to 25 % low where variances are small).
func (s *Scratch) OneStep(weights []float64) *mixed.Replicate {
	psi := append([]float64(nil), s.fit.Psi...)
	s.off, s.offset = s.off[:0], nil
	if s.start(psi, weights); !s.started {
		return s.fail("no estimate in the resample")
	}
	return s.fill(psi, math.NaN())
}

// start moves ψ, which is the fit, to the maximum of the resample's expansion there, or by one Newton step where that has
// none nearby, and leaves the inverse information in s.inverse. Where that is not positive definite ψ stays and started is
// false.
func (s *Scratch) start(psi, weights []float64) {
	s.expand().weigh(weights)
	d := make([]float64, s.m.q+2)
	s.started = s.ascend(d)
	for share := 0.0; !s.started && share < 1e3; share = max(0.05, 4*share) {
		clear(d)
		_, s.started = s.newton(d, share)
	}
	if !s.started {
		return
	}
	for k, v := range d {
		psi[k] += v
	}
	for c := 1; c < s.m.cuts; c++ { // thresholds that a step puts out of order
		if !(psi[c] > psi[c-1]) {
			copy(psi, s.fit.Psi)
			break
		}
	}
}

// ascend moves d to the maximum of the expansion by Newton's method, as far as bound lets it; false where the steps do not
// shrink at once.
func (s *Scratch) ascend(d []float64) bool {
	before := math.Inf(1)
	for range 8 {
		decrement, ok := s.newton(d, 0)
		if !ok || decrement > before {
			return false
		}
		if decrement < 1e-5 {
			return true
		}
		before = decrement / 2
	}
	return false
}

// newton moves d by a step of Newton's method on the expansion, within bound, the information's diagonal raised by a share;
// false where that is not positive definite.
func (s *Scratch) newton(d []float64, share float64) (decrement float64, ok bool) {
	t := s.taylor
	t.at(d)
	n := len(t.free)
	a := t.work[:n*n]
	for i, k := range t.free {
		for j, l := range t.free {
			a[i*n+j] = -t.hess[k*t.dim+l]
		}
		if share > 0 {
			a[i*n+i] += share*math.Abs(a[i*n+i]) + 1e-3
		}
	}
	inv := inverse(a, n)
	if inv == nil {
		return 0, false
	}
	clear(s.inverse)
	for i, k := range t.free {
		for j, l := range t.free {
			s.inverse[k*t.dim+l] = inv[i*n+j]
		}
	}
	copy(s.step, d)
	for k := range d {
		d[k] += dot(s.inverse[k*t.dim:][:t.dim], t.grad)
	}
	ok = s.c.bound(s.fit.Psi, d, s.inverse)
	for k, v := range s.step {
		decrement += (d[k] - v) * t.grad[k]
	}
	return decrement, ok && decrement < maxDecrement
}

// Refit fits one resample: weights[i] says how often upper group i was drawn, copies counting as distinct groups.
// Nodes are placed once, at the maximum of the expansion, and frozen; once more where that was far from the end, and at every
// step where units are crowded. The result belongs to the Scratch and is overwritten by the next.
func (s *Scratch) Refit(weights []float64) *mixed.Replicate {
	m := s.m
	if len(weights) != m.levels[0] {
		panic("logit: one weight per upper group")
	}
	s.out.Evaluations = 0
	s.units = s.units[:0]
	for i, w := range weights {
		if w != 0 {
			s.units = append(s.units, int32(i))
		}
	}
	if len(s.units) == 0 {
		return s.fail("no " + m.names[0] + " drawn")
	}
	if missing := s.examine(weights); missing != "" {
		return s.fail("no row with " + missing + " in the resample")
	}
	psi := append([]float64(nil), s.fit.Psi...)
	held := s.fit.Held
	if s.started = false; len(s.off) == 0 {
		s.start(psi, weights)
	}
	var first []float64
	if s.started {
		first = s.inverse
	}
	for k, rise := range s.rise {
		if rise != nil {
			if sd, variance := leave(rise, weights); sd > 0 {
				psi[m.q+k], held[k] = sd, false
				first = s.alone(first, k, variance)
			}
		}
	}
	p := s.climb(psi, first, weights, held)
	if p.failure != "" { // once more, from the cold start
		cold := append(append([]float64(nil), m.start...), starts[0][0], starts[0][1])
		p = s.climb(cold, nil, weights, [2]bool{})
	}
	if p.failure != "" { // where the likelihood grows without end, a maximum may stand at the boundary
		p = s.corners(p, weights)
	}
	p = s.settle(p, weights)
	if p.failure != "" {
		return s.fail(p.failure)
	}
	return s.fill(p.psi, p.ll)
}

// leave guesses the standard deviation that a resample gives to an effect without variance in the fit, and its variance: one
// scoring step from zero in the variance; 0 when the likelihood does not rise.
func leave(rise, weights []float64) (sd, variance float64) {
	slope, info := 0.0, 0.0
	for i, w := range weights {
		slope += w * rise[i] / 2
		info += w * rise[i] * rise[i] / 4
	}
	if slope <= 0 || info == 0 {
		return 0, 0
	}
	sd = min(max(math.Sqrt(slope/info), 0.1), 0.5)
	return sd, 1 / (4 * sd * sd * info)
}

// alone is an inverse information in which standard deviation k has this variance and goes with nothing; nil stays nil.
//
//go:noinline
func (s *Scratch) alone(inverse []float64, k int, variance float64) []float64 {
	if inverse == nil {
		return nil
	}
	out, dim, at := append([]float64(nil), inverse...), s.m.q+2, s.m.q+k
	for i := range dim {
		out[i*dim+at], out[at*dim+i] = 0, 0
	}
	out[at*dim+at] = variance
	return out
}

// fewPatients is the mean number of patients a unit under which a unit's effect and its patients' can stand for each other,
// so that the likelihood has a maximum on either boundary.
const fewPatients = 8

// settle decides whether a small standard deviation is zero, and whether one held at zero wants to leave.
func (s *Scratch) settle(p *peak, weights []float64) *peak {
	m := s.m
	for k := range 2 {
		if k == 0 && !m.nested || p.failure != "" {
			continue
		}
		if !p.held[k] {
			if sd := p.psi[m.q+k]; sd > vanishingSD || sd > zeroSD && !p.edge {
				continue
			}
			held := p.held
			held[k] = true
			psi := append([]float64(nil), p.psi...)
			psi[m.q+k] = 0
			without := s.climb(psi, s.alone(p.inverse, k, 0), weights, held)
			if p.edge && (without.failure != "" || without.edge) {
				return s.corners(p, weights)
			}
			if p.edge && s.rising(without, weights, k) {
				if with := s.away(without, weights, k); with != nil {
					p = with
					continue
				}
				return s.corners(p, weights)
			}
			if p.edge && m.nested && m.patients() < fewPatients*m.levels[0] { // a second maximum, the other one being zero
				held = p.held
				held[1-k] = true
				psi = append([]float64(nil), without.psi...)
				psi[m.q+k], psi[m.q+1-k] = 0.4, 0
				if other := s.climb(psi, nil, weights, held); other.failure == "" && !other.edge && other.ll > without.ll {
					without, _ = s.release(other, weights, 1-k)
				}
			}
			if without.failure == "" && !without.edge && (p.edge || !s.rising(without, weights, k)) {
				p = without
			}
			continue
		}
		p, _ = s.release(p, weights, k)
	}
	return p
}

// release lets a standard deviation held at zero leave it, where the likelihood rises from there; settled says that it has
// no reason to, or no longer.
func (s *Scratch) release(p *peak, weights []float64, k int) (end *peak, settled bool) {
	if !s.rising(p, weights, k) {
		return p, true
	}
	if with := s.away(p, weights, k); with != nil {
		return with, true
	}
	return p, false
}

// away begins anew from a standard deviation above zero; nil where that leads no higher.
func (s *Scratch) away(p *peak, weights []float64, k int) *peak {
	held := p.held
	held[k] = false
	for _, sd := range []float64{0.15, 0.4, 1} {
		psi := append([]float64(nil), p.psi...)
		psi[s.m.q+k] = sd
		if with := s.climb(psi, s.alone(p.inverse, k, 0.04), weights, held); with.failure == "" && !with.edge && with.ll > p.ll {
			return with
		}
	}
	return nil
}

// corners begins anew with one standard deviation held at zero, the other, or both, releases what wants to leave zero and
// takes the highest end, first of those where nothing wants to: for a climb that stopped where one was vanishing, and again
// where that one was held, and for one that failed.
func (s *Scratch) corners(p *peak, weights []float64) *peak {
	m := s.m
	best, sure := p, false
	best.edge = false // as small as makes no difference, if nothing else is found
	for _, held := range [][2]bool{{true, true}, {false, true}, {true, false}} {
		if !m.nested && !held[0] {
			continue
		}
		psi := append([]float64(nil), s.fit.Psi...)
		for k, zero := range held {
			if psi[m.q+k] = 0.4; zero {
				psi[m.q+k] = 0
			}
		}
		end, settled := s.climb(psi, nil, weights, held), true
		for k := range 2 {
			if end.failure == "" && !end.edge && end.held[k] && (k == 1 || m.nested) {
				var ok bool
				end, ok = s.release(end, weights, k)
				settled = settled && ok
			}
		}
		if end.failure != "" || end.edge || p.failure != "" && !settled {
			continue
		}
		if best == p || settled && !sure || settled == sure && end.ll > best.ll+1e-6 {
			best, sure = end, settled
		}
	}
	return best
}

func (s *Scratch) rising(p *peak, weights []float64, k int) bool {
	held := p.held
	held[k] = false
	level := k // so close to zero the effect is as good as linear in the exponent: three nodes do
	if s.crowd {
		level = -1
	}
	c := s.coarse(held, level)
	c.sharp = sharpest
	copy(c.bu, s.bu)
	copy(c.bp, s.bp)
	s.out.Evaluations++
	return s.m.rising(p.psi, weights, s.units, k, c)
}

// climb maximises the likelihood of the resample from ψ, with an inverse information to begin with or nil.
func (s *Scratch) climb(psi, inverse, weights []float64, held [2]bool) *peak {
	c := s.criterion(held)
	copy(c.bu, s.bu)
	copy(c.bp, s.bp)
	var p *peak
	if s.crowd && !c.laplace {
		p = c.maximise(psi, weights, s.units)
	} else {
		p = c.quasiNewton(psi, inverse, weights, s.units)
	}
	s.out.Evaluations += p.iterations
	return p
}

func (s *Scratch) fill(psi []float64, ll float64) *mixed.Replicate {
	m, out := s.m, &s.out
	s.psi = append(s.psi[:0], psi...)
	thresholds := make([]float64, m.cuts)
	m.original(psi[:m.q], thresholds, out.Beta)
	out.Status, out.Reason, out.LogLik = mixed.Converged, "", ll
	sd := psi[m.q:]
	if !m.nested {
		sd = sd[1:]
	}
	for k, v := range sd {
		out.Variances[k] = v * v
		if v == 0 {
			out.Status = mixed.Boundary
		}
	}
	out.Variances[len(sd)] = math.NaN()
	return out
}

//go:noinline
func (s *Scratch) fail(reason string) *mixed.Replicate {
	s.out.Status, s.out.Reason, s.out.LogLik = mixed.Failed, reason, math.NaN()
	for _, v := range [][]float64{s.out.Beta, s.out.Variances} {
		for k := range v {
			v[k] = math.NaN()
		}
	}
	return &s.out
}
