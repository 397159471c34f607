//go:build !js

package journey

import (
	"strings"
	"testing"
)

// The methods for few units stand side by side for the example's disability,
// with a verdict, and can be taken away as a table.
func TestFewClusters(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.Click("Open the example trial")
	p.Wait("the outcomes", `!!document.querySelector("nav.tabs")`)
	p.Tab("Few clusters")
	p.Pick("#f-outcome", "ODI (0–100)")
	p.Click("Compare the methods")
	p.Wait("the verdict", `(document.querySelector("#verdict")?.innerText ?? "").startsWith("With 10 and 12 units")`)
	rows := p.Cells("Methods for few units")
	if len(rows) < 9 {
		t.Fatalf("%d lines: %v", len(rows), rows)
	}
	for _, method := range []string{"Model, normal distribution", "Satterthwaite", "Kenward–Roger", "Cluster-robust CR2", "Wild cluster bootstrap", "Permutation within strata"} {
		found := false
		for _, row := range rows {
			found = found || strings.HasPrefix(row[0], method) && row[len(row)-1] != ""
		}
		if !found {
			t.Errorf("no P by %s: %v", method, rows)
		}
	}
	p.Screenshot("few-1280.png")
	name, body := p.Download(func() { p.Click("CSV") })
	if !strings.HasSuffix(name, ".csv") || !strings.Contains(string(body), "Kenward–Roger") {
		t.Errorf("%s: %s", name, cut(string(body), 200))
	}
	p.Resize(390, 844)
	p.Screenshot("few-390.png")
	p.OnlyOwn()
}
