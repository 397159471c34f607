package boot

import (
	"trialbox/stats/logit"
	"trialbox/stats/mixed"
)

// Penalised is Firth's estimate of a logit job's fixed effects without random effects (logit.Firth), for contrasts that the
// mixed model has no finite estimate of; nil where there is none either.
func Penalised(job *Job) (thresholds []mixed.Coefficient, terms *mixed.Fit) {
	p, err := logit.Firth(&job.Design, *job.Logit)
	if err != nil {
		return nil, nil
	}
	first, n := len(p.Thresholds), len(p.Terms)
	terms = &mixed.Fit{Terms: p.Terms[first:], Beta: p.Beta[first:], SE: p.SE[first:]}
	for k := first; k < n; k++ {
		terms.Cov = append(terms.Cov, p.Cov[k*n+first:(k+1)*n]...)
	}
	return p.Thresholds, terms
}
