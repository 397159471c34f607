package trial

import (
	"fmt"
	"math"
	"slices"

	"trialbox/app/dataset"
	"trialbox/app/instrument"
)

// scoring is one instrument over the rows of a trial. Each different text of a
// column is read once; rows are scored from the readings.
type scoring struct {
	t      *Trial
	def    *instrument.Definition
	scorer *instrument.Scorer
	use    Use
	at     [][]*dataset.Column   // by item and visit, nil where it was not asked
	form   []*dataset.Column     // by visit: the column that says which forms were returned; nil without one
	visits [][]instrument.Column // by visit and item; nil until a row of the visit is scored
	// Of the row scored last: the item in error, -1 for none.
	bad int
}

// scoring prepares an instrument of the mapping. The error is a sentence.
func (t *Trial) scoring(use Use) (*scoring, error) {
	def, ok := t.library.Get(use.Instrument)
	if !ok {
		return nil, fmt.Errorf("the instrument “%s” is not known; take it out of the mapping, or add its definition", use.Instrument)
	}
	if use.Items == nil { // the standard names
		for _, it := range def.Items {
			use.Items = append(use.Items, it.Column)
		}
	}
	scorer, err := def.NewScorer(use.Settings())
	if err != nil {
		return nil, err
	}
	s := &scoring{t: t, def: def, scorer: scorer, use: use, visits: make([][]instrument.Column, len(t.Visits))}
	for _, item := range use.Items {
		at, found := t.columnsOf(item)
		if item != "" && !found {
			return nil, fmt.Errorf("%s: the column “%s”, an item of %s, is not in the file; choose its column again", t.data.Name, item, def.Short)
		}
		s.at = append(s.at, at)
	}
	if use.Returned != "" {
		var found bool
		if s.form, found = t.columnsOf(use.Returned); !found {
			return nil, fmt.Errorf("%s: the column “%s”, which says whether the form of %s was returned, is not in the file; choose it again", t.data.Name, use.Returned, def.Short)
		}
	}
	return s, nil
}

// score scores a row.
func (s *scoring) score(i int) {
	visit := s.t.Visit[i]
	if s.visits[visit] == nil {
		s.readVisit(int(visit))
	}
	if s.form != nil {
		s.scorer.SetForm(returned(s.form[visit], int(s.t.source[i])))
	}
	s.bad, _ = s.scorer.ScoreRow(s.visits[visit], s.t.source[i])
}

// returned reads the column that says which forms came back.
func returned(c *dataset.Column, row int) instrument.Form {
	if c == nil || c.IsMissing(row) || c.Kind.Numeric() && c.Num(row) == 0 || fold(c.Text(row)) == "no" {
		return instrument.FormNotReturned
	}
	return instrument.FormReturned
}

// readVisit reads the different texts of the items' columns at a visit. A
// column may be an item's at every visit.
func (s *scoring) readVisit(visit int) {
	items := make([]instrument.Column, len(s.at))
	for k, at := range s.at {
		c := at[visit]
		if c == nil {
			continue
		}
		for v, other := range at {
			if other == c && s.visits[v] != nil {
				items[k] = s.visits[v][k]
			}
		}
		if !items[k].Asked() {
			texts := make([]string, len(c.Clean))
			for code := range texts {
				texts[code] = codeText(c, int32(code))
			}
			items[k] = s.scorer.Column(k, c.Codes, texts)
		}
	}
	s.visits[visit] = items
}

// number is the score of scale k in the row scored last, NaN for none.
func (s *scoring) number(k int) float64 {
	if s.bad >= 0 {
		return math.NaN()
	}
	return s.scorer.Number(k)
}

// cells are the texts of a row, for a receipt.
func (s *scoring) cells(i int) []string {
	if s.form != nil {
		s.scorer.SetForm(returned(s.form[s.t.Visit[i]], int(s.t.source[i])))
	}
	cells := make([]string, len(s.at))
	for k := range cells {
		if c := s.at[k][s.t.Visit[i]]; c != nil {
			cells[k] = codeText(c, c.Codes.At(int(s.t.source[i])))
		}
	}
	return cells
}

// codeText is what a scorer gets: the understood text, or what stood in the
// file where a text is in the place of a number, so that it is an error and
// not a missing answer.
func codeText(c *dataset.Column, code int32) string {
	if c.Missing[code] && slices.Contains(c.Odd, code) {
		return c.Raw[code]
	}
	return c.Clean[code]
}

// scores adds the scores of the mapped instruments. A score replaces a column
// of its own name (a one-question scale).
func (b *builder) scores() error {
	uses := b.t.mapping.Instruments
	for n, use := range uses {
		if use.Doubt != "" && !use.Confirmed {
			b.problem(dataset.Warning, "questionnaire not confirmed", -1, "", "", "which items the columns of “%s” are was not confirmed, so it was not scored; answer the question about them", use.Instrument)
			continue
		}
		s, err := b.t.scoring(use)
		if err != nil {
			return err
		}
		if q, open := s.unasked(); open {
			b.problem(dataset.Warning, "questionnaire not confirmed", -1, q.Column, "", "how the column “%s” holds the answers to %s was not said, so it was not scored; answer the question about it", q.Column, s.def.Short)
			continue
		}
		part := (1 - shareBefore) / float64(len(uses))
		if err := b.score(s, shareBefore+float64(n)*part, part); err != nil {
			return err
		}
	}
	return nil
}

