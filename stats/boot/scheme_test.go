package boot_test

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"trialbox/stats/boot"
	"trialbox/stats/internal/trialdata"
	"trialbox/stats/logit"
	"trialbox/stats/mixed"
)

// TestSchemesTrial compares 1,000 replicates (300 of the outcomes after the first) of the schemes beside whole units with
// 4,000 of R's (07_bootstrap.R): within three Monte Carlo errors of the difference. R gives the error of its SE at 2,000;
// that of an interval's end is endError.
func TestSchemesTrial(t *testing.T) {
	if runtime.GOOS == "js" {
		t.Skip("runs natively; stats/same compares the bits of both")
	}
	var refs []bootReference
	trialdata.JSON(t, "bootstrap_schemes.json", &refs)
	if len(refs) != 36 {
		t.Fatalf("%d references, want 36", len(refs))
	}
	schemes := map[string]boot.Scheme{"patient": boot.Patients, "patient_by_arm": boot.Patients, "two_stage_by_arm": boot.TwoStage, "parametric": boot.Parametric}
	summaries := map[string]*boot.Summary{}
	for _, ref := range refs {
		if testing.Short() && ref.Outcome != "odi" {
			continue
		}
		key, n := ref.Outcome+"_"+ref.Scheme, 1000
		if ref.Outcome != "odi" {
			n = 300
		}
		if summaries[key] == nil {
			job := trialJob(t, ref.Outcome, strings.HasSuffix(ref.Scheme, "by_arm"))
			job.Scheme = schemes[ref.Scheme]
			r := runner(t, job)
			summaries[key] = boot.Summarize(job, r.Fit(), []*boot.Batch{r.Run(0, n), r.Run(-r.Beside(), 0)})
		}
		s := summaries[key]
		got := s.Contrasts[map[string]int{"0": 0, "3": 1, "12": 2}[ref.Visit]]
		t.Run(key+"_"+ref.Visit, func(t *testing.T) {
			if s.Failed > 0 || s.Converged+s.Boundary != n {
				t.Errorf("%d failed: %v", s.Failed, s.Reasons)
			}
			mcse := ref.Reference.MCSE * math.Sqrt(2000/float64(n)+0.5) // ours and that of R's 4,000
			near(t, "SE", got.SE, ref.Reference.SE, 3*mcse)
			near(t, "MCSE", got.MCSE/math.Sqrt(2000/float64(n)), ref.Reference.MCSE, 0.5*ref.Reference.MCSE)
			z0, acceleration := ref.Reference.Z0, ref.Reference.Acceleration
			for k, z := range []float64{-1.96, 1.96} {
				end := func(z0, a float64) float64 {
					return 3 * ref.Reference.SE * math.Hypot(endError(z0, a, z, n), endError(z0, a, z, 4000))
				}
				near(t, "normal", got.Normal[k], ref.Reference.Normal[k], 3*1.96*mcse)
				near(t, "percentile", got.Percentile[k], ref.Reference.Percentile[k], end(0, 0))
				near(t, "basic", got.Basic[k], ref.Reference.Basic[k], end(0, 0))
				near(t, "BC", got.BC[k], ref.Reference.BC[k], end(z0, 0))
				near(t, "BCa", got.BCa[k], ref.Reference.BCa[k], end(z0, acceleration))
			}
		})
	}
}

// endError is the Monte Carlo error of an interval's end from n normal replicates, in their standard deviation: of the
// quantile at the shifted place, and of the place, which moves by twice the error of z0, √(π/2n). The two are correlated,
// so they are added up.
func endError(z0, a, z float64, n int) float64 {
	at := z0 + (z0+z)/(1-a*(z0+z))
	p := 0.5 * math.Erfc(-at/math.Sqrt2)
	quantile := math.Sqrt(p*(1-p)/float64(n)) * math.Sqrt(2*math.Pi) * math.Exp(at*at/2)
	if z0 == 0 {
		return quantile
	}
	return quantile + 2*math.Sqrt(math.Pi/2/float64(n))
}

// TestJackknifeAll: the other outcomes' leave-one-unit-out contrasts are R's, and a summary takes the jackknife in parts
// and in any order for the BCa interval that it gives whole.
func TestJackknifeAll(t *testing.T) {
	for _, outcome := range []string{"nrs_leg", "eq_vas"} {
		job := trialJob(t, outcome, true)
		r := runner(t, job)
		b := r.Jackknife()
		_, rows := trialdata.Table(t, "jackknife_units_"+outcome+".csv")
		for i, row := range rows {
			for n, v := range r.ContrastValues(b, i) {
				var want float64
				fmt.Sscan(row[2+n], &want)
				near(t, outcome+" without "+row[0], v, want, 1e-4)
			}
		}
		run := r.Run(0, 200)
		whole := boot.SummarizeBCa(job, r.Fit(), []*boot.Batch{run}, b)
		parts := boot.Summarize(job, r.Fit(), []*boot.Batch{r.Clone().Run(-5, 0), run, r.Run(-r.Beside(), -5)})
		if math.IsNaN(whole.Contrasts[2].BCa[0]) || !same(whole, parts) {
			t.Errorf("BCa %v whole, %v in parts", whole.Contrasts[2].BCa, parts.Contrasts[2].BCa)
		}
		if some := boot.Summarize(job, r.Fit(), []*boot.Batch{run, r.Run(-5, 0)}); !math.IsNaN(some.Contrasts[2].BCa[0]) {
			t.Error("BCa from a jackknife that is not complete")
		}
	}
}

