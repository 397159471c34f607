package stats

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Status says in a sentence why a number cannot be had; OK is the empty one.
type Status string

// OK is the status of a result whose numbers can be used.
const OK Status = ""

// Test is the result of a significance test. Numbers that do not exist are NaN: a test without degrees of freedom, and
// all of them unless the Status is OK.
type Test struct {
	Name      string  // what was done, such as "Welch t"
	Statistic float64 // on the scale of the name: t, z, F or chi-square
	DF, DF2   float64 // DF2 is the denominator's of an F
	P         float64 // two-sided, in [0, 1]
	Status    Status
	Note      string // what a footnote should say, such as "smallest expected count 4.4"
}

func noTest(name, format string, args ...any) Test {
	nan := math.NaN()
	return Test{Name: name, Statistic: nan, DF: nan, DF2: nan, P: nan, Status: Status(fmt.Sprintf(format, args...))}
}

// checked turns a P value that is no number into a status: infinite values, or a scale beyond float64.
func checked(t Test) Test {
	if t.Status == OK && !(t.P >= 0) {
		return noTest(t.Name, "The test cannot be computed from these values: they are infinite or too large.")
	}
	t.P = min(t.P, 1)
	return t
}

// zTest, tTest, fTest and chiTest put the P value to a statistic.
func zTest(name string, z float64) Test {
	return checked(Test{Name: name, Statistic: z, DF: math.NaN(), DF2: math.NaN(), P: math.Erfc(math.Abs(z) / math.Sqrt2)})
}

func tTest(name string, t, df float64) Test {
	return checked(Test{Name: name, Statistic: t, DF: df, DF2: math.NaN(), P: 2 * tUpper(math.Abs(t), df)})
}

func fTest(name string, f, df, df2 float64) Test {
	return checked(Test{Name: name, Statistic: f, DF: df, DF2: df2, P: fUpper(f, df, df2)})
}

func chiTest(name string, x, df float64) Test {
	return checked(Test{Name: name, Statistic: x, DF: df, DF2: math.NaN(), P: chiUpper(x, df)})
}

func normalCDF(z float64) float64      { return 0.5 * math.Erfc(-z/math.Sqrt2) }
func normalQuantile(p float64) float64 { return distuv.UnitNormal.Quantile(p) }

// z975 is the normal quantile of 95 % intervals.
const z975 = 1.959963984540054

// tUpper is P(T > t) for t ≥ 0.
func tUpper(t, df float64) float64 {
	if math.IsInf(t, 1) {
		return 0
	}
	return 0.5 * mathext.RegIncBeta(df/2, 0.5, df/(t*t+df))
}

func tQuantile(p, df float64) float64 {
	return distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(p)
}

// fUpper is P(F > f), from the small tail, where 1 − CDF would lose its digits.
func fUpper(f, df, df2 float64) float64 {
	if math.IsInf(f, 1) {
		return 0
	}
	return mathext.RegIncBeta(df2/2, df/2, df2/(df2+df*f))
}

func fQuantile(p, df, df2 float64) float64 {
	return distuv.F{D1: df, D2: df2}.Quantile(p)
}

func chiUpper(x, df float64) float64 {
	if math.IsInf(x, 1) {
		return 0
	}
	return distuv.ChiSquared{K: df}.Survival(x)
}

// join puts the notes that are not empty together.
func join(notes ...string) string {
	var out []string
	for _, n := range notes {
		if n != "" {
			out = append(out, n)
		}
	}
	return strings.Join(out, "; ")
}
