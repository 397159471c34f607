package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// TrajectoryData is one outcome over the visits, by arm.
type TrajectoryData struct {
	ID       string   // begins the ids inside the figure; must be its own on the page
	Title    string   // "ODI (0–100)"
	YLabel   string   // what the vertical axis measures; shown when it differs from the title
	Better   string   // "lower is better", or ""
	Decimals int      // of the means in the description
	Arms     []string // the intervention first, then the control
	Visits   []TrajectoryVisit
	Points   [][]Point // by arm, by visit
	Half     bool      // 340 px wide, for narrow screens and side by side
	Keys     bool      // marks take the keyboard's focus and say their values below; off in a saved file
	// Layers behind the means, both optional.
	Patients []TrajectoryLine // thin; sampled above 400, which the figure says
	Units    []TrajectoryLine // means of the units
}

// TrajectoryVisit is one place on the time axis.
type TrajectoryVisit struct {
	Label  string
	Months float64 // since baseline
}

// Point is the mean of one arm at one visit with its interval. A point without
// patients, or whose mean is NaN, is left out of the line.
type Point struct {
	N               int
	Mean, Low, High float64
}

func (p Point) drawn() bool { return p.N > 0 && !math.IsNaN(p.Mean) && !math.IsInf(p.Mean, 0) }

// Rough width of a character at 12 px: no figure can measure text.
const charWidth = 6.8

// trajectory is a TrajectoryData with its places on the paper.
type trajectory struct {
	TrajectoryData
	width, height, body      float64 // body is the height without the line that says a mark
	left, right, top, bottom float64 // the plotting area
	x                        []float64
	scaled                   bool // visits stand where their months are
	ticks                    []float64
	decimals                 int
}

// Trajectory draws means with 95 % intervals by arm over the visits: the
// intervention solid with filled circles, the control dashed with open
// squares, each named at its last point, the number of patients under the
// axis. Visits stand at their months; where these are unknown, repeated or too
// close to label, they stand at equal distances and the axis says so.
func Trajectory(d TrajectoryData) string {
	t := layout(d)
	class := "plot"
	if d.Half {
		class = "plot half"
	}
	s := newSVG(d.ID, class, t.width, t.height, t.heading(), t.describe())
	t.drawHead(s)
	t.drawAxes(s)
	t.drawLayers(s)
	for a := range t.Points {
		t.drawArm(s, a)
	}
	t.drawNames(s)
	t.drawCounts(s)
	for i, line := range t.layerNotes() {
		s.label(4, t.body-18*float64(len(t.layerNotes())-i)+8, "start", "", "", line)
	}
	if t.Keys {
		return strings.Replace(s.String(), `role="img"`, `role="group"`, 1) // an img has no parts that could be reached
	}
	return s.String()
}

// measured leaves out the visits at which the outcome was not asked of anyone:
// the line goes on to the next one that has values.
func (d TrajectoryData) measured() TrajectoryData {
	out := d
	out.Visits, out.Points = nil, make([][]Point, len(d.Points))
	var kept []int
	for i, v := range d.Visits {
		asked := false
		for _, arm := range d.Points {
			asked = asked || arm[i].drawn()
		}
		if !asked {
			continue
		}
		out.Visits = append(out.Visits, v)
		kept = append(kept, i)
		for a, arm := range d.Points {
			out.Points[a] = append(out.Points[a], arm[i])
		}
	}
	out.Patients, out.Units = only(d.Patients, kept), only(d.Units, kept)
	return out
}

func layout(d TrajectoryData) *trajectory {
	t := &trajectory{TrajectoryData: d.measured(), width: 760}
	if d.Half {
		t.width = halfWidth
	}
	names := 0.0
	for _, arm := range d.Arms {
		names = math.Max(names, textWidth(clip(arm, t.longest())))
	}
	t.left, t.right = 50, t.width-names-12
	t.top, t.bottom = 50, 270
	if d.Half {
		t.bottom = 220
	}
	t.body = t.bottom + 44 + 18*float64(len(d.Arms)) + 8 + 18*float64(len(t.layerNotes()))
	t.height = t.body
	if t.Keys {
		t.height += 20 + 16*float64(t.say().lines-1)
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, arm := range d.Points {
		for _, p := range arm {
			if p.drawn() {
				low, high = math.Min(low, math.Min(p.Mean, p.Low)), math.Max(high, math.Max(p.Mean, p.High))
			}
		}
	}
	for _, l := range slices.Concat(t.sampled(), t.Units) {
		least, most := extent(l.Values...)
		low, high = math.Min(low, least), math.Max(high, most)
	}
	t.ticks, t.decimals = niceTicks(low, high)
	t.placeVisits()
	return t
}

// longest is how many characters of an arm's name there is room for.
func (t *trajectory) longest() int {
	if t.Half {
		return 14
	}
	return 22
}

func textWidth(s string) float64 { return charWidth * float64(utf8.RuneCountInString(s)) }

// clip shortens a name to n characters.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return strings.TrimRight(string(r[:n-1]), " ") + "…"
}

