package ui

import (
	"fmt"
	"math"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/analysis"
	"trialbox/app/report"
	"trialbox/app/state"
)

// pick chooses the outcome whose figure or model is shown.
func (v view) pick(r *analysis.Result, view state.OutcomeView) (app.UI, *analysis.OutcomeResult) {
	var options []option
	chosen := &r.Outcomes[0]
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		options = append(options, option{o.Outcome.Variable, o.Outcome.Label})
		if o.Outcome.Variable == view.Outcome {
			chosen = o
		}
	}
	return app.Div().Class("pickone").Body(v.selectField("f-outcome", "Outcome", chosen.Outcome.Variable, options, view, func(s string) state.Msg {
		next := view
		next.Outcome = s
		return state.SetOutcomeView{View: next}
	})), chosen
}

// plainTable is a small journal table of words.
func plainTable(head []string, rows [][]string) app.UI {
	var heads, body []app.UI
	for i, h := range head {
		class := "n"
		if i == 0 {
			class = ""
		}
		heads = append(heads, app.Th().Scope("col").Class(class).Text(h))
	}
	for _, r := range rows {
		cells := []app.UI{app.Th().Scope("row").Text(r[0])}
		for _, c := range r[1:] {
			cells = append(cells, app.Td().Class("n").Text(c))
		}
		body = append(body, app.Tr().Body(cells...))
	}
	return app.Table().Class("jt").Body(app.THead().Body(app.Tr().Body(heads...)), app.TBody().Body(body...))
}

func varianceTable(o *analysis.OutcomeResult) app.UI {
	residual, name := o.Fit.Residual, "residual"
	if o.Logit != nil {
		residual, name = math.Pi*math.Pi/3, "latent residual, fixed" // of the logistic distribution
	}
	total := residual
	for _, c := range o.Fit.Random {
		total += c.Variance
		if c.Term != "(Intercept)" {
			total = math.NaN() // a slope's variance is on another scale
		}
	}
	share := func(x float64) string {
		if math.IsNaN(total) {
			return ""
		}
		return report.Number(100*x/total, 1) + "%"
	}
	var rows [][]string
	for _, c := range o.Fit.Random {
		icc, level := "", c.Group
		if c.Term != "(Intercept)" {
			level += ", " + c.Term
		}
		for _, g := range o.Fit.ICC {
			if g.Group == c.Group && c.Term == "(Intercept)" {
				icc = report.Number(g.Value, 3)
			}
		}
		rows = append(rows, []string{level, report.Number(c.Variance, 2), report.Number(c.SD, 2), share(c.Variance), icc})
	}
	if !math.IsNaN(residual) {
		rows = append(rows, []string{name, report.Number(residual, 2), report.Number(math.Sqrt(residual), 2), share(residual), ""})
	}
	return plainTable([]string{"Level", "Variance", "SD", "Share", "ICC"}, rows)
}

func bootstrapAccount(r *analysis.Result, o *analysis.OutcomeResult) app.UI {
	s := o.Summary
	scheme := r.Options.StandardError()
	if s == nil {
		return app.P().Class("soft small").Text("No replicates. Standard error: " + scheme + ".")
	}
	pairs := [][2]app.UI{
		pair("Replicates", fmt.Sprintf("%s, %s", report.Count(s.Replicates), scheme)),
		pair("At the boundary", fmt.Sprintf("%s (%s%%): a variance is zero; valid, equal to the smaller model", report.Count(s.Boundary), report.Number(100*float64(s.Boundary)/float64(max(s.Replicates, 1)), 0))),
		pair("Failed", report.Count(s.Failed)),
		pair("Seed", fmt.Sprint(r.Options.Seed)),
	}
	for _, why := range s.Reasons {
		pairs = append(pairs, pair("Why", fmt.Sprintf("%s: %s", report.Count(why.Count), why.Reason)))
	}
	return kv(pairs...)
}

func contrastTable(r *analysis.Result, o *analysis.OutcomeResult) app.UI {
	d := o.Outcome.Decimals + 1
	if o.Outcome.Logit() {
		d = 2
	}
	var rows [][]string
	other := "SE, bootstrap (MC error)"
	for _, vis := range o.Visits {
		if vis.Model == nil {
			continue
		}
		if math.IsNaN(vis.Model.Estimate) {
			rows = append(rows, []string{vis.Visit.Label, "n/a", "", "", "", "", "", ""})
			if e := vis.Penalised; e != nil {
				rows = append(rows, []string{vis.Visit.Label + ", Firth’s penalised estimate, without patients and units", report.Number(e.Estimate, d), report.Number(e.SE, d), report.Range(e.Low, e.High, d), report.PValue(e.P), "", "", ""})
			}
			continue
		}
		row := []string{vis.Visit.Label, report.Number(vis.Model.Estimate, d), report.Number(vis.Model.SE, d), report.Range(vis.Model.Low, vis.Model.High, d), report.PValue(vis.Model.P)}
		if e := vis.Analytic; e != nil {
			other = "SE, " + r.Options.StandardError() + " (df)"
			row = append(row, report.Number(e.SE, d)+" ("+report.Number(e.DF, 1)+")", report.Range(e.Low, e.High, d), report.PValue(e.P))
		} else if b := vis.Boot; b != nil {
			s := vis.Shown(r.Options.Interval)
			row = append(row, report.Number(b.SE, d)+" (±"+report.Number(b.MCSE, d)+")", report.Range(s.Low, s.High, d), report.PValue(s.P))
		} else {
			row = append(row, "", "", "")
		}
		rows = append(rows, row)
	}
	what := "Difference"
	if o.Outcome.Logit() {
		what = "Log odds ratio"
	}
	return plainTable([]string{"Visit", what, "SE, model", "95% CI", "P", other, "95% CI", "P"}, rows)
}
