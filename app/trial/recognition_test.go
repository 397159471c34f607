package trial

import (
	"fmt"
	"strings"
	"testing"

	"trialbox/app/instrument"
)

// sheet writes a long or wide table of 12 patients in 4 units at two visits;
// name gives the column of an item at a visit (of a long table: visit -1).
func sheet(wide bool, items []string, name func(item string, visit int) string, answer func(patient, visit, item int) string) string {
	var b strings.Builder
	b.WriteString("patient_id,site,arm")
	visits := []int{0, 3}
	if !wide {
		b.WriteString(",visit")
		for _, it := range items {
			b.WriteString("," + name(it, -1))
		}
	} else {
		for _, v := range visits {
			for _, it := range items {
				b.WriteString("," + name(it, v))
			}
		}
	}
	for p := range 12 {
		head := fmt.Sprintf("\n%d,S%d,%s", p+1, p%4, []string{"control", "intervention"}[p%2])
		if wide {
			b.WriteString(head)
		}
		for _, v := range visits {
			if !wide {
				b.WriteString(head + fmt.Sprintf(",%d", v))
			}
			for k := range items {
				b.WriteString("," + answer(p, v, k))
			}
		}
	}
	return b.String() + "\n"
}

func numberedItems(k int) (items []string) {
	for n := range k {
		items = append(items, fmt.Sprint(n+1))
	}
	return items
}

// TestGuessSpellings: the spellings of exports, long and wide, give the same scores.
func TestGuessSpellings(t *testing.T) {
	answer := func(p, v, k int) string { return fmt.Sprint((p + v + 3*k) % 6) }
	var want []float64
	for _, tt := range []struct {
		pattern string // %s the item, %d the visit of a wide table
		wide    bool
	}{
		{"odi_%s", false}, {"odi%s", false}, {"Q%s_ODI", false}, {"odi.%s", false}, {"odi_item%s", false}, {"oswestry_q%s_t0", false},
		{"odi%s_t%d", true}, {"oswestry_q%s_t%d", true}, {"odi_%s_%d", true}, {"T%d.odi%s", true}, {"Q%s_ODI_%d", true}, {"odi%s.%dmo", true},
	} {
		t.Run(tt.pattern, func(t *testing.T) {
			name := func(item string, visit int) string {
				switch {
				case visit < 0:
					return fmt.Sprintf(tt.pattern, item)
				case strings.HasPrefix(tt.pattern, "T%d"):
					return fmt.Sprintf(tt.pattern, visit, item)
				}
				return fmt.Sprintf(tt.pattern, item, visit)
			}
			d := table(t, sheet(tt.wide, numberedItems(10), name, answer))
			m, reasons := Guess(d)
			if len(m.Instruments) != 1 || m.Instruments[0].Instrument != "odi" {
				t.Fatalf("%+v\n%v", m.Instruments, reasons)
			}
			v := build(t, d, m).Variable("odi")
			if want == nil {
				want = v.Numbers()
			}
			if fmt.Sprint(v.Numbers()) != fmt.Sprint(want) {
				t.Errorf("got %v, want %v", v.Numbers(), want)
			}
		})
	}
}

// TestGuessWords: a yes-no questionnaire in words is scored; ordered words are
// asked about, in their order.
func TestGuessWords(t *testing.T) {
	name := func(item string, _ int) string { return "rmdq" + item }
	d := table(t, sheet(false, numberedItems(24), name, func(p, v, k int) string { return []string{"Kyllä", "Ei"}[(p*p+v/3+k)%3%2] }))
	m, _ := Guess(d)
	if v := build(t, d, m).Variable("rmdq"); v == nil || v.Num(0) != 16 {
		t.Errorf("%+v", v)
	}
	words := []string{"never", "sometimes", "often", "always"}
	name = func(item string, _ int) string { return "deps" + item }
	d = table(t, sheet(false, numberedItems(10), name, func(p, v, k int) string { return words[(p+v+k)%4] }))
	m, reasons := Guess(d)
	if len(m.Instruments) != 1 || m.Instruments[0].Texts != nil {
		t.Fatalf("%+v", m.Instruments)
	}
	for _, r := range reasons {
		if r.Field == "instruments" && r.Sure {
			t.Error("words were taken for sure")
		}
	}
	q := instrument.Check(instrument.Match{Instrument: "deps", Items: m.Instruments[0].Items}, func(c string) instrument.Seen { return Seen(d, m, c) }).Questions
	if len(q) != 1 || q[0].Choices[0].Label != "never = 0, sometimes = 1, often = 2, always = 3" || q[0].Suggest != "" {
		t.Errorf("asked %+v", q)
	}
}

// TestNeverGuessed: STarT Back whose ninth item's coding nobody said is not
// scored, and that is said.
func TestNeverGuessed(t *testing.T) {
	name := func(item string, _ int) string { return "sbt" + item }
	d := table(t, sheet(false, numberedItems(9), name, func(p, v, k int) string {
		if k == 8 {
			return fmt.Sprint(1 + (p+v)%4) // 1 to 4: fits both 0-4 and 1-5
		}
		return fmt.Sprint((p + v + k) % 2)
	}))
	m, _ := Guess(d)
	tr := build(t, d, m)
	said := false
	for _, p := range tr.Problems {
		said = said || strings.Contains(p.Text, "how the column “sbt9” holds the answers to STarT Back was not said")
	}
	if tr.Variable("sbt_total") != nil || !said || len(Summarise(tr, 0).Scales) != 0 {
		t.Error("scored on a guess, or left out in silence")
	}
	if _, err := tr.Receipt("sbt", 0); err == nil {
		t.Error("a receipt of what was not scored")
	}
	m.Instruments[0].Coding = map[string]string{"sbt_9": "1-5"}
	if v := build(t, d, m).Variable("sbt_total"); v == nil {
		t.Error("not scored once it was said")
	}
}
