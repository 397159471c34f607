package ui

import (
	"fmt"
	"slices"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/report"
	"trialbox/app/state"
)

// few is the comparison of methods for one outcome: how much hangs on the
// number of units.
func (v view) few(p *state.Project, view state.OutcomeView) []app.UI {
	picker, o := v.pick(p.Run.Result, view)
	variable := o.Outcome.Variable
	out := []app.UI{picker,
		app.P().Class("soft").Text("With few units the usual standard error is too small and the normal distribution too narrow. Here the same difference stands by every method made for that, with what follows from them.")}
	start := func(label string) app.UI { return v.button("primary", label, state.CompareMethods{Variable: variable}) }
	few := p.Few
	switch {
	case few == nil || few.Run.Plan.Spec.Outcome.Variable != variable:
		return append(out, app.P().Body(start("Compare the methods")))
	case few.Run.Plan.Err != "":
		return append(out, nothing("The methods cannot be compared for "+o.Outcome.Label+": "+few.Run.Plan.Err+"."))
	case p.FewOutdated():
		out = append(out, banner("warn", iconWarn, "The options were changed.", "The lines below belong to the former ones.", v.button("tight", "Compare again", state.CompareMethods{Variable: variable})))
	}
	if len(few.Run.Plan.Visits) > 1 {
		var options []option
		for k, visit := range few.Run.Plan.Visits {
			options = append(options, option{fmt.Sprint(k), visit.Label})
		}
		out = append(out, v.segmented("few-visit", "Difference at", fmt.Sprint(few.Visit), options, few.Visit, func(s string) state.Msg {
			var k int
			fmt.Sscan(s, &k)
			return state.ShowFewVisit{Index: k}
		}))
	}
	done, target := few.Run.Done()
	switch {
	case few.Active:
		out = append(out, app.Div().Class("work").Role("status").Body(
			app.P().Text(fmt.Sprintf("Drawing: %s of %s", report.Count(done), report.Count(target))),
			v.button("tight", "Stop", state.StopComparing{}),
			app.Progress().Aria("label", "Draws done").Max(float64(max(target, 1))).Value(float64(done))))
	case few.Stopped:
		out = append(out, app.P().Body(app.Text("Stopped: some lines rest on fewer draws. "), v.button("tight", "Compare again", state.CompareMethods{Variable: variable})))
	}
	t := p.FewTable()
	if t == nil {
		return out
	}
	at := slices.Index(t.Marks, "") // the verdict, which stands above the table here
	verdict := t.Notes[at]
	t.Notes, t.Marks = slices.Delete(t.Notes, at, at+1), slices.Delete(t.Marks, at, at+1)
	out = append(out, app.P().Class("verdict").ID("verdict").Role("status").Text(verdict))
	out = append(out, v.tableAndTools(t, "few", "Methods for few units", nil,
		v.button("quiet tight", "Copy", state.CopyTable{}),
		v.button("quiet tight", "HTML for Word", state.DownloadTable{Format: "html"}),
		v.button("quiet tight", "CSV", state.DownloadTable{Format: "csv"}),
		v.button("quiet tight", "Markdown", state.DownloadTable{Format: "md"}))...)
	return append(out, app.P().Class("notes").Text("Sources: "+report.FewSources))
}
