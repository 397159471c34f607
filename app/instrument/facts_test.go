package instrument

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The tables testdata/tables/{instruments,categories,mic}.csv state the facts
// of each instrument apart from the definitions; these tests hold one against
// the other, field by field.

func column(t *testing.T, header []string, name string) int {
	t.Helper()
	i := slices.Index(header, name)
	if i < 0 {
		t.Fatalf("no column %s in %v", name, header)
	}
	return i
}

// itemsNamed expands "odi_1..odi_10", "a b c" and "p29_pf_1..4".
func itemsNamed(text string) []string {
	var out []string
	for part := range strings.FieldsSeq(text) {
		from, to, isRange := strings.Cut(part, "..")
		if isRange && strings.Trim(to, "0123456789") == "" {
			stem := strings.TrimRight(from, "0123456789")
			to = stem + to
		}
		if isRange {
			part = from + ".." + to
		}
		columns, err := expandColumns(part)
		if err != nil {
			panic(err)
		}
		out = append(out, columns...)
	}
	return out
}

func TestFactsOfInstruments(t *testing.T) {
	header, rows := readCSV(t, "testdata/tables/instruments.csv")
	at := func(row []string, name string) string { return row[column(t, header, name)] }
	if len(rows) != len(All()) || len(rows) != 31 {
		t.Errorf("%d instruments in the table, %d defined", len(rows), len(All()))
	}
	for _, row := range rows {
		d, ok := Lookup(row[0])
		if !ok {
			t.Errorf("%s has no definition", row[0])
			continue
		}
		var columns []string
		for _, it := range d.Items {
			columns = append(columns, it.Column)
		}
		if want := itemsNamed(at(row, "item_columns")); !slices.Equal(columns, want) {
			t.Errorf("%s: items %v, want %v", d.ID, columns, want)
		}
		factsOfScales(t, d, func(name string) string { return at(row, name) })
	}
}

// factsOfScales holds what the table says in numbers; what it says in words
// ("depends on set") is in the vectors.
func factsOfScales(t *testing.T, d *Definition, at func(string) string) {
	var main []*scale
	for _, s := range d.scales {
		if s.Kind == Number && !s.Alternative && len(s.of) == 0 {
			main = append(main, s)
		}
	}
	if from, to, ok := strings.Cut(at("item_range"), "-"); ok {
		low, err1 := strconv.ParseFloat(from, 64)
		high, err2 := strconv.ParseFloat(to, 64)
		for _, it := range d.Items {
			if err1 == nil && err2 == nil && (it.Min != low || it.Max != high) {
				t.Errorf("%s: %s from %g to %g, want %s", d.ID, it.Column, it.Min, it.Max, at("item_range"))
			}
		}
	}
	if len(main) != 1 {
		return
	}
	s := main[0]
	for _, f := range []struct {
		name string
		got  float64
	}{{"score_min", s.Min}, {"score_max", s.Max}} {
		if want, err := strconv.ParseFloat(at(f.name), 64); err == nil && want != f.got {
			t.Errorf("%s: %s %g, want %g", d.ID, f.name, f.got, want)
		}
	}
	if n, err := strconv.Atoi(at("min_answered_default")); err == nil {
		need := len(s.items)
		if s.policy.Rule != Complete {
			need = s.policy.Min
		}
		if need != n {
			t.Errorf("%s: %d answers needed, want %d", d.ID, need, n)
		}
	}
	if want := at("better"); string(s.Better) != want {
		t.Errorf("%s: %s is better, want %s", d.ID, s.Better, want)
	}
	reversed := strings.Fields(at("reversed_items"))
	if _, err := strconv.Atoi(append(reversed, "x")[0]); err == nil {
		var got []string
		for k, back := range s.reversed {
			if back {
				got = append(got, strconv.Itoa(s.Items[k]))
			}
		}
		if !slices.Equal(got, reversed) {
			t.Errorf("%s: reversed %v, want %v", d.ID, got, reversed)
		}
	}
	if scored := strings.Fields(at("scored_items")); len(scored) > 1 && scored[0] != "item" {
		if fmt.Sprint(s.Items) != "["+strings.Join(scored, " ")+"]" && !strings.Contains(at("scored_items"), ":") {
			if _, err := strconv.Atoi(scored[0]); err == nil {
				t.Errorf("%s: scored %v, want %v", d.ID, s.Items, scored)
			}
		}
	}
}

