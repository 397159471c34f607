// Package storetest is the one suite that every state.Store must pass: the one
// of memory natively, the one of IndexedDB in a browser. It tests promises of
// the port, never how a store keeps them.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"trialbox/app/state"
)

// Run tests the stores that open gives; each must be empty.
func Run(t *testing.T, open func(t *testing.T) state.Store) {
	for name, test := range map[string]func(*testing.T, state.Store){
		"empty":                 testEmpty,
		"save and load":         testSaveLoad,
		"list":                  testList,
		"source kept":           testSourceKept,
		"source replaced":       testSourceReplaced,
		"conflict":              testConflict,
		"conflict with deleted": testConflictDeleted,
		"delete":                testDelete,
		"mark":                  testMark,
		"erase":                 testErase,
		"cancelled":             testCancelled,
		"odd names":             testOddNames,
		"large":                 testLarge,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func saved(id string, revision int64) state.Saved {
	return state.Saved{ID: id, Name: "Trial " + id, FileName: id + ".csv", Changed: 1_700_000_000_000 + revision,
		Bytes: 1 << 40, Rows: 945, Simulated: true, Schema: 3, Revision: revision}
}

func mustSave(t *testing.T, s state.Store, rec state.Saved, document string, source state.Blob) {
	t.Helper()
	if err := s.Save(context.Background(), rec, []byte(document), source); err != nil {
		t.Fatalf("save of %s, revision %d: %v", rec.ID, rec.Revision, err)
	}
}

// mustLoad loads and reads the whole source; nil when there is none.
func mustLoad(t *testing.T, s state.Store, id string) (state.Saved, string, []byte, string) {
	t.Helper()
	rec, document, source, err := s.Load(context.Background(), id)
	if err != nil {
		t.Fatalf("load of %s: %v", id, err)
	}
	if source == nil {
		return rec, string(document), nil, ""
	}
	b, err := source.Slice(context.Background(), 0, source.Size())
	if err != nil {
		t.Fatalf("source of %s: %v", id, err)
	}
	return rec, string(document), b, source.Name()
}

func testEmpty(t *testing.T, s state.Store) {
	list, err := s.List(context.Background())
	if err != nil || len(list) != 0 {
		t.Errorf("list of an empty store: %v, %v", list, err)
	}
	if _, _, _, err := s.Load(context.Background(), "none"); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("load of what is not there: %v, want ErrNotFound", err)
	}
	if err := s.Delete(context.Background(), "none"); err != nil {
		t.Errorf("delete of what is not there: %v", err)
	}
}

func testSaveLoad(t *testing.T, s state.Store) {
	want := saved("a", 1)
	mustSave(t, s, want, `{"x":"ä"}`, state.Bytes("trial.csv", []byte("id;odi\n1;2,5\n")))
	rec, document, source, name := mustLoad(t, s, "a")
	if rec != want || document != `{"x":"ä"}` || string(source) != "id;odi\n1;2,5\n" || name != "trial.csv" {
		t.Errorf("got %+v, %q, %q, %q", rec, document, source, name)
	}
	_, _, blob, err := s.Load(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := blob.Slice(context.Background(), 3, 3); err != nil || string(b) != "odi" {
		t.Errorf("slice: %q, %v", b, err)
	}
	if b, err := blob.Slice(context.Background(), 10, 100); err != nil || string(b) != "\x2c5\n" {
		t.Errorf("slice over the end: %q, %v", b, err)
	}
	if b, err := blob.Slice(context.Background(), 1000, 10); err != nil || len(b) != 0 {
		t.Errorf("slice behind the end: %q, %v", b, err)
	}
}

func testList(t *testing.T, s state.Store) {
	var want []state.Saved
	for i, id := range []string{"a", "b", "c"} {
		rec := saved(id, 1)
		rec.Changed += int64(i)
		mustSave(t, s, rec, "{}", nil)
		want = append(want, rec)
	}
	slices.Reverse(want)
	got, err := s.List(context.Background())
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v\nwant the one changed last first: %+v", got, err, want)
	}
}

func testSourceKept(t *testing.T, s state.Store) {
	mustSave(t, s, saved("a", 1), "one", state.Bytes("t.csv", []byte("x,y\n")))
	mustSave(t, s, saved("a", 2), "two", nil)
	rec, document, source, name := mustLoad(t, s, "a")
	if rec.Revision != 2 || document != "two" || string(source) != "x,y\n" || name != "t.csv" {
		t.Errorf("got revision %d, %q, %q, %q", rec.Revision, document, source, name)
	}
}

func testSourceReplaced(t *testing.T, s state.Store) {
	mustSave(t, s, saved("a", 1), "one", state.Bytes("t.csv", []byte("x,y\n")))
	mustSave(t, s, saved("a", 2), "two", state.Bytes("u.csv", []byte("z\n")))
	if _, _, source, name := mustLoad(t, s, "a"); string(source) != "z\n" || name != "u.csv" {
		t.Errorf("got %q, %q", source, name)
	}
}

// Two windows opened revision 1. The first saves; the second must not
// overwrite it, and nothing of its save may stay.
func testConflict(t *testing.T, s state.Store) {
	mustSave(t, s, saved("a", 1), "one", state.Bytes("t.csv", []byte("1")))
	mustSave(t, s, saved("a", 2), "first window", nil)
	err := s.Save(context.Background(), saved("a", 2), []byte("second window"), state.Bytes("u.csv", []byte("2")))
	if !errors.Is(err, state.ErrConflict) {
		t.Fatalf("got %v, want ErrConflict", err)
	}
	rec, document, source, _ := mustLoad(t, s, "a")
	if rec.Revision != 2 || document != "first window" || string(source) != "1" {
		t.Errorf("part of the refused save was kept: revision %d, %q, %q", rec.Revision, document, source)
	}
	if err := s.Save(context.Background(), saved("b", 2), nil, nil); !errors.Is(err, state.ErrConflict) {
		t.Errorf("a new project with revision 2: %v, want ErrConflict", err)
	}
}

func testConflictDeleted(t *testing.T, s state.Store) {
	mustSave(t, s, saved("a", 1), "one", nil)
	if err := s.Delete(context.Background(), "a"); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(context.Background(), saved("a", 2), []byte("two"), nil); !errors.Is(err, state.ErrConflict) {
		t.Errorf("a save after the project was deleted elsewhere: %v, want ErrConflict", err)
	}
	mustSave(t, s, saved("a", 1), "again", nil)
	if _, document, source, _ := mustLoad(t, s, "a"); document != "again" || source != nil {
		t.Errorf("got %q with source %q", document, source)
	}
}

func testDelete(t *testing.T, s state.Store) {
	mustSave(t, s, saved("a", 1), "one", state.Bytes("t.csv", []byte("1")))
	mustSave(t, s, saved("b", 1), "two", state.Bytes("u.csv", []byte("2")))
	if err := s.Delete(context.Background(), "a"); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := s.Load(context.Background(), "a"); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("load of the deleted: %v, want ErrNotFound", err)
	}
	// The bytes must be gone too: a new project of that ID has no source.
	mustSave(t, s, saved("a", 1), "new", nil)
	if _, _, source, _ := mustLoad(t, s, "a"); source != nil {
		t.Errorf("bytes of the deleted project came back: %q", source)
	}
	if _, document, _, _ := mustLoad(t, s, "b"); document != "two" {
		t.Errorf("the other project changed: %q", document)
	}
}

