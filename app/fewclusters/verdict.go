package fewclusters

import (
	"fmt"
	"math"
	"slices"
)

// Method names a line.
type Method string

// The methods in the order of the table.
const (
	ModelZ        Method = "Model, normal distribution"
	Satterthwaite Method = "Satterthwaite"
	KenwardRoger  Method = "Kenward–Roger"
	CR2           Method = "Cluster-robust CR2"
	BootNormal    Method = "Cluster bootstrap, normal"
	BootPercent   Method = "Cluster bootstrap, percentile"
	BootBCa       Method = "Cluster bootstrap, BCa"
	Wild          Method = "Wild cluster bootstrap"
	Permutation   Method = "Permutation within strata"
)

// Line is the contrast by one method. What a method does not give is NaN; Note
// says why, or what it rests on.
type Line struct {
	Method                         Method
	Estimate, SE, DF, Low, High, P float64
	Note                           string
}

// forFew says whether a method is made for few units.
func (m Method) forFew() bool {
	return slices.Contains([]Method{Satterthwaite, KenwardRoger, CR2, Wild, Permutation}, m)
}

// The bounds of the rule in the package comment.
const (
	enough   = 20
	veryFew  = 6
	closeTo  = 1.25
	alpha    = 0.05
	leastAll = 20 // allocations below which P is above alpha
)

// Verdict is one or two sentences by the rule of the package comment, and the
// method to report, "" for none. units are those with data in each arm,
// allocations how many ways the units can be allocated (0: not known).
func Verdict(lines []Line, units [2]int, allocations float64) (text string, report Method) {
	k := min(units[0], units[1])
	low, high, agree, n := spread(lines)
	head := fmt.Sprintf("With %d and %d units in the arms ", units[0], units[1])
	if n == 0 {
		return head + "none of the methods made for few units has given a P value.", ""
	}
	side := "none below 0.05"
	if high < alpha {
		side = "all below 0.05"
	}
	span := fmt.Sprintf("P from %s to %s", pText(low), pText(high))
	if pText(low) == pText(high) {
		span = "P " + pText(low)
	}
	switch {
	case k < veryFew && allocations > 0 && allocations < leastAll:
		return head + fmt.Sprintf("there are only %.0f ways to allocate them, so the permutation test cannot give P below 0.05, and the other methods rest on large numbers of units. No test can conclude; report the estimate with the interval of CR2 as a description.", allocations), CR2
	case k < veryFew && agree:
		return head + fmt.Sprintf("no method that rests on many units is safe; the permutation test needs none, and the methods made for few units agree with it (%s, %s). Report its P with the estimate.", span, side) + optimists(lines), Permutation
	case k < veryFew:
		return head + fmt.Sprintf("no method that rests on many units is safe, and the methods made for few units do not agree (%s). Report the estimate and the P of the permutation test, which alone needs no approximation.", span) + optimists(lines), Permutation
	case k < enough && !agree:
		return head + fmt.Sprintf("the conclusion depends on the method: those made for few units give %s, on both sides of 0.05. Report that range; no conclusion should rest on one of them.", span), ""
	case k < enough && !near(lines):
		return head + fmt.Sprintf("the methods made for few units agree (%s, %s), but their intervals differ in width by more than a quarter. Report Kenward–Roger, and CR2 beside it.", span, side) + optimists(lines), KenwardRoger
	case k < enough:
		return head + fmt.Sprintf("the normal distribution is a little optimistic; the methods made for few units agree (%s, %s). Report Kenward–Roger.", span, side) + optimists(lines), KenwardRoger
	case !agree:
		return head + fmt.Sprintf("there are enough of them, but the result lies at the border: %s. Report Kenward–Roger and say that the methods differ.", span), KenwardRoger
	}
	return head + fmt.Sprintf("there are enough of them, and the methods agree (%s, %s). The model's own interval can be reported.", span, side), ModelZ
}

// spread is the range of the P values of the methods made for few units, and
// whether they lie on one side of 0.05.
func spread(lines []Line) (low, high float64, agree bool, n int) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, l := range lines {
		if l.Method.forFew() && !math.IsNaN(l.P) {
			low, high = min(low, l.P), max(high, l.P)
			n++
		}
	}
	return low, high, low >= alpha || high < alpha, n
}

// near says whether the widths are close.
func near(lines []Line) bool {
	low, high := math.Inf(1), math.Inf(-1)
	for _, l := range lines {
		if w := l.High - l.Low; l.Method.forFew() && l.Method != Permutation && !math.IsNaN(w) {
			low, high = min(low, w), max(high, w)
		}
	}
	return high <= closeTo*low || math.IsInf(high, 0)
}

// optimists says that only methods for many units give P below 0.05.
func optimists(lines []Line) string {
	low, _, _, _ := spread(lines)
	if low < alpha {
		return ""
	}
	for _, l := range lines {
		if !l.Method.forFew() && l.P < alpha {
			return " Only methods that take the units for many give P below 0.05."
		}
	}
	return ""
}

func pText(p float64) string {
	if p < 0.001 {
		return "<0.001"
	}
	return fmt.Sprintf("%.3f", p)
}
