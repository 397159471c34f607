package dataset

import (
	"bytes"
	"hash/maphash"
	"unsafe"
)

// texts collects one column while it is read: the distinct texts, one after
// another in an arena, and a code for each row in as few bytes as will do.
// A column of ten million different numbers stays linear and free of one
// allocation a cell.
type texts struct {
	one *[256]int32 // code+1 of the texts of one byte
	two *[100]int32 // code+1 of the texts of two digits
	packing
	blank int32 // code+1 of the empty text
	last  int32 // code of the previous longer text

	arena []byte
	ends  []uint32 // ends[i] is where text i ends in the arena
	slots []uint64 // open addressing: half of the hash, then code+1; 0 free
}

var textSeed = maphash.MakeSeed()

func (t *texts) text(code int32) []byte {
	start := uint32(0)
	if code > 0 {
		start = t.ends[code-1]
	}
	return t.arena[start:t.ends[code]]
}

// known adds, one to each column, the cells at the start of window that are one
// byte, were seen before and end in a delimiter, and says how many there were. It
// calls nothing: that makes it several times faster in a browser.
func known(columns []texts, window []byte, delim byte, stop *[256]bool) (cells int) {
	for i := range columns {
		if 2*i+1 >= len(window) || window[2*i+1] != delim {
			return i
		}
		c, t := window[2*i], &columns[i]
		n := len(t.narrow)
		if stop[c] || c == '"' || t.width != 0 || t.one == nil || n == cap(t.narrow) {
			return i
		}
		code := t.one[c] - 1
		if code < 0 || code >= 1<<8 {
			return i
		}
		t.narrow = t.narrow[:n+1]
		t.narrow[n] = uint8(code)
	}
	return len(columns)
}

// add appends a row that holds cell.
func (t *texts) add(cell []byte) {
	var code int32
	switch len(cell) {
	case 0:
		if t.blank == 0 {
			t.blank = t.insert(cell) + 1
		}
		code = t.blank - 1
	case 1:
		if t.one == nil {
			t.one = new([256]int32)
		}
		p := &t.one[cell[0]]
		if *p == 0 {
			*p = t.insert(cell) + 1
		}
		code = *p - 1
	case 2:
		if tens, ones := cell[0]-'0', cell[1]-'0'; tens < 10 && ones < 10 {
			if t.two == nil {
				t.two = new([100]int32)
			}
			p := &t.two[10*tens+ones]
			if *p == 0 {
				*p = t.insert(cell) + 1
			}
			code = *p - 1
			break
		}
		fallthrough
	default:
		if len(t.ends) > 0 && bytes.Equal(t.text(t.last), cell) {
			code = t.last
		} else {
			code = t.find(cell)
		}
		t.last = code
	}
	t.push(code)
}

// letters is the arena as a string, in the same memory: nothing writes to it any
// more, and a copy would be the largest piece of memory of the whole reading.
func (t *texts) letters() string { return unsafe.String(unsafe.SliceData(t.arena), len(t.arena)) }

func (t *texts) insert(cell []byte) int32 {
	t.arena = append(t.arena, cell...)
	t.ends = append(t.ends, uint32(len(t.arena)))
	return int32(len(t.ends) - 1)
}

// find returns the code of a cell of two or more bytes, giving it one when it
// is new. A slot holds half of the hash, so that the arena is touched only for
// the text itself.
func (t *texts) find(cell []byte) int32 {
	if 3*len(t.ends) >= 2*len(t.slots) {
		t.grow()
	}
	mask := uint32(len(t.slots) - 1)
	hash := uint32(maphash.Bytes(textSeed, cell))
	for h := hash & mask; ; h = (h + 1) & mask {
		slot := t.slots[h]
		if slot == 0 {
			code := t.insert(cell)
			t.slots[h] = uint64(hash)<<32 | uint64(code+1)
			return code
		}
		if uint32(slot>>32) != hash {
			continue
		}
		if code := int32(uint32(slot)) - 1; bytes.Equal(t.text(code), cell) {
			return code
		}
	}
}

func (t *texts) grow() {
	old := t.slots
	t.slots = make([]uint64, max(16, 2*len(old)))
	mask := uint32(len(t.slots) - 1)
	for _, slot := range old {
		if slot == 0 {
			continue
		}
		h := uint32(slot>>32) & mask
		for t.slots[h] != 0 {
			h = (h + 1) & mask
		}
		t.slots[h] = slot
	}
}
