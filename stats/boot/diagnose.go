package boot

import (
	"math"

	"trialbox/stats/logit"
	"trialbox/stats/mixed"
)

// Diagnosis is what stands behind a fit beside its estimates: predicted random effects, residuals, intervals of the
// intraclass correlations, and the contrasts without each unit in turn.
type Diagnosis struct {
	// Effects are the predicted random effects. Linear models: all groups (mixed.Prediction). Logit models: the upper
	// grouping, conditional modes on the scale of the linear predictor (logit.Model.GroupModes).
	Effects   []mixed.Prediction
	Residuals []float64 // of each row of the design, conditional, over their SD; nil for a logit model
	ICC       []mixed.Profile
	Without   []LeftOut // one a level of Design.Groups[0], in its order
}

// LeftOut is the job's contrasts without one unit.
type LeftOut struct {
	Unit      string
	Contrasts []float64 // NaN where one has no finite estimate
	Singular  bool      // a variance is estimated as zero then
	Reason    string    // why there is no fit
}

// Diagnose computes it from the fit on all rows. Intervals of the intraclass correlations are by profile likelihood for a
// linear model and by the delta method on the logit scale for the others.
func (r *Runner) Diagnose() (*Diagnosis, error) {
	d := &Diagnosis{Without: r.withoutUnits()}
	if l := r.logit; l != nil {
		group := r.job.Design.Groups[0]
		mode, se := l.model.GroupModes(l.fit)
		for i, level := range group.Levels {
			d.Effects = append(d.Effects, mixed.Prediction{Group: group.Name, Level: level, Term: "(Intercept)", Value: mode[i], SE: se[i]})
		}
		d.ICC = iccOf(l.fit)
		return d, nil
	}
	inf, err := r.model.NewInference(&r.job.Design, r.fit)
	if err != nil {
		return nil, err
	}
	d.Effects, d.Residuals, d.ICC = inf.Predictions(), inf.Residuals().Standardised, inf.ICCProfiles()
	return d, nil
}

func iccOf(f *logit.Fit) (out []mixed.Profile) {
	for k, v := range f.ICC {
		low, high := f.ICCInterval(k)
		out = append(out, mixed.Profile{Group: v.Group, Parameter: "icc", Estimate: v.Value, Low: low, High: high})
	}
	return out
}

// withoutUnits refits without each unit in turn, whatever the job's scheme.
func (r *Runner) withoutUnits() []LeftOut {
	job := *r.job
	job.Scheme = Units
	whole := *r
	whole.job = &job
	levels := job.Design.Groups[0].Levels
	b := whole.newBatch(-len(levels), len(levels))
	out := make([]LeftOut, len(levels))
	for k, level := range levels {
		whole.leaveOut(b, k, k)
		out[k] = LeftOut{Unit: level, Contrasts: whole.ContrastValues(b, k), Singular: b.Status[k] == Boundary}
		if b.Status[k] == Failed {
			out[k].Reason = b.Reasons[b.Reason[k]]
		} else if len(out[k].Contrasts) > 0 && allNaN(out[k].Contrasts) {
			out[k].Reason = "the difference has no finite estimate without it"
		}
	}
	return out
}

func allNaN(x []float64) bool {
	for _, v := range x {
		if !math.IsNaN(v) {
			return false
		}
	}
	return true
}
