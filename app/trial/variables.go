package trial

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"trialbox/app/dataset"
	"trialbox/stats/formula"
)

// Variable returns the variable of that name, or nil. Beside the mapped ones
// it finds any other column of the file, and <variable>_<months> as the value
// at that visit repeated on every row of the patient ("odi_0").
func (t *Trial) Variable(name string) *Variable {
	if v := t.named[name]; v != nil {
		return v
	}
	if t.data == nil || name == t.mapping.Unit || name == t.mapping.Patient || name == t.mapping.Arm {
		return nil
	}
	if v := t.fromColumns(name); v != nil {
		return v
	}
	return t.atVisit(name)
}

// put adds a variable, in the place of one of its name.
func (t *Trial) put(v *Variable) {
	if other := t.named[v.Name]; other != nil {
		t.Variables[slices.Index(t.Variables, other)] = v
	} else {
		t.Variables = append(t.Variables, v)
	}
	t.named[v.Name] = v
}

// wideAt lists the columns of a wide table by stem, one for each visit.
func (t *Trial) wideAt(stem string) []*dataset.Column {
	if t.wide == nil {
		t.wide = map[string][]*dataset.Column{}
		for _, w := range t.mapping.Wide {
			if t.wide[w.Stem] == nil {
				t.wide[w.Stem] = make([]*dataset.Column, len(t.Visits))
			}
			if v := slices.IndexFunc(t.Visits, func(v Visit) bool { return v.Code == w.Visit }); v >= 0 {
				t.wide[w.Stem][v] = t.data.Column(w.Column)
			}
		}
	}
	return t.wide[stem]
}

// column is where a variable of the long form stands at a visit, nil when it
// was not asked then.
func (t *Trial) column(name string, visit int32) *dataset.Column {
	if t.mapping.Shape == "wide" {
		if at := t.wideAt(name); at != nil {
			return at[visit]
		}
	}
	return t.data.Column(name)
}

// columnsOf is column for every visit.
func (t *Trial) columnsOf(name string) (list []*dataset.Column, found bool) {
	list = make([]*dataset.Column, len(t.Visits))
	for v := range list {
		list[v] = t.column(name, int32(v))
		found = found || list[v] != nil
	}
	return list, found
}

// fromColumns makes a variable of the file's columns, or nil.
func (t *Trial) fromColumns(name string) *Variable {
	at, found := t.columnsOf(name)
	if !found {
		return nil
	}
	return t.ofColumns(name, at)
}

// atVisit reads <variable>_<months>.
func (t *Trial) atVisit(name string) *Variable {
	for k, visit := range t.Visits {
		suffix := "_" + monthsText(visit.Months)
		if len(name) <= len(suffix) || name[len(name)-len(suffix):] != suffix {
			continue
		}
		if v := t.Variable(name[:len(name)-len(suffix)]); v != nil {
			return t.repeat(v, k, name)
		}
	}
	return nil
}

func monthsText(months float64) string { return strconv.FormatFloat(months, 'g', 6, 64) }

// repeat is the value of v at one visit on every row of the patient.
func (t *Trial) repeat(v *Variable, visit int, name string) *Variable {
	at := make([]int, len(t.Patients))
	for i, p := range t.Patient {
		if int(t.Visit[i]) == visit {
			at[p] = i + 1
		}
	}
	r := &Variable{Name: name, Label: v.Label + " at " + t.Visits[visit].Label, made: make([]float64, t.Rows), Words: v.Words, Levels: v.Levels,
		From: fmt.Sprintf("%s at %s, repeated on every row of the patient", v.Name, t.Visits[visit].Label), Baseline: true}
	for i, p := range t.Patient {
		r.made[i] = math.NaN()
		if row := at[p] - 1; row >= 0 {
			r.made[i] = v.Num(row)
		}
	}
	return r
}

// variables adds the mapped columns.
func (b *builder) variables() {
	t := b.t
	add := func(name, label, role string) {
		if t.named[name] != nil {
			return
		}
		v := t.fromColumns(name)
		if v == nil && t.mapping.derives(name) {
			return
		}
		if v == nil {
			b.problem(dataset.Warning, "column not in the file", -1, name, "", "the column “%s”, chosen as %s, is not in the file; take it out of the mapping", name, role)
			return
		}
		if label != "" {
			v.Label = label
		}
		v.Baseline = role == "covariate"
		t.put(v)
	}
	if t.mapping.Stratum != "" {
		add(t.mapping.Stratum, "", "stratum")
	}
	for _, c := range t.mapping.Covariates {
		if !c.Baseline {
			add(c.Column, c.Label, "covariate")
		}
	}
	for _, name := range t.mapping.Outcomes {
		add(name, "", "outcome")
		if v := t.Variable(name); v != nil && v.Words && len(v.Levels) > maxWords {
			b.problem(dataset.Warning, "outcome is text", -1, name, "", "the outcome “%s” holds text of more than %d kinds, which makes neither a mean nor categories; choose another column or correct its cells", name, maxWords)
		}
	}
}

// baselines adds the first visit's values of the covariates that ask for it.
func (b *builder) baselines() {
	t := b.t
	for _, c := range t.mapping.Covariates {
		if !c.Baseline {
			continue
		}
		v := t.Variable(c.Column)
		if v == nil {
			b.problem(dataset.Warning, "column not in the file", -1, c.Column, "", "“%s”, chosen as a covariate at baseline, is neither a column nor a score; take it out of the mapping", c.Column)
			continue
		}
		r := t.repeat(v, 0, c.Column+"_"+monthsText(t.Visits[0].Months))
		if c.Label != "" {
			r.Label = c.Label
		}
		t.Variables = slices.DeleteFunc(t.Variables, func(o *Variable) bool { return o.Name == r.Name })
		delete(t.named, r.Name)
		t.put(r)
	}
}

// Frame gives variables as the columns of a formula: unit, patient, arm and
// visit under the file's own names (a wide table's visit is called "visit"),
// the arm as its label, the visit in months, then the named ones. Names that
// are no variable are left out: the formula says so with its position. A nil
// list means all variables.
func (t *Trial) Frame(names []string) *formula.Frame {
	fr := &formula.Frame{Rows: t.Rows}
	label := func(name string, of []int32, labels []string) {
		text := make([]string, t.Rows)
		for i, k := range of {
			text[i] = labels[k]
		}
		fr.Columns = append(fr.Columns, formula.Column{Name: name, Text: text, IsText: true})
	}
	label(t.mapping.Unit, t.Unit, t.Units)
	label(t.mapping.Patient, t.Patient, t.Patients)
	label(t.mapping.Arm, t.Arm, t.Arms[:])
	months := make([]float64, t.Rows)
	for i, v := range t.Visit {
		months[i] = t.Visits[v].Months
	}
	fr.Columns = append(fr.Columns, formula.Column{Name: t.VisitName(), Num: months})
	if names == nil {
		for _, v := range t.Variables {
			names = append(names, v.Name)
		}
	}
	for _, name := range names {
		if slices.ContainsFunc(fr.Columns, func(c formula.Column) bool { return c.Name == name }) {
			continue
		}
		if v := t.Variable(name); v != nil {
			fr.Columns = append(fr.Columns, formula.Column{Name: name, Num: v.Numbers(), Text: v.Texts(), IsText: v.Words})
		}
	}
	return fr
}

// VisitName is the name of the visit in formulas.
func (t *Trial) VisitName() string {
	if t.mapping.Visit != "" {
		return t.mapping.Visit
	}
	return "visit"
}
