package boot_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"trialbox/stats/boot"
	"trialbox/stats/formula"
	"trialbox/stats/internal/trialdata"
	"trialbox/stats/logit"
	"trialbox/stats/mixed"
)

// shape is a trial to simulate: the patients of every unit, the first half of the units in arm a (or as many as first).
type shape struct {
	name  string
	sizes []int
	first int
}

// paperShape has the paper's numbers: 10 control units with 81 patients, 12 intervention units with 234, of 1 to 41.
var paperShape = shape{"22, the paper's", []int{1, 2, 3, 5, 6, 8, 10, 12, 15, 19, 3, 5, 8, 11, 14, 17, 20, 22, 26, 30, 37, 41}, 10}

// even is a trial of units of 6 to 22 patients, mean 14.
func even(units int) shape {
	s := shape{strconv.Itoa(units), nil, units / 2}
	for i := range units {
		s.sizes = append(s.sizes, []int{6, 14, 22, 10, 18}[i%5])
	}
	return s
}

// Standard deviations of the simulated outcome, about those of the Oswestry index: 5 % of the variance between units.
const unitSD, patientSD, residualSD = 2.6, 6.7, 8.9

// simulated is a trial without a difference between the arms; 41.5 % of the patients miss either follow-up.
func simulated(s shape, seed uint64) *formula.Frame {
	r := rand.New(rand.NewPCG(seed, uint64(len(s.sizes))))
	var y, event, grade, arm, visit, age, unit, patient []float64
	j := 0.0
	for i, n := range s.sizes {
		u, a := unitSD*r.NormFloat64(), 0.0
		if i >= s.first {
			a = 1
		}
		for range n {
			v, x := patientSD*r.NormFloat64(), r.NormFloat64()
			for _, t := range []float64{0, 3, 12} {
				if t > 0 && r.Float64() < 0.415 {
					continue
				}
				e := residualSD * r.NormFloat64()
				y = append(y, 25+u+v+2*x-0.3*t+e)
				// The same trial on the logistic scale: SDs of 0.5 between units and 1.4 between patients.
				latent := 0.2*(u+v+2*x-0.3*t) + math.Log(1/r.Float64()-1)
				event = append(event, boolean(latent > 0.5))
				grade = append(grade, boolean(latent > -1)+boolean(latent > 0.5)+boolean(latent > 2))
				arm, visit, age = append(arm, a), append(visit, t), append(age, 45+10*x)
				unit, patient = append(unit, float64(i)), append(patient, j)
			}
			j++
		}
	}
	f := &formula.Frame{Rows: len(y)}
	f.Columns = []formula.Column{{Name: "y", Num: y}, {Name: "event", Num: event}, {Name: "grade", Num: grade}, {Name: "arm", Num: arm}, {Name: "visit", Num: visit}, {Name: "age", Num: age}, {Name: "unit", Num: unit}, {Name: "patient", Num: patient}}
	return f
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// methods are the ways to an interval and a P value that are compared.
var methods = []string{"model, z", "Satterthwaite", "Kenward-Roger", "CR2, Satterthwaite", "bootstrap, normal", "bootstrap, percentile", "bootstrap, BCa", "wild", "permutation"}

// verdict is what one method says of one trial: its standard error, and whether it rejects the true value.
type verdict struct {
	se      float64
	rejects bool
}

// judge applies every method to one trial. The truth is 0, so an interval covers when its ends differ in sign.
func judge(t testing.TB, s shape, seed uint64, replicates int) (estimate float64, out []verdict) {
	t.Helper()
	frame := simulated(s, seed)
	f, err := formula.Parse("y ~ arm*factor(visit) + age + (1|unit/patient)")
	if err != nil {
		t.Fatal(err)
	}
	d, err := f.Build(frame)
	if err != nil {
		t.Fatal(err)
	}
	c, err := formula.ParseContrast("12: arm + arm:factor(visit)12", d.Terms)
	if err != nil {
		t.Fatal(err)
	}
	base := boot.Job{Design: *d, Contrasts: []boot.Contrast{c}, Seed: seed}
	say := func(se, p float64) { out = append(out, verdict{se, p <= 0.05}) }
	interval := func(se float64, ends [2]float64) { out = append(out, verdict{se, !(ends[0] < 0 && ends[1] > 0)}) }
	run := func(change func(*boot.Job)) *boot.Runner {
		job := base
		change(&job)
		r, err := boot.NewRunner(&job)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	summary := func(r *boot.Runner, job *boot.Job, batches ...*boot.Batch) boot.Interval {
		return boot.SummarizeContrasts(job, r.Fit(), batches).Contrasts[0]
	}
	job := base
	for i := range s.sizes {
		stratum := int32(0)
		if i >= s.first {
			stratum = 1
		}
		job.Strata = append(job.Strata, stratum)
	}
	r := run(func(j *boot.Job) { *j = job })
	z := r.Contrasts()[0]
	say(z.SE, z.P)
	reml := run(func(j *boot.Job) { j.Method = mixed.REML })
	inf, err := reml.Inference()
	if err != nil {
		t.Fatal(err)
	}
	for _, how := range []mixed.DF{mixed.Satterthwaite, mixed.KenwardRoger} {
		e, err := boot.TestContrasts(&base, inf, how, mixed.NotRobust)
		if err != nil {
			t.Fatal(err)
		}
		say(e[0].SE, e[0].P)
	}
	e, err := boot.TestContrasts(&base, inf, mixed.Satterthwaite, mixed.CR2)
	if err != nil {
		t.Fatal(err)
	}
	say(e[0].SE, e[0].P)
	x := summary(r, &job, r.Run(0, replicates), r.Run(-r.Beside(), 0))
	interval(x.SE, x.Normal)
	interval(x.SE, x.Percentile)
	interval(x.SE, x.BCa)
	job.Scheme = boot.Wild
	wild := run(func(j *boot.Job) { *j = job })
	w := summary(wild, &job, wild.Run(0, replicates))
	say(w.SE, w.P)
	job.Scheme, job.Strata = boot.Permutation, nil
	if job.Allocated, err = f.Allocate(frame, nil, d, "arm"); err != nil {
		t.Fatal(err)
	}
	permuted := run(func(j *boot.Job) { *j = job })
	n, _ := boot.Allocations(&job, replicates)
	say(math.NaN(), summary(permuted, &job, permuted.Run(0, n)).P)
	return z.Estimate, out
}

// tally is the table of one shape.
type tally struct {
	trials       int
	sum, squares float64
	se           []float64
	rejects      []int
}

func (a *tally) add(estimate float64, v []verdict) {
	if a.se == nil {
		a.se, a.rejects = make([]float64, len(v)), make([]int, len(v))
	}
	a.trials++
	a.sum += estimate
	a.squares += estimate * estimate
	for k, x := range v {
		a.se[k] += x.se
		if x.rejects {
			a.rejects[k]++
		}
	}
}

func (a *tally) sd() float64 {
	n := float64(a.trials)
	return math.Sqrt((a.squares - a.sum*a.sum/n) / (n - 1))
}

// wantedTrials is the number asked for; 0 = the few of the tests, which are left to the native run.
func wantedTrials(t *testing.T) int {
	t.Helper()
	if runtime.GOOS == "js" {
		t.Skip("simulated trials run natively")
	}
	n, _ := strconv.Atoi(os.Getenv("TRIALBOX_SIMULATE"))
	return n
}

// TestSimulate: `make simulate` prints the table of the package comment from 1,000 trials a shape; the tests look at 20 of
// the paper's shape: every method gives an answer, the estimate is not biased, and none is far from its level.
func TestSimulate(t *testing.T) {
	trials := wantedTrials(t)
	if trials == 0 {
		a := simulate(20, func(seed uint64) (float64, []verdict) { return judge(t, paperShape, seed, 199) })
		if bias := a.sum / 20; math.Abs(bias) > 4*a.sd()/math.Sqrt(20) {
			t.Errorf("bias %.2f, SD %.2f", bias, a.sd())
		}
		for k, m := range methods {
			if ratio := a.se[k] / 20 / a.sd(); a.rejects[k] > 6 || ratio < 0.5 || ratio > 2 { // 7 of 20 at 8 %: P 0.0006
				t.Errorf("%s: %d of 20 rejected, SE %.2f of the SD", m, a.rejects[k], ratio)
			}
		}
		return
	}
	for _, s := range []shape{paperShape, even(6), even(10), even(20), even(40), even(70)} {
		simulate(trials, func(seed uint64) (float64, []verdict) { return judge(t, s, seed, 999) }).print(s, methods)
	}
}

// logitMethods are those of binary and ordinal models.
var logitMethods = []string{"model, z", "bootstrap, normal", "bootstrap, percentile", "bootstrap, BCa"}

// judgeLogit is judge for a binary or ordinal outcome; the estimate is NaN when the trial has none, as by separation.
func judgeLogit(t testing.TB, s shape, seed uint64, ordinal bool, replicates int) (estimate float64, out []verdict) {
	t.Helper()
	outcome := map[bool]string{false: "event", true: "grade"}[ordinal]
	d := trialdata.Design(t, simulated(s, seed), outcome+" ~ arm*factor(visit) + age + (1|unit/patient)")
	job := &boot.Job{Design: *d, Logit: &logit.Options{Ordinal: ordinal}, Seed: seed}
	c, err := formula.ParseContrast("12: arm + arm:factor(visit)12", d.Terms)
	if err != nil {
		t.Fatal(err)
	}
	job.Contrasts = append(job.Contrasts, c)
	for i := range s.sizes {
		job.Strata = append(job.Strata, int32(boolean(i >= s.first)))
	}
	r, err := boot.NewRunner(job)
	if err != nil {
		return math.NaN(), nil
	}
	z := r.Contrasts()[0]
	x := boot.SummarizeContrasts(job, r.Fit(), []*boot.Batch{r.Run(0, replicates), r.Run(-r.Beside(), 0)}).Contrasts[0]
	out = append(out, verdict{z.SE, z.P <= 0.05})
	for _, ends := range [][2]float64{x.Normal, x.Percentile, x.BCa} {
		out = append(out, verdict{x.SE, !(ends[0] < 0 && ends[1] > 0)})
	}
	if math.IsNaN(x.SE) {
		return math.NaN(), nil
	}
	return z.Estimate, out
}

// TestSimulateLogit is TestSimulate for binary and ordinal outcomes; five trials in the tests.
func TestSimulateLogit(t *testing.T) {
	trials := wantedTrials(t)
	for _, ordinal := range []bool{false, true} {
		judge := func(s shape, replicates int) func(seed uint64) (float64, []verdict) {
			return func(seed uint64) (float64, []verdict) { return judgeLogit(t, s, seed, ordinal, replicates) }
		}
		if trials == 0 {
			a := simulate(5, judge(paperShape, 39))
			for k, m := range logitMethods {
				if a.trials < 4 || a.rejects[k] > 3 || !(a.se[k]/float64(a.trials) < 3) {
					t.Errorf("%s: %d of %d trials rejected, mean SE %.2f", m, a.rejects[k], a.trials, a.se[k]/float64(a.trials))
				}
			}
			continue
		}
		for _, s := range []shape{paperShape, even(10), even(40)} {
			a := simulate(trials, judge(s, 199))
			fmt.Printf("ordinal %v, %d without estimate; ", ordinal, trials-a.trials)
			a.print(s, logitMethods)
		}
	}
}

func (a *tally) print(s shape, methods []string) {
	n := float64(a.trials)
	fmt.Printf("units %s, %d trials: bias %+.3f (Monte Carlo error %.3f), SD %.3f\n", s.name, a.trials, a.sum/n, a.sd()/math.Sqrt(n), a.sd())
	for k, m := range methods {
		fmt.Printf("  %-22s SE/SD %.3f  rejects %4.1f  covers %4.1f\n", m, a.se[k]/n/a.sd(), 100*float64(a.rejects[k])/n, 100-100*float64(a.rejects[k])/n)
	}
}

func simulate(trials int, judge func(seed uint64) (float64, []verdict)) *tally {
	type answer struct {
		estimate float64
		verdicts []verdict
	}
	all := make([]answer, trials)
	var group sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		group.Go(func() {
			for k := w; k < trials; k += workers {
				all[k].estimate, all[k].verdicts = judge(uint64(k + 1))
			}
		})
	}
	group.Wait()
	a := &tally{}
	for _, x := range all {
		if !math.IsNaN(x.estimate) {
			a.add(x.estimate, x.verdicts)
		}
	}
	return a
}
