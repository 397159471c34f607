package instrument

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Match is an instrument found among the columns of a file.
type Match struct {
	Instrument string
	Items      []string // the file's column for each item, in item order; "" for an item it lacks
	Confidence float64  // 0 to 1
	Why        string   // one sentence or two
	// Doubt is set when the names of the columns do not tell which items they
	// are: ByNumbers or ByRange. It comes with a question about the columns.
	Doubt     string
	Questions []Question
}

// Doubts about columns.
const (
	ByNumbers = "numbers" // the columns are numbered in a way that can be read as more than one choice of items
	ByRange   = "range"   // the names say nothing; number and range of the columns fit the instrument
	NotThis   = "none"    // the answer that columns found ByRange are none of the instruments offered
)

// Question is a choice that the names of the columns cannot decide. It is
// asked; the answer goes into Settings.
type Question struct {
	Field   string // "coding", "texts" or "columns"
	Item    string // the key of Settings.Coding or Texts: standard column name of the item, or the instrument for all
	Column  string // the file's column, or its columns as "odi1 … odi10"
	Text    string
	Choices []Choice
	Suggest string // set only when the observed answers leave no other choice
	Why     string // what was observed
	// Of a question about answers in words: the words, in order where they have
	// one, and the numbers they can stand for. Choices propose; an answer is any
	// JSON object from words to numbers, "" being no answer.
	Texts, Codes []string
}

// Choice is one possible answer to a Question.
type Choice struct {
	Value string
	Label string
}

// Seen is what a column of the file holds: its different texts, lowest first
// where they are Ordered categories. Counts says how often each occurs; nil
// where that is not known.
type Seen struct {
	Texts   []string
	Counts  []int
	Ordered bool
}

// Recognise finds built-in instruments by the names of columns alone. Each
// column serves one instrument at most; where several fit, the one that uses
// more of its items wins. Matches come in the order of All.
func Recognise(columns []string) []Match {
	return RecogniseAmong(All(), columns)
}

// RecogniseAmong is Recognise with a list of definitions.
func RecogniseAmong(list []*Definition, columns []string) []Match {
	return among(list, columns, nil)
}

func among(list []*Definition, columns []string, seen func(column string) Seen) []Match {
	names := nameColumns(columns)
	type found struct {
		Match
		order  int
		weight float64
	}
	var all []found
	for order, d := range list {
		if m, ok := d.match(names); ok {
			weight := m.Confidence
			if seen != nil && !d.fits(m.Items, seen) {
				weight /= 2
			}
			all = append(all, found{m, order, weight})
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].weight > all[j].weight })
	used := map[string]bool{}
	var kept []found
	for _, m := range all {
		if slices.ContainsFunc(m.Items, func(c string) bool { return used[c] }) {
			for k := range kept {
				if slices.Equal(kept[k].Items, m.Items) {
					kept[k].Why += fmt.Sprintf(" The names would fit %s as well.", list[m.order].Short)
				}
			}
			continue
		}
		for _, c := range m.Items {
			used[c] = c != ""
		}
		kept = append(kept, m)
	}
	sort.Slice(kept, func(i, j int) bool { return kept[i].order < kept[j].order })
	var out []Match
	for _, m := range kept {
		out = append(out, m.Match)
	}
	return out
}

// match looks for the items of one instrument.
func (d *Definition) match(names *naming) (Match, bool) {
	var numbered []numberedColumns
	surplus := 0
	for _, prefix := range d.prefixes {
		groups := names.groups(prefix)
		beyond := 0
		for _, g := range groups {
			for n := range g.column {
				if g.affix == "" && n > len(d.Items) {
					beyond++
				}
			}
		}
		surplus = max(surplus, beyond)
		numbered = append(numbered, groups...)
	}
	best := d.byName(names, surplus)
	better := func(m Match) {
		if m.Confidence > best.Confidence {
			best = m
		}
	}
	better(d.byProfile(names))
	for _, g := range numbered {
		better(d.byNumber(g))
	}
	better(d.byParts(names))
	if best.Confidence == 0 {
		return best, false
	}
	best.Instrument = d.ID
	best.Questions = append(best.Questions, d.Questions(best.Items)...)
	return best, true
}

// byName finds items by their standard name or one of their other names, where
// the file's names may say a visit besides. Of surplus columns, numbered beyond
// the items, it says that they cast a doubt.
func (d *Definition) byName(names *naming, surplus int) Match {
	var best Match
	for _, affix := range names.affixes {
		items := make([]string, len(d.Items))
		exact, found := 0, 0
		for i, it := range d.Items {
			for _, want := range append([]string{it.Column}, it.Also...) {
				c, whole := names.find(spell(want).joined, affix)
				if c != "" && !slices.Contains(items, c) {
					items[i] = c
					found++
					if whole && want == it.Column {
						exact++
					}
					break
				}
			}
		}
		if found == 0 {
			continue
		}
		m := d.judge(items, surplus)
		switch {
		case m.Confidence == 0:
		case exact == len(d.Items) && surplus == 0:
			m.Confidence, m.Why = 1, fmt.Sprintf("%s by the standard column names.", d.count(items))
		default:
			m.Why = fmt.Sprintf("%s by name: %s.%s%s", d.count(items), sample(items), d.lacking(items), doubt(surplus))
		}
		if m.Confidence > best.Confidence {
			best = m
		}
	}
	return best
}

