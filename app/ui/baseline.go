package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/report"
	"trialbox/app/state"
	"trialbox/app/trial"
)

func (v view) baseline() []app.UI {
	const lead = "Each row with the statistic and test that suit it."
	p := v.m.Project
	switch {
	case p == nil:
		return []app.UI{head("Baseline", lead), nothing("There is no trial yet. Open the example or your own CSV first.", screenLink("primary", "Go to Start", state.Start))}
	case p.Trial == nil:
		return []app.UI{head("Baseline", lead), nothing("The columns do not make a trial yet: "+p.TrialErr, screenLink("primary", "Give the columns their roles", state.Data))}
	}
	view := p.Baselines
	if view.Tab == "" {
		view.Tab = "people"
	}
	next := view
	next.Editing, next.Row = !view.Editing, ""
	edit := "Edit the rows"
	if view.Editing {
		edit = "Done with the rows"
	}
	actions := []app.UI{v.undoRedo(p)}
	if view.Tab != "attrition" {
		actions = append(actions, v.button("", edit, state.SetBaselineView{View: next}))
	}
	results := []app.UI{v.baselineTabs(p, view)}
	switch view.Tab {
	case "units":
		results = append(results, v.unitsBaseline(p, view)...)
	case "attrition":
		results = append(results, v.attrition(p, view)...)
	default:
		results = append(results, v.peopleBaseline(p, view)...)
	}
	return []app.UI{head("Baseline", lead, actions...),
		app.Div().Class("split").Body(v.baselineOptions(p), app.Div().Class("results").Body(results...))}
}

func (v view) baselineTabs(p *state.Project, view state.BaselineView) app.UI {
	tabFor := func(id, label, count string) tab {
		next := view
		next.Tab, next.Row = id, ""
		return tab{id, label, count, state.SetBaselineView{View: next}}
	}
	return v.tabs("Baseline views", view.Tab, []tab{
		tabFor("people", "People", report.Count(len(p.Trial.Patients))), tabFor("units", "Units", report.Count(p.UnitTable().Who.All())), tabFor("attrition", "Who answered", "")})
}

func (v view) baselineOptions(p *state.Project) app.UI {
	b := p.BaselinePlan()
	set := func(name string) func(string) state.Msg {
		return func(s string) state.Msg { return state.SetBaselineOption{Name: name, Value: s} }
	}
	check := func(name, label string, on bool) app.UI {
		return app.Label().Class("check").Body(
			app.Input().Type("checkbox").ID("base-"+name).Checked(on).OnChange(v.checked("base "+name, func(on bool) state.Msg {
				return state.SetBaselineOption{Name: name, Value: onIf(on)}
			})),
			app.Span().Text(label))
	}
	or := func(s, whenEmpty string) string {
		if s == "" {
			return whenEmpty
		}
		return s
	}
	quartiles := b.Quartiles
	if quartiles == 0 {
		quartiles = 6
	}
	p0 := "show"
	if b.HideP {
		p0 = "hide"
	}
	body := []app.UI{
		app.Summary().Text("Options"),
		app.H2().Text("Options"),
		v.segmented("t-test", "t test", or(b.TTest, "welch"), []option{{"welch", "Welch"}, {"pooled", "Pooled"}}, b.TTest, set("t_test")),
		v.selectField("f-quartiles", "Quartiles", strconv.Itoa(quartiles), []option{{"6", "Type 6 (SPSS)"}, {"2", "Type 2 (Stata)"}, {"7", "Type 7 (R)"}}, b.Quartiles, set("quartiles")),
		v.selectField("f-counts", "Counts", or(b.Counts, "auto"), []option{{"auto", "Chi-square; Fisher where small"}, {"any5", "Fisher where any expects < 5"}, {"pearson", "Always chi-square"}, {"fisher", "Always Fisher"}, {"yates", "With Yates"}}, b.Counts, set("counts")),
		app.Details().Body(app.Summary().Text("Mann–Whitney"), check("continuity", "Continuity correction", b.Continuity), check("exact", "Exact for small samples without ties", b.Exact)),
		v.segmented("show-p", "P values", p0, []option{{"show", "Show P"}, {"hide", "Hide P"}}, b.HideP, func(s string) state.Msg {
			return state.SetBaselineOption{Name: "hide_p", Value: onIf(s == "hide")}
		}),
		app.P().Class("hint").Text("CONSORT advises against baseline tests; the model paper prints them."),
		check("standardised_differences", "Standardised difference", b.Differences),
		check("cluster_adjusted", "P adjusted for clusters", b.Clustered),
		check("missing_rows", "A line of missing answers", b.MissingRows),
		v.selectField("f-imbalance", "Mark imbalance", or(b.Imbalance, "p"), []option{{"p", "P < 0.05"}, {"difference", "Standardised difference > 0.1"}, {"none", "Never"}}, b.Imbalance, set("imbalance")),
	}
	return app.Details().Class("options").Body(append(body, v.adjustment(p)...)...)
}

