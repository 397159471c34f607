package ui

import (
	"fmt"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/design"
	"trialbox/app/report"
	"trialbox/app/state"
	"trialbox/stats/power"
)

// simulation is the tab of power by simulated trials.
func (v view) simulation() []app.UI {
	return []app.UI{app.Div().Class("split").Body(v.simulationFields(), app.Div().Class("results").ID("simulation-results").Body(v.simulationResults()...))}
}

func (v view) simulationFields() app.UI {
	c, _ := v.m.Choices()
	t := c.Trials
	wrong := v.m.Plan.Wrong
	field := func(name, label, hint, value string, set func(t *design.Trials, s string)) app.UI {
		return v.typed("s-"+name, label, hint, value, wrong[name], func(c *design.Choices, s string) { set(&c.Trials, s) })
	}
	pick := func(set func(t *design.Trials, s string)) func(string) state.Msg {
		return func(s string) state.Msg { return v.choose(func(c *design.Choices) { set(&c.Trials, s) }) }
	}
	planned := "Means: linear"
	if c.Size.Outcome == design.Shares {
		planned = "Proportions: logistic"
	}
	body := []app.UI{
		app.Summary().Text("Simulated trials"), app.H2().Text("Simulated trials"),
		app.P().Class("actions").Body(v.button("primary", "Simulate", state.Simulate{})),
		v.selectField("s-model", "Model", t.Model, []option{{"", planned}, {design.Ordinal, "Ordered categories"}}, c, pick(func(t *design.Trials, s string) { t.Model = s })),
	}
	if t.Model == design.Ordinal {
		body = append(body,
			field("categories", "Shares of the categories, control", "lowest first, in %: 50, 30, 20", t.Categories, func(t *design.Trials, s string) { t.Categories = s }),
			field("odds", "Odds ratio of a higher category", "intervention against control", t.Odds, func(t *design.Trials, s string) { t.Odds = s }))
	}
	body = append(body,
		v.segmented("s-visits", "Visits", t.Visits, []option{{"1", "1"}, {"2", "2"}, {"3", "3"}, {"4", "4"}}, c, pick(func(t *design.Trials, s string) { t.Visits = s })))
	if t.Visits != "1" {
		body = append(body,
			v.typed("s-correlation", "Correlation between visits", "of a person", c.Size.Correlation, wrong["correlation"], func(c *design.Choices, s string) { c.Size.Correlation = s }),
			v.segmented("s-constrained", "Arms at the first visit", freely(t.Constrained), []option{{"free", "Free"}, {"equal", "Equal (cLDA)"}}, c, pick(func(t *design.Trials, s string) { t.Constrained = s == "equal" })))
	}
	if t.Model == "" && c.Size.Outcome != design.Shares {
		body = append(body, v.segmented("s-method", "Estimation", t.Method, []option{{"ml", "ML"}, {"reml", "REML"}}, c, pick(func(t *design.Trials, s string) { t.Method = s })))
	}
	body = append(body,
		v.segmented("s-se", "Standard error", t.SE, []option{{"model", "Model"}, {"bootstrap", "Bootstrap"}}, c, pick(func(t *design.Trials, s string) { t.SE = s })))
	if t.SE == "bootstrap" {
		body = append(body, field("bootstrap", "Replicates a trial", "units drawn within arm", t.Replicates, func(t *design.Trials, s string) { t.Replicates = s }))
	}
	body = append(body,
		v.segmented("s-test", "Test", t.Test, []option{{"normal", "Normal"}, {"t", "t, units − 2"}}, c, pick(func(t *design.Trials, s string) { t.Test = s })),
		field("units", "Units, both arms", "empty: as planned", t.Units, func(t *design.Trials, s string) { t.Units = s }),
		field("trials", "Trials", "", t.Trials, func(t *design.Trials, s string) { t.Trials = s }),
		field("seed", "Seed", "Trial r depends on the plan, the seed and r only.", t.Seed, func(t *design.Trials, s string) { t.Seed = s }),
		app.Label().Class("check").Body(
			app.Input().Type("checkbox").ID("s-null").Checked(t.Null).OnChange(v.checked(fmt.Sprintf("s-null %+v", c), func(on bool) state.Msg {
				return v.choose(func(c *design.Choices) { c.Trials.Null = on })
			})),
			app.Span().Text("No difference: count false alarms")),
	)
	return app.Details().Class("options").ID("simulation-options").Body(body...)
}

func freely(constrained bool) string {
	if constrained {
		return "equal"
	}
	return "free"
}

func (v view) simulationResults() []app.UI {
	var body []app.UI
	wrong := v.m.Plan.Wrong
	for _, name := range []string{"plan", "people", "icc", "cv", "dropout", "sd", "diff", "control", "treated", "alpha", "visits"} {
		if wrong[name] != "" {
			body = append(body, banner("warn", iconWarn, "Not simulated.", wrong[name], v.button("tight", "To the sample size", state.SetDesignTab{Tab: "size"})))
		}
	}
	if len(wrong) > 0 && body == nil {
		body = append(body, banner("warn", iconWarn, "Not simulated.", plural(len(wrong), "field has", "fields have")+" to be corrected; each says how."))
	}
	s := v.m.Plan.Sim
	if s == nil {
		return append(body, v.planned(), nothing("Trials are drawn from the plan of the sample size, each is fitted with the model that will be used, and the share in which the difference is significant is the power.", v.button("primary", "Simulate", state.Simulate{})))
	}
	body = append(body, v.simulationWork(s))
	if s.Err != "" {
		body = append(body, banner("bad", iconBad, "A part could not be computed.", s.Err))
	}
	if !s.Active && v.m.SimulationOutdated() {
		body = append(body, banner("warn", iconWarn, "The plan was changed.", "The numbers below belong to the former one.", v.button("tight", "Simulate again", state.Simulate{})))
	}
	if s.Summary.Trials > 0 {
		body = append(body, v.simulated(s))
	}
	return append(body, v.planned())
}

