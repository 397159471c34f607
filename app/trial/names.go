package trial

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Words by which the columns of a trial are known, in English, Finnish,
// Swedish and German.
var (
	unitWords = []string{"unit", "site", "clinic", "centre", "center", "cluster", "practice", "hospital", "school", "ward",
		"toimipiste", "yksikkö", "yksikko", "klinikka", "keskus", "asema", "ryväs", "rypäs",
		"enhet", "klinik", "vårdcentral", "mottagning", "kluster", "praxis", "einrichtung", "zentrum", "standort"}
	patientWords = []string{"patient", "subject", "participant", "person", "pid", "record", "case", "respondent", "individual",
		"potilas", "tutkittava", "osallistuja", "henkilö", "deltagare", "försöksperson", "teilnehmer", "proband", "pat", "subj"}
	idWords  = []string{"id", "tunnus", "tunniste", "nro", "nr", "no", "number", "nummer", "code", "koodi", "kod"}
	armWords = []string{"arm", "group", "treatment", "allocation", "allocated", "randomised", "randomized", "randomisation", "randomization",
		"condition", "trt", "tx", "ryhmä", "ryhma", "haara", "hoitohaara", "tutkimusryhmä", "grupp", "behandling", "gruppe", "behandlung", "intervention"}
	visitWords = []string{"visit", "time", "timepoint", "wave", "month", "months", "event", "occasion", "assessment", "followup",
		"aika", "aikapiste", "ajankohta", "käynti", "kaynti", "mittaus", "kuukausi", "kk",
		"besök", "tidpunkt", "mättillfälle", "månad", "zeitpunkt", "visite", "messzeitpunkt", "monat"}
	stratumWords = []string{"stratum", "strata", "ositus", "ositusryhmä", "schicht", "strat"}
	visitDates   = []string{"visit", "assessment", "answer", "answered", "followup", "käynti", "vastaus", "mittaus", "besök", "svar", "visite"}
	consentDates = []string{"consent", "enrolment", "enrollment", "inclusion", "baseline", "suostumus", "samtycke", "einwilligung"}

	controlWords = []string{"control", "controls", "ctrl", "usual care", "care as usual", "treatment as usual", "tau", "cau", "uc",
		"usual", "placebo", "standard care", "kontrolli", "verrokki", "vertailu", "tavanomainen", "kontroll", "kontrollgrupp", "kontrollgruppe", "sham", "wait list", "waiting list"}
	interventionWords = []string{"intervention", "interventio", "treatment", "treated", "active", "experimental", "koe", "hoito", "behandling", "behandlung", "interventionsgruppe"}
)

// words splits a name into lower-case words at anything that is no letter or
// digit, and where a capital follows a small letter.
func words(name string) []string {
	var list []string
	var word []rune
	small := false
	flush := func() {
		if len(word) > 0 {
			list = append(list, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	for _, c := range name {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			flush()
			small = false
			continue
		}
		if unicode.IsUpper(c) && small {
			flush()
		}
		small = unicode.IsLower(c)
		word = append(word, c)
	}
	flush()
	return list
}

// anyOf reports whether two lists share a word.
func anyOf(words, list []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
}

// fold is the form in which spellings of a label are alike.
func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

var visitUnits = map[string]float64{ // months
	"m": 1, "mo": 1, "mon": 1, "mth": 1, "month": 1, "months": 1, "kk": 1, "kuukausi": 1, "kuukautta": 1, "mån": 1, "månad": 1, "månader": 1, "monat": 1, "monate": 1,
	"y": 12, "yr": 12, "year": 12, "years": 12, "v": 12, "vuosi": 12, "vuotta": 12, "år": 12, "jahr": 12, "jahre": 12,
	"w": weekMonths, "wk": weekMonths, "week": weekMonths, "weeks": weekMonths, "vk": weekMonths, "viikko": weekMonths, "viikkoa": weekMonths, "vecka": weekMonths, "veckor": weekMonths, "woche": weekMonths, "wochen": weekMonths,
	"d": weekMonths / 7, "day": weekMonths / 7, "days": weekMonths / 7, "pv": weekMonths / 7, "päivää": weekMonths / 7, "dagar": weekMonths / 7, "tage": weekMonths / 7,
}

// weekMonths is a week in months of 365.25/12 days.
const weekMonths = 7 * 12 / 365.25

var baselineWords = []string{"baseline", "base", "bl", "pre", "start", "enrolment", "enrollment", "screening", "alku", "alkukysely", "lähtö", "lähtötilanne", "alkumittaus", "basis", "baslinje", "ausgangswert"}

var numberWord = regexp.MustCompile(`^(\D*?)(\d+(?:[.,]\d+)?)(\D*)$`)

// visitTime reads how many months after the beginning a visit is from its name
// in the file. sure is false when the name only gives an order (T1, visit 2)
// or nothing.
func visitTime(code string) (months float64, label string, sure bool) {
	text := strings.ToLower(code)
	if i := strings.Index(text, "_arm_"); i > 0 { // REDCap: 3_months_arm_1
		text = text[:i]
	}
	parts := words(text)
	if v, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(text), ",", ".", 1), 64); err == nil && v >= 0 {
		return v, monthLabel(v), true
	}
	if anyOf(parts, baselineWords) {
		return 0, "baseline", true
	}
	number, unit, prefix := math.NaN(), "", ""
	for _, w := range parts {
		m := numberWord.FindStringSubmatch(w)
		switch {
		case m != nil && math.IsNaN(number):
			number, _ = strconv.ParseFloat(strings.Replace(m[2], ",", ".", 1), 64)
			prefix = m[1]
			if m[3] != "" {
				unit = m[3]
			}
		case visitUnits[w] > 0 && unit == "":
			unit = w
		}
	}
	if math.IsNaN(number) {
		return math.NaN(), code, false
	}
	if unit == "" && len(prefix) > 0 && prefix != "v" { // m3, month3; v3 is a visit, not a year
		unit = prefix
	}
	if factor := visitUnits[unit]; factor > 0 {
		return number * factor, timeLabel(number, factor), true
	}
	return number, strings.TrimSpace(code), false
}

