package trial

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Patterns are matched by hand: a regular expression would do it in fewer
// lines, but package regexp is a large part of what a browser loads, and the
// page needs it for nothing else.

// Parts of a visit's name. A letter before or after a number says what it
// counts; words stand for the beginning and the end. What stands first is
// tried first.
var (
	visitNames  = wordList(`baseline|base|bl|pre|post|screening|alkumittaus|alku|lähtötilanne|lähtö|loppu|seuranta|start|slut|baslinje|uppföljning|ausgangswert|basis|nachher|vorher|ende|discharge|eot|follow-up|follow_up|follow up|followup|fu|end|final`)
	visitPrefix = wordList(`month|week|visit|wave|follow-up|follow_up|follow up|followup|seuranta|käynti`) // may stand apart from its number
	shortPrefix = wordList(`time|kk|vk|wk|mo|tp|fu|t|v|m|w|d|y`)
	visitUnit   = wordList(`months|month|kuukautta|kuukausi|weeks|week|viikkoa|viikko|years|year|vuotta|vuosi|days|day|monate|monat|wochen|woche|jahre|jahr|månader|månad|veckor`)
	shortUnit   = wordList(`mths|mth|mon|mos|mo|m|kk|wks|wk|w|vk|yrs|yr|y|v|d|pv|mån|år|fu`)
)

func wordList(text string) []string { return strings.Split(text, "|") }

// namePattern is a pattern of column names, taken apart.
type namePattern struct {
	parts []namePart
	glued bool
}

type namePart struct {
	kind partKind
	text string // of a literal
	end  int    // of an opening bracket: the part behind the closing one
}

type partKind int

const (
	stemPart partKind = iota
	visitPart
	itemPart
	literalPart
	openPart
	closePart
)

// parsePattern takes a pattern apart; ok is false when it is none.
func parsePattern(pattern string) (p namePattern, ok bool) {
	if strings.Count(pattern, "{stem}") != 1 || strings.Count(pattern, "{visit}") != 1 || strings.Count(pattern, "{item}") > 1 || !utf8.ValidString(pattern) {
		return p, false
	}
	if open, end := strings.Count(pattern, "["), strings.Count(pattern, "]"); open > 1 || end != open || strings.Index(pattern, "]") < strings.Index(pattern, "[") {
		return p, false
	}
	p.glued = glued(pattern)
	open := 0
	for pattern != "" {
		part, size := firstPart(pattern)
		switch part.kind {
		case openPart:
			open = len(p.parts)
		case closePart:
			p.parts[open].end = len(p.parts) + 1
		}
		p.parts = append(p.parts, part)
		pattern = pattern[size:]
	}
	return p, true
}

// marksInPattern are the parts that are no literal text.
var marksInPattern = []struct {
	text string
	kind partKind
}{{"{stem}", stemPart}, {"{visit}", visitPart}, {"{item}", itemPart}, {"[", openPart}, {"]", closePart}}

// firstPart is the part with which a pattern begins; text is taken letter by letter.
func firstPart(pattern string) (part namePart, size int) {
	for _, m := range marksInPattern {
		if strings.HasPrefix(pattern, m.text) {
			return namePart{kind: m.kind}, len(m.text)
		}
	}
	_, size = utf8.DecodeRuneInString(pattern)
	return namePart{kind: literalPart, text: pattern[:size]}, size
}

// nameParts are the texts of stem, visit and item in a name.
type nameParts [3]string

// match reads a name. Of several ways it takes the first in a fixed order: the
// shortest stem, the visit that is listed first, the longest item, and what
// stands in brackets rather than without it.
func (p *namePattern) match(name string) (found nameParts, ok bool) {
	ok = p.matchFrom(0, name, 0, &found)
	return found, ok
}

// matchFrom matches the parts from part on with the name from at on.
func (p *namePattern) matchFrom(part int, name string, at int, found *nameParts) bool {
	if part == len(p.parts) {
		return at == len(name)
	}
	switch this := p.parts[part]; this.kind {
	case literalPart:
		end, ok := afterWord(name, at, this.text)
		return ok && p.matchFrom(part+1, name, end, found)
	case openPart:
		return p.matchFrom(part+1, name, at, found) || p.matchFrom(this.end, name, at, found)
	case closePart:
		return p.matchFrom(part+1, name, at, found)
	case stemPart:
		return p.matchStem(part, name, at, found)
	case itemPart:
		return p.matchItem(part, name, at, found)
	}
	for _, end := range p.visitEnds(name, at) {
		if p.matchFrom(part+1, name, end, found) {
			found[visitPart] = name[at:end]
			return true
		}
	}
	return false
}

// matchStem tries stems, the shortest first. A stem glued to its visit ends
// with anything but a digit, which would belong to the visit.
func (p *namePattern) matchStem(part int, name string, at int, found *nameParts) bool {
	for end := at; end < len(name); {
		c, size := utf8.DecodeRuneInString(name[end:])
		end += size
		if may := p.glued && !isDigit(c) || !p.glued && c != '\n'; may && p.matchFrom(part+1, name, end, found) {
			found[stemPart] = name[at:end]
			return true
		}
		if c == '\n' {
			return false
		}
	}
	return false
}

