package instrument

import (
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"
)

// SetsUse is how a definition names its value sets: a table of terms with a
// column a set, a table of states with a column a set, or both; a table with
// the reference of each set; the usual set.
type SetsUse struct {
	Usual       string   `json:"usual"`
	Levels      int      `json:"levels"`
	Dimensions  []string `json:"dimensions"`
	Terms       string   `json:"terms,omitempty"`
	States      string   `json:"states,omitempty"`
	StatePrefix string   `json:"state_prefix,omitempty"`
	References  string   `json:"references,omitempty"`
}

// valueSets turns a health state, a level on each dimension, into a value by
// any of several national sets.
type valueSets struct {
	usual      string
	levels     int
	names      []string
	references []string // where each set was published; "" where not recorded
	low, high  []float64
	dimensions int
	tabled     int         // how many of names, the first, come from a table of states; the rest are computed from terms
	states     [][]float64 // value by set and state number
}

// termSet is one value set as published: terms that are added to, or
// multiplied with, the value of full health.
type termSet struct {
	multiply bool
	start    float64
	any2     float64 // some level is above 1
	any3     float64 // some level is 3
	any5     float64 // some level is 5
	level    [][]float64
	d1       float64 // times the dimensions above level 1, less one
	i2square float64 // times the square of the level-2 count less one
	i3       float64 // times the level-3 count less one
	i3square float64
}

func (u *SetsUse) load(fsys fs.FS) (*valueSets, error) {
	v := &valueSets{usual: u.Usual, levels: u.Levels, dimensions: len(u.Dimensions)}
	if u.Levels < 2 || u.Levels > 9 || len(u.Dimensions) == 0 || len(u.Dimensions) > 6 {
		return nil, fmt.Errorf("levels (2 to 9) and dimensions (1 to 6) are needed")
	}
	if u.States != "" {
		if err := v.loadStates(fsys, u); err != nil {
			return nil, err
		}
	}
	if u.Terms != "" {
		if err := v.loadTerms(fsys, u); err != nil {
			return nil, err
		}
	}
	if !slices.Contains(v.names, u.Usual) {
		return nil, fmt.Errorf("usual: there is no set %q", u.Usual)
	}
	if err := v.loadReferences(fsys, u.References); err != nil {
		return nil, err
	}
	for _, values := range v.states {
		v.low, v.high = append(v.low, slices.Min(values)), append(v.high, slices.Max(values))
	}
	return v, nil
}

func (v *valueSets) loadTerms(fsys fs.FS, u *SetsUse) error {
	columns, rows, err := readTable(fsys, u.Terms)
	if err != nil {
		return err
	}
	v.names = append(v.names, columns[1:]...)
	terms := make([]termSet, len(columns)-1)
	for i := range terms {
		terms[i].level = make([][]float64, len(u.Dimensions))
		for d := range terms[i].level {
			terms[i].level[d] = make([]float64, u.Levels+1)
		}
	}
	for n, row := range rows {
		for i := range terms {
			if err := terms[i].set(row[0], row[i+1], u); err != nil {
				return fmt.Errorf("tables/%s line %d, %s: %w", u.Terms, n+2, columns[i+1], err)
			}
		}
	}
	for i := range terms {
		terms[i].neutral()
	}
	v.compute(terms)
	return nil
}

// set takes one cell of a table of terms. An empty cell is a term the set does not have.
func (t *termSet) set(term, cell string, u *SetsUse) error {
	if term == "combine" {
		t.multiply = cell == "multiply"
		if !t.multiply && cell != "add" {
			return fmt.Errorf("combine is add or multiply, not %q", cell)
		}
		return nil
	}
	value := none
	if cell != "" {
		var err error
		if value, err = strconv.ParseFloat(cell, 64); err != nil {
			return fmt.Errorf("%q is not a number", cell)
		}
	}
	switch term {
	case "FullHealth", "StartValue":
		t.start = value
	case "AtLeastOne2Or3", "Intercept":
		t.any2 = value
	case "AtLeastOne3":
		t.any3 = value
	case "N5":
		t.any5 = value
	case "D1":
		t.d1 = value
	case "I2square":
		t.i2square = value
	case "I3":
		t.i3 = value
	case "I3square":
		t.i3square = value
	default:
		if cell == "" {
			return nil
		}
		d := slices.Index(u.Dimensions, strings.TrimRight(term, "0123456789"))
		if d < 0 {
			return fmt.Errorf("%q is not a known term", term)
		}
		level, err := strconv.Atoi(term[len(u.Dimensions[d]):])
		if err != nil || level < 2 || level > u.Levels {
			return fmt.Errorf("%q is not a known term", term)
		}
		t.level[d][level] = value
	}
	return nil
}

