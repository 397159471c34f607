package state

import (
	"fmt"
	"strconv"
	"strings"

	"trialbox/app/instrument"
)

// OwnForm is what stands in the fields, as text.
type OwnForm struct {
	ID, Name, Short, Licence, Cite  string
	Items, Min, Max, Decimal        string // Decimal: "yes" or ""
	Scored, Reversed                string
	Rule, Missing, Better, Decimals string
	Bands                           string          // a line each: "low from 0", "high above 8"
	First, Scores                   string          // of the lookup table
	carried                         instrument.File // what the form does not show and keeps
}

// newOwn is an empty form.
func newOwn() OwnForm {
	return OwnForm{Rule: "sum", Better: "lower", Min: "0", Max: "4", Missing: instrument.Complete, Decimals: "0"}
}

func (f *OwnForm) set(field, value string) {
	fields := map[string]*string{"id": &f.ID, "name": &f.Name, "short": &f.Short, "licence": &f.Licence, "cite": &f.Cite, "items": &f.Items, "min": &f.Min, "max": &f.Max, "decimal": &f.Decimal,
		"scored": &f.Scored, "reversed": &f.Reversed, "rule": &f.Rule, "missing": &f.Missing, "better": &f.Better, "decimals": &f.Decimals, "bands": &f.Bands, "first": &f.First, "scores": &f.Scores}
	if to := fields[field]; to != nil {
		*to = value
	}
}

// number reads a number of the form; what is wrong is said at its field.
func number(text, field, word string, errs *[]FieldError) float64 {
	x, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(text), ",", ".", 1), 64)
	if err != nil {
		*errs = append(*errs, FieldError{field, fmt.Sprintf("%s: “%s” is not a number", word, text)})
	}
	return x
}

// File is the definition as the form has it, with the errors of its numbers;
// the library checks the rest.
func (f OwnForm) File() (instrument.File, []FieldError) {
	var errs []FieldError
	id := strings.TrimSpace(f.ID)
	out := instrument.File{ID: id, Version: "1", Name: strings.TrimSpace(f.Name), Short: strings.TrimSpace(f.Short), Licence: strings.TrimSpace(f.Licence)}
	if f.carried.Version != "" {
		out.Version, out.Note, out.Prefixes, out.Order = f.carried.Version, f.carried.Note, f.carried.Prefixes, f.carried.Order
	}
	if out.Short == "" {
		out.Short = out.Name
	}
	if out.Licence == "" {
		out.Licence = "of one's own; nothing known"
	}
	cite := strings.TrimSpace(f.Cite)
	out.Sources = []instrument.Source{{For: "score", Basis: "convention", Cite: cite}}
	if cite == "" {
		out.Sources[0].Cite = "a rule of one's own"
	}
	low, high := number(f.Min, "min", "Lowest answer", &errs), number(f.Max, "max", "Highest answer", &errs)
	for _, columns := range f.columns(id) {
		out.Items = append(out.Items, instrument.ItemFile{Columns: columns, Min: &low, Max: &high, Decimal: f.Decimal == "yes"})
	}
	s := instrument.ScaleFile{Name: "score", Variable: id, Label: out.Short, Rule: f.Rule, Items: strings.TrimSpace(f.Scored), Reversed: strings.TrimSpace(f.Reversed), Better: instrument.Direction(f.Better)}
	if f.Decimals != "" {
		s.Decimals = int(number(f.Decimals, "decimals", "Decimals", &errs))
	}
	s.Missing = f.policy(&errs)
	s.Bands = f.bands(&errs)
	if f.Rule == "lookup" {
		s.Table = f.table(&errs)
	}
	out.Scales = []instrument.ScaleFile{s}
	return out, errs
}

// columns reads the items: a number of them, a range of names, or a list.
func (f OwnForm) columns(id string) []string {
	text := strings.TrimSpace(f.Items)
	if n, err := strconv.Atoi(text); err == nil && n > 0 && n <= 500 {
		if !identifier(id) { // said at the identifier, once
			id = "item"
		}
		if n == 1 {
			return []string{id}
		}
		return []string{fmt.Sprintf("%s_1..%s_%d", id, id, n)}
	}
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' })
}

// identifier reports small letters, digits and _ only.
func identifier(s string) bool { return consistsOf(s, "abcdefghijklmnopqrstuvwxyz0123456789_") }

