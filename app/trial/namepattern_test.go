package trial

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// The expressions that say what the matchers of names do.
const (
	nameWord    = `baseline|base|bl|pre|post|screening|alkumittaus|alku|lähtötilanne|lähtö|loppu|seuranta|start|slut|baslinje|uppföljning|ausgangswert|basis|nachher|vorher|ende|discharge|eot|follow[-_ ]?up|fu|end|final`
	prefixWord  = `month|week|visit|wave|follow[-_ ]?up|seuranta|käynti`
	unitWord    = `months?|kuukautta|kuukausi|weeks?|viikkoa|viikko|years?|vuotta|vuosi|days?|monate?|wochen?|jahre?|månader|månad|veckor`
	prefixShort = `time|kk|vk|wk|mo|tp|fu|t|v|m|w|d|y`
	unitShort   = `mths?|mon|mos?|m|kk|wks?|w|vk|yrs?|y|v|d|pv|mån|år|fu`
)

var (
	eventExpression    = regexp.MustCompile(`(?i)(_arm_\d+\w?| \(arm \d+:.*\))$`)
	numberExpression   = regexp.MustCompile(`^(\D*?)(\d+(?:[.,]\d+)?)(\D*)$`)
	checkboxExpression = regexp.MustCompile(`___-?\w+$`)
	letterExpression   = regexp.MustCompile(`[a-z]_?{visit}|{visit}[a-z]`)
	visitExpression    = regexp.MustCompile(`(?i)\d|` + nameWord)
)

// expressionOf is a pattern as a regular expression.
func expressionOf(pattern string) *regexp.Regexp {
	visit := `(?:` + prefixWord + `)[-_ ]?\d{1,3}|(?:` + prefixShort + `)\d{1,3}|\d{1,3}(?:` + unitShort + `)|\d{1,3}[-_ ]?(?:` + unitWord + `)|\d{1,3}|` + nameWord
	stem := `.+?`
	if glued(pattern) {
		visit = `(?-i:[TVM]\d{1,3})|\d{1,3}(?:` + unitWord + `|` + unitShort + `)|\d{1,3}|` + nameWord
		stem = `.*?\D`
	}
	e := regexp.QuoteMeta(pattern)
	e = strings.Replace(e, `\{stem\}`, `(?P<stem>`+stem+`)`, 1)
	e = strings.Replace(e, `\{visit\}`, `(?P<visit>`+visit+`)`, 1)
	e = strings.Replace(e, `\{item\}`, `(?P<item>.+)`, 1)
	e = strings.NewReplacer(`\[`, `(?:`, `\]`, `)?`).Replace(e)
	return regexp.MustCompile(`(?i)^` + e + `$`)
}

// nameMaker makes names of what names are made of, and of what is rare.
type nameMaker struct {
	rng    *rand.Rand
	pieces []string
}

func newNameMaker() nameMaker {
	pieces := strings.Split("odi|x|eq5d|é|_|.|-| |@|(|)|:|a|Arm|_arm_| (Arm 1: b)|0|1|3|12|007|1234|T|v|M|w|___|ſ|\u212a|\n|\xff|å|\u0663|,|month_|Kk|Å", "|")
	for _, list := range [][]string{visitNames, visitPrefix, shortPrefix, visitUnit, shortUnit} {
		for _, w := range list {
			pieces = append(pieces, w, strings.ToUpper(w))
		}
	}
	return nameMaker{rand.New(rand.NewPCG(7, 11)), pieces}
}

func (m nameMaker) name() (name string) {
	common := 33 // of the pieces: the words of visits come after them
	for range 1 + m.rng.IntN(6) {
		if m.rng.IntN(3) > 0 {
			name += m.pieces[m.rng.IntN(common)]
		} else {
			name += m.pieces[m.rng.IntN(len(m.pieces))]
		}
	}
	return name
}

// TestNamePatterns holds every pattern to its expression.
func TestNamePatterns(t *testing.T) {
	own := []string{"{visit}[_{stem}]", "[{visit}_]{stem}", "{stem}[{visit}]", "{item}{stem}{visit}", "{visit}{item}_{stem}", "{stem}{item}{visit}",
		"k{stem}s{visit}", "{stem}.*{visit}\\[x]", "{stem}{visit}{item}", "{item}[_{stem}]_{visit}", "å{stem}[]{visit}", "{item{item}{visit}{stem}", "{stem}[_{item}]_{visit}"}
	maker, fits := newNameMaker(), 0
	for _, pattern := range append(own, Patterns...) {
		expression := expressionOf(pattern)
		p, ok := parsePattern(pattern)
		if !ok {
			t.Fatalf("%s is no pattern", pattern)
		}
		for range 2000 {
			name := maker.name()
			if maker.rng.IntN(2) == 0 { // more names that fit
				name = strings.NewReplacer("{stem}", maker.name(), "{visit}", maker.name(), "{item}", maker.name(), "[", "", "]", "").Replace(pattern)
			}
			got, ok := p.match(name)
			want := expression.FindStringSubmatch(name)
			if ok != (want != nil) {
				t.Fatalf("%s fits %q: %v", pattern, name, ok)
			}
			if !ok {
				continue
			}
			fits++
			for kind, group := range []string{"stem", "visit", "item"} {
				if i := expression.SubexpIndex(group); i >= 0 && got[kind] != want[i] {
					t.Fatalf("%s of %q: %s is %q, want %q", pattern, name, group, got[kind], want[i])
				}
			}
		}
	}
	if fits < 5000 {
		t.Errorf("only %d names fitted", fits)
	}
}

// TestNoPattern lists what is refused.
func TestNoPattern(t *testing.T) {
	for _, p := range []string{"", "{stem}", "{visit}", "{stem}{stem}{visit}", "{stem}_{visit}{item}{item}", "{stem}]_[{visit}", "[{stem}][{visit}]", "{stem}_{visit}[", "{stem}\xff{visit}"} {
		if _, ok := parsePattern(p); ok {
			t.Errorf("%q was taken for a pattern", p)
		}
	}
}

// TestNameMatchers holds the small matchers to their expressions.
func TestNameMatchers(t *testing.T) {
	maker := newNameMaker()
	ends := strings.Split("|_arm_1|_ARM_12|_arm_1b|_arm_1ſ|_arm_1bc| (arm 1: x)| (Arm 2:)| (arm : x)|___1|___-9|___|___a_b|____|é", "|")
	for range 20000 {
		name := maker.name() + ends[maker.rng.IntN(len(ends))]
		trimmed := strings.TrimSpace(name)
		if got, want := eventName(name), eventExpression.ReplaceAllString(trimmed, ""); got != want {
			t.Fatalf("event of %q: %q, want %q", name, got, want)
		}
		if got, want := checkbox(name), checkboxExpression.MatchString(name); got != want {
			t.Fatalf("%q is a checkbox: %v", name, got)
		}
		if got, want := mayNameVisit(name), visitExpression.MatchString(name); got != want {
			t.Fatalf("%q may name a visit: %v", name, got)
		}
		for _, w := range words(name) {
			before, digits, behind, ok := numberWord(w)
			want := numberExpression.FindStringSubmatch(w)
			if ok != (want != nil) || ok && (before != want[1] || digits != want[2] || behind != want[3]) {
				t.Fatalf("number of %q: %q %q %q %v, want %q", w, before, digits, behind, ok, want)
			}
		}
		pattern := name + "{visit}" + maker.name()
		if got, want := letterAtVisit(pattern), letterExpression.MatchString(pattern); got != want {
			t.Fatalf("%q has a letter at its visit: %v", pattern, got)
		}
	}
}
