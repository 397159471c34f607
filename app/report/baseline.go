package report

import (
	"fmt"
	"math"
	"sort"
	"strings"

	"trialbox/app/analysis"
	"trialbox/stats"
)

// BaselineTables lays the baseline tables out: a table each, everybody, the
// intervention, the control and P, with footnotes that say what was done.
func BaselineTables(r *analysis.BaselineResult) []*Table {
	var out []*Table
	for _, t := range r.Tables {
		out = append(out, comparison(r, t, "All", true))
	}
	return out
}

// UnitTable lays the unit-level table out.
func UnitTable(r *analysis.BaselineResult) *Table {
	return comparison(r, r.Tables[0], "All units", false)
}

// AnsweredTable lays the comparison of those who answered at a visit with
// those who did not out, a table each.
func AnsweredTable(c *analysis.Compared) []*Table {
	var out []*Table
	for _, t := range c.Result.Tables {
		t.Title = "Baseline of those who answered at " + c.Visit.Label + " and of those who did not. " + t.Title
		out = append(out, comparison(&c.Result, t, "All", true))
	}
	return out
}

// comparisonBuilder makes one table of the lines of two groups.
type comparisonBuilder struct {
	tableBuilder
	r       *analysis.BaselineResult
	section string
}

func comparison(r *analysis.BaselineResult, lines analysis.BaselineLines, all string, people bool) *Table {
	b := &comparisonBuilder{r: r}
	b.t = &Table{Title: lines.Title, Flush: true}
	b.t.Heads = []Head{{Text: "Characteristic"}, {Text: all, Sub: "n = " + Count(r.Who.All())}}
	for _, g := range []int{1, 0} {
		sub := "n = " + Count(r.Who.People[g])
		if people {
			sub += ", " + counted(r.Who.Units[g], "unit", "units")
		}
		b.t.Heads = append(b.t.Heads, Head{Text: title(r.Who.Names[g]), Sub: sub})
	}
	if !r.Options.HideP {
		b.t.Heads = append(b.t.Heads, Head{Text: "P"})
		if r.Options.Clustered {
			b.t.Heads = append(b.t.Heads, Head{Text: "P, clusters"})
		}
	}
	if r.Options.Differences {
		b.t.Heads = append(b.t.Heads, Head{Text: "Std. diff."})
	}
	b.methods(lines.Lines)
	for _, l := range lines.Lines {
		b.line(l)
	}
	b.t.Legend = legendOf(lines.Lines)
	b.closing(people)
	return b.t
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}

// methods gives each statistic that occurs its letter, in the order of the
// rows.
func (b *comparisonBuilder) methods(lines []analysis.BaselineLine) {
	for _, l := range lines {
		b.note(b.method(l.Row.Statistic))
	}
}

func (b *comparisonBuilder) method(statistic string) string {
	o := b.r.Options
	text := ""
	switch statistic {
	case "mean":
		text = "Mean (standard deviation)"
		if o.TTest == "pooled" {
			text += "; P from the t test with a pooled variance"
		} else {
			text += "; P from Welch's t test"
		}
	case "percent":
		text = "Percentage (number)" + map[string]string{
			"":        "; P from Pearson's chi-square test without continuity correction, *Fisher's exact test where more than a quarter of the expected counts are below 5 or any is below 1",
			"auto":    "; P from Pearson's chi-square test without continuity correction, *Fisher's exact test where more than a quarter of the expected counts are below 5 or any is below 1",
			"any5":    "; P from Pearson's chi-square test without continuity correction, *Fisher's exact test where any expected count is below 5",
			"pearson": "; P from Pearson's chi-square test without continuity correction",
			"yates":   "; P from the chi-square test, with Yates's continuity correction in tables of two by two",
			"fisher":  "; P from Fisher's exact test",
		}[o.Counts]
	default:
		text = "Median (lowest–highest)"
		if statistic == "median" {
			text = "Median (quartiles, type " + map[int]string{0: "6 as in SPSS", 6: "6 as in SPSS", 2: "2 as in Stata", 7: "7 as in R"}[o.Quartiles] + ")"
		}
		text += "; P from the Mann–Whitney U test, tie-corrected"
		if o.Continuity {
			text += ", with continuity correction"
		}
		if o.Exact {
			text += ", exact where there are no ties and fewer than 50 values a group"
		}
	}
	if o.HideP {
		text, _, _ = strings.Cut(text, "; P ")
	}
	return text + "."
}

