// Package numjson writes results as JSON: numbers at full precision, NaN and
// infinity as null, the keys of an object in the order they were given, lists
// of numbers on a line. The same value gives the same bytes on every machine,
// which the log of a randomisation rests on. It knows nothing of what it
// writes.
package numjson

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Num is a number in JSON with full precision; NaN and infinite are null.
type Num float64

// MarshalJSON implements json.Marshaler.
func (n Num) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(n), 'g', -1, 64), nil
}

// Object is a JSON object whose keys keep their order.
type Object []Member

// Member is a key of an Object with its value.
type Member struct {
	Key   string
	Value any
}

// MarshalJSON implements json.Marshaler.
func (p Object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for k, x := range p {
		if k > 0 {
			b.WriteByte(',')
		}
		key, _ := json.Marshal(x.Key)
		value, err := json.Marshal(x.Value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Write writes a value with two spaces of indent and a line's end.
func Write(w io.Writer, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(JoinNumbers(b), '\n'))
	return err
}

// JoinNumbers puts arrays of numbers, which MarshalIndent spreads one to a line, on one line each.
func JoinNumbers(b []byte) []byte {
	lines := strings.Split(string(b), "\n")
	var out []string
	for k := 0; k < len(lines); k++ {
		end := k + 1
		for end < len(lines) && isNumber(lines[end]) {
			end++
		}
		if !strings.HasSuffix(lines[k], "[") || end == k+1 {
			out = append(out, lines[k])
			continue
		}
		parts := slices.Clone(lines[k+1 : end+1])
		for n := range parts {
			parts[n] = strings.TrimSpace(parts[n])
		}
		last := len(parts) - 1
		out = append(out, lines[k]+strings.Join(parts[:last], " ")+parts[last])
		k = end
	}
	return []byte(strings.Join(out, "\n"))
}

func isNumber(line string) bool {
	s := strings.TrimSuffix(strings.TrimSpace(line), ",")
	return s == "null" || s != "" && strings.ContainsAny(s[:1], "-0123456789")
}
