//go:build !js

package main

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trialbox/app/analysis"
)

// TestRunStandardErrors: a recipe that asks for Satterthwaite, Kenward-Roger or CR2 gives the numbers of lmerTest, pbkrtest
// and clubSandwich (testdata/standard_errors.csv, from R 4.2.2: degrees of freedom and P within 1 %, standard errors
// within 1e-4); Kenward-Roger is of the REML fit also where the recipe says ML. Logit rows stay model-based and say so.
func TestRunStandardErrors(t *testing.T) {
	file, err := os.Open("testdata/standard_errors.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]float64{}
	for _, row := range rows[1:] {
		var x []float64
		for _, text := range row[4:] {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				v = math.NaN()
			}
			x = append(x, v)
		}
		want[strings.Join(row[:4], " ")] = x
	}
	for _, run := range [][3]string{{"satterthwaite", "ml", "ML"}, {"satterthwaite", "reml", "REML"}, {"kenward-roger", "ml", "REML"}, {"cr2", "ml", "ML"}} {
		choice, method, fitted := run[0], run[1], run[2]
		result := runStandardError(t, choice, method)
		for _, o := range result.Outcomes {
			for _, v := range o.Visits {
				d := v.Difference
				switch {
				case d == nil:
				case o.Kind == "binary":
					if d.Analytic != nil || d.Shown != "model" {
						t.Errorf("%s, %s: %q is shown", choice, o.Variable, d.Shown)
					}
				default:
					w, known := want[strings.Join([]string{choice, fitted, o.Variable, v.Visit}, " ")]
					a := d.Analytic
					switch {
					case !known || a == nil || d.Shown != choice || a.Method != choice:
						t.Errorf("%s %s %s %s: nothing to compare: %+v", choice, method, o.Variable, v.Visit, d)
					case !(math.Abs(d.Estimate-w[0]) < 1e-4*w[1] && math.Abs(a.SE/w[1]-1) < 1e-4 && math.Abs(a.DF/w[2]-1) < 0.01) ||
						math.Abs(a.P/w[3]-1) > 0.01 || d.ShownP != a.P:
						t.Errorf("%s %s %s %s: %v %+v, R has %v", choice, method, o.Variable, v.Visit, d.Estimate, *a, w)
					}
				}
			}
		}
	}
}

type seResult struct {
	Outcomes []struct {
		Variable, Kind string
		Visits         []struct {
			Visit      string
			Difference *struct {
				Estimate float64
				Shown    string
				ShownP   float64 `json:"shown_p"`
				Analytic *struct {
					Method    string
					SE, DF, P float64
				}
			}
		}
	}
}

func runStandardError(t *testing.T, choice, method string) (r seResult) {
	t.Helper()
	dir := t.TempDir()
	text, err := os.ReadFile("../app/analysis/reference.recipe.json")
	if err != nil {
		t.Fatal(err)
	}
	recipe, err := analysis.ParseRecipe(text)
	if err != nil {
		t.Fatal(err)
	}
	recipe.Outcomes = slices.DeleteFunc(recipe.Outcomes, func(o analysis.Outcome) bool {
		return !slices.Contains([]string{"odi", "eq_vas", "nrs_leg", "lbp_daily"}, o.Variable)
	})
	recipe.Options.Resample, recipe.Options.Method = choice, method
	path := filepath.Join(dir, "r.json")
	if err := os.WriteFile(path, recipe.JSON(), 0o644); err != nil {
		t.Fatal(err)
	}
	if status, errs := runInto(t, dir, path, "../app/trial/testdata/scored_long.csv"); status != 0 {
		t.Fatal(errs)
	}
	written, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(written, &r); err != nil {
		t.Fatal(err)
	}
	for table, say := range map[string]string{"table3.md": map[string]string{"satterthwaite": "Satterthwaite’s degrees of freedom", "kenward-roger": "fitted by REML for it, where the analysis is otherwise by ML", "cr2": "bias-reduced (CR2)"}[choice],
		"table4.md": "no counterpart here"} {
		if body, _ := os.ReadFile(filepath.Join(dir, table)); !strings.Contains(string(body), say) {
			t.Errorf("%s of %s does not say %q:\n%s", table, choice, say, body)
		}
	}
	return r
}
