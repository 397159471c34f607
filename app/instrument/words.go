package instrument

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// wordQuestions ask for the numbers of answers in words: once for all items
// where they have the same range and no more words than answers, else once an
// item.
func (d *Definition) wordQuestions(m Match, seen func(column string) Seen) []Question {
	var all Seen
	all.Ordered = true
	same := true
	var at []int
	lists := map[int]Seen{}
	for i, it := range d.Items {
		if m.Items[i] == "" {
			continue
		}
		words, ordered := it.words(seen(m.Items[i]))
		if words == nil {
			continue
		}
		at = append(at, i)
		lists[i] = Seen{Texts: words, Ordered: ordered}
		all.Ordered = all.Ordered && ordered
		all.Texts = mergeOrder(all.Texts, words)
		same = same && it.Min == d.Items[at[0]].Min && it.Max == d.Items[at[0]].Max && it.Codes == nil
	}
	if at == nil {
		return nil
	}
	first := d.Items[at[0]]
	if same && len(at) > 1 && len(all.Texts) <= first.answers() {
		var columns []string
		for _, i := range at {
			columns = append(columns, m.Items[i])
		}
		return []Question{first.wordQuestion(d, d.ID, sample(columns), all)}
	}
	var list []Question
	for _, i := range at {
		list = append(list, d.Items[i].wordQuestion(d, d.Items[i].Column, m.Items[i], lists[i]))
	}
	return list
}

// answers counts the different answers an item can have.
func (it Item) answers() int {
	switch {
	case it.Codes != nil:
		return len(it.Codes)
	case it.Values != nil:
		return len(it.Values)
	}
	return int(it.Max-it.Min) + 1
}

// codes are the answers an item can have, as texts; none of a wide range.
func (it Item) codes() []string {
	if it.Codes != nil {
		return it.Codes
	}
	var list []string
	for v := it.Min; v <= it.Max && it.Integer && it.answers() <= 101; v++ {
		if it.Values == nil || slices.Contains(it.Values, v) {
			list = append(list, plain(v))
		}
	}
	return list
}

// words are a column's answers in words. A column of numbers in which a few
// cells hold a word has slips instead, unless every word carries its number.
func (it Item) words(s Seen) (list []string, ordered bool) {
	numbers := false
	for _, t := range s.Texts {
		t = strings.TrimSpace(t)
		if t == "" || IsMissing(t) || slices.Contains(it.Codes, t) {
			continue
		}
		if _, ok := decimal(t); ok {
			numbers = true
			continue
		}
		list = append(list, t)
	}
	if numbers && slices.ContainsFunc(list, func(t string) bool { _, ok := carried(t); return !ok }) {
		return nil, false
	}
	return list, s.Ordered
}

// mergeOrder adds to a list what another has more, each after the one before
// it there.
func mergeOrder(list, other []string) []string {
	place := 0
	for _, t := range other {
		if i := slices.IndexFunc(list, func(o string) bool { return foldText(o) == foldText(t) }); i >= 0 {
			place = i + 1
			continue
		}
		list = slices.Insert(slices.Clip(list), place, t)
		place++
	}
	return list
}

// wordQuestion proposes numbers for words: those they carry; in their order and
// against it where they are as many as the answers. It is always asked; only
// words that carry their numbers leave no other choice.
func (it Item) wordQuestion(d *Definition, key, column string, s Seen) Question {
	q := Question{Field: "texts", Item: key, Column: column, Texts: s.Texts, Codes: it.codes(),
		Text: fmt.Sprintf("Which number of %s does each answer in %s stand for?", d.Short, column)}
	if carry := carriedAll(s.Texts, it); carry != nil {
		q.Choices = []Choice{wordChoice(s.Texts, carry)}
		q.Suggest = q.Choices[0].Value
		q.Why = "The answers carry their numbers."
		return q
	}
	codes := it.codes()
	switch {
	case len(s.Texts) != len(codes):
		q.Why = fmt.Sprintf("The file holds %d different answers in words; the instrument has %d.", len(s.Texts), it.answers())
		if len(s.Texts) == 1 && len(codes) == 2 {
			q.Choices = []Choice{wordChoice(s.Texts, codes[1:]), wordChoice(s.Texts, codes[:1])}
		}
	case it.Codes != nil:
		q.Why = "The answers are other words than those of the instrument."
	default:
		back := slices.Clone(codes)
		slices.Reverse(back)
		q.Choices = []Choice{wordChoice(s.Texts, codes), wordChoice(s.Texts, back)}
		q.Why = "The words are as many as the answers. Proposed in their order and against it; which end is the lowest does not show."
		if !s.Ordered {
			q.Why = "The words are as many as the answers, but their order is not known: check each."
		}
	}
	return q
}

func wordChoice(texts, codes []string) Choice {
	words := map[string]string{}
	var label []string
	for i, t := range texts {
		words[t] = codes[i]
		label = append(label, t+" = "+codes[i])
	}
	value, _ := json.Marshal(words)
	return Choice{string(value), strings.Join(label, ", ")}
}

// carriedAll are the numbers all texts carry, nil unless each has another and
// the item can have them, in its own coding or counted from one more or less.
func carriedAll(texts []string, it Item) []string {
	var out []string
	for _, t := range texts {
		x, ok := carried(t)
		if !ok || it.Codes != nil || x < it.Min-1 || x > it.Max+1 || slices.Contains(out, plain(x)) {
			return nil
		}
		out = append(out, plain(x))
	}
	return out
}

// carried is the number an answer begins with, set off from its words: "1 =
// never", "(2) seldom", "3: often".
func carried(text string) (float64, bool) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "(")
	digits := 0
	for digits < len(text) && (isDigit(text[digits]) || (digits == 0 && text[0] == '-')) {
		digits++
	}
	x, ok := decimalOf(text[:digits])
	if !ok {
		return 0, false
	}
	rest := strings.TrimLeft(text[digits:], " ")
	for _, mark := range []string{"=", ":", ")", "–", "- ", ". "} {
		if strings.HasPrefix(rest, mark) {
			return x, true
		}
	}
	return 0, false
}
