package boot

import (
	"math"

	"trialbox/stats/mixed"
)

// Inference is that of the fit on all rows.
func (r *Runner) Inference() (*mixed.Inference, error) {
	return r.model.NewInference(&r.job.Design, r.fit)
}

// TestFixed are the fixed effects with the standard errors and degrees of freedom asked for.
func TestFixed(inf *mixed.Inference, df mixed.DF, robust mixed.Robust) ([]Estimate, error) {
	terms := inf.Fit().Terms
	out, l := make([]Estimate, len(terms)), make([]float64, len(terms))
	for k, name := range terms {
		l[k] = 1
		t, err := inf.Test(l, df, robust)
		if err != nil {
			return nil, err
		}
		out[k] = tested(name, t)
		l[k] = 0
	}
	return out, nil
}

// TestContrasts are the job's contrasts likewise; NaN where one needs a term left out of the fit.
func TestContrasts(job *Job, inf *mixed.Inference, df mixed.DF, robust mixed.Robust) ([]Estimate, error) {
	out := make([]Estimate, len(job.Contrasts))
	for n, c := range job.Contrasts {
		l, ok := kept(job, inf.Fit(), c)
		if !ok {
			out[n] = normal(c.Name, math.NaN(), math.NaN())
			continue
		}
		t, err := inf.Test(l, df, robust)
		if err != nil {
			return nil, err
		}
		out[n] = tested(c.Name, t)
	}
	return out, nil
}

func tested(name string, t mixed.Tested) Estimate {
	e := Estimate{Name: name, Estimate: t.Estimate, SE: t.SE, DF: t.DF, Statistic: t.Estimate / t.SE}
	e.P = mixed.TwoSidedT(e.Statistic, t.DF)
	q := mixed.QuantileT(0.975, t.DF)
	e.Low, e.High = t.Estimate-q*t.SE, t.Estimate+q*t.SE
	return e
}
