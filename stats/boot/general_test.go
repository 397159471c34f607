package boot_test

import (
	"testing"

	"trialbox/stats/boot"
	"trialbox/stats/internal/trialdata"
	"trialbox/stats/mixed"
)

// TestRunSplitGeneral: the models with slopes, with units by visit and of residual covariances give the same numbers to
// the last bit however the replicates are split, and account for every replicate.
func TestRunSplitGeneral(t *testing.T) {
	fr := trialdata.Trial(t)
	for name, right := range map[string]string{
		"slope":         "arm*factor(visit) + fabq_pa_0 + (1|unit_id) + (visit|patient_id)",
		"unit by visit": "arm*factor(visit) + fabq_pa_0 + (1|unit_id) + (1|unit_id:visit) + (1|patient_id)",
		"mmrm":          "arm*factor(visit) + fabq_pa_0 + (1|unit_id) + us(visit|patient_id)",
		"mmrm alone":    "arm*factor(visit) + fabq_pa_0 + ar1h(visit|patient_id)",
	} {
		for _, method := range []mixed.Method{mixed.ML, mixed.REML} {
			t.Run(name+"/"+method.String(), func(t *testing.T) {
				job := &boot.Job{Design: *trialdata.Design(t, fr, "nrs_leg ~ "+right), Method: method, Seed: 4}
				job.Contrasts = []boot.Contrast{{Name: "12 months", L: make([]float64, len(job.Design.Terms))}}
				for k, term := range job.Design.Terms {
					if term == "armintervention" || term == "armintervention:factor(visit)12" {
						job.Contrasts[0].L[k] = 1
					}
				}
				r := runner(t, job)
				whole := boot.Summarize(job, r.Fit(), []*boot.Batch{r.Run(0, 40)})
				other := runner(t, job)
				parts := []*boot.Batch{other.Run(30, 40), other.Run(0, 1), other.Clone().Run(1, 30)}
				if split := boot.Summarize(job, other.Fit(), parts); !same(whole, split) {
					t.Errorf("split run differs:\n%v\n%v", whole, split)
				}
				if whole.Converged+whole.Boundary+whole.Failed != 40 || whole.Failed > 1 {
					t.Errorf("%d converged, %d at the boundary, %d failed: %v", whole.Converged, whole.Boundary, whole.Failed, whole.Reasons)
				}
				ones := make([]float64, len(job.Design.Groups[0].Levels))
				for i := range ones {
					ones[i] = 1
				}
				b := r.Replay([][]float64{ones, make([]float64, len(ones))})
				for k, beta := range r.Fit().Beta {
					near(t, "weights of one", b.Fixed[k], beta, 1e-3*r.Fit().SE[k])
				}
				if b.Status[1] != boot.Failed || len(b.Variances) != 2*r.Fit().Variances() {
					t.Errorf("weights of zero: %v; %d variances", b.Status, len(b.Variances))
				}
			})
		}
	}
}
