package ui

import (
	"fmt"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/design"
	"trialbox/app/report"
	"trialbox/app/state"
)

// design is the screen of sample size, power and randomisation.
func (v view) design() []app.UI {
	body := []app.UI{
		head("Design", "How many units a trial needs, what its model will find, and which unit goes to which arm. Needs no data."),
		v.designKept(),
		v.tabs("Design", v.m.Plan.Tab, []tab{
			{"size", "Sample size", "", state.SetDesignTab{Tab: "size"}},
			{"power", "Power by simulation", "", state.SetDesignTab{Tab: "power"}},
			{"allocate", "Randomisation", "", state.SetDesignTab{Tab: "allocate"}},
		}),
	}
	switch v.m.Plan.Tab {
	case "power":
		body = append(body, v.simulation()...)
	case "allocate":
		body = append(body, v.allocation()...)
	default:
		body = append(body, v.size()...)
	}
	return body
}

// designKept says where the choices of this screen live.
func (v view) designKept() app.UI {
	text := "With no project open, what you choose here lasts until the page is closed."
	if p := v.m.Project; p != nil {
		text = "What you change here becomes part of the recipe of " + p.Name + "."
		if _, kept := v.m.Choices(); kept {
			text = "These choices are part of the recipe of " + p.Name + "."
		}
	}
	return app.P().Class("small soft").ID("design-kept").Text(text)
}

// designStep is the state of the screen in the rail.
func (v view) designStep() (kind, icon, small string) {
	a := v.m.Plan.Answer
	switch {
	case v.m.Plan.Sim != nil && v.m.Plan.Sim.Active:
		return "running", iconRunning, fmt.Sprintf("%s of %s trials", report.Count(v.m.Plan.Sim.Summary.Trials), report.Count(v.m.Plan.Sim.Target))
	case a == nil:
		return "ready", iconReady, "needs no data"
	case !a.OK():
		return "attention", iconWarn, "to be corrected"
	}
	return "done", iconDone, fmt.Sprintf("%s units, %s people", report.Count(a.Size.Clusters), report.Count(a.Size.NRounded))
}

// choose is the message that changes the choices; c is a copy to write into.
func (v view) choose(change func(c *design.Choices)) state.Msg {
	c, _ := v.m.Choices()
	change(&c)
	return state.SetDesign{Choices: c}
}

// typed is a field whose text is kept as typed, what is wrong with it beside
// it.
func (v view) typed(id, label, hint, value, wrong string, set func(c *design.Choices, text string)) app.UI {
	c, _ := v.m.Choices()
	class, mode := "num", "decimal"
	if id == "a-arms" || id == "s-categories" { // several words or numbers, which need room
		class, mode = "", "text"
	}
	var input app.UI = app.Input().ID(id).Class(class).Attr("inputmode", mode).AutoComplete(false).Attr("spellcheck", "false").Value(value).
		Aria("invalid", wrong != "").Aria("describedby", id+"-says").
		OnChange(v.input(fmt.Sprintf("%s %+v", id, c), func(s string) state.Msg {
			return v.choose(func(c *design.Choices) { set(c, s) })
		}))
	if value == "" { // in an element of its own: one drawn over another keeps what that one showed
		input = app.Span().Body(input)
	}
	class = "field"
	says := app.Span().ID(id + "-says").Class("hint").Text(hint)
	if wrong != "" {
		class = "field wrong"
		says = app.Span().ID(id + "-says").Class("hint bad").Role("alert").Text(wrong)
	}
	return app.Div().Class(class).Body(app.Label().For(id).Text(label), input, says)
}

// size is the tab of sample size.
func (v view) size() []app.UI {
	return []app.UI{app.Div().Class("split").Body(v.sizeFields(), app.Div().Class("results").ID("size-results").Body(v.sizeResults()...))}
}

