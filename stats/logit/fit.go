package logit

import (
	"errors"
	"fmt"
	"math"

	"trialbox/stats/mixed"
)

const (
	defaultNodes  = 7 // Stata's melogit and meologit
	mostUnitNodes = 25
	moveLimit     = 0.01 // of a standard error: a fixed effect that moves by more when nodes are added asks for them
	varianceLimit = 0.01 // of itself: the same for a variance; one below leastVariance is measured by that
	leastVariance = 0.1
	crowded       = 100 // patients a unit beyond which their common quadrature error asks for more points from the start
)

// raises are the patient's node counts tried one after the other; each is checked against the next.
var raises = []int{defaultNodes, 15, 25, 41, 61, 100}

// starts are the standard deviations (σ_u, σ_p) a fit begins from. The likelihood can have a second maximum.
var starts = [][2]float64{{0.4, 1}, {1, 3}}

// zeroSD is the standard deviation below which an effect is tried without.
const zeroSD = 0.05

// Fit is one fitted model. Beta, SE and Cov are those of the terms, as in the linear model; the thresholds are apart.
type Fit struct {
	mixed.Fit
	Ordinal    bool
	Laplace    bool
	Event      string   // binary: the value that is the event
	Categories []string // lowest first
	Thresholds []mixed.Coefficient
	VcovTerms  []string  // thresholds, then terms
	Vcov       []float64 // len(VcovTerms)²: inverse observed information
	Integration
	Separation *Separation
	Psi        []float64 // γ, σ_u, σ_p: the maximum in working coordinates
	PsiCov     []float64 // its covariance; zero for standard deviations at zero
	Held       [2]bool   // standard deviations at exactly zero (σ_u also with one grouping)
}

// Integration says how the random effects were integrated out.
type Integration struct {
	Nodes      int     // quadrature points of the lower (or only) grouping's effect; 1 = Laplace
	UnitNodes  int     // of the upper grouping's effect; with one grouping equal to Nodes
	CheckNodes int     // of the lower grouping, with which the fit was checked; 0 = not checked
	Change     float64 // largest change of a fixed effect in the check, in standard errors
	Raised     bool    // more points than the default were needed
}

// grid is a number of quadrature points for units and one for patients.
type grid [2]int

// Fit estimates the model. A standard deviation estimated as zero is an exact zero, marks the fit as singular and is
// no error; a likelihood without maximum is one.
func (m *Model) Fit() (*Fit, error) {
	units := m.allUnits()
	if m.opt.Laplace || m.opt.Nodes == 1 { // the same to the last term
		m.opt.Laplace, m.opt.Nodes = true, 1
	}
	if n := m.opt.Nodes; n != 0 {
		best, err := m.search(grid{n, n}, units)
		if err != nil {
			return nil, err
		}
		how := Integration{Nodes: n, UnitNodes: n}
		if !m.opt.Laplace {
			how.CheckNodes = m.nextNodes(n)
			how.Change, _, _, _ = m.change(best, grid{m.nextNodes(n), how.CheckNodes}, units)
		}
		return m.report(best, how), nil
	}
	best, how, err := m.automatic(units)
	if err != nil {
		return nil, err
	}
	return m.report(best, how), nil
}

// nextNodes is the number of points that n are checked with.
func (m *Model) nextNodes(n int) int {
	for _, r := range raises[1:] {
		if r > n {
			return r
		}
	}
	return n + 20
}

// automatic fits with the default number of points, checks it with more, by one Newton step from the estimates, and
// takes more as long as that moves a fixed effect or a variance. The log-likelihood is that of the check.
func (m *Model) automatic(units []int32) (*peak, Integration, error) {
	g := grid{defaultNodes, defaultNodes}
	for i := range m.levels[0] {
		if m.members[i+1]-m.members[i] > crowded {
			g[1] = raises[1]
		}
	}
	how := Integration{}
	best, err := m.search(g, units)
	for err != nil && g[1] < raises[len(raises)-1] {
		g[1], how.Raised = m.nextNodes(g[1]), true
		best, err = m.search(g, units)
	}
	for err == nil {
		check := grid{m.nextNodes(g[0]), m.nextNodes(g[1])}
		change, spread, ll, moved := m.change(best, check, units)
		how.Nodes, how.UnitNodes, how.CheckNodes, how.Change = g[1], g[0], check[1], change
		if !m.nested {
			how.UnitNodes = g[1]
		}
		limit := moveLimit
		if how.Raised {
			limit = moveLimit / 20 // once more points are needed, as many as settle it
		}
		if change <= limit && spread <= varianceLimit {
			best.ll = ll // the estimates stand, and the likelihood there is known better
			return best, how, nil
		}
		if g[1] >= raises[len(raises)-1] {
			return best, how, nil
		}
		g = grid{min(check[0], mostUnitNodes), check[1]}
		how.Raised = true
		p := m.climb(moved, g, best.held, units)
		if p.failure != "" {
			p = m.climb(best.psi, g, best.held, units)
		}
		best, err = m.boundary(p, g, units)
	}
	return best, how, err
}

