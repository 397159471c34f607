package report

import (
	"fmt"
	"math"
	"strings"

	"trialbox/app/analysis"
)

// SensitivityTables are the variants beside the main result: other people,
// other models, and the missing outcomes that were shifted. Tables without a
// column of their own are left out.
func SensitivityTables(r *analysis.SensitivityResult) []*Table {
	var out []*Table
	for _, people := range []bool{true, false} {
		if t := sensitivityTable(r, people); t != nil {
			out = append(out, t)
		}
	}
	if len(r.Shifts) > 0 {
		out = append(out, shiftTable(r))
	}
	for k, t := range out {
		t.Title = fmt.Sprintf("Table S%d. %s", k+2, t.Title)
	}
	return out
}

func sensitivityTable(r *analysis.SensitivityResult, people bool) *Table {
	b := &tableBuilder{r: &analysis.Result{Arms: r.Arms, Options: r.Options}, t: &Table{Title: "Other models for the same people, beside the main result.", File: "sensitivity-models"}}
	if people {
		b.t.Title, b.t.File = "The same model for other people, beside the main result.", "sensitivity-people"
	}
	columns := []int{0}
	for k, c := range r.Columns {
		if k > 0 && c.Variant.People() == people {
			columns = append(columns, k)
		}
	}
	if len(columns) == 1 || len(r.Outcomes) == 0 {
		return nil
	}
	for i := range r.Outcomes {
		b.outcomes = append(b.outcomes, &r.Outcomes[i].Rows[0].Result)
	}
	mark := b.note(title(r.Arms[1]) + " v " + r.Arms[0] + ": adjusted difference (95% CI)." + sensitivityHow(b, r))
	b.t.Heads = []Head{{Text: "Outcome and timepoint"}}
	for _, k := range columns {
		c := r.Columns[k]
		h := Head{Text: c.Variant.Label}
		if k == 0 {
			h.Mark = mark
		}
		if people {
			h.Sub = "n = " + Count(c.Patients) + ", " + unitsOf(c.Units)
		}
		b.t.Heads = append(b.t.Heads, h)
	}
	for _, o := range r.Outcomes {
		b.sensitivityOutcome(r, o, columns)
	}
	b.t.Legend = b.legend()
	if people {
		b.note("n: patients with a row in the data, and their units; a model uses those with its variables.")
	}
	b.t.Notes, b.t.Marks = append(b.t.Notes, "Differs from the main result: "+analysis.DifferenceRule+". Bold: P < 0.05, not corrected for the number of analyses."), append(b.t.Marks, differs)
	return b.t
}

// differs marks a result that differs from the main one.
const differs = "†"

func unitsOf(n int) string {
	if n == 1 {
		return "1 unit"
	}
	return Count(n) + " units"
}

func sensitivityHow(b *tableBuilder, r *analysis.SensitivityResult) string {
	if !r.Bootstrap {
		return " Intervals and P are model-based (normal), the main result's too; the outcome tables may have the bootstrap's."
	}
	return b.how(r.Options.Replicates, false)
}