func (v view) sizeFields() app.UI {
	c, _ := v.m.Choices()
	a := c.Size
	problems := design.Problems{}
	if v.m.Plan.Answer != nil {
		problems = v.m.Plan.Answer.Problems
	}
	field := func(name, label, hint, value string, set func(a *design.Assumptions, s string)) app.UI {
		return v.typed("d-"+name, label, hint, value, problems[name], func(c *design.Choices, s string) { set(&c.Size, s) })
	}
	pick := func(set func(a *design.Assumptions, s string)) func(string) state.Msg {
		return func(s string) state.Msg { return v.choose(func(c *design.Choices) { set(&c.Size, s) }) }
	}
	body := []app.UI{
		app.Summary().Text("Assumptions"), app.H2().Text("Assumptions"),
		app.P().Class("actions").Body(
			v.button("tight", "The paper's plan", state.ShowPaper{}),
			v.button("tight", "Its update", state.ShowPaper{Update: true})),
		v.segmented("d-outcome", "Outcome", a.Outcome, []option{{design.Means, "Means"}, {design.Shares, "Proportions"}}, c, pick(func(a *design.Assumptions, s string) { a.Outcome = s })),
		v.selectField("d-asked", "Asked", a.Asked, []option{{design.AskUnits, "How many units"}, {design.AskSize, "How many people a unit"}, {design.AskPower, "What these units can show"}}, c,
			pick(func(a *design.Assumptions, s string) { a.Asked = s })),
	}
	empty := ""
	if a.Asked == design.AskPower {
		empty = "left empty, the difference is told"
	}
	if a.Outcome == design.Shares {
		body = append(body,
			field("control", "Share with the event, control", "0.2 or 20 %", a.Control, func(a *design.Assumptions, s string) { a.Control = s }),
			field("treated", "Share, intervention", empty, a.Treated, func(a *design.Assumptions, s string) { a.Treated = s }),
			v.selectField("d-pooled", "Variance for the test", pooledWord(a.Pooled), []option{{"own", "of each arm's own share"}, {"pooled", "pooled, under no difference"}}, c,
				pick(func(a *design.Assumptions, s string) { a.Pooled = s == "pooled" })))
	} else {
		body = append(body,
			field("diff", "Difference to detect", empty, a.Diff, func(a *design.Assumptions, s string) { a.Diff = s }),
			field("sd", "Standard deviation", "of a person within an arm, on the scale of the difference", a.SD, func(a *design.Assumptions, s string) { a.SD = s }))
	}
	body = append(body, field("icc", "ICC", "between 0 and 1", a.ICC, func(a *design.Assumptions, s string) { a.ICC = s }), v.observed())
	if a.Asked != design.AskSize {
		body = append(body, field("people", "People a unit", "analysed, on average", a.People, func(a *design.Assumptions, s string) { a.People = s }))
	}
	if a.Asked != design.AskUnits {
		body = append(body, field("units", "Units, both arms", "", a.Units, func(a *design.Assumptions, s string) { a.Units = s }))
	}
	body = append(body,
		field("cv", "Variation of unit sizes (CV)", "SD of the sizes over their mean; 0 is equal units", a.CV, func(a *design.Assumptions, s string) { a.CV = s }),
		field("power", "Power", "0.8 or 80 %", a.Power, func(a *design.Assumptions, s string) { a.Power = s }),
		v.segmented("d-t", "Distribution", distribution(a.T), []option{{"normal", "Normal"}, {"t", "t"}}, c, pick(func(a *design.Assumptions, s string) { a.T = s == "t" })),
		field("dropout", "Drop-out", "0.3 or 30 %", a.Dropout, func(a *design.Assumptions, s string) { a.Dropout = s }),
		app.Details().ID("d-more").Open(a.Visits != "1" || a.Before != "0" || a.Ratio != "1:1" || a.Alpha != "0.05" || anyOf(problems, "alpha", "ratio", "visits", "before", "correlation")).Body(
			app.Summary().Text("Level, ratio, repeated visits"),
			field("alpha", "Significance level, two-sided", "", a.Alpha, func(a *design.Assumptions, s string) { a.Alpha = s }),
			field("ratio", "Ratio, intervention to control", "1:1, 2:1", a.Ratio, func(a *design.Assumptions, s string) { a.Ratio = s }),
			field("visits", "Visits after the start", "their mean is the outcome", a.Visits, func(a *design.Assumptions, s string) { a.Visits = s }),
			field("before", "Visits before, adjusted for", "1 for the baseline value", a.Before, func(a *design.Assumptions, s string) { a.Before = s }),
			field("correlation", "Correlation between visits", "of a person; counts with more visits than one", a.Correlation, func(a *design.Assumptions, s string) { a.Correlation = s })),
	)
	return app.Details().Class("options").ID("size-options").Body(body...)
}

