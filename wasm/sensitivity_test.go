//go:build !js

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A run writes the sensitivity analyses of its recipe: tables, figures and
// numbers, those of the model paper's populations among them; and the methods
// for few units side by side.
func TestRunWritesSensitivity(t *testing.T) {
	dir := t.TempDir()
	status, stderr := runInto(t, dir, quickRecipe(t), "../static/example/trial_long.csv", "-units", "../static/example/units.csv")
	if status != 0 {
		t.Fatal(stderr)
	}
	for _, name := range []string{"sensitivity-people", "sensitivity-models", "sensitivity-shift", "few-clusters-odi-12"} {
		for _, format := range []string{".html", ".csv", ".md"} {
			if b, err := os.ReadFile(filepath.Join(dir, name+format)); err != nil || len(b) < 500 {
				t.Errorf("%s%s: %d bytes, %v", name, format, len(b), err)
			}
		}
	}
	for _, name := range []string{"sensitivity-odi-12.svg", "tipping-odi-12.svg", "sensitivity-bbq-3.svg"} {
		if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.HasPrefix(string(b), "<svg") || strings.Contains(string(b), "tabindex") {
			t.Errorf("%s: %v, %.80s", name, err, b)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Sensitivity struct {
			Intervals string
			Variants  []struct {
				ID              string
				Patients, Units int
			}
			Outcomes []struct {
				Variable string
				Variants []struct {
					ID, Reason string
					Visits     []struct{ Estimate, SE *float64 }
				}
			}
			Shifts []struct {
				Points []struct{ Delta, Estimate, DF *float64 }
			} `json:"shifted_missing_outcomes"`
		}
		Few []struct {
			Variable, Visit, Verdict string
			Units                    [2]int
			Methods                  []struct {
				Method          string
				Estimate, SE, P *float64
				CI              [2]*float64
			}
		} `json:"few_clusters"`
	}
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Few) != 1 || f.Few[0].Variable != "odi" || f.Few[0].Visit != "12" || f.Few[0].Units != [2]int{10, 12} || len(f.Few[0].Methods) != 9 || !strings.HasPrefix(f.Few[0].Verdict, "With 10 and 12 units in the arms ") {
		t.Fatalf("few clusters: %+v", f.Few)
	}
	for _, m := range f.Few[0].Methods {
		if m.Estimate == nil || m.P == nil == !strings.HasSuffix(m.Method, "percentile") && !strings.HasSuffix(m.Method, "BCa") || m.CI[0] == nil != strings.HasPrefix(m.Method, "Permutation") {
			t.Errorf("%s: %+v", m.Method, m)
		}
	}
	s := f.Sensitivity
	patients := map[string]int{}
	for _, v := range s.Variants {
		patients[v.ID] = v.Patients
	}
	// 107 and 71 of the classes 2 and 3 of the duration of pain, 41 and 149 of
	// the STarT Back groups (Table 2 of the example).
	if patients["main"] != 315 || patients["pain"] != 107+71 || patients["risk-high"] != 41 || patients["risk-low"] != 149 || len(s.Variants) != 14 {
		t.Errorf("%v", patients)
	}
	if len(s.Outcomes) != 17 || len(s.Shifts) != 2 || len(s.Shifts[0].Points) != 21 || s.Intervals != "model" {
		t.Errorf("%d outcomes, %d shifts, %s", len(s.Outcomes), len(s.Shifts), s.Intervals)
	}
	for _, o := range s.Outcomes {
		for _, v := range o.Variants {
			for _, c := range v.Visits {
				if v.Reason == "" && (c.Estimate == nil || c.SE == nil) {
					t.Errorf("%s %s has no estimate and no reason", o.Variable, v.ID)
				}
			}
		}
	}
}
