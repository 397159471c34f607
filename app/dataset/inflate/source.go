package inflate

import "io"

// Source is a buffered reader that can take bytes back.
type Source struct {
	N    int64 // bytes taken
	src  io.Reader
	buf  [64 << 10]byte
	r, w int
	err  error
}

// keep bytes can be taken back at any time.
const keep = 8

// NewSource reads from src.
func NewSource(src io.Reader) *Source { return &Source{src: src} }

// fill reads more when all was taken; false at the end.
func (s *Source) fill() bool {
	for s.r == s.w && s.err == nil {
		held := min(s.r, keep)
		copy(s.buf[:], s.buf[s.r-held:s.r])
		n, err := s.src.Read(s.buf[held:])
		s.r, s.w, s.err = held, held+n, err
	}
	return s.r < s.w
}

// Byte takes a byte; ok is false at the end, and Err says why.
func (s *Source) Byte() (c byte, ok bool) {
	if s.r == s.w && !s.fill() {
		return 0, false
	}
	c = s.buf[s.r]
	s.r++
	s.N++
	return c, true
}

func (s *Source) back(n int) {
	s.r -= n
	s.N -= int64(n)
}

// Err is what ended the reading.
func (s *Source) Err() error { return s.err }

func (s *Source) Read(p []byte) (int, error) {
	if !s.fill() {
		return 0, s.err
	}
	n := copy(p, s.buf[s.r:s.w])
	s.r += n
	s.N += int64(n)
	return n, nil
}
