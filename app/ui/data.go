package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/analysis"
	"trialbox/app/dataset"
	"trialbox/app/report"
	"trialbox/app/state"
	"trialbox/app/trial"
)

const (
	columnsPerPage = 25
	rowsPerPage    = 50
	menuColumns    = 400 // in a menu of roles; further ones get theirs on the Columns tab
	gridColumns    = 30  // of the rows view; the others are reached by the filter
)

func (v view) data() []app.UI {
	p := v.m.Project
	if p == nil {
		return []app.UI{head("Data", "What was understood, column by column. Nothing is converted without being shown here."),
			nothing("No file is open. Open the example or your own CSV first.", screenLink("primary", "Go to Start", state.Start))}
	}
	d := p.Dataset
	body := []app.UI{
		head("Data", "What was understood, column by column. Nothing is converted without being shown here.",
			app.Span().Class("filebtn").Body(app.Input().Type("file").ID("replace-data").Class("sr-input").Accept(".csv,.tsv,.txt,text/csv").DataSet("files", "data"), app.Label().Class("btn").For("replace-data").Text("Open another file")),
			screenLink("primary", "Use this reading", state.Scores)),
		kv(
			pair("File", fmt.Sprintf("%s, %s rows, %d columns, %s", d.Name, report.Count(d.Rows), len(d.Columns), size(d.Size))),
			[2]app.UI{app.Text("Read as"), app.Span().Body(app.Text(readAs(d)+" "), v.readingDetails(p))},
		),
	}
	if p.TrialErr != "" {
		body = append(body, app.Div().ID("trial-error").Body(banner("bad", iconBad, "These roles do not make a trial yet.", p.TrialErr)))
	}
	view := p.Data
	if view.Tab == "" {
		view.Tab = "columns"
	}
	body = append(body, v.doubts(p, view))
	tabFor := func(id, label, count string) tab {
		next := view
		next.Tab, next.Page, next.RowsPage = id, 0, 0
		return tab{id, label, count, state.SetDataView{View: next}}
	}
	body = append(body, v.tabs("Views of the data", view.Tab, []tab{
		tabFor("columns", "Columns", strconv.Itoa(len(d.Columns))),
		tabFor("problems", "Findings", strconv.Itoa(len(findings(p)))),
		tabFor("roles", "Roles", ""),
		tabFor("shape", "Long or wide", ""),
		tabFor("rows", "Rows", report.Count(d.Rows)),
	}))
	switch view.Tab {
	case "problems":
		return append(body, v.problems(p)...)
	case "roles":
		return append(body, v.roles(p)...)
	case "shape":
		return append(body, v.shape(p)...)
	case "rows":
		return append(body, v.rows(p, view)...)
	}
	return append(body, v.columns(p, view)...)
}

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

func size(n int64) string {
	if n < 10_000_000 {
		return report.Count(int((n+500)/1000)) + " KB"
	}
	return report.Count(int((n+500_000)/1_000_000)) + " MB"
}

// delimiterNames are words for what cannot be seen.
var delimiterNames = map[rune]string{',': "comma", ';': "semicolon", '\t': "tab", '|': "vertical bar"}

func readAs(d *dataset.Dataset) string {
	parts := []string{d.Encoding}
	if d.BOM {
		parts[0] += " with mark"
	}
	parts = append(parts, delimiterNames[d.Delimiter]+" between fields", map[rune]string{'.': "decimal point", ',': "decimal comma"}[d.Decimal])
	return strings.Join(parts, ", ")
}

