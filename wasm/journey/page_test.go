//go:build !js

package journey

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// patience is how long a step waits for what it needs to see.
const patience = 30 * time.Second

// Page is one page in one browser. Every step fails the test by itself, with
// what it waited for; none returns an error.
type Page struct {
	Net *netLog

	t         *testing.T
	ctx       context.Context
	own       string // prefix of the page's own requests
	downloads string

	mu      sync.Mutex
	console []string
	started []download
	taken   int // downloads already given out
}

type download struct {
	guid, name string
	done       bool
}

// Open goes to an address and waits until the program has drawn its first
// screen. Requests below the address are the page's own.
func (p *Page) Open(url string) {
	p.t.Helper()
	p.own = url
	if strings.HasPrefix(url, "file:") {
		p.own = ""
	}
	p.do("opening "+url, chromedp.Navigate(url))
	p.WaitStarted()
}

// WaitStarted waits until the program has taken the place of the shell.
func (p *Page) WaitStarted() {
	p.t.Helper()
	p.Wait("the program's first screen", `!document.getElementById("shell") && !!document.querySelector("h1")`)
}

// Reload loads the page anew, as the browser's button does.
func (p *Page) Reload() {
	p.t.Helper()
	p.do("reload", chromedp.Reload())
	p.WaitStarted()
}

// OnlyOwn fails on any request, of anyone in this browser, that is not the
// page's own. Tests call it last.
func (p *Page) OnlyOwn() {
	p.t.Helper()
	if bad := p.Net.foreign(p.own); len(bad) > 0 {
		p.t.Errorf("requests to others than %s:\n%s", p.own, strings.Join(bad, "\n"))
	}
}

// Wait waits until a JavaScript expression is true.
func (p *Page) Wait(what, expression string) {
	p.t.Helper()
	p.waitFor(what, expression, patience)
}

func (p *Page) waitFor(what, expression string, limit time.Duration) {
	p.t.Helper()
	if err, ok := p.within(limit, expression); !ok {
		p.t.Fatalf("waited %v in vain for %s (%v)", limit, what, err)
	}
}

// within tells whether an expression became true in that time, and if not what
// it last threw: it may throw for a moment, while one page follows another.
func (p *Page) within(limit time.Duration, expression string) (last error, ok bool) {
	deadline := time.Now().Add(limit)
	for {
		ctx, cancel := context.WithTimeout(p.ctx, limit)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression, chromedp.EvalAwaitPromise))
		cancel()
		if err == nil && ok {
			return nil, true
		}
		if time.Now().After(deadline) {
			return err, false
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// WaitText waits until the page shows a text.
func (p *Page) WaitText(text string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf("the text %q", text), `document.body.innerText.includes(`+quote(text)+`)`)
}

// WaitGone waits until the page no longer shows a text.
func (p *Page) WaitGone(text string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf("the text %q to go", text), `!document.body.innerText.includes(`+quote(text)+`)`)
}

// Text is the visible text of the first element that the selector finds; it
// waits for one.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	p.Wait("the element "+selector, `!!document.querySelector(`+quote(selector)+`)`)
	return eval[string](p, `document.querySelector(`+quote(selector)+`)?.innerText.trim() ?? ""`)
}

// Texts are the visible texts of all elements that the selector finds.
func (p *Page) Texts(selector string) []string {
	p.t.Helper()
	return eval[[]string](p, `Array.from(document.querySelectorAll(`+quote(selector)+`), e => e.innerText.trim())`)
}

// named finds what can be pressed by the words on it (or, for an icon, its
// label): the whole text, or else the beginning of it.
const named = `((label) => {
	const all = Array.from(document.querySelectorAll("button, a[href], summary, label, input[type=submit], [role=button], [role=tab]"))
		.filter(e => e.getClientRects().length > 0);
	const text = e => (e.innerText || e.value || "").replace(/\s+/g, " ").trim();
	const label_ = e => (e.getAttribute("aria-label") || "").trim();
	return all.find(e => text(e) === label) || all.find(e => label_(e) === label) || all.find(e => text(e).startsWith(label));
})`

