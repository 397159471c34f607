package mixed_test

import (
	"math"
	"testing"

	"trialbox/stats/mixed"
)

// Public data sets with the answers lme4 prints for them (its help pages and vignettes); the
// standard deviations also follow from the mean squares, the designs being balanced.

// pasteStrength: Davies and Goldsmith 1972; 10 batches of 3 casks, two samples each.
var pasteStrength = []float64{
	62.8, 62.6, 60.1, 62.3, 62.7, 63.1, 60.0, 61.4, 57.5, 56.9, 61.1, 58.9, 58.7, 57.5, 63.9, 63.1, 65.4, 63.7, 57.1, 56.4,
	56.9, 58.6, 64.7, 64.5, 55.1, 55.1, 54.7, 54.2, 58.8, 57.5, 63.4, 64.9, 59.3, 58.1, 60.5, 60.0, 62.5, 62.6, 61.0, 58.7,
	56.9, 57.7, 59.2, 59.4, 65.2, 66.0, 64.8, 64.1, 54.8, 54.8, 64.0, 64.0, 57.7, 56.8, 58.3, 59.3, 59.2, 59.2, 58.9, 56.6,
}

// dyestuffYield: Davies and Goldsmith 1972; 6 batches, five yields each.
var dyestuffYield = []float64{
	1545, 1440, 1440, 1520, 1580, 1540, 1555, 1490, 1560, 1495, 1595, 1550, 1605, 1510, 1560,
	1445, 1440, 1595, 1465, 1545, 1595, 1630, 1515, 1635, 1625, 1520, 1455, 1450, 1480, 1445,
}

// dyestuff2Yield: Box and Tiao 1973; simulated so that the variance between batches is estimated as zero.
var dyestuff2Yield = []float64{
	7.298, 3.846, 2.434, 9.566, 7.990, 5.220, 6.556, 0.608, 11.788, -0.892, 0.110, 10.386, 13.434, 5.510, 8.166,
	2.212, 4.852, 7.092, 9.288, 4.980, 0.282, 9.014, 4.458, 9.446, 7.198, 1.722, 4.782, 8.106, 0.758, 3.758,
}

// balanced makes a design with an intercept and groups of equal consecutive size.
func balanced(y []float64, sizes ...int) *mixed.Design {
	d := &mixed.Design{Response: "y", Terms: []string{"(Intercept)"}, Y: y, X: make([]float64, len(y))}
	for k := range d.X {
		d.X[k] = 1
	}
	for level, size := range sizes {
		g := mixed.Group{Name: []string{"upper", "lower"}[level]}
		for row := range y {
			if row%size == 0 {
				g.Levels = append(g.Levels, string(rune('A'+row/size)))
			}
			g.Of = append(g.Of, int32(row/size))
		}
		d.Groups = append(d.Groups, g)
	}
	return d
}

func TestFitPublic(t *testing.T) {
	for _, c := range []struct {
		name      string
		y         []float64
		sizes     []int
		method    mixed.Method
		criterion float64
		sd        []float64 // upper, lower, residual
		se        float64   // of the intercept
		tolerance float64
	}{
		{"pastes/ML", pasteStrength, []int{6, 2}, mixed.ML, 247.99447, []float64{1.09506, 2.90411, 0.82341}, 0.64209, 1e-5},
		{"pastes/REML", pasteStrength, []int{6, 2}, mixed.REML, 246.99075, []float64{1.28736, 2.90409, 0.82341}, 0.67682, 1e-5},
		{"dyestuff/ML", dyestuffYield, []int{5}, mixed.ML, 327.32706, []float64{37.26034, 49.51010}, 17.69455, 1e-5},
		{"dyestuff/REML", dyestuffYield, []int{5}, mixed.REML, 319.65428, []float64{42.00063, 49.51010}, 19.38341, 1e-5},
		{"dyestuff2/ML", dyestuff2Yield, []int{5}, mixed.ML, 162.87303, []float64{0, 3.65323}, 0.66698, 1e-5},
		{"dyestuff2/REML", dyestuff2Yield, []int{5}, mixed.REML, 161.82828, []float64{0, 3.71568}, 0.67839, 1e-5},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := mixed.New(balanced(c.y, c.sizes...))
			if err != nil {
				t.Fatal(err)
			}
			fit, err := m.Fit(c.method)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "criterion", fit.Criterion, c.criterion, 2e-5)
			near(t, "SE", fit.SE[0], c.se, 1e-4*c.se)
			for k, v := range fit.Random {
				near(t, "SD of "+v.Group, v.SD, c.sd[k], 1e-4*c.sd[k])
			}
			near(t, "residual SD", math.Sqrt(fit.Residual), c.sd[len(c.sd)-1], 1e-4*c.sd[len(c.sd)-1])
			if fit.Singular != (c.sd[0] == 0) || !fit.Converged {
				t.Errorf("singular %v, converged %v", fit.Singular, fit.Converged)
			}
		})
	}
}
