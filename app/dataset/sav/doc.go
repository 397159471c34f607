// Package sav reads the data files of SPSS: variables with all that is said of
// them, then the cases one by one, by the layout as the GNU PSPP project
// published it ("System File Format" of its developers' guide). It knows plain
// files, those compressed by bytes, and .zsav.
//
// Texts stay bytes of the file's encoding, and numbers numbers; what becomes of
// them is decided in package dataset, which calls it.
//
//	reader.go   the file from its first byte on: numbers of either order
//	dict.go     the header and the variables
//	more.go     long names, long texts, encoding: records of later versions
//	cases.go    the data, packed or not
//	date.go     dates and times
package sav

import "fmt"

// Fault is what is wrong with a file, as a clause that ends in what to do.
// Every other error is the reader's own.
type Fault struct {
	Kind string // a few fixed words
	Text string
}

func (f *Fault) Error() string { return f.Text }

func damaged(format string, args ...any) error {
	return &Fault{"damaged file", fmt.Sprintf(format, args...) + "; the file was cut or changed on its way: copy it again, or open it in SPSS and save it anew"}
}
