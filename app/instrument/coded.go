package instrument

import "slices"

// Codes tells for each row the place of its text among a column's few different
// ones.
type Codes interface {
	At(row int) int32
	Narrow() []uint8 // the same, of a column of at most 256 texts: read in a loop without a call; else nil
}

// Column is the column of an item as a dictionary: the place of each row's text
// among the column's few different texts, and each of these read once. The zero
// Column is that of an item which was not asked.
type Column struct {
	codes  Codes     // by row
	narrow []uint8   // the same where they are few
	value  []float64 // by code: the item's own code, none where blank
	bad    []uint8   // by code: index into statuses; nil when no text is in error
}

// statuses are the errors of a cell.
var statuses = [...]string{"", notNumber, notInteger, outOfRange, notCode}

// Column reads the texts of a column of the item at index i. codes holds, for
// each row, the place of its text.
func (s *Scorer) Column(i int, codes Codes, texts []string) Column {
	c := Column{codes: codes, narrow: codes.Narrow(), value: make([]float64, len(texts))}
	for k, text := range texts {
		code, status := s.readCell(i, text)
		c.value[k] = code
		if status != "" {
			if c.bad == nil {
				c.bad = make([]uint8, len(texts))
			}
			c.bad[k] = uint8(slices.Index(statuses[:], status))
		}
	}
	return c
}

// Asked reports whether the item has a column.
func (c Column) Asked() bool { return c.codes != nil }

// Bad reports whether the item's cell in a row is no answer to it.
func (c Column) Bad(row int32) bool { return c.bad != nil && c.bad[c.codes.At(int(row))] > 0 }

// AnyBad reports whether some cell may be.
func (c Column) AnyBad() bool { return c.bad != nil }

// ScoreRow scores a row of columns, one an item. It says which item is in error
// and how, -1 for none. Number, Word, Answered and Points then tell of the row.
func (s *Scorer) ScoreRow(columns []Column, row int32) (item int, status string) {
	s.row.number++
	for i := range columns {
		c := &columns[i]
		if c.codes == nil {
			s.row.code[i] = none
			continue
		}
		var code int32
		if c.narrow != nil {
			code = int32(c.narrow[row])
		} else {
			code = c.codes.At(int(row))
		}
		if c.bad != nil && c.bad[code] > 0 {
			return i, statuses[c.bad[code]]
		}
		s.row.code[i] = c.value[code]
	}
	s.evaluate(len(s.scales))
	return -1, ""
}

// Number is the score of scale k in the row scored last, NaN when it has none.
func (s *Scorer) Number(k int) float64 {
	if v := &s.values[k]; v.ok {
		return v.number
	}
	return none
}

// Word is the level or category of scale k in the row scored last, or its text
// where the scale is one of words; "" when there is none.
func (s *Scorer) Word(k int) string { return s.score(k, &s.values[k]).Text }

// Answered is how many of the items of scale k were answered in the row scored
// last.
func (s *Scorer) Answered(k int) int { return s.values[k].answered }

// Additive reports whether scale k is a sum over several items, so that their
// agreement can be judged.
func (s *Scorer) Additive(k int) bool { return s.scales[k].rule.partly && len(s.scales[k].items) > 1 }

// Points gives what each counted item of scale k adds to the score of the row
// scored last, after coding, reversal and recoding; NaN where it is blank. dst
// has room for one number an item of Scale.Items.
func (s *Scorer) Points(k int, dst []float64) {
	sc := s.scales[k]
	for j := range sc.items {
		p, has := sc.answer(&s.row, j)
		if !has {
			p = none
		}
		dst[j] = p
	}
}
