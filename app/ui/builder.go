package ui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/instrument"
	"trialbox/app/state"
)

// own describes a questionnaire of one's own: form or JSON on the left, what
// it does with the data on the right.
func (v view) own() []app.UI {
	o := v.m.Own
	lead := "Items, range, reversals, rule and categories; no wording of items is asked for or kept. It is saved in the recipe and can be exported."
	actions := []app.UI{fileButton("open-definition", "Import JSON", "definition", ".json,application/json")}
	if o.Definition != nil {
		actions = append(actions, app.Button().Type("button").ID("own-export").Class("btn").Text("Export JSON").OnClick(v.on(state.OwnWrite{})))
	}
	if v.m.Project != nil {
		save := app.Button().Type("button").ID("own-save").Class("btn primary").Text("Save in the recipe").Disabled(o.Definition == nil)
		actions = append(actions, save.OnClick(v.on(state.OwnSave{})))
	}
	body := []app.UI{head("Own questionnaire", lead, actions...), v.ownList()}
	mode := v.tabs("Form or JSON", map[bool]string{true: "json", false: "form"}[o.AsJSON], []tab{
		{"form", "Form", "", state.OwnMode{AsJSON: false}}, {"json", "JSON", "", state.OwnMode{AsJSON: true}}})
	left := []app.UI{mode, v.ownErrors("")}
	if o.AsJSON {
		left = append(left, v.ownJSON())
	} else {
		left = append(left, v.ownForm())
	}
	return append(body, app.Div().Class("own").Body(
		app.Section().Aria("label", "Definition").Body(fresh(o.Sheet, left...)),
		app.Section().ID("own-test").Aria("label", "Tried on the data").Body(v.ownTest()...)))
}

// ownList are the questionnaires saved in the recipe.
func (v view) ownList() app.UI {
	p := v.m.Project
	if p == nil || len(p.Recipe.Mapping.Definitions) == 0 {
		return app.Div()
	}
	var items []app.UI
	for _, f := range p.Recipe.Mapping.Definitions {
		items = append(items, app.Li().Body(
			app.Span().Class("grow").Body(app.B().Text(f.Short), app.Small().Text(f.Name)),
			v.named("tight", "Edit", f.Short, state.OwnOpen{ID: f.ID}),
			v.named("tight quiet", "Remove", f.Short, state.OwnDrop{ID: f.ID})))
	}
	return app.Div().Body(app.Ul().Class("list").ID("own-list").Body(items...),
		app.P().Class("tools").Body(v.button("tight quiet", "Begin another", state.OwnOpen{})))
}

// ownErrors are what is wrong at a field.
func (v view) ownErrors(field string) app.UI {
	var text []string
	for _, e := range v.m.Own.Errs {
		if e.Field == field {
			text = append(text, e.Text)
		}
	}
	if text == nil {
		return app.Span()
	}
	return app.Span().Class("hint bad").ID("own-wrong-" + field).Role("alert").Text(capital(strings.Join(text, "; ")) + ".")
}

func capital(s string) string {
	r := []rune(s)
	if len(r) > 0 {
		r[0] = []rune(strings.ToUpper(string(r[0])))[0]
	}
	return string(r)
}

func (v view) wrong(field string) bool {
	for _, e := range v.m.Own.Errs {
		if e.Field == field {
			return true
		}
	}
	return false
}

// ownField is one field of the form, with its hint and what is wrong.
func (v view) ownField(field, label, hint, value string) app.UI {
	id := "own-" + field
	input := app.Input().ID(id).AutoComplete(false).Attr("spellcheck", "false").Value(value).
		OnChange(v.input(id, func(s string) state.Msg { return state.SetOwn{Field: field, Value: s} }))
	return v.ownBox(field, label, hint, input.Aria("invalid", v.wrong(field)).Aria("describedby", "own-wrong-"+field))
}

func (v view) ownArea(field, label, hint, value string) app.UI {
	id := "own-" + field
	area := app.Textarea().ID(id).Class("mono").Attr("spellcheck", "false").Text(value).
		OnChange(v.input(id, func(s string) state.Msg { return state.SetOwn{Field: field, Value: s} }))
	return v.ownBox(field, label, hint, area.Aria("invalid", v.wrong(field)).Aria("describedby", "own-wrong-"+field))
}

func (v view) ownBox(field, label, hint string, control app.UI) app.UI {
	class := "field"
	if v.wrong(field) {
		class += " wrong"
	}
	body := []app.UI{app.Label().For("own-" + field).Text(label), control, v.ownErrors(field)}
	if hint != "" {
		body = append(body, app.Span().Class("hint").Text(hint))
	}
	return app.Div().Class(class).Body(body...)
}

func (v view) ownSelect(field, label, value string, options []option) app.UI {
	return v.ownBox(field, label, "", v.selectBox("own-"+field, "", value, options, "", func(s string) state.Msg { return state.SetOwn{Field: field, Value: s} }))
}

