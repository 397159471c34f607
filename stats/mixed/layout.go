package mixed

import (
	"fmt"
	"math"
	"slices"
)

// level says in which space a covariance block lives.
type level uint8

const (
	unitLevel    level = iota // effects of the upper groups
	middleLevel               // one intercept for each middle group, as a unit at a visit
	patientLevel              // effects of the lowest groups
)

// block is one covariance block Ψ = ΛΛ', Λ lower triangular, relative to σ². Its columns are scaled (and, where they
// may covary, made orthonormal over the rows), so that parameters of 1 are ordinary whatever the units of a slope.
type block struct {
	level level
	group int // index into the names of groups
	q, at int // its columns at..at+q of the level
	par   int // first parameter: Λ row by row
	terms []string
	r     []float64 // q×q upper triangle: z = z* r, Ψ* = rΨr'
}

// layout is how the rows of a design enter the general criterion.
type layout struct {
	blocks []block
	np     int // parameters

	unit, patient []int32
	nested        bool // patients are not the units themselves
	lowest        int  // index into the names of groups of the patient
	qu, qp        int
	zu, zp        []float64 // n×qu, n×qp

	// Middle groups (a unit at a visit) become further columns of the unit; where the unit's own columns depend on
	// the middle group only, they are combinations E of the middle groups' indicators.
	middle []int32 // number of a row's middle group within its unit; nil without
	du     int     // dimension of the unit's space
	e      []float64
	mask   []bool // which dimensions a middle group's effect enters

	indicators bool // the unit's space is that of the middle groups' indicators

	structure Structure
	visit     []int32
	visits    int
	residual  int // first parameter of the residual covariance
}

// maxEffects is how many random effects a grouping factor may have.
const maxEffects = 3

// maxMiddle is how many middle groups one unit may hold, maxVisits how many visits a residual covariance may have.
const (
	maxMiddle = 60
	maxVisits = 60
)

// simple says whether a design is one of random intercepts, one a group, at most two groups: the case that
// criterion.go treats.
func simple(d *Design) bool {
	if d.Random == nil && d.Residual.Structure == Independent {
		return true
	}
	if d.Residual.Structure != Independent || len(d.Random) != len(d.Groups) || len(d.Groups) > 2 {
		return false
	}
	for k, e := range d.Random {
		if e.Group != k || len(e.Terms) != 1 || slices.ContainsFunc(e.Z, func(z float64) bool { return z != 1 }) {
			return false
		}
	}
	return true
}

// effects are the blocks of a design, written out for random intercepts.
func effects(d *Design) []Effects {
	if d.Random != nil {
		return d.Random
	}
	ones := make([]float64, len(d.Y))
	for k := range ones {
		ones[k] = 1
	}
	var out []Effects
	for k := range d.Groups {
		out = append(out, Effects{Group: k, Terms: []string{"(Intercept)"}, Z: ones})
	}
	return out
}

func newLayout(d *Design) (*layout, error) {
	l := &layout{unit: d.Groups[0].Of, lowest: len(d.Groups) - 1, nested: len(d.Groups) > 1, structure: d.Residual.Structure}
	middle := -1
	if len(d.Groups) == 3 {
		var err error
		if middle, l.lowest, err = chooseMiddle(d); err != nil {
			return nil, err
		}
	}
	if l.structure != Independent && d.Residual.Group != l.lowest {
		return nil, fmt.Errorf("%s(%s|%s) must be of the lowest groups, %s", l.structure, d.Residual.Visit.Name, d.Groups[d.Residual.Group].Name, d.Groups[l.lowest].Name)
	}
	l.patient = d.Groups[l.lowest].Of
	count := make([]int, len(d.Groups))
	for _, e := range effects(d) {
		if err := l.addBlock(d, e, middle, &count[e.Group]); err != nil {
			return nil, err
		}
	}
	l.fillColumns(d)
	l.du = l.qu
	if middle >= 0 {
		if err := l.addMiddle(d, middle); err != nil {
			return nil, err
		}
	}
	l.number()
	return l, l.addVisits(d)
}

