package instrument

import (
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"
)

// builder turns the JSON of a definition into a Definition, collecting every
// fault with the field it is in.
type builder struct {
	fsys fs.FS
	name string
	file *File
	errs []error
}

func (b *builder) fault(field, format string, args ...any) {
	b.errs = append(b.errs, fmt.Errorf("%s: %s: %s", b.name, field, fmt.Sprintf(format, args...)))
}

func (b *builder) build() *Definition {
	f := b.file
	d := &Definition{ID: f.ID, Version: f.Version, Name: f.Name, Short: f.Short, Licence: f.Licence, Note: f.Note,
		Sources: f.Sources, order: f.Order, prefixes: f.Prefixes, profile: f.Profile}
	b.checkHead()
	for i, it := range f.Items {
		b.items(d, fmt.Sprintf("items[%d]", i), it)
	}
	if len(d.Items) == 0 {
		b.fault("items", "an instrument has at least one item")
	}
	for i, s := range f.Scales {
		if sc := b.scale(d, fmt.Sprintf("scales[%d]", i), s); sc != nil {
			d.scales = append(d.scales, sc)
		}
	}
	if d.prefixes == nil {
		d.prefixes = prefixOf(d.Items)
	}
	if f.Profile != nil && slices.ContainsFunc(d.Items, func(it Item) bool { return !it.Integer || it.Codes != nil || it.Min < 0 || it.Max > 9 }) {
		b.fault("profile", "needs items of one digit")
	}
	if len(f.Scales) == 0 {
		b.fault("scales", "an instrument has at least one scale")
	}
	if len(b.errs) == 0 { // the columns name scales, which must be sound first
		for i, r := range resultsOf(f, d) {
			b.result(d, fmt.Sprintf("results[%d]", i), r)
		}
	}
	return d
}

func (b *builder) checkHead() {
	f := b.file
	for _, must := range []struct{ field, value string }{
		{"id", f.ID}, {"version", f.Version}, {"name", f.Name}, {"short", f.Short}, {"licence", f.Licence}} {
		if strings.TrimSpace(must.value) == "" {
			b.fault(must.field, "must not be empty")
		}
	}
	if f.ID != "" && !identifier(f.ID) {
		b.fault("id", "%q may hold small letters, digits and _ only", f.ID)
	}
	for i, p := range slices.Concat(f.Prefixes, f.Profile) {
		if spell(p).joined == "" {
			b.fault(fmt.Sprintf("prefixes[%d]", i), "%q has no letter or digit", p)
		}
	}
	if len(f.Sources) == 0 {
		b.fault("sources", "say where the scoring comes from")
	}
	for i, s := range f.Sources {
		if !slices.Contains(bases, s.Basis) {
			b.fault(fmt.Sprintf("sources[%d].basis", i), "%q is not one of %s", s.Basis, strings.Join(bases, ", "))
		}
	}
}

var bases = []string{"published", "recalled", "convention", "derived"}

