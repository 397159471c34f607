package analysis

import (
	"encoding/json"
	"math"

	"trialbox/stats"
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
	// Sensitivity stands beside them where it was run.
	Sensitivity *sensitivityFile `json:"sensitivity,omitempty"`
	FewClusters []fewFile        `json:"few_clusters,omitempty"`
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
	Kind      Kind           `json:"kind"`
	Better    string         `json:"better,omitempty"`
	Important number         `json:"important,omitempty"`
	Of        string         `json:"responder_of,omitempty"`
	Event     string         `json:"event,omitempty"`
	Levels    []string       `json:"categories,omitempty"`
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
	ICCCI     map[string]any `json:"icc_ci,omitempty"`
	// Without are the contrasts without each unit in turn, in the order of visits.
	Without []leftOutFile `json:"without_unit,omitempty"`
	*logitFile
	Visits    []visitFile `json:"visits"`
	Bootstrap *bootFile   `json:"bootstrap,omitempty"`
	Warnings  []string    `json:"warnings,omitempty"`
}

type fixedFile struct {
	Term     string `json:"term"`
	Estimate number `json:"estimate"`
	SE       number `json:"se"`
}

type leftOutFile struct {
	Unit      string   `json:"unit"`
	Contrasts []number `json:"differences"`
	Singular  bool     `json:"singular"`
	Reason    string   `json:"reason,omitempty"`
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
	// Of a logit outcome the difference is a log odds ratio.
	OddsRatio     *ratioFile        `json:"odds_ratio,omitempty"`
	Probabilities []probabilityFile `json:"probability_differences,omitempty"`
	NotEstimable  string            `json:"not_estimable,omitempty"`
	Penalised     *penalisedFile    `json:"penalised,omitempty"`
	Note          string            `json:"note,omitempty"`
	EffectModel   *effectFile       `json:"effect_size_model_sd,omitempty"`
	EffectFirst   *effectFile       `json:"effect_size_baseline_sd,omitempty"`
}

type describeFile struct {
	N      int      `json:"n"`
	Mean   number   `json:"mean"`
	SD     number   `json:"sd"`
	Q1     number   `json:"q1"`
	Median number   `json:"median"`
	Q3     number   `json:"q3"`
	Counts []int    `json:"counts,omitempty"`
	Shares []number `json:"percent,omitempty"`
}

// logitFile is what a binary or ordinal outcome has beside a linear one.
type logitFile struct {
	Thresholds   []fixedFile        `json:"thresholds,omitempty"`
	Integration  integrationFile    `json:"integration"`
	Proportional []proportionalFile `json:"proportional_odds,omitempty"`
}

type integrationFile struct {
	Method     string `json:"method"`
	Nodes      int    `json:"nodes"`
	UnitNodes  int    `json:"unit_nodes"`
	CheckNodes int    `json:"check_nodes"`
	Change     number `json:"check_max_change_se"`
	Raised     bool   `json:"raised"`
}

type proportionalFile struct {
	Terms     []string `json:"terms"`
	Statistic number   `json:"statistic"`
	DF        int      `json:"df"`
	P         number   `json:"p"`
}

type ratioFile struct {
	Value number `json:"value"`
	CI    pair   `json:"ci"`
}

type probabilityFile struct {
	Category   string         `json:"category"`
	With       number         `json:"intervention"`
	Without    number         `json:"control"`
	Difference number         `json:"difference"`
	SE         number         `json:"se"`
	CI         pair           `json:"ci"`
	P          number         `json:"p"`
	Rows       int            `json:"rows"`
	Bootstrap  *bootstrapFile `json:"bootstrap,omitempty"`
}

type effectFile struct {
	D  number `json:"d"`
	SE number `json:"se"`
	CI pair   `json:"ci"`
}

type contrastFile struct {
	Estimate  number         `json:"estimate"`
	SE        number         `json:"se"`
	CI        pair           `json:"ci"`
	P         number         `json:"p"`
	Bootstrap *bootstrapFile `json:"bootstrap,omitempty"`
	Analytic  *analyticFile  `json:"analytic,omitempty"`
	// Shown is what the table prints: interval and P of this source.
	Shown     string  `json:"shown"`
	ShownCI   pair    `json:"shown_ci"`
	ShownP    number  `json:"shown_p"`
	PAdjusted *number `json:"p_adjusted,omitempty"`
	Family    int     `json:"p_family_size,omitempty"`
}

// analyticFile is a standard error made for few clusters; the estimate of
// Kenward and Roger's method is the REML fit's, as the row's is.
type analyticFile struct {
	Method string `json:"method"`
	SE     number `json:"se"`
	DF     number `json:"df"`
	CI     pair   `json:"ci"`
	P      number `json:"p"`
}

// penalisedFile is an estimate without random effects, offered where the model
// has no finite one.
type penalisedFile struct {
	Method   string `json:"method"`
	Estimate number `json:"estimate"`
	SE       number `json:"se"`
	CI       pair   `json:"ci"`
	P        number `json:"p"`
}

