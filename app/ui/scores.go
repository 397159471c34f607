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
	p := v.m.Project
	if p == nil {
		return []app.UI{head("Scores", "Instruments found by their column names."),
			nothing("There are no data yet. Open the example or your own CSV first.", screenLink("primary", "Go to Start", state.Start), screenLink("", "Score one patient", state.Quick))}
	}
	adding := p.Scoring
	adding.Adding = !adding.Adding
	body := []app.UI{head("Scores", "Instruments found by their column names. Choose one for its receipts, columns and settings.",
		app.Button().Type("button").ID("add-instrument").Class("btn").Aria("expanded", p.Scoring.Adding).Text("Add an instrument").OnClick(v.on(state.SetScoreView{View: adding})),
		screenLink("primary", "Go to Outcomes", state.Outcomes))}
	if p.Scoring.Adding {
		body = append(body, v.addList(p))
	}
	if len(p.Recipe.Mapping.Instruments) == 0 {
		return append(body, nothing("No instrument was recognised by its column names. Add one and choose its columns; columns that already hold scores can be used as outcomes as they are.", screenLink("", "Give columns the role Outcome", state.Data)))
	}
	for _, q := range p.Questions {
		body = append(body, v.question(p, q))
	}
	body = append(body, v.errorList(p), v.instrumentTable(p))
	return append(body, v.instrumentPart(p)...)
}

// addList are the instruments that are not scored yet.
func (v view) addList(p *state.Project) app.UI {
	var items []app.UI
	for _, d := range p.Library().All() {
		if !slices.ContainsFunc(p.Recipe.Mapping.Instruments, func(u trial.Use) bool { return u.Instrument == d.ID }) {
			items = append(items, app.Li().Body(app.Button().Type("button").Class("btn").Title(d.Name).OnClick(v.on(state.AddInstrument{Instrument: d.ID})).Body(
				app.Span().Text(d.Short), app.Small().Text(plural(len(d.Items), "item", "items")))))
		}
	}
	return app.Section().ID("add-list").Aria("label", "Instruments to add").Body(
		app.P().Class("small soft").Text("Columns whose names fit are put in; the rest you choose. Items go by number, never by wording."),
		app.Ul().Class("picks").Body(items...),
		app.P().Class("actions").Body(app.Button().Type("button").ID("new-own").Class("btn").Text("Describe a questionnaire of your own").OnClick(v.on(state.OwnOpen{}))))
}

// question is something the data cannot answer; it is asked and stays
// changeable.
func (v view) question(p *state.Project, q state.Question) app.UI {
	kind, icon, lead := "warn", iconWarn, "Please say: "
	if q.Answer != "" {
		kind, icon, lead = "ok", iconDone, "Answered: "
	}
	send := func(s string) state.Msg {
		return state.AnswerQuestion{Instrument: q.Instrument, Field: q.Field, Item: q.Item, Answer: s}
	}
	id := "q-" + q.Instrument + "-" + q.Item
	if q.Field == "columns" {
		id += "columns"
	}
	if q.Field == "texts" {
		return app.Div().Class("banner "+kind).ID(id).Body(app.Raw(icon),
			app.Div().Body(app.P().Body(app.B().Text(lead), app.Text(q.Text+" "+q.Why)), v.words(p, q, send)))
	}
	options := []option{{"", "choose"}}
	for _, c := range q.Choices {
		options = append(options, option{c.Value, c.Label})
	}
	return app.Div().Class("banner "+kind).Body(
		app.Raw(icon),
		app.P().Body(app.B().Text(lead), app.Text(q.Text+" "+q.Why)),
		app.P().Class("actions").Body(v.selectBox(id, q.Text, q.Answer, options, q, send)),
	)
}

