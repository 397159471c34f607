package stats

import (
	"fmt"
	"math"
	"slices"
)

// RankOptions say how ranks are compared. The zero value is what SPSS prints: the normal approximation, corrected for
// ties, without continuity correction.
type RankOptions struct {
	Continuity bool // moves U by a half towards its mean (R's wilcox.test)
	Exact      bool // the exact distribution where there are no ties and both samples are small
}

// exactRanks is the sample size from which Exact uses the normal approximation, as R's wilcox.test.
const exactRanks = 50

// RankTest is a comparison by ranks.
type RankTest struct {
	Test            // Statistic is z, or U of the first sample when exact
	U, UMin float64 // U of the first sample: pairs in which it is the larger, ties half; and the smaller of the two
	RankSum float64 // of the first sample
}

// MannWhitney compares two samples by the ranks of their values (the Wilcoxon rank-sum test). z is positive when x is
// the larger. Mann and Whitney 1947; the variance with ties from Lehmann 1975, Nonparametrics, equation 1.36.
func MannWhitney(x, y []float64, opt RankOptions) RankTest {
	const name = "Mann-Whitney"
	x, y = present(x), present(y)
	nan := math.NaN()
	if len(x) == 0 || len(y) == 0 {
		return RankTest{noTest(name, "A group has no value, so the groups cannot be compared."), nan, nan, nan}
	}
	n, m := float64(len(x)), float64(len(y))
	rank, ties := ranks(slices.Concat(x, y))
	sum := 0.0
	for _, r := range rank[:len(x)] {
		sum += r
	}
	out := RankTest{U: sum - n*(n+1)/2, RankSum: sum}
	out.UMin = min(out.U, n*m-out.U)
	v := n * m / 12 * (n + m + 1 - ties/((n+m)*(n+m-1)))
	switch {
	case constant(rank):
		out.Test = noTest(name, "All values are the same, so there is nothing to rank.")
		return out
	case opt.Exact && ties == 0 && n < exactRanks && m < exactRanks:
		out.Test = checked(Test{Name: name + " (exact)", Statistic: out.U, DF: nan, DF2: nan, P: exactU(len(x), len(y), out.UMin)})
		return out
	}
	d := out.U - n*m/2
	if opt.Continuity {
		d = math.Copysign(max(0, math.Abs(d)-0.5), d)
	}
	out.Test = zTest(name, d/math.Sqrt(v))
	if opt.Exact && ties > 0 {
		out.Note = "not exact: there are ties"
	} else if opt.Exact {
		out.Note = fmt.Sprintf("not exact: a group has %d values or more", exactRanks)
	}
	return out
}

// KruskalWallis compares three or more groups by ranks, corrected for ties. Kruskal and Wallis 1952, JASA 47:583–621.
func KruskalWallis(groups [][]float64) Test {
	const name = "Kruskal-Wallis"
	groups = cleaned(groups)
	rank, ties := ranks(slices.Concat(groups...))
	n, at, h := float64(len(rank)), 0, 0.0
	for _, g := range groups {
		if len(g) == 0 {
			return noTest(name, "A group has no value, so the groups cannot be compared.")
		}
		sum := 0.0
		for range g {
			sum += rank[at]
			at++
		}
		h += sum * sum / float64(len(g))
	}
	if len(groups) < 2 || constant(rank) {
		return noTest(name, "All values are the same or in one group, so there is nothing to compare.")
	}
	h = (12*h/(n*(n+1)) - 3*(n+1)) / (1 - ties/(n*n*n-n))
	return chiTest(name, max(0, h), float64(len(groups)-1))
}

// RankGroups is MannWhitney of two groups, the second against the first, or KruskalWallis of more.
func RankGroups(groups [][]float64, opt RankOptions) Test {
	if len(groups) == 2 {
		return MannWhitney(groups[1], groups[0], opt).Test
	}
	return KruskalWallis(groups)
}

// ranks gives every value its rank, ties the middle of theirs, and Σ(t³ − t) over the runs of t equal values.
func ranks(x []float64) (rank []float64, ties float64) {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case x[i] < x[j]:
			return -1
		case x[i] > x[j]:
			return 1
		}
		return 0
	})
	rank = make([]float64, len(x))
	for from := 0; from < len(x); {
		to := from + 1
		for to < len(x) && x[order[to]] == x[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			rank[i] = float64(from+to+1) / 2
		}
		t := float64(to - from)
		ties += t*t*t - t
		from = to
	}
	return rank, ties
}

// exactU is the two-sided P value of the smaller U without ties: the number of arrangements is counted by the recurrence
// c(u; n, m) = c(u − m; n − 1, m) + c(u; n, m − 1) (Mann and Whitney 1947, equation 5), as shares of all of them.
func exactU(n, m int, u float64) float64 {
	// share[j][u]: with i values of x so far and j of y
	share := make([][]float64, m+1)
	for j := range share {
		share[j] = make([]float64, n*m+1)
		share[j][0] = 1
	}
	for i := 1; i <= n; i++ {
		next := make([][]float64, m+1)
		for j := range next {
			next[j] = make([]float64, n*m+1)
			if j == 0 {
				next[j][0] = 1
				continue
			}
			fromX := float64(i) / float64(i+j) // the largest value is an x, which beats all j
			for k := 0; k <= i*j; k++ {
				next[j][k] = (1 - fromX) * next[j-1][k]
				if k >= j {
					next[j][k] += fromX * share[j][k-j]
				}
			}
		}
		share = next
	}
	p := 0.0
	for k := 0; float64(k) <= u; k++ {
		p += share[m][k]
	}
	return min(1, 2*p)
}
