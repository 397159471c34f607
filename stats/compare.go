package stats

import (
	"math"
	"slices"
)

// Difference compares two means. Estimate is the mean of the first sample less that of the second.
type Difference struct {
	Test
	Estimate, SE, Low, High float64 // 95 % interval by t; NaN unless the Status is OK
}

// WelchT compares the means of x and y with variances of their own and Satterthwaite's degrees of freedom; R's t.test.
// Each sample needs two values, one of them some spread. Welch 1947, Biometrika 34:28–35.
func WelchT(x, y []float64) Difference {
	const name = "Welch t"
	x, y = present(x), present(y)
	if len(x) < 2 || len(y) < 2 {
		return noDifference(name, "A t test with separate variances needs two values in each group; there are %d and %d.", len(x), len(y))
	}
	if flat(x, y) {
		return noDifference(name, notVaried)
	}
	n, m := float64(len(x)), float64(len(y))
	a, b := variance(x)/n, variance(y)/m
	df := (a + b) * (a + b) / (a*a/(n-1) + b*b/(m-1))
	return difference(name, mean(x)-mean(y), math.Sqrt(a+b), df)
}

// PooledT compares the means of x and y with a common variance and n + m − 2 degrees of freedom (Student's test). A
// sample may be a single value when the other has two.
func PooledT(x, y []float64) Difference {
	const name = "pooled t"
	x, y = present(x), present(y)
	if len(x) < 1 || len(y) < 1 || len(x)+len(y) < 3 {
		return noDifference(name, "A t test needs a value in each group and three in all; there are %d and %d.", len(x), len(y))
	}
	if flat(x, y) {
		return noDifference(name, notVaried)
	}
	n, m := float64(len(x)), float64(len(y))
	return difference(name, mean(x)-mean(y), pooledSD(x, y)*math.Sqrt(1/n+1/m), n+m-2)
}

const notVaried = "The values do not vary within the groups, so their means cannot be tested."

// flat says that no group varies by more than the rounding of its values.
func flat(groups ...[]float64) bool {
	for _, g := range groups {
		if len(g) == 0 {
			continue
		}
		low, high := slices.Min(g), slices.Max(g)
		if spread := high - low; spread > 20*0x1p-52*max(math.Abs(low), math.Abs(high)) || math.IsInf(spread, 0) {
			return false
		}
	}
	return true
}

// pooledSD is the common standard deviation within two samples.
func pooledSD(x, y []float64) float64 {
	return math.Sqrt((squares(x, mean(x)) + squares(y, mean(y))) / float64(len(x)+len(y)-2))
}

func noDifference(name, format string, args ...any) Difference {
	nan := math.NaN()
	return Difference{noTest(name, format, args...), nan, nan, nan, nan}
}

func difference(name string, d, se, df float64) Difference {
	t := tTest(name, d/se, df)
	if t.Status != OK {
		return noDifference(name, "%s", t.Status)
	}
	half := tQuantile(0.975, df) * se
	return Difference{t, d, se, d - half, d + half}
}

// Means compares the means of two or more groups: by t with two (the second less the first), by one-way analysis of
// variance with more. Pooled takes one variance for all; otherwise Welch's tests (Welch 1951, Biometrika 38:330–336;
// R's oneway.test).
func Means(groups [][]float64, pooled bool) Test {
	switch {
	case len(groups) < 2:
		return noTest("t", "There is one group only: nothing to compare.")
	case len(groups) == 2 && pooled:
		return PooledT(groups[1], groups[0]).Test
	case len(groups) == 2:
		return WelchT(groups[1], groups[0]).Test
	case pooled:
		return anova("one-way ANOVA", cleaned(groups))
	}
	return welchAnova(cleaned(groups))
}

func cleaned(groups [][]float64) [][]float64 {
	out := make([][]float64, len(groups))
	for k, g := range groups {
		out[k] = present(g)
	}
	return out
}

// anova is the one-way analysis of variance of groups without missing values.
func anova(name string, groups [][]float64) Test {
	all := slices.Concat(groups...)
	k, n := 0, len(all)
	within, between := 0.0, 0.0
	for _, g := range groups {
		if len(g) == 0 {
			continue
		}
		k++
		m := mean(g)
		between += float64(len(g)) * (m - mean(all)) * (m - mean(all))
		within += squares(g, m)
	}
	switch {
	case k < len(groups):
		return noTest(name, "A group has no value, so the groups cannot be compared.")
	case n <= k:
		return noTest(name, "The comparison needs more values than groups; there are %d in %d groups.", n, k)
	case flat(groups...):
		return noTest(name, notVaried)
	}
	df, df2 := float64(k-1), float64(n-k)
	return fTest(name, (between/df)/(within/df2), df, df2)
}

func welchAnova(groups [][]float64) Test {
	const name = "Welch ANOVA"
	k := float64(len(groups))
	total, centre := 0.0, 0.0
	weight := make([]float64, len(groups))
	for i, g := range groups {
		if len(g) < 2 || flat(g) {
			return noTest(name, "An analysis of variance with separate variances needs two different values in each group.")
		}
		weight[i] = float64(len(g)) / variance(g)
		total += weight[i]
		centre += weight[i] * mean(g)
	}
	centre /= total
	between, loss := 0.0, 0.0
	for i, g := range groups {
		between += weight[i] * (mean(g) - centre) * (mean(g) - centre)
		loss += (1 - weight[i]/total) * (1 - weight[i]/total) / float64(len(g)-1)
	}
	loss /= k*k - 1
	return fTest(name, between/((k-1)*(1+2*(k-2)*loss)), k-1, 1/(3*loss))
}

// Levene compares the variances of groups by an analysis of variance of the distances from the group's mean, as SPSS
// prints it beside the t test (Levene 1960), or from its median (Brown and Forsythe 1974, JASA 69:364–367; Stata's W50).
func Levene(groups [][]float64, median bool) Test {
	name := "Levene (mean)"
	if median {
		name = "Levene (median)"
	}
	if len(groups) < 2 {
		return noTest(name, "There is one group only: nothing to compare.")
	}
	distance := cleaned(groups)
	for _, g := range distance {
		if len(g) == 0 {
			return noTest(name, "A group has no value, so the groups cannot be compared.")
		}
		centre := mean(g)
		if median {
			centre = Type7.Quantile(g, 0.5)
		}
		if constant(g) {
			centre = g[0]
		}
		scale := 0.0
		for i := range g {
			scale = max(scale, math.Abs(g[i]))
			g[i] = math.Abs(g[i] - centre)
		}
		if slices.Max(g)-slices.Min(g) <= 20*0x1p-52*scale { // two values are equally far from their mean, but for rounding
			fill(g, g[0])
		}
	}
	return anova(name, distance)
}

func fill(x []float64, v float64) {
	for i := range x {
		x[i] = v
	}
}
