package ui

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/dataset"
	"trialbox/app/report"
	"trialbox/app/state"
)

// findings are the problems that need a look: those of the file, the trial and
// the units file, notes and what was accepted left out.
func findings(p *state.Project) []dataset.Problem {
	var out []dataset.Problem
	for _, q := range p.Findings {
		if q.Severity != dataset.Note {
			out = append(out, q)
		}
	}
	return out
}

const mostFindings = 200

// problems lists what needs a look, each with the three ways to deal with it,
// and under it what was decided.
func (v view) problems(p *state.Project, view state.DataView) []app.UI {
	all := slices.Clone(p.Findings)
	sort.SliceStable(all, func(i, j int) bool { return all[j].Severity < all[i].Severity })
	kinds := kindsOfFindings(all)
	if view.Kind != "" {
		all = slices.DeleteFunc(all, func(q dataset.Problem) bool { return q.Kind != view.Kind })
	}
	var out []app.UI
	if len(kinds) > 2 {
		out = append(out, app.Div().Class("pickone").Body(v.selectField("f-kind", "Kind of finding", view.Kind, kinds, view, func(s string) state.Msg {
			next := view
			next.Kind = s
			return state.SetDataView{View: next}
		})))
	}
	if len(all) == 0 {
		out = append(out, nothing("Nothing odd is left to decide."))
	} else {
		var rows []app.UI
		for _, q := range all[:min(len(all), mostFindings)] {
			rows = append(rows, v.findingRow(p, view, q))
		}
		out = append(out, region("Findings", app.Table().Class("grid stack").ID("problems").Body(
			app.Caption().Class("sr").Text("Findings with line, column and value"),
			app.THead().Body(app.Tr().Body(app.Th().Scope("col").Class("rowno").Text("Line"), th("Column"), th("Value"), th("What is odd, and what to do"))),
			app.TBody().Body(rows...))))
	}
	if len(all) > mostFindings {
		out = append(out, app.P().Class("small soft").Text(fmt.Sprintf("The first %d of %s findings.", mostFindings, report.Count(len(all)))))
	}
	return append(out, v.decisions(p)...)
}

func kindsOfFindings(all []dataset.Problem) []option {
	count := map[string]int{}
	var order []string
	for _, q := range all {
		if count[q.Kind] == 0 {
			order = append(order, q.Kind)
		}
		count[q.Kind]++
	}
	options := []option{{"", "all"}}
	for _, k := range order {
		options = append(options, option{k, fmt.Sprintf("%s (%d)", k, count[k])})
	}
	return options
}

func (v view) findingRow(p *state.Project, view state.DataView, q dataset.Problem) app.UI {
	class, icon := "", iconInfo
	switch q.Severity {
	case dataset.Error:
		class, icon = "cell-bad", iconBad
	case dataset.Warning:
		class, icon = "cell-warn", iconWarn
	}
	what := append([]app.UI{tag("", icon, q.Severity.String()+": "), app.Text(q.Text)}, also(q)...)
	if q.Severity != dataset.Note {
		what = append(what, v.findingActions(p, view, q))
	}
	return app.Tr().Body(
		app.Td().Class("rowno").Text(count(q.Line)),
		app.Th().Scope("row").Body(app.Code().Text(q.Column), app.If(q.File != "" && q.File != p.Dataset.Name, func() app.UI { return app.Div().Class("small soft").Text(q.File) })),
		app.Td().Class(class).Text(short(q.Value)),
		app.Td().Class("wrap").Body(what...),
	)
}

// findingActions are the ways on, and the form of the one that was chosen.
func (v view) findingActions(p *state.Project, view state.DataView, q dataset.Problem) app.UI {
	key := state.FindingKey(q)
	choose := func(decide string) state.Msg {
		next := view
		next.Finding, next.Decide = key, decide
		return state.SetDataView{View: next}
	}
	column := columnIndex(p.Dataset, q.Column)
	own := q.File == p.Dataset.Name && q.Line > 0 && p.Dataset.Row(q.Line) >= 0
	var actions []app.UI
	if own && column >= 0 {
		actions = append(actions, v.button("tight", "Correct…", choose("cell")))
	}
	if own {
		actions = append(actions, v.button("tight", "Leave the row out…", choose("exclude")))
	}
	actions = append(actions, v.button("tight", "Accept…", choose("accept")))
	body := []app.UI{app.P().Class("actions").Body(actions...)}
	if view.Finding == key {
		switch view.Decide {
		case "cell":
			body = append(body, v.correctForm(p, q.Line, column, q.Kind))
		case "exclude":
			body = append(body, v.excludeForm(q.Line, q.Kind))
		case "accept":
			body = append(body, v.acceptForm(q))
		}
	}
	return app.Div().Class("ways").Body(body...)
}

// form sends what make gives for its named fields.
func (v view) form(key any, names []string, make func(values []string) state.Msg, body ...app.UI) app.UI {
	return app.Form().Class("inline").OnSubmit(func(_ app.Context, e app.Event) {
		e.PreventDefault()
		elements := e.Get("target").Get("elements")
		values := []string{}
		for _, name := range names {
			values = append(values, strings.TrimSpace(elements.Get(name).Get("value").String()))
		}
		v.send(make(values))
	}, app.EventScope(fmt.Sprintf("form %+v", key))).Body(body...)
}

