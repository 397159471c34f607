package state

import (
	"fmt"
	"slices"
	"strings"

	"trialbox/app/analysis"
	"trialbox/app/dataset"
)

// What a person decides about single rows.
type (
	// DecideRow corrects a cell, leaves a row out, or accepts a finding.
	DecideRow         struct{ Correction dataset.Correction }
	TakeBack          struct{ Index int } // of Project.Decisions
	DownloadDecisions struct{}
)

// decideRow records a decision and understands the table anew.
func (m Model) decideRow(x dataset.Correction) (Model, []Effect) {
	if x.Decision == dataset.ExcludeRow && strings.TrimSpace(x.Reason) == "" {
		m.Trouble = &Trouble{Title: "The row stays.", Text: "Leaving a row out needs a reason, which is recorded beside it."}
		return m, nil
	}
	p := m.project()
	same := func(o dataset.Correction) bool {
		switch x.Decision {
		case dataset.CorrectCell:
			return o.Decision == x.Decision && o.Line == x.Line && o.Column == x.Column
		case dataset.ExcludeRow:
			return o.Decision == x.Decision && o.Line == x.Line
		}
		return o == x
	}
	p.Decisions = append(slices.DeleteFunc(slices.Clone(p.Decisions), same), x)
	p.Data.Finding = ""
	m.Trouble = nil
	return m.decided(x.Decision != dataset.AcceptAsIs)
}

func (m Model) takeBack(index int) (Model, []Effect) {
	p := m.project()
	if index < 0 || index >= len(p.Decisions) {
		return m, nil
	}
	gone := p.Decisions[index]
	p.Decisions = slices.Delete(slices.Clone(p.Decisions), index, index+1)
	return m.decided(gone.Decision != dataset.AcceptAsIs)
}

// decided follows up a change of the decisions; values tells whether any value
// of the table changed with it.
func (m Model) decided(values bool) (Model, []Effect) {
	p := m.project()
	p.noteDecisions()
	if !values {
		p.sortFindings()
		p.Decided = true
		return m.changed(nil)
	}
	p.reinterpret()
	p.rebuild()
	return m.endRun(nil)
}

// noteDecisions tells the recipe how many decisions there are, and their hash.
func (p *Project) noteDecisions() {
	p.Recipe.Decisions = nil
	if len(p.Decisions) > 0 {
		p.Recipe.Decisions = &analysis.DecisionsNote{Count: len(p.Decisions), SHA256: dataset.HashDecisions(p.Source.Name(), p.Dataset.SHA256, p.Decisions)}
	}
}

// sortFindings tells what needs a look from what was accepted as it is.
func (p *Project) sortFindings() {
	all := p.Dataset.Problems
	if p.Trial != nil {
		all = p.Trial.Findings()
	}
	if p.Units != nil && p.Units.Joined != nil {
		all = slices.Concat(all, p.Units.Joined.Problems)
	}
	p.Findings, p.Accepted = nil, nil
	for _, q := range all {
		if p.leftOut(q) {
			continue
		}
		if slices.ContainsFunc(p.Decisions, func(x dataset.Correction) bool { return x.Answers(q) }) {
			p.Accepted = append(p.Accepted, q)
		} else {
			p.Findings = append(p.Findings, q)
		}
	}
}

// leftOut reports a finding of the reader on a row that is left out anyway.
func (p *Project) leftOut(q dataset.Problem) bool {
	if q.Line == 0 || q.File != p.Dataset.Name || q.Kind == "left out by decision" {
		return false
	}
	row := p.Dataset.Row(q.Line)
	if row < 0 {
		return false
	}
	_, out := p.Dataset.Excluded(row)
	return out
}

// FindingKey names a finding to its form.
func FindingKey(q dataset.Problem) string {
	return fmt.Sprintf("%s|%d|%s|%s|%s", q.File, q.Line, q.Column, q.Kind, q.Value)
}

func (p *Project) downloadDecisions() Effect {
	return download{fileName(p.Name) + ".corrections.csv", "text/csv;charset=utf-8", dataset.DecisionsCSV(p.Source.Name(), p.Dataset.SHA256, p.Decisions)}
}
