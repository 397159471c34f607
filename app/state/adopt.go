package state

import (
	"fmt"

	"trialbox/app/analysis"
	"trialbox/app/trial"
)

// A recipe is replayed in three ways: on the next export of the trial that is
// open, on the open file when a recipe file is chosen, and on the file opened
// next when a recipe was chosen first.

// adoptOpen replays a recipe file on the open file.
func (m Model) adoptOpen(name string, r analysis.Recipe) (Model, []Effect) {
	if m.Project == nil {
		m.Waiting = &r
		return m, []Effect{m.toast("Recipe "+name+" is ready. Open the data it is for.", nil, toastTime)}
	}
	next := *m.Project
	next.adopt = &r
	next.remember("opening the recipe "+name, m.Project)
	next.Recipe.Reading = r.Reading
	return m.readAgain(&next)
}

// readNext reads another file by a recipe, as a project of its own.
func (m Model) readNext(f Blob, r analysis.Recipe) (Model, []Effect) {
	next := &Project{Name: projectName(f.Name()), adopt: &r}
	next.Recipe.Reading = r.Reading
	m.Waiting = nil
	return m.open(f.Name(), f.Size(), func(token int) Effect {
		return readData{token: token, source: f, opt: next.readOptions(), into: next}
	})
}

// adopted fits the recipe that waits to the file just read, and tells what
// differs.
func (p *Project) adopted() {
	r := *p.adopt
	p.adopt = nil
	p.Differences = r.Differences(p.Dataset)
	p.Replayed = r.Name
	if p.Replayed == "" {
		p.Replayed = r.Data.File
	}
	var fresh []trial.Reason
	p.Recipe, fresh = r.FitTo(p.Dataset)
	p.Reasons = fresh
	if r.Decisions != nil && len(p.Decisions) == 0 {
		p.Differences = append(p.Differences, analysis.Difference{Kind: "decisions", Text: fmt.Sprintf("the recipe was made with %s about single rows of %s, which are not part of it; load their file if they belong to this data", plural(r.Decisions.Count, "decision", "decisions"), r.Data.File)})
	}
	if r.Units != nil && p.Units == nil {
		p.Differences = append(p.Differences, analysis.Difference{Kind: "units file", Text: fmt.Sprintf("the recipe was made with the units file %s, which is not part of it; add it", r.Units.File)})
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
