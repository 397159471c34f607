package trial

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"trialbox/app/dataset"
)

// implausible reports numbers that the rest of their column, or the patient's
// other rows, make unlikely: above all slipped decimal marks.
func (b *builder) implausible() {
	skip := map[string]bool{b.unit.Name: true, b.patient.Name: true, b.arm.Name: true}
	if b.visit != nil {
		skip[b.visit.Name] = true
	}
	for _, use := range b.t.mapping.Instruments {
		for _, item := range use.Items { // held against their range
			skip[item] = true
		}
	}
	constant := map[string]bool{}
	for _, c := range b.t.mapping.Covariates {
		constant[c.Column] = !c.Baseline && b.visit != nil
	}
	stems := map[string]string{}
	for _, w := range b.t.mapping.Wide {
		stems[w.Column] = w.Stem
	}
	rows := b.andLeft(b.fileRows())
	others := &byPatient{b: b}
	for _, c := range b.d.Columns {
		stem := c.Name
		if s := stems[c.Name]; s != "" {
			stem = s
		}
		if skip[stem] {
			continue
		}
		o := oddities{b: b, c: c, same: constant[c.Name], others: others, named: map[int32]bool{}}
		if c.Kind == dataset.Number || c.Kind == dataset.Integer {
			o.visits = b.stems[stem]
			o.fence = fenceOf(c, o.visits)
			o.report(rows)
		}
		if o.same {
			o.changes()
		}
	}
}

// byPatient lists each patient's rows of a long table, once they are asked for:
// in two pieces of memory for a million patients.
type byPatient struct {
	b    *builder
	rows []int32
	ends []int32 // of each patient's rows
}

func (y *byPatient) of(patient int32) []int32 {
	if y.ends == nil {
		y.list()
	}
	from := int32(0)
	if patient > 0 {
		from = y.ends[patient-1]
	}
	return y.rows[from:y.ends[patient]]
}

func (y *byPatient) list() {
	t := y.b.t
	y.rows, y.ends = make([]int32, len(t.Patient)), make([]int32, len(t.Patients)+1)
	for _, p := range t.Patient {
		y.ends[p+1]++ // where the patient's rows will begin, until they are put in
	}
	for p := range t.Patients {
		y.ends[p+1] += y.ends[p]
	}
	for i, p := range t.Patient {
		y.rows[y.ends[p]] = int32(i)
		y.ends[p]++
	}
}

// oddities is the search in one column.
type oddities struct {
	b      *builder
	c      *dataset.Column
	fence  fence
	same   bool              // one value for each patient
	others *byPatient        // of a long table
	visits []*dataset.Column // wide: the same variable at each visit
	named  map[int32]bool    // rows of the file already reported
}

// report names the values beyond the fence.
func (o *oddities) report(rows []source) {
	if len(o.fence.odd) == 0 {
		return
	}
	patient := map[int32]int32{} // of the rows in question
	for i, s := range o.b.sources {
		if o.fence.odd[o.c.Codes.At(int(s.row))] != "" {
			patient[s.row] = o.b.t.Patient[i]
		}
	}
	for _, s := range rows {
		code := o.c.Codes.At(int(s.row))
		if why := o.fence.odd[code]; why != "" {
			o.named[s.row] = true
			raw := o.c.RawText(int(s.row))
			own, known := patient[s.row]
			if !known {
				own = -1
			}
			o.b.problem(dataset.Warning, "implausible number", s.row, o.c.Name, raw, "“%s” is implausible: %s%s; correct the cell, or leave it if it is true",
				raw, why, o.elsewhere(s.row, own, o.c.Number[code]))
		}
	}
}

// elsewhere says what the patient's other rows (or visits) have.
func (o *oddities) elsewhere(row, patient int32, v float64) string {
	var values []float64
	add := func(c *dataset.Column, row int) {
		if x := c.Num(row); !math.IsNaN(x) && !slices.Contains(values, x) {
			values = append(values, x)
		}
	}
	for _, c := range o.visits {
		if c != nil && c != o.c {
			add(c, int(row))
		}
	}
	if o.b.visit != nil && patient >= 0 {
		for _, i := range o.others.of(patient) {
			if r := o.b.sources[i].row; r != row {
				add(o.c, int(r))
			}
		}
	}
	if len(values) == 0 {
		return ""
	}
	text := make([]string, len(values))
	for i, x := range values {
		text[i] = numberText(x)
	}
	tail := ""
	if len(values) == 1 && slipped(v, values[0]) {
		tail = ", as if the decimal mark had slipped"
	}
	return fmt.Sprintf(", and the patient's other rows have %s%s", strings.Join(text, ", "), tail)
}

// slipped reports two numbers of the same digits with the decimal mark in
// another place.
func slipped(a, b float64) bool {
	for _, f := range []float64{10, 100, 1000} {
		if math.Abs(a-b*f) <= 1e-9*math.Abs(a) || math.Abs(b-a*f) <= 1e-9*math.Abs(b) {
			return a != 0 && a != b
		}
	}
	return false
}

