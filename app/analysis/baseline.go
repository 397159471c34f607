package analysis

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"

	"trialbox/app/trial"
	"trialbox/stats"
)

// BaselineResult is every number of the baseline tables.
type BaselineResult struct {
	Who     Groups
	Options Baseline
	Tables  []BaselineLines
	// Warnings are of the comparison as a whole, such as arms of one unit.
	Warnings []string
}

// BaselineLines are the lines of one table.
type BaselineLines struct {
	Title string
	Lines []BaselineLine
}

// Groups are the two sets of people, or of units, that a table compares. The
// first is the reference: differences are the second less the first.
type Groups struct {
	Names  [2]string
	People [2]int
	Units  [2]int
	of     []int8 // by patient or unit; -1 in neither
	unit   []int  // of each patient; nil where the rows are units
}

// All counts the people of both groups.
func (g Groups) All() int { return g.People[0] + g.People[1] }

// BaselineLine is a variable, or one of its categories.
type BaselineLine struct {
	Row      BaselineRow
	Level    string // of a category as printed, "" else
	First    bool   // the variable's first line, which carries the tests
	Last     bool   // the last one
	Block    bool   // the variable has several lines
	Decimals int    // of the printed values
	All      stats.Cell
	Groups   [2]stats.Cell
	// Of the first line.
	Test       stats.Test
	Clustered  stats.Test // empty unless asked for
	Imbalance  stats.Imbalance
	Imbalanced bool
	Reason     string // why the variable cannot be described, a sentence
}

// BaselineTables computes the baseline tables of a trial by arm: every patient
// once, with the value at the first visit.
func BaselineTables(t *trial.Trial, b *Baseline) *BaselineResult {
	who := armGroups(t)
	out := &BaselineResult{Who: who, Options: *b}
	for _, table := range b.Tables {
		out.Tables = append(out.Tables, BaselineLines{table.Title, describeRows(t, table.Rows, b, who)})
	}
	if who.Units[0] == 1 && who.Units[1] == 1 {
		out.Warnings = append(out.Warnings, "Each arm has one unit, so a difference between the arms cannot be told from a difference between the two units; the P values take the people as independent.")
	}
	return out
}

// armGroups divides the patients by arm.
func armGroups(t *trial.Trial) Groups {
	g := Groups{Names: t.Arms, of: make([]int8, len(t.Patients)), unit: make([]int, len(t.Patients))}
	seen := make([]bool, len(t.Units))
	for i, p := range t.Patient {
		g.of[p], g.unit[p] = int8(t.Arm[i]), int(t.Unit[i])
		if u := t.Unit[i]; !seen[u] {
			seen[u] = true
			g.Units[t.Arm[i]]++
		}
	}
	for _, a := range g.of {
		g.People[a]++
	}
	return g
}

// describeRows computes the lines of a list of variables for two groups of
// patients.
func describeRows(t *trial.Trial, rows []BaselineRow, b *Baseline, who Groups) []BaselineLine {
	var out []BaselineLine
	for _, row := range rows {
		v := t.Variable(row.Variable)
		if v == nil {
			out = append(out, BaselineLine{Row: row, First: true, Reason: fmt.Sprintf("The data have no column or score “%s”; take the row out, or choose another.", row.Variable)})
			continue
		}
		out = append(out, describeVariable(entriesOf(v, patientRows(t, v)), row, b, who)...)
	}
	return out
}

// patientRows gives the row that holds each patient's baseline value, -1 for
// none: that of the first visit, or for a value repeated on all of a patient's
// rows any of them, so that who missed the first visit has it too.
func patientRows(t *trial.Trial, v *trial.Variable) []int {
	rows := make([]int, len(t.Patients))
	for p := range rows {
		rows[p] = -1
	}
	if v.Baseline || repeatedOnRows(t, v) {
		for i, p := range t.Patient {
			if rows[p] < 0 && !math.IsNaN(v.Num(i)) {
				rows[p] = i
			}
		}
		return rows
	}
	for i, p := range t.Patient {
		if t.Visit[i] == 0 {
			rows[p] = i
		}
	}
	return rows
}

// repeatedOnRows reports a variable that is the same, or missing alike, on all
// rows of every patient.
func repeatedOnRows(t *trial.Trial, v *trial.Variable) bool {
	first := make([]int, len(t.Patients))
	repeated := false
	for i, p := range t.Patient {
		if first[p] == 0 {
			first[p] = i + 1
			continue
		}
		a, b := v.Num(first[p]-1), v.Num(i)
		if a != b && !(math.IsNaN(a) && math.IsNaN(b)) {
			return false
		}
		repeated = true
	}
	return repeated
}

