package instrument

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func mustScorer(t testing.TB, id string, set Settings) *Scorer {
	t.Helper()
	d, ok := Lookup(id)
	if !ok {
		t.Fatalf("no instrument %s", id)
	}
	s, err := d.NewScorer(set)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestTrialSettings scores trial_long.csv under the settings its reference
// states and compares with scored_long.csv cell by cell. The mapping is the
// one recognition finds, plus the answers to the questions it asks.
func TestTrialSettings(t *testing.T) {
	header, rows := readCSV(t, "testdata/trial/trial_long.csv")
	wantHeader, want := readCSV(t, "testdata/trial/scored_long.csv")
	settings := map[string]Settings{
		"odi":           {Policy: map[string]string{"odi": "prorate:8"}},
		"fabq":          {Policy: map[string]string{"fabq_pa": "prorate:3", "fabq_w": "prorate:6"}},
		"bbq":           {Policy: map[string]string{"bbq": "prorate:8"}},
		"pseq":          {Policy: map[string]string{"pseq": "prorate:8"}},
		"deps":          {Policy: map[string]string{"deps": "prorate:8"}},
		"ompsq":         {Policy: map[string]string{"ompsq": "prorate:9"}},
		"rmdq":          {Policy: map[string]string{"rmdq": "blank_as_no:20"}},
		"sbt":           {Coding: map[string]string{"sbt_9": "1-5"}},
		"eq5d3l":        {Set: "UK_TTO"},
		"pain_duration": {Coding: map[string]string{"pain_days": "class"}},
	}
	names := map[string]string{"eq5d3l": "eq5d_uk", "ompsq": "omp", "ompsq_group": "omp_group",
		"sat_explanation": "sat_explained", "sat_own_control": "sat_own_means", "sat_skills": "sat_hcp_skills",
		"med_any3d": "med_3days", "med_paracetamol": "paracetamol", "med_nsaid": "nsaid",
		"med_mild_opioid": "mild_opioid", "med_strong_opioid": "strong_opioid", "med_other": "other_med"}
	compared := map[string]int{}
	for _, m := range Recognise(header) {
		set := settings[m.Instrument]
		set.Items = m.Items
		scorer := mustScorer(t, m.Instrument, set)
		var at []int
		for _, c := range m.Items {
			at = append(at, slices.Index(header, c))
		}
		var result Result
		cells := make([]string, len(at))
		for n, row := range rows {
			for i, j := range at {
				cells[i] = row[j]
			}
			scorer.ScoreInto(&result, cells)
			for i, sc := range scorer.Scales() {
				name := sc.Variable
				if other, ok := names[name]; ok {
					name = other
				}
				j := slices.Index(wantHeader, name)
				if j < 0 {
					continue
				}
				compared[name]++
				if got := result.Scores[i].Number; !sameNumber(got, want[n][j]) {
					t.Errorf("%s row %d: %g, want %q (answers %v)", name, n+2, got, want[n][j], cells)
				}
			}
		}
	}
	for _, name := range strings.Fields("nrs_back nrs_leg odi eq5d_uk eq_vas work_ability bbq rmdq sbt_total sbt_psych sbt_group " +
		"omp omp_group fabq_pa fabq_w pseq deps med_3days paracetamol nsaid mild_opioid strong_opioid other_med " +
		"sat_explained sat_own_means sat_hcp_skills sat_heard pain_duration") {
		if compared[name] != 683 {
			t.Errorf("%s: %d cells compared, want 683", name, compared[name])
		}
	}
}

func sameNumber(got float64, want string) bool {
	if want == "" {
		return math.IsNaN(got)
	}
	x, err := strconv.ParseFloat(want, 64)
	return err == nil && math.Abs(got-x) <= 1e-9*math.Max(1, math.Abs(x))
}

// TestValueSets compares the values computed from terms with the table of all
// 243 states by all sets.
func TestValueSets(t *testing.T) {
	header, rows := readCSV(t, "testdata/tables/eq5d3l_value_sets.csv")
	s := mustScorer(t, "eq5d3l", Settings{})
	columns := s.Columns()
	for _, row := range rows {
		result := s.Score(strings.Split(row[0], ""))
		for i, set := range header[1:] {
			j := slices.Index(columns, set)
			if j < 0 {
				t.Fatalf("no set %s", set)
			}
			if got := result.Values[j].String(); !sameCell(got, row[i+1]) {
				t.Errorf("%s of %s = %s, want %s", set, row[0], got, row[i+1])
			}
		}
	}
	if len(rows) != 243 || len(header) != 23 {
		t.Errorf("%d states by %d sets", len(rows), len(header)-1)
	}
}

func TestSetIsNamed(t *testing.T) {
	d, _ := Lookup("eq5d3l")
	if sc := d.Scales()[0]; sc.Set != "UK_TTO" || !strings.Contains(sc.Label, "UK_TTO") || sc.Min != -0.594 || sc.Max != 1 {
		t.Errorf("usual set: %+v", sc)
	}
	s := mustScorer(t, "eq5d3l", Settings{Set: "FINLAND_VAS"})
	if got := s.Columns(); !slices.Equal(got, []string{"n_answered", "state", "FINLAND_VAS", "status", "error_item"}) {
		t.Errorf("columns %v", got)
	}
	if sc := s.Scales()[0]; sc.Set != "FINLAND_VAS" || !strings.Contains(sc.Label, "FINLAND_VAS") {
		t.Errorf("scale %+v", sc)
	}
	if got := s.Score(strings.Split("11221", "")).Scores[0].Number; got != 0.684 {
		t.Errorf("value %g", got)
	}
}

// TestProfileColumn: one column with the five answers side by side.
func TestProfileColumn(t *testing.T) {
	s := mustScorer(t, "eq5d3l", Settings{Items: slices.Repeat([]string{"eq"}, 5), Set: "UK_TTO"})
	for cell, want := range map[string]string{
		"11221": "5 11221 0.76 ok ", " 11221 ": "5 11221 0.76 ok ", "": "0   missing ", "NA": "0   missing ",
		"1122": "   error: not a number eq", "112211": "   error: not a number eq", "1122x": "   error: not a number eq",
		"11.21": "   error: not a number eq", "11241": "   error: out of range eq", "01121": "   error: out of range eq",
	} {
		var got []string
		for _, v := range s.Score(slices.Repeat([]string{cell}, 5)).Values {
			got = append(got, v.String())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, want %q", cell, strings.Join(got, " "), want)
		}
	}
	if r := s.Receipt(slices.Repeat([]string{"11221"}, 5)); r.Answers[3].Points != "2" || r.Scales[0].Score != "0.760" {
		t.Errorf("receipt %+v", r.Answers)
	}
	d, _ := Lookup("odi")
	if _, err := d.NewScorer(Settings{Items: slices.Repeat([]string{"odi"}, 10)}); err == nil {
		t.Error("one column for ten items of an instrument without a profile")
	}
}

// TestStartBackCodings: the same patients under the three ways files hold item 9.
func TestStartBackCodings(t *testing.T) {
	for _, tt := range []struct {
		coding, item9 string
		score         float64
		group         string
	}{
		{"0-4", "3", 5, "high"}, {"0-4", "2", 4, "medium"},
		{"1-5", "4", 5, "high"}, {"1-5", "3", 4, "medium"},
		{"0-1", "1", 5, "high"}, {"0-1", "0", 4, "medium"},
		{"", "3", 5, "high"},
	} {
		s := mustScorer(t, "sbt", Settings{Coding: map[string]string{"sbt_9": tt.coding}})
		r := s.Score([]string{"0", "0", "0", "1", "1", "1", "1", "0", tt.item9})
		if r.Scores[0].Number != tt.score || r.Scores[2].Text != tt.group {
			t.Errorf("coding %q, item 9 = %s: %+v", tt.coding, tt.item9, r.Scores)
		}
	}
	s := mustScorer(t, "sbt", Settings{Coding: map[string]string{"sbt_9": "1-5"}})
	if r := s.Score([]string{"0", "0", "0", "1", "1", "1", "1", "0", "0"}); r.Status != outOfRange || r.ErrorItem != "sbt_9" {
		t.Errorf("0 under 1-5: %+v", r)
	}
}

func TestReversedAlready(t *testing.T) {
	usual := mustScorer(t, "ompsq", Settings{})
	d, _ := Lookup("ompsq")
	if q := d.Codings(usual.Items()); len(q) != 1 || q[0].Item != "ompsq" || len(q[0].Choices) != 2 || q[0].Choices[1].Value != "reversed" {
		t.Errorf("offered %+v", q)
	}
	all := mustScorer(t, "ompsq", Settings{Coding: map[string]string{"ompsq": "reversed"}})
	if got := all.Score(strings.Fields("5 1 8 7 4 5 6 3 8 9")).Scores[0].Number; got != 56 {
		t.Errorf("one coding for the three: %g, want 56", got)
	}
	// A copy in another order: the mapping names each item's column.
	moved := mustScorer(t, "ompsq", Settings{Items: []string{"a1", "a2", "a10", "a6", "a3", "a4", "a5", "a9", "a7", "a8"}})
	if got := moved.Score(strings.Fields("5 1 2 3 4 5 6 7 8 9")).Scores[0].Number; got != 56 {
		t.Errorf("in item order: %g", got)
	}
	turned := mustScorer(t, "ompsq", Settings{Coding: map[string]string{"ompsq_3": "reversed", "ompsq_4": "reversed", "ompsq_8": "reversed"}})
	a := usual.Score(strings.Fields("5 1 2 3 4 5 6 7 8 9"))
	b := turned.Score(strings.Fields("5 1 8 7 4 5 6 3 8 9"))
	if a.Scores[0] != b.Scores[0] || a.Scores[0].Number != 56 {
		t.Errorf("as answered %v, turned round already %v", a.Scores[0], b.Scores[0])
	}
}

func TestPolicies(t *testing.T) {
	blank8 := strings.Split("2,1,2,1,2,,1,,2,1", ",")
	for _, tt := range []struct {
		policy string
		want   float64
	}{
		{"", math.NaN()}, {"complete", math.NaN()}, {"prorate:9", math.NaN()}, {"prorate:8", 30}, {"prorate80", 30},
		{"prorate:5", 30}, {"blank_as_no:8", 24},
	} {
		set := Settings{}
		if tt.policy != "" {
			set.Policy = map[string]string{"odi": tt.policy}
		}
		got := mustScorer(t, "odi", set).Score(blank8).Scores[0].Number
		if got != tt.want && !(math.IsNaN(got) && math.IsNaN(tt.want)) {
			t.Errorf("%q: %g, want %g", tt.policy, got, tt.want)
		}
	}
	allBlank := make([]string, 24)
	if got := mustScorer(t, "rmdq", Settings{Policy: map[string]string{"rmdq": "blank_as_no"}}).Score(allBlank); got.Status != Missing {
		t.Errorf("a form without any answer scored: %+v", got)
	}
}

func TestSettingsRefused(t *testing.T) {
	for _, tt := range []struct {
		name, id string
		set      Settings
		want     string
	}{
		{"few items", "odi", Settings{Items: []string{"a"}}, "has 10 items, but 1"},
		{"column twice", "nrs_back", Settings{Items: []string{"a", "b"}}, "has 1 items, but 2"},
		{"unknown coding", "sbt", Settings{Coding: map[string]string{"sbt_9": "1-9"}}, "0-4, 1-5, 0-1"},
		{"coding of no item", "sbt", Settings{Coding: map[string]string{"sbt_10": "1-5"}}, "no item sbt_10"},
		{"policy of no scale", "odi", Settings{Policy: map[string]string{"fabq_pa": "complete"}}, "no scale"},
		{"too few", "odi", Settings{Policy: map[string]string{"odi": "prorate:4"}}, "between 5 and 10"},
		{"no number", "odi", Settings{Policy: map[string]string{"odi": "prorate"}}, "prorate:8"},
		{"unknown policy", "odi", Settings{Policy: map[string]string{"odi": "mean"}}, "complete, prorate, blank_as_no"},
		{"levels filled in", "eq5d3l", Settings{Policy: map[string]string{"eq5d3l_index": "prorate:4"}}, "needs every answer"},
		{"unknown set", "eq5d3l", Settings{Set: "UK"}, "UK_TTO, UK_VAS"},
		{"set of none", "odi", Settings{Set: "UK_TTO"}, "no value sets"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, _ := Lookup(tt.id)
			if _, err := d.NewScorer(tt.set); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want …%s…", err, tt.want)
			}
		})
	}
}

