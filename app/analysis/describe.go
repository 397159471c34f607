package analysis

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"trialbox/app/trial"
)

func nan() float64 { return math.NaN() }

// describe gives the raw mean and SD (divisor n-1) of one arm at one visit,
// over every answer whether or not the model can use the row.
func describe(t *trial.Trial, y []float64, visit, arm int32) Describe {
	n, mean, ss := 0, 0.0, 0.0
	for i, v := range y {
		if t.Visit[i] != visit || t.Arm[i] != arm || math.IsNaN(v) {
			continue
		}
		n++ // Welford: one pass, no cancellation
		d := v - mean
		mean += d / float64(n)
		ss += d * (v - mean)
	}
	out := Describe{N: n, Mean: nan(), SD: nan(), Low: nan(), High: nan()}
	if n > 0 {
		out.Mean = mean
	}
	if n > 1 {
		out.SD = math.Sqrt(ss / float64(n-1))
		half := distuv.StudentsT{Sigma: 1, Nu: float64(n - 1)}.Quantile(0.975) * out.SD / math.Sqrt(float64(n))
		out.Low, out.High = mean-half, mean+half
	}
	return out
}
