package stats

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/gonum/stat/distuv"
)

// Plan is what a trial of two arms is planned with. Continuous outcomes have Diff and SD, binary ones Binary and the two
// shares. Zero values of Power, Alpha, Ratio and Visits stand for 0.8, 0.05, 1 and 1.
type Plan struct {
	Diff, SD         float64 // to be detected, and the SD of a patient within an arm, on one scale
	Binary           bool
	Control, Treated float64 // shares with the event, 0 to 1
	PooledNull       bool    // binary: the variance under no difference for the test, as in R's power.prop.test
	ICC              float64 // 0 to 1
	ClusterSize      float64 // mean number of patients analysed in a cluster; may be fractional
	CV               float64 // of the cluster sizes: their SD with divisor K over their mean
	Power, Alpha     float64 // Alpha is two-sided
	Dropout          float64 // share of patients without the outcome, 0 to less than 1
	T                bool    // t distributions in place of the normal
	Ratio            float64 // patients treated for each in the control arm
	Visits           int     // after the start, their mean being the outcome
	Before           int     // at the start, adjusted for
	Correlation      float64 // between any two visits of a patient
}

// Size is the answer to a Plan. Clusters are counted over both arms and rounded up once; the numbers before that are not
// rounded. Numbers that do not apply are NaN or 0.
type Size struct {
	DesignEffect    float64
	VisitFactor     float64 // of the variance, by repeated visits and baseline
	NUnadjusted     float64 // patients of both arms if each were randomised alone
	NTotal          float64 // NUnadjusted × DesignEffect
	Clusters        int
	ClusterSize     float64
	EqualArms       int // clusters when each arm is rounded up by itself
	NRounded        int // Clusters × ClusterSize
	NWithDropout    int
	PowerAtClusters float64
	Detectable      float64    // difference detected at the power by these clusters; NaN for a binary outcome
	DetectableShare [2]float64 // binary: the treated shares below and above Control; NaN where there is none
	Steps           []Step
	Warnings        []string
	Status          Status
}

// Step is one step of the reckoning, in words and its result.
type Step struct {
	Text  string
	Value float64
}

// Size is the number of clusters that reaches the power.
//
// Normal: N = (z_{1−α/2} + z_power)² · V/d² · factor, V = v₁/s₁ + v₀/s₀ with the variances of the arms (SD², or p(1 − p))
// and their shares s of the patients; 4 SD² for equal arms. With T, the N at which the upper tail of the noncentral t on
// N − 2 degrees of freedom has the power (R's power.t.test); the power of the clusters is then by t on clusters − 2.
// Design effect 1 + ((CV² + 1)m − 1)ICC (Eldridge, Ashby and Kerry 2006, International Journal of Epidemiology
// 35:1292–1300). Visits: the factor of Frison and Pocock 1992, Statistics in Medicine 11:1685–1704, section 3.3.
func (p Plan) Size() Size {
	p = p.defaults()
	out := p.begin(p.check(true, true))
	if out.Status != OK {
		return out
	}
	p.individual(&out)
	out.NTotal = out.NUnadjusted * out.DesignEffect
	out.step(out.NTotal, "Patients in clusters: %s × %s, not rounded", show(out.NUnadjusted), show(out.DesignEffect))
	if !(out.NTotal < 1e9) {
		return p.begin("The trial would need more than a thousand million patients: the difference is too small beside the standard deviation.")
	}
	exact := out.NTotal / p.ClusterSize
	out.Clusters = max(2, roundUp(exact))
	out.step(float64(out.Clusters), "Clusters of %s: %s / %s = %s, rounded up once over both arms", show(p.ClusterSize), show(out.NTotal), show(p.ClusterSize), show(exact))
	if exact <= 1 {
		out.step(2, "At least one cluster an arm")
	}
	treated, control := exact*p.Ratio/(1+p.Ratio), exact/(1+p.Ratio)
	out.EqualArms = roundUp(treated) + roundUp(control)
	p.finish(&out)
	out.step(float64(out.EqualArms), "Clusters when each arm is rounded up by itself: %s and %s give %d and %d", show(treated), show(control), roundUp(treated), roundUp(control))
	return out
}

