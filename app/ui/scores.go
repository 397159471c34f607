package ui

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/instrument"
	"trialbox/app/report"
	"trialbox/app/state"
	"trialbox/app/trial"
)

func (v view) scores() []app.UI {
	title := head("Scores", "Instruments found by their column names. Choose a patient for the receipt of a score.", screenLink("primary", "Go to Outcomes", state.Outcomes))
	p := v.m.Project
	switch {
	case p == nil:
		return []app.UI{head("Scores", "Instruments found by their column names."), nothing("There are no data yet. Open the example or your own CSV first.", screenLink("primary", "Go to Start", state.Start))}
	case len(p.Recipe.Mapping.Instruments) == 0:
		return []app.UI{title, nothing("No instrument was recognised by its column names. Columns that already hold scores can be used as outcomes as they are.", screenLink("", "Give columns the role Outcome", state.Data))}
	}
	body := []app.UI{title}
	for _, q := range p.Questions {
		body = append(body, v.question(p, q))
	}
	body = append(body, v.instrumentTable(p))
	if p.Trial != nil {
		body = append(body, v.receipt(p)...)
	}
	return body
}

// question is something the data cannot answer; it is asked and stays
// changeable.
func (v view) question(p *state.Project, q state.Question) app.UI {
	options := []option{{"", "choose"}}
	for _, c := range q.Choices {
		options = append(options, option{c.Value, c.Label})
	}
	kind, icon, lead := "warn", iconWarn, "Please say: "
	if q.Answer != "" {
		kind, icon, lead = "ok", iconDone, "Answered: "
	}
	return app.Div().Class("banner "+kind).Body(
		app.Raw(icon),
		app.P().Body(app.B().Text(lead), app.Text(q.Text+" "+q.Why)),
		app.P().Class("actions").Body(v.selectBox("q-"+q.Instrument+"-"+q.Item, q.Text, q.Answer, options, q, func(s string) state.Msg {
			return state.SetCoding{Instrument: q.Instrument, Item: q.Item, Coding: s}
		})),
	)
}

func (v view) instrumentTable(p *state.Project) app.UI {
	var rows []app.UI
	for _, u := range p.Recipe.Mapping.Instruments {
		if d, ok := instrument.Lookup(u.Instrument); ok {
			rows = append(rows, v.instrumentRow(p, u, d))
		}
	}
	return region("Instruments", app.Table().Class("jt still").ID("instruments").Body(
		app.Caption().Body(app.Span().Class("cap").Body(app.B().Text("Instruments."), app.Text(" Rows scored and rows without a score; items are shown by number, never by wording."))),
		app.THead().Body(app.Tr().Body(th("Instrument"), th("Items"), th("Range"), app.Th().Scope("col").Class("n").Text("Scored"), app.Th().Scope("col").Class("n").Text("No score"), th("Missing answers"), th("State"))),
		app.TBody().Body(rows...)))
}

func (v view) instrumentRow(p *state.Project, u trial.Use, d *instrument.Definition) app.UI {
	scored, missing := "", ""
	scale := mainScale(u, d)
	if p.Trial != nil {
		if vr := p.Trial.Variable(scale.Variable); vr != nil {
			have := 0
			for _, x := range vr.Num {
				if !math.IsNaN(x) {
					have++
				}
			}
			scored, missing = report.Count(have), report.Count(p.Trial.Rows-have)
		}
	}
	stateTag := tag("good", iconDone, "scored")
	for _, q := range p.Unanswered() {
		if q.Instrument == u.Instrument {
			stateTag, scored, missing = tag("warn", iconWarn, "waits for your answer"), "", ""
		}
	}
	return app.Tr().Body(
		app.Th().Scope("row").Body(
			app.Button().Type("button").Class("aslink").Text(d.Name).OnClick(v.on(state.SetScoreView{View: state.ScoreView{Instrument: u.Instrument, Row: p.Scoring.Row}}))),
		app.Td().Class("c").Text(strconv.Itoa(len(d.Items))),
		app.Td().Class("c").Text(rangeWords(scale)),
		app.Td().Class("n").Text(scored),
		app.Td().Class("n").Text(missing),
		app.Td().Text(scale.Missing),
		app.Td().Class("c").Body(stateTag),
	)
}

// mainScale is the scale an instrument is known by, under the settings in use.
func mainScale(u trial.Use, d *instrument.Definition) instrument.Scale {
	scales := d.Scales()
	if scorer, err := d.NewScorer(instrument.Settings{Items: u.Items, Coding: u.Coding, Policy: u.Policy, Set: u.Set}); err == nil {
		scales = scorer.Scales()
	}
	for _, s := range scales {
		if s.Kind == instrument.Number && !s.Alternative {
			return s
		}
	}
	return scales[0]
}

