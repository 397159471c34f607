package analysis

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"trialbox/stats/impute"
)

// Variants of the reference trial are the reference's own models: R's numbers
// (lme4, nlme) within the tolerances of TestReferenceLinear.
func TestVariantsAgainstReference(t *testing.T) {
	tr, r := scoredTrial(t)
	want := readReference(t)
	own := map[string]Own{"unitonly": {Model: "unit"}, "slope": {Model: "slope"}, "unitvisit": {Model: "unit-visit"}, "mmrm": {Model: "mmrm"}, "clda": {Baseline: "clda"}, "ancova": {Baseline: "ancova"}, "unadj": {OwnCovariates: true}}
	s := &Sensitivity{Outcomes: []string{"odi", "nrs_leg"}}
	for _, name := range []string{"unitonly", "slope", "unitvisit", "mmrm", "clda", "ancova", "unadj"} {
		s.Variants = append(s.Variants, Variant{ID: name, Label: name, Chosen: true, Own: own[name]})
	}
	s.Variants = append(s.Variants, Variant{ID: "not run", Label: "not run"})
	result := RunSensitivity(PlanSensitivity(tr, r.Mapping, r.Outcomes, r.Options, s, nil))
	if len(result.Columns) != 8 || result.Bootstrap {
		t.Fatalf("%d columns, bootstrap %v", len(result.Columns), result.Bootstrap)
	}
	seen := 0
	for _, o := range result.Outcomes {
		for k, row := range o.Rows {
			if row.Why != "" {
				t.Errorf("%s %s: %s", o.Outcome.Variable, result.Columns[k].Variant.ID, row.Why)
			}
			for v, c := range row.Cells {
				key := strings.Join([]string{o.Outcome.Variable, "ML", o.Visits[v].Code}, " ")
				limit := 1e-4
				if id := result.Columns[k].Variant.ID; id != MainVariant {
					key = id + " " + key
					if id == "mmrm" {
						limit = 1e-3
					}
				}
				w, ok := want[key]
				if !ok {
					t.Errorf("no reference for %s", key)
					continue
				}
				seen++
				if math.Abs(c.Estimate-w.estimate) > limit*w.se || math.Abs(c.SE/w.se-1) > limit {
					t.Errorf("%s: %.9g (SE %.9g), R %.9g (SE %.9g)", key, c.Estimate, c.SE, w.estimate, w.se)
				}
				main := o.Rows[0].Cells[v]
				if moved := math.Abs(c.Estimate-main.Estimate) > main.SE; c.Moved != moved || c.Crossed != ((c.P < .05) != (main.P < .05)) {
					t.Errorf("%s: marked moved %v crossed %v", key, c.Moved, c.Crossed)
				}
			}
		}
	}
	if seen != 32 {
		t.Errorf("%d contrasts were held against the reference", seen)
	}
}

// Populations are counted by hand: patients by a loop over the rows.
func TestPopulations(t *testing.T) {
	tr, _ := scoredTrial(t)
	pain, group, age := tr.Variable("pain_duration"), tr.Variable("sbt_group"), tr.Variable("age")
	first := map[int32]int{}
	for i, p := range tr.Patient {
		if tr.Visit[i] == 0 {
			first[p] = i
		}
	}
	count := func(in func(row int) bool) int {
		n := 0
		for p := range tr.Patients {
			if i, ok := first[int32(p)]; ok && in(i) {
				n++
			}
		}
		return n
	}
	for where, want := range map[string]int{
		"pain_duration >= 2 & pain_duration <= 3": count(func(i int) bool { return pain.Num(i) == 2 || pain.Num(i) == 3 }),
		"sbt_group_0 == 3":                        count(func(i int) bool { return group.Num(i) == 3 }),
		"!is.na(sbt_group_0) & sbt_group_0 != 1":  count(func(i int) bool { return group.Num(i) > 1 }),
		"age > 40":                                count(func(i int) bool { return age.Num(i) > 40 }),
	} {
		rows, err := Population(tr, where)
		if err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		got, _ := CountPopulation(tr, rows)
		if got != want || want == 0 || want == len(tr.Patients) {
			t.Errorf("%s: %d patients, %d by hand", where, got, want)
		}
		for i, in := range rows { // whole patients
			if in != rows[first[tr.Patient[i]]] {
				t.Fatalf("%s: patient %s is in with some rows only", where, tr.Patients[tr.Patient[i]])
			}
		}
	}
	for where, reason := range map[string]string{"age > 200": "no row fulfils", "nothing == 1": "nothing", "age >": "position", "": "empty"} {
		if _, err := Population(tr, where); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%q: %v", where, err)
		}
	}
}