// At is what a given number of clusters reaches: the power for the planned difference, where one is given, and the
// difference detected at the planned power.
func (p Plan) At(clusters int) Size {
	p = p.defaults()
	bad := p.check(p.hasDifference(), true)
	if bad == OK && clusters < 2 {
		bad = Status(fmt.Sprintf("%d clusters cannot be compared: each arm needs at least one.", clusters))
	}
	out := p.begin(bad)
	if out.Status != OK {
		return out
	}
	out.Clusters = clusters
	if p.hasDifference() {
		p.individual(&out)
		out.NTotal = out.NUnadjusted * out.DesignEffect
		out.step(out.NTotal, "Patients that the planned power needs in clusters: %s × %s, not rounded", show(out.NUnadjusted), show(out.DesignEffect))
	}
	p.finish(&out)
	return out
}

// ClusterSizeFor is the size at which a given number of clusters reaches the power: m = N(1 − ρ)/(K − N ρ (1 + CV²)), N the
// patients needed if each were randomised alone. Where no size is enough the Status says how many clusters are needed.
func (p Plan) ClusterSizeFor(clusters int) Size {
	p = p.defaults()
	p.ClusterSize = 1
	bad := p.check(true, true)
	if bad == OK && clusters < 2 {
		bad = Status(fmt.Sprintf("%d clusters cannot be compared: each arm needs at least one.", clusters))
	}
	out := p.begin(bad)
	if out.Status != OK {
		return out
	}
	out.Steps = nil
	p.individual(&out)
	room := float64(clusters) - out.NUnadjusted*p.ICC*(1+p.CV*p.CV)
	if room <= 1e-9 {
		least := int(math.Floor(out.NUnadjusted*p.ICC*(1+p.CV*p.CV)+1e-9)) + 1
		return p.begin(Status(fmt.Sprintf("With %d clusters no cluster size reaches a power of %s at an intraclass correlation of %s: at least %d clusters are needed.", clusters, show(p.Power), show(p.ICC), least)))
	}
	exact := out.NUnadjusted * (1 - p.ICC) / room
	p.ClusterSize = float64(max(1, roundUp(exact)))
	steps := out.Steps
	out.ClusterSize, out.DesignEffect, out.Clusters = p.ClusterSize, p.designEffect(), clusters
	out.Steps = append(steps,
		Step{fmt.Sprintf("Patients a cluster: %s × (1 − %s) / (%d − %s × %s × %s) = %s, rounded up", show(out.NUnadjusted), show(p.ICC), clusters, show(out.NUnadjusted), show(p.ICC), show(1+p.CV*p.CV), show(exact)), p.ClusterSize},
		p.designStep())
	out.NTotal = out.NUnadjusted * out.DesignEffect
	p.finish(&out)
	return out
}

func (p Plan) defaults() Plan {
	or := func(x *float64, value float64) {
		if *x == 0 {
			*x = value
		}
	}
	or(&p.Power, 0.8)
	or(&p.Alpha, 0.05)
	or(&p.Ratio, 1)
	if p.Visits == 0 {
		p.Visits = 1
	}
	return p
}

func (p Plan) hasDifference() bool {
	if p.Binary {
		return !math.IsNaN(p.Treated)
	}
	return p.Diff != 0
}

// check says what cannot be planned with.
func (p Plan) check(difference, size bool) Status {
	say := func(format string, args ...any) Status { return Status(fmt.Sprintf(format, args...)) }
	share := func(x float64) bool { return x >= 0 && x <= 1 }
	variance := p.Binary && difference && p.Control*(1-p.Control)+p.Treated*(1-p.Treated) == 0
	switch {
	case p.Binary && (!share(p.Control) || difference && !share(p.Treated)):
		return "The two shares must lie between 0 and 1: 0.2 for 20 %."
	case p.Binary && difference && p.Control == p.Treated:
		return "The two shares are the same: there is no difference to detect."
	case variance || p.Binary && !difference && p.Control*(1-p.Control) == 0:
		return "With shares of 0 and 1 nothing varies; plan with shares in between."
	case !p.Binary && difference && !(math.Abs(p.Diff) > 0 && !math.IsInf(p.Diff, 0)):
		return "The difference to detect must be a number other than 0."
	case !p.Binary && !(p.SD > 0 && !math.IsInf(p.SD, 0)):
		return "The standard deviation must be above 0."
	case !share(p.ICC):
		return say("An intraclass correlation of %s cannot be planned with: it lies between 0 and 1. Take 0 for a negative estimate.", show(p.ICC))
	case size && !(p.ClusterSize >= 1 && !math.IsInf(p.ClusterSize, 0)):
		return "The cluster size must be 1 or more."
	case !(p.CV >= 0 && !math.IsInf(p.CV, 0)):
		return "The coefficient of variation of the cluster sizes must be 0 or more."
	case !(p.Alpha > 0 && p.Alpha < 1):
		return "The significance level must lie between 0 and 1: 0.05 for 5 %."
	case !(p.Power > p.Alpha && p.Power < 1):
		return say("A power of %s cannot be planned: it must be above the significance level and below 1, which no number of patients reaches.", show(p.Power))
	case !(p.Dropout >= 0 && p.Dropout < 1):
		return "The share of drop-outs must be 0 or more and less than 1: 0.3 for 30 %."
	case !(p.Ratio > 0 && !math.IsInf(p.Ratio, 0)):
		return "The ratio of the arms must be above 0."
	case p.Visits < 1 || p.Before < 0:
		return "There must be at least one visit after the start, and none or more before."
	case !(p.Correlation >= 0 && p.Correlation <= 1):
		return "The correlation of the visits must lie between 0 and 1."
	case p.visitFactor() <= 0:
		return "With a correlation of 1 the start of the trial would already tell its end."
	}
	return OK
}

