package stats

import (
	"math"
	"testing"
)

// R 4.2.2: pnorm(2.8 - qnorm(.975)) + pnorm(-2.8 - qnorm(.975)), and the same by
// pt(q, df, ncp) with q = qt(.975, 20), df 20, ncp 2.8.
func TestPowerOfDifference(t *testing.T) {
	for _, c := range []struct{ df, want float64 }{{math.Inf(1), 0.799556871}, {20, 0.759148300}} {
		if got := PowerOfDifference(-5.6, 2, c.df, 0.05); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("df %v: %.8f, R %.8f", c.df, got, c.want)
		}
	}
	if !math.IsNaN(PowerOfDifference(1, 0, 5, 0.05)) || !math.IsNaN(PowerOfDifference(1, 1, 0, 0.05)) {
		t.Error("power without a standard error or degrees of freedom")
	}
}