func anyOf(p design.Problems, fields ...string) bool {
	for _, f := range fields {
		if p[f] != "" {
			return true
		}
	}
	return false
}

func pooledWord(on bool) string {
	if on {
		return "pooled"
	}
	return "own"
}

func distribution(t bool) string {
	if t {
		return "t"
	}
	return "normal"
}

func (v view) sizeResults() []app.UI {
	a := v.m.Plan.Answer
	switch {
	case a == nil:
		return nil
	case len(a.Problems) > 0:
		return []app.UI{banner("warn", iconWarn, "There is no number yet.", plural(len(a.Problems), "field has", "fields have")+" to be corrected; each says how.",
			v.button("tight", "The paper's plan", state.ShowPaper{}))}
	case a.Trouble != "":
		return []app.UI{banner("warn", iconWarn, "This cannot be planned.", a.Trouble)}
	}
	body := []app.UI{v.answers(a)}
	for _, w := range a.Warnings() {
		body = append(body, banner("warn", iconWarn, "", w))
	}
	if v.m.Plan.Paper {
		body = append(body, v.paper())
	}
	body = append(body, v.powerFigure(a))
	body = append(body, v.scenarios(a)...)
	return append(body, v.steps(a), v.protocol(a))
}

// answers are the few numbers that were asked for.
func (v view) answers(a *design.Answer) app.UI {
	s := a.Size
	big := func(label, value, small string) app.UI {
		return app.Div().Body(app.P().Text(label), app.Span().Class("big").Text(value), app.P().Text(small))
	}
	units := fmt.Sprintf("%s people / %s, rounded up once", report.Number(s.NTotal, 2), report.Plain(s.ClusterSize))
	if a.Of.Asked != design.AskUnits {
		units = "as given"
	}
	people := "design effect " + report.Plain(s.DesignEffect)
	if a.Plan.Dropout > 0 {
		people += fmt.Sprintf("; recruit %s with %s%% lost", report.Count(s.NWithDropout), report.Plain(100*a.Plan.Dropout))
	}
	out := []app.UI{big("Units, both arms", report.Count(s.Clusters), units)}
	if a.Of.Asked == design.AskSize {
		out = append(out, big("People a unit", report.Plain(s.ClusterSize), "rounded up"))
	}
	out = append(out, big("People", report.Count(s.NRounded), people))
	if len(a.Curves) > 0 {
		other := fmt.Sprintf("%s by t on %d df", report.Percent(a.Other.PowerAtClusters), s.Clusters-2)
		if a.Plan.T {
			other = report.Percent(a.Other.PowerAtClusters) + " by the normal distribution"
		}
		out = append(out, big("Power at "+plural(s.Clusters, "unit", "units"), report.Percent(s.PowerAtClusters), other))
	}
	if a.Of.Asked == design.AskPower {
		value, small := report.Plain(s.Detectable), "at a power of "+report.Percent(a.Plan.Power)
		if a.Plan.Binary {
			value = report.Percent(s.DetectableShare[0]) + ", " + report.Percent(s.DetectableShare[1])
			small = "against " + report.Percent(a.Plan.Control) + ", " + small
		}
		out = append(out, big("Difference detected", value, small))
	}
	return app.Div().Class("answers").ID("size-answers").Body(out...)
}

// paper explains the model paper's numbers, once they were asked for.
func (v view) paper() app.UI {
	var rows []app.UI
	for _, l := range design.Paper() {
		rows = append(rows, app.Tr().Body(app.Th().Scope("row").Text(l.Name), app.Td().Class("n").Text(report.Count(l.Printed)), app.Td().Class("n sig").Text(report.Count(l.Found)), app.Td().Class("wrap").Text(l.Why)))
	}
	return app.Details().ID("paper").Open(true).Body(app.Summary().Text("The model paper's numbers, explained"),
		region("The model paper's numbers", app.Table().Class("jt").Body(
			app.THead().Body(app.Tr().Body(th("People"), app.Th().Scope("col").Class("n").Text("Printed"), app.Th().Scope("col").Class("n").Text("Here"), th("How"))),
			app.TBody().Body(rows...))),
		app.P().Class("notes").Text("Difference 4 and SD 8 are on ODI's raw scale of 0–50, as in the paper; on 0–100 they are 8 and 16, and the numbers of units the same."))
}

