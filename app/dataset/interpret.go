package dataset

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// numericShare is the share of a column's cells that must be numbers (or
// dates) for the rest to count as odd cells in a numeric column rather than
// the column as text.
const numericShare = 0.9

// Interpret understands the columns anew by other rules, from the texts that
// are already here. Encoding and delimiter need the file and are not looked at.
func (d *Dataset) Interpret(opt Options) {
	d.Problems = d.Problems[:d.reading:d.reading]
	d.Evidence = d.Evidence[:d.evidence:d.evidence]
	studies := make([]*study, len(d.Columns))
	for i, c := range d.Columns {
		studies[i] = newStudy(d, c, opt)
	}
	d.settleDecimal(studies, opt)
	for i, s := range studies {
		s.understand()
		studies[i] = nil // its marks are not needed any more
		d.Problems = append(d.Problems, s.found.all(d.Name)...)
	}
	d.reportMissing()
}

// study is one column while it is being understood.
type study struct {
	d     *Dataset
	c     *Column
	rule  ColumnRule
	marks []marks
	// rows by what their texts are
	values, numbers int
	tally           [commaEither + 1]int
	found           problems
	spaces          bool // blanks around texts were taken off
}

// newStudy resets the column and finds what is missing and what is a number.
func newStudy(d *Dataset, c *Column, opt Options) *study {
	s := &study{d: d, c: c, rule: opt.Columns[c.Name]}
	n := len(c.Raw)
	*c = Column{Name: c.Name, Label: c.Label, Codes: c.Codes, Raw: c.Raw, Clean: c.Raw,
		Missing: make([]bool, n), Number: make([]float64, n), Count: make([]int32, n)}
	for _, code := range c.Codes {
		c.Count[code]++
	}
	s.marks = make([]marks, n)
	for i, raw := range c.Raw {
		c.Number[i] = math.NaN()
		text := strings.TrimSpace(raw)
		switch why := s.missing(text, opt.MissingCodes); {
		case why != "":
			s.miss(i, text, why)
			continue
		case c.Count[i] == 0:
			continue
		case len(text) < len(raw):
			s.spaces = true
			s.clean(i, text)
		}
		rows := int(c.Count[i])
		s.values += rows
		s.marks[i] = numeralMarks(text)
		s.tally[s.marks[i]] += rows
	}
	s.numbers = s.values - s.tally[noNumber]
	return s
}

// missing says why a text is no value in this column, "" when it is one.
func (s *study) missing(text string, codes []string) string {
	switch {
	case slices.Contains(s.rule.Present, text) && text != "":
		return ""
	case text == "":
		return "blank"
	case slices.Contains(s.rule.Missing, text):
		return "as chosen for this column"
	case slices.Contains(codes, text):
		return "as chosen for all columns"
	case alwaysMissing(text):
		return "it never stands for a value"
	}
	return ""
}

func (s *study) miss(i int, code, why string) {
	c := s.c
	c.Missing[i] = true
	c.Number[i] = math.NaN()
	s.clean(i, "")
	if c.Count[i] == 0 {
		return
	}
	for j, m := range c.MissingCodes {
		if m.Code == code {
			c.MissingCodes[j].Count += int(c.Count[i])
			return
		}
	}
	c.MissingCodes = append(c.MissingCodes, MissingCode{code, int(c.Count[i]), true, why})
}

// clean sets what a text was understood as. Clean shares Raw's memory until
// the first difference.
func (s *study) clean(i int, text string) {
	c := s.c
	if c.Clean[i] == text {
		return
	}
	if &c.Clean[0] == &c.Raw[0] {
		c.Clean = slices.Clone(c.Raw)
	}
	c.Clean[i] = text
}

// numeric reports whether so many cells are numbers that the rest are odd.
func (s *study) numeric() bool {
	return s.values > 0 && float64(s.numbers) >= numericShare*float64(s.values)
}

