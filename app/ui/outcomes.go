package ui

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/analysis"
	"trialbox/app/report"
	"trialbox/app/state"
	"trialbox/app/trial"
)

func (v view) outcomes() []app.UI {
	title := head("Outcomes", "Every outcome, visit by visit. Estimates stand at once; intervals settle while you read.")
	p := v.m.Project
	switch {
	case p == nil:
		return []app.UI{title, nothing("There is no trial yet. Open the example or your own CSV first.", screenLink("primary", "Go to Start", state.Start))}
	case p.Trial == nil:
		return []app.UI{title, nothing("The columns do not make a trial yet: "+p.TrialErr, screenLink("primary", "Give the columns their roles", state.Data))}
	case len(p.Recipe.Outcomes) == 0:
		return []app.UI{title, nothing("No column or score can be shown as a mean at a follow-up visit. Give outcome columns the role Outcome, or check the instruments.", screenLink("", "Data", state.Data), screenLink("", "Scores", state.Scores))}
	}
	return []app.UI{title, app.Div().Class("split").Body(v.outcomeOptions(p), app.Div().Class("results").Body(v.outcomeResults(p)...))}
}

// outcomeOptions stand left of the table they change.
func (v view) outcomeOptions(p *state.Project) app.UI {
	o := p.Recipe.Options
	set := func(change func(*analysis.Options)) state.Msg {
		next := o
		change(&next)
		return state.SetOptions{Options: next}
	}
	run := "Run"
	if p.Run != nil {
		run = "Run again"
	}
	body := []app.UI{
		app.Summary().Text("Options"),
		app.H2().Text("Options"),
		app.P().Class("actions").Body(v.button("primary", run, state.RunOutcomes{})),
		v.outcomeChoice(p),
		v.selectField("f-model", "Model", o.Model, choices(analysis.Models), o,
			func(s string) state.Msg { return set(func(o *analysis.Options) { o.Model = s }) }),
		v.selectField("f-baseline", "Baseline", o.Baseline, choices(analysis.Baselines), o,
			func(s string) state.Msg { return set(func(o *analysis.Options) { o.Baseline = s }) }),
		v.segmented("method", "Estimation", o.Method, []option{{"ml", "ML"}, {"reml", "REML"}}, o,
			func(s string) state.Msg { return set(func(o *analysis.Options) { o.Method = s }) }),
		v.covariates(p),
		v.selectField("f-resample", "Standard error", o.Resample, choices(analysis.Resamplings), o,
			func(s string) state.Msg { return set(func(o *analysis.Options) { o.Resample = s }) }),
		v.selectField("f-interval", "Interval", o.Interval, choices(analysis.Intervals), o,
			func(s string) state.Msg { return set(func(o *analysis.Options) { o.Interval = s }) }),
		v.numberField("f-b", "Replicates", "", o.Replicates, o, func(n int) state.Msg { return set(func(o *analysis.Options) { o.Replicates = n }) }),
		v.numberField("f-logit-b", "Replicates, binary and ordinal", "", o.LogitReplicates, o, func(n int) state.Msg { return set(func(o *analysis.Options) { o.LogitReplicates = n }) }),
		v.numberField("f-seed", "Seed", "Replicate r depends on the data, the options, the seed and r only; 1,000 more continue the same sequence.", int(o.Seed), o,
			func(n int) state.Msg { return set(func(o *analysis.Options) { o.Seed = uint64(max(n, 0)) }) }),
		v.selectField("f-integration", "Integration of logit models", integrationOf(o), integrations, o,
			func(s string) state.Msg {
				return set(func(o *analysis.Options) { o.Integration, o.Nodes = integrationFrom(s) })
			}),
		v.selectField("f-multiplicity", "P adjusted for multiplicity", o.Multiplicity, multiplicities, o,
			func(s string) state.Msg { return set(func(o *analysis.Options) { o.Multiplicity = s }) }),
		app.If(o.Multiplicity != "", func() app.UI {
			return v.selectField("f-family", "Family", o.Family, []option{{"", "Outcomes at one visit"}, {"all", "All follow-ups"}}, o,
				func(s string) state.Msg { return set(func(o *analysis.Options) { o.Family = s }) })
		}),
		v.selectField("f-effect", "Effect size", o.EffectSize, []option{{"", "Not shown"}, {"model", "Over the model’s SD"}, {"baseline", "Over the SD at baseline"}}, o,
			func(s string) state.Msg { return set(func(o *analysis.Options) { o.EffectSize = s }) }),
	}
	return app.Details().Class("options").Body(body...)
}

