package sav

import (
	"math"

	"trialbox/app/dataset/cell"
)

// epoch is 1582-10-14, from which SPSS counts seconds, in days since 1970-01-01.
const epoch = -141428

// lastSecond is the end of the year 9999, as SPSS counts.
const lastSecond = (2932897 - epoch) * 86400

// Kind is what a format makes of a number.
type Kind uint8

// The kinds of formats.
const (
	Plain    Kind = iota
	Day           // a day
	Moment        // a day and a time
	Duration      // hours, minutes, seconds
)

// Kind tells by the format's number (PSPP: DATE 20, TIME 21, DATETIME 22, ADATE
// 23, JDATE 24, DTIME 25, MOYR 28, QYR 29, WKYR 30, EDATE 38, SDATE 39, MTIME 40,
// YMDHMS 41). WKDAY and MONTH are plain numbers.
func (v *Variable) Kind() Kind {
	switch v.Format {
	case 20, 23, 24, 28, 29, 30, 38, 39:
		return Day
	case 22, 41:
		return Moment
	case 21, 25, 40:
		return Duration
	}
	return Plain
}

// Show writes a number of a date or time as yyyy-mm-dd, yyyy-mm-dd hh:mm or
// hh:mm:ss; ok is false when there is no such day.
func (k Kind) Show(v float64) (s string, ok bool) {
	if math.IsNaN(v) || math.Abs(v) >= lastSecond || k != Duration && v < 0 {
		return "", false
	}
	if k == Duration {
		sign := ""
		if v < 0 {
			sign, v = "-", -v
		}
		return sign + cell.Clock(int64(math.Round(v*1000)), true), true
	}
	ms := int64(math.Round(v * 1000))
	s = cell.Moment(int(ms/cell.Day)+epoch, ms%cell.Day)
	return s, true
}
