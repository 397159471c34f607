package analysis

// sensitivityFile is a SensitivityResult in result.json.
type sensitivityFile struct {
	Intervals string                   `json:"intervals"` // "model" or "bootstrap"
	Rule      string                   `json:"difference_marked"`
	Variants  []sensitivityVariantFile `json:"variants"`
	Outcomes  []sensitivityOutcomeFile `json:"outcomes"`
	Shifts    []shiftFile              `json:"shifted_missing_outcomes,omitempty"`
}

type sensitivityVariantFile struct {
	Variant
	Patients int `json:"patients"`
	Units    int `json:"units"`
}

type sensitivityOutcomeFile struct {
	Variable string               `json:"variable"`
	Rows     []sensitivityRowFile `json:"variants"`
}

type sensitivityRowFile struct {
	ID       string                `json:"id"`
	Status   Status                `json:"status,omitempty"`
	Reason   string                `json:"reason,omitempty"`
	Same     bool                  `json:"same_as_main,omitempty"`
	Formula  string                `json:"formula,omitempty"`
	Rows     int                   `json:"n_obs"`
	Patients int                   `json:"patients"`
	Units    int                   `json:"units"`
	LogLik   *number               `json:"loglik,omitempty"`
	Singular bool                  `json:"singular"`
	Visits   []sensitivityCellFile `json:"visits"`
	Warnings []string              `json:"warnings,omitempty"`
}

type sensitivityCellFile struct {
	Visit    string `json:"visit"`
	Estimate number `json:"estimate"`
	SE       number `json:"se"`
	CI       pair   `json:"ci"`
	P        number `json:"p"`
	Moved    bool   `json:"moved_over_one_se,omitempty"`
	Crossed  bool   `json:"p_crossed_0.05,omitempty"`
}

type shiftFile struct {
	Variable    string           `json:"variable"`
	Visit       string           `json:"visit,omitempty"`
	Arm         string           `json:"shifted_arm"`
	Imputations int              `json:"imputations"`
	Drawn       int              `json:"outcomes_drawn"`
	Moved       int              `json:"outcomes_shifted"`
	Without     int              `json:"not_drawn_for_want_of_covariates"`
	Tip         number           `json:"tipping_shift"`
	Reason      string           `json:"reason,omitempty"`
	Points      []shiftPointFile `json:"points"`
}

type shiftPointFile struct {
	Delta    number `json:"delta"`
	Estimate number `json:"estimate"`
	SE       number `json:"se"`
	DF       number `json:"df"`
	CI       pair   `json:"ci"`
	P        number `json:"p"`
	Missing  number `json:"share_of_variance_missing"`
	Used     int    `json:"imputations_used"`
}

// DifferenceRule says when a variant's result is marked as different.
const DifferenceRule = "the estimate lies more than one standard error of the main result from it, or P lies on the other side of 0.05"

func (r *SensitivityResult) file() *sensitivityFile {
	if r == nil {
		return nil
	}
	f := &sensitivityFile{Intervals: "model", Rule: DifferenceRule}
	if r.Bootstrap {
		f.Intervals = "bootstrap"
	}
	for _, c := range r.Columns {
		f.Variants = append(f.Variants, sensitivityVariantFile{c.Variant, c.Patients, c.Units})
	}
	for _, o := range r.Outcomes {
		x := sensitivityOutcomeFile{Variable: o.Outcome.Variable}
		for k, row := range o.Rows {
			x.Rows = append(x.Rows, row.file(r.Columns[k].Variant.ID, o))
		}
		f.Outcomes = append(f.Outcomes, x)
	}
	for _, s := range r.Shifts {
		x := shiftFile{Variable: s.Outcome.Variable, Visit: s.Visit.Code, Arm: s.Arm, Imputations: s.Done, Drawn: s.Drawn, Moved: s.Moved, Without: s.Without, Tip: number(s.Tip), Reason: s.Err, Points: []shiftPointFile{}}
		for _, p := range s.Points {
			x.Points = append(x.Points, shiftPointFile{number(p.Delta), number(p.Estimate), number(p.SE), number(p.DF), pair{number(p.Low), number(p.High)}, number(p.P), number(p.Missing), p.Used})
		}
		f.Shifts = append(f.Shifts, x)
	}
	return f
}

func (row SensitivityRow) file(id string, o SensitivityOutcome) sensitivityRowFile {
	x := sensitivityRowFile{ID: id, Status: row.Result.Status, Reason: row.Why, Same: row.Same, Formula: row.Result.Formula,
		Rows: row.Result.N, Patients: row.Result.Patients, Units: row.Result.Units, Warnings: row.Result.Warnings, Visits: []sensitivityCellFile{}}
	if fit := row.Result.Fit; fit != nil {
		loglik := number(fit.LogLik)
		x.LogLik, x.Singular = &loglik, fit.Singular
	}
	for k, c := range row.Cells {
		x.Visits = append(x.Visits, sensitivityCellFile{o.Visits[k].Code, number(c.Estimate), number(c.SE), pair{number(c.Low), number(c.High)}, number(c.P), c.Moved, c.Crossed})
	}
	return x
}
