package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// NamedInterval is one way to take an interval from replicates.
type NamedInterval struct {
	Name      string // "Normal", "Percentile", "BCa"
	Low, High float64
}

// HistogramData are the replicates of one contrast.
type HistogramData struct {
	Frame
	XLabel    string // "Adjusted difference at 12 months, ODI points"
	Decimals  int
	Values    []float64
	Estimate  float64
	Null      float64 // marked when it lies on the axis; NaN for none
	Intervals []NamedInterval
}

// Histogram draws the bootstrap distribution with the estimate as a solid rule
// and each interval as a bracket under the axis, its ends dashed into the bars.
// Bars are by Freedman and Diaconis, between 8 and 60. Replicates far out (six
// quartile ranges beyond a quartile) are counted, not drawn.
func Histogram(d HistogramData) Figure {
	h := &histogram{HistogramData: d}
	h.sort()
	return build(d.Frame, h.describe(), h.table(), h.draw)
}

type histogram struct {
	HistogramData
	sorted  []float64
	far     int // beyond the axis
	missing int // not numbers
	from    float64
	width   float64
	counts  []int
}

func (h *histogram) sort() {
	for _, v := range h.Values {
		if isNumber(v) && math.Abs(v) < 1e300 {
			h.sorted = append(h.sorted, v)
		} else {
			h.missing++
		}
	}
	slices.Sort(h.sorted)
	n := len(h.sorted)
	if n == 0 {
		return
	}
	first, third := h.sorted[n/4], h.sorted[(3*n)/4]
	low, high := h.sorted[0], h.sorted[n-1]
	if iqr := third - first; iqr > 0 {
		from, _ := slices.BinarySearch(h.sorted, first-6*iqr)
		to, _ := slices.BinarySearch(h.sorted, third+6*iqr)
		low, high = h.sorted[from], h.sorted[max(from, to-1)]
		h.width = 2 * iqr / math.Cbrt(float64(n))
	}
	if !(high > low) {
		pad := math.Max(math.Abs(low)*0.1, 0.5)
		low, high = low-pad, high+pad
	}
	bars := 8.0
	if h.width > 0 {
		bars = math.Min(60, math.Max(8, math.Ceil((high-low)/h.width)))
	}
	h.from, h.width = low, (high-low)/bars
	h.counts = make([]int, int(bars))
	for _, v := range h.sorted {
		if v < low || v > high {
			h.far++
			continue
		}
		h.counts[min(len(h.counts)-1, int((v-low)/h.width))]++
	}
}

func (h *histogram) describe() string {
	if len(h.sorted) == 0 {
		return "There are no replicates."
	}
	parts := []string{fmt.Sprintf("%s replicates round the estimate %s.", Count(len(h.sorted)), short(h.Estimate, h.Decimals))}
	for _, i := range h.Intervals {
		parts = append(parts, i.Name+" interval "+shortRange(i.Low, i.High, h.Decimals)+".")
	}
	return strings.Join(append(parts, h.left()...), " ")
}

// left are the replicates that are not drawn.
func (h *histogram) left() (out []string) {
	if h.far > 0 {
		out = append(out, Count(h.far)+" far out, not drawn.")
	}
	if h.missing > 0 {
		out = append(out, Count(h.missing)+" without a value.")
	}
	return out
}

func (h *histogram) draw(c *chart) {
	if len(h.sorted) == 0 {
		c.empty("There are no replicates to draw yet.")
		return
	}
	c.top, c.bottom = c.y+20, c.y+20+200
	y := newScale(0, math.Max(4, float64(slices.Max(h.counts))), c.bottom, c.top)
	c.left, c.right = y.gutter(), c.width-8
	end := h.from + h.width*float64(len(h.counts))
	values := []float64{h.from, end}
	near := func(v float64) bool { return v > h.from-(end-h.from) && v < end+(end-h.from) }
	for _, v := range append(h.ends(), h.Estimate) {
		if near(v) {
			values = append(values, v)
		}
	}
	low, high := extent(values...)
	x := tightScale(low, high, c.left, c.right)
	c.write(0, c.y+4, "start", "", "Replicates")
	c.up(y)
	for i, n := range h.counts {
		h.bar(c, x, y, i, n)
	}
	c.across(x, h.XLabel, false)
	if isNumber(h.Null) && !x.beyond(h.Null) {
		c.rule("zero", "2 3", x.at(h.Null), c.top, x.at(h.Null), c.bottom)
	}
	for i, v := range h.Intervals {
		h.bracket(c, x, i, v)
	}
	if isNumber(h.Estimate) && !x.beyond(h.Estimate) {
		c.quiet("Estimate "+short(h.Estimate, h.Decimals), func() { c.rule("axis", "", x.at(h.Estimate), c.top-6, x.at(h.Estimate), c.bottom) })
	}
	keys := []key{c.ruleKey("axis", "", "estimate "+short(h.Estimate, h.Decimals))}
	if isNumber(h.Null) && !x.beyond(h.Null) {
		keys = append(keys, c.ruleKey("zero", "2 3", "no difference"))
	}
	c.y += 4
	c.legend(keys...)
	if text := strings.Join(h.left(), " "); text != "" {
		c.lines(text, "")
	}
}

