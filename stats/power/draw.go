package power

import (
	"math"
	"math/rand/v2"

	"trialbox/stats/mixed"
)

// law is what the outcomes of a Job are drawn from.
type law struct {
	unit, person float64   // standard deviations of u and v
	residual     float64   // Linear: of e
	arm          []float64 // Linear and Binary: the constant of the control arm, of the intervention arm
	cuts         []float64 // Ordinal: α_k
	shift        float64   // Ordinal: β
}

func newLaw(j *Job) law {
	l := law{}
	switch j.Family {
	case Linear:
		l.unit = j.SD * math.Sqrt(j.ICC)
		l.residual = j.SD * math.Sqrt(1-j.ICC)
		if j.Visits > 1 {
			l.person, l.residual = j.SD*math.Sqrt(j.Correlation-j.ICC), j.SD*math.Sqrt(1-j.Correlation)
		}
		l.arm = []float64{0, j.Diff}
	case Binary:
		l.binary(j)
	case Ordinal:
		l.ordinal(j)
	}
	if j.Null {
		l.shift = 0
		if l.arm != nil {
			l.arm[1] = l.arm[0]
		}
	}
	return l
}

// binary finds the latent standard deviations whose correlations on the scale of 0 and 1 are those of the plan in the control
// arm, and the constants that give the planned shares over all clusters.
func (l *law) binary(j *Job) {
	p := j.Shares[0]
	r := j.Correlation
	if j.Visits == 1 {
		r = j.ICC
	}
	// The correlation of two answers that share a normal effect of SD s.
	alike := func(s float64) float64 {
		a := constantFor(p, s)
		return (meanOf(s, func(z float64) float64 { q := expit(a + z); return q * q }) - p*p) / (p * (1 - p))
	}
	both := rising(0, 60, r, alike)
	a := constantFor(p, both)
	l.unit = both
	if j.Visits > 1 {
		l.unit = rising(0, both, j.ICC, func(s float64) float64 {
			rest := math.Sqrt(max(0, both*both-s*s))
			second := meanOf(s, func(u float64) float64 {
				q := meanOf(rest, func(v float64) float64 { return expit(a + u + v) })
				return q * q
			})
			return (second - p*p) / (p * (1 - p))
		})
		l.person = math.Sqrt(max(0, both*both-l.unit*l.unit))
	}
	l.arm = []float64{a, constantFor(j.Shares[1], both)}
}

// latent is the variance of the logistic distribution.
const latent = math.Pi * math.Pi / 3

func (l *law) ordinal(j *Job) {
	all := j.ICC
	if j.Visits > 1 {
		all = j.Correlation
	}
	total := latent / (1 - all) // with the logistic part
	l.unit = math.Sqrt(j.ICC * total)
	l.person = math.Sqrt(max(0, (all-j.ICC)*total))
	both := math.Hypot(l.unit, l.person)
	below := 0.0
	for _, p := range j.Shares[:len(j.Shares)-1] {
		below += p
		l.cuts = append(l.cuts, constantFor(below, both))
	}
	l.shift = math.Log(j.Odds)
}

// nodes are the quadrature points of a fit: the usual rule (0) for random effects of moderate size. Where these are strong, the
// usual rule starts with too few points and ends with 15 or more, at thirty times the time; there 15 are taken from the start, and
// the difference between the arms is within 0.02 standard errors of that by the usual rule.
func (l *law) nodes() int {
	if math.Hypot(l.unit, l.person) > 2 {
		return 15
	}
	return 0
}

