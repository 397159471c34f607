package state

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
)

// Bytes is a Blob made of bytes that are already in memory.
func Bytes(name string, b []byte) Blob { return &memoryBlob{name, b} }

type memoryBlob struct {
	name  string
	bytes []byte
}

func (b *memoryBlob) Name() string { return b.name }
func (b *memoryBlob) Size() int64  { return int64(len(b.bytes)) }

func (b *memoryBlob) Slice(_ context.Context, off, n int64) ([]byte, error) {
	end := min(off+n, b.Size())
	if off < 0 || off >= end {
		return nil, nil
	}
	return bytes.Clone(b.bytes[off:end]), nil
}

// NewMemory gives a Store that forgets with the page: for tests, and for a
// browser or a user that lets nothing be kept.
func NewMemory() Store { return &memory{kept: map[string]kept{}} }

type memory struct {
	mu   sync.Mutex
	kept map[string]kept
}

type kept struct {
	saved    Saved
	document []byte
	source   Blob
}

func (m *memory) List(ctx context.Context) ([]Saved, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]Saved, 0, len(m.kept))
	for _, k := range m.kept {
		list = append(list, k.saved)
	}
	SortSaved(list)
	return list, nil
}

// SortSaved puts the project changed last first; ties by ID, so that the order
// is the same each time.
func SortSaved(list []Saved) {
	slices.SortFunc(list, func(a, b Saved) int {
		return cmp.Or(cmp.Compare(b.Changed, a.Changed), cmp.Compare(a.ID, b.ID))
	})
}

func (m *memory) Save(ctx context.Context, s Saved, document []byte, source Blob) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.kept[s.ID]
	if old.saved.Revision != s.Revision-1 {
		return fmt.Errorf("saving %s: %w", s.Name, ErrConflict)
	}
	if source == nil {
		source = old.source
	}
	m.kept[s.ID] = kept{s, bytes.Clone(document), source}
	return nil
}

func (m *memory) Load(ctx context.Context, id string) (Saved, []byte, Blob, error) {
	if err := ctx.Err(); err != nil {
		return Saved{}, nil, nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.kept[id]
	if !ok {
		return Saved{}, nil, nil, ErrNotFound
	}
	return k.saved, bytes.Clone(k.document), k.source, nil
}

func (m *memory) Mark(ctx context.Context, id string, deleted int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.kept[id]
	if !ok {
		return ErrNotFound
	}
	k.saved.Deleted = deleted
	m.kept[id] = k
	return nil
}

func (m *memory) Delete(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, id)
	return nil
}

func (m *memory) EraseAll(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.kept)
	return nil
}
