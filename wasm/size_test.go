//go:build !js

package main

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
)

type sizeOutput struct {
	DesignEffect *float64 `json:"design_effect"`
	NUnadjusted  *float64 `json:"n_unadjusted"`
	NTotal       *float64 `json:"n_total"`
	Clusters     int
	NRounded     int        `json:"n_rounded"`
	NWithDropout int        `json:"n_with_dropout"`
	Power        *float64   `json:"power_at_clusters"`
	EqualArms    int        `json:"clusters_equal_arms"`
	ClusterSize  float64    `json:"cluster_size"`
	Detectable   *float64   `json:"detectable_difference"`
	Shares       []*float64 `json:"detectable_shares"`
	Steps        []struct {
		Text  string
		Value float64
	}
}

func runSize(t *testing.T, args string) (out sizeOutput) {
	t.Helper()
	status, stdout, stderr := ran(func(a []string, o, e *bytes.Buffer) int { return sizeCommand(a, o, e) }, strings.Fields(args)...)
	if status != 0 {
		t.Fatalf("%s: status %d: %s", args, status, stderr)
	}
	if err := json.Unmarshal([]byte(stdout), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// The paper's numbers, and sample_size.json's behind them: 162 and 135 patients of 27 units, 193 to recruit.
func TestSizePaper(t *testing.T) {
	for _, c := range []struct {
		args                        string
		effect, n, total, power     float64
		clusters, rounded, dropouts int
		equal                       int
	}{
		{"-diff 4 -sd 8 -icc 0.05 -m 6", 1.25, 2 * 62.7910378747927, 156.977594686982, 0.812215152223779, 27, 162, 162, 28},
		{"-diff 4 -sd 8 -icc 0.05 -m 6 -t", 1.25, 2 * 63.765763714274, 159.41440928568, 0.780925788935717, 27, 162, 162, 28},
		{"-diff 4 -sd 8 -icc 0.011 -m 5 -dropout 0.3", 1.044, 2 * 62.7910378747927, 131.107687082567, 0.811356624307399, 27, 135, 193, 28},
		{"-diff 8 -sd 16 -icc 0.05 -m 6 -cv 0.65", 1.37675, 2 * 62.7910378747927, 172.89512278824, math.NaN(), 29, 174, 174, 30},
		{"-binary 0.2,0.35 -icc 0.05 -m 6", 1.25, 2 * 135.175150980456, 2 * 168.968938725571, math.NaN(), 57, 342, 342, 58},
		{"-binary 0.2,0.35 -icc 0.05 -m 6 -pooled", 1.25, 2 * 137.914753135555, 2 * 172.393441419444, math.NaN(), 58, 348, 348, 58},
		{"-diff 4 -sd 8 -icc 0.05 -m 6 -ratio 3:1", 1.25, (52.3258648956606 + 156.977594686982) / 1.25, 52.3258648956606 + 156.977594686982, math.NaN(), 35, 210, 210, 36},
		{"-diff 4 -sd 8 -icc 0.05 -m 6 -before 1 -correlation 0.5", 1.25, 0.75 * 2 * 62.7910378747927, 0.75 * 156.977594686982, math.NaN(), 20, 120, 120, 20},
	} {
		got := runSize(t, c.args)
		near := func(what string, got *float64, want float64) {
			t.Helper()
			if !math.IsNaN(want) && (got == nil || math.Abs(*got-want) > 2e-8*want) { // power.t.test stops there
				t.Errorf("%s: %s %v, want %v", c.args, what, *got, want)
			}
		}
		near("design effect", got.DesignEffect, c.effect)
		near("n", got.NUnadjusted, c.n)
		near("total", got.NTotal, c.total)
		near("power", got.Power, c.power)
		if got.Clusters != c.clusters || got.NRounded != c.rounded || got.NWithDropout != c.dropouts || got.EqualArms != c.equal || len(got.Steps) < 6 {
			t.Errorf("%s: %+v", c.args, got)
		}
	}
}

// What a given number of clusters tells: power, the detectable difference, or the size of a cluster.
func TestSizeClusters(t *testing.T) {
	got := runSize(t, "-sd 8 -icc 0.05 -m 6 -clusters 27")
	if math.Abs(*got.Detectable-3.93750682146515) > 1e-12 || got.Power != nil || got.NTotal != nil || got.Clusters != 27 || got.NRounded != 162 {
		t.Errorf("detectable: %+v", got)
	}
	got = runSize(t, "-diff 4 -sd 8 -icc 0.05 -m 6 -clusters 27")
	if math.Abs(*got.Power-0.812215152223779) > 1e-12 || *got.NTotal < 156 {
		t.Errorf("power: %+v", got)
	}
	got = runSize(t, "-diff 4 -sd 8 -icc 0.05 -clusters 27")
	if got.ClusterSize != 6 || *got.Power < 0.8 {
		t.Errorf("size: %+v", got)
	}
	got = runSize(t, "-binary 0.1 -icc 0.05 -m 6 -clusters 27")
	if len(got.Shares) != 2 || got.Shares[0] != nil || !(*got.Shares[1] > 0.2) {
		t.Errorf("shares: %+v", got)
	}
}

func TestSizeRefuses(t *testing.T) {
	for args, says := range map[string]string{
		"-sd 8 -icc 0.05 -m 6":                                  "-diff is missing",
		"-diff 4 -icc 0.05 -m 6":                                "-sd is missing",
		"-diff 4 -sd 8 -m 6":                                    "-icc is missing",
		"-diff 4 -sd 8 -icc 0.05":                               "-m is missing",
		"-diff 0 -sd 8 -icc 0.05 -m 6":                          "other than 0",
		"-diff 4 -sd 8 -icc -0.02 -m 6":                         "between 0 and 1",
		"-diff 4 -sd 8 -icc 1.2 -m 6":                           "between 0 and 1",
		"-diff 4 -sd 8 -icc 0.05 -m 6 -power 1":                 "no number of patients",
		"-diff 4 -sd 8 -icc 0.05 -m 6 -power 0":                 "above 0",
		"-diff 4 -sd 8 -icc 0.05 -m 6 -power 80":                "below 1",
		"-diff 4 -sd 8 -icc 0.05 -m 6 -dropout 1":               "less than 1",
		"-diff 4 -sd 8 -icc 0.05 -m 6 -ratio 1:0":               "above 0",
		"-diff 4 -sd 8 -icc 0.05 -clusters 6":                   "at least 7 clusters",
		"-diff 4 -sd 8 -icc 0.05 -m 6 -clusters 1":              "at least one",
		"-sd 8 -icc 0.05 -clusters 6":                           "-clusters needs",
		"-binary 0.2 -icc 0.05 -m 6":                            "both arms",
		"-binary 0.2,0.2 -icc 0.05 -m 6":                        "the same",
		"-binary 20,35 -icc 0.05 -m 6":                          "0.2 for 20 %",
		"-binary x -icc 0.05 -m 6":                              "two shares",
		"-binary 0.2,0.3 -diff 3 -icc 0.05 -m 6":                "in place of",
		"-diff 4 -sd 8 -icc 0.05 -m six":                        "invalid value",
		"-diff 4 -sd 8 -icc 0.05 -m 6 file.csv":                 "no file",
		"-diff 4 -sd 8 -icc NaN -m 6":                           "between 0 and 1",
		"-diff 4 -sd 8 -icc 0.05 -m 6 -before 1 -correlation 1": "already tell",
	} {
		status, stdout, stderr := ran(func(a []string, o, e *bytes.Buffer) int { return sizeCommand(a, o, e) }, strings.Fields(args)...)
		if status != 2 || stdout != "" || !strings.Contains(stderr, says) {
			t.Errorf("%s: status %d, %s%s", args, status, stdout, stderr)
		}
	}
}
