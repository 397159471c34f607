package host

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"
)

func TestHandler(t *testing.T) {
	site := fstest.MapFS{
		"index.html":  {Data: []byte("<!doctype html>")},
		"app.wasm":    {Data: []byte("plain")},
		"app.wasm.br": {Data: []byte("small")},
		"secret.go":   {Data: []byte("package x")},
	}
	h := Handler(site, "v1")
	ask := func(method, path, accept string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, nil)
		r.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for _, c := range []struct {
		method, path, accept string
		status               int
		body, kind, encoding string
	}{
		{"GET", "/", "", 200, "<!doctype html>", "text/html; charset=utf-8", ""},
		{"GET", "/app.wasm", "gzip, br", 200, "small", "application/wasm", "br"},
		{"GET", "/app.wasm", "gzip", 200, "plain", "application/wasm", ""},
		{"GET", "/secret.go", "", 404, "404 page not found\n", "text/plain; charset=utf-8", ""},
		{"GET", "/../host.go", "", 404, "404 page not found\n", "text/plain; charset=utf-8", ""},
		{"POST", "/", "", 405, "only GET\n", "text/plain; charset=utf-8", ""},
	} {
		w := ask(c.method, c.path, c.accept)
		if w.Code != c.status || w.Body.String() != c.body || w.Header().Get("Content-Type") != c.kind || w.Header().Get("Content-Encoding") != c.encoding {
			t.Errorf("%s %s: got %d %q %v", c.method, c.path, w.Code, w.Body, w.Header())
		}
		if w.Header().Get(Header) != "v1" {
			t.Errorf("%s %s: no %s header", c.method, c.path, Header)
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("If-None-Match", ask("GET", "/", "").Header().Get("ETag"))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusNotModified {
		t.Errorf("known file was sent again: %d", w.Code)
	}
}
