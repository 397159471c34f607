//go:build !js

package journey

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Table 4 of the example fills in while one watches, ends with the numbers of
// the headless command, runs only what a change touches, and is there at once
// after a reload.
func TestTable4(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.Resize(1280, 900)
	p.Click("Open the example trial")
	p.Wait("the example's table", `!!document.querySelector("#table3 tr[data-outcome=odi]")`)
	p.Enter("#f-logit-b", "60")
	p.Tab("Table 4")
	p.Wait("the first intervals, which still move", `document.querySelectorAll("#table4 tr.live").length > 0`)
	p.waitFor("Table 4 to settle", `!(`+account+`).Active && !document.querySelector("#table4 tr.live")`, longPatience)
	p.Screenshot("table4-1280.png")

	_, recipe := p.Download(func() { p.Click("Recipe") })
	page := p.CSV()
	dir := t.TempDir()
	path := filepath.Join(dir, "page.recipe.json")
	if err := os.WriteFile(path, recipe, 0o644); err != nil {
		t.Fatal(err)
	}
	native(t, "run", path, exampleCSV, "-o", dir)
	sameTable(t, records(t, page), records(t, readAll(t, filepath.Join(dir, "table4.csv"))))

	p.Part("the counts of the paper", func(t *testing.T) {
		row := p.Texts(`#table4 tr[data-outcome=lbp_daily] td`)
		if row[0] != "42.3 (58)" || row[1] != "36.2 (17)" || row[6] != "33.6 (44)" {
			t.Errorf("LBP daily: %q", row)
		}
		if none := p.Texts(`#table4 tr[data-outcome=strong_opioid] td`); none[5] != "n/a" {
			t.Errorf("strong opioids at 3 months: %q", none)
		}
	})
	p.Click("All scales with intervals")
	p.Wait("the odds ratio's interval", `document.querySelector("#table4 tr[data-outcome=lbp_daily][data-visit='3 months'] td:nth-of-type(4) .p").textContent.includes("–")`)
	p.Screenshot("table4-scales-1280.png")

	p.Part("one outcome's change runs that outcome", func(t *testing.T) {
		before := p.Account()
		p.Tab("Outcomes")
		p.ClickOn(`#outcome-list tr[data-outcome=odi] button`)
		p.Text("#outcome-form")
		p.Screenshot("outcomes-list-1280.png")
		p.ClickOn("#f-o-responders")
		p.Wait("the responders' run", `(`+account+`).Target === `+jsonText(before.Target+60))
		if first := p.Account(); first.Done < before.Done {
			t.Errorf("%+v replicates were %+v before the change: others ran again", first, before)
		}
		p.waitFor("the responders", `!(`+account+`).Active`, longPatience)
		p.Tab("Table 4")
		p.Wait("the responders' row", `!!document.querySelector("#table4 tr[data-outcome=odi_responder]")`)
	})
	p.Part("the model of an outcome", func(t *testing.T) {
		p.ClickOn(`#table4 tr.g button`)
		p.Text("#formula")
		p.Wait("the path of the standard error", `!!document.querySelector("#figure-convergence svg")`)
		p.Screenshot("model-1280.png")
		p.Tab("Table 4")
	})

	p.Click("Keep…")
	p.Click("Keep in this browser")
	p.WaitSaved()
	kept := p.CSV()
	p.Reload() // opens what was kept on the screen it was left on
	p.Wait("the tables as they were kept", `!!document.querySelector("#table3") && !(`+account+`).Active`)
	p.Tab("Table 4")
	if again := p.CSV(); !bytes.Equal(kept, again) {
		t.Errorf("before the reload:\n%s\nafter it:\n%s", kept, again)
	}
	p.Resize(390, 844)
	p.Screenshot("table4-390.png")
	p.fits("Table 4")
	p.Dark(true)
	p.Screenshot("table4-390-dark.png")
	p.OnlyOwn()
}
