package dataset

import (
	"fmt"
	"math"
	"strings"
	"unicode"

	"trialbox/app/dataset/cell"
)

// dateForm is a way of writing dates.
type dateForm uint8

const (
	noDate         dateForm = iota
	isoForm                 // 2017-11-01, with or without a time
	dottedForm              // 1.11.2017
	dmyForm                 // 1/11/2017, day first
	mdyForm                 // 11/1/2017, month first
	serialForm              // 43040: days as Excel counts them from 1900
	digitForm               // 20171101
	serial1904Form          // 41578: days as Excel counts them from 1904 on old Macs
	ymdForm                 // 2017/11/01, 2017.11.01
	namedForm               // 1 Nov 2017, 01NOV2017, 1. marraskuuta 2017
)

var formNames = map[dateForm]string{isoForm: "yyyy-mm-dd", dottedForm: "d.m.yyyy", dmyForm: "d/m/yyyy",
	mdyForm: "m/d/yyyy", serialForm: "Excel day numbers counted from 1900", digitForm: "yyyymmdd",
	serial1904Form: "Excel day numbers counted from 1904", ymdForm: "yyyy/mm/dd", namedForm: "with the month's name"}

// excelEpoch is day 0 of Excel's 1900 system in days since 1970-01-01. It is
// 1899-12-30 because Excel takes 1900 for a leap year; days before March 1900
// are not read.
const excelEpoch = -25569

// excel1904 is how many days later the same number is in Excel's 1904 system.
const excel1904 = 1462

// parseDate reads a date of the given form as days since 1970-01-01, the time
// of day as a fraction.
func parseDate(s string, form dateForm) (days float64, ok bool) {
	if form == dottedForm || form == namedForm {
		s = strings.ReplaceAll(s, ". ", ".")
	}
	s, clock := cutClock(s, form)
	var y, m, d int
	switch form {
	case isoForm, ymdForm:
		marks := "-"
		if form == ymdForm {
			marks = "/."
		}
		if len(s) < 8 || len(s) > 10 || form == isoForm && len(s) != 10 || strings.IndexAny(s, marks) != 4 || !threeParts(s, marks, &y, &m, &d) {
			return 0, false
		}
	case digitForm:
		if len(s) != 8 || !digits3(s[:4], s[4:6], s[6:], &y, &m, &d) {
			return 0, false
		}
	case namedForm:
		if !namedMonth(s, &y, &m, &d) {
			return 0, false
		}
	case dottedForm, dmyForm, mdyForm:
		marks := "/-"
		if form == dottedForm {
			marks = "."
		}
		if len(s) < 6 || len(s) > 10 || !threeParts(s, marks, &d, &m, &y) {
			return 0, false
		}
		if i := strings.LastIndexAny(s, marks); i < 3 || i > 5 || len(s)-i != 5 && len(s)-i != 3 {
			return 0, false
		}
		if form == mdyForm {
			m, d = d, m
		}
		if shortYear(s) {
			y = century(y)
		}
	case serialForm, serial1904Form:
		v := parseCanonical(canonical(s, '.'))
		if !(v >= 61 && v < 200000) {
			return 0, false
		}
		if form == serial1904Form {
			v += excel1904
		}
		return v + excelEpoch, true
	}
	if y < 1800 || y > 2200 || m < 1 || m > 12 || d < 1 || d > monthDays(y, m) {
		return 0, false
	}
	fraction, ok := parseClock(clock)
	return float64(dayNumber(y, m, d)) + fraction, ok
}

// cutClock takes the time of day off, which a blank or T divides from the day;
// where the month is a word it is known by its colon.
func cutClock(s string, form dateForm) (day, clock string) {
	i := 0
	switch form {
	case serialForm, serial1904Form:
	case namedForm:
		i = strings.LastIndexByte(s[:max(0, strings.IndexByte(s, ':'))], ' ')
	default:
		i = strings.IndexAny(s, "T ")
	}
	if i <= 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}

// threeParts reads three numbers divided twice by the same one of the marks.
func threeParts(s, marks string, a, b, c *int) bool {
	i := strings.IndexAny(s, marks)
	if i <= 0 {
		return false
	}
	first, rest := s[:i], s[i+1:]
	j := strings.IndexByte(rest, s[i])
	return j > 0 && digits3(first, rest[:j], rest[j+1:], a, b, c)
}

// shortYear reports a date that ends in a year of two digits.
func shortYear(s string) bool {
	n := len(s)
	return n > 3 && onlyDigits(s[n-2:]) && !onlyDigits(s[n-3:n-2])
}

