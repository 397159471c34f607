package formula

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"trialbox/stats/mixed"
)

// categories is how the outcome of a binary or ordinal model becomes numbers.
type categories struct {
	ordered bool
	levels  []string // as given, lowest first; nil = not given
	names   []string // of the numbers 0, 1, ...; nil = the outcome's own numbers
}

// BuildCategories is BuildWhere for a binary (ordered false) or ordinal outcome. An outcome of numbers stays as it is.
// Text becomes 0, 1, ... in the order of levels, or, where none are given, of a binary outcome's two values; names are
// then theirs. Ordered text needs levels.
func (f *Formula) BuildCategories(fr *Frame, chosen []bool, ordered bool, levels []string) (d *mixed.Design, names []string, err error) {
	c := &categories{ordered: ordered, levels: levels}
	d, err = f.build(&builder{f: f, scope: newScope(fr), coded: c}, chosen)
	return d, c.names, err
}

func (c *categories) code(b *builder) error {
	y, name := b.y, deparse(b.f.response)
	if !y.categories() && c.levels == nil {
		return nil
	}
	if !y.categories() {
		y = y.asFactor()
	}
	c.names = y.levels
	switch {
	case c.levels != nil:
		c.names = c.levels
	case c.ordered && slices.ContainsFunc(y.levels, func(s string) bool { _, err := strconv.ParseFloat(s, 64); return err != nil }):
		return fmt.Errorf("the outcome %s holds text (%s), whose order is not known: name its categories from lowest to highest, as in -levels low,medium,high", name, listed(y.levels))
	}
	out := &value{num: make([]float64, len(y.code))}
	for row, k := range y.code {
		if out.num[row] = math.NaN(); k < 0 {
			continue
		}
		at := slices.Index(c.names, y.levels[k])
		if at < 0 {
			return fmt.Errorf("the outcome %s holds %q, which is not among the levels %s", name, y.levels[k], strings.Join(c.names, ", "))
		}
		out.num[row] = float64(at)
	}
	b.y = out
	return nil
}
