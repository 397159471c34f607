package analysis

import (
	"math"
	"slices"

	"trialbox/app/pack"
	"trialbox/stats/boot"
	"trialbox/stats/impute"
)

// TracePoint is the bootstrap standard error after so many replicates, with
// its own Monte Carlo error.
type TracePoint struct {
	Replicates int
	SE, MCSE   float64
}

// tracePoints is how many points the path of a standard error has.
const tracePoints = 60

// SettleTrace is how the standard error of every contrast settled.
func (p *Progress) SettleTrace() [][]TracePoint {
	if p.trace != nil || p.Fit == nil || len(p.Batches) == 0 {
		return p.trace
	}
	for k := range p.Job.Boot.Contrasts {
		p.trace = append(p.trace, trace(boot.Values(p.Job.Boot, p.Fit, p.Batches, k)))
	}
	return p.trace
}

// trace is the standard deviation of the first n values, and its Monte Carlo
// error SD·√((kurtosis−1)/4n), at about sixty places.
func trace(x []float64) []TracePoint {
	step := max((len(x)+tracePoints-1)/tracePoints, 1)
	var out []TracePoint
	var s1, s2, s3, s4 float64
	for i, v := range x {
		v -= x[0] // near the middle, so that the sums of powers keep their digits
		s1, s2, s3, s4 = s1+v, s2+v*v, s3+v*v*v, s4+v*v*v*v
		if n := i + 1; n >= MinReplicates && (n%step == 0 || n == len(x)) {
			n := float64(n)
			m := s1 / n
			m2 := s2 - n*m*m
			m4 := s4 - 4*m*s3 + 6*m*m*s2 - 3*n*m*m*m*m
			se := math.Sqrt(max(m2, 0) / (n - 1))
			out = append(out, TracePoint{i + 1, se, se * math.Sqrt(max(n*m4/(m2*m2)-1, 0)/(4*n))})
		}
	}
	return out
}

// Kept is what a project keeps of an outcome: its numbers without the
// replicates, which are drawn again, the same ones, when more are wanted.
type Kept struct {
	Key      string
	Fitted   boot.Fitted
	Summary  *boot.Summary
	Marginal []boot.Interval
	Trace    [][]TracePoint
	Behind   *boot.Diagnosis // where it was looked at
	Done     int
	BCa      bool // the jackknife is in the intervals
}

// KeptShift is what a project keeps of the imputations of one outcome.
type KeptShift struct {
	Key     string
	Batches []*impute.Batch
}

// KeptMethod is what it keeps of one job of a comparison of methods for few
// units: the summary in place of the draws.
type KeptMethod struct {
	Key     string
	Methods []boot.Method
	Summary *boot.Summary
}

// Keeping is all that a project keeps of its numbers. Every number stands with
// the key of its job, which data, design, options and seed are in, and is shown
// for a job of that key only.
type Keeping struct {
	Outcomes []Kept
	// Asked names the setting whose sensitivity analyses had all come, so that
	// they are shown again without being asked for; "" = none.
	Asked   string
	Checked []Kept
	Shifts  []KeptShift
	// Compared is the outcome whose methods for few units were compared.
	Compared string
	Visit    int
	Methods  []KeptMethod
}

type keptFile struct {
	Shape   string // of Keeping in the build that wrote it
	Version string
	Numbers []byte
}

// KeepOutcomes gathers what has settled.
func KeepOutcomes(all []*Progress) []Kept {
	var list []Kept
	for _, p := range all {
		if p.Fit == nil || p.Err != "" || p.Done() < p.Target {
			continue
		}
		list = append(list, Kept{Key: p.Job.Key, Fitted: boot.Fitted{Fit: p.Fit, Contrasts: p.Contrasts, Logit: p.Logit, Methods: p.Methods},
			Summary: p.Summary, Marginal: p.Marginal, Trace: p.SettleTrace(), Behind: p.Behind, Done: p.Done(), BCa: p.accelerate})
	}
	return list
}

// KeepChecked fills in a sensitivity run that has ended.
func (k *Keeping) KeepChecked(r *SensitivityRun, asked string) {
	k.Asked, k.Checked, k.Shifts = asked, KeepOutcomes(r.Progresses()), nil
	for n := range k.Checked {
		k.Checked[n].Trace = nil // nobody looks at these
	}
	for _, x := range r.Shifts {
		if x.Err == "" {
			k.Shifts = append(k.Shifts, KeptShift{x.Key, x.Batches})
		}
	}
}

// KeepFew fills in a comparison that has ended, as it is shown.
func (k *Keeping) KeepFew(r *FewRun, visit int) {
	k.Compared, k.Visit, k.Methods = r.Plan.Spec.Outcome.Variable, visit, nil
	for n, kind := range r.Plan.Kinds {
		if kind.Job != nil && r.Errs[n] == "" {
			m := KeptMethod{Key: kind.Key, Summary: r.summary(n)}
			if n == FewAnalytic {
				m.Methods = r.Methods
			}
			k.Methods = append(k.Methods, m)
		}
	}
}

// RecallFew takes over what was kept of the jobs of a comparison; whole tells
// whether that is all of it.
func (k *Keeping) RecallFew(r *FewRun) (whole bool) {
	whole = true
	for n, kind := range r.Plan.Kinds {
		at := slices.IndexFunc(k.Methods, func(m KeptMethod) bool { return m.Key == kind.Key })
		switch {
		case kind.Job == nil:
		case at < 0:
			whole = false
		case n == FewAnalytic:
			r.Methods = k.Methods[at].Methods
		default:
			r.kept[n] = k.Methods[at].Summary
		}
	}
	return whole
}

// Pack writes it. version names the build: what another build computed is not
// shown as this one's. nil where there is nothing.
func (k Keeping) Pack(version string) []byte {
	if k.Outcomes == nil && k.Checked == nil && k.Methods == nil {
		return nil
	}
	return pack.Encode(keptFile{pack.Shape(k), version, pack.Encode(k)})
}

// Recall unpacks what Pack wrote; nothing when another build wrote it, or when
// it is damaged: the numbers are then computed again.
func Recall(b []byte, version string) Keeping {
	var f keptFile
	var k Keeping
	if len(b) == 0 || pack.Decode(b, &f) != nil || f.Version != version || f.Shape != pack.Shape(k) || pack.Decode(f.Numbers, &k) != nil {
		return Keeping{}
	}
	return k
}

// recall takes the numbers of the same job out of what was kept.
func (p *Progress) recall(kept []Kept, interval string) {
	for i := range kept {
		k := &kept[i]
		if k.Key != p.Job.Key || k.Fitted.Fit == nil {
			continue
		}
		p.Take(&k.Fitted)
		p.Behind = k.Behind
		if k.Done == p.Target && k.Done > 0 && (interval != "bca" || k.BCa) {
			p.Summary, p.Marginal, p.trace, p.kept, p.summarised, p.accelerate = k.Summary, k.Marginal, k.Trace, k.Done, k.Done, k.BCa
		}
		return
	}
}
