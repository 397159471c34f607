package ui

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/design"
	"trialbox/app/report"
	"trialbox/app/state"
	"trialbox/stats/allocate"
)

// allocation is the tab of randomisation.
func (v view) allocation() []app.UI {
	return []app.UI{app.Div().Class("split").Body(v.allocationFields(), app.Div().Class("results").ID("allocation-results").Body(v.allocationResults()...))}
}

var methodOptions = []option{
	{string(allocate.Simple), "Simple"}, {string(allocate.Blocked), "Stratified, in permuted blocks"},
	{string(allocate.Constrained), "Constrained (balanced)"}, {string(allocate.Minimise), "Minimisation"},
}

func (v view) allocationFields() app.UI {
	c, _ := v.m.Choices()
	a := c.Allocation
	wrong := v.m.Plan.Refused
	d := v.m.Plan.Units
	field := func(name, label, hint, value string, set func(a *design.Allocation, s string)) app.UI {
		return v.typed("a-"+name, label, hint, value, wrong[name], func(c *design.Choices, s string) { set(&c.Allocation, s) })
	}
	body := []app.UI{app.Summary().Text("Randomisation"), app.H2().Text("Randomisation"), v.unitsSource(), v.refused("units"),
		field("seed", "Seed", "Write it down before you draw. Same seed and file, same list, on any machine.", a.Seed, func(a *design.Allocation, s string) { a.Seed = s }),
		app.P().Class("actions").Body(v.button("primary", "Draw", state.DrawUnits{})),
	}
	body = append(body, v.selectField("a-method", "Method", a.Method, methodOptions, c, func(s string) state.Msg {
		return v.choose(func(c *design.Choices) { c.Allocation.Method = s })
	}), v.refused("method"))
	if d != nil {
		names := []option{{"", "by its name: " + design.GuessUnit(d)}}
		for _, column := range d.Columns {
			names = append(names, option{column.Name, column.Name})
		}
		body = append(body, v.selectField("a-unit", "Unit", a.Unit, names, c, func(s string) state.Msg {
			return v.choose(func(c *design.Choices) { c.Allocation.Unit = s })
		}), v.refused("unit"))
		if a.Uses("strata") {
			body = append(body, v.columnBoxes("strata", "Strata", a.Strata, func(a *design.Allocation, list []string) { a.Strata = list }))
		}
		if a.Uses("balance") {
			body = append(body, v.columnBoxes("balance", "Balance on", a.Balance, func(a *design.Allocation, list []string) { a.Balance = list }))
		}
		if a.Uses("within") {
			for _, name := range a.Balance {
				body = append(body, v.typed("a-within-"+name, "Largest difference in "+name, "of the arms' means, or shares of a category; empty for none", a.Limit(name), wrong["within "+name], func(c *design.Choices, s string) {
					c.Allocation = c.Allocation.WithLimit(name, s)
				}))
			}
			body = append(body, v.refused("within"))
		}
	}
	body = append(body,
		field("arms", "Arms", "", a.Arms, func(a *design.Allocation, s string) { a.Arms = s }),
		field("ratio", "Ratio", "units of each arm: 1:1, 2:1", a.Ratio, func(a *design.Allocation, s string) { a.Ratio = s }))
	if a.Uses("blocks") {
		body = append(body, field("blocks", "Sizes of blocks", "drawn at random; within each stratum", a.Blocks, func(a *design.Allocation, s string) { a.Blocks = s }))
	}
	if a.Uses("keep") {
		body = append(body, field("keep", "Share of allocations to draw from", "the best balanced: 0.1 or 10 %", a.Keep, func(a *design.Allocation, s string) { a.Keep = s }))
	}
	if a.Uses("probability") {
		body = append(body, field("probability", "Probability of the better arm", "above 0.5, below 1", a.Probability, func(a *design.Allocation, s string) { a.Probability = s }))
	}
	body = append(body,
		app.Label().Class("check").Body(
			app.Input().Type("checkbox").ID("a-concealed").Checked(a.Concealed).OnChange(v.checked(fmt.Sprintf("a-concealed %+v", c), func(on bool) state.Msg {
				return v.choose(func(c *design.Choices) { c.Allocation.Concealed = on })
			})),
			app.Span().Text("Concealed: codes in place of the arms")),
	)
	return app.Details().Class("options").ID("allocation-options").Open(v.m.Plan.Drawn == nil).Body(body...)
}

// refused is what stands against a field that is no text.
func (v view) refused(part string) app.UI {
	if v.m.Plan.Refused[part] == "" {
		return app.Span()
	}
	return app.P().Class("hint bad").ID("a-" + part + "-says").Role("alert").Text(v.m.Plan.Refused[part])
}

