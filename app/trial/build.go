package trial

import (
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

// BuildWith is Build that tells how far the scoring is, from 0 to 1, some
// hundred times; nil tells nobody.
func BuildWith(d *dataset.Dataset, m Mapping, progress func(share float64)) (*Trial, error) {
	b := &builder{d: d, t: &Trial{Visits: m.Visits, mapping: m, data: d}, count: map[string]int{}, said: map[place]bool{}, progress: progress}
	var err error
	if b.t.library, err = m.Library(); err != nil {
		return nil, err
	}
	for _, step := range []func() error{b.roles, b.rows, b.patients, b.arms, b.names, b.index, b.design} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	b.randomised()
	b.dates()
	b.implausible()
	b.variables()
	if err := b.scores(); err != nil {
		return nil, err
	}
	b.derive()
	b.baselines()
	b.closeProblems()
	return b.t, nil
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
	traits  []trait
	unitArm map[int32]int32 // the arm most rows of a unit have, before any is left out
	count   map[string]int
	said    map[place]bool // problems reported, so that a wide row has each once

	progress func(share float64)
}

// place is where a problem was reported.
type place struct {
	kind, column string
	row          int32
}

// source is one row of the trial before it is accepted.
type source struct {
	row     int32 // of the table
	visit   int32
	unit    int32 // codes of the table's columns, made one for each label
	patient int32
	arm     int8 // 0, 1; -1 another
	out     bool
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

// one maps each text of a column to one code for each label.
func one(c *dataset.Column) []int32 {
	code := make([]int32, len(c.Clean))
	seen := make(map[string]int32, len(c.Clean))
	for i, text := range c.Clean {
		if first, ok := seen[text]; ok && !c.Missing[i] {
			code[i] = first
			continue
		}
		seen[text], code[i] = int32(i), int32(i)
	}
	return code
}

// rows lists the candidate rows and leaves out those that lack a role.
func (b *builder) rows() error {
	units, patients := one(b.unit), one(b.patient)
	arms := make([]int8, len(b.arm.Clean))
	for i, text := range b.arm.Clean {
		switch fold(text) {
		case b.control:
		case b.intervention:
			arms[i] = 1
		default:
			arms[i] = -1
		}
	}
	visits := b.visitCodes()
	present, repeats := b.present(), b.repeats()
	unitOf, armOf := b.carry(b.unit, patients), b.carry(b.arm, patients)
	for row := range b.d.Rows {
		r := int32(row)
		if reason, out := b.d.Excluded(row); out {
			b.problem(dataset.Note, "left out by decision", r, "", "", "the row was left out by decision: %s", reason)
			continue
		}
		if repeats(row) {
			continue
		}
		s := source{row: r, patient: patients[b.patient.Codes.At(row)]}
		unit, arm := filled(b.unit, unitOf, r, s.patient), filled(b.arm, armOf, r, s.patient)
		s.unit, s.arm = units[unit], arms[arm]
		if !b.complete(r, unit, arm) {
			continue
		}
		if s.arm < 0 {
			value := b.arm.Clean[arm]
			b.problem(dataset.Warning, "another arm", r, b.arm.Name, value, "“%s” is neither the control arm nor the intervention; the row was left out: choose the arms, or leave it so", value)
			continue
		}
		if b.visit == nil {
			for v := range b.t.Visits {
				if present(row, v) {
					s.visit = int32(v)
					b.sources = append(b.sources, s)
				}
			}
			continue
		}
		if s.visit = visits[b.visit.Codes.At(row)]; s.visit < 0 {
			b.unknownVisit(r, b.visit.Text(row))
			continue
		}
		b.sources = append(b.sources, s)
	}
	if len(b.sources) == 0 {
		return fmt.Errorf("%s: no row has a unit, a patient, one of the two arms and a known visit; check which columns were chosen", b.d.Name)
	}
	return nil
}

func (b *builder) unknownVisit(row int32, value string) {
	b.problem(dataset.Error, "unknown visit", row, b.visit.Name, value, "“%s” is not one of the visits; the row was left out: correct it, or add the visit", value)
}

// filled is the code of a column in a row, or where the cell is empty the one
// carried over from the patient's other rows.
func filled(c *dataset.Column, carried []int32, row, patient int32) int32 {
	code := c.Codes.At(int(row))
	if carried != nil && c.Missing[code] && carried[patient] >= 0 {
		return carried[patient]
	}
	return code
}

// complete reports whether a row has all its roles, and says what is missing.
func (b *builder) complete(row, unit, arm int32) bool {
	for _, role := range [...]struct {
		c    *dataset.Column
		name string
	}{{b.unit, "unit"}, {b.patient, "patient"}, {b.arm, "arm"}, {b.visit, "visit"}} {
		if role.c == nil || !role.c.IsMissing(int(row)) || role.c == b.unit && !b.unit.Missing[unit] || role.c == b.arm && !b.arm.Missing[arm] {
			continue
		}
		if value := role.c.RawText(int(row)); role.c == b.visit && slices.Contains(role.c.Odd, role.c.Codes.At(int(row))) {
			b.unknownVisit(row, value)
		} else {
			b.problem(dataset.Error, "missing "+role.name, row, role.c.Name, value, "the row has no %s and was left out: fill the cell in", role.name)
		}
		return false
	}
	return true
}

// visitCodes maps the texts of the visit column to visits, -1 for none.
func (b *builder) visitCodes() []int32 {
	if b.visit == nil {
		return nil
	}
	return VisitIndex(b.visit, b.t.Visits)
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

// present tells for a wide table whether a patient has any answer at a visit.
func (b *builder) present() func(row, visit int) bool {
	at := make([][]*dataset.Column, len(b.t.Visits))
	for _, w := range b.t.mapping.Wide {
		v := slices.IndexFunc(b.t.Visits, func(v Visit) bool { return v.Code == w.Visit })
		at[v] = append(at[v], b.d.Column(w.Column))
	}
	return func(row, visit int) bool {
		return slices.ContainsFunc(at[visit], func(c *dataset.Column) bool {
			return !c.IsMissing(row) || slices.Contains(c.Odd, c.Codes.At(row))
		})
	}
}

// patients finds a patient in two units, and a patient with two rows for one
// visit. Numbers that begin anew in every unit are told apart by unit.
func (b *builder) patients() error {
	b.apartByUnit()
	b.findTraits()
	rows := map[int32]int{}
	for _, s := range b.fileRows() {
		rows[s.unit]++
	}
	home := b.homes(rows)
	for i := range b.sources {
		s := &b.sources[i]
		if h := home[s.patient]; h != s.unit {
			if here, there := b.label(b.unit, s.unit), b.label(b.unit, h); rows[s.unit] <= 2 && near(here, there) {
				b.problem(dataset.Warning, "unit name spelled differently", s.row, b.unit.Name, here, "patient %s is in unit “%s” here and in “%s” elsewhere; they were taken as one unit, “%s”: write them alike in the file", b.patientLabel(*s), here, there, there)
				s.unit = h
				continue
			}
			s.out = true
			b.problemAlso(dataset.Error, "patient in two units", s.row, b.unit.Name, b.label(b.unit, s.unit), b.foreign(*s),
				"patient %s is in unit %s here and in %s elsewhere; the row was left out: correct the unit", b.patientLabel(*s), b.label(b.unit, s.unit), b.label(b.unit, h))
		}
	}
	type key struct{ patient, visit int32 }
	first := make(map[key]int32, len(b.sources))
	for i := range b.sources {
		s := &b.sources[i]
		if s.out {
			continue
		}
		k := key{s.patient, s.visit}
		if row, twice := first[k]; twice {
			s.out = true
			b.twice(*s, row)
			continue
		}
		first[k] = s.row
	}
	return nil
}

// twice reports a second row for one patient and visit.
func (b *builder) twice(s source, first int32) {
	what := "second row for visit " + b.t.Visits[s.visit].Label
	if b.visit == nil {
		what = "second row"
	}
	var differ []string
	for _, c := range b.d.Columns {
		if c.Text(int(s.row)) != c.Text(int(first)) {
			differ = append(differ, c.Name)
		}
	}
	same := "both hold the same"
	if len(differ) > 0 {
		same = "they differ in " + quoted(differ)
	}
	b.problem(dataset.Error, "duplicate patient-visit", s.row, b.patient.Name, b.patientLabel(s),
		"patient %s has a %s (the first is on line %d; %s); this one was left out: delete one of them in the file", b.patientLabel(s), what, b.d.Line[first], same)
}

func (b *builder) label(c *dataset.Column, code int32) string { return c.Clean[code] }

func (b *builder) patientLabel(s source) string { return b.patient.Text(int(s.row)) }

// apartByUnit gives patients of different units codes of their own where the
// same labels are used in most units, as with 1, 2, 3 … in each.
func (b *builder) apartByUnit() {
	home := make([]int32, len(b.patient.Raw)) // unit+1 of a patient's first row; -1 in several units
	shared, patients := 0, 0
	for _, s := range b.sources {
		switch h := &home[s.patient]; {
		case *h == 0:
			*h = s.unit + 1
			patients++
		case *h > 0 && *h != s.unit+1:
			*h = -1
			shared++
		}
	}
	if shared < 3 || shared*5 < patients {
		return
	}
	b.t.nested = true
	type key struct{ unit, patient int32 }
	codes := map[key]int32{}
	for i := range b.sources {
		k := key{b.sources[i].unit, b.sources[i].patient}
		if _, ok := codes[k]; !ok {
			codes[k] = int32(len(codes))
		}
		b.sources[i].patient = codes[k]
	}
	b.problem(dataset.Note, "patients numbered by unit", -1, b.patient.Name, "", "%d of %d patient numbers occur in more than one unit, so patients were told apart by unit and number", shared, patients)
}

// majority gives each key the value most of its rows have, the first of equals.
func majority(sources []source, of func(source) (key, value int32)) map[int32]int32 {
	return heaviest(sources, of, func(source) int { return 1 })
}

// heaviest gives each key the value whose rows have the largest sum of weights,
// the first of equals.
func heaviest(sources []source, of func(source) (key, value int32), weight func(source) int) map[int32]int32 {
	type pair struct{ key, value int32 }
	sum := map[pair]int{}
	best := map[int32]int32{}
	for _, s := range sources {
		if s.out {
			continue
		}
		k, v := of(s)
		if _, ok := best[k]; !ok {
			best[k] = v
		}
		sum[pair{k, v}] += weight(s)
	}
	for _, s := range sources { // in order of rows, so that ties do not depend on a map
		if s.out {
			continue
		}
		k, v := of(s)
		if sum[pair{k, v}] > sum[pair{k, best[k]}] {
			best[k] = v
		}
	}
	return best
}

// arms holds every row against the arm of its unit.
func (b *builder) arms() error {
	unitArm := majority(b.sources, func(s source) (int32, int32) { return s.unit, int32(s.arm) })
	patientArm := majority(b.sources, func(s source) (int32, int32) { return s.patient, int32(s.arm) })
	bad, rows, units := 0, 0, map[int32]bool{}
	for _, s := range b.sources {
		if s.out {
			continue
		}
		if rows++; int32(s.arm) != unitArm[s.unit] {
			bad++
			units[s.unit] = true
		}
	}
	if bad > 3 && bad*10 > rows {
		return fmt.Errorf("%s, column %s: both arms occur in %d of %d units, for instance in %s; in a cluster-randomised trial a unit has one arm: check that %s is the unit and %s the arm",
			b.d.Name, b.arm.Name, len(units), len(unitArm), b.label(b.unit, b.firstBad(unitArm)), b.unit.Name, b.arm.Name)
	}
	for i := range b.sources {
		s := &b.sources[i]
		if s.out || int32(s.arm) == unitArm[s.unit] {
			continue
		}
		s.out = true
		also := ""
		if patientArm[s.patient] != int32(s.arm) {
			also = " and the patient's other rows too"
		}
		b.problem(dataset.Error, "arm changes", s.row, b.arm.Name, b.arm.RawText(int(s.row)),
			"patient %s is in the arm “%s” here, but unit %s is in “%s”%s; the row was left out: correct the arm",
			b.patientLabel(*s), b.t.Arms[s.arm], b.label(b.unit, s.unit), b.t.Arms[unitArm[s.unit]], also)
	}
	return nil
}

func (b *builder) firstBad(unitArm map[int32]int32) int32 {
	for _, s := range b.sources {
		if !s.out && int32(s.arm) != unitArm[s.unit] {
			return s.unit
		}
	}
	return b.sources[0].unit
}

// index takes the accepted rows over, numbering patients and units in order of
// first appearance.
func (b *builder) index() error {
	t := b.t
	units, patients := map[int32]int32{}, map[int32]int32{}
	kept := b.sources[:0]
	for _, s := range b.sources {
		if s.out {
			continue
		}
		u, ok := units[s.unit]
		if !ok {
			u = int32(len(t.Units))
			units[s.unit] = u
			t.Units = append(t.Units, b.label(b.unit, s.unit))
			t.UnitArm = append(t.UnitArm, int32(s.arm))
		}
		p, ok := patients[s.patient]
		if !ok {
			p = int32(len(t.Patients))
			patients[s.patient] = p
			name := b.patientLabel(s)
			if t.nested {
				name = b.label(b.unit, s.unit) + "/" + name
			}
			t.Patients = append(t.Patients, name)
		}
		t.Unit, t.Patient = append(t.Unit, u), append(t.Patient, p)
		t.Arm, t.Visit = append(t.Arm, int32(s.arm)), append(t.Visit, s.visit)
		t.Line = append(t.Line, b.d.Line[s.row])
		t.source = append(t.source, s.row)
		kept = append(kept, s)
	}
	b.sources = kept
	t.Rows = len(kept)
	return nil
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
	days := &Variable{Name: "visit date", Num: make([]float64, t.Rows), From: "days from consent to the first visit"}
	for i, row := range t.source {
		days.Num[i] = math.NaN()
		if t.Visit[i] == 0 {
			days.Num[i] = first.Num(int(row)) - consent.Num(int(row))
		}
	}
	v := t.repeat(days, 0, DelayName)
	v.Label, v.From = "Days from consent to first visit", days.From
	t.Variables = append(t.Variables, v)
}

// dates finds answers given before the patient's consent, and counts the delay.
func (b *builder) dates() {
	m := b.t.mapping
	consent := b.d.Column(m.ConsentDate)
	if consent == nil || consent.Kind != dataset.Date || m.VisitDate == "" {
		return
	}
	b.delay(consent)
	for i, s := range b.sources {
		c := b.column(m.VisitDate, b.t.Visit[i])
		if c == nil || c.Kind != dataset.Date {
			continue
		}
		if row := int(s.row); c.Num(row) < consent.Num(row) {
			b.problem(dataset.Warning, "visit before consent", s.row, c.Name, c.Text(row), "patient %s: the visit is dated %s and the consent %s; check both dates", b.patientLabel(s), c.Text(row), consent.Text(row))
		}
	}
}

// column is where a variable of the long form stands at a visit, nil when it
// was not asked then.
func (b *builder) column(name string, visit int32) *dataset.Column { return b.t.column(name, visit) }
