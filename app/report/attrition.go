package report

import (
	"trialbox/app/analysis"
	"trialbox/stats"
)

// AnsweredWhen says who answered at each visit, by arm, and at which visits
// together.
func AnsweredWhen(a *analysis.Attrition) *Table {
	b := &tableBuilder{t: &Table{Title: "Answers by visit.", Flush: true}}
	b.t.Heads = []Head{{Text: "Answered at"}, {Text: "All", Sub: "n = " + Count(a.Who.All())}}
	for _, g := range []int{1, 0} {
		b.t.Heads = append(b.t.Heads, Head{Text: title(a.Who.Names[g]), Sub: "n = " + Count(a.Who.People[g])})
	}
	mark := b.note("Percentage (number) of the people recruited; P from Pearson's chi-square test, people taken as independent.")
	b.t.Heads = append(b.t.Heads, Head{Text: "P", Mark: mark})
	for _, l := range a.Answered {
		row := Row{Key: l.Visit.Code, Label: title(l.Visit.Label)}
		for _, c := range []stats.Cell{l.All, l.Arms[1], l.Arms[0]} {
			row.Cells = append(row.Cells, Cell{Value: Number(c.Value, 1), Paren: Count(c.Count)})
		}
		p := Cell{Value: PValue(l.Test.P), P: true, Bold: l.Test.P < 0.05}
		switch {
		case l.All.Count == l.All.N:
			p = Cell{Value: "n/a", P: true, Mark: b.note(title(l.Visit.Label) + ": everybody answered, so there is nothing to test.")}
		case l.All.Count == 0:
			p = Cell{Value: "n/a", P: true, Mark: b.note(title(l.Visit.Label) + ": nobody answered, so there is nothing to test.")}
		case l.Test.Status != stats.OK:
			p = Cell{Value: "n/a", P: true, Mark: b.note(title(l.Visit.Label) + ": " + string(l.Test.Status))}
		}
		row.Cells = append(row.Cells, p)
		row.Numbers = answeredNumbers(title(l.Visit.Label), [3]int{l.All.Count, l.Arms[1].Count, l.Arms[0].Count}, l.Test.P)
		b.t.Rows = append(b.t.Rows, row)
	}
	b.t.Rows = append(b.t.Rows, Row{Label: "At these visits and no other", Group: true})
	for _, p := range a.Patterns {
		row := Row{Label: title(p.Label)}
		counts := [3]int{p.People[0] + p.People[1], p.People[1], p.People[0]}
		for k, n := range counts {
			of := [3]int{a.Who.All(), a.Who.People[1], a.Who.People[0]}[k]
			row.Cells = append(row.Cells, Cell{Value: Number(100*float64(n)/float64(of), 1), Paren: Count(n)})
		}
		row.Cells = append(row.Cells, Cell{P: true})
		row.Numbers = answeredNumbers("only: "+p.Label, counts, Missing)
		b.t.Rows = append(b.t.Rows, row)
	}
	return b.t
}

func answeredNumbers(label string, n [3]int, p float64) []Named {
	return []Named{{Name: "answered_at", Text: label}, {Name: "n_all", Value: float64(n[0])}, {Name: "n_intervention", Value: float64(n[1])}, {Name: "n_control", Value: float64(n[2])}, {Name: "p", Value: p}}
}

// MissingTable counts missing questionnaires, items and scores of every
// outcome at every visit, among the people who answered anything then.
func MissingTable(a *analysis.Attrition) *Table {
	b := &tableBuilder{t: &Table{Title: "Missing answers of those who answered.", Flush: true}}
	b.t.Spans = []Span{{1, 5, title(a.Who.Names[1])}, {5, 9, title(a.Who.Names[0])}}
	none, items, score := b.note("Answered something at the visit, and no item of this."), b.note("Percentage of the items of those who began (number)."), b.note("Began, and has no score by the rule for missing answers.")
	b.t.Heads = []Head{{Text: "Outcome and timepoint"}}
	for range 2 {
		b.t.Heads = append(b.t.Heads, Head{Text: "n"}, Head{Text: "Not begun", Mark: none}, Head{Text: "Items missing", Mark: items}, Head{Text: "No score", Mark: score})
	}
	last := ""
	for _, l := range a.Missing {
		if l.Variable != last {
			last = l.Variable
			b.t.Rows = append(b.t.Rows, Row{Key: l.Variable, Label: l.Label, Group: true})
		}
		row := Row{Key: l.Variable, Label: title(l.Visit.Label), Indent: 1}
		row.Numbers = []Named{{Name: "outcome", Text: l.Variable}, {Name: "visit", Text: l.Visit.Code}, {Name: "items", Value: float64(l.Items)}}
		for _, g := range []int{1, 0} {
			began := l.People[g] - l.NotBegun[g]
			share := Cell{Value: Count(l.ItemsMissing[g])}
			if began > 0 && l.Items > 1 {
				share = Cell{Value: Number(100*float64(l.ItemsMissing[g])/float64(began*l.Items), 1), Paren: Count(l.ItemsMissing[g])}
			}
			row.Cells = append(row.Cells, Cell{Value: Count(l.People[g])}, Cell{Value: Count(l.NotBegun[g])}, share, Cell{Value: Count(l.NoScore[g])})
			arm := [2]string{"_control", "_intervention"}[g]
			row.Numbers = append(row.Numbers, Named{Name: "answered" + arm, Value: float64(l.People[g])}, Named{Name: "not_begun" + arm, Value: float64(l.NotBegun[g])},
				Named{Name: "items_missing" + arm, Value: float64(l.ItemsMissing[g])}, Named{Name: "no_score" + arm, Value: float64(l.NoScore[g])})
		}
		b.t.Rows = append(b.t.Rows, row)
	}
	return b.t
}

// FlowTable is the flow chart as a table, for readers and for the clipboard.
func FlowTable(f *analysis.Flow, notes *analysis.FlowNotes) *Table {
	head, rows := FlowRows(f, notes)
	t := &Table{Title: "Flow of units and people.", Flush: true}
	for _, h := range head {
		t.Heads = append(t.Heads, Head{Text: h})
	}
	for _, r := range rows {
		row := Row{Label: r[0]}
		for _, c := range r[1:] {
			row.Cells = append(row.Cells, Cell{Value: c})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
