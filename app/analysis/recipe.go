package analysis

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"trialbox/app/dataset"
	"trialbox/app/design"
	"trialbox/app/trial"
	"trialbox/stats/mixed"
)

// RecipeSchema is the version of the recipe's form written today. Those of
// schema 1 have outcomes without a kind, which are means, and read unchanged.
const RecipeSchema = 2

// Recipe is everything but the data: how the file is read, what its columns
// are, how questionnaires are scored, which outcomes are analysed and how. It
// names the data by column and by hash and never holds a value of a patient.
type Recipe struct {
	Schema  int       `json:"schema"`
	Product string    `json:"product"` // always "trialbox"
	Name    string    `json:"name"`
	Data    DataName  `json:"data"`
	Reading Reading   `json:"reading"`
	Units   *UnitsUse `json:"units,omitempty"`
	// Decisions says how many decisions about single rows were made and the
	// hash of their file. They themselves hold patients' values.
	Decisions *DecisionsNote `json:"decisions,omitempty"`
	Mapping   trial.Mapping  `json:"mapping"`
	Outcomes  []Outcome      `json:"outcomes"`
	Options   Options        `json:"options"`
	// Design is what was chosen on the Design screen, as it was typed.
	Design   *design.Choices `json:"design,omitempty"`
	Baseline *Baseline       `json:"baseline,omitempty"` // nil: as proposed
	Flow     *FlowNotes      `json:"flow,omitempty"`
	// Sensitivity is what stands beside the main result; nil: as proposed.
	Sensitivity *Sensitivity `json:"sensitivity,omitempty"`
	// FewClusters asks for the methods for few units side by side; nil: none.
	FewClusters *FewClusters `json:"few_clusters,omitempty"`
}

// DataName says which file the recipe was made on.
type DataName struct {
	File    string   `json:"file"`
	SHA256  string   `json:"sha256"`
	Columns []string `json:"columns"`
	Kinds   []string `json:"kinds,omitempty"` // of the columns, in their order
}

// UnitsUse is a units file as part of a recipe.
type UnitsUse struct {
	File    string             `json:"file"`
	SHA256  string             `json:"sha256"`
	Mapping trial.UnitsMapping `json:"mapping"`
}

// DecisionsNote stands in a recipe for decisions about single rows.
type DecisionsNote struct {
	Count  int    `json:"count"`
	SHA256 string `json:"sha256"` // of the file that DecisionsCSV of package dataset writes
}

// Reading holds what the analyst overrode in the reading of the file; empty
// fields mean "as detected".
type Reading struct {
	Encoding     string   `json:"encoding,omitempty"`
	Delimiter    string   `json:"delimiter,omitempty"`
	Decimal      string   `json:"decimal,omitempty"`
	Sheet        string   `json:"sheet,omitempty"` // of a workbook
	MissingCodes []string `json:"missing_codes,omitempty"`
	// Columns are the analyst's rules, Dictionary those of a data dictionary;
	// the first hold where both say something.
	Columns    map[string]dataset.ColumnRule `json:"columns,omitempty"`
	Dictionary *DictionaryUse                `json:"dictionary,omitempty"`
}

// DictionaryUse is a data dictionary as part of a recipe.
type DictionaryUse struct {
	File   string                        `json:"file"`
	SHA256 string                        `json:"sha256"`
	Rules  map[string]dataset.ColumnRule `json:"rules"`
}

func (o Options) method() mixed.Method {
	if o.Method == "reml" {
		return mixed.REML
	}
	return mixed.ML
}

// ParseRecipe reads a recipe file. Errors name the path in the file.
func ParseRecipe(b []byte) (Recipe, error) {
	r := Recipe{Options: DefaultOptions()}
	if err := json.Unmarshal(b, &r); err != nil {
		return Recipe{}, fmt.Errorf("this is not a recipe: %w", err)
	}
	if r.Product != "trialbox" {
		return Recipe{}, fmt.Errorf("this is not a recipe: product is %q where a recipe says \"trialbox\"", r.Product)
	}
	if r.Schema < 1 || r.Schema > RecipeSchema {
		return Recipe{}, fmt.Errorf("the recipe has schema %d; this version reads up to %d, so open it with a newer Trialbox", r.Schema, RecipeSchema)
	}
	if err := r.Validate(); err != nil {
		return Recipe{}, err
	}
	return r, nil
}

// Validate says with its path what a recipe cannot hold, or nil.
func (r Recipe) Validate() error {
	if err := r.Options.Validate(); err != nil {
		return err
	}
	if err := r.Baseline.Validate(); err != nil {
		return err
	}
	if err := r.Flow.Validate(); err != nil {
		return err
	}
	if err := r.Sensitivity.Validate(); err != nil {
		return err
	}
	if err := r.FewClusters.Validate(); err != nil {
		return err
	}
	if _, err := r.Mapping.Library(); err != nil {
		return fmt.Errorf("mapping: %w", err)
	}
	for i, o := range r.Outcomes {
		if err := o.validate(fmt.Sprintf("outcomes[%d]", i)); err != nil {
			return err
		}
	}
	return nil
}

// JSON writes the recipe as a readable file.
func (r Recipe) JSON() []byte {
	r.Schema, r.Product = RecipeSchema, "trialbox"
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		panic("analysis: a recipe holds only plain values: " + err.Error())
	}
	return append(b, '\n')
}

// decimalsFor proposes how many decimals a variable's means are printed with:
// two when everything lies within ±1.5 (an index), else one.
func decimalsFor(values []float64) int {
	most := 0.0
	for _, v := range values {
		if !math.IsNaN(v) && math.Abs(v) > most {
			most = math.Abs(v)
		}
	}
	if most <= 1.5 {
		return 2
	}
	return 1
}

// DatasetOptions are the reading's overrides as the reader takes them.
func (r Reading) DatasetOptions() dataset.Options {
	opt := dataset.Options{Encoding: r.Encoding, Sheet: r.Sheet, MissingCodes: r.MissingCodes}
	if r.Delimiter != "" {
		opt.Delimiter = []rune(r.Delimiter)[0]
	}
	if r.Decimal != "" {
		opt.Decimal = []rune(r.Decimal)[0]
	}
	opt.Columns = r.rules()
	return opt
}

// rules are the analyst's of each column over the dictionary's; nil for none.
func (r Reading) rules() map[string]dataset.ColumnRule {
	if r.Dictionary == nil {
		return r.Columns
	}
	all := maps.Clone(r.Dictionary.Rules)
	for name, rule := range r.Columns {
		all[name] = rule.Or(all[name])
	}
	return all
}

// SameFile reports whether two readings take the same texts out of a file, so
// that the one needs no new reading after the other.
func (r Reading) SameFile(other Reading) bool {
	return r.Encoding == other.Encoding && r.Delimiter == other.Delimiter && r.Sheet == other.Sheet
}

// MissingColumns lists the columns a recipe's mapping needs that a file lacks,
// in the order of the mapping.
func (r Recipe) MissingColumns(d *dataset.Dataset) []string {
	m := r.Mapping
	want := []string{m.Unit, m.Patient, m.Arm, m.Visit}
	stems := map[string]bool{}
	for _, w := range m.Wide {
		want = append(want, w.Column)
		stems[w.Stem] = true
	}
	for _, u := range m.Instruments {
		want = append(append(want, u.Items...), u.Returned)
	}
	for _, x := range m.Derived {
		want = append(want, x.Height, x.Weight, x.From, x.To)
	}
	var out []string
	for _, name := range want {
		if name != "" && !stems[name] && d.Column(name) == nil && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
