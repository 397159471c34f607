package analysis

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"trialbox/app/dataset"
	"trialbox/app/trial"
	"trialbox/stats"
)

// Flow is every number of the flow chart of a cluster trial (CONSORT extension
// for cluster trials, Campbell et al. 2012, BMJ 345:e5661), counted from the
// rows that the tables are made of. Arms are control, intervention.
type Flow struct {
	Arms       [2]string
	FromFile   bool // the units come from a units file, else from the data and what was typed
	Bodies     string
	BodyCount  int // bodies that took part, -1 when nothing tells
	Approached *int
	Declined   *int
	Strata     int // 0 when there are none

	Randomised int    // units
	Allocated  [2]int // units, as randomised
	// Moved lists the units that were randomised to an arm and ran in the other.
	Moved       [2][]string
	MovedReason string
	Ran         [2]int // units by the arm they ran in
	Nobody      [2][]string
	NobodyCount [2]int // also where no file names them
	Asked       [2]*int
	Refused     [2]*int
	Recruited   [2]FlowRecruited
	Visits      []FlowVisit // in order of time, the first among them
	Analysed    []FlowAnalysed
	Checks      []FlowCheck
}

// FlowRecruited is who takes part in an arm.
type FlowRecruited struct {
	Units, People     int
	Median, Low, High float64 // people a unit
}

// FlowVisit is who answered at a visit.
type FlowVisit struct {
	Visit trial.Visit
	Arms  [2]FlowAnswered
}

// FlowAnswered counts an arm at a visit. Everybody recruited is in People or
// in Not.
type FlowAnswered struct {
	Units    int // with an answer
	People   int // with an answer to anything
	Complete int // of them those who began every questionnaire asked at the visit
	Not      int
	Lost     []LostReason // typed
}

// FlowAnalysed is who is in the model of an outcome.
type FlowAnalysed struct {
	Outcome       Outcome
	Arms          [2]FlowCount
	Rows          int
	Without       [2]int      // people without any answer to the outcome at a visit of the model
	MissCovariate [2][]Missed // people left out for a covariate, by the first they lack
}

// FlowCount is people and their units.
type FlowCount struct{ Units, People int }

// Missed counts people who lack a covariate.
type Missed struct {
	Covariate string
	People    int
}

// FlowCheck holds two numbers against each other that must agree.
type FlowCheck struct {
	Key    string // the box it belongs to
	What   string
	Chart  [2]int // control, intervention; Total in the second when Whole
	Other  [2]int
	Whole  bool // of the trial, not by arm
	Model  bool // of an outcome's model
	Agrees bool
	Why    string // of a disagreement: what it can come from and what to do
}

// CountFlow counts the flow of a trial. units and joined are the units file,
// nil without one; notes may be nil.
func CountFlow(t *trial.Trial, m trial.Mapping, outcomes []Outcome, notes *FlowNotes, units *dataset.Dataset, joined *trial.AsUnits) *Flow {
	if notes == nil {
		notes = &FlowNotes{}
	}
	f := &Flow{Arms: t.Arms, Bodies: notes.Bodies, Approached: notes.Approached, Declined: notes.Declined, MovedReason: notes.Moved, Asked: notes.Asked, Refused: notes.Refused, BodyCount: -1}
	who := armGroups(t)
	f.recruited(t, who)
	if joined != nil {
		f.fromFile(t, joined)
	} else {
		f.fromData(t, notes)
	}
	f.countBodies(t, notes, units)
	f.Strata = strata(t, m, units, joined)
	f.visits(t, m, notes, who)
	for _, o := range outcomes {
		if o.Chosen {
			f.Analysed = append(f.Analysed, analysed(t, m, o, who))
		}
	}
	f.check(t, notes, joined)
	return f
}

func (f *Flow) recruited(t *trial.Trial, who Groups) {
	size := make([]int, len(t.Units))
	for p := range t.Patients {
		size[who.unit[p]]++
	}
	for a := range f.Recruited {
		var sizes []float64
		for u, n := range size {
			if int(t.UnitArm[u]) == a && n > 0 {
				sizes = append(sizes, float64(n))
			}
		}
		s := stats.Describe(sizes)
		f.Recruited[a] = FlowRecruited{Units: who.Units[a], People: who.People[a], Median: stats.Type6.Quantile(sizes, 0.5), Low: s.Min, High: s.Max}
	}
}

