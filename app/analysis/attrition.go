package analysis

import (
	"math"
	"slices"
	"strings"

	"trialbox/app/instrument"
	"trialbox/app/trial"
	"trialbox/stats"
)

// Attrition is who answered when, how those who answered differ from those who
// did not, and what is missing in what came.
type Attrition struct {
	Who      Groups
	Answered []AnsweredLine // a line for each visit
	Patterns []Pattern      // of visits answered, those with most people first
	// Compared holds, for each follow-up, those who answered (second group)
	// against those who did not (first), by the rows of the baseline tables.
	Compared []Compared
	Missing  []MissingLine
}

// AnsweredLine compares the arms' shares of people who answered at a visit.
type AnsweredLine struct {
	Visit     trial.Visit
	All       stats.Cell
	Arms      [2]stats.Cell
	Test      stats.Test
	Clustered stats.Test
}

// Pattern counts the people who answered at the same visits.
type Pattern struct {
	Visits []bool // in the order of the trial's
	Label  string
	People [2]int
}

// Compared is a baseline table of the people who answered at a visit and of
// those who did not.
type Compared struct {
	Visit  trial.Visit
	Result BaselineResult
	None   string // why there is nothing to compare, a sentence
}

// MissingLine counts what is missing in an outcome at a visit, among the
// people who answered anything then.
type MissingLine struct {
	Variable, Label string
	Visit           trial.Visit
	People          [2]int // who answered anything
	NotBegun        [2]int // without any item of it
	Items           int    // that were asked
	ItemsMissing    [2]int // among those who began
	NoScore         [2]int // began, and have no score
}

// CountAttrition computes the attrition of a trial; b gives the rows and tests,
// outcomes the words for their variables.
func CountAttrition(t *trial.Trial, m trial.Mapping, b *Baseline, outcomes []Outcome) *Attrition {
	out := &Attrition{Who: armGroups(t)}
	forms := formsOf(t, m)
	answered := answeredWhen(t, forms)
	for v, visit := range t.Visits {
		out.Answered = append(out.Answered, answeredLine(visit, answered[v], b, out.Who))
		if v > 0 {
			out.Compared = append(out.Compared, compareAnswered(t, visit, answered[v], b, out.Who))
		}
	}
	out.patterns(t, answered)
	out.missing(t, forms, answered, outcomes)
	return out
}

// answeredWhen tells by visit and patient who answered anything.
func answeredWhen(t *trial.Trial, forms []asking) [][]bool {
	out := make([][]bool, len(t.Visits))
	for v := range out {
		out[v] = make([]bool, len(t.Patients))
	}
	for i, p := range t.Patient {
		if slices.ContainsFunc(forms, func(q asking) bool { return q.answers[i] > 0 }) {
			out[t.Visit[i]][p] = true
		}
	}
	return out
}

func answeredLine(visit trial.Visit, answered []bool, b *Baseline, who Groups) AnsweredLine {
	x := entries{num: make([]float64, len(answered)), scale: -1}
	for p, yes := range answered {
		if yes {
			x.num[p] = 1
		}
	}
	l := describeCategories(x, BaselineRow{Variable: "answered at " + visit.Label, Statistic: "percent"}, b, who)[0]
	return AnsweredLine{visit, l.All, l.Groups, l.Test, l.Clustered}
}

func (a *Attrition) patterns(t *trial.Trial, answered [][]bool) {
	at := map[string]int{}
	for p := range t.Patients {
		var key strings.Builder
		var visits []bool
		var labels []string
		for v := range answered {
			visits = append(visits, answered[v][p])
			if answered[v][p] {
				key.WriteByte('1')
				labels = append(labels, t.Visits[v].Label)
			} else {
				key.WriteByte('0')
			}
		}
		k, ok := at[key.String()]
		if !ok {
			k = len(a.Patterns)
			at[key.String()] = k
			label := andList(labels)
			if len(labels) == 0 {
				label = "never"
			}
			a.Patterns = append(a.Patterns, Pattern{Visits: visits, Label: label})
		}
		a.Patterns[k].People[a.Who.of[p]]++
	}
	slices.SortStableFunc(a.Patterns, func(x, y Pattern) int {
		return y.People[0] + y.People[1] - x.People[0] - x.People[1]
	})
}