// readingDetails shows the evidence and lets every part be overruled.
func (v view) readingDetails(p *state.Project) app.UI {
	r := p.Recipe.Reading
	set := func(change func(*analysis.Reading)) state.Msg {
		next := r
		change(&next)
		return state.SetReading{Reading: next}
	}
	var evidence []app.UI
	for _, e := range p.Dataset.Evidence {
		evidence = append(evidence, app.Li().Text(e))
	}
	return app.Details().ID("reading").Body(
		app.Summary().Text("Why, and change"),
		app.Ul().Class("small").Body(evidence...),
		app.Div().Class("three").Body(
			v.selectField("f-encoding", "Encoding", r.Encoding, []option{{"", "as detected"}, {"UTF-8", "UTF-8"}, {"Windows-1252", "Windows-1252"}, {"ISO-8859-15", "ISO-8859-15"}, {"UTF-16LE", "UTF-16 LE"}, {"UTF-16BE", "UTF-16 BE"}}, r,
				func(s string) state.Msg { return set(func(r *analysis.Reading) { r.Encoding = s }) }),
			v.selectField("f-delimiter", "Between fields", r.Delimiter, []option{{"", "as detected"}, {",", "comma"}, {";", "semicolon"}, {"\t", "tab"}, {"|", "vertical bar"}}, r,
				func(s string) state.Msg { return set(func(r *analysis.Reading) { r.Delimiter = s }) }),
			v.selectField("f-decimal", "Decimal mark", r.Decimal, []option{{"", "as detected"}, {".", "point"}, {",", "comma"}}, r,
				func(s string) state.Msg { return set(func(r *analysis.Reading) { r.Decimal = s }) }),
		),
		app.Div().Class("field").Body(
			app.Label().For("f-missing").Text("Missing in every column, separated by spaces"),
			app.Input().ID("f-missing").Value(strings.Join(r.MissingCodes, " ")).OnChange(v.input(fmt.Sprintf("missing %v", r), func(s string) state.Msg {
				return set(func(r *analysis.Reading) { r.MissingCodes = strings.Fields(s) })
			})),
			app.Span().Class("hint").Text("Blank, NA, N/A, NaN, null and a lone point are always missing."),
		),
	)
}

// findings are the problems that need a look: those of the file and those of
// the trial, notes left out.
func findings(p *state.Project) []dataset.Problem {
	var out []dataset.Problem
	for _, q := range allProblems(p) {
		if q.Severity != dataset.Note {
			out = append(out, q)
		}
	}
	return out
}

// allProblems are those of the trial, where each stands once with what follows
// from it, or those of the file alone while there is no trial.
func allProblems(p *state.Project) []dataset.Problem {
	if p.Trial != nil {
		return slices.Clone(p.Findings)
	}
	return slices.Clone(p.Dataset.Problems)
}

// columns is the table of what was understood, a page at a time.
func (v view) columns(p *state.Project, view state.DataView) []app.UI {
	shown := visibleColumns(p, view)
	pages := max(1, (len(shown)+columnsPerPage-1)/columnsPerPage)
	view.Page = min(view.Page, pages-1)
	from := view.Page * columnsPerPage
	to := min(from+columnsPerPage, len(shown))
	var rows []app.UI
	for _, c := range shown[from:to] {
		rows = append(rows, v.columnRow(p, c))
	}
	next, back, odd := view, view, view
	next.Page++
	back.Page--
	odd.OnlyOdd, odd.Page = !view.OnlyOdd, 0
	oddLabel := "Show only conversions"
	if view.OnlyOdd {
		oddLabel = "Show all columns"
	}
	return []app.UI{
		app.P().Class("pager").Body(v.filterBox(view), v.button("quiet tight", oddLabel, state.SetDataView{View: odd})),
		region("Columns", app.Table().Class("grid still").ID("columns").Body(
			app.Caption().Class("sr").Text("Columns and what was understood"),
			app.THead().Body(app.Tr().Body(th("Column"), th("Understood as"), th("Before → after"), th("Missing"), th("Role"))),
			app.TBody().Body(rows...))),
		app.P().Class("pager").Body(
			app.Button().Type("button").Class("btn tight").Text("Back").Disabled(view.Page == 0).OnClick(v.on(state.SetDataView{View: back})),
			app.Span().Text(fmt.Sprintf("%d–%d of %d", min(from+1, len(shown)), to, len(shown))),
			app.Button().Type("button").Class("btn tight").Text("Next").Disabled(view.Page >= pages-1).OnClick(v.on(state.SetDataView{View: next})),
		),
	}
}

func (v view) filterBox(view state.DataView) app.UI {
	return app.Span().Class("filter").Body(app.Input().ID("f-filter").Placeholder("Find a column").Aria("label", "Find a column").Value(view.Filter).
		OnChange(v.input(fmt.Sprintf("filter %v", view), func(s string) state.Msg {
			next := view
			next.Filter, next.Page = strings.TrimSpace(s), 0
			return state.SetDataView{View: next}
		})))
}

func th(text string) app.UI { return app.Th().Scope("col").Text(text) }

func visibleColumns(p *state.Project, view state.DataView) []*dataset.Column {
	var out []*dataset.Column
	needle := strings.ToLower(view.Filter)
	for _, c := range p.Dataset.Columns {
		if needle != "" && !strings.Contains(strings.ToLower(c.Name), needle) {
			continue
		}
		if view.OnlyOdd && !converted(c) {
			continue
		}
		out = append(out, c)
	}
	return out
}

