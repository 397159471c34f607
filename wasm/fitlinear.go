//go:build !js

package main

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"trialbox/stats/boot"
	"trialbox/stats/formula"
	"trialbox/stats/mixed"
)

// linearOptions are the options of fit that belong to linear models.
type linearOptions struct {
	df, robust, null     string
	profile, diagnostics bool
}

// check refuses combinations that mean nothing; a robust standard error has Satterthwaite degrees of freedom unless
// -df none is asked for.
func (o *linearOptions) check(method string, dfGiven bool) error {
	switch {
	case o.df == "kr" && method != "reml":
		return errors.New("-df kr (Kenward-Roger) needs -method reml")
	case o.df == "kr" && o.robust != "":
		return errors.New("-df kr and -robust are two different standard errors: choose one")
	case o.robust != "" && !dfGiven:
		o.df = "satterthwaite"
	}
	return nil
}

// belong refuses options of linear models for another family.
func (o *linearOptions) belong(family string) error {
	if family == "gaussian" {
		return nil
	}
	for _, x := range []struct {
		name  string
		given bool
	}{{"robust", o.robust != ""}, {"profile", o.profile}, {"lrt", o.null != ""}, {"diagnostics", o.diagnostics}} {
		if x.given {
			return fmt.Errorf("-%s belongs to -family gaussian; it is not available for %s outcomes", x.name, family)
		}
	}
	return nil
}

// fitProfile is one profile likelihood interval.
type fitProfile struct {
	Group     string `json:"group"`
	Term      string `json:"term,omitempty"`
	Parameter string `json:"parameter"`
	With      string `json:"with,omitempty"`
	Estimate  num    `json:"estimate"`
	CI        [2]num `json:"ci"`
}

// fitResidualCov is the covariance of a patient's rows.
type fitResidualCov struct {
	Structure string   `json:"structure"`
	Group     string   `json:"group"`
	Visits    []string `json:"visits"`
	Cov       [][]num  `json:"covariance"`
	SD        []num    `json:"sd"`
	Corr      [][]num  `json:"corr"`
}

type fitLRT struct {
	Null      string `json:"null"`
	Statistic num    `json:"statistic"`
	DF        int    `json:"df"`
	P         num    `json:"p"`
	PBoundary num    `json:"p_boundary"`
	Note      string `json:"note,omitempty"`
}

type fitDiagnostics struct {
	RandomEffects []fitPrediction `json:"random_effects"`
	Row           []num           `json:"row"`
	Fitted        []num           `json:"fitted"`
	Marginal      []num           `json:"residual_marginal"`
	Conditional   []num           `json:"residual_conditional"`
	Standardised  []num           `json:"residual_standardised"`
}

type fitPrediction struct {
	Group string `json:"group"`
	Level string `json:"level"`
	Term  string `json:"term"`
	Value num    `json:"value"`
	SE    num    `json:"se"`
}

// fitLinear are the keys of fit that only linear models have.
type fitLinear struct {
	ResidualCov *fitResidualCov `json:"residual_covariance,omitempty"`
	DF          string          `json:"df_method,omitempty"`
	Robust      string          `json:"robust,omitempty"`
	Profile     []fitProfile    `json:"profile,omitempty"`
	ICCProfile  []fitProfile    `json:"icc_ci,omitempty"`
	LRT         *fitLRT         `json:"lrt,omitempty"`
	Diagnostics *fitDiagnostics `json:"diagnostics,omitempty"`
}

// corrOf is one correlation as a number, several as a list.
func corrOf(c mixed.Component) any {
	switch len(c.Corr) {
	case 0:
		return nil
	case 1:
		return num(c.Corr[0])
	}
	return nums(c.Corr)
}

func residualCovOf(r *mixed.ResidualCovariance) *fitResidualCov {
	if r == nil {
		return nil
	}
	n := len(r.Visits)
	out := &fitResidualCov{Structure: string(r.Structure), Group: r.Group, Visits: r.Visits}
	for a := range n {
		out.Cov = append(out.Cov, nums(r.Cov[a*n:(a+1)*n]))
		out.SD = append(out.SD, num(math.Sqrt(r.Cov[a*n+a])))
		row := make([]num, n)
		for b := range n {
			row[b] = num(r.Cov[a*n+b] / math.Sqrt(r.Cov[a*n+a]*r.Cov[b*n+b]))
		}
		out.Corr = append(out.Corr, row)
	}
	return out
}

