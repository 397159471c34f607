package report

import (
	"bytes"
	"encoding/csv"
	"math"
	"strings"
	"testing"

	"trialbox/app/analysis"
	"trialbox/app/trial"
	"trialbox/stats/boot"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Number(-0.04, 1), "−0.0"},
		{Number(3.25, 2), "3.25"},
		{Number(math.NaN(), 1), "–"},
		{Range(0.8, 7.8, 1), "0.8–7.8"},
		{Range(-8.93, -3.88, 1), "−8.9– −3.9"},
		{Range(math.NaN(), 1, 1), "–"},
		{PValue(0.0004), "<0.001"},
		{PValue(0.015), "0.015"},
		{PValue(0.99999), ">0.999"},
		{Count(2000), "2,000"},
		{Count(130000), "130,000"},
		{Count(999), "999"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// sample is one settled outcome, one still running, and one that cannot be
// estimated and has a hostile name.
func sample() *analysis.Result {
	visits := func(model *boot.Estimate, iv *boot.Interval) []analysis.VisitResult {
		d := analysis.Describe{N: 47, Mean: 14.5, SD: 9.9, Low: 11.6, High: 17.4}
		e := analysis.Describe{N: 137, Mean: 17.9, SD: 13, Low: 15.7, High: 20.1}
		return []analysis.VisitResult{
			{Visit: trial.Visit{Code: "0", Label: "baseline"}, Baseline: true, Arms: [2]analysis.Describe{d, e}, Model: model, Boot: iv},
			{Visit: trial.Visit{Code: "12", Label: "12 months", Months: 12}, Arms: [2]analysis.Describe{d, e}, Model: model, Boot: iv},
		}
	}
	model := &boot.Estimate{Estimate: 4.31, SE: 2.06, P: 0.036, Low: 0.27, High: 8.35}
	iv := &boot.Interval{Estimate: 4.31, SE: 1.78, MCSE: 0.03, P: 0.0154, Normal: [2]float64{0.82, 7.80}, Percentile: [2]float64{0.9, 7.9}, Used: 2000}
	o := analysis.DefaultOptions()
	return &analysis.Result{Arms: [2]string{"control", "intervention"}, Units: [2]int{10, 12}, Patients: [2]int{81, 234}, Options: o, Outcomes: []analysis.OutcomeResult{
		{Outcome: analysis.Outcome{Variable: "odi", Label: "ODI (0–100)", Decimals: 1, Primary: true}, Status: analysis.Settled, Words: "Linear mixed model", Units: 22, Visits: visits(model, iv), Done: 2000, Target: 2000, Summary: &boot.Summary{Replicates: 2000, Converged: 1400, Boundary: 597, Failed: 3}},
		{Outcome: analysis.Outcome{Variable: "pain", Label: "Pain", Decimals: 1}, Status: analysis.Running, Words: "Linear mixed model", Units: 22, Visits: visits(model, nil), Done: 10, Target: 2000},
		{Outcome: analysis.Outcome{Variable: "=cmd", Label: "=HYPERLINK(\"x\")<script>", Decimals: 1}, Status: analysis.Failed, Reason: "every value is missing", Visits: visits(nil, nil)},
	}}
}

func TestOutcomeTable(t *testing.T) {
	table := OutcomeTable(sample())
	var rows []string
	for _, r := range table.Rows {
		cells := []string{r.Label}
		for _, c := range r.Cells {
			cells = append(cells, c.Text())
		}
		rows = append(rows, strings.Join(cells, " | "))
	}
	want := []string{
		"ODI (0–100)",
		"12 months | 17.9 (13.0) | 14.5 (9.9) | 4.3 (0.8–7.8) | 0.015",
		"Pain",
		"12 months | 17.9 (13.0) | 14.5 (9.9) | 4.3 (0.3–8.3) | 0.036",
		"=HYPERLINK(\"x\")<script>",
		"12 months | 17.9 (13.0) | 14.5 (9.9) | n/a | n/a",
	}
	if got := strings.Join(rows, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("rows:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
	if r := table.Rows[1]; !r.Cells[2].Bold || r.Live {
		t.Error("a settled P below 0.05 is printed bold and does not move")
	}
	if r := table.Rows[3]; r.Cells[2].Bold || !r.Live {
		t.Error("an unsettled P below 0.05 is neither bold nor settled")
	}
	notes := strings.Join(table.Notes, "\n")
	for _, want := range []string{"within arm, 2,000 replicates, seed 42", "3 of 2,000 replicates could not be fitted", "not estimated; every value is missing.", "22 units (12 intervention, 10 control)"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no footnote says %q in:\n%s", want, notes)
		}
	}
	if !strings.Contains(table.Legend, "ODI, Oswestry Disability Index") || strings.Contains(table.Legend, "BBQ") {
		t.Errorf("legend: %s", table.Legend)
	}
}

// A name from a file never becomes markup, nor a formula in a spreadsheet.
func TestHostileText(t *testing.T) {
	table := OutcomeTable(sample())
	if doc := table.Document(); strings.Contains(doc, "<script>") {
		t.Error("a label reached the document as markup")
	}
	var b bytes.Buffer
	if err := table.CSV(&b); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	last := lines[len(lines)-1]
	if last[0] != "'=cmd" || !strings.HasPrefix(last[1], "'=HYPERLINK") {
		t.Errorf("a formula was not neutralised: %q %q", last[0], last[1])
	}
	for i, name := range lines[0] {
		if name == "difference" && lines[1][i] != "4.31" {
			t.Errorf("the CSV holds %s as the difference, not the full number", lines[1][i])
		}
	}
}

func TestLetters(t *testing.T) {
	for i, want := range map[int]string{0: "a", 25: "z", 26: "aa", 27: "ab", 52: "ba"} {
		if got := letter(i); got != want {
			t.Errorf("footnote %d has the letter %s, want %s", i, got, want)
		}
	}
}
