package dataset

import (
	"math"
	"strings"
)

// Kind says what the values of a column are.
type Kind uint8

const (
	Empty    Kind = iota // no value at all
	Number               // numbers, some with decimals
	Integer              // whole numbers
	Category             // a few texts that repeat
	YesNo                // two words for yes and no; Number is 1 and 0
	Date                 // Number is days since 1970-01-01, Clean is yyyy-mm-dd
	Label                // names and identifiers
	FreeText             // sentences
)

var kindNames = [...]string{"empty", "number", "integer", "category", "yes/no", "date", "label", "free text"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// MarshalText writes the kind as its word.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Numeric reports whether a column of this kind is to be counted with.
func (k Kind) Numeric() bool { return k == Number || k == Integer || k == YesNo }

// Column holds each cell as a code into the distinct texts of the column, so
// that a million rows cost four bytes a cell and every rule is applied once a
// text. Slices "per text" are indexed by code.
type Column struct {
	Name  string
	Label string     // from a dictionary; "" when there is none
	File  ColumnRule // what the file itself says of the column, under all other rules
	Kind  Kind
	Codes Codes // per row

	Raw     []string  // per text: as it stood in the file
	Clean   []string  // per text: as it was understood; "" where missing. May share memory with Raw
	Number  []float64 // per text: its number (days since 1970-01-01 for dates); NaN where missing or not a number
	Missing []bool    // per text: no value
	Count   []int32   // per text: rows that hold it

	Decimal      rune          // mark used in this column, 0 when no number has one
	MissingCodes []MissingCode // what stands for "no value" here, blank first
	Odd          []int32       // codes of texts that are no number although the column is numeric
	Merged       []Merge       // spelling variants taken as one value
	Recoded      []Merge       // texts replaced by a rule of the analyst
	Order        []string      // values of an ordered category, lowest first; nil when it has no order
	Why          string        // evidence for the kind, a sentence
	Doubt        string        // what should be asked about this column, "" when nothing
	Examples     []Example     // up to three, before and after

	N            int // rows with a value
	MissingCount int // rows without; N + MissingCount = rows
	Distinct     int // different values

	serial bool // dates that were day numbers; only while the columns are interpreted
}

// MissingCode is a text that stands for "no value" in a column.
type MissingCode struct {
	Code    string
	Count   int
	Applied bool // false: proposed only, still counted as a value
	Why     string
}

// Merge is a set of spellings taken as one value.
type Merge struct {
	To   string
	From []string // raw texts, To's own spelling included
}

// Example is one text of the column before and after.
type Example struct {
	Before, After string
	Missing       bool
}

// Num is the number of a row; NaN where it is missing or not a number.
func (c *Column) Num(row int) float64 {
	if c.Number == nil {
		return math.NaN()
	}
	return c.Number[c.Codes.At(row)]
}

// Text is the value of a row as it was understood; "" where it is missing.
func (c *Column) Text(row int) string { return c.Clean[c.Codes.At(row)] }

// RawText is the cell as it stood in the file.
func (c *Column) RawText(row int) string { return c.Raw[c.Codes.At(row)] }

// IsMissing reports whether a row has no value.
func (c *Column) IsMissing(row int) bool { return c.Missing[c.Codes.At(row)] }

// AsRead reports that no text was understood otherwise than it stands in the
// file: then every text is another value.
func (c *Column) AsRead() bool { return len(c.Clean) == 0 || &c.Clean[0] == &c.Raw[0] }

// HasValue reports whether some row has a text, blanks and capital letters
// aside.
func (c *Column) HasValue(want string) bool {
	want = fold(want)
	for i, text := range c.Clean {
		if c.Count[i] > 0 && !c.Missing[i] && fold(text) == want {
			return true
		}
	}
	return false
}

// count derives what follows from the texts: totals and examples.
func (c *Column) count() {
	for i, n := range c.Count {
		if c.Missing[i] {
			c.MissingCount += int(n)
		} else {
			c.N += int(n)
		}
	}
	c.Distinct = c.distinct()
	c.pickExamples()
}

func (c *Column) distinct() int {
	n := 0
	for i, rows := range c.Count {
		if rows > 0 && !c.Missing[i] {
			n++
		}
	}
	if c.AsRead() || n > 1<<17 {
		return n // every text is another value
	}
	values := make(map[string]bool, n)
	for i, rows := range c.Count {
		if rows > 0 && !c.Missing[i] {
			values[c.Clean[i]] = true
		}
	}
	return len(values)
}

// pickExamples takes up to three texts: those that were changed first, and last
// one that is missing without being blank.
func (c *Column) pickExamples() {
	c.Examples = nil
	used := map[string]bool{}
	pick := func(limit int, want func(i int) bool) {
		for i, n := range c.Count {
			if len(c.Examples) >= limit {
				return
			}
			if n > 0 && !used[c.Raw[i]] && want(i) {
				used[c.Raw[i]] = true
				c.Examples = append(c.Examples, Example{c.Raw[i], c.Clean[i], c.Missing[i]})
			}
		}
	}
	pick(2, func(i int) bool { return !c.Missing[i] && c.Raw[i] != c.Clean[i] })
	pick(2, func(i int) bool { return !c.Missing[i] })
	pick(3, func(i int) bool { return c.Missing[i] && strings.TrimSpace(c.Raw[i]) != "" })
	pick(3, func(i int) bool { return !c.Missing[i] })
}
