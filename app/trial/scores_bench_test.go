package trial

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"trialbox/app/dataset"
	"trialbox/app/instrument"
)

// allInstruments is a trial table of so many rows with the answers to every
// built-in instrument, a blank in a hundred, and its mapping.
func allInstruments(rows int) (*dataset.Dataset, Mapping) {
	r := rand.New(rand.NewPCG(1, 2))
	d := &dataset.Dataset{Name: "all.csv", Rows: rows, Line: make([]int32, rows)}
	for i := range d.Line {
		d.Line[i] = int32(i + 2)
	}
	column := func(name string, texts []string, code func(row int) int32) {
		c := &dataset.Column{Name: name, Kind: dataset.Integer, Raw: texts, Clean: texts,
			Number: make([]float64, len(texts)), Missing: make([]bool, len(texts)), Count: make([]int32, len(texts))}
		for k, text := range texts {
			c.Number[k], _ = strconv.ParseFloat(text, 64)
			c.Missing[k] = text == ""
		}
		codes := make([]int32, rows)
		for i := range codes {
			codes[i] = code(i)
		}
		c.Codes = dataset.CodesOf(codes)
		c.Codes.Tally(c.Count)
		c.Distinct = len(texts)
		d.Columns = append(d.Columns, c)
	}
	numbered := func(from, n int) (texts []string) {
		for k := range n {
			texts = append(texts, strconv.Itoa(from+k))
		}
		return texts
	}
	column("unit", numbered(1, 50), func(row int) int32 { return int32(row / 2 % 50) })
	column("patient", numbered(1, rows/2), func(row int) int32 { return int32(row / 2) })
	column("arm", numbered(0, 2), func(row int) int32 { return int32(row / 2 % 2) })
	column("visit", numbered(0, 2), func(row int) int32 { return int32(row % 2) })
	m := Mapping{Shape: "long", Unit: "unit", Patient: "patient", Arm: "arm", Visit: "visit", Control: "0", Intervention: "1",
		Visits: []Visit{{"0", "baseline", 0}, {"1", "1 month", 1}}}
	for _, def := range instrument.All() {
		use := Use{Instrument: def.ID}
		for _, it := range def.Items {
			texts := append([]string{""}, it.Codes...)
			if it.Codes == nil {
				texts = append(texts, numbered(int(it.Min), min(int(it.Max-it.Min), 500)+1)...)
			}
			if it.Values != nil {
				texts = []string{"", "1", "4", "7"}
			}
			name := def.ID + "." + it.Column
			column(name, texts, func(int) int32 {
				if r.IntN(100) == 0 {
					return 0
				}
				return int32(1 + r.IntN(len(texts)-1))
			})
			use.Items = append(use.Items, name)
			if it.Ask {
				use.Coding = map[string]string{it.Column: it.Codings[0].Name}
			}
		}
		m.Instruments = append(m.Instruments, use)
	}
	return d, m
}

// BenchmarkBuildAllInstruments makes a trial of 100,000 rows with all 31
// instruments scored. Under node: see the Makefile's SMALL.
func BenchmarkBuildAllInstruments(b *testing.B) {
	d, m := allInstruments(100_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Build(d, m); err != nil {
			b.Fatal(err)
		}
	}
}

// TestBuildAllInstruments: every instrument scores from random answers, and
// progress goes up to 1.
func TestBuildAllInstruments(t *testing.T) {
	d, m := allInstruments(2000)
	last := -1.0
	tr, err := BuildWith(d, m, func(share float64) bool {
		if share < last || share > 1 {
			t.Errorf("progress %g after %g", share, last)
		}
		last = share
		return true
	})
	if err != nil || last != 1 {
		t.Fatalf("progress ended at %g, error %v", last, err)
	}
	for i, def := range instrument.All() {
		for _, sc := range Summarise(tr, i).Scales {
			for v, visit := range sc.Visits {
				n := visit.Scored
				for _, why := range visit.Missing {
					n += why.N
				}
				if n != visit.Rows || visit.Rows != 1000 || (visit.Scored == 0 && !sc.Scale.Alternative) {
					t.Errorf("%s %s at visit %d: %d scored, %d accounted for of %d: %s", def.ID, sc.Scale.Name, v, visit.Scored, n, visit.Rows, fmt.Sprint(visit.Missing))
				}
			}
		}
	}
}