// adjustment are the rows that can be handed to the model: those that differ
// and those that are in it.
func (v view) adjustment(p *state.Project) []app.UI {
	var boxes []app.UI
	in := func(name string) bool {
		return slices.ContainsFunc(p.Recipe.Mapping.Covariates, func(c trial.Covariate) bool { return c.Column == name })
	}
	add := func(name, label string) {
		boxes = append(boxes, app.Label().Class("check").Body(
			app.Input().Type("checkbox").ID("adjust-"+name).Checked(in(name)).OnChange(v.checked("adjust "+name, func(on bool) state.Msg {
				if !on {
					return state.ToggleCovariate{Column: name}
				}
				return state.AdjustFor{Variables: []string{name}}
			})),
			app.Span().Text(label)))
	}
	seen := map[string]bool{}
	for _, r := range p.Imbalanced() {
		if !seen[r.Variable] {
			seen[r.Variable] = true
			add(r.Variable, r.Label)
		}
	}
	for _, c := range p.Recipe.Mapping.Covariates {
		if !seen[c.Column] {
			seen[c.Column] = true
			label := c.Label
			if label == "" {
				label = strings.ReplaceAll(c.Column, "_", " ")
			}
			add(c.Column, label)
		}
	}
	out := []app.UI{app.H3().Text("Adjust for")}
	if len(boxes) == 0 {
		return append(out, app.P().Class("hint").Text("No row differs by the rule, and the model has no covariate."))
	}
	return append(out, app.Div().ID("adjust").Body(boxes...), app.P().Class("actions").Body(screenLink("", "See the model", state.Outcomes)))
}

// imbalance says which rows differ and whether the model has them.
func (v view) imbalance(p *state.Project) app.UI {
	rows := p.Imbalanced()
	rule := p.BaselinePlan().Imbalance
	if rule == "none" {
		return app.Div()
	}
	if len(rows) == 0 {
		return app.Div()
	}
	var labels, missing []string
	for _, r := range rows {
		if slices.Contains(labels, r.Label) {
			continue
		}
		labels = append(labels, r.Label)
		if !slices.ContainsFunc(p.Recipe.Mapping.Covariates, func(c trial.Covariate) bool { return c.Column == r.Variable }) {
			missing = append(missing, r.Variable)
		}
	}
	names := strings.Join(labels, "; ")
	head := plural(len(labels), "row differs", "rows differ") + " between the arms:"
	if len(missing) == 0 {
		words := "All are covariates of the model."
		if len(labels) == 1 {
			words = "It is a covariate of the model."
		}
		return app.Div().ID("imbalance").Body(banner("warn", iconWarn, head, names+". "+words, screenLink("tight", "See the model", state.Outcomes)))
	}
	return app.Div().ID("imbalance").Body(banner("warn", iconWarn, head, fmt.Sprintf("%s. %s not in the model.", names, plural(len(missing), "of them is", "of them are")),
		v.button("tight", "Adjust for these", state.AdjustFor{Variables: missing})))
}

