package impute_test

import (
	"math"
	"strings"
	"testing"

	"trialbox/stats/formula"
	"trialbox/stats/impute"
	"trialbox/stats/internal/trialdata"
	"trialbox/stats/mixed"
)

// odiJob is the disability model of the reference trial with a row for every
// patient and visit; delta goes to the missing answers of an arm at follow-up.
func odiJob(t testing.TB, shiftArm string) *impute.Job {
	t.Helper()
	fr := everyVisit(trialdata.Trial(t))
	var missing []bool
	var arm []string
	var visit []float64
	for _, c := range fr.Columns {
		switch c.Name {
		case "odi":
			for i, y := range c.Num {
				missing = append(missing, math.IsNaN(y))
				if math.IsNaN(y) {
					c.Num[i] = 0
				}
			}
		case "arm":
			arm = c.Text
		case "visit":
			visit = c.Num
		}
	}
	d := trialdata.Design(t, fr, "odi ~ arm*factor(visit) + (1|unit_id/patient_id)")
	job := &impute.Job{Design: *d, Missing: make([]bool, len(d.Y)), Shifted: make([]bool, len(d.Y)), Method: mixed.ML, Seed: 7}
	for i, row := range d.SourceRow {
		job.Missing[i] = missing[row]
		job.Shifted[i] = arm[row] == shiftArm && visit[row] > 0
	}
	for _, visit := range []string{"3", "12"} {
		l := make([]float64, len(d.Terms))
		for k, term := range d.Terms {
			if term == "armintervention" || term == "armintervention:factor(visit)"+visit {
				l[k] = 1
			}
		}
		job.Contrasts = append(job.Contrasts, l)
	}
	return job
}

// everyVisit takes the columns that the model needs, and adds the visits that a
// patient did not come to.
func everyVisit(fr *formula.Frame) *formula.Frame {
	at := map[string]int{}
	for k, c := range fr.Columns {
		at[c.Name] = k
	}
	patient, visit := fr.Columns[at["patient_id"]].Text, fr.Columns[at["visit"]].Num
	came := map[string]map[float64]bool{}
	first := map[string]int{}
	var order []string
	for i, p := range patient {
		if came[p] == nil {
			came[p], first[p] = map[float64]bool{}, i
			order = append(order, p)
		}
		came[p][visit[i]] = true
	}
	out := &formula.Frame{Rows: fr.Rows}
	for _, name := range []string{"patient_id", "unit_id", "arm", "visit", "odi"} {
		c := fr.Columns[at[name]]
		c.Num, c.Text = append([]float64(nil), c.Num...), append([]string(nil), c.Text...)
		out.Columns = append(out.Columns, c)
	}
	for _, p := range order {
		for _, v := range []float64{0, 3, 12} {
			if came[p][v] {
				continue
			}
			out.Rows++
			for k := range out.Columns {
				c := &out.Columns[k]
				switch {
				case c.Name == "visit":
					c.Num = append(c.Num, v)
				case c.Name == "odi":
					c.Num = append(c.Num, math.NaN())
				default:
					c.Text = append(c.Text, c.Text[first[p]])
				}
			}
		}
	}
	return out
}

