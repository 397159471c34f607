package mixed

import (
	"encoding/binary"
	"math"
	"slices"
)

// general holds the sufficient statistics of a model with slopes, with middle groups or with a residual covariance
// (the equations stand in generaldoc.go).
//
// A patient enters through k feature columns F of its rows: the columns of its random effects, or, in an MMRM, the
// indicators of its visits. Patients for whom F'F and A = Zu'F agree share a pattern and are summed within their unit:
// with nominal visits there are a handful of patterns, so a replicate looks at neither rows nor patients.
type general struct {
	*layout
	patterns []pattern
	units    []unitSums0
	cells    []patternCell // by unit
	first    []int32       // units+1
	t        []float64     // of the cells one after the other: k×dim rows of Σ F'w
	h0, u0   []float64     // per unit du×du, du×dim; nil when the residual covariance is in the patterns
	s        []float64     // per unit triangle: Σ w w'; nil likewise
	largest  int           // largest k
	loose    bool          // there are patterns of one patient, whose squares are not stored
}

type unitSums0 struct{ rows, patients float64 }

// pattern is what patients with the same feature columns have in common.
type pattern struct {
	k       int
	n       []float64 // k×k: F'F
	a       []float64 // du×k: Zu'F
	visits  []int32   // of an MMRM
	loose   bool      // of a single patient
	members []int32   // cells
	c       []float64 // members × k(k+1)/2 × triangle: Σ sym (F_a'w)(F_b'w)', a >= b
}

// patternCell is the patients of one unit with one pattern.
type patternCell struct {
	unit, pattern int32
	at            int // first row of t
	m             float64
}

// features is how many feature columns a patient of these rows has.
func (l *layout) features(rows []int32) (k int) {
	if l.structure != Independent {
		return len(rows)
	}
	return l.qp
}

// newGeneral reduces a design, patient by patient.
func (m *Model) newGeneral(d *Design, l *layout) *general {
	g := &general{layout: l}
	patients := m.levels[l.lowest]
	start, order := sortRows(l.patient, patients)
	unitOf := make([]int32, patients)
	for row, j := range l.patient {
		unitOf[j] = l.unit[row]
	}
	for j := range patients {
		g.sortPatient(order[start[j]:start[j+1]])
	}
	of := g.findPatterns(start, order, patients)
	cellOf := g.makeCells(of, unitOf, m.levels[0], m.dim)
	g.fill(m, d, start, order, unitOf, cellOf)
	return g
}

// sortPatient puts the rows of a patient in an order that depends on their columns only.
func (g *general) sortPatient(rows []int32) {
	zu := func(row int32) []float64 { return g.zu[int(row)*g.qu : int(row+1)*g.qu] }
	zp := func(row int32) []float64 { return g.zp[int(row)*g.qp : int(row+1)*g.qp] }
	slices.SortStableFunc(rows, func(x, y int32) int {
		if g.visit != nil && g.visit[x] != g.visit[y] {
			return int(g.visit[x] - g.visit[y])
		}
		if c := slices.Compare(zp(x), zp(y)); c != 0 {
			return c
		}
		if c := slices.Compare(zu(x), zu(y)); c != 0 || g.middle == nil {
			return c
		}
		return int(g.middle[x] - g.middle[y])
	})
}

// patternOf computes F'F and Zu'F of a patient.
func (g *general) patternOf(rows []int32) pattern {
	k := g.features(rows)
	p := pattern{k: k, n: make([]float64, k*k), a: make([]float64, g.du*k)}
	zu := make([]float64, g.du)
	for r, row := range rows {
		g.unitRow(zu, int(row))
		if g.structure != Independent {
			p.visits = append(p.visits, g.visit[row])
			for i, z := range zu {
				p.a[i*k+r] = z
			}
			continue
		}
		f := g.zp[int(row)*k : (int(row)+1)*k]
		for a, x := range f {
			for b, y := range f {
				p.n[a*k+b] += x * y
			}
			for i, z := range zu {
				p.a[i*k+a] += z * x
			}
		}
	}
	return p
}

