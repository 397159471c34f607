package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/dataset"
	"trialbox/app/report"
	"trialbox/app/state"
	"trialbox/app/trial"
)

// roleWords name the roles in a sentence.
var roleWords = map[string]string{"unit": "Unit", "patient": "Patient", "arm": "Arm", "control": "Which arm is the control", "visit": "Visit", "visits": "Time of the visits", "shape": "Long or wide"}

// doubts are the guesses the analyst must look at before they count as
// understood.
func (v view) doubts(p *state.Project, view state.DataView) app.UI {
	list := p.Doubts()
	if len(list) == 0 {
		return app.Div()
	}
	var items []app.UI
	for _, r := range list {
		items = append(items, app.Li().Body(app.B().Text(roleWords[r.Field]+": "), app.Text(r.Why+".")))
	}
	view.Tab = "roles"
	return app.Div().Class("banner warn").ID("doubts").Body(
		app.Raw(iconWarn),
		app.Div().Body(app.P().Body(app.B().Text("Please check "+plural(len(list), "guess", "guesses")+".")), app.Ul().Body(items...)),
		app.P().Class("actions").Body(v.button("tight", "Change", state.SetDataView{View: view}), v.button("tight", "These are right", state.ConfirmRoles{})),
	)
}

// roleNames are the roles one column can be given, in the order of the menu.
var roleNames = []option{
	{"", "not used"}, {"unit", "Unit"}, {"patient", "Patient"}, {"arm", "Arm"}, {"arm_randomised", "Arm as randomised"}, {"visit", "Visit"}, {"stratum", "Stratum"},
	{"visit_date", "Visit date"}, {"consent_date", "Consent date"}, {"outcome", "Outcome"}, {"covariate", "Covariate"},
}

func (v view) roleBox(p *state.Project, c *dataset.Column) app.UI {
	role := roleOf(p.Recipe.Mapping, c.Name)
	options := roleNames
	if strings.HasPrefix(role, "item:") || strings.HasPrefix(role, "wide:") {
		options = append([]option{{role, strings.TrimPrefix(strings.TrimPrefix(role, "item:"), "wide:")}}, options...)
	}
	return v.selectBox("role-"+c.Name, "Role of "+c.Name, role, options, role, func(s string) state.Msg {
		if strings.Contains(s, ":") {
			return nil
		}
		return state.SetRole{Role: s, Column: c.Name}
	})
}

// roleOf tells what a column is in the mapping; "item:…" names an
// instrument's item and "wide:…" a variable at a visit.
func roleOf(m trial.Mapping, column string) string {
	for role, name := range map[string]string{"unit": m.Unit, "patient": m.Patient, "arm": m.Arm, "arm_randomised": m.Randomised, "visit": m.Visit, "stratum": m.Stratum, "visit_date": m.VisitDate, "consent_date": m.ConsentDate} {
		if name == column && name != "" {
			return role
		}
	}
	long, at := column, ""
	for _, w := range m.Wide {
		if w.Column == column {
			long, at = w.Stem, " at "+w.Visit
		}
	}
	for _, u := range m.Instruments {
		if i := slices.Index(u.Items, long); i >= 0 {
			return fmt.Sprintf("item:%s item %d%s", u.Instrument, i+1, at)
		}
	}
	if slices.ContainsFunc(m.Covariates, func(c trial.Covariate) bool { return c.Column == column }) {
		return "covariate"
	}
	if at != "" {
		return "wide:" + long + at
	}
	if slices.Contains(m.Outcomes, column) {
		return "outcome"
	}
	return ""
}

