package logit

import "math"

// expAll replaces every x by e^x. Arguments are held within ±700, so that nothing overflows.
//
// x = n ln 2 + r with |r| <= ln 2/2 and e^r by its Taylor polynomial of degree 13, summed by Estrin's scheme: within
// 3e-16 relative. One loop without calls: in WebAssembly that is five times as fast as math.Exp, and a quadrature
// point of a patient costs one exponential.
func expAll(x []float64) {
	const (
		log2e = 1.4426950408889634
		ln2hi = 6.93147180369123816490e-01
		ln2lo = 1.90821492927058770002e-10
		magic = 3 << 51 // added and taken off again, it rounds to a whole number
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
		c12   = 1.0 / 479001600
		c13   = 1.0 / 6227020800
	)
	for i, v := range x {
		if v > 700 {
			v = 700
		} else if !(v >= -700) {
			v = -700
		}
		shifted := float64(v*log2e) + magic
		n := shifted - magic
		r := (v - float64(n*ln2hi)) - float64(n*ln2lo)
		r2 := r * r
		r4 := r2 * r2
		low := float64(1+r) + float64(r2*float64(c2+float64(c3*r)))
		mid := float64(c4+float64(c5*r)) + float64(r2*float64(c6+float64(c7*r)))
		high := float64(c8+float64(c9*r)) + float64(r2*float64(c10+float64(c11*r)))
		top := c12 + float64(c13*r)
		p := low + float64(r4*float64(mid+float64(r4*float64(high+float64(r4*top)))))
		x[i] = p * math.Float64frombits(uint64(int64(n)+1023)<<52)
	}
}
