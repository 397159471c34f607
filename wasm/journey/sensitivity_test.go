//go:build !js

package journey

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trialbox/app/analysis"
)

// The sensitivity analyses of the example: variants, shifts and a population
// built in the page run in the workers, end with the numbers of `trialbox
// run`, and the page of who is missing is there without a run.
func TestSensitivity(t *testing.T) {
	p, _ := home(t)
	defer p.OnlyOwn()
	p.Resize(1280, 1000)
	p.OpenExample()
	_, recipe := p.Download(func() { p.Click("Recipe") })
	p.Screen("sensitivity")
	p.Part("who is missing", func(t *testing.T) {
		p.Tab("Who is missing")
		if text := p.Text("#at-random"); !strings.Contains(text, "missing at random") {
			t.Errorf("the assumption: %q", text)
		}
		p.Wait("the patterns", `!!document.querySelector("#patterns svg title")`)
		p.Screenshot("sensitivity-missing-1280.png")
		p.Tab("Side by side")
	})
	p.Part("a population built here", func(t *testing.T) {
		p.ClickOn("#sens-population summary")
		p.Pick("#sens-variable", "age")
		p.Pick("#sens-compare", "is at least")
		p.Set("#sens-value", "40")
		p.Set("#sens-label", "40 years or over")
		p.Click("Add these people")
		p.Wait("the population", `!!document.querySelector("#sens-v-40-years-or-over")`)
	})
	p.Part("run", func(t *testing.T) {
		p.Enter("#sens-m", "6")
		p.Click("Run all")
		p.Wait("the run", `!!document.querySelector("#sens-work")`)
		p.waitFor("the end of the run", `(w => w && w.textContent.startsWith("Done"))(document.querySelector("#sens-work"))`, longPatience)
		cells := p.Texts(`#table-sensitivity-people tbody tr:nth-child(9) td`)
		if len(cells) != 7 || cells[0] != "4.3 (0.3–8.3)" || !strings.HasPrefix(cells[4], "0.7 (−10.7–12.2)†") {
			t.Errorf("ODI at 12 months: %q", cells)
		}
		p.Screenshot("sensitivity-1280.png")
		p.Tab("Missing, shifted")
		p.Wait("the curves", `document.querySelectorAll(".verdict").length === 2`)
		p.Screenshot("sensitivity-shift-1280.png")
		p.Tab("Side by side")
	})
	p.Part("the numbers of the command", func(t *testing.T) {
		_, page := p.Download(func() {
			p.Run(`(() => { let e = document.querySelector("#table-sensitivity-people").closest(".scroll"); while (!e.matches(".tools")) e = e.nextElementSibling; Array.from(e.querySelectorAll("button")).find(b => b.textContent === "CSV").click() })()`)
		})
		rows := slices.DeleteFunc(records(t, page), func(r map[string]string) bool { return r["outcome"] != "odi" })
		dir := t.TempDir()
		path := filepath.Join(dir, "page.recipe.json")
		if err := os.WriteFile(path, onlyODI(t, recipe), 0o644); err != nil {
			t.Fatal(err)
		}
		native(t, "run", path, exampleCSV, "-units", unitsCSV, "-o", dir)
		sameTable(t, rows, records(t, readAll(t, filepath.Join(dir, "sensitivity-people.csv"))))
	})
	p.Part("undo", func(t *testing.T) {
		p.ClickOn("#sens-v-complete")
		p.WaitText("The choices were changed.")
		p.Click("Undo")
		p.WaitGone("The choices were changed.")
		if !slices.ContainsFunc(p.Texts(".rail a.step.done"), func(s string) bool { return strings.HasPrefix(s, "Sensitivity") }) {
			t.Error("the rail does not say that it is done")
		}
	})
	p.Part("a reload", func(t *testing.T) {
		const cells = "#table-sensitivity-people td, #table-sensitivity-models td"
		before := p.Texts(cells)
		p.Click("Keep…")
		p.Click("Keep in this browser")
		p.WaitSaved()
		p.Reload()
		p.Wait("the numbers as they were kept", `(w => w && w.textContent.startsWith("Done"))(document.querySelector("#sens-work"))`)
		if again := p.Texts(cells); len(before) < 100 || !slices.Equal(before, again) {
			t.Errorf("before the reload:\n%q\nafter it:\n%q", before, again)
		}
	})
	p.Dark(true)
	p.Screenshot("sensitivity-dark-1280.png")
	p.Dark(false)
	p.Resize(390, 844)
	p.Screenshot("sensitivity-390.png")
	p.fits("Sensitivity")
}

// onlyODI is the recipe for one outcome with two replicates, since the outcome
// tables are not compared, and with the population that the page built.
func onlyODI(t *testing.T, recipe []byte) []byte {
	r, err := analysis.ParseRecipe(recipe)
	if err != nil {
		t.Fatal(err)
	}
	for k := range r.Outcomes {
		r.Outcomes[k].Chosen = r.Outcomes[k].Variable == "odi"
	}
	r.Options.Replicates = 2
	r.Sensitivity.Shift.Chosen = false
	r.Sensitivity.Variants = append(r.Sensitivity.Variants, analysis.Variant{ID: "40-years-or-over", Label: "40 years or over", Chosen: true, Where: "age_0 >= 40"})
	return r.JSON()
}
