package instrument

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Settings are the choices of one use of an instrument. The zero value is the
// instrument's own rules.
type Settings struct {
	// Items names the file's column for each item, in item order; "" for an
	// item the file does not have. nil: the standard names. Cells come in item
	// order either way. Where one column holds all answers side by side, as
	// 11221 for EQ-5D, it is named for every item and its cell given for each.
	Items []string
	// Coding says how the file holds an answer: by standard column name
	// ("sbt_9": "1-5") or by instrument for all items ("odi": "1-6"). The value
	// is the name of one of the item's codings, or a range as long as the
	// item's own, which is then shifted onto it.
	Coding map[string]string
	// Texts says which number an answer in words stands for, as the file would
	// hold it: by standard column name or by instrument for all items
	// ({"odi": {"none": "0", "mild": "1"}}). Capitals and spaces do not matter.
	// "" makes an answer missing; an item answered in words of its own takes
	// one of those.
	Texts map[string]map[string]string
	// Policy replaces the rule for unanswered items: by scale ("fabq_pa":
	// "prorate:3") or by instrument for all scales that can be pro-rated.
	Policy map[string]string
	// Cuts replaces the bounds of a scale's categories, where others are in use:
	// by scale, one bound for each category after the first ("deps": "10/12",
	// "fabq_w": ">34").
	Cuts map[string]string
	// Set is the value set; "" reports all, the usual one being the outcome.
	Set string
}

// Status of a row. An error's status is its text.
const (
	OK         = "ok"
	Missing    = "missing"
	notNumber  = "error: not a number"
	notInteger = "error: not an integer"
	outOfRange = "error: out of range"
	notCode    = "error: not a known code"
)

// Result is what one row of cells came to.
type Result struct {
	Status    string  // ok, missing (some scale has no score) or the text of an error
	ErrorItem string  // the column whose cell is in error
	Values    []Value // one a result column, as Scorer.Columns; status and error_item are the last two
	Scores    []Score // one a scale, as Scorer.Scales
}

// Value is one result cell. It is Empty, or Text when that is set, else Number.
type Value struct {
	Name   string
	Number float64
	Text   string
	Empty  bool
}

// String is the cell as it is written to a CSV: full precision, no exponent.
func (v Value) String() string {
	switch {
	case v.Empty:
		return ""
	case v.Text != "":
		return v.Text
	}
	return plain(v.Number)
}

// Score is one scale of one row. Number is NaN when there is none.
type Score struct {
	Number float64
	Text   string // level of an ordinal scale, band of another, the profile of a state
}

// Scorer scores rows under fixed settings. It keeps scratch space, so one
// goroutine at a time may use it.
type Scorer struct {
	def     *Definition
	columns []string // the file's names of the items, for messages
	readers []reader
	scales  []*scale
	info    []Scale
	evals   []eval // those of the scales first, in their order, then those of other columns
	outputs []output
	values  []value
	row     row
}

// eval is a scale under one policy and one value set.
type eval struct {
	scale  int
	policy Policy
	set    int
	// The policy as it is asked a million times.
	need               int // fewest answers that give a score
	prorate, blankAsNo bool
}

// under is the evaluation under a policy, for a scale of k items.
func (e eval) under(p Policy, k int) eval {
	e.policy, e.need, e.prorate, e.blankAsNo = p, p.Min, p.Rule == Prorate, p.Rule == BlankAsNo
	if p.Rule == Complete {
		e.need = k
	}
	return e
}

type output struct {
	column string
	show   string
	eval   int // -1: answered items of the whole instrument
	field  int
	set    int // for showSets: the value set of this column
}

// NewScorer prepares to score rows under the given settings. The error says
// which setting does not fit and what would.
func (d *Definition) NewScorer(set Settings) (*Scorer, error) {
	s := &Scorer{def: d, scales: slices.Clone(d.scales), info: make([]Scale, len(d.scales))}
	if err := s.cut(set.Cuts); err != nil {
		return nil, err
	}
	if err := s.nameColumns(set.Items); err != nil {
		return nil, err
	}
	if err := s.chooseCodings(set.Coding); err != nil {
		return nil, err
	}
	if err := s.chooseTexts(set.Texts); err != nil {
		return nil, err
	}
	policies, err := d.policies(set.Policy)
	if err != nil {
		return nil, err
	}
	if err := s.plan(policies, set.Set); err != nil {
		return nil, err
	}
	n := len(d.Items)
	s.row = row{words: map[int]string{}, code: make([]float64, n), points: make([]bool, n)}
	for i, r := range s.readers {
		s.row.points[i] = r.scored
	}
	s.row.sums = make([]sum, len(s.scales))
	s.values = make([]value, len(s.evals))
	s.row.done = s.values[:len(s.scales)]
	return s, nil
}