func (b *comparisonBuilder) line(l analysis.BaselineLine) {
	if l.First && l.Row.Section != b.section {
		b.section = l.Row.Section
		if b.section != "" {
			b.t.Rows = append(b.t.Rows, Row{Label: b.section, Group: true})
		}
	}
	row := Row{Key: l.Row.Variable, Label: l.Row.Label, Indent: l.Row.Indent}
	if l.First {
		row.Mark = b.note(b.method(l.Row.Statistic))
		row.Own = b.own(l)
	}
	if l.Reason != "" {
		mark := b.note(l.Row.Label + ": " + l.Reason)
		for range len(b.t.Heads) - 1 {
			row.Cells = append(row.Cells, Cell{Value: "n/a", Mark: mark})
		}
		b.t.Rows = append(b.t.Rows, row)
		return
	}
	if l.Block {
		if l.First {
			head := row
			head.Block = true
			head.Cells = append([]Cell{{}, {}, {}}, b.comparisons(l)...)
			b.t.Rows = append(b.t.Rows, head)
		}
		row.Label, row.Mark, row.Own, row.Indent = l.Level, "", "", row.Indent+1
	}
	row.Cells = []Cell{value(l, l.All), value(l, l.Groups[1]), value(l, l.Groups[0])}
	switch {
	case l.Block:
		row.Cells = append(row.Cells, make([]Cell, len(b.t.Heads)-4)...)
	default:
		row.Cells = append(row.Cells, b.comparisons(l)...)
	}
	row.Numbers = b.numbers(l)
	b.t.Rows = append(b.t.Rows, row)
	if l.Last && b.r.Options.MissingRows && l.All.Missing > 0 {
		b.missing(l)
	}
}

// missing adds the line of those without an answer.
func (b *comparisonBuilder) missing(l analysis.BaselineLine) {
	row := Row{Key: l.Row.Variable, Label: "missing", Indent: l.Row.Indent + 1}
	for _, c := range []stats.Cell{l.All, l.Groups[1], l.Groups[0]} {
		share := 100 * float64(c.Missing) / float64(c.N+c.Missing)
		row.Cells = append(row.Cells, Cell{Value: Number(share, 1), Paren: Count(c.Missing)})
	}
	row.Cells = append(row.Cells, make([]Cell, len(b.t.Heads)-4)...)
	b.t.Rows = append(b.t.Rows, row)
}

// own is the row's own number of people where it is not everybody.
func (b *comparisonBuilder) own(l analysis.BaselineLine) string {
	if l.Reason != "" || l.All.N == b.r.Who.All() {
		return ""
	}
	return "n = " + Count(l.All.N)
}

// comparisons are the cells behind the values: P and the standardised
// difference as the options ask.
func (b *comparisonBuilder) comparisons(l analysis.BaselineLine) []Cell {
	var out []Cell
	o := b.r.Options
	if !o.HideP {
		out = append(out, b.p(l, l.Test, l.Test.P < 0.05))
		if o.Clustered {
			out = append(out, b.p(l, l.Clustered, l.Clustered.P < 0.05))
		}
	}
	if o.Differences {
		d := Cell{Value: Number(math.Round(100*l.Imbalance.Value)/100+0, 2), P: true} // + 0: no minus before nothing
		if l.Imbalance.Status != stats.OK {
			d = Cell{Value: "n/a", P: true, Mark: b.note(l.Row.Label + ": " + string(l.Imbalance.Status))}
		}
		out = append(out, d)
	}
	return out
}

func (b *comparisonBuilder) p(l analysis.BaselineLine, t stats.Test, bold bool) Cell {
	if t.Status != stats.OK {
		return Cell{Value: "n/a", P: true, Mark: b.note(l.Row.Label + ": " + string(t.Status))}
	}
	c := Cell{Value: PValue(t.P), P: true, Bold: bold}
	if t.Name == "Fisher exact" && b.r.Options.Counts != "fisher" {
		c.Mark = "*"
	}
	if t.Note != "" {
		c.Mark = join(c.Mark, b.note(title(t.Note)+"."))
	}
	return c
}

// value prints a cell as its statistic is printed.
func value(l analysis.BaselineLine, c stats.Cell) Cell {
	if c.N == 0 {
		return Cell{Value: enDash}
	}
	switch l.Row.Statistic {
	case "percent":
		return Cell{Value: Number(c.Value, 1), Paren: Count(c.Count)}
	case "mean":
		return Cell{Value: Number(c.Value, l.Decimals), Paren: Number(c.SD, l.Decimals)}
	}
	print := func(x float64) string {
		if l.Row.Decimals != nil {
			return Number(x, l.Decimals)
		}
		return quantile(x, l.Decimals)
	}
	return Cell{Value: print(c.Value), Paren: between(print(c.Low), print(c.High)), Wide: true}
}

