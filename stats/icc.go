package stats

import (
	"math"
)

// ICC is an intraclass correlation of values in clusters with its 95 % interval. The numbers are NaN unless the Status
// is OK.
type ICC struct {
	Value, Low, High         float64
	VarCluster, VarResidual  float64 // variance components; the first is negative when Value is
	MSBetween, MSWithin      float64 // mean squares
	F, P                     float64 // of clusters that do not differ
	N0                       float64 // the size that counts when sizes differ
	N, Clusters              int     // values that are not missing, and clusters with any
	MeanSize, CV, CVOfDesign float64 // CV has divisor K − 1, CVOfDesign K: the one of the design effect
	Status                   Status
	Note                     string
}

// AnovaICC estimates the intraclass correlation by one-way analysis of variance: (MSB − MSW)/(MSB + (n₀ − 1)MSW), with
// the interval by F, exact when sizes are equal. cluster and arm number the cluster and the arm of each value; with an arm
// (nil is none) the differences between arms are taken out and the clusters of an arm are compared with each other. A
// negative estimate is reported as it is and the Note says what to make of it.
//
// Donner and Koval 1980, Biometrics 36:19–25; interval: Searle 1971, Linear models, section 9.9, with n₀ for the size.
func AnovaICC(y []float64, cluster, arm []int) ICC {
	s := clusterSizes(y, cluster)
	out := s.describe()
	y = present(y)
	arms, bad := s.arms(arm)
	if bad == OK {
		bad = s.needs(y, arms)
	}
	if bad != OK {
		out.fail(bad)
		return out
	}
	means, within := s.means(y)
	between, n0 := s.between(means, arms)
	k, n := float64(len(s.n)-arms.count), s.total-float64(len(s.n))
	out.MSBetween, out.MSWithin, out.N0 = between/k, within/n, (s.total-n0)/k
	out.VarResidual, out.VarCluster = out.MSWithin, (out.MSBetween-out.MSWithin)/out.N0
	out.Value = (out.MSBetween - out.MSWithin) / (out.MSBetween + (out.N0-1)*out.MSWithin)
	if within == 0 {
		out.F, out.P, out.Low, out.High = math.Inf(1), 0, 1, 1
		out.Note = "the values never differ within a cluster"
		return out
	}
	out.F = out.MSBetween / out.MSWithin
	out.P = fUpper(out.F, k, n)
	bound := func(p float64) float64 {
		f := out.F / fQuantile(p, k, n)
		return (f - 1) / (f + out.N0 - 1)
	}
	out.Low, out.High = bound(0.975), bound(0.025)
	if out.Value < 0 {
		out.Note = "negative: patients of a cluster differ more than patients of different clusters, as can happen by chance; count it as 0 when planning"
	}
	return out
}

func (c *ICC) fail(why Status) {
	nan := math.NaN()
	c.Value, c.Low, c.High, c.VarCluster, c.VarResidual = nan, nan, nan, nan, nan
	c.MSBetween, c.MSWithin, c.F, c.P, c.N0 = nan, nan, nan, nan, nan
	c.Status = why
}

// ProfileICC is the 95 % profile likelihood interval of the intraclass correlation of a random-intercept model with a
// mean for each arm (nil is none), about an estimate that package mixed found: all values whose criterion is within 3.84
// of that at the estimate, from 0 up. restricted takes the REML criterion. NaN where AnovaICC has no answer either.
//
//	D(ρ) = N log RSS + Σ log(1 + n_j λ)  [REML: (N − A) log RSS + Σ log(1 + n_j λ) + Σ over arms log Σ w_j]
//	λ = ρ/(1 − ρ),  w_j = n_j/(1 + n_j λ),  RSS = within + Σ w_j (mean_j − the arm's Σ w mean/Σ w)²
func ProfileICC(y []float64, cluster, arm []int, restricted bool, estimate float64) (low, high float64) {
	s := clusterSizes(y, cluster)
	y = present(y)
	arms, bad := s.arms(arm)
	if bad == OK {
		bad = s.needs(y, arms)
	}
	if bad != OK || math.IsNaN(estimate) {
		return math.NaN(), math.NaN()
	}
	means, within := s.means(y)
	if within == 0 {
		return 1, 1
	}
	d := func(rho float64) float64 { return s.criterion(means, within, arms, restricted, rho) }
	limit := d(estimate) + z975*z975
	cross := func(inside, outside float64) float64 {
		if d(outside) <= limit {
			return outside
		}
		for range 100 {
			if mid := (inside + outside) / 2; d(mid) <= limit {
				inside = mid
			} else {
				outside = mid
			}
		}
		return inside
	}
	return cross(estimate, 0), cross(estimate, 1-1e-12)
}

func (s *sizes) criterion(means []float64, within float64, arms clusterArms, restricted bool, rho float64) float64 {
	lambda := rho / (1 - rho)
	weights, sum := make([]float64, arms.count), make([]float64, arms.count)
	weight := func(k int) float64 { return float64(s.n[k]) / (1 + float64(s.n[k])*lambda) }
	logs := 0.0
	for k, n := range s.n {
		weights[arms.of[k]] += weight(k)
		sum[arms.of[k]] += weight(k) * means[k]
		logs += math.Log1p(float64(n) * lambda)
	}
	rss := within
	for k, a := range arms.of {
		d := means[k] - sum[a]/weights[a]
		rss += weight(k) * d * d
	}
	if !restricted {
		return s.total*math.Log(rss) + logs
	}
	for _, w := range weights {
		logs += math.Log(w)
	}
	return (s.total-float64(arms.count))*math.Log(rss) + logs
}

