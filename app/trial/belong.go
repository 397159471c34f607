package trial

import (
	"fmt"

	"trialbox/app/dataset"
)

// patients finds a patient in two units, and a patient with two rows for one
// visit. Numbers that begin anew in every unit are told apart by unit.
func (b *builder) patients() error {
	b.apartByUnit()
	b.findTraits()
	rows := make([]int, len(b.unit.Clean))
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
			s.out, s.foreign = true, true
			b.problemAlso(dataset.Error, "patient in two units", s.row, b.unit.Name, b.label(b.unit, s.unit), b.foreign(*s),
				"patient %s is in unit %s here and in %s elsewhere; the row was left out: correct the unit", b.patientLabel(*s), b.label(b.unit, s.unit), b.label(b.unit, h))
		}
	}
	first := b.firstRows()
	for i := range b.sources {
		s := &b.sources[i]
		if s.out {
			continue
		}
		row, twice := first(*s)
		if twice {
			s.out, s.twin = true, true
			b.twice(*s, row)
		}
	}
	return nil
}

// firstRows remembers the first row of each patient and visit: it answers with
// that of the row asked about, and whether it is another one.
func (b *builder) firstRows() func(source) (row int32, twice bool) {
	patients := int32(0)
	for i := range b.sources {
		patients = max(patients, b.sources[i].patient+1)
	}
	visits := len(b.t.Visits)
	if n := int(patients) * visits; n <= 8*len(b.sources)+1024 { // most pairs are there
		first := make([]int32, n) // row+1
		return func(s source) (int32, bool) {
			at := &first[int(s.patient)*visits+int(s.visit)]
			if *at > 0 {
				return *at - 1, true
			}
			*at = s.row + 1
			return s.row, false
		}
	}
	type key struct{ patient, visit int32 }
	first := map[key]int32{}
	return func(s source) (int32, bool) {
		k := key{s.patient, s.visit}
		row, twice := first[k]
		if !twice {
			first[k] = s.row
		}
		return row, twice
	}
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
			b.d.Name, b.arm.Name, len(units), len(unitArm)-count(unitArm, -1), b.label(b.unit, b.firstBad(unitArm)), b.unit.Name, b.arm.Name)
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
	for _, s := range b.left { // out already, for another fault
		if own := unitArm.of(s.unit); s.arm >= 0 && own >= 0 && own != int32(s.arm) && !b.arm.IsMissing(int(s.row)) {
			b.problem(dataset.Error, "arm changes", s.row, b.arm.Name, b.arm.RawText(int(s.row)), "patient %s is in the arm “%s” here, but unit %s is in “%s”; correct the arm",
				b.patientLabel(s), b.t.Arms[s.arm], b.label(b.unit, s.unit), b.t.Arms[own])
		}
	}
	return nil
}

func (b *builder) firstBad(unitArm elected) int32 {
	for _, s := range b.sources {
		if !s.out && int32(s.arm) != unitArm[s.unit] {
			return s.unit
		}
	}
	return b.sources[0].unit
}
