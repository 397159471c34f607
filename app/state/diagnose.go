package state

import (
	"slices"
	"strings"

	"trialbox/app/analysis"
	"trialbox/app/report"
)

// behindRun is a worker's task on its way for the model page.
type behindRun struct {
	id  int
	key string // of the job
}

// shownProgress is the outcome whose figure or model is shown.
func (p *Project) shownProgress() *analysis.Progress {
	if p == nil || p.Run == nil {
		return nil
	}
	for _, q := range p.Run.All {
		if q.Job.Outcome.Variable == p.View.Outcome {
			return q
		}
	}
	if len(p.Run.All) == 0 {
		return nil
	}
	return p.Run.All[0]
}

// lookBehind asks for what stands behind the fit that the model page shows,
// once it is fitted.
func (m Model) lookBehind(effects []Effect) (Model, []Effect) {
	if m.Project == nil || m.Screen != Outcomes || m.Project.View.Tab != "model" {
		return m, effects
	}
	q := m.Project.shownProgress()
	if q == nil || q.Fit == nil || q.Behind != nil || q.Err != "" || m.Project.behind.key == q.Job.Key {
		return m, effects
	}
	p := m.project()
	m.seq++
	p.behind = behindRun{m.seq, q.Job.Key}
	return m, append(effects, startRun{m.seq, []Task{{Key: q.Job.Key, Job: q.Job.Boot, Behind: true}}})
}

// answeredBehind files what came; ok is false when the answer is another's.
func (m Model) answeredBehind(a Answer) (next Model, ok bool) {
	if m.Project == nil || a.Run == 0 || a.Run != m.Project.behind.id {
		return m, false
	}
	p := m.project()
	if a.Err != "" {
		m.Trouble = &Trouble{Title: "The model page is incomplete.", Text: sentence(a.Err)}
		return m, true
	}
	if a.Behind == nil || p.Run == nil {
		return m, true
	}
	run := copyRun(p.Run)
	for _, q := range run.All {
		if q.Job.Key == a.Key {
			q.Behind = a.Behind
		}
	}
	run.Result = analysis.Assemble(p.Trial, run.Options, run.All)
	p.Run, p.behind = run, behindRun{}
	return m, true
}

// Behind is what the figures of the chosen outcome are drawn from; ok is false
// before anything was run.
func (p *Project) Behind() (b report.Behind, ok bool) {
	q := p.shownProgress()
	if q == nil || p.Run.Result == nil || p.Trial == nil {
		return b, false
	}
	at := slices.Index(p.Run.All, q)
	if at >= len(p.Run.Result.Outcomes) {
		return b, false
	}
	return report.Behind{Trial: p.Trial, Result: p.Run.Result, Progress: q, Outcome: &p.Run.Result.Outcomes[at], Patients: p.View.Spaghetti, UnitMeans: p.View.UnitMeans}, true
}

// figure is one of the Outcomes screen, as it is saved.
func (p *Project) figure(name string) (f report.Figure, of string, ok bool) {
	if report.ForestFigures[name] != "" {
		f, ok = report.AllOutcomes(p.Run.Result, name, false, false)
		return f, "outcomes", ok
	}
	b, ok := p.Behind()
	if !ok {
		return f, "", false
	}
	f, ok = b.Figure(name, false, false)
	return f, b.Outcome.Outcome.Variable, ok
}

// exportFigure makes the file of a figure, or of its numbers.
func (m Model) exportFigure(msg DownloadFigure) []Effect {
	f, of, ok := m.Project.figure(msg.Figure)
	if !ok {
		return nil
	}
	name := fileName(m.Project.Name) + " " + fileName(of) + " " + strings.ReplaceAll(msg.Figure, "-", " ")
	switch msg.Format {
	case "png":
		return []Effect{downloadPNG{name: name + ".png", svg: f.SVG}}
	case "csv":
		file, mime, body := report.NamedTableFile(f.Table, name, "csv")
		return []Effect{download{name: file, mime: mime, body: body}}
	}
	return []Effect{download{name: name + ".svg", mime: "image/svg+xml", body: []byte(f.SVG)}}
}

// exportScript writes the analysis as another program's syntax.
func (m Model) exportScript(language string) []Effect {
	p := m.Project
	if p == nil || p.Run == nil || p.Trial == nil {
		return nil
	}
	var jobs []*analysis.Job
	for _, q := range p.Run.All {
		jobs = append(jobs, q.Job)
	}
	data := fileName(p.Name) + " long.csv"
	if language == "R" {
		return []Effect{download{"analysis.R", "text/plain;charset=utf-8", []byte(analysis.RScript(p.Trial, jobs, p.Run.Options, data))}}
	}
	return []Effect{download{"analysis.do", "text/plain;charset=utf-8", []byte(analysis.StataScript(p.Trial, jobs, p.Run.Options, data))}}
}
