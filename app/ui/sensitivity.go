package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/analysis"
	"trialbox/app/report"
	"trialbox/app/state"
	"trialbox/app/trial"
)

func (v view) sensitivity() []app.UI {
	const lead = "The main result beside every other reasonable choice."
	p := v.m.Project
	switch {
	case p == nil:
		return []app.UI{head("Sensitivity", lead), nothing("There is no trial yet. Open the example or your own CSV first.", screenLink("primary", "Go to Start", state.Start))}
	case p.Trial == nil:
		return []app.UI{head("Sensitivity", lead), nothing("The columns do not make a trial yet: "+p.TrialErr, screenLink("primary", "Give the columns their roles", state.Data))}
	case len(p.Recipe.Outcomes) == 0:
		return []app.UI{head("Sensitivity", lead), nothing("There is no outcome to look at.", screenLink("", "Data", state.Data))}
	}
	run := "Run"
	if p.Checks != nil {
		run = "Run again"
	}
	s := p.Sensitivity()
	return []app.UI{
		head("Sensitivity", lead, v.undoRedo(p), v.button("primary", run, state.RunSensitivity{})),
		app.Div().Class("split").Body(v.sensitivityOptions(p, s), app.Div().Class("results").Body(v.sensitivityResults(p, s)...)),
	}
}

// sensitivityStep is the state of the step in the rail.
func sensitivityStep(p *state.Project) (kind, icon, small string) {
	r := p.Checks
	switch {
	case p.Trial == nil:
		return "empty", iconEmpty, "needs roles"
	case r == nil:
		return "ready", iconReady, "ready to run"
	case r.Active:
		done, target := r.Run.Done()
		return "running", iconRunning, fmt.Sprintf("%d of %d", done, target)
	case p.SensitivityOutdated():
		return "attention", iconWarn, "choices changed"
	case r.Stopped:
		return "attention", iconWarn, "stopped"
	}
	return "done", iconDone, plural(len(r.Run.Columns)-1, "analysis", "analyses")
}

// setting changes a copy of the block.
func setting(s *analysis.Sensitivity, change func(*analysis.Sensitivity)) state.Msg {
	next := *s
	change(&next)
	return state.SetSensitivity{Setting: next}
}

func (v view) sensitivityOptions(p *state.Project, s *analysis.Sensitivity) app.UI {
	body := []app.UI{app.Summary().Text("Options"), app.H2().Text("Options"), v.lookedAt(p, s)}
	for _, people := range []bool{false, true} {
		body = append(body, app.H3().Text(map[bool]string{false: "Other models", true: "Other people"}[people]))
		for _, x := range s.Variants {
			if x.People() == people {
				body = append(body, v.variantCheck(s, x))
			}
		}
		if people {
			body = append(body, v.populationForm(p, s))
		} else {
			body = append(body, v.covariateSets(p))
		}
	}
	body = append(body, app.H3().Text("Intervals"), v.segmented("sens-boot", "Standard error", map[bool]string{false: "model", true: "boot"}[s.Bootstrap], []option{{"model", "Model-based"}, {"boot", "As in the tables"}}, s.Bootstrap,
		func(x string) state.Msg {
			return setting(s, func(s *analysis.Sensitivity) { s.Bootstrap = x == "boot" })
		}))
	return app.Details().Class("options").Body(append(body, v.shiftOptions(s)...)...)
}

// lookedAt chooses the outcomes.
func (v view) lookedAt(p *state.Project, s *analysis.Sensitivity) app.UI {
	looked := map[string]bool{}
	for _, o := range s.Looked(p.Recipe.Outcomes) {
		looked[o.Variable] = true
	}
	var boxes []app.UI
	for _, o := range p.Recipe.Outcomes {
		boxes = append(boxes, app.Label().Class("check").Body(
			app.Input().Type("checkbox").ID("sens-o-"+o.Variable).Checked(looked[o.Variable]).OnChange(v.checked(fmt.Sprintf("sens outcome %s %+v", o.Variable, s), func(on bool) state.Msg {
				return setting(s, func(s *analysis.Sensitivity) {
					var list []string
					for _, x := range p.Recipe.Outcomes {
						if x.Variable == o.Variable && on || x.Variable != o.Variable && looked[x.Variable] {
							list = append(list, x.Variable)
						}
					}
					s.Outcomes = list
				})
			})),
			app.Span().Text(o.Label)))
	}
	return app.Details().Class("field").Body(app.Summary().Text(plural(len(looked), "outcome", "outcomes")), app.FieldSet().Class("field").Body(app.Legend().Class("sr").Text("Outcomes"), app.Div().ID("sens-outcomes").Body(boxes...)))
}

