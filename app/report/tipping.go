package report

import (
	"fmt"
	"math"
)

// TippingData is a contrast over the shift given to missing answers.
type TippingData struct {
	Frame
	XLabel   string // "Shift of the missing answers in the intervention arm, ODI points"
	YLabel   string // "Adjusted difference at 12 months"
	Decimals int
	Points   []TippingPoint // by rising Delta
	Tip      float64        // the shift at which the conclusion turns; NaN for none in the range
	Alpha    float64        // the level the P value is held against; 0 means 0.05
}

// TippingPoint is the result under one shift.
type TippingPoint struct {
	Delta, Estimate, Low, High, P float64
}

// Tipping draws the estimate with its interval over the shift and, on a second
// panel below, the P value against its level; the tipping value is a dashed
// line through both.
func Tipping(d TippingData) Figure {
	if d.Alpha == 0 {
		d.Alpha = 0.05
	}
	return build(d.Frame, d.describe(), d.table(), d.draw)
}

func (d TippingData) drawn() (out []TippingPoint) {
	for _, p := range d.Points {
		if isNumber(p.Delta) && isNumber(p.Estimate) {
			out = append(out, p)
		}
	}
	return out
}

func (d TippingData) describe() string {
	drawn := d.drawn()
	if len(drawn) == 0 {
		return "There is no estimate under any shift."
	}
	say := func(p TippingPoint) string {
		return withRange(p.Estimate, p.Low, p.High, d.Decimals) + when(isNumber(p.P), ", P "+PValue(p.P))
	}
	first, last := drawn[0], drawn[len(drawn)-1]
	text := fmt.Sprintf("From %s at a shift of %s to %s at %s.", say(first), short(first.Delta, d.Decimals), say(last), short(last.Delta, d.Decimals))
	return text + " " + d.verdict()
}

func (d TippingData) verdict() string {
	if !isNumber(d.Tip) {
		return fmt.Sprintf("No shift in this range takes P across %s.", Plain(d.Alpha))
	}
	return fmt.Sprintf("P crosses %s at a shift of %s.", Plain(d.Alpha), short(d.Tip, d.Decimals))
}

func (d TippingData) draw(c *chart) {
	drawn := d.drawn()
	if len(drawn) == 0 {
		c.empty("There is no estimate to draw under any shift.")
		return
	}
	var delta, estimate, low, high, p []float64
	for _, v := range drawn {
		delta, estimate, p = append(delta, v.Delta), append(estimate, v.Estimate), append(p, v.P)
		low, high = append(low, v.Low), append(high, v.High)
	}
	least, most := extent(append(append(append([]float64{0}, estimate...), low...), high...)...)
	c.top, c.bottom = c.y+20, c.y+20+190
	s := newScale(least, most, c.bottom, c.top)
	c.left, c.right = math.Max(s.gutter(), textWidth("0.05")+14), c.width-12
	first, last := extent(append([]float64{d.Tip}, delta...)...)
	x := tightScale(first, last, c.left, c.right)
	c.write(0, c.y+4, "start", "", fit(d.YLabel, c.width))
	c.up(s)
	c.rule("axis", "", c.left, c.bottom, c.right, c.bottom)
	top := c.top
	at := x.places(delta)
	c.band(at, s.places(low), s.places(high))
	c.rule("zero", "", c.left, s.at(0), c.right, s.at(0))
	c.curve(0, at, s.places(estimate))
	for i, v := range drawn {
		c.mark(d.tip(v), func() { c.symbol(0, at[i], s.at(v.Estimate), 3) })
	}
	d.panel(c, x, drawn, p)
	if isNumber(d.Tip) {
		c.quiet(d.verdict(), func() { c.rule("bar b", "6 3", x.at(d.Tip), top, x.at(d.Tip), c.bottom) })
	}
	keys := []key{c.curveKey(0, "estimate, P"), c.bandKey("95% interval")}
	if isNumber(d.Tip) {
		keys = append(keys, c.ruleKey("bar b", "6 3", "tipping value "+short(d.Tip, d.Decimals)))
	}
	c.legend(keys...)
	if !isNumber(d.Tip) {
		c.lines(d.verdict(), "")
	}
}

// panel draws the P values below the estimates.
func (d TippingData) panel(c *chart, x scale, drawn []TippingPoint, p []float64) {
	c.write(0, c.bottom+24, "start", "", "P")
	c.top, c.bottom = c.bottom+34, c.bottom+34+80
	_, most := extent(p...)
	s := newScale(0, math.Min(1, math.Max(2*d.Alpha, most)), c.bottom, c.top)
	for _, v := range []float64{0, s.high} {
		c.rule("tick", "", c.left, s.at(v), c.right, s.at(v))
		c.write(c.left-7, s.at(v)+4, "end", "", Plain(v))
	}
	level := s.at(d.Alpha)
	c.rule("zero", "2 3", c.left, level, c.right, level)
	if level < c.bottom-12 && level > c.top+12 { // clear of the axis's own numbers
		c.write(c.left-7, level+4, "end", "", Plain(d.Alpha))
	} else {
		c.write(c.right, level-4, "end", "", Plain(d.Alpha))
	}
	c.curve(0, x.places(deltas(drawn)), s.places(p))
	for _, v := range drawn {
		if isNumber(v.P) {
			c.quiet("Shift "+short(v.Delta, d.Decimals)+": P "+PValue(v.P), func() { c.symbol(0, x.at(v.Delta), s.at(v.P), 3) })
		}
	}
	c.across(x, d.XLabel, false)
}

func deltas(points []TippingPoint) (out []float64) {
	for _, p := range points {
		out = append(out, p.Delta)
	}
	return out
}

func (d TippingData) tip(v TippingPoint) string {
	return "Shift " + short(v.Delta, d.Decimals) + ": " + withRange(v.Estimate, v.Low, v.High, d.Decimals) + when(isNumber(v.P), ", P "+PValue(v.P))
}

func (d TippingData) table() *Table {
	t := &Table{Flush: true, Heads: []Head{{Text: "Shift"}, {Text: "Estimate (95% CI)"}, {Text: "P"}}, Notes: []string{d.verdict()}, Marks: []string{""}}
	for _, v := range d.Points {
		t.Rows = append(t.Rows, Row{Label: short(v.Delta, d.Decimals), Cells: []Cell{{Value: withRange(v.Estimate, v.Low, v.High, d.Decimals)}, {Value: PValue(v.P), P: true}},
			Numbers: []Named{{Name: "delta", Value: v.Delta}, {Name: "estimate", Value: v.Estimate}, {Name: "low", Value: v.Low}, {Name: "high", Value: v.High}, {Name: "p", Value: v.P}}})
	}
	return t
}