// TestCells: what is an answer, what is missing and what is neither.
func TestCells(t *testing.T) {
	s := mustScorer(t, "bmi", Settings{})
	for cell, want := range map[string]string{
		"170": OK, "170.0": OK, " 170 ": OK, "+170": OK, "170.": OK, "0170": OK,
		"": Missing, ".": Missing, "na": Missing, "N/A": Missing, "nan": Missing, "NULL": Missing, " NA ": Missing,
		"1.7e2": notNumber, "170,5": notNumber, "inf": notNumber, "0x20": notNumber, "--1": notNumber, "-": notNumber, "1.2.3": notNumber, "n/a!": notNumber, "１７０": notNumber,
		"99.9": outOfRange, "-170": outOfRange, strings.Repeat("9", 400): outOfRange,
	} {
		if got := s.Score([]string{cell, "70"}).Status; got != want {
			t.Errorf("%q: %s, want %s", cell, got, want)
		}
	}
}

func TestErrorNamesTheFilesColumn(t *testing.T) {
	s := mustScorer(t, "nrs_back", Settings{Items: []string{"Pain today"}})
	if r := s.Score([]string{"11"}); r.ErrorItem != "Pain today" {
		t.Errorf("error_item %q", r.ErrorItem)
	}
}

// FuzzScore: no text of a cell makes the scorer panic or give a score outside its range.
func FuzzScore(f *testing.F) {
	for _, seed := range []string{"3", "-", "", "1e9", "NaN", "5.0000000001", "٣"} {
		f.Add(seed, "2")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, d := range All() {
			s, err := d.NewScorer(Settings{})
			if err != nil {
				t.Fatal(err)
			}
			cells := make([]string, len(d.Items))
			for i := range cells {
				cells[i] = a
			}
			cells[len(cells)/2] = b
			r := s.Score(cells)
			for i, sc := range s.Scales() {
				if x := r.Scores[i].Number; sc.Min < sc.Max && (x < sc.Min-1e-9 || x > sc.Max+1e-9) {
					t.Errorf("%s %s = %g of %q and %q, outside %g to %g", d.ID, sc.Name, x, a, b, sc.Min, sc.Max)
				}
			}
			s.Receipt(cells)
		}
	})
}

