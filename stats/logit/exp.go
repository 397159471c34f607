package logit

import "math"

// expAll replaces every x by e^x. Arguments are held within ±700, so that nothing overflows.
//
// x = n ln 2 + r with |r| <= ln 2/2 and e^r by its Taylor polynomial of degree 11, summed by Estrin's scheme: within
// 1e-14 relative. One loop without calls, two at a time: in WebAssembly that is several times as fast as math.Exp, and
// a quadrature point of a patient costs one exponential.
func expAll(x []float64) {
	const (
		log2e = 1.4426950408889634
		ln2hi = 6.93147180369123816490e-01
		ln2lo = 1.90821492927058770002e-10
		magic = 3 << 51 // added, it rounds to a whole number and leaves it in the low bits
		one   = 1023 << 52
		c2    = 1.0 / 2
		c3    = 1.0 / 6
		c4    = 1.0 / 24
		c5    = 1.0 / 120
		c6    = 1.0 / 720
		c7    = 1.0 / 5040
		c8    = 1.0 / 40320
		c9    = 1.0 / 362880
		c10   = 1.0 / 3628800
		c11   = 1.0 / 39916800
	)
	for ; len(x)&1 != 0; x = x[1:] {
		v := held(x[0])
		s := float64(v*log2e) + magic
		n := s - magic
		r := (v - float64(n*ln2hi)) - float64(n*ln2lo)
		r2 := r * r
		r4 := r2 * r2
		low := float64(1+r) + float64(r2*float64(c2+float64(c3*r)))
		mid := float64(c4+float64(c5*r)) + float64(r2*float64(c6+float64(c7*r)))
		top := float64(c8+float64(c9*r)) + float64(r2*float64(c10+float64(c11*r)))
		x[0] = (low + float64(r4*float64(mid+float64(r4*top)))) * math.Float64frombits(math.Float64bits(s)<<52+one)
	}
	for i := 0; i+2 <= len(x); i += 2 {
		y := x[i : i+2 : i+2]
		v, w := y[0], y[1]
		if !(v*v+w*w < 700*700) {
			v, w = held(v), held(w)
		}
		s, t := float64(v*log2e)+magic, float64(w*log2e)+magic
		n, m := s-magic, t-magic
		r, q := (v-float64(n*ln2hi))-float64(n*ln2lo), (w-float64(m*ln2hi))-float64(m*ln2lo)
		r2, q2 := r*r, q*q
		r4, q4 := r2*r2, q2*q2
		low, lo := float64(1+r)+float64(r2*float64(c2+float64(c3*r))), float64(1+q)+float64(q2*float64(c2+float64(c3*q)))
		mid, mi := float64(c4+float64(c5*r))+float64(r2*float64(c6+float64(c7*r))), float64(c4+float64(c5*q))+float64(q2*float64(c6+float64(c7*q)))
		top, to := float64(c8+float64(c9*r))+float64(r2*float64(c10+float64(c11*r))), float64(c8+float64(c9*q))+float64(q2*float64(c10+float64(c11*q)))
		y[0] = (low + float64(r4*float64(mid+float64(r4*top)))) * math.Float64frombits(math.Float64bits(s)<<52+one)
		y[1] = (lo + float64(q4*float64(mi+float64(q4*to)))) * math.Float64frombits(math.Float64bits(t)<<52+one)
	}
}

// held is called seldom and stands apart, so that the loop stays short.
//
//go:noinline
func held(x float64) float64 {
	if x > 700 {
		return 700
	}
	if x >= -700 {
		return x
	}
	return -700
}
