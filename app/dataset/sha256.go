package dataset

import (
	"encoding/binary"
	"math/bits"
)

// sha256sum hashes a file as it streams by (FIPS 180-4, section 6.2). The
// standard library's has every other algorithm of its certified module behind
// it, a random generator with 32 MB of room among them, and each worker would
// carry that.
type sha256sum struct {
	state [8]uint32
	block [64]byte
	held  int    // bytes of block that wait for the rest
	n     uint64 // bytes in all
}

// The first 32 bits behind the point of the square roots of the first 8 primes.
func newSHA256() *sha256sum {
	return &sha256sum{state: [8]uint32{
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}}
}

// The same of the cube roots of the first 64.
var sha256K = [64]uint32{
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}

func (s *sha256sum) Write(p []byte) (int, error) {
	n := len(p)
	s.n += uint64(n)
	if s.held > 0 {
		m := copy(s.block[s.held:], p)
		s.held, p = s.held+m, p[m:]
		if s.held < 64 {
			return n, nil
		}
		s.hash(s.block[:])
		s.held = 0
	}
	whole := len(p) &^ 63
	s.hash(p[:whole])
	s.held = copy(s.block[:], p[whole:])
	return n, nil
}

// Sum is the hash of what was written; nothing can be written after it.
func (s *sha256sum) Sum() []byte {
	length := 8 * s.n
	tail := make([]byte, 1, 72)
	tail[0] = 0x80
	for (s.held+len(tail))%64 != 56 {
		tail = append(tail, 0)
	}
	s.Write(binary.BigEndian.AppendUint64(tail, length))
	sum := make([]byte, 0, 32)
	for _, v := range s.state {
		sum = binary.BigEndian.AppendUint32(sum, v)
	}
	return sum
}

// hash takes in whole blocks of 64 bytes.
func (s *sha256sum) hash(p []byte) {
	var w [64]uint32
	for ; len(p) >= 64; p = p[64:] {
		for i := range 16 {
			w[i] = binary.BigEndian.Uint32(p[4*i:])
		}
		for i := 16; i < 64; i++ {
			x, y := w[i-15], w[i-2]
			s0 := bits.RotateLeft32(x, -7) ^ bits.RotateLeft32(x, -18) ^ x>>3
			s1 := bits.RotateLeft32(y, -17) ^ bits.RotateLeft32(y, -19) ^ y>>10
			w[i] = w[i-16] + s0 + w[i-7] + s1
		}
		a, b, c, d, e, f, g, h := s.state[0], s.state[1], s.state[2], s.state[3], s.state[4], s.state[5], s.state[6], s.state[7]
		// Two rounds a turn, with the letters moved on by name.
		for i := 0; i < 64; i += 2 {
			h += (bits.RotateLeft32(e, -6) ^ bits.RotateLeft32(e, -11) ^ bits.RotateLeft32(e, -25)) + (g ^ e&(f^g)) + sha256K[i] + w[i]
			d += h
			h += (bits.RotateLeft32(a, -2) ^ bits.RotateLeft32(a, -13) ^ bits.RotateLeft32(a, -22)) + (a&b ^ c&(a^b))
			g += (bits.RotateLeft32(d, -6) ^ bits.RotateLeft32(d, -11) ^ bits.RotateLeft32(d, -25)) + (f ^ d&(e^f)) + sha256K[i+1] + w[i+1]
			c += g
			g += (bits.RotateLeft32(h, -2) ^ bits.RotateLeft32(h, -13) ^ bits.RotateLeft32(h, -22)) + (h&a ^ b&(h^a))
			a, b, c, d, e, f, g, h = g, h, a, b, c, d, e, f
		}
		for i, v := range [8]uint32{a, b, c, d, e, f, g, h} {
			s.state[i] += v
		}
	}
}
