package boot_test

import (
	"math"
	"math/rand/v2"
	"runtime"
	"strconv"
	"testing"

	"trialbox/stats/boot"
	"trialbox/stats/formula"
	"trialbox/stats/internal/trialdata"
	"trialbox/stats/mixed"
)

// small is a trial of 3 + 3 units in two strata, outcomes at two visits, on which everything can be written out.
func small(t testing.TB, seed uint64, units int, effect float64) (*formula.Frame, *formula.Formula, *boot.Job) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 5))
	header := []string{"y", "arm", "visit", "x", "unit", "patient", "stratum"}
	var rows [][]string
	text := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	for i := range units {
		u := r.NormFloat64()
		arm := []string{"a", "b"}[i%2]
		for j := range 3 + i%3 {
			v, x := r.NormFloat64(), r.NormFloat64()
			for visit := range 2 {
				y := 10 + u + v + 0.5*x + 0.3*float64(visit) + r.NormFloat64()
				if arm == "b" && visit == 1 {
					y += effect
				}
				rows = append(rows, []string{text(y), arm, strconv.Itoa(visit), text(x), "u" + strconv.Itoa(i+10), strconv.Itoa(100*i + j), "s" + strconv.Itoa(i/4)})
			}
		}
	}
	fr := trialdata.Frame(header, rows)
	f, err := formula.Parse("y ~ arm*factor(visit) + x + (1|unit/patient)")
	if err != nil {
		t.Fatal(err)
	}
	d, err := f.Build(fr)
	if err != nil {
		t.Fatal(err)
	}
	c, err := formula.ParseContrast("second: armb + armb:factor(visit)1", d.Terms)
	if err != nil {
		t.Fatal(err)
	}
	return fr, f, &boot.Job{Design: *d, Contrasts: []boot.Contrast{c}, Seed: 7}
}

// dense is generalised least squares written out: V over σ² from the variances of a fit, row by row.
type dense struct {
	n, p   int
	vi     [][]float64 // V⁻¹
	x      [][]float64
	c, xtv [][]float64 // (X'V⁻¹X)⁻¹, X'V⁻¹
}

func invert(a [][]float64) [][]float64 {
	n := len(a)
	out := make([][]float64, n)
	w := make([][]float64, n)
	for i := range n {
		w[i] = append(append([]float64(nil), a[i]...), make([]float64, n)...)
		w[i][n+i] = 1
	}
	for j := range n {
		best := j
		for i := j; i < n; i++ {
			if math.Abs(w[i][j]) > math.Abs(w[best][j]) {
				best = i
			}
		}
		w[j], w[best] = w[best], w[j]
		f := w[j][j]
		for k := range w[j] {
			w[j][k] /= f
		}
		for i := range n {
			if f := w[i][j]; i != j && f != 0 {
				for k := range w[i] {
					w[i][k] -= f * w[j][k]
				}
			}
		}
	}
	for i := range n {
		out[i] = w[i][n:]
	}
	return out
}

func newDense(d *mixed.Design, x []float64, f *mixed.Fit) *dense {
	n, p := len(d.Y), len(d.Terms)
	e := &dense{n: n, p: p}
	v := make([][]float64, n)
	for i := range n {
		e.x = append(e.x, x[i*p:(i+1)*p])
		v[i] = make([]float64, n)
		for j := range n {
			for g := range d.Groups {
				if d.Groups[g].Of[i] == d.Groups[g].Of[j] {
					v[i][j] += f.Random[g].Variance
				}
			}
		}
		v[i][i] += f.Residual
	}
	e.vi = invert(v)
	xtvx := make([][]float64, p)
	for a := range p {
		row := make([]float64, n)
		for i := range n {
			for j := range n {
				row[j] += e.x[i][a] * e.vi[i][j]
			}
		}
		e.xtv = append(e.xtv, row)
		xtvx[a] = make([]float64, p)
		for b := range p {
			for j := range n {
				xtvx[a][b] += row[j] * e.x[j][b]
			}
		}
	}
	e.c = invert(xtvx)
	return e
}

func (e *dense) beta(y []float64) []float64 {
	b := make([]float64, e.p)
	for a := range e.p {
		s := 0.0
		for j, v := range y {
			s += e.xtv[a][j] * v
		}
		for k := range e.p {
			b[k] += e.c[k][a] * s
		}
	}
	return b
}

func product(l, b []float64) (s float64) {
	for k, v := range l {
		s += v * b[k]
	}
	return s
}

func (e *dense) residual(y, b []float64) []float64 {
	out := make([]float64, e.n)
	for i := range out {
		out[i] = y[i] - product(e.x[i], b)
	}
	return out
}

