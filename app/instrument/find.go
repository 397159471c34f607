package instrument

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Recognise finds the library's instruments by the names of columns.
func (l Library) Recognise(columns []string) []Match { return RecogniseAmong(l.All(), columns) }

// Find finds the library's instruments by the names of columns and, where the
// names fit several, by the answers; then, among the columns that are left, by
// their number and range alone. Each match has been checked.
func (l Library) Find(columns []string, seen func(column string) Seen) []Match {
	found := among(l.All(), columns, seen)
	used := map[string]bool{}
	for _, m := range found {
		for _, c := range m.Items {
			used[c] = true
		}
	}
	var left []string
	for _, c := range columns {
		if !used[c] {
			left = append(left, c)
		}
	}
	found = append(found, l.byRange(left, seen)...)
	for i, m := range found {
		found[i] = l.Check(m, seen)
	}
	return found
}

// Check holds a match against the answers in the file, as Definition.Check,
// and asks again which instrument columns found by range alone are.
func (l Library) Check(m Match, seen func(column string) Seen) Match {
	d, ok := l.Get(m.Instrument)
	if !ok {
		return m
	}
	m = d.Check(m, seen)
	if m.Doubt == ByRange {
		m.Questions = append([]Question{l.rangeQuestion(m.Items, l.alike(m.Items, seen))}, m.Questions...)
	}
	return m
}

// fewest columns in a row that are held against the instruments by range
// alone: fewer would be something else too often.
const fewest = 5

// byRange finds runs of columns named alike and numbered 1 to k (a1 … a24)
// whose number and answers are those of an instrument.
func (l Library) byRange(columns []string, seen func(column string) Seen) []Match {
	var out []Match
	for _, run := range runs(columns) {
		if fits := l.alike(run, seen); fits != nil {
			q := l.rangeQuestion(run, fits)
			out = append(out, Match{Instrument: fits[0].ID, Items: run, Confidence: 0.3, Doubt: ByRange,
				Why: fmt.Sprintf("The names say nothing, but %d columns (%s) with these answers could be %s.", len(run), sample(run), fits[0].Short), Questions: []Question{q}})
		}
	}
	return out
}

// alike lists the instruments of as many items in whose range every answer
// lies, and whose lowest and highest answers occur.
func (l Library) alike(columns []string, seen func(column string) Seen) []*Definition {
	var out []*Definition
	for _, d := range l.All() {
		if len(d.Items) != len(columns) || slices.ContainsFunc(d.Items, func(it Item) bool { return it.Codes != nil || !it.Integer }) {
			continue
		}
		fits, lowest, highest := true, false, false
		for i, it := range d.Items {
			o := observe(seen(columns[i]))
			fits = fits && len(o.numbers) > 0 && o.within(it.Min, it.Max)
			lowest = lowest || slices.Contains(o.numbers, it.Min)
			highest = highest || slices.Contains(o.numbers, it.Max)
		}
		if fits && lowest && highest {
			out = append(out, d)
		}
	}
	return out
}

func (l Library) rangeQuestion(columns []string, fits []*Definition) Question {
	q := Question{Field: "columns", Column: sample(columns), Text: fmt.Sprintf("What are the columns %s?", sample(columns)),
		Why: "Their names do not tell; their number and their answers fit."}
	for _, d := range fits {
		q.Choices = append(q.Choices, Choice{d.ID, d.Name + ", in this order"})
	}
	if fits != nil {
		q.Item = fits[0].ID
	}
	q.Choices = append(q.Choices, Choice{NotThis, "none of these"})
	return q
}

// runs are columns named alike but for their numbers, which go from 1 up
// without a gap, by number.
func runs(columns []string) [][]string {
	var stems []string
	byStem := map[string]map[int]string{}
	for _, c := range columns {
		s := spell(c).full
		stem := strings.TrimRight(s, "0123456789")
		n, err := strconv.Atoi(s[len(stem):])
		if err != nil || stem == "" || len(s)-len(stem) > 3 {
			continue
		}
		if byStem[stem] == nil {
			byStem[stem] = map[int]string{}
			stems = append(stems, stem)
		}
		byStem[stem][n] = c
	}
	var out [][]string
	for _, stem := range stems {
		var run []string
		for n := 1; byStem[stem][n] != ""; n++ {
			run = append(run, byStem[stem][n])
		}
		if len(run) >= fewest && len(run) == len(byStem[stem]) {
			out = append(out, run)
		}
	}
	return out
}
