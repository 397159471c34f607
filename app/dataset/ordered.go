package dataset

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// scales are words of questionnaires in their order, each place with its
// spellings in English, Finnish, Swedish and German.
var scales = []struct {
	name  string
	words [][]string
}{
	{"severity", [][]string{
		{"none", "no pain", "ei lainkaan", "ei kipua", "ingen", "inga", "keine", "kein"},
		{"very mild", "hyvin lievä", "mycket lindrig", "sehr leicht"},
		{"mild", "slight", "lievä", "lieviä", "lindrig", "lätt", "leicht"},
		{"moderate", "kohtalainen", "kohtalaisia", "keskivaikea", "måttlig", "måttliga", "mäßig", "mässig", "mittelschwer"},
		{"severe", "vaikea", "vaikeita", "voimakas", "svår", "svåra", "schwer", "stark"},
		{"very severe", "extreme", "hyvin vaikea", "äärimmäinen", "erittäin voimakas", "mycket svår", "extrem", "sehr schwer", "sehr stark"}}},
	{"level", [][]string{
		{"very low", "hyvin matala", "mycket låg", "sehr niedrig"},
		{"low", "matala", "pieni", "låg", "niedrig", "gering"},
		{"medium", "moderate", "intermediate", "middle", "keskitaso", "keskisuuri", "kohtalainen", "medel", "måttlig", "mittel"},
		{"high", "korkea", "suuri", "hög", "hoch"},
		{"very high", "hyvin korkea", "mycket hög", "sehr hoch"}}},
	{"frequency", [][]string{
		{"never", "ei koskaan", "en koskaan", "aldrig", "nie", "niemals"},
		{"almost never", "hardly ever", "very rarely", "tuskin koskaan", "nästan aldrig", "fast nie"},
		{"rarely", "seldom", "harvoin", "sällan", "selten"},
		{"sometimes", "occasionally", "joskus", "silloin tällöin", "ibland", "manchmal", "gelegentlich"},
		{"often", "usein", "ofta", "oft", "häufig"},
		{"very often", "usually", "almost always", "hyvin usein", "yleensä", "melkein aina", "mycket ofta", "oftast", "nästan alltid", "sehr oft", "meistens", "fast immer"},
		{"always", "aina", "alltid", "immer"}}},
	{"agreement", [][]string{
		{"strongly disagree", "completely disagree", "täysin eri mieltä", "instämmer inte alls", "tar helt avstånd", "stimme überhaupt nicht zu", "trifft gar nicht zu"},
		{"disagree", "eri mieltä", "jokseenkin eri mieltä", "melko eri mieltä", "instämmer inte", "instämmer delvis inte", "stimme nicht zu", "stimme eher nicht zu", "trifft eher nicht zu"},
		{"neutral", "neither agree nor disagree", "neither", "ei samaa eikä eri mieltä", "varken eller", "weder noch", "teils teils", "teils, teils"},
		{"agree", "samaa mieltä", "jokseenkin samaa mieltä", "melko samaa mieltä", "instämmer", "instämmer delvis", "stimme zu", "stimme eher zu", "trifft eher zu"},
		{"strongly agree", "completely agree", "täysin samaa mieltä", "instämmer helt", "stimme voll zu", "stimme völlig zu", "trifft voll zu", "trifft völlig zu"}}},
	{"quality", [][]string{
		{"very poor", "very bad", "erittäin huono", "mycket dålig", "sehr schlecht"},
		{"poor", "bad", "huono", "dålig", "schlecht"},
		{"fair", "tyydyttävä", "kohtalainen", "någorlunda", "ganska god", "mäßig", "weniger gut"},
		{"good", "hyvä", "god", "bra", "gut"},
		{"very good", "erittäin hyvä", "mycket god", "mycket bra", "sehr gut"},
		{"excellent", "erinomainen", "utmärkt", "ausgezeichnet"}}},
	{"amount", [][]string{
		{"not at all", "ei lainkaan", "ei ollenkaan", "inte alls", "gar nicht", "überhaupt nicht"},
		{"a little", "a little bit", "slightly", "vähän", "hieman", "lite", "något", "ein wenig", "etwas"},
		{"moderately", "somewhat", "jonkin verran", "kohtalaisesti", "måttligt", "mäßig", "mittelmäßig"},
		{"quite a bit", "a lot", "melko paljon", "ganska mycket", "ziemlich"},
		{"very much", "extremely", "erittäin paljon", "hyvin paljon", "väldigt mycket", "mycket", "sehr", "äußerst"}}},
}

// mostOrdered is how many answers an ordered category has at most: more are
// names.
const mostOrdered = 100

// order recognises a category whose values have an order: the words of one
// scale, or answers that carry their number ("1 = never").
func (s *study) order() {
	c := s.c
	var texts []string
	for i, text := range c.Clean {
		if c.Count[i] > 0 && !c.Missing[i] && !slices.Contains(texts, text) {
			if texts = append(texts, text); len(texts) > mostOrdered {
				return
			}
		}
	}
	if len(texts) < 2 {
		return
	}
	how := "its values are the words of a scale"
	rank := wordRanks(texts)
	if rank == nil {
		how = "its values carry their number"
		rank = numberRanks(texts)
	}
	if rank == nil {
		return
	}
	slices.SortFunc(texts, func(a, b string) int { return cmp.Compare(rank[a], rank[b]) })
	c.Order = texts
	c.Why += fmt.Sprintf(" Ordered, because %s: %s.", how, strings.Join(texts, " < "))
}

// wordRanks gives each text its place on the first scale that has all of them;
// nil when none has, or two texts share a place.
func wordRanks(texts []string) map[string]float64 {
	for _, scale := range scales {
		rank, used := map[string]float64{}, map[int]bool{}
		for _, text := range texts {
			place := slices.IndexFunc(scale.words, func(words []string) bool { return slices.Contains(words, fold(text)) })
			if place < 0 || used[place] {
				break
			}
			used[place] = true
			rank[text] = float64(place)
		}
		if len(rank) == len(texts) {
			return rank
		}
	}
	return nil
}

// numberRanks reads the numbers of answers such as “1 = never”, “2: seldom” or
// “(3) often”; nil unless every text has another number. Two may be any pair.
func numberRanks(texts []string) map[string]float64 {
	if len(texts) < 3 {
		return nil
	}
	rank, used := map[string]float64{}, map[float64]bool{}
	for _, text := range texts {
		v, ok := leadingNumber(text)
		if !ok || used[v] {
			return nil
		}
		used[v] = true
		rank[text] = v
	}
	return rank
}

// leadingNumber is the number of an answer; the mark after it tells it from
// “3 months” and “2nd line”.
func leadingNumber(text string) (float64, bool) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "(")
	i := strings.IndexFunc(text, func(c rune) bool { return (c < '0' || c > '9') && c != '-' })
	if i <= 0 {
		return 0, false
	}
	v := parseCanonical(text[:i])
	rest := strings.TrimLeft(text[i:], " ")
	for _, mark := range []string{"=", ":", ")", "–", "- ", ". "} {
		if word, ok := strings.CutPrefix(rest, mark); ok && v == v && strings.ContainsFunc(word, unicode.IsLetter) {
			return v, true
		}
	}
	return 0, false
}
