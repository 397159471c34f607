package ui

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/dataset"
	"trialbox/app/report"
	"trialbox/app/state"
)

// valuesShown of a column can be recoded one by one.
const valuesShown = 30

// columnRule is how one column is read and everything that can be overruled,
// opened under its row.
func (v view) columnRule(p *state.Project, c *dataset.Column) app.UI {
	rule := p.Recipe.Reading.Columns[c.Name]
	set := func(change func(*dataset.ColumnRule)) state.Msg {
		next := rule
		change(&next)
		return state.SetColumnRule{Columns: []string{c.Name}, Rule: next}
	}
	id := func(s string) string { return "rule-" + s }
	fields := []app.UI{
		v.selectField(id("kind"), "Read as", rule.Kind, kindOptions, []any{c.Name, rule}, func(s string) state.Msg {
			return set(func(r *dataset.ColumnRule) { r.Kind = s })
		}),
	}
	if c.Decimal != 0 || c.Kind == dataset.Number || rule.Decimal != "" {
		fields = append(fields, v.selectField(id("decimal"), "Decimal mark", rule.Decimal, []option{{"", "as detected"}, {".", "point"}, {",", "comma"}}, []any{c.Name, rule}, func(s string) state.Msg {
			return set(func(r *dataset.ColumnRule) { r.Decimal = s })
		}))
	}
	if c.Kind == dataset.Date || rule.Kind == dataset.Date.String() || rule.Order != "" {
		fields = append(fields, v.selectField(id("order"), "Dates are written", rule.Order, []option{{"", "as detected"}, {"dmy", "day/month/year"}, {"mdy", "month/day/year"}, {"1900", "as day numbers from 1900"}, {"1904", "as day numbers from 1904"}}, []any{c.Name, rule}, func(s string) state.Msg {
			return set(func(r *dataset.ColumnRule) { r.Order = s })
		}))
	}
	fields = append(fields, app.Div().Class("field").Body(
		app.Label().For(id("missing")).Text("Also missing here, divided by ;"),
		app.Input().ID(id("missing")).Value(strings.Join(rule.Missing, "; ")).OnChange(v.input([]any{"missing", c.Name, rule}, func(s string) state.Msg {
			return set(func(r *dataset.ColumnRule) { r.Missing = listOf(s) })
		}))))
	body := []app.UI{app.P().Class("small").Text(c.Why)}
	if c.Label != "" {
		body = append(body, app.P().Class("small").Body(app.B().Text("Dictionary: "), app.Text(c.Label+choiceWords(p, c))))
	}
	body = append(body, app.Div().Class("three").Body(fields...), v.missingChecks(c, rule, set), v.mergeCheck(c, rule, set), v.valueTable(c, rule, set), v.ruleActions(p, c, rule))
	return app.Tr().Class("opened").Body(app.Td().ColSpan(8).Body(app.Div().ID("column-rule").Body(body...)))
}

var kindOptions = []option{{"", "as detected"}, {"number", "number"}, {"integer", "whole number"}, {"category", "category"}, {"yes/no", "yes or no"}, {"date", "date"}, {"label", "identifier"}, {"free text", "free text"}}

