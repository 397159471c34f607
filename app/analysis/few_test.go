package analysis

import (
	"math"
	"slices"
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
	p := PlanFew(tr, r.Mapping, specs[0], nil, nil)
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
		if p := PlanFew(tr, r.Mapping, s, nil, nil); s.Outcome.Logit() != (p.Err != "") {
			t.Errorf("%s: %q", s.Outcome.Variable, p.Err)
		}
	}
}

// The permutation is of the arms as randomised: a unit that moved goes back,
// which is said.
func TestFewClustersAsRandomised(t *testing.T) {
	tr, r := scoredTrial(t)
	s := Specs(r.Mapping, choose(r.Outcomes, func(*Outcome) {}, "odi"), r.Options)[0]
	allocated := append([]int32{}, tr.UnitArm...)
	allocated[3] = 1 - allocated[3]
	p, q := PlanFew(tr, r.Mapping, s, allocated, nil), PlanFew(tr, r.Mapping, s, nil, nil)
	if len(p.Moved) != 1 || p.Moved[0] != tr.Units[3] || len(q.Moved) > 0 {
		t.Fatalf("moved %v and %v", p.Moved, q.Moved)
	}
	changed := 0
	for i, arm := range p.Kinds[FewPermutation].Job.Allocated.Of {
		if arm != q.Kinds[FewPermutation].Job.Allocated.Of[i] {
			changed++
		}
	}
	if changed != 1 || p.Kinds[FewWild].Key != q.Kinds[FewWild].Key {
		t.Errorf("%d units changed, keys %q %q", changed, p.Kinds[FewWild].Key, q.Kinds[FewWild].Key)
	}
}

// A recipe names the outcomes, visits, methods and draws of the comparison; the
// run makes those and no others, and says why an outcome has none.
func TestFewClustersOfARecipe(t *testing.T) {
	tr, r := scoredTrial(t)
	r.Outcomes = choose(r.Outcomes, func(*Outcome) {}, "odi")
	r.Options.Replicates = 60
	r.FewClusters = &FewClusters{Outcomes: []string{"odi", "nothing"}, Visits: []string{"12"}, Methods: []string{"cr2", "bootstrap", "wild"}, Draws: 99}
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	got := RunFew(tr, r, RunAll(Plan(tr, r.Mapping, r.Outcomes, r.Options), r.Options), nil)
	if len(got) != 2 || got[0].Visit.Code != "12" || got[1].Reason == "" {
		t.Fatalf("%+v", got)
	}
	var methods []fewclusters.Method
	for _, l := range got[0].Lines {
		methods = append(methods, l.Method)
		if math.IsNaN(l.Estimate) || l.Method == fewclusters.BootBCa && math.IsNaN(l.Low) {
			t.Errorf("%+v", l)
		}
	}
	want := []fewclusters.Method{fewclusters.CR2, fewclusters.BootNormal, fewclusters.BootPercent, fewclusters.BootBCa, fewclusters.Wild}
	if !slices.Equal(methods, want) || got[0].Lines[4].Note[:2] != "99" {
		t.Errorf("%q, %q", methods, got[0].Lines[4].Note)
	}
	for text, c := range map[string]FewClusters{`methods[1] is "t"`: {Methods: []string{"wild", "t"}}, "draws is 98": {Draws: 98}} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if c := (*FewClusters)(nil).Asking("odi", nil); !slices.Equal(c.Outcomes, []string{"odi"}) || c.Asking("odi", nil) != c {
		t.Errorf("%+v", c)
	}
}
