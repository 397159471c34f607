// Package pack writes plain values as bytes and reads them again: what travels
// between the page and its workers, and what a kept project holds of its
// results. It knows no type of ours; Shape tells whether the types of two
// builds have the same fields.
package pack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
)

// Encode writes a value: its exported fields one after the other,
// without names. Both ends must agree on the fields: workers are of the page's
// build, what is stored is held against its Shape. It does what encoding/gob does at a seventh of the
// worker's size. NaN, infinities and -0 arrive as they are; a nil slice stays
// nil; functions do not travel. Interfaces and channels are a broken contract.
// v may be the value or a pointer to it.
func Encode(v any) []byte {
	return encode(nil, reflect.Indirect(reflect.ValueOf(v)))
}

// Decode reads what Encode wrote into v, a pointer to the same type. Bytes
// that were cut or mixed up are an error; v is then of no use.
func Decode(b []byte, v any) (err error) {
	d := decoder{rest: b}
	defer func() {
		if fault := recover(); fault != nil {
			if fault != errCut {
				panic(fault)
			}
			err = errCut
		}
	}()
	d.decode(reflect.ValueOf(v).Elem())
	if len(d.rest) > 0 {
		return fmt.Errorf("pack: %d bytes are left over", len(d.rest))
	}
	return nil
}

var errCut = errors.New("pack: the message is not whole")

func encode(b []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return append(b, 1)
		}
		return append(b, 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return binary.AppendVarint(b, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return binary.AppendUvarint(b, v.Uint())
	case reflect.Float64:
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Float()))
	case reflect.String:
		b = binary.AppendUvarint(b, uint64(v.Len()))
		return append(b, v.String()...)
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, 0)
		}
		return encode(append(b, 1), v.Elem())
	case reflect.Slice:
		if v.IsNil() {
			return append(b, 0)
		}
		return encodeElements(binary.AppendUvarint(b, uint64(v.Len())+1), v)
	case reflect.Array:
		return encodeElements(b, v)
	case reflect.Map:
		if v.IsNil() {
			return append(b, 0)
		}
		b = binary.AppendUvarint(b, uint64(v.Len())+1)
		names := make([]string, 0, v.Len()) // a map's keys are texts
		for _, key := range v.MapKeys() {
			names = append(names, key.String())
		}
		slices.SortFunc(names, strings.Compare)
		for _, name := range names {
			key := reflect.New(v.Type().Key()).Elem()
			key.SetString(name)
			b = encode(encode(b, key), v.MapIndex(key))
		}
		return b
	case reflect.Struct:
		for i := range v.NumField() {
			if travels(v.Type().Field(i)) {
				b = encode(b, v.Field(i))
			}
		}
		return b
	}
	panic(fmt.Sprintf("pack: a %v cannot travel", v.Type()))
}

func travels(f reflect.StructField) bool {
	return f.IsExported() && f.Type.Kind() != reflect.Func
}

func encodeElements(b []byte, v reflect.Value) []byte {
	if v.Kind() == reflect.Slice { // the long ones, without a look at each element's type
		switch x := v.Interface().(type) {
		case []float64:
			b = slices.Grow(b, 8*len(x))
			for _, f := range x {
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
			}
			return b
		case []int32:
			for _, n := range x {
				b = binary.AppendVarint(b, int64(n))
			}
			return b
		case []byte:
			return append(b, x...)
		}
	}
	for i := range v.Len() {
		b = encode(b, v.Index(i))
	}
	return b
}

// decoder takes values off the front of rest and panics with errCut when they
// do not fit.
type decoder struct{ rest []byte }

func (d *decoder) take(n int) []byte {
	if n > len(d.rest) {
		panic(errCut)
	}
	taken := d.rest[:n]
	d.rest = d.rest[n:]
	return taken
}

func (d *decoder) uvarint() uint64 {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 {
		panic(errCut)
	}
	d.rest = d.rest[size:]
	return n
}

