package report

import (
	"strconv"
	"strings"

	"trialbox/app/analysis"
)

// FlowBox is a box of the flow chart as words. Its template is what the
// analyst edits: numbers stand in braces and stay counted.
type FlowBox struct {
	Key      string // "allocated.1": the stage and, of an arm, its number
	Template string
	Lines    []string // the template with its numbers; the first is printed bold
	Clash    bool     // a number in it disagrees with another
}

// FlowStage is a row of the chart: one box in the middle, or one for each arm
// (control, intervention), with those that stand aside.
type FlowStage struct {
	Key, Label string
	Middle     *FlowBox
	Arms       [2]*FlowBox
	Aside      *FlowBox    // right of the middle
	Beside     [2]*FlowBox // of an arm, towards the middle, below its box
}

// FlowStages words the chart of a flow.
func FlowStages(f *analysis.Flow, notes *analysis.FlowNotes) []FlowStage {
	w := newFlowWords(f, notes)
	var out []FlowStage
	if s := w.enrolment(); s.Middle != nil || s.Aside != nil {
		out = append(out, s)
	}
	out = append(out, w.randomised(), w.allocated(), w.ran())
	first := f.Visits[:0:0]
	for v, x := range f.Visits {
		all := x.Arms[0].Not == 0 && x.Arms[1].Not == 0
		if v > 0 || !all || len(f.Visits) == 1 { // a first visit that everybody answered is the recruitment
			first = append(first, x)
		}
	}
	for _, v := range first {
		out = append(out, w.visit(v))
	}
	if a := FlowOutcome(f); a != nil {
		out = append(out, w.analysed(*a))
	}
	return out
}

// FlowOutcome is the outcome whose model closes the chart: the primary one,
// or the first; nil without any.
func FlowOutcome(f *analysis.Flow) *analysis.FlowAnalysed {
	for i := range f.Analysed {
		if f.Analysed[i].Outcome.Primary {
			return &f.Analysed[i]
		}
	}
	if len(f.Analysed) == 0 {
		return nil
	}
	return &f.Analysed[0]
}

// flowWords fills templates.
type flowWords struct {
	f            *analysis.Flow
	notes        *analysis.FlowNotes
	unit, person [2]string // one, many
	clash        map[string]bool
}

func newFlowWords(f *analysis.Flow, notes *analysis.FlowNotes) *flowWords {
	if notes == nil {
		notes = &analysis.FlowNotes{}
	}
	w := &flowWords{f: f, notes: notes, unit: [2]string{"unit", "units"}, person: [2]string{"person", "people"}, clash: map[string]bool{}}
	w.noun("noun.unit", &w.unit)
	w.noun("noun.person", &w.person)
	for _, c := range analysis.Disagree(f.Checks) {
		w.clash[c.Key] = true
	}
	return w
}

// noun reads "patient, patients".
func (w *flowWords) noun(key string, to *[2]string) {
	one, many, ok := strings.Cut(w.notes.Words[key], ",")
	one, many = strings.TrimSpace(one), strings.TrimSpace(many)
	if one == "" {
		return
	}
	if !ok || many == "" {
		many = one
	}
	*to = [2]string{one, many}
}

// FlowNouns are what units and people are called, as they are typed.
func FlowNouns(f *analysis.Flow, notes *analysis.FlowNotes) (unit, person string) {
	w := newFlowWords(f, notes)
	return strings.Join(w.unit[:], ", "), strings.Join(w.person[:], ", ")
}

func (w *flowWords) units(n int) string  { return counted(n, w.unit[0], w.unit[1]) }
func (w *flowWords) people(n int) string { return counted(n, w.person[0], w.person[1]) }

func (w *flowWords) stage(key, label string) FlowStage {
	if own := w.notes.Words["stage."+key]; own != "" {
		label = own
	}
	return FlowStage{Key: key, Label: label}
}

