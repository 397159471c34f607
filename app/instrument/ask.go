package instrument

import (
	"fmt"
	"slices"
	"strings"
)

// Questions are the choices this instrument always asks for, with the file's
// columns given in item order.
func (d *Definition) Questions(items []string) []Question {
	var list []Question
	for i, it := range d.Items {
		if it.Ask && i < len(items) && items[i] != "" {
			list = append(list, it.question(d, items[i], it.Codings))
		}
	}
	return list
}

func (it Item) question(d *Definition, column string, codings []Coding) Question {
	q := Question{Field: "coding", Item: it.Column, Column: column,
		Text: fmt.Sprintf("How does column %s (%s, item %d) hold the answers?", column, d.Short, it.Number)}
	if len(d.Items) == 1 {
		q.Text = fmt.Sprintf("What does column %s (%s) hold?", column, d.Short)
	}
	for _, c := range codings {
		q.Choices = append(q.Choices, Choice{c.Name, c.Text})
	}
	return q
}

// Codings are the other ways in which the items that are not always asked
// about may be held, as choices: one for all items that have the same ones.
// The key of Settings.Coding is Item.
func (d *Definition) Codings(items []string) []Question {
	var list []Question
	shared := true
	var first []Coding
	var columns []string
	for i, it := range d.Items {
		if it.Ask || len(it.Codings) < 2 || i >= len(items) || items[i] == "" {
			continue
		}
		list = append(list, it.question(d, items[i], it.Codings))
		columns = append(columns, items[i])
		if first == nil {
			first = it.Codings
		}
		shared = shared && slices.EqualFunc(first, it.Codings, func(a, b Coding) bool { return a.Name == b.Name })
	}
	if shared && len(list) > 1 {
		q := list[0]
		q.Item, q.Column, q.Text = d.ID, sample(columns), fmt.Sprintf("How do columns %s (%s) hold the answers?", sample(columns), d.Short)
		return []Question{q}
	}
	return list
}

// Check holds a match of a built-in instrument against the answers in the
// file: see Definition.Check.
func Check(m Match, seen func(column string) Seen) Match {
	return Builtin().Check(m, seen)
}

// Check holds a match against the answers in the file. It fills in what the
// answers prove, raises a question where they do not fit the usual coding but
// would fit a shifted one, where they are words, and says where they fit
// nothing.
func (d *Definition) Check(m Match, seen func(column string) Seen) Match {
	m.Questions = nil
	if m.Doubt == ByNumbers {
		m.Questions = d.columnsAgain(m.Items)
	}
	if d.isProfile(m.Items) {
		return m
	}
	var odd []string
	m.Questions = append(m.Questions, d.wordQuestions(m, seen)...)
	whole, one := d.shiftedWhole(m, seen)
	if one {
		m.Questions = append(m.Questions, whole)
	}
	for i, it := range d.Items {
		column := m.Items[i]
		if column == "" || it.Codes != nil {
			continue
		}
		o := observe(seen(column))
		if it.Ask {
			q := it.question(d, column, it.Codings)
			q.settle(it.fitting(it.Codings, o), o)
			m.Questions = append(m.Questions, q)
			continue
		}
		if one || o.within(it.Min, it.Max) {
			continue
		}
		fits := it.fitting(append(slices.Clone(it.Codings), it.shifted()...), o)
		if len(fits) == 0 || len(o.numbers) < 2 {
			odd = append(odd, column)
			continue
		}
		m.Questions = append(m.Questions, it.shiftQuestion(d, column, fits, o))
	}
	if odd != nil {
		m.Confidence *= 0.8
		m.Why += fmt.Sprintf(" Some answers in %s are outside the range and will be reported as errors.", sample(odd))
	}
	return m
}

// columnsAgain asks the question about columns that was asked when they were
// found.
func (d *Definition) columnsAgain(items []string) []Question {
	var columns []string
	for _, c := range items {
		if c != "" {
			columns = append(columns, c)
		}
	}
	for _, m := range RecogniseAmong([]*Definition{d}, columns) {
		for _, q := range m.Questions {
			if q.Field == "columns" {
				return []Question{q}
			}
		}
	}
	return nil
}

// shiftedWhole asks once for an instrument whose items are all alike and whose
// answers, taken together, lie outside their range but fit a shifted one, or
// fit both because nobody gave the lowest answer.
func (d *Definition) shiftedWhole(m Match, seen func(column string) Seen) (Question, bool) {
	if len(d.Items) < 2 {
		return Question{}, false
	}
	first := d.Items[0]
	var all observed
	columns := 0
	for i, it := range d.Items {
		if it.Min != first.Min || it.Max != first.Max || it.Codes != nil || it.Codings != nil {
			return Question{}, false
		}
		if m.Items[i] != "" {
			all.numbers = append(all.numbers, observe(seen(m.Items[i])).numbers...)
			columns++
		}
	}
	slices.Sort(all.numbers)
	all.numbers = slices.Compact(all.numbers)
	fits := first.fitting(first.shifted(), all)
	if len(all.numbers) < 2 || len(fits) == 0 {
		return Question{}, false
	}
	if all.within(first.Min, first.Max) {
		if columns < 4 || !all.neverLowest(first) {
			return Question{}, false
		}
		fits = append(fits, first.asItIs())
	}
	q := first.shiftQuestion(d, sample(m.Items), fits, all)
	q.Item, q.Text = d.ID, fmt.Sprintf("How do columns %s (%s) hold the answers?", sample(m.Items), d.Short)
	return q, true
}

