//go:build !js

package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"trialbox/stats/boot"
	"trialbox/stats/formula"
	"trialbox/stats/logit"
	"trialbox/stats/mixed"
)

// logitFamilies are the families whose likelihood is integrated numerically.
var logitFamilies = []string{"binary", "ordinal"}

// checkLogit holds the options of the binary and ordinal families against each other and fills in the method.
func (o *fitOptions) checkLogit() error {
	logistic := slices.Contains(logitFamilies, o.family)
	if o.method == "" {
		o.method = "ml"
		if logistic {
			o.method = "agq"
		}
	}
	linear := o.method == "ml" || o.method == "reml"
	switch {
	case logistic && linear:
		return fmt.Errorf("-method %s belongs to -family gaussian; -family %s has agq (adaptive quadrature) and laplace", o.method, o.family)
	case !logistic && !linear:
		return fmt.Errorf("-method %s belongs to -family binary or ordinal; -family gaussian has ml and reml", o.method)
	case !logistic && (o.given["nodes"] || o.given["levels"]):
		return errors.New("-nodes and -levels belong to -family binary or ordinal")
	case o.given["nodes"] && (o.nodes < 1 || o.nodes > 100):
		return fmt.Errorf("-nodes %d: the number of quadrature points lies between 1 and 100", o.nodes)
	case o.given["nodes"] && o.method == "laplace" && o.nodes != 1:
		return errors.New("-method laplace has one node; leave -nodes out, or use -method agq")
	case logistic && o.linear.df != "none":
		return fmt.Errorf("-df %s belongs to -family gaussian; P values of logit models are from the normal distribution", o.linear.df)
	}
	return nil
}

// logitDesign builds the design of a binary or ordinal model and the options of its fit.
func (t *fitTable) logitDesign(f *formula.Formula, o *fitOptions, chosen []bool) (*mixed.Design, *logit.Options, error) {
	opt := &logit.Options{Ordinal: o.family == "ordinal", Laplace: o.method == "laplace", Nodes: o.nodes}
	var levels []string
	if o.given["levels"] {
		for _, s := range strings.Split(o.levels, ",") {
			levels = append(levels, strings.TrimSpace(s))
		}
		for k, s := range levels {
			if s == "" || slices.Contains(levels[:k], s) {
				return nil, nil, fmt.Errorf("-levels %s: each level once, none empty, lowest first", o.levels)
			}
		}
	}
	d, names, err := f.BuildCategories(&t.frame, chosen, opt.Ordinal, levels)
	opt.Levels = names
	return d, opt, err
}

type fitThreshold struct {
	Name     string `json:"name"`
	Estimate num    `json:"estimate"`
	SE       num    `json:"se"`
}

type fitIntegration struct {
	Nodes      int `json:"nodes"`
	UnitNodes  int `json:"unit_nodes"`
	CheckNodes int `json:"check_nodes"`
	Change     num `json:"check_max_change_se"`
}

// fitSeparation says what has no finite estimate and offers a penalised one.
type fitSeparation struct {
	Rows  int       `json:"rows"`
	Cells []fitCell `json:"cells"`

	Penalised *fitPenalised `json:"penalised,omitempty"`
}

// fitPenalised is a fit without random effects, offered where the mixed model has no finite estimate.
type fitPenalised struct {
	Method     string         `json:"method"`
	Thresholds []fitThreshold `json:"thresholds"`
	Fixed      []fitEstimate  `json:"fixed"`
	Contrasts  []fitEstimate  `json:"contrasts"`
}

type fitCell struct {
	Where    string `json:"where"`
	Rows     int    `json:"rows"`
	Category string `json:"category"`
}

// addLogit fills in what a logit model has beside a linear one.
func (r *fitResult) addLogit(l *logit.Fit, job *boot.Job, runner *boot.Runner) {
	r.Family, r.Method = "binary", "agq"
	if l.Ordinal {
		r.Family = "ordinal"
	}
	if l.Laplace {
		r.Method = "laplace"
	}
	r.Event, r.Categories = l.Event, l.Categories
	r.Integration = &fitIntegration{Nodes: l.Nodes, UnitNodes: l.UnitNodes, CheckNodes: l.CheckNodes, Change: num(l.Change)}
	for _, c := range l.Thresholds {
		r.Thresholds = append(r.Thresholds, fitThreshold{c.Name, num(c.Estimate), num(c.SE)})
	}
	r.VcovTerms, r.Vcov = l.VcovTerms, nil
	n := len(l.VcovTerms)
	first := n - len(r.Fixed)
	none := func(k int) bool { return k >= first && math.IsNaN(float64(r.Fixed[k-first].Estimate)) }
	for k := range n {
		row := nums(l.Vcov[k*n : (k+1)*n])
		for j := range row {
			if none(k) || none(j) {
				row[j] = num(math.NaN())
			}
		}
		r.Vcov = append(r.Vcov, row)
	}
	for _, list := range [][]fitEstimate{r.Fixed, r.Contrasts} {
		for k := range list {
			list[k].oddsRatio()
		}
	}
	r.addProbabilities(runner, nil)
	for _, x := range runner.Proportional() {
		r.Proportional = append(r.Proportional, fitProportional{x.Terms, num(x.Statistic), x.DF, num(x.P)})
	}
	if s := l.Separation; s != nil {
		r.Separation = &fitSeparation{Rows: s.Rows}
		for k := range s.Cells {
			c := &s.Cells[k]
			r.Separation.Cells = append(r.Separation.Cells, fitCell{c.Where(), c.Rows, c.Category})
		}
		r.Separation.Penalised = penalised(job)
	}
}

