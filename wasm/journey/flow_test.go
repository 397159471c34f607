//go:build !js

package journey

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The flow chart and the baseline tables of the example: the counts agree with
// the tables and with `trialbox run`, a typed contradiction turns red and is
// undone, words are edited, rows change their statistic, a variable goes to
// the model, and the files come out.
func TestFlowAndBaseline(t *testing.T) {
	p, _ := home(t)
	defer p.OnlyOwn()
	p.Resize(1280, 1000)
	p.ShowExample()
	p.Part("flow", func(t *testing.T) {
		p.Screen("flow")
		p.Wait("the chart", `!!document.querySelector("#flow-figure svg title")`)
		chart := eval[string](p, `Array.from(document.querySelectorAll("#flow-figure svg text"), t => t.textContent).join(" ")`)
		for _, words := range []string{"27 units randomised", "6 providers, 5 strata", "14 units to intervention", "2 units: U09, U23", "5 units recruited nobody", "U02, U04, U12, U22, U23", "234 people", "median 16.5 a unit (3–45)", "137 people answered", "97 did not", "12 units, 232 people", "10 units, 80 people"} {
			if !strings.Contains(chart, words) {
				t.Errorf("the chart does not say %q", words)
			}
		}
		if n := eval[int](p, `document.querySelectorAll("#flow-checks .tag.bad").length`); n != 0 {
			t.Errorf("%d counts disagree", n)
		}
		if n := eval[int](p, `document.querySelectorAll("#flow-checks .tag.good").length`); eval[int](p, `+document.querySelector("#flow-checks").innerText.match(/in the models, (\d+) counts/)[1]`) < 2*20 || n != 3+3+1 {
			t.Errorf("%d counts are held against the tables", n)
		}
		if typed := eval[string](p, `Array.from(document.querySelectorAll(".options input[id^=flow-people_]"), i => i.value.trim()).join("")`); typed != "" {
			t.Errorf("fields that nobody filled in hold %q", typed)
		}
		p.Screenshot("flow-1280.png")
	})
	p.Part("a typed contradiction", func(t *testing.T) {
		p.Enter("#flow-declined", "3")
		p.WaitText("10 approached and 3 declined were typed, which leaves 7; 6 take part.")
		p.Wait("a red box", `!!document.querySelector("#flow-figure rect.clash")`)
		p.Screenshot("flow-clash-1280.png")
		p.Click("Undo")
		p.Wait("no red box", `!!document.querySelector("#flow-figure svg") && !document.querySelector("#flow-figure rect.clash")`)
		p.Enter("#flow-people_asked\\.1", "240")
		p.Wait("a second disagreement", `document.querySelectorAll("#flow-checks .tag.bad").length === 1`)
		p.Click("Undo")
		p.Wait("an empty field", `document.querySelector("#flow-people_asked\\.1").value.trim() === ""`)
		p.Enter("#flow-declined", "many")
		p.WaitText("is not a whole number of 0 or more")
		p.Click("Close")
	})
	p.Part("own words", func(t *testing.T) {
		p.Click("Edit the words")
		p.Wait("the form", `!!document.querySelector("#word-noun\\.person")`)
		p.Screenshot("flow-words-1280.png")
		p.Enter("#word-noun\\.person", "patient, patients")
		p.Click("Done with the words")
		p.Wait("patients", `document.querySelector("#flow-figure svg").textContent.includes("234 patients")`)
		name, body := p.Download(func() { p.Click("SVG") })
		if !strings.HasSuffix(name, " flow.svg") || !strings.Contains(string(body), "<title") || !strings.Contains(string(body), "234 patients") {
			t.Errorf("%s: %.200s", name, body)
		}
		name, body = p.Download(func() { p.Click("PNG") })
		if !strings.HasSuffix(name, " flow.png") || !strings.HasPrefix(string(body), "\x89PNG") || len(body) < 20000 {
			t.Errorf("%s has %d bytes", name, len(body))
		}
	})
	p.Part("baseline", func(t *testing.T) {
		p.Screen("baseline")
		p.Wait("both tables", `!!document.querySelector("#table-2")`)
		dir := t.TempDir()
		native(t, "run", table3Recipe(t), exampleCSV, "-units", unitsCSV, "-o", dir)
		for k, name := range []string{"1", "2"} {
			got := func() []byte {
				_, body := p.Download(func() {
					p.Run(`Array.from(document.querySelectorAll("#table-` + name + `")).map(t => t.closest(".scroll")).forEach(s => { let e = s; while (!e.matches(".tools")) e = e.nextElementSibling; Array.from(e.querySelectorAll("button")).find(b => b.textContent === "CSV").click() })`)
				})
				return body
			}()
			want := readAll(t, filepath.Join(dir, "baseline"+name+".csv"))
			if rows := records(t, want); len(rows) < 15+5*k {
				t.Errorf("table %s has %d rows", name, len(rows))
			}
			sameTable(t, records(t, got), records(t, want))
		}
		var result struct {
			Before struct {
				Flow struct {
					Recruited [2]struct{ People int }
				}
			} `json:"before_the_models"`
		}
		if err := json.Unmarshal(readAll(t, filepath.Join(dir, "result.json")), &result); err != nil {
			t.Fatal(err)
		}
		if heads := p.Texts("#table-1 thead th"); result.Before.Flow.Recruited[1].People != 234 || !slices.ContainsFunc(heads, func(s string) bool { return strings.Contains(s, "n = 234, 12 units") }) {
			t.Errorf("heads %q, the run has %+v", heads, result.Before.Flow)
		}
		if words := p.Text("#imbalance"); !strings.Contains(words, "3 rows differ") || !strings.Contains(words, "All are covariates of the model") {
			t.Errorf("imbalance: %q", words)
		}
		p.Screenshot("baseline-1280.png")
	})
	p.Part("options", func(t *testing.T) {
		p.ClickOn("#base-standardised_differences")
		p.ClickOn("#base-cluster_adjusted")
		p.Wait("both columns", `document.querySelector("#table-1 thead").textContent.includes("P, clusters") && document.querySelector("#table-1 thead").textContent.includes("Std. diff.")`)
		p.Screenshot("baseline-options-1280.png")
		p.ClickOn("#adjust-fabq_pa")
		p.WaitText("1 of them is not in the model")
		p.Click("Adjust for these")
		p.WaitText("All are covariates of the model")
	})
	p.Part("rows", func(t *testing.T) {
		p.Click("Edit the rows")
		p.ClickOn("#row-0\\.0")
		p.Pick("#edit-statistic", "Median (quartiles)")
		p.Wait("the row's statistic", `document.querySelector("#rows-0 tbody tr").textContent.includes("median (quartiles)")`)
		p.Screenshot("baseline-rows-1280.png")
		p.Click("Done with the rows")
		p.Wait("a median age", `document.querySelector("#table-1 tbody tr:nth-child(2)").textContent.includes("45 (38–53)")`)
	})
	p.Part("units and who answered", func(t *testing.T) {
		p.Tab("Units")
		p.Wait("the units", `document.querySelector("#table-units")?.textContent.includes("n = 15")`)
		p.Screenshot("baseline-units-1280.png")
		p.Tab("Who answered")
		p.Wait("answers", `document.querySelector("#table-answered")?.textContent.includes("58.5 (137)")`)
		p.Screenshot("attrition-1280.png")
	})
	p.Part("narrow", func(t *testing.T) {
		p.Resize(390, 844)
		p.Tab("People")
		p.Screenshot("baseline-390.png")
		p.Screen("flow")
		p.Wait("the chart", `!!document.querySelector("#flow-figure svg")`)
		p.Screenshot("flow-390.png")
		if wide := eval[bool](p, `document.documentElement.scrollWidth > 391`); wide {
			t.Error("the page is wider than the screen")
		}
		p.Dark(true)
		p.Resize(1280, 1000)
		p.Screenshot("flow-dark-1280.png")
		p.Dark(false)
	})
}
