package state_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"trialbox/app/analysis"
	"trialbox/app/instrument"
	"trialbox/app/state"
	"trialbox/app/state/worldtest"
)

// build fills in the form field by field, as a person does.
func build(r *worldtest.Rig, fields ...string) {
	for i := 0; i < len(fields); i += 2 {
		r.Do(state.SetOwn{Field: fields[i], Value: fields[i+1]})
	}
}

func errorsAt(r *worldtest.Rig, field string) string {
	var text []string
	for _, e := range r.M.Own.Errs {
		if e.Field == field {
			text = append(text, e.Text)
		}
	}
	return strings.Join(text, "; ")
}

// The form describes a questionnaire, tries it on the data, saves it into the
// recipe and scores it; the sum is checked against the file's answers, and it
// is offered as an outcome, being asked at a follow-up.
func TestOwnForm(t *testing.T) {
	r := withExample(t).Do(state.Go{To: state.Scores}).Do(state.OwnOpen{})
	if len(r.M.Own.Errs) != 0 {
		t.Errorf("an empty form is told off: %+v", r.M.Own.Errs)
	}
	if r.M.Screen != state.Own {
		t.Fatalf("the screen is %s", r.M.Screen)
	}
	build(r, "id", "mood", "name", "Mood, five items", "short", "Mood", "items", "pseq1, pseq2, pseq3, pseq4, pseq5", "min", "0", "max", "6", "reversed", "2", "bands", "low from 0\nhigh above 15", "missing", "prorate:4")
	o := r.M.Own
	if o.Definition == nil || o.Test == nil || o.Test.Err != "" {
		t.Fatalf("not tried: %+v, %+v", o.Errs, o.Test)
	}
	receipt, err := o.Test.Trial.Receipt("mood", 0)
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for i, a := range receipt.Answers {
		n := int(a.Entered[0] - '0')
		if i == 1 {
			n = 6 - n
		}
		want += n
	}
	if got := receipt.Scales[0].Score; strings.TrimSuffix(got, ".0") != plainInt(want) {
		t.Errorf("tried: %s, by hand %d", got, want)
	}
	r.Do(state.OwnSave{})
	p := r.M.Project
	if r.M.Screen != state.Scores || len(p.Recipe.Mapping.Definitions) != 1 || p.Trial.Variable("mood") == nil {
		t.Fatalf("not saved: screen %s, %q, %+v", r.M.Screen, p.TrialErr, r.M.Trouble)
	}
	if got := scoreAt(t, r, "mood", "mood", 0); strings.TrimSuffix(got, ".0") != plainInt(want) {
		t.Errorf("scored: %s", got)
	}
	if !slices.ContainsFunc(p.Recipe.Outcomes, func(o analysis.Outcome) bool { return o.Variable == "mood" }) {
		t.Error("its score is not offered as an outcome")
	}
	if p.Undoable() == "" {
		t.Error("saving cannot be undone")
	}
	r.Do(state.OwnDrop{ID: "mood"})
	if p := r.M.Project; len(p.Recipe.Mapping.Definitions) != 0 || p.Trial.Variable("mood") != nil {
		t.Error("the questionnaire is still there after it was dropped")
	}
}

func plainInt(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}

// What is wrong is said at its field, by the library's own checks.
func TestOwnErrors(t *testing.T) {
	r := withExample(t).Do(state.OwnOpen{})
	build(r, "id", "Mood!", "name", "Mood", "items", "4", "min", "0", "max", "x", "reversed", "2, 9", "bands", "low from 0\nhigh abve 6", "missing", "prorate:1")
	for field, text := range map[string]string{"max": "not a number", "bands": "abve"} {
		if got := errorsAt(r, field); !strings.Contains(got, text) {
			t.Errorf("at %s: %q", field, got)
		}
	}
	build(r, "max", "4", "bands", "low from 0\nhigh from -3")
	for field, text := range map[string]string{"id": "small letters", "reversed": "no item 9", "bands": "rise", "missing": "prorate needs between 2 and 4"} {
		if got := errorsAt(r, field); !strings.Contains(got, text) {
			t.Errorf("at %s: %q, of %+v", field, got, r.M.Own.Errs)
		}
	}
	build(r, "id", "odi", "reversed", "", "bands", "", "missing", "complete")
	if got := errorsAt(r, "id"); !strings.Contains(got, "already") {
		t.Errorf("an identifier of the library: %q of %+v", got, r.M.Own.Errs)
	}
	if r.M.Own.Definition != nil {
		t.Error("a definition with faults is offered")
	}
	before := len(r.M.Project.Recipe.Mapping.Definitions)
	r.Do(state.OwnSave{})
	if len(r.M.Project.Recipe.Mapping.Definitions) != before {
		t.Error("a definition with faults was saved")
	}
}

