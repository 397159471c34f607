//go:build !js

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"trialbox/stats"
	"trialbox/stats/formula"
	"trialbox/stats/mixed"
)

const iccHelp = `usage: trialbox icc -outcome y -cluster unit [options] in.csv

Estimates how alike the patients of a cluster are, as JSON: the intraclass
correlation with its 95 % interval, the variances of and within clusters, and
how the cluster sizes vary.

  -outcome y            a column of numbers; of 0 and 1, the correlation of the shares
  -cluster unit         the column that names the cluster
  -method lmm|anova     a linear mixed model by REML, with its profile likelihood interval;
                        or analysis of variance, which can be negative, with the interval by F
  -ml                   the mixed model by ML
  -arm arm              takes the difference between the arms out
  -patient id           names the patient, where the column's name does not show it
  -where 'visit == 0'   rows to use; several rows a patient are refused
  -missing -99,999      codes that mean a missing value, beside those recognised

cv_size has divisor clusters - 1; cv_size_population, the one that size -cv
takes, has divisor clusters. design_effect is 1 + ((cv_size_population² + 1)
mean_size - 1) icc.
`

// iccResult is what icc prints.
type iccResult struct {
	ICC          num      `json:"icc"`
	CI           [2]num   `json:"ci"`
	VarCluster   num      `json:"var_cluster"`
	VarResidual  num      `json:"var_residual"`
	N            int      `json:"n"`
	Clusters     int      `json:"clusters"`
	MeanSize     num      `json:"mean_size"`
	CV           num      `json:"cv_size"`
	CVPopulation num      `json:"cv_size_population"`
	DesignEffect num      `json:"design_effect"`
	Method       string   `json:"method"`
	Estimation   string   `json:"estimation"`
	Warnings     []string `json:"warnings"`
}

type iccOptions struct {
	outcome, cluster, method, arm, patient, where, missing, file string

	ml bool
}

// iccCommand prints an intraclass correlation.
func iccCommand(args []string, stdout, stderr io.Writer) int {
	return exitStatus("icc", iccHelp, icc(args, stdout), stdout, stderr)
}

func icc(args []string, stdout io.Writer) error {
	o, err := iccFlags(args)
	if err != nil {
		return err
	}
	t, err := choose(o.file, o.missing, o.where)
	if err != nil {
		return err
	}
	out, err := o.estimate(t)
	if err != nil {
		return err
	}
	return writeJSON(stdout, out)
}

func iccFlags(args []string) (*iccOptions, error) {
	o := &iccOptions{}
	fs := flag.NewFlagSet("icc", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&o.outcome, "outcome", "", "")
	fs.StringVar(&o.cluster, "cluster", "", "")
	fs.StringVar(&o.method, "method", "lmm", "")
	fs.StringVar(&o.arm, "arm", "", "")
	fs.StringVar(&o.patient, "patient", "", "")
	fs.StringVar(&o.where, "where", "", "")
	fs.StringVar(&o.missing, "missing", "", "")
	fs.BoolVar(&o.ml, "ml", false, "")
	files, err := parseMixed(fs, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return nil, err
	case err != nil:
		return nil, badUsage{err}
	case o.outcome == "" || o.cluster == "":
		return nil, badUsage{errors.New("-outcome and -cluster are needed: the columns of the outcome and of the clusters")}
	case o.method != "lmm" && o.method != "anova":
		return nil, badUsage{fmt.Errorf("-method %s is not known; available: lmm, anova", o.method)}
	case o.ml && o.method == "anova":
		return nil, badUsage{errors.New("-ml belongs to -method lmm")}
	case len(files) != 1:
		return nil, badUsage{fmt.Errorf("one input file is needed, not %d", len(files))}
	}
	o.file = files[0]
	return o, nil
}

