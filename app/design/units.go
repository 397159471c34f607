package design

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/dataset"
	"trialbox/app/trial"
	"trialbox/stats/allocate"
)

// Allocation are the fields of a randomisation, as typed.
type Allocation struct {
	Method      string   `json:"method"`
	Unit        string   `json:"unit,omitempty"` // column; "" is found by its name
	Strata      []string `json:"strata,omitempty"`
	Balance     []string `json:"balance,omitempty"`
	Within      []Limit  `json:"within,omitempty"`
	Arms        string   `json:"arms"`
	Ratio       string   `json:"ratio"`
	Blocks      string   `json:"blocks"`
	Keep        string   `json:"keep"`
	Probability string   `json:"probability"`
	Seed        string   `json:"seed"`
	Concealed   bool     `json:"concealed,omitempty"`
}

// Limit is how far apart the arms may be in a column that is balanced.
type Limit struct {
	Column string `json:"column"`
	Text   string `json:"largest_difference"`
}

// DefaultAllocation is in permuted blocks, 1:1.
func DefaultAllocation() Allocation {
	return Allocation{Method: string(allocate.Blocked), Arms: "intervention, control", Ratio: "1:1", Blocks: "2, 4", Keep: "0.1", Probability: "0.8"}
}

// Uses says whether a method looks at a part of the fields.
func (a *Allocation) Uses(part string) bool {
	method := allocate.Method(a.Method)
	switch part {
	case "strata":
		return method != allocate.Simple
	case "blocks":
		return method == allocate.Blocked
	case "balance":
		return method == allocate.Constrained || method == allocate.Minimise
	case "keep", "within":
		return method == allocate.Constrained
	case "probability":
		return method == allocate.Minimise
	}
	return true
}

// Request reads the fields; what is wrong with them stands beside each.
func (a *Allocation) Request() (r allocate.Request, c Columns, problems Problems) {
	problems = Problems{}
	r.Method = allocate.Method(a.Method)
	if seed, err := strconv.ParseUint(strings.TrimSpace(a.Seed), 10, 64); err == nil {
		r.Seed = seed
	} else {
		problems.say("seed", "A whole number is needed: write it down before you draw, so that the list can be drawn again.")
	}
	for _, name := range strings.Split(a.Arms, ",") {
		if name = strings.TrimSpace(name); name == "" {
			problems.say("arms", "The names of the arms are needed, apart by commas: intervention, control.")
		}
		r.Arms = append(r.Arms, name)
	}
	r.Ratio = wholes(a.Ratio, ":", "ratio", "whole numbers such as 1:1 or 2:1", problems)
	c.Unit = a.Unit
	if a.Uses("strata") {
		c.Strata = a.Strata
	}
	if a.Uses("blocks") && strings.TrimSpace(a.Blocks) != "" {
		r.Blocks = wholes(a.Blocks, ",", "blocks", "whole numbers such as 2, 4", problems)
	}
	if a.Uses("balance") {
		c.Balance = a.Balance
	}
	part := func(field, text string) float64 {
		x, why := share(text)
		if why != "" {
			problems.say(field, "%s", why)
		} else if x == 0 {
			problems.say(field, "It must be above 0.")
		}
		return x
	}
	if a.Uses("keep") {
		r.Keep = part("keep", a.Keep)
		c.Within = a.limits(problems)
	}
	if a.Uses("probability") {
		r.Probability = part("probability", a.Probability)
	}
	return r, c, problems
}

// limits are those given for columns that are balanced.
func (a *Allocation) limits(problems Problems) map[string]float64 {
	out := map[string]float64{} // looked up, never ranged over
	for _, l := range a.Within {
		if strings.TrimSpace(l.Text) == "" || !slices.Contains(a.Balance, l.Column) {
			continue
		}
		x, why := number(l.Text)
		if why == "" && !(x > 0) {
			why = "The largest difference must be above 0, or empty for none."
		}
		if why != "" {
			problems.say("within "+l.Column, "%s", why)
		}
		out[l.Column] = x
	}
	return out
}

// Limit is what is typed as the largest difference of a column.
func (a *Allocation) Limit(column string) string {
	for _, l := range a.Within {
		if l.Column == column {
			return l.Text
		}
	}
	return ""
}

