package mixed

import (
	"fmt"
	"math"
)

// check refuses designs that no software could fit, in a sentence each. Wrong lengths are a broken contract.
func check(d *Design) error {
	n, p := len(d.Y), len(d.Terms)
	if len(d.X) != n*p {
		panic("mixed: X is not n×p")
	}
	if len(d.Groups) < 1 || len(d.Groups) > 3 {
		panic("mixed: one to three grouping factors")
	}
	if n == 0 {
		return fmt.Errorf("no row has a value in every variable of the model for %s (%d rows left out): nothing to fit", d.Response, d.Dropped)
	}
	if err := checkValues(d); err != nil {
		return err
	}
	for k, g := range d.Groups {
		if err := checkGroup(g, n, d.Residual.Structure != Independent && d.Residual.Group == k); err != nil {
			return err
		}
	}
	for k := range d.Groups {
		for _, upper := range d.Groups[:min(k, 1)] {
			if err := checkNesting(upper, d.Groups[k]); err != nil {
				return err
			}
		}
		for _, other := range d.Groups[:k] {
			if err := checkSame(other, d.Groups[k]); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkValues(d *Design) error {
	lo, hi := math.Inf(1), math.Inf(-1)
	for row, y := range d.Y {
		if math.IsNaN(y) || math.IsInf(y, 0) {
			return fmt.Errorf("%s is not a finite number in row %d: correct it or mark it as missing", d.Response, inputRow(d, row))
		}
		lo, hi = min(lo, y), max(hi, y)
	}
	if lo == hi {
		return fmt.Errorf("%s is %v in all %d rows: a constant outcome cannot be modelled", d.Response, lo, len(d.Y))
	}
	p := len(d.Terms)
	for k, x := range d.X {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("%s is not a finite number in row %d: correct it or mark it as missing", d.Terms[k%p], inputRow(d, k/p))
		}
	}
	for _, e := range d.Random {
		for k, z := range e.Z {
			if math.IsNaN(z) || math.IsInf(z, 0) {
				q := len(e.Terms)
				return fmt.Errorf("%s, a random effect of %s, is not a finite number in row %d: correct it or mark it as missing", e.Terms[k%q], d.Groups[e.Group].Name, inputRow(d, k/q))
			}
		}
	}
	return nil
}

// inputRow is the 1-based row of the input that a model row came from.
func inputRow(d *Design, row int) int {
	if len(d.SourceRow) == len(d.Y) {
		return int(d.SourceRow[row]) + 1
	}
	return row + 1
}

func checkGroup(g Group, n int, rows bool) error {
	if len(g.Of) != n {
		panic("mixed: group " + g.Name + " does not cover the rows")
	}
	used, seen := 0, make([]bool, len(g.Levels))
	for _, k := range g.Of {
		if !seen[k] {
			seen[k] = true
			used++
		}
	}
	if used < len(seen) {
		panic("mixed: group " + g.Name + " has a level without rows")
	}
	if used == 1 {
		return fmt.Errorf("%s has only one value (%s) in the rows used: a random intercept needs several groups", g.Name, g.Levels[0])
	}
	if used == n && !rows {
		return fmt.Errorf("%s has as many groups as there are rows (%d): its variance cannot be told from the residual; leave (1|%s) out or use a grouping with repeated rows", g.Name, n, g.Name)
	}
	return nil
}

func checkNesting(upper, lower Group) error {
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
	return nil
}

func checkSame(x, y Group) error {
	if _, within := crossing(x, y); within && len(x.Levels) == len(y.Levels) {
		return fmt.Errorf("%s and %s are the same grouping (%d groups each): their variances cannot be told apart; keep one of them", x.Name, y.Name, len(x.Levels))
	}
	return nil
}

func errTooFewRows(rows, parameters int) error {
	return fmt.Errorf("%d rows are too few for %d parameters: use fewer covariates or more data", rows, parameters)
}

func errAliased(group string, levels int) error {
	return fmt.Errorf("the fixed effects determine the %d groups of %s (as with one group an arm): the variance between them cannot be estimated; more groups are needed, or a model without (1|%s)", levels, group, group)
}