func listOf(s string) []string {
	var out []string
	for _, part := range strings.Split(s, ";") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// choiceWords are the answers a dictionary gives the column.
func choiceWords(p *state.Project, c *dataset.Column) string {
	rule := p.Recipe.Reading.DatasetOptions().Columns[c.Name]
	if len(rule.Choices) == 0 {
		return ""
	}
	var words []string
	for i, k := range rule.Choices {
		if i == 8 {
			words = append(words, "…")
			break
		}
		words = append(words, k.Code+" "+k.Label)
	}
	return " (" + strings.Join(words, ", ") + ")"
}

// missingChecks lists what stands for “no value”, each with its count and
// reason, to be taken or not.
func (v view) missingChecks(c *dataset.Column, rule dataset.ColumnRule, set func(func(*dataset.ColumnRule)) state.Msg) app.UI {
	var items []app.UI
	add := func(code, words string, on bool) {
		items = append(items, app.Label().Class("check").Body(
			app.Input().Type("checkbox").Checked(on).OnChange(v.checked([]any{"code", c.Name, code, rule}, func(on bool) state.Msg {
				return set(func(r *dataset.ColumnRule) {
					r.Missing, r.Present = toggled(r.Missing, code, on), toggled(r.Present, code, !on)
				})
			})),
			app.Span().Body(app.Code().Text(code), app.Text(" "+words))))
	}
	for _, m := range c.MissingCodes {
		if m.Code != "" {
			add(m.Code, fmt.Sprintf("in %s: %s", plural(m.Count, "cell", "cells"), m.Why), m.Applied)
		}
	}
	for _, code := range rule.Present {
		if !slices.ContainsFunc(c.MissingCodes, func(m dataset.MissingCode) bool { return m.Code == code }) {
			add(code, "is a value here, as you chose", false)
		}
	}
	if len(items) == 0 {
		return app.Div()
	}
	return app.FieldSet().Class("field").Body(append([]app.UI{app.Legend().Text("Taken as missing")}, items...)...)
}

func toggled(list []string, s string, on bool) []string {
	list = slices.DeleteFunc(slices.Clone(list), func(x string) bool { return x == s })
	if on {
		list = append(list, s)
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

// mergeCheck previews the spellings taken as one value.
func (v view) mergeCheck(c *dataset.Column, rule dataset.ColumnRule, set func(func(*dataset.ColumnRule)) state.Msg) app.UI {
	if len(c.Merged) == 0 && !rule.Apart {
		return app.Div()
	}
	var words []string
	for _, m := range c.Merged {
		var from []string
		for _, f := range m.From {
			if f != m.To {
				from = append(from, "“"+f+"”")
			}
		}
		words = append(words, strings.Join(from, ", ")+" → “"+m.To+"”")
	}
	text := "Take spellings that differ in blanks and capitals only as one"
	if len(words) > 0 {
		text += ": " + strings.Join(words, "; ")
	}
	return app.Label().Class("check").Body(
		app.Input().Type("checkbox").Checked(!rule.Apart).OnChange(v.checked([]any{"apart", c.Name, rule}, func(on bool) state.Msg {
			return set(func(r *dataset.ColumnRule) { r.Apart = !on })
		})),
		app.Span().Text(text))
}

// valueTable lists the texts of a column that repeat, each with its rows and
// what it becomes.
func (v view) valueTable(c *dataset.Column, rule dataset.ColumnRule, set func(func(*dataset.ColumnRule)) state.Msg) app.UI {
	if c.Distinct > 200 || c.Kind == dataset.FreeText || c.Kind == dataset.Number && c.Distinct > valuesShown {
		return app.Div()
	}
	type value struct {
		text, after string
		rows        int
	}
	var list []value
	for from := range rule.Recode {
		list = append(list, value{text: from, after: rule.Recode[from]})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].text < list[j].text })
	recoded := len(list)
	for i, raw := range c.Raw {
		if text := strings.TrimSpace(raw); c.Count[i] > 0 && text != "" {
			after := c.Clean[i]
			if c.Missing[i] {
				after = "missing"
			}
			list = append(list, value{text, after, int(c.Count[i])})
		}
	}
	var rows []app.UI
	for i, x := range list[:min(len(list), valuesShown+recoded)] {
		to, count := "", report.Count(x.rows)
		if i < recoded {
			to, count = x.after, ""
		}
		rows = append(rows, app.Tr().Body(
			app.Th().Scope("row").Body(app.Code().Text(short(x.text))),
			app.Td().Class("n").Text(count),
			app.Td().Text(x.after),
			app.Td().Body(app.Input().Aria("label", "“"+x.text+"” becomes").Value(to).OnChange(v.input([]any{"recode", c.Name, x.text, rule}, func(s string) state.Msg {
				return set(func(r *dataset.ColumnRule) { r.Recode = recoding(r.Recode, x.text, strings.TrimSpace(s)) })
			})))))
	}
	more := ""
	if n := len(list) - valuesShown - recoded; n > 0 {
		more = fmt.Sprintf(", the first %d of %d", valuesShown, len(list)-recoded)
	}
	return app.Details().ID("values").Body(
		app.Summary().Text("Values"+more),
		app.Table().Class("grid values").Body(
			app.THead().Body(app.Tr().Body(th("In the file"), app.Th().Scope("col").Class("n").Text("Rows"), th("Understood as"), th("Replace by"))),
			app.TBody().Body(rows...)),
		app.Span().Class("hint").Text("A replacement holds for every row and is part of the recipe. To correct a single cell, open Rows."))
}

// recoding is a recode with one text more, or one less when it is replaced by
// nothing or by itself.
func recoding(m map[string]string, from, to string) map[string]string {
	out := map[string]string{}
	for k, x := range m {
		out[k] = x
	}
	if to == "" || to == from {
		delete(out, from)
	} else {
		out[from] = to
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// ruleActions carry a rule over to columns of the same sort, or take it back.
func (v view) ruleActions(p *state.Project, c *dataset.Column, rule dataset.ColumnRule) app.UI {
	closed := p.Data
	closed.Column = ""
	actions := []app.UI{v.button("tight", "Close", state.SetDataView{View: closed})}
	if _, own := p.Recipe.Reading.Columns[c.Name]; own {
		if like := columnsLike(p.Dataset, c.Name); len(like) > 1 {
			actions = append(actions, v.button("tight", fmt.Sprintf("Use for all %d columns named like %s", len(like), c.Name), state.SetColumnRule{Columns: like, Rule: rule}))
		}
		actions = append(actions, v.button("tight", "Back to what was detected", state.SetColumnRule{Columns: []string{c.Name}}))
	}
	return app.P().Class("actions").Body(actions...)
}

// columnsLike are the columns whose names differ in their numbers only.
func columnsLike(d *dataset.Dataset, name string) []string {
	plain := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return -1
			}
			return r
		}, s)
	}
	want := plain(name)
	if want == name {
		return nil
	}
	var out []string
	for _, c := range d.Columns {
		if plain(c.Name) == want {
			out = append(out, c.Name)
		}
	}
	return out
}

// count is a number in a cell, nothing for none.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
