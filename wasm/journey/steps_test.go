//go:build !js

package journey

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// longPatience is for a whole run of replicates on a busy machine.
const longPatience = 90 * time.Second

const (
	exampleCSV    = "../../static/example/trial_long.csv"
	exampleRecipe = "../../app/analysis/example.recipe.json"
)

// home opens the served site.
func home(t *testing.T) (*Page, *Server) {
	t.Helper()
	server := serve(t, "/")
	p := launch(t)
	p.Open(server.URL)
	return p, server
}

// Part is a named part of a journey on this page: what fails in it is told
// under its name, and the parts after it are still walked.
func (p *Page) Part(name string, do func(t *testing.T)) {
	p.t.Helper()
	whole := p.t
	whole.Run(name, func(t *testing.T) {
		p.t = t
		defer func() { p.t = whole }()
		do(t)
	})
}

// Screen goes to a screen by the rail.
func (p *Page) Screen(name string) {
	p.t.Helper()
	p.ClickOn(`nav.rail a[href="#/` + name + `"]`)
	p.Wait("the screen "+name, `!!document.querySelector('nav.rail a[href="#/`+name+`"][aria-current=step]')`)
}

// Enter gives a field a value and lets the page draw before the next step: a
// field's handler knows the other fields as they were last drawn.
func (p *Page) Enter(selector, value string) {
	p.t.Helper()
	p.Set(selector, value)
	p.drawn()
}

// Pick chooses from a list by the words shown, as a person does.
func (p *Page) Pick(selector, label string) {
	p.t.Helper()
	found := `Array.from(document.querySelector(` + quote(selector) + `)?.options ?? []).find(o => o.textContent === ` + quote(label) + `)`
	p.Wait("the choice "+label+" of "+selector, `(o => {
		if (!o) return false;
		o.selected = true;
		o.parentElement.dispatchEvent(new Event("change", {bubbles: true}));
		return true;
	})(`+found+`)`)
	p.drawn()
}

// drawn waits until two of the page's own turns have passed.
func (p *Page) drawn() {
	p.t.Helper()
	eval[bool](p, `new Promise(done => setTimeout(() => setTimeout(() => done(true), 60), 60))`)
}

// OpenData opens a data file by the file input and waits until it is read.
func (p *Page) OpenData(file string) {
	p.t.Helper()
	p.Upload("data", file)
	p.Wait("the columns of "+file, `!!document.querySelector("#columns")`)
}

// TrialWords turns to the roles and says what the file holds as a trial.
func (p *Page) TrialWords() string {
	p.t.Helper()
	p.Tab("Roles")
	return p.Text("#trial-words")
}

// Choose ticks exactly these outcomes.
func (p *Page) Choose(outcomes ...string) {
	p.t.Helper()
	p.Wait("the list of outcomes", `!!document.querySelector("#outcome-choice input")`)
	want := map[string]bool{}
	for _, o := range outcomes {
		want[o] = true
		p.Wait("the outcome "+o, `!!document.getElementById(`+quote("o-"+o)+`)`)
	}
	for _, id := range eval[[]string](p, `Array.from(document.querySelectorAll("#outcome-choice input"), e => e.id)`) {
		name := strings.TrimPrefix(id, "o-")
		on := eval[bool](p, `document.getElementById(`+quote(id)+`).checked`)
		if on != want[name] {
			p.press("the choice "+id, `document.getElementById(`+quote(id)+`)`)
			p.drawn()
		}
	}
}

// Account is what the line above the table says of a run.
type Account struct {
	Done, Target int
	Active       bool
}

const account = `(w => w ? {Done: +w.dataset.done, Target: +w.dataset.target, Active: !!w.querySelector("progress")} : {Done: -1, Target: -1, Active: false})(document.getElementById("work"))`

// Account reads it.
func (p *Page) Account() Account {
	p.t.Helper()
	return eval[Account](p, account)
}