// consistsOf reports a text, not empty, of these characters only.
func consistsOf(s, characters string) bool { return s != "" && strings.Trim(s, characters) == "" }

func (f OwnForm) policy(errs *[]FieldError) *instrument.Policy {
	rule, n, given := strings.Cut(strings.TrimSpace(f.Missing), ":")
	if rule == "" || rule == instrument.Complete {
		return nil
	}
	p := &instrument.Policy{Rule: rule}
	if given {
		p.Min = int(number(n, "missing", "Answers needed", errs))
	}
	return p
}

// bandLine reads a category such as "low from 0" or "high above 8". The label
// may hold any words, so it is read from the end.
func bandLine(line string) (label, edge, bound string, ok bool) {
	line, bound = cutLastWord(line)
	label, edge = cutLastWord(line)
	digits := bound
	for _, minus := range []string{"-", "−"} {
		if after, signed := strings.CutPrefix(bound, minus); signed {
			digits = after
		}
	}
	return label, edge, bound, label != "" && (edge == "from" || edge == "above") && consistsOf(digits, "0123456789.,")
}

// cutLastWord divides a text at its last space.
func cutLastWord(s string) (before, word string) {
	const spaces = "\t\n\f\r "
	at := strings.LastIndexAny(s, spaces) + 1
	return strings.TrimRight(s[:at], spaces), s[at:]
}

func (f OwnForm) bands(errs *[]FieldError) []instrument.BandFile {
	var out []instrument.BandFile
	for line := range strings.SplitSeq(f.Bands, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		label, edge, limit, ok := bandLine(line)
		if !ok {
			*errs = append(*errs, FieldError{"bands", fmt.Sprintf("“%s” is not a category such as “low from 0” or “high above 8”", line)})
			continue
		}
		bound := number(strings.Replace(limit, "−", "-", 1), "bands", "Categories", errs)
		b := instrument.BandFile{Label: label}
		if edge == "from" {
			b.From = &bound
		} else {
			b.Above = &bound
		}
		out = append(out, b)
	}
	return out
}

func (f OwnForm) table(errs *[]FieldError) *instrument.TableUse {
	first := int(number(f.First, "first", "Lowest sum", errs))
	t := &instrument.TableUse{First: &first}
	for _, cell := range strings.Fields(strings.NewReplacer(";", " ", ", ", " ").Replace(f.Scores)) {
		t.Scores = append(t.Scores, number(cell, "scores", "Scores of the table", errs))
	}
	return t
}

// formOf puts a definition into the form; fits is false when the form cannot
// show all of it.
func formOf(f instrument.File) (form OwnForm, fits bool) {
	if len(f.Scales) != 1 || len(f.Items) == 0 || f.Items[0].Min == nil || f.Items[0].Max == nil {
		return form, false
	}
	s, first := f.Scales[0], f.Items[0]
	form = OwnForm{ID: f.ID, Name: f.Name, Short: f.Short, Licence: f.Licence, Min: plain(*first.Min), Max: plain(*first.Max), Scored: s.Items, Reversed: s.Reversed, Rule: s.Rule, Better: string(s.Better), Decimals: strconv.Itoa(s.Decimals), Missing: instrument.Complete, carried: f}
	if len(f.Sources) > 0 {
		form.Cite = f.Sources[0].Cite
	}
	if first.Decimal {
		form.Decimal = "yes"
	}
	var names []string
	for _, it := range f.Items {
		names = append(names, it.Columns)
	}
	form.Items = strings.Join(names, ", ")
	if s.Missing != nil {
		form.Missing = s.Missing.String()
	}
	for _, b := range s.Bands {
		switch {
		case b.From != nil:
			form.Bands += b.Label + " from " + plain(*b.From) + "\n"
		case b.Above != nil:
			form.Bands += b.Label + " above " + plain(*b.Above) + "\n"
		}
	}
	if s.Table != nil && s.Table.First != nil {
		form.First = strconv.Itoa(*s.Table.First)
		var cells []string
		for _, x := range s.Table.Scores {
			cells = append(cells, plain(x))
		}
		form.Scores = strings.Join(cells, " ")
	}
	back, errs := form.File()
	return form, len(errs) == 0 && string(back.JSON()) == string(f.JSON())
}

func plain(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
