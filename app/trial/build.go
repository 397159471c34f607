package trial

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"trialbox/app/dataset"
)

// maxProblems of one kind are listed; the rest are counted.
const maxProblems = 100

// Build makes the trial. The error is one sentence when no trial came of it.
//
// Rows that contradict the rest (a second row for a patient and visit, an arm
// other than the unit's, an unknown visit) are left out, and each is named in
// Problems with its line: a model that silently took one of two answers would
// be worse.
func Build(d *dataset.Dataset, m Mapping) (*Trial, error) { return BuildWith(d, m, nil) }

// ErrStopped is the error of a BuildWith that was told not to go on.
var ErrStopped = errors.New("the trial was not put together: it was stopped")

// BuildWith is Build that tells how far it is, from 0 to 1, some hundred
// times, and stops when it is answered false; nil is Build.
func BuildWith(d *dataset.Dataset, m Mapping, progress func(share float64) (goOn bool)) (*Trial, error) {
	b := &builder{d: d, t: &Trial{Visits: m.Visits, named: map[string]*Variable{}, mapping: m, data: d}, count: map[string]int{}, said: map[place]bool{}, progress: progress}
	var err error
	if b.t.library, err = m.Library(); err != nil {
		return nil, err
	}
	sure := func(step func()) func() error { return func() error { step(); return nil } }
	steps := []func() error{b.roles, b.rows, b.patients, b.arms, b.names, b.index, b.design,
		sure(b.randomised), sure(b.dates), sure(b.implausible), sure(b.variables), b.scores, sure(b.derive), sure(b.baselines), sure(b.closeProblems)}
	for n, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
		if err := b.tell(float64(min(n+1, beforeScores)) / beforeScores * shareBefore); err != nil {
			return nil, err
		}
	}
	return b.t, b.tell(1)
}

// Of the time that a large trial takes, a fifth goes before the scoring, in
// eleven steps.
const (
	beforeScores = 11
	shareBefore  = 0.2
)

// tell says how far the work is. It never goes back.
func (b *builder) tell(share float64) error {
	if b.progress == nil {
		return nil
	}
	b.told = max(b.told, share)
	if !b.progress(b.told) {
		return ErrStopped
	}
	return nil
}

// builder carries one Build. Sources are the rows to be, in their order; a
// step that finds one wrong sets its out.
type builder struct {
	d *dataset.Dataset
	t *Trial

	unit, patient, arm, visit *dataset.Column
	control, intervention     string // folded
	stems                     map[string][]*dataset.Column

	sources []source
	left    []source // rows left out for one fault, whose cells are checked for others all the same
	traits  []trait
	unitArm elected // the arm most rows of a unit have, before any is left out
	count   map[string]int
	said    map[place]bool // problems reported, so that a wide row has each once

	progress func(share float64) bool
	told     float64
}

func (b *builder) problem(severity dataset.Severity, kind string, row int32, column, value, format string, args ...any) {
	b.problemAlso(severity, kind, row, column, value, nil, format, args...)
}

// problemAlso is problem with what follows from it.
func (b *builder) problemAlso(severity dataset.Severity, kind string, row int32, column, value string, also []string, format string, args ...any) {
	at := place{kind, column, row}
	if row >= 0 && b.said[at] {
		return
	}
	b.said[at] = true
	b.count[kind]++
	if b.count[kind] > maxProblems {
		return
	}
	p := dataset.Problem{File: b.d.Name, Column: column, Value: value, Kind: kind, Severity: severity, Text: fmt.Sprintf(format, args...), Also: also}
	if row >= 0 {
		p.Line = int(b.d.Line[row])
	}
	b.t.Problems = append(b.t.Problems, p)
}

func (b *builder) closeProblems() {
	var kinds []string
	for kind, n := range b.count {
		if n > maxProblems {
			kinds = append(kinds, kind)
		}
	}
	sort.Strings(kinds)
	for _, kind := range kinds {
		n := b.count[kind] - maxProblems
		b.count[kind] = 0
		b.problem(dataset.Warning, kind, -1, "", "", "%d more rows have the same problem (%s) and are not listed", n, kind)
	}
}

