package boot_test

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"trialbox/stats/boot"
	"trialbox/stats/formula"
	"trialbox/stats/internal/trialdata"
	"trialbox/stats/logit"
	"trialbox/stats/mixed"
)

// logitJob is a binary outcome of the trial with the contrasts of its visits.
func logitJob(t testing.TB, outcome string, opt logit.Options) *boot.Job {
	t.Helper()
	fr := trialdata.Trial(t)
	job := &boot.Job{Design: *trialdata.Design(t, fr, outcome+" ~ arm*factor(visit) + (1|unit_id/patient_id)"), Logit: &opt, Seed: 20}
	for _, c := range []string{"v0: armintervention", "v12: armintervention + armintervention:factor(visit)12"} {
		parsed, err := formula.ParseContrast(c, job.Design.Terms)
		if err != nil {
			t.Fatal(err)
		}
		job.Contrasts = append(job.Contrasts, parsed)
	}
	job.Strata = arms(fr, &job.Design)
	return job
}

// TestLogitSplit: one batch, two runners, any order: the same numbers to the last bit, with replicates that separate
// among them, all accounted for.
func TestLogitSplit(t *testing.T) {
	for _, opt := range []logit.Options{{}, {Laplace: true}} {
		job := logitJob(t, "other_med", opt)
		r := runner(t, job)
		run := r.Run(0, 40)
		if len(run.Variances) != 40*3 || len(run.Fixed) != 40*len(r.Fit().Terms) || r.Fit().Variances() != 3 || run.Variances[1] == 0 || !math.IsNaN(run.Variances[2]) {
			t.Errorf("%d variances of 40 replicates: unit, patient and, on the logistic scale, no residual", len(run.Variances))
		}
		whole := boot.Summarize(job, r.Fit(), []*boot.Batch{run})
		other := runner(t, job)
		split := boot.Summarize(job, other.Fit(), []*boot.Batch{other.Run(25, 40), other.Clone().Run(0, 25)})
		if !same(whole, split) {
			t.Errorf("split run differs:\n%+v\n%+v", whole, split)
		}
		if whole.Converged+whole.Boundary+whole.Failed != 40 {
			t.Errorf("%+v", whole)
		}
		t.Logf("%d converged, %d boundary, %d failed; SE %.3f, model %.3f", whole.Converged, whole.Boundary, whole.Failed, whole.Contrasts[1].SE, r.Contrasts()[1].SE)
	}
}

// TestLogitPreview: replicates by the expansion cost no rows and are near the converged ones.
func TestLogitPreview(t *testing.T) {
	job := logitJob(t, "nsaid", logit.Options{})
	r := runner(t, job)
	full := boot.SummarizeContrasts(job, r.Fit(), []*boot.Batch{r.Run(0, 100)})
	preview := boot.SummarizeContrasts(job, r.Fit(), []*boot.Batch{r.Preview(0, 100)})
	for k := range full.Contrasts {
		near(t, "SE", preview.Contrasts[k].SE, full.Contrasts[k].SE, 0.06*full.Contrasts[k].SE)
	}
}

// TestUnbounded: replicates without a finite estimate are left out of the standard error, counted, and are the ends of
// the percentile interval; above 5 % there is no standard error.
func TestUnbounded(t *testing.T) {
	job := logitJob(t, "nsaid", logit.Options{})
	r := runner(t, job)
	b := r.Run(0, 100)
	plain := boot.SummarizeContrasts(job, r.Fit(), []*boot.Batch{b}).Contrasts[1]
	all := len(r.Fit().Terms) + len(job.Contrasts)
	mark := func(n int, s int8) {
		b.Unbounded = make([]int8, b.N*all)
		for k := range n {
			b.Unbounded[k*all+all-1] = s
		}
	}
	mark(3, -1)
	some := boot.SummarizeContrasts(job, r.Fit(), []*boot.Batch{b}).Contrasts[1]
	if some.Used != 97 || some.Unbounded != 3 || math.IsNaN(some.SE) || !math.IsInf(some.Percentile[0], -1) || some.Percentile[1] > plain.Percentile[1] {
		t.Errorf("three of a hundred: %+v", some)
	}
	mark(6, 2)
	many := boot.SummarizeContrasts(job, r.Fit(), []*boot.Batch{b}).Contrasts[1]
	if many.Used != 94 || many.Unbounded != 6 || !math.IsNaN(many.SE) || !math.IsNaN(many.Normal[0]) || math.IsInf(many.Percentile[0], 0) {
		t.Errorf("six of a hundred: %+v", many)
	}
}

