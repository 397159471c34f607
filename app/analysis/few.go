package analysis

import (
	"fmt"
	"math"
	"slices"

	"trialbox/app/fewclusters"
	"trialbox/app/trial"
	"trialbox/stats/boot"
	"trialbox/stats/formula"
)

// FewDraws are drawn by the wild bootstrap, and by the permutation test where
// there are too many allocations to look at each.
const FewDraws = 9999

// FewPlan is the comparison of methods for one outcome: up to three jobs beside
// the one of the outcome table.
type FewPlan struct {
	Spec
	Asked   FewClusters
	Err     string // a sentence: the outcome cannot be fitted
	Visits  []trial.Visit
	Kinds   []FewJob
	Units   [2]int // with data: control, intervention
	Ways    float64
	Strata  int
	Every   bool     // every allocation is looked at
	Moved   []string // units with data whose arm as randomised is another
	Outcome string
}

// FewJob is one job of the comparison. Err says why it cannot be run.
type FewJob struct {
	Key        string
	Job        *boot.Job
	Replicates int
	Err        string
}

// Places of the jobs in FewPlan.Kinds.
const (
	FewAnalytic = iota
	FewWild
	FewPermutation
)

// PlanFew prepares the comparison for a linear outcome. The permutation test
// takes the arm as randomised (allocated as in Trial.AsRandomised), over the
// units that have data, within the strata of the mapping. asked is the recipe's
// wish; nil is all methods.
func PlanFew(t *trial.Trial, m trial.Mapping, s Spec, allocated []int32, asked *FewClusters) *FewPlan {
	p := &FewPlan{Spec: s, Outcome: s.Outcome.Label}
	if asked != nil {
		p.Asked = *asked
	}
	j := PlanOne(t, m, s)
	switch {
	case j.Err != "":
		p.Err = j.Err
		return p
	case j.Boot.Logit != nil:
		p.Err = "the corrections for few units are made for linear models; for this outcome the table gives the model's interval and the cluster bootstrap"
		return p
	}
	for _, at := range j.At {
		p.Visits = append(p.Visits, j.Visits[at].Visit)
	}
	_, p.Units = unitArms(t, j.Boot.Design.SourceRow, j.Boot.Design.Groups[0].Of, j.Units, j.form(t, m).rows)
	analytic, wild := *j.Boot, *j.Boot
	analytic.Scheme, wild.Scheme = boot.Analytic, boot.Wild
	analytic.Strata, wild.Strata = nil, nil
	analytic.By, wild.By = "", ""
	p.Kinds = []FewJob{{Job: &analytic}, {Job: &wild, Replicates: p.Asked.draws()}, {}}
	if !p.Asked.wants(fewclusters.Wild) {
		p.Kinds[FewWild] = FewJob{}
	}
	if p.Asked.wants(fewclusters.Permutation) {
		p.Kinds[FewPermutation] = p.permutation(t, m, s, allocated)
	}
	for k := range p.Kinds {
		if p.Kinds[k].Job != nil {
			p.Kinds[k].Key = fmt.Sprintf("few %d %d %s", k, p.Kinds[k].Replicates, keyOf(p.Kinds[k].Job))
		}
	}
	return p
}

func (p *FewPlan) permutation(t *trial.Trial, m trial.Mapping, s Spec, allocated []int32) FewJob {
	arms, moved, _ := t.AsRandomised(allocated)
	if arms == nil { // received is all that is known
		arms = t
	}
	j := PlanOne(arms, m, s)
	if j.Err != "" {
		return FewJob{Err: j.Err}
	}
	d := j.form(arms, m)
	f, err := formula.Parse(j.Formula)
	if err != nil {
		return FewJob{Err: err.Error()}
	}
	job := *j.Boot
	job.Scheme, job.By = boot.Permutation, ""
	if job.Allocated, err = f.Allocate(j.frame(arms, d), nil, &job.Design, namesOf(m).arm); err != nil {
		return FewJob{Err: err.Error()}
	}
	job.Allocated.Draws = p.Asked.draws()
	job.Strata, p.Strata = strataOf(arms, m, &job, d.rows)
	for _, name := range job.Design.Groups[0].Levels {
		if slices.Contains(moved, name) {
			p.Moved = append(p.Moved, name)
		}
	}
	p.Ways = boot.AllocationCount(&job)
	n, every := boot.Allocations(&job, p.Asked.draws())
	p.Every = every
	return FewJob{Job: &job, Replicates: n}
}

// strataOf gives the units of a job their stratum of the mapping, nil without
// one. Units of which it is missing are a stratum of their own.
func strataOf(t *trial.Trial, m trial.Mapping, job *boot.Job, rows []int) (strata []int32, n int) {
	if m.Stratum == "" {
		return nil, 1
	}
	v := t.Variable(m.Stratum)
	if v == nil {
		return nil, 1
	}
	names := map[string]int32{}
	strata = make([]int32, len(job.Design.Groups[0].Levels))
	seen := make([]bool, len(strata))
	for k, u := range job.Design.Groups[0].Of {
		if seen[u] {
			continue
		}
		seen[u] = true
		row := rows[job.Design.SourceRow[k]]
		name := formatCode(v.Num(row))
		if v.Words {
			name = v.Text(row)
		}
		if _, known := names[name]; !known {
			names[name] = int32(len(names))
		}
		strata[u] = names[name]
	}
	return strata, len(names)
}

