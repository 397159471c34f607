package report

import (
	"math"
	"slices"

	"trialbox/app/analysis"
	"trialbox/app/trial"
)

// SecondaryTable lays the other outcomes of a result out as Table 4 of the
// model paper, the follow-ups side by side: per cent (number) of binary and of
// each category of ordinal outcomes, the contrast on the log-odds scale with
// odds ratio and probability difference beside it, and P; then the outcomes
// shown as medians (quartiles), whose contrast is a mean difference.
func SecondaryTable(r *analysis.Result) *Table {
	b := newSecondary(r)
	b.t.Heads = []Head{{Text: "Outcome"}}
	for _, visit := range b.visits() {
		from := len(b.t.Heads)
		b.t.Heads = append(b.t.Heads,
			Head{Text: shortArm(r.Arms[1]), Sub: b.followedAt(visit, 1)}, Head{Text: shortArm(r.Arms[0]), Sub: b.followedAt(visit, 0)},
			Head{Text: "Log odds ratio", Sub: "(95% CI)", Mark: b.main}, Head{Text: "Odds ratio", Mark: b.ratio}, Head{Text: "Diff.", Sub: "pp", Mark: b.points}, Head{Text: "P"})
		if m := r.Options.Multiplicity; m != "" {
			b.t.Heads = append(b.t.Heads, Head{Text: "P", Sub: corrections[m], Mark: b.family})
		}
		b.t.Spans = append(b.t.Spans, Span{from, len(b.t.Heads), title(visit.Label)})
	}
	b.each(b.sideBySide)
	b.finish()
	return b.t
}

// SecondaryScales is Table 4 with a line a visit and the interval of every
// scale: log odds ratio, odds ratio, and difference of probabilities.
func SecondaryScales(r *analysis.Result) *Table {
	b := newSecondary(r)
	b.t.Title, b.t.File = "Table 4. Secondary outcomes, the contrasts on three scales.", "table 4 scales"
	b.t.Heads = []Head{{Text: "Outcome and timepoint"}, {Text: title(r.Arms[1]), Sub: b.followed(1)}, {Text: title(r.Arms[0]), Sub: b.followed(0)},
		{Text: "Log odds ratio", Sub: "(95% CI)", Mark: b.main}, {Text: "Odds ratio", Sub: "(95% CI)", Mark: b.ratio},
		{Text: "Difference, percentage points", Sub: "(95% CI)", Mark: b.points}, {Text: "P"}}
	if m := r.Options.Multiplicity; m != "" {
		b.t.Heads = append(b.t.Heads, Head{Text: "P", Sub: corrections[m], Mark: b.family})
	}
	b.t.Spans = []Span{{1, 3, "Per cent (number)"}, {3, len(b.t.Heads), "Between-group comparison"}}
	b.each(b.oneBelowTheOther)
	b.finish()
	return b.t
}

// secondary builds Table 4.
type secondary struct {
	*tableBuilder
	main, ratio, points, family, median string // marks
}

func inTable4(o *analysis.OutcomeResult) bool { return !o.Outcome.Is(analysis.Continuous) }

func newSecondary(r *analysis.Result) *secondary {
	b := &secondary{tableBuilder: newBuilder(r, inTable4)}
	b.t = &Table{Title: "Table 4. Secondary outcomes and treatment effects across follow-up.", File: "table 4", Flush: true}
	words := b.commonWords(func(o *analysis.OutcomeResult) bool { return o.Outcome.Is(analysis.Binary) })
	if words == "" {
		words = b.commonWords(func(o *analysis.OutcomeResult) bool { return o.Outcome.Is(analysis.Ordinal) })
	}
	if words != "" {
		b.main = b.note(title(r.Arms[1]) + " v " + r.Arms[0] + ", on the log-odds scale; ordinal outcomes: log odds of a higher category. " + words + "." + b.how(r.Options.LogitReplicates, true))
		b.ratio = b.note("The exponential of the log odds ratio; it holds within a patient.")
		b.points = b.note("Difference of the marginal probabilities in percentage points, the random effects integrated out; of the event, or of each category.")
	}
	if r.Options.Multiplicity != "" {
		b.family = b.note(b.familyNote())
	}
	return b
}

// each adds the rows of every outcome: the recipe's binary and ordinal ones,
// responders, and those with medians last under a head of their own.
func (b *secondary) each(add func(*analysis.OutcomeResult)) {
	for _, responders := range []bool{false, true} {
		for _, o := range b.outcomes {
			if o.Outcome.Logit() && (o.ResponderOf != "") == responders {
				add(o)
			}
		}
	}
	for _, o := range b.outcomes {
		if o.Outcome.Logit() {
			continue
		}
		if b.median == "" {
			words := b.commonWords(func(o *analysis.OutcomeResult) bool { return o.Outcome.Is(analysis.Median) })
			b.median = b.note("Median (quartiles); the contrast is an adjusted mean difference. " + words + "." + b.how(b.r.Options.Replicates, false))
			b.t.Rows = append(b.t.Rows, Row{Label: "Median (quartiles), mean difference", Group: true, Mark: b.median})
		}
		add(o)
	}
}

