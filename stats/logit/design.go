package logit

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"trialbox/stats/mixed"
)

// Options say which model is fitted to a design and how the random effects are integrated out.
type Options struct {
	Ordinal bool     // cumulative logit of ordered categories; otherwise binary
	Levels  []string // names of the categories, lowest first; nil = the outcome's values
	Laplace bool     // Laplace's approximation, as glmer and clmm with two groupings
	Nodes   int      // quadrature points at each level; 0 = 7, checked at 15 and raised as far as it matters
}

// maxCategories is how many ordered categories are taken for ordered categories.
const maxCategories = 30

// outcome codes the outcome as 0, 1, ... in the order of its values and names the categories. The errors are
// sentences for the analyst.
func outcome(d *mixed.Design, opt *Options) (y []int32, names []string, err error) {
	if len(d.Y) == 0 {
		return nil, nil, fmt.Errorf("no row has a value in every variable of the model for %s (%d rows left out): nothing to fit", d.Response, d.Dropped)
	}
	for row, v := range d.Y {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, nil, fmt.Errorf("%s is not a finite number in row %d: correct it or mark it as missing", d.Response, inputRow(d, row))
		}
	}
	values := slices.Clone(d.Y)
	slices.Sort(values)
	values = slices.Compact(values)
	names = make([]string, len(values))
	for k, v := range values {
		if names[k] = strconv.FormatFloat(v, 'g', -1, 64); opt.Levels != nil {
			if v != math.Trunc(v) || v < 0 || int(v) >= len(opt.Levels) {
				panic("logit: the outcome is not an index of Levels")
			}
			names[k] = opt.Levels[int(v)]
		}
	}
	if err := checkCategories(d, opt, values, names); err != nil {
		return nil, nil, err
	}
	y = make([]int32, len(d.Y))
	for row, v := range d.Y {
		k, _ := slices.BinarySearch(values, v)
		y[row] = int32(k)
	}
	return y, names, nil
}

func checkCategories(d *mixed.Design, opt *Options, values []float64, names []string) error {
	n := len(values)
	switch {
	case n == 1:
		return fmt.Errorf("%s is %s in all %d rows: a constant outcome cannot be modelled", d.Response, names[0], len(d.Y))
	case !opt.Ordinal && n > 2 && opt.Levels == nil && isCounts(values):
		return fmt.Errorf("%s holds %d different whole numbers (%s), not two: a binary outcome is 0 or 1; counts are not supported, ordered categories are (-family ordinal)", d.Response, n, some(names))
	case !opt.Ordinal && n > 2:
		return fmt.Errorf("%s has %d different values (%s): a binary outcome has exactly two; for ordered categories use -family ordinal, for a measurement -family gaussian", d.Response, n, some(names))
	case opt.Ordinal && n > maxCategories:
		return fmt.Errorf("%s has %d different values (%s): each would need a threshold of its own; up to %d ordered categories are supported; group the values, or use -family gaussian", d.Response, n, some(names), maxCategories)
	}
	return nil
}

func isCounts(values []float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return v < 0 || v != math.Trunc(v) })
}

// some lists the first names of many.
func some(names []string) string {
	if len(names) > 6 {
		return strings.Join(names[:5], ", ") + ", ..., " + names[len(names)-1]
	}
	return strings.Join(names, ", ")
}

// checkVaries refuses an outcome that is the same in all rows of every group: the groups' variance has no finite
// estimate.
func checkVaries(d *mixed.Design, y []int32) error {
	for _, g := range d.Groups {
		first := make([]int32, len(g.Levels))
		for k := range first {
			first[k] = -1
		}
		varies := false
		for row, k := range g.Of {
			varies = varies || first[k] >= 0 && first[k] != y[row]
			first[k] = y[row]
		}
		if !varies {
			return fmt.Errorf("%s never differs between the rows of one %s: the variance between %s groups has no finite estimate; model one row a group, or leave (1|%s) out", d.Response, g.Name, g.Name, g.Name)
		}
	}
	return nil
}

// inputRow is the 1-based row of the input that a model row came from.
func inputRow(d *mixed.Design, row int) int {
	if len(d.SourceRow) == len(d.Y) {
		return int(d.SourceRow[row]) + 1
	}
	return row + 1
}

// checkIntercepts refuses random effects that these models do not have.
func checkIntercepts(d *mixed.Design) error {
	if d.Residual.Structure != mixed.Independent {
		return fmt.Errorf("%s(%s|%s) is a residual covariance, which a logit model of %s does not have; use (1|%s)", d.Residual.Structure, d.Residual.Visit.Name, d.Groups[d.Residual.Group].Name, d.Response, d.Groups[d.Residual.Group].Name)
	}
	for _, e := range d.Random {
		for _, term := range e.Terms {
			if term != "(Intercept)" {
				return fmt.Errorf("the random slope of %s within %s is not supported for the binary or ordinal outcome %s: these models take random intercepts, as in (1|unit/patient)", term, d.Groups[e.Group].Name, d.Response)
			}
		}
	}
	return nil
}

// checkDesign refuses what no software could fit, in a sentence each. Wrong lengths are a broken contract.
func checkDesign(d *mixed.Design) error {
	n, p := len(d.Y), len(d.Terms)
	if len(d.X) != n*p {
		panic("logit: X is not n×p")
	}
	if len(d.Groups) < 1 || len(d.Groups) > 2 {
		return fmt.Errorf("the model for %s has %d groupings; binary and ordinal models take one or two: (1|unit), (1|patient) or (1|unit/patient)", d.Response, len(d.Groups))
	}
	if err := checkIntercepts(d); err != nil {
		return err
	}
	for k, x := range d.X {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("%s is not a finite number in row %d: correct it or mark it as missing", d.Terms[k%p], inputRow(d, k/p))
		}
	}
	for _, g := range d.Groups {
		switch {
		case len(g.Of) != n:
			panic("logit: group " + g.Name + " does not cover the rows")
		case len(g.Levels) == 1:
			return fmt.Errorf("%s has only one value (%s) in the rows used: a random intercept needs several groups", g.Name, g.Levels[0])
		case len(g.Levels) == n:
			return fmt.Errorf("%s has as many groups as there are rows (%d): with one answer a group its variance cannot be told from the logistic distribution's own; leave (1|%s) out or use a grouping with repeated rows", g.Name, n, g.Name)
		}
	}
	if len(d.Groups) == 1 {
		return nil
	}
	upper, lower := &d.Groups[0], &d.Groups[1]
	in := make([]int32, len(lower.Levels))
	for k := range in {
		in[k] = -1
	}
	for row, k := range lower.Of {
		u := upper.Of[row]
		if in[k] >= 0 && in[k] != u {
			return fmt.Errorf("%s %s occurs in two groups of %s (%s and %s): the lower grouping must lie within the upper one; crossed groupings are not supported",
				lower.Name, lower.Levels[k], upper.Name, upper.Levels[in[k]], upper.Levels[u])
		}
		in[k] = u
	}
	if len(lower.Levels) == len(upper.Levels) {
		return fmt.Errorf("%s and %s are the same grouping (%d groups each): their variances cannot be told apart; keep one of them", upper.Name, lower.Name, len(upper.Levels))
	}
	return nil
}
