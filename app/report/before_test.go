package report

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"io"
	"math"
	"strings"
	"testing"

	"trialbox/app/analysis"
	"trialbox/app/trial"
	"trialbox/stats"
)

// smallFlow has moves both ways, empty units in both arms, a disagreement and
// hostile names.
func smallFlow() (*analysis.Flow, *analysis.FlowNotes) {
	n := func(x int) *int { return &x }
	f := &analysis.Flow{Arms: [2]string{"usual <care>", "new & better"}, FromFile: true, Bodies: "practices", BodyCount: 5, Approached: n(9), Declined: n(3), Strata: 2, Randomised: 12, Allocated: [2]int{6, 6},
		Moved: [2][]string{{"A"}, {"B", "C"}}, MovedReason: "built anew", Ran: [2]int{7, 5}, Nobody: [2][]string{{"D"}, {"E", "F", "G", "H", "I", "J", "K", "L<script>"}}, NobodyCount: [2]int{1, 8},
		Recruited: [2]analysis.FlowRecruited{{Units: 1, People: 1, Median: 1, Low: 1, High: 1}, {Units: 4, People: 40, Median: 9.5, Low: 2, High: 19}},
		Visits: []analysis.FlowVisit{{Visit: trial.Visit{Code: "0", Label: "baseline"}, Arms: [2]analysis.FlowAnswered{{Units: 1, People: 1, Complete: 1}, {Units: 4, People: 40, Complete: 40}}},
			{Visit: trial.Visit{Code: "6", Label: "6 months"}, Arms: [2]analysis.FlowAnswered{{Not: 1, Lost: []analysis.LostReason{{Visit: "6", Reason: "moved </text>", People: 1}}}, {Units: 3, People: 30, Complete: 29, Not: 10}}}},
		Analysed: []analysis.FlowAnalysed{{Outcome: analysis.Outcome{Variable: "y", Label: "Pain"}, Arms: [2]analysis.FlowCount{{Units: 1, People: 1}, {Units: 4, People: 39}}, MissCovariate: [2][]analysis.Missed{nil, {{Covariate: "age", People: 1}}}}},
		Checks:   []analysis.FlowCheck{{Key: "approached", What: "Practices", Chart: [2]int{0, 6}, Other: [2]int{0, 5}, Whole: true, Why: "why"}}}
	return f, &analysis.FlowNotes{BodiesColumn: "practice", Words: map[string]string{"noun.person": "patient, patients", "stage.ran": "In fact", "box.analysed.1": "{people} of {arm}\nown words"}}
}

