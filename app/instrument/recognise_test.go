package instrument

import (
	"slices"
	"strings"
	"testing"
)

func TestRecogniseSpellings(t *testing.T) {
	tests := []struct {
		name    string
		columns []string
		id      string
		items   []string // first and last expected
	}{
		{"standard", expand("odi_%", 10), "odi", []string{"odi_1", "odi_10"}},
		{"no separator", expand("odi%", 10), "odi", []string{"odi1", "odi10"}},
		{"capitals and zeros", []string{"ODI_01", "ODI_02", "ODI_03", "ODI_04", "ODI_05", "ODI_06", "ODI_07", "ODI_08", "ODI_09", "ODI_10"}, "odi", []string{"ODI_01", "ODI_10"}},
		{"question letter", expand("oswestry_q%", 10), "odi", []string{"oswestry_q1", "oswestry_q10"}},
		{"dots", expand("Oswestry.item.%", 10), "odi", []string{"Oswestry.item.1", "Oswestry.item.10"}},
		{"umlaut", expand("ÖMPSQ %", 10), "ompsq", []string{"ÖMPSQ 1", "ÖMPSQ 10"}},
		{"short prefix", expand("omp%", 10), "ompsq", []string{"omp1", "omp10"}},
		{"by name", []string{"eq_mob", "eq_self", "eq_act", "eq_pain", "eq_anx"}, "eq5d3l", []string{"eq_mob", "eq_anx"}},
		{"numbered dimensions", expand("EQ5D_%", 5), "eq5d3l", []string{"EQ5D_1", "EQ5D_5"}},
		{"five levels", expand("eq5d5l_%", 5), "eq5d5l", []string{"eq5d5l_1", "eq5d5l_5"}},
		{"profile", []string{"EQ5D_profile"}, "eq5d3l", []string{"EQ5D_profile", "EQ5D_profile"}},
		{"single item", []string{"work_ability"}, "was", []string{"work_ability", "work_ability"}},
		{"item identifiers", []string{"PFA11", "PFA12", "PFA16r1", "PFA34", "PFA38", "PFA51", "PFA55", "PFA56", "PFB19r1", "PFB22", "PFB24", "PFB26", "PFC45r1", "PFC46", "PFA1", "PFA3", "PFA5", "PFC12", "PFC36r1", "PFC37"}, "pf20a", []string{"PFA11", "PFC37"}},
		{"any order", []string{"sbt9", "sbt8", "sbt7", "sbt6", "sbt5", "sbt4", "sbt3", "sbt2", "sbt1"}, "sbt", []string{"sbt1", "sbt9"}},
		{"seventeen", expand("tsk%", 17), "tsk17", []string{"tsk1", "tsk17"}},
		{"eleven", expand("tsk%", 11), "tsk11", []string{"tsk1", "tsk11"}},
		{"visit behind", expand("oswestry_q%_t0", 10), "odi", []string{"oswestry_q1_t0", "oswestry_q10_t0"}},
		{"visit behind, joined", expand("odi%t0", 10), "odi", []string{"odi1t0", "odi10t0"}},
		{"visit before", expand("T1.odi_%", 10), "odi", []string{"T1.odi_1", "T1.odi_10"}},
		{"visit in words", expand("odi_%_baseline", 10), "odi", []string{"odi_1_baseline", "odi_10_baseline"}},
		{"visit in months", expand("odi%_12kk", 10), "odi", []string{"odi1_12kk", "odi10_12kk"}},
		{"number first", expand("Q%_ODI", 10), "odi", []string{"Q1_ODI", "Q10_ODI"}},
		{"bare number first", expand("%_odi", 10), "odi", []string{"1_odi", "10_odi"}},
		{"item word", expand("odi_item%", 10), "odi", []string{"odi_item1", "odi_item10"}},
		{"dot", expand("odi.%", 10), "odi", []string{"odi.1", "odi.10"}},
		{"Finnish question word", expand("ODI_kys%", 10), "odi", []string{"ODI_kys1", "ODI_kys10"}},
		{"Swedish letters", expand("Örebro_fråga%", 10), "ompsq", []string{"Örebro_fråga1", "Örebro_fråga10"}},
		{"from 0", []string{"odi_0", "odi_1", "odi_2", "odi_3", "odi_4", "odi_5", "odi_6", "odi_7", "odi_8", "odi_9"}, "odi", []string{"odi_0", "odi_9"}},
		{"totals beside", append(expand("odi_%", 10), "odi_total", "odi_sum", "odi_score", "ODI"), "odi", []string{"odi_1", "odi_10"}},
		{"single at a visit", []string{"nrs_back_t0"}, "nrs_back", []string{"nrs_back_t0", "nrs_back_t0"}},
		{"Finnish", []string{"selkäkipu"}, "nrs_back", []string{"selkäkipu", "selkäkipu"}},
		{"Swedish", []string{"Arbetsförmåga"}, "was", []string{"Arbetsförmåga", "Arbetsförmåga"}},
		{"identifiers at a visit", expand("Global%_v2", 10), "promis_global10", []string{"Global1_v2", "Global10_v2"}},
		{"form order", expand("promis29_%", 29), "promis29", []string{"promis29_1", "promis29_29"}},
		{"start with instrument digits", expand("gad7_%", 7), "gad7", []string{"gad7_1", "gad7_7"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found := Recognise(append([]string{"patient", "visit", "age"}, tt.columns...))
			if len(found) != 1 || found[0].Instrument != tt.id {
				t.Fatalf("found %+v, want %s alone", found, tt.id)
			}
			m := found[0]
			if m.Items[0] != tt.items[0] || m.Items[len(m.Items)-1] != tt.items[1] {
				t.Errorf("items %v, want %v", m.Items, tt.items)
			}
			if m.Confidence < 0.9 || m.Why == "" {
				t.Errorf("confidence %g, why %q", m.Confidence, m.Why)
			}
		})
	}
}

