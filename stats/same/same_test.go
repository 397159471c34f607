package same

import (
	_ "embed"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"trialbox/stats/boot"
	"trialbox/stats/formula"
	"trialbox/stats/logit"
	"trialbox/stats/mixed"
)

var update = flag.Bool("update", false, "write numbers.txt (under Node)")

// numbers.txt are the numbers that WebAssembly gives, one a line, in hexadecimal so that no digit is lost.
//
//go:embed numbers.txt
var stored string

// frame is a trial made of sums and products only, which are the same on every machine: units of one to eight patients,
// visits 0, 3 and 12, some missing; a measurement, an event and a grade.
func frame() *formula.Frame {
	r := rand.New(rand.NewPCG(2021, 47))
	normal := func() float64 {
		s := -6.0
		for range 12 {
			s += r.Float64()
		}
		return s
	}
	var y, event, grade, visit, age, arm, patient, unit []float64
	j := 0.0
	for i := range 14 {
		u := 0.6 * normal()
		for range 1 + r.IntN(8) {
			v, a := normal(), normal()
			for _, t := range []float64{0, 3, 12} {
				if t > 0 && r.Float64() < 0.3 {
					continue
				}
				x := u + v + 0.4*a - 0.05*t + 0.1*t*float64(i%2)*0.5 + normal()
				g := 0.0
				for _, cut := range []float64{-1, 0.2, 1.4} {
					if x+normal() > cut {
						g++
					}
				}
				e := 0.0
				if x+2*normal() > 0 {
					e = 1
				}
				y, event, grade, visit = append(y, 50+8*x), append(event, e), append(grade, g), append(visit, t)
				age, arm, patient, unit = append(age, 45+10*a), append(arm, float64(i%2)), append(patient, j), append(unit, float64(i))
			}
			j++
		}
	}
	f := &formula.Frame{Rows: len(y)}
	f.Columns = []formula.Column{{Name: "y", Num: y}, {Name: "event", Num: event}, {Name: "grade", Num: grade}, {Name: "visit", Num: visit},
		{Name: "age", Num: age}, {Name: "arm", Num: arm}, {Name: "patient", Num: patient}, {Name: "unit", Num: unit}}
	return f
}

// model is one job with the numbers of replicates that are looked at.
type model struct {
	formula string
	method  mixed.Method
	logit   *logit.Options
	scheme  boot.Scheme
	n       int
}

var models = []model{
	{"y ~ arm*factor(visit) + age + (1|unit/patient)", mixed.ML, nil, boot.Units, 400},
	{"y ~ arm*factor(visit) + age + (1|unit/patient)", mixed.REML, nil, boot.Units, 200},
	{"y ~ arm*visit + age + (1|unit) + (visit|patient)", mixed.ML, nil, boot.Units, 60},
	{"y ~ arm*factor(visit) + (1|unit) + ar1h(visit|patient)", mixed.REML, nil, boot.Units, 40},
	{"y ~ arm*factor(visit) + age + (1|unit/patient)", mixed.ML, nil, boot.TwoStage, 60},
	{"y ~ arm*factor(visit) + age + (1|unit/patient)", mixed.ML, nil, boot.Parametric, 60},
	{"y ~ arm*factor(visit) + age + (1|unit/patient)", mixed.REML, nil, boot.Wild, 200},
	{"y ~ arm*factor(visit) + age + (1|unit/patient)", mixed.ML, nil, boot.Permutation, 200},
	{"event ~ arm*factor(visit) + age + (1|unit/patient)", 0, &logit.Options{}, boot.Units, 60},
	{"event ~ arm*factor(visit) + age + (1|unit/patient)", 0, &logit.Options{Laplace: true}, boot.Units, 30},
	{"grade ~ arm*factor(visit) + age + (1|unit/patient)", 0, &logit.Options{Ordinal: true}, boot.Units, 40},
	{"grade ~ arm + visit + (1|unit/patient)", 0, &logit.Options{Ordinal: true}, boot.Patients, 12},
}

func (m model) job(t *testing.T, f *formula.Frame) *boot.Job {
	t.Helper()
	parsed, err := formula.Parse(m.formula)
	if err != nil {
		t.Fatal(err)
	}
	d, err := parsed.Build(f)
	if err != nil {
		t.Fatal(err)
	}
	job := &boot.Job{Design: *d, Method: m.method, Logit: m.logit, Marginal: m.logit != nil, Scheme: m.scheme, Seed: 9}
	for _, c := range []string{"first: arm", "last: arm + arm:factor(visit)12"} {
		if c, err := formula.ParseContrast(c, d.Terms); err == nil {
			job.Contrasts = append(job.Contrasts, c)
		}
	}
	if m.scheme == boot.Permutation {
		if job.Allocated, err = parsed.Allocate(f, nil, d, "arm"); err != nil {
			t.Fatal(err)
		}
		job.Allocated.Draws = m.n
		return job
	}
	for i := range d.Groups[0].Levels {
		job.Strata = append(job.Strata, int32(i%2))
	}
	return job
}

