package trial

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/dataset"
)

// Guess finds the roles of the columns by name and content. Every role comes
// with a reason; one that is not sure is to be asked. A role that was not
// found is "" and has a reason that says so.
func Guess(d *dataset.Dataset) (Mapping, []Reason) {
	g := &guess{d: d, taken: map[string]bool{}}
	g.patient()
	g.unit()
	g.arm()
	g.randomised()
	g.shape()
	g.stratum()
	g.repeated()
	g.dates()
	g.instruments()
	g.variables()
	return g.m, g.reasons
}

type guess struct {
	d       *dataset.Dataset
	m       Mapping
	reasons []Reason
	taken   map[string]bool // columns that have a role
	varies  map[string]bool // long: columns that change within a patient
	often   map[string]bool // long: columns asked at more than one visit
}

func (g *guess) say(field, column string, sure bool, format string, args ...any) {
	g.reasons = append(g.reasons, Reason{Field: field, Column: column, Why: fmt.Sprintf(format, args...), Sure: sure})
}

// best returns the column with the highest positive score and whether another
// is as good.
func (g *guess) best(score func(c *dataset.Column, words []string) int) (best *dataset.Column, tie bool) {
	top := 0
	for _, c := range g.d.Columns {
		if g.taken[c.Name] || c.Kind == dataset.Empty {
			continue
		}
		if strings.HasPrefix(c.Name, "redcap_") && c.Name != "redcap_event_name" && c.Name != "redcap_data_access_group" {
			continue
		}
		switch s := score(c, words(c.Name)); {
		case s > top:
			best, top, tie = c, s, false
		case s == top && s > 0:
			tie = true
		}
	}
	return best, tie
}

// roleScore judges a name by a list of words: the whole name best, then the
// word with an identifier, then the word among others.
func roleScore(name []string, list []string) int {
	switch {
	case !anyOf(name, list):
		return 0
	case len(name) == 1:
		return 12
	case len(name) == 2 && anyOf(name, idWords):
		return 11
	case anyOf(name, idWords):
		return 8
	}
	return 6
}

func (g *guess) patient() {
	c, tie := g.best(func(c *dataset.Column, name []string) int {
		if c.Kind == dataset.Date || c.Kind == dataset.FreeText || c.Kind == dataset.YesNo || c.Distinct < 2 {
			return 0
		}
		s := roleScore(name, patientWords)
		if s == 0 && len(name) == 1 && (name[0] == "id" || name[0] == "tunnus" || name[0] == "pid") {
			s = 10
		}
		if anyOf(name, []string{"name", "nimi", "namn", "date", "age", "type"}) {
			s -= 5
		}
		return s
	})
	if c == nil {
		g.say("patient", "", false, "no column is named like a patient's identifier; choose it")
		return
	}
	g.m.Patient = c.Name
	g.taken[c.Name] = true
	g.say("patient", c.Name, !tie, "its name, and it has %d different values in %d rows", c.Distinct, g.d.Rows)
}

func (g *guess) unit() {
	patients := math.MaxInt
	if c := g.d.Column(g.m.Patient); c != nil {
		patients = c.Distinct
	}
	c, tie := g.best(func(c *dataset.Column, name []string) int {
		if c.Distinct < 2 || c.Distinct > patients && c.Distinct*2 > g.d.Rows || c.Kind == dataset.Date || c.Kind == dataset.Number {
			return 0
		}
		s := roleScore(name, unitWords)
		if anyOf(name, []string{"name", "nimi", "namn"}) {
			s -= 2
		}
		if c.Name == "redcap_data_access_group" || c.Name == "Data Access Group" {
			s = 5
		}
		if anyOf(name, []string{"type", "size", "tyyppi", "koko"}) {
			s -= 6
		}
		return s
	})
	if c == nil {
		g.say("unit", "", false, "no column is named like the unit that was randomised (site, clinic, cluster …); choose it")
		return
	}
	if name := words(c.Name); len(name) == 1 { // of “clinic” and “clinic_id” the first is the name
		for _, o := range g.d.Columns {
			if w := words(o.Name); len(w) == 2 && w[0] == name[0] && slices.Contains(idWords, w[1]) && max(o.Distinct-c.Distinct, c.Distinct-o.Distinct) <= 3 && !g.taken[o.Name] {
				c = o
				break
			}
		}
	}
	g.m.Unit = c.Name
	g.taken[c.Name] = true
	g.say("unit", c.Name, !tie, "its name, and its %d values repeat over %d rows", c.Distinct, g.d.Rows)
}