func doubt(surplus int) string {
	if surplus == 0 {
		return ""
	}
	return fmt.Sprintf(" %d more columns are numbered alike, so it may be another questionnaire.", surplus)
}

// ByOtherNames finds items by the other names their definition gives them, such
// as the identifiers of PROMIS items, or a column that holds all answers side
// by side: names that leave no doubt. "" for an item not found so.
func (d *Definition) ByOtherNames(columns []string) []string {
	names := nameColumns(columns)
	if m := d.byProfile(names); m.Items != nil {
		return m.Items
	}
	items := make([]string, len(d.Items))
	for i, it := range d.Items {
		for _, want := range it.Also {
			if c, whole := names.find(spell(want).joined, ""); whole && items[i] == "" && !slices.Contains(items, c) {
				items[i] = c
			}
		}
	}
	return items
}

// byProfile finds a single column that holds all answers side by side.
func (d *Definition) byProfile(names *naming) Match {
	for _, want := range d.profile {
		w := spell(want).joined
		for _, affix := range names.affixes {
			if c, _ := names.find(w, affix); c != "" {
				return Match{Items: slices.Repeat([]string{c}, len(d.Items)), Confidence: 0.9,
					Why: fmt.Sprintf("Column %s holds the %d answers side by side.", c, len(d.Items))}
			}
		}
	}
	return Match{}
}

// byNumber finds items named by a prefix and their number: odi1, ODI_01,
// odi_q1, q1_odi.
func (d *Definition) byNumber(g numberedColumns) Match {
	items := make([]string, len(d.Items))
	from, how := 1, ""
	if g.column[0] != "" && g.column[len(d.Items)-1] != "" && g.column[len(d.Items)] == "" && len(d.Items) > 1 {
		from, how = 0, " They are numbered from 0."
	}
	surplus := 0
	for n, c := range g.column {
		if i := n - from; i >= 0 && i < len(items) {
			items[i] = c
		} else {
			surplus++
		}
	}
	renumbered, scored := d.renumbered(items)
	m := d.judge(items, surplus)
	if renumbered != nil {
		m = Match{Items: renumbered, Confidence: 0.5, Doubt: ByNumbers}
		m.Why = fmt.Sprintf("Columns numbered 1 to %d: %s. The instrument has %d items, of which %d are scored.", scored, sample(items), len(d.Items), scored)
		m.Questions = []Question{d.columnsQuestion(items, []arrangement{
			{renumbered, fmt.Sprintf("the %d scored items alone, numbered anew", scored)},
			{items, fmt.Sprintf("items 1 to %d of the form; the others are not in the file", scored)}})}
		return m
	}
	if m.Confidence == 0 {
		return m
	}
	if from == 0 {
		m.Confidence *= 0.95
	}
	m.Why = fmt.Sprintf("%s by number: %s.%s%s%s", d.count(items), sample(items), how, d.lacking(items), doubt(surplus))
	return m
}

// renumbered arranges columns 1 to k on the k scored items of an instrument
// that has more, nil when they are not numbered so.
func (d *Definition) renumbered(items []string) (arranged []string, k int) {
	if k = d.leading(items); k == 0 {
		return nil, 0
	}
	arranged = make([]string, len(items))
	next := 0
	for i := range items {
		if d.Scored(i) {
			arranged[i] = items[next]
			next++
		}
	}
	return arranged, k
}

// byParts finds items numbered by scale: fabq_pa_2 … and fabq_w_6 …, hads_a1 …
// and hads_d1 …
func (d *Definition) byParts(names *naming) Match {
	items := make([]string, len(d.Items))
	anew := make([]string, len(d.Items))
	found, differ := false, false
	for _, s := range d.scales {
		form, order := s.numberedPart(len(d.Items), names)
		if form == nil && order == nil {
			continue
		}
		found = true
		if form == nil {
			form = order
		}
		if order == nil {
			order = form
		}
		for i := range items {
			if form[i] != "" {
				items[i] = form[i]
			}
			if order[i] != "" {
				anew[i] = order[i]
			}
		}
	}
	differ = !slices.Equal(items, anew)
	if !found {
		return Match{}
	}
	m := d.judge(anew, 0)
	if m.Confidence == 0 {
		m = d.judge(items, 0)
	}
	m.Confidence = min(m.Confidence, 0.85)
	m.Why = fmt.Sprintf("%s by scale and number: %s.%s", d.count(m.Items), sample(m.Items), d.lacking(m.Items))
	if differ {
		m.Confidence, m.Doubt = min(m.Confidence, 0.5), ByNumbers
		m.Questions = []Question{d.columnsQuestion(anew, []arrangement{
			{anew, "the scored items of each part, numbered anew"}, {items, "numbered as on the form"}})}
	}
	return m
}

