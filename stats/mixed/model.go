package mixed

import (
	"math"
	"slices"
)

// Model is a design reduced to its sufficient statistics. It is not changed by fitting, so several goroutines may
// share one, each with its own Scratch.
type Model struct {
	response string
	names    []string // grouping factors, upper first
	levels   []int    // their numbers of levels
	rows     int
	n        float64
	nested   bool // two grouping factors

	basis        basis
	dim          int // P: columns of a tiled row, padded in front to a multiple of four
	pad          int // columns of padding
	counts       []float64
	meanRows     float64   // n̄: rows per patient
	halfUnit     float64   // h̄: half the rows per unit
	unitRows     []float64 // rows of each unit
	unitPatients []float64
	s            []float64  // units × triangle: S_i
	cells        []cell     // by unit, then count
	first        []int32    // units+1: cells of unit i are first[i] to first[i+1]
	t            []float64  // cells × dim: T_in
	q            []float64  // cells × triangle: Q_in; nil with one grouping factor, where Q_in = T_in T_in'
	byCount      [][]member // cells of each count

	general    *general // anything but random intercepts of one or two groups; the fields from counts on are empty then
	nests      []bool   // groups × groups: the first holds the second
	visitNames []string // of an MMRM
}

// cell is the patients of one unit who have the same number of rows.
type cell struct {
	unit  int32
	count int32   // index into Model.counts
	m     float64 // m_in
}

// member is a cell seen from its count.
type member struct {
	unit, cell int32
	m          float64
}

// New reduces a design to its sufficient statistics. Covariates that others determine are left out and named in
// Fit.DroppedTerms. The error is a sentence for the analyst: no rows, a constant outcome, values that are not finite,
// one group only, groups that cannot be told apart from rows or from each other.
func New(d *Design) (*Model, error) {
	if err := check(d); err != nil {
		return nil, err
	}
	b, err := newBasis(d)
	if err != nil {
		return nil, err
	}
	m := &Model{response: d.Response, rows: len(d.Y), n: float64(len(d.Y)), nested: len(d.Groups) == 2, basis: *b}
	if !simple(d) {
		err := m.reduceGeneral(d)
		m.basis.z = nil
		return m, err
	}
	m.shape(d)
	if npar := len(b.kept) + len(m.names) + 1; m.rows < npar {
		return nil, errTooFewRows(m.rows, npar)
	}
	m.reduce(d)
	m.basis.z = nil
	if err := m.checkAliased(); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *Model) shape(d *Design) {
	for _, g := range d.Groups {
		m.names, m.levels = append(m.names, g.Name), append(m.levels, len(g.Levels))
	}
	m.dim = (len(m.basis.kept) + 4) &^ 3
	m.pad = m.dim - len(m.basis.kept) - 1
}

// reduceGeneral makes the statistics of the general criterion.
func (m *Model) reduceGeneral(d *Design) error {
	m.shape(d)
	l, err := newLayout(d)
	if err != nil {
		return err
	}
	if npar := len(m.basis.kept) + l.np + 1; m.rows < npar {
		return errTooFewRows(m.rows, npar)
	}
	if err := m.checkDetermined(d); err != nil {
		return err
	}
	m.nests = make([]bool, len(d.Groups)*len(d.Groups))
	for u := range d.Groups {
		for k := range d.Groups {
			_, m.nests[u*len(d.Groups)+k] = crossing(d.Groups[u], d.Groups[k])
		}
	}
	m.visitNames = d.Residual.Visit.Levels
	m.general = m.newGeneral(d, l)
	return nil
}

// checkAliased refuses groups that the fixed effects determine, as one unit an arm: their variance is not identified.
// A group is determined when its indicator lies in the span of the covariates; these being orthonormal, when the
// squared length of Σ z over its rows is its number of rows.
func (m *Model) checkAliased() error {
	if m.levels[0] > len(m.basis.kept) {
		return nil
	}
	for i, n := range m.unitRows {
		length := 0.0
		for j := m.pad; j < m.dim-1; j++ {
			sum := 0.0
			for c := m.first[i]; c < m.first[i+1]; c++ {
				sum += m.t[int(c)*m.dim+j]
			}
			length += sum * sum
		}
		if length < n*(1-1e-9) {
			return nil
		}
	}
	return errAliased(m.names[0], m.levels[0])
}

// checkDetermined is checkAliased from the rows, for every group that has an intercept of its own.
func (m *Model) checkDetermined(d *Design) error {
	p := len(m.basis.kept)
	for _, e := range effects(d) {
		g := d.Groups[e.Group]
		if e.Terms[0] != "(Intercept)" || len(g.Levels) > p {
			continue
		}
		sums, rows, w := make([]float64, len(g.Levels)*p), make([]float64, len(g.Levels)), make([]float64, p+1)
		for row, k := range g.Of {
			m.basis.row(w, d, row)
			rows[k]++
			axpy(sums[int(k)*p:(int(k)+1)*p], w[:p], 1)
		}
		determined := true
		for k, n := range rows {
			length := 0.0
			for _, v := range sums[k*p : (k+1)*p] {
				length += v * v
			}
			determined = determined && length >= n*(1-1e-9)
		}
		if determined {
			return errAliased(g.Name, len(g.Levels))
		}
	}
	return nil
}