// century gives a year of two digits the century in which it lies nearer to our
// time: 50 to 99 are 1950 to 1999, as most programs have it.
func century(y int) int {
	if y < 50 {
		return 2000 + y
	}
	return 1900 + y
}

// months by the beginning of their names in English, Finnish, Swedish and German.
var monthNames = map[string]int{"jan": 1, "tam": 1, "jän": 1, "feb": 2, "hel": 2, "mar": 3, "maa": 3, "mär": 3, "mrz": 3, "apr": 4, "huh": 4,
	"may": 5, "tou": 5, "maj": 5, "mai": 5, "jun": 6, "kes": 6, "jul": 7, "hei": 7, "aug": 8, "elo": 8, "sep": 9, "syy": 9,
	"oct": 10, "lok": 10, "okt": 10, "nov": 11, "dec": 12, "jou": 12, "dez": 12}

// namedMonth reads 1 Nov 2017, 01-NOV-2017, 01NOV2017, November 1, 2017 and
// 1. marraskuuta 2017.
func namedMonth(s string, y, m, d *int) bool {
	if len(s) > 40 {
		return false
	}
	var parts []string
	from, kind := 0, 0
	for i, c := range s + " " {
		k := 0
		switch {
		case c >= '0' && c <= '9':
			k = 1
		case unicode.IsLetter(c):
			k = 2
		case !strings.ContainsRune(" .,-/", c):
			return false
		}
		if k != kind {
			if kind != 0 {
				parts = append(parts, s[from:i])
			}
			from, kind = i, k
		}
	}
	if len(parts) != 3 {
		return false
	}
	name, day := 1, 0
	if parts[0][0] > '9' {
		name, day = 0, 1
	}
	word := []rune(strings.ToLower(parts[name]))
	if len(word) < 3 || len(parts[day]) > 2 || len(parts[2]) != 4 && len(parts[2]) != 2 || !digits3(parts[2], "1", parts[day], y, m, d) {
		return false
	}
	if len(parts[2]) == 2 {
		*y = century(*y)
	}
	*m = monthNames[string(word[:3])]
	if strings.HasPrefix(string(word), "marras") {
		*m = 11
	}
	return *m > 0
}

func digits3(a, b, c string, y, m, d *int) bool {
	for _, p := range [...]struct {
		s string
		v *int
	}{{a, y}, {b, m}, {c, d}} {
		if len(p.s) == 0 || len(p.s) > 4 || !onlyDigits(p.s) {
			return false
		}
		*p.v = 0
		for _, c := range p.s {
			*p.v = *p.v*10 + int(c-'0')
		}
	}
	return true
}

// parseClock reads hh:mm or hh:mm:ss, with or without decimals, as a fraction of
// a day; also 6.30 and klo 6.30, 2:30 PM, and a zone, whose local time it is.
func parseClock(s string) (float64, bool) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "klo ")
	if s == "" {
		return 0, true
	}
	s = strings.TrimSuffix(s, "Z")
	if i := strings.LastIndexAny(s, "+-"); i > 3 {
		s = strings.TrimSpace(s[:i])
	}
	if i := strings.LastIndexByte(s, ' '); i > 0 && len(s)-i > 3 && strings.Trim(s[i+1:], "ACDEGMSTUW") == "" { // GMT, UTC, EEST
		s = s[:i]
	}
	noon := 0
	if word := strings.ToLower(strings.ReplaceAll(s[max(0, len(s)-2):], ".", "")); word == "am" || word == "pm" {
		s, noon = strings.TrimSpace(s[:len(s)-2]), 1
		if word == "pm" {
			noon = 2
		}
	}
	if !strings.Contains(s, ":") {
		s = strings.ReplaceAll(s, ".", ":")
	} else if i := strings.IndexByte(s, '.'); i > 0 && onlyDigits(s[i+1:]) {
		s = s[:i]
	}
	p := strings.Split(s, ":")
	if len(p) == 2 {
		p = append(p, "0")
	}
	var h, m, sec int
	if len(p) != 3 || len(p[0]) > 2 || len(p[1]) > 2 || len(p[2]) > 2 || !digits3(p[0], p[1], p[2], &h, &m, &sec) || h > 23 || m > 59 || sec > 59 || noon > 0 && (h < 1 || h > 12) {
		return 0, false
	}
	if noon > 0 {
		h = h%12 + 12*(noon-1)
	}
	return float64(h*3600+m*60+sec) / 86400, true
}

func leap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

func monthDays(y, m int) int {
	if m == 2 && leap(y) {
		return 29
	}
	return [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m-1]
}

