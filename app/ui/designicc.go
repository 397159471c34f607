package ui

import (
	"fmt"
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/design"
	"trialbox/app/report"
	"trialbox/app/state"
)

// observed is the ICC of the open trial beside the planned one: chosen,
// estimated by a click, and taken over by another.
func (v view) observed() app.UI {
	p := v.m.Project
	if p == nil || p.Trial == nil || len(p.Recipe.Outcomes) == 0 {
		return app.Div()
	}
	seen := v.m.Plan.Observed
	outcome, visit := p.Recipe.Outcomes[0].Variable, 0
	for _, o := range p.Recipe.Outcomes {
		if o.Primary {
			outcome = o.Variable
		}
	}
	if seen != nil {
		outcome = seen.Outcome
		for i, x := range p.Trial.Visits {
			if x.Label == seen.Visit {
				visit = i
			}
		}
	}
	label := outcome
	var outcomes, visits []option
	for _, o := range p.Recipe.Outcomes {
		outcomes = append(outcomes, option{o.Variable, o.Label})
		if o.Variable == outcome {
			label = o.Label
		}
	}
	for i, x := range p.Trial.Visits {
		visits = append(visits, option{strconv.Itoa(i), x.Label})
	}
	labelOf := func(variable string) string {
		for _, o := range p.Recipe.Outcomes {
			if o.Variable == variable {
				return o.Label
			}
		}
		return variable
	}
	key := fmt.Sprintf("%s %s %d", p.ID, outcome, visit)
	body := []app.UI{
		app.Summary().Text("From the open trial"),
		v.selectField("icc-outcome", "Outcome", outcome, outcomes, key, func(s string) state.Msg {
			return state.TakeICC{Variable: s, Label: labelOf(s), Visit: visit}
		}),
		v.selectField("icc-visit", "Visit", strconv.Itoa(visit), visits, key, func(s string) state.Msg {
			n, _ := strconv.Atoi(s)
			return state.TakeICC{Variable: outcome, Label: label, Visit: n}
		}),
	}
	switch {
	case seen == nil:
		body = append(body, app.P().Class("actions").Body(v.button("tight", "Estimate it", state.TakeICC{Variable: outcome, Label: label, Visit: visit})))
	case seen.Err != "":
		body = append(body, app.P().Class("hint bad").ID("icc-seen").Role("alert").Text(seen.Err))
	case v.m.Plan.Taking():
		body = append(body, app.P().Class("hint").ID("icc-seen").Role("status").Text("Estimating…"))
	default:
		value := report.Plain(max(0, seen.Value))
		body = append(body,
			app.P().Class("small").ID("icc-seen").Role("status").Body(app.B().Text(report.Number(seen.Value, 3)), app.Text(fmt.Sprintf(" (95%% CI %s), REML, arms taken out; %d people in %d units, %s a unit, CV %s.",
				report.Range(seen.Low, seen.High, 3), seen.N, seen.Clusters, report.Number(seen.MeanSize, 1), report.Number(seen.CV, 2)))),
			app.P().Class("actions").Body(
				v.button("tight", "Plan with "+value, v.choose(func(c *design.Choices) { c.Size.ICC = value })),
				v.button("tight", "with the upper end, "+report.Number(seen.High, 3), v.choose(func(c *design.Choices) { c.Size.ICC = report.Plain(seen.High) })),
				v.button("tight", "CV "+report.Number(seen.CV, 2), v.choose(func(c *design.Choices) { c.Size.CV = report.Number(seen.CV, 2) }))))
	}
	return app.Details().ID("icc").Open(seen != nil).Body(body...)
}
