package boot

import (
	"trialbox/stats/mixed"
)

// Analytic asks for no replicates: the fit of such a job brings the contrasts by every method that needs none.
const Analytic Scheme = "analytic"

// Method is a job's contrasts by one method; Err says why it has none.
type Method struct {
	Name      string // one of the names below
	Contrasts []Estimate
	Err       string
}

// The methods without replicates. All but ModelZ are made for few clusters: degrees of freedom (of the model-based and the
// bias-reduced robust standard error) in place of the normal distribution, Kenward and Roger's with a standard error that
// allows for the variance components being estimated, from the REML fit whatever the job's method is.
const (
	ModelZ        = "model z"
	ModelT        = "Satterthwaite"
	KenwardRogerT = "Kenward-Roger"
	RobustT       = "CR2"
)

// Analytic are the contrasts of a linear job by ModelZ, ModelT, KenwardRogerT and RobustT, in this order; of a logit job by
// ModelZ only. Job.By asks for one of the last three alone.
func (r *Runner) Analytic() []Method {
	var out []Method
	wanted := func(name string) bool { return r.job.By == "" || r.job.By == name }
	if wanted(ModelZ) {
		out = append(out, Method{Name: ModelZ, Contrasts: r.Contrasts()})
	}
	if r.job.Logit != nil {
		return out
	}
	try := func(name string, from *Runner, df mixed.DF, robust mixed.Robust) {
		if !wanted(name) {
			return
		}
		m := Method{Name: name}
		inf, err := from.Inference()
		if err == nil {
			m.Contrasts, err = TestContrasts(r.job, inf, df, robust)
		}
		if err != nil {
			m.Err = err.Error()
		}
		out = append(out, m)
	}
	try(ModelT, r, mixed.Satterthwaite, mixed.NotRobust)
	restricted := r
	if r.job.Method != mixed.REML && wanted(KenwardRogerT) {
		job := *r.job
		job.Method = mixed.REML
		var err error
		if restricted, err = NewRunner(&job); err != nil {
			out = append(out, Method{Name: KenwardRogerT, Err: err.Error()})
		}
	}
	if restricted != nil {
		try(KenwardRogerT, restricted, mixed.KenwardRoger, mixed.NotRobust)
	}
	try(RobustT, r, mixed.Satterthwaite, mixed.CR2)
	return out
}
