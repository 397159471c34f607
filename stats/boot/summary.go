package boot

import (
	"math"
	"slices"
	"sort"
	"strings"

	"trialbox/stats/mixed"
)

// Summarize puts together any number of batches of one job, in any order of arrival; a replicate that arrives twice
// counts once. Terms and contrasts whose replicates are too few to give a value hold NaN. Batches of negative numbers
// (Runner.Run), once they are complete, add what they are for.
func Summarize(job *Job, fit *mixed.Fit, batches []*Batch) *Summary {
	return SummarizeBCa(job, fit, batches, nil)
}

// SummarizeBCa is Summarize with a jackknife (Runner.Jackknife) that came by itself.
func SummarizeBCa(job *Job, fit *mixed.Fit, batches []*Batch, jackknife *Batch) *Summary {
	return summarize(job, fit, batches, jackknife, true)
}

// SummarizeContrasts is Summarize without Terms, at a fifth of the cost: for a table that follows a running bootstrap.
func SummarizeContrasts(job *Job, fit *mixed.Fit, batches []*Batch) *Summary {
	return summarize(job, fit, batches, nil, false)
}

func summarize(job *Job, fit *mixed.Fit, batches []*Batch, jackknife *Batch, terms bool) *Summary {
	s := &Summary{}
	p := len(fit.Terms)
	if jackknife != nil {
		batches = append(slices.Clone(batches), jackknife)
	}
	batches, beside := inOrder(batches)
	if !job.Scheme.Redraws() {
		s.tests(job, fit, batches, beside, terms)
		return s
	}
	rows, unbounded := s.collect(batches, p, p+len(job.Contrasts))
	left, leftOff := leftOut(beside, p, p+len(job.Contrasts), Beside(job))
	unit := make([]float64, len(fit.Terms))
	for k, e := range Fixed(fit) {
		if !terms {
			break
		}
		unit[k] = 1
		s.Terms = append(s.Terms, interval(e, project(rows, unit), jackknifed(left, leftOff, unit, k), column(unbounded, k)))
		unit[k] = 0
	}
	for k, e := range Contrasts(job, fit) {
		l, ok := kept(job, fit, job.Contrasts[k])
		if !ok {
			s.Contrasts = append(s.Contrasts, noInterval(e))
			continue
		}
		s.Contrasts = append(s.Contrasts, interval(e, project(rows, l), jackknifed(left, leftOff, l, p+k), column(unbounded, p+k)))
	}
	return s
}

// inOrder sorts batches by their numbers; those of negative numbers are apart.
func inOrder(batches []*Batch) (replicates, beside []*Batch) {
	sorted := slices.Clone(batches)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].From < sorted[j].From })
	for _, b := range sorted {
		if b.From < 0 {
			beside = append(beside, b)
		} else {
			replicates = append(replicates, b)
		}
	}
	return replicates, beside
}

// leftOut are the coefficients of the jackknife, once all of its size are there; nil before.
func leftOut(beside []*Batch, p, all, size int) (rows [][]float64, off [][]int8) {
	var s Summary
	rows, off = s.collect(beside, p, all)
	if len(rows) != size {
		return nil, nil
	}
	return rows, off
}

// jackknifed are the jackknife's values of a combination; nil when one of them is not finite, for then the acceleration
// is not either.
func jackknifed(rows [][]float64, off [][]int8, l []float64, k int) []float64 {
	if slices.ContainsFunc(column(off, k), func(u int8) bool { return u != 0 }) {
		return nil
	}
	return project(rows, l)
}

