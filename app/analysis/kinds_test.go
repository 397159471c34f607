package analysis

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"trialbox/app/dataset"
	"trialbox/app/trial"
	"trialbox/stats/boot"
)

// wordsTrial is a small trial whose outcomes are words, ratings and numbers.
func wordsTrial(t *testing.T) (*trial.Trial, trial.Mapping, *dataset.Dataset) {
	t.Helper()
	var b strings.Builder
	b.WriteString("unit,patient,arm,visit,better_now,mood,rating,score\n")
	state := uint32(7)
	random := func(n int) int {
		state = state*1664525 + 1013904223
		return int(state>>16) % n
	}
	for u := range 10 {
		for p := range 8 {
			for _, visit := range []int{0, 3} {
				arm, lift := "usual", 0
				if u%2 == 1 {
					arm, lift = "new", visit/3
				}
				better := []string{"no change", "improved"}[min(1, random(5+2*lift)/4)]
				mood := []string{"mild", "moderate", "severe"}[random(3)]
				fmt.Fprintf(&b, "U%02d,U%02d-%d,%s,%d,%s,%s,%d,%.1f\n", u, u, p, arm, visit, better, mood, 2+random(8), 20+float64(random(300))/10)
			}
		}
	}
	text := b.String()
	d, err := dataset.Read("words.csv", strings.NewReader(text), int64(len(text)), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, _ := trial.Guess(d)
	m.Control, m.Intervention = "usual", "new"
	m.Covariates = nil
	tr, err := trial.Build(d, m)
	if err != nil {
		t.Fatal(err)
	}
	return tr, m, d
}

// Kinds are proposed from the values; what a recipe decided stays.
func TestProposedKinds(t *testing.T) {
	tr, m, _ := wordsTrial(t)
	proposed := ProposeOutcomes(tr, m, nil)
	got := map[string]Kind{}
	for _, o := range proposed {
		got[o.Variable] = o.Kind
	}
	want := map[string]Kind{"better_now": Binary, "mood": Ordinal, "rating": Median, "score": ""}
	for name, kind := range want {
		if k, ok := got[name]; !ok || k != kind {
			t.Errorf("%s is proposed as %q (%v), want %q", name, k, ok, kind)
		}
	}
	for i := range proposed {
		proposed[i].Kind = Continuous
	}
	for _, o := range ProposeOutcomes(tr, m, proposed) {
		if o.Kind != Continuous {
			t.Errorf("%s was decided to be continuous and became %s", o.Variable, o.Kind)
		}
	}
	recipe := ExampleRecipe()
	_, example := exampleTrial(t, "trial_long.csv", recipe.Mapping)
	scored := recipe.Mapping
	scored.Outcomes = []string{"lbp_daily", "sat_heard"}
	for _, o := range ProposeOutcomes(example, scored, nil) {
		switch o.Variable {
		case "sbt_group", "ompsq_group":
			if o.Kind != Ordinal || o.Better != "lower" {
				t.Errorf("%+v", o)
			}
		case "lbp_daily":
			if o.Kind != Binary {
				t.Errorf("%+v", o)
			}
		case "sat_heard":
			if o.Kind != Median {
				t.Errorf("%+v", o)
			}
		case "odi":
			if o.Kind != "" || o.Better != "lower" || o.Important != 10 {
				t.Errorf("%+v", o)
			}
		}
	}
}

func fitted(t *testing.T, tr *trial.Trial, m trial.Mapping, o Outcome) *Progress {
	t.Helper()
	o.Chosen = true
	options := DefaultOptions()
	options.Resample = "none"
	p := RunAll(Plan(tr, m, []Outcome{o}, options), options)[0]
	return p
}

// A recipe written by hand names a column as an outcome once.
func TestClaimOutcomes(t *testing.T) {
	tr, m, _ := wordsTrial(t)
	m.Outcomes = nil
	r := Recipe{Mapping: m, Outcomes: []Outcome{{Variable: "better_now", Kind: Binary, Chosen: true}, {Variable: "absent", Chosen: true}}}
	r.ClaimOutcomes(tr)
	if got := ProposeOutcomes(tr, r.Mapping, r.Outcomes); !slices.Equal(r.Mapping.Outcomes, []string{"better_now"}) || len(got) != 1 || got[0].Kind != Binary {
		t.Errorf("%v, %+v", r.Mapping.Outcomes, got)
	}
}

// Two words are a binary outcome; the other word as the event turns the sign.
func TestBinaryWords(t *testing.T) {
	tr, m, _ := wordsTrial(t)
	usual := fitted(t, tr, m, Outcome{Variable: "better_now", Kind: Binary, Event: "improved"})
	other := fitted(t, tr, m, Outcome{Variable: "better_now", Kind: Binary, Event: "no change"})
	if usual.Err != "" || other.Err != "" {
		t.Fatal(usual.Err, other.Err)
	}
	if usual.Logit.Event != "improved" || other.Logit.Event != "no change" || !slices.Equal(other.Job.Categories, []string{"improved", "no change"}) {
		t.Errorf("events %q and %q of %v", usual.Logit.Event, other.Logit.Event, other.Job.Categories)
	}
	if a, b := usual.Contrasts[1], other.Contrasts[1]; math.Abs(a.Estimate+b.Estimate) > 1e-6 || math.Abs(a.SE-b.SE) > 1e-6 || a.Estimate == 0 {
		t.Errorf("%+v and %+v are not each other's opposite", a, b)
	}
	a := usual.Job.Visits[1].Arms[1]
	if a.Counts[0]+a.Counts[1] != a.N || a.N != 40 {
		t.Errorf("counts %v of %d", a.Counts, a.N)
	}
	for says, o := range map[string]Outcome{
		"not among them":        {Variable: "better_now", Kind: Binary, Event: "worse"},
		"a binary outcome has":  {Variable: "mood", Kind: Binary},
		"holds words":           {Variable: "mood"},
		"not among its categor": {Variable: "mood", Kind: Ordinal, Levels: []string{"mild", "severe"}},
		"no column or score":    {Variable: "absent", Kind: Ordinal},
	} {
		if p := fitted(t, tr, m, o); !strings.Contains(p.Err, says) {
			t.Errorf("%+v: %q, want a sentence with %q", o, p.Err, says)
		}
	}
}

// Words in another order make other thresholds; turned round, the contrast
// changes its sign only.
func TestOrdinalWords(t *testing.T) {
	tr, m, _ := wordsTrial(t)
	up := fitted(t, tr, m, Outcome{Variable: "mood", Kind: Ordinal, Levels: []string{"mild", "moderate", "severe"}})
	down := fitted(t, tr, m, Outcome{Variable: "mood", Kind: Ordinal, Levels: []string{"severe", "moderate", "mild"}})
	if up.Err != "" || down.Err != "" {
		t.Fatal(up.Err, down.Err)
	}
	if a, b := up.Contrasts[1], down.Contrasts[1]; math.Abs(a.Estimate+b.Estimate) > 1e-4*a.SE || a.Estimate == 0 {
		t.Errorf("%+v and %+v are not each other's opposite", a, b)
	}
}

// Who improved by the important change is counted from baseline, in the
// outcome's own direction.
func TestResponders(t *testing.T) {
	tr, m, _ := wordsTrial(t)
	o := Outcome{Variable: "score", Label: "Score", Chosen: true, Better: "lower", Important: 4, Responders: true}
	options := DefaultOptions()
	options.Resample = "none"
	jobs := Plan(tr, m, []Outcome{o}, options)
	if len(jobs) != 2 || jobs[1].ResponderOf != "score" || jobs[1].Err != "" {
		t.Fatalf("%d jobs: %+v", len(jobs), jobs[len(jobs)-1].Err)
	}
	v := tr.Variable("score")
	first := map[int32]float64{}
	want := [2]int{}
	for i, p := range tr.Patient {
		if tr.Visit[i] == 0 {
			first[p] = v.Num(i)
		}
	}
	for i, p := range tr.Patient {
		if tr.Visit[i] == 1 && first[p]-v.Num(i) >= 4-1e-9 {
			want[tr.Arm[i]]++
		}
	}
	got := jobs[1].Visits[0]
	if len(jobs[1].Visits) != 1 || got.Arms[0].Counts[1] != want[0] || got.Arms[1].Counts[1] != want[1] {
		t.Errorf("responders %v and %v, want %v", got.Arms[0].Counts, got.Arms[1].Counts, want)
	}
}

// A recipe from before there were kinds reads as it was: all means, the same
// options, and a thousand replicates should there be a logit outcome.
func TestOldRecipe(t *testing.T) {
	old := `{"schema":1,"product":"trialbox","name":"old","mapping":{},"outcomes":[{"variable":"odi","label":"ODI","decimals":1,"primary":true,"chosen":true}],
		"options":{"method":"reml","model":"unit","resample":"units","interval":"bc","replicates":500,"seed":7}}`
	r, err := ParseRecipe([]byte(old))
	if err != nil {
		t.Fatal(err)
	}
	want := Options{Method: "reml", Model: "unit", Resample: "units", Interval: "bc", Replicates: 500, LogitReplicates: 1000, Seed: 7}
	if r.Options != want {
		t.Errorf("options %+v, want %+v", r.Options, want)
	}
	if o := r.Outcomes[0]; !o.Is(Continuous) || !o.Primary || !o.Chosen || o.Label != "ODI" {
		t.Errorf("outcome %+v", o)
	}
	for bad, says := range map[string]string{
		`{"kind":"count"}`:               "outcomes[0].kind",
		`{"better":"up"}`:                "outcomes[0].better",
		`{"important":-1}`:               "outcomes[0].important",
		`{"own":{"model":"everything"}}`: "outcomes[0].own",
	} {
		text := strings.Replace(`{"schema":2,"product":"trialbox","outcomes":[X]}`, "X", `{"variable":"y",`+bad[1:], 1)
		if _, err := ParseRecipe([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// What is kept of a result is read again to the last bit by the same build,
// for the same numbers only, and never half.
func TestKeepAndRecall(t *testing.T) {
	tr, m, _ := wordsTrial(t)
	o := DefaultOptions()
	o.Replicates, o.LogitReplicates = 60, 30
	outcomes := []Outcome{{Variable: "score", Chosen: true}, {Variable: "better_now", Kind: Binary, Chosen: true}}
	jobs := Plan(tr, m, outcomes, o)
	all := RunAll(jobs, o)
	whole := ResultJSON(Assemble(tr, o, all), Recipe{}, nil)
	packed := Keeping{Outcomes: KeepOutcomes(all)}.Pack("build 1")
	for name, k := range map[string]Keeping{"another build's": Recall(packed, "build 2"), "cut": Recall(packed[:len(packed)-3], "build 1"), "no": Recall([]byte("nonsense"), "build 1")} {
		if k.Outcomes != nil {
			t.Errorf("%s results were taken", name)
		}
	}
	kept := Recall(packed, "build 1").Outcomes
	if len(kept) != 2 {
		t.Fatalf("%d outcomes kept", len(kept))
	}
	again := StartAll(Plan(tr, m, outcomes, o), o, nil, kept)
	for _, p := range again {
		if p.Status() != Settled || p.Missing(o.Interval) != nil {
			t.Errorf("%s is %s and lacks %v", p.Job.Outcome.Variable, p.Status(), p.Missing(o.Interval))
		}
	}
	if got := ResultJSON(Assemble(tr, o, again), Recipe{}, nil); string(got) != string(whole) {
		t.Error("the result differs after it was kept")
	}
	o.Seed++
	if p := StartAll(Plan(tr, m, outcomes, o), o, nil, kept)[0]; p.Fit != nil {
		t.Error("numbers of another seed were taken")
	}
	o.Seed--
	o.Replicates = 90
	if p := StartAll(Plan(tr, m, outcomes, o), o, nil, kept)[0]; p.Fit == nil || !slices.Equal(p.Missing(o.Interval), [][2]int{{0, 90}}) {
		t.Errorf("30 more: %v missing", p.Missing(o.Interval))
	}
}

// B replicates are the same numbers whether they were drawn at once, continued,
// or cut from more; the jackknife comes before them where an interval needs it.
func TestGoOn(t *testing.T) {
	tr, m, _ := wordsTrial(t)
	o := DefaultOptions()
	o.Replicates = 50
	outcomes := []Outcome{{Variable: "score", Chosen: true}}
	run := func(before []*Progress) []*Progress {
		all := StartAll(Plan(tr, m, outcomes, o), o, before, nil)
		r := runnerOf(t, all[0].Job)
		if all[0].Fit == nil {
			all[0].Take(r.Fitted(0))
		}
		for _, gap := range all[0].Missing(o.Interval) {
			all[0].Batches = append(all[0].Batches, r.Run(gap[0], gap[1]))
		}
		Assemble(tr, o, all)
		return all
	}
	at := func(all []*Progress) boot.Interval { return all[0].Summary.Contrasts[1] }
	fifty := run(nil)
	o.Replicates = 80
	eighty := run(fifty)
	o.Replicates = 50
	back := run(eighty)
	if a, b := at(fifty), at(back); a.SE != b.SE || a.Used != 50 || b.Used != 50 || a.Percentile != b.Percentile {
		t.Errorf("50 replicates: %+v, 50 of 80: %+v", a, b)
	}
	if at(eighty).SE == at(fifty).SE {
		t.Error("30 more changed nothing")
	}
	if !math.IsNaN(at(back).BCa[0]) {
		t.Error("BCa without a jackknife")
	}
	o.Interval = "bca"
	if gaps := StartAll(Plan(tr, m, outcomes, o), o, back, nil)[0].Missing(o.Interval); !slices.Equal(gaps, [][2]int{{-10, 0}}) {
		t.Errorf("for BCa %v are missing, want the ten units", gaps)
	}
	if bca := at(run(back)); math.IsNaN(bca.BCa[0]) || bca.SE != at(back).SE {
		t.Errorf("with the jackknife %+v", bca)
	}
}

// The recipe for the reference's own scores is kept beside the example's.
func TestReferenceRecipe(t *testing.T) {
	text, err := os.ReadFile("reference.recipe.json")
	if err != nil {
		t.Fatal(err)
	}
	if r, err := ParseRecipe(text); err != nil || len(r.Outcomes) != 28 {
		t.Errorf("%d outcomes, %v", len(r.Outcomes), err)
	}
}