func formField(id, name, label, value string, suggestions ...string) app.UI {
	input := app.Input().ID(id).Name(name).Value(value).Attr("autocomplete", "off")
	body := []app.UI{app.Label().For(id).Text(label), input}
	if len(suggestions) > 0 {
		input.Attr("list", id+"-list")
		var options []app.UI
		for _, s := range suggestions {
			options = append(options, app.Option().Value(s))
		}
		body = append(body, app.DataList().ID(id+"-list").Body(options...))
	}
	return app.Div().Class("field").Body(body...)
}

// correctForm gives one cell another text.
func (v view) correctForm(p *state.Project, line, column int, kind string) app.UI {
	c := p.Dataset.Columns[column]
	was := p.Dataset.FileText(column, p.Dataset.Row(line))
	id := fmt.Sprintf("fix-%d-%d", line, column)
	return v.form([]any{"fix", line, column, was, kind}, []string{"after", "reason"}, func(values []string) state.Msg {
		return state.DecideRow{Correction: dataset.Correction{Decision: dataset.CorrectCell, Line: line, Column: c.Name, Before: was, After: values[0], Finding: kind, Reason: values[1]}}
	},
		formField(id, "after", "Instead of “"+short(was)+"”; blank for missing", was, suggestions(c)...),
		formField(id+"-why", "reason", "Reason, as you want it recorded", ""),
		app.Button().Type("submit").Class("btn tight primary").Text("Correct this cell"))
}

// suggestions are the values of a category or of names that repeat.
func suggestions(c *dataset.Column) []string {
	if c.Kind != dataset.Category && c.Kind != dataset.Label || c.Distinct > 60 {
		return nil
	}
	seen := map[string]bool{}
	var out []string
	for i, text := range c.Clean {
		if c.Count[i] > 0 && !c.Missing[i] && !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out
}

func (v view) excludeForm(line int, kind string) app.UI {
	id := fmt.Sprintf("out-%d", line)
	return v.form([]any{"out", line, kind}, []string{"reason"}, func(values []string) state.Msg {
		return state.DecideRow{Correction: dataset.Correction{Decision: dataset.ExcludeRow, Line: line, Finding: kind, Reason: values[0]}}
	},
		formField(id, "reason", fmt.Sprintf("Reason for leaving line %d out", line), ""),
		app.Button().Type("submit").Class("btn tight").Text("Leave the row out"))
}

func (v view) acceptForm(q dataset.Problem) app.UI {
	return v.form([]any{"accept", q}, []string{"reason"}, func(values []string) state.Msg {
		return state.DecideRow{Correction: dataset.Correction{Decision: dataset.AcceptAsIs, Line: q.Line, Column: q.Column, Before: q.Value, Finding: q.Kind, Reason: values[0]}}
	},
		formField("accept-why", "reason", "Why it is right as it is", ""),
		app.Button().Type("submit").Class("btn tight primary").Text("Accept as it is"))
}

// decisions lists what was decided about single rows.
func (v view) decisions(p *state.Project) []app.UI {
	load := fileButtonClass("tight", "load-decisions", "Load decisions", "decisions", ".csv,text/csv")
	head := []app.UI{app.H3().ID("decisions-title").Text("Decisions about single rows")}
	if len(p.Decisions) == 0 {
		return append(head, app.P().Class("small soft").Text("None yet. They stay with the project and are never part of a recipe."), app.P().Class("actions").Body(load))
	}
	var rows []app.UI
	for i, x := range p.Decisions {
		rows = append(rows, app.Tr().Body(
			app.Td().Class("rowno").Text(count(x.Line)),
			app.Th().Scope("row").Body(app.Code().Text(x.Column)),
			app.Td().Class("wrap").Text(decisionWords(x)),
			app.Td().Class("wrap").Text(x.Reason),
			app.Td().Body(app.Button().Type("button").Class("btn tight").Aria("label", "Take back decision "+strconv.Itoa(i+1)).Text("Take back").OnClick(v.on(state.TakeBack{Index: i}))),
		))
	}
	return append(head,
		region("Decisions", app.Table().Class("grid").ID("decisions").Body(
			app.THead().Body(app.Tr().Body(app.Th().Scope("col").Class("rowno").Text("Line"), th("Column"), th("Decision"), th("Reason"), app.Th().Scope("col").Body(app.Span().Class("sr").Text("Take back")))),
			app.TBody().Body(rows...))),
		app.P().Class("small soft").Text("They hold patients' values, stay with the project and are never part of a recipe, which says only how many there are and their hash."),
		app.P().Class("actions").Body(v.button("tight", "Save decisions as CSV (contains patient data)", state.DownloadDecisions{}), load))
}

func decisionWords(x dataset.Correction) string {
	switch x.Decision {
	case dataset.CorrectCell:
		return fmt.Sprintf("“%s” → “%s”", short(x.Before), short(x.After))
	case dataset.ExcludeRow:
		return "row left out"
	}
	return "accepted: " + x.Finding
}

// also are the consequences of a problem, in small under it.
func also(q dataset.Problem) []app.UI {
	var out []app.UI
	for _, a := range q.Also {
		out = append(out, app.Div().Class("small soft").Text(a))
	}
	return out
}

func short(s string) string {
	r := []rune(s)
	if len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
