package ui

import (
	"fmt"
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/analysis"
	"trialbox/app/report"
	"trialbox/app/state"
)

var screenNames = map[state.Screen]string{
	state.Start: "Start", state.Data: "Data", state.Scores: "Scores", state.Flow: "Flow", state.Baseline: "Baseline", state.Outcomes: "Outcomes", state.Sensitivity: "Sensitivity", state.Design: "Design", state.Quick: "One patient", state.Own: "Own questionnaire",
}

// short names fit the strip of a phone.
var shortNames = map[state.Screen]string{
	state.Start: "Start", state.Data: "Data", state.Scores: "Scores", state.Flow: "Flow", state.Baseline: "Base", state.Outcomes: "Outcomes", state.Sensitivity: "Sens", state.Design: "Design",
}

// Page draws the whole page of a model.
func Page(m state.Model, send func(state.Msg)) app.UI {
	v := view{m, send}
	return app.Div().Body(
		app.A().Class("skip").Href(route(m.Screen)).Text("Skip to the page").OnClick(focusMain),
		app.Div().Class("app").Body(
			v.top(),
			v.rail(),
			app.Main().Class("main").ID("main").Body(app.Div().Class("page").Body(v.page()...)),
		),
		v.dialogs(),
		v.toasts(),
	)
}

func focusMain(_ app.Context, e app.Event) {
	e.PreventDefault()
	app.Window().GetElementByID("page-title").Call("focus")
}

func (v view) page() []app.UI {
	if v.m.Panic != "" {
		return []app.UI{v.crashed()}
	}
	var body []app.UI
	if p := v.m.Project; p != nil && p.Simulated {
		body = append(body, banner("keep", iconInfo, "Simulated data.", "No person stands behind any row; the counts are those of the model paper.", screenLink("tight", "Start with my data", state.Start)))
	}
	if v.m.Trouble != nil {
		body = append(body, v.trouble())
	}
	if v.m.Opening != nil {
		body = append(body, v.opening())
	}
	if p := v.m.Project; p != nil && p.Building != nil {
		body = append(body, v.building(p))
	}
	switch v.m.Screen {
	case state.Data:
		body = append(body, v.data()...)
	case state.Scores:
		body = append(body, v.scores()...)
	case state.Flow:
		body = append(body, v.flow()...)
	case state.Baseline:
		body = append(body, v.baseline()...)
	case state.Outcomes:
		body = append(body, v.outcomes()...)
	case state.Sensitivity:
		body = append(body, v.sensitivity()...)
	case state.Design:
		body = append(body, v.design()...)
	case state.Quick:
		body = append(body, v.quick()...)
	case state.Own:
		body = append(body, v.own()...)
	default:
		body = append(body, v.start()...)
	}
	return body
}

func (v view) top() app.UI {
	name, saved, savedClass := "No project", "Nothing to save", "saved"
	var save []app.UI
	if p := v.m.Project; p != nil {
		word, safe := p.SavedWord()
		name, saved = p.Name, word
		if !safe {
			savedClass = "saved no"
		}
		if p.Keep == state.Undecided {
			save = append(save, v.button("tight", "Keep…", state.Ask{What: state.AskKeep}))
		}
		save = append(save, app.Button().Type("button").Class("btn tight wide").Text("Save to a file").OnClick(v.on(state.SaveFile{})))
	}
	body := []app.UI{
		app.A().Class("brand").Href(route(state.Start)).Body(app.Raw(iconBrand), app.Span().Text("Trialbox")),
		app.Span().Class("project").Text(name),
		app.Span().Class(savedClass).ID("saved").Role("status").Text(saved),
	}
	body = append(body, save...)
	body = append(body,
		app.Span().Class("net push").ID("network").Title(v.policyWords()).Body(app.Raw(iconShield), app.Span().Body(v.networkWords())),
		v.button("tight wide", "Try one", state.TryNetwork{}),
		app.Button().Type("button").Class("btn tight").DataSet("turn-theme", "1").Aria("label", "Light or dark").Body(app.Raw(iconTheme)),
	)
	return app.Header().Class("top").Body(body...)
}

// networkWords are the badge: the count the browser keeps, in the words of the
// form the page has.
func (v view) networkWords() app.UI {
	n := v.m.Network
	if v.m.Home.SingleFile {
		return app.Span().Body(app.B().Text(plural(n.Requests, "request", "requests")), app.Span().Class("long").Text("; the policy allows no connection"))
	}
	rest := ""
	switch {
	case n.Foreign > 0:
		rest = fmt.Sprintf(", %d to another host", n.Foreign)
	case n.SinceData >= 0:
		rest = fmt.Sprintf(", all to %s, %s since your data was opened", n.Host, none(n.SinceData))
	default:
		rest = fmt.Sprintf(", all to %s", n.Host)
	}
	return app.Span().Body(app.B().Text(plural(n.Requests, "request", "requests")), app.Span().Class("long").Text(rest))
}

