package formula

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"trialbox/stats/mixed"
)

// Build makes the design: rows with a missing value in any variable are left out and counted, factors are coded by
// treatment contrasts with the first level as the reference, columns are named as R's model.matrix names them.
// Covariates that others determine stay in the design; mixed.New leaves them out and names them.
func (f *Formula) Build(fr *Frame) (*mixed.Design, error) { return f.BuildWhere(fr, nil) }

// BuildWhere is Build on the rows chosen (nil = all). Rows not chosen are not counted as left out.
func (f *Formula) BuildWhere(fr *Frame, chosen []bool) (*mixed.Design, error) {
	return f.build(&builder{f: f, scope: newScope(fr)}, chosen)
}

func (f *Formula) build(b *builder, chosen []bool) (*mixed.Design, error) {
	if err := b.evaluate(); err != nil {
		return nil, err
	}
	dropped := b.completeRows(chosen)
	d := &mixed.Design{Response: deparse(f.response), SourceRow: b.rows, Dropped: dropped}
	if err := b.checkOutcome(); err != nil {
		return nil, err
	}
	d.Y = make([]float64, len(b.rows))
	for n, row := range b.rows {
		d.Y[n] = b.y.num[row]
	}
	columns, err := b.fixed.columns()
	if err != nil {
		return nil, err
	}
	d.Terms, d.X = rowMajor(columns, len(b.rows))
	order, err := b.groups(d)
	if err != nil {
		return nil, err
	}
	if !b.f.onlyIntercepts() {
		if err := b.effects(d, order); err != nil {
			return nil, err
		}
	}
	return d, nil
}

type builder struct {
	f      *Formula
	coded  *categories // how a categorical outcome becomes numbers; nil = it may not be one
	scope  *scope
	y      *value
	fixed  matrix
	random []matrix   // of each of f.random; empty for a residual covariance
	visit  *value     // of the residual covariance
	g      [][]*value // columns of each grouping, as categories
	rows   []int32    // complete rows
}

// matrix makes the columns of one expansion over the complete rows.
type matrix struct {
	e    *expansion
	x    []*value // its variables
	rows []int32
	of   string // the outcome, for messages
}

// column is one column of the model matrix under construction.
type column struct {
	name string
	x    []float64
}

func (b *builder) evaluate() error {
	var err error
	if b.y, err = b.scope.eval(b.f.response); err != nil {
		return err
	}
	if b.coded != nil {
		if err := b.coded.code(b); err != nil {
			return err
		}
	} else if b.y.categories() {
		return fmt.Errorf("the outcome %s holds text (%s); a linear model needs numbers", deparse(b.f.response), listed(b.y.levels))
	}
	if b.fixed, err = b.variables(b.f.fixed); err != nil {
		return err
	}
	b.random = make([]matrix, len(b.f.random))
	for k, t := range b.f.random {
		if t.visit != nil {
			if b.visit, err = b.scope.eval(t.visit); err != nil {
				return err
			}
			b.visit = b.visit.asFactor()
		} else if b.random[k], err = b.variables(t.effects); err != nil {
			return err
		}
	}
	for _, g := range b.f.groups {
		var columns []*value
		for _, name := range g.columns {
			v, err := b.scope.column(name)
			if err != nil {
				return err
			}
			columns = append(columns, v.asFactor())
		}
		b.g = append(b.g, columns)
	}
	return nil
}

func (b *builder) variables(e *expansion) (matrix, error) {
	m := matrix{e: e, of: deparse(b.f.response)}
	for _, n := range e.variables {
		v, err := b.scope.eval(n)
		if err != nil {
			return m, err
		}
		if v.truth {
			v = v.asFactor()
		}
		m.x = append(m.x, v)
	}
	return m, nil
}

// completeRows lists the chosen rows with a value in every variable and counts those without.
func (b *builder) completeRows(chosen []bool) (dropped int) {
	all := append([]*value{b.y}, b.fixed.x...)
	for _, m := range b.random {
		all = append(all, m.x...)
	}
	if b.visit != nil {
		all = append(all, b.visit)
	}
	for _, columns := range b.g {
		all = append(all, columns...)
	}
	for row := range b.scope.frame.Rows {
		switch {
		case chosen != nil && !chosen[row]:
		case slices.ContainsFunc(all, func(v *value) bool { return v.missing(row) }):
			dropped++
		default:
			b.rows = append(b.rows, int32(row))
		}
	}
	b.fixed.rows = b.rows
	for k := range b.random {
		b.random[k].rows = b.rows
	}
	return dropped
}