// A lookup table of one's own: raw sums to scores.
func TestOwnTable(t *testing.T) {
	r := withExample(t).Do(state.OwnOpen{})
	build(r, "id", "two", "name", "Two items", "items", "deps1, deps2", "min", "0", "max", "3", "rule", "lookup", "first", "0", "scores", "20 24 28 32 36 40 45", "decimals", "0")
	o := r.M.Own
	if o.Definition == nil {
		t.Fatalf("%+v", o.Errs)
	}
	scorer, err := o.Definition.NewScorer(instrument.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if got := scorer.Receipt([]string{"3", "3"}).Scales[0].Score; got != "45" {
		t.Errorf("3 and 3 give %s", got)
	}
}

// Export, import: the same definition, in the form again; one the form cannot
// show is taken as JSON, and a broken one says where.
func TestOwnFiles(t *testing.T) {
	r := withExample(t).Do(state.OwnOpen{})
	build(r, "id", "mood", "name", "Mood", "items", "8", "min", "0", "max", "4", "reversed", "2, 4-6", "bands", "low from 0\nhigh above 8", "missing", "prorate:6", "licence", "ours")
	r.Do(state.OwnWrite{})
	exported := r.Desk.Files["mood.json"]
	if len(exported) == 0 {
		t.Fatal("nothing was exported")
	}
	choose := func(name string, body []byte) {
		r.Do(state.FilesChosen{Purpose: "definition", Files: []state.Blob{state.Bytes(name, body)}})
	}
	r.Do(state.OwnOpen{})
	choose("mood.json", exported)
	if o := r.M.Own; o.AsJSON || o.Form.Reversed != "2, 4-6" || o.Definition == nil || string(o.File.JSON()) != string(exported) {
		t.Errorf("imported: %+v, %+v", o.Form, o.Errs)
	}
	fabq, _ := instrument.Lookup("fabq")
	f := fabq.File()
	f.ID = "twoscales"
	for i := range f.Scales {
		f.Scales[i].Variable = "own_" + f.Scales[i].Name
	}
	choose("two.json", f.JSON())
	if o := r.M.Own; !o.AsJSON || o.Definition == nil || len(o.Definition.Scales()) != 2 {
		t.Errorf("two scales: %+v", o.Errs)
	}
	r.Do(state.OwnMode{AsJSON: false})
	if !r.M.Own.AsJSON || r.M.Trouble == nil {
		t.Error("a definition the form cannot show went into it")
	}
	choose("broken.json", []byte("{\n  \"id\": \"x\",\n  \"rule\": 3\n}"))
	if got := errorsAt(r, "json"); !strings.Contains(got, "line 3") {
		t.Errorf("broken: %q", got)
	}
}

// The form works without any data.
func TestOwnWithoutData(t *testing.T) {
	r := worldtest.New(t, example).Do(state.Go{To: state.Own})
	build(r, "id", "mood", "name", "Mood", "items", "3")
	if r.M.Own.Definition == nil || r.M.Own.Test != nil {
		t.Errorf("%+v", r.M.Own.Errs)
	}
	r.Do(state.OwnWrite{})
	if len(r.Desk.Files["mood.json"]) == 0 {
		t.Error("nothing was exported")
	}
}
