package analysis

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/trial"
	"trialbox/stats/formula"
)

// Clause is one comparison of a population's condition, as the page builds it.
type Clause struct {
	Variable string
	Baseline bool   // the patient's value at the first visit, on every row
	Compare  string // one of Comparisons
	Value    string // a number, or for a variable in words the words; several of "in" apart by commas
}

// Comparisons are what a clause can ask, with their names on screen.
var Comparisons = [][2]string{{"==", "is"}, {"!=", "is not"}, {">=", "is at least"}, {"<=", "is at most"}, {">", "is over"}, {"<", "is under"}, {"in", "is one of"}, {"given", "is given"}}

// Condition writes the clause in the language of -where: comparisons, &, |, !,
// is.na. The errors are sentences.
func (c Clause) Condition(t *trial.Trial) (string, error) {
	v := t.Variable(c.Variable)
	if v == nil {
		return "", fmt.Errorf("the data have no column or score %q", c.Variable)
	}
	name := formula.Name(covariateName(t, trial.Covariate{Column: c.Variable, Baseline: c.Baseline}))
	if c.Compare == "given" {
		return "!is.na(" + name + ")", nil
	}
	values := []string{c.Value}
	compare := c.Compare
	if compare == "in" {
		values, compare = strings.Split(c.Value, ","), "=="
	}
	var parts []string
	for _, s := range values {
		s, err := constant(v, strings.TrimSpace(s))
		if err != nil {
			return "", err
		}
		parts = append(parts, name+" "+compare+" "+s)
	}
	if len(parts) > 1 {
		return "(" + strings.Join(parts, " | ") + ")", nil
	}
	return parts[0], nil
}

// constant is a value as the condition writes it: words in quotes, numbers
// bare, the level of an ordered score by its number.
func constant(v *trial.Variable, s string) (string, error) {
	if s == "" {
		return "", fmt.Errorf("say which value of %s is meant", v.Name)
	}
	if v.Words {
		if !slices.Contains(v.Levels, s) {
			return "", fmt.Errorf("%s is never “%s”; it is %s", v.Name, s, someOf(v.Levels))
		}
		return formula.Text(s), nil
	}
	if k := slices.Index(v.Levels, s); k >= 0 {
		return strconv.Itoa(k + 1), nil
	}
	x, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", "."), 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return "", fmt.Errorf("%s holds numbers, and “%s” is not one", v.Name, s)
	}
	return numberText(x), nil
}

func someOf(levels []string) string {
	if len(levels) > 6 {
		return strings.Join(levels[:6], ", ") + ", …"
	}
	return andList(levels)
}

// Population are the rows of a trial for which a condition is true. The errors
// are sentences; a condition that no row fulfils is one.
func Population(t *trial.Trial, where string) ([]bool, error) {
	c, err := formula.ParseCondition(where)
	if err != nil {
		return nil, err
	}
	rows, err := c.Rows(t.Frame(c.Variables()))
	if err != nil {
		return nil, err
	}
	if !slices.Contains(rows, true) {
		return nil, fmt.Errorf("no row fulfils the condition %s", where)
	}
	return rows, nil
}

// CountPopulation counts the patients and units with a row among those chosen;
// nil means all rows.
func CountPopulation(t *trial.Trial, rows []bool) (patients, units int) {
	p, u := make([]bool, len(t.Patients)), make([]bool, len(t.Units))
	for i := range t.Rows {
		if rows != nil && !rows[i] {
			continue
		}
		if !p[t.Patient[i]] {
			p[t.Patient[i]] = true
			patients++
		}
		if !u[t.Unit[i]] {
			u[t.Unit[i]] = true
			units++
		}
	}
	return patients, units
}

// completeRows are the rows of the patients who have an answer at every visit
// that the outcome is analysed at.
func (j *Job) completeRows(t *trial.Trial) []bool {
	answers := make([]int, len(t.Patients))
	asked := map[string]bool{}
	for _, v := range j.Visits {
		asked[v.Visit.Code] = true
	}
	for i, p := range t.Patient {
		if asked[t.Visits[t.Visit[i]].Code] && !math.IsNaN(j.y.num[i]) {
			answers[p]++
		}
	}
	rows := make([]bool, t.Rows)
	for i, p := range t.Patient {
		rows[i] = answers[p] == len(j.Visits)
	}
	return rows
}

// both keeps the rows that are in both populations; nil means all.
func both(a, b []bool) []bool {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	out := make([]bool, len(a))
	for i := range out {
		out[i] = a[i] && b[i]
	}
	return out
}
