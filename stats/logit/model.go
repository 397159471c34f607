package logit

import (
	"fmt"
	"slices"
	"strings"

	"trialbox/stats/mixed"
)

// Model is a design in the form the criterion reads. It is not changed by fitting, so several goroutines may share
// one, each with its own Scratch.
type Model struct {
	opt        Options
	response   string
	categories []string
	terms      []string // terms kept: not determined by those before them
	dropped    []string
	names      []string // grouping factors, upper first
	levels     []int    // their numbers of levels
	nested     bool     // two grouping factors
	n          int      // rows of the design
	sourceRow  []int32  // row of the design of each row used
	x          []float64
	y          []int32 // category of each row of the design
	unitOf     []int32 // unit of each row of the design

	basis  *basis
	cuts   int // K−1 thresholds of the cumulative logit; 0 for a binary outcome
	q      int // length of γ: thresholds, then coefficients of the basis
	stride int // of z: q padded to a multiple of four

	// Logistic rows, sorted by unit and patient: one a row of a binary outcome or of an end category, two a row of an
	// interior category.
	z       []float64 // rows × stride
	up      []float64 // 1 where the logistic row is a success, 0 where a failure
	of      []int32   // row used
	first   []int32   // patients+1: logistic rows of patient j
	members []int32   // units+1: patients of unit i
	gaps    []float64 // units × cuts: answers in the category between threshold k−1 and threshold k; k = 0 unused

	start      []float64   // γ without random effects
	rows       []float64   // Firth only: rows of the basis
	separation *Separation // nil when every coefficient has a finite estimate
}

// New brings a design into the form the criterion reads. Covariates that others determine are left out and named;
// cells of the design whose answers are all alike, so that no finite estimate exists, are put aside and counted (see
// Separation). The errors are sentences for the analyst.
func New(d *mixed.Design, opt Options) (*Model, error) {
	y, categories, err := outcome(d, &opt)
	if err != nil {
		return nil, err
	}
	if err := checkDesign(d); err != nil {
		return nil, err
	}
	if err := checkVaries(d, y); err != nil {
		return nil, err
	}
	m := &Model{opt: opt, response: d.Response, categories: categories, n: len(d.Y), y: y, nested: len(d.Groups) == 2}
	for _, g := range d.Groups {
		m.names, m.levels = append(m.names, g.Name), append(m.levels, len(g.Levels))
	}
	if opt.Ordinal {
		m.cuts = len(categories) - 1
	}
	unit, patient := d.Groups[0].Of, d.Groups[len(d.Groups)-1].Of
	m.unitOf = unit
	order := make([]int32, m.n)
	for k := range order {
		order[k] = int32(k)
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		if unit[a] != unit[b] {
			return int(unit[a] - unit[b])
		}
		return int(patient[a] - patient[b])
	})
	m.columns(d, order)
	if npar := m.cuts + len(m.terms) + len(m.names); m.n < npar {
		return nil, fmt.Errorf("%d rows are too few for %d parameters: use fewer covariates or more data", m.n, npar)
	}
	if err := m.load(order, patient); err != nil {
		return nil, err
	}
	if err := m.checkAliased(); err != nil {
		return nil, err
	}
	return m, m.separate(order, patient)
}

// columns keeps the terms that are not determined by those before them. The constant belongs to the thresholds.
func (m *Model) columns(d *mixed.Design, order []int32) {
	p := len(d.Terms)
	var use []int
	for j, name := range d.Terms {
		if !m.opt.Ordinal || name != "(Intercept)" {
			use = append(use, j)
		}
	}
	pick := func(use []int) []float64 {
		x := make([]float64, 0, m.n*len(use))
		for row := range m.n {
			for _, j := range use {
				x = append(x, d.X[row*p+j])
			}
		}
		return x
	}
	b, _ := newBasis(pick(use), len(use), order, m.opt.Ordinal)
	var kept []int
	for _, c := range b.kept {
		if b.constant {
			c--
		}
		if c >= 0 {
			kept = append(kept, use[c])
			m.terms = append(m.terms, d.Terms[use[c]])
		}
	}
	for _, j := range use {
		if !slices.Contains(kept, j) {
			m.dropped = append(m.dropped, d.Terms[j])
		}
	}
	m.x = pick(kept)
}

// load makes the logistic rows of the rows listed, which are sorted by unit and patient.
func (m *Model) load(order []int32, patient []int32) error {
	b, z := newBasis(m.x, len(m.terms), order, m.opt.Ordinal)
	m.basis, m.sourceRow = b, order
	k := len(b.kept)
	m.q = k
	if m.opt.Ordinal {
		m.q = k - 1 + m.cuts
	}
	m.stride = (m.q + 3) &^ 3
	m.z, m.up, m.of, m.first = nil, nil, nil, []int32{0}
	m.members = make([]int32, m.levels[0]+1)
	m.gaps = make([]float64, m.levels[0]*m.cuts)
	last := int32(-1)
	for at, row := range order {
		if patient[row] != last && last >= 0 {
			m.first = append(m.first, int32(len(m.up)))
		}
		last = patient[row]
		m.members[m.unitOf[row]+1] = int32(len(m.first))
		m.addRow(int32(at), z[at*k:(at+1)*k], m.y[row])
	}
	if len(order) > 0 {
		m.first = append(m.first, int32(len(m.up)))
	}
	for i := range m.levels[0] {
		m.members[i+1] = max(m.members[i+1], m.members[i])
	}
	return nil
}

