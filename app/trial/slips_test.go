package trial

import (
	"fmt"
	"strings"
	"testing"

	"trialbox/app/dataset"
)

// slipTrial is six clinics of six patients at three visits; change may alter a
// row (clinic_id, clinic, patient, arm, visit, mass and nine answers of
// PHQ-9).
func slipTrial(change func(line int, cells []string)) string {
	var b strings.Builder
	b.WriteString("clinic_id,clinic,patient,arm,visit,mass")
	for i := range 9 {
		fmt.Fprintf(&b, ",phq9_%d", i+1)
	}
	line := 1
	for p := range 36 {
		for v, visit := range []string{"0", "3", "12"} {
			line++
			u := p / 6
			cells := []string{fmt.Sprintf("C%d", u+1), places[u], fmt.Sprintf("P%d", p+1), []string{"control", "intervention"}[u%2], visit, fmt.Sprintf("%d.%d", 60+p, v+1)}
			for i := range 9 {
				cells = append(cells, fmt.Sprint((p+v+i)%4))
			}
			change(line, cells)
			b.WriteString("\n" + strings.Join(cells, ","))
		}
	}
	return b.String() + "\n"
}

// TestSlipsLikeCodes: a slip that happens to be a number such as 99 or 8, which
// elsewhere stands for “no answer”, is named as what it is; of a clinic's name
// and number the number is the unit.
func TestSlipsLikeCodes(t *testing.T) {
	for _, c := range []struct {
		name          string
		column        int
		value         string
		kind, column_ string
	}{
		{"visit 99", 4, "99", "unknown visit", "visit"},
		{"8 in an item of 0 to 3", 8, "8", "item out of range", "phq9_3"},
		{"77.7 without its point", 5, "777", "implausible number", "mass"},
		{"another clinic's number", 0, "C5", "patient in two units", "clinic_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := table(t, slipTrial(func(line int, cells []string) {
				if line == 12 {
					cells[c.column] = c.value
				}
			}))
			m, _ := Guess(d)
			var found []dataset.Problem
			for _, p := range build(t, d, m).Findings() {
				if p.Line > 0 {
					found = append(found, p)
				}
			}
			if len(found) != 1 || found[0].Kind != c.kind || found[0].Line != 12 || found[0].Column != c.column_ {
				t.Errorf("found %+v, want %s in %s on line 12", found, c.kind, c.column_)
			}
		})
	}
	d := table(t, slipTrial(func(int, []string) {}))
	m, _ := Guess(d)
	if found := build(t, d, m).Findings(); len(found) > 0 {
		t.Errorf("the clean trial: %+v", found)
	}
}

// TestVisitsInWords: the first visit of a wide table is a visit in Swedish too,
// and what stands in brackets leaves no blank behind.
func TestVisitsInWords(t *testing.T) {
	for columns, want := range map[string]string{
		"odi_start odi_3mån pain_start pain_3mån":                               "odi start, odi 3mån, pain start, pain 3mån",
		"odi_basis odi_ende vas_basis vas_ende":                                 "odi basis, odi ende, vas basis, vas ende",
		"odi·(baseline) odi·(3·months) pain·(baseline) pain·(3·months)":         "odi baseline, odi 3 months, pain baseline, pain 3 months",
		"odi_week0 odi_week8 odi_eot pain_week0 pain_week8 pain_eot eq_week0_x": "odi week0, odi week8, odi eot, pain week0, pain week8, pain eot",
	} {
		_, wide := findPattern(strings.Split(strings.ReplaceAll(strings.ReplaceAll(columns, " ", "|"), "·", " "), "|"))
		var got []string
		for _, w := range wide {
			got = append(got, w.Stem+" "+w.Visit)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %q, want %q", columns, got, want)
		}
	}
}