func (d *decoder) varint() int64 {
	n, size := binary.Varint(d.rest)
	if size <= 0 {
		panic(errCut)
	}
	d.rest = d.rest[size:]
	return n
}

func (d *decoder) float() float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(d.take(8)))
}

// length reads a length that was written plus one, so that nil is told from
// empty. Every element takes a byte at least: no length asks for more memory
// than the message had.
func (d *decoder) length() (n int, isNil bool) {
	u := d.uvarint()
	if u == 0 {
		return 0, true
	}
	if u-1 > uint64(len(d.rest)) {
		panic(errCut)
	}
	return int(u - 1), false
}

func (d *decoder) decode(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(d.take(1)[0] != 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n := d.varint()
		if v.OverflowInt(n) {
			panic(errCut)
		}
		v.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n := d.uvarint()
		if v.OverflowUint(n) {
			panic(errCut)
		}
		v.SetUint(n)
	case reflect.Float64:
		v.SetFloat(d.float())
	case reflect.String:
		n := d.uvarint()
		if n > uint64(len(d.rest)) {
			panic(errCut)
		}
		v.SetString(string(d.take(int(n))))
	case reflect.Pointer:
		if d.take(1)[0] == 0 {
			v.SetZero()
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		d.decode(v.Elem())
	case reflect.Slice:
		n, isNil := d.length()
		if isNil {
			v.SetZero()
			return
		}
		d.decodeSlice(v, n)
	case reflect.Array:
		for i := range v.Len() {
			d.decode(v.Index(i))
		}
	case reflect.Map:
		n, isNil := d.length()
		if isNil {
			v.SetZero()
			return
		}
		v.Set(reflect.MakeMap(v.Type()))
		for range n {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			d.decode(key)
			d.decode(value)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if travels(v.Type().Field(i)) {
				d.decode(v.Field(i))
			}
		}
	default:
		panic(fmt.Sprintf("pack: a %v cannot travel", v.Type()))
	}
}

func (d *decoder) decodeSlice(v reflect.Value, n int) {
	switch p := v.Addr().Interface().(type) {
	case *[]float64:
		if n > len(d.rest)/8 {
			panic(errCut)
		}
		*p = make([]float64, n)
		rest := d.take(8 * n)
		for i := range *p {
			(*p)[i] = math.Float64frombits(binary.LittleEndian.Uint64(rest[8*i : 8*i+8]))
		}
	case *[]int32:
		*p = make([]int32, n)
		for i := range *p {
			(*p)[i] = int32(d.varint())
		}
	case *[]byte:
		*p = slices.Clone(d.take(n))
		if *p == nil {
			*p = []byte{}
		}
	default:
		// Grown as the elements come: a length that lies costs nothing.
		s := reflect.New(v.Type()).Elem()
		s.Set(reflect.MakeSlice(v.Type(), 0, min(n, 64)))
		for i := range n {
			if i == s.Cap() {
				s.Grow(1)
			}
			s.SetLen(i + 1)
			d.decode(s.Index(i))
		}
		v.Set(s)
	}
}

// Shape names the fields of a value's type, all the way down: values of types
// with the same Shape read each other's bytes.
func Shape(v any) string {
	var b strings.Builder
	shape(&b, reflect.TypeOf(v), nil)
	return b.String()
}

func shape(b *strings.Builder, t reflect.Type, above []reflect.Type) {
	b.WriteString(t.Kind().String())
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		b.WriteByte(' ')
		if t.Kind() == reflect.Array {
			fmt.Fprint(b, t.Len(), " ")
		}
		shape(b, t.Elem(), above)
	case reflect.Struct:
		if slices.Contains(above, t) {
			b.WriteString(" " + t.Name())
			return
		}
		b.WriteString("{")
		for i := range t.NumField() {
			if f := t.Field(i); travels(f) {
				b.WriteString(f.Name + " ")
				shape(b, f.Type, append(above, t))
				b.WriteString(";")
			}
		}
		b.WriteString("}")
	}
}
