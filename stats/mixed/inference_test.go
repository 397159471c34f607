package mixed_test

import (
	"math"
	"strconv"
	"testing"

	"trialbox/stats/internal/trialdata"
	"trialbox/stats/mixed"
)

// armContrast is the arm difference at a visit of a reference fit, as the reference labels it: arm + arm:visit, the
// change arm:visit alone, or the cLDA term.
func armContrast(terms []string, variant, visit string) []float64 {
	l := make([]float64, len(terms))
	add := func(name string) {
		for k, term := range terms {
			if rName.Replace(term) == name {
				l[k] = 1
			}
		}
	}
	switch {
	case variant == "clda":
		add("iv" + visit)
	case len(visit) > 7 && visit[:7] == "change_":
		add("armintervention:v" + visit[7:])
	default:
		add("armintervention")
		add("armintervention:v" + visit)
	}
	return l
}

type contrastReference struct {
	Visit        string
	Estimate, SE float64
	DFSatt       *float64 `json:"df_satterthwaite"`
	SEKR         *float64 `json:"se_kr"`
	DFKR         *float64 `json:"df_kr"`
}

// TestDegreesOfFreedom compares Satterthwaite with lmerTest and Kenward-Roger with pbkrtest, for the fixed effects and
// the arm contrasts of every reference fit that has them (lmm.json): df 1 %, adjusted SE 1e-4.
func TestDegreesOfFreedom(t *testing.T) {
	var refs []struct {
		lmmReference
		Fixed []struct {
			Estimate, SE float64
			DFSatt       *float64 `json:"df_satterthwaite"`
			SEKR         *float64 `json:"se_kr"`
			DFKR         *float64 `json:"df_kr"`
		}
		Contrasts []contrastReference
	}
	trialdata.JSON(t, "lmm.json", &refs)
	fr := trialdata.Trial(t)
	satterthwaite, kr := 0, 0
	for _, ref := range refs {
		if ref.Variant == "mmrm" {
			continue
		}
		t.Run(ref.ID, func(t *testing.T) {
			inf := inferenceOf(t, ref.design(t, fr), methodOf(ref.Method))
			one := func(name string, l []float64, estimate, se float64, dfSatt, seKR, dfKR *float64) {
				if dfSatt != nil {
					satterthwaite++
					got := test(t, inf, l, mixed.Satterthwaite, mixed.NotRobust)
					near(t, name, got.Estimate, estimate, 1e-4*se)
					near(t, "SE "+name, got.SE, se, 1e-4*se)
					near(t, "Satterthwaite df "+name, got.DF, *dfSatt, 0.01**dfSatt)
				}
				if dfKR != nil {
					kr++
					got := test(t, inf, l, mixed.KenwardRoger, mixed.NotRobust)
					near(t, "Kenward-Roger SE "+name, got.SE, *seKR, 1e-4**seKR)
					near(t, "Kenward-Roger df "+name, got.DF, *dfKR, 0.01**dfKR)
				}
			}
			terms := inf.Fit().Terms
			for k, f := range ref.Fixed {
				l := make([]float64, len(terms))
				l[k] = 1
				one(terms[k], l, f.Estimate, f.SE, f.DFSatt, f.SEKR, f.DFKR)
			}
			for _, c := range ref.Contrasts {
				one(c.Visit, armContrast(terms, ref.Variant, c.Visit), c.Estimate, c.SE, c.DFSatt, c.SEKR, c.DFKR)
			}
		})
	}
	if satterthwaite < 500 || kr < 200 {
		t.Errorf("%d Satterthwaite and %d Kenward-Roger references compared", satterthwaite, kr)
	}
}

func methodOf(name string) mixed.Method {
	if name == "REML" || name == "reml" {
		return mixed.REML
	}
	return mixed.ML
}

func inferenceOf(t testing.TB, d *mixed.Design, method mixed.Method) *mixed.Inference {
	t.Helper()
	m, err := mixed.New(d)
	if err != nil {
		t.Fatal(err)
	}
	fit, err := m.Fit(method)
	if err != nil {
		t.Fatal(err)
	}
	inf, err := m.NewInference(d, fit)
	if err != nil {
		t.Fatal(err)
	}
	return inf
}