// cr1 is the cluster-robust variance of l'β.
func (e *dense) cr1(l, residual []float64, unit mixed.Group) float64 {
	g := len(unit.Levels)
	sum := make([]float64, g)
	for i := range e.n {
		for j := range e.n {
			if unit.Of[i] == unit.Of[j] {
				f := 0.0
				for a := range e.p {
					for b := range e.p {
						f += l[a] * e.c[a][b] * e.x[i][b]
					}
				}
				sum[unit.Of[i]] += f * e.vi[i][j] * residual[j]
			}
		}
	}
	s := 0.0
	for _, v := range sum {
		s += v * v
	}
	return s * float64(g) / float64(g-1)
}

// webb draws the weights as the runner does: one a unit, six values, from PCG(seed, replicate).
func webb(seed uint64, number, units int) []float64 {
	r := rand.New(rand.NewPCG(seed, uint64(number)))
	value := []float64{-math.Sqrt(1.5), -1, -math.Sqrt(0.5), math.Sqrt(0.5), 1, math.Sqrt(1.5)}
	out := make([]float64, units)
	for i := range out {
		out[i] = value[r.IntN(6)]
	}
	return out
}

// TestWild: P and the ends of the interval are those of the wild bootstrap written out row by row: the restricted fit, its
// residuals with the unit's weight, generalised least squares with the fitted covariance, CR1.
func TestWild(t *testing.T) {
	_, _, job := small(t, 3, 8, 1.5)
	job.Scheme = boot.Wild
	r := runner(t, job)
	const replicates = 199
	s := boot.Summarize(job, r.Fit(), []*boot.Batch{r.Run(0, replicates)})
	e := newDense(&job.Design, job.Design.X, r.Fit())
	l, unit := job.Contrasts[0].L, job.Design.Groups[0]
	hat := e.beta(job.Design.Y)
	q := make([]float64, e.p)
	for k := range q {
		q[k] = product(e.c[k], l)
	}
	p := func(c float64) float64 {
		tilde := make([]float64, e.p)
		d := product(l, hat) - c
		for k := range tilde {
			tilde[k] = hat[k] - q[k]*d/product(l, q)
		}
		fitted, residual := make([]float64, e.n), e.residual(job.Design.Y, tilde)
		t0 := math.Abs(d) / math.Sqrt(e.cr1(l, e.residual(job.Design.Y, hat), unit))
		atLeast := 0
		for number := range replicates {
			w := webb(job.Seed, number, len(unit.Levels))
			for i := range fitted {
				fitted[i] = product(e.x[i], tilde) + w[unit.Of[i]]*residual[i]
			}
			b := e.beta(fitted)
			if math.Abs(product(l, b)-c)/math.Sqrt(e.cr1(l, e.residual(fitted, b), unit)) >= t0*(1-1e-7) {
				atLeast++
			}
		}
		return float64(atLeast+1) / (replicates + 1)
	}
	x := s.Contrasts[0]
	near(t, "estimate", product(l, hat), x.Estimate, 1e-6)
	near(t, "CR1", x.SE, math.Sqrt(e.cr1(l, e.residual(job.Design.Y, hat), unit)), 1e-6)
	near(t, "P", x.P, p(0), 1e-12)
	for side, out := range []float64{-1, 1} {
		end := x.Inverted[side]
		if inside, outside := p(end-out*1e-4), p(end+out*1e-4); !(inside > 0.05 && outside <= 0.05) {
			t.Errorf("end %v: P is %v inside and %v outside", end, inside, outside)
		}
	}
	if !(x.Inverted[0] < x.Estimate && x.Estimate < x.Inverted[1]) || s.Replicates != replicates {
		t.Errorf("%+v", x)
	}
	split := boot.Summarize(job, r.Fit(), []*boot.Batch{r.Clone().Run(50, replicates), runner(t, job).Run(0, 50)})
	if !same(s, split) {
		t.Errorf("split run differs:\n%+v\n%+v", s, split)
	}
}

// TestWildSymmetric: adding to the outcomes what makes a contrast larger moves the interval by as much.
func TestWildSymmetric(t *testing.T) {
	_, _, job := small(t, 4, 10, 0)
	job.Scheme = boot.Wild
	shifted := *job
	shifted.Design.Y = append([]float64(nil), job.Design.Y...)
	p := len(job.Design.Terms)
	for row := range shifted.Design.Y {
		shifted.Design.Y[row] += 3 * job.Design.X[row*p+1] // 3 at both visits of arm b
	}
	r, r2 := runner(t, job), runner(t, &shifted)
	x := boot.Summarize(job, r.Fit(), []*boot.Batch{r.Run(0, 300)}).Contrasts[0]
	y := boot.Summarize(&shifted, r2.Fit(), []*boot.Batch{r2.Run(0, 300)}).Contrasts[0]
	for k := range 2 {
		near(t, "end", y.Inverted[k]-3, x.Inverted[k], 1e-4)
	}
}

