package state

import (
	"fmt"
	"reflect"
	"slices"

	"trialbox/app/design"
	"trialbox/stats/power"
)

// Simulation is a power by simulated trials on its way through the workers.
type Simulation struct {
	ID      int
	Job     *power.Job
	Truth   float64 // what the estimates should lie about
	Target  int
	Batches []*power.Batch
	Summary power.Summary // of the last tick
	Active  bool
	Stopped bool
	Err     string
	Started int64 // milliseconds, for the time left
	Now     int64
	Base    int // trials already there when the run started
	stale   bool
}

// What a person does with it.
type (
	Simulate         struct{}
	CancelSimulation struct{}
	ResumeSimulation struct{}
	MoreTrials       struct{ More int }
)

// simulate starts over with the plan on the screen.
func (m Model) simulate() (Model, []Effect) {
	c, _ := m.Choices()
	job, trials, wrong := c.Simulation(m.Plan.Answer)
	m.Plan.Wrong = wrong
	if job == nil {
		return m, nil
	}
	effects := m.endSimulation()
	m.seq++
	m.Plan.Sim = &Simulation{ID: m.seq, Job: job, Truth: power.Truth(job), Target: trials, Active: true, Summary: power.Summarize(job, nil)}
	return m, append(effects, startRun{m.seq, m.Plan.Sim.tasks()})
}

// endSimulation ends one that runs, before another or none takes its place.
func (m *Model) endSimulation() []Effect {
	if s := m.Plan.Sim; s != nil && s.Active {
		return []Effect{cancelRun{s.ID}}
	}
	return nil
}

// resumeSimulation goes on where Cancel stopped, or with more trials of the
// same sequence.
func (m Model) resumeSimulation(more int) (Model, []Effect) {
	old := m.Plan.Sim
	if old == nil || old.Active {
		return m, nil
	}
	if old.Target+more > design.MaxTrials {
		m.Trouble = &Trouble{Title: "That is enough.", Text: fmt.Sprintf("A simulation takes at most %d trials.", design.MaxTrials)}
		return m, nil
	}
	m.seq++
	s := *old
	s.ID, s.Target, s.Active, s.Stopped, s.Err, s.Started, s.Base = m.seq, old.Target+more, true, false, "", 0, old.Summary.Trials
	m.Plan.Sim = &s
	return m, []Effect{startRun{s.ID, s.tasks()}}
}

// cancelSimulation stops at once and keeps every trial that came back.
func (m Model) cancelSimulation() (Model, []Effect) {
	effects := m.endSimulation()
	if effects != nil {
		s := *m.Plan.Sim
		s.Active, s.Stopped = false, true
		s.Summary = power.Summarize(s.Job, s.Batches)
		m.Plan.Sim = &s
	}
	return m, effects
}

// tasks are the trials that are still missing, in pieces of about 50 ms of a
// worker at the size of the model paper's trial.
func (s *Simulation) tasks() []Task {
	piece := 50
	if s.Job.Bootstrap > 0 {
		piece = 5
	}
	if s.Job.Family != power.Linear {
		piece = max(1, piece/25)
	}
	sorted := slices.Clone(s.Batches)
	slices.SortFunc(sorted, func(a, b *power.Batch) int { return a.From - b.From })
	var tasks []Task
	add := func(from, to int) {
		for ; from < to; from += piece {
			tasks = append(tasks, Task{Key: "simulation", Plan: s.Job, From: from, To: min(from+piece, to)})
		}
	}
	next := 0
	for _, b := range sorted {
		add(next, b.From)
		next = max(next, b.From+b.N)
	}
	add(next, s.Target)
	return tasks
}

// Outdated reports that the plan on the screen is no longer the one simulated.
func (m Model) SimulationOutdated() bool {
	s := m.Plan.Sim
	if s == nil {
		return false
	}
	c, _ := m.Choices()
	job, _, _ := c.Simulation(m.Plan.Answer)
	return job == nil || !reflect.DeepEqual(job, s.Job)
}

// SecondsLeft extrapolates from the trials of this start; negative while there
// is nothing to go by.
func (s *Simulation) SecondsLeft() float64 {
	fresh := s.Summary.Trials - s.Base
	if fresh <= 0 || s.Now <= s.Started {
		return -1
	}
	return float64(s.Target-s.Summary.Trials) / float64(fresh) * float64(s.Now-s.Started) / 1000
}

// Working reports a run whose numbers move on the screen: the page then ticks.
func (m Model) Working() bool {
	return m.Project != nil && m.Project.Run != nil && m.Project.Run.Active || m.Plan.Sim != nil && m.Plan.Sim.Active ||
		m.Project != nil && m.Project.Checks != nil && m.Project.Checks.Active
}

// answeredDesign files what the workers sent for this screen; ok is false for
// an answer of another run.
func (m Model) answeredDesign(a Answer) (next Model, ok bool) {
	if a.Run == m.Plan.taking {
		if seen := m.Plan.Observed; seen != nil && a.Fitted != nil {
			m.Plan.Observed = seen.With(a.Fitted.Fit)
		} else if seen != nil && a.Err != "" {
			failed := *seen
			failed.Err = sentence(a.Err)
			m.Plan.Observed = &failed
		}
		if a.Done {
			m.Plan.taking = 0
		}
		return m, true
	}
	if m.Plan.Sim == nil || a.Run != m.Plan.Sim.ID {
		return m, false
	}
	s := *m.Plan.Sim
	m.Plan.Sim = &s
	switch {
	case s.Stopped:
	case a.Done:
		s.Active = false
		s.Summary = power.Summarize(s.Job, s.Batches)
		s.Stopped = s.Summary.Trials < s.Target
	case a.Err != "":
		s.Err = sentence(a.Err)
	case a.Trials != nil:
		s.Batches, s.stale = append(slices.Clip(s.Batches), a.Trials), true
	}
	return m, true
}

// tickDesign brings the numbers up to date with what came since the last one.
func (m *Model) tickDesign(now int64) {
	if m.Plan.Sim == nil || !m.Plan.Sim.Active {
		return
	}
	s := *m.Plan.Sim
	m.Plan.Sim = &s
	if s.Started == 0 {
		s.Started = now
	}
	s.Now = now
	if s.stale {
		s.Summary, s.stale = power.Summarize(s.Job, s.Batches), false
	}
}

// takeICC asks a worker for the model behind an intraclass correlation.
func (m Model) takeICC(msg TakeICC) (Model, []Effect) {
	if m.Project == nil || m.Project.Trial == nil {
		return m, nil
	}
	seen, job := design.ObserveICC(m.Project.Trial, msg.Variable, msg.Label, msg.Visit)
	m.Plan.Observed, m.Plan.taking = seen, 0
	if job == nil {
		return m, nil
	}
	m.seq++
	m.Plan.taking = m.seq
	return m, []Effect{startRun{m.seq, []Task{{Key: "icc", Job: job, Ahead: true}}}}
}

// Taking reports that the fit of an ICC is on its way.
func (d DesignView) Taking() bool { return d.taking != 0 }