func (b *secondary) finish() {
	b.t.Legend = "Values are percentages (numbers) unless said otherwise. " + b.legend()
	b.t.Lines = b.lines()
	b.fewUnits()
}

// visits are the follow-ups of the table's outcomes in the order of time.
func (b *secondary) visits() []trial.Visit {
	var out []trial.Visit
	for _, o := range b.outcomes {
		for _, v := range o.Visits {
			if !v.Baseline && !slices.Contains(out, v.Visit) {
				out = append(out, v.Visit)
			}
		}
	}
	slices.SortStableFunc(out, func(x, y trial.Visit) int {
		switch {
		case x.Months < y.Months:
			return -1
		case x.Months > y.Months:
			return 1
		}
		return 0
	})
	return out
}

// mostAt is the number of answers at a visit that most of the outcomes have.
func (b *secondary) mostAt(visit trial.Visit, arm int) int {
	count, best := map[int]int{}, 0
	for _, o := range b.outcomes {
		for _, v := range o.Visits {
			if v.Visit == visit {
				n := v.Arms[arm].N
				count[n]++
				if count[n] > count[best] || count[n] == count[best] && n > best {
					best = n
				}
			}
		}
	}
	return best
}

func (b *secondary) followedAt(visit trial.Visit, arm int) string {
	return "n = " + Count(b.mostAt(visit, arm))
}

// shortArm keeps the head of a narrow column narrow.
func shortArm(s string) string {
	if s = title(s); len([]rune(s)) > 9 {
		return string([]rune(s)[:6]) + "."
	}
	return s
}

// name is an outcome's label with the notes that are its own.
func (b *secondary) name(o *analysis.OutcomeResult) Row {
	r := Row{Key: o.Outcome.Variable, Label: o.Outcome.Label}
	if o.Outcome.Primary {
		r.Tag = "primary"
	}
	if o.Status == analysis.Failed {
		r.Mark = b.note(o.Outcome.Label + ": not estimated; " + sentence(o.Reason))
		return r
	}
	usual := b.commonWords(func(x *analysis.OutcomeResult) bool { return x.Outcome.Kind == o.Outcome.Kind })
	if o.Words != "" && (o.Words != usual || o.Outcome.Is(analysis.Ordinal) && b.commonWords(func(x *analysis.OutcomeResult) bool { return x.Outcome.Is(analysis.Binary) }) != "") {
		r.Mark = b.note(o.Words + ".")
	}
	for _, w := range o.Warnings {
		r.Mark = join(r.Mark, b.note(w))
	}
	return r
}

// arms are the cells of both arms: of one category, or the medians.
func (b *secondary) arms(o *analysis.OutcomeResult, v *analysis.VisitResult, category int, usual func(arm int) int) []Cell {
	var cells []Cell
	for _, arm := range []int{1, 0} {
		a := v.Arms[arm]
		c := Cell{Value: Number(a.Percent(category), 1)}
		if category >= 0 {
			c.Paren = Count(a.Counts[category])
		} else {
			d := o.Outcome.Decimals
			c = Cell{Value: rating(a.Median, d), Paren: rating(a.Q1, d) + enDash + rating(a.Q3, d)}
		}
		if a.N != usual(arm) && category != 0 || a.N != usual(arm) && len(o.Categories) == 0 {
			c.Mark = b.note(ownN(o, b.r.Arms[arm], *v, arm))
		}
		cells = append(cells, c)
	}
	return cells
}

// rating prints a median or quartile: most are answers, and whole.
func rating(x float64, decimals int) string {
	if x == math.Trunc(x) {
		decimals = 0
	}
	return Number(x, decimals)
}

// scales are the contrast's cells: log odds ratio, odds ratio, difference of
// probabilities, P. wide gives every one its interval.
func (b *secondary) scales(o *analysis.OutcomeResult, v *analysis.VisitResult, row *Row, wide bool) []Cell {
	log, p := b.contrast(o, v, row)
	ratio, points := Cell{Wide: wide}, b.points1(v, len(o.Categories)-1, wide, log.Live)
	if s := v.Shown(b.r.Options.Interval); o.Outcome.Logit() && !math.IsNaN(s.Estimate) {
		ratio.Value, ratio.Live = ratioText(math.Exp(s.Estimate)), log.Live
		if wide {
			ratio.Paren = ratioText(math.Exp(s.Low)) + enDash + ratioText(math.Exp(s.High))
		}
	}
	cells := []Cell{log, ratio, points, p}
	if b.r.Options.Multiplicity != "" {
		cells = append(cells, adjustedP(*v, p))
	}
	return cells
}

