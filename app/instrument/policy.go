package instrument

import (
	"fmt"
	"strconv"
	"strings"
)

// Rules for unanswered items.
const (
	Complete  = "complete"    // every scored item must be answered
	Prorate   = "prorate"     // the answered items stand for all
	BlankAsNo = "blank_as_no" // an unanswered item counts 0, for forms where only "yes" is ticked
)

// Form says whether a form is known to have come back, where a column of the
// file tells: under blank_as_no its blanks are no then, whatever their number,
// but for a form without any answer.
type Form uint8

const (
	FormUnknown Form = iota
	FormReturned
	FormNotReturned
)

// Policy says what becomes of a score when items are unanswered. Min is the
// fewest answers that still give a score; it is not used by Complete.
type Policy struct {
	Rule string `json:"rule"`
	Min  int    `json:"min_answered,omitempty"`
}

// ParsePolicy reads a policy as it is written in commands and recipes:
// "complete", "prorate:8", "prorate80" (at least four fifths of the items),
// "blank_as_no" (at least one answer) or "blank_as_no:20".
func ParsePolicy(text string, items int) (Policy, error) {
	name, number, given := strings.Cut(strings.TrimSpace(text), ":")
	p := Policy{Rule: name}
	switch {
	case name == "prorate80" && !given:
		p = Policy{Rule: Prorate, Min: (8*items + 9) / 10}
	case name == BlankAsNo && !given:
		p.Min = 1
	case name == Prorate && !given:
		return p, fmt.Errorf("%q does not say how many answers are needed; write prorate:%d for example", text, (8*items+9)/10)
	case given && name != Complete:
		n, err := strconv.Atoi(number)
		if err != nil {
			return p, fmt.Errorf("%q: %q is not a number of answers", text, number)
		}
		p.Min = n
	case given:
		return p, fmt.Errorf("%q: complete takes no number", text)
	}
	return p, p.check(items)
}

// check holds the bounds: pro-rating from less than half of the items would
// say more about the unanswered ones than about the patient.
func (p Policy) check(items int) error {
	switch p.Rule {
	case Complete:
		if p.Min != 0 && p.Min != items {
			return fmt.Errorf("min_answered does not go with complete, which needs all %d", items)
		}
	case Prorate:
		if p.Min < (items+1)/2 || p.Min > items {
			return fmt.Errorf("prorate needs between %d and %d answers of %d, not %d", (items+1)/2, items, items, p.Min)
		}
	case BlankAsNo:
		if p.Min < 1 || p.Min > items {
			return fmt.Errorf("blank_as_no needs between 1 and %d answers, not %d: a form without any answer is missing", items, p.Min)
		}
	default:
		return fmt.Errorf("%q is not one of complete, prorate, blank_as_no", p.Rule)
	}
	return nil
}

// Words says the policy for a footnote, for a scale of k items.
func (p Policy) Words(k int) string {
	switch {
	case k == 1:
		return "as answered"
	case p.Rule == Prorate:
		return fmt.Sprintf("at least %d of %d answered, pro-rated", p.Min, k)
	case p.Rule == BlankAsNo:
		return fmt.Sprintf("blank counts as no, at least %d of %d answered", p.Min, k)
	}
	return fmt.Sprintf("all %d needed", k)
}

// String is the policy as ParsePolicy reads it.
func (p Policy) String() string {
	if p.Rule == Complete {
		return p.Rule
	}
	return p.Rule + ":" + strconv.Itoa(p.Min)
}