func rangeWords(s instrument.Scale) string {
	if s.Max <= s.Min {
		return s.Set
	}
	return report.Number(s.Min, plainDecimals(s.Min)) + "–" + report.Number(s.Max, plainDecimals(s.Max))
}

func plainDecimals(x float64) int {
	switch {
	case x == math.Trunc(x):
		return 0
	case x*10 == math.Trunc(x*10):
		return 1
	}
	return 3
}

// receipt tells how the chosen instrument's score of one row came about.
func (v view) receipt(p *state.Project) []app.UI {
	view := p.Scoring
	if view.Instrument == "" {
		view.Instrument = p.Recipe.Mapping.Instruments[0].Instrument
	}
	d, ok := instrument.Lookup(view.Instrument)
	if !ok || p.Trial.Rows == 0 {
		return nil
	}
	view.Row = min(max(view.Row, 0), p.Trial.Rows-1)
	receipt, err := p.Trial.Receipt(view.Instrument, view.Row)
	if err != nil {
		return []app.UI{app.H2().Text("Receipts: " + d.Short), app.P().Class("soft").Text(err.Error())}
	}
	return []app.UI{
		app.H2().Text("Receipts: " + d.Short),
		app.Div().Class("split").Body(v.scoringOptions(p, d, view), app.Div().Class("results").Body(v.receiptOf(p, receipt, view))),
	}
}

func (v view) scoringOptions(p *state.Project, d *instrument.Definition, view state.ScoreView) app.UI {
	var use trial.Use
	var choices []option
	for _, u := range p.Recipe.Mapping.Instruments {
		if u.Instrument == view.Instrument {
			use = u
		}
		if other, ok := instrument.Lookup(u.Instrument); ok {
			choices = append(choices, option{u.Instrument, other.Short})
		}
	}
	body := []app.UI{
		app.Summary().Text(d.Short),
		app.H2().Text(d.Short),
		v.selectField("f-instrument", "Instrument", view.Instrument, choices, view, func(s string) state.Msg {
			return state.SetScoreView{View: state.ScoreView{Instrument: s, Row: view.Row}}
		}),
		v.rowField(p, view),
	}
	for _, key := range d.PolicyKeys() {
		body = append(body, v.policyField("", d, key, use.Policy[key], func(rule string) state.Msg {
			return state.SetPolicy{Instrument: use.Instrument, Scale: key, Rule: rule}
		}))
	}
	if usual, sets := d.Sets(); len(sets) > 0 {
		if use.Set != "" {
			usual = use.Set
		}
		body = append(body, v.selectField("f-set", "Value set", usual, setOptions(sets), use, func(s string) state.Msg {
			return state.SetValueSet{Instrument: use.Instrument, Set: s}
		}))
	}
	body = append(body,
		app.P().Class("small soft").Text("Columns: "+columnWords(use.Items)),
		v.button("quiet tight", "Do not score this instrument", state.ToggleInstrument{Instrument: use.Instrument}))
	return app.Details().Class("options").Body(body...)
}

func columnWords(items []string) string {
	if len(items) > 3 {
		return items[0] + " … " + items[len(items)-1]
	}
	return strings.Join(items, ", ")
}

// policyField says what becomes of a score when items are blank. Every rule the
// scale can take is in the menu, so that none has to be written.
func (v view) policyField(prefix string, d *instrument.Definition, key, rule string, send func(rule string) state.Msg) app.UI {
	s := scaleOfKey(d, key)
	n := len(s.Items)
	options := []option{{"", "as published: " + s.Missing}, {instrument.Complete, "all needed"}}
	for k := n - 1; k >= (n+1)/2; k-- {
		options = append(options, policyOption(instrument.Prorate, k, n))
	}
	for k := n - 1; k >= 1 && yesNo(d, s); k-- {
		options = append(options, policyOption(instrument.BlankAsNo, k, n))
	}
	if p, err := instrument.ParsePolicy(rule, n); rule != "" && err == nil && !slices.ContainsFunc(options, func(o option) bool { return o.value == p.String() }) {
		options = append(options, policyOption(p.Rule, p.Min, n))
		rule = p.String()
	} else if err == nil {
		rule = p.String()
	}
	label := "Blank items"
	if len(d.PolicyKeys()) > 1 {
		label += ", " + s.Label
	}
	return v.selectField(prefix+"f-policy-"+key, label, rule, options, d.ID+key, send)
}

