package report

import (
	"math"
	"strings"
	"testing"
)

func forestOf(rows ...ForestRow) ForestData {
	return ForestData{Frame: frame("f", "F"), Arms: twoArms, Rows: rows}
}

// TestForestFavours: which arm a side favours follows from the direction of the
// outcomes; where they differ and are not turned, no side favours an arm.
func TestForestFavours(t *testing.T) {
	lower := ForestRow{Label: "ODI", Estimate: 1, Low: 0, High: 2, Better: -1}
	higher := ForestRow{Label: "PSEQ", Estimate: 1, Low: 0, High: 2, Better: 1}
	neither := ForestRow{Label: "visits", Estimate: 1, Low: 0, High: 2}
	turned := forestOf(lower, higher)
	turned.Turn = true
	for name, c := range map[string]struct {
		d           ForestData
		left, right string
		arrows      bool
	}{
		"lower is better":  {forestOf(lower, lower), "← favours Intervention", "favours Control →", false},
		"higher is better": {forestOf(higher), "← favours Control", "favours Intervention →", false},
		"mixed":            {forestOf(lower, higher), "", "", true},
		"mixed, turned":    {turned, "← favours Intervention", "favours Control →", false},
		"neither":          {forestOf(neither, lower), "", "", true},
	} {
		f := Forest(c.d)
		if c.left != "" && (!strings.Contains(f.SVG, ">"+c.left+"<") || !strings.Contains(f.SVG, ">"+c.right+"<")) {
			t.Errorf("%s: lacks %s and %s", name, c.left, c.right)
		}
		if c.left == "" && strings.Contains(f.SVG, "favours ") {
			t.Errorf("%s: says a side favours an arm", name)
		}
		if strings.Contains(f.SVG, "ODI ↓") != c.arrows {
			t.Errorf("%s: direction in the labels", name)
		}
	}
	rows := Forest(turned).Table.Rows
	if got := rows[1].Cells[0].Text(); got != "−1 (−2–0)" {
		t.Errorf("turned row: %s", got)
	}
	if rows[0].Cells[2].Value != "Control" || rows[1].Cells[2].Value != "Intervention" {
		t.Errorf("favoured: %s, %s", rows[0].Cells[2].Value, rows[1].Cells[2].Value)
	}
}

// TestForestStandardised: values and the important change are divided by the
// row's SD; a row without one is kept as n/a; a ratio is turned by its inverse.
func TestForestStandardised(t *testing.T) {
	d := forestOf(ForestRow{Label: "ODI", Estimate: 4.3, Low: 0.8, High: 7.8, SD: 13, Important: 10, Better: -1}, ForestRow{Label: "no SD", Estimate: 1, Low: 0, High: 2, SD: math.NaN(), Better: -1})
	d.Standardised = true
	rows := Forest(d).Table.Rows
	if got := rows[0].Cells[0].Text() + " | " + rows[0].Cells[3].Text(); got != "0.33 (0.06–0.60) | 0.77" {
		t.Error(got)
	}
	if got := rows[1].Cells[0].Text(); got != "n/a: no standard deviation to divide by" {
		t.Error(got)
	}
	r := forestOf(ForestRow{Label: "recovered", Estimate: 2, Low: 0.5, High: 8, Decimals: 3, Better: 1})
	r.Ratio, r.Turn = true, true
	if got := Forest(r).Table.Rows[0].Cells[0].Text(); got != "0.500 (0.125–2.000)" {
		t.Error(got)
	}
}

// TestHistogramCountsAll: every replicate is in a bar, far out or without a value.
func TestHistogramCountsAll(t *testing.T) {
	values := append(bell(500), 400, -400, math.NaN(), math.Inf(1))
	h := &histogram{HistogramData: HistogramData{Values: values}}
	h.sort()
	sum := h.far + h.missing
	for _, n := range h.counts {
		sum += n
	}
	if sum != len(values) || h.far != 2 || h.missing != 2 {
		t.Errorf("%d of %d, %d far, %d missing", sum, len(values), h.far, h.missing)
	}
	if end := h.from + h.width*float64(len(h.counts)); h.from < -7 || end > 7 {
		t.Errorf("bars from %g to %g", h.from, end)
	}
}

// TestTrajectorySamplesPatients: of many patients 400 lines are drawn, of both
// arms, and the figure says so.
func TestTrajectorySamplesPatients(t *testing.T) {
	d := odiTrajectory()
	for i := range 1234 {
		arm := 0
		if i%4 == 0 {
			arm = 1
		}
		d.Patients = append(d.Patients, TrajectoryLine{Arm: arm, Values: []float64{20, math.NaN(), 10}})
	}
	got := Trajectory(d)
	if !strings.Contains(got, "Thin lines: 400 of 1,234 patients, taken evenly.") {
		t.Error("does not say that patients are sampled")
	}
	a, b, _ := strings.Cut(got[strings.Index(got, `class="thin a"`):], `class="thin b"`)
	b, _, _ = strings.Cut(b, "</g>")
	if na, nb := strings.Count(a, "<path"), strings.Count(b, "<path"); na+nb != 400 || nb < 90 || nb > 110 {
		t.Errorf("%d and %d lines", na, nb)
	}
}