func TestClauses(t *testing.T) {
	tr, _ := scoredTrial(t)
	for _, c := range []struct {
		clause Clause
		want   string
	}{
		{Clause{"age", false, ">=", "40"}, "age >= 40"},
		{Clause{"sbt_group", true, "==", "3"}, "sbt_group_0 == 3"},
		{Clause{"pain_duration", true, "in", "2, 3"}, "(pain_duration_0 == 2 | pain_duration_0 == 3)"},
		{Clause{"sector", false, "==", "public"}, `sector == "public"`},
		{Clause{"bmi", false, "given", ""}, "!is.na(bmi)"},
		{Clause{"sector", false, "==", "nowhere"}, "never"},
		{Clause{"age", false, ">", "old"}, "not one"},
		{Clause{"age", false, ">", ""}, "say which value"},
		{Clause{"absent", false, ">", "1"}, "no column"},
	} {
		got, err := c.clause.Condition(tr)
		if err != nil {
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%+v: %v", c.clause, err)
			}
			continue
		}
		if got != c.want {
			t.Errorf("%+v: %s", c.clause, got)
		}
		if _, err := Population(tr, got); err != nil {
			t.Error(err)
		}
	}
}

// Complete cases have an answer at every visit; as randomised moves a unit's
// rows to the other arm and nothing else.
func TestCompleteAndAsRandomised(t *testing.T) {
	tr, r := scoredTrial(t)
	allocated := slices.Clone(tr.UnitArm)
	moved := slices.Index(tr.Units, "U09")
	allocated[moved] = 1 - allocated[moved]
	s := &Sensitivity{Outcomes: []string{"odi"}, Variants: []Variant{{ID: "c", Label: "c", Chosen: true, Complete: true}, {ID: "r", Label: "r", Chosen: true, AsRandomised: true},
		{ID: "f", Label: "f", Chosen: true, Where: "age > 200"}}}
	before := slices.Clone(tr.Arm)
	result := RunSensitivity(PlanSensitivity(tr, r.Mapping, r.Outcomes, r.Options, s, allocated))
	answers := map[int32]int{}
	odi := tr.Variable("odi")
	for i, p := range tr.Patient {
		if !math.IsNaN(odi.Num(i)) {
			answers[p]++
		}
	}
	complete := 0
	for _, n := range answers {
		if n == 3 {
			complete++
		}
	}
	rows := result.Outcomes[0].Rows
	if result.Columns[1].Patients != complete || rows[1].Result.N > 3*complete || rows[1].Result.N%3 != 0 || rows[1].Result.N == 0 {
		t.Errorf("complete cases: %d patients, %d by hand; %d rows", result.Columns[1].Patients, complete, rows[1].Result.N)
	}
	if !slices.Equal(before, tr.Arm) {
		t.Error("the trial's own arms were changed")
	}
	main, other := rows[0].Result.Visits[0].Arms, rows[2].Result.Visits[0].Arms
	n := 0
	for i, u := range tr.Unit {
		if int(u) == moved && tr.Visit[i] == 0 && !math.IsNaN(odi.Num(i)) {
			n++
		}
	}
	if a := allocated[moved]; n == 0 || other[a].N-main[a].N != n || main[1-a].N-other[1-a].N != n {
		t.Errorf("as randomised: %d and %d people, %d and %d received; %d in the unit", other[0].N, other[1].N, main[0].N, main[1].N, n)
	}
	if !strings.Contains(rows[3].Why, "no row fulfils") || !math.IsNaN(rows[3].Cells[0].Estimate) {
		t.Errorf("nobody: %q", rows[3].Why)
	}
	none := RunSensitivity(PlanSensitivity(tr, r.Mapping, r.Outcomes, r.Options, s, nil))
	if why := none.Outcomes[0].Rows[2].Why; !strings.Contains(why, "do not tell the arm as randomised") {
		t.Errorf("without an allocation: %q", why)
	}
}

// What a variant cannot be for an outcome is said, and the main model asked
// for again is recognised.
func TestUnfitVariants(t *testing.T) {
	tr, r := scoredTrial(t)
	s := &Sensitivity{Outcomes: []string{"lbp_daily", "bbq", "odi"}, Variants: []Variant{
		{ID: "slope", Label: "slope", Chosen: true, Own: Own{Model: "slope"}}, {ID: "clda", Label: "clda", Chosen: true, Own: Own{Baseline: "clda"}}, {ID: "again", Label: "again", Chosen: true, Own: Own{Method: "ml", Model: "unit/patient"}}}}
	run := PlanSensitivity(tr, r.Mapping, r.Outcomes, r.Options, s, nil)
	for i, main := range run.Columns[0].Checked {
		slope, again := run.Columns[1].Checked[i], run.Columns[3].Checked[i]
		switch main.Job.Outcome.Variable {
		case "lbp_daily":
			if !strings.Contains(slope.Why, "means only") {
				t.Errorf("a slope of a binary outcome: %q", slope.Why)
			}
		case "bbq":
			if !strings.Contains(slope.Why, "three visits") {
				t.Errorf("a slope over two visits: %q", slope.Why)
			}
		case "odi":
			if slope.Why != "" || !again.Same || slope.Same {
				t.Errorf("odi: %q, same %v and %v", slope.Why, again.Same, slope.Same)
			}
		}
	}
}

