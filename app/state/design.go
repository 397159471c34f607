package state

import (
	"html"
	"reflect"

	"trialbox/app/design"
	"trialbox/app/report"
)

// Design is the screen of sample size, power and randomisation. It needs no
// trial: with none open, what is chosen there lives as long as the page.
const Design Screen = "design"

// DesignView is what the Design screen shows. The choices of an open project
// that has any stand in its recipe; these here are those of no project.
type DesignView struct {
	Tab     string // "size", "power", "allocate"
	Choices design.Choices
	Answer  *design.Answer
	// Observed is the ICC taken from the open trial; nil for none.
	Observed *design.ICC
}

// What a person does on the screen.
type (
	SetDesignTab struct{ Tab string }
	SetDesign    struct{ Choices design.Choices }
	// DownloadDesign saves or copies what is on the screen: "power.svg",
	// "power.png", "power.csv", "scenarios.csv", "copy scenarios" or "copy
	// protocol".
	DownloadDesign struct{ What string }
)

// Choices are those on the Design screen, and whether they are kept with the
// open project.
func (m Model) Choices() (c design.Choices, kept bool) {
	if m.Project != nil && m.Project.Recipe.Design != nil {
		return *m.Project.Recipe.Design, true
	}
	return m.Plan.Choices, false
}

// visitDesign works out what is on the screen when it is opened.
func (m *Model) visitDesign() {
	c, _ := m.Choices()
	m.Plan.Answer = c.Size.Answer()
	if m.Plan.Tab == "" {
		m.Plan.Tab = "size"
	}
}

// updateDesign is everything done on the screen.
func (m Model) updateDesign(msg Msg) (Model, []Effect) {
	switch msg := msg.(type) {
	case SetDesignTab:
		m.Plan.Tab = msg.Tab
	case SetDesign:
		return m.setDesign(msg.Choices)
	case DownloadDesign:
		return m, m.exportDesign(msg.What)
	}
	return m, nil
}

// setDesign keeps the choices, in the recipe of the open project where there
// is one.
func (m Model) setDesign(c design.Choices) (Model, []Effect) {
	before, _ := m.Choices()
	if !reflect.DeepEqual(before.Size, c.Size) || m.Plan.Answer == nil {
		m.Plan.Answer = c.Size.Answer()
	}
	if m.Project == nil {
		m.Plan.Choices = c
		return m, nil
	}
	p := m.project()
	p.Recipe.Design = &c
	p.Decided = true
	return m.changed(nil)
}

// exportDesign makes the file that was asked for.
func (m Model) exportDesign(what string) []Effect {
	a := m.Plan.Answer
	if a == nil || !a.OK() {
		return nil
	}
	base := "design"
	if m.Project != nil {
		base = fileName(m.Project.Name) + " design"
	}
	csvOf := func(t *report.Table) []byte {
		_, _, body := report.TableFile(t, "csv")
		return body
	}
	switch what {
	case "power.svg":
		return []Effect{download{base + " " + what, "image/svg+xml", []byte(report.PowerFigure(a))}}
	case "power.png":
		return []Effect{downloadPNG{base + " " + what, report.PowerFigure(a)}}
	case "power.csv":
		return []Effect{download{base + " " + what, "text/csv", csvOf(report.PowerTable(a))}}
	case "scenarios.csv":
		return []Effect{download{base + " " + what, "text/csv", csvOf(report.ScenarioTable(a, m.Plan.Observed))}}
	case "copy scenarios":
		t := report.ScenarioTable(a, m.Plan.Observed)
		return []Effect{copyTable{t.HTML(), t.Plain()}}
	case "copy protocol":
		text := a.Protocol()
		return []Effect{copyTable{"<p>" + html.EscapeString(text) + "</p>", text}}
	}
	return nil
}
