package instrument

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomSettings: whatever rules are chosen and whatever the cells hold, no
// scorer panics, no score leaves the range of its scale, and receipts agree.
func TestRandomSettings(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	refused := 0
	for round := range 4000 {
		d := All()[r.IntN(len(All()))]
		set := Settings{Policy: map[string]string{}, Coding: map[string]string{}}
		for _, key := range d.PolicyKeys() {
			set.Policy[key] = pick([]string{"complete", "prorate80", fmt.Sprintf("prorate:%d", 1+r.IntN(26)), "blank_as_no", fmt.Sprintf("blank_as_no:%d", 1+r.IntN(26))})
		}
		it := d.Items[r.IntN(len(d.Items))]
		if len(it.Codings) > 0 && r.IntN(2) == 0 {
			set.Coding[it.Column] = it.Codings[r.IntN(len(it.Codings))].Name
		} else if shifted := it.shifted(); shifted != nil && r.IntN(3) == 0 {
			set.Coding[it.Column] = shifted[r.IntN(len(shifted))].Name
		}
		s, err := d.NewScorer(set)
		if err != nil {
			refused++
			continue
		}
		s.SetForm(Form(r.IntN(3)))
		cells := make([]string, len(d.Items))
		for i := range cells {
			low, high := d.Items[i].ends()
			cells[i] = pick([]string{low, low, high, high, high, "", "NA", "1", "2", "3"})
			if r.IntN(200) == 0 {
				cells[i] = pick([]string{"x", "-1", "2.5", "1e3", "５"})
			}
		}
		result, receipt := s.Score(cells), s.Receipt(cells)
		for k, sc := range s.Scales() {
			x := result.Scores[k].Number
			if sc.Min < sc.Max && (x < sc.Min-1e-9 || x > sc.Max+1e-9) {
				t.Fatalf("round %d: %s %s = %g outside %g to %g: %v %v", round, d.ID, sc.Name, x, sc.Min, sc.Max, set, cells)
			}
			told := receipt.Scales[k]
			if math.IsNaN(x) && result.Scores[k].Text == "" && told.Score != "" || !math.IsNaN(x) && told.Score == "" || strings.Contains(strings.Join(told.Steps, ""), "NaN") {
				t.Fatalf("round %d: %s %s = %g, receipt %+v", round, d.ID, sc.Name, x, told)
			}
		}
	}
	if refused > 3000 {
		t.Errorf("%d of 4000 settings were refused", refused)
	}
}
