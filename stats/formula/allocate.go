package formula

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"trialbox/stats/boot"
	"trialbox/stats/mixed"
)

// Allocate prepares a permutation test of a column, the arm as randomised, in a design that BuildWhere made of the same
// frame and rows: the arm of every unit, and the columns of the model had every unit each of the arms. The errors are
// sentences: the column is not in the formula, not constant within units, or has one value only.
func (f *Formula) Allocate(fr *Frame, chosen []bool, d *mixed.Design, arm string) (*boot.Allocation, error) {
	k := slices.IndexFunc(fr.Columns, func(c Column) bool { return c.Name == arm })
	switch {
	case k < 0:
		return nil, fmt.Errorf("there is no column %s", arm)
	case !slices.Contains(f.fixedVariables(), arm):
		return nil, fmt.Errorf("%s is not among the fixed effects of the model, so permuting it changes nothing; write the arm as randomised into the formula", arm)
	case slices.Contains(f.otherVariables(), arm):
		return nil, fmt.Errorf("%s is also the outcome, a grouping or a random effect of the model: permuting it would change more than the fixed effects", arm)
	}
	a := &boot.Allocation{}
	rowArm, value := valuesOf(&fr.Columns[k], d.SourceRow)
	for _, v := range value {
		a.Levels = append(a.Levels, v.text)
	}
	if len(a.Levels) < 2 {
		return nil, fmt.Errorf("%s is %s in all rows used: there is nothing to permute", arm, a.Levels[0])
	}
	unit := d.Groups[0]
	a.Of = make([]int32, len(unit.Levels))
	seen := make([]bool, len(a.Of))
	for row, i := range unit.Of {
		if seen[i] && a.Of[i] != rowArm[row] {
			return nil, fmt.Errorf("%s is not the same in all rows of %s %s (%s and %s): only what was given to whole units can be permuted between them", arm, unit.Name, unit.Levels[i], a.Levels[a.Of[i]], a.Levels[rowArm[row]])
		}
		a.Of[i], seen[i] = rowArm[row], true
	}
	return a, f.columnsByArm(fr, chosen, d, k, value, a)
}

// level is one value of a column.
type level struct {
	text string
	num  float64
}

// valuesOf are the distinct values of a column over rows, in the order of a factor's levels, and each row's.
func valuesOf(c *Column, rows []int32) (of []int32, values []level) {
	at := func(row int32) level {
		if c.IsText {
			return level{text: c.Text[row]}
		}
		return level{strconv.FormatFloat(c.Num[row], 'g', 15, 64), c.Num[row]}
	}
	compare := func(x, y level) int {
		if c.IsText {
			return strings.Compare(x.text, y.text)
		}
		return int(math.Copysign(1, x.num-y.num))
	}
	equal := func(v level) func(level) bool { return func(x level) bool { return x == v } }
	for _, row := range rows {
		if v := at(row); !slices.ContainsFunc(values, equal(v)) {
			values = append(values, v)
		}
	}
	slices.SortFunc(values, compare)
	for _, row := range rows {
		of = append(of, int32(slices.IndexFunc(values, equal(at(row)))))
	}
	return of, values
}

// columnsByArm builds the fixed effects on the rows written once for every arm, one below the other, so that factors keep
// all their levels.
func (f *Formula) columnsByArm(fr *Frame, chosen []bool, d *mixed.Design, column int, value []level, a *boot.Allocation) error {
	long := &Frame{Rows: fr.Rows * len(value)}
	for k, c := range fr.Columns {
		out := Column{Name: c.Name, IsText: c.IsText}
		for _, v := range value {
			switch {
			case c.IsText && k == column:
				for _, text := range c.Text {
					if text != "" {
						text = v.text
					}
					out.Text = append(out.Text, text)
				}
			case c.IsText:
				out.Text = append(out.Text, c.Text...)
			case k == column:
				for _, x := range c.Num {
					if !math.IsNaN(x) {
						x = v.num
					}
					out.Num = append(out.Num, x)
				}
			default:
				out.Num = append(out.Num, c.Num...)
			}
		}
		long.Columns = append(long.Columns, out)
	}
	var rows []bool
	for range value {
		if chosen != nil {
			rows = append(rows, chosen...)
		}
	}
	b := &builder{f: f, scope: newScope(long)}
	if err := b.evaluate(); err != nil {
		return err
	}
	b.completeRows(rows)
	columns, err := b.fixed.columns()
	if err != nil {
		return err
	}
	terms, x := rowMajor(columns, len(b.rows))
	n := len(d.Y) * len(terms)
	if !slices.Equal(terms, d.Terms) || len(x) != n*len(value) {
		panic("formula: the design is of another formula or frame")
	}
	for k := range value {
		a.X = append(a.X, x[k*n:(k+1)*n])
	}
	return nil
}

// fixedVariables are the columns of the fixed effects, otherVariables those of everything else.
func (f *Formula) fixedVariables() (out []string) {
	for _, v := range f.fixed.variables {
		out = names(v, out)
	}
	return out
}

func (f *Formula) otherVariables() []string {
	out := names(f.response, nil)
	for _, t := range f.random {
		if t.visit != nil {
			out = names(t.visit, out)
			continue
		}
		for _, v := range t.effects.variables {
			out = names(v, out)
		}
	}
	for _, g := range f.groups {
		out = append(out, g.columns...)
	}
	return out
}