// Any split of the imputations gives the same numbers, no shift gives about
// the main analysis, and a shift of the intervention arm moves the estimate up.
func TestShifts(t *testing.T) {
	tr, r := scoredTrial(t)
	s := &Sensitivity{Outcomes: []string{"odi"}, Shift: Shift{Chosen: true, Imputations: 12, Steps: 2, Most: 10, Outcomes: []string{"odi"}}}
	run := PlanSensitivity(tr, r.Mapping, r.Outcomes, r.Options, s, nil)
	result := RunSensitivity(run)
	if len(result.Shifts) != 2 {
		t.Fatalf("%d curves: %+v", len(result.Shifts), result.Shifts)
	}
	x := run.Shifts[0]
	want := x.Curve.Points(x.Batches, 1)
	split := PlanSensitivity(tr, r.Mapping, r.Outcomes, r.Options, s, nil).Shifts[0]
	if split.Key != x.Key {
		t.Error("the same imputations have two keys")
	}
	for _, cut := range [][2]int{{7, 12}, {0, 3}, {3, 7}} {
		m, err := impute.New(&split.Curve.Job)
		if err != nil {
			t.Fatal(err)
		}
		split.Batches = append(split.Batches, m.Batch(cut[0], cut[1], split.Curve.Deltas))
	}
	if got := split.Curve.Points(split.Batches, 1); !reflect.DeepEqual(got, want) {
		t.Errorf("split: %+v\nwhole: %+v", got, want)
	}
	last := result.Shifts[1]
	if len(last.Points) != 5 || last.Points[2].Delta != 0 || last.Drawn == 0 || last.Moved >= last.Drawn {
		t.Fatalf("%+v", last)
	}
	if noise := last.Points[2].SE * math.Sqrt(last.Imputed/12); math.Abs(last.Points[2].Estimate-last.Main.Estimate) > 4*noise {
		t.Errorf("no shift gives %g, the main analysis %g, Monte Carlo error %g", last.Points[2].Estimate, last.Main.Estimate, noise)
	}
	for k := 1; k < 5; k++ {
		if last.Points[k].Estimate <= last.Points[k-1].Estimate {
			t.Errorf("shift %g gives %g, shift %g %g", last.Points[k].Delta, last.Points[k].Estimate, last.Points[k-1].Delta, last.Points[k-1].Estimate)
		}
	}
	// Every patient with the covariates has three rows, the answered ones as in
	// the main model.
	if n := len(x.Curve.Design.Y); n != x.Main.N+x.Drawn || n%3 != 0 {
		t.Errorf("%d rows, %d answered and %d drawn", n, x.Main.N, x.Drawn)
	}
}

func TestShiftsThatCannotBe(t *testing.T) {
	tr, r := scoredTrial(t)
	o := r.Options
	o.Model = "mmrm"
	s := &Sensitivity{Outcomes: []string{"odi", "lbp_daily"}, Shift: Shift{Chosen: true, Imputations: 2, Outcomes: []string{"odi", "lbp_daily"}}}
	result := RunSensitivity(PlanSensitivity(tr, r.Mapping, r.Outcomes, o, s, nil))
	for k, want := range []string{"random intercepts", "means only"} {
		if !strings.Contains(result.Shifts[k].Err, want) {
			t.Errorf("%s: %q", result.Shifts[k].Outcome.Variable, result.Shifts[k].Err)
		}
	}
}

// Propose finds the paper's populations, and what it proposes is a valid
// recipe that reads back the same.
func TestProposeSensitivity(t *testing.T) {
	tr, r := scoredTrial(t)
	r.Sensitivity = ProposeSensitivity(tr, r.Mapping, r.Options, nil)
	var ids []string
	for _, v := range r.Sensitivity.Variants {
		ids = append(ids, v.ID)
	}
	if got := strings.Join(ids, " "); got != "complete pain risk-high risk-low reml unit slope unit-visit mmrm clda ancova unadjusted" {
		t.Errorf("proposed: %s", got)
	}
	again, err := ParseRecipe(r.JSON())
	if err != nil || !reflect.DeepEqual(again.Sensitivity, r.Sensitivity) {
		t.Errorf("%v: %+v", err, again.Sensitivity)
	}
	for what, change := range map[string]func(s *Sensitivity){
		"which another has": func(s *Sensitivity) { s.Variants[1].ID = s.Variants[0].ID },
		"label is empty":    func(s *Sensitivity) { s.Variants[1].Label = " " },
		".where":            func(s *Sensitivity) { s.Variants[1].Where = "age >" },
		".own":              func(s *Sensitivity) { s.Variants[1].Own.Model = "cubic" },
		"shift.arm":         func(s *Sensitivity) { s.Shift.Arm = "left" },
		"imputations":       func(s *Sensitivity) { s.Shift.Imputations = 1 },
	} {
		bad := ProposeSensitivity(tr, r.Mapping, r.Options, nil)
		change(bad)
		if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
