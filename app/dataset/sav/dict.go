package sav

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"strings"

	"trialbox/app/dataset/inflate"
)

// File is an open file: what is said of the variables has been read.
type File struct {
	Variables []*Variable
	Encoding  string // as the file names it, "" when it does not
	CodePage  int    // of Windows; 0 when the file does not say it
	Cases     int    // as promised; -1: not said

	r        reader
	packing  int
	bias     float64
	sysmis   float64
	slots    int         // words of 8 bytes in a case
	at       []*Variable // by slot, nil inside a text
	displays []int       // subtype 11, until the variables are settled
	done     int         // cases that were read
	data     packed
}

// Variable is a column.
type Variable struct {
	Name    []byte
	Label   []byte
	Width   int // of a text in bytes; 0: a number
	Format  int // how a number is shown; see Date
	Missing Missing
	Labels  []ValueLabel
	Measure int // 1 nominal, 2 ordinal, 3 scale, 0 not said

	short string // name of 8 bytes
	slot  int
	parts int // variables of the file that make a very long text
}

// Missing are the values that stand for none.
type Missing struct {
	Low, High float64 // a range, its ends included, when Range is set
	Range     bool
	Numbers   []float64
	Texts     [][]byte
}

// ValueLabel names a value, a number or a text.
type ValueLabel struct {
	Number float64
	Text   []byte
	Label  []byte
}

// Is reports whether a number stands for no value.
func (m Missing) Is(v float64) bool {
	if m.Range && v >= m.Low && v <= m.High {
		return true
	}
	for _, n := range m.Numbers {
		if n == v {
			return true
		}
	}
	return false
}

// Recognise reports whether a file begins as those of SPSS do.
func Recognise(head []byte) bool {
	return bytes.HasPrefix(head, []byte("$FL2")) || bytes.HasPrefix(head, []byte("$FL3"))
}

// Open reads everything before the cases. A file with more variables than
// maxVariables is refused; the cases of one that is packed twice (.zsav) may
// unpack to limit bytes.
func Open(src io.Reader, maxVariables int, limit int64) (*File, error) {
	f := &File{r: reader{src: inflate.NewSource(src), order: binary.LittleEndian}, sysmis: -math.MaxFloat64}
	if err := f.readHeader(); err != nil {
		return nil, err
	}
	if err := f.readRecords(maxVariables); err != nil {
		return nil, err
	}
	if err := f.settle(maxVariables); err != nil {
		return nil, err
	}
	return f, f.openData(limit)
}

func (f *File) readHeader() error {
	var head [176]byte
	if !f.r.fill(head[:]) {
		return f.r.err
	}
	if layout := binary.LittleEndian.Uint32(head[64:]); layout != 2 && layout != 3 {
		f.r.order = binary.BigEndian
		if layout = binary.BigEndian.Uint32(head[64:]); layout != 2 && layout != 3 {
			return damaged("the file begins like one of SPSS and has another layout")
		}
	}
	word := func(at int) int { return int(int32(f.r.order.Uint32(head[at:]))) }
	f.packing, f.Cases = word(72), word(80)
	f.bias = math.Float64frombits(f.r.order.Uint64(head[84:]))
	if f.packing < 0 || f.packing > 2 || (f.packing == 2) != (head[3] == '3') {
		return damaged("the file does not say in a known way how its cases are packed")
	}
	if f.Cases < 0 {
		f.Cases = -1
	}
	return nil
}

// readRecords reads one record after the other up to the one that ends the
// description.
func (f *File) readRecords(maxVariables int) error {
	var labels []ValueLabel
	for f.r.err == nil {
		switch kind := f.r.int(); kind {
		case 2:
			if f.readVariable(); len(f.Variables) > maxVariables*8 || f.slots > 1<<24 {
				return &Fault{"too many columns", "the file has many more variables than can be read; leave out those that are not needed"}
			}
		case 3:
			labels = f.readLabels()
		case 4:
			f.giveLabels(labels)
		case 6:
			f.r.skip(80 * int64(f.r.count("lines of notes")))
		case 7:
			f.readMore()
		case 999:
			f.r.int()
			return f.r.err
		default:
			if f.r.err == nil {
				return damaged("the description of the variables holds a record of unknown kind %d", kind)
			}
		}
	}
	return f.r.err
}

func (f *File) readVariable() {
	r := &f.r
	width, labelled, missing, print := r.int(), r.int(), r.int(), r.int()
	r.int()
	name := r.text(8)
	if width == -1 { // the last variable, a text, goes on
		f.at, f.slots = append(f.at, nil), f.slots+1
	}
	v := &Variable{Name: trimRight(name), short: strings.ToUpper(string(trimRight(name))), Width: width, Format: print >> 16 & 0xFF, slot: f.slots, parts: 1}
	if labelled == 1 {
		n := r.count("letters of a label")
		v.Label = trimRight(r.text(n))
		r.skip(int64(-n & 3))
	}
	f.readMissing(v, missing)
	switch {
	case r.err != nil, width == -1:
	case width < -1 || width > 255:
		r.err = damaged("a variable is said to be %d letters wide", width)
	default:
		f.at, f.slots, f.Variables = append(f.at, v), f.slots+1, append(f.Variables, v)
	}
}

func (f *File) readMissing(v *Variable, n int) {
	if n < -3 || n > 3 || n == -1 {
		f.r.err = damaged("a variable is said to have %d missing values", n)
		return
	}
	if n < 0 {
		v.Missing.Range, v.Missing.Low, v.Missing.High = true, f.r.float(), f.r.float()
		n = -n - 2
	}
	for range n {
		if b := f.r.text(8); v.Width > 0 {
			v.Missing.Texts = append(v.Missing.Texts, trimRight(b))
		} else if len(b) == 8 {
			v.Missing.Numbers = append(v.Missing.Numbers, math.Float64frombits(f.r.order.Uint64(b)))
		}
	}
}

func (f *File) readLabels() (list []ValueLabel) {
	for range f.r.count("labels") {
		value := f.r.text(8)
		length := f.r.text(1)
		if f.r.err != nil {
			return nil
		}
		n := int(length[0])
		text := f.r.text((n+8)/8*8 - 1)
		if f.r.err != nil {
			return nil
		}
		list = append(list, ValueLabel{math.Float64frombits(f.r.order.Uint64(value)), trimRight(value), trimRight(text[:n])})
	}
	return list
}

// giveLabels gives the labels read last to the variables that are named by
// their places.
func (f *File) giveLabels(labels []ValueLabel) {
	for range f.r.count("variables with labels") {
		slot := f.r.int() - 1
		if f.r.err != nil {
			return
		}
		if slot < 0 || slot >= len(f.at) || f.at[slot] == nil {
			f.r.err = damaged("labels are given to a variable that is not there")
			return
		}
		f.at[slot].Labels = labels
	}
}
