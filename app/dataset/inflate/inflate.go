// Package inflate unpacks what zip archives and zlib streams hold (RFC 1951,
// "deflate"). It does what compress/flate does for a reader, in a quarter of
// its size: the standard package cannot be linked without its other half, and
// every worker of the page would carry that. It takes no byte beyond the end of
// the stream, so that several can follow one another.
package inflate

import (
	"errors"
	"io"
)

// ErrCorrupt is what Read gives for bytes that deflate never writes.
var ErrCorrupt = errors.New("inflate: the packed bytes are damaged")

const (
	history = 32 << 10 // how far back a copy reaches
	room    = 64 << 10 // unpacked at a time
	longest = 258      // copy
	fastBit = 9        // codes up to this length are looked up at once
)

// Reader unpacks one stream.
type Reader struct {
	src  *Source
	bits uint32
	n    int // bits held

	window   [history + room + longest]byte
	from, to int // what was unpacked and not handed out

	step      func() // what comes next; nil at the end of a block
	last      bool   // the block is the last one
	left      int    // bytes of a stored block
	literals  code
	distances code
	err       error
}

// NewReader unpacks from src.
func NewReader(src *Source) *Reader { return &Reader{src: src} }

// Read gives the unpacked bytes. A stream that ends too early is
// io.ErrUnexpectedEOF, damaged bytes are ErrCorrupt.
func (z *Reader) Read(p []byte) (int, error) {
	for z.from == z.to {
		if z.err != nil {
			return 0, z.err
		}
		if z.to > history { // the next bytes may copy from the last 32 KB
			copy(z.window[:], z.window[z.to-history:z.to])
			z.from, z.to = history, history
		}
		if z.step == nil {
			z.block()
		} else {
			z.step()
		}
	}
	n := copy(p, z.window[z.from:z.to])
	z.from += n
	return n, nil
}

func (z *Reader) fail(err error) { z.err, z.step = err, nil }

// need has n bits at hand, up to 16; false at the end of the source.
func (z *Reader) need(n int) bool {
	for z.n < n {
		c, ok := z.src.Byte()
		if !ok {
			return false
		}
		z.bits |= uint32(c) << z.n
		z.n += 8
	}
	return true
}

func (z *Reader) early() {
	if err := z.src.Err(); err != nil && err != io.EOF {
		z.fail(err)
		return
	}
	z.fail(io.ErrUnexpectedEOF)
}

// take takes n bits.
func (z *Reader) take(n int) int {
	if !z.need(n) {
		z.early()
		return 0
	}
	v := z.bits & (1<<n - 1)
	z.bits >>= n
	z.n -= n
	return int(v)
}

// block reads the head of a block, or ends the stream.
func (z *Reader) block() {
	if z.last {
		z.src.back(z.n / 8)
		z.bits, z.n = 0, 0
		z.err = io.EOF
		return
	}
	z.last = z.take(1) == 1
	switch z.take(2) {
	case 0:
		z.take(z.n % 8)
		n, not := z.take(16), z.take(16)
		if z.err == nil && n != not^0xFFFF {
			z.fail(ErrCorrupt)
		}
		z.left, z.step = n, z.stored
	case 1:
		z.fixed()
		z.step = z.coded
	case 2:
		z.step = z.coded
		z.dynamic()
	default:
		z.fail(ErrCorrupt)
	}
	if z.err != nil {
		z.step = nil
	}
}

func (z *Reader) stored() {
	for ; z.left > 0 && z.to < history+room; z.left-- {
		c := byte(z.take(8))
		if z.err != nil {
			return
		}
		z.window[z.to] = c
		z.to++
	}
	if z.left == 0 {
		z.step = nil
	}
}

// Lengths and distances of copies: the smallest of each symbol and how many
// bits say how much more (RFC 1951, 3.2.5).
var (
	lengthBase   = [...]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthBits   = [...]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distanceBase = [...]uint16{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577}
	distanceBits = [...]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
	// lengthOrder is the order in which a dynamic block tells how long the codes
	// of code lengths are (3.2.7).
	lengthOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
)

// coded unpacks bytes and copies until the window is full or the block ends.
func (z *Reader) coded() {
	for z.to < history+room {
		symbol := z.symbol(&z.literals)
		switch {
		case z.err != nil:
			return
		case symbol < 256:
			z.window[z.to] = byte(symbol)
			z.to++
		case symbol == 256:
			z.step = nil
			return
		default:
			z.copy(symbol - 257)
			if z.err != nil {
				return
			}
		}
	}
}

