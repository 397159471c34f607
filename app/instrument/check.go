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

func (b *builder) scale(d *Definition, field string, f ScaleFile) *scale {
	faults := len(b.errs)
	s := &scale{index: len(d.scales), asAnswered: f.Reversed == "" && len(f.Recode) == 0}
	s.Scale = Scale{Instrument: d.ID, Name: f.Name, Variable: f.Variable, Label: f.Label, Kind: f.Kind, Decimals: f.Decimals,
		Better: f.Better, HigherIsBetter: f.Better == Higher, Levels: f.Levels, Important: f.Important, Alternative: f.Alternative}
	if !identifier(f.Name) {
		b.fault(field+".name", "%q may hold small letters, digits and _ only", f.Name)
	}
	if slices.ContainsFunc(d.scales, func(o *scale) bool { return o.Name == f.Name }) {
		b.fault(field+".name", "%q is there twice", f.Name)
	}
	if s.Variable == "" {
		s.Variable = d.ID + "_" + f.Name
	}
	if slices.ContainsFunc(d.scales, func(o *scale) bool { return o.Variable == s.Variable }) {
		b.fault(field+".variable", "%q is there twice", s.Variable)
	}
	if s.Label == "" {
		s.Label = d.Name
	}
	s.prefixes = f.Prefixes
	var err error
	if s.section, err = numbers(f.Section, len(d.Items)); err != nil {
		b.fault(field+".section", "%v", err)
	}
	b.scaleItems(d, s, field, f)
	b.scaleKind(s, field, f)
	b.scalePolicy(s, field, f)
	b.scaleBands(s, field, f)
	r, known := rules[f.Rule]
	if !known {
		b.fault(field+".rule", "%q is not a rule; the rules are %s", f.Rule, strings.Join(ruleNames(), ", "))
		return nil
	}
	s.rule, s.Rule, s.Worded = r, r.words, r.worded
	if f.Decimals == 0 && (s.policy.Rule == Prorate || f.Rule == "mean" || f.Rule == "percent_of_maximum") {
		s.Decimals = 1 // the score can be a fraction
	}
	if !r.partly && s.policy.Rule != Complete {
		b.fault(field+".missing", "rule %s needs every item", f.Rule)
	}
	b.scaleParts(d, s, field, f)
	if len(b.errs) > faults {
		return nil
	}
	if r.check != nil {
		if err := r.check(d, s); err != nil {
			b.fault(field+".rule", "%v", err)
			return nil
		}
	}
	if r.spans != nil {
		b.scaleRange(s, field, f)
	}
	return s
}

// scaleRange holds min and max against what the answers can come to, and fills
// them in where they are not given.
func (b *builder) scaleRange(s *scale, field string, f ScaleFile) {
	low, high := s.rule.spans(s)
	switch {
	case low >= high:
		b.fault(field, "every answer gives the same score, %s", plain(low))
	case f.Min == nil:
		s.Min, s.Max = low, high
	case s.Min != low || s.Max != high:
		b.fault(field+".min", "the answers give %s to %s, not %s to %s", plain(low), plain(high), plain(s.Min), plain(s.Max))
	}
}

// scaleItems fills in which items count, and the points of each answer.
func (b *builder) scaleItems(d *Definition, s *scale, field string, f ScaleFile) {
	counted, err := numbers(f.Items, len(d.Items))
	if err != nil {
		b.fault(field+".items", "%v", err)
	}
	if counted == nil && len(f.Of) == 0 {
		for i := range d.Items {
			counted = append(counted, i+1)
		}
	}
	reversed, err := numbers(f.Reversed, len(d.Items))
	if err != nil {
		b.fault(field+".reversed", "%v", err)
	}
	for _, n := range reversed {
		if !slices.Contains(counted, n) {
			b.fault(field+".reversed", "item %d is not scored here", n)
		}
	}
	s.Items = counted
	recoded := 0
	for _, n := range counted {
		it := d.Items[n-1]
		points := b.recode(field, it, f.Recode[strconv.Itoa(n)])
		lo, hi := it.Min, it.Max
		if points != nil {
			recoded++
			lo, hi = slices.Min(points), slices.Max(points)
		}
		back := slices.Contains(reversed, n)
		if back && points != nil {
			b.fault(field+".recode", "item %d is both reversed and recoded", n)
		}
		s.items = append(s.items, n-1)
		s.reversed = append(s.reversed, back)
		s.recode = append(s.recode, points)
		s.base, s.low, s.high = append(s.base, it.Min), append(s.low, lo), append(s.high, hi)
	}
	if recoded != len(f.Recode) {
		b.fault(field+".recode", "names an item that is not scored here")
	}
}

