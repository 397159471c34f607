package design

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Choices are what is typed on the Design screen, as it is typed: a field
// half filled in is kept too, and says what it lacks when it is looked at.
type Choices struct {
	Size       Assumptions `json:"size"`
	Trials     Trials      `json:"simulation"`
	Allocation Allocation  `json:"allocation"`
}

// DefaultChoices are a plan of common numbers; what only the analyst can know
// is that of the model paper, to be typed over.
func DefaultChoices() Choices {
	return Choices{Size: PaperPlan(), Trials: DefaultTrials(), Allocation: DefaultAllocation()}
}

// UnmarshalJSON reads the choices of a recipe; what one leaves out is as by
// default.
func (c *Choices) UnmarshalJSON(b []byte) error {
	type fields Choices
	read := fields(DefaultChoices())
	err := json.Unmarshal(b, &read)
	*c = Choices(read)
	return err
}

// Problems are sentences by the field they stand beside.
type Problems map[string]string

func (p Problems) say(field, format string, args ...any) {
	if p[field] == "" {
		p[field] = fmt.Sprintf(format, args...)
	}
}

// number reads a number as people type it: 0.05, 0,05 or .05. why is the
// sentence for one that is none.
func number(text string) (x float64, why string) {
	s := strings.NewReplacer("\u2212", "-", "\u00a0", "", " ", "").Replace(strings.TrimSpace(text))
	if s == "" {
		return math.NaN(), "A number is needed here."
	}
	if strings.Count(s, ",") == 1 && !strings.Contains(s, ".") {
		s = strings.Replace(s, ",", ".", 1)
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || strings.ContainsAny(s, "xXpP_") {
		return math.NaN(), fmt.Sprintf("“%s” is not a number.", text)
	}
	return x, ""
}

// share reads 0.8, 80 or 80 %: above 1 it can only be per cent.
func share(text string) (x float64, why string) {
	s, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	if x, why = number(s); why != "" {
		return x, why
	}
	if percent || x > 1 {
		x /= 100
	}
	return x, ""
}

// ratio reads 2 or 2:1.
func ratio(text string) (x float64, why string) {
	first, second, two := strings.Cut(text, ":")
	x, why = number(first)
	if why == "" && two {
		var under float64
		if under, why = number(second); why == "" {
			x /= under
		}
	}
	if why != "" || math.IsInf(x, 0) || math.IsNaN(x) {
		return math.NaN(), fmt.Sprintf("“%s” is not a ratio such as 1:1 or 2:1.", text)
	}
	return x, ""
}

// whole reads a whole number.
func whole(text string) (x float64, why string) {
	if x, why = number(text); why == "" && (x != math.Trunc(x) || math.Abs(x) > 1e9) {
		return x, fmt.Sprintf("“%s” is not a whole number.", text)
	}
	return x, why
}