// planned repeats what the trials are drawn from.
func (v view) planned() app.UI {
	a := v.m.Plan.Answer
	if a == nil || !a.OK() {
		return app.Div()
	}
	what := fmt.Sprintf("difference %s, SD %s", report.Plain(a.Plan.Diff), report.Plain(a.Plan.SD))
	if a.Plan.Binary {
		what = fmt.Sprintf("%s against %s", report.Percent(a.Plan.Treated), report.Percent(a.Plan.Control))
	}
	lost := ""
	if a.Plan.Dropout > 0 {
		lost = fmt.Sprintf(" Each unit recruits %s on average, so that these stay.", report.Plain(a.Size.ClusterSize/(1-a.Plan.Dropout)))
	}
	return app.P().Class("small soft").ID("simulation-plan").Text(fmt.Sprintf("Drawn from the sample size: %s; %d units of %s people analysed, CV %s, ICC %s, drop-out %s, level %s. Power there: %s.",
		what, a.Size.Clusters, report.Plain(a.Size.ClusterSize), report.Plain(a.Plan.CV), report.Plain(a.Plan.ICC), report.Percent(a.Plan.Dropout), report.Percent(a.Plan.Alpha), report.Percent(a.Size.PowerAtClusters)) + lost)
}

// simulationWork is how far the simulation is.
func (v view) simulationWork(s *state.Simulation) app.UI {
	counts := fmt.Sprintf("%s of %s trials", report.Count(s.Summary.Trials), report.Count(s.Target))
	work := app.Div().Class("work").ID("simulation-work").Role("group").Aria("label", "Simulation").DataSet("done", s.Summary.Trials).DataSet("target", s.Target)
	if s.Active {
		if left := s.SecondsLeft(); left >= 0 {
			counts += fmt.Sprintf(", about %.0f s left", left+0.5)
		}
		return work.Body(app.P().Body(app.B().Text("Simulating: "), app.Text(counts)),
			v.button("tight", "Cancel, keep what is done", state.CancelSimulation{}),
			app.Progress().Max(float64(s.Target)).Value(float64(s.Summary.Trials)).Aria("label", "Trials simulated"))
	}
	word, action := "Done: ", v.button("tight", "1,000 more", state.MoreTrials{More: 1000})
	if s.Stopped && s.Summary.Trials < s.Target {
		word, action = "Stopped: ", v.button("tight", "Resume", state.ResumeSimulation{})
	}
	return work.Body(app.P().Role("status").Body(app.B().Text(word), app.Text(counts)), app.Span().Class("actions").Body(action))
}

// simulated are the numbers of the trials so far.
func (v view) simulated(s *state.Simulation) app.UI {
	sum := s.Summary
	label := "Power"
	if s.Job.Null {
		label = "False alarms"
	}
	big := func(label, value, small string) app.UI {
		return app.Div().Body(app.P().Text(label), app.Span().Class("big").Text(value), app.P().Text(small))
	}
	d := 3
	pairs := [][2]app.UI{
		pair("Model", design.Model(s.Job)),
		pair("Units", fmt.Sprintf("%d intervention, %d control; %s people recruited on average", s.Job.Treated, s.Job.Control, report.Number(sum.People, 1))),
		pair("Simulated difference", report.Number(s.Truth, d)+scaleWord(s.Job)),
		pair("Estimates", fmt.Sprintf("mean %s, SD %s", report.Number(sum.Mean, d), report.Number(sum.SD, d))),
		pair("Standard errors", fmt.Sprintf("mean %s: near the SD of the estimates when they can be trusted", report.Number(sum.SE, d))),
		pair("At the boundary", fmt.Sprintf("%s trials with a variance of zero", report.Count(sum.Boundary))),
		pair("Without estimate", fmt.Sprintf("%s without a finite one, %s not fitted; these detect nothing", report.Count(sum.NoEstimate), report.Count(sum.Failed))),
		pair("Seed", fmt.Sprint(s.Job.Seed)),
	}
	for _, r := range sum.Reasons {
		pairs = append(pairs, pair("Why", fmt.Sprintf("%s: %s", report.Count(r.Count), r.Text)))
	}
	return app.Div().ID("simulated").Body(
		app.Div().Class("answers").Body(
			big(label, report.Percent(sum.Power), fmt.Sprintf("Monte Carlo error %s", report.Percent(sum.MCSE))),
			big("95% interval", report.Range(100*sum.CI[0], 100*sum.CI[1], 1)+"%", "of the simulation, not of the plan"),
			big("Detected", report.Count(sum.Detected), "of "+report.Count(sum.Trials)+" trials")),
		kv(pairs...),
		app.Div().Class("tools").Body(v.button("quiet tight", "Every trial as CSV", state.DownloadDesign{What: "simulation.csv"})))
}

func scaleWord(j *power.Job) string {
	if j.Family == power.Linear {
		return ""
	}
	return " as a log odds ratio within units"
}
