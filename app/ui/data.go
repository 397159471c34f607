package ui

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/analysis"
	"trialbox/app/dataset"
	"trialbox/app/report"
	"trialbox/app/state"
)

const (
	columnsPerPage = 25
	rowsPerPage    = 50
	menuColumns    = 400 // in a menu of roles; further ones get theirs on the Columns tab
	gridColumns    = 30  // of the rows view; the others are reached by the filter
)

func (v view) data() []app.UI {
	p := v.m.Project
	if p == nil {
		return []app.UI{head("Data", "What was understood, column by column. Nothing is converted without being shown here."),
			nothing("No file is open. Open the example or your own CSV first.", screenLink("primary", "Go to Start", state.Start))}
	}
	d := p.Dataset
	body := []app.UI{
		head("Data", "What was understood, column by column. Nothing is converted without being shown here.",
			app.Span().Class("filebtn").Body(app.Input().Type("file").ID("replace-data").Class("sr-input").Accept(".csv,.tsv,.txt,text/csv").DataSet("files", "data"), app.Label().Class("btn").For("replace-data").Text("Open another file")),
			screenLink("primary", "Use this reading", state.Scores)),
		kv(
			pair("File", fmt.Sprintf("%s, %s rows, %d columns, %s", d.Name, report.Count(d.Rows), len(d.Columns), size(d.Size))),
			[2]app.UI{app.Text("Read as"), app.Span().Body(app.Text(readAs(d)+" "), v.readingDetails(p))},
		),
	}
	if p.TrialErr != "" {
		body = append(body, app.Div().ID("trial-error").Body(banner("bad", iconBad, "These roles do not make a trial yet.", p.TrialErr)))
	}
	view := p.Data
	if view.Tab == "" {
		view.Tab = "columns"
	}
	body = append(body, v.doubts(p, view))
	tabFor := func(id, label, count string) tab {
		next := view
		next.Tab, next.Page, next.RowsPage = id, 0, 0
		return tab{id, label, count, state.SetDataView{View: next}}
	}
	body = append(body, v.tabs("Views of the data", view.Tab, []tab{
		tabFor("columns", "Columns", strconv.Itoa(len(d.Columns))),
		tabFor("problems", "Findings", strconv.Itoa(len(findings(p)))),
		tabFor("roles", "Roles", ""),
		tabFor("shape", "Long or wide", ""),
		tabFor("rows", "Rows", report.Count(d.Rows)),
	}))
	switch view.Tab {
	case "problems":
		return append(body, v.problems(p)...)
	case "roles":
		return append(body, v.roles(p)...)
	case "shape":
		return append(body, v.shape(p)...)
	case "rows":
		return append(body, v.rows(p, view)...)
	}
	return append(body, v.columns(p, view)...)
}

func size(n int64) string {
	if n < 10_000_000 {
		return report.Count(int((n+500)/1000)) + " KB"
	}
	return report.Count(int((n+500_000)/1_000_000)) + " MB"
}

// delimiterNames are words for what cannot be seen.
var delimiterNames = map[rune]string{',': "comma", ';': "semicolon", '\t': "tab", '|': "vertical bar"}

func readAs(d *dataset.Dataset) string {
	parts := []string{d.Encoding}
	if d.BOM {
		parts[0] += " with mark"
	}
	parts = append(parts, delimiterNames[d.Delimiter]+" between fields", map[rune]string{'.': "decimal point", ',': "decimal comma"}[d.Decimal])
	return strings.Join(parts, ", ")
}

// readingDetails shows the evidence and lets every part be overruled.
func (v view) readingDetails(p *state.Project) app.UI {
	r := p.Recipe.Reading
	set := func(change func(*analysis.Reading)) state.Msg {
		next := r
		change(&next)
		return state.SetReading{Reading: next}
	}
	var evidence []app.UI
	for _, e := range p.Dataset.Evidence {
		evidence = append(evidence, app.Li().Text(e))
	}
	return app.Details().ID("reading").Body(
		app.Summary().Text("Why, and change"),
		app.Ul().Class("small").Body(evidence...),
		app.Div().Class("three").Body(
			v.selectField("f-encoding", "Encoding", r.Encoding, []option{{"", "as detected"}, {"UTF-8", "UTF-8"}, {"Windows-1252", "Windows-1252"}, {"ISO-8859-15", "ISO-8859-15"}, {"UTF-16LE", "UTF-16 LE"}, {"UTF-16BE", "UTF-16 BE"}}, r,
				func(s string) state.Msg { return set(func(r *analysis.Reading) { r.Encoding = s }) }),
			v.selectField("f-delimiter", "Between fields", r.Delimiter, []option{{"", "as detected"}, {",", "comma"}, {";", "semicolon"}, {"\t", "tab"}, {"|", "vertical bar"}}, r,
				func(s string) state.Msg { return set(func(r *analysis.Reading) { r.Delimiter = s }) }),
			v.selectField("f-decimal", "Decimal mark", r.Decimal, []option{{"", "as detected"}, {".", "point"}, {",", "comma"}}, r,
				func(s string) state.Msg { return set(func(r *analysis.Reading) { r.Decimal = s }) }),
		),
		app.Div().Class("field").Body(
			app.Label().For("f-missing").Text("Missing in every column, separated by spaces"),
			app.Input().ID("f-missing").Value(strings.Join(r.MissingCodes, " ")).OnChange(v.input(fmt.Sprintf("missing %v", r), func(s string) state.Msg {
				return set(func(r *analysis.Reading) { r.MissingCodes = strings.Fields(s) })
			})),
			app.Span().Class("hint").Text("Blank, NA, N/A, NaN, null and a lone point are always missing."),
		),
	)
}

