package ui

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/analysis"
	"trialbox/app/report"
	"trialbox/app/state"
)

func (v view) flow() []app.UI {
	const lead = "CONSORT chart for cluster trials, counted from the same rows as the tables."
	p := v.m.Project
	switch {
	case p == nil:
		return []app.UI{head("Flow", lead), nothing("There is no trial yet. Open the example or your own CSV first.", screenLink("primary", "Go to Start", state.Start))}
	case p.Trial == nil:
		return []app.UI{head("Flow", lead), nothing("The columns do not make a trial yet: "+p.TrialErr, screenLink("primary", "Give the columns their roles", state.Data))}
	}
	edit := "Edit the words"
	if p.Flowing.Editing {
		edit = "Done with the words"
	}
	return []app.UI{
		head("Flow", lead, v.undoRedo(p), v.button("", edit, state.SetFlowView{View: state.FlowView{Editing: !p.Flowing.Editing}})),
		app.Div().Class("split").Body(v.flowOptions(p), app.Div().Class("results").Body(v.flowResults(p)...)),
	}
}

// notesOf are the typed parts of the chart; the zero ones where nothing was
// typed.
func notesOf(p *state.Project) analysis.FlowNotes {
	if p.Recipe.Flow == nil {
		return analysis.FlowNotes{}
	}
	return *p.Recipe.Flow
}

func (v view) flowOptions(p *state.Project) app.UI {
	n, f := notesOf(p), p.Flow()
	counts := "units and people"
	if n.PeopleOnly {
		counts = "people"
	}
	arm := [2]string{f.Arms[0], f.Arms[1]}
	body := []app.UI{
		app.Summary().Text("Options"),
		app.H2().Text("Options"),
		v.segmented("flow-counts", "In each box", counts, []option{{"units and people", "Units and people"}, {"people", "People"}}, n.PeopleOnly, func(s string) state.Msg {
			return state.SetFlow{Name: "people_only", Value: onIf(s == "people")}
		}),
		v.flowSwitch("hide_empty_units", "Units that recruited nobody", n.HideNobody),
		v.flowSwitch("hide_zero", "Lines with zero people", n.HideZero),
		v.flowSwitch("hide_names", "Names of the units", n.HideNames),
		app.H3().Text("Not in the data, from you"),
		v.flowText("bodies", "Who was approached", "Providers, practices, schools; the units themselves when empty.", n.Bodies),
		v.bodiesColumn(p, n),
		v.flowNumber("approached", title(f.Bodies)+" approached", n.Approached),
		v.flowNumber("declined", title(f.Bodies)+" declined", n.Declined),
	}
	if !f.FromFile {
		for _, a := range []int{1, 0} {
			body = append(body, v.flowNumber("randomised."+strconv.Itoa(a), "Units randomised to "+arm[a], n.Randomised[a]))
		}
		body = append(body, app.P().Class("hint").Body(app.Text("Or add the list of randomised units on the Data screen; then they are counted.")))
	}
	for _, a := range []int{1, 0} {
		body = append(body, v.flowNumber("people_asked."+strconv.Itoa(a), "People asked, "+arm[a], n.Asked[a]), v.flowNumber("people_declined."+strconv.Itoa(a), "People declined, "+arm[a], n.Refused[a]))
	}
	if len(f.Moved[0])+len(f.Moved[1]) > 0 {
		body = append(body, v.flowText("moved", "Reason for moving", "", n.Moved))
	}
	body = append(body, v.losses(p, n)...)
	return app.Details().Class("options").Body(body...)
}

func onIf(on bool) string {
	if on {
		return "on"
	}
	return ""
}

// blank stands for the empty value of a field: go-app leaves an empty value
// out, and the field would keep what was typed before, or what the field of
// another screen held that it is made from. What is typed is trimmed.
func blank(value string) string {
	if value == "" {
		return " "
	}
	return value
}

// emptied is blank for a form's field that is emptied whenever n grows.
func emptied(n int) string { return strings.Repeat(" ", 1+n%2) }

// flowSwitch is a check mark of what is shown; the recipe holds what is hidden.
func (v view) flowSwitch(name, label string, hidden bool) app.UI {
	return app.Label().Class("check").Body(
		app.Input().Type("checkbox").ID("flow-"+name).Checked(!hidden).OnChange(v.checked("flow "+name, func(on bool) state.Msg {
			return state.SetFlow{Name: name, Value: onIf(!on)}
		})),
		app.Span().Text(label))
}

func (v view) flowNumber(name, label string, value *int) app.UI {
	text := ""
	if value != nil {
		text = strconv.Itoa(*value)
	}
	id := "flow-" + name
	return app.Div().Class("field").Body(app.Label().For(id).Text(label),
		app.Input().ID(id).Class("num").Attr("inputmode", "numeric").Attr("autocomplete", "off").Value(blank(text)).OnChange(v.input(id+text, func(s string) state.Msg { return state.SetFlow{Name: name, Value: s} })))
}

