package trial

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// Patterns by which the columns of a wide table name variable and visit, the
// usual ones; of equals the first wins. They are plain text, so that a recipe
// can hold another. {item} is what may stand behind the visit: odi_t0_1 is
// odi_1 at visit 0. Square brackets enclose what not every name has.
var Patterns = []string{
	"{stem}_t{visit}", "{stem}.t{visit}", "{stem}_v{visit}", "{stem}.v{visit}", "{stem}_m{visit}", "{stem}.m{visit}", "{stem}_w{visit}",
	"{stem}_{visit}m", "{stem}.{visit}m", "{stem}_{visit}mo", "{stem}.{visit}mo", "{stem}_{visit}kk", "{stem}_{visit}w", "{stem}_{visit}wk",
	"{stem}_month{visit}", "{stem}_month_{visit}", "{stem}_visit{visit}", "{stem}_visit_{visit}",
	"{stem}_{visit}", "{stem}.{visit}", "{stem}-{visit}", "{stem} {visit}", "{stem}@{visit}", "{stem}({visit})",
	"t{visit}_{stem}", "t{visit}.{stem}", "v{visit}_{stem}", "v{visit}.{stem}", "m{visit}_{stem}", "m{visit}.{stem}",
	"{visit}_{stem}", "{visit}.{stem}", "{visit}-{stem}", "{visit} {stem}",
	"{stem}{visit}", "{stem}_{visit}[_{item}]", "{stem}.{visit}[.{item}]", "{stem}_{visit}[.{item}]", "{stem}-{visit}[-{item}]",
	"{stem}{visit}[_{item}]", "{stem}{visit}[.{item}]",
}

// Parts of a visit's name. A letter before or after a number says what it
// counts; words stand for the beginning and the end.
const (
	visitWord   = `baseline|base|bl|pre|post|screening|alkumittaus|alku|lähtötilanne|lähtö|loppu|seuranta|baslinje|uppföljning|ausgangswert|basis|nachher|vorher|follow[-_ ]?up|fu|end|final`
	visitPrefix = `month|week|visit|wave|follow[-_ ]?up|seuranta|käynti` // may stand apart from its number
	shortPrefix = `time|kk|vk|wk|mo|tp|fu|t|v|m|w|d|y`
	visitUnit   = `months?|kuukautta|kuukausi|weeks?|viikkoa|viikko|years?|vuotta|vuosi|days?|monate?|wochen?|jahre?|månader|månad|veckor`
	shortUnit   = `mths?|mon|mos?|m|kk|wks?|w|vk|yrs?|y|v|d|pv|mån|år|fu`

	visitNumber = `\d{1,3}`
	namedNumber = `(?:` + visitPrefix + `)[-_ ]?\d{1,3}|(?:` + shortPrefix + `)\d{1,3}|\d{1,3}(?:` + shortUnit + `)|\d{1,3}[-_ ]?(?:` + visitUnit + `)`
)

// compile turns a pattern into a regular expression with the groups stem,
// visit and, where the pattern has it, item.
func compile(pattern string) (*regexp.Regexp, bool) {
	if known := usual()[pattern]; known != nil {
		return known, true
	}
	return compileAnew(pattern)
}

// usual are the usual patterns, compiled when first needed.
var usual = sync.OnceValue(func() map[string]*regexp.Regexp {
	list := make(map[string]*regexp.Regexp, len(Patterns))
	for _, p := range Patterns {
		list[p], _ = compileAnew(p)
	}
	return list
})