// variantCheck is one variant: in or out, its condition, and away with it.
func (v view) variantCheck(s *analysis.Sensitivity, x analysis.Variant) app.UI {
	id := "sens-v-" + x.ID
	body := []app.UI{
		app.Label().Class("check").Body(
			app.Input().Type("checkbox").ID(id).Checked(x.Chosen).OnChange(v.checked(fmt.Sprintf("%s %+v", id, s), func(on bool) state.Msg {
				return setting(s, func(s *analysis.Sensitivity) {
					s.Variants = slices.Clone(s.Variants)
					for k := range s.Variants {
						if s.Variants[k].ID == x.ID {
							s.Variants[k].Chosen = on
						}
					}
				})
			})),
			app.Span().Text(x.Label)),
	}
	if x.Where != "" {
		where := id + "-where"
		body = append(body, app.Details().Class("field").Body(app.Summary().Text("Condition"), app.Div().Class("field").Body(
			app.Label().For(where).Class("sr").Text("Condition of "+x.Label),
			app.Input().ID(where).Value(x.Where).Attr("autocomplete", "off").Attr("spellcheck", "false").OnChange(v.input(where+x.Where, func(text string) state.Msg { return state.SetWhere{ID: x.ID, Where: text} })),
			v.button("tight", "Remove "+x.Label, state.RemoveVariant{ID: x.ID}))))
	} else if x.Own.OwnCovariates && len(x.Own.Covariates) > 0 {
		body = append(body, app.Button().Type("button").Class("btn quiet tight").Aria("label", "Remove "+x.Label).Text("Remove").OnClick(v.on(state.RemoveVariant{ID: x.ID})))
	}
	return app.Div().DataSet("variant", x.ID).Body(body...)
}

// populationForm builds a population: a comparison at a time.
func (v view) populationForm(p *state.Project, s *analysis.Sensitivity) app.UI {
	var variables []option
	for _, name := range analysis.BaselineCandidates(p.Trial) {
		variables = append(variables, option{name, strings.ReplaceAll(name, "_", " ")})
	}
	to := []option{{noChoice, "a new one"}}
	for _, x := range s.Variants {
		if x.Where != "" {
			to = append(to, option{x.ID, "also in: " + x.Label})
		}
	}
	first := ""
	if len(variables) > 0 {
		first = variables[0].value
	}
	return app.Details().Class("field").ID("sens-population").Body(app.Summary().Text("Choose people…"), v.form([]any{"population", len(s.Variants)}, []string{"variable", "at", "compare", "value", "to", "label"}, func(x []string) state.Msg {
		if x[4] == noChoice {
			x[4] = ""
		}
		return state.AddPopulation{Label: x[5], To: x[4], Clause: analysis.Clause{Variable: x[0], Baseline: x[1] == "baseline", Compare: x[2], Value: x[3]}}
	},
		formSelect("sens-variable", "variable", "Variable", first, variables),
		formSelect("sens-at", "at", "Its value", "baseline", []option{{"baseline", "at " + p.Trial.Visits[0].Label}, {"row", "on each row"}}),
		formSelect("sens-compare", "compare", "Comparison", "==", choices(analysis.Comparisons)),
		formField("sens-value", "value", "Value, or several with commas", ""),
		formSelect("sens-to", "to", "Population", noChoice, to),
		formField("sens-label", "label", "Name", ""),
		app.Button().Type("submit").Class("btn tight").Text("Add these people")))
}

