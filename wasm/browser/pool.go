//go:build js && wasm

package browser

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"syscall/js"

	"trialbox/app/dataset"
	"trialbox/app/state"
	"trialbox/wasm/wire"
)

const (
	// ahead is how many tasks a worker holds: the one it works on and the next,
	// so that it never waits for the page.
	ahead = 2
	// maxWorkers bounds the memory taken on machines with many cores.
	maxWorkers = 8
	// maxDeaths is how many workers one task may take with it.
	maxDeaths = 2
	// maxBadStarts is how many workers in a row may die before they are ready.
	maxBadStarts = 3
)

// Pool is the Engine of the page: a few Blob workers that are kept warm.
//
// Its fields are touched from event handlers and short calls only, none of
// which wait for anything but mu: a page has one thread, but a goroutine may be
// set aside wherever it allocates. Answers leave through a queue of their own,
// so a slow receiver never holds up the workers.
type Pool struct {
	size      int
	mu        sync.Mutex // guards what follows, and the runs, tasks and workers in it
	workers   []*worker
	pending   []*task // in the order in which they are to be done
	runs      map[int]*run
	badStarts int
	broken    string // why no worker can be had; tasks are answered with it
	lastID    int
}

// run is one Start, and the way back to its asker.
type run struct {
	id   int
	open map[string]int // tasks not yet answered, by the key of their job
	left int            // and in all
	out  *queue
}

// task is one piece of work on its way: a fit, replicates, or a file to read.
type task struct {
	id     int
	run    *run
	ask    state.Task
	key    string   // of its job at the workers
	read   *reading // set for a file
	deaths int
}

// reading is a file on its way to a worker. finish is called once.
type reading struct {
	file     js.Value
	name     string
	size     int64
	options  js.Value
	as       dataset.Options
	progress func(int64)
	finish   func(*dataset.Dataset, error)
}

type worker struct {
	js       js.Value // the Worker; undefined until it has been made
	ready    bool
	gone     bool
	tasks    []*task         // the first is being worked on
	jobs     map[string]bool // keys of the jobs it has
	handlers []js.Func
}

// NewPool starts the workers; they are ready before the first model is chosen.
func NewPool() *Pool {
	n := 1
	if cores := global("navigator").Get("hardwareConcurrency"); cores.Type() == js.TypeNumber {
		n = min(max(cores.Int(), 1), maxWorkers)
	}
	return newPool(n)
}

func newPool(n int) *Pool {
	p := &Pool{size: n, runs: map[int]*run{}}
	p.mu.Lock()
	defer p.mu.Unlock()
	for range n {
		p.spawn()
	}
	return p
}

func (p *Pool) Workers() int { return p.size }

// Start implements state.Engine.
func (p *Pool) Start(id int, tasks []state.Task, send func(state.Answer)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := &run{id: id, open: map[string]int{}, left: len(tasks), out: newQueue(send)}
	if old := p.runs[id]; old != nil {
		panic(fmt.Sprintf("browser: run %d was started twice", id))
	}
	p.runs[id] = r
	var now []*task
	for _, ask := range tasks {
		p.lastID++
		t := &task{id: p.lastID, run: r, ask: ask, key: r.key(ask.Key)}
		r.open[ask.Key]++
		if ask.Ahead {
			now = append(now, t)
		} else {
			p.pending = append(p.pending, t)
		}
	}
	p.pending = append(now, p.pending...)
	if r.left == 0 {
		p.end(r)
	}
	p.feed()
}

// encoded is what a worker needs for the tasks of a key.
func encoded(ask state.Task) []byte {
	if ask.Plan != nil {
		return wire.Encode(ask.Plan)
	}
	if ask.Impute != nil {
		return wire.Encode(ask.Impute)
	}
	return wire.Encode(ask.Job)
}

// Cancel implements state.Engine. A worker in the middle of a fit hears
// nothing, so it is ended and another one started; what it held of other runs
// is done again.
func (p *Pool) Cancel(id int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.runs[id]
	if r == nil {
		return
	}
	p.pending = slices.DeleteFunc(p.pending, func(t *task) bool { return t.run == r })
	for _, w := range slices.Clone(p.workers) {
		if !slices.ContainsFunc(w.tasks, func(t *task) bool { return t.run == r }) {
			continue
		}
		others := slices.DeleteFunc(slices.Clone(w.tasks), func(t *task) bool { return t.run == r })
		p.replace(w)
		p.pending = append(others, p.pending...)
	}
	p.end(r)
	p.feed()
}

