package state_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"reflect"
	"strings"
	"testing"

	"trialbox/app/analysis"
	"trialbox/app/report"
	"trialbox/app/state"
	"trialbox/app/state/worldtest"
)

// few is the example's block with few outcomes and imputations.
func few(r *worldtest.Rig) *analysis.Sensitivity {
	s := *r.M.Project.Sensitivity()
	s.Outcomes = []string{"odi"}
	s.Shift = analysis.Shift{Chosen: true, Imputations: 3, Steps: 1}
	return &s
}

func openSensitivity(t *testing.T) *worldtest.Rig {
	t.Helper()
	r := worldtest.New(t, example)
	r.Engine.Limit = 1 // the outcomes' own run is not waited for
	r.Do(state.OpenExample{}).Do(state.CancelRun{})
	r.Engine.Limit = 0
	return r.Do(state.Go{To: state.Sensitivity}).Do(state.SetSensitivity{Setting: *few(r)})
}

// The variants run to the end, fill every cell, and a second run asks for
// nothing.
func TestSensitivityRuns(t *testing.T) {
	r := openSensitivity(t)
	r.Do(state.RunSensitivity{})
	p := r.M.Project
	if p.Checks == nil || p.Checks.Active || p.SensitivityOutdated() {
		t.Fatalf("the run did not end: %+v", p.Checks)
	}
	result := p.Checks.Result
	if len(result.Columns) != 14 || len(result.Outcomes) != 1 || len(result.Shifts) != 2 {
		t.Fatalf("%d columns, %d outcomes, %d shifts", len(result.Columns), len(result.Outcomes), len(result.Shifts))
	}
	for k, row := range result.Outcomes[0].Rows {
		for _, c := range row.Cells {
			if row.Why != "" || !(c.SE > 0) {
				t.Errorf("%s: %q, %+v", result.Columns[k].Variant.ID, row.Why, c)
			}
		}
	}
	if result.Columns[1].Variant.ID != "randomised" || result.Columns[1].Patients != 315 {
		t.Errorf("as randomised: %+v", result.Columns[1])
	}
	if done, target := p.Checks.Run.Done(); done != target || target != 14+3 {
		t.Errorf("%d of %d", done, target)
	}
	before := r.Engine.Tasks
	r.Do(state.RunSensitivity{})
	if r.Engine.Tasks != before || !reflect.DeepEqual(r.M.Project.Checks.Result.Outcomes[0].Rows[3].Cells, result.Outcomes[0].Rows[3].Cells) {
		t.Errorf("%d tasks more for the same numbers", r.Engine.Tasks-before)
	}
	smallOptions(r, func(o *analysis.Options) { o.Seed = 7 })
	if !r.M.Project.SensitivityOutdated() {
		t.Error("other options do not outdate the variants")
	}
}

// reopened closes the page and opens what it kept on a screen, where no more than limit tasks are done (0 = all).
func reopened(t *testing.T, r *worldtest.Rig, screen state.Screen, limit int) {
	t.Helper()
	id := r.M.Project.ID
	if r.Elapse().M.Project.Changed {
		t.Fatal("the project is not saved")
	}
	home := r.M.Home
	r.M = state.NewModel(home, 1)
	r.Engine.Limit, r.Engine.Tasks = limit, 0
	r.Do(state.OpenSaved{ID: id}).Do(state.Go{To: screen})
	if r.M.Project == nil {
		t.Fatalf("not open: %+v", r.M.Trouble)
	}
}

// The numbers beside the main result are there again after a reload without a
// fit, and not where they are another build's or of another setting.
func TestSensitivityOutlivesReload(t *testing.T) {
	r := openSensitivity(t).Do(state.Decide{Keep: state.InBrowser}).Do(state.RunSensitivity{})
	before := r.M.Project.Checks.Result
	r.Elapse()
	reopened(t, r, state.Sensitivity, 0)
	checks := r.M.Project.Checks
	if checks == nil || checks.Active || r.Engine.Tasks != 0 || r.M.Project.SensitivityOutdated() {
		t.Fatalf("after a reload: %+v, %d tasks", checks, r.Engine.Tasks)
	}
	for k, want := range report.SensitivityTables(before) {
		if got := report.SensitivityTables(checks.Result)[k]; got.HTML() != want.HTML() {
			t.Errorf("before:\n%s\nafter:\n%s", want.HTML(), got.HTML())
		}
	}
	s := *r.M.Project.Sensitivity()
	s.Shift.Steps = 2
	r.Do(state.SetSensitivity{Setting: s})
	reopened(t, r, state.Sensitivity, 0)
	if c := r.M.Project.Checks; c != nil {
		t.Errorf("another setting's numbers are shown: %+v", c.Setting)
	}
	s.Shift.Steps = 1
	r.Do(state.SetSensitivity{Setting: s})
	r.Elapse()
	r.M.Home.Version = "another"
	reopened(t, r, state.Sensitivity, 0)
	if c := r.M.Project.Checks; c != nil {
		t.Error("another build's numbers are shown")
	}
}

