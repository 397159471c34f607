package trial

import (
	"math"
	"slices"

	"trialbox/app/instrument"
	"trialbox/stats"
)

// Summary is what became of one instrument over the visits of a trial.
type Summary struct {
	Instrument string
	Scales     []ScaleSummary
}

// ScaleSummary is one scale of it.
type ScaleSummary struct {
	Scale   instrument.Scale
	Bounded bool           // the scale has a lowest and a highest score, so that floor and ceiling can be counted
	Edges   []float64      // of the bins of the distribution, one more than bins and the same at every visit; nil for a scale of words
	Visits  []VisitSummary // one a visit of the trial, in order
}

// VisitSummary is one scale at one visit.
type VisitSummary struct {
	Asked   bool // some row at this visit has an answer to an item of the scale, or one in error
	Rows    int  // of the trial at this visit
	Scored  int
	Missing []MissingReason // why the others have no score; those that occur, in order of the list below

	Floor, Ceiling              int     // scores at the lowest and the highest of the scale
	Mean, SD, Median, Low, High float64 // of the scores; SD has divisor n−1; Low and High are the extremes; NaN where nobody is scored
	Bins                        [2][]int
	Bands                       [2][]int // by arm and category (Scale.Bands, or Scale.Levels of an ordinal one); nil without categories

	// Alpha is Cronbach's alpha of the points that count in the score, over the
	// rows that answered every item of the scale; AlphaN is their number. NaN
	// where the scale is no sum of several items, or it cannot be had.
	Alpha  float64
	AlphaN int
}

// MissingReason says why rows have no score.
type MissingReason struct {
	Why  string
	N    int
	Rows []int32 // the first of them, for receipts
}

// Why a row has no score.
const (
	NotAsked   = "not asked at this visit"
	NoAnswer   = "no item answered"
	TooFew     = "too many items blank"
	InError    = "an answer in error"
	PartAbsent = "a part has no score"
)

var missingReasons = [...]string{NotAsked, NoAnswer, TooFew, InError, PartAbsent}

// maxReceipts rows of a reason are named.
const maxReceipts = 20

// Summarise scores an instrument of the trial's mapping, by its place there,
// and says at each visit how many have a score and why the others have none,
// how the scores lie by arm, and how well the items agree. An instrument that
// cannot be scored, or was not confirmed, has no scales.
func Summarise(t *Trial, use int) Summary {
	u := t.mapping.Instruments[use]
	out := Summary{Instrument: u.Instrument}
	s, err := t.scoring(u)
	if err != nil || u.Doubt != "" && !u.Confirmed {
		return out
	}
	if _, open := s.unasked(); open {
		return out
	}
	scales := s.scorer.Scales()
	tallies := make([][]*tally, len(scales))
	for k, sc := range scales {
		for range t.Visits {
			tallies[k] = append(tallies[k], newTally(sc, s.scorer.Additive(k)))
		}
	}
	for i := range t.Rows {
		s.score(i)
		for k := range scales {
			tallies[k][t.Visit[i]].add(s, k, i, t.Arm[i])
		}
	}
	for k, sc := range scales {
		sum := ScaleSummary{Scale: sc, Bounded: sc.Min < sc.Max}
		sum.Edges = edges(sc, tallies[k])
		for _, one := range tallies[k] {
			sum.Visits = append(sum.Visits, one.close(sum.Edges))
		}
		out.Scales = append(out.Scales, sum)
	}
	return out
}

// tally is one scale at one visit while rows are counted.
type tally struct {
	scale   instrument.Scale
	out     VisitSummary
	scores  [2][]float64
	bands   [2][]string // the category of each score
	reasons [len(missingReasons)]MissingReason
	points  [][]float64 // by item, of the rows that answered all
	scratch []float64
}

func newTally(sc instrument.Scale, additive bool) *tally {
	n := &tally{scale: sc}
	if additive {
		n.points, n.scratch = make([][]float64, len(sc.Items)), make([]float64, len(sc.Items))
	}
	return n
}

