package ui

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/dataset"
	"trialbox/app/report"
	"trialbox/app/state"
)

// findings are the problems that need a look: those of the file and those of
// the trial, notes left out.
func findings(p *state.Project) []dataset.Problem {
	var out []dataset.Problem
	for _, q := range allProblems(p) {
		if q.Severity != dataset.Note {
			out = append(out, q)
		}
	}
	return out
}

// allProblems are those of the trial, where each stands once with what follows
// from it, or those of the file alone while there is no trial.
func allProblems(p *state.Project) []dataset.Problem {
	if p.Trial != nil {
		return slices.Clone(p.Findings)
	}
	return slices.Clone(p.Dataset.Problems)
}

// problems lists what needs a look, with line and column.
func (v view) problems(p *state.Project) []app.UI {
	all := allProblems(p)
	if len(all) == 0 {
		return []app.UI{nothing("Nothing odd was found in the file.")}
	}
	slices.SortStableFunc(all, func(a, b dataset.Problem) int { return int(b.Severity) - int(a.Severity) })
	const most = 200
	var rows []app.UI
	for _, q := range all[:min(len(all), most)] {
		class, icon := "", iconInfo
		switch q.Severity {
		case dataset.Error:
			class, icon = "cell-bad", iconBad
		case dataset.Warning:
			class, icon = "cell-warn", iconWarn
		}
		line := ""
		if q.Line > 0 {
			line = strconv.Itoa(q.Line)
		}
		rows = append(rows, app.Tr().Body(
			app.Td().Class("rowno").Text(line),
			app.Th().Scope("row").Body(app.Code().Text(q.Column)),
			app.Td().Class(class).Text(short(q.Value)),
			app.Td().Class("wrap").Body(append([]app.UI{tag("", icon, q.Severity.String()+": "), app.Text(q.Text)}, also(q)...)...),
		))
	}
	out := []app.UI{region("Findings", app.Table().Class("grid").ID("problems").Body(
		app.Caption().Class("sr").Text("Findings with line, column and value"),
		app.THead().Body(app.Tr().Body(app.Th().Scope("col").Class("rowno").Text("Line"), th("Column"), th("Value"), th("What is odd, and what to do"))),
		app.TBody().Body(rows...)))}
	if len(all) > most {
		out = append(out, app.P().Class("small soft").Text(fmt.Sprintf("The first %d of %s findings.", most, report.Count(len(all)))))
	}
	return out
}

// also are the consequences of a problem, in small under it.
func also(q dataset.Problem) []app.UI {
	var out []app.UI
	for _, a := range q.Also {
		out = append(out, app.Div().Class("small soft").Text(a))
	}
	return out
}

func short(s string) string {
	r := []rune(s)
	if len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