// quantile prints a median or quartile; one that lies between two whole
// numbers has a decimal more.
func quantile(x float64, decimals int) string {
	if decimals == 0 && x != math.Round(x) {
		decimals = 1
	}
	return Number(x, decimals)
}

func between(low, high string) string {
	if strings.HasPrefix(high, minus) {
		high = " " + high
	}
	return low + enDash + high
}

// numbers are the line at full precision.
func (b *comparisonBuilder) numbers(l analysis.BaselineLine) []Named {
	out := []Named{{Name: "variable", Text: l.Row.Variable}, {Name: "label", Text: l.Row.Label}, {Name: "level", Text: l.Level, Value: Missing}, {Name: "statistic", Text: l.Row.Statistic}}
	cell := func(suffix string, c stats.Cell) {
		count := Missing
		if l.Row.Statistic == "percent" {
			count = float64(c.Count)
		}
		out = append(out, Named{Name: "n" + suffix, Value: float64(c.N)}, Named{Name: "missing" + suffix, Value: float64(c.Missing)}, Named{Name: "value" + suffix, Value: c.Value}, Named{Name: "sd" + suffix, Value: c.SD},
			Named{Name: "low" + suffix, Value: c.Low}, Named{Name: "high" + suffix, Value: c.High}, Named{Name: "count" + suffix, Value: count})
	}
	cell("_all", l.All)
	for _, g := range []int{1, 0} {
		cell("_"+strings.ReplaceAll(b.r.Who.Names[g], " ", "_"), l.Groups[g])
	}
	p, statistic, df, name, smd, clustered := Missing, Missing, Missing, "", Missing, Missing
	if l.First {
		name = l.Test.Name
		if l.Test.Status == stats.OK {
			p, statistic, df = l.Test.P, l.Test.Statistic, l.Test.DF
		}
		if l.Imbalance.Status == stats.OK {
			smd = l.Imbalance.Value
		}
		if b.r.Options.Clustered && l.Clustered.Status == stats.OK {
			clustered = l.Clustered.P
		}
	}
	return append(out, Named{Name: "test", Text: name, Value: Missing}, Named{Name: "test_statistic", Value: statistic}, Named{Name: "df", Value: df}, Named{Name: "p", Value: p},
		Named{Name: "p_cluster_adjusted", Value: clustered}, Named{Name: "standardised_difference", Value: smd})
}

// closing are the notes about the table as a whole.
func (b *comparisonBuilder) closing(people bool) {
	o := b.r.Options
	add := func(text string) {
		b.t.Notes, b.t.Marks = append(b.t.Notes, text), append(b.t.Marks, "")
	}
	var words []string
	for _, r := range b.t.Rows {
		if r.Own != "" {
			words = append(words, fmt.Sprintf("Own n beside a row where it is not %s.", Count(b.r.Who.All())))
			break
		}
	}
	if !o.HideP {
		words = append(words, "Bold: P < 0.05.")
		if people {
			words = append(words, when(o.Clustered, "P takes people as independent.")+when(!o.Clustered, "Tests take people as independent."))
		}
	}
	if o.Clustered {
		words = append(words, "P, clusters: t test, and chi-square test, with each arm's variance multiplied by its design effect (Donner and Klar); medians by ranks.")
	}
	if o.Differences {
		words = append(words, "Standardised difference: "+b.r.Who.Names[1]+" less "+b.r.Who.Names[0]+", over the root of the mean variance (Austin 2009); of several categories the distance, without a sign.")
	}
	if len(words) > 0 {
		add(strings.Join(words, " "))
	}
	for _, w := range b.r.Warnings {
		add(w)
	}
}

// legendOf spells out the abbreviations of the labels.
func legendOf(lines []analysis.BaselineLine) string {
	used := map[string]bool{}
	for _, l := range lines {
		for short := range abbreviations {
			if hasWord(l.Row.Label, short) {
				used[short] = true
			}
		}
	}
	var parts []string
	for short := range used {
		parts = append(parts, short+", "+abbreviations[short])
	}
	if len(parts) == 0 {
		return ""
	}
	sort.Strings(parts)
	return strings.Join(parts, "; ") + "."
}
