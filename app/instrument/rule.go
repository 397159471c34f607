package instrument

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// none stands for "no number" inside this package.
var none = math.NaN()

func isNone(x float64) bool { return x != x }

// row is one row of answers while its scales are computed.
type row struct {
	code   []float64 // the item's own code per item, after the file's coding; none where blank
	points []bool    // the file already holds points: do not reverse or recode
	eval   *eval     // the policy and value set in force
	done   []value   // values of the scales before this one
	sums   []sum     // what was added up for this row already, by scale
	words  map[int]string
	form   Form // whether the form is known to have been returned
	number int  // counts rows, so that sums of the last one are not taken for this one's
}

func (r *row) has(i int) bool { return !isNone(r.code[i]) }

// need is the fewest answers of k that give a score. Where a blank counts as
// no, a form known to be returned needs one answer, and one known not to be
// stands for nothing.
func (r *row) need(k int) int {
	switch {
	case !r.eval.blankAsNo || r.form == FormUnknown:
		return r.eval.need
	case r.form == FormReturned:
		return 1
	}
	return k
}

// word is the text of some digits, made once for rows that share it.
func (r *row) word(digits []byte) string {
	key := len(digits)
	for _, d := range digits {
		key = 10*key + int(d-'0')
	}
	w, ok := r.words[key]
	if !ok {
		w = string(digits)
		r.words[key] = w
	}
	return w
}

// sum is the points of a scale in one row; policies work from it.
type sum struct {
	row      int
	points   float64
	answered int
}

// value is what a rule makes of a row.
type value struct {
	ok       bool // there is a score
	number   float64
	text     string  // for rules whose result is a word
	answered int     // scored items answered
	total    float64 // the raw score that was looked up
	at       int     // row of the lookup table, or number of the health state
}

// rule is one way to turn points into a score. The list is closed: a
// definition that names another does not load.
type rule struct {
	words string // for receipts and footnotes
	// what the definition must give with it
	of, table, sets bool
	// partly: the rule can work from some of the items, so the policy may be chosen.
	partly bool
	worded bool // the score is a word
	// spans gives the lowest and highest score the answers allow, where that
	// follows from the items alone.
	spans func(s *scale) (low, high float64)
	// check refuses a scale the rule cannot compute.
	check func(d *Definition, s *scale) error
	eval  func(s *scale, r *row) value
	// tell writes the arithmetic of a score in words and numbers.
	tell func(s *scale, r *row, v value) []string
}

// Rules that read more than one number of a table or several scales, or that
// serve a single instrument, are in odd.go and valueset.go.
var rules map[string]rule

func init() { // not a literal: the rules speak of scales, and scales hold a rule
	rules = map[string]rule{
		"value":                {words: "the answer itself", spans: spanSum, check: oneItem, eval: evalValue, tell: tellValue},
		"sum":                  {words: "sum", partly: true, spans: spanSum, eval: evalSum, tell: tellSum},
		"mean":                 {words: "mean of the answered items", partly: true, spans: spanMean, eval: evalMean, tell: tellMean},
		"percent_of_maximum":   {words: "per cent of the highest possible sum", partly: true, spans: spanPercent, eval: evalPercent, tell: tellPercent},
		"lookup":               {words: "sum, looked up in a table", partly: true, table: true, check: tableCovers, eval: evalLookup, tell: tellLookup},
		"profile":              {words: "answers side by side", worded: true, check: oneDigit, eval: evalProfile},
		"value_set":            {words: "value of the health state", sets: true, check: setFits, eval: evalSet, tell: tellSet},
		"any":                  {words: "1 if any of the items is 1", check: flags, eval: evalAny, tell: tellFlags},
		"count":                {words: "number of items answered 1", check: flags, eval: evalCount, tell: tellFlags},
		"sum_of_scales":        {words: "sum of scales", of: true, eval: evalSumOf, tell: tellSumOf},
		"band_of":              {words: "band of a scale", of: true, check: bandOf, eval: evalBandOf},
		"start_back_group":     {words: "risk group by total and psychosocial score", of: true, check: twoScales, eval: evalStartBack, tell: tellStartBack},
		"body_mass_index":      {words: "weight in kg / (height in m)²", check: heightAndWeight, eval: evalBMI, tell: tellBMI},
		"medication_agreement": {words: "does the overall answer agree with the types", worded: true, check: flags, eval: evalAgreement},
		"work_ability_index":   {words: "weighted sum of seven parts", check: waiItems, eval: evalWAI, tell: tellWAI},
		"round_half_up":        {words: "halves rounded up", of: true, check: oneScale, eval: evalHalfUp, tell: tellHalfUp},
	}
}

