package state

import (
	"fmt"
	"slices"

	"trialbox/app/analysis"
	"trialbox/app/report"
)

// updateOptions changes which outcomes are analysed and how. Nothing runs
// until asked: the numbers on the screen keep saying which options they
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
		if onlyInterval(before, msg.Options) && p.Run != nil && !p.Run.outdated {
			return m.showInterval()
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
	return m.endRun(nil)
}

// onlyInterval: another kind of interval is another look at the same
// replicates, so nothing is run again.
func onlyInterval(a, b analysis.Options) bool {
	a.Interval = b.Interval
	return a == b
}

func (m Model) showInterval() (Model, []Effect) {
	p := m.project()
	run := *p.Run
	run.Options.Interval = p.Recipe.Options.Interval
	run.Result = analysis.Assemble(p.Trial, run.Options, run.All)
	p.Run = &run
	return m.changed(nil)
}

// batchReplicates are handed out at a time: about 50 ms of one worker at the
// size of the model paper's trial, so that rows move several times a second
// and Cancel loses little.
const batchReplicates = 250

// startRun plans every chosen outcome and hands out its work: all fits first,
// so that every row has an interval at once, then the replicates outcome by
// outcome, in the order of the table.
func (m Model) startRun() (Model, []Effect) {
	p := m.project()
	if p.Trial == nil {
		return m, nil
	}
	jobs := analysis.Plan(p.Trial, p.Recipe.Mapping, p.Recipe.Outcomes, p.Recipe.Options)
	if len(jobs) == 0 {
		m.Trouble = &Trouble{Title: "No outcome is chosen.", Text: "Choose at least one outcome in the options, then run."}
		return m, nil
	}
	target := p.Recipe.Options.Replicates
	if p.Recipe.Options.Resample == "none" {
		target = 0
	}
	var effects []Effect
	if p.Run != nil && p.Run.Active {
		effects = append(effects, cancelRun{p.Run.ID})
	}
	m.seq++
	run := &Run{ID: m.seq, Options: p.Recipe.Options, Active: true}
	var tasks []Task
	for _, j := range jobs {
		run.All = append(run.All, analysis.NewProgress(j, target))
		if j.Boot != nil {
			tasks = append(tasks, Task{Key: j.Key, Job: j.Boot})
		}
	}
	tasks = append(tasks, replicateTasks(run.All)...)
	run.Result = analysis.Assemble(p.Trial, run.Options, run.All)
	p.Run = run
	if p.View.Outcome == "" {
		p.View.Outcome = firstOutcome(jobs)
	}
	return m, append(effects, startRun{run.ID, tasks})
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

func replicateTasks(all []*analysis.Progress) []Task {
	var tasks []Task
	for _, q := range all {
		if q.Job.Boot == nil || q.Err != "" {
			continue
		}
		for _, gap := range q.Missing() {
			for from := gap[0]; from < gap[1]; from += batchReplicates {
				tasks = append(tasks, Task{Key: q.Job.Key, Job: q.Job.Boot, From: from, To: min(from+batchReplicates, gap[1])})
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
	run.ID, run.Active, run.Stopped, run.Started = m.seq, true, false, 0
	run.Base, _, _, _ = run.Done()
	var tasks []Task
	for _, q := range run.All {
		q.Stopped = false
		if q.Fit == nil && q.Job.Boot != nil && q.Err == "" {
			tasks = append(tasks, Task{Key: q.Job.Key, Job: q.Job.Boot})
		}
	}
	tasks = append(tasks, replicateTasks(run.All)...)
	run.Result = analysis.Assemble(p.Trial, run.Options, run.All)
	p.Run = run
	return m, []Effect{startRun{run.ID, tasks}}
}

// moreReplicates continues every outcome's sequence: replicate r is the same
// whether it came with the first run or later.
func (m Model) moreReplicates(more int) (Model, []Effect) {
	p := m.project()
	if p.Run == nil || p.Run.Active || p.Run.outdated {
		return m, nil
	}
	target := p.Recipe.Options.Replicates + more
	if target > analysis.MaxReplicates {
		m.Trouble = &Trouble{Title: "That is enough.", Text: fmt.Sprintf("An outcome takes at most %d replicates.", analysis.MaxReplicates)}
		return m, nil
	}
	p.Recipe.Options.Replicates = target
	run := copyRun(p.Run)
	run.Options = p.Recipe.Options
	for _, q := range run.All {
		q.Target = target
	}
	p.Run = run
	m, effects := m.changed(nil)
	next, moreEffects := m.resumeRun()
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
		return m, nil
	}
	run.stale = true
	run.All = slices.Clone(run.All)
	for i, q := range run.All {
		if q.Job.Key != a.Key {
			continue
		}
		next := *q
		switch {
		case a.Err != "":
			next.Err = a.Err
		case a.Fitted != nil:
			next.Fit, next.Contrasts = a.Fitted.Fit, a.Fitted.Contrasts
		case a.Batch != nil:
			next.Batches = append(slices.Clone(q.Batches), a.Batch)
		}
		run.All[i] = &next
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
	table := report.OutcomeTable(p.Run.Result)
	base := fileName(p.Name)
	switch msg := msg.(type) {
	case CopyTable:
		return []Effect{copyTable{table.HTML(), table.Plain()}}
	case DownloadTable:
		name, mime, body := report.TableFile(table, msg.Format)
		return []Effect{download{name: base + " " + name, mime: mime, body: body}}
	case DownloadFigure:
		svg := report.OutcomeFigure(p.Run.Result, msg.Variable)
		if svg == "" {
			return nil
		}
		name := base + " " + fileName(msg.Variable)
		if msg.Format == "png" {
			return []Effect{downloadPNG{name: name + ".png", svg: svg}}
		}
		return []Effect{download{name: name + ".svg", mime: "image/svg+xml", body: []byte(svg)}}
	}
	return nil
}