// columns is the table of what was understood, a page at a time.
func (v view) columns(p *state.Project, view state.DataView) []app.UI {
	shown := visibleColumns(p, view)
	pages := max(1, (len(shown)+columnsPerPage-1)/columnsPerPage)
	view.Page = min(view.Page, pages-1)
	from := view.Page * columnsPerPage
	to := min(from+columnsPerPage, len(shown))
	var rows []app.UI
	for _, c := range shown[from:to] {
		rows = append(rows, v.columnRow(p, c))
	}
	next, back, odd := view, view, view
	next.Page++
	back.Page--
	odd.OnlyOdd, odd.Page = !view.OnlyOdd, 0
	oddLabel := "Show only conversions"
	if view.OnlyOdd {
		oddLabel = "Show all columns"
	}
	return []app.UI{
		app.P().Class("pager").Body(v.filterBox(view), v.button("quiet tight", oddLabel, state.SetDataView{View: odd})),
		region("Columns", app.Table().Class("grid still").ID("columns").Body(
			app.Caption().Class("sr").Text("Columns and what was understood"),
			app.THead().Body(app.Tr().Body(th("Column"), th("Understood as"), th("Before → after"), th("Missing"), th("Role"))),
			app.TBody().Body(rows...))),
		app.P().Class("pager").Body(
			app.Button().Type("button").Class("btn tight").Text("Back").Disabled(view.Page == 0).OnClick(v.on(state.SetDataView{View: back})),
			app.Span().Text(fmt.Sprintf("%d–%d of %d", min(from+1, len(shown)), to, len(shown))),
			app.Button().Type("button").Class("btn tight").Text("Next").Disabled(view.Page >= pages-1).OnClick(v.on(state.SetDataView{View: next})),
		),
	}
}

func (v view) filterBox(view state.DataView) app.UI {
	return app.Span().Class("filter").Body(app.Input().ID("f-filter").Placeholder("Find a column").Aria("label", "Find a column").Value(view.Filter).
		OnChange(v.input(fmt.Sprintf("filter %v", view), func(s string) state.Msg {
			next := view
			next.Filter, next.Page = strings.TrimSpace(s), 0
			return state.SetDataView{View: next}
		})))
}

func th(text string) app.UI { return app.Th().Scope("col").Text(text) }

func visibleColumns(p *state.Project, view state.DataView) []*dataset.Column {
	var out []*dataset.Column
	needle := strings.ToLower(view.Filter)
	for _, c := range p.Dataset.Columns {
		if needle != "" && !strings.Contains(strings.ToLower(c.Name), needle) {
			continue
		}
		if view.OnlyOdd && !converted(c) {
			continue
		}
		out = append(out, c)
	}
	return out
}

// converted reports whether a column's values are not what stood in the file.
func converted(c *dataset.Column) bool {
	return c.Doubt != "" || len(c.Merged) > 0 || len(c.Odd) > 0 || appliedCodes(c) > 0 || c.Decimal == ',' && c.Kind == dataset.Number || c.Kind == dataset.Date || c.Kind == dataset.YesNo
}

// appliedCodes counts the missing codes other than blank.
func appliedCodes(c *dataset.Column) int {
	n := 0
	for _, m := range c.MissingCodes {
		if m.Code != "" {
			n++
		}
	}
	return n
}

