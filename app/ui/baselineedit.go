package ui

import (
	"fmt"
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/analysis"
	"trialbox/app/state"
)

// baselineEditor lists the rows of every table, each with its form.
func (v view) baselineEditor(p *state.Project, view state.BaselineView) []app.UI {
	b := p.BaselinePlan()
	var out []app.UI
	for k, t := range b.Tables {
		id := "title-" + strconv.Itoa(k)
		out = append(out, app.Div().Class("field").Body(app.Label().For(id).Text("Title of table "+strconv.Itoa(k+1)),
			app.Input().ID(id).Value(t.Title).OnChange(v.input(id+t.Title, func(s string) state.Msg {
				return state.EditBaselineRow{Table: k, Field: "title", Value: s}
			}))))
		out = append(out, v.rowsEditor(p, view, k, t.Rows)...)
	}
	if p.Recipe.Baseline != nil {
		out = append(out, app.P().Class("actions").Body(v.button("tight", "Back to the proposed rows", state.ProposeBaseline{})))
	}
	return out
}

// rowsEditor is the list of a table's rows and what can be added to it.
func (v view) rowsEditor(p *state.Project, view state.BaselineView, table int, rows []analysis.BaselineRow) []app.UI {
	var body []app.UI
	for i, r := range rows {
		key := fmt.Sprintf("%d.%d", table, i)
		next := view
		next.Row = key
		if view.Row == key {
			next.Row = ""
		}
		statistic := map[string]string{"mean": "mean (SD)", "median": "median (quartiles)", "range": "median (range)", "percent": "% (n)"}[r.Statistic]
		open := app.Button().Type("button").Class("aslink").ID("row-"+key).Aria("expanded", strconv.FormatBool(view.Row == key)).Text(r.Label).OnClick(v.on(state.SetBaselineView{View: next}))
		edit := func(field, value string) state.Msg {
			return state.EditBaselineRow{Table: table, Row: i, Field: field, Value: value}
		}
		small := func(label, aria string, msg state.Msg) app.UI {
			return app.Button().Type("button").Class("btn tight").Aria("label", aria+" "+r.Label).Text(label).OnClick(v.on(msg))
		}
		body = append(body, app.Tr().Class([4]string{"", "in", "in2", "in3"}[min(r.Indent, 3)]).Body(
			app.Th().Scope("row").Body(open), app.Td().Text(r.Section), app.Td().Text(statistic),
			app.Td().Class("n").Body(app.Span().Class("moves").Body(small("↑", "Up:", edit("move", "-1")), small("↓", "Down:", edit("move", "1")), small("×", "Take out:", edit("remove", ""))))))
		if view.Row == key {
			body = append(body, app.Tr().Class("opened").Body(app.Td().ColSpan(4).Body(v.rowForm(p, table, i, r))))
		}
	}
	choices := []option{{"", "Add a row…"}}
	for _, name := range p.BaselineChoices(table) {
		choices = append(choices, option{name, name})
	}
	return []app.UI{
		region("Rows", app.Table().Class("grid baseline-rows").ID("rows-"+strconv.Itoa(table)).Body(
			app.THead().Body(app.Tr().Body(th("Row"), th("Section"), th("Shown as"), th(""))), app.TBody().Body(body...))),
		app.Div().Class("pickone field").Body(v.selectBox("add-row-"+strconv.Itoa(table), "Add a row", "", choices, len(rows), func(s string) state.Msg {
			if s == "" {
				return nil
			}
			return state.AddBaselineRow{Table: table, Variable: s}
		})),
	}
}

// rowForm changes one row.
func (v view) rowForm(p *state.Project, table, row int, r analysis.BaselineRow) app.UI {
	set := func(field string) func(string) state.Msg {
		return func(s string) state.Msg { return state.EditBaselineRow{Table: table, Row: row, Field: field, Value: s} }
	}
	key := []any{table, row, r.Variable}
	field := func(name, label, value string) app.UI {
		id := fmt.Sprintf("edit-%s", name)
		return app.Div().Class("field").Body(app.Label().For(id).Text(label), app.Input().ID(id).Attr("autocomplete", "off").Value(blank(value)).OnChange(v.input(fmt.Sprintf("%s %v %s", id, key, value), set(name))))
	}
	body := []app.UI{
		field("label", "Label", r.Label),
		v.selectField("edit-statistic", "Shown as", r.Statistic, []option{{"mean", "Mean (SD)"}, {"median", "Median (quartiles)"}, {"range", "Median (range)"}, {"percent", "% (n)"}}, key, set("statistic")),
		field("section", "Section", r.Section),
		v.selectField("edit-indent", "Indent", strconv.Itoa(r.Indent), []option{{"0", "none"}, {"1", "one step"}, {"2", "two steps"}}, key, set("indent")),
	}
	if b := p.BaselinePlan(); table >= 0 && len(b.Tables) > 1 {
		var tables []option
		for k := range b.Tables {
			tables = append(tables, option{strconv.Itoa(k), "Table " + strconv.Itoa(k+1)})
		}
		body = append(body, v.selectField("edit-table", "In", strconv.Itoa(table), tables, key, set("table")))
	}
	decimals := ""
	if r.Decimals != nil {
		decimals = strconv.Itoa(*r.Decimals)
	}
	if r.Statistic != "percent" {
		body = append(body, v.selectField("edit-decimals", "Decimals", decimals, []option{{"", "by the values"}, {"0", "0"}, {"1", "1"}, {"2", "2"}, {"3", "3"}}, key, set("decimals")))
	}
	levels := p.BaselineLevels(table, r)
	if r.Statistic == "percent" && len(levels) > 0 {
		only := []option{{"", "every category"}}
		for _, l := range levels {
			only = append(only, option{l, l})
		}
		body = append(body, v.selectField("edit-level", "Print", r.Level, only, key, set("level")))
	}
	out := []app.UI{app.Div().Class("three").Body(body...)}
	if r.Statistic == "percent" && len(levels) > 2 {
		var names []app.UI
		for _, l := range levels {
			label := l
			for _, n := range r.Levels {
				if n.Value == l && n.Label != "" {
					label = n.Label
				}
			}
			names = append(names, field("name:"+l, "“"+l+"” is called", label))
		}
		out = append(out, app.Div().Class("three").Body(names...))
	}
	words := "Variable " + r.Variable
	if why := p.BaselineReason(table, r); why != "" {
		words += ": proposed as " + why
	}
	return app.Div().Body(append(out, app.P().Class("hint").Text(words+"."))...)
}
