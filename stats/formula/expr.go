package formula

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"
)

// deparse prints an expression with R's spacing; names that are not syntactic keep their back-ticks.
func deparse(n *node) string {
	switch n.op {
	case "name":
		return Name(n.text)
	case "number":
		return number(n.num)
	case "string":
		return Text(n.text)
	case "(":
		return "(" + deparse(n.args[0]) + ")"
	case "call":
		parts := make([]string, len(n.args))
		for k, a := range n.args {
			parts[k] = deparse(a)
			if n.keys[k] != "" {
				parts[k] = n.keys[k] + " = " + parts[k]
			}
		}
		return Name(n.text) + "(" + strings.Join(parts, ", ") + ")"
	}
	if len(n.args) == 1 {
		return n.op + deparse(n.args[0])
	}
	op := " " + n.op + " "
	if n.op == "/" || n.op == "^" || n.op == ":" {
		op = n.op
	}
	return deparse(n.args[0]) + op + deparse(n.args[1])
}

// Text writes a text as it stands in a formula and in the names of terms.
func Text(s string) string { return quote(s, '"') }

// Name writes a name so, in back-ticks where R needs them.
func Name(s string) string {
	plain := s != "" && !slices.Contains(reserved, s) && !(len(s) > 1 && s[0] == '.' && s[1] >= '0' && s[1] <= '9')
	for k, r := range s {
		plain = plain && nameRune(r) && !(k == 0 && (unicode.IsDigit(r) || r == '_' || unicode.IsMark(r)))
	}
	if plain {
		return s
	}
	return quote(s, '`')
}

// quote puts a text between marks, one inside it behind a backslash.
func quote(s string, mark byte) string {
	b := []byte{mark}
	for i := range len(s) {
		switch c := s[i]; c {
		case mark, '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, c)
		}
	}
	return string(append(b, mark))
}

var reserved = []string{"if", "else", "repeat", "while", "function", "for", "in", "next", "break", "TRUE", "FALSE", "NULL", "Inf", "NaN", "NA"}

// number prints as R does: 15 significant digits at most, in the shorter of fixed and exponent notation.
func number(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 0):
		return strings.Replace(strconv.FormatFloat(v, 'g', -1, 64), "+", "", 1)
	}
	digits := 15
	for d := 1; d < 15; d++ { // as few digits as 15 would show
		if x, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'e', d-1, 64), 64); sameAt15(x, v) {
			digits = d
			break
		}
	}
	e := strconv.FormatFloat(v, 'e', digits-1, 64)
	exponent, _ := strconv.Atoi(e[strings.IndexByte(e, 'e')+1:])
	fixed := strconv.FormatFloat(v, 'f', max(0, digits-1-exponent), 64)
	if len(fixed) <= len(e) {
		return fixed
	}
	return e
}

func sameAt15(x, y float64) bool {
	return strconv.FormatFloat(x, 'e', 14, 64) == strconv.FormatFloat(y, 'e', 14, 64)
}

// value is an evaluated expression: numbers, truth values or categories, one per row.
type value struct {
	num    []float64 // numbers, NaN = missing; for truth values 0 and 1
	truth  bool
	levels []string // categories: their levels,
	code   []int32  // and the level of each row, -1 = missing

	relevelled bool // the first level was asked for by name
}

func (v *value) categories() bool { return v.code != nil }

func (v *value) missing(row int) bool {
	if v.code != nil {
		return v.code[row] < 0
	}
	return math.IsNaN(v.num[row])
}

// text is a row's value as R's as.character.
func (v *value) text(row int) string {
	switch {
	case v.code != nil:
		return v.levels[v.code[row]]
	case v.truth && v.num[row] != 0:
		return "TRUE"
	case v.truth:
		return "FALSE"
	}
	return number(v.num[row])
}

// asFactor makes categories of any value: text by code point, numbers by size.
func (v *value) asFactor() *value {
	if v.code != nil {
		return v
	}
	if v.truth {
		out := &value{levels: []string{"FALSE", "TRUE"}, code: make([]int32, len(v.num))}
		for row, x := range v.num {
			out.code[row] = -1
			if !math.IsNaN(x) {
				out.code[row] = int32(x)
			}
		}
		return out
	}
	distinct := slices.Clone(v.num)
	distinct = slices.DeleteFunc(distinct, math.IsNaN)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	out := &value{code: make([]int32, len(v.num))}
	at := make([]int32, len(distinct)) // numbers that print alike are one level, as in R
	for k, x := range distinct {
		if s := number(x); k == 0 || s != out.levels[len(out.levels)-1] {
			out.levels = append(out.levels, s)
		}
		at[k] = int32(len(out.levels) - 1)
	}
	for row, x := range v.num {
		out.code[row] = -1
		if !math.IsNaN(x) {
			out.code[row] = at[sort.SearchFloat64s(distinct, x)]
		}
	}
	return out
}

