package stats

// mean of x; x is not empty.
func mean(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s / float64(len(x))
}

// variance of x with divisor n−1, in two passes; exactly 0 when all values are equal.
func variance(x []float64) float64 {
	m := mean(x)
	if constant(x) {
		return 0
	}
	s := 0.0
	for _, v := range x {
		s += (v - m) * (v - m)
	}
	return s / float64(len(x)-1)
}

// constant says that no value differs from the first.
func constant(x []float64) bool {
	for _, v := range x {
		if v != x[0] {
			return false
		}
	}
	return true
}