// words gives each answer in words its number: a proposal as a whole, or one
// by one.
func (v view) words(p *state.Project, q state.Question, send func(string) state.Msg) app.UI {
	var proposals, fields []app.UI
	for _, c := range q.Choices {
		if c.Value != q.Answer {
			proposals = append(proposals, v.button("tight", c.Label, send(c.Value)))
		}
	}
	have := map[string]string{}
	for _, u := range p.Recipe.Mapping.Instruments {
		if u.Instrument == q.Instrument {
			have = u.Texts[q.Item]
		}
	}
	for i, word := range q.Texts {
		options := []option{{"", "choose"}}
		for _, code := range q.Codes {
			options = append(options, option{code, code})
		}
		id := fmt.Sprintf("w-%s-%s-%d", q.Instrument, q.Item, i+1)
		fields = append(fields, app.Li().Body(app.Label().For(id).Text(word),
			v.selectBox(id, "", have[word], options, word, func(s string) state.Msg {
				return state.SetWord{Instrument: q.Instrument, Item: q.Item, Word: word, Code: s}
			})))
	}
	return app.Div().Body(app.P().Class("tools").Body(proposals...), app.Ul().Class("words").Body(fields...))
}

// answersInError counts them.
func answersInError(p *state.Project) int {
	n := 0
	if p.Trial != nil {
		for _, problem := range p.Trial.Problems {
			if problem.Kind == "item out of range" {
				n++
			}
		}
	}
	return n
}

// errorList are the cells that are no answer, each with its place: they
// are errors and never count as missing.
func (v view) errorList(p *state.Project) app.UI {
	n := answersInError(p)
	if n == 0 {
		return app.Div()
	}
	var items []app.UI
	for _, problem := range p.Trial.Problems {
		if problem.Kind != "item out of range" || len(items) == 12 {
			continue
		}
		items = append(items, app.Li().Body(app.Text(fmt.Sprintf("Line %d, column %s: ", problem.Line, problem.Column)), app.Text(problem.Text+". "), v.receiptAt(p, problem.Line, problem.Column)))
	}
	if n > len(items) {
		items = append(items, app.Li().Text(fmt.Sprintf("and %d more; the Data screen lists them", n-len(items))))
	}
	return app.Div().Class("banner bad").ID("answers-in-error").Body(app.Raw(iconBad), app.Div().Body(
		app.P().Body(app.B().Text(plural(n, "answer is in error. ", "answers are in error. ")), app.Text("The rows have no score of that instrument until the cells are corrected.")),
		app.Ul().Body(items...)))
}

// receiptAt shows the receipt of a cell's row.
func (v view) receiptAt(p *state.Project, line int, column string) app.UI {
	for _, w := range p.Recipe.Mapping.Wide {
		if w.Column == column {
			column = w.Stem
		}
	}
	id, _ := p.ItemOf(column)
	row := slices.Index(p.Trial.Line, int32(line))
	if id == "" || row < 0 {
		return app.Span()
	}
	return v.button("quiet tight", "Receipt", state.ShowScores{View: p.Scoring.At(id, row, "receipt")})
}

func (v view) instrumentTable(p *state.Project) app.UI {
	var rows []app.UI
	for _, u := range p.Recipe.Mapping.Instruments {
		if d, ok := p.Library().Get(u.Instrument); ok {
			rows = append(rows, v.instrumentRows(p, u, d)...)
		}
	}
	arms := ""
	if p.Trial != nil {
		arms = fmt.Sprintf(" Distribution of the scores at each visit: %s above the line, %s below, share of the arm.", p.Trial.Arms[1], p.Trial.Arms[0])
	}
	return app.Div().Body(
		region("Instruments", app.Table().Class("jt still scores").ID("instruments").Body(
			app.Caption().Body(app.Span().Class("cap").Body(app.B().Text("Instruments."), app.Text(" Counts are over the visits at which the instrument was asked."+arms))),
			app.THead().Body(app.Tr().Body(th("Instrument"), th("Found at"), thn("Scored"), thn("No score"), th("Distribution"), th("Categories at first"),
				thn("Floor"), thn("Ceiling"), thn("α"), th("State"))),
			app.TBody().Body(rows...))),
		app.Div().Class("notes").Body(app.P().Text("No score: why is said under the number; choose it for a receipt. Floor, ceiling: scores at the lowest and the highest of the scale. α: Cronbach's alpha of the items that count, over rows with all of them answered, lowest and highest of the visits.")))
}

