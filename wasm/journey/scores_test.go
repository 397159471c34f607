//go:build !js

package journey

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// keys types on whatever has the keyboard.
func (p *Page) keys(text string, modifiers ...chromedp.Modifier) {
	p.t.Helper()
	p.do("typing "+text, chromedp.KeyEvent(text, chromedp.KeyModifiers(modifiers...)))
	p.drawn()
}

// drag moves the pointer, button pressed, from one element to another.
func (p *Page) drag(from, to string) {
	p.t.Helper()
	p.Run(`document.querySelector(` + quote(to) + `).scrollIntoView({block: "center"})`)
	center := func(selector string) (x, y float64) {
		at := eval[[]float64](p, `(r => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector(`+quote(selector)+`).getBoundingClientRect())`)
		return at[0], at[1]
	}
	x, y := center(from)
	u, v := center(to)
	pointer := func(kind input.DispatchMouseEventType, x, y float64) {
		if _, err := chromedp.Call(p.ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: x, Y: y, Button: "left", Buttons: 1, ClickCount: 1}); err != nil {
			p.t.Fatal(err)
		}
		p.drawn()
	}
	pointer("mousePressed", x, y)
	pointer("mouseMoved", (x+u)/2, (y+v)/2)
	pointer("mouseMoved", u, v)
	pointer("mouseReleased", u, v)
}

// Instrument opens a view of an instrument by its row in the table.
func (p *Page) Instrument(id, view string) {
	p.t.Helper()
	row := `#instruments tr[data-instrument=` + quote(id) + `] th button`
	p.ClickOn(row)
	p.Wait("the part of "+id, `document.querySelector(`+quote(row)+`).getAttribute("aria-pressed") === "true"`)
	p.Tab(view)
}

// Receipt is the score of a patient's visit as its receipt says it: "35.6".
func (p *Page) Receipt(scale, patient, visit string) string {
	p.t.Helper()
	p.Enter("#f-patient", patient)
	p.Wait("the patient "+patient, `document.querySelector("#receipt h3").textContent.startsWith(`+quote(patient+",")+`)`)
	p.Run(`(b => b && b.click())(Array.from(document.querySelectorAll(".walk [role=group] button")).find(b => b.textContent.trim() === ` + quote(visit) + `))`)
	p.Wait("the visit "+visit, `document.querySelector("#receipt h3").textContent.startsWith(`+quote(patient+", "+visit+",")+`)`)
	for _, sum := range p.Texts("#receipt .sum") {
		if rest, ok := strings.CutPrefix(sum, scale+": "); ok {
			if strings.HasPrefix(rest, "no score") {
				return ""
			}
			return strings.Fields(rest)[0]
		}
	}
	p.t.Errorf("the receipt has no scale %s: %q", scale, p.Texts("#receipt .sum"))
	return ""
}

// The example's file opened as one's own, its instruments recognised, the
// questions answered and the rules set as reference/README has them, gives the
// scores of the reference.
func TestScoresOfOwnFile(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.OpenData(exampleCSV)
	p.Screen("scores")
	p.Text("#instruments")
	if open := eval[[]string](p, `Array.from(document.querySelectorAll(".banner.warn select, .banner.warn .words"), e => e.id)`); len(open) > 0 {
		t.Errorf("open questions: %v", open)
	}
	if words := strings.Join(p.Texts(".banner"), " "); !strings.Contains(words, "sbt9") {
		t.Errorf("nobody asks how sbt9 is coded: %s", words)
	}
	if got := eval[string](p, `document.getElementById("q-sbt-sbt_9").value`); got != "1-5" {
		t.Errorf("sbt9 is taken as %q", got)
	}
	for _, rule := range [][3]string{{"odi", "odi", "prorate:8"}, {"fabq", "fabq_pa", "prorate:3"}, {"fabq", "fabq_w", "prorate:6"}, {"bbq", "bbq", "prorate:8"},
		{"pseq", "pseq", "prorate:8"}, {"deps", "deps", "prorate:8"}, {"ompsq", "ompsq", "prorate:9"}, {"rmdq", "rmdq", "blank_as_no:20"}} {
		p.Instrument(rule[0], "Settings")
		p.Enter("#f-policy-"+rule[1], rule[2])
	}
	visits := map[string]string{"0": "baseline", "3": "3 months", "12": "12 months"}
	reference := records(t, readAll(t, "testdata/scored_long.csv"))
	scales := []struct{ instrument, label, column, also string }{
		{"odi", "ODI (0–100)", "odi", ""}, {"fabq", "FABQ – Physical activity (0–24)", "fabq_pa", ""}, {"fabq", "FABQ – Work (0–42)", "fabq_w", ""},
		{"bbq", "BBQ (9–45)", "bbq", ""}, {"pseq", "PSEQ (0–60)", "pseq", ""}, {"ompsq", "ÖMPSQ-short (0–100)", "omp", ""}, {"rmdq", "RMDQ (0–24)", "rmdq", ""},
		{"eq5d3l", "EQ-5D-3L index (UK_TTO)", "eq5d_uk", ""}, {"sbt", "STarT Back total (0–9)", "sbt_total", ""}, {"sbt", "STarT Back risk group", "sbt_group", "low medium high"},
	}
	checked := 0
	for _, s := range scales {
		p.Instrument(s.instrument, "Receipts")
		for _, row := range pickRows(reference, s.column) {
			want := row[s.column]
			got := p.Receipt(s.label, row["patient_id"], visits[row["visit"]])
			switch {
			case s.also != "" && want != "":
				want = strings.Fields(s.also)[int(number(t, want))-1]
			case want != "":
				if at := strings.Index(got, "."); at >= 0 {
					want = printed(number(t, want), len(got)-at-1)
				} else {
					want = printed(number(t, want), 0)
				}
			}
			checked++
			if got != want {
				t.Errorf("%s of %s at %s: %q on the page, %q in the reference", s.label, row["patient_id"], visits[row["visit"]], got, want)
			}
		}
	}
	if checked < 5*len(scales) {
		t.Errorf("only %d scores were compared", checked)
	}
	p.OnlyOwn()
}