// converted reports whether a column's values are not what stood in the file.
func converted(c *dataset.Column) bool {
	return c.Doubt != "" || len(c.Merged) > 0 || len(c.Odd) > 0 || appliedCodes(c) > 0 || c.Decimal == ',' && c.Kind == dataset.Number || c.Kind == dataset.Date || c.Kind == dataset.YesNo
}

// appliedCodes counts the missing codes other than blank.
func appliedCodes(c *dataset.Column) int {
	n := 0
	for _, m := range c.MissingCodes {
		if m.Code != "" {
			n++
		}
	}
	return n
}

func (v view) columnRow(p *state.Project, c *dataset.Column) app.UI {
	var examples []app.UI
	for i, e := range c.Examples {
		if i > 0 {
			examples = append(examples, app.Text(", "))
		}
		after := app.UI(app.Text(e.After))
		if e.Missing {
			after = app.Span().Class("gone").Text("missing")
		}
		examples = append(examples, app.Code().Text(strings.ReplaceAll(e.Before, " ", "␣")), app.Span().Class("to").Text("→"), after)
	}
	missing, class := missingWords(c)
	understood := []app.UI{app.Text(kindWords(c))}
	if c.Doubt != "" {
		understood = append(understood, app.Div().Class("small flag").Text(c.Doubt))
	}
	return app.Tr().Body(
		app.Th().Scope("row").Body(app.Code().Text(c.Name)),
		app.Td().Class("wrap").Title(c.Why).Body(understood...),
		app.Td().Class("wrap").Body(examples...),
		app.Td().Class(class).Text(missing),
		app.Td().Body(v.roleBox(p, c)),
	)
}

func kindWords(c *dataset.Column) string {
	s := c.Kind.String()
	switch c.Kind {
	case dataset.Integer:
		s = "whole number"
	case dataset.Category, dataset.Label, dataset.YesNo:
		s += ", " + plural(c.Distinct, "value", "values")
	}
	if c.Decimal == ',' && c.Kind == dataset.Number {
		s += ", decimal comma"
	}
	if len(c.Merged) > 0 {
		s += ", spellings evened out"
	}
	return s
}

func missingWords(c *dataset.Column) (text, class string) {
	if len(c.MissingCodes) == 0 {
		return report.Count(c.MissingCount), "n"
	}
	var parts []string
	coded := false
	for _, m := range c.MissingCodes {
		word := "coded " + strings.Replace(m.Code, "-", "−", 1)
		if m.Code == "" {
			word = "blank"
		} else {
			coded = true
		}
		if !m.Applied {
			word += "?"
		}
		parts = append(parts, report.Count(m.Count)+" "+word)
	}
	if coded {
		class = "cell-warn"
	}
	return strings.Join(parts, ", "), class
}

