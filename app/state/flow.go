package state

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/analysis"
	"trialbox/app/report"
)

// What a person does on the Flow screen.
type (
	SetFlowView struct{ View FlowView }
	// SetFlow gives a typed number, an option or a text by its name: "approached",
	// "randomised.1", "moved", "people_only", … or "words:" and the key of a box.
	// An empty value takes it back.
	SetFlow struct{ Name, Value string }
	// SetLost gives a reason for losses; the index one beyond the last adds one.
	// RemoveLost takes one out.
	SetLost struct {
		Index int
		Lost  analysis.LostReason
	}
	RemoveLost   struct{ Index int }
	DownloadFlow struct{ Format string } // "svg" or "png"
	CopyFlow     struct{}
)

// FlowView is what the Flow screen shows.
type FlowView struct {
	Editing bool // the words are being edited
}

// updateFlow changes what was typed for the chart.
func (m Model) updateFlow(msg Msg) (Model, []Effect) {
	p := m.project()
	notes := analysis.FlowNotes{}
	if p.Recipe.Flow != nil {
		notes = *p.Recipe.Flow
	}
	switch msg := msg.(type) {
	case SetFlow:
		if err := setFlow(&notes, msg); err != nil {
			m.Trouble = &Trouble{Title: "That number was not taken.", Text: sentence(err.Error())}
			return m, nil
		}
	case SetLost:
		notes.Lost = slices.Clone(notes.Lost)
		if msg.Lost.Reason = strings.TrimSpace(msg.Lost.Reason); msg.Lost.Reason == "" {
			m.Trouble = &Trouble{Title: "The loss needs a reason.", Text: "Say in a few words why they did not answer."}
			return m, nil
		}
		if msg.Index >= 0 && msg.Index < len(notes.Lost) {
			notes.Lost[msg.Index] = msg.Lost
		} else {
			notes.Lost = append(notes.Lost, msg.Lost)
		}
	case RemoveLost:
		if msg.Index >= 0 && msg.Index < len(notes.Lost) {
			notes.Lost = slices.Delete(slices.Clone(notes.Lost), msg.Index, msg.Index+1)
		}
	}
	if err := notes.Validate(); err != nil {
		m.Trouble = &Trouble{Title: "That was not taken.", Text: sentence(err.Error())}
		return m, nil
	}
	p.Recipe.Flow = &notes
	p.Decided = true
	return m.changed(nil)
}

func setFlow(n *analysis.FlowNotes, msg SetFlow) error {
	value := strings.TrimSpace(msg.Value)
	if key, ok := strings.CutPrefix(msg.Name, "words:"); ok {
		n.Words = maps.Clone(n.Words)
		if n.Words == nil {
			n.Words = map[string]string{}
		}
		delete(n.Words, key)
		if value != "" {
			n.Words[key] = value
		}
		if len(n.Words) == 0 {
			n.Words = nil
		}
		return nil
	}
	numbers := map[string]**int{"approached": &n.Approached, "declined": &n.Declined, "randomised.0": &n.Randomised[0], "randomised.1": &n.Randomised[1],
		"people_asked.0": &n.Asked[0], "people_asked.1": &n.Asked[1], "people_declined.0": &n.Refused[0], "people_declined.1": &n.Refused[1]}
	texts := map[string]*string{"bodies": &n.Bodies, "bodies_column": &n.BodiesColumn, "moved": &n.Moved}
	switches := map[string]*bool{"people_only": &n.PeopleOnly, "hide_empty_units": &n.HideNobody, "hide_names": &n.HideNames, "hide_zero": &n.HideZero}
	switch {
	case numbers[msg.Name] != nil:
		if value == "" {
			*numbers[msg.Name] = nil
			return nil
		}
		x, err := strconv.Atoi(strings.NewReplacer(",", "", " ", "", "\u00a0", "").Replace(value))
		if err != nil || x < 0 {
			return fmt.Errorf("“%s” is not a whole number of 0 or more; leave the field empty where it is not known", value)
		}
		*numbers[msg.Name] = &x
	case texts[msg.Name] != nil:
		*texts[msg.Name] = value
	case switches[msg.Name] != nil:
		*switches[msg.Name] = value == "on"
	}
	return nil
}

// exportFlow makes the file that was asked for out of the chart.
func (m Model) exportFlow(msg Msg) []Effect {
	p := m.Project
	f := p.Flow()
	if f == nil {
		return nil
	}
	name := fileName(p.Name) + " flow"
	switch msg := msg.(type) {
	case CopyFlow:
		t := report.FlowTable(f, p.Recipe.Flow)
		return []Effect{copyTable{t.HTML(), t.Plain()}}
	case DownloadFlow:
		svg := report.FlowChart(f, p.Recipe.Flow)
		if msg.Format == "png" {
			return []Effect{downloadPNG{name: name + ".png", svg: svg}}
		}
		return []Effect{download{name: name + ".svg", mime: "image/svg+xml", body: []byte(svg)}}
	}
	return nil
}
