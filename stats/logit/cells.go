package logit

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// cell is one combination of the indicators of terms that interact, such as a visit in an arm, and the direction in the
// terms that moves its linear predictor and no other: where a resample has only lowest or only highest answers in it, the
// estimates run off along that direction.
type cell struct {
	name    string
	along   []float64 // over the terms kept in the model
	flat    []float64 // the same over ψ
	rows    []int32   // logistic rows
	n       []float64 // by unit: answers
	low, up []float64 // by unit: answers in the lowest and in the highest category
}

// maxCells is how many combinations a group of terms may have to be looked at cell by cell.
const maxCells = 200

// cells lists the cells of every group of interacting indicators that has a coefficient for each of its cells.
func (m *Model) cells() []cell {
	constant := m.opt.Ordinal || slices.Contains(m.terms, "(Intercept)")
	if !constant {
		return nil
	}
	var out []cell
	for _, columns := range m.interacting() {
		out = append(out, m.componentCells(columns)...)
	}
	return out
}

// interacting groups the terms in use that are indicators by the variables they share.
func (m *Model) interacting() [][]int {
	p := len(m.terms)
	var use []int
	for _, c := range m.basis.kept {
		if m.basis.constant {
			c--
		}
		if c >= 0 && m.terms[c] != "(Intercept)" {
			use = append(use, c)
		}
	}
	of := map[string]int{}
	group := make([]int, len(use))
	for k, c := range use {
		group[k] = k
		for part := range strings.SplitSeq(m.terms[c], ":") {
			if other, seen := of[part]; seen {
				from, to := group[k], group[other]
				for j := range k + 1 {
					if group[j] == from {
						group[j] = to
					}
				}
			}
			of[part] = k
		}
	}
	var out [][]int
	for k := range use {
		var columns []int
		for j, c := range use {
			if group[j] == k {
				columns = append(columns, c)
			}
		}
		if columns != nil && m.indicators(columns, p) {
			out = append(out, columns)
		}
	}
	return out
}

func (m *Model) indicators(columns []int, p int) bool {
	for _, row := range m.sourceRow {
		for _, c := range columns {
			if v := m.x[int(row)*p+c]; v != 0 && v != 1 {
				return false
			}
		}
	}
	return true
}

// componentCells are the cells of one group of terms; none unless there are as many as coefficients.
func (m *Model) componentCells(columns []int) []cell {
	p := len(m.terms)
	number := map[string]int{}
	var patterns [][]float64
	of := make([]int, len(m.sourceRow))
	for at, row := range m.sourceRow {
		pattern, key := []float64{1}, ""
		for _, c := range columns {
			v := m.x[int(row)*p+c]
			pattern, key = append(pattern, v), key+strconv.Itoa(int(v))
		}
		k, seen := number[key]
		if !seen {
			k = len(patterns)
			number[key] = k
			patterns = append(patterns, pattern)
		}
		if of[at] = k; len(patterns) > maxCells {
			return nil
		}
	}
	size := len(patterns)
	if size != len(columns)+1 {
		return nil
	}
	out := make([]cell, size)
	for k := range out {
		d := solveSquare(patterns, k)
		if d == nil {
			return nil
		}
		out[k] = m.newCell(columns, patterns[k], d)
	}
	for r, at := range m.of {
		out[of[at]].rows = append(out[of[at]].rows, int32(r))
	}
	for at, row := range m.sourceRow {
		c, i := &out[of[at]], m.unitOf[row]
		c.n[i]++
		switch m.y[row] {
		case 0:
			c.low[i]++
		case int32(len(m.categories) - 1):
			c.up[i]++
		}
	}
	return out
}

func (m *Model) newCell(columns []int, pattern, d []float64) cell {
	units := m.levels[0]
	c := cell{along: make([]float64, len(m.terms)), n: make([]float64, units), low: make([]float64, units), up: make([]float64, units)}
	var names []string
	for k, j := range columns {
		c.along[j] = d[k+1]
		if pattern[k+1] == 1 {
			names = append(names, m.terms[j])
		}
	}
	if c.name = list(names); names == nil {
		c.name = "none of " + m.terms[columns[0]] + " and the like"
	}
	if k := slices.Index(m.terms, "(Intercept)"); k >= 0 {
		c.along[k] = d[0]
	}
	c.flat = m.working(c.along, d[0])
	return c
}

