//go:build !js

package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const logitFormula = "~ arm*factor(visit) + I(delay_days/10) + factor(pain_duration) + fabq_pa_0 + (1|unit_id/patient_id)"

// logitOutput is what a reader of the JSON of a logit fit sees beside fitOutput.
type logitOutput struct {
	Event       string
	Categories  []string
	Residual    *float64 `json:"residual_variance"`
	Integration struct {
		Nodes, CheckNodes int
		Change            float64 `json:"check_max_change_se"`
	}
	Thresholds []struct {
		Name         string
		Estimate, SE float64
	}
	Fixed, Contrasts []struct {
		Term, Name string
		Estimate   *float64
		OR         *float64   `json:"odds_ratio"`
		ORCI       []*float64 `json:"or_ci"`
	}
	Separation struct {
		Penalised struct {
			Method    string
			Contrasts []struct{ Estimate float64 }
		}
	}
	Vcov      [][]*float64
	VcovTerms []string `json:"vcov_terms"`
	ICC       map[string]float64
	Warnings  []string
	Random    []struct{ Variance float64 }
	LogLik    float64
}

func runLogit(t *testing.T, args ...string) (out logitOutput) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := fitCommand(args, &stdout, &stderr); status != 0 {
		t.Fatalf("status %d: %s", status, stderr.String())
	}
	if err := json.Unmarshal(stdout.Bytes(), &out); err != nil {
		t.Fatalf("%v in\n%s", err, stdout.String())
	}
	return out
}

// TestFitBinary: nsaid of the trial against converged quadrature (id nsaid_3level_exact of stats/logit/testdata).
func TestFitBinary(t *testing.T) {
	out := runLogit(t, "-family", "binary", "-formula", "nsaid "+logitFormula, "-contrast", contrastAt12, scoredLong)
	var c = out.Contrasts[0]
	if math.Abs(*c.Estimate+0.2042033) > 1e-3*0.5382 || math.Abs(*c.OR-math.Exp(*c.Estimate)) > 1e-12 || len(c.ORCI) != 2 {
		t.Errorf("contrast %+v", c)
	}
	if out.Event != "1" || out.Residual != nil || len(out.Thresholds) != 0 || out.Integration.Nodes != 7 || out.Integration.Change > 0.01 {
		t.Errorf("event %q, residual %v, integration %+v", out.Event, out.Residual, out.Integration)
	}
	if len(out.Vcov) != 11 || len(out.VcovTerms) != 11 || out.VcovTerms[0] != "(Intercept)" {
		t.Errorf("vcov of %v", out.VcovTerms)
	}
	u, p := out.Random[0].Variance, out.Random[1].Variance
	if total := u + p + math.Pi*math.Pi/3; math.Abs(out.ICC["patient_id"]-(u+p)/total) > 1e-12 || math.Abs(out.ICC["unit_id"]-u/total) > 1e-12 {
		t.Errorf("icc %v", out.ICC)
	}
}

// TestFitOrdinal: thresholds come first in vcov and are apart from the fixed effects; text needs -levels and gives the
// same fit as numbers.
func TestFitOrdinal(t *testing.T) {
	out := runLogit(t, "-family", "ordinal", "-formula", "sbt_group "+logitFormula, scoredLong)
	if len(out.Thresholds) != 2 || out.Thresholds[0].Name != "1|2" || out.VcovTerms[0] != "1|2" || out.VcovTerms[2] != "armintervention" || len(out.Vcov) != len(out.VcovTerms) {
		t.Errorf("thresholds %v, vcov of %v", out.Thresholds, out.VcovTerms)
	}
	if out.Fixed[0].Term != "armintervention" {
		t.Errorf("first term %s", out.Fixed[0].Term)
	}
	raw, err := os.ReadFile(scoredLong)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(raw), "\n")
	column := -1
	for k, name := range strings.Split(strings.TrimSpace(lines[0]), ",") {
		if strings.Trim(name, `"`) == "sbt_group" {
			column = k
		}
	}
	for n := 1; n < len(lines); n++ {
		if cells := strings.Split(lines[n], ","); len(cells) > column {
			cells[column] = map[string]string{"1": "low", "2": "medium", "3": "high"}[cells[column]]
			lines[n] = strings.Join(cells, ",")
		}
	}
	file := filepath.Join(t.TempDir(), "text.csv")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	text := runLogit(t, "-family", "ordinal", "-levels", "low,medium,high", "-formula", "sbt_group "+logitFormula, file)
	if text.Thresholds[1].Name != "medium|high" || text.LogLik != out.LogLik {
		t.Errorf("%v, loglik %v, want %v", text.Thresholds, text.LogLik, out.LogLik)
	}
	var stdout, stderr bytes.Buffer
	if status := fitCommand([]string{"-family", "ordinal", "-formula", "sbt_group " + logitFormula, file}, &stdout, &stderr); status != 1 || !strings.Contains(stderr.String(), "-levels") {
		t.Errorf("status %d, %s", status, stderr.String())
	}
}

