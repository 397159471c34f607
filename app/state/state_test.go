package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"trialbox/app/analysis"
	"trialbox/app/dataset"
	"trialbox/stats/boot"
)

// rig runs the page without a page: messages in, model out, effects carried
// out against a world of memory, one after the other.
type rig struct {
	t     *testing.T
	m     Model
	world World
	desk  *testDesk
	queue []Msg
	mu    sync.Mutex
}

func newRig(t *testing.T) *rig {
	desk := &testDesk{files: map[string][]byte{}}
	r := &rig{t: t, desk: desk, world: World{Store: NewMemory(), Engine: &testEngine{}, Desk: desk}}
	r.m = NewModel(desk.Home(), 1)
	r.effects(Init())
	r.settle()
	return r
}

func (r *rig) do(msg Msg) *rig {
	r.t.Helper()
	var effects []Effect
	r.m, effects = Update(r.m, msg)
	r.effects(effects)
	r.settle()
	return r
}

// effects carries effects out; those that only wait are left to the test.
func (r *rig) effects(list []Effect) {
	for _, e := range list {
		if w, ok := e.(after); ok {
			if _, saves := w.msg.(saveNow); saves {
				r.post(w.msg)
			}
			continue
		}
		Perform(context.Background(), r.world, e, r.post)
	}
}

func (r *rig) post(m Msg) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append(r.queue, m)
}

func (r *rig) settle() {
	for {
		r.mu.Lock()
		if len(r.queue) == 0 {
			r.mu.Unlock()
			return
		}
		msg := r.queue[0]
		r.queue = r.queue[1:]
		r.mu.Unlock()
		var effects []Effect
		r.m, effects = Update(r.m, msg)
		r.effects(effects)
	}
}

// testEngine runs tasks at once, or holds them when told to.
type testEngine struct {
	hold  bool
	limit int // answers before it goes silent, as when cancelled; 0 = all
}

func (*testEngine) Workers() int { return 1 }

func (*testEngine) Read(ctx context.Context, b Blob, opt dataset.Options, progress func(int64)) (*dataset.Dataset, error) {
	var buf bytes.Buffer
	if err := copyBlob(ctx, &buf, b); err != nil {
		return nil, err
	}
	return dataset.Read(b.Name(), &buf, b.Size(), opt)
}

func (e *testEngine) Start(run int, tasks []Task, send func(Answer)) {
	if e.hold {
		return
	}
	runners := map[string]*boot.Runner{}
	for i, task := range tasks {
		if e.limit > 0 && i >= e.limit {
			return
		}
		r := runners[task.Key]
		if r == nil {
			var err error
			if r, err = boot.NewRunner(task.Job); err != nil {
				send(Answer{Run: run, Key: task.Key, Err: err.Error()})
				continue
			}
			runners[task.Key] = r
		}
		if task.From == task.To {
			send(Answer{Run: run, Key: task.Key, Fitted: &Fitted{r.Fit(), r.Contrasts()}})
		} else {
			send(Answer{Run: run, Key: task.Key, Batch: r.Run(task.From, task.To)})
		}
	}
	send(Answer{Run: run, Done: true})
}

func (*testEngine) Cancel(int) {}

type testDesk struct {
	files  map[string][]byte
	warned bool
}

func (*testDesk) Home() Home { return Home{Host: "test", CanStore: true, AtRoot: true} }
func (*testDesk) Example(context.Context) (Blob, error) {
	b, err := os.ReadFile("../../static/example/trial_long.csv")
	return Bytes("trial_long.csv", b), err
}
func (*testDesk) OnFiles(func(string, []Blob)) {}
func (d *testDesk) Download(_ context.Context, name, _ string, write func(io.Writer) error) error {
	var b bytes.Buffer
	err := write(&b)
	d.files[name] = b.Bytes()
	return err
}
func (d *testDesk) DownloadPNG(_ context.Context, name, svg string, _ float64) error {
	d.files[name] = []byte(svg)
	return nil
}
func (d *testDesk) Copy(_ context.Context, html, text string) error {
	d.files["clipboard"] = []byte(html)
	return nil
}
func (*testDesk) Network() Network                          { return Network{Requests: 3, Host: "test"} }
func (*testDesk) DataOpened()                               {}
func (*testDesk) TryRequest(context.Context) (bool, string) { return true, "blocked" }
func (d *testDesk) WarnOnClose(on bool)                     { d.warned = on }

func smallOptions(r *rig, change func(*analysis.Options)) {
	o := r.m.Project.Recipe.Options
	change(&o)
	r.do(SetOptions{o})
}

