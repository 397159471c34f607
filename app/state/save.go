package state

import (
	"slices"
	"time"
)

// saveDelay gathers the edits of a moment into one save.
const saveDelay = 400 * time.Millisecond

// changed marks the project as not saved and asks for a save where the analyst
// decided to keep it here.
func (m Model) changed(effects []Effect) (Model, []Effect) {
	p := m.project()
	p.Changed, p.InFile, p.before = true, false, &before{}
	switch p.Keep {
	case InBrowser:
		m.seq++
		p.Saving, p.saveToken = true, m.seq
		effects = append(effects, after{saveDelay, saveNow{m.seq}})
	default:
		effects = append(effects, warnOnClose{!p.Simulated})
	}
	return m, effects
}

// updateKeeping is saving, in the browser and to a file.
func (m Model) updateKeeping(msg Msg) (Model, []Effect) {
	if m.Project == nil && !isFileSaved(msg) {
		return m, nil
	}
	switch msg := msg.(type) {
	case Decide:
		m.Asking = NoDialog
		p := m.project()
		p.Keep = msg.Keep
		if msg.Keep == InBrowser {
			return m.changed(nil)
		}
	case saveNow:
		if m.Project.saveToken != msg.token {
			return m, nil // a newer edit has its own save coming
		}
		return m.store()
	case SaveDone:
		return m.saveDone(msg)
	case SaveFile:
		return m, []Effect{saveToFile{m.Project}}
	case FileSaved:
		return m.fileSaved(msg)
	}
	return m, nil
}

func isFileSaved(msg Msg) bool { _, ok := msg.(FileSaved); return ok }

// store writes the project as it is now.
func (m Model) store() (Model, []Effect) {
	p := m.project()
	if p.Keep != InBrowser || !p.Changed || slices.Contains(m.Deleting, p.ID) {
		p.Saving = false
		return m, nil
	}
	p.Revision++
	p.Changed = false
	source := p.Source
	if p.Revision > 1 {
		source = nil // stored with the first revision
	}
	s := Saved{ID: p.ID, Name: p.Name, FileName: p.Source.Name(), Bytes: p.Source.Size(), Rows: p.Dataset.Rows, Simulated: p.Simulated, Schema: DocumentSchema, Revision: p.Revision}
	return m, []Effect{saveProject{saved: s, document: p.document(), source: source}}
}

func (m Model) saveDone(msg SaveDone) (Model, []Effect) {
	if m.Project == nil || m.Project.ID != msg.ID {
		return m, []Effect{listSaved{}}
	}
	p := m.project()
	p.Saving = false
	if msg.Err != nil {
		p.Changed = true
		p.Revision = msg.Revision - 1
		p.Keep = InMemory // no further save is tried behind the analyst's back
		m.Trouble = troubleFor(msg.Err)
		return m, []Effect{warnOnClose{true}}
	}
	return m, []Effect{listSaved{}, warnOnClose{p.Changed}, remember{p.ID}}
}

func (m Model) fileSaved(msg FileSaved) (Model, []Effect) {
	if msg.Err != nil {
		m.Trouble = troubleFor(msg.Err)
		return m, nil
	}
	effects := []Effect{}
	if msg.Project && m.Project != nil {
		p := m.project()
		p.InFile = true
		effects = append(effects, warnOnClose{false})
		if m.Asking == AskReplace {
			next, more := Update(m, Proceed{})
			m, effects = next, append(effects, more...)
		}
	}
	return m, append(effects, m.toast("Saved: "+msg.What+".", nil, toastTime))
}

// SavedWord is the state of the project in the top bar: a short word, and
// whether everything is safe.
func (p *Project) SavedWord() (word string, safe bool) {
	switch {
	case p.Saving:
		return "Saving…", false
	case p.Keep == InBrowser && !p.Changed:
		return "Saved in this browser", true
	case p.InFile:
		return "Saved to a file", true
	}
	return "Not saved", false
}

// unsafe reports work that would be gone with the project: decisions about an
// analyst's own data that are neither kept nor in a file.
func (p *Project) unsafe() bool {
	if p == nil || p.Simulated || !p.Decided {
		return false
	}
	_, safe := p.SavedWord()
	return !safe
}
