package state_test

import (
	"testing"

	"trialbox/app/state"
	"trialbox/app/state/worldtest"
)

func typeAll(r *worldtest.Rig, answers ...string) {
	for i, a := range answers {
		r.Do(state.QuickType{Item: i, Text: a})
	}
}

// score is a scale of what stands in the fields of the quick scorer.
func quickScore(t *testing.T, r *worldtest.Rig, scale string) (score, why string) {
	t.Helper()
	_, receipt, ok, err := r.M.QuickReceipt()
	if !ok || err != nil {
		t.Fatalf("no receipt: %v", err)
	}
	for _, s := range receipt.Scales {
		if s.Scale.Name == scale {
			return s.Score, s.Why
		}
	}
	t.Fatalf("no scale %s", scale)
	return "", ""
}

// A digit that completes an answer moves to the next field; one that may go on
// or is out of range stays.
func TestQuickMoves(t *testing.T) {
	r := worldtest.New(t, example).Do(state.Go{To: state.Quick}).Do(state.QuickChoose{Instrument: "ompsq"})
	at := func(want int) {
		t.Helper()
		if got := r.M.Focus.ID; got != state.QuickField(want) {
			t.Errorf("the keyboard is on %s, not %s", got, state.QuickField(want))
		}
	}
	at(0)
	r.Do(state.QuickType{Item: 0, Text: "1"}) // may become 10
	at(0)
	r.Do(state.QuickType{Item: 0, Text: "10"})
	at(1)
	r.Do(state.QuickType{Item: 1, Text: "7"})
	at(2)
	r.Do(state.QuickType{Item: 2, Text: "0"})
	at(3)
	r.Do(state.QuickType{Item: 3, Text: "12"}) // out of range: corrected where it is
	at(3)
	r.Do(state.QuickKey{Item: 3, Key: "Enter"})
	at(4)
	r.Do(state.QuickKey{Item: 4, Key: "Enter"}) // nothing there: an Enter after an answer that moved on by itself
	at(4)
	r.Do(state.QuickKey{Item: 4, Key: "ArrowDown"})
	at(5)
	r.Do(state.QuickKey{Item: 5, Key: "ArrowUp"})
	at(4)
	r.Do(state.QuickKey{Item: 4, Key: "Backspace"})
	at(3)
	r.Do(state.QuickKey{Item: 0, Key: "ArrowUp"})
	at(3)
	r.Do(state.QuickType{Item: 9, Text: "3"}) // the last: nowhere to go
	at(3)
}

// The groups of the paper, from typed answers: Hill et al. 2008 for STarT
// Back, the cut-offs 40 and 50 for ÖMPSQ-short.
func TestQuickRiskGroups(t *testing.T) {
	r := worldtest.New(t, example).Do(state.Go{To: state.Quick}).Do(state.QuickChoose{Instrument: "sbt"})
	for _, c := range []struct {
		answers []string
		group   string
	}{
		{[]string{"1", "1", "1", "0", "0", "0", "0", "0", "2"}, "low"},    // total 3
		{[]string{"1", "1", "1", "1", "0", "0", "0", "0", "3"}, "medium"}, // total 5, psychosocial 1
		{[]string{"0", "0", "0", "0", "1", "1", "1", "1", "0"}, "high"},   // total 4, psychosocial 4
	} {
		r.Do(state.QuickClear{})
		typeAll(r, c.answers...)
		if got, why := quickScore(t, r, "group"); got != c.group {
			t.Errorf("%v is %q (%s), not %s", c.answers, got, why, c.group)
		}
	}
	r.Do(state.QuickCoding{Item: "sbt_9", Coding: "1-5"}).Do(state.QuickClear{})
	typeAll(r, "1", "1", "1", "0", "0", "0", "0", "0", "3") // 3 of 1 to 5 is not bothersome
	if got, _ := quickScore(t, r, "group"); got != "low" {
		t.Errorf("coded 1-5: %q", got)
	}
	r.Do(state.QuickChoose{Instrument: "ompsq"})
	typeAll(r, "5", "5", "5", "5", "5", "5", "5", "5", "5", "5")
	if got, _ := quickScore(t, r, "score"); got != "50.0" {
		t.Errorf("all 5: %q", got)
	}
	if got, _ := quickScore(t, r, "group"); got != "high" {
		t.Errorf("50 is %q", got)
	}
	r.Do(state.QuickType{Item: 0, Text: "4"})
	if got, _ := quickScore(t, r, "group"); got != "medium" {
		t.Errorf("49 is %q", got)
	}
	r.Do(state.QuickType{Item: 5, Text: ""})
	if got, why := quickScore(t, r, "group"); got != "" || why == "" {
		t.Errorf("one item blank: %q, %q", got, why)
	}
}

// What is typed is gone with Clear, with another instrument and with another
// screen, and is never part of the project.
func TestQuickKeepsNothing(t *testing.T) {
	r := withExample(t).Do(state.Decide{Keep: state.InBrowser}).Do(state.Go{To: state.Quick})
	r.Do(state.QuickChoose{Instrument: "odi"})
	changed := r.M.Project.Changed
	for name, leave := range map[string]state.Msg{"Clear": state.QuickClear{}, "another instrument": state.QuickChoose{Instrument: "odi"}, "another screen": state.Go{To: state.Start}} {
		r.Do(state.Go{To: state.Quick})
		if len(r.M.Quick.Cells) == 0 {
			r.Do(state.QuickChoose{Instrument: "odi"})
		}
		typeAll(r, "1", "2")
		sheet := r.M.Quick.Sheet
		r.Do(leave)
		if n := r.M.Quick.Answered(); n != 0 || r.M.Quick.Sheet == sheet {
			t.Errorf("after %s %d answers are left", name, n)
		}
	}
	if r.M.Project.Changed != changed {
		t.Error("the project changed")
	}
}