func (v view) peopleBaseline(p *state.Project, view state.BaselineView) []app.UI {
	out := []app.UI{v.imbalance(p)}
	r := p.Baseline()
	for _, w := range r.Warnings {
		out = append(out, banner("warn", iconWarn, "Few units.", w))
	}
	if view.Editing {
		return append(out, v.baselineEditor(p, view)...)
	}
	tables := report.BaselineTables(r)
	if len(tables) == 0 {
		out = append(out, nothing("No variable has an answer at the first visit. Check the visits and the roles of the columns.", screenLink("", "Data", state.Data)))
	}
	for k, t := range tables {
		marked := map[string]bool{}
		for _, l := range r.Tables[k].Lines {
			marked[l.Row.Variable] = marked[l.Row.Variable] || l.Imbalanced
		}
		out = append(out, v.journalTable(t, strconv.Itoa(k+1), "Table "+strconv.Itoa(k+1), marked)...)
	}
	return out
}

func (v view) unitsBaseline(p *state.Project, view state.BaselineView) []app.UI {
	r := p.UnitTable()
	var out []app.UI
	for _, w := range r.Warnings {
		out = append(out, banner("warn", iconWarn, "Units without patients are not counted.", w, screenLink("tight", "Add a units file", state.Data)))
	}
	if view.Editing {
		return append(out, v.rowsEditor(p, view, state.UnitsTable, p.BaselinePlan().Units)...)
	}
	return append(out, v.journalTable(report.UnitTable(r), "units", "Units", nil)...)
}

func (v view) attrition(p *state.Project, view state.BaselineView) []app.UI {
	a := p.Attrition()
	out := v.journalTable(report.AnsweredWhen(a), "answered", "Answers by visit", nil)
	if len(a.Compared) > 0 {
		at := min(view.Visit, len(a.Compared)-1)
		var options []option
		for k, c := range a.Compared {
			options = append(options, option{strconv.Itoa(k), title(c.Visit.Label)})
		}
		c := &a.Compared[at]
		out = append(out, app.H2().Text("Those who answered, against those who did not"), app.Div().Class("pickone").Body(
			v.selectField("f-followup", "At", strconv.Itoa(at), options, view, func(s string) state.Msg {
				next := view
				next.Visit, _ = strconv.Atoi(s)
				return state.SetBaselineView{View: next}
			})))
		if c.None != "" {
			out = append(out, app.P().Text(c.None))
		} else {
			for k, t := range report.AnsweredTable(c) {
				out = append(out, v.journalTable(t, "answered."+c.Visit.Code+"."+strconv.Itoa(k+1), "Answered at "+c.Visit.Label, nil)...)
			}
		}
	}
	out = append(out, app.H2().Text("Missing in what came"))
	return append(out, v.journalTable(report.MissingTable(a), "missing", "Missing answers", nil)...)
}

// journalTable draws a table with its notes and its ways out. marked are the
// variables that differ between the arms.
func (v view) journalTable(t *report.Table, name, label string, marked map[string]bool) []app.UI {
	return v.tableAndTools(t, name, label, marked,
		v.button("quiet tight", "Copy", state.CopyBaseline{Table: name}),
		v.button("quiet tight", "HTML for Word", state.DownloadBaseline{Table: name, Format: "html"}),
		v.button("quiet tight", "CSV", state.DownloadBaseline{Table: name, Format: "csv"}),
		v.button("quiet tight", "Markdown", state.DownloadBaseline{Table: name, Format: "md"}))
}

