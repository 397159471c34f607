package sav

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"math"
)

// reader takes values off a file. After the first failure err is set and all
// values are zero.
type reader struct {
	src   *bufio.Reader
	order binary.ByteOrder
	n     int64 // bytes taken
	err   error
	word  [8]byte
}

func (r *reader) fill(b []byte) bool {
	if r.err != nil {
		return false
	}
	n, err := io.ReadFull(r.src, b)
	r.n += int64(n)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = damaged("the file ends in the middle of its description")
	}
	r.err = err
	return err == nil
}

func (r *reader) int() int {
	if !r.fill(r.word[:4]) {
		return 0
	}
	return int(int32(r.order.Uint32(r.word[:4])))
}

func (r *reader) int64() int64 {
	if !r.fill(r.word[:]) {
		return 0
	}
	return int64(r.order.Uint64(r.word[:]))
}

func (r *reader) float() float64 {
	if !r.fill(r.word[:]) {
		return 0
	}
	return math.Float64frombits(r.order.Uint64(r.word[:]))
}

// count reads how many things follow; a negative number is a damaged file.
func (r *reader) count(what string) int {
	n := r.int()
	if n < 0 && r.err == nil {
		r.err = damaged("the number of %s is negative", what)
	}
	return max(n, 0)
}

// text reads n bytes. The room for them grows as they come: a length that lies
// costs nothing.
func (r *reader) text(n int) []byte {
	if r.err != nil {
		return nil
	}
	var b bytes.Buffer
	m, err := io.CopyN(&b, r.src, int64(n))
	r.n += m
	if err == io.EOF {
		err = damaged("the file ends in the middle of its description")
	}
	r.err = err
	return b.Bytes()
}

func (r *reader) skip(n int64) {
	if r.err != nil {
		return
	}
	m, err := io.CopyN(io.Discard, r.src, n)
	r.n += m
	if err == io.EOF {
		err = damaged("the file ends in the middle of its description")
	}
	r.err = err
}

func trimRight(b []byte) []byte { return bytes.TrimRight(b, " \x00") }
