package dataset

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Every byte of every encoding against golang.org/x/text.
func TestCharsets(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for name, m := range map[string]*charmap.Charmap{Windows1252: charmap.Windows1252, Latin1: charmap.ISO8859_1, Latin9: charmap.ISO8859_15} {
		want, err := m.NewDecoder().Bytes(all)
		if err != nil {
			t.Fatal(err)
		}
		if got := singleByte[name].text(all); got != string(want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// UTF-16 against golang.org/x/text, whole and byte by byte: pairs, halves of
// pairs in every place, an odd end.
func TestUTF16(t *testing.T) {
	for _, text := range []string{"", "a", "aäö€", "a😀b", "\uFEFFa", "\x00\xD8", "\x00\xD8a\x00", "\x00\xDCa\x00", "a\x00\x3D\xD8", "\x3D\xD8\x3D\xD8\x00\xDE", "abc", "\x3D\xD8\x00"} {
		for _, name := range []string{UTF16LE, UTF16BE} {
			order := unicode.LittleEndian
			if name == UTF16BE {
				order = unicode.BigEndian
			}
			coding := unicode.UTF16(order, unicode.IgnoreBOM)
			written, err := coding.NewEncoder().String(text)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range [][]byte{[]byte(written), []byte(text)} { // as it is meant, and as it comes
				want, err := coding.NewDecoder().Bytes(b)
				if err != nil {
					t.Fatal(err)
				}
				for _, src := range []io.Reader{bytes.NewReader(b), iotest.OneByteReader(bytes.NewReader(b)), iotest.DataErrReader(bytes.NewReader(b))} {
					if got, err := io.ReadAll(newUTF16Reader(src, name)); err != nil || !bytes.Equal(got, want) {
						t.Errorf("%s of % x: %q, %v; want %q", name, b, got, err, want)
					}
				}
			}
		}
	}
}
