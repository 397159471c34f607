package xlsx

import (
	"math"
	"strings"

	"trialbox/app/dataset/cell"
)

// format is how a number is shown, as far as it says what it means.
type format uint8

const (
	plain    format = iota
	dated           // a day, with or without its time
	clock           // a time of day
	duration        // hours beyond 24: [h]:mm
)

// builtin are the formats without a code of their own (ISO/IEC 29500-1, 18.8.30):
// 14 to 22 everywhere, 27 to 36 and 50 to 58 in East Asia, 45 to 47 times.
func builtin(id int) format {
	switch {
	case id >= 14 && id <= 17, id == 22, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return dated
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id == 45, id == 47, id == 55, id == 56:
		return clock
	case id == 46:
		return duration
	}
	return plain
}

// formatOf reads a format's code: the letters of its first section that are in
// no quotes, brackets or behind a stroke.
func formatOf(code string) format {
	var letters strings.Builder
	lower := strings.ToLower(code)
	for i := 0; i < len(lower); i++ {
		c := lower[i]
		switch c {
		case '"':
			j := strings.IndexByte(lower[i+1:], '"')
			if j < 0 {
				j = len(lower) - i - 2
			}
			i += j + 1
		case '\\', '_', '*': // the next character stands for itself
			i++
		case '[':
			j := strings.IndexByte(lower[i:], ']')
			if j < 0 {
				return plain
			}
			if inside := lower[i+1 : i+j]; inside != "" && strings.Trim(inside, inside[:1]) == "" && strings.Contains("hms", inside[:1]) {
				return duration
			}
			i += j
		case ';':
			i = len(lower)
		default:
			letters.WriteByte(c)
		}
	}
	s := letters.String()
	switch {
	case strings.Contains(s, "general"), strings.Contains(s, "0") && !strings.Contains(s, "s"), strings.ContainsAny(s, "#?@"):
		return plain
	case strings.ContainsAny(s, "yd"), strings.Contains(s, "m") && !strings.ContainsAny(s, "hs"):
		return dated
	case strings.ContainsAny(s, "hs"):
		return clock
	}
	return plain
}

// show writes a number as its format means it: 2017-11-01, 2017-11-01 13:30,
// 13:30:00. ok is false when there is no such day.
func (f format) show(v float64, date1904 bool) (s string, ok bool) {
	days := math.Floor(v)
	ms := int64(math.Round((v - days) * cell.Day))
	if ms == cell.Day {
		days, ms = days+1, 0
	}
	switch {
	case math.IsNaN(v) || v < 0 || v > 2958466: // 9999-12-31
		return "", false
	case f == duration:
		return cell.Clock(int64(days)*cell.Day+ms, true), true
	case f == clock && days == 0:
		return cell.Clock(ms, true), true
	case date1904:
		days += 1462
	case days == 0 || days == 60: // Excel's 29 February 1900 never was
		return "", false
	case days < 60:
		days++
	}
	return cell.Moment(int(days)-25569, ms), true
}