func (v view) flowText(name, label, hint, value string) app.UI {
	id := "flow-" + name
	body := []app.UI{app.Label().For(id).Text(label), app.Input().ID(id).Attr("autocomplete", "off").Value(blank(value)).OnChange(v.input(id+value, func(s string) state.Msg { return state.SetFlow{Name: name, Value: s} }))}
	if hint != "" {
		body = append(body, app.Span().Class("hint").Text(hint))
	}
	return app.Div().Class("field").Body(body...)
}

// bodiesColumn chooses the column that tells which of those approached a unit
// belongs to.
func (v view) bodiesColumn(p *state.Project, n analysis.FlowNotes) app.UI {
	options := []option{{"", "the units themselves"}}
	for _, name := range p.UnitColumns() {
		options = append(options, option{name, "column " + name})
	}
	return v.selectField("flow-bodies_column", "Counted by", n.BodiesColumn, options, n.BodiesColumn, func(s string) state.Msg { return state.SetFlow{Name: "bodies_column", Value: s} })
}

// losses are the reasons for not answering, each with its visit, arm and
// number.
func (v view) losses(p *state.Project, n analysis.FlowNotes) []app.UI {
	out := []app.UI{app.H3().Text("Why people did not answer")}
	visits, label := []option{}, map[string]string{}
	for _, x := range p.Trial.Visits {
		visits = append(visits, option{x.Code, x.Label})
		label[x.Code] = x.Label
	}
	var items []app.UI
	for i, l := range n.Lost {
		items = append(items, app.Li().Body(
			app.Text(fmt.Sprintf("%s, %s: %d %s ", label[l.Visit], p.Trial.Arms[l.Arm], l.People, l.Reason)),
			app.Button().Type("button").Class("btn tight").Aria("label", "Take out: "+l.Reason).Text("Take out").OnClick(v.on(state.RemoveLost{Index: i}))))
	}
	if len(items) > 0 {
		out = append(out, app.Ul().ID("losses").Body(items...))
	}
	arms := []option{{"1", p.Trial.Arms[1]}, {"0", p.Trial.Arms[0]}}
	count := len(n.Lost)
	last := visits[len(visits)-1].value
	return append(out, v.form([]any{"lost", count}, []string{"visit", "arm", "people", "reason"}, func(s []string) state.Msg {
		people, err := strconv.Atoi(s[2])
		if err != nil {
			return state.BadInput{Label: "The number of people", Text: s[2], Want: "a whole number"}
		}
		arm := 0
		if s[1] == "1" {
			arm = 1
		}
		return state.SetLost{Index: count, Lost: analysis.LostReason{Visit: s[0], Arm: arm, Reason: s[3], People: people}}
	},
		formSelect("lost-visit", "visit", "Visit", last, visits),
		formSelect("lost-arm", "arm", "Arm", "1", arms),
		formField("lost-people", "people", "People", emptied(count)),
		formField("lost-reason", "reason", "Reason: declined, not reached, ill …", emptied(count)),
		app.Button().Type("submit").Class("btn tight").Text("Add the reason")))
}

func formSelect(id, name, label, value string, options []option) app.UI {
	var body []app.UI
	for _, o := range options {
		body = append(body, app.Option().Value(o.value).Selected(o.value == value).Text(o.label))
	}
	return app.Div().Class("field").Body(app.Label().For(id).Text(label), app.Select().ID(id).Name(name).Body(body...))
}

func (v view) flowResults(p *state.Project) []app.UI {
	f, notes := p.Flow(), p.Recipe.Flow
	var body []app.UI
	checks := p.FlowChecks()
	if bad := analysis.Disagree(checks); len(bad) > 0 {
		for _, c := range bad {
			body = append(body, banner("bad", iconBad, c.What+": "+checkNumbers(c)+".", c.Why))
		}
	}
	if !f.FromFile {
		body = append(body, banner("warn", iconWarn, "Units that recruited nobody are not in the data.", "Add the list of randomised units, or type how many were randomised.", screenLink("tight", "Add a units file", state.Data)))
	}
	if p.Flowing.Editing {
		return append(body, v.flowWords(p)...)
	}
	headA, rowsA := report.AnalysedRows(f)
	headT, rowsT := report.FlowRows(f, notes)
	body = append(body,
		app.Figure().Class("fig").ID("flow-figure").Body(
			region("Flow chart", app.Raw(report.FlowChart(f, notes))),
			app.FigCaption().Body(app.B().Text("Figure 1."), app.Text(" Flow of units and people. Dashed: units without any patient, and units that moved to the other arm.")),
		),
		app.Div().Class("tools").Body(
			v.button("quiet tight", "SVG", state.DownloadFlow{Format: "svg"}),
			v.button("quiet tight", "PNG", state.DownloadFlow{Format: "png"}),
			v.button("quiet tight", "Copy as a table", state.CopyFlow{}),
		),
		app.Details().ID("flow-as-table").Body(app.Summary().Text("The chart as a table"), region("Flow as a table", plainTable(headT, rowsT))),
		app.H2().Text("Counts that must agree"),
		region("Counts that must agree", v.checksTable(f, checks)),
	)
	if len(rowsA) > 0 {
		body = append(body, app.H2().Text("In the model of each outcome"), region("People in each model", app.Div().ID("flow-analysed").Body(plainTable(headA, rowsA))))
	}
	return body
}

