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

// RecipeSchema is the version of the recipe's form written today.
const RecipeSchema = 1

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

// Outcome is one row group of the outcome table.
type Outcome struct {
	Variable string `json:"variable"` // name of the trial's variable
	Label    string `json:"label"`    // as printed, "ODI (0–100)"
	Decimals int    `json:"decimals"` // of means and differences
	Primary  bool   `json:"primary,omitempty"`
	Chosen   bool   `json:"chosen"` // in the table
}

// Options are shared by all outcomes of a recipe.
type Options struct {
	Method     string `json:"method"`     // "ml" or "reml"
	Model      string `json:"model"`      // "unit/patient" or "unit"
	Resample   string `json:"resample"`   // "units by arm", "units" or "none"
	Interval   string `json:"interval"`   // "normal", "percentile", "basic" or "bc"
	Replicates int    `json:"replicates"` // B, an outcome
	Seed       uint64 `json:"seed"`       // of PCG(seed, replicate)
}

// DefaultOptions are those of the model paper (Ryynänen et al. 2021): ML,
// units resampled whole within arm, B = 2,000, normal interval.
func DefaultOptions() Options {
	return Options{Method: "ml", Model: "unit/patient", Resample: "units by arm", Interval: "normal", Replicates: 2000, Seed: 42}
}

// MaxReplicates bounds B so that a slip of the finger cannot fill memory: at
// this size an outcome's replicates take about 12 MB.
const MaxReplicates = 100_000

// Validate says in a sentence what cannot be run, or nil.
func (o Options) Validate() error {
	switch {
	case o.Method != "ml" && o.Method != "reml":
		return fmt.Errorf("options.method is %q; it must be ml or reml", o.Method)
	case o.Model != "unit/patient" && o.Model != "unit":
		return fmt.Errorf("options.model is %q; it must be unit/patient or unit", o.Model)
	case o.Resample != "units by arm" && o.Resample != "units" && o.Resample != "none":
		return fmt.Errorf("options.resample is %q; it must be units by arm, units or none", o.Resample)
	case o.Interval != "normal" && o.Interval != "percentile" && o.Interval != "basic" && o.Interval != "bc":
		return fmt.Errorf("options.interval is %q; it must be normal, percentile, basic or bc", o.Interval)
	case o.Replicates < 2 || o.Replicates > MaxReplicates:
		return fmt.Errorf("options.replicates is %d; it must lie between 2 and %d", o.Replicates, MaxReplicates)
	}
	return nil
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
	if err := r.Options.Validate(); err != nil {
		return Recipe{}, err
	}
	if err := r.Baseline.Validate(); err != nil {
		return Recipe{}, err
	}
	if err := r.Flow.Validate(); err != nil {
		return Recipe{}, err
	}
	if _, err := r.Mapping.Library(); err != nil {
		return Recipe{}, fmt.Errorf("mapping: %w", err)
	}
	for i, o := range r.Outcomes {
		if o.Variable == "" {
			return Recipe{}, fmt.Errorf("outcomes[%d].variable is empty", i)
		}
		if o.Decimals < 0 || o.Decimals > 6 {
			return Recipe{}, fmt.Errorf("outcomes[%d].decimals is %d; it must lie between 0 and 6", i, o.Decimals)
		}
	}
	return r, nil
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