// chooseMiddle says which of the two lower groupings becomes columns of the unit: the upper one, which must then have
// an intercept only.
func chooseMiddle(d *Design) (middle, lowest int, err error) {
	plain := func(g int) bool {
		if d.Residual.Structure != Independent && d.Residual.Group == g {
			return false
		}
		n := 0
		for _, e := range effects(d) {
			if e.Group == g {
				n += len(e.Terms)
				if len(e.Terms) != 1 || e.Terms[0] != "(Intercept)" {
					return false
				}
			}
		}
		return n == 1
	}
	_, nests := crossing(d.Groups[1], d.Groups[2])
	switch {
	case plain(1):
		return 1, 2, nil
	case !nests && plain(2):
		return 2, 1, nil
	}
	return 0, 0, fmt.Errorf("%s and %s both have more than an intercept below %s; one of the two may have (1|%s) only", d.Groups[1].Name, d.Groups[2].Name, d.Groups[0].Name, d.Groups[1].Name)
}

// crossing says whether every lower group lies in one upper group; if not, which lower group does not.
func crossing(upper, lower Group) (bad int32, nests bool) {
	in := make([]int32, len(lower.Levels))
	for k := range in {
		in[k] = -1
	}
	for row, k := range lower.Of {
		if in[k] >= 0 && in[k] != upper.Of[row] {
			return k, false
		}
		in[k] = upper.Of[row]
	}
	return 0, true
}

func (l *layout) addBlock(d *Design, e Effects, middle int, used *int) error {
	q, n, name := len(e.Terms), len(d.Y), d.Groups[e.Group].Name
	if len(e.Z) != n*q {
		panic("mixed: Z is not n×q")
	}
	if *used += q; *used > maxEffects {
		return fmt.Errorf("%s has more than %d random effects; supported are up to %d a group, as (1 + t|%s)", name, maxEffects, maxEffects, name)
	}
	if groups := len(d.Groups[e.Group].Levels); groups*q >= n {
		return fmt.Errorf("%s has %d groups of %d random effects, as many as there are rows (%d): their variances cannot be told from the residual; use fewer random effects", name, groups, q, n)
	}
	b := block{group: e.Group, q: q, terms: e.Terms, r: make([]float64, q*q)}
	full := triangularise(e.Z, n, q)
	for j := range q {
		length := 0.0
		for i := 0; i <= j; i++ {
			length = math.Hypot(length, full[i*q+j])
			b.r[i*q+j] = full[i*q+j] / math.Sqrt(float64(n))
		}
		if !(math.Abs(full[j*q+j]) > rankTolerance*length) {
			return fmt.Errorf("the random effects of %s cannot be told apart: %s is determined by the others in the rows used", name, e.Terms[j])
		}
	}
	if q == 1 && e.Terms[0] == "(Intercept)" {
		b.r[0] = 1
	}
	switch {
	case e.Group == middle:
		b.level = middleLevel
	case e.Group == l.lowest:
		b.level, b.at = patientLevel, l.qp
		l.qp += q
	default:
		b.level, b.at = unitLevel, l.qu
		l.qu += q
	}
	l.blocks = append(l.blocks, b)
	return nil
}

// fillColumns makes the scaled columns zu and zp.
func (l *layout) fillColumns(d *Design) {
	n := len(d.Y)
	l.zu, l.zp = make([]float64, n*l.qu), make([]float64, n*l.qp)
	for k, e := range effects(d) {
		b := &l.blocks[k]
		out, width := l.zu, l.qu
		switch b.level {
		case middleLevel:
			continue
		case patientLevel:
			out, width = l.zp, l.qp
		}
		for row := range n {
			z := out[row*width+b.at : row*width+b.at+b.q]
			copy(z, e.Z[row*b.q:(row+1)*b.q])
			for j := range z { // z* r = z
				z[j] /= b.r[j*b.q+j]
				for i := j + 1; i < b.q; i++ {
					z[i] -= z[j] * b.r[j*b.q+i]
				}
			}
		}
	}
}

