package analysis

import (
	"fmt"
	"slices"

	"trialbox/app/trial"
	"trialbox/stats"
	"trialbox/stats/boot"
)

// Kind is what sort of answer an outcome is, and so its row in the tables and
// its model.
type Kind string

// Continuous outcomes are means with a linear model (Table 3). Binary and
// ordinal ones are percentages with a logit model, and medians are shown as
// median and quartiles but modelled as means, as in the model paper (Table 4).
const (
	Continuous Kind = "continuous" // also ""
	Binary     Kind = "binary"
	Ordinal    Kind = "ordinal"
	Median     Kind = "median"
)

// Kinds are all of them.
var Kinds = []Kind{Continuous, Binary, Ordinal, Median}

// Outcome is one row group of an outcome table.
type Outcome struct {
	Variable string   `json:"variable"` // name of the trial's variable
	Label    string   `json:"label"`    // as printed, "ODI (0–100)"
	Kind     Kind     `json:"kind,omitempty"`
	Decimals int      `json:"decimals"` // of means, medians and differences
	Primary  bool     `json:"primary,omitempty"`
	Chosen   bool     `json:"chosen"`           // in a table
	Event    string   `json:"event,omitempty"`  // binary: the value that counts; "" = the second of two
	Levels   []string `json:"levels,omitempty"` // ordinal text: the values, lowest first; none = in their own order
	Visits   []string `json:"visits,omitempty"` // codes of those analysed; none = all with answers in both arms
	Better   string   `json:"better,omitempty"` // "lower" or "higher"; "" = not said
	// Important is the smallest change that matters to a patient, in the
	// outcome's units; 0 = not said.
	Important float64 `json:"important,omitempty"`
	// Responders adds a row to Table 4: the share that improved from baseline by
	// Important or more.
	Responders bool `json:"responders,omitempty"`
	Own        Own  `json:"own,omitzero"`
}

// Own is what one outcome has otherwise than the trial; empty fields are the
// trial's.
type Own struct {
	Method        string            `json:"method,omitempty"`
	Model         string            `json:"model,omitempty"`
	Baseline      string            `json:"baseline,omitempty"`    // "outcome" = in the outcome vector
	Integration   string            `json:"integration,omitempty"` // "agq" or "laplace"
	Nodes         int               `json:"nodes,omitempty"`
	OwnCovariates bool              `json:"own_covariates,omitempty"` // Covariates hold, also where there are none
	Covariates    []trial.Covariate `json:"covariates,omitempty"`
}

// Is reports an outcome's kind; recipes made before there were kinds have
// means only.
func (o Outcome) Is(k Kind) bool {
	return o.Kind == k || k == Continuous && o.Kind == ""
}

// Logit reports an outcome modelled on the log-odds scale.
func (o Outcome) Logit() bool { return o.Is(Binary) || o.Is(Ordinal) }

// validate says what a recipe's outcome cannot have, with its path.
func (o Outcome) validate(path string) error {
	switch {
	case o.Variable == "":
		return fmt.Errorf("%s.variable is empty", path)
	case o.Decimals < 0 || o.Decimals > 6:
		return fmt.Errorf("%s.decimals is %d; it must lie between 0 and 6", path, o.Decimals)
	case o.Kind != "" && !slices.Contains(Kinds, o.Kind):
		return fmt.Errorf("%s.kind is %q; it must be continuous, binary, ordinal or median", path, o.Kind)
	case o.Better != "" && o.Better != "lower" && o.Better != "higher":
		return fmt.Errorf("%s.better is %q; it must be lower or higher", path, o.Better)
	case !(o.Important >= 0):
		return fmt.Errorf("%s.important is %v; the smallest important change is 0 or more", path, o.Important)
	}
	if err := DefaultOptions().with(o.Own).Validate(); err != nil {
		return fmt.Errorf("%s.own: %w", path, err)
	}
	return nil
}

