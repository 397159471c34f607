package trial

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"trialbox/app/dataset"
)

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
	sort.SliceStable(g.m.Visits, func(i, j int) bool { return cmp.Compare(g.m.Visits[i].Months, g.m.Visits[j].Months) < 0 })
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