func textValue(text []string) *value {
	index := map[string]int32{}
	for _, s := range text {
		if s != "" {
			index[s] = 0
		}
	}
	out := &value{code: make([]int32, len(text)), levels: make([]string, 0, len(index))}
	for s := range index {
		out.levels = append(out.levels, s)
	}
	slices.Sort(out.levels)
	for k, s := range out.levels {
		index[s] = int32(k)
	}
	for row, s := range text {
		out.code[row] = -1
		if s != "" {
			out.code[row] = index[s]
		}
	}
	return out
}

// relevel moves one level to the front.
func (v *value) relevel(ref, name string) (*value, error) {
	v = v.asFactor()
	k := slices.Index(v.levels, ref)
	if k < 0 {
		return nil, fmt.Errorf("%s has no value %q to be the reference; it has %s", name, ref, listed(v.levels))
	}
	out := &value{relevelled: true, levels: append([]string{ref}, slices.Delete(slices.Clone(v.levels), k, k+1)...), code: slices.Clone(v.code)}
	for row, c := range out.code {
		switch {
		case c == int32(k):
			out.code[row] = 0
		case c >= 0 && c < int32(k):
			out.code[row]++
		}
	}
	return out, nil
}

// listed names a few of many.
func listed(names []string) string {
	if len(names) > 8 {
		return strings.Join(names[:8], ", ") + fmt.Sprintf(" and %d more", len(names)-8)
	}
	return strings.Join(names, ", ")
}

// scope evaluates expressions over the columns of a frame.
type scope struct {
	frame  *Frame
	cached map[string]*value // text columns as categories
}

func newScope(fr *Frame) *scope { return &scope{frame: fr, cached: map[string]*value{}} }

func (s *scope) column(name string) (*value, error) {
	if v, ok := s.cached[name]; ok {
		return v, nil
	}
	for k := range s.frame.Columns {
		c := &s.frame.Columns[k]
		if c.Name != name {
			continue
		}
		v := &value{num: c.Num}
		if c.IsText {
			v = textValue(c.Text)
		}
		s.cached[name] = v
		return v, nil
	}
	switch name {
	case "TRUE", "FALSE", "NA":
		v := &value{num: make([]float64, s.frame.Rows), truth: true}
		for row := range v.num {
			v.num[row] = map[string]float64{"TRUE": 1, "FALSE": 0, "NA": math.NaN()}[name]
		}
		return v, nil
	}
	return nil, s.noColumn(name)
}

func (s *scope) noColumn(name string) error {
	var names []string
	for _, c := range s.frame.Columns {
		if strings.EqualFold(c.Name, name) || strings.Contains(c.Name, name) || strings.Contains(name, c.Name) {
			names = append(names, c.Name)
		}
	}
	if len(names) > 0 {
		return fmt.Errorf("there is no column %s (similar: %s)", name, listed(names))
	}
	return fmt.Errorf("there is no column %s", name)
}

func (s *scope) eval(n *node) (*value, error) {
	switch n.op {
	case "name":
		return s.column(n.text)
	case "number":
		v := &value{num: make([]float64, s.frame.Rows)}
		for row := range v.num {
			v.num[row] = n.num
		}
		return v, nil
	case "string":
		v := &value{levels: []string{n.text}, code: make([]int32, s.frame.Rows)}
		return v, nil
	case "(":
		return s.eval(n.args[0])
	case "call":
		return s.call(n)
	case "==", "!=", "<", "<=", ">", ">=":
		return s.compare(n)
	case "&", "&&", "|", "||", "!":
		return s.logic(n)
	case "+", "-", "*", "/", "^":
		return s.arithmetic(n)
	}
	return nil, fmt.Errorf("%q at position %d cannot be computed", n.op, n.pos)
}

// numbers evaluates an argument that must be numeric.
func (s *scope) numbers(n *node) ([]float64, error) {
	v, err := s.eval(n)
	if err != nil {
		return nil, err
	}
	if v.categories() {
		return nil, fmt.Errorf("%s holds text (%s) and cannot be used in a calculation", deparse(n), listed(v.levels))
	}
	return v.num, nil
}

var functions = map[string]func(float64) float64{
	"log": math.Log, "log2": math.Log2, "log10": math.Log10, "log1p": math.Log1p, "exp": math.Exp,
	"sqrt": math.Sqrt, "abs": math.Abs, "round": math.RoundToEven, "floor": math.Floor, "ceiling": math.Ceil,
	"as.numeric": func(x float64) float64 { return x },
}

