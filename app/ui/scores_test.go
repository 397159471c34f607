package ui

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"trialbox/app/state"
	"trialbox/app/state/worldtest"
)

// opened is the example trial with a run that does not go on.
func opened(t *testing.T) *worldtest.Rig {
	r := worldtest.New(t, example)
	r.Engine.Limit = 1
	return r.Do(state.OpenExample{})
}

// The row of an instrument says where it was found, how many are scored and
// why the others are not, and draws each visit by arm.
func TestInstrumentRows(t *testing.T) {
	r := opened(t).Do(state.Go{To: state.Scores})
	page := draw(r.M)
	wants(t, page, "Oswestry Disability Index", "all visits", "681", "too many items blank", "no item answered", "Cronbach", "0.82–0.83", "minimal 52%", "STarT Back risk group", "low 47%, medium 40%, high 13%")
	if n := strings.Count(page, `class="spark plot"`); n < 13 {
		t.Errorf("%d distributions are drawn", n)
	}
	wants(t, page, "intervention above the line, control below. baseline: median ")
	r.Do(state.SetScoreView{View: state.ScoreView{Instrument: "odi", Tab: "visits"}})
	wants(t, draw(r.M), "Categories, intervention and control", "0.83 (", "12 months")
	r.Do(state.SetScoreView{View: state.ScoreView{Instrument: "fabq", Tab: "settings"}})
	wants(t, draw(r.M), "f-policy-fabq_pa", "at least 3 of 4 answered, pro-rated", "f-cut-fabq_pa", "The file holds the answers as", "Do not score this instrument")
	r.Do(state.SetScoreView{View: state.ScoreView{Instrument: "ompsq", Tab: "columns"}})
	wants(t, draw(r.M), "Recognised, confidence 95%", "All 10 items found by number", "Fill from here", "pseq10", "PSEQ 10")
	r.Do(state.SetItem{Instrument: "ompsq", Item: 3, Column: ""})
	wants(t, draw(r.M), "Mapped by hand.", "No column yet for item 4.")
}

// An answer that is none is said with its line and column, and its row has no
// score.
func TestAnswerInError(t *testing.T) {
	b, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(b), "\n")
	header := strings.Split(strings.TrimSpace(lines[0]), ",")
	cells := strings.Split(lines[4], ",")
	for i, name := range header {
		if name == "odi3" {
			cells[i] = "9"
		}
	}
	lines[4] = strings.Join(cells, ",")
	r := worldtest.New(t, example).Do(state.FilesChosen{Purpose: "drop", Files: []state.Blob{state.Bytes("trial.csv", []byte(strings.Join(lines, "\n")))}}).Do(state.Go{To: state.Scores})
	wants(t, draw(r.M), "1 answer is in error.", "Line 5, column odi3", "“9”", "1 row in error", "1 an answer in error")
	row := -1
	for i, line := range r.M.Project.Trial.Line {
		if line == 5 {
			row = i
		}
	}
	r.Do(state.SetScoreView{View: state.ScoreView{Instrument: "odi", Row: row}})
	wants(t, draw(r.M), "out of range: it must be a whole number from 0 to 5", `class="cell-bad"`)
}