// begin starts an answer: empty with a status, or with the design effect.
func (p Plan) begin(bad Status) Size {
	nan := math.NaN()
	out := Size{Status: bad, DesignEffect: nan, VisitFactor: nan, NUnadjusted: nan, NTotal: nan, ClusterSize: nan,
		PowerAtClusters: nan, Detectable: nan, DetectableShare: [2]float64{nan, nan}}
	if bad != OK {
		return out
	}
	out.ClusterSize, out.DesignEffect, out.VisitFactor = p.ClusterSize, p.designEffect(), p.visitFactor()
	out.Steps = append(out.Steps, p.designStep())
	if out.VisitFactor != 1 {
		out.step(out.VisitFactor, "Variance of the mean of %d visit(s), adjusted for %d at the start, with correlation %s", p.Visits, p.Before, show(p.Correlation))
	}
	return out
}

func (p Plan) designEffect() float64 { return DesignEffect(p.ClusterSize, p.CV, p.ICC) }

func (p Plan) designStep() Step {
	if p.CV == 0 {
		return Step{fmt.Sprintf("Design effect: 1 + (%s − 1) × %s", show(p.ClusterSize), show(p.ICC)), p.designEffect()}
	}
	return Step{fmt.Sprintf("Design effect of unequal clusters: 1 + ((%s² + 1) × %s − 1) × %s", show(p.CV), show(p.ClusterSize), show(p.ICC)), p.designEffect()}
}

// DesignEffect is 1 + ((cv² + 1)m − 1)icc, m the mean cluster size and cv its coefficient of variation with divisor K.
func DesignEffect(m, cv, icc float64) float64 { return 1 + ((1+cv*cv)*m-1)*icc }

// RelativeEfficiency of unequal clusters is 1 − cv²λ(1 − λ), λ = m/(m + (1 − icc)/icc) (van Breukelen, Candel and Berger
// 2007, Statistics in Medicine 26:2589–2603): divide the number of equal clusters by it.
func RelativeEfficiency(m, cv, icc float64) float64 {
	lambda := m * icc / (m*icc + 1 - icc)
	return 1 - cv*cv*lambda*(1-lambda)
}

// visitFactor is [1 + (q − 1)r]/q − p r²/(1 + (p − 1)r) for q visits after and p before the start.
func (p Plan) visitFactor() float64 {
	q, r, b := float64(p.Visits), p.Correlation, float64(p.Before)
	factor := (1 + (q-1)*r) / q
	if p.Before > 0 {
		factor -= b * r * r / (1 + (b-1)*r)
	}
	return factor
}

// variance is V, the variance of the difference of two arms of one patient in all, and null the one under no difference.
func (p Plan) variance() (v, null float64) {
	treated, control := p.Ratio/(1+p.Ratio), 1/(1+p.Ratio)
	if !p.Binary {
		v = p.SD * p.SD * (1/treated + 1/control)
		return v, v
	}
	v = p.Treated*(1-p.Treated)/treated + p.Control*(1-p.Control)/control
	if !p.PooledNull {
		return v, v
	}
	mean := treated*p.Treated + control*p.Control
	return v, mean * (1 - mean) * (1/treated + 1/control)
}

func (p Plan) difference() float64 {
	if p.Binary {
		return math.Abs(p.Treated - p.Control)
	}
	return math.Abs(p.Diff)
}

