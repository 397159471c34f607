package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"unsafe"
)

// The binary form, version 3: a version byte, then the fields in the order of
// MarshalBinary. Whole numbers are varints, texts a length and bytes, codes
// one, two or four bytes each by how many texts the column has. Texts that
// were understood as they stand are not written twice, and numbers are not
// written where all are missing.
const binaryVersion = 4

var errDamaged = errors.New("the stored table is damaged")

// MarshalBinary writes the data set compactly, to be handed from a worker to
// the page.
func (d *Dataset) MarshalBinary() ([]byte, error) {
	size := 4096 + len(d.Line) + len(d.Line)/16
	for _, c := range d.Columns {
		size += 256 + codeWidth(len(c.Raw))*c.Codes.Len()
		for _, text := range c.Raw {
			size += len(text) + 2
		}
	}
	w := &writer{b: make([]byte, 0, size)}
	w.b = append(w.b, binaryVersion)
	w.text(d.Name)
	w.int(int(d.Size))
	w.text(d.SHA256)
	w.text(d.Format)
	w.text(d.Sheet)
	w.texts(d.Sheets)
	w.text(d.Encoding)
	w.bool(d.BOM)
	w.int(int(d.Delimiter))
	w.int(int(d.Decimal))
	w.texts(d.Evidence)
	w.int(d.Rows)
	line := int32(0)
	for _, l := range d.Line { // lines rise by one nearly always
		w.int(int(l - line))
		line = l
	}
	w.int(len(d.Problems))
	for _, p := range d.Problems {
		w.text(p.File)
		w.int(p.Line)
		w.text(p.Column)
		w.text(p.Value)
		w.text(p.Kind)
		w.int(int(p.Severity))
		w.text(p.Text)
		w.texts(p.Also)
	}
	w.int(d.reading)
	w.int(d.evidence)
	w.int(len(d.Columns))
	for _, c := range d.Columns {
		w.column(c)
	}
	return w.b, nil
}

// UnmarshalBinary reads what MarshalBinary wrote. Bytes that are something
// else give an error and leave d as it was. Texts and codes stay where they lie
// in b, so nothing may write to it any more.
func (d *Dataset) UnmarshalBinary(b []byte) error {
	if len(b) == 0 || b[0] != binaryVersion {
		return fmt.Errorf("%w: it is not version %d", errDamaged, binaryVersion)
	}
	r := &source{b: b[1:]}
	n := Dataset{Name: r.text(), Size: int64(r.int()), SHA256: r.text(), Format: r.text(), Sheet: r.text(), Sheets: r.texts(), Encoding: r.text(), BOM: r.bool(),
		Delimiter: rune(r.int()), Decimal: rune(r.int()), Evidence: r.texts()}
	n.Rows = r.count(1)
	n.Line = make([]int32, n.Rows)
	line := int32(0)
	for i := range n.Line {
		line += int32(r.int())
		n.Line[i] = line
	}
	for range r.count(8) {
		n.Problems = append(n.Problems, Problem{r.text(), r.int(), r.text(), r.text(), r.text(), Severity(r.int()), r.text(), r.texts()})
	}
	n.reading, n.evidence = r.int(), r.int()
	if n.reading < 0 || n.reading > len(n.Problems) || n.evidence < 0 || n.evidence > len(n.Evidence) {
		r.bad = true
	}
	n.Columns = make([]*Column, r.count(8))
	for i := range n.Columns {
		n.Columns[i] = r.column(n.Rows)
	}
	if r.bad || len(r.b) > 0 {
		return errDamaged
	}
	n.index()
	*d = n
	return nil
}

func codeWidth(texts int) int {
	switch {
	case texts <= 1<<8:
		return 1
	case texts <= 1<<16:
		return 2
	}
	return 4
}

type writer struct{ b []byte }

// Not inlined: a hundred copies of it would be a twentieth of the worker.
//
//go:noinline
func (w *writer) int(v int) {
	if v >= 0 && v < 1<<6 { // nearly all of them, by the million
		w.b = append(w.b, byte(2*v))
		return
	}
	w.b = binary.AppendVarint(w.b, int64(v))
}
func (w *writer) bool(v bool) {
	if v {
		w.b = append(w.b, 1)
	} else {
		w.b = append(w.b, 0)
	}
}
func (w *writer) text(s string) {
	w.int(len(s))
	w.b = append(w.b, s...)
}
func (w *writer) texts(list []string) {
	w.int(len(list))
	for _, s := range list {
		w.text(s)
	}
}

func (w *writer) column(c *Column) {
	w.text(c.Name)
	w.text(c.Label)
	w.told(c.File)
	w.int(int(c.Kind))
	w.texts(c.Raw)
	switch width := codeWidth(len(c.Raw)); width {
	case 1:
		w.b = append(w.b, c.Codes.narrow...)
	case 2:
		for row := range c.Codes.Len() {
			w.b = binary.LittleEndian.AppendUint16(w.b, uint16(c.Codes.At(row)))
		}
	default:
		for row := range c.Codes.Len() {
			w.b = binary.LittleEndian.AppendUint32(w.b, uint32(c.Codes.At(row)))
		}
	}
	numbers := false
	w.bool(c.Clean != nil)
	for i, raw := range c.Raw {
		if c.Clean == nil {
			break
		}
		w.bool(c.Missing[i])
		if same := c.Clean[i] == raw; same {
			w.bool(true)
		} else {
			w.bool(false)
			w.text(c.Clean[i])
		}
		numbers = numbers || !math.IsNaN(c.Number[i])
	}
	w.bool(numbers)
	if numbers {
		for _, v := range c.Number {
			w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(v))
		}
	}
	w.int(int(c.Decimal))
	w.int(len(c.MissingCodes))
	for _, m := range c.MissingCodes {
		w.text(m.Code)
		w.int(m.Count)
		w.bool(m.Applied)
		w.text(m.Why)
	}
	w.int(len(c.Odd))
	for _, code := range c.Odd {
		w.int(int(code))
	}
	w.int(len(c.Merged))
	for _, m := range c.Merged {
		w.text(m.To)
		w.texts(m.From)
	}
	w.texts(c.Order)
	w.text(c.Why)
	w.text(c.Doubt)
}

