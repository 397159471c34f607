package trial

import (
	"fmt"
	"strings"
	"testing"

	"trialbox/app/dataset"
)

// manyRows is a long trial of so many patients at three visits.
func manyRows(patients int) string {
	var b strings.Builder
	b.WriteString("patient,unit,arm,visit,vas,age\n")
	for p := range patients {
		for _, visit := range []string{"0", "3", "12"} {
			fmt.Fprintf(&b, "P%07d,U%03d,%s,%s,%d,%d\n", p, p%400, []string{"control", "intervention"}[p%2], visit, (p*31+len(visit)*7)%101, 18+p%60)
		}
	}
	return b.String()
}

// manyColumns is a wide trial of so many items at three visits.
func manyColumns(items int) string {
	var b strings.Builder
	b.WriteString("patient_id,site,arm,age")
	for i := range items {
		for _, visit := range []string{"bl", "3mo", "12mo"} {
			fmt.Fprintf(&b, ",item%d_%s", i, visit)
		}
	}
	for p := range 100 {
		fmt.Fprintf(&b, "\np%d,s%d,%s,%d", p, p/10, []string{"control", "treatment"}[p/10%2], 30+p%40)
		for i := range 3 * items {
			fmt.Fprintf(&b, ",%d", (p*7+i*13)%5)
		}
	}
	return b.String()
}

// BenchmarkGuess finds the roles in a table of many rows and one of many columns.
func BenchmarkGuess(b *testing.B) {
	for name, d := range large(b) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Guess(d)
			}
		})
	}
}

// BenchmarkBuild makes the trials of these tables.
func BenchmarkBuild(b *testing.B) {
	for name, d := range large(b) {
		m, _ := Guess(d)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Build(d, m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func large(b *testing.B) map[string]*dataset.Dataset {
	return map[string]*dataset.Dataset{"rows": table(b, manyRows(300000)), "columns": table(b, manyColumns(3333))}
}
