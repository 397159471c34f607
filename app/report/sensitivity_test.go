package report

import (
	"math"
	"strings"
	"testing"

	"trialbox/app/analysis"
	"trialbox/app/trial"
	"trialbox/stats/impute"
)

// sensitivityOf is a result of two variants, one of other people that differs
// and one that is nothing for this outcome, and a curve.
func sensitivityOf() *analysis.SensitivityResult {
	shown := func(e, se, p float64) analysis.SensitivityCell {
		return analysis.SensitivityCell{Shown: analysis.Shown{Estimate: e, SE: se, Low: e - 2*se, High: e + 2*se, P: p, Source: "model"}}
	}
	done := analysis.OutcomeResult{Status: analysis.Settled, Better: "lower"}
	moved := shown(1, 3, 0.7)
	moved.Moved, moved.Crossed = true, true
	year := trial.Visit{Code: "12", Label: "12 months", Months: 12}
	odi := analysis.Outcome{Variable: "odi", Label: "ODI <b>", Decimals: 1, Primary: true}
	done.Outcome = odi
	none := analysis.SensitivityCell{Shown: analysis.Shown{Estimate: math.NaN(), SE: math.NaN(), Low: math.NaN(), High: math.NaN(), P: math.NaN()}}
	return &analysis.SensitivityResult{Arms: [2]string{"control", "intervention"}, Options: analysis.DefaultOptions(),
		Columns: []analysis.SensitivityColumn{{Variant: analysis.Variant{ID: "main", Label: "Main analysis"}, Patients: 315, Units: 22},
			{Variant: analysis.Variant{ID: "high", Label: "High risk", Where: "x == 3"}, Patients: 41, Units: 1},
			{Variant: analysis.Variant{ID: "slope", Label: "Slope", Own: analysis.Own{Model: "slope"}}}},
		Outcomes: []analysis.SensitivityOutcome{{Outcome: odi, Visits: []trial.Visit{year}, Rows: []analysis.SensitivityRow{
			{Result: done, Cells: []analysis.SensitivityCell{shown(4, 1.5, 0.01)}}, {Result: done, Cells: []analysis.SensitivityCell{moved}}, {Why: "a slope needs three visits", Cells: []analysis.SensitivityCell{none}}}}},
		Shifts: []analysis.ShiftResult{{Outcome: odi, Visit: year, Arm: "intervention", Main: shown(4, 1.5, 0.01).Shown, Tip: -3.14, Drawn: 20, Moved: 12, Without: 2, Done: 50, Target: 50,
			Points: []impute.Point{{Delta: -5, Pooled: impute.Pooled{Estimate: 2, SE: 2, Low: -2, High: 6, P: 0.3, Used: 50}}, {Delta: 0, Pooled: impute.Pooled{Estimate: 4, SE: 1.6, Low: 0.8, High: 7.2, P: 0.013, Used: 50}}}}}}
}

func TestSensitivityTables(t *testing.T) {
	tables := SensitivityTables(sensitivityOf())
	if len(tables) != 3 {
		t.Fatalf("%d tables", len(tables))
	}
	for k, want := range [][]string{
		{"Table S2. The same model for other people", "n = 41, 1 unit", "4.0 (1.0–7.0)", "1.0 (−5.0–7.0)<sup>†</sup>", "more than one standard error of the main result", "not corrected", "ODI &lt;b&gt;"},
		{"Table S3. Other models for the same people", "n/a<sup>b</sup>", "Slope: a slope needs three visits."},
		{"Table S4. Missing outcomes drawn", "−5", "4.0 (0.8–7.2)", "20 missing outcomes drawn, 12 of them shifted (the intervention arm). 2 missed visits were not drawn", "Barnard and Rubin"},
	} {
		text := tables[k].Markdown() + tables[k].HTML()
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("table %d lacks %q:\n%s", k+2, w, text)
			}
		}
	}
	_, _, csv := TableFile(tables[0], "csv")
	if lines := strings.Split(strings.TrimSpace(string(csv)), "\n"); len(lines) != 2 || !strings.Contains(lines[0], "high_differs") || !strings.HasPrefix(lines[1], "odi,12,4,1.5,1,7,0.01,") {
		t.Errorf("%s", csv)
	}
}

func TestShiftVerdict(t *testing.T) {
	r := sensitivityOf()
	s := r.Shifts[0]
	if got := ShiftVerdict(r, s); !strings.Contains(got, "is significant (P 0.010)") || !strings.Contains(got, "as −3.1 points other") {
		t.Error(got)
	}
	s.Tip = math.NaN()
	if got := ShiftVerdict(r, s); !strings.Contains(got, "No shift between −5 and 0") {
		t.Error(got)
	}
	s.Err = "there is nothing"
	if got := ShiftVerdict(r, s); !strings.Contains(got, "could not be drawn: there is nothing.") {
		t.Error(got)
	}
}

func TestSensitivityFigures(t *testing.T) {
	r := sensitivityOf()
	f, ok := SensitivityFigure(r, "odi", "12", false, false)
	if !ok || !strings.Contains(f.SVG, "High risk †") || !strings.Contains(f.SVG, "Other people") || !strings.Contains(f.Description, "1 not estimable") || f.Table.Heads[0].Text != "Analysis" {
		t.Errorf("%v %s", ok, f.Description)
	}
	if f, ok := ShiftFigure(r, "odi", "12", true, false); !ok || !strings.Contains(f.Description, "P crosses 0.05 at a shift of −3.1") {
		t.Errorf("%v %s", ok, f.Description)
	}
	if _, ok := SensitivityFigure(r, "odi", "3", false, false); ok {
		t.Error("a figure of a visit that is not there")
	}
}
