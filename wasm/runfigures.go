//go:build !js

package main

import (
	"trialbox/app/analysis"
	"trialbox/app/report"
	"trialbox/app/trial"
)

// savedFigures of each outcome are written by run, beside the forests of all.
var savedFigures = []string{"trajectory", "stack", "histogram", "caterpillar", "influence", "qq-residual"}

// figuresOf are the outcome figures of a run as they are saved.
func figuresOf(t *trial.Trial, result *analysis.Result, all []*analysis.Progress) (files []outFile) {
	for _, name := range []string{"forest", "native", "ratio"} {
		if f, ok := report.AllOutcomes(result, name, false, false); ok {
			file := "forest.svg"
			if name != "forest" {
				file = "forest-" + name + ".svg"
			}
			files = append(files, outFile{file, []byte(f.SVG)})
		}
	}
	for i, p := range all {
		b := report.Behind{Trial: t, Result: result, Progress: p, Outcome: &result.Outcomes[i]}
		for _, name := range savedFigures {
			if f, ok := b.Figure(name, false, false); ok {
				files = append(files, outFile{name + "-" + safeName(p.Job.Outcome.Variable) + ".svg", []byte(f.SVG)})
			}
		}
	}
	return files
}

// scriptsOf are the same analysis for other programs. They read the long form,
// which holds patients' values and is written by the page only when asked for.
func scriptsOf(t *trial.Trial, jobs []*analysis.Job, o analysis.Options) []outFile {
	const data = "long.csv"
	return []outFile{{"analysis.do", []byte(analysis.StataScript(t, jobs, o, data))}, {"analysis.R", []byte(analysis.RScript(t, jobs, o, data))}}
}
