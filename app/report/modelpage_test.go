package report

import (
	"math"
	"slices"
	"strings"
	"testing"

	"trialbox/app/analysis"
)

// Every figure of the model page and the forests of all, on the reference
// trial: sound, with its table, and there where it should be.
func TestModelFigures(t *testing.T) {
	tr, r := scoredTrial(t)
	o := r.Options
	o.Replicates, o.LogitReplicates = 60, 30
	names := []string{"odi", "nrs_leg", "lbp_daily", "sbt_group", "sat_heard"}
	r.Outcomes = slices.DeleteFunc(r.Outcomes, func(o analysis.Outcome) bool { return !slices.Contains(names, o.Variable) })
	all := analysis.RunAll(analysis.Plan(tr, r.Mapping, r.Outcomes, o), o)
	result := analysis.Assemble(tr, o, all)
	lacks := map[string][]string{
		"odi": {"stack"}, "nrs_leg": {"stack", "qq-unit"}, // its unit variance is zero
		"lbp_daily": {"trajectory", "qq-residual", "qq-patient"}, "sbt_group": {"trajectory", "qq-residual", "qq-patient"}, "sat_heard": {"stack"},
	}
	for i, p := range all {
		b := Behind{Trial: tr, Result: result, Progress: p, Outcome: &result.Outcomes[i], Patients: true, UnitMeans: true}
		name := p.Job.Outcome.Variable
		for _, figure := range ModelFigures {
			for _, half := range []bool{false, true} {
				f, ok := b.Figure(figure, half, half)
				if want := !slices.Contains(lacks[name], figure) && !(figure == "qq-unit" && result.Outcomes[i].Fit.Random[0].Variance == 0); ok != want {
					t.Errorf("%s, %s: drawn is %v", name, figure, ok)
				}
				if ok {
					sound(t, f)
				}
			}
		}
		table := FixedTable(p.Job, r.Mapping, &result.Outcomes[i])
		if len(table.Rows) < len(result.Outcomes[i].Fit.Terms) {
			t.Errorf("%s: %d rows of %d terms", name, len(table.Rows), len(result.Outcomes[i].Fit.Terms))
		}
		for _, row := range table.Rows {
			if len(row.Cells) != len(table.Heads)-1 {
				t.Errorf("%s: %q has %d cells", name, row.Label, len(row.Cells))
			}
		}
		checked := 0
		for _, row := range table.Rows {
			if row.Numbers != nil && row.Numbers[len(row.Numbers)-1].Name == "proportional_p" {
				checked++
			}
		}
		last := table.Heads[len(table.Heads)-1].Text
		if ordinal := p.Job.Outcome.Is(analysis.Ordinal); (last == "Proportional, P") != ordinal || ordinal != (checked == len(result.Outcomes[i].Fit.Terms)) || ordinal != strings.Contains(strings.Join(table.Notes, " "), "at all visits together χ² is ") {
			t.Errorf("%s: proportional odds of %d terms under %q, %q", name, checked, last, table.Notes)
		}
		if s := b.Influential(); !strings.Contains(s, "Without U") {
			t.Errorf("%s: %q", name, s)
		}
	}
	for forest, rows := range map[string]int{"forest": 2 + 9, "native": 2 + 6, "ratio": 2 + 3} { // STarT Back is asked at 12 months only
		f, ok := AllOutcomes(result, forest, false, false)
		if !ok {
			t.Fatalf("no %s", forest)
		}
		sound(t, f)
		if n := strings.Count(f.SVG, ">±"); (n > 0) != (forest == "native") || n > 0 && n != 6 { // ±10 of ODI beside ±1.5 of the leg pain
			t.Errorf("%s: %d rows have a width of their own", forest, n)
		}
		if len(f.Table.Rows) != rows {
			t.Errorf("%s has %d rows, not %d", forest, len(f.Table.Rows), rows)
		}
	}
}

// The number
// needed is the first whose power reaches the target; none where none does.
func TestUnitsNeeded(t *testing.T) {
	power := func(units int) float64 { return 1 - math.Exp(-float64(units)/40) }
	if got := unitsNeeded(power, 0.8); power(got) < 0.8 || power(got-1) >= 0.8 {
		t.Errorf("%d units: %v, one less %v", got, power(got), power(got-1))
	}
	if got := unitsNeeded(func(int) float64 { return 0.1 }, 0.8); got != 0 {
		t.Errorf("%d units reach what none do", got)
	}
}
