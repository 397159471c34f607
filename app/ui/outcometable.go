package ui

import (
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/analysis"
	"trialbox/app/report"
	"trialbox/app/state"
)

// table3 draws the table of the continuous outcomes.
func (v view) table3(run *state.Run) []app.UI {
	return v.journal(run, report.OutcomeTable(run.Result), "table3", "jt still", true)
}

// table4 draws the other outcomes, the visits side by side as in the paper or
// one below the other with every scale.
func (v view) table4(run *state.Run, view state.OutcomeView) []app.UI {
	choice := v.segmented("scales", "Layout", map[bool]string{false: "paper", true: "scales"}[view.Scales], []option{{"paper", "Visits side by side"}, {"scales", "All scales with intervals"}}, view,
		func(s string) state.Msg {
			next := view
			next.Scales = s == "scales"
			return state.SetOutcomeView{View: next}
		})
	if view.Scales {
		return append([]app.UI{choice}, v.journal(run, report.SecondaryScales(run.Result), "table4", "jt still dense lines", true)...)
	}
	return append([]app.UI{choice}, v.journal(run, report.SecondaryTable(run.Result), "table4", "jt still dense sides", false)...)
}

// journal draws a table with the page's own elements, so that a row that
// settles moves nothing else. counted adds a column of replicates.
func (v view) journal(run *state.Run, t *report.Table, id, class string, counted bool) []app.UI {
	byKey := map[string]*analysis.OutcomeResult{}
	for i := range run.Result.Outcomes {
		byKey[run.Result.Outcomes[i].Outcome.Variable] = &run.Result.Outcomes[i]
	}
	columns := len(t.Heads)
	if counted {
		columns++
	}
	starts := map[int]bool{}
	for _, s := range t.Spans[min(1, len(t.Spans)):] {
		starts[s.From] = true
	}
	var rows []app.UI
	for _, r := range t.Rows {
		rows = append(rows, v.tableRow(r, byKey[r.Key], columns, counted, t.Flush, starts))
	}
	var notes []app.UI
	for i, n := range t.Notes {
		notes = append(notes, app.P().Body(sup(t.Marks[i]), app.Text("\u00a0"+n)))
	}
	name, _, _ := strings.Cut(t.Title, ".")
	return []app.UI{
		region(name, app.Table().Class(class).ID(id).Body(
			app.Caption().Body(app.Span().Class("cap").Body(app.B().Text(t.Title), app.Text(" "+t.Legend+" "), app.B().Text("Bold"), app.Text(": P < 0.05, settled rows only."))),
			tableHead(t, counted, starts),
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

func tableHead(t *report.Table, counted bool, starts map[int]bool) app.UI {
	var top, heads []app.UI
	top = append(top, app.Th().Scope("col").Rowspan(2).Body(app.Text(t.Heads[0].Text)))
	for _, s := range t.Spans {
		top = append(top, app.Th().Scope("colgroup").ColSpan(s.To-s.From).Class("span").Text(s.Text))
	}
	for i, h := range t.Heads[1:] {
		class := "m"
		if h.Text == "P" {
			class = "n"
		}
		if starts[i+1] {
			class += " gap"
		}
		heads = append(heads, app.Th().Scope("col").Class(class).Body(app.Text(h.Text), sup(h.Mark), app.If(h.Sub != "", func() app.UI { return app.Small().Text(h.Sub) })))
	}
	if counted {
		top = append(top, app.Td().Class("reps"))
		heads = append(heads, app.Th().Scope("col").Class("reps").Text("Replicates"))
	}
	return app.THead().Body(app.Tr().Body(top...), app.Tr().Body(heads...))
}

// outcomeLink is an outcome's name, which opens its model.
func (v view) outcomeLink(r report.Row) []app.UI {
	if r.Key == "" {
		return []app.UI{app.Text(r.Label), sup(r.Mark)}
	}
	view := v.m.Project.View
	view.Tab, view.Outcome = "model", r.Key
	return []app.UI{
		app.Button().Type("button").Class("aslink").OnClick(v.on(state.SetOutcomeView{View: view})).Body(app.Text(r.Label), sup(r.Mark)), // the mark inside, so that it never stands on a line of its own
		app.If(r.Tag != "", func() app.UI { return app.Span().Class("tag").Text(" " + r.Tag) })}
}

func (v view) tableRow(r report.Row, o *analysis.OutcomeResult, columns int, counted, flush bool, starts map[int]bool) app.UI {
	if r.Group {
		class := "g"
		if !counted {
			class = "g plain" // among rows that are no groups
		}
		return app.Tr().Class(class).Body(app.Th().Scope("rowgroup").ColSpan(columns).Body(v.outcomeLink(r)...))
	}
	class := "in"
	if flush && r.Indent == 0 {
		class = ""
	}
	if r.Live {
		class += " live"
	}
	name := []app.UI{app.Text(r.Label), sup(r.Mark)}
	if !counted && r.Label == o.Outcome.Label {
		name = v.outcomeLink(r)
	}
	cells := []app.UI{app.Th().Scope("row").Body(name...)}
	decimals := o.Outcome.Decimals
	if o.Outcome.Logit() {
		decimals = 1
	}
	for i, c := range r.Cells {
		cells = append(cells, cell(c, decimals, starts[i+1], counted))
	}
	if counted {
		cells = append(cells, replicates(r, o))
	}
	return app.Tr().Class(strings.TrimSpace(class)).DataSet("outcome", r.Key).DataSet("visit", r.Label).Body(cells...)
}

// cell draws "value (paren)" with both parts aligned down the column; gap
// keeps it off the visit before, pad gives it the decimals of the column.
func cell(c report.Cell, decimals int, gap, pad bool) app.UI {
	class := "n"
	if gap {
		class += " gap"
	}
	if c.Bold {
		class += " sig"
	}
	if c.P {
		if c.Value == "n/a" {
			return app.Td().Class(class + " why").Text(c.Value)
		}
		return app.Td().Class(class).Body(app.Span().Class("pv").Text(c.Value), sup(c.Mark))
	}
	if !c.Wide && c.Paren == "" && c.Value != "n/a" {
		return app.Td().Class(class).Body(app.Text(c.Value), sup(c.Mark))
	}
	value, paren := "v", "p"
	if decimals == 1 && pad {
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
		text = "none"
	case o.Status == analysis.Waiting:
		text = "waiting"
	case r.Live || o.Status == analysis.Stopped:
		text = report.Count(o.Done) + " of " + report.Count(o.Target)
	}
	return app.Td().Class("reps").Body(app.Text(text), app.If(r.Live && o.Target > 0, func() app.UI {
		return app.Progress().Max(float64(o.Target)).Value(float64(o.Done)).Aria("label", "replicates of "+o.Outcome.Label)
	}))
}