// TestFitSeparated: strong opioids, no event at three months in either arm (separation.json of the reference: by logistic
// regression at 12 months alone −1.0389 ± 1.4245, both variances being zero).
func TestFitSeparated(t *testing.T) {
	out := runLogit(t, "-family", "binary", "-formula", "strong_opioid ~ arm*factor(visit) + (1|unit_id/patient_id)",
		"-contrast", "v3: armintervention + armintervention:factor(visit)3", "-contrast", contrastAt12, scoredLong)
	if v3 := out.Contrasts[0]; v3.Estimate != nil || v3.OR != nil {
		t.Errorf("three months %+v", v3)
	}
	if v12 := out.Contrasts[1]; math.Abs(*v12.Estimate+1.03889304585752) > 1e-6 {
		t.Errorf("twelve months %v", *v12.Estimate)
	}
	for _, want := range []string{"not estimable", "0 of 137", "0 of 47"} {
		if !strings.Contains(strings.Join(out.Warnings, "\n"), want) {
			t.Errorf("no %q in %q", want, out.Warnings)
		}
	}
	// brglm2's AS_mean: −1.93738131 + 0.87448713 at three months.
	if p := out.Separation.Penalised; math.Abs(p.Contrasts[0].Estimate+1.06289418) > 2e-5 || !strings.Contains(p.Method, "Firth") {
		t.Errorf("penalised %+v", p)
	}
	if out.Vcov[2][2] != nil || out.Vcov[1][1] == nil {
		t.Error("vcov of terms without estimate must be null, others not")
	}
}

// TestFitLogitErrors: a sentence each, and the right status.
func TestFitLogitErrors(t *testing.T) {
	for name, c := range map[string]struct {
		args   string
		status int
		want   string
	}{
		"counts":          {"-family binary -formula age~arm+(1|unit_id)", 1, "counts are not supported"},
		"measurement":     {"-family binary -formula odi~arm+(1|unit_id)", 1, "exactly two"},
		"too many":        {"-family ordinal -formula odi~arm+(1|unit_id)", 1, "52 different values"},
		"constant":        {"-family binary -where visit==3 -formula strong_opioid~arm+(1|unit_id)", 1, "constant outcome"},
		"row group":       {"-family binary -where visit==0 -formula nsaid~arm+(1|patient_id)", 1, "as many groups as there are rows"},
		"unit outcome":    {"-family binary -formula arm~visit+(1|patient_id)", 1, "never differs between the rows of one patient_id"},
		"outcome itself":  {"-family binary -formula nsaid~I(2*nsaid)+(1|patient_id)", 1, "perfectly in every row"},
		"aliased":         {"-family binary -formula nsaid~unit_id+(1|unit_id)", 1, "determine the 22 groups"},
		"no order":        {"-family ordinal -formula provider~visit+(1|unit_id)", 1, "whose order is not known"},
		"wrong level":     {"-family ordinal -levels a,b -formula arm~visit+(1|unit_id)", 1, "not among the levels a, b"},
		"levels twice":    {"-family ordinal -levels a,a -formula arm~visit+(1|unit_id)", 1, "each level once"},
		"method of other": {"-family binary -method reml -formula nsaid~arm+(1|unit_id)", 2, "belongs to -family gaussian"},
		"nodes":           {"-family binary -nodes 0 -formula nsaid~arm+(1|unit_id)", 2, "between 1 and 100"},
		"crossed":         {"-family binary -formula nsaid~arm+(1|unit_id)+(1|visit)", 1, "crossed groupings are not supported"},
		"family":          {"-family poisson -formula nsaid~arm+(1|unit_id)", 2, "available: gaussian, binary, ordinal"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			status := fitCommand(append(strings.Split(c.args, " "), scoredLong), &stdout, &stderr)
			if status != c.status || !strings.Contains(stderr.String(), c.want) || stdout.Len() > 0 || strings.Count(stderr.String(), "\n") != 1 {
				t.Errorf("status %d, error %q; want %d, %q", status, stderr.String(), c.status, c.want)
			}
		})
	}
}