// settleDecimal finds the decimal mark of the file from the columns that have
// evidence.
func (d *Dataset) settleDecimal(studies []*study, opt Options) {
	points, commas := 0, 0
	for _, s := range studies {
		if s.numeric() {
			points += s.tally[point]
			commas += s.tally[comma]
		}
	}
	why := ""
	switch {
	case opt.Decimal != 0:
		d.Decimal, why = opt.Decimal, "as chosen"
	case commas > points:
		d.Decimal, why = ',', fmt.Sprintf("%s can be read in no other way", several(commas, "number", "numbers"))
	case points > 0:
		d.Decimal, why = '.', fmt.Sprintf("%s can be read in no other way", several(points, "number", "numbers"))
	case d.Delimiter == ';':
		d.Decimal, why = ',', "no number decides it, and files divided by semicolons are usually written with decimal commas"
	default:
		d.Decimal, why = '.', "no number decides it"
	}
	d.Evidence = append(d.Evidence, fmt.Sprintf("Decimal %s: %s.", markName(d.Decimal), why))
}

func markName(mark rune) string {
	if mark == ',' {
		return "comma"
	}
	return "point"
}

// understand gives the column its kind.
func (s *study) understand() {
	c := s.c
	asked := s.rule.Kind
	switch {
	case s.values == 0:
		c.Kind, c.Why = Empty, "No row has a value."
	case asked == Date.String() || asked == "" && s.datesByText():
		if !s.dates() {
			s.text()
		}
	case asked == Number.String() || asked == Integer.String() || asked == "" && s.numeric():
		s.number()
	case asked == YesNo.String() || asked == "":
		if !s.yesNo() {
			s.text()
		}
	default:
		s.text()
	}
	if asked != "" && s.values > 0 {
		for k, name := range kindNames {
			if name == asked && (c.Kind != Number && c.Kind != Integer || !Kind(k).Numeric()) {
				c.Kind = Kind(k)
			}
		}
		c.Why = strings.TrimSpace("Kind as chosen. " + c.Why)
	}
	s.finish()
}

// number reads the column as numbers.
func (s *study) number() {
	c := s.c
	s.columnDecimal()
	for i := range c.Raw {
		if c.Missing[i] || c.Count[i] == 0 {
			continue
		}
		text := strings.TrimSpace(c.Raw[i])
		mark := byte(c.Decimal)
		switch s.marks[i] {
		case point:
			mark = '.'
		case comma:
			mark = ','
		}
		v := math.NaN()
		if s.marks[i] != noNumber {
			text = canonical(text, mark)
			v = parseCanonical(text)
		}
		if math.IsNaN(v) {
			c.Odd = append(c.Odd, int32(i))
			c.Missing[i] = true
			s.clean(i, "")
			continue
		}
		c.Number[i] = v
		s.clean(i, text)
	}
	if s.serialDates() {
		return
	}
	s.codes()
	s.odd("text in a number", "“%s” is not a number, though %s; it was left out as missing: correct it in the file or leave it so")
	if s.identifier() {
		return
	}
	c.Kind = Integer
	for i, v := range c.Number {
		if !math.IsNaN(v) && c.Count[i] > 0 && v != math.Trunc(v) {
			c.Kind = Number
			break
		}
	}
	kind := "whole numbers"
	if c.Kind == Number {
		kind = "numbers"
	}
	left := s.values
	for _, m := range c.MissingCodes {
		if m.Why != "blank" && m.Applied && looksNumeric(m.Code) {
			left -= m.Count
		}
	}
	c.Why = fmt.Sprintf("All %d values are %s", left, kind)
	if len(c.Odd) > 0 {
		c.Why = fmt.Sprintf("%d of %d values are %s", left-s.tally[noNumber], left, kind)
	}
	if s.tally[point]+s.tally[comma]+s.tally[pointEither]+s.tally[commaEither] > 0 {
		c.Why += ", with decimal " + markName(c.Decimal)
	}
	c.Why += "."
}

// columnDecimal settles the decimal mark of this column: by the numbers that
// allow one reading only, else by the file's, with a question where the two
// readings differ.
func (s *study) columnDecimal() {
	c, t := s.c, s.tally
	file := s.d.Decimal
	switch {
	case s.rule.Decimal == "." || s.rule.Decimal == ",":
		c.Decimal = rune(s.rule.Decimal[0])
		return
	case t[point] > 0 && t[comma] == 0:
		c.Decimal = '.'
	case t[comma] > 0 && t[point] == 0:
		c.Decimal = ','
	default:
		c.Decimal = file
		s.askDecimal()
		return
	}
	either, grouping := commaEither, "commas"
	if c.Decimal == ',' {
		either, grouping = pointEither, "points"
	}
	if t[either] > 0 {
		text, line := s.example(either)
		s.say(Note, "thousands", text, line, "numbers such as “%s” were read with thousands, since other numbers of this column have a decimal %s and so the %s divide thousands", text, markName(c.Decimal), grouping)
	}
	if c.Decimal != file {
		s.say(Note, "decimal mark", "", 0, "this column has a decimal %s although the file as a whole has a decimal %s", markName(c.Decimal), markName(file))
	}
}

