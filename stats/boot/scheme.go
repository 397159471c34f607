package boot

import (
	"errors"
	"fmt"
	"slices"

	"trialbox/stats/logit"
	"trialbox/stats/mixed"
)

// drawing is what schemes need that draw patients or outcomes: the rows of every patient and the patients of every unit.
// It is shared by the clones of a Runner.
type drawing struct {
	patient  int       // index into Design.Groups
	rows     [][]int32 // of each patient
	patients [][]int32 // of each unit
	unitOf   []int32   // of each patient
	strata   [][]int32 // patients of each stratum
}

// prepare readies the job's scheme. The errors are sentences for the analyst.
func (r *Runner) prepare() (*Runner, error) {
	if !r.job.Scheme.Redraws() && r.logit != nil {
		return nil, fmt.Errorf("%s belongs to linear models; for a binary or ordinal outcome resample units, patients, in two stages, or parametrically", r.job.Scheme)
	}
	if err := r.stratify(); err != nil {
		return nil, err
	}
	var err error
	switch r.job.Scheme {
	case Units, Analytic:
	case Patients, TwoStage, Parametric:
		err = r.listPatients()
	case Wild:
		r.wild, err = newWild(r)
	case Permutation:
		r.permute, err = newPermute(r)
	default:
		panic("boot: no scheme " + string(r.job.Scheme))
	}
	if err != nil {
		return nil, err
	}
	return r.Clone(), nil
}

// stratify lists the units of each stratum.
func (r *Runner) stratify() error {
	units := r.units()
	if r.job.Strata == nil {
		all := make([]int32, units)
		for i := range all {
			all[i] = int32(i)
		}
		r.strata = [][]int32{all}
		return nil
	}
	if len(r.job.Strata) != units {
		panic("boot: one stratum per unit")
	}
	last := slices.Max(r.job.Strata)
	r.strata = make([][]int32, last+1)
	for i, s := range r.job.Strata {
		r.strata[s] = append(r.strata[s], int32(i))
	}
	if r.job.Scheme != Units && r.job.Scheme != TwoStage {
		return nil
	}
	for _, members := range r.strata {
		if len(members) == 1 {
			return fmt.Errorf("%s %s is alone in its stratum: resampling within strata needs at least two in each",
				r.job.Design.Groups[0].Name, r.job.Design.Groups[0].Levels[members[0]])
		}
	}
	return nil
}

func (r *Runner) listPatients() error {
	d := &r.job.Design
	g := &drawing{patient: mixed.PatientGroup(d)}
	unit, patient := d.Groups[0], d.Groups[g.patient]
	if g.patient == 0 && r.job.Scheme != Parametric {
		return fmt.Errorf("drawing %s needs groups within groups, as in (1|unit/patient); this model has %s only: draw these whole (units)",
			map[Scheme]string{Patients: "patients", TwoStage: "in two stages"}[r.job.Scheme], unit.Name)
	}
	g.rows, g.unitOf = make([][]int32, len(patient.Levels)), make([]int32, len(patient.Levels))
	for row, j := range patient.Of {
		g.rows[j] = append(g.rows[j], int32(row))
		g.unitOf[j] = unit.Of[row]
	}
	g.patients = make([][]int32, len(unit.Levels))
	for j, i := range g.unitOf {
		g.patients[i] = append(g.patients[i], int32(j))
	}
	for _, members := range r.strata {
		var all []int32
		for _, i := range members {
			all = append(all, g.patients[i]...)
		}
		g.strata = append(g.strata, all)
	}
	if r.job.Scheme == Patients {
		for s, members := range g.strata {
			if len(members) == 1 {
				return errors.New(patient.Name + " " + patient.Levels[members[0]] + " is alone in its stratum: resampling within strata needs at least two in each")
			}
			slices.Sort(g.strata[s])
		}
	}
	r.drawing = g
	return nil
}

// Draw sets weights to the multiplicities of the units in replicate number.
func (r *Runner) Draw(weights []float64, number int) {
	r.seed(number)
	clear(weights)
	for _, members := range r.strata {
		for range members {
			weights[members[r.random.IntN(len(members))]]++
		}
	}
}

// seed starts the stream of a replicate.
func (r *Runner) seed(number int) { r.pcg.Seed(r.job.Seed, uint64(number)) }

// Run fits the replicates with numbers from up to but not including to. Negative numbers are what a summary may have
// beside them: those of Run(-r.Beside(), 0), whole or in parts, are the jackknife, for BCa intervals, or the inversion of
// the permutation test, an interval a contrast.
func (r *Runner) Run(from, to int) *Batch {
	b := r.newBatch(from, max(to-from, 0))
	for k := range b.N {
		number := from + k
		switch {
		case number < 0 && r.job.Scheme == Permutation:
			ends := r.Inversion(len(r.job.Contrasts) + number)
			b.Inverted = append(b.Inverted, ends[:]...)
		case number < 0:
			r.leaveOut(b, k, r.Beside()+number)
		case r.job.Scheme == Units:
			r.Draw(r.weights, number)
			r.refit(b, k, r.weights)
		case r.job.Scheme == Wild:
			r.wild.replicate(r, b, k, number)
		case r.job.Scheme == Permutation:
			r.permute.replicate(r, b, k, number)
		default:
			r.refitRows(b, k, r.redraw(number))
		}
	}
	return b
}