// TestPatternOrder: the commonest pattern first, of equals the fuller one.
func TestPatternOrder(t *testing.T) {
	f := PatternChart(PatternData{Frame: frame("p", "P"), Visits: []string{"0", "3"}, Arms: twoArms, Patterns: []Pattern{
		{[]bool{false, true}, []int{1, 1}}, {[]bool{true, false}, []int{2, 0}}, {[]bool{true, true}, []int{3, 4}}, {nil, []int{0, 1}}}})
	var got []string
	for _, r := range f.Table.Rows {
		got = append(got, r.Label+" "+r.Cells[0].Text())
	}
	if want := "all visits 3 (50.0%) | 0 2 (33.3%) | 3 1 (16.7%) | no visit 0 (0.0%)"; strings.Join(got, " | ") != want {
		t.Error(strings.Join(got, " | "))
	}
}

// TestCaterpillarOrder: by the effect, units without one last and kept.
func TestCaterpillarOrder(t *testing.T) {
	f := Caterpillar(CaterpillarData{Frame: frame("c", "C"), Arms: twoArms, Decimals: 1, Units: []UnitEffect{
		{Name: "no", Estimate: math.NaN(), Reason: "no patients"}, {Name: "B", Estimate: 1, Low: 0.5, High: 2}, {Name: "A", Arm: 1, Estimate: -1, Low: -2, High: 0}}})
	var got []string
	for _, r := range f.Table.Rows {
		got = append(got, r.Label+": "+r.Cells[2].Text())
	}
	if want := "A: −1.0 (−2.0–0.0) | B: 1.0 (0.5–2.0) | no: n/a: no patients"; strings.Join(got, " | ") != want {
		t.Error(strings.Join(got, " | "))
	}
	if !strings.Contains(f.Description, "run from −1.0 (A) to 1.0 (B); 1 of their intervals cover 0") {
		t.Error(f.Description)
	}
}

// TestKeys: marks take the focus only where asked, and never more than 60.
func TestKeys(t *testing.T) {
	for name, f := range exampleFigures(false, true) {
		stops := strings.Count(f.SVG, `tabindex="0"`)
		if stops > 60 || strings.Contains(f.SVG, `role="group"`) != (stops > 0) {
			t.Errorf("%s: %d stops", name, stops)
		}
		if stops == 0 && name != "qq" { // 142 residuals are read in the table
			t.Errorf("%s cannot be reached by the keyboard", name)
		}
	}
	for name, f := range exampleFigures(false, false) {
		if strings.Contains(f.SVG, "tabindex") || !strings.Contains(f.SVG, `role="img"`) || strings.Contains(f.SVG, "hidden") {
			t.Errorf("%s: a saved figure has parts for the screen", name)
		}
	}
}

func TestShortNumbers(t *testing.T) {
	for _, c := range []struct {
		v        float64
		decimals int
		want     string
	}{{0, 1, "0.0"}, {-4.25, 1, "−4.2"}, {999999, 0, "999999"}, {1e6, 0, "1×10⁶"}, {-2.5e7, 1, "−2.5×10⁷"}, {3e-9, 9, "3×10⁻⁹"}, {3e-9, 1, "0.0"}, {1.7e308, 1, "1.7×10³⁰⁸"}, {math.Inf(1), 1, "–"}} {
		if got := short(c.v, c.decimals); got != c.want {
			t.Errorf("%g: %s, want %s", c.v, got, c.want)
		}
	}
}

// TestScales: every axis has at least two round numbers inside it, and places
// stay between its ends.
func TestScales(t *testing.T) {
	ranges := [][2]float64{{0, 1}, {-3, 7}, {10, 100}, {-1e-9, 1e-9}, {1e15, 1e15 + 1}, {-1e308, 1e308}, {2, 2}, {math.NaN(), 1}, {math.Inf(1), math.Inf(-1)}, {0.31, 0.32}, {-61, -60}}
	for _, r := range ranges {
		for name, s := range map[string]scale{"new": newScale(r[0], r[1], 0, 100), "tight": tightScale(r[0], r[1], 0, 100), "log": logScale(r[0], r[1], 0, 100)} {
			if len(s.ticks) < 2 || len(s.ticks) > 20 {
				t.Errorf("%s %v: ticks %v", name, r, s.ticks)
				continue
			}
			for _, v := range append([]float64{r[0], r[1], -1e308, 1e308}, s.ticks...) {
				if at := s.at(v); !math.IsNaN(v) && !(at >= 0 && at <= 100) {
					t.Errorf("%s %v: %g stands at %g", name, r, v, at)
				}
			}
		}
	}
}