func (s *Scorer) nameColumns(items []string) error {
	d := s.def
	if items != nil && len(items) != len(d.Items) {
		return fmt.Errorf("%s has %d items, but %d columns are named for it", d.Short, len(d.Items), len(items))
	}
	if d.isProfile(items) {
		s.columns = slices.Clone(items)
		return nil
	}
	for i, it := range d.Items {
		name := it.Column
		if items != nil {
			name = items[i]
		}
		if name != "" && slices.Contains(s.columns, name) {
			return fmt.Errorf("%s: column %s is named for two items", d.Short, name)
		}
		s.columns = append(s.columns, name)
	}
	return nil
}

// isProfile reports whether one column is named for all items, of an
// instrument that can be held so.
func (d *Definition) isProfile(items []string) bool {
	return d.profile != nil && len(items) > 1 && items[0] != "" && len(slices.Compact(slices.Clone(items))) == 1
}

// plan lists every evaluation and column once, so that scoring a row is two loops.
func (s *Scorer) plan(policies []Policy, set string) error {
	for i, sc := range s.scales {
		e := eval{scale: i}.under(policies[i], len(sc.items))
		s.info[i] = sc.Scale
		s.info[i].Missing = policies[i].Words(len(sc.items))
		if len(sc.of) > 0 {
			s.info[i].Missing = s.info[sc.of[0]].Missing
		}
		if sc.sets != nil {
			name := set
			if name == "" {
				name = sc.sets.usual
			}
			if e.set = slices.Index(sc.sets.names, name); e.set < 0 {
				return fmt.Errorf("%s has no value set %q; it has %s", s.def.Short, set, strings.Join(sc.sets.names, ", "))
			}
			missing := s.info[i].Missing
			s.info[i] = sc.withSet(name)
			s.info[i].Missing = missing
		}
		s.evals = append(s.evals, e) // the evaluation of scale i is the i-th
	}
	if _, all := s.def.Sets(); set != "" && all == nil {
		return fmt.Errorf("%s has no value sets, so %q cannot be chosen", s.def.Short, set)
	}
	for _, r := range s.def.results {
		s.planColumn(r, set)
	}
	return nil
}

func (s *Scorer) planColumn(r resultColumn, set string) {
	if r.scale < 0 {
		s.outputs = append(s.outputs, output{column: r.column, show: r.show, eval: -1})
		return
	}
	e := s.evals[r.scale]
	if r.policy != nil {
		e = e.under(*r.policy, len(s.scales[r.scale].items))
	}
	if r.show != showSets {
		s.outputs = append(s.outputs, output{column: r.column, show: r.show, eval: s.need(e), field: r.field})
		return
	}
	for i, name := range s.scales[r.scale].sets.names {
		if set == "" || set == name {
			s.outputs = append(s.outputs, output{column: name, show: showSets, eval: s.need(e), set: i})
		}
	}
}

// need is the place of an evaluation in the plan.
func (s *Scorer) need(e eval) int {
	if i := slices.Index(s.evals, e); i >= 0 {
		return i
	}
	s.evals = append(s.evals, e)
	return len(s.evals) - 1
}

// SetForm says of the rows scored next whether their form was returned.
func (s *Scorer) SetForm(f Form) { s.row.form = f }

// Columns names the result columns, in the order of Result.Values.
func (s *Scorer) Columns() []string {
	var names []string
	for _, o := range s.outputs {
		names = append(names, o.column)
	}
	return append(names, "status", "error_item")
}

// Scales describes the scores, in the order of Result.Scores.
func (s *Scorer) Scales() []Scale { return slices.Clone(s.info) }

// Items names the file's columns in item order, "" for an item it does not have.
func (s *Scorer) Items() []string { return slices.Clone(s.columns) }

// Score scores one row: the text of its cells in item order.
func (s *Scorer) Score(cells []string) Result {
	var r Result
	s.ScoreInto(&r, cells)
	return r
}