// roles are the trial's columns by name, each with the reason of the guess.
func (v view) roles(p *state.Project) []app.UI {
	m := p.Recipe.Mapping
	names := []option{{"", "none"}}
	for i, c := range p.Dataset.Columns {
		if i < menuColumns || roleOf(m, c.Name) != "" && !strings.Contains(roleOf(m, c.Name), ":") {
			names = append(names, option{c.Name, c.Name})
		}
	}
	stemNames := append([]option(nil), names...)
	seen := map[string]bool{}
	for _, w := range m.Wide {
		if !seen[w.Stem] {
			seen[w.Stem] = true
			stemNames = append(stemNames, option{w.Stem, w.Stem + ", one for each visit"})
		}
	}
	field := func(role, label, value string) app.UI {
		names := names
		if role == "visit_date" {
			names = stemNames
		}
		return app.Div().Class("field").Body(
			app.Label().For("role-of-"+role).Text(label),
			v.selectBox("role-of-"+role, "", value, names, m, func(s string) state.Msg { return state.SetRole{Role: role, Column: s} }),
			app.Span().Class("hint").Text(v.reason(p, role)),
		)
	}
	left := []app.UI{field("unit", "Unit (cluster)", m.Unit), field("patient", "Patient", m.Patient), field("arm", "Arm (as received)", m.Arm), v.armField(p), field("arm_randomised", "Arm as randomised, where it is another column", m.Randomised)}
	right := []app.UI{}
	if m.Shape != "wide" {
		right = append(right, field("visit", "Visit", m.Visit))
	}
	right = append(right, v.visitsField(p), field("stratum", "Stratum or provider", m.Stratum), field("visit_date", "Visit date", m.VisitDate), field("consent_date", "Consent date", m.ConsentDate))
	if p.Trial != nil {
		right = append(right, v.covariates(p))
	}
	out := []app.UI{}
	if t := p.Trial; t != nil {
		out = append(out, app.P().ID("trial-words").Text(fmt.Sprintf("%s rows of %s patients in %d units; visits: %s.", report.Count(t.Rows), report.Count(len(t.Patients)), len(t.Units), visitWords(t.Visits))))
	}
	return append(out, app.Div().Class("two").Body(app.Div().Body(left...), app.Div().Body(right...)), v.derived(p))
}

// derived are the variables made of others: those of the recipe, and what else
// could be made.
func (v view) derived(p *state.Project) app.UI {
	if p.Trial == nil {
		return app.Div()
	}
	var rows []app.UI
	for _, d := range p.Recipe.Mapping.Derived {
		label, from := d.Label, "could not be made: see the findings"
		if made := p.Trial.Variable(d.Name); made != nil {
			label, from = made.Label, made.From
		}
		rows = append(rows, app.Tr().Body(app.Th().Scope("row").Body(app.Code().Text(d.Name)), app.Td().Class("wrap").Text(label), app.Td().Class("wrap").Text(from),
			app.Td().Body(app.Button().Type("button").Class("btn tight").Aria("label", "Remove "+d.Name).Text("Remove").OnClick(v.on(state.RemoveDerived{Name: d.Name})))))
	}
	candidates := trial.DerivedCandidates(p.Trial)
	options := []option{{"", "choose"}}
	for _, d := range candidates {
		options = append(options, option{d.Name, d.Name + derivedWords(d)})
	}
	body := []app.UI{app.H3().Text("Derived variables")}
	if len(rows) > 0 {
		body = append(body, region("Derived variables", app.Table().Class("grid").ID("derived").Body(
			app.THead().Body(app.Tr().Body(th("Name"), th("Label"), th("How it is made"), app.Th().Scope("col").Body(app.Span().Class("sr").Text("Remove")))), app.TBody().Body(rows...))))
	}
	return app.Div().Body(append(body, app.Div().Class("pickone").Body(
		v.selectField("f-derived", "Make another", "", options, []any{p.Recipe.Mapping.Derived, len(candidates)}, func(s string) state.Msg {
			for _, d := range candidates {
				if d.Name == s {
					return state.AddDerived{Derived: d}
				}
			}
			return nil
		}),
		app.Span().Class("hint").Text("It can then be a covariate, or an outcome of the table.")))...)
}

