package mixed_test

import (
	"math/rand/v2"
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
