package report

import (
	"math"
	"strings"
)

// TrajectoryLine is one patient's values, or one unit's means, by visit; NaN
// where there is none.
type TrajectoryLine struct {
	Name   string // of a unit, for its tooltip; patients need none
	Arm    int
	Values []float64
}

const mostPatients = 400 // lines drawn at most

// TrajectoryFigure is Trajectory with its table.
func TrajectoryFigure(d TrajectoryData) Figure {
	t := layout(d)
	return Figure{SVG: Trajectory(d), Title: t.heading(), Description: t.describe(), Table: d.table()}
}

func (d TrajectoryData) table() *Table {
	t := &Table{Title: d.Title, Flush: true, Heads: []Head{{Text: "Visit"}}}
	for _, arm := range d.Arms {
		t.Heads = append(t.Heads, Head{Text: arm + ", mean (95% CI), n"})
	}
	for i, v := range d.Visits {
		row := Row{Label: v.Label, Numbers: []Named{{Name: "visit", Text: v.Label}, {Name: "months", Value: v.Months}}}
		for a, arm := range d.Arms {
			p := d.Points[a][i]
			row.Cells = append(row.Cells, Cell{Value: p.text(d.Decimals)})
			row.Numbers = append(row.Numbers, Named{Name: arm + " n", Value: float64(p.N)}, Named{Name: arm + " mean", Value: p.Mean}, Named{Name: arm + " low", Value: p.Low}, Named{Name: arm + " high", Value: p.High})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// text is a point in words.
func (p Point) text(decimals int) string {
	if !p.drawn() {
		return "no values"
	}
	return withRange(p.Mean, p.Low, p.High, decimals) + ", n " + Count(p.N)
}

// sampled are the patients that are drawn: all, or of more than mostPatients
// every so manieth in their order, which keeps the arms' shares.
func (d TrajectoryData) sampled() []TrajectoryLine {
	n := len(d.Patients)
	if n <= mostPatients {
		return d.Patients
	}
	out := make([]TrajectoryLine, mostPatients)
	for i := range out {
		out[i] = d.Patients[i*n/mostPatients]
	}
	return out
}

// at is a line's value at a visit.
func (l TrajectoryLine) at(visit int) float64 {
	if visit < len(l.Values) && isNumber(l.Values[visit]) {
		return l.Values[visit]
	}
	return math.NaN()
}

// only keeps the values of some visits.
func only(lines []TrajectoryLine, visits []int) []TrajectoryLine {
	out := make([]TrajectoryLine, len(lines))
	for i, l := range lines {
		out[i] = TrajectoryLine{Name: l.Name, Arm: min(max(l.Arm, 0), 1)}
		for _, v := range visits {
			out[i].Values = append(out[i].Values, l.at(v))
		}
	}
	return out
}

// layerNotes say what the thin lines are.
func (t *trajectory) layerNotes() (out []string) {
	if n := len(t.Patients); n > mostPatients {
		out = append(out, "Thin lines: "+Count(mostPatients)+" of "+Count(n)+" patients, taken evenly")
	} else if n > 0 {
		out = append(out, "Thin lines: "+Count(n)+" patients")
	}
	if n := len(t.Units); n > 0 {
		out = append(out, when(len(t.Patients) > 0, "medium lines: ")+when(len(t.Patients) == 0, "Thin lines: ")+"means of "+Count(n)+" units")
	}
	if len(out) == 0 {
		return nil
	}
	return wrap(strings.Join(out, "; ")+".", (t.width-8)*flowChar/charWidth)
}

// drawLayers draws the lines behind the arms' means.
func (t *trajectory) drawLayers(s *svg) {
	for a := range t.Points {
		t.drawLines(s, a, t.sampled(), "thin", "1", "0.25", false)
	}
	for a := range t.Points {
		t.drawLines(s, a, t.Units, "unit", "1.25", "0.6", true)
	}
}

func (t *trajectory) drawLines(s *svg, a int, lines []TrajectoryLine, layer, width, opacity string, named bool) {
	class, stroke, _, dash := armLook(a)
	drawn := 0
	for _, l := range lines {
		d := ""
		if l.Arm == a {
			d = t.path(l, a)
		}
		if d == "" {
			continue
		}
		if drawn == 0 {
			s.open("g", "class", layer+" "+class, "fill", "none", "stroke", stroke, "stroke-width", width, "stroke-opacity", opacity, "stroke-linecap", "round", "stroke-linejoin", "round", "stroke-dasharray", dash)
		}
		drawn++
		if !named || l.Name == "" {
			s.leaf("path", "d", d)
			continue
		}
		s.open("path", "d", d)
		s.text("title", t.lineTip(l))
		s.close("path")
	}
	if drawn > 0 {
		s.close("g")
	}
}

// path goes through a line's values; a value without neighbours is a point.
func (t *trajectory) path(l TrajectoryLine, a int) string {
	var d strings.Builder
	for i := range t.Visits {
		v := l.at(i)
		if math.IsNaN(v) {
			continue
		}
		pen := "L"
		if i == 0 || math.IsNaN(l.at(i-1)) {
			pen = "M"
		}
		d.WriteString(pen + px(t.x[i]+t.dodge(a)) + " " + px(t.y(v)))
		if pen == "M" && (i+1 == len(t.Visits) || math.IsNaN(l.at(i+1))) {
			d.WriteString("h0")
		}
	}
	return d.String()
}

func (t *trajectory) lineTip(l TrajectoryLine) string {
	var parts []string
	for i, v := range t.Visits {
		if !math.IsNaN(l.at(i)) {
			parts = append(parts, v.Label+" "+short(l.at(i), t.Decimals))
		}
	}
	return l.Name + ", " + armName(t.Arms, l.Arm) + ": " + strings.Join(parts, "; ")
}