func (v view) outcomeChoice(p *state.Project) app.UI {
	var boxes []app.UI
	for _, o := range p.Recipe.Outcomes {
		boxes = append(boxes, app.Label().Class("check").Body(
			app.Input().Type("checkbox").ID("o-"+o.Variable).Checked(o.Chosen).OnChange(v.checked("outcome "+o.Variable, func(on bool) state.Msg {
				return state.ToggleOutcome{Variable: o.Variable, On: on}
			})),
			app.Span().Text(o.Label)))
	}
	primary := ""
	choices := []option{{"", "none"}}
	for _, o := range p.Recipe.Outcomes {
		choices = append(choices, option{o.Variable, o.Label})
		if o.Primary {
			primary = o.Variable
		}
	}
	return app.Div().Body(
		app.FieldSet().Class("field").Body(app.Legend().Text("Outcomes"), app.Div().ID("outcome-choice").Body(boxes...)),
		v.selectField("f-primary", "Primary outcome", primary, choices, p.Recipe.Outcomes, func(s string) state.Msg { return state.SetPrimary{Variable: s} }),
	)
}

func (v view) covariates(p *state.Project) app.UI {
	var chips []app.UI
	for _, c := range p.Recipe.Mapping.Covariates {
		name := covariateName(c)
		chips = append(chips, app.Li().Class("chip").Body(app.Text(name),
			app.Button().Type("button").Aria("label", "Remove "+name).Text("×").OnClick(v.on(state.ToggleCovariate{Column: c.Column}))))
	}
	add := v.selectBox("f-addcov", "Add a covariate", "", covariateChoices(p), p.Recipe.Mapping.Covariates, func(s string) state.Msg {
		if s == "" {
			return nil
		}
		kind, column, _ := strings.Cut(s, ":")
		return state.ToggleCovariate{Column: column, Factor: strings.Contains(kind, "factor"), Baseline: strings.Contains(kind, "base"), On: true}
	})
	return app.Div().Class("field").Body(
		app.Span().Class("label").Text("Covariates"),
		app.If(len(chips) > 0, func() app.UI { return app.Ul().Class("chips").Body(chips...) }),
		add,
		app.If(len(chips) == 0, func() app.UI { return app.Span().Class("hint").Text("none: the difference is unadjusted") }),
	)
}

// covariateChoices are the variables that are constant within a patient, and
// the baseline values of those that are not.
func covariateChoices(p *state.Project) []option {
	return covariateChoicesBut(p, p.Recipe.Mapping.Covariates)
}

func covariateName(c trial.Covariate) string {
	name := strings.ReplaceAll(c.Column, "_", " ")
	if c.Baseline {
		name += " at baseline"
	}
	if c.Factor {
		name += ", categories"
	}
	return name
}

func covariateChoicesBut(p *state.Project, have []trial.Covariate) []option {
	out := []option{{"", "Add…"}}
	used := map[string]bool{}
	for _, c := range have {
		used[c.Column] = true
	}
	for _, c := range p.Candidates {
		if used[c.Column] {
			continue
		}
		kind, label := "number", strings.ReplaceAll(c.Column, "_", " ")
		if c.Factor {
			kind = "factor"
			label += ", categories"
		}
		if c.Baseline {
			kind += "base"
			label += " at baseline"
		}
		out = append(out, option{kind + ":" + c.Column, label})
	}
	return out
}

