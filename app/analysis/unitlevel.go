package analysis

import (
	"fmt"
	"math"
	"slices"

	"trialbox/app/dataset"
	"trialbox/app/trial"
)

// PatientsOfUnit is the row of the unit-level table that counts the patients
// each unit recruited.
const PatientsOfUnit = "#patients"

// unitFrame is the units of a trial with what is known of each.
type unitFrame struct {
	who      Groups
	columns  []string
	patients []float64
	column   func(name string) (entries, bool)
}

// UnitTable computes the unit-level table: every unit once, by the arm it ran
// in, those that recruited nobody among them where there is a units file.
func UnitTable(t *trial.Trial, b *Baseline, units *dataset.Dataset, joined *trial.AsUnits) *BaselineResult {
	f := unitsOf(t, units, joined)
	plain := *b
	plain.Clustered = false // the units are the clusters
	out := &BaselineResult{Who: f.who, Options: plain}
	lines := BaselineLines{Title: "Characteristics of the units."}
	for _, row := range b.Units {
		x, ok := f.column(row.Variable)
		if !ok {
			lines.Lines = append(lines.Lines, BaselineLine{Row: row, First: true, Reason: fmt.Sprintf("The units have no column “%s”; take the row out, or choose another.", row.Variable)})
			continue
		}
		lines.Lines = append(lines.Lines, describeVariable(x, row, &plain, f.who)...)
	}
	out.Tables = []BaselineLines{lines}
	if f.who.All() > 0 && units == nil {
		out.Warnings = append(out.Warnings, "There is no units file, so only units with patients are counted; add the list of randomised units on the Data screen.")
	}
	return out
}

// unitsOf takes the units from the units file, or without one from the data.
func unitsOf(t *trial.Trial, units *dataset.Dataset, joined *trial.AsUnits) unitFrame {
	if units == nil || joined == nil {
		return unitsOfData(t)
	}
	f := unitFrame{who: Groups{Names: t.Arms}}
	row := make(map[int]int, len(units.Line))
	for i, line := range units.Line {
		row[int(line)] = i
	}
	var rows []int
	for _, u := range joined.Units {
		f.add(u.Received, u.Patients)
		rows = append(rows, row[u.Line])
	}
	for _, c := range units.Columns {
		f.columns = append(f.columns, c.Name)
	}
	f.column = func(name string) (entries, bool) {
		if name == PatientsOfUnit {
			return entries{num: f.patients, scale: -1}, true
		}
		c := units.Column(name)
		if c == nil {
			return entries{}, false
		}
		return columnValues(c, rows), true
	}
	return f
}

func (f *unitFrame) add(arm int32, patients int) {
	f.who.of = append(f.who.of, int8(arm))
	f.patients = append(f.patients, float64(patients))
	if arm >= 0 {
		f.who.People[arm]++
		f.who.Units[arm]++
	}
}

func columnValues(c *dataset.Column, rows []int) entries {
	x := entries{num: make([]float64, len(rows)), scale: -1}
	words := !c.Kind.Numeric() && c.Kind != dataset.Date && c.Kind != dataset.Empty
	if words {
		x.text, x.levels = make([]string, len(rows)), []string{}
	}
	at := map[string]float64{}
	for k, row := range rows {
		switch s := c.Text(row); {
		case !words:
			x.num[k] = c.Num(row)
		case s == "":
			x.num[k] = nan()
		default:
			if !slices.Contains(x.levels, s) {
				x.levels = append(x.levels, s)
			}
			x.text[k] = s
		}
	}
	if !words {
		return x
	}
	slices.Sort(x.levels)
	for i, s := range x.levels {
		at[s] = float64(i)
	}
	for k, s := range x.text {
		if s != "" {
			x.num[k] = at[s]
		}
	}
	return x
}

// unitsOfData are the units that have patients, with the columns that do not
// vary within them.
func unitsOfData(t *trial.Trial) unitFrame {
	f := unitFrame{who: Groups{Names: t.Arms}}
	patients := make([]int, len(t.Units))
	seen := make([]bool, len(t.Patients))
	for i, p := range t.Patient {
		if !seen[p] {
			seen[p] = true
			patients[t.Unit[i]]++
		}
	}
	for u := range t.Units {
		f.add(t.UnitArm[u], patients[u])
	}
	for _, name := range t.LongNames() {
		if v := t.Variable(name); v != nil && v.Scale == nil && constantInUnits(t, v) {
			f.columns = append(f.columns, name)
		}
	}
	f.column = func(name string) (entries, bool) {
		if name == PatientsOfUnit {
			return entries{num: f.patients, scale: -1}, true
		}
		v := t.Variable(name)
		if v == nil {
			return entries{}, false
		}
		rows := make([]int, len(t.Units))
		for u := range rows {
			rows[u] = -1
		}
		for i, u := range t.Unit {
			if rows[u] < 0 && !math.IsNaN(v.Num(i)) {
				rows[u] = i
			}
		}
		return entriesOf(v, rows), true
	}
	return f
}

// UnitColumns names what the unit-level table can show, beside the number of
// patients.
func UnitColumns(t *trial.Trial, units *dataset.Dataset, joined *trial.AsUnits) []string {
	f := unitsOf(t, units, joined)
	m := t.Mapping()
	skip := []string{m.Unit, m.Arm, m.Randomised, t.VisitName(), m.VisitDate, m.ConsentDate}
	if joined != nil && units != nil {
		skip = joined.Roles()
	}
	var out []string
	for _, name := range f.columns {
		x, _ := f.column(name)
		if slices.Contains(skip, name) || len(x.levels) > mostCategories || x.levels != nil && len(x.levels) == len(x.num) {
			continue
		}
		out = append(out, name)
	}
	return out
}

func proposeUnitRows(t *trial.Trial, units *dataset.Dataset, joined *trial.AsUnits) []BaselineRow {
	f := unitsOf(t, units, joined)
	rows := []BaselineRow{f.row(PatientsOfUnit)}
	for _, name := range UnitColumns(t, units, joined) {
		rows = append(rows, f.row(name))
	}
	return rows
}

// NewUnitRow is a column of the units as a row of their table.
func NewUnitRow(t *trial.Trial, units *dataset.Dataset, joined *trial.AsUnits, name string) BaselineRow {
	return unitsOf(t, units, joined).row(name)
}

func (f unitFrame) row(name string) BaselineRow {
	if name == PatientsOfUnit {
		return BaselineRow{Variable: name, Label: "Patients recruited", Statistic: "range"}
	}
	x, _ := f.column(name)
	statistic, _ := x.propose(math.Inf(-1), math.Inf(1), false)
	if x.levels == nil && statistic != "mean" { // few units: whole numbers keep their median
		statistic = "median"
	}
	return BaselineRow{Variable: name, Label: sentenceCase(spaced(name)), Statistic: statistic}
}

// BaselineLevels are the categories of a row's variable, nil where there are
// too many for a table.
func BaselineLevels(t *trial.Trial, r BaselineRow, ofUnits bool, units *dataset.Dataset, joined *trial.AsUnits) []string {
	var x entries
	if ofUnits {
		x, _ = unitsOf(t, units, joined).column(r.Variable)
	} else if v := t.Variable(r.Variable); v != nil {
		x = entriesOf(v, patientRows(t, v))
	}
	if r.Variable == "" || x.num == nil || distinctValues(x.num, mostCategories+1) > mostCategories {
		return nil
	}
	return x.order(r, x.label)
}
