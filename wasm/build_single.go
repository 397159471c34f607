//go:build !js

package main

import (
	"encoding/base64"
	"fmt"
	"path"
	"strings"
)

// singlePolicy allows no connection at all. The scripts and the style are
// allowed by their hash only.
const singlePolicy = "default-src 'none'; script-src %s 'wasm-unsafe-eval'; style-src %s; img-src data: blob:; connect-src 'none'; worker-src blob:; base-uri 'none'; form-action 'none'"

// singleFile makes the page that opens by double click: the site's page with
// everything it would ask for inside. Programs and the example lie in it as
// gzip written as text; boot.js looks there first.
func singleFile(p *parts) ([]byte, error) {
	style, exec, boot := string(p.static["app.css"]), string(p.exec), string(p.static["boot.js"])
	for name, text := range map[string]string{"app.css": style, "wasm_exec.js": exec, "boot.js": boot} {
		if low := strings.ToLower(text); strings.Contains(low, "</script") || strings.Contains(low, "</style") || strings.Contains(low, "<!--") {
			return nil, fmt.Errorf("%s cannot be put inside a page: it holds a tag that would end it", name)
		}
	}
	var inside strings.Builder
	files := map[string][]byte{"app.wasm": p.app, "worker.wasm": p.worker}
	for name, body := range p.static {
		if path.Dir(name) == "example" {
			files[name] = body
		}
	}
	for _, name := range sortedKeys(files) {
		packed, err := gzipOf(files[name])
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&inside, "<script type=\"text/plain\" id=\"file:%s\">%s</script>\n", name, textOf(packed))
	}
	fmt.Fprintf(&inside, "<script id=\"wasm_exec.js\">%s</script>\n<script>%s</script>\n</body>", exec, boot)

	policy := fmt.Sprintf(singlePolicy, "'"+hashSource([]byte(exec))+"' '"+hashSource([]byte(boot))+"'", "'"+hashSource([]byte(style))+"'")
	page := string(p.static["index.html"])
	for _, change := range []struct{ old, with string }{
		{"{{POLICY}}", policy},
		{"<link rel=\"manifest\" href=\"manifest.webmanifest\">\n", ""},
		{"<link rel=\"apple-touch-icon\" href=\"icon-192.png\">\n", ""},
		{`href="icon.svg"`, p.iconInline()},
		{`<link rel="stylesheet" href="app.css">`, "<style>" + style + "</style>"},
		{"<script src=\"wasm_exec.js\" id=\"wasm_exec.js\" defer></script>\n", ""},
		{"<script src=\"boot.js\" defer></script>\n", ""},
		{"</body>", inside.String()},
	} {
		var err error
		if page, err = replaceOnce(page, change.old, change.with); err != nil {
			return nil, err
		}
	}
	return []byte(page), nil
}

// iconInline is the page's icon as a data URL: Chromium asks for an icon file
// anew with every change of the address, and each would be counted as a
// request since the data were opened.
func (p *parts) iconInline() string {
	return `href="data:image/svg+xml;base64,` + base64.StdEncoding.EncodeToString(p.static["icon.svg"]) + `"`
}