// askDecimal puts the questions of a column whose own numbers do not settle
// its decimal mark.
func (s *study) askDecimal() {
	t, file := s.tally, s.d.Decimal
	if t[point] > 0 {
		a, _ := s.example(point)
		b, line := s.example(comma)
		s.ask("two decimal marks", b, line, "some numbers have a decimal point (“%s”) and some a decimal comma (“%s”); each was read by its own mark: check that both are right", a, b)
	}
	form, mark := commaEither, ","
	if t[commaEither] == 0 {
		form, mark = pointEither, "."
		if t[pointEither] == 0 || file == '.' && t[comma] == 0 {
			return
		}
	}
	text, line := s.example(form)
	reading := "with thousands"
	if string(file) == mark {
		reading = "with decimals"
	}
	s.ask("ambiguous number", text, line, "%d numbers such as “%s” can be read with decimals or with thousands; they were read %s, as %s, because the file's decimal mark is the %s: choose the decimal mark of this column",
		t[form], text, reading, canonical(strings.TrimSpace(text), byte(file)), markName(file))
}

// example is the first text of that form and its line.
func (s *study) example(form marks) (text string, line int) {
	for i, m := range s.marks {
		if m == form && s.c.Count[i] > 0 && !s.c.Missing[i] {
			return s.c.Raw[i], s.line(int32(i))
		}
	}
	return "", 0
}

// line is where a text occurs first.
func (s *study) line(code int32) int {
	if row := s.c.firstRow(code); row >= 0 {
		return int(s.d.Line[row])
	}
	return 0
}

// say adds a Problem of this column.
func (s *study) say(severity Severity, kind, value string, line int, format string, args ...any) {
	s.found.add(Problem{Line: line, Column: s.c.Name, Value: shorten(value), Kind: kind, Severity: severity, Text: fmt.Sprintf(format, args...)})
}

// ask adds a Problem that is a question and marks the column as doubtful.
func (s *study) ask(kind, value string, line int, format string, args ...any) {
	s.say(Warning, kind, value, line, format, args...)
	s.c.Doubt = strings.TrimSpace(s.c.Doubt + " " + sentence(fmt.Sprintf(format, args...)))
}

// sentence gives a phrase its capital letter and full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	r := []rune(s)
	return strings.ToUpper(string(r[:1])) + string(r[1:]) + "."
}

// codes finds the numbers that stand for "no answer".
func (s *study) codes() {
	c := s.c
	others := c.spreadOf()
	for i, v := range c.Number {
		if c.Missing[i] || c.Count[i] == 0 || math.IsNaN(v) || !candidate(v) {
			continue
		}
		text := strings.TrimSpace(c.Raw[i])
		if slices.Contains(s.rule.Present, text) {
			continue
		}
		apply, ask, why := others.verdict(v)
		switch {
		case apply:
			s.miss(i, text, why)
		case ask:
			c.MissingCodes = append(c.MissingCodes, MissingCode{text, int(c.Count[i]), false, why})
			s.ask("missing code", text, s.line(int32(i)), "%s; if it stands for “no answer”, mark it as missing (%s)", why, several(int(c.Count[i]), "cell", "cells"))
		}
	}
}

// odd reports, row by row, the cells that the column's kind cannot hold.
func (s *study) odd(kind, format string) {
	c := s.c
	if len(c.Odd) == 0 {
		return
	}
	share := fmt.Sprintf("%d of the column's %d values are", s.values-s.tally[noNumber], s.values)
	is := make([]bool, len(c.Raw))
	for _, code := range c.Odd {
		is[code] = true
	}
	for row, code := range c.Codes {
		if is[code] {
			s.say(Warning, kind, c.Raw[code], int(s.d.Line[row]), format, shorten(c.Raw[code]), share)
		}
	}
}