// Replay fits replicates with given multiplicities: weights[k] holds one number per level of Design.Groups[0].
func (r *Runner) Replay(weights [][]float64) *Batch {
	b := r.newBatch(0, len(weights))
	for k, w := range weights {
		r.refit(b, k, w)
	}
	return b
}

// Beside is how many negative numbers a job has: the units that the jackknife leaves out in turn (where patients are
// drawn, the patients), or the contrasts of a permutation.
func (r *Runner) Beside() int { return Beside(r.job) }

// Beside is Runner.Beside of a job that has not been fitted.
func Beside(job *Job) int {
	switch job.Scheme {
	case Wild:
		return 0
	case Permutation:
		return len(job.Contrasts)
	case Patients:
		return len(job.Design.Groups[mixed.PatientGroup(&job.Design)].Levels)
	}
	return len(job.Design.Groups[0].Levels)
}

// Jackknife leaves out each unit (or patient) in turn: replicate k of the batch is without the k-th.
func (r *Runner) Jackknife() *Batch { return r.Run(-r.Beside(), 0) }

func (r *Runner) leaveOut(b *Batch, k, which int) {
	if r.job.Scheme == Patients {
		var drawn []copied
		for j := range r.drawing.rows {
			if j != which {
				drawn = append(drawn, copied{r.drawing.unitOf[j], int32(j)})
			}
		}
		r.refitRows(b, k, r.rows(drawn))
		return
	}
	for i := range r.weights {
		r.weights[i] = 1
	}
	r.weights[which] = 0
	r.refit(b, k, r.weights)
}

// copied is one patient drawn into a copy of a unit.
type copied struct{ unit, patient int32 }

// redraw is the design of a replicate.
func (r *Runner) redraw(number int) *mixed.Design {
	r.seed(number)
	g := r.drawing
	var drawn []copied
	pick := func(from []int32) int32 { return from[r.random.IntN(len(from))] }
	switch r.job.Scheme {
	case Parametric:
		d := r.job.Design
		if r.logit != nil {
			d.Y = r.logit.model.Simulate(&d, r.logit.fit, r.random.NormFloat64, r.random.Float64)
		} else {
			d.Y = mixed.Simulate(&d, r.fit, r.random.NormFloat64)
		}
		return &d
	case Patients:
		for _, members := range g.strata {
			for range members {
				j := pick(members)
				drawn = append(drawn, copied{g.unitOf[j], j})
			}
		}
	case TwoStage:
		next := int32(0)
		for _, members := range r.strata {
			for range members {
				patients := g.patients[pick(members)]
				for range patients {
					drawn = append(drawn, copied{next, pick(patients)})
				}
				next++
			}
		}
	}
	return r.rows(drawn)
}

// rows is the job's design with the rows of the patients drawn. A patient drawn twice is two patients; units that drew
// nobody are left out; groups between unit and patient (a unit at a visit) go with the unit's copy.
func (r *Runner) rows(drawn []copied) *mixed.Design {
	d, g := &r.job.Design, r.drawing
	p := len(d.Terms)
	out := &mixed.Design{Response: d.Response, Terms: d.Terms, Residual: d.Residual}
	out.Residual.Visit.Of = nil
	number := make([]map[int64]int32, len(d.Groups)) // by group: new numbers of copies
	for k, group := range d.Groups {
		out.Groups = append(out.Groups, mixed.Group{Name: group.Name})
		number[k] = map[int64]int32{}
	}
	for _, e := range d.Random {
		out.Random = append(out.Random, mixed.Effects{Group: e.Group, Terms: e.Terms})
	}
	for at, c := range drawn {
		for _, row := range g.rows[c.patient] {
			out.Y = append(out.Y, d.Y[row])
			out.X = append(out.X, d.X[int(row)*p:int(row+1)*p]...)
			for k, e := range d.Random {
				q := len(e.Terms)
				out.Random[k].Z = append(out.Random[k].Z, e.Z[int(row)*q:int(row+1)*q]...)
			}
			if d.Residual.Visit.Of != nil {
				out.Residual.Visit.Of = append(out.Residual.Visit.Of, d.Residual.Visit.Of[row])
			}
			for k, group := range d.Groups {
				key := int64(c.unit)
				switch {
				case k == g.patient:
					key = int64(at)
				case k > 0:
					key = key*int64(len(group.Levels)) + int64(group.Of[row])
				}
				n, seen := number[k][key]
				if !seen {
					n = int32(len(number[k]))
					number[k][key] = n
					out.Groups[k].Levels = append(out.Groups[k].Levels, group.Levels[group.Of[row]])
				}
				out.Groups[k].Of = append(out.Groups[k].Of, n)
			}
		}
	}
	return out
}

// refitRows fits one resample of rows into replicate k of a batch.
func (r *Runner) refitRows(b *Batch, k int, d *mixed.Design) {
	if r.logit == nil {
		r.fill(b, k, mixed.RefitRows(d, r.fit))
		return
	}
	x := logit.RefitRows(d, *r.job.Logit, r.logit.fit)
	r.fill(b, k, &x.Replicate)
	r.logit.fillMarginal(b, k, r.job.Marginal, x.Differences)
	r.logit.fillUnbounded(b, k, x.Unbounded(r.logit.contrasts))
}
