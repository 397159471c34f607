package trial

import (
	"slices"
	"strings"
	"unicode/utf8"

	"trialbox/app/dataset"
)

// What REDCap's long exports have that other tables have not: events named with
// an arm of the project, forms that repeat, the state of each form, and the
// patient's properties on the row of one event only.

// eventName is an event without REDCap's arm: baseline_arm_1 and baseline_arm_2
// are one visit, as are "Baseline (Arm 1: care)" and "Baseline (Arm 2: usual)".
func eventName(code string) string {
	code = strings.TrimSpace(code)
	for at := range code {
		if isArm(code[at:]) {
			return code[:at]
		}
	}
	return code
}

// isArm reports a text that is REDCap's arm and nothing else: _arm_1, or
// _arm_1b, or " (Arm 1: care)".
func isArm(text string) bool {
	if end, ok := afterWord(text, 0, "_arm_"); ok {
		number := text[end:]
		rest := strings.TrimLeftFunc(number, isDigit)
		return rest != number && (rest == "" || isFoldedWord(rest))
	}
	end, ok := afterWord(text, 0, " (arm ")
	if !ok {
		return false
	}
	number := text[end:]
	rest := strings.TrimLeftFunc(number, isDigit)
	name, colon := strings.CutPrefix(rest, ":")
	return rest != number && colon && strings.HasSuffix(name, ")") && !strings.Contains(name, "\n")
}

// isFoldedWord reports one letter, digit or _; the long s and the Kelvin sign
// are a small s and k.
func isFoldedWord(s string) bool {
	c, size := utf8.DecodeRuneInString(s)
	return size == len(s) && (isWord(c) || sameLetter(c, 's') || sameLetter(c, 'k'))
}

// repeatColumns hold the name of a repeating form and the number of its copy.
var repeatColumns = []string{"redcap_repeat_instrument", "repeat instrument"}

// bookkeeping reports columns that say how the data were kept, not what they
// are: the state of a form (0 incomplete, 1 unverified, 2 complete), the time it
// was sent, and what REDCap adds itself.
func bookkeeping(c *dataset.Column) bool {
	name := strings.ToLower(c.Name)
	switch {
	case strings.HasPrefix(name, "redcap_"), strings.HasSuffix(name, "_timestamp"), slices.Contains(repeatColumns, name), name == "repeat instance", name == "survey identifier":
		return true
	case !strings.HasSuffix(name, "_complete") && !strings.HasSuffix(name, "complete?"):
		return false
	}
	for i, text := range c.Clean {
		if c.Count[i] > 0 && !c.Missing[i] && !slices.Contains([]string{"0", "1", "2", "incomplete", "unverified", "complete"}, fold(text)) {
			return false
		}
	}
	return true
}

// repeats reports rows of repeating forms, such as a list of adverse events:
// not visits of the patient.
func (b *builder) repeats() func(row int) bool {
	for _, c := range b.d.Columns {
		if !slices.Contains(repeatColumns, strings.ToLower(c.Name)) || c.N == 0 {
			continue
		}
		b.problem(dataset.Note, "repeating forms", -1, c.Name, "", "%d rows belong to repeating forms (%s) and were left out: they are no visits", c.N, quoted(values(c)))
		return func(row int) bool { return !c.IsMissing(row) }
	}
	return func(int) bool { return false }
}

// sparse reports a property of the patient that stands on one row of each
// patient only, as unit and arm do in REDCap's exports.
func sparse(c, patient *dataset.Column) bool {
	if c == nil || patient == nil || c.MissingCount*5 < c.Codes.Len() {
		return false
	}
	has := make([]bool, len(patient.Clean))
	for row, code := range patient.Codes.All() {
		has[code] = has[code] || !c.IsMissing(row)
	}
	with, all := 0, 0
	for code := range has {
		if patient.Count[code] > 0 && !patient.Missing[code] {
			all++
			with += b2score(has[code])
		}
	}
	return 10*with >= 9*all
}

// carry gives each patient (by the codes of one) the value of a sparse column
// that stands on another of its rows, -1 where none does or two differ; nil when
// the column is not sparse.
func (b *builder) carry(c *dataset.Column, patients []int32) []int32 {
	if b.visit == nil || !sparse(c, b.patient) {
		return nil
	}
	of := make([]int32, len(b.patient.Clean))
	for i := range of {
		of[i] = -1
	}
	for row, code := range c.Codes.All() {
		p := patients[b.patient.Codes.At(row)]
		switch {
		case c.Missing[code] || of[p] == -2:
		case of[p] == -1:
			of[p] = code
		case c.Clean[of[p]] != c.Clean[code]:
			of[p] = -2
		}
	}
	for i := range of {
		of[i] = max(of[i], -1)
	}
	b.problem(dataset.Note, "taken from another row", -1, c.Name, "", "%s stands on one row of most patients; it was taken over to the patient's other rows", c.Name)
	return of
}
