package mixed

import "math"

// Newton's method in φ_a = log(1+n̄a), φ_b = log(1+h̄b), bounded below at zero. On this scale the variances of the
// estimates hardly depend on their size, the derivative at zero is an ordinary one (on the SD scale it always
// vanishes), and a = 0, b = 0 are φ = 0 exactly.

const (
	maxEvaluations = 100
	maxStep        = 2.0 // largest change of a φ in one step; the whole step is shortened, so that it stays downhill
	maxRatio       = 1e9 // a variance ratio beyond this means that the residual variance is zero

	noResidual = "residual variance of zero: the groups explain the outcome exactly"
)

// tolerance is when to stop: the decrease of D that the next step promises. The step is still taken, so the error
// left is of the order of its square.
type tolerance struct{ absolute, relative float64 }

var (
	fitTolerance       = tolerance{1e-11, 1e-15}
	replicateTolerance = tolerance{1e-5, 1e-12}
)

// search is one run of the optimiser.
type search struct {
	point
	evaluations int
	converged   bool
	saddle      bool   // stopped where the criterion does not curve upwards
	failure     string // why nothing was found; "" otherwise
}

// minimise runs from the variance ratios (a, b). It leaves c.m and c.z at the point returned.
func (c *criterion) minimise(a, b float64, tol tolerance) search {
	out := search{point: point{a: a, b: b}, evaluations: 1}
	if !c.model.nested {
		out.b = 0
	}
	if !c.evaluate(&out.point, true) {
		out.failure = c.explain()
		return out
	}
	for out.evaluations < maxEvaluations {
		step, gain, convex := c.step(&out.point)
		if gain < tol.absolute+tol.relative*math.Abs(out.d) {
			out.saddle, out.converged = !convex, true
			c.finish(&out, step)
			return out
		}
		if !c.descend(&out, step) {
			c.evaluate(&out.point, false)
			break
		}
		if out.a > maxRatio || out.b > maxRatio {
			out.failure = noResidual
			return out
		}
	}
	out.failure = "no convergence in the allowed number of steps"
	if max(out.a, out.b) > maxRatio/100 { // rounding ends the descent before the bound
		out.failure = noResidual
	}
	return out
}

// finish takes the last step, for which no derivatives are needed; if rounding spoils it, the point stays.
func (c *criterion) finish(s *search, step [2]float64) {
	var trial point
	c.move(&trial, &s.point, step, 1)
	s.evaluations++
	if c.evaluate(&trial, false) && trial.d <= s.d+noise(s.d) {
		trial.grad, trial.hess = s.grad, s.hess
		s.point = trial
		return
	}
	c.evaluate(&s.point, false)
}

// descend takes a step, shortened as a whole when it is too long or leads uphill; false when none leads down.
func (c *criterion) descend(s *search, step [2]float64) bool {
	scale := 1.0
	if longest := max(math.Abs(step[0]), math.Abs(step[1])); longest > maxStep {
		scale = maxStep / longest
	}
	for try := 0; try < 12 && s.evaluations < maxEvaluations; try++ {
		var trial point
		c.move(&trial, &s.point, step, scale)
		s.evaluations++
		if c.evaluate(&trial, true) && trial.d <= s.d+noise(s.d) {
			s.point = trial
			return true
		}
		scale /= 4
	}
	return false
}

// noise is the rounding error of D: a step that raises D by less is not uphill.
func noise(d float64) float64 { return 1e-12 * (1 + math.Abs(d)) }

// explain says which covariate a vanishing pivot belongs to.
func (c *criterion) explain() string { return c.model.explain(c.bad) }

func (m *Model) explain(bad int) string {
	if k := bad - m.pad; k >= 0 && k < len(m.basis.terms) {
		return m.basis.terms[k] + " cannot be estimated in the resample: its values there are determined by the other terms"
	}
	return "no residual variation in the resample"
}

// move sets out to from plus scale times the step in φ; a parameter that reaches its bound is exactly zero.
func (c *criterion) move(out, from *point, step [2]float64, scale float64) {
	m := c.model
	*out = point{a: moved(from.a, m.meanRows, scale*step[0]), b: moved(from.b, m.halfUnit, scale*step[1])}
}

// moved is the ratio θ after φ = log(1+scale·θ) has changed by δ.
func moved(theta, scale, delta float64) float64 {
	if delta == 0 {
		return theta
	}
	e := math.Expm1(delta)
	next := theta + (1+scale*theta)*e/scale
	if delta < 0 && next < 1e-14*(1/scale) {
		return 0
	}
	return max(next, 0)
}

// step is the exact minimiser of the quadratic model of D around pt subject to φ >= 0: the interior solution if it is
// allowed, otherwise the best of the two faces and the corner. gain is the decrease it promises; convex says
// whether D curves upwards in the directions that are free there.
func (c *criterion) step(pt *point) (step [2]float64, gain float64, convex bool) {
	na, nb := c.model.meanRows, c.model.halfUnit
	ja, jb := (1+na*pt.a)/na, (1+nb*pt.b)/nb // J = dθ/dφ = d²θ/dφ²
	ga, gb := pt.grad[0]*ja, pt.grad[1]*jb
	haa, hab, hbb := pt.hess[0]*ja*ja+ga, pt.hess[1]*ja*jb, pt.hess[2]*jb*jb+gb
	// Each diagonal is guarded by its own gradient, which bounds a single step without mixing the scales of the two.
	gaa, gbb := max(haa, math.Abs(ga)/maxStep, 1e-12), max(hbb, math.Abs(gb)/maxStep, 1e-12)
	limit := 0.99 * math.Sqrt(gaa*gbb)
	gab := min(max(hab, -limit), limit)
	la, lb := -math.Log1p(na*pt.a), -math.Log1p(nb*pt.b) // the bounds of δ

	if !c.model.nested {
		da := max(-ga/gaa, la)
		return [2]float64{da, 0}, -(ga*da + 0.5*gaa*da*da), da == la || haa > 0
	}
	model := func(da, db float64) float64 {
		return ga*da + gb*db + 0.5*(gaa*da*da+2*gab*da*db+gbb*db*db)
	}
	det := gaa*gbb - gab*gab
	da, db := (gab*gb-gbb*ga)/det, (gab*ga-gaa*gb)/det
	if da >= la && db >= lb {
		return [2]float64{da, db}, -model(da, db), haa > 0 && hbb > 0 && haa*hbb > hab*hab
	}
	onA, onB := max((-gb-gab*la)/gbb, lb), max((-ga-gab*lb)/gaa, la)
	best := [2]float64{la, onA}
	if model(onB, lb) < model(best[0], best[1]) {
		best = [2]float64{onB, lb}
	}
	return best, -model(best[0], best[1]), (best[0] == la || haa > 0) && (best[1] == lb || hbb > 0)
}
