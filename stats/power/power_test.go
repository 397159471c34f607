package power

import (
	"math"
	"reflect"
	"testing"

	"trialbox/stats"
	"trialbox/stats/boot"
	"trialbox/stats/logit"
)

// paper is the model paper's plan: 27 units of 6, ICC 0.05, 4 of 50 points with SD 8.
var paper = Job{Family: Linear, Treated: 14, Control: 13, Size: 6, Visits: 1, ICC: 0.05, Diff: 4, SD: 8, Alpha: 0.05, T: true, REML: true, Seed: 42}

func with(change func(*Job)) *Job {
	j := paper
	change(&j)
	return &j
}

var families = map[string]*Job{
	"linear, one visit": with(func(j *Job) {}),
	"linear, three visits, bootstrap": with(func(j *Job) {
		j.Visits, j.Correlation, j.Dropout, j.CV, j.Bootstrap = 3, 0.5, 0.3, 0.65, 20
	}),
	"linear, constrained": with(func(j *Job) { j.Visits, j.Correlation, j.Constrained = 2, 0.5, true }),
	"binary":              with(func(j *Job) { j.Family, j.Shares, j.Size = Binary, []float64{0.2, 0.45}, 8 }),
	"ordinal, two visits": with(func(j *Job) {
		j.Family, j.Shares, j.Odds, j.Visits, j.Correlation = Ordinal, []float64{0.5, 0.3, 0.2}, 2.5, 2, 0.4
	}),
}

// Trial r depends on the job, the seed and r only.
func TestSplit(t *testing.T) {
	for name, j := range families {
		t.Run(name, func(t *testing.T) {
			whole := NewSimulator(j).Run(0, 6)
			second, first := NewSimulator(j).Run(2, 6), NewSimulator(j).Run(0, 2)
			if got, want := Summarize(j, []*Batch{second, first}), Summarize(j, []*Batch{whole}); !reflect.DeepEqual(got, want) {
				t.Errorf("split: %+v\nwhole: %+v", got, want)
			}
			for k := range 4 {
				if second.Estimate[k] != whole.Estimate[k+2] || second.SE[k] != whole.SE[k+2] {
					t.Errorf("trial %d: %v, %v", k+2, second.Estimate[k], whole.Estimate[k+2])
				}
			}
			other := *j
			other.Seed++
			if NewSimulator(&other).Run(0, 1).Estimate[0] == whole.Estimate[0] {
				t.Error("another seed, the same trial")
			}
			if got := Summarize(j, []*Batch{whole, first, whole}); got.Trials != 6 {
				t.Errorf("%d trials of 6", got.Trials)
			}
			for k, s := range whole.Status {
				if s > Boundary && whole.Reasons == nil {
					t.Errorf("trial %d has status %d without a reason", k, s)
				}
			}
		})
	}
}

// A linear trial of equal units with one visit is the one case in which the power is known: noncentral t on clusters − 2. REML
// estimates bounded at zero make the test a little conservative, by less than the Monte Carlo error of 4,000 trials.
func TestKnownPower(t *testing.T) {
	const trials = 4000
	want := stats.Plan{Diff: 4, SD: 8, ICC: 0.05, ClusterSize: 6, T: true}.At(27).PowerAtClusters // 0.7809
	s := Summarize(&paper, []*Batch{NewSimulator(&paper).Run(0, trials)})
	if math.Abs(s.Power-want) > 4*s.MCSE {
		t.Errorf("power %.4f (%.4f), want %.4f", s.Power, s.MCSE, want)
	}
	if s.People != 162 || s.Failed+s.NoEstimate > 0 {
		t.Errorf("%+v", s)
	}
	if bias := s.Mean - Truth(&paper); math.Abs(bias) > 4*s.SD/math.Sqrt(trials) {
		t.Errorf("mean estimate %.4f, true %v", s.Mean, Truth(&paper))
	}
	null := with(func(j *Job) { j.Null = true })
	if s := Summarize(null, []*Batch{NewSimulator(null).Run(0, trials)}); math.Abs(s.Power-0.05) > 4*math.Sqrt(0.05*0.95/trials)+0.005 {
		t.Errorf("%.4f false alarms", s.Power)
	}
}

