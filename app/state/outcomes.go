package state

import (
	"fmt"
	"slices"
	"time"

	"trialbox/app/analysis"
	"trialbox/app/report"
)

// updateOptions changes which outcomes are analysed and how. Where a run was
// not stopped by hand, what depends on the change runs at once and the rest
// stays as it is; else the numbers on the screen keep saying which options they
// belong to.
func (m Model) updateOptions(msg Msg) (Model, []Effect) {
	p := m.project()
	switch msg := msg.(type) {
	case SetOptions:
		if err := msg.Options.Validate(); err != nil {
			m.Trouble = &Trouble{Title: "That option was not taken.", Text: sentence(err.Error())}
			return m, nil
		}
		before := p.Recipe.Options
		p.Recipe.Options = msg.Options
		if onlyShown(before, msg.Options) && p.Run != nil && !p.Run.outdated {
			return m.showAgain()
		}
	case SetOutcome:
		before := p.Recipe
		p.Recipe.Outcomes = slices.Clone(p.Recipe.Outcomes)
		for i := range p.Recipe.Outcomes {
			if p.Recipe.Outcomes[i].Variable == msg.Outcome.Variable {
				p.Recipe.Outcomes[i] = msg.Outcome
			}
		}
		if err := p.Recipe.Validate(); err != nil {
			p.Recipe = before
			m.Trouble = &Trouble{Title: "That was not taken.", Text: sentence(err.Error())}
			return m, nil
		}
	case ToggleOutcome:
		p.Recipe.Outcomes = slices.Clone(p.Recipe.Outcomes)
		for i := range p.Recipe.Outcomes {
			if p.Recipe.Outcomes[i].Variable == msg.Variable {
				p.Recipe.Outcomes[i].Chosen = msg.On
			}
		}
	case SetPrimary:
		p.Recipe.Outcomes = slices.Clone(p.Recipe.Outcomes)
		for i := range p.Recipe.Outcomes {
			p.Recipe.Outcomes[i].Primary = p.Recipe.Outcomes[i].Variable == msg.Variable
		}
	}
	follow := p.Run != nil && !p.Run.Stopped && !p.Run.outdated && p.anyChosen()
	if !follow {
		return m.endRun(nil)
	}
	p.Decided = true
	m.seq++
	p.follow = m.seq
	return m.changed([]Effect{after{followDelay, followChange{m.seq}}})
}

// followDelay gathers the changes of a moment into one run.
const followDelay = 300 * time.Millisecond

// followChange starts the run that the last change of the options asks for.
type followChange struct{ token int }

// followed goes after the last of several changes only.
func (m Model) followed(msg followChange) (Model, []Effect) {
	if m.Project.follow != msg.token || m.Project.Run == nil || m.Project.Run.outdated || !m.Project.anyChosen() {
		return m, nil
	}
	return m.startRun()
}

// onlyShown: another kind of interval, correction or effect size is another
// look at the same replicates, so nothing is run again.
func onlyShown(a, b analysis.Options) bool {
	if b.Interval == "bca" { // needs the jackknife
		return false
	}
	a.Interval, a.Multiplicity, a.Family, a.EffectSize = b.Interval, b.Multiplicity, b.Family, b.EffectSize
	return a == b
}

func (m Model) showAgain() (Model, []Effect) {
	p := m.project()
	run := *p.Run
	o := p.Recipe.Options
	run.Options.Interval, run.Options.Multiplicity, run.Options.Family, run.Options.EffectSize = o.Interval, o.Multiplicity, o.Family, o.EffectSize
	run.Result = analysis.Assemble(p.Trial, run.Options, run.All)
	p.Run = &run
	return m.changed(nil)
}

// batchReplicates are handed out at a time, 20 to 50 ms of one worker at the
// size of the model paper's trial, so that rows move several times a second
// and Cancel loses little; fewer where a replicate is integrated numerically.
const (
	batchReplicates = 500
	logitReplicates = 20
)