// identifier recognises numbers that are names: by the column's name, or by
// zeros in front that a number would lose.
func (s *study) identifier() bool {
	c := s.c
	byName := named(c.Name, idNames)
	padded, length := false, 0
	for i, raw := range c.Raw {
		if c.Missing[i] || c.Count[i] == 0 {
			continue
		}
		text := strings.TrimSpace(raw)
		if length == 0 {
			length = len(text)
		}
		if len(text) != length || !onlyDigits(text) {
			length = -1
		}
		padded = padded || len(text) > 1 && text[0] == '0'
	}
	padded = padded && length > 0
	if !byName && !padded || len(c.Odd) > 0 {
		return false
	}
	c.Kind, c.Why = Label, "The name says that it identifies."
	if padded {
		c.Why = fmt.Sprintf("Numbers of %d digits with zeros in front, as in identifiers.", length)
	}
	for i, raw := range c.Raw {
		if !c.Missing[i] && c.Count[i] > 0 {
			s.clean(i, strings.TrimSpace(raw))
		}
	}
	return true
}

// datesByText reports whether the column holds dates by their form.
func (s *study) datesByText() bool { return s.dateForm() != noDate }

// dateForm finds the form in which nearly all texts are dates. Dates with
// strokes have one only when some day is beyond 12 or the order was chosen.
func (s *study) dateForm() dateForm {
	form, most := noDate, 0
	for _, f := range []dateForm{isoForm, dottedForm, dmyForm, mdyForm} {
		if s.rule.Order == "dmy" && f == mdyForm || s.rule.Order == "mdy" && f == dmyForm {
			continue
		}
		rows, tried := 0, 0
		for i, raw := range s.c.Raw {
			if s.c.Missing[i] || s.c.Count[i] == 0 {
				continue
			}
			if _, ok := parseDate(strings.TrimSpace(raw), f); ok {
				rows += int(s.c.Count[i])
			} else if tried++; rows == 0 && tried > 50 {
				break
			}
		}
		if float64(rows) < numericShare*float64(s.values) {
			continue
		}
		if f == mdyForm && form == dmyForm && rows == most {
			text, line := "", 0
			for i, raw := range s.c.Raw {
				if !s.c.Missing[i] && s.c.Count[i] > 0 {
					text, line = raw, s.line(int32(i))
					break
				}
			}
			s.ask("ambiguous date", text, line, "dates such as “%s” can be read day first or month first and no date of this column decides it; it was left as text: choose the order", text)
			return noDate
		}
		if rows > most {
			form, most = f, rows
		}
	}
	return form
}

// dates reads the column as dates written as text; false when it is none.
func (s *study) dates() bool {
	form := s.dateForm()
	if form == noDate && s.numeric() && s.rule.Kind == Date.String() {
		form = serialForm
	}
	if form == noDate {
		return false
	}
	s.readDates(form)
	s.c.Why = fmt.Sprintf("Dates written %s.", formNames[form])
	return true
}

func (s *study) readDates(form dateForm) {
	c := s.c
	c.Odd = nil
	read := 0
	for i, raw := range c.Raw {
		if c.Count[i] == 0 || c.Missing[i] {
			continue
		}
		text := strings.TrimSpace(raw)
		days, ok := parseDate(text, form)
		switch {
		case ok:
			c.Number[i] = days
			s.clean(i, formatDate(days))
			read += int(c.Count[i])
		case s.marks[i] == plain && candidate(parseCanonical(canonical(text, '.'))):
			s.miss(i, text, "it is no date")
		default:
			c.Odd = append(c.Odd, int32(i))
			c.Missing[i] = true
			c.Number[i] = math.NaN()
			s.clean(i, "")
		}
	}
	c.Kind = Date
	s.tally[noNumber] = s.values - read
	s.odd("no date", "“%s” is not a date, though %s; it was left out as missing: correct it in the file or leave it so")
}

// serialDates recognises day numbers of Excel (1900 system) and dates as eight
// digits: only where the name of the column says date and all numbers fit.
func (s *study) serialDates() bool {
	c := s.c
	if !named(c.Name, dateNames) || len(c.Odd) > 0 {
		return false
	}
	serial, digits := true, true
	for i, v := range c.Number {
		if c.Missing[i] || c.Count[i] == 0 || candidate(v) {
			continue
		}
		serial = serial && v >= 14611 && v < 62094 // 1940 to 2069
		_, ok := parseDate(strings.TrimSpace(c.Raw[i]), digitForm)
		digits = digits && ok
	}
	form := serialForm
	if digits {
		form = digitForm
	}
	if !serial && !digits {
		return false
	}
	s.readDates(form)
	if c.Why = fmt.Sprintf("The name says date and every number is one: %s.", formNames[form]); serial {
		c.Why = fmt.Sprintf("The name says date and every number lies between 1940 and 2069 as %s.", formNames[form])
	}
	return true
}

