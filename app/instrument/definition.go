package instrument

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sort"
	"strings"
	"sync"
)

//go:embed definitions/*.json definitions/tables/*.csv
var embedded embed.FS

// Definition is one instrument, checked: whatever is wrong with the file was
// said when it was loaded.
type Definition struct {
	ID      string // "odi": names the instrument in commands, recipes and files
	Version string // of this definition, printed with every score
	Name    string // "Oswestry Disability Index 2.1"
	Short   string // "ODI"
	Licence string // who owns it and what its use asks for
	Note    string // what a user should know before trusting a score
	Sources []Source
	Items   []Item // in the order of the form

	order    int
	prefixes []string
	profile  []string // names of a single column that holds all answers side by side
	scales   []*scale
	results  []resultColumn
}

// Source says where one fact of a definition comes from.
type Source struct {
	For   string `json:"for"`   // "score", "bands", "missing answers", …
	Basis string `json:"basis"` // published, recalled, convention or derived
	Cite  string `json:"cite"`
}

// Item is one question: its place, its standard column and the answers it may have.
type Item struct {
	Number  int
	Column  string   // the standard name, "odi_1"
	Also    []string // other names a file may use
	Min     float64
	Max     float64
	Integer bool
	Values  []float64 // when only some numbers of the range exist, as 1, 4 and 7
	Codes   []string  // when the answer is one of a few words
	Unit    string
	Codings []Coding // other ways files hold the answer; the first is the usual one
	Ask     bool     // the coding cannot be told from the name and must be asked
}

// Coding is one way a file may hold the answers to an item.
type Coding struct {
	Name string // "1-5"
	Text string // for the analyst who must choose
	Min  float64
	Max  float64
	// Map takes the file's answers min, min+1, … to the item's own; nil leaves them.
	Map []float64
	// Scored answers are points already: neither reversed nor recoded again.
	Scored bool
}

// Important is a change that matters to a patient, by one source.
type Important struct {
	Kind    string  `json:"kind"` // MIC, MCID, MDC, MID
	Low     float64 `json:"low"`
	High    float64 `json:"high"` // the same as Low unless the source gives a range
	Unit    string  `json:"unit"` // "points" or "% of baseline"
	Context string  `json:"context"`
	Source  string  `json:"source"`
	Basis   string  `json:"basis"`
}

// Band is one category of a score. Its lower bound is From, met at From
// itself unless Above; the last band whose bound is met holds.
type Band struct {
	Label string
	From  float64
	Above bool
}

// Direction says which end of a scale is the good one.
type Direction string

const (
	Lower   Direction = "lower"
	Higher  Direction = "higher"
	Neither Direction = "neither"
)

// Kind is the kind of outcome a scale makes.
type Kind string

const (
	Number  Kind = "number"
	Ordinal Kind = "ordinal" // coded 1, 2, … in the order of Levels
	YesNo   Kind = "binary"
)

// Scale is what becomes an outcome of the trial.
type Scale struct {
	Instrument     string
	Name           string // within the instrument: "score", "pa"
	Variable       string // as an outcome: "odi", "fabq_pa"
	Label          string // "ODI (0–100)"
	Kind           Kind
	Min, Max       float64
	Decimals       int
	Better         Direction
	HigherIsBetter bool
	Levels         []string // of an ordinal scale
	Bands          []Band
	Important      []Important
	Items          []int  // numbers of the items that count
	Rule           string // in words
	Missing        string // the missing-answer policy in words
	Set            string // value set, where there is one
	Alternative    bool   // another way to the same thing; not offered as an outcome unasked
}

// The JSON of a definition. Every field is described in definitions/README.md.
type (
	definitionFile struct {
		ID       string       `json:"id"`
		Version  string       `json:"version"`
		Order    int          `json:"order"`
		Name     string       `json:"name"`
		Short    string       `json:"short"`
		Licence  string       `json:"licence"`
		Note     string       `json:"note"`
		Sources  []Source     `json:"sources"`
		Prefixes []string     `json:"prefixes"`
		Profile  []string     `json:"profile"`
		Items    []itemFile   `json:"items"`
		Scales   []scaleFile  `json:"scales"`
		Results  []resultFile `json:"results"`
	}
	itemFile struct {
		Columns string       `json:"columns"`
		Also    []string     `json:"also"`
		Min     *float64     `json:"min"`
		Max     *float64     `json:"max"`
		Decimal bool         `json:"decimal"`
		Values  []float64    `json:"values"`
		Codes   []string     `json:"codes"`
		Unit    string       `json:"unit"`
		Codings []codingFile `json:"codings"`
		Ask     bool         `json:"ask"`
	}
	codingFile struct {
		Name   string             `json:"name"`
		Text   string             `json:"text"`
		Min    float64            `json:"min"`
		Max    float64            `json:"max"`
		Shift  float64            `json:"shift"`
		Map    map[string]float64 `json:"map"`
		Scored bool               `json:"scored"`
	}
	bandFile struct {
		Label string   `json:"label"`
		From  *float64 `json:"from"`
		Above *float64 `json:"above"`
	}
	scaleFile struct {
		Name        string                        `json:"name"`
		Variable    string                        `json:"variable"`
		Label       string                        `json:"label"`
		Kind        Kind                          `json:"kind"`
		Rule        string                        `json:"rule"`
		Items       string                        `json:"items"`
		Reversed    string                        `json:"reversed"`
		Recode      map[string]map[string]float64 `json:"recode"`
		Missing     *Policy                       `json:"missing"`
		Of          []string                      `json:"of"`
		Needs       []string                      `json:"needs"`
		Table       *tableUse                     `json:"table"`
		Sets        *setsUse                      `json:"sets"`
		Min         *float64                      `json:"min"`
		Max         *float64                      `json:"max"`
		Decimals    int                           `json:"decimals"`
		Better      Direction                     `json:"better"`
		Levels      []string                      `json:"levels"`
		Bands       []bandFile                    `json:"bands"`
		Important   []Important                   `json:"important"`
		Alternative bool                          `json:"alternative"`
	}
	resultFile struct {
		Column  string  `json:"column"`
		Show    string  `json:"show"`
		Scale   string  `json:"scale"`
		Missing *Policy `json:"missing"`
		Field   string  `json:"field"`
	}
)

