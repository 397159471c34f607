package state

import (
	"context"
	"time"

	"trialbox/app/dataset"
	"trialbox/app/design"
	"trialbox/app/trial"
)

// Drawn is a list of allocated units.
type Drawn struct {
	Log   *design.Log
	List  []byte // the CSV
	Notes []string
	From  design.Allocation // what it was drawn with
	Read  string            // name of the log it was read from instead; "" for none
}

// What a person does to allocate.
type (
	UseTrialUnits struct{} // the units of the open trial
	UseUnitsFile  struct{} // the project's units file
	DrawUnits     struct{}
)

// unitsListRead is a units file that was read to be allocated.
type unitsListRead struct {
	name    string
	dataset *dataset.Dataset
	err     error
}

type readUnitsList struct{ source Blob }

// logRead is the log of an allocation that was drawn again.
type logRead struct {
	name  string
	drawn *Drawn
	err   error
}

type readLog struct{ source Blob }

func (w World) readLog(ctx context.Context, source Blob) logRead {
	out := logRead{name: source.Name()}
	if source.Size() > maxBeside {
		out.err = tooLarge(source)
		return out
	}
	body, err := readAll(ctx, source)
	if err == nil {
		out.drawn = &Drawn{Read: out.name}
		out.drawn.Log, out.drawn.List, err = design.ReadLog(out.name, body)
	}
	out.err = err
	return out
}

func (w World) readUnitsList(ctx context.Context, source Blob) unitsListRead {
	out := unitsListRead{name: source.Name()}
	if source.Size() > maxBeside {
		out.err = tooLarge(source)
		return out
	}
	out.dataset, out.err = w.Engine.Read(ctx, source, dataset.Options{}, func(int64) {})
	return out
}

// takeUnits puts a units file on the screen. Columns chosen before stay chosen
// where the file has them; without any, the providers are the strata, as in
// the model paper.
func (m *Model) takeUnits(d *dataset.Dataset) {
	m.Plan.Units, m.Plan.Drawn, m.Plan.Refused, m.Plan.drawing = d, nil, nil, 0
	c, _ := m.Choices()
	a := c.Allocation
	has := func(list []string) []string {
		var out []string
		for _, name := range list {
			if d.Column(name) != nil {
				out = append(out, name)
			}
		}
		return out
	}
	a.Strata, a.Balance = has(a.Strata), has(a.Balance)
	if d.Column(a.Unit) == nil {
		a.Unit = ""
	}
	if a.Strata == nil {
		if g, _ := trial.GuessUnits(d); g.Stratum != "" {
			a.Strata = []string{g.Stratum}
		}
	}
	c.Allocation = a
	if m.Project == nil || m.Project.Recipe.Design == nil {
		m.Plan.Choices = c
		return
	}
	p := m.project()
	p.Recipe.Design = &c
}

// drawUnits has the units on the screen allocated.
func (m Model) drawUnits() (Model, []Effect) {
	c, _ := m.Choices()
	if m.Plan.Units == nil {
		m.Plan.Refused = design.Problems{"units": "Choose a units file first."}
		return m, nil
	}
	m.seq++
	m.Plan.drawing = m.seq
	return m, []Effect{drawUnits{m.seq, m.Plan.Units, c.Allocation}}
}

// Drawing reports that a list is being drawn.
func (d DesignView) Drawing() bool { return d.drawing != 0 }

type drawUnits struct {
	token int
	units *dataset.Dataset
	from  design.Allocation
}

type unitsDrawn struct {
	token int
	drawn *Drawn // nil when it was refused
	wrong design.Problems
}

// turn is how long the drawing keeps the page's only thread before it lets it
// answer a person.
const turn = 30 * time.Millisecond

func (e drawUnits) perform() unitsDrawn {
	began := time.Now()
	log, list, notes, wrong := e.from.Draw(e.units, func() {
		if time.Since(began) > turn {
			time.Sleep(time.Millisecond)
			began = time.Now()
		}
	})
	out := unitsDrawn{token: e.token, wrong: wrong}
	if log != nil {
		out.drawn = &Drawn{Log: log, List: list, Notes: notes, From: e.from}
	}
	return out
}
