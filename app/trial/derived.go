package trial

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"trialbox/app/dataset"
	"trialbox/app/instrument"
)

// Derived is a variable made from others by a named formula. It stands beside
// the scores: an outcome or a covariate like them.
type Derived struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`            // baseline, change, responder, band, bmi or delay
	Of    string `json:"of,omitempty"`    // baseline, change, responder, band: the variable
	Label string `json:"label,omitempty"` // "" = made from the formula

	// Of a responder: the smallest improvement that counts, in points, or in per
	// cent of the baseline value; and which end of the scale is the good one,
	// "" = as the scale says.
	Amount  float64 `json:"amount,omitempty"`
	Percent bool    `json:"percent,omitempty"`
	Better  string  `json:"better,omitempty"`

	Bands []Cut `json:"bands,omitempty"` // of a band; none = the scale's own

	Height string `json:"height,omitempty"` // of a body mass index: the column in centimetres
	Weight string `json:"weight,omitempty"` // and in kilograms

	From string `json:"from,omitempty"` // of a delay: the column of the first date, "" = consent
	To   string `json:"to,omitempty"`   // and of the second, "" = the visit's
	Each bool   `json:"each,omitempty"` // at every visit; else to the first visit, repeated on every row
}

// Cut is one category of a derived variable: its lower bound is From, met at
// From itself unless Above. The last one met holds.
type Cut struct {
	Label string  `json:"label"`
	From  float64 `json:"from"`
	Above bool    `json:"above,omitempty"`
}

// The kinds of derived variables.
const (
	Baseline  = "baseline"
	Change    = "change"
	Responder = "responder"
	Banded    = "band"
	BMI       = "bmi"
	Delay     = "delay"
)

// derive adds the derived variables of the mapping, each of those before it or
// of scores and columns. One that cannot be made is a problem, not an error:
// the trial stands without it.
func (b *builder) derive() {
	t := b.t
	for i, d := range t.mapping.Derived {
		v, err := b.derived(d)
		if err != nil {
			b.problem(dataset.Warning, "variable not derived", -1, d.Name, "", "derived[%d], “%s”: %v", i, d.Name, err)
			continue
		}
		v.Name = d.Name
		if d.Label != "" {
			v.Label = d.Label
		}
		if v.Scale != nil {
			v.Scale.Variable, v.Scale.Label, v.Scale.Name = v.Name, v.Label, v.Name
		}
		t.put(v)
	}
}

// derived makes one variable, all but its name.
func (b *builder) derived(d Derived) (*Variable, error) {
	t := b.t
	if strings.TrimSpace(d.Name) == "" {
		return nil, fmt.Errorf("a derived variable needs a name")
	}
	_, column := t.columnsOf(d.Name)
	if column || t.named[d.Name] != nil || t.isRole(d.Name) {
		return nil, fmt.Errorf("there is a variable of this name already; choose another")
	}
	switch d.Kind {
	case BMI:
		return b.bodyMass(d)
	case Delay:
		return t.daysBetween(d)
	case Baseline, Change, Responder, Banded:
	default:
		return nil, fmt.Errorf("%q is not one of baseline, change, responder, band, bmi, delay", d.Kind)
	}
	of := t.Variable(d.Of)
	switch {
	case of == nil:
		return nil, fmt.Errorf("“%s”, which it is made of, is neither a column nor a score", d.Of)
	case of.Words && d.Kind != Baseline:
		return nil, fmt.Errorf("“%s” holds words, not numbers", d.Of)
	}
	switch d.Kind {
	case Baseline:
		return t.atBaseline(of), nil
	case Change:
		return t.change(of), nil
	case Responder:
		return t.responder(of, d)
	}
	return banded(of, d)
}

// derives reports whether a name is that of a derived variable.
func (m Mapping) derives(name string) bool {
	return slices.ContainsFunc(m.Derived, func(d Derived) bool { return d.Name == name })
}

func (t *Trial) isRole(name string) bool {
	m := t.mapping
	return slices.Contains([]string{m.Unit, m.Patient, m.Arm, t.VisitName()}, name)
}

// atBaseline is the value at the first visit on every row of the patient.
func (t *Trial) atBaseline(of *Variable) *Variable {
	v := t.repeat(of, 0, "")
	if of.Scale != nil {
		scale := *of.Scale
		v.Scale = &scale
	}
	return v
}

// scaleOf describes a variable made from another: what is not its own is the
// other's.
func scaleOf(of *Variable, kind instrument.Kind) instrument.Scale {
	s := instrument.Scale{Kind: kind, Better: instrument.Neither, Decimals: 1}
	if of.Scale != nil {
		s.Instrument, s.Decimals, s.Set, s.Missing = of.Scale.Instrument, of.Scale.Decimals, of.Scale.Set, of.Scale.Missing
		s.Better, s.HigherIsBetter = of.Scale.Better, of.Scale.HigherIsBetter
	}
	return s
}

// change is the value less the patient's value at the first visit, on the rows
// of later visits.
func (t *Trial) change(of *Variable) *Variable {
	base := t.repeat(of, 0, "")
	first := t.Visits[0].Label
	v := &Variable{Label: of.Label + ", change from " + first, made: make([]float64, t.Rows),
		From: fmt.Sprintf("%s − its value at %s, at later visits", of.Name, first)}
	for i := range v.made {
		v.made[i] = math.NaN()
		if t.Visit[i] > 0 {
			v.made[i] = of.Num(i) - base.made[i]
		}
	}
	s := scaleOf(of, instrument.Number)
	s.Rule = v.From
	if of.Scale != nil && of.Scale.Max > of.Scale.Min {
		s.Min, s.Max = of.Scale.Min-of.Scale.Max, of.Scale.Max-of.Scale.Min
	}
	v.Scale = &s
	return v
}

// responder is 1 where the patient improved by the amount or more since the
// first visit, 0 where not. Per cent are of the value at the first visit, which
// must be above zero: of nothing there is no share, and such rows have none.
func (t *Trial) responder(of *Variable, d Derived) (*Variable, error) {
	better := instrument.Direction(d.Better)
	if d.Better == "" && of.Scale != nil {
		better = of.Scale.Better
	}
	switch {
	case better != instrument.Lower && better != instrument.Higher:
		return nil, fmt.Errorf("say with better whether lower or higher values of “%s” are the good ones", of.Name)
	case !(d.Amount > 0) || math.IsInf(d.Amount, 0):
		return nil, fmt.Errorf("the improvement that counts must be above 0, not %s", numberText(d.Amount))
	}
	base := t.repeat(of, 0, "")
	first, unit := t.Visits[0].Label, "points"
	if d.Percent {
		unit = "% of " + first
	}
	v := &Variable{Label: fmt.Sprintf("%s, improved by %s %s or more", of.Label, numberText(d.Amount), unit), made: make([]float64, t.Rows),
		From: fmt.Sprintf("1 where %s improved (%s is better) by %s %s or more since %s, else 0, at later visits", of.Name, better, numberText(d.Amount), unit, first)}
	if d.Percent {
		v.Label = strings.Replace(v.Label, " % of", "% of", 1)
		v.From = strings.Replace(v.From, " % of", "% of", 1) + "; none where the first value is not above 0"
	}
	for i := range v.made {
		v.made[i] = math.NaN()
		if t.Visit[i] > 0 {
			v.made[i] = responds(base.made[i], of.Num(i), better, d)
		}
	}
	s := scaleOf(of, instrument.YesNo)
	s.Rule, s.Min, s.Max, s.Decimals, s.Better, s.HigherIsBetter = v.From, 0, 1, 0, instrument.Higher, true
	v.Scale = &s
	return v, nil
}

func responds(before, after float64, better instrument.Direction, d Derived) float64 {
	gain, need := after-before, d.Amount
	if better == instrument.Lower {
		gain = -gain
	}
	if d.Percent {
		if before <= 0 {
			return math.NaN()
		}
		need = before * d.Amount / 100
	}
	switch {
	case math.IsNaN(gain):
		return math.NaN()
	case round9(gain-need) >= 0:
		return 1
	}
	return 0
}

// banded is the category of each value, coded 1, 2, … in their order; a value
// below the first bound has none.
func banded(of *Variable, d Derived) (*Variable, error) {
	cuts := d.Bands
	if cuts == nil && of.Scale != nil {
		for _, b := range of.Scale.Bands {
			cuts = append(cuts, Cut(b))
		}
	}
	if len(cuts) < 2 {
		return nil, fmt.Errorf("“%s” has no categories of its own; give two or more with their bounds", of.Name)
	}
	v := &Variable{Label: of.Label + ", category", made: make([]float64, of.Rows()), Baseline: of.Baseline}
	var words []string
	for i, c := range cuts {
		if strings.TrimSpace(c.Label) == "" || slices.Contains(v.Levels, c.Label) {
			return nil, fmt.Errorf("category %d needs a name of its own", i+1)
		}
		if i > 0 && c.From < cuts[i-1].From {
			return nil, fmt.Errorf("the bounds of categories must rise; %s does not", numberText(c.From))
		}
		mark := "≥"
		if c.Above {
			mark = ">"
		}
		v.Levels, words = append(v.Levels, c.Label), append(words, c.Label+" "+mark+" "+numberText(c.From))
	}
	v.From = "category of " + of.Name + ": " + strings.Join(words, ", ")
	for i := range v.made {
		v.made[i] = bandOf(cuts, of.Num(i))
	}
	s := scaleOf(of, instrument.Ordinal)
	s.Rule, s.Levels, s.Min, s.Max, s.Decimals = v.From, v.Levels, 1, float64(len(cuts)), 0
	if s.Better == instrument.Higher {
		s.HigherIsBetter = true
	}
	v.Scale = &s
	return v, nil
}

func bandOf(cuts []Cut, x float64) float64 {
	x = round9(x)
	for i := len(cuts) - 1; i >= 0; i-- {
		if c := cuts[i]; x > c.From || (x == c.From && !c.Above) {
			return float64(i + 1)
		}
	}
	return math.NaN()
}

// bodyMass scores the instrument bmi from two columns: its ranges find heights
// in metres and slipped decimals.
func (b *builder) bodyMass(d Derived) (*Variable, error) {
	if d.Height == "" || d.Weight == "" {
		return nil, fmt.Errorf("choose the columns of height (cm) and weight (kg)")
	}
	s, err := b.t.scoring(Use{Instrument: "bmi", Items: []string{d.Height, d.Weight}})
	if err != nil {
		return nil, err
	}
	scale := s.scorer.Scales()[0]
	v := &Variable{Label: scale.Label, made: make([]float64, b.t.Rows), Scale: &scale,
		From: fmt.Sprintf("%s in kg / (%s in m)²", d.Weight, d.Height)}
	for i := range v.made {
		s.score(i)
		v.made[i] = s.number(0)
	}
	b.badItems(s)
	v.Baseline = b.t.constant(v.made)
	return v, nil
}

// constant reports whether every patient has one value on all rows.
func (t *Trial) constant(x []float64) bool {
	first := make([]float64, len(t.Patients))
	seen := make([]bool, len(t.Patients))
	for i, p := range t.Patient {
		switch {
		case !seen[p]:
			seen[p], first[p] = true, x[i]
		case first[p] != x[i] && !(math.IsNaN(first[p]) && math.IsNaN(x[i])):
			return false
		}
	}
	return true
}

// daysBetween is the days from one date to another: to the first visit's,
// repeated on every row, or on each row.
func (t *Trial) daysBetween(d Derived) (*Variable, error) {
	from, to := d.From, d.To
	if from == "" {
		from = t.mapping.ConsentDate
	}
	if to == "" {
		to = t.mapping.VisitDate
	}
	for _, name := range []string{from, to} {
		if name == "" {
			return nil, fmt.Errorf("choose the columns of the two dates")
		}
		at, found := t.columnsOf(name)
		if !found || slices.ContainsFunc(at, func(c *dataset.Column) bool { return c != nil && c.Kind != dataset.Date && c.Kind != dataset.Empty }) {
			return nil, fmt.Errorf("“%s” is not a column of dates", name)
		}
	}
	start, end := t.fromColumns(from), t.fromColumns(to)
	v := &Variable{made: make([]float64, t.Rows), From: fmt.Sprintf("days from %s to %s", from, to)}
	for i := range v.made {
		v.made[i] = end.Num(i) - start.Num(i)
	}
	v.Label = strings.ToUpper(v.From[:1]) + v.From[1:]
	if !d.Each {
		label, source := v.Label+" of the first visit", v.From+" of the first visit, repeated on every row of the patient"
		v = t.repeat(v, 0, "")
		v.Label, v.From = label, source
	}
	scale := instrument.Scale{Kind: instrument.Number, Better: instrument.Neither, Rule: v.From}
	v.Scale = &scale
	return v, nil
}

// DerivedCandidates proposes derived variables that the mapping does not have
// yet: of every score and outcome of numbers answered at the first and a later
// visit its baseline value, its change, its responders by each important
// change of its scale, and its categories; the body mass index; the delay.
func DerivedCandidates(t *Trial) []Derived {
	var out []Derived
	add := func(d Derived) {
		taken := func(o Derived) bool { return o.Name == d.Name }
		if t.data.Column(d.Name) == nil && t.named[d.Name] == nil &&
			!slices.ContainsFunc(out, taken) && !slices.ContainsFunc(t.mapping.Derived, taken) {
			out = append(out, d)
		}
	}
	for _, v := range t.Variables {
		if v.Words || v.Baseline || t.mapping.derives(v.Name) || (v.Scale != nil && v.Scale.Alternative) {
			continue
		}
		first, later := t.answered(v)
		number := v.Scale == nil || v.Scale.Kind == instrument.Number
		if first {
			add(Derived{Kind: Baseline, Of: v.Name, Name: v.Name + "_" + monthsText(t.Visits[0].Months)})
		}
		if first && later && number {
			add(Derived{Kind: Change, Of: v.Name, Name: v.Name + "_change"})
			for _, d := range responders(v) {
				add(d)
			}
		}
		if v.Scale != nil && number && len(v.Scale.Bands) > 1 {
			add(Derived{Kind: Banded, Of: v.Name, Name: v.Name + "_category"})
		}
	}
	if d, ok := t.bodyMassColumns(); ok {
		add(d)
	}
	if m := t.mapping; m.ConsentDate != "" && m.VisitDate != "" {
		add(Derived{Kind: Delay, Name: DelayName})
	}
	return out
}

// answered reports whether a variable has a value at the first visit, and at a
// later one.
func (t *Trial) answered(v *Variable) (first, later bool) {
	for i := range t.Rows {
		if !math.IsNaN(v.Num(i)) {
			first, later = first || t.Visit[i] == 0, later || t.Visit[i] > 0
		}
		if first && later {
			break
		}
	}
	return first, later
}

// responders are those by the important changes of a scale, by points and by
// per cent.
func responders(v *Variable) []Derived {
	if v.Scale == nil || v.Scale.Better == instrument.Neither {
		return nil
	}
	var out []Derived
	for _, imp := range v.Scale.Important {
		d := Derived{Kind: Responder, Of: v.Name, Amount: imp.Low, Percent: imp.Unit == "% of baseline"}
		d.Name = v.Name + "_responder_" + strings.ReplaceAll(numberText(imp.Low), ".", "_")
		if d.Percent {
			d.Name += "pc"
		}
		if strings.HasPrefix(imp.Kind, "MDC") { // what can be measured, not what matters
			continue
		}
		out = append(out, d)
	}
	return out
}

// bodyMassColumns finds height and weight where no body mass index is scored.
func (t *Trial) bodyMassColumns() (Derived, bool) {
	if t.data.Column("bmi") != nil || slices.ContainsFunc(t.mapping.Instruments, func(u Use) bool { return u.Instrument == "bmi" }) {
		return Derived{}, false
	}
	def, _ := instrument.Lookup("bmi")
	var names []string
	for _, c := range t.data.Columns {
		names = append(names, c.Name)
	}
	for _, m := range instrument.RecogniseAmong([]*instrument.Definition{def}, names) {
		if m.Items[0] != "" && m.Items[1] != "" {
			return Derived{Kind: BMI, Name: "bmi", Height: m.Items[0], Weight: m.Items[1]}, true
		}
	}
	return Derived{}, false
}