// The chart is one well-formed drawing, with title and description, no text
// wider than its box, and nothing of a name taken as markup.
func TestFlowChart(t *testing.T) {
	svg := FlowChart(smallFlow())
	d := xml.NewDecoder(strings.NewReader(svg))
	names := map[string]int{}
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			names[e.Name.Local]++
		}
	}
	if names["script"] > 0 || names["title"] != 1 || names["desc"] != 1 || names["rect"] != 2+1+2*4+2 {
		t.Errorf("elements: %v", names)
	}
	for _, want := range []string{"9 practices approached", "3 practices declined", "Numbers disagree", "12 units randomised", "5 practices, 2 strata", "6 units to usual &lt;care&gt;", "1 patient<", "40 patients", "median 9.5 a unit (2–19)",
		"8 units recruited nobody", "1 unit recruited nobody", "In fact", "0 patients answered", "6 months", "1 moved &lt;/text&gt;", "29 of them every questionnaire", "own words", "39 patients of {arm}", "0 left out", "2 units: B, C", "1 unit: A"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the chart does not say %q", want)
		}
	}
	if strings.Contains(svg, "style=") {
		t.Error("a style attribute, which the page's policy forbids")
	}
	f, notes := smallFlow()
	notes.HideZero, notes.HideNames, notes.HideNobody, notes.PeopleOnly = true, true, true, true
	svg = FlowChart(f, notes)
	for _, gone := range []string{"recruited nobody", "0 left out", "2 units: B, C", "3 units"} {
		if strings.Contains(svg, gone) {
			t.Errorf("the chart still says %q", gone)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width float64
		want  string
	}{
		{"one two three", 8 * flowChar, "one two|three"},
		{"  blanks   inside ", 100 * flowChar, "blanks inside"},
		{"abcdefghij", 4 * flowChar, "abcd|efgh|ij"},
		{"", 100, ""},
	} {
		if got := strings.Join(wrap(c.text, c.width), "|"); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestFlowTable(t *testing.T) {
	f, notes := smallFlow()
	head, rows := FlowRows(f, notes)
	if len(head) != 3 || len(rows) != 8 {
		t.Fatalf("%v, %d rows: %v", head, len(rows), rows)
	}
	if last := rows[7]; last[0] != "Analysed" || !strings.Contains(last[2], "1 unit, 1 patient") {
		t.Errorf("%q", last)
	}
	if md := FlowTable(f, notes).Markdown(); !strings.Contains(md, "own words") {
		t.Error(md)
	}
}

// smallBaseline has every kind of line.
func smallBaseline() *analysis.BaselineResult {
	nan := math.NaN()
	cell := func(n int, v float64) stats.Cell {
		return stats.Cell{N: n, Missing: 10 - n, Value: v, SD: 2.25, Low: -3, High: -0.5}
	}
	test := func(p float64) stats.Test { return stats.Test{Name: "Welch t", Statistic: 1, DF: 8, DF2: nan, P: p} }
	row := func(name, statistic, section string) analysis.BaselineRow {
		return analysis.BaselineRow{Variable: name, Label: name + " (BMI)", Statistic: statistic, Section: section}
	}
	share := func(count int) stats.Cell {
		return stats.Cell{N: 9, Missing: 1, Value: 100 * float64(count) / 9, SD: nan, Low: nan, High: nan, Count: count}
	}
	sex := row("sex", "percent", "Two")
	r := &analysis.BaselineResult{Options: analysis.Baseline{Differences: true, Clustered: true, MissingRows: true}, Warnings: []string{"Few."}}
	r.Who.Names, r.Who.People, r.Who.Units = [2]string{"control", "intervention"}, [2]int{10, 10}, [2]int{3, 1}
	fisher, no := stats.Test{Name: "Fisher exact", P: 0.04, Statistic: nan, DF: nan, DF2: nan, Note: "smallest expected count 1.0"}, stats.Test{P: nan, Status: "There are no events in any group, so there is nothing to test."}
	r.Tables = []analysis.BaselineLines{{Title: "Table 1. X.", Lines: []analysis.BaselineLine{
		{Row: row("age", "mean", "One"), First: true, Last: true, Decimals: 1, All: cell(20, 50.25), Groups: [2]stats.Cell{cell(10, 50), cell(10, 50.5)}, Test: test(0.0004), Clustered: test(0.2), Imbalance: stats.Imbalance{Value: -0.001}, Imbalanced: true},
		{Row: row("y", "median", "One"), First: true, Last: true, All: cell(19, -2), Groups: [2]stats.Cell{cell(10, -2), cell(9, -1.5)}, Test: test(0.5), Clustered: no, Imbalance: stats.Imbalance{Value: nan, Status: "No spread."}},
		{Row: sex, Level: "f", First: true, Block: true, All: share(4), Groups: [2]stats.Cell{share(1), share(3)}, Test: fisher, Clustered: fisher, Imbalance: stats.Imbalance{Value: 0.5}},
		{Row: sex, Level: "m", Last: true, Block: true, All: share(5), Groups: [2]stats.Cell{share(2), share(3)}},
		{Row: row("none", "percent", ""), First: true, Last: true, All: share(0), Groups: [2]stats.Cell{share(0), share(0)}, Test: no, Clustered: no},
		{Row: row("=gone", "mean", ""), First: true, Reason: "The data have no column “=gone”."},
	}}}
	return r
}

func TestBaselineTable(t *testing.T) {
	table := BaselineTables(smallBaseline())[0]
	plain := table.Plain()
	for _, want := range []string{"intervention less control", "age (BMI)\t50.2 (2.2)\t50.5 (2.2)\t50.0 (2.2)\t<0.001\t0.200\t0.00\n", "y (BMI) n = 19\t−2 (−3– −0.5)\t−1.5 (−3– −0.5)\t−2 (−3– −0.5)\t0.500\tn/a\tn/a\n",
		"sex (BMI) n = 9\t\t\t\t0.040\t0.040\t0.50\n", "f\t44.4 (4)\t33.3 (3)\t11.1 (1)\t\t\t\n", "missing\t10.0 (1)", "none (BMI) n = 9\t0.0 (0)\t0.0 (0)\t0.0 (0)\tn/a", "There are no events in any group", "Few.", "Smallest expected count 1.0."} {
		if !strings.Contains(plain, want) {
			t.Errorf("the table does not say %q:\n%s", want, plain)
		}
	}
	var b bytes.Buffer
	if err := table.CSV(&b); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(lines) != 6 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	at := map[string]int{}
	for i, name := range lines[0] {
		at[name] = i
	}
	if lines[1][at["value_intervention"]] != "50.5" || lines[1][at["p"]] != "0.0004" || lines[3][at["level"]] != "f" || lines[4][at["p"]] != "" || lines[5][at["p"]] != "" || lines[1][at["standardised_difference"]] != "-0.001" {
		t.Errorf("%v", lines)
	}
	html := table.HTML()
	if !strings.Contains(html, "body mass index") || !strings.Contains(html, `padding-left:12pt;">f`) || !strings.Contains(html, `padding-left:0pt;">age (BMI)<sup>a</sup>`) {
		t.Error(html)
	}
	r := smallBaseline()
	r.Options = analysis.Baseline{HideP: true}
	table = BaselineTables(r)[0]
	if len(table.Heads) != 4 || strings.Contains(table.Plain(), "Welch") || strings.Contains(table.Plain(), "<0.001") {
		t.Errorf("P is still there:\n%s", table.Plain())
	}
}