// randomised finds the arm as randomised beside the one received: a second
// column of the same two arms, named so.
func (g *guess) randomised() {
	arm := g.d.Column(g.m.Arm)
	if arm == nil {
		return
	}
	c, _ := g.best(func(c *dataset.Column, name []string) int {
		if !anyOf(name, allocatedWords) || c.Distinct > arm.Distinct {
			return 0
		}
		for _, v := range values(c) {
			if !slices.ContainsFunc(values(arm), func(a string) bool { return fold(a) == fold(v) }) {
				return 0
			}
		}
		return 1
	})
	if c != nil {
		g.m.Randomised = c.Name
		g.taken[c.Name] = true
		g.say("arm_randomised", c.Name, true, "its name, and it has the values of %s", g.m.Arm)
	}
}

// values are the different values of a column in code point order, numbers by
// size.
func values(c *dataset.Column) []string {
	var list []string
	for i, text := range c.Clean {
		if !c.Missing[i] && c.Count[i] > 0 && !slices.Contains(list, text) {
			if list = append(list, text); len(list) > 1000 {
				break
			}
		}
	}
	sortValues(list)
	return list
}

func sortValues(list []string) {
	slices.SortFunc(list, func(a, b string) int {
		x, err1 := strconv.ParseFloat(a, 64)
		y, err2 := strconv.ParseFloat(b, 64)
		if err1 == nil && err2 == nil {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(a, b)
	})
}

func quoted(list []string) string {
	var b strings.Builder
	for i, v := range list {
		if i == 5 {
			fmt.Fprintf(&b, " and %d more", len(list)-i)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("“" + v + "”")
	}
	return b.String()
}

func (g *guess) stratum() {
	c, tie := g.best(func(c *dataset.Column, name []string) int {
		if c.Distinct < 2 || c.Distinct > 50 || c.Kind == dataset.Date {
			return 0
		}
		return roleScore(name, stratumWords)
	})
	if c == nil {
		return
	}
	g.m.Stratum = c.Name
	g.taken[c.Name] = true
	g.say("stratum", c.Name, !tie, "its name, and it has %d values", c.Distinct)
}

// repeated finds, in a long table, which columns change within a patient and
// which are asked at several visits.
func (g *guess) repeated() {
	patient, visit := g.d.Column(g.m.Patient), g.d.Column(g.m.Visit)
	g.varies, g.often = map[string]bool{}, map[string]bool{}
	if g.m.Shape != "long" || patient == nil || visit == nil {
		return
	}
	events, first := make([]int32, len(visit.Clean)), map[string]int32{}
	for i, text := range visit.Clean {
		name := fold(eventName(text))
		if _, seen := first[name]; !seen {
			first[name] = int32(i)
		}
		events[i] = first[name]
	}
	for _, c := range g.d.Columns {
		g.varies[c.Name], g.often[c.Name] = variesWithin(c, patient, visit, events)
	}
}

// variesWithin reports whether c changes within patients, and whether it has
// values at more than one visit. A single patient in whom a column of many
// values changes is a slip, which Build names; a rare event is not.
func variesWithin(c, patient, visit *dataset.Column, events []int32) (varies, often bool) {
	first := make([]int32, len(patient.Raw)) // code+1 of the patient's first value; -1 two values
	at := int32(-1)
	changed, patients := 0, 0
	for row, p := range patient.Codes.All() {
		code := c.Codes.At(row)
		if c.Missing[code] || patient.Missing[p] {
			continue
		}
		switch v := events[visit.Codes.At(row)]; {
		case at < 0:
			at = v
		case at != v:
			often = true
		}
		switch f := first[p]; {
		case f == 0:
			first[p] = code + 1
			patients++
		case f > 0 && f != code+1 && c.Clean[f-1] != c.Clean[code]:
			first[p] = -1
			changed++
		}
		if often && (changed > 1 || c.Distinct <= 1) {
			break // no further row can change the answer
		}
	}
	return changed > 1 || changed == 1 && (c.Distinct <= 2 || patients < 20), often
}

// stems are the names of the long form that change over visits, in order, with
// one column of the file each.
func (g *guess) stems() (names []string, column map[string]*dataset.Column) {
	column = map[string]*dataset.Column{}
	add := func(name string, c *dataset.Column) {
		if c != nil && column[name] == nil {
			names = append(names, name)
			column[name] = c
		}
	}
	for _, w := range g.m.Wide {
		add(w.Stem, g.d.Column(w.Column))
	}
	if g.m.Shape == "long" {
		for _, c := range g.d.Columns {
			// Asked at one visit only, or changing: an answer. The same value
			// at every visit: a property of the patient.
			if !g.taken[c.Name] && c.Kind != dataset.Empty && (g.varies[c.Name] || !g.often[c.Name] && g.m.Visit != "" && c.MissingCount > 0) {
				add(c.Name, c)
			}
		}
	}
	return names, column
}

// variables divides the rest into outcomes, which change over visits, and
// covariates, which are the patient's.
func (g *guess) variables() {
	items := map[string]bool{}
	for _, use := range g.m.Instruments {
		for _, name := range use.Items {
			items[name] = true
		}
	}
	names, column := g.stems()
	answers, asked := map[string]bool{}, g.asked()
	for _, name := range names {
		answers[name] = true
		if c := column[name]; (c.Kind.Numeric() || fewWords(c)) && !items[name] && !bookkeeping(c) && name != g.m.VisitDate && asked[name] > 1 {
			g.m.Outcomes = append(g.m.Outcomes, name)
		}
	}
	once := g.m.Shape == "long" && sparse(g.d.Column(g.m.Arm), g.d.Column(g.m.Patient))
	for _, c := range g.d.Columns {
		atFirst := once && !g.often[c.Name] && !items[c.Name] && g.atFirst(c)
		if g.taken[c.Name] || bookkeeping(c) || g.m.Shape == "long" && answers[c.Name] && !atFirst {
			continue
		}
		if cov, ok := covariate(c); ok {
			cov.Baseline = atFirst
			g.m.Covariates = append(g.m.Covariates, cov)
		}
	}
	g.say("outcomes", "", true, "%d columns of answers change over the visits", len(g.m.Outcomes))
	g.say("covariates", "", true, "%d columns hold one value for each patient", len(g.m.Covariates))
}

// atFirst reports whether a column of a long table has its values at the first
// visit.
func (g *guess) atFirst(c *dataset.Column) bool {
	visit := g.d.Column(g.m.Visit)
	if visit == nil || len(g.m.Visits) == 0 {
		return false
	}
	for row := range c.Codes.Len() {
		if !c.IsMissing(row) {
			return fold(eventName(visit.Text(row))) == fold(eventName(g.m.Visits[0].Code))
		}
	}
	return false
}

// asked counts at how many visits each variable has answers: an outcome needs
// two or more. In a long table it is two for all that are asked repeatedly.
func (g *guess) asked() map[string]int {
	n := map[string]int{}
	for name, often := range g.often {
		if often {
			n[name] = 2
		}
	}
	for _, w := range g.m.Wide {
		if c := g.d.Column(w.Column); c != nil && c.N > 0 {
			n[w.Stem]++
		}
	}
	return n
}

// fewWords reports an answer in words that can be an outcome of categories.
func fewWords(c *dataset.Column) bool {
	return c.Kind == dataset.Category && c.Distinct >= 2 && c.Distinct <= maxWords
}

// maxWords is how many words an outcome may have.
const maxWords = 7

// covariate offers a patient's column for a model. Few whole numbers that are
// not 0 and 1 are taken as classes.
func covariate(c *dataset.Column) (Covariate, bool) {
	cov := Covariate{Column: c.Name}
	switch c.Kind {
	case dataset.Number, dataset.YesNo:
	case dataset.Integer:
		cov.Factor = c.Distinct > 2 && c.Distinct <= 6
	case dataset.Category:
		if cov.Factor = true; c.Distinct > 12 { // rather a name than a class
			return cov, false
		}
	default:
		return cov, false
	}
	return cov, c.Distinct > 1
}
