package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"trialbox/app/design"
	"trialbox/stats/allocate"
	"trialbox/stats/power"
)

// A curve's look: a colour with its own dash.
var curveLooks = []struct{ class, stroke, dash string }{
	{"a", svgArmA, ""}, {"b", svgArmB, "6 3"}, {"c3", "#007a59", "2 2"}, {"c4", "#a8508a", "8 3 2 3"},
}

// PowerFigure draws the power of a plan against the number of its units, or
// against the people of a unit, with the plan itself marked.
func PowerFigure(a *design.Answer) string {
	if len(a.Curves) == 0 {
		return ""
	}
	f := powerFigure{Answer: a, left: 46, right: 722, top: 20, bottom: 260}
	s := newSVG("power", "plot", 760, 310, "Power against "+f.axis(), f.describe())
	f.axes(s)
	for k, c := range a.Curves {
		f.curve(s, k, c)
	}
	f.mark(s)
	f.legend(s)
	return s.String()
}

type powerFigure struct {
	*design.Answer
	left, right, top, bottom float64
}

func (f *powerFigure) axis() string {
	if f.Of.Asked == design.AskSize {
		return "number of people in a unit"
	}
	return "number of units"
}

// now is where the plan stands on the horizontal axis.
func (f *powerFigure) now() int {
	if f.Of.Asked == design.AskSize {
		return int(f.Size.ClusterSize)
	}
	return f.Size.Clusters
}

// both are the plan's power by t and by the normal distribution.
func (f *powerFigure) both() (t, normal float64) {
	if f.Plan.T {
		return f.Size.PowerAtClusters, f.Other.PowerAtClusters
	}
	return f.Other.PowerAtClusters, f.Size.PowerAtClusters
}

func (f *powerFigure) describe() string {
	t, normal := f.both()
	text := fmt.Sprintf("%d units of %s people have a power of %s by t on %d degrees of freedom and %s by the normal distribution.",
		f.Size.Clusters, Plain(f.Size.ClusterSize), Percent(t), f.Size.Clusters-2, Percent(normal))
	for _, c := range f.Curves {
		last := len(c.At) - 1
		text += fmt.Sprintf(" %s: from %s at %d to %s at %d.", c.Name, Percent(c.Power[0]), c.At[0], Percent(c.Power[last]), c.At[last])
	}
	return text
}

func (f *powerFigure) x(n float64) float64 {
	low, high := float64(f.Range[0]), float64(f.Range[1])
	return f.left + (f.right-f.left)*(n-low)/(high-low)
}

func (f *powerFigure) y(power float64) float64 { return f.bottom - (f.bottom-f.top)*power }

func (f *powerFigure) axes(s *svg) {
	for k := range 6 {
		y := f.y(float64(k) / 5)
		s.line(f.left, y, f.right+18, y, "tick", svgLine, "1")
		s.label(f.left-8, y+4, "end", "", "", fmt.Sprintf("%d%%", 20*k))
	}
	ticks, _ := niceTicks(float64(f.Range[0]), float64(f.Range[1]))
	for _, v := range ticks {
		if v == math.Trunc(v) && v >= float64(f.Range[0]) && v <= float64(f.Range[1]) {
			s.line(f.x(v), f.bottom, f.x(v), f.bottom+5, "axis", svgInk2, "1")
			s.label(f.x(v), f.bottom+20, "middle", "", "", Count(int(v)))
		}
	}
	title := fmt.Sprintf("Units, both arms together; %s people a unit", Plain(f.Size.ClusterSize))
	if f.Of.Asked == design.AskSize {
		title = fmt.Sprintf("People in a unit; %d units", f.Size.Clusters)
	}
	s.label((f.left+f.right)/2, f.bottom+42, "middle", "", "", title)
}

func (f *powerFigure) curve(s *svg, k int, c design.Curve) {
	var path strings.Builder
	pen := "M"
	for i, n := range c.At {
		if math.IsNaN(c.Power[i]) {
			pen = "M"
			continue
		}
		path.WriteString(pen + px(f.x(float64(n))) + " " + px(f.y(c.Power[i])))
		pen = "L"
	}
	look := curveLooks[k%len(curveLooks)]
	s.leaf("path", "class", "line "+look.class, "fill", "none", "stroke", look.stroke, "stroke-width", "2", "stroke-linejoin", "round", "stroke-dasharray", look.dash, "d", path.String())
}

