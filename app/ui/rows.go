package ui

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/dataset"
	"trialbox/app/report"
	"trialbox/app/state"
)

const (
	rowsPerPage = 50
	gridColumns = 30      // of the rows view; the others are reached by the filter
	searched    = 2000000 // cells that one search looks at
)

// rows is the file as it came, a page at a time, problem cells marked; a cell
// opens its form.
func (v view) rows(p *state.Project, view state.DataView) []app.UI {
	d := p.Dataset
	shown := visibleColumns(p, state.DataView{Filter: view.Filter})
	more := len(shown) - gridColumns
	shown = shown[:min(len(shown), gridColumns)]
	bad := marks(findings(p))
	list, all, note := chosenRows(d, shown, bad, view)
	total := len(list)
	if all {
		total = d.Rows
	}
	pages := max(1, (total+rowsPerPage-1)/rowsPerPage)
	view.RowsPage = min(max(view.RowsPage, 0), pages-1)
	from := view.RowsPage * rowsPerPage
	to := min(from+rowsPerPage, total)
	heads := []app.UI{app.Th().Scope("col").Class("rowno").Text("Line")}
	for _, c := range shown {
		heads = append(heads, app.Th().Scope("col").Body(app.Code().Text(c.Name)))
	}
	var rows []app.UI
	for k := from; k < to; k++ {
		r := k
		if !all {
			r = list[k]
		}
		rows = append(rows, v.gridRow(p, r, shown, bad))
	}
	if more > 0 {
		note += fmt.Sprintf("; %d more columns, find them by name", more)
	}
	next, back, odd := view, view, view
	next.RowsPage++
	back.RowsPage--
	odd.OddRows, odd.RowsPage = !view.OddRows, 0
	return []app.UI{
		app.P().Class("pager").Body(v.filterBox(view),
			app.Span().Class("filter").Body(app.Input().ID("f-search").Placeholder("Find in the rows").Aria("label", "Find in the rows").Value(view.Search).
				OnChange(v.input([]any{"search", view}, func(s string) state.Msg {
					next := view
					next.Search, next.RowsPage = strings.TrimSpace(s), 0
					return state.SetDataView{View: next}
				}))),
			app.Label().Class("check").Body(app.Input().Type("checkbox").ID("f-oddrows").Checked(view.OddRows).OnChange(v.checked([]any{"odd", view}, func(bool) state.Msg { return state.SetDataView{View: odd} })), app.Text("Only rows with a finding"))),
		v.cellForm(p, view),
		region("Rows", app.Table().Class("grid pick").ID("rows").OnClick(v.pickCell(view)).Body(app.THead().Body(app.Tr().Body(heads...)), app.TBody().Body(rows...))),
		app.P().Class("pager").Body(
			app.Button().Type("button").Class("btn tight").Text("Back").Disabled(view.RowsPage == 0).OnClick(v.on(state.SetDataView{View: back})),
			app.Span().Text(fmt.Sprintf("rows %s–%s of %s%s", report.Count(min(from+1, total)), report.Count(to), report.Count(total), note)),
			app.Button().Type("button").Class("btn tight").Text("Next").Disabled(view.RowsPage >= pages-1).OnClick(v.on(state.SetDataView{View: next})),
		),
	}
}

// marks are the findings by line and column.
func marks(list []dataset.Problem) map[state.Place]string {
	bad := map[state.Place]string{}
	for _, q := range list {
		if q.Line > 0 {
			bad[state.Place{Line: q.Line, Column: q.Column}] = q.Text
		}
	}
	return bad
}

// chosenRows are the rows that the filters leave; all when there is none.
func chosenRows(d *dataset.Dataset, shown []*dataset.Column, bad map[state.Place]string, view state.DataView) (list []int, all bool, note string) {
	if view.Search == "" && !view.OddRows {
		return nil, true, ""
	}
	odd := map[int]bool{}
	for at := range bad {
		odd[at.Line] = true
	}
	needle := strings.ToLower(view.Search)
	hits := make([][]bool, len(shown))
	if needle != "" {
		for i, c := range shown {
			hits[i] = make([]bool, len(c.Raw))
			for k, text := range c.Raw {
				hits[i][k] = strings.Contains(strings.ToLower(text), needle)
			}
		}
	}
	limit := d.Rows
	if needle != "" {
		limit = min(limit, searched/max(1, len(shown)))
	}
	for r := range limit {
		if view.OddRows && !odd[int(d.Line[r])] {
			continue
		}
		hit := needle == ""
		for i := 0; i < len(shown) && !hit; i++ {
			hit = hits[i][shown[i].Codes.At(r)]
		}
		if hit {
			list = append(list, r)
		}
	}
	if limit < d.Rows {
		note = fmt.Sprintf(" among the first %s rows", report.Count(limit))
	}
	return list, false, note
}

func (v view) gridRow(p *state.Project, r int, shown []*dataset.Column, bad map[state.Place]string) app.UI {
	d := p.Dataset
	line := int(d.Line[r])
	reason, out := d.Excluded(r)
	no := app.Td().Class("rowno").Text(strconv.Itoa(line))
	if why := bad[state.Place{Line: line}]; why != "" {
		no = no.Class("cell-bad").Title(why)
	}
	cells := []app.UI{no}
	for _, c := range shown {
		cells = append(cells, gridCell(d, c, r, bad[state.Place{Line: line, Column: c.Name}]))
	}
	row := app.Tr()
	if out {
		row = row.Class("out").Title("Left out: " + reason)
	}
	return row.Body(cells...)
}

// gridCell is a cell as it stands, reached by its line and column.
func gridCell(d *dataset.Dataset, c *dataset.Column, row int, why string) app.UI {
	raw := c.RawText(row)
	cell := app.Td().DataSet("line", int(d.Line[row])).DataSet("column", c.Name)
	switch {
	case why != "":
		return cell.Class("cell-bad").Title(why).Body(app.Button().Type("button").Class("aslink").Aria("label", "Decide about "+c.Name+", line "+strconv.Itoa(int(d.Line[row]))).Text(orBlank(short(raw))))
	case c.IsMissing(row):
		if raw == "" {
			return cell
		}
		return cell.Class("gone").Text(short(raw))
	}
	return cell.Text(short(raw))
}

func orBlank(s string) string {
	if strings.TrimSpace(s) == "" {
		return "blank"
	}
	return s
}

// pickCell opens the form of the cell that was pressed. One handler serves the
// whole page of cells.
func (v view) pickCell(view state.DataView) (app.EventHandler, app.EventOption) {
	return func(_ app.Context, e app.Event) {
		cell := e.Get("target").Call("closest", "td[data-column]")
		if !cell.Truthy() {
			return
		}
		line, _ := strconv.Atoi(cell.Get("dataset").Get("line").String())
		next := view
		next.Cell = state.Place{Line: line, Column: cell.Get("dataset").Get("column").String()}
		v.send(state.SetDataView{View: next})
	}, app.EventScope(fmt.Sprintf("pick %+v", view))
}

// cellForm decides about one cell and its row.
func (v view) cellForm(p *state.Project, view state.DataView) app.UI {
	d := p.Dataset
	row, column := d.Row(view.Cell.Line), columnIndex(d, view.Cell.Column)
	if row < 0 || column < 0 {
		return app.P().Class("small soft").Text("Press a cell to correct it or to leave its row out.")
	}
	c := d.Columns[column]
	was := d.FileText(column, row)
	now := c.Text(row)
	if c.IsMissing(row) {
		now = "missing"
	}
	closed := view
	closed.Cell = state.Place{}
	body := []app.UI{
		app.H3().Body(app.Text(fmt.Sprintf("Line %d, ", view.Cell.Line)), app.Code().Text(c.Name)),
		app.P().Body(app.Text("In the file “"+short(was)+"”, understood as "), app.B().Text(now), app.Text(". The file itself stays as it is.")),
	}
	for _, q := range findings(p) {
		if q.Line == view.Cell.Line && q.Column == c.Name {
			body = append(body, app.P().Class("flag").Text(q.Text))
		}
	}
	body = append(body,
		v.correctForm(p, view.Cell.Line, column, ""),
		v.excludeForm(view.Cell.Line, ""),
		app.P().Class("actions").Body(v.button("tight", "Close", state.SetDataView{View: closed})))
	return app.Div().Class("receipt").ID("cell-form").Body(body...)
}

func columnIndex(d *dataset.Dataset, name string) int {
	for i, c := range d.Columns {
		if c.Name == name {
			return i
		}
	}
	return -1
}
