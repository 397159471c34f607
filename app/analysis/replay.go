package analysis

import (
	"fmt"
	"slices"
	"strings"

	"trialbox/app/dataset"
	"trialbox/app/trial"
)

// Difference is one way in which a file is not of the shape a recipe was made
// for.
type Difference struct {
	Kind   string // "column missing", "column new", "kind differs", "arm missing", "visit missing", "visit new"
	Column string
	Text   string // a sentence: what differs and what became of it
}

// Differences compares a file with the one the recipe was made on. None means
// that every rule has its column and nothing is left over.
func (r Recipe) Differences(d *dataset.Dataset) []Difference {
	c := comparison{r: r, d: d}
	c.missing()
	c.kinds()
	c.arms()
	c.visits()
	c.fresh()
	return c.list
}

type comparison struct {
	r    Recipe
	d    *dataset.Dataset
	list []Difference
}

func (c *comparison) say(kind, column, format string, args ...any) {
	c.list = append(c.list, Difference{kind, column, fmt.Sprintf(format, args...)})
}

// uses says what the recipe takes each column for, in the recipe's order.
func (r Recipe) uses() (columns []string, use map[string]string) {
	use = map[string]string{}
	add := func(column, what string) {
		if column != "" && use[column] == "" {
			use[column] = what
			columns = append(columns, column)
		}
	}
	m := r.Mapping
	stems := map[string]bool{}
	for _, w := range m.Wide {
		stems[w.Stem] = true
	}
	for _, role := range roles(&m) {
		if !stems[*role.column] {
			add(*role.column, "the "+role.name)
		}
	}
	for _, w := range m.Wide {
		add(w.Column, fmt.Sprintf("%s at visit %s", w.Stem, w.Visit))
	}
	for _, u := range m.Instruments {
		for _, item := range u.Items {
			if !stems[item] {
				add(item, "an item of "+u.Instrument)
			}
		}
	}
	for _, k := range m.Covariates {
		if !stems[k.Column] {
			add(k.Column, "a covariate")
		}
	}
	for _, name := range m.Outcomes {
		if !stems[name] {
			add(name, "an outcome")
		}
	}
	for _, name := range r.Data.Columns {
		add(name, "a column")
	}
	return columns, use
}

type role struct {
	name   string
	column *string
}

// roles are the mapping's single columns by their name.
func roles(m *trial.Mapping) []role {
	return []role{{"unit", &m.Unit}, {"patient", &m.Patient}, {"arm", &m.Arm}, {"arm as randomised", &m.Randomised}, {"visit", &m.Visit},
		{"stratum", &m.Stratum}, {"visit date", &m.VisitDate}, {"consent date", &m.ConsentDate}}
}

func (c *comparison) missing() {
	columns, use := c.r.uses()
	for _, name := range columns {
		if c.d.Column(name) != nil || c.derived(name) {
			continue
		}
		near := ""
		for _, have := range c.d.Columns {
			if strings.EqualFold(plainName(have.Name), plainName(name)) && !slices.Contains(c.r.Data.Columns, have.Name) {
				near = fmt.Sprintf("; the file has “%s”, which may be it", have.Name)
			}
		}
		c.say("column missing", name, "“%s” (%s) is not in this file%s", name, use[name], near)
	}
}

// derived reports a covariate or outcome that is made and stands in no file.
func (c *comparison) derived(name string) bool {
	return !slices.Contains(c.r.Data.Columns, name) && len(c.r.Data.Columns) > 0
}

// plainName is a name without what exports change: blanks, dots, underscores.
func plainName(s string) string {
	return strings.NewReplacer(" ", "", "_", "", ".", "", "-", "").Replace(s)
}

func (c *comparison) kinds() {
	for i, name := range c.r.Data.Columns {
		have := c.d.Column(name)
		if have == nil || i >= len(c.r.Data.Kinds) {
			continue
		}
		was, is := c.r.Data.Kinds[i], have.Kind.String()
		if was == is || was == "empty" || is == "empty" || numberKind(was) && numberKind(is) {
			continue
		}
		c.say("kind differs", name, "“%s” was read as %s and is read as %s in this file; look at its values", name, was, is)
	}
}

