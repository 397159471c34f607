package trial

import (
	"math"
	"slices"
	"sort"

	"trialbox/app/dataset"
	"trialbox/app/instrument"
)

// Variable is one column of the trial: a value for each row. A column of the
// file is not copied: a trial of a hundred columns and a million rows would
// not fit into a page. Its cells are looked up where the data set has them.
type Variable struct {
	Name, Label string
	Words       bool              // it holds words: numbers are indices into Levels
	Levels      []string          // of words: in their own order where they have one (mild < moderate < severe), else by code points; of an ordinal score: 1, 2, …
	From        string            // where it comes from, a phrase
	Scale       *instrument.Scale // of a score: range, direction, bands; nil for a column
	// Baseline reports that the value is one for each patient, repeated on
	// every row.
	Baseline bool

	made  []float64 // per row; nil of a column of the file
	trial *Trial    // of a column of the file
	cells []cells   // of a column of the file: by visit, or one for all visits
}

// cells are a column of the file at a visit: codes by row of the file, and the
// number of each code.
type cells struct {
	codes  dataset.Codes
	number []float64 // nil where the column was not asked
}

func (v *Variable) cellsAt(visit int32) *cells {
	if len(v.cells) == 1 {
		return &v.cells[0]
	}
	return &v.cells[visit]
}

// Num is the number of a row, NaN where it is missing; of words their index in
// Levels, of an ordinal score 1, 2, … in the order of Levels.
func (v *Variable) Num(row int) float64 {
	if v.made != nil {
		return v.made[row]
	}
	c := v.cellsAt(v.trial.Visit[row])
	if c.number == nil {
		return math.NaN()
	}
	return c.number[c.codes.At(int(v.trial.source[row]))]
}

// Text is the word of a row, "" where it is missing.
func (v *Variable) Text(row int) string {
	if k := v.Num(row); !math.IsNaN(k) {
		return v.Levels[int(k)]
	}
	return ""
}

// Rows is how many values there are.
func (v *Variable) Rows() int {
	if v.made != nil {
		return len(v.made)
	}
	return v.trial.Rows
}

// Numbers are the numbers of all rows, to be read and not changed.
func (v *Variable) Numbers() []float64 {
	if v.made != nil {
		return v.made
	}
	all := make([]float64, v.trial.Rows)
	for i := range all {
		all[i] = v.Num(i)
	}
	return all
}

// Texts are the words of all rows; nil of numbers.
func (v *Variable) Texts() []string {
	if !v.Words {
		return nil
	}
	all := make([]string, v.Rows())
	for i := range all {
		all[i] = v.Text(i)
	}
	return all
}

// Different are the different numbers of a variable, by size.
func (v *Variable) Different() []float64 {
	var out []float64
	if v.made != nil {
		out = different(v.made)
	}
	for i, used := range v.used() {
		for code, x := range v.cells[i].number {
			if used[code] && !math.IsNaN(x) {
				out = append(out, x)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// different lists the different numbers, in no order.
func different(numbers []float64) (out []float64) {
	seen := map[float64]bool{}
	last := math.NaN()
	for _, x := range numbers {
		if x != last && !math.IsNaN(x) && !seen[x] {
			seen[x] = true
			out = append(out, x)
		}
		last = x
	}
	return out
}

// used tells, for each cells, which codes occur in a row of the trial.
func (v *Variable) used() [][]bool {
	used := make([][]bool, len(v.cells))
	left := 0 // codes that were not seen yet
	for i, c := range v.cells {
		used[i] = make([]bool, len(c.number))
		left += len(c.number)
	}
	for i := 0; left > 0 && i < v.trial.Rows; i++ {
		k := v.trial.Visit[i]
		if len(v.cells) == 1 {
			k = 0
		}
		if v.cells[k].number == nil {
			continue
		}
		if yes := &used[k][v.cells[k].codes.At(int(v.trial.source[i]))]; !*yes {
			*yes = true
			left--
		}
	}
	return used
}

// ofColumns makes a variable of a column of the file at each visit, nil where
// it was not asked.
func (t *Trial) ofColumns(name string, at []*dataset.Column) *Variable {
	v := &Variable{Name: name, Label: name, From: "column " + name, trial: t}
	var order []string
	for _, c := range at {
		if c == nil {
			continue
		}
		v.Words = v.Words || !(c.Kind.Numeric() || c.Kind == dataset.Date || c.Kind == dataset.Empty)
		if c.Label != "" {
			v.Label = c.Label
		}
		if len(c.Order) > len(order) {
			order = c.Order
		}
	}
	if !slices.ContainsFunc(at, func(c *dataset.Column) bool { return c != at[0] }) {
		at = at[:1]
	}
	v.cells = make([]cells, len(at))
	for i, c := range at {
		if c != nil {
			v.cells[i] = cells{c.Codes, c.Number}
		}
	}
	if v.Levels = order; v.Words {
		v.codeWords(at, order)
	}
	return v
}

// codeWords numbers the words of a column.
func (v *Variable) codeWords(at []*dataset.Column, order []string) {
	for i, c := range at {
		if c != nil {
			v.cells[i].number = make([]float64, len(c.Clean))
		}
	}
	index := map[string]int{}
	used := v.used()
	for i, c := range at {
		for code, yes := range used[i] {
			if yes && c.Clean[code] != "" {
				index[c.Clean[code]] = 0
			}
		}
	}
	v.Levels = inOrder(index, order)
	for i, c := range at {
		for code := range used[i] {
			v.cells[i].number[code] = math.NaN()
			if k, known := index[c.Clean[code]]; known {
				v.cells[i].number[code] = float64(k)
			}
		}
	}
}

// inOrder lists the words that are the keys of index and gives each its place:
// in an order that holds them all, else by code points.
func inOrder(index map[string]int, order []string) []string {
	levels := slices.DeleteFunc(slices.Clone(order), func(s string) bool { _, ok := index[s]; return !ok })
	if len(levels) != len(index) {
		levels = levels[:0]
		for s := range index {
			levels = append(levels, s)
		}
		sort.Strings(levels)
	}
	for i, s := range levels {
		index[s] = i
	}
	return levels
}

// setWords makes a variable of words, "" where one is missing. Its Levels, where it
// has some, are their order.
func (v *Variable) setWords(words []string) {
	index := map[string]int{}
	for _, s := range words {
		if s != "" {
			index[s] = 0
		}
	}
	v.Words, v.Levels = true, inOrder(index, v.Levels)
	for i, s := range words {
		v.made[i] = math.NaN()
		if k, known := index[s]; known {
			v.made[i] = float64(k)
		}
	}
}
