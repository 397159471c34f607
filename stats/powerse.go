package stats

import "math"

// PowerOfDifference is the power of the two-sided test of a difference estimated with standard error se, by t on df
// degrees of freedom or, with df infinite, by the normal distribution. NaN without a positive se or with df below 1.
func PowerOfDifference(diff, se, df, alpha float64) float64 {
	switch {
	case !(se > 0) || math.IsNaN(diff) || df < 1:
		return math.NaN()
	case math.IsInf(df, 1):
		limit, apart := normalQuantile(1-alpha/2), math.Abs(diff)/se
		return normalCDF(apart-limit) + normalCDF(-apart-limit)
	}
	return tPower(math.Abs(diff)/se, df, alpha, true)
}
