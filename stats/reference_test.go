package stats

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// record is a row of a reference file; testdata/numbers/README.md says where each comes from.
type record map[string]string

// records reads a CSV below testdata.
func records(t *testing.T, name string) []record {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []record
	for _, row := range all[1:] {
		r := record{}
		for k, name := range all[0] {
			r[name] = row[k]
		}
		out = append(out, r)
	}
	return out
}

// num is a cell as a number, NaN when it is empty.
func (r record) num(t *testing.T, name string) float64 {
	t.Helper()
	s, ok := r[name]
	if !ok {
		t.Fatalf("no column %s", name)
	}
	if s == "" {
		return math.NaN()
	}
	if s == "Inf" {
		return math.Inf(1)
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func reference(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "numbers", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

// near compares relative to the larger of 1 and the value wanted; NaN and infinities only equal themselves.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if got == want || math.IsNaN(got) && math.IsNaN(want) {
		return
	}
	if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
		t.Errorf("%s: %.15g, want %.15g", what, got, want)
	}
}

// patients are the rows of the simulated trial at one visit.
func patients(t *testing.T, visit string) []record {
	t.Helper()
	var out []record
	for _, r := range records(t, "trial/scored_long.csv") {
		if r["visit"] == visit {
			out = append(out, r)
		}
	}
	return out
}

// byArm splits a variable into intervention and control.
func byArm(t *testing.T, rows []record, variable string) (x, y []float64) {
	t.Helper()
	for _, r := range rows {
		if r["arm"] == "intervention" {
			x = append(x, r.num(t, variable))
		} else {
			y = append(y, r.num(t, variable))
		}
	}
	return x, y
}
