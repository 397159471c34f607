package instrument

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Receipt says how the scores of one row came about, or why there are none.
type Receipt struct {
	Instrument string
	Name       string
	Version    string
	Status     string
	ErrorItem  string
	Why        string // when a cell is in error: which one, and what it may be
	Answers    []Answer
	Scales     []ScaleReceipt
}

// Answer is one item of the row. Items go by number; their wording is not kept.
type Answer struct {
	Number  int
	Column  string // in the file; "" when the file does not have the item
	Entered string // the cell as it stands in the file, "" when missing
	Points  string // what counts in the score; "" when nothing does
	Change  string // "reversed: 10 − 3 = 7", "recoded: 4 counts 1", "coded 1-5: 5 is 4"
	Scored  bool   // some scale counts the item
	Bad     bool
}

// ScaleReceipt is one scale of the row.
type ScaleReceipt struct {
	Scale     Scale
	Score     string // "35.6", "medium"; "" when there is none
	Band      string // "moderate (above 20, up to 40)"
	Steps     []string
	Rule      string
	Missing   string // the policy in words
	TableRow  string // "tables/promis_pf20a.csv: raw 59, t 32.4, se 1.3"
	Source    string
	Important string // "10 points or 30% of baseline"
	Why       string // why there is no score
}

// Receipt tells how the scores of one row come about.
func (s *Scorer) Receipt(cells []string) Receipt {
	result := s.Score(cells)
	d := s.def
	out := Receipt{Instrument: d.ID, Name: d.Name, Version: d.Version, Status: result.Status, ErrorItem: result.ErrorItem}
	failed := result.Status != OK && result.Status != Missing
	for i, cell := range cells {
		out.Answers = append(out.Answers, s.answerOf(i, cell, failed))
	}
	if failed {
		bad := slices.IndexFunc(out.Answers, func(a Answer) bool { return a.Bad })
		out.Why = s.whyBad(bad, cells[bad], result.Status)
	}
	for i := range s.scales {
		out.Scales = append(out.Scales, s.scaleReceipt(i, result, out.Why))
	}
	return out
}

func (s *Scorer) answerOf(i int, cell string, failed bool) Answer {
	a := Answer{Number: s.def.Items[i].Number, Column: s.columns[i], Entered: strings.TrimSpace(cell), Scored: s.def.Scored(i)}
	code, bad := s.readCell(i, cell)
	to, worded := s.readers[i].texts[foldText(cell)]
	switch {
	case bad != "":
		a.Bad = true
	case isNone(code) && worded && a.Entered != "":
		a.Change = "counts as no answer"
	case isNone(code):
		a.Entered = ""
	case !failed:
		if worded {
			a.Change = fmt.Sprintf("“%s” is %s", a.Entered, minus(to))
		}
		s.points(&a, i, code)
	}
	return a
}

// points says what an answer counts in the first scale that uses it.
func (s *Scorer) points(a *Answer, i int, code float64) {
	r := s.readers[i]
	if r.codes != nil {
		a.Points = a.Entered
		return
	}
	add := func(change string) {
		if a.Change != "" {
			change = a.Change + "; " + change
		}
		a.Change = change
	}
	switch {
	case r.scored:
		add("holds points already (" + r.coding + ")")
	case !r.isDefault:
		entered := a.Entered
		if to, ok := r.texts[foldText(entered)]; ok {
			entered = to
		}
		add(fmt.Sprintf("coded %s: %s is %s", r.coding, minus(entered), number(code)))
	}
	for _, sc := range s.scales {
		k := slices.Index(sc.items, i)
		if k < 0 {
			continue
		}
		p, _ := sc.answer(&s.row, k)
		a.Points = number(p)
		switch {
		case r.scored:
		case sc.reversed[k]:
			add(fmt.Sprintf("reversed: %s − %s = %s", number(sc.low[k]+sc.high[k]), number(code), number(p)))
		case sc.recode[k] != nil:
			add(fmt.Sprintf("recoded: %s counts %s", number(code), number(p)))
		}
		return
	}
}

func (s *Scorer) whyBad(i int, cell, status string) string {
	return fmt.Sprintf("Item %d (%s) holds %q, %s: it must be %s. No score is given while an answer is in error; correct the cell or declare its code as missing.",
		s.def.Items[i].Number, s.name(i), strings.TrimSpace(cell), strings.TrimPrefix(status, "error: "), s.Allowed(i))
}

// Allowed says what the file may hold for the item at index i, in words.
func (s *Scorer) Allowed(i int) string {
	r, it := s.readers[i], s.def.Items[i]
	may := fmt.Sprintf("a whole number from %s to %s", number(r.min), number(r.max))
	switch {
	case r.codes != nil:
		may = "one of " + strings.Join(r.codes, ", ")
	case r.values != nil:
		var list []string
		for _, v := range r.values {
			list = append(list, number(v))
		}
		may = "one of " + strings.Join(list, ", ")
	case !r.integer:
		may = fmt.Sprintf("a number from %s to %s", number(r.min), number(r.max))
	}
	if it.Unit != "" {
		may += " " + it.Unit
	}
	return may
}

