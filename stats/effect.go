package stats

import (
	"math"
	"slices"
)

// Effect is a standardised difference of two means with its 95 % interval. The numbers are NaN unless the Status is OK.
type Effect struct {
	D, SE, Low, High float64
	Status           Status
}

func noEffect(why Status) Effect {
	nan := math.NaN()
	return Effect{nan, nan, nan, nan, why}
}

func effect(d, variance float64) Effect {
	se := math.Sqrt(variance)
	if math.IsNaN(se) || math.IsInf(d, 0) {
		return noEffect("The standardised difference cannot be computed from these values.")
	}
	return Effect{D: d, SE: se, Low: d - z975*se, High: d + z975*se}
}

// CohenD is (mean of x − mean of y)/pooled SD with the large-sample variance N/(nm) + d²/(2(N − 2)) (Hedges and Olkin
// 1985, Statistical methods for meta-analysis, section 5.E, with N − 2 for N). Patients count as independent.
func CohenD(x, y []float64) Effect {
	x, y = present(x), present(y)
	if bad := effectNeeds(x, y); bad != OK {
		return noEffect(bad)
	}
	n, m := float64(len(x)), float64(len(y))
	d := (mean(x) - mean(y)) / pooledSD(x, y)
	return effect(d, (n+m)/(n*m)+d*d/(2*(n+m-2)))
}

func effectNeeds(x, y []float64) Status {
	switch {
	case len(x) < 1 || len(y) < 1 || len(x)+len(y) < 3:
		return "A standardised difference needs a value in each group and three in all."
	case flat(x, y):
		return "The values do not vary within the groups, so a difference cannot be standardised."
	}
	return OK
}

// HedgesG is CohenD times 1 − 3/(4(N − 2) − 1), which removes its bias in small samples (Hedges 1981).
func HedgesG(x, y []float64) Effect {
	d := CohenD(x, y)
	n := float64(len(present(x)) + len(present(y)))
	if d.Status != OK {
		return d
	}
	j := hedgesJ(n - 2)
	if !(j > 0) { // one degree of freedom
		return noEffect("Hedges' correction needs four values.")
	}
	return effect(j*d.D, j*j*d.SE*d.SE)
}

func hedgesJ(df float64) float64 { return 1 - 3/(4*df-1) }

// HedgesClusterD is the effect of two arms of clusters of unequal size, d times √(1 − 2(ñ − 1)ρ/(N − 2)), with a standard
// error that allows for the intraclass correlation ρ in [0, 1). cluster numbers the cluster of each value of x and of y;
// the arms' numbers need not differ. Hedges 2007, Journal of Educational and Behavioral Statistics 32:341–370, equations
// 14 to 16 with ñ for unequal clusters.
func HedgesClusterD(x, y []float64, clusterX, clusterY []int, rho float64) Effect {
	sizesX, sizesY := clusterSizes(x, clusterX), clusterSizes(y, clusterY)
	x, y = present(x), present(y)
	if bad := effectNeeds(x, y); bad != OK {
		return noEffect(bad)
	}
	if !(rho >= 0 && rho < 1) {
		return noEffect("The intraclass correlation of an effect must be 0 or more and less than 1.")
	}
	nx, ny := float64(len(x)), float64(len(y))
	n := nx + ny
	u := ny*sizesX.squares/(n*nx) + nx*sizesY.squares/(n*ny)
	d := (mean(x) - mean(y)) / pooledSD(x, y) * math.Sqrt(1-2*(u-1)*rho/(n-2))
	v := n/(nx*ny)*(1+(u-1)*rho) +
		d*d*((n-2)*(1-rho)*(1-rho)+u*(n-2*u)*rho*rho+2*(n-2*u)*rho*(1-rho))/(2*(n-2)*((n-2)-2*(u-1)*rho))
	return effect(d, v)
}

// StandardisedContrast is a model's contrast over a standard deviation: that of the model (the root of all its variance
// components) or the pooled one at baseline.
func StandardisedContrast(estimate, se, sd float64) Effect {
	if !(sd > 0) {
		return noEffect("A contrast cannot be standardised by a standard deviation of zero.")
	}
	return effect(estimate/sd, se*se/(sd*sd))
}

// LogOdds is a log odds ratio as an odds ratio.
type LogOdds struct {
	OR, Low, High float64 // the interval is Wald's, back from the log scale
	Marginal      float64 // the log odds ratio of the whole population, approximately
}

