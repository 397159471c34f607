package report

import (
	"fmt"
	"math"
	"strings"
)

// StackData are the answers of an ordinal or binary outcome by visit and arm.
type StackData struct {
	Frame
	Levels []string // lowest first
	Arms   []string // the intervention first, then the control
	Visits []StackVisit
}

// StackVisit is one visit: Counts by arm, then by level.
type StackVisit struct {
	Label  string
	Counts [][]int
}

// Stack draws one bar an arm and visit, divided by the shares of the levels in
// their order from the left, deeper with the level. A share is printed where it
// fits; all of them stand in the table.
func Stack(d StackData) Figure {
	return build(d.Frame, d.describe(), d.table(), d.draw)
}

// at is a count, 0 where the data have none.
func (v StackVisit) at(arm, level int) int {
	if arm < len(v.Counts) && level < len(v.Counts[arm]) {
		return max(0, v.Counts[arm][level])
	}
	return 0
}

func (d StackData) total(v StackVisit, arm int) (n int) {
	for l := range d.Levels {
		n += v.at(arm, l)
	}
	return n
}

// depth is how strongly a level's part is inked: never so much that a number
// on it could not be read in either theme.
func (d StackData) depth(level int) float64 {
	if len(d.Levels) < 2 {
		return 0.3
	}
	return 0.06 + 0.46*float64(level)/float64(len(d.Levels)-1)
}

func (d StackData) describe() string {
	var parts []string
	for _, v := range d.Visits {
		for a, arm := range d.Arms {
			n := d.total(v, a)
			if n == 0 {
				parts = append(parts, v.Label+", "+arm+": no answers.")
				continue
			}
			var shares []string
			for l, level := range d.Levels {
				shares = append(shares, level+" "+Percent(float64(v.at(a, l))/float64(n)))
			}
			parts = append(parts, fmt.Sprintf("%s, %s (n %s): %s.", v.Label, arm, Count(n), strings.Join(shares, ", ")))
		}
	}
	if parts == nil {
		return "There are no answers."
	}
	return strings.Join(parts, " ")
}

func (d StackData) draw(c *chart) {
	if len(d.Levels) == 0 || len(d.Visits) == 0 || len(d.Arms) == 0 {
		c.empty("There are no answers to draw.")
		return
	}
	names := textWidth("n = 9,999")
	widest := 0.0
	for _, a := range d.Arms {
		widest = math.Max(widest, textWidth(a))
	}
	c.left, c.right = 18+math.Min(widest, c.width*0.28)+8, c.width-names-6
	pitch := 28.0
	if c.Half { // the words stand above the bar, which takes the whole width
		c.left, c.right, pitch = 10, c.width-14, 46
	}
	var keys []key
	for l, level := range d.Levels {
		keys = append(keys, key{20, func(x, y float64) {
			d.part(c, 0, l, x, y-6, 10, 12)
			d.part(c, min(1, len(d.Arms)-1), l, x+10, y-6, 10, 12)
		}, level})
	}
	c.legend(keys...)
	c.top = c.y
	for _, v := range d.Visits {
		c.y += 14
		c.write(0, c.y, "start", "strong", fit(v.Label, c.width))
		c.y += 8
		for a := range d.Arms {
			d.bar(c, v, a)
			c.y += pitch
		}
	}
	c.bottom = c.y + 2
	s := newScale(0, 100, c.left, c.right)
	s.format = func(v float64) string { return Number(v, 0) + "%" }
	c.across(s, "Share of the answers", false)
}

func (d StackData) part(c *chart, arm, level int, x, y, width, height float64) {
	class, stroke, _, _ := armLook(arm)
	c.leaf("rect", "class", "part "+class, "fill", stroke, "fill-opacity", fmt.Sprintf("%.2f", d.depth(level)), "stroke", stroke, "stroke-width", "0.75",
		"x", px(x), "y", px(y), "width", px(width), "height", px(height))
}

func (d StackData) bar(c *chart, v StackVisit, a int) {
	const height = 22
	n := d.total(v, a)
	top, room := c.y, c.left-20
	words := top + height/2
	if c.Half {
		words, top, room = c.y+6, c.y+16, c.width-textWidth("n = 9,999")-20
	}
	middle := top + height/2
	c.symbol(min(a, 1), 5, words, 4)
	c.write(16, words+4, "start", "", fit(d.Arms[a], room))
	c.write(c.width, words+4, "end", "", "n = "+Count(n))
	if n == 0 {
		c.write(c.left+6, middle+4, "start", "", "no answers")
		return
	}
	sum := 0
	for l := range d.Levels {
		k := v.at(a, l)
		share := float64(k) / float64(n)
		from, to := c.left+(c.right-c.left)*float64(sum)/float64(n), c.left+(c.right-c.left)*float64(sum+k)/float64(n)
		sum += k
		if k == 0 {
			continue
		}
		c.mark(fmt.Sprintf("%s, %s, %s: %s (%s of %s)", v.Label, d.Arms[a], d.Levels[l], Percent(share), Count(k), Count(n)), func() {
			d.part(c, a, l, from, top, to-from, height)
			if text := Number(100*share, 0) + "%"; textWidth(text)+4 <= to-from {
				c.write((from+to)/2, middle+4, "middle", "ink", text)
			}
		})
	}
}

func (d StackData) table() *Table {
	t := &Table{Flush: true, Heads: []Head{{Text: "Visit and arm"}, {Text: "n"}}}
	for _, l := range d.Levels {
		t.Heads = append(t.Heads, Head{Text: l})
	}
	for _, v := range d.Visits {
		for a, arm := range d.Arms {
			n := d.total(v, a)
			row := Row{Label: v.Label + ", " + arm, Cells: []Cell{{Value: Count(n)}}, Numbers: []Named{{Name: "visit", Text: v.Label}, {Name: "arm", Text: arm}, {Name: "n", Value: float64(n)}}}
			for l, level := range d.Levels {
				k, share := v.at(a, l), math.NaN()
				if n > 0 {
					share = float64(k) / float64(n)
				}
				row.Cells = append(row.Cells, Cell{Value: Count(k), Paren: Percent(share)})
				row.Numbers = append(row.Numbers, Named{Name: level, Value: float64(k)})
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}
