//go:build js && wasm

package browser

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"trialbox/app/dataset"
	"trialbox/app/state"
	"trialbox/stats/boot"
	"trialbox/wasm/wire"
)

// fakeWorker stands in for the worker program, so that the pool is tested
// without it: it speaks the messages of package wire, answers task `from` with
// answers[from], and misbehaves by the name of the job. number counts the
// workers that were started.
const fakeWorker = `
	onmessage = (e) => {
		const m = e.data;
		if (m.t === "task") {
			const kind = m.key.split(" ")[1];
			if (kind === "hang") for (;;) {}
			if (kind === "slow") { const end = Date.now() + 30; while (Date.now() < end) {} }
			if (kind === "die" && m.from === 3) { postMessage({t: "exit", text: "out of memory"}); return; }
			if (kind === "throw" && m.from === 3) { throw new Error("out of memory"); }
			if (kind === "once" && number === 1) { postMessage({t: "exit", text: "bad luck"}); return; }
			const bytes = new Uint8Array(answers[m.from]).buffer;
			postMessage({t: "result", id: m.id, bytes}, [bytes]);
		}
		if (m.t === "parse") {
			if (m.name === "hang.csv") for (;;) {}
			postMessage({t: "progress", id: m.id, done: 5});
			const bytes = new Uint8Array(refused).buffer;
			postMessage({t: "parsed", id: m.id, bytes, table: new ArrayBuffer(0)});
		}
	};
	postMessage({t: "ready", version});`

// fakePool gives a pool of n fake workers, and a list of what was posted to
// them: "worker kind key".
func fakePool(t *testing.T, n int, version string) (*Pool, js.Value) {
	t.Helper()
	var answers [][]int
	for i := range 50 {
		answers = append(answers, numbers(wire.Answer{Batch: &boot.Batch{From: i, N: 1}}))
	}
	text, err := json.Marshal(map[string]any{"answers": answers, "version": version,
		"refused": numbers(wire.Reading{Refused: &dataset.Problem{File: "x.csv", Kind: "empty", Text: "The file is empty."}})})
	if err != nil {
		t.Fatal(err)
	}
	posted := global("Array").New()
	script := global("Function").New("posted", "source", "values", `
		let number = 0;
		return {startWorker: async () => {
			const n = ++number;
			const given = Object.entries({...values, number: n}).map(([k, v]) => "const " + k + " = " + JSON.stringify(v) + ";").join("");
			const w = new Worker(URL.createObjectURL(new Blob([given, source])));
			const post = w.postMessage;
			w.postMessage = (m) => { posted.push(n + " " + m.t + " " + (m.key || "")); post.call(w, m); };
			return w;
		}}`)
	js.Global().Set("trialbox", script.Invoke(posted, fakeWorker, global("JSON").Call("parse", string(text))))
	return newPool(n), posted
}

func numbers(v any) []int {
	b := wire.Encode(v)
	out := make([]int, len(b))
	for i, x := range b {
		out[i] = int(x)
	}
	return out
}

func tasks(kind string, n int) []state.Task {
	job := &boot.Job{Seed: 1}
	out := make([]state.Task, n)
	for i := range out {
		out[i] = state.Task{Key: kind, Job: job, From: i, To: i + 1}
	}
	return out
}

// collect waits for a run's Done and gives the answers before it.
func collect(t *testing.T, answers <-chan state.Answer) []state.Answer {
	t.Helper()
	var out []state.Answer
	for {
		select {
		case a := <-answers:
			if a.Done {
				return out
			}
			out = append(out, a)
		case <-time.After(10 * time.Second):
			t.Fatalf("no end of the run after %d answers", len(out))
		}
	}
}

// receiver is where a run's answers go. It has no room: a slow receiver must
// not hold up the pool.
func receiver() (chan state.Answer, func(state.Answer)) {
	c := make(chan state.Answer)
	return c, func(a state.Answer) { c <- a }
}

