package trial

import (
	"math"
	"slices"
	"strconv"

	"trialbox/app/dataset"
)

// LongNames are the columns of the trial in long form: the four roles, the
// other columns of the file (of a wide one, its variables), then what was made
// of them.
func (t *Trial) LongNames() []string {
	m := t.mapping
	names := []string{m.Unit, m.Patient, m.Arm, t.visitColumn()}
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	stems := make(map[string]string, len(m.Wide))
	for _, w := range m.Wide {
		stems[w.Column] = w.Stem
	}
	known := map[string]bool{}
	for _, c := range t.data.Columns {
		name := c.Name
		if stem, ok := stems[name]; ok {
			name = stem
		}
		if !known[name] {
			known[name] = true
			add(name)
		}
	}
	for _, v := range t.Variables {
		if !known[v.Name] {
			add(v.Name)
		}
	}
	return names
}

// IsDate reports a column of dates.
func (t *Trial) IsDate(name string) bool {
	at, _ := t.columnsOf(name)
	return slices.ContainsFunc(at, func(c *dataset.Column) bool { return c != nil && c.Kind == dataset.Date })
}

// CountAnswered counts for each row how many of the named columns hold an
// answer, and for each visit how many of them anybody answered then.
func (t *Trial) CountAnswered(names []string) (answers []uint16, asked []int) {
	answers, asked = make([]uint16, t.Rows), make([]int, len(t.Visits))
	for _, name := range names {
		at, found := t.columnsOf(name)
		var made *Variable
		if !found {
			if made = t.Variable(name); made == nil {
				continue
			}
		}
		seen := make([]bool, len(t.Visits))
		for i, v := range t.Visit {
			if made != nil && math.IsNaN(made.Num(i)) || made == nil && (at[v] == nil || at[v].IsMissing(int(t.source[i]))) {
				continue
			}
			answers[i]++
			seen[v] = true
		}
		for v, yes := range seen {
			if yes {
				asked[v]++
			}
		}
	}
	return answers, asked
}

// visitColumn names the visit in the long form.
func (t *Trial) visitColumn() string {
	if t.mapping.Visit != "" {
		return t.mapping.Visit
	}
	return "visit"
}

// LongRow are the cells of a row of the long form as they were understood,
// numbers with a decimal point, dates as yyyy-mm-dd, "" where missing. names
// are LongNames; into is used again.
func (t *Trial) LongRow(row int, names []string, into []string) []string {
	into = append(into[:0], t.Units[t.Unit[row]], t.Patients[t.Patient[row]], t.Arms[t.Arm[row]], t.Visits[t.Visit[row]].Code)
	for _, name := range names[4:] {
		into = append(into, t.cell(row, name))
	}
	return into
}

func (t *Trial) cell(row int, name string) string {
	if c := t.column(name, t.Visit[row]); c != nil {
		r := int(t.source[row])
		if x := c.Num(r); c.Kind == dataset.Number && !math.IsNaN(x) {
			return strconv.FormatFloat(x, 'f', -1, 64)
		}
		return c.Text(r)
	}
	if t.mapping.Shape == "wide" && t.wideAt(name) != nil {
		return "" // not asked at this visit
	}
	v := t.Variable(name)
	switch {
	case v == nil:
		return ""
	case v.Words:
		return v.Text(row)
	case v.Levels != nil && !math.IsNaN(v.Num(row)):
		if i := int(v.Num(row)) - 1; i >= 0 && i < len(v.Levels) {
			return v.Levels[i]
		}
		return ""
	case math.IsNaN(v.Num(row)):
		return ""
	}
	return strconv.FormatFloat(v.Num(row), 'g', -1, 64)
}
