package stats

import (
	"cmp"
	"math"
	"slices"
)

// fisherWork is how many partial tables Fisher keeps before it gives up: 24 MB and half a second.
const fisherWork = 1_000_000

// fisherSlack takes tables for equally probable that differ by rounding alone, as R's fisher.test.
const fisherSlack = 1e-7

// Fisher is Fisher's exact test of a table of any size: the probability, with the margins given, of all tables no more
// probable than the one observed (Freeman and Halton 1951, Biometrika 38:141–149). Statistic and degrees of freedom are
// NaN. A table that needs more than fisherWork partial tables has a Status that says so.
//
// The rows are split into two halves. The ways to fill each half are listed by the column totals they use up, equal
// probabilities together, and every way of the first half meets the cumulated ways of the second that complete it: the
// work is about the square root of the number of tables.
func Fisher(t Table) Test {
	nan := math.NaN()
	if bad := t.empty(fisherName); bad.Status != OK {
		return bad
	}
	if len(t) < len(t[0]) {
		t = t.transposed()
	}
	rows, columns, n := t.margins()
	f := newFisher(columns, n)
	constant, observed := -f.logFactorial[n], 0.0
	for i, r := range rows {
		constant += f.logFactorial[r]
		for _, x := range t[i] {
			observed -= f.logFactorial[x]
		}
	}
	for _, c := range columns {
		constant += f.logFactorial[c]
	}
	first, second := f.halves(rows)
	a, b := f.fill(first), f.fill(second)
	if a == nil || b == nil {
		return noTest(fisherName, "Fisher's exact test would need more than a million partial tables")
	}
	p := f.meet(a, b, observed+fisherSlack, constant)
	return checked(Test{Name: fisherName, Statistic: nan, DF: nan, DF2: nan, P: p})
}

func (t Table) transposed() Table {
	out := make(Table, len(t[0]))
	for j := range out {
		for i := range t {
			out[j] = append(out[j], t[i][j])
		}
	}
	return out
}

// fisher fills tables with given column totals.
type fisher struct {
	columns      []int
	place        []int64 // of a column in a key
	full         int64   // the key of all column totals
	logFactorial []float64
}

// filling is a way to fill some rows: the column totals it uses, as a number, Σ −log x! over its cells, and how many
// ways have both.
type filling struct {
	used   int64
	weight float64
	count  float64
}

func newFisher(columns []int, n int) *fisher {
	f := &fisher{columns: columns, logFactorial: make([]float64, n+1)}
	for k := 1; k <= n; k++ {
		f.logFactorial[k], _ = math.Lgamma(float64(k) + 1)
	}
	place := int64(1)
	for _, c := range columns {
		f.place = append(f.place, place)
		f.full += place * int64(c)
		if place > math.MaxInt64/int64(c+1)/2 {
			f.place = nil // more margins than a key can tell apart
			return f
		}
		place *= int64(c + 1)
	}
	return f
}

// halves deals the rows out so that both halves have about as many fillings.
func (f *fisher) halves(rows []int) (first, second []int) {
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(x, y int) int { return y - x })
	a, b := 0.0, 0.0
	for _, r := range sorted {
		ways := 0.0
		for k := range len(f.columns) - 1 { // C(r + c − 1, c − 1)
			ways += math.Log(float64(r+k+1) / float64(k+1))
		}
		if a <= b {
			first, a = append(first, r), a+ways
		} else {
			second, b = append(second, r), b+ways
		}
	}
	return first, second
}

// fill lists the fillings of rows, sorted by what they use and then by weight; nil when there are too many.
func (f *fisher) fill(rows []int) []filling {
	if f.place == nil {
		return nil
	}
	now := []filling{{count: 1}}
	for _, r := range rows {
		var next []filling
		for _, x := range now {
			if next = f.row(next, x, r, 0); len(next) > fisherWork {
				return nil
			}
		}
		now = merged(next)
	}
	return now
}

// row appends the ways to continue a filling with r more in a row, from a column on.
func (f *fisher) row(out []filling, x filling, r, column int) []filling {
	free := f.columns[column] - int(x.used/f.place[column]%int64(f.columns[column]+1))
	last := column == len(f.columns)-1
	for k := 0; k <= min(r, free) && len(out) <= fisherWork; k++ {
		if last && k < r {
			continue
		}
		y := filling{x.used + int64(k)*f.place[column], x.weight - f.logFactorial[k], x.count}
		if last {
			out = append(out, y)
		} else {
			out = f.row(out, y, r-k, column+1)
		}
	}
	return out
}

