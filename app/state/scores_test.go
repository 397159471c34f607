package state_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"trialbox/app/state"
	"trialbox/app/state/worldtest"
	"trialbox/app/trial"
)

// withExample is the example trial with a run that does not go on: these tests
// are not about outcomes.
func withExample(t *testing.T) *worldtest.Rig {
	r := worldtest.New(t, example)
	r.Engine.Limit = 1
	return r.Do(state.OpenExample{})
}

func useOf(t *testing.T, r *worldtest.Rig, id string) trial.Use {
	t.Helper()
	for _, u := range r.M.Project.Recipe.Mapping.Instruments {
		if u.Instrument == id {
			return u
		}
	}
	t.Fatalf("%s is not in the mapping", id)
	return trial.Use{}
}

func scoreAt(t *testing.T, r *worldtest.Rig, id, scale string, row int) string {
	t.Helper()
	receipt, err := r.M.Project.Trial.Receipt(id, row)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range receipt.Scales {
		if s.Scale.Variable == scale {
			return s.Score
		}
	}
	t.Fatalf("%s has no scale %s", id, scale)
	return ""
}

// Columns are swapped, moved and put in several at once; scores follow, and
// what the drawn model holds is never edited.
func TestMapItems(t *testing.T) {
	r := withExample(t).Do(state.Go{To: state.Scores})
	before := useOf(t, r, "ompsq")
	drawn := slices.Clone(before.Items)
	r.Do(state.MoveItem{Instrument: "ompsq", From: 5, To: 7}) // 6 behind 8: 7 and 8 move up
	if got := strings.Join(useOf(t, r, "ompsq").Items, " "); got != "omp1 omp2 omp3 omp4 omp5 omp7 omp8 omp6 omp9 omp10" {
		t.Errorf("moved down: %s", got)
	}
	r.Do(state.MoveItem{Instrument: "ompsq", From: 7, To: 5})
	if got := useOf(t, r, "ompsq").Items; !slices.Equal(got, drawn) {
		t.Errorf("moved back: %v", got)
	}
	r.Do(state.SetItem{Instrument: "ompsq", Item: 0, Column: "omp10"})
	if got := useOf(t, r, "ompsq").Items; got[0] != "omp10" || got[9] != "omp1" {
		t.Errorf("not swapped: %v", got)
	}
	if !slices.Equal(before.Items, drawn) {
		t.Error("the drawn mapping was edited")
	}
	r.Do(state.ClearItems{Instrument: "ompsq"})
	if r.M.Project.Trial.Variable("ompsq") != nil {
		t.Error("an instrument without columns is scored")
	}
	r.Do(state.MarkColumn{Column: "omp1"}).Do(state.MarkColumn{Column: "omp10", Extend: true})
	if n := len(r.M.Project.Scoring.Map.Marked); n != 10 {
		t.Fatalf("%d columns marked", n)
	}
	r.Do(state.FillItems{Instrument: "ompsq", From: 0})
	if got := useOf(t, r, "ompsq").Items; !slices.Equal(got, drawn) {
		t.Errorf("filled: %v", got)
	}
	r.Do(state.ClearItems{Instrument: "ompsq"}).Do(state.SetItem{Instrument: "ompsq", Item: 2, Column: "omp3"}).Do(state.FillItems{Instrument: "ompsq", From: 2})
	if got := useOf(t, r, "ompsq").Items; !slices.Equal(got[2:], drawn[2:]) || got[0] != "" {
		t.Errorf("filled from item 3 by the order of the file: %v", got)
	}
}

