package dataset

import (
	"bytes"
	"crypto/sha256"
	"math/rand/v2"
	"testing"
)

// Against the standard library: every length around the block's, in one piece
// and in pieces of any size.
func TestSHA256(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	all := make([]byte, 100_000)
	for i := range all {
		all[i] = byte(random.Uint32())
	}
	for n := 0; n < len(all); n += 1 + n/300*97 {
		whole, pieces := newSHA256(), newSHA256()
		whole.Write(all[:n])
		for rest := all[:n]; len(rest) > 0; {
			m := 1 + random.IntN(min(len(rest), 200))
			pieces.Write(rest[:m])
			rest = rest[m:]
		}
		want := sha256.Sum256(all[:n])
		if a, b := whole.Sum(), pieces.Sum(); !bytes.Equal(a, want[:]) || !bytes.Equal(b, want[:]) {
			t.Fatalf("%d bytes: %x whole, %x in pieces, want %x", n, a, b, want)
		}
	}
}

func BenchmarkSHA256(b *testing.B) {
	block := make([]byte, 64<<10)
	b.SetBytes(int64(len(block)))
	for s := newSHA256(); b.Loop(); {
		s.Write(block)
	}
}
