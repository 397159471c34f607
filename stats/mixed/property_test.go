package mixed_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"trialbox/stats/internal/trialdata"
	"trialbox/stats/mixed"
)

func fitted(t *testing.T, d *mixed.Design, method mixed.Method) *mixed.Fit {
	t.Helper()
	m, err := mixed.New(d)
	if err != nil {
		t.Fatal(err)
	}
	fit, err := m.Fit(method)
	if err != nil {
		t.Fatal(err)
	}
	return fit
}

// TestShiftScale: another unit of the outcome or of a covariate changes the numbers in the known way and nothing else.
func TestShiftScale(t *testing.T) {
	fr := trialdata.Trial(t)
	for _, method := range []mixed.Method{mixed.ML, mixed.REML} {
		d := trialdata.Design(t, fr, "odi ~ "+rightSides["base"])
		want := fitted(t, d, method)
		p := len(d.Terms)
		for row := range d.Y {
			d.Y[row] = 1e6 + 1000*d.Y[row]
			d.X[row*p+4] = 1e4 + d.X[row*p+4]/1e3 // delay_days
		}
		got := fitted(t, d, method)
		df := float64(want.N)
		shift := 0.0
		if method == mixed.REML { // log|X'X| changes with the covariate's unit
			df -= float64(p)
			shift = 2 * math.Log(1e-3)
		}
		near(t, "criterion", got.Criterion, want.Criterion+2*df*math.Log(1000)+shift, 1e-5)
		near(t, "delay", got.Beta[4], want.Beta[4]*1e6, 1e-6*want.SE[4]*1e6)
		near(t, "SE of delay", got.SE[4], want.SE[4]*1e6, 1e-6*want.SE[4]*1e6)
		near(t, "contrast", got.Beta[10], want.Beta[10]*1e3, 1e-6*want.SE[10]*1e3)
		for k, v := range want.Random {
			near(t, "variance of "+v.Group, got.Random[k].Variance, v.Variance*1e6, 1e-5*want.Residual*1e6)
		}
	}
}

// TestRowOrder: shuffled rows and renumbered groups give the same fit.
func TestRowOrder(t *testing.T) {
	d := trialdata.Design(t, trialdata.Trial(t), "odi ~ "+rightSides["base"])
	want := fitted(t, d, mixed.REML)
	random := rand.New(rand.NewPCG(1, 2))
	p, shuffled := len(d.Terms), *d
	order := random.Perm(len(d.Y))
	shuffled.Y, shuffled.X, shuffled.Groups = nil, nil, nil
	for _, row := range order {
		shuffled.Y = append(shuffled.Y, d.Y[row])
		shuffled.X = append(shuffled.X, d.X[row*p:(row+1)*p]...)
	}
	for _, g := range d.Groups {
		number := random.Perm(len(g.Levels))
		h := mixed.Group{Name: g.Name, Levels: slices.Clone(g.Levels)}
		for _, row := range order {
			h.Of = append(h.Of, int32(number[g.Of[row]]))
		}
		shuffled.Groups = append(shuffled.Groups, h)
	}
	got := fitted(t, &shuffled, mixed.REML)
	near(t, "criterion", got.Criterion, want.Criterion, 1e-8)
	for k := range want.Beta {
		near(t, want.Terms[k], got.Beta[k], want.Beta[k], 1e-8*want.SE[k])
		near(t, "SE "+want.Terms[k], got.SE[k], want.SE[k], 1e-8*want.SE[k])
	}
}

// TestSingleReplicate: all weights one is the fit itself; all weights two halve the covariance under ML's eyes, since
// copies are distinct units, and leave the estimates.
func TestSingleReplicate(t *testing.T) {
	for _, method := range []mixed.Method{mixed.ML, mixed.REML} {
		m, fit := baseModel(t, method)
		s := m.NewScratch(fit)
		w := make([]float64, m.Units())
		draw(w, 0)
		r := s.Refit(w)
		near(t, "logLik", r.LogLik, fit.LogLik, 1e-7)
		for k := range fit.Beta {
			near(t, fit.Terms[k], r.Beta[k], fit.Beta[k], 1e-6*fit.SE[k])
		}
		for k, v := range fit.Random {
			near(t, v.Group, r.Variances[k], v.Variance, 1e-4*fit.Residual)
		}
		if method == mixed.ML {
			for k := range w {
				w[k] = 2
			}
			near(t, "doubled logLik", s.Refit(w).LogLik, 2*fit.LogLik, 1e-6)
		}
	}
}