// neverLowest reports that every answer but the lowest, 0, was given to some
// item: then a file that counts from 1 looks the same.
func (o observed) neverLowest(it Item) bool {
	return it.Integer && it.Min == 0 && it.Max > 2 && len(o.numbers) == int(it.Max) && o.numbers[0] == 1
}

// shiftQuestion offers the item's own range beside those the answers fit. Of
// a yes and a no nothing can be suggested: which of two codes is which does
// not show.
func (it Item) shiftQuestion(d *Definition, column string, fits []Coding, o observed) Question {
	choices := []Coding{it.asItIs()}
	for _, c := range fits {
		if c.Name != choices[0].Name {
			choices = append(choices, c)
		}
	}
	q := it.question(d, column, choices)
	q.settle(fits, o)
	if it.Max-it.Min == 1 {
		q.Suggest = ""
	}
	return q
}

// observed is the numbers among a column's texts.
type observed struct{ numbers []float64 }

func observe(s Seen) observed {
	var o observed
	for _, t := range s.Texts {
		t = strings.TrimSpace(t)
		if IsMissing(t) {
			continue
		}
		if x, ok := decimal(t); ok {
			o.numbers = append(o.numbers, x)
		}
	}
	slices.Sort(o.numbers)
	return o
}

func (o observed) within(low, high float64) bool {
	return len(o.numbers) == 0 || (o.numbers[0] >= low && o.numbers[len(o.numbers)-1] <= high)
}

func (o observed) words() string {
	if len(o.numbers) == 0 {
		return "no answers"
	}
	return "answers from " + number(o.numbers[0]) + " to " + number(o.numbers[len(o.numbers)-1])
}

// asItIs is the item's own range as a choice beside shifted ones.
func (it Item) asItIs() Coding {
	name := plain(it.Min) + "-" + plain(it.Max)
	return Coding{Name: name, Text: name + "; answers outside are errors", Min: it.Min, Max: it.Max}
}

// shifted are the two ranges files most often use instead of the item's own:
// one up and one down.
func (it Item) shifted() []Coding {
	if !it.Integer {
		return nil
	}
	var list []Coding
	for _, by := range []float64{1, -1} {
		low, high := it.Min+by, it.Max+by
		name := plain(low) + "-" + plain(high)
		if low >= 0 {
			list = append(list, Coding{Name: name, Text: fmt.Sprintf("%s instead of %s–%s", name, plain(it.Min), plain(it.Max)), Min: low, Max: high})
		}
	}
	return list
}

func (it Item) fitting(codings []Coding, o observed) []Coding {
	var fits []Coding
	for _, c := range codings {
		if o.within(c.Min, c.Max) {
			fits = append(fits, c)
		}
	}
	return fits
}

// settle fills in the choice when the answers leave a single one.
func (q *Question) settle(fits []Coding, o observed) {
	switch {
	case len(o.numbers) == 0:
		q.Why = "The column holds no answers."
	case len(fits) == 0:
		q.Why = fmt.Sprintf("The column holds %s, which fits none of these.", o.words())
	case len(fits) == 1:
		q.Suggest = fits[0].Name
		q.Why = fmt.Sprintf("The column holds %s, which fits %s only.", o.words(), fits[0].Name)
	default:
		q.Why = fmt.Sprintf("The column holds %s, which fits more than one.", o.words())
	}
}

// fits reports whether the answers in the columns are such as the instrument
// has, under some coding, but for a few slips.
func (d *Definition) fits(items []string, seen func(column string) Seen) bool {
	profile := d.isProfile(items)
	outside, answers := 0, 0
	for i, it := range d.Items {
		if items[i] == "" || it.Codes != nil {
			continue
		}
		s := seen(items[i])
		o := observe(s)
		ranges := append(slices.Clone(it.Codings), it.asItIs())
		if !profile && o.within(it.Min-1, it.Max+1) && len(it.fitting(it.shifted(), o)) > 0 {
			continue
		}
		for k, text := range s.Texts {
			x, ok := decimalOf(text)
			if profile {
				x, ok = digitAt(text, i, len(d.Items))
			}
			if !ok {
				continue
			}
			n := 1
			if s.Counts != nil {
				n = s.Counts[k]
			}
			answers += n
			if !slices.ContainsFunc(ranges, func(c Coding) bool { return x >= c.Min && x <= c.Max }) {
				outside += n
			}
		}
	}
	return outside < 3 || outside*200 < answers
}

// digitAt is the i-th of k answers that stand side by side.
func digitAt(text string, i, k int) (float64, bool) {
	text = strings.TrimSpace(text)
	if len(text) != k || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	return float64(text[i] - '0'), true
}
