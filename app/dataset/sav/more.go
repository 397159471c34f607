package sav

import (
	"bytes"
	"strconv"
	"strings"
)

// readMore reads a record of a later version; those of unknown kind are passed
// over.
func (f *File) readMore() {
	r := &f.r
	kind, size, n := r.int(), r.count("bytes"), r.count("values")
	length := int64(size) * int64(n)
	switch kind {
	case 3, 4, 11, 13, 14, 16, 20, 21, 22:
	default:
		r.skip(length)
		return
	}
	if length > 1<<30 {
		r.err = damaged("a part of the description is said to have %d bytes", length)
		return
	}
	b := r.text(int(length))
	if r.err != nil {
		return
	}
	c := cutter{b: b, f: f}
	switch kind {
	case 3:
		c.take(28)
		f.CodePage = c.int()
	case 4:
		if v := c.float(); !c.bad {
			f.sysmis = v
		}
	case 11:
		for !c.bad && len(c.b) > 0 {
			f.displays = append(f.displays, c.int())
		}
	case 13:
		f.longNames(b)
	case 14:
		f.longTexts(b)
	case 16:
		c.take(8)
		if n := c.int64(); !c.bad && n >= 0 && n < 1<<40 {
			f.Cases = int(n)
		}
	case 20:
		f.Encoding = string(trimRight(b))
	case 21:
		f.longLabels(&c)
	case 22:
		f.longMissing(&c)
	}
}

// pairs are the entries “key=value” of a record.
func pairs(b []byte, do func(key string, value []byte)) {
	for _, entry := range bytes.FieldsFunc(b, func(c rune) bool { return c == '\t' || c == 0 }) {
		if key, value, ok := bytes.Cut(entry, []byte("=")); ok {
			do(strings.ToUpper(string(bytes.TrimSpace(key))), value)
		}
	}
}

// byName finds variables by their names of 8 letters and by their own.
func (f *File) byName() map[string]*Variable {
	m := make(map[string]*Variable, len(f.Variables))
	for _, v := range f.Variables {
		m[strings.ToUpper(string(v.Name))] = v
	}
	for _, v := range f.Variables {
		m[v.short] = v
	}
	return m
}

func (f *File) longNames(b []byte) {
	m := f.byName()
	pairs(b, func(key string, value []byte) {
		if v := m[key]; v != nil && len(value) > 0 {
			v.Name = trimRight(value)
		}
	})
}

// longTexts notes which texts are longer than 255: they go on in the variables
// that follow.
func (f *File) longTexts(b []byte) {
	m := f.byName()
	pairs(b, func(key string, value []byte) {
		width, err := strconv.Atoi(string(bytes.TrimSpace(value)))
		if v := m[key]; v != nil && v.Width > 0 && err == nil && width > 255 && width <= 32767 {
			v.Width, v.parts = width, (width+251)/252
		}
	})
}

func (f *File) longLabels(c *cutter) {
	m := f.byName()
	for !c.bad && len(c.b) > 0 {
		v := m[strings.ToUpper(string(c.text()))]
		c.int()
		for range c.count() {
			value, label := c.text(), c.text()
			if v != nil && !c.bad {
				v.Labels = append(v.Labels, ValueLabel{Text: trimRight(value), Label: trimRight(label)})
			}
		}
	}
}

func (f *File) longMissing(c *cutter) {
	m := f.byName()
	for !c.bad && len(c.b) > 0 {
		v := m[strings.ToUpper(string(c.text()))]
		n := c.take(1)
		length := c.count()
		if c.bad || len(n) == 0 {
			return
		}
		for range n[0] {
			if b := c.take(length); v != nil && !c.bad {
				v.Missing.Texts = append(v.Missing.Texts, trimRight(b))
			}
		}
	}
}

// settle joins what belongs together once everything was read.
func (f *File) settle(maxVariables int) error {
	var list []*Variable
	for i := 0; i < len(f.Variables); {
		v := f.Variables[i]
		if v.parts > len(f.Variables)-i {
			return damaged("the long text %q lacks its later parts", v.short)
		}
		for k := 1; k < v.parts; k++ {
			if p := f.Variables[i+k]; p.parts > 1 || p.Width != v.partWidth(k) {
				return damaged("the long text %q lacks its later parts", v.short)
			}
		}
		list = append(list, v)
		i += v.parts
	}
	for i, v := range f.Variables {
		next := f.slots
		if i+1 < len(f.Variables) {
			next = f.Variables[i+1].slot
		}
		if width := v.partWidth(0); i == 0 && v.slot > 0 || next-v.slot != max(1, (width+7)/8) {
			return damaged("the variable %q takes another room than its width says", v.short)
		}
	}
	per := 3
	if len(f.displays) == 2*len(list) {
		per = 2
	}
	if len(f.displays) == per*len(list) {
		for i, v := range list {
			v.Measure = f.displays[per*i]
		}
	}
	f.Variables = list
	switch {
	case len(list) == 0:
		return damaged("the file describes no variable")
	case len(list) > maxVariables:
		return &Fault{"too many columns", "the file has " + strconv.Itoa(len(list)) + " variables and the limit is " + strconv.Itoa(maxVariables) + "; leave out those that are not needed"}
	}
	return nil
}

// partWidth is the width of one part of a text as the file lays it out: 255,
// the last what is left when each before carries 252.
func (v *Variable) partWidth(part int) int {
	if part == v.parts-1 {
		return v.Width - 252*part
	}
	return 255
}

// cutter takes bytes apart. After the first that do not fit it is bad.
type cutter struct {
	b   []byte
	f   *File
	bad bool
}

func (c *cutter) take(n int) []byte {
	if n < 0 || n > len(c.b) || c.bad {
		c.bad = true
		return nil
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}

func (c *cutter) int() int {
	if b := c.take(4); b != nil {
		return int(int32(c.f.r.order.Uint32(b)))
	}
	return 0
}

func (c *cutter) int64() int64 {
	if b := c.take(8); b != nil {
		return int64(c.f.r.order.Uint64(b))
	}
	return 0
}

func (c *cutter) float() float64 {
	if b := c.take(8); b != nil {
		return float(c.f.r.order, b)
	}
	return 0
}

func (c *cutter) count() int {
	n := c.int()
	if n < 0 || n > len(c.b) {
		c.bad = true
		return 0
	}
	return n
}

func (c *cutter) text() []byte { return c.take(c.count()) }
