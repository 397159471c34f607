package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"trialbox/app/dataset"
)

// Effect is something to be done in the world, as a value.
type Effect interface{}

// The effects.
type (
	listSaved   struct{}
	openExample struct{ token int }
	readData    struct {
		token  int
		source Blob
		opt    dataset.Options
		into   *Project // read again with other options, or a project whose data is this
	}
	openProjectFile struct {
		token  int
		source Blob
	}
	loadSaved struct {
		token int
		id    string
	}
	saveProject struct {
		saved    Saved
		document []byte
		source   Blob
	}
	renameSaved    struct{ id, name string }
	duplicateSaved struct{ id, newID string }
	deleteSaved    struct{ id string }
	markDeleted    struct {
		id      string
		deleted bool
	}
	eraseAll   struct{}
	saveToFile struct{ project *Project }
	download   struct {
		name, mime string
		body       []byte
	}
	downloadPNG struct {
		name, svg string
	}
	copyTable struct{ html, text string }
	startRun  struct {
		run   int
		tasks []Task
	}
	cancelRun   struct{ run int }
	readNetwork struct{}
	tryNetwork  struct{}
	dataOpened  struct{}
	remember    struct{ id string }
	warnOnClose struct{ on bool }
	after       struct {
		wait time.Duration
		msg  Msg
	}
)

// Perform carries out one effect and sends what came of it. It may block and
// is run off the page's own thread of control; send may be called later, from
// anywhere.
func Perform(ctx context.Context, w World, e Effect, send func(Msg)) {
	switch e := e.(type) {
	case listSaved:
		send(w.list(ctx))
	case openExample:
		source, err := w.Desk.Example(ctx)
		if err != nil {
			send(FileRead{Token: e.token, Err: fmt.Errorf("the example trial could not be read: %w", err)})
			return
		}
		d, err := w.read(ctx, e.token, source, dataset.Options{}, send)
		if err != nil {
			send(FileRead{Token: e.token, Err: err})
			return
		}
		units, err := w.exampleUnits(ctx)
		send(FileRead{Token: e.token, Source: source, Dataset: d, Example: true, Units: units, Err: err})
	case readData:
		d, err := w.read(ctx, e.token, e.source, e.opt, send)
		send(FileRead{Token: e.token, Source: e.source, Dataset: d, Project: e.into, Err: err})
	case openProjectFile:
		send(w.openProjectFile(ctx, e, send))
	case loadSaved:
		send(w.loadSaved(ctx, e, send))
	case markDeleted:
		at := int64(0)
		if e.deleted {
			at = time.Now().UnixMilli()
		}
		err := w.Store.Mark(ctx, e.id, at)
		if err == nil && e.deleted {
			send(markedDeleted{e.id})
		}
		send(StoreChanged{err})
	case saveProject:
		e.saved.Changed = time.Now().UnixMilli()
		err := w.Store.Save(ctx, e.saved, e.document, e.source)
		send(SaveDone{ID: e.saved.ID, Revision: e.saved.Revision, Err: err})
	case renameSaved:
		send(StoreChanged{w.rename(ctx, e)})
	case duplicateSaved:
		send(StoreChanged{w.duplicate(ctx, e)})
	case deleteSaved:
		send(StoreChanged{w.Store.Delete(ctx, e.id)})
	case eraseAll:
		send(StoreChanged{w.Store.EraseAll(ctx)})
	case saveToFile:
		name := fileName(e.project.Name) + ".trialbox"
		err := w.Desk.Download(ctx, name, "application/zip", func(out io.Writer) error { return WriteProject(ctx, out, e.project) })
		send(FileSaved{What: name, Err: err, Project: true})
	case download:
		err := w.Desk.Download(ctx, e.name, e.mime, func(out io.Writer) error { _, err := out.Write(e.body); return err })
		send(FileSaved{What: e.name, Err: err})
	case downloadPNG:
		send(FileSaved{What: e.name, Err: w.Desk.DownloadPNG(ctx, e.name, e.svg, 3)})
	case copyTable:
		send(FileSaved{What: "the table on the clipboard", Err: w.Desk.Copy(ctx, e.html, e.text)})
	case buildTrial:
		send(build(ctx, e, send))
	case stopBuild:
		e.stop.Store(true)
	case startRun:
		w.Engine.Start(e.run, e.tasks, func(a Answer) { send(Answered{a}) })
	case cancelRun:
		w.Engine.Cancel(e.run)
	case readDefinition:
		send(readDefinitionFile(ctx, e))
	case drawUnits:
		send(e.perform())
	case readLog:
		send(w.readLog(ctx, e.source))
	case readUnitsList:
		send(w.readUnitsList(ctx, e.source))
	case readBeside:
		send(w.readBeside(ctx, e))
	case readNetwork:
		send(NetworkRead{w.Desk.Network()})
	case tryNetwork:
		_, text := w.Desk.TryRequest(ctx)
		send(NetworkTried{text})
		send(NetworkRead{w.Desk.Network()})
	case remember:
		w.Desk.Remember(e.id)
	case dataOpened:
		w.Desk.DataOpened()
	case warnOnClose:
		w.Desk.WarnOnClose(e.on)
	case after:
		select {
		case <-time.After(e.wait):
			send(e.msg)
		case <-ctx.Done():
		}
	default:
		panic(fmt.Sprintf("state: no road for the effect %T", e))
	}
}

