package state

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"trialbox/app/instrument"
	"trialbox/app/trial"
)

// Own is the screen on which a questionnaire of one's own is described, tried
// on the data and saved into the recipe.
const Own Screen = "own"

// OwnView is a definition in the making: in a form, which covers
// questionnaires of one scale whose items are answered alike, or as JSON,
// which covers all. What follows from it is made anew at each change.
type OwnView struct {
	Form   OwnForm
	JSON   string
	AsJSON bool
	Was    string // identifier of the saved definition that is edited
	Sheet  int    // counts the forms begun; a new one is drawn anew

	File       instrument.File
	Definition *instrument.Definition // nil while something is wrong
	Errs       []FieldError
	Test       *OwnTest
}

// FieldError is what is wrong, at a field of the form; "" is the whole.
type FieldError struct{ Field, Text string }

// OwnTest is the definition tried on the data of the project.
type OwnTest struct {
	Trial   *trial.Trial
	Use     trial.Use
	Summary trial.Summary
	Err     string // why it could not be tried
}

// What a person does on the screen.
type (
	SetOwn   struct{ Field, Value string }
	OwnText  struct{ JSON string }
	OwnMode  struct{ AsJSON bool }
	OwnOpen  struct{ ID string } // "" begins a new one
	OwnSave  struct{}
	OwnDrop  struct{ ID string }
	OwnWrite struct{} // to a file
)

// definitionRead is the file of a definition that was chosen.
type definitionRead struct {
	name string
	text []byte
	err  error
}

type readDefinition struct{ source Blob }

func readDefinitionFile(ctx context.Context, e readDefinition) definitionRead {
	out := definitionRead{name: e.source.Name()}
	if e.source.Size() > instrument.MaxFile {
		out.err = fmt.Errorf("%s has %d MB, which no definition has", out.name, e.source.Size()>>20)
		return out
	}
	out.text, out.err = readAll(ctx, e.source)
	return out
}

// updateOwn is the work on a definition. Saving and dropping change the
// project; the rest does not.
func (m Model) updateOwn(msg Msg) (Model, []Effect) {
	o := &m.Own
	switch msg := msg.(type) {
	case SetOwn:
		o.Form.set(msg.Field, msg.Value)
	case OwnText:
		o.JSON = msg.JSON
	case OwnMode:
		if m.Trouble = nil; !o.mode(msg.AsJSON) {
			m.Trouble = &Trouble{Title: "It stays as JSON.", Text: "The form shows questionnaires of one scale whose items are all answered alike. This one has more than that, or is not valid JSON."}
		}
	case OwnOpen:
		m.openOwn(msg.ID)
	case definitionRead:
		if msg.err != nil {
			m.Trouble = &Trouble{Title: "Not read: " + msg.name + ".", Text: sentence(msg.err.Error())}
			return m, nil
		}
		m.Trouble = nil
		o.take(msg.name, msg.text)
	case OwnSave:
		return m.saveOwn()
	case OwnDrop:
		return m.dropOwn(msg.ID)
	case OwnWrite:
		if o.Definition != nil {
			return m, []Effect{download{name: o.File.ID + ".json", mime: "application/json", body: o.File.JSON()}}
		}
	}
	m.checkOwn()
	return m, nil
}

// mode turns between form and JSON, carrying over what is there. A definition
// the form cannot show stays as JSON.
func (o *OwnView) mode(asJSON bool) bool {
	if asJSON == o.AsJSON {
		return true
	}
	if asJSON {
		o.File, _ = o.Form.File()
		o.JSON, o.AsJSON = string(o.File.JSON()), true
		o.Sheet++
		return true
	}
	f, err := instrument.ParseFile("questionnaire", []byte(o.JSON))
	form, fits := formOf(f)
	if err != nil || !fits {
		return false
	}
	o.Form, o.AsJSON = form, false
	o.Sheet++
	return true
}