// WaitRun waits until a run has ended with all of its replicates.
func (p *Page) WaitRun(target int) {
	p.t.Helper()
	p.waitFor(fmt.Sprintf("a run of %d replicates to end", target),
		`(a => !a.Active && a.Done === `+strconv.Itoa(target)+` && a.Target === a.Done)(`+account+`)`, longPatience)
}

// RunWith runs outcomes with B replicates and a seed, from the Outcomes screen.
func (p *Page) RunWith(b, seed int, outcomes ...string) {
	p.t.Helper()
	p.StartWith(b, seed, outcomes...)
	p.WaitRun(b * len(outcomes))
}

// StartWith sets the options and starts the run.
func (p *Page) StartWith(b, seed int, outcomes ...string) {
	p.t.Helper()
	p.Choose(outcomes...)
	p.Enter("#f-b", strconv.Itoa(b))
	p.Enter("#f-seed", strconv.Itoa(seed))
	if got := eval[[]string](p, `["f-b", "f-seed"].map(id => document.getElementById(id).value)`); got[0] != strconv.Itoa(b) || got[1] != strconv.Itoa(seed) {
		p.t.Fatalf("replicates and seed were set to %d and %d and read %v", b, seed, got)
	}
	p.Click("Run") // "Run again" once there are results
}

// OpenExample opens the example trial, waits until its Table 3 has settled and
// stops there: Table 4 asks for many times that work, and has its own journey.
func (p *Page) OpenExample() {
	p.t.Helper()
	p.openExample()
	p.WaitTable3()
	p.StopRun()
}

// ShowExample opens the example trial where no number of its models matters.
func (p *Page) ShowExample() {
	p.t.Helper()
	p.openExample()
	p.StopRun()
}

func (p *Page) openExample() {
	p.t.Helper()
	p.Click("Open the example trial")
	p.Wait("the example's table", `!!document.querySelector("#table3 tr[data-outcome=odi]")`)
}

// StopRun stops what still runs and keeps what is done.
func (p *Page) StopRun() {
	p.t.Helper()
	p.Wait("the run to stop", `(w => {
		if (!w || !w.querySelector("progress")) return true;
		w.querySelector("button").click();
		return false;
	})(document.getElementById("work"))`)
}

// table3Recipe is the example's recipe with few replicates of the binary and
// ordinal outcomes, where a test is about Table 3.
func table3Recipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "table3.recipe.json")
	writeAll(t, path, bytes.Replace(readAll(t, exampleRecipe), []byte(`"logit_replicates": 1000`), []byte(`"logit_replicates": 2`), 1))
	return path
}

// WaitTable3 waits until no row of Table 3 moves any more.
func (p *Page) WaitTable3() {
	p.t.Helper()
	p.waitFor("Table 3 to settle", `document.querySelectorAll("#table3 tr.in").length > 1 && !document.querySelector("#table3 tr.live") && !document.getElementById("table3").textContent.includes("…")`, longPatience)
}

// TableRow is a row of the outcome table as printed.
type TableRow struct {
	Outcome, Visit         string
	Difference, Interval   string
	P                      string
	Replicates, InterMeans string
}

// Row reads one row of the outcome table, footnote letters left out.
func (p *Page) Row(outcome, visit string) TableRow {
	p.t.Helper()
	row := `#table3 tr[data-outcome=` + quote(outcome) + `][data-visit=` + quote(visit) + `]`
	p.Wait("the row "+outcome+" at "+visit, `!!document.querySelector(`+quote(row)+`)`)
	return eval[TableRow](p, `((row, outcome, visit) => {
		const text = (e) => { if (!e) return ""; const c = e.cloneNode(true); c.querySelectorAll("sup").forEach(s => s.remove()); return c.textContent.trim(); };
		const cells = row.querySelectorAll("td");
		return {Outcome: outcome, Visit: visit,
			InterMeans: text(cells[0]) + " | " + text(cells[1]),
			Difference: text(cells[2].querySelector(".v")), Interval: text(cells[2].querySelector(".p")).replace(/^\(|\)$/g, ""),
			P: text(cells[3]), Replicates: text(cells[4])};
	})(document.querySelector(`+quote(row)+`), `+quote(outcome)+`, `+quote(visit)+`)`)
}

