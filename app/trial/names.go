package trial

import (
	"math"
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
		"aika", "aikapiste", "ajankohta", "käynti", "kaynti", "mittaus", "kuukausi", "kk", "week", "weeks", "viikko", "vk", "vecka", "woche", "day", "year", "vuosi", "år", "jahr",
		"besök", "tidpunkt", "mättillfälle", "månad", "zeitpunkt", "visite", "messzeitpunkt", "monat"}
	stratumWords = []string{"stratum", "strata", "ositus", "ositusryhmä", "schicht", "strat"}
	visitDates   = []string{"visit", "assessment", "answer", "answered", "followup", "käynti", "vastaus", "mittaus", "besök", "svar", "visite"}
	consentDates = []string{"consent", "enrolment", "enrollment", "inclusion", "baseline", "suostumus", "samtycke", "einwilligung"}

	controlWords = []string{"control", "controls", "ctrl", "usual care", "care as usual", "treatment as usual", "tau", "cau", "uc",
		"usual", "placebo", "standard care", "kontrolli", "verrokki", "vertailu", "tavanomainen", "kontroll", "kontrollgrupp", "kontrollgruppe", "sham", "wait list", "waiting list"}
	controlStems      = []string{"control", "kontroll", "verrokki", "vertailu", "placebo", "tavanomai", "sedvanlig", "standard", "üblich"}
	interventionStems = []string{"interven", "koeryhm", "treat", "active", "aktiv", "experiment", "behand", "hoitoryhm"}
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

// numberWord takes a word with one number apart: m3, 12mo.
func numberWord(word string) (prefix, number, unit string, ok bool) {
	start := strings.IndexFunc(word, isDigit)
	if start < 0 {
		return "", "", "", false
	}
	unit = strings.TrimLeftFunc(word[start:], isDigit)
	return word[:start], word[start : len(word)-len(unit)], unit, strings.IndexFunc(unit, isDigit) < 0
}

// visitTime reads how many months after the beginning a visit is from its name
// in the file. sure is false when the name only gives an order (T1, visit 2)
// or nothing.
func visitTime(code string) (months float64, label string, sure bool) {
	text := strings.ToLower(eventName(code))
	parts := words(text)
	if v, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(text), ",", ".", 1), 64); err == nil && v >= 0 {
		return v, monthLabel(v), true
	}
	if anyOf(parts, baselineWords) {
		return 0, "baseline", true
	}
	number, unit, prefix := math.NaN(), "", ""
	for _, w := range parts {
		before, digits, behind, ok := numberWord(w)
		switch {
		case ok && math.IsNaN(number):
			number, _ = strconv.ParseFloat(digits, 64)
			prefix = before
			if behind != "" {
				unit = behind
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