func (v view) columnRow(p *state.Project, c *dataset.Column) app.UI {
	var examples []app.UI
	for i, e := range c.Examples {
		if i > 0 {
			examples = append(examples, app.Text(", "))
		}
		after := app.UI(app.Text(e.After))
		if e.Missing {
			after = app.Span().Class("gone").Text("missing")
		}
		examples = append(examples, app.Code().Text(strings.ReplaceAll(e.Before, " ", "␣")), app.Span().Class("to").Text("→"), after)
	}
	missing, class := missingWords(c)
	understood := []app.UI{app.Text(kindWords(c))}
	if c.Doubt != "" {
		understood = append(understood, app.Div().Class("small flag").Text(c.Doubt))
	}
	return app.Tr().Body(
		app.Th().Scope("row").Body(app.Code().Text(c.Name)),
		app.Td().Class("wrap").Title(c.Why).Body(understood...),
		app.Td().Class("wrap").Body(examples...),
		app.Td().Class(class).Text(missing),
		app.Td().Body(v.roleBox(p, c)),
	)
}

func kindWords(c *dataset.Column) string {
	s := c.Kind.String()
	switch c.Kind {
	case dataset.Integer:
		s = "whole number"
	case dataset.Category, dataset.Label, dataset.YesNo:
		s += ", " + plural(c.Distinct, "value", "values")
	}
	if c.Decimal == ',' && c.Kind == dataset.Number {
		s += ", decimal comma"
	}
	if len(c.Merged) > 0 {
		s += ", spellings evened out"
	}
	return s
}

func missingWords(c *dataset.Column) (text, class string) {
	if len(c.MissingCodes) == 0 {
		return report.Count(c.MissingCount), "n"
	}
	var parts []string
	coded := false
	for _, m := range c.MissingCodes {
		word := "coded " + strings.Replace(m.Code, "-", "−", 1)
		if m.Code == "" {
			word = "blank"
		} else {
			coded = true
		}
		if !m.Applied {
			word += "?"
		}
		parts = append(parts, report.Count(m.Count)+" "+word)
	}
	if coded {
		class = "cell-warn"
	}
	return strings.Join(parts, ", "), class
}

// rows is the file as it came, a page at a time, problem cells marked.
func (v view) rows(p *state.Project, view state.DataView) []app.UI {
	d := p.Dataset
	shown := visibleColumns(p, view)
	more := len(shown) - gridColumns
	shown = shown[:min(len(shown), gridColumns)]
	pages := max(1, (d.Rows+rowsPerPage-1)/rowsPerPage)
	view.RowsPage = min(max(view.RowsPage, 0), pages-1)
	from := view.RowsPage * rowsPerPage
	to := min(from+rowsPerPage, d.Rows)
	bad := map[string]string{}
	for _, q := range findings(p) {
		bad[fmt.Sprintf("%d %s", q.Line, q.Column)] = q.Text
	}
	heads := []app.UI{app.Th().Scope("col").Class("rowno").Text("Line")}
	for _, c := range shown {
		heads = append(heads, app.Th().Scope("col").Body(app.Code().Text(c.Name)))
	}
	var rows []app.UI
	for r := from; r < to; r++ {
		cells := []app.UI{app.Td().Class("rowno").Text(strconv.Itoa(int(d.Line[r])))}
		for _, c := range shown {
			why := bad[fmt.Sprintf("%d %s", d.Line[r], c.Name)]
			cells = append(cells, gridCell(c, r, why))
		}
		rows = append(rows, app.Tr().Body(cells...))
	}
	next, back := view, view
	next.RowsPage++
	back.RowsPage--
	note := ""
	if more > 0 {
		note = fmt.Sprintf("; %d more columns, find them by name", more)
	}
	return []app.UI{
		app.P().Class("pager").Body(v.filterBox(view)),
		region("Rows", app.Table().Class("grid").ID("rows").Body(app.THead().Body(app.Tr().Body(heads...)), app.TBody().Body(rows...))),
		app.P().Class("pager").Body(
			app.Button().Type("button").Class("btn tight").Text("Back").Disabled(view.RowsPage == 0).OnClick(v.on(state.SetDataView{View: back})),
			app.Span().Text(fmt.Sprintf("rows %s–%s of %s%s", report.Count(min(from+1, d.Rows)), report.Count(to), report.Count(d.Rows), note)),
			app.Button().Type("button").Class("btn tight").Text("Next").Disabled(view.RowsPage >= pages-1).OnClick(v.on(state.SetDataView{View: next})),
		),
	}
}

func gridCell(c *dataset.Column, row int, why string) app.UI {
	raw := c.RawText(row)
	switch {
	case why != "":
		return app.Td().Class("cell-bad").Title(why).Text(short(raw))
	case c.IsMissing(row):
		if raw == "" {
			return app.Td()
		}
		return app.Td().Class("gone").Text(short(raw))
	}
	return app.Td().Text(short(raw))
}