func (f *Flow) fromFile(t *trial.Trial, j *trial.AsUnits) {
	f.FromFile = true
	f.Randomised = len(j.Units)
	for _, u := range j.Units {
		if u.Moved() {
			f.Moved[u.Randomised] = append(f.Moved[u.Randomised], u.ID)
		}
		randomised, ran := u.Randomised, u.Received
		if ran < 0 { // no arm as received: it ran as randomised
			ran = randomised
		}
		if randomised < 0 { // and the other way round
			randomised = ran
		}
		if ran < 0 {
			continue
		}
		f.Allocated[randomised]++
		f.Ran[ran]++
		if u.Patients == 0 {
			f.Nobody[ran] = append(f.Nobody[ran], u.ID)
			f.NobodyCount[ran]++
		}
	}
}

// fromData counts the units that have patients; those randomised beside them
// are typed.
func (f *Flow) fromData(t *trial.Trial, notes *FlowNotes) {
	for u := range t.Units {
		ran := t.UnitArm[u]
		randomised := ran
		if t.UnitRandomised != nil && t.UnitRandomised[u] >= 0 {
			randomised = t.UnitRandomised[u]
		}
		f.Allocated[randomised]++
		f.Ran[ran]++
		if randomised != ran {
			f.Moved[randomised] = append(f.Moved[randomised], t.Units[u])
		}
	}
	for a, n := range notes.Randomised {
		if n != nil && *n > f.Allocated[a] {
			f.NobodyCount[a] = *n - f.Allocated[a]
			f.Ran[a] += f.NobodyCount[a]
			f.Allocated[a] = *n
		}
	}
	f.Randomised = f.Allocated[0] + f.Allocated[1]
}

// countBodies counts what was asked to take part and did.
func (f *Flow) countBodies(t *trial.Trial, notes *FlowNotes, units *dataset.Dataset) {
	if f.Bodies == "" {
		f.Bodies = "units"
	}
	switch {
	case notes.BodiesColumn == "":
		f.BodyCount = f.Randomised
	case units != nil && units.Column(notes.BodiesColumn) != nil:
		f.BodyCount = units.Column(notes.BodiesColumn).Distinct
	default:
		if v := t.Variable(notes.BodiesColumn); v != nil {
			f.BodyCount = len(v.Different())
		}
	}
}

// strata counts the strata of the randomisation.
func strata(t *trial.Trial, m trial.Mapping, units *dataset.Dataset, joined *trial.AsUnits) int {
	seen := map[string]bool{}
	if joined != nil {
		for _, u := range joined.Units {
			if u.Stratum != "" {
				seen[u.Stratum] = true
			}
		}
		if len(seen) > 0 {
			return len(seen)
		}
	}
	if v := t.Variable(m.Stratum); m.Stratum != "" && v != nil {
		return len(v.Different())
	}
	return 0
}

// visits counts who answered at each visit: anything, and every questionnaire
// that anybody was asked then.
func (f *Flow) visits(t *trial.Trial, m trial.Mapping, notes *FlowNotes, who Groups) {
	forms := formsOf(t, m)
	units := make([][2]map[int32]bool, len(t.Visits))
	for v, visit := range t.Visits {
		f.Visits = append(f.Visits, FlowVisit{Visit: visit})
		units[v] = [2]map[int32]bool{{}, {}}
	}
	for i, v := range t.Visit {
		begun, all := 0, 0
		for _, q := range forms {
			if q.asked[v] > 0 {
				all++
				if q.answers[i] > 0 {
					begun++
				}
			}
		}
		if begun == 0 {
			continue
		}
		a := t.Arm[i]
		units[v][a][t.Unit[i]] = true
		f.Visits[v].Arms[a].People++
		if begun == all {
			f.Visits[v].Arms[a].Complete++
		}
	}
	for v := range f.Visits {
		arms := &f.Visits[v].Arms
		for a := range arms {
			arms[a].Units = len(units[v][a])
			arms[a].Not = who.People[a] - arms[a].People
		}
		for _, l := range notes.Lost {
			if l.Visit == f.Visits[v].Visit.Code {
				arms[l.Arm].Lost = append(arms[l.Arm].Lost, l)
			}
		}
	}
}

// asking is a questionnaire, or an outcome that is a column of its own.
type asking struct {
	items   []string
	use     *trial.Use // nil of a column
	answers []uint16   // by row: items answered
	asked   []int      // by visit: items that anybody answered
}

// formsOf are what is asked at the visits: the questionnaires by their items,
// and the other outcome columns.
func formsOf(t *trial.Trial, m trial.Mapping) []asking {
	var out []asking
	add := func(q asking) {
		q.answers, q.asked = t.CountAnswered(q.items)
		out = append(out, q)
	}
	for k, u := range m.Instruments {
		add(asking{items: itemsOfUse(t, u), use: &m.Instruments[k]})
	}
	items := itemColumns(m)
	for _, name := range m.Outcomes {
		if !items[name] && t.Variable(name) != nil {
			add(asking{items: []string{name}})
		}
	}
	return out
}

