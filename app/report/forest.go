package report

import (
	"math"
	"slices"
	"strings"
)

// ForestData are contrasts, intervention minus control, one row an outcome and visit.
type ForestData struct {
	Frame
	XLabel       string   // of the native scale; "" says adjusted difference
	Arms         []string // the intervention first, then the control
	Standardised bool     // divide each row by its SD
	Turn         bool     // turn rows so that right always favours the control
	Ratio        bool     // rows are ratios, drawn on a logarithmic axis round 1
	Own          bool     // each outcome over a width of its own, where they differ much
	Rows         []ForestRow
}

// ForestRow is one contrast. A row with Group has a label only.
type ForestRow struct {
	Label, Visit        string
	Group               bool
	Estimate, Low, High float64
	P                   float64 // NaN for none
	// SD is what Standardised divides by: the baseline SD; π/√3 for a log odds
	// ratio, the SD of the standard logistic distribution (Chinn, Stat Med
	// 2000;19:3127).
	SD        float64
	Decimals  int
	Better    int     // +1 higher is better, -1 lower is better, 0 neither
	Important float64 // smallest important difference on the row's own scale; 0 or NaN for none
	Primary   bool
	Live      bool   // its interval still moves: open mark, dotted line
	Reason    string // why there is no estimate
}

// Forest draws all contrasts of a trial on one axis. Where all rows point the
// same way, or are turned so, the head says which side favours which arm; else
// each label carries its direction. Important changes are dotted lines on
// either side of no difference. A row that could not be estimated is kept, with
// its reason. An interval that goes on beyond the axis ends in an arrow.
func Forest(d ForestData) Figure {
	f := &forest{ForestData: d, null: 0}
	if d.Ratio {
		f.null = 1
	}
	for _, r := range d.Rows {
		f.rows = append(f.rows, f.on(r))
	}
	f.facing()
	f.widths()
	return build(d.Frame, f.describe(), f.table(), f.draw)
}

// forest is a ForestData with its rows on the axis.
type forest struct {
	ForestData
	rows   []forestRow
	null   float64
	side   int // +1 right favours the control, -1 the intervention, 0 they differ
	facts  bool
	clips  bool
	scale  scale
	number float64 // where the numbers end
}

// forestRow is a row with its values on the axis.
type forestRow struct {
	ForestRow
	est, low, high, important float64
	decimals                  int
	why                       string
	by                        float64 // the row's own width, over which it is drawn; 0 = 1
}

// ownWidths is how many times the widest row may be the narrowest before each
// outcome is drawn over a width of its own: on one axis an index from 0 to 1
// beside a scale from 0 to 100 is a dot.
const ownWidths = 5

// widths gives the rows of each outcome the same round width that holds them.
func (f *forest) widths() {
	if !f.Own {
		return
	}
	of := map[string]float64{}
	for _, r := range f.rows {
		for _, v := range []float64{r.est, r.low, r.high, r.important} {
			if v = math.Abs(v); !r.Group && isNumber(r.est) && isNumber(v) && !math.IsInf(v, 0) {
				of[r.Label] = math.Max(of[r.Label], v)
			}
		}
	}
	least, most := math.Inf(1), 0.0
	for _, w := range of {
		least, most = math.Min(least, w), math.Max(most, w)
	}
	if f.Own = most > ownWidths*least && least > 0; !f.Own {
		return
	}
	for k := range f.rows {
		if w := of[f.rows[k].Label]; w > 0 {
			ten := math.Pow(10, math.Floor(math.Log10(w)))
			for _, times := range []float64{1, 1.5, 2, 3, 4, 5, 6, 8, 10} {
				if f.rows[k].by = times * ten; f.rows[k].by >= w {
					break
				}
			}
		}
	}
}

