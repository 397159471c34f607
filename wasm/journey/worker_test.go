//go:build !js

package journey

import (
	"bytes"
	"encoding/base64"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"trialbox/app/dataset"
	"trialbox/stats/boot"
	"trialbox/stats/mixed"
	"trialbox/wasm/wire"
)

// message is one message to a worker of the page, in the words of wasm/wire.
type message struct {
	T     string `json:"t"`
	ID    int    `json:"id"`
	Key   string `json:"key,omitempty"`
	Name  string `json:"name,omitempty"`
	From  int    `json:"from"`
	To    int    `json:"to"`
	Bytes string `json:"bytes,omitempty"` // base64 here, bytes on the way
	File  string `json:"file,omitempty"`  // base64 here, a Blob on the way
}

// askWorkers posts messages to n of the page's real workers, those with an id
// in turn and those without to all, and gives each answer's bytes and table by
// id.
func askWorkers(p *Page, n int, messages []message) (answers, tables map[int][]byte) {
	p.t.Helper()
	got := eval[[]struct {
		ID           int
		Bytes, Table string
	}](p, `(async (n, messages) => {
		const raw = (s) => Uint8Array.from(atob(s || ""), c => c.charCodeAt(0));
		const base64 = (b) => new Promise(done => { const r = new FileReader(); r.onload = () => done(r.result.split(",")[1] || ""); r.readAsDataURL(new Blob([b || ""])); });
		const workers = await Promise.all(Array.from({length: n}, () => trialbox.startWorker()));
		await Promise.all(workers.map(w => new Promise(ready => { w.onmessage = e => e.data.t === "ready" && ready(); })));
		let turn = 0, waiting = 0;
		const out = [];
		await new Promise((done, fail) => {
			for (const w of workers) {
				w.onerror = e => fail(new Error(e.message));
				w.onmessage = async e => {
					const m = e.data;
					if (m.t === "exit") fail(new Error(m.text));
					if (m.t !== "result" && m.t !== "parsed") return;
					out.push({ID: m.id, Bytes: await base64(m.bytes), Table: await base64(m.table)});
					if (--waiting === 0) done();
				};
			}
			for (const m of messages) {
				const sent = {...m, bytes: raw(m.bytes), file: new Blob([raw(m.file)])};
				if (!m.id) { workers.forEach(w => w.postMessage(sent)); continue; }
				waiting++;
				workers[turn++ % n].postMessage(sent);
			}
		});
		workers.forEach(w => w.terminate());
		return out;
	})(`+jsonText(n)+`, `+jsonText(messages)+`)`)
	answers, tables = map[int][]byte{}, map[int][]byte{}
	for _, a := range got {
		answers[a.ID], tables[a.ID] = unbase64(p.t, a.Bytes), unbase64(p.t, a.Table)
	}
	return answers, tables
}

