// Package xlsx takes the cells out of an Excel workbook (.xlsx, .xlsm): the
// sheets, the texts, numbers and dates of one of them, as they are stored. It
// reads only, by ISO/IEC 29500-1 (SpreadsheetML) and APPNOTE.TXT (zip), and
// only what a table needs: no formulas are worked out, no entity is expanded.
//
// What cells mean is not its business; package dataset calls it.
//
//	zip.go    the directory of the file and its parts, with caps on their size
//	xml.go    a scanner of XML tags, a few kilobytes at a time
//	book.go   the list of sheets, shared texts, number formats
//	sheet.go  a walk over the cells of a sheet
//	date.go   which formats are dates, and what day a number is
package xlsx

// Fault is what is wrong with a workbook, as a clause that ends in what to do.
// Every other error is the reader's own.
type Fault struct {
	Kind string // a few fixed words
	Text string
}

func (f *Fault) Error() string { return f.Text }

func fault(kind, text string) error { return &Fault{kind, text} }

// errDamaged is said of every part that does not hold together.
func damaged(what string) error {
	return fault("damaged file", what+"; the file was cut or changed on its way: copy it again, or open it in Excel and save it anew")
}
