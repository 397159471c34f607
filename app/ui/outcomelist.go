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

var kindNames = []option{{"continuous", "Continuous"}, {"binary", "Binary"}, {"ordinal", "Ordinal"}, {"median", "Median"}}

func kindOf(o analysis.Outcome) string {
	if o.Kind == "" {
		return string(analysis.Continuous)
	}
	return string(o.Kind)
}

func kindName(kind string) string {
	for _, k := range kindNames {
		if k.value == kind {
			return k.label
		}
	}
	return kind
}

// outcomeList is every outcome with its kind, visits, direction and important
// change, and the form of the one that is edited.
func (v view) outcomeList(p *state.Project, view state.OutcomeView) []app.UI {
	var rows []app.UI
	var edited *analysis.Outcome
	for i := range p.Recipe.Outcomes {
		o := &p.Recipe.Outcomes[i]
		if o.Variable == view.Edited {
			edited = o
		}
		rows = append(rows, v.outcomeRow(p, *o, view))
	}
	heads := []app.UI{}
	for _, h := range []string{"Outcome", "Kind", "Visits", "Better", "Important change", "Own model"} {
		heads = append(heads, app.Th().Scope("col").Text(h))
	}
	out := []app.UI{}
	if edited != nil {
		out = append(out, v.outcomeForm(p, *edited, view))
	}
	return append(out,
		app.P().Class("small soft").Text("Kinds are proposed from the data and yours to change. A change runs what depends on it and nothing else."),
		region("Outcomes", app.Table().Class("jt still").ID("outcome-list").Body(app.THead().Body(app.Tr().Body(heads...)), app.TBody().Body(rows...))),
		app.P().Class("actions").Body(v.button("primary", "Run all", state.RunOutcomes{})))
}

func (v view) outcomeRow(p *state.Project, o analysis.Outcome, view state.OutcomeView) app.UI {
	next := view
	next.Edited = o.Variable
	if view.Edited == o.Variable {
		next.Edited = ""
	}
	important := ""
	if o.Important > 0 {
		important = strconv.FormatFloat(o.Important, 'g', 6, 64)
		if o.Responders {
			important += ", responders"
		}
	}
	visits := strings.Join(analysedAt(p, o), ", ")
	own := ""
	if !plainOwn(o.Own) {
		own = "own"
	}
	label := app.Button().Type("button").Class("aslink").Aria("expanded", fmt.Sprint(view.Edited == o.Variable)).OnClick(v.on(state.SetOutcomeView{View: next})).Text(o.Label)
	row := app.Tr()
	if !o.Chosen {
		row = row.Class("out")
	}
	return row.DataSet("outcome", o.Variable).Body(
		app.Th().Scope("row").Body(label, app.If(!o.Chosen, func() app.UI { return app.Span().Class("tag").Text(" not in a table") })),
		app.Td().Text(kindName(kindOf(o))), app.Td().Text(visits), app.Td().Text(o.Better), app.Td().Text(important), app.Td().Text(own))
}

func plainOwn(own analysis.Own) bool {
	return !own.OwnCovariates && own.Method == "" && own.Model == "" && own.Baseline == "" && own.Integration == "" && own.Nodes == 0
}

// analysedAt are the codes of the visits an outcome is analysed at: those of
// its last run, or those chosen.
func analysedAt(p *state.Project, o analysis.Outcome) []string {
	if p.Run != nil && p.Run.Result != nil {
		for i := range p.Run.Result.Outcomes {
			if r := &p.Run.Result.Outcomes[i]; r.Outcome.Variable == o.Variable {
				var out []string
				for _, v := range r.Visits {
					out = append(out, v.Visit.Code)
				}
				return out
			}
		}
	}
	if len(o.Visits) == 0 {
		return []string{"all"}
	}
	return o.Visits
}

