//go:build !js

package journey

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A trial is planned before there is one: the paper's numbers, a simulation
// that is cancelled and resumed on all workers, an allocation that the command
// draws again from its log, and the ICC of the example beside the planned one.
func TestDesign(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.Part("sample size", func(t *testing.T) {
		p.Click("Plan a trial")
		p.WaitText("lasts until the page is closed")
		if got := p.Text("#size-answers"); !strings.Contains(got, "27") || !strings.Contains(got, "162") || !strings.Contains(got, "81.2%") || !strings.Contains(got, "78.1% by t") {
			t.Errorf("the paper's plan: %s", got)
		}
		p.Screenshot("design-size-1280.png")
		p.Click("Its update")
		p.WaitText("recruit 193 with 30% lost")
		if got := p.Text("#paper"); !strings.Contains(got, "192.86") {
			t.Errorf("the paper's 192: %s", got)
		}
		p.Enter("#d-icc", "1.5")
		if got := p.Text("#d-icc-says"); !strings.Contains(got, "between 0 and 1") {
			t.Errorf("an ICC above 1: %s", got)
		}
		if got := eval[string](p, `document.getElementById("d-icc").getAttribute("aria-invalid")`); got != "true" {
			t.Errorf("aria-invalid is %q", got)
		}
		p.Enter("#d-power", "1")
		p.WaitText("2 fields have to be corrected")
		p.Screenshot("design-wrong-1280.png")
		p.Click("The paper's plan")
		p.WaitText("156.98 people / 6")
		name, body := p.Download(func() { p.press("the button", `document.querySelector("#power-figure .tools button")`) })
		if !strings.HasSuffix(name, ".svg") || !bytes.Contains(body, []byte("<title")) {
			t.Errorf("%s: %s", name, cut(string(body), 200))
		}
	})
	p.Part("simulation", func(t *testing.T) {
		p.Click("Power by simulation")
		p.Enter("#s-trials", "100000")
		p.Click("Simulate")
		p.Wait("the first trials", `Number(document.querySelector("#simulation-work")?.dataset.done ?? 0) > 0`)
		p.Click("Cancel, keep what is done")
		p.WaitText("Stopped: ")
		done := p.number(`#simulation-work`, "done")
		if done < 50 || done >= 100000 {
			t.Errorf("%d trials after Cancel", done)
		}
		p.Enter("#s-trials", "300")
		p.Click("Simulate")
		p.WaitText("Done: 300 of 300 trials")
		first := p.Text("#simulated")
		p.Screenshot("design-simulation-1280.png")
		p.Click("Simulate")
		p.Wait("another start", `document.querySelector("#simulation-work").dataset.done !== "300" || document.querySelector("#simulation-work progress")`)
		p.WaitText("Done: 300 of 300 trials")
		if again := p.Text("#simulated"); again != first {
			t.Errorf("the same seed, other numbers:\n%s\n%s", first, again)
		}
		p.Pick("#s-model", "Ordered categories")
		p.press("the button", `document.querySelector('input[name="s-visits"][value="1"]')`)
		p.drawn()
		p.Enter("#s-trials", "20")
		p.Click("Simulate again")
		p.WaitText("Done: 20 of 20 trials")
		if got := p.Text("#simulated"); !strings.Contains(got, "cumulative logits") || !strings.Contains(got, "0 not fitted") {
			t.Errorf("ordered categories: %s", got)
		}
	})
	p.Part("randomisation", func(t *testing.T) { p.randomise(t) })
	p.Part("ICC of a trial", func(t *testing.T) {
		p.Screen("start")
		p.Click("Open the example trial")
		p.Wait("the table", `!!document.querySelector("#table3")`)
		p.Screen("design")
		p.Click("Sample size")
		p.Click("From the open trial")
		p.Click("Estimate it")
		p.WaitText("REML, arms taken out")
		p.Text("#icc-seen")
		p.WaitText("ICC of the data")
		p.Screenshot("design-icc-1280.png")
		p.Enter("#d-people", "8")
		p.WaitText("These choices are part of the recipe of Example trial")
	})
	p.Resize(390, 844)
	p.Screenshot("design-size-390.png")
	p.Click("Randomisation")
	p.Screenshot("design-allocation-390.png")
	if wide := eval[float64](p, `document.documentElement.scrollWidth`); wide > 390 {
		t.Errorf("the page is %v px wide on a phone", wide)
	}
	p.Resize(1280, 900)
	p.Dark(true)
	p.Click("Sample size")
	p.Screenshot("design-size-1280-dark.png")
	p.OnlyOwn()
}

func (p *Page) number(selector, data string) int {
	p.t.Helper()
	n, err := strconv.Atoi(eval[string](p, `document.querySelector(`+quote(selector)+`).dataset[`+quote(data)+`]`))
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

// randomise draws lists of the example's units on the page, and again by the
// command from the log and from the same choices.
func (p *Page) randomise(t *testing.T) {
	p.Click("Randomisation")
	p.Upload("allocate", "testdata/units.csv")
	p.WaitText("units.csv: 27 units.")
	p.Click("Draw")
	p.WaitText("A whole number is needed")
	p.Enter("#a-seed", "42")
	p.Click("Draw")
	p.Wait("the list", `document.querySelectorAll("#allocation tbody tr").length === 27`)
	p.Screenshot("design-allocation-1280.png")
	_, list := p.Download(func() { p.Click("List as CSV") })
	_, log := p.Download(func() { p.Click("Log as JSON") })
	dir := t.TempDir()
	path := filepath.Join(dir, "log.json")
	if err := os.WriteFile(path, log, 0o600); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dist(t), "trialbox")
	if again, err := exec.Command(program, "allocate", "-replay", path).Output(); err != nil || !bytes.Equal(again, list) {
		t.Errorf("the command draws another list from the page's log: %v", err)
	}
	other := filepath.Join(dir, "other.json")
	command := exec.Command(program, "allocate", "-seed", "42", "-strata", "stratum", "-block", "2,4", "-log", other, "testdata/units.csv")
	direct, err := command.Output()
	logged, _ := os.ReadFile(other)
	if err != nil || !bytes.Equal(direct, list) || !bytes.Equal(logged, log) {
		t.Errorf("the command's list or log is another than the page's: %v", err)
	}
	p.Pick("#a-method", "Constrained (balanced)")
	p.ClickOn("#a-balance-n_physicians")
	p.drawn()
	p.ClickOn("#a-balance-sector")
	p.drawn()
	p.Enter("#a-within-n_physicians", "0.001")
	p.Click("Draw")
	p.Wait("the refusal", `!!document.querySelector("#a-within-says")`)
	p.Enter("#a-within-n_physicians", "")
	p.Click("Draw")
	p.Wait("the histogram", `!!document.querySelector("#space-figure svg")`)
	p.Screenshot("design-constrained-1280.png")
	p.ClickOn("#a-concealed")
	p.drawn()
	p.Click("Draw again")
	p.WaitText("codes only")
	for _, arm := range p.Texts("#allocation td.sig") {
		if arm != "A" && arm != "B" {
			t.Fatalf("a concealed list says %s", arm)
		}
	}
}