// addRow adds the logistic rows of one answer: with A = α_c − η and B = α_{c−1} − η
//
//	F(A) − F(B) = F(A) (1 − F(B)) (1 − e^{B−A})
//
// so an answer in category c is a success at its upper threshold, a failure at its lower one, and a term free of η.
func (m *Model) addRow(at int32, z []float64, y int32) {
	add := func(up float64) []float64 {
		m.up, m.of = append(m.up, up), append(m.of, at)
		m.z = append(m.z, make([]float64, m.stride)...)
		return m.z[len(m.z)-m.stride:]
	}
	if !m.opt.Ordinal {
		copy(add(float64(y)), z)
		return
	}
	threshold := func(up float64, cut int32) {
		row := add(up)
		row[cut] = 1
		for j, v := range z[1:] {
			row[m.cuts+j] = -v
		}
	}
	if y < int32(m.cuts) {
		threshold(1, y)
	}
	if y > 0 {
		threshold(0, y-1)
	}
	if y > 0 && y < int32(m.cuts) {
		m.gaps[int(m.unitOf[m.sourceRow[at]])*m.cuts+int(y)]++
	}
}

// checkAliased refuses groups that the fixed effects determine, as one unit an arm: their variance is not identified.
func (m *Model) checkAliased() error {
	groups, k := m.levels[0], len(m.basis.kept)
	if groups > k {
		return nil
	}
	_, z := newBasis(m.x, len(m.terms), m.sourceRow, m.opt.Ordinal)
	sum, size := make([]float64, groups*k), make([]float64, groups)
	for at, row := range m.sourceRow {
		i := int(m.unitOf[row])
		size[i]++
		for j, v := range z[at*k : (at+1)*k] {
			sum[i*k+j] += v
		}
	}
	for i, n := range size {
		length := 0.0
		for _, v := range sum[i*k : (i+1)*k] {
			length += v * v
		}
		if length/float64(m.n) < n*(1-1e-9) {
			return nil
		}
	}
	return fmt.Errorf("the fixed effects determine the %d groups of %s (as with one group an arm): the variance between them cannot be estimated; more groups are needed, or a model without (1|%s)", groups, m.names[0], m.names[0])
}

// Units is the number of levels of the upper grouping factor, the length of a weight vector.
func (m *Model) Units() int { return m.levels[0] }

// patients is the number of lower groups with rows in use.
func (m *Model) patients() int { return len(m.first) - 1 }

// original sets thresholds and coefficients of the terms from γ: β = R⁻¹γ_β, and, the constant being the first
// column of the basis, α = γ_α + r_0'β. Terms that the rows in use cannot tell from others get 0.
func (m *Model) original(gamma, thresholds, beta []float64) {
	clear(beta)
	k := len(m.basis.kept)
	out := make([]float64, k)
	if !m.opt.Ordinal {
		m.basis.solve(out, gamma)
		for i, c := range m.basis.kept {
			beta[c] = out[i]
		}
		return
	}
	g := make([]float64, k) // the constant's own coefficient is zero: the thresholds have it
	copy(g[1:], gamma[m.cuts:m.q])
	m.basis.solve(out, g)
	for i, c := range m.basis.kept[1:] {
		beta[c-1] = out[i+1]
	}
	for c := range thresholds {
		thresholds[c] = gamma[c] - out[0]
	}
}

// linear is the matrix of original: row r (thresholds, then terms) by column of γ.
func (m *Model) linear() []float64 {
	rows := m.cuts + len(m.terms)
	t := make([]float64, rows*m.q)
	e, out := make([]float64, m.q), make([]float64, rows)
	for j := range m.q {
		e[j] = 1
		m.original(e, out[:m.cuts], out[m.cuts:])
		e[j] = 0
		for r, v := range out {
			t[r*m.q+j] = v
		}
	}
	return t
}

// parameters names γ's original form: thresholds, then terms.
func (m *Model) parameters() []string {
	return append(m.thresholdNames(), m.terms...)
}

// thresholdNames are the categories on either side, as ordinal's clmm names them.
func (m *Model) thresholdNames() []string {
	var out []string
	for c := range m.cuts {
		out = append(out, m.categories[c]+"|"+m.categories[c+1])
	}
	return out
}

func list(names []string) string { return strings.Join(names, ", ") }
