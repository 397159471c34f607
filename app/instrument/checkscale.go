package instrument

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

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
	for i, p := range f.Prefixes {
		if spell(p).joined == "" {
			b.fault(fmt.Sprintf("%s.prefixes[%d]", field, i), "%q has no letter or digit", p)
		}
	}
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
