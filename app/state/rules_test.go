package state_test

import (
	"os"
	"strings"
	"testing"

	"trialbox/app/dataset"
	"trialbox/app/state"
	"trialbox/app/state/worldtest"
	"trialbox/app/trial"
)

func file(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func drop(r *worldtest.Rig, name, body string) *worldtest.Rig { return choose(r, "drop", name, body) }

func choose(r *worldtest.Rig, purpose, name, body string) *worldtest.Rig {
	return r.Do(state.FilesChosen{Purpose: purpose, Files: []state.Blob{state.Bytes(name, []byte(body))}})
}

func broken(t *testing.T) *worldtest.Rig {
	return drop(worldtest.New(t, example), "broken_long.csv", file(t, "../dataset/testdata/broken_long.csv"))
}

func open(p *state.Project) []dataset.Problem {
	var out []dataset.Problem
	for _, q := range p.Findings {
		if q.Severity > dataset.Note {
			out = append(out, q)
		}
	}
	return out
}

// Every finding of the broken file is dealt with in one of the three ways; what
// is left is none, and taking all back gives the nine again.
func TestFindingsAreDecided(t *testing.T) {
	r := broken(t)
	if n := len(open(r.M.Project)); n != 9 {
		t.Fatalf("%d findings in the broken file", n)
	}
	for i := 0; i < 9; i++ {
		q := open(r.M.Project)[0]
		x := dataset.Correction{Decision: dataset.AcceptAsIs, Line: q.Line, Column: q.Column, Before: q.Value, Finding: q.Kind}
		if i%2 == 1 && q.Line > 0 {
			x = dataset.Correction{Decision: dataset.ExcludeRow, Line: q.Line, Finding: q.Kind, Reason: "checked with the site"}
		}
		before := len(open(r.M.Project))
		r.Do(state.DecideRow{x})
		if after := len(open(r.M.Project)); after != before-1 {
			t.Fatalf("%d findings after %s of %q, %d before", after, x.Decision, q.Kind, before)
		}
	}
	p := r.M.Project
	if p.Recipe.Decisions == nil || p.Recipe.Decisions.Count != 9 || p.Recipe.Decisions.SHA256 == "" {
		t.Errorf("the recipe says %+v", p.Recipe.Decisions)
	}
	if recipe := string(p.Recipe.JSON()); strings.Contains(recipe, "checked with the site") {
		t.Error("the recipe holds a decision")
	}
	r.Do(state.DownloadDecisions{})
	body := r.Desk.Files["broken_long.corrections.csv"]
	if list, err := dataset.ReadDecisions("c", body, p.Dataset.SHA256); err != nil || len(list) != 9 {
		t.Errorf("the file of decisions: %d, %v", len(list), err)
	}
	fresh := choose(broken(t), "decisions", "c.csv", string(body))
	if n := len(open(fresh.M.Project)); n != 0 {
		t.Errorf("%d findings are left when the decisions are loaded from their file", n)
	}
	for range 9 {
		r.Do(state.TakeBack{0})
	}
	if n := len(open(r.M.Project)); n != 9 || r.M.Project.Recipe.Decisions != nil {
		t.Errorf("%d findings after all was taken back, note %+v", n, r.M.Project.Recipe.Decisions)
	}
}

func TestExclusionNeedsAReason(t *testing.T) {
	r := broken(t).Do(state.DecideRow{dataset.Correction{Decision: dataset.ExcludeRow, Line: 3}})
	if r.M.Trouble == nil || len(r.M.Project.Decisions) != 0 {
		t.Errorf("left out without a reason: %+v", r.M.Project.Decisions)
	}
}

// A corrected cell changes the trial; undo and redo go to and fro; the project
// file keeps it.
func TestUndoRedo(t *testing.T) {
	r := broken(t)
	var slip dataset.Problem
	for _, q := range open(r.M.Project) {
		if q.Kind == "text in a number" || q.Kind == "implausible number" {
			slip = q
		}
	}
	if slip.Line == 0 {
		t.Fatalf("no slip among %+v", open(r.M.Project))
	}
	rows := r.M.Project.Trial.Rows
	r.Do(state.DecideRow{dataset.Correction{Decision: dataset.CorrectCell, Line: slip.Line, Column: slip.Column, Before: slip.Value, After: "3", Finding: slip.Kind}})
	if n := len(open(r.M.Project)); n != 8 || r.M.Project.Trial.Rows != rows {
		t.Fatalf("%d findings, %d rows after the correction of %v", n, r.M.Project.Trial.Rows, slip)
	}
	if got := r.M.Project.Undoable(); got != "the correction of a cell" {
		t.Errorf("undo offers %q", got)
	}
	r.Do(state.SetColumnRule{[]string{"sector"}, dataset.ColumnRule{Recode: map[string]string{"private": "profit"}}})
	if c := r.M.Project.Dataset.Column("sector"); len(c.Recoded) != 1 {
		t.Errorf("sector was not recoded: %+v", c.Recoded)
	}
	var zip []byte
	r.Do(state.SaveFile{})
	zip = r.Desk.Files["broken_long.trialbox"]
	r.Do(state.Undo{}).Do(state.Undo{})
	if n := len(open(r.M.Project)); n != 9 || len(r.M.Project.Dataset.Column("sector").Recoded) != 0 || r.M.Project.Undoable() != "" {
		t.Errorf("%d findings after undo, undo offers %q", n, r.M.Project.Undoable())
	}
	r.Do(state.Redo{}).Do(state.Redo{})
	if n := len(open(r.M.Project)); n != 8 || len(r.M.Project.Dataset.Column("sector").Recoded) != 1 || r.M.Project.Redoable() != "" {
		t.Errorf("%d findings after redo", n)
	}
	again := drop(worldtest.New(t, example), "broken_long.trialbox", string(zip)).M.Project
	if again == nil || len(again.Decisions) != 1 || len(open(again)) != 8 || len(again.Dataset.Column("sector").Recoded) != 1 {
		t.Errorf("the project file lost a decision or a rule")
	}
}

func TestUnitsFileBeside(t *testing.T) {
	r := drop(worldtest.New(t, example), "trial_long.csv", file(t, example))
	choose(r, "units", "units.csv", file(t, "../trial/testdata/units.csv"))
	u := r.M.Project.Units
	if u == nil || u.Joined == nil || u.Joined.Empty != 5 {
		t.Fatalf("units file: %+v", r.M.Trouble)
	}
	if use := r.M.Project.Recipe.Units; use == nil || use.File != "units.csv" || use.Mapping != u.Mapping {
		t.Errorf("the recipe names %+v", use)
	}
	r.Do(state.SaveFile{})
	again := drop(worldtest.New(t, example), "x.trialbox", string(r.Desk.Files["trial_long.trialbox"])).M.Project
	if again.Units == nil || again.Units.Joined == nil || again.Units.Joined.Empty != 5 {
		t.Error("the project file lost the units file")
	}
	r.Do(state.SetUnitsRole{"unit", "sector"})
	if r.M.Project.Units.Joined == u.Joined {
		t.Error("another column for the unit changed nothing")
	}
	r.Do(state.RemoveUnits{})
	if r.M.Project.Units != nil || r.M.Project.Recipe.Units != nil {
		t.Error("the units file is still there")
	}
	if r.Do(state.Undo{}); r.M.Project.Units == nil {
		t.Error("undo does not bring the units file back")
	}
	choose(r, "units", "none.csv", "")
	if r.M.Trouble == nil || r.M.Project.Units == nil {
		t.Error("an empty units file was taken, or took the other away")
	}
}

const dictionaryText = `Variable / Field Name,Form Name,Field Type,Field Label,"Choices, Calculations, OR Slider Labels",Text Validation Type OR Show Slider Number,Text Validation Min,Text Validation Max
sector,base,radio,Sector of the unit,"public, Public | private, Private",,,
bmi,base,text,Body mass index,,number,12,30
height,base,text,Height,,number,,
`

func TestDictionaryBeside(t *testing.T) {
	r := drop(worldtest.New(t, example), "trial_long.csv", file(t, example))
	choose(r, "dictionary", "dict.csv", dictionaryText)
	p := r.M.Project
	if p.Recipe.Reading.Dictionary == nil || p.Dataset.Column("sector").Label != "Sector of the unit" {
		t.Fatalf("the dictionary was not used: %+v", r.M.Trouble)
	}
	matched, absent, unknown := p.DictionaryFit()
	if matched != 2 || len(absent) != 1 || absent[0] != "height" || len(unknown) != len(p.Dataset.Columns)-2 {
		t.Errorf("matched %d, absent %v, %d unknown", matched, absent, len(unknown))
	}
	out := 0
	for _, q := range open(p) {
		if q.Kind == "out of range" && q.Column == "bmi" {
			out++
		}
	}
	if out == 0 {
		t.Error("no BMI above 30 was found")
	}
	r.Do(state.RemoveDictionary{})
	if r.M.Project.Dataset.Column("sector").Label != "" {
		t.Error("the label is still there")
	}
}

// The next export of the same trial takes all rules over; one of another shape
// says what differs and keeps the rest.
func TestRecipeReplayed(t *testing.T) {
	text := file(t, example)
	r := drop(worldtest.New(t, example), "trial_long.csv", text)
	r.Do(state.SetColumnRule{[]string{"sector"}, dataset.ColumnRule{Recode: map[string]string{"private": "profit"}}})
	r.Do(state.SetRole{"covariate", "bmi"})
	r.Do(state.DownloadRecipe{})
	var recipe string
	for name, body := range r.Desk.Files {
		if strings.HasSuffix(name, ".recipe.json") {
			recipe = string(body)
		}
	}
	header, body, _ := strings.Cut(text, "\n")
	half := header + "\n" + body[:strings.LastIndex(body[:len(body)/2], "\n")+1]
	for name, open := range map[string]func() *worldtest.Rig{
		"next export": func() *worldtest.Rig {
			r.M.Project.Decided = false
			return choose(r, "next", "later.csv", half)
		},
		"recipe first": func() *worldtest.Rig {
			return drop(choose(worldtest.New(t, example), "recipe", "a.recipe.json", recipe), "later.csv", half)
		},
		"recipe dropped on the open file": func() *worldtest.Rig {
			return drop(drop(worldtest.New(t, example), "later.csv", half), "a.recipe.json", recipe)
		},
	} {
		p := open().M.Project
		if p == nil || len(p.Differences) != 0 || p.Replayed == "" || len(p.Recipe.Mapping.Covariates) != 1 || len(p.Dataset.Column("sector").Recoded) != 1 || p.TrialErr != "" {
			t.Errorf("%s: the recipe was not replayed: %d covariates, recoded %v, differences %v, trial %q", name, len(p.Recipe.Mapping.Covariates), p.Dataset.Column("sector").Recoded, p.Differences, p.TrialErr)
		}
	}
	other := strings.Replace(header, "bmi", "BMI.kg", 1) + "\n" + body
	fresh := drop(choose(worldtest.New(t, example), "recipe", "a.recipe.json", recipe), "other.csv", other)
	p := fresh.M.Project
	if len(p.Differences) != 2 || len(p.Recipe.Mapping.Covariates) != 0 {
		t.Errorf("another shape: %+v", p.Differences)
	}
	if fresh.Do(state.DismissDifferences{}); len(fresh.M.Project.Differences) != 0 {
		t.Error("the list stays")
	}
	bad := choose(worldtest.New(t, example), "recipe", "a.recipe.json", "{}")
	if bad.M.Trouble == nil || bad.M.Waiting != nil {
		t.Error("a file that is no recipe was taken")
	}
}

func TestVisitsEdited(t *testing.T) {
	r := drop(worldtest.New(t, example), "trial_long.csv", file(t, example))
	rows := r.M.Project.Trial.Rows
	r.Do(state.RemoveVisit{1})
	if p := r.M.Project; len(p.Recipe.Mapping.Visits) != 2 || p.Trial.Rows >= rows {
		t.Errorf("visits %+v, %d rows", p.Recipe.Mapping.Visits, p.Trial.Rows)
	}
	r.Do(state.AddVisit{"3"})
	if p := r.M.Project; len(p.Recipe.Mapping.Visits) != 3 || p.Recipe.Mapping.Visits[1].Months != 3 || p.Trial.Rows != rows {
		t.Errorf("visits %+v, %d rows", p.Recipe.Mapping.Visits, p.Trial.Rows)
	}
	r.Do(state.Undo{}).Do(state.Undo{})
	if r.M.Project.Trial.Rows != rows {
		t.Error("undo lost rows")
	}
}

// Arms that a rule makes one and the next rule parts again are found again.
func TestArmsFollowRules(t *testing.T) {
	r := drop(worldtest.New(t, example), "trial_long.csv", file(t, example))
	r.Do(state.SetColumnRule{[]string{"arm"}, dataset.ColumnRule{Recode: map[string]string{"intervention": "control"}}})
	if r.M.Project.TrialErr == "" {
		t.Error("a trial with one arm")
	}
	r.Do(state.SetColumnRule{[]string{"arm"}, dataset.ColumnRule{Recode: map[string]string{"intervention": "active"}}})
	if m := r.M.Project.Recipe.Mapping; m.Control != "control" || m.Intervention != "active" || r.M.Project.TrialErr != "" {
		t.Errorf("arms %q and %q: %s", m.Control, m.Intervention, r.M.Project.TrialErr)
	}
	r.Do(state.SetColumnRule{[]string{"arm"}, dataset.ColumnRule{}})
	if m := r.M.Project.Recipe.Mapping; m.Control != "control" || m.Intervention != "intervention" || r.M.Project.TrialErr != "" {
		t.Errorf("arms %q and %q: %s", m.Control, m.Intervention, r.M.Project.TrialErr)
	}
}

// Every derived variable that is proposed can be made, is then offered as an
// outcome or covariate, and is taken back again.
func TestDerivedVariables(t *testing.T) {
	r := drop(worldtest.New(t, example), "trial_long.csv", file(t, example))
	candidates := trial.DerivedCandidates(r.M.Project.Trial)
	kinds := map[string]bool{}
	for _, d := range candidates {
		if kinds[d.Kind] {
			continue
		}
		kinds[d.Kind] = true
		r.Do(state.AddDerived{d})
		p := r.M.Project
		if p.TrialErr != "" || p.Trial.Variable(d.Name) == nil {
			t.Errorf("%s (%s) was not made: %s", d.Name, d.Kind, p.TrialErr)
		}
	}
	for _, kind := range []string{"baseline", "change", "responder", "band"} {
		if !kinds[kind] {
			t.Errorf("no %s is proposed", kind)
		}
	}
	n := len(r.M.Project.Recipe.Mapping.Derived)
	r.Do(state.RemoveDerived{r.M.Project.Recipe.Mapping.Derived[0].Name})
	if len(r.M.Project.Recipe.Mapping.Derived) != n-1 {
		t.Error("it is still there")
	}
	if r.Do(state.Undo{}); len(r.M.Project.Recipe.Mapping.Derived) != n {
		t.Error("undo does not bring it back")
	}
}
