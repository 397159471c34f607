package state

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"trialbox/app/analysis"
	"trialbox/app/dataset"
	"trialbox/app/trial"
)

// What a person does to how columns are read.
type (
	// SetColumnRule replaces the rule of columns; the zero rule takes it back.
	SetColumnRule struct {
		Columns []string
		Rule    dataset.ColumnRule
	}
	Undo struct{}
	Redo struct{}
	// AddVisit takes a code of the visit column, or of a wide name, as a visit.
	AddVisit    struct{ Code string }
	RemoveVisit struct{ Index int }
	// AddDerived makes a variable of others; RemoveDerived takes it back.
	AddDerived    struct{ Derived trial.Derived }
	RemoveDerived struct{ Name string }
	MoveVisit     struct{ Index, By int }
)

// reinterpret understands the table anew by the recipe's rules and the
// decisions about its rows.
func (p *Project) reinterpret() {
	p.Dataset = p.Dataset.With(p.Recipe.Reading.DatasetOptions(), p.Decisions)
	p.Recipe.Data = analysis.NameData(p.Dataset)
	p.ask()
	p.followArms()
}

// followArms finds the arms anew when the rules changed what they are called.
func (p *Project) followArms() {
	m := &p.Recipe.Mapping
	arm := p.Dataset.Column(m.Arm)
	if arm == nil {
		return
	}
	if !arm.HasValue(m.Control) || !arm.HasValue(m.Intervention) {
		trial.Complete(p.Dataset, m, "arm")
	}
}

// updateRules changes how columns are read.
func (m Model) updateRules(msg Msg) (Model, []Effect) {
	p := m.project()
	switch msg := msg.(type) {
	case SetColumnRule:
		p.Recipe.Reading.Columns = withRule(p.Recipe.Reading.Columns, msg)
		p.reinterpret()
	case SetReading:
		if !msg.Reading.SameFile(p.Recipe.Reading) {
			return m.reread(msg.Reading)
		}
		p.Recipe.Reading = msg.Reading
		p.reinterpret()
	}
	p.rebuild()
	return m.endRun(nil)
}

func withRule(rules map[string]dataset.ColumnRule, msg SetColumnRule) map[string]dataset.ColumnRule {
	out := maps.Clone(rules)
	if out == nil {
		out = map[string]dataset.ColumnRule{}
	}
	for _, name := range msg.Columns {
		if reflect.DeepEqual(msg.Rule, dataset.ColumnRule{}) {
			delete(out, name)
		} else {
			out[name] = msg.Rule
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// reread reads the file again with other rules, keeping the decisions.
func (m Model) reread(r analysis.Reading) (Model, []Effect) {
	next := *m.Project
	next.Recipe.Reading = r
	next.remember(editName(SetReading{}), m.Project)
	return m.readAgain(&next)
}

// readAgain reads the file of the open project into another state of it.
func (m Model) readAgain(next *Project) (Model, []Effect) {
	p := m.Project
	next.Run = nil
	return m.open(p.Source.Name(), p.Source.Size(), func(token int) Effect {
		return readData{token: token, source: p.Source, opt: next.readOptions(), into: next}
	})
}

// updateVisits changes the list of visits.
func (p *Project) updateVisits(msg Msg) {
	list := &p.Recipe.Mapping.Visits
	*list = slices.Clone(*list)
	switch msg := msg.(type) {
	case AddVisit:
		*list = trial.WithVisit(*list, strings.TrimSpace(msg.Code))
	case RemoveVisit:
		if msg.Index >= 0 && msg.Index < len(*list) {
			gone := (*list)[msg.Index].Code
			*list = slices.Delete(*list, msg.Index, msg.Index+1)
			p.Recipe.Mapping.Wide = slices.DeleteFunc(slices.Clone(p.Recipe.Mapping.Wide), func(w trial.WideColumn) bool { return w.Visit == gone })
		}
	case MoveVisit:
		to := msg.Index + msg.By
		if msg.Index >= 0 && msg.Index < len(*list) && to >= 0 && to < len(*list) {
			(*list)[msg.Index], (*list)[to] = (*list)[to], (*list)[msg.Index]
		}
	}
}