func (z *Reader) copy(symbol int) {
	if symbol >= len(lengthBase) {
		z.fail(ErrCorrupt)
		return
	}
	length := int(lengthBase[symbol]) + z.take(int(lengthBits[symbol]))
	d := z.symbol(&z.distances)
	if z.err != nil {
		return
	}
	if d >= len(distanceBase) {
		z.fail(ErrCorrupt)
		return
	}
	distance := int(distanceBase[d]) + z.take(int(distanceBits[d]))
	if z.err == nil && distance > z.to {
		z.err = ErrCorrupt
	}
	if z.err != nil {
		z.step = nil
		return
	}
	for range length { // byte by byte: a copy may reach into itself
		z.window[z.to] = z.window[z.to-distance]
		z.to++
	}
}

// code is a canonical Huffman code.
type code struct {
	fast    [1 << fastBit]uint16 // symbol<<4 | length by the next bits; 0: longer
	count   [16]uint16           // codes of each length
	symbols [288]uint16          // in the order of their codes
}

// build makes the code of the lengths of its symbols. It must be full, but for
// a code of one symbol or none.
func (c *code) build(lengths []uint8) bool {
	c.count = [16]uint16{}
	for _, n := range lengths {
		c.count[n]++
	}
	free := 1
	var next, offset [16]int
	for n := 1; n < 16; n++ {
		free = free<<1 - int(c.count[n])
		if free < 0 {
			return false
		}
		if n < 15 {
			offset[n+1] = offset[n] + int(c.count[n])
			next[n+1] = (next[n] + int(c.count[n])) << 1
		}
	}
	if used := len(lengths) - int(c.count[0]); free > 0 && (used > 1 || used == 1 && c.count[1] == 0) {
		return false
	}
	c.fast = [1 << fastBit]uint16{}
	for symbol, n := range lengths {
		if n == 0 {
			continue
		}
		c.symbols[offset[n]] = uint16(symbol)
		offset[n]++
		value := next[n]
		next[n]++
		if n > fastBit {
			continue
		}
		for i := reversed(value, int(n)); i < 1<<fastBit; i += 1 << n {
			c.fast[i] = uint16(symbol)<<4 | uint16(n)
		}
	}
	return true
}

func reversed(v, bits int) (r int) {
	for range bits {
		r = r<<1 | v&1
		v >>= 1
	}
	return r
}

// symbol takes one symbol of the code.
func (z *Reader) symbol(c *code) int {
	z.need(15) // fewer at the end will do
	if e := c.fast[z.bits&(1<<fastBit-1)]; e != 0 && int(e&15) <= z.n {
		z.bits >>= e & 15
		z.n -= int(e & 15)
		return int(e >> 4)
	}
	value, first, index := 0, 0, 0
	for n := 1; n <= 15; n++ {
		if n > z.n {
			z.early()
			return 0
		}
		value |= int(z.bits>>(n-1)) & 1
		count := int(c.count[n])
		if value-count < first {
			z.bits >>= n
			z.n -= n
			return int(c.symbols[index+value-first])
		}
		index += count
		first = (first + count) << 1
		value <<= 1
	}
	z.fail(ErrCorrupt)
	return 0
}

// fixed is the code of blocks that bring none (3.2.6).
func (z *Reader) fixed() {
	var lengths [288]uint8
	for i := range lengths {
		switch {
		case i < 144, i >= 280:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		default:
			lengths[i] = 7
		}
	}
	z.literals.build(lengths[:])
	for i := range 32 { // two of them are never used, and make the code full
		lengths[i] = 5
	}
	z.distances.build(lengths[:32])
}

// dynamic reads the codes of a block (3.2.7).
func (z *Reader) dynamic() {
	literals, distances, n := z.take(5)+257, z.take(5)+1, z.take(4)+4
	var lengths [320]uint8
	for i := range n {
		lengths[lengthOrder[i]] = uint8(z.take(3))
	}
	if z.err != nil {
		return
	}
	if literals > 286 || distances > 30 || !z.literals.build(lengths[:19]) {
		z.fail(ErrCorrupt)
		return
	}
	lengths = [320]uint8{}
	for i := 0; i < literals+distances; {
		symbol := z.symbol(&z.literals)
		value, times := uint8(symbol), 1
		switch symbol {
		case 16:
			if i == 0 {
				z.fail(ErrCorrupt)
				return
			}
			value, times = lengths[i-1], 3+z.take(2)
		case 17:
			value, times = 0, 3+z.take(3)
		case 18:
			value, times = 0, 11+z.take(7)
		}
		if z.err != nil {
			return
		}
		if i+times > literals+distances {
			z.fail(ErrCorrupt)
			return
		}
		for range times {
			lengths[i] = value
			i++
		}
	}
	if lengths[256] == 0 || !z.literals.build(lengths[:literals]) || !z.distances.build(lengths[literals:literals+distances]) {
		z.fail(ErrCorrupt)
	}
}
