//go:build js

package main

import (
	"runtime/debug"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/ui"
	"trialbox/wasm/browser"
)

// usualGC is how much garbage the page may hold, in per cent of what is in use.
// A page never gives memory back.
const usualGC = 50

// main runs the page. There is one route: screens are fragments (#/data), so
// the same files work under any path and from one local file.
func main() {
	debug.SetGCPercent(usualGC)
	world := browser.New()
	app.RouteWithRegexp(".*", func() app.Composer { return ui.NewRoot(world) })
	app.RunWhenOnBrowser()
}
