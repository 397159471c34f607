package logit_test

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"trialbox/stats/formula"
	"trialbox/stats/internal/trialdata"
	"trialbox/stats/logit"
	"trialbox/stats/mixed"
)

// reference is one fit of testdata/trial.json, made from the R results that testdata/README.md names.
type reference struct {
	ID, Outcome, Source, Groups string
	Ordinal                     bool
	Nodes                       int
	LogLik                      float64
	Variances                   []float64
	Gradient                    *float64
	Baseline, LastVisit         bool
	Terms                       []struct {
		Term     string
		Estimate float64
		SE       *float64
	}
	Contrasts []struct {
		Visit        string
		Estimate, SE float64
	}
}

// design builds the model of a reference on the trial.
func (r *reference) design(t testing.TB) *mixed.Design {
	fr := trialdata.Trial(t)
	addCut(fr, "wa5", "work_ability", 4, 6, 7, 8)
	addCut(fr, "nrs5", "nrs_back", 0, 2, 4, 6)
	fixed := "arm*factor(visit)"
	var chosen []bool
	if r.Baseline || r.LastVisit {
		fixed = "arm"
		visit := 0.0
		if r.LastVisit {
			visit = 12
		}
		for _, c := range fr.Columns {
			if c.Name == "visit" {
				for _, v := range c.Num {
					chosen = append(chosen, v == visit)
				}
			}
		}
	}
	groups := map[string]string{"both": "(1|unit_id/patient_id)", "patient": "(1|patient_id)", "unit": "(1|unit_id)"}[r.Groups]
	f, err := formula.Parse(r.Outcome + " ~ " + fixed + " + I(delay_days/10) + factor(pain_duration) + fabq_pa_0 + " + groups)
	if err != nil {
		t.Fatal(err)
	}
	d, err := f.BuildWhere(fr, chosen)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func addCut(fr *formula.Frame, name, of string, cuts ...float64) {
	for _, c := range fr.Columns {
		if c.Name != of {
			continue
		}
		out := formula.Column{Name: name, Num: make([]float64, fr.Rows)}
		for row, v := range c.Num {
			out.Num[row] = v // NaN stays
			if v == v {
				out.Num[row] = 1
				for _, cut := range cuts {
					if v > cut {
						out.Num[row]++
					}
				}
			}
		}
		fr.Columns = append(fr.Columns, out)
		return
	}
}

func references(t testing.TB) []reference {
	t.Helper()
	b, err := os.ReadFile("testdata/trial.json")
	if err != nil {
		t.Fatal(err)
	}
	var refs []reference
	if err := json.Unmarshal(b, &refs); err != nil {
		t.Fatal(err)
	}
	return refs
}

func fitted(t testing.TB, d *mixed.Design, opt logit.Options) *logit.Fit {
	t.Helper()
	m, err := logit.New(d, opt)
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.Fit()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func value(f *logit.Fit, term string) (estimate, se float64) {
	for k, name := range f.Terms {
		if name == term {
			return f.Beta[k], f.SE[k]
		}
	}
	for _, c := range f.Thresholds {
		if c.Name == term {
			return c.Estimate, c.SE
		}
	}
	return math.NaN(), math.NaN()
}

// thresholdName turns R's names of thresholds (1|2, or cut1) into ours.
func thresholdName(f *logit.Fit, name string) string {
	if n, found := strings.CutPrefix(name, "cut"); found {
		k, _ := strconv.Atoi(n)
		return f.Thresholds[k-1].Name
	}
	return name
}

// TestTrial compares every logit fit of the reference trial: estimates and standard errors within 0.01 SE, as its
// README asks, and much closer where the reference is a converged fit: 3e-4 SE against lme4 and glmmTMB at any number
// of points, 3e-3 SE against clmm, which stops at gradients of 1e-3, and for 7 points of the default. Variances within 1 %
// against quadrature that has converged, log-likelihood 1e-3. Laplace fits by clmm at two levels are looser by up to
// 3e-3: its inner search stops early (the same fit by the three-level road agrees to 1e-8).
func TestTrial(t *testing.T) {
	for _, r := range references(t) {
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			f := fitted(t, r.design(t), logit.Options{Ordinal: r.Ordinal, Nodes: r.Nodes})
			tolerance, ll := 3e-4, 2e-5
			if r.Ordinal || r.Nodes == 0 {
				tolerance, ll = 4e-3, 3e-3
			}
			if r.Nodes == 0 {
				ll = 1e-3
			}
			near(t, "logLik", f.LogLik, r.LogLik, ll)
			for _, x := range r.Terms {
				e, se := value(f, thresholdName(f, x.Term))
				if x.SE == nil { // the reference is at the boundary
					near(t, x.Term, e, x.Estimate, tolerance*se)
					continue
				}
				near(t, x.Term, e, x.Estimate, tolerance**x.SE)
				near(t, "SE of "+x.Term, se, *x.SE, tolerance**x.SE)
			}
			for k, v := range f.Random {
				near(t, "variance of "+v.Group, v.Variance, r.Variances[k], tolerance*r.Variances[k]+1e-5)
				if (v.Variance == 0) != (r.Variances[k] < 1e-6) {
					t.Errorf("variance of %s is %g, want %g", v.Group, v.Variance, r.Variances[k])
				}
			}
			if !f.Converged {
				t.Error("not converged")
			}
		})
	}
}

// TestTrialContrasts compares the arm's effect at each visit with the converged quadrature.
func TestTrialContrasts(t *testing.T) {
	for _, r := range references(t) {
		if r.Contrasts == nil {
			continue
		}
		f := fitted(t, r.design(t), logit.Options{Ordinal: r.Ordinal})
		for _, c := range r.Contrasts {
			l := make([]float64, len(f.Terms))
			for k, name := range f.Terms {
				if name == "armintervention" || name == "armintervention:factor(visit)"+c.Visit {
					l[k] = 1
				}
			}
			value, variance := 0.0, 0.0
			for i := range l {
				value += l[i] * f.Beta[i]
				for j := range l {
					variance += l[i] * l[j] * f.Cov[i*len(l)+j]
				}
			}
			near(t, r.ID+" "+c.Visit, value, c.Estimate, 4e-3*c.SE)
			near(t, r.ID+" SE "+c.Visit, math.Sqrt(variance), c.SE, 4e-3*c.SE)
		}
	}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.10g, want %.10g ± %.2g", what, got, want, tolerance)
	}
}