// permutation makes the permutation job of small data.
func permutation(t testing.TB, fr *formula.Frame, f *formula.Formula, job *boot.Job, strata bool) *boot.Job {
	t.Helper()
	a, err := f.Allocate(fr, nil, &job.Design, "arm")
	if err != nil {
		t.Fatal(err)
	}
	out := *job
	out.Scheme, out.Allocated = boot.Permutation, a
	if strata {
		for i := range a.Of {
			out.Strata = append(out.Strata, int32(i/4))
		}
	}
	return &out
}

// TestPermutation: t of every allocation, and so P and the interval, are those of the test written out row by row; all
// allocations come once.
func TestPermutation(t *testing.T) {
	for _, strata := range []bool{false, true} {
		units, want := 8, 70 // 8 over 4
		if strata {
			if runtime.GOOS == "js" {
				continue // slow there
			}
			units, want = 12, 216 // (4 over 2)³
		}
		fr, f, job := small(t, 3, units, 2.5)
		job = permutation(t, fr, f, job, strata)
		r := runner(t, job)
		n, all := boot.Allocations(job, 1000)
		if n != want || !all {
			t.Fatalf("%d allocations, all %v; want %d", n, all, want)
		}
		s := boot.Summarize(job, r.Fit(), []*boot.Batch{r.Run(0, n), r.Run(-r.Beside(), 0)})
		x := s.Contrasts[0]
		near(t, "P", x.P, writtenOut(t, fr, f, job, 0), 1e-12)
		for side, out := range []float64{-1, 1} {
			end := x.Inverted[side]
			if math.IsInf(end, 0) {
				t.Errorf("no end: %v", x.Inverted)
			} else if inside, outside := writtenOut(t, fr, f, job, end-out*1e-4), writtenOut(t, fr, f, job, end+out*1e-4); !(inside > 0.05 && outside <= 0.05) {
				t.Errorf("end %v: P is %v inside and %v outside", end, inside, outside)
			}
		}
		if s.Replicates != n || s.Failed != 0 {
			t.Errorf("%+v", s)
		}
		if !math.IsNaN(s.Terms[3].P) || math.IsNaN(s.Terms[1].P) {
			t.Errorf("P of %s %v, of %s %v: the covariate is not permuted, the arm is", s.Terms[3].Name, s.Terms[3].P, s.Terms[1].Name, s.Terms[1].P)
		}
		other := runner(t, job)
		split := boot.Summarize(job, r.Fit(), []*boot.Batch{other.Run(20, n), r.Clone().Run(0, 20), other.Run(-1, 0)})
		if !same(s, split) {
			t.Errorf("split run differs:\n%+v\n%+v", s, split)
		}
	}
}

// writtenOut is P of the hypothesis that arm b adds delta at the second visit: for every division of the units, within
// strata of four, a design built anew from the column of arms.
func writtenOut(t *testing.T, fr *formula.Frame, f *formula.Formula, job *boot.Job, delta float64) float64 {
	t.Helper()
	units := len(job.Design.Groups[0].Levels)
	y, arm := column(fr, "y"), column(fr, "arm")
	visit := column(fr, "visit").Num
	actual := append([]string(nil), arm.Text...)
	outcome := append([]float64(nil), y.Num...)
	defer func() { copy(arm.Text, actual); copy(y.Num, outcome) }()
	for row := range outcome {
		if actual[row] == "b" && visit[row] == 1 {
			y.Num[row] -= delta
		}
	}
	null := trialdata.Design(t, fr, "y ~ factor(visit) + x + (1|unit/patient)")
	fit := runner(t, &boot.Job{Design: *null}).Fit()
	statistic := func(mask int) float64 {
		for row, i := range job.Design.Groups[0].Of {
			arm.Text[row] = []string{"a", "b"}[mask>>i&1]
		}
		d, err := f.Build(fr)
		if err != nil {
			t.Fatal(err)
		}
		e := newDense(d, d.X, fit)
		l := job.Contrasts[0].L
		v := 0.0
		for k := range l {
			v += l[k] * product(e.c[k], l)
		}
		return math.Abs(product(l, e.beta(d.Y))) / math.Sqrt(v)
	}
	bits := func(mask int) (n int) {
		for ; mask > 0; mask >>= 1 {
			n += mask & 1
		}
		return n
	}
	actualMask := 0
	for i := 1; i < units; i += 2 {
		actualMask |= 1 << i
	}
	observed := statistic(actualMask)
	count, atLeast := 0, 0
	for mask := range 1 << units {
		if bits(mask) != units/2 || job.Strata != nil && (bits(mask&15) != 2 || bits(mask>>4&15) != 2) {
			continue
		}
		count++
		if statistic(mask) >= observed*(1-1e-7) {
			atLeast++
		}
	}
	return float64(atLeast) / float64(count)
}