// sizes are the numbers of values in clusters.
type sizes struct {
	n       []int // of each cluster with a value, by first appearance
	index   []int // of each value that is not missing: its cluster's place in n
	source  []int // and its place among all values
	total   float64
	squares float64 // Σ n²
}

// clusterSizes counts the values of x that are not missing in each cluster; the numbers of the clusters are arbitrary.
func clusterSizes(x []float64, cluster []int) sizes {
	if len(x) != len(cluster) {
		panic("stats: values and clusters differ in number")
	}
	var s sizes
	place := map[int]int{} // looked up, never ranged over
	for i, v := range x {
		if math.IsNaN(v) {
			continue
		}
		k, seen := place[cluster[i]]
		if !seen {
			k = len(s.n)
			place[cluster[i]] = k
			s.n = append(s.n, 0)
		}
		s.n[k]++
		s.index, s.source = append(s.index, k), append(s.source, i)
	}
	for _, n := range s.n {
		s.total += float64(n)
		s.squares += float64(n) * float64(n)
	}
	return s
}

func (s *sizes) describe() ICC {
	out := ICC{N: int(s.total), Clusters: len(s.n), MeanSize: math.NaN(), CV: math.NaN(), CVOfDesign: math.NaN()}
	if len(s.n) == 0 {
		return out
	}
	k := float64(len(s.n))
	out.MeanSize = s.total / k
	ss := 0.0
	for _, n := range s.n {
		ss += (float64(n) - out.MeanSize) * (float64(n) - out.MeanSize)
	}
	out.CVOfDesign = math.Sqrt(ss/k) / out.MeanSize
	if k > 1 {
		out.CV = math.Sqrt(ss/(k-1)) / out.MeanSize
	}
	return out
}

// clusterArms is the arm of each cluster, numbered from 0.
type clusterArms struct {
	of    []int
	count int
}

func (s *sizes) oneArm() clusterArms { return clusterArms{make([]int, len(s.n)), 1} }

// arms finds the arm of each cluster from the arms of all values; a cluster in two arms has none.
func (s *sizes) arms(arm []int) (clusterArms, Status) {
	if arm == nil {
		return s.oneArm(), OK
	}
	out := clusterArms{of: make([]int, len(s.n))}
	place := map[int]int{} // looked up, never ranged over
	seen := make([]bool, len(s.n))
	for i, k := range s.index {
		a, known := place[arm[s.source[i]]]
		if !known {
			a = out.count
			place[arm[s.source[i]]] = a
			out.count++
		}
		if seen[k] && out.of[k] != a {
			return out, "A cluster is in more than one arm, so the clusters of an arm cannot be compared with each other."
		}
		out.of[k], seen[k] = a, true
	}
	return out, OK
}

// needs says what the values lack for an intraclass correlation.
func (s *sizes) needs(y []float64, arms clusterArms) Status {
	switch {
	case len(y) == 0:
		return "There are no values."
	case len(s.n) == 1:
		return "All values are in one cluster, so clusters cannot be compared."
	case len(s.n) <= arms.count:
		return "There is one cluster an arm, so the clusters of an arm cannot be compared."
	case len(s.n) == len(y):
		return "Every cluster has one value, so nothing is known of how patients of a cluster differ."
	case constant(y):
		return "All values are the same, so there is nothing to divide between clusters and patients."
	}
	for _, v := range y {
		if math.IsInf(v, 0) {
			return "A value is infinite."
		}
	}
	means, within := s.means(y)
	if between, _ := s.between(means, arms); between == 0 && within == 0 {
		return "The values differ between the arms only."
	}
	return OK
}

// means of the clusters, and the sum of squares within them.
func (s *sizes) means(y []float64) (means []float64, within float64) {
	means = make([]float64, len(s.n))
	first := make([]float64, len(s.n)) // sums of distances from a value of the cluster: exact when all are the same
	seen := make([]bool, len(s.n))
	for i, k := range s.index {
		if !seen[k] {
			first[k], seen[k] = y[i], true
		}
		means[k] += y[i] - first[k]
	}
	for k, n := range s.n {
		means[k] = first[k] + means[k]/float64(n)
	}
	for i, k := range s.index {
		within += (y[i] - means[k]) * (y[i] - means[k])
	}
	return means, within
}

// between is the sum of squares of the clusters about the means of their arms, and Σ over arms of Σn²/Σn.
func (s *sizes) between(means []float64, arms clusterArms) (between, n0 float64) {
	for a := range arms.count {
		total, squares, sum, origin := 0.0, 0.0, 0.0, 0.0
		for k, n := range s.n {
			if arms.of[k] != a {
				continue
			}
			if total == 0 {
				origin = means[k]
			}
			total += float64(n)
			squares += float64(n) * float64(n)
			sum += float64(n) * (means[k] - origin)
		}
		n0 += squares / total
		for k, n := range s.n {
			if arms.of[k] == a {
				d := means[k] - origin - sum/total
				between += float64(n) * d * d
			}
		}
	}
	return between, n0
}