// checkOutcome says which variable empties the model, if one does.
func (b *builder) checkOutcome() error {
	if len(b.rows) > 0 {
		return nil
	}
	empty := func(v *value) bool {
		for row := range b.scope.frame.Rows {
			if !v.missing(row) {
				return false
			}
		}
		return true
	}
	if empty(b.y) {
		return fmt.Errorf("the outcome %s is missing in all %d rows: nothing to fit", deparse(b.f.response), b.scope.frame.Rows)
	}
	for k, v := range b.fixed.x {
		if empty(v) {
			return fmt.Errorf("%s is missing in all %d rows: leave it out of the model", b.f.fixed.labels[k], b.scope.frame.Rows)
		}
	}
	for _, m := range b.random {
		for k, v := range m.x {
			if empty(v) {
				return fmt.Errorf("%s is missing in all %d rows: leave it out of the random effects", m.e.labels[k], b.scope.frame.Rows)
			}
		}
	}
	return fmt.Errorf("none of the %d rows has a value in every variable of the model for %s", b.scope.frame.Rows, deparse(b.f.response))
}

// columns makes the columns of the expansion, the intercept first.
func (b *matrix) columns() ([]column, error) {
	e := b.e
	var out []column
	if e.intercept {
		ones := make([]float64, len(b.rows))
		for k := range ones {
			ones[k] = 1
		}
		out = append(out, column{"(Intercept)", ones})
	}
	coded := make([]*value, len(b.x))
	for k, v := range b.x {
		if v.categories() {
			var err error
			if coded[k], err = b.present(v, e.labels[k]); err != nil {
				return nil, err
			}
		}
	}
	full := b.firstFactor()
	for at, t := range e.terms {
		if err := b.checkSize(t, coded); err != nil {
			return nil, err
		}
		out = append(out, b.term(at, t, coded, full)...)
	}
	return out, nil
}

// rowMajor are the names and the numbers of columns, row by row.
func rowMajor(columns []column, rows int) (names []string, x []float64) {
	p := len(columns)
	x = make([]float64, rows*p)
	for j, c := range columns {
		names = append(names, c.name)
		for n, v := range c.x {
			x[n*p+j] = v
		}
	}
	return names, x
}

// maxColumns is how many columns one term may add; more is a forgotten number or an identifier.
const maxColumns = 500

func (b *matrix) checkSize(t term, coded []*value) error {
	columns, label := 1, ""
	for k, v := range coded {
		if t>>k&1 == 0 {
			continue
		}
		if label != "" {
			label += ":"
		}
		label += b.e.labels[k]
		if v != nil {
			columns *= len(v.levels)
		}
		if columns > maxColumns {
			return fmt.Errorf("%s has %d or more different values, each of which would be a coefficient; is it an identifier, or a number read as text?", label, columns)
		}
	}
	return nil
}

// present keeps the levels that occur in the rows used.
func (b *matrix) present(v *value, label string) (*value, error) {
	used := make([]bool, len(v.levels))
	for _, row := range b.rows {
		used[v.code[row]] = true
	}
	if v.relevelled && !used[0] {
		return nil, fmt.Errorf("%s: the reference %s does not occur in the %d rows used; choose another", label, v.levels[0], len(b.rows))
	}
	out := &value{code: make([]int32, len(v.code))}
	number := make([]int32, len(v.levels))
	for k, yes := range used {
		number[k] = -1
		if yes {
			number[k] = int32(len(out.levels))
			out.levels = append(out.levels, v.levels[k])
		}
	}
	for row, k := range v.code {
		out.code[row] = -1
		if k >= 0 {
			out.code[row] = number[k]
		}
	}
	if len(out.levels) == 1 {
		return nil, fmt.Errorf("%s has only the value %s in the %d rows used for %s: a comparison needs two; leave it out or use other rows", label, out.levels[0], len(b.rows), b.of)
	}
	return out, nil
}

