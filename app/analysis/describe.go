package analysis

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"trialbox/app/trial"
	"trialbox/stats"
)

func nan() float64 { return math.NaN() }

// describe gives the raw figures of one arm at one visit, over every answer
// whether or not the model can use the row: mean, SD (divisor n-1) and
// quartiles (type 6, as SPSS), or the numbers in each of the categories.
func describe(t *trial.Trial, y *answers, rows []bool, visit, arm int32) Describe {
	var v []float64
	for i, x := range y.num {
		if t.Visit[i] == visit && t.Arm[i] == arm && !math.IsNaN(x) && (rows == nil || rows[i]) {
			v = append(v, x)
		}
	}
	s := stats.Describe(v)
	out := Describe{N: s.N, Mean: s.Mean, SD: s.SD, Low: nan(), High: nan()}
	if y.categories != nil {
		out.Mean, out.SD = nan(), nan()
		out.Counts = make([]int, len(y.categories))
		for _, x := range v {
			out.Counts[int(x)]++
		}
	}
	out.Q1, out.Median, out.Q3 = nan(), nan(), nan()
	if y.categories == nil {
		out.Q1, out.Median, out.Q3 = stats.Type6.Quartiles(v)
	}
	if s.N > 1 && y.categories == nil {
		half := distuv.StudentsT{Sigma: 1, Nu: float64(s.N - 1)}.Quantile(0.975) * s.SD / math.Sqrt(float64(s.N))
		out.Low, out.High = s.Mean-half, s.Mean+half
	}
	return out
}

// Percent is the share of a category in per cent; NaN without answers.
func (d Describe) Percent(category int) float64 {
	if d.N == 0 || category < 0 || category >= len(d.Counts) {
		return nan()
	}
	return 100 * float64(d.Counts[category]) / float64(d.N)
}