// instrumentRows is a row an instrument; one of several scales has a row for
// each below it.
func (v view) instrumentRows(p *state.Project, u trial.Use, d *instrument.Definition) []app.UI {
	summary, ok := p.Summary(u.Instrument)
	name := app.Th().Scope("row").Body(
		app.Button().Type("button").Class("aslink").Aria("pressed", chosen(p) == u.Instrument).Text(d.Short).OnClick(v.on(state.ShowScores{View: p.Scoring.At(u.Instrument, p.Scoring.Row, p.Scoring.Tab)})),
		app.Small().Text(v.itemWords(p, u, d)))
	kind, icon, word := v.stateOf(p, u, summary)
	stateCell := app.Td().Class("c").Body(tag(kind, icon, word))
	if !ok {
		return []app.UI{app.Tr().DataSet("instrument", u.Instrument).Body(name, app.Td().Class("n").ColSpan(8), stateCell)}
	}
	var shown []trial.ScaleSummary
	for _, s := range summary.Scales {
		if !s.Scale.Alternative && (s.Edges != nil || s.Scale.Kind != instrument.Number) {
			shown = append(shown, s)
		}
	}
	if len(shown) == 1 {
		return []app.UI{app.Tr().DataSet("instrument", u.Instrument).Body(append(append([]app.UI{name}, v.scaleCells(p, shown[0])...), stateCell)...)}
	}
	rows := []app.UI{app.Tr().Class("g").DataSet("instrument", u.Instrument).Body(name, app.Td().Class("n").ColSpan(8), stateCell)}
	for _, s := range shown {
		cells := append([]app.UI{app.Th().Scope("row").Text(s.Scale.Label)}, v.scaleCells(p, s)...)
		rows = append(rows, app.Tr().Class("in").DataSet("scale", s.Scale.Variable).Body(append(cells, app.Td())...))
	}
	return rows
}

// itemWords say what an instrument is: items, those missing, range, direction.
func (v view) itemWords(p *state.Project, u trial.Use, d *instrument.Definition) string {
	text := plural(len(d.Items), "item", "items")
	have := 0
	for _, c := range u.Items {
		if c != "" {
			have++
		}
	}
	if have < len(d.Items) {
		text = fmt.Sprintf("%d of %d items", have, len(d.Items))
	}
	s := mainScale(u, d)
	if r := rangeWords(s); r != "" {
		text += ", " + r
	}
	if s.Better == instrument.Lower || s.Better == instrument.Higher {
		text += ", " + string(s.Better) + " is better"
	}
	return text + "; " + s.Missing
}

func (v view) stateOf(p *state.Project, u trial.Use, summary trial.Summary) (kind, icon, word string) {
	for _, q := range p.Unanswered() {
		if q.Instrument == u.Instrument {
			return "warn", iconWarn, "waits for your answer"
		}
	}
	if !slices.ContainsFunc(u.Items, func(c string) bool { return c != "" }) && u.Items != nil {
		return "warn", iconWarn, "no columns yet"
	}
	wrong, missing := 0, 0
	for k, s := range summary.Scales {
		for _, visit := range s.Visits {
			if k == 0 && visit.Asked {
				missing += visit.Rows - visit.Scored
			}
			for _, m := range visit.Missing {
				if k == 0 && m.Why == trial.InError {
					wrong += m.N
				}
			}
		}
	}
	switch {
	case wrong > 0:
		return "bad", iconBad, plural(wrong, "row in error", "rows in error")
	case missing > 0:
		return "warn", iconWarn, plural(missing, "score missing", "scores missing")
	case len(summary.Scales) == 0:
		return "warn", iconWarn, "not scored"
	}
	return "good", iconDone, "scored"
}

