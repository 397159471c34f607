package report

import (
	"math"
	"strconv"
	"strings"
)

// scale turns values into places.
type scale struct {
	low, high float64
	from, to  float64
	ticks     []float64
	decimals  int
	log       bool
	format    func(float64) string
}

// newScale holds low to high between round numbers.
func newScale(low, high, from, to float64) scale {
	ticks, decimals := niceTicks(low, high)
	return scale{low: ticks[0], high: ticks[len(ticks)-1], from: from, to: to, ticks: ticks, decimals: decimals}
}

// tightScale holds low to high with a little room, and round numbers inside.
func tightScale(low, high, from, to float64) scale {
	s := newScale(low, high, from, to)
	if !isNumber(low) || !isNumber(high) || !(high > low) || math.Abs(low) > 1e299 || math.Abs(high) > 1e299 {
		return s
	}
	room := 0.03 * (high - low)
	inside := func(ticks []float64) (out []float64) {
		for _, v := range ticks {
			if v >= low-room && v <= high+room {
				out = append(out, v)
			}
		}
		return out
	}
	ticks := inside(s.ticks)
	if len(ticks) < 4 {
		finer, decimals := niceTicks(low+0.2*(high-low), high-0.2*(high-low))
		if len(finer) > 1 {
			step := finer[1] - finer[0]
			for i := 0; finer[0]-step > low-room && i < 9; i++ {
				finer = append([]float64{finer[0] - step}, finer...)
			}
			for i := 0; finer[len(finer)-1]+step < high+room && i < 9; i++ {
				finer = append(finer, finer[len(finer)-1]+step)
			}
			for i, v := range finer { // whole steps, so that nought is nought
				finer[i] = math.Round(v/step)*step + 0
			}
		}
		ticks, s.decimals = inside(finer), decimals
	}
	if len(ticks) < 2 {
		return newScale(low, high, from, to)
	}
	s.ticks, s.low, s.high = ticks, math.Min(low-room, ticks[0]), math.Max(high+room, ticks[len(ticks)-1])
	return s
}

// logScale is for ratios: equal steps are equal ratios.
func logScale(low, high, from, to float64) scale {
	if !(low > 0) || !isNumber(low) {
		low = 0.5
	}
	if !(high > low) || !isNumber(high) {
		high = 2 * low
	}
	low, high = min(max(low, 1e-9), 1e9), min(max(high, 1e-9), 1e9)
	s := scale{from: from, to: to, log: true, format: plainRatio}
	for room := 0.65; len(s.ticks) < 3; room *= 0.8 {
		for _, steps := range [][]float64{{1, 1.5, 2, 3, 5, 7}, {1, 2, 5}, {1}} {
			s.ticks = ratioTicks(low*room, high/room, steps)
			if len(s.ticks) <= 7 {
				break
			}
		}
	}
	s.low, s.high = min(low*0.93, s.ticks[0]), max(high/0.93, s.ticks[len(s.ticks)-1])
	return s
}

func ratioTicks(low, high float64, steps []float64) (ticks []float64) {
	for e := -10; e <= 10; e++ {
		for _, m := range steps {
			if v := m * math.Pow(10, float64(e)); v >= low && v <= high {
				ticks = append(ticks, v)
			}
		}
	}
	return ticks
}

func plainRatio(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// at is the place of a value; one beyond the axis stands at its end.
func (s scale) at(v float64) float64 {
	low, high := s.low, s.high
	if s.log {
		low, high, v = math.Log(low), math.Log(high), math.Log(math.Max(v, math.SmallestNonzeroFloat64))
	}
	share := (v/2 - low/2) / (high/2 - low/2) // halves, so that no difference overflows
	return s.from + (s.to-s.from)*math.Min(1, math.Max(0, share))
}

func (s scale) beyond(v float64) bool { return v < s.low || v > s.high }

func (s scale) number(v float64) string {
	if s.format != nil {
		return s.format(v)
	}
	if s.decimals == 0 && math.Abs(v) >= 1000 && math.Abs(v) < 1e6 {
		return strings.Replace(Count(int(v)), "-", minus, 1)
	}
	return short(v, s.decimals)
}

// places are the places of many values.
func (s scale) places(v []float64) []float64 {
	out := make([]float64, len(v))
	for i := range v {
		out[i] = math.NaN()
		if isNumber(v[i]) {
			out[i] = s.at(v[i])
		}
	}
	return out
}

// gutter is the room that the numbers of a vertical axis need.
func (s scale) gutter() float64 {
	widest := 0.0
	for _, v := range s.ticks {
		widest = math.Max(widest, textWidth(s.number(v)))
	}
	return widest + 14
}

func isNumber(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// extent is the least and the greatest of the values that are numbers.
func extent(values ...float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if isNumber(v) {
			low, high = math.Min(low, v), math.Max(high, v)
		}
	}
	return low, high
}

// short prints a number as Number does, and one too large for a figure, or too
// small for its decimals, as a power of ten.
func short(v float64, decimals int) string {
	size := math.Abs(v)
	if !isNumber(v) || v == 0 || size < 1e6 && (size >= 1e-6 || decimals < 6) {
		return Number(v, decimals)
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', 2, 64), "e")
	mantissa = strings.TrimSuffix(strings.TrimRight(mantissa, "0"), ".")
	exponent = strings.TrimLeft(strings.TrimPrefix(exponent, "+"), "0")
	if strings.HasPrefix(exponent, "-") {
		exponent = "-" + strings.TrimLeft(exponent[1:], "0")
	}
	return strings.Replace(mantissa, "-", minus, 1) + "×10" + raised.Replace(exponent)
}

var raised = strings.NewReplacer("-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")

// shortRange is Range with numbers that fit a figure.
func shortRange(low, high float64, decimals int) string {
	if !isNumber(low) || !isNumber(high) {
		return enDash
	}
	upper := short(high, decimals)
	if strings.HasPrefix(upper, minus) {
		upper = " " + upper
	}
	return short(low, decimals) + enDash + upper
}

// withRange is "4.3 (0.8–7.8)", the estimate alone without an interval.
func withRange(estimate, low, high float64, decimals int) string {
	if !isNumber(low) || !isNumber(high) {
		return short(estimate, decimals)
	}
	return short(estimate, decimals) + " (" + shortRange(low, high, decimals) + ")"
}
