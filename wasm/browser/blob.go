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

// hashed is what came of a file's digest.
type hashed struct {
	sum string
	err error
}

// The browser hashes 20 times faster than we do, beside the reading, but wants
// the whole file at once. Small files are not worth it and very large ones too
// much to hold.
const (
	leastDigest = 1 << 20
	mostDigest  = 256 << 20
)

// digest begins the SHA-256 of a file; nil where the browser does not offer
// it, which it does on secure pages and local files only.
func digest(ctx context.Context, blob js.Value, size int64) <-chan hashed {
	subtle := js.Undefined()
	if c := global("crypto"); c.Truthy() {
		subtle = c.Get("subtle")
	}
	if !subtle.Truthy() || size < leastDigest || size > mostDigest {
		return nil
	}
	done := make(chan hashed, 1)
	go func() {
		buffer, err := await(ctx, blob.Call("arrayBuffer"))
		if err == nil {
			buffer, err = await(ctx, subtle.Call("digest", "SHA-256", buffer))
		}
		if err != nil {
			done <- hashed{err: fmt.Errorf("the file could not be read; it may have been moved or changed since it was chosen: %w", err)}
			return
		}
		done <- hashed{sum: hex.EncodeToString(goBytes(buffer))}
	}()
	return done
}