// run computes a job's numbers with some workers, which take blocks of replicates in an order of their own.
func run(t *testing.T, job *boot.Job, n, workers int) []float64 {
	t.Helper()
	first, err := boot.NewRunner(job)
	if err != nil {
		t.Fatal(err)
	}
	if job.Scheme == boot.Permutation {
		n, _ = boot.Allocations(job, n)
	}
	type block struct{ from, to int }
	var blocks []block
	for from := -first.Beside(); from < 0; from += 3 {
		blocks = append(blocks, block{from, min(from+3, 0)})
	}
	for from := 0; from < n; from += 7 {
		blocks = append(blocks, block{from, min(from+7, n)})
	}
	rand.New(rand.NewPCG(uint64(workers), 1)).Shuffle(len(blocks), func(i, j int) { blocks[i], blocks[j] = blocks[j], blocks[i] })
	batches := make([]*boot.Batch, len(blocks))
	var group sync.WaitGroup
	for w := range workers {
		r := first
		if w > 0 {
			r = first.Clone()
		}
		group.Go(func() {
			for k := w; k < len(blocks); k += workers {
				batches[k] = r.Run(blocks[k].from, blocks[k].to)
			}
		})
	}
	group.Wait()
	rand.New(rand.NewPCG(uint64(workers), 2)).Shuffle(len(batches), func(i, j int) { batches[i], batches[j] = batches[j], batches[i] })
	return append(fitNumbers(t, job, first), summaryNumbers(boot.Summarize(job, first.Fit(), batches), first.SummarizeMarginal(batches))...)
}

func fitNumbers(t *testing.T, job *boot.Job, r *boot.Runner) []float64 {
	t.Helper()
	f := r.Fit()
	out := append([]float64{f.LogLik}, f.Beta...)
	for _, c := range f.Random {
		out = append(out, c.Variance)
	}
	if job.Logit == nil {
		inf, err := r.Inference()
		if err != nil {
			t.Fatal(err)
		}
		for _, how := range []struct {
			df     mixed.DF
			robust mixed.Robust
		}{{mixed.Normal, mixed.NotRobust}, {mixed.Satterthwaite, mixed.NotRobust}, {mixed.KenwardRoger, mixed.NotRobust}, {mixed.Satterthwaite, mixed.CR2}} {
			if how.df == mixed.KenwardRoger && job.Method == mixed.ML {
				continue
			}
			tested, err := boot.TestContrasts(job, inf, how.df, how.robust)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range tested {
				out = append(out, e.SE, e.DF, e.P)
			}
		}
		return out
	}
	for _, c := range r.Logit().Thresholds {
		out = append(out, c.Estimate, c.SE)
	}
	for _, m := range r.Marginal() {
		out = append(out, m.Difference.Difference, m.SE, m.P)
	}
	for _, p := range r.Proportional() {
		out = append(out, p.Statistic, p.P)
	}
	for _, e := range r.Contrasts() {
		out = append(out, e.Estimate, e.SE, e.P)
	}
	return out
}

func summaryNumbers(s *boot.Summary, marginal []boot.Interval) []float64 {
	out := []float64{float64(s.Replicates), float64(s.Converged), float64(s.Boundary), float64(s.Failed)}
	for _, list := range [][]boot.Interval{s.Terms, s.Contrasts, marginal} {
		for _, x := range list {
			out = append(out, x.SE, x.MCSE, x.Statistic, x.P)
			for _, ends := range [][2]float64{x.Normal, x.Percentile, x.Basic, x.BC, x.BCa, x.Inverted} {
				out = append(out, ends[0], ends[1])
			}
		}
	}
	return out
}

func hash(x []float64) uint64 {
	h := fnv.New64a()
	for _, v := range x {
		if math.IsNaN(v) {
			v = math.NaN() // one NaN is as good as another
		}
		h.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))
	}
	return h.Sum64()
}

// TestSameBits: 1, 2 and 8 workers give the same bits; as WebAssembly they are the stored ones, in Node and in Chromium;
// natively, where exponentials and logarithms differ in their last digit, the numbers are those to 1e-10.
func TestSameBits(t *testing.T) {
	f := frame()
	var all []float64
	for k, m := range models {
		job := m.job(t, f)
		one := run(t, job, m.n, 1)
		for _, workers := range []int{2, 8} {
			if got := run(t, job, m.n, workers); hash(got) != hash(one) {
				t.Errorf("%s, %q: %d workers give %x, one %x", m.formula, m.scheme, workers, hash(got), hash(one))
			}
		}
		all = append(all, float64(k))
		all = append(all, one...)
	}
	if *update {
		write(t, all)
		return
	}
	var want []float64
	for line := range strings.FieldsSeq(stored) {
		v, err := strconv.ParseFloat(line, 64)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, v)
	}
	t.Logf("%d numbers, hash %x", len(all), hash(all))
	if runtime.GOARCH == "wasm" {
		if hash(all) != hash(want) {
			t.Errorf("hash %x, stored %x", hash(all), hash(want))
		}
	}
	if len(all) != len(want) {
		t.Fatalf("%d numbers, %d stored", len(all), len(want))
	}
	at, worst := 0, 0.0
	for k, v := range all {
		if math.IsNaN(v) && math.IsNaN(want[k]) || v == want[k] {
			continue
		}
		if d := math.Abs(v-want[k]) / max(math.Abs(want[k]), 1e-3); !(d <= worst) {
			at, worst = k, d
		}
	}
	if !(worst < 1e-10) {
		t.Errorf("number %d is %v, stored %v: relative difference %.2g", at, all[at], want[at], worst)
	}
}

func write(t *testing.T, x []float64) {
	t.Helper()
	var b strings.Builder
	for _, v := range x {
		fmt.Fprintln(&b, strconv.FormatFloat(v, 'x', -1, 64))
	}
	if err := os.WriteFile("numbers.txt", []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