// matchItem tries items, the longest first.
func (p *namePattern) matchItem(part int, name string, at int, found *nameParts) bool {
	end := len(name)
	if line := strings.IndexByte(name[at:], '\n'); line >= 0 {
		end = at + line
	}
	for end > at {
		if p.matchFrom(part+1, name, end, found) {
			found[itemPart] = name[at:end]
			return true
		}
		_, size := utf8.DecodeLastRuneInString(name[at:end])
		end -= size
	}
	return false
}

// visitEnds are the places at which a visit's name that begins at a place may
// end, the likeliest first.
func (p *namePattern) visitEnds(name string, at int) (ends []int) {
	numbers := afterNumber(name, at)
	if p.glued { // without a mark between them: odi3mo, odiT0, odi12
		if at < len(name) && strings.IndexByte("TVM", name[at]) >= 0 {
			ends = afterNumber(name, at+1)
		}
		for _, n := range numbers {
			ends = append(afterWords(ends, name, n, visitUnit), afterWords(nil, name, n, shortUnit)...)
		}
	} else {
		ends = namedNumbers(name, at, numbers)
	}
	return afterWords(append(ends, numbers...), name, at, visitNames)
}

// namedNumbers are the ends of numbers with what they count: m3, month_3, 3mo,
// 3 months. The number begins the name, with these ends, or follows a word.
func namedNumbers(name string, at int, numbers []int) (ends []int) {
	for _, e := range afterWords(nil, name, at, visitPrefix) {
		ends = append(ends, afterNumber(name, afterMark(name, e))...)
	}
	for _, e := range afterWords(nil, name, at, shortPrefix) {
		ends = append(ends, afterNumber(name, e)...)
	}
	for _, n := range numbers {
		ends = afterWords(ends, name, n, shortUnit)
	}
	for _, n := range numbers {
		ends = afterWords(ends, name, afterMark(name, n), visitUnit)
	}
	return ends
}

// afterNumber are the places behind three, two and one digits.
func afterNumber(s string, at int) (ends []int) {
	n := 0
	for n < 3 && at+n < len(s) && isDigit(rune(s[at+n])) {
		n++
	}
	for ; n > 0; n-- {
		ends = append(ends, at+n)
	}
	return ends
}

// afterMark skips what may divide a number from a word.
func afterMark(s string, at int) int {
	if at < len(s) && strings.IndexByte("-_ ", s[at]) >= 0 {
		return at + 1
	}
	return at
}

// afterWords adds the places behind those words of a list that stand at a place.
func afterWords(ends []int, s string, at int, list []string) []int {
	for _, w := range list {
		if end, ok := afterWord(s, at, w); ok {
			ends = append(ends, end)
		}
	}
	return ends
}

// afterWord is the place behind a word that stands at a place, in small or
// capital letters.
func afterWord(s string, at int, word string) (end int, ok bool) {
	for _, want := range word {
		if at == len(s) {
			return 0, false
		}
		c, size := utf8.DecodeRuneInString(s[at:])
		if !sameLetter(c, want) {
			return 0, false
		}
		at += size
	}
	return at, true
}

// sameLetter reports letters that differ in case only.
func sameLetter(a, b rune) bool {
	if a == b {
		return true
	}
	if a < utf8.RuneSelf && b < utf8.RuneSelf { // the usual case, quickly
		return a|0x20 == b|0x20 && 'a' <= a|0x20 && a|0x20 <= 'z'
	}
	for c := unicode.SimpleFold(a); c != a; c = unicode.SimpleFold(c) {
		if c == b {
			return true
		}
	}
	return false
}

// mayNameVisit spares most columns of a large table the patterns.
func mayNameVisit(column string) bool {
	for at, c := range column {
		if isDigit(c) || len(afterWords(nil, column, at, visitNames)) > 0 {
			return true
		}
	}
	return false
}

// letterAtVisit finds patterns that say themselves that the number is a visit:
// {stem}_t{visit}, {stem}_{visit}mo.
func letterAtVisit(pattern string) bool {
	before, after, _ := strings.Cut(pattern, "{visit}")
	before = strings.TrimSuffix(before, "_")
	return before != "" && isSmall(before[len(before)-1]) || after != "" && isSmall(after[0])
}

// checkbox reports a box of a REDCap field, field___1 or field___-9: its number
// is an answer, not a visit.
func checkbox(column string) bool {
	field := strings.TrimRightFunc(column, isWord)
	answer := column[len(field):]
	if strings.HasSuffix(field, "___-") {
		return answer != ""
	}
	// The field itself is of the same letters, so the box is in what was cut off.
	mark := strings.Index(answer, "___")
	return mark >= 0 && mark+len("___") < len(answer)
}

func isDigit(c rune) bool { return '0' <= c && c <= '9' }

func isSmall(c byte) bool { return 'a' <= c && c <= 'z' }

func isWord(c rune) bool {
	return isDigit(c) || c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