// Click presses the button or follows the link with these words on it.
func (p *Page) Click(label string) {
	p.t.Helper()
	p.press(fmt.Sprintf("something to press called %q", label), named+`(`+quote(label)+`)`)
}

// press waits for an element that is not disabled and presses it in the same
// turn of the page, which may draw another in its place before the next.
func (p *Page) press(what, element string) {
	p.t.Helper()
	p.Wait(what, `(e => { if (!e || e.disabled) return false; e.click(); return true; })(`+element+`)`)
}

// ClickOn presses the element that the selector finds.
func (p *Page) ClickOn(selector string) {
	p.t.Helper()
	p.press("the element "+selector, `document.querySelector(`+quote(selector)+`)`)
}

// Set gives a field (input, select or textarea) a value, as a user would:
// with the events that go with it.
func (p *Page) Set(selector, value string) {
	p.t.Helper()
	p.Wait("the field "+selector, `(e => {
		if (!e) return false;
		e.focus();
		if (e.type === "checkbox" || e.type === "radio") { if (e.checked !== (`+quote(value)+` === "true")) e.click(); return true; }
		e.value = `+quote(value)+`;
		e.dispatchEvent(new Event("input", {bubbles: true}));
		e.dispatchEvent(new Event("change", {bubbles: true}));
		return true;
	})(document.querySelector(`+quote(selector)+`))`)
}

// Upload chooses files in the file input with this purpose (data-files).
func (p *Page) Upload(purpose string, files ...string) {
	p.t.Helper()
	for i, file := range files {
		whole, err := filepath.Abs(file)
		if err != nil {
			p.t.Fatal(err)
		}
		files[i] = whole
	}
	selector := `input[type=file][data-files=` + quote(purpose) + `]`
	p.Wait("the file input "+purpose, `!!document.querySelector(`+quote(selector)+`)`)
	p.do("choosing "+strings.Join(files, ", "), chromedp.SetUploadFiles(chromedp.CSS(selector), files, chromedp.NodeReady))
}

// Download does something that downloads a file, and gives its name and bytes.
func (p *Page) Download(doing func()) (name string, body []byte) {
	p.t.Helper()
	doing()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		p.mu.Lock()
		if p.taken < len(p.started) && p.started[p.taken].done {
			d := p.started[p.taken]
			p.taken++
			p.mu.Unlock()
			body, err := os.ReadFile(filepath.Join(p.downloads, d.guid))
			if err != nil {
				p.t.Fatal(err)
			}
			return d.name, body
		}
		p.mu.Unlock()
		time.Sleep(20 * time.Millisecond)
	}
	p.t.Fatal("nothing was downloaded")
	return "", nil
}

// Resize gives the page a width and height in CSS pixels.
func (p *Page) Resize(width, height int64) {
	p.t.Helper()
	p.do("resize", chromedp.EmulateViewport(width, height))
}

// Dark switches the system's colour scheme.
func (p *Page) Dark(on bool) {
	p.t.Helper()
	value := "light"
	if on {
		value = "dark"
	}
	if _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}}}); err != nil {
		p.t.Fatal(err)
	}
}

// Screenshot writes the whole page as a PNG into TRIALBOX_SHOTS; without that
// variable it does nothing.
func (p *Page) Screenshot(name string) {
	p.t.Helper()
	dir := os.Getenv("TRIALBOX_SHOTS")
	if dir == "" {
		return
	}
	p.Run(`window.scrollTo(0, 0)`)
	png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), png, 0o644)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// Run runs JavaScript in the page.
func (p *Page) Run(script string) {
	p.t.Helper()
	eval[any](p, script+`, null`)
}

// eval is the value of a JavaScript expression in the page; promises are
// waited for.
func eval[T any](p *Page, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", cut(expression, 300), err)
	}
	return v
}

func (p *Page) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

// quote writes a text as a JavaScript string.
func quote(s string) string { return jsonText(s) }

// jsonText writes a value as a JavaScript expression.
func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only plain values are written
	}
	return string(b)
}
