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
	funcPCSP     = 16                                 // table of the stack's depth: needed
	funcPCFile   = 20
	funcPCLine   = 24
	funcPCData   = 28 // how many tables follow
	funcUnit     = 32
	funcStart    = 36 // line at which the function begins
	funcID       = 40
	funcFuncData = 43 // how many pieces of data follow the tables

	pcUnsafe    = 0 // where a goroutine must not be interrupted by a signal, which WebAssembly does not have
	pcInlined   = 2 // which inlined function an instruction belongs to
	pcArgLive   = 3 // which arguments a traceback may print
	dataInlined = 3
	dataArgs    = 5 // how a traceback prints arguments
	dataArgLive = 6

	// idWrapper marks functions that the compiler made round others. recover
	// counts the functions inlined into them, so theirs stay.
	idWrapper = 23
)

var errTables = errors.New("the tables of Go's runtime are laid out otherwise than expected")

// stripLines zeroes, in the memory of a linked program, the tables that lead
// from an instruction to its file and line, and every way to them. An offset
// of 0 means "no table" to the runtime.
func stripLines(memory []byte) error {
	at := bytes.Index(memory, []byte(tablesMagic))
	if at < 0 || bytes.Contains(memory[at+1:], []byte(tablesMagic)) || len(memory) < at+headerSize {
		return errTables
	}
	u32 := binary.LittleEndian.Uint32
	header := func(k int) int { return int(binary.LittleEndian.Uint64(memory[at+8+8*k:])) }
	functions, names, units, files, tables, funcs := header(0), header(3), header(4), header(5), header(6), header(7)
	if names != headerSize || units < names || files < units || tables < files || funcs < tables || at+funcs+8*functions > len(memory) {
		return errTables
	}
	kept := make([]bool, funcs-tables)
	for k := range functions {
		f := at + funcs + int(u32(memory[at+funcs+8*k+4:]))
		if f+funcSize > len(memory) {
			return errTables
		}
		pcs, data := int(u32(memory[f+funcPCData:])), int(memory[f+funcFuncData])
		if f+funcSize+4*(pcs+data) > len(memory) || pcs > 8 || data > 16 {
			return errTables
		}
		wrapper := memory[f+funcID] == idWrapper
		for _, field := range []int{funcPCFile, funcPCLine, funcUnit, funcStart} {
			clear(memory[f+field : f+field+4])
		}
		need := []uint32{u32(memory[f+funcPCSP:])}
		for j := range pcs {
			entry := memory[f+funcSize+4*j:][:4]
			if j == pcUnsafe || j == pcArgLive || j == pcInlined && !wrapper {
				clear(entry)
			}
			need = append(need, u32(entry))
		}
		for j := range data {
			if j == dataArgs || j == dataArgLive || j == dataInlined && !wrapper {
				copy(memory[f+funcSize+4*(pcs+j):], "\xff\xff\xff\xff") // none
			}
		}
		for _, table := range need {
			if !keepTable(memory[at+tables:at+funcs], kept, int(table)) {
				return errTables
			}
		}
	}
	for k := range kept {
		if !kept[k] {
			memory[at+tables+k] = 0
		}
	}
	clear(memory[at+units : at+tables])
	return nil
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
