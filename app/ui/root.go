package ui

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"trialbox/app/state"
)

// Root is the page: it holds the model, runs effects off the page's thread of
// control, and feeds their answers back in order.
type Root struct {
	app.Compo

	world state.World
	model state.Model
	ctx   app.Context

	cancelRead context.CancelFunc

	mu        sync.Mutex
	inbox     []state.Msg
	scheduled bool
	drawn     time.Time // the last answers
	shown     state.Screen
	asked     state.Asking
	focused   state.Focus
}

// NewRoot makes the page in a world.
func NewRoot(world state.World) *Root {
	return &Root{world: world, model: state.NewModel(world.Desk.Home(), world.Engine.Workers()), shown: state.Start}
}

// OnMount opens the doors: files chosen or dropped, saved projects, network.
func (r *Root) OnMount(ctx app.Context) {
	r.ctx = ctx
	r.world.Desk.OnFiles(func(purpose string, files []state.Blob) {
		r.post(state.FilesChosen{Purpose: purpose, Files: files})
	})
	r.world.Desk.OnNetwork(func(n state.Network) { r.post(state.NetworkRead{Network: n}) })
	r.perform(state.Init())
}

// OnNav follows the hash route.
func (r *Root) OnNav(ctx app.Context) {
	r.ctx = ctx
	if fragment := ctx.Page().URL().Fragment; fragment != "" {
		r.apply(state.Go{To: state.Screen(strings.TrimPrefix(fragment, "/"))})
	}
	r.follow()
}

// OnAppUpdate only says so: a page with work in it is never replaced; the next
// time it is opened it is the new one.
func (r *Root) OnAppUpdate(app.Context) { r.apply(state.NewerVersion{}) }

// apply is for messages of the page's own thread: what a person did.
func (r *Root) apply(msg state.Msg) {
	defer func() {
		if cause := recover(); cause != nil {
			r.model.Panic = fmt.Sprint(cause)
		}
	}()
	if _, ok := msg.(state.CancelOpening); ok && r.cancelRead != nil {
		r.cancelRead()
	}
	var effects []state.Effect
	r.model, effects = state.Update(r.model, msg)
	r.perform(effects)
}

// follow brings the address, the title and the focus after the model.
func (r *Root) follow() {
	if r.model.Asking != r.asked && app.IsClient {
		r.asked = r.model.Asking
		if r.asked != state.NoDialog {
			r.ctx.Defer(func(app.Context) {
				if button := app.Window().GetElementByID("dialog-first"); button.Truthy() {
					button.Call("focus")
				}
			})
		}
	}
	if r.model.Focus != r.focused && app.IsClient {
		r.focused = r.model.Focus
		id := r.focused.ID
		focusOn(id)                     // at once, so that the next key finds it
		r.ctx.Defer(func(app.Context) { // and again where it is drawn anew
			if active := app.Window().Get("document").Get("activeElement"); !active.Truthy() || active.Get("id").String() != id {
				focusOn(id)
			}
		})
	}
	if r.model.Screen == r.shown || !app.IsClient {
		return
	}
	r.shown = r.model.Screen
	if location := app.Window().Get("location"); !strings.HasSuffix(location.Get("hash").String(), route(r.shown)) {
		location.Set("hash", route(r.shown))
	}
	r.ctx.Page().SetTitle(screenNames[r.shown] + " · Trialbox")
	r.ctx.Defer(func(app.Context) {
		if h1 := app.Window().GetElementByID("page-title"); h1.Truthy() {
			h1.Call("focus")
			app.Window().Call("scrollTo", 0, 0)
		}
	})
}

// focusOn puts the keyboard on an element, and marks a field's text so that
// typing replaces it.
func focusOn(id string) {
	e := app.Window().GetElementByID(id)
	if !e.Truthy() {
		return
	}
	if e.Get("tagName").String() == "LI" { // of a list that has the keyboard itself
		e.Call("scrollIntoView", map[string]any{"block": "nearest"})
		return
	}
	e.Call("focus")
	if e.Get("tagName").String() == "INPUT" {
		e.Call("select")
	}
}

func (r *Root) send(msg state.Msg) {
	r.apply(msg)
	r.follow()
}

// perform runs effects, each on its own goroutine.
func (r *Root) perform(effects []state.Effect) {
	for _, e := range effects {
		ctx := context.Background()
		if state.Reads(e) {
			ctx, r.cancelRead = context.WithCancel(ctx)
		}
		go func() {
			defer func() {
				if cause := recover(); cause != nil {
					r.post(state.Panicked{Text: fmt.Sprint(cause)})
				}
			}()
			state.Perform(ctx, r.world, e, r.post)
		}()
	}
}

// The answers of the workers are gathered, however fast they come: the first
// of them are drawn at once, for rows that stand empty, and then four times a
// second, which is as fast as a moving number can be read. What the page draws
// more often is taken from the workers where processors are few.
const (
	answerPause = 90 * time.Millisecond
	drawPause   = 250 * time.Millisecond
)

// post is for messages of the world, from any goroutine.
func (r *Root) post(msg state.Msg) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inbox = append(r.inbox, msg)
	if r.scheduled {
		return
	}
	r.scheduled = true
	answer, isAnswer := msg.(state.Answered)
	pause := max(answerPause, drawPause-time.Since(r.drawn))
	go func() {
		if isAnswer && !answer.Answer.Done {
			time.Sleep(pause)
		}
		r.ctx.Dispatch(func(app.Context) { r.drain() })
	}()
}

func (r *Root) drain() {
	r.mu.Lock()
	inbox := r.inbox
	r.inbox, r.scheduled, r.drawn = nil, false, time.Now()
	r.mu.Unlock()
	for _, msg := range inbox {
		r.apply(msg)
	}
	if r.model.Working() {
		r.apply(state.Tick{Now: time.Now().UnixMilli()})
	}
	r.follow()
}

// Render draws the model.
func (r *Root) Render() app.UI { return Page(r.model, r.send) }
