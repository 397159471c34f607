package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"trialbox/app/analysis"
	"trialbox/stats/boot"
)

// OutcomeTable lays the continuous outcomes of a result out as Table 3 of the
// model paper: for every outcome and follow-up the raw mean (SD) of both arms,
// the adjusted mean difference with its interval, and P. Footnotes say what
// was done.
func OutcomeTable(r *analysis.Result) *Table {
	b := newBuilder(r, func(o *analysis.OutcomeResult) bool { return o.Outcome.Is(analysis.Continuous) })
	b.t = &Table{Title: "Table 3. Main outcomes and treatment effects across follow-up.", File: "table 3"}
	main := b.note(b.mainNote())
	b.t.Heads = []Head{
		{Text: "Outcome and timepoint"},
		{Text: title(r.Arms[1]), Sub: b.followed(1)},
		{Text: title(r.Arms[0]), Sub: b.followed(0)},
		{Text: "Adjusted mean difference", Sub: "(95% CI)", Mark: main},
		{Text: "P"},
	}
	if !slices.ContainsFunc(b.outcomes, func(o *analysis.OutcomeResult) bool { return o.Adjusted }) {
		b.t.Heads[3].Text = "Mean difference"
	}
	if m := r.Options.Multiplicity; m != "" {
		b.t.Heads = append(b.t.Heads, Head{Text: "P", Sub: corrections[m], Mark: b.note(b.familyNote())})
	}
	if e := r.Options.EffectSize; e != "" {
		b.t.Heads = append(b.t.Heads, Head{Text: "Effect size", Sub: "(95% CI)", Mark: b.note(effectNotes[e])})
	}
	b.t.Spans = []Span{{1, 3, "Mean (SD)"}, {3, len(b.t.Heads), "Between-group comparison"}}
	for _, o := range b.outcomes {
		b.outcome(o)
	}
	b.t.Legend = b.legend("SD")
	b.fewUnits()
	return b.t
}

// corrections are the names of the corrections in a column's head.
var corrections = map[string]string{"bonferroni": "Bonferroni", "holm": "Holm", "hochberg": "Hochberg", "hommel": "Hommel", "BH": "Benjamini-Hochberg", "BY": "Benjamini-Yekutieli"}

var effectNotes = map[string]string{
	"model":    "The difference over the model’s standard deviation, the root of all its variances; the interval is that of the difference, divided.",
	"baseline": "The difference over the pooled standard deviation at baseline; the interval is that of the difference, divided.",
}

// familyNote says which P values were adjusted together.
func (b *tableBuilder) familyNote() string {
	of := "over the outcomes at the same visit, those of both tables"
	if b.r.Options.Family == "all" {
		of = "over all follow-ups of all outcomes, those of both tables"
	}
	return "P adjusted by the method of " + corrections[b.r.Options.Multiplicity] + " " + of + "."
}

type tableBuilder struct {
	r        *analysis.Result
	outcomes []*analysis.OutcomeResult // those of this table
	t        *Table
	marks    map[string]string // note text to its letter
}

func newBuilder(r *analysis.Result, in func(*analysis.OutcomeResult) bool) *tableBuilder {
	b := &tableBuilder{r: r}
	for i := range r.Outcomes {
		if in(&r.Outcomes[i]) {
			b.outcomes = append(b.outcomes, &r.Outcomes[i])
		}
	}
	return b
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
	words := b.commonWords(nil)
	if words == "" {
		words = "Linear mixed model"
	}
	return title(b.r.Arms[1]) + " v " + b.r.Arms[0] + ". " + words + "." + b.how(b.r.Options.Replicates, false)
}

