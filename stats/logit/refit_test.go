package logit_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"trialbox/stats/logit"
	"trialbox/stats/mixed"
)

// copies is the design in which unit i occurs weights[i] times, as distinct units with distinct patients.
func copies(d *mixed.Design, weights []float64) *mixed.Design {
	out := &mixed.Design{Response: d.Response, Terms: d.Terms, Groups: make([]mixed.Group, len(d.Groups))}
	p := len(d.Terms)
	for k := range d.Groups {
		out.Groups[k].Name = d.Groups[k].Name
	}
	for i, w := range weights {
		for range int(w) {
			number := map[int32]int32{}
			unit := int32(len(out.Groups[0].Levels))
			if len(d.Groups) == 2 {
				out.Groups[0].Levels = append(out.Groups[0].Levels, "")
			}
			last := &out.Groups[len(d.Groups)-1]
			for row, u := range d.Groups[0].Of {
				if int(u) != i {
					continue
				}
				out.Y = append(out.Y, d.Y[row])
				out.X = append(out.X, d.X[row*p:(row+1)*p]...)
				if len(d.Groups) == 2 {
					out.Groups[0].Of = append(out.Groups[0].Of, unit)
				}
				j := d.Groups[len(d.Groups)-1].Of[row]
				if _, seen := number[j]; !seen {
					number[j] = int32(len(last.Levels))
					last.Levels = append(last.Levels, "")
				}
				last.Of = append(last.Of, number[j])
			}
		}
	}
	return out
}

// TestRefit: a replicate is the fit of the data in which drawn units are copied, and weights of one give the fit.
func TestRefit(t *testing.T) {
	refs := references(t)
	for _, id := range []string{"nsaid_3level_exact", "mild_opioid_3level_exact", "omp_group_3level_exact", "nsaid_3level_laplace", "sbt_group_3level_laplace", "nsaid_2level_patient_agq7"} {
		r := refs[slices.IndexFunc(refs, func(r reference) bool { return r.ID == id })]
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			d := r.design(t)
			opt := logit.Options{Ordinal: r.Ordinal, Nodes: r.Nodes}
			m, err := logit.New(d, opt)
			if err != nil {
				t.Fatal(err)
			}
			f, err := m.Fit()
			if err != nil {
				t.Fatal(err)
			}
			s := m.NewScratch(f)
			weights := make([]float64, m.Units())
			for i := range weights {
				weights[i] = 1
			}
			one := s.Refit(weights)
			for k, b := range one.Beta {
				near(t, "weights of one: "+f.Terms[k], b, f.Beta[k], 1e-3*f.SE[k])
			}
			random := rand.New(rand.NewPCG(1, 2))
			for n := range 4 {
				clear(weights)
				for range weights {
					weights[random.IntN(len(weights))]++
				}
				got := s.Refit(weights)
				want, err := refitted(copies(d, weights), opt, f)
				if err != nil || got.Reason != "" {
					t.Errorf("replicate %d: %v, %v", n, got.Reason, err)
					continue
				}
				worst := 0.0
				for k, b := range got.Beta {
					worst = max(worst, abs(b-want.Beta[k])/want.SE[k])
				}
				if worst > 0.01 {
					t.Errorf("replicate %d is off by %.2g SE: %v, want %v; variances %v, want %v", n, worst, got.Beta, want.Beta, got.Variances, want.Random)
				}
				for k, v := range want.Random {
					near(t, "variance", got.Variances[k], v.Variance, 0.02*v.Variance+1e-3)
				}
				t.Logf("%d evaluations, off by %.1e SE", got.Evaluations, worst)
			}
		})
	}
}

func refitted(d *mixed.Design, opt logit.Options, f *logit.Fit) (*logit.Fit, error) {
	if opt.Nodes == 0 {
		opt.Nodes = f.Nodes
	}
	m, err := logit.New(d, opt)
	if err != nil {
		return nil, err
	}
	return m.Fit()
}

func abs(x float64) float64 { return max(x, -x) }

