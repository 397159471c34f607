package design

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
)

// sample_size.json of the reference: R's qnorm and pt; 162, 135 and 192 are the paper's.
func TestPaperNumbers(t *testing.T) {
	first := PaperPlan().Answer()
	if !first.OK() || first.Size.Clusters != 27 || first.Size.NRounded != 162 || first.Size.EqualArms != 28 {
		t.Errorf("the paper's plan: %+v", first)
	}
	near := func(what string, got, want, tolerance float64) {
		t.Helper()
		if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	near("n per arm", first.Size.NUnadjusted/2, 62.7910378747927, 1e-13)
	near("total", first.Size.NTotal, 156.977594686982, 1e-13)
	near("power", first.Size.PowerAtClusters, 0.812215152223779, 1e-13)
	near("power by t", first.Other.PowerAtClusters, 0.780925788935717, 1e-11)
	for _, c := range first.Curves {
		for i, n := range c.At {
			p := first.Plan
			p.T = strings.HasSuffix(c.Name, ", t")
			if strings.HasPrefix(c.Name, "ICC 0.1,") {
				p.ICC = 0.1
			}
			if want := p.At(n).PowerAtClusters; c.Power[i] != want {
				t.Errorf("%s at %d: %v, want %v", c.Name, n, c.Power[i], want)
			}
		}
	}
	for _, s := range first.Steps() {
		if strings.Contains(strings.ToLower(s.Text), "cluster") || strings.Contains(strings.ToLower(s.Text), "patient") {
			t.Errorf("a word that is not on the screen: %s", s.Text)
		}
	}
	second := PaperUpdate().Answer()
	if second.Size.Clusters != 27 || second.Size.NRounded != 135 || second.Size.NWithDropout != 193 {
		t.Errorf("the paper's update: %+v", second.Size)
	}
	near("total of the update", second.Size.NTotal, 131.107687082567, 1e-13)
	lines := Paper()
	for k, want := range [][2]int{{162, 162}, {135, 135}, {192, 193}} {
		if l := lines[k]; l.Printed != want[0] || l.Found != want[1] || l.Why == "" {
			t.Errorf("line %d: %+v", k, l)
		}
	}
}

// What is typed: 80 is 80 %, a comma is a decimal mark.
func TestTyped(t *testing.T) {
	a := PaperPlan()
	a.ICC, a.Power, a.Alpha, a.Dropout, a.Ratio, a.SD = "0,05", "80", "5 %", "30", "1", "8,0"
	if got := a.Answer(); !got.OK() || got.Size.NRounded != 162 || got.Size.NWithDropout != 232 {
		t.Errorf("%+v", got)
	}
	a = PaperPlan()
	a.Asked, a.Diff = AskPower, ""
	if got := a.Answer(); !got.OK() || !math.IsNaN(got.Size.PowerAtClusters) && got.Size.PowerAtClusters != 0 || !(got.Size.Detectable > 3.9 && got.Size.Detectable < 4) || got.Curves != nil {
		t.Errorf("a difference to be told: %+v", got.Size)
	}
	if got := a.Answer().Protocol(); !strings.Contains(got, "difference of 3.9375 ") || !strings.Contains(got, "with a power of 80 %") || strings.Contains(got, "NaN") {
		t.Errorf("its text: %s", got)
	}
	a = PaperPlan()
	if got := a.Answer().Protocol(); !strings.Contains(got, "rounded up once over both arms these are 27 units and 162 people, with a power of 81.2 %.") {
		t.Errorf("the text: %s", got)
	}
	a.Asked = AskSize
	if got := a.Answer(); got.Size.ClusterSize != 6 || got.Size.Clusters != 27 {
		t.Errorf("a size to be told: %+v", got.Size)
	}
	a = PaperPlan()
	a.Outcome = Shares
	if got := a.Answer(); !got.OK() || got.Size.Clusters != 57 {
		t.Errorf("shares: %+v", got)
	}
}

// A recipe written by hand says what differs from the defaults.
func TestChoicesOfRecipe(t *testing.T) {
	var c Choices
	if err := json.Unmarshal([]byte(`{"size": {"icc": "0.02", "difference": ""}, "allocation": {"strata": ["provider"]}}`), &c); err != nil {
		t.Fatal(err)
	}
	want := DefaultChoices()
	want.Size.ICC, want.Size.Diff, want.Allocation.Strata = "0.02", "", []string{"provider"}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v, want %+v", c, want)
	}
}

// Each thing that cannot be planned with is said beside its field.
func TestFieldProblems(t *testing.T) {
	for _, c := range []struct {
		field string
		set   func(*Assumptions)
		says  string
	}{
		{"icc", func(a *Assumptions) { a.ICC = "-0.01" }, "between 0 and 1"},
		{"icc", func(a *Assumptions) { a.ICC = "1.2" }, "between 0 and 1"},
		{"icc", func(a *Assumptions) { a.ICC = "" }, "A number is needed"},
		{"icc", func(a *Assumptions) { a.ICC = "five" }, "not a number"},
		{"power", func(a *Assumptions) { a.Power = "1" }, "no number of people reaches"},
		{"power", func(a *Assumptions) { a.Power = "100 %" }, "no number of people reaches"},
		{"power", func(a *Assumptions) { a.Power = "0" }, "above the significance level"},
		{"alpha", func(a *Assumptions) { a.Alpha = "0" }, "between 0 and 1"},
		{"diff", func(a *Assumptions) { a.Diff = "0" }, "other than 0"},
		{"sd", func(a *Assumptions) { a.SD = "0" }, "above 0"},
		{"people", func(a *Assumptions) { a.People = "0.5" }, "1 or more"},
		{"cv", func(a *Assumptions) { a.CV = "-1" }, "0 or more"},
		{"dropout", func(a *Assumptions) { a.Dropout = "100" }, "less than 1"},
		{"ratio", func(a *Assumptions) { a.Ratio = "1:0" }, "not a ratio"},
		{"visits", func(a *Assumptions) { a.Visits = "0" }, "at least one visit"},
		{"visits", func(a *Assumptions) { a.Visits = "1.5" }, "whole number"},
		{"correlation", func(a *Assumptions) { a.Correlation = "2" }, "between 0 and 1"},
		{"units", func(a *Assumptions) { a.Asked, a.Units = AskPower, "1" }, "At least 2 units"},
		{"treated", func(a *Assumptions) { a.Outcome, a.Treated = Shares, "20 %" }, "the same"},
		{"control", func(a *Assumptions) { a.Outcome, a.Control = Shares, "-1" }, "between 0 and 1"},
	} {
		a := PaperPlan()
		c.set(&a)
		got := a.Answer()
		if len(got.Problems) != 1 || !strings.Contains(got.Problems[c.field], c.says) {
			t.Errorf("%s %q: %v %s", c.field, c.says, got.Problems, got.Trouble)
		}
	}
	a := PaperPlan()
	a.Asked, a.Units, a.ICC = AskSize, "10", "0.5"
	if got := a.Answer(); !strings.Contains(got.Trouble, "at least") {
		t.Errorf("too few units for any size: %+v", got)
	}
	a = PaperPlan()
	a.Before, a.Correlation = "1", "1"
	if got := a.Answer(); !strings.Contains(got.Trouble, "already tell its end") {
		t.Errorf("a start that tells the end: %v %q", got.Problems, got.Trouble)
	}
}
