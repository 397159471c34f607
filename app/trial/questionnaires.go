package trial

import (
	"fmt"
	"slices"
	"strings"

	"trialbox/app/dataset"
	"trialbox/app/instrument"
)

// instruments finds questionnaires among the columns that change over visits.
func (g *guess) instruments() {
	lib, err := g.m.Library()
	if err != nil { // said by Build
		lib = instrument.Builtin()
	}
	names, _ := g.stems()
	for _, match := range lib.Find(names, seenOnce(g.d, g.m)) {
		if slices.Contains(match.Items, "") && g.scored(lib, match.Instrument) {
			continue // its score is a column of the file, and would give way to one that cannot be made
		}
		use, sure := useOf(match)
		g.m.Instruments = append(g.m.Instruments, use)
		g.say("instruments", match.Instrument, sure, "%s", strings.TrimSuffix(match.Why, "."))
	}
}

// useOf takes over a match with what its answers prove, and reports whether
// nothing is left to ask.
func useOf(match instrument.Match) (use Use, sure bool) {
	use = Use{Instrument: match.Instrument, Items: match.Items, Doubt: match.Doubt}
	sure = match.Confidence >= 0.8
	for _, q := range match.Questions {
		if q.Suggest == "" {
			sure = false
			continue
		}
		if next, err := use.Answer(q, q.Suggest); err == nil {
			use = next
		}
	}
	return use, sure
}

// FindUse looks for one instrument of the mapping's library among the columns
// of the file that no other instrument uses: for a questionnaire just added.
// Without its columns found, the use names none.
func FindUse(d *dataset.Dataset, m Mapping, id string) (Use, error) {
	lib, err := m.Library()
	if err != nil {
		return Use{}, err
	}
	def, ok := lib.Get(id)
	if !ok {
		return Use{}, fmt.Errorf("the instrument “%s” is not known", id)
	}
	taken := map[string]bool{}
	for _, u := range m.Instruments {
		for _, c := range u.Items {
			taken[c] = u.Instrument != id
		}
	}
	g := &guess{d: d, m: m, taken: map[string]bool{m.Unit: true, m.Patient: true, m.Arm: true, m.Visit: true}}
	var names []string
	for _, w := range m.Wide {
		if !slices.Contains(names, w.Stem) && !taken[w.Stem] {
			names = append(names, w.Stem)
		}
		g.taken[w.Column] = true
	}
	for _, c := range d.Columns {
		if !g.taken[c.Name] && !taken[c.Name] {
			names = append(names, c.Name)
		}
	}
	seen := seenOnce(d, m)
	for _, match := range instrument.RecogniseAmong([]*instrument.Definition{def}, names) {
		use, _ := useOf(def.Check(match, seen))
		return use, nil
	}
	return Use{Instrument: id, Items: make([]string, len(def.Items))}, nil
}

// scored reports whether the file has a column named like a score of the
// instrument.
func (g *guess) scored(lib instrument.Library, id string) bool {
	def, ok := lib.Get(id)
	return ok && slices.ContainsFunc(def.Scales(), func(s instrument.Scale) bool { return g.d.Column(s.Variable) != nil })
}
