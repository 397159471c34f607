package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/instrument"
	"trialbox/app/report"
	"trialbox/app/state"
	"trialbox/app/trial"
)

// chosen is the instrument whose part is shown: the first until one is chosen.
func chosen(p *state.Project) string {
	list := p.Recipe.Mapping.Instruments
	if slices.ContainsFunc(list, func(u trial.Use) bool { return u.Instrument == p.Scoring.Instrument }) {
		return p.Scoring.Instrument
	}
	return list[0].Instrument
}

// instrumentPart is one instrument: receipts, columns, settings, visits.
func (v view) instrumentPart(p *state.Project) []app.UI {
	view := p.Scoring
	view.Instrument = chosen(p)
	i := slices.IndexFunc(p.Recipe.Mapping.Instruments, func(u trial.Use) bool { return u.Instrument == view.Instrument })
	use := p.Recipe.Mapping.Instruments[i]
	d, ok := p.Library().Get(view.Instrument)
	if !ok {
		return nil
	}
	if view.Tab == "" {
		view.Tab = "receipt"
	}
	var tabs []tab
	for _, o := range []option{{"receipt", "Receipts"}, {"columns", "Columns"}, {"settings", "Settings"}, {"visits", "By visit"}} {
		tabs = append(tabs, tab{o.value, o.label, "", state.SetScoreView{View: view.At(view.Instrument, view.Row, o.value)}})
	}
	out := []app.UI{app.H2().ID("instrument-title").TabIndex(-1).Text(d.Name), v.tabs("Views of "+d.Short, view.Tab, tabs)}
	switch view.Tab {
	case "columns":
		return append(out, v.columnsOf(p, use, d)...)
	case "settings":
		return append(out, v.settingsOf(p, use, d)...)
	case "visits":
		return append(out, v.byVisit(p, use)...)
	}
	return append(out, v.receipts(p, d, view)...)
}

// receipts tell how the instrument's score of one row came about.
func (v view) receipts(p *state.Project, d *instrument.Definition, view state.ScoreView) []app.UI {
	if p.Trial == nil || p.Trial.Rows == 0 {
		return []app.UI{app.P().Class("soft").Text("There is no trial yet: " + p.TrialErr)}
	}
	view.Row = min(max(view.Row, 0), p.Trial.Rows-1)
	receipt, err := p.Trial.Receipt(view.Instrument, view.Row)
	if err != nil {
		return []app.UI{app.P().Class("soft").Text(err.Error() + ".")}
	}
	return []app.UI{v.walk(p, d, view), v.receiptOf(p, receipt, view)}
}

// walk goes from patient to patient, and between the visits of one.
func (v view) walk(p *state.Project, d *instrument.Definition, view state.ScoreView) app.UI {
	t := p.Trial
	var visits []app.UI
	for _, row := range state.RowsOf(t, t.Patient[view.Row]) {
		b := app.Button().Type("button").Class("btn tight").Text(t.Visits[t.Visit[row]].Label).OnClick(v.on(state.SetScoreView{View: view.At(view.Instrument, row, "receipt")}))
		if row == view.Row {
			b = b.Class("on").Aria("current", "true")
		}
		visits = append(visits, b)
	}
	main := mainScale(trial.Use{}, d)
	return app.Div().Class("walk").Body(
		app.Div().Class("field").Body(
			app.Label().For("f-patient").Text("Patient"),
			app.Input().ID("f-patient").Type("search").AutoComplete(false).Value(t.Patients[t.Patient[view.Row]]).OnChange(v.input("patient", func(s string) state.Msg { return state.FindPatient{Text: s} }))),
		app.P().Class("actions").Body(
			v.button("tight", "Previous patient", state.StepPatient{By: -1}),
			v.button("tight", "Next patient", state.StepPatient{By: 1}),
			v.button("tight quiet", "Next without a score", state.StepUnscored{Scale: main.Variable})),
		app.P().Class("actions").Role("group").Aria("label", "Visit").Body(visits...))
}

func (v view) receiptOf(p *state.Project, r instrument.Receipt, view state.ScoreView) app.UI {
	t := p.Trial
	var columns []string
	for _, a := range r.Answers {
		if a.Column != "" && !slices.Contains(columns, a.Column) {
			columns = append(columns, a.Column)
		}
	}
	return app.Article().Class("receipt").ID("receipt").Body(
		app.H3().Text(fmt.Sprintf("%s, %s, line %d", t.Patients[t.Patient[view.Row]], t.Visits[t.Visit[view.Row]].Label, t.Line[view.Row])),
		v.receiptBody(r),
		app.P().Class("small soft").Text(fmt.Sprintf("From line %d of %s, %s; %s, definition version %s.", t.Line[view.Row], p.Dataset.Name, columnWords(columns), r.Name, r.Version)))
}

func columnWords(items []string) string {
	if len(items) > 3 {
		return fmt.Sprintf("columns %s … %s", items[0], items[len(items)-1])
	}
	return "columns " + strings.Join(items, ", ")
}