// unasked is a question that is always asked and has no answer in the mapping:
// nothing is scored on a guess.
func (s *scoring) unasked() (instrument.Question, bool) {
	for _, q := range s.def.Questions(s.use.Items) {
		if s.use.Coding[q.Item] == "" && s.use.Coding[s.def.ID] == "" {
			return q, true
		}
	}
	return instrument.Question{}, false
}

// step is how many rows are scored between two reports of progress.
const step = 1 << 13

// score fills in the variables of one instrument, row by row. A row at a visit
// where none of the items were asked, or none answered, has no score; that is
// no error. Of the progress, share was done before and part is this one's.
func (b *builder) score(s *scoring, share, part float64) error {
	t := b.t
	scales := s.scorer.Scales()
	made := make([]*Variable, len(scales))
	words := make([][]string, len(scales)) // of scales of words only, as a health state
	for k, sc := range scales {
		made[k] = &Variable{Name: sc.Variable, Label: sc.Label, made: make([]float64, t.Rows), From: "score of " + s.def.Short}
		made[k].Levels, made[k].Scale = sc.Levels, &scales[k]
		if sc.Worded {
			words[k] = make([]string, t.Rows)
		}
	}
	for i := range t.Rows {
		if i%step == 0 {
			if err := b.tell(share + part*float64(i)/float64(t.Rows)); err != nil {
				return err
			}
		}
		s.score(i)
		for k, v := range made {
			if v.made[i] = s.number(k); words[k] != nil && s.bad < 0 {
				words[k][i] = s.scorer.Word(k)
			}
		}
	}
	b.badItems(s)
	for k, v := range made {
		if slices.ContainsFunc(words[k], func(s string) bool { return s != "" }) {
			v.setWords(words[k])
		}
		t.put(v)
	}
	return nil
}

// badItems names every cell that is no answer to its item, also in rows that
// were left out for another fault.
func (b *builder) badItems(s *scoring) {
	var some [][]int // by visit: items
	for visit := range s.visits {
		var items []int
		if s.visits[visit] == nil {
			s.readVisit(visit)
		}
		for k, c := range s.visits[visit] {
			if c.AnyBad() {
				items = append(items, k)
			}
		}
		some = append(some, items)
	}
	if !slices.ContainsFunc(some, func(items []int) bool { return items != nil }) {
		return
	}
	for _, row := range b.allRows() {
		visit := max(row.visit, 0) // of an unknown one: the columns are the same at all
		for _, k := range some[visit] {
			if s.visits[visit][k].Bad(row.row) {
				b.itemProblem(s, k, visit, row)
			}
		}
	}
}

func (b *builder) itemProblem(s *scoring, k int, visit int32, at source) {
	c := s.at[k][visit]
	value := c.RawText(int(at.row))
	b.problem(dataset.Error, "item out of range", at.row, c.Name, value, "“%s” is no answer to this item of %s (%s); the row has no %s score: correct the cell", value, s.def.Short, s.scorer.Allowed(k), s.def.Short)
}

// Seen is what the columns of a variable of the long form hold, for
// recognition.
func Seen(d *dataset.Dataset, m Mapping, name string) instrument.Seen {
	columns := []*dataset.Column{d.Column(name)}
	for _, w := range m.Wide {
		if w.Stem == name {
			columns = append(columns, d.Column(w.Column))
		}
	}
	return seenIn(columns)
}

// seenOnce is Seen that looks at each variable once.
func seenOnce(d *dataset.Dataset, m Mapping) func(name string) instrument.Seen {
	known := map[string]instrument.Seen{}
	return func(name string) instrument.Seen {
		s, ok := known[name]
		if !ok {
			s = Seen(d, m, name)
			known[name] = s
		}
		return s
	}
}

// seenIn puts the answers of columns together: an order one of them has comes
// first, else numbers by size and words by code points.
func seenIn(columns []*dataset.Column) instrument.Seen {
	var s instrument.Seen
	at := map[string]int{}
	add := func(text string, n int) {
		k, known := at[text]
		if !known {
			k = len(s.Texts)
			at[text] = k
			s.Texts, s.Counts = append(s.Texts, text), append(s.Counts, 0)
		}
		s.Counts[k] += n
	}
	var rest []string
	for _, c := range columns {
		if c == nil {
			continue
		}
		for _, text := range c.Order {
			s.Ordered = true
			add(text, 0)
		}
	}
	for _, c := range columns {
		if c != nil {
			rest = append(rest, values(c)...)
		}
	}
	sortValues(rest)
	for _, text := range rest {
		add(text, 0)
	}
	for _, c := range columns {
		if c == nil {
			continue
		}
		for code, text := range c.Clean {
			if k, ok := at[text]; ok && !c.Missing[code] {
				s.Counts[k] += int(c.Count[code])
			}
		}
	}
	return s
}

// round9 is a number to nine decimals, as categories are judged.
func round9(x float64) float64 { return math.Round(x*1e9) / 1e9 }
