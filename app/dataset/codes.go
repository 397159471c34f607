package dataset

import (
	"iter"
	"math"
)

// Codes are the codes of a column's rows, in as few bytes a row as they need:
// one for the answers of a questionnaire, so that a hundred million cells fit
// into a page. The zero value has no rows. They are never edited in place.
type Codes struct {
	narrow []uint8
	middle []uint16
	wide   []int32
}

// CodesOf packs codes; each must be 0 or more.
func CodesOf(codes []int32) Codes {
	var p packing
	for _, c := range codes {
		p.push(c)
	}
	return p.codes(len(codes))
}

// Len is the number of rows.
func (c Codes) Len() int {
	switch {
	case c.wide != nil:
		return len(c.wide)
	case c.middle != nil:
		return len(c.middle)
	}
	return len(c.narrow)
}

// At is the code of a row.
func (c Codes) At(row int) int32 {
	switch {
	case c.narrow != nil:
		return int32(c.narrow[row])
	case c.middle != nil:
		return int32(c.middle[row])
	}
	return c.wide[row]
}

// Narrow is the codes of a column of at most 256 texts, by row, to be read and
// not changed; nil of others.
func (c Codes) Narrow() []uint8 { return c.narrow }

// First is the first row with a code, or -1.
func (c Codes) First(code int32) int {
	for row, k := range c.All() {
		if k == code {
			return row
		}
	}
	return -1
}

// All goes through the rows and their codes.
func (c Codes) All() iter.Seq2[int, int32] {
	return func(yield func(int, int32) bool) {
		for row := range c.Len() {
			if !yield(row, c.At(row)) {
				return
			}
		}
	}
}

// Highest is the largest code, -1 without rows. A code below 0, which only
// damaged bytes have, counts as larger than any.
func (c Codes) Highest() int {
	highest := -1
	for _, code := range c.narrow {
		highest = max(highest, int(code))
	}
	for _, code := range c.middle {
		highest = max(highest, int(code))
	}
	for _, code := range c.wide {
		if code < 0 {
			return math.MaxInt
		}
		highest = max(highest, int(code))
	}
	return highest
}

// Tally adds the rows of each code to counts.
func (c Codes) Tally(counts []int32) {
	for _, code := range c.narrow {
		counts[code]++
	}
	for _, code := range c.middle {
		counts[code]++
	}
	for _, code := range c.wide {
		counts[code]++
	}
}

// Mapped gives each row the code that to has for its own.
func (c Codes) Mapped(to []int32) Codes {
	var p packing
	for _, code := range c.All() {
		p.push(to[code])
	}
	return p.codes(c.Len())
}

// With gives some rows another code.
func (c Codes) With(change map[int]int32) Codes {
	var p packing
	for row, code := range c.All() {
		if other, ok := change[row]; ok {
			code = other
		}
		p.push(code)
	}
	return p.codes(c.Len())
}

// packing gathers codes, widening them when a larger one comes.
type packing struct {
	narrow []uint8
	width  uint8 // 0 narrow, 1 middle, 2 wide
	middle []uint16
	wide   []int32
}

func (p *packing) push(code int32) {
	switch {
	case p.width == 0 && code < 1<<8:
		p.narrow = append(p.narrow, uint8(code))
	case p.width < 2 && code < 1<<16:
		if p.width == 0 {
			p.width = 1
			p.middle = make([]uint16, len(p.narrow), 2*len(p.narrow)+16)
			for i, c := range p.narrow {
				p.middle[i] = uint16(c)
			}
			p.narrow = nil
		}
		p.middle = append(p.middle, uint16(code))
	default:
		if p.width < 2 {
			p.widen()
		}
		p.wide = append(p.wide, code)
	}
}

// widen makes the codes int32; a code beyond 16 bits may come first of all.
func (p *packing) widen() {
	n := len(p.narrow) + len(p.middle)
	p.wide = make([]int32, 0, 2*n+16)
	for _, c := range p.narrow {
		p.wide = append(p.wide, int32(c))
	}
	for _, c := range p.middle {
		p.wide = append(p.wide, int32(c))
	}
	p.width, p.narrow, p.middle = 2, nil, nil
}

// codes are those of the first n rows.
func (p *packing) codes(n int) Codes {
	switch p.width {
	case 2:
		return Codes{wide: p.wide[:n:n]}
	case 1:
		return Codes{middle: p.middle[:n:n]}
	}
	return Codes{narrow: p.narrow[:n:n]}
}