// RuleInfo is a rule of the closed list, for those who write a definition.
type RuleInfo struct {
	Name  string
	Words string
	// Own reports that the rule works from items alone, without other scales or
	// the tables of one instrument: what a questionnaire of one's own may use.
	Own bool
	// Partly reports that the rule can work from some of the items, so that a
	// rule for unanswered items may be chosen.
	Partly bool
	Table  bool // it needs a lookup table
}

// Rules lists the rules in order of their names.
func Rules() []RuleInfo {
	var list []RuleInfo
	for _, name := range ruleNames() {
		r := rules[name]
		list = append(list, RuleInfo{Name: name, Words: r.words, Own: r.partly || name == "value", Partly: r.partly, Table: r.table})
	}
	return list
}

func ruleNames() []string {
	names := make([]string, 0, len(rules))
	for name := range rules {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// answer gives the points of the k-th counted item.
func (s *scale) answer(r *row, k int) (float64, bool) {
	i := s.items[k]
	if !r.has(i) {
		return 0, false
	}
	code := r.code[i]
	switch {
	case r.points[i]:
		return code, true
	case s.reversed[k]:
		return s.low[k] + s.high[k] - code, true
	case s.recode[k] != nil:
		return s.recode[k][int(code-s.base[k])], true
	}
	return code, true
}

// sum adds the points of the answered items and says how many there are and
// whether the policy is content with that.
func (s *scale) sum(r *row) (points float64, n int, ok bool) {
	c := &r.sums[s.index]
	if c.row != r.number {
		c.row = r.number
		c.points, c.answered = s.add(r)
	}
	return c.points, c.answered, c.answered > 0 && c.answered >= r.need(len(s.items))
}

func (s *scale) add(r *row) (points float64, n int) {
	if s.asAnswered {
		for _, i := range s.items {
			if code := r.code[i]; !isNone(code) {
				points += code
				n++
			}
		}
		return points, n
	}
	for k := range s.items {
		if p, has := s.answer(r, k); has {
			points += p
			n++
		}
	}
	return points, n
}

// total is the sum for all items: pro-rated where the policy says so. Blank
// items taken as "no" add nothing.
func (s *scale) total(r *row) (total float64, n int, ok bool) {
	total, n, ok = s.sum(r)
	if ok && r.eval.prorate && n < len(s.items) {
		total = total * float64(len(s.items)) / float64(n)
	}
	return total, n, ok
}

func evalValue(s *scale, r *row) value {
	p, ok := s.answer(r, 0)
	if !ok {
		return value{}
	}
	return value{ok: true, number: p, answered: 1}
}

func evalSum(s *scale, r *row) value {
	t, n, ok := s.total(r)
	return value{ok: ok, number: t, answered: n}
}

func evalMean(s *scale, r *row) value {
	t, n, ok := s.total(r)
	return value{ok: ok, number: t / float64(len(s.items)), answered: n}
}

// evalPercent: an unanswered item leaves the highest possible sum as well.
func evalPercent(s *scale, r *row) value {
	sum, n, ok := s.sum(r)
	low, high := s.possible(r)
	return value{ok: ok, number: 100 * (sum - low) / (high - low), answered: n}
}

// possible is the lowest and highest sum of the items that count in this row.
func (s *scale) possible(r *row) (low, high float64) {
	for k, i := range s.items {
		if r.has(i) || r.eval.blankAsNo {
			low += s.low[k]
			high += s.high[k]
		}
	}
	return low, high
}

// evalLookup rounds a pro-rated fraction up to the next raw score and holds it
// within the table, as the makers of T-score tables ask.
func evalLookup(s *scale, r *row) value {
	t, n, ok := s.total(r)
	v := value{ok: ok, answered: n}
	if !ok {
		return v
	}
	v.total = math.Min(math.Ceil(t-1e-9), float64(s.table.last()))
	v.at = int(v.total) - s.table.first
	v.number = s.table.score[v.at]
	return v
}

func evalProfile(s *scale, r *row) value {
	v := evalSum(s, r)
	if v.ok {
		digits := make([]byte, len(s.items))
		for k, i := range s.items {
			digits[k] = '0' + byte(r.code[i])
		}
		v.text, v.number = r.word(digits), none
	}
	return v
}

// evalSet numbers the health state; every value set is then one look into its table.
func evalSet(s *scale, r *row) value {
	v := evalSum(s, r)
	if v.ok {
		for _, i := range s.items {
			v.at = v.at*s.sets.levels + int(r.code[i]) - 1
		}
		v.number = s.sets.states[r.eval.set][v.at]
	}
	return v
}

// evalAny is certain as soon as one item is 1; without one, every item must be answered.
func evalAny(s *scale, r *row) value {
	ones, n := s.ones(r)
	v := value{answered: n, ok: ones > 0 || n == len(s.items)}
	if ones > 0 {
		v.number = 1
	}
	return v
}

func evalCount(s *scale, r *row) value {
	ones, n := s.ones(r)
	return value{ok: true, number: float64(ones), answered: n}
}

func (s *scale) ones(r *row) (ones, answered int) {
	for k := range s.items {
		if p, has := s.answer(r, k); has {
			answered++
			if p == 1 {
				ones++
			}
		}
	}
	return ones, answered
}

func evalSumOf(s *scale, r *row) value {
	v := value{ok: true}
	for _, i := range s.of {
		v.ok = v.ok && r.done[i].ok
		v.number += r.done[i].number
		v.answered += r.done[i].answered
	}
	return v
}

func evalBandOf(s *scale, r *row) value {
	v := r.done[s.of[0]]
	if v.ok {
		v.number = float64(s.bandIndex(v.number) + 1)
	}
	return v
}

// bandIndex finds the last band whose bound the number meets, -1 for none.
// Nine decimals, so that 89.6 / 1.6² counts as 35.
func (s *scale) bandIndex(number float64) int {
	x := math.Round(number*1e9) / 1e9
	for i := len(s.Bands) - 1; i >= 0; i-- {
		if b := s.Bands[i]; x > b.From || (x == b.From && !b.Above) {
			return i
		}
	}
	return -1
}

func spanSum(s *scale) (low, high float64) {
	for k := range s.items {
		low, high = low+s.low[k], high+s.high[k]
	}
	return low, high
}

func spanMean(s *scale) (low, high float64) {
	low, high = spanSum(s)
	return low / float64(len(s.items)), high / float64(len(s.items))
}

func spanPercent(s *scale) (low, high float64) {
	if low, high = spanSum(s); low < high {
		return 0, 100
	}
	return 0, 0
}

// Checks of what a rule needs.

func nItems(n int) func(*Definition, *scale) error {
	return func(_ *Definition, s *scale) error {
		if len(s.items) != n {
			return fmt.Errorf("needs %d items, not %d", n, len(s.items))
		}
		return nil
	}
}

func nScales(n int) func(*Definition, *scale) error {
	return func(_ *Definition, s *scale) error {
		if len(s.of) != n {
			return fmt.Errorf("needs %d scales, not %d", n, len(s.of))
		}
		return nil
	}
}

var (
	oneItem   = nItems(1)
	oneScale  = nScales(1)
	twoScales = nScales(2)
)

func flags(d *Definition, s *scale) error {
	for k := range s.items {
		if s.low[k] != 0 || s.high[k] != 1 {
			return errors.New("needs items answered 0 or 1")
		}
	}
	return nil
}

func oneDigit(d *Definition, s *scale) error {
	for _, i := range s.items {
		if it := d.Items[i]; it.Min < 0 || it.Max > 9 || !it.Integer {
			return errors.New("needs items of one digit")
		}
	}
	return nil
}

func setFits(d *Definition, s *scale) error {
	if len(s.items) > 9 || len(s.items) != s.sets.dimensions {
		return errors.New("needs an item for each dimension of the value sets")
	}
	for _, i := range s.items {
		if it := d.Items[i]; it.Min != 1 || int(it.Max) != s.sets.levels {
			return fmt.Errorf("needs items from 1 to %d", s.sets.levels)
		}
	}
	return nil
}

// tableCovers: a table in a file may end below the highest sum, as that of
// PROMIS PF-20 does under as_entered; one written by hand that does is a slip.
func tableCovers(_ *Definition, s *scale) error {
	low, high := spanSum(s)
	if low != math.Trunc(low) {
		return fmt.Errorf("a table needs whole points, and the lowest sum is %s", plain(low))
	}
	if int(low) < s.table.first {
		return fmt.Errorf("the lowest sum is %s but %s starts at %d", plain(low), s.table.name(), s.table.first)
	}
	if s.table.file == "" && int(high) > s.table.last() {
		return fmt.Errorf("the highest sum is %s but %s ends at %d", plain(high), s.table.name(), s.table.last())
	}
	return nil
}

func bandOf(d *Definition, s *scale) error {
	if len(s.of) != 1 || len(d.scales[s.of[0]].Bands) == 0 {
		return errors.New("needs one scale that has bands")
	}
	of := d.scales[s.of[0]]
	s.Bands = of.Bands
	var labels []string
	for _, b := range of.Bands {
		labels = append(labels, b.Label)
	}
	if !slices.Equal(labels, s.Levels) {
		return fmt.Errorf("levels must be the bands of %s: %s", of.Name, strings.Join(labels, ", "))
	}
	return nil
}
