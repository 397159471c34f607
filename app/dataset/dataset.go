// Package dataset reads what an analyst has on disk: the bytes of a CSV file,
// an Excel workbook or an SPSS file go in, a Dataset with its Problems comes out.
//
// It recognises encoding, delimiter, decimal mark, missing codes and the kind
// of each column, says on what evidence, and keeps every text as it stood in
// the file beside what was made of it. It never guesses in silence: what would
// change a value and is not certain becomes a Problem that asks. It knows
// nothing of trials, arms or visits; package trial gives the columns their
// roles.
//
// Start at Read. Interpret repeats the understanding with other rules without
// reading the file again.
//
//	read.go, sniff.go, preamble.go   from bytes to cells
//	encoding.go, charset.go, latin9.go   which letters the bytes are
//	scan.go, texts.go                the scanner; the distinct texts of a column
//	archive.go, book.go              a sheet of an Excel workbook (xlsx/, inflate/)
//	spss.go                          a data file of SPSS (sav/)
//	finish.go                        names, encoding and blank ends, when all is read
//	interpret.go                     how a column is understood, step by step
//	missing.go decimal.go numeral.go number.go date.go epoch.go text.go ordered.go words.go
//	                                 the steps
//	correct.go, decisions.go         decisions about single rows, and their file
//	dictionary.go                    labels, choices and ranges from a REDCap dictionary
//	binary.go                        the form in which a worker hands a table over
package dataset

// Dataset is one table as it was understood.
type Dataset struct {
	Name      string   // file name, for messages
	Size      int64    // bytes of the file
	SHA256    string   // of the original bytes, hexadecimal
	Format    string   // "" for text, "xlsx", "sav"
	Sheet     string   // of a workbook: the one that was read
	Sheets    []string // of a workbook: those that hold something
	Encoding  string   // "UTF-8", "UTF-16LE", "UTF-16BE", "Windows-1252", "ISO-8859-1", "ISO-8859-15"
	BOM       bool     // the file begins with a byte order mark
	Delimiter rune     // ',', ';', tab or '|'
	Decimal   rune     // '.' or ',': the mark of the file where a column has no evidence of its own
	Evidence  []string
	Rows      int
	Columns   []*Column
	// Line is, for each row, the 1-based line of the file where the row starts
	// (a quoted field may run over several lines); the row of a sheet, the
	// number of a case in an SPSS file.
	Line     []int32
	Problems []Problem

	// reading and evidence are how many of Problems and Evidence came from
	// reading: those stay when the columns are understood anew.
	reading, evidence int
	at                map[string]int // column name: position

	pristine *Dataset         // as the file has it, when decisions or recodes were applied
	excluded map[int32]string // rows left out by decision, with the reason
}

// Column returns the column of that name, or nil.
func (d *Dataset) Column(name string) *Column {
	if i, ok := d.at[name]; ok && i < len(d.Columns) && d.Columns[i].Name == name {
		return d.Columns[i]
	}
	for _, c := range d.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// index makes Column quick in wide tables.
func (d *Dataset) index() {
	d.at = make(map[string]int, len(d.Columns))
	for i, c := range d.Columns {
		d.at[c.Name] = i
	}
}

// Options overrule what Read would find out by itself. The zero value lets it
// find out everything. They are part of a recipe.
type Options struct {
	Encoding     string                `json:"encoding,omitempty"`      // as Dataset.Encoding
	Delimiter    rune                  `json:"delimiter,omitempty"`     // 0: find out
	Decimal      rune                  `json:"decimal,omitempty"`       // '.' or ','; 0: find out
	Sheet        string                `json:"sheet,omitempty"`         // of a workbook; "": the first that is shown and holds something
	MissingCodes []string              `json:"missing_codes,omitempty"` // texts that are missing in every column
	Columns      map[string]ColumnRule `json:"columns,omitempty"`       // by column name
	// MaxBytes is the largest file that is read; 0 means DefaultMaxBytes.
	MaxBytes int64 `json:"-"`
	// Progress, when set, is told the bytes read so far, about once a megabyte.
	Progress func(done int64) `json:"-"`
	// Digest, when set, gives the SHA-256 of the whole file in hexadecimal,
	// where there is a faster way to it than ours. It is asked once, at the end.
	Digest func() (string, error) `json:"-"`
}

// ColumnRule overrules the understanding of one column.
type ColumnRule struct {
	Kind    string   `json:"kind,omitempty"`    // as Kind.String
	Decimal string   `json:"decimal,omitempty"` // "." or ","
	Missing []string `json:"missing,omitempty"` // texts that are missing here
	Present []string `json:"present,omitempty"` // texts that are values here, whatever they look like
	Apart   bool     `json:"apart,omitempty"`   // leave spelling variants apart
	// Recode replaces texts, blanks around them left out, as if the file had
	// the others; "" makes one missing.
	Recode map[string]string `json:"recode,omitempty"`
	Order  string            `json:"order,omitempty"` // of a date with strokes: "dmy" or "mdy"; of day numbers: "1900" or "1904"

	// From a dictionary: what the column is called, which answers it can have
	// and between which numbers it lies. Cells outside are Problems.
	Label   string   `json:"label,omitempty"`
	Choices []Choice `json:"choices,omitempty"`
	Min     *float64 `json:"min,omitempty"`
	Max     *float64 `json:"max,omitempty"`
}

// DefaultMaxBytes is 100 MB: what a page can hold with room to work in.
const DefaultMaxBytes = 100 << 20

// MaxColumns is the widest table that is read.
const MaxColumns = 20000