// complete checks that every replicate number came exactly once.
func complete(t *testing.T, answers []state.Answer, run, n int) {
	t.Helper()
	var from []int
	for _, a := range answers {
		if a.Err != "" || a.Batch == nil || a.Run != run {
			t.Errorf("answer %+v", a)
			continue
		}
		from = append(from, a.Batch.From)
	}
	slices.Sort(from)
	want := make([]int, n)
	for i := range want {
		want[i] = i
	}
	if !slices.Equal(from, want) {
		t.Errorf("got replicates %v, want each of %d once", from, n)
	}
}

func TestPoolRun(t *testing.T) {
	p, posted := fakePool(t, 3, wire.Version)
	c, send := receiver()
	p.Start(7, tasks("slow", 30), send)
	complete(t, collect(t, c), 7, 30)
	jobs := map[string]int{}
	workers := map[string]bool{}
	for i := range posted.Length() {
		line := posted.Index(i).String()
		if strings.Contains(line, " job ") {
			jobs[line]++
		}
		if number, _, _ := strings.Cut(line, " task "); number != line {
			workers[number] = true
		}
	}
	for line, n := range jobs {
		if n != 1 {
			t.Errorf("%q was posted %d times", line, n)
		}
	}
	if len(jobs) != 3 || len(workers) != 3 {
		t.Errorf("%d workers got the job and %d got tasks, want 3", len(jobs), len(workers))
	}
}

// A worker keeps to the model it has, so that two workers fit two models once
// each; only when one has nothing left does it help the other.
func TestPoolKeepsToModels(t *testing.T) {
	p, posted := fakePool(t, 2, wire.Version)
	c, send := receiver()
	long, short := tasks("slow", 40), tasks("ok", 10)
	for k := range short { // other numbers, so that all come once
		short[k].From, short[k].To = 40+k, 41+k
	}
	p.Start(1, append(long, short...), send)
	complete(t, collect(t, c), 1, 50)
	posts := map[string][]string{}
	for i := range posted.Length() {
		number, what, _ := strings.Cut(posted.Index(i).String(), " ")
		if strings.HasPrefix(what, "job ") || strings.HasPrefix(what, "task ") {
			posts[number] = append(posts[number], what)
		}
	}
	quick := posts["1"]
	if quick[0] != "job 1 ok" {
		quick = posts["2"]
	}
	if len(quick) < 16 || quick[0] != "job 1 ok" || slices.Index(quick, "job 1 slow") != 11 {
		t.Errorf("posted to the workers: %q", posts)
	}
}

func TestPoolEmptyRun(t *testing.T) {
	p, _ := fakePool(t, 1, wire.Version)
	c, send := receiver()
	p.Start(1, nil, send)
	complete(t, collect(t, c), 1, 0)
}

// A worker inside a fit hears nothing; cancelling must not wait for it, and
// the pool must be as good as new afterwards.
func TestPoolCancel(t *testing.T) {
	p, _ := fakePool(t, 2, wire.Version)
	c, send := receiver()
	p.Start(1, tasks("hang", 10), send)
	time.Sleep(300 * time.Millisecond) // they hang now
	start := time.Now()
	p.Cancel(1)
	if got := collect(t, c); len(got) != 0 {
		t.Errorf("answers from hanging workers: %v", got)
	}
	d, send2 := receiver()
	p.Start(2, tasks("ok", 10), send2)
	complete(t, collect(t, d), 2, 10)
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("cancelling and the next run took %v", took)
	}
	p.Cancel(1) // of a run that is over: nothing happens
}

func TestPoolCancelKeepsOtherRuns(t *testing.T) {
	p, _ := fakePool(t, 2, wire.Version)
	c, send := receiver()
	d, send2 := receiver()
	p.Start(1, tasks("hang", 3), send)
	p.Start(2, tasks("slow", 20), send2)
	time.Sleep(200 * time.Millisecond)
	p.Cancel(1)
	collect(t, c)
	complete(t, collect(t, d), 2, 20)
}

