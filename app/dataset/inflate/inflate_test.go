package inflate

import (
	"bytes"
	"compress/flate"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// inputs are texts of every kind: nothing, noise, long repeats, small letters,
// tables.
func inputs() (list [][]byte) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{0, 1, 10, 1000, 70_000, 300_000} {
		for _, letters := range []int{1, 3, 30, 256} {
			b := make([]byte, n)
			for i := range b {
				b[i] = byte(r.IntN(letters))
				if i > 500 && r.IntN(3) == 0 {
					b[i] = b[i-1-r.IntN(500)]
				}
			}
			list = append(list, b)
		}
	}
	return append(list, bytes.Repeat([]byte("<c r=\"A1\"><v>1</v></c>"), 20_000))
}

func pack(b []byte, level int) []byte {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, level)
	if err != nil {
		panic(err)
	}
	w.Write(b[:len(b)/2])
	w.Flush() // a second block
	w.Write(b[len(b)/2:])
	w.Close()
	return out.Bytes()
}

// What compress/flate packs comes out again, and nothing behind it is taken.
func TestReader(t *testing.T) {
	for i, want := range inputs() {
		for _, level := range []int{flate.HuffmanOnly, 0, 1, 6, 9} {
			packed := pack(want, level)
			src := NewSource(io.MultiReader(iotest.HalfReader(bytes.NewReader(packed)), bytes.NewReader([]byte("behind"))))
			got, err := io.ReadAll(NewReader(src))
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("input %d, level %d: %d bytes, %v; want %d", i, level, len(got), err, len(want))
			}
			if rest, _ := io.ReadAll(src); string(rest) != "behind" || src.N != int64(len(packed)+6) {
				t.Fatalf("input %d, level %d: %q is left, %d taken of %d", i, level, rest, src.N, len(packed)+6)
			}
		}
	}
}

// A stream that was cut says so wherever it was cut.
func TestCut(t *testing.T) {
	packed := pack(inputs()[9], 6)
	for n := range len(packed) {
		if _, err := io.ReadAll(NewReader(NewSource(bytes.NewReader(packed[:n])))); err != io.ErrUnexpectedEOF {
			t.Fatalf("cut after %d of %d bytes: %v", n, len(packed), err)
		}
	}
}

// Whatever the bytes are, the answer is that of compress/flate.
func FuzzReader(f *testing.F) {
	for _, b := range inputs()[:16] {
		f.Add(pack(b[:min(len(b), 2000)], 6))
		f.Add(pack(b[:min(len(b), 300)], flate.HuffmanOnly))
	}
	f.Add([]byte{1, 0, 0, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, packed []byte) {
		const limit = 1 << 20
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), limit))
		got, err := io.ReadAll(io.LimitReader(NewReader(NewSource(bytes.NewReader(packed))), limit))
		if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, %v; compress/flate gives %d, %v", len(got), err, len(want), wantErr)
		}
	})
}

func BenchmarkReader(b *testing.B) {
	packed := pack(inputs()[24], 6)
	b.SetBytes(int64(len(inputs()[24])))
	for b.Loop() {
		io.Copy(io.Discard, NewReader(NewSource(bytes.NewReader(packed))))
	}
}