func (b *tableBuilder) sensitivityOutcome(r *analysis.SensitivityResult, o analysis.SensitivityOutcome, columns []int) {
	label, decimals := o.Outcome.Label, o.Outcome.Decimals
	if o.Outcome.Logit() {
		label, decimals = label+", log odds ratio", 2
	}
	b.t.Rows = append(b.t.Rows, Row{Key: o.Outcome.Variable, Label: label, Group: true})
	for v, visit := range o.Visits {
		row := Row{Key: o.Outcome.Variable, Label: title(visit.Label), Numbers: []Named{{Name: "outcome", Text: o.Outcome.Variable}, {Name: "visit", Text: visit.Code}}}
		for _, k := range columns {
			x := o.Rows[k]
			c := x.Cells[v]
			row.Cells = append(row.Cells, b.sensitivityCell(r.Columns[k].Variant.Label, x, v, decimals))
			row.Live = row.Live || !settled(x)
			id := r.Columns[k].Variant.ID
			row.Numbers = append(row.Numbers, Named{Name: id + "_estimate", Value: c.Estimate}, Named{Name: id + "_se", Value: c.SE}, Named{Name: id + "_low", Value: c.Low}, Named{Name: id + "_high", Value: c.High}, Named{Name: id + "_p", Value: c.P},
				Named{Name: id + "_rows", Value: float64(x.Result.N)}, Named{Name: id + "_patients", Value: float64(x.Result.Patients)}, Named{Name: id + "_units", Value: float64(x.Result.Units)}, Named{Name: id + "_differs", Value: truth(c.Moved || c.Crossed)})
		}
		b.t.Rows = append(b.t.Rows, row)
	}
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func settled(x analysis.SensitivityRow) bool { return x.Why != "" || x.Result.Settled() }

func (b *tableBuilder) sensitivityCell(name string, x analysis.SensitivityRow, v, decimals int) Cell {
	c := x.Cells[v]
	switch {
	case x.Why != "":
		return Cell{Value: "n/a", Mark: b.note(name + ": " + x.Why + ".")}
	case x.Same:
		return Cell{Value: "as main"}
	case math.IsNaN(c.Estimate) && !settled(x):
		return Cell{Value: "…", Live: true}
	case math.IsNaN(c.Estimate):
		return Cell{Value: "n/a"}
	}
	cell := Cell{Value: Number(c.Estimate, decimals), Paren: Range(c.Low, c.High, decimals), Wide: true, Bold: settled(x) && c.P < 0.05, Live: !settled(x)}
	if c.Moved || c.Crossed {
		cell.Mark = differs
	}
	if fit := x.Result.Fit; fit != nil && fit.Singular {
		cell.Mark = strings.TrimPrefix(cell.Mark+" "+b.note("A variance of a random effect is estimated as 0; the result is valid and equals that of the model without this effect."), " ")
	}
	return cell
}

// shiftTable has the shifted results of every outcome and visit, a few shifts
// each; the CSV has all of them.
func shiftTable(r *analysis.SensitivityResult) *Table {
	b := &tableBuilder{r: &analysis.Result{Arms: r.Arms}, t: &Table{Title: "Missing outcomes drawn from the model and shifted.", File: "sensitivity-shift", Lines: [][]Named{}}}
	mark := b.note("Missing outcomes are drawn from the fitted model, its parameters and effects from their approximate posterior, and moved by the shift at follow-up; " +
		"the completed data are analysed by the same model, and the results pooled by Rubin’s rules with the degrees of freedom of Barnard and Rubin.")
	b.t.Heads = []Head{{Text: "Shift"}, {Text: "Difference", Sub: "(95% CI)", Mark: mark}, {Text: "P"}}
	for _, s := range r.Shifts {
		name := s.Outcome.Label
		if s.Visit.Label != "" {
			name += ", " + s.Visit.Label
		}
		group := Row{Key: s.Outcome.Variable, Label: name, Group: true}
		if s.Err != "" {
			group.Mark = b.note("Not drawn: " + s.Err + ".")
			b.t.Rows = append(b.t.Rows, group)
			continue
		}
		group.Mark = b.note(shiftNote(r, s))
		b.t.Rows = append(b.t.Rows, group)
		for _, p := range s.Points {
			b.t.Lines = append(b.t.Lines, []Named{{Name: "outcome", Text: s.Outcome.Variable}, {Name: "visit", Text: s.Visit.Code}, {Name: "shifted_arm", Text: s.Arm}, {Name: "delta", Value: p.Delta}, {Name: "estimate", Value: p.Estimate},
				{Name: "se", Value: p.SE}, {Name: "df", Value: p.DF}, {Name: "low", Value: p.Low}, {Name: "high", Value: p.High}, {Name: "p", Value: p.P}, {Name: "imputations", Value: float64(p.Used)}})
			b.t.Rows = append(b.t.Rows, Row{Key: s.Outcome.Variable, Label: signed(p.Delta), Cells: []Cell{
				{Value: Number(p.Estimate, s.Outcome.Decimals), Paren: Range(p.Low, p.High, s.Outcome.Decimals), Wide: true, Bold: p.P < 0.05}, {Value: PValue(p.P), P: true, Bold: p.P < 0.05}}})
		}
	}
	return b.t
}

// signed is a shift: it goes up or down.
func signed(v float64) string {
	if v > 0 {
		return "+" + Plain(v)
	}
	return strings.Replace(Plain(v), "-", minus, 1)
}

func shiftNote(r *analysis.SensitivityResult, s analysis.ShiftResult) string {
	text := fmt.Sprintf("%s of %s imputations; %s missing outcomes drawn, %s of them shifted (%s).", Count(s.Done), Count(s.Target), Count(s.Drawn), Count(s.Moved), shiftArm(r, s))
	if s.Without > 0 {
		text += fmt.Sprintf(" %s missed visits were not drawn: the patients lack a covariate.", Count(s.Without))
	}
	return text
}

func shiftArm(r *analysis.SensitivityResult, s analysis.ShiftResult) string {
	if s.Arm == "both" {
		return "both arms"
	}
	return "the " + r.Arms[1] + " arm"
}

// ShiftVerdict says in a sentence at which shift the conclusion turns.
func ShiftVerdict(r *analysis.SensitivityResult, s analysis.ShiftResult) string {
	if s.Err != "" {
		return "Missing outcomes could not be drawn: " + s.Err + "."
	}
	first, last := s.Points[0].Delta, s.Points[len(s.Points)-1].Delta
	word := "significant"
	if s.Main.P >= 0.05 {
		word = "not significant"
	}
	begin := fmt.Sprintf("The main result at %s is %s (P %s). ", s.Visit.Label, word, PValue(s.Main.P))
	if math.IsNaN(s.Main.P) {
		begin = ""
	}
	who := "those who did not answer in " + shiftArm(r, s)
	if math.IsNaN(s.Tip) {
		return begin + fmt.Sprintf("No shift between %s and %s for %s takes P across 0.05.", signed(first), signed(last), who)
	}
	return begin + fmt.Sprintf("P crosses 0.05 when the outcomes of %s are taken as %s points other than the model expects of them.", who, signed(round(s.Tip, s.Outcome.Decimals)))
}

func round(v float64, decimals int) float64 {
	scale := math.Pow(10, float64(decimals))
	return math.Round(v*scale) / scale
}

// SensitivityFigure is the forest of one outcome at one visit: the main result
// first, then other models, then other people.
func SensitivityFigure(r *analysis.SensitivityResult, outcome, visit string, half, keys bool) (Figure, bool) {
	for _, o := range r.Outcomes {
		for v, at := range o.Visits {
			if o.Outcome.Variable == outcome && at.Code == visit {
				f := Forest(checksForest(r, o, v, half, keys))
				f.Table.Heads[0].Text = "Analysis"
				return f, true
			}
		}
	}
	return Figure{}, false
}

func checksForest(r *analysis.SensitivityResult, o analysis.SensitivityOutcome, v int, half, keys bool) ForestData {
	d := ForestData{Frame: Frame{ID: "sensitivity" + when(half, "-half"), Title: o.Outcome.Label + ", " + o.Visits[v].Label, Half: half, Keys: keys}, Arms: []string{title(r.Arms[1]), title(r.Arms[0])}}
	decimals := o.Outcome.Decimals
	if o.Outcome.Logit() {
		d.XLabel, decimals = "Log odds ratio", 2
	}
	better := map[string]int{"higher": 1, "lower": -1}[o.Rows[0].Result.Better]
	add := func(k int) {
		x := o.Rows[k]
		c := x.Cells[v]
		label := r.Columns[k].Variant.Label
		if c.Moved || c.Crossed {
			label += " " + differs
		}
		reason := x.Why
		if reason == "" && !settled(x) && math.IsNaN(c.Estimate) {
			reason = "waiting"
		}
		if x.Same {
			label += " (as main)"
		}
		d.Rows = append(d.Rows, ForestRow{Label: label, Estimate: c.Estimate, Low: c.Low, High: c.High, P: c.P, Decimals: decimals, Better: better, Primary: k == 0, Live: !settled(x), Reason: reason})
	}
	add(0)
	for _, people := range []bool{false, true} {
		head := map[bool]string{false: "Other models", true: "Other people"}[people]
		for k := 1; k < len(r.Columns); k++ {
			if r.Columns[k].Variant.People() != people {
				continue
			}
			if head != "" {
				d.Rows = append(d.Rows, ForestRow{Label: head, Group: true})
				head = ""
			}
			add(k)
		}
	}
	return d
}

// ShiftFigure is the curve over the shifts of one outcome at one visit.
func ShiftFigure(r *analysis.SensitivityResult, outcome, visit string, half, keys bool) (Figure, bool) {
	for _, s := range r.Shifts {
		if s.Outcome.Variable != outcome || s.Visit.Code != visit || s.Err != "" {
			continue
		}
		d := TippingData{Frame: Frame{ID: "tipping" + when(half, "-half"), Title: s.Outcome.Label + ", " + s.Visit.Label + ": missing outcomes shifted", Half: half, Keys: keys},
			XLabel: "Shift of the missing outcomes, " + shiftArm(r, s), YLabel: "Adjusted difference (95% CI)", Decimals: s.Outcome.Decimals, Tip: s.Tip}
		for _, p := range s.Points {
			d.Points = append(d.Points, TippingPoint{p.Delta, p.Estimate, p.Low, p.High, p.P})
		}
		return Tipping(d), true
	}
	return Figure{}, false
}

// AnswerPatterns is the pattern chart of who answered when.
func AnswerPatterns(a *analysis.Attrition, visits []string, half, keys bool) Figure {
	d := PatternData{Frame: Frame{ID: "patterns" + when(half, "-half"), Title: "Visits answered", Half: half, Keys: keys}, Visits: visits, Arms: []string{title(a.Who.Names[1]), title(a.Who.Names[0])}}
	for _, p := range a.Patterns {
		d.Patterns = append(d.Patterns, Pattern{Answered: p.Visits, N: []int{p.People[1], p.People[0]}})
	}
	return PatternChart(d)
}

// AtRandom says in words what the main analysis assumes of missing outcomes.
const AtRandom = "The main analysis uses every answer there is and takes missing ones as missing at random: among people of the same arm with the same covariates and the same answers so far, those who did not answer a visit would have answered like those who did. " +
	"The data cannot show whether this holds. Whether people who look alike at baseline answered alike is shown below; how far the conclusion rests on the assumption is shown by shifting the missing outcomes."
