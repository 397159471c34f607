package analysis

import (
	"os"
	"slices"
	"strings"
	"testing"

	"trialbox/app/dataset"
	"trialbox/app/trial"
)

// exampleUnits reads the list of randomised units and holds it against the
// trial; change edits its text first.
func exampleUnits(t *testing.T, tr *trial.Trial, change func(string) string) (*dataset.Dataset, *trial.AsUnits) {
	t.Helper()
	b, err := os.ReadFile("../../static/example/units.csv")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	if change != nil {
		text = change(text)
	}
	d, err := dataset.Read("units.csv", strings.NewReader(text), int64(len(text)), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	u, err := trial.ReadUnits(d)
	if err != nil {
		t.Fatal(err)
	}
	return d, tr.Join(u)
}

// The model paper's Figure 1: 27 units, two of which moved, five recruited
// nobody, 315 people and 137/47 answers at both follow-ups.
func TestFlowOfExample(t *testing.T) {
	r := ExampleRecipe()
	_, tr := exampleTrial(t, "trial_long.csv", r.Mapping)
	d, j := exampleUnits(t, tr, nil)
	f := CountFlow(tr, r.Mapping, r.Outcomes, r.Flow, d, j)
	switch {
	case f.Randomised != 27 || f.Allocated != [2]int{13, 14} || f.Ran != [2]int{15, 12}:
		t.Errorf("units: %d randomised, %v allocated, %v ran", f.Randomised, f.Allocated, f.Ran)
	case !slices.Equal(f.Moved[1], []string{"U09", "U23"}) || f.Moved[0] != nil:
		t.Errorf("moved: %v", f.Moved)
	case !slices.Equal(f.Nobody[0], []string{"U02", "U04", "U12", "U22", "U23"}) || f.Nobody[1] != nil:
		t.Errorf("recruited nobody: %v", f.Nobody)
	case f.BodyCount != 6 || f.Strata != 5:
		t.Errorf("%d providers, %d strata", f.BodyCount, f.Strata)
	case f.Recruited[1] != (FlowRecruited{12, 234, 16.5, 3, 45}) || f.Recruited[0].People != 81 || f.Recruited[0].Units != 10 || f.Recruited[0].Low != 1 || f.Recruited[0].High != 19:
		t.Errorf("recruited: %+v", f.Recruited)
	}
	for v, want := range [][2]FlowAnswered{
		{{Units: 10, People: 81, Complete: 80}, {Units: 12, People: 234, Complete: 233}},
		{{Units: 8, People: 47, Not: 34}, {Units: 12, People: 137, Not: 97}},
		{{Units: 8, People: 47, Not: 34}, {Units: 12, People: 137, Not: 97}},
	} {
		for a := range want {
			got := f.Visits[v].Arms[a]
			t.Logf("visit %d arm %d: %+v", v, a, got)
			if got.Units != want[a].Units || got.People != want[a].People || got.Not != want[a].Not {
				t.Errorf("visit %d, arm %d: %+v", v, a, got)
			}
		}
	}
	if bad := Disagree(f.Checks); len(bad) > 0 || len(f.Checks) != 3 {
		t.Errorf("checks: %+v", f.Checks)
	}
}

// What the chart says is analysed is what the models of the tables use, for
// every outcome; and its people are the baseline table's.
func TestFlowAgainstTables(t *testing.T) {
	r := ExampleRecipe()
	_, tr := exampleTrial(t, "trial_long.csv", r.Mapping)
	f := CountFlow(tr, r.Mapping, r.Outcomes, nil, nil, nil)
	jobs := Plan(tr, r.Mapping, r.Outcomes, r.Options)
	if len(jobs) != len(f.Analysed) {
		t.Fatalf("%d models, %d outcomes in the chart", len(jobs), len(f.Analysed))
	}
	for k, a := range f.Analysed {
		j := jobs[k]
		if people := a.Arms[0].People + a.Arms[1].People; people != j.Patients || a.Rows != j.N || a.Arms[0].Units+a.Arms[1].Units != j.Units {
			t.Errorf("%s: %d people, %d rows; the model has %d and %d", a.Outcome.Variable, people, a.Rows, j.Patients, j.N)
		}
		for g := range a.Arms {
			lost := a.Without[g]
			for _, m := range a.MissCovariate[g] {
				lost += m.People
			}
			if a.Arms[g].People+lost != f.Recruited[g].People {
				t.Errorf("%s: %d in the model and %d out of it are not the %d recruited", a.Outcome.Variable, a.Arms[g].People, lost, f.Recruited[g].People)
			}
		}
	}
	var progress []*Progress
	for _, j := range jobs {
		progress = append(progress, NewProgress(j, 0))
	}
	checks := f.Against(BaselineTables(tr, r.Baseline), Assemble(tr, r.Options, progress))
	if len(checks) != 3+2*len(jobs) {
		t.Errorf("%d checks for %d models", len(checks), len(jobs))
	}
	for _, c := range Disagree(checks) {
		t.Errorf("%+v", c)
	}
	f.Recruited[0].People--
	if bad := Disagree(f.Against(BaselineTables(tr, r.Baseline), nil)); len(bad) != 1 || bad[0].Why == "" {
		t.Errorf("a wrong count is not found: %+v", bad)
	}
}

// Typed numbers that contradict the counted ones are found and explained.
func TestFlowDisagreements(t *testing.T) {
	r := ExampleRecipe()
	_, tr := exampleTrial(t, "trial_long.csv", r.Mapping)
	n := func(x int) *int { return &x }
	notes := *r.Flow
	notes.Declined = n(3)
	notes.Asked, notes.Refused = [2]*int{n(100), n(300)}, [2]*int{n(19), n(60)}
	notes.Lost = []LostReason{{"3", 1, "moved away", 90}, {"3", 1, "declined", 7}, {"12", 0, "unknown", 30}}
	d, j := exampleUnits(t, tr, func(s string) string { return strings.Replace(s, `,1,3,3`+"\n", `,1,3,4`+"\n", 1) })
	f := CountFlow(tr, r.Mapping, r.Outcomes, &notes, d, j)
	bad := map[string]FlowCheck{}
	for _, c := range Disagree(f.Checks) {
		bad[c.What] = c
		if c.Why == "" {
			t.Errorf("%s: no explanation", c.What)
		}
	}
	for what, why := range map[string]string{
		"Providers approached less declined, and those that took part": "leaves 7; 6 take part",
		"People asked less declined, and those recruited":              "rows that are missing",
		"People recruited, by the units file and in the data":          "U01 (4 and 3)",
		"Reasons at 12 months, and people who did not answer":          "do not add up",
	} {
		if c, ok := bad[what]; !ok || !strings.Contains(c.Why, why) {
			t.Errorf("%s: %+v", what, c)
		}
	}
	if len(bad) != 4 {
		t.Errorf("%d disagreements: %+v", len(bad), bad)
	}
	// Without a units file the number randomised is typed; fewer than have
	// patients is a contradiction, more are units that recruited nobody.
	f = CountFlow(tr, r.Mapping, r.Outcomes, &FlowNotes{Randomised: [2]*int{n(15), n(12)}}, nil, nil)
	if f.Randomised != 27 || f.NobodyCount != [2]int{5, 0} || f.Ran != [2]int{15, 12} || len(Disagree(f.Checks)) != 0 {
		t.Errorf("typed units: %+v", f)
	}
	f = CountFlow(tr, r.Mapping, r.Outcomes, &FlowNotes{Randomised: [2]*int{n(9), nil}}, nil, nil)
	if len(Disagree(f.Checks)) != 1 || f.Allocated[0] != 10 {
		t.Errorf("9 units typed where 10 have patients: %+v", f.Checks)
	}
}

// A units file that lacks a unit or an arm is found; without an arm as
// randomised the units count as they ran.
func TestFlowOfUnitsFile(t *testing.T) {
	r := ExampleRecipe()
	_, tr := exampleTrial(t, "trial_long.csv", r.Mapping)
	count := func(change func(string) string) *Flow {
		d, j := exampleUnits(t, tr, change)
		return CountFlow(tr, r.Mapping, r.Outcomes, r.Flow, d, j)
	}
	without := func(line string) func(string) string {
		return func(s string) string {
			var kept []string
			for _, l := range strings.Split(s, "\n") {
				if !strings.HasPrefix(l, line) {
					kept = append(kept, l)
				}
			}
			return strings.Join(kept, "\n")
		}
	}
	bad := Disagree(count(without("\"U25\"")).Checks)
	if len(bad) != 1 || bad[0].Chart != [2]int{10, 11} || bad[0].Other != [2]int{10, 12} || !strings.Contains(bad[0].Why, "units file lacks") {
		t.Errorf("a unit is missing: %+v", bad)
	}
	f := count(func(s string) string {
		return strings.ReplaceAll(s, "\"S5\",\"control\",\"control\"", "\"S5\",\"\",\"\"")
	})
	bad = Disagree(f.Checks)
	if len(bad) != 1 || bad[0].Chart[1] != 27 || bad[0].Other[1] != 26 || !strings.Contains(bad[0].Why, "no arm") { // U22 has no patients to tell its arm
		t.Errorf("units without an arm: %+v", bad)
	}
}

// Without a units file the arm as randomised can stand in the data.
func TestFlowOfRandomisedColumn(t *testing.T) {
	tr := smallTrial(t, `unit,patient,arm,arm_randomised,visit,score
A,1,control,control,0,5
A,1,control,control,3,4
B,2,control,intervention,0,6
B,3,control,intervention,0,7
C,4,intervention,intervention,0,9
C,4,intervention,intervention,3,2
`)
	if tr.UnitRandomised == nil {
		t.Fatal("the column is not recognised")
	}
	f := CountFlow(tr, tr.Mapping(), nil, nil, nil, nil)
	if f.Allocated != [2]int{1, 2} || f.Ran != [2]int{2, 1} || !slices.Equal(f.Moved[1], []string{"B"}) || f.Recruited[0].People != 3 {
		t.Errorf("%+v", f)
	}
}

// Who answered when, what is missing, and who is compared.
func TestAttrition(t *testing.T) {
	r := ExampleRecipe()
	_, tr := exampleTrial(t, "trial_long.csv", r.Mapping)
	a := CountAttrition(tr, r.Mapping, r.Baseline, r.Outcomes)
	f := CountFlow(tr, r.Mapping, r.Outcomes, nil, nil, nil)
	for v, l := range a.Answered {
		for g := range l.Arms {
			if l.Arms[g].Count != f.Visits[v].Arms[g].People || l.Arms[g].N != f.Recruited[g].People {
				t.Errorf("%s: %+v, the chart has %+v", l.Visit.Label, l.Arms[g], f.Visits[v].Arms[g])
			}
		}
	}
	total := [2]int{}
	for _, p := range a.Patterns {
		total[0] += p.People[0]
		total[1] += p.People[1]
	}
	if total != a.Who.People || len(a.Patterns) != 4 {
		t.Errorf("patterns of %v people: %+v", total, a.Patterns)
	}
	if len(a.Compared) != 2 || a.Compared[0].Result.Who.People != [2]int{131, 184} || len(a.Compared[0].Result.Tables) != 2 {
		t.Errorf("compared: %+v", a.Compared[0].Result.Who)
	}
	// Two patients have no FABQ, one no ODI at baseline; one began the ODI and
	// has too few answers for a score.
	for _, m := range a.Missing {
		if m.Visit.Code != "0" {
			continue
		}
		switch m.Variable {
		case "fabq_pa":
			if m.NotBegun != [2]int{1, 1} || m.Items != 4 {
				t.Errorf("%+v", m)
			}
		case "odi":
			if m.NotBegun != [2]int{1, 0} || m.NoScore != [2]int{0, 1} || m.Items != 10 || m.People != [2]int{81, 234} {
				t.Errorf("%+v", m)
			}
		}
	}
	everybody := smallTrial(t, "unit,patient,arm,visit,score\nA,1,control,0,5\nA,1,control,3,4\nB,2,intervention,0,6\nB,2,intervention,3,7\nC,3,intervention,0,6\nC,3,intervention,3,1\n")
	if c := CountAttrition(everybody, everybody.Mapping(), &Baseline{}, nil).Compared; len(c) != 1 || c[0].None != "Everybody answered at 3 months." {
		t.Errorf("%+v", c)
	}
}

// The unit-level table counts every randomised unit once, by the arm it ran in.
func TestUnitTable(t *testing.T) {
	r := ExampleRecipe()
	_, tr := exampleTrial(t, "trial_long.csv", r.Mapping)
	d, j := exampleUnits(t, tr, nil)
	u := UnitTable(tr, r.Baseline, d, j)
	if u.Who.People != [2]int{15, 12} || len(u.Warnings) != 0 {
		t.Fatalf("%+v, %v", u.Who, u.Warnings)
	}
	lines := map[string]BaselineLine{}
	for _, l := range u.Tables[0].Lines {
		if l.Reason != "" {
			t.Error(l.Reason)
		}
		lines[l.Row.Variable+" "+l.Level] = l
	}
	if size := lines[PatientsOfUnit+" "]; size.All.Value != 8 || size.Groups[0].Low != 0 || size.Groups[1].High != 45 {
		t.Errorf("size: %+v", size)
	}
	if public := lines["sector Public"]; public.Groups[0].Count != 6 || public.Groups[1].Count != 2 {
		t.Errorf("public units: %+v", public)
	}
	if data := UnitTable(tr, ProposeBaseline(tr, nil, nil), nil, nil); data.Who.People != [2]int{10, 12} || len(data.Warnings) != 1 || len(data.Tables[0].Lines) < 5 {
		t.Errorf("without a units file: %+v, %v", data.Who, data.Warnings)
	}
}
