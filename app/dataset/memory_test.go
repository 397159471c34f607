package dataset

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

// repeated is a text without the memory for it.
type repeated struct {
	first, again string
	n            int64 // bytes left
	at           int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.n <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && r.n > 0 {
		source := r.first
		at := r.at
		if at >= len(r.first) {
			source, at = r.again, (r.at-len(r.first))%len(r.again)
		}
		k := copy(p[n:min(len(p), n+int(min(r.n, 1<<30)))], source[at:])
		n, r.at, r.n = n+k, r.at+k, r.n-int64(k)
	}
	return n, nil
}

// nasty are files of the shapes that cost most memory for their bytes.
func nasty(size int) map[string]string {
	grow := func(head string, row func(i int) string) string {
		var b strings.Builder
		b.WriteString(head)
		for i := 0; b.Len() < size; i++ {
			b.WriteString(row(i))
		}
		return b.String()
	}
	wide := strings.Repeat("a,", 1999) + "a\n"
	return map[string]string{
		"digits":         grow("a,b,c,d\n", func(i int) string { return fmt.Sprintf("%d,%d,%d,%d\n", i%10, i%7, i%3, i%2) }),
		"empty cells":    grow("a,b,c,d,e,f,g,h\n", func(i int) string { return ",,,,,,,1\n" }),
		"numbers":        grow("a,b,c\n", func(i int) string { return fmt.Sprintf("%d,%d.5,%d\n", i, i*7919%100003, i*31%997) }),
		"identifiers":    grow("a\n", func(i int) string { return fmt.Sprintf("%x\n", i*2654435761) }),
		"short distinct": grow("a,b\n", func(i int) string { return fmt.Sprintf("%x,%x\n", i%65536, i*7%65536) }),
		"letters":        grow("n\xE4me,b\n", func(i int) string { return fmt.Sprintf("\xE4\xF6%d,\xE5%d\n", i, i%100) }),
		"dates":          grow("a,b\n", func(i int) string { return fmt.Sprintf("%d.%d.%d,x\n", 1+i%28, 1+i%12, 1900+i%150) }),
		"rows cut short": grow("a,b,c,d,e,f,g,h,i,j\n", func(i int) string { return "1\n" }),
		"odd cells": grow("a,b\n", func(i int) string {
			return fmt.Sprintf("%d,%s\n", i%100, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", fmt.Sprint("x", i)}[i%10])
		}),
		"quotes":                       grow("a,b\n", func(i int) string { return "\"\"\"\",\"a\"\"b\nc\"\n" }),
		"2,000 columns":                wide + grow("", func(i int) string { return strings.Repeat(fmt.Sprint(i%10, ","), 1999) + "1\n" }),
		"2,000 columns, all different": wide + grow("", func(i int) string { return strings.Repeat(fmt.Sprint(1000+i, ","), 1999) + "1\n" }),
		"problems":                     grow("a,b\n", func(i int) string { return "1,2,3\n\"x\"y,2\n" }),
		"spelling variants":            grow("a,b\n", func(i int) string { return []string{"Yes ", " yes", "YES", "no"}[i%4] + ",1\n" }),
	}
}

// TestMemory holds that reading takes at most four times the bytes of the file,
// and a fixed part: what is in use after each megabyte, after the texts are
// made, and at the end.
func TestMemory(t *testing.T) {
	const size, fixed = 4 << 20, 2 << 20
	for name, in := range nasty(size) {
		t.Run(name, func(t *testing.T) {
			var now runtime.MemStats
			live := func() float64 {
				runtime.GC()
				runtime.ReadMemStats(&now)
				return float64(now.HeapAlloc)
			}
			before, peak := live(), 0.0
			look := func(int64) { peak = max(peak, live()) }
			d, err := Read("m.csv", strings.NewReader(in), int64(len(in)), Options{Progress: look})
			look(0)
			if err != nil && !strings.Contains(err.Error(), "far fewer cells") {
				t.Fatal(err)
			}
			used := peak - before
			t.Logf("%.1f MB, %.2f times the file, refused %v", used/(1<<20), used/float64(len(in)), err != nil)
			times := 4.0
			if name == "2,000 columns, all different" {
				// Four letters a cell, none twice in its column: where the letters
				// stand takes 16 bytes a text and its number 8, whatever its length.
				times = 9
			}
			if used > times*float64(len(in))+fixed {
				t.Errorf("%.1f MB for a file of %.1f MB", used/(1<<20), float64(len(in))/(1<<20))
			}
			runtime.KeepAlive(d)
		})
	}
}

// TestRefusedAtOnce holds that files beyond the limits are refused in less than
// a second, whether or not their size is told, and before their memory is taken.
func TestRefusedAtOnce(t *testing.T) {
	for _, c := range []struct {
		name string
		in   io.Reader
		size int64
		want string
	}{
		{"1 GB, size known", failing{t}, 1 << 30, "1024 MB or more and the limit is 100 MB"},
		{"a million columns", &repeated{first: strings.Repeat("column,", 1000000), again: "1\n", n: 9 << 20}, 9 << 20, "more than 20000 columns"},
		{"a million columns, size unknown", &repeated{first: strings.Repeat("column,", 1000000), again: "1\n", n: 9 << 20}, -1, "more than 20000 columns"},
		{"one line of 90 MB", &repeated{again: "x", n: 90 << 20}, 90 << 20, "longer than 1 MB"},
		{"a quote never closed", &repeated{first: "a,b\n1,\"", again: "x", n: 90 << 20}, 90 << 20, "longer than 1 MB"},
		{"zeros", &repeated{again: "\x00", n: 90 << 20}, 90 << 20, "not text"},
		{"a zip bomb renamed", &repeated{first: "PK\x03\x04....xl/workbook.xml", again: "\x00", n: 4 << 20}, 4 << 20, ""},
	} {
		start := time.Now()
		_, err := Read("t.csv", c.in, c.size, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("%s: refused after %v", c.name, took)
		}
	}
}
