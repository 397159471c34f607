package state

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/analysis"
	"trialbox/app/dataset"
)

// updateOpening brings a file or a stored project onto the screen.
func (m Model) updateOpening(msg Msg) (Model, []Effect) {
	switch msg := msg.(type) {
	case OpenExample:
		return m.open("the example trial", 0, func(token int) Effect { return openExample{token} })
	case FilesChosen:
		return m.filesChosen(msg)
	case OpenSaved:
		name := "the project"
		for _, s := range m.Saved {
			if s.ID == msg.ID {
				name = s.Name
			}
		}
		return m.open(name, 0, func(token int) Effect { return loadSaved{token, msg.ID} })
	case CancelOpening:
		m.Opening = nil // the answer will carry an old token and be dropped
	case ReadProgress:
		if m.Opening != nil && m.Opening.token == msg.Token {
			o := *m.Opening
			o.Done = msg.Done
			m.Opening = &o
		}
	case FileRead:
		return m.fileRead(msg)
	case CloseProject:
		return m.closeProject()
	}
	return m, nil
}

// open starts reading; a project with unsaved work is asked about first.
func (m Model) open(name string, total int64, effect func(token int) Effect) (Model, []Effect) {
	m.seq++
	m.Opening = &Opening{Name: name, Total: total, token: m.seq}
	m.Trouble, m.stay = nil, false
	return m, []Effect{effect(m.seq)}
}

func (m Model) filesChosen(msg FilesChosen) (Model, []Effect) {
	if len(msg.Files) == 0 {
		return m, nil
	}
	if len(msg.Files) > 1 {
		m.Trouble = &Trouble{Title: "One file at a time.", Text: fmt.Sprintf("%d files were dropped; nothing was opened.", len(msg.Files))}
		return m, nil
	}
	f := msg.Files[0]
	if msg.Purpose == "definition" {
		return m, []Effect{readDefinition{f}}
	}
	switch msg.Purpose {
	case "allocate":
		return m, []Effect{readUnitsList{f}}
	case "allocation-log":
		return m, []Effect{readLog{f}}
	}
	if purpose := besidePurpose(msg); purpose != "" {
		sha := ""
		if m.Project != nil {
			sha = m.Project.Dataset.SHA256
		}
		return m, []Effect{readBeside{purpose, f, sha}}
	}
	lower := strings.ToLower(f.Name())
	if strings.HasSuffix(lower, ".trialbox") || msg.Purpose == "project" && !strings.HasSuffix(lower, ".csv") {
		return m.open(f.Name(), f.Size(), func(token int) Effect { return openProjectFile{token, f} })
	}
	if f.Size() > dataset.DefaultMaxBytes {
		m.Trouble = &Trouble{Title: "Not opened: " + f.Name() + ".", Text: fmt.Sprintf("It has %d MB and this page reads up to %d MB. Export only the columns the analysis needs, or split the file by visit.", f.Size()>>20, int64(dataset.DefaultMaxBytes)>>20)}
		return m, nil
	}
	switch {
	case msg.Purpose == "next" && m.Project != nil:
		return m.readNext(f, m.Project.Recipe)
	case m.Waiting != nil:
		return m.readNext(f, *m.Waiting)
	}
	return m.open(f.Name(), f.Size(), func(token int) Effect { return readData{token: token, source: f} })
}

// besidePurpose is what a file that is no data and no project is for, "" for
// none: by where it was chosen, and a dropped recipe by its name.
func besidePurpose(msg FilesChosen) string {
	switch msg.Purpose {
	case "units", "dictionary", "decisions", "recipe":
		return msg.Purpose
	}
	if len(msg.Files) == 1 && strings.HasSuffix(strings.ToLower(msg.Files[0].Name()), ".recipe.json") {
		return "recipe"
	}
	return ""
}

// besideOpen reports a file that joins the open project and replaces nothing.
func besideOpen(msg Msg) bool {
	f, ok := msg.(FilesChosen)
	return ok && (besidePurpose(f) != "" || slices.Contains([]string{"definition", "allocate", "allocation-log"}, f.Purpose))
}

