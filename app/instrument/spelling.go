package instrument

import (
	"slices"
	"strconv"
	"strings"
)

// spelling is a column name brought to small letters and single underscores.
type spelling struct {
	full   string // "odi_q_01_t0"
	joined string // "odiq01t0"
	core   string // the joined name without the words of a visit: "odiq01"
	affix  string // those words: "t0"
}

var plainLetters = strings.NewReplacer("ä", "a", "å", "a", "ö", "o", "ø", "o", "é", "e", "ü", "u",
	" ", "_", "-", "_", ".", "_", "/", "_", "#", "_", "(", "_", ")", "_", "[", "_", "]", "_", ":", "_")

func spell(name string) spelling {
	words := strings.FieldsFunc(plainLetters.Replace(strings.ToLower(strings.TrimSpace(name))), func(r rune) bool { return r == '_' })
	s := spelling{full: strings.Join(words, "_"), joined: strings.Join(words, "")}
	before, after := 0, len(words)
	for before < after-1 && visitWord(words[before], before > 0) {
		before++
	}
	for after-1 > before && visitWord(words[after-1], true) {
		after--
	}
	s.core = strings.Join(words[before:after], "")
	s.affix = strings.Join(slices.Concat(words[:before], words[after:]), "_")
	return s
}

// Words with which names of columns tell a visit, alone ("bl") or before a
// number ("t0", "visit_3"), and units behind a number ("3mo", "12kk").
var (
	visitWords = []string{"t", "v", "visit", "time", "wave", "bl", "base", "baseline", "pre", "post", "fu", "followup", "follow", "up",
		"m", "mo", "month", "months", "w", "wk", "week", "weeks", "y", "yr", "year", "kk", "vk", "alku", "kaynti", "mittaus", "besok", "man", "manad"}
	visitUnits = []string{"m", "mo", "mon", "month", "months", "w", "wk", "week", "weeks", "y", "yr", "year", "kk", "vk", "man"}
)

// visitWord reports whether a word of a name tells a visit: "t0", "baseline",
// "3mo", and where a bare number may, "12".
func visitWord(word string, number bool) bool {
	letters := strings.TrimRight(word, "0123456789")
	if letters == "" {
		return number
	}
	if slices.Contains(visitWords, letters) {
		return true
	}
	unit := strings.TrimLeft(word, "0123456789")
	return unit != word && slices.Contains(visitUnits, unit)
}

// naming is the names of a file's columns, to be looked up.
type naming struct {
	columns []string
	names   []spelling
	joined  map[string]int // first column of a joined name
	cores   map[string]int // and of a name without the words of its visit, by core and words
	affixes []string       // words of visits in order of the file, none first
}

// maxAffixes words of visits are looked at; names of other kinds have many.
const maxAffixes = 50

func nameColumns(columns []string) *naming {
	n := &naming{columns: columns, joined: map[string]int{}, cores: map[string]int{}, affixes: []string{""}}
	known := map[string]bool{"": true}
	for i, c := range columns {
		s := spell(c)
		n.names = append(n.names, s)
		if _, taken := n.joined[s.joined]; !taken {
			n.joined[s.joined] = i
		}
		if _, taken := n.cores[s.core+" "+s.affix]; !taken {
			n.cores[s.core+" "+s.affix] = i
		}
		if !known[s.affix] && len(n.affixes) < maxAffixes {
			known[s.affix] = true
			n.affixes = append(n.affixes, s.affix)
		}
	}
	return n
}

// find is the column of a joined name, whole or beside the words of a visit.
func (n *naming) find(joined, affix string) (column string, whole bool) {
	if i, ok := n.joined[joined]; ok {
		return n.columns[i], true
	}
	if i, ok := n.cores[joined+" "+affix]; ok && affix != "" {
		return n.columns[i], false
	}
	return "", false
}

// numberedColumns are the columns that a prefix and an item number name, under
// the same words of a visit.
type numberedColumns struct {
	affix  string
	column map[int]string
}

// groups finds the numbered columns of a prefix, by the words of their visit,
// in order of the file.
func (n *naming) groups(prefix string) []numberedColumns {
	p := spell(prefix)
	var list []numberedColumns
	for i, s := range n.names {
		item, ok := numbered(s, p)
		if !ok {
			continue
		}
		at := slices.IndexFunc(list, func(g numberedColumns) bool { return g.affix == item.affix })
		if at < 0 {
			at = len(list)
			list = append(list, numberedColumns{item.affix, map[int]string{}})
		}
		if list[at].column[item.n] == "" {
			list[at].column[item.n] = n.columns[i]
		}
	}
	return list
}

// itemAt is an item found in a name: its number, and the words of the visit.
type itemAt struct {
	n     int
	affix string
}

// itemWords may stand before an item's number.
var itemWords = []string{"question", "section", "fraga", "item", "kysymys", "kys", "osio", "nro", "no", "nr", "sq", "q", "i", "k", "f"}

// numbered takes "odi_q_01", "Q1_ODI" and "t0_odi1" apart: the item number
// behind or before the prefix, and what else the name says.
func numbered(s, p spelling) (itemAt, bool) {
	if rest, ok := strings.CutPrefix(s.full, p.full); ok {
		if n, ok := itemNumber(rest); ok {
			return n, true
		}
	}
	if rest, ok := strings.CutPrefix(s.joined, p.joined); ok {
		if n, ok := itemNumber(rest); ok {
			return n, true
		}
	}
	if n, ok := numberFirst(s.full, p.full); ok {
		return n, true
	}
	if s.affix != "" { // words of a visit before the prefix
		if i := strings.Index(s.full, "_"+p.full); i > 0 && allVisit(s.full[:i]) {
			if n, ok := itemNumber(s.full[i+1+len(p.full):]); ok {
				n.affix = strings.Trim(s.full[:i]+"_"+n.affix, "_")
				return n, true
			}
		}
	}
	return itemAt{}, false
}

// itemNumber reads what follows a prefix: "_q_01", "7_t0", "item3".
func itemNumber(rest string) (itemAt, bool) {
	rest = strings.TrimLeft(rest, "_")
	for _, word := range itemWords {
		if cut, ok := strings.CutPrefix(rest, word); ok && cut != "" && (cut[0] == '_' || isDigit(cut[0])) {
			rest = strings.TrimLeft(cut, "_")
			break
		}
	}
	digits := 0
	for digits < len(rest) && isDigit(rest[digits]) {
		digits++
	}
	if digits == 0 || digits > 3 {
		return itemAt{}, false
	}
	n, err := strconv.Atoi(rest[:digits])
	affix := rest[digits:]
	if affix != "" && affix[0] != '_' && !visitWord(affix, false) {
		return itemAt{}, false
	}
	affix = strings.Trim(affix, "_")
	if affix != "" && !allVisit(affix) {
		return itemAt{}, false
	}
	return itemAt{n, affix}, err == nil
}

// numberFirst reads "q1_odi" and "01_odi_t0".
func numberFirst(full, prefix string) (itemAt, bool) {
	i := strings.Index(full, prefix)
	if i <= 0 {
		return itemAt{}, false
	}
	head, tail := strings.TrimRight(full[:i], "_"), strings.Trim(full[i+len(prefix):], "_")
	if tail != "" && (full[i+len(prefix)] != '_' || !allVisit(tail)) {
		return itemAt{}, false
	}
	n, ok := itemNumber(head)
	if !ok || n.affix != "" {
		return itemAt{}, false
	}
	n.affix = tail
	return n, true
}

func allVisit(words string) bool {
	for word := range strings.SplitSeq(words, "_") {
		if !visitWord(word, true) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
