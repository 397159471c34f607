//go:build !js

package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trialbox/wasm/host"
)

// siteFolder is a folder with a page in it.
func siteFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("<!doctype html>"), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestServePortTaken(t *testing.T) {
	ours := httptest.NewServer(host.Handler(os.DirFS(siteFolder(t)), "x"))
	defer ours.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	for _, c := range []struct {
		name, addr string
		status     int
		says       string
	}{
		{"Trialbox is there", ours.Listener.Addr().String(), 0, "Trialbox is already at http://"},
		{"another program is there", other.Listener.Addr().String(), 1, "-addr"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			status := serveCommand([]string{"-dir", siteFolder(t), "-addr", c.addr}, &stdout, &stderr)
			if status != c.status || !strings.Contains(stdout.String()+stderr.String(), c.says) {
				t.Errorf("status %d, %q, %q", status, &stdout, &stderr)
			}
		})
	}
}

func TestServeMistakes(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"-dir", t.TempDir()}, 1, "make build"},
		{[]string{"-nonsense"}, 2, "nonsense"},
		{[]string{"extra"}, 2, "extra"},
		{[]string{"-dir", siteFolder(t), "-addr", "999.0.0.1:1"}, 1, "999.0.0.1"},
	} {
		var stdout, stderr bytes.Buffer
		if status := serveCommand(c.args, &stdout, &stderr); status != c.status || !strings.Contains(stderr.String(), c.says) {
			t.Errorf("serve %v: status %d, %q", c.args, status, &stderr)
		}
	}
}

func TestReplaceOnce(t *testing.T) {
	if got, err := replaceOnce("a b c", "b", "x"); err != nil || got != "a x c" {
		t.Errorf("got %q, %v", got, err)
	}
	for _, text := range []string{"a c", "b b"} {
		if _, err := replaceOnce(text, "b", "x"); err == nil {
			t.Errorf("%q was changed although the text is not there once", text)
		}
	}
}

func TestPrintSizes(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, n int64) {
		t.Helper()
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, make([]byte, n), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := printSizes(&out, dir); err == nil {
		t.Error("sizes of nothing were printed")
	}
	for _, b := range budgets {
		write(b.file, b.bytes)
	}
	if err := printSizes(&out, dir); err != nil {
		t.Errorf("all within budget: %v", err)
	}
	write(budgets[1].file, budgets[1].bytes+1)
	if err := printSizes(&out, dir); err == nil || !strings.Contains(out.String(), "TOO BIG") {
		t.Errorf("a broken budget passed: %v\n%s", err, &out)
	}
}

// The lists of files and hashes in the service worker are JavaScript whatever
// the names are.
func TestServiceWorkerList(t *testing.T) {
	sw, err := serviceWorker(`v="{{VERSION}}"; f={{FILES}};`, "1", map[string][]byte{"index.html": []byte("x"), "a.css": []byte("y")})
	want := `v="1"; f=[
 [
  "a.css",
  "` + hashSource([]byte("y")) + `"
 ],
 [
  "./",
  "` + hashSource([]byte("x")) + `"
 ]
];`
	if err != nil || sw != want {
		t.Errorf("got %s, %v", sw, err)
	}
}