// TestRefitOrder: a replicate does not depend on the one before it, to the last bit.
func TestRefitOrder(t *testing.T) {
	for _, method := range []mixed.Method{mixed.ML, mixed.REML} {
		m, fit := baseModel(t, method)
		s := m.NewScratch(fit)
		w := make([]float64, m.Units())
		first := make([]float64, 40)
		for r := range first {
			draw(w, uint64(r))
			first[r] = s.Refit(w).Beta[10]
		}
		other := m.NewScratch(fit)
		for r := len(first) - 1; r >= 0; r-- {
			draw(w, uint64(r))
			if got := other.Refit(w).Beta[10]; got != first[r] {
				t.Errorf("%v replicate %d: %v, then %v", method, r, first[r], got)
			}
		}
	}
}

func TestRefitAllocates(t *testing.T) {
	m, fit := baseModel(t, mixed.ML)
	s := m.NewScratch(fit)
	w := make([]float64, m.Units())
	draw(w, 5)
	if n := testing.AllocsPerRun(50, func() { s.Refit(w) }); n > 0 {
		t.Errorf("%v allocations a replicate", n)
	}
}

// TestRefitBoundary: without a variance between units most replicates end at exactly zero and none fails.
func TestRefitBoundary(t *testing.T) {
	m, err := mixed.New(trialdata.Design(t, trialdata.Trial(t), "nrs_leg ~ "+rightSides["base"]))
	if err != nil {
		t.Fatal(err)
	}
	fit, err := m.Fit(mixed.ML)
	if err != nil {
		t.Fatal(err)
	}
	if fit.Random[0].Variance != 0 || !fit.Singular || len(fit.Warnings) == 0 {
		t.Fatalf("unit variance %v, warnings %v", fit.Random[0].Variance, fit.Warnings)
	}
	s := m.NewScratch(fit)
	w := make([]float64, m.Units())
	boundary, failed := 0, 0
	for r := range 500 {
		draw(w, uint64(r))
		x := s.Refit(w)
		switch {
		case x.Status == mixed.Failed:
			failed++
		case x.Status == mixed.Boundary:
			boundary++
			if x.Variances[0] != 0 && x.Variances[1] != 0 {
				t.Errorf("replicate %d: boundary with variances %v", r, x.Variances)
			}
			// KKT: leaving the boundary must not lower the criterion.
			if _, grad, _ := s.Derivatives(w, x.Variances[1]/x.Variances[2], 0); x.Variances[0] == 0 && grad[1] < -1e-6 {
				t.Errorf("replicate %d: gradient %g at zero", r, grad[1])
			}
		}
	}
	if boundary < 250 || failed > 0 {
		t.Errorf("%d at the boundary, %d failed of 500", boundary, failed)
	}
}

// simulated makes a three-level design: units of unequal size, patients of one to maxRows rows.
func simulated(units, perUnit, maxRows int, sdUnit, sdPatient float64, seed uint64) *mixed.Design {
	random := rand.New(rand.NewPCG(seed, 0))
	d := &mixed.Design{Response: "y", Terms: []string{"(Intercept)", "x", "arm"},
		Groups: []mixed.Group{{Name: "unit"}, {Name: "patient"}}}
	for i := range units {
		d.Groups[0].Levels = append(d.Groups[0].Levels, "u")
		u := sdUnit * random.NormFloat64()
		for range 1 + random.IntN(2*perUnit-1) {
			patient := int32(len(d.Groups[1].Levels))
			d.Groups[1].Levels = append(d.Groups[1].Levels, "p")
			v := sdPatient * random.NormFloat64()
			for range 1 + random.IntN(maxRows) {
				x := random.NormFloat64()
				d.X = append(d.X, 1, x, float64(i%2))
				d.Y = append(d.Y, 3+2*x-float64(i%2)+u+v+random.NormFloat64())
				d.Groups[0].Of, d.Groups[1].Of = append(d.Groups[0].Of, int32(i)), append(d.Groups[1].Of, patient)
			}
		}
	}
	return d
}

