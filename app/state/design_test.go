package state_test

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"

	"trialbox/app/design"
	"trialbox/app/state"
	"trialbox/app/state/worldtest"
	"trialbox/stats/power"
)

func planned(r *worldtest.Rig, change func(*design.Choices)) {
	c, _ := r.M.Choices()
	change(&c)
	r.Do(state.SetDesign{Choices: c})
}

// Without a project the screen works and keeps its choices in memory; with one
// they are part of its recipe, can be undone, and come back with the project.
func TestDesignChoices(t *testing.T) {
	r := worldtest.New(t, example).Do(state.Go{To: state.Design})
	if a := r.M.Plan.Answer; a == nil || a.Size.NRounded != 162 {
		t.Fatalf("%+v", a)
	}
	planned(r, func(c *design.Choices) { c.Size.ICC = "0.02" })
	if _, kept := r.M.Choices(); kept || r.M.Plan.Answer.Plan.ICC != 0.02 {
		t.Errorf("kept %v, %+v", kept, r.M.Plan.Answer.Plan)
	}
	r.Engine.Limit = 1
	r.Do(state.OpenExample{}).Do(state.Go{To: state.Design})
	if c, kept := r.M.Choices(); kept || c.Size.ICC != "0.02" || r.M.Project.Recipe.Design != nil {
		t.Errorf("opening a trial changed the plan: %v %+v", kept, c.Size)
	}
	planned(r, func(c *design.Choices) { c.Size.ICC = "0.03" })
	if c, kept := r.M.Choices(); !kept || c.Size.ICC != "0.03" || !strings.Contains(string(r.M.Project.Recipe.JSON()), `"icc": "0.03"`) {
		t.Errorf("the plan is not in the recipe: %v %+v", kept, c.Size)
	}
	if r.M.Project.Undoable() != "the design of a trial" {
		t.Errorf("undoable: %q", r.M.Project.Undoable())
	}
	planned(r, func(c *design.Choices) { c.Size.ICC = "0.04" })
	if r.Do(state.Undo{}); r.M.Plan.Answer.Plan.ICC != 0.03 {
		t.Errorf("after an undo the numbers are of an ICC of %v", r.M.Plan.Answer.Plan.ICC)
	}
	r.Do(state.SaveFile{})
	file := r.Desk.Files["Example trial.trialbox"]
	again := worldtest.New(t, example).Do(state.FilesChosen{Purpose: "project", Files: []state.Blob{state.Bytes("x.trialbox", file)}}).Do(state.Go{To: state.Design})
	if c, kept := again.M.Choices(); !kept || c.Size.ICC != "0.03" || again.M.Plan.Answer.Plan.ICC != 0.03 {
		t.Errorf("after opening the file: %v %+v", kept, c.Size)
	}
}

// A simulation that is stopped keeps what came, goes on with exactly the
// missing trials, and ends with the numbers of one that was never stopped.
func TestSimulation(t *testing.T) {
	start := func(limit int) *worldtest.Rig {
		r := worldtest.New(t, example).Do(state.Go{To: state.Design})
		planned(r, func(c *design.Choices) { c.Trials.Trials, c.Trials.Visits = "300", "2" })
		r.Engine.Limit = limit
		return r.Do(state.Simulate{})
	}
	whole := start(0)
	s := whole.M.Plan.Sim
	if s == nil || s.Active || s.Stopped || s.Summary.Trials != 300 || s.Summary.Power < 0.6 || s.Summary.Power > 0.95 {
		t.Fatalf("%+v", s)
	}
	r := start(3)
	if s := r.M.Plan.Sim; !s.Active || len(s.Batches) != 3 {
		t.Fatalf("not in the middle: %+v", s)
	}
	r.Do(state.Tick{Now: 1000})
	if got := r.M.Plan.Sim.Summary.Trials; got != 150 {
		t.Errorf("%d trials after a tick", got)
	}
	r.Engine.Limit = 0
	r.Do(state.CancelSimulation{}).Do(state.ResumeSimulation{})
	if got := r.M.Plan.Sim.Summary; !reflect.DeepEqual(got, s.Summary) {
		t.Errorf("stopped and resumed: %+v\nwhole: %+v", got, s.Summary)
	}
	whole.Do(state.MoreTrials{More: 100})
	if got := whole.M.Plan.Sim.Summary.Trials; got != 400 {
		t.Errorf("%d trials with 100 more", got)
	}
	planned(whole, func(c *design.Choices) { c.Size.SD = "9" })
	if !whole.M.SimulationOutdated() {
		t.Error("another SD, and the numbers still count")
	}
	planned(whole, func(c *design.Choices) { c.Size.SD, c.Trials.Seed = "", "1" })
	whole.Do(state.Simulate{})
	if whole.M.Plan.Wrong["plan"] == "" {
		t.Errorf("a simulation without a plan: %v", whole.M.Plan.Wrong)
	}
}

