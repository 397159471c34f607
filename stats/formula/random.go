package formula

import (
	"fmt"
	"slices"
	"strings"
)

// supported says what random effects there are; it ends every refusal.
const supported = "random intercepts (1|unit), (1|patient), (1|unit/patient) and (1|unit) + (1|patient) where patients lie within units"

// grouping is one random intercept: the columns whose combination makes the groups.
type grouping struct {
	name    string
	columns []string
	nested  bool // written as part of a/b: labels may be used again in another upper group
}

// splitRandom takes the random effects out of the right side.
func splitRandom(n *node) (fixed *node, groups []grouping, err error) {
	switch {
	case n.op == "+" && len(n.args) == 1:
		return splitRandom(n.args[0])
	case n.op == "+" && len(n.args) == 2:
		left, g1, err := splitRandom(n.args[0])
		if err != nil {
			return nil, nil, err
		}
		right, g2, err := splitRandom(n.args[1])
		if err != nil {
			return nil, nil, err
		}
		groups = append(g1, g2...)
		switch {
		case left == nil:
			return right, groups, nil
		case right == nil:
			return left, groups, nil
		}
		return &node{op: "+", args: []*node{left, right}, pos: n.pos}, groups, nil
	case n.op == "-" && len(n.args) == 2:
		left, groups, err := splitRandom(n.args[0])
		if err != nil || len(groups) == 0 {
			return n, nil, err
		}
		if left == nil {
			return &node{op: "-", args: n.args[1:], pos: n.pos}, groups, nil
		}
		return &node{op: "-", args: []*node{left, n.args[1]}, pos: n.pos}, groups, nil
	case n.op == "(" && (n.args[0].op == "|" || n.args[0].op == "||"):
		groups, err := random(n.args[0])
		return nil, groups, err
	case n.op == "call" && len(n.args) > 0 && (n.args[0].op == "|" || n.args[0].op == "||"):
		return nil, nil, refuseStructure(n)
	}
	return n, nil, nil
}

func refuseStructure(n *node) error {
	if err := refuseCall(n); err != nil {
		return err
	}
	return fmt.Errorf("%s at position %d is not known; supported: %s", deparse(n), n.pos, supported)
}

func random(bar *node) ([]grouping, error) {
	if left := bar.args[0]; bar.op == "||" || left.op != "number" || left.num != 1 {
		return nil, fmt.Errorf("(%s) at position %d has a random slope, which is not available yet; supported now: %s", deparse(bar), bar.pos, supported)
	}
	return groupings(bar.args[1])
}

func groupings(n *node) ([]grouping, error) {
	switch {
	case n.op == "(":
		return groupings(n.args[0])
	case n.op == "call" && len(n.args) == 1 && (n.text == "factor" || n.text == "as.factor") && n.args[0].op == "name":
		return groupings(n.args[0])
	case n.op == "name":
		return []grouping{{name: n.text, columns: []string{n.text}}}, nil
	case n.op == ":" || n.op == "/":
		left, err := groupings(n.args[0])
		if err != nil {
			return nil, err
		}
		right, err := groupings(n.args[1])
		if err != nil {
			return nil, err
		}
		if len(right) != 1 || n.op == ":" && len(left) != 1 {
			return nil, fmt.Errorf("the grouping %s at position %d is not supported; supported: %s", deparse(n), n.pos, supported)
		}
		upper := left[len(left)-1]
		columns := append(slices.Clone(upper.columns), right[0].columns...)
		if n.op == ":" {
			return []grouping{{name: upper.name + ":" + right[0].name, columns: columns, nested: true}}, nil
		}
		return append(left, grouping{name: right[0].name, columns: columns, nested: true}), nil
	}
	return nil, fmt.Errorf("%s at position %d is not a grouping; supported: %s", deparse(n), n.pos, supported)
}

// levelsOf numbers the groups of the kept rows in the order of their labels.
func levelsOf(g grouping, values []*value, rows []int32) (levels []string, of []int32) {
	type key [2]int32
	seen := map[key]string{}
	at := func(row int32) (k key, label string) {
		parts := make([]string, len(values))
		for c, v := range values {
			k[c] = v.code[row]
			parts[c] = v.levels[v.code[row]]
		}
		return k, strings.Join(parts, ":")
	}
	for _, row := range rows {
		var k key
		for c, v := range values {
			k[c] = v.code[row]
		}
		if _, ok := seen[k]; !ok {
			_, seen[k] = at(row)
		}
	}
	keys := make([]key, 0, len(seen))
	for k := range seen {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(x, y key) int { return slices.Compare(x[:], y[:]) })
	index := make(map[key]int32, len(keys))
	for n, k := range keys {
		index[k] = int32(n)
		levels = append(levels, seen[k])
	}
	of = make([]int32, len(rows))
	for n, row := range rows {
		var k key
		for c, v := range values {
			k[c] = v.code[row]
		}
		of[n] = index[k]
	}
	return levels, of
}

// within says whether every lower group lies in one upper group; if not, which does not.
func within(lower, upper []int32) (bad int32, first, second int32, ok bool) {
	in := map[int32]int32{}
	for row, k := range lower {
		u, seen := in[k]
		if seen && u != upper[row] {
			return k, u, upper[row], false
		}
		in[k] = upper[row]
	}
	return 0, 0, 0, true
}