// ratioText prints an odds ratio with two decimals, fewer when it is large.
func ratioText(x float64) string {
	switch {
	case math.IsInf(x, 1):
		return "∞"
	case x >= 100:
		return Number(x, 0)
	case x >= 10:
		return Number(x, 1)
	}
	return Number(x, 2)
}

// points1 is the difference of probabilities in a category, in percentage
// points.
func (b *secondary) points1(v *analysis.VisitResult, category int, wide, live bool) Cell {
	p := probability(v, category)
	if p == nil {
		return Cell{Wide: wide}
	}
	c := Cell{Value: Number(100*p.Difference.Difference, 1), Wide: wide, Live: live}
	if wide {
		low, high, _ := ends(p, b.r.Options.Interval, v)
		c.Paren = Range(100*low, 100*high, 1)
	}
	return c
}

// probability finds the difference in a category; of a binary outcome there is
// that of the event alone.
func probability(v *analysis.VisitResult, category int) *analysis.Probability {
	n := len(v.Probabilities)
	switch {
	case n == 0 || category < 0:
		return nil
	case n == 1:
		return &v.Probabilities[0]
	case category < n:
		return &v.Probabilities[category]
	}
	return nil
}

// ends is the interval of a difference of probabilities from the source of the
// contrast's own.
func ends(p *analysis.Probability, kind string, v *analysis.VisitResult) (low, high float64, boot bool) {
	if p.Boot == nil || v.Shown(kind).Source != "bootstrap" || p.Boot.Used < analysis.MinReplicates {
		return p.Low, p.High, false
	}
	ends := p.Boot.Normal
	switch kind {
	case "percentile":
		ends = p.Boot.Percentile
	case "basic":
		ends = p.Boot.Basic
	case "bc":
		ends = p.Boot.BC
	case "bca":
		ends = p.Boot.BCa
	}
	return ends[0], ends[1], true
}

// categories are the rows of an outcome: the event alone, every category of an
// ordinal one, or -1 for medians.
func categories(o *analysis.OutcomeResult) []int {
	switch {
	case o.Outcome.Is(analysis.Binary):
		return []int{1}
	case len(o.Categories) == 0:
		return []int{-1}
	}
	var out []int
	for k := range o.Categories {
		out = append(out, k)
	}
	return out
}

// sideBySide adds an outcome with its visits beside each other; the contrast of
// an ordinal one stands in the row of its last category.
func (b *secondary) sideBySide(o *analysis.OutcomeResult) {
	head := b.name(o)
	list := categories(o)
	if o.Outcome.Is(analysis.Ordinal) || len(o.Visits) == 0 {
		head.Group = true
		b.t.Rows = append(b.t.Rows, head)
	}
	if len(o.Visits) == 0 { // it could not even be described
		return
	}
	for i, k := range list {
		row := head
		if head.Group {
			row = Row{Key: head.Key, Label: title(o.Categories[k]), Indent: 1}
		} else if k < 0 {
			row.Indent = 1
		}
		for _, visit := range b.visits() {
			at := slices.IndexFunc(o.Visits, func(v analysis.VisitResult) bool { return v.Visit == visit })
			if at < 0 {
				row.Cells = append(row.Cells, make([]Cell, b.perVisit())...)
				continue
			}
			v := &o.Visits[at]
			row.Cells = append(row.Cells, b.arms(o, v, k, func(arm int) int { return b.mostAt(visit, arm) })...)
			if i == len(list)-1 {
				row.Cells = append(row.Cells, b.scales(o, v, &row, false)...)
				continue
			}
			blank := make([]Cell, b.perVisit()-2)
			blank[2] = b.points1(v, k, false, !o.Settled())
			row.Cells = append(row.Cells, blank...)
		}
		b.t.Rows = append(b.t.Rows, row)
	}
}

// perVisit is the number of cells a visit has.
func (b *secondary) perVisit() int {
	if b.r.Options.Multiplicity != "" {
		return 7
	}
	return 6
}

