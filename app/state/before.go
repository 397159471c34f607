package state

import (
	"sync"

	"trialbox/app/analysis"
	"trialbox/app/dataset"
	"trialbox/app/trial"
)

// before is what the Flow and Baseline screens show, made when it is first
// asked for. Every edit drops it.
type before struct {
	flow, baseline, units, attrition, proposed, sensitivity sync.Once

	f    *analysis.Flow
	b, u *analysis.BaselineResult
	a    *analysis.Attrition
	p    *analysis.Baseline
	s    *analysis.Sensitivity
}

// unitsFile is the units file as the analysis takes it; nil without one.
func (p *Project) unitsFile() (*dataset.Dataset, *trial.AsUnits) {
	if p.Units == nil || p.Units.Joined == nil {
		return nil, nil
	}
	return p.Units.Dataset, p.Units.Joined
}

// Flow is the counted flow chart; nil without a trial.
func (p *Project) Flow() *analysis.Flow {
	if p.Trial == nil || p.before == nil {
		return nil
	}
	p.before.flow.Do(func() {
		d, j := p.unitsFile()
		p.before.f = analysis.CountFlow(p.Trial, p.Recipe.Mapping, p.Recipe.Outcomes, p.Recipe.Flow, d, j)
	})
	return p.before.f
}

// BaselinePlan is the layout of the baseline tables, the proposed one where
// nothing was decided.
func (p *Project) BaselinePlan() *analysis.Baseline {
	if p.Recipe.Baseline != nil || p.Trial == nil || p.before == nil {
		return p.Recipe.Baseline
	}
	p.before.proposed.Do(func() {
		d, j := p.unitsFile()
		p.before.p = analysis.ProposeBaseline(p.Trial, d, j)
	})
	return p.before.p
}

// Baseline are the computed baseline tables; nil without a trial.
func (p *Project) Baseline() *analysis.BaselineResult {
	if p.Trial == nil || p.before == nil {
		return nil
	}
	p.before.baseline.Do(func() { p.before.b = analysis.BaselineTables(p.Trial, p.BaselinePlan()) })
	return p.before.b
}

// UnitTable is the computed unit-level table; nil without a trial.
func (p *Project) UnitTable() *analysis.BaselineResult {
	if p.Trial == nil || p.before == nil {
		return nil
	}
	p.before.units.Do(func() {
		d, j := p.unitsFile()
		p.before.u = analysis.UnitTable(p.Trial, p.BaselinePlan(), d, j)
	})
	return p.before.u
}

// Attrition is who answered when; nil without a trial.
func (p *Project) Attrition() *analysis.Attrition {
	if p.Trial == nil || p.before == nil {
		return nil
	}
	p.before.attrition.Do(func() {
		p.before.a = analysis.CountAttrition(p.Trial, p.Recipe.Mapping, p.BaselinePlan(), p.Recipe.Outcomes)
	})
	return p.before.a
}

// Before is all of it, for the files; nil without a trial.
func (p *Project) Before() *analysis.Before {
	if p.Trial == nil || p.before == nil {
		return nil
	}
	return &analysis.Before{Flow: p.Flow(), Baseline: p.Baseline(), Units: p.UnitTable(), Attrition: p.Attrition()}
}

// eagerRows is up to how many rows the rail says what the Flow and Baseline
// screens will show: computing both takes some ten milliseconds there.
const eagerRows = 5000

// Eager reports a trial small enough to be described after every edit.
func (p *Project) Eager() bool { return p.Trial != nil && p.Trial.Rows <= eagerRows }

// FlowChecks are the numbers of the chart that must agree: with what was
// typed, with the baseline table, and with the models that were run and are
// not outdated.
func (p *Project) FlowChecks() []analysis.FlowCheck {
	f := p.Flow()
	if f == nil {
		return nil
	}
	var result *analysis.Result
	if p.Run != nil && !p.Run.outdated {
		result = p.Run.Result
	}
	var tables *analysis.BaselineResult
	if p.Eager() || p.before.b != nil {
		tables = p.Baseline()
	}
	return append(f.Checks[:len(f.Checks):len(f.Checks)], f.Against(tables, result)...)
}

// Imbalanced lists the rows that differ between the arms by the chosen rule,
// each once.
func (p *Project) Imbalanced() []analysis.BaselineRow {
	var out []analysis.BaselineRow
	if r := p.Baseline(); r != nil {
		for _, t := range r.Tables {
			for _, l := range t.Lines {
				if l.Imbalanced {
					out = append(out, l.Row)
				}
			}
		}
	}
	return out
}

// UnitColumns names the columns that describe units: of the units file, or
// without one of the data.
func (p *Project) UnitColumns() []string {
	if p.Trial == nil {
		return nil
	}
	d, j := p.unitsFile()
	return analysis.UnitColumns(p.Trial, d, j)
}