// Read implements state.Engine. It goes before everything that waits.
func (p *Pool) Read(ctx context.Context, b state.Blob, opt dataset.Options, progress func(int64)) (*dataset.Dataset, error) {
	blob, err := asBlob(ctx, b)
	if err != nil {
		return nil, err
	}
	type outcome struct {
		d   *dataset.Dataset
		err error
	}
	done := make(chan outcome, 1)
	p.mu.Lock()
	p.lastID++
	t := &task{id: p.lastID, read: &reading{file: blob, name: b.Name(), size: b.Size(), options: jsBytes(wire.Encode(opt)), as: opt, progress: progress,
		finish: func(d *dataset.Dataset, err error) { done <- outcome{d, err} }}}
	p.pending = append([]*task{t}, p.pending...)
	p.feed()
	p.mu.Unlock()
	select {
	case o := <-done:
		return o.d, o.err
	case <-ctx.Done():
		p.drop(t)
		return nil, ctx.Err()
	}
}

// largeFile is what leaves a worker with memory that it never gives back: the
// worker is then replaced.
const largeFile = 8 << 20

// leanGC is how much garbage the page may hold, in per cent of what is in use,
// once a large file is open: a page never gives memory back, and to look for
// garbage in a table costs little, as there are few pointers in it.
const leanGC = 20

// drop forgets one task, ending the worker that is busy with it.
func (p *Pool) drop(t *task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending = slices.DeleteFunc(p.pending, func(u *task) bool { return u == t })
	for _, w := range slices.Clone(p.workers) {
		if !slices.Contains(w.tasks, t) {
			continue
		}
		others := slices.DeleteFunc(slices.Clone(w.tasks), func(u *task) bool { return u == t })
		p.replace(w)
		p.pending = append(others, p.pending...)
	}
	p.feed()
}

// feed gives every worker what it can hold, the emptiest first, so that few
// tasks spread over all workers. The first fit of a binary or ordinal model
// takes as long as fifteen replicates, so a worker goes on with the models it
// has fitted, and helps others with theirs when it has none left.
func (p *Pool) feed() {
	if p.broken != "" {
		for len(p.pending) > 0 {
			t := p.pending[0]
			p.pending = p.pending[1:]
			p.fail(t, p.broken)
		}
		return
	}
	for depth := range ahead {
		for _, w := range p.workers {
			if w.ready && len(w.tasks) == depth && len(p.pending) > 0 {
				k := slices.IndexFunc(p.pending, w.suits)
				if k < 0 {
					k = max(slices.IndexFunc(p.pending, p.fresh), 0)
				}
				t := p.pending[k]
				p.pending = slices.Delete(p.pending, k, k+1)
				w.give(t)
			}
		}
	}
}

// suits says whether a task is to be taken at once: what goes before others,
// and what this worker has its model for.
func (w *worker) suits(t *task) bool {
	return t.read != nil || t.ask.Ahead || t.ask.From == t.ask.To || w.jobs[t.key]
}

// fresh says that no worker has the task's model.
func (p *Pool) fresh(t *task) bool {
	return !slices.ContainsFunc(p.workers, func(w *worker) bool { return w.jobs[t.key] })
}

// give posts a task, and before it its job if this worker has not got it yet.
func (w *worker) give(t *task) {
	w.tasks = append(w.tasks, t)
	if t.read != nil {
		mark("reading begins")
		w.js.Call("postMessage", map[string]any{"t": wire.Parse, "id": t.id, "file": t.read.file, "name": t.read.name, "bytes": t.read.options, "hashed": digests(t.read.size)})
		return
	}
	key := t.key
	if !w.jobs[key] {
		w.jobs[key] = true
		kind := wire.Job
		if t.ask.Plan != nil {
			kind = wire.Plan
		}
		if t.ask.Impute != nil {
			kind = wire.Impute
		}
		w.js.Call("postMessage", map[string]any{"t": kind, "key": key, "bytes": jsBytes(encoded(t.ask))})
	}
	if t.ask.Behind {
		w.js.Call("postMessage", map[string]any{"t": wire.Behind, "id": t.id, "key": key})
		return
	}
	w.js.Call("postMessage", map[string]any{"t": wire.Task, "id": t.id, "key": key, "from": t.ask.From, "to": t.ask.To})
}