func imputer(t testing.TB, job *impute.Job) *impute.Imputer {
	t.Helper()
	m, err := impute.New(job)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Rubin's rules as computed in R 4.2.2 from the formulas of Barnard and Rubin 1999.
func TestPoolAsInR(t *testing.T) {
	var e []impute.Estimate
	for k, q := range []float64{1.2, 0.8, 1.5, 1.1, 0.9} {
		e = append(e, impute.Estimate{Value: q, SE: []float64{.4, .5, .45, .42, .48}[k]})
	}
	e = append(e, impute.Estimate{Value: math.NaN(), SE: math.NaN()}) // one that could not be fitted
	for _, want := range [][7]float64{                                // complete df; estimate, SE, df, share missing, P, lower end
		{100, 1.1, 0.542088553651523, 26.2121119740073, 0.306268291022936, 0.0527078383332384, -0.0138402939281324},
		{math.Inf(1), 1.1, 0.542088553651523, 42.643802271605, 0.306268291022936, 0.0487109043914602, 0.00651010676858643},
	} {
		p := impute.Pool(e, want[0])
		for k, got := range []float64{p.Estimate, p.SE, p.DF, p.Missing, p.P, p.Low} {
			if math.Abs(got-want[k+1]) > 1e-9*max(1, math.Abs(want[k+1])) {
				t.Errorf("df %g, number %d: %.15g, R %.15g", want[0], k, got, want[k+1])
			}
		}
		if p.Used != 5 {
			t.Errorf("used %d", p.Used)
		}
	}
	if p := impute.Pool(e[:1], 50); !math.IsNaN(p.Estimate) || p.Used != 1 {
		t.Errorf("one data set was pooled: %+v", p)
	}
}

// Under missing at random (delta 0) imputation and maximum likelihood on the observed rows estimate the same.
func TestDeltaZeroIsTheMainAnalysis(t *testing.T) {
	job := odiJob(t, "intervention")
	m := imputer(t, job)
	const draws = 40
	pooled := make([][]impute.Estimate, len(job.Contrasts))
	for k := range draws {
		for c, e := range m.Run(k, []float64{0})[0] {
			pooled[c] = append(pooled[c], e)
		}
	}
	f := m.Observed()
	for c, l := range job.Contrasts {
		want, variance := 0.0, 0.0
		for i, a := range l {
			want += a * f.Beta[i]
			for j, b := range l {
				variance += a * b * f.Cov[i*len(l)+j]
			}
		}
		p := impute.Pool(pooled[c], m.CompleteDF())
		noise := p.SE * math.Sqrt(p.Missing/draws)
		if math.Abs(p.Estimate-want) > 4*noise {
			t.Errorf("contrast %d: %g pooled, %g observed, Monte Carlo %g", c, p.Estimate, want, noise)
		}
		if ratio := p.SE / math.Sqrt(variance); ratio < 0.9 || ratio > 1.15 {
			t.Errorf("contrast %d: standard error %g pooled, %g observed", c, p.SE, math.Sqrt(variance))
		}
		if p.Missing <= 0 || p.Missing > 0.6 || p.DF > m.CompleteDF() {
			t.Errorf("contrast %d: share missing %g, df %g", c, p.Missing, p.DF)
		}
	}
}

// What is added to one arm's missing outcomes moves the contrast by its share of that arm's answers, and the same
// draws serve every delta and any order.
func TestDeltaMovesTheContrast(t *testing.T) {
	job := odiJob(t, "intervention")
	m := imputer(t, job)
	deltas := []float64{-10, 0, 10}
	second := m.Run(1, deltas)
	first := m.Run(0, deltas)
	again := imputer(t, job)
	for k, want := range [][][]impute.Estimate{first, second} {
		got := again.Run(k, deltas)
		for d := range deltas {
			for c := range job.Contrasts {
				if got[d][c] != want[d][c] {
					t.Fatalf("imputation %d, delta %g: %+v and %+v", k, deltas[d], got[d][c], want[d][c])
				}
			}
		}
	}
	for c := range job.Contrasts {
		down, up := first[1][c].Value-first[0][c].Value, first[2][c].Value-first[1][c].Value
		if up <= 0 || up >= 10 || math.Abs(up-down) > 0.3*up {
			t.Errorf("contrast %d moves by %g and %g", c, down, up)
		}
	}
	both := *job
	both.Shifted = nil
	joint, other := imputer(t, &both).Run(0, deltas), imputer(t, odiJob(t, "control")).Run(0, deltas)
	for c := range job.Contrasts {
		base := first[1][c].Value
		one, two, together := first[2][c].Value-base, other[2][c].Value-base, joint[2][c].Value-base
		if two >= 0 || math.Abs(together-one-two) > 0.1*(one-two) {
			t.Errorf("contrast %d: the arms move it by %g and %g, both by %g", c, one, two, together)
		}
	}
}

// Observed outcomes stay, missing ones spread as the model says.
func TestDrawsKeepWhatWasObserved(t *testing.T) {
	job := odiJob(t, "intervention")
	m := imputer(t, job)
	y := make([]float64, len(job.Design.Y))
	sum, squares, n := 0.0, 0.0, 0.0
	for k := range 50 {
		m.Draw(k, y)
		for i, v := range y {
			if !job.Missing[i] {
				if v != job.Design.Y[i] {
					t.Fatalf("row %d was observed as %g and is %g", i, job.Design.Y[i], v)
				}
				continue
			}
			sum, squares, n = sum+v, squares+v*v, n+1
		}
	}
	f := m.Observed()
	total := f.Residual
	for _, c := range f.Random {
		total += c.Variance
	}
	sd := math.Sqrt(squares/n - sum/n*sum/n)
	if mean := sum / n; mean < 5 || mean > 50 || sd < 0.6*math.Sqrt(total) || sd > 1.6*math.Sqrt(total) {
		t.Errorf("missing outcomes have mean %g and SD %g, the model's SD is %g", mean, sd, math.Sqrt(total))
	}
}

func TestTipping(t *testing.T) {
	deltas := []float64{-4, -2, 0, 2, 4}
	for _, c := range []struct {
		p    []float64
		want float64
		ok   bool
	}{
		{[]float64{.001, .002, .01, .03, .09}, 2 + 2*.02/.06, true},
		{[]float64{.001, .002, .01, .03, .04}, 0, false},
		{[]float64{.2, .06, .04, .04, .2}, -1, true}, // the nearer of two
		{[]float64{.2, math.NaN(), .01, .01, .01}, 0, false},
	} {
		got, ok := impute.Tipping(deltas, c.p, 0.05)
		if ok != c.ok || ok && math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v: %g %v, not %g %v", c.p, got, ok, c.want, c.ok)
		}
	}
}

func TestWhatCannotBeImputedIsSaid(t *testing.T) {
	none := odiJob(t, "intervention")
	clear(none.Missing)
	all := odiJob(t, "intervention")
	for i := range all.Missing {
		all.Missing[i] = true
	}
	visit := odiJob(t, "intervention") // nobody answered at 12 months
	for i := range visit.Missing {
		for k, term := range visit.Design.Terms {
			if term == "factor(visit)12" && visit.Design.X[i*len(visit.Design.Terms)+k] == 1 {
				visit.Missing[i] = true
			}
		}
	}
	over := odiJob(t, "intervention")
	over.Design.Residual.Structure = mixed.Unstructured
	for want, job := range map[string]*impute.Job{"covariance over visits": over, "no outcome is missing": none, "every outcome is missing": all, "do not determine": visit} {
		if _, err := impute.New(job); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