// Dragging does what buttons do, and nothing when it ends elsewhere.
func TestDragItems(t *testing.T) {
	r := withExample(t)
	drag := func(over int, drop bool) []string {
		r.Do(state.StartDrag{What: "item", From: 1}).Do(state.DragOver{Item: over}).Do(state.EndDrag{Instrument: "odi", Drop: drop})
		if r.M.Project.Scoring.Map.Drag.What != "" {
			t.Error("the drag goes on after its end")
		}
		return useOf(t, r, "odi").Items
	}
	whole := slices.Clone(useOf(t, r, "odi").Items)
	if got := drag(-1, true); !slices.Equal(got, whole) {
		t.Errorf("dropped over nothing: %v", got)
	}
	if got := drag(0, false); !slices.Equal(got, whole) {
		t.Errorf("given up: %v", got)
	}
	if got := drag(0, true); got[0] != whole[1] || got[1] != whole[0] {
		t.Errorf("item 2 dropped on 1: %v", got)
	}
	r.Do(state.MarkColumn{Column: "odi1"}).Do(state.MarkColumn{Column: "odi2", Add: true}).Do(state.StartDrag{What: "columns"}).Do(state.DragOver{Item: 0}).Do(state.EndDrag{Instrument: "odi", Drop: true})
	if got := useOf(t, r, "odi").Items; !slices.Equal(got, whole) {
		t.Errorf("two columns dropped on item 1: %v", got)
	}
}

// The list of columns is worked by keys alone.
func TestMarkByKeys(t *testing.T) {
	r := withExample(t).Do(state.FilterColumns{Text: "PSEQ"})
	if n := len(r.M.Project.MarkableColumns()); n != 10 {
		t.Fatalf("%d columns with the filter", n)
	}
	r.Do(state.StepColumn{By: 1}).Do(state.StepColumn{By: 1}).Do(state.StepColumn{By: 1, Extend: true}).Do(state.StepColumn{By: 1, Extend: true})
	if got := r.M.Project.Scoring.Map.Marked; !slices.Equal(got, []string{"pseq2", "pseq3", "pseq4"}) {
		t.Errorf("marked: %v", got)
	}
	r.Do(state.MarkColumn{Column: "pseq3", Add: true})
	if got := r.M.Project.Scoring.Map.Marked; !slices.Equal(got, []string{"pseq2", "pseq4"}) {
		t.Errorf("one taken out: %v", got)
	}
	r.Do(state.StepColumn{By: 100})
	if got := r.M.Project.Scoring.Map.Active; got != "pseq10" {
		t.Errorf("at the end: %s", got)
	}
}

// An instrument left out comes back as it was recognised; one that is nowhere
// in the file can be added and waits for its columns.
func TestAddInstrument(t *testing.T) {
	r := withExample(t)
	whole := useOf(t, r, "rmdq").Items
	r.Do(state.ToggleInstrument{Instrument: "rmdq"}).Do(state.AddInstrument{Instrument: "rmdq"})
	if got := useOf(t, r, "rmdq").Items; !slices.Equal(got, whole) {
		t.Errorf("added again: %v", got)
	}
	r.Do(state.AddInstrument{Instrument: "k10"})
	p := r.M.Project
	if p.TrialErr != "" || p.Trial.Variable("k10") != nil || p.Scoring.Instrument != "k10" || p.Scoring.Tab != "columns" {
		t.Errorf("K10 added without columns: %q, %+v", p.TrialErr, p.Scoring)
	}
}

// words is a trial whose single-item answers are words.
func words(t *testing.T, items int) []byte {
	t.Helper()
	var b strings.Builder
	b.WriteString("unit_id,patient_id,arm,visit")
	for i := range items {
		fmt.Fprintf(&b, ",gad7_%d", i+1)
	}
	b.WriteString("\n")
	answers := []string{"not at all", "several days", "more than half", "nearly every day"}
	for u := range 6 {
		for q := range 4 {
			for k, v := range []string{"0", "3"} {
				fmt.Fprintf(&b, "u%d,p%d%d,%s,%s", u, u, q, []string{"control", "intervention"}[u%2], v)
				for i := range items {
					b.WriteString("," + answers[(u+q+k+i)%4])
				}
				b.WriteString("\n")
			}
		}
	}
	return []byte(b.String())
}

