package dataset

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// open reads a file of testdata.
func open(t testing.TB, name string) *Dataset {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	d, err := Read(name, bytes.NewReader(b), int64(len(b)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// table reads a text.
func table(t testing.TB, text string) *Dataset {
	t.Helper()
	d, err := Read("t.csv", strings.NewReader(text), int64(len(text)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestMessyAsClean holds the messy exports against the clean ones, cell by
// cell: the number where the clean cell has one, else the text.
func TestMessyAsClean(t *testing.T) {
	for _, f := range []struct {
		messy, clean string
		absent       []string // columns of the clean file that the messy one lacks
		words        []string // columns written in other words there (checked in package trial)
	}{
		{"messy_wide_semicolon_cp1252.csv", "trial_wide.csv", nil, nil},
		{"messy_long_bom_crlf.csv", "trial_long.csv", nil, nil},
		{"messy_long_codes_excel.tsv", "trial_long.csv", []string{"stratum"}, []string{"arm", "visit"}},
	} {
		t.Run(f.messy, func(t *testing.T) {
			messy, clean := open(t, f.messy), open(t, f.clean)
			if messy.Rows != clean.Rows {
				t.Fatalf("%d rows, want %d", messy.Rows, clean.Rows)
			}
			cells := 0
			for _, want := range clean.Columns {
				got := messy.Column(want.Name)
				if got == nil {
					if !contains(f.absent, want.Name) {
						t.Errorf("column %s is missing", want.Name)
					}
					continue
				}
				if contains(f.words, want.Name) {
					continue
				}
				bad := 0
				for row := range clean.Rows {
					a, b := got.Num(row), want.Num(row)
					same := a == b || math.IsNaN(a) && math.IsNaN(b) && got.Text(row) == want.Text(row)
					if same = same && got.IsMissing(row) == want.IsMissing(row); !same {
						if bad++; bad < 4 {
							t.Errorf("%s, row %d: %q read as %q (%v), want %q (%v)", want.Name, row, got.RawText(row), got.Text(row), a, want.Text(row), b)
						}
					}
					cells++
				}
			}
			if cells < 100000*9/10 {
				t.Errorf("only %d cells compared", cells)
			}
			for _, p := range messy.Problems {
				if p.Severity > Note {
					t.Errorf("a clean table has a problem: %v", p)
				}
			}
		})
	}
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}