// TestFactsOfCategories: every category scale has its labels and bounds.
func TestFactsOfCategories(t *testing.T) {
	header, rows := readCSV(t, "testdata/tables/categories.csv")
	of := map[string]string{"odi": "odi_score", "nrs": "nrs_back_score nrs_leg_score", "was": "was_score", "ompsq": "ompsq_score", "pseq": "pseq_score",
		"deps": "deps_score", "fabq_pa": "fabq_pa", "fabq_w": "fabq_w", "phq9": "phq9_score", "gad7": "gad7_score", "hads": "hads_anxiety hads_depression",
		"pcs": "pcs_score pcs_total", "tsk17": "tsk17_score", "csi": "csi_score", "k10": "k10_score", "wai": "wai_score", "bmi": "bmi_score",
		"promis_function": "pf20a_score promis29_pf promis29_social", "promis_symptom": "promis29_anx promis29_dep promis29_fat promis29_sleep promis29_pi", "duration": "pain_duration_days"}
	want := map[string][]Band{}
	for _, row := range rows {
		bound, err := strconv.ParseFloat(row[column(t, header, "lower_bound")], 64)
		if err != nil {
			continue // STarT Back, which is no single bound
		}
		want[row[0]] = append(want[row[0]], Band{Label: row[2], From: bound, Above: row[4] == "no"})
	}
	if len(want) != len(of) {
		t.Errorf("%d category scales, %d known here", len(want), len(of))
	}
	for name, bands := range want {
		found := 0
		for key := range strings.FieldsSeq(of[name]) {
			for _, d := range All() {
				for _, s := range d.scales {
					if d.ID+"_"+s.Name == key {
						found++
						if !slices.Equal(s.Bands, bands) {
							t.Errorf("%s: %v, want %v", key, s.Bands, bands)
						}
					}
				}
			}
		}
		if found == 0 {
			t.Errorf("no scale has the categories %s", name)
		}
	}
}

// TestFactsOfImportantChanges: each verified or recalled change of the table
// is in its definition.
func TestFactsOfImportantChanges(t *testing.T) {
	_, rows := readCSV(t, "testdata/tables/mic.csv")
	checked := 0
	for _, row := range rows {
		first := row[2]
		if i := strings.IndexAny(first, "-; ("); i > 0 {
			first = first[:i]
		}
		value, err := strconv.ParseFloat(first, 64)
		if row[2] == "" || err != nil || strings.Contains(row[1], "by baseline") {
			continue
		}
		d, ok := Lookup(row[0])
		if !ok {
			t.Errorf("%s has no definition", row[0])
			continue
		}
		checked++
		relative := strings.HasPrefix(row[3], "%")
		if !slices.ContainsFunc(d.scales, func(s *scale) bool {
			return slices.ContainsFunc(s.Important, func(i Important) bool { return i.Low == value && (i.Unit == "% of baseline") == relative })
		}) {
			t.Errorf("%s: the important change %s %s (%s) is not in the definition", row[0], row[2], row[3], row[4])
		}
	}
	if checked < 20 {
		t.Errorf("only %d changes checked", checked)
	}
}

// lowest and highest answers of an item, as cells.
func (it Item) ends() (low, high string) {
	if it.Codes != nil {
		return it.Codes[0], it.Codes[len(it.Codes)-1]
	}
	return plain(it.Min), plain(it.Max)
}