// tableAndTools is journalTable with the ways out of another screen.
func (v view) tableAndTools(t *report.Table, name, label string, marked map[string]bool, tools ...app.UI) []app.UI {
	columns := len(t.Heads)
	var top, heads, rows, notes []app.UI
	if marked != nil {
		columns++
	}
	if len(t.Spans) > 0 {
		top = append(top, app.Td())
		for _, s := range t.Spans {
			top = append(top, app.Th().Scope("colgroup").ColSpan(s.To-s.From).Class("span").Text(s.Text))
		}
	}
	for i, h := range t.Heads {
		class := "m"
		if i == 0 {
			class = ""
		} else if h.Sub == "" {
			class = "n"
		}
		heads = append(heads, app.Th().Scope("col").Class(class).Body(app.Text(h.Text), sup(h.Mark), app.If(h.Sub != "", func() app.UI { return app.Small().Text(h.Sub) })))
	}
	if marked != nil {
		heads = append(heads, app.Th().Scope("col").Class("noprint").Body(app.Span().Class("sr").Text("Note")))
	}
	flagged := map[string]bool{}
	for _, r := range t.Rows {
		flag := marked[r.Key] && !flagged[r.Key] && !r.Group
		flagged[r.Key] = flagged[r.Key] || flag
		rows = append(rows, journalRow(t, r, columns, marked != nil, flag))
	}
	for i, n := range t.Notes {
		if t.Marks[i] != "" {
			n = "\u00a0" + n
		}
		notes = append(notes, app.P().Body(sup(t.Marks[i]), app.Text(n)))
	}
	head := []app.UI{app.Tr().Body(heads...)}
	if len(top) > 0 {
		head = []app.UI{app.Tr().Body(top...), head[0]}
	}
	class := "jt still quart"
	switch {
	case len(t.Spans) > 0:
		class = "jt still dense"
	case len(t.Heads) > 5:
		class += " more"
	}
	return []app.UI{
		region(label, app.Table().Class(class).ID("table-"+name).Body(
			app.Caption().Body(app.Span().Class("cap").Body(app.B().Text(t.Title), app.Text(" "+t.Legend))),
			app.THead().Body(head...), app.TBody().Body(rows...))),
		app.Div().Class("notes").Body(notes...),
		app.Div().Class("tools").Body(tools...),
	}
}

func journalRow(t *report.Table, r report.Row, columns int, noted, flag bool) app.UI {
	if r.Group {
		return app.Tr().Class("g").Body(app.Th().Scope("rowgroup").ColSpan(columns).Body(app.Text(r.Label), sup(r.Mark)))
	}
	class := [4]string{"", "in", "in2", "in3"}[min(r.Indent, 3)]
	label := []app.UI{app.Text(r.Label), sup(r.Mark)}
	if r.Own != "" {
		label = append(label, app.Text(" "), app.Span().Class("soft nowrap").Text(r.Own))
	}
	if r.Tag != "" {
		label = append(label, app.Text(" "), app.Span().Class("tag").Text(r.Tag))
	}
	cells := []app.UI{app.Th().Scope("row").Body(label...)}
	for i, c := range r.Cells {
		gap := ""
		if len(t.Spans) > 1 && i+1 == t.Spans[1].From {
			gap = " gap"
		}
		cells = append(cells, journalCell(c, gap))
	}
	if noted {
		cells = append(cells, app.Td().Class("c noprint").Body(app.If(flag, func() app.UI { return tag("warn", iconWarn, "imbalance") })))
	}
	return app.Tr().Class(class).Body(cells...)
}

func journalCell(c report.Cell, gap string) app.UI {
	class := "n" + gap
	if c.Bold {
		class += " sig"
	}
	if c.Value == "n/a" {
		class += " why"
	}
	if c.P || c.Paren == "" {
		return app.Td().Class(class).Body(app.Text(c.Value), app.If(c.Mark != "", func() app.UI {
			if c.Mark == "*" {
				return app.Span().Class("star").Text("*")
			}
			return sup(c.Mark)
		}))
	}
	value := "v"
	switch _, decimals, found := strings.Cut(c.Value, "."); {
	case !found:
		value += " d0"
	case len(decimals) == 1:
		value += " d1"
	}
	return app.Td().Class(class).Body(app.Span().Class(value).Text(c.Value), app.Text(" "), app.Span().Class("p").Body(app.Text("("+c.Paren+")"), sup(c.Mark)))
}