// addMiddle numbers the middle groups within their units and makes the unit's space.
func (l *layout) addMiddle(d *Design, middle int) error {
	g := d.Groups[middle]
	unitOf := make([]int32, len(g.Levels))
	for row, k := range g.Of {
		unitOf[k] = l.unit[row]
	}
	next, number := make([]int32, len(d.Groups[0].Levels)), make([]int32, len(g.Levels))
	most := 0
	for k, u := range unitOf {
		number[k] = next[u]
		next[u]++
		most = max(most, int(next[u]))
	}
	if most > maxMiddle {
		return fmt.Errorf("one %s holds %d groups of %s; supported are up to %d", d.Groups[0].Name, most, g.Name, maxMiddle)
	}
	l.middle = make([]int32, len(g.Of))
	for row, k := range g.Of {
		l.middle[row] = number[k]
	}
	if !l.determined(most) {
		l.du = l.qu + most
		l.e = make([]float64, l.du*l.qu)
		for k := range l.qu {
			l.e[k*l.qu+k] = 1
		}
	}
	l.mask = make([]bool, l.du)
	for k := l.du - most; k < l.du; k++ {
		l.mask[k] = true
	}
	return nil
}

// determined sets E when the unit's columns depend on the middle group's number only.
func (l *layout) determined(most int) bool {
	e, seen := make([]float64, most*l.qu), make([]bool, most)
	for row, t := range l.middle {
		z, have := l.zu[row*l.qu:(row+1)*l.qu], e[int(t)*l.qu:(int(t)+1)*l.qu]
		if !seen[t] {
			copy(have, z)
			seen[t] = true
		} else if !slices.Equal(have, z) {
			return false
		}
	}
	l.du, l.e, l.indicators = most, e, true
	return true
}

// number gives the parameters their places: units, middle groups, patients, residual covariance.
func (l *layout) number() {
	for _, at := range []level{unitLevel, middleLevel, patientLevel} {
		for k := range l.blocks {
			if b := &l.blocks[k]; b.level == at {
				b.par = l.np
				l.np += b.q * (b.q + 1) / 2
			}
		}
	}
	l.residual = l.np
}

func (l *layout) addVisits(d *Design) error {
	if l.structure == Independent {
		return nil
	}
	v := d.Residual.Visit
	l.visit, l.visits = v.Of, len(v.Levels)
	if l.visits < 2 {
		return fmt.Errorf("%s has only the value %s in the rows used: a covariance of visits needs two", v.Name, v.Levels[0])
	}
	if l.visits > maxVisits {
		return fmt.Errorf("%s has %d different values; a covariance of visits may have up to %d", v.Name, l.visits, maxVisits)
	}
	if l.qp > 0 {
		return fmt.Errorf("%s(%s|%s) already holds what varies between the groups of %s: leave their random effects out", l.structure, v.Name, d.Groups[l.lowest].Name, d.Groups[l.lowest].Name)
	}
	seen := map[[2]int32]bool{}
	together := make([]bool, l.visits*l.visits)
	perPatient := map[int32][]int32{}
	for row, j := range l.patient {
		key := [2]int32{j, v.Of[row]}
		if seen[key] {
			return fmt.Errorf("%s %s has two rows at %s %s: %s(%s|%s) needs one a visit", d.Groups[l.lowest].Name, d.Groups[l.lowest].Levels[j], v.Name, v.Levels[v.Of[row]], l.structure, v.Name, d.Groups[l.lowest].Name)
		}
		seen[key] = true
		for _, t := range perPatient[j] {
			together[int(t)*l.visits+int(v.Of[row])], together[int(v.Of[row])*l.visits+int(t)] = true, true
		}
		perPatient[j] = append(perPatient[j], v.Of[row])
	}
	if correlated(l.structure) && !slices.Contains(together, true) {
		return fmt.Errorf("no %s has two rows: %s(%s|%s) has nothing to estimate a correlation from", d.Groups[l.lowest].Name, l.structure, v.Name, d.Groups[l.lowest].Name)
	}
	if l.structure == Unstructured {
		for s := range l.visits {
			for t := range s {
				if !together[s*l.visits+t] {
					return fmt.Errorf("no %s has rows at both %s %s and %s: us() cannot estimate their covariance; use ar1h() or cs()", d.Groups[l.lowest].Name, v.Name, v.Levels[t], v.Levels[s])
				}
			}
		}
	}
	l.np += residualParameters(l.structure, l.visits)
	return nil
}

// unitRow sets z to a row in the unit's space.
func (l *layout) unitRow(z []float64, row int) {
	if l.middle == nil {
		copy(z, l.zu[row*l.qu:(row+1)*l.qu])
		return
	}
	clear(z)
	if l.indicators {
		z[l.middle[row]] = 1
		return
	}
	copy(z, l.zu[row*l.qu:(row+1)*l.qu])
	z[l.qu+int(l.middle[row])] = 1
}
