//go:build !js

package main

import "encoding/binary"

// deltaSection is the custom section that tells boot.js where the tables lie in
// memory: the address of that of functions, their number, and the address of
// the index by which the runtime finds its place in it.
const deltaSection = "deltas"

// Columns of the table whose entries are shipped as differences; boot.js holds
// the other half of this.
const (
	columnData  = 16 // data pieces, after the tables
	columnDepth = 40 // the table of the stack's depth
	columns     = 41
)

// clearIndex zeroes the index into the table of functions, 320 bytes for each
// of them, as boot.js can make it: every sixteenth of a function leads to its
// own entry (cmd/link, findfunctab; a program counter is the function's number
// shifted by 16). The last function has less than sixteen and stays. It reports
// whether the index was what boot.js makes.
func clearIndex(index, table []byte, functions int) bool {
	const bucket, each = 20, 16
	first := binary.LittleEndian.Uint32(table)
	entry := func(k int) int { return int(binary.LittleEndian.Uint32(table[8*k:]) - first) }
	last := entry(functions - 1)
	if last < 0 || last*each*bucket > len(index) {
		return false
	}
	k := 0
	for b := range last * each {
		if b/each == entry(k+1) {
			k++
		}
		at := index[b*bucket:][:bucket]
		if binary.LittleEndian.Uint32(at) != uint32(k) || !allZero(at[4:]) {
			return false
		}
		clear(at)
	}
	return true
}

func allZero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}

// deltas writes the addresses and offsets of the table of functions as
// differences from the function before, of which half as much is left when
// packed. The runtime reads the table as it was: boot.js restores it before the
// program begins. A piece that a function has not got is 0, any other the
// difference, zigzag, plus 1.
func deltas(table []byte, functions int) {
	word := func(at int) []byte { return table[at : at+4] }
	u32, put := binary.LittleEndian.Uint32, binary.LittleEndian.PutUint32
	var before [columns]uint32
	entry, offset := uint32(0), uint32(0)
	code := func(at, column int, none uint32) {
		v := u32(word(at))
		if v == none {
			put(word(at), 0)
			return
		}
		d := int32(v - before[column])
		before[column] = v
		put(word(at), uint32(d<<1^d>>31)+1)
	}
	for k := range functions {
		f := int(u32(word(8*k + 4)))
		put(word(f), u32(word(f))-entry)
		code(f+funcPCSP, columnDepth, 1<<32-1)
		pcs := int(u32(word(f + funcPCData)))
		for j := range pcs {
			code(f+funcSize+4*j, j, 0)
		}
		for j := range int(table[f+funcFuncData]) {
			code(f+funcSize+4*(pcs+j), columnData+j, 1<<32-1)
		}
		e, o := u32(word(8*k)), u32(word(8*k+4))
		put(word(8*k), e-entry)
		put(word(8*k+4), o-offset)
		entry, offset = e, o
	}
}