// merged puts fillings of the same weight, but for rounding, together.
func merged(x []filling) []filling {
	slices.SortFunc(x, func(a, b filling) int {
		return cmp.Or(cmp.Compare(a.used, b.used), cmp.Compare(a.weight, b.weight), cmp.Compare(a.count, b.count))
	})
	out := x[:0]
	for _, y := range x {
		if k := len(out) - 1; k >= 0 && out[k].used == y.used && y.weight-out[k].weight < 1e-11 {
			out[k].count += y.count
		} else {
			out = append(out, y)
		}
	}
	return out
}

// meet sums the probabilities exp(constant + weight) of the tables whose weight is at most the limit.
func (f *fisher) meet(a, b []filling, limit, constant float64) float64 {
	sum := 0.0
	to := len(b) // what completes a filling that uses more uses less: the keys of b fall as those of a rise
	for from := 0; from < len(a); {
		end := from + 1
		for end < len(a) && a[end].used == a[from].used {
			end++
		}
		key := f.full - a[from].used
		for to > 0 && b[to-1].used > key {
			to--
		}
		start := to
		for start > 0 && b[start-1].used == key {
			start--
		}
		sum += meetKey(a[from:end], b[start:to], limit, constant)
		from, to = end, start
	}
	return sum
}

// meetKey is meet for the fillings of one key, both lists rising in weight.
func meetKey(a, b []filling, limit, constant float64) float64 {
	if len(b) == 0 {
		return 0
	}
	top := b[len(b)-1].weight
	cumulated := make([]float64, len(b)+1)
	for k, y := range b {
		cumulated[k+1] = cumulated[k] + y.count*math.Exp(y.weight-top)
	}
	sum, k := 0.0, len(b)
	for _, x := range a {
		for k > 0 && x.weight+b[k-1].weight > limit {
			k--
		}
		sum += x.count * math.Exp(constant+x.weight+top) * cumulated[k]
	}
	return sum
}

// OddsRatio is a conditional estimate with its exact 95 % interval.
type OddsRatio struct {
	Estimate, Low, High float64 // 0 and +Inf where a cell is empty
	Status              Status
}

// FisherOddsRatio estimates the odds ratio t[0][0] t[1][1] / (t[0][1] t[1][0]) of a table of 2×2 by conditional maximum
// likelihood, with the exact interval: the estimate that R's fisher.test prints, which is not the ratio of the counts.
// Agrees with R to the 1e-4 of its root finder, and solves the equations to 1e-12.
func FisherOddsRatio(t Table) OddsRatio {
	if len(t) != 2 || len(t[0]) != 2 {
		return OddsRatio{math.NaN(), math.NaN(), math.NaN(), "An odds ratio needs two rows and two columns."}
	}
	if bad := t.empty(fisherName); bad.Status != OK {
		return OddsRatio{math.NaN(), math.NaN(), math.NaN(), bad.Status}
	}
	rows, columns, n := t.margins()
	h := hypergeometric{low: max(0, rows[0]-columns[1]), high: min(rows[0], columns[0])}
	logFactorial := newFisher(columns, n).logFactorial
	for x := h.low; x <= h.high; x++ {
		h.weight = append(h.weight, -logFactorial[x]-logFactorial[rows[0]-x]-logFactorial[columns[0]-x]-logFactorial[columns[1]-rows[0]+x])
	}
	x := t[0][0]
	out := OddsRatio{Estimate: 0, Low: 0, High: math.Inf(1)}
	if x > h.low {
		out.Low = h.solve(func(p []float64) float64 { return sumOf(p[x-h.low:]) - 0.025 })
	}
	if x < h.high {
		out.High = h.solve(func(p []float64) float64 { return 0.025 - sumOf(p[:x-h.low+1]) })
	}
	switch {
	case x == h.high && x > h.low:
		out.Estimate = math.Inf(1)
	case x > h.low:
		out.Estimate = h.solve(func(p []float64) float64 {
			mean := 0.0
			for k, q := range p {
				mean += float64(h.low+k) * q
			}
			return mean - float64(x)
		})
	}
	return out
}

// hypergeometric is the distribution of the first cell given the margins, with an odds ratio.
type hypergeometric struct {
	low, high int
	weight    []float64 // log, of each value at odds ratio 1
}

// solve finds the odds ratio at which a rising function of the probabilities is zero, by halving on the log scale.
func (h hypergeometric) solve(f func(p []float64) float64) float64 {
	p := make([]float64, len(h.weight))
	low, high := -700.0, 700.0
	for range 200 {
		mid := (low + high) / 2
		top := math.Inf(-1)
		for k, w := range h.weight {
			p[k] = w + mid*float64(k)
			top = max(top, p[k])
		}
		total := 0.0
		for k := range p {
			p[k] = math.Exp(p[k] - top)
			total += p[k]
		}
		for k := range p {
			p[k] /= total
		}
		if f(p) < 0 {
			low = mid
		} else {
			high = mid
		}
	}
	return math.Exp((low + high) / 2)
}

func sumOf(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s
}
