package ui

import (
	"fmt"
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/instrument"
	"trialbox/app/state"
)

// quickLink stands at the foot of the rail: the screen is no step of the trial.
func (v view) quickLink() app.UI {
	a := app.A().Href(route(state.Quick)).Text("Score one patient")
	if v.m.Screen == state.Quick {
		a = a.Aria("current", "page")
	}
	return app.P().Class("rail-foot").Body(a)
}

// quick scores one patient from typed answers.
func (v view) quick() []app.UI {
	title := head("Score one patient", "Type the answers by item number; the score and its receipt appear at once. Nothing typed here is stored, sent or added to a project: clear the sheet or leave the page and it is gone.")
	d, receipt, chosen, err := v.m.QuickReceipt()
	side := []app.UI{app.Summary().Text("Instrument"), app.H2().Text("Instrument"), v.quickChoice()}
	if !chosen {
		side = append(side, app.P().Class("hint").Body(app.A().Href(route(state.Own)).Text("Describe a questionnaire of your own")))
		return []app.UI{title, app.Div().Class("split").Body(
			app.Details().Class("options").Open(true).Body(side...),
			app.Div().Class("results").Body(nothing("Choose an instrument. Items are asked for by number, in the order of the form.")))}
	}
	side = append(side, v.quickSettings(d)...)
	results := []app.UI{v.quickSheet(d, receipt)}
	if err != nil {
		results = append(results, banner("bad", iconBad, "That setting does not fit.", err.Error()))
	} else {
		results = append(results, v.quickResult(d, receipt))
	}
	return []app.UI{title, app.Div().Class("split").Body(
		app.Details().Class("options").Open(true).Body(side...),
		app.Div().Class("results quick").Body(results...))}
}

func (v view) quickChoice() app.UI {
	options := []option{{"", "choose"}}
	for _, d := range v.m.Library().All() {
		options = append(options, option{d.ID, d.Short})
	}
	return v.selectField("q-instrument", "Instrument", v.m.Quick.Instrument, options, "", func(s string) state.Msg { return state.QuickChoose{Instrument: s} })
}

// quickSettings are the choices of the instrument: how answers are coded where
// there is more than one way, the value set, what blank items do.
func (v view) quickSettings(d *instrument.Definition) []app.UI {
	q := v.m.Quick
	var body []app.UI
	for _, it := range d.Items {
		if len(it.Codings) > 1 {
			body = append(body, v.selectField("q-coding-"+it.Column, fmt.Sprintf("Item %d is typed as", it.Number), codingOf(it, q.Coding[it.Column]), codingOptions(it), q.Coding, func(s string) state.Msg {
				return state.QuickCoding{Item: it.Column, Coding: s}
			}))
		}
	}
	if usual, sets := d.Sets(); len(sets) > 0 {
		if q.Set != "" {
			usual = q.Set
		}
		body = append(body, v.selectField("q-set", "Value set", usual, setOptions(sets), "", func(s string) state.Msg { return state.QuickSet{Set: s} }))
	}
	for _, key := range d.PolicyKeys() {
		body = append(body, v.policyField("q-", d, key, q.Policy[key], func(rule string) state.Msg { return state.QuickPolicy{Scale: key, Rule: rule} }))
	}
	if d.Note != "" {
		body = append(body, app.P().Class("hint").Text(d.Note))
	}
	return append(body, app.P().Class("hint").Text(d.Licence))
}

func codingOf(it instrument.Item, chosen string) string {
	if chosen == "" && len(it.Codings) > 0 {
		return it.Codings[0].Name
	}
	return chosen
}

func codingOptions(it instrument.Item) []option {
	var out []option
	for _, c := range it.Codings {
		out = append(out, option{c.Name, c.Text})
	}
	return out
}

// quickSheet is a field an item. A digit that completes an answer moves on.
func (v view) quickSheet(d *instrument.Definition, r instrument.Receipt) app.UI {
	var fields []app.UI
	for i, it := range d.Items {
		cell, bad := "", false
		if i < len(v.m.Quick.Cells) {
			cell = v.m.Quick.Cells[i]
		}
		if i < len(r.Answers) {
			bad = r.Answers[i].Bad
		}
		fields = append(fields, v.quickField(d, it, i, cell, bad))
	}
	return app.Section().Aria("label", "Answers").Body(
		app.P().Class("small soft").Body(
			app.Text("A complete answer moves on by itself; "), app.Code().Text("Enter"), app.Text(", "), app.Code().Text("↓"), app.Text(" and "), app.Code().Text("↑"), app.Text(" move, "),
			app.Code().Text("Backspace"), app.Text(" in an empty field goes back. "), app.Code().Text("↓"), app.Text(" leaves an item unanswered.")),
		fresh(v.m.Quick.Sheet, app.Ol().Class("sheet").Body(fields...)),
		app.P().Class("actions").Body(
			app.Button().Type("button").ID("quick-clear").Class("btn").Text("Clear the sheet").OnClick(v.on(state.QuickClear{})),
			app.Span().Class("small soft").Text(fmt.Sprintf("%d of %d answered", v.m.Quick.Answered(), len(d.Items)))),
	)
}