func (s *scope) call(n *node) (*value, error) {
	arity := 1
	if n.text == "relevel" {
		arity = 2
	}
	f, numeric := functions[n.text]
	switch n.text {
	case "I", "factor", "as.factor", "relevel", "is.na":
	default:
		if !numeric {
			return nil, fmt.Errorf("the function %s at position %d is not known; known are I, factor, relevel, is.na, log, log2, log10, exp, sqrt, abs", n.text, n.pos)
		}
	}
	if len(n.args) != arity {
		return nil, fmt.Errorf("%s at position %d takes %d argument(s), not %d", n.text, n.pos, arity, len(n.args))
	}
	if numeric {
		x, err := s.numbers(n.args[0])
		if err != nil {
			return nil, err
		}
		out := make([]float64, len(x))
		for row, v := range x {
			out[row] = f(v)
		}
		return &value{num: out}, nil
	}
	v, err := s.eval(n.args[0])
	if err != nil || n.text == "I" {
		return v, err
	}
	switch n.text {
	case "relevel":
		return s.relevel(v, n)
	case "is.na":
		out := &value{num: make([]float64, s.frame.Rows), truth: true}
		for row := range out.num {
			if v.missing(row) {
				out.num[row] = 1
			}
		}
		return out, nil
	}
	return v.asFactor(), nil
}

func (s *scope) relevel(v *value, n *node) (*value, error) {
	ref := n.args[1]
	for ref.op == "(" {
		ref = ref.args[0]
	}
	switch ref.op {
	case "string", "name":
		return v.relevel(ref.text, deparse(n.args[0]))
	case "number":
		return v.relevel(number(ref.num), deparse(n.args[0]))
	}
	return nil, fmt.Errorf("the second argument of relevel at position %d must be the reference value in quotes", n.pos)
}

func (s *scope) arithmetic(n *node) (*value, error) {
	x, err := s.numbers(n.args[0])
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(x))
	if len(n.args) == 1 {
		sign := map[string]float64{"-": -1, "+": 1}[n.op]
		for row, v := range x {
			out[row] = sign * v
		}
		return &value{num: out}, nil
	}
	y, err := s.numbers(n.args[1])
	if err != nil {
		return nil, err
	}
	for row := range out {
		switch n.op {
		case "+":
			out[row] = x[row] + y[row]
		case "-":
			out[row] = x[row] - y[row]
		case "*":
			out[row] = x[row] * y[row]
		case "/":
			out[row] = x[row] / y[row]
		case "^":
			out[row] = math.Pow(x[row], y[row])
			if math.IsNaN(x[row]) || math.IsNaN(y[row]) { // NaN^0 is 1 for the processor, missing here
				out[row] = math.NaN()
			}
		}
	}
	return &value{num: out}, nil
}

// compare orders numbers by size and anything else by text, as R does.
func (s *scope) compare(n *node) (*value, error) {
	x, err := s.eval(n.args[0])
	if err != nil {
		return nil, err
	}
	y, err := s.eval(n.args[1])
	if err != nil {
		return nil, err
	}
	byText := x.categories() || y.categories()
	out := &value{num: make([]float64, s.frame.Rows), truth: true}
	for row := range out.num {
		if x.missing(row) || y.missing(row) {
			out.num[row] = math.NaN()
			continue
		}
		var c int
		if byText {
			c = strings.Compare(x.text(row), y.text(row))
		} else if d := x.num[row] - y.num[row]; d < 0 {
			c = -1
		} else if x.num[row] != y.num[row] {
			c = 1
		}
		if map[string]bool{"==": c == 0, "!=": c != 0, "<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[n.op] {
			out.num[row] = 1
		}
	}
	return out, nil
}

// logic is three-valued: missing & false is false, missing | true is true.
func (s *scope) logic(n *node) (*value, error) {
	var args [2][]float64
	for k, a := range n.args {
		x, err := s.numbers(a)
		if err != nil {
			return nil, err
		}
		args[k] = x
	}
	out := &value{num: make([]float64, s.frame.Rows), truth: true}
	for row := range out.num {
		x := args[0][row]
		if n.op == "!" {
			out.num[row] = truth(x == 0, math.IsNaN(x))
			continue
		}
		y := args[1][row]
		isFalse := x == 0 || y == 0
		isTrue := x != 0 && !math.IsNaN(x) || y != 0 && !math.IsNaN(y)
		missing := math.IsNaN(x) || math.IsNaN(y)
		if n.op[0] == '&' {
			out.num[row] = truth(!isFalse, missing && !isFalse)
		} else {
			out.num[row] = truth(isTrue, missing && !isTrue)
		}
	}
	return out, nil
}

func truth(yes, missing bool) float64 {
	switch {
	case missing:
		return math.NaN()
	case yes:
		return 1
	}
	return 0
}

// names lists the columns an expression names, in order, each once.
func names(n *node, out []string) []string {
	if n.op == "name" {
		if !slices.Contains(out, n.text) && (n.text != "TRUE" && n.text != "FALSE" && n.text != "NA") {
			out = append(out, n.text)
		}
		return out
	}
	for k, a := range n.args {
		if n.op == "call" && n.text == "relevel" && k == 1 {
			continue
		}
		out = names(a, out)
	}
	return out
}