// with puts an outcome's own choices over the trial's.
func (o Options) with(own Own) Options {
	set := func(to *string, s, usual string) {
		if s == usual {
			*to = ""
		} else if s != "" {
			*to = s
		}
	}
	set(&o.Method, own.Method, "-")
	set(&o.Model, own.Model, "-")
	set(&o.Baseline, own.Baseline, "outcome")
	set(&o.Integration, own.Integration, "agq")
	if own.Nodes != 0 {
		o.Nodes = own.Nodes
	}
	return o
}

// Options are shared by all outcomes of a recipe; an outcome may have its own
// model.
type Options struct {
	Method      string `json:"method"`                // "ml" or "reml"
	Model       string `json:"model"`                 // one of Models
	Baseline    string `json:"baseline,omitempty"`    // one of Baselines; "" = in the outcome vector
	Integration string `json:"integration,omitempty"` // of logit models: "" = adaptive quadrature, or "laplace"
	Nodes       int    `json:"nodes,omitempty"`       // of the quadrature; 0 = 7, checked and raised as far as it matters
	Resample    string `json:"resample"`              // one of Resamplings
	Interval    string `json:"interval"`              // one of Intervals
	Replicates  int    `json:"replicates"`            // B, an outcome
	// LogitReplicates is B of a binary or ordinal outcome.
	LogitReplicates int    `json:"logit_replicates"`
	Seed            uint64 `json:"seed"` // of PCG(seed, replicate)
	// Multiplicity is one of the corrections of package stats, or "" for none;
	// Family says which P values are one family: "" = the outcomes at one
	// visit, "all" = all follow-ups of all outcomes.
	Multiplicity string `json:"multiplicity,omitempty"`
	Family       string `json:"family,omitempty"`
	// EffectSize is the standard deviation that differences of means are
	// divided by in a column of their own: "model", "baseline", or "" for none.
	EffectSize string `json:"effect_size,omitempty"`
}

// Models, Baselines, Resamplings and Intervals are the choices with their names on screen.
// Logit models have random intercepts whatever is chosen.
var (
	Models = [][2]string{{"unit/patient", "Random intercepts: unit, patient"}, {"unit", "Random intercept: unit"},
		{"slope", "+ patient slope"}, {"slope-independent", "+ independent patient slope"}, {"unit-visit", "+ unit-by-visit"}, {"mmrm", "Unstructured visits (MMRM)"}}
	Baselines   = [][2]string{{"", "In the outcome vector"}, {"clda", "Constrained to be equal (cLDA)"}, {"ancova", "As a covariate (ANCOVA)"}}
	Resamplings = [][2]string{{"units by arm", "Cluster bootstrap, within arm"}, {"units", "Cluster bootstrap, both arms"}, {"patients", "Patients within units’ arm"},
		{"two-stage", "Two-stage: units, then patients"}, {"parametric", "Parametric"}, {"none", "Model-based"}, {"satterthwaite", "Model-based, Satterthwaite"}, {"kenward-roger", "Kenward–Roger (REML)"}, {"cr2", "Cluster-robust CR2"}}
	Intervals = [][2]string{{"normal", "Normal"}, {"percentile", "Percentile"}, {"basic", "Basic"}, {"bc", "BC"}, {"bca", "BCa"}}
)

func among(list [][2]string, s string) bool {
	return slices.ContainsFunc(list, func(c [2]string) bool { return c[0] == s })
}

// DefaultOptions are those of the model paper (Ryynänen et al. 2021): ML,
// units resampled whole within arm, B = 2,000, normal interval; 1,000 where a
// replicate is integrated numerically.
func DefaultOptions() Options {
	return Options{Method: "ml", Model: "unit/patient", Resample: "units by arm", Interval: "normal", Replicates: 2000, LogitReplicates: 1000, Seed: 42}
}

