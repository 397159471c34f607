package state

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"trialbox/app/report"
)

// Update is the only writer of the Model. It is pure: the same model and
// message give the same model and effects.
func Update(m Model, msg Msg) (Model, []Effect) {
	next, effects := update(m, msg)
	next, effects = next.startBuild(m.Project, effects)
	return next.lookBehind(effects)
}

func update(m Model, msg Msg) (Model, []Effect) {
	switch msg := msg.(type) {
	case Answered:
		if next, ok := m.answeredDesign(msg.Answer); ok {
			return next, nil
		}
		if next, ok := m.answeredSensitivity(msg.Answer); ok {
			return next.keepEnded(msg.Answer)
		}
		if next, ok := m.answeredFew(msg.Answer); ok {
			return next.keepEnded(msg.Answer)
		}
		if next, ok := m.answeredBehind(msg.Answer); ok {
			return next, nil
		}
	case Tick:
		m.tickDesign(msg.Now)
		m.tickSensitivity(msg.Now)
	}
	switch msg := msg.(type) {
	case Go:
		return m.visit(msg.To)
	case Dismiss:
		m.Trouble, m.Asking, m.Pending = nil, NoDialog, nil
	case Proceed:
		pending := m.Pending
		m.Asking, m.Pending = NoDialog, nil
		if pending != nil {
			return m.updateOpening(pending)
		}
	case DismissToast:
		if m.Toast != nil && m.Toast.token == msg.Token {
			m.Toast = nil
		}
	case Ask:
		m.Asking = msg.What
	case BadInput:
		m.Trouble = &Trouble{Title: msg.Label + " was left as it was.", Text: fmt.Sprintf("“%s” is not %s.", msg.Text, msg.Want)}
	case TryNetwork:
		return m, []Effect{tryNetwork{}}
	case NewerVersion:
		m.Newer = true
	case NetworkTried:
		m.Tried = msg.Text
	case NetworkRead:
		m.Network = msg.Network
	case Panicked:
		m.Panic = msg.Text
	case OpenExample, FilesChosen, OpenSaved, CloseProject:
		if m.Project.unsafe() && !besideOpen(msg) {
			m.Asking, m.Pending = AskReplace, msg
			return m, nil
		}
		return m.updateOpening(msg)
	case QuickChoose, QuickType, QuickKey, QuickCoding, QuickPolicy, QuickSet, QuickClear:
		return m.updateQuick(msg), nil
	case SetOwn, OwnText, OwnMode, OwnOpen, OwnSave, OwnDrop, OwnWrite, definitionRead:
		before := m.Project
		next, effects := m.updateOwn(msg)
		if before != nil {
			next = next.remembered(before, msg)
		}
		return next, effects
	case SetDesignTab, SetDesign, ShowPaper, TakeICC, DownloadDesign, Simulate, CancelSimulation, ResumeSimulation, MoreTrials, UseTrialUnits, UseUnitsFile, unitsListRead, logRead, DrawUnits, unitsDrawn:
		before := m.Project
		next, effects := m.updateDesign(msg)
		if before != nil {
			next = next.remembered(before, msg)
		}
		return next, effects
	case CancelOpening, ReadProgress, FileRead:
		return m.updateOpening(msg)
	case SavedListed, StartRename, Rename, Duplicate, Delete, UndoDelete, markedDeleted, deleteNow, listAgain, EraseAll, StoreChanged:
		return m.updateSaved(msg)
	case Decide, SaveFile, FileSaved, SaveDone, saveNow:
		return m.updateKeeping(msg)
	default:
		if b, ok := msg.(besideRead); ok && b.recipe != nil && b.err == nil {
			return m.adoptOpen(b.name, *b.recipe)
		}
		if m.Project == nil {
			if b, ok := msg.(besideRead); ok && b.err != nil {
				m.Trouble = openTrouble(b.name, b.err)
			}
			return m, nil
		}
		before := m.Project
		next, effects := m.updateProject(msg)
		return next.remembered(before, msg), effects
	}
	return m, nil
}

// Init is what the page does first.
func Init() []Effect { return []Effect{listSaved{}, readNetwork{}} }

// visit goes to a screen; Outcomes starts its run the first time it is seen.
func (m Model) visit(to Screen) (Model, []Effect) {
	if !slices.Contains(Screens, to) && to != Quick && to != Own {
		to = Start
	}
	m.leaveQuick(to)
	m.Screen = to
	switch to {
	case Own:
		m.visitOwn()
	case Design:
		m.visitDesign()
	}
	effects := []Effect{readNetwork{}}
	if to == Outcomes && m.Project != nil && m.Project.Trial != nil && m.Project.Run == nil && len(m.Project.unanswered()) == 0 && m.Project.anyChosen() {
		next, more := m.startRun()
		m, effects = next, append(effects, more...)
	}
	if to == Outcomes || to == Sensitivity {
		return m.recall(effects)
	}
	return m, effects
}

// keepEnded saves the numbers of a run that has ended, so that they survive a
// reload.
func (m Model) keepEnded(a Answer) (Model, []Effect) {
	if a.Done && m.Project.Keep == InBrowser {
		return m.changed(nil)
	}
	return m, nil
}

// project gives a copy of the open project to change, so that what the screen
// holds is never edited under its hands.
func (m *Model) project() *Project {
	p := *m.Project
	m.Project = &p
	return &p
}

