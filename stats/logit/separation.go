package logit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Separation is what the covariates predict perfectly, found before fitting: cells of the design (a visit in an arm)
// whose answers are all alike, binary all without or all with the event, ordinal all in the lowest or all in the
// highest category. Coefficients that tell such a cell from the others run to infinity. Its rows have probability one
// in the limit and are put aside; what the other rows determine is estimated from them, which is the limit of the
// maximum likelihood estimates (Geyer 2009, Electronic Journal of Statistics 3, 259-289).
type Separation struct {
	Rows  int // put aside
	Cells []Cell
	// Null are the directions in the terms that the rows left do not determine: a combination of terms has an
	// estimate when it is orthogonal to all of them.
	Null [][]float64
}

// Cell is a group of rows put aside, alike in the terms that have no finite estimate.
type Cell struct {
	Terms    []string
	Values   []float64
	Rows     int
	Category string // the only one that occurs
}

// Where names the cell by the terms that are not zero in it.
func (c *Cell) Where() string {
	var parts []string
	for k, name := range c.Terms {
		switch v := c.Values[k]; {
		case name == "(Intercept)" || v == 0:
		case v == 1:
			parts = append(parts, name)
		default:
			parts = append(parts, name+" = "+strconv.FormatFloat(v, 'g', 6, 64))
		}
	}
	if parts == nil {
		return "none of " + strings.TrimPrefix(list(c.Terms), "(Intercept), ")
	}
	return strings.Join(parts, ", ")
}

// separate puts aside the rows that the covariates predict perfectly, until none are left.
func (m *Model) separate(order, patient []int32) error {
	var aside []int32
	for {
		end := m.glm()
		if end.separated == nil {
			m.start = end.gamma
			break
		}
		var rest []int32
		rest, aside = m.split(end.separated, aside)
		if len(rest) == 0 {
			return fmt.Errorf("the covariates predict %s perfectly in every row, so no coefficient has a finite estimate; is the outcome among the covariates?", m.response)
		}
		if err := m.checkRest(rest); err != nil {
			return err
		}
		if err := m.load(rest, patient); err != nil {
			return err
		}
	}
	if aside != nil {
		m.separation = m.describe(aside)
	}
	return nil
}

// split divides the rows in use; a row is put aside when all its logistic rows are separated.
func (m *Model) split(separated []bool, aside []int32) (rest, out []int32) {
	keep := make([]bool, len(m.sourceRow))
	for r, at := range m.of {
		keep[at] = keep[at] || !separated[r]
	}
	for at, row := range m.sourceRow {
		if keep[at] {
			rest = append(rest, row)
		} else {
			aside = append(aside, row)
		}
	}
	return rest, aside
}

// checkRest refuses outcomes of which a category is left in the perfectly predicted rows only.
func (m *Model) checkRest(rest []int32) error {
	seen := make([]bool, len(m.categories))
	for _, row := range rest {
		seen[m.y[row]] = true
	}
	for k, yes := range seen {
		if !yes {
			return fmt.Errorf("%s is %s only in rows that the covariates predict perfectly: nothing can be estimated beside them; use fewer covariates, or join categories", m.response, m.categories[k])
		}
	}
	if len(rest) == len(m.sourceRow) {
		return fmt.Errorf("category %s of %s occurs only where the covariates predict it: its threshold has no finite estimate; join it with its neighbour", m.categories[0], m.response)
	}
	return nil
}

// describe groups the rows put aside by the terms that they alone determine.
func (m *Model) describe(aside []int32) *Separation {
	p := len(m.terms)
	s := &Separation{Rows: len(aside)}
	involved := make([]bool, p)
	for _, v := range m.basis.null {
		if m.basis.constant {
			v = v[1:]
		}
		s.Null = append(s.Null, v)
		for j, x := range v {
			involved[j] = involved[j] || x != 0
		}
	}
	var names []string
	for j, yes := range involved {
		if yes {
			names = append(names, m.terms[j])
		}
	}
	slices.Sort(aside)
	for _, row := range aside {
		var values []float64
		for j, yes := range involved {
			if yes {
				values = append(values, m.x[int(row)*p+j])
			}
		}
		category := m.categories[m.y[row]]
		k := slices.IndexFunc(s.Cells, func(c Cell) bool { return c.Category == category && slices.Equal(c.Values, values) })
		if k < 0 {
			k = len(s.Cells)
			s.Cells = append(s.Cells, Cell{Terms: names, Values: values, Category: category})
		}
		s.Cells[k].Rows++
	}
	return s
}

// Estimable says whether a combination of the model's terms has a finite estimate.
func (s *Separation) Estimable(l []float64) bool {
	if s == nil {
		return true
	}
	for _, v := range s.Null {
		sum, size := 0.0, 0.0
		for j, x := range l {
			sum += x * v[j]
			size += abs(x * v[j])
		}
		if abs(sum) > 1e-9*size {
			return false
		}
	}
	return true
}

func abs(x float64) float64 { return max(x, -x) }