// width is a row's own in as few digits as it has.
func (r forestRow) width() string {
	text := short(r.by, max(0, 1-int(math.Floor(math.Log10(r.by)))))
	if strings.Contains(text, ".") && !strings.Contains(text, "×") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// drawn is a row in parts of its own width.
func (r forestRow) drawn() forestRow {
	if r.by > 0 {
		r.est, r.low, r.high, r.important = r.est/r.by, r.low/r.by, r.high/r.by, r.important/r.by
	}
	return r
}

// on puts a row on the axis: divided by its SD and turned, where asked.
func (f *forest) on(r ForestRow) forestRow {
	out := forestRow{ForestRow: r, est: r.Estimate, low: r.Low, high: r.High, important: math.Abs(r.Important), decimals: r.Decimals}
	if r.Important == 0 {
		out.important = math.NaN()
	}
	if f.Standardised && !r.Group {
		out.decimals = 2
		by := r.SD
		if !(by > 0) || math.IsInf(by, 0) {
			by = math.NaN()
			out.why = "no standard deviation to divide by"
		}
		out.est, out.low, out.high, out.important = out.est/by, out.low/by, out.high/by, out.important/by
	}
	if f.Turn && r.Better > 0 {
		if f.Ratio {
			out.est, out.low, out.high = 1/out.est, 1/out.high, 1/out.low
		} else {
			out.est, out.low, out.high = 0-out.est, 0-out.high, 0-out.low
		}
	}
	if !isNumber(r.Estimate) || r.Reason != "" {
		out.why = reason(r.Reason)
		out.est = math.NaN()
	}
	if f.Ratio && !(out.est > 0) {
		out.est = math.NaN()
	}
	if !isNumber(out.est) && out.why == "" {
		out.why = "no estimate"
	}
	return out
}

// facing finds whether one pair of labels holds for every row.
func (f *forest) facing() {
	seen := map[int]bool{}
	for _, r := range f.rows {
		if !r.Group {
			seen[r.Better] = true
		}
	}
	switch {
	case len(seen) == 0 || seen[0]:
	case f.Turn || !seen[1]:
		f.side = 1
	case !seen[-1]:
		f.side = -1
	}
	f.facts = f.side == 0 && (seen[1] || seen[-1])
}

func (f *forest) label(r forestRow) string {
	text := r.Label + when(r.Visit != "", when(r.Label != "", ", ")+r.Visit)
	if f.facts && r.Better > 0 {
		return text + " ↑"
	} else if f.facts && r.Better < 0 {
		return text + " ↓"
	}
	return text
}

func (f *forest) axis() string {
	switch {
	case f.Standardised:
		return "Adjusted difference in standard deviations"
	case f.XLabel != "":
		return f.XLabel
	case f.Ratio:
		return "Ratio, logarithmic axis"
	}
	return "Adjusted difference"
}

// favours says which side favours which arm.
func (f *forest) favours() (left, right string) {
	a, b := armName(f.Arms, 0), armName(f.Arms, 1)
	if f.side < 0 {
		a, b = b, a
	}
	return a, b
}

// span is what the axis holds: every estimate, and the intervals as far as five
// times the median half-width, so that one loose row does not flatten the rest.
func (f *forest) span() (low, high float64) {
	to := func(v float64) float64 {
		if f.Ratio {
			return math.Log(v)
		}
		return v
	}
	var half, values []float64
	for _, r := range f.rows {
		if r = r.drawn(); r.Group {
			continue
		}
		if w := (to(r.high) - to(r.low)) / 2; !r.Group && isNumber(r.est) && isNumber(w) {
			half = append(half, w)
		}
	}
	reach := math.Inf(1)
	if slices.Sort(half); len(half) > 0 {
		reach = 5 * half[len(half)/2]
	}
	values = append(values, to(f.null))
	for _, r := range f.rows {
		if r = r.drawn(); r.Group || !isNumber(r.est) {
			continue
		}
		e := to(r.est)
		values = append(values, e, math.Max(to(r.low), e-reach), math.Min(to(r.high), e+reach))
		if isNumber(r.important) && !f.Ratio && r.important < 3*reach {
			values = append(values, r.important, -r.important)
		}
	}
	low, high = extent(values...)
	null := to(f.null) // some of either side, so that both can be named
	low, high = math.Min(low, null-(high-null)/4), math.Max(high, null+(null-low)/4)
	if f.Ratio {
		return math.Exp(low), math.Exp(high)
	}
	return low, high
}

func (f *forest) draw(c *chart) {
	if len(f.rows) == 0 {
		c.empty("There are no outcomes to draw.")
		return
	}
	f.place(c)
	pitch := f.pitch(c)
	f.head(c)
	c.top = c.y
	c.bottom = c.top + 6
	for _, r := range f.rows {
		c.bottom += pitch[place(r.Group)]
	}
	f.across(c)
	c.rule("zero", "", f.scale.at(f.null), c.top-4, f.scale.at(f.null), c.bottom)
	y := c.top + 3
	for _, r := range f.rows {
		f.row(c, r, y, pitch[0])
		y += pitch[place(r.Group)]
	}
	f.keys(c)
}

// pitch is the height of a row and of a heading: on a narrow figure label and
// numbers stand above the interval.
func (f *forest) pitch(c *chart) [2]float64 {
	if c.Half {
		return [2]float64{40, 24}
	}
	return [2]float64{24, 24}
}

// place divides the width between labels, plot and numbers.
func (f *forest) place(c *chart) {
	c.left, c.right, f.number = 8, c.width-8, c.width
	if !c.Half {
		labels, numbers := 0.0, textWidth("95% CI")
		for _, r := range f.rows {
			if !r.Group {
				labels = math.Max(labels, textWidth(f.label(r)))
				numbers = math.Max(numbers, textWidth(f.numbers(r)))
			}
		}
		c.left = math.Min(labels, math.Max(240, 0.38*c.width)) + 16
		c.right = c.width - math.Min(numbers, 200) - 16 - f.pWidth()
		f.number = c.width - f.pWidth()
	}
	low, high := f.span()
	switch {
	case f.Own:
		c.right -= widthRoom
		f.scale = tightScale(-1, 1, c.left, c.right)
	case f.Ratio:
		f.scale = logScale(low, high, c.left, c.right)
	default:
		f.scale = tightScale(low, high, c.left, c.right)
	}
}

// widthRoom is for a row's own width at its end.
const widthRoom = 46

// across draws the axis; where each outcome has its own, only its middle has a
// number.
func (f *forest) across(c *chart) {
	if !f.Own {
		c.across(f.scale, f.axis(), true)
		return
	}
	whole := f.scale
	f.scale.ticks = nil
	c.across(f.scale, f.axis()+"; each outcome from −w to w, its own w at the end of its line", true)
	f.scale = whole
	for k, x := range []float64{-1, 0, 1} {
		c.rule("tick", "", f.scale.at(x), c.top, f.scale.at(x), c.bottom)
		c.rule("axis", "", f.scale.at(x), c.bottom, f.scale.at(x), c.bottom+5)
		c.write(f.scale.at(x), c.bottom+19, "middle", "", []string{"−w", "0", "w"}[k])
	}
}

func (f *forest) pWidth() float64 {
	for _, r := range f.rows {
		if !r.Group && isNumber(r.P) {
			return 54
		}
	}
	return 0
}

func (f *forest) numbers(r forestRow) string {
	if !isNumber(r.est) {
		return "n/a"
	}
	return withRange(r.est, r.low, r.high, r.decimals)
}

func (f *forest) head(c *chart) {
	c.y += 6
	if f.side != 0 {
		left, right := f.favours()
		x := f.scale.at(f.null)
		leftText, rightText := "← favours "+left, "favours "+right+" →"
		end := c.width
		if !c.Half {
			end = f.number - textWidth("95% CI") - 8
		}
		if !c.Half && textWidth(leftText) <= x-10 && textWidth(rightText) <= end-x-10 {
			c.write(x-10, c.y, "end", "", leftText)
			c.write(x+10, c.y, "start", "", rightText)
		} else { // at the edges, on two lines where the words are many
			c.write(0, c.y, "start", "", fit(leftText, end))
			if textWidth(leftText)+textWidth(rightText)+10 > end {
				c.y += 16
			}
			c.write(end, c.y, "end", "", fit(rightText, end))
		}
	}
	if !c.Half {
		c.write(f.number, c.y, "end", "strong", "95% CI")
		if f.number < c.width {
			c.write(c.width, c.y, "end", "strong", "P")
		}
	}
	c.y += 12
}

func (f *forest) row(c *chart, r forestRow, y, pitch float64) {
	class := "ink"
	if r.Primary || r.Group {
		class = "strong"
	}
	middle, text := y+pitch/2, y+pitch/2+4
	room := c.left - 12
	if c.Half {
		middle, text = y+pitch-11, y+15
		room = c.width - textWidth(f.numbers(r)) - 12
	}
	if r.Group {
		c.clear(0, y+17, class, fit(r.Label, c.width))
		return
	}
	c.clear(0, text, class, fit(f.label(r), room*charWidth/flowChar))
	if c.Half {
		words := f.numbers(r)
		c.leaf("rect", "class", "under", "fill", svgPaper, "x", px(c.width-textWidth(words)), "y", px(text-11), "width", px(textWidth(words)), "height", "15")
	}
	c.write(f.number, text, "end", class, f.numbers(r))
	if f.number < c.width {
		c.write(c.width, text, "end", class, PValue(r.P))
	}
	if r.by > 0 {
		c.write(c.right+widthRoom-4, middle+4, "end", "", "±"+r.width())
	}
	c.mark(f.tip(r), func() { f.interval(c, r.drawn(), middle, pitch) })
}

func (f *forest) interval(c *chart, r forestRow, y, pitch float64) {
	s := f.scale
	if !isNumber(r.est) {
		why := "n/a: " + r.why
		if textWidth(why) > c.right-c.left-2 {
			why = "not estimable" // the tip and the table hold the reason
		}
		c.clear(c.left+2, y+4, "", why)
		return
	}
	reach := pitch / 2 // rows touch; where the words stand above, the line stays clear of them
	if c.Half {
		reach = 9
	}
	for _, v := range f.importantAt(r) {
		if !s.beyond(v) {
			c.rule("bar c3", "2 2", s.at(v), y-reach, s.at(v), y+reach)
		}
	}
	dash := when(r.Live, "2 2")
	if !math.IsNaN(r.low) && !math.IsNaN(r.high) { // an endless one ends in an arrow
		low, high := s.at(r.low), s.at(r.high)
		c.rule("bar a", dash, low, y, high, y)
		c.tipArrow(s, r.low, low, y, 1)
		c.tipArrow(s, r.high, high, y, -1)
	}
	size := 4.0
	if r.Primary {
		size = 5
	}
	if r.Live {
		c.openMark(s.at(r.est), y, size)
		return
	}
	c.symbol(0, s.at(r.est), y, size)
}

// openMark is an estimate whose interval still moves.
func (c *chart) openMark(x, y, r float64) {
	c.leaf("circle", "class", "mark open a", "fill", svgPaper, "stroke", svgArmA, "stroke-width", "2", "cx", px(x), "cy", px(y), "r", px(r))
}

// tipArrow ends an interval that goes on beyond the axis.
func (c *chart) tipArrow(s scale, v, x, y, back float64) {
	if s.beyond(v) {
		c.leaf("path", "class", "bar a", "fill", "none", "stroke", svgArmA, "stroke-width", "1.5", "d", "M"+px(x+6*back)+" "+px(y-4)+"L"+px(x)+" "+px(y)+"L"+px(x+6*back)+" "+px(y+4))
	}
}

// importantAt are the places of the important change, on both sides.
func (f *forest) importantAt(r forestRow) []float64 {
	if !isNumber(r.important) {
		return nil
	}
	if f.Ratio {
		if r.important <= 0 {
			return nil
		}
		return []float64{r.important, 1 / r.important}
	}
	return []float64{-r.important, r.important}
}

func (f *forest) keys(c *chart) {
	var keys []key
	live, important := false, false
	for _, r := range f.rows {
		if r = r.drawn(); r.Group || !isNumber(r.est) {
			continue
		}
		live = live || r.Live
		for _, v := range f.importantAt(r) {
			important = important || !f.scale.beyond(v)
		}
		f.clips = f.clips || f.scale.beyond(r.low) || f.scale.beyond(r.high)
	}
	if important {
		keys = append(keys, key{8, func(x, y float64) { c.rule("bar c3", "2 2", x+4, y-8, x+4, y+8) }, "important change"})
	}
	if live {
		keys = append(keys, key{28, func(x, y float64) {
			c.rule("bar a", "2 2", x, y, x+28, y)
			c.openMark(x+14, y, 4)
		}, "still running"})
	}
	c.legend(keys...)
	if f.clips {
		c.lines("Arrow: the interval goes on beyond the axis.", "")
	}
	if text := f.turned(); text != "" {
		c.lines(text, "")
	}
	if f.facts {
		c.lines("↑ higher is better, ↓ lower is better.", "")
	}
}
