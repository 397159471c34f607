package ui

import (
	"fmt"
	"math"
	"slices"

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

func (v view) figures(r *analysis.Result, view state.OutcomeView) []app.UI {
	picker, o := v.pick(r, view)
	svg := report.OutcomeFigure(r, o.Outcome.Variable)
	if svg == "" {
		return []app.UI{picker, nothing("There is nothing to draw for " + o.Outcome.Label + ": " + o.Reason)}
	}
	head, rows := report.FigureRows(r, o.Outcome.Variable)
	return []app.UI{
		picker,
		app.Figure().Class("fig").ID("trajectory-figure").Body(
			region("Trajectory of "+o.Outcome.Label, app.Raw(svg)),
			app.FigCaption().Body(app.B().Text(o.Outcome.Label+"."), app.Text(" Raw means of all answers with 95% t intervals, by arm and visit.")),
		),
		app.Div().Class("tools").Body(
			v.button("quiet tight", "SVG", state.DownloadFigure{Variable: o.Outcome.Variable, Format: "svg"}),
			v.button("quiet tight", "PNG", state.DownloadFigure{Variable: o.Outcome.Variable, Format: "png"}),
		),
		app.Details().Body(app.Summary().Text("The numbers behind the figure"), region("Numbers of the figure", plainTable(head, rows))),
	}
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

// model is everything behind one outcome's rows.
func (v view) model(r *analysis.Result, view state.OutcomeView) []app.UI {
	picker, o := v.pick(r, view)
	body := []app.UI{picker}
	if o.Reason != "" {
		body = append(body, banner("warn", iconWarn, o.Outcome.Label+" was not estimated.", o.Reason))
	}
	body = append(body, app.H2().Text("What was fitted"), kv(
		[2]app.UI{app.Text("Formula"), app.Code().ID("formula").Text(o.Formula)},
		pair("In words", o.Words),
		pair("Rows", fmt.Sprintf("%s rows of %s patients in %d units; %s left out for a missing covariate", report.Count(o.N), report.Count(o.Patients), o.Units, plural(o.Dropped, "row", "rows"))),
	))
	if o.Fit == nil {
		return body
	}
	fit := o.Fit
	state := tag("good", iconDone, "converged, not at a boundary")
	switch {
	case !fit.Converged:
		state = tag("bad", iconBad, "not converged")
	case fit.Singular:
		state = tag("good", iconDone, "converged; a variance is exactly zero")
	}
	body = append(body, kv(
		pair("Log-likelihood", report.Number(fit.LogLik, 3)),
		pair("AIC, BIC", report.Number(fit.AIC, 1)+", "+report.Number(fit.BIC, 1)),
		[2]app.UI{app.Text("State"), state},
	))
	for _, w := range o.Warnings {
		body = append(body, app.P().Class("small").Text(w))
	}
	for _, w := range fit.Warnings { // one by one where the table has them together
		if !slices.Contains(o.Warnings, w) {
			body = append(body, app.P().Class("small").Text(w))
		}
	}
	body = append(body, app.Div().Class("two").Body(
		app.Section().Body(app.H2().Text("Variance components"), varianceTable(o), integration(o)),
		app.Section().Body(app.H2().Text("Bootstrap account"), bootstrapAccount(r, o)),
	))
	body = append(body, app.H2().Text("Difference between the arms"), region("Contrasts", contrastTable(r, o)))
	body = append(body, v.settling(o)...)
	return append(body, app.H2().Text("Fixed effects"), region("Fixed effects", fixedTable(o)),
		app.Div().Class("notes").Body(app.P().Text("Model-based standard errors, z. Contrast at a visit: arm + arm × visit.")))
}

// settling shows whether the interval of the last follow-up has settled.
func (v view) settling(o *analysis.OutcomeResult) []app.UI {
	for k := len(o.Trace) - 1; k >= 0; k-- {
		vis := o.Visits[o.At[k]]
		svg := report.SettlingFigure(o, k, vis)
		if svg == "" {
			continue
		}
		head, rows := report.SettlingRows(o, k)
		return []app.UI{app.H2().Text("Has the interval settled?"),
			app.Figure().Class("fig").ID("settling").Body(region("Convergence", app.Raw(svg)),
				app.FigCaption().Body(app.B().Text("Standard error of the contrast at "+vis.Visit.Label), app.Text(" as replicates arrive; band: its Monte Carlo error (95%)."))),
			app.Details().Body(app.Summary().Text("The numbers behind the figure"), region("Numbers of the standard error", plainTable(head, rows)))}
	}
	return nil
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
	if s == nil {
		return app.P().Class("soft small").Text("No replicates: standard errors are model-based.")
	}
	scheme := ""
	for _, c := range analysis.Resamplings {
		if c[0] == r.Options.Resample {
			scheme = c[1]
		}
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
	for _, vis := range o.Visits {
		if vis.Model == nil {
			continue
		}
		if math.IsNaN(vis.Model.Estimate) {
			rows = append(rows, []string{vis.Visit.Label, "n/a", "", "", "", "", "", ""})
			continue
		}
		row := []string{vis.Visit.Label, report.Number(vis.Model.Estimate, d), report.Number(vis.Model.SE, d), report.Range(vis.Model.Low, vis.Model.High, d), report.PValue(vis.Model.P)}
		if b := vis.Boot; b != nil {
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
	return plainTable([]string{"Visit", what, "SE, model", "95% CI", "P", "SE, bootstrap (MC error)", "95% CI", "P"}, rows)
}

func fixedTable(o *analysis.OutcomeResult) app.UI {
	var rows [][]string
	if o.Logit != nil {
		for _, c := range o.Logit.Thresholds {
			rows = append(rows, []string{"threshold " + c.Name, report.Number(c.Estimate, 3), report.Number(c.SE, 3), ""})
		}
	}
	for k, term := range o.Fit.Terms {
		b, se := o.Fit.Beta[k], o.Fit.SE[k]
		rows = append(rows, []string{term, report.Number(b, 3), report.Number(se, 3), report.Range(b-1.959964*se, b+1.959964*se, 3)})
	}
	return plainTable([]string{"Term", "Estimate", "SE", "95% CI"}, rows)
}
