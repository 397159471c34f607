package sav

import (
	"encoding/binary"
	"io"
	"math"

	"trialbox/app/dataset/inflate"
)

// packed gives the words of the cases, of 8 bytes each.
type packed struct {
	src   io.Reader
	codes [8]byte
	next  int // code that comes
	row   []byte
}

func (f *File) openData(limit int64) error {
	f.data = packed{src: f.r.src, next: 8, row: make([]byte, 8*f.slots)}
	if f.packing != 2 {
		return nil
	}
	at := f.r.src.N
	start, end, length := f.r.int64(), f.r.int64(), f.r.int64()
	if f.r.err != nil {
		return f.r.err
	}
	if start != at || end < f.r.src.N || length < 24 {
		return damaged("the file does not say in a known way where its packed cases lie")
	}
	f.data.src = inflate.NewSource(&blocks{r: &f.r, end: end, limit: limit})
	return nil
}

// Packed cases may unpack to maxRatio times their size, with freeBytes for
// nothing: each of their bytes is a cell.
const (
	maxRatio  = 150
	freeBytes = 4 << 20
)

// blocks unpacks the cases of a .zsav file, one zlib stream after another.
type blocks struct {
	r          *reader
	end, limit int64
	flate      *inflate.Reader
	n          int64  // bytes given
	inside     bool   // a block is begun
	sum        uint32 // Adler-32 of it so far
	err        error
}

func (z *blocks) Read(p []byte) (int, error) {
	for z.err == nil {
		if !z.inside {
			if z.err = z.open(); z.err != nil {
				break
			}
		}
		n, err := z.flate.Read(p)
		z.sum = update(z.sum, p[:n])
		z.n += int64(n)
		if z.n > z.limit || z.n > freeBytes && z.n > maxRatio*z.r.src.N {
			z.err = &Fault{"too large", "the cases of the file unpack to more than can be read; leave out the variables or cases that are not needed"}
			break
		}
		switch {
		case err == io.EOF:
			z.err = z.close()
		case err != nil:
			if err == inflate.ErrCorrupt || err == io.ErrUnexpectedEOF {
				err = damaged("the packed cases cannot be unpacked")
			}
			z.err = err
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, z.err
}

// open begins the next block: a zlib header of two bytes, then deflate.
func (z *blocks) open() error {
	if z.r.src.N >= z.end {
		return io.EOF
	}
	head := z.r.text(2)
	switch {
	case z.r.err != nil:
		return z.r.err
	case head[0]&15 != 8 || (int(head[0])<<8+int(head[1]))%31 != 0 || head[1]&32 != 0:
		return damaged("the packed cases cannot be unpacked")
	}
	z.flate = inflate.NewReader(z.r.src)
	z.inside, z.sum = true, 1
	return nil
}

func (z *blocks) close() error {
	b := z.r.text(4)
	if z.r.err != nil {
		return z.r.err
	}
	if binary.BigEndian.Uint32(b) != z.sum {
		return damaged("the packed cases do not match their checksum")
	}
	z.inside = false
	return nil
}

// update goes on with a sum of Adler-32, which the standard library only has whole.
func update(sum uint32, p []byte) uint32 {
	a, b := sum&0xFFFF, sum>>16
	for len(p) > 0 {
		q := p[:min(len(p), 5552)] // as many as cannot overflow
		p = p[len(q):]
		for _, x := range q {
			a += uint32(x)
			b += a
		}
		a, b = a%65521, b%65521
	}
	return b<<16 | a
}

// Next reads a case; io.EOF after the last.
func (f *File) Next() error {
	if f.Cases >= 0 && f.done == f.Cases {
		return io.EOF
	}
	n, err := f.data.fill(f)
	switch {
	case err == nil:
		f.done++
		return nil
	case err != io.EOF && err != io.ErrUnexpectedEOF:
		return err
	case n > 0:
		return damaged("the file ends in the middle of case %d", f.done+1)
	case f.Cases > f.done:
		return damaged("the file promises %d cases and has %d", f.Cases, f.done)
	}
	return io.EOF
}

// fill reads the words of a case; n is how many came before an error.
func (d *packed) fill(f *File) (n int, err error) {
	if f.packing == 0 {
		return io.ReadFull(d.src, d.row)
	}
	for n = 0; n < f.slots; {
		if d.next == 8 {
			if m, err := io.ReadFull(d.src, d.codes[:]); err != nil {
				return n + m, err
			}
			d.next = 0
		}
		word := d.row[8*n : 8*n+8]
		code := d.codes[d.next]
		d.next++
		switch code {
		case 0:
			continue
		case 252:
			return n, io.EOF
		case 253:
			if _, err := io.ReadFull(d.src, word); err != nil {
				return n + 1, err
			}
		case 254:
			copy(word, "        ")
		case 255:
			f.r.order.PutUint64(word, math.Float64bits(f.sysmis))
		default:
			f.r.order.PutUint64(word, math.Float64bits(float64(code)-f.bias))
		}
		n++
	}
	return n, nil
}

// Number is the number of a variable in the case; ok is false where it has
// none.
func (f *File) Number(v *Variable) (x float64, ok bool) {
	x = float(f.r.order, f.data.row[8*v.slot:])
	return x, x != f.sysmis && x != -math.MaxFloat64 && x == x
}

// Text appends the text of a variable in the case, without the blanks that fill
// it up.
func (f *File) Text(b []byte, v *Variable) []byte {
	from := len(b)
	for part, left := 0, v.Width; part < v.parts && left > 0; part++ {
		n := min(left, 255)
		at := 8*v.slot + 256*part
		b = append(b, f.data.row[at:min(at+n, len(f.data.row))]...)
		left -= n
	}
	return b[:from+len(trimRight(b[from:]))]
}

func float(order binary.ByteOrder, b []byte) float64 { return math.Float64frombits(order.Uint64(b)) }
