package formula

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"trialbox/stats/boot"
)

// Column is one variable: numbers or text.
type Column struct {
	Name   string
	Num    []float64 // NaN = missing
	Text   []string  // "" = missing
	IsText bool
}

// Frame is a set of columns of equal length.
type Frame struct {
	Rows    int
	Columns []Column
}

// Formula is a parsed formula.
type Formula struct {
	text     string
	response *node
	fixed    *expansion
	groups   []grouping
	random   []randomTerm
}

// Parse reads a formula. Errors are sentences that give the position, counted in characters from 1.
func Parse(s string) (*Formula, error) {
	f, err := parseFormula(s)
	if err != nil {
		return nil, fmt.Errorf("formula %s: %w", s, err)
	}
	return f, nil
}

func parseFormula(s string) (*Formula, error) {
	if strings.TrimSpace(s) == "" {
		return nil, errors.New("it is empty; write for instance outcome ~ arm*factor(visit) + (1|unit/patient)")
	}
	n, err := parse(s)
	if err != nil {
		return nil, err
	}
	if n.op != "~" {
		return nil, errors.New("it has no ~ between the outcome and the terms")
	}
	f := &Formula{text: s, response: n.args[0]}
	if f.response.op == "~" {
		return nil, fmt.Errorf("the second ~ at position %d is not expected", n.pos)
	}
	fixed, err := f.splitRandom(n.args[1])
	if err != nil {
		return nil, err
	}
	if f.fixed, err = expand(fixed); err != nil {
		return nil, err
	}
	return f, f.checkRandom()
}

// Variables are the columns the formula names, in order of first appearance, the response first.
func (f *Formula) Variables() []string {
	out := names(f.response, nil)
	for _, v := range f.fixed.variables {
		out = names(v, out)
	}
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
		for _, c := range g.columns {
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// Groups are the names of the grouping factors as written; Build puts the upper one first.
func (f *Formula) Groups() []string {
	var out []string
	for _, g := range f.groups {
		out = append(out, g.name)
	}
	return out
}

// Condition is a parsed logical expression over columns, such as visit > 0 & sector == "public".
type Condition struct {
	text string
	expr *node
}

// ParseCondition reads a logical expression: comparisons, &, |, !, is.na() and parentheses.
func ParseCondition(s string) (*Condition, error) {
	if strings.TrimSpace(s) == "" {
		return nil, errors.New("the condition is empty; write for instance visit > 0")
	}
	n, err := parse(s)
	if err != nil {
		return nil, fmt.Errorf("condition %s: %w", s, err)
	}
	return &Condition{s, n}, nil
}

// Variables are the columns the condition names.
func (c *Condition) Variables() []string { return names(c.expr, nil) }

// Rows says for each row whether the condition is true; a missing value makes a comparison neither true nor false,
// and such rows are not chosen.
func (c *Condition) Rows(fr *Frame) ([]bool, error) {
	v, err := newScope(fr).eval(c.expr)
	if err != nil {
		return nil, fmt.Errorf("condition %s: %w", c.text, err)
	}
	if !v.truth {
		return nil, fmt.Errorf("condition %s: it is not a comparison", c.text)
	}
	out := make([]bool, fr.Rows)
	for row, x := range v.num {
		out[row] = x == 1
	}
	return out, nil
}

// ParseContrast reads "name: 1*armintervention + 1*armintervention:factor(visit)12". The name ends at the first
// colon; terms are the model's own names, the longest that fits taken first. A coefficient may be left out (1), signs
// are allowed.
func ParseContrast(s string, terms []string) (boot.Contrast, error) {
	name, rest, found := strings.Cut(s, ":")
	name = strings.TrimSpace(name)
	if !found || name == "" {
		return boot.Contrast{}, fmt.Errorf("contrast %q: write a name, a colon and a sum of terms, as in \"12 months: 1*armintervention\"", s)
	}
	c := boot.Contrast{Name: name, L: make([]float64, len(terms))}
	order := make([]int, len(terms))
	for k := range order {
		order[k] = k
	}
	sort.SliceStable(order, func(i, j int) bool { return len(terms[order[j]]) < len(terms[order[i]]) })
	rest = strings.TrimSpace(rest)
	for first := true; rest != "" || first; first = false {
		weight, after, err := coefficient(rest, first)
		if err != nil {
			return boot.Contrast{}, fmt.Errorf("contrast %s: %w", name, err)
		}
		k := longest(order, terms, after)
		if k < 0 {
			return boot.Contrast{}, fmt.Errorf("contrast %s: %q does not begin with a term of the model; the terms are %s", name, after, strings.Join(terms, ", "))
		}
		c.L[k] += weight
		rest = strings.TrimSpace(after[len(terms[k]):])
	}
	return c, nil
}

// longest is the longest term that begins s and ends there: at the end, at a blank or at a sign.
func longest(order []int, terms []string, s string) int {
	for _, k := range order {
		if after, ok := strings.CutPrefix(s, terms[k]); ok && (after == "" || strings.ContainsAny(after[:1], " \t+-")) {
			return k
		}
	}
	return -1
}

// coefficient reads the sign and the number before a term.
func coefficient(s string, first bool) (weight float64, rest string, err error) {
	weight = 1
	signed := false
	for len(s) > 0 && (s[0] == '+' || s[0] == '-') {
		if s[0] == '-' {
			weight = -weight
		}
		signed = true
		s = strings.TrimSpace(s[1:])
	}
	if !signed && !first {
		return 0, "", fmt.Errorf("a + or - is missing before %q", s)
	}
	end := 0
	if s != "" && (s[0] >= '0' && s[0] <= '9' || s[0] == '.') {
		end = numberEnd(s, 0)
	}
	if end == 0 {
		return weight, s, nil
	}
	after, ok := strings.CutPrefix(strings.TrimSpace(s[end:]), "*")
	v, err := strconv.ParseFloat(s[:end], 64)
	if !ok || err != nil {
		return 0, "", fmt.Errorf("%q should be a number, * and a term", s)
	}
	return weight * v, strings.TrimSpace(after), nil
}