// covariateSets adds a model with one covariate more or less.
func (v view) covariateSets(p *state.Project) app.UI {
	options := []option{{"", "Add…"}}
	for _, c := range p.Recipe.Mapping.Covariates {
		options = append(options, option{"without:" + c.Column, "without " + covariateName(c)})
	}
	for _, o := range covariateChoicesBut(p, p.Recipe.Mapping.Covariates)[1:] {
		options = append(options, option{o.value, "also " + o.label})
	}
	return v.selectField("sens-covariates", "Other covariates", "", options, p.Recipe.Mapping.Covariates, func(s string) state.Msg {
		kind, column, ok := strings.Cut(s, ":")
		if !ok {
			return nil
		}
		return state.AddCovariateSet{Without: kind == "without", Covariate: trial.Covariate{Column: column, Factor: strings.Contains(kind, "factor"), Baseline: strings.Contains(kind, "base")}}
	})
}

func (v view) shiftOptions(s *analysis.Sensitivity) []app.UI {
	x := s.Shift
	set := func(change func(*analysis.Shift)) state.Msg {
		return setting(s, func(s *analysis.Sensitivity) { change(&s.Shift) })
	}
	out := []app.UI{app.H3().Text("Missing outcomes"), app.Label().Class("check").Body(
		app.Input().Type("checkbox").ID("sens-shift").Checked(x.Chosen).OnChange(v.checked(fmt.Sprintf("shift %+v", s), func(on bool) state.Msg {
			return set(func(x *analysis.Shift) { x.Chosen = on })
		})), app.Span().Text("Shifted, primary outcome"))}
	if !x.Chosen {
		return out
	}
	arm := x.Arm
	if arm == "" {
		arm = "intervention"
	}
	most := "auto" // never empty: an empty value does not clear a field that is drawn again
	if x.Most > 0 {
		most = strconv.FormatFloat(x.Most, 'g', -1, 64)
	}
	return append(out,
		v.segmented("sens-arm", "Shift given to", arm, []option{{"intervention", "Intervention"}, {"both", "Both arms"}}, s, func(a string) state.Msg { return set(func(x *analysis.Shift) { x.Arm = a }) }),
		app.Div().Class("field").Body(app.Label().For("sens-most").Text("Largest shift"), app.Input().ID("sens-most").Class("num").Attr("inputmode", "decimal").Value(most).OnChange(v.input(fmt.Sprintf("most %+v", s), func(text string) state.Msg {
			text = strings.TrimSpace(strings.Replace(text, ",", ".", 1))
			n, err := strconv.ParseFloat(text, 64)
			if text == "" || text == "auto" {
				n = 0
			} else if err != nil || n <= 0 {
				return state.BadInput{Label: "Largest shift", Text: text, Want: "a number over 0, or auto"}
			}
			return set(func(x *analysis.Shift) { x.Most = n })
		})), app.Span().Class("hint").Text("Either way, in points of the outcome. Auto: twice the important change, or without one the SD at baseline.")),
		v.numberField("sens-m", "Imputations", "", x.M(), s, func(n int) state.Msg { return set(func(x *analysis.Shift) { x.Imputations = max(n, 1) }) }))
}

func (v view) sensitivityResults(p *state.Project, s *analysis.Sensitivity) []app.UI {
	view := p.Checking
	if view.Tab == "" {
		view.Tab = "variants"
	}
	tabFor := func(id, label string) tab {
		next := view
		next.Tab = id
		return tab{id, label, "", state.SetSensitivityView{View: next}}
	}
	body := []app.UI{v.tabs("Sensitivity views", view.Tab, []tab{tabFor("variants", "Side by side"), tabFor("shift", "Missing, shifted"), tabFor("missing", "Who is missing")})}
	if view.Tab == "missing" {
		return append(body, v.whoIsMissing(p, view)...)
	}
	r := p.Checks
	if r == nil {
		return append(body, nothing(fmt.Sprintf("Not run. %s of %s stand ready beside the main result.", plural(len(s.Chosen()), "analysis", "analyses"), plural(len(s.Looked(p.Recipe.Outcomes)), "outcome", "outcomes")),
			v.button("primary", "Run all", state.RunSensitivity{})))
	}
	body = append(body, v.sensitivityWork(r))
	if p.SensitivityOutdated() {
		body = append(body, banner("warn", iconWarn, "The choices were changed.", "The numbers below belong to the former ones.", v.button("tight", "Run again", state.RunSensitivity{})))
	}
	if r.Result == nil {
		return body
	}
	if view.Tab == "shift" {
		return append(body, v.shiftResults(p, r.Result, view)...)
	}
	body = append(body, v.sensitivityFigure(p, r.Result, view)...)
	for _, t := range report.SensitivityTables(r.Result) {
		if t.File != "sensitivity-shift" {
			body = append(body, v.journalTable(t, t.File, t.Title, nil)...)
		}
	}
	return body
}