func (b *builder) recode(field string, it Item, m map[string]float64) []float64 {
	if m == nil {
		return nil
	}
	field = fmt.Sprintf("%s.recode item %d", field, it.Number)
	if !it.Integer {
		b.fault(field, "only whole-number answers can be recoded")
		return nil
	}
	var points []float64
	for v := int(it.Min); v <= int(it.Max); v++ {
		p, ok := m[strconv.Itoa(v)]
		if !ok {
			b.fault(field, "answer %d has no points", v)
		}
		points = append(points, p)
	}
	if len(m) != len(points) {
		b.fault(field, "holds answers outside the item's range")
	}
	return points
}

func (b *builder) scaleKind(s *scale, field string, f ScaleFile) {
	switch f.Kind {
	case "":
		s.Kind = Number
	case Number, Ordinal, YesNo:
	default:
		b.fault(field+".kind", "%q is not one of number, ordinal, binary", f.Kind)
	}
	switch f.Better {
	case Lower, Higher, Neither:
	default:
		b.fault(field+".better", "%q is not one of lower, higher, neither", f.Better)
	}
	if f.Decimals < 0 || f.Decimals > 6 {
		b.fault(field+".decimals", "must lie between 0 and 6")
		s.Decimals = 0
	}
	if s.Kind == Ordinal && len(f.Levels) < 2 {
		b.fault(field+".levels", "an ordinal scale names its levels")
	}
	if f.Min != nil {
		s.Min = *f.Min
	}
	if f.Max != nil {
		s.Max = *f.Max
	}
	if (f.Min == nil) != (f.Max == nil) || s.Min > s.Max {
		b.fault(field+".min", "give min and max, the lower first, or neither")
	}
	for i, imp := range f.Important {
		if imp.High == 0 {
			s.Important[i].High = imp.Low
		}
	}
}

func (b *builder) scalePolicy(s *scale, field string, f ScaleFile) {
	s.policy = Policy{Rule: Complete}
	if f.Missing != nil {
		s.policy = *f.Missing
	}
	err := s.policy.check(len(s.items))
	if err == nil {
		err = s.takes(s.policy)
	}
	if err != nil {
		b.fault(field+".missing", "%v", err)
	}
	s.Missing = s.policy.Words(len(s.items))
}

func (b *builder) scaleBands(s *scale, field string, f ScaleFile) {
	for i, band := range f.Bands {
		at := fmt.Sprintf("%s.bands[%d]", field, i)
		if band.Label == "" || (band.From == nil) == (band.Above == nil) {
			b.fault(at, "needs a label and either from (met at the bound) or above (not met at it)")
			continue
		}
		next := Band{Label: band.Label}
		if band.From != nil {
			next.From = *band.From
		} else {
			next.From, next.Above = *band.Above, true
		}
		if n := len(s.Bands); n > 0 && next.From < s.Bands[n-1].From {
			b.fault(at, "bounds must rise")
		}
		s.Bands = append(s.Bands, next)
	}
}

// scaleParts resolves what a scale takes from elsewhere: other scales, tables.
func (b *builder) scaleParts(d *Definition, s *scale, field string, f ScaleFile) {
	s.of = b.earlier(d, field+".of", f.Of)
	s.needs = b.earlier(d, field+".needs", f.Needs)
	var err error
	if f.Table != nil {
		if s.table, err = f.Table.load(b.fsys); err != nil {
			b.fault(field+".table", "%v", err)
		}
	}
	if f.Sets != nil {
		if s.sets, err = f.Sets.load(b.fsys); err != nil {
			b.fault(field+".sets", "%v", err)
		}
	}
	for _, need := range []struct {
		field   string
		given   bool
		allowed bool
	}{{"of", f.Of != nil, s.rule.of}, {"table", f.Table != nil, s.rule.table}, {"sets", f.Sets != nil, s.rule.sets}} {
		if need.given && !need.allowed {
			b.fault(field+"."+need.field, "rule %s takes none", f.Rule)
		}
		if !need.given && need.allowed {
			b.fault(field+"."+need.field, "rule %s needs it", f.Rule)
		}
	}
}

