package dataset

import (
	"bytes"
	"errors"
	"io"
)

// maxCell is the longest cell. A quoted field that grows beyond it was most
// likely never closed; the limit keeps one stray quote from swallowing a file.
const maxCell = 1 << 20

// maxLongQuotes is how many quotes may run to the limit or the end before the
// file is refused: each costs reading a megabyte twice.
const maxLongQuotes = 20

var (
	errLongCell  = errors.New("cell longer than 1 MB")
	errBadQuotes = errors.New("quotes do not pair")
)

// scanner splits bytes into fields by RFC 4180 with three leniencies: lines
// end in LF, CRLF or CR; a quote inside an unquoted field is a character; a
// quoted field that is not followed by a delimiter or a line end is read again
// as unquoted, from its opening quote, and reported.
//
// It works on any encoding in which delimiter, quote and line ends are single
// bytes (UTF-8, Windows-1252), so the choice between those can wait until all
// texts have been seen.
type scanner struct {
	src   io.Reader
	delim byte
	buf   []byte
	r, w  int // buf[r:w] is not yet consumed
	eof   bool
	err   error

	line    int  // line of buf[r], 1-based
	afterCR bool // a line feed next belongs to the line end already seen
	stop    [256]bool
	scratch []byte // unescaped text of a quoted field

	stray   []stray // quotes repaired since the caller last cleared it
	longest int     // of them, how many ran to the limit or the end
}

// stray is a quote that opened a field and did not properly close it.
type stray struct {
	line int
	open bool // nothing closed it at all
}

func newScanner(src io.Reader, delim byte, room int) *scanner {
	s := &scanner{src: src, delim: delim, buf: make([]byte, room), line: 1}
	s.stop[delim], s.stop['\n'], s.stop['\r'] = true, true, true
	return s
}

// fill reads more bytes behind buf[r:w], moving that window to the front. It
// reports false at the end of the source or on an error.
func (s *scanner) fill() bool {
	if s.eof {
		return false
	}
	if s.r > 0 {
		copy(s.buf, s.buf[s.r:s.w])
		s.w -= s.r
		s.r = 0
	}
	if s.w == len(s.buf) {
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for {
		n, err := s.src.Read(s.buf[s.w:])
		s.w += n
		if err != nil {
			s.eof = true
			if err != io.EOF {
				s.err = err
			}
		}
		if n > 0 || err != nil {
			return n > 0
		}
	}
}

// more reports whether another record begins.
func (s *scanner) more() bool {
	if s.r == s.w && !s.fill() {
		return false
	}
	if s.afterCR {
		s.afterCR = false
		if s.buf[s.r] == '\n' {
			s.r++
			return s.r < s.w || s.fill()
		}
	}
	return true
}

// field returns the next field of the record that more announced; last when
// the record ends with it. The bytes are good until the next call.
func (s *scanner) field() (cell []byte, quoted, last bool, err error) {
	if s.r == s.w && !s.fill() {
		return nil, false, true, s.err
	}
	if s.buf[s.r] == '"' {
		cell, last, ok := s.quotedField()
		if ok || s.err != nil {
			return cell, true, last, s.err
		}
	}
	n := 0
	for {
		window := s.buf[s.r:s.w]
		for ; n < len(window); n++ {
			if s.stop[window[n]] {
				last = s.pass(window[n], n)
				return window[:n], false, last, nil
			}
		}
		if n > maxCell {
			return nil, false, true, errLongCell
		}
		if !s.fill() {
			cell = s.buf[s.r:s.w]
			s.r = s.w
			return cell, false, true, s.err
		}
	}
}

// pass consumes n bytes and the separator after them, and reports whether it
// ended the record.
func (s *scanner) pass(separator byte, n int) (last bool) {
	s.r += n + 1
	if separator == s.delim {
		return false
	}
	s.afterCR = separator == '\r'
	s.line++
	return true
}

// quotedField reads a field that begins with a quote. ok is false, and
// nothing consumed, when the quote does not pair; it is noted in stray then.
func (s *scanner) quotedField() (cell []byte, last, ok bool) {
	n, escaped := 1, false
	for {
		j := bytes.IndexByte(s.buf[s.r+n:s.w], '"')
		if j < 0 {
			n = s.w - s.r
			if n > maxCell || !s.fill() {
				return nil, false, s.unpaired(true)
			}
			continue
		}
		n += j
		next, end := s.at(n + 1)
		if !end && next == '"' {
			escaped = true
			n += 2
			continue
		}
		break
	}
	tail := n + 1
	next, end := s.at(tail)
	for !end && next == ' ' && s.delim != ' ' {
		tail++
		next, end = s.at(tail)
	}
	if s.err != nil {
		return nil, true, false
	}
	if !end && !s.stop[next] {
		return nil, false, s.unpaired(false)
	}
	cell = s.buf[s.r+1 : s.r+n]
	s.line += lineEnds(cell)
	if escaped {
		cell = s.unescape(cell)
	}
	if end {
		s.r = s.w
		return cell, true, true
	}
	return cell, s.pass(next, tail), true
}

// at looks n bytes ahead; end when the source has fewer.
func (s *scanner) at(n int) (c byte, end bool) {
	for s.r+n >= s.w {
		if !s.fill() {
			return 0, true
		}
	}
	return s.buf[s.r+n], false
}

func (s *scanner) unpaired(open bool) bool {
	s.stray = append(s.stray, stray{line: s.line, open: open})
	if open {
		if s.longest++; s.longest > maxLongQuotes {
			s.err = errBadQuotes
		}
	}
	return false
}

func (s *scanner) unescape(cell []byte) []byte {
	s.scratch = s.scratch[:0]
	for {
		j := bytes.IndexByte(cell, '"')
		if j < 0 {
			s.scratch = append(s.scratch, cell...)
			return s.scratch
		}
		s.scratch = append(s.scratch, cell[:j+1]...)
		cell = cell[j+2:]
	}
}

// lineEnds counts LF, CRLF and CR.
func lineEnds(cell []byte) int {
	n := bytes.Count(cell, []byte{'\n'})
	for i, c := range cell {
		if c == '\r' && (i+1 == len(cell) || cell[i+1] != '\n') {
			n++
		}
	}
	return n
}
