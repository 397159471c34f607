package logit

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"trialbox/stats/mixed"
)

// simulate makes a trial of the model itself: units, patients in each, visits of each; two covariates that change
// within patients and an arm that changes between units.
func simulate(seed uint64, units, patients, visits, categories int, su, sp float64) *mixed.Design {
	r := rand.New(rand.NewPCG(seed, 1))
	d := &mixed.Design{Response: "y", Terms: []string{"(Intercept)", "arm", "time", "x"},
		Groups: []mixed.Group{{Name: "unit"}, {Name: "patient"}}}
	for i := range units {
		u := su * r.NormFloat64()
		d.Groups[0].Levels = append(d.Groups[0].Levels, strconv.Itoa(i))
		for range patients {
			v := sp * r.NormFloat64()
			j := int32(len(d.Groups[1].Levels))
			d.Groups[1].Levels = append(d.Groups[1].Levels, strconv.Itoa(int(j)))
			for k := range visits {
				arm, time, x := float64(i%2), float64(k)/2, r.NormFloat64()
				latent := u + v + 0.5*arm - 0.7*time + 0.4*x + math.Log(1/(1-r.Float64())-1)*-1
				y := 0.0
				for c := 1; c < categories; c++ {
					if latent > 1.2*float64(c)-0.6*float64(categories) {
						y++
					}
				}
				d.Y, d.X = append(d.Y, y), append(d.X, 1, arm, time, x)
				d.Groups[0].Of, d.Groups[1].Of = append(d.Groups[0].Of, int32(i)), append(d.Groups[1].Of, j)
			}
		}
	}
	return d
}

func model(t testing.TB, d *mixed.Design, opt Options) *Model {
	t.Helper()
	m, err := New(d, opt)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// lengthy is a design of several rows a patient, some with more than maxShort, so that all inner loops run.
func lengthy(categories int) *mixed.Design {
	d := simulate(9, 5, 6, 9, categories, 0.5, 1)
	keep := func(row int) bool { return row%9 <= (row/9)%9 }
	out := *d
	out.Y, out.X = nil, nil
	out.Groups = []mixed.Group{{Name: "unit", Levels: d.Groups[0].Levels}, {Name: "patient", Levels: d.Groups[1].Levels}}
	for row := range d.Y {
		if keep(row) {
			out.Y, out.X = append(out.Y, d.Y[row]), append(out.X, d.X[4*row:4*row+4]...)
			for k := range 2 {
				out.Groups[k].Of = append(out.Groups[k].Of, d.Groups[k].Of[row])
			}
		}
	}
	return &out
}

// TestDerivatives: with frozen nodes the gradient and the Hessian are those of the criterion, and Laplace's gradient
// is exact with moving modes, at random points, for one to seventeen logistic rows a patient.
func TestDerivatives(t *testing.T) {
	for _, categories := range []int{2, 3, 5} {
		for _, held := range [][2]bool{{}, {true, false}, {false, true}} {
			for _, laplace := range []bool{false, true} {
				m := model(t, lengthy(categories), Options{Ordinal: categories > 2})
				c := newCriterion(m, grid{7, 9}, held, laplace)
				r := rand.New(rand.NewPCG(uint64(categories), 7))
				for range 3 {
					psi := append(append([]float64(nil), m.start...), 0.3+r.Float64(), 0.3+2*r.Float64())
					for k := range psi {
						psi[k] += 0.2 * r.NormFloat64() * math.Abs(psi[k])
					}
					checkDerivatives(t, c, psi)
				}
			}
		}
	}
}

func checkDerivatives(t *testing.T, c *criterion, psi []float64) {
	t.Helper()
	units := c.m.allUnits()
	weights := []float64{1, 0, 3, 1, 2}
	f := func(second bool) bool {
		if c.laplace {
			return c.evaluateLaplace(psi, weights, units)
		}
		return c.evaluate(psi, weights, units, second)
	}
	if !c.laplace {
		c.place(psi, units)
	}
	if !f(true) {
		return // thresholds out of order
	}
	grad, hess := append([]float64(nil), c.grad...), append([]float64(nil), c.hess...)
	const h = 1e-4
	for _, k := range c.free() {
		at := psi[k]
		value, slope := [4]float64{}, [4][]float64{}
		for n, s := range []float64{-2, -1, 1, 2} {
			psi[k] = at + s*h
			f(false)
			value[n], slope[n] = c.ll, append([]float64(nil), c.grad...)
		}
		psi[k] = at
		diff := func(v func(n int) float64) float64 { return (v(0) - 8*v(1) + 8*v(2) - v(3)) / (12 * h) }
		near(t, "gradient", grad[k], diff(func(n int) float64 { return value[n] }), 1e-7*(1+math.Abs(grad[k])))
		if !c.laplace {
			for _, l := range c.free() {
				near(t, "Hessian", hess[k*c.dim+l], diff(func(n int) float64 { return slope[n][l] }), 1e-7*(1+math.Abs(hess[k*c.dim+l])))
			}
		}
	}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.12g, want %.12g ± %.2g", what, got, want, tolerance)
	}
}

