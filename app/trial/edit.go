package trial

import (
	"fmt"
	"math"
	"slices"

	"trialbox/app/dataset"
	"trialbox/app/instrument"
)

// Complete fills in what follows from a column that was just given a role by
// hand: the two arms of an arm column, the visits of a visit column.
func Complete(d *dataset.Dataset, m *Mapping, role string) {
	switch role {
	case "arm":
		m.Control, m.Intervention = "", ""
		if c := d.Column(m.Arm); c != nil {
			list := values(c)
			m.Control, m.Intervention = armValues(list)
			if len(list) == 2 && (m.Control == "" || m.Intervention == "") {
				m.Control, m.Intervention = list[0], list[1]
			}
		}
	case "visit":
		m.Visits = nil
		c := d.Column(m.Visit)
		if c == nil {
			return
		}
		m.Shape, m.Wide, m.Pattern = "long", nil, ""
		g := &guess{d: d, taken: map[string]bool{}}
		g.visits(values(c), true)
		m.Visits = g.m.Visits
	}
}

// WithPattern applies a pattern of column names by hand: which columns are
// which variable at which visit. The error says why the pattern was not used.
func WithPattern(d *dataset.Dataset, m Mapping, pattern string) (Mapping, error) {
	var free []string
	for _, c := range d.Columns {
		if !slices.Contains([]string{m.Unit, m.Patient, m.Arm, m.Stratum, m.ConsentDate}, c.Name) && !checkbox(c.Name) {
			free = append(free, c.Name)
		}
	}
	wide, ok := Match(pattern, free)
	if kept, _ := atSeveralVisits(wide, pattern); kept != nil { // without the numbered items it fits by chance
		wide = kept
	}
	switch {
	case !ok:
		return m, fmt.Errorf("a pattern needs {stem} and {visit} once each, as in {stem}_{visit}; “%s” has not", pattern)
	case len(wide) == 0:
		return m, fmt.Errorf("no column is named by the pattern %s", pattern)
	}
	g := &guess{d: d, m: m, taken: map[string]bool{}}
	g.m.Visit, g.m.Visits = "", nil
	g.wide(pattern, wide)
	g.m.Instruments, g.m.Outcomes, g.m.Covariates = nil, nil, nil
	g.instruments()
	g.variables()
	g.m.Covariates = m.Covariates
	return g.m, nil
}

// CovariateCandidates are what could enter a model as a covariate: columns with
// one value for each patient, and the value at the first visit of every score
// and outcome.
func CovariateCandidates(t *Trial) []Covariate {
	g := &guess{d: t.data, m: t.mapping, taken: map[string]bool{}}
	for _, name := range []string{t.mapping.Unit, t.mapping.Patient, t.mapping.Arm, t.mapping.Visit, t.mapping.VisitDate, t.mapping.ConsentDate} {
		g.taken[name] = true
	}
	for _, w := range t.mapping.Wide {
		g.taken[w.Column] = true
	}
	g.repeated()
	var out []Covariate
	known := map[string]bool{}
	add := func(c Covariate) {
		out = append(out, c)
		known[c.Column] = true
	}
	for _, c := range t.data.Columns {
		if g.taken[c.Name] || g.varies[c.Name] || t.mapping.Shape == "long" && !g.often[c.Name] {
			continue
		}
		if cov, ok := covariate(c); ok {
			add(cov)
		}
	}
	for _, v := range t.Variables {
		if v.Baseline && t.mapping.derives(v.Name) {
			add(Covariate{Column: v.Name, Factor: v.Words || v.Scale != nil && v.Scale.Kind == instrument.Ordinal})
		}
		if !v.Words && !v.Baseline && t.answeredFirst(v) && !known[v.Name] {
			add(Covariate{Column: v.Name, Baseline: true})
		}
	}
	return out
}

// answeredFirst reports whether a variable has a value at the first visit.
func (t *Trial) answeredFirst(v *Variable) bool {
	for i, visit := range t.Visit {
		if visit == 0 && !math.IsNaN(v.Num(i)) {
			return true
		}
	}
	return false
}

// Receipt says how an instrument's score of one row of the trial came about.
func (t *Trial) Receipt(id string, row int) (instrument.Receipt, error) {
	i := slices.IndexFunc(t.mapping.Instruments, func(u Use) bool { return u.Instrument == id })
	if i < 0 {
		return instrument.Receipt{}, fmt.Errorf("%s is not scored: a question about it is open, or it was left out", id)
	}
	s, err := t.scoring(t.mapping.Instruments[i])
	if err != nil {
		return instrument.Receipt{}, err
	}
	if _, open := s.unasked(); open {
		return instrument.Receipt{}, fmt.Errorf("%s is not scored: a question about it is open", s.def.Short)
	}
	return s.scorer.Receipt(s.cells(row)), nil
}

// WithVisit is the list of visits with one more, in order of time.
func WithVisit(visits []Visit, code string) []Visit {
	if code == "" || slices.ContainsFunc(visits, func(v Visit) bool { return fold(v.Code) == fold(code) }) {
		return visits
	}
	months, label, sure := visitTime(code)
	if !sure {
		label = code
		if len(visits) > 0 && (math.IsNaN(months) || months <= visits[len(visits)-1].Months) {
			months = visits[len(visits)-1].Months + 1
		}
		if math.IsNaN(months) {
			months = 0
		}
	}
	at := slices.IndexFunc(visits, func(v Visit) bool { return v.Months > months })
	if at < 0 {
		at = len(visits)
	}
	return slices.Insert(slices.Clone(visits), at, Visit{Code: code, Label: label, Months: months})
}