func compileAnew(pattern string) (*regexp.Regexp, bool) {
	if strings.Count(pattern, "{stem}") != 1 || strings.Count(pattern, "{visit}") != 1 || strings.Count(pattern, "{item}") > 1 {
		return nil, false
	}
	if open, end := strings.Count(pattern, "["), strings.Count(pattern, "]"); open > 1 || end != open || strings.Index(pattern, "]") < strings.Index(pattern, "[") {
		return nil, false
	}
	visit := namedNumber + `|` + visitNumber + `|` + visitWord
	stem := `.+?`
	if glued(pattern) { // without a mark between them: odi3mo, odiT0, odi12
		visit = `(?-i:[TVM]\d{1,3})|\d{1,3}(?:` + visitUnit + `|` + shortUnit + `)|` + visitNumber + `|` + visitWord
		stem = `.*?\D`
	}
	expression := regexp.QuoteMeta(pattern)
	expression = strings.Replace(expression, `\{stem\}`, `(?P<stem>`+stem+`)`, 1)
	expression = strings.Replace(expression, `\{visit\}`, `(?P<visit>`+visit+`)`, 1)
	expression = strings.Replace(expression, `\{item\}`, `(?P<item>.+)`, 1)
	expression = strings.NewReplacer(`\[`, `(?:`, `\]`, `)?`).Replace(expression)
	compiled, err := regexp.Compile(`(?i)^` + expression + `$`)
	return compiled, err == nil
}

// glued reports a pattern in which nothing divides variable and visit.
func glued(pattern string) bool { return strings.Contains(pattern, "{stem}{visit}") }

// Match applies a pattern to the names of columns; ok is false when it is not
// a pattern: it needs {stem} and {visit} once each, and may have {item} once.
// The visit codes are as they stand in the names, in small letters.
func Match(pattern string, columns []string) (wide []WideColumn, ok bool) {
	expression, ok := compile(pattern)
	if !ok {
		return nil, false
	}
	stem, visit, item := expression.SubexpIndex("stem"), expression.SubexpIndex("visit"), expression.SubexpIndex("item")
	_, between, _ := strings.Cut(pattern, "{visit}") // what joins variable and item
	between, _, _ = strings.Cut(strings.TrimPrefix(between, "["), "{item}")
	marks := marksOf(pattern)
	for _, c := range columns {
		if !containsAll(c, marks) {
			continue
		}
		m := expression.FindStringSubmatch(c)
		if m == nil {
			continue
		}
		w := WideColumn{Column: c, Stem: m[stem], Visit: strings.ToLower(m[visit])}
		if item >= 0 && m[item] != "" {
			w.Stem += between + m[item]
		}
		wide = append(wide, w)
	}
	return wide, true
}

// letterAtVisit finds patterns that say themselves that the number is a visit.
var letterAtVisit = regexp.MustCompile(`[a-z]_?{visit}|{visit}[a-z]`)

// marksOf are the marks that every name of a pattern has. Looking for them is
// quicker than the expression in tables of thousands of columns.
func marksOf(pattern string) []string {
	before, _, _ := strings.Cut(pattern, "[")
	return strings.FieldsFunc(strings.NewReplacer("{stem}", "\x00", "{visit}", "\x00", "{item}", "\x00").Replace(before), func(c rune) bool {
		return c == 0 || unicode.IsLetter(c)
	})
}

func containsAll(s string, list []string) bool {
	return !slices.ContainsFunc(list, func(part string) bool { return !strings.Contains(s, part) })
}

// checkbox is a box of a REDCap field: its number is an answer, not a visit.
var checkbox = regexp.MustCompile(`___-?\w+$`)

// findPattern tries the usual patterns and returns the one that explains most
// columns as variables at visits.
func findPattern(columns []string) (pattern string, wide []WideColumn) {
	columns = slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return !mayNameVisit(c) || checkbox.MatchString(c) })
	best := 0.0
	for _, p := range Patterns {
		if best >= float64(len(columns)) {
			break // no other can explain more
		}
		all, _ := Match(p, columns)
		kept, weight := atSeveralVisits(all, p)
		if weight > best {
			best, pattern, wide = weight, p, kept
		}
	}
	return pattern, wide
}

var visitInName = regexp.MustCompile(`(?i)\d|` + visitWord)

// mayNameVisit spares most columns of a large table the patterns.
func mayNameVisit(column string) bool { return visitInName.MatchString(column) }

// stemVisits are the visit codes with which one variable occurs.
type stemVisits struct {
	stem  string
	codes []string
}

func byStem(all []WideColumn) []stemVisits {
	at := map[string]int{}
	var list []stemVisits
	for _, w := range all {
		i, seen := at[w.Stem]
		if !seen {
			i = len(list)
			at[w.Stem] = i
			list = append(list, stemVisits{stem: w.Stem})
		}
		if !slices.Contains(list[i].codes, w.Visit) {
			list[i].codes = append(list[i].codes, w.Visit)
		}
	}
	return list
}

