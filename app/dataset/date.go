package dataset

import (
	"fmt"
	"math"
	"strings"

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
)

var formNames = map[dateForm]string{isoForm: "yyyy-mm-dd", dottedForm: "d.m.yyyy", dmyForm: "d/m/yyyy",
	mdyForm: "m/d/yyyy", serialForm: "Excel day numbers counted from 1900", digitForm: "yyyymmdd",
	serial1904Form: "Excel day numbers counted from 1904"}

// excelEpoch is day 0 of Excel's 1900 system in days since 1970-01-01. It is
// 1899-12-30 because Excel takes 1900 for a leap year; days before March 1900
// are not read.
const excelEpoch = -25569

// excel1904 is how many days later the same number is in Excel's 1904 system.
const excel1904 = 1462

// parseDate reads a date of the given form as days since 1970-01-01, the time
// of day as a fraction.
func parseDate(s string, form dateForm) (days float64, ok bool) {
	clock := ""
	if form != serialForm && form != serial1904Form {
		if i := strings.IndexAny(s, "T "); i > 0 {
			s, clock = s[:i], s[i+1:]
		}
	}
	var y, m, d int
	switch form {
	case isoForm:
		if len(s) != 10 || s[4] != '-' || s[7] != '-' || !digits3(s[:4], s[5:7], s[8:], &y, &m, &d) {
			return 0, false
		}
	case digitForm:
		if len(s) != 8 || !digits3(s[:4], s[4:6], s[6:], &y, &m, &d) {
			return 0, false
		}
	case dottedForm, dmyForm, mdyForm:
		mark := "/"
		if form == dottedForm {
			mark = "."
		}
		p := strings.Split(s, mark)
		if len(p) != 3 || len(p[2]) != 4 || len(p[0]) > 2 || len(p[1]) > 2 || !digits3(p[2], p[1], p[0], &y, &m, &d) {
			return 0, false
		}
		if form == mdyForm {
			m, d = d, m
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

func digits3(a, b, c string, y, m, d *int) bool {
	for _, p := range [...]struct {
		s string
		v *int
	}{{a, y}, {b, m}, {c, d}} {
		if len(p.s) == 0 || !onlyDigits(p.s) {
			return false
		}
		*p.v = 0
		for _, c := range p.s {
			*p.v = *p.v*10 + int(c-'0')
		}
	}
	return true
}

// parseClock reads hh:mm or hh:mm:ss, with or without decimals and a Z, as a
// fraction of a day.
func parseClock(s string) (float64, bool) {
	if s == "" {
		return 0, true
	}
	s = strings.TrimSuffix(s, "Z")
	if i := strings.IndexByte(s, '.'); i > 0 && onlyDigits(s[i+1:]) {
		s = s[:i]
	}
	p := strings.Split(s, ":")
	if len(p) == 2 {
		p = append(p, "0")
	}
	var h, m, sec int
	if len(p) != 3 || len(p[0]) > 2 || len(p[1]) > 2 || len(p[2]) > 2 || !digits3(p[0], p[1], p[2], &h, &m, &sec) || h > 23 || m > 59 || sec > 59 {
		return 0, false
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

// formatDate writes days since 1970-01-01 as yyyy-mm-dd, with hh:mm when there
// is a time of day.
func formatDate(days float64) string {
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
		form = s.serialForm()
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
