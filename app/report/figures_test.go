package report

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	twoArms = []string{"Intervention", "Control"}
	nan     = math.NaN()
)

// pseudo is a fixed sequence in (0, 1), the same on every machine.
func pseudo(n int) []float64 {
	out, x := make([]float64, n), uint32(12345)
	for i := range out {
		x = x*1664525 + 1013904223
		out[i] = (float64(x>>8) + 0.5) / (1 << 24)
	}
	return out
}

// bell is near normal: the sum of twelve uniforms less six.
func bell(n int) []float64 {
	u, out := pseudo(12*n), make([]float64, n)
	for i := range out {
		out[i] = -6
		for _, v := range u[12*i : 12*i+12] {
			out[i] += v
		}
	}
	return out
}

func frame(id, title string) Frame { return Frame{ID: id, Title: title} }

func exampleForest() ForestData {
	row := func(label string, est, low, high, p float64, better int) ForestRow {
		return ForestRow{Label: label, Visit: "12 months", Estimate: est, Low: low, High: high, P: p, SD: 1, Decimals: 2, Better: better}
	}
	d := ForestData{Frame: frame("forest", "All outcomes"), Arms: twoArms, Standardised: true, Turn: true, Rows: []ForestRow{
		{Group: true, Label: "Primary"},
		row("ODI", 0.33, 0.06, 0.59, 0.015, -1),
		{Group: true, Label: "Secondary"},
		row("LBP intensity", 0.11, -0.23, 0.45, 0.53, -1),
		row("EQ-5D", -0.22, -0.65, 0.22, 0.32, 1),
		row("Self-rated health", -0.40, -0.62, -0.19, 0.0004, 1),
		row("BBQ", 0.04, -0.24, 0.32, 0.78, 1),
		{Label: "Opioid use", Visit: "12 months", Estimate: nan, Low: nan, High: nan, P: nan, SD: math.Pi / math.Sqrt(3), Better: -1, Reason: "no one in the control arm took them"},
		row("Sick leave", 0.6, -5, 9, 0.6, -1),
	}}
	d.Rows[1].Primary, d.Rows[1].Important, d.Rows[3].Important = true, 0.5, 0.5
	d.Rows[6].Visit, d.Rows[6].Live = "3 months", true
	return d
}

func exampleUnits(n int) []UnitEffect {
	u := bell(2 * n)
	out := make([]UnitEffect, n)
	for i := range out {
		e := 0.8 * u[i]
		out[i] = UnitEffect{Name: fmt.Sprintf("U%02d", i+1), Arm: i * 5 / 7 % 2, N: 3 + i, Estimate: e, Low: e - 1.9 - 0.3*math.Abs(u[n+i]), High: e + 1.9 + 0.3*math.Abs(u[n+i])}
	}
	return out
}

func exampleConvergence() ConvergenceData {
	d := ConvergenceData{Frame: frame("convergence", "Has the interval settled?"), YLabel: "Standard error of the 12-month difference", Decimals: 2, Model: 2.06}
	for i, u := range bell(80) {
		b := 25 * (i + 1)
		d.At = append(d.At, b)
		d.SE = append(d.SE, 1.77+u*0.9/math.Sqrt(float64(b)))
		d.MCSE = append(d.MCSE, 1.77/math.Sqrt(2*float64(b)))
	}
	return d
}

func exampleTipping() TippingData {
	d := TippingData{Frame: frame("tipping", "ODI at 12 months if the missing answers were worse"), XLabel: "Shift of the missing answers in the intervention arm, ODI points", YLabel: "Adjusted difference at 12 months", Decimals: 1, Tip: -4.0}
	for i := range 21 {
		delta := float64(i) - 10
		e := 5.5 + 0.35*delta
		d.Points = append(d.Points, TippingPoint{delta, e, e - 4.1, e + 4.1, math.Erfc(e / 2.09 / math.Sqrt2)})
	}
	return d
}

func exampleNeeded() NeededData {
	d := NeededData{Frame: frame("needed", "What number of units would have been needed"), Effect: "a difference of 2.0 ODI points", Now: 26, Needed: 62,
		Curves: []NeededCurve{{Name: "t distribution"}, {Name: "normal distribution"}}}
	for n := 10; n <= 100; n += 2 {
		for k := range d.Curves {
			p := 1 - math.Exp(-float64(n+3*k)/38.5)
			d.Curves[k].Units, d.Curves[k].Power = append(d.Curves[k].Units, n), append(d.Curves[k].Power, p)
		}
	}
	return d
}

