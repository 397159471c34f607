package mixed_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"trialbox/stats/formula"
	"trialbox/stats/internal/trialdata"
	"trialbox/stats/mixed"
)

// publicReference is testdata/public/public.json, which public.R wrote: lme4's and nlme's answers on their own example
// data.
type publicReference struct {
	Fits []struct {
		Data, Formula, Method string
		LogLik, AIC, BIC      float64
		Singular              bool
		Terms                 []string
		Beta, SE              []float64
		Varcomp               []struct {
			Group, Var1, Var2 string
			SDCor             float64
		}
	}
	Profiles []struct {
		Data, Formula string
		Names         []string
		Low, High     []float64
	}
	Blups []struct {
		Data, Formula      string
		Group, Term, Level []string
		Value, SD          []float64
		Fitted, Scaled     []float64
	}
	MMRM []struct {
		Data, Structure, Method string
		LogLik, Sigma           float64
		Terms                   []string
		Beta, SE                []float64
	}
	LRT []struct {
		Data, Small, Large string
		Chisq, P           float64
		DF                 int
	}
}

func readPublic(t *testing.T) (ref publicReference) {
	t.Helper()
	b, err := os.ReadFile("testdata/public/public.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	return ref
}

// publicFrame is one data set; NA is missing, as R writes it.
func publicFrame(t *testing.T, name string) *formula.Frame {
	t.Helper()
	f, err := os.Open("testdata/public/" + name + ".csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for k := range row {
			if row[k] == "NA" {
				row[k] = ""
			}
		}
	}
	return trialdata.Frame(rows[0], rows[1:])
}

// TestPublicFits: logLik may be above lme4's, whose optimisers stop early, never below; where it is the same to 1e-5 so
// are the estimates (1e-3 SE) and the SDs.
func TestPublicFits(t *testing.T) {
	for _, ref := range readPublic(t).Fits {
		t.Run(ref.Data+"/"+ref.Formula+"/"+ref.Method, func(t *testing.T) {
			fit := fitOf(t, publicFrame(t, ref.Data), ref.Formula, methodOf(ref.Method))
			if !fit.Converged {
				t.Error("not converged")
			}
			if fit.LogLik < ref.LogLik-1e-5 {
				t.Errorf("logLik %.8f is below lme4's %.8f", fit.LogLik, ref.LogLik)
			}
			if fit.LogLik > ref.LogLik+1e-5 {
				t.Logf("logLik %.8f is above lme4's %.8f", fit.LogLik, ref.LogLik)
				return
			}
			near(t, "AIC", fit.AIC, ref.AIC, 4e-5)
			near(t, "BIC", fit.BIC, ref.BIC, 4e-5)
			if fit.Singular != ref.Singular {
				t.Errorf("singular %v, want %v: %v", fit.Singular, ref.Singular, fit.Random)
			}
			if len(fit.Beta) != len(ref.Beta) {
				t.Fatalf("terms %v", fit.Terms)
			}
			for k, b := range fit.Beta { // R names its columns alike, but for levels that sort by locale
				near(t, fit.Terms[k], b, ref.Beta[k], 1e-3*ref.SE[k])
				near(t, "SE "+fit.Terms[k], fit.SE[k], ref.SE[k], 1e-3*ref.SE[k])
			}
			sd := map[string]float64{}
			for _, v := range ref.Varcomp {
				if v.Var2 == "" {
					sd[groupKey(v.Group, ref.Formula)+" "+v.Var1] = v.SDCor
				} else {
					sd[groupKey(v.Group, ref.Formula)+" "+v.Var1+" "+v.Var2] = v.SDCor
				}
			}
			for k, c := range fit.Random {
				key := groupKey(c.Group, ref.Formula)
				near(t, key+" "+c.Term, c.SD, sd[key+" "+c.Term], 1e-3*sd[key+" "+c.Term]+2e-3*math.Sqrt(fit.Residual)*indicator(ref.Singular))
				for j, r := range c.Corr {
					if first := fit.Random[k-len(c.Corr)+j].Term; !ref.Singular {
						near(t, "correlation", r, sd[key+" "+first+" "+c.Term], 2e-3)
					}
				}
			}
			near(t, "residual SD", math.Sqrt(fit.Residual), sd["Residual "], 1e-3*sd["Residual "])
		})
	}
}