// outcomeForm changes one outcome.
func (v view) outcomeForm(p *state.Project, o analysis.Outcome, view state.OutcomeView) app.UI {
	set := func(change func(*analysis.Outcome)) state.Msg {
		next := o
		change(&next)
		return state.SetOutcome{Outcome: next}
	}
	closed := view
	closed.Edited = ""
	fields := []app.UI{
		v.textField("f-o-label", "Printed as", o.Label, o, func(s string) state.Msg { return set(func(o *analysis.Outcome) { o.Label = s }) }),
		v.selectField("f-o-kind", "Kind", kindOf(o), kindNames, o, func(s string) state.Msg {
			return set(func(o *analysis.Outcome) { o.Kind = analysis.Kind(s) })
		}),
		v.selectField("f-o-better", "Better", o.Better, []option{{"", "not said"}, {"lower", "lower"}, {"higher", "higher"}}, o,
			func(s string) state.Msg { return set(func(o *analysis.Outcome) { o.Better = s }) }),
	}
	switch {
	case o.Is(analysis.Binary):
		fields = append(fields, v.eventField(p, o, set))
	case o.Is(analysis.Ordinal):
		fields = append(fields, v.levelsField(p, o, set))
	default:
		fields = append(fields, v.numberField("f-o-decimals", "Decimals", "", o.Decimals, o, func(n int) state.Msg { return set(func(o *analysis.Outcome) { o.Decimals = n }) }),
			v.textField("f-o-important", "Important change", importantText(o), o, func(s string) state.Msg {
				x, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(s), ",", ".", 1), 64)
				if strings.TrimSpace(s) == "" {
					x, err = 0, nil
				}
				if err != nil {
					return state.BadInput{Label: "Important change", Text: s, Want: "a number"}
				}
				return set(func(o *analysis.Outcome) { o.Important = x })
			}))
	}
	body := []app.UI{app.H2().Text(o.Label), app.Div().Class("inline").Body(fields...), v.analysedVisits(p, o, set)}
	if !o.Logit() && o.Important > 0 {
		body = append(body, app.Label().Class("check").Body(
			app.Input().Type("checkbox").ID("f-o-responders").Checked(o.Responders).OnChange(v.checked(o, func(on bool) state.Msg { return set(func(o *analysis.Outcome) { o.Responders = on }) })),
			app.Span().Text("Add those who improved by the important change or more to Table 4")))
	}
	body = append(body, v.ownModel(p, o, set), app.P().Class("actions").Body(
		app.Label().Class("check").Body(app.Input().Type("checkbox").ID("f-o-chosen").Checked(o.Chosen).OnChange(v.checked(o, func(on bool) state.Msg {
			return state.ToggleOutcome{Variable: o.Variable, On: on}
		})), app.Span().Text("In a table")),
		v.button("tight", "Close", state.SetOutcomeView{View: closed})))
	return app.Div().Class("receipt").ID("outcome-form").Body(body...)
}

func importantText(o analysis.Outcome) string {
	if o.Important == 0 {
		return ""
	}
	return strconv.FormatFloat(o.Important, 'g', 6, 64)
}

// textField is a labelled line of text.
func (v view) textField(id, label, value string, key any, make func(string) state.Msg) app.UI {
	return app.Div().Class("field").Body(app.Label().For(id).Text(label),
		app.Input().ID(id).Value(value).OnChange(v.input([]any{id, key}, make)))
}

// eventField names the value that counts.
func (v view) eventField(p *state.Project, o analysis.Outcome, set func(func(*analysis.Outcome)) state.Msg) app.UI {
	options := []option{{"", "the second of two"}}
	for _, s := range analysis.Values(p.Trial, o.Variable) {
		options = append(options, option{s, s})
	}
	return v.selectField("f-o-event", "Event", o.Event, options, o, func(s string) state.Msg { return set(func(o *analysis.Outcome) { o.Event = s }) })
}

// levelsField puts the words of an ordinal outcome in order; numbers are in
// theirs.
func (v view) levelsField(p *state.Project, o analysis.Outcome, set func(func(*analysis.Outcome)) state.Msg) app.UI {
	values := o.Levels
	if len(values) == 0 {
		values = analysis.Values(p.Trial, o.Variable)
	}
	if variable := p.Trial.Variable(o.Variable); variable == nil || !variable.Words {
		return app.Div().Class("field").Body(app.Span().Class("label").Text("Categories"), app.Span().Text(strings.Join(values, " < ")))
	}
	return v.textField("f-o-levels", "Categories, lowest first", strings.Join(values, ", "), o, func(s string) state.Msg {
		var levels []string
		for part := range strings.SplitSeq(s, ",") {
			if part = strings.TrimSpace(part); part != "" {
				levels = append(levels, part)
			}
		}
		return set(func(o *analysis.Outcome) { o.Levels = levels })
	})
}

// analysedVisits chooses the visits that are analysed.
func (v view) analysedVisits(p *state.Project, o analysis.Outcome, set func(func(*analysis.Outcome)) state.Msg) app.UI {
	var boxes []app.UI
	for _, visit := range p.Trial.Visits {
		on := len(o.Visits) == 0
		for _, code := range o.Visits {
			on = on || code == visit.Code
		}
		boxes = append(boxes, app.Label().Class("check").Body(
			app.Input().Type("checkbox").ID("f-o-visit-"+visit.Code).Checked(on).OnChange(v.checked([]any{visit.Code, o}, func(on bool) state.Msg {
				return set(func(o *analysis.Outcome) { o.Visits = withVisit(p.Trial.Visits, o.Visits, visit.Code, on) })
			})), app.Span().Text(visit.Label)))
	}
	return app.FieldSet().Class("field").Body(app.Legend().Text("Visits analysed, where it was answered"), app.Div().Class("inline").Body(boxes...))
}

