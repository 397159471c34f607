//go:build js && wasm

package browser

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"
	"syscall/js"
	"time"

	"trialbox/app/state"
	"trialbox/wasm/wire"
)

// exampleFile is the simulated trial shipped with the page.
const (
	exampleFile      = "example/trial_long.csv"
	exampleUnitsFile = "example/units.csv"
)

// Desk is files in and out, the clipboard and the network badge.
type Desk struct {
	home    state.Home
	receive func(purpose string, files []state.Blob)
	counted func(state.Network)

	mu        sync.Mutex
	requests  int
	foreign   int
	atData    int // requests when data was opened; -1 before
	guard     js.Func
	guarding  bool
	permanent []js.Func // handlers that live as long as the page
}

// New gives the world of a browser.
func New() state.World {
	desk := newDesk()
	store := state.NewMemory()
	if desk.home.CanStore {
		name := "trialbox"
		if desk.home.SingleFile { // shared by all local files, so at least not by all builds
			name += "-" + wire.Version
		}
		store = NewStore(name)
	}
	return state.World{Store: store, Engine: NewPool(), Desk: desk}
}

func newDesk() *Desk {
	location := global("location")
	single := isSingle()
	onWeb := strings.HasPrefix(location.Get("protocol").String(), "http")
	d := &Desk{atData: -1, home: state.Home{
		SingleFile: single,
		AtRoot:     onWeb && path.Dir(location.Get("pathname").String()) == "/",
		Host:       location.Get("host").String(),
		CanStore:   CanStore(),
		Version:    wire.Version,
		Reopen:     reopen(),
	}}
	d.watchNetwork()
	d.watchFiles()
	d.guard = js.FuncOf(func(_ js.Value, args []js.Value) any {
		args[0].Call("preventDefault")
		args[0].Set("returnValue", "")
		return nil
	})
	return d
}

// reopenKey is the one thing kept outside the store: the ID of a project the
// analyst chose to keep, in this window's session storage, which a reload sees
// and a new window does not.
const reopenKey = "trialbox-reopen"

func reopen() string {
	v, err := try(func() js.Value { return global("sessionStorage").Call("getItem", reopenKey) })
	if err != nil || v.Type() != js.TypeString {
		return ""
	}
	return v.String()
}

// Remember implements state.Desk. Where session storage is forbidden a reload
// begins at the list, which is no loss worth a message.
func (d *Desk) Remember(id string) {
	_, _ = try(func() js.Value {
		if id == "" {
			return global("sessionStorage").Call("removeItem", reopenKey)
		}
		return global("sessionStorage").Call("setItem", reopenKey, id)
	})
}

// Home implements state.Desk.
func (d *Desk) Home() state.Home { return d.home }

// Example implements state.Desk.
func (d *Desk) Example(ctx context.Context) (state.Blob, error) {
	return shipped(ctx, exampleFile)
}

// ExampleUnits implements state.Desk.
func (d *Desk) ExampleUnits(ctx context.Context) (state.Blob, error) {
	return shipped(ctx, exampleUnitsFile)
}

// shipped is a file that came with the page.
func shipped(ctx context.Context, name string) (state.Blob, error) {
	buffer, err := await(ctx, global("trialbox").Call("bytes", name))
	if err != nil {
		return nil, fmt.Errorf("%s, part of the page, could not be loaded: %w", path.Base(name), err)
	}
	return newFile(path.Base(name), global("Blob").New([]any{buffer})), nil
}

// OnFiles implements state.Desk.
func (d *Desk) OnFiles(receive func(purpose string, files []state.Blob)) { d.receive = receive }

// watchFiles listens on the whole document, so that inputs may come and go.
func (d *Desk) watchFiles() {
	document := global("document")
	on := func(event string, do func(e js.Value)) {
		f := js.FuncOf(func(_ js.Value, args []js.Value) any { do(args[0]); return nil })
		d.permanent = append(d.permanent, f)
		document.Call("addEventListener", event, f)
	}
	on("change", func(e js.Value) {
		input := e.Get("target")
		if !input.Call("matches", "input[type=file][data-files]").Bool() {
			return
		}
		files := blobs(input.Get("files"))
		purpose := input.Call("getAttribute", "data-files").String()
		input.Set("value", "") // else choosing the same file again is no change
		d.hand(purpose, files)
	})
	on("dragover", func(e js.Value) {
		if carriesFiles(e) {
			e.Call("preventDefault")
			markDrop(e.Get("target"))
		}
	})
	on("dragleave", func(e js.Value) {
		if e.Get("relatedTarget").IsNull() { // out of the window
			markDrop(js.Null())
		}
	})
	on("drop", func(e js.Value) {
		markDrop(js.Null())
		if carriesFiles(e) {
			e.Call("preventDefault") // else the browser opens the file in place of the page
			d.hand("drop", blobs(e.Get("dataTransfer").Get("files")))
		}
	})
}

