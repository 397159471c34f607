package state

import (
	"slices"
	"strconv"
	"strings"

	"trialbox/app/analysis"
	"trialbox/app/report"
	"trialbox/app/trial"
)

// What a person does on the Baseline screen.
type (
	SetBaselineView struct{ View BaselineView }
	// SetBaselineOption changes one option by its name in the recipe; what is
	// either on or off is "on" or "".
	SetBaselineOption struct{ Name, Value string }
	// EditBaselineRow changes a field of a row: "label", "statistic", "section",
	// "indent", "decimals", "level", "move", "remove", or the name of a category as
	// "name:" and its value. Table counts from 0; UnitsTable is the units'. The
	// field "title" is the table's own.
	EditBaselineRow struct {
		Table, Row   int
		Field, Value string
	}
	AddBaselineRow struct {
		Table    int
		Variable string
	}
	ProposeBaseline struct{} // back to the proposed list
	// AdjustFor hands variables to the model as covariates.
	AdjustFor        struct{ Variables []string }
	DownloadBaseline struct{ Table, Format string }
	CopyBaseline     struct{ Table string }
)

// UnitsTable is the unit-level table in an EditBaselineRow.
const UnitsTable = -1

// BaselineView is what the Baseline screen shows.
type BaselineView struct {
	Tab     string // "people", "units", "attrition"
	Editing bool   // the rows are being edited
	Row     string // "table.row" whose form is open
	Visit   int    // of those who answered against those who did not, from the follow-ups
}

// updateBaseline changes how the baseline tables are laid out and tested.
// Nothing of it touches a model but AdjustFor.
func (m Model) updateBaseline(msg Msg) (Model, []Effect) {
	p := m.project()
	if p.Trial == nil {
		return m, nil
	}
	b := cloneBaseline(p.BaselinePlan())
	switch msg := msg.(type) {
	case SetBaselineOption:
		setBaselineOption(b, msg)
	case EditBaselineRow:
		p.editBaselineRow(b, msg)
	case AddBaselineRow:
		p.addBaselineRow(b, msg)
	case ProposeBaseline:
		b = nil
	}
	if err := b.Validate(); err != nil {
		m.Trouble = &Trouble{Title: "That was not taken.", Text: sentence(err.Error())}
		return m, nil
	}
	p.Recipe.Baseline = b
	p.Decided = true
	return m.changed(nil)
}

func cloneBaseline(b *analysis.Baseline) *analysis.Baseline {
	c := *b
	c.Units = slices.Clone(b.Units)
	c.Tables = slices.Clone(b.Tables)
	for i := range c.Tables {
		c.Tables[i].Rows = slices.Clone(c.Tables[i].Rows)
	}
	return &c
}

func setBaselineOption(b *analysis.Baseline, msg SetBaselineOption) {
	on := msg.Value == "on"
	switch msg.Name {
	case "t_test":
		b.TTest = msg.Value
	case "quartiles":
		b.Quartiles, _ = strconv.Atoi(msg.Value)
	case "counts":
		b.Counts = msg.Value
	case "imbalance":
		b.Imbalance = msg.Value
	case "continuity":
		b.Continuity = on
	case "exact":
		b.Exact = on
	case "hide_p":
		b.HideP = on
	case "standardised_differences":
		b.Differences = on
	case "cluster_adjusted":
		b.Clustered = on
	case "missing_rows":
		b.MissingRows = on
	}
}

// rowsOf is the list of rows a message means, nil for none.
func rowsOf(b *analysis.Baseline, table int) *[]analysis.BaselineRow {
	switch {
	case table == UnitsTable:
		return &b.Units
	case table >= 0 && table < len(b.Tables):
		return &b.Tables[table].Rows
	}
	return nil
}

func (p *Project) editBaselineRow(b *analysis.Baseline, msg EditBaselineRow) {
	value := strings.TrimSpace(msg.Value)
	rows := rowsOf(b, msg.Table)
	if msg.Field == "title" && msg.Table >= 0 && rows != nil && value != "" {
		b.Tables[msg.Table].Title = value
		return
	}
	if rows == nil || msg.Row < 0 || msg.Row >= len(*rows) {
		return
	}
	r := &(*rows)[msg.Row]
	switch field, category, _ := strings.Cut(msg.Field, ":"); field {
	case "label":
		if value != "" {
			r.Label = value
		}
	case "statistic":
		r.Statistic = value
	case "section":
		r.Section = value
	case "indent":
		r.Indent, _ = strconv.Atoi(value)
	case "decimals":
		r.Decimals = nil
		if n, err := strconv.Atoi(value); err == nil {
			r.Decimals = &n
		}
	case "level":
		r.Level = value
	case "name":
		r.Levels = named(r.Levels, category, value)
	case "move":
		by, _ := strconv.Atoi(value)
		if to := msg.Row + by; to >= 0 && to < len(*rows) {
			(*rows)[msg.Row], (*rows)[to] = (*rows)[to], (*rows)[msg.Row]
			p.Baselines.Row = rowKey(msg.Table, to)
		}
	case "table":
		to, err := strconv.Atoi(value)
		if target := rowsOf(b, to); err == nil && target != nil && to >= 0 && msg.Table >= 0 && to != msg.Table {
			*target = append(*target, *r)
			*rows = slices.Delete(*rows, msg.Row, msg.Row+1)
			p.Baselines.Row = rowKey(to, len(*target)-1)
		}
	case "remove":
		*rows = slices.Delete(*rows, msg.Row, msg.Row+1)
		p.Baselines.Row = ""
	}
}

func rowKey(table, row int) string { return strconv.Itoa(table) + "." + strconv.Itoa(row) }

