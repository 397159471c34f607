package formula_test

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"trialbox/stats/formula"
	"trialbox/stats/internal/trialdata"
	"trialbox/stats/mixed"
)

// TestModelMatrixR compares names, order and values of the columns with R's model.matrix (testdata/formulas.R, R 4.2.2),
// and the columns left out because others determine them with R's pivoted QR.
func TestModelMatrixR(t *testing.T) {
	f, err := os.Open("testdata/formulas.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	fr := trialdata.Frame(rows[0], rows[1:])
	var refs []struct {
		Formula     string
		Names, Kept []string
		Rows        int
		Sums        []float64
	}
	b, err := os.ReadFile("testdata/formulas.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &refs); err != nil {
		t.Fatal(err)
	}
	if len(refs) < 180 {
		t.Errorf("%d formulas", len(refs))
	}
	for _, ref := range refs {
		t.Run(ref.Formula, func(t *testing.T) {
			parsed, err := formula.Parse("y ~ " + ref.Formula + " + (1|unit)")
			if err != nil {
				t.Fatal(err)
			}
			d, err := parsed.Build(fr)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(d.Terms, ref.Names) {
				t.Fatalf("columns\n%s, R\n%s", strings.Join(d.Terms, " | "), strings.Join(ref.Names, " | "))
			}
			p := len(d.Terms)
			if len(d.Y) != ref.Rows {
				t.Fatalf("%d rows, R %d", len(d.Y), ref.Rows)
			}
			for j, want := range ref.Sums {
				got := 0.0
				for row := range d.Y {
					got += d.X[row*p+j] * float64(row+1)
				}
				if !(math.Abs(got-want) <= 1e-9*(1+math.Abs(want))) {
					t.Errorf("%s sums to %v, R %v", d.Terms[j], got, want)
				}
			}
			m, err := mixed.New(d)
			if err != nil {
				t.Skip(err) // more columns than this small table bears
			}
			fit, err := m.Fit(mixed.ML)
			if err != nil {
				t.Skip(err)
			}
			if !slices.Equal(fit.Terms, ref.Kept) {
				t.Errorf("kept %v, R %v", fit.Terms, ref.Kept)
			}
		})
	}
}