// itemsOfUse are the columns a questionnaire is scored from: those chosen, or
// the standard names.
func itemsOfUse(t *trial.Trial, u trial.Use) []string {
	if d, ok := t.Library().Get(u.Instrument); ok && u.Items == nil {
		for _, it := range d.Items {
			u.Items = append(u.Items, it.Column)
		}
	}
	return u.Items
}

// analysed counts who is in the model of an outcome: a patient with an answer
// at a visit that both arms answered, and every covariate.
func analysed(t *trial.Trial, m trial.Mapping, o Outcome, who Groups) FlowAnalysed {
	out := FlowAnalysed{Outcome: o}
	v := t.Variable(o.Variable)
	if v == nil {
		out.Without = who.People
		return out
	}
	kept := bothAnswer(t, v.Numbers())
	type person struct{ answer, in bool }
	people := make([]person, len(t.Patients))
	lacks := make([]int, len(t.Patients)) // the first covariate lacked, from 1
	covariates := make([]*trial.Variable, len(m.Covariates))
	for k, c := range m.Covariates {
		covariates[k] = t.Variable(covariateName(t, c))
	}
	for i, p := range t.Patient {
		if math.IsNaN(v.Num(i)) || !kept[t.Visit[i]] {
			continue
		}
		people[p].answer = true
		lack := slices.IndexFunc(covariates, func(c *trial.Variable) bool { return c != nil && math.IsNaN(c.Num(i)) })
		if lack >= 0 {
			if lacks[p] == 0 {
				lacks[p] = lack + 1
			}
			continue
		}
		people[p].in = true
		out.Rows++
	}
	units := [2]map[int]bool{{}, {}}
	missed := [2][]int{make([]int, len(covariates)), make([]int, len(covariates))}
	for p, x := range people {
		a := who.of[p]
		switch {
		case x.in:
			out.Arms[a].People++
			units[a][who.unit[p]] = true
		case x.answer:
			missed[a][lacks[p]-1]++
		default:
			out.Without[a]++
		}
	}
	for a := range out.Arms {
		out.Arms[a].Units = len(units[a])
		for k, n := range missed[a] {
			if n > 0 {
				out.MissCovariate[a] = append(out.MissCovariate[a], Missed{covariateTitle(m.Covariates[k]), n})
			}
		}
	}
	return out
}

// bothAnswer are the visits at which both arms have an answer: those of the
// model.
func bothAnswer(t *trial.Trial, y []float64) []bool {
	n := make([][2]int, len(t.Visits))
	for i, x := range y {
		if !math.IsNaN(x) {
			n[t.Visit[i]][t.Arm[i]]++
		}
	}
	kept := make([]bool, len(n))
	for v := range n {
		kept[v] = n[v][0] > 0 && n[v][1] > 0
	}
	return kept
}

// check holds what was typed, and what the units file says, against what was
// counted.
func (f *Flow) check(t *trial.Trial, notes *FlowNotes, joined *trial.AsUnits) {
	if f.Approached != nil && f.BodyCount >= 0 {
		declined := 0
		if f.Declined != nil {
			declined = *f.Declined
		}
		f.add(FlowCheck{Key: "approached", Whole: true, What: fmt.Sprintf("%s approached less declined, and those that took part", sentenceCase(f.Bodies)), Chart: [2]int{0, *f.Approached - declined}, Other: [2]int{0, f.BodyCount},
			Why: fmt.Sprintf("%d approached and %d declined were typed, which leaves %d; %d take part. Correct what was typed, or the list of units.", *f.Approached, declined, *f.Approached-declined, f.BodyCount)})
	}
	if typed := notes.Randomised; typed != [2]*int{} {
		c := FlowCheck{Key: "allocated", What: "Units randomised, typed and counted"}
		for a := range typed {
			c.Chart[a], c.Other[a] = f.Allocated[a], f.Allocated[a]
			if n := typed[a]; n != nil {
				c.Chart[a] = *n
			}
		}
		c.Why = "The number typed differs from the units that are listed or have patients. Correct it, or add the units file."
		f.add(c)
	}
	asked := FlowCheck{Key: "recruited", What: "People asked less declined, and those recruited", Why: "The numbers typed do not leave the people that the data have. Correct them, or look for rows that are missing or were left out."}
	given := false
	for a := range f.Arms {
		asked.Other[a] = f.Recruited[a].People
		asked.Chart[a] = asked.Other[a]
		if n := f.Asked[a]; n != nil {
			given = true
			asked.Chart[a] = *n
			if r := f.Refused[a]; r != nil {
				asked.Chart[a] -= *r
			}
		}
	}
	if given {
		f.add(asked)
	}
	if joined != nil {
		f.checkFile(joined)
	}
	for _, v := range f.Visits {
		c := FlowCheck{Key: "visit " + v.Visit.Code, What: "Reasons at " + v.Visit.Label + ", and people who did not answer", Why: "The reasons typed do not add up to the people who did not answer. Correct their numbers, or add a line for those without a known reason."}
		given = false
		for a, x := range v.Arms {
			c.Other[a], c.Chart[a] = x.Not, x.Not
			if len(x.Lost) > 0 {
				given = true
				c.Chart[a] = 0
				for _, l := range x.Lost {
					c.Chart[a] += l.People
				}
			}
		}
		if given {
			f.add(c)
		}
	}
}