// named gives a category its name; an empty one takes it back.
func named(levels []analysis.BaselineLevel, value, label string) []analysis.BaselineLevel {
	out := slices.Clone(levels)
	for i := range out {
		if out[i].Value == value {
			out[i].Label = label
			return out
		}
	}
	return append(out, analysis.BaselineLevel{Value: value, Label: label})
}

func (p *Project) addBaselineRow(b *analysis.Baseline, msg AddBaselineRow) {
	if msg.Table >= 0 && len(b.Tables) == 0 {
		b.Tables = []analysis.BaselineTable{{Title: "Table 1. Baseline characteristics."}}
	}
	rows := rowsOf(b, msg.Table)
	if rows == nil || msg.Variable == "" {
		return
	}
	var row analysis.BaselineRow
	if msg.Table == UnitsTable {
		d, j := p.unitsFile()
		row = analysis.NewUnitRow(p.Trial, d, j, msg.Variable)
	} else if v := p.Trial.Variable(msg.Variable); v != nil {
		row = analysis.NewBaselineRow(p.Trial, v)
	} else {
		return
	}
	if n := len(*rows); n > 0 {
		row.Section = (*rows)[n-1].Section
	}
	*rows = append(*rows, row)
	p.Baselines.Row = rowKey(msg.Table, len(*rows)-1)
}

// adjustFor adds covariates as the model takes them: a value that is repeated
// on every row as it is, an answer by its value at baseline.
func (m Model) adjustFor(msg AdjustFor) (Model, []Effect) {
	p := m.project()
	if p.Trial == nil {
		return m, nil
	}
	mapping := &p.Recipe.Mapping
	mapping.Covariates = slices.Clone(mapping.Covariates)
	var refused []string
	for _, name := range msg.Variables {
		if slices.ContainsFunc(mapping.Covariates, func(c trial.Covariate) bool { return c.Column == name }) {
			continue
		}
		k := slices.IndexFunc(p.Candidates, func(c trial.Covariate) bool { return c.Column == name })
		if k < 0 {
			refused = append(refused, name)
			continue
		}
		c := p.Candidates[k]
		row := p.baselineRow(name)
		c.Label = row.Label
		if v := p.Trial.Variable(name); row.Statistic == "percent" && v != nil && v.Scale == nil {
			c.Factor = true
		}
		mapping.Covariates = append(mapping.Covariates, c)
	}
	if len(refused) > 0 {
		m.Trouble = &Trouble{Title: "Not every variable can be a covariate.", Text: "A covariate is one value for each patient, or an answer at the first visit; " + strings.Join(refused, ", ") + " is neither. Give it the role of a covariate on the Data screen if it should be."}
	}
	p.rebuild()
	return m.endRun(nil)
}

func (p *Project) baselineRow(variable string) analysis.BaselineRow {
	if b := p.BaselinePlan(); b != nil {
		for _, t := range b.Tables {
			for _, r := range t.Rows {
				if r.Variable == variable {
					return r
				}
			}
		}
	}
	return analysis.BaselineRow{Variable: variable, Label: variable}
}

// BaselineTable is a table of the Baseline screen by its name: "1", "2", …,
// "units", "answered", "missing", or "answered." and a visit's code and the
// number of the table; nil for none.
func (p *Project) BaselineTable(name string) *report.Table {
	if p.Trial == nil {
		return nil
	}
	if of, ok := strings.CutPrefix(name, "sensitivity-"); ok {
		return p.SensitivityTable(of)
	}
	switch name {
	case "units":
		return report.UnitTable(p.UnitTable())
	case "answered":
		return report.AnsweredWhen(p.Attrition())
	case "missing":
		return report.MissingTable(p.Attrition())
	}
	tables := report.BaselineTables(p.Baseline())
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(tables) {
		return tables[n-1]
	}
	for _, c := range p.Attrition().Compared {
		for k, t := range report.AnsweredTable(&c) {
			if name == "answered."+c.Visit.Code+"."+strconv.Itoa(k+1) {
				return t
			}
		}
	}
	return nil
}

// exportBaseline writes or copies a table of the screen.
func (m Model) exportBaseline(msg Msg) []Effect {
	switch msg := msg.(type) {
	case CopyBaseline:
		if t := m.Project.BaselineTable(msg.Table); t != nil {
			return []Effect{copyTable{t.HTML(), t.Plain()}}
		}
	case DownloadBaseline:
		if t := m.Project.BaselineTable(msg.Table); t != nil {
			name, mime, body := report.NamedTableFile(t, fileName(m.Project.Name)+" table "+fileName(msg.Table), msg.Format)
			return []Effect{download{name: name, mime: mime, body: body}}
		}
	}
	return nil
}

// BaselineChoices names what can be added to a table.
func (p *Project) BaselineChoices(table int) []string {
	switch {
	case p.Trial == nil:
		return nil
	case table == UnitsTable:
		return append([]string{analysis.PatientsOfUnit}, p.UnitColumns()...)
	}
	return analysis.BaselineCandidates(p.Trial)
}

// BaselineLevels are the categories of a row's variable, nil where it is a
// number with many values.
func (p *Project) BaselineLevels(table int, r analysis.BaselineRow) []string {
	d, j := p.unitsFile()
	return analysis.BaselineLevels(p.Trial, r, table == UnitsTable, d, j)
}

// BaselineReason says which statistic is proposed for a row, and why.
func (p *Project) BaselineReason(table int, r analysis.BaselineRow) string {
	v := p.Trial.Variable(r.Variable)
	if table == UnitsTable || v == nil {
		return ""
	}
	statistic, why := analysis.ProposeStatistic(p.Trial, v)
	return map[string]string{"mean": "mean (SD)", "median": "median (quartiles)", "range": "median (range)", "percent": "% (n)"}[statistic] + ", as " + why
}
