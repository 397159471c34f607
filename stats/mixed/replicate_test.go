package mixed_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"trialbox/stats/internal/trialdata"
	"trialbox/stats/mixed"
)

func BenchmarkReplicateML(b *testing.B)   { benchmarkReplicate(b, mixed.ML) }
func BenchmarkReplicateREML(b *testing.B) { benchmarkReplicate(b, mixed.REML) }

// benchmarkReplicate resamples the 22 units of the trial for the base model of the Oswestry index.
func benchmarkReplicate(b *testing.B, method mixed.Method) {
	m, fit := baseModel(b, method)
	s := m.NewScratch(fit)
	weights := make([]float64, m.Units())
	source := rand.NewPCG(0, 0)
	random := rand.New(source)
	evaluations, failed := 0, 0
	b.ReportAllocs()
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

func baseModel(t testing.TB, method mixed.Method) (*mixed.Model, *mixed.Fit) {
	t.Helper()
	m, err := mixed.New(trialdata.Design(t, trialdata.Trial(t), "odi ~ "+rightSides["base"]))
	if err != nil {
		t.Fatal(err)
	}
	fit, err := m.Fit(method)
	if err != nil {
		t.Fatal(err)
	}
	return m, fit
}

// TestReplayTrial refits the draws that the reference engine was given: 200 for each of three outcomes and two
// schemes, contrasts within 1e-4. That engine minimises without derivatives on the SD scale, where the gradient at
// zero vanishes, and stops short of the minimum here and there; a larger difference is allowed only where the
// likelihood is higher at our estimate than at its.
func TestReplayTrial(t *testing.T) {
	for _, outcome := range []string{"odi", "eq_vas", "nrs_leg"} {
		for _, scheme := range []string{"cluster", "cluster_by_arm"} {
			t.Run(outcome+"_"+scheme, func(t *testing.T) { replay(t, outcome, scheme) })
		}
	}
}

func replay(t *testing.T, outcome, scheme string) {
	d := trialdata.Design(t, trialdata.Trial(t), outcome+" ~ "+rightSides["base"])
	m, err := mixed.New(d)
	if err != nil {
		t.Fatal(err)
	}
	fit, err := m.Fit(mixed.ML)
	if err != nil {
		t.Fatal(err)
	}
	s := m.NewScratch(fit)
	header, rows := trialdata.Table(t, "boot_replicates_"+outcome+"_"+scheme+".csv")
	short := 0
	for _, row := range rows {
		value := map[string]float64{}
		for k, name := range header {
			if value[name], err = strconv.ParseFloat(row[k], 64); err != nil {
				t.Fatal(err)
			}
		}
		weights := make([]float64, m.Units())
		for i, unit := range d.Groups[0].Levels {
			weights[i] = value[unit]
		}
		r := s.Refit(weights)
		arm, arm3, arm12 := r.Beta[1], r.Beta[9], r.Beta[10]
		difference := max(math.Abs(arm-value["contrast_v0"]), math.Abs(arm+arm3-value["contrast_v3"]), math.Abs(arm+arm12-value["contrast_v12"]))
		if r.Status == mixed.Failed || !(difference <= 3e-3) {
			t.Errorf("replicate %s: status %d, contrasts off by %.2g %s", row[0], r.Status, difference, r.Reason)
			continue
		}
		theirs := s.LogLikAt(weights, value["theta_patient"], value["theta_unit"])
		if r.LogLik < theirs-1e-8 {
			t.Errorf("replicate %s: logLik %.10f is below the reference's %.10f", row[0], r.LogLik, theirs)
		}
		if difference > 1e-4 {
			short++
			if !(r.LogLik > theirs+1e-9) {
				t.Errorf("replicate %s: contrasts off by %.2g at the same likelihood", row[0], difference)
			}
		}
	}
	if short > 6 {
		t.Errorf("%d of 200 replicates differ by more than 1e-4", short)
	}
}
