package mixed_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"trialbox/stats/internal/trialdata"
	"trialbox/stats/mixed"
)

// Draws spread round the fit as its own standard errors say, and effects round the predictions.
func TestPosteriorHasTheFitsMoments(t *testing.T) {
	for _, f := range []string{"odi ~ arm*factor(visit) + (1|unit_id/patient_id)", "odi ~ arm*factor(visit) + (1|patient_id)"} {
		d := trialdata.Design(t, trialdata.Trial(t), f)
		model, err := mixed.New(d)
		if err != nil {
			t.Fatal(err)
		}
		fit, err := model.Fit(mixed.REML)
		if err != nil {
			t.Fatal(err)
		}
		inf, err := model.NewInference(d, fit)
		if err != nil {
			t.Fatal(err)
		}
		p, err := inf.NewPosterior()
		if err != nil {
			t.Fatal(err)
		}
		predictions := inf.Predictions()
		const draws = 3000
		r := rand.New(rand.NewPCG(3, 1))
		beta, square := make([]float64, len(fit.Beta)), make([]float64, len(fit.Beta))
		effect, effectSquare := make([]float64, len(d.Groups[0].Levels)), make([]float64, len(d.Groups[0].Levels))
		sigma := 0.0
		for range draws {
			x := p.Draw(r)
			for k, b := range x.Beta {
				beta[k] += b / draws
				square[k] += (b - fit.Beta[k]) * (b - fit.Beta[k]) / draws
			}
			for k, e := range x.Effects[0] {
				effect[k] += e / draws
				effectSquare[k] += (e - predictions[k].Value) * (e - predictions[k].Value) / draws
			}
			sigma += x.Sigma * x.Sigma / draws
		}
		for k, se := range fit.SE {
			if math.Abs(beta[k]-fit.Beta[k]) > 5*se/math.Sqrt(draws) {
				t.Errorf("%s: %s drawn round %g, fitted %g (SE %g)", f, fit.Terms[k], beta[k], fit.Beta[k], se)
			}
			if ratio := math.Sqrt(square[k]) / se; ratio < 0.93 || ratio > 1.1 {
				t.Errorf("%s: %s spreads %g of its standard error", f, fit.Terms[k], ratio)
			}
		}
		if ratio := sigma / fit.Residual; ratio < 0.97 || ratio > 1.05 {
			t.Errorf("%s: residual variance drawn %g of the fitted", f, ratio)
		}
		for k := range effect {
			p := predictions[k]
			if d := math.Abs(effect[k] - p.Value); d > 0.25*p.SE {
				t.Errorf("%s: effect of %s drawn round %g, predicted %g (SE %g)", f, p.Level, effect[k], p.Value, p.SE)
			}
			if ratio := math.Sqrt(effectSquare[k]) / p.SE; ratio < 0.85 || ratio > 1.4 {
				t.Errorf("%s: effect of %s spreads %g of its standard error", f, p.Level, ratio)
			}
		}
	}
}
