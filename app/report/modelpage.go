package report

import (
	"fmt"
	"math"
	"strings"

	"trialbox/app/analysis"
	"trialbox/app/trial"
	"trialbox/stats/boot"
)

// z975 is the .975 quantile of the normal distribution.
const z975 = 1.959963984540054

// Behind is what the figures of one outcome's model page are drawn from.
type Behind struct {
	Trial     *trial.Trial
	Result    *analysis.Result
	Progress  *analysis.Progress
	Outcome   *analysis.OutcomeResult // of the same job
	Patients  bool                    // layers of the trajectory
	UnitMeans bool
}

// Figures of a model page by name, in its order. Those for which there is
// nothing are left out by Figure.
var ModelFigures = []string{"trajectory", "stack", "convergence", "histogram", "caterpillar", "influence", "qq-residual", "qq-unit", "qq-patient", "needed"}

// FigureNames are what the figures are called on the page.
var FigureNames = map[string]string{"trajectory": "Course by arm", "stack": "Answers by arm", "convergence": "Has the interval settled?", "histogram": "Replicates",
	"caterpillar": "Unit effects", "influence": "Leaving one unit out", "qq-residual": "Residuals", "qq-unit": "Unit effects against the normal", "qq-patient": "Patient effects against the normal", "needed": "What number of units would have been needed"}

// Figure draws one of them; ok is false where there is nothing to draw.
func (b Behind) Figure(name string, half, keys bool) (f Figure, ok bool) {
	id := name
	if half {
		id += "-half"
	}
	frame := Frame{ID: id, Title: FigureNames[name], Half: half, Keys: keys}
	switch name {
	case "trajectory":
		return b.trajectory(frame)
	case "stack":
		return b.stack(frame)
	case "convergence":
		return b.convergence(frame)
	case "histogram":
		return b.histogram(frame)
	case "caterpillar":
		return b.caterpillar(frame)
	case "influence":
		return b.influence(frame)
	case "qq-residual", "qq-unit", "qq-patient":
		return b.qq(frame, strings.TrimPrefix(name, "qq-"))
	case "needed":
		return b.needed(frame)
	}
	return Figure{}, false
}

func (b Behind) arms() []string { return armsOf(b.Result) }

// armsOf are the arms as the figures have them, the intervention first.
func armsOf(r *analysis.Result) []string { return []string{title(r.Arms[1]), title(r.Arms[0])} }

// contrast is the one the page's figures are about: of the last visit that has
// an estimate; -1 without one.
func (b Behind) contrast() int {
	for k := len(b.Outcome.At) - 1; k >= 0; k-- {
		if m := b.visit(k).Model; m != nil && !math.IsNaN(m.Estimate) {
			return k
		}
	}
	return -1
}

func (b Behind) visit(k int) *analysis.VisitResult { return &b.Outcome.Visits[b.Outcome.At[k]] }

func (b Behind) logit() bool { return len(b.Outcome.Categories) > 0 }

// decimals of differences on the model's scale.
func (b Behind) decimals() int {
	if b.logit() {
		return 2
	}
	return b.Outcome.Outcome.Decimals
}

// differs names the contrast: "Adjusted difference at 12 months, ODI (0–100)".
func (b Behind) differs(k int) string {
	what := "Difference"
	if b.Outcome.Adjusted {
		what = "Adjusted difference"
	}
	if b.logit() {
		what = "Log odds ratio"
	}
	return what + " at " + b.visit(k).Visit.Label + ", " + b.Outcome.Outcome.Label
}

func (b Behind) trajectory(f Frame) (Figure, bool) {
	d, ok := trajectoryOf(b.Result, b.Outcome.Outcome.Variable)
	if !ok || b.Outcome.ResponderOf != "" {
		return Figure{}, false
	}
	d.ID, d.Half, d.Keys = f.ID, f.Half, f.Keys
	if b.Patients {
		d.Patients = b.patientLines()
	}
	if b.UnitMeans {
		d.Units = b.unitLines()
	}
	return TrajectoryFigure(d), true
}

// visitsAt are the places of the trial's visits among the outcome's.
func (b Behind) visitsAt() map[int32]int {
	at := map[int32]int{}
	for v, visit := range b.Trial.Visits {
		for k := range b.Outcome.Visits {
			if b.Outcome.Visits[k].Visit.Code == visit.Code {
				at[int32(v)] = k
			}
		}
	}
	return at
}