func (s *Scorer) scaleReceipt(i int, result Result, why string) ScaleReceipt {
	sc, e := s.scales[i], &s.evals[i]
	out := ScaleReceipt{Scale: s.info[i], Rule: sc.Rule, Missing: s.info[i].Missing, Source: s.sourceOf(i), Important: importantWords(sc.Important)}
	if why != "" {
		out.Why = why
		return out
	}
	v := s.values[i]
	s.row.eval = e
	if len(sc.items) > 0 {
		out.Steps = append(out.Steps, s.answeredStep(sc, e.policy, v))
	}
	if step := sc.changeStep(s); step != "" {
		out.Steps = append(out.Steps, step)
	}
	if !v.ok {
		out.Why = s.whyNone(sc, e.policy, v)
		return out
	}
	if sc.rule.tell != nil {
		out.Steps = append(out.Steps, sc.rule.tell(sc, &s.row, v)...)
	}
	score := result.Scores[i]
	switch {
	case sc.Kind == Ordinal:
		out.Score = score.Text
	case v.text != "":
		out.Score = v.text
	default:
		out.Score = sc.show(v.number)
		if sc.Bands != nil {
			out.Band = sc.bandWords(v.number)
		}
	}
	if sc.table != nil {
		out.TableRow = sc.table.rowWords(v.at)
	}
	return out
}

func (s *Scorer) answeredStep(sc *scale, p Policy, v value) string {
	k := len(sc.items)
	var blank []string
	for _, i := range sc.items {
		if !s.row.has(i) {
			blank = append(blank, strconv.Itoa(s.def.Items[i].Number))
		}
	}
	if len(blank) == 0 {
		switch k {
		case 1:
			return "Answered."
		case 2:
			return "Both items answered."
		}
		return fmt.Sprintf("All %d items answered.", k)
	}
	text := fmt.Sprintf("%d of %d items answered; %s blank.", k-len(blank), k, itemList(blank))
	switch {
	case p.Rule == Prorate:
		text += fmt.Sprintf(" %d are needed.", p.Min)
	case p.Rule == BlankAsNo && v.ok:
		text += " Blank counts as no."
		if s.row.form == FormReturned {
			text = strings.TrimSuffix(text, ".") + ": the form was returned."
		}
	}
	return text
}

// itemList says "item 8 is", "items 1, 3 and 5 are".
func itemList(list []string) string {
	if len(list) == 1 {
		return "item " + list[0] + " is"
	}
	return "items " + strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1] + " are"
}

func (sc *scale) changeStep(s *Scorer) string {
	var reversed, recoded []string
	for k, i := range sc.items {
		n := strconv.Itoa(s.def.Items[i].Number)
		if s.row.points[i] {
			continue
		}
		if sc.reversed[k] {
			reversed = append(reversed, n)
		}
		if sc.recode[k] != nil {
			recoded = append(recoded, n)
		}
	}
	switch {
	case reversed != nil:
		return "Reversed: " + plural(reversed) + "."
	case recoded != nil:
		return "Recoded: " + plural(recoded) + "."
	case len(sc.items) > 1 && sc.rule.partly:
		return "No item is reversed."
	}
	return ""
}

