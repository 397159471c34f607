package report

import (
	"math"
	"strings"
)

// Frame is what every figure is asked for beside its data.
type Frame struct {
	ID    string // begins the ids inside the figure; must be its own on the page
	Title string // printed above the figure
	Half  bool   // 340 px wide, for narrow screens and side by side; else 760
	Keys  bool   // marks take the keyboard's focus and say their values below; off in a saved file
}

// Figure is a drawing with what a reader who cannot see it needs.
type Figure struct {
	SVG         string // complete when saved, in the page's colours when shown
	Title       string
	Description string
	Table       *Table // the numbers behind the drawing
}

const (
	fullWidth = 760.0
	halfWidth = 340.0
	mostFocus = 60 // marks that the keyboard stops at; with more, the table is the way
)

// chart is a drawing under way, from the top down: y is where the next part begins.
type chart struct {
	svg
	Frame
	width  float64
	y      float64
	sayAt  float64 // where a mark's values are said
	focus  int     // marks so far
	left   float64 // the plotting area
	right  float64
	top    float64
	bottom float64
}

// build draws a figure. It draws twice: the height is known after the first.
func build(f Frame, description string, table *Table, draw func(*chart)) Figure {
	width := fullWidth
	class := "plot"
	if f.Half {
		width, class = halfWidth, "plot half"
	}
	run := func(say float64, marks int) *chart {
		c := &chart{svg: svg{indent: 1}, Frame: f, width: width, y: 18, sayAt: say}
		c.Keys = f.Keys && marks <= mostFocus
		c.lines(c.Title, "strong")
		c.y += 4
		draw(c)
		return c
	}
	c := run(0, 0)
	height, role := c.y-6, "img"
	c = run(height+12, c.focus)
	if c.Keys && c.focus > 0 {
		role = "group" // an img has no parts that could be reached
		height += 16*c.sayLines() + 2
	}
	s := newSVG(f.ID, class, width, height, f.Title, description)
	if table != nil && table.Title == "" {
		table.Title = f.Title
	}
	text := strings.Replace(s.b.String(), `role="img"`, `role="`+role+`"`, 1) + c.b.String() + "</svg>\n"
	return Figure{SVG: text, Title: f.Title, Description: description, Table: table}
}

func (c *chart) sayLines() float64 {
	if c.Half {
		return 2
	}
	return 1
}

// lines writes a text over as many lines as it needs and moves on.
func (c *chart) lines(text, class string) {
	for _, l := range wrap(text, (c.width-4)*flowChar/charWidth) {
		c.write(0, c.y, "start", class, l)
		c.y += 16
	}
}

// write puts text at a point; classes that are bold on the page are bold in the file.
func (c *chart) write(x, y float64, anchor, class, text string) {
	fill, weight := "", ""
	switch class {
	case "strong":
		fill, weight = svgInk, "600"
	case "la":
		fill, weight = svgArmA, "600"
	case "lb":
		fill, weight = svgTextB, "600"
	case "ink":
		fill = svgInk
	}
	if anchor == "start" {
		anchor = ""
	}
	c.text("text", text, "class", class, "x", px(x), "y", px(y), "text-anchor", anchor, "fill", fill, "font-weight", weight)
}

// centred puts text round a point, clipped and moved so that it stays inside.
func (c *chart) centred(x, y float64, class, text string) {
	text = fit(text, c.width)
	half := textWidth(text) / 2
	c.write(math.Max(half, math.Min(c.width-half, x)), y, "middle", class, text)
}

// clear writes on paper of its own, so that no grid line goes through the words.
func (c *chart) clear(x, y float64, class, text string) {
	c.leaf("rect", "class", "under", "fill", svgPaper, "x", px(x), "y", px(y-11), "width", px(math.Min(textWidth(text)*0.95+2, c.width-x)), "height", "15")
	c.write(x, y, "start", class, text)
}

// fit clips a text to a width in pixels.
func fit(text string, width float64) string {
	return clip(text, max(2, int(width/charWidth)))
}

