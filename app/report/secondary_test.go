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
	"trialbox/stats/logit"
)

// secondarySample is a binary outcome with a visit without events, an ordinal
// one asked once, and one shown as a median.
func secondarySample() *analysis.Result {
	three, twelve := trial.Visit{Code: "3", Label: "3 months", Months: 3}, trial.Visit{Code: "12", Label: "12 months", Months: 12}
	nan := math.NaN()
	counts := func(c ...int) analysis.Describe {
		d := analysis.Describe{Counts: c, Mean: nan, SD: nan, Median: nan, Q1: nan, Q3: nan}
		for _, n := range c {
			d.N += n
		}
		return d
	}
	model := func(x, se float64) *boot.Estimate {
		return &boot.Estimate{Estimate: x, SE: se, Low: x - 1.96*se, High: x + 1.96*se, P: 0.3}
	}
	replicates := func(x, se float64, unbounded int) *boot.Interval {
		iv := &boot.Interval{Estimate: x, SE: se, P: 0.04, Normal: [2]float64{x - 1.96*se, x + 1.96*se}, Used: 1000 - unbounded, Unbounded: unbounded}
		if unbounded > 50 {
			iv.SE = nan
		}
		return iv
	}
	probability := func(category string, d float64) analysis.Probability {
		return analysis.Probability{Marginal: boot.Marginal{Difference: logit.Difference{Category: category, Difference: d, Low: d - 0.1, High: d + 0.1}}}
	}
	o := analysis.DefaultOptions()
	return &analysis.Result{Arms: [2]string{"control", "intervention"}, Units: [2]int{10, 12}, Options: o, Outcomes: []analysis.OutcomeResult{
		{Outcome: analysis.Outcome{Variable: "opioid", Label: "Opioid <b>", Kind: analysis.Binary}, Status: analysis.Settled, Words: "Binary logistic mixed model", Units: 22, Categories: []string{"0", "1"}, Done: 1000, Target: 1000,
			Visits: []analysis.VisitResult{
				{Visit: three, Arms: [2]analysis.Describe{counts(47, 0), counts(137, 0)}, Model: model(nan, nan), NotEstimable: "Not estimable at 3 months: 0 of 137 and 0 of 47.",
					Penalised: &boot.Estimate{Estimate: -1.063, SE: 2.024, Low: -5.03, High: 2.904, P: 0.599}},
				{Visit: twelve, Arms: [2]analysis.Describe{counts(46, 1), counts(130, 1)}, Model: model(-1, 1), Boot: replicates(-1, 0.9, 300), Few: "The contrast rests on 2 events.", Probabilities: []analysis.Probability{probability("1", -0.02)}}}},
		{Outcome: analysis.Outcome{Variable: "daily", Label: "Daily", Kind: analysis.Binary}, Status: analysis.Running, Words: "Binary logistic mixed model", Units: 22, Categories: []string{"no", "yes"}, Done: 10, Target: 1000,
			Visits: []analysis.VisitResult{{Visit: three, Arms: [2]analysis.Describe{counts(30, 17), counts(79, 58)}, Model: model(0.47, 0.5), Preview: replicates(0.47, 0.45, 0), Probabilities: []analysis.Probability{probability("yes", 0.083)}}}},
		{Outcome: analysis.Outcome{Variable: "group", Label: "Risk group", Kind: analysis.Ordinal}, Status: analysis.Settled, Words: "Ordinal logistic mixed model", Units: 22, Categories: []string{"low", "high"}, Done: 1000, Target: 1000,
			Visits: []analysis.VisitResult{{Visit: twelve, Arms: [2]analysis.Describe{counts(39, 8), counts(90, 41)}, Model: model(1.1, 0.5), Boot: replicates(1.1, 0.5, 3), Probabilities: []analysis.Probability{probability("low", -0.15), probability("high", 0.15)}}}},
		{Outcome: analysis.Outcome{Variable: "heard", Label: "Being heard", Kind: analysis.Median, Decimals: 1}, Status: analysis.Settled, Words: "Linear mixed model", Units: 22, Done: 2000, Target: 2000,
			Visits: []analysis.VisitResult{{Visit: three, Arms: [2]analysis.Describe{{N: 47, Median: 8, Q1: 6, Q3: 9.5}, {N: 137, Median: 8, Q1: 6, Q3: 9}}, Model: model(0.2, 0.4), Boot: replicates(0.2, 0.4, 0)}}},
	}}
}

