//go:build !js

package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

type iccOutput struct {
	ICC         *float64
	CI          [2]*float64
	VarCluster  *float64 `json:"var_cluster"`
	VarResidual *float64 `json:"var_residual"`
	N, Clusters int
	MeanSize    float64 `json:"mean_size"`
	CV          float64 `json:"cv_size"`
	Method      string
	Warnings    []string
}

func runICC(t *testing.T, args ...string) (out iccOutput) {
	t.Helper()
	status, stdout, stderr := ran(func(a []string, o, e *bytes.Buffer) int { return iccCommand(a, o, e) }, args...)
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	if err := json.Unmarshal([]byte(stdout), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// icc.json: analysis of variance to 1e-9, lme4's components to 1e-4 of the total variance.
func TestICCReference(t *testing.T) {
	type model struct {
		Unit  float64 `json:"var_unit"`
		Resid float64 `json:"var_resid"`
		ICC   float64
	}
	var want struct {
		Single []struct {
			Outcome string
			Visit   int
			Anova   struct {
				N, Clusters int
				Mean        float64 `json:"mean_size"`
				CV          float64 `json:"cv_size"`
				ICC         float64
				Low         float64 `json:"ci_low_F"`
				High        float64 `json:"ci_high_F"`
			}
			Arm     struct{ ICC float64 } `json:"anova_adjusted_for_arm"`
			ML      model                 `json:"lmm_null_ML"`
			REML    model                 `json:"lmm_null_REML"`
			ArmML   model                 `json:"lmm_arm_ML"`
			ArmREML model                 `json:"lmm_arm_REML"`
		} `json:"single_visit"`
	}
	b, err := os.ReadFile(numbersFolder + "icc.json")
	if err == nil {
		err = json.Unmarshal(b, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range want.Single {
		run := func(more ...string) iccOutput {
			t.Helper()
			return runICC(t, append(more, "-outcome", w.Outcome, "-cluster", "unit_id", "-where", "visit == "+strconv.Itoa(w.Visit), scoredLong)...)
		}
		what := w.Outcome + " at " + strconv.Itoa(w.Visit)
		near := func(what string, got *float64, want, tolerance float64) {
			t.Helper()
			if got == nil || math.Abs(*got-want) > tolerance {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		a := run("-method", "anova")
		near(what+" anova", a.ICC, w.Anova.ICC, 1e-9)
		near(what+" low", a.CI[0], w.Anova.Low, 1e-9)
		near(what+" high", a.CI[1], w.Anova.High, 1e-9)
		near(what+" within arms", run("-method", "anova", "-arm", "arm").ICC, w.Arm.ICC, 1e-9)
		if a.N != w.Anova.N || a.Clusters != w.Anova.Clusters || math.Abs(a.MeanSize-w.Anova.Mean) > 1e-9 || math.Abs(a.CV-w.Anova.CV) > 1e-9 || a.Method != "anova" {
			t.Errorf("%s: %+v", what, a)
		}
		for _, m := range []struct {
			args []string
			want model
		}{{nil, w.REML}, {[]string{"-ml"}, w.ML}, {[]string{"-arm", "arm"}, w.ArmREML}, {[]string{"-arm", "arm", "-ml"}, w.ArmML}} {
			got := run(m.args...)
			total := m.want.Unit + m.want.Resid
			name := what + " lmm " + strings.Join(m.args, " ")
			near(name, got.ICC, m.want.ICC, 1e-4)
			near(name+" of clusters", got.VarCluster, m.want.Unit, 1e-4*total)
			near(name+" within", got.VarResidual, m.want.Resid, 1e-4*total)
			if got.CI[0] == nil || *got.CI[0] > *got.ICC || *got.CI[1] < *got.ICC || got.Method != "lmm" || (m.want.ICC == 0) != strings.Contains(strings.Join(got.Warnings, " "), "estimated as 0") {
				t.Errorf("%s: %+v", name, got)
			}
		}
	}
}

func TestICCRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	one := write("one.csv", "clinic,y\n1,2\n1,3\n1,4\n")
	single := write("single.csv", "clinic,y\n1,2\n2,3\n3,4\n")
	constant := write("constant.csv", "clinic,y\n1,2\n1,2\n2,2\n2,2\n")
	for _, c := range []struct {
		args   string
		status int
		says   string
	}{
		{"-outcome odi -cluster unit_id FILE", 1, "681 rows with odi for 314 patients (patient_id): choose one visit"},
		{"-outcome odi -cluster unit_id -where visit>0 FILE", 1, "leaves 368 rows"},
		{"-outcome odi FILE", 2, "-outcome and -cluster"},
		{"-outcome odi -cluster unit_id -method glmm FILE", 2, "available: lmm, anova"},
		{"-outcome odi -cluster unit_id -method anova -ml FILE", 2, "-ml belongs"},
		{"-outcome provider -cluster unit_id -where visit==0 FILE", 1, "holds text"},
		{"-outcome odi -cluster clinic -where visit==0 FILE", 1, "no column clinic"},
		{"-outcome y -cluster clinic " + one, 1, "one cluster"},
		{"-outcome y -cluster clinic " + single, 1, "one value"},
		{"-outcome y -cluster clinic " + constant, 1, "the same"},
		{"-outcome y -cluster clinic -patient clinic " + one, 1, "3 rows with y for 1 patients"},
	} {
		status, stdout, stderr := ran(func(a []string, o, e *bytes.Buffer) int { return iccCommand(a, o, e) }, strings.Fields(strings.Replace(c.args, "FILE", scoredLong, 1))...)
		if status != c.status || stdout != "" || !strings.Contains(stderr, c.says) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d, %s%s", c.args, status, stdout, stderr)
		}
	}
}
