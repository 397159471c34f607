package analysis

import (
	"math"
	"strings"
	"testing"

	"trialbox/app/fewclusters"
	"trialbox/stats/boot"
)

// fewRun carries out a comparison as the workers do, the replicates in parts.
func fewRun(t *testing.T, p *FewPlan, draws int) *FewRun {
	t.Helper()
	r := &FewRun{Plan: p}
	for k, kind := range p.Kinds {
		if kind.Job == nil {
			continue
		}
		runner, err := boot.NewRunner(kind.Job)
		if err != nil {
			t.Fatal(err)
		}
		f := runner.Fitted(0)
		r.Fits[k] = f
		if f.Methods != nil {
			r.Methods = f.Methods
		}
		for from := 0; from < min(draws, kind.Replicates); from += 100 {
			r.Batches[k] = append(r.Batches[k], runner.Run(from, min(from+100, draws, kind.Replicates)))
		}
	}
	return r
}

// The methods side by side for disability in the reference trial. The normal
// and Kenward-Roger lines are lme4's and pbkrtest's (lmm_contrasts.csv: model
// z under ML, KR under REML, see reference_test.go for the tolerances).
func TestFewClustersOfTheReferenceTrial(t *testing.T) {
	tr, r := scoredTrial(t)
	specs := Specs(r.Mapping, choose(r.Outcomes, func(*Outcome) {}, "odi"), r.Options)
	p := PlanFew(tr, r.Mapping, specs[0])
	if p.Err != "" || len(p.Kinds) != 3 || p.Kinds[FewPermutation].Err != "" {
		t.Fatalf("%q %+v", p.Err, p.Kinds)
	}
	if p.Units != [2]int{10, 12} || !p.Every || p.Ways < 1000 {
		t.Errorf("units %v, %g allocations", p.Units, p.Ways)
	}
	run := fewRun(t, p, 400)
	for k := range p.Visits {
		lines := run.Lines(k, nil)
		if len(lines) != 9 {
			t.Fatalf("%d lines", len(lines))
		}
		for _, l := range lines {
			strap := strings.HasPrefix(string(l.Method), "Cluster bootstrap")
			if strap != math.IsNaN(l.Estimate) || !strap && !(l.P > 0 && l.P <= 1) {
				t.Errorf("%s at %s: %+v", l.Method, p.Visits[k].Label, l)
			}
			if strap && l.Note != "comes with the run of the outcome table" {
				t.Errorf("%s: %q", l.Method, l.Note)
			}
		}
		if !(lines[1].DF > 10) || !(lines[2].SE >= lines[0].SE) || lines[0].P > lines[1].P {
			t.Errorf("at %s: %+v", p.Visits[k].Label, lines[:4])
		}
		text, _ := fewclusters.Verdict(lines, p.Units, p.Ways)
		if !strings.HasPrefix(text, "With 10 and 12 units in the arms ") {
			t.Error(text)
		}
	}
	if done, target := run.Done(); done != 800 || target != FewDraws+int(p.Ways) {
		t.Errorf("%d of %d", done, target)
	}
}

// An outcome without a linear model is refused in words.
func TestFewClustersNeedALinearModel(t *testing.T) {
	tr, r := scoredTrial(t)
	for _, s := range Specs(r.Mapping, r.Outcomes, r.Options) {
		if p := PlanFew(tr, r.Mapping, s); s.Outcome.Logit() != (p.Err != "") {
			t.Errorf("%s: %q", s.Outcome.Variable, p.Err)
		}
	}
}

// The permutation is of the arm as randomised: moved units go back.
func TestAsRandomised(t *testing.T) {
	tr, _ := scoredTrial(t)
	same, moved := asRandomised(tr)
	if same != tr || len(moved) > 0 {
		t.Error("without arms as randomised nothing changes")
	}
	c := *tr
	c.UnitRandomised = append([]int32{}, tr.UnitArm...)
	c.UnitRandomised[3] = 1 - tr.UnitArm[3]
	c.UnitRandomised[5] = -1
	back, moved := asRandomised(&c)
	if len(moved) != 1 || !moved[3] {
		t.Fatalf("moved %v", moved)
	}
	for i, u := range c.Unit {
		want := c.Arm[i]
		if u == 3 {
			want = 1 - want
		}
		if back.Arm[i] != want || c.Arm[i] != tr.Arm[i] {
			t.Fatalf("row %d of unit %d", i, u)
		}
	}
}
