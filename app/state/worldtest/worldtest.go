// Package worldtest is a World of memory and a Rig that turns the page's loop
// by hand: messages in, model out, effects carried out one after the other.
// Tests of state and of the screens share it; nothing else imports it.
package worldtest

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"trialbox/app/dataset"
	"trialbox/app/state"
	"trialbox/stats/boot"
	"trialbox/stats/impute"
	"trialbox/stats/power"
)

// Rig runs the page without a page.
type Rig struct {
	M      state.Model
	World  state.World
	Desk   *Desk
	Engine *Engine

	t     testing.TB
	held  []state.Msg // what waits for longer than a moment
	queue []state.Msg
	mu    sync.Mutex
}

// New is a page that was just opened; example is the path of the example CSV.
func New(t testing.TB, example string) *Rig {
	desk, engine := &Desk{Files: map[string][]byte{}, example: example}, &Engine{}
	r := &Rig{t: t, Desk: desk, Engine: engine, World: state.World{Store: state.NewMemory(), Engine: engine, Desk: desk}}
	r.M = state.NewModel(desk.Home(), 1)
	r.effects(state.Init())
	r.settle()
	return r
}

// Do sends a message and everything that follows from it.
func (r *Rig) Do(msg state.Msg) *Rig {
	r.t.Helper()
	var effects []state.Effect
	r.M, effects = state.Update(r.M, msg)
	r.effects(effects)
	r.settle()
	return r
}

// Elapse lets the time pass that toasts and undos wait for.
func (r *Rig) Elapse() *Rig {
	held := r.held
	r.held = nil
	for _, msg := range held {
		r.Do(msg)
	}
	return r
}

// moment is how long an effect may wait to be carried out at once.
const moment = time.Second

func (r *Rig) effects(list []state.Effect) {
	for _, e := range list {
		if wait, then, ok := state.Waits(e); ok {
			if wait < moment {
				r.post(then)
			} else {
				r.held = append(r.held, then)
			}
			continue
		}
		state.Perform(context.Background(), r.World, e, r.post)
	}
}

func (r *Rig) post(m state.Msg) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = append(r.queue, m)
}

func (r *Rig) settle() {
	for {
		r.mu.Lock()
		if len(r.queue) == 0 {
			r.mu.Unlock()
			return
		}
		msg := r.queue[0]
		r.queue = r.queue[1:]
		r.mu.Unlock()
		var effects []state.Effect
		r.M, effects = state.Update(r.M, msg)
		r.effects(effects)
	}
}

// Engine runs tasks at once, on the caller's thread. Replicates of binary and
// ordinal outcomes are one Newton step each (boot.Runner.Preview), which is a
// thousand times quicker and near enough for the roads that are tested here.
type Engine struct {
	// Limit is the number of tasks answered before the engine goes silent, as
	// when it is in the middle of a run; 0 answers all.
	Limit int
	Tasks int // answered so far
}

// Workers implements state.Engine.
func (*Engine) Workers() int { return 1 }

// Read implements state.Engine.
func (*Engine) Read(ctx context.Context, b state.Blob, opt dataset.Options, _ func(int64)) (*dataset.Dataset, error) {
	all, err := b.Slice(ctx, 0, b.Size())
	if err != nil {
		return nil, err
	}
	return dataset.Read(b.Name(), bytes.NewReader(all), b.Size(), opt)
}

// Start implements state.Engine.
func (e *Engine) Start(run int, tasks []state.Task, send func(state.Answer)) {
	for i, task := range tasks {
		if e.Limit > 0 && i >= e.Limit {
			return
		}
		if task.Plan != nil {
			send(state.Answer{Run: run, Key: task.Key, Trials: power.NewSimulator(task.Plan).Run(task.From, task.To)})
			continue
		}
		if task.Impute != nil {
			send(draws(run, task))
			continue
		}
		e.Tasks++
		send(answer(run, task))
	}
	send(state.Answer{Run: run, Done: true})
}

func draws(run int, task state.Task) state.Answer {
	a := state.Answer{Run: run, Key: task.Key}
	m, err := impute.New(&task.Impute.Job)
	if err != nil {
		a.Err = err.Error()
		return a
	}
	a.Draws = m.Batch(task.From, task.To, task.Impute.Deltas)
	return a
}

// runners are shared by all tests of a program: a key names the same numbers.
var (
	runners = map[string]*boot.Runner{}
	fitting sync.Mutex
)

func answer(run int, task state.Task) state.Answer {
	fitting.Lock()
	defer fitting.Unlock()
	a := state.Answer{Run: run, Key: task.Key}
	r := runners[task.Key]
	if r == nil {
		var err error
		if r, err = boot.NewRunner(task.Job); err != nil {
			a.Err = err.Error()
			return a
		}
		runners[task.Key] = r
	}
	switch {
	case task.Behind:
		var err error
		if a.Behind, err = r.Diagnose(); err != nil {
			a.Err = err.Error()
		}
	case task.From == task.To:
		a.Fitted = r.Fitted(100)
	case task.Job.Logit != nil && task.From >= 0:
		a.Batch = r.Preview(task.From, task.To)
	default:
		a.Batch = r.Run(task.From, task.To)
	}
	return a
}

// Cancel implements state.Engine.
func (*Engine) Cancel(int) {}

// Desk keeps what was downloaded or copied.
type Desk struct {
	Files   map[string][]byte // by file name; "clipboard" for what was copied
	Warns   bool              // the browser would ask before closing
	Reopen  string            // what was remembered
	example string
}

// Home implements state.Desk.
func (d *Desk) Home() state.Home {
	return state.Home{Host: "test", CanStore: true, AtRoot: true, Reopen: d.Reopen}
}

// Remember implements state.Desk.
func (d *Desk) Remember(id string) { d.Reopen = id }

// Example implements state.Desk.
func (d *Desk) Example(context.Context) (state.Blob, error) {
	b, err := os.ReadFile(d.example)
	return state.Bytes("trial_long.csv", b), err
}

// ExampleUnits implements state.Desk.
func (d *Desk) ExampleUnits(context.Context) (state.Blob, error) {
	b, err := os.ReadFile(filepath.Join(filepath.Dir(d.example), "units.csv"))
	return state.Bytes("units.csv", b), err
}

// OnNetwork implements state.Desk.
func (*Desk) OnNetwork(func(state.Network)) {}

// OnFiles implements state.Desk.
func (*Desk) OnFiles(func(string, []state.Blob)) {}

// Download implements state.Desk.
func (d *Desk) Download(_ context.Context, name, _ string, write func(io.Writer) error) error {
	var b bytes.Buffer
	err := write(&b)
	d.Files[name] = b.Bytes()
	return err
}

// DownloadPNG implements state.Desk.
func (d *Desk) DownloadPNG(_ context.Context, name, svg string, _ float64) error {
	d.Files[name] = []byte(svg)
	return nil
}

// Copy implements state.Desk.
func (d *Desk) Copy(_ context.Context, html, _ string) error {
	d.Files["clipboard"] = []byte(html)
	return nil
}

// Network implements state.Desk.
func (*Desk) Network() state.Network { return state.Network{Requests: 3, Host: "test"} }

// DataOpened implements state.Desk.
func (*Desk) DataOpened() {}

// TryRequest implements state.Desk.
func (*Desk) TryRequest(context.Context) (bool, string) { return true, "The browser blocked it." }

// WarnOnClose implements state.Desk.
func (d *Desk) WarnOnClose(on bool) { d.Warns = on }