// mark shows the plan on its curve.
func (f *powerFigure) mark(s *svg) {
	t, normal := f.both()
	if math.IsNaN(t) || f.now() < f.Range[0] || f.now() > f.Range[1] {
		return
	}
	x := f.x(float64(f.now()))
	s.leaf("path", "class", "zero", "fill", "none", "stroke", svgInk2, "stroke-dasharray", "2 3", "d", "M"+px(x)+" "+px(f.top)+"V"+px(f.bottom))
	s.leaf("circle", "class", "mark a", "fill", svgArmA, "stroke", svgArmA, "cx", px(x), "cy", px(f.y(t)), "r", "5")
	what := "units"
	if f.Of.Asked == design.AskSize {
		what = "people"
	}
	s.label(x+10, min(f.y(t)+26, f.bottom-80), "start", "strong", svgInk, fmt.Sprintf("%d %s: %s by t, %s by normal", f.now(), what, Percent(t), Percent(normal)))
}

func (f *powerFigure) legend(s *svg) {
	x := f.right - 190
	for k, c := range f.Curves {
		y := f.bottom - 14 - 20*float64(len(f.Curves)-1-k)
		look := curveLooks[k%len(curveLooks)]
		s.leaf("path", "class", "line "+look.class, "fill", "none", "stroke", look.stroke, "stroke-width", "2", "stroke-dasharray", look.dash, "d", "M"+px(x)+" "+px(y)+"h28")
		s.label(x+36, y+4, "start", "", "", c.Name)
	}
}

