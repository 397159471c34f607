package trial

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"trialbox/app/dataset"
)

// trait is a column that holds one value for each unit but for a few rows: the
// unit's name, its provider, its sector.
type trait struct {
	c      *dataset.Column
	text   []int32  // per code of the column: one code for each understood text
	of     elected  // unit: the text most of its rows have
	naming bool     // nearly every unit has a text of its own
	raw    []string // unit: the spelling most of its rows have
}

// findTraits looks for them among the columns without a role. A patient's
// property that happens to agree within units does not pass: the units must
// differ in it, and no more than a few rows may contradict their unit.
func (b *builder) findTraits() {
	taken := map[string]bool{b.patient.Name: true, b.arm.Name: true, b.t.mapping.VisitDate: true, b.t.mapping.ConsentDate: true}
	if b.visit != nil {
		taken[b.visit.Name] = true
	}
	for _, w := range b.t.mapping.Wide {
		taken[w.Column] = true
	}
	for _, use := range b.t.mapping.Instruments {
		for _, item := range use.Items {
			taken[item] = true
		}
	}
	rows := b.fileRows()
	for _, c := range b.d.Columns {
		switch c.Kind {
		case dataset.Category, dataset.Label, dataset.YesNo, dataset.Integer:
		default:
			continue
		}
		if taken[c.Name] || c.Distinct < 2 {
			continue
		}
		if !agreesWithin(c, rows, len(b.unit.Raw)) {
			continue
		}
		if t, ok := traitOf(c, rows); ok {
			b.traits = append(b.traits, t)
		}
	}
}

// fileRows are the sources, one for each row of the file.
func (b *builder) fileRows() []source {
	if b.visit != nil {
		return b.sources
	}
	var rows []source
	for _, s := range b.sources {
		if n := len(rows); n == 0 || rows[n-1].row != s.row {
			rows = append(rows, s)
		}
	}
	return rows
}

// slips is how many rows may contradict their unit in a trait.
func slips(rows int) int { return max(3, rows/100) }

// elect gives each unit the text that most of its rows have, by the vote of
// Boyer and Moore; where no text has the majority it is any.
func elect(c *dataset.Column, text []int32, rows []source, units int) []int32 {
	candidate, votes := make([]int32, units), make([]int32, units)
	for _, s := range rows {
		code := c.Codes.At(int(s.row))
		switch v := text[code]; {
		case c.Missing[code]:
		case votes[s.unit] == 0:
			candidate[s.unit], votes[s.unit] = v, 1
		case candidate[s.unit] == v:
			votes[s.unit]++
		default:
			votes[s.unit]--
		}
	}
	return candidate
}

// agreesWithin reports whether all but a few rows have the text that most rows
// of their unit have. Most columns are seen to fail in the first rows, so that
// a million of them cost little.
func agreesWithin(c *dataset.Column, rows []source, units int) bool {
	text := one(c)
	few := slips(len(rows))
	if first := 4*few + 1000; first < len(rows) && strays(c, text, rows[:first], units) > few {
		return false
	}
	candidate := elect(c, text, rows, units)
	odd := 0
	for _, s := range rows {
		if code := c.Codes.At(int(s.row)); !c.Missing[code] && text[code] != candidate[s.unit] {
			if odd++; odd > few {
				return false
			}
		}
	}
	return true
}

// strays is at least how many rows contradict the text that most rows of their
// unit have: where no text has the majority, half of the unit's rows do.
func strays(c *dataset.Column, text []int32, rows []source, units int) int {
	candidate := elect(c, text, rows, units)
	size, with := make([]int, units), make([]int, units)
	for _, s := range rows {
		if code := c.Codes.At(int(s.row)); !c.Missing[code] {
			size[s.unit]++
			if text[code] == candidate[s.unit] {
				with[s.unit]++
			}
		}
	}
	odd := 0
	for u, n := range size {
		odd += min(n-with[u], n/2)
	}
	return odd
}

func traitOf(c *dataset.Column, rows []source) (trait, bool) {
	t := trait{c: c, text: one(c)}
	present := rows
	if c.MissingCount > 0 {
		present = slices.DeleteFunc(slices.Clone(rows), func(s source) bool { return c.IsMissing(int(s.row)) })
	}
	t.of = majority(present, func(s source) (int32, int32) { return s.unit, t.text[c.Codes.At(int(s.row))] })
	size, odd := make([]int, len(t.of)), 0
	for _, s := range present {
		size[s.unit]++
		if t.text[c.Codes.At(int(s.row))] != t.of[s.unit] {
			if odd++; odd > slips(len(rows)) {
				return t, false
			}
		}
	}
	values, large, units := map[int32]bool{}, 0, 0
	for unit, n := range size {
		if n == 0 {
			continue
		}
		units++
		values[t.of[unit]] = true
		if n > 1 {
			large++
		}
	}
	t.naming = len(values) > 2 && 2*len(values) > units
	spelling := majority(present, func(s source) (int32, int32) { return s.unit, c.Codes.At(int(s.row)) })
	t.raw = make([]string, len(spelling))
	for unit, code := range spelling {
		if code >= 0 {
			t.raw[unit] = strings.TrimSpace(c.Raw[code])
		}
	}
	return t, len(values) > 1 && large > 1 && len(present) >= 3*odd
}

