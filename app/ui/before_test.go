package ui

import (
	"strings"
	"testing"

	"trialbox/app/analysis"
	"trialbox/app/state"
	"trialbox/app/state/worldtest"
)

func openedExample(t *testing.T) *worldtest.Rig {
	r := worldtest.New(t, example)
	r.Engine.Limit = 1
	return r.Do(state.OpenExample{})
}

func TestFlowScreen(t *testing.T) {
	r := openedExample(t).Do(state.Go{To: state.Flow})
	page := draw(r.M)
	wants(t, page, "27 units randomised", "5 units recruited nobody", "Counts that must agree", "In the model of each outcome", "counts agree", `aria-labelledby="flow-t flow-d"`, "The chart as a table", "Reason for moving")
	if strings.Contains(page, "box clash") || strings.Contains(page, "Units randomised to") {
		t.Error("a disagreement, or a number asked for that the units file gives")
	}
	r.Do(state.SetFlow{Name: "approached", Value: "12"})
	wants(t, draw(r.M), "box clash", "12 approached and 4 declined were typed", "1 count disagrees", "disagrees: 8 and 6")
	r.Do(state.SetFlow{Name: "approached", Value: "10"}).Do(state.SetFlowView{View: state.FlowView{Editing: true}})
	wants(t, draw(r.M), "{units} randomised", "{people} answered", `value="person, people"`, "Done with the words")
	r.Do(state.SetFlowView{}).Do(state.SetLost{Lost: analysis.LostReason{Visit: "12", Arm: 0, Reason: "<b>ill</b>", People: 4}})
	wants(t, draw(r.M), "4 &lt;b&gt;ill&lt;/b&gt;", "Reasons at 12 months")
	r.Do(state.RemoveUnits{})
	wants(t, draw(r.M), "Units that recruited nobody are not in the data.", "Units randomised to intervention", "22 units randomised")
}

func TestBaselineScreen(t *testing.T) {
	r := openedExample(t).Do(state.Go{To: state.Baseline})
	wants(t, draw(r.M), "Table 1. Baseline demographic", "Table 2. Baseline characteristics", "n = 234, 12 units", "3 rows differ between the arms:", "All are covariates of the model.", "imbalance", "3 imbalances", "CONSORT advises against", "n = 312")
	r.Do(state.ToggleCovariate{Column: "pain_duration"})
	wants(t, draw(r.M), "1 of them is not in the model.", "Adjust for these")
	r.Do(state.SetBaselineOption{Name: "hide_p", Value: "on"}).Do(state.SetBaselineOption{Name: "imbalance", Value: "none"})
	if page := draw(r.M); strings.Contains(page, "rows differ") || strings.Contains(page, "&lt;0.001") {
		t.Error("hidden P values or unmarked rows are still there")
	}
	r.Do(state.SetBaselineView{View: state.BaselineView{Tab: "people", Editing: true, Row: "1.2"}})
	wants(t, draw(r.M), `id="edit-statistic"`, "“4” is called", `>12 months"`, "proposed as % (n), as it has 4 values", "Back to the proposed rows", `aria-label="Take out: ODI (0–100)"`)
	r.Do(state.SetBaselineView{View: state.BaselineView{Tab: "units"}})
	wants(t, draw(r.M), "Characteristics of the units", "n = 15", "Seutukunnan työterveys")
	r.Do(state.SetBaselineView{View: state.BaselineView{Tab: "attrition", Visit: 1}})
	wants(t, draw(r.M), "58.5", "At these visits and no other", "Those who answered, against those who did not", "Did not answer", "Items missing")
}

// Before anything is open, and before the columns make a trial, both screens
// say what is missing.
func TestBeforeScreensEmpty(t *testing.T) {
	for _, screen := range []state.Screen{state.Flow, state.Baseline} {
		r := worldtest.New(t, example).Do(state.Go{To: screen})
		wants(t, draw(r.M), "There is no trial yet.", "needs data")
		r.Do(state.FilesChosen{Purpose: "data", Files: []state.Blob{state.Bytes("x.csv", []byte("a,b\n1,2\n3,4\n"))}}).Do(state.Go{To: screen})
		wants(t, draw(r.M), "The columns do not make a trial yet", "needs roles")
	}
}

// A trial of one's own has both screens without a decision: tables proposed,
// units counted from the data.
func TestBeforeScreensOfOwnFile(t *testing.T) {
	r := worldtest.New(t, example).Do(state.FilesChosen{Purpose: "data", Files: []state.Blob{state.Bytes("own.csv", []byte(`clinic,id,group,visit,age,sex,score
A,1,control,0,40,f,5
A,1,control,6,40,f,4
A,2,control,0,50,m,6
B,3,treatment,0,60,f,8
B,4,treatment,0,70,m,9
B,4,treatment,6,70,m,2
`))}})
	if r.M.Project.TrialErr != "" {
		t.Fatal(r.M.Project.TrialErr)
	}
	wants(t, draw(r.Do(state.Go{To: state.Flow}).M), "2 units randomised", "1 unit to", "2 people", "Add a units file")
	wants(t, draw(r.Do(state.Go{To: state.Baseline}).M), "Age", "Sex", "Each arm has one unit")
}
