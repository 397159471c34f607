package dataset

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Dictionary is a data dictionary as REDCap writes it: a line for each field of
// the project, in 18 columns.
type Dictionary struct {
	Name     string
	Fields   []Field
	Problems []Problem
}

// Field is one line of a data dictionary.
type Field struct {
	Name       string
	Form       string
	Type       string // text, notes, radio, dropdown, checkbox, yesno, truefalse, calc, slider, file, descriptive …
	Label      string
	Note       string
	Validation string // integer, number, number_comma_decimal, date_dmy, … or ""
	Choices    []Choice
	Min, Max   float64 // NaN: no bound
	Identifier bool    // names a person
	Required   bool
	Line       int
}

// Choice is one answer of a field with fixed answers.
type Choice struct {
	Code  string `json:"code"`
	Label string `json:"label"`
}

// dictionaryColumns are the names of the columns that are used: as the web page
// of REDCap writes them (their beginning, now and in older versions), and as its
// interface for programs.
var dictionaryColumns = map[string][]string{
	"name": {"variable / field name", "field_name"}, "form": {"form name", "form_name"}, "type": {"field type", "field_type"},
	"label": {"field label", "field_label"}, "choices": {"choices, calculations", "select_choices_or_calculations", "choices or calculations", "choices"}, "note": {"field note", "field_note"},
	"validation": {"text validation type", "text_validation_type_or_show_slider_number"}, "min": {"text validation min", "text_validation_min"},
	"max": {"text validation max", "text_validation_max"}, "identifier": {"identifier?", "identifier"}, "required": {"required field", "required_field"},
}

// ReadDictionary understands a table as a REDCap data dictionary.
func ReadDictionary(d *Dataset) (*Dictionary, error) {
	at := map[string]*Column{}
	for key, names := range dictionaryColumns {
		for _, c := range d.Columns {
			name := fold(c.Name)
			if at[key] == nil && (strings.HasPrefix(name, names[0]) || slices.Contains(names[1:], name)) {
				at[key] = c
			}
		}
	}
	for _, key := range []string{"name", "type"} {
		if at[key] == nil {
			return nil, fmt.Errorf("%s has no column “%s”, so it is no REDCap data dictionary; in REDCap choose Dictionary, Download", d.Name, dictionaryColumns[key][0])
		}
	}
	k := &Dictionary{Name: d.Name}
	lines := map[string]int{}
	for row := range d.Rows {
		cell := func(key string) string {
			if c := at[key]; c != nil {
				return strings.TrimSpace(c.RawText(row))
			}
			return ""
		}
		f := Field{Name: cell("name"), Form: cell("form"), Type: strings.ToLower(cell("type")), Label: withoutTags(cell("label")), Note: withoutTags(cell("note")),
			Validation: strings.ToLower(cell("validation")), Identifier: strings.EqualFold(cell("identifier"), "y"), Required: strings.EqualFold(cell("required"), "y"),
			Min: math.NaN(), Max: math.NaN(), Line: int(d.Line[row])}
		switch line, twice := lines[f.Name]; {
		case f.Name == "":
			continue
		case twice:
			k.problem("field twice", f, "name", f.Name, "the field has a second line (the first is line %d); this one was not used: delete one of them", line)
			continue
		}
		lines[f.Name] = f.Line
		k.choices(&f, cell("choices"))
		k.bounds(&f, cell("min"), cell("max"))
		k.Fields = append(k.Fields, f)
	}
	if len(k.Fields) == 0 {
		return nil, fmt.Errorf("%s has no line with a field's name", d.Name)
	}
	return k, nil
}

func (k *Dictionary) problem(kind string, f Field, column, value, format string, args ...any) {
	k.Problems = append(k.Problems, Problem{File: k.Name, Line: f.Line, Column: dictionaryColumns[column][0], Value: shorten(value), Kind: kind, Severity: Warning,
		Text: fmt.Sprintf("field %s: ", f.Name) + fmt.Sprintf(format, args...)})
}

// withoutTags drops the HTML that labels may hold.
func withoutTags(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '<')
		j := strings.IndexByte(s[i+1:], '>')
		if i < 0 || j < 0 || i+1 < len(s) && !strings.ContainsRune("/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!", rune(s[i+1])) {
			b.WriteString(s)
			return strings.Join(strings.Fields(b.String()), " ")
		}
		b.WriteString(s[:i] + " ")
		s = s[i+1+j+1:]
	}
}

