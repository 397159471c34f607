package mixed

import "math"

// TwoSidedT is the two-sided P value of a t statistic; df NaN or infinite: the normal distribution.
func TwoSidedT(t, df float64) float64 {
	if math.IsNaN(df) || math.IsInf(df, 1) {
		return math.Erfc(math.Abs(t) / math.Sqrt2)
	}
	if !(df > 0) {
		return math.NaN()
	}
	return incompleteBeta(df/(df+t*t), df/2, 0.5)
}

// QuantileT is the t below which a share p > ½ lies; df NaN or infinite: the normal distribution.
func QuantileT(p, df float64) float64 {
	z := math.Sqrt2 * math.Erfinv(2*p-1)
	if math.IsNaN(df) || math.IsInf(df, 1) {
		return z
	}
	if !(df > 0) {
		return math.NaN()
	}
	low, high := 0.0, 2*z
	for TwoSidedT(high, df) > 2*(1-p) && high < 1e300 {
		high *= 2
	}
	for range 200 {
		mid := (low + high) / 2
		if mid == low || mid == high {
			break
		}
		if TwoSidedT(mid, df) > 2*(1-p) {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}

// incompleteBeta is the regularised incomplete beta function I_x(a, b), by its continued fraction (Abramowitz and Stegun
// 26.5.8, Lentz's evaluation); relative error about 1e-14.
func incompleteBeta(x, a, b float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	}
	la, _ := math.Lgamma(a + b)
	lb, _ := math.Lgamma(a)
	lc, _ := math.Lgamma(b)
	front := math.Exp(la - lb - lc + a*math.Log(x) + b*math.Log1p(-x))
	if x > (a+1)/(a+b+2) {
		return 1 - front*betaFraction(1-x, b, a)/b
	}
	return front * betaFraction(x, a, b) / a
}

func betaFraction(x, a, b float64) float64 {
	const tiny = 1e-300
	c, d := 1.0, 1-(a+b)*x/(a+1)
	if math.Abs(d) < tiny {
		d = tiny
	}
	d = 1 / d
	h := d
	for m := 1.0; m < 10000; m++ {
		for _, f := range [2]float64{m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m)), -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))} {
			d = 1 + f*d
			c = 1 + f/c
			if math.Abs(d) < tiny {
				d = tiny
			}
			if math.Abs(c) < tiny {
				c = tiny
			}
			d = 1 / d
			h *= d * c
		}
		if math.Abs(d*c-1) < 1e-16 {
			break
		}
	}
	return h
}

// chiSquareTail is the share of a χ² distribution with a whole number of degrees of freedom above x; with none, all of
// it is at zero.
func chiSquareTail(x float64, df int) float64 {
	switch {
	case x <= 0:
		return 1
	case df == 0:
		return 0
	}
	h := x / 2
	q, term, a := math.Erfc(math.Sqrt(h)), 2*math.Sqrt(h/math.Pi)*math.Exp(-h), 0.5 // Q(½, h) and the next term
	if df%2 == 0 {
		q, term, a = math.Exp(-h), h*math.Exp(-h), 1
	}
	for ; a < float64(df)/2; a++ {
		q += term
		term *= h / (a + 1)
	}
	return q
}
