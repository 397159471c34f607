//go:build !js

package journey

import (
	"bytes"
	"strings"
	"testing"
)

// The model page of a mean and of a binary outcome: its numbers, figures with
// their files, and the scripts for R and Stata.
func TestModelPage(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.Resize(1280, 900)
	p.Click("Open the example trial")
	p.Wait("the example's table", `!!document.querySelector("#table3 tr[data-outcome=odi]")`)
	p.Enter("#f-logit-b", "40")
	p.Choose("odi", "lbp_daily")
	p.Enter("#f-b", "100")
	p.WaitRun(140)
	p.Tab("Model")
	p.Pick("#f-outcome", "ODI (0–100)")
	p.Wait("what stands behind the fit", `!!document.querySelector("#figure-caterpillar svg") && !!document.querySelector("#figure-influence svg") && !!document.querySelector("#figure-qq-residual svg")`)
	for _, figure := range []string{"convergence", "histogram", "qq-patient", "needed"} {
		p.Wait(figure, `!!document.querySelector("#figure-`+figure+` svg")`)
	}
	if s := p.Text("#stata"); !strings.Contains(s, "mixed odi i.arm##ib1.visit") || !strings.Contains(s, "|| unit: || patient:") {
		t.Errorf("Stata: %q", s)
	}
	p.Screenshot("model-1280.png")
	name, svg := p.Download(func() { p.ClickOn("#figure-caterpillar .tools button") })
	if !strings.HasSuffix(name, "odi caterpillar.svg") || !bytes.Contains(svg, []byte("<svg")) {
		t.Errorf("%s: %.80s", name, svg)
	}
	p.Part("scripts", func(t *testing.T) {
		_, script := p.Download(func() { p.Click("analysis.R") })
		_, do := p.Download(func() { p.Click("analysis.do (Stata)") })
		if !bytes.Contains(script, []byte(`analyse("odi", "linear", odi ~ arm*factor(visit)`)) || !bytes.Contains(do, []byte("idcluster(newunit) strata(arm)")) {
			t.Errorf("%.300s\n%.300s", script, do)
		}
	})
	p.Resize(390, 844)
	p.fits("Model")
	p.Screenshot("model-390.png")
	p.Resize(1280, 900)
	p.Pick("#f-outcome", "LBP daily")
	p.Wait("its unit effects", `!!document.querySelector("#figure-caterpillar svg") && !document.querySelector("#figure-qq-residual")`)
	p.Screenshot("model-binary-1280.png")
	p.Part("figures", func(t *testing.T) {
		p.Tab("Figures")
		p.Wait("stacked bars", `!!document.querySelector("#figure-stack svg") && !!document.querySelector("#figure-forest svg")`)
		p.Pick("#f-outcome", "ODI (0–100)")
		p.ClickOn("#layer-patients")
		p.drawn()
		p.ClickOn("#layer-units")
		p.Wait("the layers", `document.querySelectorAll("#figure-trajectory .wide path").length > 200`)
		p.Screenshot("figures-1280.png")
		p.Click("Native")
		p.Wait("odds ratios", `!!document.querySelector("#figure-ratio svg") && !!document.querySelector("#figure-native svg")`)
		p.Resize(390, 844)
		p.fits("Figures")
		p.Screenshot("figures-390.png")
	})
	p.OnlyOwn()
}
