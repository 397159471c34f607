package logit

import (
	"math"

	"trialbox/stats/mixed"
)

// Rows is the model of a fit put to other rows: a resample that is more than weights of units, or simulated outcomes.
type Rows struct {
	mixed.Replicate
	m          *Model
	thresholds []float64
	su, sp     float64
}

// RefitRows fits the model of f to a design with the same terms, copies being groups of their own, with the quadrature
// points of f. The result depends on d, opt and f only.
func RefitRows(d *mixed.Design, opt Options, f *Fit) *Rows {
	r := &Rows{}
	r.Beta, r.Variances = make([]float64, len(f.Terms)), make([]float64, f.Variances())
	opt.Levels = nil // which categories the rows hold is seen from them
	m, err := New(d, opt)
	if err != nil {
		return r.fail(err.Error())
	}
	for k, term := range f.Terms {
		if k >= len(m.terms) || m.terms[k] != term {
			return r.fail(term + " cannot be estimated in the resample: its values there are determined by the other terms")
		}
	}
	r.m, m.opt.Laplace = m, f.Laplace
	p, err := m.near(f)
	if err != nil {
		return r.fail("no finite estimate in the resample")
	}
	r.fill(p)
	return r
}

// near climbs from the estimates of another fit of the same terms, and searches when that leads nowhere.
func (m *Model) near(f *Fit) (*peak, error) {
	nodes, units := grid{f.UnitNodes, f.Nodes}, m.allUnits()
	psi := append(append([]float64(nil), m.start...), 0, 0)
	if m.separation == nil && len(f.Thresholds) == m.cuts && f.Separation == nil {
		copy(psi, m.working(f.Beta, 0))
		for c := range m.cuts {
			psi[c] += f.Thresholds[c].Estimate
		}
	}
	q := len(f.Psi) - 2
	psi[m.q], psi[m.q+1] = max(f.Psi[q], 0.2), max(f.Psi[q+1], 0.2)
	p := m.climb(psi, nodes, [2]bool{}, units)
	if p.failure == "" && !p.edge && p.converged {
		return m.boundary(p, nodes, units)
	}
	return m.search(nodes, units)
}

func (r *Rows) fill(p *peak) {
	m := r.m
	r.thresholds = make([]float64, m.cuts)
	m.original(p.psi[:m.q], r.thresholds, r.Beta)
	r.Status, r.LogLik, r.Evaluations = mixed.Converged, p.ll, p.iterations
	r.su, r.sp = math.Abs(p.psi[m.q]), math.Abs(p.psi[m.q+1])
	sd := []float64{r.su, r.sp}
	if !m.nested {
		sd = sd[1:]
	}
	for k, v := range sd {
		r.Variances[k] = v * v
		if v == 0 {
			r.Status = mixed.Boundary
		}
	}
	r.Variances[len(sd)] = math.NaN()
}

func (r *Rows) fail(reason string) *Rows {
	r.Status, r.Reason, r.LogLik = mixed.Failed, reason, math.NaN()
	for _, v := range [][]float64{r.Beta, r.Variances} {
		for k := range v {
			v[k] = math.NaN()
		}
	}
	return r
}

// Unbounded is Scratch.Unbounded for the rows.
func (r *Rows) Unbounded(l [][]float64) []int8 {
	if r.Status == mixed.Failed || r.m.separation == nil {
		return nil
	}
	signs := make([]int8, len(r.m.separation.Null))
	for k, v := range r.m.separation.Null {
		signs[k] = r.m.towards(v)
	}
	out := make([]int8, len(l))
	for n, c := range l {
		for k, v := range r.m.separation.Null {
			along := dotted(c, v)
			if along == 0 {
				continue
			}
			sign := signs[k]
			if along < 0 && sign != 2 {
				sign = -sign
			}
			if out[n] == 0 {
				out[n] = sign
			} else if out[n] != sign {
				out[n] = 2
			}
		}
	}
	return out
}

// dotted is c'v, its rounding error as zero.
func dotted(c, v []float64) float64 {
	sum, size := 0.0, 0.0
	for j, x := range c {
		sum += x * v[j]
		size += abs(x * v[j])
	}
	if abs(sum) <= 1e-9*size {
		return 0
	}
	return sum
}

// towards says whether the coefficients run off along v (+1) or against it (−1); 2 when the rows put aside disagree.
func (m *Model) towards(v []float64) int8 {
	used := make([]bool, m.n)
	for _, row := range m.sourceRow {
		used[row] = true
	}
	p, out := len(m.terms), int8(0)
	for row, yes := range used {
		along := dotted(m.x[row*p:(row+1)*p], v)
		if yes || along == 0 {
			continue
		}
		sign := int8(1)
		if (m.y[row] == 0) != (along < 0) { // lowest answers pull the linear predictor down
			sign = -1
		}
		if out == 0 {
			out = sign
		} else if out != sign {
			return 2
		}
	}
	return out
}

// Differences is Scratch.Differences for the rows; pairs are those of the model on all rows. NaN where the rows lack a
// category.
func (r *Rows) Differences(pairs *Pairs) []float64 {
	m := pairs.m
	first := 1
	if m.opt.Ordinal {
		first = 0
	}
	out := make([]float64, len(m.categories)-first)
	for c := range out {
		out[c] = math.NaN()
	}
	if r.Status == mixed.Failed || len(r.thresholds) != m.cuts {
		return out
	}
	p1 := m.probabilities(pairs.with, r.thresholds, r.Beta, r.su, r.sp, replicateNodes, nil)
	p0 := m.probabilities(pairs.without, r.thresholds, r.Beta, r.su, r.sp, replicateNodes, nil)
	for c := range out {
		out[c] = p1[c+first] - p0[c+first]
	}
	return out
}

// Simulate draws an outcome for every row of the design from the fitted model, in the values of d.Y. Rows that were put
// aside, their probability being one, keep theirs. normal and uniform give independent numbers: normal ones for units,
// then patients, then a uniform one a row.
func (m *Model) Simulate(d *mixed.Design, f *Fit, normal, uniform func() float64) []float64 {
	value := make([]float64, len(m.categories))
	for row, y := range m.y {
		value[y] = d.Y[row]
	}
	lp := make([]float64, m.n)
	p := len(m.terms)
	for row := range lp {
		lp[row] = dot(m.x[row*p:(row+1)*p], f.Beta)
	}
	sd := f.Psi[m.q:]
	if !m.nested {
		sd = sd[1:]
	}
	for k, g := range d.Groups {
		effect := make([]float64, len(g.Levels))
		for j := range effect {
			effect[j] = sd[k] * normal()
		}
		for row, j := range g.Of {
			lp[row] += effect[j]
		}
	}
	out := append([]float64(nil), d.Y...)
	fitted := make([]bool, m.n)
	for _, row := range m.sourceRow {
		fitted[row] = true
	}
	for row, eta := range lp {
		if u := uniform(); fitted[row] {
			out[row] = value[m.category(f, eta, u)]
		}
	}
	return out
}

// category is the first whose cumulative probability exceeds u.
func (m *Model) category(f *Fit, eta, u float64) int {
	if !m.opt.Ordinal {
		if u < 1/(1+math.Exp(-eta)) {
			return 1
		}
		return 0
	}
	for c, t := range f.Thresholds {
		if u < 1/(1+math.Exp(eta-t.Estimate)) {
			return c
		}
	}
	return m.cuts
}
