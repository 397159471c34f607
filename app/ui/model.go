package ui

import (
	"fmt"
	"math"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/report"
	"trialbox/app/state"
)

// figures is the tab of the outcomes' figures: one outcome's course or answers
// by arm, then the forest of all.
func (v view) figures(p *state.Project, view state.OutcomeView) []app.UI {
	picker, o := v.pick(p.Run.Result, view)
	body := []app.UI{picker}
	b, _ := p.Behind()
	if len(o.Categories) > 0 {
		body = append(body, v.modelFigure(b, "stack"))
	} else if len(o.Visits) > 0 {
		body = append(body, app.Div().Class("actions").Body(
			v.layer("layer-patients", "Each patient", view.Spaghetti, view, func(n *state.OutcomeView, on bool) { n.Spaghetti = on }),
			v.layer("layer-units", "Means of units", view.UnitMeans, view, func(n *state.OutcomeView, on bool) { n.UnitMeans = on })),
			v.modelFigure(b, "trajectory"))
	} else {
		body = append(body, nothing("There is nothing to draw for "+o.Outcome.Label+": "+o.Reason))
	}
	names := []string{"forest"}
	kind := ""
	if view.Native {
		names, kind = []string{"native", "ratio"}, "native"
	}
	body = append(body, app.H2().Text("All outcomes"), v.segmented("forest-scale", "Scale", kind, []option{{"", "Standardised"}, {"native", "Native"}}, view, func(s string) state.Msg {
		next := view
		next.Native = s == "native"
		return state.SetOutcomeView{View: next}
	}))
	for _, name := range names {
		draw := func(half bool) (report.Figure, bool) { return report.AllOutcomes(p.Run.Result, name, half, true) }
		body = append(body, v.drawn(name, draw))
	}
	return body
}

// layer is a switch of the trajectory.
func (v view) layer(id, label string, on bool, view state.OutcomeView, set func(*state.OutcomeView, bool)) app.UI {
	return app.Label().Class("check").Body(
		app.Input().Type("checkbox").ID(id).Checked(on).OnChange(v.checked(fmt.Sprintf("%s %+v", id, view), func(on bool) state.Msg {
			next := view
			set(&next, on)
			return state.SetOutcomeView{View: next}
		})),
		app.Span().Text(label))
}

func (v view) modelFigure(b report.Behind, name string) app.UI {
	return v.drawn(name, func(half bool) (report.Figure, bool) { return b.Figure(name, half, true) })
}

// drawn is a figure in both widths, one of which the style sheet shows, its
// files and its numbers; nothing where there is nothing to draw.
func (v view) drawn(name string, draw func(half bool) (report.Figure, bool)) app.UI {
	wide, ok := draw(false)
	if !ok {
		return nil
	}
	narrow, _ := draw(true)
	return v.framed(name, wide, app.Div().Class("wide").Body(app.Raw(wide.SVG)), app.Div().Class("narrow").Body(app.Raw(narrow.SVG)))
}

// framed puts a figure's files and numbers below it.
func (v view) framed(name string, f report.Figure, drawing ...app.UI) app.UI {
	get := func(format string) app.UI {
		return v.button("quiet tight", map[string]string{"svg": "SVG", "png": "PNG", "csv": "CSV"}[format], state.DownloadFigure{Figure: name, Format: format})
	}
	return app.Figure().Class("fig").ID("figure-" + name).Body(append(drawing,
		app.Div().Class("tools").Body(get("svg"), get("png"), get("csv")),
		app.Details().Body(app.Summary().Text("The numbers behind the figure"), region("Numbers: "+f.Title, simpleTable(f.Table))))...)
}

