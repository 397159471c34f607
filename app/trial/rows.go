package trial

import (
	"fmt"
	"slices"
	"strings"

	"trialbox/app/dataset"
)

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
	twin    bool // out, as a second row for a patient and visit
	foreign bool // out, as in another unit than the patient's
}

// one maps each text of a column to one code for each label.
func one(c *dataset.Column) []int32 {
	code := make([]int32, len(c.Clean))
	if c.AsRead() { // every text is another label
		for i := range code {
			code[i] = int32(i)
		}
		return code
	}
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
	if b.visit != nil {
		b.sources = make([]source, 0, b.d.Rows)
	}
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
			s.out, s.visit = true, -1
			b.left = append(b.left, s)
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
			s.out = true
			b.left = append(b.left, s)
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
		// a slip such as 99 was taken for a code, in a column where no code belongs
		if value := role.c.RawText(int(row)); role.c == b.visit && (slices.Contains(role.c.Odd, role.c.Codes.At(int(row))) || strings.ContainsAny(value, "0123456789")) {
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