// take puts a definition that was read into the form, or beside it as JSON.
func (o *OwnView) take(name string, text []byte) {
	o.Sheet++
	o.Was, o.JSON = "", string(text)
	f, err := instrument.ParseFile(name, text)
	form, fits := formOf(f)
	o.AsJSON = err != nil || !fits
	if !o.AsJSON {
		o.Form = form
	}
}

func (m *Model) openOwn(id string) {
	o := &m.Own
	*o = OwnView{Form: newOwn(), Sheet: o.Sheet + 1}
	if m.Project != nil && id != "" {
		for _, f := range m.Project.Recipe.Mapping.Definitions {
			if f.ID == id {
				o.take(id, f.JSON())
				o.Was = id
			}
		}
	}
	m.Screen = Own
	m.focus("own-id")
}

// visitOwn begins a form where there is none, and tries what is there on the
// data as they are now.
func (m *Model) visitOwn() {
	if m.Own.Sheet == 0 {
		m.openOwn("")
	}
	m.checkOwn()
}

// checkOwn makes what follows from the form or the JSON: the definition or
// what is wrong with it, and how it does on the data.
func (m *Model) checkOwn() {
	o := &m.Own
	o.Definition, o.Errs, o.Test = nil, nil, nil
	if !o.AsJSON && o.Form.ID+o.Form.Name+o.Form.Short+o.Form.Items == "" {
		return // nothing was written yet, so nothing is wrong
	}
	if o.AsJSON {
		f, err := instrument.ParseFile("questionnaire", []byte(o.JSON))
		if err != nil {
			o.Errs = []FieldError{{"json", strings.TrimPrefix(err.Error(), "questionnaire: ")}}
			return
		}
		o.File = f
	} else {
		o.File, o.Errs = o.Form.File()
	}
	d, err := o.File.Definition("questionnaire")
	if err == nil {
		_, err = m.others(o.Was).With(d)
	}
	if err != nil {
		o.Errs = append(o.Errs, fieldErrors(o.File.ID, err)...)
	}
	if !o.AsJSON {
		o.Errs = sifted(o.Errs)
	}
	if len(o.Errs) > 0 {
		return
	}
	o.Definition = d
	if m.Project != nil && m.Project.Dataset != nil {
		o.Test = m.Project.tryOwn(o.File, d)
	}
}

// others is the library without the definition that is edited.
func (m Model) others(was string) instrument.Library {
	if m.Project == nil {
		return instrument.Builtin()
	}
	mapping := m.Project.Recipe.Mapping
	mapping.Definitions = slices.DeleteFunc(slices.Clone(mapping.Definitions), func(f instrument.File) bool { return f.ID == was })
	lib, _ := mapping.Library()
	return lib
}

// fieldErrors puts the library's messages at the fields of the form. Each line
// is "questionnaire: scales[0].rule: what is wrong".
func fieldErrors(id string, err error) []FieldError {
	var out []FieldError
	for line := range strings.SplitSeq(err.Error(), "\n") {
		text := strings.TrimPrefix(strings.TrimPrefix(line, "questionnaire: "), id+": ")
		path, what, ok := strings.Cut(text, ": ")
		if !ok {
			out = append(out, FieldError{"", text})
			continue
		}
		out = append(out, FieldError{fieldOf(path), what})
		if last := &out[len(out)-1]; last.Field == "" {
			last.Text = text
		}
	}
	return out
}

// sifted leaves out what only follows from an error at a field: a short name
// that is missing because the name is, a fault of the whole beside others.
func sifted(list []FieldError) []FieldError {
	at := func(field string) bool {
		return slices.ContainsFunc(list, func(e FieldError) bool { return e.Field == field })
	}
	own := slices.ContainsFunc(list, func(e FieldError) bool { return e.Field != "" })
	return slices.DeleteFunc(slices.Clone(list), func(e FieldError) bool {
		return e.Field == "" && own || e.Field == "short" && at("name")
	})
}

