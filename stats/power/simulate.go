package power

import (
	"math"
	"slices"
	"strconv"

	"trialbox/stats/boot"
	"trialbox/stats/logit"
	"trialbox/stats/mixed"
)

// Simulator draws and fits the trials of a job.
type Simulator struct {
	job      *Job
	law      law
	terms    []string
	contrast []float64
}

// NewSimulator prepares a job that Check found nothing wrong with. It does not check again: the sentences would weigh as much in
// a worker as the drawing.
func NewSimulator(job *Job) *Simulator {
	s := &Simulator{job: job, law: newLaw(job)}
	s.name()
	return s
}

// name lists the columns of the model: the constant, the arm, and for each visit after the first its own and its product with
// the arm; the constrained model has no column of the arm alone.
func (s *Simulator) name() {
	s.terms = []string{"(Intercept)"}
	if !s.constrained() {
		s.terms = append(s.terms, "arm")
	}
	for _, name := range []string{"visit", "arm:visit"} {
		for v := 1; v < s.job.Visits; v++ {
			s.terms = append(s.terms, name+strconv.Itoa(v))
		}
	}
	s.contrast = make([]float64, len(s.terms))
	if !s.constrained() {
		s.contrast[1] = 1
	}
	if s.job.Visits > 1 {
		s.contrast[len(s.terms)-1] = 1
	}
}

func (s *Simulator) constrained() bool { return s.job.Constrained && s.job.Visits > 1 }

// columns fills one row of the model.
func (s *Simulator) columns(x []float64, arm, visit int) {
	x[0] = 1
	at := 1
	if !s.constrained() {
		x[1] = float64(arm)
		at = 2
	}
	if visit > 0 {
		x[at+visit-1] = 1
		x[at+s.job.Visits-1+visit-1] = float64(arm)
	}
}

// levels numbers the groups that have a row, with the arm of each.
func levels(name string, of, arm []int32) (g mixed.Group, arms []int32) {
	g = mixed.Group{Name: name, Of: make([]int32, len(of))}
	for k, x := range of { // the rows of a group follow each other
		if k == 0 || x != of[k-1] {
			arms = append(arms, arm[k])
		}
		g.Of[k] = int32(len(arms) - 1)
	}
	g.Levels = make([]string, len(arms)) // nobody reads their names
	return g, arms
}

// Run simulates the trials with numbers from up to but not including to.
func (s *Simulator) Run(from, to int) *Batch {
	n := max(to-from, 0)
	b := &Batch{From: from, N: n, Estimate: make([]float64, n), SE: make([]float64, n), Status: make([]uint8, n), People: make([]int32, n), Reason: make([]int32, n)}
	for k := range n {
		t := s.draw(from + k)
		b.People[k], b.Reason[k] = int32(t.people), -1
		var why string
		b.Estimate[k], b.SE[k], b.Status[k], why = s.fit(&t)
		if why == "" {
			continue
		}
		at := slices.Index(b.Reasons, why)
		if at < 0 {
			at = len(b.Reasons)
			b.Reasons = append(b.Reasons, why)
		}
		b.Reason[k] = int32(at)
	}
	return b
}

// fit gives the difference at the last visit and its standard error; why is the reason where there is none.
func (s *Simulator) fit(t *trial) (estimate, se float64, status uint8, why string) {
	nan := math.NaN()
	design, contrast, strata := s.design(t)
	if !slices.Contains(strata, 0) || !slices.Contains(strata, 1) {
		return nan, nan, Failed, "everybody of an arm was lost"
	}
	job := &boot.Job{Design: design, Contrasts: []boot.Contrast{{Name: "difference", L: contrast}}, Strata: strata, Seed: t.seed}
	if s.job.REML {
		job.Method = mixed.REML
	}
	switch s.job.Family {
	case Binary:
		job.Logit = &logit.Options{Nodes: s.law.nodes()}
	case Ordinal:
		job.Logit = &logit.Options{Ordinal: true, Nodes: s.law.nodes()}
	}
	if s.job.Bootstrap == 0 {
		job.Strata = nil // nothing is resampled: an arm may have one unit
	}
	r, err := boot.NewRunner(job)
	if err != nil {
		return nan, nan, Failed, err.Error()
	}
	c := r.Contrasts()[0]
	if math.IsNaN(c.Estimate) || math.IsNaN(c.SE) {
		return nan, nan, NoEstimate, "the difference has no finite estimate"
	}
	if r.Fit().Singular {
		status = Boundary
	}
	if s.job.Bootstrap > 0 {
		if c.SE, why = s.resampled(r); why != "" {
			return c.Estimate, nan, NoEstimate, why
		}
	}
	return c.Estimate, c.SE, status, ""
}

// maxWithout is the share of replicates without finite estimate up to which there is a bootstrap standard error, as on the page.
const maxWithout = 0.05

// resampled is the standard deviation of the contrast over the replicates of a trial.
func (s *Simulator) resampled(r *boot.Runner) (se float64, why string) {
	b := r.Run(0, s.job.Bootstrap)
	var x []float64
	for k := range b.N {
		if v := r.ContrastValues(b, k)[0]; !math.IsNaN(v) {
			x = append(x, v)
		}
	}
	if len(x) < 2 || float64(b.N-len(x)) > maxWithout*float64(b.N) {
		return math.NaN(), "too many replicates without a finite estimate"
	}
	mean, sum := 0.0, 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		sum += (v - mean) * (v - mean)
	}
	return math.Sqrt(sum / float64(len(x)-1)), ""
}