// checkFile holds the units file against the data: its arms, its units and
// its numbers of patients.
func (f *Flow) checkFile(j *trial.AsUnits) {
	if with := f.Allocated[0] + f.Allocated[1]; with != f.Randomised {
		f.add(FlowCheck{Key: "allocated", Whole: true, What: "Units in the units file, and those of them with an arm", Chart: [2]int{0, f.Randomised}, Other: [2]int{0, with},
			Why: "The others have no arm that is known. Give the columns of the arms their roles on the Data screen, or correct the units file."})
	}
	units := FlowCheck{Key: "ran", What: "Units with people, in the units file and in the data", Other: [2]int{f.Recruited[0].Units, f.Recruited[1].Units},
		Why: "The data have units that the units file lacks. Add their lines, or correct the names of the units."}
	for _, u := range j.Units {
		if u.Patients > 0 && u.Received >= 0 {
			units.Chart[u.Received]++
		}
	}
	f.add(units)
	c := FlowCheck{Key: "recruited", What: "People recruited, by the units file and in the data"}
	var differ []string
	said := false
	for _, u := range j.Units {
		if u.Received < 0 {
			continue
		}
		c.Chart[u.Received] += u.Patients
		if u.Recruited >= 0 {
			said = true
			c.Other[u.Received] += u.Recruited
			if u.Recruited != u.Patients {
				differ = append(differ, fmt.Sprintf("%s (%d and %d)", u.ID, u.Recruited, u.Patients))
			}
		}
	}
	if !said {
		return
	}
	c.Chart, c.Other = c.Other, c.Chart
	c.Why = "They differ in " + strings.Join(differ[:min(len(differ), 10)], ", ") + ". Correct the units file, or look for rows that are missing or were left out."
	f.add(c)
	if len(differ) > 0 { // also where the differences cancel each other
		f.Checks[len(f.Checks)-1].Agrees = false
		f.Checks[len(f.Checks)-1].Why = c.Why
	}
}

func (f *Flow) add(c FlowCheck) {
	c.Agrees = c.Chart == c.Other
	if c.Agrees {
		c.Why = ""
	}
	f.Checks = append(f.Checks, c)
}

// Against holds the chart against the tables: the baseline table and the
// results of the models that were run (nil before).
func (f *Flow) Against(b *BaselineResult, r *Result) []FlowCheck {
	var out []FlowCheck
	const why = "The chart and the table count different people: this is a fault of Trialbox, not of your data. Save the project to a file and report it."
	compare := func(what string, chart, other [2]int, model bool) {
		c := FlowCheck{Key: "tables", What: what, Chart: chart, Other: other, Whole: model, Model: model, Agrees: chart == other}
		if !c.Agrees {
			c.Why = why
		}
		out = append(out, c)
	}
	if b != nil {
		compare("People, baseline table", [2]int{f.Recruited[0].People, f.Recruited[1].People}, b.Who.People, false)
		compare("Units with people, baseline table", [2]int{f.Recruited[0].Units, f.Recruited[1].Units}, b.Who.Units, false)
	}
	if r == nil {
		return out
	}
	compare("People, outcome table", [2]int{f.Recruited[0].People, f.Recruited[1].People}, r.Patients, false)
	for _, o := range r.Outcomes {
		if o.Status == Failed {
			continue
		}
		for _, a := range f.Analysed {
			if a.Outcome.Variable == o.Outcome.Variable {
				compare(o.Outcome.Label+": people in the model", [2]int{0, a.Arms[0].People + a.Arms[1].People}, [2]int{0, o.Patients}, true)
				compare(o.Outcome.Label+": answers in the model", [2]int{0, a.Rows}, [2]int{0, o.N}, true)
			}
		}
	}
	return out
}

// Disagree lists the checks that failed.
func Disagree(checks []FlowCheck) []FlowCheck {
	return slices.DeleteFunc(slices.Clone(checks), func(c FlowCheck) bool { return c.Agrees })
}
