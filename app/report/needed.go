package report

import (
	"fmt"
	"math"
	"slices"
)

// NeededData is the power for an observed estimate against the number of units.
type NeededData struct {
	Frame
	Effect string  // what the power is for: "a difference of 4.3 ODI points"
	Target float64 // power aimed at, a share; 0 means 0.8
	Now    int     // units of this trial; 0 leaves its mark out
	Needed int     // units that reach the target; 0 when none in the range do
	Curves []NeededCurve
}

// NeededCurve is one way to count; the first is the main one.
type NeededCurve struct {
	Name  string // "as observed"
	Units []int  // rising
	Power []float64
}

// Needed draws "what number of units would have been needed": power for the
// observed estimate against units, with the target as a dashed line and the
// trial's own number and the needed one marked.
func Needed(d NeededData) Figure {
	if d.Target == 0 {
		d.Target = 0.8
	}
	return build(d.Frame, d.describe(), d.table(), d.draw)
}

func (d NeededData) aim() string { return Plain(100*d.Target) + "%" }

// power is that of the main curve at a number of units, NaN off the curve.
func (d NeededData) power(units int) float64 {
	if len(d.Curves) == 0 {
		return math.NaN()
	}
	for i, n := range d.Curves[0].Units {
		if n == units && i < len(d.Curves[0].Power) {
			return d.Curves[0].Power[i]
		}
	}
	return math.NaN()
}

func (d NeededData) describe() string {
	if len(d.values()) == 0 {
		return "The power is not known for any number of units."
	}
	text := "Power" + when(d.Effect != "", " for "+d.Effect) + " against the number of units."
	if p := d.power(d.Now); d.Now > 0 && isNumber(p) {
		text += fmt.Sprintf(" With the %s units of this trial: %s.", Count(d.Now), Percent(p))
	}
	if d.Needed > 0 {
		return text + fmt.Sprintf(" A power of %s would have needed %s units.", d.aim(), Count(d.Needed))
	}
	return text + fmt.Sprintf(" No number of units in this range reaches a power of %s.", d.aim())
}

// values are the units at which any power is known.
func (d NeededData) values() (out []float64) {
	for _, c := range d.Curves {
		for i := range min(len(c.Units), len(c.Power)) {
			if isNumber(c.Power[i]) {
				out = append(out, float64(c.Units[i]))
			}
		}
	}
	return out
}

func (d NeededData) draw(c *chart) {
	values := d.values()
	if len(values) == 0 {
		c.empty("The power is not known for any number of units.")
		return
	}
	c.top, c.bottom = c.y+20, c.y+20+210
	y := newScale(0, 100, c.bottom, c.top)
	y.format = func(v float64) string { return Number(v, 0) + "%" }
	c.left, c.right = y.gutter(), c.width-14
	low, high := extent(values...)
	x := tightScale(low, high, c.left, c.right)
	c.write(0, c.y+4, "start", "", fit("Power"+when(d.Effect != "", " for "+d.Effect), c.width))
	c.up(y)
	c.across(x, "Units, both arms together", false)
	c.rule("zero", "2 3", c.left, y.at(100*d.Target), c.right, y.at(100*d.Target))
	var keys []key
	for k := len(d.Curves) - 1; k >= 0; k-- { // the main one on top
		d.curve(c, x, y, k)
	}
	for k, curve := range d.Curves {
		if len(d.Curves) > 1 || curve.Name != "" {
			keys = append(keys, c.curveKey(k, curve.Name))
		}
	}
	keys = append(keys, c.ruleKey("zero", "2 3", "target "+d.aim()))
	d.at(c, x, y, d.Now, 0, "this trial", &keys)
	d.at(c, x, y, d.Needed, 1, "needed", &keys)
	c.legend(keys...)
	if d.Needed == 0 {
		c.lines(fmt.Sprintf("No number of units in this range reaches a power of %s.", d.aim()), "")
	}
}

func (d NeededData) curve(c *chart, x, y scale, k int) {
	curve := d.Curves[k]
	var at, power []float64
	for i := range min(len(curve.Units), len(curve.Power)) {
		at, power = append(at, x.at(float64(curve.Units[i]))), append(power, y.places([]float64{100 * curve.Power[i]})[0])
	}
	c.curve(k, at, power)
}

// at marks a number of units on the main curve.
func (d NeededData) at(c *chart, x, y scale, units, look int, name string, keys *[]key) {
	p := d.power(units)
	if units == 0 || !isNumber(p) || x.beyond(float64(units)) {
		return
	}
	text := fmt.Sprintf("%s: %s units, power %s", name, Count(units), Percent(p))
	c.mark(text, func() {
		at := x.at(float64(units))
		c.rule("axis", "2 3", at, y.at(100*p), at, c.bottom)
		c.symbol(look, at, y.at(100*p), 5)
	})
	*keys = append(*keys, c.armKey(look, text))
}

func (d NeededData) table() *Table {
	t := &Table{Flush: true, Heads: []Head{{Text: "Units"}}}
	at := map[int][]float64{}
	var units []int
	for k, c := range d.Curves {
		t.Heads = append(t.Heads, Head{Text: "Power" + when(c.Name != "", ", "+c.Name)})
		for i := range min(len(c.Units), len(c.Power)) {
			n := c.Units[i]
			if at[n] == nil {
				at[n] = make([]float64, len(d.Curves))
				for j := range at[n] {
					at[n][j] = math.NaN()
				}
				units = append(units, n)
			}
			at[n][k] = c.Power[i]
		}
	}
	slices.Sort(units)
	for _, n := range units {
		row := Row{Label: Count(n), Numbers: []Named{{Name: "units", Value: float64(n)}}}
		for k, c := range d.Curves {
			row.Cells = append(row.Cells, Cell{Value: Percent(at[n][k])})
			row.Numbers = append(row.Numbers, Named{Name: "power" + when(c.Name != "", ", "+c.Name), Value: at[n][k]})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
