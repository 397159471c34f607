package state

import (
	"reflect"
	"slices"

	"trialbox/app/analysis"
	"trialbox/app/dataset"
	"trialbox/app/trial"
)

// maxEdits can be undone.
const maxEdits = 200

// edit is a step that can be undone: its name, and what was decided before it.
type edit struct {
	name string
	decided
}

// decided is all that an analyst decides about a project. Its parts are
// replaced and never edited, so that keeping them costs a few words.
type decided struct {
	recipe    analysis.Recipe
	decisions []dataset.Correction
	units     *UnitsFile
	reasons   []trial.Reason
	questions []Question
}

func (p *Project) decided() decided {
	return decided{p.Recipe, p.Decisions, p.Units, p.Reasons, p.Questions}
}

// editName names what a message changes, as an undo calls it; "" when it
// decides nothing.
func editName(msg Msg) string {
	switch msg := msg.(type) {
	case ConfirmRoles:
		return "confirming the roles"
	case SetRole:
		return "the role of " + msg.Column
	case SetArm:
		return "the arms"
	case SetVisit, AddVisit, RemoveVisit, MoveVisit:
		return "the visits"
	case SetPattern:
		return "the pattern of the column names"
	case SetReading:
		return "how the file is read"
	case SetColumnRule:
		if len(msg.Columns) == 1 {
			return "how " + msg.Columns[0] + " is read"
		}
		return "how the columns are read"
	case DecideRow:
		return map[dataset.Decision]string{dataset.CorrectCell: "the correction of a cell", dataset.ExcludeRow: "leaving a row out", dataset.AcceptAsIs: "accepting a finding"}[msg.Correction.Decision]
	case TakeBack:
		return "taking a decision back"
	case SetUnitsRole:
		return "a role in the units file"
	case RemoveUnits:
		return "removing the units file"
	case RemoveDictionary:
		return "removing the dictionary"
	case besideRead:
		return "adding " + msg.name
	case ToggleCovariate:
		return "the covariate " + msg.Column
	case AddDerived:
		return "making " + msg.Derived.Name
	case RemoveDerived:
		return "removing " + msg.Name
	case SetItem, MoveItem, FillItems, ClearItems, EndDrag:
		return "the columns of a questionnaire"
	case OwnSave, OwnDrop:
		return "a questionnaire of one's own"
	case AddInstrument:
		return "adding a questionnaire"
	case SetPolicy, SetCoding, SetValueSet, SetCut, SetReturned, SetWord, AnswerQuestion, ToggleInstrument:
		return "how a questionnaire is scored"
	case SetOptions:
		return "the options of the analysis"
	case SetFlow, SetLost, RemoveLost:
		return "the flow chart"
	case SetBaselineOption, EditBaselineRow, AddBaselineRow, ProposeBaseline:
		return "the baseline tables"
	case SetSensitivity, AddPopulation, SetWhere, AddCovariateSet, RemoveVariant:
		return "the sensitivity analyses"
	case AdjustFor:
		return "adjusting for baseline variables"
	case SetOutcome, ToggleOutcome, SetPrimary:
		return "the outcomes"
	case SetDesign, ShowPaper:
		return "the design of a trial"
	}
	return ""
}

// remembered keeps what was decided before a message, unless it left all as it
// was.
func (m Model) remembered(before *Project, msg Msg) Model {
	name := editName(msg)
	if name == "" || m.Project == nil || m.Project.ID != before.ID || reflect.DeepEqual(before.decided(), m.Project.decided()) {
		return m
	}
	p := m.project()
	p.remember(name, before)
	return m
}

func (p *Project) remember(name string, before *Project) {
	past := slices.Clip(before.past)
	if len(past) >= maxEdits {
		past = past[1:]
	}
	p.past, p.future = append(past, edit{name, before.decided()}), nil
}

// Undoable and Redoable name the step that Undo or Redo would take; "" for none.
func (p *Project) Undoable() string { return lastName(p.past) }
func (p *Project) Redoable() string { return lastName(p.future) }

func lastName(list []edit) string {
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1].name
}

// undo goes one step back, or forward again.
func (m Model) undo(forward bool) (Model, []Effect) {
	if m.Project == nil {
		return m, nil
	}
	now := m.Project
	from, to := now.past, now.future
	if forward {
		from, to = to, from
	}
	if len(from) == 0 {
		return m, nil
	}
	step := from[len(from)-1]
	from, to = slices.Clip(from[:len(from)-1]), append(slices.Clip(to), edit{step.name, now.decided()})
	p := m.project()
	if forward {
		p.future, p.past = from, to
	} else {
		p.past, p.future = from, to
	}
	return m.become(step.decided)
}

// become gives the project other decisions, reading the file again where that
// is needed.
func (m Model) become(d decided) (Model, []Effect) {
	p := m.Project
	if likeNow := d; p.Trial != nil {
		likeNow.recipe.Baseline, likeNow.recipe.Flow, likeNow.recipe.Sensitivity = p.Recipe.Baseline, p.Recipe.Flow, p.Recipe.Sensitivity
		if reflect.DeepEqual(likeNow, p.decided()) { // nothing that the trial or a model is made of
			p.Recipe.Baseline, p.Recipe.Flow, p.Recipe.Sensitivity, p.Decided = d.recipe.Baseline, d.recipe.Flow, d.recipe.Sensitivity, true
			return m.changed(nil)
		}
	}
	if !d.recipe.Reading.SameFile(p.Recipe.Reading) {
		next := *p
		next.Recipe, next.Decisions, next.Units, next.Reasons, next.Questions = d.recipe, d.decisions, d.units, d.reasons, d.questions
		return m.readAgain(&next)
	}
	reread := !reflect.DeepEqual(d.recipe.Reading, p.Recipe.Reading) || !reflect.DeepEqual(d.decisions, p.Decisions)
	p.Recipe, p.Decisions, p.Units, p.Reasons, p.Questions = d.recipe, d.decisions, d.units, d.reasons, d.questions
	if reread {
		p.reinterpret()
	}
	p.rebuild()
	if m.Screen == Design {
		m.visitDesign()
	}
	return m.endRun(nil)
}
