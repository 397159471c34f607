package dataset

import (
	"strings"
	"unicode"
)

// yesNoPair is one language's words. Short ones count only when both occur.
type yesNoPair struct {
	language string
	yes, no  string
	short    bool
}

var yesNoPairs = []yesNoPair{
	{"English", "yes", "no", false}, {"English", "true", "false", false}, {"English", "y", "n", true},
	{"Finnish", "kyllä", "ei", false}, {"Finnish", "on", "ei", true}, {"Finnish", "k", "e", true},
	{"Swedish", "ja", "nej", false}, {"German", "ja", "nein", false}, {"Swedish or German", "j", "n", true},
}

// sexPair gives 1 and 0 to a column named after one sex.
type sexPair struct{ female, male string }

var sexPairs = []sexPair{{"nainen", "mies"}, {"female", "male"}, {"woman", "man"}, {"kvinna", "man"},
	{"frau", "mann"}, {"weiblich", "männlich"}, {"f", "m"}, {"n", "m"}, {"k", "m"}, {"w", "m"}}

var femaleNames = []string{"female", "nainen", "kvinna", "kvinnlig", "weiblich", "frau", "woman"}
var maleNames = []string{"male", "mies", "männlich", "manlig", "maennlich"}

var dateNames = []string{"date", "pvm", "päivämäärä", "paivamaara", "datum", "dato", "dob", "day0"}
var idNames = []string{"id", "pid", "uid", "tunnus", "tunniste", "hetu", "kennung", "kennzeichen", "löpnr", "personnummer"}

// words splits a column's name into lower-case words at anything that is no
// letter or digit and at a change from small to capital letter.
func words(name string) []string {
	var list []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			list = append(list, strings.ToLower(string(word)))
		}
		word = word[:0]
	}
	small := false
	for _, c := range name {
		switch {
		case !unicode.IsLetter(c) && !unicode.IsDigit(c):
			flush()
			small = false
			continue
		case unicode.IsUpper(c) && small:
			flush()
		}
		small = unicode.IsLower(c)
		word = append(word, c)
	}
	flush()
	return list
}

// named reports whether one of the words of a column's name is in the list.
func named(name string, list []string) bool {
	for _, w := range words(name) {
		for _, l := range list {
			if w == l {
				return true
			}
		}
	}
	return false
}

// fold is the form in which spelling variants are alike: trimmed, single
// blanks, lower case.
func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// alwaysMissing are texts that never are a value.
func alwaysMissing(s string) bool {
	switch len(s) {
	case 0:
		return true
	case 1:
		return s == "."
	case 2, 3, 4, 6:
		switch strings.ToLower(s) {
		case "na", "n/a", "nan", "null", "#n/a", "#null!":
			return true
		}
	}
	return false
}
