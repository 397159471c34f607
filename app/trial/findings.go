package trial

import (
	"slices"
	"sort"

	"trialbox/app/dataset"
)

// Findings are the problems of the table and of the trial, each once: what the
// reader and the checks say of one cell is one finding, under the first cause,
// with the rest in Also. Those of the whole file come first, then line by line.
func (t *Trial) Findings() []dataset.Problem {
	var list []dataset.Problem
	type cell struct {
		line   int
		column string
	}
	at := map[cell]int{}
	for _, p := range slices.Concat(t.data.Problems, t.Problems) {
		k := cell{p.Line, p.Column}
		if i, seen := at[k]; seen && p.Line > 0 && p.Column != "" {
			list[i] = joined(list[i], p)
			continue
		}
		at[k] = len(list)
		list = append(list, p)
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Line < list[j].Line })
	return list
}

// joined is the finding of two problems of one cell: the first leads unless it
// is a note only or the other knows what the column is for; the graver severity
// counts.
func joined(a, b dataset.Problem) dataset.Problem {
	if a.Severity == dataset.Note && b.Severity > dataset.Note || b.Kind == "unknown visit" || a.Kind == "missing code" {
		a, b = b, a
	}
	a.Also = append(append(slices.Clone(a.Also), b.Text), b.Also...)
	a.Severity = max(a.Severity, b.Severity)
	return a
}