// expand puts 1, 2, … k in the place of %.
func expand(pattern string, k int) []string {
	var list []string
	for n := 1; n <= k; n++ {
		list = append(list, strings.Replace(pattern, "%", plain(float64(n)), 1))
	}
	return list
}

func TestRecogniseNothing(t *testing.T) {
	columns := []string{"patient_id", "unit", "arm", "visit", "age", "bmi", "odi", "total", "odi_total", "k10", "phq9", "items", "pf10_1", "pf10_2"}
	if found := Recognise(columns); len(found) != 0 {
		t.Errorf("found %+v among columns that hold no items", found)
	}
}

func TestRecogniseDoubt(t *testing.T) {
	surplus := Recognise(expand("rmdq%", 30))
	if len(surplus) != 1 || surplus[0].Confidence > 0.7 || !strings.Contains(surplus[0].Why, "6 more") {
		t.Errorf("30 numbered columns: %+v", surplus)
	}
	nine := Recognise([]string{"bbq1", "bbq2", "bbq3", "bbq6", "bbq8", "bbq10", "bbq12", "bbq13", "bbq14"})
	if len(nine) != 1 || nine[0].Confidence < 0.85 || nine[0].Items[3] != "" || nine[0].Items[5] != "bbq6" {
		t.Errorf("the nine scored items of fourteen: %+v", nine)
	}
	renumbered := Recognise(expand("bbq%", 9))
	if len(renumbered) != 1 || renumbered[0].Confidence > 0.5 || renumbered[0].Doubt != ByNumbers || len(renumbered[0].Questions) != 1 {
		t.Errorf("nine items numbered anew: %+v", renumbered)
	}
}

