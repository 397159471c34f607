package dataset

import (
	"errors"
	"io"
)

// Read understands a delimited text file. size is its length in bytes, or
// negative when it is not known. The error is a *Refusal when nothing usable
// came of the file, and wraps the reader's own error when that failed.
func Read(name string, src io.Reader, size int64, opt Options) (*Dataset, error) {
	return nil, errors.New("dataset: reading is not written yet")
}

// Interpret understands the columns anew by other rules, from the texts that
// are already here. Encoding and delimiter need the file and are not looked at.
func (d *Dataset) Interpret(opt Options) {}
