package report

import (
	"math"

	"trialbox/stats"
)

// mostNeeded is how many units the search for the number needed goes up to.
const mostNeeded = 2000

// needed is the power that units like those of this trial would have had: the
// standard error found here shrinks with the root of their number. It is for
// the smallest important difference where that is known, else for the observed
// one, which the figure says.
func (b Behind) needed(f Frame) (Figure, bool) {
	k := b.contrast()
	if k < 0 {
		return Figure{}, false
	}
	s := b.visit(k).Shown(b.Result.Options.Interval)
	now, diff := b.Outcome.Units, math.Abs(s.Estimate)
	effect := "the observed difference of " + Number(diff, b.decimals()+1)
	if b.logit() {
		effect = "the observed odds ratio of " + Number(math.Exp(s.Estimate), 2)
	} else if b.Outcome.Outcome.Important > 0 {
		diff = b.Outcome.Outcome.Important
		effect = "the smallest important difference, " + Plain(diff)
	}
	if !(s.SE > 0) || !(diff > 0) || now < 3 {
		return Figure{}, false
	}
	power := func(units int, t bool) float64 {
		df := math.Inf(1)
		if t {
			df = float64(units - 2)
		}
		return stats.PowerOfDifference(diff, s.SE*math.Sqrt(float64(now)/float64(units)), df, 0.05)
	}
	d := NeededData{Frame: f, Effect: effect, Now: now, Needed: unitsNeeded(func(units int) float64 { return power(units, true) }, 0.8)}
	last := max(now+now/2, d.Needed+d.Needed/3, 12)
	step := max(1, (last-4)/60)
	d.Curves = []NeededCurve{{Name: "t on units − 2"}, {Name: "normal"}}
	for units := 4; units <= last; units += step {
		for c := range d.Curves {
			d.Curves[c].Units, d.Curves[c].Power = append(d.Curves[c].Units, units), append(d.Curves[c].Power, power(units, c == 0))
		}
	}
	return Needed(d), true
}

// unitsNeeded is the smallest number of units whose power reaches the target;
// 0 where mostNeeded do not. Power rises with the number.
func unitsNeeded(power func(units int) float64, target float64) int {
	low, high := 3, mostNeeded
	if !(power(high) >= target) {
		return 0
	}
	for low < high {
		if mid := (low + high) / 2; power(mid) >= target {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low
}
