package trial

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"trialbox/app/dataset"
)

func readUnits(t *testing.T, d *dataset.Dataset) *Units {
	t.Helper()
	u, err := ReadUnits(d)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestUnits holds the reference's units file against its trial: 27 units, five
// of which recruited nobody, two of which moved.
func TestUnits(t *testing.T) {
	u := readUnits(t, read(t, "units.csv"))
	if want := (UnitsMapping{Unit: "unit_id", Name: "unit_name", Arm: "arm", Allocated: "arm_allocated", Stratum: "stratum", Recruited: "n_recruited"}); u.Mapping != want {
		t.Fatalf("mapping %+v", u.Mapping)
	}
	for _, name := range []string{"trial_long.csv", "trial_wide.csv", "messy_long_codes_excel.tsv"} {
		d := read(t, name)
		m, _ := Guess(d)
		trial := build(t, d, m)
		j := trial.Join(u)
		if len(j.Units) != 27 || j.Empty != 5 || j.Moved != 2 || len(j.Problems) > 0 {
			t.Fatalf("%s: %d units, %d empty, %d moved: %v", name, len(j.Units), j.Empty, j.Moved, j.Problems)
		}
		var empty, moved []string
		patients, rows := 0, 0
		for _, x := range j.Units {
			if x.Patients == 0 {
				empty = append(empty, x.ID)
			}
			if x.Moved() {
				moved = append(moved, x.ID)
			}
			patients, rows = patients+x.Patients, rows+x.Rows
			if x.Patients != x.Recruited {
				t.Errorf("%s: %d patients, recruited %d", x.ID, x.Patients, x.Recruited)
			}
		}
		if !slices.Equal(empty, []string{"U02", "U04", "U12", "U22", "U23"}) || !slices.Equal(moved, []string{"U09", "U23"}) || patients != 315 || rows != 683 {
			t.Errorf("%s: empty %v, moved %v, %d patients, %d rows", name, empty, moved, patients, rows)
		}
		for i, unit := range trial.Units {
			want := trial.UnitArm[i]
			if unit == "U09" {
				want = 1
			}
			if j.Allocated[i] != want {
				t.Errorf("%s is randomised to %d", unit, j.Allocated[i])
			}
		}
	}
}

// TestUnitsProblems holds what is said where the units file and the data
// disagree.
func TestUnitsProblems(t *testing.T) {
	data := table(t, "patient,site,arm,visit,y\n1,a,control,0,1\n2,b,treatment,0,2\n3,c,treatment,0,2\n1,a,control,3,2\n4,d,control,0,2\n")
	m, _ := Guess(data)
	trial := build(t, data, m)
	const head = "site,site_name,arm,arm_randomised,recruited\n"
	for _, c := range []struct {
		name, rows string
		want       []string // kind line value
	}{
		{"agrees", "A,Ana,0,0,1\nb,Bea,treatment,treatment,1\nc,Cia,treatment,control,1\nd,Dea,control,control,1\n", nil},
		{"not in the file", "a,Ana,control,control,1\nb,Bea,treatment,treatment,1\nc,Cia,treatment,treatment,1\n", []string{"unit not in the units file 6 d"}},
		{"twice", "a,Ana,control,control,1\na,Ana,control,control,1\nb,Bea,treatment,treatment,1\nc,Cia,treatment,treatment,1\nd,Dea,control,control,1\n", []string{"unit twice 3 a"}},
		{"name twice", "a,Ana,control,control,1\nb,ANA,treatment,treatment,1\nc,Cia,treatment,treatment,1\nd,Dea,control,control,1\n", []string{"unit name twice 3 ANA"}},
		{"arm differs", "a,Ana,treatment,treatment,1\nb,Bea,treatment,treatment,1\nc,Cia,treatment,treatment,1\nd,Dea,control,control,1\n", []string{"arm differs 2 treatment"}},
		{"data as randomised", "a,Ana,treatment,control,1\nb,Bea,treatment,treatment,1\nc,Cia,treatment,treatment,1\nd,Dea,control,control,1\n", []string{"arm as randomised in the data 2 treatment"}},
		{"recruited", "a,Ana,control,control,7\nb,Bea,treatment,treatment,1\nc,Cia,treatment,treatment,1\nd,Dea,control,control,1\n", []string{"recruited differs 2 7"}},
		{"another arm", "a,Ana,control,waiting,1\nb,Bea,treatment,treatment,1\nc,Cia,treatment,treatment,1\nd,Dea,control,control,1\n", []string{"another arm 2 waiting"}},
		{"no unit", "a,Ana,control,control,1\n,Bo,control,control,0\nb,Bea,treatment,treatment,1\nc,Cia,treatment,treatment,1\nd,Dea,control,control,1\n", []string{"missing unit 3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := trial.Join(readUnits(t, table(t, head+c.rows)))
			var got []string
			for _, p := range j.Problems {
				got = append(got, strings.TrimSpace(strings.Join([]string{p.Kind, strconv.Itoa(p.Line), p.Value}, " ")))
				if p.Text == "" || p.File == "" || p.Column == "" {
					t.Errorf("no place: %+v", p)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("problems %q, want %q", got, c.want)
			}
		})
	}
	t.Run("one arm", func(t *testing.T) {
		j := trial.Join(readUnits(t, table(t, "site,arm\na,control\nb,treatment\nc,control\nd,control\ne,treatment\n")))
		if j.Moved != 1 || !j.Units[2].Moved() || j.Empty != 1 || len(j.Problems) > 0 {
			t.Errorf("%+v", j)
		}
	})
	t.Run("by name", func(t *testing.T) {
		j := trial.Join(readUnits(t, table(t, "unit_id,unit_name,arm\n11,A,control\n12,B,treatment\n13,C,treatment\n14,D,control\n")))
		if j.Empty != 0 || len(j.Problems) > 0 {
			t.Errorf("%+v", j)
		}
	})
	t.Run("refused", func(t *testing.T) {
		if _, err := ReadUnits(table(t, "x,y\n1,2\n3,4\n")); err == nil || !strings.Contains(err.Error(), "choose it") {
			t.Errorf("error %v", err)
		}
		if _, err := BuildUnits(table(t, "x,y\n1,2\n"), UnitsMapping{Unit: "z"}); err == nil || !strings.Contains(err.Error(), "“z”") {
			t.Errorf("error %v", err)
		}
	})
}