// roleNames are the roles one column can be given, in the order of the menu.
var roleNames = []option{
	{"", "not used"}, {"unit", "Unit"}, {"patient", "Patient"}, {"arm", "Arm"}, {"visit", "Visit"}, {"stratum", "Stratum"},
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
	for role, name := range map[string]string{"unit": m.Unit, "patient": m.Patient, "arm": m.Arm, "visit": m.Visit, "stratum": m.Stratum, "visit_date": m.VisitDate, "consent_date": m.ConsentDate} {
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

// problems lists what needs a look, with line and column.
func (v view) problems(p *state.Project) []app.UI {
	all := allProblems(p)
	if len(all) == 0 {
		return []app.UI{nothing("Nothing odd was found in the file.")}
	}
	slices.SortStableFunc(all, func(a, b dataset.Problem) int { return int(b.Severity) - int(a.Severity) })
	const most = 200
	var rows []app.UI
	for _, q := range all[:min(len(all), most)] {
		class, icon := "", iconInfo
		switch q.Severity {
		case dataset.Error:
			class, icon = "cell-bad", iconBad
		case dataset.Warning:
			class, icon = "cell-warn", iconWarn
		}
		line := ""
		if q.Line > 0 {
			line = strconv.Itoa(q.Line)
		}
		rows = append(rows, app.Tr().Body(
			app.Td().Class("rowno").Text(line),
			app.Th().Scope("row").Body(app.Code().Text(q.Column)),
			app.Td().Class(class).Text(short(q.Value)),
			app.Td().Class("wrap").Body(append([]app.UI{tag("", icon, q.Severity.String()+": "), app.Text(q.Text)}, also(q)...)...),
		))
	}
	out := []app.UI{region("Findings", app.Table().Class("grid").ID("problems").Body(
		app.Caption().Class("sr").Text("Findings with line, column and value"),
		app.THead().Body(app.Tr().Body(app.Th().Scope("col").Class("rowno").Text("Line"), th("Column"), th("Value"), th("What is odd, and what to do"))),
		app.TBody().Body(rows...)))}
	if len(all) > most {
		out = append(out, app.P().Class("small soft").Text(fmt.Sprintf("The first %d of %s findings.", most, report.Count(len(all)))))
	}
	return out
}

// also are the consequences of a problem, in small under it.
func also(q dataset.Problem) []app.UI {
	var out []app.UI
	for _, a := range q.Also {
		out = append(out, app.Div().Class("small soft").Text(a))
	}
	return out
}

func short(s string) string {
	r := []rune(s)
	if len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
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
	left := []app.UI{field("unit", "Unit (cluster)", m.Unit), field("patient", "Patient", m.Patient), field("arm", "Arm", m.Arm), v.armField(p)}
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
	return append(out, app.Div().Class("two").Body(app.Div().Body(left...), app.Div().Body(right...)))
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
		))
	}
	if len(rows) == 0 {
		return app.Div()
	}
	return app.Div().Class("field").Body(
		app.Span().Class("label").Text("Visits"),
		app.Table().Class("grid").Body(app.THead().Body(app.Tr().Body(th("In the file"), th("Label"), th("Months"))), app.TBody().Body(rows...)),
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
	return append(out, app.H3().Text("As it is used"), v.longPreview(p))
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
				text = number(vr.Num[i])
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

// rows is the file as it came, a page at a time, problem cells marked.
func (v view) rows(p *state.Project, view state.DataView) []app.UI {
	d := p.Dataset
	shown := visibleColumns(p, view)
	more := len(shown) - gridColumns
	shown = shown[:min(len(shown), gridColumns)]
	pages := max(1, (d.Rows+rowsPerPage-1)/rowsPerPage)
	view.RowsPage = min(max(view.RowsPage, 0), pages-1)
	from := view.RowsPage * rowsPerPage
	to := min(from+rowsPerPage, d.Rows)
	bad := map[string]string{}
	for _, q := range findings(p) {
		bad[fmt.Sprintf("%d %s", q.Line, q.Column)] = q.Text
	}
	heads := []app.UI{app.Th().Scope("col").Class("rowno").Text("Line")}
	for _, c := range shown {
		heads = append(heads, app.Th().Scope("col").Body(app.Code().Text(c.Name)))
	}
	var rows []app.UI
	for r := from; r < to; r++ {
		cells := []app.UI{app.Td().Class("rowno").Text(strconv.Itoa(int(d.Line[r])))}
		for _, c := range shown {
			why := bad[fmt.Sprintf("%d %s", d.Line[r], c.Name)]
			cells = append(cells, gridCell(c, r, why))
		}
		rows = append(rows, app.Tr().Body(cells...))
	}
	next, back := view, view
	next.RowsPage++
	back.RowsPage--
	note := ""
	if more > 0 {
		note = fmt.Sprintf("; %d more columns, find them by name", more)
	}
	return []app.UI{
		app.P().Class("pager").Body(v.filterBox(view)),
		region("Rows", app.Table().Class("grid").ID("rows").Body(app.THead().Body(app.Tr().Body(heads...)), app.TBody().Body(rows...))),
		app.P().Class("pager").Body(
			app.Button().Type("button").Class("btn tight").Text("Back").Disabled(view.RowsPage == 0).OnClick(v.on(state.SetDataView{View: back})),
			app.Span().Text(fmt.Sprintf("rows %s–%s of %s%s", report.Count(min(from+1, d.Rows)), report.Count(to), report.Count(d.Rows), note)),
			app.Button().Type("button").Class("btn tight").Text("Next").Disabled(view.RowsPage >= pages-1).OnClick(v.on(state.SetDataView{View: next})),
		),
	}
}

func gridCell(c *dataset.Column, row int, why string) app.UI {
	raw := c.RawText(row)
	switch {
	case why != "":
		return app.Td().Class("cell-bad").Title(why).Text(short(raw))
	case c.IsMissing(row):
		if raw == "" {
			return app.Td()
		}
		return app.Td().Class("gone").Text(short(raw))
	}
	return app.Td().Text(short(raw))
}