// The baseline in the model pays as the formula of Frison and Pocock says, 1 − r² of the variance, within clusters.
func TestConstrained(t *testing.T) {
	free := with(func(j *Job) { j.Visits, j.Correlation = 2, 0.7 })
	tied := *free
	tied.Constrained = true
	a, b := Summarize(free, []*Batch{NewSimulator(free).Run(0, 600)}), Summarize(&tied, []*Batch{NewSimulator(&tied).Run(0, 600)})
	if !(b.SD < 0.85*a.SD) || b.Power <= a.Power {
		t.Errorf("free: SD %.3f, power %.3f; constrained: %.3f, %.3f", a.SD, a.Power, b.SD, b.Power)
	}
}

// What is drawn has the shares and correlations of the plan.
func TestDrawn(t *testing.T) {
	t.Run("binary", func(t *testing.T) {
		j := with(func(j *Job) {
			j.Family, j.Shares, j.ICC, j.Visits, j.Correlation = Binary, []float64{0.2, 0.35}, 0.1, 2, 0.4
			j.Treated, j.Control, j.Size = 3000, 3000, 4
		})
		s := NewSimulator(j)
		drawn := s.draw(1)
		var one, many [2]float64 // at the last visit, by arm
		var pairs, alike, again, visits float64
		mean := 0.2
		for k := range drawn.y {
			if drawn.visit[k] == 1 {
				many[drawn.arm[k]]++
				one[drawn.arm[k]] += drawn.y[k]
			}
			if drawn.arm[k] == 1 {
				continue
			}
			if k > 0 && drawn.person[k] == drawn.person[k-1] {
				again += (drawn.y[k] - mean) * (drawn.y[k-1] - mean)
				visits++
			}
			for i := k - 1; i >= 0 && drawn.cluster[i] == drawn.cluster[k]; i-- {
				if drawn.person[i] != drawn.person[k] {
					alike += (drawn.y[k] - mean) * (drawn.y[i] - mean)
					pairs++
				}
			}
		}
		v := mean * (1 - mean)
		for what, c := range map[string][3]float64{"share of the control arm": {one[0] / many[0], 0.2, 0.02}, "share of the other": {one[1] / many[1], 0.35, 0.02},
			"ICC": {alike / pairs / v, 0.1, 0.02}, "correlation of visits": {again / visits / v, 0.4, 0.03}} {
			if math.Abs(c[0]-c[1]) > c[2] {
				t.Errorf("%s: %.4f, want %.4f", what, c[0], c[1])
			}
		}
	})
	t.Run("ordinal", func(t *testing.T) {
		j := with(func(j *Job) {
			j.Family, j.Shares, j.Odds, j.ICC, j.Treated, j.Control = Ordinal, []float64{0.5, 0.3, 0.2}, 2, 0.1, 3000, 3000
		})
		count := [2][3]float64{}
		drawn := NewSimulator(j).draw(1)
		for k, y := range drawn.y {
			count[drawn.arm[k]][int(y)] += 1 / 18000.0
		}
		for k, want := range j.Shares {
			if math.Abs(count[0][k]-want) > 0.02 {
				t.Errorf("category %d: %.4f", k, count[0][k])
			}
		}
		if count[1][2] < count[0][2]+0.08 {
			t.Errorf("an odds ratio of 2 gives %v against %v", count[1], count[0])
		}
	})
	t.Run("sizes and drop-out", func(t *testing.T) {
		j := with(func(j *Job) { j.CV, j.Size, j.Treated, j.Control, j.Dropout = 0.65, 6.3, 5000, 5000, 0.3 })
		drawn := NewSimulator(j).draw(1)
		sizes := map[int32]float64{}
		for _, c := range drawn.cluster {
			sizes[c]++
		}
		if got := float64(len(drawn.y)) / float64(drawn.people); math.Abs(got-0.7) > 0.01 {
			t.Errorf("%.3f stayed", got)
		}
		if mean := float64(drawn.people) / 10000; math.Abs(mean-6.35) > 0.15 { // a few are raised to 1
			t.Errorf("mean size %.3f", mean)
		}
		j.Dropout = 0
		drawn = NewSimulator(j).draw(1)
		ss := 0.0
		sizes = map[int32]float64{}
		for _, c := range drawn.cluster {
			sizes[c]++
		}
		mean := float64(drawn.people) / 10000
		for c := range int32(10000) {
			ss += (sizes[c] - mean) * (sizes[c] - mean)
		}
		if cv := math.Sqrt(ss/10000) / mean; math.Abs(cv-0.65) > 0.03 {
			t.Errorf("CV %.3f", cv)
		}
	})
}