// TestEdges puts each instrument at its edges: the lowest and highest answers,
// each kind of bad cell in each item, and one answer fewer than each rule for
// blanks allows.
func TestEdges(t *testing.T) {
	for _, d := range All() {
		t.Run(d.ID, func(t *testing.T) {
			s := mustScorer(t, d.ID, Settings{})
			low, high := make([]string, len(d.Items)), make([]string, len(d.Items))
			for i, it := range d.Items {
				low[i], high[i] = it.ends()
			}
			edgeScores(t, d, s, low, high)
			for i, it := range d.Items {
				for cell, want := range badCells(it) {
					for _, at := range [][]string{low, high} {
						cells := slices.Clone(at)
						cells[i] = cell
						r := s.Score(cells)
						if r.Status != want || r.ErrorItem != it.Column {
							t.Errorf("%s = %q: %s at %q, want %s", it.Column, cell, r.Status, r.ErrorItem, want)
						}
						for k, v := range r.Values[:len(r.Values)-2] {
							if !v.Empty {
								t.Errorf("%s = %q: result %d is %q beside an error", it.Column, cell, k, v)
							}
						}
					}
				}
			}
			edgeBlanks(t, d, low)
		})
	}
}

func badCells(it Item) map[string]string {
	if it.Codes != nil {
		return map[string]string{"0": notCode, "other": notCode}
	}
	bad := map[string]string{"x": notNumber, "1,5": notNumber, "1e1": notNumber, plain(it.Min - 1): outOfRange, plain(it.Max + 1): outOfRange, "99999": outOfRange, "-": notNumber}
	if it.Integer {
		bad[plain(it.Min+0.5)] = notInteger
		bad[plain(it.Max+0.5)] = notInteger // not an integer comes before out of range
	}
	return bad
}

// edgeScores: between them the two rows reach both ends of every scale that is
// a sum of answers without reversal, and stay inside the range of each.
func edgeScores(t *testing.T, d *Definition, s *Scorer, low, high []string) {
	a, b := s.Score(low), s.Score(high)
	if a.Status != OK || b.Status != OK {
		t.Errorf("status %s of the lowest answers, %s of the highest", a.Status, b.Status)
	}
	for k, sc := range d.scales {
		x, y := a.Scores[k].Number, b.Scores[k].Number
		if sc.Worded || sc.sets != nil || sc.Min == sc.Max {
			continue
		}
		for _, v := range []float64{x, y} {
			if v < sc.Min-1e-9 || v > sc.Max+1e-9 {
				t.Errorf("%s = %g lies outside %g to %g", sc.Name, v, sc.Min, sc.Max)
			}
		}
		if sc.asAnswered && sc.rule.partly && (math.Min(x, y) != sc.Min || math.Max(x, y) != sc.Max) {
			t.Errorf("%s from %g to %g at the ends, want %g to %g", sc.Name, x, y, sc.Min, sc.Max)
		}
	}
}

// edgeBlanks takes answers away from the last item on: a scale has a score as
// long as its rule is content, and not with one answer less.
func edgeBlanks(t *testing.T, d *Definition, low []string) {
	for k, sc := range d.scales {
		if !sc.rule.partly || len(sc.needs) > 0 {
			continue
		}
		n := len(sc.items)
		for _, policy := range []string{"", "prorate80", "complete", fmt.Sprintf("prorate:%d", (n+1)/2), "blank_as_no", fmt.Sprintf("blank_as_no:%d", n)} {
			set, need := Settings{}, n
			if sc.policy.Rule != Complete {
				need = sc.policy.Min
			}
			if policy != "" {
				set.Policy = map[string]string{d.ID + "_" + sc.Name: policy}
				p, err := ParsePolicy(policy, n)
				if err != nil {
					t.Fatal(err)
				}
				if sc.takes(p) != nil {
					if _, err := d.NewScorer(set); err == nil {
						t.Errorf("%s takes %s", sc.Name, policy)
					}
					continue
				}
				if need = p.Min; p.Rule == Complete {
					need = n
				}
			}
			s := mustScorer(t, d.ID, set)
			for blank := range n + 1 {
				cells := slices.Clone(low)
				for _, i := range sc.items[n-blank:] {
					cells[i] = []string{"", " ", "NA", "n/a", ".", "NULL", "nan"}[blank%7]
				}
				got := !math.IsNaN(s.Score(cells).Scores[k].Number)
				if want := n-blank >= need && blank < n; got != want {
					t.Errorf("%s under %q with %d of %d blank: scored %v, want %v", sc.Name, policy, blank, n, got, want)
				}
			}
		}
	}
}
