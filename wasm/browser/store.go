//go:build js && wasm

package browser

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall/js"
	"time"

	"github.com/hack-pad/go-indexeddb/idb"

	"trialbox/app/state"
)

// Store keeps projects in IndexedDB. This file is the only one that uses
// go-indexeddb, which is unmaintained and has traps that lose records or hang;
// each guard below says which one it stands before.
//
// A project is three records under its ID: a small one for the list, the
// document as bytes, and the original file as the browser's own Blob.
type Store struct{ name string }

const (
	projects  = "projects"
	documents = "documents"
	sources   = "sources"
)

// stores are all object stores there are. Stores are only ever added: the
// library cannot reach an existing store while it upgrades. Records carry
// their schema and are migrated when they are read.
var stores = []string{projects, documents, sources}

const (
	openWait   = 3 * time.Second  // another window that will not let go
	commitWait = 60 * time.Second // a large file on a slow disk
)

// NewStore keeps projects in the database of that name.
func NewStore(name string) *Store { return &Store{name} }

// CanStore tells whether the browser has IndexedDB here at all. Some throw
// when it is only looked at.
func CanStore() bool {
	v, err := try(func() js.Value { return global("indexedDB") })
	return err == nil && v.Truthy()
}

// List implements state.Store.
func (s *Store) List(ctx context.Context) ([]state.Saved, error) {
	list := []state.Saved{}
	err := s.transact(ctx, idb.TransactionReadOnly, func(wait context.Context, tx *idb.Transaction) error {
		store, err := tx.ObjectStore(projects)
		if err != nil {
			return err
		}
		request, err := store.OpenCursor(idb.CursorNext)
		if err != nil {
			return err
		}
		err = request.Iter(wait, func(c *idb.CursorWithValue) error {
			v, err := c.Value()
			if err == nil {
				list = append(list, fromRecord(v))
			}
			return err
		})
		return cmpErr(err, wait.Err())
	})
	if err != nil {
		return nil, fmt.Errorf("listing the saved projects: %w", err)
	}
	state.SortSaved(list)
	return list, nil
}

// Save implements state.Store.
func (s *Store) Save(ctx context.Context, rec state.Saved, document []byte, source state.Blob) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// Everything slow happens before the transaction: it commits by itself as
	// soon as nothing is asked of it.
	blob := js.Undefined()
	if source != nil {
		b, err := asBlob(ctx, source)
		if err != nil {
			return err
		}
		blob = js.ValueOf(map[string]any{"name": source.Name(), "blob": b})
	}
	record, bytes, key := toRecord(rec), jsBytes(document), js.ValueOf(rec.ID)
	err := s.transact(ctx, idb.TransactionReadWrite, func(wait context.Context, tx *idb.Transaction) error {
		old, err := get(wait, tx, projects, key)
		if err != nil {
			return err
		}
		revision := int64(0)
		if old.Truthy() {
			revision = fromRecord(old).Revision
		}
		if revision != rec.Revision-1 {
			return state.ErrConflict
		}
		if err := put(tx, projects, key, record); err != nil {
			return err
		}
		if err := put(tx, documents, key, bytes); err != nil {
			return err
		}
		if blob.IsUndefined() {
			return nil
		}
		return put(tx, sources, key, blob)
	})
	if err != nil {
		return fmt.Errorf("saving %s: %w", rec.Name, err)
	}
	return nil
}

// Load implements state.Store.
func (s *Store) Load(ctx context.Context, id string) (rec state.Saved, document []byte, source state.Blob, err error) {
	key := js.ValueOf(id)
	err = s.transact(ctx, idb.TransactionReadOnly, func(wait context.Context, tx *idb.Transaction) error {
		record, err := get(wait, tx, projects, key)
		if err != nil {
			return err
		}
		if !record.Truthy() { // an unknown key is undefined, not an error
			return state.ErrNotFound
		}
		bytes, err := get(wait, tx, documents, key)
		if err != nil {
			return err
		}
		original, err := get(wait, tx, sources, key)
		if err != nil {
			return err
		}
		rec = fromRecord(record)
		if bytes.Truthy() {
			document = goBytes(bytes)
		}
		if original.Truthy() {
			source = newFile(original.Get("name").String(), original.Get("blob"))
		}
		return nil
	})
	if err != nil {
		return state.Saved{}, nil, nil, fmt.Errorf("opening the saved project: %w", err)
	}
	return rec, document, source, nil
}