//go:noinline
func (m *Model) allUnits() []int32 {
	units := make([]int32, m.levels[0])
	for i := range units {
		units[i] = int32(i)
	}
	return units
}

// search tries several starts and the boundary and returns the highest peak.
func (m *Model) search(nodes grid, units []int32) (*peak, error) {
	var best *peak
	for _, s := range starts {
		psi := append(append([]float64(nil), m.start...), s[0], s[1])
		p := m.climb(psi, nodes, [2]bool{}, units)
		if best == nil || best.failure != "" || p.failure == "" && p.ll > best.ll+1e-7 {
			best = p
		}
	}
	return m.boundary(best, nodes, units)
}

// climb goes up from ψ. Where a number of points that was asked for is so small that the score of frozen nodes misleads,
// the derivatives are differenced, the nodes moving.
func (m *Model) climb(psi []float64, nodes grid, held [2]bool, units []int32) *peak {
	c := newCriterion(m, nodes, held, m.opt.Laplace)
	p := c.maximise(psi, nil, units)
	if !p.converged && !p.edge && m.opt.Nodes != 0 && m.opt.Nodes < raises[1] && !c.laplace && !c.moving {
		c.moving = true
		c.reset()
		p = c.maximise(psi, nil, units)
	}
	return p
}

// boundary tries the model without an effect whose standard deviation is small. Zero is accepted where the likelihood
// does not rise from it; where it does, the climb is begun again close to zero.
func (m *Model) boundary(best *peak, nodes grid, units []int32) (*peak, error) {
	for k := range 2 {
		if best.held[k] || k == 0 && !m.nested {
			continue
		}
		if best.failure == "" && best.psi[m.q+k] > zeroSD {
			continue
		}
		held := best.held
		held[k] = true
		p := m.climb(best.psi, nodes, held, units)
		if p.failure != "" {
			continue
		}
		if !m.rising(p.psi, nil, units, k, newCriterion(m, nodes, best.held, m.opt.Laplace)) {
			if best.failure != "" || p.ll > best.ll-1e-3 {
				best = p
			}
			continue
		}
		psi := append([]float64(nil), p.psi...)
		for _, sd := range []float64{0.1, 0.3} {
			psi[m.q+k] = sd
			if again := m.climb(psi, nodes, best.held, units); again.failure == "" && again.converged && (!best.converged || again.ll > best.ll) {
				best = again
			}
		}
	}
	if best.failure != "" {
		return nil, errors.New(m.response + ": " + explainFailure(best.failure))
	}
	return best, nil
}

func explainFailure(reason string) string {
	if reason == "the estimates grow without bound" {
		return "no finite estimates exist: the answers within the groups agree so well, or the covariates predict them so well, that the likelihood grows without end; use fewer covariates or leave out a random effect"
	}
	return "the likelihood has no maximum that could be found (" + reason + "); use fewer covariates or leave out a random effect"
}

// change is the largest move of a fixed effect, in standard errors, and spread that of a variance, relative, that one
// Newton step with more nodes makes.
func (m *Model) change(p *peak, nodes grid, units []int32) (change, spread, ll float64, moved []float64) {
	c := newCriterion(m, nodes, p.held, false)
	c.moving = false
	c.at(p.psi, nil, units)
	ll = c.ll
	step := make([]float64, c.dim)
	c.newtonStep(step)
	moved = append([]float64(nil), p.psi...)
	for k := range moved {
		moved[k] += step[k]
	}
	for k, sd := range p.psi[m.q:] {
		now := sd + step[m.q+k]
		spread = max(spread, math.Abs(now*now-sd*sd)/max(sd*sd, leastVariance))
	}
	cov := m.covariance(p.hess, p.held)
	t := m.linear()
	for r := range m.cuts + len(m.terms) {
		row := t[r*m.q : (r+1)*m.q]
		variance := 0.0
		for a, x := range row {
			for b, y := range row {
				variance += x * y * cov[a*c.dim+b]
			}
		}
		if variance == 0 {
			continue // without a finite estimate
		}
		if !(variance > 0) {
			change = math.Inf(1) // no maximum was reached
		} else {
			change = max(change, math.Abs(dot(row, step[:m.q]))/math.Sqrt(variance))
		}
	}
	return change, spread, ll, moved
}

// covariance is the inverse of minus the Hessian over the parameters that are not held, in ψ's own coordinates.
func (m *Model) covariance(hess []float64, held [2]bool) []float64 {
	dim := m.q + 2
	var free []int
	for k := range dim {
		if k < m.q || !held[k-m.q] {
			free = append(free, k)
		}
	}
	n := len(free)
	a := make([]float64, n*n)
	for i, k := range free {
		for j, l := range free {
			a[i*n+j] = -hess[k*dim+l]
		}
	}
	inv := inverse(a, n)
	out := make([]float64, dim*dim)
	for k := range out {
		out[k] = math.NaN()
	}
	if inv == nil {
		return out
	}
	clear(out)
	for i, k := range free {
		for j, l := range free {
			out[k*dim+l] = inv[i*n+j]
		}
	}
	return out
}