// FewRun is a comparison on its way: what came of each job.
type FewRun struct {
	Plan    *FewPlan
	Methods []boot.Method
	Fits    [3]*boot.Fitted
	Batches [3][]*boot.Batch
	Errs    [3]string

	kept [3]*boot.Summary // of a comparison that a project has kept
}

// summary of the draws of a job; nil while there are none.
func (r *FewRun) summary(kind int) *boot.Summary {
	if r.kept[kind] != nil || r.Fits[kind] == nil || len(r.Batches[kind]) == 0 {
		return r.kept[kind]
	}
	return boot.SummarizeContrasts(r.Plan.Kinds[kind].Job, r.Fits[kind].Fit, r.Batches[kind])
}

// Done counts replicates of the wild bootstrap and the permutation test.
func (r *FewRun) Done() (done, target int) {
	for k, kind := range r.Plan.Kinds {
		if kind.Job == nil || r.Errs[k] != "" {
			continue
		}
		target += kind.Replicates
		if r.kept[k] != nil {
			done += kind.Replicates
		}
		for _, b := range r.Batches[k] {
			done += b.N
		}
	}
	return done, target
}

// Lines set the contrast at a visit side by side; main is the outcome of the
// table with its bootstrap, or nil.
func (r *FewRun) Lines(visit int, main *OutcomeResult) []fewclusters.Line {
	out := r.analytic(visit)
	out = append(out, bootLines(r.Plan.Visits[visit], main)...)
	out = append(out, r.test(FewWild, fewclusters.Wild, visit), r.test(FewPermutation, fewclusters.Permutation, visit))
	return slices.DeleteFunc(out, func(l fewclusters.Line) bool { return !r.Plan.Asked.wants(l.Method) })
}

func (r *FewRun) analytic(visit int) (out []fewclusters.Line) {
	names := []fewclusters.Method{fewclusters.ModelZ, fewclusters.Satterthwaite, fewclusters.KenwardRoger, fewclusters.CR2}
	for k, name := range names {
		l := noLine(name, r.Errs[FewAnalytic])
		if k < len(r.Methods) {
			m := r.Methods[k]
			l.Note = m.Err
			if m.Err == "" {
				e := m.Contrasts[visit]
				l.Estimate, l.SE, l.DF, l.Low, l.High, l.P = e.Estimate, e.SE, e.DF, e.Low, e.High, e.P
			}
		}
		if name == fewclusters.KenwardRoger && l.Note == "" {
			l.Note = "REML"
		}
		out = append(out, l)
	}
	return out
}

func noLine(m fewclusters.Method, note string) fewclusters.Line {
	nan := math.NaN()
	return fewclusters.Line{Method: m, Estimate: nan, SE: nan, DF: nan, Low: nan, High: nan, P: nan, Note: note}
}

// bootLines are the intervals of the outcome table's bootstrap.
func bootLines(at trial.Visit, main *OutcomeResult) (out []fewclusters.Line) {
	var b *boot.Interval
	if main != nil {
		for _, v := range main.Visits {
			if v.Visit.Code == at.Code {
				b = v.Boot
			}
		}
	}
	for _, kind := range []struct {
		name fewclusters.Method
		ends func(*boot.Interval) [2]float64
		p    bool
	}{
		{fewclusters.BootNormal, func(b *boot.Interval) [2]float64 { return b.Normal }, true},
		{fewclusters.BootPercent, func(b *boot.Interval) [2]float64 { return b.Percentile }, false},
		{fewclusters.BootBCa, func(b *boot.Interval) [2]float64 { return b.BCa }, false},
	} {
		l := noLine(kind.name, "")
		switch {
		case b == nil || b.Used < MinReplicates:
			l.Note = "comes with the run of the outcome table"
		case math.IsNaN(kind.ends(b)[0]):
			l.Note = "choose BCa in the options and run"
		default:
			ends := kind.ends(b)
			l.Estimate, l.SE, l.Low, l.High = b.Estimate, b.SE, ends[0], ends[1]
			if l.Note = fmt.Sprintf("%d replicates", b.Used); kind.p {
				l.P = b.P
			}
		}
		out = append(out, l)
	}
	return out
}

// test is the line of the wild bootstrap or the permutation test.
func (r *FewRun) test(kind int, name fewclusters.Method, visit int) fewclusters.Line {
	k := r.Plan.Kinds[kind]
	l := noLine(name, k.Err)
	switch {
	case k.Err != "":
		return l
	case r.Errs[kind] != "":
		l.Note = r.Errs[kind]
		return l
	}
	s := r.summary(kind)
	if s == nil {
		return l
	}
	e := s.Contrasts[visit]
	l.Estimate, l.P, l.Low, l.High = e.Estimate, e.P, e.Inverted[0], e.Inverted[1]
	if kind == FewWild {
		l.SE = e.SE
		l.Note = fmt.Sprintf("%d draws, Webb weights", e.Used)
		return l
	}
	l.Note = fmt.Sprintf("%d drawn allocations", e.Used)
	if r.Plan.Every {
		l.Note = fmt.Sprintf("all %d allocations", e.Used)
	}
	if r.Plan.Strata > 1 {
		l.Note += fmt.Sprintf(" in %d strata", r.Plan.Strata)
	}
	return l
}
