package analysis

import (
	"math"

	"trialbox/app/dataset"
	"trialbox/app/trial"
	"trialbox/stats"
)

// Before is what a report says before the models: who took part, what they
// were like, and who was lost.
type Before struct {
	Flow      *Flow
	Baseline  *BaselineResult
	Units     *BaselineResult
	Attrition *Attrition
}

// CountBefore computes all of it by a recipe. units and joined are the units
// file, nil without one.
func CountBefore(t *trial.Trial, r Recipe, units *dataset.Dataset, joined *trial.AsUnits) *Before {
	b := r.Baseline
	if b == nil {
		b = ProposeBaseline(t, units, joined)
	}
	return &Before{
		Flow:      CountFlow(t, r.Mapping, r.Outcomes, r.Flow, units, joined),
		Baseline:  BaselineTables(t, b),
		Units:     UnitTable(t, b, units, joined),
		Attrition: CountAttrition(t, r.Mapping, b, r.Outcomes),
	}
}

// beforeFile is Before in result.json.
type beforeFile struct {
	Flow      flowFile        `json:"flow"`
	Baseline  []rowFile       `json:"baseline"`
	Units     []rowFile       `json:"units"`
	Answered  []answeredFile  `json:"answered"`
	Patterns  []patternFile   `json:"answer_patterns"`
	Compared  []comparedFile  `json:"answered_against_not"`
	Missing   []missingFile   `json:"missing"`
	Arms      [2]string       `json:"arms"` // of every pair: control, intervention
	Disagrees []disagreesFile `json:"disagreements,omitempty"`
}

type flowFile struct {
	Approached *int               `json:"approached"`
	Declined   *int               `json:"declined"`
	Bodies     string             `json:"bodies"`
	TookPart   *int               `json:"bodies_that_took_part"`
	Strata     int                `json:"strata"`
	Randomised int                `json:"units_randomised"`
	Allocated  [2]int             `json:"units_allocated"`
	Moved      [2][]string        `json:"units_moved_away"`
	Ran        [2]int             `json:"units_ran"`
	Nobody     [2]int             `json:"units_that_recruited_nobody"`
	Recruited  [2]recruitedFile   `json:"recruited"`
	Visits     []flowVisitFile    `json:"visits"`
	Analysed   []flowAnalysedFile `json:"analysed"`
}

type recruitedFile struct {
	Units  int    `json:"units"`
	People int    `json:"people"`
	Median number `json:"people_a_unit_median"`
	Low    number `json:"people_a_unit_lowest"`
	High   number `json:"people_a_unit_highest"`
}

type flowVisitFile struct {
	Visit    string          `json:"visit"`
	Units    [2]int          `json:"units"`
	People   [2]int          `json:"people"`
	Complete [2]int          `json:"people_with_every_questionnaire"`
	Not      [2]int          `json:"people_without_answer"`
	Lost     [2][]LostReason `json:"reasons"`
}

type flowAnalysedFile struct {
	Variable string `json:"variable"`
	Units    [2]int `json:"units"`
	People   [2]int `json:"people"`
	Rows     int    `json:"rows"`
	Without  [2]int `json:"people_without_answer"`
	Missed   [2]int `json:"people_without_covariate"`
}

type rowFile struct {
	Table     string    `json:"table,omitempty"`
	Variable  string    `json:"variable"`
	Level     string    `json:"level,omitempty"`
	Statistic string    `json:"statistic"`
	All       cellFile  `json:"all"`
	Control   cellFile  `json:"control"`
	Other     cellFile  `json:"intervention"`
	Test      *testFile `json:"test,omitempty"`
	Clustered *testFile `json:"cluster_adjusted,omitempty"`
	SMD       *number   `json:"standardised_difference,omitempty"`
	Note      string    `json:"note,omitempty"`
}

type cellFile struct {
	N       int     `json:"n"`
	Missing int     `json:"missing"`
	Value   number  `json:"value"`
	SD      *number `json:"sd,omitempty"`
	Low     *number `json:"low,omitempty"`
	High    *number `json:"high,omitempty"`
	Count   *int    `json:"count,omitempty"`
}

type testFile struct {
	Name  string `json:"name"`
	Value number `json:"statistic"`
	DF    number `json:"df"`
	P     number `json:"p"`
	Note  string `json:"note,omitempty"`
}

type answeredFile struct {
	Visit   string    `json:"visit"`
	Control cellFile  `json:"control"`
	Other   cellFile  `json:"intervention"`
	Test    *testFile `json:"test"`
}

type patternFile struct {
	Visits []bool `json:"visits"`
	People [2]int `json:"people"`
}

type comparedFile struct {
	Visit string    `json:"visit"`
	None  string    `json:"none,omitempty"`
	Rows  []rowFile `json:"rows"` // control is who did not answer, intervention who did
}

