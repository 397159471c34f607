package stats

import (
	"cmp"
	"math"
	"slices"
)

// Fisher gives up after so many steps or partial tables in memory: about two seconds and 64 MB.
const (
	fisherWork = 30_000_000
	fisherKept = 1_000_000
)

// fisherSlack takes tables for equally probable that differ by rounding alone, as R's fisher.test.
const fisherSlack = 1e-7

// Fisher is Fisher's exact test of a table of any size: the probability, with the margins given, of all tables no more
// probable than the one observed (Freeman and Halton 1951, Biometrika 38:141–149). Statistic and degrees of freedom are
// NaN. A table that needs more than fisherWork steps has a Status that says so.
//
// The network algorithm of Mehta and Patel 1983, JASA 78:427–434: rows are filled one after the other; a node is what is
// left of the column totals, in any order; partial tables of one node and one probability go on as one; those whose
// completions are all as extreme as the table observed, or none, end there. The last rows are not filled one by one: their
// ways to complete a node are listed once, cumulated by probability, and meet all its partial tables.
func Fisher(t Table) Test {
	nan := math.NaN()
	if bad := t.empty(fisherName); bad.Status != OK {
		return bad
	}
	if len(t) < len(t[0]) {
		t = t.transposed()
	}
	f := newFisher(t)
	p, ok := f.sum()
	if !ok {
		return noTest(fisherName, "Fisher's exact test would take too long for a table of this size")
	}
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

// fisher is the network of the tables with given margins. The weight of cells is Σ −log x!; the probability of a table
// is exp(constant + weight).
type fisher struct {
	rows         []int // totals, rising
	columns      []int // totals, rising
	tail         int   // rows from here on are listed, not filled one by one
	base         uint64
	logFactorial []float64
	constant     float64
	limit        float64           // weight of the observed table, with slack
	nodes        []map[uint64]node // of each stage; looked up, never ranged over
	work         int
}

func logFactorials(n int) []float64 {
	f := make([]float64, n+1)
	for k := 1; k <= n; k++ {
		f[k], _ = math.Lgamma(float64(k) + 1)
	}
	return f
}

func newFisher(t Table) *fisher {
	rows, columns, n := t.margins()
	f := &fisher{rows: rows, columns: columns, logFactorial: logFactorials(n), limit: fisherSlack}
	f.constant = -f.logFactorial[n]
	for i, r := range rows {
		f.constant += f.logFactorial[r]
		for _, x := range t[i] {
			f.limit -= f.logFactorial[x]
		}
	}
	for _, c := range columns {
		f.constant += f.logFactorial[c]
	}
	slices.Sort(rows)
	slices.Sort(columns)
	f.base = uint64(columns[len(columns)-1] + 1)
	f.nodes = make([]map[uint64]node, len(rows))
	for i := range f.nodes {
		f.nodes[i] = map[uint64]node{}
	}
	f.tail = len(rows) - 1 // the last row is what is left
	ways := 1.0
	for f.tail > 0 {
		for k := range len(columns) - 1 { // C(r + c − 1, c − 1) ways to fill a row
			ways *= float64(rows[f.tail-1]+k+1) / float64(k+1)
		}
		if f.tail < len(rows)-1 && ways > 5000 {
			break
		}
		f.tail--
	}
	return f
}

// sum is the P value; false when it takes too much.
func (f *fisher) sum() (p float64, ok bool) {
	if math.Pow(float64(f.base), float64(len(f.columns))) > math.MaxUint64/2 {
		return 0, false // more nodes than numbers
	}
	now := newPaths()
	now.add(f.key(slices.Clone(f.columns)), 0, 1)
	for stage := range f.tail {
		next := newPaths()
		for _, x := range now.list {
			f.eachRow(stage, f.left(x.node), func(after []int, weight float64) {
				key, weight := f.key(after), x.weight+weight
				f.work += 2 // dearer than the other steps
				switch rest := f.rest(stage+1, key); {
				case weight+rest.most <= f.limit:
					p += x.count * math.Exp(f.constant+weight+rest.all)
				case weight+rest.least <= f.limit:
					next.add(key, weight, x.count)
				}
			})
			if f.work += 5; f.work > fisherWork || len(next.list) > fisherKept {
				return 0, false
			}
		}
		now = next
	}
	paths := now.list
	slices.SortFunc(paths, func(a, b path) int {
		return cmp.Or(cmp.Compare(a.node, b.node), cmp.Compare(a.weight, b.weight), cmp.Compare(a.count, b.count))
	})
	for from := 0; from < len(paths); {
		to := from + 1
		for to < len(paths) && paths[to].node == paths[from].node {
			to++
		}
		p += f.meet(paths[from:to])
		if from = to; f.work > fisherWork {
			return 0, false
		}
	}
	return p, true
}

// eachRow goes through the ways to fill a row from what is left of the column totals. after is overwritten.
func (f *fisher) eachRow(stage int, left []int, do func(after []int, weight float64)) {
	after := make([]int, len(left))
	scratch := make([]int, len(left))
	room := 0
	for _, k := range left {
		room += k
	}
	var fill func(j, r, room int, weight float64)
	fill = func(j, r, room int, weight float64) {
		if j == len(left)-1 {
			f.work++
			after[j] = left[j] - r
			copy(scratch, after)
			do(scratch, weight-f.logFactorial[r])
			return
		}
		room -= left[j]
		for x := max(0, r-room); x <= min(r, left[j]) && f.work <= fisherWork; x++ {
			after[j] = left[j] - x
			fill(j+1, r-x, room, weight-f.logFactorial[x])
		}
	}
	fill(0, f.rows[stage], room, 0)
}

// key numbers what is left of the column totals, in any order: it sorts them. left turns it back.
func (f *fisher) key(left []int) uint64 {
	for i := 1; i < len(left); i++ {
		for j := i; j > 0 && left[j] < left[j-1]; j-- {
			left[j], left[j-1] = left[j-1], left[j]
		}
	}
	key := uint64(0)
	for _, k := range left {
		key = key*f.base + uint64(k)
	}
	return key
}

func (f *fisher) left(key uint64) []int {
	left := make([]int, len(f.columns))
	for j := len(left) - 1; j >= 0; j-- {
		left[j] = int(key % f.base)
		key /= f.base
	}
	return left
}

// node is what can follow from a stage on: the least and the greatest weight of the completions, and log Σ exp(weight) over
// all of them, (Σr)!/(Π r! Π k!) for rows r and column totals k.
type node struct{ least, most, all float64 }

func (f *fisher) rest(stage int, key uint64) node {
	if n, known := f.nodes[stage][key]; known {
		return n
	}
	left := f.left(key)
	total := 0
	out := node{math.Inf(1), math.Inf(-1), f.lastRow(left)}
	for _, r := range f.rows[stage:] {
		total += r
		out.all -= f.logFactorial[r]
	}
	out.all += f.logFactorial[total]
	switch stage {
	case len(f.rows) - 1:
		out.least = f.lastRow(left)
		out.most = out.least
	case len(f.rows) - 2:
		f.eachRow(stage, left, func(after []int, weight float64) {
			weight += f.lastRow(after)
			out.least, out.most = min(out.least, weight), max(out.most, weight)
		})
	default:
		f.eachRow(stage, left, func(after []int, weight float64) {
			n := f.rest(stage+1, f.key(after))
			out.least, out.most = min(out.least, weight+n.least), max(out.most, weight+n.most)
		})
	}
	f.nodes[stage][key] = out
	return out
}

// lastRow is the weight of the row that takes all that is left.
func (f *fisher) lastRow(left []int) float64 {
	w := 0.0
	for _, k := range left {
		w -= f.logFactorial[k]
	}
	return w
}

// meet sums the tables as extreme as the observed one that begin with paths to one node, rising in weight.
func (f *fisher) meet(paths []path) float64 {
	var ends []float64
	var finish func(stage int, left []int, weight float64)
	finish = func(stage int, left []int, weight float64) {
		f.eachRow(stage, left, func(after []int, more float64) {
			if stage < len(f.rows)-2 {
				finish(stage+1, slices.Clone(after), weight+more)
			} else {
				ends = append(ends, weight+more+f.lastRow(after))
			}
		})
	}
	finish(f.tail, f.left(paths[0].node), 0)
	if len(ends) == 0 {
		return 0 // out of work
	}
	slices.Sort(ends)
	top := ends[len(ends)-1]
	cumulated := make([]float64, len(ends)+1)
	for k, w := range ends {
		cumulated[k+1] = cumulated[k] + math.Exp(w-top)
	}
	sum, k := 0.0, len(ends)
	for _, x := range paths {
		for k > 0 && x.weight+ends[k-1] > f.limit {
			k--
		}
		sum += x.count * math.Exp(f.constant+x.weight+top) * cumulated[k]
	}
	return sum
}

// path is a way, or count ways, from the full column totals to a node.
type path struct {
	node   uint64
	weight float64
	count  float64
}

// paths keeps those of one node and one weight, but for rounding, together, in the order of their arrival.
type paths struct {
	list  []path
	slots []int32 // open addressing: place in list + 1
}

func newPaths() *paths { return &paths{slots: make([]int32, 1024)} }

// grain is the grid on which weights are compared; two equal ones on both sides of a line stay apart, at no harm.
const grain = 1e-10

func (p *paths) add(node uint64, weight, count float64) {
	cell := int64(math.Round(weight / grain))
	at := p.find(node, cell)
	if k := p.slots[at]; k > 0 {
		p.list[k-1].count += count
		return
	}
	p.list = append(p.list, path{node, weight, count})
	p.slots[at] = int32(len(p.list))
	if 2*len(p.list) > len(p.slots) {
		p.slots = make([]int32, 2*len(p.slots))
		for k, x := range p.list {
			p.slots[p.find(x.node, int64(math.Round(x.weight/grain)))] = int32(k + 1)
		}
	}
}

// find is the slot of a path, or the free one where it belongs.
func (p *paths) find(node uint64, cell int64) int {
	h := (node ^ uint64(cell)*0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9
	mask := len(p.slots) - 1
	for at := int(h>>20) & mask; ; at = (at + 1) & mask {
		k := p.slots[at]
		if k == 0 || p.list[k-1].node == node && int64(math.Round(p.list[k-1].weight/grain)) == cell {
			return at
		}
	}
}
