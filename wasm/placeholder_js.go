//go:build js

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/state"
)

// placeholder stands where the screens will be.
type placeholder struct {
	app.Compo
	world state.World
	line  string
}

func (p *placeholder) OnMount(ctx app.Context) {
	p.world.Desk.OnFiles(func(purpose string, files []state.Blob) {
		ctx.Dispatch(func(app.Context) { p.line = fmt.Sprintf("%s %s %d", purpose, files[0].Name(), files[0].Size()) })
	})
	ctx.Async(func() {
		b, err := p.world.Desk.Example(context.Background())
		ctx.Dispatch(func(app.Context) {
			if err != nil {
				p.line = err.Error()
				return
			}
			p.line = fmt.Sprintf("%s %d", b.Name(), b.Size())
		})
	})
}

func (p *placeholder) Render() app.UI {
	return app.Div().Class("app").Body(
		app.Main().Class("main").Body(
			app.H1().Text("Start"),
			app.P().ID("line").Text(p.line),
			app.P().Text(strings.Repeat("", 1)),
			app.Input().Type("file").Attr("data-files", "csv"),
		),
	)
}