func (o *iccOptions) estimate(t *chosen) (*iccResult, error) {
	y, cluster, arm, dropped, err := o.read(t)
	if err != nil {
		return nil, err
	}
	r := stats.AnovaICC(y, cluster, arm)
	if r.Status != stats.OK {
		return nil, fmt.Errorf("%s in %s: %s", o.outcome, o.cluster, r.Status)
	}
	out := &iccResult{ICC: num(r.Value), CI: [2]num{num(r.Low), num(r.High)}, VarCluster: num(r.VarCluster), VarResidual: num(r.VarResidual),
		N: r.N, Clusters: r.Clusters, MeanSize: num(r.MeanSize), CV: num(r.CV), CVPopulation: num(r.CVOfDesign),
		Method: o.method, Estimation: "analysis of variance, interval by F", Warnings: t.warnings(o.outcome)}
	if dropped > 0 {
		out.Warnings = append(out.Warnings, fmt.Sprintf("Rows without %s left out: %d.", strings.Join(o.columns(), " or "), dropped))
	}
	if o.method == "lmm" {
		if err := o.model(t, out, y, cluster, arm); err != nil {
			return nil, err
		}
	} else if r.Note != "" {
		out.Warnings = append(out.Warnings, strings.ToUpper(r.Note[:1])+r.Note[1:]+".")
	}
	out.DesignEffect = num(stats.DesignEffect(r.MeanSize, r.CVOfDesign, max(0, float64(out.ICC))))
	if r.Clusters < fewUnits {
		out.Warnings = append(out.Warnings, fmt.Sprintf("Only %d clusters: the interval says how little they tell; plan with its upper end in mind.", r.Clusters))
	}
	out.Warnings = append([]string{}, out.Warnings...)
	return out, nil
}

func (o *iccOptions) columns() []string {
	out := []string{o.outcome, o.cluster}
	if o.arm != "" {
		out = append(out, o.arm)
	}
	return out
}

// read gives the outcome, the cluster and the arm (nil without one) of the rows that have all of them, and how many
// have not. Several rows a patient are an error.
func (o *iccOptions) read(t *chosen) (y []float64, cluster, arm []int, dropped int, err error) {
	if y, err = t.numbers(o.outcome); err != nil {
		return nil, nil, nil, 0, err
	}
	whole := func(k int) bool { return !math.IsNaN(y[k]) }
	patient, rows, patients, err := t.repeated(o.patient, o.cluster, whole)
	switch {
	case err != nil:
		return nil, nil, nil, 0, err
	case patient != "" && o.where == "":
		return nil, nil, nil, 0, fmt.Errorf("there are %d rows with %s for %d patients (%s): choose one visit with -where, for instance -where 'visit == 0'", rows, o.outcome, patients, patient)
	case patient != "":
		return nil, nil, nil, 0, fmt.Errorf("-where %s leaves %d rows with %s for %d patients (%s): choose one row a patient", o.where, rows, o.outcome, patients, patient)
	}
	columns := map[string][]int{}
	for _, name := range o.columns()[1:] {
		if _, columns[name], err = t.levels(name); err != nil {
			return nil, nil, nil, 0, err
		}
		of, before := columns[name], whole
		whole = func(k int) bool { return before(k) && of[k] >= 0 }
	}
	var kept []float64
	for k := range y {
		if !whole(k) {
			dropped++
			continue
		}
		kept = append(kept, y[k])
		cluster = append(cluster, columns[o.cluster][k])
		if o.arm != "" {
			arm = append(arm, columns[o.arm][k])
		}
	}
	t.keep(whole)
	return kept, cluster, arm, dropped, nil
}

// model replaces the estimate by that of a mixed model.
func (o *iccOptions) model(t *chosen, out *iccResult, y []float64, cluster, arm []int) error {
	quoted := func(name string) string { return "`" + name + "`" }
	text := quoted(o.outcome) + " ~ 1 + (1|" + quoted(o.cluster) + ")"
	if o.arm != "" {
		text = quoted(o.outcome) + " ~ factor(" + quoted(o.arm) + ") + (1|" + quoted(o.cluster) + ")"
	}
	f, err := formula.Parse(text)
	if err != nil {
		return err
	}
	rows := make([]bool, t.frame.Rows)
	for _, row := range t.rows {
		rows[row] = true
	}
	design, err := f.BuildWhere(&t.frame, rows)
	if err != nil {
		return err
	}
	model, err := mixed.New(design)
	if err != nil {
		return err
	}
	method := mixed.REML
	if o.ml {
		method = mixed.ML
	}
	fit, err := model.Fit(method)
	if err != nil {
		return err
	}
	k := slices.IndexFunc(fit.ICC, func(v mixed.GroupValue) bool { return v.Group == o.cluster })
	value := fit.ICC[k].Value
	low, high := stats.ProfileICC(y, cluster, arm, method == mixed.REML, value)
	out.ICC, out.CI = num(value), [2]num{num(low), num(high)}
	out.VarCluster, out.VarResidual = num(fit.Random[0].Variance), num(fit.Residual)
	out.Estimation = strings.ToUpper(method.String()) + ", profile likelihood interval"
	if value == 0 {
		out.Warnings = append(out.Warnings, "The variance of the clusters is estimated as 0: their means differ by no more than chance would have it.")
	}
	return nil
}