// mark groups what stands for one thing, with its values as a tooltip; with
// Keys the group takes the focus and says them under the figure.
func (c *chart) mark(tip string, draw func()) {
	c.focus++
	c.spot(tip, c.Keys, sayPlace{c.sayAt, c.width, int(c.sayLines())}, draw)
}

// sayPlace is where a mark's values are said: from y down, so wide, so many lines.
type sayPlace struct {
	y, width float64
	lines    int
}

// spot groups a mark with its tooltip, and with keys makes it a stop of the
// keyboard that says the tooltip in its place.
func (s *svg) spot(tip string, keys bool, say sayPlace, draw func()) {
	if !keys {
		s.open("g")
		s.text("title", tip)
		draw()
		s.close("g")
		return
	}
	s.open("g", "class", "pt", "tabindex", "0", "role", "img", "aria-label", tip)
	s.text("title", tip)
	s.open("g", "class", "at") // the focus ring goes round this, not round the words below
	draw()
	s.close("g")
	for i, l := range wrap(tip, (say.width-8)*flowChar/charWidth) {
		if i < say.lines {
			s.text("text", l, "class", "say", "x", "4", "y", px(say.y+6+16*float64(i)), "fill", svgInk, "visibility", "hidden")
		}
	}
	s.close("g")
}

// quiet is a mark's tooltip without a stop of the keyboard, for the small parts.
func (c *chart) quiet(tip string, draw func()) {
	c.open("g")
	c.text("title", tip)
	draw()
	c.close("g")
}

// empty says what is missing where the plot would be.
func (c *chart) empty(why string) {
	for _, l := range wrap(why, (c.width-40)*flowChar/charWidth) {
		c.y += 16
		c.write(c.width/2, c.y, "middle", "", l)
	}
	c.y += 24
}

// symbol draws an arm's mark: a filled circle or an open square.
func (c *chart) symbol(arm int, x, y, r float64) {
	class, stroke, fill, _ := armLook(arm)
	if arm == 0 {
		c.leaf("circle", "class", "mark "+class, "fill", fill, "stroke", stroke, "cx", px(x), "cy", px(y), "r", px(r))
		return
	}
	c.leaf("rect", "class", "mark "+class, "fill", fill, "stroke", stroke, "stroke-width", "2", "x", px(x-r), "y", px(y-r), "width", px(2*r), "height", px(2*r))
}

// curve draws a line through the points that are numbers.
func (c *chart) curve(look int, x, y []float64) {
	l := curveLooks[look%len(curveLooks)]
	c.polyline("line "+l.class, l.stroke, "2", l.dash, x, y)
}

func (c *chart) polyline(class, stroke, width, dash string, x, y []float64) {
	var path strings.Builder
	pen := "M"
	for i := range x {
		if math.IsNaN(x[i]) || math.IsNaN(y[i]) {
			pen = "M"
			continue
		}
		path.WriteString(pen + px(x[i]) + " " + px(y[i]))
		pen = "L"
	}
	if path.Len() > 0 {
		c.leaf("path", "class", class, "fill", "none", "stroke", stroke, "stroke-width", width, "stroke-linejoin", "round", "stroke-linecap", "round", "stroke-dasharray", dash, "d", path.String())
	}
}

// band fills between two lines, over each stretch where both are numbers.
func (c *chart) band(x, low, high []float64) {
	for from := 0; from < len(x); {
		to := from
		for to < len(x) && isNumber(low[to]) && isNumber(high[to]) && isNumber(x[to]) {
			to++
		}
		if to-from > 1 {
			var d strings.Builder
			pen := "M"
			for i := from; i < to; i++ {
				d.WriteString(pen + px(x[i]) + " " + px(high[i]))
				pen = "L"
			}
			for i := to - 1; i >= from; i-- {
				d.WriteString("L" + px(x[i]) + " " + px(low[i]))
			}
			c.leaf("path", "class", "band", "fill", svgArmA, "fill-opacity", "0.12", "d", d.String()+"Z")
		}
		from = max(to, from+1)
	}
}

