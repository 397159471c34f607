package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// PatternData are the patterns of answered visits.
type PatternData struct {
	Frame
	What     string // what was answered: "ODI"; may be ""
	Visits   []string
	Arms     []string // the intervention first, then the control
	Patterns []Pattern
}

// Pattern is one way of having answered: Answered by visit, N by arm.
type Pattern struct {
	Answered []bool
	N        []int
}

func (p Pattern) answered(visit int) bool { return visit < len(p.Answered) && p.Answered[visit] }

func (p Pattern) n(arm int) int {
	if arm < len(p.N) {
		return max(0, p.N[arm])
	}
	return 0
}

func (p Pattern) total() (n int) {
	for a := range p.N {
		n += p.n(a)
	}
	return n
}

// PatternChart draws one row a pattern, the commonest first: a filled square
// where the visit was answered and a small ring where not, then the patients
// of each arm as a bar with their number and share of the arm.
func PatternChart(d PatternData) Figure {
	d.Patterns = slices.Clone(d.Patterns)
	slices.SortStableFunc(d.Patterns, func(a, b Pattern) int {
		if c := cmp.Compare(b.total(), a.total()); c != 0 {
			return c
		}
		for v := range d.Visits {
			if a.answered(v) != b.answered(v) {
				return place(!a.answered(v)) - place(!b.answered(v))
			}
		}
		return 0
	})
	return build(d.Frame, d.describe(), d.table(), d.draw)
}

func (d PatternData) all(arm int) (n int) {
	for _, p := range d.Patterns {
		n += p.n(arm)
	}
	return n
}

// words says a pattern by its visits.
func (d PatternData) words(p Pattern) string {
	var yes, no []string
	for v, name := range d.Visits {
		if p.answered(v) {
			yes = append(yes, name)
		} else {
			no = append(no, name)
		}
	}
	switch {
	case len(no) == 0:
		return "all visits"
	case len(yes) == 0:
		return "no visit"
	}
	return list(yes)
}

func list(names []string) string {
	out := ""
	for i, n := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			out += " and "
		default:
			out += ", "
		}
		out += n
	}
	return out
}

func (d PatternData) share(p Pattern, arm int) string {
	n := d.all(arm)
	if n == 0 {
		return enDash
	}
	return Percent(float64(p.n(arm)) / float64(n))
}

func (d PatternData) describe() string {
	if len(d.Patterns) == 0 {
		return "There are no patients."
	}
	text := fmt.Sprintf("%s patterns of answered visits", Count(len(d.Patterns)))
	if len(d.Patterns) == 1 {
		text = "1 pattern of answered visits"
	}
	text += when(d.What != "", " for "+d.What) + "."
	for i, p := range d.Patterns {
		if i == 6 {
			return text + " The others stand in the table."
		}
		text += " Answered at " + d.words(p) + ":"
		for a, arm := range d.Arms {
			text += when(a > 0, ",") + " " + arm + " " + Count(p.n(a)) + " (" + d.share(p, a) + ")"
		}
		text += "."
	}
	return text
}

func (d PatternData) draw(c *chart) {
	if len(d.Patterns) == 0 || len(d.Visits) == 0 {
		c.empty("There are no visits or no patients to draw.")
		return
	}
	pitch := 64.0
	if c.Half {
		pitch = 36
	}
	pitch = math.Min(pitch, c.width*0.42/float64(len(d.Visits)))
	room := (c.width - pitch*float64(len(d.Visits)) - 12) / math.Max(1, float64(len(d.Arms)))
	d.heads(c, pitch, room)
	most, widest := 1, 0.0
	for _, p := range d.Patterns {
		for a := range d.Arms {
			most, widest = max(most, p.n(a)), math.Max(widest, textWidth(d.number(p, a, room)))
		}
	}
	for _, p := range d.Patterns {
		c.y += 24
		c.mark(d.tip(p), func() { d.row(c, p, pitch, room, widest, most) })
	}
	c.y += 36
	c.legend(key{12, func(x, y float64) { d.cell(c, true, x+6, y, 6) }, "answered"}, key{12, func(x, y float64) { d.cell(c, false, x+6, y, 6) }, "missing"})
}

