package state_test

import (
	"slices"
	"testing"

	"trialbox/app/analysis"
	"trialbox/app/state"
	"trialbox/app/state/worldtest"
)

func outcome(t *testing.T, r *worldtest.Rig, variable string) analysis.Outcome {
	t.Helper()
	list := r.M.Project.Recipe.Outcomes
	k := slices.IndexFunc(list, func(o analysis.Outcome) bool { return o.Variable == variable })
	if k < 0 {
		t.Fatalf("no outcome %s", variable)
	}
	return list[k]
}

// A change runs what depends on it, and nothing else; what only the table shows
// runs nothing.
func TestChangeRunsWhatDependsOnIt(t *testing.T) {
	r := worldtest.New(t, example).Do(state.OpenExample{})
	tasks := func(what string, do func()) int {
		t.Helper()
		before := r.Engine.Tasks
		do()
		if run := r.M.Project.Run; run.Active || run.Outdated() {
			t.Errorf("%s: the run is active %v, outdated %v", what, run.Active, run.Outdated())
		}
		return r.Engine.Tasks - before
	}
	for what, change := range map[string]func(*analysis.Options){
		"another interval":     func(o *analysis.Options) { o.Interval = "percentile" },
		"adjusted P":           func(o *analysis.Options) { o.Multiplicity = "holm" },
		"effect size":          func(o *analysis.Options) { o.EffectSize = "model" },
		"fewer replicates":     func(o *analysis.Options) { o.Replicates = 1500 },
		"back to 1,500":        func(o *analysis.Options) { o.Replicates = 1500 },
		"the same once again":  func(o *analysis.Options) {},
		"logit as they are":    func(o *analysis.Options) { o.LogitReplicates = 1000 },
		"no family, no matter": func(o *analysis.Options) { o.Family = "all" },
	} {
		if n := tasks(what, func() { smallOptions(r, change) }); n != 0 {
			t.Errorf("%s: %d tasks", what, n)
		}
	}
	odi := outcome(t, r, "odi")
	odi.Label = "Disability"
	if n := tasks("another label", func() { r.Do(state.SetOutcome{Outcome: odi}) }); n != 0 {
		t.Errorf("another label: %d tasks", n)
	}
	if got := r.M.Project.Run.Result.Outcomes[2].Outcome.Label; got != "Disability" {
		t.Errorf("the table still says %q", got)
	}
	odi.Own.Model = "unit"
	if n := tasks("ODI's own model", func() { r.Do(state.SetOutcome{Outcome: odi}) }); n != 1+1500/500 {
		t.Errorf("ODI's own model: %d tasks, one fit and three batches are needed", n)
	}
	if n := tasks("an outcome less", func() { r.Do(state.ToggleOutcome{Variable: "bbq"}) }); n != 0 {
		t.Errorf("an outcome less: %d tasks", n)
	}
	n := tasks("integration by Laplace", func() { smallOptions(r, func(o *analysis.Options) { o.Integration = "laplace" }) })
	if n != 10*(1+1000/20) {
		t.Errorf("Laplace: %d tasks, ten outcomes of one fit and fifty batches need %d", n, 10*51)
	}
	odi.Kind = "nonsense"
	if r.Do(state.SetOutcome{Outcome: odi}); r.M.Trouble == nil || outcome(t, r, "odi").Kind == "nonsense" {
		t.Error("a kind that does not exist was taken")
	}
}

// A run that was cancelled waits for its analyst: a change does not start it.
func TestChangeAfterCancel(t *testing.T) {
	r := worldtest.New(t, example)
	r.Engine.Limit = 30
	r.Do(state.OpenExample{}).Do(state.CancelRun{})
	smallOptions(r, func(o *analysis.Options) { o.Seed = 9 })
	if run := r.M.Project.Run; run.Active || !run.Outdated() {
		t.Errorf("after Cancel and a change the run is active %v, outdated %v", run.Active, run.Outdated())
	}
}

// The numbers of a kept project are there again after a reload without a fit.
func TestResultsOutliveReload(t *testing.T) {
	r := worldtest.New(t, example).Do(state.OpenExample{}).Do(state.Decide{Keep: state.InBrowser})
	before := r.M.Project.Run.Result
	id := r.M.Project.ID
	if r.Elapse().M.Project.Changed {
		t.Fatal("the project is not saved")
	}
	r.M = state.NewModel(r.Desk.Home(), 1)
	tasks := r.Engine.Tasks
	r.Do(state.OpenSaved{ID: id}).Do(state.Go{To: state.Outcomes})
	if r.M.Project == nil || r.M.Project.Run == nil {
		t.Fatalf("not open: %+v", r.M.Trouble)
	}
	if n := r.Engine.Tasks - tasks; n != 0 {
		t.Errorf("%d tasks after the reload", n)
	}
	same(t, r.M.Project.Run.Result, before)
	r.Do(state.MoreReplicates{More: 1000})
	for _, p := range runnable(r) {
		if p.Status() != analysis.Settled || p.Done() != p.Target {
			t.Errorf("1,000 more after a reload: %s is %s with %d of %d", p.Job.Outcome.Variable, p.Status(), p.Done(), p.Target)
		}
	}
}