func checkNumbers(c analysis.FlowCheck) string {
	if c.Whole {
		return fmt.Sprintf("%s and %s", report.Count(c.Chart[1]), report.Count(c.Other[1]))
	}
	return fmt.Sprintf("%s/%s and %s/%s", report.Count(c.Chart[1]), report.Count(c.Chart[0]), report.Count(c.Other[1]), report.Count(c.Other[0]))
}

// checksTable shows both numbers of every check.
func (v view) checksTable(f *analysis.Flow, checks []analysis.FlowCheck) app.UI {
	var rows []app.UI
	models := 0
	for _, c := range checks {
		if c.Agrees && c.Model {
			models++
			continue
		}
		state := tag("good", iconDone, "agrees")
		if !c.Agrees {
			state = tag("bad", iconBad, "disagrees: "+checkNumbers(c))
		}
		one, two := report.Count(c.Chart[1]), report.Count(c.Chart[0])
		if c.Whole {
			two = ""
		}
		rows = append(rows, app.Tr().Body(app.Th().Scope("row").Text(c.What), app.Td().Class("n").Text(one), app.Td().Class("n").Text(two), app.Td().Class("c").Body(state)))
	}
	if models > 0 {
		rows = append(rows, app.Tr().Body(app.Th().Scope("row").Text(fmt.Sprintf("People and answers in the models, %d counts", models)), app.Td().Class("n"), app.Td().Class("n"), app.Td().Class("c").Body(tag("good", iconDone, "agree"))))
	}
	return app.Table().Class("jt").ID("flow-checks").Body(
		app.THead().Body(app.Tr().Body(th("Count"), app.Th().Scope("col").Class("n").Text(title(f.Arms[1])+", or all"), app.Th().Scope("col").Class("n").Text(title(f.Arms[0])), th("Tables"))),
		app.TBody().Body(rows...))
}

// flowWords is the form of all texts of the chart. Numbers stand in braces and
// stay counted.
func (v view) flowWords(p *state.Project) []app.UI {
	f, n := p.Flow(), notesOf(p)
	unit, person := report.FlowNouns(f, p.Recipe.Flow)
	body := []app.UI{
		app.H2().Text("The words of the chart"),
		app.P().Class("small soft").Text("What stands in braces is counted and stays so. An empty field takes the text back to the proposed one."),
		app.Div().Class("three").Body(
			v.wordField("noun.unit", "A unit and several", unit, n), v.wordField("noun.person", "A person and several", person, n)),
	}
	for _, s := range report.FlowStages(f, p.Recipe.Flow) {
		var boxes []app.UI
		for _, b := range []*report.FlowBox{s.Middle, s.Aside, s.Arms[1], s.Arms[0], s.Beside[1], s.Beside[0]} {
			if b != nil {
				boxes = append(boxes, v.wordArea(f, b))
			}
		}
		body = append(body, app.Div().Class("flow-words").Body(append([]app.UI{v.wordField("stage."+s.Key, "Stage", s.Label, n)}, boxes...)...))
	}
	return body
}

func (v view) wordField(key, label, value string, n analysis.FlowNotes) app.UI {
	id := "word-" + key
	return app.Div().Class("field").Body(app.Label().For(id).Text(label),
		app.Input().ID(id).Attr("autocomplete", "off").Value(blank(value)).OnChange(v.input(id+value, func(s string) state.Msg { return state.SetFlow{Name: "words:" + key, Value: s} })))
}

func (v view) wordArea(f *analysis.Flow, b *report.FlowBox) app.UI {
	id := "word-" + b.Key
	first := b.Key
	if len(b.Lines) > 0 {
		first = b.Lines[0]
	}
	if stage, arm, ok := strings.Cut(b.Key, "."); ok && stage != "allocated" { // the last part is the arm's number
		k := strings.LastIndexByte(arm, '.') + 1
		if arm = arm[k:]; arm == "0" || arm == "1" {
			first = title(f.Arms[int(arm[0]-'0')]) + ": " + first
		}
	}
	return app.Div().Class("field").Body(app.Label().For(id).Text(first),
		app.Textarea().ID(id).Attr("value", b.Template).Text(b.Template).OnChange(v.input(id+b.Template, func(s string) state.Msg { return state.SetFlow{Name: "words:box." + b.Key, Value: s} })))
}

// title begins with a capital letter.
func title(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}
