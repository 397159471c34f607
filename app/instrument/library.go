package instrument

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sort"
	"sync"
)

//go:embed definitions/*.json definitions/tables/*.csv
var embedded embed.FS

// Library is the instruments that can be looked up together: the built-in ones
// and a project's own. It is a value: With makes another. The zero Library has
// the built-in instruments alone.
type Library struct {
	own []*Definition
}

// Builtin is the library of the built-in instruments.
func Builtin() Library { return Library{} }

// With is the library with a project's own definitions after the others. None
// may take an identifier or the variable of a score that is there already: what
// a recipe calls "odi" is the same in every project.
func (l Library) With(own ...*Definition) (Library, error) {
	out := Library{own: slices.Clone(l.own)}
	for _, d := range own {
		if _, taken := out.Get(d.ID); taken {
			return l, fmt.Errorf("id: there is an instrument %q already; choose another identifier", d.ID)
		}
		for _, s := range d.scales {
			if other := out.ofVariable(s.Variable); other != nil {
				return l, fmt.Errorf("scales: the variable %q of %s is a score of %s already; choose another", s.Variable, s.Name, other.Short)
			}
		}
		out.own = append(out.own, d)
	}
	return out, nil
}

func (l Library) ofVariable(name string) *Definition {
	for _, d := range l.All() {
		if slices.ContainsFunc(d.scales, func(s *scale) bool { return s.Variable == name }) {
			return d
		}
	}
	return nil
}

// Get finds an instrument by its identifier.
func (l Library) Get(id string) (*Definition, bool) {
	for _, d := range l.own {
		if d.ID == id {
			return d, true
		}
	}
	return Lookup(id)
}

// Own reports whether an identifier is that of a project's own definition.
func (l Library) Own(id string) bool {
	return slices.ContainsFunc(l.own, func(d *Definition) bool { return d.ID == id })
}

// All lists the built-in instruments in the order the screens have them, then
// the project's own.
func (l Library) All() []*Definition { return append(All(), l.own...) }

// All returns the built-in instruments in the order the screens list them.
func All() []*Definition {
	return slices.Clone(builtIn())
}

// Lookup finds a built-in instrument by its identifier.
func Lookup(id string) (*Definition, bool) {
	for _, d := range builtIn() {
		if d.ID == id {
			return d, true
		}
	}
	return nil, false
}

var builtIn = sync.OnceValue(func() []*Definition {
	sub, err := fs.Sub(embedded, "definitions")
	if err != nil {
		panic(err)
	}
	all, err := Load(sub)
	if err != nil {
		panic(err) // the definitions are part of the program, and tested
	}
	return all
})

// Load reads every *.json of a folder as a definition, with the tables it
// names from the folder tables/ beside it. The error lists all that is wrong,
// one line each, by file and field.
func Load(fsys fs.FS) ([]*Definition, error) {
	names, err := fs.Glob(fsys, "*.json")
	if err != nil {
		return nil, err
	}
	var all []*Definition
	var errs []error
	for _, name := range names {
		d, err := load(fsys, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all = append(all, d)
	}
	sort.SliceStable(all, func(i, j int) bool {
		if all[i].order != all[j].order {
			return all[i].order < all[j].order
		}
		return all[i].ID < all[j].ID
	})
	return all, errors.Join(errs...)
}

// load reads one definition of a folder, which is named after it.
func load(fsys fs.FS, name string) (*Definition, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	f, err := ParseFile(name, text)
	if err != nil {
		return nil, err
	}
	d, err := f.definition(fsys, name)
	if f.ID+".json" != name {
		err = errors.Join(fmt.Errorf("%s: id: %q must be the name of the file", name, f.ID), err)
	}
	return d, err
}