// OddsOf takes a log odds ratio from the log scale. With variance the sum of the variances of the random effects it is the
// odds ratio of one patient; Marginal shrinks the log to that of the population by √(1 + (16√3/15π)² variance) (Zeger,
// Liang and Albert 1988, Biometrics 44:1049–1060, equation 3.2).
func OddsOf(logOdds, se, variance float64) LogOdds {
	c := 16 * math.Sqrt(3) / (15 * math.Pi)
	return LogOdds{math.Exp(logOdds), math.Exp(logOdds - z975*se), math.Exp(logOdds + z975*se), logOdds / math.Sqrt(1+c*c*variance)}
}

// Imbalance is a standardised difference between two arms at baseline; Value is NaN unless the Status is OK.
type Imbalance struct {
	Value  float64
	Status Status
}

// ImbalanceOfMeans is (mean of x − mean of y)/√((var x + var y)/2) (Austin 2009, Statistics in Medicine 28:3083–3107,
// equation 1).
func ImbalanceOfMeans(x, y []float64) Imbalance {
	x, y = present(x), present(y)
	switch {
	case len(x) < 2 || len(y) < 2:
		return Imbalance{math.NaN(), "A standardised difference needs two values in each group."}
	case flat(append(slices.Clone(x), y...)):
		return Imbalance{}
	case flat(x, y):
		return Imbalance{math.NaN(), "The values do not vary within the groups, so a difference cannot be standardised."}
	}
	return Imbalance{Value: (mean(x) - mean(y)) / math.Sqrt((variance(x)+variance(y))/2)}
}

// ImbalanceOfShares is the standardised difference between the first and the second column of a table. With two
// categories it is (p − q)/√((p(1 − p) + q(1 − q))/2) of the last one (Austin 2009, equation 2); with more it is the
// distance √(d'S⁻¹d) of the shares of all but the first category, which has no sign (Yang and Dalton 2012, SAS Global
// Forum, paper 335). Categories that nobody is in are left out.
func ImbalanceOfShares(t Table) Imbalance {
	_, all, _ := t.margins()
	if len(all) != 2 || all[0] == 0 || all[1] == 0 {
		return Imbalance{math.NaN(), "A standardised difference needs two groups with answers."}
	}
	event := len(t) - 1
	if len(t) == 2 {
		p, q := float64(t[event][0])/float64(all[0]), float64(t[event][1])/float64(all[1])
		if p == q {
			return Imbalance{}
		}
		if v := (p*(1-p) + q*(1-q)) / 2; v > 0 {
			return Imbalance{Value: (p - q) / math.Sqrt(v)}
		}
		return Imbalance{math.NaN(), "Each group is all in one category, so a difference cannot be standardised."}
	}
	t = t.occupied()
	k := len(t) - 1
	if k < 1 {
		return Imbalance{}
	}
	d, s := make([]float64, k), make([][]float64, k)
	for i := range k {
		p, q := float64(t[i+1][0])/float64(all[0]), float64(t[i+1][1])/float64(all[1])
		d[i], s[i] = p-q, make([]float64, i+1)
		for j := range i {
			p2, q2 := float64(t[j+1][0])/float64(all[0]), float64(t[j+1][1])/float64(all[1])
			s[i][j] = -(p*p2 + q*q2) / 2
		}
		s[i][i] = (p*(1-p) + q*(1-q)) / 2
	}
	square, ok := mahalanobis(d, s)
	if !ok {
		return Imbalance{math.NaN(), "The groups share no category, so a difference cannot be standardised."}
	}
	return Imbalance{Value: math.Sqrt(square)}
}

// mahalanobis is d'S⁻¹d by Cholesky's factor of S, whose lower triangle is overwritten; false when S has no inverse.
func mahalanobis(d []float64, s [][]float64) (square float64, ok bool) {
	for i := range s {
		pivot, x := s[i][i], d[i]
		for j := range i {
			for k := range j {
				s[i][j] -= s[i][k] * s[j][k]
			}
			s[i][j] /= s[j][j]
			pivot -= s[i][j] * s[i][j]
			x -= s[i][j] * d[j]
		}
		if pivot <= 1e-12*s[i][i] {
			return 0, false
		}
		s[i][i] = math.Sqrt(pivot)
		d[i] = x / s[i][i]
		square += d[i] * d[i]
	}
	return square, true
}