// fileRead puts what was read on the screen, or says why nothing came of it.
// What was open before stays open when the reading failed.
func (m Model) fileRead(msg FileRead) (Model, []Effect) {
	if m.Opening == nil || m.Opening.token != msg.Token {
		return m, nil
	}
	name := m.Opening.Name
	m.Opening = nil
	stay := m.stay
	m.stay = false
	if msg.Err != nil {
		m.Trouble = openTrouble(name, msg.Err)
		return m, nil
	}
	var effects []Effect
	if m.Project != nil && m.Project.Run != nil && m.Project.Run.Active {
		effects = append(effects, cancelRun{m.Project.Run.ID})
	}
	reread := m.Project != nil && msg.Project != nil && msg.Project.ID == m.Project.ID
	p := msg.Project
	if p == nil {
		p = newProject(msg)
	}
	p.Source, p.Dataset = msg.Source, msg.Dataset
	p.build, p.kept = m.Home.Version, analysis.Recall(p.results, m.Home.Version)
	if p.adopt != nil {
		p.adopted()
	}
	if opt := p.readOptions(); opt.Recodes() || len(p.Decisions) > 0 {
		p.Dataset = p.Dataset.With(opt, p.Decisions)
	}
	p.ask()
	if p.ID == "" {
		m.seq++
		p.ID = projectID(msg.Dataset.SHA256, m.seq, m.Saved)
	}
	p.rebuild()
	m.Project = p
	m.Plan.Observed, m.Plan.Answer = nil, nil // worked out anew on the Design screen
	screen := Data
	if stay {
		screen = m.Screen
	}
	effects = append(effects, dataOpened{}, readNetwork{})
	if p.Keep == InBrowser {
		effects = append(effects, remember{p.ID})
	} else {
		effects = append(effects, remember{})
	}
	m, shown := m.visit(screen)
	effects = append(effects, shown...)
	if msg.Example {
		next, more := m.visit(Outcomes)
		m, effects = next, append(effects, more...)
	}
	if p.Keep == InBrowser && !reread {
		return m, effects // just read from the store
	}
	return m.changed(effects)
}

func openTrouble(name string, err error) *Trouble {
	if errors.Is(err, ErrBlocked) || errors.Is(err, ErrUnavailable) || errors.Is(err, ErrQuota) {
		return troubleFor(err)
	}
	return &Trouble{Title: "Not opened: " + name + ".", Text: sentence(err.Error())}
}

// newProject starts from a bare file: guesses are shown, nothing is decided.
func newProject(msg FileRead) *Project {
	p := &Project{Name: projectName(msg.Dataset.Name), Dataset: msg.Dataset}
	if msg.Example {
		p.Name, p.Simulated = "Example trial", true
		p.Recipe = analysis.ExampleRecipe()
		p.Recipe.Data = analysis.NameData(msg.Dataset)
		p.Units = msg.Units
		return p
	}
	mapping, reasons := understand(msg.Dataset)
	p.Recipe = analysis.NewRecipe(msg.Dataset, mapping)
	p.Reasons = reasons
	return p
}

// projectName is a file's name without its ending.
func projectName(file string) string {
	for _, ending := range []string{".csv", ".tsv", ".txt", ".xlsx", ".sav", ".zsav"} {
		if n := len(file) - len(ending); n > 0 && strings.EqualFold(file[n:], ending) {
			return file[:n]
		}
	}
	return file
}

// projectID names a project: the data's hash and the first free number.
func projectID(sha string, seq int, saved []Saved) string {
	for n := seq; ; n++ {
		id := sha[:min(12, len(sha))] + "-" + strconv.Itoa(n)
		if !slices.ContainsFunc(saved, func(s Saved) bool { return s.ID == id }) {
			return id
		}
	}
}

func (m Model) closeProject() (Model, []Effect) {
	var effects []Effect
	if m.Project != nil && m.Project.Run != nil && m.Project.Run.Active {
		effects = append(effects, cancelRun{m.Project.Run.ID})
	}
	m.Project, m.Screen, m.Asking = nil, Start, NoDialog
	m.Plan.Observed, m.Plan.Answer = nil, nil // worked out anew on the Design screen
	return m, append(effects, warnOnClose{false}, remember{}, listSaved{})
}

