//go:build !js

package journey

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"trialbox/wasm/host"
)

// dist is the folder of what was built.
func dist(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("TRIALBOX_DIST")
	if dir == "" {
		dir = filepath.Join("..", "..", "dist")
	}
	if _, err := os.Stat(filepath.Join(dir, "site", "index.html")); err != nil {
		skipOrFail(t, "nothing is built in "+dir+": run `make build` first")
	}
	return dir
}

// chromium is the browser of this machine.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	skipOrFail(t, "no Chromium on this machine: apt-get install chromium")
	return ""
}

// skipOrFail fails where the tests were asked for, and skips where they were
// only met on the way.
func skipOrFail(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("TRIALBOX_E2E") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// Server serves the site under a path of a free port, and can be stopped and
// started again on the same port.
type Server struct {
	URL     string
	handler http.Handler
	addr    string
	server  *http.Server
}

// serve serves the built site under path, which begins and ends with "/".
func serve(t *testing.T, path string) *Server {
	t.Helper()
	return serveFiles(t, path, os.DirFS(filepath.Join(dist(t), "site")))
}

func serveFiles(t *testing.T, path string, site fs.FS) *Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(path, http.StripPrefix(strings.TrimSuffix(path, "/"), noStore(host.Handler(site, "test"))))
	s := &Server{handler: mux, addr: "127.0.0.1:0"}
	s.Start(t)
	s.URL = "http://" + s.addr + path
	t.Cleanup(s.Stop)
	return s
}

// noStore keeps the browser's own cache out of play, which would answer in
// place of the service worker.
func noStore(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(storeless{w}, r)
	})
}

type storeless struct{ http.ResponseWriter }

func (s storeless) WriteHeader(code int) {
	s.Header().Set("Cache-Control", "no-store")
	s.ResponseWriter.WriteHeader(code)
}

func (s storeless) Write(b []byte) (int, error) {
	s.Header().Set("Cache-Control", "no-store")
	return s.ResponseWriter.Write(b)
}

// Start listens, on the port of the first time.
func (s *Server) Start(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	s.addr = listener.Addr().String()
	s.server = &http.Server{Handler: s.handler}
	go s.server.Serve(listener)
}

// Stop ends the server and all its connections.
func (s *Server) Stop() { s.server.Close() }

// chromiumsOwn are hosts that Chromium itself calls whatever page is open.
// These exact names are passed over; any other name is a finding.
var chromiumsOwn = []string{"update.googleapis.com", "accounts.google.com", "content-autofill.googleapis.com"}

// netLog is what left the browser, by two witnesses: a proxy through which all
// of its traffic goes (page, service worker and workers alike), and the
// developer protocol's list of the page.
type netLog struct {
	mu   sync.Mutex
	seen []string
}

func (l *netLog) add(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = append(l.seen, address)
}

// all lists every request so far.
func (l *netLog) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.seen)
}

// foreign lists the requests that are not below own; an empty own allows none.
func (l *netLog) foreign(own string) []string {
	var out []string
	for _, address := range l.all() {
		if isForeign(address, own) {
			out = append(out, address)
		}
	}
	return out
}

// isForeign is the rule of all these tests. Anything that stays inside the
// page (data:, blob:) or is the opened file itself is no request.
func isForeign(address, own string) bool {
	if own != "" && strings.HasPrefix(address, own) {
		return false
	}
	u, err := url.Parse(address)
	if err != nil {
		return true
	}
	switch u.Scheme {
	case "data", "blob", "file", "about", "devtools", "chrome":
		return false
	}
	return !slices.Contains(chromiumsOwn, u.Hostname())
}

// proxy logs all that the browser asks for and lets only loopback through.
func (l *netLog) proxy(t *testing.T) string {
	t.Helper()
	forward := &httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) {}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
		hijacked, _, hijackErr := http.NewResponseController(w).Hijack()
		if hijackErr == nil {
			hijacked.Close() // as a stopped server looks
		}
	}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect {
			l.add("https://" + r.Host)
			http.Error(w, "no way out", http.StatusForbidden)
			return
		}
		l.add(r.URL.String())
		if r.URL.Hostname() != "127.0.0.1" {
			http.Error(w, "no way out", http.StatusForbidden)
			return
		}
		forward.ServeHTTP(w, r)
	})}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return listener.Addr().String()
}

// launch starts a Chromium with a fresh profile whose every request is logged.
func launch(t *testing.T) *Page {
	t.Helper()
	dist(t)
	log := &netLog{}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.WindowSize(1280, 900),
		chromedp.ProxyServer("http://"+log.proxy(t)),
		chromedp.Flag("proxy-bypass-list", "<-loopback>"), // loopback through the proxy too
		chromedp.Flag("disable-features", "OptimizationHints,MediaRouter,Translate,NetworkTimeServiceQuerying"),
	)
	ctx, cancelAll := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(ctx)
	downloads := t.TempDir()
	p := &Page{t: t, ctx: ctx, Net: log, downloads: downloads}
	t.Cleanup(func() {
		if t.Failed() {
			p.dump()
		}
		cancel()
		cancelAll()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	if err := chromedp.Listen(ctx, p.heard); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.ListenBrowser(ctx, p.heardBrowser); err != nil {
		t.Fatal(err)
	}
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	if err == nil {
		_, err = chromedp.CallBrowser(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
			Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName, DownloadPath: downloads, EventsEnabled: new(true)})
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// heard keeps what the page's protocol tells: requests, errors, console.
func (p *Page) heard(ev any) {
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		p.Net.add(ev.Request.URL)
	case *runtime.EventExceptionThrown:
		p.note("exception: " + ev.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		var words []string
		for _, arg := range ev.Args {
			words = append(words, string(arg.Value)+arg.Description)
		}
		p.note(fmt.Sprintf("console.%s: %s", ev.Type, strings.Join(words, " ")))
	}
}

func (p *Page) heardBrowser(ev any) {
	switch ev := ev.(type) {
	case *browser.EventDownloadWillBegin:
		p.mu.Lock()
		p.started = append(p.started, download{guid: ev.GUID, name: ev.SuggestedFilename})
		p.mu.Unlock()
	case *browser.EventDownloadProgress:
		if ev.State == browser.DownloadProgressStateCompleted {
			p.mu.Lock()
			for i := range p.started {
				if p.started[i].guid == ev.GUID {
					p.started[i].done = true
				}
			}
			p.mu.Unlock()
		}
	}
}

func (p *Page) note(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.console = append(p.console, line)
}

// dump tells what the page looked like when the test failed.
func (p *Page) dump() {
	p.mu.Lock()
	console := strings.Join(p.console, "\n")
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
	if err != nil {
		text = err.Error()
	}
	p.t.Logf("the page said:\n%s\nits console:\n%s", cut(text, 3000), cut(console, 3000))
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n] + " …"
	}
	return s
}

// copyFile copies one file; for tests that move the product about.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
