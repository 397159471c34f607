package trial

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"trialbox/app/dataset"
	"trialbox/app/instrument"
)

// Two patients in each arm and three visits; the weight of one is a slip.
const small = `unit,patient,arm,visit,consent,date,pain,height_cm,weight_kg
A,1,control,0,2020-01-01,2020-01-11,10,160,89.6
A,1,control,3,2020-01-01,2020-04-11,7,160,89.6
A,1,control,12,2020-01-01,2021-01-11,8,160,89.6
A,2,control,0,2020-01-01,2020-01-04,0,170,70
A,2,control,3,2020-01-01,2020-04-04,2,170,70
B,3,intervention,0,2020-01-01,2020-01-01,5,1.8,80
B,3,intervention,3,2020-01-01,2020-04-01,3,1.8,80
B,4,intervention,0,2020-01-01,2020-01-02,,180,
B,4,intervention,3,2020-01-01,2020-04-02,3,180,
C,5,intervention,0,2020-01-01,2020-01-02,33.3,180,60
C,5,intervention,3,2020-01-01,2020-04-02,23.31,180,60
`

func smallMapping() Mapping {
	return Mapping{Shape: "long", Unit: "unit", Patient: "patient", Arm: "arm", Visit: "visit", ConsentDate: "consent", VisitDate: "date",
		Control: "control", Intervention: "intervention", Visits: []Visit{{"0", "baseline", 0}, {"3", "3 months", 3}, {"12", "12 months", 12}},
		Outcomes: []string{"pain"}}
}

// TestDerived: every kind, worked by hand.
func TestDerived(t *testing.T) {
	no := math.NaN()
	for _, tt := range []struct {
		name string
		d    Derived
		want []float64
		from string
	}{
		{"baseline", Derived{Kind: Baseline, Of: "pain"}, []float64{10, 10, 10, 0, 0, 5, 5, no, no, 33.3, 33.3}, "pain at baseline, repeated on every row of the patient"},
		{"change", Derived{Kind: Change, Of: "pain"}, []float64{no, -3, -2, no, 2, no, -2, no, no, no, -9.99}, "pain − its value at baseline, at later visits"},
		{"by points", Derived{Kind: Responder, Of: "pain", Amount: 2, Better: "lower"}, []float64{no, 1, 1, no, 0, no, 1, no, no, no, 1}, "1 where pain improved (lower is better) by 2 points or more since baseline, else 0, at later visits"},
		{"by per cent, exactly 30", Derived{Kind: Responder, Of: "pain", Amount: 30, Percent: true, Better: "lower"}, []float64{no, 1, 0, no, no, no, 1, no, no, no, 1}, "30% of baseline or more since baseline, else 0, at later visits; none where the first value is not above 0"},
		{"higher is better", Derived{Kind: Responder, Of: "pain", Amount: 2, Better: "higher"}, []float64{no, 0, 0, no, 1, no, 0, no, no, no, 0}, "higher is better"},
		{"band", Derived{Kind: Banded, Of: "pain", Bands: []Cut{{"none", 0, false}, {"some", 0, true}, {"much", 7, false}}}, []float64{3, 3, 3, 1, 2, 2, 2, no, 2, 3, 3}, "category of pain: none ≥ 0, some > 0, much ≥ 7"},
		{"body mass", Derived{Kind: BMI, Height: "height_cm", Weight: "weight_kg"}, []float64{35, 35, 35, 70 / 2.89, 70 / 2.89, no, no, no, no, 60 / 3.24, 60 / 3.24}, "weight_kg in kg / (height_cm in m)²"},
		{"delay to the first visit", Derived{Kind: Delay}, []float64{10, 10, 10, 3, 3, 0, 0, 1, 1, 1, 1}, "days from consent to date of the first visit, repeated on every row of the patient"},
		{"delay of each visit", Derived{Kind: Delay, From: "consent", To: "date", Each: true}, []float64{10, 101, 376, 3, 94, 0, 91, 1, 92, 1, 92}, "days from consent to date"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := smallMapping()
			tt.d.Name = "made"
			m.Derived = []Derived{tt.d}
			v := build(t, table(t, small), m).Variable("made")
			if v == nil {
				t.Fatal("not there")
			}
			if !strings.Contains(v.From, tt.from) || v.Label == "" || v.Scale == nil && tt.d.Kind != Baseline {
				t.Errorf("from %q, label %q, scale %v", v.From, v.Label, v.Scale)
			}
			if !slices.EqualFunc(v.Numbers(), tt.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 || math.IsNaN(a) && math.IsNaN(b) }) {
				t.Errorf("got  %v\nwant %v", v.Numbers(), tt.want)
			}
		})
	}
}

