package state_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"trialbox/app/analysis"
	"trialbox/app/state"
	"trialbox/app/state/worldtest"
)

func opened(t *testing.T) *worldtest.Rig {
	r := worldtest.New(t, example)
	r.Engine.Limit = 1 // no model is needed here
	return r.Do(state.OpenExample{})
}

// The example comes with its units, so the chart begins with all 27.
func TestFlowOfExample(t *testing.T) {
	r := opened(t)
	f := r.M.Project.Flow()
	if f.Randomised != 27 || f.NobodyCount != [2]int{5, 0} || len(f.Moved[1]) != 2 {
		t.Fatalf("%+v", f)
	}
	if bad := analysis.Disagree(r.M.Project.FlowChecks()); len(bad) != 0 {
		t.Errorf("%+v", bad)
	}
}

// A typed number is an edit like any other: it is checked, undone, done again
// and kept in the recipe; it leaves models as they are.
func TestTypedNumber(t *testing.T) {
	r := opened(t)
	outdated := func() bool { return r.M.Project.Run.Outdated() }
	r.Do(state.SetFlow{Name: "declined", Value: "3"})
	if bad := analysis.Disagree(r.M.Project.FlowChecks()); len(bad) != 1 || !strings.Contains(bad[0].Why, "leaves 7; 6 take part") {
		t.Errorf("%+v", bad)
	}
	r.Do(state.Undo{})
	if bad := analysis.Disagree(r.M.Project.FlowChecks()); len(bad) != 0 || r.M.Project.Redoable() != "the flow chart" || outdated() {
		t.Errorf("after undo: %+v, redo %q, outdated %v", bad, r.M.Project.Redoable(), outdated())
	}
	r.Do(state.Redo{})
	if n := r.M.Project.Recipe.Flow.Declined; n == nil || *n != 3 || outdated() {
		t.Errorf("after redo: %v", n)
	}
	before := r.M.Project.Recipe.Flow
	for _, wrong := range []string{"-1", "many", "1.5", "2000000"} {
		r.Do(state.SetFlow{Name: "approached", Value: wrong})
		if r.M.Trouble == nil || r.M.Project.Recipe.Flow != before {
			t.Errorf("%q was taken", wrong)
		}
		r.Do(state.Dismiss{})
	}
	r.Do(state.SetFlow{Name: "approached", Value: ""})
	if r.M.Project.Recipe.Flow.Approached != nil {
		t.Error("a number cannot be taken back")
	}
	r.Do(state.SetLost{Index: 0, Lost: analysis.LostReason{Visit: "3", Arm: 1, Reason: "declined", People: 97}})
	r.Do(state.SetLost{Index: 1, Lost: analysis.LostReason{Visit: "3", Arm: 0, Reason: " ", People: 1}})
	if r.M.Trouble == nil || len(r.M.Project.Recipe.Flow.Lost) != 1 {
		t.Error("a loss without a reason was taken")
	}
}