// key tells the jobs of different runs apart.
func (r *run) key(key string) string { return fmt.Sprintf("%d %s", r.id, key) }

// spawn starts one worker. It takes tasks once it has said that it is ready.
func (p *Pool) spawn() {
	w := &worker{jobs: map[string]bool{}}
	p.workers = append(p.workers, w)
	go func() {
		made, err := await(context.Background(), global("trialbox").Call("startWorker"))
		p.mu.Lock()
		defer p.mu.Unlock()
		switch {
		case w.gone && err == nil:
			made.Call("terminate")
		case w.gone:
		case err != nil:
			p.died(w, err.Error())
		default:
			w.js = made
			p.on(w, "message", func(e js.Value) { p.heard(w, e.Get("data")) })
			p.on(w, "error", func(e js.Value) {
				e.Call("preventDefault")
				p.died(w, e.Get("message").String())
			})
		}
	}()
}

// on listens to a worker for as long as it is one of ours.
func (p *Pool) on(w *worker, event string, do func(js.Value)) {
	f := js.FuncOf(func(_ js.Value, args []js.Value) any {
		p.mu.Lock()
		defer p.mu.Unlock()
		if !w.gone {
			do(args[0])
		}
		return nil
	})
	w.handlers = append(w.handlers, f)
	w.js.Call("addEventListener", event, f)
}

// replace ends a worker and starts another in its place.
func (p *Pool) replace(w *worker) {
	w.gone = true
	p.workers = slices.DeleteFunc(p.workers, func(v *worker) bool { return v == w })
	if w.js.Truthy() {
		w.js.Call("terminate")
	}
	handlers := w.handlers
	w.handlers, w.tasks = nil, nil
	go func() { // not from within one of these handlers
		for _, f := range handlers {
			f.Release()
		}
	}()
	p.spawn()
}

// heard takes a worker's message. New work is given before the answer is
// looked at, so the worker does not wait for the page.
func (p *Pool) heard(w *worker, m js.Value) {
	switch m.Get("t").String() {
	case wire.Ready:
		p.badStarts = 0
		if v := m.Get("version").String(); v != wire.Version {
			p.breakDown("Trialbox was updated while this page was open. Save your project and reload the page.")
			return
		}
		w.ready = true
		p.feed()
	case wire.Progress:
		if t := w.find(m.Get("id").Int()); t != nil && t.read.progress != nil {
			done := int64(m.Get("done").Float())
			go t.read.progress(done)
		}
	case wire.Parsed:
		if t := w.take(m.Get("id").Int()); t != nil {
			mark("reading ends")
			if t.read.size > largeFile {
				debug.SetGCPercent(leanGC)
				others := slices.Clone(w.tasks)
				p.replace(w)
				p.pending = append(others, p.pending...)
			}
			p.feed()
			go finishReading(t, goBytes(m.Get("bytes")), m.Get("table"))
		}
	case wire.Result:
		t := w.take(m.Get("id").Int())
		if t == nil {
			return
		}
		p.feed()
		var a wire.Answer
		if err := wire.Decode(goBytes(m.Get("bytes")), &a); err != nil {
			p.answer(t, state.Answer{Err: err.Error()})
			return
		}
		p.answer(t, state.Answer{Fitted: a.Fitted, Batch: a.Batch, Trials: a.Trials, Draws: a.Draws, Behind: a.Behind, Err: a.Err})
	case wire.Exit:
		p.died(w, m.Get("text").String())
	}
}

func (w *worker) find(id int) *task {
	for _, t := range w.tasks {
		if t.id == id {
			return t
		}
	}
	return nil
}

func (w *worker) take(id int) *task {
	t := w.find(id)
	w.tasks = slices.DeleteFunc(w.tasks, func(u *task) bool { return u == t })
	return t
}

