package state

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/analysis"
	"trialbox/app/report"
	"trialbox/app/trial"
)

// Sensitivity is the screen of everything beside the main result.
const Sensitivity Screen = "sensitivity"

// What a person does on the screen.
type (
	SetSensitivityView struct{ View SensitivityView }
	SetSensitivity     struct{ Setting analysis.Sensitivity }
	// AddPopulation makes a variant of the people for whom the clause holds; with
	// the id of one it narrows that one further.
	AddPopulation struct {
		Label  string
		Clause analysis.Clause
		To     string
	}
	// SetWhere gives a population's condition as it is typed.
	SetWhere struct{ ID, Where string }
	// AddCovariateSet makes a variant with one covariate more or less than the
	// main analysis.
	AddCovariateSet struct {
		Covariate trial.Covariate
		Without   bool
	}
	RemoveVariant     struct{ ID string }
	RunSensitivity    struct{}
	CancelSensitivity struct{}
	// DownloadSensitivity saves a figure: "forest" or "tipping" as "svg" or "png".
	DownloadSensitivity struct{ Figure, Format string }
)

// planNext plans one more variant of the run that is being put together, so
// that planning never holds the page up.
type planNext struct{ run int }

// SensitivityView is what the screen shows.
type SensitivityView struct {
	Outcome, Visit string // of the figures; "" = the first outcome, the last visit
	Tab            string // "variants", "shift", "missing"
	Missed         int    // follow-up whose missing are compared
}

// SensitivityRun is what stands beside the main result on its way through the
// workers.
type SensitivityRun struct {
	ID      int
	Setting *analysis.Sensitivity
	Run     *analysis.SensitivityRun
	Result  *analysis.SensitivityResult // assembled at the last tick
	Active  bool
	Stopped bool
	Started int64 // milliseconds, for the time left
	Now     int64
	Base    int // done when the run started
	Left    int // variants still to be planned
	stale   bool
	of      ofModels
	before  []*analysis.Progress
	shifts  []*analysis.Shifted
	queue   []analysis.Variant
}

// ofModels is what the numbers of a run depend on.
type ofModels struct {
	trial   *trial.Trial
	decided analysis.Recipe // mapping, outcomes and options of it
}

func (p *Project) decidedModels() ofModels {
	return ofModels{p.Trial, analysis.Recipe{Mapping: p.Recipe.Mapping, Outcomes: p.Recipe.Outcomes, Options: p.Recipe.Options}}
}

// Sensitivity is the recipe's, or what is proposed; nil without a trial.
func (p *Project) Sensitivity() *analysis.Sensitivity {
	if p.Recipe.Sensitivity != nil || p.Trial == nil || p.before == nil {
		return p.Recipe.Sensitivity
	}
	p.before.sensitivity.Do(func() {
		p.before.s = analysis.ProposeSensitivity(p.Trial, p.Recipe.Mapping, p.Recipe.Options, p.allocated())
	})
	return p.before.s
}

// allocated is the arm as randomised by the units file; nil without one.
func (p *Project) allocated() []int32 {
	if _, j := p.unitsFile(); j != nil {
		return j.Allocated
	}
	return nil
}

// SensitivityOutdated reports that the numbers on the screen belong to other
// choices.
func (p *Project) SensitivityOutdated() bool {
	return p.Checks != nil && (p.Checks.of.trial != p.Trial || !reflect.DeepEqual(p.Checks.Setting, p.Sensitivity()) ||
		!reflect.DeepEqual(p.Checks.of.decided, p.decidedModels().decided))
}

