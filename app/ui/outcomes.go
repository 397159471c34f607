package ui

import (
	"fmt"
	"math"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/analysis"
	"trialbox/app/report"
	"trialbox/app/state"
)

func (v view) outcomes() []app.UI {
	title := head("Outcomes", "Every outcome, visit by visit. Estimates stand at once; intervals settle while you read.")
	p := v.m.Project
	switch {
	case p == nil:
		return []app.UI{title, nothing("There is no trial yet. Open the example or your own CSV first.", screenLink("primary", "Go to Start", state.Start))}
	case p.Trial == nil:
		return []app.UI{title, nothing("The columns do not make a trial yet: "+p.TrialErr, screenLink("primary", "Give the columns their roles", state.Data))}
	case len(p.Recipe.Outcomes) == 0:
		return []app.UI{title, nothing("No column or score can be shown as a mean at a follow-up visit. Give outcome columns the role Outcome, or check the instruments.", screenLink("", "Data", state.Data), screenLink("", "Scores", state.Scores))}
	}
	return []app.UI{title, app.Div().Class("split").Body(v.outcomeOptions(p), app.Div().Class("results").Body(v.outcomeResults(p)...))}
}

// outcomeOptions stand left of the table they change.
func (v view) outcomeOptions(p *state.Project) app.UI {
	o := p.Recipe.Options
	set := func(change func(*analysis.Options)) state.Msg {
		next := o
		change(&next)
		return state.SetOptions{Options: next}
	}
	run := "Run"
	if p.Run != nil {
		run = "Run again"
	}
	body := []app.UI{
		app.Summary().Text("Options"),
		app.H2().Text("Options"),
		app.P().Class("actions").Body(v.button("primary", run, state.RunOutcomes{})),
		v.outcomeChoice(p),
		v.selectField("f-model", "Model", o.Model, []option{{"unit/patient", "Random intercepts: unit, patient"}, {"unit", "Random intercept: unit"}}, o,
			func(s string) state.Msg { return set(func(o *analysis.Options) { o.Model = s }) }),
		v.segmented("method", "Estimation", o.Method, []option{{"ml", "ML"}, {"reml", "REML"}}, o,
			func(s string) state.Msg { return set(func(o *analysis.Options) { o.Method = s }) }),
		v.covariates(p),
		v.selectField("f-resample", "Standard error", o.Resample, []option{{"units by arm", "Cluster bootstrap, within arm"}, {"units", "Cluster bootstrap, both arms"}, {"none", "Model-based"}}, o,
			func(s string) state.Msg { return set(func(o *analysis.Options) { o.Resample = s }) }),
		v.selectField("f-interval", "Interval", o.Interval, []option{{"normal", "Normal"}, {"percentile", "Percentile"}, {"basic", "Basic"}, {"bc", "BC"}}, o,
			func(s string) state.Msg { return set(func(o *analysis.Options) { o.Interval = s }) }),
		v.numberField("f-b", "Replicates", "", o.Replicates, o, func(n int) state.Msg { return set(func(o *analysis.Options) { o.Replicates = n }) }),
		v.numberField("f-seed", "Seed", "Replicate r depends on the data, the options, the seed and r only; 1,000 more continue the same sequence.", int(o.Seed), o,
			func(n int) state.Msg { return set(func(o *analysis.Options) { o.Seed = uint64(max(n, 0)) }) }),
	}
	return app.Details().Class("options").Body(body...)
}

func (v view) outcomeChoice(p *state.Project) app.UI {
	var boxes []app.UI
	for _, o := range p.Recipe.Outcomes {
		boxes = append(boxes, app.Label().Class("check").Body(
			app.Input().Type("checkbox").ID("o-"+o.Variable).Checked(o.Chosen).OnChange(v.checked("outcome "+o.Variable, func(on bool) state.Msg {
				return state.ToggleOutcome{Variable: o.Variable, On: on}
			})),
			app.Span().Text(o.Label)))
	}
	primary := ""
	choices := []option{{"", "none"}}
	for _, o := range p.Recipe.Outcomes {
		choices = append(choices, option{o.Variable, o.Label})
		if o.Primary {
			primary = o.Variable
		}
	}
	return app.Div().Body(
		app.FieldSet().Class("field").Body(app.Legend().Text("Outcomes"), app.Div().ID("outcome-choice").Body(boxes...)),
		v.selectField("f-primary", "Primary outcome", primary, choices, p.Recipe.Outcomes, func(s string) state.Msg { return state.SetPrimary{Variable: s} }),
	)
}