// TestDerivedOfDerived: one may be made of one before it, and enter a model.
func TestDerivedOfDerived(t *testing.T) {
	m := smallMapping()
	m.Derived = []Derived{{Name: "bmi", Kind: BMI, Height: "height_cm", Weight: "weight_kg"}, {Name: "bmi_class", Kind: Banded, Of: "bmi"}}
	m.Covariates = []Covariate{{Column: "bmi_class", Factor: true}}
	tr := build(t, table(t, small), m)
	v := tr.Variable("bmi_class")
	if v == nil || v.Levels[v.indexAt(0)] != "obesity class II" || !v.Baseline || v.Scale.Kind != instrument.Ordinal {
		t.Fatalf("%+v", v)
	}
	if !slices.ContainsFunc(CovariateCandidates(tr), func(c Covariate) bool { return c.Column == "bmi_class" && c.Factor }) {
		t.Error("it is not offered as a covariate")
	}
	if f := tr.Frame([]string{"bmi"}); f.Columns[len(f.Columns)-1].Name != "bmi" {
		t.Error("it is not in the frame of a formula")
	}
	n := 0
	for _, p := range tr.Problems {
		if p.Kind == "item out of range" && p.Column == "height_cm" && p.Value == "1.8" {
			n++
		}
		if p.Kind == "column not in the file" {
			t.Errorf("%v", p)
		}
	}
	if n != 2 {
		t.Errorf("%d problems name the height in metres, want its 2 rows", n)
	}
}

func (v *Variable) indexAt(row int) int { return int(v.Num(row)) - 1 }

func TestDerivedRefused(t *testing.T) {
	for _, tt := range []struct {
		name string
		d    Derived
		want string
	}{
		{"kind", Derived{Name: "x", Kind: "log", Of: "pain"}, `"log" is not one of baseline`},
		{"no name", Derived{Kind: Change, Of: "pain"}, "needs a name"},
		{"taken", Derived{Name: "pain", Kind: Change, Of: "pain"}, "already"},
		{"role", Derived{Name: "arm", Kind: Change, Of: "pain"}, "already"},
		{"of nothing", Derived{Name: "x", Kind: Change, Of: "pian"}, "“pian”, which it is made of, is neither a column nor a score"},
		{"no direction", Derived{Name: "x", Kind: Responder, Of: "pain", Amount: 2}, "say with better"},
		{"no amount", Derived{Name: "x", Kind: Responder, Of: "pain", Better: "lower"}, "must be above 0"},
		{"no bands", Derived{Name: "x", Kind: Banded, Of: "pain"}, "no categories of its own"},
		{"bands fall", Derived{Name: "x", Kind: Banded, Of: "pain", Bands: []Cut{{"a", 3, false}, {"b", 1, false}}}, "must rise"},
		{"not a date", Derived{Name: "x", Kind: Delay, From: "pain"}, "“pain” is not a column of dates"},
		{"no height", Derived{Name: "x", Kind: BMI, Weight: "weight_kg"}, "choose the columns of height"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := smallMapping()
			m.Derived = []Derived{tt.d}
			for _, p := range build(t, table(t, small), m).Problems {
				if p.Kind == "variable not derived" && strings.Contains(p.Text, tt.want) {
					return
				}
			}
			t.Errorf("no problem says %q", tt.want)
		})
	}
}

