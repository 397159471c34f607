//go:build !js

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"trialbox/stats"
)

const sizeHelp = `usage: trialbox size -diff 4 -sd 8 -icc 0.05 -m 6 [options]

Says how many clusters a trial of two arms needs, as JSON with every step of
the reckoning. The clusters of both arms are rounded up once.

  -diff 4               the difference to detect
  -sd 8                 the standard deviation of a patient within an arm
  -binary 0.2,0.35      in place of both: the shares with the event, control and intervention
  -pooled               binary: the test's variance under no difference
  -icc 0.05             the intraclass correlation
  -m 6                  patients analysed a cluster, on average
  -cv 0                 coefficient of variation of the cluster sizes (divisor: clusters)
  -power 0.8  -alpha 0.05  -dropout 0
  -t                    t distributions: for the patients by their number, for the power by clusters - 2
  -ratio 1              patients of the intervention arm for each of the control arm, also 2:1
  -visits 1  -before 0  -correlation 0.5   the outcome is the mean of visits, adjusted for those before
  -clusters K           the power of K clusters; without -diff (or with -binary 0.2) the difference
                        they detect; without -m the patients each of them needs
`

// sizeResult is what size prints.
type sizeResult struct {
	DesignEffect num        `json:"design_effect"`
	NUnadjusted  num        `json:"n_unadjusted"`
	NTotal       num        `json:"n_total"`
	Clusters     int        `json:"clusters"`
	NRounded     int        `json:"n_rounded"`
	NWithDropout int        `json:"n_with_dropout"`
	Power        num        `json:"power_at_clusters"`
	EqualArms    int        `json:"clusters_equal_arms"`
	ClusterSize  num        `json:"cluster_size"`
	VisitFactor  num        `json:"visit_factor"`
	Detectable   num        `json:"detectable_difference"`
	Shares       *[2]num    `json:"detectable_shares,omitempty"`
	Steps        []sizeStep `json:"steps"`
	Warnings     []string   `json:"warnings"`
}

type sizeStep struct {
	Text  string `json:"text"`
	Value num    `json:"value"`
}

// sizeCommand prints a sample size.
func sizeCommand(args []string, stdout, stderr io.Writer) int {
	return exitStatus("size", sizeHelp, size(args, stdout), stdout, stderr)
}

func size(args []string, stdout io.Writer) error {
	p, clusters, given, err := sizeFlags(args)
	if err != nil {
		return err
	}
	var s stats.Size
	switch {
	case !given["clusters"]:
		s = p.Size()
	case !given["m"]:
		s = p.ClusterSizeFor(clusters)
	default:
		s = p.At(clusters)
	}
	if s.Status != stats.OK {
		return badUsage{errors.New(string(s.Status))}
	}
	out := sizeResult{DesignEffect: num(s.DesignEffect), NUnadjusted: num(s.NUnadjusted), NTotal: num(s.NTotal), Clusters: s.Clusters,
		NRounded: s.NRounded, NWithDropout: s.NWithDropout, Power: num(s.PowerAtClusters), EqualArms: s.EqualArms, ClusterSize: num(s.ClusterSize),
		VisitFactor: num(s.VisitFactor), Detectable: num(s.Detectable), Steps: []sizeStep{}, Warnings: append([]string{}, s.Warnings...)}
	if p.Binary {
		out.Shares = &[2]num{num(s.DetectableShare[0]), num(s.DetectableShare[1])}
	}
	for _, step := range s.Steps {
		out.Steps = append(out.Steps, sizeStep{step.Text, num(step.Value)})
	}
	return writeJSON(stdout, out)
}

func sizeFlags(args []string) (p stats.Plan, clusters int, given map[string]bool, err error) {
	fs := flag.NewFlagSet("size", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	for name, to := range map[string]*float64{"diff": &p.Diff, "sd": &p.SD, "icc": &p.ICC, "m": &p.ClusterSize, "cv": &p.CV, "dropout": &p.Dropout, "correlation": &p.Correlation} {
		fs.Float64Var(to, name, 0, "")
	}
	fs.Float64Var(&p.Power, "power", 0.8, "")
	fs.Float64Var(&p.Alpha, "alpha", 0.05, "")
	fs.BoolVar(&p.T, "t", false, "")
	fs.BoolVar(&p.PooledNull, "pooled", false, "")
	fs.IntVar(&p.Visits, "visits", 1, "")
	fs.IntVar(&p.Before, "before", 0, "")
	fs.IntVar(&clusters, "clusters", 0, "")
	fs.Func("binary", "", func(s string) error { return readShares(&p, s) })
	fs.Func("ratio", "", func(s string) (err error) { p.Ratio, err = readRatio(s); return err })
	rest, err := parseMixed(fs, args)
	given = map[string]bool{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	switch {
	case errors.Is(err, flag.ErrHelp):
		return p, 0, nil, err
	case err == nil:
		err = checkSize(&p, given, rest)
	}
	if err != nil {
		return p, 0, nil, badUsage{err}
	}
	return p, clusters, given, nil
}

// checkSize says what is missing or does not go together, and refuses zeros that would stand for a default.
func checkSize(p *stats.Plan, given map[string]bool, rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%s: no file is needed", rest[0])
	case given["binary"] && (given["diff"] || given["sd"]):
		return errors.New("-binary stands in place of -diff and -sd")
	case !given["binary"] && !given["sd"]:
		return errors.New("-sd is missing: the standard deviation of a patient within an arm (or -binary)")
	case !given["icc"]:
		return errors.New("-icc is missing: the intraclass correlation, 0 where there is none")
	case !given["m"] && !given["clusters"]:
		return errors.New("-m is missing: the patients a cluster (or -clusters)")
	case given["diff"] && p.Diff == 0:
		return errors.New("the difference to detect must be a number other than 0")
	case !given["diff"] && !given["binary"] && !given["clusters"]:
		return errors.New("-diff is missing: the difference to detect (or -clusters, which tells it)")
	case !given["diff"] && !given["binary"] && !given["m"]:
		return errors.New("-clusters needs -diff for the size of a cluster, -m for the difference, or both for the power")
	case math.IsNaN(p.Treated) && !(given["clusters"] && given["m"]):
		return errors.New("-binary needs the shares of both arms, or -clusters and -m, which tell the second")
	case p.Power == 0 || p.Alpha == 0 || given["ratio"] && p.Ratio == 0 || p.Visits == 0:
		return errors.New("-power, -alpha, -ratio and -visits must be above 0")
	}
	return nil
}

// readShares reads the share of the control arm and, where it is not asked for, of the intervention arm.
func readShares(p *stats.Plan, s string) (err error) {
	first, second, two := strings.Cut(s, ",")
	p.Binary, p.Treated = true, math.NaN()
	if p.Control, err = strconv.ParseFloat(strings.TrimSpace(first), 64); err == nil && two {
		p.Treated, err = strconv.ParseFloat(strings.TrimSpace(second), 64)
	}
	if err != nil || math.IsNaN(p.Control) || two && math.IsNaN(p.Treated) {
		return errors.New("it is two shares such as 0.2,0.35")
	}
	return nil
}

// readRatio reads 2 or 2:1.
func readRatio(s string) (float64, error) {
	first, second, two := strings.Cut(s, ":")
	ratio, err := strconv.ParseFloat(first, 64)
	if err == nil && two {
		var under float64
		under, err = strconv.ParseFloat(second, 64)
		ratio /= under
	}
	if err != nil || !(ratio > 0) || math.IsInf(ratio, 0) {
		return 0, errors.New("it is a number above 0, such as 2 or 2:1")
	}
	return ratio, nil
}
