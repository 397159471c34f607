//go:build !js

package main

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"trialbox/stats/boot"
	"trialbox/stats/formula"
	"trialbox/stats/mixed"
)

// schemes are the values of -resample.
var schemes = []string{"units", "patients", "two-stage", "parametric", "wild", "permutation"}

// scheme is the job's word for -resample.
func (o *fitOptions) scheme() boot.Scheme {
	if o.resample == "units" {
		return boot.Units
	}
	return boot.Scheme(o.resample)
}

// checkResample holds -resample against the options beside it.
func (o *fitOptions) checkResample() error {
	resampling := o.given["seed"] || o.given["resample"] || o.by != "" || o.strata != "" || o.invert
	switch {
	case o.boot < 0 || o.given["boot"] && o.boot == 0:
		return fmt.Errorf("-boot %d: the number of replicates must be positive", o.boot)
	case o.boot > 0 && o.weights != "":
		return errors.New("-boot draws at random and -weights replays given draws: choose one")
	case resampling && o.boot == 0:
		return errors.New("-seed, -resample, -by, -strata and -invert belong to -boot, which is missing")
	case !o.scheme().Redraws() && o.family != "gaussian":
		return fmt.Errorf("-resample %s belongs to -family gaussian; -family %s has units, patients, two-stage and parametric", o.resample, o.family)
	case o.resample == "permutation" && o.by == "":
		return errors.New("-resample permutation needs -by with the column of the arm as randomised, which is permuted between units")
	case o.invert && o.resample != "permutation":
		return errors.New("-invert (an interval by inversion of the test) belongs to -resample permutation; -resample wild has its interval always")
	}
	return nil
}

// addScheme puts strata and arms into a job.
func (t *fitTable) addScheme(job *boot.Job, f *formula.Formula, o *fitOptions, chosen []bool) (err error) {
	job.Scheme = o.scheme()
	switch job.Scheme {
	case boot.Wild, boot.Parametric: // nothing is drawn from strata
		return nil
	case boot.Permutation:
		if job.Allocated, err = f.Allocate(&t.frame, chosen, &job.Design, o.by); err != nil {
			return fmt.Errorf("-by: %w", err)
		}
		job.Allocated.Draws = o.boot
	default:
		if job.Strata, _, err = t.strata(&job.Design, "-by", o.by); err != nil {
			return err
		}
	}
	more, _, err := t.strata(&job.Design, "-strata", o.strata)
	if err != nil || more == nil {
		return err
	}
	if job.Strata == nil {
		job.Strata = more
		return nil
	}
	by := job.Strata
	job.Strata = make([]int32, len(by))
	size := slices.Max(more) + 1
	for i := range by {
		job.Strata[i] = by[i]*size + more[i]
	}
	return nil
}

// strata numbers the values of a column that is constant within the units; nil without a name.
func (t *fitTable) strata(d *mixed.Design, option, name string) (of []int32, values []string, err error) {
	if name == "" {
		return nil, nil, nil
	}
	k := slices.IndexFunc(t.frame.Columns, func(c formula.Column) bool { return c.Name == name })
	if k < 0 {
		return nil, nil, fmt.Errorf("%s: there is no column %s", option, name)
	}
	c := &t.frame.Columns[k]
	text := func(row int32) string {
		if c.IsText {
			return c.Text[row]
		}
		return strconv.FormatFloat(c.Num[row], 'g', -1, 64)
	}
	units := d.Groups[0]
	value := make([]string, len(units.Levels))
	seen := make([]bool, len(value))
	for n, unit := range units.Of {
		v := text(d.SourceRow[n])
		switch {
		case v == "" || v == "NaN":
			return nil, nil, fmt.Errorf("%s: %s is missing for %s %s", option, name, units.Name, units.Levels[unit])
		case seen[unit] && v != value[unit]:
			return nil, nil, fmt.Errorf("%s: %s is not the same in all rows of %s %s (%s and %s)", option, name, units.Name, units.Levels[unit], value[unit], v)
		}
		value[unit], seen[unit] = v, true
	}
	values = slices.Clone(value)
	slices.Sort(values)
	values = slices.Compact(values)
	of = make([]int32, len(value))
	for i, v := range value {
		s, _ := slices.BinarySearch(values, v)
		of[i] = int32(s)
	}
	return of, values, nil
}