// individual fills the number of patients without clusters.
func (p Plan) individual(out *Size) {
	v, null := p.variance()
	d := p.difference()
	z, beta := normalQuantile(1-p.Alpha/2), normalQuantile(p.Power)
	root := z*math.Sqrt(null) + beta*math.Sqrt(v)
	n := root * root / (d * d) * p.visitFactor()
	how := fmt.Sprintf("(z %s + z %s)² × %s / %s²", show(z), show(beta), show(v), show(d))
	if null != v {
		how = fmt.Sprintf("(z %s × √%s + z %s × √%s)² / %s²", show(z), show(null), show(beta), show(v), show(d))
	}
	if p.T {
		ncp := func(n float64) float64 { return d / math.Sqrt(v*p.visitFactor()/n) }
		n = solve(max(n, 3), func(n float64) float64 { return tPower(ncp(n), n-2, p.Alpha, false) - p.Power })
		how = fmt.Sprintf("by t on their number less 2, %s / √(%s/n) apart", show(d), show(v*p.visitFactor()))
	} else if f := p.visitFactor(); f != 1 {
		how += " × " + show(f)
	}
	out.NUnadjusted = n
	out.step(n, "Patients of both arms if each were randomised alone: %s, not rounded", how)
}

// finish fills what follows from the number of clusters and their size.
func (p Plan) finish(out *Size) {
	patients := float64(out.Clusters) * p.ClusterSize
	out.NRounded = roundUp(patients)
	out.step(float64(out.NRounded), "Patients in the clusters: %d × %s", out.Clusters, show(p.ClusterSize))
	out.NWithDropout = roundUp(float64(out.NRounded) / (1 - p.Dropout))
	if p.Dropout > 0 {
		out.step(float64(out.NWithDropout), "To recruit with %s %% lost: %d / %s = %s, rounded up", show(100*p.Dropout), out.NRounded, show(1-p.Dropout), show(float64(out.NRounded)/(1-p.Dropout)))
	}
	if out.EqualArms == 0 {
		out.EqualArms = out.Clusters
	}
	if p.T && out.Clusters < 3 {
		out.Warnings = append(out.Warnings, "With 2 clusters nothing is left to estimate the variation between clusters: no power by t.")
		return
	}
	how := "normal distribution"
	if p.T {
		how = fmt.Sprintf("t on %d degrees of freedom, clusters less 2", out.Clusters-2)
	}
	if p.hasDifference() {
		out.PowerAtClusters = p.power(out.Clusters, patients, p.difference())
		out.step(out.PowerAtClusters, "Power of %d clusters of %s: %s", out.Clusters, show(p.ClusterSize), how)
	}
	p.detectable(out, patients, how)
	if out.Clusters < 10 {
		out.Warnings = append(out.Warnings, fmt.Sprintf("%d clusters are few: the arms can differ by chance in what no model repairs, and tests by the normal distribution say more than they know.", out.Clusters))
	}
}

// PowerAt is the power of a number of clusters alone, as a curve needs it many times; NaN where At has none.
func (p Plan) PowerAt(clusters int) float64 {
	p = p.defaults()
	if !p.hasDifference() || p.check(true, true) != OK || clusters < 2 || p.T && clusters < 3 {
		return math.NaN()
	}
	return p.power(clusters, float64(clusters)*p.ClusterSize, p.difference())
}

// power of the two-sided test; both tails.
func (p Plan) power(clusters int, patients, d float64) float64 {
	v, null := p.variance()
	scale := p.designEffect() * p.visitFactor() / patients
	if p.T {
		return tPower(d/math.Sqrt(v*scale), float64(clusters-2), p.Alpha, true)
	}
	limit := normalQuantile(1-p.Alpha/2) * math.Sqrt(null*scale)
	se := math.Sqrt(v * scale)
	return normalCDF((d-limit)/se) + normalCDF((-d-limit)/se)
}

// detectable fills the difference that has the power.
func (p Plan) detectable(out *Size, patients float64, how string) {
	apart := normalQuantile(1-p.Alpha/2) + normalQuantile(p.Power) // in standard errors
	if p.T {
		df := float64(out.Clusters - 2)
		apart = solve(0, func(ncp float64) float64 { return tPower(ncp, df, p.Alpha, false) - p.Power })
	}
	scale := p.designEffect() * p.visitFactor() / patients
	if !p.Binary {
		v, _ := p.variance()
		out.Detectable = apart * math.Sqrt(v*scale)
		out.step(out.Detectable, "Difference detected at a power of %s: %s", show(p.Power), how)
		return
	}
	for side, sign := range []float64{-1, 1} {
		q := p
		short := func(d float64) float64 {
			q.Treated = p.Control + sign*d
			v, null := q.variance()
			if q.T {
				return d - apart*math.Sqrt(v*scale)
			}
			return d - (normalQuantile(1-p.Alpha/2)*math.Sqrt(null*scale) + normalQuantile(p.Power)*math.Sqrt(v*scale))
		}
		room := p.Control
		if sign > 0 {
			room = 1 - p.Control
		}
		if short(room) < 0 {
			continue
		}
		d := solveIn(0, room, short)
		out.DetectableShare[side] = p.Control + sign*d
		out.step(out.DetectableShare[side], "Share detected against %s at a power of %s: %s", show(p.Control), show(p.Power), how)
	}
}