// The layout of the tables is edited, undone, and survives a project file.
func TestBaselineEdits(t *testing.T) {
	r := opened(t)
	first := r.M.Project.Baseline()
	row := func(table, row int) analysis.BaselineRow { return r.M.Project.BaselinePlan().Tables[table].Rows[row] }
	r.Do(state.EditBaselineRow{Table: 0, Row: 0, Field: "statistic", Value: "median"})
	if row(0, 0).Statistic != "median" || first.Tables[0].Lines[0].Row.Statistic != "mean" {
		t.Error("the statistic did not change, or was changed under the screen's hands")
	}
	r.Do(state.EditBaselineRow{Table: 0, Row: 0, Field: "statistic", Value: "mode"})
	if r.M.Trouble == nil || row(0, 0).Statistic != "median" {
		t.Error("an unknown statistic was taken")
	}
	r.Do(state.EditBaselineRow{Table: 0, Row: 1, Field: "move", Value: "-1"})
	r.Do(state.EditBaselineRow{Table: 0, Row: 0, Field: "label", Value: "Women"})
	r.Do(state.EditBaselineRow{Table: 1, Row: 2, Field: "name:4", Value: "over a year"})
	r.Do(state.EditBaselineRow{Table: 1, Row: 0, Field: "remove"})
	r.Do(state.EditBaselineRow{Table: 1, Row: 0, Field: "table", Value: "0"})
	r.Do(state.AddBaselineRow{Table: 1, Variable: "sat_heard"})
	r.Do(state.AddBaselineRow{Table: state.UnitsTable, Variable: "n_physicians"})
	r.Do(state.SetBaselineOption{Name: "quartiles", Value: "7"})
	r.Do(state.SetBaselineOption{Name: "cluster_adjusted", Value: "on"})
	plan := r.M.Project.BaselinePlan()
	if row(0, 0).Label != "Women" || row(0, 1).Variable != "age" || row(1, 0).Variable != "pain_duration" || plan.Quartiles != 7 || !plan.Clustered {
		t.Errorf("%+v", plan)
	}
	if last := plan.Tables[1].Rows[len(plan.Tables[1].Rows)-1]; last.Variable != "sat_heard" || last.Section != "Disability" {
		t.Errorf("added: %+v", last)
	}
	if last := plan.Tables[0].Rows[len(plan.Tables[0].Rows)-1]; last.Variable != "nrs_leg" {
		t.Errorf("moved to the other table: %+v", last)
	}
	saved := worldtest.New(t, example)
	r.Do(state.SaveFile{})
	saved.Do(state.FilesChosen{Purpose: "project", Files: []state.Blob{state.Bytes("x.trialbox", r.Desk.Files["Example trial.trialbox"])}})
	if saved.M.Project == nil || !reflect.DeepEqual(saved.M.Project.Recipe.Baseline, plan) {
		t.Error("the tables are not those of the file")
	}
	for range 10 {
		r.Do(state.Undo{})
	}
	if !reflect.DeepEqual(r.M.Project.BaselinePlan(), analysis.ExampleRecipe().Baseline) {
		t.Error("undoing everything does not lead back")
	}
	r.Do(state.ProposeBaseline{})
	if r.M.Project.Recipe.Baseline != nil || len(r.M.Project.BaselinePlan().Tables) != 2 {
		t.Error("the proposed tables are not back")
	}
}

// "Adjust for these" gives the model each variable as the authors had it.
func TestAdjustFor(t *testing.T) {
	r := opened(t)
	want := r.M.Project.Recipe.Mapping.Covariates
	for _, c := range want {
		r.Do(state.ToggleCovariate{Column: c.Column})
	}
	var names []string
	for _, row := range r.M.Project.Imbalanced() {
		names = append(names, row.Variable)
	}
	r.Do(state.AdjustFor{Variables: names})
	got := r.M.Project.Recipe.Mapping.Covariates
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i].Column != want[i].Column || got[i].Factor != want[i].Factor || got[i].Baseline != want[i].Baseline {
			t.Errorf("%+v, the paper has %+v", got[i], want[i])
		}
	}
	if r.M.Project.Undoable() != "adjusting for baseline variables" {
		t.Errorf("undo is called %q", r.M.Project.Undoable())
	}
	r.Do(state.AdjustFor{Variables: []string{"visit_date"}})
	if r.M.Trouble == nil {
		t.Error("a date of the visits became a covariate without a word")
	}
}

// The files of both screens, and result.json in the project file.
func TestBeforeFiles(t *testing.T) {
	r := opened(t)
	r.Do(state.DownloadFlow{Format: "svg"}).Do(state.DownloadFlow{Format: "png"})
	for _, name := range []string{"1", "2", "units", "answered", "missing", "answered.12.2"} {
		for _, format := range []string{"html", "csv", "md"} {
			r.Do(state.DownloadBaseline{Table: name, Format: format})
		}
	}
	for name, want := range map[string]string{"Example trial flow.svg": "27 units randomised", "Example trial flow.png": "<svg", "Example trial table 1.csv": "variable,label", "Example trial table units.md": "Seutukunnan",
		"Example trial table answered.html": "58.4 (184)", "Example trial table missing.csv": "not_begun", "Example trial table answered-12-2.csv": "pain_duration"} {
		if !bytes.Contains(r.Desk.Files[name], []byte(want)) {
			var have []string
			for n := range r.Desk.Files {
				have = append(have, n)
			}
			t.Errorf("%s does not hold %q; files: %v", name, want, have)
		}
	}
	r.Do(state.CopyBaseline{Table: "1"})
	if !bytes.Contains(r.Desk.Files["clipboard"], []byte("<table")) {
		t.Error("nothing was copied")
	}
}
