package impute

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"trialbox/stats/mixed"
)

// Job is everything the numbers depend on. Rows of Design at which Missing is true have no outcome: their Y is not
// looked at.
type Job struct {
	Design    mixed.Design
	Missing   []bool // n
	Shifted   []bool // n: missing outcomes to which delta is added; nil = all
	Method    mixed.Method
	Contrasts [][]float64 // linear combinations of Design.Terms
	Seed      uint64
}

// Imputer draws and analyses completed data sets of a job. It is for one goroutine.
type Imputer struct {
	job       *Job
	observed  *mixed.Fit
	posterior *mixed.Posterior
	levels    [][]int32 // by group: the level in the observed rows, -1 for one without any
	missing   int
	working   mixed.Design
	rng       *rand.PCG
}

// Estimate is a contrast of one completed data set; NaN where it could not be fitted.
type Estimate struct{ Value, SE float64 }

// New fits the observed rows. Errors are sentences for the analyst.
func New(job *Job) (*Imputer, error) {
	m := &Imputer{job: job, rng: rand.NewPCG(0, 0)}
	for _, missing := range job.Missing {
		if missing {
			m.missing++
		}
	}
	if m.missing == 0 {
		return nil, errors.New("no outcome is missing, so there is nothing to impute")
	}
	if m.missing == len(job.Missing) {
		return nil, errors.New("every outcome is missing")
	}
	if job.Design.Residual.Structure != mixed.Independent {
		return nil, errors.New("missing outcomes are drawn from models with random intercepts; this one has a covariance over visits (MMRM)")
	}
	observed, levels := observedPart(&job.Design, job.Missing)
	m.levels = levels
	model, err := mixed.New(observed)
	if err != nil {
		return nil, err
	}
	if m.observed, err = model.Fit(job.Method); err != nil {
		return nil, err
	}
	if len(m.observed.DroppedTerms) > 0 {
		return nil, fmt.Errorf("the observed outcomes do not determine %s, so outcomes that depend on it cannot be drawn", m.observed.DroppedTerms[0])
	}
	inference, err := model.NewInference(observed, m.observed)
	if err != nil {
		return nil, err
	}
	if m.posterior, err = inference.NewPosterior(); err != nil {
		return nil, err
	}
	m.working = job.Design
	m.working.Y = make([]float64, len(job.Design.Y))
	return m, nil
}

// Observed is the fit of the observed rows, from which outcomes are drawn.
func (m *Imputer) Observed() *mixed.Fit { return m.observed }

// Imputed counts the outcomes drawn.
func (m *Imputer) Imputed() int { return m.missing }

// observedPart is the design without the rows whose outcome is missing, its groups numbered anew.
func observedPart(d *mixed.Design, missing []bool) (*mixed.Design, [][]int32) {
	width := len(d.Terms)
	out := &mixed.Design{Response: d.Response, Terms: d.Terms}
	var rows []int32
	for i := range d.Y {
		if missing[i] {
			continue
		}
		rows = append(rows, int32(i))
		out.Y = append(out.Y, d.Y[i])
		out.X = append(out.X, d.X[i*width:(i+1)*width]...)
	}
	if d.SourceRow != nil {
		for _, row := range rows {
			out.SourceRow = append(out.SourceRow, d.SourceRow[row])
		}
	}
	levels := make([][]int32, len(d.Groups))
	for k, g := range d.Groups {
		to := make([]int32, len(g.Levels))
		for i := range to {
			to[i] = -1
		}
		for _, row := range rows {
			to[g.Of[row]] = 0
		}
		part := mixed.Group{Name: g.Name}
		for i, name := range g.Levels { // in the order of the whole
			if to[i] == 0 {
				to[i] = int32(len(part.Levels))
				part.Levels = append(part.Levels, name)
			}
		}
		for _, row := range rows {
			part.Of = append(part.Of, to[g.Of[row]])
		}
		out.Groups = append(out.Groups, part)
		levels[k] = to
	}
	for _, e := range d.Random {
		q := len(e.Terms)
		part := mixed.Effects{Group: e.Group, Terms: e.Terms}
		for _, row := range rows {
			part.Z = append(part.Z, e.Z[int(row)*q:(int(row)+1)*q]...)
		}
		out.Random = append(out.Random, part)
	}
	return out, levels
}

// Draw sets y to the outcomes of imputation k before any delta: observed ones as they are.
func (m *Imputer) Draw(k int, y []float64) {
	m.rng.Seed(m.job.Seed, uint64(k))
	r := rand.New(m.rng)
	d := m.posterior.Draw(r)
	design := &m.job.Design
	width := len(design.Terms)
	effects := make([][]float64, len(design.Groups))
	for g := range effects { // of groups without an observed row: from their distribution
		effects[g] = make([]float64, len(design.Groups[g].Levels))
		for level := range effects[g] {
			if at := m.levels[g][level]; at >= 0 {
				effects[g][level] = d.Effects[g][at]
			} else {
				effects[g][level] = d.SD[g] * r.NormFloat64()
			}
		}
	}
	for i := range y {
		if !m.job.Missing[i] {
			y[i] = design.Y[i]
			continue
		}
		v := d.Sigma * r.NormFloat64()
		for j, x := range design.X[i*width : (i+1)*width] {
			v += x * d.Beta[j]
		}
		for g := range design.Groups {
			v += effects[g][design.Groups[g].Of[i]]
		}
		y[i] = v
	}
}

// Run analyses imputation k at every delta: result[d][c] is contrast c at deltas[d].
func (m *Imputer) Run(k int, deltas []float64) [][]Estimate {
	drawn := make([]float64, len(m.working.Y))
	m.Draw(k, drawn)
	out := make([][]Estimate, len(deltas))
	for n, delta := range deltas {
		copy(m.working.Y, drawn)
		for i, missing := range m.job.Missing {
			if missing && (m.job.Shifted == nil || m.job.Shifted[i]) {
				m.working.Y[i] += delta
			}
		}
		out[n] = m.analyse()
	}
	return out
}

func (m *Imputer) analyse() []Estimate {
	out := make([]Estimate, len(m.job.Contrasts))
	for c := range out {
		out[c] = Estimate{math.NaN(), math.NaN()}
	}
	model, err := mixed.New(&m.working)
	if err != nil {
		return out
	}
	f, err := model.Fit(m.job.Method)
	if err != nil || len(f.Terms) != len(m.job.Design.Terms) {
		return out
	}
	p := len(f.Terms)
	for c, l := range m.job.Contrasts {
		value, variance := 0.0, 0.0
		for i, a := range l {
			value += a * f.Beta[i]
			for j, b := range l {
				variance += a * b * f.Cov[i*p+j]
			}
		}
		out[c] = Estimate{value, math.Sqrt(max(variance, 0))}
	}
	return out
}

// CompleteDF are the degrees of freedom of the completed data: rows less fixed effects.
func (m *Imputer) CompleteDF() float64 { return float64(len(m.job.Design.Y) - len(m.job.Design.Terms)) }
