package design

import (
	"fmt"
	"math"

	"trialbox/app/trial"
	"trialbox/stats"
	"trialbox/stats/boot"
	"trialbox/stats/mixed"
)

// ICC is the intraclass correlation of one outcome at one visit of a trial,
// differences between arms taken out, by REML with its profile likelihood
// interval: what the command icc prints with -arm.
type ICC struct {
	Outcome, Label, Visit string
	Value, Low, High      float64
	N, Clusters           int
	MeanSize, CV          float64 // CV as a plan takes it, divisor: clusters
	Err                   string  // why there is none, a sentence

	y            []float64
	cluster, arm []int
}

// ObserveICC begins an estimate: the fit of its job gives the rest (With). Job
// is nil where Err says why nothing can be estimated.
func ObserveICC(t *trial.Trial, variable, label string, visit int) (*ICC, *boot.Job) {
	c := &ICC{Outcome: variable, Label: label, Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
	v := t.Variable(variable)
	if v == nil || v.Words || visit < 0 || visit >= len(t.Visits) {
		c.Err = "There are no numbers of " + label + " at this visit."
		return c, nil
	}
	c.Visit = t.Visits[visit].Label
	for row := range t.Rows {
		if x := v.Num(row); int(t.Visit[row]) == visit && !math.IsNaN(x) && t.Unit[row] >= 0 && t.Arm[row] >= 0 {
			c.y = append(c.y, x)
			c.cluster, c.arm = append(c.cluster, int(t.Unit[row])), append(c.arm, int(t.Arm[row]))
		}
	}
	about := stats.AnovaICC(c.y, c.cluster, c.arm)
	c.N, c.Clusters, c.MeanSize, c.CV = about.N, about.Clusters, about.MeanSize, about.CVOfDesign
	if about.Status != stats.OK {
		c.Err = fmt.Sprintf("%s at %s: %s", label, c.Visit, about.Status)
		return c, nil
	}
	return c, &boot.Job{Design: c.design(), Method: mixed.REML}
}

// design is the outcome on the arm with a random intercept of the unit.
func (c *ICC) design() mixed.Design {
	d := mixed.Design{Response: c.Outcome, Terms: []string{"(Intercept)", "arm"}, Y: c.y}
	place := map[int]int32{} // looked up, never ranged over
	units := mixed.Group{Name: "unit"}
	for k, unit := range c.cluster {
		d.X = append(d.X, 1, float64(c.arm[k]))
		d.SourceRow = append(d.SourceRow, int32(k))
		at, seen := place[unit]
		if !seen {
			at = int32(len(units.Levels))
			place[unit] = at
			units.Levels = append(units.Levels, fmt.Sprint(unit+1))
		}
		units.Of = append(units.Of, at)
	}
	d.Groups = []mixed.Group{units}
	return d
}

// With is the estimate once its model is fitted.
func (c *ICC) With(fit *mixed.Fit) *ICC {
	out := *c
	out.Value = fit.ICC[0].Value
	out.Low, out.High = stats.ProfileICC(c.y, c.cluster, c.arm, true, out.Value)
	return &out
}