func TestPoolDeaths(t *testing.T) {
	for _, kind := range []string{"die", "throw"} {
		t.Run(kind+" each time", func(t *testing.T) {
			p, _ := fakePool(t, 2, wire.Version)
			c, send := receiver()
			p.Start(1, tasks(kind, 10), send)
			failed := 0
			answers := slices.DeleteFunc(collect(t, c), func(a state.Answer) bool {
				if a.Err != "" {
					failed++
				}
				return a.Err != ""
			})
			if failed != 1 || len(answers) != 9 {
				t.Errorf("%d tasks failed and %d were done, want 1 and 9", failed, len(answers))
			}
		})
	}
	t.Run("once", func(t *testing.T) {
		p, _ := fakePool(t, 2, wire.Version)
		c, send := receiver()
		p.Start(1, tasks("once", 10), send)
		complete(t, collect(t, c), 1, 10)
	})
}

func TestPoolNoWorkers(t *testing.T) {
	fakePool(t, 0, wire.Version)
	js.Global().Set("trialbox", global("Function").New(`return {startWorker: async () => { throw new Error("no workers here") }}`).Invoke())
	p := newPool(2)
	c, send := receiver()
	p.Start(1, tasks("ok", 3), send)
	got := collect(t, c)
	if len(got) != 3 || !strings.Contains(got[0].Err, "no workers here") {
		t.Errorf("got %+v", got)
	}
	if _, err := p.Read(background(t), state.Bytes("x.csv", nil), dataset.Options{}, nil); err == nil {
		t.Error("a file was read without workers")
	}
}

func TestPoolOtherVersion(t *testing.T) {
	p, _ := fakePool(t, 2, "another")
	c, send := receiver()
	p.Start(1, tasks("ok", 3), send)
	if got := collect(t, c); len(got) != 3 || !strings.Contains(got[0].Err, "reload") {
		t.Errorf("got %+v", got)
	}
}

func TestPoolRead(t *testing.T) {
	p, _ := fakePool(t, 1, wire.Version)
	told := make(chan int64, 10)
	_, err := p.Read(background(t), state.Bytes("x.csv", []byte("a,b\n")), dataset.Options{}, func(done int64) { told <- done })
	var refusal *dataset.Refusal
	if !errors.As(err, &refusal) || refusal.Problem.Kind != "empty" {
		t.Errorf("got %v, want the worker's refusal", err)
	}
	if done := <-told; done != 5 {
		t.Errorf("told %d bytes, want 5", done)
	}
}

// Giving up a reading frees the worker.
func TestPoolReadCancel(t *testing.T) {
	p, _ := fakePool(t, 1, wire.Version)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, err := p.Read(ctx, state.Bytes("hang.csv", []byte("a")), dataset.Options{}, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
	c, send := receiver()
	p.Start(1, tasks("ok", 3), send)
	complete(t, collect(t, c), 1, 3)
}

// The browser's hash of a file is SHA-256's.
func TestDigest(t *testing.T) {
	body := bytes.Repeat([]byte("1;2,5;P07\r\n"), 1<<17)
	got, err := digest(global("Blob").New([]any{jsBytes(body)}))
	if want := fmt.Sprintf("%x", sha256.Sum256(body)); err != nil || got != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

func TestSafeName(t *testing.T) {
	for in, want := range map[string]string{
		"Table 3.csv": "Table 3.csv", "../../etc/passwd": "_.._etc_passwd", "": "trialbox", "a\x00b\u202ec": "a_b_c",
		`=cmd|' /C calc'!A0`: `=cmd_' _C calc'!A0`, "Größe ä.html": "Größe ä.html",
	} {
		if got := safeName(in); got != want {
			t.Errorf("safeName(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestDeskDownloadStreams(t *testing.T) {
	parts := global("Array").New()
	w := partWriter{context.Background(), parts}
	fmt.Fprint(w, "a")
	fmt.Fprint(w, "b")
	if parts.Length() != 2 {
		t.Errorf("%d parts, want 2", parts.Length())
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (partWriter{ctx, parts}).Write([]byte("c")); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled download went on: %v", err)
	}
}