// updateSaved is the list of saved projects.
func (m Model) updateSaved(msg Msg) (Model, []Effect) {
	switch msg := msg.(type) {
	case SavedListed:
		if msg.Err != nil {
			m.SavedLoad, m.SavedErr = LoadFailed, sentence(msg.Err.Error())
			return m, nil
		}
		m.Saved, m.SavedLoad, m.SavedErr = m.withUndone(msg.List), Loaded, ""
		if next, effects, again := m.reopened(); again {
			return next, effects
		}
		m.reopen = ""
		if msg.Condemned && len(m.Deleting) == 0 { // another window's, or one that was closed
			return m, []Effect{after{undoTime, listAgain{}}}
		}
	case listAgain:
		return m, []Effect{listSaved{}}
	case StartRename:
		m.Renamed = msg.ID
	case Rename:
		return m.rename(msg)
	case Duplicate:
		m.seq++
		return m, []Effect{duplicateSaved{msg.ID, projectID(msg.ID, m.seq, m.Saved)}}
	case Delete:
		return m, []Effect{markDeleted{msg.ID, true}}
	case markedDeleted:
		m.Deleting = append(slices.Clone(m.Deleting), msg.id)
		hide := m.toast("Deleted. Its bytes go in 10 seconds.", UndoDelete{msg.id}, undoTime)
		return m, []Effect{hide, after{undoTime, deleteNow(msg)}}
	case UndoDelete:
		m.Deleting = without(m.Deleting, msg.ID)
		m.undone = append(slices.Clone(m.undone), msg.ID)
		m.Toast = nil
		effects := []Effect{markDeleted{msg.ID, false}}
		if m.Project != nil && m.Project.ID == msg.ID && m.Project.Changed {
			return m.changed(effects)
		}
		return m, effects
	case deleteNow:
		if !slices.Contains(m.Deleting, msg.id) {
			return m, nil // undone
		}
		if m.Project != nil && m.Project.ID == msg.id {
			p := m.project() // the open one stays open, but is no longer kept
			p.Keep, p.Revision, p.Changed = InMemory, 0, true
		}
		m.Deleting = without(m.Deleting, msg.id)
		return m, []Effect{deleteSaved(msg)}
	case EraseAll:
		m.Asking = NoDialog
		if m.Project != nil {
			p := m.project()
			p.Keep, p.Revision, p.Changed = InMemory, 0, true
		}
		return m, []Effect{eraseAll{}, remember{}, m.toast("Everything this page kept in this browser is erased.", nil, toastTime)}
	case StoreChanged:
		if msg.Err != nil {
			m.Trouble = troubleFor(msg.Err)
		}
		return m, []Effect{listSaved{}}
	}
	return m, nil
}

// withUndone keeps a project in the list whose deletion was undone after the
// store was asked for that list, until a list names it again.
func (m *Model) withUndone(list []Saved) []Saved {
	for _, id := range m.undone {
		named := func(s Saved) bool { return s.ID == id }
		if slices.ContainsFunc(list, named) {
			m.undone = without(m.undone, id)
		} else if i := slices.IndexFunc(m.Saved, named); i >= 0 {
			list = append(list, m.Saved[i])
		}
	}
	return list
}

// reopened opens, once after a reload, the kept project that was shown before.
func (m Model) reopened() (Model, []Effect, bool) {
	id := m.reopen
	m.reopen = ""
	if id == "" || m.Project != nil || m.Opening != nil || !slices.ContainsFunc(m.Saved, func(s Saved) bool { return s.ID == id }) {
		return m, nil, false
	}
	m, effects := m.updateOpening(OpenSaved{id})
	m.stay = true
	return m, effects, true
}

func (m Model) rename(msg Rename) (Model, []Effect) {
	m.Renamed = ""
	name := strings.TrimSpace(msg.Name)
	if name == "" {
		return m, nil
	}
	if m.Project != nil && m.Project.ID == msg.ID {
		m.project().Name = name
		return m.changed(nil)
	}
	return m, []Effect{renameSaved{msg.ID, name}}
}

func without(list []string, s string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(x string) bool { return x == s })
}