// roles finds the columns of the mapping.
func (b *builder) roles() error {
	m := b.t.mapping
	need := func(c **dataset.Column, name, role string) error {
		if name == "" {
			return fmt.Errorf("%s: no column is chosen for the %s; choose it", b.d.Name, role)
		}
		if *c = b.d.Column(name); *c == nil {
			return fmt.Errorf("%s: the column “%s”, chosen for the %s, is not in the file; choose another", b.d.Name, name, role)
		}
		return nil
	}
	if err := need(&b.unit, m.Unit, "unit"); err != nil {
		return err
	}
	if err := need(&b.patient, m.Patient, "patient"); err != nil {
		return err
	}
	if err := need(&b.arm, m.Arm, "arm"); err != nil {
		return err
	}
	if m.Randomised != "" && b.d.Column(m.Randomised) == nil {
		return fmt.Errorf("%s: the column “%s”, chosen for the arm as randomised, is not in the file; choose another", b.d.Name, m.Randomised)
	}
	if len(m.Visits) == 0 {
		return fmt.Errorf("%s: no visit is known; choose the visit column, or the pattern by which columns name their visit", b.d.Name)
	}
	switch m.Shape {
	case "long":
		if err := need(&b.visit, m.Visit, "visit"); err != nil {
			return err
		}
	case "wide":
		if err := b.wideColumns(); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%s: the shape of the table is “%s”; it can be long (a row for each patient and visit) or wide (a row for each patient)", b.d.Name, m.Shape)
	}
	if m.Control == "" || m.Intervention == "" {
		return b.armsUnknown()
	}
	b.control, b.intervention = fold(m.Control), fold(m.Intervention)
	if b.control == b.intervention {
		return fmt.Errorf("%s, column %s: “%s” is chosen for both arms; choose another value for one", b.d.Name, m.Arm, m.Control)
	}
	b.t.Arms = [2]string{armLabel(m.Control, 0), armLabel(m.Intervention, 1)}
	return nil
}

// armsUnknown says why no two arms are there to compare.
func (b *builder) armsUnknown() error {
	switch list := values(b.arm); len(list) {
	case 0:
		return fmt.Errorf("%s, column %s: no row has an arm; choose another column", b.d.Name, b.arm.Name)
	case 1:
		return fmt.Errorf("%s, column %s: all rows are in one arm (“%s”), so there is nothing to compare; add the rows of the other arm or choose another column", b.d.Name, b.arm.Name, list[0])
	default:
		return fmt.Errorf("%s, column %s: choose which value is the control arm and which the intervention; it has %s", b.d.Name, b.arm.Name, quoted(list))
	}
}

// armLabel is the name of an arm on screen: known words in small letters,
// so that two exports of one trial agree; a number gives way to a word.
func armLabel(value string, arm int) string {
	w := fold(value)
	if slices.Contains(controlWords, w) || slices.Contains(interventionWords, w) {
		return w
	}
	if _, err := strconv.ParseFloat(w, 64); err == nil {
		return [2]string{"control", "intervention"}[arm]
	}
	return strings.Join(strings.Fields(value), " ")
}

func (b *builder) wideColumns() error {
	b.stems = map[string][]*dataset.Column{}
	for _, w := range b.t.mapping.Wide {
		c := b.d.Column(w.Column)
		if c == nil {
			return fmt.Errorf("%s: the column “%s” (%s at visit %s) is not in the file; take it out of the mapping", b.d.Name, w.Column, w.Stem, w.Visit)
		}
		v := slices.IndexFunc(b.t.Visits, func(v Visit) bool { return v.Code == w.Visit })
		if v < 0 {
			return fmt.Errorf("%s: the column “%s” belongs to visit “%s”, which is not among the visits; add the visit", b.d.Name, w.Column, w.Visit)
		}
		if b.stems[w.Stem] == nil {
			b.stems[w.Stem] = make([]*dataset.Column, len(b.t.Visits))
		}
		if other := b.stems[w.Stem][v]; other != nil {
			return fmt.Errorf("%s: the columns “%s” and “%s” are both %s at visit %s; take one out of the mapping", b.d.Name, other.Name, w.Column, w.Stem, w.Visit)
		}
		b.stems[w.Stem][v] = c
	}
	if len(b.stems) == 0 {
		return fmt.Errorf("%s: no column is mapped to a visit; choose the pattern by which columns name their visit", b.d.Name)
	}
	return nil
}