func exampleTrajectory() TrajectoryData {
	d := odiTrajectory()
	d.ID = "layers"
	u := bell(4 * 40)
	for i := range 40 {
		b := 20 + 12*u[i]
		d.Patients = append(d.Patients, TrajectoryLine{Arm: i % 2, Values: []float64{b, b - 2 + 6*u[40+i], b - 4 + 6*u[80+i]}})
		if i%5 == 0 {
			d.Patients[i].Values[1] = nan
		}
		if i < 8 {
			m := 20 + 3*u[120+i]
			d.Units = append(d.Units, TrajectoryLine{Name: fmt.Sprintf("U%02d", i+1), Arm: i % 2, Values: []float64{m, m - 1, m - 3}})
		}
	}
	return d
}

// exampleFigures are drawn as a frame asks.
func exampleFigures(half, keys bool) map[string]Figure {
	in := func(f Frame) Frame { f.Half, f.Keys = half, keys; return f }
	forest := exampleForest()
	forest.Frame = in(forest.Frame)
	native := exampleForest()
	native.Frame, native.Standardised, native.Turn = in(frame("native", "All outcomes, each on its own scale")), false, false
	ratio := ForestData{Frame: in(frame("ratio", "Binary outcomes: odds ratios")), Arms: twoArms, Ratio: true, XLabel: "Odds ratio, logarithmic axis", Rows: []ForestRow{
		{Label: "Strong opioids", Visit: "3 months", Estimate: 0.42, Low: 0.11, High: 1.6, P: 0.2, Decimals: 2, Better: -1},
		{Label: "Strong opioids", Visit: "12 months", Estimate: 1.3, Low: 0.6, High: 2.9, P: 0.5, Decimals: 2, Better: -1}}}
	stack := StackData{Frame: in(frame("stack", "Sick leave")), Levels: []string{"none", "1–7 days", "8–30 days", "over 30 days"}, Arms: twoArms,
		Visits: []StackVisit{{"Baseline", [][]int{{120, 60, 30, 20}, {40, 20, 15, 5}}}, {"12 months", [][]int{{90, 25, 15, 5}, {38, 6, 2, 0}}}}}
	binary := StackData{Frame: in(frame("binary", "Opioid use")), Levels: []string{"no", "yes"}, Arms: twoArms,
		Visits: []StackVisit{{"Baseline", [][]int{{200, 30}, {70, 10}}}, {"12 months", [][]int{{130, 5}, {0, 0}}}}}
	pattern := PatternData{Frame: in(frame("pattern", "Which visits were answered")), What: "ODI", Visits: []string{"0", "3", "12"}, Arms: twoArms, Patterns: []Pattern{
		{[]bool{true, false, false}, []int{56, 20}}, {[]bool{true, true, true}, []int{102, 35}}, {[]bool{true, true, false}, []int{40, 14}}, {[]bool{true, false, true}, []int{35, 12}}, {[]bool{false, true, true}, []int{1, 0}}}}
	lost := exampleUnits(22)
	for i := range lost {
		lost[i].Estimate, lost[i].Low, lost[i].High = 4.3+0.3*lost[i].Estimate, 0.6+0.3*lost[i].Estimate, 8+0.3*lost[i].Estimate
	}
	lost[4].Estimate, lost[4].Reason = nan, "the model does not settle"
	boots := bell(2000)
	for i := range boots {
		boots[i] = 4.3 + 1.77*boots[i]
	}
	boots[7], boots[9] = nan, 90
	conv, tip, need, traj := exampleConvergence(), exampleTipping(), exampleNeeded(), exampleTrajectory()
	conv.Frame, tip.Frame, need.Frame, traj.Half, traj.Keys = in(conv.Frame), in(tip.Frame), in(need.Frame), half, keys
	return map[string]Figure{
		"forest": Forest(forest), "native": Forest(native), "ratio": Forest(ratio), "stack": Stack(stack), "binary": Stack(binary),
		"caterpillar": Caterpillar(CaterpillarData{Frame: in(frame("caterpillar", "Unit effects")), XLabel: "Predicted unit effect, ODI points", Decimals: 1, Arms: twoArms, Units: exampleUnits(22)}),
		"influence":   Influence(InfluenceData{Frame: in(frame("influence", "Leaving one unit out")), XLabel: "Adjusted difference at 12 months, ODI points", Decimals: 1, Arms: twoArms, Estimate: 4.3, Low: 0.8, High: 7.8, Units: lost}),
		"qq":          QQPlot(QQData{Frame: in(frame("qq", "Residuals")), YLabel: "Standardised residual", What: "residual", Decimals: 2, Values: append(bell(140), 3.9, 3.4)}),
		"histogram": Histogram(HistogramData{Frame: in(frame("histogram", "Replicates of the difference at 12 months")), XLabel: "Adjusted difference, ODI points", Decimals: 1, Values: boots, Estimate: 4.3, Null: 0,
			Intervals: []NamedInterval{{"Normal", 0.8, 7.8}, {"Percentile", 0.9, 7.7}, {"BCa", 0.7, 7.6}}}),
		"convergence": Convergence(conv), "tipping": Tipping(tip), "needed": Needed(need), "pattern": PatternChart(pattern), "layers": TrajectoryFigure(traj),
	}
}

