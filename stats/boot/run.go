package boot

import (
	"errors"

	"trialbox/stats/mixed"
)

// Runner fits a job and its replicates. One Runner serves one goroutine.
type Runner struct{}

// NewRunner reduces the job's design and fits it on all rows.
func NewRunner(job *Job) (*Runner, error) {
	return nil, errors.New("the bootstrap is not available in this build")
}

// Fit is the fit on all rows.
func (r *Runner) Fit() *mixed.Fit { return nil }

// Contrasts are the job's contrasts with model-based standard errors.
func (r *Runner) Contrasts() []Estimate { return nil }

// Run fits replicates with numbers from up to but not including to.
func (r *Runner) Run(from, to int) *Batch { return nil }

// Replay fits replicates with the given multiplicities of the units.
func (r *Runner) Replay(weights [][]float64) *Batch { return nil }

// Jackknife leaves out each unit in turn.
func (r *Runner) Jackknife() *Batch { return nil }

// Summarize puts the batches together; their order of arrival does not matter.
func Summarize(job *Job, fit *mixed.Fit, batches []*Batch) *Summary { return nil }

// SummarizeBCa is Summarize with BCa intervals from the unit jackknife.
func SummarizeBCa(job *Job, fit *mixed.Fit, batches []*Batch, jackknife *Batch) *Summary { return nil }