func indicator(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// groupKey is our name of a group of lme4: where a formula says a/b lme4 names b:a what we name b; it adds .1 to a second
// block.
func groupKey(name, formula string) string {
	name = strings.TrimSuffix(name, ".1")
	if lower, _, found := strings.Cut(name, ":"); found && strings.Contains(formula, "/") {
		return lower
	}
	return name
}

// TestPublicProfiles compares profile intervals with lme4's (ML, confint(profile)): 1 % of the interval's length, lme4's
// spline being no better.
func TestPublicProfiles(t *testing.T) {
	for _, ref := range readPublic(t).Profiles {
		t.Run(ref.Data, func(t *testing.T) {
			inf := inferenceOf(t, trialdata.Design(t, publicFrame(t, ref.Data), ref.Formula), mixed.ML)
			got := map[string]mixed.Profile{}
			for _, p := range inf.Profiles() {
				name := "sigma"
				switch {
				case p.Parameter == "sd" && p.Group != "Residual":
					name = "sd_" + p.Term + "|" + groupKey(p.Group, ref.Formula)
				case p.Parameter == "corr":
					name = "cor_" + p.Term + "." + p.With + "|" + groupKey(p.Group, ref.Formula)
				}
				got[name] = p
			}
			for k, name := range ref.Names {
				if at := strings.Index(name, "|"); at >= 0 {
					name = name[:at+1] + groupKey(name[at+1:], ref.Formula)
				}
				p, ok := got[name]
				if !ok {
					t.Errorf("no profile %s in %v", name, got)
					continue
				}
				length := ref.High[k] - ref.Low[k]
				near(t, name+" low", p.Low, ref.Low[k], 0.01*length)
				near(t, name+" high", p.High, ref.High[k], 0.01*length)
			}
		})
	}
}

// TestPublicPredictions compares random effects, their conditional SDs, fitted values and scaled residuals with lme4.
func TestPublicPredictions(t *testing.T) {
	for _, ref := range readPublic(t).Blups {
		t.Run(ref.Data, func(t *testing.T) {
			inf := inferenceOf(t, trialdata.Design(t, publicFrame(t, ref.Data), ref.Formula), mixed.REML)
			want := map[string]int{}
			for k, g := range ref.Group {
				want[groupKey(g, ref.Formula)+" "+ref.Term[k]+" "+levelKey(ref.Level[k], ref.Formula)] = k
			}
			found := 0
			for _, p := range inf.Predictions() {
				k, ok := want[groupKey(p.Group, ref.Formula)+" "+p.Term+" "+levelKey(p.Level, ref.Formula)]
				if !ok {
					t.Errorf("%+v is not in the reference", p)
					continue
				}
				found++
				near(t, fmt.Sprintf("%s %s %s", p.Group, p.Term, p.Level), p.Value, ref.Value[k], 1e-3*ref.SD[k]+1e-9)
				near(t, "conditional SD", p.SE, ref.SD[k], 1e-3*ref.SD[k]+1e-9)
			}
			if found != len(ref.Group) {
				t.Errorf("%d predictions, want %d", found, len(ref.Group))
			}
			e := inf.Residuals()
			sd := math.Sqrt(inf.Fit().Residual)
			for k := range e.Fitted {
				near(t, "fitted", e.Fitted[k], ref.Fitted[k], 1e-3*sd)
				near(t, "scaled residual", e.Standardised[k], ref.Scaled[k], 1e-3)
			}
		})
	}
}

// levelKey is a level of a/b whatever the order of its parts.
func levelKey(level, formula string) string {
	parts := strings.Split(level, ":")
	if strings.Contains(formula, "/") && len(parts) == 2 && parts[0] > parts[1] {
		parts[0], parts[1] = parts[1], parts[0]
	}
	return strings.Join(parts, ":")
}

// TestPublicMMRM compares every covariance of visits with nlme::gls.
func TestPublicMMRM(t *testing.T) {
	if n := len(readPublic(t).MMRM); n < 20 {
		t.Errorf("%d references", n)
	}
	for _, ref := range readPublic(t).MMRM {
		t.Run(ref.Data+"/"+ref.Structure+"/"+ref.Method, func(t *testing.T) {
			f, where := "distance ~ Sex*factor(age) + "+ref.Structure+"(age|Subject)", "age > 0"
			if ref.Data == "BodyWeight" {
				f = "weight ~ factor(Diet)*factor(Time) + " + ref.Structure + "(Time|Rat)"
				where = "(Time == 1 | Time == 15 | Time == 29 | Time == 43 | Time == 64) & !((Rat == 3 | Rat == 9) & Time > 30)"
			}
			fr := publicFrame(t, ref.Data)
			condition, err := formula.ParseCondition(where)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := condition.Rows(fr)
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := formula.Parse(f)
			if err != nil {
				t.Fatal(err)
			}
			d, err := parsed.BuildWhere(fr, rows)
			if err != nil {
				t.Fatal(err)
			}
			m, err := mixed.New(d)
			if err != nil {
				t.Fatal(err)
			}
			fit, err := m.Fit(methodOf(ref.Method))
			if err != nil {
				t.Fatal(err)
			}
			if fit.LogLik < ref.LogLik-1e-5 || !fit.Converged {
				t.Errorf("logLik %.8f, gls %.8f; converged %v", fit.LogLik, ref.LogLik, fit.Converged)
			}
			if fit.LogLik > ref.LogLik+1e-4 {
				t.Logf("logLik %.8f is above gls's %.8f", fit.LogLik, ref.LogLik)
				return
			}
			scale := 1.0
			for k, b := range fit.Beta {
				near(t, fit.Terms[k], b, ref.Beta[k], 2e-3*ref.SE[k])
				if k == 0 && ref.Method == "ml" { // gls multiplies ML standard errors by √(N/(N−p))
					scale = math.Sqrt(float64(fit.N) / float64(fit.N-len(fit.Terms)))
				}
				near(t, "SE "+fit.Terms[k], scale*fit.SE[k], ref.SE[k], 1e-3*ref.SE[k])
			}
		})
	}
}

// TestPublicLRT compares likelihood ratio tests with lme4's anova.
func TestPublicLRT(t *testing.T) {
	for _, ref := range readPublic(t).LRT {
		fr := publicFrame(t, ref.Data)
		small, large := fitOf(t, fr, ref.Small, mixed.ML), fitOf(t, fr, ref.Large, mixed.ML)
		got, err := mixed.CompareFits(small, large)
		if err != nil {
			t.Fatal(err)
		}
		near(t, ref.Data, got.Statistic, ref.Chisq, 1e-4)
		near(t, "P", got.P, ref.P, 1e-4*ref.P+1e-12)
		if got.DF != ref.DF {
			t.Errorf("%s: df %d, want %d", ref.Data, got.DF, ref.DF)
		}
		if boundary := len(small.Terms) == len(large.Terms); got.Boundary != boundary || boundary && !(got.PBoundary <= got.P) {
			t.Errorf("%s: %+v", ref.Data, got)
		}
	}
}