// startRun plans every chosen outcome and hands out its work: all fits first,
// so that every row has an interval at once, then the replicates outcome by
// outcome, in the order of the table. What the former run, or the kept
// project, holds of the same numbers is not computed again.
func (m Model) startRun() (Model, []Effect) {
	p := m.project()
	if p.Trial == nil {
		return m, nil
	}
	var before []*analysis.Progress
	var planned []*analysis.Job
	if p.Run != nil {
		before = p.Run.All
		for _, q := range before {
			planned = append(planned, q.Job)
		}
	}
	jobs := analysis.Replan(planned, p.Trial, p.Recipe.Mapping, p.Recipe.Outcomes, p.Recipe.Options)
	if len(jobs) == 0 {
		m.Trouble = &Trouble{Title: "No outcome is chosen.", Text: "Choose at least one outcome in the options, then run."}
		return m, nil
	}
	var effects []Effect
	if p.Run != nil && p.Run.Active {
		effects = append(effects, cancelRun{p.Run.ID})
	}
	m.seq++
	run := &Run{ID: m.seq, Options: p.Recipe.Options, All: analysis.StartAll(jobs, p.Recipe.Options, before, p.kept.Outcomes)}
	p.Run = run
	if p.View.Outcome == "" {
		p.View.Outcome = firstOutcome(jobs)
	}
	m, more := m.handOut(run)
	return m, append(effects, more...)
}

// handOut asks for what a run still lacks.
func (m Model) handOut(run *Run) (Model, []Effect) {
	run.Base, _, _, _ = run.Done()
	tasks := missingTasks(run.All, run.Options.Interval)
	run.Active, run.Stopped, run.Started = len(tasks) > 0, false, 0
	run.Result = analysis.Assemble(m.Project.Trial, run.Options, run.All)
	if !run.Active {
		return m, nil
	}
	return m, []Effect{startRun{run.ID, tasks}}
}

func (p *Project) anyChosen() bool {
	return slices.ContainsFunc(p.Recipe.Outcomes, func(o analysis.Outcome) bool { return o.Chosen })
}

func firstOutcome(jobs []*analysis.Job) string {
	for _, j := range jobs {
		if j.Outcome.Primary {
			return j.Outcome.Variable
		}
	}
	return jobs[0].Outcome.Variable
}

// missingTasks are the fits, then the replicates, that have not come yet.
func missingTasks(all []*analysis.Progress, interval string) []Task {
	var tasks []Task
	for _, q := range all {
		if q.Fit == nil && q.Job.Boot != nil && q.Err == "" {
			tasks = append(tasks, Task{Key: q.Job.Key, Job: q.Job.Boot})
		}
	}
	for _, q := range all {
		if q.Job.Boot == nil || q.Err != "" {
			continue
		}
		size := batchReplicates
		if q.Job.Outcome.Logit() {
			size = logitReplicates
		}
		for _, gap := range q.Missing(interval) {
			for from := gap[0]; from < gap[1]; from += size {
				tasks = append(tasks, Task{Key: q.Job.Key, Job: q.Job.Boot, From: from, To: min(from+size, gap[1])})
			}
		}
	}
	return tasks
}

// resumeRun goes on where Cancel stopped.
func (m Model) resumeRun() (Model, []Effect) {
	p := m.project()
	if p.Run == nil || p.Run.Active || p.Run.outdated {
		return m.startRun()
	}
	m.seq++
	run := copyRun(p.Run)
	run.ID = m.seq
	for _, q := range run.All {
		q.Stopped = false
	}
	p.Run = run
	return m.handOut(run)
}

// moreReplicates continues every outcome's sequence: replicate r is the same
// whether it came with the first run or later.
func (m Model) moreReplicates(more int) (Model, []Effect) {
	p := m.project()
	if p.Run == nil || p.Run.Active || p.Run.outdated {
		return m, nil
	}
	o := p.Recipe.Options
	o.Replicates, o.LogitReplicates = o.Replicates+more, o.LogitReplicates+more
	if max(o.Replicates, o.LogitReplicates) > analysis.MaxReplicates {
		m.Trouble = &Trouble{Title: "That is enough.", Text: fmt.Sprintf("An outcome takes at most %d replicates.", analysis.MaxReplicates)}
		return m, nil
	}
	p.Recipe.Options = o
	m, effects := m.changed(nil)
	next, moreEffects := m.startRun()
	return next, append(effects, moreEffects...)
}

