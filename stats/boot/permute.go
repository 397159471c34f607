package boot

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"trialbox/stats/mixed"
)

/*
The permutation test of a contrast of the arms: the arm as randomised is put to other units of the same stratum, over the
units that have rows in the model. Statistic: t of the contrast from generalised least squares with the variance
components of the null fit, the same model without the arm,

	β(π) = (X_π'V⁻¹X_π)⁻¹X_π'V⁻¹y,   t(π) = l'β(π) / √(l'(X_π'V⁻¹X_π)⁻¹l)

All allocations are looked at when there are at most 50,000, the actual one among them, and P is the share with |t| at
least as large as the actual; otherwise they are drawn and P = (b+1)/(B+1). The hypothesis is that the arm makes no
difference to anyone.

Interval: all δ that are not rejected when the arm is supposed to shift the outcomes by what makes the contrast δ, and as
little as possible else (in the sum of squares over the rows: the contrast of one visit shifts that visit alone). At each
δ the shift is taken from the outcomes, and the null fit is that of what is left.
*/

// MaxAllocations is how many allocations are looked at one by one.
const MaxAllocations = 50000

// Allocation is the arm as randomised, for Permutation (made by formula.Allocate).
type Allocation struct {
	Levels []string
	Of     []int32     // arm of each level of Design.Groups[0]
	X      [][]float64 // by arm: Design.X had every unit that arm
	Draws  int         // replicates of an interval where there are more than MaxAllocations allocations
}

// permute is shared by the clones of a Runner.
type permute struct {
	a      *Allocation
	strata [][]int32 // units
	counts [][]int   // per stratum: units of each arm
	total  int       // allocations; 0 = more than MaxAllocations
	null   mixed.Design
	whole  mixed.Design // the null's columns and those of every arm: the span of all X
	shift  [][]float64  // per test: terms of the shift that makes the contrast 1; nil where it does not compare arms
	l      [][]float64  // per test, in the fit's orthonormal basis
	r      []float64    // what carries terms there: X = Z R', p×p by rows of R'
	kept   []int        // columns of Design.X in the fit
	at     *weighted    // the null fit of the outcomes as they are
}

// Allocations is how many replicates a permutation has: all allocations if there are at most MaxAllocations (all is then
// true), otherwise as many as wanted.
func Allocations(job *Job, wanted int) (n int, all bool) {
	_, counts := byStratum(job)
	if total := countAllocations(counts); total > 0 {
		return total, true
	}
	return wanted, false
}

// AllocationCount is how many allocations there are, rounded above 1e15.
func AllocationCount(job *Job) float64 {
	_, counts := byStratum(job)
	total := 1.0
	for _, c := range counts {
		total *= arrangements(c)
	}
	return total
}

// byStratum lists the units of each stratum and how many have each arm.
func byStratum(job *Job) (units [][]int32, counts [][]int) {
	a := job.Allocated
	last := int32(0)
	if job.Strata != nil {
		last = slices.Max(job.Strata)
	}
	units, counts = make([][]int32, last+1), make([][]int, last+1)
	for s := range counts {
		counts[s] = make([]int, len(a.Levels))
	}
	for i, arm := range a.Of {
		s := int32(0)
		if job.Strata != nil {
			s = job.Strata[i]
		}
		units[s] = append(units[s], int32(i))
		counts[s][arm]++
	}
	return units, counts
}

// countAllocations is the product of the strata's numbers of arrangements; 0 when above MaxAllocations.
func countAllocations(counts [][]int) int {
	total := 1.0
	for _, c := range counts {
		if total *= arrangements(c); total > MaxAllocations {
			return 0
		}
	}
	return int(math.Round(total))
}

// arrangements is the multinomial coefficient of counts; exact below 1e15.
func arrangements(counts []int) float64 {
	out, n := 1.0, 0
	for _, c := range counts {
		for k := 1; k <= c; k++ {
			n++
			out = out * float64(n) / float64(k) // a binomial coefficient at every step
		}
	}
	return math.Round(out)
}

