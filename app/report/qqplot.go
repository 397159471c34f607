package report

import (
	"fmt"
	"math"

	"trialbox/stats"
)

// QQData are residuals or predicted effects to be set against the normal
// distribution.
type QQData struct {
	Frame
	YLabel   string // "Standardised residual"
	What     string // what a value is: "residual", "unit effect"
	Decimals int
	Values   []float64
	Names    []string // of the values, for tooltips; may be nil
}

const (
	mostDots = 600 // drawn at most; the tails always
	tailDots = 50
)

// QQPlot draws the ordered values against normal quantiles, with the line
// through the quartiles and the pointwise 95% band of stats.NormalQQ. Of many
// values the middle ones are drawn thinned, which is said.
func QQPlot(d QQData) Figure {
	if d.What == "" {
		d.What = "value"
	}
	p := qqPlot{d, stats.NormalQQ(d.Values, 0.95)}
	return build(d.Frame, p.describe(), p.table(), p.draw)
}

type qqPlot struct {
	QQData
	q stats.QQ
}

func (p qqPlot) describe() string {
	n := len(p.q.Value)
	if n == 0 {
		return "There are no values."
	}
	text := fmt.Sprintf("%s %ss from %s to %s against normal quantiles.", Count(n), p.What, short(p.q.Value[0], p.Decimals), short(p.q.Value[n-1], p.Decimals))
	if math.IsNaN(p.q.Per) {
		return text + " Too few or too equal for a reference line."
	}
	return text + fmt.Sprintf(" %s of them (%s) lie outside the pointwise 95%% band, where 5%% are expected of normal values.", Count(p.q.Beyond), Percent(float64(p.q.Beyond)/float64(n)))
}

// kept are the points to draw: all, or the tails and the middle thinned.
func (p qqPlot) kept() []int {
	n := len(p.q.Value)
	var out []int
	middle := n - 2*tailDots
	every := max(1, (middle+mostDots-2*tailDots-1)/(mostDots-2*tailDots))
	for k := range n {
		if n <= mostDots || k < tailDots || k >= n-tailDots || (k-tailDots)%every == 0 {
			out = append(out, k)
		}
	}
	return out
}

func (p qqPlot) draw(c *chart) {
	n := len(p.q.Value)
	if n == 0 {
		c.empty("There are no values to draw.")
		return
	}
	q := p.q
	values := append([]float64{q.Value[0], q.Value[n-1]}, q.Low[0], q.High[n-1], q.Centre+q.Per*q.Normal[0], q.Centre+q.Per*q.Normal[n-1])
	low, high := extent(values...)
	c.top, c.bottom = c.y+20, c.y+20+260
	s := newScale(low, high, c.bottom, c.top)
	c.left, c.right = s.gutter(), c.width-8
	if c.left > c.width/3 {
		c.left = c.width / 3
	}
	c.write(0, c.y+4, "start", "", fit(p.YLabel, c.width))
	c.up(s)
	reach := math.Max(1, math.Ceil(2*q.Normal[n-1])/2)
	x := newScale(-reach, reach, c.left, c.right)
	c.across(x, "Normal quantile", false)
	kept := p.kept()
	at := func(v []float64) (out []float64) {
		for _, k := range kept {
			out = append(out, v[k])
		}
		return out
	}
	c.band(x.places(at(q.Normal)), s.places(at(q.Low)), s.places(at(q.High)))
	if !math.IsNaN(q.Per) {
		c.polyline("zero", svgInk2, "1", "", x.places([]float64{q.Normal[0], q.Normal[n-1]}), s.places([]float64{q.Centre + q.Per*q.Normal[0], q.Centre + q.Per*q.Normal[n-1]}))
	}
	for _, k := range kept {
		draw := func() {
			c.leaf("circle", "class", "dot", "fill", svgInk2, "fill-opacity", "0.55", "cx", px(x.at(q.Normal[k])), "cy", px(s.at(q.Value[k])), "r", "2.5")
		}
		if n <= mostFocus {
			c.mark(p.tip(k), draw)
		} else {
			c.quiet(p.tip(k), draw)
		}
	}
	if !math.IsNaN(q.Per) {
		c.legend(c.ruleKey("zero", "", "through the quartiles"), c.bandKey("pointwise 95% band"))
	} else {
		c.lines("Too few or too equal for a reference line.", "")
	}
	if len(kept) < n {
		c.lines(fmt.Sprintf("%s of %s points drawn: both tails, the middle thinned.", Count(len(kept)), Count(n)), "")
	}
}

func (p qqPlot) tip(k int) string {
	name := ""
	if i := p.q.Index[k]; i < len(p.Names) {
		name = p.Names[i] + ": "
	}
	return name + short(p.q.Value[k], p.Decimals) + " at normal quantile " + Number(p.q.Normal[k], 2)
}

// table has every value when they are few, else the usual quantiles' points.
func (p qqPlot) table() *Table {
	t := &Table{Flush: true, Heads: []Head{{Text: "Rank"}, {Text: "Normal quantile"}, {Text: "Value"}, {Text: "Band (95%)"}}}
	n := len(p.q.Value)
	row := func(k int) {
		q := p.q
		t.Rows = append(t.Rows, Row{Label: Count(k + 1), Cells: []Cell{{Value: Number(q.Normal[k], 2)}, {Value: short(q.Value[k], p.Decimals)}, {Value: shortRange(q.Low[k], q.High[k], p.Decimals)}},
			Numbers: []Named{{Name: "rank", Value: float64(k + 1)}, {Name: "normal_quantile", Value: q.Normal[k]}, {Name: "value", Value: q.Value[k]}, {Name: "low", Value: q.Low[k]}, {Name: "high", Value: q.High[k]}}})
	}
	if n <= mostFocus {
		for k := range n {
			row(k)
		}
		return t
	}
	for _, share := range []float64{0, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 1} {
		row(int(math.Round(share * float64(n-1))))
	}
	return t
}
