//go:build !js

package journey

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// What the page prints for a trial of one's own is what the native program
// computes by the formula that the page shows.
func TestNumbersOfOwnFile(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.OpenData("testdata/scored_long.csv")
	if words := p.TrialWords(); !strings.Contains(words, "315 patients in 22 units") {
		t.Errorf("the file is understood as: %s", words)
	}
	p.Screen("outcomes")
	const b, seed = 1500, 7
	p.RunWith(b, seed, "odi", "nrs_back")
	for outcome, decimals := range map[string]int{"odi": 1, "nrs_back": 1} {
		p.Tab("Model")
		p.Enter("#f-outcome", outcome)
		formula := p.Text("#formula")
		if !strings.HasPrefix(formula, outcome+" ~ arm*factor(visit)") {
			t.Errorf("formula of %s: %s", outcome, formula)
		}
		model := p.Cells("Contrasts")
		p.Tab("Table 3")
		fit := fitNatively(t, "testdata/scored_long.csv", formula, b, seed, atFollowUps()...)
		for i, boot := range fit.Bootstrap.Contrasts {
			row := p.Row(outcome, boot.Name)
			if want := printed(boot.Estimate, decimals); row.Difference != want {
				t.Errorf("%s at %s: difference %s, natively %s", outcome, boot.Name, row.Difference, want)
			}
			if want := printedRange(boot.Normal, decimals); row.Interval != want {
				t.Errorf("%s at %s: interval %s, natively %s", outcome, boot.Name, row.Interval, want)
			}
			if want := printedP(boot.P); row.P != want {
				t.Errorf("%s at %s: P %s, natively %s", outcome, boot.Name, row.P, want)
			}
			plain := fit.Contrasts[i]
			want := strings.Join([]string{boot.Name, printed(plain.Estimate, decimals+1), printed(plain.SE, decimals+1), printedRange(plain.CI, decimals+1), printedP(plain.P),
				printed(boot.SE, decimals+1) + " (±" + printed(boot.MCSE, decimals+1) + ")", printedRange(boot.Normal, decimals+1), printedP(boot.P)}, " | ")
			if got := strings.Join(model[len(model)-2+i], " | "); got != want {
				t.Errorf("%s on the Model view:\n%s\nnatively:\n%s", outcome, got, want)
			}
		}
	}
	p.OnlyOwn()
}

// The example trial opened by its button gives what `trialbox run` gives for
// the same recipe and file: every number of the table to nine digits.
func TestNumbersOfExample(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.OpenExample()
	p.WaitText("Simulated data")
	dir := t.TempDir()
	native(t, "run", exampleRecipe, exampleCSV, "-o", dir)
	want := records(t, readAll(t, filepath.Join(dir, "table3.csv")))
	if len(want) < 2*10 {
		t.Fatalf("the native table has %d rows", len(want))
	}
	sameTable(t, records(t, p.CSV()), want)
	for _, w := range want {
		row := p.Row(w["outcome"], map[string]string{"3": "3 months", "12": "12 months"}[w["visit"]])
		d := decimalsOf(t, w["outcome"])
		if row.Difference != printed(number(t, w["difference"]), d) || row.P != printedP(number(t, w["p"])) ||
			row.Interval != printedRange([2]float64{number(t, w["low"]), number(t, w["high"])}, d) {
			t.Errorf("printed %+v, natively %v", row, w)
		}
	}
	p.OnlyOwn()
}

// decimalsOf is how many decimals the example's recipe gives an outcome.
func decimalsOf(t *testing.T, outcome string) int {
	t.Helper()
	var recipe struct {
		Outcomes []struct {
			Variable string
			Decimals int
		}
	}
	if err := json.Unmarshal(readAll(t, exampleRecipe), &recipe); err != nil {
		t.Fatal(err)
	}
	for _, o := range recipe.Outcomes {
		if o.Variable == outcome {
			return o.Decimals
		}
	}
	t.Fatalf("the recipe has no outcome %s", outcome)
	return 0
}