// fresh wraps what must be drawn anew when n changes: go-app leaves the text of
// a field as it is when its value becomes empty, so an emptied form is another
// element in its place.
func fresh(n int, body ...app.UI) app.UI {
	if n%2 == 0 {
		return app.Div().Body(body...)
	}
	return app.Section().Body(body...)
}

func (v view) quickField(d *instrument.Definition, it instrument.Item, i int, cell string, bad bool) app.UI {
	low, high := v.m.Quick.Range(it)
	rangeText := plainNumber(low) + "–" + plainNumber(high)
	id := state.QuickField(i)
	label := app.Label().For(id).Body(app.B().Text(strconv.Itoa(it.Number)))
	if it.Codes != nil {
		options := []option{{"", "–"}}
		for _, c := range it.Codes {
			options = append(options, option{c, c})
		}
		return app.Li().Body(label, v.selectBox(id, fmt.Sprintf("Item %d", it.Number), cell, options, i, func(s string) state.Msg { return state.QuickType{Item: i, Text: s} }), app.Small().Class("hint").Text(nameOfItem(d, it)))
	}
	if it.Values != nil {
		rangeText = joinNumbers(it.Values)
	}
	mode, class := "numeric", ""
	if !it.Integer {
		mode = "decimal"
	}
	if bad {
		class = "wrong"
	}
	input := app.Input().ID(id).Attr("inputmode", mode).AutoComplete(false).Attr("spellcheck", "false").
		Aria("label", fmt.Sprintf("Item %d, %s", it.Number, rangeText)).Aria("invalid", bad).Value(cell).
		OnInput(v.input("type "+id, func(s string) state.Msg { return state.QuickType{Item: i, Text: s} })).
		OnKeyDown(v.quickKey(i))
	unit := rangeText
	if it.Unit != "" {
		unit += " " + it.Unit
	}
	if name := nameOfItem(d, it); name != "" {
		unit = name + ", " + unit
	}
	return app.Li().Class(class).Body(label, input, app.Small().Class("hint").Text(unit))
}

// nameOfItem is the standard column where it says more than the number.
func nameOfItem(d *instrument.Definition, it instrument.Item) string {
	if it.Column == d.ID+"_"+strconv.Itoa(it.Number) || it.Column == d.ID {
		return ""
	}
	return it.Column
}

func (v view) quickKey(item int) (app.EventHandler, app.EventOption) {
	return func(_ app.Context, e app.Event) {
		key := e.Get("key").String()
		switch key {
		case "Enter", "ArrowDown", "ArrowUp":
		case "Backspace":
			if e.Get("target").Get("value").String() != "" {
				return
			}
		default:
			return
		}
		e.PreventDefault()
		v.send(state.QuickKey{Item: item, Key: key})
	}, app.EventScope("quick key " + strconv.Itoa(item))
}

// quickResult is what the answers come to so far.
func (v view) quickResult(d *instrument.Definition, r instrument.Receipt) app.UI {
	body := []app.UI{app.H2().Text("Score")}
	if v.m.Quick.Answered() == 0 {
		return app.Section().ID("quick-result").Role("status").Body(append(body, app.P().Class("soft").Text("No answer yet."))...)
	}
	if r.Why == "" {
		body = append(body, quickScores(r), v.tier(d, r))
	}
	body = append(body, app.H2().Text("Receipt"), app.Article().Class("receipt").Body(v.receiptBody(r)))
	return app.Section().ID("quick-result").Role("status").Body(body...)
}

func quickScores(r instrument.Receipt) app.UI {
	var cells []app.UI
	for _, s := range r.Scales {
		if s.Scale.Alternative {
			continue
		}
		score, note := s.Score, s.Band
		if score == "" {
			score, note = "–", s.Why
		}
		cells = append(cells, app.Div().Body(app.P().Text(s.Scale.Label), app.Div().Class("big").Text(score), app.P().Text(note)))
	}
	return app.Div().Class("answers").Body(cells...)
}

// tier stands beside the risk group of STarT Back and ÖMPSQ. It says what the
// sources of the model paper say and no more: that care was matched to the
// group, not what the care of a group is.
func (v view) tier(d *instrument.Definition, r instrument.Receipt) app.UI {
	word, at, of := state.RiskGroup(r)
	if word == "" || d.ID != "sbt" && d.ID != "ompsq" {
		return app.Div()
	}
	cut := "Total 3 or less is low; above that, psychosocial 4 or more is high, else medium."
	if d.ID == "ompsq" {
		cut = "Below 40 is low, 40 to 49 medium, 50 or more high."
	}
	return app.Div().Class("verdict").ID("tier").Body(
		app.P().Body(app.B().Text(fmt.Sprintf("Risk group: %s. Matched care: tier %d of %d.", word, at, of)), app.Text(" "+cut)),
		app.P().Class("small").Text("In the model trial the intervention units were trained to assess patients with STarT Back and the short ÖMPSQ and to tailor management to the risk group, with an education booklet for patients (protocol: Karppinen et al. Health Sci Rep 2021;4:e251). The tier is the place of the group; what care it stands for is set by your own pathway and is not advised here."),
	)
}

func plainNumber(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

func joinNumbers(list []float64) string {
	text := ""
	for i, x := range list {
		if i > 0 {
			text += ", "
		}
		text += plainNumber(x)
	}
	return text
}