// copyRun lets a run be changed without editing what the screen holds.
func copyRun(r *Run) *Run {
	c := *r
	c.All = make([]*analysis.Progress, len(r.All))
	for i, q := range r.All {
		p := *q
		c.All[i] = &p
	}
	return &c
}

// cancelRun stops at once and keeps every replicate that came back.
func (m Model) cancelRun() (Model, []Effect) {
	p := m.project()
	if p.Run == nil || !p.Run.Active {
		return m, nil
	}
	run := copyRun(p.Run)
	run.Active, run.Stopped = false, true
	for _, q := range run.All {
		q.Stopped = true
	}
	run.Result = analysis.Assemble(p.Trial, run.Options, run.All)
	p.Run = run
	return m, []Effect{cancelRun{run.ID}}
}

// answered files what a worker sent. The table is assembled at the next tick,
// not for every answer.
func (m Model) answered(a Answer) (Model, []Effect) {
	if m.Project.Run == nil || m.Project.Run.ID != a.Run || m.Project.Run.Stopped {
		return m, nil
	}
	p := m.project()
	run := *p.Run
	p.Run = &run
	if a.Done {
		run.Active = false
		run.Result = analysis.Assemble(p.Trial, run.Options, run.All)
		run.stale = false
		if p.Keep == InBrowser { // so that the numbers survive a reload
			return m.changed(nil)
		}
		return m, nil
	}
	run.stale = true
	run.All = slices.Clone(run.All)
	for i, q := range run.All {
		if q.Job.Key != a.Key {
			continue
		}
		run.All[i] = q.With(a.Fitted, a.Batch, a.Err)
	}
	return m, nil
}

// tick brings the table up to date with what came since the last one.
func (m Model) tick(now int64) (Model, []Effect) {
	if m.Project.Run == nil || !m.Project.Run.Active {
		return m, nil
	}
	p := m.project()
	run := *p.Run
	if run.Started == 0 {
		run.Started = now
	}
	run.Now = now
	if run.stale {
		run.Result = analysis.Assemble(p.Trial, run.Options, run.All)
		run.stale = false
	}
	p.Run = &run
	return m, nil
}

// export makes the file that was asked for out of the result on the screen.
func (m Model) export(msg Msg) []Effect {
	p := m.Project
	if _, ok := msg.(DownloadRecipe); ok {
		return []Effect{download{name: fileName(p.Name) + ".recipe.json", mime: "application/json", body: p.Recipe.JSON()}}
	}
	if p.Run == nil || p.Run.Result == nil {
		return nil
	}
	base := fileName(p.Name)
	shown := func() *report.Table {
		if t := p.FewTable(); t != nil && p.View.Tab == "few" {
			return t
		}
		return p.View.table(p.Run.Result)
	}
	switch msg := msg.(type) {
	case CopyTable:
		table := shown()
		return []Effect{copyTable{table.HTML(), table.Plain()}}
	case DownloadTable:
		table := shown()
		name, mime, body := report.TableFile(table, msg.Format)
		return []Effect{download{name: base + " " + name, mime: mime, body: body}}
	case DownloadFigure:
		return m.exportFigure(msg)
	}
	return nil
}

// table is the one that is shown.
func (v OutcomeView) table(r *analysis.Result) *report.Table {
	three, four := report.OutcomeTables(r)
	switch {
	case v.Tab == "table4" && v.Scales:
		return report.SecondaryScales(r)
	case v.Tab == "table4", three == 0 && four > 0:
		return report.SecondaryTable(r)
	}
	return report.OutcomeTable(r)
}