func policyOption(rule string, k, n int) option {
	p := instrument.Policy{Rule: rule, Min: k}
	return option{p.String(), p.Words(n)}
}

// scaleOfKey is the scale a policy key speaks of.
func scaleOfKey(d *instrument.Definition, key string) instrument.Scale {
	scales := d.Scales()
	for _, s := range scales {
		if d.ID+"_"+s.Name == key {
			return s
		}
	}
	for _, s := range scales {
		if len(s.Items) > 1 {
			return s
		}
	}
	return scales[0]
}

func yesNo(d *instrument.Definition, s instrument.Scale) bool {
	return !slices.ContainsFunc(s.Items, func(n int) bool { return d.Items[n-1].Min != 0 || d.Items[n-1].Max != 1 })
}

func setOptions(sets []string) []option {
	var out []option
	for _, s := range sets {
		out = append(out, option{s, strings.ReplaceAll(s, "_", " ")})
	}
	return out
}

// rowField chooses a patient's visit, by typing the patient or stepping.
func (v view) rowField(p *state.Project, view state.ScoreView) app.UI {
	t := p.Trial
	next, back := view, view
	next.Row, back.Row = min(view.Row+1, t.Rows-1), max(view.Row-1, 0)
	return app.Div().Class("field").Body(
		app.Label().For("f-patient").Text("Patient"),
		app.Input().ID("f-patient").Value(t.Patients[t.Patient[view.Row]]).OnChange(v.input(fmt.Sprintf("patient %v", view), func(s string) state.Msg {
			for i := range t.Rows {
				if strings.EqualFold(t.Patients[t.Patient[i]], strings.TrimSpace(s)) {
					return state.SetScoreView{View: state.ScoreView{Instrument: view.Instrument, Row: i}}
				}
			}
			return state.BadPatient{Text: s}
		})),
		app.Span().Class("actions").Body(
			v.button("tight", "Previous", state.SetScoreView{View: back}),
			v.button("tight", "Next", state.SetScoreView{View: next})),
	)
}

func (v view) receiptOf(p *state.Project, r instrument.Receipt, view state.ScoreView) app.UI {
	t := p.Trial
	return app.Article().Class("receipt").ID("receipt").Body(
		app.H3().Text(fmt.Sprintf("%s, %s, line %d", t.Patients[t.Patient[view.Row]], t.Visits[t.Visit[view.Row]].Label, t.Line[view.Row])),
		v.receiptBody(r))
}

// receiptBody is how the scores of one row came about: its answers, then a
// part for each scale.
func (v view) receiptBody(r instrument.Receipt) app.UI {
	var answers []app.UI
	for _, a := range r.Answers {
		class, text := "", a.Entered
		if a.Entered == "" {
			class, text = "blank", "–"
		}
		if a.Bad {
			class = "cell-bad"
		}
		answers = append(answers, app.Li().Class(class).Body(app.Small().Text(strconv.Itoa(a.Number)), app.Text(text)))
	}
	body := []app.UI{app.Ol().Class("items").Aria("label", "Answers by item").Body(answers...)}
	if r.Why != "" { // the same for every scale
		return app.Div().Class("receipt-body").Body(append(body, app.P().Class("flag").Body(app.Raw(iconBad), app.Text(r.Why)))...)
	}
	for _, s := range r.Scales {
		if !s.Scale.Alternative {
			body = append(body, scaleReceipt(s)...)
		}
	}
	return app.Div().Class("receipt-body").Body(body...)
}

func scaleReceipt(s instrument.ScaleReceipt) []app.UI {
	var steps []app.UI
	for _, step := range s.Steps {
		steps = append(steps, app.Li().Text(step))
	}
	sum := app.P().Class("sum").Body(app.Text(s.Scale.Label+": "+s.Score+" "), app.Span().Class("soft").Text(s.Band))
	if s.Score == "" {
		sum = app.P().Class("sum").Body(app.Text(s.Scale.Label+": no score. "), app.Span().Class("soft").Text(s.Why))
	}
	pairs := [][2]app.UI{pair("Rule", s.Rule), pair("Missing", s.Missing)}
	for _, extra := range [][2]string{{"Table", s.TableRow}, {"Important", s.Important}, {"Source", s.Source}} {
		if extra[1] != "" {
			pairs = append(pairs, pair(extra[0], extra[1]))
		}
	}
	return []app.UI{app.Ol().Body(steps...), sum, app.Div().Class("small").Body(kv(pairs...))}
}