// earlier finds scales by name among those before this one.
func (b *builder) earlier(d *Definition, field string, names []string) []int {
	var list []int
	for _, name := range names {
		i := slices.IndexFunc(d.scales, func(o *scale) bool { return o.Name == name })
		if i < 0 {
			b.fault(field, "there is no scale %q before this one", name)
			continue
		}
		if d.scales[i].Worded {
			b.fault(field, "scale %q is a word, not a number", name)
		}
		list = append(list, i)
	}
	return list
}

// What a result column may show.
const (
	showValue    = "value"
	showAnswered = "answered"
	showBand     = "band"
	showBandCode = "band_code"
	showRaw      = "raw"
	showField    = "field"
	showLevel    = "level"
	showSets     = "sets"
)

var shows = []string{showValue, showAnswered, showBand, showBandCode, showRaw, showField, showLevel, showSets}

func (b *builder) result(d *Definition, field string, f ResultFile) {
	r := resultColumn{column: f.Column, show: f.Show, scale: -1, policy: f.Missing}
	if f.Column == "" && f.Show != showSets {
		b.fault(field+".column", "must not be empty")
	}
	if !slices.Contains(shows, f.Show) {
		b.fault(field+".show", "%q is not one of %s", f.Show, strings.Join(shows, ", "))
		return
	}
	if f.Scale != "" {
		r.scale = slices.IndexFunc(d.scales, func(s *scale) bool { return s.Name == f.Scale })
	}
	if r.scale < 0 && (f.Scale != "" || f.Show != showAnswered) {
		b.fault(field+".scale", "there is no scale %q", f.Scale)
		return
	}
	if r.scale >= 0 {
		b.resultOf(d.scales[r.scale], field, f, &r)
	}
	d.results = append(d.results, r)
}

func (b *builder) resultOf(s *scale, field string, f ResultFile, r *resultColumn) {
	if f.Missing != nil {
		err := f.Missing.check(len(s.items))
		if err == nil {
			err = s.takes(*f.Missing)
		}
		if err != nil {
			b.fault(field+".missing", "%v", err)
		}
	}
	switch f.Show {
	case showField:
		if s.table == nil {
			b.fault(field+".show", "scale %q has no table", s.Name)
			return
		}
		if r.field = slices.Index(s.table.columns, f.Field); r.field < 0 {
			b.fault(field+".field", "%s has no column %q", s.table.name(), f.Field)
		}
	case showLevel:
		if s.Kind != Ordinal {
			b.fault(field+".show", "scale %q has no levels", s.Name)
		}
	case showSets:
		if s.sets == nil {
			b.fault(field+".show", "scale %q has no value sets", s.Name)
		}
	}
}

// resultsOf are the columns a definition names, or those that follow from its
// scales: answers, score, and category or level.
func resultsOf(f *File, d *Definition) []ResultFile {
	if f.Results != nil {
		return f.Results
	}
	var list []ResultFile
	for _, s := range d.scales {
		prefix, score := s.Name+"_", s.Name
		if len(d.scales) == 1 {
			prefix, score = "", "score"
		}
		if len(s.items) > 0 {
			list = append(list, ResultFile{Column: prefix + "n_answered", Show: showAnswered, Scale: s.Name})
		}
		list = append(list, ResultFile{Column: score, Show: showValue, Scale: s.Name})
		switch {
		case s.Kind == Ordinal:
			list = append(list, ResultFile{Column: prefix + "category", Show: showLevel, Scale: s.Name})
		case s.Bands != nil:
			list = append(list, ResultFile{Column: prefix + "category", Show: showBand, Scale: s.Name})
		}
	}
	return list
}

// prefixOf is what the columns have before their item number, where all are
// numbered as their items are.
func prefixOf(items []Item) []string {
	stem := ""
	for i, it := range items {
		rest, ok := strings.CutSuffix(it.Column, strconv.Itoa(i+1))
		if !ok || (i > 0 && rest != stem) {
			return nil
		}
		stem = rest
	}
	if stem = strings.Trim(stem, "_"); stem == "" || len(items) < 2 {
		return nil
	}
	return []string{stem}
}