func fieldOf(path string) string {
	rest, scale := strings.CutPrefix(path, "scales[0].")
	name, _, _ := strings.Cut(rest, "[")
	name, _, _ = strings.Cut(name, " ")
	if scale {
		name = map[string]string{"rule": "rule", "items": "scored", "reversed": "reversed", "missing": "missing", "bands": "bands", "table": "scores", "better": "better"}[name]
		return name
	}
	switch {
	case strings.HasPrefix(path, "items[") && strings.HasSuffix(path, ".max"):
		return "max"
	case strings.HasPrefix(path, "items[") && strings.HasSuffix(path, ".min"):
		return "min"
	case name == "items":
		return "items"
	case name == "sources":
		return "cite"
	case slices.Contains([]string{"id", "name", "short", "licence"}, name):
		return name
	}
	return ""
}

// tryOwn scores the data by a definition alone, from the columns named like its
// items, or those it has in the mapping.
func (p *Project) tryOwn(f instrument.File, d *instrument.Definition) *OwnTest {
	out := &OwnTest{Use: trial.Use{Instrument: d.ID}}
	if u := p.use(d.ID); u != nil && len(u.Items) == len(d.Items) && !unmapped(*u) {
		out.Use = *u
	} else if match := instrument.RecogniseAmong([]*instrument.Definition{d}, p.ItemColumns()); len(match) > 0 {
		out.Use.Items = match[0].Items
	} else {
		out.Err = fmt.Sprintf("No columns of %s are named like its items (%s …). Save it and choose its columns on the Scores screen.", p.Dataset.Name, d.Items[0].Column)
		return out
	}
	m := p.Recipe.Mapping
	m.Definitions, m.Instruments = []instrument.File{f}, []trial.Use{out.Use}
	m.Derived, m.Covariates, m.Outcomes = nil, nil, nil
	t, err := trial.Build(p.Dataset, m)
	if err != nil {
		out.Err = sentence(err.Error())
		return out
	}
	out.Trial, out.Summary = t, trial.Summarise(t, 0)
	return out
}

// saveOwn puts the definition into the recipe and scores it, showing its
// columns.
func (m Model) saveOwn() (Model, []Effect) {
	o := m.Own
	if o.Definition == nil || m.Project == nil {
		return m, nil
	}
	p := m.project()
	mapping := &p.Recipe.Mapping
	mapping.Definitions = slices.DeleteFunc(slices.Clone(mapping.Definitions), func(f instrument.File) bool { return f.ID == o.Was || f.ID == o.File.ID })
	mapping.Definitions = append(mapping.Definitions, o.File)
	mapping.Instruments = slices.DeleteFunc(slices.Clone(mapping.Instruments), func(u trial.Use) bool {
		return u.Instrument == o.Was && o.Was != o.File.ID || u.Instrument == o.File.ID && len(u.Items) != len(o.Definition.Items)
	})
	if o.Test != nil && o.Test.Err == "" && p.use(o.File.ID) == nil { // the columns it was tried on
		mapping.Instruments = append(mapping.Instruments, o.Test.Use)
	}
	m, effects := m.updateScoring(AddInstrument{Instrument: o.File.ID})
	if m.Trouble != nil {
		return m, effects
	}
	m.Own.Was = o.File.ID
	m.Screen = Scores
	return m, append(effects, m.toast(o.Definition.Short+" is in the recipe.", nil, toastTime))
}

// dropOwn takes a definition, and what is scored by it, out of the recipe.
func (m Model) dropOwn(id string) (Model, []Effect) {
	if m.Project == nil {
		return m, nil
	}
	p := m.project()
	mapping := &p.Recipe.Mapping
	mapping.Definitions = slices.DeleteFunc(slices.Clone(mapping.Definitions), func(f instrument.File) bool { return f.ID == id })
	mapping.Instruments = slices.DeleteFunc(slices.Clone(mapping.Instruments), func(u trial.Use) bool { return u.Instrument == id })
	p.ask()
	p.rebuild()
	m.openOwn("")
	return m.endRun(nil)
}
