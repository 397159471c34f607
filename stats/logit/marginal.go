package logit

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"trialbox/stats/mixed"
)

// Difference is a difference of marginal probabilities: over the rows that a contrast can be put to, the mean
// probability of a category with the contrast less that without it, patients and units integrated out. It is what a
// difference of proportions estimates, where the odds ratio holds within a patient.
type Difference struct {
	Category      string  // binary: the event
	With, Without float64 // mean probabilities
	Difference    float64
	SE, Low, High float64 // delta method, the variances' uncertainty included
	Statistic, P  float64
	Rows          int // averaged over
}

// marginalNodes is the number of Gauss-Hermite points of the one-dimensional integral of a probability over the sum of
// the effects; with an SD of 5 it is good to 1e-6. Replicates make do with fewer and with a grid
// (smoothed): 1e-6 up to an SD of 2.
const (
	marginalNodes  = 61
	replicateNodes = 31
)

// Pairs are the rows a contrast can be put to: each with it and without it.
type Pairs struct {
	m             *Model
	with, without [][]float64 // linear combinations of the terms
}

// Pairs finds the rows that a contrast of the terms compares: those whose combination of the interacting terms is still
// one of the trial's with the contrast taken off or put on, such as the rows of a visit for the arms' contrast there.
// nil when there are none, as for a difference of differences.
func (m *Model) Pairs(l []float64) *Pairs {
	p := len(m.terms)
	if len(l) != p {
		panic("logit: one coefficient per term")
	}
	columns := m.involved(l)
	key := func(row []float64, sign float64) string {
		var b strings.Builder
		for _, j := range columns {
			b.WriteString(strconv.FormatFloat(math.Round((row[j]+sign*l[j])*1e9)/1e9+0, 'g', -1, 64))
			b.WriteByte(' ')
		}
		return b.String()
	}
	seen := map[string]bool{}
	for _, row := range m.sourceRow {
		seen[key(m.x[int(row)*p:][:p], 0)] = true
	}
	out := &Pairs{m: m}
	for _, row := range m.sourceRow {
		x := m.x[int(row)*p:][:p]
		other := slices.Clone(x)
		switch {
		case seen[key(x, -1)]:
			for j, v := range l {
				other[j] -= v
			}
			out.with, out.without = append(out.with, x), append(out.without, other)
		case seen[key(x, 1)]:
			for j, v := range l {
				other[j] += v
			}
			out.with, out.without = append(out.with, other), append(out.without, x)
		}
	}
	if out.with == nil {
		return nil
	}
	return out
}

// involved lists the terms that share a variable with those of a contrast, and those that share one with these.
func (m *Model) involved(l []float64) []int {
	in := make([]bool, len(m.terms))
	parts := map[string]bool{}
	for j, v := range l {
		if v != 0 {
			in[j] = true
			for part := range strings.SplitSeq(m.terms[j], ":") {
				parts[part] = true
			}
		}
	}
	for again := true; again; {
		again = false
		for j, name := range m.terms {
			if in[j] {
				continue
			}
			for part := range strings.SplitSeq(name, ":") {
				if parts[part] {
					in[j], again = true, true
				}
			}
			if in[j] {
				for part := range strings.SplitSeq(name, ":") {
					parts[part] = true
				}
			}
		}
	}
	var out []int
	for j, yes := range in {
		if yes {
			out = append(out, j)
		}
	}
	return out
}

// probabilities are the mean marginal probabilities of the categories over rows, and, if grad is not nil, their
// derivatives by thresholds, terms, σ_u and σ_p (categories × parameters).
func (m *Model) probabilities(rows [][]float64, thresholds, beta []float64, su, sp float64, nodes int, grad []float64) []float64 {
	k := len(m.categories)
	npar := m.cuts + len(beta) + 2
	r := hermite(nodes)
	sd := math.Hypot(su, sp)
	out := make([]float64, k)
	share := 1 / float64(len(rows))
	cut := []float64{0}
	if m.opt.Ordinal {
		cut = thresholds
	}
	for _, x := range rows {
		eta := dot(x, beta)
		for c, a := range cut { // P(Y <= c) and its slopes by the threshold and by the SD
			f, slope, bySD := 0.0, 0.0, 0.0
			for n, node := range r.x {
				w := r.lam[n] * math.Exp(-node*node) / math.Sqrt(math.Pi)
				b := math.Sqrt2 * node
				v := 1 / (1 + math.Exp(eta+sd*b-a))
				f += w * v
				slope += w * v * (1 - v)
				bySD -= w * v * (1 - v) * b
			}
			add := func(category int, sign float64) {
				out[category] += sign * share * f
				if grad == nil {
					return
				}
				g := grad[category*npar:][:npar]
				if m.opt.Ordinal {
					g[c] += sign * share * slope
				}
				for j, v := range x {
					g[m.cuts+j] -= sign * share * slope * v
				}
				if sd > 0 {
					g[npar-2] += sign * share * bySD * su / sd
					g[npar-1] += sign * share * bySD * sp / sd
				}
			}
			add(c, 1)
			add(c+1, -1)
		}
		out[k-1] += share
	}
	return out
}

