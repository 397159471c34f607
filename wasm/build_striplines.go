//go:build !js

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// The tables by which Go's runtime finds its way in a stack, as laid out since
// Go 1.20 (runtime/symtab.go, runtime/runtime2.go, internal/abi/symtab.go of
// Go 1.26). All numbers are little-endian.
const (
	tablesMagic  = "\xf1\xff\xff\xff\x00\x00\x01\x08" // magic, padding, least instruction, bytes of a pointer
	headerSize   = 72                                 // then: functions, files, (unused), offsets of names, units, files, tables, functions
	funcSize     = 44                                 // of runtime._func without what follows it
	funcName     = 4
	funcPCSP     = 16 // table of the stack's depth: needed
	funcPCFile   = 20
	funcPCLine   = 24
	funcPCData   = 28 // how many tables follow
	funcUnit     = 32
	funcStart    = 36 // line at which the function begins
	funcID       = 40
	funcFuncData = 43 // how many pieces of data follow the tables

	pcUnsafe  = 0 // where a goroutine must not be interrupted by a signal, which WebAssembly does not have
	pcInlined = 2 // which inlined function an instruction belongs to
	pcArgLive = 3 // which arguments a traceback may print

	dataArgMap   = 0 // which words hold pointers: for the garbage collector
	dataLocalMap = 1
	dataObjects  = 2 // variables on the stack whose address is taken
	dataInlined  = 3
	dataDefer    = 4 // where deferred calls are noted

	objectSize = 16 // of runtime.stackObjectRecord, the last four bytes its mask from the start of the read-only data
	inlineSize = 16 // of runtime.inlinedCall

	// Fields of runtime.moduledata, counted in words.
	moduleFind   = 19
	moduleRodata = 39
	moduleGofunc = 40

	// idWrapper marks functions that the compiler made round others. recover
	// counts the functions inlined into them, so theirs stay.
	idWrapper = 23
)

var errTables = errors.New("the tables of Go's runtime are laid out otherwise than expected")

// stripLines zeroes, in the memory of a linked program, the tables that lead
// from an instruction to its file and line, the names of functions that are not
// the runtime's, what a traceback prints of arguments and inlined calls, and
// every way to them. What is left of the table of functions is written as
// differences and its index not at all; where tells boot.js the place. An offset of 0 means "no
// table" to the runtime, one of all ones "no data".
func stripLines(memory []byte) (where []uint32, err error) {
	at := bytes.Index(memory, []byte(tablesMagic))
	if at < 0 || bytes.Contains(memory[at+1:], []byte(tablesMagic)) || len(memory) < at+headerSize {
		return nil, errTables
	}
	header := func(k int) int { return int(binary.LittleEndian.Uint64(memory[at+8+8*k:])) }
	functions, names, units, files, tables, funcs := header(0), header(3), header(4), header(5), header(6), header(7)
	if names != headerSize || units < names || files < units || tables < files || funcs < tables || at+funcs+8*functions > len(memory) {
		return nil, errTables
	}
	module, ok := findModule(memory, at)
	if !ok {
		return nil, errTables
	}
	s := &stripping{memory: memory, tables: memory[at+tables : at+funcs], data: memory[module[0]:module[1]], rodata: module[2], dataAt: module[0]}
	s.names, s.named = memory[at+names:at+units], []byte(anyName)
	s.keepTables, s.keepData = make([]bool, len(s.tables)), make([]bool, len(s.data))
	for k := range functions {
		if !s.function(at + funcs + int(binary.LittleEndian.Uint32(memory[at+funcs+8*k+4:]))) {
			return nil, errTables
		}
	}
	if len(s.named) > len(s.names) {
		return nil, errTables
	}
	clear(s.names)
	copy(s.names, s.named)
	sweep(s.tables, s.keepTables)
	sweep(s.data, s.keepData)
	clear(memory[at+units : at+tables])
	if !clearIndex(memory[module[1]:], memory[at+funcs:], functions) {
		return nil, errTables
	}
	deltas(memory[at+funcs:module[0]], functions)
	return []uint32{uint32(at + funcs), uint32(functions), uint32(module[1])}, nil
}

// findModule gives where the functions' data begin and end and where the
// read-only data begin, from the runtime's record of the program.
func findModule(memory []byte, tables int) (module [3]int, ok bool) {
	mark := binary.LittleEndian.AppendUint64(nil, uint64(tables))
	mark = binary.LittleEndian.AppendUint64(mark, uint64(tables+headerSize))
	m := bytes.Index(memory, mark)
	if m < 0 || m+8*(moduleGofunc+1) > len(memory) || bytes.Contains(memory[m+1:], mark) {
		return module, false
	}
	for k, field := range []int{moduleGofunc, moduleFind, moduleRodata} {
		v := binary.LittleEndian.Uint64(memory[m+8*field:])
		if v > uint64(len(memory)) {
			return module, false
		}
		module[k] = int(v)
	}
	return module, module[0] < module[1] && module[2] < module[0]
}

// stripping goes through the functions and notes which bytes are needed.
type stripping struct {
	memory               []byte
	tables, data         []byte
	keepTables, keepData []bool
	rodata, dataAt       int
	names, named         []byte // the names as linked, and those that stay
}