// sensitivityWork is how far the run is, with a way out that keeps what is
// done.
func (v view) sensitivityWork(r *state.SensitivityRun) app.UI {
	done, target := r.Run.Done()
	counts := fmt.Sprintf("%s of %s fits and imputations", report.Count(done), report.Count(target))
	work := app.Div().Class("work").ID("sens-work").Role("group").Aria("label", "Sensitivity").DataSet("done", done).DataSet("target", target)
	switch {
	case r.Active && r.Left > 0:
		return work.Body(app.P().Body(app.B().Text("Planning: "), app.Text(plural(r.Left, "analysis", "analyses")+" to go")), v.button("tight", "Cancel", state.CancelSensitivity{}))
	case r.Active:
		left := ""
		if s := r.SecondsLeft(); s >= 0 {
			left = fmt.Sprintf(", about %.0f s left", s+0.5)
		}
		return work.Body(app.P().Body(app.B().Text("Running: "), app.Text(counts+left)), v.button("tight", "Cancel, keep what is done", state.CancelSensitivity{}),
			app.Progress().Max(float64(target)).Value(float64(done)).Aria("label", "Fits and imputations done"))
	case r.Stopped && done < target:
		return work.Body(app.P().Role("status").Body(app.B().Text("Stopped: "), app.Text(counts)), app.Span().Class("actions").Body(v.button("tight", "Resume", state.RunSensitivity{})))
	}
	return work.Body(app.P().Role("status").Body(app.B().Text("Done: "), app.Text(counts)))
}

// pickShown chooses the outcome and the visit of the figures.
func (v view) pickShown(p *state.Project, r *analysis.SensitivityResult, view state.SensitivityView) (app.UI, string, string) {
	outcome, visit := p.SensitivityShown()
	var outcomes, visits []option
	for _, o := range r.Outcomes {
		outcomes = append(outcomes, option{o.Outcome.Variable, o.Outcome.Label})
		if o.Outcome.Variable == outcome {
			for _, x := range o.Visits {
				visits = append(visits, option{x.Code, title(x.Label)})
			}
		}
	}
	return app.Div().Class("pickone").Body(
		v.selectField("sens-outcome", "Outcome", outcome, outcomes, view, func(s string) state.Msg {
			next := view
			next.Outcome = s
			return state.SetSensitivityView{View: next}
		}),
		v.selectField("sens-visit", "At", visit, visits, fmt.Sprintf("%+v%s", view, outcome), func(s string) state.Msg {
			next := view
			next.Visit = s
			return state.SetSensitivityView{View: next}
		})), outcome, visit
}

// eitherWidth draws a figure for wide screens and for narrow ones.
func eitherWidth(label string, draw func(half bool) (report.Figure, bool)) app.UI {
	wide, ok := draw(false)
	if !ok {
		return app.Div()
	}
	half, _ := draw(true)
	return app.Div().Body(app.Div().Class("wide").Body(region(label, app.Raw(wide.SVG))), app.Div().Class("narrow").Body(region(label, app.Raw(half.SVG))))
}

func (v view) figureTools(name string) app.UI {
	return app.Div().Class("tools").Body(v.button("quiet tight", "SVG", state.DownloadSensitivity{Figure: name, Format: "svg"}), v.button("quiet tight", "PNG", state.DownloadSensitivity{Figure: name, Format: "png"}))
}