// penalised is Firth's estimate of the same fixed effects; nil where there is none either.
func penalised(job *boot.Job) *fitPenalised {
	thresholds, terms := boot.Penalised(job)
	if terms == nil {
		return nil
	}
	out := &fitPenalised{Method: "Firth's penalised likelihood without random effects; standard errors disregard patients and units", Thresholds: []fitThreshold{}, Fixed: []fitEstimate{}, Contrasts: []fitEstimate{}}
	for _, c := range thresholds {
		out.Thresholds = append(out.Thresholds, fitThreshold{c.Name, num(c.Estimate), num(c.SE)})
	}
	for _, e := range boot.Fixed(terms) {
		out.Fixed = append(out.Fixed, estimateOf(e, true))
	}
	for _, e := range boot.Contrasts(job, terms) {
		out.Contrasts = append(out.Contrasts, estimateOf(e, false))
	}
	for _, list := range [][]fitEstimate{out.Fixed, out.Contrasts} {
		for k := range list {
			list[k].oddsRatio()
		}
	}
	return out
}

func (e *fitEstimate) oddsRatio() {
	ratio := num(math.Exp(float64(e.Estimate)))
	e.OddsRatio, e.ORCI = &ratio, &[2]num{num(math.Exp(float64(e.CI[0]))), num(math.Exp(float64(e.CI[1])))}
}

// fitProportional is a score test of the assumption that these terms act alike at every threshold.
type fitProportional struct {
	Terms     []string `json:"terms"`
	Statistic num      `json:"statistic"`
	DF        int      `json:"df"`
	P         num      `json:"p"`
}

// fitProbability is the difference of marginal probabilities that a contrast makes.
type fitProbability struct {
	Contrast   string       `json:"contrast"`
	Category   string       `json:"category"`
	With       num          `json:"with"`
	Without    num          `json:"without"`
	Difference num          `json:"difference"`
	SE         num          `json:"se"`
	P          num          `json:"p"`
	CI         [2]num       `json:"ci"`
	Rows       int          `json:"rows"`
	Bootstrap  *fitInterval `json:"bootstrap"`
}

func (r *fitResult) addProbabilities(runner *boot.Runner, batches []*boot.Batch) {
	r.Probabilities = nil
	found := runner.SummarizeMarginal(batches)
	for k, m := range runner.Marginal() {
		p := fitProbability{m.Contrast, m.Category, num(m.With), num(m.Without), num(m.Difference.Difference), num(m.SE), num(m.P), [2]num{num(m.Low), num(m.High)}, m.Rows, nil}
		if len(batches) > 0 && found != nil {
			x := intervalOf(found[k], false)
			p.Bootstrap = &x
		}
		r.Probabilities = append(r.Probabilities, p)
	}
}

// notEstimable says why a contrast has no estimate.
func notEstimable(e boot.Estimate, l *logit.Fit) string {
	if l != nil && l.Separation != nil {
		return fmt.Sprintf("The contrast %s is not estimable: it rests on rows whose answers are all alike (%s).", e.Name, cellCounts(l))
	}
	return fmt.Sprintf("The contrast %s cannot be estimated: it needs a term that was left out.", e.Name)
}

func cellCounts(l *logit.Fit) string {
	var parts []string
	for k := range l.Separation.Cells {
		c := &l.Separation.Cells[k]
		events := 0
		if c.Category == l.Event {
			events = c.Rows
		}
		if l.Ordinal {
			parts = append(parts, fmt.Sprintf("%d of %d %s: %s", c.Rows, c.Rows, c.Category, c.Where()))
		} else {
			parts = append(parts, fmt.Sprintf("%d of %d: %s", events, c.Rows, c.Where()))
		}
	}
	return strings.Join(parts, "; ")
}

// withoutEstimate says in how many replicates a contrast has no finite estimate.
func withoutEstimate(s *boot.Summary) []string {
	var out []string
	for _, x := range s.Contrasts {
		switch all := s.Converged + s.Boundary; {
		case x.Unbounded == 0:
		case math.IsNaN(x.SE):
			out = append(out, fmt.Sprintf("%s: %d of %d replicates have no finite estimate, too many for a bootstrap standard error; the model's own is to be used.", x.Name, x.Unbounded, all))
		default:
			out = append(out, fmt.Sprintf("%s: %d of %d replicates have no finite estimate; they are left out of the standard error and are the ends of the percentile intervals.", x.Name, x.Unbounded, all))
		}
	}
	return out
}
