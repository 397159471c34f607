package mixed_test

import (
	"math"
	"strings"
	"testing"

	"trialbox/stats/formula"
	"trialbox/stats/mixed"
)

// refuseFrame is 48 rows: 4 units in 2 arms, 16 patients at 3 visits, and columns that no model can use.
func refuseFrame() *formula.Frame {
	fr := &formula.Frame{Rows: 48}
	number := func(name string, f func(row int) float64) {
		c := formula.Column{Name: name}
		for row := range fr.Rows {
			c.Num = append(c.Num, f(row))
		}
		fr.Columns = append(fr.Columns, c)
	}
	number("unit", func(row int) float64 { return float64(row / 12) })
	number("patient", func(row int) float64 { return float64(row / 3) })
	number("label", func(row int) float64 { return float64(row / 3 % 4) })
	number("visit", func(row int) float64 { return float64(row % 3) })
	number("arm", func(row int) float64 { return float64(row / 24) })
	number("half", func(row int) float64 { return float64(row / 24) })
	number("row", func(row int) float64 { return float64(row) })
	number("y", func(row int) float64 { return math.Sin(float64(row*row)) + float64(row/12%3) })
	number("x", func(row int) float64 { return math.Cos(float64(7 * row * row)) })
	number("double", func(row int) float64 { return 2 * math.Cos(float64(7*row*row)) })
	number("five", func(int) float64 { return 5 })
	number("infinite", func(row int) float64 { return 1 / float64(row%5) })
	number("none", func(int) float64 { return math.NaN() })
	number("first", func(row int) float64 {
		if row%3 == 0 {
			return 0
		}
		return math.NaN()
	})
	return fr
}

// TestRefuses: what no data can answer is refused in a sentence, whatever part of the model asks for it.
func TestRefuses(t *testing.T) {
	for f, want := range map[string]string{
		"y ~ x + (1|unit) + (1|visit)":                        "crossed groupings are not supported",
		"y ~ x + (x|unit) + (1|visit)":                        "crossed groupings are not supported",
		"y ~ x + (x|unit) + (1|label)":                        "if the same label means different label groups in different unit groups, write (1|unit/label)",
		"y ~ x + (1|unit) + (1|unit:visit) + (1|label)":       "crossed groupings are not supported",
		"y ~ x + (x|five)":                                    "five has only one value (5)",
		"y ~ x + (1|row)":                                     "as many groups as there are rows",
		"y ~ x + (x|row) + (1|unit)":                          "as many groups as there are rows",
		"y ~ x + (1 + visit + I(visit^2)|patient)":            "16 groups of 3 random effects, as many as there are rows (48)",
		"y ~ x + (1 + visit + x + I(x^2)|unit)":               "more than 3 random effects",
		"y ~ x + (x + double|unit)":                           "double is determined by the others",
		"y ~ x + (five|unit)":                                 "five is determined by the others",
		"five ~ x + (x|unit)":                                 "a constant outcome cannot be modelled",
		"infinite ~ x + (x|unit)":                             "infinite is not a finite number in row 1",
		"y ~ infinite + (x|unit)":                             "infinite is not a finite number in row 1",
		"y ~ x + (infinite|unit)":                             "infinite, a random effect of unit, is not a finite number in row 1",
		"y ~ x + (none|unit)":                                 "none is missing in all 48 rows",
		"none ~ x + (x|unit)":                                 "missing in all 48 rows",
		"y ~ I(2*y) + (x|unit)":                               "explain y exactly",
		"y ~ arm + (x|half)":                                  "the fixed effects determine the 2 groups of half",
		"y ~ arm + (1|half) + us(visit|patient)":              "the fixed effects determine the 2 groups of half",
		"y ~ factor(unit) + (1|unit) + (visit|patient)":       "the fixed effects determine the 4 groups of unit",
		"y ~ x + us(visit|unit)":                              "unit 0 has two rows at visit 0",
		"y ~ x + us(five|patient)":                            "five has only the value 5",
		"y ~ x + cs(first|patient)":                           "only the value 0",
		"y ~ x + us(row|patient)":                             "us() cannot estimate their covariance",
		"y ~ x + (visit|patient) + (1|unit) + us(visit|unit)": "both effects of unit",
		"y ~ x + (x|unit) + (x|unit:visit) + (x|patient)":     "more than an intercept below unit",
		"y ~ x + us(visit|unit:visit) + (1|patient)":          "",
	} {
		t.Run(f, func(t *testing.T) {
			parsed, err := formula.Parse(f)
			var d *mixed.Design
			if err == nil {
				d, err = parsed.Build(refuseFrame())
			}
			if err == nil {
				_, err = mixed.New(d)
			}
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want %q", err, want)
			}
		})
	}
}

// TestExplainedByGroups: an outcome that is the same within each group leaves no residual variance; every criterion says
// so, however far rounding lets the search go.
func TestExplainedByGroups(t *testing.T) {
	fr := refuseFrame()
	level := formula.Column{Name: "level"}
	for row := range fr.Rows {
		level.Num = append(level.Num, 1e4+float64(row/3*5%7)/10) // row/3 is the patient
	}
	fr.Columns = append(fr.Columns, level)
	for _, f := range []string{"level ~ 1 + (1|patient)", "level ~ x + (1|patient)", "level ~ x + (1|unit/patient)", "level ~ x + (x|patient)", "level ~ x + (x||patient)"} {
		for _, method := range []mixed.Method{mixed.ML, mixed.REML} {
			parsed, err := formula.Parse(f)
			if err != nil {
				t.Fatal(err)
			}
			d, err := parsed.Build(fr)
			if err != nil {
				t.Fatal(err)
			}
			m, err := mixed.New(d)
			if err == nil {
				_, err = m.Fit(method)
			}
			if err == nil || !strings.Contains(err.Error(), "the groups explain the outcome exactly") {
				t.Errorf("%s by %s: error %v", f, method, err)
			}
		}
	}
}

// TestCollinearSaid: covariates that say nothing new are left out and said, never fitted in silence.
func TestCollinearSaid(t *testing.T) {
	for f, want := range map[string]string{
		"y ~ x + five + (visit|patient) + (1|unit)":                "Left out because the other terms determine them: five.",
		"y ~ x + double + us(visit|patient)":                       "Left out because the other terms determine them: double.",
		"y ~ arm + half + (1|unit) + (1|unit:visit) + (1|patient)": "Left out because the other terms determine them: half.",
	} {
		parsed, err := formula.Parse(f)
		if err != nil {
			t.Fatal(err)
		}
		d, err := parsed.Build(refuseFrame())
		if err != nil {
			t.Fatal(err)
		}
		m, err := mixed.New(d)
		if err != nil {
			t.Fatal(err)
		}
		fit, err := m.Fit(mixed.ML)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.Join(fit.Warnings, " "), want) {
			t.Errorf("%s: warnings %v", f, fit.Warnings)
		}
	}
}