// died replaces a worker that ended by itself. The task it worked on may be
// the cause and is tried once more; the one behind it is not to blame.
func (p *Pool) died(w *worker, why string) {
	if w.gone {
		return
	}
	tasks, started := w.tasks, w.ready
	if !started {
		p.badStarts++
	}
	if p.badStarts >= maxBadStarts {
		p.breakDown(fmt.Sprintf("The part of Trialbox that does the fitting could not be started: %s. Reload the page.", why))
	}
	if len(tasks) > 0 {
		tasks[0].deaths++
		if tasks[0].deaths >= maxDeaths {
			p.fail(tasks[0], fmt.Sprintf("This could not be computed: the program ended twice while working on it, perhaps for want of memory (%s).", why))
			tasks = tasks[1:]
		}
	}
	p.pending = append(slices.Clone(tasks), p.pending...)
	if p.broken != "" {
		w.gone = true
		p.feed()
		return
	}
	p.replace(w)
	p.feed()
}

// breakDown gives up on workers: all that waits and all that comes is answered
// with the reason.
func (p *Pool) breakDown(why string) {
	p.broken = why
	for _, w := range p.workers {
		w.ready = false
		p.pending = append(p.pending, w.tasks...)
		w.tasks = nil
	}
	p.feed()
}

func (p *Pool) fail(t *task, why string) {
	if t.read != nil {
		t.read.finish(nil, errors.New(why))
		return
	}
	p.answer(t, state.Answer{Err: why})
}

// answer sends what came of a task, and the end of the run with the last one.
func (p *Pool) answer(t *task, a state.Answer) {
	a.Run, a.Key = t.run.id, t.ask.Key
	if p.runs[t.run.id] != t.run {
		return
	}
	t.run.out.put(a)
	if t.run.open[t.ask.Key]--; t.run.open[t.ask.Key] == 0 {
		p.forget(t.run, t.ask.Key)
	}
	t.run.left--
	if t.run.left == 0 {
		p.end(t.run)
	}
}

// forget lets the workers go of a job: a model and what it keeps for its
// replicates may take some megabytes.
func (p *Pool) forget(r *run, key string) {
	delete(r.open, key)
	k := r.key(key)
	for _, w := range p.workers {
		if w.jobs[k] {
			delete(w.jobs, k)
			w.js.Call("postMessage", map[string]any{"t": wire.Forget, "key": k})
		}
	}
}

// end tells the asker and lets the workers forget the run's jobs.
func (p *Pool) end(r *run) {
	if p.runs[r.id] != r {
		return
	}
	delete(p.runs, r.id)
	for key := range r.open {
		p.forget(r, key)
	}
	r.out.put(state.Answer{Run: r.id, Done: true})
	r.out.close()
}

// finishReading turns what a worker posted into the data set. The table is
// copied last, when nothing else of the file is held.
func finishReading(t *task, answer []byte, table js.Value) {
	d, err := t.read.table(answer, table)
	if err != nil {
		t.read.finish(nil, err)
		return
	}
	t.read.finish(d.Understood(t.read.as), nil)
}

func (r *reading) table(answer []byte, table js.Value) (*dataset.Dataset, error) {
	var told wire.Reading
	switch err := wire.Decode(answer, &told); {
	case err != nil:
		return nil, err
	case told.Refused != nil:
		return nil, &dataset.Refusal{Problem: *told.Refused}
	case told.Err != "":
		return nil, errors.New(told.Err)
	}
	sum := ""
	if digests(r.size) {
		var err error
		if sum, err = digest(r.file); err != nil {
			return nil, err
		}
	}
	bytes := goBytes(table)
	release(table)
	d := new(dataset.Dataset)
	if err := d.UnmarshalBinary(bytes); err != nil {
		return nil, err
	}
	if sum != "" {
		d.SHA256 = sum
	}
	return d, nil
}

// queue hands answers to a receiver that may be slow, in order and without
// bound: there is one answer a task.
type queue struct {
	mu     sync.Mutex
	items  []state.Answer
	wake   chan struct{}
	closed bool
}

func newQueue(send func(state.Answer)) *queue {
	q := &queue{wake: make(chan struct{}, 1)}
	go func() {
		for {
			items, closed := q.empty()
			for _, a := range items {
				send(a)
			}
			if closed {
				return
			}
			<-q.wake
		}
	}()
	return q
}

func (q *queue) empty() (items []state.Answer, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	items, q.items = q.items, nil
	return items, q.closed
}

func (q *queue) put(a state.Answer) {
	q.mu.Lock()
	q.items = append(q.items, a)
	q.mu.Unlock()
	q.poke()
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.poke()
}

func (q *queue) poke() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}