// unitsSource is where the units come from.
func (v view) unitsSource() app.UI {
	var body []app.UI
	label := "Choose a units file"
	if d := v.m.Plan.Units; d != nil {
		body = append(body, app.P().Class("small").ID("a-units").Text(fmt.Sprintf("%s: %s.", d.Name, plural(d.Rows, "unit", "units"))))
		label = "Another file"
	} else {
		body = append(body, app.P().Class("small soft").Text("A line for each unit: its name, and what the arms are to be balanced on. It stays in memory and is not kept."))
	}
	actions := []app.UI{fileButtonClass("tight", "allocate-units", label, "allocate", ".csv,.tsv,.txt,.xlsx,text/csv")}
	if p := v.m.Project; p != nil && p.Units != nil && v.m.Plan.Units != p.Units.Dataset {
		actions = append(actions, v.button("tight", "The project's units file", state.UseUnitsFile{}))
	}
	if p := v.m.Project; p != nil && p.Trial != nil {
		actions = append(actions, v.button("tight", "The units of the open trial", state.UseTrialUnits{}))
	}
	actions = append(actions, fileButtonClass("tight", "allocation-log", "Check a log", "allocation-log", ".json"))
	return app.Div().Class("field").Body(append(body, app.P().Class("actions").Body(actions...))...)
}

// columnBoxes choose columns of the units file. The order in which they are
// chosen is that in which they are used.
func (v view) columnBoxes(part, legend string, chosen []string, set func(a *design.Allocation, list []string)) app.UI {
	c, _ := v.m.Choices()
	var boxes []app.UI
	d := v.m.Plan.Units
	unit := c.Allocation.Unit
	if unit == "" {
		unit = design.GuessUnit(d)
	}
	for _, column := range d.Columns {
		name := column.Name
		names := column.Distinct == d.Rows && !column.Kind.Numeric() // a stratum or a class of its own for each unit
		if !slices.Contains(chosen, name) && (name == unit || column.Distinct < 2 || names) {
			continue
		}
		text := fmt.Sprintf("%s, %d different", name, column.Distinct)
		boxes = append(boxes, app.Label().Class("check").Body(
			app.Input().Type("checkbox").ID("a-"+part+"-"+name).Checked(slices.Contains(chosen, name)).OnChange(v.checked(fmt.Sprintf("%s %s %+v", part, name, c), func(on bool) state.Msg {
				return v.choose(func(c *design.Choices) { set(&c.Allocation, design.Toggled(chosen, name, on)) })
			})),
			app.Span().Text(text)))
	}
	return app.Div().Body(app.FieldSet().Class("field").Body(app.Legend().Text(legend), app.Div().Body(boxes...)), v.refused(part))
}

func (v view) allocationResults() []app.UI {
	var body []app.UI
	if n := len(v.m.Plan.Refused); n > 0 {
		body = append(body, banner("warn", iconWarn, "Nothing was drawn.", plural(n, "field has", "fields have")+" to be corrected; each says how."))
	}
	if v.m.Plan.Drawing() {
		return []app.UI{app.Div().Class("work").Body(app.P().Role("status").Text("Drawing…"), app.Progress().Aria("label", "Drawing"))}
	}
	drawn := v.m.Plan.Drawn
	if drawn == nil {
		if v.m.Plan.Units == nil {
			return append(body, nothing("Choose a units file, a method and a seed, then draw. The list and the log that reproduces it are files of yours; nothing leaves this computer."))
		}
		return append(body, v.unitsPreview())
	}
	c, _ := v.m.Choices()
	if drawn.Read != "" {
		body = append(body, banner("ok", iconDone, drawn.Read+" gives the list it was written for.", "It was drawn again from the log alone, and is the same byte for byte."))
	} else if !reflect.DeepEqual(c.Allocation, drawn.From) {
		body = append(body, banner("warn", iconWarn, "The fields were changed.", "The list below was drawn with the former ones.", v.button("tight", "Draw again", state.DrawUnits{})))
	}
	for _, w := range append(slices.Clone(drawn.Notes), drawn.Log.Result.Warnings...) {
		body = append(body, banner("warn", iconWarn, "", w))
	}
	body = append(body, v.allocationList(drawn),
		app.Div().Class("tools").Body(
			v.button("quiet tight", "List as CSV", state.DownloadDesign{What: "allocation.csv"}),
			v.button("quiet tight", "Log as JSON", state.DownloadDesign{What: "allocation.json"})),
		app.P().Class("small soft").Text("The log alone gives the list again, byte for byte: trialbox allocate -replay log.json."+concealedWords(drawn)))
	return append(body, balanceTable(drawn), v.space(drawn))
}

func concealedWords(d *state.Drawn) string {
	if d.Log.Codes == nil {
		return ""
	}
	return " The list has codes only; which arm a code is stands in the log: give that to nobody who recruits or treats."
}