func (v view) covariates(p *state.Project) app.UI {
	var chips []app.UI
	for _, c := range p.Recipe.Mapping.Covariates {
		name := strings.ReplaceAll(c.Column, "_", " ")
		if c.Baseline {
			name += " at baseline"
		}
		if c.Factor {
			name += ", categories"
		}
		chips = append(chips, app.Li().Class("chip").Body(app.Text(name),
			app.Button().Type("button").Aria("label", "Remove "+name).Text("×").OnClick(v.on(state.ToggleCovariate{Column: c.Column}))))
	}
	add := v.selectBox("f-addcov", "Add a covariate", "", covariateChoices(p), p.Recipe.Mapping.Covariates, func(s string) state.Msg {
		if s == "" {
			return nil
		}
		kind, column, _ := strings.Cut(s, ":")
		return state.ToggleCovariate{Column: column, Factor: strings.Contains(kind, "factor"), Baseline: strings.Contains(kind, "base"), On: true}
	})
	return app.Div().Class("field").Body(
		app.Span().Class("label").Text("Covariates"),
		app.If(len(chips) > 0, func() app.UI { return app.Ul().Class("chips").Body(chips...) }),
		add,
		app.If(len(chips) == 0, func() app.UI { return app.Span().Class("hint").Text("none: the difference is unadjusted") }),
	)
}

// covariateChoices are the variables that are constant within a patient, and
// the baseline values of those that are not.
func covariateChoices(p *state.Project) []option {
	out := []option{{"", "Add…"}}
	used := map[string]bool{}
	for _, c := range p.Recipe.Mapping.Covariates {
		used[c.Column] = true
	}
	for _, c := range p.Candidates {
		if used[c.Column] {
			continue
		}
		kind, label := "number", strings.ReplaceAll(c.Column, "_", " ")
		if c.Factor {
			kind = "factor"
			label += ", categories"
		}
		if c.Baseline {
			kind += "base"
			label += " at baseline"
		}
		out = append(out, option{kind + ":" + c.Column, label})
	}
	return out
}

func (v view) outcomeResults(p *state.Project) []app.UI {
	run := p.Run
	if n := len(p.Unanswered()); n > 0 && run == nil {
		return []app.UI{banner("warn", iconWarn, plural(n, "question is", "questions are")+" open.", "The instruments concerned are not scored until you answer.", screenLink("tight", "Answer on Scores", state.Scores))}
	}
	if run == nil || run.Result == nil {
		return []app.UI{nothing("Nothing has been run yet.", v.button("primary", "Run all outcomes", state.RunOutcomes{}))}
	}
	view := p.View
	if view.Tab == "" {
		view.Tab = "table"
	}
	tabFor := func(id, label, count string) tab {
		next := view
		next.Tab = id
		return tab{id, label, count, state.SetOutcomeView{View: next}}
	}
	body := []app.UI{
		v.tabs("Outcome views", view.Tab, []tab{tabFor("table", "Table 3", fmt.Sprint(len(run.Result.Outcomes))), tabFor("figures", "Trajectories", ""), tabFor("model", "Model", "")}),
		v.work(run),
	}
	if run.Outdated() {
		body = append(body, banner("warn", iconWarn, "The options were changed.", "The numbers below belong to the former ones.", v.button("tight", "Run again", state.RunOutcomes{})))
	}
	switch view.Tab {
	case "figures":
		return append(body, v.figures(run.Result, view)...)
	case "model":
		return append(body, v.model(run.Result, view)...)
	}
	return append(body, v.table3(run)...)
}

// work is the state of the run: how far, how long, and a way out that keeps
// what is done.
func (v view) work(run *state.Run) app.UI {
	done, target, failed, boundary := run.Done()
	counts := fmt.Sprintf("%s of %s replicates", report.Count(done), report.Count(target))
	if target == 0 {
		counts = "model-based, no replicates"
	}
	details := fmt.Sprintf(", %s at the boundary, %s failed", report.Count(boundary), report.Count(failed))
	if !run.Active {
		word := "Bootstrap done: "
		var action app.UI = app.Span()
		switch {
		case run.Stopped && done < target:
			word = "Stopped: "
			action = app.Span().Class("actions").Body(v.button("tight", "Resume", state.ResumeRun{}))
		case target > 0:
			action = app.Span().Class("actions").Body(v.button("tight", "1,000 more", state.MoreReplicates{More: 1000}))
		}
		return app.Div().Class("work").ID("work").Role("group").Aria("label", "Bootstrap").DataSet("done", done).DataSet("target", target).Body(
			app.P().Role("status").Body(app.B().Text(word), app.Span().ID("work-text").Text(analysis.Headline(run.All)+", "+counts+details)), action)
	}
	left := ""
	if s := run.SecondsLeft(); s >= 0 {
		left = fmt.Sprintf(", about %.0f s left", s+0.5)
	}
	return app.Div().Class("work").ID("work").Role("group").Aria("label", "Bootstrap").DataSet("done", done).DataSet("target", target).Body(
		app.P().Body(app.B().Text("Bootstrap running: "), app.Span().ID("work-text").Text(analysis.Headline(run.All)+", "+counts+details+left)),
		v.button("tight", "Cancel, keep what is done", state.CancelRun{}),
		app.Progress().Max(float64(target)).Value(float64(done)).Aria("label", "Replicates done"),
	)
}

