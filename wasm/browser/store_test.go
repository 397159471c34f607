//go:build js && wasm

package browser

import (
	"context"
	"errors"
	"fmt"
	"syscall/js"
	"testing"
	"time"

	"github.com/hack-pad/go-indexeddb/idb"

	"trialbox/app/state"
	"trialbox/app/state/storetest"
)

var lastName int

// fresh names a database that no other test has used.
func fresh() string {
	lastName++
	return fmt.Sprintf("trialbox-test-%d-%d", time.Now().UnixNano(), lastName)
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) state.Store { return NewStore(fresh()) })
}

func background(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// rawOpen opens a database as another window would, without our wrapper, and
// leaves it open. The stores are made in an upgrade to the version.
func rawOpen(t *testing.T, name string, version int, stores ...string) js.Value {
	t.Helper()
	request := global("indexedDB").Call("open", name, version)
	opened := make(chan js.Value, 1)
	upgrade := js.FuncOf(func(js.Value, []js.Value) any {
		for _, s := range stores {
			request.Get("result").Call("createObjectStore", s)
		}
		return nil
	})
	success := js.FuncOf(func(js.Value, []js.Value) any { opened <- request.Get("result"); return nil })
	request.Set("onupgradeneeded", upgrade)
	request.Set("onsuccess", success)
	select {
	case db := <-opened:
		return db
	case <-time.After(5 * time.Second):
		t.Fatal("the other window could not open the database")
		return js.Undefined()
	}
}

// Two windows are two Stores over one database.
func TestStoreTwoWindows(t *testing.T) {
	name := fresh()
	first, second := NewStore(name), NewStore(name)
	ctx := background(t)
	rec := state.Saved{ID: "a", Name: "Trial", Revision: 1}
	if err := first.Save(ctx, rec, []byte("one"), nil); err != nil {
		t.Fatal(err)
	}
	rec.Revision = 2
	if err := second.Save(ctx, rec, []byte("two"), nil); err != nil {
		t.Fatal(err)
	}
	if err := first.Save(ctx, rec, []byte("lost update"), nil); !errors.Is(err, state.ErrConflict) {
		t.Fatalf("got %v, want ErrConflict", err)
	}
	_, document, _, err := first.Load(ctx, "a")
	if err != nil || string(document) != "two" {
		t.Errorf("got %q, %v", document, err)
	}
}

// Saves at the same moment from many places: exactly one of each revision wins.
func TestStoreRace(t *testing.T) {
	name := fresh()
	ctx := background(t)
	const windows = 8
	results := make(chan error, windows)
	for i := range windows {
		go func() {
			results <- NewStore(name).Save(ctx, state.Saved{ID: "a", Revision: 1}, fmt.Append(nil, i), nil)
		}()
	}
	won := 0
	for range windows {
		switch err := <-results; {
		case err == nil:
			won++
		case !errors.Is(err, state.ErrConflict):
			t.Errorf("got %v, want ErrConflict", err)
		}
	}
	if won != 1 {
		t.Errorf("%d windows saved revision 1, want 1", won)
	}
}

// A database that was raised to a version without its stores (what the library
// does after a blocked opening with a deadline) is put right.
func TestStoreRepairsMissingStores(t *testing.T) {
	name := fresh()
	rawOpen(t, name, 3, projects).Call("close")
	s := NewStore(name)
	if err := s.Save(background(t), state.Saved{ID: "a", Revision: 1}, []byte("x"), state.Bytes("f", []byte("y"))); err != nil {
		t.Fatal(err)
	}
	if _, document, source, err := s.Load(background(t), "a"); err != nil || string(document) != "x" || source == nil {
		t.Errorf("got %q, %v, %v", document, source, err)
	}
}

// Another window holds an older form of the database and does not let go: we
// say so within seconds, and once it has gone everything works.
func TestStoreBlocked(t *testing.T) {
	name := fresh()
	other := rawOpen(t, name, 1, projects)
	s := NewStore(name)
	start := time.Now()
	if _, err := s.List(background(t)); !errors.Is(err, state.ErrBlocked) {
		t.Fatalf("got %v, want ErrBlocked", err)
	}
	if waited := time.Since(start); waited > openWait+2*time.Second {
		t.Errorf("it took %v to say so", waited)
	}
	other.Call("close")
	if err := s.Save(background(t), state.Saved{ID: "a", Revision: 1}, []byte("x"), nil); err != nil {
		t.Fatalf("after the other window was closed: %v", err)
	}
	if _, document, _, err := s.Load(background(t), "a"); err != nil || string(document) != "x" {
		t.Errorf("got %q, %v", document, err)
	}
}

func TestStoreBlockedErase(t *testing.T) {
	name := fresh()
	other := rawOpen(t, name, 1, projects)
	s := NewStore(name)
	if err := s.EraseAll(background(t)); !errors.Is(err, state.ErrBlocked) {
		t.Errorf("got %v, want ErrBlocked", err)
	}
	other.Call("close")
	if err := s.EraseAll(background(t)); err != nil {
		t.Errorf("after the other window was closed: %v", err)
	}
}

// A caller that gives up in the middle of opening gets its own reason.
func TestStoreCancelledWhileBlocked(t *testing.T) {
	name := fresh()
	other := rawOpen(t, name, 1, projects)
	defer other.Call("close")
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if _, err := NewStore(name).List(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
}

func TestStoreUnavailable(t *testing.T) {
	object := global("Object")
	before := object.Call("getOwnPropertyDescriptor", js.Global(), "indexedDB")
	object.Call("defineProperty", js.Global(), "indexedDB", map[string]any{"value": js.Undefined(), "configurable": true})
	defer object.Call("defineProperty", js.Global(), "indexedDB", before)
	if _, err := NewStore("x").List(background(t)); !errors.Is(err, state.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

func TestNamed(t *testing.T) {
	for _, err := range []error{idb.NewDOMException("QuotaExceededError"), errors.New("QuotaExceededError: no room")} {
		if !errors.Is(named(err), state.ErrQuota) {
			t.Errorf("%v is not taken for a full disk", err)
		}
	}
	if err := named(errors.New("x")); errors.Is(err, state.ErrQuota) {
		t.Errorf("%v is taken for a full disk", err)
	}
}

// The bytes of a browser file are kept as the browser's Blob and come back as
// one: they are never whole in the program.
func TestStoreKeepsBlobs(t *testing.T) {
	s := NewStore(fresh())
	blob := newFile("t.csv", global("Blob").New([]any{"x,y\n1,2\n"}))
	if err := s.Save(background(t), state.Saved{ID: "a", Revision: 1}, nil, blob); err != nil {
		t.Fatal(err)
	}
	_, _, back, err := s.Load(background(t), "a")
	if err != nil {
		t.Fatal(err)
	}
	f, ok := back.(*file)
	if !ok || !f.blob.InstanceOf(global("Blob")) {
		t.Fatalf("got a %T", back)
	}
	if b, err := f.Slice(background(t), 4, 3); err != nil || string(b) != "1,2" {
		t.Errorf("got %q, %v", b, err)
	}
}

// Erasing takes all of ours and nothing else: the caches of a host are shared.
func TestEraseAll(t *testing.T) {
	ctx := background(t)
	for _, name := range []string{"trialbox-0123", "another-page"} {
		if _, err := await(ctx, global("caches").Call("open", name)); err != nil {
			t.Fatal(err)
		}
	}
	old, now := NewStore(fresh()), NewStore(fresh())
	for _, s := range []*Store{old, now} {
		if err := s.Save(ctx, state.Saved{ID: "a", Revision: 1}, []byte("x"), nil); err != nil {
			t.Fatal(err)
		}
	}
	rawOpen(t, "another-page", 1, "x").Call("close")
	if err := now.EraseAll(ctx); err != nil {
		t.Fatal(err)
	}
	list, err := await(ctx, global("indexedDB").Call("databases"))
	if err != nil {
		t.Fatal(err)
	}
	others := 0
	for i := range list.Length() {
		switch name := list.Index(i).Get("name").String(); name {
		case old.name, now.name:
			t.Errorf("%s is still there", name)
		case "another-page":
			others++
		}
	}
	if others != 1 {
		t.Error("a database of another page was erased")
	}
	for name, want := range map[string]bool{"trialbox-0123": false, "another-page": true} {
		has, err := await(ctx, global("caches").Call("has", name))
		if err != nil || has.Bool() != want {
			t.Errorf("cache %s there: %v, want %v (%v)", name, has, want, err)
		}
	}
}
