package state_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"trialbox/app/analysis"
	"trialbox/app/report"
	"trialbox/app/state"
	"trialbox/app/state/worldtest"
)

const example = "../../static/example/trial_long.csv"

func smallOptions(r *worldtest.Rig, change func(*analysis.Options)) {
	o := r.M.Project.Recipe.Options
	change(&o)
	r.Do(state.SetOptions{o})
}

func TestExampleRuns(t *testing.T) {
	r := worldtest.New(t, example).Do(state.OpenExample{})
	p := r.M.Project
	if p == nil || !p.Simulated || r.M.Screen != state.Outcomes {
		t.Fatalf("the example is not open on the outcomes: %+v", r.M.Trouble)
	}
	if p.TrialErr != "" || len(p.Trial.Patients) != 315 || p.Trial.Rows != 683 {
		t.Fatalf("trial: %q, %v", p.TrialErr, p.Trial)
	}
	if p.Run == nil || p.Run.Active {
		t.Fatal("the run did not start by itself and end")
	}
	for _, o := range p.Run.Result.Outcomes {
		want := 2000
		if o.Outcome.Logit() {
			want = 1000
		}
		if o.Status != analysis.Settled || o.Done != want {
			t.Errorf("%s: %s after %d replicates, %s", o.Outcome.Variable, o.Status, o.Done, o.Reason)
		}
	}
	if three, four := report.OutcomeTables(p.Run.Result); three != 13 || four != 14 {
		t.Errorf("%d and %d outcomes, the paper's tables have 13 and 14", three, four)
	}
}

// A run that is stopped keeps what came, resumes exactly the missing
// replicates, and ends with the numbers of a run that was never stopped.
func TestCancelAndResume(t *testing.T) {
	whole := worldtest.New(t, example).Do(state.OpenExample{})
	r := worldtest.New(t, example)
	engine := r.Engine
	engine.Limit = 30
	r.Do(state.OpenExample{})
	if !r.M.Project.Run.Active {
		t.Fatal("the run is over before it was cancelled")
	}
	r.Do(state.CancelRun{})
	done, target, _, _ := r.M.Project.Run.Done()
	if done <= 0 || done >= target {
		t.Fatalf("%d of %d replicates after Cancel", done, target)
	}
	engine.Limit = 0
	r.Do(state.ResumeRun{})
	same(t, r.M.Project.Run.Result, whole.M.Project.Run.Result)
	r.Do(state.MoreReplicates{1000})
	for _, p := range runnable(r) {
		want := 3000
		if p.Job.Outcome.Logit() {
			want = 2000
		}
		if p.Done() != want || p.Status() != analysis.Settled {
			t.Errorf("%s: %d replicates after 1,000 more, %s", p.Job.Outcome.Variable, p.Done(), p.Status())
		}
	}
}

func runnable(r *worldtest.Rig) []*analysis.Progress {
	var out []*analysis.Progress
	for _, p := range r.M.Project.Run.All {
		if p.Err == "" {
			out = append(out, p)
		}
	}
	return out
}

func same(t *testing.T, a, b *analysis.Result) {
	t.Helper()
	x, y := string(analysis.ResultJSON(a, analysis.Recipe{}, nil)), string(analysis.ResultJSON(b, analysis.Recipe{}, nil))
	if x != y {
		t.Error("the numbers of a stopped and resumed run differ from those of a whole one")
	}
}

// Answers of a run that was cancelled or replaced are dropped.
func TestLateAnswer(t *testing.T) {
	r := worldtest.New(t, example).Do(state.OpenExample{})
	before := r.M.Project.Run.Result
	r.Do(state.Answered{state.Answer{Run: r.M.Project.Run.ID - 1, Key: r.M.Project.Run.All[0].Job.Key, Err: "late"}})
	if r.M.Project.Run.All[0].Err != "" || r.M.Project.Run.Result != before {
		t.Error("an answer of an earlier run was filed")
	}
}

