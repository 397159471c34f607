package design

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"trialbox/stats"
)

// What is asked of a plan.
const (
	AskUnits = "units" // how many units
	AskSize  = "size"  // how many people in each of a given number of units
	AskPower = "power" // what a given number of units can show
)

// The kinds of outcome.
const (
	Means  = "means"
	Shares = "shares"
)

// Assumptions are the fields of a sample size, as typed.
type Assumptions struct {
	Outcome     string `json:"outcome"` // "means" or "shares"
	Asked       string `json:"asked"`   // "units", "size" or "power"
	Diff        string `json:"difference"`
	SD          string `json:"sd"`
	Control     string `json:"control_share"`
	Treated     string `json:"intervention_share"`
	Pooled      bool   `json:"pooled,omitempty"`
	ICC         string `json:"icc"`
	People      string `json:"people_a_unit"`
	Units       string `json:"units"`
	CV          string `json:"cv"`
	Power       string `json:"power"`
	Alpha       string `json:"alpha"`
	Dropout     string `json:"dropout"`
	Ratio       string `json:"ratio"`
	T           bool   `json:"t,omitempty"`
	Visits      string `json:"visits"`
	Before      string `json:"visits_before"`
	Correlation string `json:"correlation"`
}

// PaperPlan is the model paper's: 4 of 50 points of ODI with SD 8, ICC 0.05,
// six people a unit.
func PaperPlan() Assumptions {
	return Assumptions{Outcome: Means, Asked: AskUnits, Diff: "4", SD: "8", Control: "0.20", Treated: "0.35", ICC: "0.05", People: "6", Units: "27", CV: "0",
		Power: "0.80", Alpha: "0.05", Dropout: "0", Ratio: "1:1", Visits: "1", Before: "0", Correlation: "0.5"}
}

// PaperUpdate is the paper's plan again with the ICC found on the way, five
// people a unit and three of ten lost.
func PaperUpdate() Assumptions {
	a := PaperPlan()
	a.ICC, a.People, a.Dropout = "0.011", "5", "30 %"
	return a
}

// sizeField is a field of a plan: how its text is read, and where it goes.
type sizeField struct {
	name string
	text func(*Assumptions) string
	read func(string) (x float64, why string)
	set  func(*stats.Plan, float64)
}

var sizeFields = []sizeField{
	{"diff", func(a *Assumptions) string { return a.Diff }, number, func(p *stats.Plan, x float64) { p.Diff = x }},
	{"sd", func(a *Assumptions) string { return a.SD }, number, func(p *stats.Plan, x float64) { p.SD = x }},
	{"control", func(a *Assumptions) string { return a.Control }, share, func(p *stats.Plan, x float64) { p.Control = x }},
	{"treated", func(a *Assumptions) string { return a.Treated }, share, func(p *stats.Plan, x float64) { p.Treated = x }},
	{"icc", func(a *Assumptions) string { return a.ICC }, number, func(p *stats.Plan, x float64) { p.ICC = x }},
	{"people", func(a *Assumptions) string { return a.People }, number, func(p *stats.Plan, x float64) { p.ClusterSize = x }},
	{"units", func(a *Assumptions) string { return a.Units }, whole, func(*stats.Plan, float64) {}},
	{"cv", func(a *Assumptions) string { return a.CV }, number, func(p *stats.Plan, x float64) { p.CV = x }},
	{"power", func(a *Assumptions) string { return a.Power }, share, func(p *stats.Plan, x float64) { p.Power = x }},
	{"alpha", func(a *Assumptions) string { return a.Alpha }, share, func(p *stats.Plan, x float64) { p.Alpha = x }},
	{"dropout", func(a *Assumptions) string { return a.Dropout }, share, func(p *stats.Plan, x float64) { p.Dropout = x }},
	{"ratio", func(a *Assumptions) string { return a.Ratio }, ratio, func(p *stats.Plan, x float64) { p.Ratio = x }},
	{"visits", func(a *Assumptions) string { return a.Visits }, whole, func(p *stats.Plan, x float64) { p.Visits = int(x) }},
	{"before", func(a *Assumptions) string { return a.Before }, whole, func(p *stats.Plan, x float64) { p.Before = int(x) }},
	{"correlation", func(a *Assumptions) string { return a.Correlation }, number, func(p *stats.Plan, x float64) { p.Correlation = x }},
}

