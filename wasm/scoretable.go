//go:build !js

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
)

// rawTable is a CSV whose cells are kept as they stand: an instrument decides
// itself what is an answer.
type rawTable struct {
	name   string
	header []string
	rows   [][]string
	// decimalComma: the columns are not separated by commas, so that one in a
	// number is its decimal mark.
	decimalComma bool
}

func readTable(name string, data []byte) (*rawTable, error) {
	data = bytes.TrimPrefix(fromUTF16(data), []byte("\ufeff"))
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, fmt.Errorf("%s is empty; a header line and rows are needed", name)
	}
	comma, data := headerComma(data)
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	r.Comma = comma
	header, err := r.Read()
	if err != nil {
		return nil, badLine(name, err)
	}
	for i, c := range header {
		if slices.Contains(header[:i], c) {
			return nil, fmt.Errorf("%s line 1: column %q is there twice; rename one", name, c)
		}
	}
	t := &rawTable{name: name, header: header, decimalComma: r.Comma != ','}
	next := 2 // line of the next row, to tell a blank row of a single column, which the reader skips
	for {
		row, err := r.Read()
		if err == io.EOF {
			return t, nil
		}
		if err != nil {
			return nil, badLine(name, err)
		}
		if len(row) != len(header) {
			line, _ := r.FieldPos(0)
			return nil, fmt.Errorf("%s line %d has %d cells but the header has %d", name, line, len(row), len(header))
		}
		if line, _ := r.FieldPos(0); len(header) == 1 {
			for ; next < line; next++ {
				t.rows = append(t.rows, []string{""})
			}
			next = line + 1 + strings.Count(row[0], "\n")
		}
		t.rows = append(t.rows, row)
	}
}

// headerComma is what separates the columns: what a first line such as "sep=;"
// says, which is cut off, else a semicolon or tab where the header has no comma.
func headerComma(data []byte) (rune, []byte) {
	line, rest, _ := bytes.Cut(data, []byte("\n"))
	if sep, ok := bytes.CutPrefix(bytes.TrimRight(line, "\r"), []byte("sep=")); ok && len(sep) == 1 {
		return rune(sep[0]), rest
	}
	if !bytes.ContainsRune(line, ',') {
		for _, c := range ";\t" {
			if bytes.ContainsRune(line, c) {
				return c, data
			}
		}
	}
	return ',', data
}

// fromUTF16 is the text of UTF-16 with a byte order mark in UTF-8; other bytes
// are returned as they are.
func fromUTF16(data []byte) []byte {
	order := binary.ByteOrder(binary.LittleEndian)
	switch {
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		order = binary.BigEndian
	case !bytes.HasPrefix(data, []byte("\xff\xfe")):
		return data
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

func badLine(name string, err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return fmt.Errorf("%s line %d, column %d: %w; look for an unclosed quote", name, parse.StartLine, parse.Column, parse.Err)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// column is where the column of that name is: as it is written, or the only one
// that is so but for capitals and spaces around it; else -1.
func (t *rawTable) column(name string) int {
	at := slices.Index(t.header, name)
	if at >= 0 {
		return at
	}
	for i, c := range t.header {
		if strings.EqualFold(strings.TrimSpace(c), name) {
			if at >= 0 {
				return -1
			}
			at = i
		}
	}
	return at
}