func printedRows(t *Table) string {
	var out []string
	for _, r := range t.Rows {
		cells := []string{r.Label}
		for _, c := range r.Cells {
			cells = append(cells, c.Text())
		}
		out = append(out, strings.Join(cells, " | "))
	}
	return strings.Join(out, "\n")
}

func TestSecondaryTable(t *testing.T) {
	table := SecondaryTable(secondarySample())
	want := strings.Join([]string{
		"Opioid <b> | 0.0 (0) | 0.0 (0) | n/a |  |  | n/a | 0.8 (1) | 2.1 (1) | −1.0 (−3.0–1.0) | 0.37 | −2.0 | 0.300",
		"Daily | 42.3 (58) | 36.2 (17) | 0.5 (−0.4–1.4) | 1.60 | 8.3 | 0.040 |  |  |  |  |  | ",
		"Risk group",
		"Low |  |  |  |  |  |  | 68.7 (90) | 83.0 (39) |  |  | −15.0 | ",
		"High |  |  |  |  |  |  | 31.3 (41) | 17.0 (8) | 1.1 (0.1–2.1) | 3.00 | 15.0 | 0.040",
		"Median (quartiles), mean difference",
		"Being heard | 8 (6–9) | 8 (6–9.5) | 0.2 (−0.6–1.0) |  |  | 0.040 |  |  |  |  |  | ",
	}, "\n")
	if got := printedRows(table); got != want {
		t.Errorf("rows:\n%s\nwant:\n%s", got, want)
	}
	notes := strings.Join(table.Notes, "\n")
	for _, want := range []string{"on the log-odds scale", "1,000 replicates, seed 42", "Not estimable at 3 months: 0 of 137 and 0 of 47. Offered in its place: Firth’s penalised estimate, which disregards patients and units, −1.06 (−5.03–2.90), P 0.599.", "300 of 1,000 replicates without finite estimate, too many for a bootstrap standard error",
		"3 of 1,000 replicates without finite estimate.", "rests on 2 events", "Ordinal logistic mixed model.", "adjusted mean difference. Linear mixed model", "22 units"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no footnote says %q in:\n%s", want, notes)
		}
	}
	if r := table.Rows[1]; !r.Live || r.Cells[2].Bold {
		t.Error("a row from the preview moves and is not bold")
	}
	if r := table.Rows[4]; r.Live || !r.Cells[8].Bold || !r.Cells[11].Bold {
		t.Error("a settled P below 0.05 is bold")
	}
	if strings.Contains(table.Document(), "<b>\"") || strings.Contains(table.Document(), "Opioid <b>") {
		t.Error("a label reached the document as markup")
	}
}

func TestSecondaryScales(t *testing.T) {
	r := secondarySample()
	r.Options.Multiplicity = "holm"
	r.Outcomes[2].Visits[0].PAdjusted = 0.08
	got := printedRows(SecondaryScales(r))
	for _, want := range []string{
		"12 months | 0.8 (1) | 2.1 (1) | −1.0 (−3.0–1.0) | 0.37 (0.05–2.61) | −2.0 (−12.0–8.0) | 0.300",
		"12 months, high | 31.3 (41) | 17.0 (8) | 1.1 (0.1–2.1) | 3.00 (1.13–8.00) | 15.0 (5.0–25.0) | 0.040 | 0.080",
		"3 months | 8 (6–9) | 8 (6–9.5) | 0.2 (−0.6–1.0) |  |  | 0.040",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no row %q in:\n%s", want, got)
		}
	}
}

// The CSV has a line for every outcome, visit and category, at full precision.
func TestSecondaryCSV(t *testing.T) {
	var b bytes.Buffer
	if err := SecondaryTable(secondarySample()).CSV(&b); err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1+2+1+2+1 {
		t.Fatalf("%d lines", len(all))
	}
	for i, name := range all[0] {
		switch {
		case name == "contrast" && (all[1][i] != "" || all[3][i] != "0.47"),
			name == "category" && all[5][i] != "high",
			name == "scale" && (all[5][i] != "log odds ratio" || all[6][i] != "mean difference"),
			name == "probability_difference" && all[4][i] != "-0.15",
			name == "without_finite_estimate" && all[2][i] != "300":
			t.Errorf("%s: %q %q %q %q %q %q", name, all[1][i], all[2][i], all[3][i], all[4][i], all[5][i], all[6][i])
		}
	}
}