func none(n int) string {
	if n == 0 {
		return "none"
	}
	return strconv.Itoa(n)
}

func (v view) policyWords() string {
	if v.m.Home.SingleFile {
		return "Counted by the browser. The page's policy (connect-src 'none') allows no connection."
	}
	return "Counted by the browser. The page's policy (connect-src 'self') allows no other host."
}

func (v view) rail() app.UI {
	var steps []app.UI
	for _, s := range state.Screens {
		kind, icon, small := v.step(s)
		a := app.A().Class("step "+kind).DataSet("short", shortNames[s]).Href(route(s)).Body(
			app.Raw(icon), app.Span().Text(screenNames[s]), app.Small().Body(app.Text(small), app.B().Class("sr").Text(", "+kind)))
		if s == v.m.Screen {
			a = a.Aria("current", "step")
		}
		steps = append(steps, app.Li().Body(a))
	}
	return app.Nav().Class("rail").Aria("label", "Steps").Body(
		app.Ol().Body(steps...),
		v.quickLink(),
		app.P().Class("rail-foot").Text("Nothing leaves this computer. The page works with the network off."),
		app.If(v.m.Newer, func() app.UI {
			return app.P().Class("rail-foot").Role("status").Text("A newer version of Trialbox is here. Save your work and reload the page to use it.")
		}),
	)
}

// step is a step's state in the rail: a class, an icon and a few words.
func (v view) step(s state.Screen) (kind, icon, small string) {
	p := v.m.Project
	if s == state.Start {
		if p == nil {
			return "ready", iconReady, "open something"
		}
		return "done", iconDone, p.Name
	}
	if s == state.Design {
		return v.designStep()
	}
	if p == nil {
		return "empty", iconEmpty, map[state.Screen]string{state.Data: "no file yet", state.Scores: "needs data", state.Flow: "needs data", state.Baseline: "needs data", state.Outcomes: "needs data", state.Sensitivity: "needs data"}[s]
	}
	if p.Building != nil && !p.Building.Stopped {
		return "running", iconRunning, fmt.Sprintf("%.0f %%", 100*p.Building.Share)
	}
	switch s {
	case state.Data:
		if p.TrialErr != "" {
			return "attention", iconWarn, "roles needed"
		}
		if n := len(p.Doubts()); n > 0 {
			return "attention", iconWarn, plural(n, "guess to check", "guesses to check")
		}
		if n := len(findings(p)); n > 0 {
			return "attention", iconWarn, plural(n, "finding", "findings")
		}
		return "done", iconDone, fmt.Sprintf("%s rows, %d units", report.Count(p.Trial.Rows), len(p.Trial.Units))
	case state.Scores:
		if n := len(p.Unanswered()); n > 0 {
			return "attention", iconWarn, plural(n, "question", "questions")
		}
		if n := answersInError(p); n > 0 {
			return "attention", iconWarn, plural(n, "answer in error", "answers in error")
		}
		if n := len(p.Recipe.Mapping.Instruments); n > 0 {
			return "done", iconDone, plural(n, "instrument", "instruments")
		}
		return "ready", iconReady, "none found"
	case state.Flow, state.Baseline:
		return beforeStep(p, s)
	case state.Sensitivity:
		return sensitivityStep(p)
	}
	return v.outcomeStep(p)
}

// beforeStep is the state of the Flow and Baseline steps.
func beforeStep(p *state.Project, s state.Screen) (kind, icon, small string) {
	switch {
	case p.Trial == nil:
		return "empty", iconEmpty, "needs roles"
	case !p.Eager():
		return "ready", iconReady, "ready"
	case s == state.Flow:
		if n := len(analysis.Disagree(p.FlowChecks())); n > 0 {
			return "attention", iconWarn, plural(n, "count disagrees", "counts disagree")
		}
		return "done", iconDone, "counts agree"
	}
	if n := len(p.Imbalanced()); n > 0 {
		return "done", iconDone, plural(n, "imbalance", "imbalances")
	}
	return "done", iconDone, plural(len(p.BaselinePlan().Tables), "table", "tables")
}

func (v view) outcomeStep(p *state.Project) (kind, icon, small string) {
	switch {
	case p.Trial == nil:
		return "empty", iconEmpty, "needs roles"
	case p.Run == nil:
		return "ready", iconReady, "ready to run"
	case p.Run.Active:
		return "running", iconRunning, analysis.Headline(p.Run.All)
	case p.Run.Outdated():
		return "attention", iconWarn, "options changed"
	case p.Run.Stopped:
		return "attention", iconWarn, "stopped"
	}
	return "done", iconDone, analysis.Headline(p.Run.All)
}

func (v view) trouble() app.UI {
	t := v.m.Trouble
	var actions []app.UI
	if t.SaveFile && v.m.Project != nil {
		actions = append(actions, v.button("tight", "Save to a file", state.SaveFile{}))
	}
	if t.Reload && v.m.Project != nil {
		actions = append(actions, v.button("tight", "Open the stored one", state.OpenSaved{ID: v.m.Project.ID}))
	}
	actions = append(actions, v.button("tight", "Close", state.Dismiss{}))
	return app.Div().Role("alert").ID("trouble").Body(banner("bad", iconBad, t.Title, t.Text, actions...))
}