func (p *pattern) key() string {
	var b []byte
	for _, x := range [][]float64{p.n, p.a} {
		for _, v := range x {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	for _, v := range p.visits {
		b = append(b, byte(v))
	}
	return string(b)
}

// findPatterns numbers the patterns in the order of the patients; of[j] is the pattern of patient j.
func (g *general) findPatterns(start []int, order []int32, patients int) (of []int32) {
	number, count := map[string]int32{}, []int{}
	of = make([]int32, patients)
	for j := range patients {
		p := g.patternOf(order[start[j]:start[j+1]])
		key := p.key()
		k, known := number[key]
		if !known {
			k = int32(len(g.patterns))
			number[key] = k
			g.patterns, count = append(g.patterns, p), append(count, 0)
			g.largest = max(g.largest, p.k)
		}
		of[j] = k
		count[k]++
	}
	for k := range g.patterns {
		if count[k] == 1 {
			g.patterns[k].loose, g.loose = true, true
		}
	}
	return of
}

// makeCells lists which patterns occur in which unit and returns each patient's cell.
func (g *general) makeCells(of, unitOf []int32, units, dim int) (cellOf []int32) {
	order := make([]int32, len(of))
	for j := range order {
		order[j] = int32(j)
	}
	slices.SortStableFunc(order, func(x, y int32) int {
		if unitOf[x] != unitOf[y] {
			return int(unitOf[x] - unitOf[y])
		}
		return int(of[x] - of[y])
	})
	cellOf = make([]int32, len(of))
	g.first = make([]int32, units+1)
	rows := 0
	for _, j := range order {
		u, k := unitOf[j], of[j]
		if c := len(g.cells) - 1; c < 0 || g.cells[c].unit != u || g.cells[c].pattern != k {
			g.patterns[k].members = append(g.patterns[k].members, int32(len(g.cells)))
			g.cells = append(g.cells, patternCell{unit: u, pattern: k, at: rows})
			rows += g.patterns[k].k
		}
		c := len(g.cells) - 1
		g.cells[c].m++
		cellOf[j] = int32(c)
		g.first[u+1] = int32(c + 1)
	}
	for u := range units { // every unit has rows, hence cells
		g.first[u+1] = max(g.first[u+1], g.first[u])
	}
	g.t = make([]float64, rows*dim)
	for k := range g.patterns {
		p := &g.patterns[k]
		if !p.loose {
			p.c = make([]float64, len(p.members)*p.squares()*triangle(dim))
		}
	}
	return cellOf
}

// widest is the largest number of rows of t of one unit.
func (g *general) widest() int {
	most := 0
	for u := range g.units {
		n := 0
		for k := g.first[u]; k < g.first[u+1]; k++ {
			n += g.patterns[g.cells[k].pattern].k
		}
		most = max(most, n)
	}
	return most
}

// squares is how many products of two features there are.
func (p *pattern) squares() int { return p.k * (p.k + 1) / 2 }

// stored is how many of them are kept.
func (p *pattern) stored() int {
	if p.loose {
		return 0
	}
	return p.squares()
}

// fill adds every patient to its cell and unit.
func (g *general) fill(m *Model, d *Design, start []int, order, unitOf, cellOf []int32) {
	dim, tri := m.dim, triangle(m.dim)
	units := m.levels[0]
	g.units = make([]unitSums0, units)
	if g.structure == Independent {
		g.s = make([]float64, units*tri)
		g.h0, g.u0 = make([]float64, units*g.du*g.du), make([]float64, units*g.du*dim)
	}
	place := make([]int, len(g.cells)) // of a cell among the members of its pattern
	for k := range g.patterns {
		for at, c := range g.patterns[k].members {
			place[c] = at
		}
	}
	w, t := make([]float64, 4*dim), make([]float64, g.largest*dim)
	zu := make([]float64, g.du)
	for j := range cellOf {
		cell := &g.cells[cellOf[j]]
		p := &g.patterns[cell.pattern]
		rows := order[start[j]:start[j+1]]
		i := int(unitOf[j])
		g.units[i].rows += float64(len(rows))
		g.units[i].patients++
		clear(t)
		for r, row := range rows {
			wr := w[:dim]
			clear(wr)
			m.basis.row(wr[m.pad:], d, int(row))
			if g.structure != Independent {
				copy(t[r*dim:], wr)
				continue
			}
			outer(g.s[i*tri:(i+1)*tri], w, []float64{1, 0, 0, 0}, dim)
			g.unitRow(zu, int(row))
			for a, z := range zu {
				for b, y := range zu {
					g.h0[(i*g.du+a)*g.du+b] += z * y
				}
				axpy(g.u0[(i*g.du+a)*dim:][:dim], wr, z)
			}
			for a := range p.k {
				axpy(t[a*dim:][:dim], wr, g.zp[int(row)*p.k+a])
			}
		}
		for a := range p.k {
			axpy(g.t[(cell.at+a)*dim:][:dim], t[a*dim:][:dim], 1)
		}
		if !p.loose {
			p.addSquares(p.c[place[cellOf[j]]*p.squares()*tri:], t, dim)
		}
	}
}

// addSquares adds sym (t_a t_b') for a >= b, off the diagonal as t_a t_b' + t_b t_a', to consecutive triangles.
func (p *pattern) addSquares(c, t []float64, dim int) {
	tri := triangle(dim)
	pair := make([]float64, 4*dim)
	for a := range p.k {
		for b := range a + 1 {
			s := c[(a*(a+1)/2+b)*tri:][:tri]
			x, y := t[a*dim:][:dim], t[b*dim:][:dim]
			if a == b {
				copy(pair, x)
				outer(s, pair, []float64{1, 0, 0, 0}, dim)
				continue
			}
			// x y' + y x' = ½[(x+y)(x+y)' − (x−y)(x−y)']
			for k := range x {
				pair[k], pair[dim+k] = x[k]+y[k], x[k]-y[k]
			}
			outer(s, pair, []float64{0.5, -0.5, 0, 0}, dim)
		}
	}
}

// axpy adds f·x to y.
func axpy(y, x []float64, f float64) {
	if f == 0 {
		return
	}
	y = y[:len(x)]
	for len(x) >= 4 {
		d, a := y[:4:4], x[:4:4]
		d[0] += f * a[0]
		d[1] += f * a[1]
		d[2] += f * a[2]
		d[3] += f * a[3]
		y, x = y[4:], x[4:]
	}
	for k, v := range x {
		y[k] += f * v
	}
}

// gsample is the statistics summed over units with weights.
type gsample struct {
	rows, patients, units float64
	all                   []float64   // s and then each of c, block by block
	s                     []float64   // in an MMRM the identity of the padding only
	c                     [][]float64 // per pattern: Σ ω C
	m                     []float64   // per pattern: Σ ω m
	index                 []int32     // units drawn
	omega                 []float64
	limit                 []float64
	members               []int32
	weights               []float64
}

func (m *Model) newGsample() *gsample {
	g, tri := m.general, triangle(m.dim)
	most := m.levels[0]
	x := &gsample{m: make([]float64, len(g.patterns)), limit: make([]float64, m.dim)}
	blocks := 1
	for k := range g.patterns {
		blocks += g.patterns[k].stored()
	}
	x.all = make([]float64, blocks*tri)
	x.s = x.all[:tri]
	rest := x.all[tri:]
	for k := range g.patterns {
		p := &g.patterns[k]
		most = max(most, len(p.members))
		n := p.stored() * tri
		x.c, rest = append(x.c, rest[:n:n]), rest[n:]
	}
	x.index, x.omega = make([]int32, 0, most), make([]float64, 0, most)
	x.members, x.weights = make([]int32, 0, most), make([]float64, 0, most)
	return x
}

// drawGeneral sums the statistics over units with weights (nil = all ones).
func (m *Model) drawGeneral(x *gsample, weights []float64) {
	g, dim := m.general, m.dim
	weight := func(i int32) float64 {
		if weights == nil {
			return 1
		}
		return weights[i]
	}
	x.rows, x.patients, x.units = 0, 0, 0
	x.index, x.omega = x.index[:0], x.omega[:0]
	for i := range m.levels[0] {
		w := weight(int32(i))
		if w == 0 {
			continue
		}
		x.index, x.omega = append(x.index, int32(i)), append(x.omega, w)
		x.rows += w * g.units[i].rows
		x.patients += w * g.units[i].patients
		x.units += w
	}
	if g.s != nil {
		gather(x.s, g.s, x.index, x.omega)
	}
	for k := range g.patterns {
		p := &g.patterns[k]
		x.members, x.weights, x.m[k] = x.members[:0], x.weights[:0], 0
		for at, c := range p.members {
			if w := weight(g.cells[c].unit); w != 0 {
				x.members, x.weights = append(x.members, int32(at)), append(x.weights, w)
				x.m[k] += w * g.cells[c].m
			}
		}
		if !p.loose {
			gather(x.c[k], p.c, x.members, x.weights)
		}
	}
	m.setLimits(x, dim)
}

// setLimits finds how small a pivot of M may become. In an MMRM the total Σ w w' is not stored; its diagonal is that of
// the squares of single visits.
func (m *Model) setLimits(x *gsample, dim int) {
	g, tri := m.general, triangle(dim)
	for r := range dim {
		at := rowAt(r) + r
		d := 0.0
		switch {
		case r < m.pad:
			d = 1
			x.s[at] = 1 // the padding is an identity that no sum touches
		case g.s != nil:
			d = x.s[at]
		default:
			for k := range g.patterns {
				for a := 0; a < g.patterns[k].k && !g.patterns[k].loose; a++ {
					d += x.c[k][(a*(a+1)/2+a)*tri+at]
				}
			}
			for u, i := range x.index {
				for c := g.first[i]; c < g.first[i+1] && g.loose; c++ {
					if cell := &g.cells[c]; g.patterns[cell.pattern].loose {
						for a := range g.patterns[cell.pattern].k {
							v := g.t[(cell.at+a)*dim+r]
							d += x.omega[u] * v * v
						}
					}
				}
			}
		}
		x.limit[r] = pivotShare * d
	}
}

// identifiedGeneral is Model.identified for the general criterion.
func (m *Model) identifiedGeneral(x *gsample) string {
	if m.general.structure == Independent && x.patients >= x.rows {
		return "no " + m.names[m.general.lowest] + " with two rows in the resample"
	}
	if m.general.nested && m.general.qu > 0 && x.units >= x.patients {
		return "no " + m.names[0] + " with two " + m.names[m.general.lowest] + " groups in the resample"
	}
	return ""
}
