package report

import (
	"fmt"
	"math"
	"strings"

	"trialbox/app/analysis"
	"trialbox/app/trial"
	"trialbox/stats/boot"
)

// FixedTable are the fixed effects of an outcome's model with model-based
// standard errors; of a logit model with its thresholds and odds ratios.
func FixedTable(j *analysis.Job, m trial.Mapping, o *analysis.OutcomeResult) *Table {
	t := &Table{Title: "Fixed effects: " + o.Outcome.Label, File: "fixed effects", Flush: true,
		Heads: []Head{{Text: "Term"}, {Text: "Estimate"}, {Text: "SE"}, {Text: "95% CI"}, {Text: "P"}},
		Notes: []string{"Model-based standard errors, normal distribution. The difference between the arms at a later visit is the arm plus its term at that visit."}}
	logit := o.Logit != nil
	if logit {
		t.Heads = []Head{{Text: "Term"}, {Text: "Log odds"}, {Text: "SE"}, {Text: "Odds ratio (95% CI)"}, {Text: "P"}}
		for _, c := range o.Logit.Thresholds {
			t.Rows = append(t.Rows, fixedRow("Threshold "+c.Name, boot.Estimate{Name: c.Name, Estimate: c.Estimate, SE: c.SE, P: math.NaN(),
				Low: c.Estimate - z975*c.SE, High: c.Estimate + z975*c.SE}, 2, true, false))
		}
	}
	d := o.Outcome.Decimals + 1
	if logit {
		d = 2
	}
	for _, e := range boot.Fixed(o.Fit) {
		t.Rows = append(t.Rows, fixedRow(j.TermWords(m, e.Name), e, d, logit, logit && e.Name != "(Intercept)"))
	}
	t.proportional(o)
	if len(o.Fit.DroppedTerms) > 0 {
		t.Notes = append(t.Notes, "Left out, as others determine them: "+strings.Join(o.Fit.DroppedTerms, ", ")+".")
	}
	return t
}

// proportional adds to the fixed effects of an ordinal model the check of its
// assumption, that a term does the same at every threshold: of each term, and
// of the difference between the arms at all visits together.
func (t *Table) proportional(o *analysis.OutcomeResult) {
	if o.Logit == nil || len(o.Logit.Proportional) == 0 {
		return
	}
	of := map[string]float64{}
	joint := ""
	for _, x := range o.Logit.Proportional {
		switch {
		case len(x.Terms) == 1:
			of[x.Terms[0]] = x.P
		case !math.IsNaN(x.P):
			joint = fmt.Sprintf(" For the difference between the arms at all visits together χ² is %s on %d degrees of freedom, P %s.", Number(x.Statistic, 2), x.DF, PValue(x.P))
		}
	}
	t.Heads = append(t.Heads, Head{Text: "Proportional, P"})
	for k := range t.Rows {
		r := &t.Rows[k]
		c := Cell{P: true}
		if p, ok := of[r.term()]; ok && !math.IsNaN(p) {
			c.Value, c.Bold = PValue(p), p < 0.05
			r.Numbers = append(r.Numbers, Named{Name: "proportional_p", Value: p})
		}
		r.Cells = append(r.Cells, c)
	}
	t.Notes = append(t.Notes, "Proportional odds, by a score test: a small P says that the term acts otherwise at one threshold than at another, so that its odds ratio is an average over them."+joint)
}

// term is what a row of fixed effects is called in the model.
func (r Row) term() string {
	if len(r.Numbers) > 0 {
		return r.Numbers[0].Text
	}
	return ""
}

// fixedRow has the interval of a linear term, and of a logit one its odds ratio
// where it is one.
func fixedRow(label string, e boot.Estimate, decimals int, logit, ratio bool) Row {
	for decimals < 4 && e.SE > 0 && e.SE < 5*math.Pow(10, -float64(decimals)) { // two digits of a small standard error
		decimals++
	}
	if math.IsNaN(e.Estimate) {
		return Row{Label: label, Cells: []Cell{{Value: "n/a"}, {}, {}, {}}}
	}
	bold := e.P < 0.05
	p := Cell{Value: PValue(e.P), Bold: bold, P: true}
	if math.IsNaN(e.P) {
		p = Cell{}
	}
	interval := Cell{Value: "(" + Range(e.Low, e.High, decimals) + ")", Bold: bold}
	switch {
	case ratio:
		interval = Cell{Value: Number(math.Exp(e.Estimate), 2), Paren: Range(math.Exp(e.Low), math.Exp(e.High), 2), Bold: bold, Wide: true}
	case logit:
		interval = Cell{}
	}
	return Row{Label: label, Cells: []Cell{{Value: Number(e.Estimate, decimals)}, {Value: Number(e.SE, decimals)}, interval, p},
		Numbers: []Named{{Name: "term", Text: e.Name}, {Name: "estimate", Value: e.Estimate}, {Name: "se", Value: e.SE}, {Name: "low", Value: e.Low}, {Name: "high", Value: e.High}, {Name: "p", Value: e.P}}}
}