func newPermute(r *Runner) (*permute, error) {
	job := r.job
	a := job.Allocated
	if a == nil || len(a.Of) != r.units() || len(a.X) != len(a.Levels) {
		panic("boot: a permutation needs the arm of every unit and the columns of every arm")
	}
	p := &permute{a: a}
	p.strata, p.counts = byStratum(job)
	if p.total = countAllocations(p.counts); p.total == 1 {
		return nil, errors.New("within every stratum all units have the same arm: there is nothing to permute")
	}
	p.designs(&job.Design, r.fit)
	if err := p.basis(r); err != nil {
		return nil, err
	}
	p.shifts(r)
	var err error
	p.at, err = p.weigh(r, nil, 0)
	return p, err
}

// designs makes the null's design, which has every unit in the first arm, and the one that spans all arms.
func (p *permute) designs(d *mixed.Design, f *mixed.Fit) {
	terms := len(d.Terms)
	for j, term := range d.Terms {
		if slices.Contains(f.Terms, term) {
			p.kept = append(p.kept, j)
		}
	}
	p.null, p.whole = *d, *d
	p.null.X = p.a.X[0]
	k := len(p.a.Levels)
	p.whole.Terms, p.whole.X = nil, make([]float64, 0, len(d.X)*k)
	for _, level := range p.a.Levels {
		for _, term := range d.Terms {
			p.whole.Terms = append(p.whole.Terms, level+" "+term)
		}
	}
	for row := range d.Y {
		for arm := range k {
			for j, v := range p.a.X[arm][row*terms : (row+1)*terms] {
				if arm > 0 {
					v -= p.a.X[0][row*terms+j]
				}
				p.whole.X = append(p.whole.X, v)
			}
		}
	}
}

// basis finds the coordinates in which the normal equations of any allocation are well conditioned: the fit's orthonormal
// basis, in which a combination l of the terms is R⁻ᵀl.
func (p *permute) basis(r *Runner) error {
	inf, err := r.Inference()
	if err != nil {
		return err
	}
	for _, l := range r.combinations() {
		if l == nil {
			p.l = append(p.l, nil)
			continue
		}
		p.l = append(p.l, inf.ToBasis(l))
	}
	n := len(p.kept)
	p.r = make([]float64, n*n)
	unit := make([]float64, n)
	for j := range n { // column j of R⁻ᵀ
		unit[j] = 1
		for i, v := range inf.ToBasis(unit) {
			p.r[i*n+j] = v
		}
		unit[j] = 0
	}
	return nil
}

// shifts finds, for every test, what the arm is supposed to add when the contrast is 1: the terms' values d with l'd = 1
// and the least Σ(g'd)², g the difference that an arm makes in the terms of a row.
func (p *permute) shifts(r *Runner) {
	n, terms := len(p.kept), len(r.job.Design.Terms)
	s, g := make([]float64, n*n), make([]float64, n)
	for row := range r.job.Design.Y {
		for arm := 1; arm < len(p.a.Levels); arm++ {
			for i, j := range p.kept {
				g[i] = p.a.X[arm][row*terms+j] - p.a.X[0][row*terms+j]
			}
			for i, v := range g {
				if v != 0 {
					addScaled(s[i*n:(i+1)*n], g, v)
				}
			}
		}
	}
	for _, l := range r.combinations() {
		p.shift = append(p.shift, leastShift(s, l, n))
	}
}

// leastShift is S⁺l/(l'S⁺l); nil when l is not in the range of S: the contrast is not one of arms.
func leastShift(s, l []float64, n int) []float64 {
	if l == nil {
		return nil
	}
	a, x := slices.Clone(s), slices.Clone(l)
	scale := make([]float64, n)
	for i := range n {
		if scale[i] = math.Sqrt(s[i*n+i]); scale[i] == 0 {
			scale[i] = 1
		}
		x[i] /= scale[i]
	}
	for i := range n {
		for j := range n {
			a[i*n+j] /= scale[i] * scale[j]
		}
	}
	right := slices.Clone(x)
	held := semidefiniteFactor(a, n)
	forward(a, held, x, n)
	backward(a, held, x, n)
	for i := range n { // is it a solution?
		v := -right[i]
		for j := range n {
			v += s[i*n+j] / (scale[i] * scale[j]) * x[j]
		}
		if math.Abs(v) > 1e-6 {
			return nil
		}
	}
	size := dot(right, x)
	for i := range x {
		x[i] /= scale[i] * size
	}
	return x
}