// toast shows a word for a while.
func (m *Model) toast(text string, undo Msg, wait time.Duration) Effect {
	m.seq++
	m.Toast = &Toast{Text: text, Undo: undo, token: m.seq}
	return after{wait, DismissToast{m.seq}}
}

// Token identifies a toast to the button that dismisses it.
func (t *Toast) Token() int { return t.token }

const (
	toastTime = 5 * time.Second
	undoTime  = 10 * time.Second
)

// troubleFor words a failure of the world with a way on.
func troubleFor(err error) *Trouble {
	text := err.Error()
	switch {
	case errors.Is(err, ErrConflict):
		return &Trouble{Title: "Changed in another window.", Text: "The stored project is newer than this one, so nothing was overwritten. Save this one to a file, or open the stored one again.", SaveFile: true, Reload: true}
	case errors.Is(err, ErrQuota):
		return &Trouble{Title: "The browser has no room left.", Text: "The project is still open here but not kept. Save it to a file; then delete saved projects you no longer need.", SaveFile: true}
	case errors.Is(err, ErrBlocked):
		return &Trouble{Title: "Another window keeps the store busy.", Text: "Close other windows of this page and try again; nothing is lost here.", SaveFile: true}
	case errors.Is(err, ErrUnavailable):
		return &Trouble{Title: "This browser keeps nothing for this page.", Text: "Private windows and some settings forbid it. Work on, and save the project to a file.", SaveFile: true}
	}
	return &Trouble{Title: "That did not work.", Text: sentence(text)}
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	r := []rune(s)
	if last := r[len(r)-1]; last != '.' && last != '!' && last != '?' {
		r = append(r, '.')
	}
	return string(r)
}

// updateProject is everything done to the open project.
func (m Model) updateProject(msg Msg) (Model, []Effect) {
	switch msg := msg.(type) {
	case SetDataView:
		m.project().Data = msg.View
	case SetScoreView:
		m.project().Scoring = msg.View
	case SetOutcomeView:
		m.project().View = msg.View
	case SetFlowView:
		m.project().Flowing = msg.View
	case SetBaselineView:
		m.project().Baselines = msg.View
	case SetFlow, SetLost, RemoveLost:
		return m.updateFlow(msg)
	case SetBaselineOption, EditBaselineRow, AddBaselineRow, ProposeBaseline:
		return m.updateBaseline(msg)
	case AdjustFor:
		return m.adjustFor(msg)
	case DownloadFlow, CopyFlow:
		return m, m.exportFlow(msg)
	case DownloadBaseline, CopyBaseline:
		return m, m.exportBaseline(msg)
	case ConfirmRoles, SetRole, SetArm, SetVisit, AddVisit, RemoveVisit, MoveVisit, AddDerived, RemoveDerived, SetPattern, ToggleCovariate:
		return m.updateData(msg)
	case SetColumnRule, SetReading:
		return m.updateRules(msg)
	case Undo:
		return m.undo(false)
	case Redo:
		return m.undo(true)
	case DecideRow:
		return m.decideRow(msg.Correction)
	case TakeBack:
		return m.takeBack(msg.Index)
	case DownloadLong:
		if p := m.Project; p.Trial != nil {
			return m, []Effect{download{fileName(p.Name) + " long.csv", "text/csv;charset=utf-8", report.LongCSV(p.Trial)}}
		}
	case DownloadDecisions:
		return m, []Effect{m.Project.downloadDecisions()}
	case besideRead:
		return m.fileBeside(msg)
	case SetUnitsRole, RemoveUnits, RemoveDictionary:
		return m.updateBeside(msg)
	case DismissDifferences:
		m.project().Differences = nil
	case SetPolicy, SetCoding, SetValueSet, SetCut, SetReturned, SetWord, AnswerQuestion, ToggleInstrument,
		AddInstrument, SetItem, MoveItem, FillItems, ClearItems:
		return m.updateScoring(msg)
	case ShowScores, FindPatient, StepPatient, StepUnscored:
		return m.updateReceipt(msg), nil
	case FilterColumns, MarkColumn, StepColumn, StartDrag, DragOver, EndDrag:
		return m.updateMapView(msg)
	case SetOptions, SetOutcome, ToggleOutcome, SetPrimary:
		return m.updateOptions(msg)
	case BuildProgress, Built, StopBuild, BuildAgain:
		return m.updateBuild(msg)
	case followChange:
		return m.followed(msg)
	case SetSensitivityView, SetSensitivity, AddPopulation, SetWhere, AddCovariateSet, RemoveVariant, RunSensitivity, CancelSensitivity, DownloadSensitivity, planNext:
		return m.updateSensitivity(msg)
	case CompareMethods, StopComparing, ShowFewVisit:
		return m.updateFew(msg)
	case RunOutcomes:
		return m.startRun()
	case ResumeRun:
		return m.resumeRun()
	case MoreReplicates:
		return m.moreReplicates(msg.More)
	case CancelRun:
		return m.cancelRun()
	case Answered:
		return m.answered(msg.Answer)
	case Tick:
		return m.tick(msg.Now)
	case DownloadScript:
		return m, m.exportScript(msg.Language)
	case DownloadTable, CopyTable, DownloadFigure, DownloadRecipe:
		return m, m.export(msg)
	default:
		panic(fmt.Sprintf("state: no road for the message %T", msg))
	}
	return m, nil
}