// The log odds ratios of the logit models lie about the true ones.
func TestLogitEstimates(t *testing.T) {
	for _, name := range []string{"binary", "ordinal, two visits"} {
		j := families[name]
		s := Summarize(j, []*Batch{NewSimulator(j).Run(0, 60)})
		if s.Failed > 0 || math.Abs(s.Mean-Truth(j)) > 4*s.SD/math.Sqrt(60)+0.1 {
			t.Errorf("%s: mean %.3f (SD %.3f), true %.3f: %+v", name, s.Mean, s.SD, Truth(j), s)
		}
	}
}

// Strong random effects take a fixed number of points: the estimates are those of the usual rule.
func TestNodes(t *testing.T) {
	j := with(func(j *Job) {
		j.Family, j.Shares, j.Visits, j.Correlation, j.Treated, j.Control = Binary, []float64{0.3, 0.5}, 2, 0.4, 8, 8
	})
	s := NewSimulator(j)
	if s.law.nodes() != 15 || NewSimulator(families["binary"]).law.nodes() != 0 {
		t.Fatalf("law %+v", s.law)
	}
	drawn := s.draw(3)
	d, contrast, _ := s.design(&drawn)
	r, err := boot.NewRunner(&boot.Job{Design: d, Contrasts: []boot.Contrast{{Name: "difference", L: contrast}}, Logit: &logit.Options{}})
	if err != nil {
		t.Fatal(err)
	}
	usual, quick := r.Contrasts()[0], s.Run(3, 4)
	if math.Abs(quick.Estimate[0]-usual.Estimate) > 0.02*usual.SE || math.Abs(quick.SE[0]/usual.SE-1) > 0.02 {
		t.Errorf("%v (%v), by the usual rule %v (%v)", quick.Estimate[0], quick.SE[0], usual.Estimate, usual.SE)
	}
}

func TestCheck(t *testing.T) {
	for field, change := range map[string]func(*Job){
		"units":       func(j *Job) { j.Treated, j.Control = 1, 1 },
		"people":      func(j *Job) { j.Size = 0 },
		"icc":         func(j *Job) { j.ICC = 1 },
		"correlation": func(j *Job) { j.Visits, j.Correlation = 3, 0.01 },
		"dropout":     func(j *Job) { j.Dropout = 1 },
		"sd":          func(j *Job) { j.SD = 0 },
		"treated":     func(j *Job) { j.Family, j.Shares = Binary, []float64{0.2, 1} },
		"categories":  func(j *Job) { j.Family, j.Shares, j.Odds = Ordinal, []float64{0.5, 0.3, 0.3}, 2 },
		"odds":        func(j *Job) { j.Family, j.Shares = Ordinal, []float64{0.5, 0.3, 0.2} },
		"bootstrap":   func(j *Job) { j.Bootstrap = 1 },
		"alpha":       func(j *Job) { j.Alpha = math.NaN() },
	} {
		if got, why := with(change).Check(); got != field || why == "" {
			t.Errorf("%s: %q %q", field, got, why)
		}
	}
	if field, why := paper.Check(); field != "" {
		t.Errorf("the paper's plan: %s %s", field, why)
	}
}