func (v view) powerFigure(a *design.Answer) app.UI {
	if len(a.Curves) == 0 {
		return app.Div()
	}
	table := report.PowerTable(a)
	var headings []string
	for _, h := range table.Heads {
		headings = append(headings, h.Text)
	}
	what := fmt.Sprintf(" for a difference of %s with SD %s, two-sided %s%%.", report.Plain(a.Plan.Diff), report.Plain(a.Plan.SD), report.Plain(100*a.Plan.Alpha))
	if a.Plan.Binary {
		what = fmt.Sprintf(" for %s against %s, two-sided %s%%.", report.Percent(a.Plan.Treated), report.Percent(a.Plan.Control), report.Plain(100*a.Plan.Alpha))
	}
	return app.Figure().Class("fig").ID("power-figure").Body(
		region("Power curve", app.Raw(report.PowerFigure(a))),
		app.FigCaption().Body(app.B().Text("Power"), app.Text(what)),
		app.Div().Class("tools").Body(
			v.button("quiet tight", "SVG", state.DownloadDesign{What: "power.svg"}),
			v.button("quiet tight", "PNG", state.DownloadDesign{What: "power.png"}),
			v.button("quiet tight", "CSV", state.DownloadDesign{What: "power.csv"})),
		app.Details().Body(app.Summary().Text("The numbers behind the figure"), region("Numbers of the power curve", plainTable(headings, tableCells(table)))))
}

// tableCells are the texts of a table, a row's label first.
func tableCells(t *report.Table) [][]string {
	var rows [][]string
	for _, r := range t.Rows {
		row := []string{r.Label}
		for _, c := range r.Cells {
			row = append(row, c.Text())
		}
		rows = append(rows, row)
	}
	return rows
}

func (v view) scenarios(a *design.Answer) []app.UI {
	t := report.ScenarioTable(a, v.m.Plan.Observed)
	var heads, rows []app.UI
	for i, h := range t.Heads {
		class := "n"
		if i == 0 {
			class = ""
		}
		heads = append(heads, app.Th().Scope("col").Class(class).Text(h.Text))
	}
	for _, r := range t.Rows {
		cells := []app.UI{app.Th().Scope("row").Text(r.Label)}
		for _, c := range r.Cells {
			class := "n"
			if c.Bold {
				class = "n sig"
			}
			cells = append(cells, app.Td().Class(class).Text(c.Text()))
		}
		rows = append(rows, app.Tr().Body(cells...))
	}
	return []app.UI{
		region("Scenarios", app.Table().Class("jt still").ID("scenarios").Body(
			app.Caption().Body(app.Span().Class("cap").Body(app.B().Text(t.Title), app.Text(" "+t.Legend))),
			app.THead().Body(app.Tr().Body(heads...)), app.TBody().Body(rows...))),
		app.Div().Class("tools").Body(
			v.button("quiet tight", "Copy", state.DownloadDesign{What: "copy scenarios"}),
			v.button("quiet tight", "CSV", state.DownloadDesign{What: "scenarios.csv"})),
	}
}

// steps are the reckoning, step by step.
func (v view) steps(a *design.Answer) app.UI {
	var items []app.UI
	for _, s := range a.Steps() {
		items = append(items, app.Tr().Body(app.Th().Scope("row").Class("wrap").Text(s.Text), app.Td().Class("n").Text(report.Plain(s.Value))))
	}
	return app.Details().ID("steps").Open(true).Body(app.Summary().Text("Step by step"),
		region("The reckoning, step by step", app.Table().Class("jt").Body(app.TBody().Body(items...))))
}

func (v view) protocol(a *design.Answer) app.UI {
	return app.Details().ID("protocol").Body(app.Summary().Text("Text for the protocol"),
		app.P().Class("prose").Text(a.Protocol()),
		app.Div().Class("tools").Body(v.button("quiet tight", "Copy", state.DownloadDesign{What: "copy protocol"})))
}
