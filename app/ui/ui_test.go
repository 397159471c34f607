package ui

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/analysis"
	"trialbox/app/state"
	"trialbox/app/state/worldtest"
)

const example = "../../static/example/trial_long.csv"

func draw(m state.Model) string { return app.HTMLString(Page(m, func(state.Msg) {})) }

// wants fails for every text the page lacks.
func wants(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
}

// Every screen says what is missing before anything is open.
func TestEmpty(t *testing.T) {
	for screen, text := range map[state.Screen]string{
		state.Start: "Open the example trial", state.Data: "No file is open", state.Scores: "There are no data yet", state.Outcomes: "There is no trial yet",
	} {
		r := worldtest.New(t, example).Do(state.Go{To: screen})
		page := draw(r.M)
		wants(t, page, text, "Nothing leaves this computer", "No project")
		if n := strings.Count(page, "<h1"); n != 1 {
			t.Errorf("%s has %d titles", screen, n)
		}
	}
}

func TestBusyAndFailed(t *testing.T) {
	r := worldtest.New(t, example)
	m, _ := state.Update(r.M, state.OpenExample{})
	wants(t, draw(m), "Reading the example trial", "Cancel")
	r.Do(state.FilesChosen{Purpose: "drop", Files: []state.Blob{state.Bytes("empty.csv", nil)}})
	wants(t, draw(r.M), "Not opened: empty.csv.", `role="alert"`)
	m, _ = state.Update(r.M, state.Panicked{Text: "index out of range"})
	wants(t, draw(m), "Something broke", "index out of range")
}

func TestFull(t *testing.T) {
	r := worldtest.New(t, example).Do(state.OpenExample{})
	page := draw(r.M)
	wants(t, page, "Simulated data.", "Table 3. Main outcomes", "ODI (0–100)", "17.9", "(13.0)", "27 of 27 settled", "1,000 more", "22 units")
	r.Do(state.SetOutcomeView{View: state.OutcomeView{Tab: "model", Outcome: "odi"}})
	wants(t, draw(r.M), "odi ~ arm*factor(visit) + delay_days + factor(pain_duration) + fabq_pa_0 + (1|unit_id/patient_id)", "−2576.816", "Variance components", "0.016", "mixed odi i.arm##ib1.visit", "Predicted unit effect", "Leaving one unit out")
	r.Do(state.SetOutcomeView{View: state.OutcomeView{Tab: "figures", Outcome: "odi"}})
	wants(t, draw(r.M), `role="img"`, "<desc", "The numbers behind the figure")
	r.Do(state.Go{To: state.Data})
	wants(t, draw(r.M), "683 rows", "166 columns", "patient_id", "1–25 of 166")
	for tab, text := range map[string]string{"problems": "Nothing odd", "roles": "315 patients in 22 units", "shape": "A row for each patient and visit", "rows": "rows 1–50 of 683"} {
		r.Do(state.SetDataView{View: state.DataView{Tab: tab}})
		wants(t, draw(r.M), text)
	}
	r.Do(state.Go{To: state.Scores})
	wants(t, draw(r.M), "Oswestry Disability Index", "at least 8 of 10", "100 × 1 / 50 = 2.0", "How does column sbt9")
}

// A running row is marked, and says how far it is.
func TestLive(t *testing.T) {
	r := worldtest.New(t, example)
	r.Engine.Limit = 20
	r.Do(state.OpenExample{}).Do(state.Tick{Now: 1000})
	wants(t, draw(r.M), `class="in live"`, "Cancel, keep what is done", "0 of 2,000", "<progress")
	r.Do(state.CancelRun{})
	page := draw(r.M)
	wants(t, page, "Stopped:", "Resume")
	o := r.M.Project.Recipe.Options
	o.Seed = 5
	r.Do(state.SetOptions{Options: o})
	wants(t, draw(r.M), "The options were changed.")
}

// An outcome that cannot be estimated keeps its row, with the reason.
func TestFailedOutcome(t *testing.T) {
	r := worldtest.New(t, example).Do(state.OpenExample{})
	result := *r.M.Project.Run.Result
	result.Outcomes = append([]analysis.OutcomeResult(nil), result.Outcomes...)
	result.Outcomes[0].Status, result.Outcomes[0].Reason = analysis.Failed, "the fit did not end"
	r.M.Project.Run.Result = &result
	wants(t, draw(r.M), "n/a", "not estimated; the fit did not end.")
}

// attribute matches an attribute's value as HTMLString quotes it: in there "<"
// is text, and in the browser attributes are set, never parsed.
var attribute = regexp.MustCompile(`="(?:[^"\\]|\\.)*"`)

// What stands in a file reaches the page as text only.
func TestHostileFile(t *testing.T) {
	evil := `<img src=x onerror=alert(1)>`
	csv := "unit_id,patient_id,arm,visit,\"" + evil + "\"\n"
	for u := range 8 {
		for p := range 4 {
			for _, v := range []string{"0", "3", "12"} {
				csv += "u" + string(rune('a'+u)) + ",p" + string(rune('a'+u)) + string(rune('a'+p)) + "," + []string{"control", `"` + evil + `"`}[u%2] + "," + v + "," + string(rune('0'+(u*3+p+len(v))%9)) + "\n"
			}
		}
	}
	r := worldtest.New(t, example).Do(state.FilesChosen{Purpose: "drop", Files: []state.Blob{state.Bytes(evil+".csv", []byte(csv))}})
	for _, tab := range []string{"columns", "problems", "roles", "shape", "rows"} {
		r.Do(state.SetDataView{View: state.DataView{Tab: tab}})
		if strings.Contains(attribute.ReplaceAllString(draw(r.M), ""), "<img") {
			t.Errorf("markup from the file reached the %s tab", tab)
		}
	}
	r.Do(state.Go{To: state.Outcomes}).Do(state.RunOutcomes{})
	for _, tab := range []string{"table", "figures", "model"} {
		r.Do(state.SetOutcomeView{View: state.OutcomeView{Tab: tab}})
		if strings.Contains(attribute.ReplaceAllString(draw(r.M), ""), "<img") {
			t.Errorf("markup from the file reached the %s tab", tab)
		}
	}
}

// The policy forbids style attributes, so none may be drawn; and a handler's
// scope must tell its message from any other of its place.
func TestNoStyleAttribute(t *testing.T) {
	r := worldtest.New(t, example).Do(state.OpenExample{})
	for _, screen := range append([]state.Screen{state.Quick, state.Own}, state.Screens...) {
		r.Do(state.Go{To: screen})
		if strings.Contains(draw(r.M), " style=") {
			t.Errorf("%s draws a style attribute", screen)
		}
	}
	uses := regexp.MustCompile(`\.On(Click|Change|KeyDown|Input)?\((?:"[a-z]+", )?func`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		if uses.Match(b) {
			t.Errorf("%s has a handler without a scope", name)
		}
	}
}