// homes gives each patient the unit most of its rows have; of equals the one
// that is more than a slip (rows are those of each unit), then the one with
// which the rows agree in arm, name and the like.
func (b *builder) homes(rows []int) elected {
	unitArm := majority(b.sources, func(s source) (int32, int32) { return s.unit, int32(s.arm) })
	b.unitArm = unitArm
	return heaviest(b.sources, func(s source) (int32, int32) { return s.patient, s.unit }, func(s source) int {
		weight := 1 << 16
		if rows[s.unit] > 2 {
			weight += len(b.traits) + 2
		}
		if unitArm[s.unit] == int32(s.arm) {
			weight++
		}
		for _, t := range b.traits {
			if t.text[t.c.Codes.At(int(s.row))] == t.of.of(s.unit) {
				weight++
			}
		}
		return weight
	})
}

// foreign says in what a row contradicts the unit it names: not findings of
// their own, since they go when the unit is corrected.
func (b *builder) foreign(s source) []string {
	var also []string
	unit := b.label(b.unit, s.unit)
	if a := b.unitArm.of(s.unit); a >= 0 && a != int32(s.arm) {
		also = append(also, fmt.Sprintf("the row is in the arm “%s” and unit %s in “%s”", b.t.Arms[s.arm], unit, b.t.Arms[a]))
	}
	for _, t := range b.traits {
		code := t.c.Codes.At(int(s.row))
		if own := t.of.of(s.unit); own >= 0 && !t.c.Missing[code] && t.text[code] != own && t.c != b.unit {
			also = append(also, fmt.Sprintf("%s is “%s” in the row and “%s” in unit %s", t.c.Name, t.c.Clean[code], t.c.Clean[own], unit))
		}
	}
	return also
}

// names reports rows in which the name of the unit (or another of its traits)
// is written otherwise than in the unit's other rows.
func (b *builder) names() error {
	unitNames := traitOfUnit(b.unit, b.fileRows())
	traits := append([]trait{unitNames}, b.traits...)
	for _, s := range b.andLeft(b.fileRows()) {
		if s.twin || s.foreign {
			continue
		}
		for _, t := range traits {
			code := t.c.Codes.At(int(s.row))
			if int(s.unit) >= len(t.raw) || t.c.Raw[code] == t.raw[s.unit] {
				continue
			}
			here, there := strings.TrimSpace(t.c.Raw[code]), t.raw[s.unit]
			if t.c.Missing[code] || here == there || there == "" {
				continue
			}
			switch {
			case t.c.Kind != dataset.Category && t.c.Kind != dataset.Label:
			case near(here, there):
				b.problem(dataset.Warning, "unit name spelled differently", s.row, t.c.Name, here, "unit %s has “%s” here and “%s” in its other rows; if they are one, write them alike in the file", b.label(b.unit, s.unit), here, there)
			case t.naming && t.text[code] != t.of.of(s.unit):
				b.problem(dataset.Warning, "unit name differs", s.row, t.c.Name, here, "unit %s has “%s” here and “%s” in its other rows; correct the name or the unit", b.label(b.unit, s.unit), here, there)
			}
		}
	}
	return nil
}

// traitOfUnit is the unit's own column as a trait: its spellings were taken as
// one when it was read.
func traitOfUnit(c *dataset.Column, rows []source) trait {
	t := trait{c: c, text: one(c)}
	if c.MissingCount > 0 {
		rows = slices.DeleteFunc(slices.Clone(rows), func(s source) bool { return c.IsMissing(int(s.row)) })
	}
	spelling := majority(rows, func(s source) (int32, int32) { return s.unit, c.Codes.At(int(s.row)) })
	t.raw = make([]string, len(spelling))
	others := make([]int, len(spelling))
	for _, s := range rows {
		if c.Codes.At(int(s.row)) != spelling[s.unit] {
			others[s.unit]++
		}
	}
	for unit, code := range spelling {
		if code >= 0 && others[unit] <= slips(len(rows)) {
			t.raw[unit] = strings.TrimSpace(c.Raw[code])
		}
	}
	return t
}

// near reports two spellings of one name: alike but for capital letters,
// blanks, accents and marks, or one or two letters of a long name. Names that
// differ in a digit are different names.
func near(a, b string) bool {
	x, y := plain(a), plain(b)
	switch {
	case x == y:
		return true
	case digits(x) != digits(y):
		return false
	}
	n := min(utf8.RuneCountInString(x), utf8.RuneCountInString(y))
	return n >= 5 && edits([]rune(x), []rune(y)) <= 1+n/10
}

// accents are the letters that are written without their marks where a
// keyboard or a program lacks them.
var accents = strings.NewReplacer("å", "a", "ä", "a", "à", "a", "á", "a", "â", "a", "ã", "a", "æ", "ae", "ç", "c", "č", "c",
	"è", "e", "é", "e", "ê", "e", "ë", "e", "í", "i", "î", "i", "ï", "i", "ñ", "n", "ö", "o", "ø", "o", "ó", "o", "ô", "o", "õ", "o",
	"š", "s", "ß", "ss", "ü", "u", "ú", "u", "û", "u", "ž", "z")

// plain is a name without capital letters, accents, blanks and marks.
func plain(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return c
		}
		return -1
	}, accents.Replace(strings.ToLower(s)))
}

func digits(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsDigit(c) {
			return c
		}
		return -1
	}, s)
}

// edits counts how many letters must be put in, taken out or changed to make b
// of a, two neighbours in the wrong order being one.
func edits(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