// TestFigures holds each figure at both widths, with and without the keyboard.
func TestFigures(t *testing.T) {
	for _, half := range []bool{false, true} {
		for name, f := range exampleFigures(half, half) {
			if half {
				name += "-half"
			}
			t.Run(name, func(t *testing.T) {
				sound(t, f)
				golden(t, "figure-"+name+".svg", f.SVG)
				var table bytes.Buffer
				if err := f.Table.CSV(&table); err != nil {
					t.Fatal(err)
				}
				if !half && name != "layers" {
					golden(t, "figure-"+name+".csv", table.String())
				}
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("differs from %s; look at it, then go test ./app/report -update", file)
	}
}

var coordinate = regexp.MustCompile(` (x|y|cx|cy)="([^"]*)"`)

// sound holds what every figure must: well-formed, accessible, its own ids, no
// number that is none, nothing outside the drawing, a full table.
func sound(t *testing.T, f Figure) {
	t.Helper()
	wellFormed(t, f.SVG)
	if strings.Contains(f.SVG, "NaN") || strings.Contains(f.SVG, "Inf") || strings.Contains(f.SVG, "style=") {
		t.Error("holds NaN, Inf or a style attribute")
	}
	if f.Title == "" || f.Description == "" || f.Table == nil || f.Table.Title == "" {
		t.Errorf("lacks title, description or table: %q %q", f.Title, f.Description)
	}
	size := regexp.MustCompile(`viewBox="0 0 (\S+) (\S+)"`).FindStringSubmatch(f.SVG)
	width, _ := strconv.ParseFloat(size[1], 64)
	height, _ := strconv.ParseFloat(size[2], 64)
	for _, m := range coordinate.FindAllStringSubmatch(f.SVG, -1) {
		v, err := strconv.ParseFloat(m[2], 64)
		most := width
		if strings.HasSuffix(m[1], "y") {
			most = height
		}
		if err != nil || v < -0.5 || v > most+0.5 {
			t.Errorf("%s lies outside %s × %s", m[0], size[1], size[2])
			break
		}
	}
	for _, r := range f.Table.Rows {
		if !r.Group && len(r.Cells) != len(f.Table.Heads)-1 {
			t.Errorf("row %q has %d cells under %d heads", r.Label, len(r.Cells), len(f.Table.Heads))
		}
	}
}

// TestFiguresOnOddData: what no trial should hold must not stop a page.
func TestFiguresOnOddData(t *testing.T) {
	long := strings.Repeat("a very long name of something ", 8) + "\x01<script>&\""
	inf := math.Inf(1)
	for _, c := range []struct {
		name string
		v    [][3]float64 // estimate, low, high
	}{
		{"empty", nil},
		{"one row", [][3]float64{{1, 0, 2}}},
		{"not numbers", [][3]float64{{nan, nan, nan}, {nan, nan, nan}}},
		{"no intervals", [][3]float64{{1, nan, nan}, {2, nan, 3}, {3, 2, nan}}},
		{"endless", [][3]float64{{1, -inf, inf}, {inf, 0, inf}, {-inf, -inf, 0}}},
		{"huge", [][3]float64{{1e300, -1e308, 1.7e308}, {-1e308, -1.7e308, 3}}},
		{"large and close", [][3]float64{{2e16, 2e16, 2e16 + 4}, {2e16 + 2, 2e16, 2e16 + 4}}},
		{"tiny", [][3]float64{{5e-324, 0, 1e-320}, {1e-12, 1e-13, 1e-11}}},
		{"negative", [][3]float64{{-5, -7, -3}, {-1234567, -2e6, -1e6}}},
		{"equal", [][3]float64{{3, 3, 3}, {3, 3, 3}, {3, 3, 3}, {3, 3, 3}}},
		{"upside down", [][3]float64{{3, 5, 1}}},
		{"many zeros", make([][3]float64, 410)},
	} {
		for _, half := range []bool{false, true} {
			for _, keys := range []bool{false, true} {
				f := Frame{ID: "odd", Title: long, Half: half, Keys: keys}
				for what, fig := range oddFigures(f, long, c.v) {
					t.Run(fmt.Sprintf("%s/%s/%v%v", c.name, what, half, keys), func(t *testing.T) {
						sound(t, fig)
						if len(c.v) == 0 && !strings.Contains(fig.SVG, "here ") && !strings.Contains(fig.SVG, "not known") && !strings.Contains(fig.SVG, "No values") {
							t.Error("does not say what is missing")
						}
						if len(fig.SVG) > 2_000_000 {
							t.Errorf("%d bytes", len(fig.SVG))
						}
					})
				}
			}
		}
	}
}

func oddFigures(f Frame, long string, v [][3]float64) map[string]Figure {
	arms := []string{long, "B"}
	fo := ForestData{Frame: f, Arms: arms, XLabel: long}
	var units []UnitEffect
	var values []float64
	co := ConvergenceData{Frame: f, YLabel: long, Model: nan}
	ti := TippingData{Frame: f, XLabel: long, YLabel: long, Tip: nan}
	ne := NeededData{Frame: f, Effect: long}
	st := StackData{Frame: f, Arms: arms}
	pa := PatternData{Frame: f, Arms: arms}
	tr := TrajectoryData{ID: "odd", Title: long, Half: f.Half, Keys: f.Keys, Arms: arms, Points: [][]Point{nil, nil}}
	hi := HistogramData{Frame: f, XLabel: long, Estimate: nan, Null: nan}
	for i, x := range v {
		fo.Rows = append(fo.Rows, ForestRow{Label: long, Estimate: x[0], Low: x[1], High: x[2], P: x[0], SD: x[2], Better: i%3 - 1, Important: x[1]})
		units = append(units, UnitEffect{Name: long, Arm: i%4 - 1, Estimate: x[0], Low: x[1], High: x[2], Reason: long})
		values = append(values, x[:]...)
		co.At, co.SE, co.MCSE = append(co.At, i), append(co.SE, x[0]), append(co.MCSE, x[1])
		ti.Points, ti.Tip = append(ti.Points, TippingPoint{x[0], x[0], x[1], x[2], x[0]}), x[2]
		ne.Now, ne.Needed = i, i+1
		if i < 6 {
			ne.Curves = append(ne.Curves, NeededCurve{long, []int{i, i + 1}, []float64{x[0], x[2]}})
		}
		if i < 20 {
			st.Levels = append(st.Levels, long)
			st.Visits = append(st.Visits, StackVisit{long, [][]int{{i, -i}, {i * 1e9}}})
			pa.Visits = append(pa.Visits, long)
			pa.Patterns = append(pa.Patterns, Pattern{[]bool{i%2 == 0}, []int{i, -1, 4}}, Pattern{})
			tr.Visits = append(tr.Visits, TrajectoryVisit{long, x[1]})
			for a := range tr.Points {
				tr.Points[a] = append(tr.Points[a], Point{i, x[0], x[1], x[2]})
			}
		}
		tr.Patients = append(tr.Patients, TrajectoryLine{Arm: i, Values: x[:]})
		tr.Units = append(tr.Units, TrajectoryLine{Name: long, Arm: -i, Values: x[:1]})
		hi.Estimate, hi.Null = x[0], x[1]
		if i < 6 {
			hi.Intervals = append(hi.Intervals, NamedInterval{long, x[1], x[2]})
		}
	}
	hi.Values = values
	turned, ratio := fo, fo
	turned.Standardised, turned.Turn, ratio.Ratio, ratio.Turn = true, true, true, true
	in := InfluenceData{Frame: f, XLabel: long, Arms: arms, Estimate: nan, Low: nan, High: nan, Units: units}
	if len(v) > 0 {
		in.Estimate, in.Low, in.High = v[0][0], v[0][1], v[0][2]
	}
	return map[string]Figure{"forest": Forest(fo), "turned": Forest(turned), "ratio": Forest(ratio), "caterpillar": Caterpillar(CaterpillarData{Frame: f, XLabel: long, Arms: arms, Units: units}),
		"influence": Influence(in), "qq": QQPlot(QQData{Frame: f, YLabel: long, Values: values, Names: []string{long}}), "histogram": Histogram(hi), "convergence": Convergence(co),
		"tipping": Tipping(ti), "needed": Needed(ne), "stack": Stack(st), "pattern": PatternChart(pa), "trajectory": TrajectoryFigure(tr)}
}
