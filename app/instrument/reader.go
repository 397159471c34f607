package instrument

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// reader takes the cells of one item.
type reader struct {
	min, max  float64
	integer   bool
	values    []float64
	codes     []string
	direct    []float64 // the item's own code by answer minus min; nil: the answer is the code
	scored    bool
	coding    string
	isDefault bool
	place     int               // in a cell that holds all answers side by side, this one's place from 1; else 0
	length    int               // of such a cell
	digits    bool              // a digit within the range is an answer: not codes, not a few values only
	texts     map[string]string // answers in words, folded, and what each stands for; nil: none
}

func (s *Scorer) chooseCodings(coding map[string]string) error {
	d := s.def
	for key := range coding {
		if key != d.ID && !slices.ContainsFunc(d.Items, func(it Item) bool { return it.Column == key }) {
			return fmt.Errorf("%s has no item %s to set a coding for", d.Short, key)
		}
	}
	fits := false // some item can be coded as the instrument is said to be
	var misfit error
	for _, it := range d.Items {
		name, given := coding[it.Column]
		if !given && it.Codes == nil {
			name = coding[d.ID]
		}
		r, err := it.reader(name)
		switch {
		case err == nil:
			fits = true
		case given:
			return fmt.Errorf("%s: %w", d.Short, err)
		default: // the coding of other items: this one is as usual
			misfit = err
			r, _ = it.reader("")
		}
		r.digits = r.codes == nil && r.values == nil && r.min >= 0
		if i := len(s.readers); d.isProfile(s.columns) {
			r.place, r.length, r.digits = i+1, len(d.Items), false
		}
		s.readers = append(s.readers, r)
	}
	if misfit != nil && !fits {
		return fmt.Errorf("%s: %w", d.Short, misfit)
	}
	return nil
}

// chooseTexts takes over the answers in words.
func (s *Scorer) chooseTexts(texts map[string]map[string]string) error {
	d := s.def
	keys := slices.Sorted(maps.Keys(texts))
	for _, key := range keys {
		if key != d.ID && !slices.ContainsFunc(d.Items, func(it Item) bool { return it.Column == key }) {
			return fmt.Errorf("%s has no item %s to give words for", d.Short, key)
		}
	}
	for i := range s.readers {
		r := &s.readers[i]
		for _, key := range []string{d.ID, d.Items[i].Column} {
			for _, text := range slices.Sorted(maps.Keys(texts[key])) {
				to, bad := strings.TrimSpace(texts[key][text]), ""
				if !IsMissing(to) {
					_, bad = r.read(to)
				}
				if bad != "" {
					if key == d.ID { // the words of other items
						continue
					}
					return fmt.Errorf("%s: “%s” cannot stand for %q in %s, %s", d.Short, text, to, key, strings.TrimPrefix(bad, "error: "))
				}
				if r.texts == nil {
					r.texts, r.digits = map[string]string{}, false
				}
				r.texts[foldText(text)] = to
			}
		}
	}
	return nil
}

// foldText is the form in which spellings of an answer are alike.
func foldText(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// reader is how the cells of the item are read under a coding.
func (it Item) reader(coding string) (reader, error) {
	r := reader{min: it.Min, max: it.Max, integer: it.Integer, values: it.Values, codes: it.Codes, isDefault: true}
	usual := plain(it.Min) + "-" + plain(it.Max)
	if len(it.Codings) > 0 && coding == "" {
		coding = it.Codings[0].Name
	}
	for i, c := range it.Codings {
		if c.Name == coding {
			r.min, r.max, r.direct, r.scored, r.coding, r.isDefault = c.Min, c.Max, c.Map, c.Scored, c.Name, i == 0
			return r, nil
		}
	}
	if coding == "" || coding == usual {
		return r, nil
	}
	from, to, isRange := strings.Cut(coding, "-")
	low, err1 := strconv.Atoi(from)
	high, err2 := strconv.Atoi(to)
	if !isRange || err1 != nil || err2 != nil || !it.Integer || it.Codes != nil || float64(high-low) != it.Max-it.Min {
		choices := []string{usual}
		if len(it.Codings) > 0 {
			choices = nil
		}
		for _, c := range it.Codings {
			choices = append(choices, c.Name)
		}
		return r, fmt.Errorf("%s cannot be coded %q; it can be %s, or another range of the same length", it.Column, coding, strings.Join(choices, ", "))
	}
	r.coding, r.isDefault = coding, false
	r.min, r.max = float64(low), float64(high)
	for v := it.Min; v <= it.Max; v++ {
		r.direct = append(r.direct, v)
	}
	return r, nil
}

// readCell understands the text of a cell of the item at index i: the item's
// own code, none where it is blank.
func (s *Scorer) readCell(i int, cell string) (code float64, status string) {
	r := &s.readers[i]
	cell = strings.TrimSpace(cell)
	if r.texts != nil {
		if to, ok := r.texts[foldText(cell)]; ok {
			cell = to
		}
	}
	if IsMissing(cell) {
		return none, ""
	}
	return r.read(cell)
}

// read turns the text of one cell into the item's own code, or says what is wrong with it.
func (r *reader) read(cell string) (code float64, status string) {
	if r.place > 0 {
		if len(cell) != r.length || strings.Trim(cell, "0123456789") != "" {
			return 0, notNumber
		}
		cell = cell[r.place-1 : r.place]
	}
	if r.codes != nil {
		i := slices.Index(r.codes, cell)
		if i < 0 {
			return 0, notCode
		}
		return float64(i), ""
	}
	x, ok := decimal(cell)
	switch {
	case !ok:
		return 0, notNumber
	case r.integer && x != math.Trunc(x):
		return 0, notInteger
	case x < r.min || x > r.max || (r.values != nil && !slices.Contains(r.values, x)):
		return 0, outOfRange
	case r.direct != nil:
		return r.direct[int(x-r.min)], ""
	}
	return x, ""
}

// IsMissing reports whether the text of a cell, without spaces around it,
// stands for no answer.
func IsMissing(cell string) bool {
	switch len(cell) {
	case 0:
		return true
	case 1:
		return cell == "."
	case 2, 3, 4:
		if c := cell[0]; c != 'n' && c != 'N' {
			return false
		}
		for _, word := range [...]string{"NA", "N/A", "NaN", "null"} {
			if strings.EqualFold(cell, word) {
				return true
			}
		}
	}
	return false
}

// decimal reads a plain decimal number: a sign, digits, one point. No
// exponent, no comma, no "inf": what is written so is not an answer to an item.
func decimal(cell string) (float64, bool) {
	if len(cell) == 1 && cell[0] >= '0' && cell[0] <= '9' {
		return float64(cell[0] - '0'), true
	}
	rest := cell
	if rest[0] == '-' || rest[0] == '+' {
		rest = rest[1:]
	}
	digits, points := 0, 0
	for i := range len(rest) {
		switch c := rest[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.':
			points++
		default:
			return 0, false
		}
	}
	if digits == 0 || points > 1 {
		return 0, false
	}
	x, _ := strconv.ParseFloat(cell, 64) // too long for a float64 is infinite, and out of any range
	return x, true
}

// decimalOf is decimal of a cell that may be blank.
func decimalOf(cell string) (float64, bool) {
	cell = strings.TrimSpace(cell)
	if IsMissing(cell) {
		return 0, false
	}
	return decimal(cell)
}