// changes names the rows in which a patient's covariate differs from the
// patient's other rows: from most of them, or where two stand against each
// other, the later one.
func (o *oddities) changes() {
	c, b := o.c, o.b
	text := one(c)
	for at := range b.said {
		if at.column == c.Name && (at.kind == "unit name spelled differently" || at.kind == "unit name differs") {
			o.named[at.row] = true
		}
	}
	for p := range b.t.Patients {
		rows := o.others.of(int32(p))
		if !slices.ContainsFunc(rows, func(i int32) bool {
			return c.Codes.At(int(b.sources[i].row)) != c.Codes.At(int(b.sources[rows[0]].row))
		}) {
			continue
		}
		own, at := int32(-1), int32(-1)
		count := map[int32]int{}
		for _, i := range rows {
			row := b.sources[i].row
			code := text[c.Codes.At(int(row))]
			if c.Missing[code] || o.named[row] {
				continue
			}
			if count[code]++; own < 0 || count[code] > count[own] {
				own = code
			}
		}
		if len(count) < 2 {
			continue
		}
		for _, i := range rows {
			if row := b.sources[i].row; text[c.Codes.At(int(row))] == own && !o.named[row] {
				at = row
				break
			}
		}
		for _, i := range rows {
			s := b.sources[i]
			code := c.Codes.At(int(s.row))
			if c.Missing[code] || text[code] == own || o.named[s.row] {
				continue
			}
			if v, w := c.Number[code], c.Number[own]; c.Kind.Numeric() && slipped(v, w) {
				b.problem(dataset.Warning, "implausible number", s.row, c.Name, c.Raw[code], "“%s” is implausible: the patient's other rows have %s, as if the decimal mark had slipped; correct the cell, or leave it if it is true", c.Raw[code], numberText(w))
				continue
			}
			b.problem(dataset.Warning, "covariate changes", s.row, c.Name, c.Raw[code], "patient %s has “%s” here and “%s” on line %d, though a covariate is one value for each patient; correct it, or take the value of one visit", b.patientLabel(s), c.Raw[code], c.Raw[c.Codes.At(int(at))], b.d.Line[at])
		}
	}
}

func numberText(v float64) string { return strconv.FormatFloat(v, 'g', 10, 64) }

// fence tells the values of a column that lie implausibly far from the others,
// each with the reason.
type fence struct{ odd map[int32]string }

// leastValues is how many values must be there to judge one by the others.
const leastValues = 12

// fenceOf judges on the logarithmic scale, on which most measured quantities
// are near symmetric and a slipped decimal mark is one fixed distance. A value
// is implausible when it is above twice the largest other value and more than
// five robust standard deviations (1.4826 MAD) from the median; or, where the
// others lie close together (largest at most three times the median), five times
// the largest. Below, a value must also have decimals that the others lack:
// scales with a ceiling have long lower tails. Columns with negative numbers
// are judged on their own scale. The columns of one variable at the visits of a
// wide table are judged together.
func fenceOf(c *dataset.Column, visits []*dataset.Column) fence {
	type value struct {
		v        float64
		n        int
		code     int32 // -1: of another visit
		decimals int
	}
	var list []value
	n, zeros, negative := 0, 0, false
	if visits == nil {
		visits = []*dataset.Column{c}
	}
	for _, other := range visits {
		if other == nil || !other.Kind.Numeric() {
			continue
		}
		for code, v := range other.Number {
			k := int(other.Count[code])
			if k == 0 || other.Missing[code] || math.IsNaN(v) {
				continue
			}
			entry := value{v, k, -1, decimals(other, int32(code))}
			if other == c {
				entry.code = int32(code)
			}
			list = append(list, entry)
			n += k
			negative = negative || v < 0
			if v == 0 {
				zeros += k
			}
		}
	}
	if n-zeros < leastValues || len(list) < 4 {
		return fence{}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].v < list[j].v })
	scale := math.Log
	positive := list
	if negative {
		scale = func(v float64) float64 { return v }
	} else if zeros > 0 {
		positive = slices.DeleteFunc(slices.Clone(list), func(v value) bool { return v.v == 0 })
	}
	var at []weighted
	for _, v := range positive {
		at = append(at, weighted{scale(v.v), v.n})
	}
	middle := median(at)
	for i := range at {
		at[i].v = math.Abs(at[i].v - middle)
	}
	sort.Slice(at, func(i, j int) bool { return at[i].v < at[j].v })
	sigma := 1.4826 * median(at)
	limit := 5.0
	if negative {
		limit = 8
	}
	far := func(v float64) bool { return sigma > 0 && math.Abs(scale(v)-middle) > limit*sigma }
	f := fence{odd: map[int32]string{}}
	last := len(list) - 1
	mark := func(v value, low, high float64) {
		if v.code < 0 {
			return
		}
		f.odd[v.code] = fmt.Sprintf("the column's other values run from %s to %s", numberText(low), numberText(high))
	}
	for k := 0; k < 3 && last-k > 2; k++ {
		v, next := list[last-k], list[last-k-1]
		center := math.Exp(middle)
		tight := !negative && next.v <= 3*center
		if v.n > 3 || next.v <= 0 && !negative || !(far(v.v) && v.v >= 2*next.v && v.v > 0 || tight && v.v >= 5*next.v) {
			continue // a second slip may stand below this one
		}
		for j := last - k; j <= last; j++ {
			mark(list[j], list[0].v, next.v)
		}
	}
	if negative || zeros > 0 {
		return f
	}
	for k := 0; k < 3 && k < last-2; k++ {
		v, next := list[k], list[k+1]
		if v.n > 3 || !far(v.v) || 2*v.v > next.v || v.decimals <= slices.MaxFunc(list[k+1:], func(a, b value) int { return a.decimals - b.decimals }).decimals {
			continue
		}
		for j := 0; j <= k; j++ {
			mark(list[j], next.v, list[last].v)
		}
	}
	return f
}

type weighted struct {
	v float64
	n int
}

// median of sorted values with their numbers.
func median(list []weighted) float64 {
	n := 0
	for _, v := range list {
		n += v.n
	}
	half := (n + 1) / 2
	for _, v := range list {
		if half -= v.n; half <= 0 {
			return v.v
		}
	}
	return math.NaN()
}

// decimals counts the digits behind the decimal point of a text.
func decimals(c *dataset.Column, code int32) int {
	_, rest, _ := strings.Cut(c.Clean[code], ".")
	return len(rest)
}
