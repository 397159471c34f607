package trial

import "testing"

func TestRandomised(t *testing.T) {
	d := table(t, "unit,arm_randomised,arm,id,visit,y\n"+
		"A,control,control,1,0,3\nA,control,control,2,0,4\nB,control,intervention,3,0,5\nB,control,intervention,4,0,6\n"+
		"C,intervention,intervention,5,0,7\nC,intervention,intervention,6,0,5\nD,,control,7,0,5\nD,,control,8,0,6\n")
	m, _ := Guess(d)
	if m.Arm != "arm" || m.Randomised != "arm_randomised" {
		t.Fatalf("arm %q, as randomised %q", m.Arm, m.Randomised)
	}
	built, err := Build(d, m)
	if err != nil {
		t.Fatal(err)
	}
	want := []int32{0, 0, 1, -1}
	for u, arm := range built.UnitRandomised {
		if arm != want[u] {
			t.Errorf("unit %s randomised to %d, want %d", built.Units[u], arm, want[u])
		}
	}
	moved := 0
	for _, p := range built.Problems {
		if p.Kind == "unit moved" {
			moved++
			if p.Line != 4 {
				t.Errorf("the move is told on line %d", p.Line)
			}
		}
	}
	if moved != 1 {
		t.Errorf("%d moves told", moved)
	}
	other, units, unknown := built.AsRandomised([]int32{1, 1, 1, 1}) // the file's own column holds
	if len(units) != 1 || units[0] != "B" || unknown != 1 || other.UnitArm[1] != 0 || built.UnitArm[1] != 1 {
		t.Errorf("moved %q, %d unknown, arms %v of %v", units, unknown, other.UnitArm, built.UnitArm)
	}
	for i, u := range other.Unit {
		if other.Arm[i] != other.UnitArm[u] {
			t.Errorf("row %d of unit %s is in arm %d", i, other.Units[u], other.Arm[i])
		}
	}
	built.UnitRandomised = nil
	if other, _, _ := built.AsRandomised(nil); other != nil {
		t.Error("an allocation out of nothing")
	}
}
