package state

import (
	"slices"

	"trialbox/app/analysis"
	"trialbox/app/dataset"
	"trialbox/app/instrument"
	"trialbox/app/trial"
)

// understand makes the first mapping of a file: roles and instruments by name,
// each with its reason. No
// covariate is chosen: which ones belong in the model is the trial's protocol.
func understand(d *dataset.Dataset) (trial.Mapping, []trial.Reason) {
	m, reasons := trial.Guess(d)
	m.Covariates = nil
	return m, reasons
}

// questionsOf asks about every item whose coding its name does not tell. An
// answer the recipe holds, or the only one the answers in the file leave, is
// given and can be changed.
func questionsOf(d *dataset.Dataset, m trial.Mapping) []Question {
	var out []Question
	lib, err := m.Library()
	if err != nil { // said by Build
		return nil
	}
	for _, u := range m.Instruments {
		match := lib.Check(instrument.Match{Instrument: u.Instrument, Items: u.Items, Doubt: u.Doubt}, func(column string) instrument.Seen { return trial.Seen(d, m, column) })
		for _, q := range match.Questions {
			answer := u.Answered(q)
			if answer == "" {
				answer = q.Suggest
			}
			out = append(out, Question{Instrument: u.Instrument, Question: q, Answer: answer})
		}
	}
	return out
}

func with(m map[string]string, key, value string) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		out[k] = v
	}
	if value == "" {
		delete(out, key)
	} else {
		out[key] = value
	}
	return out
}

// unanswered are the questions that keep an instrument from being scored.
func (p *Project) unanswered() []Question {
	var out []Question
	for _, q := range p.Questions {
		if q.Answer == "" && p.use(q.Instrument) != nil {
			out = append(out, q)
		}
	}
	return out
}

// Unanswered lists the open questions.
func (p *Project) Unanswered() []Question { return p.unanswered() }

func (p *Project) use(id string) *trial.Use {
	for i := range p.Recipe.Mapping.Instruments {
		if p.Recipe.Mapping.Instruments[i].Instrument == id {
			return &p.Recipe.Mapping.Instruments[i]
		}
	}
	return nil
}

// rebuild makes the trial of the present mapping. An instrument with an open
// question is left unscored, never guessed.
func (p *Project) rebuild() {
	m := p.buildable()
	p.Building = nil
	if p.heavy(m) {
		p.wait(m)
		return
	}
	p.built(trial.Build(p.Dataset, m))
}

// built takes over the trial, or why there is none.
func (p *Project) built(t *trial.Trial, err error) {
	if err != nil {
		p.Trial, p.TrialErr = nil, sentence(err.Error())
		p.joinUnits()
		p.sortFindings()
		return
	}
	m := p.Recipe.Mapping
	p.Trial, p.TrialErr, p.scored, p.Few = t, "", &scored{}, nil
	p.before = &before{}
	p.Candidates = trial.CovariateCandidates(t)
	p.joinUnits()
	p.sortFindings()
	p.Recipe.Outcomes = analysis.ProposeOutcomes(t, m, p.Recipe.Outcomes)
	if p.Run != nil {
		run := *p.Run
		run.outdated = true
		p.Run = &run
	}
}

// updateData changes what the columns are in the trial.
func (m Model) updateData(msg Msg) (Model, []Effect) {
	p := m.project()
	mapping := &p.Recipe.Mapping
	switch msg := msg.(type) {
	case ConfirmRoles:
		for _, r := range p.Doubts() {
			p.settle(r.Field)
		}
		return m.changed(nil)
	case SetRole:
		setRole(p, msg.Role, msg.Column)
		p.settle(msg.Role)
	case SetArm:
		p.settle("control")
		mapping.Control, mapping.Intervention = msg.Control, msg.Intervention
	case SetVisit:
		p.settle("visits")
		if msg.Index >= 0 && msg.Index < len(mapping.Visits) {
			mapping.Visits = slices.Clone(mapping.Visits)
			mapping.Visits[msg.Index] = msg.Visit
		}
	case SetPattern:
		next, err := trial.WithPattern(p.Dataset, *mapping, msg.Pattern)
		if err != nil {
			m.Trouble = &Trouble{Title: "That pattern was not used.", Text: sentence(err.Error())}
			return m, nil
		}
		*mapping = next
		p.ask()
	case ToggleCovariate:
		mapping.Covariates = toggle(mapping.Covariates, msg)
	case AddDerived:
		mapping.Derived = append(slices.Clip(mapping.Derived), msg.Derived)
	case RemoveDerived:
		mapping.Derived = slices.DeleteFunc(slices.Clone(mapping.Derived), func(d trial.Derived) bool { return d.Name == msg.Name })
	case AddVisit, RemoveVisit, MoveVisit:
		p.settle("visits")
		p.updateVisits(msg)
	}
	p.rebuild()
	return m.endRun(nil)
}