func (h *histogram) ends() (out []float64) {
	for _, i := range h.Intervals {
		out = append(out, i.Low, i.High)
	}
	return out
}

func (h *histogram) bar(c *chart, x, y scale, i, n int) {
	if n == 0 {
		return
	}
	from, to := h.from+h.width*float64(i), h.from+h.width*float64(i+1)
	c.quiet(shortRange(from, to, h.Decimals+1)+": "+Count(n)+" replicates", func() {
		c.leaf("rect", "class", "hist", "fill", svgInk2, "fill-opacity", "0.3", "x", px(x.at(from)), "y", px(y.at(float64(n))), "width", px(math.Max(0.5, x.at(to)-x.at(from)-1)), "height", px(c.bottom-y.at(float64(n))))
	})
}

// bracket draws an interval under the axis in its own dash, and its ends up
// through the bars.
func (h *histogram) bracket(c *chart, x scale, i int, v NamedInterval) {
	look := curveLooks[i%len(curveLooks)]
	class := "bar " + look.class
	text := v.Name + " " + shortRange(v.Low, v.High, h.Decimals)
	at := c.y + 10
	c.y += 32
	c.mark(text, func() {
		if !isNumber(v.Low) || !isNumber(v.High) {
			c.write(c.left, at+4, "start", "", fit(v.Name+": not available", c.right-c.left))
			return
		}
		low, high := x.at(v.Low), x.at(v.High)
		c.rule(class, look.dash, low, at, high, at)
		for _, e := range []float64{low, high} {
			c.rule(class, "", e, at-5, e, at+5)
			c.rule(class, when(look.dash == "", "1 3")+look.dash, e, c.top, e, c.bottom)
		}
		c.centred((low+high)/2, at-6, "ink", text)
	})
}

func (h *histogram) table() *Table {
	t := &Table{Flush: true, Heads: []Head{{Text: "Interval"}, {Text: "95% CI"}}}
	row := func(name string, value, low, high float64, text string) {
		t.Rows = append(t.Rows, Row{Label: name, Cells: []Cell{{Value: text}}, Numbers: []Named{{Name: "interval", Text: name}, {Name: "value", Value: value}, {Name: "low", Value: low}, {Name: "high", Value: high}}})
	}
	nan := math.NaN()
	row("Estimate", h.Estimate, nan, nan, short(h.Estimate, h.Decimals))
	for _, i := range h.Intervals {
		row(i.Name, nan, i.Low, i.High, shortRange(i.Low, i.High, h.Decimals))
	}
	row("Replicates", float64(len(h.sorted)), nan, nan, Count(len(h.sorted)))
	for i, n := range h.counts {
		from, to := h.from+h.width*float64(i), h.from+h.width*float64(i+1)
		row("Replicates from "+shortRange(from, to, h.Decimals+1), float64(n), from, to, Count(n))
	}
	return t
}

// ConvergenceData are the bootstrap standard error and its Monte Carlo
// standard error after so many replicates.
type ConvergenceData struct {
	Frame
	YLabel   string // "Standard error of the 12-month difference"
	Decimals int
	At       []int
	SE, MCSE []float64 // MCSE may be nil: no band
	Model    float64   // the model-based standard error; NaN for none
}

