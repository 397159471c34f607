//go:build !js

package journey

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// "Try one" makes the one request that a test may see refused: the browser
// stops it by the page's policy, and the page says so.
func TestTryOne(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) *Page{
		"site": func(t *testing.T) *Page {
			p := launch(t)
			p.Open(serve(t, "/").URL)
			return p
		},
		"single file": func(t *testing.T) *Page { p, _ := openSingle(t); return p },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t)
			p.Click("Try one")
			p.WaitText("The browser refused the request to https://example.com/ because of the page's policy (connect-src)")
			for _, address := range p.Net.all() {
				if strings.HasPrefix(address, "https://example.com:") {
					t.Errorf("it reached the network: %s", address)
				}
			}
		})
	}
}

// The badge counts what the browser counted, from before the program started.
func TestNetworkBadge(t *testing.T) {
	t.Parallel()
	p := launch(t)
	server := serve(t, "/")
	p.Open(server.URL)
	p.Wait("a count in the badge", `/[1-9][0-9]* requests, all to 127\.0\.0\.1:/.test(document.getElementById("network").textContent)`)
	p.OnlyOwn()

	single, _ := openSingle(t)
	single.Wait("no request in the single file's badge", `/^0 requests; the policy allows no connection/.test(document.getElementById("network").textContent.trim())`)
	single.OnlyOwn()
}

// A file dropped anywhere on the page is read, and the page is not left for it.
func TestDrop(t *testing.T) {
	t.Parallel()
	p := launch(t)
	p.Open(serve(t, "/").URL)
	const csv = "unit,patient,arm,visit,odi\\nA,1,control,0,40\\nA,1,control,12,30\\nB,2,intervention,0,41\\nB,2,intervention,12,20\\n"
	p.Run(`(() => {
		const carried = new DataTransfer();
		carried.items.add(new File(["` + csv + `"], "dropped ä.csv", {type: "text/csv"}));
		const zone = document.querySelector(".drop");
		const send = (type) => { const e = new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer: carried}); zone.dispatchEvent(e); return e.defaultPrevented; };
		window.over = send("dragover") && zone.classList.contains("over");
		window.dropped = send("drop") && !zone.classList.contains("over");
	})()`)
	if !eval[bool](p, `over && dropped`) {
		t.Error("the browser would have opened the file in place of the page")
	}
	p.WaitText("dropped ä.csv")
	p.OnlyOwn()
}

// The theme button turns the page at once and is remembered for the session,
// and only for it.
func TestTheme(t *testing.T) {
	t.Parallel()
	p := launch(t)
	p.Open(serve(t, "/").URL)
	before := eval[string](p, `getComputedStyle(document.body).backgroundColor`)
	p.ClickOn("[data-turn-theme]")
	p.Wait("the other theme", `getComputedStyle(document.body).backgroundColor !== `+quote(before))
	p.Reload()
	if got := eval[string](p, `getComputedStyle(document.body).backgroundColor`); got == before {
		t.Error("the theme was forgotten at a reload")
	}
	if n := eval[int](p, `localStorage.length`); n != 0 {
		t.Errorf("%d entries were left in localStorage", n)
	}
}

// A browser without room refuses to keep the project: the page says so, and
// what is open stays open.
func TestQuota(t *testing.T) {
	t.Parallel()
	p := launch(t)
	server := serve(t, "/")
	p.Open(server.URL)
	if _, err := chromedp.Call(p.ctx, storage.OverrideQuotaForOrigin, storage.OverrideQuotaForOriginParams{
		Origin: strings.TrimSuffix(server.URL, "/"), QuotaSize: new(float64(1000))}); err != nil {
		t.Fatal(err)
	}
	p.ShowExample()
	p.Click("Keep…")
	p.Click("Keep in this browser")
	p.WaitText("no room")
	p.WaitText("Example trial")
}
