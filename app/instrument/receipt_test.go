package instrument

import (
	"slices"
	"strings"
	"testing"
)

// words joins all that a scale's receipt says, for comparison.
func words(s ScaleReceipt) string {
	return strings.Join(s.Steps, " ") + " => " + s.Score + " " + s.Band + " | " + s.Why
}

func TestReceipt(t *testing.T) {
	for _, tt := range []struct {
		name, id string
		set      Settings
		cells    string // "-" is blank
		scale    int
		want     string
	}{
		{"pro-rated per cent", "odi", Settings{}, "2 1 2 1 2 4 1 - 2 1", 0,
			"9 of 10 items answered; item 8 is blank. 9 are needed. No item is reversed. Sum 16; highest possible for 9 items 45. 100 × 16 / 45 = 35.6 => 35.6 moderate (above 20, up to 40) | "},
		{"too few answers", "odi", Settings{}, "- 0 - 0 - 3 - 0 2 2", 0,
			"6 of 10 items answered; items 1, 3, 5 and 7 are blank. 9 are needed. No item is reversed. =>   | 6 of 10 items answered, 9 are needed."},
		{"nothing answered", "pseq", Settings{}, "- - - - - - - - - -", 0,
			"0 of 10 items answered; items 1, 2, 3, 4, 5, 6, 7, 8, 9 and 10 are blank. No item is reversed. =>   | Nothing was answered."},
		{"reversed", "ompsq", Settings{}, "5 1 2 3 4 5 6 7 8 9", 0,
			"All 10 items answered. Reversed: items 3, 4 and 8. Sum 56 => 56.0 high (50 or more) | "},
		{"recoded", "sbt", Settings{Coding: map[string]string{"sbt_9": "1-5"}}, "0 0 0 1 1 1 1 0 4", 0,
			"All 9 items answered. Recoded: item 9. Sum 5 => 5.0  | "},
		{"group", "sbt", Settings{Coding: map[string]string{"sbt_9": "1-5"}}, "0 0 0 1 1 1 1 0 4", 2,
			"Total 5, psychosocial 4. Low: total 3 or less; high: psychosocial 4 or more; else medium. => high  | "},
		{"part of a total that is missing", "sbt", Settings{}, "- 0 0 1 1 1 1 0 4", 1,
			"All 5 items answered. Recoded: item 9. =>   | The scale score has no score, without which this one is not given."},
		{"value set", "eq5d3l", Settings{}, "1 1 2 2 1", 0,
			"All 5 items answered. State 11221; published terms of UK_TTO: 0.760 => 0.760  | "},
		{"table", "pf20a", Settings{}, "3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3", 0,
			"All 20 items answered. Recoded: item 9. Sum 59 Table: raw 59 is 32.4 => 32.4 moderate (30 or more, below 40) | "},
		{"table, pro-rated up", "pf20a", Settings{}, "- 2 3 1 5 5 3 2 2 5 1 5 3 3 3 1 2 3 3 1", 0,
			"19 of 20 items answered; item 1 is blank. 10 are needed. Recoded: item 9. Sum 52; pro-rated 52 × 20 / 19, a fraction rounded up = 55 Table: raw 55 is 30.7 => 30.7 moderate (30 or more, below 40) | "},
		{"blank counts as no", "rmdq", Settings{Policy: map[string]string{"rmdq": "blank_as_no:20"}}, "1 0 1 0 1 0 1 0 1 0 1 0 1 0 1 0 1 0 1 0 1 0 1 -", 0,
			"23 of 24 items answered; item 24 is blank. Blank counts as no. No item is reversed. Sum 12 => 12.0  | "},
		{"body mass", "bmi", Settings{}, "160 89.6", 0, "Both items answered. 89.6 / 1.6² = 35.0 => 35.0 obesity class II (35 or more, below 40) | "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cells := strings.Fields(tt.cells)
			for i := range cells {
				if cells[i] == "-" {
					cells[i] = ""
				}
			}
			got := mustScorer(t, tt.id, tt.set).Receipt(cells)
			if w := words(got.Scales[tt.scale]); w != tt.want {
				t.Errorf("got  %s\nwant %s", w, tt.want)
			}
		})
	}
}

func TestReceiptAnswers(t *testing.T) {
	r := mustScorer(t, "ompsq", Settings{}).Receipt(strings.Fields("5 1 2 3 4 5 6 7 8 9"))
	if a := r.Answers[2]; a.Number != 3 || a.Entered != "2" || a.Points != "8" || a.Change != "reversed: 10 − 2 = 8" {
		t.Errorf("item 3: %+v", a)
	}
	r = mustScorer(t, "sbt", Settings{Coding: map[string]string{"sbt_9": "1-5"}}).Receipt(strings.Fields("0 0 0 0 0 0 0 0 5"))
	if a := r.Answers[8]; a.Points != "1" || a.Change != "coded 1-5: 5 is 4; recoded: 4 counts 1" {
		t.Errorf("item 9: %+v", a)
	}
	set := Settings{Items: slices.Repeat([]string{""}, 14)}
	for i, n := range []int{1, 2, 3, 6, 8, 10, 12, 13, 14} {
		set.Items[n-1] = "b" + plain(float64(i+1))
	}
	r = mustScorer(t, "bbq", set).Receipt([]string{"2", "2", "2", "", "", "2", "", "2", "", "2", "", "2", "2", "2"})
	if r.Status != OK || r.Answers[3].Scored || r.Answers[5].Column != "b4" || r.Scales[0].Score != "36.0" {
		t.Errorf("nine of fourteen: %s %+v %+v", r.Status, r.Answers[5], r.Scales[0])
	}
}

func TestReceiptOfAnError(t *testing.T) {
	r := mustScorer(t, "odi", Settings{}).Receipt(strings.Fields("2 2 2 2 2 2 6 2 2 x"))
	if r.Status != outOfRange || r.ErrorItem != "odi_7" || !r.Answers[6].Bad || !r.Answers[9].Bad || r.Answers[0].Bad {
		t.Errorf("%+v", r)
	}
	if !strings.Contains(r.Why, `Item 7 (odi_7) holds "6", out of range: it must be a whole number from 0 to 5.`) {
		t.Error(r.Why)
	}
	if r.Scales[0].Why != r.Why || r.Scales[0].Score != "" {
		t.Errorf("%+v", r.Scales[0])
	}
}

// TestReceiptsOfAll: every vector line has a receipt that agrees with the
// result and says why where there is no score.
func TestReceiptsOfAll(t *testing.T) {
	for _, d := range All() {
		header, rows := readCSV(t, "testdata/"+d.ID+".csv")
		s := mustScorer(t, d.ID, Settings{})
		for _, row := range rows {
			var cells []string
			for _, it := range d.Items {
				cells = append(cells, row[slices.Index(header, it.Column)])
			}
			result := s.Score(cells)
			receipt := s.Receipt(cells)
			if receipt.Status != result.Status || len(receipt.Scales) != len(result.Scores) {
				t.Errorf("%s case %s: receipt %s, result %s", d.ID, row[0], receipt.Status, result.Status)
			}
			for i, sc := range receipt.Scales {
				if (sc.Score == "") == (sc.Why == "") && !s.scales[i].Alternative {
					t.Errorf("%s case %s, %s: score %q and why %q", d.ID, row[0], sc.Scale.Name, sc.Score, sc.Why)
				}
				if result.Status == OK && sc.Source == "" {
					t.Errorf("%s: no source for %s", d.ID, sc.Scale.Name)
				}
			}
		}
	}
}