// infer replaces the normal inference of the fixed effects and contrasts by the one asked for and adds intervals,
// comparison and diagnostics.
func (r *fitResult) infer(o *linearOptions, job *boot.Job, runner *boot.Runner, null func() (*mixed.Fit, error)) error {
	if r.DF, r.Robust = o.df, o.robust; o.df == "none" {
		r.DF = ""
	}
	if o.null != "" {
		if err := r.compare(o.null, runner.Fit(), null); err != nil {
			return err
		}
	}
	if o.df == "none" && o.robust == "" && !o.profile && !o.diagnostics {
		return nil
	}
	inf, err := runner.Inference()
	if err != nil {
		return err
	}
	if o.df != "none" || o.robust != "" {
		if err := r.retest(o, job, inf); err != nil {
			return err
		}
	}
	if o.profile {
		r.Profile, r.ICCProfile = profilesOf(inf.Profiles()), profilesOf(inf.ICCProfiles())
	}
	if o.diagnostics {
		r.Diagnostics = diagnosticsOf(inf)
	}
	return nil
}

func (r *fitResult) retest(o *linearOptions, job *boot.Job, inf *mixed.Inference) error {
	df, robust := mixed.DF(o.df), mixed.Robust(o.robust)
	fixed, err := boot.TestFixed(inf, df, robust)
	if err != nil {
		return err
	}
	contrasts, err := boot.TestContrasts(job, inf, df, robust)
	if err != nil {
		return err
	}
	cov, err := inf.Covariance(df, robust)
	if err != nil {
		return err
	}
	p := len(fixed)
	for k, e := range fixed {
		r.Fixed[k] = estimateOf(e, true)
		r.Vcov[k] = nums(cov[k*p : (k+1)*p])
	}
	for k, e := range contrasts {
		r.Contrasts[k] = estimateOf(e, false)
	}
	return nil
}

func (r *fitResult) compare(name string, large *mixed.Fit, null func() (*mixed.Fit, error)) error {
	small, err := null()
	if err != nil {
		return fmt.Errorf("-lrt %s: %w", name, err)
	}
	c, err := mixed.CompareFits(small, large)
	if err != nil {
		return fmt.Errorf("-lrt %s: %w", name, err)
	}
	r.LRT = &fitLRT{Null: name, Statistic: num(c.Statistic), DF: c.DF, P: num(c.P), PBoundary: num(math.NaN()), Note: c.Note}
	if c.Boundary {
		r.LRT.PBoundary = num(c.PBoundary)
	}
	return nil
}

func profilesOf(ps []mixed.Profile) (out []fitProfile) {
	for _, p := range ps {
		out = append(out, fitProfile{p.Group, p.Term, p.Parameter, p.With, num(p.Estimate), [2]num{num(p.Low), num(p.High)}})
	}
	return out
}

func diagnosticsOf(inf *mixed.Inference) *fitDiagnostics {
	out := &fitDiagnostics{}
	for _, p := range inf.Predictions() {
		out.RandomEffects = append(out.RandomEffects, fitPrediction{p.Group, p.Level, p.Term, num(p.Value), num(p.SE)})
	}
	e := inf.Residuals()
	for _, row := range e.SourceRow {
		out.Row = append(out.Row, num(row+1))
	}
	out.Fitted, out.Marginal = nums(e.Fitted), nums(e.Marginal)
	out.Conditional, out.Standardised = nums(e.Conditional), nums(e.Standardised)
	return out
}

// nullFit fits the smaller model of -lrt to the rows of the larger one.
func (t *fitTable) nullFit(o *fitOptions, job *boot.Job) (*mixed.Fit, error) {
	f, err := formula.Parse(o.linear.null)
	if err != nil {
		return nil, err
	}
	chosen := make([]bool, t.frame.Rows)
	for _, row := range job.Design.SourceRow {
		chosen[row] = true
	}
	d, err := f.BuildWhere(&t.frame, chosen)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(d.Y, job.Design.Y) {
		return nil, errors.New("the outcome is not the same in both models")
	}
	m, err := mixed.New(d)
	if err != nil {
		return nil, err
	}
	return m.Fit(job.Method)
}