// oneBelowTheOther adds an outcome with a line a visit, or a line a category
// of each.
func (b *secondary) oneBelowTheOther(o *analysis.OutcomeResult) {
	head := b.name(o)
	head.Group = true
	b.t.Rows = append(b.t.Rows, head)
	list := categories(o)
	for at := range o.Visits {
		v := &o.Visits[at]
		if v.Baseline {
			continue
		}
		for i, k := range list {
			row := Row{Key: head.Key, Label: v.Visit.Label, Indent: 1}
			if len(list) > 1 {
				row.Label += ", " + o.Categories[k]
			}
			row.Cells = b.arms(o, v, k, b.largest)
			if i == len(list)-1 {
				row.Cells = append(row.Cells, b.scales(o, v, &row, true)...)
			} else {
				blank := make([]Cell, b.perVisit()-2)
				blank[2] = b.points1(v, k, true, !o.Settled())
				row.Cells = append(row.Cells, blank...)
			}
			b.t.Rows = append(b.t.Rows, row)
		}
	}
}

// lines are the CSV: one for each outcome, visit and category.
func (b *secondary) lines() [][]Named {
	var out [][]Named
	for _, o := range b.outcomes {
		for at := range o.Visits {
			v := &o.Visits[at]
			if v.Baseline {
				continue
			}
			for _, k := range categories(o) {
				out = append(out, b.line(o, v, k))
			}
		}
	}
	return out
}

func (b *secondary) line(o *analysis.OutcomeResult, v *analysis.VisitResult, k int) []Named {
	s := v.Shown(b.r.Options.Interval)
	scale, category := "mean difference", ""
	odds := [3]float64{Missing, Missing, Missing}
	if o.Outcome.Logit() {
		scale, category = "log odds ratio", o.Categories[k]
		odds = [3]float64{math.Exp(s.Estimate), math.Exp(s.Low), math.Exp(s.High)}
	}
	line := []Named{{Name: "outcome", Text: o.Outcome.Variable}, {Name: "label", Text: o.Outcome.Label}, {Name: "kind", Text: string(o.Outcome.Kind)},
		{Name: "visit", Text: v.Visit.Code}, {Name: "months", Value: v.Visit.Months}, {Name: "category", Text: category, Value: Missing}}
	for _, arm := range []int{1, 0} {
		name, a := []string{"control", "intervention"}[arm], v.Arms[arm]
		count := Missing
		if k >= 0 {
			count = float64(a.Counts[k])
		}
		line = append(line, Named{Name: "n_" + name, Value: float64(a.N)}, Named{Name: "count_" + name, Value: count}, Named{Name: "percent_" + name, Value: a.Percent(max(k, 0))},
			Named{Name: "median_" + name, Value: a.Median}, Named{Name: "q1_" + name, Value: a.Q1}, Named{Name: "q3_" + name, Value: a.Q3})
	}
	line = append(line, Named{Name: "scale", Text: scale}, Named{Name: "contrast", Value: s.Estimate}, Named{Name: "se", Value: s.SE}, Named{Name: "low", Value: s.Low}, Named{Name: "high", Value: s.High}, Named{Name: "p", Value: s.P},
		Named{Name: "interval", Text: s.Source, Value: Missing}, Named{Name: "odds_ratio", Value: odds[0]}, Named{Name: "or_low", Value: odds[1]}, Named{Name: "or_high", Value: odds[2]})
	pp := [3]float64{Missing, Missing, Missing}
	if p := probability(v, k); p != nil {
		low, high, _ := ends(p, b.r.Options.Interval, v)
		pp = [3]float64{p.Difference.Difference, low, high}
	}
	unbounded := Missing
	if v.Boot != nil {
		unbounded = float64(v.Boot.Unbounded)
	}
	line = append(line, Named{Name: "probability_difference", Value: pp[0]}, Named{Name: "pd_low", Value: pp[1]}, Named{Name: "pd_high", Value: pp[2]},
		Named{Name: "p_adjusted", Value: v.PAdjusted}, Named{Name: "replicates", Value: float64(o.Done)}, Named{Name: "without_finite_estimate", Value: unbounded}, Named{Name: "status", Text: string(o.Status)})
	return line
}

// Tables are the outcome tables that have rows.
func Tables(r *analysis.Result) []*Table {
	var out []*Table
	if slices.ContainsFunc(r.Outcomes, func(o analysis.OutcomeResult) bool { return !inTable4(&o) }) {
		out = append(out, OutcomeTable(r))
	}
	if slices.ContainsFunc(r.Outcomes, func(o analysis.OutcomeResult) bool { return inTable4(&o) }) {
		out = append(out, SecondaryTable(r), SecondaryScales(r))
	}
	return out
}

// OutcomeTables counts the outcomes of Table 3 and of Table 4.
func OutcomeTables(r *analysis.Result) (three, four int) {
	for i := range r.Outcomes {
		if inTable4(&r.Outcomes[i]) {
			four++
		} else {
			three++
		}
	}
	return three, four
}
