// Package ui draws a state.Model with go-app elements and turns what a person
// does into messages.
//
// Every screen is a function of the model, in a file of its name, so that it
// can be printed to HTML natively and checked; root.go is the only component
// and the only place that runs effects. This room decides nothing: state does.
//
// Two rules of go-app bind every file here. A handler that captures a value
// carries it in its scope too, or the element keeps the handler of an earlier
// drawing (see on). And text from a file reaches the page as app.Text only,
// never as markup.
package ui

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/state"
)

// view is a model on its way to the screen.
type view struct {
	m    state.Model
	send func(state.Msg)
}

// on sends a message. The message is part of the handler's scope.
func (v view) on(msg state.Msg) (app.EventHandler, app.EventOption) {
	return func(app.Context, app.Event) { v.send(msg) }, app.EventScope(fmt.Sprintf("%T %+v", msg, msg))
}

// input sends what make gives for the element's value. key names every value
// that make captures.
func (v view) input(key any, make func(value string) state.Msg) (app.EventHandler, app.EventOption) {
	return func(_ app.Context, e app.Event) {
		if msg := make(e.Get("target").Get("value").String()); msg != nil {
			v.send(msg)
		}
	}, app.EventScope(fmt.Sprintf("%+v", key))
}

// checked sends what make gives for a checkbox.
func (v view) checked(key any, make func(on bool) state.Msg) (app.EventHandler, app.EventOption) {
	return func(_ app.Context, e app.Event) {
		v.send(make(e.Get("target").Get("checked").Bool()))
	}, app.EventScope(fmt.Sprintf("%+v", key))
}

// button is a plain button that sends a message.
func (v view) button(class, label string, msg state.Msg) app.UI {
	return app.Button().Type("button").Class("btn " + class).Text(label).OnClick(v.on(msg))
}

// link is a button that looks like one and goes to a screen.
func screenLink(class, label string, to state.Screen) app.UI {
	return app.A().Class("btn " + class).Href(route(to)).Text(label)
}

func route(s state.Screen) string { return "#/" + string(s) }

// option is one choice of a select.
type option struct{ value, label string }

// selectField is a labelled select. key names what make captures.
func (v view) selectField(id, label, value string, options []option, key any, make func(string) state.Msg) app.UI {
	return app.Div().Class("field").Body(
		app.Label().For(id).Text(label),
		v.selectBox(id, "", value, options, key, make),
	)
}

// noChoice stands for the empty value of an option: go-app leaves an empty
// value attribute out, and the option would then send its own words.
const noChoice = "\u2205"

func (v view) selectBox(id, aria, value string, options []option, key any, make func(string) state.Msg) app.UI {
	var body []app.UI
	for _, o := range options {
		attribute := o.value
		if attribute == "" {
			attribute = noChoice
		}
		body = append(body, app.Option().Value(attribute).Selected(o.value == value).Text(o.label))
	}
	choose := func(s string) state.Msg {
		if s == noChoice {
			s = ""
		}
		return make(s)
	}
	s := app.Select().ID(id).OnChange(v.input(fmt.Sprintf("%s %v", id, key), choose)).Body(body...)
	if aria != "" {
		s = s.Aria("label", aria)
	}
	return s
}

// numberField is a labelled number; make is told only whole numbers, what is
// not one is left as typed and said beside the field.
func (v view) numberField(id, label, hint string, value int, key any, make func(int) state.Msg) app.UI {
	body := []app.UI{
		app.Label().For(id).Text(label),
		app.Input().ID(id).Class("num").Attr("inputmode", "numeric").Value(strconv.Itoa(value)).
			OnChange(v.input(fmt.Sprintf("%s %v", id, key), func(s string) state.Msg {
				n, err := strconv.Atoi(strings.NewReplacer(",", "", " ", "", "\u00a0", "").Replace(strings.TrimSpace(s)))
				if err != nil {
					return state.BadInput{Label: label, Text: s, Want: "a whole number"}
				}
				return make(n)
			})),
	}
	if hint != "" {
		body = append(body, app.Span().Class("hint").Text(hint))
	}
	return app.Div().Class("field").Body(body...)
}

// segmented is a row of radio buttons.
func (v view) segmented(name, legend, value string, options []option, key any, make func(string) state.Msg) app.UI {
	var labels []app.UI
	for _, o := range options {
		labels = append(labels, app.Label().Body(
			app.Input().Type("radio").Name(name).Value(o.value).Checked(o.value == value).
				OnChange(v.input(fmt.Sprintf("%s %s %v", name, o.value, key), make)),
			app.Text(o.label)))
	}
	return app.FieldSet().Class("field").Body(
		app.Legend().Text(legend),
		app.Div().Class("seg").Body(labels...))
}

// banner names a fact, its consequence and a way on.
func banner(kind, icon, title, text string, actions ...app.UI) app.UI {
	return app.Div().Class("banner "+kind).Body(
		app.Raw(icon),
		app.P().Body(app.B().Text(title), app.Text(" "+text)),
		app.P().Class("actions").Body(actions...),
	)
}

// head is the title of a screen.
func head(title, lead string, actions ...app.UI) app.UI {
	body := []app.UI{app.Div().Body(app.H1().ID("page-title").TabIndex(-1).Text(title), app.P().Text(lead))}
	if len(actions) > 0 {
		body = append(body, app.Div().Class("actions").Body(actions...))
	}
	return app.Div().Class("head").Body(body...)
}

// nothing is an empty screen: what is missing and where to get it.
func nothing(text string, actions ...app.UI) app.UI {
	return app.Div().Class("nothing").Body(app.P().Text(text), app.P().Body(actions...))
}

// region is a part that scrolls sideways on its own.
func region(label string, body ...app.UI) app.UI {
	return app.Div().Class("scroll").TabIndex(0).Role("region").Aria("label", label).Body(body...)
}

// kv is a list of keys and values.
func kv(pairs ...[2]app.UI) app.UI {
	var body []app.UI
	for _, p := range pairs {
		body = append(body, app.Dt().Body(p[0]), app.Dd().Body(p[1]))
	}
	return app.Dl().Class("kv").Body(body...)
}

func pair(key, value string) [2]app.UI { return [2]app.UI{app.Text(key), app.Text(value)} }

// tabs is a row of views; current is marked.
func (v view) tabs(label, current string, items []tab) app.UI {
	var body []app.UI
	for _, t := range items {
		a := app.Button().Type("button").Class("tab").OnClick(v.on(t.msg)).Body(app.Text(t.label+" "), app.If(t.count != "", func() app.UI { return app.B().Text(t.count) }))
		if t.id == current {
			a = a.Aria("current", "page")
		}
		body = append(body, a)
	}
	return app.Nav().Class("tabs").Aria("label", label).Body(body...)
}

type tab struct {
	id, label, count string
	msg              state.Msg
}

// tag is a state in a word with its icon.
func tag(kind, icon, text string) app.UI {
	return app.Span().Class("tag "+kind).Body(app.Raw(icon), app.Text(text))
}

// sup is a footnote letter.
func sup(mark string) app.UI {
	return app.If(mark != "", func() app.UI { return app.Sup().Text(mark) })
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