func (v view) opening() app.UI {
	o := v.m.Opening
	text := "Reading " + o.Name
	bar := app.Progress().Aria("label", "Bytes read")
	if o.Total > 0 && o.Done > 0 {
		text += fmt.Sprintf(": %.1f of %.1f MB", float64(o.Done)/1e6, float64(o.Total)/1e6)
		bar = bar.Max(float64(o.Total)).Value(float64(o.Done))
	}
	return app.Div().Class("work").Role("status").Body(
		app.P().Text(text),
		v.button("tight", "Cancel", state.CancelOpening{}),
		bar,
	)
}

// building shows how far a trial of many rows is.
func (v view) building(p *state.Project) app.UI {
	b := p.Building
	if b.Stopped {
		return app.Div().Class("work").Role("status").Body(
			app.P().Text("The trial was not put together: you stopped it."),
			v.button("tight", "Put it together", state.BuildAgain{}),
		)
	}
	return app.Div().Class("work").Role("status").Body(
		app.P().Text(fmt.Sprintf("Putting the trial together and scoring it: %s rows, %.0f %%", report.Count(p.Dataset.Rows), 100*b.Share)),
		v.button("tight", "Stop", state.StopBuild{}),
		app.Progress().Aria("label", "Share done").Max(1).Value(b.Share),
	)
}

func (v view) crashed() app.UI {
	var actions []app.UI
	if v.m.Project != nil {
		actions = append(actions, v.button("primary", "Save the project to a file", state.SaveFile{}))
	}
	return app.Div().Role("alert").Body(
		head("Something broke in Trialbox", "This is a fault of the page, not of your data."),
		banner("bad", iconBad, "The last step was not carried out.", v.m.Panic, actions...),
		app.P().Text("Save the project to a file, reload the page and open the file again; what was on screen before the last step is in it."),
	)
}

func (v view) dialogs() app.UI {
	switch v.m.Asking {
	case state.AskKeep:
		host := v.m.Home.Host
		where := "Readable by other pages of " + host + " and by anyone using this browser profile."
		if v.m.Home.SingleFile {
			where = "Readable by every other local file opened in this browser, and by anyone using this browser profile."
		}
		return v.dialog("Keep this project?", []app.UI{
			app.P().Text("Nothing is kept until you decide. The decision holds for this project and can be changed by deleting it from the list."),
			app.P().Body(app.B().Text("Keep in this browser: "), app.Text("it is here again after a reload. "+where)),
			app.P().Body(app.B().Text("Only until I close: "), app.Text("it is in memory only. Save it to a file to have it again.")),
		}, v.button("", "Only until I close", state.Decide{Keep: state.InMemory}), v.button("primary", "Keep in this browser", state.Decide{Keep: state.InBrowser}))
	case state.AskReplace:
		return v.dialog("Leave "+v.m.Project.Name+"?", []app.UI{
			app.P().Text("It is neither kept in this browser nor saved to a file since it was last changed. What you decided about it would be gone; your CSV on disk stays as it is."),
		}, v.button("", "Stay here", state.Dismiss{}), v.button("", "Leave it", state.Proceed{}), v.button("primary", "Save to a file", state.SaveFile{}))
	case state.AskErase:
		return v.dialog("Erase everything?", []app.UI{
			app.P().Text("Every project this page keeps in this browser and its offline copy of itself are removed. Files you saved to disk stay. This cannot be undone."),
		}, v.button("", "Cancel", state.Dismiss{}), v.button("danger", "Erase everything", state.EraseAll{}))
	}
	return app.Div()
}

func (v view) dialog(title string, body []app.UI, actions ...app.UI) app.UI {
	inner := append([]app.UI{app.H2().ID("dialog-title").Text(title)}, body...)
	inner = append(inner, app.Div().Class("actions").Body(actions...))
	return app.Div().Class("veil").OnKeyDown(v.onEscape()).Body(
		app.Div().Class("dialog").ID("dialog-first").TabIndex(-1).Role("dialog").Aria("modal", true).Aria("labelledby", "dialog-title").Body(inner...))
}

func (v view) onEscape() (app.EventHandler, app.EventOption) {
	return func(_ app.Context, e app.Event) {
		if e.Get("key").String() == "Escape" {
			v.send(state.Dismiss{})
		}
	}, app.EventScope("escape")
}

func (v view) toasts() app.UI {
	return app.Div().Class("toasts noprint").Role("status").Body(
		app.If(v.m.Toast != nil, func() app.UI {
			t := v.m.Toast
			body := []app.UI{app.Span().Text(t.Text)}
			if t.Undo != nil {
				body = append(body, app.Button().Type("button").Text("Undo").OnClick(v.on(t.Undo)))
			}
			return app.Div().Class("toast").Body(body...)
		}))
}