// Mark implements state.Store.
func (s *Store) Mark(ctx context.Context, id string, deleted int64) error {
	key := js.ValueOf(id)
	err := s.transact(ctx, idb.TransactionReadWrite, func(wait context.Context, tx *idb.Transaction) error {
		record, err := get(wait, tx, projects, key)
		if err != nil {
			return err
		}
		if !record.Truthy() {
			return state.ErrNotFound
		}
		rec := fromRecord(record)
		rec.Deleted = deleted
		return put(tx, projects, key, toRecord(rec))
	})
	if err != nil {
		return fmt.Errorf("marking the saved project: %w", err)
	}
	return nil
}

// Delete implements state.Store.
func (s *Store) Delete(ctx context.Context, id string) error {
	err := s.transact(ctx, idb.TransactionReadWrite, func(_ context.Context, tx *idb.Transaction) error {
		for _, name := range stores {
			store, err := tx.ObjectStore(name)
			if err != nil {
				return err
			}
			if _, err := store.Delete(js.ValueOf(id)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("deleting the saved project: %w", err)
	}
	return nil
}

// EraseAll implements state.Store: every database and cache of the product
// under this address, those of other builds too, and the service worker.
func (s *Store) EraseAll(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if CanStore() {
		for _, name := range s.databases(ctx) {
			if err := deleteDatabase(ctx, name); err != nil {
				return fmt.Errorf("erasing %s: %w", name, err)
			}
		}
	}
	if caches := global("caches"); caches.Truthy() {
		keys, err := await(ctx, caches.Call("keys"))
		if err != nil {
			return fmt.Errorf("erasing the offline copy: %w", err)
		}
		for i := range keys.Length() {
			if name := keys.Index(i).String(); strings.HasPrefix(name, "trialbox-") {
				if _, err := await(ctx, caches.Call("delete", name)); err != nil {
					return fmt.Errorf("erasing the offline copy: %w", err)
				}
			}
		}
	}
	if sw := global("navigator").Get("serviceWorker"); sw.Truthy() {
		registration, err := await(ctx, sw.Call("getRegistration"))
		if err == nil && registration.Truthy() {
			_, err = await(ctx, registration.Call("unregister"))
		}
		if err != nil && !isSingle() { // a local file has none, and asking throws
			return fmt.Errorf("removing the offline copy: %w", err)
		}
	}
	_, _ = try(func() js.Value { return global("sessionStorage").Call("removeItem", "trialbox-theme") }) // may be forbidden, then it is empty
	return nil
}

// databases lists what to erase: all of ours where the browser can list them.
func (s *Store) databases(ctx context.Context) []string {
	names := []string{s.name}
	factory := global("indexedDB")
	if !factory.Get("databases").Truthy() {
		return names
	}
	list, err := await(ctx, factory.Call("databases"))
	if err != nil {
		return names
	}
	for i := range list.Length() {
		name := list.Index(i).Get("name").String()
		if strings.HasPrefix(name, "trialbox-") && name != s.name {
			names = append(names, name)
		}
	}
	return names
}

func deleteDatabase(ctx context.Context, name string) error {
	request, err := idb.Global().DeleteDatabase(name)
	if err != nil {
		return fmt.Errorf("%w: %v", state.ErrUnavailable, err)
	}
	wait, cancel := context.WithTimeout(ctx, openWait)
	defer cancel()
	err = request.Await(wait)
	if wait.Err() != nil { // Await gives no error when its time is over
		return cmpErr(ctx.Err(), state.ErrBlocked)
	}
	return err
}

// transact opens the database, does the work in one transaction over all
// stores and returns when it is committed. Only then has anything been saved:
// a full disk shows at the commit, not at the put. The database is opened
// anew each time (20 ms): a handle may be closed under us by another window.
func (s *Store) transact(ctx context.Context, mode idb.TransactionMode, work func(context.Context, *idb.Transaction) error) error {
	db, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.Transaction(mode, stores[0], stores[1:]...)
	if err != nil {
		return err
	}
	// From here on the caller's context is not looked at: a save that has begun
	// is carried through, and the outcome told.
	wait, cancel := context.WithTimeout(context.Background(), commitWait)
	defer cancel()
	finished := make(chan error, 1)
	go func() { finished <- tx.Await(wait) }() // listens before any request can end the transaction
	if err := work(wait, tx); err != nil {
		_ = tx.Abort() // fails only when the transaction is already undone
		<-finished     // gives no error after our own Abort: the cause is err
		return named(err)
	}
	err = <-finished
	if wait.Err() != nil {
		_ = tx.Abort()
		return fmt.Errorf("%w: it did not answer within %v", state.ErrBlocked, commitWait)
	}
	return named(err)
}

// open gives the database with all its stores.
func (s *Store) open(ctx context.Context) (*idb.Database, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !CanStore() { // idb.Global panics where there is none
		return nil, state.ErrUnavailable
	}
	version := uint(0) // whatever is there; 1 when nothing is
	for range 3 {
		db, err := s.openVersion(ctx, version)
		if err != nil {
			return nil, err
		}
		have, err := db.ObjectStoreNames()
		if err != nil {
			db.Close()
			return nil, err
		}
		if !slices.ContainsFunc(stores, func(name string) bool { return !slices.Contains(have, name) }) {
			return db, nil
		}
		// A database without all its stores: older than this build, or raised by
		// a window that was closed half-way. The next version brings them.
		now, err := db.Version()
		db.Close()
		if err != nil {
			return nil, err
		}
		version = now + 1
	}
	return nil, fmt.Errorf("%w: its tables cannot be made", state.ErrUnavailable)
}

// openVersion opens one version, or the present one when version is 0.
func (s *Store) openVersion(ctx context.Context, version uint) (*idb.Database, error) {
	var upgradeErr error // an error returned by the upgrader would end the program
	// Always the background context here: with one that ends while another
	// window blocks us, the library would later raise the version without
	// running the upgrader.
	request, err := idb.Global().Open(context.Background(), s.name, version, func(db *idb.Database, _, _ uint) error {
		upgradeErr = addStores(db)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %v", state.ErrUnavailable, err)
	}
	type outcome struct {
		db  *idb.Database
		err error
	}
	opened := make(chan outcome, 1)
	go func() {
		db, err := request.Await(context.Background())
		opened <- outcome{db, err}
	}()
	late := func() { // a handle that nobody waits for would block other windows
		if o := <-opened; o.err == nil {
			o.db.Close()
		}
	}
	timeout := time.NewTimer(openWait)
	defer timeout.Stop()
	select {
	case o := <-opened:
		if o.err == nil && upgradeErr != nil {
			o.db.Close()
			return nil, fmt.Errorf("%w: %v", state.ErrUnavailable, upgradeErr)
		}
		if o.err != nil {
			return nil, fmt.Errorf("%w: %v", state.ErrUnavailable, o.err)
		}
		return o.db, nil
	case <-timeout.C:
		go late()
		return nil, state.ErrBlocked
	case <-ctx.Done():
		go late()
		return nil, ctx.Err()
	}
}

func addStores(db *idb.Database) error {
	have, err := db.ObjectStoreNames()
	if err != nil {
		return err
	}
	for _, name := range stores {
		if slices.Contains(have, name) {
			continue
		}
		if _, err := db.CreateObjectStore(name, idb.ObjectStoreOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// get reads one record; undefined when there is none.
func get(wait context.Context, tx *idb.Transaction, store string, key js.Value) (js.Value, error) {
	s, err := tx.ObjectStore(store)
	if err != nil {
		return js.Undefined(), err
	}
	request, err := s.Get(key)
	if err != nil {
		return js.Undefined(), err
	}
	v, err := request.Await(wait)
	return v, cmpErr(err, wait.Err()) // Await gives no error when its time is over
}

// put asks for one record to be written. Whether it was shows at the commit.
func put(tx *idb.Transaction, store string, key, value js.Value) error {
	s, err := tx.ObjectStore(store)
	if err != nil {
		return err
	}
	_, err = s.PutKey(key, value)
	return err
}

// named gives the failures that the screens answer their names. The library's
// errors do not always compare, so their text is looked at too.
func named(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, idb.NewDOMException("QuotaExceededError")) || strings.Contains(err.Error(), "QuotaExceeded") {
		return fmt.Errorf("%w (%v)", state.ErrQuota, err)
	}
	return err
}

// cmpErr is the first that is an error.
func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// recordSchema is the form of the small record.
const recordSchema = 1

func toRecord(s state.Saved) js.Value {
	return js.ValueOf(map[string]any{
		"record": recordSchema, "id": s.ID, "name": s.Name, "fileName": s.FileName,
		"changed": float64(s.Changed), "bytes": float64(s.Bytes), "rows": s.Rows,
		"simulated": s.Simulated, "schema": s.Schema, "revision": float64(s.Revision), "deleted": float64(s.Deleted),
	})
}

func fromRecord(v js.Value) state.Saved {
	text := func(field string) string {
		if f := v.Get(field); f.Type() == js.TypeString {
			return f.String()
		}
		return ""
	}
	number := func(field string) int64 {
		if f := v.Get(field); f.Type() == js.TypeNumber {
			return int64(f.Float())
		}
		return 0
	}
	return state.Saved{
		ID: text("id"), Name: text("name"), FileName: text("fileName"),
		Changed: number("changed"), Bytes: number("bytes"), Rows: int(number("rows")),
		Simulated: v.Get("simulated").Truthy(), Schema: int(number("schema")), Revision: number("revision"), Deleted: number("deleted"),
	}
}
