//go:build !js

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// strip takes out of a linked Go program for WebAssembly what only a traceback
// reads: at which line of which file an instruction was written, and in which
// function. That is a seventh of what a browser has to load. What a panic says
// stays; who looks for its place runs a program that was built by hand. The
// linker has no switch for it.
//
// The linker also cuts the data into 100,000 segments, each with a header, at
// the smallest run of zeros; a few large segments with the zeros in them pack
// a twentieth better.
//
// An unknown layout (another release of Go) is an error, and the program is
// then shipped as it was linked.
func strip(program []byte) ([]byte, error) {
	sections, err := wasmSections(program)
	if err != nil {
		return nil, err
	}
	out := bytes.NewBuffer(bytes.Clone(program[:8]))
	var where []byte
	for _, s := range sections {
		body := s.body
		if s.id == wasmData {
			memory, err := memoryImage(body)
			if err != nil {
				return nil, err
			}
			places, err := stripLines(memory)
			if err != nil {
				return nil, err
			}
			body = dataSegments(memory)
			for _, place := range places {
				where = binary.LittleEndian.AppendUint32(where, place)
			}
		}
		writeSection(out, s.id, body)
	}
	writeSection(out, wasmCustom, append(append([]byte{byte(len(deltaSection))}, deltaSection...), where...))
	return out.Bytes(), nil
}

func writeSection(out *bytes.Buffer, id byte, body []byte) {
	out.WriteByte(id)
	out.Write(binary.AppendUvarint(nil, uint64(len(body))))
	out.Write(body)
}

// Ids of sections (WebAssembly core specification 2.0, 5.5.2): those of any
// content, and the one that fills the memory.
const (
	wasmCustom = 0
	wasmData   = 11
)

type wasmSection struct {
	id   byte
	body []byte
}

var errNotWasm = errors.New("not a WebAssembly program as Go's linker writes it")

func wasmSections(program []byte) ([]wasmSection, error) {
	if len(program) < 8 || string(program[:4]) != "\x00asm" {
		return nil, errNotWasm
	}
	var all []wasmSection
	for rest := program[8:]; len(rest) > 0; {
		size, k := binary.Uvarint(rest[1:])
		if k <= 0 || uint64(len(rest)-1-k) < size {
			return nil, errNotWasm
		}
		end := 1 + k + int(size)
		all = append(all, wasmSection{rest[0], rest[1+k : end]})
		rest = rest[end:]
	}
	return all, nil
}

// memoryImage lays the segments of a data section out as the memory they make.
// Each is 0x00 0x41 address 0x0b length bytes; Go's linker writes no other form.
func memoryImage(body []byte) ([]byte, error) {
	n, k := binary.Uvarint(body)
	if k <= 0 {
		return nil, errNotWasm
	}
	var memory []byte
	rest := body[k:]
	for range n {
		if len(rest) < 2 || rest[0] != 0 || rest[1] != 0x41 {
			return nil, errNotWasm
		}
		address, k := signedVarint(rest[2:])
		if k == 0 || address < 0 || len(rest) < 3+k || rest[2+k] != 0x0b {
			return nil, errNotWasm
		}
		rest = rest[3+k:]
		size, k := binary.Uvarint(rest)
		if k <= 0 || uint64(len(rest)-k) < size {
			return nil, errNotWasm
		}
		if end := int(address) + int(size); end > len(memory) {
			memory = append(memory, make([]byte, end-len(memory))...)
		}
		copy(memory[address:], rest[k:k+int(size)])
		rest = rest[k+int(size):]
	}
	return memory, nil
}

// zerosKept is the longest run of zeros written out inside a segment. Packed,
// it costs less than the header of another segment.
const zerosKept = 255

// dataSegments is memoryImage the other way round.
func dataSegments(memory []byte) []byte {
	var segments [][2]int
	for at := 0; at < len(memory); {
		if memory[at] == 0 {
			at++
			continue
		}
		start, end := at, at
		for ; at < len(memory) && at-end <= zerosKept; at++ {
			if memory[at] != 0 {
				end = at + 1
			}
		}
		segments = append(segments, [2]int{start, end})
	}
	out := binary.AppendUvarint(nil, uint64(len(segments)))
	for _, s := range segments {
		out = appendSigned(append(out, 0, 0x41), int64(s[0]))
		out = binary.AppendUvarint(append(out, 0x0b), uint64(s[1]-s[0]))
		out = append(out, memory[s[0]:s[1]]...)
	}
	return out
}

// signedVarint reads a signed LEB128 number and how many bytes it took; 0 is
// none.
func signedVarint(b []byte) (value int64, n int) {
	for shift := 0; n < len(b) && shift < 63; {
		x := b[n]
		n++
		value |= int64(x&0x7f) << shift
		shift += 7
		if x < 0x80 {
			if x&0x40 != 0 {
				value |= -1 << shift
			}
			return value, n
		}
	}
	return 0, 0
}

func appendSigned(out []byte, value int64) []byte {
	for {
		x := byte(value & 0x7f)
		value >>= 7
		if value == 0 && x&0x40 == 0 || value == -1 && x&0x40 != 0 {
			return append(out, x)
		}
		out = append(out, x|0x80)
	}
}