// placeVisits puts the visits on the time axis.
func (t *trajectory) placeVisits() {
	const pad, closest = 22, 30
	n := len(t.Visits)
	from, to := t.left+pad, t.right-pad
	t.scaled = n > 1
	for i, v := range t.Visits {
		if math.IsNaN(v.Months) || math.IsInf(v.Months, 0) || (i > 0 && v.Months <= t.Visits[i-1].Months) {
			t.scaled = false
		}
	}
	if t.scaled {
		first, span := t.Visits[0].Months, t.Visits[n-1].Months-t.Visits[0].Months
		for i, v := range t.Visits {
			t.x = append(t.x, from+(to-from)*(v.Months-first)/span)
			t.scaled = t.scaled && (i == 0 || t.x[i]-t.x[i-1] >= closest)
		}
	}
	if !t.scaled {
		t.x = t.x[:0]
		for i := range t.Visits {
			t.x = append(t.x, from+(to-from)*(float64(i)+0.5)/float64(n))
		}
	}
}

// y is the height of a value.
func (t *trajectory) y(v float64) float64 {
	return scale{low: t.ticks[0], high: t.ticks[len(t.ticks)-1], from: t.bottom, to: t.top}.at(v)
}

// dodge sets the arms a little apart, so that intervals do not cover each other.
func (t *trajectory) dodge(arm int) float64 {
	return 6*float64(arm) - 3*float64(len(t.Points)-1)
}

func (t *trajectory) heading() string {
	return t.Title + ": means by arm and visit"
}

// describe says the figure in a sentence for each arm.
func (t *trajectory) describe() string {
	parts := []string{"Means with 95% confidence intervals."}
	for a, arm := range t.Arms {
		var at []string
		for i, p := range t.Points[a] {
			if !p.drawn() {
				at = append(at, t.Visits[i].Label+" no values")
				continue
			}
			at = append(at, fmt.Sprintf("%s %s (%s, n %d)", t.Visits[i].Label, Number(p.Mean, t.Decimals), Range(p.Low, p.High, t.Decimals), p.N))
		}
		if at == nil {
			at = append(at, "no values")
		}
		parts = append(parts, arm+": "+strings.Join(at, "; ")+".")
	}
	return strings.Join(parts, " ")
}

func (t *trajectory) drawHead(s *svg) {
	s.label(4, 18, "start", "strong", svgInk, clip(t.Title, int(t.width/charWidth)))
	var under []string
	if t.YLabel != "" && t.YLabel != t.Title {
		under = append(under, t.YLabel)
	}
	if t.Better != "" {
		under = append(under, t.Better)
	}
	if under != nil {
		s.label(4, 34, "start", "", "", clip(strings.Join(under, "; "), int(t.width/charWidth)))
	}
}

func (t *trajectory) drawAxes(s *svg) {
	if len(t.Visits) == 0 {
		s.label((t.left+t.right)/2, (t.top+t.bottom)/2+4, "middle", "", "", "No values to draw")
		return
	}
	for _, v := range t.ticks {
		y := t.y(v)
		s.line(t.left, y, t.right, y, "tick", svgLine, "1")
		s.label(t.left-7, y+4, "end", "", "", Number(v, t.decimals))
	}
	for i, v := range t.Visits {
		s.line(t.x[i], t.bottom, t.x[i], t.bottom+5, "axis", svgInk2, "1")
		text := v.Label
		if t.scaled {
			text = Number(v.Months, monthDecimals(v.Months))
		} else {
			text = clip(text, max(4, int((t.right-t.left)/float64(len(t.Visits))/charWidth)-1))
		}
		s.label(t.x[i], t.bottom+19, "middle", "", "", text)
	}
	title := "Months since baseline"
	if !t.scaled {
		title = "Visit (distances not to scale)"
	}
	if len(t.Visits) > 1 {
		s.label((t.left+t.right)/2, t.bottom+37, "middle", "", "", title)
	}
}