// table3 draws the outcome table with the page's own elements, so that a row
// that settles moves nothing else.
func (v view) table3(run *state.Run) []app.UI {
	t := report.OutcomeTable(run.Result)
	var top []app.UI
	top = append(top, app.Th().Scope("col").Rowspan(2).Body(app.Text("Outcome and timepoint")))
	for _, s := range t.Spans {
		top = append(top, app.Th().Scope("colgroup").ColSpan(s.To-s.From).Class("span").Text(s.Text))
	}
	top = append(top, app.Td().Class("reps"))
	var heads []app.UI
	for _, h := range t.Heads[1:] {
		class := "m"
		if h.Text == "P" {
			class = "n"
		}
		heads = append(heads, app.Th().Scope("col").Class(class).Body(app.Text(h.Text), sup(h.Mark), app.If(h.Sub != "", func() app.UI { return app.Small().Text(h.Sub) })))
	}
	heads = append(heads, app.Th().Scope("col").Class("reps").Text("Replicates"))
	byKey := map[string]*analysis.OutcomeResult{}
	for i := range run.Result.Outcomes {
		byKey[run.Result.Outcomes[i].Outcome.Variable] = &run.Result.Outcomes[i]
	}
	var rows []app.UI
	for _, r := range t.Rows {
		rows = append(rows, v.tableRow(r, byKey[r.Key], len(t.Heads)+1))
	}
	var notes []app.UI
	for i, n := range t.Notes {
		notes = append(notes, app.P().Body(sup(t.Marks[i]), app.Text("\u00a0"+n)))
	}
	return []app.UI{
		region("Table 3", app.Table().Class("jt still").ID("table3").Body(
			app.Caption().Body(app.Span().Class("cap").Body(app.B().Text(t.Title), app.Text(" "+t.Legend+" "), app.B().Text("Bold"), app.Text(": P < 0.05, settled rows only."))),
			app.THead().Body(app.Tr().Body(top...), app.Tr().Body(heads...)),
			app.TBody().Body(rows...))),
		app.Div().Class("notes").Body(notes...),
		app.Div().Class("tools").Body(
			v.button("quiet tight", "Copy", state.CopyTable{}),
			v.button("quiet tight", "HTML for Word", state.DownloadTable{Format: "html"}),
			v.button("quiet tight", "CSV", state.DownloadTable{Format: "csv"}),
			v.button("quiet tight", "Markdown", state.DownloadTable{Format: "md"}),
			v.button("quiet tight", "Recipe", state.DownloadRecipe{}),
		),
	}
}

func (v view) tableRow(r report.Row, o *analysis.OutcomeResult, columns int) app.UI {
	if r.Group {
		view := v.m.Project.View
		view.Tab, view.Outcome = "model", r.Key
		return app.Tr().Class("g").Body(app.Th().Scope("rowgroup").ColSpan(columns).Body(
			app.Button().Type("button").Class("aslink").OnClick(v.on(state.SetOutcomeView{View: view})).Text(r.Label),
			sup(r.Mark),
			app.If(r.Tag != "", func() app.UI { return app.Span().Class("tag").Text(" " + r.Tag) })))
	}
	class := "in"
	if r.Live {
		class = "in live"
	}
	cells := []app.UI{app.Th().Scope("row").Text(r.Label)}
	for _, c := range r.Cells {
		cells = append(cells, cell(c, o.Outcome.Decimals))
	}
	cells = append(cells, replicates(r, o))
	return app.Tr().Class(class).DataSet("outcome", r.Key).DataSet("visit", r.Label).Body(cells...)
}

