package mixed_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"trialbox/stats/formula"
	"trialbox/stats/internal/trialdata"
	"trialbox/stats/mixed"
)

// generalSides are models of every kind the general criterion treats.
var generalSides = map[string]string{
	"slope":                        rightSides["slope"],
	"independent":                  rightSides["slope_ind"],
	"unit by visit":                rightSides["unitvisit"],
	"both":                         base + " + (1|unit_id) + (1|unit_id:visit) + (visit|patient_id)",
	"unit slope":                   base + " + (visit|unit_id) + (1|patient_id)",
	"unit slope and unit by visit": base + " + (visit|unit_id) + (1|unit_id:visit) + (1|patient_id)",
	"unit slope on a covariate and unit by visit": base + " + (fabq_pa_0|unit_id) + (1|unit_id:visit) + (0 + visit|patient_id)",
	"three effects": base + " + (1 + visit + I(visit^2)|unit_id) + (visit|patient_id)",
	"one group":     base + " + (visit|unit_id)",
	"loose":         base + " + (1 + delay_days|unit_id) + (0 + age|patient_id)",
	"us":            rightSides["mmrm"],
	"us alone":      base + " + us(visit|patient_id)",
	"ar1h":          base + " + (1|unit_id) + ar1h(visit|patient_id)",
	"ar1":           base + " + (1|unit_id) + ar1(visit|patient_id)",
	"cs":            base + " + (1|unit_id) + cs(visit|patient_id)",
	"csh":           base + " + (visit|unit_id) + csh(visit|patient_id)",
	"diag":          base + " + (1|unit_id) + diag(visit|patient_id)",
}

// TestGeneralGradient compares the analytic gradient with central differences at random points, on all rows and on
// resamples, ML and REML.
func TestGeneralGradient(t *testing.T) {
	fr := trialdata.Trial(t)
	for name, side := range generalSides {
		m, err := mixed.New(trialdata.Design(t, fr, "odi ~ "+side))
		if err != nil {
			t.Fatal(name, err)
		}
		random := rand.New(rand.NewPCG(11, uint64(len(name))))
		weights := make([]float64, m.Units())
		for _, method := range []mixed.Method{mixed.ML, mixed.REML} {
			for r := range 3 {
				draw(weights, uint64(r))
				d := m.Criterion(method, weights)
				theta := make([]float64, m.Parameters())
				for k := range theta {
					theta[k] = 0.2 + 0.7*random.Float64()
				}
				t.Run(fmt.Sprintf("%s/%v/%d", name, method, r), func(t *testing.T) {
					_, grad, ok := d(theta)
					if !ok {
						t.Fatal("not defined")
					}
					for k := range theta {
						at, h := theta[k], 1e-5
						theta[k] = at + h
						up, _, _ := d(theta)
						theta[k] = at - h
						down, _, _ := d(theta)
						theta[k] = at
						near(t, fmt.Sprint("gradient ", k), grad[k], (up-down)/(2*h), 1e-5*(1+math.Abs(grad[k])))
					}
				})
			}
		}
	}
}

// TestGeneralIsSimple: where the models are the same the general criterion is that of criterion.go.
func TestGeneralIsSimple(t *testing.T) {
	fr := trialdata.Trial(t)
	for _, method := range []mixed.Method{mixed.ML, mixed.REML} {
		for _, outcome := range []string{"odi", "nrs_leg"} {
			simple := fitOf(t, fr, outcome+" ~ "+rightSides["base"], method)
			general := fitOf(t, fr, outcome+" ~ "+base+" + (1|unit_id) + cs(visit|patient_id)", method)
			near(t, "logLik", general.LogLik, simple.LogLik, 1e-7)
			for k, b := range simple.Beta {
				near(t, simple.Terms[k], general.Beta[k], b, 1e-5*simple.SE[k])
				near(t, "SE", general.SE[k], simple.SE[k], 1e-5*simple.SE[k])
			}
			near(t, "covariance", general.ResidualCov.Cov[1], simple.Random[1].Variance, 1e-3)
		}
	}
}

// TestGeneralReplicate: a resample of every unit once is the fit, and one in which units are drawn twice is the fit of
// the rows written twice under new names.
func TestGeneralReplicate(t *testing.T) {
	fr := trialdata.Trial(t)
	for name, side := range generalSides {
		for _, method := range []mixed.Method{mixed.ML, mixed.REML} {
			t.Run(fmt.Sprint(name, "/", method), func(t *testing.T) {
				d := trialdata.Design(t, fr, "odi ~ "+side)
				m, err := mixed.New(d)
				if err != nil {
					t.Fatal(err)
				}
				fit, err := m.Fit(method)
				if err != nil {
					t.Fatal(err)
				}
				s := m.NewScratch(fit)
				weights := make([]float64, m.Units())
				draw(weights, 0)
				compareReplicate(t, s.Refit(weights), fit)
				for r := range 3 {
					draw(weights, uint64(r)+5)
					written, err := mixed.New(writtenOut(d, weights))
					if err != nil {
						t.Fatal(err)
					}
					again, err := written.Fit(method)
					if err != nil {
						t.Fatal(err)
					}
					compareReplicate(t, s.Refit(weights), again)
				}
			})
		}
	}
}