func (d *Desk) hand(purpose string, files []state.Blob) {
	if d.receive != nil && len(files) > 0 {
		go d.receive(purpose, files)
	}
}

func blobs(list js.Value) []state.Blob {
	files := make([]state.Blob, list.Length())
	for i := range files {
		f := list.Index(i)
		files[i] = newFile(f.Get("name").String(), f)
	}
	return files
}

func carriesFiles(e js.Value) bool {
	transfer := e.Get("dataTransfer")
	return transfer.Truthy() && transfer.Get("types").Call("includes", "Files").Bool()
}

// markDrop marks the drop zone under the pointer, and no other.
func markDrop(target js.Value) {
	zone := js.Null()
	if target.Truthy() && target.Get("closest").Truthy() {
		zone = target.Call("closest", ".drop")
	}
	marked := global("document").Call("querySelectorAll", ".drop.over")
	for i := range marked.Length() {
		if !marked.Index(i).Equal(zone) {
			marked.Index(i).Get("classList").Call("remove", "over")
		}
	}
	if zone.Truthy() {
		zone.Get("classList").Call("add", "over")
	}
}

// Download implements state.Desk. What is written leaves the program's memory
// in pieces; the browser puts them together.
func (d *Desk) Download(ctx context.Context, name, mime string, write func(io.Writer) error) error {
	parts := global("Array").New()
	w := bufio.NewWriterSize(partWriter{ctx, parts}, 1<<20)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	save(name, global("Blob").New(parts, map[string]any{"type": mime}))
	return nil
}

type partWriter struct {
	ctx   context.Context
	parts js.Value
}

func (w partWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	w.parts.Call("push", jsBytes(p))
	return len(p), nil
}

// save has the browser write a Blob to the user's downloads.
func save(name string, blob js.Value) {
	url := global("URL").Call("createObjectURL", blob)
	document := global("document")
	a := document.Call("createElement", "a")
	a.Set("href", url)
	a.Set("download", safeName(name))
	a.Set("hidden", true)
	document.Get("body").Call("append", a)
	a.Call("click")
	a.Call("remove")
	time.AfterFunc(10*time.Second, func() { global("URL").Call("revokeObjectURL", url) })
}

// safeName takes out of a file name what a file system or a shell could take
// for something else. Names come from files and column headings.
func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`/\:*?"<>|`, r) || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069) {
			return '_'
		}
		return r
	}, strings.TrimSpace(name))
	name = strings.TrimLeft(name, ".")
	if name == "" {
		return "trialbox"
	}
	return name
}