// pickRows takes rows spread over the file, those without the score first.
func pickRows(rows []map[string]string, column string) []map[string]string {
	var out []map[string]string
	for _, r := range rows {
		if r[column] == "" && r["visit"] == "0" && len(out) < 2 {
			out = append(out, r)
		}
	}
	for i := 7; i < len(rows) && len(out) < 7; i += 61 {
		if rows[i][column] != "" {
			out = append(out, rows[i])
		}
	}
	return out
}

// Columns go into items by the keyboard alone, several at once, and by
// dragging; the order of items is changed by both.
func TestMapByKeyboardAndDrag(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.ShowExample()
	p.Screen("scores")
	p.Instrument("ompsq", "Columns")
	items := func() string {
		return strings.Join(eval[[]string](p, `Array.from(document.querySelectorAll("#items-map select"), s => s.selectedOptions[0].textContent)`), " ")
	}
	whole := items()
	if whole != "omp1 omp2 omp3 omp4 omp5 omp6 omp7 omp8 omp9 omp10" {
		t.Fatalf("mapped at first: %s", whole)
	}
	p.Click("Take all columns away")
	p.WaitText("No column yet for items 1, 2, 3")
	p.Enter("#f-columns", "omp")
	p.Run(`document.getElementById("file-columns").focus()`)
	p.keys(kb.ArrowDown)
	for range 9 {
		p.keys(kb.ArrowDown, chromedp.ModifierShift)
	}
	p.WaitText("10 columns marked")
	p.keys(kb.Enter)
	p.Wait("all items to have their columns", `document.querySelectorAll("#items-map select")[9].value === "omp10"`)
	if got := items(); got != whole {
		t.Errorf("filled by keyboard: %s", got)
	}
	p.ClickOn("#move-down-1")
	p.Wait("the first two to change places", `document.querySelectorAll("#items-map select")[0].value === "omp2"`)
	p.drag(`#items-map tr[data-item="1"] [data-grip]`, `#items-map tr[data-item="0"] [data-grip]`)
	p.Wait("the first two to change back", `document.querySelectorAll("#items-map select")[0].value === "omp1"`)
	if got := items(); got != whole {
		t.Errorf("after dragging back: %s", got)
	}
	p.Click("Take all columns away")
	p.WaitText("No column yet for items 1, 2, 3")
	p.Run(`document.querySelector("#file-columns").scrollTop = 0`)
	p.drag(`#file-columns [data-column="omp4"]`, `#items-map tr[data-item="3"]`)
	p.Wait("a dragged column in its item", `document.querySelectorAll("#items-map select")[3].value === "omp4"`)
	p.Screenshot("1280 Scores-columns.png")
	p.Resize(390, 844)
	for _, tab := range []string{"Receipts", "Columns", "Settings", "By visit"} {
		p.Tab(tab)
		p.fits("Scores " + tab)
	}
	p.Dark(true)
	p.Click("Add an instrument")
	p.fits("Scores adding, dark")
	p.Click("Describe a questionnaire of your own")
	p.Text("#own-form")
	p.fits("Own questionnaire, dark")
	p.OnlyOwn()
}

