//go:build !js

package journey

import (
	"os"
	"testing"
	"time"
)

// TestTour takes a picture of every screen and tab of the example, for the eye
// (TRIALBOX_TOUR=1 and a folder in TRIALBOX_SHOTS); it holds nothing.
func TestTour(t *testing.T) {
	if os.Getenv("TRIALBOX_TOUR") == "" {
		t.Skip("pictures for the eye: TRIALBOX_TOUR=1 TRIALBOX_SHOTS=folder")
	}
	p, _ := home(t)
	p.Resize(1280, 900)
	p.openExample()
	p.waitFor("the whole run", `(a => !a.Active && a.Done === a.Target)(`+account+`)`, 5*time.Minute)
	shoot := func(name string) {
		p.drawn()
		for _, form := range []struct {
			name   string
			width  int64
			height int64
			dark   bool
		}{{"1280", 1280, 900, false}, {"390", 390, 844, false}, {"1280-dark", 1280, 900, true}} {
			p.Dark(form.dark)
			p.Resize(form.width, form.height)
			p.drawn()
			p.Screenshot(name + "-" + form.name + ".png")
		}
		p.Dark(false)
		p.Resize(1280, 900)
		p.drawn()
	}
	tabs := func(screen string) {
		p.Screen(screen)
		names := p.Texts("nav.tabs button")
		if len(names) == 0 {
			shoot(screen)
		}
		for _, name := range names {
			p.Tab(name)
			shoot(screen + "-" + name)
		}
	}
	for _, screen := range []string{"start", "data", "scores", "flow", "baseline", "outcomes", "sensitivity", "design"} {
		tabs(screen)
	}
}
