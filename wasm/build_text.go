//go:build !js

package main

// textDigits are the 91 characters that bytes are written with in the single
// file: all of ASCII that can be seen but < and & and ", so that a page holds
// them as they are. boot.js knows the same.
var textDigits = func() (digits [91]byte) {
	k := 0
	for c := byte('!'); c <= '~'; c++ {
		if c != '<' && c != '&' && c != '"' {
			digits[k] = c
			k++
		}
	}
	return digits
}()

// textOf writes bytes as text, 13 bits (or 14, where they fit) in two
// characters, as Henke's basE91 does: 23 % longer than the bytes, where base64
// is a third longer.
func textOf(body []byte) string {
	out := make([]byte, 0, len(body)*5/4+2)
	bits, held := uint32(0), 0
	for _, b := range body {
		bits |= uint32(b) << held
		if held += 8; held <= 13 {
			continue
		}
		take := 13
		if bits&8191 <= 88 {
			take = 14
		}
		v := bits & (1<<take - 1)
		bits >>= take
		held -= take
		out = append(out, textDigits[v%91], textDigits[v/91])
	}
	if held > 0 {
		out = append(out, textDigits[bits%91])
		if held > 7 || bits > 90 {
			out = append(out, textDigits[bits/91])
		}
	}
	return string(out)
}
