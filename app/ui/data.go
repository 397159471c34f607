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
	menuColumns    = 400 // in a menu of roles; further ones get theirs on the Columns tab
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
			v.undoRedo(p),
			screenLink("primary", "Use this reading", state.Scores)),
		kv(
			[2]app.UI{app.Text("File"), app.Span().Class("actions").Body(
				app.Span().Text(fmt.Sprintf("%s, %s rows, %d columns, %s", d.Name, report.Count(d.Rows), len(d.Columns), size(d.Size))),
				fileButtonClass("tight", "next-data", "Next export, same rules", "next", dataFiles),
				fileButtonClass("tight", "replace-data", "Open another file", "data", dataFiles))},
			[2]app.UI{app.Text("Read as"), app.Span().Body(app.Text(readAs(d)+" "), v.readingDetails(p))},
			pair("Added", addedWords(p)),
		),
		v.replayed(p),
	}
	if p.TrialErr != "" && p.Building == nil {
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
		tabFor("beside", "Units and dictionary", ""),
	}))
	switch view.Tab {
	case "problems":
		return append(body, v.problems(p, view)...)
	case "roles":
		return append(body, v.roles(p)...)
	case "shape":
		return append(body, v.shape(p)...)
	case "rows":
		return append(body, v.rows(p, view)...)
	case "beside":
		return append(body, v.beside(p)...)
	}
	return append(body, v.columns(p, view)...)
}

// dataFiles are what a file dialog offers for data.
const dataFiles = ".csv,.tsv,.txt,.xlsx,.xlsm,.sav,.zsav,text/csv"

// undoRedo goes one step back or forth in what was decided.
func (v view) undoRedo(p *state.Project) app.UI {
	step := func(label, name string, msg state.Msg) app.UI {
		b := app.Button().Type("button").Class("btn").Text(label).Disabled(name == "").OnClick(v.on(msg))
		if name != "" {
			b = b.Title(label + ": " + name)
		}
		return b
	}
	return app.Span().Class("actions").Body(step("Undo", p.Undoable(), state.Undo{}), step("Redo", p.Redoable(), state.Redo{}))
}

func addedWords(p *state.Project) string {
	var parts []string
	if p.Units != nil {
		parts = append(parts, strings.TrimSuffix(unitsWords(p.Units), "."))
	}
	if use := p.Recipe.Reading.Dictionary; use != nil {
		matched, _, _ := p.DictionaryFit()
		parts = append(parts, fmt.Sprintf("%s for %s", use.File, plural(matched, "column", "columns")))
	}
	if n := len(p.Decisions); n > 0 {
		parts = append(parts, plural(n, "decision", "decisions")+" about single rows")
	}
	if len(parts) == 0 {
		return "no units file, no data dictionary"
	}
	return strings.Join(parts, "; ")
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
	switch d.Format {
	case "xlsx":
		return "Excel workbook, sheet “" + d.Sheet + "”"
	case "sav":
		return "SPSS file, " + d.Encoding
	}
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
		app.If(len(p.Dataset.Sheets) > 1, func() app.UI {
			sheets := []option{{"", "the first with cells"}}
			for _, name := range p.Dataset.Sheets {
				sheets = append(sheets, option{name, name})
			}
			return v.selectField("f-sheet", "Sheet", r.Sheet, sheets, r, func(s string) state.Msg { return set(func(r *analysis.Reading) { r.Sheet = s }) })
		}),
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
	odds := map[string]int{}
	for _, q := range findings(p) {
		odds[q.Column]++
	}
	for _, c := range shown[from:to] {
		rows = append(rows, v.columnRow(p, c, view, odds[c.Name]))
		if view.Column == c.Name {
			rows = append(rows, v.columnRule(p, c))
		}
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
			app.THead().Body(app.Tr().Body(th("Column"), th("Understood as"), numberHead("n"), numberHead("Distinct"), th("Before → after"), th("Missing"), numberHead("Findings"), th("Role"))),
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

func numberHead(text string) app.UI { return app.Th().Scope("col").Class("n").Text(text) }

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
	return c.Doubt != "" || len(c.Merged) > 0 || len(c.Recoded) > 0 || len(c.Odd) > 0 || appliedCodes(c) > 0 || c.Decimal == ',' && c.Kind == dataset.Number || c.Kind == dataset.Date || c.Kind == dataset.YesNo
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

func (v view) columnRow(p *state.Project, c *dataset.Column, view state.DataView, odd int) app.UI {
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
	open := view
	open.Column = c.Name
	if view.Column == c.Name {
		open.Column = ""
	}
	name := []app.UI{app.Button().Type("button").Class("aslink mono").Aria("expanded", view.Column == c.Name).Aria("label", "How "+c.Name+" is read").Text(c.Name).OnClick(v.on(state.SetDataView{View: open}))}
	if c.Label != "" {
		name = append(name, app.Div().Class("small soft").Text(short(c.Label)))
	}
	return app.Tr().Body(
		app.Th().Scope("row").Body(name...),
		app.Td().Class("wrap").Title(c.Why).Body(understood...),
		app.Td().Class("n").Text(report.Count(c.N)),
		app.Td().Class("n").Text(report.Count(c.Distinct)),
		app.Td().Class("wrap").Body(examples...),
		app.Td().Class(class).Text(missing),
		app.Td().Class("n").Text(count(odd)),
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
	if len(c.Recoded) > 0 {
		s += ", texts replaced"
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
