package trial

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trialbox/app/dataset"
)

// The files of the reference trial are shared with package dataset, whose
// tests say what is in them.
func read(t testing.TB, name string) *dataset.Dataset {
	t.Helper()
	path := filepath.Join("testdata", name)
	if _, err := os.Stat(path); err != nil {
		path = filepath.Join("..", "dataset", "testdata", name)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := dataset.Read(name, bytes.NewReader(b), int64(len(b)), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func table(t testing.TB, text string) *dataset.Dataset {
	t.Helper()
	d, err := dataset.Read("t.csv", strings.NewReader(text), int64(len(text)), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func build(t testing.TB, d *dataset.Dataset, m Mapping) *Trial {
	t.Helper()
	trial, err := Build(d, m)
	if err != nil {
		t.Fatal(err)
	}
	return trial
}

// TestGuess holds the roles guessed against those the reference files have.
func TestGuess(t *testing.T) {
	for _, name := range []string{"trial_long.csv", "messy_long_bom_crlf.csv", "messy_long_codes_excel.tsv", "scored_long.csv",
		"trial_wide.csv", "messy_wide_semicolon_cp1252.csv", "scored_wide.csv", "broken_long.csv"} {
		t.Run(name, func(t *testing.T) {
			m, reasons := Guess(read(t, name))
			wide := strings.Contains(name, "wide")
			want := Mapping{Shape: "long", Unit: "unit_id", Patient: "patient_id", Arm: "arm", Visit: "visit", Stratum: "stratum", VisitDate: "visit_date", ConsentDate: "consent_date"}
			if wide {
				want.Shape, want.Visit = "wide", ""
			}
			if strings.HasSuffix(name, ".tsv") {
				want.Stratum = ""
			}
			got := Mapping{Shape: m.Shape, Unit: m.Unit, Patient: m.Patient, Arm: m.Arm, Visit: m.Visit, Stratum: m.Stratum, VisitDate: m.VisitDate, ConsentDate: m.ConsentDate}
			if !equalRoles(got, want) {
				t.Errorf("roles %+v\nwant  %+v", got, want)
			}
			if fold(m.Control) != "control" || fold(m.Intervention) != "intervention" {
				t.Errorf("arms %q, %q", m.Control, m.Intervention)
			}
			labels := []string{}
			for _, v := range m.Visits {
				labels = append(labels, v.Label)
			}
			if name != "broken_long.csv" && !slices.Equal(labels, []string{"baseline", "3 months", "12 months"}) {
				t.Errorf("visits %q", labels)
			}
			for _, r := range reasons {
				if !r.Sure && r.Field != "instruments" && name != "broken_long.csv" {
					t.Errorf("not sure: %+v", r)
				}
			}
			var covariates []string
			for _, c := range m.Covariates {
				covariates = append(covariates, c.Column)
			}
			for _, c := range []string{"age", "female", "bmi", "delay_days", "pain_duration"} {
				if !slices.Contains(covariates, c) {
					t.Errorf("%s is not among the covariates %v", c, covariates)
				}
			}
			if strings.HasPrefix(name, "scored") && !slices.Contains(m.Outcomes, "odi") {
				t.Errorf("odi is not among the outcomes %v", m.Outcomes)
			}
			t.Logf("outcomes %v", m.Outcomes)
			t.Logf("covariates %+v", m.Covariates)
			for _, use := range m.Instruments {
				t.Logf("instrument %+v", use)
			}
		})
	}
}

func equalRoles(a, b Mapping) bool {
	return a.Shape == b.Shape && a.Unit == b.Unit && a.Patient == b.Patient && a.Arm == b.Arm && a.Visit == b.Visit &&
		a.Stratum == b.Stratum && a.VisitDate == b.VisitDate && a.ConsentDate == b.ConsentDate
}

// reference is how trial_long.csv was scored to give scored_long.csv.
func reference(m Mapping) Mapping {
	for i := range m.Instruments {
		switch use := &m.Instruments[i]; use.Instrument {
		case "odi":
			use.Policy = map[string]string{"odi": "prorate:8"}
		case "sbt":
			use.Coding = map[string]string{"sbt_9": "1-5"}
		case "eq5d3l":
			use.Set = "UK_TTO"
		case "fabq":
			use.Policy = map[string]string{"fabq_pa": "prorate:3", "fabq_w": "prorate:6"}
		case "bbq", "pseq", "deps":
			use.Policy = map[string]string{use.Instrument: "prorate:8"}
		case "ompsq":
			use.Policy = map[string]string{"ompsq": "prorate:9"}
		case "rmdq":
			use.Policy = map[string]string{"rmdq": "blank_as_no:20"}
		}
	}
	m.Covariates = append(m.Covariates, Covariate{Column: "fabq_pa", Baseline: true}, Covariate{Column: "odi", Baseline: true})
	return m
}

// TestScores holds the scores of the raw answers against the reference's, cell
// by cell, from the clean and the messy files alike.
func TestScores(t *testing.T) {
	scored := read(t, "scored_long.csv")
	for _, name := range []string{"trial_long.csv", "trial_wide.csv", "messy_wide_semicolon_cp1252.csv", "messy_long_bom_crlf.csv", "messy_long_codes_excel.tsv"} {
		t.Run(name, func(t *testing.T) {
			d := read(t, name)
			m, _ := Guess(d)
			trial := build(t, d, reference(m))
			if trial.Rows != scored.Rows {
				t.Fatalf("%d rows, want %d", trial.Rows, scored.Rows)
			}
			for _, p := range trial.Problems {
				t.Errorf("a clean trial has a problem: %v", p)
			}
			for variable, column := range map[string]string{"odi": "odi", "nrs_back": "nrs_back", "nrs_leg": "nrs_leg", "eq5d3l": "eq5d_uk",
				"sbt_total": "sbt_total", "sbt_psych": "sbt_psych", "sbt_group": "sbt_group", "fabq_pa": "fabq_pa", "fabq_w": "fabq_w",
				"eq_vas": "eq_vas", "fabq_pa_0": "fabq_pa_0", "odi_0": "odi_0", "work_ability": "work_ability", "bbq": "bbq", "rmdq": "rmdq",
				"ompsq": "omp", "ompsq_group": "omp_group", "pseq": "pseq", "deps": "deps", "med_any3d": "med_3days", "med_paracetamol": "paracetamol",
				"med_nsaid": "nsaid", "med_mild_opioid": "mild_opioid", "med_strong_opioid": "strong_opioid", "med_other": "other_med",
				"sat_explanation": "sat_explained", "sat_own_control": "sat_own_means", "sat_skills": "sat_hcp_skills", "sat_heard": "sat_heard"} {
				v, want := trial.Variable(variable), scored.Column(column)
				if v == nil {
					t.Errorf("no variable %s", variable)
					continue
				}
				bad := 0
				for i := range trial.Rows {
					if a, b := v.Num(i), want.Num(i); !(math.Abs(a-b) < 1e-9 || math.IsNaN(a) && math.IsNaN(b)) {
						if bad++; bad < 4 {
							t.Errorf("%s, row %d: %v, want %v", variable, i, a, b)
						}
					}
				}
			}
		})
	}
}

// TestWideAsLong holds the trial of a wide table against that of the long one.
func TestWideAsLong(t *testing.T) {
	for _, pair := range [][2]string{{"trial_long.csv", "trial_wide.csv"}, {"scored_long.csv", "scored_wide.csv"},
		{"trial_long.csv", "messy_wide_semicolon_cp1252.csv"}, {"trial_long.csv", "messy_long_codes_excel.tsv"}} {
		t.Run(pair[1], func(t *testing.T) {
			a, b := read(t, pair[0]), read(t, pair[1])
			ma, _ := Guess(a)
			mb, _ := Guess(b)
			mb.Stratum = ma.Stratum
			if b.Column("stratum") == nil {
				ma.Stratum, mb.Stratum = "", ""
			}
			long, other := build(t, a, ma), build(t, b, mb)
			if !slices.Equal(long.Patient, other.Patient) || !slices.Equal(long.Unit, other.Unit) || !slices.Equal(long.Arm, other.Arm) ||
				!slices.Equal(long.Visit, other.Visit) || !slices.Equal(long.Patients, other.Patients) || !slices.Equal(long.Units, other.Units) ||
				long.Arms != other.Arms || !slices.Equal(long.UnitArm, other.UnitArm) {
				t.Fatal("rows, patients, units or arms differ")
			}
			for i := range long.Visits {
				if v, w := long.Visits[i], other.Visits[i]; v.Label != w.Label || v.Months != w.Months {
					t.Errorf("visit %+v and %+v", v, w)
				}
			}
			compared := 0
			for _, v := range long.Variables {
				w := other.Variable(v.Name)
				if w == nil {
					t.Errorf("%s is missing", v.Name)
					continue
				}
				compared++
				for i := range v.Rows() {
					if v.Num(i) != w.Num(i) && !(math.IsNaN(v.Num(i)) && math.IsNaN(w.Num(i))) || v.Words && w.Words && v.Text(i) != w.Text(i) {
						t.Errorf("%s, row %d: %v and %v", v.Name, i, v.Num(i), w.Num(i))
						break
					}
				}
			}
			if compared < 20 {
				t.Errorf("only %d variables compared", compared)
			}
		})
	}
}

// TestBroken holds that each planted defect is one finding, on its row and by
// its kind, that what follows from it stands under it, and that nothing else is
// found, nor anything in the file as it was before.
func TestBroken(t *testing.T) {
	text, err := os.ReadFile("testdata/broken_long_defects.json")
	if err != nil {
		t.Fatal(err)
	}
	var defects []struct {
		Kind    string
		Patient string `json:"patient_id"`
		Visit   *int
		Column  string
	}
	if err := json.Unmarshal(text, &defects); err != nil || len(defects) != 9 {
		t.Fatal(err, len(defects))
	}
	d := read(t, "broken_long.csv")
	m, _ := Guess(d)
	trial := build(t, d, m)
	found := trial.Findings()
	patient, visit := d.Column("patient_id"), d.Column("visit")
	row := map[int]int{}
	for i, line := range d.Line {
		row[int(line)] = i
	}
	for _, want := range defects {
		kind, column := kindOf[want.Kind], want.Column
		if kind == "duplicate patient-visit" {
			column = "patient_id"
		}
		if !slices.ContainsFunc(found, func(p dataset.Problem) bool {
			r, ok := row[p.Line]
			return ok && p.Kind == kind && p.Column == column && patient.Text(r) == want.Patient && (want.Visit == nil || visit.Num(r) == float64(*want.Visit))
		}) {
			t.Errorf("not found: %+v, as %q", want, kind)
		}
	}
	for _, p := range found {
		if p.Line == 0 {
			t.Errorf("no line: %v", p)
		}
		switch p.Kind {
		case "patient in two units":
			also := strings.Join(p.Also, "; ")
			for _, s := range []string{"arm “intervention” and unit U24 in “control”", "unit_name is “Mäntykoski” in the row and “Suolampi” in unit U24", "sector is"} {
				if !strings.Contains(also, s) {
					t.Errorf("%q does not follow from %v: %s", s, p, also)
				}
			}
		case "implausible number":
			if !strings.Contains(p.Text, "the column's other values run from 1") || !strings.Contains(p.Text, "the patient's other rows have 27.4") {
				t.Errorf("not by the column and the patient: %v", p)
			}
		}
	}
	if len(found) != len(defects) {
		t.Errorf("%d findings, want %d: %v", len(found), len(defects), found)
	}
	if want := d.Rows - 4; trial.Rows != want {
		t.Errorf("%d rows kept, want %d", trial.Rows, want)
	}
	clean := read(t, "trial_long.csv")
	m, _ = Guess(clean)
	if found := build(t, clean, m).Findings(); len(found) > 0 {
		t.Errorf("findings in the clean trial: %v", found)
	}
}

// kindOf names by the kind of its finding each defect that is planted.
var kindOf = map[string]string{
	"duplicate patient-visit row":                "duplicate patient-visit",
	"item out of range":                          "item out of range",
	"arm changes within unit and within patient": "arm changes",
	"patient appears in two units":               "patient in two units",
	"visit date before consent":                  "visit before consent",
	"unknown visit code":                         "unknown visit",
	"implausible number (decimal slipped)":       "implausible number",
	"unit name spelled differently for one row":  "unit name spelled differently",
	"text in a numeric column":                   "text in a number",
}

// TestDesign holds what is said of trials that cannot be analysed as they are.
func TestDesign(t *testing.T) {
	const head = "patient,site,arm,visit,y\n"
	for _, c := range []struct {
		name, rows, err, kind string
	}{
		{"one arm", "1,a,control,0,1\n2,b,control,0,2\n3,b,control,3,2\n3,b,control,0,2\n", "one arm", ""},
		{"three arms", "1,a,control,0,1\n2,b,tens,0,2\n3,c,massage,0,2\n1,a,control,3,2\n", "choose which value is the control arm", ""},
		{"no patient", "1,a,control,0,1\n,a,control,0,2\n3,b,treatment,0,2\n1,a,control,3,2\n", "", "missing patient"},
		{"no unit", "1,a,control,0,1\n2,,control,0,2\n3,b,treatment,0,2\n1,a,control,3,2\n", "", "missing unit"},
		{"no arm", "1,a,control,0,1\n2,a,,0,2\n3,b,treatment,0,2\n1,a,control,3,2\n", "", "missing arm"},
		{"no visit", "1,a,control,0,1\n2,a,control,,2\n3,b,treatment,0,2\n1,a,control,3,2\n", "", "missing visit"},
		{"one unit in an arm", "1,a,control,0,1\n2,a,control,0,2\n3,b,treatment,0,2\n1,a,control,3,2\n", "", "one unit in an arm"},
		{"not by cluster", "1,a,control,0,1\n2,a,treatment,0,2\n3,a,control,0,2\n4,a,treatment,0,2\n5,b,control,0,2\n6,b,treatment,0,2\n7,b,treatment,0,2\n8,b,control,3,2\n", "both arms occur in 2 of 2 units", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := table(t, head+c.rows)
			m, _ := Guess(d)
			trial, err := Build(d, m)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("error %v, want one with %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(trial.Problems, func(p dataset.Problem) bool { return p.Kind == c.kind }) {
				t.Errorf("problems %v, want %q", trial.Problems, c.kind)
			}
		})
	}
	t.Run("unit spelled two ways", func(t *testing.T) {
		d := table(t, "patient,site_id,arm,visit,y\n1,Aa,control,0,1\n2,aa,control,0,2\n3,b,treatment,0,2\n1,Aa,control,3,2\n")
		m, _ := Guess(d)
		trial := build(t, d, m)
		if !slices.ContainsFunc(trial.Problems, func(p dataset.Problem) bool { return p.Kind == "unit spelled two ways" && p.Line == 3 }) {
			t.Errorf("problems %v", trial.Problems)
		}
	})
	t.Run("visit without rows", func(t *testing.T) {
		d := table(t, head+"1,a,control,0,1\n2,b,treatment,0,2\n1,a,control,3,1\n")
		m, _ := Guess(d)
		m.Visits = append(m.Visits, Visit{"12", "12 months", 12})
		trial := build(t, d, m)
		if !slices.ContainsFunc(trial.Problems, func(p dataset.Problem) bool { return p.Kind == "visit without rows" && p.Value == "12" }) {
			t.Errorf("problems %v", trial.Problems)
		}
	})
	t.Run("patients numbered by unit", func(t *testing.T) {
		d := table(t, head+"1,a,control,0,1\n2,a,control,0,1\n3,a,control,0,1\n1,b,treatment,0,2\n2,b,treatment,0,2\n3,b,treatment,0,2\n1,a,control,3,2\n")
		m, _ := Guess(d)
		if trial := build(t, d, m); trial.Rows != 7 || len(trial.Patients) != 6 || trial.Patients[3] != "b/1" {
			t.Errorf("%d rows, patients %q", trial.Rows, trial.Patients)
		}
	})
}

// TestPatterns holds how wide columns are recognised, and that numbered items
// are not taken for visits.
func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		columns, pattern, stem string
		visits                 []string
	}{
		{"odi_0 odi_3 odi_12 age", "{stem}_{visit}", "odi", []string{"0", "3", "12"}},
		{"odi1_t0 odi2_t0 odi1_t1 odi2_t1 age", "{stem}_t{visit}", "odi1", []string{"0", "1"}},
		{"T1.odi T2.odi T1.nrs T2.nrs T1.eq T2.eq T1.vas T2.vas T1.x T2.x T1.y T2.y", "t{visit}.{stem}", "odi", []string{"1", "2"}},
		{"odi.0mo odi.3mo nrs.0mo nrs.3mo", "{stem}.{visit}mo", "odi", []string{"0", "3"}},
		{"odi_baseline odi_12 nrs_baseline nrs_12", "{stem}_{visit}", "odi", []string{"baseline", "12"}},
		{"odi_1 odi_2 odi_3 odi_4 pf_1 pf_2 pf_3 pf_4 age", "", "", nil},
	} {
		pattern, wide := findPattern(strings.Fields(c.columns))
		if pattern != c.pattern {
			t.Errorf("%s: pattern %q, want %q", c.columns, pattern, c.pattern)
			continue
		}
		var visits []string
		for _, w := range wide {
			if w.Stem == c.stem {
				visits = append(visits, w.Visit)
			}
		}
		if !slices.Equal(visits, c.visits) {
			t.Errorf("%s: %s at %q, want %q", c.columns, c.stem, visits, c.visits)
		}
	}
	if _, ok := Match("{stem}", nil); ok {
		t.Error("a pattern without a visit was accepted")
	}
}

// TestVisitTime holds the times read from the names of visits.
func TestVisitTime(t *testing.T) {
	for _, c := range []struct {
		code, label string
		months      float64
		sure        bool
	}{
		{"0", "baseline", 0, true}, {"3", "3 months", 3, true}, {"1", "1 month", 1, true},
		{"baseline", "baseline", 0, true}, {"Baseline visit", "baseline", 0, true}, {"12 months", "12 months", 12, true},
		{"3 kk", "3 months", 3, true}, {"12-month follow-up", "12 months", 12, true}, {"1 year", "1 year", 12, true},
		{"3_months_arm_1", "3 months", 3, true}, {"baseline_arm_1", "baseline", 0, true}, {"M3", "3 months", 3, true}, {"3mo", "3 months", 3, true},
		{"2 Jahre", "2 years", 24, true}, {"6 weeks", "6 weeks", 6 * weekMonths, true},
		{"T1", "T1", 1, false}, {"visit 2", "visit 2", 2, false}, {"V3", "V3", 3, false},
	} {
		months, label, sure := visitTime(c.code)
		if math.Abs(months-c.months) > 1e-9 || label != c.label || sure != c.sure {
			t.Errorf("%q: %v, %q, %v; want %v, %q, %v", c.code, months, label, sure, c.months, c.label, c.sure)
		}
	}
}

// TestFrame holds the columns a formula sees.
func TestFrame(t *testing.T) {
	d := read(t, "scored_wide.csv")
	m, _ := Guess(d)
	trial := build(t, d, m)
	fr := trial.Frame([]string{"odi", "sector", "fabq_pa_0", "no such column"})
	var names []string
	for _, c := range fr.Columns {
		names = append(names, c.Name)
		if n := len(c.Num); !c.IsText && n != fr.Rows {
			t.Errorf("%s has %d numbers, want %d", c.Name, n, fr.Rows)
		}
		if n := len(c.Text); c.IsText && n != fr.Rows {
			t.Errorf("%s has %d texts, want %d", c.Name, n, fr.Rows)
		}
	}
	if want := []string{"unit_id", "patient_id", "arm", "visit", "odi", "sector", "fabq_pa_0"}; !slices.Equal(names, want) {
		t.Errorf("columns %q, want %q", names, want)
	}
	if fr.Rows != 683 || fr.Columns[0].Text[0] != "U01" || fr.Columns[2].Text[0] != "intervention" || fr.Columns[3].Num[2] != 12 {
		t.Errorf("first rows are wrong: %v %v %v", fr.Columns[0].Text[0], fr.Columns[2].Text[0], fr.Columns[3].Num[2])
	}
}

// TestDelay holds the delay counted from the dates against the file's own.
func TestDelay(t *testing.T) {
	for _, name := range []string{"scored_long.csv", "scored_wide.csv"} {
		d := read(t, name)
		want := build(t, d, first(Guess(d))).Variable("delay_days")
		d.Column("delay_days").Name = "days written by hand"
		got := build(t, d, first(Guess(d))).Variable("delay_days")
		if got == nil || !slices.Equal(got.Numbers(), want.Numbers()) {
			t.Errorf("%s: the delay differs from the file's", name)
		}
	}
}

func first(m Mapping, _ []Reason) Mapping { return m }

// TestOrderedLevels holds that a variable of an ordered category has its levels
// in their order, and another by code points.
func TestOrderedLevels(t *testing.T) {
	text := "patient,site,arm,visit,pain,colour\n"
	for i, pain := range []string{"severe", "mild", "moderate", "mild", "severe", "mild", "moderate", "mild"} {
		text += fmt.Sprintf("%d,%c,%s,0,%s,%s\n", i, 'a'+i%4, []string{"control", "treatment"}[i%2], pain, []string{"red", "blue"}[i/4])
	}
	d := table(t, text)
	m, _ := Guess(d)
	trial := build(t, d, m)
	pain, colour := trial.Variable("pain"), trial.Variable("colour")
	if !slices.Equal(pain.Levels, []string{"mild", "moderate", "severe"}) || !slices.Equal(pain.Numbers()[:3], []float64{2, 0, 1}) {
		t.Errorf("pain %v %v", pain.Levels, pain.Numbers())
	}
	if !slices.Equal(colour.Levels, []string{"blue", "red"}) {
		t.Errorf("colour %v", colour.Levels)
	}
}
