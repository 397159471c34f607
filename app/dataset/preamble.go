package dataset

import (
	"bytes"
	"fmt"
	"strings"
)

// maxPreamble is how many records above the header may say what the file is.
const maxPreamble = 30

// preamble finds lines above the header, such as the name of the study and the
// day of the export: records with hardly a cell in them, above one that looks
// like a header of as many cells as the rows below have. It returns their
// length in bytes and their texts.
func preamble(head []byte, delim byte, whole bool) (length int, texts []string) {
	list := records(head, delim, whole)
	width := commonWidth(list)
	if width < 2 {
		return 0, nil
	}
	for i, r := range list {
		switch {
		case i > maxPreamble || i+2 > len(list):
			return 0, nil
		case r.filled > max(1, width/3) && (r.filled > 2 || r.fields >= width):
			if i == 0 || len(texts) == 0 || !r.header(width) || !numberBelow(list[i+1:], width) {
				return 0, nil
			}
			return r.start, texts
		case r.filled > 0:
			texts = append(texts, strings.TrimSpace(r.text))
		}
	}
	return 0, nil
}

// record is what preamble looks at in one line.
type record struct {
	start   int
	fields  int
	filled  int
	names   int // filled cells that are no numbers and not seen before in the record
	numbers int
	text    string // the filled cells
}

// header reports whether a record can be the names of so many columns.
func (r record) header(width int) bool {
	return r.fields == width && r.numbers == 0 && r.names*5 >= r.filled*4 && r.filled*5 >= width*4
}

func records(head []byte, delim byte, whole bool) []record {
	var list []record
	s := newScannerOver(head, delim)
	for s.more() && len(list) < 200 {
		r := record{start: s.r}
		var texts []string
		seen := map[string]bool{}
		for last := false; !last; r.fields++ {
			cell, _, l, err := s.field()
			if err != nil {
				return list
			}
			last = l
			cell = bytes.TrimSpace(cell)
			if len(cell) == 0 {
				continue
			}
			r.filled++
			text := string(cell)
			switch {
			case looksNumeric(text):
				r.numbers++
			case !seen[text]:
				seen[text] = true
				r.names++
			}
			if len(texts) < 4 {
				texts = append(texts, shorten(text))
			}
		}
		r.text = strings.Join(texts, " ")
		if !whole && s.r == s.w {
			break // may be cut
		}
		list = append(list, r)
	}
	return list
}

// commonWidth is the number of cells most records have.
func commonWidth(list []record) int {
	count, best := map[int]int{}, 0
	for _, r := range list {
		if r.filled > 0 {
			count[r.fields]++
		}
	}
	for _, r := range list {
		if count[r.fields] > count[best] {
			best = r.fields
		}
	}
	return best
}

func numberBelow(list []record, width int) bool {
	for _, r := range list {
		if r.fields == width && r.numbers > 0 {
			return true
		}
	}
	return false
}

// skipPreamble leaves the lines above the header out, and says so.
func (r *reading) skipPreamble(head []byte, length int, texts []string) []byte {
	lines := lineEnds(head[:length])
	r.found.add(Problem{Line: r.firstLine, Kind: "lines above the header", Severity: Note, Value: shorten(texts[0]),
		Text: fmt.Sprintf("%s above the header were left out: %s", several(lines, "line", "lines"), quoteList(texts, 5))})
	r.d.Evidence = append(r.d.Evidence, fmt.Sprintf("Header on line %d: the lines above it have hardly a cell, and it has a name for each cell of the rows below.", r.firstLine+lines))
	r.firstLine += lines
	return head[length:]
}