// neutral replaces the terms a set does not have by what changes nothing.
func (t *termSet) neutral() {
	nothing := 0.0
	if t.multiply {
		nothing = 1
	}
	fix := func(x *float64, by float64) {
		if isNone(*x) || (t.multiply && *x == 0) {
			*x = by
		}
	}
	for _, x := range []*float64{&t.any2, &t.any3, &t.any5} {
		fix(x, nothing)
	}
	for _, x := range []*float64{&t.d1, &t.i2square, &t.i3, &t.i3square} {
		if isNone(*x) {
			*x = 0
		}
	}
	for _, levels := range t.level {
		for l := range levels {
			fix(&levels[l], nothing)
		}
	}
}

// value of a state: full health less what each problem costs.
func (t *termSet) value(levels []float64) float64 {
	v := t.start
	put := func(x float64) {
		if t.multiply {
			v *= x
		} else {
			v += x
		}
	}
	above1, twos, threes, fives := 0, 0, 0, 0
	for d, l := range levels {
		if l > 1 {
			above1++
		}
		switch l {
		case 2:
			twos++
		case 3:
			threes++
		case 5:
			fives++
		}
		put(t.level[d][int(l)])
	}
	if above1 > 0 {
		put(t.any2)
	}
	if threes > 0 {
		put(t.any3)
	}
	if fives > 0 {
		put(t.any5)
	}
	less := func(n int) float64 { return math.Max(0, float64(n-1)) }
	v += t.d1*less(above1) + t.i2square*less(twos)*less(twos) + t.i3*less(threes) + t.i3square*less(threes)*less(threes)
	// Terms have at most seven decimals; the tail behind the tenth is binary dust.
	return math.Round(v*1e10) / 1e10
}

func (v *valueSets) loadStates(fsys fs.FS, u *SetsUse) error {
	columns, rows, err := readTable(fsys, u.States)
	if err != nil {
		return err
	}
	if states := v.stateCount(); len(rows) != states {
		return fmt.Errorf("tables/%s has %d states, not %d", u.States, len(rows), states)
	}
	for _, c := range columns[1:] {
		v.names = append(v.names, u.StatePrefix+c)
	}
	v.tabled = len(columns) - 1
	v.states = make([][]float64, v.tabled)
	for n, row := range rows {
		if want := v.stateName(n); row[0] != want {
			return fmt.Errorf("tables/%s line %d: state %q where %s belongs", u.States, n+2, row[0], want)
		}
		for i := range v.states {
			x, err := strconv.ParseFloat(row[i+1], 64)
			if err != nil {
				return fmt.Errorf("tables/%s line %d: %q is not a number", u.States, n+2, row[i+1])
			}
			v.states[i] = append(v.states[i], x)
		}
	}
	return nil
}

// stateName is the n-th state in order: 11111, 11112, …
func (v *valueSets) stateName(n int) string {
	name := make([]byte, v.dimensions)
	for d := v.dimensions - 1; d >= 0; d-- {
		name[d] = byte('1' + n%v.levels)
		n /= v.levels
	}
	return string(name)
}

func (v *valueSets) loadReferences(fsys fs.FS, file string) error {
	v.references = make([]string, len(v.names))
	if file == "" {
		return nil
	}
	columns, rows, err := readTable(fsys, file)
	if err != nil {
		return err
	}
	set, reference := slices.Index(columns, "set"), slices.Index(columns, "reference")
	if set < 0 || reference < 0 {
		return fmt.Errorf("tables/%s has no columns set and reference", file)
	}
	for _, row := range rows {
		if i := slices.Index(v.names, row[set]); i >= 0 {
			v.references[i] = row[reference]
		}
	}
	return nil
}

// compute fills in the values of the sets given by their terms, once for all states.
func (v *valueSets) compute(terms []termSet) {
	levels := make([]float64, v.dimensions)
	for _, t := range terms {
		values := make([]float64, v.stateCount())
		for n := range values {
			for d, rest := v.dimensions-1, n; d >= 0; d-- {
				levels[d] = float64(1 + rest%v.levels)
				rest /= v.levels
			}
			values[n] = t.value(levels)
		}
		v.states = append(v.states, values)
	}
}

func (v *valueSets) stateCount() int {
	n := 1
	for range v.dimensions {
		n *= v.levels
	}
	return n
}

// withSet is the scale as it is under a value set, which its label names.
func (s *scale) withSet(set string) Scale {
	out := s.Scale
	i := slices.Index(s.sets.names, set)
	out.Set, out.Min, out.Max = set, s.sets.low[i], s.sets.high[i]
	out.Label = fmt.Sprintf("%s (%s)", s.Label, set)
	return out
}
