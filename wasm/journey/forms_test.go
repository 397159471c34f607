//go:build !js

package journey

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// The site starts under any path, offline too once it was there, and asks
// nobody but its own host.
func TestSite(t *testing.T) {
	for _, path := range []string{"/", "/some/path/"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			server := serve(t, path)
			p := launch(t)
			p.Open(server.URL)
			policy := eval[string](p, `document.querySelector("meta[http-equiv=Content-Security-Policy]").content`)
			if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "connect-src 'self'") {
				t.Errorf("policy of the page: %q", policy)
			}
			p.doorsShut()
			p.waitOffline(t)
			server.Stop()
			p.Reload()
			p.OnlyOwn()
		})
	}
}

// waitOffline waits for the service worker, and checks that its cache holds
// every file of the site.
func (p *Page) waitOffline(t *testing.T) {
	t.Helper()
	p.Wait("an active service worker", `navigator.serviceWorker.getRegistration().then(r => !!(r && r.active && r.active.state === "activated"))`)
	cached := eval[[]string](p, `(async () => {
		const names = (await caches.keys()).filter(n => n.startsWith("trialbox-"));
		const keys = await (await caches.open(names[0])).keys();
		return [String(names.length), ...keys.map(k => k.url)];
	})()`)
	if cached[0] != "1" {
		t.Errorf("%s caches of ours instead of 1", cached[0])
	}
	site := filepath.Join(dist(t), "site")
	err := filepath.WalkDir(site, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(site, path)
		name := filepath.ToSlash(rel)
		if err != nil || name == "sw.js" || strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz") {
			return err
		}
		if name == "index.html" {
			name = ""
		}
		if !slices.Contains(cached, p.own+name) {
			t.Errorf("the offline copy lacks %q; it holds %v", name, cached)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// doorsShut checks that the ways out which no policy covers are gone, in the
// page and in its workers.
func (p *Page) doorsShut() {
	p.t.Helper()
	open := eval[[]string](p, `[["RTCPeerConnection", window], ["webkitRTCPeerConnection", window], ["WebTransport", window], ["open", window], ["sendBeacon", navigator]]
		.filter(([name, place]) => place[name] !== undefined).map(([name]) => name)`)
	if len(open) > 0 {
		p.t.Errorf("still open in the page: %v", open)
	}
	inWorker := eval[string](p, `(async () => {
		const w = await trialbox.startWorker();
		w.terminate();
		return w instanceof Worker ? "blob" : "?";
	})()`)
	if inWorker != "blob" {
		p.t.Errorf("worker: %q", inWorker)
	}
	if urls := eval[[]string](p, `performance.getEntriesByType("resource").map(e => e.name).filter(n => n.includes("worker") && !n.startsWith("blob:") && !n.endsWith("worker.wasm"))`); len(urls) > 0 {
		p.t.Errorf("workers were started from an address, where no policy binds them: %v", urls)
	}
}

// The single file starts by double click from a folder with an awkward name,
// and its policy allows no connection.
func TestSingleFile(t *testing.T) {
	t.Parallel()
	p, _ := openSingle(t)
	policy := eval[string](p, `document.querySelector("meta[http-equiv=Content-Security-Policy]").content`)
	for _, want := range []string{"default-src 'none'", "connect-src 'none'", "sha256-"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy of the single file lacks %s: %q", want, policy)
		}
	}
	for _, never := range []string{"unsafe-inline", "http", "script-src *"} {
		if strings.Contains(policy, never) {
			t.Errorf("policy of the single file has %s: %q", never, policy)
		}
	}
	p.doorsShut()
	if got := eval[int](p, `trialbox.bytes("example/trial_long.csv").then(b => b.byteLength)`); got < 10000 {
		t.Errorf("the example inside the file has %d bytes", got)
	}
	p.OnlyOwn()
}

// openSingle copies the single file into a folder with an awkward name and
// opens it there.
func openSingle(t *testing.T) (*Page, string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "Große Studie (1) ä #2")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "trialbox.html")
	copyFile(t, filepath.Join(dist(t), "trialbox.html"), file)
	p := launch(t)
	p.Open((&url.URL{Scheme: "file", Path: file}).String())
	return p, file
}