// firstFactor is the term and variable that take all their levels because there is no intercept; -1 with one.
func (b *matrix) firstFactor() [2]int {
	if !b.e.intercept {
		for at, t := range b.e.terms {
			for k, v := range b.x {
				if t>>k&1 == 1 && v.categories() {
					return [2]int{at, k}
				}
			}
		}
	}
	return [2]int{-1, -1}
}

// term makes the columns of one term: products over its variables, the first variable changing fastest.
func (b *matrix) term(at int, t term, coded []*value, full [2]int) []column {
	var out []column
	for k, v := range b.x {
		if t>>k&1 == 0 {
			continue
		}
		var next []column
		if coded[k] == nil {
			next = []column{b.numeric(v, b.e.labels[k])}
		} else {
			contrasts := b.e.byContrasts(at, k) && full != [2]int{at, k}
			next = b.dummies(coded[k], b.e.labels[k], contrasts)
		}
		if out == nil {
			out = next
			continue
		}
		var product []column
		for _, y := range next {
			for _, x := range out {
				c := column{x.name + ":" + y.name, slices.Clone(x.x)}
				for n := range c.x {
					c.x[n] *= y.x[n]
				}
				product = append(product, c)
			}
		}
		out = product
	}
	return out
}

func (b *matrix) numeric(v *value, label string) column {
	c := column{label, make([]float64, len(b.rows))}
	for n, row := range b.rows {
		c.x[n] = v.num[row]
	}
	return c
}

func (b *matrix) dummies(v *value, label string, contrasts bool) []column {
	first := 0
	if contrasts {
		first = 1
	}
	out := make([]column, 0, len(v.levels))
	for k := first; k < len(v.levels); k++ {
		c := column{label + v.levels[k], make([]float64, len(b.rows))}
		for n, row := range b.rows {
			if v.code[row] == int32(k) {
				c.x[n] = 1
			}
		}
		out = append(out, c)
	}
	return out
}

// groups fills Groups, the one that holds the others first and the finest last; order[k] is where grouping k went.
func (b *builder) groups(d *mixed.Design) (order []int, err error) {
	at := make([]int, len(b.f.groups))
	all := make([]mixed.Group, len(b.f.groups))
	for k, g := range b.f.groups {
		levels, of := levelsOf(g, b.g[k], b.rows)
		all[k], at[k] = mixed.Group{Name: g.name, Levels: levels, Of: of}, k
	}
	sort.SliceStable(at, func(i, j int) bool { return len(all[at[i]].Levels) < len(all[at[j]].Levels) })
	order = make([]int, len(all))
	for n, k := range at {
		d.Groups = append(d.Groups, all[k])
		order[k] = n
	}
	for n := 1; n < len(at); n++ {
		upper, lower := d.Groups[0], d.Groups[n]
		bad, first, second, ok := within(lower.Of, upper.Of)
		if !ok {
			if at[n] < at[0] { // crossed either way: as it was written, the upper one first
				upper, lower = lower, upper
				bad, first, second, _ = within(lower.Of, upper.Of)
			}
			return nil, fmt.Errorf("%s %s occurs in %s %s and %s: if the same label means different %s groups in different %s groups, write (1|%s/%s); crossed groupings are not supported",
				lower.Name, lower.Levels[bad], upper.Name, upper.Levels[first], upper.Levels[second], lower.Name, upper.Name, upper.Name, lower.Name)
		}
	}
	return order, nil
}

// effects fills Random and Residual.
func (b *builder) effects(d *mixed.Design, order []int) error {
	d.Random = []mixed.Effects{}
	for k, t := range b.f.random {
		if t.structure != "" {
			levels, of := levelsOf(grouping{}, []*value{b.visit}, b.rows)
			d.Residual = mixed.Residual{Structure: t.structure, Group: order[t.group], Visit: mixed.Group{Name: deparse(t.visit), Levels: levels, Of: of}}
			continue
		}
		columns, err := b.random[k].columns()
		if err != nil {
			return err
		}
		e := mixed.Effects{Group: order[t.group]}
		e.Terms, e.Z = rowMajor(columns, len(b.rows))
		d.Random = append(d.Random, e)
	}
	sort.SliceStable(d.Random, func(i, j int) bool { return d.Random[i].Group < d.Random[j].Group })
	return nil
}

// String is the formula as it was written, blanks around it removed.
func (f *Formula) String() string { return strings.TrimSpace(f.text) }