// MaxReplicates bounds B so that a slip of the finger cannot fill memory: at
// this size an outcome's replicates take about 12 MB.
const MaxReplicates = 100_000

// Validate says in a sentence what cannot be run, or nil.
func (o Options) Validate() error {
	switch {
	case o.Method != "ml" && o.Method != "reml":
		return fmt.Errorf("options.method is %q; it must be ml or reml", o.Method)
	case !among(Models, o.Model):
		return fmt.Errorf("options.model is %q; it must be unit/patient, unit, slope, slope-independent, unit-visit or mmrm", o.Model)
	case !among(Baselines, o.Baseline) && o.Baseline != "outcome":
		return fmt.Errorf("options.baseline is %q; it must be outcome, clda or ancova", o.Baseline)
	case o.Integration != "" && o.Integration != "agq" && o.Integration != "laplace":
		return fmt.Errorf("options.integration is %q; it must be agq or laplace", o.Integration)
	case o.Nodes < 0 || o.Nodes > 100:
		return fmt.Errorf("options.nodes is %d; it must lie between 1 and 100, or be 0 for 7 with a check", o.Nodes)
	case !among(Resamplings, o.Resample):
		return fmt.Errorf("options.resample is %q; it must be units by arm, units, patients, two-stage, parametric, none, satterthwaite, kenward-roger or cr2", o.Resample)
	case !among(Intervals, o.Interval):
		return fmt.Errorf("options.interval is %q; it must be normal, percentile, basic, bc or bca", o.Interval)
	case o.Replicates < 2 || o.Replicates > MaxReplicates:
		return fmt.Errorf("options.replicates is %d; it must lie between 2 and %d", o.Replicates, MaxReplicates)
	case o.LogitReplicates < 2 || o.LogitReplicates > MaxReplicates:
		return fmt.Errorf("options.logit_replicates is %d; it must lie between 2 and %d", o.LogitReplicates, MaxReplicates)
	case o.Multiplicity != "" && !slices.Contains(stats.Corrections, stats.Correction(o.Multiplicity)):
		return fmt.Errorf("options.multiplicity is %q; it must be bonferroni, holm, hochberg, hommel, BH or BY", o.Multiplicity)
	case o.Family != "" && o.Family != "all":
		return fmt.Errorf("options.family is %q; it must be all, or empty for the outcomes at one visit", o.Family)
	case o.EffectSize != "" && o.EffectSize != "model" && o.EffectSize != "baseline":
		return fmt.Errorf("options.effect_size is %q; it must be model or baseline", o.EffectSize)
	}
	return nil
}

// scheme is what a replicate is; byArm, that it is drawn within the arms.
func (o Options) scheme() (scheme boot.Scheme, byArm bool) {
	switch o.Resample {
	case "units by arm":
		return boot.Units, true
	case "patients":
		return boot.Patients, true
	case "two-stage":
		return boot.TwoStage, true
	case "parametric":
		return boot.Parametric, false
	}
	return boot.Units, false
}

// analytic is the method of package boot that gives a linear outcome's interval and P without
// replicates; "" for a bootstrap and for the plain model.
func (o Options) analytic() string {
	return map[string]string{"satterthwaite": boot.ModelT, "kenward-roger": boot.KenwardRogerT, "cr2": boot.RobustT}[o.Resample]
}

// Bootstraps reports whether there are replicates.
func (o Options) Bootstraps() bool { return o.Resample != "none" && o.analytic() == "" }

// StandardError is the name on screen of what is chosen.
func (o Options) StandardError() string {
	k := slices.IndexFunc(Resamplings, func(c [2]string) bool { return c[0] == o.Resample })
	return Resamplings[max(k, 0)][1]
}

// target is the number of replicates an outcome wants.
func (o Options) target(outcome Outcome) int {
	switch {
	case !o.Bootstraps():
		return 0
	case outcome.Logit():
		return o.LogitReplicates
	}
	return o.Replicates
}