// yesNo reads two words as 1 and 0 where their meaning is sure.
func (s *study) yesNo() bool {
	c := s.c
	yes, _, why := s.yesNoWords()
	if yes == "" {
		return false
	}
	var one, zero string
	for i := range c.Raw {
		if c.Missing[i] || c.Count[i] == 0 {
			continue
		}
		text := strings.TrimSpace(c.Raw[i])
		if fold(text) == yes {
			c.Number[i], one = 1, text
			s.clean(i, "1")
		} else {
			c.Number[i], zero = 0, text
			s.clean(i, "0")
		}
	}
	c.Kind = YesNo
	var parts []string
	if one != "" {
		parts = append(parts, one+" = 1")
	}
	if zero != "" {
		parts = append(parts, zero+" = 0")
	}
	c.Why = fmt.Sprintf("%s: %s.", why, strings.Join(parts, ", "))
	return true
}

// yesNoWords returns the folded words for 1 and 0, "" when the column's texts
// are no such pair.
func (s *study) yesNoWords() (yes, no, why string) {
	c := s.c
	seen := map[string]bool{}
	for i, raw := range c.Raw {
		if c.Missing[i] || c.Count[i] == 0 {
			continue
		}
		if seen[fold(raw)] = true; len(seen) > 2 {
			return "", "", ""
		}
	}
	match := func(a, b string, both bool) bool {
		n := 0
		for _, w := range []string{a, b} {
			if seen[w] {
				n++
			}
		}
		return n == len(seen) && n > 0 && (n == 2 || !both)
	}
	for _, p := range yesNoPairs {
		if match(p.yes, p.no, p.short) {
			return p.yes, p.no, "Yes and no in " + p.language
		}
	}
	for _, p := range sexPairs {
		short := len(p.female) == 1
		switch {
		case named(c.Name, femaleNames) && match(p.female, p.male, short):
			return p.female, p.male, "The column is named after one of its two values"
		case named(c.Name, maleNames) && match(p.female, p.male, short):
			return p.male, p.female, "The column is named after one of its two values"
		}
	}
	return "", "", ""
}

// text reads the column as categories, labels or sentences.
func (s *study) text() {
	c := s.c
	s.textCodes()
	distinct, length, spaces, lines := 0, 0, 0, false
	for i, raw := range c.Raw {
		if c.Missing[i] || c.Count[i] == 0 {
			continue
		}
		distinct++
		length += len(raw)
		spaces += strings.Count(strings.TrimSpace(raw), " ")
		lines = lines || strings.ContainsAny(raw, "\r\n")
	}
	if distinct == 0 {
		c.Kind, c.Why = Empty, "No row has a value."
		return
	}
	switch {
	case named(c.Name, idNames):
		c.Kind, c.Why = Label, "The name says that it identifies."
	case lines || length > 40*distinct || spaces >= 3*distinct && 2*distinct > s.values:
		c.Kind, c.Why = FreeText, "Long texts that hardly repeat."
	case distinct <= max(20, s.values/10) && (2*distinct <= s.values || distinct <= 3):
		c.Kind, c.Why = Category, fmt.Sprintf("%s in %s.", several(distinct, "text", "different texts"), several(s.values, "row", "rows"))
		s.merge()
	default:
		c.Kind, c.Why = Label, fmt.Sprintf("%d different texts in %s.", distinct, several(s.values, "row", "rows"))
	}
}

// textCodes takes a number that only stands for "no answer" out of texts.
func (s *study) textCodes() {
	c := s.c
	if s.numbers == 0 || s.numbers == s.values {
		return
	}
	for i := range c.Raw {
		if c.Missing[i] || c.Count[i] == 0 || s.marks[i] != plain {
			continue
		}
		text := strings.TrimSpace(c.Raw[i])
		v := parseCanonical(canonical(text, '.'))
		if candidate(v) && (v < 0 || v >= 99) && !slices.Contains(s.rule.Present, text) {
			s.miss(i, text, text+" is a number among texts")
		}
	}
}