// derivedWords say what a derived variable would be.
func derivedWords(d trial.Derived) string {
	switch d.Kind {
	case "baseline":
		return ": " + d.Of + " at baseline, on every row"
	case "change":
		return ": change of " + d.Of + " from baseline"
	case "responder":
		if d.Percent {
			return ": better by " + number(d.Amount) + " % of baseline"
		}
		return ": better by " + number(d.Amount) + " points"
	case "band":
		return ": categories of " + d.Of
	case "bmi":
		return ": body mass index"
	case "delay":
		return ": days between two dates"
	}
	return ""
}

func visitWords(visits []trial.Visit) string {
	var s []string
	for _, v := range visits {
		s = append(s, v.Label)
	}
	return strings.Join(s, ", ")
}

func (v view) reason(p *state.Project, role string) string {
	for _, r := range p.Reasons {
		if r.Field == role {
			if !r.Sure {
				return "Please check: " + r.Why
			}
			return r.Why
		}
	}
	return ""
}

// armField says which value of the arm column is the control.
func (v view) armField(p *state.Project) app.UI {
	m := p.Recipe.Mapping
	c := p.Dataset.Column(m.Arm)
	if c == nil {
		return app.Div()
	}
	options := []option{{"", "choose"}}
	seen := map[string]bool{}
	for i, clean := range c.Clean {
		if !c.Missing[i] && !seen[clean] && len(options) < 12 {
			seen[clean] = true
			options = append(options, option{clean, clean})
		}
	}
	return app.Div().Body(
		v.selectField("f-control", "Control arm is written", m.Control, options, m, func(s string) state.Msg {
			return state.SetArm{Control: s, Intervention: otherArm(options, s, m.Intervention)}
		}),
		v.selectField("f-intervention", "Intervention arm is written", m.Intervention, options, m, func(s string) state.Msg {
			return state.SetArm{Control: otherArm(options, s, m.Control), Intervention: s}
		}),
		app.Span().Class("hint").Text(v.reason(p, "control")),
	)
}

// otherArm keeps the other arm, or takes the only one left of two.
func otherArm(options []option, chosen, other string) string {
	if other != chosen && other != "" {
		return other
	}
	for _, o := range options[1:] {
		if o.value != chosen && len(options) == 3 {
			return o.value
		}
	}
	return ""
}

// visitsField gives every visit its label and its time in months.
func (v view) visitsField(p *state.Project) app.UI {
	var rows []app.UI
	for i, visit := range p.Recipe.Mapping.Visits {
		rows = append(rows, app.Tr().Body(
			app.Th().Scope("row").Body(app.Code().Text(visit.Code)),
			app.Td().Body(app.Input().Aria("label", "Label of visit "+visit.Code).Value(visit.Label).OnChange(v.input(fmt.Sprintf("vl %d %v", i, visit), func(s string) state.Msg {
				next := visit
				next.Label = strings.TrimSpace(s)
				return state.SetVisit{Index: i, Visit: next}
			}))),
			app.Td().Body(app.Input().Class("num").Aria("label", "Months of visit "+visit.Code).Value(strconv.FormatFloat(visit.Months, 'g', -1, 64)).OnChange(v.input(fmt.Sprintf("vm %d %v", i, visit), func(s string) state.Msg {
				months, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(s), ",", ".", 1), 64)
				if err != nil {
					return state.BadInput{Label: "Months of visit " + visit.Code, Text: s, Want: "a number of months"}
				}
				next := visit
				next.Months = months
				return state.SetVisit{Index: i, Visit: next}
			}))),
			app.Td().Class("nowrap").Body(
				app.Button().Type("button").Class("btn tight").Aria("label", "Move visit "+visit.Code+" up").Text("↑").Disabled(i == 0).OnClick(v.on(state.MoveVisit{Index: i, By: -1})),
				app.Button().Type("button").Class("btn tight").Aria("label", "Remove visit "+visit.Code).Text("Remove").OnClick(v.on(state.RemoveVisit{Index: i}))),
		))
	}
	if len(rows) == 0 && p.Recipe.Mapping.Visit == "" {
		return app.Div()
	}
	return app.Div().Class("field").Body(
		app.Span().Class("label").Text("Visits"),
		app.Table().Class("grid").Body(app.THead().Body(app.Tr().Body(th("In the file"), th("Label"), th("Months"), app.Th().Scope("col").Body(app.Span().Class("sr").Text("Order")))), app.TBody().Body(rows...)),
		app.If(p.Recipe.Mapping.Visit != "", func() app.UI { return v.addVisit(p) }),
		app.Span().Class("hint").Text(v.reason(p, "visits")),
	)
}

