package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"trialbox/app/analysis"
)

// OutcomeTable lays a result out as Table 3 of the model paper: for every
// outcome and follow-up the raw mean (SD) of both arms, the adjusted mean
// difference with its interval, and P. Footnotes say what was done.
func OutcomeTable(r *analysis.Result) *Table {
	b := tableBuilder{r: r, t: &Table{
		Title: "Table 3. Main outcomes and treatment effects across follow-up.",
		Spans: []Span{{1, 3, "Mean (SD)"}, {3, 5, "Between-group comparison"}},
	}}
	main := b.note(b.mainNote())
	b.t.Heads = []Head{
		{Text: "Outcome and timepoint"},
		{Text: title(r.Arms[1]), Sub: b.followed(1)},
		{Text: title(r.Arms[0]), Sub: b.followed(0)},
		{Text: "Adjusted mean difference", Sub: "(95% CI)", Mark: main},
		{Text: "P"},
	}
	if !slices.ContainsFunc(r.Outcomes, func(o analysis.OutcomeResult) bool { return o.Adjusted }) {
		b.t.Heads[3].Text = "Mean difference"
	}
	for i := range r.Outcomes {
		b.outcome(&r.Outcomes[i])
	}
	b.t.Legend = legend(r)
	b.fewUnits()
	return b.t
}

type tableBuilder struct {
	r     *analysis.Result
	t     *Table
	marks map[string]string // note text to its letter
}

// note adds a footnote once and gives its letter.
func (b *tableBuilder) note(text string) string {
	if m, ok := b.marks[text]; ok {
		return m
	}
	if b.marks == nil {
		b.marks = map[string]string{}
	}
	m := letter(len(b.marks))
	b.marks[text] = m
	b.t.Notes = append(b.t.Notes, text)
	b.t.Marks = append(b.t.Marks, m)
	return m
}

// letter gives a, b, … z, aa, ab, …
func letter(i int) string {
	if i < 26 {
		return string(rune('a' + i))
	}
	return letter(i/26-1) + letter(i%26)
}

// mainNote is the footnote of the difference: what it is, from which model,
// and where interval and P come from.
func (b *tableBuilder) mainNote() string {
	o := b.r.Options
	s := title(b.r.Arms[1]) + " v " + b.r.Arms[0] + ". " + b.commonWords() + "."
	if o.Resample == "none" {
		return s + " Interval and P are model-based (normal)."
	}
	how := "units resampled whole"
	if o.Resample == "units by arm" {
		how += " within arm"
	}
	kind := map[string]string{"normal": "normal interval", "percentile": "percentile interval", "basic": "basic interval", "bc": "bias-corrected interval"}[o.Interval]
	return s + fmt.Sprintf(" Cluster bootstrap, %s, %s replicates, seed %d: %s, P from the bootstrap standard error.", how, Count(o.Replicates), o.Seed, kind)
}

// commonWords is the model most outcomes have; others say so themselves.
func (b *tableBuilder) commonWords() string {
	count, best := map[string]int{}, ""
	for _, o := range b.r.Outcomes {
		if o.Words == "" {
			continue
		}
		count[o.Words]++
		if best == "" || count[o.Words] > count[best] {
			best = o.Words
		}
	}
	if best == "" {
		return "Linear mixed model"
	}
	return best
}

// followed is the number of answers at the last follow-up most outcomes have,
// printed under the arm as "n = 137": the largest n at any follow-up.
func (b *tableBuilder) followed(arm int) string {
	if n := b.largest(arm); n > 0 {
		return "n = " + Count(n)
	}
	return ""
}

func (b *tableBuilder) largest(arm int) int {
	most := 0
	for _, o := range b.r.Outcomes {
		for _, v := range o.Visits {
			if !v.Baseline && v.Arms[arm].N > most {
				most = v.Arms[arm].N
			}
		}
	}
	return most
}

func (b *tableBuilder) outcome(o *analysis.OutcomeResult) {
	g := Row{Key: o.Outcome.Variable, Label: o.Outcome.Label, Group: true}
	if o.Outcome.Primary {
		g.Tag = "primary"
	}
	if o.Status == analysis.Failed {
		g.Mark = b.note(o.Outcome.Label + ": not estimated; " + sentence(o.Reason))
		b.t.Rows = append(b.t.Rows, g)
		for _, v := range o.Visits {
			if !v.Baseline {
				b.t.Rows = append(b.t.Rows, b.visit(o, v))
			}
		}
		return
	}
	if o.Words != "" && o.Words != b.commonWords() {
		g.Mark += b.note(o.Words + ".")
	}
	for _, w := range o.Warnings {
		g.Mark = join(g.Mark, b.note(w))
	}
	b.t.Rows = append(b.t.Rows, g)
	for _, v := range o.Visits {
		if !v.Baseline {
			b.t.Rows = append(b.t.Rows, b.visit(o, v))
		}
	}
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "," + b
}

