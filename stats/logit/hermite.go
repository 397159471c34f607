package logit

import "math"

// rule is a Gauss-Hermite rule with n points: ∫ f(x) dx ≈ Σ w_k e^{x_k²} f(x_k).
type rule struct {
	x   []float64 // abscissae, ascending
	lam []float64 // λ_k = w_k e^{x_k²}, which neither overflows nor underflows at any n
}

// hermite computes the rule of n points: the zeros of the Hermite function of order n by Newton's method, each started
// beyond the one before, and λ_k = 1/(n h_{n−1}(x_k)²), h the orthonormal Hermite functions (which carry e^{−x²/2}).
// Good to about 1e-14 for n up to 200.
func hermite(n int) rule {
	r := rule{make([]float64, n), make([]float64, n)}
	for k := range (n + 1) / 2 { // the k-th largest zero
		x := hermiteStart(n, k, r.x)
		for range 100 {
			h, before := hermiteFunction(n, x)
			// h_n' = √(2n) h_{n−1} − x h_n; at a zero the second part vanishes, and Newton on h_n/e^{−x²/2} has this slope.
			step := h / (math.Sqrt(2*float64(n)) * before)
			x -= step
			if math.Abs(step) < 1e-15*(1+math.Abs(x)) {
				break
			}
		}
		if 2*k+1 == n {
			x = 0
		}
		_, before := hermiteFunction(n, x)
		lam := 1 / (float64(n) * before * before)
		r.x[n-1-k], r.x[k] = x, -x
		r.lam[n-1-k], r.lam[k] = lam, lam
	}
	return r
}

// hermiteStart guesses the k-th largest zero from those already found (Press et al., Numerical recipes, gauher).
func hermiteStart(n, k int, x []float64) float64 {
	m := float64(n)
	at := func(i int) float64 { return x[n-1-i] }
	switch k {
	case 0:
		return math.Sqrt(2*m+1) - 1.85575*math.Pow(2*m+1, -0.16667)
	case 1:
		return at(0) - 1.14*math.Pow(m, 0.426)/at(0)
	case 2:
		return 1.86*at(1) - 0.86*at(0)
	case 3:
		return 1.91*at(2) - 0.91*at(1)
	}
	return 2*at(k-1) - at(k-2)
}

// hermiteFunction is h_n(x) and h_{n−1}(x).
func hermiteFunction(n int, x float64) (h, before float64) {
	h = math.Pow(math.Pi, -0.25) * math.Exp(-x*x/2)
	for j := 1; j <= n; j++ {
		h, before = x*math.Sqrt(2/float64(j))*h-math.Sqrt(float64(j-1)/float64(j))*before, h
	}
	return h, before
}