// TestSchemesSplit: every scheme, linear of two, three and more variances, binary and ordinal, gives the same numbers
// however it is split, accounts for all replicates, and another seed gives others.
func TestSchemesSplit(t *testing.T) {
	fr := trialdata.Trial(t)
	for name, model := range map[string]struct {
		formula string
		logit   *logit.Options
		n       int
	}{
		"base":          {"nrs_leg ~ " + base, nil, 60},
		"unit by visit": {"nrs_leg ~ arm*factor(visit) + (1|unit_id) + (1|unit_id:visit) + (1|patient_id)", nil, 20},
		"slope":         {"nrs_leg ~ arm*factor(visit) + (1|unit_id) + (visit|patient_id)", nil, 20},
		"mmrm":          {"nrs_leg ~ arm*factor(visit) + (1|unit_id) + us(visit|patient_id)", nil, 20},
		"binary":        {"nsaid ~ arm*factor(visit) + (1|unit_id/patient_id)", &logit.Options{}, 12},
		"ordinal":       {"omp_group ~ arm*factor(visit) + (1|unit_id/patient_id)", &logit.Options{Ordinal: true}, 8},
	} {
		if runtime.GOOS == "js" && name != "base" && name != "mmrm" { // stats/same has the others
			continue
		}
		for _, scheme := range []boot.Scheme{boot.Patients, boot.TwoStage, boot.Parametric} {
			t.Run(name+"/"+string(scheme), func(t *testing.T) {
				job := &boot.Job{Design: *trialdata.Design(t, fr, model.formula), Logit: model.logit, Seed: 3, Scheme: scheme, Marginal: model.logit != nil}
				job.Strata = arms(fr, &job.Design)
				job.Contrasts = []boot.Contrast{{Name: "first", L: make([]float64, len(job.Design.Terms))}}
				for k, term := range job.Design.Terms {
					if term == "armintervention" {
						job.Contrasts[0].L[k] = 1
					}
				}
				r := runner(t, job)
				whole := boot.Summarize(job, r.Fit(), []*boot.Batch{r.Run(0, model.n)})
				other := runner(t, job)
				parts := []*boot.Batch{other.Run(5, model.n), other.Clone().Run(1, 5), other.Run(0, 1)}
				if split := boot.Summarize(job, other.Fit(), parts); !same(whole, split) {
					t.Errorf("split run differs:\n%v\n%v", whole, split)
				}
				if whole.Converged+whole.Boundary+whole.Failed != model.n || whole.Failed > 1 {
					t.Errorf("%d converged, %d at the boundary, %d failed: %v", whole.Converged, whole.Boundary, whole.Failed, whole.Reasons)
				}
				x := whole.Contrasts[0]
				if se := r.Contrasts()[0].SE; !(x.SE > 0.3*se && x.SE < 3*se) {
					t.Errorf("SE %v, of the model %v", x.SE, se)
				}
				if model.logit != nil {
					if m := r.SummarizeMarginal(parts); len(m) == 0 || m[0].Used < model.n-1 {
						t.Errorf("probabilities: %+v", m)
					}
				}
				reseeded := *job
				reseeded.Seed++
				r = runner(t, &reseeded)
				if same(whole, boot.Summarize(&reseeded, r.Fit(), []*boot.Batch{r.Run(0, model.n)})) {
					t.Error("another seed gives the same numbers")
				}
			})
		}
	}
}

// TestRefitRows: the rows as they are, refitted from the fit, give the fit.
func TestRefitRows(t *testing.T) {
	fr := trialdata.Trial(t)
	for _, f := range []string{"odi ~ " + base, "odi ~ arm + (1|unit_id) + (visit|patient_id)", "odi ~ arm*factor(visit) + ar1h(visit|patient_id)"} {
		for _, method := range []mixed.Method{mixed.ML, mixed.REML} {
			d := trialdata.Design(t, fr, f)
			fit := runner(t, &boot.Job{Design: *d, Method: method}).Fit()
			again := mixed.RefitRows(d, fit)
			near(t, f+": logLik", again.LogLik, fit.LogLik, 1e-6)
			for k, b := range again.Beta {
				near(t, f+": "+fit.Terms[k], b, fit.Beta[k], 1e-3*fit.SE[k])
			}
		}
	}
	for _, opt := range []logit.Options{{}, {Laplace: true}, {Ordinal: true}} {
		outcome := "nsaid"
		if opt.Ordinal {
			outcome = "omp_group"
		}
		d := trialdata.Design(t, fr, outcome+" ~ arm*factor(visit) + (1|unit_id/patient_id)")
		r := runner(t, &boot.Job{Design: *d, Logit: &opt})
		again := logit.RefitRows(d, opt, r.Logit())
		for k, b := range again.Beta {
			near(t, outcome+": "+r.Fit().Terms[k], b, r.Fit().Beta[k], 1e-3*r.Fit().SE[k])
		}
		near(t, outcome+": patient variance", again.Variances[1], r.Fit().Random[1].Variance, 1e-3*r.Fit().Random[1].Variance)
	}
}
