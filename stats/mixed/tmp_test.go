package mixed_test

import (
	"math/rand/v2"
	"testing"
	"trialbox/stats/mixed"
)

func TestTmp(t *testing.T) {
	m, fit := baseModel(t, mixed.ML)
	s := m.NewScratch(fit)
	w := make([]float64, m.Units())
	hist := map[int]int{}
	for n := 0; n < 70000; n++ {
		r := rand.New(rand.NewPCG(1, uint64(n)))
		clear(w)
		for range w {
			w[r.IntN(len(w))]++
		}
		x := s.Refit(w)
		hist[x.Evaluations]++
		if x.Status == mixed.Failed {
			t.Log(n, x.Reason, x.Evaluations, w)
		}
	}
	t.Log(hist)
}