// tests fills in the terms and contrasts of a scheme of tests.
func (s *Summary) tests(job *Job, fit *mixed.Fit, batches, beside []*Batch, terms bool) {
	estimates := append(Fixed(fit), Contrasts(job, fit)...)
	n, p := len(estimates), len(fit.Terms)
	var numbers [][]float64
	s.each(batches, func(b *Batch, k int) {
		width := len(b.Tests) / b.N
		numbers = append(numbers, b.Tests[k*width:(k+1)*width])
	})
	var out []Interval
	for k, e := range estimates {
		if len(batches) == 0 {
			out = append(out, noInterval(e))
			continue
		}
		one := make([][]float64, len(numbers))
		for i, x := range numbers {
			width := len(x) / n
			one[i] = x[k*width : (k+1)*width]
		}
		if job.Scheme == Wild {
			out = append(out, wildInterval(e, batches[0].Observed[2*k:], one))
		} else {
			out = append(out, permuteInterval(e, batches[0].Observed[k], one, batches[0].All))
		}
	}
	for _, b := range beside {
		for k := range b.N {
			if c := p + len(job.Contrasts) + b.From + k; c >= p {
				out[c].Inverted = [2]float64(b.Inverted[2*k:])
			}
		}
	}
	if s.Contrasts = out[p:]; terms {
		s.Terms = out[:p]
	}
}

// collect counts the replicates and lists the coefficients of those fitted, in the order of their numbers, with what
// has no finite estimate in them (nil = everything has). The batches are in order.
func (s *Summary) collect(batches []*Batch, p, all int) (rows [][]float64, unbounded [][]int8) {
	s.each(batches, func(b *Batch, k int) {
		rows = append(rows, b.Fixed[k*p:(k+1)*p])
		if b.Unbounded != nil {
			unbounded = append(unbounded, b.Unbounded[k*all:(k+1)*all])
		} else {
			unbounded = append(unbounded, nil)
		}
	})
	return rows, unbounded
}

// each counts the replicates of batches in order and visits those that did not fail; one that arrives twice counts once.
func (s *Summary) each(batches []*Batch, visit func(b *Batch, k int)) {
	reasons := map[string]int{}
	next := math.MinInt
	for _, b := range batches {
		for k := range b.N {
			if b.From+k < next {
				continue
			}
			next = b.From + k + 1
			s.Replicates++
			switch b.Status[k] {
			case Failed:
				s.Failed++
				reasons[b.Reasons[b.Reason[k]]]++
				continue
			case Boundary:
				s.Boundary++
			default:
				s.Converged++
			}
			visit(b, k)
		}
	}
	for reason, n := range reasons {
		s.Reasons = append(s.Reasons, ReasonCount{reason, n})
	}
	slices.SortFunc(s.Reasons, func(x, y ReasonCount) int {
		if x.Count != y.Count {
			return y.Count - x.Count
		}
		return strings.Compare(x.Reason, y.Reason)
	})
}

// column is how one term or contrast runs off in each replicate.
func column(unbounded [][]int8, k int) []int8 {
	out := make([]int8, len(unbounded))
	for n, row := range unbounded {
		if row != nil {
			out[n] = row[k]
		}
	}
	return out
}

// maxUnbounded is the share of replicates without a finite estimate above which there is no bootstrap standard error.
const maxUnbounded = 0.05

// part divides replicates: the finite ones, and all that have a place in the order, those that run to infinity at its
// ends.
func part(x []float64, unbounded []int8) (finite, placed []float64, without int) {
	if !slices.ContainsFunc(unbounded, func(u int8) bool { return u != 0 }) {
		return x, x, 0
	}
	for n, v := range x {
		switch unbounded[n] {
		case 0:
			finite, placed = append(finite, v), append(placed, v)
			continue
		case 1, -1:
			placed = append(placed, math.Inf(int(unbounded[n])))
		}
		without++
	}
	return finite, placed, without
}

// project is the linear combination l of every row.
func project(rows [][]float64, l []float64) []float64 {
	out := make([]float64, len(rows))
	for n, row := range rows {
		for k, x := range l {
			if x != 0 {
				out[n] += x * row[k]
			}
		}
	}
	return out
}