// scaleCells are the cells of one scale between its name and its state.
func (v view) scaleCells(p *state.Project, s trial.ScaleSummary) []app.UI {
	t := p.Trial
	var at []string
	scored, missing, floor, ceiling := 0, 0, 0, 0
	low, high := math.NaN(), math.NaN()
	why := map[string]trial.MissingReason{}
	var order []string
	categories := ""
	for k, visit := range s.Visits {
		if !visit.Asked {
			continue
		}
		at = append(at, t.Visits[k].Label)
		scored, missing = scored+visit.Scored, missing+visit.Rows-visit.Scored
		floor, ceiling = floor+visit.Floor, ceiling+visit.Ceiling
		low, high = lesser(low, visit.Alpha), -lesser(-high, -visit.Alpha)
		for _, m := range visit.Missing {
			one, known := why[m.Why]
			if !known {
				order = append(order, m.Why)
				one.Rows = m.Rows
			}
			one.N += m.N
			why[m.Why] = one
		}
		if categories == "" {
			categories = bandWords(s.Scale, visit)
		}
	}
	visits := strings.Join(at, ", ")
	if len(at) == len(t.Visits) && len(at) > 1 {
		visits = "all visits"
	}
	id := s.Scale.Instrument
	var reasons []app.UI
	for _, w := range order {
		m := why[w]
		text := w
		if len(order) > 1 {
			text = fmt.Sprintf("%d %s", m.N, w)
		}
		if len(m.Rows) == 0 {
			reasons = append(reasons, app.Small().Text(text))
			continue
		}
		reasons = append(reasons, app.Small().Body(app.Button().Type("button").Class("aslink").Text(text).OnClick(v.on(state.ShowScores{View: p.Scoring.At(id, int(m.Rows[0]), "receipt")}))))
	}
	none := app.Td().Class("n why").Body(append([]app.UI{app.Text(report.Count(missing))}, reasons...)...)
	picture := app.Td()
	if s.Edges != nil {
		picture = picture.Body(app.Raw(sparkline(t, s)))
	}
	floorText, ceilingText := "", ""
	if s.Bounded && scored > 0 && s.Scale.Kind == instrument.Number {
		floorText, ceilingText = percent(floor, scored), percent(ceiling, scored)
	}
	return []app.UI{td("wrap", visits), td("n", report.Count(scored)), none, picture,
		td("bands", categories), td("n", floorText), td("n", ceilingText),
		td("n", alphaWords(low, high))}
}

// td is a cell of text, thn the head of a column of numbers.
func td(class, text string) app.UI { return app.Td().Class(class).Text(text) }

func thn(text string) app.UI { return app.Th().Scope("col").Class("n").Text(text) }

func lesser(a, b float64) float64 {
	if math.IsNaN(a) || b < a {
		return b
	}
	return a
}

func alphaWords(low, high float64) string {
	switch {
	case math.IsNaN(low):
		return ""
	case report.Number(low, 2) == report.Number(high, 2):
		return report.Number(low, 2)
	}
	return report.Number(low, 2) + "–" + report.Number(high, 2)
}

// bandWords are the shares of the categories at a visit, both arms together.
func bandWords(s instrument.Scale, visit trial.VisitSummary) string {
	if visit.Bands[0] == nil || visit.Scored == 0 {
		return ""
	}
	var parts []string
	for i, label := range bandLabels(s) {
		if n := visit.Bands[0][i] + visit.Bands[1][i]; n > 0 {
			parts = append(parts, label+" "+percent(n, visit.Scored))
		}
	}
	return strings.Join(parts, ", ")
}

func bandLabels(s instrument.Scale) []string {
	if s.Kind == instrument.Ordinal {
		return s.Levels
	}
	var out []string
	for _, b := range s.Bands {
		out = append(out, b.Label)
	}
	return out
}

func percent(n, of int) string {
	if of == 0 {
		return ""
	}
	x := 100 * float64(n) / float64(of)
	if n > 0 && x < 1 {
		return "<1%"
	}
	return strconv.Itoa(int(math.Round(x))) + "%"
}

// mainScale is the scale an instrument is known by, under the settings in use.
func mainScale(u trial.Use, d *instrument.Definition) instrument.Scale {
	scales := d.Scales()
	if scorer, err := d.NewScorer(u.Settings()); err == nil {
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
