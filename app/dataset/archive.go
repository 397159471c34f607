package dataset

import (
	"bytes"
	"io"
)

// isArchive reports whether a file is a zip archive, as workbooks are.
func isArchive(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}

// atOnce reads a file that cannot be read from front to back, then lets all of
// it pass the meter. src is what the meter gives, from the start on.
func (r *reading) atOnce(src io.Reader, read func(io.ReaderAt, int64) error) error {
	at, ok := r.meter.src.(io.ReaderAt)
	if !ok || r.size < 0 {
		all, err := io.ReadAll(src)
		if err != nil {
			return r.failed(err)
		}
		r.size = int64(len(all))
		return read(bytes.NewReader(all), r.size)
	}
	if err := read(&metered{src: at, meter: r.meter, size: r.size}, r.size); err != nil {
		return err
	}
	r.meter.progress = nil // it was told already
	if _, err := io.Copy(io.Discard, src); err != nil {
		return r.failed(err)
	}
	return nil
}

// metered tells how much of a file was read, wherever in it.
type metered struct {
	src           io.ReaderAt
	meter         *meter
	size, n, told int64
}

func (m *metered) ReadAt(p []byte, at int64) (int, error) {
	n, err := m.src.ReadAt(p, at)
	m.n += int64(n)
	if m.meter.progress != nil && m.n-m.told >= 1<<20 {
		m.told = m.n
		m.meter.progress(min(m.n, m.size))
	}
	return n, err
}