// CSV downloads the outcome table with its numbers at full precision.
func (p *Page) CSV() []byte {
	p.t.Helper()
	name, body := p.Download(func() { p.Click("CSV") })
	if !strings.HasSuffix(name, ".csv") {
		p.t.Errorf("the CSV came as %q", name)
	}
	return body
}

// Tab turns to a view of the screen.
func (p *Page) Tab(label string) {
	p.t.Helper()
	p.press("the tab "+label, `Array.from(document.querySelectorAll("nav.tabs button")).find(b => b.textContent.trim().startsWith(`+quote(label)+`))`)
	p.Wait("the view "+label, `Array.from(document.querySelectorAll("nav.tabs button")).some(b => b.getAttribute("aria-current") === "page" && b.textContent.trim().startsWith(`+quote(label)+`))`)
}

// Cells are the texts of a table's body, found by the words of its region.
func (p *Page) Cells(region string) [][]string {
	p.t.Helper()
	return eval[[][]string](p, `Array.from(document.querySelectorAll('[role=region][aria-label=`+quote(region)+`] tbody tr'), r => Array.from(r.children, c => c.textContent.trim()))`)
}

// Early runs a script in every page of this browser before the page's own.
func (p *Page) Early(script string) {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
		p.t.Fatal(err)
	}
}

// Another opens a second window of the same browser: same profile, same store.
func (p *Page) Another(url string) *Page {
	p.t.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx)
	q := &Page{t: p.t, ctx: ctx, Net: p.Net, downloads: p.downloads}
	p.t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		p.t.Fatalf("a second window: %v", err)
	}
	if err := chromedp.Listen(ctx, q.heard); err != nil {
		p.t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		p.t.Fatal(err)
	}
	q.Open(url)
	return q
}

// Trouble waits for the banner of a failure and gives its words.
func (p *Page) Trouble() string {
	p.t.Helper()
	return strings.Join(strings.Fields(p.Text("#trouble p")), " ")
}

