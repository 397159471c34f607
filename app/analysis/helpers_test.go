package analysis

import (
	"testing"

	"trialbox/stats/boot"
)

func runnerOf(t *testing.T, j *Job) *boot.Runner {
	t.Helper()
	r, err := boot.NewRunner(j.Boot)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