// The tests above are worth something only if they would notice. A foreign
// image planted in the page, with the policy taken out, must be found; with
// the policy in place it must never leave the browser.
func TestPlantedRequestIsFound(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy bool
	}{{"without the policy", false}, {"with the policy", true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			site := fstest.MapFS{}
			files := os.DirFS(filepath.Join(dist(t), "site"))
			for _, name := range []string{"app.css", "boot.js", "wasm_exec.js", "app.wasm", "worker.wasm", "index.html"} {
				body, err := fs.ReadFile(files, name)
				if err != nil {
					t.Fatal(err)
				}
				site[name] = &fstest.MapFile{Data: body}
			}
			index := string(site["index.html"].Data)
			if !c.policy {
				index = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`).ReplaceAllString(index, "")
			}
			planted := strings.Replace(index, "</body>", `<img src="https://planted.example/x.png" alt=""></body>`, 1)
			if planted == index {
				t.Fatal("nothing was planted")
			}
			site["index.html"].Data = []byte(planted)
			p := launch(t)
			p.Open(serveFiles(t, "/", site).URL)
			deadline := time.Now().Add(5 * time.Second)
			for len(p.Net.foreign(p.own)) == 0 && time.Now().Before(deadline) {
				time.Sleep(50 * time.Millisecond)
			}
			found := fmt.Sprint(p.Net.foreign(p.own))
			if proxied := strings.Contains(found, "https://planted.example:443"); proxied == c.policy {
				t.Errorf("requests found: %s", found)
			}
		})
	}
}

// A foreign request made inside a Blob worker is stopped by the page's policy
// too; a test of the browser on which the whole design rests.
func TestWorkerIsBound(t *testing.T) {
	t.Parallel()
	server := serve(t, "/")
	p := launch(t)
	p.Open(server.URL)
	got := eval[string](p, `new Promise(resolve => {
		const w = new Worker(URL.createObjectURL(new Blob(["fetch('https://planted.example/w').then(() => postMessage('out'), () => postMessage('blocked'))"])));
		w.onmessage = e => resolve(e.data);
	})`)
	if got != "blocked" {
		t.Errorf("a foreign request of a worker was %s", got)
	}
	p.OnlyOwn()
}

// A new version never takes the place of a page at work: it waits, the page is
// told, and a reload brings it.
func TestUpdateWaitsForReload(t *testing.T) {
	t.Parallel()
	files := os.DirFS(filepath.Join(dist(t), "site"))
	site := &changing{FS: files}
	server := serveFiles(t, "/", site)
	p := launch(t)
	p.Open(server.URL)
	p.waitOffline(t)
	p.Reload() // now the service worker answers
	p.Run(`window.mark = "at work"; window.told = 0; const before = goappOnUpdate; goappOnUpdate = () => { told++; before(); }`)

	site.next(t)
	p.Run(`goappTryUpdate()`)
	p.Wait("the page to be told of the new version", `told > 0`)
	time.Sleep(300 * time.Millisecond)
	if eval[string](p, `String(window.mark)`) != "at work" {
		t.Fatal("the page at work was replaced")
	}
	p.do("reload", chromedp.Reload())
	p.Wait("the new version", `document.documentElement.dataset.version === "next" && !document.getElementById("shell")`)
	server.Stop()
	p.Reload()
	if eval[string](p, `document.documentElement.dataset.version`) != "next" {
		t.Error("offline, the old version came back")
	}
	p.OnlyOwn()
}

// changing is a site of which a new version can be put up.
type changing struct {
	fs.FS
	mu    sync.Mutex
	newer map[string][]byte
}

// next puts up a version that differs in its page only.
func (c *changing) next(t *testing.T) {
	t.Helper()
	index, err := fs.ReadFile(c.FS, "index.html")
	if err != nil {
		t.Fatal(err)
	}
	sw, err := fs.ReadFile(c.FS, "sw.js")
	if err != nil {
		t.Fatal(err)
	}
	hash := func(b []byte) string {
		sum := sha256.Sum256(b)
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	newIndex := bytes.Replace(index, []byte(`<html lang="en">`), []byte(`<html lang="en" data-version="next">`), 1)
	newSW := bytes.Replace(sw, []byte(hash(index)), []byte(hash(newIndex)), 1)
	newSW = regexp.MustCompile(`"trialbox-[0-9a-f]+"`).ReplaceAll(newSW, []byte(`"trialbox-next"`))
	if bytes.Equal(index, newIndex) || bytes.Equal(sw, newSW) {
		t.Fatal("the new version is the old one")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.newer = map[string][]byte{"index.html": newIndex, "sw.js": newSW}
}

func (c *changing) ReadFile(name string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b, ok := c.newer[name]; ok {
		return b, nil
	}
	return fs.ReadFile(c.FS, name)
}

// A half-published site (one file of another build) must not become the
// offline copy.
func TestHalfPublished(t *testing.T) {
	t.Parallel()
	site := &changing{FS: os.DirFS(filepath.Join(dist(t), "site")), newer: map[string][]byte{"app.css": []byte("/* of another build */")}}
	p := launch(t)
	p.Open(serveFiles(t, "/", site).URL)
	p.Wait("the service worker to give up", `navigator.serviceWorker.getRegistration().then(r => !r || !(r.installing || r.waiting || r.active))`)
	p.Wait("nothing of it to be kept", `caches.keys().then(names => names.length === 0)`)
}

// Built again, everything has the same bytes: whoever has the sources can
// check a copy.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	again := t.TempDir()
	cmd := exec.Command("go", "run", "./wasm", "build", "-o", again)
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	first := dist(t)
	n := 0
	err := filepath.WalkDir(again, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(again, path)
		if err != nil {
			return err
		}
		a, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(filepath.Join(first, rel))
		if err != nil {
			return err
		}
		n++
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs between two builds of the same sources (if the sources have changed since, run make build)", rel)
		}
		return nil
	})
	if err != nil || n < 10 {
		t.Fatalf("%d files, %v", n, err)
	}
}

// Where WebAssembly is switched off, the page says so in plain words.
func TestNoWebAssembly(t *testing.T) {
	t.Parallel()
	p := launch(t)
	if _, err := chromedp.Call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `delete window.WebAssembly`}); err != nil {
		t.Fatal(err)
	}
	p.do("opening", chromedp.Navigate(serve(t, "/").URL))
	p.WaitText("Trialbox needs WebAssembly")
}

// A fault in the program leaves a sentence and a button, not a dead page.
func TestCrashIsTold(t *testing.T) {
	t.Parallel()
	p := launch(t)
	if _, err := chromedp.Call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `const run = setInterval(() => { if (window.goappNav) { clearInterval(run); } }, 5);
			addEventListener("DOMContentLoaded", () => { const real = Go.prototype.run; Go.prototype.run = async function (i) { real.call(this, i); await new Promise(r => setTimeout(r, 300)); }; }, {capture: true});`}); err != nil {
		t.Fatal(err)
	}
	p.do("opening", chromedp.Navigate(serve(t, "/").URL))
	p.WaitText("Trialbox has stopped because of a fault")
}

// Nothing in dist names another host. XML namespaces are names, not addresses.
func TestNoRemoteAddress(t *testing.T) {
	remote := regexp.MustCompile(`(?i)(https?:)?//[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}[^\s"'<>)]*`)
	allowed := regexp.MustCompile(`^http://www\.w3\.org/`)
	site := filepath.Join(dist(t), "site")
	checked := 0
	check := func(name, text string) {
		checked++
		for _, address := range remote.FindAllString(text, -1) {
			if !allowed.MatchString(address) {
				t.Errorf("%s names %s", name, address)
			}
		}
	}
	err := filepath.WalkDir(site, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch filepath.Ext(path) {
		case ".html", ".css", ".js", ".svg", ".webmanifest":
			body, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			check(filepath.Base(path), withoutComments(string(body)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	single, err := os.ReadFile(filepath.Join(dist(t), "trialbox.html"))
	if err != nil {
		t.Fatal(err)
	}
	inside := regexp.MustCompile(`(?s)<script type="text/plain"[^>]*>.*?</script>`).ReplaceAllString(string(single), "")
	check("trialbox.html", withoutComments(inside))
	if checked < 6 {
		t.Errorf("only %d files were looked at", checked)
	}
}

// withoutComments drops whole-line comments, where a source may name its own
// home page (Go's wasm_exec.js does).
func withoutComments(text string) string {
	return regexp.MustCompile(`(?m)^\s*(//|/\*|\*).*$`).ReplaceAllString(text, "")
}

// A second window at work keeps its version, to the last file, while the first
// is reloaded and shows the new one; when both are closed the old copy goes.
func TestUpdateLeavesOtherWindows(t *testing.T) {
	t.Parallel()
	site := &changing{FS: os.DirFS(filepath.Join(dist(t), "site"))}
	server := serveFiles(t, "/", site)
	p := launch(t)
	p.Open(server.URL)
	p.waitOffline(t)
	p.Reload()
	q := p.Another(server.URL)
	old := eval[string](p, `caches.keys().then(k => k.filter(n => n.startsWith("trialbox-")).join())`)
	site.next(t)
	p.Run(`window.told = 0; const before = goappOnUpdate; goappOnUpdate = () => { told++; before(); }; goappTryUpdate()`)
	p.Wait("the page to be told of the new version", `told > 0`)
	p.Reload()
	const version = `document.documentElement.dataset.version || "old"`
	if got := eval[string](p, version); got != "next" {
		t.Errorf("the reloaded window shows version %s", got)
	}
	if got := eval[string](q, version); got != "old" {
		t.Errorf("the other window shows version %s", got)
	}
	if eval[bool](q, `fetch("./").then(r => r.text()).then(page => page.includes("data-version"))`) {
		t.Error("the other window gets files of the new version")
	}
	q.do("leaving", chromedp.Navigate("about:blank"))
	gone := `caches.keys().then(k => !k.includes(` + quote(old) + `) && k.filter(n => n.startsWith("trialbox-")).length === 1)`
	for tries := 1; ; tries++ { // the browser takes its time to see that nobody is there
		p.do("leaving", chromedp.Navigate("about:blank"))
		time.Sleep(time.Duration(tries) * time.Second)
		p.Open(server.URL)
		if _, ok := p.within(time.Second, gone); ok {
			break
		}
		if tries == 6 {
			t.Fatal("the old copy stayed after all windows were closed")
		}
	}
	p.OnlyOwn()
}