// numberedPart reads the columns of one part in two ways: by the numbers of the
// form, and as the scored items numbered anew. nil where a way does not fit.
func (s *scale) numberedPart(k int, names *naming) (form, order []string) {
	for _, prefix := range s.prefixes {
		for _, g := range names.groups(prefix) {
			if len(g.column) < (len(s.items)+1)/2 {
				continue
			}
			onForm, inOrder, inSection := make([]string, k), make([]string, k), make([]string, k)
			fits, ordered, sectioned := true, len(g.column) == len(s.items), len(g.column) == len(s.section)
			for n, c := range g.column {
				if fits = fits && (slices.Contains(s.Items, n) || slices.Contains(s.section, n)); fits {
					onForm[n-1] = c
				}
				if ordered = ordered && n >= 1 && n <= len(s.items); ordered {
					inOrder[s.items[n-1]] = c
				}
				if sectioned = sectioned && n >= 1 && n <= len(s.section); sectioned {
					inSection[s.section[n-1]-1] = c
				}
			}
			switch {
			case sectioned:
				return inSection, nil
			case fits && ordered:
				return onForm, inOrder
			case fits:
				return onForm, nil
			case ordered:
				return nil, inOrder
			}
		}
	}
	return nil, nil
}

// arrangement is one way in which columns may be the items.
type arrangement struct {
	items []string
	label string
}

// columnsQuestion asks which items the columns are. The value of a choice is
// the list of columns by item, as JSON.
func (d *Definition) columnsQuestion(items []string, ways []arrangement) Question {
	q := Question{Field: "columns", Item: d.ID, Column: sample(items),
		Text: fmt.Sprintf("Which items of %s are the columns %s?", d.Short, sample(items)),
		Why:  "Their numbers can be read in more than one way, and the wrong one gives other scores."}
	for _, w := range ways {
		value, _ := json.Marshal(w.items)
		q.Choices = append(q.Choices, Choice{string(value), w.label})
	}
	return q
}

// judge weighs how much of the instrument is there. A scale none of whose
// items are missing is worth having even when another is not in the file.
func (d *Definition) judge(items []string, surplus int) Match {
	scored, found, complete := 0, 0, false
	for i := range items {
		if d.Scored(i) {
			scored++
			if items[i] != "" {
				found++
			}
		}
	}
	for _, s := range d.scales {
		lacks := slices.ContainsFunc(s.items, func(i int) bool { return items[i] == "" })
		complete = complete || (len(s.items) > 0 && !lacks)
	}
	if found == 0 || (2*found < scored && !complete) {
		return Match{}
	}
	all := !slices.Contains(items, "")
	m := Match{Items: items}
	switch {
	case all:
		m.Confidence = 0.95
	case found == scored:
		m.Confidence = 0.9
	default:
		m.Confidence = 0.8 * float64(found) / float64(scored)
	}
	if surplus > 0 {
		m.Confidence *= 0.6
	}
	return m
}

// leading reports k when exactly the items 1 to k are there and the instrument
// has k scored items scattered among more.
func (d *Definition) leading(items []string) int {
	scored, there := 0, 0
	for i := range items {
		if d.Scored(i) {
			scored++
		}
		if items[i] != "" {
			if there != i {
				return 0
			}
			there++
		}
	}
	if there == scored && scored < len(items) {
		return scored
	}
	return 0
}

func (d *Definition) count(items []string) string {
	n := 0
	for _, c := range items {
		if c != "" {
			n++
		}
	}
	switch {
	case len(items) == 1:
		return "Found"
	case n == len(items):
		return fmt.Sprintf("All %d items found", n)
	}
	return fmt.Sprintf("%d of %d items found", n, len(items))
}

// lacking names the items that are not in the file.
func (d *Definition) lacking(items []string) string {
	var scored, others []string
	for i, c := range items {
		switch n := strconv.Itoa(d.Items[i].Number); {
		case c != "":
		case d.Scored(i):
			scored = append(scored, n)
		default:
			others = append(others, n)
		}
	}
	text := ""
	if scored != nil {
		text = " Not in the file: " + plural(scored) + "."
	}
	if others != nil {
		text += " Not in the file and not scored: " + plural(others) + "."
	}
	return text
}

func sample(items []string) string {
	var there []string
	for _, c := range items {
		if c != "" {
			there = append(there, c)
		}
	}
	if len(there) > 3 {
		return there[0] + " … " + there[len(there)-1]
	}
	return strings.Join(there, ", ")
}
