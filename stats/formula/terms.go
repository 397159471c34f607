package formula

import (
	"fmt"
	"math/bits"
	"slices"
	"sort"
)

// A term is the set of variables it multiplies, as bits over expansion.variables.
type term uint64

// expansion turns the right side of a formula into terms, as R's terms().
type expansion struct {
	variables []*node  // in order of first appearance
	labels    []string // their deparsed text
	terms     []term
	intercept bool
}

const (
	maxVariables = 64
	maxTerms     = 2000 // before duplicates are removed
)

func expand(n *node) (*expansion, error) {
	e := &expansion{intercept: true}
	terms, err := e.encode(n)
	if err != nil {
		return nil, err
	}
	for _, t := range terms {
		if t != 0 {
			e.terms = append(e.terms, t)
		}
	}
	sort.SliceStable(e.terms, func(i, j int) bool {
		return bits.OnesCount64(uint64(e.terms[i])) < bits.OnesCount64(uint64(e.terms[j]))
	})
	return e, nil
}

func (e *expansion) encode(n *node) ([]term, error) {
	if n == nil {
		return nil, nil
	}
	switch {
	case n.op == "(":
		return e.encode(n.args[0])
	case n.op == "number":
		switch n.num {
		case 0:
			e.intercept = false
			return nil, nil
		case 1:
			e.intercept = true
			return nil, nil
		}
		return nil, fmt.Errorf("%s at position %d is not a term; only 0 and 1 (the intercept) are", number(n.num), n.pos)
	case n.op == "+" && len(n.args) == 1:
		return e.encode(n.args[0])
	case n.op == "-":
		return e.minus(n)
	case n.op == "^":
		return e.power(n)
	case len(n.args) == 2 && (n.op == "+" || n.op == "*" || n.op == ":" || n.op == "/" || n.op == "%in%"):
		left, err := e.encode(n.args[0])
		if err != nil {
			return nil, err
		}
		right, err := e.encode(n.args[1])
		if err != nil {
			return nil, err
		}
		if len(left)*len(right) > maxTerms {
			return nil, fmt.Errorf("the operator %s at position %d makes more than %d terms", n.op, n.pos, maxTerms)
		}
		return combine(n.op, left, right), nil
	}
	return e.leaf(n)
}

func combine(op string, left, right []term) []term {
	switch op {
	case "+":
		return union(left, right)
	case "*":
		return union(union(left, right), products(left, right))
	case "/":
		all := term(0)
		for _, t := range left {
			all |= t
		}
		return union(left, products([]term{all}, right))
	}
	return products(left, right)
}

func union(x, y []term) []term {
	out := slices.Clone(x)
	for _, t := range y {
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

func products(x, y []term) []term {
	var out []term
	for _, a := range x {
		for _, b := range y {
			out = union(out, []term{a | b})
		}
	}
	return out
}

// minus removes terms; -1 removes the intercept and -0 restores it.
func (e *expansion) minus(n *node) ([]term, error) {
	var left []term
	var err error
	if len(n.args) == 2 {
		if left, err = e.encode(n.args[0]); err != nil {
			return nil, err
		}
	}
	removed := n.args[len(n.args)-1]
	if removed.op == "number" && (removed.num == 1 || removed.num == 0) {
		e.intercept = removed.num == 0
		return left, nil
	}
	right, err := e.encode(removed)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(left, func(t term) bool { return slices.Contains(right, t) }), nil
}

// power is (a + b)^2: all products of up to so many terms.
func (e *expansion) power(n *node) ([]term, error) {
	base, err := e.encode(n.args[0])
	if err != nil {
		return nil, err
	}
	k := n.args[1]
	if k.op != "number" || k.num < 1 || k.num > 8 || k.num != float64(int(k.num)) {
		return nil, fmt.Errorf("the power at position %d must be a whole number from 1 to 8; for the power of a value write I(x^2)", n.pos)
	}
	out := base
	for range int(k.num) - 1 {
		if len(out)*len(base) > maxTerms {
			return nil, fmt.Errorf("the power at position %d makes more than %d terms", n.pos, maxTerms)
		}
		out = union(out, products(out, base))
	}
	return out, nil
}

// leaf is a variable: a column, a call, or a comparison in parentheses.
func (e *expansion) leaf(n *node) ([]term, error) {
	switch n.op {
	case "|", "||":
		return nil, fmt.Errorf("the random effect at position %d must stand in parentheses and be added, as in + (1|unit)", n.pos)
	case "string", "~":
		return nil, fmt.Errorf("%s at position %d is not a term", deparse(n), n.pos)
	case "name":
		if n.text == "." {
			return nil, fmt.Errorf("the dot at position %d (all other columns) is not supported: name the covariates", n.pos)
		}
	case "call":
		if err := refuseCall(n); err != nil {
			return nil, err
		}
	}
	label := deparse(n)
	k := slices.Index(e.labels, label)
	if k < 0 {
		k = len(e.labels)
		if k == maxVariables {
			return nil, fmt.Errorf("more than %d variables in one formula are not supported", maxVariables)
		}
		e.variables, e.labels = append(e.variables, n), append(e.labels, label)
	}
	return []term{1 << k}, nil
}

func refuseCall(n *node) error {
	switch n.text {
	case "us", "ar1h", "ar1", "cs", "csh", "diag":
		return fmt.Errorf("%s() at position %d is a covariance of the visits: it is added as a term of its own, as in + %s(visit|patient)", n.text, n.pos, n.text)
	case "offset", "poly", "ns", "bs", "s", "scale", "C", "ordered", "Error", "strata":
		return fmt.Errorf("%s() at position %d is not supported; supported are I(), factor(), relevel(), log() and products of columns", n.text, n.pos)
	}
	return nil
}

// byContrasts is R's coding rule: a factor in a term is coded by contrasts if the term without it is empty or within
// an earlier term, otherwise by all its levels.
func (e *expansion) byContrasts(at int, variable int) bool {
	rest := e.terms[at] &^ (1 << variable)
	if rest == 0 {
		return true
	}
	for _, t := range e.terms[:at] {
		if rest&^t == 0 {
			return true
		}
	}
	return false
}