func (v view) unitsPreview() app.UI {
	d := v.m.Plan.Units
	var heads, rows []app.UI
	for _, c := range d.Columns {
		heads = append(heads, th(c.Name))
	}
	for row := range min(d.Rows, 60) {
		var cells []app.UI
		for _, c := range d.Columns {
			cells = append(cells, app.Td().Text(c.RawText(row)))
		}
		rows = append(rows, app.Tr().Body(cells...))
	}
	return region("Units", app.Table().Class("grid still").ID("units-preview").Body(
		app.Caption().Text(fmt.Sprintf("%s, as it is: %s", d.Name, plural(d.Rows, "unit", "units"))),
		app.THead().Body(app.Tr().Body(heads...)), app.TBody().Body(rows...)))
}

// allocationList is the list with what brought each unit to its arm.
func (v view) allocationList(d *state.Drawn) app.UI {
	l := d.Log
	shown := shownArms(d)
	count := make([]int, len(shown))
	var rows []app.UI
	for k, unit := range l.Request.Units {
		arm := l.Result.Drawn.Arm[k]
		count[arm]++
		cells := []app.UI{app.Td().Class("rowno").Text(fmt.Sprint(k + 1)), app.Th().Scope("row").Text(unit)}
		if l.Request.Strata != nil {
			cells = append(cells, app.Td().Text(l.Request.Strata[k]))
		}
		cells = append(cells, app.Td().Class("sig").Text(shown[arm]))
		if d.Log.Codes == nil {
			cells = append(cells, app.Td().Class("soft").Text(l.Result.Drawn.Why[k]))
		}
		rows = append(rows, app.Tr().Body(cells...))
	}
	heads := []app.UI{app.Th().Scope("col").Class("rowno").Text("No."), th("Unit")}
	if l.Request.Strata != nil {
		heads = append(heads, th(strings.Join(l.Strata, " / ")))
	}
	heads = append(heads, th("Arm"))
	if d.Log.Codes == nil {
		heads = append(heads, th("How"))
	}
	var counts []string
	for k, name := range shown {
		counts = append(counts, fmt.Sprintf("%s %d", name, count[k]))
	}
	seed := fmt.Sprintf(", seed %d", l.Request.Seed)
	if d.Log.Codes != nil {
		seed = "" // with it and the file anybody could draw the list
		slices.Sort(counts)
	}
	return region("Allocation list", app.Table().Class("grid").ID("allocation").DataSet("sha256", l.List).Body(
		app.Caption().Text(fmt.Sprintf("Allocation from %s%s: %s", l.Input.Name, seed, strings.Join(counts, ", "))),
		app.THead().Body(app.Tr().Body(heads...)), app.TBody().Body(rows...)))
}

// shownArms are the names of the arms, or their codes in a concealed list.
func shownArms(d *state.Drawn) []string {
	if d.Log.Codes != nil {
		return d.Log.Request.Codes()
	}
	return d.Log.Request.Arms
}

// balanceTable is how equal the arms are.
func balanceTable(d *state.Drawn) app.UI {
	heads := append([]string{""}, shownArms(d)...)
	var rows [][]string
	for _, b := range d.Log.Result.Drawn.Balance {
		name := b.Name
		if b.Level != "" {
			name += ": " + b.Level
		}
		if b.Mean {
			name += ", mean"
		}
		row := []string{name}
		for _, x := range b.Arms {
			if b.Mean {
				row = append(row, report.Number(x, 2))
			} else {
				row = append(row, report.Count(int(x)))
			}
		}
		rows = append(rows, row)
	}
	return app.Div().ID("balance").Body(app.H2().Text("Balance"), region("Balance of the arms", plainTable(heads, rows)))
}

// space is what constrained randomisation drew from.
func (v view) space(d *state.Drawn) app.UI {
	s := d.Log.Result.Drawn.Space
	if s == nil {
		return app.Div()
	}
	var rows [][]string
	for _, b := range s.Histogram {
		rows = append(rows, []string{report.Range(b.Low, b.High, 3), report.Count(b.Count), report.Count(b.Kept)})
	}
	return app.Figure().Class("fig").ID("space-figure").Body(
		app.H2().Text("The constrained space"),
		region("Histogram of the constrained space", app.Raw(report.SpaceFigure(s))),
		app.FigCaption().Body(app.B().Text(report.Count(s.Size)+" allocations, "+report.Count(s.Kept)+" kept."), app.Text(fmt.Sprintf(" Imbalance of the list %s, of those kept at most %s. %d pairs of units are always together, %d never.",
			report.Plain(s.Chosen), report.Plain(s.Cutoff), s.Together, s.Apart))),
		app.Div().Class("tools").Body(v.button("quiet tight", "SVG", state.DownloadDesign{What: "space.svg"})),
		app.Details().Body(app.Summary().Text("The numbers behind the figure"), region("Numbers of the histogram", plainTable([]string{"Imbalance", "Allocations", "Kept"}, rows))))
}