// anyName is what a traceback calls a function that is not the runtime's. The
// runtime tells its own goroutines from others by the names they begin with.
const anyName = "function\x00"

// name gives a function's name its place among those that stay.
func (s *stripping) name(entry []byte) bool {
	from := int(binary.LittleEndian.Uint32(entry))
	if from >= len(s.names) {
		return false
	}
	name, _, ok := bytes.Cut(s.names[from:], []byte{0})
	to := 0
	if bytes.HasPrefix(name, []byte("runtime.")) {
		to = len(s.named)
		s.named = append(append(s.named, name...), 0)
	}
	binary.LittleEndian.PutUint32(entry, uint32(to))
	return ok
}

// function clears what one function does not need and keeps what it does.
func (s *stripping) function(f int) bool {
	u32 := binary.LittleEndian.Uint32
	memory := s.memory
	if f+funcSize > len(memory) {
		return false
	}
	pcs, pieces := int(u32(memory[f+funcPCData:])), int(memory[f+funcFuncData])
	if f+funcSize+4*(pcs+pieces) > len(memory) || pcs > 8 || pieces > 16 {
		return false
	}
	wrapper := memory[f+funcID] == idWrapper
	if !s.name(memory[f+funcName:][:4]) {
		return false
	}
	for _, field := range []int{funcPCFile, funcPCLine, funcUnit, funcStart} {
		clear(memory[f+field : f+field+4])
	}
	need := []uint32{u32(memory[f+funcPCSP:])}
	inlined := 0
	for j := range pcs {
		entry := memory[f+funcSize+4*j:][:4]
		if j == pcUnsafe || j == pcArgLive || j == pcInlined && !wrapper {
			clear(entry)
		}
		if j == pcInlined && u32(entry) != 0 {
			inlined = highest(s.tables, int(u32(entry))) + 1
		}
		need = append(need, u32(entry))
	}
	for _, table := range need {
		if !keepTable(s.tables, s.keepTables, int(table)) {
			return false
		}
	}
	for j := range pieces {
		entry := memory[f+funcSize+4*(pcs+j):][:4]
		if j > dataDefer || j == dataInlined && inlined == 0 {
			copy(entry, "\xff\xff\xff\xff") // none
		} else if u32(entry) != 1<<32-1 && !s.keepPiece(j, int(u32(entry)), inlined) {
			return false
		}
	}
	return true
}

// keepPiece keeps a piece of a function's data, whose length its kind tells.
func (s *stripping) keepPiece(kind, from, inlined int) bool {
	if from > len(s.data) || kind != dataDefer && from+8 > len(s.data) {
		return false
	}
	d := s.data[from:]
	size := 0
	switch kind {
	case dataArgMap, dataLocalMap:
		maps, bits := int(binary.LittleEndian.Uint32(d)), int(binary.LittleEndian.Uint32(d[4:]))
		size = 8 + maps*((bits+7)/8)
	case dataObjects:
		n := binary.LittleEndian.Uint64(d)
		if n > uint64(len(d)/objectSize) {
			return false
		}
		size = 8 + int(n)*objectSize
		for k := range int(n) { // their masks must not lie in what is swept
			if s.rodata+int(binary.LittleEndian.Uint32(d[8+k*objectSize+12:])) >= s.dataAt {
				return false
			}
		}
	case dataInlined:
		size = inlined * inlineSize
		for k := range min(inlined, len(d)/inlineSize) {
			clear(d[k*inlineSize+4:][:4]) // the name
		}
	case dataDefer:
		_, a := binary.Uvarint(d)
		_, b := binary.Uvarint(d[max(a, 0):])
		size = a + b
	}
	if size <= 0 || size > len(d) {
		return false
	}
	markKept(s.keepData[from : from+size])
	return true
}

// sweep zeroes the bytes that are not kept.
func sweep(b []byte, kept []bool) {
	for k := range kept {
		if !kept[k] {
			b[k] = 0
		}
	}
}

// highest is the largest value of a table, whose changes are zigzag varints
// that begin at -1.
func highest(tables []byte, from int) int {
	value, most := -1, -1
	for at := from; at < len(tables); {
		change, k := binary.Varint(tables[at:])
		if k <= 0 || change == 0 && at != from {
			break
		}
		value += int(change)
		most = max(most, value)
		_, n := binary.Uvarint(tables[at+k:])
		if n <= 0 {
			break
		}
		at += k + n
	}
	return most
}

// keepTable marks the bytes of the table at an offset: pairs of varints, the
// change of the value and of the place, up to a change of the value by 0 that
// is not the first.
func keepTable(tables []byte, kept []bool, from int) bool {
	if from == 0 {
		return true
	}
	for at := from; at < len(tables); {
		value, k := binary.Uvarint(tables[at:])
		if k <= 0 {
			return false
		}
		end := at + k
		if value == 0 && at != from {
			markKept(kept[from:end])
			return true
		}
		if _, k = binary.Uvarint(tables[end:]); k <= 0 {
			return false
		}
		at = end + k
	}
	return false
}

func markKept(b []bool) {
	for k := range b {
		b[k] = true
	}
}