// Every family goes from the fields to a number.
func TestSimulatedFamilies(t *testing.T) {
	for name, change := range map[string]func(*design.Choices){
		"binary":    func(c *design.Choices) { c.Size.Outcome, c.Trials.Visits = design.Shares, "1" },
		"ordinal":   func(c *design.Choices) { c.Trials.Model, c.Trials.Visits = design.Ordinal, "1" },
		"bootstrap": func(c *design.Choices) { c.Trials.SE, c.Trials.Replicates = "bootstrap", "20" },
	} {
		r := worldtest.New(t, example).Do(state.Go{To: state.Design})
		planned(r, func(c *design.Choices) { c.Trials.Trials = "10"; change(c) })
		r.Do(state.Simulate{})
		s := r.M.Plan.Sim
		if s == nil || s.Summary.Trials != 10 || s.Summary.Failed > 0 {
			t.Errorf("%s: %+v %v", name, s, r.M.Plan.Wrong)
			continue
		}
		if got := power.Summarize(s.Job, []*power.Batch{power.NewSimulator(s.Job).Run(0, 10)}); !reflect.DeepEqual(got, s.Summary) {
			t.Errorf("%s: %+v\nby itself: %+v", name, s.Summary, got)
		}
	}
}

// The ICC of the open trial comes by a click; what cannot be estimated is said.
func TestTakeICC(t *testing.T) {
	r := worldtest.New(t, example)
	r.Engine.Limit = 1
	r.Do(state.OpenExample{})
	r.Engine.Limit = 0
	r.Do(state.Go{To: state.Design}).Do(state.TakeICC{Variable: "odi", Label: "ODI", Visit: 0})
	c := r.M.Plan.Observed
	if c == nil || c.Err != "" || r.M.Plan.Taking() || c.Clusters != 22 || !(c.Low <= c.Value && c.Value <= c.High && c.High < 0.3) {
		t.Fatalf("%+v", c)
	}
	r.Do(state.TakeICC{Variable: "nothing", Label: "Nothing", Visit: 0})
	if c := r.M.Plan.Observed; c.Err == "" {
		t.Errorf("%+v", c)
	}
}

func unitsBlob(t *testing.T) state.Blob {
	t.Helper()
	b, err := os.ReadFile("../trial/testdata/units.csv")
	if err != nil {
		t.Fatal(err)
	}
	return state.Bytes("units.csv", b)
}

// A units file, drawn: the list and the log as files, the same again from the
// same seed, another from another, and the log alone gives the list.
func TestDraw(t *testing.T) {
	r := worldtest.New(t, example).Do(state.Go{To: state.Design}).Do(state.DrawUnits{})
	if r.M.Plan.Refused["units"] == "" {
		t.Error("drawn without units")
	}
	r.Do(state.FilesChosen{Purpose: "allocate", Files: []state.Blob{unitsBlob(t)}})
	if c, _ := r.M.Choices(); r.M.Plan.Units == nil || !reflect.DeepEqual(c.Allocation.Strata, []string{"stratum"}) {
		t.Fatalf("%+v", c.Allocation)
	}
	r.Do(state.DrawUnits{})
	if r.M.Plan.Refused["seed"] == "" || r.M.Plan.Drawn != nil {
		t.Errorf("drawn without a seed: %v", r.M.Plan.Refused)
	}
	lists := map[string][]byte{}
	for _, seed := range []string{"42", "43", "42"} {
		planned(r, func(c *design.Choices) { c.Allocation.Seed = seed })
		r.Do(state.DrawUnits{}).Do(state.DownloadDesign{What: "allocation.csv"}).Do(state.DownloadDesign{What: "allocation.json"})
		list := r.Desk.Files["design allocation.csv"]
		if old := lists[seed]; old != nil && !bytes.Equal(old, list) {
			t.Error("the same seed, another list")
		}
		lists[seed] = list
	}
	if bytes.Equal(lists["42"], lists["43"]) || !bytes.Equal(lists["42"], r.M.Plan.Drawn.List) {
		t.Error("the list does not follow the seed")
	}
	log := r.Desk.Files["design allocation.json"]
	if _, again, err := design.ReadLog("log.json", log); err != nil || !bytes.Equal(again, lists["42"]) {
		t.Errorf("the log gives another list: %v", err)
	}
	again := worldtest.New(t, example).Do(state.Go{To: state.Design}).Do(state.FilesChosen{Purpose: "allocation-log", Files: []state.Blob{state.Bytes("log.json", log)}})
	if d := again.M.Plan.Drawn; d == nil || !bytes.Equal(d.List, lists["42"]) || d.Read != "log.json" {
		t.Errorf("the log read on the page: %+v %v", d, again.M.Trouble)
	}
	again.Do(state.FilesChosen{Purpose: "allocation-log", Files: []state.Blob{state.Bytes("log.json", bytes.Replace(log, []byte(`"seed": 42`), []byte(`"seed": 44`), 1))}})
	if again.M.Trouble == nil || !strings.Contains(again.M.Trouble.Text, "the log was changed") {
		t.Errorf("a forged log: %+v", again.M.Trouble)
	}
	planned(r, func(c *design.Choices) { c.Allocation.Concealed = true })
	r.Do(state.DrawUnits{})
	for _, line := range strings.Split(strings.TrimSpace(string(r.M.Plan.Drawn.List)), "\n")[1:] {
		if arm := line[strings.LastIndex(line, ",")+1:]; arm != "A" && arm != "B" {
			t.Fatalf("a concealed list says %s", arm)
		}
	}
}