func TestExampleRuns(t *testing.T) {
	r := newRig(t).do(OpenExample{})
	p := r.m.Project
	if p == nil || !p.Simulated || r.m.Screen != Outcomes {
		t.Fatalf("the example is not open on the outcomes: %+v", r.m.Trouble)
	}
	if p.TrialErr != "" || len(p.Trial.Patients) != 315 || p.Trial.Rows != 683 {
		t.Fatalf("trial: %q, %v", p.TrialErr, p.Trial)
	}
	if p.Run == nil || p.Run.Active {
		t.Fatal("the run did not start by itself and end")
	}
	for _, o := range p.Run.Result.Outcomes {
		if o.Status != analysis.Settled || o.Done != 2000 {
			t.Errorf("%s: %s after %d replicates, %s", o.Outcome.Variable, o.Status, o.Done, o.Reason)
		}
	}
	if n := len(p.Run.Result.Outcomes); n < 13 {
		t.Errorf("%d outcomes, the paper's table has 13", n)
	}
}

// A run that is stopped keeps what came, resumes exactly the missing
// replicates, and ends with the numbers of a run that was never stopped.
func TestCancelAndResume(t *testing.T) {
	whole := newRig(t).do(OpenExample{})
	r := newRig(t)
	engine := r.world.Engine.(*testEngine)
	engine.limit = 30
	r.do(OpenExample{})
	if !r.m.Project.Run.Active {
		t.Fatal("the run is over before it was cancelled")
	}
	r.do(CancelRun{})
	done, target, _, _ := r.m.Project.Run.Done()
	if done <= 0 || done >= target {
		t.Fatalf("%d of %d replicates after Cancel", done, target)
	}
	engine.limit = 0
	r.do(ResumeRun{})
	same(t, r.m.Project.Run.Result, whole.m.Project.Run.Result)
	r.do(MoreReplicates{1000})
	if done, _, _, _ := r.m.Project.Run.Done(); done != 3000*len(runnable(r)) {
		t.Errorf("%d replicates after 1,000 more of %d outcomes", done, len(runnable(r)))
	}
}

func runnable(r *rig) []*analysis.Progress {
	var out []*analysis.Progress
	for _, p := range r.m.Project.Run.All {
		if p.Err == "" {
			out = append(out, p)
		}
	}
	return out
}

func same(t *testing.T, a, b *analysis.Result) {
	t.Helper()
	x, y := string(analysis.ResultJSON(a, analysis.Recipe{})), string(analysis.ResultJSON(b, analysis.Recipe{}))
	if x != y {
		t.Error("the numbers of a stopped and resumed run differ from those of a whole one")
	}
}

// Answers of a run that was cancelled or replaced are dropped.
func TestLateAnswer(t *testing.T) {
	r := newRig(t).do(OpenExample{})
	before := r.m.Project.Run.Result
	r.do(Answered{Answer{Run: r.m.Project.Run.ID - 1, Key: r.m.Project.Run.All[0].Job.Key, Err: "late"}})
	if r.m.Project.Run.All[0].Err != "" || r.m.Project.Run.Result != before {
		t.Error("an answer of an earlier run was filed")
	}
}

func TestKeepAndOpenAgain(t *testing.T) {
	r := newRig(t).do(OpenExample{})
	if word, safe := r.m.Project.SavedWord(); safe || word != "Not saved" {
		t.Errorf("before any decision: %q", word)
	}
	if len(r.m.Saved) != 0 {
		t.Error("a project was kept before anyone chose so")
	}
	r.do(Decide{InBrowser})
	if word, safe := r.m.Project.SavedWord(); !safe {
		t.Errorf("after Keep: %q", word)
	}
	id := r.m.Project.ID
	smallOptions(r, func(o *analysis.Options) { o.Seed = 7 })
	r.do(CloseProject{}).do(OpenSaved{id})
	if r.m.Project == nil || r.m.Project.Recipe.Options.Seed != 7 || r.m.Project.Trial == nil {
		t.Fatalf("the project did not come back as it was left: %+v", r.m.Trouble)
	}
	r.do(Rename{id, "Pilot"})
	if r.m.Saved[0].Name != "Pilot" {
		t.Errorf("the list says %q", r.m.Saved[0].Name)
	}
	r.do(Duplicate{id})
	if len(r.m.Saved) != 2 {
		t.Fatalf("%d projects after Duplicate", len(r.m.Saved))
	}
	r.do(Delete{id}).do(UndoDelete{id}).do(deleteNow{id})
	if len(r.m.Saved) != 2 {
		t.Error("an undone delete deleted")
	}
	r.do(Delete{id}).do(deleteNow{id})
	if len(r.m.Saved) != 1 || r.m.Saved[0].Name != "Pilot (copy)" {
		t.Errorf("after Delete: %+v", r.m.Saved)
	}
	if word, _ := r.m.Project.SavedWord(); word != "Not saved" {
		t.Errorf("the open project says %q though its copy is gone", word)
	}
}