func (v view) sensitivityFigure(p *state.Project, r *analysis.SensitivityResult, view state.SensitivityView) []app.UI {
	picker, outcome, visit := v.pickShown(p, r, view)
	f, ok := report.SensitivityFigure(r, outcome, visit, false, true)
	if !ok {
		return []app.UI{picker}
	}
	return []app.UI{picker, app.Figure().Class("fig").ID("sens-figure").Body(
		eitherWidth("Forest plot", func(half bool) (report.Figure, bool) {
			return report.SensitivityFigure(r, outcome, visit, half, true)
		}),
		app.FigCaption().Body(app.B().Text("The main result first."), app.Text(" Marked †: "+analysis.DifferenceRule+"."))),
		v.figureTools("forest"),
		app.Details().Body(app.Summary().Text("The numbers behind the figure"), region("Numbers of the figure", plainTable(f.Table.Words()))),
	}
}

func (v view) shiftResults(p *state.Project, r *analysis.SensitivityResult, view state.SensitivityView) []app.UI {
	if len(r.Shifts) == 0 {
		return []app.UI{nothing("Not run. Shift the outcomes of people who did not answer, and see at which value the conclusion changes.",
			v.button("", "Shift missing outcomes", setting(p.Sensitivity(), func(s *analysis.Sensitivity) { s.Shift.Chosen = true })))}
	}
	var body []app.UI
	for _, s := range r.Shifts {
		name := s.Outcome.Label
		if s.Visit.Label != "" {
			name += ", " + s.Visit.Label
		}
		if s.Err != "" {
			body = append(body, banner("warn", iconWarn, name+".", report.ShiftVerdict(r, s)))
			continue
		}
		body = append(body, app.H2().Text(name), app.P().Class("verdict").Text(report.ShiftVerdict(r, s)), app.Figure().Class("fig").Body(
			eitherWidth("Curve over the shifts", func(half bool) (report.Figure, bool) {
				return report.ShiftFigure(r, s.Outcome.Variable, s.Visit.Code, half, true)
			})))
	}
	body = append(body, v.figureTools("tipping"))
	if t := p.SensitivityTable("shift"); t != nil {
		body = append(body, v.journalTable(t, "sensitivity-shift", "Shifted missing outcomes", nil)...)
	}
	return body
}

// whoIsMissing is the pattern of answers, the baseline of those with and
// without a visit, and what the main analysis assumes.
func (v view) whoIsMissing(p *state.Project, view state.SensitivityView) []app.UI {
	a := p.Attrition()
	var visits []string
	for _, x := range p.Trial.Visits {
		visits = append(visits, title(x.Label))
	}
	out := []app.UI{
		app.P().ID("at-random").Text(report.AtRandom),
		app.Figure().Class("fig").ID("patterns").Body(eitherWidth("Visits answered", func(half bool) (report.Figure, bool) { return report.AnswerPatterns(a, visits, half, true), true }),
			app.FigCaption().Body(app.B().Text("Visits answered together."), app.Text(" People by the visits they answered; bars are their number in each arm."))),
	}
	if len(a.Compared) == 0 {
		return out
	}
	at := min(view.Missed, len(a.Compared)-1)
	var options []option
	for k, c := range a.Compared {
		options = append(options, option{strconv.Itoa(k), title(c.Visit.Label)})
	}
	c := &a.Compared[at]
	out = append(out, app.H2().Text("Baseline of those with and without the visit"), app.Div().Class("pickone").Body(
		v.selectField("sens-missed", "At", strconv.Itoa(at), options, view, func(s string) state.Msg {
			next := view
			next.Missed, _ = strconv.Atoi(s)
			return state.SetSensitivityView{View: next}
		})))
	if c.None != "" {
		return append(out, app.P().Text(c.None))
	}
	for k, t := range report.AnsweredTable(c) {
		out = append(out, v.journalTable(t, "answered."+c.Visit.Code+"."+strconv.Itoa(k+1), "Answered at "+c.Visit.Label, nil)...)
	}
	return out
}