func (v view) outcomeResults(p *state.Project) []app.UI {
	run := p.Run
	if n := len(p.Unanswered()); n > 0 && run == nil {
		return []app.UI{banner("warn", iconWarn, plural(n, "question is", "questions are")+" open.", "The instruments concerned are not scored until you answer.", screenLink("tight", "Answer on Scores", state.Scores))}
	}
	if run == nil || run.Result == nil {
		return []app.UI{nothing("Nothing has been run yet.", v.button("primary", "Run all outcomes", state.RunOutcomes{}))}
	}
	view := p.View
	if view.Tab == "" {
		view.Tab = "table"
	}
	three, four := report.OutcomeTables(run.Result)
	if view.Tab == "table" && three == 0 {
		view.Tab = "table4"
	}
	tabFor := func(id, label, count string) tab {
		next := view
		next.Tab = id
		return tab{id, label, count, state.SetOutcomeView{View: next}}
	}
	tabs := []tab{tabFor("table", "Table 3", fmt.Sprint(three)), tabFor("table4", "Table 4", fmt.Sprint(four)),
		tabFor("list", "Outcomes", fmt.Sprint(len(p.Recipe.Outcomes))), tabFor("figures", "Figures", ""), tabFor("model", "Model", ""), tabFor("few", "Few clusters", "")}
	if three == 0 {
		tabs = tabs[1:]
	} else if four == 0 {
		tabs = append(tabs[:1], tabs[2:]...)
	}
	body := []app.UI{v.tabs("Outcome views", view.Tab, tabs), v.work(run)}
	if run.Outdated() {
		body = append(body, banner("warn", iconWarn, "The options were changed.", "The numbers below belong to the former ones.", v.button("tight", "Run again", state.RunOutcomes{})))
	}
	switch view.Tab {
	case "figures":
		return append(body, v.figures(p, view)...)
	case "model":
		return append(body, v.model(p, view)...)
	case "few":
		return append(body, v.few(p, view)...)
	case "list":
		return append(body, v.outcomeList(p, view)...)
	case "table4":
		return append(body, v.table4(run, view)...)
	}
	return append(body, v.table3(run)...)
}

// work is the state of the run: how far, how long, and a way out that keeps
// what is done.
func (v view) work(run *state.Run) app.UI {
	done, target, failed, boundary := run.Done()
	counts := fmt.Sprintf("%s of %s replicates", report.Count(done), report.Count(target))
	if target == 0 {
		counts = run.Options.StandardError() + ", no replicates"
	}
	details := fmt.Sprintf(", %s at the boundary, %s failed", report.Count(boundary), report.Count(failed))
	if !run.Active {
		word := "Bootstrap done: "
		if target == 0 {
			word, details = "Done: ", ""
		}
		var action app.UI = app.Span()
		switch {
		case run.Stopped && done < target:
			word = "Stopped: "
			action = app.Span().Class("actions").Body(v.button("tight", "Resume", state.ResumeRun{}))
		case target > 0:
			action = app.Span().Class("actions").Body(v.button("tight", "1,000 more", state.MoreReplicates{More: 1000}))
		}
		return app.Div().Class("work").ID("work").Role("group").Aria("label", "Bootstrap").DataSet("done", done).DataSet("target", target).Body(
			app.P().Role("status").Body(app.B().Text(word), app.Span().ID("work-text").Text(analysis.Headline(run.All)+", "+counts+details)), action)
	}
	left := ""
	if s := run.SecondsLeft(); s >= 0 {
		left = fmt.Sprintf(", about %.0f s left", s+0.5)
	}
	return app.Div().Class("work").ID("work").Role("group").Aria("label", "Bootstrap").DataSet("done", done).DataSet("target", target).Body(
		app.P().Body(app.B().Text("Bootstrap running: "), app.Span().ID("work-text").Text(analysis.Headline(run.All)+", "+counts+details+left)),
		v.button("tight", "Cancel, keep what is done", state.CancelRun{}),
		app.Progress().Max(float64(target)).Value(float64(done)).Aria("label", "Replicates done"),
	)
}

func choices(list [][2]string) []option {
	var out []option
	for _, c := range list {
		out = append(out, option{c[0], c[1]})
	}
	return out
}

// integrations of logit models as one choice: method and points.
var integrations = []option{{"", "Quadrature, 7 points, checked"}, {"15", "Quadrature, 15 points"}, {"25", "Quadrature, 25 points"}, {"laplace", "Laplace"}}

func integrationOf(o analysis.Options) string {
	switch {
	case o.Integration == "laplace":
		return "laplace"
	case o.Nodes > 0:
		return strconv.Itoa(o.Nodes)
	}
	return ""
}

func integrationFrom(s string) (method string, nodes int) {
	if s == "laplace" {
		return s, 0
	}
	nodes, _ = strconv.Atoi(s)
	return "", nodes
}

var multiplicities = []option{{"", "None"}, {"holm", "Holm"}, {"hochberg", "Hochberg"}, {"hommel", "Hommel"}, {"bonferroni", "Bonferroni"}, {"BH", "Benjamini-Hochberg"}, {"BY", "Benjamini-Yekutieli"}}