// WithLimit is the fields with another largest difference of a column.
func (a Allocation) WithLimit(column, text string) Allocation {
	a.Within = slices.DeleteFunc(slices.Clone(a.Within), func(l Limit) bool { return l.Column == column })
	if text != "" {
		a.Within = append(a.Within, Limit{column, text})
	}
	return a
}

// Toggled is a list of columns with one more, or without it.
func Toggled(list []string, column string, on bool) []string {
	out := slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == column })
	if on {
		out = append(out, column)
	}
	return out
}

func wholes(text, separator, field, like string, problems Problems) (out []int) {
	for _, part := range strings.Split(text, separator) {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil {
			problems.say(field, "“%s” is not made of %s.", text, like)
			return nil
		}
		out = append(out, n)
	}
	return out
}

// Draw allocates the units of a file; without a log the problems say, beside
// which field, why not. pause, which may be nil, is called now and then.
func (a *Allocation) Draw(units *dataset.Dataset, pause func()) (l *Log, list []byte, notes []string, problems Problems) {
	r, c, problems := a.Request()
	if len(problems) > 0 {
		return nil, nil, nil, problems
	}
	l, notes, err := NewLog(units, r, c)
	if err == nil {
		list, err = l.Draw(a.Concealed, pause)
	}
	if err != nil {
		part := "units"
		if refusal, ok := err.(*allocate.Refusal); ok {
			part = refusal.Part
		}
		problems.say(part, "%s", sentence(err.Error()))
		return nil, nil, nil, problems
	}
	return l, list, notes, problems
}

// sentence begins large and ends with a stop.
func sentence(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	if first, _, _ := strings.Cut(s, " "); !strings.ContainsAny(first, "._,") { // no file name
		r[0] = []rune(strings.ToUpper(string(r[0])))[0]
	}
	if r[len(r)-1] != '.' {
		r = append(r, '.')
	}
	return string(r)
}

// UnitsOf is a units file made of a trial: its units, how many people each
// has, and what is the same for all rows of a unit and differs between units.
func UnitsOf(t *trial.Trial) []byte {
	people := make([]int, len(t.Units))
	seen := make([]bool, len(t.Patients))
	for row := range t.Rows {
		if p := t.Patient[row]; p >= 0 && !seen[p] && t.Unit[row] >= 0 {
			seen[p] = true
			people[t.Unit[row]]++
		}
	}
	heads := []string{"unit_id", "people"}
	columns := [][]string{t.Units, nil}
	for _, n := range people {
		columns[1] = append(columns[1], strconv.Itoa(n))
	}
	for _, v := range t.Variables {
		if cells := ofUnits(t, v); cells != nil && !slices.Contains(heads, v.Name) {
			heads, columns = append(heads, v.Name), append(columns, cells)
		}
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Write(heads)
	for unit := range t.Units {
		row := make([]string, len(heads))
		for c := range heads {
			row[c] = columns[c][unit]
		}
		w.Write(row)
	}
	w.Flush()
	if err := w.Error(); err != nil {
		panic(fmt.Sprintf("design: a buffer takes every write: %v", err))
	}
	return b.Bytes()
}

// ofUnits are the values of a variable by unit; nil when a unit has two, or
// all have the same, or some unit has none.
func ofUnits(t *trial.Trial, v *trial.Variable) []string {
	out := make([]string, len(t.Units))
	if v.Scale != nil {
		return nil
	}
	for row := range t.Rows {
		unit := t.Unit[row]
		if unit < 0 {
			continue
		}
		cell := ""
		if v.Words {
			cell = v.Text(row)
		} else if !math.IsNaN(v.Num(row)) {
			cell = strconv.FormatFloat(v.Num(row), 'g', -1, 64)
		}
		switch {
		case cell == "" || out[unit] == cell:
		case out[unit] != "":
			return nil
		default:
			out[unit] = cell
		}
	}
	sorted := slices.Clone(out)
	slices.Sort(sorted)
	if sorted[0] == "" || sorted[0] == sorted[len(sorted)-1] {
		return nil
	}
	return out
}
