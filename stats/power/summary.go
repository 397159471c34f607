package power

import (
	"math"
	"slices"

	"trialbox/stats/mixed"
)

// Summary is the state of a simulation after any number of batches.
type Summary struct {
	Trials, Boundary, NoEstimate, Failed int
	Detected                             int
	Power, MCSE                          float64    // Detected/Trials and its Monte Carlo standard error
	CI                                   [2]float64 // 95 % for Power, by Wilson's interval
	Mean, SD                             float64    // of the estimates
	SE                                   float64    // mean of the standard errors: near SD when these can be trusted
	People                               float64    // recruited, on average
	Reasons                              []Reason   // why trials were not fitted, most frequent first
}

// Reason counts what kept trials from being fitted.
type Reason struct {
	Text  string
	Count int
}

// Summarize counts over batches in any order of arrival; a trial that arrives twice counts once.
func Summarize(j *Job, batches []*Batch) Summary {
	sorted := slices.Clone(batches)
	slices.SortStableFunc(sorted, func(a, b *Batch) int { return a.From - b.From })
	s := Summary{}
	critical := j.critical()
	var estimates []float64
	next := math.MinInt
	for _, b := range sorted {
		for k := range b.N {
			if b.From+k < next {
				continue
			}
			next = b.From + k + 1
			s.count(b, k)
			if b.Status[k] <= Boundary {
				estimates = append(estimates, b.Estimate[k])
				s.SE += b.SE[k]
				if math.Abs(b.Estimate[k]) > critical*b.SE[k] {
					s.Detected++
				}
			}
		}
	}
	s.finish(estimates)
	return s
}

// critical is how many standard errors make a difference significant.
func (j *Job) critical() float64 {
	if j.T {
		return mixed.QuantileT(1-j.Alpha/2, float64(j.Treated+j.Control-2))
	}
	return math.Sqrt2 * math.Erfinv(1-j.Alpha)
}

// Truth is what the estimates should lie about. The log odds ratio of a binary plan is that of the model within clusters.
func Truth(j *Job) float64 {
	switch {
	case j.Null:
		return 0
	case j.Family == Linear:
		return j.Diff
	case j.Family == Ordinal:
		return math.Log(j.Odds)
	}
	l := newLaw(j)
	return l.arm[1] - l.arm[0]
}

func (s *Summary) count(b *Batch, k int) {
	s.Trials++
	s.People += float64(b.People[k])
	switch b.Status[k] {
	case Boundary:
		s.Boundary++
	case NoEstimate:
		s.NoEstimate++
	case Failed:
		s.Failed++
	}
	if b.Reason[k] < 0 {
		return
	}
	text := b.Reasons[b.Reason[k]]
	if at := slices.IndexFunc(s.Reasons, func(r Reason) bool { return r.Text == text }); at >= 0 {
		s.Reasons[at].Count++
	} else {
		s.Reasons = append(s.Reasons, Reason{text, 1})
	}
}

func (s *Summary) finish(estimates []float64) {
	slices.SortStableFunc(s.Reasons, func(a, b Reason) int { return b.Count - a.Count })
	nan := math.NaN()
	if s.Trials == 0 {
		s.Power, s.MCSE, s.CI, s.Mean, s.SD, s.SE, s.People = nan, nan, [2]float64{nan, nan}, nan, nan, nan, nan
		return
	}
	n := float64(s.Trials)
	s.Power = float64(s.Detected) / n
	s.MCSE = math.Sqrt(s.Power * (1 - s.Power) / n)
	const z = 1.959963984540054
	middle, half := (s.Power+z*z/(2*n))/(1+z*z/n), z*math.Sqrt(s.Power*(1-s.Power)/n+z*z/(4*n*n))/(1+z*z/n)
	s.CI = [2]float64{max(0, middle-half), min(1, middle+half)}
	s.People /= n
	m := float64(len(estimates))
	s.SE /= m
	for _, x := range estimates {
		s.Mean += x / m
	}
	for _, x := range estimates {
		s.SD += (x - s.Mean) * (x - s.Mean)
	}
	s.SD = math.Sqrt(s.SD / (m - 1))
	if m == 0 {
		s.Mean = nan
	}
}