// choices reads “1, Never | 2, Sometimes | 3, Always”.
func (k *Dictionary) choices(f *Field, text string) {
	switch f.Type {
	case "radio", "dropdown", "checkbox":
	case "yesno":
		f.Choices = []Choice{{"1", "Yes"}, {"0", "No"}}
		return
	case "truefalse":
		f.Choices = []Choice{{"1", "True"}, {"0", "False"}}
		return
	default: // a calculation, or the words at the ends of a slider
		return
	}
	seen := map[string]bool{}
	if !strings.Contains(text, "|") { // written by hand, a line each
		text = strings.ReplaceAll(text, "\n", "|")
	}
	for _, part := range strings.Split(text, "|") {
		code, label, ok := strings.Cut(part, ",")
		code, label = strings.TrimSpace(code), withoutTags(label)
		switch {
		case strings.TrimSpace(part) == "":
			continue
		case !ok || code == "":
			k.problem("choice", *f, "choices", strings.TrimSpace(part), "“%s” is no choice of the form “1, Never” and was not used; correct it", shorten(strings.TrimSpace(part)))
			continue
		case seen[code]:
			k.problem("choice", *f, "choices", strings.TrimSpace(part), "the code %s stands for two answers; the first was used: correct it", shorten(code))
			continue
		}
		seen[code] = true
		f.Choices = append(f.Choices, Choice{code, label})
	}
	if len(f.Choices) == 0 {
		k.problem("choice", *f, "choices", text, "the field is of type %s and has no choices", f.Type)
	}
}

// bounds reads the range of a number. Dates have bounds too, which are left to
// the checks of dates.
func (k *Dictionary) bounds(f *Field, low, high string) {
	if !f.number() {
		return
	}
	mark := byte('.')
	if strings.Contains(f.Validation, "comma") {
		mark = ','
	}
	for _, b := range []struct {
		text   string
		to     *float64
		column string
	}{{low, &f.Min, "min"}, {high, &f.Max, "max"}} {
		if b.text == "" {
			continue
		}
		if numeralMarks(b.text) != noNumber {
			*b.to = parseCanonical(canonical(b.text, mark))
		}
		if math.IsNaN(*b.to) {
			k.problem("bound", *f, b.column, b.text, "“%s” is no number and was not used as a bound; correct it", shorten(b.text))
		}
	}
}

func (f Field) number() bool {
	return f.Type == "slider" || f.Type == "calc" || f.Type == "text" && (f.Validation == "integer" || strings.HasPrefix(f.Validation, "number"))
}

// standsForNone reports a choice that is no answer: by its label, with a code
// that is not an ordinary answer's.
func (c Choice) standsForNone() bool {
	sure, maybe := saysNoValue(strings.Trim(c.Label, ".()"))
	if !sure && !maybe && !alwaysMissing(strings.TrimSpace(c.Label)) {
		return false
	}
	if !looksNumeric(c.Code) {
		return true
	}
	v := parseCanonical(canonical(c.Code, '.'))
	return v < 0 || candidate(v)
}

// Rules are what the dictionary says of each column, by the name a REDCap
// export gives it: a field of checkboxes is a column for each box.
func (k *Dictionary) Rules() map[string]ColumnRule {
	rules := map[string]ColumnRule{}
	for _, f := range k.Fields {
		switch f.Type {
		case "descriptive", "file", "signature":
			continue
		case "checkbox":
			for _, c := range f.Choices {
				name := f.Name + "___" + boxCode(c.Code)
				rules[name] = ColumnRule{Label: strings.TrimSpace(f.Label + ": " + c.Label), Choices: []Choice{{"1", "Checked"}, {"0", "Unchecked"}}}
			}
			continue
		}
		rules[f.Name] = f.rule()
	}
	return rules
}

// boxCode is a code as REDCap has it in the name of a box's column: small
// letters and digits, anything else (a minus) as an underscore.
func boxCode(code string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, strings.ToLower(code))
}

func (f Field) rule() ColumnRule {
	r := ColumnRule{Label: f.Label}
	for _, c := range f.Choices {
		if c.standsForNone() {
			r.Missing = append(r.Missing, c.Code, c.Label) // exports have the one or the other
		}
		r.Choices = append(r.Choices, c)
	}
	bound := func(v float64) *float64 {
		if math.IsNaN(v) {
			return nil
		}
		return &v
	}
	r.Min, r.Max = bound(f.Min), bound(f.Max)
	switch {
	case f.Identifier || strings.HasSuffix(f.Name, "_id"):
		r.Kind = Label.String()
	case f.Type == "notes":
		r.Kind = FreeText.String()
	case f.Validation == "integer" && f.Type == "text", f.Type == "slider":
		r.Kind = Integer.String()
	case f.Type == "text" && strings.HasPrefix(f.Validation, "number"):
		r.Kind = Number.String()
		if strings.Contains(f.Validation, "comma") {
			r.Decimal = ","
		}
	case strings.HasSuffix(f.Validation, "_dmy"):
		r.Order = "dmy"
	case strings.HasSuffix(f.Validation, "_mdy"):
		r.Order = "mdy"
	}
	return r
}

