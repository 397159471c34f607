package analysis

import (
	"encoding/json"
	"math"

	"trialbox/stats/boot"
)

// number is a float that JSON can hold: NaN and infinite become null.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	f := float64(n)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(f)
}

type pair [2]number

func pairOf(p [2]float64) pair { return pair{number(p[0]), number(p[1])} }

// resultFile is result.json: every number of the tables, with what it rests
// on. It holds no clock time, so the same input gives the same bytes.
type resultFile struct {
	Product  string        `json:"product"`
	Schema   int           `json:"schema"`
	Data     DataName      `json:"data"`
	Options  Options       `json:"options"`
	Arms     armsFile      `json:"arms"`
	Before   *beforeFile   `json:"before_the_models,omitempty"`
	Outcomes []outcomeFile `json:"outcomes"`
}

type armsFile struct {
	Control      armFile `json:"control"`
	Intervention armFile `json:"intervention"`
}

type armFile struct {
	Label    string `json:"label"`
	Units    int    `json:"units"`
	Patients int    `json:"patients"`
}

type outcomeFile struct {
	Variable  string         `json:"variable"`
	Label     string         `json:"label"`
	Status    Status         `json:"status"`
	Reason    string         `json:"reason,omitempty"`
	Formula   string         `json:"formula"`
	Words     string         `json:"words"`
	Rows      int            `json:"n_obs"`
	Dropped   int            `json:"n_dropped"`
	Patients  int            `json:"patients"`
	Units     int            `json:"units"`
	LogLik    *number        `json:"loglik,omitempty"`
	AIC       *number        `json:"aic,omitempty"`
	BIC       *number        `json:"bic,omitempty"`
	Singular  bool           `json:"singular"`
	Fixed     []fixedFile    `json:"fixed,omitempty"`
	Random    []randomFile   `json:"random,omitempty"`
	Residual  *number        `json:"residual_variance,omitempty"`
	ICC       map[string]any `json:"icc,omitempty"`
	Visits    []visitFile    `json:"visits"`
	Bootstrap *bootFile      `json:"bootstrap,omitempty"`
	Warnings  []string       `json:"warnings,omitempty"`
}

type fixedFile struct {
	Term     string `json:"term"`
	Estimate number `json:"estimate"`
	SE       number `json:"se"`
}

type randomFile struct {
	Group    string `json:"group"`
	Term     string `json:"term"`
	Variance number `json:"variance"`
	SD       number `json:"sd"`
}

type visitFile struct {
	Visit        string        `json:"visit"`
	Label        string        `json:"label"`
	Months       number        `json:"months"`
	Baseline     bool          `json:"baseline,omitempty"`
	Control      describeFile  `json:"control"`
	Intervention describeFile  `json:"intervention"`
	Difference   *contrastFile `json:"difference,omitempty"`
}

type describeFile struct {
	N    int    `json:"n"`
	Mean number `json:"mean"`
	SD   number `json:"sd"`
}

type contrastFile struct {
	Estimate  number         `json:"estimate"`
	SE        number         `json:"se"`
	CI        pair           `json:"ci"`
	P         number         `json:"p"`
	Bootstrap *bootstrapFile `json:"bootstrap,omitempty"`
}

type bootstrapFile struct {
	SE         number `json:"se"`
	MCSE       number `json:"mc_se"`
	P          number `json:"p"`
	Normal     pair   `json:"ci_normal"`
	Percentile pair   `json:"ci_percentile"`
	Basic      pair   `json:"ci_basic"`
	BC         pair   `json:"ci_bc"`
}

type bootFile struct {
	Scheme     string         `json:"scheme"`
	Seed       uint64         `json:"seed"`
	Replicates int            `json:"replicates"`
	Converged  int            `json:"converged"`
	Boundary   int            `json:"boundary"`
	Failed     int            `json:"failed"`
	Reasons    map[string]int `json:"reasons,omitempty"`
}

// ResultJSON writes a result with its provenance; before may be nil.
func ResultJSON(r *Result, recipe Recipe, before *Before) []byte {
	f := resultFile{
		Product: "trialbox", Schema: 1, Data: recipe.Data, Options: r.Options,
		Arms: armsFile{armFile{r.Arms[0], r.Units[0], r.Patients[0]}, armFile{r.Arms[1], r.Units[1], r.Patients[1]}}, Before: before.file(r),
	}
	for i := range r.Outcomes {
		f.Outcomes = append(f.Outcomes, r.Outcomes[i].file(r.Options))
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		panic("analysis: a result holds only plain values: " + err.Error())
	}
	return append(b, '\n')
}

func (o *OutcomeResult) file(opt Options) outcomeFile {
	f := outcomeFile{
		Variable: o.Outcome.Variable, Label: o.Outcome.Label, Status: o.Status, Reason: o.Reason, Formula: o.Formula, Words: o.Words,
		Rows: o.N, Dropped: o.Dropped, Patients: o.Patients, Units: o.Units, Warnings: o.Warnings, Visits: []visitFile{},
	}
	if fit := o.Fit; fit != nil {
		loglik, aic, bic, residual := number(fit.LogLik), number(fit.AIC), number(fit.BIC), number(fit.Residual)
		f.LogLik, f.AIC, f.BIC, f.Residual, f.Singular = &loglik, &aic, &bic, &residual, fit.Singular
		for k, term := range fit.Terms {
			f.Fixed = append(f.Fixed, fixedFile{term, number(fit.Beta[k]), number(fit.SE[k])})
		}
		for _, c := range fit.Random {
			f.Random = append(f.Random, randomFile{c.Group, c.Term, number(c.Variance), number(c.SD)})
		}
		f.ICC = map[string]any{}
		for _, g := range fit.ICC {
			f.ICC[g.Group] = number(g.Value)
		}
	}
	for _, v := range o.Visits {
		f.Visits = append(f.Visits, v.file())
	}
	if s := o.Summary; s != nil {
		f.Bootstrap = &bootFile{Scheme: opt.Resample, Seed: opt.Seed, Replicates: s.Replicates, Converged: s.Converged, Boundary: s.Boundary, Failed: s.Failed}
		for _, why := range s.Reasons {
			if f.Bootstrap.Reasons == nil {
				f.Bootstrap.Reasons = map[string]int{}
			}
			f.Bootstrap.Reasons[why.Reason] = why.Count
		}
	}
	return f
}

func (v VisitResult) file() visitFile {
	f := visitFile{Visit: v.Visit.Code, Label: v.Visit.Label, Months: number(v.Visit.Months), Baseline: v.Baseline,
		Control:      describeFile{v.Arms[0].N, number(v.Arms[0].Mean), number(v.Arms[0].SD)},
		Intervention: describeFile{v.Arms[1].N, number(v.Arms[1].Mean), number(v.Arms[1].SD)}}
	if v.Model != nil {
		f.Difference = &contrastFile{Estimate: number(v.Model.Estimate), SE: number(v.Model.SE), CI: pair{number(v.Model.Low), number(v.Model.High)}, P: number(v.Model.P), Bootstrap: bootOf(v.Boot)}
	}
	return f
}

func bootOf(i *boot.Interval) *bootstrapFile {
	if i == nil {
		return nil
	}
	return &bootstrapFile{SE: number(i.SE), MCSE: number(i.MCSE), P: number(i.P), Normal: pairOf(i.Normal), Percentile: pairOf(i.Percentile), Basic: pairOf(i.Basic), BC: pairOf(i.BC)}
}