// resample runs the replicates on all processors. A replicate depends on its number only, so their split does not
// matter.
func (r *fitResult) resample(t *fitTable, o *fitOptions, job *boot.Job, runner *boot.Runner) error {
	replicates := o.boot
	if job.Scheme == boot.Permutation {
		replicates, _ = boot.Allocations(job, o.boot)
	}
	beside := runner.Beside()
	if job.Scheme == boot.Permutation && !o.invert {
		beside = 0
	}
	batches := append(inBlocks(runner, -beside, 0), inBlocks(runner, 0, replicates)...)
	r.summarize(job, runner, batches, o.schemeName(), &o.seed)
	if job.Scheme == boot.Permutation {
		return r.addAllocation(t, o, job)
	}
	if (job.Scheme == boot.Wild || job.Scheme == boot.Parametric) && o.by+o.strata != "" {
		r.Warnings = append(r.Warnings, fmt.Sprintf("-by and -strata have no part in -resample %s, which draws no units.", o.resample))
	}
	return nil
}

// inBlocks runs replicates from up to but not including to.
func inBlocks(runner *boot.Runner, from, to int) []*boot.Batch {
	const size = 64
	batches := make([]*boot.Batch, (to-from+size-1)/size)
	var next atomic.Int64
	var done sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(batches)) {
		done.Go(func() {
			worker := runner.Clone()
			for k := int(next.Add(1)) - 1; k < len(batches); k = int(next.Add(1)) - 1 {
				batches[k] = worker.Run(from+k*size, min(from+(k+1)*size, to))
			}
		})
	}
	done.Wait()
	return batches
}

// schemeName says what was drawn within what.
func (o *fitOptions) schemeName() string {
	within := o.by
	name := o.resample
	switch {
	case o.resample == "wild" || o.resample == "parametric":
		return name
	case o.resample == "permutation":
		name, within = name+" of "+o.by, o.strata
	case o.by != "" && o.strata != "":
		within += " and " + o.strata
	case o.strata != "":
		within = o.strata
	}
	if within != "" {
		name += " within " + within
	}
	return name
}

// fitAllocation says what a permutation went through.
type fitAllocation struct {
	Arm    string       `json:"arm"`
	Total  num          `json:"total"` // allocations there are
	All    bool         `json:"all"`   // each was looked at
	Strata []fitStratum `json:"strata"`
}

type fitStratum struct {
	Stratum string `json:"stratum"`
	Arms    object `json:"arms"` // arm: units that entered
}

func (r *fitResult) addAllocation(t *fitTable, o *fitOptions, job *boot.Job) error {
	of, values, err := t.strata(&job.Design, "-strata", o.strata)
	if err != nil {
		return err
	}
	if values == nil {
		of, values = make([]int32, len(job.Allocated.Of)), []string{""}
	}
	_, all := boot.Allocations(job, o.boot)
	out := &fitAllocation{Arm: o.by, Total: num(boot.AllocationCount(job)), All: all, Strata: []fitStratum{}}
	for s, value := range values {
		x := fitStratum{Stratum: value}
		for a, arm := range job.Allocated.Levels {
			units := []string{}
			for i, k := range job.Allocated.Of {
				if int(of[i]) == s && int(k) == a {
					units = append(units, job.Design.Groups[0].Levels[i])
				}
			}
			x.Arms = append(x.Arms, member{Key: arm, Value: units})
		}
		out.Strata = append(out.Strata, x)
	}
	r.Bootstrap.Allocation = out
	if all {
		r.Warnings = append(r.Warnings, fmt.Sprintf("All %d allocations of the units were looked at in place of drawn ones; P is never below %.2g.", int(out.Total), 1/float64(out.Total)))
	}
	return nil
}

// inverted is an interval by inversion of a test; nil where there is none.
func inverted(x [2]float64) *[2]num {
	if math.IsNaN(x[0]) && math.IsNaN(x[1]) {
		return nil
	}
	return &[2]num{num(x[0]), num(x[1])}
}
