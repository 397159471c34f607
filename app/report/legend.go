package report

import (
	"math"
	"sort"
	"strings"
)

// Missing marks a number that is not there; CSV writes it as an empty cell.
var Missing = math.NaN()

// abbreviations that the shipped instruments' labels use, spelled out in the
// table's legend when they occur in a label.
var abbreviations = map[string]string{
	"BBQ": "Back Beliefs Questionnaire", "BMI": "body mass index", "DEPS": "Depression Scale",
	"EQ-5D": "EuroQol five-dimension index", "FABQ": "Fear-Avoidance Beliefs Questionnaire",
	"LBP": "low-back pain", "NSAID": "non-steroidal anti-inflammatory drug", "NRS": "numerical rating scale", "ODI": "Oswestry Disability Index",
	"ÖMPSQ": "Örebro Musculoskeletal Pain Screening Questionnaire", "PSEQ": "Pain Self-Efficacy Questionnaire",
	"PROMIS": "Patient-Reported Outcomes Measurement Information System",
	"RMDQ":   "Roland-Morris Disability Questionnaire", "VAS": "visual analogue scale",
}

// legend spells out the abbreviations that the labels use, in their order.
func (b *tableBuilder) legend(always ...string) string {
	used := map[string]bool{"CI": true}
	text := map[string]string{"CI": "confidence interval", "SD": "standard deviation"}
	for _, s := range always {
		used[s] = true
	}
	for _, o := range b.outcomes {
		for short, long := range abbreviations {
			if hasWord(o.Outcome.Label, short) {
				used[short], text[short] = true, long
			}
		}
	}
	keys := make([]string, 0, len(used))
	for k := range used {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = k + ", " + text[k]
	}
	return strings.Join(parts, "; ") + "."
}

// hasWord finds an abbreviation as a word of its own, not inside another.
func hasWord(s, word string) bool {
	for from := 0; ; {
		i := strings.Index(s[from:], word)
		if i < 0 {
			return false
		}
		i += from
		before, after := i == 0 || !isLetter(s[i-1]), i+len(word) == len(s) || !isLetter(s[i+len(word)])
		if before && after {
			return true
		}
		from = i + len(word)
	}
}

func isLetter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }
