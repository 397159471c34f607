package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/instrument"
	"trialbox/app/state"
	"trialbox/app/trial"
)

// columnsOf is which column is which item: the columns of the file on the left,
// the items on the right. Columns are marked and put into items by buttons or
// by dragging; items change places likewise. Whatever dragging does, a key and
// a button do too.
func (v view) columnsOf(p *state.Project, use trial.Use, d *instrument.Definition) []app.UI {
	items := use.Items
	if items == nil {
		items = make([]string, len(d.Items))
		for i, it := range d.Items {
			items[i] = it.Column
		}
	}
	return []app.UI{
		v.howFound(p, items, d),
		app.Div().Class("mapping").Body(v.columnList(p, use, items), v.itemTable(p, use, items, d)),
	}
}

// howFound says how sure the mapping is and why, and which items have no
// column.
func (v view) howFound(p *state.Project, items []string, d *instrument.Definition) app.UI {
	lead, why := "Mapped by hand.", ""
	for _, m := range instrument.RecogniseAmong([]*instrument.Definition{d}, p.ItemColumns()) {
		if slices.Equal(m.Items, items) {
			lead, why = fmt.Sprintf("Recognised, confidence %d%%.", int(100*m.Confidence+0.5)), m.Why
		}
	}
	var absent, unscored []string
	for i, c := range items {
		switch {
		case c != "":
		case d.Scored(i):
			absent = append(absent, strconv.Itoa(i+1))
		default:
			unscored = append(unscored, strconv.Itoa(i+1))
		}
	}
	body := []app.UI{app.P().Body(app.B().Text(lead), app.Text(" "+why))}
	if len(absent) > 0 {
		body = append(body, app.P().Class("flag").Body(app.Raw(iconWarn), app.Text("No column yet for "+itemsWord(absent)+".")))
	}
	if len(unscored) > 0 {
		body = append(body, app.P().Class("small soft").Text("Not in the file and not needed for the score: "+itemsWord(unscored)+"."))
	}
	return app.Div().ID("how-found").Body(body...)
}

func itemsWord(list []string) string {
	if len(list) == 1 {
		return "item " + list[0]
	}
	return "items " + strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// maxListed columns are listed; a filter finds the others.
const maxListed = 500

// columnList are the columns of the file, to be marked: by click, Ctrl+click
// and Shift+click, or by the arrow keys, Space and Shift+arrow.
func (v view) columnList(p *state.Project, use trial.Use, items []string) app.UI {
	m := p.Scoring.Map
	var rows []app.UI
	list := p.MarkableColumns()
	rest := max(len(list)-maxListed, 0)
	for _, c := range list[:len(list)-rest] {
		note := ""
		if id, n := p.ItemOf(c); n > 0 {
			note = fmt.Sprintf("%s %d", v.short(p, id), n)
		}
		li := app.Li().Role("option").DataSet("column", c).Aria("selected", slices.Contains(m.Marked, c)).Body(app.Span().Text(c), app.Small().Text(note))
		if c == m.Active {
			li = li.ID(state.ActiveColumn).Class("active")
		}
		rows = append(rows, li)
	}
	first := slices.Index(items, "")
	box := app.Ul().ID("file-columns").Class("columns").TabIndex(0).Role("listbox").Aria("multiselectable", true).Aria("label", "Columns of the file").
		OnKeyDown(v.columnKeys(m.Active, use.Instrument, first))
	down, scope := v.columnDown("columns")
	box = box.On("pointerdown", down, scope)
	if m.Active != "" {
		box = box.Aria("activedescendant", state.ActiveColumn)
	}
	if m.Drag.What == "columns" {
		v.dragging(use.Instrument, m.Drag, func(event string, h app.EventHandler, scope app.EventOption) { box = box.On(event, h, scope) })
	}
	if rest > 0 {
		rows = append(rows, app.Li().Class("soft").Text(fmt.Sprintf("and %d more: filter by a part of the name", rest)))
	}
	marked := "Click marks a column, Shift a range, Ctrl one more; then drag them onto an item, or choose “Fill from here”."
	if n := len(m.Marked); n > 0 {
		marked = plural(n, "column marked", "columns marked") + ": drag onto an item, or “Fill from here” in its row."
	}
	return app.Section().Aria("label", "Columns of the file").Body(
		app.Div().Class("field").Body(app.Label().For("f-columns").Text("Columns of the file"),
			app.Input().ID("f-columns").Type("search").Placeholder("filter").AutoComplete(false).Value(m.Filter).OnInput(v.input("columns filter", func(s string) state.Msg { return state.FilterColumns{Text: s} }))),
		box.Body(rows...),
		app.P().Class("hint").ID("marked").Role("status").Text(marked))
}

func (v view) short(p *state.Project, id string) string {
	if d, ok := p.Library().Get(id); ok {
		return d.Short
	}
	return id
}

func (v view) itemTable(p *state.Project, use trial.Use, items []string, d *instrument.Definition) app.UI {
	drag := p.Scoring.Map.Drag
	all := p.ItemColumns()
	var rows []app.UI
	for i, it := range d.Items {
		rows = append(rows, v.itemRow(p, use, d, it, i, items[i], all))
	}
	down, scope := v.itemDown("items")
	body := app.TBody().On("pointerdown", down, scope)
	if drag.What == "item" {
		v.dragging(use.Instrument, drag, func(event string, h app.EventHandler, scope app.EventOption) { body = body.On(event, h, scope) })
	}
	class := "grid items-map"
	if drag.What != "" {
		class += " dragging"
	}
	return app.Section().Aria("label", "Items").Body(
		region("Items of "+d.Short, app.Table().Class(class).ID("items-map").Body(
			app.THead().Body(app.Tr().Body(th(""), th("Item"), th("Column"), th("It holds"), th("Move"))),
			body.Body(rows...))),
		app.P().Class("tools").Body(v.button("tight quiet", "Take all columns away", state.ClearItems{Instrument: use.Instrument})))
}

func (v view) itemRow(p *state.Project, use trial.Use, d *instrument.Definition, it instrument.Item, i int, column string, all []string) app.UI {
	options := []option{{"", "no column"}}
	known := false
	for n, c := range all {
		if n < menuColumns || c == column {
			options = append(options, option{c, c})
			known = known || c == column
		}
	}
	if column != "" && !known {
		options = append(options, option{column, column + " (not in the file)"})
	}
	holds, fits := v.holds(p, use, it, column)
	class := ""
	if !fits {
		class = "cell-warn"
	}
	drag := p.Scoring.Map.Drag
	row := app.Tr().DataSet("item", i)
	if drag.What != "" && drag.Over == i {
		row = row.Class("over")
	}
	word := fmt.Sprintf("item %d", it.Number)
	move := func(label, name string, to int) app.UI {
		return app.Button().Type("button").ID(fmt.Sprintf("move-%s-%d", name, i+1)).Class("btn tight").Aria("label", label+" "+word).Disabled(to < 0 || to >= len(d.Items)).Text(map[string]string{"up": "↑", "down": "↓"}[name]).
			OnClick(v.on(state.MoveItem{Instrument: use.Instrument, From: i, To: to}))
	}
	return row.Body(
		app.Td().Class("grip").Body(app.Span().DataSet("grip", i).Title("Drag to another item").Aria("hidden", true).Text("⠿")),
		app.Th().Scope("row").Body(app.Text(strconv.Itoa(it.Number)+" "), app.Small().Class("soft").Text(nameOfItem(d, it))),
		app.Td().Body(v.selectBox(fmt.Sprintf("item-%d", i+1), "Column of "+word, column, options, use.Instrument, func(s string) state.Msg {
			return state.SetItem{Instrument: use.Instrument, Item: i, Column: s}
		})),
		app.Td().Class(class).Text(holds),
		app.Td().Body(app.Div().Class("moves").Body(move("Move up the column of", "up", i-1), move("Move down the column of", "down", i+1),
			app.Button().Type("button").ID(fmt.Sprintf("fill-%d", i+1)).Class("btn tight").Aria("label", "Fill from "+word).Text("Fill from here").OnClick(v.on(state.FillItems{Instrument: use.Instrument, From: i})))),
	)
}

// holds are the answers in a column, and whether the item can have them as it
// is read.
func (v view) holds(p *state.Project, use trial.Use, it instrument.Item, column string) (text string, fits bool) {
	if column == "" {
		return "", true
	}
	low, high, numbers, words := 0.0, 0.0, 0, 0
	example := ""
	for _, t := range trial.Seen(p.Dataset, p.Recipe.Mapping, column).Texts {
		x, err := strconv.ParseFloat(strings.TrimSpace(t), 64)
		if err != nil {
			words++
			example = t
			continue
		}
		if numbers++; numbers == 1 {
			low, high = x, x
		}
		low, high = min(low, x), max(high, x)
	}
	switch {
	case numbers == 0 && words == 0:
		return "nothing", false
	case numbers == 0:
		return fmt.Sprintf("%s, “%s”", plural(words, "word", "words"), example), it.Codes != nil || len(use.Texts) > 0
	}
	text = plainNumber(low) + "–" + plainNumber(high)
	if words > 0 {
		text += fmt.Sprintf(" and %s, “%s”", plural(words, "word", "words"), example)
	}
	coded := use.Coding[it.Column] != "" || use.Coding[use.Instrument] != ""
	return text, coded || low >= it.Min && high <= it.Max && words == 0
}

// columnKeys are the keys of the list of columns.
func (v view) columnKeys(active, id string, first int) (app.EventHandler, app.EventOption) {
	return func(_ app.Context, e app.Event) {
		var msg state.Msg
		switch e.Get("key").String() {
		case "ArrowDown":
			msg = state.StepColumn{By: 1, Extend: e.Get("shiftKey").Bool()}
		case "ArrowUp":
			msg = state.StepColumn{By: -1, Extend: e.Get("shiftKey").Bool()}
		case "PageDown":
			msg = state.StepColumn{By: 10, Extend: e.Get("shiftKey").Bool()}
		case "PageUp":
			msg = state.StepColumn{By: -10, Extend: e.Get("shiftKey").Bool()}
		case " ":
			msg = state.MarkColumn{Column: active, Add: true}
		case "Enter":
			msg = state.FillItems{Instrument: id, From: max(first, 0)}
		default:
			return
		}
		e.PreventDefault()
		v.send(msg)
	}, app.EventScope(fmt.Sprintf("%s %s %d", active, id, first))
}

// columnDown marks a column, and begins to drag what is marked.
func (v view) columnDown(key string) (app.EventHandler, app.EventOption) {
	return func(_ app.Context, e app.Event) {
		li := e.Get("target").Call("closest", "[data-column]")
		if !li.Truthy() || e.Get("button").Int() != 0 {
			return
		}
		touch := e.Get("pointerType").String() == "touch" // a finger scrolls the list; a tap marks
		add := touch || e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool()
		extend := e.Get("shiftKey").Bool()
		if marked := li.Call("getAttribute", "aria-selected").String() == "true"; !marked || add || extend {
			v.send(state.MarkColumn{Column: li.Get("dataset").Get("column").String(), Add: add, Extend: extend})
		}
		if !touch {
			e.Get("currentTarget").Call("setPointerCapture", e.Get("pointerId"))
			v.send(state.StartDrag{What: "columns"})
		}
	}, app.EventScope(key)
}

// itemDown begins to drag an item's column by its grip.
func (v view) itemDown(key string) (app.EventHandler, app.EventOption) {
	return func(_ app.Context, e app.Event) {
		grip := e.Get("target").Call("closest", "[data-grip]")
		if !grip.Truthy() || e.Get("button").Int() != 0 {
			return
		}
		from, err := strconv.Atoi(grip.Get("dataset").Get("grip").String())
		if err != nil {
			return
		}
		e.PreventDefault()
		e.Get("currentTarget").Call("setPointerCapture", e.Get("pointerId"))
		v.send(state.StartDrag{What: "item", From: from})
	}, app.EventScope(key)
}

// dragging are the handlers of a drag that is under way: the pointer is held by
// the element it began on.
func (v view) dragging(id string, drag state.Drag, on func(event string, h app.EventHandler, scope app.EventOption)) {
	move, scope := v.dragMove(drag)
	on("pointermove", move, scope)
	for event, drop := range map[string]bool{"pointerup": true, "pointercancel": false} {
		end, scope := v.dragEnd(id, drop)
		on(event, end, scope)
	}
}

// dragMove says which item the pointer is over, when that changes.
func (v view) dragMove(drag state.Drag) (app.EventHandler, app.EventOption) {
	return func(ctx app.Context, e app.Event) {
		over := -1
		if under := app.Window().Get("document").Call("elementFromPoint", e.Get("clientX"), e.Get("clientY")); under.Truthy() {
			if row := under.Call("closest", "[data-item]"); row.Truthy() {
				if n, err := strconv.Atoi(row.Get("dataset").Get("item").String()); err == nil {
					over = n
				}
			}
		}
		if over == drag.Over {
			ctx.PreventUpdate()
			return
		}
		v.send(state.DragOver{Item: over})
	}, app.EventScope(fmt.Sprintf("%+v", drag))
}

func (v view) dragEnd(id string, drop bool) (app.EventHandler, app.EventOption) {
	return func(app.Context, app.Event) { v.send(state.EndDrag{Instrument: id, Drop: drop}) }, app.EventScope(fmt.Sprint(id, drop))
}