// how says where interval and P of linear or of logit outcomes come from.
func (b *tableBuilder) how(replicates int, logit bool) string {
	o := b.r.Options
	switch {
	case o.Bootstraps():
	case o.Resample == "none":
		return " Interval and P are model-based (normal)."
	case logit:
		return " Interval and P are model-based (normal): the standard error chosen for linear outcomes has no counterpart here."
	default:
		return analyticNotes[o.Resample] + map[bool]string{true: "; the model is fitted by REML for it, where the analysis is otherwise by ML"}[o.Resample == "kenward-roger" && o.Method == "ml"] + "."
	}
	how := map[string]string{"units by arm": "Cluster bootstrap, units resampled whole within arm", "units": "Cluster bootstrap, units resampled whole",
		"patients": "Bootstrap of patients within arm, units as they are", "two-stage": "Two-stage bootstrap, units within arm and patients within units",
		"parametric": "Parametric bootstrap from the fitted model"}[o.Resample]
	kind := map[string]string{"normal": "normal interval", "percentile": "percentile interval", "basic": "basic interval", "bc": "bias-corrected interval", "bca": "bias-corrected and accelerated interval"}[o.Interval]
	return fmt.Sprintf(" %s, %s replicates, seed %d: %s, P from the bootstrap standard error.", how, Count(replicates), o.Seed, kind)
}

// analyticNotes say how interval and P come about without replicates.
var analyticNotes = map[string]string{
	"satterthwaite": " Interval and P from the model’s standard error and the t distribution with Satterthwaite’s degrees of freedom",
	"kenward-roger": " Interval and P by Kenward and Roger’s method: a standard error adjusted for few units and the t distribution with its degrees of freedom",
	"cr2":           " Interval and P from a cluster-robust standard error, bias-reduced (CR2) over units, and the t distribution with its Satterthwaite degrees of freedom",
}