func expit(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// meanOf is the mean of f(z) for normal z of mean 0 and SD s, by the trapezium rule, which for such smooth functions is good to
// about 1e-12.
func meanOf(s float64, f func(z float64) float64) float64 {
	if s == 0 {
		return f(0)
	}
	const step, end = 0.125, 8.5
	sum := 0.0
	for z := -end; z <= end; z += step {
		sum += math.Exp(-z*z/2) * f(s*z)
	}
	return sum * step / math.Sqrt(2*math.Pi)
}

// constantFor is the a at which expit(a + z) has the mean p.
func constantFor(p, s float64) float64 {
	return rising(-700, 700, p, func(a float64) float64 { return meanOf(s, func(z float64) float64 { return expit(a + z) }) })
}

// rising finds where an increasing function has a value.
func rising(low, high, value float64, f func(float64) float64) float64 {
	for range 44 {
		if mid := (low + high) / 2; f(mid) < value {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}

// draw makes trial r of a job: its rows as a design without columns yet, the arm and visit of each row, and the people.
func (s *Simulator) draw(r int) (t trial) {
	random := rand.New(rand.NewPCG(s.job.Seed, uint64(r)))
	j, l := s.job, &s.law
	for c := range j.Treated + j.Control {
		arm := 0
		if c < j.Treated {
			arm = 1
		}
		u := l.unit * random.NormFloat64()
		for range size(random, j.Size, j.CV) {
			v := l.person * random.NormFloat64()
			last := j.Visits // visits that are answered
			if random.Float64() < j.Dropout {
				last = lostFrom(random, j.Visits)
			}
			for visit := range j.Visits {
				y := s.outcome(random, arm, visit, u+v) // drawn for those lost too, so that drop-out changes no other value
				if visit < last {
					t.y = append(t.y, y)
					t.arm, t.visit = append(t.arm, int32(arm)), append(t.visit, int32(visit))
					t.cluster, t.person = append(t.cluster, int32(c)), append(t.person, int32(t.people))
				}
			}
			t.people++
		}
	}
	t.seed = random.Uint64()
	return t
}

// lostFrom is the first visit that is missing: one after the start, or the only one.
func lostFrom(random *rand.Rand, visits int) int {
	if visits == 1 {
		return 0
	}
	return 1 + random.IntN(visits-1)
}

// outcome is one answer; arm counts from the second visit on.
func (s *Simulator) outcome(random *rand.Rand, arm, visit int, effect float64) float64 {
	if s.job.Visits > 1 && visit == 0 {
		arm = 0
	}
	l := &s.law
	switch s.job.Family {
	case Binary:
		if random.Float64() < expit(l.arm[arm]+effect) {
			return 1
		}
		return 0
	case Ordinal:
		eta := effect + float64(arm)*l.shift
		p, k := random.Float64(), 0
		for k < len(l.cuts) && p >= expit(l.cuts[k]-eta) {
			k++
		}
		return float64(k)
	}
	return l.arm[arm] + effect + l.residual*random.NormFloat64()
}

// size is the number of people of a cluster.
func size(random *rand.Rand, mean, cv float64) int {
	x := mean
	if cv > 0 {
		x = mean * cv * cv * gamma(random, 1/(cv*cv))
	}
	whole := math.Floor(x)
	if random.Float64() < x-whole {
		whole++
	}
	return max(1, int(whole))
}

// gamma has the given shape and scale 1 (Marsaglia and Tsang 2000, ACM Transactions on Mathematical Software 26:363–372).
func gamma(random *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(random, shape+1) * math.Pow(random.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		z := random.NormFloat64()
		v := 1 + c*z
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(random.Float64()) < z*z/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

// trial is a simulated trial in long form.
type trial struct {
	y                           []float64
	arm, visit, cluster, person []int32
	people                      int
	seed                        uint64 // of its bootstrap
}

// design is the trial as a model, with the contrast of the last visit and the arm of each cluster that has a row.
func (s *Simulator) design(t *trial) (d mixed.Design, contrast []float64, strata []int32) {
	d = mixed.Design{Response: "the outcome", Y: t.y, Terms: s.terms, SourceRow: make([]int32, len(t.y))}
	p := len(s.terms)
	d.X = make([]float64, len(t.y)*p)
	for k := range t.y {
		d.SourceRow[k] = int32(k)
		s.columns(d.X[k*p:(k+1)*p], int(t.arm[k]), int(t.visit[k]))
	}
	var units mixed.Group
	units, strata = levels("unit", t.cluster, t.arm)
	d.Groups = []mixed.Group{units}
	if s.job.Visits > 1 {
		people, _ := levels("person", t.person, t.arm)
		d.Groups = append(d.Groups, people)
	}
	return d, s.contrast, strata
}
