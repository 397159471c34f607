package analysis

import (
	"math"

	"trialbox/app/pack"
	"trialbox/stats/boot"
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

type keptFile struct {
	Shape    string // of []Kept in the build that wrote it
	Version  string
	Outcomes []byte
}

// Keep packs what has settled. version names the build: what another build
// computed is not shown as this one's.
func Keep(all []*Progress, version string) []byte {
	var list []Kept
	for _, p := range all {
		if p.Fit == nil || p.Err != "" || p.Done() < p.Target {
			continue
		}
		list = append(list, Kept{Key: p.Job.Key, Fitted: boot.Fitted{Fit: p.Fit, Contrasts: p.Contrasts, Logit: p.Logit, Methods: p.Methods},
			Summary: p.Summary, Marginal: p.Marginal, Trace: p.SettleTrace(), Behind: p.Behind, Done: p.Done(), BCa: p.accelerate})
	}
	if list == nil {
		return nil
	}
	return pack.Encode(keptFile{pack.Shape(list), version, pack.Encode(list)})
}

// Recall unpacks what Keep wrote; nil when another build wrote it, or when it
// is damaged: the numbers are then computed again.
func Recall(b []byte, version string) []Kept {
	var f keptFile
	var list []Kept
	if len(b) == 0 || pack.Decode(b, &f) != nil || f.Version != version || f.Shape != pack.Shape(list) || pack.Decode(f.Outcomes, &list) != nil {
		return nil
	}
	return list
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