// BenchmarkRow scores a row by every instrument.
func BenchmarkRow(b *testing.B) {
	var scorers []*Scorer
	var cells [][]string
	for _, d := range All() {
		scorers = append(scorers, mustScorer(b, d.ID, Settings{}))
		row := make([]string, len(d.Items))
		for i, it := range d.Items {
			row[i] = plain(it.Min)
			if it.Codes != nil {
				row[i] = it.Codes[0]
			}
		}
		cells = append(cells, row)
	}
	var r Result
	b.ReportAllocs()
	for b.Loop() {
		for i, s := range scorers {
			s.ScoreInto(&r, cells[i])
		}
	}
}

// TestScoreRow: rows of columns come to the same scores as rows of cells.
func TestScoreRow(t *testing.T) {
	for _, d := range All() {
		header, rows := readCSV(t, "testdata/"+d.ID+".csv")
		s, other := mustScorer(t, d.ID, Settings{}), mustScorer(t, d.ID, Settings{})
		var columns []Column
		for i, it := range d.Items {
			var texts []string
			var codes listed
			for _, row := range rows {
				cell := row[slices.Index(header, it.Column)]
				if !slices.Contains(texts, cell) {
					texts = append(texts, cell)
				}
				codes = append(codes, int32(slices.Index(texts, cell)))
			}
			columns = append(columns, s.Column(i, codes, texts))
		}
		for n, row := range rows {
			var cells []string
			for _, it := range d.Items {
				cells = append(cells, row[slices.Index(header, it.Column)])
			}
			bad, status := s.ScoreRow(columns, int32(n))
			want := other.Score(cells)
			if bad >= 0 {
				if status != want.Status || d.Items[bad].Column != want.ErrorItem {
					t.Errorf("%s case %s: %s at %s, want %s at %s", d.ID, row[0], status, d.Items[bad].Column, want.Status, want.ErrorItem)
				}
				continue
			}
			for k, score := range want.Scores {
				got := Score{s.Number(k), s.Word(k)}
				if got.Text != score.Text || got.Number != score.Number && !(math.IsNaN(got.Number) && math.IsNaN(score.Number)) {
					t.Errorf("%s case %s: %+v, want %+v", d.ID, row[0], got, score)
				}
			}
		}
	}
}

