package instrument

import (
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
	Why        string   // one sentence
	Questions  []Question
}

// Question is a choice that the names of the columns cannot decide. It is
// asked; the answer goes into Settings.
type Question struct {
	Field   string // "coding"
	Item    string // the key of Settings.Coding: standard column name of the item, or the instrument for all
	Column  string // the file's column
	Text    string
	Choices []Choice
	Suggest string // set only when the observed answers leave no other choice
	Why     string // what was observed
}

// Choice is one possible answer to a Question.
type Choice struct {
	Value string
	Label string
}

// Recognise finds instruments by the names of columns, visit and time parts
// already taken off. Each column serves one instrument at most; where several
// fit, the one that uses more of its items wins. Matches come in the order of All.
func Recognise(columns []string) []Match {
	return RecogniseAmong(All(), columns)
}

// RecogniseAmong is Recognise with a list of definitions, such as a project's own.
func RecogniseAmong(list []*Definition, columns []string) []Match {
	names := make([]spelling, len(columns))
	for i, c := range columns {
		names[i] = spell(c)
	}
	type found struct {
		Match
		order int
	}
	var all []found
	for order, d := range list {
		if m, ok := d.match(columns, names); ok {
			all = append(all, found{m, order})
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Confidence > all[j].Confidence })
	used := map[string]bool{}
	var kept []found
	for _, m := range all {
		if slices.ContainsFunc(m.Items, func(c string) bool { return used[c] }) {
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

// spelling is a column name brought to small letters and single underscores.
type spelling struct {
	full   string // "odi_q_01"
	joined string // "odiq01"
}

var plainLetters = strings.NewReplacer("ä", "a", "å", "a", "ö", "o", "ø", "o", "é", "e", "ü", "u",
	" ", "_", "-", "_", ".", "_", "/", "_", "#", "_", "(", "_", ")", "_", "[", "_", "]", "_", ":", "_")

func spell(name string) spelling {
	full := plainLetters.Replace(strings.ToLower(strings.TrimSpace(name)))
	full = strings.Join(strings.FieldsFunc(full, func(r rune) bool { return r == '_' }), "_")
	return spelling{full, strings.ReplaceAll(full, "_", "")}
}

// match looks for the items of one instrument.
func (d *Definition) match(columns []string, names []spelling) (Match, bool) {
	best := d.byName(columns, names)
	if m := d.byProfile(columns, names); m.Confidence > best.Confidence {
		best = m
	}
	for _, prefix := range d.prefixes {
		if m := d.byNumber(prefix, columns, names); m.Confidence > best.Confidence {
			best = m
		}
	}
	if best.Confidence == 0 {
		return best, false
	}
	best.Instrument = d.ID
	best.Questions = d.Questions(best.Items)
	return best, true
}

// byName finds items by their standard name or one of their other names.
func (d *Definition) byName(columns []string, names []spelling) Match {
	items := make([]string, len(d.Items))
	exact := 0
	for i, it := range d.Items {
		for _, want := range append([]string{it.Column}, it.Also...) {
			w := spell(want)
			at := slices.IndexFunc(names, func(s spelling) bool { return s.joined == w.joined })
			if at >= 0 && !slices.Contains(items, columns[at]) {
				items[i] = columns[at]
				if want == it.Column {
					exact++
				}
				break
			}
		}
	}
	surplus := d.surplus(names)
	m := d.judge(items, surplus)
	switch {
	case m.Confidence == 0:
	case exact == len(d.Items) && surplus == 0:
		m.Confidence, m.Why = 1, fmt.Sprintf("%s by the standard column names.", d.count(items))
	default:
		m.Why = fmt.Sprintf("%s by name: %s.%s", d.count(items), sample(items), doubt(surplus))
	}
	return m
}

// surplus counts columns numbered beyond the items.
func (d *Definition) surplus(names []spelling) int {
	most := 0
	for _, prefix := range d.prefixes {
		n := 0
		for _, s := range names {
			if at, ok := numbered(s, prefix); ok && at > len(d.Items) {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

func doubt(surplus int) string {
	if surplus == 0 {
		return ""
	}
	return fmt.Sprintf(" %d more columns are numbered alike, so it may be another questionnaire.", surplus)
}

// byProfile finds a single column that holds all answers side by side.
func (d *Definition) byProfile(columns []string, names []spelling) Match {
	for _, want := range d.profile {
		w := spell(want)
		if at := slices.IndexFunc(names, func(s spelling) bool { return s.joined == w.joined }); at >= 0 {
			return Match{Items: slices.Repeat([]string{columns[at]}, len(d.Items)), Confidence: 0.9,
				Why: fmt.Sprintf("Column %s holds the %d answers side by side.", columns[at], len(d.Items))}
		}
	}
	return Match{}
}

// byNumber finds items named by a prefix and their number: odi1, ODI_01, odi_q1.
func (d *Definition) byNumber(prefix string, columns []string, names []spelling) Match {
	items := make([]string, len(d.Items))
	surplus := 0
	for i, s := range names {
		n, ok := numbered(s, prefix)
		switch {
		case !ok:
		case n < 1 || n > len(d.Items):
			surplus++
		case items[n-1] == "":
			items[n-1] = columns[i]
		}
	}
	m := d.judge(items, surplus)
	if m.Confidence == 0 {
		return m
	}
	m.Why = fmt.Sprintf("%s by number: %s.%s", d.count(items), sample(items), doubt(surplus))
	if k := d.leading(items); k > 0 {
		m.Confidence = 0.5
		m.Why += fmt.Sprintf(" If these are the %d scored items numbered anew, map them by hand.", k)
	}
	return m
}

// numbered takes "odi_q_01" apart: the item number behind the prefix.
func numbered(s spelling, prefix string) (int, bool) {
	p := spell(prefix)
	rest, ok := strings.CutPrefix(s.full, p.full)
	if !ok {
		if rest, ok = strings.CutPrefix(s.joined, p.joined); !ok {
			return 0, false
		}
	}
	rest = strings.TrimLeft(rest, "_")
	for _, word := range []string{"question", "section", "item", "kys", "q", "i", "k"} {
		if cut, ok := strings.CutPrefix(rest, word); ok {
			rest = strings.TrimLeft(cut, "_")
			break
		}
	}
	if len(rest) == 0 || len(rest) > 3 || strings.Trim(rest, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(rest)
	return n, err == nil
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

// Check holds a match against the answers in the file: the distinct texts of
// each column. It fills in what the answers prove, raises a question where
// they do not fit the usual coding but would fit a shifted one, and says where
// they fit none.
func Check(m Match, values func(column string) []string) Match {
	d, ok := Lookup(m.Instrument)
	if !ok {
		return m
	}
	return d.Check(m, values)
}

// Check is the function Check for a definition that is not built in.
func (d *Definition) Check(m Match, values func(column string) []string) Match {
	m.Questions = nil
	if d.isProfile(m.Items) {
		return m
	}
	var odd []string
	whole, one := d.shiftedWhole(m, values)
	if one {
		m.Questions = append(m.Questions, whole)
	}
	for i, it := range d.Items {
		column := m.Items[i]
		if column == "" || it.Codes != nil {
			continue
		}
		seen := observe(values(column))
		if it.Ask {
			q := it.question(d, column, it.Codings)
			q.settle(it.fitting(it.Codings, seen), seen)
			m.Questions = append(m.Questions, q)
			continue
		}
		if one || seen.within(it.Min, it.Max) {
			continue
		}
		fits := it.fitting(append(slices.Clone(it.Codings), it.shifted()...), seen)
		if len(fits) == 0 || len(seen.numbers) < 2 {
			odd = append(odd, column)
			continue
		}
		m.Questions = append(m.Questions, it.shiftQuestion(d, column, fits, seen))
	}
	if odd != nil {
		m.Confidence *= 0.8
		m.Why += fmt.Sprintf(" Some answers in %s are outside the range and will be reported as errors.", sample(odd))
	}
	return m
}

// shiftedWhole asks once for an instrument whose items are all alike and whose
// answers, taken together, lie outside their range but fit a shifted one.
func (d *Definition) shiftedWhole(m Match, values func(column string) []string) (Question, bool) {
	if len(d.Items) < 2 {
		return Question{}, false
	}
	first := d.Items[0]
	var seen observed
	for i, it := range d.Items {
		if it.Min != first.Min || it.Max != first.Max || it.Codes != nil || it.Codings != nil {
			return Question{}, false
		}
		if m.Items[i] != "" {
			seen.numbers = append(seen.numbers, observe(values(m.Items[i])).numbers...)
		}
	}
	slices.Sort(seen.numbers)
	fits := first.fitting(first.shifted(), seen)
	if len(seen.numbers) < 2 || seen.within(first.Min, first.Max) || len(fits) == 0 {
		return Question{}, false
	}
	q := first.shiftQuestion(d, sample(m.Items), fits, seen)
	q.Item, q.Text = d.ID, fmt.Sprintf("How do columns %s (%s) hold the answers?", sample(m.Items), d.Short)
	return q, true
}

// shiftQuestion offers the item's own range beside those the answers fit. Of
// a yes and a no nothing can be suggested: which of two codes is which does
// not show.
func (it Item) shiftQuestion(d *Definition, column string, fits []Coding, seen observed) Question {
	q := it.question(d, column, append([]Coding{it.asItIs()}, fits...))
	q.settle(fits, seen)
	if it.Max-it.Min == 1 {
		q.Suggest = ""
	}
	return q
}

// observed is the numbers among a column's texts.
type observed struct{ numbers []float64 }

func observe(texts []string) observed {
	var o observed
	for _, t := range texts {
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