// rule is a thin straight line, with its own dash.
func (c *chart) rule(class, dash string, x1, y1, x2, y2 float64) {
	stroke := map[string]string{"tick": svgLine, "axis": svgInk2, "zero": svgInk2, "bar a": svgArmA, "bar b": svgArmB, "bar c3": "#007a59", "bar c4": "#a8508a"}[class]
	width := ""
	if strings.HasPrefix(class, "bar") {
		width = "1.5"
	}
	c.leaf("path", "class", class, "fill", "none", "stroke", stroke, "stroke-width", width, "stroke-dasharray", dash, "d", "M"+px(x1)+" "+px(y1)+"L"+px(x2)+" "+px(y2))
}

// key is an entry of a legend.
type key struct {
	width float64
	draw  func(x, y float64)
	text  string
}

// legend writes the keys in as many lines as they need and moves on.
func (c *chart) legend(keys ...key) {
	x := 4.0
	for _, k := range keys {
		need := k.width + 7 + textWidth(k.text)
		if x > 4 && x+need > c.width {
			x = 4
			c.y += 20
		}
		k.draw(x, c.y)
		c.write(x+k.width+7, c.y+4, "start", "", fit(k.text, c.width-x-k.width-7))
		x += need + 16
	}
	if len(keys) > 0 {
		c.y += 20
	}
}

func (c *chart) armKey(arm int, name string) key {
	return key{8, func(x, y float64) { c.symbol(arm, x+4, y, 4) }, name}
}

func (c *chart) curveKey(look int, name string) key {
	return key{28, func(x, y float64) { c.curve(look, []float64{x, x + 28}, []float64{y, y}) }, name}
}

func (c *chart) ruleKey(class, dash, name string) key {
	return key{28, func(x, y float64) { c.rule(class, dash, x, y, x+28, y) }, name}
}

func (c *chart) bandKey(name string) key {
	return key{28, func(x, y float64) { c.band([]float64{x, x + 28}, []float64{y + 6, y + 6}, []float64{y - 6, y - 6}) }, name}
}

// across draws the ticks and numbers of the horizontal axis under the plot,
// its title below, and moves on. With grid the ticks go through the plot.
func (c *chart) across(s scale, title string, grid bool) {
	step := c.right - c.left
	if len(s.ticks) > 1 {
		step = s.at(s.ticks[1]) - s.at(s.ticks[0])
	}
	widest := 0.0
	for _, v := range s.ticks {
		widest = math.Max(widest, textWidth(s.number(v)))
	}
	every := 1
	for widest+8 > step*float64(every) && every < len(s.ticks) {
		every++
	}
	for i, v := range s.ticks {
		x := s.at(v)
		if grid {
			c.rule("tick", "", x, c.top, x, c.bottom)
		}
		if i%every == 0 {
			c.rule("axis", "", x, c.bottom, x, c.bottom+5)
			c.write(x, c.bottom+19, "middle", "", s.number(v))
		}
	}
	c.rule("axis", "", c.left, c.bottom, c.right, c.bottom)
	c.y = c.bottom + 38
	for _, l := range wrap(title, (c.width-8)*flowChar/charWidth) {
		c.centred((c.left+c.right)/2, c.y, "", l)
		c.y += 16
	}
	c.y += 6
}

// up draws the grid lines and numbers of the vertical axis.
func (c *chart) up(s scale) {
	for _, v := range s.ticks {
		c.rule("tick", "", c.left, s.at(v), c.right, s.at(v))
		c.write(c.left-7, s.at(v)+4, "end", "", s.number(v))
	}
}

// armName is the name of an arm, or what it is called without one.
func armName(arms []string, arm int) string {
	if arm >= 0 && arm < len(arms) {
		return arms[arm]
	}
	return "unknown arm"
}
