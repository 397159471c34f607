package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// UnitEffect is one unit's line in a caterpillar or influence plot.
type UnitEffect struct {
	Name                string
	Arm                 int // 0 the intervention, 1 the control
	N                   int // patients
	Estimate, Low, High float64
	Reason              string // why there is no estimate
}

// CaterpillarData are the predicted effects of the units.
type CaterpillarData struct {
	Frame
	XLabel   string // "Predicted unit effect, ODI points"
	Decimals int
	Arms     []string
	Units    []UnitEffect
}

// Caterpillar draws each unit's predicted effect with its interval, sorted by
// the effect, arms told by mark and colour, with a line at zero. Units without
// an effect stand at the end with the reason. With more than 60 units the
// names are left to tooltips and the table.
func Caterpillar(d CaterpillarData) Figure {
	units := bySize(d.Units)
	p := unitPlot{units: units, arms: d.Arms, label: d.XLabel, decimals: d.Decimals, line: 0, lineName: "no effect", low: math.NaN(), high: math.NaN()}
	text := "No unit has a predicted effect."
	if drawn := p.drawn(); len(drawn) > 0 {
		first, last := drawn[0], drawn[len(drawn)-1]
		covers := 0
		for _, u := range drawn {
			if u.Low <= 0 && u.High >= 0 {
				covers++
			}
		}
		text = fmt.Sprintf("Predicted effects of %s units run from %s (%s) to %s (%s); %s of their intervals cover 0.", Count(len(drawn)),
			short(first.Estimate, d.Decimals), first.Name, short(last.Estimate, d.Decimals), last.Name, Count(covers))
	}
	return build(d.Frame, text, p.table("Effect", "effect"), p.draw)
}

// InfluenceData are the contrasts without each unit in turn.
type InfluenceData struct {
	Frame
	XLabel              string // "Adjusted difference at 12 months, ODI points"
	Decimals            int
	Arms                []string
	Estimate, Low, High float64 // with all units
	Units               []UnitEffect
}

// Influence draws the contrast without each unit in turn beside a line at the
// contrast of all units, the band being its interval; sorted by the contrast.
func Influence(d InfluenceData) Figure {
	p := unitPlot{units: bySize(d.Units), arms: d.Arms, label: d.XLabel, decimals: d.Decimals, line: d.Estimate, lineName: "all units", low: d.Low, high: d.High, without: true}
	text := "With all units: " + withRange(d.Estimate, d.Low, d.High, d.Decimals) + "."
	far, most := -1, -1.0
	for i, u := range p.units {
		if away := math.Abs(u.Estimate - d.Estimate); isNumber(away) && away > most {
			far, most = i, away
		}
	}
	if far >= 0 {
		drawn := p.drawn()
		text += fmt.Sprintf(" Without one unit it runs from %s to %s; the unit that moves it most is %s (%s without it).", short(drawn[0].Estimate, d.Decimals),
			short(drawn[len(drawn)-1].Estimate, d.Decimals), p.units[far].Name, withRange(p.units[far].Estimate, p.units[far].Low, p.units[far].High, d.Decimals))
	} else {
		text += " No contrast without a unit is known."
	}
	return build(d.Frame, text, p.table("Contrast without it", "contrast_without"), p.draw)
}