// updateSensitivity is everything done on the screen.
func (m Model) updateSensitivity(msg Msg) (Model, []Effect) {
	p := m.project()
	s := p.Sensitivity()
	if s == nil {
		return m, nil
	}
	next := *s
	switch msg := msg.(type) {
	case SetSensitivityView:
		p.Checking = msg.View
		return m, nil
	case RunSensitivity:
		return m.runSensitivity()
	case planNext:
		return m.planVariant(msg.run)
	case CancelSensitivity:
		return m.cancelSensitivity()
	case DownloadSensitivity:
		return m, m.exportSensitivity(msg)
	case SetSensitivity:
		next = msg.Setting
	case AddPopulation:
		label, where, err := p.population(s, msg)
		if err != nil {
			m.Trouble = &Trouble{Title: "That population was not taken.", Text: sentence(err.Error())}
			return m, nil
		}
		if msg.To == "" {
			next.Variants = withVariant(s.Variants, analysis.Variant{ID: newID(s, label), Label: label, Chosen: true, Where: where})
		} else {
			next.Variants = variantChanged(s.Variants, msg.To, func(v *analysis.Variant) { v.Label, v.Where = label, where })
		}
	case SetWhere:
		if _, err := analysis.Population(p.Trial, msg.Where); err != nil {
			m.Trouble = &Trouble{Title: "That condition was not taken.", Text: sentence(err.Error())}
			return m, nil
		}
		next.Variants = variantChanged(s.Variants, msg.ID, func(v *analysis.Variant) { v.Where = msg.Where })
	case AddCovariateSet:
		v := covariateSet(p.Recipe.Mapping.Covariates, msg)
		v.ID = newID(s, v.Label)
		next.Variants = withVariant(s.Variants, v)
	case RemoveVariant:
		next.Variants = slices.DeleteFunc(slices.Clone(s.Variants), func(v analysis.Variant) bool { return v.ID == msg.ID })
	}
	if err := next.Validate(); err != nil {
		m.Trouble = &Trouble{Title: "That was not taken.", Text: sentence(err.Error())}
		return m, nil
	}
	p.Recipe.Sensitivity, p.Decided = &next, true
	return m.changed(nil)
}

// population is the label and the condition of what was built.
func (p *Project) population(s *analysis.Sensitivity, msg AddPopulation) (label, where string, err error) {
	if where, err = msg.Clause.Condition(p.Trial); err != nil {
		return "", "", err
	}
	label = strings.TrimSpace(msg.Label)
	for _, v := range s.Variants {
		if v.ID == msg.To {
			if v.Where != "" {
				where = v.Where + " & " + where
			}
			if label == "" {
				label = v.Label
			}
		}
	}
	if label == "" {
		label = where
	}
	_, err = analysis.Population(p.Trial, where)
	return label, where, err
}

func covariateSet(main []trial.Covariate, msg AddCovariateSet) analysis.Variant {
	set := slices.DeleteFunc(slices.Clone(main), func(c trial.Covariate) bool { return c.Column == msg.Covariate.Column })
	name := msg.Covariate.Label
	if name == "" {
		name = strings.ReplaceAll(msg.Covariate.Column, "_", " ")
	}
	label := "Without " + name
	if !msg.Without {
		label, set = "Also adjusted for "+name, append(set, msg.Covariate)
	}
	return analysis.Variant{Label: label, Chosen: true, Own: analysis.Own{OwnCovariates: true, Covariates: set}}
}

func withVariant(list []analysis.Variant, v analysis.Variant) []analysis.Variant {
	return append(slices.Clone(list), v)
}

func variantChanged(list []analysis.Variant, id string, change func(*analysis.Variant)) []analysis.Variant {
	list = slices.Clone(list)
	for k := range list {
		if list[k].ID == id {
			change(&list[k])
		}
	}
	return list
}

// newID is one that no variant has, after the label.
func newID(s *analysis.Sensitivity, label string) string {
	base := strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(label)), "-")
	id := base
	for n := 2; id == "" || id == analysis.MainVariant || slices.ContainsFunc(s.Variants, func(v analysis.Variant) bool { return v.ID == id }); n++ {
		id = strings.TrimPrefix(base+"-"+strconv.Itoa(n), "-")
	}
	return id
}

// runSensitivity begins to plan; the numbers of the outcomes' own run and of
// the former one are taken over.
func (m Model) runSensitivity() (Model, []Effect) {
	p := m.project()
	var effects []Effect
	r := &SensitivityRun{Setting: p.Sensitivity(), of: p.decidedModels(), Active: true}
	if old := p.Checks; old != nil {
		if old.Active {
			effects = append(effects, cancelRun{old.ID})
		}
		r.before, r.shifts = old.Run.Progresses(), old.Run.Shifts
	}
	if p.Run != nil {
		r.before = append(r.before, p.Run.All...)
	}
	r.before = slices.DeleteFunc(r.before, func(q *analysis.Progress) bool { return q.Fit == nil })
	if len(r.Setting.Looked(p.Recipe.Outcomes)) == 0 {
		m.Trouble = &Trouble{Title: "No outcome is chosen.", Text: "Choose at least one outcome in the options, then run."}
		return m, nil
	}
	m.seq++
	r.ID = m.seq
	r.Run = analysis.NewSensitivityRun(p.Trial, p.Recipe.Mapping, p.Recipe.Outcomes, p.Recipe.Options, r.Setting)
	r.queue = r.Setting.Chosen()
	r.Left = len(r.queue)
	p.Checks = r
	return m, append(effects, after{0, planNext{r.ID}})
}