// Answers in words are asked about word by word, and hostile words and names
// are text everywhere on the screen.
func TestWordsAndHostileNames(t *testing.T) {
	evil := `<img src=x onerror=alert(1)>`
	var b strings.Builder
	b.WriteString("unit_id,patient_id,arm,visit,phq9_1,phq9_2,phq9_3,phq9_4,phq9_5,phq9_6,phq9_7,phq9_8,phq9_9,\"" + evil + "\"\n")
	answers := []string{evil, "several days", "more than half", "nearly every day"}
	for u := range 6 {
		for q := range 4 {
			for k, v := range []string{"0", "3"} {
				fmt.Fprintf(&b, "u%d,p%d%d,%s,%s", u, u, q, []string{"control", "intervention"}[u%2], v)
				for i := range 10 {
					b.WriteString(",\"" + answers[(u+q+k+i)%4] + "\"")
				}
				b.WriteString("\n")
			}
		}
	}
	r := worldtest.New(t, example).Do(state.FilesChosen{Purpose: "drop", Files: []state.Blob{state.Bytes("words.csv", []byte(b.String()))}}).Do(state.Go{To: state.Scores})
	page := draw(r.M)
	wants(t, page, "Please say:", "Which number of PHQ-9 does each answer", "waits for your answer", "w-phq9-phq9-1")
	for _, tab := range []string{"receipt", "columns", "settings", "visits"} {
		r.Do(state.SetScoreView{View: state.ScoreView{Instrument: "phq9", Tab: tab, Adding: true}})
		if strings.Contains(attribute.ReplaceAllString(draw(r.M), ""), "<img") {
			t.Errorf("markup from the file reached the view %s", tab)
		}
	}
	for i, w := range answers {
		r.Do(state.SetWord{Instrument: "phq9", Item: "phq9", Word: w, Code: fmt.Sprint(i)})
	}
	for _, tab := range []string{"receipt", "columns"} {
		r.Do(state.SetScoreView{View: state.ScoreView{Instrument: "phq9", Tab: tab}})
		page := draw(r.M)
		wants(t, page, "Answered:")
		if strings.Contains(attribute.ReplaceAllString(page, ""), "<img") {
			t.Errorf("markup from the file reached the view %s once scored", tab)
		}
	}
}

// The quick scorer says that nothing is stored, shows the group with its tier,
// and asks a browser to remember no field.
func TestQuickPage(t *testing.T) {
	r := worldtest.New(t, example).Do(state.Go{To: state.Quick})
	wants(t, draw(r.M), "Choose an instrument", "Nothing typed here is stored, sent or added to a project")
	r.Do(state.QuickChoose{Instrument: "sbt"})
	for i, a := range []string{"1", "1", "0", "1", "1", "0", "1", "1", "3"} {
		r.Do(state.QuickType{Item: i, Text: a})
	}
	page := draw(r.M)
	wants(t, page, "Risk group: high. Matched care: tier 3 of 3.", "Karppinen et al.", "9 of 9 answered", "Recoded: item 9.")
	if strings.Count(page, `autocomplete="off"`) != 9 {
		t.Error("a field may be remembered by the browser")
	}
	r.Do(state.QuickType{Item: 2, Text: "7"})
	wants(t, draw(r.M), "out of range", `class="wrong"`, `value="7"`, "aria-invalid")
	for _, d := range r.M.Library().All() { // every instrument can be drawn empty
		r.Do(state.QuickChoose{Instrument: d.ID})
		wants(t, draw(r.M), fmt.Sprintf("0 of %d answered", len(d.Items)))
	}
}

// The form says what is wrong at its field, and shows receipts once it is
// sound.
func TestOwnPage(t *testing.T) {
	r := opened(t).Do(state.OwnOpen{})
	for _, f := range [][2]string{{"id", "worry"}, {"name", "Worry"}, {"items", "deps1, deps2, deps3"}, {"max", "3"}, {"reversed", "5"}} {
		r.Do(state.SetOwn{Field: f[0], Value: f[1]})
	}
	wants(t, draw(r.M), "There is no item 5.", `id="own-wrong-reversed"`, "once the definition is complete")
	r.Do(state.SetOwn{Field: "reversed", Value: "2"})
	wants(t, draw(r.M), "Tried on the data", "columns deps1, deps2, deps3", "reversed: 3 − ", "Export JSON")
	r.Do(state.OwnMode{AsJSON: true})
	wants(t, draw(r.M), "The definition as JSON", "\\\"worry\\\"")
	r.Do(state.OwnText{JSON: "{"})
	wants(t, draw(r.M), "the file ends before the definition does")
}
