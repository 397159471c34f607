package analysis

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/dataset"
	"trialbox/app/instrument"
	"trialbox/app/trial"
	"trialbox/stats"
)

// ProposeBaseline is the variable list a trial starts with: what each patient
// brings, then the answers at the first visit. units is the units file, nil
// without one.
func ProposeBaseline(t *trial.Trial, units *dataset.Dataset, joined *trial.AsUnits) *Baseline {
	people, answers := BaselineTable{Title: "Table 1. Baseline characteristics."}, BaselineTable{Title: "Table 2. Answers at baseline."}
	for _, name := range BaselineCandidates(t) {
		v := t.Variable(name)
		if v.Words && v.Scale == nil && !repeats(v) {
			continue
		}
		row := NewBaselineRow(t, v)
		if v.Scale == nil && (v.Baseline || repeatedOnRows(t, v)) {
			if !constantInUnits(t, v) {
				people.Rows = append(people.Rows, row)
			}
			continue
		}
		answers.Rows = append(answers.Rows, row)
	}
	b := &Baseline{Units: proposeUnitRows(t, units, joined)}
	for _, table := range []BaselineTable{people, answers} {
		if len(table.Rows) > 0 {
			b.Tables = append(b.Tables, table)
		}
	}
	return b
}

// repeats reports a text whose values recur, twice each on the average: others
// are remarks or names.
func repeats(v *trial.Variable) bool {
	n := 0
	for i := range v.Rows() {
		if !math.IsNaN(v.Num(i)) {
			n++
		}
	}
	return n >= 2*len(v.Levels)
}

// mostCategories a text may have to be proposed as a variable: more are names.
const mostCategories = 12

// BaselineCandidates names what a baseline table can show: every variable with
// an answer at the first visit that is no role, no date, no item of a
// questionnaire and no repetition of another variable.
func BaselineCandidates(t *trial.Trial) []string {
	m := t.Mapping()
	skip := map[string]bool{m.Unit: true, m.Patient: true, m.Arm: true, m.Randomised: true, t.VisitName(): true, m.VisitDate: true, m.ConsentDate: true}
	items := itemColumns(m)
	for _, c := range m.Covariates {
		if c.Baseline {
			skip[covariateName(t, c)] = true
		}
	}
	var out []string
	for _, name := range t.LongNames() {
		v := t.Variable(name)
		if skip[name] || v == nil || v.Scale == nil && items[name] || v.Scale != nil && (v.Scale.Alternative || v.Scale.Worded) {
			continue
		}
		x := entriesOf(v, patientRows(t, v))
		if n := stats.Describe(x.num).N; n > 0 && !t.IsDate(name) && (!v.Words || len(v.Levels) <= mostCategories) {
			out = append(out, name)
		}
	}
	return out
}

// NewBaselineRow is a variable as a row, with the statistic that suits it.
func NewBaselineRow(t *trial.Trial, v *trial.Variable) BaselineRow {
	row := BaselineRow{Variable: v.Name, Label: labelOf(v)}
	row.Statistic, _ = ProposeStatistic(t, v)
	return row
}

// labelOf is a variable's label, or its name in words.
func labelOf(v *trial.Variable) string {
	if v.Label == "" || v.Label == v.Name {
		return sentenceCase(strings.Replace(spaced(v.Name), "bmi", "BMI", 1))
	}
	return v.Label
}

func spaced(name string) string { return strings.ReplaceAll(name, "_", " ") }

func sentenceCase(s string) string {
	if s == "" {
		return s
	}
	r := []rune(s)
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

// ProposeStatistic chooses how a variable is described, from its values at
// baseline, and says why.
func ProposeStatistic(t *trial.Trial, v *trial.Variable) (statistic, why string) {
	x := entriesOf(v, patientRows(t, v))
	low := math.Inf(-1)
	high := math.Inf(1)
	if v.Scale != nil && v.Scale.Kind == instrument.Number {
		low, high = v.Scale.Min, v.Scale.Max
	}
	return x.propose(low, high, isDelay(t.Mapping(), v))
}

// maxClasses different whole numbers are taken for categories.
const maxClasses = 6

// propose applies the rules in their order. The bounds are of the scale; a
// column without negative values is bounded by 0.
//
// A mean stands for values without much skewness (under 1 in absolute value)
// whose mean ± 2 SD stays within what is possible (Altman and Bland 1996, BMJ
// 313:1200: otherwise the distribution is skewed).
func (x entries) propose(low, high float64, delay bool) (statistic, why string) {
	if x.levels != nil {
		return "percent", "it has categories"
	}
	s := stats.Describe(x.num)
	classes, whole := distinctValues(x.num, maxClasses+1), true
	for _, v := range x.num {
		whole = whole && (math.IsNaN(v) || v == math.Round(v))
	}
	if math.IsInf(low, -1) && s.Min >= 0 {
		low = 0
	}
	switch {
	case delay:
		return "range", "it is a time between two dates"
	case classes <= 2 || whole && classes <= maxClasses && math.IsInf(high, 1):
		return "percent", fmt.Sprintf("it has %s", counted(classes, "value", "values"))
	case math.Abs(s.Skewness) >= 1:
		return "median", "its skewness is " + strings.Replace(strconv.FormatFloat(s.Skewness, 'f', 1, 64), "-", "−", 1)
	case s.Mean-2*s.SD < low || s.Mean+2*s.SD > high:
		return "median", "its mean ± 2 SD leaves the possible values"
	}
	return "mean", "its skewness is " + strings.Replace(strconv.FormatFloat(s.Skewness, 'f', 1, 64), "-", "−", 1)
}

// isDelay finds the time from consent to the baseline answer, and other times
// between dates.
func isDelay(m trial.Mapping, v *trial.Variable) bool {
	name := strings.ToLower(v.Name)
	if strings.Contains(name, "delay") || strings.Contains(name, "viive") {
		return true
	}
	return slices.ContainsFunc(m.Derived, func(d trial.Derived) bool { return d.Name == v.Name && d.Kind == "delay" })
}

// distinctValues counts different values, up to a number.
func distinctValues(x []float64, most int) int {
	seen := map[float64]bool{}
	for _, v := range x {
		if !math.IsNaN(v) && len(seen) < most {
			seen[v] = true
		}
	}
	return len(seen)
}

// constantInUnits reports a variable of the unit: the same for all its
// patients, in a trial of units with several.
func constantInUnits(t *trial.Trial, v *trial.Variable) bool {
	first := make([]float64, len(t.Units))
	who := make([]int32, len(t.Units))
	for u := range first {
		first[u], who[u] = nan(), -1
	}
	several := false
	for i, u := range t.Unit {
		x := v.Num(i)
		switch {
		case math.IsNaN(x):
		case who[u] < 0:
			first[u], who[u] = x, t.Patient[i]
		case first[u] != x:
			return false
		case who[u] != t.Patient[i]:
			several = true
		}
	}
	return several
}
