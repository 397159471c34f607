package allocate

import (
	"math/bits"
	"math/rand/v2"
)

// stream draws from PCG(seed, number).
type stream struct{ pcg *rand.PCG }

func newStream(seed, number uint64) *stream { return &stream{rand.NewPCG(seed, number)} }

// below is a whole number from 0 to n − 1, all equally likely (Lemire 2019, ACM Transactions on Modeling and Computer
// Simulation 29:3).
func (s *stream) below(n int) int {
	high, low := bits.Mul64(s.pcg.Uint64(), uint64(n))
	for floor := -uint64(n) % uint64(n); low < floor; {
		high, low = bits.Mul64(s.pcg.Uint64(), uint64(n))
	}
	return int(high)
}

// share is a number from 0 to less than 1 in steps of 2⁻⁵³.
func (s *stream) share() float64 { return float64(s.pcg.Uint64()>>11) * 0x1p-53 }

// shuffle puts x in a random order (Fisher and Yates, from the end).
func (s *stream) shuffle(x []int) {
	for i := len(x) - 1; i > 0; i-- {
		j := s.below(i + 1)
		x[i], x[j] = x[j], x[i]
	}
}

// pick is one of the numbers of a list with weights.
func (s *stream) pick(weights []int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	at := s.below(total)
	for k, w := range weights {
		if at -= w; at < 0 {
			return k
		}
	}
	panic("allocate: no weights")
}