// compareAnswered describes the baseline of those who answered at a visit and
// of those who did not.
func compareAnswered(t *trial.Trial, visit trial.Visit, answered []bool, b *Baseline, arms Groups) Compared {
	who := Groups{Names: [2]string{"did not answer", "answered"}, of: make([]int8, len(answered)), unit: arms.unit}
	units := [2]map[int]bool{{}, {}}
	for p, yes := range answered {
		if yes {
			who.of[p] = 1
		}
		who.People[who.of[p]]++
		units[who.of[p]][arms.unit[p]] = true
	}
	who.Units = [2]int{len(units[0]), len(units[1])}
	plain := *b
	plain.Clustered = false // a unit has people of both groups
	out := Compared{Visit: visit, Result: BaselineResult{Who: who, Options: plain}}
	switch {
	case who.People[0] == 0:
		out.None = "Everybody answered at " + visit.Label + "."
	case who.People[1] == 0:
		out.None = "Nobody answered at " + visit.Label + "."
	default:
		for _, table := range b.Tables {
			out.Result.Tables = append(out.Result.Tables, BaselineLines{table.Title, describeRows(t, table.Rows, &plain, who)})
		}
	}
	return out
}

// missing counts missing items and scores of every questionnaire at every
// visit it was asked at, a line for each of its scores.
func (a *Attrition) missing(t *trial.Trial, forms []asking, answered [][]bool, outcomes []Outcome) {
	for _, q := range forms {
		for _, score := range q.scores(t) {
			answers, asked := t.CountAnswered(q.itemsOf(t, score))
			label := labelOf(score)
			if i := slices.IndexFunc(outcomes, func(o Outcome) bool { return o.Variable == score.Name && o.Label != "" }); i >= 0 {
				label = outcomes[i].Label // as the other tables call it
			}
			first := len(a.Missing)
			at := make([]int, len(t.Visits)) // the visit's line, from 1
			for v, visit := range t.Visits {
				if asked[v] > 0 {
					a.Missing = append(a.Missing, MissingLine{Variable: score.Name, Label: label, Visit: visit, Items: asked[v]})
					at[v] = len(a.Missing)
				}
			}
			for i, p := range t.Patient {
				v := t.Visit[i]
				if at[v] > first && answered[v][p] {
					a.Missing[at[v]-1].count(int(a.Who.of[p]), int(answers[i]), math.IsNaN(score.Num(i)))
				}
			}
		}
	}
}

func (l *MissingLine) count(arm, answers int, noScore bool) {
	l.People[arm]++
	if answers == 0 {
		l.NotBegun[arm]++
		return
	}
	l.ItemsMissing[arm] += l.Items - answers
	if noScore {
		l.NoScore[arm]++
	}
}

// scores are the numbers a questionnaire gives; a column stands for itself.
func (q asking) scores(t *trial.Trial) []*trial.Variable {
	if q.use == nil {
		return []*trial.Variable{t.Variable(q.items[0])}
	}
	var out []*trial.Variable
	d, ok := t.Library().Get(q.use.Instrument)
	if !ok {
		return nil
	}
	for _, s := range d.Scales() {
		if v := t.Variable(s.Variable); v != nil && s.Kind == instrument.Number && !s.Alternative && !s.Worded {
			out = append(out, v)
		}
	}
	return out
}

// itemsOf are the items that count for a score; all of the questionnaire's
// where its definition does not say.
func (q asking) itemsOf(t *trial.Trial, score *trial.Variable) []string {
	if q.use == nil || score.Scale == nil || len(score.Scale.Items) == 0 {
		return q.items
	}
	d, _ := t.Library().Get(q.use.Instrument)
	var out []string
	for k, it := range d.Items {
		if k < len(q.items) && q.items[k] != "" && slices.Contains(score.Scale.Items, it.Number) {
			out = append(out, q.items[k])
		}
	}
	return out
}
