package report

import (
	"fmt"
	"strings"

	"trialbox/app/analysis"
)

// The chart's places on the paper, in pixels of its own width.
const (
	flowWidth    = 760.0
	flowBox      = 240.0 // width of a box
	flowLeft     = 95.0  // of the intervention's boxes
	flowRight    = 495.0 // of the control's
	flowAside    = 186.0 // width of a box that stands aside
	flowLine     = 17.0  // of text
	flowGap      = 34.0  // between stages, for the arrow
	flowChar     = 6.3   // width of a character of a box, at 12 px
	flowClashInk = "#a8281e"
)

// FlowChart draws the flow as a figure of boxes: text as text, with a title
// and a description; 760 pixels wide, which is A4 between its margins.
func FlowChart(f *analysis.Flow, notes *analysis.FlowNotes) string {
	c := &flowChart{f: f, notes: notes, stages: FlowStages(f, notes)}
	c.draw() // once for the height
	height := c.y
	c.y = 0
	c.svg = newSVG("flow", "plot", flowWidth, height, "Flow of units and people through the trial", c.describe())
	c.draw()
	return c.svg.String()
}

// flowChart draws from the top; y is where the next stage begins. Without a
// svg it only measures.
type flowChart struct {
	f      *analysis.Flow
	notes  *analysis.FlowNotes
	stages []FlowStage
	svg    *svg
	y      float64
}

func (c *flowChart) describe() string {
	var parts []string
	for _, s := range c.stages {
		for _, b := range []*FlowBox{s.Middle, s.Aside} {
			if b != nil {
				parts = append(parts, strings.Join(b.Lines, ", "))
			}
		}
		for _, a := range []int{1, 0} {
			if s.Arms[a] != nil {
				parts = append(parts, s.Label+when(s.Label != "", ", ")+c.f.Arms[a]+": "+strings.Join(s.Arms[a].Lines, ", "))
			}
			if s.Beside[a] != nil {
				parts = append(parts, c.f.Arms[a]+": "+strings.Join(s.Beside[a].Lines, ", "))
			}
		}
	}
	return strings.Join(parts, ". ") + "."
}

func (c *flowChart) draw() {
	middle := (flowLeft + flowRight + flowBox) / 2
	c.y = 10
	var from []float64 // x of the lines that come from above, nil at the top
	bottom := 0.0
	for _, s := range c.stages {
		switch {
		case s.Arms[0] == nil:
			if from != nil {
				c.arrow(middle, bottom, c.y)
			}
			h := c.middle(s, middle)
			bottom, from = c.y+h, []float64{middle}
		default:
			c.into(from, bottom, middle)
			h := c.arms(s)
			bottom, from = c.y+h, []float64{flowLeft + flowBox/2, flowRight + flowBox/2}
			if s.Key == "allocated" {
				c.moves(c.y, h)
			}
		}
		c.label(s.Label)
		c.y = bottom + flowGap
		if h := c.beside(s, bottom); h > 0 {
			c.y = bottom + h + flowGap + 8
		}
	}
	c.y = bottom + 4
}

// into draws the lines from the boxes above to the two arms.
func (c *flowChart) into(from []float64, bottom, middle float64) {
	left, right := flowLeft+flowBox/2, flowRight+flowBox/2
	if len(from) == 1 {
		turn := bottom + 16
		c.path(fmt.Sprintf("M%s %sV%sM%s %sH%s", px(middle), px(bottom), px(turn), px(left), px(turn), px(right)), "")
		bottom = turn
	}
	if from == nil {
		return
	}
	c.arrow(left, bottom, c.y)
	c.arrow(right, bottom, c.y)
}

func (c *flowChart) middle(s FlowStage, x float64) float64 {
	h := 0.0
	if s.Middle != nil {
		h = c.box(s.Middle, x-flowBox/2, c.y, flowBox, false)
	}
	if s.Aside != nil {
		y := c.y + h/2
		if s.Middle != nil {
			c.path(fmt.Sprintf("M%s %sH%s", px(x+flowBox/2), px(y), px(flowWidth-flowAside)), "")
		}
		h = max(h, c.box(s.Aside, flowWidth-flowAside, c.y, flowAside, false))
	}
	return h
}

// arms draws both arms' boxes, of the same height.
func (c *flowChart) arms(s FlowStage) float64 {
	h := 0.0
	for _, b := range s.Arms {
		h = max(h, flowHeight(b, flowBox))
	}
	for a, x := range [2]float64{flowRight, flowLeft} {
		c.boxOf(s.Arms[a], x, c.y, flowBox, h, false)
	}
	return h
}

// beside draws the boxes that stand between the arms' lines, and gives the
// height they take.
func (c *flowChart) beside(s FlowStage, bottom float64) float64 {
	h := 0.0
	y := bottom + 14
	for a, b := range s.Beside {
		if b == nil {
			continue
		}
		line := [2]float64{flowRight + flowBox/2, flowLeft + flowBox/2}[a]
		x := line + 14
		end := x
		if a == 0 {
			x = line - 14 - flowAside
			end = x + flowAside
		}
		height := c.box(b, x, y, flowAside, true)
		c.path(fmt.Sprintf("M%s %sH%s", px(line), px(y+height/2), px(end)), "")
		h = max(h, height)
	}
	return h
}

