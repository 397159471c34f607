package dataset

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Plain is a column as R would read it: numbers a row (NaN is missing) when
// every cell that is not missing is a number, otherwise texts a row ("" is
// missing). A text among numbers, which the reading puts aside as odd, is not
// missing here: leaving its row out in silence would be wrong. odd is the code
// of the first such text where others are numbers, else -1.
func (c *Column) Plain() (number []float64, text []string, odd int) {
	of := make([]float64, len(c.Raw))
	numbers, first := 0, -1
	value := func(code int32) bool { return !c.Missing[code] || slices.Contains(c.Odd, code) }
	for code := range c.Raw {
		of[code] = math.NaN()
		if c.Count[code] == 0 || !value(int32(code)) {
			continue
		}
		if of[code] = c.plainNumber(code); math.IsNaN(of[code]) {
			if first < 0 {
				first = code
			}
		} else {
			numbers++
		}
	}
	if first < 0 {
		number = make([]float64, c.Codes.Len())
		for row, code := range c.Codes.All() {
			number[row] = of[code]
		}
		return number, nil, -1
	}
	text = make([]string, c.Codes.Len())
	for row, code := range c.Codes.All() {
		if !value(code) {
			continue
		}
		if text[row] = c.Clean[code]; text[row] == "" {
			text[row] = strings.TrimSpace(c.Raw[code])
		}
		if c.Kind == YesNo && c.Clean[code] != "" {
			text[row] = c.word(code)
		}
	}
	if numbers == 0 {
		first = -1
	}
	return nil, text, first
}

// word is what the file says for the 1 or the 0 of a yes/no column: of several
// spellings the one that most rows have.
func (c *Column) word(code int32) string {
	best := code
	for k, clean := range c.Clean {
		if clean == c.Clean[code] && !c.Missing[k] && (c.Count[k] > c.Count[best] || c.Count[k] == c.Count[best] && int32(k) < best) {
			best = int32(k)
		}
	}
	return strings.TrimSpace(c.Raw[best])
}

// plainNumber is the number a distinct text stands for; NaN when it is none.
// Dates and yes/no words are text here, though a Column has numbers for them.
func (c *Column) plainNumber(code int) float64 {
	if c.Kind == Date {
		return math.NaN()
	}
	if v := c.Number[code]; !math.IsNaN(v) && c.Kind != YesNo {
		return v
	}
	text := strings.TrimSpace(c.Clean[code])
	if c.Kind == YesNo { // Clean is 1 or 0 there
		text = strings.TrimSpace(c.Raw[code])
	}
	if c.Decimal == ',' {
		text = strings.Replace(text, ",", ".", 1)
	}
	if text == "" || !strings.ContainsAny(text[:1], "0123456789.+-") || strings.ContainsAny(text, "xXpP_") {
		return math.NaN()
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}