// native runs the headless command that was built with the site.
func native(t *testing.T, args ...string) []byte {
	t.Helper()
	exe, err := filepath.Abs(filepath.Join(dist(t), "trialbox"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(exe); err != nil {
		skipOrFail(t, "the headless command is not built: run `make build` first")
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(exe, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("trialbox %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return stdout.Bytes()
}

// nativeFit is what this package reads of the fit command's answer.
type nativeFit struct {
	LogLik    float64      `json:"loglik"`
	N         int          `json:"n_obs"`
	Contrasts []nativeDiff `json:"contrasts"`
	Bootstrap struct {
		Replicates, Boundary, Failed int
		Contrasts                    []nativeDiff
	}
}

type nativeDiff struct {
	Name         string
	Estimate, SE float64
	MCSE         float64 `json:"mc_se"`
	P            float64
	CI           [2]float64
	Normal       [2]float64 `json:"ci_normal"`
	Percentile   [2]float64 `json:"ci_percentile"`
	Basic        [2]float64 `json:"ci_basic"`
	BC           [2]float64 `json:"ci_bc"`
}

// fitNatively fits a formula to a CSV with the headless command, resampling
// units within the arm, with the difference between the arms at each visit.
func fitNatively(t *testing.T, file, formula string, b, seed int, extra ...string) nativeFit {
	t.Helper()
	args := append([]string{"fit", "-formula", formula, "-boot", strconv.Itoa(b), "-seed", strconv.Itoa(seed), "-by", "arm"}, extra...)
	var fit nativeFit
	if err := json.Unmarshal(native(t, append(args, file)...), &fit); err != nil {
		t.Fatal(err)
	}
	return fit
}

// atFollowUps are the differences between the arms at the two follow-ups of
// the trial, as the fit command takes them.
func atFollowUps() []string {
	return []string{
		"-contrast", "3 months: 1*armintervention + 1*armintervention:factor(visit)3",
		"-contrast", "12 months: 1*armintervention + 1*armintervention:factor(visit)12",
	}
}

// printed writes a number as the tables do, by a rule written here anew.
func printed(x float64, decimals int) string {
	return strings.Replace(strconv.FormatFloat(x, 'f', decimals, 64), "-", "−", 1)
}

func printedRange(ci [2]float64, decimals int) string {
	high := printed(ci[1], decimals)
	if strings.HasPrefix(high, "−") {
		high = " " + high
	}
	return printed(ci[0], decimals) + "–" + high
}

func printedP(p float64) string {
	if p < 0.001 {
		return "<0.001"
	}
	return strconv.FormatFloat(p, 'f', 3, 64)
}

// records reads a CSV whose first line names its columns.
func records(t *testing.T, body []byte) []map[string]string {
	t.Helper()
	lines, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil || len(lines) < 2 {
		t.Fatalf("not a table: %v\n%s", err, cut(string(body), 500))
	}
	var out []map[string]string
	for _, line := range lines[1:] {
		r := map[string]string{}
		for i, name := range lines[0] {
			r[name] = line[i]
		}
		out = append(out, r)
	}
	return out
}

// sameTable compares two tables cell by cell, numbers to a relative 1e-9.
func sameTable(t *testing.T, got, want []map[string]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d rows instead of %d", len(got), len(want))
	}
	bad := 0
	for i, w := range want {
		for name, cell := range w {
			if bad < 10 && !sameCell(got[i][name], cell) {
				bad++
				t.Errorf("%s at visit %s: %s is %q on the page and %q natively", w["outcome"], w["visit"], name, got[i][name], cell)
			}
		}
	}
}

func sameCell(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX != nil || errY != nil {
		return a == b
	}
	return math.Abs(x-y) <= 1e-9*math.Max(math.Abs(x), math.Abs(y))+1e-15
}

func readAll(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatalf("%q is not a number", s)
	}
	return x
}

func writeAll(t *testing.T, name string, body []byte) {
	t.Helper()
	if err := os.WriteFile(name, body, 0o644); err != nil {
		t.Fatal(err)
	}
}

// workersSeen makes a page believe in so many processors.
func workersSeen(n int) string {
	return `Object.defineProperty(Navigator.prototype, "hardwareConcurrency", {get: () => ` + strconv.Itoa(n) + `})`
}

// storeCount counts what the page keeps, whatever the database is called: a
// project is three records.
const storeCount = `(async () => {
	let n = 0;
	for (const {name} of await indexedDB.databases()) {
		const db = await new Promise((done, fail) => { const r = indexedDB.open(name); r.onsuccess = () => done(r.result); r.onerror = () => fail(r.error); });
		for (const store of db.objectStoreNames) {
			n += await new Promise((done, fail) => { const r = db.transaction(store).objectStore(store).count(); r.onsuccess = () => done(r.result); r.onerror = () => fail(r.error); });
		}
		db.close();
	}
	return n;
})()`

func (p *Page) storedRecords() int {
	p.t.Helper()
	return eval[int](p, storeCount)
}

// WaitSaved waits until the page says that the project is kept here.
func (p *Page) WaitSaved() {
	p.t.Helper()
	p.Wait("the word that the project is saved", `document.getElementById("saved").textContent.trim() === "Saved in this browser"`)
}

const savedList = `Array.from(document.querySelectorAll("#saved-list li b"), e => e.textContent)`

func (p *Page) savedNames() []string {
	p.t.Helper()
	return eval[[]string](p, savedList)
}

// WaitNames waits until the list holds exactly these projects, in any order.
func (p *Page) WaitNames(names ...string) {
	p.t.Helper()
	names = append([]string{}, names...) // not nil, which is written null
	slices.Sort(names)
	p.Wait(fmt.Sprintf("the saved projects %q", names), `JSON.stringify(`+savedList+`.sort()) === `+quote(jsonText(names)))
}

// asked lists what went over the network so far, the page's own included.
func (l *netLog) asked() []string {
	return slices.DeleteFunc(l.all(), func(address string) bool {
		return !strings.HasPrefix(address, "http") || !isForeign(address, "") // an empty own: what is left out is what is no request
	})
}