// What cannot be drawn is said beside its field.
func TestDrawRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		file   string
		change func(*design.Allocation)
		field  string
		says   string
	}{
		"twice":                    {"unit,size\na,1\nb,2\na,3\n", func(*design.Allocation) {}, "unit", "lines 2 and 4"},
		"strata as many as units":  {"unit,size\na,1\nb,2\nc,3\n", func(a *design.Allocation) { a.Strata = []string{"unit"} }, "strata", "stratum of its own"},
		"a unit without a stratum": {"unit,region\na,n\nb,\nc,n\n", func(a *design.Allocation) { a.Strata = []string{"region"} }, "strata", "line 3"},
		"impossible": {"unit,size\na,1\nb,1\nc,1\nd,9\n", func(a *design.Allocation) {
			a.Method, a.Balance, a.Within = "constrained", []string{"size"}, []design.Limit{{Column: "size", Text: "0.5"}}
		}, "within", "none of 6 allocations"},
		"nothing to balance": {"unit,size\na,1\nb,1\nc,1\n", func(a *design.Allocation) { a.Method = "minimise" }, "balance", "needs strata or covariates"},
		"blocks":             {"unit,size\na,1\nb,1\nc,1\n", func(a *design.Allocation) { a.Blocks = "3" }, "blocks", "multiple of 2"},
		"ratio":              {"unit,size\na,1\nb,1\nc,1\n", func(a *design.Allocation) { a.Ratio = "1:0" }, "ratio", "from 1 to 100"},
		"no arms":            {"unit,size\na,1\nb,1\nc,1\n", func(a *design.Allocation) { a.Arms = "one," }, "arms", "names of the arms"},
		"one unit":           {"unit,size\na,1\n", func(*design.Allocation) {}, "unit", "cannot fill"},
	} {
		r := worldtest.New(t, example).Do(state.Go{To: state.Design}).Do(state.FilesChosen{Purpose: "allocate", Files: []state.Blob{state.Bytes("units.csv", []byte(c.file))}})
		planned(r, func(x *design.Choices) { x.Allocation.Seed = "1"; c.change(&x.Allocation) })
		r.Do(state.DrawUnits{})
		if got := r.M.Plan.Refused; len(got) != 1 || !strings.Contains(strings.ToLower(got[c.field]), strings.ToLower(c.says)) || r.M.Plan.Drawn != nil {
			t.Errorf("%s: %v %v", name, got, r.M.Trouble)
		}
	}
	r := worldtest.New(t, example).Do(state.Go{To: state.Design}).Do(state.FilesChosen{Purpose: "allocate", Files: []state.Blob{state.Bytes("two.csv", []byte("unit\na\nb\n"))}})
	planned(r, func(x *design.Choices) { x.Allocation.Seed = "1" })
	r.Do(state.DrawUnits{})
	if r.M.Plan.Drawn == nil || !strings.Contains(strings.Join(r.M.Plan.Drawn.Log.Result.Warnings, " "), "One unit came to") {
		t.Errorf("one unit an arm: %v %v", r.M.Plan.Refused, r.M.Plan.Drawn)
	}
}

// The units of an open trial can be allocated: who they are, how many people
// they have, and what is the same in all their rows.
func TestTrialUnits(t *testing.T) {
	r := worldtest.New(t, example)
	r.Engine.Limit = 1
	r.Do(state.OpenExample{}).Do(state.Go{To: state.Design}).Do(state.UseTrialUnits{})
	d := r.M.Plan.Units
	if d == nil || d.Rows != 22 || d.Column("people") == nil {
		t.Fatalf("%+v", d)
	}
	sum := 0.0
	for row := range d.Rows {
		sum += d.Column("people").Num(row)
	}
	if sum != 315 {
		t.Errorf("%v people of 315", sum)
	}
}