func TestKeepAndOpenAgain(t *testing.T) {
	r := worldtest.New(t, example).Do(state.OpenExample{})
	if word, safe := r.M.Project.SavedWord(); safe || word != "Not saved" {
		t.Errorf("before any decision: %q", word)
	}
	if len(r.M.Saved) != 0 {
		t.Error("a project was kept before anyone chose so")
	}
	r.Do(state.Decide{state.InBrowser})
	if word, safe := r.M.Project.SavedWord(); !safe {
		t.Errorf("after Keep: %q", word)
	}
	id := r.M.Project.ID
	smallOptions(r, func(o *analysis.Options) { o.Seed = 7 })
	r.Do(state.CloseProject{}).Do(state.OpenSaved{id})
	if r.M.Project == nil || r.M.Project.Recipe.Options.Seed != 7 || r.M.Project.Trial == nil {
		t.Fatalf("the project did not come back as it was left: %+v", r.M.Trouble)
	}
	r.Do(state.Rename{id, "Pilot"})
	if r.M.Saved[0].Name != "Pilot" {
		t.Errorf("the list says %q", r.M.Saved[0].Name)
	}
	r.Do(state.Duplicate{id})
	if len(r.M.Saved) != 2 {
		t.Fatalf("%d projects after Duplicate", len(r.M.Saved))
	}
	r.Do(state.Delete{id}).Do(state.UndoDelete{id}).Elapse()
	if len(r.M.Saved) != 2 {
		t.Error("an undone delete deleted")
	}
	shown := slices.Clone(r.M.Saved)
	r.Do(state.Delete{id})
	late := r.M.Saved // asked for by the deletion, and told after the undo
	r.M.Saved = shown
	r.M, _ = state.Update(r.M, state.UndoDelete{id})
	r.M, _ = state.Update(r.M, state.SavedListed{List: late})
	if len(r.M.Saved) != 2 {
		t.Error("a list from before the undo hides the project")
	}
	r.Do(state.UndoDelete{id}).Elapse()
	r.Do(state.Delete{id}).Elapse()
	if len(r.M.Saved) != 1 || r.M.Saved[0].Name != "Pilot (copy)" {
		t.Errorf("after Delete: %+v", r.M.Saved)
	}
	if word, _ := r.M.Project.SavedWord(); word != "Not saved" {
		t.Errorf("the open project says %q though its copy is gone", word)
	}
}

// A window that is closed before the undo is over does not bring the project
// back.
func TestDeleteOutlivesTheWindow(t *testing.T) {
	r := worldtest.New(t, example).Do(state.OpenExample{}).Do(state.Decide{Keep: state.InBrowser})
	id := r.M.Project.ID
	r.Do(state.Delete{ID: id})
	next := worldtest.New(t, example)
	next.World.Store = r.World.Store
	next.Do(state.StoreChanged{}) // lists anew
	if len(next.M.Saved) != 0 {
		t.Errorf("the deleted project is listed: %+v", next.M.Saved)
	}
}

