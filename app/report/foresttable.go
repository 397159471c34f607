package report

import (
	"fmt"
)

func (f *forest) describe() string {
	estimated, missing := 0, 0
	for _, r := range f.rows {
		if r.Group {
			continue
		}
		if isNumber(r.est) {
			estimated++
		} else {
			missing++
		}
	}
	text := fmt.Sprintf("%s with an estimate and 95%% confidence interval", rowsOf(estimated)) + when(missing > 0, fmt.Sprintf(", %s not estimable", Count(missing))) + "."
	if f.side != 0 {
		left, right := f.favours()
		text += " Left favours " + left + ", right favours " + right + "."
	}
	for _, r := range f.rows {
		if !r.Group && r.Primary && isNumber(r.est) {
			text += " Primary: " + f.label(r) + " " + withRange(r.est, r.low, r.high, r.decimals) + "."
		}
	}
	return text + when(f.Own, " Each outcome is drawn over a width of its own.") + when(f.turned() != "", " "+f.turned())
}

// turned says that rows were turned, where any was.
func (f *forest) turned() string {
	for _, r := range f.rows {
		if f.Turn && r.Better > 0 && isNumber(r.est) {
			return "Outcomes where higher is better are turned, so that right favours " + armName(f.Arms, 1) + "."
		}
	}
	return ""
}

func rowsOf(n int) string {
	if n == 1 {
		return "1 row"
	}
	return Count(n) + " rows"
}

func (f *forest) tip(r forestRow) string {
	text := f.label(r) + ": "
	if !isNumber(r.est) {
		return text + "n/a: " + r.why
	}
	return text + withRange(r.est, r.low, r.high, r.decimals) + when(isNumber(r.P), ", P "+PValue(r.P)) +
		when(isNumber(r.important), ", important change "+short(r.important, r.decimals)) + when(r.Live, ", still running")
}

func (f *forest) table() *Table {
	t := &Table{Flush: true, Heads: []Head{{Text: "Outcome"}, {Text: f.axis() + " (95% CI)"}, {Text: "P"}, {Text: "Favours"}, {Text: "Important change"}}}
	if text := f.turned(); text != "" {
		t.Notes, t.Marks = []string{text}, []string{""}
	}
	for _, r := range f.rows {
		if r.Group {
			t.Rows = append(t.Rows, Row{Label: r.Label, Group: true})
			continue
		}
		value, important := f.numbers(r), enDash
		if !isNumber(r.est) {
			value = "n/a: " + r.why
		}
		if isNumber(r.important) {
			important = short(r.important, r.decimals)
		}
		t.Rows = append(t.Rows, Row{Label: f.label(r), Live: r.Live, Cells: []Cell{{Value: value}, {Value: PValue(r.P), P: true}, {Value: f.favoured(r)}, {Value: important}},
			Numbers: []Named{{Name: "outcome", Text: r.Label}, {Name: "visit", Text: r.Visit}, {Name: "estimate", Value: r.Estimate}, {Name: "low", Value: r.Low}, {Name: "high", Value: r.High},
				{Name: "p", Value: r.P}, {Name: "sd", Value: r.SD}, {Name: "drawn", Value: r.est}, {Name: "drawn_low", Value: r.low}, {Name: "drawn_high", Value: r.high}}})
	}
	return t
}

// favoured is the arm on whose side the estimate lies.
func (f *forest) favoured(r forestRow) string {
	if !isNumber(r.est) || r.Better == 0 || r.Estimate == f.null {
		return enDash
	}
	if (r.Estimate > f.null) == (r.Better > 0) {
		return armName(f.Arms, 0)
	}
	return armName(f.Arms, 1)
}
