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
	{"English", "checked", "unchecked", false}, {"English", "t", "f", true}, {"Finnish", "tosi", "epätosi", false},
	{"Swedish", "sant", "falskt", false}, {"German", "wahr", "falsch", false},
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

// namesDate reports whether a column's name says date, also as the end of a
// longer word: visitdate, besöksdatum.
func namesDate(name string) bool {
	for _, w := range words(name) {
		for _, l := range dateNames {
			if w == l || len(l) > 2 && l != "dob" && l != "dato" && strings.HasSuffix(w, l) && w != "candidate" {
				return true
			}
		}
	}
	return false
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

// noValue are the words by which a cell says that there is no value; mayBeAnswer
// those that can be an answer too, where the answers are words.
var (
	noValue = wordSet("missing", "no answer", "not answered", "unanswered", "no response", "no data", "not available", "not recorded", "not reported", "not asked", "not done",
		"ei vastausta", "ei vastannut", "ei vastattu", "vastaamatta", "puuttuu", "tieto puuttuu", "puuttuva", "puuttuva tieto",
		"saknas", "uppgift saknas", "inget svar", "ej svar", "ej svarat", "fehlt", "fehlend", "keine antwort", "keine angabe", "k.a.")
	mayBeAnswer = wordSet("unknown", "not known", "unk", "ni", "nask", "navu", "asku", "refused", "refused to answer", "declined", "declined to answer", "prefer not to say", "prefer not to answer",
		"don't know", "don’t know", "do not know", "dont know", "not applicable", "n.a.", "n.a", "-", "--", "---", "–", "—", "?", "??",
		"ei tietoa", "ei tiedossa", "en tiedä", "ei tiedä", "en osaa sanoa", "eos", "ei halua vastata", "ei sovellu", "ei koske minua",
		"vet ej", "vet inte", "okänt", "vill ej svara", "ej aktuellt", "ej tillämpligt", "unbekannt", "weiß nicht", "weiss nicht", "verweigert", "nicht zutreffend")
)

func wordSet(words ...string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}

// saysNoValue looks a text up in both lists.
func saysNoValue(text string) (sure, maybe bool) {
	if len(text) > 30 || strings.ContainsAny(text, "0123456789") { // no word has a digit
		return false, false
	}
	w := fold(text)
	return strings.HasPrefix(w, "##user_missing") || noValue[w] || noValue[strings.Trim(w, "()[]<>.* ")], mayBeAnswer[w]
}

// alwaysMissing are texts that never are a value.
func alwaysMissing(s string) bool {
	switch len(s) {
	case 0:
		return true
	case 1:
		return s == "."
	case 2, 3, 4, 5, 6, 7:
		if len(s) == 2 && s[0] == '.' && s[1] >= 'a' && s[1] <= 'z' { // Stata
			return true
		}
		if c := s[0] | 0x20; c != 'n' && s[0] != '#' { // a million identifiers are not made small
			return false
		}
		switch strings.ToLower(s) {
		case "na", "n/a", "nan", "null", "#n/a", "#null!", "#div/0!", "#value!", "#ref!", "#name?", "#num!":
			return true
		}
	}
	return false
}
