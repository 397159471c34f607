package design

import (
	"fmt"
	"math"
	"strings"

	"trialbox/stats/power"
)

// Trials are the fields of a power by simulation, as typed. What is not here
// is taken from the sample size.
type Trials struct {
	Model       string `json:"model,omitempty"` // "ordinal", or "" for the outcome of the sample size
	Categories  string `json:"categories"`      // shares of the control arm, lowest first: "50, 30, 20"
	Odds        string `json:"odds_ratio"`
	Units       string `json:"units,omitempty"` // "" is the number of the sample size
	Visits      string `json:"visits"`          // "1", "2" or "3", the first before the intervention where there are more than one
	Constrained bool   `json:"constrained,omitempty"`
	Method      string `json:"method"`         // "ml" or "reml"
	Test        string `json:"test"`           // "normal" or "t"
	SE          string `json:"standard_error"` // "model" or "bootstrap"
	Replicates  string `json:"replicates"`
	Trials      string `json:"trials"`
	Seed        string `json:"seed"`
	Null        bool   `json:"no_difference,omitempty"`
}

// Ordinal is the Trials.Model of ordered categories.
const Ordinal = "ordinal"

// DefaultTrials are those of the model paper: three visits, ML, the normal
// distribution; with standard errors of the model, which take seconds.
func DefaultTrials() Trials {
	return Trials{Categories: "50, 30, 20", Odds: "2", Visits: "3", Method: "ml", Test: "normal", SE: "model", Replicates: "200", Trials: "1000", Seed: "42"}
}

// MaxTrials bounds a simulation so that a slip of the finger cannot fill the
// day.
const MaxTrials = 1_000_000

// Simulation is the plan of the sample size as trials to simulate, or what
// stands against it beside each field. The people recruited are those
// analysed over the share that stays.
func (c *Choices) Simulation(a *Answer) (job *power.Job, trials int, problems Problems) {
	problems = Problems{}
	if a == nil || !a.OK() {
		problems.say("plan", "The sample size has to be complete first: the simulated trials are drawn from it.")
		return nil, 0, problems
	}
	t := &c.Trials
	read := func(field, text string, low, high float64, how func(string) (float64, string)) float64 {
		x, why := how(text)
		switch {
		case why != "":
			problems.say(field, "%s", why)
		case x < low || x > high:
			problems.say(field, "It must lie between %s and %s.", plain(low), plain(high))
		}
		return x
	}
	units := float64(a.Size.Clusters)
	if t.Units != "" {
		units = read("units", t.Units, 3, 1e5, whole)
	}
	job = &power.Job{Size: a.Size.ClusterSize / (1 - a.Plan.Dropout), CV: a.Plan.CV, Dropout: a.Plan.Dropout, ICC: a.Plan.ICC,
		Visits: int(read("visits", t.Visits, 1, 12, whole)), Constrained: t.Constrained, Null: t.Null,
		REML: t.Method == "reml", T: t.Test == "t", Alpha: a.Plan.Alpha}
	if job.Visits > 1 {
		job.Correlation = read("correlation", a.Of.Correlation, 0, 1, number)
	}
	if t.SE == "bootstrap" {
		job.Bootstrap = int(read("bootstrap", t.Replicates, 2, 10000, whole))
	}
	job.Seed = uint64(read("seed", t.Seed, 0, 1e15, whole))
	trials = int(read("trials", t.Trials, 10, MaxTrials, whole))
	t.outcome(a, job, problems, read)
	if len(problems) > 0 {
		return nil, 0, problems
	}
	job.Treated = int(math.Round(units * a.Plan.Ratio / (1 + a.Plan.Ratio)))
	job.Control = int(units) - job.Treated
	if field, why := job.Check(); why != "" {
		problems.say(field, "%s", why)
		return nil, 0, problems
	}
	return job, trials, problems
}

func (t *Trials) outcome(a *Answer, job *power.Job, problems Problems, read func(string, string, float64, float64, func(string) (float64, string)) float64) {
	switch {
	case t.Model == Ordinal:
		job.Family = power.Ordinal
		job.Odds = read("odds", t.Odds, 0.001, 1000, number)
		job.Shares = categories(t.Categories, problems)
	case a.Plan.Binary:
		job.Family, job.Shares = power.Binary, []float64{a.Plan.Control, a.Plan.Treated}
		if math.IsNaN(a.Plan.Treated) {
			problems.say("plan", "The sample size names no share of the intervention arm to simulate.")
		}
	default:
		job.Diff, job.SD = a.Plan.Diff, a.Plan.SD
		if a.Plan.Diff == 0 && !t.Null {
			problems.say("plan", "The sample size names no difference to simulate.")
		}
	}
}

// categories reads shares apart by commas or semicolons, in per cent or not.
func categories(text string, problems Problems) []float64 {
	split := ","
	if strings.Contains(text, ";") {
		split = ";"
	}
	var out []float64
	total := 0.0
	for _, part := range strings.Split(text, split) {
		x, why := number(strings.TrimSuffix(strings.TrimSpace(part), "%"))
		if why != "" {
			problems.say("categories", "%s", why)
			return nil
		}
		out = append(out, x)
		total += x
	}
	if total > 1.5 {
		for k := range out {
			out[k] /= 100
		}
	}
	return out
}

// Model says in words what is simulated and fitted.
func Model(j *power.Job) string {
	what := map[power.Family]string{power.Linear: "Linear mixed model", power.Binary: "Mixed logistic model", power.Ordinal: "Mixed model of cumulative logits"}[j.Family]
	terms := "arm, random intercept of the unit"
	if j.Visits > 1 {
		terms = fmt.Sprintf("arm × visit at %d visits, random intercepts of unit and person, the difference tested at the last visit", j.Visits)
		if j.Constrained {
			terms = strings.Replace(terms, "arm × visit", "arm × visit (arms equal at the first)", 1)
		}
	}
	how := "standard errors of the model"
	if j.Bootstrap > 0 {
		how = fmt.Sprintf("bootstrap standard errors of %d replicates, units drawn within arm", j.Bootstrap)
	}
	method := "quadrature"
	if j.Family == power.Linear {
		method = "ML"
		if j.REML {
			method = "REML"
		}
	}
	test := "normal distribution"
	if j.T {
		test = fmt.Sprintf("t on %d degrees of freedom", j.Treated+j.Control-2)
	}
	return fmt.Sprintf("%s: %s; %s, %s, %s.", what, terms, method, how, test)
}