// bruteForce is the log-likelihood by n×n Gauss-Hermite points of the prior, row by row from the definition of the
// model: no adaptation, no shared division, no product form of the ordinal probabilities.
func bruteForce(d *mixed.Design, categories, n int, thresholds, beta []float64, su, sp float64) float64 {
	rule := hermite(n)
	F := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	probability := func(row int, shift float64) float64 {
		eta := shift
		for k, b := range beta {
			eta += b * d.X[row*4+k]
		}
		if thresholds == nil {
			if d.Y[row] == 1 {
				return F(eta)
			}
			return F(-eta)
		}
		upper, lower := 1.0, 0.0
		if c := int(d.Y[row]); c < categories-1 {
			upper = F(thresholds[c] - eta)
		}
		if c := int(d.Y[row]); c > 0 {
			lower = F(thresholds[c-1] - eta)
		}
		return upper - lower
	}
	weight := func(k int) float64 { return rule.lam[k] * math.Exp(-rule.x[k]*rule.x[k]) / math.Sqrt(math.Pi) }
	rows := map[int32][]int{}
	for row, j := range d.Groups[1].Of {
		rows[j] = append(rows[j], row)
	}
	ll := 0.0
	for i := range d.Groups[0].Levels {
		sum := 0.0
		for k := range n {
			product := weight(k)
			for j := range d.Groups[1].Levels {
				if len(rows[int32(j)]) == 0 || int(d.Groups[0].Of[rows[int32(j)][0]]) != i {
					continue
				}
				inner := 0.0
				for l := range n {
					p := weight(l)
					for _, row := range rows[int32(j)] {
						p *= probability(row, math.Sqrt2*(su*rule.x[k]+sp*rule.x[l]))
					}
					inner += p
				}
				product *= inner
			}
			sum += product
		}
		ll += math.Log(sum)
	}
	return ll
}

// TestQuadrature: 25 adaptive points agree with 40×40 brute force to 1e-6, binary and ordinal.
func TestQuadrature(t *testing.T) {
	for _, categories := range []int{2, 4} {
		d := simulate(3, 12, 8, 3, categories, 0.6, 1.2)
		m := model(t, d, Options{Ordinal: categories > 2, Nodes: 25})
		f, err := m.Fit()
		if err != nil {
			t.Fatal(err)
		}
		beta := f.Beta
		var thresholds []float64
		if categories > 2 {
			beta = append([]float64{0}, beta...)
			for _, c := range f.Thresholds {
				thresholds = append(thresholds, c.Estimate)
			}
		}
		brute := bruteForce(d, categories, 40, thresholds, beta, f.Random[0].SD, f.Random[1].SD)
		near(t, "logLik", f.LogLik, brute, 1e-6)
	}
}

