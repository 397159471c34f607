package trial

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"trialbox/app/dataset"
)

// UnitsMapping says what each column of a units file is. It is part of a
// recipe, as Mapping is.
type UnitsMapping struct {
	Unit      string `json:"unit"`
	Name      string `json:"name,omitempty"`
	Arm       string `json:"arm,omitempty"`       // as received
	Allocated string `json:"allocated,omitempty"` // as randomised
	Stratum   string `json:"stratum,omitempty"`
	Recruited string `json:"recruited,omitempty"` // patients the unit recruited
}

// Units is a units file: a line for each unit that was randomised, those that
// recruited nobody among them.
type Units struct {
	Mapping  UnitsMapping
	Reasons  []Reason
	Units    []Unit // in the order of the file, each once
	Problems []dataset.Problem

	file string
}

// Unit is one line of a units file. Arms are texts as in the file; "" where
// none is given.
type Unit struct {
	ID, Name       string
	Arm, Allocated string // as received, as randomised
	Stratum        string
	Recruited      int // -1 where the file does not say
	Line           int
}

// AsUnits is a trial's units file held against its data.
type AsUnits struct {
	Units []JoinedUnit
	// Allocated is the arm as randomised of each of the trial's Units (0
	// control, 1 intervention, -1 not known), for an analysis as randomised.
	Allocated []int32
	Empty     int // units that recruited nobody
	Moved     int // units that received another arm than they were randomised to
	Problems  []dataset.Problem

	mapping UnitsMapping
}

// Roles are the columns of the units file that name or place a unit, and so
// do not describe it.
func (j *AsUnits) Roles() []string {
	m := j.mapping
	return []string{m.Unit, m.Name, m.Arm, m.Allocated, m.Recruited}
}

// JoinedUnit is a unit of the file with what the data have of it.
type JoinedUnit struct {
	Unit
	Index          int // in the trial's Units; -1: no patient
	Patients, Rows int
	// Arms as indices: 0 control, 1 intervention, -1 not known. Received is the
	// data's where the unit has patients, else the file's.
	Received, Randomised int32
}

// Moved reports a unit that received another arm than it was randomised to.
func (u JoinedUnit) Moved() bool {
	return u.Received >= 0 && u.Randomised >= 0 && u.Received != u.Randomised
}

var (
	allocatedWords = []string{"allocated", "allocation", "randomised", "randomized", "randomisation", "randomization", "assigned", "planned", "original",
		"satunnaistettu", "arvottu", "arvonta", "randomiserad", "lottad", "randomisiert", "zugeteilt"}
	recruitedWords = []string{"recruited", "enrolled", "included", "participants", "patients", "rekrytoitu", "rekrytoidut", "osallistujat", "potilaat", "rekryterade", "inkluderade", "rekrutiert", "eingeschlossen"}
	nameWords      = []string{"name", "nimi", "namn", "bezeichnung"}
)

// ReadUnits understands a table as a units file.
func ReadUnits(d *dataset.Dataset) (*Units, error) {
	m, reasons := GuessUnits(d)
	u, err := BuildUnits(d, m)
	if u != nil {
		u.Reasons = reasons
	}
	return u, err
}

// GuessUnits finds the columns of a units file by their names.
func GuessUnits(d *dataset.Dataset) (UnitsMapping, []Reason) {
	g := &guess{d: d, taken: map[string]bool{}}
	var m UnitsMapping
	choose := func(field string, to *string, score func(c *dataset.Column, name []string) int) {
		c, tie := g.best(score)
		if c == nil {
			return
		}
		*to = c.Name
		g.taken[c.Name] = true
		g.say(field, c.Name, !tie, "its name, and it has %d different values in %d rows", c.Distinct, d.Rows)
	}
	choose("unit", &m.Unit, func(c *dataset.Column, name []string) int {
		s := roleScore(name, unitWords)
		if s == 0 && len(name) == 1 && anyOf(name, idWords) {
			s = 5
		}
		if anyOf(name, nameWords) {
			s -= 4
		}
		if 2*c.Distinct < d.Rows || c.Kind == dataset.Date {
			return 0
		}
		return s
	})
	choose("name", &m.Name, func(c *dataset.Column, name []string) int {
		if !anyOf(name, nameWords) || 2*c.Distinct < d.Rows {
			return 0
		}
		return 5 + roleScore(name, unitWords)
	})
	arm := func(c *dataset.Column, name []string) int {
		if c.Distinct < 1 || c.Distinct > 6 || c.Kind == dataset.Date || c.Kind == dataset.Number {
			return 0
		}
		return roleScore(name, armWords)
	}
	choose("allocated", &m.Allocated, func(c *dataset.Column, name []string) int {
		if !anyOf(name, allocatedWords) {
			return 0
		}
		return max(arm(c, name), b2score(c.Distinct == 2))
	})
	choose("arm", &m.Arm, arm)
	choose("stratum", &m.Stratum, func(c *dataset.Column, name []string) int { return roleScore(name, stratumWords) })
	choose("recruited", &m.Recruited, func(c *dataset.Column, name []string) int {
		if c.Kind != dataset.Integer && c.Kind != dataset.YesNo {
			return 0
		}
		return roleScore(name, recruitedWords)
	})
	switch {
	case m.Unit == "":
		g.say("unit", "", false, "no column is named like the unit (site, clinic, cluster …) with a value for each row; choose it")
	case m.Arm == "" && m.Allocated == "":
		g.say("arm", "", false, "no column is named like the arm; units that changed it cannot be seen")
	case m.Arm == "":
		g.say("arm", m.Allocated, true, "the only arm of the file is the one as randomised; the one as received is taken from the data")
	case m.Allocated == "":
		m.Allocated = m.Arm
		g.say("allocated", m.Arm, false, "the file has one arm; it is taken as the arm as randomised until you choose")
	}
	return m, g.reasons
}

