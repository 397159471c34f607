package mixed_test

import (
	"math"
	"testing"

	"trialbox/stats/mixed"
)

// TestStudent compares with R's 2*pt(-t, df) and qt(0.975, df).
func TestStudent(t *testing.T) {
	for _, c := range [][3]float64{{2.1, 7.3, 0.0722467134248534}, {0.3, 1.2, 0.807772811317047}, {12, 3, 0.00124501580078934},
		{4.5, 250, 1.04192025559853e-05}, {40, 17.5, 1.18996571645848e-18}, {0, 5, 1}} {
		near(t, "P", mixed.TwoSidedT(c[0], c[1]), c[2], 1e-11*c[2])
		near(t, "P", mixed.TwoSidedT(-c[0], c[1]), c[2], 1e-11*c[2])
	}
	for _, c := range [][2]float64{{0.7, 36.6114150315883}, {1, 12.7062047361747}, {2.5, 3.57465484200369}, {17, 2.10981557783332}, {1e4, 1.96020123989063}, {math.Inf(1), 1.95996398454005}, {math.NaN(), 1.95996398454005}} {
		near(t, "quantile", mixed.QuantileT(0.975, c[0]), c[1], 1e-11*c[1])
	}
	if !math.IsNaN(mixed.TwoSidedT(1, -1)) || !math.IsNaN(mixed.QuantileT(0.975, 0)) {
		t.Error("degrees of freedom that are not positive")
	}
}

// TestChiSquareTail compares with R's pchisq(3.3, 1:5, lower.tail = FALSE).
func TestChiSquareTail(t *testing.T) {
	for k, want := range []float64{0.0692798832212019, 0.192049908620754, 0.347642644732274, 0.508932257844998, 0.653841682394455} {
		near(t, "tail", mixed.ChiSquareTail(3.3, k+1), want, 1e-12)
	}
	if mixed.ChiSquareTail(0, 3) != 1 || mixed.ChiSquareTail(1, 0) != 0 {
		t.Error("the ends")
	}
}
