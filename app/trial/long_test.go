package trial

import (
	"slices"
	"strings"
	"testing"
)

// longForm is the long form of a file by patient and visit, the columns named.
func longForm(t *testing.T, name string) (names []string, rows map[string]map[string]string) {
	t.Helper()
	d := read(t, name)
	m, _ := Guess(d)
	tr := build(t, d, m)
	names, rows = tr.LongNames(), map[string]map[string]string{}
	var cells []string
	for row := range tr.Rows {
		cells = tr.LongRow(row, names, cells)
		values := map[string]string{}
		for i, n := range names {
			values[n] = cells[i]
		}
		months, _, _ := visitTime(values[names[3]])
		rows[values["patient_id"]+" "+numberText(months)] = values
	}
	return names, rows
}

// The three messy files of the reference trial hold the values of the clean
// one, cell by cell, whatever their shape, marks, codes and spellings. The tab
// separated one lacks the stratum.
func TestLongFormOfMessyFiles(t *testing.T) {
	names, clean := longForm(t, "trial_long.csv")
	for _, file := range []string{"messy_wide_semicolon_cp1252.csv", "messy_long_bom_crlf.csv", "messy_long_codes_excel.tsv"} {
		t.Run(file, func(t *testing.T) {
			own, rows := longForm(t, file)
			if len(rows) != len(clean) {
				t.Errorf("%d rows, the clean file has %d", len(rows), len(clean))
			}
			compared := 0
			for key, want := range clean {
				got := rows[key]
				if got == nil {
					t.Fatalf("no row for patient and visit %s", key)
				}
				for _, n := range names {
					if !slices.Contains(own, n) {
						if n != "stratum" {
							t.Fatalf("no column %s", n)
						}
						continue
					}
					if n == "visit" {
						continue // compared as time
					}
					compared++
					if !strings.EqualFold(got[n], want[n]) {
						t.Errorf("%s, %s: %q, the clean file has %q", key, n, got[n], want[n])
					}
				}
			}
			if compared < 100000 {
				t.Errorf("only %d cells compared", compared)
			}
		})
	}
}
