package ui

import (
	"strings"
	"testing"

	"trialbox/app/analysis"
	"trialbox/app/state"
)

func TestSensitivityScreen(t *testing.T) {
	r := openedExample(t).Do(state.CancelRun{}).Do(state.Go{To: state.Sensitivity})
	wants(t, draw(r.M), "Not run. 13 analyses of 17 outcomes stand ready", "ready to run", "STarT Back high risk", "As randomised", "Choose people…", `value="sbt_group_0 == 3"`, "without delay")
	r.Do(state.SetSensitivityView{View: state.SensitivityView{Tab: "missing"}})
	wants(t, draw(r.M), "missing at random", "Visits answered", "Baseline of those with and without the visit", "Did not answer")
	s := *r.M.Project.Sensitivity()
	s.Outcomes, s.Shift = []string{"odi"}, analysis.Shift{Chosen: true, Imputations: 3, Steps: 1}
	r.Engine.Limit = 3
	r.Do(state.SetSensitivity{Setting: s}).Do(state.SetSensitivityView{}).Do(state.RunSensitivity{})
	wants(t, draw(r.M), "Running: ", "3 of 17 fits and imputations", "Cancel, keep what is done", "waiting", "3 of 17")
	r.Do(state.CancelSensitivity{})
	wants(t, draw(r.M), "Stopped: ", "Resume")
	r.Engine.Limit = 0
	r.Do(state.RunSensitivity{})
	page := draw(r.M)
	wants(t, page, "Done: ", "17 of 17", "Table S2.", "Table S3.", "4.3", "(0.3–8.3)", "n = 41, 14 units", `id="table-sensitivity-people"`, "13 analyses", "†", "The numbers behind the figure")
	if strings.Contains(page, "waiting") {
		t.Error("something still waits")
	}
	r.Do(state.SetSensitivityView{View: state.SensitivityView{Tab: "shift"}})
	wants(t, draw(r.M), "Table S4.", "The main result at 12 months is significant", "Largest shift", `value="auto"`)
	r.Do(state.AddPopulation{Label: "<b>old</b>", Clause: analysis.Clause{Variable: "age", Compare: ">", Value: "60"}})
	wants(t, draw(r.M), "The choices were changed.", "choices changed", "&lt;b&gt;old&lt;/b&gt;")
}