// TestRecogniseParts: items numbered by scale, as on the form or anew.
func TestRecogniseParts(t *testing.T) {
	form := append(expand("fabq_pa_%", 5), "fabq_w_6", "fabq_w_7", "fabq_w_9", "fabq_w_10", "fabq_w_11", "fabq_w_12", "fabq_w_15")
	m := Recognise(form)
	if len(m) != 1 || m[0].Items[1] != "fabq_pa_2" || m[0].Items[14] != "fabq_w_15" || m[0].Doubt != "" || m[0].Confidence < 0.8 {
		t.Fatalf("by the numbers of the form: %+v", m)
	}
	m = Recognise(append(expand("fabq_pa%", 4), expand("fabq_w%", 7)...))
	if len(m) != 1 || m[0].Doubt != ByNumbers || m[0].Items[1] != "fabq_pa1" || m[0].Items[4] != "fabq_pa4" || m[0].Items[14] != "fabq_w7" || m[0].Confidence > 0.5 || len(m[0].Questions[0].Choices) != 2 {
		t.Errorf("scored items numbered anew: %+v", m)
	}
	m = Recognise(append(expand("hads_a%", 7), expand("hads_d%", 7)...))
	if len(m) != 1 || m[0].Items[0] != "hads_a1" || m[0].Items[12] != "hads_a7" || m[0].Items[1] != "hads_d1" {
		t.Errorf("halves numbered apart: %+v", m)
	}
	if m := Recognise([]string{"fabq_pa", "fabq_w", "sbt_total", "sbt_psych"}); len(m) != 0 {
		t.Errorf("scores taken for items: %+v", m)
	}
}

// TestRecogniseVisits: one visit's columns are one match; another's are not mixed in.
func TestRecogniseVisits(t *testing.T) {
	columns := append(expand("odi%_t0", 10), expand("odi%_t3", 9)...)
	m := Recognise(columns)
	if len(m) != 1 || m[0].Items[0] != "odi1_t0" || m[0].Items[9] != "odi10_t0" {
		t.Errorf("%+v", m)
	}
}

func TestRecogniseLacking(t *testing.T) {
	m := Recognise([]string{"odi1", "odi2", "odi3", "odi5", "odi6", "odi7", "odi9", "odi10"})
	if len(m) != 1 || !strings.Contains(m[0].Why, "8 of 10 items found") || !strings.Contains(m[0].Why, "Not in the file: items 4 and 8.") || m[0].Confidence > 0.7 {
		t.Errorf("%+v", m)
	}
	m = Recognise([]string{"bbq1", "bbq2", "bbq3", "bbq6", "bbq8", "bbq10", "bbq12", "bbq13", "bbq14"})
	if !strings.Contains(m[0].Why, "Not in the file and not scored: items 4, 5, 7, 9 and 11.") {
		t.Errorf("%+v", m)
	}
}

func seenAs(texts ...string) func(string) Seen {
	return func(string) Seen { return Seen{Texts: texts} }
}

// TestFindByRange: EQ-5D names that do not tell the version, and columns whose
// names tell nothing.
func TestFindByRange(t *testing.T) {
	eq := []string{"eq5d_mo", "eq5d_sc", "eq5d_ua", "eq5d_pd", "eq5d_ad"}
	five := func(string) Seen {
		return Seen{Texts: []string{"1", "2", "3", "4", "5"}, Counts: []int{90, 40, 20, 10, 2}}
	}
	slip := func(string) Seen { return Seen{Texts: []string{"1", "2", "3", "4"}, Counts: []int{900, 400, 200, 1}} }
	for _, tt := range []struct {
		name string
		seen func(string) Seen
		want string
	}{{"three levels", seenAs("1", "2", "3"), "eq5d3l"}, {"five levels", five, "eq5d5l"}, {"a slip among three", slip, "eq5d3l"}} {
		if m := Builtin().Find(eq, tt.seen); len(m) != 1 || m[0].Instrument != tt.want {
			t.Errorf("%s: %+v, want %s", tt.name, m, tt.want)
		}
	}
	profile := func(string) Seen { return Seen{Texts: []string{"11421", "11111", "51111"}, Counts: []int{5, 9, 3}} }
	if m := Builtin().Find([]string{"eq5d_profile"}, profile); len(m) != 1 || m[0].Instrument != "eq5d5l" {
		t.Errorf("a profile of five levels: %+v", m)
	}

	m := Builtin().Find(expand("q%", 24), seenAs("0", "1"))
	if len(m) != 1 || m[0].Instrument != "rmdq" || m[0].Doubt != ByRange || m[0].Confidence > 0.4 || m[0].Items[23] != "q24" {
		t.Fatalf("24 columns of 0 and 1: %+v", m)
	}
	if q := m[0].Questions; len(q) != 1 || q[0].Field != "columns" || q[0].Suggest != "" || q[0].Choices[0].Value != "rmdq" || q[0].Choices[len(q[0].Choices)-1].Value != NotThis {
		t.Errorf("asked %+v", q)
	}
	for _, none := range []func(string) Seen{seenAs("0", "1", "7"), seenAs("0"), seenAs("yes", "no"), seenAs()} {
		if m := Builtin().Find(expand("q%", 24), none); len(m) != 0 {
			t.Errorf("found %+v", m)
		}
	}
}