func (v view) ownForm() app.UI {
	f := v.m.Own.Form
	var rules []option
	partly, table := false, false
	for _, r := range instrument.Rules() {
		if !r.Own {
			continue
		}
		rules = append(rules, option{r.Name, r.Words})
		if r.Name == f.Rule {
			partly, table = r.Partly, r.Table
		}
	}
	body := []app.UI{
		app.Div().Class("three").Body(
			v.ownField("id", "Identifier", "small letters, digits, _", f.ID),
			v.ownField("short", "Short name", "in tables", f.Short)),
		v.ownField("name", "Full name", "", f.Name),
		v.ownField("items", "Items", "how many, or the names of their columns: 8, mood_1..mood_8, or a list with commas", f.Items),
		app.Div().Class("three").Body(
			v.ownField("min", "Lowest answer", "", f.Min),
			v.ownField("max", "Highest answer", "", f.Max),
			v.ownSelect("decimal", "Answers", f.Decimal, []option{{"", "whole numbers"}, {"yes", "decimals too"}})),
		app.Div().Class("three").Body(
			v.ownField("reversed", "Reversed items", "numbers: 2, 4-6", f.Reversed),
			v.ownField("scored", "Items that count", "numbers; empty for all", f.Scored)),
		app.Div().Class("three").Body(
			v.ownSelect("rule", "Score", f.Rule, rules),
			v.ownSelect("better", "Better is", f.Better, []option{{"lower", "lower"}, {"higher", "higher"}, {"neither", "neither"}}),
			v.ownField("decimals", "Decimals shown", "", f.Decimals)),
	}
	if table {
		body = append(body, app.Div().Class("three").Body(v.ownField("first", "Lowest sum in the table", "", f.First)),
			v.ownArea("scores", "Scores of the table", "the score of the lowest sum, of the next one, and so on", f.Scores))
	}
	if partly {
		body = append(body, v.ownMissing(f))
	}
	body = append(body,
		v.ownArea("bands", "Categories", "a line each, rising: “low from 0”, “high above 8”; from is met at the number, above is not", f.Bands),
		v.ownField("cite", "Where the scoring comes from", "", f.Cite),
		v.ownField("licence", "Owner and terms of use", "", f.Licence))
	return app.Div().ID("own-form").Body(body...)
}

// ownMissing says what becomes of a score when items are blank.
func (v view) ownMissing(f state.OwnForm) app.UI {
	options := []option{{instrument.Complete, "all items are needed"}}
	n := 0
	if file := v.m.Own.File; len(file.Scales) > 0 {
		n = v.ownCount()
	}
	for k := n - 1; k >= (n+1)/2 && k > 0; k-- {
		options = append(options, policyOption(instrument.Prorate, k, n))
	}
	if f.Min == "0" && f.Max == "1" {
		for k := n - 1; k >= 1; k-- {
			options = append(options, policyOption(instrument.BlankAsNo, k, n))
		}
	}
	known := false
	for _, o := range options {
		known = known || o.value == f.Missing
	}
	if !known && f.Missing != "" {
		options = append(options, option{f.Missing, f.Missing})
	}
	return v.ownSelect("missing", "Blank items", f.Missing, options)
}

// ownCount is how many items count in the score, as far as it can be told.
func (v view) ownCount() int {
	if d := v.m.Own.Definition; d != nil {
		return len(d.Scales()[0].Items)
	}
	probe := v.m.Own.File
	probe.Scales = append([]instrument.ScaleFile(nil), probe.Scales...)
	probe.Scales[0].Missing, probe.Scales[0].Bands = nil, nil
	if d, err := probe.Definition("questionnaire"); err == nil {
		return len(d.Scales()[0].Items)
	}
	return 0
}

func (v view) ownJSON() app.UI {
	return app.Div().Class("field").Body(
		app.Label().For("own-json").Text("The definition as JSON"),
		app.Textarea().ID("own-json").Class("mono tall").Attr("spellcheck", "false").Text(v.m.Own.JSON).Aria("invalid", v.wrong("json")).
			OnChange(v.input("own-json", func(s string) state.Msg { return state.OwnText{JSON: s} })),
		v.ownAll(),
		app.Span().Class("hint").Text("Several scales, recoded answers, codings and value sets are written here. The fields are those of the file that Export gives."))
}

// ownAll lists every fault with its field, as the JSON has no place for them.
func (v view) ownAll() app.UI {
	var items []app.UI
	for _, e := range v.m.Own.Errs {
		if e.Field != "" {
			text := e.Text
			if e.Field != "json" {
				text = e.Field + ": " + text
			}
			items = append(items, app.Li().Text(text))
		}
	}
	if items == nil {
		return app.Span()
	}
	return app.Ul().Class("hint bad").Role("alert").Body(items...)
}

// ownTest is the definition on the data: first receipts, then the summary.
func (v view) ownTest() []app.UI {
	o := v.m.Own
	title := app.H2().Text("Tried on the data")
	switch {
	case o.Definition == nil:
		return []app.UI{title, app.P().Class("soft").Text("The receipts of the first patients appear here once the definition is complete.")}
	case v.m.Project == nil:
		return []app.UI{title, nothing("The definition is sound. Open data to try it, or export it.", screenLink("", "Go to Start", state.Start), screenLink("", "Score one patient", state.Quick))}
	case o.Test == nil:
		return []app.UI{title}
	case o.Test.Err != "":
		return []app.UI{title, banner("warn", iconWarn, "Not tried yet.", o.Test.Err)}
	}
	t := o.Test.Trial
	out := []app.UI{title, app.P().Class("small soft").Text("From " + columnWords(o.Test.Use.Items) + ".")}
	if summary := o.Test.Summary; len(summary.Scales) > 0 {
		out = append(out, v.visitTable(t, summary, false))
	}
	shown := 0
	for row := range t.Rows {
		receipt, err := t.Receipt(o.Definition.ID, row)
		if err != nil {
			return append(out, app.P().Class("flag").Text(err.Error()))
		}
		if shown == 3 || row == 200 {
			break
		}
		if !slices.ContainsFunc(receipt.Answers, func(a instrument.Answer) bool { return a.Entered != "" }) {
			continue
		}
		shown++
		out = append(out, app.Article().Class("receipt").Body(
			app.H3().Text(fmt.Sprintf("%s, %s, line %d", t.Patients[t.Patient[row]], t.Visits[t.Visit[row]].Label, t.Line[row])),
			v.receiptBody(receipt)))
	}
	return out
}
