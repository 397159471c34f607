package ui

import (
	"os"
	"strings"
	"testing"

	"trialbox/app/design"
	"trialbox/app/state"
	"trialbox/app/state/worldtest"
)

func decide(r *worldtest.Rig, change func(*design.Choices)) {
	c, _ := r.M.Choices()
	change(&c)
	r.Do(state.SetDesign{Choices: c})
}

// The screen without a project: the paper's plan with its explanation, and
// what is wrong beside its field.
func TestDesignScreen(t *testing.T) {
	r := worldtest.New(t, example).Do(state.Go{To: state.Design})
	page := draw(r.M)
	wants(t, page, "lasts until the page is closed", ">27<", ">162<", "156.98 people / 6, rounded up once", "81.2%", "78.1% by t on 25 df", "Step by step", "27 units, 162 people",
		"Power against number of units", "Text for the protocol", "Uneven units")
	decide(r, func(c *design.Choices) { c.Size.ICC, c.Size.Power = "1.5", "" })
	page = draw(r.M)
	wants(t, page, `id="d-icc-says"`, "it lies between 0 and 1", "aria-invalid", "A number is needed here", "2 fields have to be corrected", "to be corrected")
	r.Do(state.ShowPaper{Update: true})
	wants(t, draw(r.M), ">135<", "recruit 193 with 30% lost", "The model paper&#39;s numbers, explained", "192.86", ">193<")
	decide(r, func(c *design.Choices) {
		c.Size = design.PaperPlan()
		c.Size.Outcome, c.Size.Asked = design.Shares, design.AskPower
	})
	wants(t, draw(r.M), "Difference detected", "against 20.0%", `id="d-units"`)
}

func TestSimulationScreen(t *testing.T) {
	r := worldtest.New(t, example).Do(state.Go{To: state.Design}).Do(state.SetDesignTab{Tab: "power"})
	wants(t, draw(r.M), "Drawn from the sample size: difference 4, SD 8; 27 units of 6", "Simulate")
	decide(r, func(c *design.Choices) { c.Trials.Trials = "ten" })
	r.Do(state.Simulate{})
	wants(t, draw(r.M), "“ten” is not a number", `id="s-trials-says"`)
	decide(r, func(c *design.Choices) { c.Trials.Trials, c.Trials.Visits = "120", "2" })
	r.Engine.Limit = 2
	r.Do(state.Simulate{}).Do(state.Tick{Now: 1}).Do(state.Tick{Now: 1001})
	wants(t, draw(r.M), "100 of 120 trials", "Cancel, keep what is done", "Monte Carlo error")
	r.Do(state.CancelSimulation{})
	wants(t, draw(r.M), "Stopped: ", "Resume")
	r.Engine.Limit = 0
	r.Do(state.ResumeSimulation{})
	wants(t, draw(r.M), "Done: ", "1,000 more", "Linear mixed model: arm × visit at 2 visits", "Every trial as CSV")
	decide(r, func(c *design.Choices) { c.Trials.Null = true })
	wants(t, draw(r.M), "The plan was changed.")
}

func TestAllocationScreen(t *testing.T) {
	b, err := os.ReadFile("../trial/testdata/units.csv")
	if err != nil {
		t.Fatal(err)
	}
	r := worldtest.New(t, example).Do(state.Go{To: state.Design}).Do(state.SetDesignTab{Tab: "allocate"})
	wants(t, draw(r.M), "Choose a units file", "allocate-units")
	r.Do(state.FilesChosen{Purpose: "allocate", Files: []state.Blob{state.Bytes("units.csv", b)}})
	wants(t, draw(r.M), "units.csv: 27 units.", "Hämeensaari", "stratum, 5 different")
	r.Do(state.DrawUnits{})
	wants(t, draw(r.M), "A whole number is needed", "Nothing was drawn.")
	decide(r, func(c *design.Choices) {
		c.Allocation.Seed, c.Allocation.Method, c.Allocation.Balance = "42", "constrained", []string{"n_physicians", "sector"}
	})
	r.Do(state.DrawUnits{})
	page := draw(r.M)
	wants(t, page, "Allocation from units.csv, seed 42:", "Balance", "n_physicians, mean", "The constrained space", "allocations, ", "Log as JSON", "a-within-sector")
	decide(r, func(c *design.Choices) { c.Allocation.Concealed = true })
	wants(t, draw(r.M), "The fields were changed.")
	r.Do(state.DrawUnits{})
	page = draw(r.M)
	if table := page[strings.Index(page, `id="allocation"`):]; strings.Contains(table[:strings.Index(table, "</table>")], ">intervention<") {
		t.Error("the concealed view names the arms")
	}
	wants(t, page, "codes only")
}