func numberKind(kind string) bool {
	return kind == dataset.Number.String() || kind == dataset.Integer.String()
}

func (c *comparison) arms() {
	m := c.r.Mapping
	arm := c.d.Column(m.Arm)
	if arm == nil {
		return
	}
	for _, want := range []string{m.Control, m.Intervention} {
		if want != "" && !arm.HasValue(want) {
			c.say("arm missing", m.Arm, "no row of “%s” has the arm “%s” in this file; choose the arms", m.Arm, want)
		}
	}
}

func (c *comparison) visits() {
	m := c.r.Mapping
	visit := c.d.Column(m.Visit)
	if visit == nil || m.Shape != "long" {
		return
	}
	known := trial.VisitIndex(visit, m.Visits)
	rows := make([]int, len(m.Visits))
	for i, v := range known {
		switch {
		case visit.Missing[i] || visit.Count[i] == 0:
		case v < 0:
			c.say("visit new", m.Visit, "the visit “%s” (%s) is new; its rows are left out until you add it", visit.Clean[i], counted(int(visit.Count[i]), "row", "rows"))
		default:
			rows[v] += int(visit.Count[i])
		}
	}
	for i, n := range rows {
		if n == 0 {
			c.say("visit missing", m.Visit, "no row has the visit “%s” (%s)", m.Visits[i].Code, m.Visits[i].Label)
		}
	}
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func (c *comparison) fresh() {
	if len(c.r.Data.Columns) == 0 {
		return
	}
	known := map[string]bool{}
	for _, name := range c.r.Data.Columns {
		known[name] = true
	}
	for _, have := range c.d.Columns {
		if !known[have.Name] {
			c.say("column new", have.Name, "“%s” (%s) is new; it is not used until you give it a role", have.Name, have.Kind)
		}
	}
}

// FitTo is the recipe for another file: what the file lacks is taken out, and
// a role whose column is gone is guessed anew, with its reasons to be checked.
func (r Recipe) FitTo(d *dataset.Dataset) (Recipe, []trial.Reason) {
	m := r.Mapping
	lacks := func(name string) bool { return d.Column(name) == nil }
	stems := map[string]bool{}
	m.Wide = slices.DeleteFunc(slices.Clone(m.Wide), func(w trial.WideColumn) bool { return lacks(w.Column) })
	for _, w := range m.Wide {
		stems[w.Stem] = true
	}
	gone := func(name string) bool {
		return !stems[name] && lacks(name) && slices.Contains(r.Data.Columns, name)
	}
	m.Instruments = slices.DeleteFunc(slices.Clone(m.Instruments), func(u trial.Use) bool {
		return slices.ContainsFunc(u.Items, func(item string) bool { return item != "" && !stems[item] && lacks(item) })
	})
	m.Covariates = slices.DeleteFunc(slices.Clone(m.Covariates), func(k trial.Covariate) bool { return gone(k.Column) })
	m.Outcomes = slices.DeleteFunc(slices.Clone(m.Outcomes), gone)
	var reasons []trial.Reason
	guess, why := trial.Guess(d)
	for i, role := range roles(&m) {
		if *role.column == "" || stems[*role.column] || !lacks(*role.column) {
			continue
		}
		*role.column = *roles(&guess)[i].column
		for _, w := range why {
			if strings.ReplaceAll(w.Field, "_", " ") == role.name {
				w.Sure = false
				reasons = append(reasons, w)
			}
		}
	}
	if m.Shape == "wide" && len(m.Wide) == 0 && guess.Shape != "" {
		m.Shape, m.Wide, m.Pattern, m.Visits = guess.Shape, guess.Wide, guess.Pattern, guess.Visits
	}
	r.Mapping = m
	r.Data = NameData(d)
	r.Decisions = nil
	return r, reasons
}
