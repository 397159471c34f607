package trial

import "trialbox/app/dataset"

// randomised reads the arm each unit was randomised to, where a column tells
// it beside the arm received, and says which units moved.
func (b *builder) randomised() {
	column := b.d.Column(b.t.mapping.Randomised)
	if column == nil {
		return
	}
	t := b.t
	arms := make([]int32, len(column.Clean))
	for i, text := range column.Clean {
		arms[i] = -1
		if !column.Missing[i] {
			arms[i] = t.armIndex(text)
		}
	}
	t.UnitRandomised = make([]int32, len(t.Units))
	first := make([]int32, len(t.Units))
	for u := range t.Units {
		t.UnitRandomised[u], first[u] = -1, -1
	}
	for i, s := range b.sources {
		u, arm := t.Unit[i], arms[column.Codes.At(int(s.row))]
		switch value := column.RawText(int(s.row)); {
		case arm < 0 && !column.IsMissing(int(s.row)):
			b.problem(dataset.Warning, "another arm", s.row, column.Name, value, "“%s” is neither the control arm nor the intervention; correct it, or leave it so", value)
		case arm < 0:
		case t.UnitRandomised[u] < 0:
			t.UnitRandomised[u], first[u] = arm, s.row
		case t.UnitRandomised[u] != arm:
			b.problem(dataset.Error, "randomised arm changes", s.row, column.Name, value, "unit %s is randomised to “%s” here and to “%s” on line %d; the first was taken: correct one of them", t.Units[u], t.Arms[arm], t.Arms[t.UnitRandomised[u]], b.d.Line[first[u]])
		}
	}
	for u, arm := range t.UnitRandomised {
		if arm >= 0 && arm != t.UnitArm[u] {
			b.problem(dataset.Note, "unit moved", first[u], column.Name, t.Arms[arm], "unit %s was randomised to “%s” and received “%s”", t.Units[u], t.Arms[arm], t.Arms[t.UnitArm[u]])
		}
	}
}

// AsRandomised is the trial with every unit in the arm it was randomised to:
// by the file's own column, else by allocated, an arm for each unit as in
// AsUnits. moved are the units that changed; unknown counts those whose arm is
// not known and stays the one received. Without any allocation it is nil.
func (t *Trial) AsRandomised(allocated []int32) (other *Trial, moved []string, unknown int) {
	if t.UnitRandomised != nil {
		allocated = t.UnitRandomised
	}
	if len(allocated) != len(t.Units) {
		return nil, nil, 0
	}
	out := *t
	out.UnitArm = append([]int32(nil), t.UnitArm...)
	for u, arm := range allocated {
		switch {
		case arm < 0:
			unknown++
		case arm != t.UnitArm[u]:
			moved = append(moved, t.Units[u])
			out.UnitArm[u] = arm
		}
	}
	out.Arm = append([]int32(nil), t.Arm...)
	for i, u := range t.Unit {
		if arm := allocated[u]; arm >= 0 {
			out.Arm[i] = arm
		}
	}
	return &out, moved, unknown
}
