//go:build js && wasm

// Command worker is the second program of the page: it runs in Blob workers,
// fits models and their replicates, and parses large files, so that the page's
// own thread only ever draws. It links stats and app/dataset and nothing of
// the screens. It keeps no state but the jobs it was given; the page may end
// it at any moment. The page's half is wasm/browser/pool.go, the messages are
// in wasm/wire.
package main

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"syscall/js"
	"time"

	"trialbox/app/dataset"
	"trialbox/stats/boot"
	"trialbox/stats/impute"
	"trialbox/stats/power"
	"trialbox/wasm/wire"
)

// progressEvery is how often a long reading tells how far it is.
const progressEvery = 100 * time.Millisecond

// sliceBytes is read from a file at a time.
const sliceBytes = 2 << 20

// Of what is in use at most usualGC per cent may be garbage, and leanGC while
// more than largeFile is read: the page and its workers share the memory of one
// process, and none gives any back.
const (
	usualGC   = 50
	largeFile = 8 << 20
	leanGC    = 25
)

func main() {
	debug.SetGCPercent(usualGC)
	runners := map[string]*boot.Runner{}
	jobs := map[string]*boot.Job{}
	plans := map[string]*power.Simulator{}
	curves := map[string]*curve{}
	js.Global().Set("onmessage", js.FuncOf(func(_ js.Value, args []js.Value) any {
		m := args[0].Get("data")
		switch m.Get("t").String() {
		case wire.Job:
			var job boot.Job
			key := m.Get("key").String()
			delete(runners, key)
			if err := wire.Decode(goBytes(m.Get("bytes")), &job); err != nil {
				delete(jobs, key) // its tasks will say that the job is not known
				return nil
			}
			jobs[key] = &job
		case wire.Plan:
			var plan power.Job
			if err := wire.Decode(goBytes(m.Get("bytes")), &plan); err == nil { // otherwise its tasks will say that it is not known
				plans[m.Get("key").String()] = power.NewSimulator(&plan)
			}
		case wire.Impute:
			c := &curve{}
			if err := wire.Decode(goBytes(m.Get("bytes")), &c.of); err == nil {
				curves[m.Get("key").String()] = c
			}
		case wire.Forget:
			key := m.Get("key").String()
			delete(plans, key)
			delete(curves, key)
			delete(runners, key)
			delete(jobs, key)
		case wire.Task:
			answer(m, func() wire.Answer {
				if s := plans[m.Get("key").String()]; s != nil {
					return wire.Answer{Trials: s.Run(m.Get("from").Int(), m.Get("to").Int())}
				}
				if c := curves[m.Get("key").String()]; c != nil {
					return c.run(m.Get("from").Int(), m.Get("to").Int())
				}
				return work(runners, jobs, m.Get("key").String(), m.Get("from").Int(), m.Get("to").Int())
			})
		case wire.Behind:
			answer(m, func() wire.Answer { return behind(runners, jobs, m.Get("key").String()) })
		case wire.Parse:
			parse(m)
		}
		return nil
	}))
	post(map[string]any{"t": wire.Ready, "version": wire.Version})
	select {}
}

// curve is a curve over shifts with its imputer, made at its first task.
type curve struct {
	of impute.Curve
	by *impute.Imputer
}

func (c *curve) run(from, to int) wire.Answer {
	if c.by == nil {
		var err error
		if c.by, err = impute.New(&c.of.Job); err != nil {
			return wire.Answer{Err: err.Error()}
		}
	}
	return wire.Answer{Draws: c.by.Batch(from, to, c.of.Deltas)}
}

// runner is made once for a key and serves all its tasks.
func runner(runners map[string]*boot.Runner, jobs map[string]*boot.Job, key string) (r *boot.Runner, refused string) {
	if r := runners[key]; r != nil {
		return r, ""
	}
	job := jobs[key]
	if job == nil {
		return nil, "The model did not reach the worker. Start the run again."
	}
	r, err := boot.NewRunner(job)
	if err != nil {
		return nil, err.Error()
	}
	runners[key] = r
	return r, ""
}

// behind is what stands behind the fit of that key.
func behind(runners map[string]*boot.Runner, jobs map[string]*boot.Job, key string) wire.Answer {
	r, refused := runner(runners, jobs, key)
	if r == nil {
		return wire.Answer{Err: refused}
	}
	d, err := r.Diagnose()
	if err != nil {
		return wire.Answer{Err: err.Error()}
	}
	return wire.Answer{Behind: d}
}

// work fits the job of that key, or its replicates.
func work(runners map[string]*boot.Runner, jobs map[string]*boot.Job, key string, from, to int) wire.Answer {
	r, refused := runner(runners, jobs, key)
	if r == nil {
		return wire.Answer{Err: refused}
	}
	if from == to {
		return wire.Answer{Fitted: r.Fitted(wire.Previewed)}
	}
	return wire.Answer{Batch: r.Run(from, to)}
}