// With is the options with the dictionary's rules for the columns of a file.
// What the options already say of a column holds. Absent are fields that the
// file lacks, unknown are columns that the dictionary lacks, both in order.
func (k *Dictionary) With(opt Options, d *Dataset) (with Options, absent, unknown []string) {
	rules := k.Rules()
	with = opt
	with.Columns = maps.Clone(opt.Columns)
	if with.Columns == nil {
		with.Columns = map[string]ColumnRule{}
	}
	for _, c := range d.Columns {
		rule, ok := rules[c.Name]
		if !ok {
			unknown = append(unknown, c.Name)
			continue
		}
		with.Columns[c.Name] = with.Columns[c.Name].Or(rule)
	}
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		if d.Column(name) == nil {
			absent = append(absent, name)
		}
	}
	return with, absent, unknown
}

// Or fills in what a rule leaves open from another.
func (r ColumnRule) Or(other ColumnRule) ColumnRule {
	text := func(a *string, b string) {
		if *a == "" {
			*a = b
		}
	}
	text(&r.Kind, other.Kind)
	text(&r.Decimal, other.Decimal)
	text(&r.Order, other.Order)
	text(&r.Label, other.Label)
	if r.Missing == nil {
		r.Missing = other.Missing
	}
	if r.Present == nil {
		r.Present = other.Present
	}
	if r.Recode == nil {
		r.Recode = other.Recode
	}
	if r.Choices == nil {
		r.Choices = other.Choices
	}
	if r.Min == nil {
		r.Min = other.Min
	}
	if r.Max == nil {
		r.Max = other.Max
	}
	return r
}

// heed holds the column against its rule: answers that are no choice, numbers
// out of range.
func (s *study) heed() {
	c, r := s.c, s.rule
	if len(r.Choices) > 0 {
		s.orderByChoices()
	}
	if len(c.File.Choices) > 0 && c.Kind != Empty {
		c.Why += " The file names its values: " + choiceList(c.File.Choices) + "."
		if !s.mostlyNamed() {
			r.Choices = nil // a few names on a scale, not all its answers
		}
	}
	if len(r.Choices) == 0 && r.Min == nil && r.Max == nil {
		return
	}
	for i, raw := range c.Raw {
		if c.Missing[i] || c.Count[i] == 0 {
			continue
		}
		text, v := strings.TrimSpace(raw), c.Number[i]
		switch {
		case len(r.Choices) > 0 && !slices.ContainsFunc(r.Choices, func(k Choice) bool { return k.is(text, v) }):
			s.say(Warning, "no choice", raw, s.line(int32(i)), "“%s” is not among the answers of the dictionary (%s); %s: correct the cell or the dictionary", shorten(text), choiceList(r.Choices), several(int(c.Count[i]), "row has it", "rows have it"))
		case r.Min != nil && v < *r.Min, r.Max != nil && v > *r.Max:
			s.say(Warning, "out of range", raw, s.line(int32(i)), "“%s” is outside the range of the dictionary (%s); %s: correct the cell, or leave it if it is true", shorten(text), rangeText(r.Min, r.Max), several(int(c.Count[i]), "row has it", "rows have it"))
		}
	}
}

// mostlyNamed reports whether so many cells hold a choice that the others are
// odd.
func (s *study) mostlyNamed() bool {
	named, all := 0, 0
	for i, raw := range s.c.Raw {
		if s.c.Missing[i] || s.c.Count[i] == 0 {
			continue
		}
		all += int(s.c.Count[i])
		if slices.ContainsFunc(s.rule.Choices, func(k Choice) bool { return k.is(strings.TrimSpace(raw), s.c.Number[i]) }) {
			named += int(s.c.Count[i])
		}
	}
	return float64(named) >= numericShare*float64(all)
}

// is reports whether a cell holds this choice: its code, as text or number, or
// its label, as exports with labels have it.
func (k Choice) is(text string, v float64) bool {
	if text == k.Code || fold(text) == fold(k.Label) {
		return true
	}
	return looksNumeric(k.Code) && parseCanonical(canonical(k.Code, '.')) == v
}

// orderByChoices gives a category of labels the order of the dictionary.
func (s *study) orderByChoices() {
	c := s.c
	if c.Kind != Category || c.Order != nil {
		return
	}
	var order []string
	for _, k := range s.rule.Choices {
		for i, text := range c.Clean {
			if c.Count[i] > 0 && !c.Missing[i] && fold(text) == fold(k.Label) && !slices.Contains(order, text) {
				order = append(order, text)
			}
		}
	}
	if len(order) == c.distinct() && len(order) > 2 {
		c.Order = order
		c.Why += " Ordered as in the dictionary."
	}
}

func choiceList(list []Choice) string {
	var texts []string
	for _, k := range list {
		texts = append(texts, strings.TrimSpace(k.Code+" "+k.Label))
	}
	return quoteList(texts, 6)
}

func rangeText(low, high *float64) string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	switch {
	case low == nil:
		return "at most " + number(*high)
	case high == nil:
		return "at least " + number(*low)
	}
	return number(*low) + " to " + number(*high)
}