// DownloadPNG implements state.Desk.
func (d *Desk) DownloadPNG(ctx context.Context, name, svg string, scale float64) error {
	blob := global("Blob").New([]any{svg}, map[string]any{"type": "image/svg+xml"})
	url := global("URL").Call("createObjectURL", blob)
	defer global("URL").Call("revokeObjectURL", url)
	image := global("Image").New()
	image.Set("src", url)
	if _, err := await(ctx, image.Call("decode")); err != nil {
		return fmt.Errorf("the figure could not be drawn: %w", err)
	}
	canvas := global("document").Call("createElement", "canvas")
	width, height := image.Get("naturalWidth").Float()*scale, image.Get("naturalHeight").Float()*scale
	canvas.Set("width", width)
	canvas.Set("height", height)
	brush := canvas.Call("getContext", "2d")
	if !brush.Truthy() {
		return errors.New("the figure could not be drawn: this browser gives no canvas of that size")
	}
	brush.Set("fillStyle", "#fff")
	brush.Call("fillRect", 0, 0, width, height)
	brush.Call("drawImage", image, 0, 0, width, height)
	drawn := make(chan js.Value, 1)
	var f js.Func
	f = js.FuncOf(func(_ js.Value, args []js.Value) any { f.Release(); drawn <- args[0]; return nil })
	canvas.Call("toBlob", f, "image/png")
	select {
	case png := <-drawn:
		if !png.Truthy() {
			return errors.New("the figure could not be turned into a PNG; download it as SVG")
		}
		save(name, png)
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Copy implements state.Desk. Where the modern clipboard is forbidden (file://
// in some browsers, no recent click) the old way by a selection is tried.
func (d *Desk) Copy(ctx context.Context, html, text string) error {
	clipboard := global("navigator").Get("clipboard")
	if item := global("ClipboardItem"); clipboard.Truthy() && item.Truthy() {
		blob := func(s, mime string) js.Value {
			return global("Blob").New([]any{s}, map[string]any{"type": mime})
		}
		both := item.New(map[string]any{"text/html": blob(html, "text/html"), "text/plain": blob(text, "text/plain")})
		if _, err := await(ctx, clipboard.Call("write", []any{both})); err == nil {
			return nil
		}
	}
	f := js.FuncOf(func(_ js.Value, args []js.Value) any {
		args[0].Call("preventDefault")
		args[0].Get("clipboardData").Call("setData", "text/html", html)
		args[0].Get("clipboardData").Call("setData", "text/plain", text)
		return nil
	})
	defer f.Release()
	document := global("document")
	document.Call("addEventListener", "copy", f, map[string]any{"once": true})
	defer document.Call("removeEventListener", "copy", f)
	if !document.Call("execCommand", "copy").Bool() {
		return errors.New("the browser did not let the page use the clipboard; select the table and copy it by the keyboard")
	}
	return nil
}

// watchNetwork counts what the browser lists as fetched for this page, from
// before the program started.
func (d *Desk) watchNetwork() {
	if !global("PerformanceObserver").Truthy() {
		return
	}
	f := js.FuncOf(func(_ js.Value, args []js.Value) any {
		entries := args[0].Call("getEntries")
		d.mu.Lock()
		for i := range entries.Length() {
			d.count(entries.Index(i).Get("name").String())
		}
		tell := d.counted
		d.mu.Unlock()
		if tell != nil {
			go tell(d.Network())
		}
		return nil
	})
	d.permanent = append(d.permanent, f)
	observer := global("PerformanceObserver").New(f)
	for _, kind := range []string{"navigation", "resource"} {
		observer.Call("observe", map[string]any{"type": kind, "buffered": true})
	}
}

// count adds one entry. Addresses inside the page (blob:, data:) and the
// opening of a local file are not requests; neither is the try-out, which
// never got as far as the network.
func (d *Desk) count(address string) {
	if !strings.HasPrefix(address, "http:") && !strings.HasPrefix(address, "https:") || address == tryAddress {
		return
	}
	d.requests++
	url := global("URL").New(address)
	if url.Get("origin").String() != global("location").Get("origin").String() {
		d.foreign++
	}
}

// Network implements state.Desk.
func (d *Desk) Network() state.Network {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := state.Network{Requests: d.requests, Foreign: d.foreign, SinceData: -1, Host: d.home.Host, Policy: policy()}
	if d.atData >= 0 {
		n.SinceData = d.requests - d.atData
	}
	return n
}

// policy is the line of the page's own policy that governs connections.
func policy() string {
	meta := global("document").Call("querySelector", `meta[http-equiv="Content-Security-Policy"]`)
	if !meta.Truthy() {
		return ""
	}
	for _, line := range strings.Split(meta.Get("content").String(), ";") {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "connect-src ") {
			return line
		}
	}
	return ""
}

// OnNetwork implements state.Desk.
func (d *Desk) OnNetwork(receive func(state.Network)) {
	d.mu.Lock()
	d.counted = receive
	d.mu.Unlock()
	go receive(d.Network())
}

// DataOpened implements state.Desk.
func (d *Desk) DataOpened() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.atData < 0 {
		d.atData = d.requests
	}
}

// tryAddress is asked for once, on demand, to show that it is refused. The
// name is reserved by the standards for examples.
const tryAddress = "https://example.com/"

// TryRequest implements state.Desk.
func (d *Desk) TryRequest(ctx context.Context) (blocked bool, text string) {
	violated := make(chan string, 1)
	document := global("document")
	f := js.FuncOf(func(_ js.Value, args []js.Value) any {
		select {
		case violated <- args[0].Get("effectiveDirective").String():
		default:
		}
		return nil
	})
	defer f.Release()
	document.Call("addEventListener", "securitypolicyviolation", f)
	defer document.Call("removeEventListener", "securitypolicyviolation", f)

	wait, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := await(wait, global("fetch").Invoke(tryAddress, map[string]any{"mode": "no-cors"}))
	if err == nil {
		return false, "The page could reach " + tryAddress + ". This copy of Trialbox has lost its protection; do not use it with patient data."
	}
	select {
	case directive := <-violated:
		return true, "The browser refused the request to " + tryAddress + " because of the page's policy (" + directive + "). It never left this computer."
	case <-time.After(300 * time.Millisecond):
		return false, "The request to " + tryAddress + " failed, but not because of the page's policy: perhaps this computer is offline. Nothing was proved."
	}
}

// WarnOnClose implements state.Desk.
func (d *Desk) WarnOnClose(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if on == d.guarding {
		return
	}
	d.guarding = on
	if on {
		global("window").Call("addEventListener", "beforeunload", d.guard)
	} else {
		global("window").Call("removeEventListener", "beforeunload", d.guard)
	}
}