// entries are a variable with one entry for each patient or unit.
type entries struct {
	num    []float64 // NaN where missing
	text   []string  // as printed, "" where missing; nil for numbers without names
	levels []string  // in their order, of text
	scale  int       // decimals of a score, -1 for a column
}

func entriesOf(v *trial.Variable, rows []int) entries {
	x := entries{num: make([]float64, len(rows)), scale: -1, levels: v.Levels}
	if v.Scale != nil {
		x.scale = min(v.Scale.Decimals, 2)
	}
	if v.Levels != nil {
		x.text = make([]string, len(rows))
	}
	for k, row := range rows {
		x.num[k] = nan()
		if row < 0 || math.IsNaN(v.Num(row)) {
			continue
		}
		x.num[k] = v.Num(row)
		switch at := int(v.Num(row)); {
		case v.Words:
			x.text[k] = v.Text(row)
		case v.Levels != nil && at >= 1 && at <= len(v.Levels): // an ordinal score counts from 1
			x.text[k] = v.Levels[at-1]
		}
	}
	return x
}

func describeVariable(x entries, row BaselineRow, b *Baseline, who Groups) []BaselineLine {
	if row.Statistic == "percent" {
		return describeCategories(x, row, b, who)
	}
	line := BaselineLine{Row: row, First: true, Last: true, Decimals: x.decimals(row)}
	if x.levels != nil {
		line.Reason = fmt.Sprintf("%s holds words, not numbers, so it has no %s; show it in per cent.", row.Variable, map[string]string{"mean": "mean", "median": "median", "range": "median"}[row.Statistic])
		return []BaselineLine{line}
	}
	groups := make([][]float64, 2)
	for k, g := range who.of {
		if g >= 0 {
			groups[g] = append(groups[g], x.num[k])
		}
	}
	opt := b.options()
	var r stats.Row
	if row.Statistic == "mean" {
		r = opt.MeanRow(groups)
	} else {
		r = opt.MedianRow(groups)
	}
	line.All, line.Groups = r.All, [2]stats.Cell{r.Groups[0], r.Groups[1]}
	if row.Statistic == "range" {
		withRange(&line.All, slices.Concat(groups...))
		withRange(&line.Groups[0], groups[0])
		withRange(&line.Groups[1], groups[1])
	}
	clustered := stats.ClusteredRanks
	if row.Statistic == "mean" {
		clustered = stats.ClusteredMeans
	}
	line.tests(r, b, who, func(unit, arm []int) stats.Test { return clustered(within(who, x.num), unit, arm) })
	return []BaselineLine{line}
}

// withRange puts lowest and highest value in the place of the quartiles.
func withRange(c *stats.Cell, x []float64) {
	s := stats.Describe(x)
	c.Low, c.High = s.Min, s.Max
}

// tests fills in what a first line carries.
func (l *BaselineLine) tests(r stats.Row, b *Baseline, who Groups, clustered func(unit, arm []int) stats.Test) {
	l.Test, l.Imbalance = r.Test, r.Imbalance
	for g, c := range l.Groups {
		switch {
		case c.N > 0:
		case l.Groups[1-g].N == 0:
			l.Test.Status = stats.Status(fmt.Sprintf("Nobody has a value of %s at baseline: check the column, or take the row out.", l.Row.Variable))
		default:
			l.Test.Status = stats.Status(fmt.Sprintf("Nobody in the group “%s” has a value of %s, so there is nothing to compare: check the column, or take the row out.", who.Names[g], l.Row.Variable))
		}
	}
	if l.Test.Status != stats.OK {
		l.Test.P = nan()
	}
	l.Imbalanced = b.imbalanced(l.Test.P, l.Imbalance)
	if b.Clustered && who.unit != nil {
		var unit, arm []int
		for k, g := range who.of {
			if g >= 0 {
				unit, arm = append(unit, who.unit[k]), append(arm, int(g))
			}
		}
		l.Clustered = clustered(unit, arm)
	}
}

// within are the entries of those in one of the groups.
func within[T any](who Groups, x []T) []T {
	out := make([]T, 0, len(x))
	for k, g := range who.of {
		if g >= 0 {
			out = append(out, x[k])
		}
	}
	return out
}

