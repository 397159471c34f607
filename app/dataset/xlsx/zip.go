package xlsx

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"trialbox/app/dataset/inflate"
)

const (
	maxParts = 20000
	// A part may unpack to ratio times its packed size; smaller ones than
	// freeBytes are not asked. Sheets of real tables lie between 5 and 60,
	// deflate's utmost is 1032.
	maxRatio  = 150
	freeBytes = 16 << 20
	// maxName is the longest name of a part that is looked at.
	maxName = 1 << 10
)

// archive is the directory of a zip file.
type archive struct {
	src   io.ReaderAt
	size  int64
	limit int64 // bytes that all parts together may unpack to
	used  int64
	parts map[string]part
}

type part struct {
	at, packed, unpacked int64
	method               uint16
	locked               bool
	sum                  uint32
}

// openArchive reads the directory at the end of the file.
func openArchive(src io.ReaderAt, size, limit int64) (*archive, error) {
	a := &archive{src: src, size: size, limit: limit, parts: map[string]part{}}
	at, length, count, err := a.findDirectory()
	if err != nil {
		return nil, err
	}
	if at < 0 || length < 0 || at > size || length > size-at || count > length/46 {
		return nil, damaged("the list of the workbook's parts is not where the end of the file says")
	}
	if count > maxParts {
		return nil, fault("not a table", "the archive has more parts than any workbook; open the table in Excel and save it as .xlsx")
	}
	r := inflate.NewSource(io.NewSectionReader(src, at, length))
	for range count {
		if err := a.readEntry(r); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// findDirectory looks for the end record, which a comment of up to 64 KB may
// follow, and for the one of large archives before it.
func (a *archive) findDirectory() (at, length, count int64, err error) {
	tail := make([]byte, min(a.size, 22+1<<16))
	if err := a.read(tail, a.size-int64(len(tail))); err != nil {
		return 0, 0, 0, err
	}
	end := -1
	for i := len(tail) - 22; i >= 0; i-- {
		if bytes.HasPrefix(tail[i:], []byte("PK\x05\x06")) && i+22+int(binary.LittleEndian.Uint16(tail[i+20:])) <= len(tail) {
			end = i
			break
		}
	}
	if end < 0 {
		return 0, 0, 0, damaged("the end of the file is missing")
	}
	b := tail[end:]
	count, length, at = int64(binary.LittleEndian.Uint16(b[10:])), int64(binary.LittleEndian.Uint32(b[12:])), int64(binary.LittleEndian.Uint32(b[16:]))
	if count == 0xFFFF || length == 0xFFFFFFFF || at == 0xFFFFFFFF {
		return a.findLarge(a.size - int64(len(tail)) + int64(end))
	}
	return at, length, count, nil
}

func (a *archive) findLarge(end int64) (at, length, count int64, err error) {
	var locator [20]byte
	var record [56]byte
	if end < 20 {
		return 0, 0, 0, damaged("the end of the file is missing")
	}
	if err := a.read(locator[:], end-20); err != nil {
		return 0, 0, 0, err
	}
	where := binary.LittleEndian.Uint64(locator[8:])
	if !bytes.HasPrefix(locator[:], []byte("PK\x06\x07")) || where > uint64(end) {
		return 0, 0, 0, damaged("the end of the file is missing")
	}
	if err := a.read(record[:], int64(where)); err != nil {
		return 0, 0, 0, err
	}
	if !bytes.HasPrefix(record[:], []byte("PK\x06\x06")) {
		return 0, 0, 0, damaged("the end of the file is missing")
	}
	return int64(binary.LittleEndian.Uint64(record[48:])), int64(binary.LittleEndian.Uint64(record[40:])), int64(binary.LittleEndian.Uint64(record[32:])), nil
}

// read fills b; a file that ends before is damaged.
func (a *archive) read(b []byte, at int64) error {
	if at < 0 || at > a.size-int64(len(b)) {
		return damaged("the workbook points behind its own end")
	}
	n, err := a.src.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func (a *archive) readEntry(r io.Reader) error {
	bad := func() error { return damaged("the list of the workbook's parts is not whole") }
	var b [46]byte
	if _, err := io.ReadFull(r, b[:]); err != nil || !bytes.HasPrefix(b[:], []byte("PK\x01\x02")) {
		return bad()
	}
	u16 := func(i int) int { return int(binary.LittleEndian.Uint16(b[i:])) }
	u32 := func(i int) int64 { return int64(binary.LittleEndian.Uint32(b[i:])) }
	p := part{locked: u16(8)&1 != 0, method: uint16(u16(10)), sum: uint32(u32(16)), packed: u32(20), unpacked: u32(24), at: u32(42)}
	rest := make([]byte, u16(28)+u16(30)+u16(32))
	if _, err := io.ReadFull(r, rest); err != nil {
		return bad()
	}
	name, extra := rest[:u16(28)], rest[u16(28):u16(28)+u16(30)]
	p.widen(extra)
	if len(name) > maxName || p.packed < 0 || p.unpacked < 0 || p.at < 0 || p.packed > a.size {
		return bad()
	}
	// Some writers put the names with the other stroke, or a stroke first.
	key := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(string(name), `\`, "/"), "/"))
	if _, twice := a.parts[key]; !twice {
		a.parts[key] = p
	}
	return nil
}

// widen takes the sizes that do not fit 32 bits from the field of large
// archives.
func (p *part) widen(extra []byte) {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if n > len(extra)-4 {
			return
		}
		field := extra[4 : 4+n]
		extra = extra[4+n:]
		if id != 1 {
			continue
		}
		for _, v := range []*int64{&p.unpacked, &p.packed, &p.at} {
			if *v == 0xFFFFFFFF && len(field) >= 8 {
				*v = int64(binary.LittleEndian.Uint64(field))
				field = field[8:]
			}
		}
	}
}

func (a *archive) has(name string) bool {
	_, ok := a.parts[name]
	return ok
}

// open unpacks a part as it is read. Its sum is checked at its end.
func (a *archive) open(name string) (io.Reader, error) {
	p, ok := a.parts[name]
	switch {
	case !ok:
		return nil, damaged("the workbook lacks its part " + name)
	case p.locked:
		return nil, fault("password", "the workbook is protected by a password; open it in Excel and save it without one")
	case p.method != 0 && p.method != 8:
		return nil, damaged("a part of the workbook is packed in a way that Excel does not use")
	case p.unpacked > a.limit-a.used:
		return nil, a.tooLarge()
	case p.swells(p.unpacked):
		return nil, errSwells
	}
	var b [30]byte
	if err := a.read(b[:], p.at); err != nil {
		return nil, err
	}
	from := p.at + 30 + int64(binary.LittleEndian.Uint16(b[26:])) + int64(binary.LittleEndian.Uint16(b[28:]))
	if !bytes.HasPrefix(b[:], []byte("PK\x03\x04")) || p.packed > a.size-from {
		return nil, damaged("a part of the workbook is not where its list says")
	}
	u := &unpacking{a: a, p: p, src: io.NewSectionReader(a.src, from, p.packed)}
	if p.method == 8 {
		u.src = inflate.NewReader(inflate.NewSource(u.src))
	}
	return u, nil
}

// swells reports whether n bytes are more than a table packs into this part.
func (p part) swells(n int64) bool { return n > freeBytes && n > maxRatio*p.packed }

var errSwells = fault("too large", fmt.Sprintf("a part of the workbook unpacks to more than %d times its size, which no table does: the file may be made to harm; ask for it again, or as CSV", maxRatio))

func (a *archive) tooLarge() error {
	return fault("too large", fmt.Sprintf("the workbook unpacks to more than %d MB, the limit; leave out the sheets, columns or rows that are not needed and save it again", a.limit>>20))
}

// unpacking is one part while it is read.
type unpacking struct {
	a    *archive
	p    part
	src  io.Reader
	n    int64
	sum  uint32
	fail error
}

func (u *unpacking) Read(b []byte) (int, error) {
	if u.fail != nil {
		return 0, u.fail
	}
	n, err := u.src.Read(b)
	u.n += int64(n)
	u.a.used += int64(n)
	u.sum = crc(u.sum, b[:n])
	switch {
	case u.p.swells(u.n):
		err = errSwells
	case u.a.used > u.a.limit:
		err = u.a.tooLarge()
	case u.n > u.p.unpacked:
		err = damaged("a part of the workbook is longer than its list says")
	case err == io.EOF && (u.n != u.p.unpacked || u.sum != u.p.sum):
		err = damaged("a part of the workbook does not match its checksum")
	case err == io.ErrUnexpectedEOF:
		err = damaged("a part of the workbook ends too early")
	case err == inflate.ErrCorrupt:
		err = damaged("a part of the workbook cannot be unpacked")
	}
	u.fail = err
	return n, err
}

// crcTables are for the checksum of zip (CRC-32 with the polynomial 0xEDB88320),
// eight bytes at a time: table k moves a byte on by k more.
var crcTables = func() (t [8][256]uint32) {
	for i := range t[0] {
		c := uint32(i)
		for range 8 {
			c = c>>1 ^ 0xEDB88320*(c&1)
		}
		t[0][i] = c
	}
	for k := 1; k < 8; k++ {
		for i, c := range t[k-1] {
			t[k][i] = t[0][c&0xFF] ^ c>>8
		}
	}
	return t
}()

// crc goes on with a checksum.
func crc(sum uint32, b []byte) uint32 {
	sum = ^sum
	t := &crcTables
	for ; len(b) >= 8; b = b[8:] {
		sum ^= binary.LittleEndian.Uint32(b)
		sum = t[7][sum&0xFF] ^ t[6][sum>>8&0xFF] ^ t[5][sum>>16&0xFF] ^ t[4][sum>>24] ^
			t[3][b[4]] ^ t[2][b[5]] ^ t[1][b[6]] ^ t[0][b[7]]
	}
	for _, c := range b {
		sum = t[0][byte(sum)^c] ^ sum>>8
	}
	return ^sum
}
