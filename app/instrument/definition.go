package instrument

import (
	"slices"
	"strings"
)

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

	file     File
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
	High    float64 `json:"high,omitempty"` // the same as Low unless the source gives a range
	Unit    string  `json:"unit"`           // "points" or "% of baseline"
	Context string  `json:"context,omitempty"`
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
	Worded         bool   // the score is a word, not a number: a health state, a remark
	Alternative    bool   // another way to the same thing; not offered as an outcome unasked
}

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
	prefixes []string    // what columns named by scale begin with: "fabq_pa"
	section  []int       // numbers of the items of its part of the form
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

// Scales lists what the instrument can add to a trial under its own rules. A
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