// commonWords is the model most outcomes have, among those that in chooses
// (nil = all); others say so themselves.
func (b *tableBuilder) commonWords(in func(*analysis.OutcomeResult) bool) string {
	count, best := map[string]int{}, ""
	for _, o := range b.outcomes {
		if o.Words == "" || in != nil && !in(o) {
			continue
		}
		count[o.Words]++
		if best == "" || count[o.Words] > count[best] {
			best = o.Words
		}
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
	for _, o := range b.outcomes {
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
	if o.Words != "" && o.Words != b.commonWords(nil) {
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
	diff, p := b.contrast(o, &v, &row)
	row.Cells = append(row.Cells, diff, p)
	if b.r.Options.Multiplicity != "" {
		row.Cells = append(row.Cells, adjustedP(v, p))
	}
	if b.r.Options.EffectSize != "" {
		row.Cells = append(row.Cells, b.effect(v))
	}
	row.Numbers = b.numbers(o, v)
	return row
}

// contrast is the difference with its interval, and P, as far as they have
// come; a row whose interval still moves is marked as live.
func (b *tableBuilder) contrast(o *analysis.OutcomeResult, v *analysis.VisitResult, row *Row) (diff, p Cell) {
	diff, p = Cell{Value: "…", Wide: true}, Cell{P: true}
	d := o.Outcome.Decimals
	if o.Outcome.Logit() {
		d = 1
	}
	s := v.Shown(b.r.Options.Interval)
	wants := b.r.Options.Bootstraps()
	switch {
	case o.Status == analysis.Failed || v.Model != nil && math.IsNaN(v.Model.Estimate):
		diff.Value, p.Value = "n/a", "n/a"
		switch {
		case o.Status == analysis.Failed: // said at the outcome's name
		case v.NotEstimable != "":
			text := v.NotEstimable
			if v.Penalised != nil {
				text += " Offered in its place: " + PenalisedText(v.Penalised) + "."
			}
			diff.Mark = b.note(text)
		default:
			diff.Mark = b.note("Not estimable: a covariate stands for the same thing as the arm at that visit.")
		}
		return diff, p
	case v.Model == nil:
		return diff, p
	}
	diff.Value, diff.Paren = Number(s.Estimate, d), Range(s.Low, s.High, d)
	p.Value = PValue(s.P)
	live := !o.Settled()
	if live {
		row.Live = true
		diff.Live, p.Live = true, true
	}
	bold := !live && s.P < 0.05
	diff.Bold, p.Bold = bold, bold
	switch n, of, tooMany := v.Unbounded(); {
	case live:
	case tooMany:
		diff.Mark = b.note(fmt.Sprintf("%s of %s replicates without finite estimate, too many for a bootstrap standard error: interval and P are model-based.", Count(n), Count(of)))
	case n > 0:
		diff.Mark = b.note(fmt.Sprintf("%s of %s replicates without finite estimate.", Count(n), Count(of)))
	case wants && s.Source != "bootstrap":
		diff.Mark = b.note("Model-based interval: too few replicates came back for a bootstrap one.")
	case analyticNotes[b.r.Options.Resample] != "" && !o.Outcome.Logit() && v.Analytic == nil:
		diff.Mark = b.note("Interval and P are model-based (normal): " + b.r.Options.StandardError() + " could not be computed for this outcome.")
	}
	if v.Few != "" {
		diff.Mark = join(diff.Mark, b.note(v.Few))
	}
	if f := failed(o); f != "" {
		diff.Mark = join(diff.Mark, b.note(f))
	}
	return diff, p
}

// PenalisedText is Firth's estimate with its marking.
func PenalisedText(e *boot.Estimate) string {
	return "Firth’s penalised estimate, which disregards patients and units, " + Number(e.Estimate, 2) + " (" + Range(e.Low, e.High, 2) + "), P " + PValue(e.P)
}

// adjustedP is the P value among its family.
func adjustedP(v analysis.VisitResult, p Cell) Cell {
	c := Cell{P: true, Live: p.Live, Value: p.Value}
	if !math.IsNaN(v.PAdjusted) {
		c.Value = PValue(v.PAdjusted)
		c.Bold = !p.Live && v.PAdjusted < 0.05
	}
	return c
}

func (b *tableBuilder) effect(v analysis.VisitResult) Cell {
	e := v.EffectModel
	if b.r.Options.EffectSize == "baseline" {
		e = v.EffectBaseline
	}
	if math.IsNaN(e.D) {
		return Cell{Value: enDash, Wide: true}
	}
	return Cell{Value: Number(e.D, 2), Paren: Range(e.Low, e.High, 2), Wide: true}
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
	s, kind, modelSE := v.Shown(b.r.Options.Interval), "model", Missing
	if v.Model != nil {
		modelSE = v.Model.SE
	}
	switch s.Source {
	case "bootstrap":
		kind = "bootstrap " + b.r.Options.Interval
	case "preview":
		kind = "bootstrap preview"
	case "":
	default:
		kind = s.Source
	}
	boundary, failures := 0, 0
	if o.Summary != nil {
		boundary, failures = o.Summary.Boundary, o.Summary.Failed
	}
	lines := []Named{
		{Name: "outcome", Text: o.Outcome.Variable}, {Name: "label", Text: o.Outcome.Label},
		{Name: "visit", Text: v.Visit.Code}, {Name: "months", Value: v.Visit.Months},
		{Name: "n_intervention", Value: float64(v.Arms[1].N)}, {Name: "mean_intervention", Value: v.Arms[1].Mean}, {Name: "sd_intervention", Value: v.Arms[1].SD},
		{Name: "n_control", Value: float64(v.Arms[0].N)}, {Name: "mean_control", Value: v.Arms[0].Mean}, {Name: "sd_control", Value: v.Arms[0].SD},
		{Name: "difference", Value: s.Estimate}, {Name: "se", Value: s.SE}, {Name: "low", Value: s.Low}, {Name: "high", Value: s.High}, {Name: "p", Value: s.P},
		{Name: "interval", Text: kind}, {Name: "se_model", Value: modelSE},
		{Name: "replicates", Value: float64(o.Done)}, {Name: "boundary", Value: float64(boundary)}, {Name: "failed", Value: float64(failures)},
		{Name: "status", Text: string(o.Status)},
	}
	if analyticNotes[b.r.Options.Resample] != "" {
		df := Missing
		if v.Analytic != nil {
			df = v.Analytic.DF
		}
		lines = append(lines, Named{Name: "df", Value: df})
	}
	if b.r.Options.Multiplicity != "" {
		lines = append(lines, Named{Name: "p_adjusted", Value: v.PAdjusted})
	}
	if b.r.Options.EffectSize != "" {
		lines = append(lines, Named{Name: "effect_model", Value: v.EffectModel.D}, Named{Name: "effect_baseline", Value: v.EffectBaseline.D})
	}
	return lines
}

// fewUnits is the note every table under 40 units carries (design: few
// clusters make every one of these standard errors too small).
func (b *tableBuilder) fewUnits() {
	units := 0
	for _, o := range b.outcomes {
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
