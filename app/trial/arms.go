package trial

import (
	"slices"

	"trialbox/app/dataset"
)

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