// TestRaise: at a patient variance of 16 (here estimated as 20) seven points are visibly wrong, the check says so, more
// are taken by themselves, and the estimates are those of 40 points to 1e-3 SE. Standard errors and the likelihood are
// compared as far as 40 points know them: 60 points move them by 0.2 % and 1.3e-3.
func TestRaise(t *testing.T) {
	d := simulate(6, 20, 15, 3, 2, 1, 4)
	fit := func(nodes int) *Fit {
		f, err := model(t, d, Options{Nodes: nodes}).Fit()
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	seven, forty, auto := fit(7), fit(40), fit(0)
	worst := 0.0
	for k := range auto.Beta {
		worst = max(worst, math.Abs(seven.Beta[k]-forty.Beta[k])/forty.SE[k])
		near(t, auto.Terms[k], auto.Beta[k], forty.Beta[k], 1e-3*forty.SE[k])
		near(t, "SE of "+auto.Terms[k], auto.SE[k], forty.SE[k], 1e-2*forty.SE[k])
	}
	t.Logf("variance %.2f; 7 points off by %.2g SE; raised to %d, checked with %d: %.2g SE", forty.Random[1].Variance, worst, auto.Nodes, auto.CheckNodes, auto.Change)
	if worst < 0.02 || seven.Change < 0.02 || len(seven.Warnings) == 0 {
		t.Errorf("7 points are off by %.2g SE, the check says %.2g", worst, seven.Change)
	}
	if !auto.Raised || auto.Nodes <= 7 || auto.Change > moveLimit {
		t.Errorf("not raised: %+v", auto.Integration)
	}
	near(t, "logLik", auto.LogLik, forty.LogLik, 3e-3)
	near(t, "patient variance", auto.Random[1].Variance, forty.Random[1].Variance, 2e-3*forty.Random[1].Variance)
}

// TestRaiseForVariance: with few answers a unit, seven points can leave the fixed effects where they are and yet miss the
// variance between units: here it comes out as twice what 40 points give. The variance asks for more points too.
func TestRaiseForVariance(t *testing.T) {
	d := simulate(5, 30, 2, 3, 2, 1, 1.7)
	var fits []*Fit
	for _, nodes := range []int{7, 40, 0} {
		f, err := model(t, d, Options{Nodes: nodes}).Fit()
		if err != nil {
			t.Fatal(err)
		}
		fits = append(fits, f)
	}
	seven, forty, auto := fits[0], fits[1], fits[2]
	if seven.Change > moveLimit || seven.Random[0].Variance < 2*forty.Random[0].Variance {
		t.Errorf("7 points move a fixed effect by %.2g SE and give a variance of %.4f, 40 of %.4f", seven.Change, seven.Random[0].Variance, forty.Random[0].Variance)
	}
	for k, v := range forty.Random {
		near(t, "variance of "+v.Group, auto.Random[k].Variance, v.Variance, 0.01*v.Variance)
	}
}

// TestHermite: a rule of n points integrates x^k e^{-x²} exactly up to k = 2n−1.
func TestHermite(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 15, 25, 40, 61, 100} {
		r := hermite(n)
		for _, k := range []int{0, 1, min(2, 2*n-2), min(2*n-2, 20)} {
			sum := 0.0
			for i, x := range r.x {
				sum += r.lam[i] * math.Exp(-x*x) * math.Pow(x, float64(k))
			}
			want := 0.0
			if k%2 == 0 {
				want = math.Gamma(float64(k+1) / 2)
			}
			near(t, strconv.Itoa(n)+" points", sum, want, 1e-12*(1+want))
		}
	}
}

func TestExp(t *testing.T) {
	x := []float64{0, 1, -1, 0.3465, -0.3466, 700, -700, 1e-10, 3.14159, -55.5}
	for k := range 2000 {
		x = append(x, float64(k-1000)*0.37)
	}
	y := append([]float64(nil), x...)
	expAll(y)
	for k, v := range x {
		near(t, "exp", y[k], math.Exp(v), 2e-14*math.Exp(v))
	}
	odd := []float64{math.Inf(1), math.Inf(-1), math.NaN(), 800}
	expAll(odd)
	if odd[0] != odd[3] || odd[1] != odd[2] || math.IsInf(odd[0], 0) {
		t.Errorf("bounds: %v", odd)
	}
}

// TestManyPatients: units of a thousand patients, where nodes must move with every step.
func TestManyPatients(t *testing.T) {
	d := simulate(11, 8, 400, 2, 2, 0.5, 1)
	f, err := model(t, d, Options{}).Fit()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d steps, variances %.3f %.3f, %.1e SE", f.Evaluations, f.Random[0].Variance, f.Random[1].Variance, f.Change)
	if !f.Converged {
		t.Error("not converged")
	}
	near(t, "time", f.Beta[2], -0.7, 4*f.SE[2])
	near(t, "x", f.Beta[3], 0.4, 4*f.SE[3])
	near(t, "patient variance", f.Random[1].Variance, 1, 0.6)
}