// askedChecks names the sensitivity analyses that are set: everything they
// depend on.
func (p *Project) askedChecks() string {
	recipe := analysis.Recipe{Mapping: p.Recipe.Mapping, Outcomes: p.Recipe.Outcomes, Options: p.Recipe.Options, Sensitivity: p.Sensitivity()}
	return analysis.NameOf(string(recipe.JSON()), p.Dataset.SHA256, p.allocated())
}

// recall shows again, after a reload, the sensitivity analyses and the
// comparison of methods that were kept and are still those asked for. Nothing
// is fitted: their jobs are planned, and their numbers found by the jobs' keys.
func (m Model) recall(effects []Effect) (Model, []Effect) {
	p := m.Project
	if p == nil || p.Trial == nil {
		return m, effects
	}
	if p.Few == nil && p.kept.Compared != "" {
		m = m.recallFew()
		p = m.Project
	}
	if p.Checks == nil && p.kept.Asked != "" && p.kept.Asked == p.askedChecks() {
		next, more := m.runSensitivity()
		return next, append(effects, more...)
	}
	return m, effects
}

// planPiece is how many outcomes are planned at a time: some tens of
// milliseconds of the page.
const planPiece = 5

// planVariant plans on with the next variant, or with none left hands out the work.
func (m Model) planVariant(id int) (Model, []Effect) {
	p := m.project()
	if p.Checks == nil || p.Checks.ID != id || p.Checks.Stopped {
		return m, nil
	}
	r := *p.Checks
	p.Checks = &r
	run := *r.Run
	r.Run = &run
	run.Columns = slices.Clone(run.Columns)
	if len(r.queue) > 0 {
		if run.PlanSome(r.queue[0], r.of.decided.Mapping, p.allocated(), planPiece) {
			r.queue = r.queue[1:]
		}
		r.Left = len(r.queue)
		return m, []Effect{after{0, planNext{id}}}
	}
	run.Start(r.before, r.shifts, p.kept)
	r.before, r.shifts = nil, nil
	r.Base, _ = run.Done()
	r.Result = analysis.AssembleSensitivity(&run)
	tasks := sensitivityTasks(&run)
	if r.Active = len(tasks) > 0; !r.Active {
		return m, nil
	}
	return m, []Effect{startRun{id, tasks}}
}

// sensitivityTasks are the fits, then the imputations, then the replicates
// that have not come yet. Jobs of one key are asked for once.
func sensitivityTasks(run *analysis.SensitivityRun) []Task {
	var once []*analysis.Progress
	seen := map[string]bool{}
	for _, p := range run.Progresses() {
		if !seen[p.Job.Key] {
			seen[p.Job.Key] = true
			once = append(once, p)
		}
	}
	var tasks []Task
	all := missingTasks(once, run.Options.Interval)
	fits := 0
	for fits < len(all) && all[fits].From == all[fits].To {
		fits++
	}
	tasks = append(tasks, all[:fits]...)
	for _, x := range run.Shifts {
		for _, k := range x.Missing() {
			tasks = append(tasks, Task{Key: x.Key, Impute: x.Curve, From: k, To: k + 1})
		}
	}
	for k := range tasks { // somebody waits for them; replicates take their turn
		tasks[k].Ahead = true
	}
	return append(tasks, all[fits:]...)
}

// cancelSensitivity stops at once and keeps what came back.
func (m Model) cancelSensitivity() (Model, []Effect) {
	p := m.project()
	if p.Checks == nil || !p.Checks.Active {
		return m, nil
	}
	r := *p.Checks
	p.Checks = &r
	r.Active, r.Stopped = false, true
	if r.Left > 0 || r.Result == nil { // it was still being planned
		p.Checks = nil
		return m, nil
	}
	r.Result = analysis.AssembleSensitivity(r.Run)
	return m, []Effect{cancelRun{r.ID}}
}