// answer posts what do gives. A panic is a fault in the program: it is told as
// the answer of this task, and the worker goes on with the next.
func answer(m js.Value, do func() wire.Answer) {
	a := func() (a wire.Answer) {
		defer func() {
			if fault := recover(); fault != nil {
				a = wire.Answer{Err: fmt.Sprintf("A fault in the program stopped this fit: %v.", fault)}
			}
		}()
		return do()
	}()
	buffer := jsBuffer(wire.Encode(a))
	post(map[string]any{"t": wire.Result, "id": m.Get("id"), "bytes": buffer}, buffer)
}

// parse reads a file slice by slice and posts the table.
func parse(m js.Value) {
	id := m.Get("id")
	table, reading := func() (table []byte, reading wire.Reading) {
		defer func() {
			if fault := recover(); fault != nil {
				table, reading = nil, wire.Reading{Err: fmt.Sprintf("A fault in the program stopped the reading: %v.", fault)}
			}
		}()
		return read(m, id)
	}()
	first, second := jsBuffer(wire.Encode(reading)), jsBuffer(table)
	post(map[string]any{"t": wire.Parsed, "id": id, "bytes": first, "table": second}, first, second)
}

func read(m, id js.Value) ([]byte, wire.Reading) {
	var opt dataset.Options
	if err := wire.Decode(goBytes(m.Get("bytes")), &opt); err != nil {
		return nil, wire.Reading{Err: err.Error()}
	}
	var told time.Time
	opt.Progress = func(done int64) {
		if now := time.Now(); now.Sub(told) >= progressEvery {
			told = now
			post(map[string]any{"t": wire.Progress, "id": id, "done": float64(done)})
		}
	}
	if m.Get("hashed").Truthy() {
		opt.Digest = func() (string, error) { return "", nil }
	}
	file := newFileReader(m.Get("file"))
	if file.size > largeFile {
		debug.SetGCPercent(leanGC)
	}
	d, err := dataset.ReadRaw(m.Get("name").String(), file, file.size, opt)
	var refusal *dataset.Refusal
	switch {
	case errors.As(err, &refusal):
		return nil, wire.Reading{Refused: &refusal.Problem}
	case err != nil:
		return nil, wire.Reading{Err: err.Error()}
	}
	table, err := d.MarshalBinary()
	if err != nil {
		return nil, wire.Reading{Err: err.Error()}
	}
	return table, wire.Reading{}
}

// fileReader reads a Blob in slices, so that the file is never whole in the
// program's memory.
type fileReader struct {
	blob js.Value
	size int64
	at   int64 // of the next slice
	rest []byte
	buf  []byte
}

func newFileReader(blob js.Value) *fileReader {
	return &fileReader{blob: blob, size: int64(blob.Get("size").Float())}
}

func (f *fileReader) Read(p []byte) (n int, err error) {
	if len(f.rest) == 0 {
		if f.at >= f.size {
			return 0, io.EOF
		}
		if err := f.slice(); err != nil {
			return 0, err
		}
	}
	n = copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// slice reads on.
func (f *fileReader) slice() error {
	if f.buf == nil {
		f.buf = make([]byte, sliceBytes)
	}
	n, err := f.ReadAt(f.buf[:min(sliceBytes, f.size-f.at)], f.at)
	f.rest = f.buf[:n]
	f.at += int64(n)
	return err
}

// ReadAt reads any part of the file: workbooks are read from their end.
// FileReaderSync exists in workers only, which is where this program runs; it
// throws when the file has changed or gone away.
func (f *fileReader) ReadAt(p []byte, at int64) (n int, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("the file could not be read: it was moved, changed or closed after it was chosen (%v)", fault)
		}
	}()
	end := min(at+int64(len(p)), f.size)
	if at >= end {
		return 0, io.EOF
	}
	buffer := js.Global().Get("FileReaderSync").New().Call("readAsArrayBuffer", f.blob.Call("slice", float64(at), float64(end)))
	n = js.CopyBytesToGo(p, js.Global().Get("Uint8Array").New(buffer))
	if buffer.Get("transfer").Truthy() {
		buffer.Call("transfer", 0) // gives its memory back at once, not when there is much garbage
	}
	switch {
	case n < int(end-at):
		return n, io.ErrUnexpectedEOF
	case n < len(p):
		return n, io.EOF
	}
	return n, nil
}

func post(message map[string]any, transfer ...any) {
	js.Global().Call("postMessage", message, transfer)
}

func jsBuffer(b []byte) js.Value {
	view := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(view, b)
	return view.Get("buffer")
}

func goBytes(buffer js.Value) []byte {
	view := js.Global().Get("Uint8Array").New(buffer)
	b := make([]byte, view.Length())
	js.CopyBytesToGo(b, view)
	return b
}