// told writes what a file says of a column; the rest of a rule is never said by
// one.
func (w *writer) told(r ColumnRule) {
	w.text(r.Label)
	w.text(r.Decimal)
	w.texts(r.Missing)
	w.int(len(r.Choices))
	for _, k := range r.Choices {
		w.text(k.Code)
		w.text(k.Label)
	}
}

func (r *source) told() ColumnRule {
	rule := ColumnRule{Label: r.text(), Decimal: r.text(), Missing: r.texts()}
	for range r.count(2) {
		rule.Choices = append(rule.Choices, Choice{r.text(), r.text()})
	}
	return rule
}

// source takes bytes apart. After the first that do not fit it is bad, and
// gives zero values.
type source struct {
	b   []byte
	bad bool
}

func (r *source) int() int {
	if len(r.b) > 0 && r.b[0] < 1<<7 && r.b[0]&1 == 0 && !r.bad {
		v := int(r.b[0] >> 1)
		r.b = r.b[1:]
		return v
	}
	v, n := binary.Varint(r.b)
	if n <= 0 || r.bad {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return int(v)
}

// count reads how many things follow that take at least size bytes each, so
// that damaged bytes cannot ask for more memory than they have.
func (r *source) count(size int) int {
	n := r.int()
	if n < 0 || n > len(r.b)/size {
		r.bad, r.b = true, nil
		return 0
	}
	return n
}

func (r *source) take(n int) []byte {
	if n < 0 || n > len(r.b) || r.bad {
		r.bad, r.b = true, nil
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *source) bool() bool {
	b := r.take(1)
	return len(b) == 1 && b[0] == 1
}

func (r *source) text() string {
	b := r.take(r.count(1))
	return unsafe.String(unsafe.SliceData(b), len(b))
}

func (r *source) texts() []string {
	n := r.count(1)
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.text()
	}
	return list
}

// unpack takes the codes of a column, those of one byte where they lie.
func unpack(packed []byte, width int) Codes {
	switch width {
	case 1:
		return Codes{narrow: slices.Clip(packed)}
	case 2:
		c := Codes{middle: make([]uint16, len(packed)/2)}
		for i := range c.middle {
			c.middle[i] = binary.LittleEndian.Uint16(packed[2*i:])
		}
		return c
	}
	c := Codes{wide: make([]int32, len(packed)/4)}
	for i := range c.wide {
		c.wide[i] = int32(binary.LittleEndian.Uint32(packed[4*i:]))
	}
	return c
}

func (r *source) column(rows int) *Column {
	c := &Column{Name: r.text(), Label: r.text(), File: r.told(), Kind: Kind(r.int()), Raw: r.texts()}
	n := len(c.Raw)
	width := codeWidth(n)
	if rows > len(r.b)/width {
		r.bad = true
		return c
	}
	packed := r.take(rows * width)
	if r.bad {
		return c
	}
	c.Codes = unpack(packed, width)
	if c.Codes.Highest() >= n {
		r.bad = true
		return c
	}
	understood := r.bool()
	if understood {
		r.understood(c)
	}
	if r.bool() {
		packed := r.take(8 * n)
		if r.bad {
			return c
		}
		for i := range c.Number {
			c.Number[i] = math.Float64frombits(binary.LittleEndian.Uint64(packed[8*i:]))
		}
	}
	c.Decimal = rune(r.int())
	for range r.count(4) {
		c.MissingCodes = append(c.MissingCodes, MissingCode{r.text(), r.int(), r.bool(), r.text()})
	}
	for range r.count(1) {
		code := r.int()
		if code < 0 || code >= n {
			r.bad = true
			return c
		}
		c.Odd = append(c.Odd, int32(code))
	}
	for range r.count(2) {
		c.Merged = append(c.Merged, Merge{r.text(), r.texts()})
	}
	c.Order = r.texts()
	c.Why, c.Doubt = r.text(), r.text()
	if understood && !r.bad {
		c.count()
	}
	return c
}

// understood reads what was made of a column's texts, all but their numbers.
func (r *source) understood(c *Column) {
	n := len(c.Raw)
	c.Count, c.Missing, c.Clean, c.Number = make([]int32, n), make([]bool, n), make([]string, n), make([]float64, n)
	c.Codes.Tally(c.Count)
	changed := false
	for i, raw := range c.Raw {
		c.Missing[i] = r.bool()
		c.Clean[i] = raw
		if !r.bool() {
			c.Clean[i], changed = r.text(), true
		}
		c.Number[i] = math.NaN()
	}
	if !changed {
		c.Clean = c.Raw
	}
}