// numbers are the codes that are bare numbers.
func (s stemVisits) numbers() (list []int) {
	for _, c := range s.codes {
		if n, err := strconv.Atoi(c); err == nil {
			list = append(list, n)
		}
	}
	return list
}

// countsItems reports numbers as items have them: 1, 2, 3 … without a gap, or
// more of them than a trial has visits.
func (s stemVisits) countsItems() bool {
	n := s.numbers()
	if len(n) < len(s.codes) || len(n) < 2 {
		return false
	}
	low, high := slices.Min(n), slices.Max(n)
	return low == 1 && high == len(n) || high-low+1 == len(n) && len(n) > 6 || len(n) > 12
}

// atSeveralVisits keeps the columns of visits at which some repeated variable
// was asked, and weighs them by the columns of repeated variables. Numbered
// items (odi_1 … odi_10) are no visits: of these a variable has as many as it
// has items, while visits are the same for nearly all variables.
func atSeveralVisits(all []WideColumn, pattern string) (kept []WideColumn, weight float64) {
	stems, glued, lettered := byStem(all), glued(pattern), letterAtVisit.MatchString(pattern)
	visits := map[string]bool{}
	for _, s := range stems {
		if len(s.codes) > 1 && (lettered || !s.countsItems()) {
			for _, c := range s.codes {
				visits[c] = true
			}
		}
	}
	if plausibleVisits(visits, stems, glued, lettered) {
		kept, weight = within(visits, all, stems)
	}
	if visits := commonCodes(stems); visits != nil && !glued && !lettered {
		// Half their columns count: another pattern is likelier.
		if k, w := within(visits, all, stems); w/2 > weight {
			kept, weight = k, w/2
		}
	}
	return kept, weight
}

// within are the columns of variables that have none but these visits.
func within(visits map[string]bool, all []WideColumn, stems []stemVisits) (kept []WideColumn, weight float64) {
	fits := map[string]bool{}
	for _, s := range stems {
		fits[s.stem] = !slices.ContainsFunc(s.codes, func(c string) bool { return !visits[c] })
		if fits[s.stem] && len(s.codes) > 1 {
			weight += float64(len(s.codes))
		}
	}
	for _, w := range all {
		if fits[w.Stem] {
			kept = append(kept, w)
		}
	}
	return kept, weight
}

// commonCodes are the codes 1 to n, n at most 6, that many variables have: three
// times as many as the visits, and most variables none but these.
func commonCodes(stems []stemVisits) map[string]bool {
	for n := 6; n >= 2; n-- {
		full, inside, repeated := 0, 0, 0
		for _, s := range stems {
			if len(s.codes) < 2 {
				continue
			}
			repeated++
			if numbers := s.numbers(); len(numbers) == len(s.codes) && slices.Min(numbers) > 0 && slices.Max(numbers) <= n {
				inside++
				if len(numbers) == n {
					full++
				}
			}
		}
		if full < 3*n || 10*inside < 7*repeated {
			continue
		}
		visits := map[string]bool{}
		for k := range n {
			visits[strconv.Itoa(k+1)] = true
		}
		return visits
	}
	return nil
}

// plausibleVisits tells visits from other endings of names. Bare numbers of
// one variable alone need a beginning, 0.
func plausibleVisits(visits map[string]bool, stems []stemVisits, glued, lettered bool) bool {
	if len(visits) < 2 || len(visits) > 24 {
		return false
	}
	repeated := 0
	for _, s := range stems {
		if len(s.codes) > 1 {
			repeated++
		}
	}
	bare, zero := 0, false
	for c := range visits {
		if n, err := strconv.Atoi(c); err == nil {
			bare++
			zero = zero || n == 0
		}
	}
	switch {
	case bare == 0, lettered:
		return true
	case glued:
		return zero && bare == len(visits) && len(visits) > 2 || zero && bare < len(visits)
	case bare < len(visits):
		return true
	}
	return zero || repeated > 1
}
