package mixed

import "math"

// The residual covariance of an MMRM over all visits, relative to σ², the variance at the first visit (so its first
// element is 1). Parameters: for us the Cholesky factor row by row without its first element; for the others the
// logarithms of the SDs of the later visits over the first (heterogeneous ones) and then one for the correlation,
// atanh ρ for an autoregression and log((1+(T−1)ρ)/(1−ρ)) for compound symmetry, which allows every ρ that leaves the
// covariance positive definite.

func heterogeneous(s Structure) bool {
	return s == HeterogeneousAR1 || s == HeterogeneousCS || s == HeterogeneousDiag
}

func correlated(s Structure) bool { return s != HeterogeneousDiag }

// residualParameters is their number.
func residualParameters(s Structure, visits int) int {
	if s == Unstructured {
		return visits*(visits+1)/2 - 1
	}
	n := 0
	if heterogeneous(s) {
		n = visits - 1
	}
	if correlated(s) {
		n++
	}
	return n
}

// residualCov sets cov (T×T) to the covariance at parameters x.
func residualCov(cov, x []float64, s Structure, visits int) {
	if s == Unstructured {
		l := choleskyOf(x, visits)
		for a := range visits {
			for b := range visits {
				sum := 0.0
				for k := 0; k <= min(a, b); k++ {
					sum += l[a*visits+k] * l[b*visits+k]
				}
				cov[a*visits+b] = sum
			}
		}
		return
	}
	sd, rho, _ := sdAndCorrelation(x, s, visits)
	for a := range visits {
		for b := range visits {
			cov[a*visits+b] = sd[a] * sd[b] * structured(s, rho, a, b)
		}
	}
}

// choleskyOf lays the parameters of us out as a lower triangle with a first element of 1.
func choleskyOf(x []float64, visits int) []float64 {
	l := make([]float64, visits*visits)
	l[0] = 1
	k := 0
	for a := 1; a < visits; a++ {
		for b := 0; b <= a; b++ {
			l[a*visits+b] = x[k]
			k++
		}
	}
	return l
}

// sdAndCorrelation are the SDs relative to the first visit, ρ and dρ by its parameter.
func sdAndCorrelation(x []float64, s Structure, visits int) (sd []float64, rho, slope float64) {
	sd = make([]float64, visits)
	for k := range sd {
		sd[k] = 1
		if k > 0 && heterogeneous(s) {
			sd[k] = math.Exp(x[k-1])
		}
	}
	if !correlated(s) {
		return sd, 0, 0
	}
	c := x[len(x)-1]
	if s == HeterogeneousAR1 || s == AutoregressiveAR1 {
		rho = math.Tanh(c)
		return sd, rho, 1 - rho*rho
	}
	t, e := float64(visits), math.Exp(c)
	d := e + t - 1
	return sd, (e - 1) / d, e * t / (d * d)
}

// structured is the correlation of visits a and b.
func structured(s Structure, rho float64, a, b int) float64 {
	switch {
	case a == b:
		return 1
	case s == HeterogeneousAR1 || s == AutoregressiveAR1:
		return math.Pow(rho, math.Abs(float64(a-b)))
	case s == HeterogeneousDiag:
		return 0
	}
	return rho
}

// residualGradient adds to grad the derivatives by x, given the derivative g (T×T, symmetric) by the covariance.
func residualGradient(grad, g, x []float64, s Structure, visits int) {
	if s == Unstructured {
		l := choleskyOf(x, visits)
		k := 0
		for a := 1; a < visits; a++ {
			for b := 0; b <= a; b++ {
				sum := 0.0
				for c := range visits {
					sum += g[a*visits+c] * l[c*visits+b]
				}
				grad[k] += 2 * sum
				k++
			}
		}
		return
	}
	sd, rho, slope := sdAndCorrelation(x, s, visits)
	auto := s == HeterogeneousAR1 || s == AutoregressiveAR1
	for a := range visits {
		for b := range visits {
			v := g[a*visits+b] * sd[a] * sd[b]
			if heterogeneous(s) {
				c := v * structured(s, rho, a, b) // d log sd_a and d log sd_b
				if a > 0 {
					grad[a-1] += c
				}
				if b > 0 {
					grad[b-1] += c
				}
			}
			if a == b || !correlated(s) {
				continue
			}
			by := 1.0
			if lag := math.Abs(float64(a - b)); auto {
				by = lag * math.Pow(rho, lag-1)
			}
			grad[len(grad)-1] += v * by * slope
		}
	}
}

// residualStart are parameters to begin from: equal variances and neighbours correlated by rho.
func residualStart(s Structure, visits int, rho float64) []float64 {
	x := make([]float64, residualParameters(s, visits))
	switch {
	case s == Unstructured: // the Cholesky factor of compound symmetry: below its diagonal a column has one value
		var column []float64
		sum := 0.0
		for a := 1; a < visits; a++ {
			c := (rho - sum) / math.Sqrt(1-sum)
			column = append(column, c)
			sum += c * c
			at := a*(a+1)/2 - 1
			copy(x[at:], column)
			x[at+a] = math.Sqrt(1 - sum)
		}
	case s == HeterogeneousAR1 || s == AutoregressiveAR1:
		x[len(x)-1] = math.Atanh(rho)
	case correlated(s):
		x[len(x)-1] = math.Log((1 + float64(visits-1)*rho) / (1 - rho))
	}
	return x
}
