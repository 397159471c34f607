package trial

import (
	"encoding/json"
	"fmt"
	"maps"

	"trialbox/app/instrument"
)

// Mapping says what each column of a table is in the trial. It is part of a
// recipe: plain values, no patient's value among them but the names of arms
// and visits.
type Mapping struct {
	Shape string `json:"shape"` // "long": a row for each patient and visit; "wide": a row for each patient

	Unit        string `json:"unit"`
	Patient     string `json:"patient"`
	Arm         string `json:"arm"`                      // as received
	Randomised  string `json:"arm_randomised,omitempty"` // where the file tells both
	Visit       string `json:"visit,omitempty"`          // long only
	Stratum     string `json:"stratum,omitempty"`
	VisitDate   string `json:"visit_date,omitempty"`
	ConsentDate string `json:"consent_date,omitempty"`

	Control      string `json:"control"`      // the arm column's value for control
	Intervention string `json:"intervention"` // and for intervention

	Visits      []Visit      `json:"visits"`
	Covariates  []Covariate  `json:"covariates,omitempty"`
	Outcomes    []string     `json:"outcomes,omitempty"` // columns that are outcomes as they are
	Wide        []WideColumn `json:"wide,omitempty"`
	Pattern     string       `json:"pattern,omitempty"` // rule by which Wide was found, such as "{stem}_{visit}"
	Instruments []Use        `json:"instruments,omitempty"`

	// Definitions are the analyst's own questionnaires.
	Definitions []instrument.File `json:"definitions,omitempty"`
	Derived     []Derived         `json:"derived,omitempty"`
}

// Library is the instruments the mapping can name: the built-in ones and its
// own. The error names definition and field.
func (m Mapping) Library() (instrument.Library, error) {
	lib := instrument.Builtin()
	for i, f := range m.Definitions {
		name := fmt.Sprintf("definitions[%d]", i)
		if f.ID != "" {
			name = "definition " + f.ID
		}
		d, err := f.Definition(name)
		if err != nil {
			return lib, err
		}
		if lib, err = lib.With(d); err != nil {
			return lib, fmt.Errorf("%s: %w", name, err)
		}
	}
	return lib, nil
}

// Visit is one planned visit.
type Visit struct {
	Code   string  `json:"code"`  // as in the file: a cell of the visit column, or the part of a wide column's name
	Label  string  `json:"label"` // "3 months"
	Months float64 `json:"months"`
}

// Covariate is a column that may enter a model.
type Covariate struct {
	Column   string `json:"column"`
	Factor   bool   `json:"factor,omitempty"`
	Baseline bool   `json:"baseline,omitempty"` // the value at the first visit, repeated on every row as <column>_<code>
	Label    string `json:"label,omitempty"`
}

// WideColumn is one column of a wide table: which variable, at which visit.
type WideColumn struct {
	Column string `json:"column"`
	Stem   string `json:"stem"`  // name of the variable in the long form
	Visit  string `json:"visit"` // a Visit's Code
}

// Use says that an instrument is scored, from which columns and by which rules.
type Use struct {
	Instrument string                       `json:"instrument"`
	Items      []string                     `json:"items"`            // names in the long form, in the order of the items
	Coding     map[string]string            `json:"coding,omitempty"` // item: coding
	Texts      map[string]map[string]string `json:"texts,omitempty"`  // instrument or item: answers in words and the numbers they stand for
	Policy     map[string]string            `json:"policy,omitempty"` // scale: rule for missing answers
	Cuts       map[string]string            `json:"cuts,omitempty"`   // scale: other bounds of its categories
	Set        string                       `json:"set,omitempty"`    // value set
	// Returned is a column that says which forms came back, for the rule
	// blank_as_no: yes where it holds anything but no, 0 or a blank.
	Returned string `json:"returned,omitempty"`
	// Doubt says that the names of the columns do not tell which items they are:
	// see instrument.Match. Nothing is scored from them before they are Confirmed.
	Doubt     string `json:"doubt,omitempty"`
	Confirmed bool   `json:"confirmed,omitempty"`
}

// Settings are the rules of a use.
func (u Use) Settings() instrument.Settings {
	return instrument.Settings{Items: u.Items, Coding: u.Coding, Texts: u.Texts, Policy: u.Policy, Cuts: u.Cuts, Set: u.Set}
}

// Answered is the answer to a question that the use holds, "" for none.
func (u Use) Answered(q instrument.Question) string {
	switch q.Field {
	case "coding":
		return u.Coding[q.Item]
	case "texts":
		if words := u.Texts[q.Item]; words != nil {
			b, _ := json.Marshal(words) // keys in order, so that equal maps are equal texts
			return string(b)
		}
	case "columns":
		switch {
		case !u.Confirmed:
		case u.Doubt == instrument.ByNumbers:
			b, _ := json.Marshal(u.Items)
			return string(b)
		default:
			return u.Instrument
		}
	}
	return ""
}

// Answer is the use with the answer to a question; "" takes it back. The error
// says why it cannot be one. An answer to a question about columns may make
// it a use of another instrument, or of none: a use without an instrument is
// to be dropped.
func (u Use) Answer(q instrument.Question, value string) (Use, error) {
	switch q.Field {
	case "coding":
		u.Coding = setKey(u.Coding, q.Item, value, value != "")
	case "texts":
		var words map[string]string
		if value != "" {
			if err := json.Unmarshal([]byte(value), &words); err != nil {
				return u, fmt.Errorf("the answers in words of %s are not understood: %w", q.Item, err)
			}
		}
		u.Texts = setKey(u.Texts, q.Item, words, words != nil)
	case "columns":
		return u.confirm(value)
	}
	return u, nil
}

func (u Use) confirm(value string) (Use, error) {
	u.Confirmed = value != ""
	switch {
	case value == "":
	case value == instrument.NotThis:
		u.Instrument = ""
	case u.Doubt == instrument.ByNumbers:
		var items []string
		if err := json.Unmarshal([]byte(value), &items); err != nil {
			return u, fmt.Errorf("the columns of %s are not understood: %w", u.Instrument, err)
		}
		u.Items = items
	default:
		u.Instrument = value
	}
	return u, nil
}

// setKey is the map with one key set or taken out; the map itself stays.
func setKey[V any](m map[string]V, key string, value V, set bool) map[string]V {
	out := maps.Clone(m)
	if out == nil {
		out = map[string]V{}
	}
	delete(out, key)
	if set {
		out[key] = value
	}
	return out
}

// Reason says why a role was given.
type Reason struct {
	Field  string `json:"field"` // name in Mapping, such as "unit"
	Column string `json:"column,omitempty"`
	Why    string `json:"why"`
	Sure   bool   `json:"sure"` // false: ask
}