// cell draws "value (paren)" with both parts aligned down the column.
func cell(c report.Cell, decimals int) app.UI {
	class := "n"
	if c.Bold {
		class += " sig"
	}
	if c.P {
		if c.Value == "n/a" {
			return app.Td().Class("n why").Text(c.Value)
		}
		return app.Td().Class(class).Body(app.Span().Class("pv").Text(c.Value), sup(c.Mark))
	}
	value, paren := "v", "p"
	if decimals == 1 {
		value += " d1" // pads to two decimals without adding a character
	}
	if c.Wide {
		paren += " w"
	}
	if c.Value == "n/a" {
		class += " why"
	}
	body := []app.UI{app.Span().Class(value).Text(c.Value), app.Text(" ")}
	if c.Paren != "" {
		body = append(body, app.Span().Class(paren).Body(app.Text("("+c.Paren+")"), sup(c.Mark)))
	} else {
		body = append(body, app.Span().Class(paren).Body(sup(c.Mark)))
	}
	return app.Td().Class(class).Body(body...)
}

func replicates(r report.Row, o *analysis.OutcomeResult) app.UI {
	text := report.Count(o.Done)
	switch {
	case o.Status == analysis.Failed:
		return app.Td().Class("reps")
	case o.Target == 0:
		text = "model"
	case o.Status == analysis.Waiting:
		text = "waiting"
	case r.Live || o.Status == analysis.Stopped:
		text = report.Count(o.Done) + " of " + report.Count(o.Target)
	}
	return app.Td().Class("reps").Body(app.Text(text), app.If(r.Live && o.Target > 0, func() app.UI {
		return app.Progress().Max(float64(o.Target)).Value(float64(o.Done)).Aria("label", "replicates of "+o.Outcome.Label)
	}))
}

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
	body = append(body, app.Div().Class("two").Body(
		app.Section().Body(app.H2().Text("Variance components"), varianceTable(o)),
		app.Section().Body(app.H2().Text("Bootstrap account"), bootstrapAccount(r, o)),
	))
	body = append(body, app.H2().Text("Difference between the arms"), region("Contrasts", contrastTable(r, o)))
	return append(body, app.H2().Text("Fixed effects"), region("Fixed effects", fixedTable(o)),
		app.Div().Class("notes").Body(app.P().Text("Model-based standard errors, z. Contrast at a visit: arm + arm × visit.")))
}

func varianceTable(o *analysis.OutcomeResult) app.UI {
	total := o.Fit.Residual
	for _, c := range o.Fit.Random {
		total += c.Variance
	}
	share := func(x float64) string { return report.Number(100*x/total, 1) + "%" }
	var rows [][]string
	for _, c := range o.Fit.Random {
		icc := ""
		for _, g := range o.Fit.ICC {
			if g.Group == c.Group {
				icc = report.Number(g.Value, 3)
			}
		}
		rows = append(rows, []string{c.Group, report.Number(c.Variance, 2), report.Number(c.SD, 2), share(c.Variance), icc})
	}
	rows = append(rows, []string{"residual", report.Number(o.Fit.Residual, 2), report.Number(math.Sqrt(o.Fit.Residual), 2), share(o.Fit.Residual), ""})
	return plainTable([]string{"Level", "Variance", "SD", "Share", "ICC"}, rows)
}

func bootstrapAccount(r *analysis.Result, o *analysis.OutcomeResult) app.UI {
	s := o.Summary
	if s == nil {
		return app.P().Class("soft small").Text("No replicates: standard errors are model-based.")
	}
	scheme := "units resampled whole, copies kept apart"
	if r.Options.Resample == "units by arm" {
		scheme = "units resampled whole within arm, copies kept apart"
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
	var rows [][]string
	for _, vis := range o.Visits {
		if vis.Model == nil {
			continue
		}
		row := []string{vis.Visit.Label, report.Number(vis.Model.Estimate, d), report.Number(vis.Model.SE, d), report.Range(vis.Model.Low, vis.Model.High, d), report.PValue(vis.Model.P)}
		if b := vis.Boot; b != nil {
			low, high, p, _ := vis.Interval(r.Options.Interval)
			row = append(row, report.Number(b.SE, d)+" (±"+report.Number(b.MCSE, d)+")", report.Range(low, high, d), report.PValue(p))
		} else {
			row = append(row, "", "", "")
		}
		rows = append(rows, row)
	}
	return plainTable([]string{"Visit", "Difference", "SE, model", "95% CI", "P", "SE, bootstrap (MC error)", "95% CI", "P"}, rows)
}

func fixedTable(o *analysis.OutcomeResult) app.UI {
	var rows [][]string
	for k, term := range o.Fit.Terms {
		b, se := o.Fit.Beta[k], o.Fit.SE[k]
		rows = append(rows, []string{term, report.Number(b, 3), report.Number(se, 3), report.Range(b-1.959964*se, b+1.959964*se, 3)})
	}
	return plainTable([]string{"Term", "Estimate", "SE", "95% CI"}, rows)
}