// Two windows: the later save of the older state is refused, and said.
func TestConflict(t *testing.T) {
	r := worldtest.New(t, example).Do(state.OpenExample{}).Do(state.Decide{state.InBrowser})
	s, doc, _, err := r.World.Store.Load(context.Background(), r.M.Project.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.Revision++
	if err := r.World.Store.Save(context.Background(), s, doc, nil); err != nil {
		t.Fatal(err)
	}
	smallOptions(r, func(o *analysis.Options) { o.Seed = 9 })
	if r.M.Trouble == nil || !r.M.Trouble.SaveFile || !r.M.Trouble.Reload {
		t.Fatalf("the conflict was not said: %+v", r.M.Trouble)
	}
	if word, safe := r.M.Project.SavedWord(); safe {
		t.Errorf("a refused save shows %q", word)
	}
}

type fullStore struct{ state.Store }

func (fullStore) Save(context.Context, state.Saved, []byte, state.Blob) error {
	return fmt.Errorf("put: %w", state.ErrQuota)
}

func TestQuota(t *testing.T) {
	r := worldtest.New(t, example)
	r.World.Store = fullStore{state.NewMemory()}
	r.Do(state.OpenExample{}).Do(state.Decide{state.InBrowser})
	if r.M.Trouble == nil || !r.M.Trouble.SaveFile || r.M.Project.Trial == nil {
		t.Errorf("quota: %+v", r.M.Trouble)
	}
	if _, safe := r.M.Project.SavedWord(); safe {
		t.Error("a failed save is shown as saved")
	}
}

func TestProjectFile(t *testing.T) {
	r := worldtest.New(t, example).Do(state.OpenExample{})
	smallOptions(r, func(o *analysis.Options) { o.Seed = 11 })
	r.Do(state.SaveFile{})
	file := r.Desk.Files["Example trial.trialbox"]
	if len(file) == 0 {
		t.Fatalf("no project file among %d files", len(r.Desk.Files))
	}
	if word, safe := r.M.Project.SavedWord(); !safe || word != "Saved to a file" {
		t.Errorf("after saving to a file: %q", word)
	}
	again := worldtest.New(t, example).Do(state.FilesChosen{"drop", []state.Blob{state.Bytes("Example trial.trialbox", file)}})
	if again.M.Project == nil {
		t.Fatalf("the file did not open: %+v", again.M.Trouble)
	}
	if p := again.M.Project; p.Recipe.Options.Seed != 11 || p.Dataset.SHA256 != r.M.Project.Dataset.SHA256 || !p.Simulated {
		t.Error("the project changed on its way through the file")
	}
}

// Every file that cannot be used gets a sentence, and what was open stays.
func TestBadFiles(t *testing.T) {
	cases := map[string]string{
		"empty.csv":       "",
		"header.csv":      "a,b,c\n",
		"picture.csv":     "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00",
		"broken.trialbox": "PK\x03\x04 not a zip",
		"other.trialbox":  "just text",
	}
	for name, content := range cases {
		r := worldtest.New(t, example).Do(state.OpenExample{})
		r.Do(state.FilesChosen{"drop", []state.Blob{state.Bytes(name, []byte(content))}})
		if r.M.Trouble == nil || len(r.M.Trouble.Text) < 15 || r.M.Opening != nil {
			t.Errorf("%s: trouble %+v, opening %+v", name, r.M.Trouble, r.M.Opening)
			continue
		}
		if !strings.HasSuffix(r.M.Trouble.Text, ".") {
			t.Errorf("%s: not a sentence: %s", name, r.M.Trouble.Text)
		}
		if r.M.Project == nil || !r.M.Project.Simulated {
			t.Errorf("%s: the open project is gone", name)
		}
	}
}

// Opening another file asks first when decisions would be gone, and only then.
func TestLeaveAsks(t *testing.T) {
	csv := "unit_id,patient_id,arm,visit,score\n"
	for u := range 8 {
		for p := range 5 {
			for _, v := range []int{0, 3} {
				csv += fmt.Sprintf("u%d,u%dp%d,%s,%d,%d\n", u, u, p, []string{"control", "intervention"}[u%2], v, (u*5+p*3+v)%17)
			}
		}
	}
	open := func(name string) state.Msg {
		return state.FilesChosen{Purpose: "drop", Files: []state.Blob{state.Bytes(name, []byte(csv))}}
	}
	r := worldtest.New(t, example).Do(open("a.csv")).Do(open("b.csv"))
	if r.M.Project.Name != "b" {
		t.Fatalf("a file without decisions was not replaced: %q", r.M.Project.Name)
	}
	r.Do(state.SetRole{Role: "covariate", Column: "score"}).Do(open("c.csv"))
	if r.M.Asking != state.AskReplace || r.M.Project.Name != "b" {
		t.Fatalf("decisions were dropped without asking: %q", r.M.Project.Name)
	}
	r.Do(state.SaveFile{})
	if r.M.Project.Name != "c" || len(r.Desk.Files["b.trialbox"]) == 0 || r.M.Asking != state.NoDialog {
		t.Errorf("after saving: %q open, files %d, dialog %q", r.M.Project.Name, len(r.Desk.Files), r.M.Asking)
	}
}

type largeBlob struct{ state.Blob }

func (largeBlob) Name() string { return "large.csv" }
func (largeBlob) Size() int64  { return 300 << 20 }
func (largeBlob) Slice(context.Context, int64, int64) ([]byte, error) {
	return nil, errors.New("was read")
}

func TestLargeFile(t *testing.T) {
	r := worldtest.New(t, example).Do(state.FilesChosen{"drop", []state.Blob{largeBlob{}}})
	if r.M.Trouble == nil || !strings.Contains(r.M.Trouble.Text, "300 MB") || r.M.Opening != nil {
		t.Errorf("trouble: %+v", r.M.Trouble)
	}
}

// Odd trials keep the page alive and say what to do.
func TestOddTrials(t *testing.T) {
	long := func(rows func(write func(unit, patient, arm string, visit int, y string))) string {
		var b strings.Builder
		b.WriteString("unit_id,patient_id,arm,visit,score\n")
		rows(func(unit, patient, arm string, visit int, y string) {
			fmt.Fprintf(&b, "%s,%s,%s,%d,%s\n", unit, patient, arm, visit, y)
		})
		return b.String()
	}
	grid := func(units int, arm func(u int) string, y func(u, p, v int) string) string {
		return long(func(write func(string, string, string, int, string)) {
			for u := range units {
				for p := range 6 {
					for _, v := range []int{0, 3, 12} {
						write(fmt.Sprintf("u%d", u), fmt.Sprintf("u%d-p%d", u, p), arm(u), v, y(u, p, v))
					}
				}
			}
		})
	}
	two := func(u int) string { return []string{"control", "intervention"}[u%2] }
	value := func(u, p, v int) string { return fmt.Sprint((u*7+p*5+v*3)%23 + p) }
	cases := map[string]string{
		"one arm":          grid(6, func(int) string { return "control" }, value),
		"one unit an arm":  grid(2, two, value),
		"constant outcome": grid(8, two, func(int, int, int) string { return "5" }),
		"empty outcome":    grid(8, two, func(int, int, int) string { return "" }),
		"empty visit": grid(8, two, func(u, p, v int) string {
			if v == 3 {
				return ""
			}
			return value(u, p, v)
		}),
		"fine": grid(8, two, value),
	}
	for name, content := range cases {
		r := worldtest.New(t, example).Do(state.FilesChosen{"drop", []state.Blob{state.Bytes("trial.csv", []byte(content))}})
		if r.M.Project == nil {
			t.Errorf("%s: not opened: %+v", name, r.M.Trouble)
			continue
		}
		r.Do(state.SetRole{"outcome", "score"}).Do(state.ToggleOutcome{"score", true}).Do(state.Go{state.Outcomes}).Do(state.RunOutcomes{})
		t.Log(name, "→", said(r.M))
		if name == "fine" || name == "empty visit" {
			if run := r.M.Project.Run; run == nil || run.Result.Outcomes[0].Status != analysis.Settled {
				t.Errorf("%s: %s", name, said(r.M))
			}
			continue
		}
		if len(said(r.M)) < 20 {
			t.Errorf("%s: nothing was said", name)
		}
	}
}

// said is what the analyst is told about an outcome that cannot be run.
func said(m state.Model) string {
	p := m.Project
	switch {
	case p.TrialErr != "":
		return p.TrialErr
	case m.Trouble != nil:
		return m.Trouble.Title + " " + m.Trouble.Text
	case p.Run != nil && len(p.Run.Result.Outcomes) > 0 && p.Run.Result.Outcomes[0].Reason != "":
		return p.Run.Result.Outcomes[0].Reason
	case len(p.Recipe.Outcomes) == 0:
		return "no outcome: no column or score can be shown as a mean"
	}
	return ""
}

// A reload opens the kept project again, on the screen that was shown; one that
// is not kept leaves no trace.
func TestReload(t *testing.T) {
	r := worldtest.New(t, example).Do(state.OpenExample{})
	if r.Desk.Reopen != "" {
		t.Error("a project that is not kept is remembered")
	}
	r.Do(state.Decide{Keep: state.InBrowser}).Do(state.Go{To: state.Scores})
	m := state.NewModel(r.Desk.Home(), 1)
	m, _ = state.Update(m, state.Go{To: state.Scores})
	list, err := r.World.Store.List(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	r.M = m
	r.Do(state.SavedListed{List: list})
	if p := r.M.Project; p == nil || p.Name != "Example trial" || r.M.Screen != state.Scores {
		t.Fatalf("after the reload: project %v on %s", p, r.M.Screen)
	}
	r.Do(state.CloseProject{})
	if r.Desk.Reopen != "" {
		t.Error("a closed project is remembered")
	}
}

// A rule that an instrument does not have is refused with its reason, and the
// scores stay as they were.
func TestBadPolicy(t *testing.T) {
	r := worldtest.New(t, example).Do(state.OpenExample{})
	r.Do(state.SetPolicy{Instrument: "odi", Scale: "odi", Rule: "prorate:2"})
	if r.M.Trouble == nil || r.M.Project.Trial == nil || r.M.Project.Recipe.Mapping.Instruments[0].Policy["odi"] != "prorate:8" {
		t.Errorf("trouble %+v, policy %v", r.M.Trouble, r.M.Project.Recipe.Mapping.Instruments[0].Policy)
	}
	r.Do(state.SetPolicy{Instrument: "odi", Scale: "odi", Rule: "complete"})
	if got := r.M.Project.Recipe.Mapping.Instruments[0].Policy["odi"]; got != "complete" || r.M.Project.Trial == nil {
		t.Errorf("a good rule was not taken: %q", got)
	}
}