func test(t testing.TB, inf *mixed.Inference, l []float64, df mixed.DF, robust mixed.Robust) mixed.Tested {
	t.Helper()
	got, err := inf.Test(l, df, robust)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestRobust compares CR0, CR1 and CR2 with Satterthwaite degrees of freedom with clubSandwich (robust_se.csv).
func TestRobust(t *testing.T) {
	header, rows := trialdata.Table(t, "robust_se.csv")
	fr := trialdata.Trial(t)
	infs := map[string]*mixed.Inference{}
	for _, row := range rows {
		cell := map[string]string{}
		for k, name := range header {
			cell[name] = row[k]
		}
		number := func(name string) float64 {
			v, err := strconv.ParseFloat(cell[name], 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		key := cell["outcome"] + cell["method"]
		if infs[key] == nil {
			infs[key] = inferenceOf(t, trialdata.Design(t, fr, cell["outcome"]+" ~ "+rightSides["base"]), methodOf(cell["method"]))
		}
		kind := map[string]mixed.Robust{"CR0": mixed.CR0, "CR1": mixed.CR1, "CR2": mixed.CR2}[cell["type"]]
		got := test(t, infs[key], armContrast(infs[key].Fit().Terms, "base", cell["visit"]), mixed.Satterthwaite, kind)
		name := key + " " + cell["type"] + " " + cell["visit"]
		near(t, name, got.Estimate, number("estimate"), 1e-4*number("se"))
		near(t, "SE "+name, got.SE, number("se"), 1e-4*number("se"))
		near(t, "df "+name, got.DF, number("df_satterthwaite"), 0.01*number("df_satterthwaite"))
	}
	if len(rows) != 54 {
		t.Errorf("%d references", len(rows))
	}
}

// TestInferenceRefuses: Kenward-Roger needs REML.
func TestInferenceRefuses(t *testing.T) {
	inf := inferenceOf(t, trialdata.Design(t, trialdata.Trial(t), "odi ~ "+rightSides["unadj"]), mixed.ML)
	if _, err := inf.Test(make([]float64, len(inf.Fit().Terms)), mixed.KenwardRoger, mixed.NotRobust); err == nil {
		t.Error("Kenward-Roger under ML")
	}
	if _, err := inf.Test(make([]float64, len(inf.Fit().Terms)), mixed.Normal, "cr9"); err == nil {
		t.Error("an unknown robust covariance")
	}
	if got := test(t, inf, make([]float64, len(inf.Fit().Terms)), mixed.Normal, mixed.NotRobust); !math.IsNaN(got.DF) {
		t.Errorf("df %v under the normal distribution", got.DF)
	}
}

// TestInferenceMMRM: compound symmetry written as a covariance of visits is a random intercept, so everything that
// follows from it is the same, whatever the parameters.
func TestInferenceMMRM(t *testing.T) {
	fr := trialdata.Trial(t)
	one := inferenceOf(t, trialdata.Design(t, fr, "odi ~ "+rightSides["base"]), mixed.REML)
	two := inferenceOf(t, trialdata.Design(t, fr, "odi ~ "+base+" + (1|unit_id) + cs(visit|patient_id)"), mixed.REML)
	l := armContrast(one.Fit().Terms, "base", "12")
	for _, c := range []struct {
		df     mixed.DF
		robust mixed.Robust
	}{{mixed.Satterthwaite, mixed.NotRobust}, {mixed.KenwardRoger, mixed.NotRobust}, {mixed.Satterthwaite, mixed.CR1}, {mixed.Satterthwaite, mixed.CR2}} {
		x, y := test(t, one, l, c.df, c.robust), test(t, two, l, c.df, c.robust)
		name := string(c.df) + string(c.robust)
		near(t, "SE "+name, y.SE, x.SE, 1e-5*x.SE)
		near(t, "df "+name, y.DF, x.DF, 1e-3*x.DF)
		p := len(l)
		cov, err := one.Covariance(c.df, c.robust)
		if err != nil {
			t.Fatal(err)
		}
		v := 0.0
		for i := range l {
			for j := range l {
				v += l[i] * l[j] * cov[i*p+j]
			}
		}
		near(t, "covariance "+name, math.Sqrt(v), x.SE, 1e-9*x.SE)
	}
	sum := 0.0
	for _, e := range one.Residuals().Standardised {
		sum += e * e
	}
	if n := float64(one.Fit().N); sum < 0.5*n || sum > n {
		t.Errorf("standardised residuals of mean square %v", sum/n)
	}
}