type missingFile struct {
	Variable     string `json:"variable"`
	Visit        string `json:"visit"`
	People       [2]int `json:"people"`
	NotBegun     [2]int `json:"not_begun"`
	Items        int    `json:"items"`
	ItemsMissing [2]int `json:"items_missing"`
	NoScore      [2]int `json:"no_score"`
}

type disagreesFile struct {
	What  string `json:"what"`
	Chart [2]int `json:"chart"`
	Other [2]int `json:"other"`
	Why   string `json:"why"`
}

func (b *Before) file(r *Result) *beforeFile {
	if b == nil {
		return nil
	}
	out := &beforeFile{Flow: b.Flow.file(), Baseline: b.Baseline.rows(), Units: b.Units.rows(), Arms: b.Flow.Arms, Answered: []answeredFile{}, Compared: []comparedFile{}, Missing: []missingFile{}}
	for _, a := range b.Attrition.Answered {
		out.Answered = append(out.Answered, answeredFile{a.Visit.Code, cellOf(a.Arms[0], "percent"), cellOf(a.Arms[1], "percent"), testOf(a.Test)})
	}
	for _, p := range b.Attrition.Patterns {
		out.Patterns = append(out.Patterns, patternFile{p.Visits, p.People})
	}
	for _, c := range b.Attrition.Compared {
		out.Compared = append(out.Compared, comparedFile{c.Visit.Code, c.None, c.Result.rows()})
	}
	for _, m := range b.Attrition.Missing {
		out.Missing = append(out.Missing, missingFile{m.Variable, m.Visit.Code, m.People, m.NotBegun, m.Items, m.ItemsMissing, m.NoScore})
	}
	for _, c := range append(Disagree(b.Flow.Checks), Disagree(b.Flow.Against(b.Baseline, r))...) {
		out.Disagrees = append(out.Disagrees, disagreesFile{c.What, c.Chart, c.Other, c.Why})
	}
	return out
}

func (f *Flow) file() flowFile {
	out := flowFile{Approached: f.Approached, Declined: f.Declined, Bodies: f.Bodies, Strata: f.Strata, Randomised: f.Randomised, Allocated: f.Allocated, Moved: f.Moved, Ran: f.Ran, Nobody: f.NobodyCount, Visits: []flowVisitFile{}, Analysed: []flowAnalysedFile{}}
	if f.BodyCount >= 0 {
		out.TookPart = &f.BodyCount
	}
	for a, r := range f.Recruited {
		out.Recruited[a] = recruitedFile{r.Units, r.People, number(r.Median), number(r.Low), number(r.High)}
	}
	for _, v := range f.Visits {
		x := flowVisitFile{Visit: v.Visit.Code}
		for a, n := range v.Arms {
			x.Units[a], x.People[a], x.Complete[a], x.Not[a], x.Lost[a] = n.Units, n.People, n.Complete, n.Not, n.Lost
		}
		out.Visits = append(out.Visits, x)
	}
	for _, v := range f.Analysed {
		x := flowAnalysedFile{Variable: v.Outcome.Variable, Rows: v.Rows, Without: v.Without}
		for a, n := range v.Arms {
			x.Units[a], x.People[a] = n.Units, n.People
			for _, m := range v.MissCovariate[a] {
				x.Missed[a] += m.People
			}
		}
		out.Analysed = append(out.Analysed, x)
	}
	return out
}

func (r *BaselineResult) rows() []rowFile {
	out := []rowFile{}
	for _, t := range r.Tables {
		for _, l := range t.Lines {
			s := l.Row.Statistic
			none := cellFile{Value: number(math.NaN())}
			f := rowFile{Table: t.Title, Variable: l.Row.Variable, Level: l.Level, Statistic: s, Note: l.Reason, All: none, Control: none, Other: none}
			if l.Reason == "" {
				f.All, f.Control, f.Other = cellOf(l.All, s), cellOf(l.Groups[0], s), cellOf(l.Groups[1], s)
			}
			if l.First && l.Reason == "" {
				f.Test = testOf(l.Test)
				if r.Options.Clustered {
					f.Clustered = testOf(l.Clustered)
				}
				if r.Options.Differences {
					d := number(math.NaN())
					if l.Imbalance.Status == stats.OK {
						d = number(l.Imbalance.Value)
					}
					f.SMD = &d
				}
			}
			out = append(out, f)
		}
	}
	return out
}

func cellOf(c stats.Cell, statistic string) cellFile {
	f := cellFile{N: c.N, Missing: c.Missing, Value: number(c.Value)}
	switch statistic {
	case "percent":
		f.Count = &c.Count
	case "mean":
		sd := number(c.SD)
		f.SD = &sd
	default:
		low, high := number(c.Low), number(c.High)
		f.Low, f.High = &low, &high
	}
	return f
}

func testOf(t stats.Test) *testFile {
	f := &testFile{t.Name, number(t.Statistic), number(t.DF), number(t.P), t.Note}
	if t.Status != stats.OK {
		f.Note = string(t.Status)
	}
	return f
}
