package trial

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
	Instrument string            `json:"instrument"`
	Items      []string          `json:"items"`            // names in the long form, in the order of the items
	Coding     map[string]string `json:"coding,omitempty"` // item: coding
	Policy     map[string]string `json:"policy,omitempty"` // scale: rule for missing answers
	Set        string            `json:"set,omitempty"`    // value set
}

// Reason says why a role was given.
type Reason struct {
	Field  string `json:"field"` // name in Mapping, such as "unit"
	Column string `json:"column,omitempty"`
	Why    string `json:"why"`
	Sure   bool   `json:"sure"` // false: ask
}