// exampleUnits is the example's list of randomised units, as if it had been
// added.
func (w World) exampleUnits(ctx context.Context) (*UnitsFile, error) {
	b, err := w.Desk.ExampleUnits(ctx)
	if err != nil {
		return nil, fmt.Errorf("the units file of the example could not be read: %w", err)
	}
	body, err := readAll(ctx, b)
	if err != nil {
		return nil, err
	}
	u := &UnitsFile{Name: b.Name(), Bytes: body}
	return u, w.readUnits(ctx, u)
}

func (w World) read(ctx context.Context, token int, source Blob, opt dataset.Options, send func(Msg)) (*dataset.Dataset, error) {
	if source == nil {
		return nil, errors.New("the project holds no data file")
	}
	return w.Engine.Read(ctx, source, opt.WithoutRecodes(), func(done int64) { send(ReadProgress{token, done}) })
}

// list gives the saved projects. Those whose deletion can no longer be undone,
// because a window was closed in that time, are deleted now.
func (w World) list(ctx context.Context) SavedListed {
	all, err := w.Store.List(ctx)
	out := SavedListed{Err: err}
	for _, s := range all {
		switch age := time.Now().UnixMilli() - s.Deleted; {
		case s.Deleted == 0:
			out.List = append(out.List, s)
		case age < undoTime.Milliseconds():
			out.Condemned = true
		default:
			if err := w.Store.Delete(ctx, s.ID); err != nil {
				out.Err = err
			}
		}
	}
	return out
}

func (w World) rename(ctx context.Context, e renameSaved) error {
	s, doc, _, err := w.Store.Load(ctx, e.id)
	if err != nil {
		return err
	}
	doc, err = renameDocument(doc, e.name)
	if err != nil {
		return err
	}
	s.Name, s.Changed = e.name, time.Now().UnixMilli()
	s.Revision++
	return w.Store.Save(ctx, s, doc, nil)
}

func (w World) duplicate(ctx context.Context, e duplicateSaved) error {
	s, doc, source, err := w.Store.Load(ctx, e.id)
	if err != nil {
		return err
	}
	s.ID, s.Name, s.Revision, s.Changed = e.newID, s.Name+" (copy)", 1, time.Now().UnixMilli()
	doc, err = renameDocument(doc, s.Name)
	if err != nil {
		return err
	}
	return w.Store.Save(ctx, s, doc, source)
}

func (w World) loadSaved(ctx context.Context, e loadSaved, send func(Msg)) FileRead {
	s, doc, source, err := w.Store.Load(ctx, e.id)
	if err != nil {
		return FileRead{Token: e.token, Err: err}
	}
	p, err := projectFromDocument(doc)
	if err != nil {
		return FileRead{Token: e.token, Err: err}
	}
	p.ID, p.Revision, p.Source, p.Keep, p.Simulated = s.ID, s.Revision, source, InBrowser, s.Simulated
	if err := w.readUnits(ctx, p.Units); err != nil {
		return FileRead{Token: e.token, Err: fmt.Errorf("the project's units file: %w", err)}
	}
	d, err := w.read(ctx, e.token, source, p.readOptions(), send)
	return FileRead{Token: e.token, Source: source, Dataset: d, Project: p, Err: err}
}

func (w World) openProjectFile(ctx context.Context, e openProjectFile, send func(Msg)) FileRead {
	p, source, err := ReadProject(ctx, e.source)
	if err != nil {
		return FileRead{Token: e.token, Err: err}
	}
	p.Source = source
	if err := w.readUnits(ctx, p.Units); err != nil {
		return FileRead{Token: e.token, Err: fmt.Errorf("the project's units file: %w", err)}
	}
	d, err := w.read(ctx, e.token, source, p.readOptions(), send)
	return FileRead{Token: e.token, Source: source, Dataset: d, Project: p, Err: err}
}

// Reads reports whether an effect reads a file, which CancelOpening ends.
func Reads(e Effect) bool {
	switch e.(type) {
	case openExample, readData, openProjectFile, loadSaved:
		return true
	}
	return false
}

// Waits reports an effect that only lets time pass before a message. Tests
// turn the clock with it.
func Waits(e Effect) (wait time.Duration, then Msg, ok bool) {
	a, ok := e.(after)
	return a.wait, a.msg, ok
}