// PowerTable is the numbers of PowerFigure.
func PowerTable(a *design.Answer) *Table {
	first, key := "Units", "units"
	if a.Of.Asked == design.AskSize {
		first, key = "People a unit", "people_a_unit"
	}
	t := &Table{Title: "Power.", Heads: []Head{{Text: first}}}
	for _, c := range a.Curves {
		t.Heads = append(t.Heads, Head{Text: c.Name})
	}
	for i := range a.Curves[0].At {
		n := a.Curves[0].At[i]
		row := Row{Label: Count(n), Numbers: []Named{{Name: key, Value: float64(n)}}}
		for _, c := range a.Curves {
			row.Cells = append(row.Cells, Cell{Value: Percent(c.Power[i])})
			row.Numbers = append(row.Numbers, Named{Name: "power, " + c.Name, Value: c.Power[i]})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// ScenarioTable is the table of what-ifs.
func ScenarioTable(a *design.Answer, seen *design.ICC) *Table {
	t := &Table{Title: "What if.", Legend: "All else as planned.",
		Heads: []Head{{Text: "Scenario"}, {Text: "ICC"}, {Text: "CV"}, {Text: "Design effect"}, {Text: "People a unit"}, {Text: "Units"}, {Text: "People"}, {Text: "Power"}}}
	told := len(a.Curves) == 0 // no difference was given: it is told
	if told {
		t.Heads[7].Text = "Detects"
	}
	for _, s := range a.Scenarios(seen) {
		row := Row{Label: s.Name, Numbers: []Named{{Name: "scenario", Text: s.Name}, {Name: "icc", Value: s.Plan.ICC}, {Name: "cv", Value: s.Plan.CV},
			{Name: "design_effect", Value: s.Size.DesignEffect}, {Name: "people_a_unit", Value: s.Size.ClusterSize}, {Name: "units", Value: float64(s.Size.Clusters)},
			{Name: "people", Value: float64(s.Size.NRounded)}, {Name: "power", Value: s.Size.PowerAtClusters}, {Name: "difference_detected", Value: s.Size.Detectable}}}
		cell := func(text string) { row.Cells = append(row.Cells, Cell{Value: text, Bold: len(t.Rows) == 0}) }
		cell(Number(s.Plan.ICC, 3))
		cell(Number(s.Plan.CV, 2))
		if s.Size.Status != "" {
			for range 4 {
				cell(enDash)
			}
			cell("cannot be reached")
			t.Rows = append(t.Rows, row)
			continue
		}
		cell(Number(s.Size.DesignEffect, 3))
		cell(Plain(s.Size.ClusterSize))
		cell(Count(s.Size.Clusters))
		cell(Count(s.Size.NRounded))
		switch {
		case !told:
			cell(Percent(s.Size.PowerAtClusters))
		case s.Plan.Binary:
			cell(Percent(s.Size.DetectableShare[0]) + ", " + Percent(s.Size.DetectableShare[1]))
		default:
			cell(Plain(s.Size.Detectable))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// Percent prints a share as a percentage with a decimal; an en dash for none.
func Percent(share float64) string {
	if math.IsNaN(share) {
		return enDash
	}
	return Number(100*share, 1) + "%"
}

// Plain prints a number with up to four decimals and no needless zeros.
func Plain(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return enDash
	}
	text := Number(x, 4)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// SpaceFigure draws the imbalance of all allocations that were looked at, and
// of those kept, as a histogram; "" without bars.
func SpaceFigure(space *allocate.Space) string {
	if space == nil || len(space.Histogram) == 0 {
		return ""
	}
	const left, right, top, bottom = 60.0, 740.0, 20.0, 200.0
	most := 1
	for _, b := range space.Histogram {
		most = max(most, b.Count)
	}
	end := space.Histogram[len(space.Histogram)-1].High
	if end == 0 {
		end = 1
	}
	what := "all there are"
	if !space.All {
		what = "drawn at random"
	}
	s := newSVG("space", "plot", 760, 250, "Imbalance of the allocations", fmt.Sprintf("%s allocations, %s; the list was drawn from the %s with an imbalance of at most %.4g; its own is %.4g.",
		Count(space.Size), what, Count(space.Kept), space.Cutoff, space.Chosen))
	x := func(v float64) float64 { return left + (right-left)*v/end }
	ticks, _ := niceTicks(0, float64(most))
	y := func(n float64) float64 { return bottom - (bottom-top)*n/ticks[len(ticks)-1] }
	for _, v := range ticks {
		s.line(left, y(v), right, y(v), "tick", svgLine, "1")
		if v == math.Trunc(v) {
			s.label(left-7, y(v)+4, "end", "", "", Count(int(v)))
		}
	}
	bar := func(b allocate.Bin, n int, class, fill string) {
		if n > 0 {
			s.leaf("rect", "class", class, "fill", fill, "stroke", svgArmA, "x", px(x(b.Low)+1), "y", px(y(float64(n))), "width", px(max(1, x(b.High)-x(b.Low)-2)), "height", px(bottom-y(float64(n))))
		}
	}
	for _, b := range space.Histogram {
		bar(b, b.Count, "mark open a", svgPaper)
		bar(b, b.Kept, "mark a", svgArmA)
	}
	s.line(x(space.Chosen), top, x(space.Chosen), bottom, "line b", svgArmB, "2")
	across, decimals := niceTicks(0, end)
	for _, v := range across {
		if v <= end {
			s.label(x(v), bottom+18, "middle", "", "", Number(v, decimals))
		}
	}
	s.label((left+right)/2, bottom+40, "middle", "", "", "Imbalance: Σ of squared standardised means of the arms; filled: kept; line: the list")
	return s.String()
}

// SimulationCSV is a line for each simulated trial, in their order.
func SimulationCSV(batches []*power.Batch) []byte {
	sorted := slices.Clone(batches)
	slices.SortFunc(sorted, func(a, b *power.Batch) int { return a.From - b.From })
	t := &Table{}
	for _, b := range sorted {
		for k := range b.N {
			status := []string{"fitted", "fitted, a variance of zero", "no finite estimate", "not fitted"}[b.Status[k]]
			t.Rows = append(t.Rows, Row{Numbers: []Named{{Name: "trial", Value: float64(b.From + k)}, {Name: "estimate", Value: b.Estimate[k]}, {Name: "se", Value: b.SE[k]},
				{Name: "people", Value: float64(b.People[k])}, {Name: "status", Text: status}}})
		}
	}
	_, _, body := TableFile(t, "csv")
	return body
}