// TestSimulated recovers known parameters within four standard errors, with patients of up to 40 rows, and is quick
// with thousands of groups.
func TestSimulated(t *testing.T) {
	for _, c := range []struct{ units, perUnit, maxRows int }{{40, 5, 40}, {300, 4, 3}, {130, 18, 25}, {2400, 3, 8}} {
		d := simulated(c.units, c.perUnit, c.maxRows, 0.7, 1.5, 9)
		for _, method := range []mixed.Method{mixed.ML, mixed.REML} {
			began := time.Now()
			fit := fitted(t, d, method)
			if spent := time.Since(began); spent > 3*time.Second {
				t.Errorf("%+v: %v for %d rows", c, spent, len(d.Y))
			}
			for k, want := range []float64{3, 2, -1} {
				near(t, fit.Terms[k], fit.Beta[k], want, 4*fit.SE[k])
			}
			near(t, "unit SD", fit.Random[0].SD, 0.7, 4*0.7/math.Sqrt(float64(c.units)))
			near(t, "patient SD", fit.Random[1].SD, 1.5, 4*1.5/math.Sqrt(float64(c.units*c.perUnit)))
			near(t, "residual SD", math.Sqrt(fit.Residual), 1, 4/math.Sqrt(float64(len(d.Y))))
			if !fit.Converged || fit.Singular {
				t.Errorf("%+v %v: converged %v, singular %v", c, method, fit.Converged, fit.Singular)
			}
		}
	}
}

// TestDense compares the criterion with a direct one: the full covariance matrix of a small data set.
func TestDense(t *testing.T) {
	d := simulated(6, 3, 5, 1, 1, 4)
	fit := fitted(t, d, mixed.ML)
	reml := fitted(t, d, mixed.REML)
	for _, f := range []*mixed.Fit{fit, reml} {
		near(t, "criterion", f.Criterion, denseCriterion(d, f), 1e-7)
	}
}

// denseCriterion is -2 log-likelihood at a fit's estimates by Cholesky of the n×n covariance.
func denseCriterion(d *mixed.Design, f *mixed.Fit) float64 {
	n, p := len(d.Y), len(d.Terms)
	v := make([][]float64, n)
	for i := range v {
		v[i] = make([]float64, n)
		for j := range v[i] {
			for k, g := range d.Groups {
				if g.Of[i] == g.Of[j] {
					v[i][j] += f.Random[k].Variance
				}
			}
		}
		v[i][i] += f.Residual
	}
	logDet := cholesky(v)
	whiten := func(x []float64) []float64 {
		x = slices.Clone(x)
		for i := range x {
			for j := range i {
				x[i] -= v[i][j] * x[j]
			}
			x[i] /= v[i][i]
		}
		return x
	}
	residual, columns := make([]float64, n), make([][]float64, p)
	for i := range residual {
		residual[i] = d.Y[i]
		for k := range p {
			residual[i] -= d.X[i*p+k] * f.Beta[k]
			columns[k] = append(columns[k], d.X[i*p+k])
		}
	}
	out := logDet
	for _, e := range whiten(residual) {
		out += e * e
	}
	if f.Method == mixed.ML {
		return out + float64(n)*math.Log(2*math.Pi)
	}
	m := make([][]float64, p)
	for k := range m {
		columns[k] = whiten(columns[k])
		m[k] = make([]float64, p)
		for j := range k + 1 {
			for i := range n {
				m[k][j] += columns[k][i] * columns[j][i]
			}
		}
	}
	return out + cholesky(m) + float64(n-p)*math.Log(2*math.Pi)
}

// cholesky factors the lower triangle in place and returns the log determinant.
func cholesky(m [][]float64) float64 {
	logDet := 0.0
	for i := range m {
		for j := range i + 1 {
			for k := range j {
				m[i][j] -= m[i][k] * m[j][k]
			}
			if i == j {
				logDet += math.Log(m[i][i])
				m[i][i] = math.Sqrt(m[i][i])
			} else {
				m[i][j] /= m[j][j]
			}
		}
	}
	return logDet
}

// TestRankDeficient: determined columns are left out in order and named; the fit is that without them.
func TestRankDeficient(t *testing.T) {
	d := simulated(20, 4, 3, 1, 1, 5)
	want := fitted(t, d, mixed.REML)
	wide := *d
	wide.Terms = []string{"(Intercept)", "x", "again", "arm", "none", "sum"}
	wide.X = nil
	for row := range d.Y {
		x := d.X[row*3:]
		wide.X = append(wide.X, x[0], x[1], 5-2*x[1], x[2], 0, x[1]+x[2])
	}
	got := fitted(t, &wide, mixed.REML)
	if strings.Join(got.DroppedTerms, " ") != "again none sum" || strings.Join(got.Terms, " ") != "(Intercept) x arm" {
		t.Errorf("kept %v, dropped %v", got.Terms, got.DroppedTerms)
	}
	near(t, "criterion", got.Criterion, want.Criterion, 1e-8)
	if !slices.ContainsFunc(got.Warnings, func(w string) bool { return strings.Contains(w, "again, none, sum") }) {
		t.Errorf("warnings %v", got.Warnings)
	}
}

