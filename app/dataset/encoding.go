package dataset

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Names of the encodings Read knows.
const (
	UTF8        = "UTF-8"
	UTF16LE     = "UTF-16LE"
	UTF16BE     = "UTF-16BE"
	Windows1252 = "Windows-1252"
	Latin1      = "ISO-8859-1"
	Latin9      = "ISO-8859-15"
)

// wideEncoding recognises UTF-16 from a byte order mark or from where the zero
// bytes of the first kilobytes lie: text of our languages has one in nearly
// every pair, always on the same side.
func wideEncoding(head []byte) (name, why string) {
	switch {
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		return UTF16LE, "a UTF-16 byte order mark stands first"
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return UTF16BE, "a UTF-16 byte order mark stands first"
	}
	head = head[:min(len(head), 4096)&^1]
	var even, odd int
	for i := 0; i < len(head); i += 2 {
		if head[i] == 0 {
			even++
		}
		if head[i+1] == 0 {
			odd++
		}
	}
	pairs := len(head) / 2
	switch {
	case pairs < 2:
	case odd*10 >= pairs*7 && even*20 <= pairs:
		return UTF16LE, "every second byte is zero, as in UTF-16 without a byte order mark"
	case even*10 >= pairs*7 && odd*20 <= pairs:
		return UTF16BE, "every second byte is zero, as in UTF-16 without a byte order mark"
	}
	return "", ""
}

// decoder makes texts of the bytes of cells. It is chosen after all of them
// have been read.
type decoder struct {
	name   string
	single *charset // nil: UTF-8
}

func newDecoder(name string) decoder { return decoder{name, singleByte[name]} }

// text decodes one cell; clean is false when it is not valid in the encoding.
// Bytes that are no UTF-8 are read as Windows-1252 then, so that no letter is
// lost.
func (d decoder) text(b []byte) (text string, clean bool) {
	switch {
	case ascii(b):
		return string(b), true
	case d.single != nil:
		text = d.single.text(b)
		return text, !strings.ContainsRune(text, utf8.RuneError)
	case utf8.Valid(b):
		return string(b), true
	}
	return windows1252.text(b), false
}

// all decodes the texts of a column as one piece of memory, with where each ends
// in it. ok is false when one is not valid or holds a zero byte
// or a byte order mark.
func (d decoder) all(t *texts) (letters string, ends []uint32, ok bool) {
	switch {
	case bytes.IndexByte(t.arena, 0) >= 0:
		return "", nil, false
	case ascii(t.arena):
		return t.letters(), t.ends, true
	case d.single == nil && bytes.Contains(t.arena, []byte("\ufeff")):
		return "", nil, false
	case d.single == nil:
		for i := range t.ends {
			if !utf8.Valid(t.text(int32(i))) {
				return "", nil, false
			}
		}
		return t.letters(), t.ends, true
	}
	var b strings.Builder
	size := 0
	for _, c := range t.arena {
		if size++; c >= utf8.RuneSelf {
			if d.single[c-0x80] == utf8.RuneError {
				return "", nil, false
			}
			size += utf8.RuneLen(d.single[c-0x80]) - 1
		}
	}
	b.Grow(size)
	ends = make([]uint32, len(t.ends))
	var letter []byte
	for i := range t.ends {
		letter = d.single.append(letter[:0], t.text(int32(i)))
		b.Write(letter)
		ends[i] = uint32(b.Len())
	}
	return b.String(), ends, true
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// tally counts the texts by what they say about the encoding.
type tally struct{ ascii, utf8, other int }

func (t *tally) add(b []byte) {
	switch {
	case ascii(b):
		t.ascii++
	case utf8.Valid(b):
		t.utf8++
	default:
		t.other++
	}
}