func testMark(t *testing.T, s state.Store) {
	ctx := context.Background()
	mustSave(t, s, saved("a", 1), "one", state.Bytes("t.csv", []byte("1")))
	if err := s.Mark(ctx, "a", 1234); err != nil {
		t.Fatal(err)
	}
	list, err := s.List(ctx)
	if err != nil || len(list) != 1 || list[0].Deleted != 1234 || list[0].Revision != 1 {
		t.Fatalf("marked: %+v, %v", list, err)
	}
	if err := s.Mark(ctx, "a", 0); err != nil {
		t.Fatal(err)
	}
	rec, document, source, _ := mustLoad(t, s, "a")
	if rec != saved("a", 1) || document != "one" || string(source) != "1" {
		t.Errorf("after the mark was taken off: %+v, %q, %q", rec, document, source)
	}
	if err := s.Mark(ctx, "b", 5); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("mark of an unknown project: %v, want ErrNotFound", err)
	}
}

func testErase(t *testing.T, s state.Store) {
	mustSave(t, s, saved("a", 1), "one", state.Bytes("t.csv", []byte("1")))
	if err := s.EraseAll(context.Background()); err != nil {
		t.Fatal(err)
	}
	if list, err := s.List(context.Background()); err != nil || len(list) != 0 {
		t.Errorf("after erasing: %v, %v", list, err)
	}
	mustSave(t, s, saved("a", 1), "the store can be used again", nil)
}

func testCancelled(t *testing.T, s state.Store) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.List(ctx); err == nil {
		t.Error("List did not notice that it was cancelled")
	}
	if err := s.Save(ctx, saved("a", 1), nil, nil); err == nil {
		t.Error("Save did not notice that it was cancelled")
	}
	if _, _, _, err := s.Load(ctx, "a"); err == nil || errors.Is(err, state.ErrNotFound) {
		t.Errorf("Load did not notice that it was cancelled: %v", err)
	}
	if list, err := s.List(context.Background()); err != nil || len(list) != 0 {
		t.Errorf("a cancelled save was kept: %v, %v", list, err)
	}
}

func testOddNames(t *testing.T, s state.Store) {
	rec := saved("ä/ \"'<b>", 1)
	rec.Name, rec.FileName = "Studie <1> — \U0001F9EA", "a b\tc.csv"
	mustSave(t, s, rec, "", state.Bytes("", nil))
	got, document, source, _ := mustLoad(t, s, rec.ID)
	if got != rec || document != "" || len(source) != 0 {
		t.Errorf("got %+v, %q, %q", got, document, source)
	}
}

func testLarge(t *testing.T, s state.Store) {
	big := bytes.Repeat([]byte("0123456789abcdef"), 12<<20/16)
	mustSave(t, s, saved("a", 1), string(big[:1<<20]), state.Bytes("big.csv", big))
	_, document, source, _ := mustLoad(t, s, "a")
	if len(document) != 1<<20 || !bytes.Equal(source, big) {
		t.Errorf("got %d and %d bytes, not what was saved", len(document), len(source))
	}
}
