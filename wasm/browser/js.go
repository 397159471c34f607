//go:build js && wasm

package browser

import (
	"context"
	"errors"
	"fmt"
	"syscall/js"
)

func global(name string) js.Value { return js.Global().Get(name) }

// isSingle tells whether the page is the one file that carries everything.
func isSingle() bool {
	boot := global("trialbox")
	return boot.Truthy() && boot.Get("single").Truthy()
}

func jsBytes(b []byte) js.Value {
	view := global("Uint8Array").New(len(b))
	js.CopyBytesToJS(view, b)
	return view
}

// goBytes copies an ArrayBuffer or a view of bytes in one call.
func goBytes(v js.Value) []byte {
	view := v
	if !v.InstanceOf(global("Uint8Array")) {
		view = global("Uint8Array").New(v)
	}
	b := make([]byte, view.Length())
	js.CopyBytesToGo(b, view)
	return b
}

// release gives the memory of an ArrayBuffer back at once, where the browser
// can: it would count it as garbage only when there is much of it.
func release(buffer js.Value) {
	if buffer.Get("transfer").Truthy() {
		buffer.Call("transfer", 0)
	}
}

// await waits for a promise, away from the page's event handlers. A rejection
// is an error with the browser's own text.
func await(ctx context.Context, promise js.Value) (js.Value, error) {
	type outcome struct {
		value js.Value
		err   error
	}
	done := make(chan outcome, 1)
	var kept, failed js.Func
	kept = js.FuncOf(func(_ js.Value, args []js.Value) any {
		var v js.Value
		if len(args) > 0 {
			v = args[0]
		}
		kept.Release()
		failed.Release()
		done <- outcome{value: v}
		return nil
	})
	failed = js.FuncOf(func(_ js.Value, args []js.Value) any {
		kept.Release()
		failed.Release()
		done <- outcome{err: errors.New(global("String").Invoke(args[0]).String())}
		return nil
	})
	promise.Call("then", kept, failed)
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		return js.Undefined(), ctx.Err()
	}
}

// try calls into JavaScript where it may throw, and turns what is thrown into
// an error. Faults of our own Go code pass through.
func try(do func() js.Value) (v js.Value, err error) {
	defer func() {
		switch thrown := recover().(type) {
		case nil:
		case js.Error:
			err = fmt.Errorf("%s: %s", thrown.Value.Get("name"), thrown.Value.Get("message"))
		case *js.ValueError:
			err = thrown
		default:
			panic(thrown)
		}
	}()
	return do(), nil
}

// mark names a moment in the browser's own list of timings, where its
// developer tools and the benchmarks read it.
func mark(name string) { global("performance").Call("mark", name) }