func (n *tally) add(s *scoring, k, row int, arm int32) {
	n.out.Rows++
	if s.bad >= 0 {
		n.out.Asked = true
		n.none(InError, row)
		return
	}
	answered := s.scorer.Answered(k)
	n.out.Asked = n.out.Asked || answered > 0
	if n.points != nil && answered == len(n.points) {
		s.scorer.Points(k, n.scratch)
		for j, p := range n.scratch {
			n.points[j] = append(n.points[j], p)
		}
	}
	score, word := s.number(k), s.scorer.Word(k)
	switch {
	case !math.IsNaN(score):
		n.out.Scored++
		n.scores[arm] = append(n.scores[arm], score)
		n.bands[arm] = append(n.bands[arm], word)
	case word != "":
		n.out.Scored++
	case answered == 0:
		n.none(NoAnswer, row)
	case len(n.scale.Items) == 0 || answered == len(n.scale.Items):
		n.none(PartAbsent, row)
	default:
		n.none(TooFew, row)
	}
}

func (n *tally) none(why string, row int) {
	r := &n.reasons[slices.Index(missingReasons[:], why)]
	r.Why = why
	if r.N++; len(r.Rows) < maxReceipts {
		r.Rows = append(r.Rows, int32(row))
	}
}

// close counts what was gathered.
func (n *tally) close(edges []float64) VisitSummary {
	out := n.out
	for _, r := range n.reasons {
		if r.N > 0 {
			if r.Why == NoAnswer && !out.Asked {
				r.Why = NotAsked
			}
			out.Missing = append(out.Missing, r)
		}
	}
	all := slices.Concat(n.scores[0], n.scores[1])
	out.describe(all)
	for _, x := range all {
		if n.scale.Min < n.scale.Max {
			out.Floor += one01(round9(x-n.scale.Min) <= 0)
			out.Ceiling += one01(round9(x-n.scale.Max) >= 0)
		}
	}
	labels := n.scale.Levels
	for _, b := range n.scale.Bands {
		if n.scale.Kind != instrument.Ordinal {
			labels = append(labels, b.Label)
		}
	}
	for arm := range n.scores {
		if edges != nil {
			out.Bins[arm] = binned(n.scores[arm], edges)
		}
		if labels != nil {
			out.Bands[arm] = make([]int, len(labels))
			for _, text := range n.bands[arm] {
				if k := slices.Index(labels, text); k >= 0 {
					out.Bands[arm][k]++
				}
			}
		}
	}
	out.Alpha = math.NaN()
	if n.points != nil {
		out.Alpha, out.AlphaN = stats.CronbachAlpha(n.points)
	}
	return out
}

func one01(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// describe fills in what describes the scores as one group.
func (v *VisitSummary) describe(x []float64) {
	v.Mean, v.SD, v.Median, v.Low, v.High = math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN()
	n := len(x)
	if n == 0 {
		return
	}
	x = slices.Sorted(slices.Values(x)) // and the same sum whatever the order of rows
	sum := 0.0
	for _, y := range x {
		sum += y
	}
	v.Mean, v.Low, v.High, v.Median = sum/float64(n), x[0], x[n-1], (x[(n-1)/2]+x[n/2])/2
	if n > 1 {
		squares := 0.0
		for _, y := range x {
			squares += (y - v.Mean) * (y - v.Mean)
		}
		v.SD = math.Sqrt(squares / float64(n-1))
	}
}

// wide is how many whole scores a scale may have to get a bin for each.
const wide, bins = 25, 20

// edges are the bounds of the bins: around each whole score of a short scale,
// else twenty alike over its range, or over the scores where it has none.
func edges(sc instrument.Scale, tallies []*tally) []float64 {
	low, high := sc.Min, sc.Max
	if low >= high {
		low, high = math.Inf(1), math.Inf(-1)
		for _, n := range tallies {
			for _, x := range slices.Concat(n.scores[0], n.scores[1]) {
				low, high = math.Min(low, x), math.Max(high, x)
			}
		}
		if !(low < high) {
			return nil
		}
	}
	count, width := bins, (high-low)/bins
	if whole := low == math.Trunc(low) && high == math.Trunc(high); whole && high-low < wide && high-low >= 1 {
		count, width, low = int(high-low)+1, 1, low-0.5
	}
	list := make([]float64, count+1)
	for i := range list {
		list[i] = low + float64(i)*width
	}
	return list
}

// binned counts scores by bin; one on an edge belongs to the bin above, the
// highest edge to the last bin.
func binned(x, edges []float64) []int {
	out := make([]int, len(edges)-1)
	width := (edges[len(edges)-1] - edges[0]) / float64(len(out))
	for _, y := range x {
		k := int(math.Floor(round9((y - edges[0]) / width)))
		out[min(max(k, 0), len(out)-1)]++
	}
	return out
}