func monthDecimals(m float64) int {
	if m == math.Trunc(m) {
		return 0
	}
	return 1
}

// armLook is how an arm is told from the other: colour, dash and mark.
func armLook(arm int) (class, stroke, fill, dash string) {
	if arm == 0 {
		return "a", svgArmA, svgArmA, ""
	}
	return "b", svgArmB, svgPaper, "6 3"
}

// drawArm draws the line first, then intervals, then marks, so that marks are on top.
func (t *trajectory) drawArm(s *svg, a int) {
	class, stroke, fill, dash := armLook(a)
	var path strings.Builder
	pen := "M"
	for i, p := range t.Points[a] {
		if !p.drawn() {
			pen = "M"
			continue
		}
		path.WriteString(pen + px(t.x[i]+t.dodge(a)) + " " + px(t.y(p.Mean)))
		pen = "L"
	}
	if path.Len() > 0 {
		s.leaf("path", "class", "line "+class, "fill", "none", "stroke", stroke, "stroke-width", "2", "stroke-linejoin", "round", "stroke-dasharray", dash, "d", path.String())
	}
	for i, p := range t.Points[a] {
		if x := t.x[i] + t.dodge(a); p.drawn() && p.High > p.Low {
			s.line(x, t.y(p.Low), x, t.y(p.High), "bar "+class, stroke, "1.5")
		}
	}
	for i, p := range t.Points[a] {
		x, y := t.x[i]+t.dodge(a), t.y(p.Mean)
		switch {
		case !p.drawn():
		case a == 0:
			s.spot(t.pointTip(a, i), t.Keys, t.say(), func() {
				s.leaf("circle", "class", "mark a", "fill", fill, "stroke", stroke, "cx", px(x), "cy", px(y), "r", "4")
			})
		default:
			s.spot(t.pointTip(a, i), t.Keys, t.say(), func() {
				s.leaf("rect", "class", "mark b", "fill", fill, "stroke", stroke, "stroke-width", "2", "x", px(x-4), "y", px(y-4), "width", "8", "height", "8")
			})
		}
	}
}

// say is where the focused mark's values stand.
func (t *trajectory) say() sayPlace {
	if t.Half {
		return sayPlace{t.body + 6, t.width, 2}
	}
	return sayPlace{t.body + 6, t.width, 1}
}

func (t *trajectory) pointTip(a, i int) string {
	return t.Arms[a] + ", " + t.Visits[i].Label + ": " + t.Points[a][i].text(t.Decimals)
}

// textLook is the class and colour of an arm's name.
func textLook(arm int) (class, fill string) {
	if arm == 0 {
		return "la", svgArmA
	}
	return "lb", svgTextB
}

// drawNames writes each arm's name beside its last point, apart from the other's.
func (t *trajectory) drawNames(s *svg) {
	const apart = 16
	at := make([]float64, len(t.Arms))
	for a := range t.Arms {
		at[a] = math.NaN()
		for _, p := range t.Points[a] {
			if p.drawn() {
				at[a] = t.y(p.Mean) + 4
			}
		}
	}
	if len(at) == 2 && math.Abs(at[0]-at[1]) < apart {
		middle, sign := (at[0]+at[1])/2, 1.0
		if at[0] > at[1] {
			sign = -1
		}
		at[0], at[1] = middle-sign*apart/2, middle+sign*apart/2
	}
	for a, arm := range t.Arms {
		if !math.IsNaN(at[a]) {
			class, fill := textLook(a)
			s.label(t.right+6, at[a], "start", class, fill, clip(arm, t.longest()))
		}
	}
}

// drawCounts writes the number of patients behind each point, a line an arm.
func (t *trajectory) drawCounts(s *svg) {
	if len(t.Visits) == 0 {
		return
	}
	for a, arm := range t.Arms {
		y := t.bottom + 60 + 18*float64(a)
		class, fill := textLook(a)
		s.label(t.right+6, y, "start", class, fill, clip(arm, t.longest()))
		for i, p := range t.Points[a] {
			s.label(t.x[i], y, "middle", "", "", Count(p.N))
		}
	}
	s.label(t.right+6, t.bottom+42, "start", "", "", "Patients")
}