func monthLabel(v float64) string { return timeLabel(v, 1) }

// timeLabel writes a time as the paper does.
func timeLabel(number, factor float64) string {
	if number == 0 {
		return "baseline"
	}
	unit := "month"
	switch factor {
	case 12:
		unit = "year"
	case weekMonths:
		unit = "week"
	case weekMonths / 7:
		unit = "day"
	}
	text := strconv.FormatFloat(number, 'g', 6, 64)
	if number != 1 {
		unit += "s"
	}
	return text + " " + unit
}

// Patterns by which the columns of a wide table name variable and visit, the
// usual ones. They are plain text, so that a recipe can hold another.
var Patterns = []string{
	"{stem}_{visit}", "{stem}.{visit}", "{stem}-{visit}", "{stem} {visit}", "{stem}@{visit}",
	"{stem}_t{visit}", "{stem}.t{visit}", "{stem}_v{visit}", "{stem}.v{visit}", "{stem}_m{visit}", "{stem}.m{visit}", "{stem}_w{visit}",
	"{stem}_{visit}m", "{stem}.{visit}m", "{stem}_{visit}mo", "{stem}.{visit}mo", "{stem}_{visit}kk", "{stem}_{visit}w", "{stem}_{visit}wk",
	"{stem}_month{visit}", "{stem}_month_{visit}", "{stem}_visit{visit}", "{stem}_visit_{visit}",
	"t{visit}_{stem}", "t{visit}.{stem}", "v{visit}_{stem}", "v{visit}.{stem}", "m{visit}_{stem}", "m{visit}.{stem}",
	"{visit}_{stem}", "{visit}.{stem}",
}

// compile turns a pattern into a regular expression with the groups stem and
// visit. A visit is a whole number or a word for the beginning or the end.
func compile(pattern string) (*regexp.Regexp, bool) {
	if strings.Count(pattern, "{stem}") != 1 || strings.Count(pattern, "{visit}") != 1 {
		return nil, false
	}
	expression := regexp.QuoteMeta(pattern)
	expression = strings.Replace(expression, `\{stem\}`, `(?P<stem>.+)`, 1)
	expression = strings.Replace(expression, `\{visit\}`, `(?P<visit>\d{1,3}|baseline|bl|pre|post|followup|fu)`, 1)
	return regexp.MustCompile(`(?i)^` + expression + `$`), true
}

// Match applies a pattern to the names of columns; ok is false when it is not
// a pattern: it needs {stem} and {visit} once each. The visit codes are as they
// stand in the names.
func Match(pattern string, columns []string) (wide []WideColumn, ok bool) {
	expression, ok := compile(pattern)
	if !ok {
		return nil, false
	}
	stem, visit := expression.SubexpIndex("stem"), expression.SubexpIndex("visit")
	for _, c := range columns {
		if m := expression.FindStringSubmatch(c); m != nil {
			wide = append(wide, WideColumn{Column: c, Stem: m[stem], Visit: strings.ToLower(m[visit])})
		}
	}
	return wide, true
}

// findPattern tries the usual patterns and returns the one that fits most
// columns whose stem occurs at two visits or more.
func findPattern(columns []string) (pattern string, wide []WideColumn) {
	best := 1
	for _, p := range Patterns {
		all, _ := Match(p, columns)
		kept, shared := atSeveralVisits(all)
		if shared > best && plausibleVisits(kept) {
			best, pattern, wide = shared, p, kept
		}
	}
	return pattern, wide
}

// atSeveralVisits keeps the columns of visits at which some repeated variable
// was asked; shared counts the columns of repeated variables.
func atSeveralVisits(all []WideColumn) (kept []WideColumn, shared int) {
	times := map[string]int{}
	for _, w := range all {
		times[w.Stem]++
	}
	visits := map[string]bool{}
	for _, w := range all {
		if times[w.Stem] > 1 {
			visits[w.Visit] = true
			shared++
		}
	}
	for _, w := range all {
		if visits[w.Visit] {
			kept = append(kept, w)
		}
	}
	return kept, shared
}

// plausibleVisits tells visits from numbered items (odi_1 … odi_10): there are
// more variables than visits, and visits numbered 1, 2, 3 … need many.
func plausibleVisits(wide []WideColumn) bool {
	stems, codes := map[string]bool{}, map[string]bool{}
	highest, zero := 0, false
	for _, w := range wide {
		stems[w.Stem], codes[w.Visit] = true, true
		n, err := strconv.Atoi(w.Visit)
		zero = zero || n == 0 || err != nil
		highest = max(highest, n)
	}
	if len(codes) > 24 {
		return false
	}
	consecutive := !zero && highest == len(codes)
	if consecutive {
		return len(stems) >= 3*len(codes)
	}
	return zero || len(stems) >= len(codes)
}