// heads names the visits, by number with a line that says them where their
// names do not fit, and the arms with their totals.
func (d PatternData) heads(c *chart, pitch, room float64) {
	fits := true
	for _, v := range d.Visits {
		fits = fits && textWidth(v) < pitch
	}
	if !fits {
		text := "Visits: "
		for i, v := range d.Visits {
			text += when(i > 0, "; ") + Count(i+1) + ": " + v
		}
		c.lines(text, "")
	}
	c.y += 8
	for i, v := range d.Visits {
		if !fits {
			v = Count(i + 1)
		}
		c.write(pitch*(float64(i)+0.5), c.y+16, "middle", "ink", v)
	}
	for a, arm := range d.Arms {
		x := c.width - room*float64(len(d.Arms)-a)
		c.symbol(min(a, 1), x+4, c.y-4, 4)
		c.write(x+14, c.y, "start", "ink", fit(arm, room-16))
		c.write(x, c.y+16, "start", "", fit("n = "+Count(d.all(a)), room-4))
	}
	c.y += 8
}

// number is an arm's count, with its share where there is room.
func (d PatternData) number(p Pattern, arm int, room float64) string {
	if room < 110 {
		return Count(p.n(arm))
	}
	return Count(p.n(arm)) + " (" + d.share(p, arm) + ")"
}

func (d PatternData) row(c *chart, p Pattern, pitch, room, widest float64, most int) {
	size := math.Min(7, pitch*0.4)
	for v := range d.Visits {
		d.cell(c, p.answered(v), pitch*(float64(v)+0.5), c.y+10, size)
	}
	for a := range d.Arms {
		x := c.width - room*float64(len(d.Arms)-a)
		text := d.number(p, a, room)
		width := math.Max(0, room-widest-14) * float64(p.n(a)) / float64(most)
		class, stroke, _, _ := armLook(min(a, 1))
		if width > 0 {
			c.leaf("rect", "class", "part "+class, "fill", stroke, "fill-opacity", "0.35", "stroke", stroke, "stroke-width", "0.75", "x", px(x), "y", px(c.y+3), "width", px(math.Max(1, width)), "height", "14")
		}
		c.write(x+width+6, c.y+14, "start", "ink", text)
	}
}

func (d PatternData) cell(c *chart, answered bool, x, y, size float64) {
	if answered {
		c.leaf("rect", "class", "tip", "fill", svgInk2, "x", px(x-size), "y", px(y-size), "width", px(2*size), "height", px(2*size))
		return
	}
	c.leaf("circle", "class", "axis", "fill", "none", "stroke", svgInk2, "cx", px(x), "cy", px(y), "r", px(size*0.45))
}

func (d PatternData) tip(p Pattern) string {
	text := "Answered: " + d.words(p)
	for a, arm := range d.Arms {
		text += "; " + arm + " " + Count(p.n(a)) + " (" + d.share(p, a) + ")"
	}
	return text
}

func (d PatternData) table() *Table {
	t := &Table{Flush: true, Heads: []Head{{Text: "Answered" + when(d.What != "", ", "+d.What)}}}
	for a, arm := range d.Arms {
		t.Heads = append(t.Heads, Head{Text: arm, Sub: "n = " + Count(d.all(a))})
	}
	for _, p := range d.Patterns {
		row := Row{Label: d.words(p), Numbers: []Named{{Name: "answered", Text: d.words(p)}}}
		for a, arm := range d.Arms {
			row.Cells = append(row.Cells, Cell{Value: Count(p.n(a)), Paren: d.share(p, a)})
			row.Numbers = append(row.Numbers, Named{Name: arm, Value: float64(p.n(a))})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