func describeCategories(x entries, row BaselineRow, b *Baseline, who Groups) []BaselineLine {
	names, of, binary := x.categories(row)
	line := BaselineLine{Row: row, First: true, Decimals: 1}
	const most = 100
	if len(names) > most {
		line.Reason = fmt.Sprintf("%s has %d different values, each of which would be a line; is it a number, or an identifier?", row.Variable, len(names))
		return []BaselineLine{line}
	}
	if len(names) == 0 {
		names = []string{""}
	}
	table, missing := make(stats.Table, len(names)), make([]int, 2)
	for k := range table {
		table[k] = make([]int, 2)
	}
	for k, g := range who.of {
		switch {
		case g < 0:
		case of[k] < 0:
			missing[g]++
		default:
			table[of[k]][g]++
		}
	}
	described := b.options().PercentRows(table, missing)
	var out []BaselineLine
	for k, r := range described {
		l := BaselineLine{Row: row, Level: names[k], Decimals: 1, All: r.All, Groups: [2]stats.Cell{r.Groups[0], r.Groups[1]}, Block: true}
		if binary {
			l.Level, l.Block = "", false
		}
		out = append(out, l)
	}
	if binary {
		out = out[1:]
	}
	out[0].First, out[len(out)-1].Last = true, true
	out[0].tests(described[0], b, who, func(unit, arm []int) stats.Test { return stats.ClusteredCategories(within(who, of), unit, arm) })
	return out
}

// categories gives the names of a variable's categories, in their order, and
// the one each patient is in, -1 where missing. A binary one has two, of which
// the second is printed.
func (x entries) categories(row BaselineRow) (names []string, of []int, binary bool) {
	of = make([]int, len(x.num))
	names = x.order(row, x.label)
	if row.Level != "" {
		names, binary = []string{"not " + row.Level, row.Level}, true
	} else if slices.Equal(names, []string{"1"}) || slices.Equal(names, []string{"0"}) || slices.Equal(names, []string{"0", "1"}) {
		names, binary = []string{"0", "1"}, true
	}
	at := map[string]int{}
	for i, n := range names {
		at[n] = i
	}
	for k := range of {
		s := x.label(k)
		i, ok := at[s]
		switch {
		case s == "":
			i = -1
		case row.Level != "" && s != row.Level:
			i = 0
		case !ok:
			i = -1
		}
		of[k] = i
	}
	for i, n := range names {
		for _, l := range row.Levels {
			if l.Value == n && l.Label != "" {
				names[i] = l.Label
			}
		}
	}
	return names, of, binary
}

// label is a value as a category, "" where missing.
func (x entries) label(k int) string {
	switch {
	case math.IsNaN(x.num[k]):
		return ""
	case x.text != nil:
		return x.text[k]
	}
	return strconv.FormatFloat(x.num[k], 'g', 10, 64)
}

// order lists the categories that occur: first those the row names, in its
// order, then the variable's own order, or that of the numbers.
func (x entries) order(row BaselineRow, label func(int) string) []string {
	seen := map[string]float64{}
	for k := range x.num {
		if s := label(k); s != "" {
			seen[s] = x.num[k]
		}
	}
	var out []string
	for _, l := range row.Levels {
		if !slices.Contains(out, l.Value) {
			out = append(out, l.Value) // also one that nobody is in: it is a category of the variable
		}
	}
	rest := make([]string, 0, len(seen))
	for s := range seen {
		if !slices.Contains(out, s) {
			rest = append(rest, s)
		}
	}
	sort.Strings(rest)
	sort.SliceStable(rest, func(i, j int) bool { return seen[rest[i]] < seen[rest[j]] })
	return append(out, rest...)
}

// decimals are how many a printed value has: those chosen for the row, else for
// a mean a score's own and at least one. A median of values that are whole for
// the most part has none; the table adds one where it falls between.
func (x entries) decimals(row BaselineRow) int {
	if row.Decimals != nil {
		return *row.Decimals
	}
	n, whole := 0, 0
	for _, v := range x.num {
		if math.IsNaN(v) {
			continue
		}
		n++
		if v == math.Round(v) {
			whole++
		}
	}
	d := decimalsFor(x.num)
	switch {
	case whole == n && d == 2: // whole numbers up to one
		d = 0
	case row.Statistic != "mean" && 2*whole >= n && d < 2:
		d = 0
	}
	if row.Statistic == "mean" {
		d = max(d, x.scale, 1)
	}
	return d
}