// receiptBody is how the scores of one row came about: its answers, what was
// turned round or recoded, then a part for each scale.
func (v view) receiptBody(r instrument.Receipt) app.UI {
	var answers, changes []app.UI
	for _, a := range r.Answers {
		class, text := "", a.Entered
		if a.Entered == "" {
			class, text = "blank", "–"
		}
		if a.Bad {
			class = "cell-bad"
		}
		answers = append(answers, app.Li().Class(class).Title(a.Column).Body(app.Small().Text(strconv.Itoa(a.Number)), app.Text(text)))
		if a.Change != "" {
			changes = append(changes, app.Li().Text(fmt.Sprintf("Item %d, %s", a.Number, a.Change)))
		}
	}
	body := []app.UI{app.Ol().Class("items").Aria("label", "Answers by item").Body(answers...)}
	if r.Why != "" { // the same for every scale
		return app.Div().Class("receipt-body").Body(append(body, app.P().Class("flag").Body(app.Raw(iconBad), app.Text(r.Why)))...)
	}
	if len(changes) > 0 {
		body = append(body, app.Ul().Class("changes").Aria("label", "Answers turned round or recoded").Body(changes...))
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

// byVisit is what the picture shows, in numbers.
func (v view) byVisit(p *state.Project, use trial.Use) []app.UI {
	summary, ok := p.Summary(use.Instrument)
	if !ok {
		return []app.UI{app.P().Class("soft").Text("Nothing is scored yet.")}
	}
	return []app.UI{v.visitTable(p.Trial, summary, true)}
}

// visitTable is a summary by scale and visit; links lead to receipts.
func (v view) visitTable(t *trial.Trial, summary trial.Summary, links bool) app.UI {
	var rows []app.UI
	for _, s := range summary.Scales {
		if s.Scale.Alternative {
			continue
		}
		rows = append(rows, app.Tr().Class("g").Body(app.Th().Scope("rowgroup").ColSpan(9).Text(s.Scale.Label)))
		for k, visit := range s.Visits {
			rows = append(rows, v.visitRow(s, visit, t.Visits[k].Label, links))
		}
	}
	return region("By visit", app.Table().Class("jt still").ID("by-visit").Body(
		app.THead().Body(app.Tr().Body(th("Visit"), thn("Rows"), thn("Scored"), thn("Mean (SD)"),
			thn("Median"), thn("Lowest–highest"), thn("α (n)"), th("Categories, "+t.Arms[1]+" and "+t.Arms[0]), th("No score"))),
		app.TBody().Body(rows...)))
}

func (v view) visitRow(s trial.ScaleSummary, visit trial.VisitSummary, label string, links bool) app.UI {
	name := app.Th().Scope("row").Text(label)
	if !visit.Asked {
		return app.Tr().Class("in").Body(name, td("n", report.Count(visit.Rows)), app.Td().Class("why").ColSpan(7).Text("not asked"))
	}
	d := s.Scale.Decimals
	var why []app.UI
	for _, m := range visit.Missing {
		text := fmt.Sprintf("%d %s ", m.N, m.Why)
		if links && len(m.Rows) > 0 {
			why = append(why, app.Button().Type("button").Class("aslink").Text(text).OnClick(v.on(state.ShowScores{View: v.m.Project.Scoring.At(s.Scale.Instrument, int(m.Rows[0]), "receipt")})))
		} else {
			why = append(why, app.Text(text))
		}
	}
	mean, median, span, alpha := "", "", "", ""
	if visit.Scored > 0 && s.Edges != nil && s.Scale.Kind == instrument.Number {
		mean = report.Number(visit.Mean, d) + " (" + report.Number(visit.SD, d) + ")"
		median, span = report.Number(visit.Median, d), report.Number(visit.Low, d)+"–"+report.Number(visit.High, d)
	}
	if visit.Alpha == visit.Alpha {
		alpha = fmt.Sprintf("%s (%d)", report.Number(visit.Alpha, 2), visit.AlphaN)
	}
	return app.Tr().Class("in").Body(name, td("n", report.Count(visit.Rows)), td("n", report.Count(visit.Scored)),
		td("n", mean), td("n", median), td("n", span), td("n", alpha),
		td("bands", armBands(s.Scale, visit)), app.Td().Class("bands").Body(why...))
}

// armBands are the counts of each category, intervention first.
func armBands(s instrument.Scale, visit trial.VisitSummary) string {
	if visit.Bands[0] == nil {
		return ""
	}
	var parts []string
	for i, label := range bandLabels(s) {
		parts = append(parts, fmt.Sprintf("%s %d and %d", label, visit.Bands[1][i], visit.Bands[0][i]))
	}
	return strings.Join(parts, ", ")
}

// settingsOf are the rules in use: what blank items do, how answers are held,
// which value set, where categories begin.
func (v view) settingsOf(p *state.Project, use trial.Use, d *instrument.Definition) []app.UI {
	var fields []app.UI
	for _, key := range d.PolicyKeys() {
		fields = append(fields, v.policyField("", d, key, use.Policy[key], func(rule string) state.Msg {
			return state.SetPolicy{Instrument: use.Instrument, Scale: key, Rule: rule}
		}))
	}
	if blankAsNo(use) {
		fields = append(fields, v.returnedField(p, use))
	}
	if usual, sets := d.Sets(); len(sets) > 0 {
		if use.Set != "" {
			usual = use.Set
		}
		fields = append(fields, v.selectField("f-set", "Value set", usual, setOptions(sets), use.Instrument, func(s string) state.Msg {
			return state.SetValueSet{Instrument: use.Instrument, Set: s}
		}))
	}
	keys, bounds := d.CutKeys()
	for i, key := range keys {
		fields = append(fields, app.Div().Class("field").Body(
			app.Label().For("f-cut-"+key).Text("Categories begin at, "+key),
			app.Input().ID("f-cut-"+key).Class("mono").Placeholder(bounds[i]).Value(use.Cuts[key]).OnChange(v.input("cut"+key, func(s string) state.Msg {
				return state.SetCut{Instrument: use.Instrument, Scale: key, Bounds: strings.TrimSpace(s)}
			})),
			app.Span().Class("hint").Text("A number for each category after the first; >20 begins above 20. Empty: "+bounds[i])))
	}
	fields = append(fields, v.codingFields(use, d)...)
	about := [][2]app.UI{pair("Scores", scaleWords(d)), pair("Licence", d.Licence), pair("Version", d.Version)}
	for _, s := range d.Sources {
		about = append(about, pair(s.For, s.Cite+" ("+s.Basis+")"))
	}
	if d.Note != "" {
		about = append(about, pair("Note", d.Note))
	}
	if p.Library().Own(d.ID) {
		fields = append(fields, v.button("tight", "Edit the definition", state.OwnOpen{ID: d.ID}))
	}
	return []app.UI{app.Div().Class("two").Body(
		app.Div().ID("settings").Body(append(fields, v.button("quiet tight", "Do not score this instrument", state.ToggleInstrument{Instrument: use.Instrument}))...),
		app.Div().Body(kv(about...)))}
}

func blankAsNo(use trial.Use) bool {
	for _, rule := range use.Policy {
		if strings.HasPrefix(rule, instrument.BlankAsNo) {
			return true
		}
	}
	return use.Returned != ""
}

// returnedField names the column that says which forms came back: without one,
// a blank counts as no where enough items are answered.
func (v view) returnedField(p *state.Project, use trial.Use) app.UI {
	options := []option{{"", "not known; by the number of answers"}}
	for i, c := range p.ItemColumns() {
		if i < menuColumns || c == use.Returned {
			options = append(options, option{c, c})
		}
	}
	return v.selectField("f-returned", "Column that says the form came back", use.Returned, options, use.Instrument, func(s string) state.Msg {
		return state.SetReturned{Instrument: use.Instrument, Column: s}
	})
}

func scaleWords(d *instrument.Definition) string {
	var parts []string
	for _, s := range d.Scales() {
		if !s.Alternative {
			parts = append(parts, s.Label+": "+s.Rule)
		}
	}
	return strings.Join(parts, "; ")
}

// codingFields say how the file holds the answers: of all items, or of those
// that are held in several ways.
func (v view) codingFields(use trial.Use, d *instrument.Definition) []app.UI {
	var fields []app.UI
	if low, high, alike := alikeItems(d); alike {
		own := fmt.Sprintf("%d-%d", low, high)
		options := []option{{"", own + ", as the instrument has them"}}
		for _, by := range []int{1, -1, 2} {
			if low+by >= 0 {
				name := fmt.Sprintf("%d-%d", low+by, high+by)
				options = append(options, option{name, name})
			}
		}
		if c := use.Coding[d.ID]; c != "" && !slices.ContainsFunc(options, func(o option) bool { return o.value == c }) {
			options = append(options, option{c, c})
		}
		fields = append(fields, v.selectField("f-coding", "The file holds the answers as", use.Coding[d.ID], options, use.Instrument, func(s string) state.Msg {
			return state.SetCoding{Instrument: use.Instrument, Item: d.ID, Coding: s}
		}))
	}
	for i, it := range d.Items {
		if len(it.Codings) > 1 && i < len(use.Items) && use.Items[i] != "" {
			fields = append(fields, v.selectField("f-coding-"+it.Column, fmt.Sprintf("Item %d (%s) holds", it.Number, use.Items[i]), use.Coding[it.Column], append([]option{{"", "as the instrument has it"}}, codingOptions(it)...), use.Instrument, func(s string) state.Msg {
				return state.SetCoding{Instrument: use.Instrument, Item: it.Column, Coding: s}
			}))
		}
	}
	return fields
}

// alikeItems is the range of the items when they have one and the same.
func alikeItems(d *instrument.Definition) (low, high int, alike bool) {
	first := d.Items[0]
	for _, it := range d.Items {
		if it.Min != first.Min || it.Max != first.Max || !it.Integer || it.Codes != nil || it.Codings != nil || it.Values != nil {
			return 0, 0, false
		}
	}
	return int(first.Min), int(first.Max), true
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
