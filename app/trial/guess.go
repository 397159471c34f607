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
	g.m.Unit = c.Name
	g.taken[c.Name] = true
	g.say("unit", c.Name, !tie, "its name, and its %d values repeat over %d rows", c.Distinct, g.d.Rows)
}

func (g *guess) arm() {
	c, tie := g.best(func(c *dataset.Column, name []string) int {
		if c.Distinct < 1 || c.Distinct > 6 || c.Kind == dataset.Date || c.Kind == dataset.Number || c.Kind == dataset.FreeText {
			return 0
		}
		s := roleScore(name, armWords)
		if s == 0 || slices.Contains(name, "access") {
			return 0
		}
		if control, _ := armValues(values(c)); control != "" {
			s += 6
		}
		if c.Distinct == 2 {
			s += 2
		}
		if anyOf(name, []string{"allocated", "age", "risk"}) {
			s -= 3
		}
		return s
	})
	if c == nil {
		g.say("arm", "", false, "no column is named like the arm (arm, group, treatment …); choose it")
		return
	}
	g.m.Arm = c.Name
	g.taken[c.Name] = true
	list := values(c)
	g.say("arm", c.Name, !tie && len(list) == 2, "its name, and its values %s", quoted(list))
	g.m.Control, g.m.Intervention = armValues(list)
	if g.m.Control != "" && g.m.Intervention != "" {
		known := isControl(g.m.Control) && !isControl(g.m.Intervention) || slices.Contains(controlWords, fold(g.m.Control)) || len(list) == 2 && g.m.Control == "0" && g.m.Intervention == "1"
		g.say("control", c.Name, known, "“%s” is taken as the control arm and “%s” as the intervention", g.m.Control, g.m.Intervention)
		return
	}
	if len(list) == 2 {
		g.m.Control, g.m.Intervention = list[0], list[1]
		g.say("control", c.Name, false, "neither “%s” nor “%s” says which is the control arm; “%s” is taken until you choose", list[0], list[1], list[0])
		return
	}
	g.say("control", c.Name, false, "the arm column has %d values (%s); choose which is the control arm and which the intervention", len(list), quoted(list))
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

// armValues finds control and intervention among the values of an arm column.
func armValues(list []string) (control, intervention string) {
	for _, v := range list {
		if control == "" && isControl(v) {
			control = v
		}
	}
	if other := slices.DeleteFunc(slices.Clone(list), isIntervention); control == "" && len(list) == 2 && len(other) == 1 {
		control = other[0] // the one that does not say that it is the intervention
	}
	if control == "" && slices.Contains(list, "0") {
		control = "0"
	}
	if control == "" {
		return "", ""
	}
	for _, v := range list {
		if v == control {
			continue
		}
		if len(list) == 2 || isIntervention(v) || v == "1" {
			return control, v
		}
	}
	return control, ""
}

// isControl and isIntervention judge the name of an arm, also one that begins
// with the word (Kontrolliryhmä) or denies it (no treatment).
func isControl(arm string) bool {
	w := words(fold(arm))
	return slices.Contains(controlWords, fold(arm)) || anyOf(w, controlWords) || begins(w, controlStems) ||
		len(w) > 1 && anyOf(w, []string{"no", "non", "not", "without", "ei", "ilman", "ingen", "utan", "keine", "ohne"})
}

func isIntervention(arm string) bool {
	return !isControl(arm) && (slices.Contains(interventionWords, fold(arm)) || begins(words(fold(arm)), interventionStems))
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

// shape tells a long table from a wide one and finds the visits.
func (g *guess) shape() {
	d := g.d
	once := true
	if c := d.Column(g.m.Patient); c != nil { // a second row of a few patients is a slip
		once = d.Rows-c.Distinct <= max(2, d.Rows/50) && c.Distinct > 4
		once = once || c.Distinct == d.Rows
	}
	visit, tie := g.best(func(c *dataset.Column, name []string) int {
		if c.Distinct < 1 || c.Distinct > 24 || c.Kind == dataset.Date || c.Kind == dataset.FreeText {
			return 0
		}
		s := roleScore(name, visitWords)
		if slices.Equal(name, []string{"redcap", "event", "name"}) {
			s = 14
		}
		if len(name) == 1 && visitUnits[name[0]] > 0 { // “visit” says it better than “week”
			s--
		}
		if once && s < 11 { // hours_per_week, in a table with one row for each patient
			return 0
		}
		if s > 0 && anyOf(name, []string{"date", "pvm", "datum"}) {
			return 0
		}
		return s
	})
	var free []string
	for _, c := range d.Columns {
		if !g.taken[c.Name] {
			free = append(free, c.Name)
		}
	}
	pattern, wide := findPattern(free)
	isWide := func(c *dataset.Column) bool { // and no column that says the visit
		return slices.ContainsFunc(wide, func(w WideColumn) bool { return w.Column == c.Name })
	}
	if wide != nil && once && (visit == nil || visit.Distinct < 2 || isWide(visit)) {
		g.wide(pattern, wide)
		return
	}
	g.m.Shape = "long"
	if visit == nil {
		g.say("shape", "", false, "no column is named like a visit (visit, time, event …) and no names of columns share a pattern such as odi_0, odi_3; choose the visit column or the pattern")
		return
	}
	g.say("shape", visit.Name, !once, "the table has a row for each patient and visit: “%s” says which", visit.Name)
	g.m.Visit = visit.Name
	g.taken[visit.Name] = true
	g.say("visit", visit.Name, !tie, "its name, and its values %s", quoted(values(visit)))
	g.visits(g.planned(visit), true)
}

// planned leaves out visit codes of very few rows among many: rather a slip
// than a visit. Build names the rows.
func (g *guess) planned(visit *dataset.Column) []string {
	rows := map[string]int32{}
	most := int32(0)
	for i, text := range visit.Clean {
		if !visit.Missing[i] {
			rows[text] += visit.Count[i]
			most = max(most, rows[text])
		}
	}
	var kept []string
	for _, code := range values(visit) {
		if rows[code] <= 2 && (most >= 50 || rows[code]*20 <= most) {
			g.say("visits", visit.Name, false, "“%s” occurs in %d of %d rows only and was not taken as a visit; add it if it is one", code, rows[code], g.d.Rows)
			continue
		}
		kept = append(kept, code)
	}
	return kept
}

func (g *guess) wide(pattern string, wide []WideColumn) {
	m := &g.m
	m.Shape, m.Pattern, m.Wide = "wide", pattern, wide
	var codes []string
	stems := map[string]bool{}
	for _, w := range wide {
		stems[w.Stem] = true
		g.taken[w.Column] = true
		if !slices.Contains(codes, w.Visit) {
			codes = append(codes, w.Visit)
		}
	}
	sortValues(codes)
	example := wide[0]
	g.say("shape", "", true, "each patient has one row, and %d columns name %d variables at %d visits by the pattern %s: “%s” is %s at visit %s",
		len(wide), len(stems), len(codes), pattern, example.Column, example.Stem, example.Visit)
	g.visits(codes, patternInMonths(pattern))
}

// patternInMonths reports whether a number in the pattern counts months rather
// than visits; a bare number is judged by its values.
func patternInMonths(pattern string) bool {
	p := strings.ToLower(pattern)
	return !strings.Contains(p, "t{visit}") && !strings.Contains(p, "v{visit}") && !strings.Contains(p, "visit{visit}") && !strings.Contains(p, "visit_{visit}")
}

// visits gives each visit its label and time.
func (g *guess) visits(codes []string, inMonths bool) {
	unit, named := 1.0, false
	if strings.Contains(g.m.Pattern, "_w{visit}") || strings.Contains(g.m.Pattern, "{visit}w") {
		unit = weekMonths
	}
	for _, w := range words(g.m.Visit) {
		if factor := visitUnits[w]; factor > 0 && len(w) > 1 {
			unit, named = factor, true
		}
	}
	sure, bare := true, true
	seen := map[string]bool{}
	for _, code := range codes {
		if seen[fold(eventName(code))] {
			continue
		}
		seen[fold(eventName(code))] = true
		months, label, known := visitTime(code)
		if _, err := strconv.ParseFloat(code, 64); err == nil {
			if unit != 1 {
				months, label = months*unit, timeLabel(months, unit)
			}
		} else {
			bare = false
		}
		sure = sure && known
		g.m.Visits = append(g.m.Visits, Visit{Code: code, Label: label, Months: months})
	}
	if bare && !named && (!inMonths || consecutive(g.m.Visits)) {
		sure = false
		for i := range g.m.Visits {
			g.m.Visits[i].Label = "visit " + g.m.Visits[i].Code
		}
	}
	g.orderVisits()
	for i := 1; i < len(g.m.Visits); i++ { // screening and baseline
		if v, w := &g.m.Visits[i-1], &g.m.Visits[i]; v.Label == w.Label {
			sure = false
			v.Label, w.Label = eventName(v.Code), eventName(w.Code)
		}
	}
	var list []string
	for _, v := range g.m.Visits {
		if v.Code == v.Label {
			list = append(list, v.Label)
		} else {
			list = append(list, v.Code+" = "+v.Label)
		}
	}
	if sure {
		g.say("visits", g.m.Visit, true, "the codes say when each visit was: %s", strings.Join(list, ", "))
	} else {
		g.say("visits", g.m.Visit, false, "the codes %s give the order of the visits but not their time; write how many months after the beginning each was", quoted(codes))
	}
}

// orderVisits sorts by time; visits whose names tell none come last, in order
// of their names.
func (g *guess) orderVisits() {
	last := -1.0
	for _, v := range g.m.Visits {
		if v.Months > last {
			last = v.Months
		}
	}
	for i := range g.m.Visits {
		if v := &g.m.Visits[i]; math.IsNaN(v.Months) {
			last++
			v.Months = last
		}
	}
	slices.SortStableFunc(g.m.Visits, func(a, b Visit) int { return cmp.Compare(a.Months, b.Months) })
}

// consecutive reports visits numbered 0, 1, 2 … or 1, 2, 3 …: those may be
// months but hardly are.
func consecutive(visits []Visit) bool {
	for i, v := range visits {
		if v.Months != visits[0].Months+float64(i) {
			return false
		}
	}
	return len(visits) > 1 && visits[0].Months <= 1
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
	}
	return changed > 1 || changed == 1 && (c.Distinct <= 2 || patients < 20), often
}

func (g *guess) dates() {
	var visits, others []string // dates that change from visit to visit: named so, and others
	seen := map[string]bool{}
	add := func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		if begins(words(name), visitDates) || len(words(name)) == 1 {
			visits = append(visits, name)
		} else {
			others = append(others, name)
		}
	}
	for _, w := range g.m.Wide {
		if c := g.d.Column(w.Column); c != nil && c.Kind == dataset.Date {
			add(w.Stem)
		}
	}
	for _, c := range g.d.Columns {
		switch {
		case c.Kind != dataset.Date || g.taken[c.Name] || bookkeeping(c):
		case g.varies[c.Name]:
			add(c.Name)
		case g.m.ConsentDate == "" && begins(words(c.Name), consentDates):
			g.m.ConsentDate = c.Name
			g.taken[c.Name] = true
			g.say("consent_date", c.Name, true, "its name, and it holds one date for each patient")
		}
	}
	why := "dates that change from visit to visit"
	if g.m.Shape == "wide" {
		why = "columns of dates, one for each visit"
	}
	switch {
	case len(visits) > 0:
		g.m.VisitDate = visits[0]
		g.say("visit_date", visits[0], true, "%s", why)
	case len(others) == 1:
		g.m.VisitDate = others[0]
		g.say("visit_date", others[0], false, "%s, the only ones", why)
	}
	g.taken[g.m.VisitDate] = g.m.VisitDate != ""
}

// begins reports whether a word begins with one of the list, as in besöksdatum.
func begins(words, list []string) bool {
	return slices.ContainsFunc(words, func(w string) bool {
		return slices.ContainsFunc(list, func(l string) bool { return strings.HasPrefix(w, l) })
	})
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
		if c := column[name]; c.Kind.Numeric() && !items[name] && !bookkeeping(c) && name != g.m.VisitDate && asked[name] > 1 {
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
	g.say("outcomes", "", true, "%d columns of numbers change over the visits", len(g.m.Outcomes))
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
