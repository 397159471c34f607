//go:build !js

package journey

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	brokenCSV = "../../app/dataset/testdata/broken_long.csv"
	unitsCSV  = "../../app/trial/testdata/units.csv"
	messyTSV  = "../../app/dataset/testdata/messy_long_codes_excel.tsv"
)

// The nine planted defects are dealt with in the three ways, what was decided
// is undone and done again, saved as a file, and loaded into a fresh page.
func TestDataDecisions(t *testing.T) {
	p, server := home(t)
	defer p.OnlyOwn()
	p.Resize(1280, 900)
	p.Upload("data", brokenCSV)
	p.WaitText("What was understood, column by column")
	p.Tab("Findings")
	p.Wait("nine findings", `document.querySelectorAll("#problems .ways").length === 9`)
	p.Screenshot("data-findings-1280.png")
	p.Part("correct a cell", func(t *testing.T) {
		p.press("the button", `Array.from(document.querySelectorAll("#problems tr")).find(r => r.innerText.includes("3-4")).querySelector(".ways button")`)
		p.Wait("the form", `!!document.querySelector("#problems form input[name=after]")`)
		p.Screenshot("data-correct-1280.png")
		p.Set("#problems input[name=after]", "3")
		p.Set("#problems input[name=reason]", "paper form")
		p.ClickOn("#problems form button[type=submit]")
		p.Wait("eight findings", `document.querySelectorAll("#problems .ways").length === 8`)
		if words := p.Text("#decisions"); !strings.Contains(words, "“3-4” → “3”") || !strings.Contains(words, "paper form") {
			t.Errorf("decisions: %q", words)
		}
	})
	p.Part("a row out needs a reason", func(t *testing.T) {
		p.press("the button", `Array.from(document.querySelectorAll("#problems .ways button")).find(b => b.innerText.startsWith("Leave the row out"))`)
		p.Wait("the form", `!!document.querySelector("#problems form input[name=reason]")`)
		p.ClickOn("#problems form button[type=submit]")
		p.WaitText("Leaving a row out needs a reason")
		p.Set("#problems input[name=reason]", "second questionnaire of one visit")
		p.ClickOn("#problems form button[type=submit]")
		p.Wait("seven findings", `document.querySelectorAll("#problems .ways").length === 7`)
	})
	p.Part("accept", func(t *testing.T) {
		p.press("the button", `Array.from(document.querySelectorAll("#problems .ways button")).find(b => b.innerText.startsWith("Accept"))`)
		p.Wait("the form", `!!document.querySelector("#accept-why")`)
		p.ClickOn("#problems form button[type=submit]")
		p.Wait("six findings", `document.querySelectorAll("#problems .ways").length === 6`)
		p.Screenshot("data-decided-1280.png")
	})
	p.Part("undo and redo", func(t *testing.T) {
		p.Click("Undo")
		p.Wait("seven findings", `document.querySelectorAll("#problems .ways").length === 7`)
		p.Click("Redo")
		p.Wait("six findings", `document.querySelectorAll("#problems .ways").length === 6`)
	})
	var decisions []byte
	p.Part("save and load the decisions", func(t *testing.T) {
		name, body := p.Download(func() { p.Click("Save decisions as CSV") })
		if !strings.HasSuffix(name, ".corrections.csv") || !strings.HasPrefix(string(body), "Contains patient data") || strings.Count(string(body), "\n") != 5 {
			t.Errorf("%s: %q", name, body)
		}
		decisions = body
		fresh := launch(t)
		fresh.Open(server.URL)
		fresh.Upload("data", brokenCSV)
		fresh.WaitText("What was understood, column by column")
		fresh.Tab("Findings")
		path := filepath.Join(t.TempDir(), "c.csv")
		if err := os.WriteFile(path, decisions, 0o600); err != nil {
			t.Fatal(err)
		}
		fresh.Upload("decisions", path)
		fresh.Wait("six findings there too", `document.querySelectorAll("#problems .ways").length === 6`)
	})
	p.Part("a cell of the grid", func(t *testing.T) {
		p.Tab("Rows")
		p.Set("#f-oddrows", "true")
		p.Wait("only odd rows", `document.querySelectorAll("#rows tbody tr").length < 20`)
		p.ClickOn("#rows td.cell-bad button")
		p.Wait("the cell's form", `!!document.querySelector("#cell-form")`)
		p.Screenshot("data-rows-1280.png")
	})
	p.Part("narrow", func(t *testing.T) {
		p.Resize(390, 844)
		p.Tab("Findings")
		p.Screenshot("data-findings-390.png")
		p.Tab("Columns")
		p.Screenshot("data-columns-390.png")
	})
}