// weighted is the data at the covariance of one null fit: per unit and arm, what it adds to the normal equations.
type weighted struct {
	p     int
	sigma float64
	xx    [][][]float64 // unit, arm: p×p
	xy    [][][]float64 // unit, arm: p
	shift [][][]float64 // unit, arm: p; of the shift of one in the units as they were allocated, nil without
}

// weigh fits the null to the outcomes less δ times the shift of a test (nil = none) and prepares every unit.
func (p *permute) weigh(r *Runner, shift []float64, delta float64) (*weighted, error) {
	null, whole := p.null, p.whole
	if shift != nil {
		y := p.shifted(r, shift, delta)
		null.Y, whole.Y = y, y
	}
	model, err := mixed.New(&null)
	if err != nil {
		return nil, fmt.Errorf("the model without the arm: %w", err)
	}
	fit, err := model.Fit(r.job.Method)
	if err != nil {
		return nil, fmt.Errorf("the model without the arm: %w", err)
	}
	inf, err := model.NewInference(&null, fit)
	if err != nil {
		return nil, err
	}
	all, err := mixed.New(&whole)
	if err != nil {
		return nil, err
	}
	at, err := all.NewInference(&whole, fit)
	if err != nil {
		return nil, err
	}
	return p.project(r, at.UnitSums(), inf.Sigma(), shift), nil
}

// shifted are the outcomes less δ times the shift, in the rows as they were allocated.
func (p *permute) shifted(r *Runner, shift []float64, delta float64) []float64 {
	d := &r.job.Design
	terms := len(d.Terms)
	y := slices.Clone(d.Y)
	for row := range y {
		for i, j := range p.kept {
			y[row] -= delta * shift[i] * (d.X[row*terms+j] - p.a.X[0][row*terms+j])
		}
	}
	return y
}

// project carries the sums over the spanning columns to the columns of every arm.
func (p *permute) project(r *Runner, s *mixed.UnitSums, sigma float64, shift []float64) *weighted {
	d := &r.job.Design
	n, terms := len(p.kept), len(d.Terms)
	w := &weighted{p: n, sigma: sigma}
	arms := len(p.a.Levels)
	columns := n
	if shift != nil {
		columns++ // what the shift adds
	}
	z := s.Coordinates(arms*columns, func(row int, values []float64) {
		for arm := range arms {
			v, x := values[arm*columns:], p.a.X[arm][row*terms:]
			for i, j := range p.kept {
				v[i] = x[j]
			}
			if shift == nil {
				continue
			}
			v[n] = 0
			for i, j := range p.kept {
				v[n] += shift[i] * (x[j] - p.a.X[0][row*terms+j])
			}
		}
	})
	to := make([][]float64, arms) // by arm: n×P, coordinates of each column of the fit's basis, Z = X R⁻¹
	for arm := range to {
		to[arm] = make([]float64, n*s.P)
		for j := range n {
			for i := range n {
				if f := p.r[i*n+j]; f != 0 {
					addScaled(to[arm][i*s.P:(i+1)*s.P], z[arm*columns+j], f)
				}
			}
		}
	}
	for i := range s.XX {
		var xx, xy, sh [][]float64
		var v0 []float64
		if shift != nil {
			v0 = times(s.XX[i], z[int(p.a.Of[i])*columns+n], s.P)
		}
		for _, t := range to {
			a, h := make([]float64, n*n), make([]float64, n)
			for j := range n {
				v := times(s.XX[i], t[j*s.P:(j+1)*s.P], s.P)
				for k := range n {
					a[j*n+k] = dot(v, t[k*s.P:(k+1)*s.P])
				}
				h[j] = dot(s.XY[i], t[j*s.P:(j+1)*s.P])
			}
			xx, xy = append(xx, a), append(xy, h)
			if shift != nil {
				g := make([]float64, n)
				for j := range n {
					g[j] = dot(v0, t[j*s.P:(j+1)*s.P])
				}
				sh = append(sh, g)
			}
		}
		w.xx, w.xy, w.shift = append(w.xx, xx), append(w.xy, xy), append(w.shift, sh)
	}
	return w
}