func (b *tableBuilder) visit(o *analysis.OutcomeResult, v analysis.VisitResult) Row {
	d := o.Outcome.Decimals
	row := Row{Key: o.Outcome.Variable, Label: v.Visit.Label, Live: !o.Settled() && o.Status != analysis.Failed}
	for _, arm := range []int{1, 0} {
		a := v.Arms[arm]
		c := Cell{Value: Number(a.Mean, d), Paren: Number(a.SD, d)}
		if a.N != b.largest(arm) {
			c.Mark = b.note(ownN(o, b.r.Arms[arm], v, arm))
		}
		row.Cells = append(row.Cells, c)
	}
	if o.Status == analysis.Failed {
		row.Cells = append(row.Cells, Cell{Value: "n/a"}, Cell{Value: "n/a", P: true})
		row.Numbers = b.numbers(o, v)
		return row
	}
	low, high, p, boot := v.Interval(b.r.Options.Interval)
	diff := Cell{Value: "…", Wide: true}
	pCell := Cell{Value: "", P: true}
	if v.Model != nil && math.IsNaN(v.Model.Estimate) {
		diff.Value, pCell.Value = "n/a", "n/a"
		diff.Mark = b.note("Not estimable: a covariate stands for the same thing as the arm at that visit.")
	} else if v.Model != nil {
		diff.Value, diff.Paren = Number(v.Model.Estimate, d), Range(low, high, d)
		pCell.Value = PValue(p)
		row.Live = row.Live || (!boot && b.r.Options.Resample != "none")
		bold := !row.Live && p < 0.05
		diff.Bold, pCell.Bold = bold, bold
		if o.Settled() && !boot && b.r.Options.Resample != "none" {
			diff.Mark = b.note("Model-based interval: too few replicates came back for a bootstrap one.")
		}
		if f := failed(o); f != "" {
			diff.Mark = join(diff.Mark, b.note(f))
		}
	}
	row.Cells = append(row.Cells, diff, pCell)
	row.Numbers = b.numbers(o, v)
	return row
}

// ownN groups the visits of one arm that share an n, so that a table of
// thirteen outcomes does not grow thirty footnotes.
func ownN(o *analysis.OutcomeResult, arm string, v analysis.VisitResult, a int) string {
	return fmt.Sprintf("n = %s in the %s arm at %s.", Count(v.Arms[a].N), arm, v.Visit.Label)
}

func failed(o *analysis.OutcomeResult) string {
	if o.Summary == nil || o.Summary.Failed == 0 {
		return ""
	}
	return fmt.Sprintf("%s of %s replicates could not be fitted and are left out.", Count(o.Summary.Failed), Count(o.Summary.Replicates))
}

// numbers are the row at full precision, one CSV line.
func (b *tableBuilder) numbers(o *analysis.OutcomeResult, v analysis.VisitResult) []Named {
	nan := func(p *float64) float64 {
		if p == nil {
			return Missing
		}
		return *p
	}
	var est, se, low, high, p, modelSE *float64
	kind := "model"
	if v.Model != nil {
		est, modelSE, se, low, high, p = &v.Model.Estimate, &v.Model.SE, &v.Model.SE, &v.Model.Low, &v.Model.High, &v.Model.P
		if l, h, pv, boot := v.Interval(b.r.Options.Interval); boot {
			kind, se, low, high, p = "bootstrap "+b.r.Options.Interval, &v.Boot.SE, &l, &h, &pv
		}
	}
	boundary, failures := 0, 0
	if o.Summary != nil {
		boundary, failures = o.Summary.Boundary, o.Summary.Failed
	}
	return []Named{
		{Name: "outcome", Text: o.Outcome.Variable}, {Name: "label", Text: o.Outcome.Label},
		{Name: "visit", Text: v.Visit.Code}, {Name: "months", Value: v.Visit.Months},
		{Name: "n_intervention", Value: float64(v.Arms[1].N)}, {Name: "mean_intervention", Value: v.Arms[1].Mean}, {Name: "sd_intervention", Value: v.Arms[1].SD},
		{Name: "n_control", Value: float64(v.Arms[0].N)}, {Name: "mean_control", Value: v.Arms[0].Mean}, {Name: "sd_control", Value: v.Arms[0].SD},
		{Name: "difference", Value: nan(est)}, {Name: "se", Value: nan(se)}, {Name: "low", Value: nan(low)}, {Name: "high", Value: nan(high)}, {Name: "p", Value: nan(p)},
		{Name: "interval", Text: kind}, {Name: "se_model", Value: nan(modelSE)},
		{Name: "replicates", Value: float64(o.Done)}, {Name: "boundary", Value: float64(boundary)}, {Name: "failed", Value: float64(failures)},
		{Name: "status", Text: string(o.Status)},
	}
}

// fewUnits is the note every table under 40 units carries (design: few
// clusters make every one of these standard errors too small).
func (b *tableBuilder) fewUnits() {
	units := 0
	for _, o := range b.r.Outcomes {
		units = max(units, o.Units)
	}
	if units == 0 || units >= 40 {
		return
	}
	b.t.Notes = append(b.t.Notes, fmt.Sprintf("%d units (%d %s, %d %s): under about 40 units the cluster bootstrap and the model-based standard error both tend to be too small; read P values near 0.05 with that in mind.",
		units, b.r.Units[1], b.r.Arms[1], b.r.Units[0], b.r.Arms[0]))
	b.t.Marks = append(b.t.Marks, "")
}

func title(s string) string {
	if s == "" {
		return s
	}
	r := []rune(s)
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}