// Rules of a column: its kind, its missing codes, its values; the units file
// beside it; and the next export by the same rules.
func TestDataRules(t *testing.T) {
	p, _ := home(t)
	defer p.OnlyOwn()
	p.Resize(1280, 900)
	p.Upload("data", messyTSV)
	p.WaitText("What was understood, column by column")
	p.Tab("Columns")
	p.Screenshot("data-columns-1280.png")
	p.Part("a missing code is a value after all", func(t *testing.T) {
		p.Set("#f-filter", "nrs_back")
		p.Wait("one column", `document.querySelectorAll("#columns tbody tr").length === 1`)
		p.Click("How nrs_back is read")
		p.Wait("its rule", `!!document.querySelector("#column-rule input[type=checkbox]")`)
		p.Screenshot("data-rule-1280.png")
		p.Set("#column-rule input[type=checkbox]", "false")
		p.Wait("the code is a value", `document.querySelector("#column-rule")?.innerText.includes("is a value here")`)
		p.Click("Undo")
		p.Wait("the code is missing again", `!document.querySelector("#column-rule")?.innerText.includes("is a value here")`)
	})
	p.Part("a text replaced", func(t *testing.T) {
		p.Set("#f-filter", "arm")
		p.Click("How arm is read")
		p.Wait("its values", `!!document.querySelector("#values")`)
		p.ClickOn("#values summary")
		p.Set("#values input", "control")
		p.Wait("the replacement", `document.querySelector("#columns").innerText.includes("texts replaced")`)
		p.Click("Back to what was detected")
		p.Wait("no replacement", `!document.querySelector("#columns").innerText.includes("texts replaced")`)
	})
	p.Part("units file", func(t *testing.T) {
		p.Tab("Units and dictionary")
		p.Upload("units", unitsCSV)
		p.Wait("the units", `document.querySelectorAll("#units tbody tr").length === 27`)
		if words := p.Text("#units-words"); !strings.Contains(words, "27 units, 5 without a patient") {
			t.Errorf("units: %q", words)
		}
		p.Screenshot("data-units-1280.png")
		p.Resize(390, 844)
		p.Screenshot("data-units-390.png")
		p.Resize(1280, 900)
	})
	p.Part("a derived variable", func(t *testing.T) {
		p.Tab("Roles")
		p.Set("#f-derived", "odi_change")
		p.Wait("the variable", `document.querySelector("#derived")?.innerText.includes("odi_change")`)
		p.Screenshot("data-derived-1280.png")
		p.Click("Remove odi_change")
		p.Wait("no variable", `!document.querySelector("#derived")`)
	})
	p.Part("another shape by the same rules", func(t *testing.T) {
		p.Upload("next", exampleCSV)
		p.Wait("what differs", `!!document.querySelector("#differences, [role=dialog]")`)
		if eval[bool](p, `!!document.querySelector("[role=dialog]")`) {
			p.Click("Leave it")
		}
		p.Wait("what differs", `document.querySelector("#differences")?.innerText.includes("stratum")`)
		p.Screenshot("data-differences-1280.png")
	})
}
