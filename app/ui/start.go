package ui

import (
	"fmt"
	"slices"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/report"
	"trialbox/app/state"
)

func (v view) start() []app.UI {
	return []app.UI{
		head("Start", "From the raw CSV of a cluster-randomised trial to the tables of the paper, on this computer."),
		app.Div().Class("two").Body(
			app.Section().Body(
				app.H2().Text("Look around first"),
				app.P().Text("A complete simulated trial with the shape of the model paper: 27 units randomised, 22 of which recruited 315 people, visits at 0, 3 and 12 months. Its outcome table is ready in a few seconds."),
				app.P().Class("actions").Body(v.button("primary", "Open the example trial", state.OpenExample{})),
				app.H2().Text("Start with my data"),
				v.waiting(),
				v.drop(),
				app.H2().Text("One patient at a time"),
				app.P().Text("Score a questionnaire from typed answers, in a consultation for instance. It needs no data set, and nothing is stored."),
				app.P().Class("actions").Body(screenLink("", "Score one patient", state.Quick)),
				app.H2().Text("Plan a trial"),
				app.P().Text("Sample size and power, and the randomisation of units, before there are any data."),
				app.P().Class("actions").Body(screenLink("", "Plan a trial", state.Design)),
				app.Details().Body(
					app.Summary().Text("Open a project or a recipe"),
					app.P().Class("small soft").Text("A project file (.trialbox) holds the recipe, the original data and the results. A recipe (.recipe.json) holds every rule and no data; the file opened after it is read by its rules. Both can also be dropped above."),
					app.P().Class("actions").Body(fileButton("open-project", "Open a project file", "project", ".trialbox,.zip"), fileButton("open-recipe", "Open a recipe", "recipe", ".json")),
				),
			),
			app.Section().Body(
				v.openNow(),
				app.H2().Text("Saved in this browser"),
				v.savedList(),
				app.H2().Text("What this page may do"),
				v.permissions(),
			),
		),
	}
}

// openNow is the project that is open, with its ways out.
func (v view) openNow() app.UI {
	p := v.m.Project
	if p == nil {
		return app.Div()
	}
	word, safe := p.SavedWord()
	kind, icon := "warn", iconWarn
	if safe {
		kind, icon = "good", iconDone
	}
	return app.Div().ID("open-now").Body(
		app.H2().Text("Open now"),
		app.Ul().Class("list").Body(app.Li().Body(
			app.Span().Class("grow").Body(app.B().Text(p.Name), app.Small().Text(fmt.Sprintf("%s, %s rows", p.Dataset.Name, report.Count(p.Dataset.Rows)))),
			tag(kind, icon, word),
			v.button("tight", "Save to a file", state.SaveFile{}),
			app.If(p.Keep != state.InBrowser, func() app.UI { return v.button("tight", "Keep…", state.Ask{What: state.AskKeep}) }),
			v.button("tight quiet", "Close", state.CloseProject{}),
		)))
}

// waiting is a recipe that the next data file is read by.
func (v view) waiting() app.UI {
	r := v.m.Waiting
	if r == nil {
		return app.Div()
	}
	return app.Div().ID("waiting").Body(banner("ok", iconInfo, "The recipe of "+r.Data.File+" is ready.", "Open the data it is for; every rule of it is used, and what differs is listed."))
}

func (v view) drop() app.UI {
	return app.Div().Class("drop").DataSet("drop", "1").Body(
		app.P().Body(app.B().Text("Drop a data file here")),
		app.P().Class("small soft").Text("CSV with any delimiter, decimal mark and encoding; Excel (.xlsx); SPSS (.sav); long or wide. You see what was understood before anything is used."),
		app.P().Class("actions").Body(
			fileButton("open-data", "Choose a file", "data", dataFiles),
			app.Span().Class("small soft").Text("up to 100 MB"),
		),
	)
}

// fileButton is a file input with a label that looks like a button, so that it
// works by keyboard and by a screen reader as the input it is.
func fileButton(id, label, purpose, accept string) app.UI {
	return fileButtonClass("", id, label, purpose, accept)
}