// Two windows: the later save of the older state is refused, and said.
func TestConflict(t *testing.T) {
	r := newRig(t).do(OpenExample{}).do(Decide{InBrowser})
	s, doc, _, err := r.world.Store.Load(context.Background(), r.m.Project.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.Revision++
	if err := r.world.Store.Save(context.Background(), s, doc, nil); err != nil {
		t.Fatal(err)
	}
	smallOptions(r, func(o *analysis.Options) { o.Seed = 9 })
	if r.m.Trouble == nil || !r.m.Trouble.SaveFile || !r.m.Trouble.Reload {
		t.Fatalf("the conflict was not said: %+v", r.m.Trouble)
	}
	if word, safe := r.m.Project.SavedWord(); safe {
		t.Errorf("a refused save shows %q", word)
	}
}

type fullStore struct{ Store }

func (fullStore) Save(context.Context, Saved, []byte, Blob) error {
	return fmt.Errorf("put: %w", ErrQuota)
}

func TestQuota(t *testing.T) {
	r := newRig(t)
	r.world.Store = fullStore{NewMemory()}
	r.do(OpenExample{}).do(Decide{InBrowser})
	if r.m.Trouble == nil || !r.m.Trouble.SaveFile || r.m.Project.Trial == nil {
		t.Errorf("quota: %+v", r.m.Trouble)
	}
	if _, safe := r.m.Project.SavedWord(); safe {
		t.Error("a failed save is shown as saved")
	}
}

func TestProjectFile(t *testing.T) {
	r := newRig(t).do(OpenExample{})
	smallOptions(r, func(o *analysis.Options) { o.Seed = 11 })
	r.do(SaveFile{})
	file := r.desk.files["Example trial.trialbox"]
	if len(file) == 0 {
		t.Fatalf("no project file among %d files", len(r.desk.files))
	}
	if word, safe := r.m.Project.SavedWord(); !safe || word != "Saved to a file" {
		t.Errorf("after saving to a file: %q", word)
	}
	again := newRig(t).do(FilesChosen{"drop", []Blob{Bytes("Example trial.trialbox", file)}})
	if again.m.Project == nil {
		t.Fatalf("the file did not open: %+v", again.m.Trouble)
	}
	if p := again.m.Project; p.Recipe.Options.Seed != 11 || p.Dataset.SHA256 != r.m.Project.Dataset.SHA256 || !p.Simulated {
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
		r := newRig(t).do(OpenExample{})
		r.do(FilesChosen{"drop", []Blob{Bytes(name, []byte(content))}})
		if r.m.Trouble == nil || len(r.m.Trouble.Text) < 15 || r.m.Opening != nil {
			t.Errorf("%s: trouble %+v, opening %+v", name, r.m.Trouble, r.m.Opening)
			continue
		}
		if !strings.HasSuffix(r.m.Trouble.Text, ".") {
			t.Errorf("%s: not a sentence: %s", name, r.m.Trouble.Text)
		}
		if r.m.Project == nil || !r.m.Project.Simulated {
			t.Errorf("%s: the open project is gone", name)
		}
	}
}

type largeBlob struct{ Blob }

func (largeBlob) Name() string { return "large.csv" }
func (largeBlob) Size() int64  { return 300 << 20 }
func (largeBlob) Slice(context.Context, int64, int64) ([]byte, error) {
	return nil, errors.New("was read")
}

func TestLargeFile(t *testing.T) {
	r := newRig(t).do(FilesChosen{"drop", []Blob{largeBlob{}}})
	if r.m.Trouble == nil || !strings.Contains(r.m.Trouble.Text, "300 MB") || r.m.Opening != nil {
		t.Errorf("trouble: %+v", r.m.Trouble)
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
		r := newRig(t).do(FilesChosen{"drop", []Blob{Bytes("trial.csv", []byte(content))}})
		if r.m.Project == nil {
			t.Errorf("%s: not opened: %+v", name, r.m.Trouble)
			continue
		}
		r.do(SetRole{"outcome", "score"}).do(ToggleOutcome{"score", true}).do(Go{Outcomes}).do(RunOutcomes{})
		t.Log(name, "→", said(r.m))
		if name == "fine" || name == "empty visit" {
			if run := r.m.Project.Run; run == nil || run.Result.Outcomes[0].Status != analysis.Settled {
				t.Errorf("%s: %s", name, said(r.m))
			}
			continue
		}
		if len(said(r.m)) < 20 {
			t.Errorf("%s: nothing was said", name)
		}
	}
}

// said is what the analyst is told about an outcome that cannot be run.
func said(m Model) string {
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