// Convergence draws the standard error as replicates arrive, its Monte Carlo
// error (± 1.96 MCSE) as a band and the model-based standard error as a dashed
// line.
func Convergence(d ConvergenceData) Figure {
	return build(d.Frame, d.describe(), d.table(), d.draw)
}

// band is the Monte Carlo interval at one place.
func (d ConvergenceData) band(i int) (low, high float64) {
	if i >= len(d.MCSE) {
		return math.NaN(), math.NaN()
	}
	return math.Max(0, d.SE[i]-1.96*d.MCSE[i]), d.SE[i] + 1.96*d.MCSE[i]
}

func (d ConvergenceData) last() int {
	for i := min(len(d.At), len(d.SE)) - 1; i >= 0; i-- {
		if isNumber(d.SE[i]) {
			return i
		}
	}
	return -1
}

func (d ConvergenceData) describe() string {
	i := d.last()
	if i < 0 {
		return "There is no standard error yet."
	}
	low, high := d.band(i)
	return fmt.Sprintf("After %s replicates the bootstrap standard error is %s", Count(d.At[i]), short(d.SE[i], d.Decimals)) +
		when(isNumber(low), " (Monte Carlo 95% interval "+shortRange(low, high, d.Decimals)+")") + when(isNumber(d.Model), "; model-based "+short(d.Model, d.Decimals)) + "."
}

func (d ConvergenceData) draw(c *chart) {
	if d.last() < 0 {
		c.empty("There is no standard error to draw yet.")
		return
	}
	n := min(len(d.At), len(d.SE))
	values, at := []float64{d.Model}, []float64{}
	lows, highs := make([]float64, n), make([]float64, n)
	for i := range n {
		lows[i], highs[i] = d.band(i)
		at = append(at, float64(d.At[i]))
		values = append(values, d.SE[i])
		if i >= n/20 { // the first bands are wide and would flatten the rest
			values = append(values, lows[i], highs[i])
		}
	}
	low, high := extent(values...)
	c.top, c.bottom = c.y+20, c.y+20+200
	s := newScale(low, high, c.bottom, c.top)
	c.left, c.right = s.gutter(), c.width-12
	x := newScale(0, math.Max(1, at[d.last()]), c.left, c.right)
	c.write(0, c.y+4, "start", "", fit(d.YLabel, c.width))
	c.up(s)
	places := x.places(at)
	c.band(places, s.places(lows), s.places(highs))
	c.curve(0, places, s.places(d.SE[:n]))
	if n == 1 {
		c.symbol(0, places[0], s.at(d.SE[0]), 3)
	}
	c.across(x, "Replicates", false)
	if isNumber(d.Model) {
		c.rule("zero", "2 3", c.left, s.at(d.Model), c.right, s.at(d.Model))
	}
	i := d.last()
	c.mark(d.tip(i), func() { c.symbol(0, places[i], s.at(d.SE[i]), 4) })
	keys := []key{c.curveKey(0, "bootstrap "+short(d.SE[i], d.Decimals))}
	if len(d.MCSE) > 0 {
		keys = append(keys, c.bandKey("Monte Carlo error, 95%"))
	}
	if isNumber(d.Model) {
		keys = append(keys, c.ruleKey("zero", "2 3", "model-based "+short(d.Model, d.Decimals)))
	}
	c.legend(keys...)
}

func (d ConvergenceData) tip(i int) string {
	low, high := d.band(i)
	return Count(d.At[i]) + " replicates: " + withRange(d.SE[i], low, high, d.Decimals)
}

// table has at most 40 of the places, the last among them.
func (d ConvergenceData) table() *Table {
	t := &Table{Flush: true, Heads: []Head{{Text: "Replicates"}, {Text: "Bootstrap SE (Monte Carlo 95%)"}}}
	n := min(len(d.At), len(d.SE))
	every := (n + 39) / 40
	for i := range n {
		if (n-1-i)%every != 0 {
			continue
		}
		low, high := d.band(i)
		t.Rows = append(t.Rows, Row{Label: Count(d.At[i]), Cells: []Cell{{Value: withRange(d.SE[i], low, high, d.Decimals)}},
			Numbers: []Named{{Name: "replicates", Value: float64(d.At[i])}, {Name: "se", Value: d.SE[i]}, {Name: "low", Value: low}, {Name: "high", Value: high}}})
	}
	return t
}
