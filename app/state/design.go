package state

import (
	"html"
	"reflect"

	"trialbox/app/dataset"
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
	Paper   bool // the model paper's numbers are explained
	// Observed is the ICC taken from the open trial; nil for none.
	Observed *design.ICC
	taking   int // run of its fit, 0 for none
	Sim      *Simulation
	// Wrong is what stands against a simulation, Refused against a draw.
	Wrong, Refused design.Problems
	Units          *dataset.Dataset // to be allocated; in memory only
	Drawn          *Drawn
	drawing        int // numbers the draw on its way, 0 for none
}

// What a person does on the screen.
type (
	SetDesignTab struct{ Tab string }
	SetDesign    struct{ Choices design.Choices }
	// ShowPaper plans as the model paper did, or as it did again later, and
	// shows how its numbers come about.
	ShowPaper struct{ Update bool }
	// TakeICC estimates an intraclass correlation from the open trial.
	TakeICC struct {
		Variable, Label string
		Visit           int
	}
	// DownloadDesign saves or copies what is on the screen: "power.svg",
	// "power.png", "power.csv", "scenarios.csv", "copy scenarios", "copy
	// protocol", "allocation.csv", "allocation.json", "space.svg" or
	// "simulation.csv".
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
		m.Plan.Paper = false
		return m.setDesign(msg.Choices)
	case ShowPaper:
		c, _ := m.Choices()
		if c.Size = design.PaperPlan(); msg.Update {
			c.Size = design.PaperUpdate()
		}
		m.Plan.Paper = true
		return m.setDesign(c)
	case TakeICC:
		return m.takeICC(msg)
	case DownloadDesign:
		return m, m.exportDesign(msg.What)
	case Simulate:
		return m.simulate()
	case CancelSimulation:
		return m.cancelSimulation()
	case ResumeSimulation:
		return m.resumeSimulation(0)
	case MoreTrials:
		return m.resumeSimulation(msg.More)
	case UseTrialUnits:
		if m.Project != nil && m.Project.Trial != nil {
			return m, []Effect{readUnitsList{Bytes("units of "+m.Project.Name+".csv", design.UnitsOf(m.Project.Trial))}}
		}
	case UseUnitsFile:
		if m.Project != nil && m.Project.Units != nil {
			m.takeUnits(m.Project.Units.Dataset)
		}
	case unitsListRead:
		if msg.err != nil {
			m.Trouble = openTrouble(msg.name, msg.err)
			return m, nil
		}
		m.takeUnits(msg.dataset)
	case logRead:
		if msg.err != nil {
			m.Trouble = openTrouble(msg.name, msg.err)
			return m, nil
		}
		m.Plan.Drawn, m.Plan.Refused, m.Plan.drawing = msg.drawn, nil, 0
	case DrawUnits:
		return m.drawUnits()
	case unitsDrawn:
		if msg.token == m.Plan.drawing {
			m.Plan.Drawn, m.Plan.Refused, m.Plan.drawing = msg.drawn, msg.wrong, 0
		}
	}
	return m, nil
}

// setDesign keeps the choices, in the recipe of the open project where there
// is one.
func (m Model) setDesign(c design.Choices) (Model, []Effect) {
	before, _ := m.Choices()
	if !reflect.DeepEqual(before.Size, c.Size) || m.Plan.Answer == nil {
		m.Plan.Answer = c.Size.Answer()
		m.Plan.Wrong = nil
	}
	if before.Trials != c.Trials {
		m.Plan.Wrong = nil
	}
	if !reflect.DeepEqual(before.Allocation, c.Allocation) {
		m.Plan.Refused = nil
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
	base := "design"
	if m.Project != nil {
		base = fileName(m.Project.Name) + " design"
	}
	csvOf := func(t *report.Table) []byte {
		_, _, body := report.TableFile(t, "csv")
		return body
	}
	if d := m.Plan.Drawn; d != nil {
		switch what {
		case "allocation.csv":
			return []Effect{download{base + " " + what, "text/csv", d.List}}
		case "allocation.json":
			return []Effect{download{base + " " + what, "application/json", d.Log.JSON()}}
		case "space.svg":
			return []Effect{download{base + " " + what, "image/svg+xml", []byte(report.SpaceFigure(d.Log.Result.Drawn.Space))}}
		}
	}
	if s := m.Plan.Sim; s != nil && what == "simulation.csv" {
		return []Effect{download{base + " " + what, "text/csv", report.SimulationCSV(s.Batches)}}
	}
	a := m.Plan.Answer
	if a == nil || !a.OK() {
		return nil
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