// needed says whether a field belongs to the question.
func (a *Assumptions) needed(field string) bool {
	switch field {
	case "diff":
		return a.Outcome != Shares && !(a.Asked == AskPower && a.Diff == "")
	case "sd":
		return a.Outcome != Shares
	case "control":
		return a.Outcome == Shares
	case "treated":
		return a.Outcome == Shares && !(a.Asked == AskPower && a.Treated == "")
	case "people":
		return a.Asked != AskSize
	case "units":
		return a.Asked == AskSize || a.Asked == AskPower
	}
	return true
}

// sound is a plan in which any one field can be tried by itself.
func (a *Assumptions) sound() stats.Plan {
	return stats.Plan{Diff: 4, SD: 8, Binary: a.Outcome == Shares, Control: 0.2, Treated: 0.35, ICC: 0.05, ClusterSize: 6}
}

// zeroStands are fields in which a plan takes 0 for its default.
var zeroStands = map[string]string{
	"power":  "The power must be above the significance level: 0.8 for 80 %.",
	"alpha":  "The significance level must lie between 0 and 1: 0.05 for 5 %.",
	"ratio":  "The ratio of the arms must be above 0, such as 1:1 or 2:1.",
	"visits": "There must be at least one visit after the start.",
	"diff":   "The difference to detect must be a number other than 0.",
}

// Answer is what comes of Assumptions. Size is of use only when OK.
type Answer struct {
	Of       Assumptions
	Plan     stats.Plan
	Units    int // asked with, where units were given
	Size     stats.Size
	Other    stats.Size // by the other distribution: t for the normal one
	Problems Problems   // by field
	Trouble  string     // what cannot be planned with as a whole, a sentence
	Curves   []Curve
	Range    [2]int // of the horizontal axis
}

// OK reports that there are numbers.
func (a *Answer) OK() bool { return len(a.Problems) == 0 && a.Trouble == "" }

// Answer works the plan out, or says beside which field it cannot.
func (a Assumptions) Answer() *Answer {
	out := &Answer{Of: a, Problems: Problems{}}
	out.read()
	if !out.OK() {
		return out
	}
	out.Size = out.size(out.Plan)
	if out.Size.Status != stats.OK {
		out.Trouble = string(onScreen(out.Size.Status))
		return out
	}
	other := out.Plan
	other.T = !other.T
	other.ClusterSize = out.Size.ClusterSize
	out.Other = other.At(out.Size.Clusters)
	out.curves()
	return out
}

// read fills the plan, each field tried by itself so that what is wrong with
// it stands beside it.
func (out *Answer) read() {
	a := &out.Of
	out.Plan = stats.Plan{Binary: a.Outcome == Shares, PooledNull: a.Pooled, T: a.T}
	if a.Outcome == Shares && a.Treated == "" {
		out.Plan.Treated = math.NaN()
	}
	for _, f := range sizeFields {
		if !a.needed(f.name) {
			continue
		}
		x, bad := f.read(f.text(a))
		if bad != "" {
			out.Problems.say(f.name, "%s", bad)
			continue
		}
		alone := a.sound()
		f.set(&alone, x)
		f.set(&out.Plan, x)
		why := alone.Size().Status
		if words := zeroStands[f.name]; x == 0 && words != "" {
			why = stats.Status(words)
		}
		if f.name == "units" {
			out.Units = int(x)
			if x < 2 {
				why = "At least 2 units are needed, one in each arm."
			} else if x > 1e6 {
				why = "More than a million units cannot be planned here."
			}
		}
		if (f.name == "visits" || f.name == "before") && x > 1000 {
			why = "More than a thousand visits cannot be planned here."
		}
		if why = onScreen(why); why != stats.OK && !(f.name == "treated" && x == 0.2) && !(f.name == "control" && x == 0.35) { // those of sound meet
			out.Problems.say(f.name, "%s", why)
		}
	}
	if len(out.Problems) == 0 && a.Outcome == Shares && out.Plan.Control == out.Plan.Treated {
		out.Problems.say("treated", "The two shares are the same: there is no difference to detect.")
	}
}