// lines are the means of the answers of each patient or unit at each visit.
func (b Behind) lines(of []int32, n int) []TrajectoryLine {
	visits, at, y := len(b.Outcome.Visits), b.visitsAt(), b.Progress.Job.Answers()
	sum, count, arm := make([]float64, n*visits), make([]int, n*visits), make([]int32, n)
	for i, g := range of {
		k, ok := at[b.Trial.Visit[i]]
		if !ok || math.IsNaN(y[i]) || b.Progress.Job.Rows != nil && !b.Progress.Job.Rows[i] {
			continue
		}
		sum[int(g)*visits+k] += y[i]
		count[int(g)*visits+k]++
		arm[g] = b.Trial.Arm[i]
	}
	var out []TrajectoryLine
	for g := range n {
		l := TrajectoryLine{Arm: 1 - int(arm[g]), Values: make([]float64, visits)}
		any := false
		for k := range visits {
			l.Values[k] = sum[g*visits+k] / float64(count[g*visits+k])
			any = any || count[g*visits+k] > 0
		}
		if any {
			out = append(out, l)
		}
	}
	return out
}

func (b Behind) patientLines() []TrajectoryLine {
	return b.lines(b.Trial.Patient, len(b.Trial.Patients))
}

func (b Behind) unitLines() []TrajectoryLine {
	n := 0
	out := b.lines(b.Trial.Unit, len(b.Trial.Units))
	seen := make([]bool, len(b.Trial.Units))
	y, at := b.Progress.Job.Answers(), b.visitsAt()
	for i, u := range b.Trial.Unit {
		_, ok := at[b.Trial.Visit[i]]
		seen[u] = seen[u] || ok && !math.IsNaN(y[i]) && (b.Progress.Job.Rows == nil || b.Progress.Job.Rows[i])
	}
	for u, name := range b.Trial.Units {
		if seen[u] {
			out[n].Name = name
			n++
		}
	}
	return out
}

func (b Behind) stack(f Frame) (Figure, bool) {
	d := StackData{Frame: f, Arms: b.arms(), Levels: b.Outcome.Categories}
	if len(d.Levels) == 0 {
		return Figure{}, false
	}
	for _, v := range b.Outcome.Visits {
		d.Visits = append(d.Visits, StackVisit{Label: v.Visit.Label, Counts: [][]int{v.Arms[1].Counts, v.Arms[0].Counts}})
	}
	return Stack(d), true
}

func (b Behind) convergence(f Frame) (Figure, bool) {
	k := b.contrast()
	if k < 0 || k >= len(b.Outcome.Trace) || len(b.Outcome.Trace[k]) == 0 {
		return Figure{}, false
	}
	d := ConvergenceData{Frame: f, YLabel: "Standard error of the difference at " + b.visit(k).Visit.Label, Decimals: b.decimals() + 1, Model: b.visit(k).Model.SE}
	for _, p := range b.Outcome.Trace[k] {
		d.At, d.SE, d.MCSE = append(d.At, p.Replicates), append(d.SE, p.SE), append(d.MCSE, p.MCSE)
	}
	return Convergence(d), true
}

func (b Behind) histogram(f Frame) (Figure, bool) {
	k := b.contrast()
	if k < 0 || b.visit(k).Boot == nil {
		return Figure{}, false
	}
	values := b.Progress.Replicates(k)
	if len(values) < analysis.MinReplicates {
		return Figure{}, false
	}
	i := b.visit(k).Boot
	d := HistogramData{Frame: f, XLabel: b.differs(k), Decimals: b.decimals(), Values: values, Estimate: b.visit(k).Model.Estimate}
	for _, x := range []struct {
		name string
		ends [2]float64
	}{{"Normal", i.Normal}, {"Percentile", i.Percentile}, {"Basic", i.Basic}, {"BC", i.BC}, {"BCa", i.BCa}} {
		if !math.IsNaN(x.ends[0]) && !math.IsNaN(x.ends[1]) {
			d.Intervals = append(d.Intervals, NamedInterval{x.name, x.ends[0], x.ends[1]})
		}
	}
	return Histogram(d), true
}

