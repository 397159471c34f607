package dataset

import (
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// charset is an encoding of one byte a character: the letters of the bytes from
// 0x80 on. The tables are small; golang.org/x/text brings those of forty more.
type charset [128]rune

// singleByte are the encodings of one byte a character by their names.
var singleByte = map[string]*charset{Windows1252: windows1252, Latin1: latin1, Latin9: latin9}

var (
	latin1 = newCharset(nil)
	// From the mapping tables of the Unicode Consortium (8859-15.TXT). The bytes
	// from 0x80 to 0x9F are control characters there, which no text has.
	latin9 = newCharset([]rune(noLetters+noLetters+noLetters+noLetters), 0xA4, '€', 0xA6, 'Š', 0xA8, 'š', 0xB4, 'Ž', 0xB8, 'ž', 0xBC, 'Œ', 0xBD, 'œ', 0xBE, 'Ÿ')
	// From CP1252.TXT, which gives five bytes no letter.
	windows1252 = newCharset([]rune("€\uFFFD‚ƒ„…†‡ˆ‰Š‹Œ\uFFFDŽ\uFFFD\uFFFD‘’“”•–—˜™š›œ\uFFFDžŸ"))
)

const noLetters = "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"

// newCharset is ISO-8859-1, whose bytes are the first 256 characters of
// Unicode, with other letters from 0x80 on and others in single places, each
// as byte and letter.
func newCharset(first []rune, places ...rune) *charset {
	c := new(charset)
	for i := range c {
		c[i] = rune(0x80 + i)
	}
	copy(c[:], first)
	for ; len(places) > 0; places = places[2:] {
		c[places[0]-0x80] = places[1]
	}
	return c
}

func (c *charset) text(b []byte) string { return string(c.append(make([]byte, 0, len(b)+len(b)/2), b)) }

// append adds the letters of b to s.
func (c *charset) append(s, b []byte) []byte {
	for _, x := range b {
		if x < 0x80 {
			s = append(s, x)
		} else {
			s = utf8.AppendRune(s, c[x-0x80])
		}
	}
	return s
}

// utf16Reader turns UTF-16 into UTF-8. Halves of pairs that stand alone, and a
// last byte without its other, become U+FFFD.
type utf16Reader struct {
	src   io.Reader
	order binary.ByteOrder
	in    [8 << 10]byte
	held  int    // bytes of in that wait for the rest of their character
	out   []byte // what was not handed out yet
	buf   []byte
	err   error
}

func newUTF16Reader(src io.Reader, name string) *utf16Reader {
	r := &utf16Reader{src: src, order: binary.LittleEndian}
	if name == UTF16BE {
		r.order = binary.BigEndian
	}
	return r
}

func (r *utf16Reader) Read(p []byte) (int, error) {
	for len(r.out) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		var n int
		n, r.err = r.src.Read(r.in[r.held:])
		r.turn(r.in[:r.held+n])
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

// turn writes what b holds and keeps an unfinished character for later, unless
// nothing comes after it.
func (r *utf16Reader) turn(b []byte) {
	r.buf = r.buf[:0]
	for len(b) > 1 {
		c := rune(r.order.Uint16(b))
		if utf16.IsSurrogate(c) {
			if len(b) < 4 && r.err == nil {
				break
			}
			if len(b) >= 4 {
				if pair := utf16.DecodeRune(c, rune(r.order.Uint16(b[2:]))); pair != utf8.RuneError {
					c, b = pair, b[2:]
				}
			}
		}
		r.buf = utf8.AppendRune(r.buf, c)
		b = b[2:]
	}
	if len(b) > 0 && r.err != nil {
		r.buf, b = utf8.AppendRune(r.buf, utf8.RuneError), nil
	}
	r.held = copy(r.in[:], b)
	r.out = r.buf
}
