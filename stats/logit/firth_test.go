package logit_test

import (
	"slices"
	"testing"

	"trialbox/stats/internal/trialdata"
	"trialbox/stats/logit"
)

// TestSeparation: strong opioids of the trial, without an event at three months in either arm. The contrasts at baseline
// and at 12 months and all that the other visits determine are fitted, those at three months are not estimable. Both
// variances being zero, the answers are those of logistic regression at each visit (results/separation.json of the
// reference, R 4.2.2: glm at 12 months; the runaway glmer agrees where it does not run away).
func TestSeparation(t *testing.T) {
	d := trialdata.Design(t, trialdata.Trial(t), "strong_opioid ~ arm*factor(visit) + (1|unit_id) + (1|patient_id)")
	f := fitted(t, d, logit.Options{})
	s := f.Separation
	if s == nil || s.Rows != 184 || len(s.Cells) != 2 || s.Cells[0].Category != "0" || s.Cells[0].Rows+s.Cells[1].Rows != 184 {
		t.Fatalf("separation %+v", s)
	}
	contrast := func(terms ...string) []float64 {
		l := make([]float64, len(f.Terms))
		for _, name := range terms {
			l[slices.Index(f.Terms, name)] = 1
		}
		return l
	}
	for _, c := range []struct {
		l  []float64
		ok bool
	}{
		{contrast("armintervention"), true},
		{contrast("armintervention", "armintervention:factor(visit)3"), false},
		{contrast("armintervention", "armintervention:factor(visit)12"), true},
		{contrast("factor(visit)3"), false},
		{contrast("factor(visit)12"), true},
		{contrast("armintervention:factor(visit)3"), false},
	} {
		if s.Estimable(c.l) != c.ok {
			t.Errorf("%v is estimable: %v", c.l, !c.ok)
		}
	}
	for term, want := range map[string][2]float64{
		"(Intercept)": {-3.25809662875273, 0.588348430128253}, "armintervention": {-2.19294181846984, 1.16208679297719},
		"factor(visit)12": {-0.570544887335251, 1.16956963138929}, "armintervention:factor(visit)12": {1.15404886410484, 1.8384442144853},
	} {
		e, se := value(f, term)
		near(t, term, e, want[0], 1e-5)
		near(t, "SE of "+term, se, want[1], 1e-4)
	}
}

// TestFirth: brglm2's AS_mean fit of the same data without random effects (separation.json, R 4.2.2).
func TestFirth(t *testing.T) {
	d := trialdata.Design(t, trialdata.Trial(t), "strong_opioid ~ arm*factor(visit) + (1|unit_id)")
	p, err := logit.Firth(d, logit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	estimates := []float64{-3.11033565627939, -1.93738131273039, -1.44354126257624, -0.323651546266798, 0.874487133929744, 0.905460396623459}
	ses := []float64{0.549670579411631, 0.987904030047508, 1.53824300822544, 1.00247281557449, 2.24987389248074, 1.53565797886238}
	for k, name := range p.Terms {
		near(t, name, p.Beta[k], estimates[k], 2e-5)
		near(t, "SE of "+name, p.SE[k], ses[k], 2e-5)
	}
}