// units are the model's units with their arm and number of patients.
func (b Behind) units() []UnitEffect {
	d := &b.Progress.Job.Boot.Design
	out := make([]UnitEffect, len(d.Groups[0].Levels))
	arm := map[string]int{}
	for u, name := range b.Trial.Units {
		arm[name] = 1 - int(b.Trial.UnitArm[u])
	}
	for i, name := range d.Groups[0].Levels {
		out[i] = UnitEffect{Name: name, Arm: arm[name]}
	}
	seen := map[int32]bool{}
	last := d.Groups[len(d.Groups)-1].Of
	for row, u := range d.Groups[0].Of {
		switch {
		case len(d.Groups) == 1:
			out[u].N++
		case !seen[last[row]]:
			seen[last[row]] = true
			out[u].N++
		}
	}
	return out
}

// effects are the predicted intercepts of the first or last grouping.
func (b Behind) effects(group string) (names []string, value, se []float64) {
	for _, e := range b.Outcome.Behind.Effects {
		if e.Group == group && e.Term == "(Intercept)" {
			names, value, se = append(names, e.Level), append(value, e.Value), append(se, e.SE)
		}
	}
	return names, value, se
}

func (b Behind) scale() string {
	if b.logit() {
		return "log odds"
	}
	return b.Outcome.Outcome.Label
}

func (b Behind) caterpillar(f Frame) (Figure, bool) {
	if b.Outcome.Behind == nil || len(b.Outcome.Fit.Random) == 0 {
		return Figure{}, false
	}
	units := b.units()
	_, value, se := b.effects(b.Progress.Job.Boot.Design.Groups[0].Name)
	if len(value) != len(units) {
		return Figure{}, false
	}
	for i := range units {
		units[i].Estimate, units[i].Low, units[i].High = value[i], value[i]-z975*se[i], value[i]+z975*se[i]
	}
	return Caterpillar(CaterpillarData{Frame: f, XLabel: "Predicted unit effect, " + b.scale(), Decimals: b.decimals() + 1, Arms: b.arms(), Units: units}), true
}

func (b Behind) influence(f Frame) (Figure, bool) {
	k := b.contrast()
	if k < 0 || b.Outcome.Behind == nil {
		return Figure{}, false
	}
	units, m := b.units(), b.visit(k).Model
	for i, w := range b.Outcome.Behind.Without {
		units[i].Estimate, units[i].Low, units[i].High, units[i].Reason = w.Contrasts[k], math.NaN(), math.NaN(), w.Reason
	}
	return Influence(InfluenceData{Frame: f, XLabel: b.differs(k), Decimals: b.decimals() + 1, Arms: b.arms(), Estimate: m.Estimate, Low: m.Low, High: m.High, Units: units}), true
}

func (b Behind) qq(f Frame, of string) (Figure, bool) {
	if b.Outcome.Behind == nil {
		return Figure{}, false
	}
	d := QQData{Frame: f, Decimals: b.decimals() + 1, What: of + " effect", YLabel: "Predicted " + of + " effect, " + b.scale()}
	groups := b.Progress.Job.Boot.Design.Groups
	switch of {
	case "residual":
		d.Values, d.What, d.YLabel, d.Decimals = b.Outcome.Behind.Residuals, "residual", "Standardised residual", 2
	case "unit":
		d.Names, d.Values, _ = b.effects(groups[0].Name)
	case "patient": // nameless: no patient is named in a figure
		if len(groups) > 1 {
			_, d.Values, _ = b.effects(groups[len(groups)-1].Name)
		}
	}
	spread := false
	for _, v := range d.Values {
		spread = spread || v != d.Values[0]
	}
	if !spread { // none, or a variance of zero
		return Figure{}, false
	}
	return QQPlot(d), true
}

// Influential is the unit whose absence moves the contrast most, as a
// sentence; "" before it is known.
func (b Behind) Influential() string {
	k := b.contrast()
	if k < 0 || b.Outcome.Behind == nil {
		return ""
	}
	all, most := b.visit(k).Model.Estimate, boot.LeftOut{}
	far := -1.0
	for _, w := range b.Outcome.Behind.Without {
		if d := math.Abs(w.Contrasts[k] - all); d > far {
			far, most = d, w
		}
	}
	if far < 0 {
		return ""
	}
	return fmt.Sprintf("Without %s the difference at %s is %s instead of %s; no other unit moves it more.", most.Unit, b.visit(k).Visit.Label,
		Number(most.Contrasts[k], b.decimals()+1), Number(all, b.decimals()+1))
}