func fileButtonClass(class, id, label, purpose, accept string) app.UI {
	return app.Span().Class("filebtn").Body(
		app.Input().Type("file").ID(id).Class("sr-input").Accept(accept).DataSet("files", purpose),
		app.Label().Class("btn "+class).For(id).Text(label),
	)
}

func (v view) savedList() app.UI {
	switch v.m.SavedLoad {
	case state.Never, state.Loading:
		return app.P().Class("soft small").Text("Looking…")
	case state.LoadFailed:
		return banner("warn", iconWarn, "The list could not be read.", v.m.SavedErr)
	}
	var items []app.UI
	for _, s := range v.m.Saved {
		if !slices.Contains(v.m.Deleting, s.ID) {
			items = append(items, v.savedItem(s))
		}
	}
	if len(items) == 0 {
		return app.P().Class("soft small").ID("no-saved").Text("Nothing yet. A project is kept here only after you choose so.")
	}
	return app.Div().Body(
		app.Ul().Class("list").ID("saved-list").Body(items...),
		banner("warn", iconWarn, "The browser may clear this list by itself.", "The file on disk is your document; save one before you close.",
			v.button("tight danger", "Erase everything", state.Ask{What: state.AskErase})),
	)
}

func (v view) savedItem(s state.Saved) app.UI {
	if v.m.Renamed == s.ID {
		return app.Li().Body(
			app.Span().Class("grow").Body(
				app.Input().ID("rename-"+s.ID).Aria("label", "New name of "+s.Name).Value(s.Name).
					OnChange(v.input("rename "+s.ID, func(name string) state.Msg { return state.Rename{ID: s.ID, Name: name} }))),
			app.Span().Class("small soft").Text("Press Enter to rename"),
		)
	}
	detail := fmt.Sprintf("%s, %s rows, kept %s", s.FileName, report.Count(s.Rows), when(s.Changed))
	return app.Li().Body(
		app.Span().Class("grow").Body(app.B().Text(s.Name), app.Small().Text(detail)),
		v.named("tight", "Open", s.Name, state.OpenSaved{ID: s.ID}),
		v.named("tight quiet", "Rename", s.Name, state.StartRename{ID: s.ID}),
		v.named("tight quiet", "Duplicate", s.Name, state.Duplicate{ID: s.ID}),
		v.named("tight quiet", "Delete", s.Name, state.Delete{ID: s.ID}),
	)
}

// named is a button whose label alone would not say what it acts on.
func (v view) named(class, label, object string, msg state.Msg) app.UI {
	return app.Button().Type("button").Class("btn "+class).Aria("label", label+" "+object).Text(label).OnClick(v.on(msg))
}

func when(ms int64) string {
	if ms == 0 {
		return "earlier"
	}
	return time.UnixMilli(ms).Format("2 Jan 2006, 15:04")
}

func (v view) permissions() app.UI {
	h := v.m.Home
	policy, storage := "connect-src 'self'", "in memory only, until you choose to keep a project in this browser"
	if h.SingleFile {
		policy = "connect-src 'none'"
		storage = "in memory only, until you ask; storage of local files is shared by all of them"
	}
	if !h.CanStore {
		storage = "this browser keeps nothing for this page; save projects to files"
	}
	tried := app.UI(app.Text(""))
	if v.m.Tried != "" {
		tried = app.P().Class("small").ID("tried").Role("status").Text(v.m.Tried)
	}
	return app.Div().Body(
		kv(
			[2]app.UI{app.Text("Network"), app.Span().Body(v.networkWords(), app.Text(". The policy of the page: "), app.Code().Text(policy), app.Text(". "), v.button("quiet tight", "Try one", state.TryNetwork{}))},
			pair("Storage", storage),
			pair("Offline", "works with the network off"),
			pair("Workers", plural(v.m.Workers, "worker computes", "workers compute")+" beside the page"),
			pair("Version", h.Version),
		),
		tried,
	)
}
