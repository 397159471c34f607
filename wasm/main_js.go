//go:build js

package main

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/ui"
	"trialbox/wasm/browser"
)

// main runs the page. There is one route: screens are fragments (#/data), so
// the same files work under any path and from one local file.
func main() {
	world := browser.New()
	app.RouteWithRegexp(".*", func() app.Composer { return ui.NewRoot(world) })
	app.RunWhenOnBrowser()
}