// VisitIndex maps the texts of a visit column to visits, -1 for none. Codes
// agree by their spelling, by number (3, 3.0) and, failing that, by the time
// their names give (“3 months” for 3).
func VisitIndex(column *dataset.Column, visits []Visit) []int32 {
	codes := make([]int32, len(column.Clean))
	for i, text := range column.Clean {
		codes[i] = int32(slices.IndexFunc(visits, func(v Visit) bool {
			if fold(v.Code) == fold(text) || fold(eventName(v.Code)) == fold(eventName(text)) {
				return true
			}
			n, err := strconv.ParseFloat(v.Code, 64)
			return err == nil && n == column.Number[i]
		}))
		if codes[i] >= 0 || column.Missing[i] {
			continue
		}
		if months, _, sure := visitTime(text); sure {
			codes[i] = int32(slices.IndexFunc(visits, func(v Visit) bool {
				own, _, ownSure := visitTime(v.Code)
				return ownSure && math.Abs(own-months) < 0.01
			}))
		}
	}
	return codes
}

// index takes the accepted rows over, numbering patients and units in order of
// first appearance.
func (b *builder) index() error {
	t := b.t
	units, patients := numbering{}, numbering{}
	kept := b.sources[:0]
	n := 0
	for i := range b.sources {
		if !b.sources[i].out {
			n++
		}
	}
	for _, list := range []*[]int32{&t.Unit, &t.Patient, &t.Arm, &t.Visit, &t.source} {
		*list = make([]int32, 0, n) // with no room to spare: there may be millions
	}
	t.Patients = make([]string, 0, b.patient.Distinct)
	for _, s := range b.sources {
		if s.out {
			if !s.twin {
				b.left = append(b.left, s)
			}
			continue
		}
		u, seen := units.of(s.unit, len(t.Units))
		if !seen {
			t.Units = append(t.Units, b.label(b.unit, s.unit))
			t.UnitArm = append(t.UnitArm, int32(s.arm))
		}
		p, seen := patients.of(s.patient, len(t.Patients))
		if !seen {
			name := b.patientLabel(s)
			if t.nested {
				name = b.label(b.unit, s.unit) + "/" + name
			}
			t.Patients = append(t.Patients, name)
		}
		t.Unit, t.Patient = append(t.Unit, u), append(t.Patient, p)
		t.Arm, t.Visit = append(t.Arm, int32(s.arm)), append(t.Visit, s.visit)
		t.source = append(t.source, s.row)
		kept = append(kept, s)
	}
	b.sources = kept
	t.Rows = len(kept)
	t.Line = b.lines()
	return nil
}

// lines are the lines of the rows; the data set's own where the trial has all
// its rows.
func (b *builder) lines() []int32 {
	source := b.t.source
	if n := len(source); n == b.d.Rows && n > 0 && source[0] == 0 && source[n-1] == int32(n-1) && b.visit != nil {
		return b.d.Line
	}
	lines := make([]int32, len(source))
	for i, row := range source {
		lines[i] = b.d.Line[row]
	}
	return lines
}

// spellings reports units whose names differ in capital letters, blanks and
// accents only, and units of one or two rows whose name is nearly another's:
// probably one unit, and two in every result.
func (b *builder) spellings() {
	t := b.t
	rows := make([]int, len(t.Units))
	for i := range t.Unit {
		if b.visit != nil || i == 0 || t.source[i] != t.source[i-1] {
			rows[t.Unit[i]]++
		}
	}
	first := map[string]int32{}
	for u, name := range t.Units {
		if other, twice := first[fold(name)]; twice {
			b.spelledTwoWays(int32(u), other)
			continue
		}
		first[fold(name)] = int32(u)
		if rows[u] > 2 || len(t.Units) > 2000 {
			continue
		}
		if other := slices.IndexFunc(t.Units, func(o string) bool { return o != name && near(o, name) }); other >= 0 && rows[other] > rows[u] {
			b.spelledTwoWays(int32(u), int32(other))
		}
	}
}

func (b *builder) spelledTwoWays(u, other int32) {
	t := b.t
	row := t.source[slices.Index(t.Unit, u)]
	b.problem(dataset.Warning, "unit spelled two ways", row, b.unit.Name, t.Units[u], "the units “%s” and “%s” are spelled nearly alike and count as two units; if they are one, write them alike in the file", t.Units[other], t.Units[u])
}