// Units is the number of levels of the upper grouping factor, the length of a weight vector.
func (m *Model) Units() int { return m.levels[0] }

// reduce makes one pass over the rows, patient by patient.
func (m *Model) reduce(d *Design) {
	unit, patient := d.Groups[0].Of, d.Groups[len(d.Groups)-1].Of
	patients := m.levels[len(m.levels)-1]
	start, order := sortRows(patient, patients)
	unitOf := make([]int32, patients)
	for row, j := range patient {
		unitOf[j] = unit[row]
	}
	m.countRows(start)
	m.makeCells(start, unitOf)

	tri, dim := triangle(m.dim), m.dim
	m.s = make([]float64, m.levels[0]*tri)
	m.t = make([]float64, len(m.cells)*dim)
	if m.nested {
		m.q = make([]float64, len(m.cells)*tri)
	}
	m.unitRows = make([]float64, m.levels[0])
	m.unitPatients = make([]float64, m.levels[0])
	w, sum := make([]float64, 4*dim), make([]float64, 4*dim)
	ones, one := []float64{1, 1, 1, 1}, []float64{1, 0, 0, 0}
	for j := range patients {
		i := int(unitOf[j])
		c := m.cellOf(i, start[j+1]-start[j])
		si := m.s[i*tri : (i+1)*tri]
		clear(sum)
		for at := start[j]; at < start[j+1]; at += 4 { // four rows to an outer product
			clear(w)
			for k, row := range order[at:min(at+4, start[j+1])] {
				wk := w[k*dim : (k+1)*dim]
				m.basis.row(wk[m.pad:], d, int(row))
				for x, v := range wk {
					sum[x] += v
				}
			}
			outer(si, w, ones, dim)
		}
		for x := range dim {
			m.t[c*dim+x] += sum[x]
		}
		if m.nested {
			outer(m.q[c*tri:(c+1)*tri], sum, one, dim)
		}
		m.unitRows[i] += float64(start[j+1] - start[j])
		m.unitPatients[i]++
	}
}

// sortRows lists the rows group by group: those of group j are order[start[j]:start[j+1]], in row order.
func sortRows(of []int32, groups int) (start []int, order []int32) {
	start = make([]int, groups+1)
	for _, g := range of {
		start[g+1]++
	}
	for g := range groups {
		start[g+1] += start[g]
	}
	next := slices.Clone(start)
	order = make([]int32, len(of))
	for row, g := range of {
		order[next[g]] = int32(row)
		next[g]++
	}
	return start, order
}

// countRows finds the distinct numbers of rows of a patient and the scales of the two parameters.
func (m *Model) countRows(start []int) {
	seen := map[int]bool{}
	for j := range len(start) - 1 {
		seen[start[j+1]-start[j]] = true
	}
	sorted := make([]int, 0, len(seen))
	for n := range seen {
		sorted = append(sorted, n)
	}
	slices.Sort(sorted)
	for _, n := range sorted {
		m.counts = append(m.counts, float64(n))
	}
	m.meanRows = m.n / float64(m.levels[len(m.levels)-1])
	m.halfUnit = m.n / float64(m.levels[0]) / 2
}

// makeCells lists which counts occur in which unit.
func (m *Model) makeCells(start []int, unitOf []int32) {
	number := map[[2]int32]float64{}
	for j, i := range unitOf {
		number[[2]int32{i, m.countIndex(start[j+1] - start[j])}]++
	}
	for key, k := range number {
		m.cells = append(m.cells, cell{unit: key[0], count: key[1], m: k})
	}
	slices.SortFunc(m.cells, func(x, y cell) int {
		if x.unit != y.unit {
			return int(x.unit - y.unit)
		}
		return int(x.count - y.count)
	})
	m.first = make([]int32, m.levels[0]+1)
	m.byCount = make([][]member, len(m.counts))
	for c, x := range m.cells {
		m.first[x.unit+1] = int32(c + 1)
		m.byCount[x.count] = append(m.byCount[x.count], member{x.unit, int32(c), x.m})
	}
}

func (m *Model) countIndex(rows int) int32 {
	k, _ := slices.BinarySearch(m.counts, float64(rows))
	return int32(k)
}

// cellOf is the cell of unit i for patients with this many rows.
func (m *Model) cellOf(i, rows int) int {
	k := m.countIndex(rows)
	for c := m.first[i]; ; c++ {
		if m.cells[c].count == k {
			return int(c)
		}
	}
}

// sample is a Model's statistics summed over units with weights: all that the criterion needs of one resample.
type sample struct {
	rows     float64 // N
	patients float64
	units    float64
	s, q     []float64 // S*, Q*_n
	m        []float64 // m*_n
	limit    []float64 // smallest pivot of M that still counts as positive

	// The units drawn and their cells, one after the other; empty with one grouping factor.
	weight []float64 // ω_i
	first  []int32
	count  []int32
	rowsOf []float64 // n m_in of each cell
	t      []float64 // cells × dim

	index []int32 // room for gather
	omega []float64
}