// answeredSensitivity files what the workers sent for this screen; ok is false
// for an answer of another run.
func (m Model) answeredSensitivity(a Answer) (next Model, ok bool) {
	if m.Project == nil || m.Project.Checks == nil || m.Project.Checks.ID != a.Run {
		return m, false
	}
	if m.Project.Checks.Stopped {
		return m, true
	}
	p := m.project()
	r := *p.Checks
	p.Checks = &r
	if a.Done {
		r.Active, r.stale = false, false
		r.Result = analysis.AssembleSensitivity(r.Run)
		return m, true
	}
	run := *r.Run
	r.Run, r.stale = &run, true
	run.Columns, run.Shifts = slices.Clone(run.Columns), slices.Clone(run.Shifts)
	for k := range run.Columns {
		for i, q := range run.Columns[k].All {
			if q != nil && q.Job.Key == a.Key {
				run.Columns[k].All = slices.Clone(run.Columns[k].All)
				run.Columns[k].All[i] = q.With(a.Fitted, a.Batch, a.Err)
			}
		}
	}
	for i, x := range run.Shifts {
		if x.Key != a.Key || x.Curve == nil {
			continue
		}
		y := *x
		if run.Shifts[i] = &y; a.Err != "" {
			y.Err = a.Err
		} else if a.Draws != nil {
			y.Batches = append(slices.Clip(x.Batches), a.Draws)
		}
	}
	return m, true
}

// tickSensitivity brings the table up to date with what came since the last.
func (m *Model) tickSensitivity(now int64) {
	if m.Project == nil || m.Project.Checks == nil || !m.Project.Checks.Active || m.Project.Checks.Result == nil {
		return
	}
	p := m.project()
	r := *p.Checks
	p.Checks = &r
	if r.Started == 0 {
		r.Started = now
	}
	r.Now = now
	if r.stale {
		r.Result, r.stale = analysis.AssembleSensitivity(r.Run), false
	}
}

// SecondsLeft extrapolates from what came since the start; negative while
// there is nothing to go by.
func (r *SensitivityRun) SecondsLeft() float64 {
	done, target := r.Run.Done()
	fresh := done - r.Base
	if fresh <= 0 || r.Now <= r.Started {
		return -1
	}
	return float64(target-done) / float64(fresh) * float64(r.Now-r.Started) / 1000
}

// wholeResult is the outcomes' result with what was run beside it.
func (p *Project) wholeResult() *analysis.Result {
	r := *p.Run.Result
	if p.Checks != nil && !p.SensitivityOutdated() {
		r.Sensitivity = p.Checks.Result
	}
	if p.Few != nil && !p.Few.Active && !p.Few.Stopped && !p.FewOutdated() {
		r.Few = p.Few.Run.Results(p.fewMain())
	}
	return &r
}

// SensitivityTable is a table of the screen by its name: "people", "models" or
// "shift"; nil for none.
func (p *Project) SensitivityTable(name string) *report.Table {
	if p.Checks == nil || p.Checks.Result == nil {
		return nil
	}
	for _, t := range report.SensitivityTables(p.Checks.Result) {
		if t.File == "sensitivity-"+name {
			return t
		}
	}
	return nil
}

// exportSensitivity makes the figure that was asked for.
func (m Model) exportSensitivity(msg DownloadSensitivity) []Effect {
	p := m.Project
	if p.Checks == nil || p.Checks.Result == nil {
		return nil
	}
	outcome, visit := p.SensitivityShown()
	f, ok := report.SensitivityFigure(p.Checks.Result, outcome, visit, false, false)
	if msg.Figure == "tipping" {
		f, ok = report.ShiftFigure(p.Checks.Result, outcome, visit, false, false)
	}
	if !ok {
		return nil
	}
	name := fmt.Sprintf("%s %s %s %s", fileName(p.Name), msg.Figure, fileName(outcome), fileName(visit))
	if msg.Format == "png" {
		return []Effect{downloadPNG{name + ".png", f.SVG}}
	}
	return []Effect{download{name + ".svg", "image/svg+xml", []byte(f.SVG)}}
}

// SensitivityShown are the outcome and the visit of the figures: those chosen,
// or the first outcome (the primary one before others) at its last visit.
func (p *Project) SensitivityShown() (outcome, visit string) {
	r := p.Checks.Result
	at := 0
	for k, o := range r.Outcomes {
		if o.Outcome.Primary {
			at = k
		}
	}
	for k, o := range r.Outcomes {
		if o.Outcome.Variable == p.Checking.Outcome {
			at = k
		}
	}
	if at >= len(r.Outcomes) {
		return "", ""
	}
	o := r.Outcomes[at]
	for _, v := range o.Visits {
		if visit = v.Code; v.Code == p.Checking.Visit {
			break
		}
	}
	return o.Outcome.Variable, visit
}
