package analysis

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"trialbox/app/fewclusters"
	"trialbox/app/trial"
	"trialbox/stats/boot"
)

// FewClusters asks for the comparison of methods for few units.
type FewClusters struct {
	// Outcomes are the variables compared; none = the primary outcome.
	Outcomes []string `json:"outcomes,omitempty"`
	// Visits are the codes of the follow-ups; none = all of them.
	Visits []string `json:"visits,omitempty"`
	// Methods are the lines, by the names of FewMethods; none = all.
	Methods []string `json:"methods,omitempty"`
	// Draws is B of the wild bootstrap, and of the permutation test where there
	// are too many allocations to look at each; 0 = FewDraws. The cluster
	// bootstrap has the replicates of the outcome tables.
	Draws int `json:"draws,omitempty"`
}

// FewMethods are the names of the methods in a recipe.
var FewMethods = []struct {
	Name    string
	Methods []fewclusters.Method
}{
	{"normal", []fewclusters.Method{fewclusters.ModelZ}},
	{"satterthwaite", []fewclusters.Method{fewclusters.Satterthwaite}},
	{"kenward-roger", []fewclusters.Method{fewclusters.KenwardRoger}},
	{"cr2", []fewclusters.Method{fewclusters.CR2}},
	{"bootstrap", []fewclusters.Method{fewclusters.BootNormal, fewclusters.BootPercent, fewclusters.BootBCa}},
	{"wild", []fewclusters.Method{fewclusters.Wild}},
	{"permutation", []fewclusters.Method{fewclusters.Permutation}},
}

// Validate says with its path what a recipe cannot hold, or nil.
func (c *FewClusters) Validate() error {
	if c == nil {
		return nil
	}
	var names []string
	for _, m := range FewMethods {
		names = append(names, m.Name)
	}
	for i, name := range c.Methods {
		if !slices.Contains(names, name) {
			return fmt.Errorf("few_clusters.methods[%d] is %q; it must be one of %s", i, name, strings.Join(names, ", "))
		}
	}
	if c.Draws != 0 && (c.Draws < 99 || c.Draws > MaxReplicates) {
		return fmt.Errorf("few_clusters.draws is %d; it must lie between 99 and %d, or be 0 for %d", c.Draws, MaxReplicates, FewDraws)
	}
	return nil
}

// wants says whether a method is among those compared.
func (c FewClusters) wants(m fewclusters.Method) bool {
	if len(c.Methods) == 0 {
		return true
	}
	for _, x := range FewMethods {
		if slices.Contains(c.Methods, x.Name) && slices.Contains(x.Methods, m) {
			return true
		}
	}
	return false
}

func (c FewClusters) draws() int {
	if c.Draws == 0 {
		return FewDraws
	}
	return c.Draws
}

// Asking is the request with an outcome among those compared.
func (c *FewClusters) Asking(variable string, outcomes []Outcome) *FewClusters {
	if c != nil && slices.Contains(c.looked(outcomes), variable) {
		return c
	}
	var next FewClusters
	if c != nil {
		next = *c
		next.Outcomes = c.looked(outcomes)
	}
	next.Outcomes = append(slices.Clone(next.Outcomes), variable)
	return &next
}

// looked are the variables compared.
func (c FewClusters) looked(outcomes []Outcome) []string {
	if len(c.Outcomes) > 0 {
		return c.Outcomes
	}
	for _, o := range outcomes {
		if o.Primary {
			return []string{o.Variable}
		}
	}
	return nil
}

// FewResult is the comparison for one outcome at one visit; or Reason says why
// there is none.
type FewResult struct {
	Plan     *FewPlan
	Variable string
	At       int // of Plan.Visits
	Visit    trial.Visit
	Lines    []fewclusters.Line
	Verdict  string
	Report   fewclusters.Method
	Reason   string
}

// Results are the comparison at the visits asked for; main is the outcome of
// the table with its bootstrap, or nil.
func (r *FewRun) Results(main *OutcomeResult) []FewResult {
	variable := r.Plan.Spec.Outcome.Variable
	if r.Plan.Err != "" {
		return []FewResult{{Variable: variable, Reason: r.Plan.Err}}
	}
	var out []FewResult
	for at, v := range r.Plan.Visits {
		if len(r.Plan.Asked.Visits) > 0 && !slices.Contains(r.Plan.Asked.Visits, v.Code) {
			continue
		}
		x := FewResult{Plan: r.Plan, Variable: variable, At: at, Visit: v, Lines: r.Lines(at, main)}
		x.Verdict, x.Report = fewclusters.Verdict(x.Lines, r.Plan.Units, r.Plan.Ways)
		out = append(out, x)
	}
	if out == nil {
		out = []FewResult{{Variable: variable, Reason: "the model has no contrast at the visits " + strings.Join(r.Plan.Asked.Visits, ", ")}}
	}
	return out
}