// moves draws the units that ran in the other arm than the one they were
// randomised to.
func (c *flowChart) moves(y, h float64) {
	to, back := c.f.Moved[1], c.f.Moved[0]
	at := y + h/2
	if len(to) > 0 && len(back) > 0 {
		at = y + h/2 - 6
	}
	if len(to) > 0 {
		c.move(to, at, flowLeft+flowBox, flowRight, -1)
	}
	if len(back) > 0 {
		if len(to) > 0 {
			at += 12
		}
		c.move(back, at, flowRight, flowLeft+flowBox, 1)
	}
}

func (c *flowChart) move(names []string, y, from, to, side float64) {
	c.path(fmt.Sprintf("M%s %sH%s", px(from), px(y), px(to)), "5 3")
	d := "M%s %sl-8 -3.5v7z"
	if to < from {
		d = "M%s %sl8 -3.5v7z"
	}
	c.fill(fmt.Sprintf(d, px(to), px(y)))
	w := newFlowWords(c.f, c.notes)
	text := w.units(len(names))
	if !w.notes.HideNames {
		text += ": " + strings.Join(names, ", ")
	}
	lines := wrap(text, flowRight-flowLeft-flowBox-14)
	const most = 3
	if len(lines) > most {
		lines = append(lines[:most-1], "…")
	}
	for i, line := range lines {
		place := y - 7 - flowLine*float64(len(lines)-1-i)
		if side > 0 {
			place = y + 17 + flowLine*float64(i)
		}
		if c.svg != nil {
			c.svg.label((from+to)/2, place, "middle", "", svgInk2, line)
		}
	}
}

func (c *flowChart) label(text string) {
	if c.svg == nil {
		return
	}
	for i, line := range wrap(text, flowLeft-6) {
		c.svg.label(0, c.y+21+flowLine*float64(i), "start", "strong", svgInk, line)
	}
}

func flowHeight(b *FlowBox, width float64) float64 {
	return 16 + flowLine*float64(len(b.wrapped(width)))
}

// wrapped breaks the lines of a box to its width.
func (b *FlowBox) wrapped(width float64) []string {
	var out []string
	for _, l := range b.Lines {
		out = append(out, wrap(l, width-20)...)
	}
	return out
}

// wrap breaks a text at its blanks; a word that is too long is cut.
func wrap(text string, width float64) []string {
	most := int(width / flowChar)
	var out []string
	line := []rune{}
	for _, word := range strings.Fields(text) {
		r := []rune(word)
		if len(line) > 0 && len(line)+1+len(r) > most {
			out = append(out, string(line))
			line = line[:0:0]
		}
		for len(r) > most {
			out = append(out, string(r[:most]))
			r = r[most:]
		}
		if len(line) > 0 {
			line = append(line, ' ')
		}
		line = append(line, r...)
	}
	if len(line) > 0 {
		out = append(out, string(line))
	}
	return out
}

func (c *flowChart) box(b *FlowBox, x, y, width float64, off bool) float64 {
	h := flowHeight(b, width)
	c.boxOf(b, x, y, width, h, off)
	return h
}

func (c *flowChart) boxOf(b *FlowBox, x, y, width, height float64, off bool) {
	if c.svg == nil {
		return
	}
	class, stroke, dash := "box", svgInk2, ""
	if off {
		class, dash = "box off", "4 3"
	}
	if b.Clash {
		class, stroke = "box clash", flowClashInk
	}
	c.svg.leaf("rect", "class", class, "x", px(x), "y", px(y), "width", px(width), "height", px(height), "fill", svgPaper, "stroke", stroke, "stroke-dasharray", dash)
	strong := 0
	if len(b.Lines) > 0 {
		strong = len(wrap(b.Lines[0], width-20))
	}
	for i, line := range b.wrapped(width) {
		class := "ink"
		if i < strong {
			class = "strong"
		}
		attrs := []string{"class", class, "x", px(x + 10), "y", px(y + 21 + flowLine*float64(i)), "fill", svgInk}
		if i < strong {
			attrs = append(attrs, "font-weight", "600")
		}
		c.svg.text("text", line, attrs...)
	}
}

// arrow points down from one box to the next.
func (c *flowChart) arrow(x, from, to float64) {
	c.path(fmt.Sprintf("M%s %sV%s", px(x), px(from), px(to-6)), "")
	c.fill(fmt.Sprintf("M%s %sl-3.5 -8h7z", px(x), px(to)))
}

func (c *flowChart) path(d, dash string) {
	if c.svg != nil {
		c.svg.leaf("path", "class", "flowline", "fill", "none", "stroke", svgInk2, "stroke-dasharray", dash, "d", d)
	}
}

func (c *flowChart) fill(d string) {
	if c.svg != nil {
		c.svg.leaf("path", "class", "tip", "fill", svgInk2, "d", d)
	}
}