// design says what the trial lacks as a trial.
func (b *builder) design() error {
	b.spellings()
	t := b.t
	var units, rows [2]int
	for _, a := range t.UnitArm {
		units[a]++
	}
	at := make([]int, len(t.Visits))
	for i, a := range t.Arm {
		rows[a]++
		at[t.Visit[i]]++
	}
	for a, n := range rows {
		if n == 0 {
			return fmt.Errorf("%s, column %s: no row is in the arm “%s”, so there is nothing to compare; check the arm column and its values", b.d.Name, b.arm.Name, t.mapping.armValue(a))
		}
	}
	for a, n := range units {
		if n == 1 {
			b.problem(dataset.Warning, "one unit in an arm", -1, b.unit.Name, "", "the arm “%s” has one unit only, so differences between units cannot be told from the effect of the arm; check the unit column, or read the results as those of a single unit", t.Arms[a])
		}
	}
	if len(t.Units) == len(t.Patients) {
		b.problem(dataset.Warning, "one patient in a unit", -1, b.unit.Name, "", "every unit has one patient; check that %s is the unit and not the patient", b.unit.Name)
	}
	for v, n := range at {
		if n == 0 {
			b.problem(dataset.Warning, "visit without rows", -1, t.mapping.Visit, t.Visits[v].Code, "no row is left for the visit “%s” (%s); take the visit out of the mapping or check its code", t.Visits[v].Code, t.Visits[v].Label)
		}
	}
	return nil
}

func (m Mapping) armValue(arm int) string {
	if arm == 0 {
		return m.Control
	}
	return m.Intervention
}

// DelayName is the variable made of consent and first visit where the file has
// no column of that name.
const DelayName = "delay_days"

// delay adds the days from consent to the first visit.
func (b *builder) delay(consent *dataset.Column) {
	t := b.t
	first := t.column(t.mapping.VisitDate, 0)
	if t.data.Column(DelayName) != nil || first == nil || first.Kind != dataset.Date {
		return
	}
	days := &Variable{Name: "visit date", made: make([]float64, t.Rows), From: "days from consent to the first visit"}
	for i, row := range t.source {
		days.made[i] = math.NaN()
		if t.Visit[i] == 0 {
			days.made[i] = first.Num(int(row)) - consent.Num(int(row))
		}
	}
	v := t.repeat(days, 0, DelayName)
	v.Label, v.From = "Days from consent to first visit", days.From
	t.put(v)
}

// dates finds answers given before the patient's consent, and counts the delay.
func (b *builder) dates() {
	m := b.t.mapping
	consent := b.d.Column(m.ConsentDate)
	if consent == nil || consent.Kind != dataset.Date || m.VisitDate == "" {
		return
	}
	b.delay(consent)
	given := b.consents(consent)
	for _, s := range b.allRows() {
		c := b.column(m.VisitDate, max(s.visit, 0))
		if c == nil || c.Kind != dataset.Date {
			continue
		}
		if row := int(s.row); c.Num(row) < given(s) {
			b.problem(dataset.Warning, "visit before consent", s.row, c.Name, c.Text(row), "patient %s: the visit is dated %s and the consent %s; check both dates", b.patientLabel(s), c.Text(row), dataset.FormatDate(given(s)))
		}
	}
}

// consents gives each row the date of its patient's consent: its own, or where
// the cell is empty the first of the patient's other rows.
func (b *builder) consents(c *dataset.Column) func(source) float64 {
	of := map[int32]float64{}
	if c.MissingCount > 0 {
		for _, s := range b.sources {
			if v := c.Num(int(s.row)); !math.IsNaN(v) {
				if _, known := of[s.patient]; !known {
					of[s.patient] = v
				}
			}
		}
	}
	return func(s source) float64 {
		v := c.Num(int(s.row))
		if other, known := of[s.patient]; known && math.IsNaN(v) {
			return other
		}
		return v
	}
}

// allRows are the rows of the trial and those left out for one fault.
func (b *builder) allRows() []source { return b.andLeft(b.sources) }

// andLeft adds the rows left out for one fault, and copies only when there are
// any.
func (b *builder) andLeft(rows []source) []source {
	if len(b.left) == 0 {
		return rows
	}
	return slices.Concat(rows, b.left)
}

// column is where a variable of the long form stands at a visit, nil when it
// was not asked then.
func (b *builder) column(name string, visit int32) *dataset.Column { return b.t.column(name, visit) }