// simpleTable is a table of the report as it stands, with its notes.
func simpleTable(t *report.Table) app.UI {
	var heads, rows, notes []app.UI
	for i, h := range t.Heads {
		th := app.Th().Scope("col")
		if i > 0 {
			th = th.Class("n")
		}
		heads = append(heads, th.Text(h.Text))
	}
	for _, r := range t.Rows {
		if r.Group {
			rows = append(rows, app.Tr().Class("g plain").Body(app.Th().Scope("rowgroup").ColSpan(len(t.Heads)).Text(r.Label)))
			continue
		}
		cells := []app.UI{app.Th().Scope("row").Text(r.Label)}
		for _, c := range r.Cells {
			text, class := c.Value, "n"
			if c.Paren != "" {
				text += " (" + c.Paren + ")"
			}
			if c.Bold {
				class = "n sig"
			}
			cells = append(cells, app.Td().Class(class).Text(text))
		}
		rows = append(rows, app.Tr().Body(cells...))
	}
	for _, n := range t.Notes {
		notes = append(notes, app.P().Text(n))
	}
	return app.Div().Body(app.Table().Class("jt").Body(app.THead().Body(app.Tr().Body(heads...)), app.TBody().Body(rows...)),
		app.If(len(notes) > 0, func() app.UI { return app.Div().Class("notes").Body(notes...) }))
}

// half is a figure drawn for a column, at every width of the page.
func (v view) half(b report.Behind, name string) app.UI {
	f, ok := b.Figure(name, true, true)
	if !ok {
		return nil
	}
	return v.framed(name, f, app.Raw(f.SVG))
}

// model is everything behind one outcome's rows.
func (v view) model(p *state.Project, view state.OutcomeView) []app.UI {
	picker, o := v.pick(p.Run.Result, view)
	body := []app.UI{picker}
	b, ok := p.Behind()
	if !ok || o.Fit == nil {
		if o.Reason != "" {
			return append(body, banner("warn", iconWarn, o.Outcome.Label+" was not estimated.", o.Reason), kv([2]app.UI{app.Text("Formula"), app.Code().ID("formula").Text(o.Formula)}))
		}
		return append(body, nothing("The model is being fitted."))
	}
	body = append(body, v.modelAnswers(b), v.plainWarnings(b),
		app.Div().Class("two").Body(
			app.Section().Body(app.H2().Text("Fixed effects"), region("Fixed effects", simpleTable(report.FixedTable(b.Progress.Job, p.Recipe.Mapping, o)))),
			app.Section().Body(app.H2().Text("What was fitted"), v.fitted(p, b),
				app.H2().Text("Variance components"), region("Variance components", varianceTable(o)), integration(o),
				app.H2().Text("Bootstrap account"), bootstrapAccount(p.Run.Result, o))),
		app.H2().Text("Difference between the arms"), region("Contrasts", contrastTable(p.Run.Result, o)))
	if f := v.modelFigure(b, "convergence"); f != nil {
		body = append(body, f)
	}
	if b.Outcome.Behind == nil {
		return append(body, app.P().Class("soft").Role("status").Text("Unit effects, residuals and the influence of each unit are being computed."))
	}
	body = append(body, v.pairs(b, "histogram", "caterpillar", "influence", "qq-residual", "qq-unit", "qq-patient", "needed")...)
	if b.Outcome.Summary != nil && b.Progress.Batches == nil {
		body = append(body, app.P().Class("soft small").Text("The replicates themselves are not kept with a project; “1,000 more” draws the same ones again and shows their histogram."))
	}
	return append(body, v.scripts())
}

// pairs stand two in a row, those that there are.
func (v view) pairs(b report.Behind, names ...string) []app.UI {
	var there, body []app.UI
	for _, name := range names {
		if f := v.half(b, name); f != nil {
			if name == "influence" {
				f = app.Div().Body(f, app.P().Class("small").Text(b.Influential()))
			}
			there = append(there, f)
		}
	}
	for i := 0; i < len(there); i += 2 {
		body = append(body, app.Div().Class("two").Body(there[i:min(i+2, len(there))]...))
	}
	return body
}

