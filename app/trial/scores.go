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
	t        *Trial
	def      *instrument.Definition
	scorer   *instrument.Scorer
	use      Use
	at       [][]*dataset.Column      // by item and visit, nil where it was not asked
	readings [][][]instrument.Reading // by item and visit, by code of the column
	row      []instrument.Reading
	result   instrument.Result
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
	s := &scoring{t: t, def: def, scorer: scorer, use: use, row: make([]instrument.Reading, len(use.Items))}
	for _, item := range use.Items {
		at, found := t.columnsOf(item)
		if item != "" && !found {
			return nil, fmt.Errorf("%s: the column “%s”, an item of %s, is not in the file; choose its column again", t.data.Name, item, def.Short)
		}
		s.at = append(s.at, at)
		s.readings = append(s.readings, make([][]instrument.Reading, len(at)))
	}
	return s, nil
}

// read takes the answers of a row.
func (s *scoring) read(i int) {
	visit, source := s.t.Visit[i], s.t.source[i]
	for k := range s.row {
		c := s.at[k][visit]
		if c == nil {
			s.row[k] = instrument.Reading{}
			continue
		}
		table := s.readings[k][visit]
		if table == nil {
			table = s.readColumn(k, int(visit))
		}
		s.row[k] = table[c.Codes[source]]
	}
}

// readColumn reads the different texts of an item's column at a visit, which
// may be its column at every visit.
func (s *scoring) readColumn(k, visit int) []instrument.Reading {
	c := s.at[k][visit]
	table := make([]instrument.Reading, len(c.Clean))
	for code := range table {
		table[code] = s.scorer.Read(k, codeText(c, int32(code)))
	}
	for v, other := range s.at[k] {
		if other == c {
			s.readings[k][v] = table
		}
	}
	return table
}

// score scores a row into s.result.
func (s *scoring) score(i int) {
	s.read(i)
	s.scorer.ReadingsInto(&s.result, s.row)
}

// cells are the texts of a row, for a receipt.
func (s *scoring) cells(i int) []string {
	cells := make([]string, len(s.at))
	for k := range cells {
		if c := s.at[k][s.t.Visit[i]]; c != nil {
			cells[k] = codeText(c, c.Codes[s.t.source[i]])
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
		b.score(s, float64(n)/float64(len(uses)), 1/float64(len(uses)))
	}
	if b.progress != nil {
		b.progress(1)
	}
	return nil
}

// step is how many rows are scored between two reports of progress.
const step = 1 << 15

// score fills in the variables of one instrument, row by row. A row at a visit
// where none of the items were asked, or none answered, has no score; that is
// no error. Of the progress, share was done before and part is this one's.
func (b *builder) score(s *scoring, share, part float64) {
	t := b.t
	scales := s.scorer.Scales()
	made := make([]*Variable, len(scales))
	for k, sc := range scales {
		made[k] = &Variable{Name: sc.Variable, Label: sc.Label, Num: make([]float64, t.Rows), From: "score of " + s.def.Short}
		made[k].Levels, made[k].Scale = sc.Levels, &scales[k]
	}
	for i := range t.Rows {
		if b.progress != nil && i%step == 0 {
			b.progress(share + part*float64(i)/float64(t.Rows))
		}
		s.score(i)
		if s.result.ErrorItem != "" {
			b.itemProblem(s, i)
		}
		for k, score := range s.result.Scores {
			made[k].set(i, score)
		}
	}
	for _, v := range made {
		v.level()
		b.put(v)
	}
}

// put adds a variable, in the place of one of its name.
func (b *builder) put(v *Variable) {
	t := b.t
	if at := slices.IndexFunc(t.Variables, func(o *Variable) bool { return o.Name == v.Name }); at >= 0 {
		t.Variables[at] = v
	} else {
		t.Variables = append(t.Variables, v)
	}
}

// set takes over one score. A scale of words only (a health state) makes a
// variable of text.
func (v *Variable) set(i int, s instrument.Score) {
	v.Num[i] = s.Number
	if s.Text != "" && math.IsNaN(s.Number) {
		if v.Text == nil {
			v.Text = make([]string, len(v.Num))
		}
		v.Text[i] = s.Text
	}
}

func (b *builder) itemProblem(s *scoring, i int) {
	column, value, allowed := s.result.ErrorItem, "", ""
	for k, item := range s.use.Items {
		if item == s.result.ErrorItem {
			if c := s.at[k][b.t.Visit[i]]; c != nil {
				column, value = c.Name, c.RawText(int(b.t.source[i]))
			}
			allowed = s.scorer.Allowed(k)
		}
	}
	b.problem(dataset.Error, "item out of range", b.t.source[i], column, value, "“%s” is no answer to this item of %s (%s); the row has no %s score: correct the cell", value, s.def.Short, allowed, s.def.Short)
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
