package sav

import (
	"encoding/binary"
	"io"
	"math"

	"trialbox/app/dataset/inflate"
)

// reader takes values off a file. After the first failure err is set and all
// values are zero.
type reader struct {
	src   *inflate.Source
	order binary.ByteOrder
	err   error
	word  [8]byte
}

func (r *reader) fill(b []byte) bool {
	if r.err != nil {
		return false
	}
	_, err := io.ReadFull(r.src, b)
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
func (r *reader) text(n int) (b []byte) {
	for len(b) < n && r.err == nil {
		at := len(b)
		b = append(b, make([]byte, min(n-at, 64<<10))...)
		r.fill(b[at:])
	}
	if r.err != nil {
		return nil
	}
	return b
}

func (r *reader) skip(n int64) {
	for n > 0 && r.err == nil {
		n -= int64(len(r.text(int(min(n, 64<<10)))))
	}
}

// trimRight takes off what fills a text up.
func trimRight(b []byte) []byte {
	n := len(b)
	for n > 0 && (b[n-1] == ' ' || b[n-1] == 0) {
		n--
	}
	return b[:n]
}