// bySize sorts by the estimate, then the name; units without one come last.
func bySize(units []UnitEffect) []UnitEffect {
	out := slices.Clone(units)
	slices.SortStableFunc(out, func(a, b UnitEffect) int {
		if !isNumber(a.Estimate) || !isNumber(b.Estimate) {
			return cmp.Compare(place(!isNumber(a.Estimate)), place(!isNumber(b.Estimate)))
		}
		return cmp.Or(cmp.Compare(a.Estimate, b.Estimate), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func place(last bool) int {
	if last {
		return 1
	}
	return 0
}

// unitPlot is a column of units with intervals.
type unitPlot struct {
	units     []UnitEffect
	arms      []string
	label     string
	decimals  int
	line      float64
	lineName  string
	low, high float64 // of the band round the line
	without   bool    // the estimates are those without the unit
}

func (p *unitPlot) drawn() (out []UnitEffect) {
	for _, u := range p.units {
		if isNumber(u.Estimate) {
			out = append(out, u)
		}
	}
	return out
}

func (p *unitPlot) draw(c *chart) {
	if len(p.units) == 0 {
		c.empty("There are no units to draw.")
		return
	}
	pitch := 18.0
	switch {
	case len(p.units) > 200:
		pitch = 4
	case len(p.units) > 60:
		pitch = 8
	}
	named := pitch > 8
	c.left, c.right = 10, c.width-10
	if named {
		widest := 0.0
		for _, u := range p.units {
			widest = math.Max(widest, textWidth(u.Name))
		}
		c.left = math.Min(widest, c.width*0.3) + 14
	}
	c.top = c.y
	c.bottom = c.top + pitch*float64(len(p.units)) + 4
	values := []float64{p.line, p.low, p.high}
	for _, u := range p.units {
		values = append(values, u.Estimate, u.Low, u.High)
	}
	low, high := extent(values...)
	s := tightScale(low, high, c.left, c.right)
	if isNumber(p.low) && isNumber(p.high) {
		y := []float64{c.top, c.bottom}
		left, right := s.at(p.low), s.at(p.high)
		c.band([]float64{left, right}, []float64{y[1], y[1]}, []float64{y[0], y[0]})
	}
	c.across(s, p.label, true)
	if isNumber(p.line) {
		c.rule("zero", "", s.at(p.line), c.top-4, s.at(p.line), c.bottom)
	}
	for i, u := range p.units {
		p.unit(c, s, u, c.top+pitch*(float64(i)+0.5)+2, pitch, named)
	}
	p.keys(c, named)
}

func (p *unitPlot) unit(c *chart, s scale, u UnitEffect, y, pitch float64, named bool) {
	if named {
		c.write(0, y+4, "start", "ink", fit(u.Name, c.left-10))
	}
	c.mark(p.tip(u), func() {
		if !isNumber(u.Estimate) {
			if named {
				c.clear(c.left+4, y+4, "", fit("n/a: "+reason(u.Reason), c.right-c.left-4))
			}
			return
		}
		class := "bar a"
		if u.Arm != 0 {
			class = "bar b"
		}
		if isNumber(u.Low) && isNumber(u.High) {
			c.rule(class, "", s.at(u.Low), y, s.at(u.High), y)
		}
		c.symbol(min(max(u.Arm, 0), 1), s.at(u.Estimate), y, math.Min(4, pitch*0.3))
	})
}

func (p *unitPlot) tip(u UnitEffect) string {
	text := u.Name + when(p.arms != nil, ", "+armName(p.arms, u.Arm)) + when(u.N > 0, ", n "+Count(u.N)) + ": "
	if !isNumber(u.Estimate) {
		return text + "n/a: " + reason(u.Reason)
	}
	return text + when(p.without, "without it ") + withRange(u.Estimate, u.Low, u.High, p.decimals)
}

func reason(why string) string {
	if why == "" {
		return "no estimate"
	}
	return why
}

func (p *unitPlot) keys(c *chart, named bool) {
	var keys []key
	for a := range min(2, len(p.arms)) {
		keys = append(keys, c.armKey(a, p.arms[a]))
	}
	if isNumber(p.line) {
		keys = append(keys, c.ruleKey("zero", "", p.lineName+when(p.without, " "+withRange(p.line, p.low, p.high, p.decimals))))
	}
	c.legend(keys...)
	if !named {
		c.lines("Names of the units stand in the table.", "")
	}
}

func (p *unitPlot) table(head, name string) *Table {
	t := &Table{Flush: true, Heads: []Head{{Text: "Unit"}, {Text: "Arm"}, {Text: "Patients"}, {Text: head + " (95% CI)"}}}
	for _, u := range p.units {
		text := withRange(u.Estimate, u.Low, u.High, p.decimals)
		if !isNumber(u.Estimate) {
			text = "n/a: " + reason(u.Reason)
		}
		t.Rows = append(t.Rows, Row{Label: u.Name, Cells: []Cell{{Value: armName(p.arms, u.Arm)}, {Value: Count(u.N)}, {Value: text}},
			Numbers: []Named{{Name: "unit", Text: u.Name}, {Name: "arm", Text: armName(p.arms, u.Arm)}, {Name: "patients", Value: float64(u.N)},
				{Name: name, Value: u.Estimate}, {Name: "low", Value: u.Low}, {Name: "high", Value: u.High}}})
	}
	return t
}
