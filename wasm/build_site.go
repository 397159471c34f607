//go:build !js

package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/andybalholm/brotli"
)

// sitePolicy is the Content-Security-Policy of the site: its own files only.
// wasm-unsafe-eval allows WebAssembly and nothing else; blob: workers inherit
// this policy, which workers started from an address do not.
const sitePolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'"

// writeSite writes the site: nothing in it has an absolute address, so the
// folder works under any path of any host.
func writeSite(p *parts, dir string) error {
	files := map[string][]byte{"app.wasm": p.app, "worker.wasm": p.worker, "wasm_exec.js": p.exec}
	for name, body := range p.static {
		files[name] = body
	}
	index, err := replaceOnce(string(p.static["index.html"]), "{{POLICY}}", sitePolicy)
	if err != nil {
		return err
	}
	if index, err = replaceOnce(index, `href="icon.svg"`, p.iconInline()); err != nil {
		return err
	}
	files["index.html"] = []byte(index)
	delete(files, "sw.js")
	sw, err := serviceWorker(string(p.static["sw.js"]), p.version, files)
	if err != nil {
		return err
	}
	files["sw.js"] = []byte(sw)
	for _, name := range []string{"app.wasm", "worker.wasm"} {
		if !p.draft {
			if files[name+".br"], err = brotliOf(files[name]); err != nil {
				return err
			}
		}
		if files[name+".gz"], err = gzipOf(files[name]); err != nil {
			return err
		}
	}
	for name, body := range files {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, body, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// serviceWorker fills in the version and the list of all files with their
// hashes. The page itself is listed as "./", the address it is asked by.
func serviceWorker(source, version string, files map[string][]byte) (string, error) {
	var list [][2]string
	for _, name := range sortedKeys(files) {
		address := name
		if name == "index.html" {
			address = "./"
		}
		list = append(list, [2]string{address, hashSource(files[name])})
	}
	text, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		return "", err
	}
	if source, err = replaceOnce(source, "{{FILES}}", string(text)); err != nil {
		return "", err
	}
	return replaceOnce(source, "{{VERSION}}", version)
}

// hashSource is a hash as policies and integrity checks write it.
func hashSource(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// replaceOnce fails unless the text occurs exactly once: a change of the page
// must break the build, not the reader's browser.
func replaceOnce(text, old, with string) (string, error) {
	if n := strings.Count(text, old); n != 1 {
		return "", fmt.Errorf("%q should occur once in the page and occurs %d times", old, n)
	}
	return strings.Replace(text, old, with, 1), nil
}

func gzipOf(body []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// brotliOf compresses as far as Brotli goes. That takes half a minute for the
// whole program, so the result is kept in the user's cache under its hash.
func brotliOf(body []byte) ([]byte, error) {
	sum := sha256.Sum256(body)
	kept := ""
	if cache, err := os.UserCacheDir(); err == nil {
		kept = filepath.Join(cache, "trialbox", hex.EncodeToString(sum[:])+".br")
		if out, err := os.ReadFile(kept); err == nil && sameAfterBrotli(out, body) {
			return out, nil
		}
	}
	var out bytes.Buffer
	w := brotli.NewWriterOptions(&out, brotli.WriterOptions{Quality: brotli.BestCompression, LGWin: 24})
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if kept != "" && os.MkdirAll(filepath.Dir(kept), 0o755) == nil {
		os.WriteFile(kept, out.Bytes(), 0o644) // without it the next build is slower, not wrong
	}
	return out.Bytes(), nil
}

func sameAfterBrotli(packed, body []byte) bool {
	var back bytes.Buffer
	_, err := back.ReadFrom(brotli.NewReader(bytes.NewReader(packed)))
	return err == nil && bytes.Equal(back.Bytes(), body)
}