// In a wide table items are variables with a column for each visit, and an
// answer in error leads to its column.
func TestMapWide(t *testing.T) {
	var b strings.Builder
	b.WriteString("unit_id,patient_id,arm")
	for _, v := range []string{"0", "3"} {
		for i := range 9 {
			fmt.Fprintf(&b, ",phq9_%d_%s", i+1, v)
		}
	}
	b.WriteString("\n")
	for u := range 6 {
		for q := range 6 {
			fmt.Fprintf(&b, "u%d,p%d%d,%s", u, u, q, []string{"control", "intervention"}[u%2])
			for i := range 18 {
				fmt.Fprintf(&b, ",%d", (u+q+i)%4)
			}
			b.WriteString("\n")
		}
	}
	r := worldtest.New(t, example).Do(state.FilesChosen{Purpose: "drop", Files: []state.Blob{state.Bytes("wide.csv", []byte(b.String()))}})
	p := r.M.Project
	if got := strings.Join(p.ItemColumns(), " "); got != "phq9_1 phq9_2 phq9_3 phq9_4 phq9_5 phq9_6 phq9_7 phq9_8 phq9_9" {
		t.Fatalf("columns to map: %s", got)
	}
	want := 0
	for i := range 9 {
		want += i % 4
	}
	if got := scoreAt(t, r, "phq9", "phq9", 0); !strings.HasPrefix(got, fmt.Sprint(want)) {
		t.Errorf("score %s, by hand %d", got, want)
	}
	r.Do(state.ToggleInstrument{Instrument: "phq9"}).Do(state.AddInstrument{Instrument: "phq9"})
	if got := useOf(t, r, "phq9").Items; got[8] != "phq9_9" {
		t.Errorf("added again: %v", got)
	}
}

// Answers in words are asked about, never guessed; the numbers can be given
// word by word, and the scores are there once the last has one.
func TestWords(t *testing.T) {
	r := worldtest.New(t, example).Do(state.FilesChosen{Purpose: "drop", Files: []state.Blob{state.Bytes("words.csv", words(t, 7))}})
	open := r.M.Project.Unanswered()
	if len(open) != 1 || open[0].Field != "texts" || len(open[0].Texts) != 4 {
		t.Fatalf("questions: %+v", open)
	}
	for i, w := range []string{"not at all", "several days", "more than half", "nearly every day"} {
		if r.M.Project.Trial.Variable("gad7") != nil {
			t.Fatalf("scored before %q has a number", w)
		}
		r.Do(state.SetWord{Instrument: "gad7", Item: open[0].Item, Word: w, Code: fmt.Sprint(i)})
	}
	if r.M.Project.Trial.Variable("gad7") == nil || len(r.M.Project.Unanswered()) != 0 {
		t.Fatalf("not scored when every word has its number: %+v", r.M.Project.Unanswered())
	}
	if got := scoreAt(t, r, "gad7", "gad7", 0); got != "9" && got != "9.0" { // 0+1+2+3+0+1+2
		t.Errorf("score %s", got)
	}
	r.Do(state.AnswerQuestion{Instrument: "gad7", Field: "texts", Item: open[0].Item, Answer: ""})
	if r.M.Project.Trial.Variable("gad7") != nil {
		t.Error("still scored after the answer was taken back")
	}
}

// The walk over patients: by name, by part of a name, step by step, to the
// next without a score.
func TestWalk(t *testing.T) {
	r := withExample(t)
	tr := r.M.Project.Trial
	name := func() string { return tr.Patients[tr.Patient[r.M.Project.Scoring.Row]] }
	r.Do(state.FindPatient{Text: "u09-001"})
	if name() != "U09-001" {
		t.Errorf("found %s", name())
	}
	r.Do(state.StepPatient{By: 1})
	second := name()
	r.Do(state.StepPatient{By: -1})
	if second == "U09-001" || name() != "U09-001" {
		t.Errorf("next %s, back %s", second, name())
	}
	r.Do(state.FindPatient{Text: "U06-"})
	if !strings.HasPrefix(name(), "U06-") {
		t.Errorf("by a part: %s", name())
	}
	r.Do(state.FindPatient{Text: "nobody"})
	if r.M.Trouble == nil || !strings.HasPrefix(name(), "U06-") {
		t.Error("a patient who is not there was found")
	}
	r.Do(state.StepUnscored{Scale: "odi"})
	if score := scoreAt(t, r, "odi", "odi", r.M.Project.Scoring.Row); score != "" {
		t.Errorf("next without a score has %s", score)
	}
}
