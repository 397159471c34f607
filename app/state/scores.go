package state

import (
	"slices"

	"trialbox/app/instrument"
	"trialbox/app/trial"
)

// updateScoring changes how questionnaires are scored.
func (m Model) updateScoring(msg Msg) (Model, []Effect) {
	before := m
	p := m.project()
	p.Recipe.Mapping.Instruments = slices.Clone(p.Recipe.Mapping.Instruments)
	switch msg := msg.(type) {
	case SetPolicy:
		if u := p.use(msg.Instrument); u != nil {
			u.Policy = with(u.Policy, msg.Scale, msg.Rule)
		}
	case SetCoding:
		if u := p.use(msg.Instrument); u != nil {
			u.Coding = with(u.Coding, msg.Item, msg.Coding)
		}
		p.Questions = slices.Clone(p.Questions)
		for i, q := range p.Questions {
			if q.Instrument == msg.Instrument && q.Item == msg.Item {
				p.Questions[i].Answer = msg.Coding
			}
		}
	case SetValueSet:
		if u := p.use(msg.Instrument); u != nil {
			u.Set = msg.Set
		}
	case ToggleInstrument:
		p.toggleInstrument(msg)
	}
	p.rebuild()
	if p.TrialErr != "" && before.Project.TrialErr == "" { // a rule the instrument does not have
		before.Trouble = &Trouble{Title: "That was not taken.", Text: p.TrialErr}
		return before, nil
	}
	return m.endRun(nil)
}

// toggleInstrument leaves an instrument out, or takes it in again as it was
// first recognised.
func (p *Project) toggleInstrument(msg ToggleInstrument) {
	list := &p.Recipe.Mapping.Instruments
	*list = slices.DeleteFunc(*list, func(u trial.Use) bool { return u.Instrument == msg.Instrument })
	if !msg.On {
		return
	}
	found, _ := understand(p.Dataset)
	for _, u := range found.Instruments {
		if u.Instrument == msg.Instrument {
			*list = append(*list, u)
		}
	}
}

// Library is the instruments of the project: the built-in ones and its own.
// Own definitions that are not sound are left out; Build says what is wrong.
func (p *Project) Library() instrument.Library {
	lib, _ := p.Recipe.Mapping.Library()
	return lib
}
