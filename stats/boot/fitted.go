package boot

import (
	"trialbox/stats/logit"
	"trialbox/stats/mixed"
)

// Fitted is all that the fit of a job on all rows gives.
type Fitted struct {
	Fit       *mixed.Fit
	Contrasts []Estimate
	Logit     *LogitFit  // nil for a linear job
	Preview   []Interval // of a logit job's contrasts by Runner.Preview; nil without
	Methods   []Method   // of an Analytic job
}

// LogitFit is what the fit of a binary or ordinal job has beside a linear one, without its working memory.
type LogitFit struct {
	Ordinal, Laplace bool
	Event            string
	Categories       []string // lowest first
	Thresholds       []mixed.Coefficient
	logit.Integration
	Separation   *logit.Separation
	Marginal     []Marginal
	Proportional []*logit.Proportional
}

// Fitted collects the fit on all rows; preview is the number of expanded (not fitted) replicates of a logit job behind Preview, 0 for
// none.
func (r *Runner) Fitted(preview int) *Fitted {
	f := &Fitted{Fit: r.Fit(), Contrasts: r.Contrasts()}
	if r.job.Scheme == Analytic {
		f.Methods = r.Analytic()
	}
	l := r.Logit()
	if l == nil {
		return f
	}
	f.Logit = &LogitFit{Ordinal: l.Ordinal, Laplace: l.Laplace, Event: l.Event, Categories: l.Categories, Thresholds: l.Thresholds,
		Integration: l.Integration, Separation: l.Separation, Marginal: r.Marginal(), Proportional: r.Proportional()}
	if preview > 0 && r.job.Scheme == Units {
		f.Preview = SummarizeContrasts(r.job, r.fit, []*Batch{r.Preview(0, preview)}).Contrasts
	}
	return f
}

// Values are one contrast's values in the order of the replicates' numbers, without failed ones and those in which it
// has no finite estimate: what a histogram or the path of the standard error is drawn from.
func Values(job *Job, fit *mixed.Fit, batches []*Batch, contrast int) []float64 {
	l, ok := kept(job, fit, job.Contrasts[contrast])
	if !ok || !job.Scheme.Redraws() {
		return nil
	}
	p := len(fit.Terms)
	var out []float64
	replicates, _ := inOrder(batches)
	(&Summary{}).each(replicates, func(b *Batch, k int) {
		if b.runsOff(k, p+contrast) {
			return
		}
		v := 0.0
		for j, x := range l {
			if x != 0 {
				v += x * b.Fixed[k*p+j]
			}
		}
		out = append(out, v)
	})
	return out
}