func benchmarkRefit(b *testing.B, id string) {
	refs := references(b)
	r := refs[slices.IndexFunc(refs, func(r reference) bool { return r.ID == id })]
	m, err := logit.New(r.design(b), logit.Options{Ordinal: r.Ordinal, Nodes: r.Nodes})
	if err != nil {
		b.Fatal(err)
	}
	f, err := m.Fit()
	if err != nil {
		b.Fatal(err)
	}
	s := m.NewScratch(f)
	weights := make([]float64, m.Units())
	random := rand.New(rand.NewPCG(1, 2))
	evaluations, failed, n := 0, 0, 0
	for b.Loop() {
		clear(weights)
		for range weights {
			weights[random.IntN(len(weights))]++
		}
		x := s.Refit(weights)
		evaluations += x.Evaluations
		n++
		if x.Status == mixed.Failed {
			failed++
		}
	}
	b.ReportMetric(float64(evaluations)/float64(n), "evaluations")
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "replicates/s")
	b.ReportMetric(100*float64(failed)/float64(n), "failed%")
}

func BenchmarkRefitBinary(b *testing.B)         { benchmarkRefit(b, "lbp_daily_3level_exact") }
func BenchmarkRefitBinaryBoundary(b *testing.B) { benchmarkRefit(b, "mild_opioid_3level_exact") }
func BenchmarkRefitOrdinal(b *testing.B)        { benchmarkRefit(b, "sbt_group_3level_exact") }
func BenchmarkRefitOrdinalFive(b *testing.B)    { benchmarkRefit(b, "wa5_3level_exact") }
func BenchmarkRefitLaplace(b *testing.B)        { benchmarkRefit(b, "lbp_daily_3level_laplace") }
func BenchmarkRefitLaplaceOrdinal(b *testing.B) { benchmarkRefit(b, "sbt_group_3level_laplace") }

// TestRefitSeparated: replicates in which a cell has no event or only events. What compares the cell runs to infinity with
// the right sign; the rest is the fit of the copied data with that cell put aside.
func TestRefitSeparated(t *testing.T) {
	for _, c := range []struct {
		outcome string
		ordinal bool
	}{{"other_med", false}, {"sbt_group", true}} {
		r := reference{Outcome: c.outcome, Groups: "both"}
		d := r.design(t)
		opt := logit.Options{Ordinal: c.ordinal, Nodes: 7}
		m, err := logit.New(d, opt)
		if err != nil {
			t.Fatal(err)
		}
		f, err := m.Fit()
		if err != nil {
			t.Fatal(err)
		}
		s := m.NewScratch(f)
		arm := slices.Index(f.Terms, "armintervention")
		later := slices.Index(f.Terms, "armintervention:factor(visit)12")
		contrasts := make([][]float64, 2)
		for k := range contrasts {
			contrasts[k] = make([]float64, len(f.Terms))
			contrasts[k][arm] = 1
		}
		contrasts[1][later] = 1
		random := rand.New(rand.NewPCG(4, 4))
		found := 0
		for n := 0; n < 4000 && found < 3; n++ {
			weights := make([]float64, m.Units())
			for range 5 {
				weights[random.IntN(len(weights))]++
			}
			got := s.Refit(weights)
			off := s.Unbounded(contrasts)
			if off == nil || (off[0] == 0) == (off[1] == 0) || got.Status == mixed.Failed {
				continue
			}
			copied, err := logit.New(copies(d, weights), opt)
			if err != nil {
				continue // other cells are separated as well, perfectly
			}
			want, err := copied.Fit()
			if err != nil || len(want.DroppedTerms) > 0 {
				continue
			}
			found++
			for k, l := range contrasts {
				if (off[k] == 0) != want.Separation.Estimable(l) {
					t.Errorf("%s replicate %d, contrast %d: %d, fit of the copies says %v", c.outcome, n, k, off[k], want.Separation)
				}
				if off[k] != 0 {
					continue
				}
				a, b, v := 0.0, 0.0, 0.0
				for i, x := range l {
					a, b = a+x*got.Beta[i], b+x*want.Beta[i]
					for j, y := range l {
						v += x * y * want.Cov[i*len(l)+j]
					}
				}
				if abs(a-b) > 0.01*math.Sqrt(v) {
					t.Errorf("%s replicate %d: %g, fit of the copies %g; %v, want %v; variances %v, want %v; separated %v", c.outcome, n, a, b, got.LogLik, want.LogLik, got.Variances, want.Random, want.Separation)
				}
			}
		}
		t.Logf("%s: %d", c.outcome, found)
		if found == 0 {
			t.Errorf("%s: no replicate with a separated cell", c.outcome)
		}
	}
}