// box fills the template of a key, the analyst's or the one given. fields are
// pairs of a name and what stands for it.
func (w *flowWords) box(key, template, check string, fields ...string) *FlowBox {
	if own, ok := w.notes.Words["box."+key]; ok {
		template = own
	}
	var pairs []string
	for i := 0; i+1 < len(fields); i += 2 {
		pairs = append(pairs, "{"+fields[i]+"}", fields[i+1])
	}
	b := &FlowBox{Key: key, Template: template, Clash: w.clash[check]}
	for _, line := range strings.Split(strings.NewReplacer(pairs...).Replace(template), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			b.Lines = append(b.Lines, line)
		}
	}
	if b.Clash {
		b.Lines = append(b.Lines, "Numbers disagree: see the list")
	}
	return b
}

// lines puts a template together of the lines that are wanted.
func lines(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n")
}

// when is the text where something holds.
func when(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}

func (w *flowWords) enrolment() FlowStage {
	s := w.stage("enrolment", "Enrolment")
	if n := w.f.Approached; n != nil {
		s.Middle = w.box("approached", "{approached} {bodies} approached", "approached", "approached", Count(*n), "bodies", w.f.Bodies)
	}
	if n := w.f.Declined; n != nil {
		s.Aside = w.box("declined", "{declined} {bodies} declined", "", "declined", Count(*n), "bodies", w.f.Bodies)
	}
	return s
}

func (w *flowWords) randomised() FlowStage {
	f := w.f
	s := w.stage("allocation", "Allocation")
	var second []string
	if w.notes.BodiesColumn != "" && f.BodyCount >= 0 {
		second = append(second, "{bodies}")
	}
	if f.Strata > 1 {
		second = append(second, "{strata} strata")
	}
	s.Middle = w.box("randomised", lines("{units} randomised", strings.Join(second, ", ")), "", "units", w.units(f.Randomised), "bodies", Count(max(f.BodyCount, 0))+" "+f.Bodies, "strata", strconv.Itoa(f.Strata))
	return s
}

func (w *flowWords) allocated() FlowStage {
	f := w.f
	s := w.stage("allocated", "")
	for a := range s.Arms {
		away, joined := len(f.Moved[a]), len(f.Moved[1-a])
		why := ""
		if f.MovedReason != "" {
			why = ": {reason}"
		}
		s.Arms[a] = w.box("allocated."+strconv.Itoa(a), lines("{units} to {arm}", when(away > 0, "{moved} moved"+why), when(joined > 0, "{joined} joined from {other}")), "allocated",
			"units", w.units(f.Allocated[a]), "arm", f.Arms[a], "other", f.Arms[1-a], "moved", Count(away), "joined", w.units(joined), "reason", f.MovedReason)
	}
	return s
}

func (w *flowWords) ran() FlowStage {
	f := w.f
	s := w.stage("ran", "As run")
	for a := range s.Arms {
		r := f.Recruited[a]
		size := when(r.Units > 0, "median {median} a "+w.unit[0]+" ({low}–{high})")
		asked := ""
		if f.Asked[a] != nil {
			asked = "of {asked} asked" + when(f.Refused[a] != nil, ", {refused} declined")
		}
		check := "recruited"
		if w.clash["ran"] {
			check = "ran"
		}
		s.Arms[a] = w.box("ran."+strconv.Itoa(a), lines(when(!w.notes.PeopleOnly, "{units}"), "{people}", size, asked), check,
			"units", w.units(f.Ran[a]), "people", w.people(r.People), "median", quantile(r.Median, 0), "low", Number(r.Low, 0), "high", Number(r.High, 0),
			"asked", number(f.Asked[a]), "refused", number(f.Refused[a]), "recruiting", w.units(r.Units))
		if n := f.NobodyCount[a]; n > 0 && !w.notes.HideNobody {
			names := len(f.Nobody[a]) > 0 && !w.notes.HideNames
			s.Beside[a] = w.box("nobody."+strconv.Itoa(a), lines("{units} recruited nobody", when(names, "{names}")), "", "units", w.units(n), "names", strings.Join(f.Nobody[a], ", "))
		}
	}
	return s
}

