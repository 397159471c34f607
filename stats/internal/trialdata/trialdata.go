// Package trialdata reads the simulated trial of stats/testdata for the tests of stats.
package trialdata

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"trialbox/stats/formula"
	"trialbox/stats/mixed"
)

// Path is where a file of the trial lies.
func Path(name string) string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "testdata", "trial", name)
}

// Table reads a CSV file with a header.
func Table(t testing.TB, name string) (header []string, rows [][]string) {
	t.Helper()
	f, err := os.Open(Path(name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[0], all[1:]
}

// Frame turns a table into columns: numeric when every cell that is not empty is a number.
func Frame(header []string, rows [][]string) *formula.Frame {
	fr := &formula.Frame{Rows: len(rows)}
	for k, name := range header {
		c := formula.Column{Name: name, Num: make([]float64, len(rows)), Text: make([]string, len(rows))}
		for n, row := range rows {
			v, err := strconv.ParseFloat(row[k], 64)
			if row[k] == "" {
				v = math.NaN()
			} else if err != nil {
				c.IsText = true
			}
			c.Num[n], c.Text[n] = v, row[k]
		}
		fr.Columns = append(fr.Columns, c)
	}
	return fr
}

// Trial is the trial, a row per patient and visit.
func Trial(t testing.TB) *formula.Frame {
	t.Helper()
	return Frame(Table(t, "scored_long.csv"))
}

// Design builds a formula on a frame.
func Design(t testing.TB, fr *formula.Frame, f string) *mixed.Design {
	t.Helper()
	parsed, err := formula.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	d, err := parsed.Build(fr)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// JSON reads a file of reference results.
func JSON(t testing.TB, name string, into any) {
	t.Helper()
	b, err := os.ReadFile(Path(name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}
