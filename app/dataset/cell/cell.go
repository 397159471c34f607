// Package cell writes numbers, days and times as the texts that cells hold, for
// all readers of package dataset alike. It knows the Gregorian calendar and no
// time zones.
package cell

import (
	"fmt"
	"math"
	"strconv"
)

// Number appends the shortest decimal that gives the number again.
func Number(b []byte, x float64) []byte {
	a := math.Abs(x)
	switch {
	case a < 1e15 && x == math.Trunc(x):
		return strconv.AppendInt(b, int64(x), 10)
	case a < 1e-6 || a >= 1e21:
		return strconv.AppendFloat(b, x, 'E', -1, 64)
	}
	return strconv.AppendFloat(b, x, 'f', -1, 64)
}

// Day is its length in milliseconds.
const Day = 86400000

// Civil is the day n days after 1970-01-01. Years are counted from March, so
// that the leap day comes last.
func Civil(n int) (y, m, d int) {
	n += 719468
	era := n / 146097
	n -= era * 146097
	yoe := (n - n/1460 + n/36524 - n/146096) / 365
	doy := n - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d, m, y = doy-(153*mp+2)/5+1, mp+3, yoe+era*400
	if m > 12 {
		m -= 12
		y++
	}
	return y, m, d
}

// Moment is the point in time so many days and milliseconds after 1970-01-01 as
// yyyy-mm-dd, with the time behind it unless that is midnight.
func Moment(days int, ms int64) string {
	y, m, d := Civil(days)
	s := fmt.Sprintf("%04d-%02d-%02d", y, m, d)
	if ms > 0 {
		s += " " + Clock(ms, false)
	}
	return s
}

// Clock is hh:mm, with seconds and thousandths where there are any; seconds
// also where they are asked for.
func Clock(ms int64, seconds bool) string {
	s := fmt.Sprintf("%02d:%02d", ms/3600000, ms/60000%60)
	if seconds || ms%60000 > 0 {
		s += fmt.Sprintf(":%02d", ms/1000%60)
	}
	if ms%1000 > 0 {
		s += fmt.Sprintf(".%03d", ms%1000)
	}
	return s
}