func number(n *int) string {
	if n == nil {
		return enDash
	}
	return Count(*n)
}

func (w *flowWords) visit(v analysis.FlowVisit) FlowStage {
	key := "visit." + v.Visit.Code
	s := w.stage(key, title(v.Visit.Label))
	part := v.Arms[0].Complete < v.Arms[0].People || v.Arms[1].Complete < v.Arms[1].People
	for a, x := range v.Arms {
		var why []string
		for _, l := range x.Lost {
			why = append(why, Count(l.People)+" "+l.Reason)
		}
		not := when(x.Not > 0 || !w.notes.HideZero, "{not} did not"+when(len(why) > 0, ": {reasons}"))
		s.Arms[a] = w.box(key+"."+strconv.Itoa(a), lines(when(!w.notes.PeopleOnly, "{units}"), "{people} answered", when(part && (x.Complete > 0 || !w.notes.HideZero), "{complete} of them every questionnaire"), not), "visit "+v.Visit.Code,
			"units", w.units(x.Units), "people", w.people(x.People), "complete", Count(x.Complete), "part", Count(x.People-x.Complete), "not", Count(x.Not), "reasons", strings.Join(why, ", "))
	}
	return s
}

func (w *flowWords) analysed(o analysis.FlowAnalysed) FlowStage {
	s := w.stage("analysed", "Analysed")
	for a, n := range o.Arms {
		out := o.Without[a]
		var why []string
		for _, m := range o.MissCovariate[a] {
			out += m.People
			why = append(why, Count(m.People)+" without "+m.Covariate)
		}
		if o.Without[a] > 0 {
			why = append(why, Count(o.Without[a])+" without an answer")
		}
		first := "{units}, {people}"
		if w.notes.PeopleOnly {
			first = "{people}"
		}
		left := when(out > 0 || !w.notes.HideZero, "{left} left out"+when(out > 0, ": {reasons}"))
		s.Arms[a] = w.box("analysed."+strconv.Itoa(a), lines(first, "{outcome}, all available data", left), "",
			"units", w.units(n.Units), "people", w.people(n.People), "outcome", o.Outcome.Label, "left", Count(out), "reasons", strings.Join(why, ", "))
	}
	return s
}

// FlowRows are the chart as a table for readers who cannot see it: the stage,
// then what it says of both arms, or of the intervention and the control.
func FlowRows(f *analysis.Flow, notes *analysis.FlowNotes) (head []string, rows [][]string) {
	head = []string{"Stage", title(f.Arms[1]), title(f.Arms[0])}
	say := func(b *FlowBox) string {
		if b == nil {
			return ""
		}
		return strings.Join(b.Lines, "; ")
	}
	stage := ""
	for _, s := range FlowStages(f, notes) {
		if s.Label != "" {
			stage = s.Label
		}
		for _, b := range []*FlowBox{s.Middle, s.Aside} {
			if b != nil {
				rows = append(rows, []string{stage, say(b), ""})
			}
		}
		if s.Arms[0] != nil {
			rows = append(rows, []string{stage, say(s.Arms[1]), say(s.Arms[0])})
		}
		if s.Beside[0] != nil || s.Beside[1] != nil {
			rows = append(rows, []string{stage, say(s.Beside[1]), say(s.Beside[0])})
		}
	}
	return head, rows
}

// AnalysedRows are the people and units in the model of every outcome.
func AnalysedRows(f *analysis.Flow) (head []string, rows [][]string) {
	head = []string{"Outcome", title(f.Arms[1]) + ", people (units)", title(f.Arms[0]) + ", people (units)", "Answers in the model"}
	for _, o := range f.Analysed {
		row := []string{o.Outcome.Label}
		for _, a := range []int{1, 0} {
			row = append(row, Count(o.Arms[a].People)+" ("+Count(o.Arms[a].Units)+")")
		}
		rows = append(rows, append(row, Count(o.Rows)))
	}
	return head, rows
}