func unbase64(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func encoded(v any) string { return base64.StdEncoding.EncodeToString(wire.Encode(v)) }

// smallTrial is a job with units, patients and an arm: numbers enough for a
// fit, made by a rule so that they are the same everywhere.
func smallTrial() *boot.Job {
	d := mixed.Design{Response: "y", Terms: []string{"(Intercept)", "arm", "visit"}}
	unit := mixed.Group{Name: "unit"}
	patient := mixed.Group{Name: "patient"}
	state := uint64(1)
	noise := func() float64 { // an old generator, good enough to be uneven
		state = state*6364136223846793005 + 1442695040888963407
		return float64(state>>40)/float64(1<<24) - 0.5
	}
	var strata []int32
	for u := range 12 {
		unit.Levels = append(unit.Levels, string(rune('a'+u)))
		strata = append(strata, int32(u%2))
		ofUnit := 3 * noise()
		for range 6 {
			id := int32(len(patient.Levels))
			patient.Levels = append(patient.Levels, string(rune('A'))+jsonText(id))
			ofPatient := 5 * noise()
			for v := range 3 {
				d.Y = append(d.Y, 30+2*float64(u%2)-float64(v)+ofUnit+ofPatient+6*noise())
				d.X = append(d.X, 1, float64(u%2), float64(v))
				unit.Of = append(unit.Of, int32(u))
				patient.Of = append(patient.Of, id)
				d.SourceRow = append(d.SourceRow, int32(len(d.SourceRow)))
			}
		}
	}
	d.Groups = []mixed.Group{unit, patient}
	return &boot.Job{Design: d, Method: mixed.ML, Strata: strata, Seed: 42,
		Contrasts: []boot.Contrast{{Name: "arm at visit 2", L: []float64{0, 1, 2}}}}
}

// The page's workers give the numbers of the same code natively (to 10 digits:
// the processors round differently), and the very same bytes for any number of
// workers.
func TestWorkerFits(t *testing.T) {
	t.Parallel()
	p := launch(t)
	p.Open(serve(t, "/").URL)
	job := smallTrial()
	ask := func(workers, chunk int) map[int]wire.Answer {
		messages := []message{{T: wire.Job, Key: "k", Bytes: encoded(job)}, {T: wire.Task, ID: 1, Key: "k"}}
		for from := 0; from < 60; from += chunk {
			messages = append(messages, message{T: wire.Task, ID: 2 + from, Key: "k", From: from, To: min(from+chunk, 60)})
		}
		answers, _ := askWorkers(p, workers, messages)
		out := map[int]wire.Answer{}
		for id, b := range answers {
			var a wire.Answer
			if err := wire.Decode(b, &a); err != nil {
				t.Fatal(err)
			}
			if a.Err != "" {
				t.Fatal(a.Err)
			}
			out[id] = a
		}
		return out
	}
	one, three := ask(1, 60), ask(3, 7)
	runner, err := boot.NewRunner(job)
	if err != nil {
		t.Fatal(err)
	}
	fit, batch := runner.Fit(), runner.Run(0, 60)
	if !near(one[1].Fitted.Fit.LogLik, fit.LogLik) || !allNear(one[1].Fitted.Fit.Beta, fit.Beta) || !allNear(one[1].Fitted.Fit.SE, fit.SE) {
		t.Errorf("fit in the worker: %+v\nnatively: %+v", one[1].Fitted.Fit, fit)
	}
	if c := runner.Contrasts(); len(one[1].Fitted.Contrasts) != 1 || !near(one[1].Fitted.Contrasts[0].SE, c[0].SE) {
		t.Errorf("contrasts in the worker: %+v\nnatively: %+v", one[1].Fitted.Contrasts, c)
	}
	if !allNear(one[2].Batch.Fixed, batch.Fixed) || !allNear(one[2].Batch.LogLik, batch.LogLik) {
		t.Error("replicates in the worker are not those of the native program")
	}
	var fixed, variances []float64
	for from := 0; from < 60; from += 7 {
		fixed = append(fixed, three[2+from].Batch.Fixed...)
		variances = append(variances, three[2+from].Batch.Variances...)
	}
	if !reflect.DeepEqual(one[1].Fitted.Fit, three[1].Fitted.Fit) || !reflect.DeepEqual(fixed, one[2].Batch.Fixed) || !reflect.DeepEqual(variances, one[2].Batch.Variances) {
		t.Error("three workers and other pieces give other numbers than one worker")
	}
	p.OnlyOwn()
}

// A file read by a worker, slice by slice, is the data set that the native
// program reads; what cannot be read is refused in the same words.
func TestWorkerReads(t *testing.T) {
	t.Parallel()
	p := launch(t)
	p.Open(serve(t, "/").URL)
	example, err := os.ReadFile(filepath.Join(dist(t), "site", "example", "trial_long.csv"))
	if err != nil {
		t.Fatal(err)
	}
	header, rows, _ := bytes.Cut(example, []byte("\n"))
	long := append(append(bytes.Clone(header), '\n'), bytes.Repeat(rows, 1+5<<20/len(rows))...) // more than two slices
	book, spss := sheetFile(t, "trial_long.xlsx"), sheetFile(t, "trial_long.zsav")
	for name, body := range map[string][]byte{"example": example, "long": long, "empty": nil, "no table": []byte("\x00\x01\x02\xff"),
		"workbook": book, "SPSS": spss, "workbook, cut": book[:len(book)/2], "SPSS, cut": spss[:len(spss)/2]} {
		answers, tables := askWorkers(p, 1, []message{{T: wire.Parse, ID: 1, Name: "x.csv",
			Bytes: encoded(dataset.Options{}), File: base64.StdEncoding.EncodeToString(body)}})
		var got wire.Reading
		if err := wire.Decode(answers[1], &got); err != nil {
			t.Fatal(err)
		}
		want, err := dataset.ReadRaw("x.csv", bytes.NewReader(body), int64(len(body)), dataset.Options{})
		if err != nil {
			if got.Refused == nil || got.Refused.String() != err.Error() {
				t.Errorf("%s: the worker said %+v, the native program %v", name, got, err)
			}
			continue
		}
		table, err := want.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if got != (wire.Reading{}) || !bytes.Equal(tables[1], table) {
			t.Errorf("%s: the worker read another table (%+v; %d bytes, want %d)", name, got, len(tables[1]), len(table))
		}
	}
	p.OnlyOwn()
}

// sheetFile is a file that another program wrote.
func sheetFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "app", "dataset", "testdata", "sheets", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A broken contract inside a fit is told as the answer of its task; the worker
// lives on.
func TestWorkerSurvivesFaults(t *testing.T) {
	t.Parallel()
	p := launch(t)
	p.Open(serve(t, "/").URL)
	broken := smallTrial()
	broken.Design.X = broken.Design.X[:5]
	answers, _ := askWorkers(p, 1, []message{
		{T: wire.Job, Key: "broken", Bytes: encoded(broken)},
		{T: wire.Job, Key: "good", Bytes: encoded(smallTrial())},
		{T: wire.Task, ID: 1, Key: "broken"}, {T: wire.Task, ID: 2, Key: "unknown"}, {T: wire.Task, ID: 3, Key: "good"},
	})
	for id, wantErr := range map[int]bool{1: true, 2: true, 3: false} {
		var a wire.Answer
		if err := wire.Decode(answers[id], &a); err != nil {
			t.Fatal(err)
		}
		if (a.Err != "") != wantErr || strings.Contains(a.Err, "goroutine") {
			t.Errorf("task %d: %+v", id, a)
		}
	}
}

func near(a, b float64) bool {
	return math.Abs(a-b) <= 1e-10*math.Max(1, math.Max(math.Abs(a), math.Abs(b)))
}

func allNear(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !near(a[i], b[i]) {
			return false
		}
	}
	return true
}