// shape shows the file as it came beside the long form that is used.
func (v view) shape(p *state.Project) []app.UI {
	m := p.Recipe.Mapping
	words := "A row for each patient and visit, so it is used as it is."
	if m.Shape == "wide" {
		words = fmt.Sprintf("A row for each patient: %d columns are %d variables at %d visits; %d columns stay as they are and are repeated on every row.",
			len(m.Wide), stems(m), len(m.Visits), len(p.Dataset.Columns)-len(m.Wide))
	}
	out := []app.UI{app.P().ID("shape-words").Body(app.B().Text(map[string]string{"wide": "Wide. ", "long": "Long. "}[m.Shape]), app.Text(words+" "+v.reason(p, "shape")))}
	if m.Shape == "wide" {
		out = append(out, app.Div().Class("field").Body(
			app.Label().For("f-pattern").Text("Pattern of the column names"),
			app.Input().ID("f-pattern").Class("mono").Value(m.Pattern).OnChange(v.input("pattern "+m.Pattern, func(s string) state.Msg { return state.SetPattern{Pattern: strings.TrimSpace(s)} })),
			app.Span().Class("hint").Text("{stem} is the variable's name, {visit} the visit: {stem}_{visit}, {stem}.{visit}mo, T{visit}.{stem}"),
		))
	}
	if p.Trial == nil {
		return out
	}
	return append(out, app.H3().Text("As it is used"), v.longPreview(p),
		app.P().Class("actions").Body(v.button("tight", "Save the long form as CSV (contains patient data)", state.DownloadLong{})))
}

func stems(m trial.Mapping) int {
	seen := map[string]bool{}
	for _, w := range m.Wide {
		seen[w.Stem] = true
	}
	return len(seen)
}

// longPreview is the first rows of the trial with a few of its variables.
func (v view) longPreview(p *state.Project) app.UI {
	t := p.Trial
	names := []string{}
	for _, o := range p.Recipe.Outcomes {
		if len(names) < 4 {
			names = append(names, o.Variable)
		}
	}
	heads := []app.UI{th("unit"), th("patient"), th("arm"), th("visit")}
	for _, n := range names {
		heads = append(heads, app.Th().Scope("col").Class("n").Text(n))
	}
	var rows []app.UI
	for i := 0; i < min(8, t.Rows); i++ {
		cells := []app.UI{app.Td().Text(t.Units[t.Unit[i]]), app.Td().Text(t.Patients[t.Patient[i]]), app.Td().Text(t.Arms[t.Arm[i]]), app.Td().Text(t.Visits[t.Visit[i]].Label)}
		for _, n := range names {
			text := ""
			if vr := t.Variable(n); vr != nil {
				text = number(vr.Num(i))
			}
			class := "n"
			if text == "" {
				class, text = "n gone", "blank"
			}
			cells = append(cells, app.Td().Class(class).Text(text))
		}
		rows = append(rows, app.Tr().Body(cells...))
	}
	return region("As it is used", app.Table().Class("grid").Body(app.THead().Body(app.Tr().Body(heads...)), app.TBody().Body(rows...)))
}

func number(x float64) string {
	if x != x {
		return ""
	}
	return strings.Replace(strconv.FormatFloat(x, 'g', 6, 64), "-", "−", 1)
}
