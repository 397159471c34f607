package mixed

import (
	"math"
	"slices"
)

// Status of one replicate.
type Status uint8

const (
	Converged Status = iota // all variance components positive
	Boundary                // converged with a variance component at exactly zero
	Failed                  // not fitted; Replicate.Reason says why
)

// Replicate is the model fitted to one resample of the units. Its slices belong to the Scratch and are overwritten by
// the next Refit; failed replicates hold NaN.
type Replicate struct {
	Status      Status
	Reason      string
	Beta        []float64 // kept terms
	Variances   []float64 // groups, upper first, then the residual
	LogLik      float64
	Evaluations int
}

// Scratch is the working memory of one worker for replicates of one fit.
type Scratch struct {
	c     *criterion
	fit   point      // the fit on all rows
	units []unitPart // what each unit adds to the criterion there
	extra sums       // what the criterion has beside the units there
	out   Replicate

	general *gscratch // nil for random intercepts
	model   *Model
}

// unitPart is what one unit adds to the criterion and its derivatives at the fit on all rows, the coefficients held.
type unitPart struct {
	r float64 // z'M_i z
	sums
}

// NewScratch prepares replicates of a fit of this model. Every replicate starts from that fit, so that it depends on
// its weights only, not on the replicates before it; and it starts with the Newton step that can be taken without
// looking at the statistics again, from what each unit added to the criterion there. That saves one evaluation in four.
func (m *Model) NewScratch(f *Fit) *Scratch {
	if m.general != nil {
		s := &Scratch{general: m.newGscratch(f), model: m}
		s.out.Beta, s.out.Variances = make([]float64, len(m.basis.kept)), make([]float64, f.Variances())
		return s
	}
	s := &Scratch{c: newCriterion(m, f.Method), model: m}
	last := len(f.Random) - 1
	s.fit.a = f.Random[last].Variance / f.Residual
	if m.nested {
		s.fit.b = f.Random[0].Variance / f.Residual
	}
	s.split()
	s.out.Beta = make([]float64, len(m.basis.kept))
	s.out.Variances = make([]float64, len(m.names)+1)
	return s
}

// split takes the criterion at the fit apart, unit by unit.
func (s *Scratch) split() {
	c, m := s.c, s.c.model
	m.draw(c.x, nil)
	c.evaluate(&s.fit, true)
	s.extra = c.whole
	s.extra.add(&c.plain, -1)
	z := slices.Clone(c.z)
	weights := make([]float64, m.levels[0])
	s.units = make([]unitPart, m.levels[0])
	for i := range weights {
		weights[i] = 1
		m.draw(c.x, weights)
		weights[i] = 0
		copy(c.z, z)
		c.scalars(s.fit.a, true)
		c.units(s.fit.b)
		c.sum(&s.units[i].sums, s.fit.b)
		s.units[i].r = c.residual()
	}
}

// start is the fit on all rows moved by one Newton step of the resample's criterion there, the coefficients held.
func (s *Scratch) start(weights []float64) (a, b float64) {
	c := s.c
	pt, y := s.fit, s.extra
	pt.r = 0
	for i, w := range weights {
		if w != 0 {
			y.add(&s.units[i].sums, w)
			pt.r += w * s.units[i].r
		}
	}
	pt.derivatives(&y, c.model.residualDF(c.x, c.method))
	step, _, _ := c.step(&pt)
	scale := 1.0
	if longest := max(math.Abs(step[0]), math.Abs(step[1])); longest > maxStep/2 {
		scale = maxStep / 2 / longest
	}
	var moved point
	c.move(&moved, &pt, step, scale)
	return moved.a, moved.b
}

// Refit fits one resample: weights[i] says how often upper group i was drawn, copies counting as distinct groups. No
// pass over rows, no allocation.
func (s *Scratch) Refit(weights []float64) *Replicate {
	c, m := s.c, s.model
	if len(weights) != m.levels[0] {
		panic("mixed: one weight per upper group")
	}
	s.out.Evaluations = 0
	if s.general != nil {
		if reason := s.general.refit(&s.out, weights); reason != "" {
			return s.fail(reason)
		}
		return &s.out
	}
	m.draw(c.x, weights)
	if c.x.units == 0 {
		return s.fail("no " + m.names[0] + " drawn")
	}
	if reason := m.identified(c.x); reason != "" {
		return s.fail(reason)
	}
	if c.x.rows <= float64(len(m.basis.kept)) {
		return s.fail("fewer rows than covariates in the resample")
	}
	a, b := s.start(weights)
	got := c.minimise(a, b, replicateTolerance)
	s.out.Evaluations = got.evaluations
	if (got.failure != "" || got.saddle) && c.bad < 0 { // once more from the cold start
		again := c.minimise(starts[0][0], starts[0][1], replicateTolerance)
		s.out.Evaluations += again.evaluations
		if got.failure != "" || again.failure == "" && again.d < got.d {
			got = again
		} else {
			c.evaluate(&got.point, false)
		}
	}
	if got.failure != "" {
		return s.fail(got.failure)
	}
	s.fill(&got)
	return &s.out
}

func (s *Scratch) fill(got *search) {
	c, m := s.c, s.c.model
	out := &s.out
	out.Status, out.Reason = Converged, ""
	if got.a == 0 || m.nested && got.b == 0 {
		out.Status = Boundary
	}
	m.basis.coefficients(out.Beta, c.z[m.pad:])
	residual := got.r / m.residualDF(c.x, c.method) * m.basis.scale * m.basis.scale
	last := len(out.Variances) - 1
	out.Variances[last] = residual
	out.Variances[last-1] = got.a * residual
	if m.nested {
		out.Variances[0] = got.b * residual
	}
	out.LogLik = -(got.d + m.shift(c.x, c.method)) / 2
}

func (s *Scratch) fail(reason string) *Replicate {
	s.out.Status, s.out.Reason, s.out.LogLik = Failed, reason, math.NaN()
	for _, v := range [][]float64{s.out.Beta, s.out.Variances} {
		for k := range v {
			v[k] = math.NaN()
		}
	}
	return &s.out
}
