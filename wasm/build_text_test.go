//go:build !js

package main

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestBytesAsText: boot.js reads what the build writes, whatever the bytes and
// their number.
func TestBytesAsText(t *testing.T) {
	boot, err := os.ReadFile("../static/boot.js")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(boot), "  function bytesOf(")
	function, _, ended := strings.Cut(rest, "\n  }\n")
	if !found || !ended {
		t.Fatal("boot.js has no function bytesOf")
	}
	random := rand.New(rand.NewPCG(9, 1))
	var want [][]byte
	for n := range 70 {
		b := make([]byte, n)
		for k := range b {
			b[k] = byte(random.IntN(256))
		}
		want = append(want, b, bytes.Repeat([]byte{0}, n), bytes.Repeat([]byte{255}, n), bytes.Repeat([]byte{byte(n)}, n))
	}
	large := make([]byte, 100_000)
	for k := range large {
		large[k] = byte(random.IntN(256))
	}
	want = append(want, large)
	var script strings.Builder
	script.WriteString("function bytesOf(" + function + "}\nfor (const text of `")
	for _, b := range want {
		text := textOf(b)
		if strings.ContainsAny(text, "<&\" \n") {
			t.Fatalf("%x is written as %q", b, text)
		}
		script.WriteString(strings.NewReplacer("\\", "\\\\", "`", "\\`", "$", "\\$").Replace(text) + "\n")
	}
	script.WriteString("`.split(\"\\n\").slice(0, -1)) console.log(Buffer.from(bytesOf(text)).toString(\"hex\"));")
	cmd := exec.Command("node", "-")
	cmd.Stdin = strings.NewReader(script.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(string(out), "\n")
	for k, b := range want {
		if got[k] != hex.EncodeToString(b) {
			t.Fatalf("%x came back as %s", b, got[k])
		}
	}
	if n := len(textOf(large)); n > len(large)*1235/1000 {
		t.Errorf("%d bytes became %d characters", len(large), n)
	}
}
