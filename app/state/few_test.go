package state_test

import (
	"strings"
	"testing"

	"trialbox/app/analysis"
	"trialbox/app/state"
	"trialbox/app/state/worldtest"
)

// The methods are compared for one outcome of the example: every line stands,
// the verdict follows, another visit and a changed option are told.
func TestCompareMethods(t *testing.T) {
	r := worldtest.New(t, example)
	r.Engine.Limit = 1 // the outcomes' own run is not waited for
	r.Do(state.OpenExample{}).Do(state.CancelRun{}).Do(state.Decide{Keep: state.InBrowser})
	r.Engine.Limit = 0
	r.Do(state.CompareMethods{Variable: "odi"})
	few := r.M.Project.Few
	if few == nil || few.Active || few.Run.Plan.Err != "" {
		t.Fatalf("%+v", few)
	}
	table := r.M.Project.FewTable()
	if table == nil || len(table.Rows) != 9 {
		t.Fatal("no table of nine methods")
	}
	for _, row := range table.Rows {
		if strings.HasPrefix(row.Label, "Cluster bootstrap") {
			continue
		}
		if row.Cells[0].Value == "" || row.Cells[3].Value == "" {
			t.Errorf("%s: %+v", row.Label, row.Cells)
		}
	}
	if verdict := strings.Join(table.Notes, " "); !strings.Contains(verdict, "With 10 and 12 units in the arms") {
		t.Error(verdict)
	}
	reopened(t, r, state.Outcomes, 1)
	if again := r.M.Project.FewTable(); r.Engine.Tasks > 1 || again == nil || again.HTML() != table.HTML() {
		t.Errorf("after a reload and %d tasks:\n%+v\nbefore:\n%+v", r.Engine.Tasks, again, table)
	}
	before := table.Title
	r.Do(state.ShowFewVisit{Index: 0})
	if r.M.Project.FewTable().Title == before {
		t.Error("another visit is not shown")
	}
	if r.M.Project.FewOutdated() {
		t.Error("outdated without a change")
	}
	r.Do(state.SetOptions{Options: func() analysis.Options { o := r.M.Project.Recipe.Options; o.Method = "reml"; return o }()})
	if !r.M.Project.FewOutdated() {
		t.Error("another method is not told")
	}
}