// ScoreInto is Score into a Result whose space is used again.
func (s *Scorer) ScoreInto(r *Result, cells []string) {
	if len(cells) != len(s.readers) {
		panic(fmt.Sprintf("instrument %s: %d cells for %d items", s.def.ID, len(cells), len(s.readers)))
	}
	bad, status := s.read(cells)
	failed := status != ""
	if failed {
		s.fail(r, bad, status)
	} else {
		s.succeed(r)
	}
	for i := range s.outputs {
		o := &s.outputs[i]
		if failed {
			r.Values = append(r.Values, Value{Name: o.column, Empty: true})
			continue
		}
		r.Values = append(r.Values, s.output(o))
	}
	r.Values = append(r.Values,
		Value{Name: "status", Text: r.Status},
		Value{Name: "error_item", Text: r.ErrorItem, Empty: r.ErrorItem == ""})
}

// fail is the result of a row with a cell in error.
func (s *Scorer) fail(r *Result, item int, status string) {
	r.Values, r.Scores = r.Values[:0], r.Scores[:0]
	r.Status, r.ErrorItem = status, s.name(item)
	for range s.scales {
		r.Scores = append(r.Scores, Score{Number: none})
	}
}

// succeed computes the result of a row that was read.
func (s *Scorer) succeed(r *Result) {
	r.Values, r.Scores = r.Values[:0], r.Scores[:0]
	r.Status, r.ErrorItem = OK, ""
	s.evaluate(len(s.evals))
	for i := range s.scales {
		v := &s.values[i]
		r.Scores = append(r.Scores, s.score(i, v))
		if !v.ok && !s.scales[i].Alternative { // a remark most rows do not have does not count
			r.Status = Missing
		}
	}
}

func (s *Scorer) name(item int) string {
	if s.columns[item] != "" {
		return s.columns[item]
	}
	return s.def.Items[item].Column
}

// read fills the row, or returns the first bad cell and its error.
func (s *Scorer) read(cells []string) (item int, status string) {
	s.row.number++
	for i, cell := range cells {
		s.row.code[i] = none
		if len(cell) == 1 { // most cells are one digit
			r, x := &s.readers[i], float64(cell[0])-'0'
			if r.digits && x >= r.min && x <= min(r.max, 9) {
				if r.direct != nil {
					x = r.direct[int(x-r.min)]
				}
				s.row.code[i] = x
				continue
			}
		}
		code, status := s.readCell(i, cell)
		if status != "" {
			return i, status
		}
		s.row.code[i] = code
	}
	return 0, ""
}

// evaluate computes the first n evaluations of the plan. The scales come
// first and in order, so what a scale is made of is there before it.
func (s *Scorer) evaluate(n int) {
	for i := range n {
		e := &s.evals[i]
		s.row.eval = e
		sc := s.scales[e.scale]
		v := sc.rule.eval(sc, &s.row)
		for _, needed := range sc.needs {
			v.ok = v.ok && s.values[needed].ok
		}
		s.values[i] = v
	}
}

func (s *Scorer) score(i int, v *value) Score {
	if !v.ok {
		return Score{Number: none}
	}
	sc := s.scales[i]
	out := Score{Number: v.number, Text: v.text}
	switch {
	case sc.Kind == Ordinal:
		out.Text = sc.level(v.number)
	case sc.Bands != nil:
		out.Text = sc.band(v.number)
	}
	return out
}

// level is the word of an ordinal score, "" when it has none.
func (s *scale) level(number float64) string {
	if i := int(number) - 1; i >= 0 && i < len(s.Levels) {
		return s.Levels[i]
	}
	return ""
}

func (s *scale) band(number float64) string {
	if i := s.bandIndex(number); i >= 0 {
		return s.Bands[i].Label
	}
	return ""
}

// output is one result cell of a row without errors.
func (s *Scorer) output(o *output) Value {
	out := Value{Name: o.column}
	if o.eval < 0 {
		for i := range s.row.code {
			if s.row.has(i) {
				out.Number++
			}
		}
		return out
	}
	v, sc := &s.values[o.eval], s.scales[s.evals[o.eval].scale]
	if o.show == showAnswered {
		out.Number = float64(v.answered)
		return out
	}
	if !v.ok {
		out.Empty = true
		return out
	}
	switch o.show {
	case showValue:
		out.Number, out.Text = v.number, v.text
	case showSets:
		out.Number = sc.sets.states[o.set][v.at]
	case showBand:
		out.Text = sc.band(v.number)
		out.Empty = out.Text == ""
	case showBandCode:
		out.Number = float64(sc.bandIndex(v.number) + 1)
	case showLevel:
		out.Text = sc.level(v.number)
	case showRaw:
		out.Number = v.total
	case showField:
		out.Number = sc.table.fields[v.at][o.field]
		out.Empty = isNone(out.Number)
	}
	return out
}

// plain writes a number with all its digits and no exponent.
func plain(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