// withVisit is the list of visits with one more or one less; all of them is
// none named.
func withVisit(all []trial.Visit, chosen []string, code string, on bool) []string {
	var out []string
	for _, v := range all {
		have := len(chosen) == 0
		for _, c := range chosen {
			have = have || c == v.Code
		}
		if v.Code == code {
			have = on
		}
		if have {
			out = append(out, v.Code)
		}
	}
	if len(out) == len(all) {
		return nil
	}
	return out
}

// ownModel is what this outcome has otherwise than the trial.
func (v view) ownModel(p *state.Project, o analysis.Outcome, set func(func(*analysis.Outcome)) state.Msg) app.UI {
	own := func(change func(*analysis.Own)) state.Msg {
		return set(func(o *analysis.Outcome) { change(&o.Own) })
	}
	usual := option{"", "as the trial"}
	var fields []app.UI
	if o.Logit() {
		value := integrationOf(analysis.Options{Integration: o.Own.Integration, Nodes: o.Own.Nodes})
		fields = append(fields, v.selectField("f-o-integration", "Integration", value, append([]option{usual}, integrations[1:]...), o, func(s string) state.Msg {
			return own(func(w *analysis.Own) { w.Integration, w.Nodes = integrationFrom(s) })
		}))
	} else {
		fields = append(fields, v.selectField("f-o-model", "Model", o.Own.Model, append([]option{usual}, choices(analysis.Models)...), o, func(s string) state.Msg {
			return own(func(w *analysis.Own) { w.Model = s })
		}), v.selectField("f-o-method", "Estimation", o.Own.Method, []option{usual, {"ml", "ML"}, {"reml", "REML"}}, o, func(s string) state.Msg {
			return own(func(w *analysis.Own) { w.Method = s })
		}))
	}
	fields = append(fields, v.selectField("f-o-baseline", "Baseline", o.Own.Baseline, []option{usual, {"outcome", "In the outcome vector"}, {"clda", "Constrained (cLDA)"}, {"ancova", "As a covariate (ANCOVA)"}}, o, func(s string) state.Msg {
		return own(func(w *analysis.Own) { w.Baseline = s })
	}))
	return app.Details().Body(app.Summary().Text("Own model and covariates"), app.Div().Class("inline").Body(fields...), v.ownCovariates(p, o, own))
}

// ownCovariates replaces the trial's covariates for one outcome.
func (v view) ownCovariates(p *state.Project, o analysis.Outcome, own func(func(*analysis.Own)) state.Msg) app.UI {
	body := []app.UI{app.Label().Class("check").Body(
		app.Input().Type("checkbox").ID("f-o-owncov").Checked(o.Own.OwnCovariates).OnChange(v.checked(o, func(on bool) state.Msg {
			return own(func(w *analysis.Own) {
				w.OwnCovariates, w.Covariates = on, nil
				if on {
					w.Covariates = append(w.Covariates, p.Recipe.Mapping.Covariates...)
				}
			})
		})), app.Span().Text("Own covariates"))}
	if !o.Own.OwnCovariates {
		return app.Div().Class("field").Body(body...)
	}
	var chips []app.UI
	for i, c := range o.Own.Covariates {
		name := covariateName(c)
		chips = append(chips, app.Li().Class("chip").Body(app.Text(name), app.Button().Type("button").Aria("label", "Remove "+name).Text("×").OnClick(v.on(own(func(w *analysis.Own) {
			w.Covariates = append(append([]trial.Covariate(nil), w.Covariates[:i]...), w.Covariates[i+1:]...)
		})))))
	}
	add := v.selectBox("f-o-addcov", "Add a covariate", "", covariateChoicesBut(p, o.Own.Covariates), o, func(s string) state.Msg {
		if s == "" {
			return nil
		}
		kind, column, _ := strings.Cut(s, ":")
		return own(func(w *analysis.Own) {
			w.Covariates = append(append([]trial.Covariate(nil), w.Covariates...), trial.Covariate{Column: column, Factor: strings.Contains(kind, "factor"), Baseline: strings.Contains(kind, "base")})
		})
	})
	return app.Div().Class("field").Body(append(body, app.Ul().Class("chips").Body(chips...), add)...)
}

// integration says how a logit model was integrated, and how sure that is.
func integration(o *analysis.OutcomeResult) app.UI {
	l := o.Logit
	if l == nil {
		return app.Text("")
	}
	text := fmt.Sprintf("Adaptive Gauss-Hermite quadrature, %d points a unit and %d a patient, checked with %d: the largest change is %s of a standard error.", l.UnitNodes, l.Nodes, l.CheckNodes, report.Number(l.Change, 4))
	if l.Laplace {
		text = "Laplace’s approximation, which understates variances between patients where these have few answers; Stata’s melogit and meologit use quadrature."
	}
	return app.P().Class("small").Text(text)
}