// Cancel keeps what came, and the next run asks for the rest only.
func TestSensitivityCancel(t *testing.T) {
	r := openSensitivity(t)
	r.Engine.Limit = 4
	r.Do(state.RunSensitivity{}).Do(state.CancelSensitivity{})
	done, target := r.M.Project.Checks.Run.Done()
	if !r.M.Project.Checks.Stopped || done != 4 || done >= target {
		t.Fatalf("%d of %d, stopped %v", done, target, r.M.Project.Checks.Stopped)
	}
	r.Engine.Limit, r.Engine.Tasks = 0, 0
	r.Do(state.RunSensitivity{})
	if done, target = r.M.Project.Checks.Run.Done(); done != target || r.Engine.Tasks != 10 {
		t.Errorf("%d of %d after %d fits", done, target, r.Engine.Tasks)
	}
}

// Populations are built, narrowed, refused with a reason, undone, and stand in
// the recipe.
func TestSensitivityPopulations(t *testing.T) {
	r := openSensitivity(t)
	r.Do(state.AddPopulation{Label: "Over 50", Clause: analysis.Clause{Variable: "age", Compare: ">", Value: "50"}})
	find := func(id string) *analysis.Variant {
		for _, v := range r.M.Project.Recipe.Sensitivity.Variants {
			if v.ID == id {
				return &v
			}
		}
		return nil
	}
	if v := find("over-50"); v == nil || v.Where != "age > 50" || !v.Chosen {
		t.Fatalf("%+v, %+v", v, r.M.Trouble)
	}
	r.Do(state.AddPopulation{To: "over-50", Clause: analysis.Clause{Variable: "sector", Compare: "==", Value: "public"}})
	if v := find("over-50"); v.Where != `age > 50 & sector == "public"` || v.Label != "Over 50" {
		t.Errorf("narrowed: %+v", v)
	}
	r.Do(state.Undo{})
	if v := find("over-50"); v.Where != "age > 50" {
		t.Errorf("after undo: %+v", v)
	}
	r.Do(state.Redo{})
	for what, msg := range map[string]state.Msg{
		"no row fulfils": state.AddPopulation{Clause: analysis.Clause{Variable: "age", Compare: ">", Value: "200"}},
		"is not one":     state.AddPopulation{Clause: analysis.Clause{Variable: "age", Compare: ">", Value: "old"}},
		"position":       state.SetWhere{ID: "over-50", Where: "age > "},
	} {
		if r.Do(msg); r.M.Trouble == nil || !strings.Contains(r.M.Trouble.Text, what) {
			t.Errorf("%+v: %+v", msg, r.M.Trouble)
		}
		r.Do(state.Dismiss{})
	}
	if v := find("over-50"); v.Where != `age > 50 & sector == "public"` {
		t.Errorf("refusals changed it: %+v", v)
	}
	r.Do(state.AddCovariateSet{Without: true, Covariate: r.M.Project.Recipe.Mapping.Covariates[0]})
	if v := find("without-delay-of-the-baseline-answer"); v == nil || len(v.Own.Covariates) != 2 {
		t.Errorf("a covariate less: %+v", v)
	}
	again, err := analysis.ParseRecipe(r.M.Project.Recipe.JSON())
	if err != nil || !reflect.DeepEqual(again.Sensitivity, r.M.Project.Recipe.Sensitivity) {
		t.Errorf("the recipe does not read back: %v", err)
	}
	r.Do(state.RemoveVariant{ID: "over-50"})
	if find("over-50") != nil {
		t.Error("it is still there")
	}
}

// Tables and figures of the screen come out as files.
func TestSensitivityFiles(t *testing.T) {
	r := openSensitivity(t)
	r.Do(state.RunSensitivity{})
	for _, name := range []string{"people", "models", "shift"} {
		table := r.M.Project.SensitivityTable(name)
		if table == nil {
			t.Fatalf("no table %s", name)
		}
		r.Do(state.DownloadBaseline{Table: "sensitivity-" + name, Format: "csv"})
	}
	r.Do(state.DownloadSensitivity{Figure: "forest", Format: "svg"}).Do(state.DownloadSensitivity{Figure: "tipping", Format: "png"}).Do(state.CopyBaseline{Table: "sensitivity-people"})
	var names []string
	for name, body := range r.Desk.Files {
		names = append(names, name)
		if len(body) < 200 {
			t.Errorf("%s holds %d bytes", name, len(body))
		}
	}
	if len(names) != 6 {
		t.Errorf("%q", names)
	}
	var file bytes.Buffer
	if err := state.WriteProject(context.Background(), &file, r.M.Project); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("result.json")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(f); err != nil || !strings.Contains(string(b), `"shifted_missing_outcomes"`) {
		t.Errorf("the project's result.json has no sensitivity: %v", err)
	}
	csv := string(r.Desk.Files["Example trial table sensitivity-people.csv"])
	if !strings.Contains(csv, "risk-high_estimate") || !strings.Contains(csv, "odi,12,4.3") {
		t.Errorf("%.300s", csv)
	}
	if v := report.ShiftVerdict(r.M.Project.Checks.Result, r.M.Project.Checks.Result.Shifts[1]); !strings.Contains(v, "12 months is significant (P 0.0") || !strings.Contains(v, "the intervention arm") {
		t.Error(v)
	}
}