// screenWords are what the screen calls things: clusters are units, and what
// becomes a patient is a person before the trial.
var screenWords = strings.NewReplacer("Clusters", "Units", "clusters", "units", "cluster", "unit", "Patients", "People", "patients", "people", "patient", "person")

func onScreen[text ~string](s text) text { return text(screenWords.Replace(string(s))) }

// Steps are the reckoning step by step, in the words of the screen.
func (out *Answer) Steps() []stats.Step {
	var list []stats.Step
	for _, s := range out.Size.Steps {
		list = append(list, stats.Step{Text: onScreen(s.Text), Value: s.Value})
	}
	return list
}

// Warnings are what is to be known of the numbers.
func (out *Answer) Warnings() []string {
	var list []string
	for _, w := range out.Size.Warnings {
		list = append(list, onScreen(w))
	}
	return list
}

// size answers the question for a plan.
func (out *Answer) size(p stats.Plan) stats.Size {
	switch out.Of.Asked {
	case AskSize:
		return p.ClusterSizeFor(out.Units)
	case AskPower:
		return p.At(out.Units)
	}
	return p.Size()
}

// Scenario is a line of the table of what-ifs.
type Scenario struct {
	Name string
	Plan stats.Plan
	Size stats.Size
}

// Scenarios are the plan beside others like it: uneven units, the other
// distribution, and the ICC of the data with the upper end of its interval.
func (out *Answer) Scenarios(seen *ICC) []Scenario {
	var list []Scenario
	add := func(name string, change func(*stats.Plan)) {
		p := out.Plan
		change(&p)
		list = append(list, Scenario{name, p, out.size(p)})
	}
	add("As planned", func(*stats.Plan) {})
	for _, v := range []struct {
		name string
		cv   float64
	}{{"Uneven units", 0.65}, {"Very uneven units", 1}} {
		if v.cv > out.Plan.CV {
			add(v.name, func(p *stats.Plan) { p.CV = v.cv })
		}
	}
	if out.Plan.T {
		add("By the normal distribution", func(p *stats.Plan) { p.T = false })
	} else {
		add("By t", func(p *stats.Plan) { p.T = true })
	}
	if seen != nil && seen.Err == "" {
		add("ICC of the data", func(p *stats.Plan) { p.ICC = max(0, seen.Value) })
		if seen.High <= 1 {
			add("Upper end of its interval", func(p *stats.Plan) { p.ICC = max(0, seen.High) })
		}
	}
	return list
}

// Curve is a line of the figure: the power at each step of the axis.
type Curve struct {
	Name  string
	At    []int
	Power []float64
}

// curves are the power against the number of units, or against the people of
// a unit where these are asked for: by t, by the normal distribution, and by t
// with twice the ICC.
func (out *Answer) curves() {
	now := out.Size.Clusters
	if out.Of.Asked == AskSize {
		now = int(out.Size.ClusterSize)
	}
	step := max(1, now/12)
	low := max(4, now/3)
	if out.Of.Asked == AskSize {
		low = max(1, now/4)
	}
	high := max(now+now*3/4, low+6)
	out.Range = [2]int{low, high}
	base := out.Plan
	base.ClusterSize = out.Size.ClusterSize
	line := func(name string, p stats.Plan) {
		c := Curve{Name: name}
		for n := low; ; n = min(n+step, high) {
			c.At = append(c.At, n)
			c.Power = append(c.Power, out.powerAt(p, n))
			if n == high {
				break
			}
		}
		out.Curves = append(out.Curves, c)
	}
	if !base.Binary && base.Diff == 0 || base.Binary && math.IsNaN(base.Treated) {
		return
	}
	base.T = true
	line("ICC "+plain(base.ICC)+", t", base)
	twice := base
	base.T = false
	if twice.ICC = 2 * twice.ICC; twice.ICC > 0 && twice.ICC <= 1 {
		line("ICC "+plain(twice.ICC)+", t", twice)
	}
	line("ICC "+plain(base.ICC)+", normal", base)
}

func (out *Answer) powerAt(p stats.Plan, n int) float64 {
	if out.Of.Asked == AskSize {
		p.ClusterSize = float64(n)
		return p.PowerAt(out.Size.Clusters)
	}
	return p.PowerAt(n)
}

