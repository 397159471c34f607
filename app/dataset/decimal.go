package dataset

import (
	"fmt"
	"strings"
)

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
	for _, s := range studies {
		s.decided = opt.Decimal != 0 || points != commas
	}
	switch {
	case opt.Decimal != 0:
		d.Decimal, why = opt.Decimal, "as chosen"
	case d.Format != "":
		d.Decimal, why = '.', "the file holds numbers as such; texts that are numbers are looked at column by column"
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
		if t[pointEither] == 0 || file == '.' && t[comma] == 0 && s.decided {
			return // 1.234 in a file of decimal points
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