// Marginal are the differences of marginal probabilities of a contrast of the terms kept: one of the event, or one a
// category; nil when the contrast has no finite estimate or no rows to put it to.
func (m *Model) Marginal(f *Fit, l []float64) []Difference {
	pairs := m.Pairs(l)
	if pairs == nil || !f.Separation.Estimable(l) {
		return nil
	}
	npar := m.cuts + len(m.terms) + 2
	k := len(m.categories)
	thresholds := make([]float64, m.cuts)
	for c := range thresholds {
		thresholds[c] = f.Thresholds[c].Estimate
	}
	su, sp := f.Psi[m.q], f.Psi[m.q+1]
	g1, g0 := make([]float64, k*npar), make([]float64, k*npar)
	p1 := m.probabilities(pairs.with, thresholds, f.Beta, su, sp, marginalNodes, g1)
	p0 := m.probabilities(pairs.without, thresholds, f.Beta, su, sp, marginalNodes, g0)
	var out []Difference
	for c := range k {
		if !m.opt.Ordinal && c == 0 {
			continue
		}
		d := Difference{Category: m.categories[c], With: p1[c], Without: p0[c], Difference: p1[c] - p0[c], Rows: len(pairs.with)}
		for n := range npar {
			g1[c*npar+n] -= g0[c*npar+n]
		}
		d.SE = math.Sqrt(m.deltaVariance(f, g1[c*npar:(c+1)*npar]))
		d.Low, d.High = d.Difference-z975*d.SE, d.Difference+z975*d.SE
		d.Statistic = d.Difference / d.SE
		d.P = math.Erfc(math.Abs(d.Statistic) / math.Sqrt2)
		out = append(out, d)
	}
	return out
}

// z975 is the .975 quantile of the normal distribution.
const z975 = 1.959963984540054

// deltaVariance is g'Vg with g by thresholds, terms and standard deviations, V the covariance of ψ.
func (m *Model) deltaVariance(f *Fit, g []float64) float64 {
	dim := m.q + 2
	t := m.linear()
	psi := make([]float64, dim)
	for r := range m.cuts + len(m.terms) {
		for j := range m.q {
			psi[j] += t[r*m.q+j] * g[r]
		}
	}
	psi[m.q], psi[m.q+1] = g[len(g)-2], g[len(g)-1]
	v := 0.0
	for i, x := range psi {
		for j, y := range psi {
			v += x * y * f.PsiCov[i*dim+j]
		}
	}
	return max(v, 0)
}

// Differences are the marginal differences of the pairs in the last replicate, in Marginal's order: the bootstrap's
// part of their intervals. NaN when the replicate failed.
func (s *Scratch) Differences(pairs *Pairs) []float64 {
	m := s.m
	first := 1
	if m.opt.Ordinal {
		first = 0
	}
	out := make([]float64, len(m.categories)-first)
	if s.out.Status == mixed.Failed {
		for c := range out {
			out[c] = math.NaN()
		}
		return out
	}
	thresholds := make([]float64, m.cuts)
	m.original(s.psi[:m.q], thresholds, s.out.Beta)
	s.smooth.at(math.Hypot(s.psi[m.q], s.psi[m.q+1]))
	share := 1 / float64(len(pairs.with))
	for row := range pairs.with {
		s.smooth.add(out, thresholds, dot(pairs.with[row], s.out.Beta), share)
		s.smooth.add(out, thresholds, dot(pairs.without[row], s.out.Beta), -share)
	}
	return out
}
