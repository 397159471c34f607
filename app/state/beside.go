package state

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"trialbox/app/analysis"
	"trialbox/app/dataset"
	"trialbox/app/trial"
)

// UnitsFile is the list of randomised units added to a project. It is kept
// with the project; the recipe only names it.
type UnitsFile struct {
	Name    string
	Bytes   []byte
	Dataset *dataset.Dataset
	Mapping trial.UnitsMapping
	Units   *trial.Units   // nil when the mapping makes none
	Err     string         // why, a sentence
	Joined  *trial.AsUnits // held against the trial; nil while there is none
}

// What a person does with the files beside the data.
type (
	SetUnitsRole     struct{ Role, Column string }
	RemoveUnits      struct{}
	RemoveDictionary struct{}
)

// besideRead is a units file, a dictionary, a list of decisions or a recipe
// that was read for the open project.
type besideRead struct {
	name       string
	units      *UnitsFile
	dictionary *analysis.DictionaryUse
	problems   []dataset.Problem // of the dictionary
	decisions  []dataset.Correction
	recipe     *analysis.Recipe
	err        error
}

type readBeside struct {
	purpose string
	source  Blob
	sha     string // of the open data
}

// maxBeside is the largest file beside the data.
const maxBeside = 16 << 20

func (w World) readBeside(ctx context.Context, e readBeside) besideRead {
	out := besideRead{name: e.source.Name()}
	if e.source.Size() > maxBeside {
		out.err = tooLarge(e.source)
		return out
	}
	body, err := readAll(ctx, e.source)
	if err != nil {
		out.err = err
		return out
	}
	switch e.purpose {
	case "recipe":
		r, err := analysis.ParseRecipe(body)
		out.recipe, out.err = &r, err
	case "decisions":
		out.decisions, out.err = dataset.ReadDecisions(out.name, body, e.sha)
	case "units":
		out.units = &UnitsFile{Name: out.name, Bytes: body}
		out.err = w.readUnits(ctx, out.units)
	case "dictionary":
		out.dictionary, out.problems, out.err = w.readDictionary(ctx, out.name, body)
	}
	return out
}

func tooLarge(b Blob) error {
	return fmt.Errorf("%s has %d MB; a file of this sort has a few lines: check that it is the right one", b.Name(), b.Size()>>20)
}

func readAll(ctx context.Context, b Blob) ([]byte, error) {
	var all []byte
	for off := int64(0); off < b.Size(); off += sliceBytes {
		part, err := b.Slice(ctx, off, sliceBytes)
		if err != nil {
			return nil, fmt.Errorf("%s could not be read: %w", b.Name(), err)
		}
		all = append(all, part...)
	}
	return all, nil
}

// readBytes reads a small file as a table, where tables are read: the page
// itself has no reader.
func (w World) readBytes(ctx context.Context, name string, body []byte) (*dataset.Dataset, error) {
	return w.Engine.Read(ctx, Bytes(name, body), dataset.Options{}, func(int64) {})
}

// readUnits understands a units file, by its names where it has no mapping.
func (w World) readUnits(ctx context.Context, u *UnitsFile) (err error) {
	if u == nil {
		return nil
	}
	if u.Dataset, err = w.readBytes(ctx, u.Name, u.Bytes); err != nil {
		return err
	}
	m := u.Mapping
	if m == (trial.UnitsMapping{}) {
		m, _ = trial.GuessUnits(u.Dataset)
	}
	*u = *u.mapped(m)
	return nil
}

// mapped is the units file by another mapping.
func (u *UnitsFile) mapped(m trial.UnitsMapping) *UnitsFile {
	next := *u
	next.Mapping, next.Units, next.Joined, next.Err = m, nil, nil, ""
	units, err := trial.BuildUnits(next.Dataset, m)
	if err != nil {
		next.Err = sentence(err.Error())
		return &next
	}
	next.Units = units
	return &next
}

func (w World) readDictionary(ctx context.Context, name string, body []byte) (*analysis.DictionaryUse, []dataset.Problem, error) {
	d, err := w.readBytes(ctx, name, body)
	if err != nil {
		return nil, nil, err
	}
	k, err := dataset.ReadDictionary(d)
	if err != nil {
		return nil, nil, err
	}
	return &analysis.DictionaryUse{File: name, SHA256: d.SHA256, Rules: k.Rules()}, k.Problems, nil
}

// fileBeside puts what was read beside the data onto the project.
func (m Model) fileBeside(msg besideRead) (Model, []Effect) {
	if msg.err != nil {
		m.Trouble = openTrouble(msg.name, msg.err)
		return m, nil
	}
	p := m.project()
	switch {
	case msg.units != nil:
		p.Units = msg.units
		p.Data.Tab = "beside"
	case msg.dictionary != nil:
		p.Recipe.Reading.Dictionary = msg.dictionary
		p.DictionaryProblems = msg.problems
		p.Data.Tab = "beside"
		p.reinterpret()
	case msg.decisions != nil:
		p.Decisions = slices.Concat(p.Decisions, msg.decisions)
		p.Data.Tab = "problems"
		return m.decided(true)
	}
	p.rebuild()
	return m.endRun(nil)
}

// updateBeside changes or removes the files beside the data.
func (m Model) updateBeside(msg Msg) (Model, []Effect) {
	p := m.project()
	switch msg := msg.(type) {
	case SetUnitsRole:
		if p.Units == nil {
			return m, nil
		}
		p.Units = p.Units.mapped(withUnitsRole(p.Units.Mapping, msg))
	case RemoveUnits:
		p.Units = nil
	case RemoveDictionary:
		p.Recipe.Reading.Dictionary, p.DictionaryProblems = nil, nil
		p.reinterpret()
	}
	p.rebuild()
	return m.endRun(nil)
}

func withUnitsRole(m trial.UnitsMapping, msg SetUnitsRole) trial.UnitsMapping {
	roles := map[string]*string{"unit": &m.Unit, "name": &m.Name, "arm": &m.Arm, "allocated": &m.Allocated, "stratum": &m.Stratum, "recruited": &m.Recruited}
	if to := roles[msg.Role]; to != nil {
		*to = msg.Column
	}
	return m
}

// joinUnits holds the units file against the trial.
func (p *Project) joinUnits() {
	p.Recipe.Units = nil
	if p.Units == nil {
		return
	}
	u := *p.Units
	u.Joined = nil
	if p.Trial != nil && u.Units != nil {
		u.Joined = p.Trial.Join(u.Units)
	}
	p.Units = &u
	p.Recipe.Units = &analysis.UnitsUse{File: u.Name, SHA256: u.Dataset.SHA256, Mapping: u.Mapping}
}

// DictionaryFit tells which fields of the dictionary the file lacks, and which
// columns the dictionary lacks.
func (p *Project) DictionaryFit() (matched int, absent, unknown []string) {
	use := p.Recipe.Reading.Dictionary
	if use == nil {
		return 0, nil, nil
	}
	for _, c := range p.Dataset.Columns {
		if _, ok := use.Rules[c.Name]; ok {
			matched++
		} else {
			unknown = append(unknown, c.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(use.Rules)) {
		if p.Dataset.Column(name) == nil {
			absent = append(absent, name)
		}
	}
	return matched, absent, unknown
}