func (m *Model) report(p *peak, how Integration) *Fit {
	f := &Fit{Ordinal: m.opt.Ordinal, Laplace: m.opt.Laplace, Categories: m.categories, Integration: how, Separation: m.separation, Psi: p.psi, PsiCov: m.covariance(p.hess, p.held), Held: p.held}
	if !m.opt.Ordinal {
		f.Event = m.categories[1]
	}
	for k := range 2 {
		p.psi[m.q+k] = math.Abs(p.psi[m.q+k])
	}
	terms := len(m.terms)
	all := m.cuts + terms
	f.Fit = mixed.Fit{N: m.n, Terms: m.terms, DroppedTerms: m.dropped, Converged: p.converged, Evaluations: p.iterations,
		LogLik: p.ll, Criterion: -2 * p.ll, Beta: make([]float64, terms), SE: make([]float64, terms), Cov: make([]float64, terms*terms), Residual: math.NaN()}
	for k, name := range m.names {
		f.GroupCounts = append(f.GroupCounts, mixed.GroupCount{Name: name, Count: m.levels[k]})
	}
	npar := float64(m.q + len(m.names))
	f.AIC, f.BIC = f.Criterion+2*npar, f.Criterion+npar*math.Log(float64(m.n))
	thresholds := make([]float64, m.cuts)
	m.original(p.psi[:m.q], thresholds, f.Beta)
	f.VcovTerms = m.parameters()
	f.Vcov = m.vcov(p)
	for r := range all {
		se := math.Sqrt(f.Vcov[r*all+r])
		if r < m.cuts {
			f.Thresholds = append(f.Thresholds, mixed.Coefficient{Name: f.VcovTerms[r], Estimate: thresholds[r], SE: se})
			continue
		}
		f.SE[r-m.cuts] = se
		copy(f.Cov[(r-m.cuts)*terms:], f.Vcov[r*all+m.cuts:(r+1)*all])
	}
	if m.separation != nil {
		f.Null = m.separation.Null
	}
	m.components(f, p)
	m.warn(f, p)
	return f
}

// vcov carries the covariance to thresholds and terms.
func (m *Model) vcov(p *peak) []float64 {
	cov, t, dim := m.covariance(p.hess, p.held), m.linear(), m.q+2
	all := m.cuts + len(m.terms)
	half := make([]float64, all*m.q)
	out := make([]float64, all*all)
	for r := range all {
		for b := range m.q {
			for a, x := range t[r*m.q : (r+1)*m.q] {
				half[r*m.q+b] += x * cov[a*dim+b]
			}
		}
		for s := range r + 1 {
			v := dot(half[r*m.q:(r+1)*m.q], t[s*m.q:(s+1)*m.q])
			out[r*all+s], out[s*all+r] = v, v
		}
	}
	return out
}

// logisticVariance is the variance of the standard logistic distribution, the residual of the latent scale.
const logisticVariance = math.Pi * math.Pi / 3

// components fills the variances and the intraclass correlations on the latent scale, upper group first.
func (m *Model) components(f *Fit, p *peak) {
	sd := p.psi[m.q:]
	if !m.nested {
		sd = sd[1:]
	}
	total, upper := logisticVariance, 0.0
	for _, s := range sd {
		total += s * s
	}
	for k, s := range sd {
		upper += s * s
		f.Random = append(f.Random, mixed.Component{Group: m.names[k], Term: "(Intercept)", Variance: s * s, SD: s})
		f.ICC = append(f.ICC, mixed.GroupValue{Group: m.names[k], Value: upper / total})
		if s == 0 {
			f.Singular = true
			f.Warnings = append(f.Warnings, fmt.Sprintf("The variance between %s groups is estimated as zero; the result is valid and equals that of the model without this effect.", m.names[k]))
		}
	}
}

func (m *Model) warn(f *Fit, p *peak) {
	say := func(format string, args ...any) { f.Warnings = append(f.Warnings, fmt.Sprintf(format, args...)) }
	if len(f.DroppedTerms) > 0 {
		say("Left out because the other terms determine them: %s.", list(f.DroppedTerms))
	}
	if !f.Converged {
		say("The optimiser stopped before it was sure of the maximum; treat the variances with care.")
	}
	switch {
	case f.Change > moveLimit && m.opt.Nodes != 0:
		say("%d quadrature points are too few: with %d a fixed effect moves by %.2g of its standard error. Without -nodes as many are taken as are needed.", f.Nodes, f.CheckNodes, f.Change)
	case f.Change > moveLimit:
		say("The quadrature does not settle: with %d points a fixed effect still moves by %.2g of its standard error. The variance between groups is too large to be estimated well.", f.CheckNodes, f.Change)
	case f.Raised:
		say("%d quadrature points were needed in place of %d, for the variance between groups is large.", f.Nodes, defaultNodes)
	}
	if f.Laplace {
		say("Laplace's approximation understates the variance between groups when each has few answers, and shrinks the effects with it; adaptive quadrature does not.")
	}
	if s := f.Separation; s != nil {
		for k := range s.Cells {
			c := &s.Cells[k]
			say("%s is %s in all %d rows with %s: what compares them with others has no finite estimate and is left out; the rest is fitted.", m.response, c.Category, c.Rows, c.Where())
		}
	}
}
