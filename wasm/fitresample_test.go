//go:build !js

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// bootstrapOf runs fit with resampling and gives what stands under bootstrap.
func bootstrapOf(t *testing.T, args ...string) (map[string]any, []string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := fitCommand(append(args, scoredLong), &stdout, &stderr); status != 0 {
		t.Fatalf("status %d: %s", status, stderr.String())
	}
	var out struct {
		Bootstrap map[string]any
		Warnings  []string
	}
	if err := json.Unmarshal(stdout.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	return out.Bootstrap, out.Warnings
}

// TestFitResample: every scheme fills every key, accounts for its replicates, and gives the same bytes again.
func TestFitResample(t *testing.T) {
	for resample, name := range map[string]string{
		"units": "units within arm and provider2", "patients": "patients within arm and provider2", "two-stage": "two-stage within arm and provider2",
		"parametric": "parametric", "wild": "wild", "permutation": "permutation of arm within provider2",
	} {
		for family, formula := range map[string]string{
			"gaussian": "eq_vas " + baseFormula,
			"binary":   "nsaid ~ arm*factor(visit) + (1|unit_id/patient_id)",
			"ordinal":  "omp_group ~ arm*factor(visit) + (1|unit_id/patient_id)",
		} {
			if family != "gaussian" && (resample == "wild" || resample == "permutation") {
				continue
			}
			t.Run(resample+"/"+family, func(t *testing.T) {
				args := []string{"-formula", formula, "-family", family, "-contrast", "12 months: armintervention + armintervention:factor(visit)12", "-resample", resample, "-by", "arm", "-strata", "stratum", "-boot", "11"}
				name := strings.Replace(name, "provider2", "stratum", 1)
				if resample != "permutation" { // some strata have one unit of an arm
					args = slices.DeleteFunc(args, func(s string) bool { return s == "-strata" || s == "stratum" })
					name = strings.Replace(name, " and stratum", "", 1)
				}
				b, _ := bootstrapOf(t, args...)
				if family == "gaussian" {
					if again, _ := bootstrapOf(t, args...); fmt.Sprint(b) != fmt.Sprint(again) {
						t.Error("the same command gives other numbers")
					}
				}
				replicates := 11.0
				if resample == "permutation" { // 10 · 2 · 6 · … arrangements within providers, all of them
					replicates = b["allocation"].(map[string]any)["total"].(float64)
				}
				if b["scheme"] != name || b["seed"].(float64) != 1 || b["replicates"].(float64) != replicates || b["converged"].(float64)+b["boundary"].(float64)+b["failed"].(float64) != replicates {
					t.Errorf("%v: %v, want %s", b["scheme"], b, name)
				}
				for _, list := range []string{"terms", "contrasts"} {
					for _, x := range b[list].([]any) {
						for _, key := range strings.Fields("se mc_se statistic p ci_normal ci_percentile ci_basic ci_bc ci_bca") {
							if _, ok := x.(map[string]any)[key]; !ok {
								t.Errorf("%s has no %s", list, key)
							}
						}
					}
				}
				c := b["contrasts"].([]any)[0].(map[string]any)
				if c["name"] != "12 months" || c["p"] == nil || c["statistic"] == nil {
					t.Errorf("%v", c)
				}
				if bca := c["ci_bca"].([]any); (bca[0] == nil) != (resample == "wild" || resample == "permutation") {
					t.Errorf("BCa %v", bca)
				}
			})
		}
	}
}

// TestFitPermutation: every unit with rows entered once, in its stratum and arm; the interval comes when asked for.
func TestFitPermutation(t *testing.T) {
	args := []string{"-formula", "odi " + baseFormula, "-contrast", contrastAt12, "-boot", "200", "-resample", "permutation", "-by", "arm", "-strata", "provider"}
	b, warnings := bootstrapOf(t, args...)
	a := b["allocation"].(map[string]any)
	if a["arm"] != "arm" || a["total"].(float64) != 2400 || a["all"] != true || b["replicates"].(float64) != 2400 {
		t.Errorf("%v of %v", b["replicates"], a)
	}
	units := map[string]bool{}
	for _, s := range a["strata"].([]any) {
		for _, list := range s.(map[string]any)["arms"].(map[string]any) {
			for _, u := range list.([]any) {
				if units[u.(string)] {
					t.Errorf("%v twice", u)
				}
				units[u.(string)] = true
			}
		}
	}
	if len(units) != 22 || !slices.ContainsFunc(warnings, func(s string) bool { return strings.Contains(s, "All 2400 allocations") }) {
		t.Errorf("%d units, %v", len(units), warnings)
	}
	c := b["contrasts"].([]any)[0].(map[string]any)
	if _, given := c["ci"]; given {
		t.Error("an interval that nobody asked for")
	}
	b, _ = bootstrapOf(t, append(args, "-invert")...)
	c = b["contrasts"].([]any)[0].(map[string]any)
	ci := c["ci"].([]any)
	if low, high := ci[0].(float64), ci[1].(float64); !(low < 4.3 && high > 4.3) || (low <= 0) != (c["p"].(float64) > 0.05) {
		t.Errorf("P %v, interval %v", c["p"], ci)
	}
}

// TestFitBadInput: what no program can fit is refused in a sentence that names it, or fitted with a warning that does.
func TestFitBadInput(t *testing.T) {
	var b strings.Builder
	b.WriteString("unit,patient,label,crossed,row,arm,visit,y,count,bin,const,x,x2,inf,none,text\n")
	for i := range 6 {
		for j := range 4 {
			for v := range 3 {
				y := math.Sin(float64(7*i+3*j+2*v)) + float64(v)
				inf := fmt.Sprint(y)
				if i+j+v == 0 {
					inf = "Inf"
				}
				fmt.Fprintf(&b, "u%d,p%d,%d,c%d,%d,%s,%d,%v,%d,%d,5,%d,%d,%s,,%s\n", i, 10*i+j, j, (i+2*j+v)%5, 100*i+10*j+v, []string{"a", "b"}[i%2], v, y, (i*j+v*v)%9, (i+j*j+v)%2, (i+j)%4, 2*((i+j)%4)+1, inf, []string{"low", "mid", "high"}[(i+j+v)%3])
			}
		}
	}
	file := filepath.Join(t.TempDir(), "bad.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ args, want string }{
		"crossed":               {"y ~ arm + (1|unit) + (1|crossed)", "crossed groupings are not supported"},
		"labels reused":         {"y ~ arm + (1|unit) + (1|label)", "occurs in"},
		"labels reused, binary": {"bin ~ arm + (1|unit) + (1|label);-family binary", "occurs in"},
		"counts, binary":        {"count ~ arm + (1|unit);-family binary", "counts are not supported"},
		"one group":             {"y ~ x + (1|unit/patient);-where unit == \"u1\"", "has only one value (u1)"},
		"row number":            {"y ~ x + (1|unit) + (1|row)", "as many groups as there are rows"},
		"row number, binary":    {"bin ~ x + (1|row);-family binary", "as many groups as there are rows"},
		"constant outcome":      {"const ~ arm + (1|unit/patient)", "constant outcome"},
		"constant, ordinal":     {"const ~ arm + (1|unit/patient);-family ordinal", "constant outcome"},
		"arm without units":     {"y ~ arm + (1|unit/patient);-where arm == \"a\"", "has only the value a"},
		"one unit an arm":       {"y ~ arm + (1|unit/patient);-where unit == \"u1\" | unit == \"u2\"", "the fixed effects determine the 2 groups"},
		"all missing":           {"y ~ none + (1|unit/patient)", "none is missing in all 72 rows"},
		"outcome missing":       {"none ~ arm + (1|unit/patient)", "none is missing in all 72 rows"},
		"infinite":              {"inf ~ arm + (1|unit/patient)", "Inf"},
		"slope, binary":         {"bin ~ arm + (1|unit) + (visit|patient);-family binary", "random slope"},
		"slope, ordinal":        {"text ~ arm + (visit|patient);-family ordinal;-levels low,mid,high", "random slope"},
		"mmrm, binary":          {"bin ~ arm + us(visit|patient);-family binary", "residual covariance"},
		"three groups, binary":  {"bin ~ arm + (1|unit) + (1|unit:visit) + (1|patient);-family binary", "take one or two"},
		"text, ordinal":         {"text ~ arm + (1|unit);-family ordinal", "-levels"},
	} {
		t.Run(name, func(t *testing.T) {
			parts := strings.Split(c.args, ";")
			args := []string{"-formula", parts[0]}
			for _, p := range parts[1:] {
				option, value, _ := strings.Cut(p, " ")
				args = append(args, option, value)
			}
			var stdout, stderr bytes.Buffer
			status := fitCommand(append(args, file), &stdout, &stderr)
			text := stderr.String()
			if status != 1 || !strings.Contains(text, c.want) || stdout.Len() > 0 || strings.Count(text, "\n") != 1 {
				t.Errorf("status %d, output %q, error %q; want %q", status, stdout.String(), text, c.want)
			}
		})
	}
	for name, c := range map[string]struct{ formula, family, want string }{
		"constant covariate":         {"y ~ arm + const + (1|unit/patient)", "gaussian", "const"},
		"collinear":                  {"y ~ x + x2 + (1|unit/patient)", "gaussian", "x2"},
		"constant covariate, binary": {"bin ~ arm + const + (1|unit/patient)", "binary", "const"},
		"collinear, binary":          {"bin ~ x + x2 + (1|unit/patient)", "binary", "x2"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if status := fitCommand([]string{"-formula", c.formula, "-family", c.family, file}, &stdout, &stderr); status != 0 {
				t.Fatal(stderr.String())
			}
			var out fitOutput
			if err := json.Unmarshal(stdout.Bytes(), &out); err != nil {
				t.Fatal(err)
			}
			said := slices.ContainsFunc(out.Warnings, func(s string) bool {
				return strings.HasPrefix(s, "Left out because the other terms determine them: "+c.want)
			})
			if !said || slices.ContainsFunc(out.Fixed, func(f fitEntry) bool { return f.Term == c.want }) {
				t.Errorf("warnings %q, terms %v", out.Warnings, out.Fixed)
			}
		})
	}
}