// working carries a direction in the terms (and, of ordinal models, in the constant that the thresholds have) to ψ.
func (m *Model) working(along []float64, constant float64) []float64 {
	k := len(m.basis.kept)
	g := make([]float64, k)
	for i := range g {
		for j := i; j < k; j++ {
			c := m.basis.kept[j]
			if m.basis.constant {
				c--
			}
			if c >= 0 {
				g[i] += m.basis.r[i*k+j] * along[c]
			}
		}
	}
	out := make([]float64, m.q+2)
	if !m.opt.Ordinal {
		copy(out, g)
		return out
	}
	for c := range m.cuts {
		out[c] = -constant - g[0]
	}
	copy(out[m.cuts:], g[1:])
	return out
}

// solveSquare solves rows·d = e_k by Gauss-Jordan elimination; nil when the rows are dependent.
func solveSquare(rows [][]float64, k int) []float64 {
	n := len(rows)
	a := make([][]float64, n)
	for i := range a {
		a[i] = append(append([]float64(nil), rows[i]...), 0)
	}
	a[k][n] = 1
	for j := range n {
		best := j
		for i := j; i < n; i++ {
			if math.Abs(a[i][j]) > math.Abs(a[best][j]) {
				best = i
			}
		}
		if a[j], a[best] = a[best], a[j]; math.Abs(a[j][j]) < 1e-9 {
			return nil
		}
		for i := range n {
			if f := a[i][j] / a[j][j]; i != j && f != 0 {
				for l := j; l <= n; l++ {
					a[i][l] -= f * a[j][l]
				}
			}
		}
	}
	d := make([]float64, n)
	for i := range d {
		if d[i] = a[i][n] / a[i][i]; math.Abs(d[i]) < 1e-12 {
			d[i] = 0
		}
	}
	return d
}

// settledLP is added to the linear predictors of a separated cell's rows, in favour of their answers: their
// probability is one to eleven digits, as in the limit.
const settledLP = 25.0

// examine finds the cells that a resample separates and prepares the criteria; it says which cell is not drawn at all.
func (s *Scratch) examine(weights []float64) (missing string) {
	s.off = s.off[:0]
	s.offset = nil
	for k := range s.cells {
		c := &s.cells[k]
		n, low, up := dot(weights, c.n), dot(weights, c.low), dot(weights, c.up)
		switch n {
		case 0:
			return c.name
		case low, up:
			sign := 1.0
			if n == low {
				sign = -1
			}
			s.off = append(s.off, runoff{c, sign})
			if s.offset == nil {
				s.offset = make([]float64, len(s.m.up))
			}
			for _, r := range c.rows {
				s.offset[r] = settledLP * (2*s.m.up[r] - 1)
			}
		}
	}
	return ""
}

// runoff is a separated cell and the sign of infinity its linear predictor runs to.
type runoff struct {
	*cell
	sign float64
}

// Unbounded says of combinations of the terms (nil = none) how they run off in the last replicate: +1 or −1 times
// infinity, 2 where it may be either, 0 where they are finite; nil when all are.
func (s *Scratch) Unbounded(l [][]float64) []int8 {
	if len(s.off) == 0 || s.out.Status == 2 {
		return nil
	}
	out := make([]int8, len(l))
	for k, c := range l {
		for _, r := range s.off {
			v := 0.0
			for j, x := range c {
				v += x * r.along[j]
			}
			if v *= r.sign; math.Abs(v) < 1e-9 {
				continue
			}
			sign := int8(1)
			if v < 0 {
				sign = -1
			}
			switch out[k] {
			case 0:
				out[k] = sign
			case -sign:
				out[k] = 2
			}
		}
	}
	return out
}