// TestNewRefuses: what cannot be fitted is refused in a sentence that names it.
func TestNewRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(d *mixed.Design)
		want   string
	}{
		{"constant outcome", func(d *mixed.Design) { clear(d.Y) }, "constant outcome"},
		{"infinite outcome", func(d *mixed.Design) { d.Y[3] = math.Inf(1) }, "y is not a finite number in row 4"},
		{"infinite covariate", func(d *mixed.Design) { d.X[3*3+1] = math.Inf(-1) }, "x is not a finite number in row 4"},
		{"explained", func(d *mixed.Design) {
			for k := range d.Y {
				d.Y[k] = 1 + 2*d.X[3*k+1]
			}
		}, "explain y exactly"},
		{"no rows", func(d *mixed.Design) {
			d.Y, d.X, d.Groups = nil, nil, []mixed.Group{{Name: "unit"}}
			d.Dropped = 7
		}, "7 rows left out"},
		{"one group", func(d *mixed.Design) {
			d.Groups = []mixed.Group{{Name: "unit", Levels: []string{"U"}, Of: make([]int32, len(d.Y))}}
		}, "unit has only one value (U)"},
		{"row number", func(d *mixed.Design) {
			g := mixed.Group{Name: "id"}
			for k := range d.Y {
				g.Levels, g.Of = append(g.Levels, "r"), append(g.Of, int32(k))
			}
			d.Groups = []mixed.Group{g}
		}, "id has as many groups as there are rows"},
		{"crossed", func(d *mixed.Design) {
			row := 1
			for d.Groups[1].Of[row] != d.Groups[1].Of[row-1] {
				row++
			}
			d.Groups[0].Of[row] = (d.Groups[0].Of[row] + 1) % 8
		}, "crossed groupings are not supported"},
		{"one unit an arm", func(d *mixed.Design) {
			for k, unit := range d.Groups[0].Of {
				d.Groups[0].Of[k] = unit % 2
			}
			d.Groups[0].Levels = d.Groups[0].Levels[:2]
		}, "fixed effects determine the 2 groups of unit"},
		{"same grouping", func(d *mixed.Design) { d.Groups[1] = d.Groups[0] }, "are the same grouping"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := simulated(8, 3, 4, 1, 1, 6)
			c.change(d)
			_, err := mixed.New(d)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	small := simulated(3, 1, 2, 1, 1, 1)
	if _, err := mixed.New(small); err == nil || !strings.Contains(err.Error(), "too few") && !strings.Contains(err.Error(), "same grouping") {
		t.Errorf("few rows: %v", err)
	}
}

// TestRefitFails: resamples that cannot tell the variances apart fail with a reason.
func TestRefitFails(t *testing.T) {
	d := simulated(12, 3, 3, 1, 1, 3)
	single := mixed.Group{Name: "unit", Of: slices.Clone(d.Groups[0].Of), Levels: slices.Clone(d.Groups[0].Levels)}
	// One further unit whose patients were seen once each.
	for range 4 {
		d.X, d.Y = append(d.X, 1, float64(len(d.Y)%5), 1), append(d.Y, float64(len(d.Y)%7))
		single.Of = append(single.Of, 12)
		d.Groups[1].Of = append(d.Groups[1].Of, int32(len(d.Groups[1].Levels)))
		d.Groups[1].Levels = append(d.Groups[1].Levels, "p")
	}
	single.Levels = append(single.Levels, "U13")
	d.Groups[0] = single
	m, err := mixed.New(d)
	if err != nil {
		t.Fatal(err)
	}
	fit, err := m.Fit(mixed.ML)
	if err != nil {
		t.Fatal(err)
	}
	s := m.NewScratch(fit)
	w := make([]float64, 13)
	w[12] = 13
	if r := s.Refit(w); r.Status != mixed.Failed || r.Reason != "no patient with two rows in the resample" || !math.IsNaN(r.Beta[0]) {
		t.Errorf("status %d, reason %q", r.Status, r.Reason)
	}
	clear(w)
	if r := s.Refit(w); r.Status != mixed.Failed {
		t.Error("an empty resample is fitted")
	}
	for k := range w {
		w[k] = 1
	}
	w[2] = 1e6
	if r := s.Refit(w); r.Status == mixed.Failed {
		t.Errorf("a heavy unit fails: %s", r.Reason)
	}
}