// TestLogitMoves: no replicate stays at the estimates of all rows, where the first step of some leads nowhere because the
// resample's information is not positive definite there.
func TestLogitMoves(t *testing.T) {
	for _, outcome := range []string{"other_med", "nsaid", "lbp_daily", "mild_opioid", "med_3days", "paracetamol", "prescription"} {
		job := logitJob(t, outcome, logit.Options{})
		r := runner(t, job)
		b := r.Run(0, 40)
		p := len(r.Fit().Terms)
		for k := range b.N {
			if slices.Equal(b.Fixed[k*p:(k+1)*p], r.Fit().Beta) {
				t.Errorf("%s: replicate %d is the fit", outcome, k)
			}
		}
	}
}

// writtenRows is the design of a resample with every copy of a unit and its patients written out.
func writtenRows(d *mixed.Design, weights []float64) *mixed.Design {
	p := len(d.Terms)
	out := &mixed.Design{Response: d.Response, Terms: d.Terms, Groups: []mixed.Group{{Name: d.Groups[0].Name}, {Name: d.Groups[1].Name}}}
	unit, patient := &out.Groups[0], &out.Groups[1]
	for i, w := range weights {
		for range int(w) {
			number := map[int32]int32{}
			for row, g := range d.Groups[0].Of {
				if int(g) != i {
					continue
				}
				j := d.Groups[1].Of[row]
				if _, seen := number[j]; !seen {
					number[j] = int32(len(patient.Levels))
					patient.Levels = append(patient.Levels, d.Groups[1].Levels[j])
				}
				out.Y, out.X = append(out.Y, d.Y[row]), append(out.X, d.X[row*p:(row+1)*p]...)
				unit.Of, patient.Of = append(unit.Of, int32(len(unit.Levels))), append(patient.Of, number[j])
			}
			unit.Levels = append(unit.Levels, d.Groups[0].Levels[i])
		}
	}
	return out
}

// TestLogitWrittenOut: in a trial so small that many resamples lose a variance, replicates by weights are the fits of the
// rows written out, by another search; of hundreds a single one may end in another of two maxima.
func TestLogitWrittenOut(t *testing.T) {
	tiny := shape{"14", []int{3, 1, 8, 5, 2, 6, 4, 7, 1, 3, 8, 6, 5, 2}, 7}
	for name, opt := range map[string]logit.Options{"event": {}, "grade": {Ordinal: true}} {
		d := trialdata.Design(t, simulated(tiny, 5), name+" ~ arm*factor(visit) + age + (1|unit/patient)")
		job := &boot.Job{Design: *d, Logit: &opt, Seed: 2}
		r := runner(t, job)
		n := 60
		if runtime.GOOS == "js" {
			n = 15
		}
		b := r.Run(0, n)
		p, apart, boundary := len(r.Fit().Terms), 0, 0
		w := make([]float64, len(d.Groups[0].Levels))
		for k := range n {
			r.Draw(w, k)
			if b.Status[k] == boot.Boundary {
				boundary++
			}
			x := logit.RefitRows(writtenRows(d, w), opt, r.Logit())
			worst := 0.0
			for j, v := range x.Beta {
				worst = max(worst, math.Abs(v-b.Fixed[k*p+j])/r.Fit().SE[j])
			}
			if b.Unbounded == nil && !(worst < 0.02) {
				apart++
				t.Logf("%s, replicate %d: off by %.2g SE; logLik %v by weights, %v written out", name, k, worst, b.LogLik[k], x.LogLik)
			}
		}
		t.Logf("%s: %d of %d at a boundary, %d apart", name, boundary, n, apart)
		if apart > 1 {
			t.Errorf("%s: %d of %d replicates are not the fit of their rows", name, apart, n)
		}
	}
}