// TestCheckNeverLowest: nobody gave the lowest answer, so a file that counts
// from 1 looks the same; that is asked.
func TestCheckNeverLowest(t *testing.T) {
	m := Recognise(expand("odi%", 10))[0]
	q := Check(m, seenAs("1", "2", "3", "4", "5")).Questions
	if len(q) != 1 || q[0].Suggest != "" || len(q[0].Choices) != 2 || q[0].Choices[0].Value != "0-5" || q[0].Choices[1].Value != "1-6" {
		t.Errorf("answers 1 to 5 of 0 to 5: %+v", q)
	}
	for _, clear := range [][]string{{"0", "1", "2", "3", "4", "5"}, {"1", "2", "3"}, {"2", "3"}} {
		if q := Check(m, seenAs(clear...)).Questions; len(q) != 0 {
			t.Errorf("answers %v: %+v", clear, q)
		}
	}
	zero := Check(Recognise(expand("k10_%", 10))[0], seenAs("0", "1", "2", "3", "4")).Questions
	if len(zero) != 1 || zero[0].Suggest != "0-4" {
		t.Errorf("K10 counted from 0: %+v", zero)
	}
}

func TestCheckWords(t *testing.T) {
	m := Recognise(expand("deps%", 10))[0]
	ordered := func(string) Seen {
		return Seen{Texts: []string{"never", "sometimes", "often", "always"}, Ordered: true}
	}
	q := Check(m, ordered).Questions
	if len(q) != 1 || q[0].Field != "texts" || q[0].Item != "deps" || q[0].Suggest != "" || len(q[0].Choices) != 2 ||
		q[0].Choices[0].Value != `{"always":"3","never":"0","often":"2","sometimes":"1"}` || !strings.HasPrefix(q[0].Choices[1].Label, "never = 3") {
		t.Errorf("ordered words: %+v", q)
	}
	carried := Check(m, seenAs("0 = never", "(1) sometimes", "2: often", "3 – always", "")).Questions
	if len(carried) != 1 || carried[0].Suggest != `{"(1) sometimes":"1","0 = never":"0","2: often":"2","3 – always":"3"}` {
		t.Errorf("words with their numbers: %+v", carried)
	}
	few := Check(m, seenAs("never", "often")).Questions
	if len(few) != 1 || len(few[0].Choices) != 0 || !slices.Equal(few[0].Codes, []string{"0", "1", "2", "3"}) || !slices.Equal(few[0].Texts, []string{"never", "often"}) {
		t.Errorf("fewer words than answers: %+v", few)
	}
	if slips := Check(m, seenAs("0", "1", "2", "3", "o", "1 or 2")).Questions; len(slips) != 0 {
		t.Errorf("slips among numbers: %+v", slips)
	}
	tick := Check(Recognise(expand("rmdq%", 24))[0], seenAs("x")).Questions
	if len(tick) != 1 || tick[0].Choices[0].Value != `{"x":"1"}` || tick[0].Suggest != "" {
		t.Errorf("ticks: %+v", tick)
	}
	kind := Check(Recognise([]string{"wai_1", "wai_2a", "wai_2b", "wai_demands", "wai_3", "wai_4", "wai_5", "wai_6", "wai_7a", "wai_7b", "wai_7c"})[0], func(c string) Seen {
		if c == "wai_demands" {
			return Seen{Texts: []string{"ruumiillinen", "henkinen"}}
		}
		return Seen{Texts: []string{"1", "4"}}
	}).Questions
	if len(kind) != 1 || kind[0].Item != "wai_demands" || !slices.Equal(kind[0].Codes, []string{"physical", "mental", "mixed"}) {
		t.Errorf("kind of work in Finnish: %+v", kind)
	}
}

