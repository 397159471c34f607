package trial

import (
	"slices"
	"strconv"
	"strings"
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
	"{stem}_{visit}", "{stem}.{visit}", "{stem}-{visit}", "{stem} {visit}", "{stem}@{visit}", "{stem} ({visit})", "{stem}({visit})",
	"t{visit}_{stem}", "t{visit}.{stem}", "v{visit}_{stem}", "v{visit}.{stem}", "m{visit}_{stem}", "m{visit}.{stem}",
	"{visit}_{stem}", "{visit}.{stem}", "{visit}-{stem}", "{visit} {stem}",
	"{stem}{visit}", "{stem}_{visit}[_{item}]", "{stem}.{visit}[.{item}]", "{stem}_{visit}[.{item}]", "{stem}-{visit}[-{item}]",
	"{stem}{visit}[_{item}]", "{stem}{visit}[.{item}]",
}

// glued reports a pattern in which nothing divides variable and visit.
func glued(pattern string) bool { return strings.Contains(pattern, "{stem}{visit}") }

// Match applies a pattern to the names of columns; ok is false when it is not
// a pattern: it needs {stem} and {visit} once each, and may have {item} once.
// The visit codes are as they stand in the names, in small letters.
func Match(pattern string, columns []string) (wide []WideColumn, ok bool) {
	parsed, ok := parsePattern(pattern)
	if !ok {
		return nil, false
	}
	_, between, _ := strings.Cut(pattern, "{visit}") // what joins variable and item
	between, _, _ = strings.Cut(strings.TrimPrefix(between, "["), "{item}")
	marks := marksOf(pattern)
	for _, c := range columns {
		if !containsAll(c, marks) {
			continue
		}
		m, fits := parsed.match(c)
		if !fits {
			continue
		}
		w := WideColumn{Column: c, Stem: m[stemPart], Visit: strings.ToLower(m[visitPart])}
		if m[itemPart] != "" {
			w.Stem += between + m[itemPart]
		}
		wide = append(wide, w)
	}
	return wide, true
}

// marksOf are the marks that every name of a pattern has. Looking for them is
// quicker than reading them in tables of thousands of columns.
func marksOf(pattern string) []string {
	before, _, _ := strings.Cut(pattern, "[")
	return strings.FieldsFunc(strings.NewReplacer("{stem}", "\x00", "{visit}", "\x00", "{item}", "\x00").Replace(before), func(c rune) bool {
		return c == 0 || unicode.IsLetter(c)
	})
}

func containsAll(s string, list []string) bool {
	return !slices.ContainsFunc(list, func(part string) bool { return !strings.Contains(s, part) })
}

// findPattern tries the usual patterns and returns the one that explains most
// columns as variables at visits.
func findPattern(columns []string) (pattern string, wide []WideColumn) {
	columns = slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return !mayNameVisit(c) || checkbox(c) })
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
	stems, glued, lettered := byStem(all), glued(pattern), letterAtVisit(pattern)
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