func (m *Model) newSample() *sample {
	tri, units, cells := triangle(m.dim), m.levels[0], len(m.cells)
	x := &sample{
		s: make([]float64, tri), q: make([]float64, len(m.counts)*tri), m: make([]float64, len(m.counts)),
		limit: make([]float64, m.dim),
		index: make([]int32, 0, max(units, cells)), omega: make([]float64, 0, max(units, cells)),
	}
	if m.nested {
		x.weight, x.first = make([]float64, 0, units), make([]int32, 0, units+1)
		x.count, x.rowsOf = make([]int32, 0, cells), make([]float64, 0, cells)
		x.t = make([]float64, 0, cells*m.dim)
	} else {
		x.t = make([]float64, 4*m.dim)
		x.weight = make([]float64, 4)
	}
	return x
}

// pivotShare is the share of its own sum of squares that a covariate must keep beside the others to be estimable.
const pivotShare = 1e-10

// draw sums the statistics over units with weights (nil = all ones).
func (m *Model) draw(x *sample, weights []float64) {
	tri := triangle(m.dim)
	x.rows, x.patients, x.units = 0, 0, 0
	x.index, x.omega = x.index[:0], x.omega[:0]
	for i := range m.levels[0] {
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		if w == 0 {
			continue
		}
		x.index, x.omega = append(x.index, int32(i)), append(x.omega, w)
		x.rows += w * m.unitRows[i]
		x.patients += w * m.unitPatients[i]
		x.units += w
	}
	gather(x.s, m.s, x.index, x.omega)
	if m.nested {
		m.listCells(x)
	}
	for k, cells := range m.byCount {
		index, omega, patients := x.index[:0], x.omega[:0], 0.0
		for _, c := range cells {
			w := 1.0
			if weights != nil {
				w = weights[c.unit]
			}
			if w != 0 {
				index, omega = append(index, c.cell), append(omega, w)
				patients += w * c.m
			}
		}
		x.index, x.omega, x.m[k] = index, omega, patients
		q := x.q[k*tri : (k+1)*tri]
		if m.nested {
			gather(q, m.q, index, omega)
		} else {
			m.gatherOuter(q, x)
		}
	}
	for r := range m.dim {
		d := &x.s[rowAt(r)+r]
		if r < m.pad {
			*d = 1 // the padding is an identity that no sum touches
		}
		x.limit[r] = pivotShare * *d
	}
}

// listCells copies the sums of the units drawn side by side.
func (m *Model) listCells(x *sample) {
	x.weight, x.first = x.weight[:0], append(x.first[:0], 0)
	x.count, x.rowsOf, x.t = x.count[:0], x.rowsOf[:0], x.t[:0]
	for k, i := range x.index {
		from, to := m.first[i], m.first[i+1]
		for _, c := range m.cells[from:to] {
			x.count, x.rowsOf = append(x.count, c.count), append(x.rowsOf, c.m*m.counts[c.count])
		}
		x.t = append(x.t, m.t[int(from)*m.dim:int(to)*m.dim]...)
		x.weight = append(x.weight, x.omega[k])
		x.first = append(x.first, int32(len(x.count)))
	}
}

// gatherOuter sets q to Σ ω T T' over the listed cells, each of which is one group.
func (m *Model) gatherOuter(q []float64, x *sample) {
	clear(q)
	for at := 0; at < len(x.index); at += 4 {
		clear(x.weight)
		for k, c := range x.index[at:min(at+4, len(x.index))] {
			copy(x.t[k*m.dim:(k+1)*m.dim], m.t[int(c)*m.dim:])
			x.weight[k] = x.omega[at+k]
		}
		outer(q, x.t, x.weight, m.dim)
	}
}

// identified says in words why this resample cannot tell the variance components apart; "" when it can.
func (m *Model) identified(x *sample) string {
	last := m.names[len(m.names)-1]
	if x.patients >= x.rows {
		return "no " + last + " with two rows in the resample"
	}
	if m.nested && x.units >= x.patients {
		return "no " + m.names[0] + " with two " + last + " groups in the resample"
	}
	return ""
}

// residualDF is the divisor of σ²: N under ML, N−p under REML.
func (m *Model) residualDF(x *sample, method Method) float64 {
	if method == REML {
		return x.rows - float64(len(m.basis.kept))
	}
	return x.rows
}

// shift is what the criterion gains when the outcome returns from residual units to its own (and, under REML, the
// covariates from the orthonormal basis to theirs).
func (m *Model) shift(x *sample, method Method) float64 {
	return m.shiftOf(m.residualDF(x, method), method)
}

func (m *Model) shiftOf(df float64, method Method) float64 {
	d := 2 * df * math.Log(m.basis.scale)
	if method == REML {
		d += 2 * m.basis.logDet
	}
	return d
}
