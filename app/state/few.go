package state

import (
	"fmt"
	"reflect"
	"slices"

	"trialbox/app/analysis"
	"trialbox/app/fewclusters"
	"trialbox/app/report"
)

// Few is the comparison of methods for few units on its way.
type Few struct {
	ID      int
	Run     *analysis.FewRun
	Visit   int // index into the plan's visits
	Active  bool
	Stopped bool
}

// What a person does with it.
type (
	CompareMethods struct{ Variable string }
	StopComparing  struct{}
	ShowFewVisit   struct{ Index int }
)

// fewBatch is how many draws a task of the comparison has.
const fewBatch = 500

func (m Model) updateFew(msg Msg) (Model, []Effect) {
	p := m.project()
	switch msg := msg.(type) {
	case CompareMethods:
		return m.compare(msg.Variable)
	case StopComparing:
		if p.Few != nil && p.Few.Active {
			few := *p.Few
			few.Active, few.Stopped = false, true
			p.Few = &few
			return m, []Effect{cancelRun{few.ID}}
		}
	case ShowFewVisit:
		if p.Few != nil && msg.Index >= 0 && msg.Index < len(p.Few.Run.Plan.Visits) {
			few := *p.Few
			few.Visit = msg.Index
			p.Few = &few
		}
	}
	return m, nil
}

// spec is the analysis of an outcome as the recipe has it now.
func (p *Project) spec(variable string) (analysis.Spec, bool) {
	for _, s := range analysis.Specs(p.Recipe.Mapping, p.Recipe.Outcomes, p.Recipe.Options) {
		if s.Outcome.Variable == variable {
			return s, true
		}
	}
	return analysis.Spec{}, false
}

func (m Model) compare(variable string) (Model, []Effect) {
	p := m.project()
	s, ok := p.spec(variable)
	if p.Trial == nil || !ok {
		return m, nil
	}
	var effects []Effect
	if p.Few != nil && p.Few.Active {
		effects = append(effects, cancelRun{p.Few.ID})
	}
	if asked := p.Recipe.FewClusters.Asking(variable, p.Recipe.Outcomes); asked != p.Recipe.FewClusters {
		p.Recipe.FewClusters = asked // so that `run` writes it too
		m, effects = m.changed(effects)
		p = m.project()
	}
	m.seq++
	plan := analysis.PlanFew(p.Trial, p.Recipe.Mapping, s, p.allocated(), p.Recipe.FewClusters)
	few := &Few{ID: m.seq, Run: &analysis.FewRun{Plan: plan}, Visit: max(len(plan.Visits)-1, 0), Active: plan.Err == ""}
	p.Few = few
	if plan.Err != "" {
		return m, effects
	}
	var tasks []Task
	for _, k := range plan.Kinds { // the fits first, so that most lines stand at once
		if k.Job != nil {
			tasks = append(tasks, Task{Key: k.Key, Job: k.Job, Ahead: true})
		}
	}
	for _, k := range plan.Kinds {
		for from := 0; k.Job != nil && from < k.Replicates; from += fewBatch {
			tasks = append(tasks, Task{Key: k.Key, Job: k.Job, From: from, To: min(from+fewBatch, k.Replicates), Ahead: true})
		}
	}
	return m, append(effects, startRun{few.ID, tasks})
}

// recallFew shows the comparison that was kept, if all of it is there.
func (m Model) recallFew() Model {
	s, ok := m.Project.spec(m.Project.kept.Compared)
	p := m.project()
	if ok {
		plan := analysis.PlanFew(p.Trial, p.Recipe.Mapping, s, p.allocated(), p.Recipe.FewClusters)
		run := &analysis.FewRun{Plan: plan}
		if visit := p.kept.Visit; plan.Err == "" && visit < len(plan.Visits) && p.kept.RecallFew(run) {
			m.seq++
			p.Few = &Few{ID: m.seq, Run: run, Visit: visit}
		}
	}
	if p.Few == nil {
		p.kept.Compared, p.kept.Methods = "", nil // of other choices
	}
	return m
}

// answeredFew files what the workers sent for the comparison; ok is false for
// an answer of another run.
func (m Model) answeredFew(a Answer) (Model, bool) {
	if m.Project == nil || m.Project.Few == nil || m.Project.Few.ID != a.Run {
		return m, false
	}
	p := m.project()
	few, run := *p.Few, *p.Few.Run
	if few.Stopped {
		return m, true
	}
	few.Run = &run
	p.Few = &few
	if a.Done {
		few.Active = false
		return m, true
	}
	k := slices.IndexFunc(run.Plan.Kinds, func(k analysis.FewJob) bool { return k.Key == a.Key })
	switch {
	case k < 0:
	case a.Err != "":
		run.Errs[k] = a.Err
	case a.Fitted != nil:
		run.Fits[k] = a.Fitted
		if a.Fitted.Methods != nil {
			run.Methods = a.Fitted.Methods
		}
	case a.Batch != nil:
		run.Batches[k] = append(slices.Clip(run.Batches[k]), a.Batch)
	}
	return m, true
}

// FewOutdated reports that the outcome or the options are others than those
// compared.
func (p *Project) FewOutdated() bool {
	plan := p.Few.Run.Plan
	s, ok := p.spec(plan.Spec.Outcome.Variable)
	asked := p.Recipe.FewClusters
	return !ok || !reflect.DeepEqual(s, plan.Spec) || asked != nil && (asked.Draws != plan.Asked.Draws || !slices.Equal(asked.Methods, plan.Asked.Methods))
}

// fewMain is the compared outcome in the table; nil while it is not there.
func (p *Project) fewMain() *analysis.OutcomeResult {
	if p.Run != nil && p.Run.Result != nil {
		for i := range p.Run.Result.Outcomes {
			if p.Run.Result.Outcomes[i].Outcome.Variable == p.Few.Run.Plan.Spec.Outcome.Variable {
				return &p.Run.Result.Outcomes[i]
			}
		}
	}
	return nil
}

// FewTable is the comparison as a table with its verdict; nil while there is
// nothing to compare.
func (p *Project) FewTable() *report.Table {
	if p.Few == nil || p.Few.Run.Plan.Err != "" || len(p.Few.Run.Methods) == 0 {
		return nil
	}
	plan := p.Few.Run.Plan
	lines := p.Few.Run.Lines(p.Few.Visit, p.fewMain())
	text, method := fewclusters.Verdict(lines, plan.Units, plan.Ways)
	if p.Few.Active {
		text, method = fmt.Sprintf("The verdict comes when all draws are in: %s.", p.fewDone()), ""
	}
	return report.FewTable(plan, p.Few.Visit, lines, text, method)
}

func (p *Project) fewDone() string {
	done, target := p.Few.Run.Done()
	return fmt.Sprintf("%s of %s", report.Count(done), report.Count(target))
}