// RunFew makes the comparisons that a recipe asks for, beside the finished run
// of its outcomes: the headless road.
func RunFew(t *trial.Trial, recipe Recipe, all []*Progress, allocated []int32) []FewResult {
	c := recipe.FewClusters
	if c == nil {
		return nil
	}
	var out []FewResult
	specs := Specs(recipe.Mapping, recipe.Outcomes, recipe.Options)
	for _, variable := range c.looked(recipe.Outcomes) {
		k := slices.IndexFunc(specs, func(s Spec) bool { return s.Outcome.Variable == variable })
		if k < 0 {
			out = append(out, FewResult{Variable: variable, Reason: "it is not among the chosen outcomes of the recipe"})
			continue
		}
		r := &FewRun{Plan: PlanFew(t, recipe.Mapping, specs[k], allocated, c)}
		r.run()
		out = append(out, r.Results(r.main(all))...)
	}
	return out
}

// run does the jobs, each on its own.
func (r *FewRun) run() {
	var wg sync.WaitGroup
	for k, kind := range r.Plan.Kinds {
		if kind.Job == nil {
			continue
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			runner, err := boot.NewRunner(kind.Job)
			if err != nil {
				r.Errs[k] = err.Error()
				return
			}
			r.Fits[k] = runner.Fitted(0)
			if kind.Replicates > 0 {
				r.Batches[k] = []*boot.Batch{runner.Run(0, kind.Replicates)}
			}
		}()
	}
	wg.Wait()
	if f := r.Fits[FewAnalytic]; f != nil {
		r.Methods = f.Methods
	}
}

// main is the outcome of the table with all of its bootstrap intervals: the
// jackknife behind BCa is added where the table itself did not need it.
func (r *FewRun) main(all []*Progress) *OutcomeResult {
	for _, p := range all {
		if p.Job.Outcome.Variable != r.Plan.Spec.Outcome.Variable || p.Fit == nil {
			continue
		}
		q := *p
		if gap := q.Missing("bca"); len(gap) == 1 && gap[0][0] < 0 && r.Plan.Asked.wants(fewclusters.BootBCa) {
			if runner, err := boot.NewRunner(q.Job.Boot); err == nil {
				q.Batches = append(slices.Clone(q.Batches), runner.Run(gap[0][0], gap[0][1]))
			}
		}
		q.Summarise()
		out := q.result("bca")
		return &out
	}
	return nil
}

// fewFile is a FewResult in result.json.
type fewFile struct {
	Variable    string        `json:"variable"`
	Visit       string        `json:"visit,omitempty"`
	Reason      string        `json:"reason,omitempty"`
	Units       *[2]int       `json:"units,omitempty"` // with data: control, intervention
	Allocations number        `json:"allocations"`
	Every       bool          `json:"every_allocation"`
	Strata      int           `json:"strata,omitempty"`
	Moved       []string      `json:"units_moved_after_allocation,omitempty"`
	Methods     []fewLineFile `json:"methods"`
	Verdict     string        `json:"verdict,omitempty"`
	Report      string        `json:"method_to_report,omitempty"`
}

type fewLineFile struct {
	Method   string `json:"method"`
	Estimate number `json:"estimate"`
	SE       number `json:"se"`
	DF       number `json:"df"`
	CI       pair   `json:"ci"`
	P        number `json:"p"`
	Note     string `json:"note,omitempty"`
}

func fewFiles(list []FewResult) []fewFile {
	var out []fewFile
	for _, r := range list {
		f := fewFile{Variable: r.Variable, Visit: r.Visit.Code, Reason: r.Reason, Methods: []fewLineFile{}, Verdict: r.Verdict, Report: string(r.Report)}
		if p := r.Plan; p != nil {
			f.Units, f.Allocations, f.Every, f.Strata, f.Moved = &p.Units, number(p.Ways), p.Every, p.Strata, p.Moved
		}
		for _, l := range r.Lines {
			f.Methods = append(f.Methods, fewLineFile{string(l.Method), number(l.Estimate), number(l.SE), number(l.DF), pair{number(l.Low), number(l.High)}, number(l.P), l.Note})
		}
		out = append(out, f)
	}
	return out
}
