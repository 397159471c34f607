//go:build js && wasm

package browser

import (
	"context"
	"encoding/hex"
	"fmt"
	"syscall/js"

	"trialbox/app/state"
)

// file is a Blob of the browser. Its bytes stay where the browser has them.
type file struct {
	name string
	size int64
	blob js.Value
}

func newFile(name string, blob js.Value) *file {
	return &file{name: name, size: int64(blob.Get("size").Float()), blob: blob}
}

func (f *file) Name() string { return f.name }
func (f *file) Size() int64  { return f.size }

func (f *file) Slice(ctx context.Context, off, n int64) ([]byte, error) {
	end := min(off+n, f.size)
	if off < 0 || off >= end {
		return nil, nil
	}
	buffer, err := await(ctx, f.blob.Call("slice", float64(off), float64(end)).Call("arrayBuffer"))
	if err != nil {
		return nil, fmt.Errorf("the file %s could not be read; it may have been moved or changed since it was chosen: %w", f.name, err)
	}
	return goBytes(buffer), nil
}

// copySlice is how much of a file from elsewhere is copied at a time.
const copySlice = 4 << 20

// asBlob gives the browser's Blob behind b; a file from elsewhere is copied
// into one, slice by slice.
func asBlob(ctx context.Context, b state.Blob) (js.Value, error) {
	if f, ok := b.(*file); ok {
		return f.blob, nil
	}
	parts := global("Array").New()
	for off := int64(0); off < b.Size(); {
		slice, err := b.Slice(ctx, off, copySlice)
		if err != nil {
			return js.Undefined(), err
		}
		if len(slice) == 0 {
			return js.Undefined(), fmt.Errorf("the file %s ended at byte %d of %d", b.Name(), off, b.Size())
		}
		parts.Call("push", jsBytes(slice))
		off += int64(len(slice))
	}
	return global("Blob").New(parts), nil
}

// The browser hashes 20 times faster than we do, but wants the whole file at
// once. Small files are not worth it and very large ones too much to hold.
const (
	leastDigest = 1 << 20
	mostDigest  = 256 << 20
)

// digests reports whether the browser can hash a file of that size, which it
// offers on secure pages and local files only.
func digests(size int64) bool {
	c := global("crypto")
	return c.Truthy() && c.Get("subtle").Truthy() && size >= leastDigest && size <= mostDigest
}

// hashing is the program of the worker that hashes a file.
const hashing = `onmessage = (e) => e.data.arrayBuffer().then((file) => crypto.subtle.digest("SHA-256", file)).then(postMessage, (why) => postMessage(String(why)))`

// digest is the SHA-256 of a file. It holds the file twice for a moment, and a
// page gives such memory back when it likes; so it is made in a worker of its
// own, which is ended, and when the worker that read the file is gone.
func digest(file js.Value) (string, error) {
	url := global("URL").Call("createObjectURL", global("Blob").New([]any{hashing}))
	worker := global("Worker").New(url)
	answer := make(chan js.Value, 2)
	heard := js.FuncOf(func(_ js.Value, args []js.Value) any {
		answer <- args[0].Get("data") // undefined of an error
		return nil
	})
	worker.Set("onmessage", heard)
	worker.Set("onerror", heard)
	worker.Call("postMessage", file)
	told := <-answer
	worker.Call("terminate")
	heard.Release()
	global("URL").Call("revokeObjectURL", url)
	if !told.InstanceOf(global("ArrayBuffer")) {
		return "", fmt.Errorf("the file could not be read; it may have been moved or changed since it was chosen (%s)", told)
	}
	return hex.EncodeToString(goBytes(told)), nil
}