// doubtful are the roles a trial rests on; a guess of one that is not sure is
// shown until the analyst has looked at it.
var doubtful = []string{"unit", "patient", "arm", "control", "visit", "visits", "shape"}

// Doubts are the guesses to be looked at.
func (p *Project) Doubts() []trial.Reason {
	var out []trial.Reason
	for _, r := range p.Reasons {
		if !r.Sure && slices.Contains(doubtful, r.Field) {
			out = append(out, r)
		}
	}
	return out
}

// settle takes a guess as looked at.
func (p *Project) settle(field string) {
	p.Reasons = slices.Clone(p.Reasons)
	for i := range p.Reasons {
		if p.Reasons[i].Field == field {
			p.Reasons[i].Sure = true
		}
	}
}

// setRole gives a column a role. One column has one role; the roles that only
// one column can have move.
func setRole(p *Project, role, column string) {
	m := &p.Recipe.Mapping
	single := map[string]*string{"unit": &m.Unit, "patient": &m.Patient, "arm": &m.Arm, "visit": &m.Visit, "arm_randomised": &m.Randomised, "stratum": &m.Stratum, "visit_date": &m.VisitDate, "consent_date": &m.ConsentDate}
	for _, have := range single {
		if *have == column {
			*have = ""
		}
	}
	m.Outcomes = without(m.Outcomes, column)
	m.Covariates = slices.DeleteFunc(slices.Clone(m.Covariates), func(c trial.Covariate) bool { return c.Column == column })
	switch target, ok := single[role]; {
	case ok:
		*target = column
		trial.Complete(p.Dataset, m, role)
	case role == "outcome":
		m.Outcomes = append(m.Outcomes, column)
		p.chooseOutcome(column)
	case role == "covariate":
		m.Covariates = append(m.Covariates, trial.Covariate{Column: column})
	}
}

// chooseOutcome takes a column into the table because the analyst said so,
// whatever its values are; what cannot be run says why in its row.
func (p *Project) chooseOutcome(column string) {
	known := slices.ContainsFunc(p.Recipe.Outcomes, func(o analysis.Outcome) bool { return o.Variable == column })
	if known || p.Trial == nil {
		return
	}
	if v := p.Trial.Variable(column); v != nil {
		p.Recipe.Outcomes = append(slices.Clone(p.Recipe.Outcomes), analysis.NewOutcome(v))
	}
}

func toggle(list []trial.Covariate, msg ToggleCovariate) []trial.Covariate {
	list = slices.DeleteFunc(slices.Clone(list), func(c trial.Covariate) bool { return c.Column == msg.Column })
	if msg.On {
		list = append(list, trial.Covariate{Column: msg.Column, Factor: msg.Factor, Baseline: msg.Baseline})
	}
	return list
}

// endRun stops a run whose numbers no longer belong to what is on the screen;
// what was computed stays visible and is marked.
func (m Model) endRun(effects []Effect) (Model, []Effect) {
	p := m.project()
	p.Decided = true
	if p.Run != nil {
		run := *p.Run
		run.outdated = true
		if run.Active {
			effects = append(effects, cancelRun{run.ID})
		}
		p.Run = &run
	}
	return m.changed(effects)
}
