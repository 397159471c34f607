// Package host serves the built site over HTTP, from a folder or from inside
// the binary. It never answers with anything but files of the site, and sends
// nothing anywhere. The command `serve` and the end-to-end tests use it.
package host

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// Header is set on every answer, so that a second `serve` can tell that the
// port is held by Trialbox and not by another program.
const Header = "X-Trialbox"

// types are the media types of the site's files. They are written down because
// the operating system's own list differs between machines, and a browser
// refuses a program or a worker of the wrong type.
var types = map[string]string{
	".html":        "text/html; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".wasm":        "application/wasm",
	".json":        "application/json",
	".webmanifest": "application/manifest+json",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".csv":         "text/csv; charset=utf-8",
}

// Handler serves the files of site. A file that also lies there compressed
// (.br, .gz) is sent so when the browser takes it. Everything may be kept by
// the browser but must be asked for again each time, so that a rebuilt site is
// seen at once.
func Handler(site fs.FS, version string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set(Header, version)
		h.Set("Cache-Control", "no-cache")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "only GET", http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		if name == "" {
			name = "index.html"
		}
		kind, known := types[path.Ext(name)]
		if !known {
			http.NotFound(w, r)
			return
		}
		body, encoding, err := read(site, name, r.Header.Get("Accept-Encoding"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		h.Set("Content-Type", kind)
		h.Set("Vary", "Accept-Encoding")
		if encoding != "" {
			h.Set("Content-Encoding", encoding)
		}
		sum := sha256.Sum256(body)
		tag := `"` + hex.EncodeToString(sum[:12]) + `"`
		h.Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if r.Method == http.MethodGet {
			w.Write(body) // an error means that the browser has gone away
		}
	})
}

// read gives the file, in the smallest form that accept allows.
func read(site fs.FS, name, accept string) (body []byte, encoding string, err error) {
	for _, form := range []struct{ encoding, ending string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !strings.Contains(accept, form.encoding) {
			continue
		}
		if body, err = fs.ReadFile(site, name+form.ending); err == nil {
			return body, form.encoding, nil
		}
	}
	body, err = fs.ReadFile(site, name)
	return body, "", err
}