func identifier(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// items adds one item, or the items of a range such as odi_1..odi_10.
func (b *builder) items(d *Definition, field string, f ItemFile) {
	columns, err := expandColumns(f.Columns)
	if err != nil {
		b.fault(field+".columns", "%v", err)
		return
	}
	if len(f.Also) > 0 && len(columns) > 1 {
		b.fault(field+".also", "other names can be given to a single item only")
	}
	it := Item{Also: f.Also, Integer: !f.Decimal, Values: f.Values, Codes: f.Codes, Unit: f.Unit, Ask: f.Ask}
	switch {
	case len(f.Codes) > 0:
		if f.Min != nil || f.Max != nil || f.Values != nil || f.Codings != nil {
			b.fault(field+".codes", "an answer in words has no range, values or codings")
		}
		it.Max = float64(len(f.Codes) - 1)
	case f.Min == nil || f.Max == nil:
		b.fault(field, "min and max are needed")
		return
	default:
		it.Min, it.Max = *f.Min, *f.Max
		if it.Min >= it.Max {
			b.fault(field+".max", "must be above min")
			return
		}
		if it.Integer && (it.Min != math.Trunc(it.Min) || it.Max != math.Trunc(it.Max)) {
			b.fault(field+".min", "the range of a whole-number item is given in whole numbers")
			return
		}
		if math.Abs(it.Min) > maxAnswer || math.Abs(it.Max) > maxAnswer {
			b.fault(field+".max", "answers lie between %d and %d", -maxAnswer, maxAnswer)
			return
		}
		for _, v := range it.Values {
			if v < it.Min || v > it.Max {
				b.fault(field+".values", "%s lies outside min to max", plain(v))
			}
		}
	}
	for i, c := range f.Codings {
		if coding, ok := b.coding(fmt.Sprintf("%s.codings[%d]", field, i), it, c); ok {
			it.Codings = append(it.Codings, coding)
		}
	}
	if it.Ask && len(it.Codings) < 2 {
		b.fault(field+".ask", "a question needs two codings to choose from")
	}
	for _, c := range columns {
		if slices.ContainsFunc(d.Items, func(o Item) bool { return o.Column == c }) {
			b.fault(field+".columns", "%s is there twice", c)
		}
		it.Column, it.Number = c, len(d.Items)+1
		d.Items = append(d.Items, it)
	}
}

func (b *builder) coding(field string, it Item, f CodingFile) (Coding, bool) {
	c := Coding{Name: f.Name, Text: f.Text, Min: f.Min, Max: f.Max, Scored: f.Scored}
	faults := len(b.errs)
	if f.Name == "" || f.Text == "" {
		b.fault(field, "name and text are needed")
	}
	if !it.Integer || f.Min >= f.Max || f.Min != math.Trunc(f.Min) || f.Max != math.Trunc(f.Max) || math.Abs(f.Min) > maxAnswer || math.Abs(f.Max) > maxAnswer {
		b.fault(field, "min and max must be whole numbers, min below max")
		return c, false
	}
	if f.Map != nil && f.Shift != 0 {
		b.fault(field+".shift", "give map or shift, not both")
	}
	for v := int(f.Min); v <= int(f.Max); v++ {
		to := float64(v) + f.Shift
		if f.Map != nil {
			mapped, ok := f.Map[strconv.Itoa(v)]
			if !ok {
				b.fault(field+".map", "answer %d has no value", v)
			}
			to = mapped
		}
		switch {
		case f.Scored:
		case to != math.Trunc(to):
			b.fault(field, "answer %d becomes %s, which is no whole number", v, plain(to))
		case to < it.Min || to > it.Max:
			b.fault(field, "answer %d becomes %s, outside the item's range", v, plain(to))
		}
		c.Map = append(c.Map, to)
	}
	if f.Map != nil && len(f.Map) != len(c.Map) {
		b.fault(field+".map", "holds answers outside min to max")
	}
	return c, len(b.errs) == faults
}

// Bounds on what a file may ask for, far beyond any questionnaire.
const (
	maxAnswer = 100_000
	maxItems  = 500
)

// expandColumns reads "nrs_back" or "odi_1..odi_10".
func expandColumns(s string) ([]string, error) {
	from, to, isRange := strings.Cut(s, "..")
	if !isRange {
		if !identifier(s) {
			return nil, fmt.Errorf("%q may hold small letters, digits and _ only", s)
		}
		return []string{s}, nil
	}
	stem := strings.TrimRight(from, "0123456789")
	first, err1 := strconv.Atoi(from[len(stem):])
	rest, same := strings.CutPrefix(to, stem)
	last, err2 := strconv.Atoi(rest)
	if err1 != nil || err2 != nil || !same || !identifier(stem) || last < first {
		return nil, fmt.Errorf("%q is not a range such as odi_1..odi_10", s)
	}
	if last-first >= maxItems {
		return nil, fmt.Errorf("%q are more than %d items", s, maxItems)
	}
	var columns []string
	for n := first; n <= last; n++ {
		columns = append(columns, stem+strconv.Itoa(n))
	}
	return columns, nil
}

// numbers reads item numbers: "1-8, 10"; empty stands for none.
func numbers(s string, items int) ([]int, error) {
	var list []int
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			to = from
		}
		first, err1 := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || first > last {
			return nil, fmt.Errorf("%q is not a list of item numbers such as 1-8, 10", s)
		}
		for n := first; n <= last; n++ {
			if n < 1 || n > items {
				return nil, fmt.Errorf("there is no item %d", n)
			}
			if slices.Contains(list, n) {
				return nil, fmt.Errorf("item %d is there twice", n)
			}
			list = append(list, n)
		}
	}
	return list, nil
}