func column(fr *formula.Frame, name string) *formula.Column {
	for k := range fr.Columns {
		if fr.Columns[k].Name == name {
			return &fr.Columns[k]
		}
	}
	panic(name)
}

// TestPermutationDrawn: with more than 50,000 allocations they are drawn, arms keep their sizes within strata, P is
// (b+1)/(B+1), split and unsplit the same; the trial's P is near that of the model.
func TestPermutationDrawn(t *testing.T) {
	fr := trialdata.Trial(t)
	job := trialJob(t, "odi", false)
	f, err := formula.Parse("odi ~ " + base)
	if err != nil {
		t.Fatal(err)
	}
	if job.Allocated, err = f.Allocate(fr, nil, &job.Design, "arm"); err != nil {
		t.Fatal(err)
	}
	job.Scheme, job.Allocated.Draws = boot.Permutation, 999
	n, all := boot.Allocations(job, 999)
	if n != 999 || all { // 22 over 10 is 646,646
		t.Fatalf("%d allocations, all %v", n, all)
	}
	r := runner(t, job)
	s := boot.Summarize(job, r.Fit(), []*boot.Batch{r.Run(0, 999), r.Run(-1, 0)})
	for k, x := range s.Contrasts {
		if model := r.Contrasts()[k].P; math.Abs(x.P-model) > 0.1 || x.P*1000 != math.Round(x.P*1000) {
			t.Errorf("%s: P %v, of the model %v", x.Name, x.P, model)
		}
	}
	last := s.Contrasts[2]
	if !(last.Inverted[0] < last.Estimate && last.Estimate < last.Inverted[1]) || (last.Inverted[0] > 0) != (last.P <= 0.05) || !math.IsNaN(s.Contrasts[0].Inverted[0]) {
		t.Errorf("P %v, interval %v; not asked for %v", last.P, last.Inverted, s.Contrasts[0].Inverted)
	}
	if split := boot.Summarize(job, r.Fit(), []*boot.Batch{r.Run(-1, 0), r.Run(500, 999), r.Clone().Run(0, 500)}); !same(s, split) {
		t.Error("split run differs")
	}
}

// TestTestsGeneral: the tests serve every linear model, ML and REML.
func TestTestsGeneral(t *testing.T) {
	fr := trialdata.Trial(t)
	for _, right := range []string{"(1|unit_id)", "(1|unit_id) + (visit|patient_id)", "(1|unit_id) + us(visit|patient_id)", "(1|unit_id) + (1|unit_id:visit) + (1|patient_id)"} {
		for _, method := range []mixed.Method{mixed.ML, mixed.REML} {
			f, err := formula.Parse("eq_vas ~ arm*factor(visit) + " + right)
			if err != nil {
				t.Fatal(err)
			}
			d, err := f.Build(fr)
			if err != nil {
				t.Fatal(err)
			}
			job := &boot.Job{Design: *d, Method: method, Seed: 2, Scheme: boot.Wild}
			wild := runner(t, job)
			x := boot.Summarize(job, wild.Fit(), []*boot.Batch{wild.Run(0, 199)})
			inf, err := wild.Inference()
			if err != nil {
				t.Fatal(err)
			}
			cr1, err := boot.TestFixed(inf, mixed.Normal, mixed.CR1)
			if err != nil {
				t.Fatal(err)
			}
			for k := range cr1 {
				near(t, right+": CR1 of "+cr1[k].Name, x.Terms[k].SE, cr1[k].SE, 1e-7*cr1[k].SE)
			}
			job.Scheme = boot.Permutation
			if job.Allocated, err = f.Allocate(fr, nil, d, "arm"); err != nil {
				t.Fatal(err)
			}
			permuted := runner(t, job)
			y := boot.Summarize(job, permuted.Fit(), []*boot.Batch{permuted.Run(0, 199)})
			model := boot.Fixed(wild.Fit())[1].P
			for _, p := range []float64{x.Terms[1].P, y.Terms[1].P} {
				if !(math.Abs(p-model) < 0.15) {
					t.Errorf("%s: P wild %v, permuted %v, model %v", right, x.Terms[1].P, y.Terms[1].P, model)
				}
			}
		}
	}
}