// modelAnswers are the few numbers that are looked for first.
func (v view) modelAnswers(b report.Behind) app.UI {
	o := b.Outcome
	d, scale := o.Outcome.Decimals, ""
	if o.Logit != nil {
		d, scale = 2, ", log odds ratio"
	}
	var boxes []app.UI
	box := func(over, big, under string) {
		boxes = append(boxes, app.Div().Body(app.P().Text(over), app.Span().Class("big").Text(big), app.P().Text(under)))
	}
	for k := len(o.At) - 1; k >= 0 && len(boxes) < 2; k-- {
		vis := o.Visits[o.At[k]]
		s := vis.Shown(b.Result.Options.Interval)
		switch {
		case vis.Baseline:
		case math.IsNaN(s.Estimate):
			under := "not estimable"
			if vis.Penalised != nil {
				under += "; " + report.PenalisedText(vis.Penalised)
			}
			box(vis.Visit.Label, "n/a", under)
		default:
			box(vis.Visit.Label+scale, report.Number(s.Estimate, d), "("+report.Range(s.Low, s.High, d)+"), P "+report.PValue(s.P))
		}
	}
	if len(o.Fit.ICC) > 0 {
		under := ""
		if o.Behind != nil && len(o.Behind.ICC) > 0 {
			under = "(" + report.Range(o.Behind.ICC[0].Low, o.Behind.ICC[0].High, 3) + ")"
		}
		if n := len(o.Fit.ICC); n > 1 {
			under += fmt.Sprintf("; %s %s", o.Fit.ICC[n-1].Group, report.Number(o.Fit.ICC[n-1].Value, 3))
		}
		box("ICC, "+o.Fit.ICC[0].Group, report.Number(o.Fit.ICC[0].Value, 3), under)
	}
	box("People, rows, units", fmt.Sprintf("%s, %s, %d", report.Count(o.Patients), report.Count(o.N), o.Units), plural(o.Dropped, "row", "rows")+" left out for a missing covariate")
	return app.Div().Class("answers").ID("model-answers").Body(boxes...)
}

func (v view) plainWarnings(b report.Behind) app.UI {
	var list []app.UI
	for _, w := range b.Outcome.PlainWarnings() {
		list = append(list, app.Li().Text(w))
	}
	return app.If(len(list) > 0, func() app.UI { return app.Ul().Class("small").ID("model-warnings").Body(list...) })
}

// fitted says the model four ways.
func (v view) fitted(p *state.Project, b report.Behind) app.UI {
	o, fit := b.Outcome, b.Outcome.Fit
	mark := tag("good", iconDone, "converged, not at a boundary")
	switch {
	case !fit.Converged:
		mark = tag("bad", iconBad, "not converged")
	case fit.Singular:
		mark = tag("good", iconDone, "converged; a variance is exactly zero")
	}
	return kv(
		[2]app.UI{app.Text("Formula"), app.Code().ID("formula").Text(o.Formula)},
		[2]app.UI{app.Text("Stata"), app.Code().ID("stata").Text(b.Progress.Job.StataModel())},
		[2]app.UI{app.Text("Equation"), app.Span().ID("equation").Text(b.Progress.Job.Equation())},
		pair("In words", o.Words),
		pair("Log-likelihood", report.Number(fit.LogLik, 3)),
		pair("AIC, BIC", report.Number(fit.AIC, 1)+", "+report.Number(fit.BIC, 1)),
		[2]app.UI{app.Text("State"), mark})
}

// scripts are the analysis for other programs.
func (v view) scripts() app.UI {
	return app.Section().ID("scripts").Body(app.H2().Text("The same analysis elsewhere"),
		app.P().Class("small").Text("Both scripts hold every outcome of the tables and read the trial in long form, which they expect beside them. That file contains patient data; the scripts hold none."),
		app.P().Class("actions").Body(v.button("tight", "analysis.R", state.DownloadScript{Language: "R"}), v.button("tight", "analysis.do (Stata)", state.DownloadScript{Language: "Stata"}),
			v.button("quiet tight", "Long form as CSV (contains patient data)", state.DownloadLong{})))
}
