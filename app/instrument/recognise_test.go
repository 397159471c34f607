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
