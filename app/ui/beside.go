package ui

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/state"
	"trialbox/app/trial"
)

// beside are the files that belong to the data: the list of units that were
// randomised, and the data dictionary.
func (v view) beside(p *state.Project) []app.UI {
	return append(v.unitsFile(p), v.dictionary(p)...)
}

func (v view) unitsFile(p *state.Project) []app.UI {
	out := []app.UI{app.H2().Text("Units file")}
	u := p.Units
	if u == nil {
		return append(out,
			app.P().Text("A line for each unit that was randomised: also those that recruited nobody or moved to the other arm, of which the data cannot know. Without it the flow chart counts only units with patients."),
			app.P().Body(fileButton("add-units", "Add a units file", "units", ".csv,.tsv,.txt,text/csv")))
	}
	out = append(out, app.P().ID("units-words").Text(unitsWords(u)))
	if u.Err != "" {
		out = append(out, banner("bad", iconBad, "No units yet.", u.Err))
	}
	out = append(out, app.Div().Class("three").Body(v.unitsRoles(u)...))
	if u.Joined != nil {
		out = append(out, v.unitsTable(p, u))
	}
	return append(out, app.P().Class("actions").Body(fileButtonClass("tight", "add-units", "Replace the units file", "units", ".csv,.tsv,.txt,text/csv"), v.button("tight", "Remove", state.RemoveUnits{})))
}

func unitsWords(u *state.UnitsFile) string {
	words := u.Name
	if u.Units != nil {
		words += ": " + plural(len(u.Units.Units), "unit", "units")
	}
	if j := u.Joined; j != nil {
		words += fmt.Sprintf(", %d without a patient in the data, %d moved to the other arm", j.Empty, j.Moved)
	}
	return words + "."
}

func (v view) unitsRoles(u *state.UnitsFile) []app.UI {
	names := []option{{"", "none"}}
	for _, c := range u.Dataset.Columns {
		names = append(names, option{c.Name, c.Name})
	}
	var out []app.UI
	for _, r := range []struct{ role, label, value string }{
		{"unit", "Unit", u.Mapping.Unit}, {"name", "Its name", u.Mapping.Name}, {"allocated", "Arm as randomised", u.Mapping.Allocated},
		{"arm", "Arm as received", u.Mapping.Arm}, {"stratum", "Stratum", u.Mapping.Stratum}, {"recruited", "Patients recruited", u.Mapping.Recruited},
	} {
		out = append(out, v.selectField("units-"+r.role, r.label, r.value, names, u.Mapping, func(s string) state.Msg { return state.SetUnitsRole{Role: r.role, Column: s} }))
	}
	return out
}

func (v view) unitsTable(p *state.Project, u *state.UnitsFile) app.UI {
	arm := func(i int32) string {
		if i < 0 {
			return "–"
		}
		return p.Trial.Arms[i]
	}
	var rows []app.UI
	for _, x := range u.Joined.Units {
		note, class := "", ""
		switch {
		case x.Patients == 0:
			note, class = "recruited nobody", "gone"
		case x.Moved():
			note, class = "moved", "cell-warn"
		}
		rows = append(rows, app.Tr().Body(
			app.Th().Scope("row").Text(strings.TrimSpace(x.ID+" "+differing(x.Name, x.ID))),
			app.Td().Text(arm(x.Randomised)), app.Td().Text(arm(x.Received)), app.Td().Text(x.Stratum),
			app.Td().Class("n").Text(strconv.Itoa(x.Patients)), app.Td().Class(class).Text(note)))
	}
	return app.Details().ID("units-list").Open(true).Body(app.Summary().Text("Units, held against the data"),
		region("Units", app.Table().Class("grid still").ID("units").Body(
			app.THead().Body(app.Tr().Body(th("Unit"), th("As randomised"), th("As received"), th("Stratum"), app.Th().Scope("col").Class("n").Text("Patients in the data"), th(""))),
			app.TBody().Body(rows...))))
}

func differing(a, b string) string {
	if a == b {
		return ""
	}
	return a
}

func (v view) dictionary(p *state.Project) []app.UI {
	out := []app.UI{app.H2().Text("Data dictionary")}
	use := p.Recipe.Reading.Dictionary
	if use == nil {
		return append(out,
			app.P().Text("REDCap's data dictionary (CSV) gives labels, answers, ranges and missing codes. Its rules become part of the recipe; what you decide about a column goes before them."),
			app.P().Body(fileButton("add-dictionary", "Add a data dictionary", "dictionary", ".csv,text/csv")))
	}
	matched, absent, unknown := p.DictionaryFit()
	out = append(out, app.P().ID("dictionary-words").Text(fmt.Sprintf("%s: %s of the file are in it.", use.File, plural(matched, "column", "columns"))))
	out = append(out, names("Fields of the dictionary that the file lacks", absent), names("Columns that the dictionary lacks", unknown))
	for _, q := range p.DictionaryProblems {
		out = append(out, app.P().Class("small flag").Text(q.String()))
	}
	return append(out, app.P().Class("actions").Body(fileButtonClass("tight", "add-dictionary", "Replace the dictionary", "dictionary", ".csv,text/csv"), v.button("tight", "Remove", state.RemoveDictionary{})))
}

// names is a folded list of names, nothing for none.
func names(title string, list []string) app.UI {
	if len(list) == 0 {
		return app.Div()
	}
	const most = 300
	text := strings.Join(list[:min(len(list), most)], ", ")
	if len(list) > most {
		text += ", …"
	}
	return app.Details().Body(app.Summary().Text(fmt.Sprintf("%s: %d", title, len(list))), app.P().Class("small mono").Text(text))
}

// replayed says what came of a recipe on this file.
func (v view) replayed(p *state.Project) app.UI {
	if len(p.Differences) == 0 {
		return app.Div()
	}
	var items []app.UI
	for _, d := range p.Differences[:min(len(p.Differences), 40)] {
		items = append(items, app.Li().Text(d.Text+"."))
	}
	if n := len(p.Differences) - 40; n > 0 {
		items = append(items, app.Li().Text(fmt.Sprintf("and %d more", n)))
	}
	return app.Div().Class("banner warn").ID("differences").Body(
		app.Raw(iconWarn),
		app.Div().Body(app.P().Body(app.B().Text("The recipe of "+p.Replayed+" was used."), app.Text(" This file differs from it in "+plural(len(p.Differences), "point", "points")+":")), app.Ul().Body(items...)),
		app.P().Class("actions").Body(v.button("tight", "Close", state.DismissDifferences{})))
}

// addVisit takes a code as a visit.
func (v view) addVisit(p *state.Project) app.UI {
	column := p.Dataset.Column(p.Recipe.Mapping.Visit)
	var free []string
	if column != nil {
		for i, at := range trial.VisitIndex(column, p.Recipe.Mapping.Visits) {
			if at < 0 && column.Count[i] > 0 && !column.Missing[i] && len(free) < 12 {
				free = append(free, column.Clean[i])
			}
		}
	}
	return v.form("add visit", []string{"code"}, func(values []string) state.Msg { return state.AddVisit{Code: values[0]} },
		formField("f-addvisit", "code", "Another visit, as written in the file", strings.Join(free[:min(1, len(free))], ""), free...),
		app.Button().Type("submit").Class("btn tight").Text("Add the visit"))
}