// TestAnswersInWords: words score as the numbers they stand for; an unknown one
// is an error, not a blank.
func TestAnswersInWords(t *testing.T) {
	s := mustScorer(t, "sbt", Settings{Coding: map[string]string{"sbt_9": "1-5"}, Texts: map[string]map[string]string{
		"sbt": {"agree": "1", "Disagree": "0"}, "sbt_9": {"not at all": "1", "extremely": "5", "no answer": ""}}})
	cells := func(last string) []string {
		return append(strings.Fields("agree DISAGREE 0 1 agree agree agree disagree"), last)
	}
	if r := s.Score(cells(" Extremely ")); r.Scores[0].Number != 6 || r.Status != OK {
		t.Errorf("%+v", r)
	}
	if r := s.Score(cells("no answer")); r.Status != Missing {
		t.Errorf("%+v", r)
	}
	if r := s.Score(cells("rather")); r.Status != notNumber || r.ErrorItem != "sbt_9" {
		t.Errorf("%+v", r)
	}
	r := s.Receipt(cells("Extremely"))
	if a := r.Answers[8]; a.Entered != "Extremely" || a.Change != "“Extremely” is 5; coded 1-5: 5 is 4; recoded: 4 counts 1" {
		t.Errorf("%+v", a)
	}
	d, _ := Lookup("sbt")
	for _, bad := range []map[string]map[string]string{{"odi": {"a": "1"}}, {"sbt_9": {"a": "7"}}, {"sbt_1": {"a": "x"}}} {
		if _, err := d.NewScorer(Settings{Texts: bad}); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
	wai := mustScorer(t, "wai", Settings{Texts: map[string]map[string]string{"wai_demands": {"ruumiillinen": "physical"}}})
	if r := wai.Score(strings.Fields("8 4 4 ruumiillinen 1 5 4 4 2 2 2")); r.Status != OK {
		t.Errorf("%+v", r)
	}
}

// FuzzRecognise: no names of columns or answers make recognition panic, and no
// column serves two items.
func FuzzRecognise(f *testing.F) {
	f.Add("odi1,odi2,Q3_ODI,_,,t0", "0,1,never")
	f.Add("fabq_pa1,fabq_pa2,fabq_w_3,eq5d,sbt9", "11221,(2) x,1 = a")
	f.Fuzz(func(t *testing.T, columns, answers string) {
		names := strings.Split(columns, ",")
		slices.Sort(names)
		names = slices.Compact(names)
		for _, m := range Builtin().Find(names, seenAs(strings.Split(answers, ",")...)) {
			d, _ := Lookup(m.Instrument)
			if len(m.Items) != len(d.Items) || m.Confidence <= 0 || m.Confidence > 1 {
				t.Errorf("%+v", m)
			}
			used := map[string]bool{}
			for _, c := range m.Items {
				if used[c] && !d.isProfile(m.Items) {
					t.Errorf("%s: column %q twice", m.Instrument, c)
				}
				used[c] = c != ""
			}
		}
	})
}

func TestRecogniseExampleTrial(t *testing.T) {
	header, _ := readCSV(t, "testdata/trial/trial_long.csv")
	var ids []string
	for _, m := range Recognise(header) {
		ids = append(ids, m.Instrument)
	}
	want := []string{"nrs_back", "nrs_leg", "odi", "pf20a", "eq5d3l", "eqvas", "was", "bbq", "rmdq", "sbt", "ompsq",
		"fabq", "pseq", "deps", "satisfaction", "pain_duration", "medication"}
	if !slices.Equal(ids, want) {
		t.Errorf("found %v\nwant  %v", ids, want)
	}
}

// TestCheckStartBack: the answers prove a coding only when no other is left.
func TestCheckStartBack(t *testing.T) {
	m := Recognise(expand("sbt%", 9))[0]
	if len(m.Questions) != 1 || m.Questions[0].Item != "sbt_9" || m.Questions[0].Suggest != "" || len(m.Questions[0].Choices) != 3 {
		t.Fatalf("questions by name alone: %+v", m.Questions)
	}
	for _, tt := range []struct {
		seen    []string
		suggest string
	}{
		{[]string{"1", "2", "3", "4", "5"}, "1-5"},
		{[]string{"0", "2", "4", ""}, "0-4"},
		{[]string{"1", "2", "3", "4"}, ""},
		{[]string{"0", "1", "NA"}, ""},
		{[]string{"7"}, ""},
		{nil, ""},
	} {
		checked := Check(m, func(column string) Seen {
			if column == "sbt9" {
				return Seen{Texts: tt.seen}
			}
			return Seen{Texts: []string{"0", "1"}}
		})
		if len(checked.Questions) != 1 || checked.Questions[0].Suggest != tt.suggest || checked.Questions[0].Why == "" {
			t.Errorf("answers %v: %+v, want suggestion %q", tt.seen, checked.Questions, tt.suggest)
		}
	}
}

func TestCheckShifted(t *testing.T) {
	m := Recognise(expand("odi%", 10))[0]
	one := func(string) Seen { return Seen{Texts: []string{"1", "2", "6"}} }
	checked := Check(m, one)
	if len(checked.Questions) != 1 || checked.Questions[0].Suggest != "1-6" {
		t.Fatalf("answers 1 to 6 for an item of 0 to 5: %+v", checked.Questions)
	}
	d, _ := Lookup("odi")
	s, err := d.NewScorer(Settings{Coding: map[string]string{checked.Questions[0].Item: "1-6"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Score(strings.Split("1,2,6,1,1,1,1,1,1,1", ",")).Scores[0].Number; got != 12 {
		t.Errorf("score %g, want 12", got)
	}
	yes := Check(Recognise(expand("rmdq%", 24))[0], func(string) Seen { return Seen{Texts: []string{"1", "2"}} })
	if len(yes.Questions) != 1 || yes.Questions[0].Suggest != "" {
		t.Errorf("yes and no as 1 and 2, or 2 and 1: %+v", yes.Questions)
	}
	wild := Check(m, func(string) Seen { return Seen{Texts: []string{"0", "3", "9"}} })
	if len(wild.Questions) != 0 || !strings.Contains(wild.Why, "outside the range") || wild.Confidence >= m.Confidence {
		t.Errorf("answers no shift explains: %+v", wild)
	}
}

// TestNoWording guards the rule that the wording of items is kept nowhere: an
// item has numbers and codes, and what is said of a coding is a few words.
func TestNoWording(t *testing.T) {
	for _, d := range All() {
		for _, it := range d.Items {
			for _, c := range it.Codings {
				if len(c.Text) > 60 || strings.ContainsAny(c.Text, "?!") {
					t.Errorf("%s %s, coding %s: %q reads like a question", d.ID, it.Column, c.Name, c.Text)
				}
			}
		}
		if len(d.Note) > 400 {
			t.Errorf("%s: the note has %d characters", d.ID, len(d.Note))
		}
	}
}