// scale is a Scale with what is needed to compute it.
type scale struct {
	Scale
	rule     rule
	policy   Policy
	items    []int // indices into Definition.Items
	reversed []bool
	recode   [][]float64 // per counted item, by answer minus base; nil = as answered
	base     []float64   // lowest answer of each counted item
	low      []float64   // fewest points of each counted item
	high     []float64   // most points
	of       []int       // indices of the scales it is made of
	needs    []int       // indices of the scales without which it has no score
	table    *lookup
	sets     *valueSets
	index    int // among the scales of its instrument
	// asAnswered: no item is reversed or recoded.
	asAnswered bool
}

// resultColumn is one column a scorer writes.
type resultColumn struct {
	column string
	show   string
	scale  int // -1: of all items
	policy *Policy
	field  int // column of the lookup table
}

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
	byID := map[string]string{}
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		d, err := parse(fsys, name, text)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if other, taken := byID[d.ID]; taken {
			errs = append(errs, fmt.Errorf("%s: id: %q is taken by %s", name, d.ID, other))
			continue
		}
		byID[d.ID] = name
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

// parse reads one definition. Tables come from fsys.
func parse(fsys fs.FS, name string, text []byte) (*Definition, error) {
	var f definitionFile
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return nil, decodeError(name, text, dec, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("%s: something follows the definition", name)
	}
	b := &builder{fsys: fsys, name: name, file: &f}
	d := b.build()
	if len(b.errs) > 0 {
		return nil, errors.Join(b.errs...)
	}
	return d, nil
}

// decodeError puts the line of the file before what encoding/json found.
func decodeError(name string, text []byte, dec *json.Decoder, err error) error {
	at := dec.InputOffset()
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) {
		at = syntax.Offset
	}
	if errors.As(err, &kind) {
		return fmt.Errorf("%s: line %d: %s must not be a %s", name, lineOf(text, kind.Offset), kind.Field, kind.Value)
	}
	what := strings.TrimPrefix(err.Error(), "json: ")
	if field, ok := strings.CutPrefix(what, "unknown field "); ok {
		// The decoder stops at the end of the object; the field itself is nearer to the reader's eye.
		if i := bytes.Index(text, []byte(field)); i >= 0 {
			at = int64(i)
		}
		return fmt.Errorf("%s: line %d: no such field as %s", name, lineOf(text, at), field)
	}
	return fmt.Errorf("%s: line %d: not valid JSON: %s", name, lineOf(text, at), what)
}

func lineOf(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(int(offset), len(text))], []byte("\n"))
}

// Scorer's Scales say the same under the settings it was made with.
func (d *Definition) Scales() []Scale {
	list := make([]Scale, len(d.scales))
	for i, s := range d.scales {
		list[i] = s.Scale
		if s.sets != nil {
			list[i] = s.withSet(s.sets.usual)
		}
	}
	return list
}

// Scored reports whether any scale counts the item at index i.
func (d *Definition) Scored(i int) bool {
	return slices.ContainsFunc(d.scales, func(s *scale) bool { return slices.Contains(s.items, i) })
}

// Sets lists the instrument's value sets; the usual one is the first result.
func (d *Definition) Sets() (usual string, all []string) {
	for _, s := range d.scales {
		if s.sets != nil {
			return s.sets.usual, slices.Clone(s.sets.names)
		}
	}
	return "", nil
}

// Range is the answers of the items in words: "0–5", "1–10; 0–10".
func (d *Definition) Range() string {
	var parts []string
	for _, it := range d.Items {
		text := plain(it.Min) + "–" + plain(it.Max)
		if it.Codes != nil {
			text = strings.Join(it.Codes, ", ")
		}
		if it.Unit != "" {
			text += " " + it.Unit
		}
		if !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "; ")
}
