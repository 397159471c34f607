package state

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"trialbox/app/dataset"
	"trialbox/app/report"
	"trialbox/app/trial"
)

// Building is a trial of so many rows that it is made beside the page, with
// its progress shown.
type Building struct {
	Share   float64 // from 0 to 1
	Stopped bool
	mapping trial.Mapping
	token   int // 0: not begun
	stop    *atomic.Bool
}

// Messages of a trial that is made beside the page.
type (
	// BuildProgress says how far it is.
	BuildProgress struct {
		Token int
		Share float64
	}
	// Built brings it, or why there is none.
	Built struct {
		Token int
		Trial *trial.Trial
		Err   error
	}
	// StopBuild leaves the project without a trial until BuildAgain.
	StopBuild  struct{}
	BuildAgain struct{}
)

// Effects of the same.
type (
	buildTrial struct {
		token   int
		dataset *dataset.Dataset
		mapping trial.Mapping
		stop    *atomic.Bool
	}
	stopBuild struct{ stop *atomic.Bool }
)

// heavyCells are looked at in about a tenth of a second in a browser: the time
// that may pass between a key and what is seen of it.
const heavyCells = 500_000

// heavy reports whether the trial of a mapping takes longer than may be waited
// for: every row is looked at for its roles and for the items of every
// instrument.
func (p *Project) heavy(m trial.Mapping) bool {
	cells := 10
	for _, u := range m.Instruments {
		cells += len(u.Items)
	}
	return p.Dataset.Rows*cells > heavyCells
}

// wait leaves the project without a trial while it is made.
func (p *Project) wait(m trial.Mapping) {
	p.Trial = nil
	p.TrialErr = fmt.Sprintf("It is being put together from %s rows.", report.Count(p.Dataset.Rows))
	p.Building = &Building{mapping: m, stop: new(atomic.Bool)}
}

// startBuild begins what an update left to be built, and stops what was being
// built for the project before.
func (m Model) startBuild(before *Project, effects []Effect) (Model, []Effect) {
	if before != nil && before.Building != nil && (m.Project == nil || m.Project.Building == nil || m.Project.Building.token != before.Building.token) {
		effects = append(effects, stopBuild{before.Building.stop})
	}
	if m.Project == nil || m.Project.Building == nil || m.Project.Building.token != 0 {
		return m, effects
	}
	m.seq++
	p := m.project()
	b := *p.Building
	b.token = m.seq
	p.Building = &b
	return m, append(effects, buildTrial{b.token, p.Dataset, b.mapping, b.stop})
}

func (m Model) updateBuild(msg Msg) (Model, []Effect) {
	b := m.Project.Building
	if b == nil {
		return m, nil
	}
	switch msg := msg.(type) {
	case BuildProgress:
		if msg.Token == b.token && !b.Stopped {
			next := *b
			next.Share = msg.Share
			m.project().Building = &next
		}
	case Built:
		if msg.Token != b.token || b.Stopped || errors.Is(msg.Err, trial.ErrStopped) {
			return m, nil
		}
		p := m.project()
		p.Building = nil
		p.built(msg.Trial, msg.Err)
		return m.visit(m.Screen)
	case StopBuild:
		next := *b
		next.Stopped = true
		p := m.project()
		p.Building, p.TrialErr = &next, "You stopped it while it was being put together."
		return m, []Effect{stopBuild{b.stop}}
	case BuildAgain:
		m.project().rebuild()
	}
	return m, nil
}

// The page is given a moment to draw the table before the building begins, and
// after each turn of it.
const (
	buildWait  = 50 * time.Millisecond
	buildTurn  = 40 * time.Millisecond
	buildPause = 2 * time.Millisecond
)

func build(ctx context.Context, e buildTrial, send func(Msg)) Built {
	time.Sleep(buildWait)
	turn := time.Now()
	t, err := trial.BuildWith(e.dataset, e.mapping, func(share float64) bool {
		if time.Since(turn) > buildTurn {
			send(BuildProgress{e.token, share})
			time.Sleep(buildPause)
			turn = time.Now()
		}
		return !e.stop.Load() && ctx.Err() == nil
	})
	return Built{Token: e.token, Trial: t, Err: err}
}

// buildable is the mapping without the instruments whose columns or coding are
// not known yet.
func (p *Project) buildable() trial.Mapping {
	m := p.Recipe.Mapping
	open := p.unanswered()
	m.Instruments = slices.DeleteFunc(slices.Clone(m.Instruments), func(u trial.Use) bool {
		return unmapped(u) || slices.ContainsFunc(open, func(q Question) bool { return q.Instrument == u.Instrument })
	})
	return m
}
