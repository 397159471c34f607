package report

import (
	"math"
	"strings"

	"trialbox/app/analysis"
	"trialbox/app/fewclusters"
)

// FewTable sets the methods for few units side by side for the visit at an
// index of the plan.
func FewTable(p *analysis.FewPlan, visit int, lines []fewclusters.Line, verdict string, report fewclusters.Method) *Table {
	at := p.Visits[visit].Label
	b := &tableBuilder{t: &Table{File: "few clusters " + p.Spec.Outcome.Variable + " " + at, Flush: true,
		Title: p.Outcome + ", " + at + ": the difference between the arms by every method."}}
	b.t.Heads = []Head{{Text: "Method"}, {Text: "Difference (95% CI)"}, {Text: "SE"}, {Text: "df"}, {Text: "P"}}
	decimals := max(p.Spec.Outcome.Decimals, 1) + 1
	for _, l := range lines {
		row := Row{Key: string(l.Method), Label: string(l.Method)}
		if l.Method == report {
			row.Tag = "to report"
		}
		if l.Note != "" {
			row.Mark = b.note(strings.ToUpper(l.Note[:1]) + strings.TrimSuffix(l.Note[1:], ".") + ".")
		}
		interval := Cell{Value: Number(l.Estimate, decimals), Wide: true}
		if !math.IsNaN(l.Low) {
			interval.Paren = Range(l.Low, l.High, decimals)
		}
		pv := Cell{P: true}
		if !math.IsNaN(l.P) {
			pv.Value, pv.Bold = PValue(l.P), l.P < 0.05
		}
		row.Cells = []Cell{interval, {Value: finite(l.SE, decimals)}, {Value: finite(l.DF, 1)}, pv}
		row.Numbers = []Named{{Name: "outcome", Text: p.Spec.Outcome.Variable}, {Name: "visit", Text: at}, {Name: "method", Text: string(l.Method)},
			{Name: "estimate", Value: l.Estimate}, {Name: "se", Value: l.SE}, {Name: "df", Value: l.DF}, {Name: "low", Value: l.Low}, {Name: "high", Value: l.High}, {Name: "p", Value: l.P}, {Name: "note", Text: l.Note}}
		b.t.Rows = append(b.t.Rows, row)
	}
	b.t.Notes, b.t.Marks = append(b.t.Notes, verdict), append(b.t.Marks, "")
	if len(p.Moved) > 0 {
		b.t.Notes, b.t.Marks = append(b.t.Notes, "The permutation test takes the arms as randomised: "+strings.Join(p.Moved, ", ")+" moved, and the other lines take the arm they moved to."), append(b.t.Marks, "")
	}
	return b.t
}

// FewSources are the papers that the rule behind the verdict rests on.
const FewSources = "Kenward and Roger 1997; Cameron, Gelbach and Miller 2008; Webb 2014; McNeish and Stapleton 2016; Kahan et al. 2016; Leyrat et al. 2018; Pustejovsky and Tipton 2018; Gail et al. 1996 for permutation tests. The rule: 20 units or more in the smaller arm are enough, fewer than 6 are very few; methods agree when their P values lie on the same side of 0.05."

func finite(v float64, decimals int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return ""
	}
	return Number(v, decimals)
}