type bootstrapFile struct {
	SE         number `json:"se"`
	MCSE       number `json:"mc_se"`
	P          number `json:"p"`
	Normal     pair   `json:"ci_normal"`
	Percentile pair   `json:"ci_percentile"`
	Basic      pair   `json:"ci_basic"`
	BC         pair   `json:"ci_bc"`
	BCa        pair   `json:"ci_bca"`
	Used       int    `json:"used"`
	Unbounded  int    `json:"unbounded"`
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
		Product: "trialbox", Schema: 2, Data: recipe.Data, Options: r.Options,
		Arms: armsFile{armFile{r.Arms[0], r.Units[0], r.Patients[0]}, armFile{r.Arms[1], r.Units[1], r.Patients[1]}}, Before: before.file(r), Sensitivity: r.Sensitivity.file(), FewClusters: fewFiles(r.Few),
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
		Variable: o.Outcome.Variable, Label: o.Outcome.Label, Kind: o.Outcome.Kind, Better: o.Better, Important: number(o.Outcome.Important), Of: o.ResponderOf,
		Levels: o.Categories, Status: o.Status, Reason: o.Reason, Formula: o.Formula, Words: o.Words,
		Rows: o.N, Dropped: o.Dropped, Patients: o.Patients, Units: o.Units, Warnings: o.Warnings, Visits: []visitFile{},
	}
	if f.Kind == "" {
		f.Kind = Continuous
	}
	if o.Outcome.Is(Binary) && len(o.Categories) == 2 {
		f.Event = o.Categories[1]
	}
	if o.Logit != nil {
		f.logitFile = logitOf(o.Logit)
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
	f.behind(o.Behind)
	for _, v := range o.Visits {
		f.Visits = append(f.Visits, v.file(opt, o.Logit != nil))
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

// behind adds what stands behind the fit.
func (f *outcomeFile) behind(d *boot.Diagnosis) {
	if d == nil {
		return
	}
	for _, c := range d.ICC {
		if f.ICCCI == nil {
			f.ICCCI = map[string]any{}
		}
		f.ICCCI[c.Group] = pair{number(c.Low), number(c.High)}
	}
	for _, w := range d.Without {
		x := leftOutFile{Unit: w.Unit, Singular: w.Singular, Reason: w.Reason}
		for _, v := range w.Contrasts {
			x.Contrasts = append(x.Contrasts, number(v))
		}
		f.Without = append(f.Without, x)
	}
}

func logitOf(l *boot.LogitFit) *logitFile {
	f := &logitFile{Integration: integrationFile{"agq", l.Nodes, l.UnitNodes, l.CheckNodes, number(l.Change), l.Raised}}
	if l.Laplace {
		f.Integration.Method = "laplace"
	}
	for _, c := range l.Thresholds {
		f.Thresholds = append(f.Thresholds, fixedFile{c.Name, number(c.Estimate), number(c.SE)})
	}
	for _, x := range l.Proportional {
		f.Proportional = append(f.Proportional, proportionalFile{x.Terms, number(x.Statistic), x.DF, number(x.P)})
	}
	return f
}

func (d Describe) file() describeFile {
	f := describeFile{N: d.N, Mean: number(d.Mean), SD: number(d.SD), Q1: number(d.Q1), Median: number(d.Median), Q3: number(d.Q3), Counts: d.Counts}
	for k := range d.Counts {
		f.Shares = append(f.Shares, number(d.Percent(k)))
	}
	return f
}

func effectOf(e stats.Effect) *effectFile {
	if math.IsNaN(e.D) {
		return nil
	}
	return &effectFile{number(e.D), number(e.SE), pair{number(e.Low), number(e.High)}}
}

func (v VisitResult) file(opt Options, logit bool) visitFile {
	f := visitFile{Visit: v.Visit.Code, Label: v.Visit.Label, Months: number(v.Visit.Months), Baseline: v.Baseline,
		Control: v.Arms[0].file(), Intervention: v.Arms[1].file(), NotEstimable: v.NotEstimable, Note: v.Few,
		EffectModel: effectOf(v.EffectModel), EffectFirst: effectOf(v.EffectBaseline)}
	if v.Model == nil {
		return f
	}
	if e := v.Penalised; e != nil {
		f.Penalised = &penalisedFile{"Firth, no random effects", number(e.Estimate), number(e.SE), pair{number(e.Low), number(e.High)}, number(e.P)}
	}
	s := v.Shown(opt.Interval)
	f.Difference = &contrastFile{Estimate: number(v.Model.Estimate), SE: number(v.Model.SE), CI: pair{number(v.Model.Low), number(v.Model.High)}, P: number(v.Model.P),
		Bootstrap: bootOf(v.Boot), Shown: s.Source, ShownCI: pair{number(s.Low), number(s.High)}, ShownP: number(s.P), Family: v.FamilySize}
	if e := v.Analytic; e != nil {
		f.Difference.Analytic = &analyticFile{v.By, number(e.SE), number(e.DF), pair{number(e.Low), number(e.High)}, number(e.P)}
	}
	if opt.Multiplicity != "" && !v.Baseline {
		p := number(v.PAdjusted)
		f.Difference.PAdjusted = &p
	}
	if logit {
		f.OddsRatio = &ratioFile{number(math.Exp(s.Estimate)), pair{number(math.Exp(s.Low)), number(math.Exp(s.High))}}
	}
	for _, p := range v.Probabilities {
		f.Probabilities = append(f.Probabilities, probabilityFile{p.Category, number(p.With), number(p.Without), number(p.Difference.Difference), number(p.SE),
			pair{number(p.Low), number(p.High)}, number(p.P), p.Rows, bootOf(p.Boot)})
	}
	return f
}

func bootOf(i *boot.Interval) *bootstrapFile {
	if i == nil {
		return nil
	}
	return &bootstrapFile{SE: number(i.SE), MCSE: number(i.MCSE), P: number(i.P), Normal: pairOf(i.Normal), Percentile: pairOf(i.Percentile),
		Basic: pairOf(i.Basic), BC: pairOf(i.BC), BCa: pairOf(i.BCa), Used: i.Used, Unbounded: i.Unbounded}
}
