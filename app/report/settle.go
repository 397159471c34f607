package report

import (
	"fmt"
	"math"
	"strings"

	"trialbox/app/analysis"
)

// SettlingFigure draws the bootstrap standard error of one outcome's contrast
// at its visit number v as the replicates came, with a band of its Monte Carlo
// error (95 %) and the model-based one as a dotted line. "" while there are
// too few replicates.
func SettlingFigure(o *analysis.OutcomeResult, contrast int, v analysis.VisitResult) string {
	if contrast >= len(o.Trace) || len(o.Trace[contrast]) < 2 || v.Model == nil {
		return ""
	}
	points := o.Trace[contrast]
	last := points[len(points)-1]
	low, high := v.Model.SE, v.Model.SE
	for _, p := range points[min(len(points)/8, 4):] { // the first few may lie far out
		low, high = math.Min(low, p.SE-z975*p.MCSE), math.Max(high, p.SE+z975*p.MCSE)
	}
	ticks, decimals := niceTicks(low, high)
	const left, right, top, bottom = 56.0, 746.0, 18.0, 200.0
	y := func(x float64) float64 {
		x = math.Max(ticks[0], math.Min(x, ticks[len(ticks)-1]))
		return bottom - (x-ticks[0])/(ticks[len(ticks)-1]-ticks[0])*(bottom-top)
	}
	x := func(n int) float64 { return left + float64(n)/float64(last.Replicates)*(right-left) }
	s := newSVG("settling", "plot", 760, 250, "Bootstrap standard error against replicates, "+o.Outcome.Label+", "+v.Visit.Label,
		fmt.Sprintf("The standard error is %s after %s replicates and %s after %s, Monte Carlo error %s; model-based %s.", Number(points[0].SE, decimals+1), Count(points[0].Replicates),
			Number(last.SE, decimals+1), Count(last.Replicates), Number(last.MCSE, decimals+2), Number(v.Model.SE, decimals+1)))
	for _, tick := range ticks {
		s.line(left, y(tick), right, y(tick), "tick", svgLine, "1")
		s.label(left-8, y(tick)+4, "end", "", "", Number(tick, decimals))
	}
	var band, line strings.Builder
	for i, p := range points {
		pen := "L"
		if i == 0 {
			pen = "M"
		}
		line.WriteString(pen + px(x(p.Replicates)) + " " + px(y(p.SE)))
		band.WriteString(pen + px(x(p.Replicates)) + " " + px(y(p.SE+z975*p.MCSE)))
	}
	for i := len(points) - 1; i >= 0; i-- {
		band.WriteString("L" + px(x(points[i].Replicates)) + " " + px(y(points[i].SE-z975*points[i].MCSE)))
	}
	s.leaf("path", "class", "band", "fill", svgArmA, "fill-opacity", ".12", "d", band.String()+"Z")
	s.leaf("path", "class", "line a", "fill", "none", "stroke", svgArmA, "stroke-width", "2", "d", line.String())
	s.leaf("path", "class", "zero", "fill", "none", "stroke", svgInk2, "stroke-dasharray", "2 3", "d", "M"+px(left)+" "+px(y(v.Model.SE))+"H"+px(right))
	s.label(right, beside(y(v.Model.SE), y(last.SE)), "end", "", "", "model-based "+Number(v.Model.SE, decimals+1))
	s.label(right, beside(y(last.SE), y(v.Model.SE)), "end", "la", svgArmA, "bootstrap "+Number(last.SE, decimals+1))
	for k := range 5 {
		n := last.Replicates * k / 4
		s.label(x(n), bottom+20, "middle", "", "", Count(n))
	}
	s.label((left+right)/2, bottom+42, "middle", "", "", "Replicates")
	return s.String()
}

// z975 is the .975 quantile of the normal distribution.
const z975 = 1.959963984540054

// beside puts a line's label on the side away from the other line.
func beside(y, other float64) float64 {
	if y > other {
		return y + 16
	}
	return y - 7
}

// SettlingRows are the numbers of the figure for readers who cannot see it.
func SettlingRows(o *analysis.OutcomeResult, contrast int) (head []string, rows [][]string) {
	head = []string{"Replicates", "Standard error", "Its Monte Carlo error"}
	if contrast >= len(o.Trace) {
		return head, nil
	}
	for _, p := range o.Trace[contrast] {
		rows = append(rows, []string{Count(p.Replicates), Number(p.SE, 4), Number(p.MCSE, 4)})
	}
	return head, rows
}
