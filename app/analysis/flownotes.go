package analysis

import (
	"fmt"
	"strings"
)

// FlowNotes are what the flow chart shows and the data cannot know: numbers
// and reasons that were typed in, and the words of the boxes. A number that
// was not given is nil.
type FlowNotes struct {
	// Bodies are what was asked to take part: "providers", "practices". Each is
	// one value of BodiesColumn, of the units file or the data; without a column
	// they are the units themselves.
	Bodies       string `json:"bodies,omitempty"`
	BodiesColumn string `json:"bodies_column,omitempty"`
	Approached   *int   `json:"approached,omitempty"`
	Declined     *int   `json:"declined,omitempty"`

	// Randomised units by arm (control, intervention), where there is no units
	// file to count them from.
	Randomised [2]*int `json:"randomised,omitzero"`
	// People asked and people who declined, by arm.
	Asked   [2]*int `json:"people_asked,omitzero"`
	Refused [2]*int `json:"people_declined,omitzero"`

	Moved string       `json:"moved,omitempty"` // why units moved to the other arm
	Lost  []LostReason `json:"lost,omitempty"`

	PeopleOnly bool `json:"people_only,omitempty"` // no numbers of units after the allocation
	HideNobody bool `json:"hide_empty_units,omitempty"`
	HideNames  bool `json:"hide_names,omitempty"` // of moved and empty units
	HideZero   bool `json:"hide_zero,omitempty"`  // lines that count nobody
	// Words are the analyst's own texts of boxes and stages, by their key; the
	// numbers stand in braces and stay counted.
	Words map[string]string `json:"words,omitempty"`
}

// LostReason says why people of an arm did not answer at a visit.
type LostReason struct {
	Visit  string `json:"visit"` // a visit's code
	Arm    int    `json:"arm"`   // 0 control, 1 intervention
	Reason string `json:"reason"`
	People int    `json:"people"`
}

// mostTyped bounds typed numbers, so that a slip of the finger is seen.
const mostTyped = 1_000_000

// Validate names what cannot be used by its place in the recipe, or is nil.
func (f *FlowNotes) Validate() error {
	if f == nil {
		return nil
	}
	for _, n := range []struct {
		name  string
		value *int
	}{{"approached", f.Approached}, {"declined", f.Declined}, {"randomised[0]", f.Randomised[0]}, {"randomised[1]", f.Randomised[1]},
		{"people_asked[0]", f.Asked[0]}, {"people_asked[1]", f.Asked[1]}, {"people_declined[0]", f.Refused[0]}, {"people_declined[1]", f.Refused[1]}} {
		if n.value != nil && (*n.value < 0 || *n.value > mostTyped) {
			return fmt.Errorf("flow.%s is %d; it must lie between 0 and %d", n.name, *n.value, mostTyped)
		}
	}
	for i, l := range f.Lost {
		switch {
		case l.Arm != 0 && l.Arm != 1:
			return fmt.Errorf("flow.lost[%d].arm is %d; it must be 0 for control or 1 for intervention", i, l.Arm)
		case l.People < 0 || l.People > mostTyped:
			return fmt.Errorf("flow.lost[%d].people is %d; it must lie between 0 and %d", i, l.People, mostTyped)
		case strings.TrimSpace(l.Reason) == "":
			return fmt.Errorf("flow.lost[%d].reason is empty", i)
		}
	}
	return nil
}
