package allocate

import (
	"fmt"
	"math"
	"slices"
)

// pauseEvery is how many steps of some microseconds lie between two pauses.
const pauseEvery = 4096

// most is how many allocations are looked at: all of them where there are no more, otherwise as many random ones.
const most = 50_000

// Space is what constrained randomisation chose from.
type Space struct {
	Size      int     // allocations looked at
	All       bool    // they are all there are; otherwise they were drawn
	Kept      int     // those drawn from: within the limits, and the best balanced of them
	Cutoff    float64 // the largest imbalance among them
	Chosen    float64 // the imbalance of the list
	Histogram []Bin   // of the imbalance of all looked at
	Together  int     // pairs of units in the same arm in every kept allocation
	Apart     int     // pairs never in the same arm
}

// Bin counts the allocations with an imbalance from Low to below High.
type Bin struct {
	Low, High   float64
	Count, Kept int
}

// constrained looks at the allocations, keeps the best balanced and draws one.
func (r *Request) constrained(s *stream, out *Result) error {
	space := &Space{All: true}
	list, complete := r.enumerate()
	if !complete {
		space.All = false
		list = r.drawn(s)
	}
	if len(list) == 0 {
		return refuse("strata", "no allocation was found that holds the ratio %s within the strata and over all; use fewer strata or the method blocked", r.ratio())
	}
	space.Size = len(list)
	columns := r.columns()
	score := make([]float64, len(list))
	var order []int
	closest := math.Inf(1)
	mean, n := make([]float64, len(r.Arms)), make([]float64, len(r.Arms))
	for k, arm := range list {
		if k%pauseEvery == 0 {
			r.Pause()
		}
		excess := 0.0
		score[k], excess = r.imbalance(columns, arm, mean, n)
		if closest = min(closest, excess); excess <= 1 {
			order = append(order, k)
		}
	}
	if len(order) == 0 {
		return refuse("within", "none of %d allocations keeps the differences asked for; the closest is %.3g times as far apart: allow more, or balance on fewer columns", len(list), closest)
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case score[i] < score[j]:
			return -1
		case score[i] > score[j]:
			return 1
		}
		return 0
	})
	kept := max(1, int(math.Ceil(r.Keep*float64(len(list))-1e-9)))
	order = order[:min(kept, len(order))]
	chosen := order[s.below(len(order))]
	for k, a := range list[chosen] {
		out.Arm[k] = int(a)
	}
	space.Kept, space.Cutoff, space.Chosen = len(order), score[order[len(order)-1]], score[chosen]
	space.histogram(score, order)
	space.pairs(list, order, r.Pause)
	for k := range out.Why {
		out.Why[k] = fmt.Sprintf("one of %d allocations", space.Kept)
	}
	out.Space = space
	out.Warnings = append(out.Warnings, space.doubts(len(r.Units))...)
	return nil
}

func (s *Space) doubts(units int) []string {
	var out []string
	if s.Kept < 100 {
		out = append(out, fmt.Sprintf("Only %d allocations to draw from: the list can be guessed, and a permutation test has no P value below %.2g. Keep more of them, or balance on less.", s.Kept, 1/float64(s.Kept)))
	}
	if s.Together+s.Apart > 0 {
		out = append(out, fmt.Sprintf("Of %d pairs of units %d are in the same arm in every kept allocation and %d in none: these are not independent.", units*(units-1)/2, s.Together, s.Apart))
	}
	return out
}

// quota is how many units of n each arm gets at least and at most.
func (r *Request) quota(n int) (least, greatest []int) {
	for _, x := range r.Ratio {
		least = append(least, n*x/r.sum())
		greatest = append(greatest, (n*x+r.sum()-1)/r.sum())
	}
	return least, greatest
}

// enumerate lists all allocations that hold the ratio, in strata and over all, to the next whole unit; false when there are
// more than most, or it takes too long to see.
func (r *Request) enumerate() (list [][]uint8, complete bool) {
	strata := r.strata()
	stratum := make([]int, len(r.Units))
	size, left := make([]int, len(strata)), make([]int, len(strata))
	for k, name := range r.Strata {
		stratum[k] = slices.Index(strata, name)
		size[stratum[k]]++
	}
	copy(left, size)
	least, greatest := r.quota(len(r.Units))
	low, high := make([][]int, len(strata)), make([][]int, len(strata))
	count := make([][]int, len(strata))
	for s := range strata {
		low[s], high[s] = r.quota(size[s])
		count[s] = make([]int, len(r.Arms))
	}
	total := make([]int, len(r.Arms))
	arm := make([]uint8, len(r.Units))
	work := 0
	var next func(k int) bool
	next = func(k int) bool {
		if work++; work > 100*most || len(list) > most {
			return false
		}
		if work%pauseEvery == 0 {
			r.Pause()
		}
		if k == len(arm) {
			if missing(total, least) == 0 {
				list = append(list, slices.Clone(arm))
			}
			return true
		}
		s := stratum[k]
		left[s]--
		defer func() { left[s]++ }()
		for a := range r.Arms {
			if count[s][a] == high[s][a] || total[a] == greatest[a] {
				continue
			}
			count[s][a]++
			total[a]++
			arm[k] = uint8(a)
			ok := missing(count[s], low[s]) > left[s] || next(k+1)
			count[s][a]--
			total[a]--
			if !ok {
				return false
			}
		}
		return true
	}
	complete = next(0)
	return list, complete && len(list) <= most
}

// missing is how many more units the least numbers need.
func missing(count, least []int) int {
	n := 0
	for a := range count {
		n += max(0, least[a]-count[a])
	}
	return n
}

// drawn are random allocations that hold the ratio: in every stratum the whole part of each arm's quota and the rest by
// permuted order, put back until the totals hold it too.
func (r *Request) drawn(s *stream) [][]uint8 {
	strata := r.strata()
	quotas := make([]quotas, len(strata))
	for k, name := range r.Strata {
		q := &quotas[slices.Index(strata, name)]
		q.units = append(q.units, k)
	}
	for i := range quotas {
		r.fill(&quotas[i])
	}
	least, greatest := r.quota(len(r.Units))
	var list [][]uint8
	arm, total := make([]uint8, len(r.Units)), make([]int, len(r.Arms))
	for tries := 0; len(list) < most && tries < 50*most; tries++ {
		if tries%(pauseEvery/8) == 0 {
			r.Pause()
		}
		clear(total)
		for i := range quotas {
			q := &quotas[i]
			for n, a := range q.draw(s) {
				arm[q.units[n]] = uint8(a)
				total[a]++
			}
		}
		holds := true
		for a, n := range total {
			holds = holds && n >= least[a] && n <= greatest[a]
		}
		if holds {
			list = append(list, slices.Clone(arm))
		} else if tries == 10*most && len(list) == 0 {
			return nil
		}
	}
	return list
}

// quotas are the units of a stratum, with the whole part of each arm's quota and the arms that have a part left.
type quotas struct {
	units       []int
	whole, rest []int
	open, order []int // room to draw in
}

func (r *Request) fill(q *quotas) {
	least, greatest := r.quota(len(q.units))
	for a := range r.Arms {
		for range least[a] {
			q.whole = append(q.whole, a)
		}
		if greatest[a] > least[a] {
			q.rest = append(q.rest, a)
		}
	}
}

// draw orders the arms of the units at random: whole parts, and what is left of them drawn among the arms with a part left.
func (q *quotas) draw(s *stream) []int {
	q.open = append(q.open[:0], q.rest...)
	s.shuffle(q.open)
	q.order = append(append(q.order[:0], q.whole...), q.open[:len(q.units)-len(q.whole)]...)
	s.shuffle(q.order)
	return q.order
}

// scored is a number of each unit to be balanced, standardised.
type scored struct {
	z      []float64
	within float64 // the largest difference of means of z, 0 is none
}

// columns are the numbers and, for categories, an indicator of each (of the last only, where there are two).
func (r *Request) columns() []scored {
	var out []scored
	add := func(x []float64, within float64) {
		n, mean, ss := float64(len(x)), 0.0, 0.0
		for _, v := range x {
			mean += v / n
		}
		for _, v := range x {
			ss += (v - mean) * (v - mean)
		}
		sd := math.Sqrt(ss / (n - 1))
		if !(sd > 1e-12*math.Abs(mean)) {
			return // the same everywhere: balanced
		}
		z := make([]float64, len(x))
		for k, v := range x {
			z[k] = (v - mean) / sd
		}
		out = append(out, scored{z, within / sd})
	}
	for _, c := range r.Covariates {
		if c.Numbers != nil {
			add(c.Numbers, c.Within)
			continue
		}
		words := slices.Clone(c.Words)
		slices.Sort(words)
		words = slices.Compact(words)
		if len(words) == 2 {
			words = words[1:]
		}
		for _, w := range words {
			x := make([]float64, len(c.Words))
			for k := range x {
				if c.Words[k] == w {
					x[k] = 1
				}
			}
			add(x, c.Within)
		}
	}
	return out
}

// imbalance is Σ over columns and arms of the squared mean of z (Raab and Butcher's sum of squared differences, each over
// its variance), and the largest difference of means over the one allowed.
func (r *Request) imbalance(columns []scored, arm []uint8, mean, n []float64) (score, excess float64) {
	clear(n)
	for _, a := range arm {
		n[a]++
	}
	for _, c := range columns {
		clear(mean)
		for k, a := range arm {
			mean[a] += c.z[k]
		}
		for a := range mean {
			mean[a] /= n[a]
			score += mean[a] * mean[a]
		}
		if c.within > 0 {
			excess = max(excess, (slices.Max(mean)-slices.Min(mean))/c.within-1e-9)
		}
	}
	return score, excess
}

// histogram has 20 bins from 0 to the largest imbalance.
func (s *Space) histogram(score []float64, kept []int) {
	const bins = 20
	top := slices.Max(score)
	for b := range bins {
		s.Histogram = append(s.Histogram, Bin{Low: top * float64(b) / bins, High: top * float64(b+1) / bins})
	}
	bin := func(x float64) *Bin {
		if top == 0 {
			return &s.Histogram[0]
		}
		return &s.Histogram[min(bins-1, int(x/top*bins))]
	}
	for _, x := range score {
		bin(x).Count++
	}
	for _, k := range kept {
		bin(score[k]).Kept++
	}
}

// pairs counts the pairs of units that the kept allocations always or never put together.
func (s *Space) pairs(list [][]uint8, kept []int, pause func()) {
	units := len(list[0])
	for i := range units {
		pause()
		for j := range i {
			together, apart := true, true
			for _, k := range kept {
				if list[k][i] == list[k][j] {
					apart = false
				} else {
					together = false
				}
				if !together && !apart {
					break
				}
			}
			if together {
				s.Together++
			}
			if apart {
				s.Apart++
			}
		}
	}
}