// interval is what replicates x of an estimate say; left are its jackknife values. Replicates in which it has no finite
// estimate are counted and left out of the standard error and the normal interval, and stand at the ends of the order
// for the others; above 5 % of them there is no standard error.
func interval(e Estimate, x, left []float64, unbounded []int8) Interval {
	out := noInterval(e)
	all := len(x)
	finite, x, without := part(x, unbounded)
	out.Used, out.Unbounded = len(finite), without
	if len(finite) < 2 || math.IsNaN(e.Estimate) {
		return out
	}
	if float64(without) <= maxUnbounded*float64(all) {
		out.SE, out.MCSE = spread(finite)
		out.Statistic = e.Estimate / out.SE
		out.P = twoSided(out.Statistic)
		out.Normal = [2]float64{e.Estimate - z975*out.SE, e.Estimate + z975*out.SE}
	}
	slices.Sort(x)
	out.Percentile = [2]float64{quantile(x, 0.025), quantile(x, 0.975)}
	out.Basic = [2]float64{2*e.Estimate - out.Percentile[1], 2*e.Estimate - out.Percentile[0]}
	z0 := bias(x, e.Estimate)
	out.BC = corrected(x, z0, 0)
	if len(left) > 2 {
		out.BCa = corrected(x, z0, acceleration(left))
	}
	return out
}

// noInterval is an interval of which nothing is known.
func noInterval(e Estimate) Interval {
	nan := math.NaN()
	none := [2]float64{nan, nan}
	return Interval{Name: e.Name, Estimate: e.Estimate, SE: nan, MCSE: nan, Statistic: nan, P: nan,
		Normal: none, Percentile: none, Basic: none, BC: none, BCa: none, Inverted: none}
}

// spread is the standard deviation (divisor B−1) and its Monte Carlo standard error.
func spread(x []float64) (se, mcse float64) {
	n := float64(len(x))
	mean := 0.0
	for _, v := range x {
		mean += v
	}
	mean /= n
	m2, m4 := 0.0, 0.0
	for _, v := range x {
		d := (v - mean) * (v - mean)
		m2 += d
		m4 += d * d
	}
	se = math.Sqrt(m2 / (n - 1))
	kurtosis := n * m4 / (m2 * m2)
	return se, se * math.Sqrt((kurtosis-1)/(4*n))
}

// quantile of type 6 of sorted values: position (n+1)p, held within the data.
func quantile(x []float64, p float64) float64 {
	h := p * float64(len(x)+1)
	k := math.Floor(h)
	switch {
	case math.IsNaN(p):
		return p
	case k < 1:
		return x[0]
	case k >= float64(len(x)):
		return x[len(x)-1]
	}
	i := int(k)
	if x[i-1] == x[i] {
		return x[i] // infinite ends too
	}
	return x[i-1] + (h-k)*(x[i]-x[i-1])
}

// bias is z0: how far the estimate is from the median of its replicates, on the normal scale.
func bias(x []float64, estimate float64) float64 {
	below, equal := 0, 0
	for _, v := range x {
		if v < estimate {
			below++
		} else if v == estimate {
			equal++
		}
	}
	return normalQuantile((float64(below) + 0.5*float64(equal)) / float64(len(x)))
}

// corrected is the BCa interval; with no acceleration the BC interval. An estimate outside all its replicates has
// none.
func corrected(x []float64, z0, a float64) [2]float64 {
	if math.IsInf(z0, 0) {
		return [2]float64{math.NaN(), math.NaN()}
	}
	end := func(z float64) float64 {
		return quantile(x, normalCDF(z0+(z0+z)/(1-a*(z0+z))))
	}
	return [2]float64{end(-z975), end(z975)}
}

func acceleration(left []float64) float64 {
	mean := 0.0
	for _, v := range left {
		mean += v
	}
	mean /= float64(len(left))
	d2, d3 := 0.0, 0.0
	for _, v := range left {
		d := mean - v
		d2 += d * d
		d3 += d * d * d
	}
	if d2 == 0 {
		return 0
	}
	return d3 / (6 * math.Pow(d2, 1.5))
}

func normalCDF(z float64) float64      { return 0.5 * math.Erfc(-z/math.Sqrt2) }
func normalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }
