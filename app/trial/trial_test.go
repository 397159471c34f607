package trial

import (
	"bytes"
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
				"eq_vas": "eq_vas", "fabq_pa_0": "fabq_pa_0", "odi_0": "odi_0"} {
				v, want := trial.Variable(variable), scored.Column(column)
				if v == nil {
					t.Errorf("no variable %s", variable)
					continue
				}
				bad := 0
				for i := range trial.Rows {
					if a, b := v.Num[i], want.Num(i); !(math.Abs(a-b) < 1e-9 || math.IsNaN(a) && math.IsNaN(b)) {
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
				for i := range v.Num {
					if v.Num[i] != w.Num[i] && !(math.IsNaN(v.Num[i]) && math.IsNaN(w.Num[i])) || v.Text != nil && w.Text != nil && v.Text[i] != w.Text[i] {
						t.Errorf("%s, row %d: %v and %v", v.Name, i, v.Num[i], w.Num[i])
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
