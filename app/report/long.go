package report

import (
	"bytes"
	"encoding/csv"

	"trialbox/app/trial"
)

// LongCSV is the trial in long form as it is used, with its scores: a row for
// each patient and visit, decimal points, ISO dates, blanks where missing. It
// holds patients' values. Texts that a spreadsheet would take for a formula
// begin with an apostrophe.
func LongCSV(t *trial.Trial) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	names := t.LongNames()
	line := make([]string, len(names))
	write := func(cells []string) {
		for i, c := range cells {
			line[i] = safeCell(c)
		}
		if err := w.Write(line); err != nil {
			panic("report: a buffer takes every write: " + err.Error())
		}
	}
	write(names)
	var cells []string
	for row := range t.Rows {
		cells = t.LongRow(row, names, cells)
		write(cells)
	}
	w.Flush()
	return b.Bytes()
}