func (s *Size) step(value float64, format string, args ...any) {
	s.Steps = append(s.Steps, Step{fmt.Sprintf(format, args...), value})
}

// tPower is the power of a t test whose statistic has noncentrality ncp ≥ 0; with both tails, or as R's power.t.test
// without the one on the wrong side.
func tPower(ncp, df, alpha float64, both bool) float64 {
	q := tQuantile(1-alpha/2, df)
	power := 1 - noncentralT(q, df, ncp)
	if both {
		power += noncentralT(-q, df, ncp)
	}
	return power
}

// noncentralT is the distribution function; beyond 4e5 degrees of freedom by the normal approximation, as in R.
func noncentralT(t, df, ncp float64) float64 {
	if df > 4e5 {
		return normalCDF((t*(1-1/(4*df)) - ncp) / math.Sqrt(1+t*t/(2*df)))
	}
	return distuv.NoncentralT{Nu: df, Mu: ncp}.CDF(t)
}

// solve finds where a rising function crosses 0, from a point below which it is not asked.
func solve(low float64, f func(float64) float64) float64 {
	if f(low) >= 0 {
		return low
	}
	step := max(1, low)
	for range 200 {
		if f(low+step) >= 0 {
			return solveIn(low, low+step, f)
		}
		low, step = low+step, 2*step
	}
	return math.NaN()
}

func solveIn(low, high float64, f func(float64) float64) float64 {
	for range 200 {
		mid := low + (high-low)/2
		if mid == low || mid == high {
			break
		}
		if f(mid) < 0 {
			low = mid
		} else {
			high = mid
		}
	}
	return low + (high-low)/2
}

// roundUp is the least whole number not below x, but for rounding errors: 140/0.7 is 200.
func roundUp(x float64) int { return int(math.Ceil(x - 1e-9*max(1, math.Abs(x)))) }

// show prints a number of a step with up to 4 decimals.
func show(x float64) string {
	if x != 0 && math.Abs(x) < 0.001 {
		return strconv.FormatFloat(x, 'g', 3, 64)
	}
	return strconv.FormatFloat(math.Round(x*1e4)/1e4, 'f', -1, 64)
}

// Achieved is what clusters of known sizes can show: the comparison of all patients alike, and with the best weights of the
// clusters.
type Achieved struct {
	DesignEffect   [2]float64 // of each arm
	SE, Power      float64    // all patients alike; normal distribution
	BestSE         float64
	BestPower      float64
	BestPowerT     float64 // by t on clusters − 2
	VariationSizes float64 // CV of all sizes with divisor K
}

// PowerOfSizes is the power to detect a difference d with standard deviation sd in arms of clusters of these sizes, from
// the exact variance under a common intraclass correlation (Kerry and Bland 2001, Statistics in Medicine 20:377–390).
// Every arm needs a cluster, every cluster a patient.
func PowerOfSizes(treated, control []int, d, sd, icc, alpha float64) Achieved {
	var out Achieved
	v, best := 0.0, 0.0
	var all sizes
	for arm, list := range [][]int{treated, control} {
		total, squares, weights := 0.0, 0.0, 0.0
		for _, n := range list {
			m := float64(n)
			total += m
			squares += m * m
			weights += m / (1 + (m-1)*icc)
			all.n = append(all.n, n)
			all.total += m
		}
		out.DesignEffect[arm] = 1 - icc + squares/total*icc
		v += out.DesignEffect[arm] / total
		best += 1 / weights
	}
	z := normalQuantile(1 - alpha/2)
	out.SE, out.BestSE = sd*math.Sqrt(v), sd*math.Sqrt(best)
	out.Power, out.BestPower = normalCDF(math.Abs(d)/out.SE-z), normalCDF(math.Abs(d)/out.BestSE-z)
	out.BestPowerT = math.NaN()
	if df := float64(len(all.n) - 2); df > 0 {
		out.BestPowerT = tPower(math.Abs(d)/out.BestSE, df, alpha, true)
	}
	out.VariationSizes = all.describe().CVOfDesign
	return out
}