// TestCuts: other bounds in use (FABQ-W above 34, DEPS from 10, WAI under 35).
func TestCuts(t *testing.T) {
	for _, tt := range []struct {
		id, key, bounds, cells string
		scale                  int
		want                   string
	}{
		{"deps", "deps", "10/12", "1 1 1 1 1 1 1 1 1 0", 0, "none"},
		{"deps", "deps_score", "9/12", "1 1 1 1 1 1 1 1 1 0", 0, "subclinical"},
		{"fabq", "fabq_w", ">34", "0 0 0 0 0 6 6 0 6 6 6 4 0 0 0 0", 1, "low"},
		{"fabq", "w", "34", "0 0 0 0 0 6 6 0 6 6 6 4 0 0 0 0", 1, "high"},
		{"wai", "wai", "37/41/45", "9 4 4 mixed 1 5 4 4 2 2 2", 1, "moderate"},
		{"ompsq", "ompsq_score", "41/50", "5 5 5 5 5 5 0 5 5 0", 1, "low"},
	} {
		s := mustScorer(t, tt.id, Settings{Cuts: map[string]string{tt.key: tt.bounds}})
		if got := s.Score(strings.Fields(tt.cells)).Scores[tt.scale]; got.Text != tt.want {
			t.Errorf("%s %s=%s: %+v, want %s", tt.id, tt.key, tt.bounds, got, tt.want)
		}
	}
	for _, tt := range [][3]string{{"deps", "deps", "10"}, {"deps", "deps", "12/10"}, {"deps", "deps", "a/b"}, {"deps", "deps", "NaN/1"}, {"rmdq", "rmdq", "4"}, {"deps", "odi", "1/2"}} {
		d, _ := Lookup(tt[0])
		if _, err := d.NewScorer(Settings{Cuts: map[string]string{tt[1]: tt[2]}}); err == nil {
			t.Errorf("%v was taken", tt)
		}
	}
	keys, bounds := mustScorer(t, "fabq", Settings{}).def.CutKeys()
	if !slices.Equal(keys, []string{"fabq_pa", "fabq_w"}) || !slices.Equal(bounds, []string{"15", "30"}) {
		t.Errorf("%v %v", keys, bounds)
	}
}

// listed are codes as they are, for tests.
type listed []int32

func (l listed) At(row int) int32 { return l[row] }

func (l listed) Narrow() []uint8 { return nil }