// plain writes a number without needless zeros.
func plain(x float64) string { return strconv.FormatFloat(math.Round(x*1e6)/1e6, 'f', -1, 64) }

// Protocol is the plan as a paragraph for the protocol of a trial.
func (out *Answer) Protocol() string {
	p, s := out.Plan, out.Size
	what := fmt.Sprintf("a difference of %s with a standard deviation of %s", plain(p.Diff), plain(p.SD))
	if p.Binary {
		what = fmt.Sprintf("%s %% against %s %%", plain(100*p.Treated), plain(100*p.Control))
	}
	how := "the normal distribution"
	if p.T {
		how = fmt.Sprintf("the t distribution on %d degrees of freedom", s.Clusters-2)
	}
	told := !p.Binary && p.Diff == 0 || p.Binary && math.IsNaN(p.Treated)
	if told {
		what = fmt.Sprintf("a difference of %s with a standard deviation of %s, with a power of %s %%", plain(math.Round(s.Detectable*1e4)/1e4), plain(p.SD), plain(100*p.Power))
		if p.Binary {
			what = fmt.Sprintf("%.1f %% or %.1f %% against %s %%, with a power of %s %%", 100*s.DetectableShare[0], 100*s.DetectableShare[1], plain(100*p.Control), plain(100*p.Power))
		}
	}
	text := fmt.Sprintf("The trial is planned to detect %s at a two-sided significance level of %s %% (%s). ", what, plain(100*p.Alpha), how)
	text += fmt.Sprintf("With %s people a unit, an intraclass correlation of %s and a coefficient of variation of the unit sizes of %s the design effect is %s. ",
		plain(s.ClusterSize), plain(p.ICC), plain(p.CV), plain(math.Round(s.DesignEffect*1e4)/1e4))
	if s.VisitFactor != 1 {
		text += fmt.Sprintf("The outcome is the mean of %d visit(s) adjusted for %d at the start, with a correlation of %s between visits. ", p.Visits, p.Before, plain(p.Correlation))
	}
	if out.Of.Asked == AskUnits {
		text += fmt.Sprintf("If each person were randomised alone %.1f people would be needed, in units %.1f; rounded up once over both arms these are %d units and %d people", s.NUnadjusted, s.NTotal, s.Clusters, s.NRounded)
	} else {
		text += fmt.Sprintf("%d units of %s give %d people", s.Clusters, plain(s.ClusterSize), s.NRounded)
	}
	if told {
		text += "."
	} else {
		text += fmt.Sprintf(", with a power of %.1f %%.", 100*s.PowerAtClusters)
	}
	if p.Dropout > 0 {
		text += fmt.Sprintf(" To allow for a drop-out of %s %% %d people are to be recruited.", plain(100*p.Dropout), s.NWithDropout)
	}
	return text
}

// PaperLine is one number of the model paper with how it comes about.
type PaperLine struct {
	Name    string
	Printed int // in the paper
	Found   int
	Why     string
}

// Paper are the sample sizes that the model paper prints, worked out.
func Paper() []PaperLine {
	first, second := PaperPlan().Answer().Size, PaperUpdate().Answer().Size
	return []PaperLine{
		{"Planned, ICC 0.05, six people a unit", 162, first.NRounded,
			fmt.Sprintf("%.2f people without units × %s = %.2f; / 6 = %.2f, rounded up once over both arms to %d units × 6. Rounding each arm up by itself would give %d units. By t the power of 27 units is 78.1%%, not 81.2%%.",
				first.NUnadjusted, plain(first.DesignEffect), first.NTotal, first.NTotal/6, first.Clusters, first.EqualArms)},
		{"Again with ICC 0.011, five people a unit", 135, second.NRounded,
			fmt.Sprintf("%.2f × %s = %.2f; / 5 = %.2f, rounded up once to %d units × 5.", second.NUnadjusted, plain(second.DesignEffect), second.NTotal, second.NTotal/5, second.Clusters)},
		{"To recruit with 30 % lost", 192, second.NWithDropout,
			"135 / 0.7 = 192.86. Rounded up, as a number of people must be, it is 193; the paper cut it to 192."},
	}
}