func plural(list []string) string {
	if len(list) == 1 {
		return "item " + list[0]
	}
	return "items " + strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

func (s *Scorer) whyNone(sc *scale, p Policy, v value) string {
	if len(sc.of) > 0 {
		return "A scale it is made of has no score."
	}
	for _, n := range sc.needs {
		if !s.values[n].ok {
			return "The scale " + s.scales[n].Name + " has no score, without which this one is not given."
		}
	}
	k := len(sc.items)
	switch {
	case v.answered == 0:
		return "Nothing was answered."
	case p.Rule == Complete && k > 1:
		return fmt.Sprintf("%d of %d items answered, all are needed.", v.answered, k)
	}
	if p.Rule == BlankAsNo && s.row.form == FormNotReturned {
		return fmt.Sprintf("%d of %d items answered, and the form was not returned.", v.answered, k)
	}
	return fmt.Sprintf("%d of %d items answered, %d are needed.", v.answered, k, p.Min)
}

// sourceOf cites the score; a value set cites its own publication.
func (s *Scorer) sourceOf(i int) string {
	sc := s.scales[i]
	var cite []string
	if sc.sets != nil {
		e := s.evals[i]
		text := "value set " + sc.sets.names[e.set]
		if ref := sc.sets.references[e.set]; ref != "" {
			text += ", " + ref
		}
		cite = append(cite, text)
	}
	for _, src := range s.def.Sources {
		if src.For == "score" || src.For == sc.Name {
			text := src.Cite
			if src.Basis != "published" {
				text += " (" + src.Basis + ")"
			}
			cite = append(cite, text)
		}
	}
	return strings.Join(cite, "; ")
}

func importantWords(list []Important) string {
	var parts []string
	for _, imp := range list {
		text := number(imp.Low)
		if imp.High != imp.Low {
			text += "–" + number(imp.High)
		}
		if imp.Unit == "% of baseline" {
			text += "% of baseline"
		} else {
			text += " " + imp.Unit
		}
		if imp.Context != "" {
			text += " (" + imp.Kind + ", " + imp.Context + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// bandWords says a band with its bounds: "moderate (above 20, up to 40)".
func (s *scale) bandWords(x float64) string {
	i := s.bandIndex(x)
	if i < 0 {
		return ""
	}
	b := s.Bands[i]
	var bounds []string
	switch {
	case b.Above:
		bounds = append(bounds, "above "+number(b.From))
	case i > 0:
		bounds = append(bounds, number(b.From)+" or more")
	}
	if i+1 < len(s.Bands) {
		if next := s.Bands[i+1]; next.Above {
			bounds = append(bounds, "up to "+number(next.From))
		} else {
			bounds = append(bounds, "below "+number(next.From))
		}
	}
	if bounds == nil {
		return b.Label
	}
	return b.Label + " (" + strings.Join(bounds, ", ") + ")"
}

func (t *lookup) rowWords(at int) string {
	var cells []string
	for i, name := range t.columns {
		if x := t.fields[at][i]; !isNone(x) {
			cells = append(cells, name+" "+number(x))
		}
	}
	file := t.file
	if file == "" {
		file = "table of the definition"
	}
	return file + ": " + strings.Join(cells, ", ")
}

// show writes a score with the decimals of its scale.
func (s *scale) show(x float64) string {
	return minus(strconv.FormatFloat(x, 'f', s.Decimals, 64))
}

// number writes a number with a typeset minus.
func number(x float64) string { return minus(plain(x)) }

func minus(s string) string { return strings.Replace(s, "-", "−", 1) }

// The arithmetic of each rule in words.

func tellValue(s *scale, r *row, v value) []string { return nil }

func tellSum(s *scale, r *row, v value) []string {
	sum, n, _ := s.sum(r)
	k := len(s.items)
	if r.eval.prorate && n < k {
		return []string{fmt.Sprintf("Sum %s; pro-rated %s × %d / %d = %s", number(sum), number(sum), k, n, s.shortest(v.number))}
	}
	return []string{"Sum " + number(sum)}
}

func tellMean(s *scale, r *row, v value) []string {
	sum, n, _ := s.sum(r)
	if r.eval.blankAsNo {
		n = len(s.items)
	}
	return []string{fmt.Sprintf("Sum %s / %d items = %s", number(sum), n, s.shortest(v.number))}
}

func tellPercent(s *scale, r *row, v value) []string {
	sum, n, _ := s.sum(r)
	low, high := s.possible(r)
	if r.eval.blankAsNo {
		n = len(s.items)
	}
	if low == 0 {
		return []string{
			fmt.Sprintf("Sum %s; highest possible for %d items %s.", number(sum), n, number(high)),
			fmt.Sprintf("100 × %s / %s = %s", number(sum), number(high), s.show(v.number))}
	}
	return []string{
		fmt.Sprintf("Sum %s; possible for %d items %s to %s.", number(sum), n, number(low), number(high)),
		fmt.Sprintf("100 × (%s − %s) / (%s − %s) = %s", number(sum), number(low), number(high), number(low), s.show(v.number))}
}

func tellLookup(s *scale, r *row, v value) []string {
	sum, n, _ := s.sum(r)
	k := len(s.items)
	steps := []string{"Sum " + number(sum)}
	if r.eval.prorate && n < k {
		steps = []string{fmt.Sprintf("Sum %s; pro-rated %s × %d / %d, a fraction rounded up = %s", number(sum), number(sum), k, n, number(v.total))}
	}
	if t := sum; n == k && t > v.total {
		steps = append(steps, fmt.Sprintf("The table ends at %s, which is used.", number(v.total)))
	}
	return append(steps, fmt.Sprintf("Table: raw %s is %s", number(v.total), s.show(v.number)))
}

func tellSet(s *scale, r *row, v value) []string {
	state := evalProfile(s, r).text
	name := s.sets.names[r.eval.set]
	how := "table of states"
	if r.eval.set >= s.sets.tabled {
		how = "published terms"
	}
	return []string{fmt.Sprintf("State %s; %s of %s: %s", state, how, name, s.show(v.number))}
}

func tellFlags(s *scale, r *row, v value) []string {
	ones, n := s.ones(r)
	return []string{fmt.Sprintf("%d of %d answered items are 1", ones, n)}
}

func tellSumOf(s *scale, r *row, v value) []string {
	var parts []string
	for _, i := range s.of {
		parts = append(parts, number(r.done[i].number))
	}
	return []string{strings.Join(parts, " + ") + " = " + s.shortest(v.number)}
}

// shortest shows the scale's decimals, or none when the number is whole.
func (s *scale) shortest(x float64) string {
	if x == float64(int(x)) {
		return number(x)
	}
	return minus(strconv.FormatFloat(x, 'f', max(s.Decimals, 1), 64))
}