// merge takes spellings that differ in blanks and capital letters only as one
// category, under the spelling that most rows have.
func (s *study) merge() {
	c := s.c
	if s.rule.Apart {
		return
	}
	first := map[string][]int{} // folded text: codes
	var order []string
	for i := range c.Raw {
		if c.Missing[i] || c.Count[i] == 0 {
			continue
		}
		key := fold(c.Raw[i])
		if first[key] == nil {
			order = append(order, key)
		}
		first[key] = append(first[key], i)
	}
	for _, key := range order {
		codes := first[key]
		if len(codes) < 2 {
			continue
		}
		rows := map[string]int{}
		to := ""
		for _, i := range codes {
			text := strings.TrimSpace(c.Raw[i])
			rows[text] += int(c.Count[i])
			if to == "" || rows[text] > rows[to] {
				to = text
			}
		}
		m := Merge{To: to}
		rare := codes[0]
		for _, i := range codes {
			m.From = append(m.From, c.Raw[i])
			s.clean(i, to)
			if c.Count[i] <= c.Count[rare] {
				rare = i
			}
		}
		c.Merged = append(c.Merged, m)
		s.say(Note, "spelling", c.Raw[rare], s.line(int32(rare)), "%s differ only in blanks and capital letters and were taken as one value, “%s”", quoteList(m.From, 5), to)
	}
}

// finish counts, and picks the examples.
func (s *study) finish() {
	c := s.c
	if s.spaces {
		c.Why += " Blanks around the text were left out."
	}
	slices.SortStableFunc(c.MissingCodes, func(a, b MissingCode) int { return blankFirst(a) - blankFirst(b) })
	c.count()
}

// count derives what follows from the texts: totals and examples.
func (c *Column) count() {
	for i, n := range c.Count {
		if c.Missing[i] {
			c.MissingCount += int(n)
		} else {
			c.N += int(n)
		}
	}
	c.Distinct = c.distinct()
	c.pickExamples()
}

func blankFirst(m MissingCode) int {
	if m.Code == "" {
		return 0
	}
	return 1
}

func (c *Column) distinct() int {
	n := 0
	for i, rows := range c.Count {
		if rows > 0 && !c.Missing[i] {
			n++
		}
	}
	if len(c.Clean) == 0 || &c.Clean[0] == &c.Raw[0] || n > 1<<17 {
		return n // every text is another value
	}
	values := make(map[string]bool, n)
	for i, rows := range c.Count {
		if rows > 0 && !c.Missing[i] {
			values[c.Clean[i]] = true
		}
	}
	return len(values)
}

// pickExamples takes up to three texts: those that were changed first, and last
// one that is missing without being blank.
func (c *Column) pickExamples() {
	c.Examples = nil
	used := map[string]bool{}
	pick := func(limit int, want func(i int) bool) {
		for i, n := range c.Count {
			if len(c.Examples) >= limit {
				return
			}
			if n > 0 && !used[c.Raw[i]] && want(i) {
				used[c.Raw[i]] = true
				c.Examples = append(c.Examples, Example{c.Raw[i], c.Clean[i], c.Missing[i]})
			}
		}
	}
	pick(2, func(i int) bool { return !c.Missing[i] && c.Raw[i] != c.Clean[i] })
	pick(2, func(i int) bool { return !c.Missing[i] })
	pick(3, func(i int) bool { return c.Missing[i] && strings.TrimSpace(c.Raw[i]) != "" })
	pick(3, func(i int) bool { return !c.Missing[i] })
}

// reportMissing says once for each code, not once for each column, what was
// read as missing beside blanks.
func (d *Dataset) reportMissing() {
	type use struct{ cells, columns int }
	uses := map[string]*use{}
	var order []string
	for _, c := range d.Columns {
		for _, m := range c.MissingCodes {
			if m.Code == "" || !m.Applied {
				continue
			}
			if uses[m.Code] == nil {
				uses[m.Code] = &use{}
				order = append(order, m.Code)
			}
			uses[m.Code].cells += m.Count
			uses[m.Code].columns++
		}
	}
	for _, code := range order {
		u := uses[code]
		d.Problems = append(d.Problems, Problem{File: d.Name, Value: code, Kind: "missing code", Severity: Note,
			Text: fmt.Sprintf("“%s” was read as missing in %s of %s; the columns show why", shorten(code), several(u.cells, "cell", "cells"), several(u.columns, "column", "columns"))})
	}
}
