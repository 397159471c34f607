package allocate

import (
	"fmt"
	"math"
	"slices"
)

// simple draws an arm for every unit.
func (r *Request) simple(s *stream, out *Result) {
	for k := range r.Units {
		out.Arm[k], out.Why[k] = s.pick(r.Ratio), "drawn by itself"
	}
}

// blocked fills the strata, in the order of their names, with permuted blocks; units keep their order.
func (r *Request) blocked(s *stream, out *Result) {
	for _, stratum := range r.strata() {
		var block []int
		number, size := 0, 0
		for k := range r.Units {
			if r.Strata[k] != stratum {
				continue
			}
			if len(block) == 0 {
				size = r.Blocks[s.below(len(r.Blocks))]
				block = r.block(s, size)
				number++
			}
			out.Arm[k] = block[0]
			out.Why[k] = fmt.Sprintf("block %d (%d), place %d", number, size, size-len(block)+1)
			if stratum != "" {
				out.Why[k] = stratum + ", " + out.Why[k]
			}
			block = block[1:]
		}
	}
}

// block is a random order of arms in the ratio.
func (r *Request) block(s *stream, size int) []int {
	var block []int
	for a, n := range r.Ratio {
		for range n * size / r.sum() {
			block = append(block, a)
		}
	}
	s.shuffle(block)
	return block
}

// minimise gives units in the order of the list to the arm that would leave least imbalance: for every factor (the
// stratum, each covariate; numbers in two classes, above the median and not), the range over arms of the numbers of units in
// the unit's class, per unit of the ratio. The best arm is taken with the probability asked for, another one in the ratio
// of the arms otherwise; equally good ones by the ratio.
func (r *Request) minimise(s *stream, out *Result) {
	factors := r.factors()
	count := make([]map[string][]int, len(factors)) // looked up, never ranged over
	for f := range factors {
		count[f] = map[string][]int{}
	}
	for k := range r.Units {
		score := make([]float64, len(r.Arms))
		for f, of := range factors {
			n := count[f][of[k]]
			if n == nil {
				n = make([]int, len(r.Arms))
				count[f][of[k]] = n
			}
			for a := range r.Arms {
				score[a] += r.rangeWith(n, a)
			}
		}
		a := r.choose(s, score)
		out.Arm[k] = a
		out.Why[k] = fmt.Sprintf("imbalance with %s %.4g, least %.4g", r.Arms[a], score[a], slices.Min(score))
		for f, of := range factors {
			count[f][of[k]][a]++
		}
	}
}

// rangeWith is the range of units per unit of the ratio after one more in arm a.
func (r *Request) rangeWith(n []int, a int) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for b := range n {
		x := float64(n[b])
		if a == b {
			x++
		}
		x /= float64(r.Ratio[b])
		low, high = min(low, x), max(high, x)
	}
	return high - low
}

// choose draws an arm by its score.
func (r *Request) choose(s *stream, score []float64) int {
	best, rest := make([]int, len(score)), make([]int, len(score))
	others := false
	for a, x := range score {
		if x <= slices.Min(score)+1e-9 {
			best[a] = r.Ratio[a]
		} else {
			rest[a], others = r.Ratio[a], true
		}
	}
	if others && s.share() >= r.Probability {
		return s.pick(rest)
	}
	return s.pick(best)
}

// factors are the classes of the units to be balanced.
func (r *Request) factors() [][]string {
	var out [][]string
	if len(r.strata()) > 1 {
		out = append(out, r.Strata)
	}
	for _, c := range r.Covariates {
		if c.Words != nil {
			out = append(out, c.Words)
			continue
		}
		sorted := slices.Clone(c.Numbers)
		slices.Sort(sorted)
		median := (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
		class := make([]string, len(c.Numbers))
		for k, x := range c.Numbers {
			class[k] = "low"
			if x > median {
				class[k] = "high"
			}
		}
		out = append(out, class)
	}
	return out
}