// dayNumber counts days from 1970-01-01 in the Gregorian calendar (the
// algorithm counts from March, so that the leap day comes last).
func dayNumber(y, m, d int) int {
	if m <= 2 {
		y--
		m += 12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + d - 1 - 719468
}

// FormatDate writes days since 1970-01-01 as yyyy-mm-dd, with hh:mm when there
// is a time of day.
func FormatDate(days float64) string {
	whole := int(math.Floor(days))
	minutes := int(math.Round((days - float64(whole)) * 1440))
	if minutes == 1440 {
		whole, minutes = whole+1, 0
	}
	y, m, d := cell.Civil(whole)
	if minutes == 0 {
		return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
	}
	return fmt.Sprintf("%04d-%02d-%02d %02d:%02d", y, m, d, minutes/60, minutes%60)
}

// datesByText reports whether the column holds dates by their form.
func (s *study) datesByText() bool { return !s.numeric() && s.dateForm() != noDate }

// dateForm finds the form in which nearly all texts are dates. Dates with
// strokes have one only when some day is beyond 12 or the order was chosen.
func (s *study) dateForm() dateForm {
	form, most := noDate, 0
	for _, f := range []dateForm{isoForm, dottedForm, dmyForm, mdyForm, ymdForm, namedForm} {
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
	if form == noDate {
		s.askForms()
	}
	return form
}

// askForms asks about dates of which some are written in one way and some in
// another: day and month in both orders, or by several programs.
func (s *study) askForms() {
	rows, texts, line := 0, [namedForm + 1]string{}, 0
	for i, raw := range s.c.Raw {
		if s.c.Missing[i] || s.c.Count[i] == 0 {
			continue
		}
		text := strings.TrimSpace(raw)
		for _, f := range []dateForm{isoForm, dottedForm, dmyForm, mdyForm, ymdForm, namedForm} {
			if _, ok := parseDate(text, f); ok {
				rows += int(s.c.Count[i])
				if texts[f] == "" {
					texts[f], line = text, s.line(int32(i))
				}
				break
			}
		}
		if rows == 0 && i > 50 {
			return
		}
	}
	var some []string
	for _, text := range texts {
		if text != "" {
			some = append(some, text)
		}
	}
	if len(some) > 1 && float64(rows) >= numericShare*float64(s.values) {
		s.ask("dates in several forms", some[1], line, "dates are written in several ways, such as %s; they were left as text: write them alike in the file", quoteList(some, 3))
	}
}

// dates reads the column as dates written as text; false when it is none.
func (s *study) dates() bool {
	form := s.dateForm()
	if form == noDate && s.numeric() && s.rule.Kind == Date.String() {
		form = s.serialForm()
	}
	if form == noDate {
		return false
	}
	s.readDates(form)
	s.c.Why = fmt.Sprintf("Dates written %s.", formNames[form])
	if s.rule.Order == "" && (form == dottedForm || form == dmyForm || form == mdyForm || form == namedForm) {
		s.askCentury(form)
	}
	return true
}

// askCentury asks whether years of two digits were given the right century.
func (s *study) askCentury(form dateForm) {
	for i, raw := range s.c.Raw {
		day, _ := cutClock(strings.TrimSpace(raw), form)
		if s.c.Count[i] == 0 || s.c.Missing[i] || !shortYear(day) {
			continue
		}
		s.ask("two-digit year", raw, s.line(int32(i)), "years have two digits: “%s” was read as %s, 50 to 99 as 1950 to 1999; choose the order of the date to say that this is right, or write the years in full", raw, s.c.Clean[i])
		return
	}
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
			s.clean(i, FormatDate(days))
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
	c.serial = form == serialForm || form == serial1904Form
	s.tally[noNumber] = s.values - read
	s.odd("no date", "“%s” is not a date, though %s; it was left out as missing: correct it in the file or leave it so")
}

// serialForm is the system of day numbers that was chosen, else that of 1900.
func (s *study) serialForm() dateForm {
	if s.rule.Order == "1904" {
		return serial1904Form
	}
	return serialForm
}

// serialDates recognises day numbers of Excel (1900 system) and dates as eight
// digits: only where the name of the column says date and all numbers fit.
func (s *study) serialDates() bool {
	c := s.c
	if !namesDate(c.Name) || len(c.Odd) > 0 {
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
	form := s.serialForm()
	if digits {
		form = digitForm
	}
	if !serial && !digits {
		return false
	}
	s.readDates(form)
	if c.Why = fmt.Sprintf("The name says date and every number is one: %s.", formNames[form]); !digits {
		c.Why = fmt.Sprintf("The name says date and every number lies between 1940 and 2069 as %s.", formNames[form])
	}
	return true
}