func b2score(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// BuildUnits reads the units by a mapping. The error is one sentence when none
// came of it.
func BuildUnits(d *dataset.Dataset, m UnitsMapping) (*Units, error) {
	column := d.Column(m.Unit)
	switch {
	case m.Unit == "":
		return nil, fmt.Errorf("%s: no column of the units file is chosen for the unit; choose it", d.Name)
	case column == nil:
		return nil, fmt.Errorf("%s: the column “%s”, chosen for the unit, is not in the units file; choose another", d.Name, m.Unit)
	}
	u := &Units{Mapping: m, file: d.Name}
	text := func(name string, row int) string {
		if c := d.Column(name); c != nil {
			return c.Text(row)
		}
		return ""
	}
	seen, names := map[string]int{}, map[string]int{}
	for row := range d.Rows {
		x := Unit{ID: text(m.Unit, row), Name: text(m.Name, row), Arm: text(m.Arm, row), Allocated: text(m.Allocated, row),
			Stratum: text(m.Stratum, row), Recruited: -1, Line: int(d.Line[row])}
		if c := d.Column(m.Recruited); c != nil && !math.IsNaN(c.Num(row)) {
			x.Recruited = int(c.Num(row))
		}
		if x.ID == "" {
			u.problem(dataset.Error, "missing unit", x.Line, m.Unit, "", "the line has no unit and was left out: fill the cell in")
			continue
		}
		if line, twice := seen[fold(x.ID)]; twice {
			u.problem(dataset.Error, "unit twice", x.Line, m.Unit, x.ID, "unit %s has a second line (the first is line %d); this one was left out: delete one of them", x.ID, line)
			continue
		}
		if line, twice := names[plain(x.Name)]; twice && x.Name != "" {
			u.problem(dataset.Warning, "unit name twice", x.Line, m.Name, x.Name, "unit %s has the name “%s”, which line %d has too; check whether they are one unit", x.ID, x.Name, line)
		}
		seen[fold(x.ID)], names[plain(x.Name)] = x.Line, x.Line
		u.Units = append(u.Units, x)
	}
	if len(u.Units) == 0 {
		return nil, fmt.Errorf("%s, column %s: no line has a unit; choose another column", d.Name, m.Unit)
	}
	return u, nil
}

func (u *Units) problem(severity dataset.Severity, kind string, line int, column, value, format string, args ...any) {
	u.Problems = append(u.Problems, dataset.Problem{File: u.file, Line: line, Column: column, Value: value, Kind: kind, Severity: severity, Text: fmt.Sprintf(format, args...)})
}

// Join holds the units file against the trial. Units are matched by their
// label, whatever its capital letters and blanks, or where none matches so, by
// their name.
func (t *Trial) Join(u *Units) *AsUnits {
	j := &AsUnits{mapping: u.Mapping, Problems: slices.Clone(u.Problems), Allocated: make([]int32, len(t.Units))}
	for i := range j.Allocated {
		j.Allocated[i] = -1
	}
	say := func(file string, severity dataset.Severity, kind string, line int, column, value, format string, args ...any) {
		j.Problems = append(j.Problems, dataset.Problem{File: file, Line: line, Column: column, Value: value, Kind: kind, Severity: severity, Text: fmt.Sprintf(format, args...)})
	}
	index := t.matchUnits(u)
	patients, rows, first := t.countUnits()
	found := make([]bool, len(t.Units))
	for k, x := range u.Units {
		jx := JoinedUnit{Unit: x, Index: index[k], Received: t.armIndex(x.Arm), Randomised: t.armIndex(x.Allocated)}
		for _, arm := range []struct {
			text, column string
			index        int32
		}{{x.Arm, u.Mapping.Arm, jx.Received}, {x.Allocated, u.Mapping.Allocated, jx.Randomised}} {
			if arm.index < 0 && arm.text != "" && (arm.column != u.Mapping.Arm || arm.text == x.Arm) {
				say(u.file, dataset.Warning, "another arm", x.Line, arm.column, arm.text, "unit %s is in “%s”, which is neither the control arm nor the intervention; correct it, or leave it so", x.ID, arm.text)
			}
		}
		if jx.Index >= 0 {
			found[jx.Index] = true
			jx.Patients, jx.Rows = patients[jx.Index], rows[jx.Index]
			t.compareArm(u, &jx, say)
			j.Allocated[jx.Index] = jx.Randomised
		}
		if x.Recruited >= 0 && x.Recruited != jx.Patients {
			say(u.file, dataset.Warning, "recruited differs", x.Line, u.Mapping.Recruited, fmt.Sprint(x.Recruited), "unit %s recruited %d by the units file, and %d of its patients are in the data; correct the number, or look for rows that are missing or were left out", x.ID, x.Recruited, jx.Patients)
		}
		j.Empty += b2score(jx.Patients == 0)
		j.Moved += b2score(jx.Moved())
		j.Units = append(j.Units, jx)
	}
	for i, name := range t.Units {
		if !found[i] {
			say(t.data.Name, dataset.Error, "unit not in the units file", int(t.Line[first[i]]), t.mapping.Unit, name, "unit %s has %d patients here and no line in %s; add the line, or correct the unit", name, patients[i], u.file)
		}
	}
	return j
}

// compareArm holds the arm the data have for a unit against the file's.
func (t *Trial) compareArm(u *Units, x *JoinedUnit, say func(file string, severity dataset.Severity, kind string, line int, column, value, format string, args ...any)) {
	data, file := t.UnitArm[x.Index], x.Received
	x.Received = data
	switch {
	case file < 0 || file == data:
	case u.Mapping.Arm != u.Mapping.Allocated && x.Randomised == data:
		say(u.file, dataset.Warning, "arm as randomised in the data", x.Line, u.Mapping.Arm, x.Arm, "unit %s received “%s” by the units file, and the data have “%s”, the arm it was randomised to; check which arm the column %s of the data is", x.ID, x.Arm, t.Arms[data], t.mapping.Arm)
	case u.Mapping.Arm == u.Mapping.Allocated: // one arm in the file: the unit moved
	default:
		say(u.file, dataset.Error, "arm differs", x.Line, u.Mapping.Arm, x.Arm, "unit %s is in the arm “%s” here and in “%s” in the data; correct one of them", x.ID, x.Arm, t.Arms[data])
	}
}

// matchUnits gives each unit of the file its index in the trial, -1 for none.
func (t *Trial) matchUnits(u *Units) []int {
	at := make(map[string]int, len(t.Units))
	for i, name := range t.Units {
		at[fold(name)] = i
	}
	index, matched := make([]int, len(u.Units)), 0
	match := func(of func(Unit) string) {
		matched = 0
		for k, x := range u.Units {
			index[k] = -1
			if i, ok := at[fold(of(x))]; ok && of(x) != "" {
				index[k] = i
				matched++
			}
		}
	}
	if match(func(x Unit) string { return x.ID }); matched == 0 {
		match(func(x Unit) string { return x.Name })
	}
	return index
}

// countUnits counts patients and rows of each unit, and finds its first row.
func (t *Trial) countUnits() (patients, rows, first []int) {
	patients, rows, first = make([]int, len(t.Units)), make([]int, len(t.Units)), make([]int, len(t.Units))
	seen := make([]bool, len(t.Patients))
	for i, unit := range t.Unit {
		if rows[unit] == 0 {
			first[unit] = i
		}
		rows[unit]++
		if p := t.Patient[i]; !seen[p] {
			seen[p] = true
			patients[unit]++
		}
	}
	return patients, rows, first
}

// armIndex reads an arm of the units file: the words of the data, the labels,
// or the usual words; -1 for none.
func (t *Trial) armIndex(text string) int32 {
	w := strings.TrimSpace(fold(text))
	switch {
	case w == "":
		return -1
	case w == fold(t.mapping.Control) || w == fold(t.Arms[0]):
		return 0
	case w == fold(t.mapping.Intervention) || w == fold(t.Arms[1]):
		return 1
	case slices.Contains(controlWords, w) || w == "0":
		return 0
	case slices.Contains(interventionWords, w) || w == "1":
		return 1
	}
	return -1
}