// TestDerivedCandidates of the example trial: the paper's covariate, both
// responders of the ODI, categories; and all of them can be made.
func TestDerivedCandidates(t *testing.T) {
	d := read(t, "trial_long.csv")
	m, _ := Guess(d)
	m = reference(m)
	m.Covariates = nil
	list := DerivedCandidates(build(t, d, m))
	for _, want := range []Derived{
		{Kind: Baseline, Of: "fabq_pa", Name: "fabq_pa_0"},
		{Kind: Change, Of: "odi", Name: "odi_change"},
		{Kind: Responder, Of: "odi", Name: "odi_responder_10", Amount: 10},
		{Kind: Responder, Of: "odi", Name: "odi_responder_30pc", Amount: 30, Percent: true},
		{Kind: Banded, Of: "odi", Name: "odi_category"},
	} {
		if !slices.ContainsFunc(list, func(d Derived) bool { return reflect.DeepEqual(d, want) }) {
			t.Errorf("%+v is not proposed", want)
		}
	}
	m.Derived = list
	tr := build(t, d, m)
	for _, p := range tr.Problems {
		t.Errorf("%v", p)
	}
	if more := DerivedCandidates(tr); len(more) != 0 {
		t.Errorf("proposed once more: %+v", more)
	}
	scored := read(t, "scored_long.csv").Column("odi")
	change, responder, half := tr.Variable("odi_change"), tr.Variable("odi_responder_10"), tr.Variable("odi_responder_30pc")
	first := map[int32]float64{}
	for i, p := range tr.Patient {
		if tr.Visit[i] == 0 {
			first[p] = scored.Num(i)
			continue
		}
		before, known := first[p]
		drop := before - scored.Num(i)
		switch {
		case !known || math.IsNaN(drop):
			if !math.IsNaN(change.Num(i)) || !math.IsNaN(responder.Num(i)) {
				t.Errorf("row %d: a change from nothing", i)
			}
		case math.Abs(change.Num(i)+drop) > 1e-9 || (responder.Num(i) == 1) != (drop > 10-1e-9) || before > 0 && (half.Num(i) == 1) != (drop > 0.3*before-1e-9):
			t.Errorf("row %d: from %g to %g: change %g, responder %g and %g", i, before, scored.Num(i), change.Num(i), responder.Num(i), half.Num(i))
		}
	}
}

const moodText = `{"id": "mood", "version": "1", "name": "Mood, three items", "short": "Mood", "licence": "none", "sources": [{"for": "score", "basis": "convention", "cite": "this test"}],
"items": [{"columns": "mood_1..mood_3", "min": 0, "max": 4}],
"scales": [{"name": "score", "variable": "mood", "rule": "sum", "missing": {"rule": "prorate", "min_answered": 2}, "better": "higher", "bands": [{"label": "poor", "from": 0}, {"label": "fair", "above": 6}]}]}`

// TestOwnQuestionnaire: a definition in the mapping is found, scored, has a
// receipt and a summary, and goes through the JSON of a recipe.
func TestOwnQuestionnaire(t *testing.T) {
	file, err := instrument.ParseFile("mood.json", []byte(moodText))
	if err != nil {
		t.Fatal(err)
	}
	d := table(t, "unit,patient,arm,visit,Mood1,Mood2,Mood3\nA,1,c,0,never,often,often\nA,1,c,3,often,sometimes,\nA,2,c,0,never,,\nA,2,c,3,,,\nB,3,i,0,sometimes,always,seldom\nB,3,i,3,always,always,always\nB,4,i,0,seldom,seldom,seldom\nB,4,i,3,never,never,never\n")
	m := Mapping{Shape: "long", Unit: "unit", Patient: "patient", Arm: "arm", Visit: "visit", Control: "c", Intervention: "i",
		Visits: []Visit{{"0", "baseline", 0}, {"3", "3 months", 3}}, Definitions: []instrument.File{file}}
	use, err := FindUse(d, m, "mood")
	if err != nil || !slices.Equal(use.Items, []string{"Mood1", "Mood2", "Mood3"}) {
		t.Fatalf("%+v, %v", use, err)
	}
	lib, err := m.Library()
	if err != nil {
		t.Fatal(err)
	}
	q := lib.Check(instrument.Match{Instrument: "mood", Items: use.Items}, func(c string) instrument.Seen { return Seen(d, m, c) }).Questions
	if len(q) != 1 || q[0].Field != "texts" || len(q[0].Texts) != 5 || q[0].Suggest != "" {
		t.Fatalf("asked %+v", q)
	}
	if use.Answered(q[0]) != "" {
		t.Error("answered before it was asked")
	}
	words := `{"always":"4","never":"0","often":"3","seldom":"1","sometimes":"2"}`
	if use, err = use.Answer(q[0], words); err != nil || use.Answered(q[0]) != words {
		t.Fatalf("%+v, %v", use, err)
	}
	m.Instruments = []Use{use}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var back Mapping
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, m) {
		t.Fatalf("through JSON: %v", err)
	}
	tr := build(t, d, back)
	no := math.NaN()
	want := []float64{6, 7.5, no, no, 7, 12, 3, 0}
	if v := tr.Variable("mood"); v == nil || !slices.EqualFunc(v.Numbers(), want, func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }) {
		t.Errorf("got %v, want %v", v, want)
	}
	if r, err := tr.Receipt("mood", 1); err != nil || r.Scales[0].Score != "7.5" || r.Answers[0].Change != "“often” is 3" {
		t.Errorf("receipt %+v, %v", r, err)
	}
	s := Summarise(tr, 0).Scales[0]
	first, later := s.Visits[0], s.Visits[1]
	if first.Scored != 3 || first.Rows != 4 || len(first.Missing) != 1 || first.Missing[0].Why != TooFew || !slices.Equal(first.Missing[0].Rows, []int32{2}) {
		t.Errorf("first visit: %+v", first)
	}
	if later.Floor != 1 || later.Ceiling != 1 || later.Scored != 3 || later.Missing[0].Why != NoAnswer || later.Mean != 6.5 || later.Median != 7.5 {
		t.Errorf("later visit: %+v", later)
	}
	if !slices.Equal(first.Bands[1], []int{1, 1}) || !slices.Equal(first.Bands[0], []int{1, 0}) || len(s.Edges) != 14 || first.Bins[0][6] != 1 {
		t.Errorf("bands %v, edges %v, bins %v", first.Bands, s.Edges, first.Bins)
	}

	m.Definitions[0].Scales[0].Rule = "summ"
	if _, err := Build(d, m); err == nil || !strings.Contains(err.Error(), `definition mood: scales[0].rule: "summ" is not a rule`) {
		t.Errorf("a rule outside the list: %v", err)
	}
}

// TestSummaryOfTheExample counts what scored_long.csv has, and holds alpha
// against its other form, k c / (v + (k−1) c) with the mean variance v of items
// and the mean covariance c of pairs (Cronbach 1951, equation 13).
func TestSummaryOfTheExample(t *testing.T) {
	d := read(t, "trial_long.csv")
	m, _ := Guess(d)
	tr := build(t, d, reference(m))
	at := slices.IndexFunc(m.Instruments, func(u Use) bool { return u.Instrument == "rmdq" })
	s := Summarise(tr, at).Scales[0]
	scored := read(t, "scored_long.csv")
	for v, visit := range s.Visits {
		n, floor := 0, 0
		for i := range tr.Rows {
			if x := scored.Column("rmdq").Num(i); int(tr.Visit[i]) == v && !math.IsNaN(x) {
				n++
				floor += one01(x == 0)
			}
		}
		bins := 0
		for _, arm := range visit.Bins {
			for _, k := range arm {
				bins += k
			}
		}
		if visit.Scored != n || visit.Floor != floor || bins != n {
			t.Errorf("visit %d: %d scored, %d at the floor, %d in bins; want %d, %d", v, visit.Scored, visit.Floor, bins, n, floor)
		}
	}
	if s.Visits[1].Asked || s.Visits[1].Missing[0].Why != NotAsked || s.Visits[1].Missing[0].N != s.Visits[1].Rows {
		t.Errorf("3 months, when it was not asked: %+v", s.Visits[1])
	}
	alpha, n := alphaByCovariance(d, tr, m.Instruments[at].Items)
	if math.Abs(s.Visits[0].Alpha-alpha) > 1e-12 || s.Visits[0].AlphaN != n || n < 100 || !math.IsNaN(s.Visits[1].Alpha) {
		t.Errorf("alpha %g of %d, want %g of %d", s.Visits[0].Alpha, s.Visits[0].AlphaN, alpha, n)
	}
	sbt := Summarise(tr, slices.IndexFunc(m.Instruments, func(u Use) bool { return u.Instrument == "sbt" }))
	for _, sc := range sbt.Scales {
		if sc.Scale.Kind == instrument.Ordinal && len(sc.Visits[0].Bands[0]) != 3 {
			t.Errorf("groups %v", sc.Visits[0].Bands)
		}
	}
}

// alphaByCovariance of the first visit, over patients who answered all items.
func alphaByCovariance(d *dataset.Dataset, tr *Trial, items []string) (alpha float64, n int) {
	var rows [][]float64
	mean := make([]float64, len(items))
	for i := range tr.Rows {
		row := make([]float64, len(items))
		sum := 0.0
		for k, name := range items {
			row[k] = d.Column(name).Num(int(tr.source[i]))
			sum += row[k]
		}
		if tr.Visit[i] == 0 && !math.IsNaN(sum) {
			rows = append(rows, row)
			for k, x := range row {
				mean[k] += x
			}
		}
	}
	n = len(rows)
	within, between := 0.0, 0.0
	for j := range items {
		for k := range items {
			c := 0.0
			for _, row := range rows {
				c += (row[j] - mean[j]/float64(n)) * (row[k] - mean[k]/float64(n)) / float64(n-1)
			}
			if j == k {
				within += c
			} else {
				between += c
			}
		}
	}
	k := float64(len(items))
	v, c := within/k, between/(k*(k-1))
	return k * c / (v + (k-1)*c), n
}

// TestUnconfirmed: columns whose names do not tell are scored when confirmed.
func TestUnconfirmed(t *testing.T) {
	rows := "unit,patient,arm,visit,b1,b2,b3,b4,b5,b6,b7\n"
	for i, unit := range []string{"A", "A", "B", "B"} {
		for visit := range 2 {
			rows += fmt.Sprintf("%s,%d,%s,%d", unit, i+1, map[string]string{"A": "c", "B": "i"}[unit], 3*visit)
			for k := range 7 {
				rows += fmt.Sprintf(",%d", (3*i+5*visit+k)%4)
			}
			rows += "\n"
		}
	}
	d := table(t, rows)
	m, reasons := Guess(d)
	if len(m.Instruments) != 1 || m.Instruments[0].Instrument != "gad7" || m.Instruments[0].Doubt != instrument.ByRange {
		t.Fatalf("%+v\n%v", m.Instruments, reasons)
	}
	tr := build(t, d, m)
	if tr.Variable("gad7") != nil || !slices.ContainsFunc(tr.Findings(), func(p dataset.Problem) bool { return strings.Contains(p.Text, "gad7") }) {
		t.Error("scored before it was confirmed, or left out in silence")
	}
	q := tr.Library().Check(instrument.Match{Instrument: "gad7", Items: m.Instruments[0].Items, Doubt: instrument.ByRange}, func(c string) instrument.Seen { return Seen(d, m, c) }).Questions[0]
	use, err := m.Instruments[0].Answer(q, "gad7")
	if err != nil || use.Answered(q) != "gad7" {
		t.Fatalf("%+v, %v", use, err)
	}
	m.Instruments = []Use{use}
	if build(t, d, m).Variable("gad7") == nil {
		t.Error("not scored when confirmed")
	}
	if use, _ = use.Answer(q, instrument.NotThis); use.Instrument != "" {
		t.Errorf("none of these: %+v", use)
	}
}
