package dataset

import (
	"fmt"
	"strings"
)

// latin9Bytes are the bytes that are one character in Windows-1252 and another
// in ISO-8859-15: ¤ and €, ¦ and Š, ¨ and š, ´ and Ž, ¸ and ž, ¼ and Œ, ½ and
// œ, ¾ and Ÿ.
const latin9Bytes = "\xA4\xA6\xA8\xB4\xB8\xBC\xBD\xBE"

// onlyWindows reports a byte that is a letter or mark in Windows-1252 and in
// ISO-8859-15 a control character that no text has.
func onlyWindows(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 && c < 0xA0 {
			return true
		}
	}
	return false
}

// encodingChoice is the kind of the question between the two encodings.
const encodingChoice = "encoding choice"

// askLatin9 asks which of the two encodings a file of single bytes is in, where
// they differ in it and no byte decides: each text with both its readings.
func (r *reading) askLatin9() {
	var list []Problem
	for i := range r.columns {
		t := &r.columns[i]
		if onlyWindows(t.arena) {
			return
		}
		for code := range t.ends {
			b := t.text(int32(code))
			if !anyByte(b, latin9Bytes) || len(list) >= problemsOfKind {
				continue
			}
			windows, iso := windows1252.text(b), latin9.text(b)
			p := Problem{Column: nameless(i), Value: shorten(windows), Kind: encodingChoice, Severity: Warning,
				Text: fmt.Sprintf("this text is “%s” in Windows-1252 and “%s” in ISO-8859-15, and the file does not say which it is in; it was read as the first: choose the encoding", shorten(windows), shorten(iso))}
			if row := (&Column{Codes: t.codes(r.filled)}).firstRow(int32(code)); row >= 0 {
				p.Line = int(r.d.Line[row])
				list = append(list, p)
			}
		}
	}
	for _, name := range r.header {
		if onlyWindows([]byte(name)) {
			return
		}
	}
	for _, p := range list {
		r.found.add(p)
	}
	if len(list) > 0 {
		r.d.Evidence = append(r.d.Evidence, fmt.Sprintf("%s would be another in ISO-8859-15.", several(len(list), "text", "texts")))
	}
}

func anyByte(b []byte, list string) bool {
	for _, c := range b {
		if strings.IndexByte(list, c) >= 0 {
			return true
		}
	}
	return false
}

// askEncoding puts the question to the columns whose texts it is about.
func (d *Dataset) askEncoding() {
	for _, p := range d.Problems[:d.reading] {
		if c := d.Column(p.Column); p.Kind == encodingChoice && c != nil && c.Doubt == "" {
			c.Doubt = sentence(p.Text)
		}
	}
}
