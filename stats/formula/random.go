package formula

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"trialbox/stats/mixed"
)

// supported says what random effects there are; it ends every refusal.
const supported = "random intercepts and slopes of nested groups, as (1|unit/patient), (1|unit) + (1|patient), (1 + t|patient), (1|patient) + (0 + t|patient), with (1|unit:visit) for units by visit, and us(visit|patient), ar1h() or cs() as the covariance of a patient's rows"

// grouping is one grouping factor: the columns whose combination makes the groups.
type grouping struct {
	name    string
	columns []string
	nested  bool // written as part of a/b: labels may be used again in another upper group
}

// randomTerm is one block of random effects, or the residual covariance when structure is not empty.
type randomTerm struct {
	group     int // index into Formula.groups
	effects   *expansion
	structure mixed.Structure
	visit     *node
	text      string
	pos       int
}

// splitRandom takes the random effects out of the right side.
func (f *Formula) splitRandom(n *node) (fixed *node, err error) {
	switch {
	case n.op == "+" && len(n.args) == 1:
		return f.splitRandom(n.args[0])
	case n.op == "+" && len(n.args) == 2:
		left, err := f.splitRandom(n.args[0])
		if err != nil {
			return nil, err
		}
		right, err := f.splitRandom(n.args[1])
		if err != nil {
			return nil, err
		}
		switch {
		case left == nil:
			return right, nil
		case right == nil:
			return left, nil
		}
		return &node{op: "+", args: []*node{left, right}, pos: n.pos}, nil
	case n.op == "-" && len(n.args) == 2:
		before := len(f.random)
		left, err := f.splitRandom(n.args[0])
		if err != nil || len(f.random) == before {
			return n, err
		}
		if left == nil {
			return &node{op: "-", args: n.args[1:], pos: n.pos}, nil
		}
		return &node{op: "-", args: []*node{left, n.args[1]}, pos: n.pos}, nil
	case n.op == "(" && isBar(n.args[0]):
		return nil, f.addRandom(n.args[0])
	case n.op == "call" && n.text != "I" && len(n.args) > 0 && isBar(n.args[0]): // in I() the bar is a logical or
		return nil, f.addStructure(n)
	}
	return n, nil
}

func isBar(n *node) bool { return n.op == "|" || n.op == "||" }

// structures are the residual covariances, by the name they are written with.
var structures = []mixed.Structure{mixed.Unstructured, mixed.HeterogeneousAR1, mixed.CompoundSymmetry,
	mixed.HeterogeneousCS, mixed.AutoregressiveAR1, mixed.HeterogeneousDiag}

// addStructure reads us(visit|g) and its like.
func (f *Formula) addStructure(n *node) error {
	structure := mixed.Structure(n.text)
	if !slices.Contains(structures, structure) || len(n.args) != 1 || n.args[0].op != "|" {
		return fmt.Errorf("%s at position %d is not known; supported: %s", deparse(n), n.pos, supported)
	}
	groups, err := groupings(n.args[0].args[1])
	if err != nil {
		return err
	}
	if slices.ContainsFunc(f.random, func(t randomTerm) bool { return t.structure != "" }) {
		return fmt.Errorf("%s at position %d is a second covariance of the rows; there can be one", deparse(n), n.pos)
	}
	visit := n.args[0].args[0]
	for visit.op == "(" || visit.op == "call" && (visit.text == "factor" || visit.text == "as.factor") && len(visit.args) == 1 {
		visit = visit.args[0]
	}
	if visit.op != "name" {
		return fmt.Errorf("%s at position %d: before | stands the column that holds the visit, as in us(visit|patient)", deparse(n), n.pos)
	}
	g := groups[len(groups)-1]
	f.random = append(f.random, randomTerm{group: f.groupIndex(g), structure: structure, visit: visit, text: deparse(n), pos: n.pos})
	return nil
}

// addRandom reads (effects|groups); two bars make every effect a block of its own, a/b repeats them for a and a:b.
func (f *Formula) addRandom(bar *node) error {
	groups, err := groupings(bar.args[1])
	if err != nil {
		return err
	}
	e, err := expand(bar.args[0])
	if err != nil {
		return err
	}
	if len(e.terms) == 0 && !e.intercept {
		return fmt.Errorf("(%s) at position %d has no random effect before the bar", deparse(bar), bar.pos)
	}
	blocks := []*expansion{e}
	if bar.op == "||" {
		blocks = e.apart()
	}
	for _, g := range groups {
		k := f.groupIndex(g)
		for _, b := range blocks {
			f.random = append(f.random, randomTerm{group: k, effects: b, text: "(" + deparse(bar) + ")", pos: bar.pos})
		}
	}
	return nil
}

// apart makes an expansion of each term, and of the intercept.
func (e *expansion) apart() []*expansion {
	var out []*expansion
	if e.intercept {
		out = append(out, &expansion{intercept: true})
	}
	for _, t := range e.terms {
		out = append(out, &expansion{variables: e.variables, labels: e.labels, terms: []term{t}})
	}
	return out
}

func (f *Formula) groupIndex(g grouping) int {
	for k, old := range f.groups {
		if slices.Equal(old.columns, g.columns) {
			return k
		}
	}
	f.groups = append(f.groups, g)
	return len(f.groups) - 1
}

// onlyIntercepts says whether the model is one of random intercepts, one a group.
func (f *Formula) onlyIntercepts() bool {
	for _, t := range f.random {
		if t.structure != "" || len(t.effects.terms) > 0 {
			return false
		}
	}
	return len(f.groups) < 3
}

// checkRandom refuses what no data could identify.
func (f *Formula) checkRandom() error {
	if len(f.random) == 0 {
		return errors.New("it has no random effect; add " + supported)
	}
	if len(f.groups) > 3 {
		return fmt.Errorf("it has %d grouping factors; supported are one to three: %s", len(f.groups), supported)
	}
	for _, g := range f.groups {
		if len(g.columns) > 3 {
			return fmt.Errorf("the grouping %s combines %d columns; supported: %s", g.name, len(g.columns), supported)
		}
	}
	for k, t := range f.random {
		for _, u := range f.random[:k] {
			if t.group == u.group && t.effects != nil && u.effects != nil && t.effects.intercept && u.effects.intercept {
				return fmt.Errorf("it has two random intercepts for %s; for an independent slope write (1|g) + (0 + t|g)", f.groups[t.group].name)
			}
			if t.group == u.group && (t.structure != "" || u.structure != "") {
				return fmt.Errorf("%s and %s are both effects of %s: a covariance of its rows already holds what varies between its groups; leave one out", u.text, t.text, f.groups[t.group].name)
			}
		}
	}
	return nil
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
	type key [3]int32
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