// A questionnaire written by hand is imported, tried, saved, scored and
// exported again as it came.
func TestOwnQuestionnaire(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.ShowExample()
	p.Screen("scores")
	p.Click("Add an instrument")
	p.Click("Describe a questionnaire of your own")
	p.Text("#own-form")
	file := filepath.Join(t.TempDir(), "worry.json")
	definition := `{
  "id": "worry", "version": "2", "name": "Worry, four items", "short": "Worry", "licence": "Ours.",
  "sources": [{"for": "score", "basis": "convention", "cite": "written for this test"}],
  "items": [{"columns": "deps1", "min": 0, "max": 3}, {"columns": "deps2", "min": 0, "max": 3}, {"columns": "deps3", "min": 0, "max": 3}, {"columns": "deps4", "min": 0, "max": 3}],
  "scales": [{"name": "score", "variable": "worry", "label": "Worry", "rule": "mean", "reversed": "4", "missing": {"rule": "prorate", "min_answered": 3}, "decimals": 2, "better": "lower",
    "bands": [{"label": "little", "from": 0}, {"label": "much", "above": 1.5}]}]
}`
	if err := os.WriteFile(file, []byte(definition), 0o644); err != nil {
		t.Fatal(err)
	}
	p.Upload("definition", file)
	p.Wait("the definition in the form", `document.getElementById("own-id")?.value === "worry"`)
	p.Wait("a receipt of the first patient", `!!document.querySelector("#own-test .receipt .sum")`)
	p.Screenshot("1280 Own-questionnaire.png")
	p.Enter("#own-reversed", "9")
	p.WaitText("There is no item 9.")
	p.Enter("#own-reversed", "4")
	p.ClickOn("#own-save")
	p.Wait("the questionnaire in the table", `!!document.querySelector('#instruments tr[data-instrument=worry]')`)
	p.Tab("Receipts")
	answers := p.Texts("#receipt .items li")
	sum := 0.0
	for i, a := range answers {
		x := number(t, strings.Fields(a)[1])
		if i == 3 {
			x = 3 - x
		}
		sum += x
	}
	if got, want := p.Text("#receipt .sum"), fmt.Sprintf("Worry: %s ", printed(sum/4, 2)); !strings.HasPrefix(got, want) {
		t.Errorf("receipt says %q, by hand %q", got, want)
	}
	p.Tab("Settings")
	p.Click("Edit the definition")
	p.Wait("the saved definition in the form", `document.getElementById("own-id")?.value === "worry"`)
	name, body := p.Download(func() { p.Click("Export JSON") })
	if name != "worry.json" || !strings.Contains(string(body), `"above": 1.5`) {
		t.Errorf("exported %s: %s", name, body)
	}
	p.OnlyOwn()
}

// One patient is scored by keyboard alone: a digit moves on, the risk group
// appears with its tier, and nothing is left after Clear or on another screen.
func TestQuickScorer(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.Click("Score one patient")
	p.Enter("#q-instrument", "sbt")
	p.Wait("the first field to have the keyboard", `document.activeElement.id === "quick-1"`)
	for _, digit := range "11011011" {
		p.keys(string(digit))
	}
	p.Wait("the last field to have the keyboard", `document.activeElement.id === "quick-9"`)
	p.keys("7")
	p.WaitText("out of range")
	p.keys(kb.Backspace)
	p.keys("3")
	p.Wait("the risk group", `(document.getElementById("tier")?.textContent ?? "").includes("Risk group: high. Matched care: tier 3 of 3.")`)
	if got := p.Texts("#quick-result .big"); strings.Join(got, " ") != "7.0 4.0 high" {
		t.Errorf("scores: %q", got)
	}
	p.Screenshot("1280 Quick.png")
	p.keys(kb.ArrowUp)
	p.Wait("the field before", `document.activeElement.id === "quick-8"`)
	p.Click("Clear the sheet")
	p.Wait("empty fields", `Array.from(document.querySelectorAll(".sheet input"), e => e.value).join("") === ""`)
	p.Wait("the first field to have the keyboard again", `document.activeElement.id === "quick-1"`)
	p.Enter("#q-instrument", "ompsq")
	p.Wait("ten fields", `document.querySelectorAll(".sheet input").length === 10`)
	p.keys("4" + kb.Enter)
	for range 9 {
		p.keys("5")
		p.drawn()
	}
	p.Wait("the group of ÖMPSQ", `(document.getElementById("tier")?.textContent ?? "").includes("Risk group: medium. Matched care: tier 2 of 3.")`)
	kept := eval[int](p, `localStorage.length + sessionStorage.length`)
	p.ClickOn(`nav.rail a[href="#/start"]`)
	p.WaitText("Look around first")
	p.ClickOn(`nav.rail a[href="#/quick"]`)
	p.Wait("the sheet empty", `document.querySelectorAll(".sheet input").length === 10 && Array.from(document.querySelectorAll(".sheet input"), e => e.value).join("") === ""`)
	if now := eval[int](p, `localStorage.length + sessionStorage.length`); now > kept || p.storedRecords() != 0 {
		t.Errorf("something was kept: %d entries, %d records", now, p.storedRecords())
	}
	p.Resize(390, 844)
	p.fits("Quick")
	time.Sleep(50 * time.Millisecond)
	p.OnlyOwn()
}
