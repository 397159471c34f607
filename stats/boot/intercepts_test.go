//go:build intercepts

package boot_test

import (
	"strings"
	"testing"

	"trialbox/stats/boot"
	"trialbox/stats/internal/trialdata"
	"trialbox/stats/logit"
	"trialbox/stats/mixed"
)

// TestIntercepts: the worker's build fits random intercepts and refuses every other model in words.
func TestIntercepts(t *testing.T) {
	fr := trialdata.Trial(t)
	job := func(right string) *boot.Job {
		return &boot.Job{Design: *trialdata.Design(t, fr, "nrs_leg ~ arm*factor(visit) + "+right), Method: mixed.REML, Seed: 4}
	}
	for _, right := range []string{"(1|unit_id)", "(1|unit_id/patient_id)"} {
		r, err := boot.NewRunner(job(right))
		if err != nil {
			t.Fatal(err)
		}
		if b := r.Run(0, 5); !r.Fit().Converged || b.N != 5 || b.Status[0] == boot.Failed {
			t.Errorf("%s: converged %v, replicates %v", right, r.Fit().Converged, b.Status)
		}
		for _, e := range boot.Fixed(r.Fit()) {
			if !(e.Low < e.Estimate && e.Estimate < e.High) {
				t.Errorf("%s: %+v", right, e)
			}
		}
	}
	for _, right := range []string{"(1|unit_id) + (visit|patient_id)", "(1|unit_id) + (1|unit_id:visit) + (1|patient_id)", "us(visit|patient_id)"} {
		if _, err := boot.NewRunner(job(right)); err == nil || !strings.Contains(err.Error(), "random slopes or visit covariances are not part of this build") {
			t.Errorf("%s: %v", right, err)
		}
	}
	binary := job("(1|unit_id/patient_id)")
	binary.Logit = &logit.Options{}
	if _, err := boot.NewRunner(binary); err == nil || !strings.Contains(err.Error(), "binary and ordinal models are not part of this build") {
		t.Errorf("binary: %v", err)
	}
}