// TestGeneralReplicateIsBest: the one search of a replicate finds what the search from every start finds, on resamples in
// which variances vanish and on others.
func TestGeneralReplicateIsBest(t *testing.T) {
	fr := trialdata.Trial(t)
	for _, outcome := range []string{"eq_vas", "nrs_leg"} {
		for _, name := range []string{"both", "independent", "cs", "diag", "unit slope"} {
			m, err := mixed.New(trialdata.Design(t, fr, outcome+" ~ "+generalSides[name]))
			if err != nil {
				t.Fatal(err)
			}
			for _, method := range []mixed.Method{mixed.ML, mixed.REML} {
				fit, err := m.Fit(method)
				if err != nil {
					t.Fatal(err)
				}
				s := m.NewScratch(fit)
				weights := make([]float64, m.Units())
				for r := range 15 {
					draw(weights, uint64(r)+100)
					got, best := s.Refit(weights), m.Best(method, weights)
					if got.Status == mixed.Failed || !(got.LogLik > best-2e-6) {
						t.Errorf("%s %s %v, resample %d: logLik %.8f, the best is %.8f %s", outcome, name, method, r, got.LogLik, best, got.Reason)
					}
				}
			}
		}
	}
}

func compareReplicate(t *testing.T, r *mixed.Replicate, fit *mixed.Fit) {
	t.Helper()
	if r.Status == mixed.Failed {
		t.Fatal(r.Reason)
	}
	near(t, "logLik", r.LogLik, fit.LogLik, 2e-6)
	for k, b := range fit.Beta {
		near(t, fit.Terms[k], r.Beta[k], b, 2e-3*fit.SE[k])
	}
}

func fitOf(t testing.TB, fr *formula.Frame, f string, method mixed.Method) *mixed.Fit {
	t.Helper()
	m, err := mixed.New(trialdata.Design(t, fr, f))
	if err != nil {
		t.Fatal(err)
	}
	fit, err := m.Fit(method)
	if err != nil {
		t.Fatal(err)
	}
	return fit
}

// writtenOut is a design in which unit i occurs weights[i] times, each copy a unit of its own.
func writtenOut(d *mixed.Design, weights []float64) *mixed.Design {
	out := &mixed.Design{Response: d.Response, Terms: d.Terms, Random: []mixed.Effects{}, Residual: d.Residual}
	p := len(d.Terms)
	names := make([]map[string]int32, len(d.Groups))
	for k, g := range d.Groups {
		out.Groups = append(out.Groups, mixed.Group{Name: g.Name})
		names[k] = map[string]int32{}
	}
	out.Residual.Visit.Of = nil
	for _, e := range d.Random {
		out.Random = append(out.Random, mixed.Effects{Group: e.Group, Terms: e.Terms})
	}
	for i, w := range weights {
		for copyNumber := range int(w) {
			for row, u := range d.Groups[0].Of {
				if int(u) != i {
					continue
				}
				out.Y = append(out.Y, d.Y[row])
				out.X = append(out.X, d.X[row*p:(row+1)*p]...)
				for k, g := range d.Groups {
					label := fmt.Sprintf("%06d-%d", g.Of[row], copyNumber)
					n, known := names[k][label]
					if !known {
						n = int32(len(out.Groups[k].Levels))
						names[k][label] = n
						out.Groups[k].Levels = append(out.Groups[k].Levels, label)
					}
					out.Groups[k].Of = append(out.Groups[k].Of, n)
				}
				for k, e := range d.Random {
					q := len(e.Terms)
					out.Random[k].Z = append(out.Random[k].Z, e.Z[row*q:(row+1)*q]...)
				}
				if d.Residual.Structure != "" {
					out.Residual.Visit.Of = append(out.Residual.Visit.Of, d.Residual.Visit.Of[row])
				}
			}
		}
	}
	return out
}

// BenchmarkGeneralReplicate resamples the trial for a patient slope with a unit-by-visit effect.
func BenchmarkGeneralReplicate(b *testing.B) {
	m, err := mixed.New(trialdata.Design(b, trialdata.Trial(b), "odi ~ "+generalSides["both"]))
	if err != nil {
		b.Fatal(err)
	}
	fit, err := m.Fit(mixed.ML)
	if err != nil {
		b.Fatal(err)
	}
	s := m.NewScratch(fit)
	weights := make([]float64, m.Units())
	evaluations, failed := 0, 0
	source := rand.NewPCG(0, 0)
	random := rand.New(source)
	b.ReportAllocs()
	b.ResetTimer()
	for n := range b.N {
		source.Seed(1, uint64(n))
		clear(weights)
		for range weights {
			weights[random.IntN(len(weights))]++
		}
		r := s.Refit(weights)
		evaluations += r.Evaluations
		if r.Status == mixed.Failed {
			failed++
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "replicates/s")
	b.ReportMetric(float64(evaluations)/float64(b.N), "evaluations")
	b.ReportMetric(float64(failed), "failed")
}
